/* SPDX-License-Identifier: BSD-3-Clause */
/* SipHash-2-4 and MurmurHash-like mixing of unaligned words. */
#include "program.h"

static uint64_t rol(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static uint64_t sip(const uint8_t *data, size_t size, uint64_t k0, uint64_t k1)
{
	uint64_t v0 = k0 ^ UINT64_C(0x736f6d6570736575), v1 = k1 ^ UINT64_C(0x646f72616e646f6d);
	uint64_t v2 = k0 ^ UINT64_C(0x6c7967656e657261), v3 = k1 ^ UINT64_C(0x7465646279746573);

#define ROUND()                                                                                    \
	do {                                                                                       \
		v0 += v1;                                                                          \
		v1 = rol(v1, 13) ^ v0;                                                             \
		v0 = rol(v0, 32);                                                                  \
		v2 += v3;                                                                          \
		v3 = rol(v3, 16) ^ v2;                                                             \
		v0 += v3;                                                                          \
		v3 = rol(v3, 21) ^ v0;                                                             \
		v2 += v1;                                                                          \
		v1 = rol(v1, 17) ^ v2;                                                             \
		v2 = rol(v2, 32);                                                                  \
	} while (0)
	for (size_t i = 0; i <= size / 8; i++) {
		uint64_t m = (uint64_t)size << 56;

		if (i < size / 8)
			__builtin_memcpy(&m, data + 8 * i, 8);
		else
			for (size_t j = 0; j < size % 8; j++)
				m |= (uint64_t)data[8 * i + j] << (8 * j);
		v3 ^= m;
		ROUND();
		ROUND();
		v0 ^= m;
	}
	v2 ^= 0xff;
	ROUND();
	ROUND();
	ROUND();
	ROUND();
	return v0 ^ v1 ^ v2 ^ v3;
}

void program(void)
{
	static uint8_t data[200];

	for (unsigned i = 0; i < 200; i++)
		data[i] = (uint8_t)i;
	for (size_t size = 0; size < 190; size += 3)
		put("%lx\n", sip(data + size % 9, size, 0x0706050403020100, 0x0f0e0d0c0b0a0908));
}
