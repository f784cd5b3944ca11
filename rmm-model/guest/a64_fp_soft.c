/* SPDX-License-Identifier: BSD-3-Clause */
/* Floating-point arithmetic by integers: exact results, rounded once. */
#include "a64_fp_number.h"

const struct a64_fp_format a64_fp_formats[4] = {
        [A64_HALF] = {10, 5},
        [A64_SINGLE] = {23, 8},
        [A64_DOUBLE] = {52, 11},
};

struct a64_number a64_fp_unpack(struct guest_regs *regs, enum a64_fp_size size, uint64_t bits)
{
	const struct a64_fp_format *f = &a64_fp_formats[size];
	uint64_t fraction = bits & ((UINT64_C(1) << f->fraction) - 1);
	uint64_t exponent = (bits >> f->fraction) & a64_fp_max_exponent(size);
	struct a64_number n = {
	        .kind = A64_FP_FINITE,
	        .sign = (bits & a64_fp_sign(size)) != 0,
	        .exp = (int)exponent - a64_fp_bias(size),
	        .sig = fraction << (63 - f->fraction),
	};

	if (exponent == 0) {
		unsigned shift;

		if (fraction != 0 && size != A64_HALF && (regs->fpcr & A64_FPCR_FZ)) {
			regs->fpsr |= A64_FPSR_IDC;
			fraction = 0;
		}
		if (fraction == 0) {
			n.kind = A64_FP_ZERO;
			n.sig = 0;
			return n;
		}
		shift = (unsigned)__builtin_clzll(n.sig);
		n.sig <<= shift;
		n.exp += 1 - (int)shift;
	} else if (exponent == a64_fp_max_exponent(size) &&
	           !(size == A64_HALF && (regs->fpcr & A64_FPCR_AHP))) {
		if (fraction == 0)
			n.kind = A64_FP_INFINITY;
		else
			n.kind = fraction & a64_fp_quiet_bit(size) ? A64_FP_QUIET
			                                           : A64_FP_SIGNALLING;
	} else {
		n.sig |= UINT64_C(1) << 63;
	}
	return n;
}

/* Whether the magnitude goes up; below is left-justified. */
static bool rounds_up(bool odd, uint64_t below, bool sign, enum a64_rounding rounding)
{
	const uint64_t half = UINT64_C(1) << 63;

	switch (rounding) {
	case A64_TO_NEAREST:
		return below > half || (below == half && odd);
	case A64_TO_PLUS:
		return below != 0 && !sign;
	case A64_TO_MINUS:
		return below != 0 && sign;
	case A64_TO_AWAY:
		return below >= half;
	case A64_TO_ODD:
		return below != 0 && !odd;
	default:
		return false;
	}
}

uint64_t a64_fp_round_parts(const struct a64_parts *parts, bool sign, enum a64_rounding rounding)
{
	return parts->integer + rounds_up(parts->integer & 1, parts->below, sign, rounding);
}

/* A result whose exponent does not fit. */
static uint64_t overflow(struct guest_regs *regs, enum a64_fp_size size, enum a64_rounding rounding,
                         bool sign)
{
	bool infinite = rounding == A64_TO_NEAREST || rounding == A64_TO_AWAY ||
	                rounding == (sign ? A64_TO_MINUS : A64_TO_PLUS);

	if (size == A64_HALF && (regs->fpcr & A64_FPCR_AHP)) {
		regs->fpsr |= A64_FPSR_IOC;
		return a64_fp_zero(size, sign) | 0x7fff;
	}
	regs->fpsr |= A64_FPSR_OFC | A64_FPSR_IXC;
	return a64_fp_infinity(size, sign) - (infinite ? 0 : 1);
}

uint64_t a64_fp_pack(struct guest_regs *regs, enum a64_fp_size size, enum a64_rounding rounding,
                     bool sign, int exp, uint64_t sig)
{
	const struct a64_fp_format *f = &a64_fp_formats[size];
	unsigned drop = 63 - f->fraction;
	int biased = exp + a64_fp_bias(size);
	bool alternative = size == A64_HALF && (regs->fpcr & A64_FPCR_AHP);
	bool denormal = biased <= 0;
	struct a64_parts parts;
	uint64_t bits;

	if (denormal) {
		if (size != A64_HALF && (regs->fpcr & A64_FPCR_FZ)) {
			regs->fpsr |= A64_FPSR_UFC;
			return a64_fp_zero(size, sign);
		}
		sig = a64_shift_sticky(sig, biased < -64 ? 65 : (unsigned)(1 - biased));
	}
	parts.integer = sig >> drop;
	parts.below = sig << (64 - drop);
	bits = a64_fp_round_parts(&parts, sign, rounding);
	/* The leading bit of sig, and a carry out of it, add to the exponent. */
	if (!denormal)
		bits += (uint64_t)(biased - 1) << f->fraction;
	if (bits >> f->fraction >= a64_fp_max_exponent(size) + (alternative ? 1 : 0))
		return overflow(regs, size, rounding, sign);
	if (parts.below != 0)
		regs->fpsr |= A64_FPSR_IXC | (denormal ? A64_FPSR_UFC : 0);
	return bits | a64_fp_zero(size, sign);
}

