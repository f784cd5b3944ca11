/* SPDX-License-Identifier: BSD-3-Clause */
/* What Armv8.1 to v8.7 added and the ID registers promise: one test for each addition. */
#include <stdlib.h>
#include <string.h>

#include "a64_box.h"
#include "a64_insn.h"
#include "cmocka_test.h"

#define SCTLR_EL1H            (GUEST_SCTLR_EL1_RESET | SCTLR_M)
#define SCTLR_NAA             (UINT64_C(1) << 6)
#define SCTLR_DSSBS           (UINT64_C(1) << 44)

#define TCR_HPD0              (UINT64_C(1) << 41)
#define TCR_E0PD0             (UINT64_C(1) << 55)
#define TCR_TBI0              (UINT64_C(1) << 37)
#define TCR_TBID0             (UINT64_C(1) << 51)

#define NZCV(flags)           ((uint64_t)(flags) << 28)
#define NZCV_MASK             NZCV(15)

#define CFINV                 0xd500401f
#define XAFLAG                0xd500403f
#define AXFLAG                0xd500405f
#define SB                    0xd50330ff
#define CFP_RCTX(rt)          (0xd50b7380 | (rt))
#define DVP_RCTX(rt)          (0xd50b73a0 | (rt))
#define CPP_RCTX(rt)          (0xd50b73e0 | (rt))
#define WFET(rt)              (0xd5031000 | (rt))
#define WFIT(rt)              (0xd5031020 | (rt))
#define RMIF(rn, shift, mask) (0xba000400 | (uint32_t)(shift) << 15 | (rn) << 5 | (mask))
#define SETF8(rn)             (0x3a00080d | (rn) << 5)
#define SETF16(rn)            (0x3a00480d | (rn) << 5)

/* Size in log2, opc: 0 store, 1 load, 2 and 3 load signed to 64 and 32 bits. */
#define RCPC(size, opc, imm, rn, rt)                                                               \
	(0x19000000 | (uint32_t)(size) << 30 | (uint32_t)(opc) << 22 |                             \
	 ((uint32_t)(imm)&0x1ff) << 12 | (rn) << 5 | (rt))

#define SYS_UAO     SYS(3, 0, 4, 2, 4)
#define SYS_DIT     SYS(3, 3, 4, 2, 5)
#define SYS_SSBS    SYS(3, 3, 4, 2, 6)
#define SYS_TCR_EL1 SYS(3, 0, 2, 0, 2)

/* The flags that an instruction makes of others. */
static unsigned flags_after(struct box *box, uint32_t insn, unsigned nzcv)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->pstate = GUEST_PSTATE_RESET | NZCV(nzcv);
	RUN(box, insn);
	return (unsigned)(regs->pstate >> 28) & 15;
}

static void cfinv_inverts_c_alone(void **state)
{
	for (unsigned nzcv = 0; nzcv < 16; nzcv++)
		assert_int_equal(flags_after(*state, CFINV, nzcv), nzcv ^ 2);
}

static void flags_go_to_the_format_of_x86_and_back(void **state)
{
	/* What FCMP gives: less, equal, greater, unordered. */
	static const struct {
		unsigned arm, other;
	} cases[] = {{8, 0}, {6, 6}, {2, 2}, {3, 4}};

	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(flags_after(*state, AXFLAG, cases[i].arm), cases[i].other);
		assert_int_equal(flags_after(*state, XAFLAG, cases[i].other), cases[i].arm);
	}
}

static void rmif_moves_the_bits_of_its_mask(void **state)
{
	struct box *box = *state;

	box->cpu.regs.x[2] = UINT64_C(0xa) << 60;
	assert_int_equal(flags_after(box, RMIF(2, 60, 15), 0), 10);
	assert_int_equal(flags_after(box, RMIF(2, 60, 2), 5), 7);
	assert_int_equal(flags_after(box, RMIF(2, 61, 8), 7), 7);
	assert_int_equal(flags_after(box, RMIF(2, 61, 4), 0), 4);
}

