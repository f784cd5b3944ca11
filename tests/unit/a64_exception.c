/* SPDX-License-Identifier: BSD-3-Clause */
/* Exceptions of the A64 interpreter: what goes to EL1, what leaves, and with which syndrome. */
#include <stdlib.h>

#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"

#define VECTORS       (MACHINE_BASE + 0x1000)
#define HANDLER_SP0   (VECTORS + 0x000)
#define HANDLER_SPX   (VECTORS + 0x200)
#define HANDLER_LOWER (VECTORS + 0x400)
#define DATA          (MACHINE_BASE + 0x4000)

#define ESR(ec, iss)  (UINT64_C(ec) << 26 | UINT64_C(1) << 25 | (iss))
#define ISS_COND      UINT64_C(0x1e00000)

#define SCTLR_A       (UINT64_C(1) << 1)
#define SCTLR_SA      (UINT64_C(1) << 3)
#define SCTLR_SA0     (UINT64_C(1) << 4)
#define SCTLR_UMA     (UINT64_C(1) << 9)
#define SCTLR_NTWI    (UINT64_C(1) << 16)
#define SCTLR_SPAN    (UINT64_C(1) << 23)

#define PSTATE_IL     (UINT64_C(1) << 20)
#define PSTATE_MASKED GUEST_PSTATE_RESET

struct box {
	struct machine *machine;
	struct machine_cpu cpu;
};

/* Every vector is an SMC that says that it was reached. */
static int setup(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	assert_non_null(box);
	box->machine = machine_create();
	assert_non_null(box->machine);
	machine_add_cpu(box->machine, &box->cpu, 1);
	assert_non_null(box->cpu.pe);
	box->cpu.regs.sysreg[GUEST_VBAR_EL1] = VECTORS;
	for (uint64_t offset = 0; offset < 0x800; offset += 4)
		machine_code(box->machine, VECTORS + offset, (uint32_t[]){SMC(0x100)}, 1);
	*state = box;
	return 0;
}

static int teardown(void **state)
{
	struct box *box = *state;

	machine_remove_cpu(&box->cpu);
	machine_destroy(box->machine);
	free(box);
	return 0;
}

/* Runs instructions from the start of memory; SMC #0 ends them. */
static struct guest_regs *run(struct box *box, const uint32_t *insns, size_t count)
{
	uint32_t end = SMC(0);

	machine_code(box->machine, MACHINE_BASE, insns, count);
	machine_code(box->machine, MACHINE_BASE + 4 * count, &end, 1);
	box->cpu.regs.pc = MACHINE_BASE;
	box->cpu.entry.flush = true;
	machine_run(&box->cpu);
	return &box->cpu.regs;
}

#define RUN(box, ...)                                                                              \
	run(box, (const uint32_t[]){__VA_ARGS__},                                                  \
	    sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void assert_taken(const struct guest_regs *regs, uint64_t handler, uint64_t esr,
                         uint64_t elr)
{
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], esr);
	assert_int_equal(regs->pc, handler);
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], elr);
	assert_int_equal(regs->pstate & ~(UINT64_C(0xf) << 28) & ~GUEST_PSTATE_PAN, PSTATE_MASKED);
}

static void svc_saves_state_and_goes_to_the_vector_of_spx(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs;

	box->cpu.regs.pstate = GUEST_PSTATE_EL1H | GUEST_PSTATE_Z | GUEST_PSTATE_C;
	regs = RUN(box, SVC(0x123));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_taken(regs, HANDLER_SPX, ESR(0x15, 0x123), MACHINE_BASE + 4);
	assert_int_equal(regs->sysreg[GUEST_SPSR_EL1],
	                 GUEST_PSTATE_EL1H | GUEST_PSTATE_Z | GUEST_PSTATE_C);
	assert_int_equal(regs->pstate, PSTATE_MASKED | GUEST_PSTATE_Z | GUEST_PSTATE_C);
}

