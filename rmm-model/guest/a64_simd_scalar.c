/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SIMD instructions on scalars: the vector kernels, with zeros around the one lane that counts.
 */
#include "a64_simd.h"

/* A kernel, the width of its sources and of its result in bytes, and what it is told. */
struct scalar {
	a64_kernel *kernel;
	unsigned n_bytes;
	unsigned m_bytes;
	unsigned result;
	unsigned bytes;
};

static struct scalar lane_of(const struct a64_kernels *kernels, enum a64_lane lane)
{
	unsigned bytes = 1u << lane;

	return (struct scalar){
	        .kernel = kernels->scalar >> lane & 1 ? kernels->by_lane[lane] : NULL,
	        .n_bytes = bytes,
	        .m_bytes = bytes,
	        .result = bytes,
	        .bytes = bytes,
	};
}

static const struct scalar none;

static struct scalar three_same(uint32_t insn)
{
	bool u = a64_bits(insn, 29, 1);
	uint32_t size = a64_bits(insn, 22, 2);
	uint32_t opcode = a64_bits(insn, 11, 5);

	if (opcode >= 0x18)
		return lane_of(&a64_simd_fp_same[u][size >> 1][opcode & 7],
		               size & 1 ? A64_LANE_64 : A64_LANE_32);
	return lane_of(&a64_simd_same[u][opcode], (enum a64_lane)size);
}

static struct scalar three_same_extra(uint32_t insn)
{
	return lane_of(&a64_simd_same_extra[a64_bits(insn, 29, 1)][a64_bits(insn, 11, 4)],
	               (enum a64_lane)a64_bits(insn, 22, 2));
}

static struct scalar three_different(uint32_t insn)
{
	struct scalar s = lane_of(&a64_simd_different[a64_bits(insn, 29, 1)][a64_bits(insn, 12, 4)],
	                          (enum a64_lane)a64_bits(insn, 22, 2));

	s.result *= 2;
	return s;
}

/* Lanes that come out half as wide as they went in. */
static struct scalar narrowing(struct scalar s)
{
	s.n_bytes *= 2;
	return s;
}

static struct scalar two_misc(uint32_t insn)
{
	enum { SQXTUN = 0x12, SQXTN = 0x14, FCVTXN = 0x16, FRECPX = 0x1f };
	bool u = a64_bits(insn, 29, 1);
	uint32_t size = a64_bits(insn, 22, 2);
	uint32_t opcode = a64_bits(insn, 12, 5);
	enum a64_lane lane = size & 1 ? A64_LANE_64 : A64_LANE_32;
	struct scalar s;

	if (opcode == FRECPX)
		return !u && size >= 2 ? lane_of(&a64_simd_fp_recpx, lane) : none;
	if (opcode == FCVTXN) {
		s = lane_of(&a64_simd_fp_misc[u][size >> 1][opcode], lane);
		s.result = s.bytes = 4;
		return s;
	}
	if ((opcode >= 0xc && opcode < 0x10) || opcode > SQXTN)
		return lane_of(&a64_simd_fp_misc[u][size >> 1][opcode], lane);
	s = lane_of(&a64_simd_misc[u][opcode], (enum a64_lane)size);
	return opcode == SQXTUN || opcode == SQXTN ? narrowing(s) : s;
}

static struct scalar pairwise(uint32_t insn)
{
	static const struct a64_kernels *const addp = &a64_simd_same[0][0x17];
	uint32_t size = a64_bits(insn, 22, 2);
	uint32_t opcode = a64_bits(insn, 12, 5);
	struct scalar s;

	if (a64_bits(insn, 29, 1)) {
		s = lane_of(&a64_simd_fp_pairwise[size >> 1][opcode],
		            size & 1 ? A64_LANE_64 : A64_LANE_32);
	} else {
		s = lane_of(addp, A64_LANE_64);
		s.kernel = opcode == 0x1b && size == 3 ? addp->by_lane[A64_LANE_64] : NULL;
	}
	s.n_bytes = s.m_bytes = s.bytes = 2 * s.result;
	return s;
}

static struct scalar shift_immediate(uint32_t insn)
{
	uint32_t opcode = a64_bits(insn, 11, 5);
	enum a64_lane lane;
	unsigned shift;
	struct scalar s;

	if (!a64_simd_shift_operands(insn, &lane, &shift))
		return none;
	s = lane_of(&a64_simd_shift[a64_bits(insn, 29, 1)][opcode], lane);
	s.bytes = A64_SHIFT_BYTES(s.bytes, shift);
	return opcode >= 0x10 && opcode < 0x14 ? narrowing(s) : s;
}

static struct scalar find(uint32_t insn)
{
	if (a64_bits(insn, 24, 1))
		return a64_bits(insn, 10, 1) && !a64_bits(insn, 23, 1) ? shift_immediate(insn)
		                                                       : none;
	if (!a64_bits(insn, 21, 1))
		return a64_bits(insn, 15, 1) && a64_bits(insn, 10, 1) ? three_same_extra(insn)
		                                                      : none;
	if (a64_bits(insn, 10, 1))
		return three_same(insn);
	if (!a64_bits(insn, 11, 1))
		return three_different(insn);
	if (a64_bits(insn, 17, 4) == 0)
		return two_misc(insn);
	return a64_bits(insn, 17, 4) == 8 ? pairwise(insn) : none;
}

static void scalar(struct a64_pe *pe, uint32_t insn)
{
	struct scalar s = find(insn);
	union a64_v *d = a64_v(pe->regs, a64_rd(insn));
	union a64_v n = *a64_v(pe->regs, a64_rn(insn));
	union a64_v m = *a64_v(pe->regs, a64_rm(insn));

	if (!s.kernel)
		return;
	/* What has two sources in one register finds them in both. */
	if (!a64_bits(insn, 24, 1) && a64_bits(insn, 17, 4) == 8 && a64_bits(insn, 10, 2) == 2)
		m = n;
	a64_keep(&n, s.n_bytes);
	a64_keep(&m, s.m_bytes);
	s.kernel(pe->regs, d, &n, &m, s.bytes);
	a64_keep(d, s.result);
}

a64_call *a64_simd_find_scalar(uint32_t insn)
{
	return find(insn).kernel ? scalar : NULL;
}
