/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual CPU interface: list registers as a Realm sees them through ICC_*_EL1 (DEN0137 A6.1).
 */
#include "cmocka_test.h"
#include "rec_steps.h"

#define HCR_TC    (UINT64_C(1) << 10)
#define HCR_TALL0 (UINT64_C(1) << 11)
#define HCR_TALL1 (UINT64_C(1) << 12)

static void a_list_register_is_acknowledged_and_ended(void **state)
{
	struct steps s = STEPS(READ(ICC_HPPIR1_EL1), READ(ICC_IAR1_EL1), READ(ICC_RPR_EL1),
	                       READ(ICC_IAR1_EL1), WRITE(ICC_EOIR1_EL1, 27), READ(ICC_RPR_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->lr[1] = LR_PENDING(27, 0xa0);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[0].value, 27);
	assert_int_equal(s.step[1].value, 27);
	assert_int_equal(s.step[2].value, 0xa0);
	assert_int_equal(s.step[3].value, NO_INTERRUPT);
	assert_int_equal(s.step[5].value, 0xff);
	assert_int_equal(s.signalled[1], GUEST_IRQ);
	assert_int_equal(s.signalled[2], 0);
	assert_int_equal(r.ich->lr[1], 27 | UINT64_C(0xa0) << 48 | LR_GROUP1);
	assert_int_equal(r.ich->ap1r[0], 0);
	assert_int_equal(r.ich->elrsr, 0xf);
	rec_close(&r);
}

static void an_acknowledged_interrupt_stays_active_across_an_exit(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->lr[0] = LR_PENDING(40, 0x80);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(r.ich->lr[0], 40 | UINT64_C(0x80) << 48 | LR_GROUP1 | LR_ACTIVE);
	assert_int_equal(r.ich->ap1r[0], 1 << 16);
	assert_int_equal(r.ich->hcr, 0);
	rec_close(&r);
}

static void without_en_nothing_is_signalled(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->lr[0] = LR_PENDING(40, 0x80);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.signalled[0], 0);
	assert_int_equal(s.step[0].value, NO_INTERRUPT);
	rec_close(&r);
}

static void the_interrupt_of_lowest_value_comes_first(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1), READ(ICC_IAR1_EL1), READ(ICC_HPPIR1_EL1),
	                       WRITE(ICC_EOIR1_EL1, 41), READ(ICC_IAR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(40, 0xa0));
	pending(&r, 1, LR_PENDING(41, 0x90));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[0].value, 41);
	/* While 41 is active 40 is pending, but does not preempt it. */
	assert_int_equal(s.step[1].value, NO_INTERRUPT);
	assert_int_equal(s.step[2].value, 40);
	assert_int_equal(s.step[4].value, 40);
	rec_close(&r);
}

static void a_higher_priority_preempts(void **state)
{
	struct steps s = STEPS(READ(ICC_RPR_EL1), READ(ICC_IAR1_EL1), READ(ICC_RPR_EL1),
	                       WRITE(ICC_EOIR1_EL1, 41), READ(ICC_RPR_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, (LR_PENDING(40, 0x90) & ~LR_STATE_PENDING) | LR_ACTIVE);
	r.ich->ap1r[0] = 1 << (0x90 >> 3);
	pending(&r, 1, LR_PENDING(41, 0x88));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.signalled[0], GUEST_IRQ);
	assert_int_equal(s.step[0].value, 0x90);
	assert_int_equal(s.step[1].value, 41);
	assert_int_equal(s.step[2].value, 0x88);
	assert_int_equal(s.step[4].value, 0x90);
	rec_close(&r);
}

