/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 1 of the A64 interpreter, and when it forgets what it has cached. */
#include <stdlib.h>
#include <string.h>

#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"

/* Tables and vectors live here; code runs at the start of memory, mapped where it is. */
#define TABLES       (MACHINE_BASE + 0x100000)
#define VECTORS      (MACHINE_BASE + 0x1000)
#define HANDLER_SPX  (VECTORS + 0x200)
#define DATA         (MACHINE_BASE + 0x8000)

/* The page under test, at a VA that is not its IPA. */
#define VA           UINT64_C(0x12345000)

#define ESR(ec, iss) (UINT64_C(ec) << 26 | UINT64_C(1) << 25 | (iss))

#define SCTLR_M      (UINT64_C(1) << 0)
#define SCTLR_A      (UINT64_C(1) << 1)
#define SCTLR_WXN    (UINT64_C(1) << 19)

#define VALID        UINT64_C(1)
#define TABLE        UINT64_C(3)
#define PAGE         UINT64_C(3)
#define DEVICE       (UINT64_C(1) << 2) /* Attribute 1. */
#define EL0          (UINT64_C(1) << 6)
#define READ_ONLY    (UINT64_C(1) << 7)
#define AF           (UINT64_C(1) << 10)
#define PXN          (UINT64_C(1) << 53)
#define UXN          (UINT64_C(1) << 54)
#define PXN_TABLE    (UINT64_C(1) << 59)
#define UXN_TABLE    (UINT64_C(1) << 60)
#define NO_EL0       (UINT64_C(1) << 61)
#define NO_WRITE     (UINT64_C(1) << 62)

struct box {
	struct machine *machine;
	struct machine_cpu cpu;
	/* Tables of the walk to VA, levels 0 to 3, granule of 4 KiB. */
	uint64_t table[4];
};

static void set(struct box *box, uint64_t ipa, uint64_t value)
{
	memcpy(machine_at(box->machine, ipa), &value, sizeof(value));
}

static uint64_t get(struct box *box, uint64_t ipa)
{
	uint64_t value;

	memcpy(&value, machine_at(box->machine, ipa), sizeof(value));
	return value;
}

/* Address of the descriptor for a VA in one of the tables. */
static uint64_t slot(const struct box *box, uint64_t va, unsigned level)
{
	return box->table[level] + 8 * (va >> (39 - 9 * level) & 511);
}

/* A four level walk to VA, and a block for all of memory. */
static void map(struct box *box)
{
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned level = 0; level < 4; level++)
		box->table[level] = TABLES + 0x1000 * level;
	for (unsigned level = 0; level < 3; level++)
		set(box, slot(box, VA, level), box->table[level + 1] | TABLE);
	set(box, slot(box, VA, 3), DATA | AF | PAGE);
	set(box, slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | VALID);
	regs->sysreg[GUEST_TTBR0_EL1] = box->table[0];
	regs->sysreg[GUEST_TCR_EL1] = UINT64_C(5) << 32 | UINT64_C(1) << 23 | 16;
	regs->sysreg[GUEST_MAIR_EL1] = 0x00ff;
	regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | SCTLR_M;
}

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
	map(box);
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

/* Runs instructions at the start of memory without a flush; SMC #0 ends them. */
static struct guest_regs *go_on(struct box *box, const uint32_t *insns, size_t count)
{
	uint32_t end = SMC(0);

	machine_code(box->machine, MACHINE_BASE, insns, count);
	machine_code(box->machine, MACHINE_BASE + 4 * count, &end, 1);
	box->cpu.regs.pc = MACHINE_BASE;
	machine_run(&box->cpu);
	return &box->cpu.regs;
}

/* The same, with a flush. */
static struct guest_regs *run(struct box *box, const uint32_t *insns, size_t count)
{
	box->cpu.entry.flush = true;
	go_on(box, insns, count);
	box->cpu.entry.flush = false;
	return &box->cpu.regs;
}

#define INSNS(...)                                                                                 \
	(const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)
