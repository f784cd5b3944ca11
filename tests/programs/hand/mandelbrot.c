/* SPDX-License-Identifier: BSD-3-Clause */
/* The Mandelbrot set in fixed point; an integer square root; Bresenham's circle. */
#include "program.h"

static unsigned escape(int64_t cr, int64_t ci)
{
	int64_t r = 0, i = 0;
	unsigned n = 0;

	while (n < 60 && r * r + i * i < (INT64_C(4) << 48)) {
		int64_t t = (r * r - i * i) / (1 << 24) + cr;

		i = r * i / (1 << 23) + ci;
		r = t;
		n++;
	}
	return n;
}

static uint32_t root(uint64_t n)
{
	uint64_t bit = UINT64_C(1) << 62, result = 0;

	while (bit > n)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (n >= result + bit) {
			n -= result + bit;
			result = result / 2 + bit;
		} else {
			result /= 2;
		}
	}
	return (uint32_t)result;
}

void program(void)
{
	static char canvas[21][42];

	for (int y = -10; y <= 10; y++) {
		for (int x = -28; x <= 12; x++)
			put("%c", " .:-=+*#%@"[escape((int64_t)x << 20, (int64_t)y << 21) / 7]);
		put("\n");
	}
	for (uint64_t n = 1; n < UINT64_C(1) << 62; n = n * 7 + 3)
		put("%u ", root(n));
	memset(canvas, ' ', sizeof(canvas));
	for (int x = 0, y = 9, error = 1 - 9; x <= y; x++) {
		for (unsigned octant = 0; octant < 8; octant++) {
			int px = octant & 1 ? y : x, py = octant & 1 ? x : y;

			canvas[10 + (octant & 2 ? -py : py)][20 + 2 * (octant & 4 ? -px : px)] =
			        '*';
		}
		if (error >= 0)
			error -= 2 * y--;
		error += 2 * x + 3;
	}
	for (unsigned y = 0; y < 21; y++) {
		canvas[y][41] = 0;
		put("\n%s|", canvas[y]);
	}
	put("\n");
}
