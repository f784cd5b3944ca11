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

static uint64_t run_natively(uint64_t rounds)
{
	void *memory = aligned_alloc(16, WORKLOAD_MEMORY);
	uint64_t digest;

	assert_non_null(memory);
	memset(memory, 0, WORKLOAD_MEMORY);
	digest = workload(memory, rounds);
	free(memory);
	return digest;
}

static void real_programs_find_what_the_host_finds(void **state)
{
	uint64_t expected = run_natively(ROUNDS);

	(void)state;
	for (int i = 0; i < num_images; i++)
		assert_int_equal(run_image(images[i], ROUNDS, 1000000), expected);
}

static void pauses_anywhere_change_nothing(void **state)
{
	uint64_t expected = run_natively(1);

	(void)state;
	for (int i = 0; i < num_images; i++)
		assert_int_equal(run_image(images[i], 1, 997), expected);
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