static void setf_looks_at_a_byte_or_a_halfword(void **state)
{
	struct box *box = *state;

	box->cpu.regs.x[2] = 0xffffff80;
	/* V: bits 8 and 7 differ. C stays. */
	assert_int_equal(flags_after(box, SETF8(2), 2), 8 | 2);
	box->cpu.regs.x[2] = 0x80;
	assert_int_equal(flags_after(box, SETF8(2), 0), 8 | 1);
	assert_int_equal(flags_after(box, SETF16(2), 0), 0);
	box->cpu.regs.x[2] = 0x10000;
	assert_int_equal(flags_after(box, SETF8(2), 0), 4);
	assert_int_equal(flags_after(box, SETF16(2), 0), 4 | 1);
}

static void ordered_accesses_have_an_unscaled_offset(void **state)
{
	static const struct {
		unsigned size, opc;
		uint64_t loaded;
	} cases[] = {
	        {0, 1, 0x88},
	        {0, 2, UINT64_C(0xffffffffffffff88)},
	        {0, 3, 0xffffff88},
	        {1, 1, 0x9988},
	        {1, 2, UINT64_C(0xffffffffffff9988)},
	        {1, 3, 0xffff9988},
	        {2, 1, 0xbbaa9988},
	        {2, 2, UINT64_C(0xffffffffbbaa9988)},
	        {3, 1, UINT64_C(0xffeeddccbbaa9988)},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		box_set(box, DATA + 8, UINT64_C(0xffeeddccbbaa9988));
		regs->x[1] = VA + 0x20;
		RUN(box, RCPC(cases[i].size, cases[i].opc, -0x18, 1, 3));
		assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
		assert_int_equal(regs->x[3], cases[i].loaded);
		regs->x[3] = UINT64_C(0x7777777777777777);
		RUN(box, RCPC(cases[i].size, 0, -0x18, 1, 3));
		RUN(box, RCPC(3, 1, -0x18, 1, 3));
		assert_int_equal(regs->x[3] & 0xff, 0x77);
		if (cases[i].size < 3)
			assert_int_equal(regs->x[3] >> (8u << cases[i].size),
			                 UINT64_C(0xffeeddccbbaa9988) >> (8u << cases[i].size));
	}
	/* More than 16 aligned bytes, even in Normal memory. */
	regs->pstate = GUEST_PSTATE_RESET;
	RUN(box, RCPC(3, 1, 9, 1, 3));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x21));
	regs->pstate = GUEST_PSTATE_RESET;
	RUN(box, RCPC(3, 0, 9, 1, 3));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x61));
}

/* 32 bytes around an access: so much of memory does it change. */
struct around {
	uint64_t word[4];
};

/* Runs an instruction on memory that holds bytes of a value at VA + 0x40 + offset. */
static struct around run_at(struct box *box, uint32_t insn, unsigned offset, uint64_t value,
                            unsigned bytes)
{
	struct guest_regs *regs = &box->cpu.regs;
	uint8_t *memory = machine_at(box->machine, DATA + 0x40);
	struct around after;

	memset(memory, 0x5a, sizeof(after));
	memcpy(memory + offset, &value, bytes);
	regs->pstate = GUEST_PSTATE_RESET;
	regs->x[1] = VA + 0x40 + offset;
	RUN(box, insn);
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	/* What is around stays as it was. */
	memcpy(&after, memory, sizeof(after));
	memset((uint8_t *)&after + offset, 0x5a, bytes);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(after.word[i], UINT64_C(0x5a5a5a5a5a5a5a5a));
	memset(&after, 0, sizeof(after));
	memcpy(&after, memory + offset, bytes);
	return after;
}

/* Atomics do at each address within 16 aligned bytes what they do at one that is aligned. */
static void atomics_need_no_alignment_within_16_bytes(void **state)
{
	static const uint64_t values[] = {UINT64_C(0x8182838485868788), 5, UINT64_MAX};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned form = 0; form < 9 * 3 * 3; form++) {
		unsigned opc = form % 9, size = 1 + form / 9 % 3, bytes = 1u << size;
		uint64_t value = values[form / 27];
		uint32_t insn = ATOMIC(opc, size, 2, 3, 1);
		struct around expected, found;
		uint64_t loaded;

		regs->x[2] = UINT64_C(0x7002040680000006);
		expected = run_at(box, insn, 0, value, bytes);
		loaded = regs->x[3];
		for (unsigned offset = 1; offset + bytes <= 16; offset++) {
			found = run_at(box, insn, offset, value, bytes);
			assert_int_equal(found.word[0], expected.word[0]);
			assert_int_equal(regs->x[3], loaded);
		}
	}
}

