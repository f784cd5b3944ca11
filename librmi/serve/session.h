/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the server share. */
#ifndef LIBRMI_SERVE_SESSION_H
#define LIBRMI_SERVE_SESSION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "serve/dispatch.h"
#include "serve/server.h"
#include "serve/wire.h"

/* Most clients at a time, those included that have not said yet what they want. */
#define SERVE_MAX_CLIENTS    64

/* Seconds that a client has for its first frame. */
#define SERVE_ATTACH_SECONDS 5

struct serve_session;

struct serve {
	struct serve_options options;
	struct rmi *rmi;
	struct serve_window *window;
	struct serve_dispatch dispatch;
	uint32_t flags; /* Of struct wire_attached. */
	int listener;
	int wake; /* An eventfd that serve_stop() makes readable. */
	pthread_mutex_t lock;
	pthread_cond_t left; /* A session has ended. */
	/* Guarded by lock. */
	struct serve_session *sessions[SERVE_MAX_CLIENTS];
	bool pe_taken[SERVE_MAX_PES];
	unsigned num_attached;
	bool used;               /* Somebody has been attached to this RMM. */
	struct rmi_error broken; /* Why there is no RMM any more; empty when there is one. */
};

/* A PE of a client, and the thread that makes its calls. */
struct serve_session_pe {
	struct serve_session *session;
	pthread_t thread;
	unsigned index; /* In the RMM. */
	int fd;
	bool running; /* Guarded by session->lock. */
};

/* A client. */
struct serve_session {
	struct serve *server;
	unsigned slot; /* In server->sessions; one less than its number as an owner. */
	int fd;
	bool attached; /* Guarded by server->lock. */
	unsigned num_pes;
	struct serve_session_pe pes[WIRE_MAX_PES];
	pthread_mutex_t lock;
	pthread_cond_t idle; /* A PE has stopped running. */
};

/* Seconds that a client waits for what others have who are about to leave. */
#define SERVE_WAIT_SECONDS 1

/* Seconds that clients have for the answers on their way when the server stops. */
#define SERVE_STOP_SECONDS 1

/* Takes hold of the RMM. Returns false with *err filled in. */
bool serve_take_rmm(struct serve *server, struct rmi *rmi, struct rmi_error *err);

/* Lets go of it. */
void serve_leave_rmm(struct serve *server);

/* A line for people. */
void serve_log(const struct serve *server, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/*
 * Begins a session with who has connected. The descriptor is the session's, also when this fails.
 */
void serve_session_begin(struct serve *server, int fd);

/* Refuses a client, in one line. */
void serve_refuse(int fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
