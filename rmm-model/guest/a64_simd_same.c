/* SPDX-License-Identifier: BSD-3-Clause */
/* Integer kernels of the group "three registers, same type". */
#include "a64_simd_lanes.h"

A64_SIGNED_32(shadd, ((int64_t)a + b) >> 1)
A64_UNSIGNED_32(uhadd, ((uint64_t)a + b) >> 1)
A64_SIGNED_32(srhadd, ((int64_t)a + b + 1) >> 1)
A64_UNSIGNED_32(urhadd, ((uint64_t)a + b + 1) >> 1)
A64_SIGNED_32(shsub, ((int64_t)a - b) >> 1)
A64_UNSIGNED_32(uhsub, ((uint64_t)a - b) >> 1)

A64_SATURATING_SIGNED(sqadd, a + b)
A64_SATURATING_UNSIGNED(uqadd, a + b)
A64_SATURATING_SIGNED(sqsub, a - b)
A64_SATURATING_UNSIGNED(uqsub, a - b)

/* The size of the lanes says which operation it is. */
A64_LANEWISE(and_8, u64, uint64_t, a &b)
A64_LANEWISE(and_16, u64, uint64_t, a & ~b) /* BIC */
A64_LANEWISE(and_32, u64, uint64_t, a | b)  /* ORR */
A64_LANEWISE(and_64, u64, uint64_t, a | ~b) /* ORN */
A64_LANEWISE(eor_8, u64, uint64_t, a ^ b)
A64_LANEWISE(eor_16, u64, uint64_t, b ^ ((b ^ a) & c))  /* BSL */
A64_LANEWISE(eor_32, u64, uint64_t, c ^ ((c ^ a) & b))  /* BIT */
A64_LANEWISE(eor_64, u64, uint64_t, c ^ ((c ^ a) & ~b)) /* BIF */

A64_SIGNED(cmgt, a > b ? -1 : 0)
A64_UNSIGNED(cmhi, a > b ? -1 : 0)
A64_SIGNED(cmge, a >= b ? -1 : 0)
A64_UNSIGNED(cmhs, a >= b ? -1 : 0)
A64_UNSIGNED(cmtst, (a & b) != 0 ? -1 : 0)
A64_UNSIGNED(cmeq, a == b ? -1 : 0)

A64_SIGNED_32(smax, a > b ? a : b)
A64_UNSIGNED_32(umax, a > b ? a : b)
A64_SIGNED_32(smin, a < b ? a : b)
A64_UNSIGNED_32(umin, a < b ? a : b)
A64_SIGNED_32(sabd, a > b ? (int64_t)a - b : (int64_t)b - a)
A64_UNSIGNED_32(uabd, a > b ? a - b : b - a)
A64_SIGNED_32(saba, c + (a > b ? (int64_t)a - b : (int64_t)b - a))
A64_UNSIGNED_32(uaba, c + (a > b ? a - b : b - a))

A64_UNSIGNED(add, a + b)
A64_UNSIGNED(sub, a - b)
A64_UNSIGNED_32(mul, (uint32_t)a *b)
A64_UNSIGNED_32(mla, c + (uint32_t)a * b)
A64_UNSIGNED_32(mls, c - (uint32_t)a * b)

A64_PAIRWISE_32(smaxp, s, int, a > b ? a : b)
A64_PAIRWISE_32(umaxp, u, uint, a > b ? a : b)
A64_PAIRWISE_32(sminp, s, int, a < b ? a : b)
A64_PAIRWISE_32(uminp, u, uint, a < b ? a : b)
A64_PAIRWISE_32(addp, u, uint, a + b)
A64_PAIRWISE(addp_64, u64, uint64_t, a + b)

