/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 2 aborts of the A64 interpreter: what R-EL2 sees, and that nothing has happened. */
#include <stdlib.h>
#include <string.h>

#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"

/* No memory behind it. */
#define DEVICE       UINT64_C(0x10000000)
/* A page that stage 2 may be told to refuse. */
#define PAGE         (MACHINE_BASE + 0x8000)
#define PAGE_NUMBER  8

#define ESR(ec, iss) (UINT64_C(ec) << 26 | UINT64_C(1) << 25 | (iss))
#define ISV          UINT64_C(0x1000000)
#define SAS(n)       (UINT64_C(n) << 22)
#define SSE          UINT64_C(0x200000)
#define SRT(n)       (UINT64_C(n) << 16)
#define SF           UINT64_C(0x8000)
#define AR           UINT64_C(0x4000)
#define CM           UINT64_C(0x100)
#define WNR          UINT64_C(0x40)

struct box {
	struct machine *machine;
	struct machine_cpu cpu;
};

static int setup(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	assert_non_null(box);
	box->machine = machine_create();
	assert_non_null(box->machine);
	machine_add_cpu(box->machine, &box->cpu, 1);
	assert_non_null(box->cpu.pe);
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

/* Runs a NOP and an instruction, with X1 = an address and X2.. = their own numbers. */
static struct guest_regs *run(struct box *box, uint32_t insn, uint64_t address)
{
	const uint32_t insns[] = {NOP, insn, SMC(0)};
	struct guest_regs *regs = &box->cpu.regs;

	machine_code(box->machine, MACHINE_BASE, insns, 3);
	for (unsigned i = 0; i < 31; i++)
		regs->x[i] = UINT64_C(0x8182838485868700) + i;
	regs->x[1] = address;
	regs->sp_el1 = DEVICE;
	regs->pc = MACHINE_BASE;
	box->cpu.entry.flush = true;
	machine_run(&box->cpu);
	return regs;
}

struct access {
	const char *name;
	uint32_t insn;
	uint64_t iss;
	uint64_t value;
};

/* Which accesses can be emulated, and what the syndrome says of them. */
static const struct access accesses[] = {
        {"ldrb w2, [x1]", 0x39400022, ISV | SAS(0) | SRT(2), 0},
        {"ldrh w3, [x1]", 0x79400023, ISV | SAS(1) | SRT(3), 0},
        {"ldr w4, [x1]", 0xb9400024, ISV | SAS(2) | SRT(4), 0},
        {"ldr x5, [x1]", 0xf9400025, ISV | SAS(3) | SRT(5) | SF, 0},
        {"ldr xzr, [x1]", 0xf940003f, ISV | SAS(3) | SRT(31) | SF, 0},
        {"ldrsb w2, [x1]", 0x39c00022, ISV | SAS(0) | SRT(2) | SSE, 0},
        {"ldrsb x2, [x1]", 0x39800022, ISV | SAS(0) | SRT(2) | SSE | SF, 0},
        {"ldrsh w2, [x1]", 0x79c00022, ISV | SAS(1) | SRT(2) | SSE, 0},
        {"ldrsh x2, [x1]", 0x79800022, ISV | SAS(1) | SRT(2) | SSE | SF, 0},
        {"ldrsw x2, [x1]", 0xb9800022, ISV | SAS(2) | SRT(2) | SSE | SF, 0},
        {"strb w2, [x1]", 0x39000022, ISV | SAS(0) | SRT(2) | WNR, 0x02},
        {"strh w3, [x1]", 0x79000023, ISV | SAS(1) | SRT(3) | WNR, 0x8703},
        {"str w4, [x1]", 0xb9000024, ISV | SAS(2) | SRT(4) | WNR, 0x85868704},
        {"str x5, [x1]", 0xf9000025, ISV | SAS(3) | SRT(5) | SF | WNR, 0x8182838485868705},
        {"str wzr, [x1]", 0xb900003f, ISV | SAS(2) | SRT(31) | WNR, 0},
        {"ldur x2, [x1]", 0xf8400022, ISV | SAS(3) | SRT(2) | SF, 0},
        {"stur w2, [x1]", 0xb8000022, ISV | SAS(2) | SRT(2) | WNR, 0x85868702},
        {"ldtr x2, [x1]", 0xf8400822, ISV | SAS(3) | SRT(2) | SF, 0},
        {"sttrb w2, [x1]", 0x38000822, ISV | SAS(0) | SRT(2) | WNR, 0x02},
        {"ldr x2, [x1, xzr]", 0xf87f6822, ISV | SAS(3) | SRT(2) | SF, 0},
        {"ldrsb w2, [x1, wzr, uxtw]", 0x38ff4822, ISV | SAS(0) | SRT(2) | SSE, 0},
        {"strh w2, [x1, xzr, lsl #1]", 0x783f7822, ISV | SAS(1) | SRT(2) | WNR, 0x8702},
        {"ldr x2, [sp]", 0xf94003e2, ISV | SAS(3) | SRT(2) | SF, 0},
        {"ldar x2, [x1]", 0xc8dffc22, ISV | SAS(3) | SRT(2) | SF | AR, 0},
        {"ldarb w2, [x1]", 0x08dffc22, ISV | SAS(0) | SRT(2) | AR, 0},
        {"stlr w2, [x1]", 0x889ffc22, ISV | SAS(2) | SRT(2) | AR | WNR, 0x85868702},
        {"ldapr w2, [x1]", 0xb8bfc022, ISV | SAS(2) | SRT(2) | AR, 0},
        /* Writeback, pairs, exclusives, atomics, cache maintenance. */
        {"ldr x2, [x1], #8", 0xf8408422, 0, 0},
        {"ldr x2, [x1, #0]!", 0xf8400c22, 0, 0},
        {"strb w2, [x1], #1", 0x38001422, WNR, 0},
        {"str x2, [x1, #0]!", 0xf8000c22, WNR, 0},
        {"ldp x2, x3, [x1]", 0xa9400c22, 0, 0},
        {"ldp x2, x3, [x1], #16", 0xa8c10c22, 0, 0},
        {"ldnp w2, w3, [x1]", 0x28400c22, 0, 0},
        {"ldpsw x2, x3, [x1]", 0x69400c22, 0, 0},
        {"stp x2, x3, [x1]", 0xa9000c22, WNR, 0},
        {"stp x2, x3, [x1, #0]!", 0xa9800c22, WNR, 0},
        {"ldxr x2, [x1]", 0xc85f7c22, 0, 0},
        {"ldaxp x2, x3, [x1]", 0xc87f8c22, 0, 0},
        {"stxr w2, x3, [x1]", 0xc8027c23, WNR, 0},
        {"ldadd x2, x3, [x1]", 0xf8220023, 0, 0},
        {"swp w2, w3, [x1]", 0xb8228023, 0, 0},
        {"cas x2, x3, [x1]", 0xc8a27c23, 0, 0},
        {"casp x2, x3, x4, x5, [x1]", 0x48227c24, 0, 0},
        {"dc civac, x1", 0xd50b7e21, CM | WNR, 0},
        {"dc ivac, x1", 0xd5087621, CM | WNR, 0},
        {"ic ivau, x1", 0xd50b7521, CM | WNR, 0},
};

#define NUM_ACCESSES (sizeof(accesses) / sizeof(accesses[0]))

static void the_syndrome_says_what_can_be_emulated(void **state)
{
	struct box *box = *state;

	for (size_t i = 0; i < NUM_ACCESSES; i++) {
		const struct access *a = &accesses[i];
		const struct guest_regs *regs = run(box, a->insn, DEVICE);
		uint64_t esr = ESR(0x24, a->iss | 0x06);

		if (box->cpu.exit.esr != esr)
			print_error("%s: %llx instead of %llx\n", a->name,
			            (unsigned long long)box->cpu.exit.esr, (unsigned long long)esr);
		assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_ABORT);
		assert_int_equal(box->cpu.exit.esr, esr);
		assert_int_equal(box->cpu.exit.far, DEVICE);
		assert_int_equal(box->cpu.exit.ipa, DEVICE);
		assert_int_equal(box->cpu.exit.value, a->value);
		assert_int_equal(regs->pc, MACHINE_BASE + 4);
	}
}

