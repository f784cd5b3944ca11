/* SPDX-License-Identifier: BSD-3-Clause */
/* The decoder: data processing on registers. */
#include "a64.h"

/* 32-bit and 64-bit operations follow each other. */
static enum a64_opcode wide(enum a64_opcode code_w, bool sf)
{
	return sf ? code_w + 1 : code_w;
}

/* Registers of the common form Rd, Rn, Rm, none of them SP. */
static void three_registers(uint32_t insn, struct a64_decoded *d)
{
	d->rd = a64_dest(a64_bits(insn, 0, 5));
	d->rn = (uint8_t)a64_bits(insn, 5, 5);
	d->rm = (uint8_t)a64_bits(insn, 16, 5);
}

static void decode_logical_shifted(uint32_t insn, struct a64_decoded *d)
{
	/* In the order of opc:N. The forms follow each other: plain, LSL, LSR, ASR, ROR. */
	static const enum a64_opcode codes[8] = {
	        A64_OP_AND_W, A64_OP_BIC_W, A64_OP_ORR_W,  A64_OP_ORN_W,
	        A64_OP_EOR_W, A64_OP_EON_W, A64_OP_ANDS_W, A64_OP_BICS_W,
	};
	bool sf = insn >> 31;
	uint32_t operation = a64_bits(insn, 29, 2) << 1 | a64_bits(insn, 21, 1);
	unsigned shift = a64_bits(insn, 22, 2);
	unsigned amount = a64_bits(insn, 10, 6);

	if (!sf && amount >= 32)
		return;
	three_registers(insn, d);
	d->imm = (int32_t)amount;
	if (amount == 0)
		d->code = wide(codes[operation], sf);
	else
		d->code = wide(codes[operation] + 2 * (1 + shift), sf);
	if (operation == 2 && amount == 0 && d->rn == A64_ZR)
		d->code = wide(A64_OP_MOV_W, sf);
}

/* In the order of op:S; by form: plain, LSL, LSR, ASR, IMM, UXT, SXT. */
static const enum a64_opcode arithmetic[4] = {
        A64_OP_ADD_W,
        A64_OP_ADDS_W,
        A64_OP_SUB_W,
        A64_OP_SUBS_W,
};

static void decode_add_sub_shifted(uint32_t insn, struct a64_decoded *d)
{
	bool sf = insn >> 31;
	unsigned shift = a64_bits(insn, 22, 2);
	unsigned amount = a64_bits(insn, 10, 6);
	unsigned form = amount ? 2 * (1 + shift) : 0;

	if (shift == 3 || (!sf && amount >= 32))
		return;
	three_registers(insn, d);
	d->imm = (int32_t)amount;
	d->code = wide(arithmetic[a64_bits(insn, 29, 2)] + form, sf);
}

static void decode_add_sub_extended(uint32_t insn, struct a64_decoded *d)
{
	enum { FORM_PLAIN = 0, FORM_LSL = 2, FORM_UXT = 10, FORM_SXT = 12 };
	bool sf = insn >> 31;
	bool set_flags = a64_bits(insn, 29, 1);
	uint32_t option = a64_bits(insn, 13, 3);
	unsigned shift = a64_bits(insn, 10, 3);
	unsigned bits = 8u << (option & 3);
	unsigned form;

	if (a64_bits(insn, 22, 2) != 0 || shift > 4)
		return;
	d->rd = set_flags ? a64_dest(a64_bits(insn, 0, 5)) : a64_or_sp(a64_bits(insn, 0, 5));
	d->rn = a64_or_sp(a64_bits(insn, 5, 5));
	d->rm = (uint8_t)a64_bits(insn, 16, 5);
	if (bits >= (sf ? 64u : 32u)) {
		form = shift ? FORM_LSL : FORM_PLAIN;
		d->imm = (int32_t)shift;
	} else {
		/* Left so that the top bit of the value is bit 63, then right. */
		form = (option & 4) ? FORM_SXT : FORM_UXT;
		d->ra = (uint8_t)(64 - bits);
		d->imm = (int32_t)(64 - bits - shift);
	}
	d->code = wide(arithmetic[a64_bits(insn, 29, 2)] + form, sf);
}

