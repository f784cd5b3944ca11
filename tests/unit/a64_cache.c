/* SPDX-License-Identifier: BSD-3-Clause */
/* What the A64 interpreter caches, translations and decoded code, and when it forgets. */
#include <stdlib.h>
#include <string.h>

#include "a64_box.h"
#include "a64_insn.h"
#include "cmocka_test.h"

static void nothing_cached_survives_an_entry_with_flush(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, DATA, 1);
	box_set(box, DATA + 0x5000, 2);
	regs->x[1] = VA;
	RUN(box, LDR(0, 1));
	box_set(box, box_slot(box, VA, 3), (DATA + 0x5000) | AF | PAGE);
	box_go_on(box, INSNS(LDR(0, 1)));
	assert_int_equal(regs->x[0], 1);
	RUN(box, LDR(0, 1));
	assert_int_equal(regs->x[0], 2);
}

/* Loads through a cached translation that the tables no more have, then does something, loads. */
static uint64_t load_after(struct box *box, uint32_t insn)
{
	struct guest_regs *regs = &box->cpu.regs;

	box_map(box);
	box_set(box, DATA, 1);
	box_set(box, DATA + 0x5000, 2);
	regs->x[1] = VA;
	regs->x[4] = box_slot(box, VA, 3);
	regs->x[5] = (DATA + 0x5000) | AF | PAGE;
	RUN(box, LDR(0, 1), STR(5, 4), LDR(2, 1), insn, LDR(0, 1));
	assert_int_equal(regs->x[2], 1);
	return regs->x[0];
}

static void tlb_maintenance_forgets(void **state)
{
	struct box *box = *state;

	assert_int_equal(load_after(box, NOP), 1);
	assert_int_equal(load_after(box, MSR(SYS_TLBI_VMALLE1, XZR)), 2);
	assert_int_equal(box->cpu.broadcasts, 0);
	assert_int_equal(load_after(box, MSR(SYS_TLBI_VMALLE1IS, XZR)), 2);
	assert_int_equal(box->cpu.broadcasts, 1);
	assert_int_equal(load_after(box, MSR(SYS_TLBI_VAE1IS, 1)), 2);
	assert_int_equal(box->cpu.broadcasts, 2);
}

static void another_vcpu_or_another_pe_finds_nothing_cached(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	struct machine_cpu other;
	void *pe = box->cpu.pe;

	box_set(box, DATA, 1);
	box_set(box, DATA + 0x5000, 2);
	regs->x[1] = VA;
	RUN(box, LDR(0, 1));
	box_set(box, box_slot(box, VA, 3), (DATA + 0x5000) | AF | PAGE);
	/* Another vCPU on this PE. */
	box->cpu.vcpu.id = 2;
	box_go_on(box, INSNS(LDR(0, 1)));
	assert_int_equal(regs->x[0], 2);
	/* There and back: meanwhile the translation was changed elsewhere. */
	machine_add_cpu(box->machine, &other, 3);
	box->cpu.pe = other.pe;
	box_go_on(box, INSNS(LDR(0, 1)));
	box_set(box, box_slot(box, VA, 3), DATA | AF | PAGE);
	box->cpu.pe = pe;
	box_go_on(box, INSNS(LDR(0, 1)));
	assert_int_equal(regs->x[0], 1);
	machine_remove_cpu(&other);
}

static void a_flush_request_is_acknowledged_after_everything_is_dropped(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, DATA, 1);
	regs->x[1] = VA;
	RUN(box, LDR(0, 1));
	/* Stage 2 moves the page. */
	box->machine->frame[(DATA - MACHINE_BASE) / 4096] += 16;
	box_set(box, DATA, 2);
	atomic_fetch_or(&box->cpu.vcpu.requests, GUEST_REQUEST_FLUSH);
	box_go_on(box, INSNS(LDR(0, 1)));
	assert_int_equal(regs->x[0], 2);
	assert_int_equal(box->cpu.flushed, 1);
	assert_int_equal(atomic_load(&box->cpu.vcpu.requests), 0);
}

static void a_lookup_that_says_flush_drops_what_came_before(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	unsigned page = (DATA - MACHINE_BASE) / 4096;

	box_set(box, box_slot(box, VA + 0x1000, 3), (DATA + 0x1000) | AF | PAGE);
	box_set(box, DATA, 1);
	regs->x[1] = VA;
	regs->x[2] = VA;
	RUN(box, LDR(0, 1), LDR(3, 2), LDR(4, 1));
	box->machine->frame[page] += 16;
	box_set(box, DATA, 2);
	box->machine->flush_once[page + 1] = true;
	regs->x[2] = VA + 0x1000;
	box_go_on(box, INSNS(LDR(0, 1), LDR(3, 2), LDR(4, 1)));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(regs->x[0], 1);
	assert_int_equal(regs->x[4], 2);
}