uint64_t a64_fp_nan(struct guest_regs *regs, enum a64_fp_size size, uint64_t bits)
{
	if (!(bits & a64_fp_quiet_bit(size))) {
		regs->fpsr |= A64_FPSR_IOC;
		bits |= a64_fp_quiet_bit(size);
	}
	return regs->fpcr & A64_FPCR_DN ? a64_fp_default_nan(size) : bits;
}

bool a64_fp_nan2(struct guest_regs *regs, enum a64_fp_size size, const struct a64_number *x,
                 uint64_t a, const struct a64_number *y, uint64_t b, uint64_t *result)
{
	if (A64_LIKELY(!a64_number_is_nan(x) && !a64_number_is_nan(y)))
		return false;
	if (x->kind == A64_FP_SIGNALLING)
		*result = a64_fp_nan(regs, size, a);
	else if (y->kind == A64_FP_SIGNALLING)
		*result = a64_fp_nan(regs, size, b);
	else
		*result = a64_fp_nan(regs, size, x->kind == A64_FP_QUIET ? a : b);
	return true;
}

/* A finite magnitude with room for a carry: sig * 2^(exp - 126), bit 126 of sig set. */
struct wide {
	bool sign;
	int exp;
	a64_u128 sig;
};

static struct wide widen(const struct a64_number *n)
{
	return (struct wide){n->sign, n->exp, (a64_u128)n->sig << 63};
}

/* The 22 lowest bits of a product are zero, so that nothing is lost here. */
static struct wide product(const struct a64_number *x, const struct a64_number *y)
{
	struct wide w = {x->sign != y->sign, x->exp + y->exp, (a64_u128)x->sig * y->sig};

	if (w.sig >> 127) {
		w.sig >>= 1;
		w.exp++;
	}
	return w;
}

static uint64_t round_wide(struct guest_regs *regs, enum a64_fp_size size, struct wide w)
{
	uint64_t high = (uint64_t)(w.sig >> 64);
	unsigned shift = high ? (unsigned)__builtin_clzll(high)
	                      : 64 + (unsigned)__builtin_clzll((uint64_t)w.sig);

	w.sig <<= shift;
	high = (uint64_t)(w.sig >> 64) | ((uint64_t)w.sig != 0);
	return a64_fp_pack(regs, size, a64_fp_rounding(regs), w.sign, w.exp + 1 - (int)shift, high);
}

static bool zero_sum_sign(const struct guest_regs *regs)
{
	return a64_fp_rounding(regs) == A64_TO_MINUS;
}

/* The exact sum with what is far below it made sticky. @return false when it is zero */
static bool add_wide(struct wide x, struct wide y, struct wide *sum)
{
	unsigned shift;

	if (x.exp < y.exp || (x.exp == y.exp && x.sig < y.sig)) {
		struct wide swap = x;

		x = y;
		y = swap;
	}
	shift = (unsigned)(x.exp - y.exp);
	if (shift > 127)
		y.sig = 1;
	else if (shift)
		y.sig = y.sig >> shift | ((y.sig << (128 - shift)) != 0);
	*sum = x;
	sum->sig = x.sign == y.sign ? x.sig + y.sig : x.sig - y.sig;
	return sum->sig != 0;
}

static uint64_t add_numbers(struct guest_regs *regs, enum a64_fp_size size,
                            const struct a64_number *x, const struct a64_number *y)
{
	struct wide sum;

	if (x->kind == A64_FP_INFINITY || y->kind == A64_FP_INFINITY) {
		if (x->kind == y->kind && x->sign != y->sign)
			return a64_fp_invalid(regs, size);
		return a64_fp_infinity(size, x->kind == A64_FP_INFINITY ? x->sign : y->sign);
	}
	if (x->kind == A64_FP_ZERO && y->kind == A64_FP_ZERO)
		return a64_fp_zero(size, x->sign == y->sign ? x->sign : zero_sum_sign(regs));
	if (x->kind == A64_FP_ZERO)
		return round_wide(regs, size, widen(y));
	if (y->kind == A64_FP_ZERO)
		return round_wide(regs, size, widen(x));
	if (!add_wide(widen(x), widen(y), &sum))
		return a64_fp_zero(size, zero_sum_sign(regs));
	return round_wide(regs, size, sum);
}