static void svc_from_el1t_and_el0_have_vectors_of_their_own(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs;

	box->cpu.regs.pstate = GUEST_PSTATE_EL1T;
	regs = RUN(box, SVC(1));
	assert_taken(regs, HANDLER_SP0, ESR(0x15, 1), MACHINE_BASE + 4);
	regs->pstate = GUEST_PSTATE_EL0T;
	RUN(box, SVC(2));
	assert_taken(regs, HANDLER_LOWER, ESR(0x15, 2), MACHINE_BASE + 4);
	assert_int_equal(regs->sysreg[GUEST_SPSR_EL1], GUEST_PSTATE_EL0T);
}

static void stack_pointers_are_banked(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->pstate = GUEST_PSTATE_EL0T;
	regs->sp_el0 = 0x1000;
	regs->sp_el1 = 0x2000;
	/* ADD SP, SP, #16 */
	RUN(box, ADD(SP, SP, 16), SVC(0));
	assert_int_equal(regs->sp_el0, 0x1010);
	assert_int_equal(regs->sp_el1, 0x2000);
	RUN(box, ADD(SP, SP, 32), MSR_SPSEL(0), ADD(0, SP, 0), MSR_SPSEL(1), ADD(1, SP, 0));
	assert_int_equal(regs->sp_el1, 0x2020);
	assert_int_equal(regs->x[0], 0x1010);
	assert_int_equal(regs->x[1], 0x2020);
}

static void pan_is_set_on_entry_unless_span_says_otherwise(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = RUN(box, SVC(0));

	assert_int_equal(regs->pstate & GUEST_PSTATE_PAN, 0);
	regs->sysreg[GUEST_SCTLR_EL1] &= ~SCTLR_SPAN;
	RUN(box, SVC(0));
	assert_int_equal(regs->pstate & GUEST_PSTATE_PAN, GUEST_PSTATE_PAN);
}

static void brk_is_reported_with_its_immediate(void **state)
{
	struct box *box = *state;

	assert_taken(RUN(box, BRK(0xbeef)), HANDLER_SPX, ESR(0x3c, 0xbeef), MACHINE_BASE);
}

static void smc_and_hvc_leave_at_the_instruction(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = RUN(box, NOP, SMC(0x42));

	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(box->cpu.exit.esr, ESR(0x17, 0x42));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	RUN(box, HVC(0x43));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_HVC);
	assert_int_equal(box->cpu.exit.esr, ESR(0x16, 0x43));
	assert_int_equal(regs->pc, MACHINE_BASE);
}

static void what_el0_may_not_execute_is_undefined(void **state)
{
	static const uint32_t insns[] = {
	        SMC(0),
	        HVC(0),
	        ERET,
	        MRS(0, SYS_SCTLR_EL1),
	        MRS(0, SYS_CURRENT_EL),
	        MSR(SYS_TTBR0_EL1, 0),
	        MRS(0, SYS_ICC_IAR1_EL1),
	        MSR(SYS_TLBI_VMALLE1, 31),
	        MSR(SYS_IC_IALLU, 31),
	        MSR(SYS_AT_S1E1R, 0),
	        MSR_SPSEL(0),
	        MSR_PAN(1),
	        0xd69f0bff,                  /* ERETAA */
	        0xd500417f,                  /* MSR UAO, #1 */
	        MSR(SYS(3, 3, 13, 0, 3), 0), /* TPIDRRO_EL0 */
	};
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		box->cpu.regs.pstate = GUEST_PSTATE_EL0T;
		assert_taken(run(box, &insns[i], 1), HANDLER_LOWER, ESR(0, 0), MACHINE_BASE);
	}
}

