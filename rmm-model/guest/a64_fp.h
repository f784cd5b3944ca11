/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_fp.h
 * Floating point of the A64 interpreter.
 *
 * Values are bits in the low end of a uint64_t. Every operation exists in integer arithmetic, as
 * the architecture defines it: all rounding modes, flags, NaNs, denormals (a64_fp_soft.c). The
 * inline functions ask the host's FPU first and keep its result where it is known to be right,
 * flags included: rounding to nearest, a normal result, and either nothing was rounded off or IXC
 * is set already. The host's FPU must be in its default state; it is never switched and its flags
 * are never read.
 */
#ifndef RMM_GUEST_A64_FP_H
#define RMM_GUEST_A64_FP_H

#include <math.h>
#include <string.h>

#include "a64.h"

#define A64_FPCR_AHP         (UINT64_C(1) << 26)
#define A64_FPCR_DN          (UINT64_C(1) << 25)
#define A64_FPCR_FZ          (UINT64_C(1) << 24)
#define A64_FPCR_RMODE_SHIFT 22
#define A64_FPCR_RMODE       (UINT64_C(3) << A64_FPCR_RMODE_SHIFT)
/** No half-precision arithmetic, no trapped exceptions, no AArch32. */
#define A64_FPCR_MASK        (A64_FPCR_AHP | A64_FPCR_DN | A64_FPCR_FZ | A64_FPCR_RMODE)

#define A64_FPSR_QC          (UINT64_C(1) << 27)
#define A64_FPSR_IDC         (UINT64_C(1) << 7)
#define A64_FPSR_IXC         (UINT64_C(1) << 4)
#define A64_FPSR_UFC         (UINT64_C(1) << 3)
#define A64_FPSR_OFC         (UINT64_C(1) << 2)
#define A64_FPSR_DZC         (UINT64_C(1) << 1)
#define A64_FPSR_IOC         (UINT64_C(1) << 0)
#define A64_FPSR_MASK        (A64_FPSR_QC | A64_FPSR_IDC | UINT64_C(0x1f))

/** Formats, as log2 of bytes. */
enum a64_fp_size {
	A64_HALF = 1,
	A64_SINGLE = 2,
	A64_DOUBLE = 3,
};

/** The first four in the order of FPCR.RMode. */
enum a64_rounding {
	A64_TO_NEAREST,
	A64_TO_PLUS,
	A64_TO_MINUS,
	A64_TO_ZERO,
	A64_TO_AWAY, /**< To nearest, ties away from zero. */
	A64_TO_ODD,
};

static inline enum a64_rounding a64_fp_rounding(const struct guest_regs *regs)
{
	return (enum a64_rounding)((regs->fpcr & A64_FPCR_RMODE) >> A64_FPCR_RMODE_SHIFT);
}

/* a64_fp_soft.c: arithmetic, by integers alone. */

