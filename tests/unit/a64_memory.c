/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every load and store of general-purpose registers, in every addressing mode, takes each of the
 * ways that the interpreter has for it: translation known and not known, memory that is not there,
 * base register and stack pointer, stack pointer out of alignment.
 */
#include <stdlib.h>

#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"

/* No memory behind it. */
#define DEVICE    UINT64_C(0x10000000)
#define PAGE      (MACHINE_BASE + 0x8000)
#define VECTORS   (MACHINE_BASE + 0x4000)
/* Synchronous exceptions taken from EL1 with SP_EL1. */
#define SYNC      (VECTORS + 0x200)
#define SCTLR_SA  (UINT64_C(1) << 3)
#define EC_SP     UINT64_C(0x26)

/* What the page holds, seen as bytes of 0x80 and more: sign extension shows. */
#define CONTENT   UINT64_C(0x8182838485868788)

#define MAX_INSNS 128

struct memory_insn {
	uint32_t insn; /* With X2 (and X3) as data, X4 as offset, and base register 0. */
	bool load;
	bool pair;
	bool writeback;
};

struct box {
	struct machine *machine;
	struct machine_cpu cpu;
	struct memory_insn insns[MAX_INSNS];
	unsigned count;
	/* Stage 2 of the page that is accessed changes just before it is looked up. */
	bool changing;
};

static void add(struct box *box, uint32_t insn, bool load, bool pair, bool writeback)
{
	assert_true(box->count < MAX_INSNS);
	box->insns[box->count++] = (struct memory_insn){insn, load, pair, writeback};
}

/* opc: 0 store, 1 load, 2 and 3 load with sign extension to 64 and 32 bits. */
static void add_single(struct box *box, uint32_t size, uint32_t opc)
{
	static const uint32_t options[] = {2, 3, 6}; /* UXTW, LSL, SXTW */
	uint32_t insn = size << 30 | 0x38000000u | opc << 22 | 2;
	bool load = opc != 0;

	add(box, insn | 0x01000000u | 1 << 10, load, false, false); /* [base, #1 << size] */
	add(box, insn | 16 << 12, load, false, false);              /* LDUR, STUR */
	add(box, insn | 16 << 12 | 1 << 10, load, false, true);     /* post-index */
	add(box, insn | 16 << 12 | 3 << 10, load, false, true);     /* pre-index */
	for (unsigned i = 0; i < 3; i++)
		add(box, insn | 1 << 21 | 4 << 16 | options[i] << 13 | 2 << 10, load, false, false);
}

static void add_pair(struct box *box, uint32_t opc, bool load)
{
	for (uint32_t mode = 1; mode <= 3; mode++)
		add(box,
		    opc << 30 | 0x28000000u | mode << 23 | (uint32_t)load << 22 | 4 << 15 |
		            3 << 10 | 2,
		    load, true, mode != 2);
}

