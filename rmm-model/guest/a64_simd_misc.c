/* SPDX-License-Identifier: BSD-3-Clause */
/* Integer kernels of the groups "two registers, miscellaneous", "across lanes" and "permute". */
#include "a64_arith.h"
#include "a64_simd_lanes.h"

/* Reverses lanes within containers of 64, 32 or 16 bits: the index of a lane is inverted in part.
 */
#define REVERSE(name, field, invert)                                                               \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 16 / sizeof(r.field[0]); i++)                             \
			r.field[i] = n->field[i ^ (invert)];                                       \
		*d = r;                                                                            \
	}

REVERSE(rev64_8, u8, 7)
REVERSE(rev64_16, u16, 3)
REVERSE(rev64_32, u32, 1)
REVERSE(rev32_8, u8, 3)
REVERSE(rev32_16, u16, 1)
REVERSE(rev16_8, u8, 1)

static unsigned leading_zeros(uint32_t value, unsigned bits)
{
	return value ? (unsigned)__builtin_clz(value) - (32 - bits) : bits;
}

/* Bits below the sign that are like it. */
static unsigned leading_signs(int32_t value, unsigned bits)
{
	uint32_t mask = UINT32_MAX >> (33 - bits);

	return leading_zeros((uint32_t)(value ^ value >> 31) & mask, bits) - 1;
}

A64_LANEWISE(cls_8, s8, int8_t, leading_signs(a, 8))
A64_LANEWISE(cls_16, s16, int16_t, leading_signs(a, 16))
A64_LANEWISE(cls_32, s32, int32_t, leading_signs(a, 32))
A64_LANEWISE(clz_8, u8, uint8_t, leading_zeros(a, 8))
A64_LANEWISE(clz_16, u16, uint16_t, leading_zeros(a, 16))
A64_LANEWISE(clz_32, u32, uint32_t, leading_zeros(a, 32))

