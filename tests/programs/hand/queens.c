/* SPDX-License-Identifier: BSD-3-Clause */
/* Queens, a knight's tour, permutations, subsets. */
#include "program.h"

static unsigned queens(unsigned all, unsigned columns, unsigned left, unsigned right)
{
	unsigned found = columns == all;

	for (unsigned free = all & ~(columns | left | right); free; free &= free - 1) {
		unsigned bit = free & -free;

		found += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
	}
	return found;
}

static uint8_t board[8][8];

static unsigned ways(int x, int y)
{
	static const int8_t dx[] = {1, 2, 2, 1, -1, -2, -2, -1},
	                    dy[] = {2, 1, -1, -2, -2, -1, 1, 2};
	unsigned free = 0;

	for (unsigned i = 0; i < 8; i++) {
		int nx = x + dx[i], ny = y + dy[i];

		free |= (unsigned)(nx >= 0 && nx < 8 && ny >= 0 && ny < 8 && !board[ny][nx]) << i;
	}
	return free;
}

static void tour(int x, int y)
{
	static const int8_t dx[] = {1, 2, 2, 1, -1, -2, -2, -1},
	                    dy[] = {2, 1, -1, -2, -2, -1, 1, 2};

	for (uint8_t move = 1;; move++) {
		unsigned best = 9, choice = 0, free;

		board[y][x] = move;
		free = ways(x, y);
		if (!free)
			break;
		for (; free; free &= free - 1) {
			unsigned i = (unsigned)__builtin_ctz(free), n = 0;

			for (unsigned w = ways(x + dx[i], y + dy[i]); w; w &= w - 1)
				n++;
			if (n < best) {
				best = n;
				choice = i;
			}
		}
		x += dx[choice];
		y += dy[choice];
	}
}

static void permute(char *text, unsigned n, uint64_t *hash)
{
	if (n == 1) {
		for (const char *c = text; *c; c++)
			*hash = (*hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		unsigned other = n & 1 ? 0 : i;
		char c;

		permute(text, n - 1, hash);
		c = text[other];
		text[other] = text[n - 1];
		text[n - 1] = c;
	}
}

void program(void)
{
	char text[] = "abcdefg";
	uint64_t hash = 1;

	for (unsigned n = 1; n <= 9; n++)
		put("%u: %u\n", n, queens((1u << n) - 1, 0, 0, 0));
	tour(0, 0);
	for (unsigned y = 0; y < 8; y++) {
		for (unsigned x = 0; x < 8; x++)
			put("%3u", board[y][x]);
		put("\n");
	}
	permute(text, 7, &hash);
	put("%lx %s\n", hash, text);
}
