/* SPDX-License-Identifier: BSD-3-Clause */
/* Self-hosted debug on the A64 interpreter: breakpoints, watchpoints, software step. */
#include <stdlib.h>

#include "a64_box.h"
#include "a64_insn.h"
#include "cmocka_test.h"

#define SS              UINT64_C(1)
#define TDCC            (UINT64_C(1) << 12)
#define KDE             (UINT64_C(1) << 13)
#define MDE             (UINT64_C(1) << 15)

#define PSTATE_SS       (UINT64_C(1) << 21)
#define PSTATE_D        (UINT64_C(1) << 9)

/* Enabled, for EL1, for EL0. */
#define AT_EL1          UINT64_C(3)
#define AT_EL0          UINT64_C(5)
#define BAS(mask)       ((uint64_t)(mask) << 5)
#define LOADS           (UINT64_C(1) << 3)
#define STORES          (UINT64_C(2) << 3)
#define LINKED_TO(n)    ((uint64_t)(n) << 16)
#define TYPE(n)         ((uint64_t)(n) << 20)
#define WATCH_LINKED    (UINT64_C(1) << 20)
#define MASK(bits)      ((uint64_t)(bits) << 24)

#define FPEN            (UINT64_C(3) << 20)

#define ESR_BREAKPOINT  ESR(0x31, 0x22)
#define ESR_WATCH_READ  ESR(0x35, 0x22)
#define ESR_WATCH_WRITE ESR(0x35, 0x62)

#define SYS_MDSCR       SYS(2, 0, 0, 2, 2)
#define SYS_OSLAR       SYS(2, 0, 1, 0, 4)
#define SYS_CLAIM_SET   SYS(2, 0, 7, 8, 6)
#define SYS_CLAIM_CLR   SYS(2, 0, 7, 9, 6)

static int setup(void **state)
{
	struct box *box;

	if (box_setup(state) != 0)
		return -1;
	box = *state;
	box->cpu.regs.sysreg[GUEST_MDSCR_EL1] = MDE | KDE;
	return 0;
}

/* At EL1 with debug exceptions unmasked. */
static struct guest_regs *unmasked(struct box *box)
{
	box->cpu.regs.pstate = GUEST_PSTATE_RESET & ~PSTATE_D;
	return &box->cpu.regs;
}

static void set_breakpoint(struct box *box, unsigned n, uint64_t value, uint64_t control)
{
	box->cpu.regs.sysreg[GUEST_DBGBVR0_EL1 + 2 * n] = value;
	box->cpu.regs.sysreg[GUEST_DBGBCR0_EL1 + 2 * n] = control | BAS(0xf);
}

static void set_watchpoint(struct box *box, unsigned n, uint64_t value, uint64_t control)
{
	box->cpu.regs.sysreg[GUEST_DBGWVR0_EL1 + 2 * n] = value;
	box->cpu.regs.sysreg[GUEST_DBGWCR0_EL1 + 2 * n] = control;
}

static void assert_caught(struct box *box, uint64_t esr, uint64_t elr)
{
	assert_int_equal(box->cpu.regs.pc, HANDLER_SPX);
	assert_int_equal(box->cpu.regs.sysreg[GUEST_ESR_EL1], esr);
	assert_int_equal(box->cpu.regs.sysreg[GUEST_ELR_EL1], elr);
}

static void a_breakpoint_stops_before_its_instruction(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = unmasked(box);

	regs->x[0] = 0;
	set_breakpoint(box, 0, MACHINE_BASE + 8, AT_EL1);
	RUN(box, ADD(0, 0, 1), ADD(0, 0, 1), ADD(0, 0, 1));
	assert_caught(box, ESR_BREAKPOINT, MACHINE_BASE + 8);
	assert_int_equal(regs->x[0], 2);
}

static void a_breakpoint_is_found_after_branches_and_in_loops(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = unmasked(box);

	regs->x[0] = 5;
	regs->x[1] = MACHINE_BASE + 16;
	set_breakpoint(box, 1, MACHINE_BASE + 16, AT_EL1);
	RUN(box, SUB(0, 0, 1), CBNZ(0, -1), BR(1), SMC(1), ADD(0, 0, 7));
	assert_caught(box, ESR_BREAKPOINT, MACHINE_BASE + 16);
	assert_int_equal(regs->x[0], 0);
}

