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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_spinning_guest_leaves_when_its_timer_fires),
	        cmocka_unit_test(a_spinning_guest_leaves_by_the_clock_of_steps),
	        cmocka_unit_test(a_clock_of_steps_can_be_repeated),
	};

	return cmocka_run_group_tests_name("rec_timers", tests, NULL, NULL);
}