/* The doubled product of 2^(bits - 1) with itself is the only one that does not fit. */
A64_SATURATING_S(sqdmulh, 16, int64_t, (a * b) >> 15)
A64_SATURATING_S(sqdmulh, 32, int64_t, (a * b) >> 31)
A64_SATURATING_S(sqrdmulh, 16, int64_t, (a * b + (1 << 14)) >> 15)
A64_SATURATING_S(sqrdmulh, 32, int64_t, (a * b + (1 << 30)) >> 31)
A64_SATURATING_S(sqrdmlah, 16, int64_t, (c * (1 << 15) + a * b + (1 << 14)) >> 15)
A64_SATURATING_S(sqrdmlah, 32, int64_t, (c * (INT64_C(1) << 31) + a * b + (1 << 30)) >> 31)
A64_SATURATING_S(sqrdmlsh, 16, int64_t, (c * (1 << 15) - a * b + (1 << 14)) >> 15)
A64_SATURATING_S(sqrdmlsh, 32, int64_t, (c * (INT64_C(1) << 31) - a * b + (1 << 30)) >> 31)

/* A product of polynomials over {0, 1}. */
static uint8_t polynomial_product(uint8_t a, uint8_t b)
{
	unsigned product = 0;

	for (unsigned i = 0; i < 8; i++)
		product ^= ((unsigned)b >> i & 1) * ((unsigned)a << i);
	return (uint8_t)product;
}

A64_LANEWISE(pmul_8, u8, uint8_t, polynomial_product(a, b))

A64_KERNEL(sdot_32)
{
	union a64_v r = *d;

	A64_UNUSED();
	for (unsigned i = 0; i < 16; i++)
		r.u32[i / 4] += (uint32_t)(n->s8[i] * m->s8[i]);
	*d = r;
}

A64_KERNEL(udot_32)
{
	union a64_v r = *d;

	A64_UNUSED();
	for (unsigned i = 0; i < 16; i++)
		r.u32[i / 4] += (uint32_t)(n->u8[i] * m->u8[i]);
	*d = r;
}

/* How the shifts by a register differ. */
struct shift {
	bool is_unsigned;
	bool round;
	bool saturate;
};

/* A lane shifted left, or right by what is negative. */
static uint64_t shift_lane(struct guest_regs *regs, struct shift how, unsigned bits, uint64_t lane,
                           int8_t amount)
{
	a64_s128 low = 0, high, value = (a64_s128)lane;

	high = ((a64_s128)1 << bits) - 1;
	if (!how.is_unsigned) {
		value = (int64_t)(lane << (64 - bits)) >> (64 - bits);
		high >>= 1;
		low = -high - 1;
	}
	if (amount < 0) {
		/* From 65 on nothing is left but the sign. */
		unsigned right = amount < -65 ? 65u : (unsigned)-amount;

		if (how.round)
			value += (a64_s128)1 << (right - 1);
		return (uint64_t)(value >> right);
	}
	if (amount >= (int)bits) {
		if (how.saturate && value != 0) {
			regs->fpsr |= A64_FPSR_QC;
			return (uint64_t)(value < 0 ? low : high);
		}
		return 0;
	}
	value *= (a64_s128)1 << amount;
	if (how.saturate && (value < low || value > high)) {
		regs->fpsr |= A64_FPSR_QC;
		return (uint64_t)(value < low ? low : high);
	}
	return (uint64_t)value;
}

#define SHIFT(name, is_unsigned, round, saturate)                                                  \
	A64_LANEWISE(                                                                              \
	        name##_8, u8, uint8_t,                                                             \
	        shift_lane(regs, (struct shift){is_unsigned, round, saturate}, 8, a, (int8_t)b))   \
	A64_LANEWISE(                                                                              \
	        name##_16, u16, uint16_t,                                                          \
	        shift_lane(regs, (struct shift){is_unsigned, round, saturate}, 16, a, (int8_t)b))  \
	A64_LANEWISE(                                                                              \
	        name##_32, u32, uint32_t,                                                          \
	        shift_lane(regs, (struct shift){is_unsigned, round, saturate}, 32, a, (int8_t)b))  \
	A64_LANEWISE(                                                                              \
	        name##_64, u64, uint64_t,                                                          \
	        shift_lane(regs, (struct shift){is_unsigned, round, saturate}, 64, a, (int8_t)b))

SHIFT(sshl, false, false, false)
SHIFT(ushl, true, false, false)
SHIFT(sqshl, false, false, true)
SHIFT(uqshl, true, false, true)
SHIFT(srshl, false, true, false)
SHIFT(urshl, true, true, false)
SHIFT(sqrshl, false, true, true)
SHIFT(uqrshl, true, true, true)