uint64_t a64_soft_add(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	struct a64_number x = a64_fp_unpack(regs, size, a);
	struct a64_number y = a64_fp_unpack(regs, size, b);
	uint64_t result;

	if (a64_fp_nan2(regs, size, &x, a, &y, b, &result))
		return result;
	return add_numbers(regs, size, &x, &y);
}

uint64_t a64_soft_sub(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	struct a64_number x = a64_fp_unpack(regs, size, a);
	struct a64_number y = a64_fp_unpack(regs, size, b);
	uint64_t result;

	if (a64_fp_nan2(regs, size, &x, a, &y, b, &result))
		return result;
	y.sign = !y.sign;
	return add_numbers(regs, size, &x, &y);
}

static bool infinity_times_zero(const struct a64_number *x, const struct a64_number *y)
{
	return (x->kind == A64_FP_INFINITY && y->kind == A64_FP_ZERO) ||
	       (x->kind == A64_FP_ZERO && y->kind == A64_FP_INFINITY);
}

/* Neither is a NaN, and it is not infinity times zero. */
static uint64_t mul_numbers(struct guest_regs *regs, enum a64_fp_size size,
                            const struct a64_number *x, const struct a64_number *y)
{
	bool sign = x->sign != y->sign;

	if (x->kind == A64_FP_INFINITY || y->kind == A64_FP_INFINITY)
		return a64_fp_infinity(size, sign);
	if (x->kind == A64_FP_ZERO || y->kind == A64_FP_ZERO)
		return a64_fp_zero(size, sign);
	return round_wide(regs, size, product(x, y));
}

uint64_t a64_soft_mul(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	struct a64_number x = a64_fp_unpack(regs, size, a);
	struct a64_number y = a64_fp_unpack(regs, size, b);
	uint64_t result;

	if (a64_fp_nan2(regs, size, &x, a, &y, b, &result))
		return result;
	if (infinity_times_zero(&x, &y))
		return a64_fp_invalid(regs, size);
	return mul_numbers(regs, size, &x, &y);
}

/* 2 to the power of n. */
static uint64_t power(enum a64_fp_size size, bool sign, int n)
{
	return a64_fp_zero(size, sign) | (uint64_t)(n + a64_fp_bias(size))
	                                         << a64_fp_formats[size].fraction;
}

uint64_t a64_fp_mulx(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	struct a64_number x = a64_fp_unpack(regs, size, a);
	struct a64_number y = a64_fp_unpack(regs, size, b);
	uint64_t result;

	if (a64_fp_nan2(regs, size, &x, a, &y, b, &result))
		return result;
	if (infinity_times_zero(&x, &y))
		return power(size, x.sign != y.sign, 1);
	return mul_numbers(regs, size, &x, &y);
}

uint64_t a64_soft_div(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	struct a64_number x = a64_fp_unpack(regs, size, a);
	struct a64_number y = a64_fp_unpack(regs, size, b);
	bool sign = x.sign != y.sign;
	int exp = x.exp - y.exp;
	a64_u128 dividend;
	uint64_t result, quotient;

	if (a64_fp_nan2(regs, size, &x, a, &y, b, &result))
		return result;
	if ((x.kind == A64_FP_INFINITY && y.kind == A64_FP_INFINITY) ||
	    (x.kind == A64_FP_ZERO && y.kind == A64_FP_ZERO))
		return a64_fp_invalid(regs, size);
	if (x.kind == A64_FP_INFINITY || y.kind == A64_FP_ZERO) {
		if (x.kind != A64_FP_INFINITY)
			regs->fpsr |= A64_FPSR_DZC;
		return a64_fp_infinity(size, sign);
	}
	if (x.kind == A64_FP_ZERO || y.kind == A64_FP_INFINITY)
		return a64_fp_zero(size, sign);
	/* The quotient has its leading bit at 63. */
	if (x.sig < y.sig) {
		dividend = (a64_u128)x.sig << 64;
		exp--;
	} else {
		dividend = (a64_u128)x.sig << 63;
	}
	quotient = (uint64_t)(dividend / y.sig);
	if (dividend % y.sig != 0)
		quotient |= 1;
	return a64_fp_pack(regs, size, a64_fp_rounding(regs), sign, exp, quotient);
}

