/* SPDX-License-Identifier: BSD-3-Clause */
/* Variable arguments: few, many, mixed, on the stack, passed on, read twice. */
#include "program.h"

__attribute__((noinline)) static uint64_t sum(const char *types, va_list list)
{
	uint64_t total = 0;

	for (; *types; types++) {
		switch (*types) {
		case 'i':
			total = total * 31 + (uint64_t)va_arg(list, int);
			break;
		case 'u':
			total = total * 31 + va_arg(list, unsigned);
			break;
		case 'l':
			total = total * 31 + va_arg(list, uint64_t);
			break;
		case 's':
			total = total * 31 + strlen(va_arg(list, const char *));
			break;
		default: {
			struct two {
				uint64_t a, b;
			} two = va_arg(list, struct two);

			total = total * 31 + two.a * 3 + two.b;
			break;
		}
		}
	}
	return total;
}

__attribute__((noinline)) static uint64_t many(const char *types, ...)
{
	va_list list, again;
	uint64_t first, second;

	va_start(list, types);
	va_copy(again, list);
	first = sum(types, list);
	second = sum(types, again);
	va_end(again);
	va_end(list);
	return first == second ? first : 0;
}

void program(void)
{
	struct two {
		uint64_t a, b;
	} two = {5, 6};

	for (int i = -20; i < 20; i++) {
		put("%lx ", many("i", i));
		put("%lx ", many("iuls", i, (unsigned)i, (uint64_t)i << 33, "four"));
		put("%lx ", many("iiiiiiiiiiii", i, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, i * i));
		put("%lx ", many("itltsit", i, two, UINT64_C(9) << 40, two, "abc", -i, two));
		put("%lx\n",
		    many("lllllllllslu", 1l, 2l, 3l, 4l, 5l, 6l, 7l, 8l, (long)i, "x", 10l, 11u));
	}
}
