/* SPDX-License-Identifier: BSD-3-Clause */
/* SIMD instructions that move lanes: copies, tables, EXT, and immediates. */
#include "a64_simd.h"

/* The lane and its number in an imm5. */
static enum a64_lane imm5_lane(uint32_t insn)
{
	return (enum a64_lane)__builtin_ctz(a64_bits(insn, 16, 5));
}

static unsigned imm5_index(uint32_t insn)
{
	return a64_bits(insn, 16, 5) >> (imm5_lane(insn) + 1);
}

static void broadcast(struct a64_pe *pe, uint32_t insn, uint64_t value)
{
	union a64_v *d = a64_v(pe->regs, a64_rd(insn));

	a64_broadcast(d, imm5_lane(insn), value);
	if (!a64_q(insn))
		d->u64[1] = 0;
}

static uint64_t element(const struct a64_pe *pe, uint32_t insn)
{
	return a64_lane(a64_v(pe->regs, a64_rn(insn)), imm5_lane(insn), imm5_index(insn));
}

static void dup_element(struct a64_pe *pe, uint32_t insn)
{
	broadcast(pe, insn, element(pe, insn));
}

static void dup_general(struct a64_pe *pe, uint32_t insn)
{
	broadcast(pe, insn, pe->r[a64_rn(insn)]);
}

static void dup_scalar(struct a64_pe *pe, uint32_t insn)
{
	a64_set(pe->regs, a64_rd(insn), element(pe, insn));
}

static void umov(struct a64_pe *pe, uint32_t insn)
{
	pe->r[a64_dest(a64_rd(insn))] = element(pe, insn);
}

static void smov(struct a64_pe *pe, uint32_t insn)
{
	unsigned shift = 64 - (8u << imm5_lane(insn));
	uint64_t value = (uint64_t)((int64_t)(element(pe, insn) << shift) >> shift);

	pe->r[a64_dest(a64_rd(insn))] = a64_q(insn) ? value : (uint32_t)value;
}

static void ins_general(struct a64_pe *pe, uint32_t insn)
{
	a64_set_lane(a64_v(pe->regs, a64_rd(insn)), imm5_lane(insn), imm5_index(insn),
	             pe->r[a64_rn(insn)]);
}

static void ins_element(struct a64_pe *pe, uint32_t insn)
{
	enum a64_lane lane = imm5_lane(insn);
	uint64_t value =
	        a64_lane(a64_v(pe->regs, a64_rn(insn)), lane, a64_bits(insn, 11, 4) >> lane);

	a64_set_lane(a64_v(pe->regs, a64_rd(insn)), lane, imm5_index(insn), value);
}

a64_call *a64_simd_find_copy(uint32_t insn)
{
	bool q = a64_q(insn);
	bool scalar = a64_bits(insn, 28, 1);
	enum a64_lane lane;

	if (!a64_bits(insn, 16, 4))
		return NULL;
	lane = imm5_lane(insn);
	if (scalar)
		return !a64_bits(insn, 29, 1) && !a64_bits(insn, 11, 4) ? dup_scalar : NULL;
	if (a64_bits(insn, 29, 1))
		return q ? ins_element : NULL;
	switch (a64_bits(insn, 11, 4)) {
	case 0:
		return lane == A64_LANE_64 && !q ? NULL : dup_element;
	case 1:
		return lane == A64_LANE_64 && !q ? NULL : dup_general;
	case 3:
		return q ? ins_general : NULL;
	case 5:
		return lane < (q ? A64_LANE_64 : A64_LANE_32) ? smov : NULL;
	case 7:
		return q == (lane == A64_LANE_64) ? umov : NULL;
	default:
		return NULL;
	}
}

/* TBL and TBX: bytes out of one to four registers. */
static void table(struct a64_pe *pe, uint32_t insn)
{
	unsigned size = 16 * (a64_bits(insn, 13, 2) + 1);
	union a64_v indices = *a64_v(pe->regs, a64_rm(insn));
	union a64_v *d = a64_v(pe->regs, a64_rd(insn));
	union a64_v r = *d;
	uint8_t bytes[64];

	for (unsigned i = 0; i < size; i += 16)
		memcpy(bytes + i, pe->regs->v[(a64_rn(insn) + i / 16) & 31], 16);
	for (unsigned i = 0; i < 16; i++) {
		if (indices.u8[i] < size)
			r.u8[i] = bytes[indices.u8[i]];
		else if (!a64_bits(insn, 12, 1))
			r.u8[i] = 0;
	}
	if (!a64_q(insn))
		r.u64[1] = 0;
	*d = r;
}

