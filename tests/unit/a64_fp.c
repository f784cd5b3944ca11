/* SPDX-License-Identifier: BSD-3-Clause */
/* FP and SIMD: traps, faults, control and status registers, and what is UNDEFINED. */
#include <string.h>

#include "a64_box.h"
#include "a64_insn.h"
#include "cmocka_test.h"

#define FPEN(n)          ((uint64_t)(n) << 20)
#define ISS_COND         UINT64_C(0x1e00000)
#define HANDLER_LOWER    (VECTORS + 0x400)
#define ESR_ISV          (UINT64_C(1) << 24)
#define ESR_WNR          (UINT64_C(1) << 6)
#define ABORT            UINT64_C(0x92000000) /* From a lower EL, with IL. */
#define ABORT_EL1        UINT64_C(0x96000000)
#define FSC_TRANSLATION3 7u
#define FSC_ALIGNMENT    0x21u

#define LDR_Q0           0x3dc00000 /* [X0] */
#define STR_Q0           0x3d800000
#define LDP_Q0_Q1        0xad400400
#define LD4_POST         0x4cdf0000 /* {V0.16B-V3.16B}, [X0], #64 */
#define ST4_POST         0x4c9f0000
#define LD1_LANE         0x4d401c00 /* {V0.B}[15], [X0] */

/* The page at VA, its first bytes counted up; V0..V3 hold something else. */
static struct guest_regs *arrange(struct box *box)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->sysreg[GUEST_CPACR_EL1] = FPEN(3);
	for (unsigned i = 0; i < 128; i++)
		*(uint8_t *)machine_at(box->machine, DATA + i) = (uint8_t)i;
	for (unsigned i = 0; i < 32; i++)
		regs->v[i][0] = regs->v[i][1] = UINT64_C(0x1111111111111111) * (i % 8 + 1);
	regs->x[0] = VA;
	return regs;
}

static void assert_unchanged(const struct guest_regs *regs)
{
	for (unsigned i = 0; i < 32; i++) {
		assert_int_equal(regs->v[i][0], UINT64_C(0x1111111111111111) * (i % 8 + 1));
		assert_int_equal(regs->v[i][1], UINT64_C(0x1111111111111111) * (i % 8 + 1));
	}
}

static void every_kind_of_instruction_traps_by_cpacr(void **state)
{
	static const uint32_t insns[] = {
	        LDR_Q0,     STR_Q0, LDP_Q0_Q1, LD4_POST, LD1_LANE, 0x1c000000, /* LDR S0, . */
	        0x1e602800,                                                    /* FADD D0, D0, D0 */
	        0x1e602000,                                                    /* FCMP D0, D0 */
	        0x9e660000,                                                    /* FMOV X0, D0 */
	        0x4e208400, /* ADD V0.16B, V0.16B, V0.16B */
	        0x0e208400, /* ADD V0.8B, V0.8B, V0.8B */
	        0x4f000400, /* MOVI V0.4S, #0 */
	        0x5ee08400, /* ADD D0, D0, D0 */
	        0xd53b4401, /* MRS X1, FPCR */
	        0xd51b443f, /* MSR FPSR, XZR */
	};
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		for (unsigned fpen = 0; fpen < 4; fpen++) {
			struct guest_regs *regs = arrange(box);

			regs->sysreg[GUEST_CPACR_EL1] = FPEN(fpen);
			regs->sysreg[GUEST_ESR_EL1] = 0;
			regs->pstate = GUEST_PSTATE_RESET;
			box_run(box, &insns[i], 1);
			if (fpen & 1) {
				assert_int_equal(regs->pc, MACHINE_BASE + 4);
				continue;
			}
			assert_int_equal(regs->pc, HANDLER_SPX);
			assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x07, ISS_COND));
			assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE);
			assert_unchanged(regs);
		}
	}
}

