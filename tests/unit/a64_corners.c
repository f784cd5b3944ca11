/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Corners of the interpreter that programs keep out of: encodings that are not allocated or not
 * predictable, exclusives that fail, combinations of permissions, faults in odd places.
 */
#include "a64_box.h"
#include "a64_insn.h"
#include "cmocka_test.h"

#define HANDLER_LOWER (VECTORS + 0x400)
#define TABLE_PAGE    ((TABLES - MACHINE_BASE) / 4096)
#define DATA_PAGE     ((DATA - MACHINE_BASE) / 4096)

#define SCTLR_UCI     (UINT64_C(1) << 26)
#define SCTLR_DZE     (UINT64_C(1) << 14)
#define SCTLR_NTWE    (UINT64_C(1) << 18)
#define TCR_EPD0      (UINT64_C(1) << 7)
#define TCR_TBI0      (UINT64_C(1) << 37)

static void other_encodings_are_undefined(void **state)
{
	static const uint32_t insns[] = {
	        /* Branches, exceptions, system instructions. */
	        0x55000000,          /* B.cond with bit 24 */
	        0x56000000,          /* B.cond with bit 25 */
	        0x74000000,          /* Bits 31 to 29 of 3 */
	        0xd61e0000,          /* BR with op2 = 30 */
	        0xd61f0001,          /* BR with op4 = 1 */
	        0xd67f0000,          /* opc = 3 */
	        0xd69f0000,          /* ERET with Rn = 0 */
	        0xd6bf03e0,          /* DRPS */
	        0xd4000005,          /* SVC with op2 = 1 */
	        0xd4000000,          /* SVC with LL = 0 */
	        0xd4200001,          /* BRK with LL = 1 */
	        0xd5400000,          /* L and op0 beyond MRS */
	        0xd500409e | 1 << 8, /* MSR PAN with Rt = 30 */
	        0xd503201e,          /* NOP with Rt = 30 */
	        0xd503309e,          /* DSB with Rt = 30 */
	        0xd5012000 | 31,     /* Hint space with op1 = 1 */
	        0xd501309f,          /* Barrier space with op1 = 1 */
	        0xd5033b1f,          /* Barrier with op2 = 0 */
	        /* Loads and stores. */
	        0xf8800420,               /* PRFM with writeback */
	        0xf8408421,               /* LDR X1, [X1], #8 */
	        0xf8800820,               /* LDTR with opc = 2, 64 bits */
	        0xf8c00820,               /* The same with opc = 3 */
	        0xf8600820,               /* LDR, option = 0 */
	        0xf860a820,               /* LDR, option = 5 */
	        0x28400820 | 1 << 30 | 0, /* LDPSW without allocate */
	        0xa8c10821,               /* LDP X1, X2, [X1], #16 */
	        0xa8c10422,               /* LDP X2, X1, [X1], #16 */
	        0xa8810821,               /* STP X1, X2, [X1], #16 */
	        0xa8810422,               /* STP X2, X1, [X1], #16 */
	        /* Exclusives. */
	        0xc8007c20,     /* STXR W0, X0, [X1] */
	        0xc8007c02,     /* STXR W0, X2, [X0] */
	        0xc8200022,     /* STXP W0, X2, X0, [X1] */
	        0xc8207c00,     /* STXP W0, X0, XZR, [X0] */
	        0xc87f0820 | 2, /* LDXP X2, X2, [X1] */
	        0x48217c02,     /* CASP X1, X2, X2, X3, [X0] */
	        0x48207c03,     /* CASP X0, X1, X3, X4, [X0] */
	        0x48207802,     /* CASP with Rt2 = 30 */
	        0xc8a07802,     /* CAS with Rt2 = 30 */
	        0xc8df7c20,     /* LDLAR */
	        0xc89f7c20,     /* STLLR */
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		regs->x[0] = regs->x[1] = VA;
		regs->sysreg[GUEST_ESR_EL1] = 1;
		box_run(box, &insns[i], 1);
		if (regs->sysreg[GUEST_ESR_EL1] != ESR(0, 0) || regs->pc != HANDLER_SPX)
			fail_msg("0x%08x is not undefined", insns[i]);
		assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE);
		assert_int_equal(regs->x[1], VA);
	}
}

