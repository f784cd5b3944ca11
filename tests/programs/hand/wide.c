/* SPDX-License-Identifier: BSD-3-Clause */
/* Arithmetic of 128 bits: all operators, compared with what 64 bits make of it. */
#include "program.h"

static void show(const char *name, u128 v)
{
	put("%s %016lx%016lx\n", name, (uint64_t)(v >> 64), (uint64_t)v);
}

__attribute__((noinline)) static u128 power(u128 base, unsigned exponent, u128 modulus)
{
	u128 result = 1;

	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			result = result * base % modulus;
		base = base * base % modulus;
	}
	return result;
}

void program(void)
{
	uint64_t state = 77;

	for (unsigned i = 0; i < 40; i++) {
		u128 a = (u128)next_random(&state) << 64 | next_random(&state);
		u128 b = ((u128)next_random(&state) << 64 | next_random(&state)) >> (i * 3);
		__int128 s = (__int128)a, t = (__int128)(b | 1);

		show("+", a + b);
		show("-", a - b);
		show("*", a * b);
		show("/", b ? a / b : 0);
		show("%", b ? a % b : 0);
		show("s/", (u128)(s / t));
		show("s%", (u128)(s % t));
		show("<<", a << (i * 3));
		show(">>", a >> (i * 3));
		show("s>>", (u128)(s >> (i * 3)));
		put("%d%d%d%d\n", a < b, s < t, a == b, s >= t);
		show("**", power(a >> 66, i * 1234567, (b >> 66) | 3));
	}
}
