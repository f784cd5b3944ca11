/* SPDX-License-Identifier: BSD-3-Clause */
/* A compressor with a window, and its inverse. */
#include "program.h"

static uint8_t text[3000], packed[4000], back[3000];

static size_t pack(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t out = 0;

	for (size_t i = 0; i < size;) {
		size_t best = 0, distance = 0;

		for (size_t d = 1; d <= i && d <= 255; d++) {
			size_t n = 0;

			while (i + n < size && n < 255 && from[i + n] == from[i + n - d])
				n++;
			if (n > best) {
				best = n;
				distance = d;
			}
		}
		if (best >= 4) {
			to[out++] = 0;
			to[out++] = (uint8_t)distance;
			to[out++] = (uint8_t)best;
			i += best;
		} else {
			if (from[i] == 0)
				to[out++] = 0;
			to[out++] = from[i++];
		}
	}
	return out;
}

static size_t unpack(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t out = 0;

	for (size_t i = 0; i < size;) {
		if (from[i] == 0 && from[i + 1] != 0) {
			for (uint8_t n = from[i + 2]; n; n--, out++)
				to[out] = to[out - from[i + 1]];
			i += 3;
		} else {
			i += from[i] == 0;
			to[out++] = from[i++];
		}
	}
	return out;
}

void program(void)
{
	uint64_t state = 2;

	for (unsigned alphabet = 1; alphabet < 64; alphabet *= 2) {
		size_t size;

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (uint8_t)(i % 100 < 70 ? next_random(&state) % alphabet
			                                 : text[i - 70]);
		size = pack(packed, text, sizeof(text));
		put("%u %lu ", alphabet, size);
		put("%lu %d\n", unpack(back, packed, size), memcmp(text, back, sizeof(text)));
	}
}
