/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens between an exit and the next entry; bring-up on large machines. */

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <realm_impl.h>

#include "scene.h"

#define BLOCK (UINT64_C(2) << 20)

/* What RSI_IPA_STATE_SET was asked for and answered. */
struct request {
	uint64_t base;
	uint64_t top;
	enum rsi_ripas ripas;
	uint64_t new_base;
	uint64_t response;
};

static void makes_a_request(struct guest *g, void *arg)
{
	struct request *r = arg;

	guest_store64(g, RAM + 2 * BLOCK, 1);
	rsi_host_call(g, RAM + PAGE);
	rsi_ipa_state_set(g, r->base, r->top, r->ripas, 0, &r->new_base, &r->response);
	rsi_host_call(g, RAM + PAGE);
}

static const char *const revisions[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

/*
 * Bugs 32 and 58: a signal comes after a request was completed and before the REC is entered. Done
 * again with the old base, the RMM would refuse, and the Realm would be told so.
 */
static void a_request_is_completed_once_however_often_the_entry_is_tried(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct request r = {
		        .base = RAM + BLOCK, .top = RAM + 3 * BLOCK, .ripas = RSI_RIPAS_EMPTY};
		struct realm_exit *e;
		struct scene s;
		uint64_t calls;

		scene_open(&s, revisions[i]);
		scene_guest(&s, makes_a_request, &r);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		e = realm_vcpu_run(s.cpu);
		assert_int_equal(e->reason, REALM_EXIT_MEMORY_FAULT);
		assert_int_equal(realm_set_attributes(s.vm, r.base, r.top - r.base, false), 0);
		realm_vcpu_kick(s.cpu);
		assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_INTR);
		calls = hook_count(s.hook, SMC_RMI_RTT_SET_RIPAS);
		assert_true(calls > 0);
		hook_refuse(s.hook, SMC_RMI_REC_ENTER, 0, s.limits.busy_attempts, RMI_BUSY);
		assert_int_equal(realm_vcpu_run(s.cpu)->error, -EAGAIN);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_SET_RIPAS), calls);
		assert_int_equal(r.new_base, RAM + 2 * BLOCK + BLOCK);
		assert_int_equal(r.response, RSI_RESPONSE_ACCEPT);
		scene_close(&s);
	}
}

/*
 * Bug 26: there is no memory for the table that a change of RIPAS needs. The position was not set
 * then, and the loop never ended. The Realm learns how far the change came, and may ask again.
 */
static void a_ripas_change_without_memory_ends(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		/* The second block has to be split. */
		struct request r = {.base = RAM + BLOCK,
		                    .top = RAM + 2 * BLOCK + PAGE,
		                    .ripas = RSI_RIPAS_EMPTY};
		struct scene s;
		struct ram *ram;

		scene_open(&s, revisions[i]);
		scene_guest(&s, makes_a_request, &r);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_MEMORY_FAULT);
		/* The attributes alone; realm_set_attributes() would split the block. */
		ram = realm_ram_find(s.vm, RAM);
		memset(&ram->is_shared[BLOCK / PAGE], 1, BLOCK / PAGE + 1);
		host_fail_allocation(s.host, 0);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		host_fail_allocation(s.host, UINT64_MAX);
		assert_int_equal(r.new_base, RAM + 2 * BLOCK);
		scene_close(&s);
	}
}

/* Says that all is well, and stays where it is. */
static bool does_not_move(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	(void)hook;
	(void)pe;
	if (regs->x[0] != SMC_RMI_RTT_SET_RIPAS)
		return false;
	regs->x[0] = RMI_SUCCESS;
	regs->x[1] = regs->x[3];
	return true;
}

/* Bug 27: SET_RIPAS that succeeds with out_top == base was repeated for ever. */
static void a_ripas_change_that_does_not_move_ends(void **state)
{
	struct request r = {.base = RAM + BLOCK, .top = RAM + 2 * BLOCK, .ripas = RSI_RIPAS_RAM};
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, makes_a_request, &r);
	s.hook->fn = does_not_move;
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	assert_int_equal(r.new_base, RAM + BLOCK);
	assert_int_equal(r.response, RSI_RESPONSE_REJECT);
	scene_close(&s);
}