static void an_abort_has_no_other_effect(void **state)
{
	struct box *box = *state;

	for (size_t i = 0; i < NUM_ACCESSES; i++) {
		const struct guest_regs *regs = run(box, accesses[i].insn, DEVICE);

		assert_int_equal(regs->x[1], DEVICE);
		for (unsigned r = 2; r < 31; r++)
			assert_int_equal(regs->x[r], UINT64_C(0x8182838485868700) + r);
		assert_int_equal(regs->sp_el1, DEVICE);
		assert_int_equal(regs->pstate, GUEST_PSTATE_RESET);
	}
}

static void address_and_ipa_are_exact(void **state)
{
	struct box *box = *state;

	run(box, 0x39409c22 /* ldrb w2, [x1, #39] */, DEVICE + 0x123);
	assert_int_equal(box->cpu.exit.far, DEVICE + 0x123 + 39);
	assert_int_equal(box->cpu.exit.ipa, DEVICE + 0x123 + 39);
}

/* What the model does with an emulated read: the register, the PC, on. */
static void the_vcpu_goes_on_after_the_access_was_completed(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = run(box, LDR(2, 1), DEVICE);

	regs->x[2] = 42;
	regs->pc += 4;
	box->cpu.entry.flush = false;
	assert_int_equal(machine_run(&box->cpu), GUEST_EXIT_SMC);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	assert_int_equal(regs->x[2], 42);
}

