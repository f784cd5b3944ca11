/* SPDX-License-Identifier: BSD-3-Clause */
/* The a64 engine without an RMM around it: flat memory, and answers that let an image go on. */
#include "bench.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include <rmi/abi/fid.h>
#include <rmi/abi/rsi.h>

#include "../unit/a64_machine.h"

/** Instructions in a round. */
#define BUDGET    UINT64_C(200000)
/** Rounds that fill the caches first. */
#define WARM      20
/** Exits of the image that are served before it is given up. */
#define MAX_EXITS 100000
#define IPA_WIDTH 33

/** Copies the segments of an image into memory. @return whether it is one */
static bool load(struct machine *machine, const char *path, uint64_t *entry)
{
	FILE *file = fopen(path, "rb");
	Elf64_Ehdr header;
	bool good;

	if (!file)
		return false;
	good = fread(&header, sizeof(header), 1, file) == 1 &&
	       !memcmp(header.e_ident, ELFMAG, SELFMAG) && header.e_machine == EM_AARCH64;
	for (unsigned i = 0; good && i < header.e_phnum; i++) {
		Elf64_Phdr segment;

		good = !fseek(file, (long)(header.e_phoff + i * sizeof(segment)), SEEK_SET) &&
		       fread(&segment, sizeof(segment), 1, file) == 1;
		if (!good || segment.p_type != PT_LOAD || !segment.p_filesz)
			continue;
		good = segment.p_paddr >= MACHINE_BASE &&
		       segment.p_paddr + segment.p_filesz <= MACHINE_BASE + MACHINE_SIZE &&
		       !fseek(file, (long)segment.p_offset, SEEK_SET) &&
		       fread(machine_at(machine, segment.p_paddr), segment.p_filesz, 1, file) == 1;
	}
	fclose(file);
	*entry = header.e_entry;
	return good;
}

/** Says yes to what the image asks the RMM for. */
static void answer(struct machine *machine, struct guest_regs *regs)
{
	uint64_t page = regs->x[1];

	if ((uint32_t)regs->x[0] == SMC_RSI_REALM_CONFIG && page >= MACHINE_BASE &&
	    page < MACHINE_BASE + MACHINE_SIZE)
		((struct rsi_realm_config *)machine_at(machine, page))->ipa_width = IPA_WIDTH;
	regs->x[0] = RSI_SUCCESS;
	regs->x[1] = RSI_VERSION_ENCODE(1, 1);
	regs->x[2] = RSI_VERSION_ENCODE(1, 1);
	regs->pc += 4;
}

/** Runs until the budget is used up. @return whether it came to that */
static bool run(struct machine_cpu *cpu)
{
	for (unsigned i = 0; i < MAX_EXITS; i++) {
		switch (machine_run(cpu)) {
		case GUEST_EXIT_BUDGET:
			return true;
		case GUEST_EXIT_SMC:
			answer(cpu->machine, &cpu->regs);
			break;
		case GUEST_EXIT_ABORT:
			/* A device: it takes everything, and is never busy. */
			if (!(cpu->exit.esr & (1u << 6)) && (cpu->exit.esr >> 16 & 31) != 31)
				cpu->regs.x[cpu->exit.esr >> 16 & 31] = 0;
			cpu->regs.pc += 4;
			break;
		default:
			return false;
		}
	}
	return false;
}

/** @return whether there were rounds */
static bool measure(struct machine_cpu *cpu, struct bench_rounds *rounds)
{
	bool good = true;

	rounds->count = 0;
	for (unsigned i = 0; good && i < WARM; i++)
		good = run(cpu);
	for (struct bench_series series = {0}; good && bench_next(&series);) {
		uint64_t t = bench_now();

		good = run(cpu);
		bench_add(rounds, t, BUDGET);
	}
	return good;
}

bool bench_a64(const char *path, double *mips, const char **what)
{
	struct machine *machine = machine_create();
	static struct bench_rounds rounds;
	struct machine_cpu cpu;
	bool good;

	*what = "no memory";
	if (!machine)
		return false;
	machine_add_cpu(machine, &cpu, 1);
	*what = "is no AArch64 image that fits";
	good = load(machine, path, &cpu.regs.pc);
	cpu.regs.x[0] = UINT64_C(1) << 40;
	cpu.entry.budget = BUDGET;
	*what = good ? "ended before it was measured" : *what;
	good = good && measure(&cpu, &rounds);
	machine_remove_cpu(&cpu);
	machine_destroy(machine);
	if (good)
		*mips = 1000 / bench_median(&rounds);
	return good;
}

bool bench_a64_fp(double *mips)
{
	static const uint32_t loop[] = {
	        0xad400400, /* LDP Q0, Q1, [X0] */
	        0xfd401010, /* LDR D16, [X0, #32] */
	        0x4e21cc02, /* FMLA V2.4S, V0.4S, V1.4S */
	        0x4e21d403, /* FADD V3.4S, V0.4S, V1.4S */
	        0x6e66dca4, /* FMUL V4.2D, V5.2D, V6.2D */
	        0x1f524e11, /* FMADD D17, D16, D18, D19 */
	        0x1e722a34, /* FADD D20, D17, D18 */
	        0x4ea18407, /* ADD V7.4S, V0.4S, V1.4S */
	        0x6e201ce8, /* EOR V8.16B, V7.16B, V0.16B */
	        0xad01a003, /* STP Q3, Q8, [X0, #48] */
	        0x1e722280, /* FCMP D20, D18 */
	        0xf1000421, /* SUBS X1, X1, #1 */
	        0x54fffe81, /* B.NE to the first */
	};
	const uint64_t data = MACHINE_BASE + 0x10000;
	struct machine *machine = machine_create();
	static struct bench_rounds rounds;
	struct machine_cpu cpu;
	bool good;

	if (!machine)
		return false;
	machine_add_cpu(machine, &cpu, 1);
	machine_code(machine, MACHINE_BASE, loop, sizeof(loop) / sizeof(loop[0]));
	for (unsigned i = 0; i < 10; i++)
		((float *)machine_at(machine, data))[i] = 1.1f + (float)i;
	cpu.regs.sysreg[GUEST_CPACR_EL1] = UINT64_C(3) << 20;
	for (unsigned i = 4; i < 20; i++)
		for (unsigned j = 0; j < 2; j++)
			memcpy(&cpu.regs.v[i][j], &(double){1.7 + i + j}, sizeof(double));
	cpu.regs.x[0] = data;
	cpu.regs.x[1] = UINT64_C(1) << 40;
	cpu.entry.budget = BUDGET;
	good = measure(&cpu, &rounds);
	machine_remove_cpu(&cpu);
	machine_destroy(machine);
	if (good)
		*mips = 1000 / bench_median(&rounds);
	return good;
}