uint64_t a64_soft_add(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
uint64_t a64_soft_sub(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
uint64_t a64_soft_mul(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
uint64_t a64_soft_div(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
uint64_t a64_soft_sqrt(struct guest_regs *regs, enum a64_fp_size size, uint64_t a);
/** c + a * b, rounded once. */
uint64_t a64_soft_fma(struct guest_regs *regs, enum a64_fp_size size, uint64_t c, uint64_t a,
                      uint64_t b);
/** FMULX: infinity times zero is 2. */
uint64_t a64_fp_mulx(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
/** FRECPS: 2 - a * b. */
uint64_t a64_fp_recip_step(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
/** FRSQRTS: (3 - a * b) / 2. */
uint64_t a64_fp_rsqrt_step(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);

/* a64_fp_compare.c */

uint64_t a64_fp_max(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
uint64_t a64_fp_min(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
/** FMAXNM, FMINNM: a number rather than a quiet NaN. */
uint64_t a64_fp_maxnm(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
uint64_t a64_fp_minnm(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b);
/** NZCV of a comparison. @param signal quiet NaNs are invalid, too */
unsigned a64_soft_compare(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b,
                          bool signal);

/* a64_fp_convert.c */

/** Between formats. */
uint64_t a64_fp_convert(struct guest_regs *regs, enum a64_fp_size from, enum a64_fp_size to,
                        uint64_t value, enum a64_rounding rounding);
/** To an integer of @p bits bits with @p fbits of them after the point; saturates. */
uint64_t a64_fp_to_fixed(struct guest_regs *regs, enum a64_fp_size size, uint64_t value,
                         unsigned bits, unsigned fbits, bool is_unsigned,
                         enum a64_rounding rounding);
/** From an integer of 64 bits. */
uint64_t a64_fp_from_fixed(struct guest_regs *regs, enum a64_fp_size size, uint64_t value,
                           unsigned fbits, bool is_unsigned);
/** FRINT. @param exact whether IXC tells that something was rounded off */
uint64_t a64_fp_round_integral(struct guest_regs *regs, enum a64_fp_size size, uint64_t value,
                               enum a64_rounding rounding, bool exact);

/* a64_fp_estimate.c */

uint64_t a64_fp_recip_estimate(struct guest_regs *regs, enum a64_fp_size size, uint64_t value);
uint64_t a64_fp_rsqrt_estimate(struct guest_regs *regs, enum a64_fp_size size, uint64_t value);
/** FRECPX. */
uint64_t a64_fp_recip_exponent(struct guest_regs *regs, enum a64_fp_size size, uint64_t value);
/** URECPE, URSQRTE. */
uint32_t a64_recip_estimate_u32(uint32_t value);
uint32_t a64_rsqrt_estimate_u32(uint32_t value);

/* a64_fp_scalar.c */

/** What executes a scalar floating-point instruction, or NULL: UNDEFINED. */
a64_call *a64_fp_find(uint32_t insn);

/** FMOV (immediate): the 8 bits of an encoding as a value. */
uint64_t a64_fp_expand_immediate(enum a64_fp_size size, uint32_t imm8);

static inline uint64_t a64_fp_sign(enum a64_fp_size size)
{
	return UINT64_C(1) << ((8u << size) - 1);
}

/* The host's types and back. */

static inline double a64_to_double(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint64_t a64_from_double(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline float a64_to_float(uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	float value;

	memcpy(&value, &low, sizeof(value));
	return value;
}

static inline uint64_t a64_from_float(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline bool a64_is_nan(enum a64_fp_size size, uint64_t bits)
{
	if (size == A64_DOUBLE)
		return (bits & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff0000000000000);
	return (bits & 0x7fffffff) > 0x7f800000;
}

/** Neither infinite, nor NaN, nor denormal, nor close to that; nor zero. */
static inline bool a64_is_tame(enum a64_fp_size size, uint64_t bits)
{
	if (size == A64_DOUBLE)
		return ((bits >> 52) & 0x7ff) - 2 < 0x7fd;
	return ((bits >> 23) & 0xff) - 2 < 0xfd;
}

/** Tame, and so large that the error of a product or quotient is no denormal. */
static inline bool a64_is_large(enum a64_fp_size size, uint64_t bits)
{
	if (size == A64_DOUBLE)
		return ((bits >> 52) & 0x7ff) - 256 < 0x7ff - 256;
	return a64_is_tame(size, bits);
}

static inline bool a64_is_denormal(enum a64_fp_size size, uint64_t bits)
{
	if (size == A64_DOUBLE)
		return !(bits & UINT64_C(0x7ff0000000000000)) && (bits & UINT64_C(0xfffffffffffff));
	return !(bits & 0x7f800000) && (bits & 0x7fffff);
}

/** Whether the host rounds as the guest wants and need not tell whether it did. */
static inline bool a64_fp_careless(const struct guest_regs *regs)
{
	return (regs->fpsr & A64_FPSR_IXC) && !(regs->fpcr & (A64_FPCR_FZ | A64_FPCR_RMODE));
}

/** Whether the host rounds as the guest wants these operands to be rounded. */
static inline bool a64_fp_like_host(const struct guest_regs *regs, enum a64_fp_size size,
                                    uint64_t a, uint64_t b)
{
	if (regs->fpcr & A64_FPCR_RMODE)
		return false;
	return !(regs->fpcr & A64_FPCR_FZ) ||
	       !(a64_is_denormal(size, a) || a64_is_denormal(size, b));
}

/* Whether a + b = sum exactly; sum is tame. Knuth's two-sum. */
static inline bool a64_sum_exact_double(double a, double b, double sum)
{
	double c = sum - a;

	return (a - (sum - c)) + (b - c) == 0;
}

static inline bool a64_sum_exact_float(float a, float b, float sum)
{
	float c = sum - a;

	return (a - (sum - c)) + (b - c) == 0;
}

static inline uint64_t a64_fp_add(struct guest_regs *regs, enum a64_fp_size size, uint64_t a,
                                  uint64_t b)
{
	uint64_t bits;
	bool exact;

	if (size == A64_DOUBLE) {
		double x = a64_to_double(a), y = a64_to_double(b), sum = x + y;

		bits = a64_from_double(sum);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC || (a64_sum_exact_double(x, y, sum)));
	} else {
		float x = a64_to_float(a), y = a64_to_float(b), sum = x + y;

		bits = a64_from_float(sum);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC || (a64_sum_exact_float(x, y, sum)));
	}
	if (exact && a64_fp_like_host(regs, size, a, b))
		return bits;
	return a64_soft_add(regs, size, a, b);
}

static inline uint64_t a64_fp_sub(struct guest_regs *regs, enum a64_fp_size size, uint64_t a,
                                  uint64_t b)
{
	uint64_t bits;
	bool exact;

	if (size == A64_DOUBLE) {
		double x = a64_to_double(a), y = a64_to_double(b), sum = x - y;

		bits = a64_from_double(sum);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC || (a64_sum_exact_double(x, -y, sum)));
	} else {
		float x = a64_to_float(a), y = a64_to_float(b), sum = x - y;

		bits = a64_from_float(sum);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC || (a64_sum_exact_float(x, -y, sum)));
	}
	if (exact && a64_fp_like_host(regs, size, a, b))
		return bits;
	return a64_soft_sub(regs, size, a, b);
}

static inline uint64_t a64_fp_mul(struct guest_regs *regs, enum a64_fp_size size, uint64_t a,
                                  uint64_t b)
{
	uint64_t bits;
	bool exact;

	if (size == A64_DOUBLE) {
		double x = a64_to_double(a), y = a64_to_double(b), product = x * y;

		bits = a64_from_double(product);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC ||
		         (a64_is_large(size, bits) && fma(x, y, -product) == 0));
	} else {
		float x = a64_to_float(a), y = a64_to_float(b), product = x * y;

		bits = a64_from_float(product);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC || ((double)x * y == (double)product));
	}
	if (exact && a64_fp_like_host(regs, size, a, b))
		return bits;
	return a64_soft_mul(regs, size, a, b);
}

static inline uint64_t a64_fp_div(struct guest_regs *regs, enum a64_fp_size size, uint64_t a,
                                  uint64_t b)
{
	uint64_t bits;
	bool exact;

	if (size == A64_DOUBLE) {
		double x = a64_to_double(a), y = a64_to_double(b), quotient = x / y;

		bits = a64_from_double(quotient);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC ||
		         (a64_is_large(size, a) && fma(quotient, y, -x) == 0));
	} else {
		float x = a64_to_float(a), y = a64_to_float(b), quotient = x / y;

		bits = a64_from_float(quotient);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC || ((double)quotient * y == (double)x));
	}
	if (exact && a64_fp_like_host(regs, size, a, b))
		return bits;
	return a64_soft_div(regs, size, a, b);
}

static inline uint64_t a64_fp_sqrt(struct guest_regs *regs, enum a64_fp_size size, uint64_t a)
{
	uint64_t bits;

	if (size == A64_DOUBLE)
		bits = a64_from_double(sqrt(a64_to_double(a)));
	else
		bits = a64_from_float(sqrtf(a64_to_float(a)));
	if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
		return bits;
	return a64_soft_sqrt(regs, size, a);
}

/** c + a * b, rounded once. */
static inline uint64_t a64_fp_fma(struct guest_regs *regs, enum a64_fp_size size, uint64_t c,
                                  uint64_t a, uint64_t b)
{
	uint64_t bits;
	bool exact;

	if (size == A64_DOUBLE) {
		double x = a64_to_double(a), y = a64_to_double(b), z = a64_to_double(c);
		double result = fma(x, y, z);
		double product;

		bits = a64_from_double(result);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		product = x * y;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC ||
		         (a64_is_large(size, a64_from_double(product)) &&
		          fma(x, y, -product) == 0 && a64_sum_exact_double(product, z, result)));
	} else {
		float x = a64_to_float(a), y = a64_to_float(b), z = a64_to_float(c);
		double product = (double)x * y; /* Exact. */
		double sum = product + z;
		float result = (float)sum;

		/* Rounded twice, which matters only half-way between two floats. */
		if (A64_UNLIKELY((a64_from_double(sum) & 0x1fffffff) == 0x10000000))
			result = fmaf(x, y, z);
		bits = a64_from_float(result);
		if (A64_LIKELY(a64_is_tame(size, bits) && a64_fp_careless(regs)))
			return bits;
		exact = a64_is_tame(size, bits) &&
		        (regs->fpsr & A64_FPSR_IXC ||
		         ((double)result == sum && a64_sum_exact_double(product, z, sum)));
	}
	if (exact && a64_fp_like_host(regs, size, a, b) && a64_fp_like_host(regs, size, c, c))
		return bits;
	return a64_soft_fma(regs, size, c, a, b);
}

/** NZCV of a comparison. */
static inline unsigned a64_fp_compare(struct guest_regs *regs, enum a64_fp_size size, uint64_t a,
                                      uint64_t b, bool signal)
{
	/* What the host says is right unless there is a NaN or a denormal to be flushed. */
	if (size == A64_DOUBLE && !(regs->fpcr & A64_FPCR_FZ)) {
		double x = a64_to_double(a), y = a64_to_double(b);

		if (A64_LIKELY(!a64_is_nan(size, a) && !a64_is_nan(size, b)))
			return x == y ? 6 : x < y ? 8 : 2;
	} else if (!(regs->fpcr & A64_FPCR_FZ)) {
		float x = a64_to_float(a), y = a64_to_float(b);

		if (A64_LIKELY(!a64_is_nan(size, a) && !a64_is_nan(size, b)))
			return x == y ? 6 : x < y ? 8 : 2;
	}
	return a64_soft_compare(regs, size, a, b, signal);
}

#endif
