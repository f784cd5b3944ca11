/* SPDX-License-Identifier: BSD-3-Clause */
/* One client, from ATTACH until it is gone. */

#include "serve/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "serve/reclaim.h"

/* How often a PE is kicked that a Realm keeps. */
#define KICK_NS 1000000

void serve_refuse(int fd, const char *fmt, ...)
{
	union wire_frame frame;
	va_list args;

	rmi_wire_begin(&frame, WIRE_REFUSED);
	va_start(args, fmt);
	(void)vsnprintf(frame.refused.text, sizeof(frame.refused.text), fmt, args);
	va_end(args);
	(void)rmi_wire_send(fd, &frame, NULL, 0);
}

/* Ends a session from any of its threads. The client sees that when all is done for it. */
static void hang_up(struct serve_session *s)
{
	(void)shutdown(s->fd, SHUT_RD);
}

/* The calls of a PE. */
static void *run_pe(void *arg)
{
	struct serve_session_pe *pe = arg;
	struct serve_session *s = pe->session;
	union wire_frame frame;

	while (rmi_wire_receive(pe->fd, &frame, NULL, NULL) == WIRE_GOOD &&
	       frame.header.type == WIRE_CALL) {
		frame.header.type = WIRE_ANSWER;
		serve_dispatch_call(&s->server->dispatch, pe->index, s->slot + 1, &frame.call.regs,
		                    &frame.call.ich);
		if (!rmi_wire_send(pe->fd, &frame, NULL, 0))
			break;
	}
	hang_up(s);
	(void)pthread_mutex_lock(&s->lock);
	pe->running = false;
	(void)pthread_cond_signal(&s->idle);
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Puts another RMM in the place of one that was used. server->lock is held. */
static void renew(struct serve *server)
{
	struct rmi *rmi;

	if (server->options.renew == NULL || !server->used || server->num_attached != 0)
		return;
	serve_leave_rmm(server);
	rmi = server->options.renew(server->options.arg, &server->broken);
	server->used = false;
	if (rmi != NULL && serve_take_rmm(server, rmi, &server->broken))
		server->broken.text[0] = '\0';
}

static unsigned count_free(const struct serve *server)
{
	unsigned count = 0;

	for (unsigned i = 0; i < rmi_num_pes(server->rmi); i++)
		count += !server->pe_taken[i];
	return count;
}

/* Waits for PEs of others who may be leaving. server->lock is held. */
static unsigned wait_for_pes(struct serve *server, unsigned wanted)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SERVE_WAIT_SECONDS;
	while (count_free(server) < wanted && wanted <= rmi_num_pes(server->rmi)) {
		if (pthread_cond_timedwait(&server->left, &server->lock, &until) != 0)
			break;
	}
	return count_free(server);
}

/* Takes free PEs for a client, as many as it wants. Returns whether it got them. */
static bool take_pes(struct serve_session *s, uint32_t wanted)
{
	struct serve *server = s->server;
	unsigned total = rmi_num_pes(server->rmi), found = 0, num_free;

	num_free = wait_for_pes(server, wanted == WIRE_ALL_PES ? 1 : wanted);
	if (wanted == WIRE_ALL_PES && num_free > 0)
		wanted = num_free;
	if (wanted != WIRE_ALL_PES && wanted > total) {
		serve_refuse(s->fd, "pes=%u: the RMM has %u PEs", wanted, total);
		return false;
	}
	if (num_free == 0 && wanted != 0) {
		serve_refuse(s->fd, "all %u PEs are taken by other clients", total);
		return false;
	}
	if (wanted > num_free) {
		serve_refuse(s->fd, "pes=%u: %u of %u PEs are free", wanted, num_free, total);
		return false;
	}
	for (unsigned i = 0; found < wanted; i++) {
		if (server->pe_taken[i])
			continue;
		server->pe_taken[i] = true;
		s->pes[found++] = (struct serve_session_pe){.session = s, .index = i, .fd = -1};
	}
	s->num_pes = found;
	return true;
}

