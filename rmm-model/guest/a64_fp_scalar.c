/* SPDX-License-Identifier: BSD-3-Clause */
/* Scalar floating-point instructions. */
#include "a64_arith.h"
#include "a64_simd.h"

static enum a64_fp_size type_of(uint32_t insn)
{
	switch (a64_bits(insn, 22, 2)) {
	case 0:
		return A64_SINGLE;
	case 1:
		return A64_DOUBLE;
	default:
		return A64_HALF;
	}
}

static uint64_t operand(const struct guest_regs *regs, enum a64_fp_size size, uint32_t reg)
{
	uint64_t value = a64_get(regs, reg);

	if (size == A64_SINGLE)
		return (uint32_t)value;
	return size == A64_HALF ? (uint16_t)value : value;
}

/* An instruction of two sources or of three, in single and in double precision. */
#define TWO_SOURCES(name, expression)                                                              \
	static inline void name(struct guest_regs *regs, uint32_t insn, enum a64_fp_size size)     \
	{                                                                                          \
		uint64_t a = operand(regs, size, a64_rn(insn));                                    \
		uint64_t b = operand(regs, size, a64_rm(insn));                                    \
                                                                                                   \
		a64_set(regs, a64_rd(insn), expression);                                           \
	}                                                                                          \
	BOTH_SIZES(name)

#define THREE_SOURCES(name, expression)                                                            \
	static inline void name(struct guest_regs *regs, uint32_t insn, enum a64_fp_size size)     \
	{                                                                                          \
		uint64_t a = operand(regs, size, a64_rn(insn));                                    \
		uint64_t b = operand(regs, size, a64_rm(insn));                                    \
		uint64_t c = operand(regs, size, a64_bits(insn, 10, 5));                           \
                                                                                                   \
		a64_set(regs, a64_rd(insn), expression);                                           \
	}                                                                                          \
	BOTH_SIZES(name)

#define BOTH_SIZES(name)                                                                           \
	static void name##_s(struct a64_pe *pe, uint32_t insn)                                     \
	{                                                                                          \
		name(pe->regs, insn, A64_SINGLE);                                                  \
	}                                                                                          \
	static void name##_d(struct a64_pe *pe, uint32_t insn)                                     \
	{                                                                                          \
		name(pe->regs, insn, A64_DOUBLE);                                                  \
	}

#define SIGN a64_fp_sign(size)

TWO_SOURCES(mul, a64_fp_mul(regs, size, a, b))
TWO_SOURCES(div, a64_fp_div(regs, size, a, b))
TWO_SOURCES(add, a64_fp_add(regs, size, a, b))
TWO_SOURCES(sub, a64_fp_sub(regs, size, a, b))
TWO_SOURCES(max, a64_fp_max(regs, size, a, b))
TWO_SOURCES(min, a64_fp_min(regs, size, a, b))
TWO_SOURCES(maxnm, a64_fp_maxnm(regs, size, a, b))
TWO_SOURCES(minnm, a64_fp_minnm(regs, size, a, b))
TWO_SOURCES(nmul, a64_fp_mul(regs, size, a, b) ^ SIGN)

THREE_SOURCES(madd, a64_fp_fma(regs, size, c, a, b))
THREE_SOURCES(msub, a64_fp_fma(regs, size, c, a ^ SIGN, b))
THREE_SOURCES(nmadd, a64_fp_fma(regs, size, c ^ SIGN, a ^ SIGN, b))
THREE_SOURCES(nmsub, a64_fp_fma(regs, size, c ^ SIGN, a, b))

static a64_call *find_two_sources(uint32_t insn)
{
	static a64_call *const calls[9][2] = {
	        {mul_s, mul_d},     {div_s, div_d},     {add_s, add_d},
	        {sub_s, sub_d},     {max_s, max_d},     {min_s, min_d},
	        {maxnm_s, maxnm_d}, {minnm_s, minnm_d}, {nmul_s, nmul_d},
	};
	uint32_t opcode = a64_bits(insn, 12, 4);

	return opcode < 9 ? calls[opcode][a64_bits(insn, 22, 1)] : NULL;
}