static void el0_needs_both_bits_of_fpen(void **state)
{
	static const uint32_t fadd = 0x1e602800;
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	/* Memory as it is, so that EL0 may fetch. */
	regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET;
	for (unsigned fpen = 0; fpen < 4; fpen++) {
		regs->sysreg[GUEST_CPACR_EL1] = FPEN(fpen);
		regs->pstate = GUEST_PSTATE_EL0T;
		box_run(box, &fadd, 1);
		assert_int_equal(regs->pc, HANDLER_LOWER);
		/* EL0 has no SMC. */
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1],
		                 fpen == 3 ? ESR(0, 0) : ESR(0x07, ISS_COND));
		assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + (fpen == 3 ? 4 : 0));
	}
}

static void cpacr_takes_effect_at_once(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	regs->x[1] = 0;
	/* MSR CPACR_EL1, X1; FADD */
	RUN(box, 0xd5181041, 0x1e602800);
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 4);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x07, ISS_COND));
}

static void the_trap_comes_before_the_alignment_of_sp(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	regs->sysreg[GUEST_SCTLR_EL1] |= UINT64_C(1) << 3;
	regs->sp_el1 = VA + 8;
	/* LDR D0, [SP] */
	RUN(box, 0xfd4003e0);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x26, 0));
	regs->pstate = GUEST_PSTATE_RESET;
	regs->sysreg[GUEST_CPACR_EL1] = 0;
	regs->sp_el1 = VA + 8;
	RUN(box, 0xfd4003e0);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x07, ISS_COND));
}

/* A load of some bytes so that the last one is in the next page, which is not there. */
static void run_across(struct box *box, uint32_t insn, unsigned bytes)
{
	box->cpu.regs.x[0] = VA + 4096 - bytes + 1;
	box_run(box, &insn, 1);
}

static void a_fault_leaves_registers_and_the_base_alone(void **state)
{
	static const struct {
		uint32_t insn;
		unsigned bytes;
	} loads[] = {{LDR_Q0, 16},
	             {LDP_Q0_Q1, 32},
	             {LD4_POST, 64},
	             {0x3cc10400, 16},
	             {0xacc10400, 32}}; /* LDR and LDP, post-indexed. */
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		struct guest_regs *regs = arrange(box);

		regs->pstate = GUEST_PSTATE_RESET;
		run_across(box, loads[i].insn, loads[i].bytes);
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ABORT_EL1 | FSC_TRANSLATION3);
		assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 4096);
		assert_int_equal(regs->x[0], VA + 4096 - loads[i].bytes + 1);
		assert_unchanged(regs);
	}
}

static void a_store_that_faults_on_its_second_page_stores_nothing(void **state)
{
	static const struct {
		uint32_t insn;
		unsigned bytes;
	} stores[] = {{STR_Q0, 16}, {0xad000400, 32}, {ST4_POST, 64}};
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		struct guest_regs *regs = arrange(box);
		uint64_t last = DATA + 4096 - 64;

		regs->pstate = GUEST_PSTATE_RESET;
		memset(machine_at(box->machine, last), 0, 64);
		run_across(box, stores[i].insn, stores[i].bytes);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1],
		                 ABORT_EL1 | ESR_WNR | FSC_TRANSLATION3);
		for (unsigned j = 0; j < 64; j += 8)
			assert_int_equal(box_get(box, last + j), 0);
	}
}

static void a_stage_2_abort_has_no_syndrome_of_the_access(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t wnr;
	} accesses[] = {{LDR_Q0, 0},         {STR_Q0, ESR_WNR}, {LDP_Q0_Q1, 0},  {LD4_POST, 0},
	                {ST4_POST, ESR_WNR}, {LD1_LANE, 0},     {0xfd400000, 0}, {0xbd400000, 0},
	                {0x3d400000, 0},     {0x7d400000, 0}}; /* LDR D0, S0, B0, H0. */
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		struct guest_regs *regs = arrange(box);
		uint8_t *fault = box->machine->fault[(DATA - MACHINE_BASE) / 4096];

		fault[GUEST_READ] = fault[GUEST_WRITE] = FSC_TRANSLATION3;
		box_run(box, &accesses[i].insn, 1);
		fault[GUEST_READ] = fault[GUEST_WRITE] = 0;
		assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_ABORT);
		assert_int_equal(box->cpu.exit.esr & ~ESR_ISV,
		                 ABORT | accesses[i].wnr | FSC_TRANSLATION3);
		assert_int_equal(box->cpu.exit.esr & ESR_ISV, 0);
		assert_int_equal(box->cpu.exit.ipa, DATA);
		assert_int_equal(box->cpu.exit.far, VA);
		assert_int_equal(regs->pc, MACHINE_BASE);
		assert_int_equal(regs->x[0], VA);
		assert_unchanged(regs);
	}
}