/* Register 31 is SP as a base and zero as data: neither is the other. */
static void base_and_data_of_31_do_not_meet(void **state)
{
	static const uint32_t insns[] = {
	        0xf80087ff,           /* STR XZR, [SP], #8 */
	        0xf84087ff,           /* LDR XZR, [SP], #8 */
	        0xa88103ff | 1 << 10, /* STP XZR, X1, [SP], #16 */
	        0xa8c10bff,           /* LDP XZR, X2, [SP], #16 */
	        0xc81f7fe0,           /* STXR WZR, X0, [SP] */
	        0xf8608820 | 7 << 13, /* LDR X0, [X1, X0, SXTX] */
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		regs->x[0] = 0;
		regs->x[1] = VA;
		regs->sp_el1 = VA;
		box_run(box, &insns[i], 1);
		if (regs->pc != MACHINE_BASE + 4)
			fail_msg("0x%08x is undefined", insns[i]);
		assert_true(regs->sp_el1 - VA <= 16);
	}
}

/* The status is 1 and memory is as it was. */
static void store_exclusive_needs_its_own_load(void **state)
{
	static const struct {
		uint32_t load, store;
	} cases[] = {
	        {LDXR(4, 3), STXR(2, 0, 1)},                            /* Of another address. */
	        {0x885f7c00 | 1 << 5 | 4, STXR(2, 0, 1)},               /* Of a smaller one. */
	        {LDXP(4, 5, 1), STXR(2, 0, 1)},                         /* Of a pair. */
	        {LDXR(4, 1), 0xc8200000 | 2 << 16 | 1 << 5 | 31 << 10}, /* Then a pair. */
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		box_set(box, DATA, 0x55);
		regs->x[0] = 0x77;
		regs->x[1] = VA;
		regs->x[3] = VA + 64;
		RUN(box, cases[i].load, cases[i].store);
		assert_int_equal(regs->pc, MACHINE_BASE + 8);
		assert_int_equal(regs->x[2], 1);
		assert_int_equal(box_get(box, DATA), 0x55);
	}
	/* And with its own it succeeds, once. */
	RUN(box, LDXR(4, 1), STXR(2, 0, 1), STXR(6, 4, 1));
	assert_int_equal(regs->x[2], 0);
	assert_int_equal(regs->x[6], 1);
	assert_int_equal(box_get(box, DATA), 0x77);
}

static void address_translation_whose_walk_stage_2_refuses_leaves(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box->machine->fault[TABLE_PAGE + 3][GUEST_READ] = 7;
	regs->x[1] = VA;
	regs->sysreg[GUEST_PAR_EL1] = 5;
	RUN(box, MSR(SYS_AT_S1E1R, 1));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_ABORT);
	/* S1PTW; CM and WnR, as for maintenance. */
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, 1 << 8 | 1 << 7 | 1 << 6 | 7));
	assert_int_equal(box->cpu.exit.far, VA);
	assert_int_equal(regs->sysreg[GUEST_PAR_EL1], 5);
}

/* ESR_EL1 after an instruction at EL0, which is mapped for EL0. */
static uint64_t esr_of_el0(struct box *box, uint32_t insn)
{
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | EL0 | READ_ONLY | VALID);
	regs->pstate = GUEST_PSTATE_EL0T;
	box_run(box, (const uint32_t[]){insn, SVC(1)}, 2);
	return regs->sysreg[GUEST_ESR_EL1];
}

