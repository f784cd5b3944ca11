/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernels of the group "three registers, different types": results of twice or half the width. With
 * 16 bytes the narrow lanes are those of the upper half, with 8 those of the lower.
 */
#include "a64_simd_lanes.h"

/* Wide lanes out of narrow ones. */
#define LONG(name, narrow, wide, type, expression)                                                 \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		enum { LANES = 8 / (sizeof(type) / 2) };                                           \
		const unsigned first = bytes == 16 ? LANES : 0;                                    \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < LANES; i++) {                                             \
			type a = (type)n->narrow[first + i], b = (type)m->narrow[first + i];       \
			type c = d->wide[i];                                                       \
                                                                                                   \
			(void)c;                                                                   \
			r.wide[i] = (type)(expression);                                            \
		}                                                                                  \
		*d = r;                                                                            \
	}

/* Wide lanes out of a wide one and a narrow one. */
#define WIDE(name, narrow, wide, type, expression)                                                 \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		enum { LANES = 8 / (sizeof(type) / 2) };                                           \
		const unsigned first = bytes == 16 ? LANES : 0;                                    \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < LANES; i++) {                                             \
			type a = n->wide[i], b = (type)m->narrow[first + i];                       \
                                                                                                   \
			r.wide[i] = (type)(expression);                                            \
		}                                                                                  \
		*d = r;                                                                            \
	}

/* Narrow lanes out of the upper halves of wide ones. */
#define NARROW(name, narrow, narrow_type, wide, type, expression)                                  \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		enum { LANES = 16 / sizeof(type), BITS = 8 * sizeof(narrow_type) };                \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < LANES; i++) {                                             \
			type a = n->wide[i], b = m->wide[i];                                       \
                                                                                                   \
			r.narrow[i] = (narrow_type)((type)(expression) >> BITS);                   \
		}                                                                                  \
		d->u64[bytes == 16 ? 1 : 0] = r.u64[0];                                            \
		if (bytes < 16)                                                                    \
			d->u64[1] = 0;                                                             \
	}

