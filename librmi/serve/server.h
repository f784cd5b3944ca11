/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server: the RMM of this process for clients that come over a Unix socket.
 *
 * All clients together are one Host: whoever may connect may make every RMI call. What each has for
 * itself are its PEs. A client that dies, or says something that is not the protocol, is gone; its
 * PEs are kicked out of the Realms that they run, and free again.
 */
#ifndef LIBRMI_SERVE_SERVER_H
#define LIBRMI_SERVE_SERVER_H

#include <stdbool.h>
#include <stdio.h>

#include <rmi/rmi.h>

struct serve_options {
	/* Where clients connect. What no server listens to any more is replaced. */
	const char *path;
	/* Take everything down that a client leaves behind. */
	bool reclaim;
	/*
	 * Opens another RMM in place of the one before, which is closed: for whoever attaches while
	 * no other client is there. NULL: the RMM stays as long as the server.
	 */
	struct rmi *(*renew)(void *arg, struct rmi_error *err);
	void *arg;
	/* Readable when the server shall stop, as a signalfd may be; -1: there is none. */
	int stop_fd;
	/* What happens, in one line each; NULL: nobody wants to know. */
	FILE *log;
};

struct serve;

/*
 * Makes a server that listens. rmi stays the caller's, unless options->renew closes it; nothing has
 * been called through it, and nobody else calls while the server is there. Returns NULL with *err
 * filled in when that cannot be.
 */
struct serve *serve_create(struct rmi *rmi, const struct serve_options *options,
                           struct rmi_error *err);

/* Serves until serve_stop() is called or options->stop_fd is readable; then all clients are gone.
 */
void serve_run(struct serve *server);

/* From any thread. */
void serve_stop(struct serve *server);

/* When it does not run. NULL is ignored. */
void serve_destroy(struct serve *server);

#endif