#define RUN(box, ...) run(box, INSNS(__VA_ARGS__))

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

	set(box, slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | EL0 | READ_ONLY | VALID);
	regs->x[1] = VA;
	regs->pstate = GUEST_PSTATE_EL0T;
	RUN(box, insn, SVC(0));
	return regs->sysreg[GUEST_ESR_EL1];
}

static void a_page_is_found_where_the_tables_say(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	set(box, DATA + 0x18, 0x1122334455667788);
	regs->x[1] = VA + 0x18;
	regs->x[2] = 0xabcd;
	RUN(box, LDR(0, 1), STR(2, 1), LDR(3, 1));
	assert_int_equal(regs->x[0], 0x1122334455667788);
	assert_int_equal(regs->x[3], 0xabcd);
	assert_int_equal(get(box, DATA + 0x18), 0xabcd);
}

static void blocks_map_what_their_level_covers(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* 2 MiB at level 2. */
	set(box, slot(box, VA, 2), (MACHINE_BASE + 0x200000) | AF | VALID);
	set(box, MACHINE_BASE + 0x200000 + (VA & 0x1fffff), 77);
	assert_int_equal(load_esr(box, VA), 0);
	assert_int_equal(regs->x[0], 77);
	/* 1 GiB at level 1: the machine itself. */
	assert_int_equal(load_esr(box, MACHINE_BASE + 0x200000 + (VA & 0x1fffff)), 0);
	assert_int_equal(regs->x[0], 77);
	/* None at level 0. */
	set(box, slot(box, VA, 0), AF | VALID);
	assert_int_equal(lost_esr(box), ESR(0x21, 0x04));
}

static void translation_faults_name_the_level(void **state)
{
	for (unsigned level = 1; level < 4; level++) {
		struct box *box = *state;

		map(box);
		set(box, slot(box, VA, level), 0);
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

	set(box, slot(box, VA, 3), DATA | AF | VALID);
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
	set(box, table + 8 * 511, MACHINE_BASE | AF | VALID);
	set(box, DATA, 99);
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
		set(box,
		    l1 + 8 * (va >> (bits + 2 * stride) &
		              ((UINT64_C(1) << (47 - bits - 2 * stride)) - 1)),
		    l2 | TABLE);
		set(box, l2 + 8 * (va >> (bits + stride) & ((1u << stride) - 1)), l3 | TABLE);
		set(box, l3 + 8 * (va >> bits & ((1u << stride) - 1)), page | AF | PAGE);
		set(box, page + (va & ((1u << bits) - 1)), 1234 + i);
		assert_int_equal(load_esr(box, va), 0);
		assert_int_equal(regs->x[0], 1234 + i);
		set(box, l3 + 8 * (va >> bits & ((1u << stride) - 1)), 0);
		assert_int_equal(load_esr(box, va), ESR(0x25, 0x07));
		/* Blocks: at level 2 only. */
		set(box, l2 + 8 * (va >> (bits + stride) & ((1u << stride) - 1)),
		    UINT64_C(0x40000000) | AF | VALID);
		set(box,
		    MACHINE_BASE + (va & ((UINT64_C(1) << (bits + stride)) - 1)) % MACHINE_SIZE,
		    5678);
		if ((va & ((UINT64_C(1) << (bits + stride)) - 1)) < MACHINE_SIZE) {
			assert_int_equal(load_esr(box, va), 0);
			assert_int_equal(regs->x[0], 5678);
		}
		set(box,
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

	set(box, DATA, 4711);
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

	set(box, slot(box, VA, 3), DATA | PAGE);
	assert_int_equal(load_esr(box, VA), ESR(0x25, 0x0b));
	set(box, slot(box, VA, 2), MACHINE_BASE | VALID);
	assert_int_equal(store_esr(box, VA), ESR(0x25, 0x4a));
}

static void permissions_of_el1(void **state)
{
	struct box *box = *state;

	set(box, slot(box, VA, 3), DATA | AF | READ_ONLY | PAGE);
	assert_int_equal(load_esr(box, VA), 0);
	assert_int_equal(store_esr(box, VA), ESR(0x25, 0x4f));
	machine_code(box->machine, DATA, INSNS(SMC(1)));
	assert_int_equal(fetch_esr(box, VA), 0);
	set(box, slot(box, VA, 3), DATA | AF | PXN | PAGE);
	assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x0f));
	/* What EL0 can write EL1 does not execute. */
	set(box, slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x0f));
}

