/* SPDX-License-Identifier: BSD-3-Clause */
/* Base 64 and run lengths, there and back. */
#include "program.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t encode(char *to, const uint8_t *from, size_t size)
{
	char *start = to;

	for (size_t i = 0; i < size; i += 3) {
		uint32_t group = (uint32_t)from[i] << 16;
		size_t left = size - i;

		if (left > 1)
			group |= (uint32_t)from[i + 1] << 8;
		if (left > 2)
			group |= from[i + 2];
		*to++ = alphabet[group >> 18];
		*to++ = alphabet[group >> 12 & 63];
		*to++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
		*to++ = left > 2 ? alphabet[group & 63] : '=';
	}
	*to = 0;
	return (size_t)(to - start);
}

static size_t decode(uint8_t *to, const char *from)
{
	uint8_t *start = to;
	uint32_t group = 0;
	unsigned bits = 0;

	for (; *from && *from != '='; from++) {
		unsigned value = 0;

		while (alphabet[value] != *from)
			value++;
		group = group << 6 | value;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*to++ = (uint8_t)(group >> bits);
		}
	}
	return (size_t)(to - start);
}

void program(void)
{
	static uint8_t data[120], back[130];
	static char text[200];
	uint64_t state = 44;

	for (size_t size = 0; size < 120; size += 7) {
		size_t length;

		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)next_random(&state);
		length = encode(text, data, size);
		put("%lu %s ", length, text);
		put("%s\n",
		    decode(back, text) == size && !memcmp(back, data, size) ? "same" : "other");
	}
}
