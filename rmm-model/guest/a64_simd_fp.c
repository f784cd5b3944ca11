/* SPDX-License-Identifier: BSD-3-Clause */
/* Floating-point kernels. */
#include "a64_simd_lanes.h"

/* A lane at a time, in single and in double precision. */
#define FP_LANES(name, field, type, fp_size, expression)                                           \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		const enum a64_fp_size size = fp_size;                                             \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		(void)size;                                                                        \
		for (unsigned i = 0; i < bytes / sizeof(type); i++) {                              \
			uint64_t a = n->field[i], b = m->field[i], c = d->field[i];                \
                                                                                                   \
			(void)b;                                                                   \
			(void)c;                                                                   \
			r.field[i] = (type)(expression);                                           \
		}                                                                                  \
		*d = r;                                                                            \
	}

#define FP(name, expression)                                                                       \
	FP_LANES(name##_32, u32, uint32_t, A64_SINGLE, expression)                                 \
	FP_LANES(name##_64, u64, uint64_t, A64_DOUBLE, expression)

/* Neighbours: first those of n, then those of m. */
#define FP_PAIRS(name, field, type, fp_size, expression)                                           \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		const enum a64_fp_size size = fp_size;                                             \
		const size_t lanes = (bytes == 16 ? 16 : 8) / sizeof(type);                        \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (size_t i = 0; i < lanes; i += 2) {                                            \
			uint64_t a = n->field[i], b = n->field[i + 1];                             \
                                                                                                   \
			r.field[i / 2] = (type)(expression);                                       \
		}                                                                                  \
		for (size_t i = 0; i < lanes; i += 2) {                                            \
			uint64_t a = m->field[i], b = m->field[i + 1];                             \
                                                                                                   \
			r.field[(lanes + i) / 2] = (type)(expression);                             \
		}                                                                                  \
		*d = r;                                                                            \
	}

#define PAIRS(name, expression)                                                                    \
	FP_PAIRS(name##_32, u32, uint32_t, A64_SINGLE, expression)                                 \
	FP_PAIRS(name##_64, u64, uint64_t, A64_DOUBLE, expression)

#define SIGN        a64_fp_sign(size)
#define EQUAL(x, y) (a64_fp_compare(regs, size, x, y, false) == 6 ? ~UINT64_C(0) : 0)

static uint64_t greater(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	return a64_fp_compare(regs, size, a, b, true) == 2 ? ~UINT64_C(0) : 0;
}

static uint64_t greater_equal(struct guest_regs *regs, enum a64_fp_size size, uint64_t a,
                              uint64_t b)
{
	unsigned nzcv = a64_fp_compare(regs, size, a, b, true);

	return nzcv == 2 || nzcv == 6 ? ~UINT64_C(0) : 0;
}

/*
 * Full vectors at once, when the host's results can be had without looking at flags: as in
 * a64_fp.h, all of them must be normal numbers.
 */
typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t s32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));

static inline bool all_tame_32(f32x4 lanes)
{
	s32x4 exponent, good;
	uint64_t both[2];

	memcpy(&exponent, &lanes, sizeof(exponent));
	exponent = ((exponent >> 23) & 0xff) - 2;
	good = (exponent >= 0) & (exponent < 0xfd);
	memcpy(both, &good, sizeof(both));
	return (both[0] & both[1]) == UINT64_MAX;
}

static inline bool all_tame_64(f64x2 lanes)
{
	return a64_is_tame(A64_DOUBLE, a64_from_double(lanes[0])) &&
	       a64_is_tame(A64_DOUBLE, a64_from_double(lanes[1]));
}

#define AT_ONCE(name, bits, vector, operator)                                                      \
	A64_KERNEL(name##_##bits)                                                                  \
	{                                                                                          \
		vector a, b, r;                                                                    \
                                                                                                   \
		memcpy(&a, n, sizeof(a));                                                          \
		memcpy(&b, m, sizeof(b));                                                          \
		r = a operator b;                                                                  \
		if (A64_LIKELY(bytes == 16 && all_tame_##bits(r) && a64_fp_careless(regs)))        \
			memcpy(d, &r, sizeof(r));                                                  \
		else                                                                               \
			name##_lanes_##bits(regs, d, n, m, bytes);                                 \
	}

FP(fadd_lanes, a64_fp_add(regs, size, a, b))
FP(fsub_lanes, a64_fp_sub(regs, size, a, b))
FP(fmul_lanes, a64_fp_mul(regs, size, a, b))
FP(fdiv_lanes, a64_fp_div(regs, size, a, b))
AT_ONCE(fadd, 32, f32x4, +)
AT_ONCE(fadd, 64, f64x2, +)
AT_ONCE(fsub, 32, f32x4, -)
AT_ONCE(fsub, 64, f64x2, -)
AT_ONCE(fmul, 32, f32x4, *)
AT_ONCE(fmul, 64, f64x2, *)
AT_ONCE(fdiv, 32, f32x4, /)
AT_ONCE(fdiv, 64, f64x2, /)

/* c + a * b in doubles: see a64_fp_fma(). @return whether rounding it again is harmless */
static inline bool fused_32(const float a[4], const float b[4], const float c[4], f32x4 *r)
{
	bool halfway = false;

	for (unsigned i = 0; i < 4; i++) {
		double sum = (double)a[i] * b[i] + c[i];

		halfway |= (a64_from_double(sum) & 0x1fffffff) == 0x10000000;
		(*r)[i] = (float)sum;
	}
	return !halfway;
}

FP(fmla_lanes, a64_fp_fma(regs, size, c, a, b))
FP(fmls_lanes, a64_fp_fma(regs, size, c, a ^ SIGN, b))

#define FUSED(name, sign)                                                                          \
	A64_KERNEL(name##_32)                                                                      \
	{                                                                                          \
		float a[4], b[4], c[4];                                                            \
		f32x4 r;                                                                           \
                                                                                                   \
		memcpy(a, n, sizeof(a));                                                           \
		memcpy(b, m, sizeof(b));                                                           \
		memcpy(c, d, sizeof(c));                                                           \
		for (unsigned i = 0; i < 4; i++)                                                   \
			a[i] = sign a[i];                                                          \
		if (A64_LIKELY(bytes == 16 && fused_32(a, b, c, &r) && all_tame_32(r) &&           \
		               a64_fp_careless(regs)))                                             \
			memcpy(d, &r, sizeof(r));                                                  \
		else                                                                               \
			name##_lanes_32(regs, d, n, m, bytes);                                     \
	}

FUSED(fmla, +)
FUSED(fmls, -)
#define fmla_64 fmla_lanes_64
#define fmls_64 fmls_lanes_64

FP(fmulx, a64_fp_mulx(regs, size, a, b))
FP(fabd, a64_fp_sub(regs, size, a, b) & ~SIGN)
FP(fmax_, a64_fp_max(regs, size, a, b))
FP(fmin_, a64_fp_min(regs, size, a, b))
FP(fmaxnm, a64_fp_maxnm(regs, size, a, b))
FP(fminnm, a64_fp_minnm(regs, size, a, b))
FP(fcmeq, EQUAL(a, b))
FP(fcmge, greater_equal(regs, size, a, b))
FP(fcmgt, greater(regs, size, a, b))
FP(facge, greater_equal(regs, size, a & ~SIGN, b & ~SIGN))
FP(facgt, greater(regs, size, a & ~SIGN, b & ~SIGN))
FP(frecps, a64_fp_recip_step(regs, size, a, b))
FP(frsqrts, a64_fp_rsqrt_step(regs, size, a, b))

PAIRS(faddp, a64_fp_add(regs, size, a, b))
PAIRS(fmaxp, a64_fp_max(regs, size, a, b))
PAIRS(fminp, a64_fp_min(regs, size, a, b))
PAIRS(fmaxnmp, a64_fp_maxnm(regs, size, a, b))
PAIRS(fminnmp, a64_fp_minnm(regs, size, a, b))

#define FP_ROW(name)                                                                               \
	{                                                                                          \
		NULL, NULL, name##_32, name##_64                                                   \
	}
#define SCALAR 0xc

const struct a64_kernels a64_simd_fp_same[2][2][8] = {
        {
                {
                        [0] = {FP_ROW(fmaxnm), 0},
                        [1] = {FP_ROW(fmla), 0},
                        [2] = {FP_ROW(fadd), 0},
                        [3] = {FP_ROW(fmulx), SCALAR},
                        [4] = {FP_ROW(fcmeq), SCALAR},
                        [6] = {FP_ROW(fmax_), 0},
                        [7] = {FP_ROW(frecps), SCALAR},
                },
                {
                        [0] = {FP_ROW(fminnm), 0},
                        [1] = {FP_ROW(fmls), 0},
                        [2] = {FP_ROW(fsub), 0},
                        [6] = {FP_ROW(fmin_), 0},
                        [7] = {FP_ROW(frsqrts), SCALAR},
                },
        },
        {
                {
                        [0] = {FP_ROW(fmaxnmp), 0},
                        [2] = {FP_ROW(faddp), 0},
                        [3] = {FP_ROW(fmul), 0},
                        [4] = {FP_ROW(fcmge), SCALAR},
                        [5] = {FP_ROW(facge), SCALAR},
                        [6] = {FP_ROW(fmaxp), 0},
                        [7] = {FP_ROW(fdiv), 0},
                },
                {
                        [0] = {FP_ROW(fminnmp), 0},
                        [2] = {FP_ROW(fabd), SCALAR},
                        [4] = {FP_ROW(fcmgt), SCALAR},
                        [5] = {FP_ROW(facgt), SCALAR},
                        [6] = {FP_ROW(fminp), 0},
                },
        },
};

const struct a64_kernels a64_simd_fp_pairwise[2][32] = {
        {
                [0x0c] = {FP_ROW(fmaxnmp), SCALAR},
                [0x0d] = {FP_ROW(faddp), SCALAR},
                [0x0f] = {FP_ROW(fmaxp), SCALAR},
        },
        {
                [0x0c] = {FP_ROW(fminnmp), SCALAR},
                [0x0f] = {FP_ROW(fminp), SCALAR},
        },
};

FP(fcmgt0, greater(regs, size, a, 0))
FP(fcmge0, greater_equal(regs, size, a, 0))
FP(fcmeq0, EQUAL(a, 0))
FP(fcmle0, greater_equal(regs, size, 0, a))
FP(fcmlt0, greater(regs, size, 0, a))
FP(fabs_, a & ~SIGN)
FP(fneg, a ^ SIGN)
FP(fsqrt, a64_fp_sqrt(regs, size, a))
FP(frecpe, a64_fp_recip_estimate(regs, size, a))
FP(frsqrte, a64_fp_rsqrt_estimate(regs, size, a))
FP(frecpx, a64_fp_recip_exponent(regs, size, a))
FP_LANES(urecpe_32, u32, uint32_t, A64_SINGLE, a64_recip_estimate_u32((uint32_t)a))
FP_LANES(ursqrte_32, u32, uint32_t, A64_SINGLE, a64_rsqrt_estimate_u32((uint32_t)a))

#define ROUND(rounding, exact) a64_fp_round_integral(regs, size, a, rounding, exact)

FP(frintn, ROUND(A64_TO_NEAREST, false))
FP(frintp, ROUND(A64_TO_PLUS, false))
FP(frintm, ROUND(A64_TO_MINUS, false))
FP(frintz, ROUND(A64_TO_ZERO, false))
FP(frinta, ROUND(A64_TO_AWAY, false))
FP(frintx, ROUND(a64_fp_rounding(regs), true))
FP(frinti, ROUND(a64_fp_rounding(regs), false))

#define TO_INTEGER(is_unsigned, rounding)                                                          \
	a64_fp_to_fixed(regs, size, a, 8u << size, 0, is_unsigned, rounding)

FP(fcvtns, TO_INTEGER(false, A64_TO_NEAREST))
FP(fcvtps, TO_INTEGER(false, A64_TO_PLUS))
FP(fcvtms, TO_INTEGER(false, A64_TO_MINUS))
FP(fcvtzs, TO_INTEGER(false, A64_TO_ZERO))
FP(fcvtas, TO_INTEGER(false, A64_TO_AWAY))
FP(fcvtnu, TO_INTEGER(true, A64_TO_NEAREST))
FP(fcvtpu, TO_INTEGER(true, A64_TO_PLUS))
FP(fcvtmu, TO_INTEGER(true, A64_TO_MINUS))
FP(fcvtzu, TO_INTEGER(true, A64_TO_ZERO))
FP(fcvtau, TO_INTEGER(true, A64_TO_AWAY))

/* The sign of a narrow lane is brought to bit 63. */
#define SIGNED_LANE (uint64_t)((int64_t)(a << (64 - (8u << size))) >> (64 - (8u << size)))

FP(scvtf, a64_fp_from_fixed(regs, size, SIGNED_LANE, 0, false))
FP(ucvtf, a64_fp_from_fixed(regs, size, a, 0, true))

/* Between formats: the wide lanes are all of one register, the narrow ones half of the other. */
#define LENGTHEN(name, narrow, from, to)                                                           \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		const unsigned lanes = 16u >> (to);                                                \
		const unsigned first = bytes == 16 ? lanes : 0;                                    \
		union a64_v r;                                                                     \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < 16u >> (to); i++)                                         \
			a64_set_lane(&r, (enum a64_lane)(to), i,                                   \
			             a64_fp_convert(regs, from, to, n->narrow[first + i],          \
			                            a64_fp_rounding(regs)));                       \
		*d = r;                                                                            \
	}

/* bytes is 4 for FCVTXN as a scalar. */
#define SHORTEN(name, wide, from, narrow, to, type, rounding)                                      \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		const unsigned lanes = bytes == 4 ? 1 : 16u >> (from);                             \
		union a64_v r = {.u64 = {0, 0}};                                                   \
                                                                                                   \
		A64_UNUSED();                                                                      \
		for (unsigned i = 0; i < lanes; i++)                                               \
			r.narrow[i] = (type)a64_fp_convert(regs, from, to, n->wide[i], rounding);  \
		d->u64[bytes == 16 ? 1 : 0] = r.u64[0];                                            \
		if (bytes < 16)                                                                    \
			d->u64[1] = 0;                                                             \
	}

LENGTHEN(fcvtl_32, u16, A64_HALF, A64_SINGLE)
LENGTHEN(fcvtl_64, u32, A64_SINGLE, A64_DOUBLE)
SHORTEN(fcvtn_32, u32, A64_SINGLE, u16, A64_HALF, uint16_t, a64_fp_rounding(regs))
SHORTEN(fcvtn_64, u64, A64_DOUBLE, u32, A64_SINGLE, uint32_t, a64_fp_rounding(regs))
SHORTEN(fcvtxn_64, u64, A64_DOUBLE, u32, A64_SINGLE, uint32_t, A64_TO_ODD)

#define ROW_32(name)                                                                               \
	{                                                                                          \
		NULL, NULL, name##_32, NULL                                                        \
	}

const struct a64_kernels a64_simd_fp_misc[2][2][32] = {
        {
                {
                        [0x16] = {FP_ROW(fcvtn), 0},
                        [0x17] = {FP_ROW(fcvtl), 0},
                        [0x18] = {FP_ROW(frintn), 0},
                        [0x19] = {FP_ROW(frintm), 0},
                        [0x1a] = {FP_ROW(fcvtns), SCALAR},
                        [0x1b] = {FP_ROW(fcvtms), SCALAR},
                        [0x1c] = {FP_ROW(fcvtas), SCALAR},
                        [0x1d] = {FP_ROW(scvtf), SCALAR},
                },
                {
                        [0x0c] = {FP_ROW(fcmgt0), SCALAR},
                        [0x0d] = {FP_ROW(fcmeq0), SCALAR},
                        [0x0e] = {FP_ROW(fcmlt0), SCALAR},
                        [0x0f] = {FP_ROW(fabs_), 0},
                        [0x18] = {FP_ROW(frintp), 0},
                        [0x19] = {FP_ROW(frintz), 0},
                        [0x1a] = {FP_ROW(fcvtps), SCALAR},
                        [0x1b] = {FP_ROW(fcvtzs), SCALAR},
                        [0x1c] = {ROW_32(urecpe), 0},
                        [0x1d] = {FP_ROW(frecpe), SCALAR},
                },
        },
        {
                {
                        [0x16] = {{NULL, NULL, NULL, fcvtxn_64}, 8},
                        [0x18] = {FP_ROW(frinta), 0},
                        [0x19] = {FP_ROW(frintx), 0},
                        [0x1a] = {FP_ROW(fcvtnu), SCALAR},
                        [0x1b] = {FP_ROW(fcvtmu), SCALAR},
                        [0x1c] = {FP_ROW(fcvtau), SCALAR},
                        [0x1d] = {FP_ROW(ucvtf), SCALAR},
                },
                {
                        [0x0c] = {FP_ROW(fcmge0), SCALAR},
                        [0x0d] = {FP_ROW(fcmle0), SCALAR},
                        [0x0f] = {FP_ROW(fneg), 0},
                        [0x19] = {FP_ROW(frinti), 0},
                        [0x1a] = {FP_ROW(fcvtpu), SCALAR},
                        [0x1b] = {FP_ROW(fcvtzu), SCALAR},
                        [0x1c] = {ROW_32(ursqrte), 0},
                        [0x1d] = {FP_ROW(frsqrte), SCALAR},
                        [0x1f] = {FP_ROW(fsqrt), 0},
                },
        },
};

/* FRECPX has no vector form. */
const struct a64_kernels a64_simd_fp_recpx = {FP_ROW(frecpx), SCALAR};

/* One number out of four: the pairs first. */
#define ACROSS(name, operation)                                                                    \
	A64_KERNEL(name)                                                                           \
	{                                                                                          \
		uint64_t low, high;                                                                \
                                                                                                   \
		A64_UNUSED();                                                                      \
		low = operation(regs, A64_SINGLE, n->u32[0], n->u32[1]);                           \
		high = operation(regs, A64_SINGLE, n->u32[2], n->u32[3]);                          \
		d->u64[0] = operation(regs, A64_SINGLE, low, high);                                \
		d->u64[1] = 0;                                                                     \
	}

ACROSS(fmaxnmv_32, a64_fp_maxnm)
ACROSS(fminnmv_32, a64_fp_minnm)
ACROSS(fmaxv_32, a64_fp_max)
ACROSS(fminv_32, a64_fp_min)

const struct a64_kernels a64_simd_fp_across[2][32] = {
        {
                [0x0c] = {ROW_32(fmaxnmv), 0},
                [0x0f] = {ROW_32(fmaxv), 0},
        },
        {
                [0x0c] = {ROW_32(fminnmv), 0},
                [0x0f] = {ROW_32(fminv), 0},
        },
};
