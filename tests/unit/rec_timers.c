/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers of a REC (DEN0137 A6.2). */
#include <string.h>

#include "a64_insn.h"
#include "cmocka_test.h"
#include "rec_realm.h"

#define STEPS "model:clock=steps"

/* Sets the virtual timer 5000 ticks ahead and spins for ever. */
static const uint32_t spin[] = {
        MOVZ(0, 5000), MSR(SYS_CNTV_TVAL_EL0, 0), MOVZ(1, 1), MSR(SYS_CNTV_CTL_EL0, 1), B(0),
};

#define NUM(a) (sizeof(a) / sizeof((a)[0]))

static void a_guest_that_spins_sees_its_timer_expire(const char *conf)
{
	struct rec_realm r;

	rec_open_code(&r, conf, spin, NUM(spin), NULL);
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	assert_int_equal(r.exit->cntv_ctl, GUEST_TIMER_ENABLE | GUEST_TIMER_ISTATUS);
	assert_true(rmi_pe_counter(r.realm.pe) >= r.exit->cntv_cval);
	assert_int_equal(r.exit->cntp_ctl, 0);
	rec_close(&r);
}

static void a_spinning_guest_leaves_when_its_timer_fires(void **state)
{
	(void)state;
	a_guest_that_spins_sees_its_timer_expire("model");
}

static void a_spinning_guest_leaves_by_the_clock_of_steps(void **state)
{
	(void)state;
	a_guest_that_spins_sees_its_timer_expire(STEPS);
}

static void a_clock_of_steps_can_be_repeated(void **state)
{
	uint64_t counter[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rec_realm r;

		rec_open_code(&r, STEPS, spin, NUM(spin), NULL);
		assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
		counter[i] = rmi_pe_counter(r.realm.pe);
		rec_close(&r);
	}
	assert_int_equal(counter[0], counter[1]);
}

/* A script that does a few things with its timers, and exits after each. */
enum act { END, ON, OFF, MASK, SET, NOTHING, REARM };

struct acts {
	enum act act[8];
	uint32_t timer; /* GUEST_NR_CNTx_TVAL_EL0 */
	uint64_t delta; /* What SET sets it ahead by. */
	unsigned done;  /* Acts that were done. */
};

static void do_acts(struct guest *g, void *arg)
{
	struct acts *a = arg;

	for (unsigned i = 0; a->act[i] != END; i++) {
		switch (a->act[i]) {
		case ON:
			guest_write_sysreg(g, a->timer + 1, GUEST_TIMER_ENABLE);
			break;
		case OFF:
			guest_write_sysreg(g, a->timer + 1, 0);
			break;
		case MASK:
			guest_write_sysreg(g, a->timer + 1, GUEST_TIMER_ENABLE | GUEST_TIMER_IMASK);
			break;
		case SET:
			guest_write_sysreg(g, a->timer, a->delta);
			break;
		case REARM: /* Far away, and then in the past. */
			guest_write_sysreg(g, a->timer + 2, UINT64_MAX);
			guest_write_sysreg(g, a->timer + 2, 0);
			break;
		default:
			break;
		}
		a->done = i + 1;
		psci_cpu_suspend(g);
	}
	for (;;)
		psci_cpu_suspend(g);
}

static void open_acts(struct rec_realm *r, struct acts *a)
{
	if (a->timer == 0)
		a->timer = GUEST_NR_CNTV_TVAL_EL0;
	rec_open_script(r, STEPS, do_acts, a);
}

static void a_timer_that_the_host_knows_of_lets_the_realm_go_on(void **state)
{
	/* CVAL is zero: it fires as soon as it is on. */
	struct acts a = {.act = {ON, NOTHING, NOTHING}};
	struct rec_realm r;

	(void)state;
	open_acts(&r, &a);
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	assert_int_equal(a.done, 0);
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
		assert_int_equal(a.done, i);
		/* A6.2: told on every exit, whatever it is about. */
		assert_int_equal(r.exit->cntv_ctl, GUEST_TIMER_ENABLE | GUEST_TIMER_ISTATUS);
	}
	rec_close(&r);
}

static void both_timers_are_told(void **state)
{
	struct acts a = {.act = {SET, ON}, .timer = GUEST_NR_CNTP_TVAL_EL0, .delta = 1 << 20};
	struct rec_realm r;

	(void)state;
	open_acts(&r, &a);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	assert_int_equal(r.exit->cntp_ctl, 0);
	assert_in_range(r.exit->cntp_cval, 1 << 20, (1 << 20) + 100);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	assert_int_equal(r.exit->cntp_ctl, GUEST_TIMER_ENABLE);
	assert_int_equal(r.exit->cntv_ctl, 0);
	assert_int_equal(r.exit->cntv_cval, 0);
	assert_int_equal(r.exit->pmu_ovf_status, 0);
	rec_close(&r);
}

static void a_masked_timer_does_not_exit(void **state)
{
	struct acts a = {.act = {MASK, ON}};
	struct rec_realm r;

	(void)state;
	open_acts(&r, &a);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	assert_int_equal(r.exit->cntv_ctl,
	                 GUEST_TIMER_ENABLE | GUEST_TIMER_IMASK | GUEST_TIMER_ISTATUS);
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	rec_close(&r);
}

