/* SPDX-License-Identifier: BSD-3-Clause */
/* Switches as tables, as trees, nested, with ranges; computed gotos of a small machine. */
#include "program.h"

__attribute__((noinline)) static unsigned dense(unsigned n)
{
	switch (n) {
	case 0:
		return 17;
	case 1:
		return 3;
	case 2:
	case 3:
		return n * 5;
	case 4 ... 9:
		return n ^ 0x55;
	case 10:
		return 0;
	case 11:
		return 99;
	case 12:
		n++; /* fall through */
	case 13:
		n *= 3; /* fall through */
	case 14:
		return n;
	case 20:
		return 1;
	case 21:
		return 2;
	default:
		return ~n;
	}
}

__attribute__((noinline)) static int sparse(int64_t n)
{
	switch (n) {
	case INT64_MIN:
		return -1;
	case -1000000:
		return 1;
	case -5:
		return 2;
	case 0:
		return 3;
	case 77777:
		return 4;
	case INT64_C(0x123456789):
		return 5;
	case INT64_MAX:
		return 6;
	default:
		return n < 0 ? -7 : 7;
	}
}

static uint64_t machine(const uint8_t *code, uint64_t a)
{
	static const void *const handlers[] = {&&stop, &&add, &&xor, &&shift, &&loop, &&multiply};
	uint64_t b = 1;
	unsigned fuel = 500;
	const uint8_t *pc = code;

#define NEXT()                                                                                     \
	do {                                                                                       \
		if (fuel-- == 0)                                                                   \
			goto stop;                                                                 \
		goto *handlers[*pc % 6];                                                           \
	} while (0)
	NEXT();
add:
	a += b + pc[1];
	pc += 2;
	NEXT();
	xor : b ^= a >> 3;
	pc++;
	NEXT();
shift:
	a = a << (pc[1] & 63) | a >> (-pc[1] & 63);
	pc += 2;
	NEXT();
loop:
	pc = b & 1 ? code : pc + 1;
	b = b / 2 + 1;
	NEXT();
multiply:
	b *= a | 1;
	pc++;
	NEXT();
stop:
	return a ^ b;
}

void program(void)
{
	static const int64_t values[] = {
	        INT64_MIN, -1000000, -5, 0,     77777,   INT64_C(0x123456789),
	        INT64_MAX, 1,        -1, 77776, -1000001};
	uint8_t code[64];
	uint64_t state = 4;

	for (unsigned i = 0; i < 30; i++)
		put("%u ", dense(i));
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		put("%d ", sparse(values[i]));
	put("\n");
	for (unsigned i = 0; i < 40; i++) {
		for (unsigned j = 0; j < 62; j++)
			code[j] = (uint8_t)(next_random(&state) % 23 + 1);
		code[62] = code[63] = 0;
		for (unsigned j = 0; j < 62; j++)
			code[j] += code[j] % 6 == 0;
		put("%lx\n", machine(code, i));
	}
}