static void nothing_stops_where_debug_is_masked_or_locked_or_off(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = unmasked(box);

	set_breakpoint(box, 0, MACHINE_BASE + 4, AT_EL1);
	regs->pstate |= PSTATE_D;
	RUN(box, NOP, NOP);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	unmasked(box)->sysreg[GUEST_MDSCR_EL1] = MDE;
	RUN(box, NOP, NOP);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	unmasked(box)->sysreg[GUEST_MDSCR_EL1] = KDE;
	RUN(box, NOP, NOP);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	unmasked(box)->sysreg[GUEST_MDSCR_EL1] = MDE | KDE;
	regs->sysreg[GUEST_OSLSR_EL1] = 2;
	RUN(box, NOP, NOP);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	/* Not for EL1, another type, another security state. */
	regs->sysreg[GUEST_OSLSR_EL1] = 0;
	set_breakpoint(box, 0, MACHINE_BASE + 4, AT_EL0);
	set_breakpoint(box, 1, MACHINE_BASE + 4, AT_EL1 | TYPE(9));
	RUN(box, NOP, NOP);
	set_breakpoint(box, 0, MACHINE_BASE + 4, AT_EL1 | UINT64_C(1) << 14);
	RUN(box, NOP, NOP);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
}

static void breakpoints_of_el0_need_no_kde(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | EL0 | READ_ONLY | VALID);
	regs->sysreg[GUEST_MDSCR_EL1] = MDE;
	set_breakpoint(box, 0, MACHINE_BASE + 4, AT_EL0);
	regs->pstate = GUEST_PSTATE_EL0T;
	RUN(box, NOP, NOP);
	assert_int_equal(regs->pc, VECTORS + 0x400);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x30, 0x22));
}

static void a_breakpoint_may_be_for_a_context(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = unmasked(box);

	set_breakpoint(box, 0, MACHINE_BASE + 4, AT_EL1 | TYPE(1) | LINKED_TO(1));
	set_breakpoint(box, 1, 0x77, AT_EL1 | TYPE(3));
	RUN(box, NOP, NOP);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	regs->sysreg[GUEST_CONTEXTIDR_EL1] = 0x77;
	RUN(box, NOP, NOP);
	assert_caught(box, ESR_BREAKPOINT, MACHINE_BASE + 4);
	/* By itself: every instruction of the context. */
	unmasked(box);
	set_breakpoint(box, 0, MACHINE_BASE + 4, 0);
	set_breakpoint(box, 1, 0x77, AT_EL1 | TYPE(2));
	RUN(box, NOP, NOP);
	assert_caught(box, ESR_BREAKPOINT, MACHINE_BASE);
	/* The first breakpoint does not know contexts. */
	unmasked(box);
	set_breakpoint(box, 1, 0x77, 0);
	set_breakpoint(box, 0, 0x77, AT_EL1 | TYPE(2));
	RUN(box, NOP, NOP);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
}

static void a_watchpoint_sees_the_bytes_of_its_mask(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = unmasked(box);

	set_watchpoint(box, 0, VA + 8, AT_EL1 | STORES | BAS(0x0c));
	regs->x[1] = VA + 8;
	regs->x[0] = 0x55;
	/* STRB to byte 1, a load of all, then STRH to bytes 2 and 3. */
	RUN(box, 0x39000420, LDR(2, 1), 0x79000420);
	assert_caught(box, ESR_WATCH_WRITE, MACHINE_BASE + 8);
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 10);
	assert_int_equal(box_get(box, DATA + 8), 0x5500);
	/* A word in the upper half, and an access that begins before it. */
	unmasked(box);
	set_watchpoint(box, 0, VA + 12, AT_EL1 | LOADS | BAS(0x01));
	RUN(box, LDRW(0, 1), STR(0, 1), LDR(0, 1));
	assert_caught(box, ESR_WATCH_READ, MACHINE_BASE + 8);
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 8);
}