static void the_binary_point_keeps_neighbours_from_preempting(void **state)
{
	struct steps s = STEPS(WRITE(ICC_BPR1_EL1, 5), READ(ICC_BPR1_EL1), READ(ICC_IAR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	/* With BPR1 = 5 bits [7:5] decide: 0x88 and 0x98 are the same group. */
	r.ich->ap1r[0] = 1 << (0x98 >> 3);
	pending(&r, 0, LR_PENDING(40, 0x88));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.signalled[0], GUEST_IRQ);
	assert_int_equal(s.step[1].value, 5);
	assert_int_equal(s.step[2].value, NO_INTERRUPT);
	rec_close(&r);
}

static void the_binary_point_of_group_0_is_its_own(void **state)
{
	struct steps s = STEPS(WRITE(ICC_BPR0_EL1, 4), READ(ICC_IAR0_EL1), WRITE(ICC_BPR0_EL1, 3),
	                       READ(ICC_IAR0_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	/* With BPR0 = 4 bits [7:5] decide, with 3 bits [7:4]. */
	r.ich->ap0r[0] = 1 << (0x98 >> 3);
	pending(&r, 0, LR_PENDING(40, 0x88) & ~LR_GROUP1);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[1].value, NO_INTERRUPT);
	assert_int_equal(s.step[3].value, 40);
	rec_close(&r);
}

static void binary_points_have_a_least_value(void **state)
{
	struct steps s = STEPS(WRITE(ICC_BPR0_EL1, 0), READ(ICC_BPR0_EL1), WRITE(ICC_BPR1_EL1, 0),
	                       READ(ICC_BPR1_EL1), WRITE(ICC_BPR0_EL1, 7), WRITE(ICC_CTLR_EL1, 1),
	                       WRITE(ICC_BPR1_EL1, 4), READ(ICC_BPR1_EL1), WRITE(ICC_CTLR_EL1, 0),
	                       READ(ICC_BPR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[1].value, 2);
	assert_int_equal(s.step[3].value, 3);
	/* CBPR: Group 1 has that of Group 0, plus one up to 7, and cannot be written. */
	assert_int_equal(s.step[7].value, 7);
	assert_int_equal(s.step[9].value, 3);
	rec_close(&r);
}

static void a_priority_mask_keeps_interrupts_back(void **state)
{
	struct steps s = STEPS(WRITE(ICC_PMR_EL1, 0x83), READ(ICC_PMR_EL1), READ(ICC_IAR1_EL1),
	                       WRITE(ICC_PMR_EL1, 0x88), READ(ICC_IAR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(40, 0x80));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[1].value, 0x80);
	assert_int_equal(s.step[2].value, NO_INTERRUPT);
	assert_int_equal(s.signalled[2], 0);
	assert_int_equal(s.signalled[4], GUEST_IRQ);
	assert_int_equal(s.step[4].value, 40);
	rec_close(&r);
}

static void a_group_that_is_off_is_not_signalled(void **state)
{
	struct steps s = STEPS(READ(ICC_HPPIR1_EL1), WRITE(ICC_IGRPEN1_EL1, 1),
	                       READ(ICC_IGRPEN1_EL1), READ(ICC_IGRPEN0_EL1), READ(ICC_HPPIR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->vmcr = UINT64_C(0xf8) << 24;
	pending(&r, 0, LR_PENDING(40, 0x80));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.signalled[0], 0);
	assert_int_equal(s.step[0].value, NO_INTERRUPT);
	assert_int_equal(s.signalled[2], GUEST_IRQ);
	assert_int_equal(s.step[2].value, 1);
	assert_int_equal(s.step[3].value, 0);
	assert_int_equal(s.step[4].value, 40);
	rec_close(&r);
}

static void group_0_is_an_fiq_and_has_registers_of_its_own(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1), READ(ICC_HPPIR0_EL1), READ(ICC_IAR0_EL1),
	                       READ(ICC_AP0R0_EL1), READ(ICC_AP1R0_EL1), WRITE(ICC_EOIR0_EL1, 40),
	                       READ(ICC_AP0R0_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(40, 0x80) & ~LR_GROUP1);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.signalled[0], GUEST_FIQ);
	assert_int_equal(s.step[0].value, NO_INTERRUPT);
	assert_int_equal(s.step[1].value, 40);
	assert_int_equal(s.step[2].value, 40);
	assert_int_equal(s.step[3].value, 1 << 16);
	assert_int_equal(s.step[4].value, 0);
	assert_int_equal(s.step[6].value, 0);
	rec_close(&r);
}

static void with_eoimode_the_end_and_the_deactivation_are_two(void **state)
{
	struct steps s = STEPS(WRITE(ICC_CTLR_EL1, 2), READ(ICC_CTLR_EL1), READ(ICC_IAR1_EL1),
	                       WRITE(ICC_EOIR1_EL1, 40), READ(ICC_RPR_EL1), WRITE(ICC_SGI1R_EL1, 0),
	                       WRITE(ICC_DIR_EL1, 40));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(40, 0x80));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_SYNC);
	/* A3V, PRIbits, EOImode */
	assert_int_equal(s.step[1].value, 1 << 15 | 4 << 8 | 2);
	assert_int_equal(s.step[4].value, 0xff);
	assert_int_equal(r.ich->lr[0] & (LR_ACTIVE | LR_STATE_PENDING), LR_ACTIVE);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(r.ich->lr[0] & (LR_ACTIVE | LR_STATE_PENDING), 0);
	rec_close(&r);
}

