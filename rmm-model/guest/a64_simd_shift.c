/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of the group "shift by immediate". */
#include "a64_simd_lanes.h"

/* A right shift may be as wide as the lane. */
#define SHIFT_LANES(name, field, type, expression)                                                 \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		const unsigned shift = bytes >> 8;                                                 \
		enum { BITS = 8 * sizeof(type) };                                                  \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 16 / sizeof(type); i++) {                                 \
			type a = n->field[i], c = d->field[i];                                     \
                                                                                                   \
			(void)c;                                                                   \
			r.field[i] = (type)(expression);                                           \
		}                                                                                  \
		*d = r;                                                                            \
	}

#define UNSIGNED(name, expression)                                                                 \
	SHIFT_LANES(name##_8, u8, uint8_t, expression)                                             \
	SHIFT_LANES(name##_16, u16, uint16_t, expression)                                          \
	SHIFT_LANES(name##_32, u32, uint32_t, expression)                                          \
	SHIFT_LANES(name##_64, u64, uint64_t, expression)
#define SIGNED(name, expression)                                                                   \
	SHIFT_LANES(name##_8, s8, int8_t, expression)                                              \
	SHIFT_LANES(name##_16, s16, int16_t, expression)                                           \
	SHIFT_LANES(name##_32, s32, int32_t, expression)                                           \
	SHIFT_LANES(name##_64, s64, int64_t, expression)

/* Right shifts in two steps, since C has none by the width of a type. */
#define SSHR   (a >> (shift - (shift == BITS)))
#define USHR   (((uint64_t)a >> (shift - 1)) >> 1)
/* What rounding adds to the shifted lane: the highest bit that fell off. */
#define ROUND  ((a >> (shift - 1)) & 1)
#define UROUND (((uint64_t)a >> (shift - 1)) & 1)

SIGNED(sshr, SSHR)
UNSIGNED(ushr, USHR)
SIGNED(ssra, (uint64_t)c + (uint64_t)SSHR)
UNSIGNED(usra, c + USHR)
SIGNED(srshr, SSHR + ROUND)
UNSIGNED(urshr, USHR + UROUND)
SIGNED(srsra, (uint64_t)c + (uint64_t)SSHR + (uint64_t)ROUND)
UNSIGNED(ursra, c + USHR + UROUND)
UNSIGNED(shl, (uint64_t)a << shift)
UNSIGNED(sli, (uint64_t)a << shift | (c & ((UINT64_C(1) << shift) - 1)))

#define LANE_ONES (~UINT64_C(0) >> (64 - BITS))

UNSIGNED(sri, USHR | (c & ~((LANE_ONES >> (shift - 1)) >> 1)))

/* The kernel's result when its exact result is a 128-bit integer. */
static a64_s128 saturate(struct guest_regs *regs, a64_s128 value, unsigned bits, bool is_unsigned)
{
	a64_s128 high = ((a64_s128)1 << (is_unsigned ? bits : bits - 1)) - 1;
	a64_s128 low = is_unsigned ? 0 : -high - 1;

	if (value >= low && value <= high)
		return value;
	regs->fpsr |= A64_FPSR_QC;
	return value < low ? low : high;
}

#define LEFT ((a64_s128)a * ((a64_s128)1 << shift))

SIGNED(sqshl, saturate(regs, LEFT, BITS, false))
UNSIGNED(uqshl, saturate(regs, LEFT, BITS, true))
SIGNED(sqshlu, saturate(regs, LEFT, BITS, true))

/* Narrow lanes into the lower half, or with 16 bytes the upper. */
#define NARROW(name, wide, type, narrow, narrow_type, expression)                                  \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		const unsigned shift = bytes >> 8;                                                 \
		enum { NARROW_BITS = 8 * sizeof(narrow_type) };                                    \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 16 / sizeof(type); i++) {                                 \
			type a = n->wide[i];                                                       \
                                                                                                   \
			r.narrow[i] = (narrow_type)(expression);                                   \
		}                                                                                  \
		d->u64[(bytes & 0xff) == 16 ? 1 : 0] = r.u64[0];                                   \
		if ((bytes & 0xff) < 16)                                                           \
			d->u64[1] = 0;                                                             \
	}

#define UNSIGNED_NARROW(name, expression)                                                          \
	NARROW(name##_8, u16, uint16_t, u8, uint8_t, expression)                                   \
	NARROW(name##_16, u32, uint32_t, u16, uint16_t, expression)                                \
	NARROW(name##_32, u64, uint64_t, u32, uint32_t, expression)
#define SIGNED_NARROW(name, expression)                                                            \
	NARROW(name##_8, s16, int16_t, s8, int8_t, expression)                                     \
	NARROW(name##_16, s32, int32_t, s16, int16_t, expression)                                  \
	NARROW(name##_32, s64, int64_t, s32, int32_t, expression)

/* The shift is at most the narrow width here. */
#define RIGHT   ((a64_s128)a >> shift)
#define ROUNDED (((a64_s128)a + ((a64_s128)1 << (shift - 1))) >> shift)

UNSIGNED_NARROW(shrn, a >> shift)
UNSIGNED_NARROW(rshrn, ((a >> (shift - 1)) + 1) >> 1)
SIGNED_NARROW(sqshrn, saturate(regs, RIGHT, NARROW_BITS, false))
SIGNED_NARROW(sqrshrn, saturate(regs, ROUNDED, NARROW_BITS, false))
UNSIGNED_NARROW(uqshrn, saturate(regs, RIGHT, NARROW_BITS, true))
UNSIGNED_NARROW(uqrshrn, saturate(regs, ROUNDED, NARROW_BITS, true))
SIGNED_NARROW(sqshrun, saturate(regs, RIGHT, NARROW_BITS, true))
SIGNED_NARROW(sqrshrun, saturate(regs, ROUNDED, NARROW_BITS, true))

/* Wide lanes out of those of one half. */
#define LONG(name, narrow, wide, type, unsigned_type)                                              \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		enum { LANES = 16 / sizeof(type) };                                                \
		const unsigned shift = bytes >> 8;                                                 \
		const unsigned first = (bytes & 0xff) == 16 ? LANES : 0;                           \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < LANES; i++) {                                             \
			type a = (type)n->narrow[first + i];                                       \
                                                                                                   \
			r.wide[i] = (type)((unsigned_type)a << shift);                             \
		}                                                                                  \
		*d = r;                                                                            \
	}

LONG(sshll_8, s8, s16, int16_t, uint16_t)
LONG(sshll_16, s16, s32, int32_t, uint32_t)
LONG(sshll_32, s32, s64, int64_t, uint64_t)
LONG(ushll_8, u8, u16, uint16_t, uint16_t)
LONG(ushll_16, u16, u32, uint32_t, uint32_t)
LONG(ushll_32, u32, u64, uint64_t, uint64_t)

/* To and from fixed point; the shift is the number of bits after the point. */
#define CONVERT(name, field, expression)                                                           \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		const unsigned shift = bytes >> 8;                                                 \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < (bytes & 0xff) / sizeof(n->field[0]); i++)                \
			r.field[i] = expression;                                                   \
		*d = r;                                                                            \
	}

CONVERT(scvtf_32, u32,
        (uint32_t)a64_fp_from_fixed(regs, A64_SINGLE, (uint64_t)n->s32[i], shift, false))
CONVERT(scvtf_64, u64, a64_fp_from_fixed(regs, A64_DOUBLE, n->u64[i], shift, false))
CONVERT(ucvtf_32, u32, (uint32_t)a64_fp_from_fixed(regs, A64_SINGLE, n->u32[i], shift, true))
CONVERT(ucvtf_64, u64, a64_fp_from_fixed(regs, A64_DOUBLE, n->u64[i], shift, true))
CONVERT(fcvtzs_32, u32,
        (uint32_t)a64_fp_to_fixed(regs, A64_SINGLE, n->u32[i], 32, shift, false, A64_TO_ZERO))
CONVERT(fcvtzs_64, u64, a64_fp_to_fixed(regs, A64_DOUBLE, n->u64[i], 64, shift, false, A64_TO_ZERO))
CONVERT(fcvtzu_32, u32,
        (uint32_t)a64_fp_to_fixed(regs, A64_SINGLE, n->u32[i], 32, shift, true, A64_TO_ZERO))
CONVERT(fcvtzu_64, u64, a64_fp_to_fixed(regs, A64_DOUBLE, n->u64[i], 64, shift, true, A64_TO_ZERO))

#define LANES_FP(name)                                                                             \
	{                                                                                          \
		NULL, NULL, name##_32, name##_64                                                   \
	}
#define SCALAR_NARROW 0x7
#define SCALAR_FP     0xc

const struct a64_kernels a64_simd_shift[2][32] = {
        {
                [0x00] = {A64_LANES_ALL(sshr), A64_SCALAR_64},
                [0x02] = {A64_LANES_ALL(ssra), A64_SCALAR_64},
                [0x04] = {A64_LANES_ALL(srshr), A64_SCALAR_64},
                [0x06] = {A64_LANES_ALL(srsra), A64_SCALAR_64},
                [0x0a] = {A64_LANES_ALL(shl), A64_SCALAR_64},
                [0x0e] = {A64_LANES_ALL(sqshl), A64_SCALAR_ALL},
                [0x10] = {A64_LANES_32(shrn), 0},
                [0x11] = {A64_LANES_32(rshrn), 0},
                [0x12] = {A64_LANES_32(sqshrn), SCALAR_NARROW},
                [0x13] = {A64_LANES_32(sqrshrn), SCALAR_NARROW},
                [0x14] = {A64_LANES_32(sshll), 0},
                [0x1c] = {LANES_FP(scvtf), SCALAR_FP},
                [0x1f] = {LANES_FP(fcvtzs), SCALAR_FP},
        },
        {
                [0x00] = {A64_LANES_ALL(ushr), A64_SCALAR_64},
                [0x02] = {A64_LANES_ALL(usra), A64_SCALAR_64},
                [0x04] = {A64_LANES_ALL(urshr), A64_SCALAR_64},
                [0x06] = {A64_LANES_ALL(ursra), A64_SCALAR_64},
                [0x08] = {A64_LANES_ALL(sri), A64_SCALAR_64},
                [0x0a] = {A64_LANES_ALL(sli), A64_SCALAR_64},
                [0x0c] = {A64_LANES_ALL(sqshlu), A64_SCALAR_ALL},
                [0x0e] = {A64_LANES_ALL(uqshl), A64_SCALAR_ALL},
                [0x10] = {A64_LANES_32(sqshrun), SCALAR_NARROW},
                [0x11] = {A64_LANES_32(sqrshrun), SCALAR_NARROW},
                [0x12] = {A64_LANES_32(uqshrn), SCALAR_NARROW},
                [0x13] = {A64_LANES_32(uqrshrn), SCALAR_NARROW},
                [0x14] = {A64_LANES_32(ushll), 0},
                [0x1c] = {LANES_FP(ucvtf), SCALAR_FP},
                [0x1f] = {LANES_FP(fcvtzu), SCALAR_FP},
        },
};
