/* SPDX-License-Identifier: BSD-3-Clause */
/* Comparison, minimum and maximum of floating-point numbers. */
#include "a64_fp_number.h"

static int magnitude_order(const struct a64_number *x, const struct a64_number *y)
{
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kind != A64_FP_FINITE)
		return 0;
	if (x->exp != y->exp)
		return x->exp < y->exp ? -1 : 1;
	if (x->sig != y->sig)
		return x->sig < y->sig ? -1 : 1;
	return 0;
}

int a64_number_order(const struct a64_number *x, const struct a64_number *y)
{
	if (x->kind == A64_FP_ZERO && y->kind == A64_FP_ZERO)
		return 0;
	if (x->sign != y->sign)
		return x->sign ? -1 : 1;
	return x->sign ? magnitude_order(y, x) : magnitude_order(x, y);
}

unsigned a64_soft_compare(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b,
                          bool signal)
{
	enum { LESS = 8, EQUAL = 6, GREATER = 2, UNORDERED = 3 };
	struct a64_number x = a64_fp_unpack(regs, size, a);
	struct a64_number y = a64_fp_unpack(regs, size, b);
	int order;

	if (a64_number_is_nan(&x) || a64_number_is_nan(&y)) {
		if (signal || x.kind == A64_FP_SIGNALLING || y.kind == A64_FP_SIGNALLING)
			regs->fpsr |= A64_FPSR_IOC;
		return UNORDERED;
	}
	order = a64_number_order(&x, &y);
	return order == 0 ? EQUAL : order < 0 ? LESS : GREATER;
}

/* The larger or the smaller one; zeros are ordered by their signs. */
static uint64_t extreme(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b,
                        bool max)
{
	struct a64_number x = a64_fp_unpack(regs, size, a);
	struct a64_number y = a64_fp_unpack(regs, size, b);
	int order;
	uint64_t result;

	if (a64_fp_nan2(regs, size, &x, a, &y, b, &result))
		return result;
	order = a64_number_order(&x, &y);
	if (order == 0 && x.kind == A64_FP_ZERO)
		return a64_fp_zero(size, max ? x.sign && y.sign : x.sign || y.sign);
	if ((order > 0) != max) {
		x = y;
		a = b;
	}
	/* A flushed denormal is a zero. */
	return x.kind == A64_FP_ZERO ? a64_fp_zero(size, x.sign) : a;
}

uint64_t a64_fp_max(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	return extreme(regs, size, a, b, true);
}

uint64_t a64_fp_min(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	return extreme(regs, size, a, b, false);
}

/* A quiet NaN beside a number loses: it becomes the infinity that loses. */
static uint64_t number_extreme(struct guest_regs *regs, enum a64_fp_size size, uint64_t a,
                               uint64_t b, bool max)
{
	bool a_quiet = a64_is_nan(size, a) && (a & a64_fp_quiet_bit(size));
	bool b_quiet = a64_is_nan(size, b) && (b & a64_fp_quiet_bit(size));

	if (a_quiet && !b_quiet)
		a = a64_fp_infinity(size, max);
	else if (!a_quiet && b_quiet)
		b = a64_fp_infinity(size, max);
	return extreme(regs, size, a, b, max);
}

uint64_t a64_fp_maxnm(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	return number_extreme(regs, size, a, b, true);
}

uint64_t a64_fp_minnm(struct guest_regs *regs, enum a64_fp_size size, uint64_t a, uint64_t b)
{
	return number_extreme(regs, size, a, b, false);
}
