/* SPDX-License-Identifier: BSD-3-Clause */
/* Conversions: between floating-point formats, to and from integers, to integral values. */
#include "a64_fp_number.h"

/* A NaN in another format: as much of the payload as fits, from the top. */
static uint64_t convert_nan(struct guest_regs *regs, enum a64_fp_size from, enum a64_fp_size to,
                            uint64_t value)
{
	const struct a64_fp_format *f = &a64_fp_formats[from], *t = &a64_fp_formats[to];
	bool sign = value & a64_fp_sign(from);
	uint64_t fraction = value & ((UINT64_C(1) << f->fraction) - 1);

	if (!(value & a64_fp_quiet_bit(from)))
		regs->fpsr |= A64_FPSR_IOC;
	if (to == A64_HALF && (regs->fpcr & A64_FPCR_AHP)) {
		regs->fpsr |= A64_FPSR_IOC;
		return a64_fp_zero(to, sign);
	}
	if (regs->fpcr & A64_FPCR_DN)
		return a64_fp_default_nan(to);
	if (t->fraction > f->fraction)
		fraction <<= t->fraction - f->fraction;
	else
		fraction >>= f->fraction - t->fraction;
	return a64_fp_infinity(to, sign) | a64_fp_quiet_bit(to) | fraction;
}

uint64_t a64_fp_convert(struct guest_regs *regs, enum a64_fp_size from, enum a64_fp_size to,
                        uint64_t value, enum a64_rounding rounding)
{
	struct a64_number x = a64_fp_unpack(regs, from, value);

	if (a64_number_is_nan(&x))
		return convert_nan(regs, from, to, value);
	if (x.kind == A64_FP_ZERO)
		return a64_fp_zero(to, x.sign);
	if (x.kind == A64_FP_INFINITY) {
		if (to == A64_HALF && (regs->fpcr & A64_FPCR_AHP)) {
			regs->fpsr |= A64_FPSR_IOC;
			return a64_fp_zero(to, x.sign) | 0x7fff;
		}
		return a64_fp_infinity(to, x.sign);
	}
	return a64_fp_pack(regs, to, rounding, x.sign, x.exp, x.sig);
}

/* Integer and fraction of sig * 2^(exp - 63), exp < 64. */
static struct a64_parts split(uint64_t sig, int exp)
{
	struct a64_parts parts = {0, 0};

	if (exp == 63)
		parts.integer = sig;
	else if (exp >= 0)
		parts = (struct a64_parts){sig >> (63 - exp), sig << (exp + 1)};
	else
		parts.below = a64_shift_sticky(sig, exp < -64 ? 64 : (unsigned)(-1 - exp));
	return parts;
}

uint64_t a64_fp_to_fixed(struct guest_regs *regs, enum a64_fp_size size, uint64_t value,
                         unsigned bits, unsigned fbits, bool is_unsigned,
                         enum a64_rounding rounding)
{
	struct a64_number x = a64_fp_unpack(regs, size, value);
	uint64_t mask = ~UINT64_C(0) >> (64 - bits);
	uint64_t limit; /* Of the magnitude. */
	uint64_t integer;
	struct a64_parts parts;

	if (x.kind == A64_FP_ZERO)
		return 0;
	if (a64_number_is_nan(&x)) {
		regs->fpsr |= A64_FPSR_IOC;
		return 0;
	}
	if (is_unsigned)
		limit = x.sign ? 0 : mask;
	else
		limit = (mask >> 1) + (x.sign ? 1 : 0);
	if (x.kind == A64_FP_INFINITY || x.exp + (int)fbits > 63) {
		regs->fpsr |= A64_FPSR_IOC;
		integer = limit;
	} else {
		parts = split(x.sig, x.exp + (int)fbits);
		integer = a64_fp_round_parts(&parts, x.sign, rounding);
		if (integer > limit) {
			regs->fpsr |= A64_FPSR_IOC;
			integer = limit;
		} else if (parts.below != 0) {
			regs->fpsr |= A64_FPSR_IXC;
		}
	}
	return (x.sign ? 0 - integer : integer) & mask;
}

uint64_t a64_fp_from_fixed(struct guest_regs *regs, enum a64_fp_size size, uint64_t value,
                           unsigned fbits, bool is_unsigned)
{
	bool sign = !is_unsigned && value >> 63;
	unsigned shift;

	if (value == 0)
		return 0;
	if (sign)
		value = 0 - value;
	shift = (unsigned)__builtin_clzll(value);
	return a64_fp_pack(regs, size, a64_fp_rounding(regs), sign, 63 - (int)shift - (int)fbits,
	                   value << shift);
}

uint64_t a64_fp_round_integral(struct guest_regs *regs, enum a64_fp_size size, uint64_t value,
                               enum a64_rounding rounding, bool exact)
{
	struct a64_number x = a64_fp_unpack(regs, size, value);
	struct a64_parts parts;
	uint64_t integer;
	unsigned shift;

	if (a64_number_is_nan(&x))
		return a64_fp_nan(regs, size, value);
	if (x.kind == A64_FP_ZERO)
		return a64_fp_zero(size, x.sign);
	if (x.kind == A64_FP_INFINITY || x.exp >= 63)
		return value;
	parts = split(x.sig, x.exp);
	integer = a64_fp_round_parts(&parts, x.sign, rounding);
	if (parts.below != 0 && exact)
		regs->fpsr |= A64_FPSR_IXC;
	if (integer == 0)
		return a64_fp_zero(size, x.sign);
	shift = (unsigned)__builtin_clzll(integer);
	return a64_fp_pack(regs, size, A64_TO_ZERO, x.sign, 63 - (int)shift, integer << shift);
}
