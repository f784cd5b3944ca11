/* SPDX-License-Identifier: BSD-3-Clause */
/* The backend "remote": the RMM of a server, over a Unix socket. */

#include "backends/remote.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <rmi/remote.h>

#include "conf.h"

#define GONE_STATE "unknown: the server has gone"

static struct remote *to_remote(struct rmi_backend *backend)
{
	return (struct remote *)backend;
}

/*
 * Sends a question and waits for the answer, under the lock of the socket. There is no answer when
 * the server is gone.
 */
static bool ask(struct remote *remote, int fd, union wire_frame *frame, enum wire_type answer)
{
	if (!atomic_load(&remote->gone) && rmi_wire_send(fd, frame, NULL, 0) &&
	    rmi_wire_receive(fd, frame, NULL, NULL) == WIRE_GOOD && frame->header.type == answer)
		return true;
	atomic_store(&remote->gone, true);
	return false;
}

static void remote_call(struct rmi_backend *backend, unsigned index, struct smccc_regs *regs)
{
	struct remote *remote = to_remote(backend);
	struct remote_pe *pe = &remote->pes[index];
	union wire_frame frame;

	if (remote->only_looks) {
		regs->x[0] = SMCCC_NOT_SUPPORTED;
		return;
	}
	(void)pthread_mutex_lock(&pe->lock);
	rmi_wire_begin(&frame, WIRE_CALL);
	frame.call.regs = *regs;
	frame.call.ich = pe->ich;
	if (ask(remote, pe->fd, &frame, WIRE_ANSWER)) {
		*regs = frame.call.regs;
		/* The Host's own. */
		frame.call.ich.pmr = pe->ich.pmr;
		pe->ich = frame.call.ich;
	} else {
		/* As a machine without an RMM answers. */
		regs->x[0] = SMCCC_NOT_SUPPORTED;
	}
	atomic_fetch_add(&remote->calls, 1);
	(void)pthread_mutex_unlock(&pe->lock);
}

/* A question about a number, on the first socket. */
static bool ask_number(struct remote *remote, enum wire_type question, uint64_t *number,
                       enum wire_type answer)
{
	union wire_frame frame;
	bool good;

	rmi_wire_begin(&frame, question);
	frame.number.number = *number;
	(void)pthread_mutex_lock(&remote->lock);
	good = ask(remote, remote->fd, &frame, answer);
	(void)pthread_mutex_unlock(&remote->lock);
	*number = frame.number.number;
	return good;
}

static void remote_kick(struct rmi_backend *backend, unsigned pe)
{
	struct remote *remote = to_remote(backend);
	uint64_t number = pe;

	if (!remote->only_looks)
		(void)ask_number(remote, WIRE_KICK, &number, WIRE_KICKED);
}

static struct rmi_ich *remote_ich(struct rmi_backend *backend, unsigned pe)
{
	return &to_remote(backend)->pes[pe].ich;
}

static uint64_t remote_counter(struct rmi_backend *backend, unsigned pe)
{
	struct remote *remote = to_remote(backend);
	struct timespec now;
	uint64_t number = pe;

	if (!remote->clock_is_hosts && !remote->only_looks &&
	    ask_number(remote, WIRE_COUNTER, &number, WIRE_COUNTER_IS))
		return number;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * RMI_COUNTER_HZ + (uint64_t)now.tv_nsec;
}

/* A state's name that stays as long as the connection. */
static const char *intern(struct remote *remote, const char *name)
{
	unsigned i;

	for (i = 0; i < remote->num_states; i++) {
		if (strncmp(remote->states[i], name, WIRE_STATE_SIZE - 1) == 0)
			return remote->states[i];
	}
	if (i == REMOTE_MAX_STATES)
		return "unknown";
	remote->num_states++;
	memcpy(remote->states[i], name, WIRE_STATE_SIZE - 1);
	return remote->states[i];
}

/* The first granule at or after a PA in what the server said. */
static bool find_held(struct remote *remote, uint64_t from, uint64_t *pa, const char **state)
{
	const struct wire_held *held = &remote->held;

	for (uint32_t i = 0; i < held->count && i < WIRE_MAX_RUNS; i++) {
		const struct wire_run *run = &held->runs[i];
		uint64_t skip = 0;

		if (from > run->pa)
			skip = (from - run->pa + held->granule_size - 1) &
			       ~(held->granule_size - 1);
		if (skip >= run->size)
			continue;
		*pa = run->pa + skip;
		*state = intern(remote, run->state);
		return true;
	}
	return false;
}

/* Asks for what is held from a PA on. */
static bool fetch_held(struct remote *remote, uint64_t from)
{
	union wire_frame frame;

	remote->held_calls = atomic_load(&remote->calls);
	rmi_wire_begin(&frame, WIRE_HELD);
	frame.number.number = from;
	if (!ask(remote, remote->fd, &frame, WIRE_HELD_ARE))
		return false;
	if (frame.held.granule_size == 0 ||
	    (frame.held.granule_size & (frame.held.granule_size - 1)) != 0)
		frame.held.granule_size = UINT64_C(0x1000);
	remote->held = frame.held;
	remote->granule_size = frame.held.granule_size;
	return true;
}