static void what_the_id_registers_do_not_promise_is_undefined(void **state)
{
	static const uint32_t insns[] = {
	        0x00000000,                     /* UDF */
	        0xd4400000,                     /* HLT */
	        0xd4a00001,                     /* DCPS1 */
	        0x885f7c00 | 1 << 23 | 1 << 22, /* LDLAR W0, [X0] */
	        0xd65f0bfe,                     /* RETAA with op4 = 30 */
	        0xd61f0800,                     /* BRAAZ X0 with op4 = 0 */
	        0xd6bf0bff,                     /* DRPS with key A */
	        0xdac12000,                     /* PACIZA X0 with Rn = 0 */
	        0xdac14be0,                     /* XPACI and beyond */
	        0x1ac03000,                     /* PACGA of 32 bits */
	        0xb8200400,                     /* LDRAA of 32 bits */
	        0xf8200c00,                     /* LDRAA X0, [X0]! */
	        0xd503051f | 3 << 16,           /* CFINV with op1 = 3 */
	        0xd500411f,                     /* CFINV with CRm = 1 */
	        0xba000410,                     /* RMIF with bit 4 */
	        0x3a00080c,                     /* SETF8 with mask 12 */
	        0x99800000 | 1 << 21,           /* LDAPURSW with bit 21 */
	        0xd9800000,                     /* LDAPURS of 64 bits */
	        0xd50331ff,                     /* SB with CRm = 1 */
	        0xd503323f,                     /* DSB OSHnXS */
	        0xd5031020 | 1 << 8,            /* WFIT with CRm = 1 */
	        0xd5031040,                     /* WFIT with op2 = 2 */
	        0xd503419f,                     /* MSR TCO, #1 */
	        0xd501411f,                     /* MSR ALLINT, #1 */
	        0xd508851f,                     /* TLBI of CRm = 5, op2 = 0 */
	        0xd508979f | 1 << 5,            /* TLBI VAE1NXS */
	        0xd50c8780,                     /* TLBI ALLE1 */
	        0xd53b2400,                     /* MRS X0, RNDR */
	        0xd53bd0a0,                     /* MRS X0, TPIDR2_EL0 */
	        0xd53bd0e0,                     /* MRS X0, SCXTNUM_EL0 */
	        0xd539f200,                     /* IMPLEMENTATION DEFINED, CRn = 15 */
	        0xd518b000,                     /* IMPLEMENTATION DEFINED, CRn = 11 */
	        0xd50bf000,                     /* The same, a system instruction. */
	        0xd5380800 | 5 << 5,            /* Unallocated CRn = 0 with CRm = 8. */
	        0xd53c4100,                     /* MRS X0, SP_EL1 */
	        0xd53c1100,                     /* MRS X0, HCR_EL2 */
	        0xd53b9c00,                     /* MRS X0, PMCR_EL0 */
	        0xd5100280,                     /* MSR DBGBVR2_EL1, X0 */
	        0xd51be000,                     /* MSR CNTFRQ_EL0, X0 */
	        0x9ac01000,                     /* IRG */
	        0x91800000,                     /* ADDG */
	        0xd9600000,                     /* LDG X0, [X0] */
	        0x69000000,                     /* STGP */
	        0x19000400,                     /* CPYFP and its kin. */
	        0x91c00000,                     /* SMAX (immediate), FEAT_CSSC */
	        0x04000000,                     /* SVE */
	        0x80000000,                     /* SME */
	        0x54000010,                     /* BC.EQ */
	        0x48207c01,                     /* CASP X0, X1, X1, X2, [X0]: odd register. */
	        0x088f0000 | 0x7c00 | 3 << 22,  /* LDLARB without o0. */
	        0xf8008400,                     /* STR X0, [X0], #8 */
	        0xa9400000,                     /* LDP X0, X0, [X0] */
	        0xc8007c01,                     /* STXR W0, X1, [X0] */
	        0x12400000,                     /* AND W0, W0, #... with N = 1. */
	        0x12a00000 | 1 << 22,           /* MOVN W0, #0, LSL #48 */
	        0x0b008000,                     /* ADD W0, W0, W0, LSL #32 */
	        0x8b201400,                     /* ADD X0, X0, W0, UXTB #5 */
	        0x1ac04c00,                     /* CRC32X in 32 bits. */
	        0xf8e04000 | 0x8000,            /* LD/ST with o3 = 1, opc = 4, R = 1. */
	};
	struct box *box = *state;

	/* FP is let through here, so that it is the instruction that is refused. */
	box->cpu.regs.sysreg[GUEST_CPACR_EL1] = 3 << 20;
	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		const struct guest_regs *regs = run(box, &insns[i], 1);

		if (regs->sysreg[GUEST_ESR_EL1] != ESR(0, 0) || regs->pc != HANDLER_SPX)
			print_error("%08x is not UNDEFINED\n", insns[i]);
		assert_taken(regs, HANDLER_SPX, ESR(0, 0), MACHINE_BASE);
		box->cpu.regs.sysreg[GUEST_ESR_EL1] = 0;
	}
}

