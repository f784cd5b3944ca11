/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Work for the instruction set: SHA-256, CRC-32 and a sort over pseudo-random data. Prints
 * checksums that depend on nothing but the number of rounds, which is X0 at start (0 stands for
 * BENCH_ROUNDS).
 */
#include "guest.h"

#define BENCH_ROUNDS 20
#define WORDS        2048

static uint32_t data[WORDS];
static uint32_t sorted[WORDS];

static uint32_t ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* SHA-256 (FIPS 180-4): the constants are computed, which is work too. */
static uint32_t sha_k[64];
static uint32_t sha_h[8];

/* First 32 bits of the fractional part of the square or cube root of a small prime. */
static uint32_t root_fraction(uint64_t prime, unsigned degree)
{
	unsigned __int128 target = (unsigned __int128)prime << (degree == 2 ? 64 : 96);
	uint64_t root = 0;

	for (int bit = 36; bit >= 0; bit--) {
		unsigned __int128 t = root | UINT64_C(1) << bit;
		unsigned __int128 power = degree == 2 ? t * t : t * t * t;

		if (power <= target)
			root = (uint64_t)t;
	}
	return (uint32_t)root;
}

static void sha_init(void)
{
	unsigned found = 0;

	for (uint64_t n = 2; found < 64; n++) {
		bool prime = true;

		for (uint64_t d = 2; d * d <= n; d++)
			prime = prime && n % d;
		if (!prime)
			continue;
		sha_k[found] = root_fraction(n, 3);
		if (found < 8)
			sha_h[found] = root_fraction(n, 2);
		found++;
	}
}

static void sha_block(uint32_t state[8], const uint32_t *block)
{
	uint32_t w[64];
	uint32_t v[8];

	for (unsigned i = 0; i < 16; i++)
		w[i] = __builtin_bswap32(block[i]);
	for (unsigned i = 16; i < 64; i++) {
		uint32_t s0 = ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t s1 = ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10;

		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
	memcpy(v, state, sizeof(v));
	for (unsigned i = 0; i < 64; i++) {
		uint32_t s1 = ror(v[4], 6) ^ ror(v[4], 11) ^ ror(v[4], 25);
		uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + sha_k[i] + w[i];
		uint32_t s0 = ror(v[0], 2) ^ ror(v[0], 13) ^ ror(v[0], 22);
		uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		for (unsigned j = 7; j > 0; j--)
			v[j] = v[j - 1];
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (unsigned i = 0; i < 8; i++)
		state[i] += v[i];
}

/* SHA-256 of data[], whose size is a multiple of the block size. */
static void sha256(uint32_t state[8])
{
	uint32_t last[16] = {__builtin_bswap32(UINT32_C(0x80000000))};

	memcpy(state, sha_h, sizeof(sha_h));
	for (unsigned i = 0; i < WORDS; i += 16)
		sha_block(state, data + i);
	last[15] = __builtin_bswap32((uint32_t)sizeof(data) * 8);
	sha_block(state, last);
}

static uint32_t crc32(void)
{
	const uint8_t *bytes = (const uint8_t *)data;
	uint32_t crc = ~UINT32_C(0);

	for (size_t i = 0; i < sizeof(data); i++) {
		crc ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (UINT32_C(0xedb88320) & -(crc & 1));
	}
	return ~crc;
}

/* Heap sort of the first count words. */
static void sift(uint32_t *heap, size_t root, size_t count)
{
	for (;;) {
		size_t child = 2 * root + 1;
		uint32_t swap;

		if (child >= count)
			return;
		if (child + 1 < count && heap[child + 1] > heap[child])
			child++;
		if (heap[root] >= heap[child])
			return;
		swap = heap[root];
		heap[root] = heap[child];
		heap[child] = swap;
		root = child;
	}
}

static void sort(uint32_t *values, size_t count)
{
	for (size_t i = count / 2; i-- > 0;)
		sift(values, i, count);
	for (size_t i = count; i-- > 1;) {
		uint32_t top = values[0];

		values[0] = values[i];
		values[i] = top;
		sift(values, 0, i);
	}
}

int guest_main(void)
{
	uint64_t rounds = boot_args[0] ? boot_args[0] : BENCH_ROUNDS;
	uint64_t random = 1;
	uint32_t state[8] = {0};
	uint32_t crc = 0;
	uint32_t median = 0;

	sha_init();
	for (uint64_t round = 0; round < rounds; round++) {
		for (unsigned i = 0; i < WORDS; i++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			data[i] = (uint32_t)(random >> 32);
		}
		sha256(state);
		crc = crc32();
		memcpy(sorted, data, sizeof(sorted));
		sort(sorted, WORDS);
		for (unsigned i = 1; i < WORDS; i++) {
			if (sorted[i - 1] > sorted[i])
				panic("round %lu is not sorted at %u", round, i);
		}
		median = sorted[WORDS / 2];
	}
	printf("rounds %lu\nsha256 ", rounds);
	for (unsigned i = 0; i < 8; i++)
		printf("%08x", state[i]);
	printf("\ncrc32 %08x\nmedian %08x\n", crc, median);
	return 0;
}
