/* SPDX-License-Identifier: BSD-3-Clause */
/* flags: -march=armv8.5-a -mbranch-protection=standard */
/* Return addresses and pointers are signed and authenticated. */
#include "program.h"

static uint64_t sign(uint64_t pointer, uint64_t modifier)
{
	__asm__ volatile("pacda %0, %1" : "+r"(pointer) : "r"(modifier));
	return pointer;
}

static uint64_t authenticate(uint64_t pointer, uint64_t modifier)
{
	__asm__ volatile("autda %0, %1" : "+r"(pointer) : "r"(modifier));
	return pointer;
}

static uint64_t strip(uint64_t pointer)
{
	__asm__ volatile("xpacd %0" : "+r"(pointer));
	return pointer;
}

__attribute__((noinline)) static uint64_t deep(unsigned n, uint64_t (*f)(unsigned, uint64_t),
                                               uint64_t x)
{
	return n ? deep(n - 1, f, f(n, x)) + n : x;
}

__attribute__((noinline)) static uint64_t leaf(unsigned n, uint64_t x)
{
	return x * 31 + n;
}

void program(void)
{
	static uint64_t table[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint64_t value, other;

	for (unsigned i = 0; i < 30; i++) {
		uint64_t pointer = (uint64_t)&table[i % 8], s = sign(pointer, i);

		put("%d%d ", authenticate(s, i) == pointer, strip(s) == pointer);
		put("%lx\n", deep(i * 5, leaf, i));
		s = pointer - (i % 3) * 8;
		__asm__ volatile("pacdza %0" : "+r"(s));
		__asm__ volatile("ldraa %0, [%1, #0]" : "=r"(value) : "r"(s));
		put("%lu ", value * (i % 3 == 0 || i % 8 > 2));
		__asm__ volatile("pacga %0, %2, %3\n\tpacga %1, %2, %3"
		                 : "=&r"(value), "=&r"(other)
		                 : "r"(pointer), "r"(s));
		put("%d %u\n", value == other, (uint32_t)value);
	}
}
