/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 1 of the A64 interpreter: walks, attributes, permissions, and the faults they end in. */
#include <stdlib.h>
#include <string.h>

#include "a64_box.h"
#include "a64_insn.h"
#include "cmocka_test.h"

/* Loads from an address; the ESR if that faults, 0 if not. */
static uint64_t load_esr(struct box *box, uint64_t va)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[1] = va;
	regs->pstate = GUEST_PSTATE_RESET | (regs->pstate & GUEST_PSTATE_PAN);
	RUN(box, LDR(0, 1));
	return regs->pc == HANDLER_SPX ? regs->sysreg[GUEST_ESR_EL1] : 0;
}

static uint64_t store_esr(struct box *box, uint64_t va)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[1] = va;
	regs->pstate = GUEST_PSTATE_RESET | (regs->pstate & GUEST_PSTATE_PAN);
	RUN(box, STR(0, 1));
	return regs->pc == HANDLER_SPX ? regs->sysreg[GUEST_ESR_EL1] : 0;
}

/* Branches to an address, where there is an SMC. */
static uint64_t fetch_esr(struct box *box, uint64_t va)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[1] = va;
	regs->pstate = GUEST_PSTATE_RESET;
	RUN(box, BR(1));
	return regs->pc == HANDLER_SPX ? regs->sysreg[GUEST_ESR_EL1] : 0;
}

/* Where the vectors are not mapped either: the ESR of the first fetch. */
static uint64_t lost_esr(struct box *box)
{
	box->cpu.regs.pc = MACHINE_BASE;
	box->cpu.entry.flush = true;
	box->cpu.entry.budget = 1;
	assert_int_equal(machine_run(&box->cpu), GUEST_EXIT_BUDGET);
	box->cpu.entry.budget = 0;
	return box->cpu.regs.sysreg[GUEST_ESR_EL1];
}

/* Runs an instruction at EL0, which needs its code mapped for it. */
static uint64_t el0_esr(struct box *box, uint32_t insn)
{
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | EL0 | READ_ONLY | VALID);
	regs->x[1] = VA;
	regs->pstate = GUEST_PSTATE_EL0T;
	RUN(box, insn, SVC(0));
	return regs->sysreg[GUEST_ESR_EL1];
}

static void a_page_is_found_where_the_tables_say(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, DATA + 0x18, 0x1122334455667788);
	regs->x[1] = VA + 0x18;
	regs->x[2] = 0xabcd;
	RUN(box, LDR(0, 1), STR(2, 1), LDR(3, 1));
	assert_int_equal(regs->x[0], 0x1122334455667788);
	assert_int_equal(regs->x[3], 0xabcd);
	assert_int_equal(box_get(box, DATA + 0x18), 0xabcd);
}

static void blocks_map_what_their_level_covers(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* 2 MiB at level 2. */
	box_set(box, box_slot(box, VA, 2), (MACHINE_BASE + 0x200000) | AF | VALID);
	box_set(box, MACHINE_BASE + 0x200000 + (VA & 0x1fffff), 77);
	assert_int_equal(load_esr(box, VA), 0);
	assert_int_equal(regs->x[0], 77);
	/* 1 GiB at level 1: the machine itself. */
	assert_int_equal(load_esr(box, MACHINE_BASE + 0x200000 + (VA & 0x1fffff)), 0);
	assert_int_equal(regs->x[0], 77);
	/* None at level 0. */
	box_set(box, box_slot(box, VA, 0), AF | VALID);
	assert_int_equal(lost_esr(box), ESR(0x21, 0x04));
}

static void translation_faults_name_the_level(void **state)
{
	for (unsigned level = 1; level < 4; level++) {
		struct box *box = *state;

		box_map(box);
		box_set(box, box_slot(box, VA, level), 0);
		assert_int_equal(load_esr(box, VA + 8), ESR(0x25, 0x04 | level));
		assert_int_equal(box->cpu.regs.sysreg[GUEST_FAR_EL1], VA + 8);
		assert_int_equal(store_esr(box, VA), ESR(0x25, 0x44 | level));
		assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x04 | level));
		assert_int_equal(box->cpu.regs.sysreg[GUEST_ELR_EL1], VA);
	}
}