static void permissions_of_el0(void **state)
{
	struct box *box = *state;

	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x24, 0x0f));
	set(box, slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x15, 0));
	assert_int_equal(el0_esr(box, STR(0, 1)), ESR(0x15, 0));
	set(box, slot(box, VA, 3), DATA | AF | EL0 | READ_ONLY | PAGE);
	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x15, 0));
	assert_int_equal(el0_esr(box, STR(0, 1)), ESR(0x24, 0x4f));
	machine_code(box->machine, DATA, INSNS(SVC(5)));
	assert_int_equal(el0_esr(box, BR(1)), ESR(0x15, 5));
	set(box, slot(box, VA, 3), DATA | AF | EL0 | UXN | PAGE);
	assert_int_equal(el0_esr(box, BR(1)), ESR(0x20, 0x0f));
}

static void wxn_makes_writable_pages_not_executable(void **state)
{
	struct box *box = *state;

	box->cpu.regs.sysreg[GUEST_SCTLR_EL1] |= SCTLR_WXN;
	set(box, slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | READ_ONLY | VALID);
	machine_code(box->machine, DATA, INSNS(SMC(1)));
	assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x0f));
	set(box, slot(box, VA, 3), DATA | AF | READ_ONLY | PAGE);
	assert_int_equal(fetch_esr(box, VA), 0);
}

static void pan_keeps_el1_out_of_pages_of_el0(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	set(box, slot(box, VA, 3), DATA | AF | EL0 | PAGE);
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
	uint64_t table = slot(box, VA, 1);
	uint64_t next = box->table[2] | TABLE;

	machine_code(box->machine, DATA, INSNS(SMC(1)));
	set(box, table, next | NO_WRITE);
	assert_int_equal(store_esr(box, VA), ESR(0x25, 0x4f));
	assert_int_equal(load_esr(box, VA), 0);
	set(box, table, next | PXN_TABLE);
	assert_int_equal(fetch_esr(box, VA), ESR(0x21, 0x0f));
	set(box, slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	set(box, table, next | NO_EL0);
	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x24, 0x0f));
	set(box, table, next | UXN_TABLE);
	assert_int_equal(el0_esr(box, LDR(0, 1)), ESR(0x15, 0));
	assert_int_equal(el0_esr(box, BR(1)), ESR(0x20, 0x0f));
}

static void output_addresses_are_as_wide_as_ips_says(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* 32 bits. */
	regs->sysreg[GUEST_TCR_EL1] &= ~(UINT64_C(7) << 32);
	set(box, slot(box, VA, 3), UINT64_C(1) << 32 | AF | PAGE);
	assert_int_equal(load_esr(box, VA), ESR(0x25, 0x03));
	set(box, slot(box, VA, 2), UINT64_C(1) << 33 | TABLE);
	assert_int_equal(load_esr(box, VA), ESR(0x25, 0x02));
}

static void addresses_beyond_the_ipa_space_are_faults_of_stage_1(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	set(box, slot(box, VA, 3), MACHINE_IPA_TOP | AF | PAGE);
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

	set(box, slot(box, VA, 2), outside | TABLE);
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
	set(box, slot(box, VA, 3), DATA | DEVICE | AF | PAGE);
	assert_int_equal(load_esr(box, VA + 3), ESR(0x25, 0x21));
	assert_int_equal(load_esr(box, VA + 8), 0);
	box->cpu.regs.x[1] = VA;
	RUN(box, MSR(SYS_DC_ZVA, 1));
	assert_int_equal(box->cpu.regs.sysreg[GUEST_ESR_EL1], ESR(0x25, 0x61));
	/* SCTLR_EL1.A asks it of Normal memory, too. */
	map(box);
	box->cpu.regs.sysreg[GUEST_SCTLR_EL1] |= SCTLR_A;
	assert_int_equal(store_esr(box, VA + 4), ESR(0x25, 0x61));
}

