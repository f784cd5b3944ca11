/* SPDX-License-Identifier: BSD-3-Clause */
/* The game of life on a torus of words. */
#include "program.h"

static uint64_t rows[32], next[32];

static unsigned neighbours(unsigned y, unsigned x)
{
	unsigned n = 0;

	for (unsigned dy = 31; dy <= 33; dy++)
		for (unsigned dx = 63; dx <= 65; dx++)
			if (dy != 32 || dx != 64)
				n += rows[(y + dy) % 32] >> ((x + dx) % 64) & 1;
	return n;
}

void program(void)
{
	uint64_t state = 1234;

	for (unsigned y = 0; y < 32; y++)
		rows[y] = next_random(&state) & next_random(&state);
	for (unsigned step = 0; step < 24; step++) {
		uint64_t hash = 0;
		unsigned alive = 0;

		for (unsigned y = 0; y < 32; y++) {
			next[y] = 0;
			for (unsigned x = 0; x < 64; x++) {
				unsigned n = neighbours(y, x);

				if (n == 3 || (n == 2 && (rows[y] >> x & 1)))
					next[y] |= UINT64_C(1) << x;
			}
		}
		memcpy(rows, next, sizeof(rows));
		for (unsigned y = 0; y < 32; y++) {
			hash = hash * 31 + rows[y];
			for (uint64_t r = rows[y]; r; r &= r - 1)
				alive++;
		}
		put("%u %lx\n", alive, hash);
	}
	for (unsigned y = 0; y < 32; y += 4)
		put("%016lx\n", rows[y]);
}