static void maintenance_has_permissions_of_its_own(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[1] = VA;
	/* Invalidation is a write: the page must be writable. */
	box_set(box, box_slot(box, VA, 3), DATA | AF | READ_ONLY | PAGE);
	RUN(box, MSR(SYS_DC_IVAC, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 1 << 8 | 1 << 6 | 0xf));
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA);
	box_set(box, box_slot(box, VA, 3), 0);
	RUN(box, MSR(SYS_DC_IVAC, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 1 << 8 | 1 << 6 | 7));
	/* PAN is about accesses. */
	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	regs->pstate = GUEST_PSTATE_RESET | GUEST_PSTATE_PAN;
	RUN(box, MSR(SYS_DC_IVAC, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	box_set(box, box_slot(box, VA, 3), DATA | AF | READ_ONLY | PAGE);
	/* A clean at EL0 must be able to see the page. */
	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_UCI;
	assert_int_equal(esr_of_el0(box, MSR(SYS_DC_CVAU, 1)), ESR(0x24, 1 << 8 | 1 << 6 | 0xf));
	assert_int_equal(esr_of_el0(box, MSR(SYS_IC_IVAU, 1)), ESR(0x24, 1 << 8 | 1 << 6 | 0xf));
	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | READ_ONLY | PAGE);
	assert_int_equal(esr_of_el0(box, MSR(SYS_DC_CVAU, 1)), ESR(0x15, 1));
	assert_int_equal(esr_of_el0(box, MSR(SYS_IC_IVAU, 1)), ESR(0x15, 1));
	/* Without UCI it is not for EL0 at all. */
	regs->sysreg[GUEST_SCTLR_EL1] &= ~SCTLR_UCI;
	assert_int_equal(esr_of_el0(box, MSR(SYS_DC_CVAU, 1)) >> 26, 0x18);
}

/* The page of VA holds SVC #2: whether EL0 may execute it. */
static void execution_at_el0_by_uxn_and_wxn(void **state)
{
	static const struct {
		uint64_t attributes;
		bool wxn;
		bool executes;
	} cases[] = {
	        {EL0, false, true},
	        {EL0 | UXN, false, false},
	        {EL0, true, false}, /* Writable. */
	        {EL0 | READ_ONLY, true, true},
	        {EL0 | READ_ONLY | UXN, true, false},
	        {0, true, true}, /* Writable for EL1 only: execute-only for EL0. */
	        {0, false, true},
	        {PXN, false, true},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t sctlr = regs->sysreg[GUEST_SCTLR_EL1];

	machine_code(box->machine, DATA, (const uint32_t[]){SVC(2)}, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		box_set(box, box_slot(box, VA, 3), DATA | AF | cases[i].attributes | PAGE);
		regs->sysreg[GUEST_SCTLR_EL1] = sctlr | (cases[i].wxn ? SCTLR_WXN : 0);
		regs->x[1] = VA;
		assert_int_equal(esr_of_el0(box, BR(1)),
		                 cases[i].executes ? ESR(0x15, 2) : ESR(0x20, 0xf));
	}
}

static void halves_that_are_off_or_odd_have_no_translation(void **state)
{
	/* EPD0; T0SZ of 15 and of 48. */
	static const struct {
		uint64_t clear, set;
	} cases[] = {{0, TCR_EPD0}, {0x3f, 15}, {0x3f, 48}};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t tcr = regs->sysreg[GUEST_TCR_EL1];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		regs->sysreg[GUEST_TCR_EL1] = (tcr & ~cases[i].clear) | cases[i].set;
		regs->sysreg[GUEST_ESR_EL1] = 0;
		/* The vector cannot be fetched either: one instruction and one exception. */
		box->cpu.entry.budget = 1;
		RUN(box, NOP);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x21, 4));
		regs->pstate = GUEST_PSTATE_RESET;
	}
}