static void accesses_may_span_two_pages(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* The next page is elsewhere. */
	set(box, slot(box, VA + 0x1000, 3), (DATA + 0x5000) | AF | PAGE);
	set(box, DATA + 0xff8, 0x8877665544332211);
	set(box, DATA + 0x5000, 0x00ffeeddccbbaa99);
	assert_int_equal(load_esr(box, VA + 0xffd), 0);
	assert_int_equal(regs->x[0], UINT64_C(0xddccbbaa99887766));
	regs->x[0] = 0x0102030405060708;
	assert_int_equal(store_esr(box, VA + 0xffd), 0);
	assert_int_equal(get(box, DATA + 0xff8), 0x0607085544332211);
	assert_int_equal(get(box, DATA + 0x5000), 0x00ffee0102030405);
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
		set(box, DATA + 0xff0, 5);
		set(box, DATA + 0xff8, 6);
		regs->x[1] = VA + cases[i].offset;
		regs->x[2] = 7;
		regs->x[3] = 8;
		regs->pstate = GUEST_PSTATE_RESET;
		run(box, &cases[i].insn, 1);
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 0x1000);
		assert_int_equal(regs->x[1], VA + cases[i].offset);
		assert_int_equal(regs->x[2], 7);
		assert_int_equal(regs->x[3], 8);
		assert_int_equal(get(box, DATA + 0xff0), 5);
		assert_int_equal(get(box, DATA + 0xff8), 6);
	}
}

static void at_reports_address_attributes_and_faults(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	set(box, slot(box, VA, 3), DATA | AF | READ_ONLY | UINT64_C(3) << 8 | PAGE);
	regs->x[1] = VA + 0x123;
	RUN(box, MSR(SYS_AT_S1E1R, 1), MRS(2, SYS_PAR_EL1), MSR(SYS_AT_S1E1W, 1),
	    MRS(3, SYS_PAR_EL1), MSR(SYS_AT_S1E0R, 1), MRS(4, SYS_PAR_EL1));
	assert_int_equal(regs->x[2], UINT64_C(0xff) << 56 | DATA | 1 << 11 | 3 << 7);
	assert_int_equal(regs->x[3], 1 << 11 | 0x0f << 1 | 1);
	assert_int_equal(regs->x[4], 1 << 11 | 0x0f << 1 | 1);
}

static void nothing_cached_survives_an_entry_with_flush(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	set(box, DATA, 1);
	set(box, DATA + 0x5000, 2);
	regs->x[1] = VA;
	RUN(box, LDR(0, 1));
	set(box, slot(box, VA, 3), (DATA + 0x5000) | AF | PAGE);
	go_on(box, INSNS(LDR(0, 1)));
	assert_int_equal(regs->x[0], 1);
	RUN(box, LDR(0, 1));
	assert_int_equal(regs->x[0], 2);
}

/* Loads through a cached translation that the tables no more have, then does something, loads. */
static uint64_t load_after(struct box *box, uint32_t insn)
{
	struct guest_regs *regs = &box->cpu.regs;

	map(box);
	set(box, DATA, 1);
	set(box, DATA + 0x5000, 2);
	regs->x[1] = VA;
	regs->x[4] = slot(box, VA, 3);
	regs->x[5] = (DATA + 0x5000) | AF | PAGE;
	RUN(box, LDR(0, 1), STR(5, 4), LDR(2, 1), insn, LDR(0, 1));
	assert_int_equal(regs->x[2], 1);
	return regs->x[0];
}

