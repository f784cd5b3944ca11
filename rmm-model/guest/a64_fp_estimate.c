/* SPDX-License-Identifier: BSD-3-Clause */
/* Estimates of reciprocals and reciprocal square roots, to the bit as the architecture has them. */
#include "a64_fp_number.h"

/* a is in 256..511, for 0.5..1; the result likewise, for 1..2. */
static uint32_t recip(uint32_t a)
{
	a = a * 2 + 1;
	return ((1u << 19) / a + 1) / 2;
}

/* a is in 128..511, for 0.25..1; the result in 256..511, for 1..2. */
static uint32_t rsqrt(uint32_t a)
{
	uint32_t b = 512;

	if (a < 256)
		a = a * 2 + 1;
	else
		a = ((a & ~1u) + 1) * 2;
	while (a * (b + 1) * (b + 1) < 1u << 28)
		b++;
	return (b + 1) / 2;
}

uint32_t a64_recip_estimate_u32(uint32_t value)
{
	if (!(value >> 31))
		return UINT32_MAX;
	return recip(value >> 23) << 23;
}

uint32_t a64_rsqrt_estimate_u32(uint32_t value)
{
	if (!(value >> 30))
		return UINT32_MAX;
	return rsqrt(value >> 23) << 23;
}

/* An estimate of 9 bits and a biased exponent of at least -1 as a number. */
static uint64_t assemble(enum a64_fp_size size, bool sign, int biased, uint32_t estimate)
{
	unsigned fraction = a64_fp_formats[size].fraction;
	uint64_t bits = (uint64_t)estimate << (fraction - 8);

	if (biased > 0)
		bits += (uint64_t)(biased - 1) << fraction;
	else
		bits >>= 1 - biased;
	return bits | a64_fp_zero(size, sign);
}

uint64_t a64_fp_recip_estimate(struct guest_regs *regs, enum a64_fp_size size, uint64_t value)
{
	struct a64_number x = a64_fp_unpack(regs, size, value);
	enum a64_rounding rounding = a64_fp_rounding(regs);
	int bias = a64_fp_bias(size);

	if (a64_number_is_nan(&x))
		return a64_fp_nan(regs, size, value);
	if (x.kind == A64_FP_INFINITY)
		return a64_fp_zero(size, x.sign);
	if (x.kind == A64_FP_ZERO) {
		regs->fpsr |= A64_FPSR_DZC;
		return a64_fp_infinity(size, x.sign);
	}
	if (x.exp < -bias - 1) {
		bool infinite = rounding == A64_TO_NEAREST ||
		                rounding == (x.sign ? A64_TO_MINUS : A64_TO_PLUS);

		regs->fpsr |= A64_FPSR_OFC | A64_FPSR_IXC;
		return a64_fp_infinity(size, x.sign) - (infinite ? 0 : 1);
	}
	if ((regs->fpcr & A64_FPCR_FZ) && x.exp >= bias - 1) {
		regs->fpsr |= A64_FPSR_UFC;
		return a64_fp_zero(size, x.sign);
	}
	return assemble(size, x.sign, bias - 1 - x.exp, recip((uint32_t)(x.sig >> 55)));
}

uint64_t a64_fp_rsqrt_estimate(struct guest_regs *regs, enum a64_fp_size size, uint64_t value)
{
	struct a64_number x = a64_fp_unpack(regs, size, value);
	int bias = a64_fp_bias(size);
	uint32_t scaled;
	int half;

	if (a64_number_is_nan(&x))
		return a64_fp_nan(regs, size, value);
	if (x.kind == A64_FP_ZERO) {
		regs->fpsr |= A64_FPSR_DZC;
		return a64_fp_infinity(size, x.sign);
	}
	if (x.sign)
		return a64_fp_invalid(regs, size);
	if (x.kind == A64_FP_INFINITY)
		return 0;
	/* 0.5..1 for an odd exponent, 0.25..0.5 for an even one: twice its root is 1..2. */
	scaled = (uint32_t)(x.sig >> 55);
	if (!(x.exp & 1))
		scaled >>= 1;
	half = (x.exp & ~1) / 2 + 1;
	return assemble(size, false, bias - half, rsqrt(scaled));
}

uint64_t a64_fp_recip_exponent(struct guest_regs *regs, enum a64_fp_size size, uint64_t value)
{
	unsigned fraction = a64_fp_formats[size].fraction;
	uint64_t max = a64_fp_max_exponent(size);
	struct a64_number x = a64_fp_unpack(regs, size, value);
	uint64_t exponent = (value >> fraction) & max;

	if (a64_number_is_nan(&x))
		return a64_fp_nan(regs, size, value);
	exponent = exponent ? ~exponent & max : max - 1;
	return a64_fp_zero(size, x.sign) | exponent << fraction;
}