static void a_reserved_page_descriptor_is_invalid(void **state)
{
	struct box *box = *state;

	box_set(box, box_slot(box, VA, 3), DATA | AF | VALID);
	assert_int_equal(load_esr(box, VA), ESR(0x25, 0x07));
}

static void addresses_outside_the_two_halves_fault_at_level_0(void **state)
{
	struct box *box = *state;

	assert_int_equal(load_esr(box, UINT64_C(1) << 48), ESR(0x25, 0x04));
	/* The upper half is disabled (EPD1). */
	assert_int_equal(load_esr(box, UINT64_C(0xffff000000000000)), ESR(0x25, 0x04));
	/* TxSZ out of range. */
	box->cpu.regs.sysreg[GUEST_TCR_EL1] |= 40;
	assert_int_equal(lost_esr(box), ESR(0x21, 0x04));
}

static void the_upper_half_uses_ttbr1(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t table = TABLES + 0x8000;

	/* T1SZ = 25: 39 bits, from level 1; one gigabyte block. */
	regs->sysreg[GUEST_TTBR1_EL1] = table;
	regs->sysreg[GUEST_TCR_EL1] = UINT64_C(5) << 32 | UINT64_C(2) << 30 | 25 << 16 | 16;
	box_set(box, table + 8 * 511, MACHINE_BASE | AF | VALID);
	box_set(box, DATA, 99);
	assert_int_equal(load_esr(box, UINT64_C(0xffffffffc0000000) + (DATA - MACHINE_BASE)), 0);
	assert_int_equal(regs->x[0], 99);
	assert_int_equal(load_esr(box, UINT64_C(0xffffff7fffffffff) & ~UINT64_C(7)),
	                 ESR(0x25, 0x04));
}

static void other_granules_work_as_well(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	/* TTBR1 by granule: TG1, shift of level 3, bits per level. */
	static const struct {
		uint64_t tg1;
		unsigned page_bits;
	} granules[] = {{1, 14}, {3, 16}};

	for (size_t i = 0; i < 2; i++) {
		unsigned bits = granules[i].page_bits, stride = bits - 3;
		uint64_t va = UINT64_C(0xffff000000000000) | VA;
		uint64_t l1 = TABLES + 0x80000, l2 = l1 + 0x10000, l3 = l1 + 0x20000;
		uint64_t page = MACHINE_BASE + 0x40000;

		/* T1SZ = 17: 47 bits, three levels of either granule. */
		memset(machine_at(box->machine, l1), 0, 0x30000);
		regs->sysreg[GUEST_TTBR1_EL1] = l1;
		regs->sysreg[GUEST_TCR_EL1] =
		        UINT64_C(5) << 32 | granules[i].tg1 << 30 | 17 << 16 | 16;
		va |= UINT64_C(0x800000000000);
		box_set(box,
		        l1 + 8 * (va >> (bits + 2 * stride) &
		                  ((UINT64_C(1) << (47 - bits - 2 * stride)) - 1)),
		        l2 | TABLE);
		box_set(box, l2 + 8 * (va >> (bits + stride) & ((1u << stride) - 1)), l3 | TABLE);
		box_set(box, l3 + 8 * (va >> bits & ((1u << stride) - 1)), page | AF | PAGE);
		box_set(box, page + (va & ((1u << bits) - 1)), 1234 + i);
		assert_int_equal(load_esr(box, va), 0);
		assert_int_equal(regs->x[0], 1234 + i);
		box_set(box, l3 + 8 * (va >> bits & ((1u << stride) - 1)), 0);
		assert_int_equal(load_esr(box, va), ESR(0x25, 0x07));
		/* Blocks: at level 2 only. */
		box_set(box, l2 + 8 * (va >> (bits + stride) & ((1u << stride) - 1)),
		        UINT64_C(0x40000000) | AF | VALID);
		box_set(box,
		        MACHINE_BASE + (va & ((UINT64_C(1) << (bits + stride)) - 1)) % MACHINE_SIZE,
		        5678);
		if ((va & ((UINT64_C(1) << (bits + stride)) - 1)) < MACHINE_SIZE) {
			assert_int_equal(load_esr(box, va), 0);
			assert_int_equal(regs->x[0], 5678);
		}
		box_set(box,
		        l1 + 8 * (va >> (bits + 2 * stride) &
		                  ((UINT64_C(1) << (47 - bits - 2 * stride)) - 1)),
		        AF | VALID);
		assert_int_equal(load_esr(box, va), ESR(0x25, 0x05));
	}
}