static void alignment_is_checked_by_element(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_A;
	regs->x[0] = VA + 8;
	/* LD1 {V0.2D}, [X0] */
	RUN(box, 0x4c407c00);
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	assert_int_equal(regs->v[0][1], UINT64_C(0x1716151413121110));
	RUN(box, LDR_Q0);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ABORT_EL1 | FSC_ALIGNMENT);
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 8);
}

static void device_memory_is_not_for_what_is_not_aligned(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	box_set(box, box_slot(box, VA, 3), DATA | AF | DEVICE | PAGE);
	RUN(box, LDR_Q0);
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	regs->x[0] = VA + 8;
	RUN(box, LDR_Q0);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ABORT_EL1 | FSC_ALIGNMENT);
}

static void pages_may_be_crossed(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	box_set(box, box_slot(box, VA + 4096, 3), (DATA + 0x2000) | AF | PAGE);
	box_set(box, DATA + 4096 - 8, UINT64_C(0x0123456789abcdef));
	box_set(box, DATA + 0x2000, UINT64_C(0xfedcba9876543210));
	regs->x[0] = VA + 4096 - 8;
	/* LDR Q0, [X0]; STR Q0, [X0, #1]!; LDR Q1, [X0] */
	RUN(box, LDR_Q0, 0x3c801c00, 0x3dc00001);
	assert_int_equal(regs->v[0][0], UINT64_C(0x0123456789abcdef));
	assert_int_equal(regs->v[0][1], UINT64_C(0xfedcba9876543210));
	assert_int_equal(regs->x[0], VA + 4096 - 7);
	assert_int_equal(regs->v[1][0], regs->v[0][0]);
	assert_int_equal(regs->v[1][1], regs->v[0][1]);
}

static void control_and_status_have_the_bits_that_exist(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	regs->x[0] = UINT64_MAX;
	/* MSR FPCR, X0; MSR FPSR, X0; MRS X1, FPCR; MRS X2, FPSR */
	RUN(box, 0xd51b4400, 0xd51b4420, 0xd53b4401, 0xd53b4422);
	assert_int_equal(regs->x[1], 0x07c00000);
	assert_int_equal(regs->x[2], 0x0800009f);
	assert_int_equal(regs->fpcr, 0x07c00000);
	assert_int_equal(regs->fpsr, 0x0800009f);
}

static void id_registers_promise_fp_simd_rdm_and_dot_products(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	/* MRS X0, ID_AA64PFR0_EL1; MRS X1, ID_AA64ISAR0_EL1 */
	RUN(box, 0xd5380400, 0xd5380601);
	assert_int_equal(regs->x[0] >> 16 & 0xff, 0);
	assert_int_equal(regs->x[1] >> 28 & 0xf, 1);
	assert_int_equal(regs->x[1] >> 44 & 0xf, 1);
	/* Neither AES, SHA1, SHA2, nor SHA3, SM3, SM4, FHM. */
	assert_int_equal(regs->x[1] & 0xfff0, 0);
	assert_int_equal(regs->x[1] >> 32 & 0xfff, 0);
	assert_int_equal(regs->x[1] >> 48 & 0xf, 0);
}

