/* SPDX-License-Identifier: BSD-3-Clause */
/* The decoder: loads and stores. */
#include "a64.h"

/* Forms of one load or store, in the order of A64_OPS_SINGLE. */
enum {
	FORM_OFFSET,
	FORM_PRE,
	FORM_POST,
	FORM_LSL,
	FORM_UXTW,
	FORM_SXTW,
};

/* By size and opc; NOP stands for a prefetch. */
static const enum a64_opcode single[4][4] = {
        {A64_OP_STRB_OFF, A64_OP_LDRB_OFF, A64_OP_LDRSB_X_OFF, A64_OP_LDRSB_W_OFF},
        {A64_OP_STRH_OFF, A64_OP_LDRH_OFF, A64_OP_LDRSH_X_OFF, A64_OP_LDRSH_W_OFF},
        {A64_OP_STR_W_OFF, A64_OP_LDR_W_OFF, A64_OP_LDRSW_OFF, A64_OP_UNDEF},
        {A64_OP_STR_X_OFF, A64_OP_LDR_X_OFF, A64_OP_NOP, A64_OP_UNDEF},
};

/* Sets code and registers of a load or store of one register. */
static void single_register(uint32_t insn, unsigned form, struct a64_decoded *d)
{
	uint32_t opc = a64_bits(insn, 22, 2);
	uint32_t rt = a64_bits(insn, 0, 5);
	uint32_t rn = a64_bits(insn, 5, 5);
	enum a64_opcode code = single[insn >> 30][opc];
	bool writeback = form == FORM_PRE || form == FORM_POST;

	if (code == A64_OP_UNDEF)
		return;
	if (code == A64_OP_NOP) {
		if (!writeback)
			d->code = A64_OP_NOP;
		return;
	}
	/* Unpredictable: both the data and the new base would go to the same register. */
	if (writeback && rt == rn && rn != 31)
		return;
	d->code = code + form;
	d->rd = opc == 0 ? (uint8_t)rt : a64_dest(rt);
	d->rn = a64_or_sp(rn);
}

static void decode_unprivileged(uint32_t insn, struct a64_decoded *d)
{
	enum a64_opcode code = single[insn >> 30][a64_bits(insn, 22, 2)];

	if (code != A64_OP_UNDEF && code != A64_OP_NOP) {
		d->code = A64_OP_UNPRIVILEGED;
		d->imm = (int32_t)insn;
	}
}

static void decode_register_offset(uint32_t insn, struct a64_decoded *d)
{
	uint32_t option = a64_bits(insn, 13, 3);
	unsigned form;

	switch (option) {
	case 2:
		form = FORM_UXTW;
		break;
	case 3:
	case 7:
		form = FORM_LSL;
		break;
	case 6:
		form = FORM_SXTW;
		break;
	default:
		return;
	}
	single_register(insn, form, d);
	d->rm = (uint8_t)a64_bits(insn, 16, 5);
	d->imm = a64_bits(insn, 12, 1) ? (int32_t)(insn >> 30) : 0;
}

static void decode_atomic(uint32_t insn, struct a64_decoded *d)
{
	bool o3 = a64_bits(insn, 15, 1);
	uint32_t opc = a64_bits(insn, 12, 3);
	bool ldapr = o3 && opc == 4 && a64_bits(insn, 22, 2) == 2;

	if (!o3 || opc == 0 || ldapr) {
		d->code = A64_OP_ATOMIC;
		d->imm = (int32_t)insn;
	}
}

/* LDRAA and LDRAB. */
static void decode_load_authenticated(uint32_t insn, struct a64_decoded *d)
{
	bool writeback = a64_bits(insn, 11, 1);
	uint32_t rn = a64_bits(insn, 5, 5);

	if (insn >> 30 != 3 || (writeback && rn != 31 && rn == a64_bits(insn, 0, 5)))
		return;
	d->code = A64_OP_LDR_AUTH;
	d->imm = (int32_t)insn;
}

/* LDAPUR and STLUR. */
static void decode_ordered_unscaled(uint32_t insn, struct a64_decoded *d)
{
	enum a64_opcode code = single[insn >> 30][a64_bits(insn, 22, 2)];

	if (a64_bits(insn, 21, 1) || a64_bits(insn, 10, 2) || code == A64_OP_UNDEF ||
	    code == A64_OP_NOP)
		return;
	d->code = A64_OP_RCPC;
	d->imm = (int32_t)insn;
}

