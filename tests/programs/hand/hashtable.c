/* SPDX-License-Identifier: BSD-3-Clause */
/* A hash table with chains from a pool, removal, and growth. */
#include "program.h"

struct node {
	struct node *next;
	uint64_t key;
	int32_t value;
	uint8_t used;
};

static struct node pool[600];
static struct node *buckets[128], *unused;
static unsigned size = 8, entries;

static unsigned hash(uint64_t key)
{
	return (unsigned)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 40) & (size - 1);
}

static struct node **find(uint64_t key)
{
	struct node **link = &buckets[hash(key)];

	while (*link && (*link)->key != key)
		link = &(*link)->next;
	return link;
}

static void grow(void)
{
	struct node *all = NULL;

	for (unsigned i = 0; i < size; i++) {
		while (buckets[i]) {
			struct node *node = buckets[i];

			buckets[i] = node->next;
			node->next = all;
			all = node;
		}
	}
	size *= 2;
	while (all) {
		struct node *node = all, **bucket = &buckets[hash(node->key)];

		all = node->next;
		node->next = *bucket;
		*bucket = node;
	}
}

void program(void)
{
	uint64_t state = 12;

	for (unsigned i = 0; i < 600; i++) {
		pool[i].next = unused;
		unused = &pool[i];
	}
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t key = next_random(&state) % 700;
		struct node **link = find(key);

		if (*link && i % 3 == 0) {
			struct node *node = *link;

			*link = node->next;
			node->next = unused;
			unused = node;
			entries--;
		} else if (*link) {
			(*link)->value += (int32_t)i;
			(*link)->used++;
		} else if (unused) {
			struct node *node = unused;

			unused = node->next;
			*node = (struct node){NULL, key, -(int32_t)i, 1};
			*link = node;
			entries++;
		}
		if (entries > size * 4 && size < 128)
			grow();
		if (i % 200 == 0)
			put("%u %u %lu\n", entries, size, key);
	}
	for (uint64_t key = 0; key < 700; key += 9) {
		struct node *node = *find(key);

		if (node)
			put("%lu %d %u\n", key, node->value, node->used);
	}
}
