/* SPDX-License-Identifier: BSD-3-Clause */
/* Every comparison, as a branch, as a value, as a selection, chained. */
#include "program.h"

#define COMPARE(type)                                                                              \
	__attribute__((noinline)) static unsigned compare_##type(type a, type b)                   \
	{                                                                                          \
		unsigned r = 0;                                                                    \
                                                                                                   \
		r |= a < b;                                                                        \
		r |= (unsigned)(a <= b) << 1;                                                      \
		r |= (unsigned)(a == b) << 2;                                                      \
		r |= (unsigned)(a != b) << 3;                                                      \
		r |= (unsigned)(a > b ? a & 1 : b & 1) << 4;                                       \
		if (a < b || (a == 0 && b > 5))                                                    \
			r |= 64;                                                                   \
		if (a && !(b & 3) && a != b)                                                       \
			r += 1000;                                                                 \
		if ((a & b) == 0)                                                                  \
			r += 5000;                                                                 \
		if (a & 16)                                                                        \
			r += 20000;                                                                \
		r += (a > b) - (a < b) + 1u;                                                       \
		return a == (type)(b + 1) || b == (type)(a * 2) ? ~r : r;                          \
	}

COMPARE(int8_t)
COMPARE(uint8_t)
COMPARE(int16_t)
COMPARE(uint16_t)
COMPARE(uint32_t)
COMPARE(uint64_t)

void program(void)
{
	static const uint64_t values[] = {0,
	                                  1,
	                                  2,
	                                  15,
	                                  16,
	                                  127,
	                                  128,
	                                  255,
	                                  256,
	                                  32767,
	                                  32768,
	                                  65535,
	                                  INT32_MAX,
	                                  UINT64_C(1) << 31,
	                                  UINT32_MAX,
	                                  INT64_MAX,
	                                  UINT64_C(1) << 63,
	                                  UINT64_MAX};

	for (unsigned i = 0; i < 18; i++)
		for (unsigned j = 0; j < 18; j++) {
			uint64_t a = values[i], b = values[j];

			put("%u %u %u ", compare_int8_t((int8_t)a, (int8_t)b),
			    compare_uint8_t((uint8_t)a, (uint8_t)b),
			    compare_int16_t((int16_t)a, (int16_t)b));
			put("%u %u %u\n", compare_uint16_t((uint16_t)a, (uint16_t)b),
			    compare_uint32_t((uint32_t)a, (uint32_t)b), compare_uint64_t(a, b));
		}
}
