/* SPDX-License-Identifier: BSD-3-Clause */
/* vCPUs of the A64 interpreter in threads: atomics, kicks, flushes, budgets. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"

#define NUM_CPUS 4
#define ROUNDS   20000u
#define COUNTER  (MACHINE_BASE + 0x8000)
#define TABLE    (MACHINE_BASE + 0x100000)

struct box {
	struct machine *machine;
	struct machine_cpu cpu[NUM_CPUS];
};

static int setup(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	assert_non_null(box);
	box->machine = machine_create();
	assert_non_null(box->machine);
	for (unsigned i = 0; i < NUM_CPUS; i++) {
		machine_add_cpu(box->machine, &box->cpu[i], i + 1);
		assert_non_null(box->cpu[i].pe);
	}
	*state = box;
	return 0;
}

static int teardown(void **state)
{
	struct box *box = *state;

	for (unsigned i = 0; i < NUM_CPUS; i++)
		machine_remove_cpu(&box->cpu[i]);
	machine_destroy(box->machine);
	free(box);
	return 0;
}

static void *run_cpu(void *cpu)
{
	machine_run(cpu);
	return NULL;
}

#define INSNS(...)                                                                                 \
	(const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

/* Runs a program on every vCPU at once. X0 = ROUNDS, X1 = the counter, X2 = 1. */
static void run_everywhere(struct box *box, const uint32_t *insns, size_t count)
{
	pthread_t threads[NUM_CPUS];

	machine_code(box->machine, MACHINE_BASE, insns, count);
	memset(machine_at(box->machine, COUNTER), 0, 64);
	for (unsigned i = 0; i < NUM_CPUS; i++) {
		struct guest_regs *regs = &box->cpu[i].regs;

		regs->x[0] = ROUNDS;
		regs->x[1] = COUNTER;
		regs->x[2] = 1;
		regs->pc = MACHINE_BASE;
		assert_int_equal(pthread_create(&threads[i], NULL, run_cpu, &box->cpu[i]), 0);
	}
	for (unsigned i = 0; i < NUM_CPUS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(box->cpu[i].exit.kind, GUEST_EXIT_SMC);
	}
}

static uint64_t counter(struct box *box, unsigned index)
{
	uint64_t value;

	memcpy(&value, (char *)machine_at(box->machine, COUNTER) + 8 * index, sizeof(value));
	return value;
}

static void additions_are_not_lost(void **state)
{
	struct box *box = *state;

	run_everywhere(box, INSNS(LDADD(2, 3, 1), SUB(0, 0, 1), CBNZ(0, -2), SMC(0)));
	assert_int_equal(counter(box, 0), NUM_CPUS * ROUNDS);
}

static void bytes_are_added_without_touching_their_neighbours(void **state)
{
	struct box *box = *state;

	/* LDADDB */
	run_everywhere(box, INSNS(ATOMIC(0, 0, 2, 3, 1), SUB(0, 0, 1), CBNZ(0, -2), SMC(0)));
	assert_int_equal(counter(box, 0), (uint8_t)(NUM_CPUS * ROUNDS));
}

static void exclusives_lose_no_update(void **state)
{
	struct box *box = *state;

	/* CBNZ of 64 bits sees the status, which is zero-extended. */
	run_everywhere(box, INSNS(LDXR(3, 1), ADD(3, 3, 1), STXR(4, 3, 1), CBNZ(4, -3),
	                          SUB(0, 0, 1), CBNZ(0, -5), SMC(0)));
	assert_int_equal(counter(box, 0), NUM_CPUS * ROUNDS);
}

static void exclusive_pairs_lose_no_update(void **state)
{
	struct box *box = *state;

	run_everywhere(box, INSNS(LDXP(3, 5, 1), ADD(3, 3, 1), SUB(5, 5, 1), STXP(4, 3, 5, 1),
	                          CBNZ(4, -4), SUB(0, 0, 1), CBNZ(0, -6), SMC(0)));
	assert_int_equal(counter(box, 0), NUM_CPUS * ROUNDS);
	assert_int_equal(counter(box, 1), 0 - (uint64_t)NUM_CPUS * ROUNDS);
}

static void compare_and_swap_loses_no_update(void **state)
{
	struct box *box = *state;

	/* X3 = old, X4 = old + 1; CAS X5 (= old), X4; again unless X5 is still old. */
	run_everywhere(box, INSNS(LDAR(3, 1), ADD(4, 3, 1), ADD(5, 3, 0), CAS(5, 4, 1),
	                          0xcb0300a5 /* SUB X5, X5, X3 */, CBNZ(5, -5), SUB(0, 0, 1),
	                          CBNZ(0, -7), SMC(0)));
	assert_int_equal(counter(box, 0), NUM_CPUS * ROUNDS);
}