/* RMIF, SETF8, SETF16. */
static void decode_flags(uint32_t insn, struct a64_decoded *d)
{
	d->rn = (uint8_t)a64_bits(insn, 5, 5);
	if ((insn & 0xffe07c10) == 0xba000400) {
		d->code = A64_OP_RMIF;
		d->imm = (int32_t)a64_bits(insn, 15, 6);
		d->rm = (uint8_t)a64_bits(insn, 0, 4);
	} else if ((insn & 0xffffbc1f) == 0x3a00080d) {
		d->code = A64_OP_SETF;
		d->imm = a64_bits(insn, 14, 1) ? 16 : 8;
	}
}

static void decode_carry(uint32_t insn, struct a64_decoded *d)
{
	static const enum a64_opcode codes[4] = {
	        A64_OP_ADC_W,
	        A64_OP_ADCS_W,
	        A64_OP_SBC_W,
	        A64_OP_SBCS_W,
	};

	if (a64_bits(insn, 10, 6)) {
		decode_flags(insn, d);
		return;
	}
	three_registers(insn, d);
	d->code = wide(codes[a64_bits(insn, 29, 2)], insn >> 31);
}

static void decode_conditional_compare(uint32_t insn, struct a64_decoded *d)
{
	bool sub = a64_bits(insn, 30, 1);
	bool immediate = a64_bits(insn, 11, 1);
	enum a64_opcode code;

	if (!a64_bits(insn, 29, 1) || a64_bits(insn, 10, 1) || a64_bits(insn, 4, 1))
		return;
	if (immediate)
		code = sub ? A64_OP_CCMP_IMM_W : A64_OP_CCMN_IMM_W;
	else
		code = sub ? A64_OP_CCMP_W : A64_OP_CCMN_W;
	d->code = wide(code, insn >> 31);
	d->rn = (uint8_t)a64_bits(insn, 5, 5);
	d->rm = (uint8_t)a64_bits(insn, 16, 5);
	d->ra = (uint8_t)a64_bits(insn, 12, 4); /* Condition. */
	d->rd = (uint8_t)a64_bits(insn, 0, 4);  /* NZCV otherwise. */
	d->imm = d->rm;
}

static void decode_conditional_select(uint32_t insn, struct a64_decoded *d)
{
	static const enum a64_opcode codes[4] = {
	        A64_OP_CSEL_W,
	        A64_OP_CSINC_W,
	        A64_OP_CSINV_W,
	        A64_OP_CSNEG_W,
	};

	if (a64_bits(insn, 29, 1) || a64_bits(insn, 11, 1))
		return;
	three_registers(insn, d);
	d->ra = (uint8_t)a64_bits(insn, 12, 4);
	d->code = wide(codes[a64_bits(insn, 30, 1) << 1 | a64_bits(insn, 10, 1)], insn >> 31);
}

/* PACIA and its kin; XPACI, XPACD. */
static void decode_pauth(uint32_t insn, struct a64_decoded *d)
{
	uint32_t opcode = a64_bits(insn, 10, 6);
	uint32_t rn = a64_bits(insn, 5, 5);

	/* Bits of opcode: key B, data, authenticate, modifier zero, strip. */
	if (opcode > 17 || (opcode >= 8 && rn != 31))
		return;
	d->code = A64_OP_PAUTH;
	d->rd = (uint8_t)a64_bits(insn, 0, 5);
	d->rn = opcode >= 8 ? A64_ZR : a64_or_sp(rn);
	if (opcode < 16)
		d->imm = (int32_t)(opcode & 7);
	else
		d->imm = (int32_t)(A64_PAUTH_STRIP | (opcode == 17 ? A64_PAUTH_DATA : 0));
}

