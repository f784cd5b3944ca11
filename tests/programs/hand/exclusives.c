/* SPDX-License-Identifier: BSD-3-Clause */
/* The same without LSE: load-exclusive and store-exclusive, pairs of them, acquire and release. */
#include "program.h"

static uint64_t add_pair(uint64_t *pair, uint64_t low, uint64_t high)
{
	uint64_t a, b, failed;

	do {
		__asm__ volatile("ldaxp %0, %1, %2" : "=&r"(a), "=&r"(b) : "Q"(*pair) : "memory");
		__asm__ volatile("stlxp %w0, %2, %3, %1"
		                 : "=&r"(failed), "=Q"(*pair)
		                 : "r"(a + low), "r"(b + high)
		                 : "memory");
	} while (failed & 1);
	return a ^ b;
}

static uint64_t add_pair_w(uint32_t *pair, uint32_t low, uint32_t high)
{
	uint32_t a, b, failed;

	do {
		__asm__ volatile("ldxp %w0, %w1, %2" : "=&r"(a), "=&r"(b) : "Q"(*pair) : "memory");
		__asm__ volatile("stxp %w0, %w2, %w3, %1"
		                 : "=&r"(failed), "=Q"(*pair)
		                 : "r"(a + low), "r"(b - high)
		                 : "memory");
	} while (failed);
	return (uint64_t)a << 32 | b;
}

void program(void)
{
	static uint64_t pair[2] __attribute__((aligned(16)));
	static uint32_t small[2] __attribute__((aligned(8)));
	static uint8_t byte;
	static uint16_t half;
	uint64_t state = 8;

	for (unsigned i = 0; i < 50; i++) {
		uint64_t v = next_random(&state);
		uint8_t old = 3;

		put("%lx %lx ", add_pair(pair, v, i), add_pair_w(small, (uint32_t)v, i));
		put("%x ", __atomic_fetch_add(&byte, (uint8_t)v, __ATOMIC_SEQ_CST));
		put("%x ", __atomic_fetch_xor(&half, (uint16_t)v, __ATOMIC_ACQUIRE));
		__atomic_compare_exchange_n(&byte, &old, 9, true, __ATOMIC_RELAXED,
		                            __ATOMIC_RELAXED);
		put("%x %x\n", old, __atomic_load_n(&byte, __ATOMIC_SEQ_CST));
	}
	put("%lx %lx %x %x\n", pair[0], pair[1], small[0], small[1]);
}
