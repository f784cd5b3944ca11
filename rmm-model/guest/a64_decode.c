/* SPDX-License-Identifier: BSD-3-Clause */
/* The decoder: top level, immediates, branches and the system space. */
#include "a64.h"

static void decode_pc_relative(uint32_t insn, struct a64_decoded *d)
{
	int32_t imm = (int32_t)((uint32_t)a64_sbits(insn, 5, 19) << 2 | a64_bits(insn, 29, 2));

	d->code = (insn >> 31) ? A64_OP_ADRP : A64_OP_ADR;
	d->rd = a64_dest(a64_bits(insn, 0, 5));
	d->imm = imm;
}

static void decode_add_sub_immediate(uint32_t insn, struct a64_decoded *d)
{
	bool sf = insn >> 31;
	bool sub = a64_bits(insn, 30, 1);
	bool set_flags = a64_bits(insn, 29, 1);
	int32_t imm = (int32_t)(a64_bits(insn, 10, 12) << (a64_bits(insn, 22, 1) ? 12 : 0));

	d->rn = a64_or_sp(a64_bits(insn, 5, 5));
	if (set_flags) {
		d->rd = a64_dest(a64_bits(insn, 0, 5));
		d->imm = imm;
		if (sub)
			d->code = sf ? A64_OP_SUBS_IMM_X : A64_OP_SUBS_IMM_W;
		else
			d->code = sf ? A64_OP_ADDS_IMM_X : A64_OP_ADDS_IMM_W;
		return;
	}
	d->rd = a64_or_sp(a64_bits(insn, 0, 5));
	d->imm = sub ? -imm : imm;
	d->code = sf ? A64_OP_ADD_IMM_X : A64_OP_ADD_IMM_W;
}

/* Logical immediates have 2..64 bits, repeated to fill the register: a run of ones, rotated. */
static bool logical_mask(uint32_t insn, uint64_t *mask)
{
	uint32_t n = a64_bits(insn, 22, 1);
	uint32_t imms = a64_bits(insn, 10, 6);
	uint32_t immr = a64_bits(insn, 16, 6);
	uint32_t length = (n << 6) | (~imms & 0x3f);
	unsigned log2, size, ones, rotate;
	uint64_t element;

	if (length < 2)
		return false;
	log2 = 31 - (unsigned)__builtin_clz(length);
	size = 1u << log2;
	ones = (imms & (size - 1)) + 1;
	rotate = immr & (size - 1);
	if (ones == size)
		return false;
	element = (UINT64_C(1) << ones) - 1;
	if (rotate) {
		element = element >> rotate | element << (size - rotate);
		if (size < 64)
			element &= (UINT64_C(1) << size) - 1;
	}
	for (; size < 64; size *= 2)
		element |= element << size;
	*mask = element;
	return true;
}

static void decode_logical_immediate(uint32_t insn, struct a64_decoded *d)
{
	static const enum a64_opcode codes[4][4] = {
	        {A64_OP_AND_IMM_W, A64_OP_AND_IMM_X, A64_OP_AND_RUN_X, A64_OP_AND_TWICE_X},
	        {A64_OP_ORR_IMM_W, A64_OP_ORR_IMM_X, A64_OP_ORR_RUN_X, A64_OP_ORR_TWICE_X},
	        {A64_OP_EOR_IMM_W, A64_OP_EOR_IMM_X, A64_OP_EOR_RUN_X, A64_OP_EOR_TWICE_X},
	        {A64_OP_ANDS_IMM_W, A64_OP_ANDS_IMM_X, A64_OP_ANDS_RUN_X, A64_OP_ANDS_TWICE_X},
	};
	uint32_t opc = a64_bits(insn, 29, 2);
	bool sf = insn >> 31;
	bool n = a64_bits(insn, 22, 1);
	uint64_t mask;
	unsigned form;

	if ((n && !sf) || !logical_mask(insn, &mask))
		return;
	d->rd = opc == 3 ? a64_dest(a64_bits(insn, 0, 5)) : a64_or_sp(a64_bits(insn, 0, 5));
	d->rn = (uint8_t)a64_bits(insn, 5, 5);
	d->imm = (int32_t)(uint32_t)mask;
	if (!sf) {
		form = 0;
	} else if ((uint64_t)(int64_t)(int32_t)(uint32_t)mask == mask) {
		form = 1;
	} else if (n) {
		form = 2;
		d->rm = (uint8_t)(63 - a64_bits(insn, 10, 6)); /* Zeros above the run. */
		d->ra = (uint8_t)a64_bits(insn, 16, 6);
	} else {
		form = 3;
	}
	d->code = codes[opc][form];
}