static void compare_and_swap_needs_no_alignment_within_16_bytes(void **state)
{
	const uint64_t value = UINT64_C(0x8182838485868788);
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned offset = 0; offset <= 14; offset++) {
		for (unsigned size = 1; size <= 3 && offset + (1u << size) <= 16; size++) {
			uint64_t mask = UINT64_MAX >> (64 - (8u << size));
			uint32_t insn = (CAS(2, 3, 1) & ~(3u << 30)) | size << 30;

			/* Upper bits do not count. */
			regs->x[2] = size < 3 ? value ^ ~mask : value;
			regs->x[3] = 77;
			assert_int_equal(run_at(box, insn, offset, value, 1u << size).word[0], 77);
			assert_int_equal(regs->x[2], value & mask);
			regs->x[2] = value ^ 1;
			assert_int_equal(run_at(box, insn, offset, value, 1u << size).word[0],
			                 value & mask);
			assert_int_equal(regs->x[2], value & mask);
		}
	}
	/* CASP of 32 bits. */
	for (unsigned offset = 0; offset <= 8; offset++) {
		regs->x[2] = (uint32_t)value;
		regs->x[3] = value >> 32;
		regs->x[4] = 7;
		regs->x[5] = 8;
		assert_int_equal(run_at(box, 0x0860fc24 | 2 << 16, offset, value, 8).word[0],
		                 UINT64_C(8) << 32 | 7);
		assert_int_equal(regs->x[2], (uint32_t)value);
		assert_int_equal(regs->x[3], value >> 32);
	}
}

static void exclusives_need_no_alignment_within_16_bytes(void **state)
{
	const uint64_t value = UINT64_C(0x8182838485868788);
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned offset = 1; offset <= 8; offset++) {
		uint8_t *memory = machine_at(box->machine, DATA + 0x40 + offset);
		uint64_t now;

		regs->pstate = GUEST_PSTATE_RESET;
		regs->x[1] = VA + 0x40 + offset;
		regs->x[7] = regs->x[1] + 1;
		regs->x[3] = 11;
		memcpy(memory, &value, 8);
		RUN(box, LDXR(2, 1), STXR(4, 3, 1), STXR(5, 2, 1), LDXR(8, 1), STXR(6, 2, 7));
		assert_int_equal(regs->x[2], value);
		assert_int_equal(regs->x[4], 0);
		assert_int_equal(regs->x[5], 1);
		assert_int_equal(regs->x[8], 11);
		if (offset < 8)
			assert_int_equal(regs->x[6], 1);
		memcpy(&now, memory, 8);
		assert_int_equal(now, 11);
		regs->pstate = GUEST_PSTATE_RESET;
		memcpy(memory, &value, 8);
		/* LDXP W2, W5, [X1]; STXP W4, W3, W5, [X1]; as it is, and written in between. */
		RUN(box, 0x887f1422, 0x88241423, 0x887f1422, STR(3, 1), 0x88261423);
		assert_int_equal(regs->x[2], 11);
		assert_int_equal(regs->x[5], value >> 32);
		assert_int_equal(regs->x[4], 0);
		assert_int_equal(regs->x[6], 1);
	}
}

/* Instructions with an address in X1 that only LSE2 lets be unaligned. */
struct unaligned {
	uint32_t insn;
	unsigned bytes;
	bool write;
	bool ordered;
};

static const struct unaligned unaligned[] = {
        {LDXR(2, 1), 8, false, false},
        {LDXR(2, 1) | 1 << 15 /* LDAXR */, 8, false, false},
        {STXR(4, 3, 1), 8, true, false},
        {0x485f7c22 /* LDXRH W2, [X1] */, 2, false, false},
        {0x887f1422 /* LDXP W2, W5, [X1] */, 8, false, false},
        {0x88241423 /* STXP W4, W3, W5, [X1] */, 8, true, false},
        {LDADD(2, 3, 1), 8, false, false},
        {ATOMIC(8, 2, 2, 3, 1), 4, false, false},
        {CAS(2, 3, 1), 8, false, false},
        {0x0860fc24 | 2 << 16 /* CASPAL W2, W3, W4, W5, [X1] */, 8, false, false},
        {LDAR(2, 1), 8, false, true},
        {STLR(2, 1), 8, true, true},
        {0x48dffc22 /* LDARH W2, [X1] */, 2, false, true},
        {0xb8bfc022 /* LDAPR W2, [X1] */, 4, false, true},
        {RCPC(3, 1, 0, 1, 2), 8, false, true},
        {RCPC(2, 0, 0, 1, 2), 4, true, true},
};