static void what_is_not_promised_is_undefined(void **state)
{
	static const uint32_t insns[] = {
	        0x1ee02800,               /* FADD H0, H0, H0 */
	        0x4e401400,               /* FADD V0.8H */
	        0x4ef8a800,               /* FCVTPS V0.8H */
	        0x1ee22000,               /* FCMP H0, H0: ptype 3. */
	        0x1ea02800,               /* ptype 2. */
	        0x4e284800,               /* AESE */
	        0x5e000000,               /* SHA1C */
	        0x5e280800,               /* SHA1H */
	        0xce000000,               /* EOR3 */
	        0x0ee0e000,               /* PMULL of 64 bits. */
	        0x6e40c400,               /* FCMLA */
	        0x4e20ec00,               /* FMLAL */
	        0x1e7e0000,               /* FJCVTZS */
	        0x1e284000,               /* FRINT32Z */
	        0x0ee08400,               /* ADD V0.1D */
	        0x0e60d400,               /* FADD V0.1D */
	        0x4e008400,               /* SDOT and its kin with bytes. */
	        0x9e020000 & ~(1u << 31), /* SCVTF S0, W0, #64 */
	        0x1e602800 | 1u << 29,    /* S */
	        0x1e602800 | 1u << 31,    /* M */
	        0x3e000000,               /* Unallocated. */
	        0xecc00400,               /* LDP of no size. */
	        0x2d400000,               /* LDP S0, S0, [X0] */
	        0x7d800000,               /* STR of 256 bits. */
	        0x3c200000,               /* Atomic of an FP register. */
	        0x3c000800,               /* Unprivileged. */
	        0x0c400c00,               /* LD4 {V0.1D} */
	        0x0c411000,               /* Rm without post-index. */
	        0x0d00c000,               /* ST1R */
	        0xdc000000,               /* LDR (literal) of no size. */
	};
	struct box *box = *state;

	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		struct guest_regs *regs = arrange(box);

		regs->pstate = GUEST_PSTATE_RESET;
		regs->sysreg[GUEST_ESR_EL1] = 1;
		box_run(box, &insns[i], 1);
		if (regs->sysreg[GUEST_ESR_EL1] != ESR(0, 0))
			print_error("%08x is not UNDEFINED\n", insns[i]);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0, 0));
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_unchanged(regs);
	}
}

static void what_does_not_exist_is_undefined_even_where_fp_traps(void **state)
{
	static const uint32_t fadd_h = 0x1ee02800;
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	regs->sysreg[GUEST_CPACR_EL1] = 0;
	box_run(box, &fadd_h, 1);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0, 0));
}

static void registers_survive_an_exit(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = arrange(box);

	regs->fpcr = UINT64_C(1) << 22;
	regs->fpsr = 0x10;
	box->cpu.entry.budget = 2;
	/* FADD D2, D0, D1; FADD D3, D2, D0; FADD D4, D3, D0 */
	RUN(box, 0x1e612802, 0x1e602843, 0x1e602864);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_BUDGET);
	assert_int_equal(regs->v[2][0], UINT64_C(0x2222222222222223));
	assert_int_equal(regs->v[4][0], UINT64_C(0x5555555555555555));
	box->cpu.entry.budget = 0;
	machine_run(&box->cpu);
	assert_int_equal(regs->v[4][0], UINT64_C(0x2222222222222225));
	assert_int_equal(regs->fpcr, UINT64_C(1) << 22);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(every_kind_of_instruction_traps_by_cpacr),
	        TEST(el0_needs_both_bits_of_fpen),
	        TEST(cpacr_takes_effect_at_once),
	        TEST(the_trap_comes_before_the_alignment_of_sp),
	        TEST(a_fault_leaves_registers_and_the_base_alone),
	        TEST(a_store_that_faults_on_its_second_page_stores_nothing),
	        TEST(a_stage_2_abort_has_no_syndrome_of_the_access),
	        TEST(alignment_is_checked_by_element),
	        TEST(device_memory_is_not_for_what_is_not_aligned),
	        TEST(pages_may_be_crossed),
	        TEST(control_and_status_have_the_bits_that_exist),
	        TEST(id_registers_promise_fp_simd_rdm_and_dot_products),
	        TEST(what_is_not_promised_is_undefined),
	        TEST(what_does_not_exist_is_undefined_even_where_fp_traps),
	        TEST(registers_survive_an_exit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