/*
 * Bug 29: INIT_RIPAS over RAM that was populated and over a region whose end is no multiple of a
 * block: tables are made, only where they are needed, and all of it is RAM.
 */
static void fills_an_odd_region(struct guest *g, void *arg)
{
	uint64_t *good = arg, top = 0, ripas = 0;

	rsi_ipa_state_get(g, RAM, RAM + RAM_SIZE + 3 * PAGE, &top, &ripas);
	good[0] = ripas == RSI_RIPAS_RAM;
	for (uint64_t at = top; at < RAM + RAM_SIZE + 3 * PAGE; at = top)
		if (rsi_ipa_state_get(g, at, RAM + RAM_SIZE + 3 * PAGE, &top, &ripas) !=
		            RSI_SUCCESS ||
		    ripas != RSI_RIPAS_RAM)
			return;
	good[1] = top == RAM + RAM_SIZE + 3 * PAGE;
	rsi_ipa_state_get(g, top, top + PAGE, &top, &ripas);
	good[2] = ripas == RSI_RIPAS_EMPTY;
}

static void ram_of_any_shape_becomes_ram(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t good[3] = {0};
		struct realm_stats stats;
		struct scene s;

		scene_open(&s, revisions[i]);
		scene_guest(&s, fills_an_odd_region, good);
		assert_int_equal(realm_add_memory(s.vm, RAM + RAM_SIZE, 3 * PAGE), 0);
		assert_int_equal(realm_populate(s.vm, RAM + 5 * BLOCK, "x", 1, 0), 0);
		scene_run_to_end(&s);
		assert_true(good[0] && good[1] && good[2]);
		realm_get_stats(s.vm, &stats);
		/* Level 2; level 3 for the populated pages and for the odd end. */
		assert_in_range(stats.tables, 4, 5);
		scene_close(&s);
	}
}

/*
 * Bug 29: what was populated and taken away again is DESTROYED before activation. An RMM that does
 * not make RAM of it is not asked for ever: the realm does not come to be.
 */
static void ram_that_was_destroyed_before_activation_is_not_tried_for_ever(void **state)
{
	struct scene s;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t good[3] = {0};
		struct realm_exit *e;

		scene_open(&s, i == 0 ? "" : "quirks=init_ripas_destroyed");
		scene_guest(&s, fills_an_odd_region, good);
		assert_int_equal(realm_populate(s.vm, RAM + 5 * PAGE, "x", 1, 0), 0);
		assert_int_equal(realm_set_attributes(s.vm, RAM + 5 * PAGE, PAGE, false), 0);
		assert_int_equal(realm_set_attributes(s.vm, RAM + 5 * PAGE, PAGE, true), 0);
		e = scene_run(&s);
		if (i == 0) {
			assert_int_equal(e->reason, REALM_EXIT_SYSTEM_EVENT);
		} else {
			assert_int_equal(e->error, -ENXIO);
			assert_int_equal(realm_state(s.vm), REALM_STATE_DEAD);
		}
		scene_close(&s);
	}
}

/* ESR fields of an exit (DDI0487). */
#define ESR_SRT (UINT64_C(0x1f) << 16)
#define ESR_ISV (UINT64_C(1) << 24)
#define ESR_CM  (UINT64_C(1) << 8)

/* Sets and clears bits of the ESR of data aborts. */
struct esr_change {
	uint64_t set;
	uint64_t clear;
};

static bool changes_esr(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	const struct esr_change *change = hook->arg;
	struct rmi_rec_run *run;

	if (regs->x[0] != SMC_RMI_REC_ENTER)
		return false;
	run = rmi_pa_to_va(hook->inner, regs->x[2], sizeof(*run));
	rmi_call(rmi_pe(hook->inner, pe), regs);
	if (run->exit.exit_reason == RMI_EXIT_SYNC)
		run->exit.esr = (run->exit.esr & ~change->clear) | change->set;
	return true;
}