static void a_flush_forgets_few_pages_and_many(void **state)
{
	static const uint64_t numbers[] = {3, 64, 65, 66, 300, 700};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	const uint64_t first = MACHINE_BASE + 0x400000;
	const uint64_t page = (first - MACHINE_BASE) / 4096;
	/* X0 += each page's word, X2 pages from X1 on; X4 = 4096. */
	const uint32_t code[] = {LDR(3, 1), 0x8b030000 /* ADD X0, X0, X3 */,
	                         0x8b040021 /* ADD X1, X1, X4 */, SUB(2, 2, 1), CBNZ(2, -4)};

	for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
		for (unsigned round = 0; round < 2; round++) {
			for (uint64_t i = 0; i < numbers[n]; i++) {
				/* Somewhere else in the second round. */
				box->machine->frame[page + i] = (uint32_t)(page + i + 1024 * round);
				box_set(box, first + 4096 * i, 1 + round);
			}
			regs->x[0] = 0;
			regs->x[1] = first;
			regs->x[2] = numbers[n];
			regs->x[4] = 4096;
			box_run(box, code, 5);
			assert_int_equal(regs->x[0], numbers[n] * (1 + round));
		}
	}
}

/* Code that stores an instruction over a later one, then does what it is told, and goes there. */
static uint64_t patch(struct box *box, uint32_t a, uint32_t b, uint32_t c)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[1] = MACHINE_BASE + 0x40;
	regs->x[2] = MOVZ(0, 2);
	machine_code(box->machine, MACHINE_BASE + 0x40, INSNS(MOVZ(0, 1), RET));
	/* Once before, so that it is decoded. */
	regs->x[30] = MACHINE_BASE + 4;
	RUN(box, BR(1), STRW(2, 1), a, b, c, SUB(30, 1, 0x40 - 32), BR(1), NOP);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	return regs->x[0];
}

static void new_code_is_seen_after_ic_and_isb(void **state)
{
	struct box *box = *state;

	assert_int_equal(patch(box, MSR(SYS_DC_CVAU, 1), MSR(SYS_IC_IVAU, 1), ISB), 2);
	assert_int_equal(patch(box, MSR(SYS_IC_IALLU, XZR), DSB_ISH, ISB), 2);
}

static void other_pes_hear_of_new_code_with_the_barrier(void **state)
{
	struct box *box = *state;

	patch(box, MSR(SYS_IC_IVAU, 1), NOP, NOP);
	/* Without a barrier: when the vCPU leaves. */
	assert_int_equal(box->cpu.broadcasts, 1);
	patch(box, MSR(SYS_IC_IVAU, 1), MSR(SYS_IC_IVAU, 1), DSB_ISH);
	assert_int_equal(box->cpu.broadcasts, 2);
}

static void code_is_compared_when_its_page_is_looked_up_again(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	RUN(box, MOVZ(0, 1));
	assert_int_equal(regs->x[0], 1);
	RUN(box, MOVZ(0, 2));
	assert_int_equal(regs->x[0], 2);
	/* The same host page again, after a page of another vCPU. */
	machine_code(box->machine, MACHINE_BASE, INSNS(MOVZ(0, 3)));
	box->cpu.vcpu.id = 9;
	regs->pc = MACHINE_BASE;
	machine_run(&box->cpu);
	assert_int_equal(regs->x[0], 3);
}

static void more_code_than_the_cache_holds_is_run_correctly(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	const uint64_t first = MACHINE_BASE + 0x200000;
	const unsigned pages = 700;

	/* A chain of pages, each of which adds one and branches to the next; twice. */
	for (unsigned i = 0; i < pages; i++)
		machine_code(box->machine, first + i * 4096ull,
		             INSNS(ADD(0, 0, 1), B(i + 1 < pages ? 1023 : 1), SUB(1, 1, 1),
		                   CBNZ(1, 2), SMC(5), BR(2)));
	regs->x[2] = first;
	regs->x[0] = 0;
	regs->x[1] = 2;
	regs->pc = first;
	box->cpu.entry.flush = true;
	machine_run(&box->cpu);
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	assert_int_equal(regs->x[0], 2 * pages);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(nothing_cached_survives_an_entry_with_flush),
	        TEST(tlb_maintenance_forgets),
	        TEST(another_vcpu_or_another_pe_finds_nothing_cached),
	        TEST(a_flush_request_is_acknowledged_after_everything_is_dropped),
	        TEST(a_lookup_that_says_flush_drops_what_came_before),
	        TEST(a_flush_forgets_few_pages_and_many),
	        TEST(new_code_is_seen_after_ic_and_isb),
	        TEST(other_pes_hear_of_new_code_with_the_barrier),
	        TEST(code_is_compared_when_its_page_is_looked_up_again),
	        TEST(more_code_than_the_cache_holds_is_run_correctly),
	};

	return cmocka_run_group_tests_name("a64_cache", tests, NULL, NULL);
}