/* The number of ones in each byte. */
static uint64_t count_ones(uint64_t x)
{
	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
	return (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
}

A64_LANEWISE(cnt_8, u64, uint64_t, count_ones(a))
A64_LANEWISE(not_8, u64, uint64_t, ~a)
/* RBIT is NOT with lanes of 16 bits. */
A64_LANEWISE(not_16, u64, uint64_t, __builtin_bswap64(a64_rbit(a)))

A64_SIGNED(cmgt0, a > 0 ? -1 : 0)
A64_SIGNED(cmge0, a >= 0 ? -1 : 0)
A64_SIGNED(cmeq0, a == 0 ? -1 : 0)
A64_SIGNED(cmle0, a <= 0 ? -1 : 0)
A64_SIGNED(cmlt0, a < 0 ? -1 : 0)
A64_SIGNED(abs_, a < 0 ? 0 - (uint64_t)a : (uint64_t)a)
A64_SIGNED(neg, 0 - (uint64_t)a)
A64_SATURATING_SIGNED(sqabs, a < 0 ? -a : a)
A64_SATURATING_SIGNED(sqneg, -a)

#define ADD_OTHER_SIGN(bits, wide)                                                                 \
	A64_SATURATING(suqadd_##bits, u##bits, u##bits, s##bits, int##bits##_t, wide,              \
	               INT##bits##_MIN, INT##bits##_MAX, c + a)                                    \
	A64_SATURATING(usqadd_##bits, s##bits, s##bits, u##bits, uint##bits##_t, wide, 0,          \
	               UINT##bits##_MAX, c + a)

ADD_OTHER_SIGN(8, int32_t)
ADD_OTHER_SIGN(16, int32_t)
ADD_OTHER_SIGN(32, int64_t)
ADD_OTHER_SIGN(64, a64_s128)

/* Sums of neighbours in lanes of twice the width. */
#define ADD_PAIRS(name, narrow, wide, type, expression)                                            \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (size_t i = 0; i < 16 / sizeof(type); i++) {                                   \
			type a = (type)n->narrow[2 * i], b = (type)n->narrow[2 * i + 1];           \
			type c = d->wide[i];                                                       \
                                                                                                   \
			(void)c;                                                                   \
			r.wide[i] = (type)(expression);                                            \
		}                                                                                  \
		*d = r;                                                                            \
	}

#define ADD_PAIRS_ALL(name, u, uint, expression)                                                   \
	ADD_PAIRS(name##_8, u##8, u##16, uint##16_t, expression)                                   \
	ADD_PAIRS(name##_16, u##16, u##32, uint##32_t, expression)                                 \
	ADD_PAIRS(name##_32, u##32, u##64, uint##64_t, expression)

ADD_PAIRS_ALL(saddlp, s, int, a + b)
ADD_PAIRS_ALL(uaddlp, u, uint, a + b)
ADD_PAIRS_ALL(sadalp, s, int, (uint64_t)c + (uint64_t)(a + b))
ADD_PAIRS_ALL(uadalp, u, uint, c + a + b)

/* Narrow lanes into the lower half, or with 16 bytes the upper. */
#define NARROW(name, wide, wide_type, narrow, narrow_type, low, high)                              \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		union a64_v r = {.u64 = {0, 0}};                                                   \
		bool saturated = false;                                                            \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 16 / sizeof(wide_type); i++) {                            \
			wide_type a = n->wide[i], clamped = a;                                     \
                                                                                                   \
			clamped = a < (low) ? (wide_type)(low) : clamped;                          \
			clamped = a > (high) ? (wide_type)(high) : clamped;                        \
			saturated |= clamped != a;                                                 \
			r.narrow[i] = (narrow_type)clamped;                                        \
		}                                                                                  \
		if (saturated)                                                                     \
			regs->fpsr |= A64_FPSR_QC;                                                 \
		d->u64[bytes == 16 ? 1 : 0] = r.u64[0];                                            \
		if (bytes < 16)                                                                    \
			d->u64[1] = 0;                                                             \
	}

#define NARROW_ALL(bits, twice)                                                                    \
	NARROW(sqxtn_##bits, s##twice, int##twice##_t, s##bits, int##bits##_t, INT##bits##_MIN,    \
	       INT##bits##_MAX)                                                                    \
	NARROW(sqxtun_##bits, s##twice, int##twice##_t, u##bits, uint##bits##_t, 0,                \
	       UINT##bits##_MAX)                                                                   \
	A64_KERNEL(uqxtn_##bits)                                                                   \
	{                                                                                          \
		union a64_v r = {.u64 = {0, 0}};                                                   \
		bool saturated = false;                                                            \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 64 / (bits); i++) {                                       \
			bool over = n->u##twice[i] > UINT##bits##_MAX;                             \
                                                                                                   \
			saturated |= over;                                                         \
			r.u##bits[i] = over ? UINT##bits##_MAX : (uint##bits##_t)n->u##twice[i];   \
		}                                                                                  \
		if (saturated)                                                                     \
			regs->fpsr |= A64_FPSR_QC;                                                 \
		d->u64[bytes == 16 ? 1 : 0] = r.u64[0];                                            \
		if (bytes < 16)                                                                    \
			d->u64[1] = 0;                                                             \
	}                                                                                          \
	A64_KERNEL(xtn_##bits)                                                                     \
	{                                                                                          \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 64 / (bits); i++)                                         \
			r.u##bits[i] = (uint##bits##_t)n->u##twice[i];                             \
		d->u64[bytes == 16 ? 1 : 0] = r.u64[0];                                            \
		if (bytes < 16)                                                                    \
			d->u64[1] = 0;                                                             \
	}                                                                                          \
	A64_KERNEL(shll_##bits)                                                                    \
	{                                                                                          \
		const unsigned first = bytes == 16 ? 64 / (bits) : 0;                              \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 64 / (bits); i++)                                         \
			r.u##twice[i] =                                                            \
			        (uint##twice##_t)((uint64_t)n->u##bits[first + i] << (bits));      \
		*d = r;                                                                            \
	}

NARROW_ALL(8, 16)
NARROW_ALL(16, 32)
NARROW_ALL(32, 64)

const struct a64_kernels a64_simd_misc[2][32] = {
        {
                [0x00] = {A64_LANES_32(rev64), 0},
                [0x01] = {A64_LANES_8(rev16), 0},
                [0x02] = {A64_LANES_32(saddlp), 0},
                [0x03] = {A64_LANES_ALL(suqadd), A64_SCALAR_ALL},
                [0x04] = {A64_LANES_32(cls), 0},
                [0x05] = {A64_LANES_8(cnt), 0},
                [0x06] = {A64_LANES_32(sadalp), 0},
                [0x07] = {A64_LANES_ALL(sqabs), A64_SCALAR_ALL},
                [0x08] = {A64_LANES_ALL(cmgt0), A64_SCALAR_64},
                [0x09] = {A64_LANES_ALL(cmeq0), A64_SCALAR_64},
                [0x0a] = {A64_LANES_ALL(cmlt0), A64_SCALAR_64},
                [0x0b] = {A64_LANES_ALL(abs_), A64_SCALAR_64},
                [0x12] = {A64_LANES_32(xtn), 0},
                [0x14] = {A64_LANES_32(sqxtn), 7},
        },
        {
                [0x00] = {{rev32_8, rev32_16, NULL, NULL}, 0},
                [0x02] = {A64_LANES_32(uaddlp), 0},
                [0x03] = {A64_LANES_ALL(usqadd), A64_SCALAR_ALL},
                [0x04] = {A64_LANES_32(clz), 0},
                [0x05] = {{not_8, not_16, NULL, NULL}, 0},
                [0x06] = {A64_LANES_32(uadalp), 0},
                [0x07] = {A64_LANES_ALL(sqneg), A64_SCALAR_ALL},
                [0x08] = {A64_LANES_ALL(cmge0), A64_SCALAR_64},
                [0x09] = {A64_LANES_ALL(cmle0), A64_SCALAR_64},
                [0x0b] = {A64_LANES_ALL(neg), A64_SCALAR_64},
                [0x12] = {A64_LANES_32(sqxtun), 7},
                [0x13] = {A64_LANES_32(shll), 0},
                [0x14] = {A64_LANES_32(uqxtn), 7},
        },
};

/* One number out of all lanes. */
#define ACROSS(name, field, result, type, expression)                                              \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		union a64_v r = {.u64 = {0, 0}};                                                   \
		type b = (type)n->field[0];                                                        \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 1; i < bytes / sizeof(n->field[0]); i++) {                       \
			type a = (type)n->field[i];                                                \
                                                                                                   \
			b = (type)(expression);                                                    \
		}                                                                                  \
		r.result[0] = b;                                                                   \
		*d = r;                                                                            \
	}

#define ACROSS_ALL(name, u, uint, expression)                                                      \
	ACROSS(name##_8, u##8, u##8, uint##8_t, expression)                                        \
	ACROSS(name##_16, u##16, u##16, uint##16_t, expression)                                    \
	ACROSS(name##_32, u##32, u##32, uint##32_t, expression)
#define ACROSS_LONG(name, u, uint)                                                                 \
	ACROSS(name##_8, u##8, u##16, uint##16_t, a + b)                                           \
	ACROSS(name##_16, u##16, u##32, uint##32_t, a + b)                                         \
	ACROSS(name##_32, u##32, u##64, uint##64_t, a + b)

ACROSS_ALL(smaxv, s, int, a > b ? a : b)
ACROSS_ALL(umaxv, u, uint, a > b ? a : b)
ACROSS_ALL(sminv, s, int, a < b ? a : b)
ACROSS_ALL(uminv, u, uint, a < b ? a : b)
ACROSS_ALL(addv, u, uint, a + b)
ACROSS_LONG(saddlv, s, int)
ACROSS_LONG(uaddlv, u, uint)

const struct a64_kernels a64_simd_across[2][32] = {
        {
                [0x03] = {A64_LANES_32(saddlv), 0},
                [0x0a] = {A64_LANES_32(smaxv), 0},
                [0x1a] = {A64_LANES_32(sminv), 0},
                [0x1b] = {A64_LANES_32(addv), 0},
        },
        {
                [0x03] = {A64_LANES_32(uaddlv), 0},
                [0x0a] = {A64_LANES_32(umaxv), 0},
                [0x1a] = {A64_LANES_32(uminv), 0},
        },
};

/* Lanes of two registers in another order; lanes is a number of lanes. */
#define PERMUTE(name, field, type, expression)                                                     \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		unsigned lanes = (bytes == 16 ? 16u : 8u) / (unsigned)sizeof(type);                \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < lanes; i++)                                               \
			r.field[i] = expression;                                                   \
		*d = r;                                                                            \
	}

#define PERMUTE_LANES(bits)                                                                        \
	PERMUTE(uzp1_##bits, u##bits, uint##bits##_t, UNZIP(u##bits, 0))                           \
	PERMUTE(uzp2_##bits, u##bits, uint##bits##_t, UNZIP(u##bits, 1))                           \
	PERMUTE(trn1_##bits, u##bits, uint##bits##_t, TRANSPOSE(u##bits, 0))                       \
	PERMUTE(trn2_##bits, u##bits, uint##bits##_t, TRANSPOSE(u##bits, 1))                       \
	PERMUTE(zip1_##bits, u##bits, uint##bits##_t, ZIP(u##bits, 0))                             \
	PERMUTE(zip2_##bits, u##bits, uint##bits##_t, ZIP(u##bits, lanes / 2))

#define UNZIP(field, odd)     (i < lanes / 2 ? n : m)->field[(2 * i + (odd)) & (lanes - 1)]
#define TRANSPOSE(field, odd) (i & 1 ? m : n)->field[(i & ~1u) + (odd)]
#define ZIP(field, first)     (i & 1 ? m : n)->field[i / 2 + (first)]

PERMUTE_LANES(8)
PERMUTE_LANES(16)
PERMUTE_LANES(32)
PERMUTE_LANES(64)

const struct a64_kernels a64_simd_permute[8] = {
        [1] = {A64_LANES_ALL(uzp1), 0}, [2] = {A64_LANES_ALL(trn1), 0},
        [3] = {A64_LANES_ALL(zip1), 0}, [5] = {A64_LANES_ALL(uzp2), 0},
        [6] = {A64_LANES_ALL(trn2), 0}, [7] = {A64_LANES_ALL(zip2), 0},
};