static int setup(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	assert_non_null(box);
	box->machine = machine_create();
	assert_non_null(box->machine);
	machine_add_cpu(box->machine, &box->cpu, 1);
	assert_non_null(box->cpu.pe);
	for (uint32_t size = 0; size < 4; size++) {
		add_single(box, size, 0);
		add_single(box, size, 1);
		if (size < 3)
			add_single(box, size, 2);
		if (size < 2)
			add_single(box, size, 3);
	}
	for (uint32_t opc = 0; opc < 3; opc++) {
		add_pair(box, opc, true);
		/* Number 1 is LDPSW; STGP is of another extension. */
		if (opc != 1)
			add_pair(box, opc, false);
	}
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

/* Runs an instruction twice, from scratch: the second time its translation is known. */
static enum guest_exit_kind run(struct box *box, uint32_t insn, unsigned base, uint64_t address)
{
	const uint32_t insns[] = {NOP, insn | base << 5, insn | base << 5, SMC(0)};
	const uint32_t vector[] = {SMC(0)};
	struct guest_regs *regs = &box->cpu.regs;

	machine_code(box->machine, MACHINE_BASE, insns, 4);
	machine_code(box->machine, SYNC, vector, 1);
	for (unsigned i = 0; i < 512; i++)
		((uint64_t *)machine_at(box->machine, PAGE))[i] = CONTENT;
	for (unsigned i = 0; i < 31; i++)
		regs->x[i] = 0;
	regs->x[2] = regs->x[3] = UINT64_C(0x1112131415161718);
	regs->x[1] = address;
	regs->sp_el1 = address;
	regs->pc = MACHINE_BASE;
	regs->pstate = GUEST_PSTATE_RESET;
	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_SA;
	regs->sysreg[GUEST_VBAR_EL1] = VECTORS;
	box->cpu.entry.flush = true;
	box->machine->flush_once[(PAGE - MACHINE_BASE) / 4096] = box->changing;
	return machine_run(&box->cpu);
}

/* Whether the SMC that ended the run was the one at the vector. */
static bool took_exception(const struct box *box)
{
	return box->cpu.regs.pc >= VECTORS && box->cpu.regs.pc < VECTORS + 0x800;
}

/* Both ways through memory leave the same behind. */
static void assert_runs(struct box *box, const struct memory_insn *m, unsigned base)
{
	struct guest_regs *regs = &box->cpu.regs;
	uint64_t address = PAGE + 64;
	uint64_t after;

	assert_int_equal(run(box, m->insn, base, address), GUEST_EXIT_SMC);
	assert_false(took_exception(box));
	after = base == SP ? regs->sp_el1 : regs->x[1];
	assert_true((after != address) == m->writeback);
	/* The lowest byte is 0x88, or 0x18 where it was stored. */
	if (m->load)
		assert_int_equal(regs->x[2] & 0x80, 0x80);
	else
		assert_memory_not_equal(machine_at(box->machine, PAGE + 64),
		                        machine_at(box->machine, PAGE + 1024), 64);
}

static void known_and_unknown_translations_do_the_same(void **state)
{
	struct box *box = *state;

	for (unsigned i = 0; i < box->count; i++) {
		assert_runs(box, &box->insns[i], 1);
		assert_runs(box, &box->insns[i], SP);
	}
}

/* The page that runs is looked up afresh before the next instruction. */
static void access_that_meets_a_change_of_stage_2_happens_once(void **state)
{
	struct box *box = *state;
	const bool *pending = &box->machine->flush_once[(PAGE - MACHINE_BASE) / 4096];

	box->changing = true;
	for (unsigned i = 0; i < box->count; i++) {
		assert_runs(box, &box->insns[i], 1);
		assert_false(*pending);
		assert_runs(box, &box->insns[i], SP);
		assert_false(*pending);
	}
}

static void memory_that_is_not_there_aborts(void **state)
{
	struct box *box = *state;

	for (unsigned i = 0; i < box->count; i++) {
		assert_int_equal(run(box, box->insns[i].insn, 1, DEVICE), GUEST_EXIT_ABORT);
		/* Nothing has happened: the instruction can be repeated. */
		assert_int_equal(box->cpu.regs.x[1], DEVICE);
		assert_int_equal(box->cpu.regs.pc, MACHINE_BASE + 4);
		assert_int_equal(run(box, box->insns[i].insn, SP, DEVICE), GUEST_EXIT_ABORT);
		assert_int_equal(box->cpu.regs.sp_el1, DEVICE);
	}
}

static void stack_pointer_out_of_alignment_is_an_exception(void **state)
{
	struct box *box = *state;

	for (unsigned i = 0; i < box->count; i++) {
		assert_int_equal(run(box, box->insns[i].insn, SP, PAGE + 8), GUEST_EXIT_SMC);
		assert_true(took_exception(box));
		assert_int_equal(box->cpu.regs.sysreg[GUEST_ESR_EL1] >> 26, EC_SP);
		assert_int_equal(box->cpu.regs.sp_el1, PAGE + 8);
	}
}

/* The second half of what they access is on another page. */
static void access_across_pages_reaches_both(void **state)
{
	struct box *box = *state;

	for (unsigned i = 0; i < box->count; i++) {
		const struct memory_insn *m = &box->insns[i];

		if (!m->pair)
			continue;
		assert_int_equal(run(box, m->insn, 1, PAGE + 0x1000 - 8), GUEST_EXIT_SMC);
		assert_false(took_exception(box));
	}
}

/* What is stored next to the instruction may be the next instruction. */
static void access_to_the_page_that_runs_goes_on(void **state)
{
	struct box *box = *state;

	for (unsigned i = 0; i < box->count; i++) {
		assert_int_equal(run(box, box->insns[i].insn, 1, MACHINE_BASE + 0x800),
		                 GUEST_EXIT_SMC);
		assert_false(took_exception(box));
		assert_int_equal(run(box, box->insns[i].insn, SP, MACHINE_BASE + 0x800),
		                 GUEST_EXIT_SMC);
		assert_false(took_exception(box));
	}
}

/* Opcodes of LDR (literal): 32 bits, 64 bits, 32 bits with sign extension. */
static const uint32_t literals[] = {0x18000002, 0x58000002, 0x98000002};

/* The second one is 4 bytes further; for 64 bits it is not aligned. */
static void literal_meets_changes_and_aborts_like_any_load(void **state)
{
	static const uint64_t loaded[] = {CONTENT >> 32, CONTENT,
	                                  CONTENT >> 32 | UINT64_C(0xffffffff) << 32};
	/* ISV and SAS, SSE, SRT and SF of the abort. */
	static const uint32_t syndromes[] = {0x1820000, 0x1c28000, 0x1a28000};
	struct box *box = *state;
	uint8_t *fault = &box->machine->fault[(PAGE - MACHINE_BASE) / 4096][GUEST_READ];

	for (unsigned i = 0; i < 3; i++) {
		uint32_t insn = literals[i] | (0x8000 - 4) / 4 << 5;

		*fault = 0;
		box->changing = true;
		assert_int_equal(run(box, insn, 0, 0), GUEST_EXIT_SMC);
		assert_false(box->machine->flush_once[(PAGE - MACHINE_BASE) / 4096]);
		assert_int_equal(box->cpu.regs.x[2], loaded[i]);
		box->changing = false;
		*fault = 7;
		assert_int_equal(run(box, insn, 0, 0), GUEST_EXIT_ABORT);
		assert_int_equal(box->cpu.exit.esr & 0x1ffffff, syndromes[i] | *fault);
		assert_int_equal(box->cpu.exit.far, PAGE);
	}
}

/* LDR (literal), from the page that runs and from another one. */
static void literal_is_loaded_from_any_page(void **state)
{
	struct box *box = *state;

	for (uint32_t offset = 0x800; offset <= 0x8000; offset += 0x7800) {
		((uint32_t *)machine_at(box->machine, MACHINE_BASE + 0x800))[1] = 0x85868788;
		((uint32_t *)machine_at(box->machine, MACHINE_BASE + 0x800))[2] = 0x85868788;
		assert_int_equal(run(box, 0x18000002 | offset / 4 << 5, 0, 0), GUEST_EXIT_SMC);
		assert_int_equal(box->cpu.regs.x[2] >> 32, 0);
		assert_int_equal(run(box, 0x98000002 | offset / 4 << 5, 0, 0), GUEST_EXIT_SMC);
		assert_int_equal(box->cpu.regs.x[2] >> 32, 0xffffffff);
		/* The second one is not aligned: without stage 1 that is an exception. */
		assert_int_equal(run(box, 0x58000002 | (offset + 4) / 4 << 5, 0, 0),
		                 GUEST_EXIT_SMC);
		assert_true(took_exception(box));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(known_and_unknown_translations_do_the_same, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(access_that_meets_a_change_of_stage_2_happens_once,
	                                        setup, teardown),
	        cmocka_unit_test_setup_teardown(literal_meets_changes_and_aborts_like_any_load,
	                                        setup, teardown),
	        cmocka_unit_test_setup_teardown(memory_that_is_not_there_aborts, setup, teardown),
	        cmocka_unit_test_setup_teardown(stack_pointer_out_of_alignment_is_an_exception,
	                                        setup, teardown),
	        cmocka_unit_test_setup_teardown(access_across_pages_reaches_both, setup, teardown),
	        cmocka_unit_test_setup_teardown(access_to_the_page_that_runs_goes_on, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(literal_is_loaded_from_any_page, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