static void decode_move_wide(uint32_t insn, struct a64_decoded *d)
{
	uint32_t opc = a64_bits(insn, 29, 2);
	bool sf = insn >> 31;
	unsigned shift = a64_bits(insn, 21, 2) * 16;
	uint64_t imm = a64_bits(insn, 5, 16);
	uint64_t value = imm << shift;

	if (opc == 1 || (!sf && shift >= 32))
		return;
	d->rd = a64_dest(a64_bits(insn, 0, 5));
	d->rm = (uint8_t)shift;
	d->imm = (int32_t)imm;
	if (opc == 3) {
		d->code = sf ? A64_OP_MOVK_X : A64_OP_MOVK_W;
		return;
	}
	if (opc == 0)
		value = ~value;
	if (!sf)
		value = (uint32_t)value;
	if ((uint64_t)(int64_t)(int32_t)(uint32_t)value == value) {
		d->code = A64_OP_MOV_IMM;
		d->imm = (int32_t)(uint32_t)value;
	} else if (sf) {
		d->code = opc == 0 ? A64_OP_MOVN_SHIFT : A64_OP_MOVZ_SHIFT;
	} else {
		/* A 32-bit value with its top bit set is the low half of a run of ones. */
		d->code = A64_OP_ORR_IMM_W;
		d->rn = A64_ZR;
		d->imm = (int32_t)(uint32_t)value;
	}
}

/* SBFM and UBFM: left by rm so that the field's top bit is bit 63, then right by ra. */
static void decode_bitfield_extract(uint32_t insn, bool is_signed, struct a64_decoded *d)
{
	bool sf = insn >> 31;
	unsigned size = sf ? 64 : 32;
	unsigned immr = a64_bits(insn, 16, 6);
	unsigned imms = a64_bits(insn, 10, 6);
	unsigned left = 63 - imms;
	unsigned right = imms >= immr ? left + immr : left - (size - immr);

	d->rm = (uint8_t)left;
	d->ra = (uint8_t)right;
	if (is_signed) {
		d->code = sf ? A64_OP_SBFM_X : A64_OP_SBFM_W;
		if (sf && left == 0) {
			d->code = A64_OP_ASR_X;
			d->imm = (int32_t)right;
		} else if (sf && left == 32 && right == 32) {
			d->code = A64_OP_SXTW;
		}
		return;
	}
	d->code = A64_OP_UBFM;
	if (right == 0) {
		d->code = A64_OP_LSL_X;
		d->imm = (int32_t)left;
	} else if (left == 0) {
		d->code = A64_OP_LSR_X;
		d->imm = (int32_t)right;
	} else if (left == 32 && right >= 32) {
		d->code = A64_OP_LSR_W;
		d->imm = (int32_t)(right - 32);
	} else if (left == right && left > 32) {
		d->code = A64_OP_AND_IMM_X;
		d->imm = (int32_t)(UINT32_MAX >> (left - 32));
	}
}

static void decode_bitfield(uint32_t insn, struct a64_decoded *d)
{
	uint32_t opc = a64_bits(insn, 29, 2);
	bool sf = insn >> 31;
	unsigned size = sf ? 64 : 32;
	unsigned immr = a64_bits(insn, 16, 6);
	unsigned imms = a64_bits(insn, 10, 6);

	if (opc == 3 || sf != (bool)a64_bits(insn, 22, 1) || immr >= size || imms >= size)
		return;
	d->rd = a64_dest(a64_bits(insn, 0, 5));
	d->rn = (uint8_t)a64_bits(insn, 5, 5);
	if (opc != 1) {
		decode_bitfield_extract(insn, opc == 0, d);
		return;
	}
	/* BFM: rotate right by ra, then insert imm bits at rm. */
	d->code = sf ? A64_OP_BFM_X : A64_OP_BFM_W;
	if (imms >= immr) {
		d->ra = (uint8_t)immr;
		d->rm = 0;
		d->imm = (int32_t)(imms - immr + 1);
	} else {
		d->rm = (uint8_t)(size - immr);
		d->ra = (uint8_t)(64 - d->rm);
		d->imm = (int32_t)(imms + 1);
	}
}

static void decode_extract(uint32_t insn, struct a64_decoded *d)
{
	bool sf = insn >> 31;
	unsigned lsb = a64_bits(insn, 10, 6);

	if (a64_bits(insn, 29, 2) || a64_bits(insn, 21, 1) || sf != (bool)a64_bits(insn, 22, 1) ||
	    (!sf && lsb >= 32))
		return;
	d->rd = a64_dest(a64_bits(insn, 0, 5));
	d->rn = (uint8_t)a64_bits(insn, 5, 5);
	d->rm = (uint8_t)a64_bits(insn, 16, 5);
	d->imm = (int32_t)lsb;
	if (lsb == 0)
		d->code = sf ? A64_OP_MOV_X : A64_OP_MOV_W;
	else
		d->code = sf ? A64_OP_EXTR_X : A64_OP_EXTR_W;
}