static void a_watchpoint_sees_a_range_and_every_kind_of_access(void **state)
{
	static const uint32_t insns[] = {
	        LDP(2, 3, 1),       STP(2, 3, 1), LDXR(2, 1),
	        LDADD(2, 3, 1),     LDAR(2, 1),   0xf8408020 /* LDUR X0, [X1, #8] */,
	        MSR(SYS_DC_ZVA, 1),
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	set_watchpoint(box, 1, VA + 0x100, AT_EL1 | LOADS | STORES | BAS(0xff) | MASK(6));
	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		unmasked(box);
		regs->x[1] = VA + 0x100;
		RUN(box, NOP, insns[i]);
		assert_int_equal(regs->pc, HANDLER_SPX);
		assert_int_equal(regs->sysreg[GUEST_ESR_EL1] & ~UINT64_C(0x40), ESR_WATCH_READ);
		assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 4);
		unmasked(box);
		regs->x[1] = VA + 0x140;
		RUN(box, NOP, insns[i]);
		assert_int_equal(regs->pc, MACHINE_BASE + 8);
	}
	/* The last byte of an access that is not aligned. */
	unmasked(box);
	regs->x[1] = VA + 0x100 - 7;
	RUN(box, LDR(0, 1));
	assert_caught(box, ESR_WATCH_READ, MACHINE_BASE);
	/* Cache maintenance is not an access. */
	unmasked(box);
	RUN(box, MSR(SYS_DC_CIVAC, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	/* But invalidation is: a store, with CM. */
	unmasked(box);
	regs->x[1] = VA + 0x100;
	RUN(box, MSR(SYS_DC_IVAC, 1));
	assert_caught(box, ESR_WATCH_WRITE | 1 << 8, MACHINE_BASE);
}

/* DC ZVA and DC IVAC, whatever byte of the block their address is. */
static void a_watchpoint_sees_a_block_from_its_start(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t esr;
	} cases[] = {
	        {MSR(SYS_DC_ZVA, 1), ESR_WATCH_WRITE},
	        {MSR(SYS_DC_IVAC, 1), ESR_WATCH_WRITE | 1 << 8},
	};
	static const unsigned watched[] = {0, 0x18, 0x3f};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned w = 0; w < 3; w++) {
			uint64_t at = VA + 0x100 + watched[w];

			set_watchpoint(box, 0, at & ~UINT64_C(7),
			               AT_EL1 | STORES | BAS(1 << (at & 7)));
			box_set(box, DATA + 0x100, 5);
			unmasked(box);
			regs->x[1] = VA + 0x120;
			RUN(box, cases[i].insn);
			assert_caught(box, cases[i].esr, MACHINE_BASE);
			assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 0x120);
			assert_int_equal(box_get(box, DATA + 0x100), 5);
			/* The blocks around it, and the byte behind what is watched. */
			unmasked(box);
			regs->x[1] = VA + 0xff;
			regs->x[2] = VA + 0x140;
			regs->x[3] = at + 1;
			RUN(box, cases[i].insn, cases[i].insn + 1, 0x39000060 /* STRB W0, [X3] */);
			assert_int_equal(regs->pc, MACHINE_BASE + 12);
		}
		/* A range within the block. */
		set_watchpoint(box, 0, VA + 0x108, AT_EL1 | STORES | BAS(0xff) | MASK(3));
		unmasked(box);
		regs->x[1] = VA + 0x120;
		RUN(box, cases[i].insn);
		assert_caught(box, cases[i].esr, MACHINE_BASE);
	}
}

/* Scalars, pairs, structures, single lanes: each byte of them and no other. */
static void a_watchpoint_sees_accesses_of_vectors(void **state)
{
	static const struct {
		uint32_t insn;
		unsigned bytes;
		uint64_t esr;
	} cases[] = {
	        {0x3d400020 /* LDR B0, [X1] */, 1, ESR_WATCH_READ},
	        {0x7d000020 /* STR H0, [X1] */, 2, ESR_WATCH_WRITE},
	        {0x3dc00020 /* LDR Q0, [X1] */, 16, ESR_WATCH_READ},
	        {0x3d800020 /* STR Q0, [X1] */, 16, ESR_WATCH_WRITE},
	        {0xad400420 /* LDP Q0, Q1, [X1] */, 32, ESR_WATCH_READ},
	        {0x6d000420 /* STP D0, D1, [X1] */, 16, ESR_WATCH_WRITE},
	        {0x4c002020 /* ST1 {V0.16B-V3.16B}, [X1] */, 64, ESR_WATCH_WRITE},
	        {0x4c400420 /* LD4 {V0.8H-V3.8H}, [X1] */, 64, ESR_WATCH_READ},
	        {0x4d40c820 /* LD1R {V0.4S}, [X1] */, 4, ESR_WATCH_READ},
	        {0x0d209020 /* ST2 {V0.S, V1.S}[1], [X1] */, 8, ESR_WATCH_WRITE},
	};
	const uint64_t page = VA + 4096;
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->sysreg[GUEST_CPACR_EL1] = FPEN;
	box_set(box, box_slot(box, page, 3), (DATA + 0x2000) | AF | PAGE);
	/* In the midst of a page, and with the access in two pages. */
	for (uint64_t at = VA + 0x100; at <= page; at += page - VA - 0x100) {
		set_watchpoint(box, 0, at, AT_EL1 | LOADS | STORES | BAS(1));
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			const unsigned bytes = cases[i].bytes;

			/* Its last byte, its first one. */
			for (unsigned before = 0;
			     before<bytes; before += bytes> 1 ? bytes - 1 : 1) {
				unmasked(box);
				regs->x[1] = at - before;
				RUN(box, NOP, cases[i].insn);
				assert_caught(box, cases[i].esr, MACHINE_BASE + 4);
				assert_in_range(regs->sysreg[GUEST_FAR_EL1], at - before, at);
			}
			unmasked(box);
			regs->x[1] = at - bytes;
			RUN(box, NOP, cases[i].insn);
			assert_int_equal(regs->pc, MACHINE_BASE + 8);
			unmasked(box);
			regs->x[1] = at + 1;
			RUN(box, NOP, cases[i].insn);
			assert_int_equal(regs->pc, MACHINE_BASE + 8);
		}
	}
	/* Behind an access whose larger part is in the first page. */
	set_watchpoint(box, 0, page, AT_EL1 | LOADS | STORES | BAS(2));
	for (unsigned i = 2; i <= 3; i++) {
		unmasked(box);
		regs->x[1] = page - 15;
		RUN(box, NOP, cases[i].insn);
		assert_int_equal(regs->pc, MACHINE_BASE + 8);
		unmasked(box);
		regs->x[1] = page - 14;
		RUN(box, NOP, cases[i].insn);
		assert_caught(box, cases[i].esr, MACHINE_BASE + 4);
	}
}