static void the_same_instruction_goes_through_once_stage_2_allows_it(void **state)
{
	struct box *box = *state;
	uint8_t *fault = box->machine->fault[PAGE_NUMBER];
	struct guest_regs *regs;

	fault[GUEST_READ] = fault[GUEST_WRITE] = 0x07;
	regs = run(box, LDP_POST(2, 3, 1), PAGE);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, 0x07));
	assert_int_equal(box->cpu.exit.ipa, PAGE);
	fault[GUEST_READ] = fault[GUEST_WRITE] = 0;
	memset(machine_at(box->machine, PAGE), 0x11, 16);
	assert_int_equal(machine_run(&box->cpu), GUEST_EXIT_SMC);
	assert_int_equal(regs->x[2], 0x1111111111111111);
	assert_int_equal(regs->x[1], PAGE + 16);
}

static void a_read_only_page_refuses_writes_only(void **state)
{
	struct box *box = *state;

	box->machine->fault[PAGE_NUMBER][GUEST_WRITE] = 0x0f;
	run(box, LDR(2, 1), PAGE);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	run(box, STR(2, 1), PAGE);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, ISV | SAS(3) | SRT(2) | SF | WNR | 0x0f));
	/* The write of an atomic is what is refused; its read would not be. */
	run(box, LDADD(2, 3, 1), PAGE);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, WNR | 0x0f));
	run(box, CAS(2, 3, 1), PAGE);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, WNR | 0x0f));
}

static void a_fetch_is_an_instruction_abort(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = run(box, BR(1), DEVICE + 0x40);

	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_ABORT);
	assert_int_equal(box->cpu.exit.esr, ESR(0x20, 0x06));
	assert_int_equal(box->cpu.exit.far, DEVICE + 0x40);
	assert_int_equal(box->cpu.exit.ipa, DEVICE + 0x40);
	assert_int_equal(regs->pc, DEVICE + 0x40);
	box->machine->fault[PAGE_NUMBER][GUEST_FETCH] = 0x0f;
	run(box, BR(1), PAGE);
	assert_int_equal(box->cpu.exit.esr, ESR(0x20, 0x0f));
	assert_int_equal(box->cpu.exit.ipa, PAGE);
}

