/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_arith.h
 * Arithmetic of the A64 interpreter: flags, conditions, and what C has no operator for.
 */
#ifndef RMM_GUEST_A64_ARITH_H
#define RMM_GUEST_A64_ARITH_H

#include "a64.h"

static inline uint64_t a64_adds_x(struct a64_pe *pe, uint64_t a, uint64_t b)
{
	uint64_t result = a + b;

	pe->n = (int64_t)result;
	pe->z = result;
	pe->c = result < a;
	pe->v = (int64_t)((a ^ result) & (b ^ result));
	return result;
}

static inline uint64_t a64_adds_w(struct a64_pe *pe, uint32_t a, uint32_t b)
{
	uint32_t result = a + b;

	pe->n = (int32_t)result;
	pe->z = result;
	pe->c = result < a;
	pe->v = (int32_t)((a ^ result) & (b ^ result));
	return result;
}

static inline uint64_t a64_subs_x(struct a64_pe *pe, uint64_t a, uint64_t b)
{
	uint64_t result = a - b;

	pe->n = (int64_t)result;
	pe->z = result;
	pe->c = a >= b;
	pe->v = (int64_t)((a ^ b) & (a ^ result));
	return result;
}

static inline uint64_t a64_subs_w(struct a64_pe *pe, uint32_t a, uint32_t b)
{
	uint32_t result = a - b;

	pe->n = (int32_t)result;
	pe->z = result;
	pe->c = a >= b;
	pe->v = (int32_t)((a ^ b) & (a ^ result));
	return result;
}

/* a + b + C; a subtraction hands over ~b. */
static inline uint64_t a64_adcs_x(struct a64_pe *pe, uint64_t a, uint64_t b)
{
	uint64_t sum = a + b;
	uint64_t result = sum + pe->c;

	pe->c = (sum < a) | (result < sum);
	pe->n = (int64_t)result;
	pe->z = result;
	pe->v = (int64_t)((a ^ result) & (b ^ result));
	return result;
}

static inline uint64_t a64_adcs_w(struct a64_pe *pe, uint32_t a, uint32_t b)
{
	uint64_t sum = (uint64_t)a + b + pe->c;
	uint32_t result = (uint32_t)sum;

	pe->c = sum >> 32;
	pe->n = (int32_t)result;
	pe->z = result;
	pe->v = (int32_t)((a ^ result) & (b ^ result));
	return result;
}

static inline uint64_t a64_logic_x(struct a64_pe *pe, uint64_t result)
{
	pe->n = (int64_t)result;
	pe->z = result;
	pe->c = 0;
	pe->v = 0;
	return result;
}

static inline uint64_t a64_logic_w(struct a64_pe *pe, uint32_t result)
{
	pe->n = (int32_t)result;
	pe->z = result;
	pe->c = 0;
	pe->v = 0;
	return result;
}

/** Whether a condition holds. */
static inline bool a64_condition(const struct a64_pe *pe, unsigned cond)
{
	/* Bit n: the condition holds when NZCV is n. */
	static const uint16_t holds[16] = {
	        0xf0f0, 0x0f0f, 0xcccc, 0x3333, 0xff00, 0x00ff, 0xaaaa, 0x5555,
	        0x0c0c, 0xf3f3, 0xaa55, 0x55aa, 0x0a05, 0xf5fa, 0xffff, 0xffff,
	};

	return (holds[cond] >> a64_nzcv(pe)) & 1;
}

static inline uint64_t a64_ror_x(uint64_t value, unsigned amount)
{
	return value >> (amount & 63) | value << (-amount & 63);
}

static inline uint32_t a64_ror_w(uint32_t value, unsigned amount)
{
	return value >> (amount & 31) | value << (-amount & 31);
}

static inline uint64_t a64_asr_x(uint64_t value, unsigned amount)
{
	return (uint64_t)((int64_t)value >> amount);
}

static inline uint32_t a64_asr_w(uint32_t value, unsigned amount)
{
	return (uint32_t)((int32_t)value >> amount);
}

/** A logical immediate of 64-bit elements: a run of ones under @p zeros zeros, rotated right. */
static inline uint64_t a64_run(unsigned zeros, unsigned rotate)
{
	return a64_ror_x(~UINT64_C(0) >> zeros, rotate);
}

/** Reverses the bytes of each halfword. */
static inline uint64_t a64_rev16(uint64_t value)
{
	return ((value & UINT64_C(0x00ff00ff00ff00ff)) << 8) |
	       ((value >> 8) & UINT64_C(0x00ff00ff00ff00ff));
}

static inline uint64_t a64_rbit(uint64_t value)
{
	value = ((value & UINT64_C(0x5555555555555555)) << 1) |
	        ((value >> 1) & UINT64_C(0x5555555555555555));
	value = ((value & UINT64_C(0x3333333333333333)) << 2) |
	        ((value >> 2) & UINT64_C(0x3333333333333333));
	value = ((value & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4) |
	        ((value >> 4) & UINT64_C(0x0f0f0f0f0f0f0f0f));
	return __builtin_bswap64(value);
}

/** Leading zeros of 64 bits; 64 for zero. */
static inline unsigned a64_clz(uint64_t value)
{
	return value ? (unsigned)__builtin_clzll(value) : 64;
}

static inline uint64_t a64_sdiv_x(uint64_t a, uint64_t b)
{
	if (b == 0)
		return 0;
	/* The quotient that does not fit wraps; C leaves it undefined. */
	if (b == UINT64_MAX)
		return 0 - a;
	return (uint64_t)((int64_t)a / (int64_t)b);
}

static inline uint32_t a64_sdiv_w(uint32_t a, uint32_t b)
{
	if (b == 0)
		return 0;
	if (b == UINT32_MAX)
		return 0 - a;
	return (uint32_t)((int32_t)a / (int32_t)b);
}

/** CRC of @p bytes bytes of @p value, lowest first; the table is by nibble. */
static inline uint32_t a64_crc(const uint32_t table[16], uint32_t crc, uint64_t value,
                               unsigned bytes)
{
	for (unsigned nibble = 0; nibble < 2 * bytes; nibble++) {
		crc = crc >> 4 ^ table[(crc ^ value) & 0xf];
		value >>= 4;
	}
	return crc;
}

/** Reflected polynomials 0x04c11db7 and 0x1edc6f41. */
extern const uint32_t a64_crc32_table[16];
extern const uint32_t a64_crc32c_table[16];

#endif