#define SIGNED_LONG(form, name, expression)                                                        \
	form(name##_8, s8, s16, int16_t, expression)                                               \
	        form(name##_16, s16, s32, int32_t, expression)                                     \
	                form(name##_32, s32, s64, int64_t, expression)
#define UNSIGNED_LONG(form, name, expression)                                                      \
	form(name##_8, u8, u16, uint16_t, expression)                                              \
	        form(name##_16, u16, u32, uint32_t, expression)                                    \
	                form(name##_32, u32, u64, uint64_t, expression)
#define ALL_NARROW(name, expression)                                                               \
	NARROW(name##_8, u8, uint8_t, u16, uint16_t, expression)                                   \
	NARROW(name##_16, u16, uint16_t, u32, uint32_t, expression)                                \
	NARROW(name##_32, u32, uint32_t, u64, uint64_t, expression)

SIGNED_LONG(LONG, saddl, a + b)
UNSIGNED_LONG(LONG, uaddl, a + b)
SIGNED_LONG(LONG, ssubl, a - b)
UNSIGNED_LONG(LONG, usubl, a - b)
SIGNED_LONG(LONG, sabdl, a > b ? a - b : b - a)
UNSIGNED_LONG(LONG, uabdl, a > b ? a - b : b - a)
/* Accumulation wraps: it is unsigned, the difference and the product are not. */
SIGNED_LONG(LONG, sabal, (uint64_t)c + (uint64_t)(a > b ? a - b : b - a))
UNSIGNED_LONG(LONG, uabal, c + (a > b ? a - b : b - a))
SIGNED_LONG(LONG, smlal, (uint64_t)c + (uint64_t)((int64_t)a * b))
UNSIGNED_LONG(LONG, umlal, c + a * b)
SIGNED_LONG(LONG, smlsl, (uint64_t)c - (uint64_t)((int64_t)a * b))
UNSIGNED_LONG(LONG, umlsl, c - a * b)
SIGNED_LONG(LONG, smull, a *b)
UNSIGNED_LONG(LONG, umull, a *b)

SIGNED_LONG(WIDE, saddw, (uint64_t)a + (uint64_t)b)
UNSIGNED_LONG(WIDE, uaddw, a + b)
SIGNED_LONG(WIDE, ssubw, (uint64_t)a - (uint64_t)b)
UNSIGNED_LONG(WIDE, usubw, a - b)

#define ROUND ((uint64_t)1 << (BITS - 1))

ALL_NARROW(addhn, a + b)
ALL_NARROW(raddhn, a + b + ROUND)
ALL_NARROW(subhn, a - b)
ALL_NARROW(rsubhn, a - b + ROUND)

static uint16_t polynomial_product(uint16_t a, uint16_t b)
{
	unsigned product = 0;

	for (unsigned i = 0; i < 8; i++)
		product ^= ((unsigned)b >> i & 1) * ((unsigned)a << i);
	return (uint16_t)product;
}

LONG(pmull_8, u8, u16, uint16_t, polynomial_product(a, b))

/* Twice the product of lanes, saturated; then added to or taken from the destination, saturated. */
static int64_t doubled_product(struct guest_regs *regs, unsigned bits, int64_t a, int64_t b)
{
	int64_t lowest = -(INT64_C(1) << (bits - 1));

	if (a == lowest && b == lowest) {
		regs->fpsr |= A64_FPSR_QC;
		return bits == 32 ? INT64_MAX : INT32_MAX;
	}
	return 2 * a * b;
}

static int64_t saturated_sum(struct guest_regs *regs, unsigned bits, a64_s128 sum)
{
	a64_s128 high = bits == 32 ? INT64_MAX : INT32_MAX;

	if (sum >= -high - 1 && sum <= high)
		return (int64_t)sum;
	regs->fpsr |= A64_FPSR_QC;
	return (int64_t)(sum < 0 ? -high - 1 : high);
}

#define DOUBLED(bits) doubled_product(regs, bits, a, b)

LONG(sqdmull_16, s16, s32, int32_t, DOUBLED(16))
LONG(sqdmull_32, s32, s64, int64_t, DOUBLED(32))
LONG(sqdmlal_16, s16, s32, int32_t, saturated_sum(regs, 16, (a64_s128)c + DOUBLED(16)))
LONG(sqdmlal_32, s32, s64, int64_t, saturated_sum(regs, 32, (a64_s128)c + DOUBLED(32)))
LONG(sqdmlsl_16, s16, s32, int32_t, saturated_sum(regs, 16, (a64_s128)c - DOUBLED(16)))
LONG(sqdmlsl_32, s32, s64, int64_t, saturated_sum(regs, 32, (a64_s128)c - DOUBLED(32)))

const struct a64_kernels a64_simd_different[2][16] = {
        {
                [0x0] = {A64_LANES_32(saddl), 0},
                [0x1] = {A64_LANES_32(saddw), 0},
                [0x2] = {A64_LANES_32(ssubl), 0},
                [0x3] = {A64_LANES_32(ssubw), 0},
                [0x4] = {A64_LANES_32(addhn), 0},
                [0x5] = {A64_LANES_32(sabal), 0},
                [0x6] = {A64_LANES_32(subhn), 0},
                [0x7] = {A64_LANES_32(sabdl), 0},
                [0x8] = {A64_LANES_32(smlal), 0},
                [0x9] = {A64_LANES_16_32(sqdmlal), A64_SCALAR_16_32},
                [0xa] = {A64_LANES_32(smlsl), 0},
                [0xb] = {A64_LANES_16_32(sqdmlsl), A64_SCALAR_16_32},
                [0xc] = {A64_LANES_32(smull), 0},
                [0xd] = {A64_LANES_16_32(sqdmull), A64_SCALAR_16_32},
                [0xe] = {A64_LANES_8(pmull), 0},
        },
        {
                [0x0] = {A64_LANES_32(uaddl), 0},
                [0x1] = {A64_LANES_32(uaddw), 0},
                [0x2] = {A64_LANES_32(usubl), 0},
                [0x3] = {A64_LANES_32(usubw), 0},
                [0x4] = {A64_LANES_32(raddhn), 0},
                [0x5] = {A64_LANES_32(uabal), 0},
                [0x6] = {A64_LANES_32(rsubhn), 0},
                [0x7] = {A64_LANES_32(uabdl), 0},
                [0x8] = {A64_LANES_32(umlal), 0},
                [0xa] = {A64_LANES_32(umlsl), 0},
                [0xc] = {A64_LANES_32(umull), 0},
        },
};