static void wfi_and_wfe_end_at_once_unless_trapped(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = RUN(box, WFI, WFE);

	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	box->cpu.entry.trap_wfi = true;
	RUN(box, WFE, WFI);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_WFX);
	assert_int_equal(box->cpu.exit.esr, ESR(0x01, ISS_COND));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	box->cpu.entry.trap_wfi = false;
	box->cpu.entry.trap_wfe = true;
	RUN(box, WFI, WFE);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_WFX);
	assert_int_equal(box->cpu.exit.esr, ESR(0x01, ISS_COND | 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
}

static void an_event_or_an_interrupt_ends_the_wait(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs;

	box->cpu.entry.trap_wfe = true;
	regs = RUN(box, SEVL, WFE, WFE);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_WFX);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	box->cpu.entry.trap_wfi = true;
	box->cpu.vcpu.virq = true;
	RUN(box, WFI);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
}

static void el1_can_trap_wfi_of_el0(void **state)
{
	struct box *box = *state;

	box->cpu.regs.pstate = GUEST_PSTATE_EL0T;
	assert_taken(RUN(box, WFI), HANDLER_LOWER, ESR(0x01, ISS_COND), MACHINE_BASE);
	box->cpu.regs.sysreg[GUEST_SCTLR_EL1] |= SCTLR_NTWI;
	box->cpu.regs.pstate = GUEST_PSTATE_EL0T;
	assert_taken(RUN(box, WFI, SVC(7)), HANDLER_LOWER, ESR(0x15, 7), MACHINE_BASE + 8);
}

static void eret_returns_to_el0_with_its_flags(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->sysreg[GUEST_ELR_EL1] = MACHINE_BASE + 8;
	regs->sysreg[GUEST_SPSR_EL1] = GUEST_PSTATE_EL0T | GUEST_PSTATE_N | GUEST_PSTATE_V;
	RUN(box, ERET, NOP, SVC(9));
	assert_taken(regs, HANDLER_LOWER, ESR(0x15, 9), MACHINE_BASE + 12);
	assert_int_equal(regs->sysreg[GUEST_SPSR_EL1],
	                 GUEST_PSTATE_EL0T | GUEST_PSTATE_N | GUEST_PSTATE_V);
}

static void an_illegal_return_stays_and_takes_the_illegal_state_exception(void **state)
{
	/* EL2h, AArch32 user, EL0 with SPx, EL3. */
	static const uint64_t modes[] = {0x9, 0x10, 0x1, 0xd};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		regs->pstate = PSTATE_MASKED;
		regs->sysreg[GUEST_ELR_EL1] = MACHINE_BASE + 8;
		regs->sysreg[GUEST_SPSR_EL1] = modes[i] | GUEST_PSTATE_C;
		RUN(box, ERET, NOP, NOP);
		assert_taken(regs, HANDLER_SPX, ESR(0x0e, 0), MACHINE_BASE + 8);
		assert_int_equal(regs->sysreg[GUEST_SPSR_EL1],
		                 GUEST_PSTATE_EL1H | PSTATE_IL | GUEST_PSTATE_C);
	}
}

static void a_branch_to_an_odd_address_faults_there(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[1] = MACHINE_BASE + 0x102;
	RUN(box, BR(1));
	assert_taken(regs, HANDLER_SPX, ESR(0x22, 0), MACHINE_BASE + 0x102);
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], MACHINE_BASE + 0x102);
}

static void a_misaligned_stack_faults_when_it_is_a_base(void **state)
{
	static const uint32_t insns[] = {
	        LDR(0, SP),         STR(0, SP),      LDR_POST(0, SP), STR_PRE(0, SP),
	        LDP_POST(0, 1, SP), STP(0, 1, SP),   LDTR(0, SP),     LDAR(0, SP),
	        LDXR(0, SP),        LDADD(0, 1, SP), 0xf8616be0, /* LDR X0, [SP, X1] */
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | SCTLR_SA;
		regs->sp_el1 = DATA + 8;
		regs->x[1] = 0;
		regs->pstate = PSTATE_MASKED;
		assert_taken(run(box, &insns[i], 1), HANDLER_SPX, ESR(0x26, 0), MACHINE_BASE);
		assert_int_equal(regs->sp_el1, DATA + 8);
		/* EL0 has a control of its own. */
		regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | SCTLR_SA0;
		regs->sp_el0 = DATA + 8;
		regs->pstate = GUEST_PSTATE_EL0T;
		assert_taken(run(box, &insns[i], 1), HANDLER_LOWER, ESR(0x26, 0), MACHINE_BASE);
		regs->pstate = PSTATE_MASKED;
		run(box, &insns[i], 1);
		assert_int_equal(regs->pc, MACHINE_BASE + 4);
	}
}