#define NUM_UNALIGNED (sizeof(unaligned) / sizeof(unaligned[0]))

/* Whether an instruction faults at VA + offset for its alignment, or is executed. */
static bool faults(struct box *box, const struct unaligned *u, unsigned offset)
{
	struct guest_regs *regs = &box->cpu.regs;

	regs->pstate = GUEST_PSTATE_RESET;
	regs->x[1] = VA + offset;
	regs->sysreg[GUEST_ESR_EL1] = 0;
	box_run(box, &u->insn, 1);
	if (regs->pc == MACHINE_BASE + 4)
		return false;
	if (regs->sysreg[GUEST_ESR_EL1] != ESR(0x25, (u->write ? 0x40 : 0) | 0x21))
		fail_msg("0x%08x at %x: ESR %llx", u->insn, offset,
		         (unsigned long long)regs->sysreg[GUEST_ESR_EL1]);
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + offset);
	return true;
}

static void what_16_bytes_do_not_hold_must_be_aligned(void **state)
{
	/* 16 bytes at once: LDXP, STXP, CASP of 64 bits. */
	static const struct unaligned quads[] = {
	        {LDXP(2, 3, 1), 16, false, false},
	        {STXP(4, 2, 3, 1), 16, true, false},
	        {CASP(2, 4, 1), 16, false, false},
	};
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	for (size_t i = 0; i < NUM_UNALIGNED; i++) {
		const struct unaligned *u = &unaligned[i];

		for (unsigned offset = 0x20; offset < 0x30; offset++) {
			bool aligned = offset % u->bytes == 0;
			bool held = offset + u->bytes <= 0x30;

			regs->sysreg[GUEST_SCTLR_EL1] = SCTLR_EL1H;
			assert_true(faults(box, u, offset) == !held);
			regs->sysreg[GUEST_SCTLR_EL1] = SCTLR_EL1H | SCTLR_NAA;
			assert_true(faults(box, u, offset) == (!held && !u->ordered));
			regs->sysreg[GUEST_SCTLR_EL1] = SCTLR_EL1H | SCTLR_NAA | SCTLR_A;
			assert_true(faults(box, u, offset) == !aligned);
		}
	}
	regs->sysreg[GUEST_SCTLR_EL1] = SCTLR_EL1H | SCTLR_NAA;
	for (size_t i = 0; i < 3; i++) {
		assert_true(faults(box, &quads[i], 0x28));
		assert_false(faults(box, &quads[i], 0x20));
	}
	/* Device memory. */
	box_set(box, box_slot(box, VA, 3), DATA | AF | DEVICE | PAGE);
	for (size_t i = 0; i < NUM_UNALIGNED; i++) {
		assert_true(faults(box, &unaligned[i], 0x21));
		assert_false(faults(box, &unaligned[i], 0x20));
	}
}

/* SCTLR_EL1.nAA: at any address, in two pages as well. */
static void with_naa_ordered_accesses_need_no_alignment(void **state)
{
	const uint64_t value = UINT64_C(0x8182838485868788);
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint8_t *memory = machine_at(box->machine, DATA);
	uint64_t now;

	box_set(box, box_slot(box, VA + 0x1000, 3), (DATA + 0x1000) | AF | PAGE);
	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_NAA;
	for (unsigned at = 0xff8; at <= 0x1000; at++) {
		regs->x[1] = VA + at;
		regs->x[2] = value;
		RUN(box, STLR(2, 1), LDAR(3, 1), 0xf8bfc024 /* LDAPR X4, [X1] */,
		    RCPC(2, 2, 2, 1, 5));
		assert_int_equal(regs->pc, MACHINE_BASE + 16);
		memcpy(&now, memory + at, 8);
		assert_int_equal(now, value);
		assert_int_equal(regs->x[3], value);
		assert_int_equal(regs->x[4], value);
		assert_int_equal(regs->x[5], UINT64_C(0xffffffff83848586));
	}
	/* A fault is one of the page that lacks; nothing is stored. */
	box_set(box, box_slot(box, VA + 0x1000, 3), 0);
	regs->x[1] = VA + 0xffc;
	regs->x[2] = 0;
	RUN(box, STLR(2, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x47));
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA + 0x1000);
	memcpy(&now, memory + 0xff8, 8);
	assert_int_not_equal(now >> 32, 0);
}

