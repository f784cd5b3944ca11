/* SPDX-License-Identifier: BSD-3-Clause */
/* Bit twiddling: what one instruction does, done by hand, too. */
#include "program.h"

static unsigned leading(uint64_t x)
{
	unsigned n = 0;

	for (uint64_t bit = UINT64_C(1) << 63; bit && !(x & bit); bit >>= 1)
		n++;
	return n;
}

static uint64_t reverse(uint64_t x)
{
	uint64_t r = 0;

	for (unsigned i = 0; i < 64; i++, x >>= 1)
		r = r << 1 | (x & 1);
	return r;
}

static uint64_t gray(uint64_t x)
{
	return x ^ x >> 1;
}

static uint64_t deposit(uint64_t x, uint64_t mask)
{
	uint64_t r = 0;

	for (; mask; mask &= mask - 1, x >>= 1)
		r |= x & 1 ? mask & -mask : 0;
	return r;
}

static uint64_t transpose(uint64_t x)
{
	uint64_t t = (x ^ x >> 7) & UINT64_C(0x00aa00aa00aa00aa);

	x ^= t ^ t << 7;
	t = (x ^ x >> 14) & UINT64_C(0x0000cccc0000cccc);
	x ^= t ^ t << 14;
	t = (x ^ x >> 28) & UINT64_C(0x00000000f0f0f0f0);
	return x ^ t ^ t << 28;
}

void program(void)
{
	uint64_t state = 64;

	for (unsigned i = 0; i < 64; i++) {
		uint64_t x = next_random(&state) >> i, y = next_random(&state);
		unsigned s = i + 1;

		put("%u %u %u ", leading(x), x ? (unsigned)__builtin_clzll(x) : 64,
		    x ? (unsigned)__builtin_ctzll(x) : 64);
		put("%d ", __builtin_clrsbll((long long)x));
		put("%lx %lx %lx ", reverse(x), __builtin_bswap64(x),
		    (uint64_t)__builtin_bswap32((uint32_t)x));
		put("%x %lx %lx ", __builtin_bswap16((uint16_t)x), gray(x), deposit(x, y));
		put("%lx %lx ", transpose(y), (y >> (i & 31) & 0xfff) | (y & ~UINT64_C(0xfff000)));
		put("%lx %lx ", (uint64_t)((int64_t)(y << 13) >> 40), y << 5 >> 17);
		put("%lx %lx %lx\n", y >> (s & 63) | y << (-s & 63), y & (y - 1), y | (y + 1));
	}
}