void a64_decode_immediate(uint32_t insn, struct a64_decoded *d)
{
	switch (a64_bits(insn, 23, 3)) {
	case 0:
	case 1:
		decode_pc_relative(insn, d);
		break;
	case 2:
		decode_add_sub_immediate(insn, d);
		break;
	case 4:
		decode_logical_immediate(insn, d);
		break;
	case 5:
		decode_move_wide(insn, d);
		break;
	case 6:
		decode_bitfield(insn, d);
		break;
	case 7:
		decode_extract(insn, d);
		break;
	default:
		break;
	}
}

/*
 * A branch with an immediate of words. Its near form, for a target in the same page, follows the
 * enumerator of the far form minus one.
 */
static void branch(struct a64_decoded *d, enum a64_opcode near, uint32_t index, int32_t words)
{
	int64_t target = (int64_t)index + words;

	if (index != A64_NO_INDEX && target >= 0 && target < A64_INSNS_PER_PAGE) {
		d->code = near;
		d->imm = words * A64_OP_BYTES;
	} else {
		d->code = near + 1;
		d->imm = words * 4;
	}
}

static void decode_conditional_branch(uint32_t insn, uint32_t index, struct a64_decoded *d)
{
	static const enum a64_opcode codes[16] = {
	        A64_OP_B_EQ_NEAR, A64_OP_B_NE_NEAR, A64_OP_B_CS_NEAR, A64_OP_B_CC_NEAR,
	        A64_OP_B_MI_NEAR, A64_OP_B_PL_NEAR, A64_OP_B_VS_NEAR, A64_OP_B_VC_NEAR,
	        A64_OP_B_HI_NEAR, A64_OP_B_LS_NEAR, A64_OP_B_GE_NEAR, A64_OP_B_LT_NEAR,
	        A64_OP_B_GT_NEAR, A64_OP_B_LE_NEAR, A64_OP_B_NEAR,    A64_OP_B_NEAR,
	};

	/* Bit 4 is FEAT_HBC. */
	if (a64_bits(insn, 24, 1) || a64_bits(insn, 4, 1))
		return;
	branch(d, codes[a64_bits(insn, 0, 4)], index, a64_sbits(insn, 5, 19));
}

/* BRAA, BLRAA, RETAA, ERETAA and theirs. */
static void decode_branch_authenticated(uint32_t insn, struct a64_decoded *d)
{
	uint32_t op4 = a64_bits(insn, 0, 5);

	d->rn = (uint8_t)a64_bits(insn, 5, 5);
	d->rm = A64_ZR;
	d->imm = (int32_t)(A64_PAUTH_AUTH | (a64_bits(insn, 10, 1) ? A64_PAUTH_B : 0));
	switch (a64_bits(insn, 21, 4)) {
	case 0:
	case 1:
		if (op4 == 31)
			d->code = a64_bits(insn, 21, 1) ? A64_OP_BLR_AUTH : A64_OP_BR_AUTH;
		break;
	case 2:
	case 4:
		/* RETAA and ERETAA: modified by SP. */
		if (op4 != 31 || d->rn != 31)
			break;
		d->rn = 30;
		d->rm = A64_SP;
		d->code = a64_bits(insn, 23, 1) ? A64_OP_ERET_AUTH : A64_OP_BR_AUTH;
		break;
	case 8:
	case 9:
		d->rm = a64_or_sp(op4);
		d->code = a64_bits(insn, 21, 1) ? A64_OP_BLR_AUTH : A64_OP_BR_AUTH;
		break;
	default:
		break;
	}
}

static void decode_branch_register(uint32_t insn, struct a64_decoded *d)
{
	if (a64_bits(insn, 11, 10) == 0x3e1) {
		decode_branch_authenticated(insn, d);
		return;
	}
	if (a64_bits(insn, 10, 11) != 0x7c0 || a64_bits(insn, 0, 5) != 0)
		return;
	d->rn = (uint8_t)a64_bits(insn, 5, 5);
	switch (a64_bits(insn, 21, 4)) {
	case 0:
	case 2:
		d->code = A64_OP_BR; /* RET is a BR. */
		break;
	case 1:
		d->code = A64_OP_BLR;
		break;
	case 4:
		if (d->rn == 31)
			d->code = A64_OP_ERET;
		break;
	default:
		break;
	}
}

