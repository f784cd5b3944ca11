/* SPDX-License-Identifier: BSD-3-Clause */
/* Bit fields of all widths, signed and not, packed and not. */
#include "program.h"

struct fields {
	unsigned a : 1, b : 3, c : 7, d : 13;
	int e : 5, f : 11;
	uint64_t g : 33, h : 17;
	int64_t i : 40, j : 2;
	bool k : 1;
	signed char l : 4;
};

struct __attribute__((packed)) tight {
	uint8_t tag;
	uint64_t value : 47;
	int32_t sign : 9;
	uint32_t word;
	uint16_t half;
};

void program(void)
{
	static struct fields f;
	static struct tight t[5];
	uint64_t state = 21;

	for (unsigned round = 0; round < 40; round++) {
		uint64_t v = next_random(&state);

		f.a ^= v;
		f.b += v >> 3;
		f.c = (unsigned)(v >> 9) & 127;
		f.d -= (unsigned)(v >> 20) & 8191;
		f.e = (int)(v >> 33) % 16;
		f.f = (int)(v >> 40) % 1024;
		f.g = v;
		f.h ^= f.g >> 16;
		f.i = (int64_t)v >> 25;
		f.j = (int)(v & 1) - 1;
		f.k = v & 6;
		f.l = (signed char)((int)(v % 16) - 8);
		put("%u %u %u %u %d %d %lx %x %ld %d %d %d\n", f.a, f.b, f.c, f.d, f.e, f.f,
		    (uint64_t)f.g, (unsigned)f.h, (int64_t)f.i, (int)f.j, f.k, f.l);
		t[round % 5] = (struct tight){(uint8_t)v, v >> 17, (int)(v % 512) - 256,
		                              (uint32_t)v, (uint16_t)(v >> 48)};
		put("%u %lx %d %x %x\n", t[round % 5].tag, (uint64_t)t[round % 5].value,
		    t[round % 5].sign, t[round % 5].word, t[round % 5].half);
	}
}