static void tlb_maintenance_forgets(void **state)
{
	struct box *box = *state;

	assert_int_equal(load_after(box, NOP), 1);
	assert_int_equal(load_after(box, MSR(SYS_TLBI_VMALLE1, XZR)), 2);
	assert_int_equal(box->cpu.broadcasts, 0);
	assert_int_equal(load_after(box, MSR(SYS_TLBI_VMALLE1IS, XZR)), 2);
	assert_int_equal(box->cpu.broadcasts, 1);
	assert_int_equal(load_after(box, MSR(SYS_TLBI_VAE1IS, 1)), 2);
	assert_int_equal(box->cpu.broadcasts, 2);
}

static void another_vcpu_or_another_pe_finds_nothing_cached(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	struct machine_cpu other;
	void *pe = box->cpu.pe;

	set(box, DATA, 1);
	set(box, DATA + 0x5000, 2);
	regs->x[1] = VA;
	RUN(box, LDR(0, 1));
	set(box, slot(box, VA, 3), (DATA + 0x5000) | AF | PAGE);
	/* Another vCPU on this PE. */
	box->cpu.vcpu.id = 2;
	go_on(box, INSNS(LDR(0, 1)));
	assert_int_equal(regs->x[0], 2);
	/* There and back: meanwhile the translation was changed elsewhere. */
	machine_add_cpu(box->machine, &other, 3);
	box->cpu.pe = other.pe;
	go_on(box, INSNS(LDR(0, 1)));
	set(box, slot(box, VA, 3), DATA | AF | PAGE);
	box->cpu.pe = pe;
	go_on(box, INSNS(LDR(0, 1)));
	assert_int_equal(regs->x[0], 1);
	machine_remove_cpu(&other);
}

static void a_flush_request_is_acknowledged_after_everything_is_dropped(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	set(box, DATA, 1);
	regs->x[1] = VA;
	RUN(box, LDR(0, 1));
	/* Stage 2 moves the page. */
	box->machine->frame[(DATA - MACHINE_BASE) / 4096] += 16;
	set(box, DATA, 2);
	atomic_fetch_or(&box->cpu.vcpu.requests, GUEST_REQUEST_FLUSH);
	go_on(box, INSNS(LDR(0, 1)));
	assert_int_equal(regs->x[0], 2);
	assert_int_equal(box->cpu.flushed, 1);
	assert_int_equal(atomic_load(&box->cpu.vcpu.requests), 0);
}

static void a_lookup_that_says_flush_drops_what_came_before(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	unsigned page = (DATA - MACHINE_BASE) / 4096;

	set(box, slot(box, VA + 0x1000, 3), (DATA + 0x1000) | AF | PAGE);
	set(box, DATA, 1);
	regs->x[1] = VA;
	regs->x[2] = VA;
	RUN(box, LDR(0, 1), LDR(3, 2), LDR(4, 1));
	box->machine->frame[page] += 16;
	set(box, DATA, 2);
	box->machine->flush_once[page + 1] = true;
	regs->x[2] = VA + 0x1000;
	go_on(box, INSNS(LDR(0, 1), LDR(3, 2), LDR(4, 1)));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(regs->x[0], 1);
	assert_int_equal(regs->x[4], 2);
}

static void a_flush_forgets_few_pages_and_many(void **state)
{
	static const uint64_t numbers[] = {3, 64, 65, 66, 300, 700};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	const uint64_t first = MACHINE_BASE + 0x400000;
	const uint64_t page = (first - MACHINE_BASE) / 4096;
	/* X0 += each page's word, X2 pages from X1 on; X4 = 4096. */
	const uint32_t code[] = {LDR(3, 1), 0x8b030000 /* ADD X0, X0, X3 */,
	                         0x8b040021 /* ADD X1, X1, X4 */, SUB(2, 2, 1), CBNZ(2, -4)};

	for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
		for (unsigned round = 0; round < 2; round++) {
			for (uint64_t i = 0; i < numbers[n]; i++) {
				/* Somewhere else in the second round. */
				box->machine->frame[page + i] = (uint32_t)(page + i + 1024 * round);
				set(box, first + 4096 * i, 1 + round);
			}
			regs->x[0] = 0;
			regs->x[1] = first;
			regs->x[2] = numbers[n];
			regs->x[4] = 4096;
			run(box, code, 5);
			assert_int_equal(regs->x[0], numbers[n] * (1 + round));
		}
	}
}