static void tag_is_ignored_without_stage_1_as_well(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->sysreg[GUEST_SCTLR_EL1] &= ~SCTLR_M;
	box_set(box, DATA, 0x1234);
	regs->x[1] = DATA | UINT64_C(0x5a) << 56;
	RUN(box, LDR(0, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0));
	regs->sysreg[GUEST_TCR_EL1] |= TCR_TBI0;
	RUN(box, LDR(0, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	assert_int_equal(regs->x[0], 0x1234);
	/* A branch drops it from the PC. */
	machine_code(box->machine, DATA, (const uint32_t[]){SMC(7)}, 1);
	RUN(box, BR(1));
	assert_int_equal(regs->pc, DATA);
}

/* SCTLR_EL1.A: one page or two, loads as stores, one register or two; nothing is written. */
static void strict_alignment_comes_before_anything_else(void **state)
{
	static const struct {
		uint64_t offset;
		uint32_t insn;
		bool write;
	} cases[] = {
	        {0x4, LDR(2, 1), false},      {0x4, STR(2, 1), true},
	        {0xffc, LDR(2, 1), false},    {0xffc, STR(2, 1), true},
	        {0x4, LDP(2, 3, 1), false},   {0x4, STP(2, 3, 1), true},
	        {0xff4, LDP(2, 3, 1), false}, {0xff4, STP(2, 3, 1), true},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_A;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t near = DATA + (cases[i].offset & ~UINT64_C(7));

		box_set(box, near, 5);
		regs->x[1] = VA + cases[i].offset;
		regs->x[2] = regs->x[3] = 7;
		box_run(box, &cases[i].insn, 1);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1],
		                 ESR(0x25, (cases[i].write ? 1 << 6 : 0) | 0x21));
		assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + cases[i].offset);
		assert_int_equal(regs->x[2], 7);
		assert_int_equal(box_get(box, near), 5);
	}
}

/* The first page is refused, the second is not looked at. */
static void fault_on_the_first_page_of_two_changes_nothing(void **state)
{
	static const uint32_t insns[] = {LDR(2, 1), STR(2, 1), STP(2, 3, 1), LDP(2, 3, 1)};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, VA, 3), 0);
	box_set(box, box_slot(box, VA + 0x1000, 3), (DATA + 0x5000) | AF | PAGE);
	box_set(box, DATA + 0x5000, 6);
	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		regs->x[1] = VA + 0xffc;
		regs->x[2] = regs->x[3] = 7;
		box_run(box, &insns[i], 1);
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 0xffc);
		assert_int_equal(regs->x[2], 7);
		assert_int_equal(box_get(box, DATA + 0x5000), 6);
	}
}

static void event_and_fiq_end_a_wait_of_el0(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* WFE of EL0 goes to EL1, unless nTWE lets it wait, or an event is there. */
	assert_int_equal(esr_of_el0(box, WFE), ESR(0x01, UINT64_C(0x1e00000) | 1));
	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_NTWE;
	assert_int_equal(esr_of_el0(box, WFE), ESR(0x15, 1));
	regs->pstate = GUEST_PSTATE_RESET;
	box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | VALID);
	box->cpu.entry.trap_wfi = true;
	box->cpu.vcpu.vfiq = true;
	RUN(box, WFI);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
}

/* Vectors of EL1 with SP_EL1. */
static void interrupt_is_chosen_by_what_is_masked(void **state)
{
	static const struct {
		bool virq, vfiq;
		uint64_t masked; /* PSTATE.F, PSTATE.I */
		uint64_t vector; /* 0: none */
	} cases[] = {
	        {true, false, 0, 0x80},       {false, true, 0, 0x100},
	        {true, true, 0, 0x100},       {true, true, 1 << 6, 0x80},
	        {true, true, 1 << 7, 0x100},  {true, true, 1 << 7 | 1 << 6, 0},
	        {false, true, 1 << 6, 0},     {true, false, 1 << 7, 0},
	        {false, true, 1 << 7, 0x100}, {true, false, 1 << 6, 0x80},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		box->cpu.vcpu.virq = cases[i].virq;
		box->cpu.vcpu.vfiq = cases[i].vfiq;
		regs->pstate = GUEST_PSTATE_EL1H | cases[i].masked;
		RUN(box, MRS(5, SYS(3, 0, 12, 1, 0)));
		if (cases[i].vector != 0) {
			assert_int_equal(regs->pc, HANDLER_SPX + cases[i].vector);
			continue;
		}
		assert_int_equal(regs->pc, MACHINE_BASE + 4);
		/* ISR_EL1 shows what is pending, masked or not. */
		assert_int_equal(regs->x[5],
		                 (cases[i].virq ? 0x80 : 0) | (cases[i].vfiq ? 0x40 : 0));
	}
}

