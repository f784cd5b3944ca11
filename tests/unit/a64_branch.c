/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Conditional branches: one within the page and one beyond it are executed by different code, and
 * decide the same, as the condition says.
 */
#include <stdlib.h>

#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"

/* Where the branches lead, in words from their own address, which is 4. */
#define NEAR 0x40
#define FAR  0x1000

struct box {
	struct machine *machine;
	struct machine_cpu cpu;
};

static int setup(void **state)
{
	struct box *box = calloc(1, sizeof(*box));
	const uint32_t end[] = {SMC(0)};

	assert_non_null(box);
	box->machine = machine_create();
	assert_non_null(box->machine);
	machine_add_cpu(box->machine, &box->cpu, 1);
	assert_non_null(box->cpu.pe);
	machine_code(box->machine, MACHINE_BASE + 4 + 4 * NEAR, end, 1);
	machine_code(box->machine, MACHINE_BASE + 4 + 4 * FAR, end, 1);
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

/* @return whether the branch is taken */
static bool is_taken(struct box *box, uint32_t insn, uint32_t words, uint32_t flags, uint64_t x2)
{
	const uint32_t insns[] = {NOP, insn | words << 5, SMC(0)};
	struct guest_regs *regs = &box->cpu.regs;

	machine_code(box->machine, MACHINE_BASE, insns, 3);
	regs->x[2] = x2;
	regs->pc = MACHINE_BASE;
	regs->pstate = GUEST_PSTATE_RESET | (uint64_t)flags << 28;
	box->cpu.entry.flush = true;
	assert_int_equal(machine_run(&box->cpu), GUEST_EXIT_SMC);
	if (regs->pc == MACHINE_BASE + 8)
		return false;
	assert_int_equal(regs->pc, MACHINE_BASE + 4 + 4 * words);
	return true;
}

static void assert_branches(struct box *box, uint32_t insn, uint32_t flags, uint64_t x2, bool taken)
{
	assert_int_equal(is_taken(box, insn, NEAR, flags, x2), taken);
	assert_int_equal(is_taken(box, insn, FAR, flags, x2), taken);
}

/* ConditionHolds() of the Architecture. */
static bool holds(uint32_t condition, uint32_t flags)
{
	bool n = flags >> 3 & 1, z = flags >> 2 & 1, c = flags >> 1 & 1, v = flags & 1;
	const bool base[] = {z, c, n, v, c && !z, n == v, n == v && !z, true};

	return base[condition >> 1] != ((condition & 1) && condition != 15);
}

static void condition_decides(void **state)
{
	for (uint32_t condition = 0; condition < 16; condition++)
		for (uint32_t flags = 0; flags < 16; flags++)
			assert_branches(*state, 0x54000000 | condition, flags, 0,
			                holds(condition, flags));
}

static void register_decides(void **state)
{
	static const uint64_t values[] = {0, 1, UINT64_C(1) << 32, UINT64_MAX};

	for (unsigned i = 0; i < 4; i++) {
		uint64_t x = values[i];

		assert_branches(*state, 0x34000002, 0, x, (uint32_t)x == 0);
		assert_branches(*state, 0xb4000002, 0, x, x == 0);
		assert_branches(*state, 0x35000002, 0, x, (uint32_t)x != 0);
		assert_branches(*state, 0xb5000002, 0, x, x != 0);
		/* TBZ and TBNZ, bits 0 and 32. */
		assert_branches(*state, 0x36000002, 0, x, !(x & 1));
		assert_branches(*state, 0x37000002, 0, x, x & 1);
		assert_branches(*state, 0xb6000002, 0, x, !(x >> 32 & 1));
		assert_branches(*state, 0xb7000002, 0, x, x >> 32 & 1);
	}
}

/* Within the page, backwards, a branch looks for requests; one to itself would run for ever. */
static void branch_backwards_sees_a_kick(void **state)
{
	struct box *box = *state;
	const uint32_t loops[] = {0x14000000, 0x54000000 | 14, 0xb4000002, 0x36000002};

	for (unsigned i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		machine_code(box->machine, MACHINE_BASE, &loops[i], 1);
		box->cpu.regs.x[2] = 0;
		box->cpu.regs.pc = MACHINE_BASE;
		box->cpu.entry.flush = true;
		atomic_fetch_or(&box->cpu.vcpu.requests, GUEST_REQUEST_KICK);
		assert_int_equal(machine_run(&box->cpu), GUEST_EXIT_KICKED);
		assert_int_equal(box->cpu.regs.pc, MACHINE_BASE);
	}
}

/* Branches without a displacement, and flags with which they are taken; X2 is 0, X3 is not. */
static const struct {
	uint32_t insn;
	uint32_t flags;
} taken[] = {
        {0x54000000, 4}, {0x54000001, 0}, {0x54000002, 2}, {0x54000003, 0}, {0x54000004, 8},
        {0x54000005, 0}, {0x54000006, 1}, {0x54000007, 0}, {0x54000008, 2}, {0x54000009, 0},
        {0x5400000a, 0}, {0x5400000b, 8}, {0x5400000c, 0}, {0x5400000d, 4}, {0x5400000e, 0},
        {0x34000002, 0}, {0xb4000002, 0}, {0x35000003, 0}, {0xb5000003, 0}, {0x36000002, 0},
        {0x37000003, 0}, {0x14000000, 0}, {0x94000000, 0},
};

/* The branch by so many words, of those with 19 bits of displacement, with 14 or with 26. */
static uint32_t branch_by(uint32_t insn, int32_t words)
{
	if ((insn & 0x7c000000) == 0x14000000)
		return insn | ((uint32_t)words & 0x3ffffff);
	if ((insn & 0x7e000000) == 0x36000000)
		return insn | ((uint32_t)words & 0x3fff) << 5;
	return insn | ((uint32_t)words & 0x7ffff) << 5;
}

static enum guest_exit_kind run_taken(struct box *box, const uint32_t insns[2], unsigned i)
{
	struct guest_regs *regs = &box->cpu.regs;

	machine_code(box->machine, MACHINE_BASE, insns, 2);
	regs->x[0] = regs->x[2] = 0;
	regs->x[3] = 1;
	regs->pc = MACHINE_BASE;
	regs->pstate = GUEST_PSTATE_RESET | (uint64_t)taken[i].flags << 28;
	box->cpu.entry.flush = true;
	return machine_run(&box->cpu);
}

static void taken_branch_sees_a_kick_that_came_on_the_way(void **state)
{
	static const int32_t words[] = {NEAR, FAR};
	struct box *box = *state;

	box->machine->requests = GUEST_REQUEST_KICK;
	for (unsigned i = 0; i < 2 * (sizeof(taken) / sizeof(taken[0])); i++) {
		int32_t by = words[i % 2];
		const uint32_t insns[] = {MRS(0, SYS_CNTVCT_EL0), branch_by(taken[i / 2].insn, by)};

		assert_int_equal(run_taken(box, insns, i / 2), GUEST_EXIT_KICKED);
		assert_int_equal(box->cpu.regs.pc, MACHINE_BASE + 4 + 4 * (uint64_t)by);
	}
}

/* As many instructions as it says, whichever of them comes last. */
static void loop_within_a_page_ends_with_the_budget(void **state)
{
	struct box *box = *state;

	for (unsigned i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		const uint32_t insns[] = {ADD(0, 0, 1), branch_by(taken[i].insn, -1)};

		for (uint64_t budget = 2999; budget <= 3000; budget++) {
			box->cpu.entry.budget = budget;
			assert_int_equal(run_taken(box, insns, i), GUEST_EXIT_BUDGET);
			assert_int_equal(box->cpu.regs.x[0], 1500);
			assert_int_equal(box->cpu.regs.pc, MACHINE_BASE + budget % 2 * 4);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(condition_decides),
	        TEST(register_decides),
	        TEST(branch_backwards_sees_a_kick),
	        TEST(taken_branch_sees_a_kick_that_came_on_the_way),
	        TEST(loop_within_a_page_ends_with_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
