/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the backend "remote" share. */
#ifndef LIBRMI_BACKENDS_REMOTE_H
#define LIBRMI_BACKENDS_REMOTE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../internal.h"
#include "serve/wire.h"

/* Bytes of a path, with the null byte behind it. */
#define REMOTE_PATH_SIZE  108

/* Names of states that a server may use. */
#define REMOTE_MAX_STATES 32

/* A PE: its socket, and who may use that. */
struct remote_pe {
	pthread_mutex_t lock;
	int fd;
	struct rmi_ich ich;
};

struct remote {
	struct rmi_backend backend;
	char path[REMOTE_PATH_SIZE];
	bool only_looks; /* It has one PE, which answers nothing. */
	bool clock_is_hosts;
	atomic_bool gone;
	atomic_uint calls; /* Counts calls: what the RMM holds may be different now. */
	/* Guards what follows. */
	pthread_mutex_t lock;
	int fd;
	struct wire_held held; /* What the server said last, */
	unsigned held_calls;   /* when there had been so many calls. */
	uint64_t held_next;    /* The address that a walk goes on with. */
	char states[REMOTE_MAX_STATES][WIRE_STATE_SIZE];
	unsigned num_states;
	uint64_t granule_size;
	struct remote_pe pes[WIRE_MAX_PES];
};

/* What a configuration says. */
struct remote_conf {
	char path[REMOTE_PATH_SIZE];
	uint32_t pes;
	bool identity;
};

/* Connects, and takes what the server gives. Returns false with *err filled in. */
bool rmi_remote_connect(struct remote *remote, const struct remote_conf *conf,
                        struct rmi_error *err);

/* Closes what is open. */
void rmi_remote_disconnect(struct remote *remote);

#endif
