/* SPDX-License-Identifier: BSD-3-Clause */
/* Big integers: factorials, powers, division by a word, Fibonacci numbers. */
#include "program.h"

#define WORDS 40

struct big {
	uint64_t word[WORDS];
};

static void multiply(struct big *n, uint64_t by)
{
	uint64_t carry = 0;

	for (unsigned i = 0; i < WORDS; i++) {
		u128 product = (u128)n->word[i] * by + carry;

		n->word[i] = (uint64_t)product;
		carry = (uint64_t)(product >> 64);
	}
}

static void add(struct big *a, const struct big *b)
{
	uint64_t carry = 0;

	for (unsigned i = 0; i < WORDS; i++) {
		uint64_t sum;
		bool over = __builtin_add_overflow(a->word[i], b->word[i], &sum);

		over |= __builtin_add_overflow(sum, carry, &a->word[i]);
		carry = over;
	}
}

static uint64_t divide(struct big *n, uint64_t by)
{
	uint64_t rest = 0;

	for (unsigned i = WORDS; i--;) {
		u128 part = (u128)rest << 64 | n->word[i];

		n->word[i] = (uint64_t)(part / by);
		rest = (uint64_t)(part % by);
	}
	return rest;
}

static bool is_zero(const struct big *n)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < WORDS; i++)
		all |= n->word[i];
	return !all;
}

static void print(const char *name, struct big n)
{
	char text[800], *end = text + 799;

	*end = 0;
	do
		*--end = (char)('0' + divide(&n, 10));
	while (!is_zero(&n));
	put("%s %s\n", name, end);
}

void program(void)
{
	struct big f = {{1}}, p = {{1}}, a = {{0}}, b = {{1}};

	for (uint64_t i = 1; i <= 200; i++) {
		multiply(&f, i);
		if (i % 25 == 0)
			print("factorial", f);
	}
	for (unsigned i = 0; i < 30; i++)
		multiply(&p, UINT64_C(0xfffffffffffffff1));
	print("power", p);
	put_value("rest", divide(&p, 1000000007));
	for (unsigned i = 0; i < 1000; i++) {
		struct big next = a;

		add(&next, &b);
		a = b;
		b = next;
	}
	print("fibonacci", a);
}
