/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ordinary C, compiled for AArch64 at each level of optimization, finds on the interpreter what the
 * host finds. Arguments: the images. Prints how fast they ran.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "a64_guest/workload.h"
#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"

#define ROUNDS 10

static char **images;
static int num_images;

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Normal memory where it is: what is not aligned is for everybody then. */
static void map_identity(struct machine *machine, struct guest_regs *regs)
{
	uint64_t table = MACHINE_BASE + MACHINE_SIZE - 4096;
	/* Block of 1 GiB, Inner Shareable, AF, attribute 0. */
	uint64_t block = MACHINE_BASE | 0x701;

	memcpy(machine_at(machine, table + 8), &block, sizeof(block));
	regs->sysreg[GUEST_TTBR0_EL1] = table;
	regs->sysreg[GUEST_TCR_EL1] = UINT64_C(2) << 32 | UINT64_C(1) << 23 | 25;
	regs->sysreg[GUEST_MAIR_EL1] = 0xff;
	regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | 1;
}

/* Runs an image in slices of so many instructions. @return its digest */
static uint64_t run_image(const char *path, uint64_t rounds, uint64_t budget)
{
	struct machine *machine = machine_create();
	struct machine_cpu cpu;
	uint64_t digest, slices = 0;
	double start;

	assert_non_null(machine);
	machine_add_cpu(machine, &cpu, 1);
	assert_non_null(cpu.pe);
	if (!machine_load(machine, path))
		fail_msg("%s cannot be loaded", path);
	map_identity(machine, &cpu.regs);
	cpu.regs.x[0] = rounds;
	cpu.entry.budget = budget;
	start = cpu_seconds();
	while (machine_run(&cpu) == GUEST_EXIT_BUDGET)
		slices++;
	if (slices >= 10 && budget > 100000)
		print_message("%s: %.0f million instructions a second\n", path,
		              (double)(slices * budget) / (cpu_seconds() - start) * 1e-6);
	assert_int_equal(cpu.exit.kind, GUEST_EXIT_SMC);
	digest = cpu.regs.x[0];
	machine_remove_cpu(&cpu);
	machine_destroy(machine);
	return digest;
}

typedef uint64_t native(void *memory, uint64_t rounds);

static uint64_t run_natively(native *function, uint64_t rounds)
{
	void *memory = aligned_alloc(16, WORKLOAD_MEMORY);
	uint64_t digest;

	assert_non_null(memory);
	memset(memory, 0, WORKLOAD_MEMORY);
	digest = function(memory, rounds);
	free(memory);
	return digest;
}

/* Images of the floating-point workload say so in their names. */
static native *native_of(const char *path)
{
	return strstr(path, "a64_guest_fp") ? fp_workload : workload;
}

static void real_programs_find_what_the_host_finds(void **state)
{
	(void)state;
	for (int i = 0; i < num_images; i++)
		assert_int_equal(run_image(images[i], ROUNDS, 1000000),
		                 run_natively(native_of(images[i]), ROUNDS));
}

static void pauses_anywhere_change_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < num_images; i++)
		assert_int_equal(run_image(images[i], 1, 997),
		                 run_natively(native_of(images[i]), 1));
}

static void an_entry_with_an_smc_is_cheap(void **state)
{
	enum { ENTRIES = 1000000 };
	struct machine *machine = machine_create();
	struct machine_cpu cpu;
	uint32_t smc = SMC(0);
	double start;

	(void)state;
	assert_non_null(machine);
	machine_add_cpu(machine, &cpu, 1);
	machine_code(machine, MACHINE_BASE, &smc, 1);
	start = cpu_seconds();
	for (unsigned i = 0; i < ENTRIES; i++)
		machine_run(&cpu);
	print_message("enter, SMC, exit: %.1f ns\n", (cpu_seconds() - start) / ENTRIES * 1e9);
	assert_int_equal(cpu.exit.kind, GUEST_EXIT_SMC);
	machine_remove_cpu(&cpu);
	machine_destroy(machine);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(real_programs_find_what_the_host_finds),
	        cmocka_unit_test(pauses_anywhere_change_nothing),
	        cmocka_unit_test(an_entry_with_an_smc_is_cheap),
	};

	images = argv + 1;
	num_images = argc - 1;
	return cmocka_run_group_tests_name("a64_guest", tests, NULL, NULL);
}