static uint64_t values[4];

static void uses_a_device(struct guest *g, void *arg)
{
	(void)arg;
	guest_store32(g, SHARED_BIT | 0x1000, 0xabcd);
	values[0] = guest_load32(g, SHARED_BIT | 0x1004);
	values[1] = guest_take_sea(g, NULL, NULL);
}

/*
 * Bug 44: the register number in the syndrome was used to find the data of an MMIO access. The data
 * is in gprs[0], whatever the RMM says of the register.
 */
static void the_register_number_of_an_mmio_exit_does_not_matter(void **state)
{
	struct esr_change change = {.set = UINT64_C(29) << 16, .clear = ESR_SRT};
	struct realm_exit *e;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, uses_a_device, NULL);
	s.hook->fn = changes_esr;
	s.hook->arg = &change;
	e = scene_run(&s);
	assert_int_equal(e->reason, REALM_EXIT_MMIO);
	assert_int_equal(e->mmio.data, 0xabcd);
	e = scene_run(&s);
	e->mmio.data = 0x1234;
	scene_run_to_end(&s);
	assert_int_equal(values[0], 0x1234);
	scene_close(&s);
}

/*
 * Bug 40: an abort of cache maintenance has no valid syndrome: it is no MMIO access, and nobody
 * could say what would have to be emulated.
 */
static void an_abort_without_a_syndrome_is_no_mmio(void **state)
{
	struct esr_change change = {.set = ESR_CM, .clear = ESR_ISV};
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, uses_a_device, NULL);
	s.hook->fn = changes_esr;
	s.hook->arg = &change;
	scene_run_to_end(&s);
	assert_int_equal(values[1], 2);
	scene_close(&s);
}

static void ends_at_once(struct guest *g, void *arg)
{
	(void)arg;
	(void)g;
}

struct racer {
	pthread_t thread;
	pthread_barrier_t *start;
	struct realm_vcpu *cpu;
	struct realm *vm; /* For those that populate. */
	int worst;
};

static void *runs(void *arg)
{
	struct racer *r = arg;
	struct realm_exit *e;

	pthread_barrier_wait(r->start);
	e = realm_vcpu_run(r->cpu);
	r->worst = e->reason == REALM_EXIT_SYSTEM_EVENT || e->reason == REALM_EXIT_SHUTDOWN
	                   ? 0
	                   : e->error;
	return NULL;
}

static void *populates(void *arg)
{
	struct racer *r = arg;

	pthread_barrier_wait(r->start);
	for (unsigned i = 0; i < 32; i++) {
		int err = realm_populate(r->vm, RAM + 2 * BLOCK + i * PAGE, "x", 1, 0);

		if (err != 0 && err != -EBUSY)
			r->worst = err;
	}
	return NULL;
}

/*
 * Bug 38: the first runs of four vCPUs and a populate, all at once: one REALM_CREATE, one REC for
 * each vCPU, one REALM_ACTIVATE; populate gets through before that, and -EBUSY afterwards.
 */
static void first_runs_of_several_vcpus_activate_once(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		pthread_barrier_t start;
		struct racer r[5];
		struct scene s;

		scene_open(&s, round % 2 == 0 ? "pes=5" : "pes=1,spec=2.0-bet1");
		scene_realm(&s, NULL);
		rmm_script(s.rmm, RAM, ends_at_once, NULL);
		pthread_barrier_init(&start, NULL, 5);
		for (unsigned i = 0; i < 5; i++) {
			r[i] = (struct racer){.start = &start, .vm = s.vm};
			if (i < 4)
				r[i].cpu = realm_vcpu_create(s.vm, i);
		}
		realm_vcpu_set_pc(r[0].cpu, RAM);
		for (unsigned i = 0; i < 5; i++)
			assert_int_equal(
			        pthread_create(&r[i].thread, NULL, i < 4 ? runs : populates, &r[i]),
			        0);
		for (unsigned i = 0; i < 5; i++) {
			pthread_join(r[i].thread, NULL);
			assert_int_equal(r[i].worst, 0);
		}
		pthread_barrier_destroy(&start);
		assert_int_equal(hook_answered(s.hook, SMC_RMI_REALM_CREATE), 1);
		assert_int_equal(hook_answered(s.hook, SMC_RMI_REC_CREATE), 4);
		assert_int_equal(hook_answered(s.hook, SMC_RMI_REALM_ACTIVATE), 1);
		scene_close(&s);
	}
}