static void without_eoimode_dir_does_nothing(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1), WRITE(ICC_DIR_EL1, 40));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(40, 0x80));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(r.ich->lr[0] & LR_ACTIVE, LR_ACTIVE);
	rec_close(&r);
}

static void an_interrupt_that_came_again_is_pending_after_its_end(void **state)
{
	struct steps s = STEPS(WRITE(ICC_EOIR1_EL1, 40), READ(ICC_IAR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(40, 0x80) | LR_ACTIVE);
	r.ich->ap1r[0] = 1 << 16;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.signalled[0], 0);
	assert_int_equal(s.signalled[1], GUEST_IRQ);
	assert_int_equal(s.step[1].value, 40);
	rec_close(&r);
}

static void an_end_needs_the_interrupt_that_runs(void **state)
{
	/* A special number ends nothing; one that is not active only drops the priority. */
	struct steps s = STEPS(READ(ICC_IAR1_EL1), WRITE(ICC_EOIR1_EL1, 1023), READ(ICC_RPR_EL1),
	                       WRITE(ICC_EOIR1_EL1, 41), READ(ICC_RPR_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(40, 0x80));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[2].value, 0x80);
	assert_int_equal(s.step[4].value, 0xff);
	assert_int_equal(r.ich->lr[0] & LR_ACTIVE, LR_ACTIVE);
	assert_int_equal(r.ich->hcr >> 27, 1);
	rec_close(&r);
}

static void an_lpi_has_no_active_state(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1), READ(ICC_RPR_EL1), WRITE(ICC_EOIR1_EL1, 8200),
	                       READ(ICC_RPR_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(8200, 0x80));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[0].value, 8200);
	assert_int_equal(s.step[1].value, 0x80);
	assert_int_equal(s.step[3].value, 0xff);
	assert_int_equal(r.ich->lr[0] & (LR_ACTIVE | LR_STATE_PENDING), 0);
	/* There was nothing to deactivate. */
	assert_int_equal(r.ich->hcr, 0);
	rec_close(&r);
}

static void a_special_number_in_a_list_register_is_told_and_gone(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1), READ(ICC_RPR_EL1), READ(ICC_IAR1_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	pending(&r, 0, LR_PENDING(1021, 0x80));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[0].value, 1021);
	assert_int_equal(s.step[1].value, 0xff);
	assert_int_equal(s.step[2].value, NO_INTERRUPT);
	rec_close(&r);
}

static void registers_that_do_not_exist_are_unknown(void **state)
{
	static const struct step steps[] = {
	        WRITE(ICC_IAR1_EL1, 0),
	        READ(ICC_EOIR1_EL1),
	        READ(ICC_SGI1R_EL1),
	        READ(ICC_DIR_EL1),
	        WRITE(ICC_RPR_EL1, 0),
	        {.reg = GUEST_ICC_AP0R0_EL1 + 1},
	        {.reg = GUEST_ICC_AP1R0_EL1 + 1},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct steps s = {.step = {steps[i]}};
		struct rec_realm r;

		open_steps(&r, &s);
		r.ich->hcr = HCR_TC | HCR_TALL0 | HCR_TALL1;
		assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
		assert_int_equal(s.exceptions, 1);
		rec_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_list_register_is_acknowledged_and_ended),
	        cmocka_unit_test(an_acknowledged_interrupt_stays_active_across_an_exit),
	        cmocka_unit_test(without_en_nothing_is_signalled),
	        cmocka_unit_test(the_interrupt_of_lowest_value_comes_first),
	        cmocka_unit_test(a_higher_priority_preempts),
	        cmocka_unit_test(the_binary_point_keeps_neighbours_from_preempting),
	        cmocka_unit_test(the_binary_point_of_group_0_is_its_own),
	        cmocka_unit_test(binary_points_have_a_least_value),
	        cmocka_unit_test(a_priority_mask_keeps_interrupts_back),
	        cmocka_unit_test(a_group_that_is_off_is_not_signalled),
	        cmocka_unit_test(group_0_is_an_fiq_and_has_registers_of_its_own),
	        cmocka_unit_test(with_eoimode_the_end_and_the_deactivation_are_two),
	        cmocka_unit_test(without_eoimode_dir_does_nothing),
	        cmocka_unit_test(an_interrupt_that_came_again_is_pending_after_its_end),
	        cmocka_unit_test(an_end_needs_the_interrupt_that_runs),
	        cmocka_unit_test(an_lpi_has_no_active_state),
	        cmocka_unit_test(a_special_number_in_a_list_register_is_told_and_gone),
	        cmocka_unit_test(registers_that_do_not_exist_are_unknown),
	};

	return cmocka_run_group_tests_name("rec_vgic", tests, NULL, NULL);
}
