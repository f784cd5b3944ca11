/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts of a REC (DEN0137 A6.1): what exits because of them, and how code takes them. */
#include <string.h>

#include "a64_insn.h"
#include "cmocka_test.h"
#include "rec_steps.h"

#define MISR_EOI     1
#define MISR_U       2
#define MISR_LRENP   4
#define MISR_NP      8
#define MISR_VGRP0E  0x10
#define MISR_VGRP0D  0x20
#define MISR_VGRP1E  0x40
#define MISR_VGRP1D  0x80

#define HCR_UIE      (UINT64_C(1) << 1)
#define HCR_LRENPIE  (UINT64_C(1) << 2)
#define HCR_NPIE     (UINT64_C(1) << 3)
#define HCR_VGRP0EIE (UINT64_C(1) << 4)
#define HCR_VGRP0DIE (UINT64_C(1) << 5)
#define HCR_VGRP1EIE (UINT64_C(1) << 6)
#define HCR_VGRP1DIE (UINT64_C(1) << 7)
#define HCR_TC       (UINT64_C(1) << 10)
#define HCR_TALL0    (UINT64_C(1) << 11)
#define HCR_TALL1    (UINT64_C(1) << 12)
#define HCR_TDIR     (UINT64_C(1) << 14)

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

static void an_end_without_list_register_is_counted(void **state)
{
	struct steps s = STEPS(WRITE(ICC_EOIR1_EL1, 50));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->ap1r[0] = 1 << 16;
	r.ich->hcr = HCR_LRENPIE | UINT64_C(3) << 27;
	/* The count is the Host's business at once. */
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_IRQ);
	assert_int_equal(r.ich->misr, MISR_LRENP);
	r.ich->hcr = HCR_LRENPIE;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_IRQ);
	assert_int_equal(r.ich->misr, MISR_LRENP);
	assert_int_equal(r.ich->hcr, HCR_LRENPIE | UINT64_C(1) << 27);
	rec_close(&r);
}

/* A maintenance interrupt, what enables it, and a step that causes it. */
static void maintenance_interrupts_are_exits(void **state)
{
	static const struct {
		uint64_t enable;
		uint64_t misr;
		struct step cause;
	} cases[] = {
	        {HCR_UIE, MISR_U, WRITE(ICC_EOIR1_EL1, 41)},
	        {HCR_NPIE, MISR_NP, READ(ICC_IAR1_EL1)},
	        {HCR_VGRP0DIE, MISR_VGRP0D, WRITE(ICC_IGRPEN0_EL1, 0)},
	        {HCR_VGRP1DIE, MISR_VGRP1D, WRITE(ICC_IGRPEN1_EL1, 0)},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct steps s = {.step = {cases[i].cause}};
		struct rec_realm r;

		open_steps(&r, &s);
		/* One is pending, one active. */
		pending(&r, 0, LR_PENDING(40, 0x80));
		pending(&r, 1, (LR_PENDING(41, 0x90) & ~LR_STATE_PENDING) | LR_ACTIVE);
		r.ich->ap1r[0] = 1 << (0x90 >> 3);
		r.ich->hcr = cases[i].enable;
		assert_int_equal(rec_run_gic(&r), RMI_EXIT_IRQ);
		assert_int_equal(r.ich->misr, cases[i].misr);
		assert_int_equal(r.ich->hcr, cases[i].enable);
		r.ich->hcr = 0;
		assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
		rec_close(&r);
	}
}

static void groups_that_are_switched_on_are_maintenance_too(void **state)
{
	struct steps s = STEPS(WRITE(ICC_IGRPEN0_EL1, 1), WRITE(ICC_IGRPEN1_EL1, 1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->vmcr = 0;
	r.ich->hcr = HCR_VGRP0EIE;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_IRQ);
	assert_int_equal(r.ich->misr, MISR_VGRP0E);
	r.ich->hcr = HCR_VGRP1EIE;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_IRQ);
	assert_int_equal(r.ich->misr, MISR_VGRP1E);
	r.ich->hcr = 0;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	rec_close(&r);
}