static void a_tag_is_ignored_where_tbi_is_set(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, DATA, 4711);
	assert_int_equal(load_esr(box, VA | UINT64_C(0x5a) << 56), ESR(0x25, 0x04));
	regs->sysreg[GUEST_TCR_EL1] |= UINT64_C(1) << 37;
	assert_int_equal(load_esr(box, VA | UINT64_C(0x5a) << 56), 0);
	assert_int_equal(regs->x[0], 4711);
	/* The PC does not keep it. */
	regs->x[1] = (MACHINE_BASE + 0x40) | UINT64_C(0x5a) << 56;
	machine_code(box->machine, MACHINE_BASE + 0x40, INSNS(SMC(3)));
	RUN(box, BR(1));
	assert_int_equal(regs->pc, MACHINE_BASE + 0x40);
}

static void an_access_flag_that_is_clear_faults(void **state)
{
	struct box *box = *state;

	box_set(box, box_slot(box, VA, 3), DATA | PAGE);
	assert_int_equal(load_esr(box, VA), ESR(0x25, 0x0b));
	box_set(box, box_slot(box, VA, 2), MACHINE_BASE | VALID);
	assert_int_equal(store_esr(box, VA), ESR(0x25, 0x4a));
}

static void permissions_of_el1(void **state)
{
	struct box *box = *state;

	box_set(box, box_slot(box, VA, 3), DATA | AF | READ_ONLY | PAGE);
	assert_int_equal(load_esr(box, VA), 0);
	assert_int_equal(store_esr(box, VA), ESR(0x25, 0x4f));
	machine_code(box->machine, DATA, INSNS(SMC(1)));
	assert_int_equal(fetch_esr(box, VA), 0);
	box_set(box, box_slot(box, VA, 3), DATA | AF | PXN | PAGE);
	assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x0f));
	/* What EL0 can write EL1 does not execute. */
	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x0f));
}

static void permissions_of_el0(void **state)
{
	struct box *box = *state;

	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x24, 0x0f));
	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x15, 0));
	assert_int_equal(el0_esr(box, STR(0, 1)), ESR(0x15, 0));
	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | READ_ONLY | PAGE);
	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x15, 0));
	assert_int_equal(el0_esr(box, STR(0, 1)), ESR(0x24, 0x4f));
	machine_code(box->machine, DATA, INSNS(SVC(5)));
	assert_int_equal(el0_esr(box, BR(1)), ESR(0x15, 5));
	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | UXN | PAGE);
	assert_int_equal(el0_esr(box, BR(1)), ESR(0x20, 0x0f));
}

static void wxn_makes_writable_pages_not_executable(void **state)
{
	struct box *box = *state;

	box->cpu.regs.sysreg[GUEST_SCTLR_EL1] |= SCTLR_WXN;
	box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | READ_ONLY | VALID);
	machine_code(box->machine, DATA, INSNS(SMC(1)));
	assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x0f));
	box_set(box, box_slot(box, VA, 3), DATA | AF | READ_ONLY | PAGE);
	assert_int_equal(fetch_esr(box, VA), 0);
}

static void pan_keeps_el1_out_of_pages_of_el0(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	regs->x[1] = VA;
	/* The page is cached when PAN is set. */
	RUN(box, LDR(0, 1), MSR_PAN(1), LDR(0, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x0f));
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 8);
	/* Unprivileged accesses are what PAN wants. */
	regs->pstate = GUEST_PSTATE_RESET | GUEST_PSTATE_PAN;
	RUN(box, LDTR(0, 1), STTR(0, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
}

static void unprivileged_accesses_have_the_permissions_of_el0(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[1] = VA;
	RUN(box, LDR(0, 1), LDTR(0, 1));
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 4);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x0f));
}