static void id_register_promises_lse2(void **state)
{
	struct box *box = *state;

	RUN(box, MRS(0, SYS(3, 0, 0, 7, 2)));
	assert_int_equal(box->cpu.regs.x[0] >> 32 & 15, 1);
}

static void an_ordered_access_to_a_device_can_be_emulated(void **state)
{
	struct box *box = *state;

	box->machine->fault[(DATA - MACHINE_BASE) / 4096][GUEST_READ] = 0x07;
	box->cpu.regs.x[1] = VA;
	/* LDAPURSH W3, [X1, #2]: ISV, SAS = 1, SSE, SRT = 3, AR. */
	RUN(box, RCPC(1, 3, 2, 1, 3));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_ABORT);
	assert_int_equal(box->cpu.exit.esr,
	                 ESR(0x24, 1 << 24 | 1 << 22 | 1 << 21 | 3 << 16 | 1 << 14 | 7));
}

static void barriers_and_prediction_restrictions_do_nothing(void **state)
{
	struct box *box = *state;

	RUN(box, SB, CFP_RCTX(0), DVP_RCTX(0), CPP_RCTX(0), 0xd50320df /* DGH */,
	    0xd503229f /* CSDB */, 0xd503245f /* BTI c */, 0xd503221f /* ESB */);
	assert_int_equal(box->cpu.regs.pc, MACHINE_BASE + 4 * 8);
}

static void persistence_maintenance_translates_its_address(void **state)
{
	struct box *box = *state;

	box->cpu.regs.x[1] = VA;
	RUN(box, 0xd50b7c21 /* DC CVAP, X1 */, 0xd50b7d21 /* DC CVADP, X1 */);
	assert_int_equal(box->cpu.regs.pc, MACHINE_BASE + 8);
	box->cpu.regs.x[1] = VA + 0x100000;
	RUN(box, 0xd50b7d21);
	assert_int_equal(box->cpu.regs.sysreg[GUEST_ESR_EL1], ESR(0x25, 0x146));
}

static void a_wait_with_a_timeout_is_over_in_time(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box->cpu.entry.trap_wfi = true;
	box->cpu.entry.trap_wfe = true;
	box->machine->counter = 1000;
	regs->x[5] = 1000;
	RUN(box, WFIT(5), WFET(5));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
	regs->x[5] = 5000;
	RUN(box, WFIT(5));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_WFX);
	/* COND, RN = 5, RV, TI = WFIT */
	assert_int_equal(box->cpu.exit.esr, ESR(0x01, 0x1e00000 | 5 << 5 | 4 | 2));
	assert_int_equal(box->cpu.exit.value, 5000);
	RUN(box, SEVL, WFET(5), WFET(5));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_WFX);
	assert_int_equal(box->cpu.exit.esr, ESR(0x01, 0x1e00000 | 5 << 5 | 4 | 3));
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	box->cpu.entry.trap_wfi = false;
	RUN(box, WFIT(5));
	assert_int_equal(box->cpu.exit.kind, GUEST_EXIT_SMC);
}

static void dit_ssbs_and_uao_can_be_set_and_read(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	RUN(box, 0xd503415f /* MSR DIT, #1 */, 0xd503413f /* MSR SSBS, #1 */,
	    0xd500417f /* MSR UAO, #1 */, MRS(0, SYS_DIT), MRS(1, SYS_SSBS), MRS(2, SYS_UAO));
	assert_int_equal(regs->x[0], 1 << 24);
	assert_int_equal(regs->x[1], 1 << 12);
	assert_int_equal(regs->x[2], 1 << 23);
	assert_int_equal(regs->pstate, GUEST_PSTATE_RESET | 1 << 24 | 1 << 12 | 1 << 23);
	RUN(box, MSR(SYS_DIT, XZR), MSR(SYS_SSBS, XZR), MSR(SYS_UAO, XZR), MRS(0, SYS_DIT),
	    MRS(1, SYS_SSBS), MRS(2, SYS_UAO));
	assert_int_equal(regs->x[0] | regs->x[1] | regs->x[2], 0);
	assert_int_equal(regs->pstate, GUEST_PSTATE_RESET);
}

