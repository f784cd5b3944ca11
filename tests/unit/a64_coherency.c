/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code and translations that one vCPU changes while another runs: what the architecture's sequences
 * promise. Both are guest code; the threads are the host's.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "a64_box.h"
#include "a64_insn.h"
#include "cmocka_test.h"

#define ROUNDS               300u

/* Everything is mapped where it is; VA is one page more. */
#define WRITER_CODE          (MACHINE_BASE + 0x10000)
#define READER_CODE          (MACHINE_BASE + 0x20000)
#define FUNCTION             (MACHINE_BASE + 0x30000)
#define FLAG                 (MACHINE_BASE + 0x40000)
#define ACK                  (MACHINE_BASE + 0x41000)

#define BLR(rn)              (UINT32_C(0xd63f0000) | (rn) << 5)
/* Registers, 64 bits. */
#define SUB_R(rd, rn, rm)    (UINT32_C(0xcb000000) | (rm) << 16 | (rn) << 5 | (rd))
#define ORR_R(rd, rn, rm)    (UINT32_C(0xaa000000) | (rm) << 16 | (rn) << 5 | (rd))
#define EOR_R(rd, rn, rm)    (UINT32_C(0xca000000) | (rm) << 16 | (rn) << 5 | (rd))
#define ADD_LSL5(rd, rn, rm) (UINT32_C(0x8b001400) | (rm) << 16 | (rn) << 5 | (rd))

/* Registers of both: X1 = FLAG, X2 = ACK, X5 = the round from 1 on, X8 = rounds left. */
#define WAIT_FOR_ROUND(at)   LDAR(7, at), SUB_R(7, 7, 5), CBNZ(7, -2)

struct pair {
	struct box *box;
	struct machine_cpu reader;
};

static int setup(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	void *box;

	assert_non_null(pair);
	box_setup(&box);
	pair->box = box;
	machine_add_cpu(pair->box->machine, &pair->reader, 2);
	assert_non_null(pair->reader.pe);
	memcpy(&pair->reader.regs, &pair->box->cpu.regs, sizeof(pair->reader.regs));
	pair->box->machine->cpus[0] = &pair->box->cpu;
	pair->box->machine->cpus[1] = &pair->reader;
	*state = pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;
	void *box = pair->box;

	machine_remove_cpu(&pair->reader);
	box_teardown(&box);
	free(pair);
	return 0;
}

static void *run_cpu(void *cpu)
{
	machine_run(cpu);
	return NULL;
}

static void place(struct pair *pair, struct machine_cpu *cpu, uint64_t at, const uint32_t *insns,
                  size_t count)
{
	struct guest_regs *regs = &cpu->regs;

	machine_code(pair->box->machine, at, insns, count);
	regs->pc = at;
	regs->x[1] = FLAG;
	regs->x[2] = ACK;
	regs->x[5] = 1;
	regs->x[8] = ROUNDS;
	regs->x[9] = 0;
}

