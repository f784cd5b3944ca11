/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_simd.h
 * SIMD registers and the kernels that work on them.
 *
 * A kernel reads both sources before it writes its result. Integer kernels compute all 128 bits;
 * whoever wants fewer hands over zeros above them and clears what comes out there (zeros never set
 * QC). Kernels of floating point and those whose lanes have another width in the result look at the
 * number of bytes and clear the rest of the register themselves.
 */
#ifndef RMM_GUEST_A64_SIMD_H
#define RMM_GUEST_A64_SIMD_H

#include "a64_fp.h"

/** A SIMD register by lanes of 8, 16, 32 and 64 bits; unsigned and signed. */
union a64_v {
	uint8_t u8[16];
	uint16_t u16[8];
	uint32_t u32[4];
	uint64_t u64[2];
	int8_t s8[16];
	int16_t s16[8];
	int32_t s32[4];
	int64_t s64[2];
} __attribute__((may_alias));

/** log2 of the bytes of a lane. */
enum a64_lane {
	A64_LANE_8,
	A64_LANE_16,
	A64_LANE_32,
	A64_LANE_64,
};

static inline union a64_v *a64_v(const struct guest_regs *regs, uint32_t reg)
{
	return (union a64_v *)(uintptr_t)&regs->v[reg];
}

static inline uint32_t a64_rd(uint32_t insn)
{
	return insn & 31;
}

static inline uint32_t a64_rn(uint32_t insn)
{
	return (insn >> 5) & 31;
}

static inline uint32_t a64_rm(uint32_t insn)
{
	return (insn >> 16) & 31;
}

/** The Q bit: 128 bits rather than 64. */
static inline bool a64_q(uint32_t insn)
{
	return (insn >> 30) & 1;
}

/** Low bits of a register. */
static inline uint64_t a64_get(const struct guest_regs *regs, uint32_t reg)
{
	return regs->v[reg][0];
}

/** Sets the low bits of a register and clears the rest. */
static inline void a64_set(struct guest_regs *regs, uint32_t reg, uint64_t value)
{
	regs->v[reg][0] = value;
	regs->v[reg][1] = 0;
}

/** Clears a register from some byte on: 4, 8 or 16. */
static inline void a64_keep(union a64_v *v, unsigned bytes)
{
	if (bytes < 16)
		v->u64[1] = 0;
	if (bytes < 8)
		v->u64[0] &= (UINT64_C(1) << (8 * bytes)) - 1;
}

static inline uint64_t a64_lane(const union a64_v *v, enum a64_lane lane, unsigned i)
{
	switch (lane) {
	case A64_LANE_8:
		return v->u8[i];
	case A64_LANE_16:
		return v->u16[i];
	case A64_LANE_32:
		return v->u32[i];
	default:
		return v->u64[i];
	}
}

static inline void a64_set_lane(union a64_v *v, enum a64_lane lane, unsigned i, uint64_t value)
{
	switch (lane) {
	case A64_LANE_8:
		v->u8[i] = (uint8_t)value;
		break;
	case A64_LANE_16:
		v->u16[i] = (uint16_t)value;
		break;
	case A64_LANE_32:
		v->u32[i] = (uint32_t)value;
		break;
	default:
		v->u64[i] = value;
		break;
	}
}

/** One lane in all places. */
static inline void a64_broadcast(union a64_v *v, enum a64_lane lane, uint64_t value)
{
	static const uint64_t ones[4] = {UINT64_C(0x0101010101010101), UINT64_C(0x0001000100010001),
	                                 UINT64_C(0x0000000100000001), 1};
	uint64_t mask = ~UINT64_C(0) >> (64 - (8u << lane));

	v->u64[0] = (value & mask) * ones[lane];
	v->u64[1] = v->u64[0];
}

/** Kernels of one instruction by the size of a lane. */
struct a64_kernels {
	a64_kernel *by_lane[4];
	/** Bit n: lanes of this size exist in the scalar form. */
	uint8_t scalar;
};

/* Tables by U and opcode. */

extern const struct a64_kernels a64_simd_same[2][32];
extern const struct a64_kernels a64_simd_same_extra[2][16];
extern const struct a64_kernels a64_simd_different[2][16];
extern const struct a64_kernels a64_simd_misc[2][32];
extern const struct a64_kernels a64_simd_across[2][32];
extern const struct a64_kernels a64_simd_permute[8];
/** The bytes of these kernels are A64_SHIFT_BYTES(). */
extern const struct a64_kernels a64_simd_shift[2][32];

#define A64_SHIFT_BYTES(bytes, shift) ((bytes) | (shift) << 8)

/* Floating point: by U, by bit 23, by the low three or four bits of the opcode. */

extern const struct a64_kernels a64_simd_fp_same[2][2][8];
extern const struct a64_kernels a64_simd_fp_misc[2][2][32];
extern const struct a64_kernels a64_simd_fp_recpx;
extern const struct a64_kernels a64_simd_fp_across[2][32];
/** FADDP, FMAXP and so on as scalars, by bit 23 and opcode. */
extern const struct a64_kernels a64_simd_fp_pairwise[2][32];

/* a64_simd_move.c: what executes the instruction, or NULL. */

a64_call *a64_simd_find_copy(uint32_t insn);
a64_call *a64_simd_find_table(uint32_t insn);
a64_call *a64_simd_find_extract(uint32_t insn);
a64_call *a64_simd_find_immediate(uint32_t insn);

/* a64_simd_element.c */

a64_call *a64_simd_find_element(uint32_t insn);

/* a64_simd_scalar.c */

a64_call *a64_simd_find_scalar(uint32_t insn);

/* a64_simd_decode.c */

/** Shift by immediate: the lane, or false when there is none. */
bool a64_simd_shift_operands(uint32_t insn, enum a64_lane *lane, unsigned *shift);

#endif