static void a_watchpoint_may_be_linked_to_a_context(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = unmasked(box);

	set_watchpoint(box, 0, VA, AT_EL1 | LOADS | BAS(0xff) | WATCH_LINKED | LINKED_TO(1));
	set_breakpoint(box, 1, 9, AT_EL1 | TYPE(3));
	regs->x[1] = VA;
	RUN(box, LDR(0, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	regs->sysreg[GUEST_CONTEXTIDR_EL1] = 9;
	RUN(box, LDR(0, 1));
	assert_caught(box, ESR_WATCH_READ, MACHINE_BASE);
}

static void what_the_watched_address_lacks_is_reported_first(void **state)
{
	struct box *box = *state;

	unmasked(box)->x[1] = VA;
	box_set(box, box_slot(box, VA, 3), 0);
	set_watchpoint(box, 0, VA, AT_EL1 | LOADS | BAS(0xff));
	RUN(box, LDR(0, 1));
	assert_caught(box, ESR(0x25, 0x07), MACHINE_BASE);
}

static void debug_can_be_turned_on_and_off_on_the_way(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = unmasked(box);

	regs->sysreg[GUEST_MDSCR_EL1] = 0;
	set_breakpoint(box, 0, MACHINE_BASE + 20, AT_EL1);
	set_breakpoint(box, 1, MACHINE_BASE + 16, AT_EL1);
	regs->x[0] = MDE | KDE;
	regs->x[1] = 1;
	RUN(box, MSR(SYS_MDSCR, 0), MRS(2, SYS_MDSCR), MSR(SYS_OSLAR, 1), NOP, NOP,
	    MSR(SYS_OSLAR, XZR), NOP);
	assert_int_equal(regs->x[2], MDE | KDE);
	assert_int_equal(regs->pc, MACHINE_BASE + 28);
	unmasked(box)->sysreg[GUEST_OSLSR_EL1] = 0;
	regs->sysreg[GUEST_MDSCR_EL1] = 0;
	RUN(box, MSR(SYS_MDSCR, 0), NOP, NOP, NOP, NOP);
	assert_caught(box, ESR_BREAKPOINT, MACHINE_BASE + 16);
}

/* ERET from EL1 with debug masked to code that is stepped. */
static struct guest_regs *step(struct box *box, uint64_t at, uint64_t spsr)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->pstate = GUEST_PSTATE_RESET;
	regs->sysreg[GUEST_MDSCR_EL1] = SS | KDE;
	regs->sysreg[GUEST_ELR_EL1] = at;
	regs->sysreg[GUEST_SPSR_EL1] = spsr;
	return regs;
}

#define STEPPED (GUEST_PSTATE_EL1H | PSTATE_SS)

static void one_instruction_is_stepped(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = step(box, MACHINE_BASE + 8, STEPPED);

	regs->x[0] = 0;
	RUN(box, ERET, SMC(1), ADD(0, 0, 1), ADD(0, 0, 1));
	assert_caught(box, ESR(0x33, 1 << 24 | 0x22), MACHINE_BASE + 12);
	assert_int_equal(regs->x[0], 1);
	assert_int_equal(regs->sysreg[GUEST_SPSR_EL1] & PSTATE_SS, 0);
	/* A branch, and a load-exclusive. */
	step(box, MACHINE_BASE + 8, STEPPED);
	RUN(box, ERET, SMC(1), B(3), SMC(2), SMC(3), NOP);
	assert_caught(box, ESR(0x33, 1 << 24 | 0x22), MACHINE_BASE + 20);
	regs = step(box, MACHINE_BASE + 8, STEPPED);
	regs->x[1] = VA;
	RUN(box, ERET, SMC(1), LDXR(0, 1), NOP);
	assert_caught(box, ESR(0x33, 1 << 24 | 1 << 6 | 0x22), MACHINE_BASE + 12);
}

static void with_ss_clear_the_step_is_over_at_once(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = step(box, MACHINE_BASE + 8, GUEST_PSTATE_EL1H);

	regs->x[0] = 0;
	RUN(box, ERET, SMC(1), ADD(0, 0, 1));
	assert_caught(box, ESR(0x33, 0x22), MACHINE_BASE + 8);
	assert_int_equal(regs->x[0], 0);
}

static void el0_is_stepped_from_el1(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = step(box, MACHINE_BASE + 4, PSTATE_SS);

	box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | EL0 | READ_ONLY | VALID);
	regs->sysreg[GUEST_MDSCR_EL1] = SS;
	RUN(box, NOP, NOP);
	/* EL1 itself is not stepped. */
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	regs = step(box, MACHINE_BASE + 4, PSTATE_SS);
	RUN(box, ERET, NOP, NOP);
	assert_int_equal(regs->pc, VECTORS + 0x400);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x32, 1 << 24 | 0x22));
	assert_int_equal(regs->sysreg[GUEST_ELR_EL1], MACHINE_BASE + 8);
}