static void run_both(struct pair *pair)
{
	pthread_t threads[2];

	assert_int_equal(pthread_create(&threads[0], NULL, run_cpu, &pair->box->cpu), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, run_cpu, &pair->reader), 0);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert_int_equal(pair->box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(pair->reader.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(pair->box->cpu.exit.esr & 0xffff, 0);
	assert_int_equal(pair->reader.exit.esr & 0xffff, 0);
	assert_int_equal(pair->reader.regs.x[5], ROUNDS + 1);
}

/* Ends a round of either and goes back by so many instructions from the CBNZ. */
#define NEXT_ROUND(words) ADD(5, 5, 1), SUB(8, 8, 1), CBNZ(8, -(words)), SMC(0)

static void code_written_by_one_runs_on_the_other(void **state)
{
	struct pair *pair = *state;

	/* The function is MOVZ X0, #round; RET. */
	machine_code(pair->box->machine, FUNCTION, INSNS(MOVZ(0, 0), RET));
	place(pair, &pair->box->cpu, WRITER_CODE,
	      INSNS(ADD_LSL5(6, 4, 5), STRW(6, 3), MSR(SYS_DC_CVAU, 3), DSB_ISH,
	            MSR(SYS_IC_IVAU, 3), DSB_ISH, STLR(5, 1), WAIT_FOR_ROUND(2), NEXT_ROUND(12)));
	pair->box->cpu.regs.x[3] = FUNCTION;
	pair->box->cpu.regs.x[4] = MOVZ(0, 0);
	place(pair, &pair->reader, READER_CODE,
	      INSNS(WAIT_FOR_ROUND(1), ISB, BLR(3), SUB_R(10, 0, 5), ORR_R(9, 9, 10), STLR(5, 2),
	            NEXT_ROUND(10)));
	pair->reader.regs.x[3] = FUNCTION;
	run_both(pair);
	/* What it returned was the number of the round, every time. */
	assert_int_equal(pair->reader.regs.x[9], 0);
}

static void code_of_the_same_page_is_replaced_under_a_loop(void **state)
{
	struct pair *pair = *state;

	/* The reader never leaves the page; the writer changes its first instruction to SMC #0. */
	machine_code(pair->box->machine, READER_CODE, INSNS(NOP, STLR(5, 2), B(-2)));
	place(pair, &pair->box->cpu, WRITER_CODE,
	      INSNS(WAIT_FOR_ROUND(2), STRW(4, 3), MSR(SYS_DC_CVAU, 3), DSB_ISH,
	            MSR(SYS_IC_IVAU, 3), DSB_ISH, SMC(0)));
	pair->box->cpu.regs.x[3] = READER_CODE;
	pair->box->cpu.regs.x[4] = SMC(0);
	pair->reader.regs.pc = READER_CODE;
	pair->reader.regs.x[2] = ACK;
	pair->reader.regs.x[5] = 1;
	{
		pthread_t threads[2];

		assert_int_equal(pthread_create(&threads[0], NULL, run_cpu, &pair->box->cpu), 0);
		assert_int_equal(pthread_create(&threads[1], NULL, run_cpu, &pair->reader), 0);
		pthread_join(threads[0], NULL);
		pthread_join(threads[1], NULL);
	}
	assert_int_equal(pair->reader.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(pair->reader.regs.pc, READER_CODE);
}

/* Break before make: both pages hold the parity of the rounds in which they are mapped. */
static void remap_with(struct pair *pair, uint32_t tlbi)
{
	struct guest_regs *regs = &pair->box->cpu.regs;
	uint64_t even = DATA | AF | PAGE, odd = (DATA + 0x1000) | AF | PAGE;

	box_set(pair->box, DATA, 0);
	box_set(pair->box, DATA + 0x1000, 1);
	box_set(pair->box, FLAG, 0);
	box_set(pair->box, ACK, 0);
	box_set(pair->box, box_slot(pair->box, VA, 3), even);
	/* X4 = the descriptor, X11 = even ^ odd, X3 = its place, X12 = VA >> 12 */
	place(pair, &pair->box->cpu, WRITER_CODE,
	      INSNS(EOR_R(4, 4, 11), STR(XZR, 3), DSB_ISH, tlbi, DSB_ISH, STR(4, 3), DSB_ISH, ISB,
	            STLR(5, 1), WAIT_FOR_ROUND(2), NEXT_ROUND(14)));
	regs->x[3] = box_slot(pair->box, VA, 3);
	regs->x[4] = even;
	regs->x[11] = even ^ odd;
	regs->x[12] = VA >> 12;
	/* AND X10, X5, #1 */
	place(pair, &pair->reader, READER_CODE,
	      INSNS(WAIT_FOR_ROUND(1), LDR(0, 3), 0x924000aa, SUB_R(10, 0, 10), ORR_R(9, 9, 10),
	            STLR(5, 2), NEXT_ROUND(10)));
	pair->reader.regs.x[3] = VA;
	run_both(pair);
	assert_int_equal(pair->reader.regs.x[9], 0);
}

static void a_tlbi_reaches_the_other_vcpu(void **state)
{
	remap_with(*state, MSR(SYS_TLBI_VAE1IS, 12));
	remap_with(*state, MSR(SYS_TLBI_VMALLE1IS, XZR));
	/* TLBI VAALE1OS and RVAE1IS */
	remap_with(*state, MSR(SYS(1, 0, 8, 1, 7), 12));
	remap_with(*state, MSR(SYS(1, 0, 8, 2, 1), 12));
}

static void two_vcpus_may_broadcast_at_once(void **state)
{
	struct pair *pair = *state;
	uint32_t tlbi = MSR(SYS_TLBI_VMALLE1IS, XZR);

	place(pair, &pair->box->cpu, WRITER_CODE,
	      INSNS(tlbi, DSB_ISH, MSR(SYS_IC_IVAU, 3), DSB_ISH, NEXT_ROUND(6)));
	place(pair, &pair->reader, READER_CODE,
	      INSNS(tlbi, DSB_ISH, MSR(SYS_IC_IVAU, 3), DSB_ISH, NEXT_ROUND(6)));
	pair->box->cpu.regs.x[3] = pair->reader.regs.x[3] = VA;
	run_both(pair);
	assert_int_equal(pair->box->cpu.broadcasts, 2 * ROUNDS);
}

static void store(struct pair *pair, uint64_t ipa, uint64_t value)
{
	__atomic_store_n((uint64_t *)machine_at(pair->box->machine, ipa), value, __ATOMIC_RELAXED);
}

/* Stage 2 changes under a loop of loads: nothing that was unmapped is read. */
static void a_page_that_moved_is_not_seen_in_its_old_place(void **state)
{
	struct pair *pair = *state;
	struct machine *machine = pair->box->machine;
	uint32_t *frame = &machine->frame[(DATA - MACHINE_BASE) / 4096];
	/* Two pages that nothing else uses; the page under test is one of them. */
	const uint64_t places[2] = {DATA + 0x10000 * 4, DATA + 0x10000 * 5};
	pthread_t thread;

	machine->cpus[0] = &pair->reader;
	machine->cpus[1] = NULL;
	store(pair, places[0], 1);
	*frame = (uint32_t)((places[0] - MACHINE_BASE) / 4096);
	/* Anything but 1 ends the loop; so does the kick. */
	place(pair, &pair->reader, READER_CODE,
	      INSNS(LDR(0, 3), SUB(0, 0, 1), ADD(11, 11, 1), STR(11, 2), CBNZ(0, 2), B(-5),
	            SMC(0)));
	pair->reader.regs.x[3] = VA;
	pair->reader.regs.x[11] = 0;
	assert_int_equal(pthread_create(&thread, NULL, run_cpu, &pair->reader), 0);
	while (!__atomic_load_n((uint64_t *)machine_at(machine, ACK), __ATOMIC_RELAXED))
		;
	for (unsigned i = 1; i <= ROUNDS; i++) {
		store(pair, places[i & 1], 1);
		__atomic_store_n(frame, (uint32_t)((places[i & 1] - MACHINE_BASE) / 4096),
		                 __ATOMIC_RELEASE);
		machine_flush(machine, NULL);
		store(pair, places[~i & 1], 0xdead);
	}
	atomic_fetch_or(&pair->reader.vcpu.requests, GUEST_REQUEST_KICK);
	pthread_join(thread, NULL);
	assert_int_equal(pair->reader.exit.kind, GUEST_EXIT_KICKED);
}

static void an_unmap_ends_a_loop_of_loads_with_an_abort(void **state)
{
	struct pair *pair = *state;
	struct machine *machine = pair->box->machine;
	pthread_t thread;

	machine->cpus[0] = &pair->reader;
	machine->cpus[1] = NULL;
	place(pair, &pair->reader, READER_CODE,
	      INSNS(LDR(0, 3), ADD(11, 11, 1), STR(11, 2), B(-3)));
	pair->reader.regs.x[3] = VA + 8;
	assert_int_equal(pthread_create(&thread, NULL, run_cpu, &pair->reader), 0);
	while (!__atomic_load_n((uint64_t *)machine_at(machine, ACK), __ATOMIC_RELAXED))
		;
	__atomic_store_n(&machine->fault[(DATA - MACHINE_BASE) / 4096][GUEST_READ], 0x07,
	                 __ATOMIC_RELAXED);
	machine_flush(machine, NULL);
	pthread_join(thread, NULL);
	assert_int_equal(pair->reader.exit.kind, GUEST_EXIT_ABORT);
	assert_int_equal(pair->reader.exit.ipa, DATA + 8);
	assert_int_equal(pair->reader.regs.pc, READER_CODE);
	/* The load that aborted did not count. */
	assert_int_equal(pair->reader.regs.x[11], box_get(pair->box, ACK));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(code_written_by_one_runs_on_the_other),
	        TEST(code_of_the_same_page_is_replaced_under_a_loop),
	        TEST(a_tlbi_reaches_the_other_vcpu),
	        TEST(two_vcpus_may_broadcast_at_once),
	        TEST(a_page_that_moved_is_not_seen_in_its_old_place),
	        TEST(an_unmap_ends_a_loop_of_loads_with_an_abort),
	};

	return cmocka_run_group_tests_name("a64_coherency", tests, NULL, NULL);
}
