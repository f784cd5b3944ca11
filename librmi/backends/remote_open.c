/* SPDX-License-Identifier: BSD-3-Clause */
/* Connecting the backend "remote" to a server. */

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "backends/remote.h"

/* Seconds that a server has for its answer to ATTACH. */
#define PATIENCE_SECONDS 10

static bool fail(struct rmi_error *err, const struct remote *remote, const char *why)
{
	rmi_error_set(err, "remote: %s: %s", remote->path, why);
	return false;
}

static const char *connect_error(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such socket; is `realmkit serve` running?";
	case ECONNREFUSED:
		return "nobody listens there; has `realmkit serve` ended?";
	case EPROTOTYPE:
	case ENOTSOCK:
		return "this is not a socket of `realmkit serve`";
	default:
		return strerror(error);
	}
}

static bool dial(struct remote *remote, struct rmi_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_SECONDS};

	static_assert(sizeof(address.sun_path) >= sizeof(remote->path), "any path fits");
	memcpy(address.sun_path, remote->path, strlen(remote->path));
	remote->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (remote->fd < 0)
		return fail(err, remote, strerror(errno));
	/* Until the server has said who it is. */
	(void)setsockopt(remote->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(remote->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(remote->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return fail(err, remote, connect_error(errno));
	return true;
}

/* What the server answers to ATTACH, with the descriptors that come along. */
static bool hear(struct remote *remote, union wire_frame *frame, int *fds, unsigned *num_fds,
                 struct rmi_error *err)
{
	enum wire_result result = rmi_wire_receive(remote->fd, frame, fds, num_fds);

	/* A server of another version says so in a frame that all versions know. */
	if ((result == WIRE_GOOD || result == WIRE_OTHER) && frame->header.type == WIRE_REFUSED &&
	    frame->header.length == sizeof(frame->refused)) {
		frame->refused.text[sizeof(frame->refused.text) - 1] = '\0';
		return fail(err, remote, frame->refused.text);
	}
	switch (result) {
	case WIRE_GOOD:
		if (frame->header.type == WIRE_ATTACHED)
			return true;
		return fail(err, remote, "what listens there is not `realmkit serve`");
	case WIRE_CLOSED:
		return fail(err, remote, "the server has gone");
	case WIRE_LATE:
		return fail(err, remote, "no answer within 10 s");
	case WIRE_FOREIGN:
		return fail(err, remote, "what listens there is not `realmkit serve`");
	case WIRE_OTHER:
		rmi_error_set(err,
		              "remote: %s: the server speaks version %u of the protocol, this "
		              "librmi %d",
		              remote->path, frame->header.version, WIRE_VERSION);
		return false;
	}
	return false;
}

static bool map_window(struct remote *remote, int fd, bool identity, struct rmi_error *err)
{
	struct rmi_memory *memory = &remote->backend.memory;
	void *where = identity ? (void *)(uintptr_t)memory->base : NULL;
	struct stat about;
	void *window;

	/* A shorter file would be an access fault one day. */
	if (fstat(fd, &about) != 0 || about.st_size < 0 || (uint64_t)about.st_size < memory->size ||
	    memory->size == 0)
		return fail(err, remote, "the server's memory window has the wrong size");
	window = mmap(where, memory->size, PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_NORESERVE | (identity ? MAP_FIXED_NOREPLACE : 0), fd, 0);
	if (window == MAP_FAILED) {
		rmi_error_set(err, "remote: %s: no address space for 0x%llx bytes%s: %s",
		              remote->path, (unsigned long long)memory->size,
		              identity ? " where identity=1 wants them" : "", strerror(errno));
		return false;
	}
	memory->host = window;
	return true;
}

/* Takes over what ATTACHED brings. The descriptors of the PEs are remote's then. */
static bool take(struct remote *remote, const struct wire_attached *a, int *fds, unsigned num_fds,
                 const struct remote_conf *conf, struct rmi_error *err)
{
	if (num_fds != a->num_pes + 1 || a->num_pes > WIRE_MAX_PES ||
	    (a->num_pes == 0) != (conf->pes == 0) ||
	    (a->revision != RMI_REVISION_2_0_BET1 && a->revision != RMI_REVISION_2_0_BET3))
		return fail(err, remote, "the server's answer makes no sense");
	remote->backend.revision = (enum rmi_revision)a->revision;
	remote->backend.num_pes = a->num_pes > 0 ? a->num_pes : 1;
	remote->only_looks = a->num_pes == 0;
	remote->clock_is_hosts = (a->flags & WIRE_CLOCK_IS_HOSTS) != 0;
	remote->backend.memory.base = a->memory_base;
	remote->backend.memory.size = a->memory_size;
	for (unsigned i = 0; i < remote->backend.num_pes; i++)
		remote->pes[i].ich = a->ich;
	for (unsigned i = 0; i < a->num_pes; i++) {
		remote->pes[i].fd = fds[i + 1];
		fds[i + 1] = -1;
	}
	return map_window(remote, fds[0], conf->identity, err);
}

bool rmi_remote_connect(struct remote *remote, const struct remote_conf *conf,
                        struct rmi_error *err)
{
	struct timeval patience = {0};
	int fds[WIRE_MAX_PES + 1];
	unsigned num_fds = WIRE_MAX_PES + 1;
	union wire_frame frame;
	bool good;

	memcpy(remote->path, conf->path, sizeof(remote->path));
	if (!dial(remote, err))
		return false;
	rmi_wire_begin(&frame, WIRE_ATTACH);
	frame.attach.num_pes = conf->pes;
	/* A server that refuses at once may have hung up by now; what it said is still there. */
	(void)rmi_wire_send(remote->fd, &frame, NULL, 0);
	good = hear(remote, &frame, fds, &num_fds, err) &&
	       take(remote, &frame.attached, fds, num_fds, conf, err);
	for (unsigned i = 0; i < num_fds && i < WIRE_MAX_PES + 1; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
	(void)setsockopt(remote->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(remote->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return good;
}

void rmi_remote_disconnect(struct remote *remote)
{
	struct rmi_memory *memory = &remote->backend.memory;

	struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	union wire_frame frame;

	for (unsigned i = 0; i < WIRE_MAX_PES; i++) {
		if (remote->pes[i].fd >= 0)
			(void)close(remote->pes[i].fd);
	}
	if (remote->fd >= 0) {
		/* The server closes its end when it is done: the PEs are free then. */
		(void)shutdown(remote->fd, SHUT_WR);
		(void)setsockopt(remote->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		while (rmi_wire_receive(remote->fd, &frame, NULL, NULL) == WIRE_GOOD)
			;
		(void)close(remote->fd);
	}
	if (memory->host != NULL)
		(void)munmap(memory->host, memory->size);
}