static void a_timer_that_fires_again_exits_again(void **state)
{
	struct acts a = {.act = {ON, NOTHING, REARM}};
	struct rec_realm r;

	(void)state;
	open_acts(&r, &a);
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	/* Its output went down and up within one run. */
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	assert_int_equal(a.done, 2);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	rec_close(&r);
}

static void an_output_that_goes_down_exits_while_its_interrupt_may_be_pending(void **state)
{
	struct acts a = {.act = {ON, OFF}};
	struct rec_realm r;

	(void)state;
	open_acts(&r, &a);
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	r.ich->lr[0] = LR_PENDING(27, 0xa0);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_IRQ);
	assert_int_equal(r.exit->cntv_ctl, 0);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	rec_close(&r);
}

static void an_output_that_goes_down_does_not_exit_in_its_handler(void **state)
{
	struct acts a = {.act = {ON, OFF}};
	struct rec_realm r;

	(void)state;
	open_acts(&r, &a);
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	/* It is active, not pending. */
	r.ich->lr[0] = (LR_PENDING(27, 0xa0) & ~LR_STATE_PENDING) | LR_ACTIVE;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	rec_close(&r);
}

static void time_that_is_counted_in_steps_passes_while_a_vcpu_waits(void **state)
{
	/* A timer 1 s ahead, WFI. */
	static const uint32_t insns[] = {
	        MOVZ(1, 1), MSR(SYS_CNTV_CVAL_EL0, 0), MSR(SYS_CNTV_CTL_EL0, 1), WFI, B(0),
	};
	struct rec_realm r;

	(void)state;
	rec_open_code(&r, STEPS, insns, NUM(insns), (const uint64_t[8]){RMI_COUNTER_HZ});
	r.run->flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_int_equal(r.exit->cntv_ctl, GUEST_TIMER_ENABLE | GUEST_TIMER_ISTATUS);
	assert_in_range(rmi_pe_counter(r.realm.pe), RMI_COUNTER_HZ, RMI_COUNTER_HZ + 10);
	/* The Host knows: there is no other exit. */
	rmi_pe_kick(r.realm.pe);
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	rec_close(&r);
}

static void a_timer_that_fired_meanwhile_exits_at_once(void **state)
{
	/* A timer 10 ms ahead. */
	static const uint32_t insns[] = {
	        MSR(SYS_CNTV_TVAL_EL0, 0), MOVZ(1, 1), MSR(SYS_CNTV_CTL_EL0, 1), WFI,
	        MSR(SYS_ICC_SGI1R_EL1, 1),
	};
	struct rec_realm r;
	uint64_t reason;

	(void)state;
	rec_open_code(&r, NULL, insns, NUM(insns), (const uint64_t[8]){10000000});
	r.run->flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	reason = rec_run(&r);
	/* On a machine that is very busy it fires before the WFI. */
	if (reason == RMI_EXIT_SYNC && (r.exit->cntv_ctl & GUEST_TIMER_ISTATUS) == 0) {
		while (rmi_pe_counter(r.realm.pe) < r.exit->cntv_cval)
			;
		assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	}
	assert_int_equal(r.exit->cntv_ctl, GUEST_TIMER_ENABLE | GUEST_TIMER_ISTATUS);
	r.run->flags = 0;
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_int_equal(r.exit->gprs[0], 1);
	rec_close(&r);
}

static void both_counters_are_the_hosts(void **state)
{
	static const uint32_t insns[] = {
	        MRS(0, SYS_CNTVCT_EL0),    MSR(SYS_ICC_SGI1R_EL1, 0), MRS(0, SYS(3, 3, 14, 0, 1)),
	        MSR(SYS_ICC_SGI1R_EL1, 0), MRS(0, SYS_CNTFRQ_EL0),    MSR(SYS_ICC_SGI1R_EL1, 0),
	};
	struct rec_realm r;
	uint64_t before;

	(void)state;
	rec_open_code(&r, NULL, insns, NUM(insns), NULL);
	before = rmi_pe_counter(r.realm.pe);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
		assert_in_range(r.exit->gprs[0], before, rmi_pe_counter(r.realm.pe));
		before = r.exit->gprs[0];
	}
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_int_equal(r.exit->gprs[0], RMI_COUNTER_HZ);
	rec_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_spinning_guest_leaves_when_its_timer_fires),
	        cmocka_unit_test(a_spinning_guest_leaves_by_the_clock_of_steps),
	        cmocka_unit_test(a_clock_of_steps_can_be_repeated),
	        cmocka_unit_test(a_timer_that_the_host_knows_of_lets_the_realm_go_on),
	        cmocka_unit_test(both_timers_are_told),
	        cmocka_unit_test(a_masked_timer_does_not_exit),
	        cmocka_unit_test(a_timer_that_fires_again_exits_again),
	        cmocka_unit_test(an_output_that_goes_down_exits_while_its_interrupt_may_be_pending),
	        cmocka_unit_test(an_output_that_goes_down_does_not_exit_in_its_handler),
	        cmocka_unit_test(time_that_is_counted_in_steps_passes_while_a_vcpu_waits),
	        cmocka_unit_test(a_timer_that_fired_meanwhile_exits_at_once),
	        cmocka_unit_test(both_counters_are_the_hosts),
	};

	return cmocka_run_group_tests_name("rec_timers", tests, NULL, NULL);
}
