/* SPDX-License-Identifier: BSD-3-Clause */
/* The group "by element": a kernel for three registers, its second source one lane everywhere. */
#include "a64_simd.h"

/* Where the kernel is, and what it makes. */
struct element {
	a64_kernel *kernel;
	enum a64_lane lane;
	bool is_long; /* Lanes of twice the width come out. */
	bool full;    /* The kernel makes all 128 bits whatever is asked for. */
};

static struct element integer(const struct a64_kernels *kernels, enum a64_lane lane, bool is_long,
                              bool scalar)
{
	struct element e = {kernels->by_lane[lane], lane, is_long, !is_long};

	if (lane == A64_LANE_8 || lane == A64_LANE_64 || (scalar && !(kernels->scalar >> lane & 1)))
		e.kernel = NULL;
	return e;
}

static struct element floating(bool u, bool sub, uint32_t opcode, uint32_t size)
{
	struct element e = {NULL, size & 1 ? A64_LANE_64 : A64_LANE_32, false, false};

	if (size & 2)
		e.kernel = a64_simd_fp_same[u][sub][opcode].by_lane[e.lane];
	return e;
}

static struct element find(uint32_t insn)
{
	bool u = a64_bits(insn, 29, 1);
	uint32_t size = a64_bits(insn, 22, 2);
	uint32_t opcode = a64_bits(insn, 12, 4);
	enum a64_lane lane = (enum a64_lane)size;
	bool scalar = a64_bits(insn, 28, 1);
	const struct a64_kernels *different = a64_simd_different[u];
	struct element none = {NULL, lane, false, false};

	switch (opcode) {
	case 0x0: /* MLA */
		return u ? integer(&a64_simd_same[0][0x12], lane, false, scalar) : none;
	case 0x4: /* MLS */
		return u ? integer(&a64_simd_same[1][0x12], lane, false, scalar) : none;
	case 0x8: /* MUL */
		return u ? none : integer(&a64_simd_same[0][0x13], lane, false, scalar);
	case 0x2: /* SMLAL, UMLAL */
		return integer(&different[0x8], lane, true, scalar);
	case 0x6: /* SMLSL, UMLSL */
		return integer(&different[0xa], lane, true, scalar);
	case 0xa: /* SMULL, UMULL */
		return integer(&different[0xc], lane, true, scalar);
	case 0x3: /* SQDMLAL */
		return integer(&different[0x9], lane, true, scalar);
	case 0x7: /* SQDMLSL */
		return integer(&different[0xb], lane, true, scalar);
	case 0xb: /* SQDMULL */
		return integer(&different[0xd], lane, true, scalar);
	case 0xc: /* SQDMULH */
		return u ? none : integer(&a64_simd_same[0][0x16], lane, false, scalar);
	case 0xd: /* SQRDMULH, SQRDMLAH */
		return u ? integer(&a64_simd_same_extra[1][0], lane, false, scalar)
		         : integer(&a64_simd_same[1][0x16], lane, false, scalar);
	case 0xf: /* SQRDMLSH */
		return u ? integer(&a64_simd_same_extra[1][1], lane, false, scalar) : none;
	case 0xe: /* SDOT, UDOT */
		return integer(&a64_simd_same_extra[u][2], lane, false, scalar);
	case 0x1: /* FMLA */
		return u ? none : floating(false, false, 1, size);
	case 0x5: /* FMLS */
		return u ? none : floating(false, true, 1, size);
	case 0x9: /* FMUL, FMULX */
		return u ? floating(false, false, 3, size) : floating(true, false, 3, size);
	default:
		return none;
	}
}

static void by_element(struct a64_pe *pe, uint32_t insn)
{
	struct element e = find(insn);
	bool scalar = a64_bits(insn, 28, 1);
	uint32_t rm = a64_rm(insn);
	unsigned index = a64_bits(insn, 11, 1);
	unsigned bytes = a64_q(insn) ? 16 : 8;
	union a64_v *d = a64_v(pe->regs, a64_rd(insn));
	union a64_v n = *a64_v(pe->regs, a64_rn(insn));
	union a64_v m;

	if (!e.kernel)
		return;
	/* H, L and M: the number of the lane, as far as they are not part of Rm. */
	if (e.lane != A64_LANE_64)
		index = index << 1 | a64_bits(insn, 21, 1);
	if (e.lane == A64_LANE_16) {
		index = index << 1 | a64_bits(insn, 20, 1);
		rm &= 15;
	}
	a64_broadcast(&m, e.lane, a64_lane(a64_v(pe->regs, rm), e.lane, index));
	if (scalar) {
		bytes = 1u << e.lane;
		a64_keep(&n, bytes);
		a64_keep(&m, bytes);
	} else if (e.full) {
		a64_keep(&n, bytes);
		a64_keep(&m, bytes);
	}
	e.kernel(pe->regs, d, &n, &m, bytes);
	if (scalar)
		a64_keep(d, e.is_long ? 2 * bytes : bytes);
	else if (e.full)
		a64_keep(d, bytes);
}

a64_call *a64_simd_find_element(uint32_t insn)
{
	struct element e = find(insn);
	bool scalar = a64_bits(insn, 28, 1);

	if (!e.kernel)
		return NULL;
	/* Doubles: L is clear; there is no vector of one. */
	if (e.lane == A64_LANE_64 && (a64_bits(insn, 21, 1) || (!scalar && !a64_q(insn))))
		return NULL;
	return by_element;
}