a64_call *a64_simd_find_table(uint32_t insn)
{
	return a64_bits(insn, 22, 2) ? NULL : table;
}

static void extract(struct a64_pe *pe, uint32_t insn)
{
	unsigned half = a64_q(insn) ? 16 : 8;
	unsigned first = a64_bits(insn, 11, 4);
	uint8_t bytes[32];
	union a64_v r = {.u64 = {0, 0}};

	memcpy(bytes, pe->regs->v[a64_rn(insn)], half);
	memcpy(bytes + half, pe->regs->v[a64_rm(insn)], half);
	memcpy(r.u8, bytes + first, half);
	*a64_v(pe->regs, a64_rd(insn)) = r;
}

a64_call *a64_simd_find_extract(uint32_t insn)
{
	if (a64_bits(insn, 22, 2) || (!a64_q(insn) && a64_bits(insn, 14, 1)))
		return NULL;
	return extract;
}

/* The 64 bits that cmode, op and imm8 stand for. */
static uint64_t expand(uint32_t insn)
{
	uint32_t cmode = a64_bits(insn, 12, 4);
	bool op = a64_bits(insn, 29, 1);
	uint64_t imm8 = a64_bits(insn, 16, 3) << 5 | a64_bits(insn, 5, 5);
	uint64_t value = 0;

	if (cmode < 8)
		return (imm8 << 8 * (cmode >> 1)) * UINT64_C(0x100000001);
	if (cmode < 12)
		return (imm8 << 8 * (cmode >> 1 & 1)) * UINT64_C(0x1000100010001);
	if (cmode == 12)
		return (imm8 << 8 | 0xff) * UINT64_C(0x100000001);
	if (cmode == 13)
		return (imm8 << 16 | 0xffff) * UINT64_C(0x100000001);
	if (cmode == 14 && !op)
		return imm8 * UINT64_C(0x0101010101010101);
	if (cmode == 14) {
		for (unsigned i = 0; i < 8; i++)
			value |= (imm8 >> i & 1 ? UINT64_C(0xff) : 0) << 8 * i;
		return value;
	}
	if (op)
		return a64_fp_expand_immediate(A64_DOUBLE, (uint32_t)imm8);
	return a64_fp_expand_immediate(A64_SINGLE, (uint32_t)imm8) * UINT64_C(0x100000001);
}

static void set_both(struct a64_pe *pe, uint32_t insn, uint64_t low, uint64_t high)
{
	uint64_t *v = pe->regs->v[a64_rd(insn)];

	v[0] = low;
	v[1] = a64_q(insn) ? high : 0;
}

static void movi(struct a64_pe *pe, uint32_t insn)
{
	uint64_t value = expand(insn);

	set_both(pe, insn, value, value);
}

static void mvni(struct a64_pe *pe, uint32_t insn)
{
	uint64_t value = ~expand(insn);

	set_both(pe, insn, value, value);
}

static void orr_immediate(struct a64_pe *pe, uint32_t insn)
{
	const uint64_t *v = pe->regs->v[a64_rd(insn)];
	uint64_t value = expand(insn);

	set_both(pe, insn, v[0] | value, v[1] | value);
}

static void bic_immediate(struct a64_pe *pe, uint32_t insn)
{
	const uint64_t *v = pe->regs->v[a64_rd(insn)];
	uint64_t value = ~expand(insn);

	set_both(pe, insn, v[0] & value, v[1] & value);
}

a64_call *a64_simd_find_immediate(uint32_t insn)
{
	uint32_t cmode = a64_bits(insn, 12, 4);
	bool op = a64_bits(insn, 29, 1);

	/* Bit 11: half-precision FMOV. */
	if (a64_bits(insn, 11, 1))
		return NULL;
	if (cmode < 12 && (cmode & 1))
		return op ? bic_immediate : orr_immediate;
	if (cmode < 14)
		return op ? mvni : movi;
	if (cmode == 15 && op && !a64_q(insn))
		return NULL;
	return movi;
}
