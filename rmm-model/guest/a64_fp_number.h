/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_fp_number.h
 * Floating-point numbers taken apart, and rounding them into a format.
 */
#ifndef RMM_GUEST_A64_FP_NUMBER_H
#define RMM_GUEST_A64_FP_NUMBER_H

#include "a64_fp.h"

__extension__ typedef unsigned __int128 a64_u128;

/** A format: widths of the fraction and of the exponent. */
struct a64_fp_format {
	unsigned fraction;
	unsigned exponent;
};

/** By enum a64_fp_size; the first is none. */
extern const struct a64_fp_format a64_fp_formats[4];

enum a64_fp_kind {
	A64_FP_ZERO,
	A64_FP_FINITE,
	A64_FP_INFINITY,
	A64_FP_QUIET,
	A64_FP_SIGNALLING,
};

/** A number; when finite, sig * 2^(exp - 63), bit 63 of sig is set. */
struct a64_number {
	enum a64_fp_kind kind;
	bool sign;
	int exp;
	uint64_t sig;
};

static inline bool a64_number_is_nan(const struct a64_number *n)
{
	return n->kind >= A64_FP_QUIET;
}

static inline int a64_fp_bias(enum a64_fp_size size)
{
	return (1 << (a64_fp_formats[size].exponent - 1)) - 1;
}

/** All ones of the exponent. */
static inline uint64_t a64_fp_max_exponent(enum a64_fp_size size)
{
	return (UINT64_C(1) << a64_fp_formats[size].exponent) - 1;
}

static inline uint64_t a64_fp_zero(enum a64_fp_size size, bool sign)
{
	return sign ? a64_fp_sign(size) : 0;
}

static inline uint64_t a64_fp_infinity(enum a64_fp_size size, bool sign)
{
	return a64_fp_zero(size, sign) | a64_fp_max_exponent(size) << a64_fp_formats[size].fraction;
}

static inline uint64_t a64_fp_quiet_bit(enum a64_fp_size size)
{
	return UINT64_C(1) << (a64_fp_formats[size].fraction - 1);
}

static inline uint64_t a64_fp_default_nan(enum a64_fp_size size)
{
	return a64_fp_infinity(size, false) | a64_fp_quiet_bit(size);
}

/** The default NaN, and Invalid Operation. */
static inline uint64_t a64_fp_invalid(struct guest_regs *regs, enum a64_fp_size size)
{
	regs->fpsr |= A64_FPSR_IOC;
	return a64_fp_default_nan(size);
}

/** Shifts right; what falls off is kept as a one in the lowest bit. */
static inline uint64_t a64_shift_sticky(uint64_t value, unsigned amount)
{
	if (amount == 0)
		return value;
	if (amount > 63)
		return value != 0;
	return value >> amount | ((value << (64 - amount)) != 0);
}

/** Takes a value apart. Flushes a denormal to zero under FPCR.FZ, unless it is half-precision. */
struct a64_number a64_fp_unpack(struct guest_regs *regs, enum a64_fp_size size, uint64_t bits);

/** Rounds sig * 2^(exp - 63), bit 63 of sig set, its lowest bit sticky. */
uint64_t a64_fp_pack(struct guest_regs *regs, enum a64_fp_size size, enum a64_rounding rounding,
                     bool sign, int exp, uint64_t sig);

/** What becomes of an operand that is a NaN. */
uint64_t a64_fp_nan(struct guest_regs *regs, enum a64_fp_size size, uint64_t bits);

/** The NaN that an operation on a and b returns. @return whether there is one */
bool a64_fp_nan2(struct guest_regs *regs, enum a64_fp_size size, const struct a64_number *x,
                 uint64_t a, const struct a64_number *y, uint64_t b, uint64_t *result);

/** Order of two numbers that are no NaNs: negative, zero, positive. */
int a64_number_order(const struct a64_number *x, const struct a64_number *y);

/** An integer part and, left-justified, what is below the point (its lowest bit sticky). */
struct a64_parts {
	uint64_t integer;
	uint64_t below;
};

/** Rounds the parts of a magnitude to an integer. */
uint64_t a64_fp_round_parts(const struct a64_parts *parts, bool sign, enum a64_rounding rounding);

#endif
