/* SPDX-License-Identifier: BSD-3-Clause */
/* The decoder: loads and stores of FP and SIMD registers. */
#include "a64.h"
#include "a64_simd_memory.h"

/* Forms of one load or store, in the order of A64_OPS_SINGLE. */
enum {
	FORM_OFFSET,
	FORM_PRE,
	FORM_POST,
	FORM_LSL,
	FORM_UXTW,
	FORM_SXTW,
};

/* log2 of the bytes of the register. @return false when there is no such register */
static bool width(uint32_t insn, unsigned *log2)
{
	*log2 = insn >> 30;
	if (a64_bits(insn, 23, 1)) {
		if (*log2 != 0)
			return false;
		*log2 = 4;
	}
	return true;
}

static void single_register(uint32_t insn, unsigned form, int32_t imm, struct a64_decoded *d)
{
	/* By log2 of the bytes: store, load. */
	static const enum a64_opcode codes[5][2] = {
	        {A64_OP_STR_8_OFF, A64_OP_LDR_8_OFF},     {A64_OP_STR_16_OFF, A64_OP_LDR_16_OFF},
	        {A64_OP_STR_32_OFF, A64_OP_LDR_32_OFF},   {A64_OP_STR_64_OFF, A64_OP_LDR_64_OFF},
	        {A64_OP_STR_128_OFF, A64_OP_LDR_128_OFF},
	};
	unsigned log2;

	if (!width(insn, &log2))
		return;
	d->code = codes[log2][a64_bits(insn, 22, 1)] + form;
	d->rd = (uint8_t)a64_bits(insn, 0, 5);
	d->rn = a64_or_sp(a64_bits(insn, 5, 5));
	d->rm = (uint8_t)a64_bits(insn, 16, 5);
	d->imm = imm;
}

static void decode_register_offset(uint32_t insn, struct a64_decoded *d)
{
	unsigned log2;
	int32_t shift;

	if (!width(insn, &log2))
		return;
	shift = a64_bits(insn, 12, 1) ? (int32_t)log2 : 0;
	switch (a64_bits(insn, 13, 3)) {
	case 2:
		single_register(insn, FORM_UXTW, shift, d);
		break;
	case 3:
	case 7:
		single_register(insn, FORM_LSL, shift, d);
		break;
	case 6:
		single_register(insn, FORM_SXTW, shift, d);
		break;
	default:
		break;
	}
}

static void decode_single(uint32_t insn, struct a64_decoded *d)
{
	int32_t offset = a64_sbits(insn, 12, 9);
	unsigned log2;

	if (a64_bits(insn, 24, 1)) {
		if (width(insn, &log2))
			single_register(insn, FORM_OFFSET,
			                (int32_t)(a64_bits(insn, 10, 12) << log2), d);
		return;
	}
	if (a64_bits(insn, 21, 1)) {
		if (a64_bits(insn, 10, 2) == 2)
			decode_register_offset(insn, d);
		return;
	}
	switch (a64_bits(insn, 10, 2)) {
	case 0:
		single_register(insn, FORM_OFFSET, offset, d);
		break;
	case 1:
		single_register(insn, FORM_POST, offset, d);
		break;
	case 3:
		single_register(insn, FORM_PRE, offset, d);
		break;
	default:
		break;
	}
}

static void decode_pair(uint32_t insn, struct a64_decoded *d)
{
	static const enum a64_opcode codes[3][2] = {
	        {A64_OP_STP_32_OFF, A64_OP_LDP_32_OFF},
	        {A64_OP_STP_64_OFF, A64_OP_LDP_64_OFF},
	        {A64_OP_STP_128_OFF, A64_OP_LDP_128_OFF},
	};
	static const unsigned forms[4] = {FORM_OFFSET, FORM_POST, FORM_OFFSET, FORM_PRE};
	uint32_t opc = insn >> 30;
	bool load = a64_bits(insn, 22, 1);
	uint32_t rt = a64_bits(insn, 0, 5);
	uint32_t rt2 = a64_bits(insn, 10, 5);

	/* Unpredictable: one register for two results. */
	if (opc == 3 || (load && rt == rt2))
		return;
	d->code = codes[opc][load] + forms[a64_bits(insn, 23, 2)];
	d->rd = (uint8_t)rt;
	d->ra = (uint8_t)rt2;
	d->rn = a64_or_sp(a64_bits(insn, 5, 5));
	d->imm = a64_sbits(insn, 15, 7) * (4 << opc);
}

static void decode_literal(uint32_t insn, struct a64_decoded *d)
{
	static const enum a64_opcode codes[3] = {
	        A64_OP_LDR_32_LITERAL,
	        A64_OP_LDR_64_LITERAL,
	        A64_OP_LDR_128_LITERAL,
	};
	uint32_t opc = insn >> 30;

	if (opc == 3 || a64_bits(insn, 24, 1))
		return;
	d->code = codes[opc];
	d->rd = (uint8_t)a64_bits(insn, 0, 5);
	d->imm = a64_sbits(insn, 5, 19) * 4;
}

void a64_decode_fp_memory(uint32_t insn, struct a64_decoded *d)
{
	a64_call *call;

	switch (a64_bits(insn, 28, 2)) {
	case 0:
		call = a64_simd_find_structure(insn);
		if (call) {
			d->code = A64_OP_FP_MEMORY;
			d->call = call;
		}
		break;
	case 1:
		decode_literal(insn, d);
		break;
	case 2:
		decode_pair(insn, d);
		break;
	default:
		decode_single(insn, d);
		break;
	}
}