static void el0_sees_what_its_controls_allow(void **state)
{
	/* The control of each register that EL0 may have. */
	static const struct {
		uint32_t read;
		enum guest_sysreg control;
		uint64_t bit;
	} cases[] = {
	        {SYS(3, 3, 0, 0, 1), GUEST_SCTLR_EL1, UINT64_C(1) << 15}, /* CTR_EL0, UCT */
	        {SYS(3, 3, 4, 2, 1), GUEST_SCTLR_EL1, UINT64_C(1) << 9},  /* DAIF, UMA */
	        {SYS(3, 3, 14, 0, 0), GUEST_CNTKCTL_EL1, 1 << 0},         /* CNTFRQ_EL0 */
	        {SYS(3, 3, 14, 0, 0), GUEST_CNTKCTL_EL1, 1 << 1},         /* The same. */
	        {SYS(3, 3, 14, 0, 1), GUEST_CNTKCTL_EL1, 1 << 0},         /* CNTPCT_EL0 */
	        {SYS(3, 3, 14, 0, 2), GUEST_CNTKCTL_EL1, 1 << 1},         /* CNTVCT_EL0 */
	        {SYS(3, 3, 14, 3, 1), GUEST_CNTKCTL_EL1, 1 << 8},         /* CNTV_CTL_EL0 */
	        {SYS(3, 3, 14, 2, 2), GUEST_CNTKCTL_EL1, 1 << 9},         /* CNTP_CVAL_EL0 */
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t *control = &regs->sysreg[cases[i].control];

		*control &= ~cases[i].bit;
		assert_int_equal(esr_of_el0(box, MRS(3, cases[i].read)) >> 26, 0x18);
		*control |= cases[i].bit;
		assert_int_equal(esr_of_el0(box, MRS(3, cases[i].read)), ESR(0x15, 1));
		*control &= ~cases[i].bit;
	}
	/* DCZID_EL0 can always be read; DZP says whether DC ZVA may be used. */
	assert_int_equal(esr_of_el0(box, MRS(3, SYS_DCZID_EL0)), ESR(0x15, 1));
	assert_int_equal(regs->x[3], 0x14);
	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_DZE;
	esr_of_el0(box, MRS(3, SYS_DCZID_EL0));
	assert_int_equal(regs->x[3], 4);
}