static void compare_and_swap_pair_loses_no_update(void **state)
{
	struct box *box = *state;

	/* X6, X7 = expected; X8, X9 = new; X10, X11 = the pair that CASP found. */
	run_everywhere(box, INSNS(LDP(6, 7, 1), ADD(8, 6, 1), ADD(9, 7, 2), ADD(10, 6, 0),
	                          ADD(11, 7, 0), CASP(10, 8, 1), 0xcb06014a /* SUB X10, X10, X6 */,
	                          CBNZ(10, -7), 0xcb07016b /* SUB X11, X11, X7 */, CBNZ(11, -9),
	                          SUB(0, 0, 1), CBNZ(0, -11), SMC(0)));
	assert_int_equal(counter(box, 0), NUM_CPUS * ROUNDS);
	assert_int_equal(counter(box, 1), 2ull * NUM_CPUS * ROUNDS);
}

/* Stage 1 on, memory where it is: Normal memory, so that accesses need not be aligned. */
static void map_flat(struct box *box)
{
	const uint64_t blocks[2] = {0, MACHINE_BASE | 0x401};

	memcpy(machine_at(box->machine, TABLE), blocks, sizeof(blocks));
	for (unsigned i = 0; i < NUM_CPUS; i++) {
		struct guest_regs *regs = &box->cpu[i].regs;

		regs->sysreg[GUEST_TTBR0_EL1] = TABLE;
		regs->sysreg[GUEST_TCR_EL1] = UINT64_C(5) << 32 | 1 << 23 | 25;
		regs->sysreg[GUEST_MAIR_EL1] = 0xff;
		regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | 1;
	}
}

/* FEAT_LSE2: 16 aligned bytes hold what every vCPU adds to. */
static void unaligned_additions_are_not_lost(void **state)
{
	struct box *box = *state;

	map_flat(box);
	/* 8 bytes at 3, and between them and the next counter 4 bytes at 11. */
	run_everywhere(box, INSNS(ADD(1, 1, 3), ADD(4, 1, 8), LDADD(2, 3, 1), ATOMIC(0, 2, 2, 3, 4),
	                          SUB(0, 0, 1), CBNZ(0, -3), SMC(0)));
	assert_int_equal(counter(box, 0), (uint64_t)NUM_CPUS * ROUNDS << 24);
	assert_int_equal(counter(box, 1), (uint64_t)NUM_CPUS * ROUNDS << 24);
}

static void unaligned_exclusives_lose_no_update(void **state)
{
	struct box *box = *state;

	map_flat(box);
	run_everywhere(box, INSNS(ADD(1, 1, 5), LDXR(3, 1), ADD(3, 3, 1), STXR(4, 3, 1),
	                          CBNZ(4, -3), SUB(0, 0, 1), CBNZ(0, -5), SMC(0)));
	assert_int_equal(counter(box, 0), (uint64_t)NUM_CPUS * ROUNDS << 40);
}

