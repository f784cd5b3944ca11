/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256 of a few texts. */
#include "program.h"

static uint32_t ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* The constants are the first 32 bits of the fractional parts of cube roots of primes. */
static uint32_t cube_root_bits(uint32_t prime)
{
	u128 low = 0, high = (u128)16 << 32;

	while (high - low > 1) {
		u128 middle = (low + high) / 2;
		u128 cube = middle * middle * middle;

		if (cube <= (u128)prime << 96)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static uint32_t square_root_bits(uint32_t prime)
{
	u128 low = 0, high = (u128)32 << 32;

	while (high - low > 1) {
		u128 middle = (low + high) / 2;

		if (middle * middle <= (u128)prime << 64)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static uint32_t k[64], first[8];

static void constants(void)
{
	unsigned found = 0;

	for (uint32_t n = 2; found < 64; n++) {
		bool prime = true;

		for (uint32_t d = 2; d * d <= n; d++)
			prime = prime && n % d;
		if (!prime)
			continue;
		if (found < 8)
			first[found] = square_root_bits(n);
		k[found++] = cube_root_bits(n);
	}
}

static void compress(uint32_t h[8], const uint8_t *block)
{
	uint32_t w[64], s[8];

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (unsigned i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
		       (ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3) +
		       (ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(s, h, sizeof(s));
	for (unsigned i = 0; i < 64; i++) {
		uint32_t t1 = s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) +
		              ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
		uint32_t t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) +
		              ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 28);
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (unsigned i = 0; i < 8; i++)
		h[i] += s[i];
}

static void digest(const uint8_t *data, size_t size)
{
	uint8_t block[64];
	uint32_t h[8];
	size_t left = size;

	memcpy(h, first, sizeof(h));
	for (; left >= 64; left -= 64, data += 64)
		compress(h, data);
	memset(block, 0, 64);
	memcpy(block, data, left);
	block[left] = 0x80;
	if (left >= 56) {
		compress(h, block);
		memset(block, 0, 64);
	}
	for (unsigned i = 0; i < 8; i++)
		block[63 - i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
	compress(h, block);
	for (unsigned i = 0; i < 8; i++)
		put("%08x", h[i]);
	put("\n");
}

void program(void)
{
	static uint8_t data[1000];

	constants();
	digest((const uint8_t *)"abc", 3);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i);
	for (size_t size = 0; size < sizeof(data); size += 55)
		digest(data, size);
}