static void an_exception_of_the_stepped_instruction_comes_first(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = step(box, MACHINE_BASE + 8, STEPPED);

	/* SVC returns behind itself: the step is done. */
	RUN(box, ERET, SMC(1), SVC(5));
	assert_caught(box, ESR(0x15, 5), MACHINE_BASE + 12);
	assert_int_equal(regs->sysreg[GUEST_SPSR_EL1] & PSTATE_SS, 0);
	/* What is UNDEFINED is executed again. */
	regs = step(box, MACHINE_BASE + 8, STEPPED);
	RUN(box, ERET, SMC(1), 0);
	assert_caught(box, ESR(0, 0), MACHINE_BASE + 8);
	assert_int_equal(regs->sysreg[GUEST_SPSR_EL1] & PSTATE_SS, PSTATE_SS);
}

static void ss_is_lost_where_nothing_is_stepped(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = step(box, MACHINE_BASE + 4, STEPPED | PSTATE_D);

	RUN(box, ERET, NOP);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	assert_int_equal(regs->pstate & PSTATE_SS, 0);
	regs = step(box, MACHINE_BASE + 4, STEPPED);
	regs->sysreg[GUEST_MDSCR_EL1] = KDE;
	RUN(box, ERET, NOP);
	assert_int_equal(regs->pstate & PSTATE_SS, 0);
}

static void debug_registers_keep_the_bits_that_exist(void **state)
{
	static const struct {
		uint32_t sys;
		uint64_t ones, zeros;
	} cases[] = {
	        {SYS_MDSCR, 0xb001, 0},
	        {SYS(2, 0, 0, 0, 4), UINT64_MAX, 0},
	        {SYS(2, 0, 0, 1, 5), 0xffe1e7, 0x1e0},
	        {SYS(2, 0, 0, 0, 6), ~UINT64_C(3), 0},
	        {SYS(2, 0, 0, 1, 7), 0x1f1fffff, 0},
	        /* There is nobody at the other end. */
	        {SYS(2, 3, 0, 4, 0), 0, 0},
	        {SYS(2, 3, 0, 5, 0), 0, 0},
	        {SYS(2, 0, 0, 0, 2), 0, 0},
	        {SYS(2, 0, 0, 2, 0), 0, 0},
	        {SYS(2, 0, 0, 6, 2), 0, 0},
	        {SYS(2, 0, 1, 4, 4), 0, 0},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[0] = UINT64_MAX;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		RUN(box, MSR(cases[i].sys, 0), MRS(1, cases[i].sys), MSR(cases[i].sys, XZR),
		    MRS(2, cases[i].sys));
		assert_int_equal(regs->x[1], cases[i].ones);
		assert_int_equal(regs->x[2], cases[i].zeros);
	}
	RUN(box, MRS(1, SYS(2, 0, 1, 0, 0)), MRS(2, SYS(2, 0, 7, 14, 6)),
	    MRS(3, SYS(2, 3, 0, 1, 0)), MRS(4, SYS(2, 0, 1, 3, 4)), MSR(SYS(2, 0, 1, 3, 4), 0));
	assert_int_equal(regs->x[1] | regs->x[2] | regs->x[3] | regs->x[4], 0);
	assert_int_equal(regs->pc, MACHINE_BASE + 20);
}

