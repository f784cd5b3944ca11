/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients that mean no good: bytes that are no frames, frames that are no requests, requests with
 * any content, and memory that changes under the RMM.
 *
 * usage: frames [ROUNDS]
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka_test.h>
#include <rmi/commands.h>
#include <serve/session.h>
#include <serve/wire.h>

#include "served.h"

#define CONF                                                                                       \
	"model:dram=64M,pes=4,planes=1,realm_aux=2,rec_aux=2,tracking_aux=1,donate=pages+ns_pages"

static unsigned rounds = 150;

static uint64_t draw(uint64_t *seed)
{
	*seed += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = (*seed ^ *seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);

	return z ^ z >> 27;
}

static int dial(const struct served *s)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 5};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, s->path, sizeof(s->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* A client below the library. */
struct client {
	int fds[1 + WIRE_MAX_PES]; /* The window, and a socket for each PE. */
	unsigned num_fds;
	int fd;
	struct wire_attached attached;
	uint64_t *window;
};

static void attach(const struct served *s, struct client *c)
{
	union wire_frame frame;

	*c = (struct client){.fd = dial(s), .num_fds = 1 + WIRE_MAX_PES};
	rmi_wire_begin(&frame, WIRE_ATTACH);
	frame.attach.num_pes = 2;
	assert_true(rmi_wire_send(c->fd, &frame, NULL, 0));
	assert_int_equal(rmi_wire_receive(c->fd, &frame, c->fds, &c->num_fds), WIRE_GOOD);
	assert_int_equal(frame.header.type, WIRE_ATTACHED);
	assert_int_equal(c->num_fds, 3);
	c->attached = frame.attached;
	c->window = mmap(NULL, c->attached.memory_size, PROT_READ | PROT_WRITE, MAP_SHARED,
	                 c->fds[0], 0);
	assert_true(c->window != MAP_FAILED);
}

static void detach(struct client *c)
{
	for (unsigned i = 0; i < c->num_fds; i++)
		(void)close(c->fds[i]);
	(void)close(c->fd);
	(void)munmap(c->window, c->attached.memory_size);
}

/* The server does as well as ever: a client gets all that there is. */
static void assert_serves(const struct served *s)
{
	struct rmi *rmi = served_open(s, ",pes=4");
	uint64_t version = rmi_version(rmi_pe(rmi, 3), RMI_ABI_VERSION, NULL, NULL);

	assert_int_not_equal(version, SMCCC_NOT_SUPPORTED);
	rmi_close(rmi);
}

static void bytes_that_are_no_frames_end_the_client(void **state)
{
	unsigned char bytes[1024];
	uint64_t seed = 1;
	struct served s;

	(void)state;
	served_start(&s, CONF, false);
	for (unsigned i = 0; i < rounds; i++) {
		size_t length = draw(&seed) % sizeof(bytes);
		int fd = dial(&s);

		for (size_t j = 0; j < length; j++)
			bytes[j] = (unsigned char)draw(&seed);
		if (i % 4 != 0)
			(void)send(fd, bytes, length, MSG_NOSIGNAL);
		(void)close(fd);
	}
	assert_serves(&s);
	served_stop(&s);
}

/* Changes a frame in one or two places, or its length. */
static size_t spoil(union wire_frame *frame, uint64_t *seed)
{
	unsigned char *bytes = (unsigned char *)frame;
	size_t length = frame->header.length;

	for (uint64_t n = 1 + draw(seed) % 2; n > 0; n--)
		bytes[draw(seed) % (draw(seed) % 2 ? 16 : length)] ^= (unsigned char)draw(seed);
	if (draw(seed) % 4 == 0)
		length = draw(seed) % sizeof(*frame);
	return length;
}

static void frames_that_are_spoilt_end_the_client_or_are_answered(void **state)
{
	static const enum wire_type types[] = {WIRE_ATTACH,   WIRE_CALL,      WIRE_KICK,
	                                       WIRE_COUNTER,  WIRE_OPERATION, WIRE_HELD,
	                                       WIRE_ATTACHED, WIRE_ANSWER,    WIRE_HELD_ARE};
	union wire_frame frame;
	uint64_t seed = 2;
	struct served s;

	(void)state;
	served_start(&s, CONF, false);
	for (unsigned i = 0; i < rounds; i++) {
		struct client c;
		int fd;

		attach(&s, &c);
		/* To where it belongs, or to where it does not; with a descriptor, or without. */
		fd = draw(&seed) % 2 ? c.fd : c.fds[1 + draw(&seed) % 2];
		for (unsigned j = 0; j < 4; j++) {
			size_t length;

			memset(&frame, 0, sizeof(frame));
			rmi_wire_begin(&frame, types[draw(&seed) % 9]);
			frame.number.number = draw(&seed) % 4;
			if (draw(&seed) % 4 == 0) {
				(void)rmi_wire_send(fd, &frame, &c.fds[0], 1);
				continue;
			}
			length = spoil(&frame, &seed);
			(void)send(fd, &frame, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		}
		detach(&c);
	}
	assert_serves(&s);
	served_stop(&s);
}

/* An address that may mean something: a page of the first 4 MiB, sometimes not aligned. */
static uint64_t draw_pa(const struct client *c, uint64_t *seed)
{
	uint64_t pa = c->attached.memory_base + draw(seed) % 1024 * 0x1000;

	return draw(seed) % 16 == 0 ? pa + draw(seed) % 0x1000 : pa;
}

static void draw_call(const struct client *c, uint64_t *seed, struct wire_call *call)
{
	size_t count;
	const struct rmi_command *commands = rmi_commands(&count);
	uint64_t *ich = (uint64_t *)&call->ich;

	for (unsigned i = 1; i < 18; i++)
		call->regs.x[i] = draw(seed) % 4 ? draw_pa(c, seed) : draw(seed) % 8;
	call->regs.x[0] = commands[draw(seed) % count].fid;
	/* Most of what can happen begins with memory that is delegated. */
	if (draw(seed) % 3 == 0) {
		call->regs.x[0] = draw(seed) % 4 ? SMC_RMI_GRANULE_RANGE_DELEGATE
		                                 : SMC_RMI_GRANULE_RANGE_UNDELEGATE;
		call->regs.x[2] = call->regs.x[1] + (1 + draw(seed) % 8) * 0x1000;
	}
	for (size_t i = 0; i < sizeof(call->ich) / sizeof(*ich); i++)
		ich[i] = draw(seed) % 2 ? draw(seed) : 0;
	for (unsigned i = 0; i < RMI_ICH_MAX_LRS; i++)
		call->ich.lr[i] &= ~RMI_ICH_LR_HW;
}

/* Makes what is behind an address look like parameters of something. */
static void draw_memory(const struct client *c, uint64_t *seed)
{
	uint64_t *page = c->window + draw(seed) % 1024 * 512;

	for (unsigned i = 0; i < 8; i++)
		page[draw(seed) % 512] = draw(seed) % 2 ? draw_pa(c, seed) : draw(seed) % 64;
}

struct scribbler {
	struct client *client;
	atomic_bool stop;
};

/* Writes to all of the memory, all the time, also to what the RMM holds. */
__attribute__((no_sanitize("thread"))) static void *scribble(void *arg)
{
	struct scribbler *s = arg;
	uint64_t seed = 99;

	while (!atomic_load(&s->stop)) {
		volatile uint64_t *word = s->client->window + draw(&seed) % (1024 * 512);

		*word = draw(&seed);
		if (draw(&seed) % 64 == 0)
			(void)usleep(10);
	}
	return NULL;
}

static void calls_with_any_content_in_memory_that_changes_do_no_harm(void **state)
{
	struct scribbler scribbler;
	union wire_frame frame;
	uint64_t seed = 3;
	pthread_t thread;
	struct served s;
	struct client c;

	(void)state;
	served_start(&s, CONF, true);
	attach(&s, &c);
	scribbler = (struct scribbler){.client = &c};
	rmi_wire_begin(&frame, WIRE_CALL);
	frame.call.regs.x[0] = SMC_RMI_RMM_ACTIVATE;
	assert_true(rmi_wire_send(c.fds[1], &frame, NULL, 0));
	assert_int_equal(rmi_wire_receive(c.fds[1], &frame, NULL, NULL), WIRE_GOOD);
	assert_int_equal(pthread_create(&thread, NULL, scribble, &scribbler), 0);
	for (unsigned i = 0; i < 40 * rounds; i++) {
		int fd = c.fds[1 + i % 2];

		rmi_wire_begin(&frame, WIRE_CALL);
		draw_call(&c, &seed, &frame.call);
		draw_memory(&c, &seed);
		assert_true(rmi_wire_send(fd, &frame, NULL, 0));
		assert_int_equal(rmi_wire_receive(fd, &frame, NULL, NULL), WIRE_GOOD);
		assert_int_equal(frame.header.type, WIRE_ANSWER);
	}
	atomic_store(&scribbler.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	detach(&c);
	assert_serves(&s);
	served_stop(&s);
}

static void a_client_that_never_reads_holds_up_nobody(void **state)
{
	union wire_frame frame;
	struct served s;
	struct client c;

	(void)state;
	served_start(&s, CONF, false);
	attach(&s, &c);
	rmi_wire_begin(&frame, WIRE_HELD);
	for (unsigned i = 0; i < 1000; i++)
		(void)send(c.fd, &frame, frame.header.length, MSG_NOSIGNAL | MSG_DONTWAIT);
	rmi_wire_begin(&frame, WIRE_CALL);
	frame.call.regs.x[0] = SMC_RMI_VERSION;
	for (unsigned i = 0; i < 1000; i++)
		(void)send(c.fds[1], &frame, frame.header.length, MSG_NOSIGNAL | MSG_DONTWAIT);
	rmi_close(served_open(&s, ",pes=2"));
	detach(&c);
	assert_serves(&s);
	served_stop(&s);
}

static void a_client_that_never_reads_does_not_keep_the_server_from_ending(void **state)
{
	struct timeval patience = {.tv_usec = 300000};
	union wire_frame frame;
	struct served s;
	struct client c;

	(void)state;
	served_start(&s, CONF, false);
	attach(&s, &c);
	/* Until the server waits with an answer: it takes no request any more then. */
	(void)setsockopt(c.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	rmi_wire_begin(&frame, WIRE_HELD);
	while (send(c.fd, &frame, frame.header.length, MSG_NOSIGNAL) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	/* SIGALRM ends this program if the server does not end. */
	(void)alarm(30);
	served_stop(&s);
	(void)alarm(0);
	detach(&c);
}

static void a_server_has_room_again_when_many_have_left(void **state)
{
	int fds[SERVE_MAX_CLIENTS];
	struct rmi_error err = {""};
	struct served s;

	(void)state;
	served_start(&s, CONF, false);
	/* They never say what they want. */
	for (unsigned i = 0; i < SERVE_MAX_CLIENTS; i++)
		fds[i] = dial(&s);
	assert_null(rmi_open_fmt(&err, "remote:%s", s.path));
	assert_non_null(strstr(err.text, "the server has 64 clients already"));
	for (unsigned i = 0; i < SERVE_MAX_CLIENTS; i++)
		(void)close(fds[i]);
	for (unsigned i = 0; i < 1000; i++) {
		struct rmi *rmi = rmi_open_fmt(&err, "remote:%s", s.path);

		rmi_close(rmi);
		if (rmi != NULL)
			break;
		(void)usleep(1000);
	}
	assert_serves(&s);
	served_stop(&s);
}

static void a_client_cannot_make_the_window_shorter(void **state)
{
	struct served s;
	struct client c;

	(void)state;
	served_start(&s, CONF, false);
	attach(&s, &c);
	assert_int_equal(ftruncate(c.fds[0], 0x1000), -1);
	assert_int_equal(ftruncate(c.fds[0], (off_t)(2 * c.attached.memory_size)), -1);
	detach(&c);
	assert_serves(&s);
	served_stop(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(bytes_that_are_no_frames_end_the_client),
	        cmocka_unit_test(frames_that_are_spoilt_end_the_client_or_are_answered),
	        cmocka_unit_test(calls_with_any_content_in_memory_that_changes_do_no_harm),
	        cmocka_unit_test(a_client_that_never_reads_holds_up_nobody),
	        cmocka_unit_test(a_client_that_never_reads_does_not_keep_the_server_from_ending),
	        cmocka_unit_test(a_server_has_room_again_when_many_have_left),
	        cmocka_unit_test(a_client_cannot_make_the_window_shorter),
	};

	if (argc > 1)
		rounds = (unsigned)strtoul(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