static a64_call *find_three_sources(uint32_t insn)
{
	static a64_call *const calls[4][2] = {
	        {madd_s, madd_d},
	        {msub_s, msub_d},
	        {nmadd_s, nmadd_d},
	        {nmsub_s, nmsub_d},
	};
	uint32_t type = a64_bits(insn, 22, 2);

	if (insn >> 29 || type > 1)
		return NULL;
	return calls[a64_bits(insn, 21, 1) << 1 | a64_bits(insn, 15, 1)][type];
}

static void fmov(struct a64_pe *pe, uint32_t insn)
{
	a64_set(pe->regs, a64_rd(insn), operand(pe->regs, type_of(insn), a64_rn(insn)));
}

static void absolute(struct a64_pe *pe, uint32_t insn)
{
	enum a64_fp_size size = type_of(insn);

	a64_set(pe->regs, a64_rd(insn), operand(pe->regs, size, a64_rn(insn)) & ~SIGN);
}

static void negate(struct a64_pe *pe, uint32_t insn)
{
	enum a64_fp_size size = type_of(insn);

	a64_set(pe->regs, a64_rd(insn), operand(pe->regs, size, a64_rn(insn)) ^ SIGN);
}

static void square_root(struct a64_pe *pe, uint32_t insn)
{
	enum a64_fp_size size = type_of(insn);
	uint64_t a = operand(pe->regs, size, a64_rn(insn));

	a64_set(pe->regs, a64_rd(insn), a64_fp_sqrt(pe->regs, size, a));
}

static void fcvt(struct a64_pe *pe, uint32_t insn)
{
	static const enum a64_fp_size to[4] = {A64_SINGLE, A64_DOUBLE, A64_DOUBLE, A64_HALF};
	enum a64_fp_size from = type_of(insn);
	uint64_t a = operand(pe->regs, from, a64_rn(insn));

	a64_set(pe->regs, a64_rd(insn),
	        a64_fp_convert(pe->regs, from, to[a64_bits(insn, 15, 2)], a,
	                       a64_fp_rounding(pe->regs)));
}

static void frint(struct a64_pe *pe, uint32_t insn)
{
	enum { A = 4, X = 6, I = 7 };
	uint32_t opcode = a64_bits(insn, 15, 3);
	enum a64_fp_size size = type_of(insn);
	uint64_t a = operand(pe->regs, size, a64_rn(insn));
	enum a64_rounding rounding;

	if (opcode == X || opcode == I)
		rounding = a64_fp_rounding(pe->regs);
	else
		rounding = opcode == A ? A64_TO_AWAY : (enum a64_rounding)opcode;
	a64_set(pe->regs, a64_rd(insn),
	        a64_fp_round_integral(pe->regs, size, a, rounding, opcode == X));
}

static a64_call *find_one_source(uint32_t insn)
{
	uint32_t type = a64_bits(insn, 22, 2);
	uint32_t opcode = a64_bits(insn, 15, 6);

	if (opcode >= 4 && opcode < 8)
		return opcode != 6 && type != 2 && type != (opcode & 3) ? fcvt : NULL;
	if (type > 1)
		return NULL;
	switch (opcode) {
	case 0:
		return fmov;
	case 1:
		return absolute;
	case 2:
		return negate;
	case 3:
		return square_root;
	case 8:
	case 9:
	case 10:
	case 11:
	case 12:
	case 14:
	case 15:
		return frint;
	default:
		return NULL;
	}
}

/* FCMP and FCMPE, with a register or with zero. */
static inline void compare(struct a64_pe *pe, uint32_t insn, enum a64_fp_size size)
{
	uint64_t a = operand(pe->regs, size, a64_rn(insn));
	uint64_t b = a64_bits(insn, 3, 1) ? 0 : operand(pe->regs, size, a64_rm(insn));

	a64_set_nzcv(pe, a64_fp_compare(pe->regs, size, a, b, a64_bits(insn, 4, 1)));
}

static void fcmp_s(struct a64_pe *pe, uint32_t insn)
{
	compare(pe, insn, A64_SINGLE);
}

