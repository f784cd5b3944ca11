/* SPDX-License-Identifier: BSD-3-Clause */
/* The decoder: FP and SIMD data processing. */
#include "a64_simd.h"

static void call(struct a64_decoded *d, a64_call *function)
{
	if (!function)
		return;
	d->code = A64_OP_FP_CALL;
	d->call = function;
}

/* A kernel that looks at the number of bytes. */
static void kernel(struct a64_decoded *d, a64_kernel *function)
{
	if (!function)
		return;
	d->code = A64_OP_KERNEL;
	d->kernel = function;
}

/* A kernel that always makes 128 bits. */
static void full_kernel(uint32_t insn, struct a64_decoded *d, a64_kernel *function)
{
	kernel(d, function);
	if (function && !a64_q(insn))
		d->code = A64_OP_KERNEL_HALF;
}

/* There is no vector of one 64-bit lane. */
static bool one_lane(uint32_t insn, enum a64_lane lane)
{
	return lane == A64_LANE_64 && !a64_q(insn);
}

static void decode_three_same(uint32_t insn, struct a64_decoded *d)
{
	enum { LOGICAL = 3, FIRST_FP = 0x18 };
	bool u = a64_bits(insn, 29, 1);
	uint32_t size = a64_bits(insn, 22, 2);
	uint32_t opcode = a64_bits(insn, 11, 5);
	enum a64_lane lane = (enum a64_lane)size;

	if (opcode >= FIRST_FP) {
		lane = size & 1 ? A64_LANE_64 : A64_LANE_32;
		if (!one_lane(insn, lane))
			kernel(d, a64_simd_fp_same[u][size >> 1][opcode & 7].by_lane[lane]);
	} else if (opcode == LOGICAL || !one_lane(insn, lane)) {
		full_kernel(insn, d, a64_simd_same[u][opcode].by_lane[lane]);
	}
}

static void decode_two_misc(uint32_t insn, struct a64_decoded *d)
{
	enum { XTN = 0x12, SHLL = 0x13, SQXTN = 0x14, FCVTN = 0x16, FCVTL = 0x17 };
	bool u = a64_bits(insn, 29, 1);
	uint32_t size = a64_bits(insn, 22, 2);
	uint32_t opcode = a64_bits(insn, 12, 5);
	enum a64_lane lane = (enum a64_lane)size;

	if ((opcode >= 0xc && opcode < 0x10) || opcode > SQXTN) {
		lane = size & 1 ? A64_LANE_64 : A64_LANE_32;
		if (opcode == FCVTN || opcode == FCVTL || !one_lane(insn, lane))
			kernel(d, a64_simd_fp_misc[u][size >> 1][opcode].by_lane[lane]);
	} else if (opcode == XTN || opcode == SHLL || opcode == SQXTN) {
		kernel(d, a64_simd_misc[u][opcode].by_lane[lane]);
	} else if (!one_lane(insn, lane)) {
		full_kernel(insn, d, a64_simd_misc[u][opcode].by_lane[lane]);
	}
}

static void decode_across(uint32_t insn, struct a64_decoded *d)
{
	bool u = a64_bits(insn, 29, 1);
	uint32_t size = a64_bits(insn, 22, 2);
	uint32_t opcode = a64_bits(insn, 12, 5);
	bool fp = opcode == 0xc || opcode == 0xf;

	/* One result out of two lanes is a pairwise operation. */
	if ((fp || size == A64_LANE_32) && !a64_q(insn))
		return;
	if (!fp)
		kernel(d, a64_simd_across[u][opcode].by_lane[size]);
	else if (u && !(size & 1))
		kernel(d, a64_simd_fp_across[size >> 1][opcode].by_lane[A64_LANE_32]);
}

static void decode_lookup(uint32_t insn, struct a64_decoded *d)
{
	uint32_t size = a64_bits(insn, 22, 2);

	if (a64_bits(insn, 29, 1))
		call(d, a64_simd_find_extract(insn));
	else if (!a64_bits(insn, 11, 1))
		call(d, a64_simd_find_table(insn));
	else if (!one_lane(insn, (enum a64_lane)size))
		kernel(d, a64_simd_permute[a64_bits(insn, 12, 3)].by_lane[size]);
}