static void tables_restrict_what_is_below_them(void **state)
{
	struct box *box = *state;
	uint64_t table = box_slot(box, VA, 1);
	uint64_t next = box->table[2] | TABLE;

	machine_code(box->machine, DATA, INSNS(SMC(1)));
	box_set(box, table, next | NO_WRITE);
	assert_int_equal(store_esr(box, VA), ESR(0x25, 0x4f));
	assert_int_equal(load_esr(box, VA), 0);
	box_set(box, table, next | PXN_TABLE);
	assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x0f));
	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	box_set(box, table, next | NO_EL0);
	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x24, 0x0f));
	box_set(box, table, next | UXN_TABLE);
	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x15, 0));
	assert_int_equal(el0_esr(box, BR(1)), ESR(0x20, 0x0f));
}

static void output_addresses_are_as_wide_as_ips_says(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* 32 bits. */
	regs->sysreg[GUEST_TCR_EL1] &= ~(UINT64_C(7) << 32);
	box_set(box, box_slot(box, VA, 3), UINT64_C(1) << 32 | AF | PAGE);
	assert_int_equal(load_esr(box, VA), ESR(0x25, 0x03));
	box_set(box, box_slot(box, VA, 2), UINT64_C(1) << 33 | TABLE);
	assert_int_equal(load_esr(box, VA), ESR(0x25, 0x02));
}

static void addresses_beyond_the_ipa_space_are_faults_of_stage_1(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, VA, 3), MACHINE_IPA_TOP | AF | PAGE);
	assert_int_equal(load_esr(box, VA), ESR(0x25, 0x03));
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA);
	/* MMU off: level 0, for an IPA that is too large and for one that is no address. */
	regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET;
	assert_int_equal(load_esr(box, MACHINE_IPA_TOP), ESR(0x25, 0x00));
	assert_int_equal(store_esr(box, UINT64_C(1) << 48), ESR(0x25, 0x40));
	assert_int_equal(fetch_esr(box, MACHINE_IPA_TOP), ESR(0x21, 0x00));
}

static void a_walk_that_stage_2_refuses_is_an_abort_of_the_walk(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t outside = UINT64_C(0x10000000); /* No memory there. */

	box_set(box, box_slot(box, VA, 2), outside | TABLE);
	regs->x[1] = VA + 8;
	RUN(box, STR(0, 1));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_ABORT);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, 0x80 | 0x06));
	assert_int_equal(box->cpu.exit.far, VA + 8);
	assert_int_equal(box->cpu.exit.ipa, outside + 8 * (VA >> 12 & 511));
	assert_int_equal(regs->pc, MACHINE_BASE);
	RUN(box, BR(1));
	assert_int_equal(box->cpu.exit.esr, ESR(0x20, 0x80 | 0x06));
	assert_int_equal(regs->pc, VA + 8);
}

static void device_memory_must_be_accessed_aligned(void **state)
{
	struct box *box = *state;

	assert_int_equal(load_esr(box, VA + 3), 0);
	box_set(box, box_slot(box, VA, 3), DATA | DEVICE | AF | PAGE);
	assert_int_equal(load_esr(box, VA + 3), ESR(0x25, 0x21));
	assert_int_equal(load_esr(box, VA + 8), 0);
	box->cpu.regs.x[1] = VA;
	RUN(box, MSR(SYS_DC_ZVA, 1));
	assert_int_equal(box->cpu.regs.sysreg[GUEST_ESR_EL1], ESR(0x25, 0x61));
	/* SCTLR_EL1.A asks it of Normal memory, too. */
	box_map(box);
	box->cpu.regs.sysreg[GUEST_SCTLR_EL1] |= SCTLR_A;
	assert_int_equal(store_esr(box, VA + 4), ESR(0x25, 0x61));
}