static void code_that_runs_into_the_next_page_aborts_there(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	const uint32_t nops[] = {NOP, NOP};

	box->machine->fault[PAGE_NUMBER][GUEST_FETCH] = 0x07;
	machine_code(box->machine, PAGE - 8, nops, 2);
	regs->pc = PAGE - 8;
	machine_run(&box->cpu);
	assert_int_equal(box->cpu.exit.esr, ESR(0x20, 0x07));
	assert_int_equal(regs->pc, PAGE);
}

static void the_mode_of_the_vcpu_does_not_change_the_exit(void **state)
{
	struct box *box = *state;

	box->cpu.regs.pstate = GUEST_PSTATE_EL0T;
	run(box, STR(2, 1), DEVICE);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, ISV | SAS(3) | SRT(2) | SF | WNR | 0x06));
	run(box, BR(1), DEVICE);
	assert_int_equal(box->cpu.exit.esr, ESR(0x20, 0x06));
}

/* Flat, Normal memory; with the MMU off it would be Device. */
static void map_flat(struct box *box)
{
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t table = MACHINE_BASE + 0x100000;
	uint64_t blocks[2] = {0x401, MACHINE_BASE | 0x401};

	memcpy(machine_at(box->machine, table), blocks, sizeof(blocks));
	regs->sysreg[GUEST_TTBR0_EL1] = table;
	regs->sysreg[GUEST_TCR_EL1] = UINT64_C(5) << 32 | 1 << 23 | 25;
	regs->sysreg[GUEST_MAIR_EL1] = 0xff;
	regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | 1;
}

static void an_access_across_pages_cannot_be_emulated(void **state)
{
	struct box *box = *state;

	map_flat(box);
	/* All of it in the page: it can. */
	run(box, LDR(2, 1), DEVICE + 3);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, ISV | SAS(3) | SRT(2) | SF | 0x06));
	run(box, LDR(2, 1), DEVICE + 0xffd);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, 0x06));
	assert_int_equal(box->cpu.exit.ipa, DEVICE + 0xffd);
	box->machine->fault[PAGE_NUMBER][GUEST_WRITE] = 0x0f;
	run(box, STR(2, 1), PAGE - 3);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, WNR | 0x0f));
	assert_int_equal(box->cpu.exit.far, PAGE);
	assert_int_equal(box->cpu.exit.ipa, PAGE);
}

static void dc_zva_is_a_write_that_nobody_emulates(void **state)
{
	struct box *box = *state;
	uint8_t zero[64] = {0};
	uint8_t *page = machine_at(box->machine, PAGE);

	map_flat(box);
	run(box, MSR(SYS_DC_ZVA, 1), DEVICE + 0x10);
	assert_int_equal(box->cpu.exit.esr, ESR(0x24, WNR | 0x06));
	assert_int_equal(box->cpu.exit.far, DEVICE + 0x10);
	memset(page, 0xff, 256);
	run(box, MSR(SYS_DC_ZVA, 1), PAGE + 0x50);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_memory_equal(page + 0x40, zero, 64);
	assert_int_equal(page[0x3f], 0xff);
	assert_int_equal(page[0x80], 0xff);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(the_syndrome_says_what_can_be_emulated),
	        TEST(an_abort_has_no_other_effect),
	        TEST(address_and_ipa_are_exact),
	        TEST(the_vcpu_goes_on_after_the_access_was_completed),
	        TEST(the_same_instruction_goes_through_once_stage_2_allows_it),
	        TEST(a_read_only_page_refuses_writes_only),
	        TEST(a_fetch_is_an_instruction_abort),
	        TEST(code_that_runs_into_the_next_page_aborts_there),
	        TEST(the_mode_of_the_vcpu_does_not_change_the_exit),
	        TEST(an_access_across_pages_cannot_be_emulated),
	        TEST(dc_zva_is_a_write_that_nobody_emulates),
	};

	return cmocka_run_group_tests_name("a64_abort", tests, NULL, NULL);
}
