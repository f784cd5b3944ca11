/* SPDX-License-Identifier: BSD-3-Clause */
/* Loads, stores and conversions of every size and sign, aligned and not, with every addressing
 * mode. */
#include "program.h"

static uint8_t memory[256] __attribute__((aligned(16)));

#define AS(type, offset) (*(type *)(memory + (offset)))

__attribute__((noinline)) static int64_t indexed(const int8_t *a, const int16_t *b,
                                                 const int32_t *c, const int64_t *d, int32_t i,
                                                 uint32_t j)
{
	return a[i] + a[j] + b[i] * 3 + b[j] + c[i] + (int64_t)c[j] * 5 + d[i] + d[j];
}

__attribute__((noinline)) static uint64_t walk(const uint8_t *from, const uint8_t *end)
{
	uint64_t sum = 0;

	while (from != end)
		sum = sum * 3 + *from++;
	while (end[-1] & 15)
		sum ^= *--end;
	return sum;
}

void program(void)
{
	uint64_t state = 91;

	for (unsigned i = 0; i < 256; i++)
		memory[i] = (uint8_t)next_random(&state);
	memory[100] = 0;
	for (unsigned i = 0; i < 100; i += 3) {
		typedef uint64_t u64u __attribute__((aligned(1)));
		typedef int32_t s32u __attribute__((aligned(1)));
		typedef int16_t s16u __attribute__((aligned(1)));
		typedef uint16_t u16u __attribute__((aligned(1)));

		put("%lx %ld %ld ", AS(u64u, i), (int64_t)AS(s32u, i), (int64_t)AS(s16u, i));
		put("%u %d %d ", AS(u16u, i), (int)(int8_t)memory[i], (int)AS(s16u, i + 1));
		AS(s32u, i + 101) = AS(s32u, i) * 3;
		AS(s16u, i + 103) ^= 0x1234;
		AS(u64u, i + 107) += i;
		put("%ld\n",
		    indexed((int8_t *)memory + 64, (int16_t *)memory + 32, (int32_t *)memory + 16,
		            (int64_t *)memory + 8, -(int32_t)(i % 8), i % 16));
	}
	put("%lx\n", walk(memory, memory + 128));
}