static void an_access_that_the_host_traps_exits(void **state)
{
	static const struct {
		uint64_t trap;
		struct step step;
	} cases[] = {
	        {HCR_TC, READ(ICC_PMR_EL1)},      {HCR_TC, WRITE(ICC_PMR_EL1, 5)},
	        {HCR_TC, READ(ICC_RPR_EL1)},      {HCR_TC, READ(ICC_CTLR_EL1)},
	        {HCR_TC, WRITE(ICC_DIR_EL1, 5)},  {HCR_TDIR, WRITE(ICC_DIR_EL1, 5)},
	        {HCR_TALL0, READ(ICC_IAR0_EL1)},  {HCR_TALL0, WRITE(ICC_EOIR0_EL1, 5)},
	        {HCR_TALL0, READ(ICC_BPR0_EL1)},  {HCR_TALL0, WRITE(ICC_IGRPEN0_EL1, 5)},
	        {HCR_TALL1, READ(ICC_IAR1_EL1)},  {HCR_TALL1, WRITE(ICC_EOIR1_EL1, 5)},
	        {HCR_TALL1, READ(ICC_AP1R0_EL1)}, {HCR_TALL1, WRITE(ICC_IGRPEN1_EL1, 5)},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct steps s = {.step = {cases[i].step}};
		bool write = cases[i].step.write;
		struct rec_realm r;

		open_steps(&r, &s);
		r.ich->hcr = cases[i].trap;
		assert_int_equal(rec_run_gic(&r), RMI_EXIT_SYNC);
		assert_int_equal(r.exit->esr >> 26, 0x18);
		assert_int_equal(r.exit->esr & 1, !write);
		assert_int_equal(r.exit->gprs[0], write ? 5 : 0);
		/* What the Host says is read; the access is done. */
		r.run->gprs[0] = 0x1234;
		assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
		if (!write)
			assert_int_equal(s.step[0].value, 0x1234);
		rec_close(&r);
	}
}

static void an_access_that_another_trap_is_about_does_not_exit(void **state)
{
	struct steps s = STEPS(READ(ICC_IAR1_EL1), READ(ICC_SRE_EL1), WRITE(ICC_SRE_EL1, 0));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->hcr = HCR_TC | HCR_TALL0 | HCR_TDIR;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_int_equal(s.step[1].value, 7);
	rec_close(&r);
}

static void every_write_of_an_sgi_register_exits(void **state)
{
	static const uint32_t regs[] = {GUEST_ICC_SGI0R_EL1, GUEST_ICC_SGI1R_EL1,
	                                GUEST_ICC_ASGI1R_EL1};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct steps s = {.step = {{regs[i], true, 0x30002}}};
		struct rec_realm r;

		open_steps(&r, &s);
		/* Without any trap, and without a virtual CPU interface. */
		assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
		assert_int_equal(r.exit->gprs[0], 0x30002);
		assert_int_equal(r.exit->esr >> 17 & 7, regs[i] & 7);
		assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
		rec_close(&r);
	}
}

static void the_host_finds_its_registers_as_they_were(void **state)
{
	struct steps s = STEPS(READ(ICC_RPR_EL1));
	struct rmi_ich before;
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	for (unsigned i = 0; i < 4; i++)
		r.ich->lr[i] = LR_PENDING(40 + i, 0xf8);
	r.ich->ap0r[0] = 1 << 4;
	r.ich->ap1r[0] = 1 << 7;
	r.ich->ap1r[3] = 5;
	r.ich->vmcr = VMCR_OPEN | UINT64_C(0x155) << 1;
	r.ich->hcr = HCR_TDIR | HCR_TALL0;
	before = *r.ich;
	before.elrsr = 0;
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	assert_memory_equal(r.ich, &before, sizeof(before));
	rec_close(&r);
}

static void an_interrupt_that_the_host_masks_does_not_exit(void **state)
{
	struct steps s = STEPS(READ(ICC_RPR_EL1));
	struct rec_realm r;

	(void)state;
	open_steps(&r, &s);
	r.ich->pmr = RMI_PE_IRQ_PRIORITY;
	r.ich->hcr = HCR_UIE;
	rmi_pe_kick(r.realm.pe);
	assert_int_equal(rec_run_gic(&r), RMI_EXIT_PSCI);
	/* It is still pending. */
	r.ich->pmr = RMI_PE_IRQ_PRIORITY + 8;
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	rec_close(&r);
}