static void data_alignment_faults_name_address_and_direction(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t iss;
	} cases[] = {
	        /* Exclusives and ordered accesses, at any time. */
	        {LDXR(0, 2), 0x21},
	        {LDAR(0, 2), 0x21},
	        {STLR(0, 2), 0x61},
	        {STXR(1, 0, 2), 0x61},
	        {LDADD(0, 1, 2), 0x21},
	        {CAS(0, 1, 2), 0x21},
	        /* Everything else because memory is Device while the MMU is off. */
	        {LDR(0, 2), 0x21},
	        {STR(0, 2), 0x61},
	        {LDP(0, 1, 2), 0x21},
	        {STP(0, 1, 2), 0x61},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		regs->x[2] = DATA + 2;
		assert_taken(run(box, &cases[i].insn, 1), HANDLER_SPX, ESR(0x25, cases[i].iss),
		             MACHINE_BASE);
		assert_int_equal(regs->sysreg[GUEST_FAR_EL1], DATA + 2);
		regs->pstate = GUEST_PSTATE_EL0T;
		assert_taken(run(box, &cases[i].insn, 1), HANDLER_LOWER, ESR(0x24, cases[i].iss),
		             MACHINE_BASE);
		regs->pstate = PSTATE_MASKED;
	}
}

static void el0_needs_leave_for_flags_counters_and_caches(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t iss;
	} cases[] = {
	        /* Op0 Op2 Op1 CRn Rt CRm read */
	        {MRS(3, SYS_DAIF), 3 << 20 | 1 << 17 | 3 << 14 | 4 << 10 | 3 << 5 | 2 << 1 | 1},
	        {MSR_DAIFSET(2), 0 << 20 | 6 << 17 | 3 << 14 | 4 << 10 | 31 << 5 | 2 << 1},
	        {MRS(0, SYS_CTR_EL0), 3 << 20 | 1 << 17 | 3 << 14 | 0 << 1 | 1},
	        {MRS(0, SYS_CNTVCT_EL0), 3 << 20 | 2 << 17 | 3 << 14 | 14 << 10 | 1},
	        {MSR(SYS_CNTV_CVAL_EL0, 5),
	         3 << 20 | 2 << 17 | 3 << 14 | 14 << 10 | 5 << 5 | 3 << 1},
	        {MSR(SYS_DC_ZVA, 1), 1 << 20 | 1 << 17 | 3 << 14 | 7 << 10 | 1 << 5 | 4 << 1},
	        {MSR(SYS_IC_IVAU, 1), 1 << 20 | 1 << 17 | 3 << 14 | 7 << 10 | 1 << 5 | 5 << 1},
	        /* CFP RCTX, X2 */
	        {0xd50b7382, 1 << 20 | 4 << 17 | 3 << 14 | 7 << 10 | 2 << 5 | 3 << 1},
	        /* ID_AA64PFR0_EL1: FEAT_IDST */
	        {MRS(4, SYS(3, 0, 0, 4, 0)), 3 << 20 | 4 << 5 | 4 << 1 | 1},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET;
		regs->pstate = GUEST_PSTATE_EL0T;
		assert_taken(run(box, &cases[i].insn, 1), HANDLER_LOWER, ESR(0x18, cases[i].iss),
		             MACHINE_BASE);
	}
	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_UMA;
	regs->pstate = GUEST_PSTATE_EL0T;
	RUN(box, MSR_DAIFSET(2), MRS(3, SYS_DAIF), SVC(1));
	assert_int_equal(regs->x[3], 2 << 6);
}