/* FEAT_IDST: what is not there in the space of the ID registers is a trap to read, at any EL. */
static void reads_of_the_feature_id_space_are_trapped(void **state)
{
	static const struct {
		uint32_t sys;
		uint64_t iss;
	} cases[] = {
	        /* Op0 Op2 Op1 Rt CRm read */
	        {SYS(3, 1, 0, 0, 2), 3 << 20 | 2 << 17 | 1 << 14 | 3 << 5 | 1},
	        {SYS(3, 1, 0, 0, 4), 3 << 20 | 4 << 17 | 1 << 14 | 3 << 5 | 1},
	        {SYS(3, 0, 0, 0, 1), 3 << 20 | 1 << 17 | 3 << 5 | 1},
	        {SYS(3, 3, 0, 0, 2), 3 << 20 | 2 << 17 | 3 << 14 | 3 << 5 | 1},
	        {SYS(3, 3, 0, 7, 7), 3 << 20 | 7 << 17 | 3 << 14 | 3 << 5 | 7 << 1 | 1},
	        {SYS(3, 1, 0, 2, 0), 3 << 20 | 1 << 14 | 3 << 5 | 2 << 1 | 1},
	};
	/* CRm beyond 7, CRn, op1, op0. */
	static const uint32_t others[] = {SYS(3, 3, 0, 8, 0), SYS(3, 1, 1, 0, 7),
	                                  SYS(3, 2, 0, 1, 0), SYS(3, 4, 0, 0, 5),
	                                  SYS(2, 1, 0, 0, 2), SYS(3, 0, 0, 8, 0)};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(esr_of_el0(box, MRS(3, cases[i].sys)), ESR(0x18, cases[i].iss));
		assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE);
		assert_int_equal(esr_of_el0(box, MSR(cases[i].sys, 3)), ESR(0, 0));
		regs->pstate = GUEST_PSTATE_RESET;
		box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | VALID);
		RUN(box, NOP, MRS(3, cases[i].sys));
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x18, cases[i].iss));
		assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 4);
		RUN(box, NOP, MSR(cases[i].sys, 3));
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0, 0));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		RUN(box, MRS(3, others[i]));
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0, 0));
	}
}

/* Each register that translations are made from: what was cached with its old value is not used. */
static void registers_of_the_regime_drop_translations(void **state)
{
	static const uint32_t registers[] = {
	        SYS(3, 0, 1, 0, 0),  /* SCTLR_EL1 */
	        SYS(3, 0, 2, 0, 2),  /* TCR_EL1 */
	        SYS(3, 0, 2, 0, 0),  /* TTBR0_EL1 */
	        SYS(3, 0, 2, 0, 1),  /* TTBR1_EL1 */
	        SYS(3, 0, 10, 2, 0), /* MAIR_EL1 */
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, DATA, 0x11);
	box_set(box, DATA + 0x5000, 0x22);
	/* ASIDs of the TTBRs, C of SCTLR_EL1, IRGN0 of TCR_EL1, attribute 7. */
	static const uint64_t changes[] = {
	        1 << 2, 1 << 8, UINT64_C(1) << 50, UINT64_C(1) << 50, UINT64_C(1) << 62,
	};

	for (size_t i = 0; i < 5; i++) {
		box_map(box);
		regs->x[1] = VA;
		regs->x[4] = box_slot(box, VA, 3);
		regs->x[5] = (DATA + 0x5000) | AF | PAGE;
		regs->x[6] = changes[i];
		/* The descriptor changes, which nothing cached shows; then the register does. */
		RUN(box, LDR(0, 1), STR(5, 4), LDR(2, 1), MRS(7, registers[i]),
		    0xca0600e7 /* EOR X7, X7, X6 */, MSR(registers[i], 7), ISB, LDR(3, 1));
		assert_int_equal(regs->pc, MACHINE_BASE + 32);
		assert_int_equal(regs->x[2], 0x11);
		assert_int_equal(regs->x[3], 0x22);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(other_encodings_are_undefined),
	        TEST(base_and_data_of_31_do_not_meet),
	        TEST(store_exclusive_needs_its_own_load),
	        TEST(address_translation_whose_walk_stage_2_refuses_leaves),
	        TEST(maintenance_has_permissions_of_its_own),
	        TEST(execution_at_el0_by_uxn_and_wxn),
	        TEST(halves_that_are_off_or_odd_have_no_translation),
	        TEST(tag_is_ignored_without_stage_1_as_well),
	        TEST(strict_alignment_comes_before_anything_else),
	        TEST(fault_on_the_first_page_of_two_changes_nothing),
	        TEST(event_and_fiq_end_a_wait_of_el0),
	        TEST(interrupt_is_chosen_by_what_is_masked),
	        TEST(el0_sees_what_its_controls_allow),
	        TEST(reads_of_the_feature_id_space_are_trapped),
	        TEST(registers_of_the_regime_drop_translations),
	};

	return cmocka_run_group_tests_name("a64_corners", tests, NULL, NULL);
}