/* Interrupts at EL1h come here: IAR1 or IAR0 is read, and shown. */
#define VECTOR_IRQ (0x280 / 4)
#define VECTOR_FIQ (0x300 / 4)
#define SHOW(rt)   MSR(SYS_ICC_SGI1R_EL1, rt)

#define SYS_IAR0   SYS(3, 0, 12, 8, 0)
#define SYS_ISR    SYS(3, 0, 12, 1, 0)

static void open_handler(struct rec_realm *r, const uint32_t *insns, size_t count)
{
	uint32_t code[VECTOR_FIQ + 2] = {
	        [VECTOR_IRQ] = MRS(2, SYS_ICC_IAR1_EL1),
	        SHOW(2),
	        [VECTOR_FIQ] = MRS(2, SYS_IAR0),
	        SHOW(2),
	};

	memcpy(code, insns, count * sizeof(*insns));
	rec_open_code(r, NULL, code, sizeof(code) / sizeof(code[0]), NULL);
}

#define OPEN(r, ...)                                                                               \
	open_handler(r, (const uint32_t[]){__VA_ARGS__},                                           \
	             sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static uint64_t shown(struct rec_realm *r)
{
	assert_int_equal(rec_run_gic(r), RMI_EXIT_SYNC);
	assert_int_equal(r->exit->esr >> 26, 0x18);
	return r->exit->gprs[0];
}

static void a_virtual_interrupt_is_taken_by_code(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, MSR_DAIFCLR(2), B(0));
	pending(&r, 0, LR_PENDING(33, 0x40));
	assert_int_equal(shown(&r), 33);
	rec_close(&r);
}

static void a_virtual_fiq_has_a_vector_of_its_own(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, MSR_DAIFCLR(1), B(0));
	pending(&r, 0, LR_PENDING(33, 0x40) & ~LR_GROUP1);
	assert_int_equal(shown(&r), 33);
	rec_close(&r);
}

static void an_interrupt_that_is_masked_waits(void **state)
{
	struct rec_realm r;

	(void)state;
	/* ISR_EL1.I; a WFI is over; then it is taken. */
	OPEN(&r, MRS(3, SYS_ISR), SHOW(3), WFI, MOVZ(4, 4), SHOW(4), MSR_DAIFCLR(2), B(0));
	pending(&r, 0, LR_PENDING(33, 0x40));
	r.run->flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	assert_int_equal(shown(&r), 0x80);
	assert_int_equal(shown(&r), 4);
	assert_int_equal(shown(&r), 33);
	rec_close(&r);
}

static void an_interrupt_that_is_unmasked_by_the_guests_pmr_is_taken(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, MSR_DAIFCLR(2), MOVZ(0, 0xf0), MOVZ(1, 7), SHOW(1), MSR(SYS(3, 0, 4, 6, 0), 0),
	     SHOW(31));
	pending(&r, 0, LR_PENDING(33, 0x40));
	r.ich->vmcr = 3;
	assert_int_equal(shown(&r), 7);
	/* Before the next instruction. */
	assert_int_equal(shown(&r), 33);
	rec_close(&r);
}

static void an_interrupt_that_is_acknowledged_is_not_taken_again(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, MRS(2, SYS_ICC_IAR1_EL1), MSR_DAIFCLR(2), MOVZ(1, 7), SHOW(1));
	pending(&r, 0, LR_PENDING(33, 0x40));
	assert_int_equal(shown(&r), 7);
	rec_close(&r);
}

/* xorshift64* */
static uint64_t draw(uint64_t *random)
{
	*random ^= *random >> 12;
	*random ^= *random << 25;
	*random ^= *random >> 27;
	return *random * UINT64_C(0x2545f4914f6cdd1d);
}

