/* SPDX-License-Identifier: BSD-3-Clause */
/* Several vCPUs: events, kicks, and memory that goes away while they run. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "a64_insn.h"
#include "cmocka_test.h"
#include "rec_realm.h"

#define NUM(a)                 (sizeof(a) / sizeof((a)[0]))
#define SEV                    UINT32_C(0xd503209f)
#define SHOW(rt)               MSR(SYS_ICC_SGI1R_EL1, rt)

#define PAIR(r, first, second) rec_open_pair(r, first, NUM(first), second, NUM(second))

static void wait_exits(struct rec_realm *r)
{
	rec_shared(r, 0)->enter.flags = RMI_REC_ENTER_FLAGS_TRAP_WFE;
	assert_int_equal(rec_run_one(r, 0, 0), RMI_EXIT_SYNC);
	assert_int_equal(rec_shared(r, 0)->exit.esr >> 26, 0x01);
}

static void an_event_reaches_a_vcpu_that_does_not_run(void **state)
{
	static const uint32_t waits[] = {WFE, WFE, MOVZ(0, 3), SHOW(0), WFE};
	static const uint32_t sends[] = {SEV, SHOW(31)};
	struct rec_realm r;

	(void)state;
	PAIR(&r, waits, sends);
	wait_exits(&r);
	assert_int_equal(rec_run_one(&r, 1, 1), RMI_EXIT_SYNC);
	/* The second WFE does not wait, the third does. */
	assert_int_equal(rec_run_one(&r, 0, 0), RMI_EXIT_SYNC);
	assert_int_equal(rec_shared(&r, 0)->exit.gprs[0], 3);
	wait_exits(&r);
	rec_close(&r);
}

static void a_vcpu_hears_its_own_event_once(void **state)
{
	static const uint32_t waits[] = {SEV, WFE, WFE};
	static const uint32_t nothing[] = {NOP};
	struct rec_realm r;

	(void)state;
	PAIR(&r, waits, nothing);
	wait_exits(&r);
	assert_int_equal(rec_shared(&r, 0)->exit.cntv_ctl, 0);
	rec_close(&r);
}

/* Runs the first REC until it exits with something else than a wait. */
static void *run_first(void *arg)
{
	struct rec_realm *r = arg;
	uint64_t reason;

	do {
		reason = rec_run_one(r, 0, 0);
	} while (reason == RMI_EXIT_SYNC && rec_shared(r, 0)->exit.esr >> 26 == 0x01);
	return (void *)(uintptr_t)reason;
}

static void an_event_reaches_a_vcpu_that_runs(void **state)
{
	/* Waits, not trapped, until the word at X1 is not zero; the sender writes it. */
	static const uint32_t waits[] = {
	        MOVZ(1, 0x1800), WFE, LDR(0, 1), CBNZ(0, 2), B(-3), SHOW(0),
	};
	static const uint32_t sends[] = {
	        MOVZ(1, 0x1800), MOVZ(0, 5), STR(0, 1), DSB_ISH, SEV, SHOW(31),
	};
	struct rec_realm r;
	pthread_t thread;
	void *reason;

	(void)state;
	PAIR(&r, waits, sends);
	pthread_create(&thread, NULL, run_first, &r);
	assert_int_equal(rec_run_one(&r, 1, 1), RMI_EXIT_SYNC);
	pthread_join(thread, &reason);
	assert_int_equal((uintptr_t)reason, RMI_EXIT_SYNC);
	assert_int_equal(rec_shared(&r, 0)->exit.gprs[0], 5);
	rec_close(&r);
}

struct kicks {
	struct rec_realm r;
	_Atomic unsigned exits;
};

#define NUM_KICKS 100

static void *count_exits(void *arg)
{
	struct kicks *k = arg;

	while (atomic_load(&k->exits) < NUM_KICKS) {
		if (rec_run_one(&k->r, 0, 0) != RMI_EXIT_IRQ) {
			atomic_store(&k->exits, NUM_KICKS);
			return arg;
		}
		atomic_fetch_add(&k->exits, 1);
	}
	return NULL;
}

static void no_kick_is_lost(void **state)
{
	static const uint32_t spins[] = {B(0)};
	static struct kicks k;
	pthread_t thread;
	void *problem;

	(void)state;
	atomic_store(&k.exits, 0);
	PAIR(&k.r, spins, spins);
	pthread_create(&thread, NULL, count_exits, &k);
	/* Each at another moment of the entry or the exit. */
	for (unsigned i = 0; i < NUM_KICKS; i++) {
		rmi_pe_kick(rmi_pe(k.r.rmi, 0));
		while (atomic_load(&k.exits) <= i)
			sched_yield();
	}
	pthread_join(thread, &problem);
	assert_null(problem);
	rec_close(&k.r);
}

static void memory_goes_away_from_a_vcpu_that_runs_code(void **state)
{
	/* Stores for ever. */
	static const uint32_t stores[] = {MOVZ(1, 0x1800), STR(1, 1), B(-1)};
	static const uint32_t nothing[] = {NOP};
	struct rec_realm r;
	pthread_t thread;
	void *reason;

	(void)state;
	PAIR(&r, stores, nothing);
	pthread_create(&thread, NULL, run_first, &r);
	assert_int_equal(rmi_rtt_data_unmap(rmi_pe(r.rmi, 1), r.realm.rd, SMALL_PAGE_SIZE,
	                                    2 * SMALL_PAGE_SIZE, RMI_ADDR_TYPE_NONE, 0, NULL, NULL,
	                                    NULL, NULL),
	                 RMI_SUCCESS);
	pthread_join(thread, &reason);
	assert_int_equal((uintptr_t)reason, RMI_EXIT_SYNC);
	assert_int_equal(rec_shared(&r, 0)->exit.esr >> 26, 0x24);
	assert_int_equal(rec_shared(&r, 0)->exit.hpfar, (SMALL_PAGE_SIZE >> 12) << 4);
	rec_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_event_reaches_a_vcpu_that_does_not_run),
	        cmocka_unit_test(a_vcpu_hears_its_own_event_once),
	        cmocka_unit_test(an_event_reaches_a_vcpu_that_runs),
	        cmocka_unit_test(no_kick_is_lost),
	        cmocka_unit_test(memory_goes_away_from_a_vcpu_that_runs_code),
	};

	return cmocka_run_group_tests_name("rec_vcpus", tests, NULL, NULL);
}
