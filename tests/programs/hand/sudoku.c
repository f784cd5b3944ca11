/* SPDX-License-Identifier: BSD-3-Clause */
/* A puzzle solved by trying. */
#include "program.h"

static uint8_t cells[81];
static unsigned tries;

static unsigned possible(unsigned at)
{
	unsigned taken = 0, row = at / 9, column = at % 9;

	for (unsigned i = 0; i < 9; i++) {
		taken |= 1u << cells[row * 9 + i];
		taken |= 1u << cells[i * 9 + column];
		taken |= 1u << cells[(row / 3 * 3 + i / 3) * 9 + column / 3 * 3 + i % 3];
	}
	return ~taken & 0x3fe;
}

static bool solve(void)
{
	unsigned best = 81, fewest = 10, choices = 0;

	for (unsigned i = 0; i < 81; i++) {
		unsigned p, n = 0;

		if (cells[i])
			continue;
		p = possible(i);
		for (unsigned rest = p; rest; rest &= rest - 1)
			n++;
		if (n < fewest) {
			fewest = n;
			best = i;
			choices = p;
		}
	}
	if (best == 81)
		return true;
	for (; choices; choices &= choices - 1) {
		cells[best] = (uint8_t)__builtin_ctz(choices);
		tries++;
		if (solve())
			return true;
	}
	cells[best] = 0;
	return false;
}

void program(void)
{
	static const char puzzle[] =
	        "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";

	for (unsigned i = 0; i < 81; i++)
		cells[i] = puzzle[i] == '.' ? 0 : (uint8_t)(puzzle[i] - '0');
	put("%d %u\n", solve(), tries);
	for (unsigned i = 0; i < 81; i++)
		put("%u%c", cells[i], i % 9 == 8 ? '\n' : ' ');
}
