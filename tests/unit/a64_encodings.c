/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every encoding of MRS, MSR (register), SYS and SYSL: it is executed, or undefined, or trapped to
 * R-EL2, and only that one instruction is. Nothing else happens, whatever a Realm tries.
 */
#include <stdlib.h>

#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"

#define PAGE          (MACHINE_BASE + 0x8000)
#define VECTORS       (MACHINE_BASE + 0x4000)
#define SYNC          (VECTORS + 0x200)
#define EC_SHIFT      26
#define EC_UNKNOWN    0
#define EC_SYSREG     0x18
#define EC_DATA_ABORT 0x25

/* DC ZVA, X2 */
#define DC_ZVA        0xd50b7422

struct box {
	struct machine *machine;
	struct machine_cpu cpu;
	struct guest_regs start;
};

/* Instructions by what became of them. */
struct count {
	unsigned executed;
	unsigned undefined;
	unsigned trapped;
};

static int setup(void **state)
{
	struct box *box = calloc(1, sizeof(*box));
	const uint32_t vector[] = {SMC(0)};

	assert_non_null(box);
	box->machine = machine_create();
	assert_non_null(box->machine);
	machine_add_cpu(box->machine, &box->cpu, 1);
	assert_non_null(box->cpu.pe);
	machine_code(box->machine, SYNC, vector, 1);
	box->start = box->cpu.regs;
	box->start.sysreg[GUEST_VBAR_EL1] = VECTORS;
	/* FPCR and FPSR are let through. */
	box->start.sysreg[GUEST_CPACR_EL1] = UINT64_C(3) << 20;
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

/* MRS with op0 = 3, op1 = 0, 1 or 3, CRn = 0, CRm = 0 to 7. */
static bool reads_id_space(uint32_t insn)
{
	uint32_t op1 = insn >> 16 & 7;

	return (insn & 0xfff8f800) == 0xd5380000 && (op1 <= 1 || op1 == 3);
}

static void run(struct box *box, uint32_t insn, uint64_t x2, struct count *count)
{
	const uint32_t insns[] = {NOP, insn, SMC(0)};
	struct guest_regs *regs = &box->cpu.regs;
	enum guest_exit_kind kind;

	machine_code(box->machine, MACHINE_BASE, insns, 3);
	*regs = box->start;
	regs->x[2] = x2;
	box->cpu.entry.flush = true;
	kind = machine_run(&box->cpu);
	if (kind == GUEST_EXIT_SYSREG) {
		assert_int_equal(regs->pc, MACHINE_BASE + 4);
		count->trapped++;
	} else if (kind == GUEST_EXIT_SMC && regs->pc == MACHINE_BASE + 8) {
		count->executed++;
	} else if (kind == GUEST_EXIT_SMC && regs->pc == SYNC) {
		/* Memory is Device memory without stage 1: DC ZVA faults there. */
		if (insn == DC_ZVA)
			assert_int_equal(regs->sysreg[GUEST_ESR_EL1] >> EC_SHIFT, EC_DATA_ABORT);
		else if (reads_id_space(insn))
			assert_int_equal(regs->sysreg[GUEST_ESR_EL1] >> EC_SHIFT, EC_SYSREG);
		else
			assert_int_equal(regs->sysreg[GUEST_ESR_EL1] >> EC_SHIFT, EC_UNKNOWN);
		assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 4);
		count->undefined++;
	} else {
		fail_msg("0x%08x: exit %d at 0x%llx", insn, (int)kind,
		         (unsigned long long)regs->pc);
	}
}

/* op0 from a value on, op1, CRn, CRm and op2: 2^14 encodings for each op0. */
static struct count run_all(struct box *box, uint32_t first, uint32_t last, bool read, uint64_t x2)
{
	struct count count = {0};

	for (uint32_t op0 = first; op0 <= last; op0++)
		for (uint32_t rest = 0; rest < 1u << 14; rest++)
			run(box, 0xd5000000 | (uint32_t)read << 21 | op0 << 19 | rest << 5 | 2, x2,
			    &count);
	return count;
}

static void system_registers_can_be_read_or_not(void **state)
{
	struct count count = run_all(*state, 2, 3, true, 0);

	assert_true(count.executed > 50);
	assert_true(count.undefined > 10000);
	assert_true(count.executed + count.undefined + count.trapped == 2 << 14);
}

static void system_registers_can_be_written_or_not(void **state)
{
	struct count zeros = run_all(*state, 2, 3, false, 0);

	assert_true(zeros.executed > 20);
	assert_true(zeros.undefined > 10000);
}

static void system_instructions_exist_or_not(void **state)
{
	struct count count = run_all(*state, 1, 1, false, PAGE);

	assert_true(count.executed > 20);
	assert_true(count.undefined > 1000);
	count = run_all(*state, 1, 1, true, PAGE);
	assert_true(count.executed + count.undefined + count.trapped == 1 << 14);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(system_registers_can_be_read_or_not),
	        TEST(system_registers_can_be_written_or_not),
	        TEST(system_instructions_exist_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