static void decode_three_registers(uint32_t insn, struct a64_decoded *d)
{
	bool u = a64_bits(insn, 29, 1);
	uint32_t size = a64_bits(insn, 22, 2);

	if (!a64_bits(insn, 21, 1)) {
		if (a64_bits(insn, 15, 1) && a64_bits(insn, 10, 1))
			full_kernel(insn, d,
			            a64_simd_same_extra[u][a64_bits(insn, 11, 4)].by_lane[size]);
		else if (a64_bits(insn, 15, 1))
			return;
		else if (!a64_bits(insn, 10, 1))
			decode_lookup(insn, d);
		else if (size == 0)
			call(d, a64_simd_find_copy(insn));
		return;
	}
	if (a64_bits(insn, 10, 1))
		decode_three_same(insn, d);
	else if (!a64_bits(insn, 11, 1))
		kernel(d, a64_simd_different[u][a64_bits(insn, 12, 4)].by_lane[size]);
	else if (a64_bits(insn, 17, 4) == 0)
		decode_two_misc(insn, d);
	else if (a64_bits(insn, 17, 4) == 8)
		decode_across(insn, d);
}

bool a64_simd_shift_operands(uint32_t insn, enum a64_lane *lane, unsigned *shift)
{
	enum { FIRST_LEFT = 0x0a, LAST_LEFT = 0x0e, LONG = 0x14 };
	uint32_t opcode = a64_bits(insn, 11, 5);
	uint32_t immh = a64_bits(insn, 19, 4);
	uint32_t amount = a64_bits(insn, 16, 7);
	unsigned bits;

	if (immh == 0)
		return false;
	*lane = (enum a64_lane)(31 - __builtin_clz(immh));
	bits = 8u << *lane;
	if ((opcode >= FIRST_LEFT && opcode <= LAST_LEFT) || opcode == LONG)
		*shift = amount - bits;
	else
		*shift = 2 * bits - amount;
	return true;
}

/* Shifts that change the width of lanes, and conversions: their kernels look at the bytes. */
static bool shift_is_partial(uint32_t insn)
{
	return a64_bits(insn, 15, 1);
}

static void shift(struct a64_pe *pe, uint32_t insn)
{
	enum a64_lane lane = A64_LANE_8;
	unsigned amount = 0;
	unsigned bytes = a64_q(insn) ? 16 : 8;
	union a64_v *d = a64_v(pe->regs, a64_rd(insn));
	union a64_v *n = a64_v(pe->regs, a64_rn(insn));
	a64_kernel *function;
	union a64_v half;

	a64_simd_shift_operands(insn, &lane, &amount);
	function = a64_simd_shift[a64_bits(insn, 29, 1)][a64_bits(insn, 11, 5)].by_lane[lane];
	if (a64_q(insn) || shift_is_partial(insn)) {
		function(pe->regs, d, n, n, A64_SHIFT_BYTES(bytes, amount));
		return;
	}
	half.u64[0] = n->u64[0];
	half.u64[1] = 0;
	function(pe->regs, d, &half, &half, A64_SHIFT_BYTES(bytes, amount));
	d->u64[1] = 0;
}

static void decode_shift(uint32_t insn, struct a64_decoded *d)
{
	uint32_t opcode = a64_bits(insn, 11, 5);
	bool changes_width = opcode >= 0x10 && opcode <= 0x14;
	const struct a64_kernels *kernels = &a64_simd_shift[a64_bits(insn, 29, 1)][opcode];
	enum a64_lane lane;
	unsigned amount;

	if (!a64_simd_shift_operands(insn, &lane, &amount) || !kernels->by_lane[lane])
		return;
	if (changes_width || !one_lane(insn, lane))
		call(d, shift);
}

static void decode_vector(uint32_t insn, struct a64_decoded *d)
{
	if (!a64_bits(insn, 24, 1))
		decode_three_registers(insn, d);
	else if (!a64_bits(insn, 10, 1))
		call(d, a64_simd_find_element(insn));
	else if (a64_bits(insn, 23, 1))
		return;
	else if (a64_bits(insn, 19, 4) == 0)
		call(d, a64_simd_find_immediate(insn));
	else
		decode_shift(insn, d);
}

static void decode_scalar(uint32_t insn, struct a64_decoded *d)
{
	bool copy = !a64_bits(insn, 21, 4) && !a64_bits(insn, 15, 1) && a64_bits(insn, 10, 1);

	if (copy)
		call(d, a64_simd_find_copy(insn));
	else if (a64_bits(insn, 24, 1) && !a64_bits(insn, 10, 1))
		call(d, a64_simd_find_element(insn));
	else
		call(d, a64_simd_find_scalar(insn));
}

void a64_decode_fp(uint32_t insn, struct a64_decoded *d)
{
	bool top = insn >> 31;

	if (!a64_bits(insn, 28, 1)) {
		if (!top)
			decode_vector(insn, d);
	} else if (!a64_bits(insn, 30, 1)) {
		call(d, a64_fp_find(insn));
	} else if (!top) {
		decode_scalar(insn, d);
	}
}