static void decode_single(uint32_t insn, struct a64_decoded *d)
{
	if (a64_bits(insn, 24, 1)) {
		single_register(insn, FORM_OFFSET, d);
		d->imm = (int32_t)(a64_bits(insn, 10, 12) << (insn >> 30));
		return;
	}
	if (a64_bits(insn, 21, 1)) {
		if (a64_bits(insn, 10, 1))
			decode_load_authenticated(insn, d);
		else if (a64_bits(insn, 10, 2) == 0)
			decode_atomic(insn, d);
		else
			decode_register_offset(insn, d);
		return;
	}
	switch (a64_bits(insn, 10, 2)) {
	case 0:
		single_register(insn, FORM_OFFSET, d);
		break;
	case 1:
		single_register(insn, FORM_POST, d);
		break;
	case 2:
		decode_unprivileged(insn, d);
		return;
	default:
		single_register(insn, FORM_PRE, d);
		break;
	}
	d->imm = a64_sbits(insn, 12, 9);
}

static void decode_pair(uint32_t insn, struct a64_decoded *d)
{
	/* By opc and L. STGP (1, 0) is a memory tagging instruction. */
	static const enum a64_opcode codes[4][2] = {
	        {A64_OP_STP_W_OFF, A64_OP_LDP_W_OFF},
	        {A64_OP_UNDEF, A64_OP_LDPSW_OFF},
	        {A64_OP_STP_X_OFF, A64_OP_LDP_X_OFF},
	        {A64_OP_UNDEF, A64_OP_UNDEF},
	};
	static const unsigned forms[4] = {FORM_OFFSET, FORM_POST, FORM_OFFSET, FORM_PRE};
	uint32_t opc = insn >> 30;
	bool load = a64_bits(insn, 22, 1);
	uint32_t mode = a64_bits(insn, 23, 2);
	enum a64_opcode code = codes[opc][load];
	uint32_t rt = a64_bits(insn, 0, 5);
	uint32_t rt2 = a64_bits(insn, 10, 5);
	uint32_t rn = a64_bits(insn, 5, 5);

	if (code == A64_OP_UNDEF)
		return;
	/* There is no LDPSW without allocation hint. */
	if (mode == 0 && opc == 1)
		return;
	/* Unpredictable: one register for two results. */
	if (load && rt == rt2)
		return;
	if ((mode & 1) && rn != 31 && (rt == rn || rt2 == rn))
		return;
	d->code = code + forms[mode];
	d->rd = load ? a64_dest(rt) : (uint8_t)rt;
	d->ra = load ? a64_dest(rt2) : (uint8_t)rt2;
	d->rn = a64_or_sp(rn);
	d->imm = a64_sbits(insn, 15, 7) * (opc == 2 ? 8 : 4);
}

static void decode_literal(uint32_t insn, struct a64_decoded *d)
{
	static const enum a64_opcode codes[4] = {
	        A64_OP_LDR_W_LITERAL, A64_OP_LDR_X_LITERAL, A64_OP_LDRSW_LITERAL,
	        A64_OP_NOP, /* PRFM */
	};

	d->code = codes[insn >> 30];
	d->rd = a64_dest(a64_bits(insn, 0, 5));
	d->imm = a64_sbits(insn, 5, 19) * 4;
}

void a64_decode_memory(uint32_t insn, struct a64_decoded *d)
{
	bool vector = a64_bits(insn, 26, 1);

	if (vector) {
		a64_decode_fp_memory(insn, d);
		return;
	}
	switch (a64_bits(insn, 28, 2)) {
	case 0:
		if (!a64_bits(insn, 24, 1)) {
			d->code = A64_OP_EXCLUSIVE;
			d->imm = (int32_t)insn;
		}
		break;
	case 1:
		/* Bit 24: LDAPUR, and memory tagging and memory copy, which are not there. */
		if (!a64_bits(insn, 24, 1))
			decode_literal(insn, d);
		else
			decode_ordered_unscaled(insn, d);
		break;
	case 2:
		decode_pair(insn, d);
		break;
	default:
		decode_single(insn, d);
		break;
	}
}
