/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls at the end, through pointers and not; mutual recursion. */
#include "program.h"

typedef uint64_t step(uint64_t n, uint64_t sum, unsigned depth);

static step even, odd, mix;
static step *const steps[] = {even, odd, mix};

__attribute__((noinline)) static uint64_t even(uint64_t n, uint64_t sum, unsigned depth)
{
	return depth ? steps[n % 3](n / 2, sum + n, depth - 1) : sum;
}

__attribute__((noinline)) static uint64_t odd(uint64_t n, uint64_t sum, unsigned depth)
{
	return depth ? steps[(n ^ sum) % 3](n * 3 + 1, sum ^ n, depth - 1) : sum * 3;
}

__attribute__((noinline)) static uint64_t mix(uint64_t n, uint64_t sum, unsigned depth)
{
	if (depth == 0)
		return n ^ sum;
	return even(n + sum, sum * 31, depth - 1);
}

static unsigned ackermann(unsigned m, unsigned n)
{
	if (m == 0)
		return n + 1;
	return n ? ackermann(m - 1, ackermann(m, n - 1)) : ackermann(m - 1, 1);
}

static uint64_t fibonacci(unsigned n)
{
	return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static void hanoi(unsigned n, unsigned from, unsigned to, uint64_t *moves)
{
	if (n == 0)
		return;
	hanoi(n - 1, from, 3 - from - to, moves);
	*moves = *moves * 7 + from * 3 + to;
	hanoi(n - 1, 3 - from - to, to, moves);
}

void program(void)
{
	uint64_t moves = 0;

	for (unsigned i = 0; i < 60; i++)
		put("%lx\n", steps[i % 3](i * 7919, i, i * 11));
	put("%u %u %lu\n", ackermann(2, 9), ackermann(3, 4), fibonacci(19));
	hanoi(12, 0, 2, &moves);
	put("%lx\n", moves);
}
