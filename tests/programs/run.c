/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs the image of a test program on the interpreter and writes what it writes.
 *
 *   run_program IMAGE
 *
 * Stage 1 is on, so that unaligned accesses are to Normal memory, as they are under Linux. FP and
 * SIMD are enabled.
 */
#include <stdio.h>
#include <string.h>

#include "../unit/a64_machine.h"

#define TABLE    (MACHINE_BASE + MACHINE_SIZE - 0x10000)
#define STACK    (MACHINE_BASE + MACHINE_SIZE - 0x20000)
#define VECTORS  (MACHINE_BASE + MACHINE_SIZE - 0x8000)
#define BUDGET   UINT64_C(4000000000)

#define INSN_SMC UINT32_C(0xd4000043) /* SMC #2 */

/* A block of 1 GiB: Inner Shareable, AF, attribute 0. */
static void map(struct machine *machine, struct guest_regs *regs)
{
	uint64_t block = MACHINE_BASE | 0x701;

	memcpy(machine_at(machine, TABLE + 8), &block, sizeof(block));
	regs->sysreg[GUEST_TTBR0_EL1] = TABLE;
	regs->sysreg[GUEST_TCR_EL1] = UINT64_C(2) << 32 | UINT64_C(1) << 23 | 25;
	regs->sysreg[GUEST_MAIR_EL1] = 0xff;
	/* Pointer authentication, too: keys differ from those of Linux, results must not. */
	regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | UINT64_C(0xc8002000) | 1;
	regs->sysreg[GUEST_CPACR_EL1] = UINT64_C(3) << 20;
	regs->sysreg[GUEST_VBAR_EL1] = VECTORS;
	for (unsigned i = GUEST_APIAKEYLO_EL1; i <= GUEST_APGAKEYHI_EL1; i++)
		regs->sysreg[i] = UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
	for (uint64_t offset = 0; offset < 0x800; offset += 4)
		machine_code(machine, VECTORS + offset, (uint32_t[]){INSN_SMC}, 1);
}

/* @return whether the program came to its end */
static bool run(struct machine_cpu *cpu)
{
	struct guest_regs *regs = &cpu->regs;

	while (machine_run(cpu) == GUEST_EXIT_SMC) {
		uint64_t from = regs->x[0], count = regs->x[1];

		switch (cpu->exit.esr & 0xffff) {
		case 0:
			return true;
		case 1:
			if (from < MACHINE_BASE || from > MACHINE_BASE + MACHINE_SIZE ||
			    count > MACHINE_BASE + MACHINE_SIZE - from)
				return false;
			if (fwrite(machine_at(cpu->machine, from), 1, count, stdout) != count)
				return false;
			regs->pc += 4;
			break;
		default:
			fprintf(stderr, "exception: ESR %llx, ELR %llx, FAR %llx\n",
			        (unsigned long long)regs->sysreg[GUEST_ESR_EL1],
			        (unsigned long long)regs->sysreg[GUEST_ELR_EL1],
			        (unsigned long long)regs->sysreg[GUEST_FAR_EL1]);
			return false;
		}
	}
	fprintf(stderr, "exit %d at %llx\n", (int)cpu->exit.kind, (unsigned long long)regs->pc);
	return false;
}

int main(int argc, char **argv)
{
	struct machine *machine = machine_create();
	struct machine_cpu cpu;
	bool good = false;

	if (!machine)
		return 1;
	machine_add_cpu(machine, &cpu, 1);
	cpu.entry.budget = BUDGET;
	cpu.regs.sp_el1 = STACK;
	if (argc == 2 && cpu.pe && machine_load(machine, argv[1])) {
		map(machine, &cpu.regs);
		good = run(&cpu);
	}
	machine_remove_cpu(&cpu);
	machine_destroy(machine);
	return good && fflush(stdout) == 0 ? 0 : 1;
}
