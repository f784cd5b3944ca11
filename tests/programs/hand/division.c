/* SPDX-License-Identifier: BSD-3-Clause */
/* Division and remainder by everything: variables, constants, powers of two, zero. */
#include "program.h"

__attribute__((noinline)) static uint64_t instruction(uint64_t a, uint64_t b)
{
	uint64_t r, s;
	uint32_t t, u;

	/* Without traps: by zero, and what does not fit. */
	__asm__("udiv %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
	__asm__("sdiv %0, %1, %2" : "=r"(s) : "r"(a), "r"(b));
	__asm__("udiv %w0, %w1, %w2" : "=r"(t) : "r"(a), "r"(b));
	__asm__("sdiv %w0, %w1, %w2" : "=r"(u) : "r"(a), "r"(b));
	return r * 3 ^ s * 5 ^ t ^ (uint64_t)u << 32;
}

#define BY(n)                                                                                      \
	put("%lu %lu %ld %ld %u %d ", a / (n), a % (n), (int64_t)a / (n), (int64_t)a % (n),        \
	    (uint32_t)a / (n), (int32_t)a % (n))

void program(void)
{
	static const uint64_t values[] = {0,          1,         7,
	                                  100,        INT32_MAX, UINT64_C(1) << 31,
	                                  UINT32_MAX, INT64_MAX, UINT64_C(1) << 63,
	                                  UINT64_MAX, 1000000007};
	uint64_t state = 70;

	for (unsigned i = 0; i < 11; i++) {
		uint64_t a = values[i];

		BY(3);
		BY(7);
		BY(10);
		BY(16);
		BY(641);
		BY(1000000007);
		put("\n");
		for (unsigned j = 0; j < 11; j++)
			put("%lx ", instruction(a, values[j]));
		put("\n");
	}
	for (unsigned i = 0; i < 100; i++) {
		uint64_t a = next_random(&state), b = next_random(&state) >> (i % 64) | 1;

		put("%lu %lu %lx\n", a / b, a % b, instruction(a, b));
	}
}