static void an_unmasked_virtual_interrupt_is_taken_at_entry(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box->cpu.vcpu.virq = true;
	regs->pstate = GUEST_PSTATE_EL1H;
	RUN(box, NOP);
	assert_int_equal(regs->pc, HANDLER_SPX + 0x80);
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE);
	box->cpu.vcpu.vfiq = true;
	regs->pstate = GUEST_PSTATE_EL0T;
	RUN(box, NOP);
	assert_int_equal(regs->pc, HANDLER_LOWER + 0x100);
}

static void a_masked_interrupt_waits_for_the_mask_to_go(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box->cpu.vcpu.virq = true;
	RUN(box, NOP, MSR_DAIFCLR(2), NOP);
	assert_int_equal(regs->pc, HANDLER_SPX + 0x80);
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 8);
	/* MSR DAIF */
	regs->pstate = PSTATE_MASKED;
	RUN(box, MSR(SYS_DAIF, XZR), NOP);
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 4);
	/* ERET */
	regs->pstate = PSTATE_MASKED;
	regs->sysreg[GUEST_ELR_EL1] = MACHINE_BASE + 12;
	regs->sysreg[GUEST_SPSR_EL1] = GUEST_PSTATE_EL0T;
	RUN(box, ERET, NOP, NOP, NOP);
	assert_int_equal(regs->pc, HANDLER_LOWER + 0x80);
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 12);
}

