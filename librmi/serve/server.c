/* SPDX-License-Identifier: BSD-3-Clause */
/* A server: its socket, and who is connected. */

#include "serve/server.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../internal.h"
#include "serve/session.h"

void serve_log(const struct serve *server, const char *fmt, ...)
{
	char line[256];
	va_list args;

	if (server->options.log == NULL)
		return;
	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	(void)fprintf(server->options.log, "%s\n", line);
	(void)fflush(server->options.log);
}

/* Whether the counter of a PE is the one that every process can read. */
static bool clock_is_hosts(struct rmi *rmi)
{
	struct timespec before, after;
	uint64_t count;

	clock_gettime(CLOCK_MONOTONIC, &before);
	count = rmi_pe_counter(rmi_pe(rmi, 0));
	clock_gettime(CLOCK_MONOTONIC, &after);
	return count >= (uint64_t)before.tv_sec * RMI_COUNTER_HZ + (uint64_t)before.tv_nsec &&
	       count <= (uint64_t)after.tv_sec * RMI_COUNTER_HZ + (uint64_t)after.tv_nsec;
}

/* Whether somebody listens there already. What nobody listens to is removed. */
static bool is_served(const struct sockaddr_un *address)
{
	struct stat about;
	int fd;
	bool served;

	if (lstat(address->sun_path, &about) != 0 || !S_ISSOCK(about.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true;
	served = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
	         errno != ECONNREFUSED;
	(void)close(fd);
	if (!served)
		(void)unlink(address->sun_path);
	return served;
}

static bool listen_at(struct serve *server, const char *path, struct rmi_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path) || *path == '\0') {
		rmi_error_set(err, "serve: %.64s: the path of a socket has 1 to %zu bytes", path,
		              sizeof(address.sun_path) - 1);
		return false;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (is_served(&address)) {
		rmi_error_set(err, "serve: %s: another server listens there", path);
		return false;
	}
	server->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Who can connect can do everything: the user alone, from the first moment on. */
	if (server->listener < 0 || fchmod(server->listener, 0600) != 0 ||
	    bind(server->listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(server->listener, SERVE_MAX_CLIENTS) != 0) {
		rmi_error_set(err, "serve: %s: %s", path, strerror(errno));
		return false;
	}
	return true;
}

bool serve_take_rmm(struct serve *server, struct rmi *rmi, struct rmi_error *err)
{
	server->rmi = rmi;
	server->window = serve_window_create(rmi, err);
	if (server->window == NULL)
		return false;
	(void)serve_dispatch_init(&server->dispatch, rmi, server->window);
	server->flags = clock_is_hosts(rmi) ? WIRE_CLOCK_IS_HOSTS : 0;
	return true;
}

void serve_leave_rmm(struct serve *server)
{
	if (server->window == NULL)
		return;
	serve_dispatch_destroy(&server->dispatch);
	serve_window_destroy(server->window);
	server->window = NULL;
}

struct serve *serve_create(struct rmi *rmi, const struct serve_options *options,
                           struct rmi_error *err)
{
	struct serve *server;

	if (rmi_num_pes(rmi) > SERVE_MAX_PES) {
		rmi_error_set(err, "serve: more than %d PEs", SERVE_MAX_PES);
		return NULL;
	}
	server = calloc(1, sizeof(*server));
	if (server == NULL) {
		rmi_error_set(err, "serve: out of memory");
		return NULL;
	}
	server->options = *options;
	server->listener = -1;
	(void)pthread_mutex_init(&server->lock, NULL);
	(void)pthread_cond_init(&server->left, NULL);
	server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->wake < 0) {
		rmi_error_set(err, "serve: %s", strerror(errno));
		serve_destroy(server);
		return NULL;
	}
	if (!serve_take_rmm(server, rmi, err) || !listen_at(server, options->path, err)) {
		serve_destroy(server);
		return NULL;
	}
	return server;
}

/* Hangs up on everybody. server->lock is held. Returns whether somebody was there. */
static bool hang_up(struct serve *server, int how)
{
	bool any = false;

	for (unsigned i = 0; i < SERVE_MAX_CLIENTS; i++) {
		if (server->sessions[i] == NULL)
			continue;
		(void)shutdown(server->sessions[i]->fd, how);
		any = true;
	}
	return any;
}

static void end_sessions(struct serve *server)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SERVE_STOP_SECONDS;
	(void)pthread_mutex_lock(&server->lock);
	while (hang_up(server, SHUT_RD) &&
	       pthread_cond_timedwait(&server->left, &server->lock, &until) == 0)
		;
	/* A client that does not read its answers would hold its session up for ever. */
	while (hang_up(server, SHUT_RDWR))
		(void)pthread_cond_wait(&server->left, &server->lock);
	(void)pthread_mutex_unlock(&server->lock);
}

void serve_run(struct serve *server)
{
	struct pollfd watched[] = {
	        {.fd = server->wake, .events = POLLIN},
	        {.fd = server->listener, .events = POLLIN},
	        {.fd = server->options.stop_fd, .events = POLLIN},
	};

	while (watched[0].revents == 0 && watched[2].revents == 0) {
		int fd;

		if (poll(watched, 3, -1) <= 0 || (watched[1].revents & POLLIN) == 0)
			continue;
		fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0) {
			serve_session_begin(server, fd);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
			/* They wait until somebody leaves. */
			struct timespec pause = {.tv_nsec = 10000000};

			(void)nanosleep(&pause, NULL);
		}
	}
	end_sessions(server);
}

void serve_stop(struct serve *server)
{
	uint64_t one = 1;
	ssize_t written = write(server->wake, &one, sizeof(one));

	/* It fails only if it was called that often before. */
	(void)written;
}

void serve_destroy(struct serve *server)
{
	if (server == NULL)
		return;
	if (server->listener >= 0) {
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		socklen_t size = sizeof(address);

		if (getsockname(server->listener, (struct sockaddr *)&address, &size) == 0 &&
		    address.sun_path[0] != '\0')
			(void)unlink(address.sun_path);
		(void)close(server->listener);
	}
	serve_leave_rmm(server);
	if (server->wake >= 0)
		(void)close(server->wake);
	(void)pthread_cond_destroy(&server->left);
	(void)pthread_mutex_destroy(&server->lock);
	free(server);
}
