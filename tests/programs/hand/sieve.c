/* SPDX-License-Identifier: BSD-3-Clause */
/* Primes by sieve and by Miller and Rabin. */
#include "program.h"

static uint64_t mulmod(uint64_t a, uint64_t b, uint64_t m)
{
	return (uint64_t)((u128)a * b % m);
}

static bool probably_prime(uint64_t n)
{
	static const uint8_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
	uint64_t d = n - 1;
	unsigned s = 0;

	if (n < 2)
		return false;
	for (unsigned i = 0; i < sizeof(bases); i++)
		if (n % bases[i] == 0)
			return n == bases[i];
	for (; !(d & 1); d >>= 1)
		s++;
	for (unsigned i = 0; i < sizeof(bases); i++) {
		uint64_t x = 1, base = bases[i];
		bool composite = true;

		for (uint64_t e = d; e; e >>= 1) {
			if (e & 1)
				x = mulmod(x, base, n);
			base = mulmod(base, base, n);
		}
		for (unsigned r = 0; r < s && composite; r++) {
			if (x == n - 1 || (r == 0 && x == 1))
				composite = false;
			x = mulmod(x, x, n);
		}
		if (composite)
			return false;
	}
	return true;
}

void program(void)
{
	static uint8_t sieve[2000];
	unsigned count = 0;

	for (unsigned i = 2; i < 16000; i++) {
		if (sieve[i / 8] >> (i % 8) & 1)
			continue;
		count++;
		if (!probably_prime(i))
			put("%u?\n", i);
		for (unsigned j = i * i; i < 127 && j < 16000; j += i)
			sieve[j / 8] |= (uint8_t)(1 << (j % 8));
	}
	put("%u\n", count);
	for (uint64_t n = UINT64_MAX; count > 1860; n -= 2) {
		if (probably_prime(n)) {
			put("%lu\n", n);
			count--;
		}
	}
}