/* Makes a client one that is attached. Returns whether that is possible. */
static bool admit(struct serve_session *s, uint32_t wanted)
{
	struct serve *server = s->server;
	bool good;

	(void)pthread_mutex_lock(&server->lock);
	renew(server);
	if (server->broken.text[0] != '\0') {
		serve_refuse(s->fd, "there is no RMM: %.200s", server->broken.text);
		good = false;
	} else {
		good = take_pes(s, wanted);
	}
	if (good) {
		s->attached = true;
		server->num_attached++;
		server->used = true;
	}
	(void)pthread_mutex_unlock(&server->lock);
	return good;
}

static void free_pes(struct serve_session *s)
{
	struct serve *server = s->server;

	(void)pthread_mutex_lock(&server->lock);
	for (unsigned i = 0; i < s->num_pes; i++) {
		if (s->pes[i].fd >= 0)
			(void)close(s->pes[i].fd);
		server->pe_taken[s->pes[i].index] = false;
	}
	s->num_pes = 0;
	if (s->attached)
		server->num_attached--;
	s->attached = false;
	(void)pthread_mutex_unlock(&server->lock);
}

/* Makes the sockets of the PEs. theirs: the client's ends, -1 where there is none. */
static bool make_sockets(struct serve_session *s, int theirs[WIRE_MAX_PES])
{
	for (unsigned i = 0; i < s->num_pes; i++)
		theirs[i] = -1;
	for (unsigned i = 0; i < s->num_pes; i++) {
		int ends[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
			return false;
		s->pes[i].fd = ends[0];
		theirs[i] = ends[1];
	}
	return true;
}

static bool start_threads(struct serve_session *s)
{
	for (unsigned i = 0; i < s->num_pes; i++) {
		s->pes[i].running = true;
		if (pthread_create(&s->pes[i].thread, NULL, run_pe, &s->pes[i]) != 0) {
			s->pes[i].running = false;
			/* Those behind it never started. */
			for (unsigned j = i; j < s->num_pes; j++)
				s->pes[j].thread = 0;
			return false;
		}
	}
	return true;
}

/* Waits until no PE makes a call any more. */
static void stop_pes(struct serve_session *s)
{
	for (unsigned i = 0; i < s->num_pes; i++) {
		if (s->pes[i].fd >= 0)
			(void)shutdown(s->pes[i].fd, SHUT_RDWR);
	}
	for (unsigned i = 0; i < s->num_pes; i++) {
		if (s->pes[i].thread == 0)
			continue;
		(void)pthread_mutex_lock(&s->lock);
		while (s->pes[i].running) {
			struct timespec until;

			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_nsec += KICK_NS;
			if (until.tv_nsec >= 1000000000) {
				until.tv_nsec -= 1000000000;
				until.tv_sec++;
			}
			/*
			 * A PE that is idle ends at once, and keeps no kick for who has it
			 * next. Again and again: a Realm may begin to run behind a kick.
			 */
			if (pthread_cond_timedwait(&s->idle, &s->lock, &until) != 0)
				rmi_pe_kick(rmi_pe(s->server->rmi, s->pes[i].index));
		}
		(void)pthread_mutex_unlock(&s->lock);
		(void)pthread_join(s->pes[i].thread, NULL);
	}
}

static bool send_attached(struct serve_session *s, const int theirs[WIRE_MAX_PES])
{
	struct serve *server = s->server;
	struct rmi_memory memory = rmi_memory(server->rmi);
	int fds[WIRE_MAX_PES + 1];
	union wire_frame frame;

	rmi_wire_begin(&frame, WIRE_ATTACHED);
	frame.attached.revision = (uint32_t)rmi_revision(server->rmi);
	frame.attached.num_pes = s->num_pes;
	frame.attached.flags = server->flags;
	frame.attached.memory_base = memory.base;
	frame.attached.memory_size = memory.size;
	frame.attached.granule_size = rmi_granule_size(server->rmi);
	/* Of a PE of its own: those of others change while they are read. */
	if (s->num_pes != 0)
		frame.attached.ich.vtr = rmi_pe_ich(rmi_pe(server->rmi, s->pes[0].index))->vtr;
	frame.attached.ich.pmr = 0xff;
	fds[0] = serve_window_fd(server->window);
	memcpy(&fds[1], theirs, s->num_pes * sizeof(int));
	return rmi_wire_send(s->fd, &frame, fds, s->num_pes + 1);
}

/* Gives a client what it asks for. Returns whether it is attached. */
static bool give(struct serve_session *s, uint32_t wanted)
{
	int theirs[WIRE_MAX_PES] = {0};
	bool good;

	if (!admit(s, wanted))
		return false;
	for (unsigned i = 0; i < s->num_pes; i++)
		serve_dispatch_reset(&s->server->dispatch, s->pes[i].index);
	good = make_sockets(s, theirs);
	if (!good || !start_threads(s)) {
		serve_refuse(s->fd, "the server is short of memory");
		good = false;
	}
	good = good && send_attached(s, theirs);
	for (unsigned i = 0; i < s->num_pes; i++) {
		if (theirs[i] >= 0)
			(void)close(theirs[i]);
	}
	return good;
}

static bool attach(struct serve_session *s)
{
	struct timeval patience = {.tv_sec = SERVE_ATTACH_SECONDS};
	union wire_frame frame;
	enum wire_result result;

	(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	result = rmi_wire_receive(s->fd, &frame, NULL, NULL);
	if (result == WIRE_OTHER)
		serve_refuse(s->fd, "the server speaks version %d of the protocol, the client %u",
		             WIRE_VERSION, frame.header.version);
	else if (result == WIRE_FOREIGN ||
	         (result == WIRE_GOOD && frame.header.type != WIRE_ATTACH))
		serve_refuse(s->fd, "this is no request to attach");
	if (result != WIRE_GOOD || frame.header.type != WIRE_ATTACH)
		return false;
	patience.tv_sec = 0;
	(void)setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return give(s, frame.attach.num_pes);
}

/* Adds a granule to the list. Returns whether there was room. */
static bool add_held(struct wire_held *held, uint64_t pa, const char *state)
{
	struct wire_run *last = held->count > 0 ? &held->runs[held->count - 1] : NULL;

	if (last != NULL && last->pa + last->size == pa &&
	    strncmp(last->state, state, WIRE_STATE_SIZE - 1) == 0) {
		last->size += held->granule_size;
		return true;
	}
	if (held->count == WIRE_MAX_RUNS)
		return false;
	last = &held->runs[held->count++];
	*last = (struct wire_run){.pa = pa, .size = held->granule_size};
	(void)snprintf(last->state, sizeof(last->state), "%s", state);
	return true;
}

static void list_held(const struct serve *server, uint64_t from, struct wire_held *held)
{
	const char *state;
	uint64_t pa;

	held->granule_size = rmi_granule_size(server->rmi);
	for (unsigned i = 0; i < WIRE_MAX_GRANULES; i++) {
		if (!rmi_next_held_granule(server->rmi, from, &pa, &state) ||
		    !add_held(held, pa, state))
			break;
		from = pa + 1;
	}
}

/* Answers what is asked on the first socket. Returns whether it was a question. */
static bool answer(struct serve_session *s, union wire_frame *frame)
{
	struct serve *server = s->server;
	unsigned type = frame->header.type;
	uint64_t number = frame->number.number;

	switch (type) {
	case WIRE_KICK:
	case WIRE_COUNTER:
		if (number >= s->num_pes)
			return false;
		rmi_wire_begin(frame, type == WIRE_KICK ? WIRE_KICKED : WIRE_COUNTER_IS);
		if (type == WIRE_KICK)
			rmi_pe_kick(rmi_pe(server->rmi, s->pes[number].index));
		else
			frame->number.number =
			        rmi_pe_counter(rmi_pe(server->rmi, s->pes[number].index));
		break;
	case WIRE_HELD:
		rmi_wire_begin(frame, WIRE_HELD_ARE);
		list_held(server, number, &frame->held);
		break;
	case WIRE_OPERATION:
		rmi_wire_begin(frame, WIRE_OPERATION_IS);
		frame->operation.there =
		        number <= UINT32_MAX &&
		        rmi_open_operation(server->rmi, (unsigned)number, &frame->operation.number);
		break;
	default:
		return false;
	}
	return rmi_wire_send(s->fd, frame, NULL, 0);
}

static void reclaim(struct serve_session *s)
{
	struct rmi_reclaimed result;

	if (!s->server->options.reclaim || s->num_pes == 0)
		return;
	serve_reclaim(&s->server->dispatch, s->pes[0].index, s->slot + 1, &result);
	if (result.before > 0)
		serve_log(s->server, "client %u: %llu granules taken back, %llu left", s->slot + 1,
		          (unsigned long long)(result.before - result.after),
		          (unsigned long long)result.after);
}

static void end(struct serve_session *s)
{
	struct serve *server = s->server;

	stop_pes(s);
	reclaim(s);
	free_pes(s);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_cond_destroy(&s->idle);
	/* Who holds the lock may still hang up; when it is free, the server may be gone. */
	(void)pthread_mutex_lock(&server->lock);
	server->sessions[s->slot] = NULL;
	(void)close(s->fd);
	free(s);
	(void)pthread_cond_broadcast(&server->left);
	(void)pthread_mutex_unlock(&server->lock);
}

static void *run_session(void *arg)
{
	struct serve_session *s = arg;
	union wire_frame frame;

	if (attach(s)) {
		serve_log(s->server, "client %u: attached with %u PEs", s->slot + 1, s->num_pes);
		while (rmi_wire_receive(s->fd, &frame, NULL, NULL) == WIRE_GOOD &&
		       answer(s, &frame))
			;
		serve_log(s->server, "client %u: gone", s->slot + 1);
	}
	end(s);
	return NULL;
}

/* Puts a session into a slot that is free. server->lock is held. */
static bool find_slot(struct serve_session *s)
{
	struct serve *server = s->server;

	for (unsigned i = 0; i < SERVE_MAX_CLIENTS; i++) {
		if (server->sessions[i] == NULL) {
			server->sessions[i] = s;
			s->slot = i;
			return true;
		}
	}
	return false;
}

/* Finds a slot, or waits for one of those who are about to leave. Returns whether there is one. */
static bool enlist(struct serve_session *s)
{
	struct serve *server = s->server;
	struct timespec until;
	bool good;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SERVE_WAIT_SECONDS;
	(void)pthread_mutex_lock(&server->lock);
	good = find_slot(s);
	while (!good && pthread_cond_timedwait(&server->left, &server->lock, &until) == 0)
		good = find_slot(s);
	(void)pthread_mutex_unlock(&server->lock);
	return good;
}

void serve_session_begin(struct serve *server, int fd)
{
	struct serve_session *s = calloc(1, sizeof(*s));
	pthread_attr_t detached;
	pthread_t thread;
	int error;

	if (s == NULL) {
		(void)close(fd);
		return;
	}
	s->server = server;
	s->fd = fd;
	if (!enlist(s)) {
		serve_refuse(fd, "the server has %d clients already", SERVE_MAX_CLIENTS);
		(void)close(fd);
		free(s);
		return;
	}
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->idle, NULL);
	(void)pthread_attr_init(&detached);
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, run_session, s);
	(void)pthread_attr_destroy(&detached);
	if (error != 0)
		end(s);
}