uint64_t a64_soft_sqrt(struct guest_regs *regs, enum a64_fp_size size, uint64_t a)
{
	struct a64_number x = a64_fp_unpack(regs, size, a);
	a64_u128 radicand, rest;
	uint64_t root = 0;

	if (a64_number_is_nan(&x))
		return a64_fp_nan(regs, size, a);
	if (x.kind == A64_FP_ZERO)
		return a64_fp_zero(size, x.sign);
	if (x.sign)
		return a64_fp_invalid(regs, size);
	if (x.kind == A64_FP_INFINITY)
		return a64_fp_infinity(size, false);
	/* radicand * 2^(exp - 126) with an even exponent; its root has 64 bits. */
	radicand = (a64_u128)x.sig << 63;
	if (x.exp & 1) {
		radicand <<= 1;
		x.exp--;
	}
	rest = radicand;
	for (int bit = 63; bit >= 0; bit--) {
		a64_u128 step = ((a64_u128)root << (bit + 1)) + ((a64_u128)1 << (2 * bit));

		if (rest >= step) {
			rest -= step;
			root |= UINT64_C(1) << bit;
		}
	}
	return a64_fp_pack(regs, size, a64_fp_rounding(regs), false, x.exp / 2, root | (rest != 0));
}

/* The NaN that c + a * b returns, without infinity times zero. */
static bool nan3(struct guest_regs *regs, enum a64_fp_size size, const struct a64_number n[3],
                 const uint64_t bits[3], uint64_t *result)
{
	for (unsigned i = 0; i < 3; i++) {
		if (n[i].kind == A64_FP_SIGNALLING) {
			*result = a64_fp_nan(regs, size, bits[i]);
			return true;
		}
	}
	for (unsigned i = 0; i < 3; i++) {
		if (n[i].kind == A64_FP_QUIET) {
			*result = a64_fp_nan(regs, size, bits[i]);
			return true;
		}
	}
	return false;
}

uint64_t a64_soft_fma(struct guest_regs *regs, enum a64_fp_size size, uint64_t c, uint64_t a,
                      uint64_t b)
{
	const uint64_t bits[3] = {c, a, b};
	struct a64_number n[3];
	const struct a64_number *z = &n[0], *x = &n[1], *y = &n[2];
	bool sign;
	struct wide sum;
	uint64_t result;

	for (unsigned i = 0; i < 3; i++)
		n[i] = a64_fp_unpack(regs, size, bits[i]);
	sign = x->sign != y->sign;
	if (infinity_times_zero(x, y) && (z->kind == A64_FP_QUIET || !a64_number_is_nan(z)))
		return a64_fp_invalid(regs, size);
	if (nan3(regs, size, n, bits, &result))
		return result;
	if (x->kind == A64_FP_INFINITY || y->kind == A64_FP_INFINITY) {
		if (z->kind == A64_FP_INFINITY && z->sign != sign)
			return a64_fp_invalid(regs, size);
		return a64_fp_infinity(size, sign);
	}
	if (z->kind == A64_FP_INFINITY)
		return a64_fp_infinity(size, z->sign);
	if (x->kind == A64_FP_ZERO || y->kind == A64_FP_ZERO) {
		if (z->kind == A64_FP_ZERO)
			return a64_fp_zero(size, z->sign == sign ? sign : zero_sum_sign(regs));
		return round_wide(regs, size, widen(z));
	}
	if (z->kind == A64_FP_ZERO)
		return round_wide(regs, size, product(x, y));
	if (!add_wide(widen(z), product(x, y), &sum))
		return a64_fp_zero(size, zero_sum_sign(regs));
	return round_wide(regs, size, sum);
}

/* (constant - a * b) / 2^halve, where infinity times zero is zero. */
static uint64_t step(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b,
                     uint64_t constant, int constant_exp, int halve)
{
	struct a64_number x, y;
	struct wide sum = {false, constant_exp, (a64_u128)constant << 63};
	uint64_t result;

	a ^= a64_fp_sign(size);
	x = a64_fp_unpack(regs, size, a);
	y = a64_fp_unpack(regs, size, b);
	if (a64_fp_nan2(regs, size, &x, a, &y, b, &result))
		return result;
	if (!infinity_times_zero(&x, &y)) {
		if (x.kind == A64_FP_INFINITY || y.kind == A64_FP_INFINITY)
			return a64_fp_infinity(size, x.sign != y.sign);
		if (x.kind != A64_FP_ZERO && y.kind != A64_FP_ZERO &&
		    !add_wide(sum, product(&x, &y), &sum))
			return a64_fp_zero(size, zero_sum_sign(regs));
	}
	sum.exp -= halve;
	return round_wide(regs, size, sum);
}

uint64_t a64_fp_recip_step(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	return step(regs, size, a, b, UINT64_C(1) << 63, 1, 0);
}

uint64_t a64_fp_rsqrt_step(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	return step(regs, size, a, b, UINT64_C(3) << 62, 1, 1);
}