static void fcmp_d(struct a64_pe *pe, uint32_t insn)
{
	compare(pe, insn, A64_DOUBLE);
}

static void fccmp(struct a64_pe *pe, uint32_t insn)
{
	enum a64_fp_size size = type_of(insn);
	uint64_t a = operand(pe->regs, size, a64_rn(insn));
	uint64_t b = operand(pe->regs, size, a64_rm(insn));
	unsigned nzcv = a64_bits(insn, 0, 4);

	if (a64_condition(pe, a64_bits(insn, 12, 4)))
		nzcv = a64_fp_compare(pe->regs, size, a, b, a64_bits(insn, 4, 1));
	a64_set_nzcv(pe, nzcv);
}

static void fcsel(struct a64_pe *pe, uint32_t insn)
{
	bool first = a64_condition(pe, a64_bits(insn, 12, 4));
	uint32_t from = first ? a64_rn(insn) : a64_rm(insn);

	a64_set(pe->regs, a64_rd(insn), operand(pe->regs, type_of(insn), from));
}

uint64_t a64_fp_expand_immediate(enum a64_fp_size size, uint32_t imm8)
{
	uint64_t sign = imm8 >> 7 ? a64_fp_sign(size) : 0;
	uint64_t low = imm8 & 0x3f;

	/* Bit 6 inverted is the top bit of the exponent, itself most of the others. */
	if (size == A64_DOUBLE)
		return sign | (imm8 & 0x40 ? UINT64_C(0x3fc) : UINT64_C(0x400)) << 52 | low << 48;
	return sign | (imm8 & 0x40 ? UINT64_C(0x7c) : UINT64_C(0x80)) << 23 | low << 19;
}

static void fmov_immediate(struct a64_pe *pe, uint32_t insn)
{
	a64_set(pe->regs, a64_rd(insn),
	        a64_fp_expand_immediate(type_of(insn), a64_bits(insn, 13, 8)));
}

/* Between general registers and FP registers, as they are. */

static void fmov_to_general(struct a64_pe *pe, uint32_t insn)
{
	uint64_t value = a64_get(pe->regs, a64_rn(insn));

	pe->r[a64_dest(a64_rd(insn))] = insn >> 31 ? value : (uint32_t)value;
}

static void fmov_from_general(struct a64_pe *pe, uint32_t insn)
{
	uint64_t value = pe->r[a64_rn(insn)];

	a64_set(pe->regs, a64_rd(insn), insn >> 31 ? value : (uint32_t)value);
}

static void fmov_to_general_high(struct a64_pe *pe, uint32_t insn)
{
	pe->r[a64_dest(a64_rd(insn))] = pe->regs->v[a64_rn(insn)][1];
}

static void fmov_from_general_high(struct a64_pe *pe, uint32_t insn)
{
	pe->regs->v[a64_rd(insn)][1] = pe->r[a64_rn(insn)];
}

/* FCVT*S and FCVT*U to a general register: the rounding is in the instruction. */
static void to_integer(struct a64_pe *pe, uint32_t insn)
{
	enum a64_fp_size size = type_of(insn);
	bool away = a64_bits(insn, 18, 1);
	bool fixed = !a64_bits(insn, 21, 1);
	enum a64_rounding rounding = away ? A64_TO_AWAY : (enum a64_rounding)a64_bits(insn, 19, 2);
	uint64_t a = operand(pe->regs, size, a64_rn(insn));

	pe->r[a64_dest(a64_rd(insn))] = a64_fp_to_fixed(pe->regs, size, a, insn >> 31 ? 64 : 32,
	                                                fixed ? 64 - a64_bits(insn, 10, 6) : 0,
	                                                a64_bits(insn, 16, 1), rounding);
}

/* FCVTZS of a double that fits, which is what C does. */
static void fcvtzs_d(struct a64_pe *pe, uint32_t insn)
{
	double value = a64_to_double(a64_get(pe->regs, a64_rn(insn)));
	double limit = insn >> 31 ? 0x1p62 : 0x1p31;
	int64_t integer;

	if (A64_LIKELY(value > -limit && value < limit && !(pe->regs->fpcr & A64_FPCR_FZ))) {
		integer = (int64_t)value;
		if ((double)integer != value)
			pe->regs->fpsr |= A64_FPSR_IXC;
		pe->r[a64_dest(a64_rd(insn))] = insn >> 31 ? (uint64_t)integer : (uint32_t)integer;
		return;
	}
	to_integer(pe, insn);
}