/* FEAT_LSE2: half of the vCPUs store equal bytes, the others see none that are not. */
static void accesses_in_16_aligned_bytes_are_never_torn(void **state)
{
	enum {
		BYTES_EQUAL = 0xcac32067, /* EOR X7, X3, X3, ROR #8 */
		PAIR_EQUAL = 0xcb040067,  /* SUB X7, X3, X4 */
		FROM_V = 0x9e660003,      /* FMOV X3, D0 */
		TO_V = 0x9e6700a0,        /* FMOV D0, X5 */
	};
	static const struct {
		unsigned offset;
		uint32_t store, load, check;
	} cases[] = {
	        {3, STR(5, 1), LDR(3, 1), BYTES_EQUAL},
	        {5, STR(5, 1), LDR(3, 1), BYTES_EQUAL},
	        {0, STP(5, 5, 1), LDP(3, 4, 1), PAIR_EQUAL},
	        {4, 0x29001425 /* STP W5, W5, [X1] */, 0x29401023 /* LDP W3, W4, [X1] */,
	         PAIR_EQUAL},
	        {8, 0x29001425, 0x29401023, PAIR_EQUAL},
	        {6, 0x29001425, 0x29401023, PAIR_EQUAL},
	        {0, 0x6d000020 /* STP D0, D0, [X1] */, LDP(3, 4, 1), PAIR_EQUAL},
	        {7, 0xfd000020 /* STR D0, [X1] */, LDR(3, 1), BYTES_EQUAL},
	        {7, STR(5, 1), 0xfd400020 /* LDR D0, [X1] */, BYTES_EQUAL},
	        {3, 0x0d008420 /* ST1 {V0.D}[0], [X1] */, LDR(3, 1), BYTES_EQUAL},
	};
	struct box *box = *state;

	map_flat(box);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool from_v = cases[i].load == 0xfd400020;
		pthread_t threads[NUM_CPUS];

		memset(machine_at(box->machine, COUNTER), 0, 64);
		machine_code(box->machine, MACHINE_BASE,
		             INSNS(0xaa2503e5 /* MVN X5, X5 */, TO_V, cases[i].store, SUB(0, 0, 1),
		                   CBNZ(0, -4), SMC(0)));
		machine_code(box->machine, MACHINE_BASE + 0x100,
		             INSNS(cases[i].load, from_v ? FROM_V : NOP, cases[i].check, CBNZ(7, 3),
		                   SUB(0, 0, 1), CBNZ(0, -5), SMC(0)));
		for (unsigned n = 0; n < NUM_CPUS; n++) {
			struct guest_regs *regs = &box->cpu[n].regs;

			box->cpu[n].entry.flush = true;
			regs->sysreg[GUEST_CPACR_EL1] = UINT64_C(3) << 20;
			regs->x[0] = 10 * ROUNDS;
			regs->x[1] = COUNTER + cases[i].offset;
			regs->x[5] = UINT64_C(0x1111111111111111) * n;
			regs->pc = n % 2 ? MACHINE_BASE + 0x100 : MACHINE_BASE;
			assert_int_equal(pthread_create(&threads[n], NULL, run_cpu, &box->cpu[n]),
			                 0);
		}
		for (unsigned n = 0; n < NUM_CPUS; n++)
			pthread_join(threads[n], NULL);
		for (unsigned n = 0; n < NUM_CPUS; n++) {
			if (box->cpu[n].regs.x[0] != 0)
				fail_msg("case %zu: 0x%llx", i,
				         (unsigned long long)box->cpu[n].regs.x[3]);
		}
	}
}

/* The oracle of the other test is wrong here, so the values are written down. */
static void minimum_and_maximum_compare_by_size_and_sign(void **state)
{
	enum { SMAX = 4, SMIN = 5, UMAX = 6, UMIN = 7 };
	static const struct {
		unsigned opc, size;
		uint64_t memory, operand, result;
	} cases[] = {
	        {SMAX, 0, 0x1180, 0xff01, 0x1101},
	        {SMIN, 0, 0x1180, 0x0001, 0x1180},
	        {UMAX, 0, 0x1180, 0x0001, 0x1180},
	        {UMIN, 0, 0x1180, 0xff01, 0x1101},
	        {SMAX, 1, 0x118000, 0xff0001, 0x110001},
	        {SMIN, 1, 0x110001, 0x008000, 0x118000},
	        {UMAX, 1, 0x110001, 0x008000, 0x118000},
	        {UMIN, 1, 0x118000, 0xff0001, 0x110001},
	        {SMAX, 2, 0x1180000000, 1, 0x1100000001},
	        {SMIN, 2, 0x1100000001, 0x80000000, 0x1180000000},
	        {UMAX, 2, 0x1100000001, 0x80000000, 0x1180000000},
	        {UMIN, 2, 0x1180000000, 0xff00000000, 0x1100000000},
	        {SMAX, 3, UINT64_C(1) << 63, 1, 1},
	        {UMAX, 3, UINT64_C(1) << 63, 1, UINT64_C(1) << 63},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu[0].regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned bits = 8u << cases[i].size;

		memcpy(machine_at(box->machine, COUNTER), &cases[i].memory, 8);
		machine_code(box->machine, MACHINE_BASE,
		             INSNS(ATOMIC(cases[i].opc, cases[i].size, 2, 3, 1), SMC(0)));
		regs->x[1] = COUNTER;
		regs->x[2] = cases[i].operand;
		regs->pc = MACHINE_BASE;
		box->cpu[0].entry.flush = true;
		machine_run(&box->cpu[0]);
		assert_int_equal(counter(box, 0), cases[i].result);
		assert_int_equal(regs->x[3],
		                 bits == 64 ? cases[i].memory
		                            : cases[i].memory & ((UINT64_C(1) << bits) - 1));
	}
}

