/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_simd_lanes.h
 * Kernels made from what they do with one lane.
 *
 * An expression sees a and b, the lanes of the sources, and c, the lane of the destination as it
 * was; in kernels that saturate it is evaluated in a wider type.
 */
#ifndef RMM_GUEST_A64_SIMD_LANES_H
#define RMM_GUEST_A64_SIMD_LANES_H

#include "a64_simd.h"

__extension__ typedef __int128 a64_s128;

#define A64_KERNEL(name)                                                                           \
	static void name(struct guest_regs *regs, union a64_v *d, const union a64_v *n,            \
	                 const union a64_v *m, unsigned bytes)

/* The kernel has no use for some of its parameters. */
#define A64_UNUSED()                                                                               \
	do {                                                                                       \
		(void)regs;                                                                        \
		(void)d;                                                                           \
		(void)n;                                                                           \
		(void)m;                                                                           \
		(void)bytes;                                                                       \
	} while (0)

#define A64_LANEWISE(name, field, type, expression)                                                \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 16 / sizeof(type); i++) {                                 \
			type a = n->field[i], b = m->field[i], c = d->field[i];                    \
                                                                                                   \
			(void)a;                                                                   \
			(void)b;                                                                   \
			(void)c;                                                                   \
			r.field[i] = (type)(expression);                                           \
		}                                                                                  \
		*d = r;                                                                            \
	}

#define A64_UNSIGNED_32(name, expression)                                                          \
	A64_LANEWISE(name##_8, u8, uint8_t, expression)                                            \
	A64_LANEWISE(name##_16, u16, uint16_t, expression)                                         \
	A64_LANEWISE(name##_32, u32, uint32_t, expression)
#define A64_UNSIGNED(name, expression)                                                             \
	A64_UNSIGNED_32(name, expression)                                                          \
	A64_LANEWISE(name##_64, u64, uint64_t, expression)
#define A64_SIGNED_32(name, expression)                                                            \
	A64_LANEWISE(name##_8, s8, int8_t, expression)                                             \
	A64_LANEWISE(name##_16, s16, int16_t, expression)                                          \
	A64_LANEWISE(name##_32, s32, int32_t, expression)
#define A64_SIGNED(name, expression)                                                               \
	A64_SIGNED_32(name, expression)                                                            \
	A64_LANEWISE(name##_64, s64, int64_t, expression)

/* Lanes of the wide type, saturated to those of the result; QC tells. */
#define A64_SATURATING(name, from, other, to, to_type, wide, low, high, expression)                \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		union a64_v r;                                                                     \
		bool saturated = false;                                                            \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 16 / sizeof(to_type); i++) {                              \
			wide a = (wide)n->from[i], b = (wide)m->other[i], c = (wide)d->to[i];      \
			wide exact, clamped;                                                       \
                                                                                                   \
			(void)b;                                                                   \
			(void)c;                                                                   \
			exact = expression;                                                        \
			clamped = exact < (low)    ? (wide)(low)                                   \
			          : exact > (high) ? (wide)(high)                                  \
			                           : exact;                                        \
			saturated |= clamped != exact;                                             \
			r.to[i] = (to_type)clamped;                                                \
		}                                                                                  \
		if (saturated)                                                                     \
			regs->fpsr |= A64_FPSR_QC;                                                 \
		*d = r;                                                                            \
	}

#define A64_SATURATING_S(name, bits, wide, expression)                                             \
	A64_SATURATING(name##_##bits, s##bits, s##bits, s##bits, int##bits##_t, wide,              \
	               INT##bits##_MIN, INT##bits##_MAX, expression)
#define A64_SATURATING_U(name, bits, wide, expression)                                             \
	A64_SATURATING(name##_##bits, u##bits, u##bits, u##bits, uint##bits##_t, wide, 0,          \
	               UINT##bits##_MAX, expression)

#define A64_SATURATING_SIGNED(name, expression)                                                    \
	A64_SATURATING_S(name, 8, int32_t, expression)                                             \
	A64_SATURATING_S(name, 16, int32_t, expression)                                            \
	A64_SATURATING_S(name, 32, int64_t, expression)                                            \
	A64_SATURATING_S(name, 64, a64_s128, expression)
#define A64_SATURATING_UNSIGNED(name, expression)                                                  \
	A64_SATURATING_U(name, 8, int32_t, expression)                                             \
	A64_SATURATING_U(name, 16, int32_t, expression)                                            \
	A64_SATURATING_U(name, 32, int64_t, expression)                                            \
	A64_SATURATING_U(name, 64, a64_s128, expression)

/* Neighbours: first those of n, then those of m. */
#define A64_PAIRWISE(name, field, type, expression)                                                \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		const size_t lanes = (bytes == 16 ? 16 : 8) / sizeof(type);                        \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (size_t i = 0; i < lanes; i += 2) {                                            \
			type a = n->field[i], b = n->field[i + 1];                                 \
                                                                                                   \
			r.field[i / 2] = (type)(expression);                                       \
		}                                                                                  \
		for (size_t i = 0; i < lanes; i += 2) {                                            \
			type a = m->field[i], b = m->field[i + 1];                                 \
                                                                                                   \
			r.field[(lanes + i) / 2] = (type)(expression);                             \
		}                                                                                  \
		*d = r;                                                                            \
	}

#define A64_PAIRWISE_32(name, u, uint, expression)                                                 \
	A64_PAIRWISE(name##_8, u##8, uint##8_t, expression)                                        \
	A64_PAIRWISE(name##_16, u##16, uint##16_t, expression)                                     \
	A64_PAIRWISE(name##_32, u##32, uint##32_t, expression)

/* Rows of the tables. */
#define A64_LANES_ALL(name)                                                                        \
	{                                                                                          \
		name##_8, name##_16, name##_32, name##_64                                          \
	}
#define A64_LANES_32(name)                                                                         \
	{                                                                                          \
		name##_8, name##_16, name##_32, NULL                                               \
	}
#define A64_LANES_16_32(name)                                                                      \
	{                                                                                          \
		NULL, name##_16, name##_32, NULL                                                   \
	}
#define A64_LANES_8(name)                                                                          \
	{                                                                                          \
		name##_8, NULL, NULL, NULL                                                         \
	}

/* Lanes that the scalar forms have. */
#define A64_SCALAR_ALL   0xf
#define A64_SCALAR_64    0x8
#define A64_SCALAR_16_32 0x6

#endif
