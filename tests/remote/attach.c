/* SPDX-License-Identifier: BSD-3-Clause */
/* The backend "remote": what a client of a server has, and what it is told when it has nothing. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka_test.h>
#include <rmi/remote.h>
#include <serve/wire.h>
#include <support/realm.h>

#include "served.h"

#define CONF   "model:dram=64M,pes=4"
#define WINDOW (UINT64_C(4) << 20)
#define B_SELF UINT32_C(0x14000000)

static void assert_refused(const char *path, const char *keys, const char *text)
{
	struct rmi_error err = {""};

	assert_null(rmi_open_fmt(&err, "remote:%s%s", path, keys));
	if (strstr(err.text, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, err.text);
}

/* A Realm with one REC, which runs a branch to itself. */
static void make_loop(struct small_realm *r, struct rmi *rmi, uint64_t offset)
{
	static _Alignas(16) uint32_t code[1024] = {B_SELF};

	small_realm_init(r, rmi_pe(rmi, 0), rmi_memory(rmi).base + offset, WINDOW);
	assert_int_equal(small_realm_create(r, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(r, 0), 0);
	assert_int_equal(small_init_ripas(r, 0, r->page), 0);
	assert_int_equal(small_map_init(r, 0, code, 0), 0);
	assert_int_equal(small_rec(r, 0, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(r), 0);
}

static void a_realm_lives_until_it_is_kicked_and_destroyed(void **state)
{
	struct small_realm r;
	struct served s;
	struct rmi *rmi;

	(void)state;
	served_start(&s, CONF, false);
	rmi = served_open_active(&s, "");
	assert_string_equal(rmi_backend_name(rmi), "remote");
	assert_int_equal(rmi_num_pes(rmi), 4);
	make_loop(&r, rmi, 0);
	rmi_pe_kick(rmi_pe(rmi, 0));
	assert_int_equal(small_enter(&r, 0), RMI_SUCCESS);
	assert_int_equal(small_run(&r)->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_not_equal(rmi_audit(rmi, NULL), 0);
	assert_int_equal(rmi_audit(rmi, NULL), rmi_audit(s.rmi, NULL));
	assert_int_equal(small_realm_destroy(&r), 0);
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	rmi_close(rmi);
	served_stop(&s);
}

static void a_call_leaves_other_registers_alone(void **state)
{
	struct smccc_regs regs, in;
	struct served s;
	struct rmi *rmi;

	(void)state;
	served_start(&s, CONF, false);
	rmi = served_open(&s, "");
	for (unsigned i = 0; i < 18; i++)
		in.x[i] = 0x1000 + i;
	regs = in;
	assert_int_equal(rmi_call(rmi_pe(rmi, 3), &regs), SMCCC_NOT_SUPPORTED);
	assert_memory_equal(&regs.x[1], &in.x[1], 17 * sizeof(uint64_t));
	rmi_close(rmi);
	served_stop(&s);
}

static void list_registers_travel_with_the_call(void **state)
{
	struct small_realm r;
	struct served s;
	struct rmi_ich *ich;
	struct rmi *rmi;

	(void)state;
	served_start(&s, CONF, false);
	rmi = served_open_active(&s, "");
	make_loop(&r, rmi, 0);
	ich = rmi_pe_ich(r.pe);
	assert_int_equal(ich->vtr & 0x1f, 3);
	assert_int_equal(ich->pmr, 0xff);
	ich->lr[0] = RMI_ICH_LR_HW;
	assert_int_equal(small_enter(&r, 0), RMI_ERROR_REC);
	ich->lr[0] = 0;
	ich->hcr = RMI_ICH_HCR_EN;
	/* A server that believed this would look behind the end of the list registers. */
	ich->vtr = 0x1f;
	rmi_pe_kick(r.pe);
	assert_int_equal(small_enter(&r, 0), RMI_SUCCESS);
	assert_int_equal(ich->hcr & RMI_ICH_HCR_EN, 0);
	assert_int_equal(ich->elrsr, 0xf);
	assert_int_equal(ich->vtr & 0x1f, 3);
	assert_int_equal(small_realm_destroy(&r), 0);
	rmi_close(rmi);
	served_stop(&s);
}

static void a_masked_pe_takes_interrupts_all_the_same(void **state)
{
	struct small_realm r;
	struct served s;
	struct rmi *rmi;

	(void)state;
	served_start(&s, CONF, false);
	rmi = served_open_active(&s, "");
	make_loop(&r, rmi, 0);
	rmi_pe_ich(r.pe)->pmr = 0;
	rmi_pe_kick(r.pe);
	assert_int_equal(small_enter(&r, 0), RMI_SUCCESS);
	assert_int_equal(small_run(&r)->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(rmi_pe_ich(r.pe)->pmr, 0);
	assert_int_equal(small_realm_destroy(&r), 0);
	rmi_close(rmi);
	served_stop(&s);
}

static void nobody_gets_at_what_the_rmm_holds(void **state)
{
	struct small_realm r;
	struct served s;
	struct rmi *rmi;
	uint64_t base;

	(void)state;
	served_start(&s, CONF, false);
	rmi = served_open_active(&s, "");
	base = rmi_memory(rmi).base;
	memset(rmi_pa_to_va(rmi, base + WINDOW / 4, WINDOW / 2), 0x5a, WINDOW / 2);
	make_loop(&r, rmi, 0);
	/* RD, tables, the REC: all of them read as zero, and writing changes nothing. */
	assert_int_equal(*(uint64_t *)small_va(&r, r.rd), 0);
	for (uint64_t pa = r.middle; pa < r.next; pa += r.page)
		memset(small_va(&r, pa), 0xff, r.page);
	rmi_pe_kick(r.pe);
	assert_int_equal(small_enter(&r, 0), RMI_SUCCESS);
	assert_int_equal(small_realm_destroy(&r), 0);
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	/* What comes back was wiped; its neighbours are as they were. */
	assert_int_equal(*(uint64_t *)rmi_pa_to_va(rmi, base + WINDOW / 4, 8), 0);
	assert_int_equal(*(unsigned char *)rmi_pa_to_va(rmi, base + WINDOW / 4 * 3 - 1, 1), 0x5a);
	rmi_close(rmi);
	served_stop(&s);
}

static void pes_belong_to_one_client_at_a_time(void **state)
{
	struct served s;
	struct rmi *three, *one, *none;

	(void)state;
	served_start(&s, CONF, false);
	three = served_open(&s, ",pes=3");
	assert_int_equal(rmi_num_pes(three), 3);
	assert_refused(s.path, ",pes=2", "pes=2: 1 of 4 PEs are free");
	one = served_open(&s, "");
	assert_int_equal(rmi_num_pes(one), 1);
	assert_refused(s.path, "", "all 4 PEs are taken by other clients");
	none = served_open(&s, ",pes=0");
	assert_int_equal(rmi_version(rmi_pe(none, 0), RMI_ABI_VERSION, NULL, NULL),
	                 SMCCC_NOT_SUPPORTED);
	rmi_pe_kick(rmi_pe(none, 0));
	assert_int_equal(rmi_audit(none, NULL), 0);
	rmi_close(three);
	/* They are free when rmi_close() is back. */
	three = served_open(&s, ",pes=3");
	assert_refused(s.path, ",pes=65", "pes=65: out of range (0..64)");
	assert_refused(s.path, ",pes=5", "pes=5: the RMM has 4 PEs");
	rmi_close(three);
	rmi_close(one);
	rmi_close(none);
	served_stop(&s);
}

static void wrong_addresses_are_explained(void **state)
{
	char path[128];
	struct served s;

	(void)state;
	served_start(&s, CONF, false);
	assert_refused("", "", "remote: no path of a socket");
	assert_refused(s.path, ",pse=1", "remote: unknown key \"pse\" (did you mean \"pes\"?");
	(void)snprintf(path, sizeof(path), "%s-no", s.path);
	assert_refused(path, "", "there is no such socket");
	assert_refused("/dev/null", "", "nobody listens there");
	memset(path, 'x', 110);
	path[110] = '\0';
	assert_refused(path, "", "the path is too long");
	served_stop(&s);
}

/* Somebody who listens and says one thing. */
struct impostor {
	char path[64];
	int listener;
	union wire_frame answer;
	pthread_t thread;
};

static void *answer_once(void *arg)
{
	struct impostor *i = arg;
	union wire_frame frame;
	int fd = accept(i->listener, NULL, NULL);

	(void)rmi_wire_receive(fd, &frame, NULL, NULL);
	(void)rmi_wire_send(fd, &i->answer, NULL, 0);
	(void)close(fd);
	return NULL;
}

static void impostor_start(struct impostor *i, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(i->path, sizeof(i->path), "/tmp/realmkit-%d", (int)getpid());
	(void)unlink(i->path);
	memcpy(address.sun_path, i->path, sizeof(i->path));
	i->listener = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(i->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(i->listener, 1), 0);
	if (type == SOCK_SEQPACKET)
		assert_int_equal(pthread_create(&i->thread, NULL, answer_once, i), 0);
}

static void impostor_stop(struct impostor *i, int type)
{
	if (type == SOCK_SEQPACKET)
		assert_int_equal(pthread_join(i->thread, NULL), 0);
	(void)close(i->listener);
	(void)unlink(i->path);
}

static void a_server_that_speaks_otherwise_is_refused(void **state)
{
	struct impostor i;

	(void)state;
	rmi_wire_begin(&i.answer, WIRE_ATTACHED);
	i.answer.header.version = 7;
	impostor_start(&i, SOCK_SEQPACKET);
	assert_refused(i.path, "", "the server speaks version 7 of the protocol, this librmi 1");
	impostor_stop(&i, SOCK_SEQPACKET);
	/* Its own words are better, whatever version they have. */
	rmi_wire_begin(&i.answer, WIRE_REFUSED);
	i.answer.header.version = 7;
	(void)strcpy(i.answer.refused.text, "come back later");
	impostor_start(&i, SOCK_SEQPACKET);
	assert_refused(i.path, "", "come back later");
	impostor_stop(&i, SOCK_SEQPACKET);
	rmi_wire_begin(&i.answer, WIRE_ATTACHED);
	impostor_start(&i, SOCK_SEQPACKET);
	assert_refused(i.path, "", "the server's answer makes no sense");
	impostor_stop(&i, SOCK_SEQPACKET);
	rmi_wire_begin(&i.answer, WIRE_ANSWER);
	impostor_start(&i, SOCK_SEQPACKET);
	assert_refused(i.path, "", "what listens there is not `realmkit serve`");
	impostor_stop(&i, SOCK_SEQPACKET);
	impostor_start(&i, SOCK_STREAM);
	assert_refused(i.path, "", "this is not a socket of `realmkit serve`");
	impostor_stop(&i, SOCK_STREAM);
}

static void *enter(void *arg)
{
	struct small_realm *r = arg;

	return (void *)(uintptr_t)small_enter(r, 0);
}

static void calls_fail_when_the_server_has_gone(void **state)
{
	struct timespec pause = {.tv_nsec = 20000000};
	struct rmi_error why = {""};
	struct small_realm r;
	struct served s;
	const char *held;
	pthread_t thread;
	struct rmi *rmi;
	uint64_t pa;
	void *x0;

	(void)state;
	served_start(&s, CONF, false);
	rmi = served_open_active(&s, "");
	assert_false(rmi_remote_is_gone(rmi, &why));
	make_loop(&r, rmi, 0);
	assert_int_equal(pthread_create(&thread, NULL, enter, &r), 0);
	(void)nanosleep(&pause, NULL);
	served_stop(&s);
	/* The call that ran was answered, or failed. */
	assert_int_equal(pthread_join(thread, &x0), 0);
	assert_true((uintptr_t)x0 == RMI_SUCCESS || (uint64_t)(uintptr_t)x0 == SMCCC_NOT_SUPPORTED);
	assert_int_equal(rmi_version(r.pe, RMI_ABI_VERSION, NULL, NULL), SMCCC_NOT_SUPPORTED);
	assert_true(rmi_remote_is_gone(rmi, &why));
	assert_non_null(strstr(why.text, "the server has gone"));
	assert_true(rmi_next_held_granule(rmi, 0, &pa, &held));
	assert_string_equal(held, "unknown: the server has gone");
	assert_int_equal(rmi_audit(rmi, NULL), 1);
	rmi_pe_kick(r.pe);
	assert_int_equal(rmi_granule_size(rmi), 0);
	assert_false(rmi_open_operation(rmi, 0, &pa));
	assert_int_not_equal(rmi_pe_counter(r.pe), 0);
	rmi_close(rmi);
	assert_refused(s.path, "", "there is no such socket");
}

static void the_counter_is_the_rmms(void **state)
{
	struct timespec now;
	struct served s;
	struct rmi *rmi;

	(void)state;
	served_start(&s, CONF, false);
	rmi = served_open(&s, "");
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_true(rmi_pe_counter(rmi_pe(rmi, 0)) >= (uint64_t)now.tv_sec * RMI_COUNTER_HZ);
	rmi_close(rmi);
	served_stop(&s);
	served_start(&s, CONF ",clock=steps", false);
	rmi = served_open(&s, "");
	assert_int_equal(rmi_pe_counter(rmi_pe(rmi, 0)), 0);
	rmi_close(rmi);
	served_stop(&s);
}

static void what_the_server_knows_of_the_rmm_arrives(void **state)
{
	struct served s;
	struct rmi *rmi;
	uint64_t handle = 0;

	(void)state;
	served_start(&s, CONF ",granule=16K,spec=2.0-bet1,realm_aux=1,dram_base=0x40000000", false);
	rmi = served_open_active(&s, ",identity=1");
	assert_int_equal(rmi_revision(rmi), RMI_REVISION_2_0_BET1);
	assert_int_equal(rmi_memory(rmi).base, 0x40000000);
	assert_int_equal((uintptr_t)rmi_memory(rmi).host, 0x40000000);
	assert_int_equal(rmi_memory(rmi).size, 64 << 20);
	assert_int_equal(rmi_granule_size(rmi), 0x4000);
	assert_false(rmi_open_operation(rmi, 0, &handle));
	rmi_close(rmi);
	served_stop(&s);
}

/* One of two Hosts at the same time. */
struct other {
	const struct served *s;
	uint64_t offset;
};

static void *build_realms(void *arg)
{
	const struct other *o = arg;
	struct rmi *rmi = served_open(o->s, ",pes=2");
	struct small_realm r;

	for (unsigned i = 0; i < 20; i++) {
		make_loop(&r, rmi, o->offset);
		rmi_pe_kick(r.pe);
		assert_int_equal(small_enter(&r, 0), RMI_SUCCESS);
		assert_int_equal(small_realm_destroy(&r), 0);
	}
	rmi_close(rmi);
	return NULL;
}

static void two_clients_do_not_meet(void **state)
{
	struct other others[2] = {{.offset = 0}, {.offset = WINDOW}};
	pthread_t threads[2];
	struct served s;

	(void)state;
	served_start(&s, CONF, false);
	rmi_close(served_open_active(&s, ""));
	for (unsigned i = 0; i < 2; i++) {
		others[i].s = &s;
		assert_int_equal(pthread_create(&threads[i], NULL, build_realms, &others[i]), 0);
	}
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(rmi_audit(s.rmi, NULL), 0);
	served_stop(&s);
}

static void a_server_does_not_take_the_place_of_another(void **state)
{
	struct serve_options options;
	struct rmi_error err;
	struct served s;
	struct rmi *rmi = rmi_open(CONF, &err);

	(void)state;
	served_start(&s, CONF, false);
	options = (struct serve_options){.path = s.path, .stop_fd = -1};
	assert_null(serve_create(rmi, &options, &err));
	assert_non_null(strstr(err.text, "another server listens there"));
	options.path = "/nowhere/socket";
	assert_null(serve_create(rmi, &options, &err));
	assert_non_null(strstr(err.text, "No such file"));
	rmi_close(rmi);
	/* What is not a model has memory that cannot be shared. */
	rmi = served_open(&s, "");
	options.path = "/tmp/never";
	assert_null(serve_create(rmi, &options, &err));
	assert_non_null(strstr(err.text, "the memory of the backend \"remote\" cannot be shared"));
	rmi_close(rmi);
	served_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_realm_lives_until_it_is_kicked_and_destroyed),
	        cmocka_unit_test(a_call_leaves_other_registers_alone),
	        cmocka_unit_test(list_registers_travel_with_the_call),
	        cmocka_unit_test(a_masked_pe_takes_interrupts_all_the_same),
	        cmocka_unit_test(nobody_gets_at_what_the_rmm_holds),
	        cmocka_unit_test(pes_belong_to_one_client_at_a_time),
	        cmocka_unit_test(wrong_addresses_are_explained),
	        cmocka_unit_test(a_server_that_speaks_otherwise_is_refused),
	        cmocka_unit_test(calls_fail_when_the_server_has_gone),
	        cmocka_unit_test(the_counter_is_the_rmms),
	        cmocka_unit_test(what_the_server_knows_of_the_rmm_arrives),
	        cmocka_unit_test(two_clients_do_not_meet),
	        cmocka_unit_test(a_server_does_not_take_the_place_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
