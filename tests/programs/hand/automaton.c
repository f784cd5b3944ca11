/* SPDX-License-Identifier: BSD-3-Clause */
/* An arithmetic expression is parsed and evaluated, by descent and on a stack. */
#include "program.h"

static const char *at;

static int64_t sum(unsigned depth);

static int64_t atom(unsigned depth)
{
	int64_t value = 0;

	if (*at == '-') {
		at++;
		return -atom(depth);
	}
	if (*at == '(') {
		at++;
		value = sum(depth + 1);
		at++;
		return value;
	}
	while (*at >= '0' && *at <= '9')
		value = value * 10 + (*at++ - '0');
	return value;
}

static int64_t product(unsigned depth)
{
	int64_t value = atom(depth);

	while (*at == '*' || *at == '/' || *at == '%') {
		char operator= * at++;
		int64_t right = atom(depth);

		if (operator== '*')
			value *= right;
		else if (right)
			value = operator== '/' ? value / right : value % right;
	}
	return value;
}

static int64_t sum(unsigned depth)
{
	int64_t value = product(depth);

	while (*at == '+' || *at == '-')
		value += *at++ == '+' ? product(depth) : -product(depth);
	return value;
}

static void make(char **text, uint64_t *state, unsigned depth)
{
	uint64_t choice = next_random(state) % (depth ? 6 : 1);

	if (choice == 0) {
		*(*text)++ = (char)('1' + next_random(state) % 9);
	} else if (choice == 1) {
		*(*text)++ = '-';
		*(*text)++ = '(';
		make(text, state, depth - 1);
		*(*text)++ = ')';
	} else {
		*(*text)++ = '(';
		make(text, state, depth - 1);
		*(*text)++ = "+-*/%"[next_random(state) % 5];
		make(text, state, depth - 1);
		*(*text)++ = ')';
	}
}

void program(void)
{
	static char text[1000];
	uint64_t state = 10;

	for (unsigned i = 0; i < 60; i++) {
		char *end = text;

		make(&end, &state, 2 + i % 3);
		*end = 0;
		at = text;
		put("%s = %ld\n", text, sum(0));
	}
}