const struct a64_kernels a64_simd_same[2][32] = {
        {
                [0x00] = {A64_LANES_32(shadd), 0},
                [0x01] = {A64_LANES_ALL(sqadd), A64_SCALAR_ALL},
                [0x02] = {A64_LANES_32(srhadd), 0},
                [0x03] = {A64_LANES_ALL(and), 0},
                [0x04] = {A64_LANES_32(shsub), 0},
                [0x05] = {A64_LANES_ALL(sqsub), A64_SCALAR_ALL},
                [0x06] = {A64_LANES_ALL(cmgt), A64_SCALAR_64},
                [0x07] = {A64_LANES_ALL(cmge), A64_SCALAR_64},
                [0x08] = {A64_LANES_ALL(sshl), A64_SCALAR_64},
                [0x09] = {A64_LANES_ALL(sqshl), A64_SCALAR_ALL},
                [0x0a] = {A64_LANES_ALL(srshl), A64_SCALAR_64},
                [0x0b] = {A64_LANES_ALL(sqrshl), A64_SCALAR_ALL},
                [0x0c] = {A64_LANES_32(smax), 0},
                [0x0d] = {A64_LANES_32(smin), 0},
                [0x0e] = {A64_LANES_32(sabd), 0},
                [0x0f] = {A64_LANES_32(saba), 0},
                [0x10] = {A64_LANES_ALL(add), A64_SCALAR_64},
                [0x11] = {A64_LANES_ALL(cmtst), A64_SCALAR_64},
                [0x12] = {A64_LANES_32(mla), 0},
                [0x13] = {A64_LANES_32(mul), 0},
                [0x14] = {A64_LANES_32(smaxp), 0},
                [0x15] = {A64_LANES_32(sminp), 0},
                [0x16] = {A64_LANES_16_32(sqdmulh), A64_SCALAR_16_32},
                [0x17] = {A64_LANES_ALL(addp), 0},
        },
        {
                [0x00] = {A64_LANES_32(uhadd), 0},
                [0x01] = {A64_LANES_ALL(uqadd), A64_SCALAR_ALL},
                [0x02] = {A64_LANES_32(urhadd), 0},
                [0x03] = {A64_LANES_ALL(eor), 0},
                [0x04] = {A64_LANES_32(uhsub), 0},
                [0x05] = {A64_LANES_ALL(uqsub), A64_SCALAR_ALL},
                [0x06] = {A64_LANES_ALL(cmhi), A64_SCALAR_64},
                [0x07] = {A64_LANES_ALL(cmhs), A64_SCALAR_64},
                [0x08] = {A64_LANES_ALL(ushl), A64_SCALAR_64},
                [0x09] = {A64_LANES_ALL(uqshl), A64_SCALAR_ALL},
                [0x0a] = {A64_LANES_ALL(urshl), A64_SCALAR_64},
                [0x0b] = {A64_LANES_ALL(uqrshl), A64_SCALAR_ALL},
                [0x0c] = {A64_LANES_32(umax), 0},
                [0x0d] = {A64_LANES_32(umin), 0},
                [0x0e] = {A64_LANES_32(uabd), 0},
                [0x0f] = {A64_LANES_32(uaba), 0},
                [0x10] = {A64_LANES_ALL(sub), A64_SCALAR_64},
                [0x11] = {A64_LANES_ALL(cmeq), A64_SCALAR_64},
                [0x12] = {A64_LANES_32(mls), 0},
                [0x13] = {A64_LANES_8(pmul), 0},
                [0x14] = {A64_LANES_32(umaxp), 0},
                [0x15] = {A64_LANES_32(uminp), 0},
                [0x16] = {A64_LANES_16_32(sqrdmulh), A64_SCALAR_16_32},
        },
};

const struct a64_kernels a64_simd_same_extra[2][16] = {
        {
                [0x2] = {{NULL, NULL, sdot_32, NULL}, 0},
        },
        {
                [0x0] = {A64_LANES_16_32(sqrdmlah), A64_SCALAR_16_32},
                [0x1] = {A64_LANES_16_32(sqrdmlsh), A64_SCALAR_16_32},
                [0x2] = {{NULL, NULL, udot_32, NULL}, 0},
        },
};