/* Hints: pointer authentication, those that do something, and those that do not. */
static void decode_hint(uint32_t insn, struct a64_decoded *d)
{
	enum { HINT_WFE = 2, HINT_SEVL = 5, HINT_XPACLRI = 7, HINT_PACIASP = 24, HINT_END = 32 };
	uint32_t number = a64_bits(insn, 5, 7);
	uint32_t kind = a64_bits(insn, 6, 2); /* Bit 0: key B; bit 1: authenticate. */

	d->code = A64_OP_NOP;
	if (number >= HINT_WFE && number <= HINT_SEVL) {
		d->code = A64_OP_SYSTEM;
		d->imm = (int32_t)insn;
		return;
	}
	if (number == HINT_XPACLRI) {
		d->code = A64_OP_PAUTH;
		d->rd = 30;
		d->imm = A64_PAUTH_STRIP;
		return;
	}
	if (number >= HINT_PACIASP && number < HINT_END) {
		/* PACIAZ, PACIASP, ... */
		d->rd = 30;
		d->rn = a64_bits(insn, 5, 1) ? A64_SP : A64_ZR;
	} else if ((number & ~UINT32_C(6)) == 8) {
		/* PACIA1716, PACIB1716, AUTIA1716, AUTIB1716 */
		d->rd = 17;
		d->rn = 16;
	} else {
		return;
	}
	d->code = A64_OP_PAUTH;
	d->imm = (int32_t)((kind & 1 ? A64_PAUTH_B : 0) | (kind & 2 ? A64_PAUTH_AUTH : 0));
}

static void decode_exception(uint32_t insn, struct a64_decoded *d)
{
	uint32_t opc = a64_bits(insn, 21, 3);
	uint32_t ll = a64_bits(insn, 0, 2);

	if (a64_bits(insn, 2, 3))
		return;
	if ((opc == 0 && ll != 0) || (opc == 1 && ll == 0)) {
		d->code = A64_OP_EXCEPTION;
		d->imm = (int32_t)insn;
	}
}

static void decode_branch(uint32_t insn, uint32_t index, struct a64_decoded *d)
{
	switch (a64_bits(insn, 29, 3)) {
	case 0:
		branch(d, A64_OP_B_NEAR, index, a64_sbits(insn, 0, 26));
		break;
	case 4:
		branch(d, A64_OP_BL_NEAR, index, a64_sbits(insn, 0, 26));
		break;
	case 1:
	case 5: {
		static const enum a64_opcode codes[] = {
		        A64_OP_CBZ_W_NEAR,
		        A64_OP_CBNZ_W_NEAR,
		        A64_OP_CBZ_X_NEAR,
		        A64_OP_CBNZ_X_NEAR,
		};

		d->rd = (uint8_t)a64_bits(insn, 0, 5);
		if (a64_bits(insn, 25, 1)) {
			d->rm = (uint8_t)(a64_bits(insn, 31, 1) << 5 | a64_bits(insn, 19, 5));
			branch(d, a64_bits(insn, 24, 1) ? A64_OP_TBNZ_NEAR : A64_OP_TBZ_NEAR, index,
			       a64_sbits(insn, 5, 14));
		} else {
			branch(d, codes[(insn >> 31) << 1 | a64_bits(insn, 24, 1)], index,
			       a64_sbits(insn, 5, 19));
		}
		break;
	}
	case 2:
		if (!a64_bits(insn, 25, 1))
			decode_conditional_branch(insn, index, d);
		break;
	case 6:
		if (a64_bits(insn, 25, 1)) {
			decode_branch_register(insn, d);
		} else if (!a64_bits(insn, 24, 1)) {
			decode_exception(insn, d);
		} else if ((insn & 0xfffff01f) == 0xd503201f) {
			decode_hint(insn, d);
		} else if (a64_bits(insn, 22, 2) == 0) {
			d->code = A64_OP_SYSTEM;
			d->imm = (int32_t)insn;
		}
		break;
	default:
		break;
	}
}

void a64_decode(uint32_t insn, uint32_t index, struct a64_decoded *d)
{
	*d = (struct a64_decoded){.code = A64_OP_UNDEF};
	switch (a64_bits(insn, 25, 4)) {
	case 0x8:
	case 0x9:
		a64_decode_immediate(insn, d);
		break;
	case 0xa:
	case 0xb:
		decode_branch(insn, index, d);
		break;
	case 0x4:
	case 0x6:
	case 0xc:
	case 0xe:
		a64_decode_memory(insn, d);
		break;
	case 0x5:
	case 0xd:
		a64_decode_register(insn, d);
		break;
	case 0x7:
	case 0xf:
		a64_decode_fp(insn, d);
		break;
	default:
		break;
	}
}