static void an_exception_keeps_dit_and_chooses_ssbs_and_clears_uao(void **state)
{
	const uint64_t all = GUEST_PSTATE_DIT | GUEST_PSTATE_UAO | GUEST_PSTATE_SSBS;
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->pstate |= all;
	RUN(box, SVC(0));
	assert_int_equal(regs->pstate & all, GUEST_PSTATE_DIT);
	assert_int_equal(regs->sysreg[GUEST_SPSR_EL1] & all, all);
	regs->sysreg[GUEST_SCTLR_EL1] |= SCTLR_DSSBS;
	RUN(box, SVC(0));
	assert_int_equal(regs->pstate & all, GUEST_PSTATE_DIT | GUEST_PSTATE_SSBS);
	/* And the way back. */
	regs->sysreg[GUEST_SPSR_EL1] = GUEST_PSTATE_RESET | all;
	regs->sysreg[GUEST_ELR_EL1] = MACHINE_BASE + 4;
	regs->pstate = GUEST_PSTATE_RESET;
	RUN(box, ERET);
	assert_int_equal(regs->pstate & all, all);
}

static void uao_makes_unprivileged_accesses_privileged(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	/* The page is EL1's alone. */
	regs->x[1] = VA;
	RUN(box, LDTR(0, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x0f));
	regs->pstate = GUEST_PSTATE_RESET | GUEST_PSTATE_UAO;
	regs->x[0] = 0x77;
	RUN(box, STTR(0, 1), LDTR(2, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 8);
	assert_int_equal(regs->x[2], 0x77);
}

static void hierarchical_permissions_can_be_disabled(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, VA, 1), box->table[2] | TABLE | NO_WRITE);
	regs->x[1] = VA;
	RUN(box, STR(0, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x4f));
	regs->sysreg[GUEST_TCR_EL1] |= TCR_HPD0;
	regs->pstate = GUEST_PSTATE_RESET;
	RUN(box, STR(0, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
}

static void e0pd_keeps_el0_out_of_a_half(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, VA, 3), DATA | AF | EL0 | PAGE);
	regs->x[1] = VA;
	RUN(box, LDTR(0, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
	regs->sysreg[GUEST_TCR_EL1] |= TCR_E0PD0;
	RUN(box, LDTR(0, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x04));
	regs->pstate = GUEST_PSTATE_RESET;
	RUN(box, LDR(0, 1));
	assert_int_equal(regs->pc, MACHINE_BASE + 4);
}

static void tags_may_be_for_data_only(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	uint32_t smc = SMC(0);

	machine_code(box->machine, DATA, &smc, 1);
	regs->sysreg[GUEST_TCR_EL1] |= TCR_TBI0;
	regs->x[1] = VA | UINT64_C(0x5a) << 56;
	RUN(box, LDRW(0, 1), BR(1));
	assert_int_equal(regs->x[0], smc);
	assert_int_equal(regs->pc, VA);
	regs->sysreg[GUEST_TCR_EL1] |= TCR_TBID0;
	RUN(box, LDRW(0, 1), BR(1));
	assert_int_equal(regs->pc, HANDLER_SPX);
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x21, 0x04));
	assert_int_equal(regs->sysreg[GUEST_FAR_EL1], VA | UINT64_C(0x5a) << 56);
}

static void a_table_of_level_3_may_be_the_first(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;
	/* The upper half has 16 bits, 16 pages of 4 KiB. */
	uint64_t table = TABLES + 0x10000;

	regs->sysreg[GUEST_TTBR1_EL1] = table;
	regs->sysreg[GUEST_TCR_EL1] &= ~(UINT64_C(0x3f) << 16 | UINT64_C(1) << 23);
	regs->sysreg[GUEST_TCR_EL1] |= UINT64_C(48) << 16 | UINT64_C(2) << 30;
	box_set(box, table + 8 * 5, DATA | AF | PAGE);
	box_set(box, DATA, 0x4711);
	regs->x[1] = UINT64_C(0xffffffffffff5000);
	RUN(box, LDR(0, 1));
	assert_int_equal(regs->x[0], 0x4711);
	regs->sysreg[GUEST_TCR_EL1] |= UINT64_C(49) << 16;
	RUN(box, LDR(0, 1));
	assert_int_equal(regs->sysreg[GUEST_ESR_EL1], ESR(0x25, 0x04));
}