static void from_integer(struct a64_pe *pe, uint32_t insn)
{
	enum a64_fp_size size = type_of(insn);
	bool fixed = !a64_bits(insn, 21, 1);
	bool is_unsigned = a64_bits(insn, 16, 1);
	uint64_t value = pe->r[a64_rn(insn)];

	if (!(insn >> 31))
		value = is_unsigned ? (uint32_t)value : (uint64_t)(int64_t)(int32_t)value;
	/* What a double holds exactly needs no rounding. */
	if (!fixed && size == A64_DOUBLE &&
	    (is_unsigned ? value : value + (UINT64_C(1) << 52)) <= UINT64_C(1) << 53)
		value = a64_from_double((double)(int64_t)value);
	else
		value = a64_fp_from_fixed(pe->regs, size, value,
		                          fixed ? 64 - a64_bits(insn, 10, 6) : 0, is_unsigned);
	a64_set(pe->regs, a64_rd(insn), value);
}

static a64_call *find_fixed_conversion(uint32_t insn)
{
	uint32_t operation = a64_bits(insn, 16, 5);

	/* 32 bits have at most 32 of them after the point. */
	if (a64_bits(insn, 22, 2) > 1 || (!(insn >> 31) && !a64_bits(insn, 15, 1)))
		return NULL;
	switch (operation) {
	case 0x02:
	case 0x03:
		return from_integer;
	case 0x18:
	case 0x19:
		return to_integer;
	default:
		return NULL;
	}
}

static a64_call *find_integer_conversion(uint32_t insn)
{
	uint32_t type = a64_bits(insn, 22, 2);
	bool sf = insn >> 31;
	uint32_t rmode = a64_bits(insn, 19, 2);
	uint32_t opcode = a64_bits(insn, 16, 3);

	if (type == 2 && sf && rmode == 1)
		return opcode == 6   ? fmov_to_general_high
		       : opcode == 7 ? fmov_from_general_high
		                     : NULL;
	if (type > 1)
		return NULL;
	if (opcode < 2)
		return type == 1 && rmode == 3 && opcode == 0 ? fcvtzs_d : to_integer;
	if (rmode != 0)
		return NULL;
	switch (opcode) {
	case 2:
	case 3:
		return from_integer;
	case 4:
	case 5:
		return to_integer;
	case 6:
		return sf == type ? fmov_to_general : NULL;
	default:
		return sf == type ? fmov_from_general : NULL;
	}
}

static a64_call *find_compare(uint32_t insn)
{
	if (a64_bits(insn, 14, 2) || a64_bits(insn, 0, 3))
		return NULL;
	return a64_bits(insn, 22, 1) ? fcmp_d : fcmp_s;
}

a64_call *a64_fp_find(uint32_t insn)
{
	if (a64_bits(insn, 24, 1))
		return find_three_sources(insn);
	if (a64_bits(insn, 29, 2))
		return NULL;
	if (!a64_bits(insn, 21, 1))
		return find_fixed_conversion(insn);
	if (a64_bits(insn, 10, 6) == 0)
		return find_integer_conversion(insn);
	if (insn >> 31)
		return NULL;
	if (a64_bits(insn, 10, 5) == 0x10)
		return find_one_source(insn);
	if (a64_bits(insn, 22, 2) > 1)
		return NULL;
	switch (a64_bits(insn, 10, 2)) {
	case 1:
		return fccmp;
	case 2:
		return find_two_sources(insn);
	case 3:
		return fcsel;
	default:
		break;
	}
	if (a64_bits(insn, 10, 4) == 8)
		return find_compare(insn);
	if (a64_bits(insn, 10, 3) == 4)
		return a64_bits(insn, 5, 5) == 0 ? fmov_immediate : NULL;
	return NULL;
}
