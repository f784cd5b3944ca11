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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(condition_decides),
	        TEST(register_decides),
	        TEST(branch_backwards_sees_a_kick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