static void accesses_may_span_two_pages(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* The next page is elsewhere. */
	box_set(box, box_slot(box, VA + 0x1000, 3), (DATA + 0x5000) | AF | PAGE);
	box_set(box, DATA + 0xff8, 0x8877665544332211);
	box_set(box, DATA + 0x5000, 0x00ffeeddccbbaa99);
	assert_int_equal(load_esr(box, VA + 0xffd), 0);
	assert_int_equal(regs->x[0], UINT64_C(0xddccbbaa99887766));
	regs->x[0] = 0x0102030405060708;
	assert_int_equal(store_esr(box, VA + 0xffd), 0);
	assert_int_equal(box_get(box, DATA + 0xff8), 0x0607085544332211);
	assert_int_equal(box_get(box, DATA + 0x5000), 0x00ffee0102030405);
	/* A pair whose second register is in the second page. */
	regs->x[1] = VA + 0xff8;
	RUN(box, LDP(2, 3, 1));
	assert_int_equal(regs->x[2], 0x0607085544332211);
	assert_int_equal(regs->x[3], 0x00ffee0102030405);
}

static void a_fault_on_the_second_page_changes_nothing(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t offset;
	} cases[] = {
	        {LDR(2, 1), 0xffc},      {STR(2, 1), 0xffc},    {LDP_POST(2, 3, 1), 0xff8},
	        {STP(2, 3, 1), 0xff8},   {STP(2, 3, 1), 0xff4}, {STR_PRE(2, 1), 0xff4},
	        {LDR_POST(2, 1), 0xffc},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		box_set(box, DATA + 0xff0, 5);
		box_set(box, DATA + 0xff8, 6);
		regs->x[1] = VA + cases[i].offset;
		regs->x[2] = 7;
		regs->x[3] = 8;
		regs->pstate = GUEST_PSTATE_RESET;
		box_run(box, &cases[i].insn, 1);
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 0x1000);
		assert_int_equal(regs->x[1], VA + cases[i].offset);
		assert_int_equal(regs->x[2], 7);
		assert_int_equal(regs->x[3], 8);
		assert_int_equal(box_get(box, DATA + 0xff0), 5);
		assert_int_equal(box_get(box, DATA + 0xff8), 6);
	}
}

static void at_reports_address_attributes_and_faults(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, VA, 3), DATA | AF | READ_ONLY | UINT64_C(3) << 8 | PAGE);
	regs->x[1] = VA + 0x123;
	RUN(box, MSR(SYS_AT_S1E1R, 1), MRS(2, SYS_PAR_EL1), MSR(SYS_AT_S1E1W, 1),
	    MRS(3, SYS_PAR_EL1), MSR(SYS_AT_S1E0R, 1), MRS(4, SYS_PAR_EL1));
	assert_int_equal(regs->x[2], UINT64_C(0xff) << 56 | DATA | 1 << 11 | 3 << 7);
	assert_int_equal(regs->x[3], 1 << 11 | 0x0f << 1 | 1);
	assert_int_equal(regs->x[4], 1 << 11 | 0x0f << 1 | 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_page_is_found_where_the_tables_say),
	        TEST(blocks_map_what_their_level_covers),
	        TEST(translation_faults_name_the_level),
	        TEST(a_reserved_page_descriptor_is_invalid),
	        TEST(addresses_outside_the_two_halves_fault_at_level_0),
	        TEST(the_upper_half_uses_ttbr1),
	        TEST(other_granules_work_as_well),
	        TEST(a_tag_is_ignored_where_tbi_is_set),
	        TEST(an_access_flag_that_is_clear_faults),
	        TEST(permissions_of_el1),
	        TEST(permissions_of_el0),
	        TEST(wxn_makes_writable_pages_not_executable),
	        TEST(pan_keeps_el1_out_of_pages_of_el0),
	        TEST(unprivileged_accesses_have_the_permissions_of_el0),
	        TEST(tables_restrict_what_is_below_them),
	        TEST(output_addresses_are_as_wide_as_ips_says),
	        TEST(addresses_beyond_the_ipa_space_are_faults_of_stage_1),
	        TEST(a_walk_that_stage_2_refuses_is_an_abort_of_the_walk),
	        TEST(device_memory_must_be_accessed_aligned),
	        TEST(accesses_may_span_two_pages),
	        TEST(a_fault_on_the_second_page_changes_nothing),
	        TEST(at_reports_address_attributes_and_faults),
	};

	return cmocka_run_group_tests_name("a64_stage1", tests, NULL, NULL);
}