static void decode_one_source(uint32_t insn, struct a64_decoded *d)
{
	bool sf = insn >> 31;
	enum a64_opcode code;

	if (sf && !a64_bits(insn, 29, 1) && a64_bits(insn, 16, 5) == 1) {
		decode_pauth(insn, d);
		return;
	}
	if (a64_bits(insn, 29, 1) || a64_bits(insn, 16, 5))
		return;
	switch (a64_bits(insn, 10, 6)) {
	case 0:
		code = wide(A64_OP_RBIT_W, sf);
		break;
	case 1:
		code = wide(A64_OP_REV16_W, sf);
		break;
	case 2:
		code = sf ? A64_OP_REV32 : A64_OP_REV_W;
		break;
	case 3:
		if (!sf)
			return;
		code = A64_OP_REV_X;
		break;
	case 4:
		code = wide(A64_OP_CLZ_W, sf);
		break;
	case 5:
		code = wide(A64_OP_CLS_W, sf);
		break;
	default:
		return;
	}
	d->code = code;
	d->rd = a64_dest(a64_bits(insn, 0, 5));
	d->rn = (uint8_t)a64_bits(insn, 5, 5);
}

static void decode_two_source(uint32_t insn, struct a64_decoded *d)
{
	bool sf = insn >> 31;
	uint32_t opcode = a64_bits(insn, 10, 6);
	enum a64_opcode code;

	if (a64_bits(insn, 29, 1))
		return;
	switch (opcode) {
	case 2:
		code = wide(A64_OP_UDIV_W, sf);
		break;
	case 3:
		code = wide(A64_OP_SDIV_W, sf);
		break;
	case 8:
		code = wide(A64_OP_LSLV_W, sf);
		break;
	case 9:
		code = wide(A64_OP_LSRV_W, sf);
		break;
	case 10:
		code = wide(A64_OP_ASRV_W, sf);
		break;
	case 11:
		code = wide(A64_OP_RORV_W, sf);
		break;
	case 12:
		if (!sf)
			return;
		d->code = A64_OP_PACGA;
		three_registers(insn, d);
		d->rm = a64_or_sp(d->rm);
		return;
	case 16:
	case 17:
	case 18:
	case 19:
	case 20:
	case 21:
	case 22:
	case 23:
		/* CRC32: only the one of 64 bits has sf. */
		if (sf != ((opcode & 3) == 3))
			return;
		code = (opcode & 4) ? A64_OP_CRC32C : A64_OP_CRC32;
		d->imm = 1 << (opcode & 3);
		break;
	default:
		return;
	}
	d->code = code;
	three_registers(insn, d);
}

static void decode_three_source(uint32_t insn, struct a64_decoded *d)
{
	bool sf = insn >> 31;
	bool sub = a64_bits(insn, 15, 1);
	enum a64_opcode code;

	if (a64_bits(insn, 29, 2))
		return;
	switch (a64_bits(insn, 21, 3)) {
	case 0:
		code = wide(sub ? A64_OP_MSUB_W : A64_OP_MADD_W, sf);
		break;
	case 1:
		if (!sf)
			return;
		code = sub ? A64_OP_SMSUBL : A64_OP_SMADDL;
		break;
	case 2:
		if (!sf || sub)
			return;
		code = A64_OP_SMULH;
		break;
	case 5:
		if (!sf)
			return;
		code = sub ? A64_OP_UMSUBL : A64_OP_UMADDL;
		break;
	case 6:
		if (!sf || sub)
			return;
		code = A64_OP_UMULH;
		break;
	default:
		return;
	}
	d->code = code;
	three_registers(insn, d);
	d->ra = (uint8_t)a64_bits(insn, 10, 5);
}

void a64_decode_register(uint32_t insn, struct a64_decoded *d)
{
	if (!a64_bits(insn, 28, 1)) {
		if (!a64_bits(insn, 24, 1))
			decode_logical_shifted(insn, d);
		else if (!a64_bits(insn, 21, 1))
			decode_add_sub_shifted(insn, d);
		else
			decode_add_sub_extended(insn, d);
		return;
	}
	if (a64_bits(insn, 24, 1)) {
		decode_three_source(insn, d);
		return;
	}
	switch (a64_bits(insn, 21, 3)) {
	case 0:
		decode_carry(insn, d);
		break;
	case 2:
		decode_conditional_compare(insn, d);
		break;
	case 4:
		decode_conditional_select(insn, d);
		break;
	case 6:
		if (a64_bits(insn, 30, 1))
			decode_one_source(insn, d);
		else
			decode_two_source(insn, d);
		break;
	default:
		break;
	}
}