static void any_registers(struct guest *g, void *arg)
{
	uint64_t *random = arg;

	for (;;) {
		uint32_t reg = GUEST_ICC_IAR0_EL1 + (uint32_t)(draw(random) % 40);
		uint64_t value = draw(random) % 5 == 0 ? draw(random) : draw(random) % 64;

		if (draw(random) % 8 == 0)
			reg = GUEST_ICC_PMR_EL1;
		if (draw(random) % 2 == 0)
			guest_read_sysreg(g, reg);
		else
			guest_write_sysreg(g, reg, value);
		if (draw(random) % 16 == 0)
			psci_cpu_suspend(g);
	}
}

static void draw_gic(struct rmi_ich *ich, uint64_t *random)
{
	ich->hcr = draw(random) & draw(random) & draw(random);
	ich->hcr |= draw(random) % 4 != 0 ? RMI_ICH_HCR_EN : 0;
	ich->vmcr = draw(random) | (draw(random) % 4 != 0 ? VMCR_OPEN : 0);
	ich->ap0r[0] = draw(random) % 4 == 0 ? draw(random) : 0;
	ich->ap1r[0] = draw(random) % 4 == 0 ? draw(random) : 0;
	for (unsigned i = 0; i < RMI_ICH_MAX_LRS; i++) {
		ich->lr[i] = draw(random) & ~RMI_ICH_LR_HW;
		if (draw(random) % 4 != 0)
			ich->lr[i] &= ~UINT64_C(0xffffffc0);
	}
}

static void whatever_host_and_realm_write_the_realm_changes_states_only(void **state)
{
	const uint64_t states = LR_ACTIVE | LR_STATE_PENDING;
	uint64_t random = 1;
	struct rec_realm r;

	(void)state;
	rec_open_script(&r, NULL, any_registers, &random);
	for (unsigned n = 0; n < 20000; n++) {
		struct rmi_ich before;
		uint64_t changed = 0;

		draw_gic(r.ich, &random);
		before = *r.ich;
		rec_run(&r);
		/* EOIcount is the Realm's, En is off. */
		assert_int_equal((r.ich->hcr ^ before.hcr) & ~(UINT64_C(0x1f) << 27 | 1), 0);
		assert_int_equal(r.ich->hcr & 1, 0);
		for (unsigned i = 0; i < RMI_ICH_MAX_LRS; i++) {
			assert_int_equal((r.ich->lr[i] ^ before.lr[i]) & ~states, 0);
			/* Nobody makes an interrupt pending but the Host. */
			assert_int_equal(r.ich->lr[i] & ~before.lr[i] & LR_STATE_PENDING, 0);
			changed |= i < 4 ? 0 : r.ich->lr[i] ^ before.lr[i];
		}
		assert_int_equal(changed, 0);
		if (r.ich->misr == 0)
			assert_int_equal(r.ich->eisr, 0);
		assert_int_equal(r.ich->eisr & r.ich->elrsr, 0);
	}
	rec_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_write_of_sgi1r_exits_with_its_value),
	        cmocka_unit_test(the_end_of_an_interrupt_with_eoi_is_an_irq_to_the_host),
	        cmocka_unit_test(an_end_without_list_register_is_counted),
	        cmocka_unit_test(maintenance_interrupts_are_exits),
	        cmocka_unit_test(groups_that_are_switched_on_are_maintenance_too),
	        cmocka_unit_test(an_access_that_the_host_traps_exits),
	        cmocka_unit_test(an_access_that_another_trap_is_about_does_not_exit),
	        cmocka_unit_test(every_write_of_an_sgi_register_exits),
	        cmocka_unit_test(the_host_finds_its_registers_as_they_were),
	        cmocka_unit_test(an_interrupt_that_the_host_masks_does_not_exit),
	        cmocka_unit_test(a_virtual_interrupt_is_taken_by_code),
	        cmocka_unit_test(a_virtual_fiq_has_a_vector_of_its_own),
	        cmocka_unit_test(an_interrupt_that_is_masked_waits),
	        cmocka_unit_test(an_interrupt_that_is_unmasked_by_the_guests_pmr_is_taken),
	        cmocka_unit_test(an_interrupt_that_is_acknowledged_is_not_taken_again),
	        cmocka_unit_test(whatever_host_and_realm_write_the_realm_changes_states_only),
	};

	return cmocka_run_group_tests_name("rec_interrupts", tests, NULL, NULL);
}