/* Code that stores an instruction over a later one, then does what it is told, and goes there. */
static uint64_t patch(struct box *box, uint32_t a, uint32_t b, uint32_t c)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[1] = MACHINE_BASE + 0x40;
	regs->x[2] = MOVZ(0, 2);
	machine_code(box->machine, MACHINE_BASE + 0x40, INSNS(MOVZ(0, 1), RET));
	/* Once before, so that it is decoded. */
	regs->x[30] = MACHINE_BASE + 4;
	RUN(box, BR(1), STRW(2, 1), a, b, c, SUB(30, 1, 0x40 - 32), BR(1), NOP);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	return regs->x[0];
}

static void new_code_is_seen_after_ic_and_isb(void **state)
{
	struct box *box = *state;

	assert_int_equal(patch(box, MSR(SYS_DC_CVAU, 1), MSR(SYS_IC_IVAU, 1), ISB), 2);
	assert_int_equal(patch(box, MSR(SYS_IC_IALLU, XZR), DSB_ISH, ISB), 2);
}

static void other_pes_hear_of_new_code_with_the_barrier(void **state)
{
	struct box *box = *state;

	patch(box, MSR(SYS_IC_IVAU, 1), NOP, NOP);
	/* Without a barrier: when the vCPU leaves. */
	assert_int_equal(box->cpu.broadcasts, 1);
	patch(box, MSR(SYS_IC_IVAU, 1), MSR(SYS_IC_IVAU, 1), DSB_ISH);
	assert_int_equal(box->cpu.broadcasts, 2);
}

static void code_is_compared_when_its_page_is_looked_up_again(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	RUN(box, MOVZ(0, 1));
	assert_int_equal(regs->x[0], 1);
	RUN(box, MOVZ(0, 2));
	assert_int_equal(regs->x[0], 2);
	/* The same host page again, after a page of another vCPU. */
	machine_code(box->machine, MACHINE_BASE, INSNS(MOVZ(0, 3)));
	box->cpu.vcpu.id = 9;
	regs->pc = MACHINE_BASE;
	machine_run(&box->cpu);
	assert_int_equal(regs->x[0], 3);
}

static void more_code_than_the_cache_holds_is_run_correctly(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	const uint64_t first = MACHINE_BASE + 0x200000;
	const unsigned pages = 700;

	/* A chain of pages, each of which adds one and branches to the next; twice. */
	for (unsigned i = 0; i < pages; i++)
		machine_code(box->machine, first + i * 4096ull,
		             INSNS(ADD(0, 0, 1), B(i + 1 < pages ? 1023 : 1), SUB(1, 1, 1),
		                   CBNZ(1, 2), SMC(5), BR(2)));
	regs->x[2] = first;
	regs->x[0] = 0;
	regs->x[1] = 2;
	regs->pc = first;
	box->cpu.entry.flush = true;
	machine_run(&box->cpu);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(regs->x[0], 2 * pages);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
	        TEST(nothing_cached_survives_an_entry_with_flush),
	        TEST(tlb_maintenance_forgets),
	        TEST(another_vcpu_or_another_pe_finds_nothing_cached),
	        TEST(a_flush_request_is_acknowledged_after_everything_is_dropped),
	        TEST(a_lookup_that_says_flush_drops_what_came_before),
	        TEST(a_flush_forgets_few_pages_and_many),
	        TEST(new_code_is_seen_after_ic_and_isb),
	        TEST(other_pes_hear_of_new_code_with_the_barrier),
	        TEST(code_is_compared_when_its_page_is_looked_up_again),
	        TEST(more_code_than_the_cache_holds_is_run_correctly),
	};

	return cmocka_run_group_tests_name("a64_mmu", tests, NULL, NULL);
}