/* A translation that was cached is found again unless the instruction drops it. */
static bool drops_translations(struct box *box, uint32_t insn)
{
	struct guest_regs *regs = &box->cpu.regs;

	box_set(box, box_slot(box, VA, 3), DATA | AF | PAGE);
	box_set(box, DATA, 1);
	box_set(box, DATA + 0x1000, 2);
	regs->x[1] = VA;
	regs->x[5] = (DATA + 0x1000) | AF | PAGE;
	regs->x[6] = box_slot(box, VA, 3);
	RUN(box, LDR(0, 1), STR(5, 6), LDR(2, 1), insn, LDR(3, 1));
	assert_int_equal(regs->x[2], 1);
	return regs->x[3] == 2;
}

static void every_tlbi_of_el1_drops_translations(void **state)
{
	static const uint8_t all[] = {0, 1, 2, 3, 5, 7}, ranges[] = {1, 3, 5, 7};
	struct box *box = *state;

	for (unsigned i = 0; i < sizeof(all); i++) {
		static const uint8_t crm[] = {1, 3, 7};

		for (unsigned j = 0; j < 3; j++) {
			unsigned before = box->cpu.broadcasts;

			assert_true(drops_translations(
			        box, MSR(SYS(1, 0, 8, crm[j], all[i]), all[i] ? 1u : XZR)));
			/* Inner and Outer Shareable ones reach the others. */
			assert_int_equal(box->cpu.broadcasts - before, crm[j] < 7);
		}
	}
	for (unsigned i = 0; i < sizeof(ranges); i++) {
		static const uint8_t crm[] = {2, 5, 6};

		for (unsigned j = 0; j < 3; j++) {
			unsigned before = box->cpu.broadcasts;

			assert_true(
			        drops_translations(box, MSR(SYS(1, 0, 8, crm[j], ranges[i]), 1)));
			assert_int_equal(box->cpu.broadcasts - before, crm[j] < 6);
		}
	}
	assert_false(drops_translations(box, NOP));
}

static void translation_of_non_cacheable_memory_is_outer_shareable(void **state)
{
	struct box *box = *state;
	struct guest_regs *regs = &box->cpu.regs;

	regs->sysreg[GUEST_MAIR_EL1] = UINT64_C(0x44) << 16 | 0xff;
	box_set(box, box_slot(box, VA, 3), DATA | AF | UINT64_C(2) << 2 | PAGE);
	regs->x[1] = VA;
	RUN(box, MSR(SYS_AT_S1E1R, 1), MRS(0, SYS_PAR_EL1));
	assert_int_equal(regs->x[0], DATA | UINT64_C(0x44) << 56 | 1 << 11 | 2 << 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(cfinv_inverts_c_alone),
	        TEST(flags_go_to_the_format_of_x86_and_back),
	        TEST(rmif_moves_the_bits_of_its_mask),
	        TEST(setf_looks_at_a_byte_or_a_halfword),
	        TEST(ordered_accesses_have_an_unscaled_offset),
	        TEST(atomics_need_no_alignment_within_16_bytes),
	        TEST(compare_and_swap_needs_no_alignment_within_16_bytes),
	        TEST(exclusives_need_no_alignment_within_16_bytes),
	        TEST(what_16_bytes_do_not_hold_must_be_aligned),
	        TEST(with_naa_ordered_accesses_need_no_alignment),
	        TEST(id_register_promises_lse2),
	        TEST(an_ordered_access_to_a_device_can_be_emulated),
	        TEST(barriers_and_prediction_restrictions_do_nothing),
	        TEST(persistence_maintenance_translates_its_address),
	        TEST(a_wait_with_a_timeout_is_over_in_time),
	        TEST(dit_ssbs_and_uao_can_be_set_and_read),
	        TEST(an_exception_keeps_dit_and_chooses_ssbs_and_clears_uao),
	        TEST(uao_makes_unprivileged_accesses_privileged),
	        TEST(hierarchical_permissions_can_be_disabled),
	        TEST(e0pd_keeps_el0_out_of_a_half),
	        TEST(tags_may_be_for_data_only),
	        TEST(a_table_of_level_3_may_be_the_first),
	        TEST(every_tlbi_of_el1_drops_translations),
	        TEST(translation_of_non_cacheable_memory_is_outer_shareable),
	};

	return cmocka_run_group_tests_name("a64_features", tests, NULL, NULL);
}
