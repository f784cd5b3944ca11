/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers as text, in every format that put() has, and back. */
#include "program.h"

void program(void)
{
	static const int64_t values[] = {0,         1,          -1,         42,
	                                 -42,       INT32_MAX,  INT32_MIN,  INT64_MAX,
	                                 INT64_MIN, 1000000007, -999999937, 0x123456789abcdef};

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		int64_t v = values[i];

		put("%d %u %x %c %s%%\n", (int)v, (unsigned)v, (unsigned)v, (char)(65 + i), "text");
		put("%ld %lu %lx\n", v, (uint64_t)v, (uint64_t)v);
		put("[%12d] [%-12d] [%012u] [%20lx] [%-20lu]\n", (int)v, (int)v, (unsigned)v,
		    (uint64_t)v, (uint64_t)v);
	}
	for (unsigned base = 2; base <= 36; base++) {
		char text[70], *end = text + 69;
		uint64_t value = UINT64_C(0xfedcba9876543210), back = 0;

		*end = 0;
		for (uint64_t rest = value; rest; rest /= base)
			*--end = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % base];
		for (const char *c = end; *c; c++)
			back = back * base + (uint64_t)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
		put("%u %s %s\n", base, end, back == value ? "same" : "other");
	}
}