/* Ranges that GPT_INFO was asked about. */
struct gpt_ranges {
	uint64_t base[64];
	uint64_t top[64];
	unsigned num;
};

/* Makes the answer end with the L0 GPT region. */
static bool record_gpt_info(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct gpt_ranges *ranges = hook->arg;
	uint64_t end = (regs->x[1] | ((UINT64_C(1) << 30) - 1)) + 1;

	(void)pe;
	if (regs->x[0] != SMC_RMI_GPT_INFO)
		return false;
	assert_true(ranges->num < 64);
	if (regs->x[2] > end)
		regs->x[2] = end;
	ranges->base[ranges->num] = regs->x[1];
	ranges->top[ranges->num++] = regs->x[2];
	return false;
}

/*
 * Bug 47: on a machine with more than one L0 GPT region the second query was made with what another
 * register held. Each one begins where the last one ended, and they cover all of memory.
 */
static void all_of_a_large_memory_is_looked_at(void **state)
{
	struct gpt_ranges ranges = {.num = 0};
	struct rmi_error err = {{0}};
	struct host *host;
	struct hook *hook;
	struct rmi *rmi;

	(void)state;
	rmi = hook_open("model:dram=5G,dram_base=0x8040000000", &hook);
	hook->fn = record_gpt_info;
	hook->arg = &ranges;
	host = host_open_config(&(struct host_config){.rmi = rmi}, &err);
	if (host == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(ranges.num, 5);
	assert_int_equal(ranges.base[0], 0x8040000000);
	for (unsigned i = 1; i < ranges.num; i++)
		assert_int_equal(ranges.base[i], ranges.top[i - 1]);
	assert_int_equal(ranges.top[4], 0x8040000000 + (UINT64_C(5) << 30));
	host_close(host);
	rmi_close(rmi);
}

/* Bug 49: an RMM that is active with another granule size is not used, and stays as it is. */
static void an_rmm_with_another_granule_size_is_refused(void **state)
{
	struct rmi_error err = {{0}};
	struct hook *hook;
	struct rmi *rmi = hook_open("model:granule=4K+16K", &hook);
	struct realm *vm;
	struct host *host;

	(void)state;
	host = host_open_config(&(struct host_config){.rmi = rmi, .granule_size = 0x4000}, &err);
	assert_non_null(host);
	assert_null(
	        host_open_config(&(struct host_config){.rmi = rmi, .granule_size = 0x1000}, &err));
	assert_int_equal(errno, ENXIO);
	/* The first host goes on. */
	vm = realm_create(host, NULL);
	assert_int_equal(realm_add_memory(vm, RAM, RAM_SIZE), 0);
	assert_int_equal(realm_populate(vm, RAM, "x", 1, 0), 0);
	assert_int_equal(realm_destroy(vm), 0);
	assert_int_equal(host_audit(host, NULL), 0);
	host_close(host);
	rmi_close(rmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_request_is_completed_once_however_often_the_entry_is_tried),
	        cmocka_unit_test(a_ripas_change_without_memory_ends),
	        cmocka_unit_test(a_ripas_change_that_does_not_move_ends),
	        cmocka_unit_test(ram_of_any_shape_becomes_ram),
	        cmocka_unit_test(ram_that_was_destroyed_before_activation_is_not_tried_for_ever),
	        cmocka_unit_test(the_register_number_of_an_mmio_exit_does_not_matter),
	        cmocka_unit_test(an_abort_without_a_syndrome_is_no_mmio),
	        cmocka_unit_test(first_runs_of_several_vcpus_activate_once),
	        cmocka_unit_test(all_of_a_large_memory_is_looked_at),
	        cmocka_unit_test(an_rmm_with_another_granule_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