static void the_gic_interface_is_the_models(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[5] = 0x1234;
	RUN(box, MSR(SYS_ICC_SGI1R_EL1, 5));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SYSREG);
	assert_int_equal(box->cpu.exit.esr,
	                 ESR(0x18, 3 << 20 | 5 << 17 | 12 << 10 | 5 << 5 | 11 << 1));
	assert_int_equal(box->cpu.exit.value, 0x1234);
	assert_int_equal(regs->pc, MACHINE_BASE);
	RUN(box, NOP, MRS(7, SYS_ICC_IAR1_EL1));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SYSREG);
	assert_int_equal(box->cpu.exit.esr, ESR(0x18, 3 << 20 | 12 << 10 | 7 << 5 | 12 << 1 | 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
}

static void timers_compare_with_the_counter(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box->machine->counter = 1000;
	regs->x[0] = 1;
	regs->x[1] = 50;
	/* TVAL = 50 at 1000; CVAL is 1050. */
	RUN(box, MSR(SYS_CNTV_CTL_EL0, 0), MSR(SYS_CNTV_TVAL_EL0, 1), MRS(2, SYS_CNTV_CVAL_EL0),
	    MRS(3, SYS_CNTV_CTL_EL0));
	assert_int_equal(regs->x[2], 1050);
	assert_int_equal(regs->x[3], 1);
	box->machine->counter = 1100;
	RUN(box, MRS(3, SYS_CNTV_CTL_EL0), MRS(4, SYS_CNTV_TVAL_EL0), MRS(5, SYS_CNTVCT_EL0),
	    MRS(6, SYS_CNTFRQ_EL0));
	assert_int_equal(regs->x[3], 5);
	assert_int_equal(regs->x[4], (uint32_t)(1050 - 1101));
	assert_int_equal(regs->x[5], 1102);
	assert_int_equal(regs->x[6], GUEST_COUNTER_HZ);
}

static void id_registers_promise_what_there_is(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->mpidr = 0x80000003;
	RUN(box, MRS(0, SYS(3, 0, 0, 4, 0)), MRS(1, SYS(3, 0, 0, 6, 0)), MRS(2, SYS(3, 0, 0, 6, 1)),
	    MRS(3, SYS(3, 0, 0, 0, 5)), MRS(4, SYS_CURRENT_EL), MRS(5, SYS(3, 0, 0, 7, 7)),
	    MRS(6, SYS_DCZID_EL0));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(regs->x[0] & 0xffffff, 0x11);
	assert_int_equal(regs->x[1] & 0xff0000, 2 << 20 | 1 << 16);
	assert_int_equal(regs->x[2] & 0xf00000, 2 << 20);
	assert_int_equal(regs->x[3], 0x80000003);
	assert_int_equal(regs->x[4], 1 << 2);
	assert_int_equal(regs->x[5], 0);
	assert_int_equal(regs->x[6], 4);
}

static void control_registers_keep_the_bits_that_exist(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* Everything but M, so that memory stays flat. */
	regs->x[0] = ~UINT64_C(1);
	RUN(box, MSR(SYS_SCTLR_EL1, 0), MRS(1, SYS_SCTLR_EL1), MSR(SYS_SCTLR_EL1, XZR),
	    MRS(2, SYS_SCTLR_EL1));
	assert_int_equal(regs->x[1], 0x1000fcddffde);
	assert_int_equal(regs->x[2], 0x30500980);
}

static void sp_el0_is_out_of_reach_while_it_is_in_use(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[0] = 0x5550;
	RUN(box, MSR(SYS_SP_EL0, 0), MRS(1, SYS_SP_EL0));
	assert_int_equal(regs->sp_el0, 0x5550);
	assert_int_equal(regs->x[1], 0x5550);
	RUN(box, MSR_SPSEL(0), MRS(1, SYS_SP_EL0));
	assert_taken(regs, HANDLER_SP0, ESR(0, 0), MACHINE_BASE + 4);
}

static void injected_aborts_are_external_and_carry_the_address(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	const struct guest_exit write = {
	        .kind = GUEST_EXIT_ABORT, .esr = ESR(0x24, 0x46), .far = 0x1234, .ipa = 0x9000};

	regs->pc = 0x7000;
	regs->pstate = GUEST_PSTATE_EL1H | GUEST_PSTATE_Z;
	guest_engine_a64.inject(&box->cpu.vcpu, GUEST_SEA_DATA, &write);
	assert_taken(regs, HANDLER_SPX, ESR(0x25, 0x200 | 0x40 | 0x10), 0x7000);
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], 0x1234);
	assert_int_equal(regs->sysreg[GUEST_SPSR_EL1], GUEST_PSTATE_EL1H | GUEST_PSTATE_Z);

	regs->pc = 0x7000;
	regs->pstate = GUEST_PSTATE_EL0T;
	guest_engine_a64.inject(&box->cpu.vcpu, GUEST_SEA_FETCH, &write);
	assert_taken(regs, HANDLER_LOWER, ESR(0x20, 0x200 | 0x10), 0x7000);

	regs->pc = 0x7000;
	regs->pstate = GUEST_PSTATE_EL1T;
	guest_engine_a64.inject(&box->cpu.vcpu, GUEST_UNDEFINED, NULL);
	assert_taken(regs, HANDLER_SP0, ESR(0, 0), 0x7000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(svc_saves_state_and_goes_to_the_vector_of_spx),
	        TEST(svc_from_el1t_and_el0_have_vectors_of_their_own),
	        TEST(stack_pointers_are_banked),
	        TEST(pan_is_set_on_entry_unless_span_says_otherwise),
	        TEST(brk_is_reported_with_its_immediate),
	        TEST(smc_and_hvc_leave_at_the_instruction),
	        TEST(what_el0_may_not_execute_is_undefined),
	        TEST(what_the_id_registers_do_not_promise_is_undefined),
	        TEST(wfi_and_wfe_end_at_once_unless_trapped),
	        TEST(an_event_or_an_interrupt_ends_the_wait),
	        TEST(el1_can_trap_wfi_of_el0),
	        TEST(eret_returns_to_el0_with_its_flags),
	        TEST(an_illegal_return_stays_and_takes_the_illegal_state_exception),
	        TEST(a_branch_to_an_odd_address_faults_there),
	        TEST(a_misaligned_stack_faults_when_it_is_a_base),
	        TEST(data_alignment_faults_name_address_and_direction),
	        TEST(el0_needs_leave_for_flags_counters_and_caches),
	        TEST(an_unmasked_virtual_interrupt_is_taken_at_entry),
	        TEST(a_masked_interrupt_waits_for_the_mask_to_go),
	        TEST(the_gic_interface_is_the_models),
	        TEST(timers_compare_with_the_counter),
	        TEST(id_registers_promise_what_there_is),
	        TEST(control_registers_keep_the_bits_that_exist),
	        TEST(sp_el0_is_out_of_reach_while_it_is_in_use),
	        TEST(injected_aborts_are_external_and_carry_the_address),
	};

	return cmocka_run_group_tests_name("a64_exception", tests, NULL, NULL);
}
