/* SPDX-License-Identifier: BSD-3-Clause */
/* A server for one test, and clients of it. */
#ifndef TESTS_REMOTE_SERVED_H
#define TESTS_REMOTE_SERVED_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include <rmi/rmi.h>

#include <serve/server.h>

struct served {
	char folder[32];
	char path[64];
	struct rmi *rmi; /* The server's own. */
	struct serve *server;
	pthread_t thread;
	pid_t process; /* 0: the server is a thread of this process. */
	int stop;      /* The process ends when this is closed. */
};

/* A server in a thread of this process. */
void served_start(struct served *s, const char *conf, bool reclaim);

/* A server in a process of its own; this process has only one thread. */
void served_fork(struct served *s, const char *conf, bool reclaim);

/* Ends the server, and fails the test if that is not possible or it has come to harm. */
void served_stop(struct served *s);

/* A connection to it; keys begin with a comma, or are "". */
struct rmi *served_open(const struct served *s, const char *keys);

/* The same, with the RMM active. */
struct rmi *served_open_active(const struct served *s, const char *keys);

#endif