/*
 * The list of the call before serves a walk that goes on where it was, unless this process has made
 * calls meanwhile.
 */
static bool remote_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                                const char **state)
{
	struct remote *remote = to_remote(backend);
	bool found;

	(void)pthread_mutex_lock(&remote->lock);
	found = from != 0 && from == remote->held_next &&
	        remote->held_calls == atomic_load(&remote->calls) &&
	        find_held(remote, from, pa, state);
	if (!found && fetch_held(remote, from))
		found = find_held(remote, from, pa, state);
	if (found)
		remote->held_next = *pa + 1;
	(void)pthread_mutex_unlock(&remote->lock);
	if (found || !atomic_load(&remote->gone) || from > backend->memory.base)
		return found;
	/* Nobody shall believe that nothing is held. */
	*pa = backend->memory.base;
	*state = GONE_STATE;
	return true;
}

static uint64_t remote_granule_size(struct rmi_backend *backend)
{
	struct remote *remote = to_remote(backend);
	uint64_t size = 0;

	(void)pthread_mutex_lock(&remote->lock);
	if (fetch_held(remote, UINT64_MAX))
		size = remote->granule_size;
	(void)pthread_mutex_unlock(&remote->lock);
	return size;
}

static bool remote_operation(struct rmi_backend *backend, unsigned index, uint64_t *handle)
{
	struct remote *remote = to_remote(backend);
	union wire_frame frame;
	bool good;

	rmi_wire_begin(&frame, WIRE_OPERATION);
	frame.operation.number = index;
	(void)pthread_mutex_lock(&remote->lock);
	good = ask(remote, remote->fd, &frame, WIRE_OPERATION_IS);
	(void)pthread_mutex_unlock(&remote->lock);
	*handle = frame.operation.number;
	return good && frame.operation.there != 0;
}

static void remote_close(struct rmi_backend *backend)
{
	struct remote *remote = to_remote(backend);

	rmi_remote_disconnect(remote);
	for (unsigned i = 0; i < WIRE_MAX_PES; i++)
		(void)pthread_mutex_destroy(&remote->pes[i].lock);
	(void)pthread_mutex_destroy(&remote->lock);
	free(remote);
}

static const struct rmi_backend_ops remote_ops = {
        .call = remote_call,
        .kick = remote_kick,
        .ich = remote_ich,
        .granule_next = remote_granule_next,
        .counter = remote_counter,
        .granule_size = remote_granule_size,
        .operation = remote_operation,
        .close = remote_close,
};

static const struct rmi_conf_key remote_keys[] = {
        {"pes", RMI_CONF_UNSIGNED, RMI_CONF_MEMBER(remote_conf, pes), .max = WIRE_MAX_PES},
        {"identity", RMI_CONF_BOOL, RMI_CONF_MEMBER(remote_conf, identity)},
};

/* The path up to the first comma, and keys behind it. */
static bool parse(const char *text, struct remote_conf *conf, struct rmi_error *err)
{
	size_t length = strcspn(text, ",");

	if (length == 0 || length >= sizeof(conf->path)) {
		rmi_error_set(err,
		              "remote: %s (remote:PATH[,pes=N][,identity=1], where PATH has 1 "
		              "to %zu bytes)",
		              length == 0 ? "no path of a socket" : "the path is too long",
		              sizeof(conf->path) - 1);
		return false;
	}
	memcpy(conf->path, text, length);
	text += length;
	return rmi_conf_parse("remote", remote_keys, sizeof(remote_keys) / sizeof(remote_keys[0]),
	                      *text == ',' ? text + 1 : text, conf, err);
}

static struct rmi_backend *remote_open(const char *text, struct rmi_error *err)
{
	struct remote_conf conf = {.pes = WIRE_ALL_PES};
	struct remote *remote;

	if (!parse(text, &conf, err))
		return NULL;
	remote = calloc(1, sizeof(*remote));
	if (remote == NULL) {
		rmi_error_set(err, "remote: out of memory");
		return NULL;
	}
	remote->backend.ops = &remote_ops;
	remote->backend.name = rmi_backend_remote.name;
	remote->fd = -1;
	(void)pthread_mutex_init(&remote->lock, NULL);
	for (unsigned i = 0; i < WIRE_MAX_PES; i++) {
		(void)pthread_mutex_init(&remote->pes[i].lock, NULL);
		remote->pes[i].fd = -1;
	}
	if (!rmi_remote_connect(remote, &conf, err)) {
		remote_close(&remote->backend);
		return NULL;
	}
	return &remote->backend;
}

const struct rmi_backend_type rmi_backend_remote = {
        .name = "remote",
        .open = remote_open,
};

bool rmi_remote_is_gone(struct rmi *rmi, struct rmi_error *why)
{
	struct rmi_backend *backend = rmi_top_backend(rmi);
	struct remote *remote;

	while (backend->below != NULL)
		backend = backend->below;
	if (backend->ops != &remote_ops)
		return false;
	remote = to_remote(backend);
	/* A server that went while nobody asked is not gone before it is asked. */
	(void)remote_granule_size(backend);
	if (!atomic_load(&remote->gone))
		return false;
	rmi_error_set(why, "remote: %s: the server has gone", remote->path);
	return true;
}
