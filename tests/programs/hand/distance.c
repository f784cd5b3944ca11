/* SPDX-License-Identifier: BSD-3-Clause */
/* Edit distances, longest common subsequences, a knapsack, shortest paths. */
#include "program.h"

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned edit(const char *a, const char *b)
{
	static unsigned row[2][64];
	unsigned n = (unsigned)strlen(b), now = 0;

	for (unsigned j = 0; j <= n; j++)
		row[0][j] = j;
	for (unsigned i = 0; a[i]; i++) {
		now ^= 1;
		row[now][0] = i + 1;
		for (unsigned j = 0; j < n; j++)
			row[now][j + 1] = smaller(row[now ^ 1][j] + (a[i] != b[j]),
			                          1 + smaller(row[now][j], row[now ^ 1][j + 1]));
	}
	return row[now][n];
}

void program(void)
{
	static const char *const words[] = {"kitten", "sitting",     "saturday",   "sunday",
	                                    "",       "interpreter", "translator", "aaaaaaaaaa"};
	static uint32_t best[500], path[20][20];
	uint64_t state = 50;

	for (unsigned i = 0; i < 8; i++)
		for (unsigned j = 0; j < 8; j++)
			put("%u%c", edit(words[i], words[j]), j == 7 ? '\n' : ' ');
	for (unsigned item = 0; item < 25; item++) {
		unsigned weight = 1 + (unsigned)(next_random(&state) % 60);
		unsigned value = (unsigned)(next_random(&state) % 1000);

		for (unsigned w = 499; w >= weight; w--)
			if (best[w - weight] + value > best[w])
				best[w] = best[w - weight] + value;
	}
	for (unsigned w = 0; w < 500; w += 50)
		put("%u ", best[w]);
	for (unsigned i = 0; i < 20; i++)
		for (unsigned j = 0; j < 20; j++)
			path[i][j] = (uint32_t)(next_random(&state) % 997) + (i != j);
	for (unsigned k = 0; k < 20; k++)
		for (unsigned i = 0; i < 20; i++)
			for (unsigned j = 0; j < 20; j++)
				path[i][j] = smaller(path[i][j], path[i][k] + path[k][j]);
	for (unsigned i = 0; i < 20; i++)
		put("%u ", path[i][19 - i]);
	put("\n");
}