static void a_realm_has_two_breakpoints_and_two_watchpoints(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* ID_AA64DFR0_EL1: CTX_CMPs, WRPs, BRPs, one less than there are. */
	RUN(box, MRS(0, SYS(3, 0, 0, 5, 0)), MRS(1, SYS(2, 0, 0, 1, 4)));
	assert_int_equal(regs->x[0] & 0xf0f0f000, 0x00101000);
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	RUN(box, MRS(1, SYS(2, 0, 0, 2, 4)));
	assert_caught(box, ESR(0, 0), MACHINE_BASE);
	unmasked(box);
	RUN(box, MRS(1, SYS(2, 0, 0, 2, 6)));
	assert_caught(box, ESR(0, 0), MACHINE_BASE);
}

static void claim_tags_are_set_and_cleared(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->x[0] = 0x133;
	regs->x[1] = 0x11;
	RUN(box, MSR(SYS_CLAIM_SET, 0), MRS(2, SYS_CLAIM_CLR), MSR(SYS_CLAIM_CLR, 1),
	    MRS(3, SYS_CLAIM_CLR), MRS(4, SYS_CLAIM_SET));
	assert_int_equal(regs->x[2], 0x33);
	assert_int_equal(regs->x[3], 0x22);
	assert_int_equal(regs->x[4], 0xff);
}

static void el0_can_be_kept_from_the_channel(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | EL0 | READ_ONLY | VALID);
	regs->pstate = GUEST_PSTATE_EL0T;
	RUN(box, MRS(0, SYS(2, 3, 0, 1, 0)), SVC(1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x15, 1));
	regs->pstate = GUEST_PSTATE_EL0T;
	regs->sysreg[GUEST_MDSCR_EL1] = TDCC;
	RUN(box, MRS(0, SYS(2, 3, 0, 1, 0)), SVC(1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x18, 2 << 20 | 3 << 14 | 1 << 1 | 1));
	/* What EL1 alone has. */
	regs->pstate = GUEST_PSTATE_EL0T;
	RUN(box, MRS(0, SYS(2, 0, 0, 2, 0)));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(a_breakpoint_stops_before_its_instruction),
	        TEST(a_breakpoint_is_found_after_branches_and_in_loops),
	        TEST(nothing_stops_where_debug_is_masked_or_locked_or_off),
	        TEST(breakpoints_of_el0_need_no_kde),
	        TEST(a_breakpoint_may_be_for_a_context),
	        TEST(a_watchpoint_sees_the_bytes_of_its_mask),
	        TEST(a_watchpoint_sees_a_range_and_every_kind_of_access),
	        TEST(a_watchpoint_sees_a_block_from_its_start),
	        TEST(a_watchpoint_sees_accesses_of_vectors),
	        TEST(a_watchpoint_may_be_linked_to_a_context),
	        TEST(what_the_watched_address_lacks_is_reported_first),
	        TEST(debug_can_be_turned_on_and_off_on_the_way),
	        TEST(one_instruction_is_stepped),
	        TEST(with_ss_clear_the_step_is_over_at_once),
	        TEST(el0_is_stepped_from_el1),
	        TEST(an_exception_of_the_stepped_instruction_comes_first),
	        TEST(ss_is_lost_where_nothing_is_stepped),
	        TEST(debug_registers_keep_the_bits_that_exist),
	        TEST(a_realm_has_two_breakpoints_and_two_watchpoints),
	        TEST(claim_tags_are_set_and_cleared),
	        TEST(el0_can_be_kept_from_the_channel),
	};

	return cmocka_run_group_tests_name("a64_debug", tests, NULL, NULL);
}