static void a_store_exclusive_without_its_load_fails(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu[0].regs;

	regs->x[1] = COUNTER;
	regs->x[2] = COUNTER + 8;
	machine_code(box->machine, MACHINE_BASE,
	             INSNS(STXR(3, 0, 1), LDXR(0, 1), STXR(4, 0, 2), LDXR(0, 1),
	                   0xd5033f5f /* CLREX */, STXR(5, 0, 1), LDXR(0, 1), STXR(6, 0, 1),
	                   STXR(7, 0, 1), SMC(0)));
	machine_run(&box->cpu[0]);
	assert_int_equal(regs->x[3], 1);
	assert_int_equal(regs->x[4], 1);
	assert_int_equal(regs->x[5], 1);
	assert_int_equal(regs->x[6], 0);
	assert_int_equal(regs->x[7], 1);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void wait_until(struct box *box, unsigned index)
{
	while (__atomic_load_n((uint64_t *)machine_at(box->machine, COUNTER + 8 * index),
	                       __ATOMIC_RELAXED) == 0)
		;
}

static void a_kick_ends_an_endless_loop_soon(void **state)
{
	struct box *box = *state;
	struct machine_cpu *cpu = &box->cpu[0];
	double worst = 0;

	/* Says that it runs, then loops within a page. */
	machine_code(box->machine, MACHINE_BASE, INSNS(STR(2, 1), B(0)));
	for (unsigned i = 0; i < 20; i++) {
		pthread_t thread;
		double start;

		memset(machine_at(box->machine, COUNTER), 0, 8);
		cpu->regs.pc = MACHINE_BASE;
		cpu->regs.x[1] = COUNTER;
		cpu->regs.x[2] = 1;
		assert_int_equal(pthread_create(&thread, NULL, run_cpu, cpu), 0);
		wait_until(box, 0);
		start = seconds();
		atomic_fetch_or(&cpu->vcpu.requests, GUEST_REQUEST_KICK);
		pthread_join(thread, NULL);
		if (seconds() - start > worst)
			worst = seconds() - start;
		assert_int_equal(cpu->exit.kind, GUEST_EXIT_KICKED);
		assert_int_equal(atomic_load(&cpu->vcpu.requests), 0);
		assert_int_equal(cpu->regs.pc, MACHINE_BASE + 4);
	}
	print_message("kick: %.0f us at worst, with the end of a thread\n", worst * 1e6);
	assert_true(worst < 1);
}

static void a_kick_before_the_run_is_not_lost(void **state)
{
	struct box *box = *state;
	struct machine_cpu *cpu = &box->cpu[0];

	machine_code(box->machine, MACHINE_BASE, INSNS(ADD(0, 0, 1), SMC(0)));
	atomic_store(&cpu->vcpu.requests, GUEST_REQUEST_KICK);
	assert_int_equal(machine_run(cpu), GUEST_EXIT_KICKED);
	assert_int_equal(cpu->regs.x[0], 0);
	assert_int_equal(machine_run(cpu), GUEST_EXIT_SMC);
	assert_int_equal(cpu->regs.x[0], 1);
}

static void a_kick_ends_a_loop_of_exceptions(void **state)
{
	struct box *box = *state;
	struct machine_cpu *cpu = &box->cpu[0];
	pthread_t thread;

	/* The vectors are beyond the IPA space. */
	cpu->regs.sysreg[GUEST_VBAR_EL1] = MACHINE_IPA_TOP;
	cpu->regs.x[1] = COUNTER;
	cpu->regs.x[2] = 1;
	machine_code(box->machine, MACHINE_BASE, INSNS(STR(2, 1), SVC(0)));
	assert_int_equal(pthread_create(&thread, NULL, run_cpu, cpu), 0);
	wait_until(box, 0);
	atomic_fetch_or(&cpu->vcpu.requests, GUEST_REQUEST_KICK);
	pthread_join(thread, NULL);
	assert_int_equal(cpu->exit.kind, GUEST_EXIT_KICKED);
}

static void a_running_vcpu_acknowledges_a_flush(void **state)
{
	struct box *box = *state;
	struct machine_cpu *cpu = &box->cpu[0];
	pthread_t thread;

	cpu->regs.x[1] = COUNTER;
	cpu->regs.x[2] = 1;
	machine_code(box->machine, MACHINE_BASE, INSNS(STR(2, 1), NOP, B(-1)));
	assert_int_equal(pthread_create(&thread, NULL, run_cpu, cpu), 0);
	wait_until(box, 0);
	for (unsigned i = 0; i < 100; i++) {
		atomic_fetch_or(&cpu->vcpu.requests, GUEST_REQUEST_FLUSH);
		while (atomic_load(&cpu->vcpu.requests) & GUEST_REQUEST_FLUSH)
			;
	}
	atomic_fetch_or(&cpu->vcpu.requests, GUEST_REQUEST_KICK);
	pthread_join(thread, NULL);
	assert_int_equal(cpu->flushed, 100);
}

static void a_budget_is_never_exceeded(void **state)
{
	struct box *box = *state;
	struct machine_cpu *cpu = &box->cpu[0];

	/* A loop of three instructions, the first of which counts. */
	machine_code(box->machine, MACHINE_BASE, INSNS(ADD(0, 0, 1), NOP, B(-2)));
	for (uint64_t budget = 1; budget < 5000; budget += 1 + budget / 7) {
		cpu->regs.x[0] = 0;
		cpu->regs.pc = MACHINE_BASE;
		cpu->entry.budget = budget;
		assert_int_equal(machine_run(cpu), GUEST_EXIT_BUDGET);
		assert_int_equal(cpu->regs.x[0], (budget + 2) / 3);
		assert_int_equal(cpu->regs.pc, MACHINE_BASE + 4 * (budget % 3));
	}
}

static void a_budget_ends_in_straight_code_and_in_exceptions(void **state)
{
	struct box *box = *state;
	struct machine_cpu *cpu = &box->cpu[0];

	for (uint64_t i = 0; i < 3000; i++)
		machine_code(box->machine, MACHINE_BASE + 4 * i, INSNS(ADD(0, 0, 1)));
	for (uint64_t budget = 900; budget < 3000; budget += 333) {
		cpu->regs.x[0] = 0;
		cpu->regs.pc = MACHINE_BASE;
		cpu->entry.budget = budget;
		assert_int_equal(machine_run(cpu), GUEST_EXIT_BUDGET);
		assert_int_equal(cpu->regs.x[0], budget);
	}
	/* Vectors that cannot be fetched. */
	cpu->regs.sysreg[GUEST_VBAR_EL1] = MACHINE_IPA_TOP;
	cpu->regs.pc = MACHINE_IPA_TOP;
	cpu->entry.budget = 1000;
	assert_int_equal(machine_run(cpu), GUEST_EXIT_BUDGET);
}

static void one_instruction_at_a_time_an_exclusive_still_succeeds(void **state)
{
	struct box *box = *state;
	struct machine_cpu *cpu = &box->cpu[0];
	unsigned steps = 0;

	cpu->regs.x[1] = COUNTER;
	cpu->entry.budget = 1;
	machine_code(box->machine, MACHINE_BASE,
	             INSNS(LDXR(3, 1), ADD(3, 3, 1), STXR(4, 3, 1), CBNZ(4, -3), SMC(0)));
	while (machine_run(cpu) == GUEST_EXIT_BUDGET && steps < 100)
		steps++;
	assert_int_equal(steps, 4);
	assert_int_equal(counter(box, 0), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(additions_are_not_lost),
	        TEST(bytes_are_added_without_touching_their_neighbours),
	        TEST(exclusives_lose_no_update),
	        TEST(exclusive_pairs_lose_no_update),
	        TEST(compare_and_swap_loses_no_update),
	        TEST(compare_and_swap_pair_loses_no_update),
	        TEST(unaligned_additions_are_not_lost),
	        TEST(unaligned_exclusives_lose_no_update),
	        TEST(accesses_in_16_aligned_bytes_are_never_torn),
	        TEST(minimum_and_maximum_compare_by_size_and_sign),
	        TEST(a_store_exclusive_without_its_load_fails),
	        TEST(a_kick_ends_an_endless_loop_soon),
	        TEST(a_kick_before_the_run_is_not_lost),
	        TEST(a_kick_ends_a_loop_of_exceptions),
	        TEST(a_running_vcpu_acknowledges_a_flush),
	        TEST(a_budget_is_never_exceeded),
	        TEST(a_budget_ends_in_straight_code_and_in_exceptions),
	        TEST(one_instruction_at_a_time_an_exclusive_still_succeeds),
	};

	return cmocka_run_group_tests_name("a64_threads", tests, NULL, NULL);
}
