/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorts of integers and of records, with a comparison by pointer. */
#include "program.h"

struct entry {
	int32_t key;
	uint8_t tag;
	uint16_t order;
};

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int by_word(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	return x < y ? -1 : x > y;
}

static void swap(uint8_t *a, uint8_t *b, size_t size)
{
	while (size--) {
		uint8_t byte = *a;

		*a++ = *b;
		*b++ = byte;
	}
}

static void sort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	uint8_t *low = base, *high;

	while (count > 1) {
		size_t smaller = 0;

		swap(low, low + count / 2 * size, size);
		high = low;
		for (size_t i = 1; i < count; i++) {
			if (compare(low + i * size, low) < 0) {
				high += size;
				smaller++;
				swap(high, low + i * size, size);
			}
		}
		swap(low, high, size);
		if (smaller < count - smaller - 1) {
			sort(low, smaller, size, compare);
			low = high + size;
			count -= smaller + 1;
		} else {
			sort(high + size, count - smaller - 1, size, compare);
			count = smaller;
		}
	}
}

void program(void)
{
	static struct entry entries[400];
	static uint64_t words[700];
	uint64_t state = 5;

	for (unsigned i = 0; i < 400; i++)
		entries[i] = (struct entry){(int32_t)next_random(&state), (uint8_t)i, (uint16_t)i};
	for (unsigned i = 0; i < 700; i++)
		words[i] = next_random(&state) >> (i % 60);
	sort(entries, 400, sizeof(entries[0]), by_key);
	sort(words, 700, 8, by_word);
	for (unsigned i = 0; i < 400; i += 20)
		put("%d %u %u\n", entries[i].key, entries[i].tag, entries[i].order);
	for (unsigned i = 0; i < 700; i += 35)
		put("%lu\n", words[i]);
}
