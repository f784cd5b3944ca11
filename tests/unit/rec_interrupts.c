/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts of a REC (DEN0137 A6.1): list registers, ICC_*_EL1 and what exits because of them. */
#include <string.h>

#include "a64_insn.h"
#include "cmocka_test.h"
#include "rec_realm.h"

#define NO_INTERRUPT 1023

#define MISR_EOI     1
#define MISR_U       2
#define MISR_LRENP   4
#define MISR_NP      8

#define HCR_UIE      (UINT64_C(1) << 1)
#define HCR_LRENPIE  (UINT64_C(1) << 2)
#define HCR_NPIE     (UINT64_C(1) << 3)
#define HCR_TC       (UINT64_C(1) << 10)
#define HCR_TALL0    (UINT64_C(1) << 11)
#define HCR_TALL1    (UINT64_C(1) << 12)
#define HCR_TDIR     (UINT64_C(1) << 14)

/* A script that does what the test says: each step is a register to read or to write. */
struct step {
	uint32_t reg;
	bool write;
	uint64_t value; /* Written, or read. */
};

#define NUM_STEPS 16

struct steps {
	struct step step[NUM_STEPS];
	unsigned signalled[NUM_STEPS + 1]; /* Before each step, and at the end. */
	unsigned exceptions;
};

#define READ(r)                                                                                    \
	{                                                                                          \
		.reg = GUEST_##r                                                                   \
	}
#define WRITE(r, v)                                                                                \
	{                                                                                          \
		.reg = GUEST_##r, .write = true, .value = (v)                                      \
	}

#define STEPS(...)                                                                                 \
	{                                                                                          \
		.step = { __VA_ARGS__ }                                                            \
	}

static void do_steps(struct guest *g, void *arg)
{
	struct steps *s = arg;
	unsigned i;

	for (i = 0; i < NUM_STEPS && s->step[i].reg != 0; i++) {
		struct step *step = &s->step[i];

		s->signalled[i] = guest_interrupts(g);
		if (step->write)
			guest_write_sysreg(g, step->reg, step->value);
		else
			step->value = guest_read_sysreg(g, step->reg);
	}
	s->signalled[i] = guest_interrupts(g);
	s->exceptions = guest_take_sea(g, NULL, NULL);
	for (;;)
		psci_cpu_suspend(g);
}

/* Runs the steps; an exit other than their end is for the test to see. */
static void open_steps(struct rec_realm *r, struct steps *s)
{
	rec_open_script(r, NULL, do_steps, s);
}

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

static void a_write_of_sgi1r_exits_with_its_value(void **state)
{
	struct steps s = STEPS(WRITE(ICC_SGI1R_EL1, UINT64_C(0x0100000000070002)));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_SYNC);
	assert_int_equal(r.exit->esr,
	                 UINT64_C(0x18) << 26 | 1 << 25 | 3 << 20 | 5 << 17 | 12 << 10 | 11 << 1);
	assert_int_equal(r.exit->gprs[0], UINT64_C(0x0100000000070002));
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.exceptions, 0);
	rec_close(&r);
}

static void the_end_of_an_interrupt_with_eoi_is_an_irq_to_the_host(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1), WRITE(ICC_EOIR1_EL1, 27));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->lr[2] = LR_PENDING(27, 0xa0) | LR_EOI;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_IRQ);
	assert_int_equal(r.ich->misr, MISR_EOI);
	assert_int_equal(r.ich->eisr, 1 << 2);
	r.ich->lr[2] = 0;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(r.ich->misr, 0);
	rec_close(&r);
}

/* Unmasks, waits in a loop; the handler reads IAR1 into X2, and calls the Host. */
#define VECTOR_IRQ (0x280 / 4)

static void a_virtual_interrupt_is_taken_by_code(void **state)
{
	uint32_t insns[VECTOR_IRQ + 8] = {
	        MSR_DAIFCLR(2),
	        B(0),
	        [VECTOR_IRQ] = MRS(2, SYS_ICC_IAR1_EL1),
	        MSR(SYS_ICC_SGI1R_EL1, 2),
	};
	struct rec_realm r;

	(void)state;
	rec_open_code(&r, NULL, insns, sizeof(insns) / sizeof(insns[0]), NULL);
	r.ich->lr[0] = LR_PENDING(33, 0x40);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_SYNC);
	assert_int_equal(r.exit->gprs[0], 33);
	rec_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_list_register_is_acknowledged_and_ended),
	        cmocka_unit_test(an_acknowledged_interrupt_stays_active_across_an_exit),
	        cmocka_unit_test(without_en_nothing_is_signalled),
	        cmocka_unit_test(a_write_of_sgi1r_exits_with_its_value),
	        cmocka_unit_test(the_end_of_an_interrupt_with_eoi_is_an_irq_to_the_host),
	        cmocka_unit_test(a_virtual_interrupt_is_taken_by_code),
	};

	return cmocka_run_group_tests_name("rec_interrupts", tests, NULL, NULL);
}
