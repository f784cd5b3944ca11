/* SPDX-License-Identifier: BSD-3-Clause */
/* Linked lists: merge sort, reversal, splicing; a binary tree and its walks. */
#include "program.h"

struct item {
	struct item *next;
	int value;
};

struct tree {
	struct tree *child[2];
	int key;
};

static struct item *merge(struct item *a, struct item *b)
{
	struct item head, *last = &head;

	while (a && b) {
		struct item **from = b->value < a->value ? &b : &a;

		last = last->next = *from;
		*from = (*from)->next;
	}
	last->next = a ? a : b;
	return head.next;
}

static struct item *sort(struct item *list)
{
	struct item *slow = list, *fast, *second;

	if (!list || !list->next)
		return list;
	for (fast = list->next; fast && fast->next; fast = fast->next->next)
		slow = slow->next;
	second = slow->next;
	slow->next = NULL;
	return merge(sort(list), sort(second));
}

static void insert(struct tree **root, struct tree *node)
{
	while (*root)
		root = &(*root)->child[node->key >= (*root)->key];
	*root = node;
}

static unsigned height(const struct tree *tree)
{
	unsigned left, right;

	if (!tree)
		return 0;
	left = height(tree->child[0]);
	right = height(tree->child[1]);
	return 1 + (left > right ? left : right);
}

static void walk(const struct tree *tree, uint64_t *hash, unsigned depth)
{
	if (!tree)
		return;
	walk(tree->child[0], hash, depth + 1);
	*hash = *hash * 33 + (uint64_t)tree->key + depth;
	walk(tree->child[1], hash, depth + 1);
}

void program(void)
{
	static struct item items[300];
	static struct tree nodes[300];
	struct item *list = NULL, *reversed = NULL;
	struct tree *root = NULL;
	uint64_t state = 31, hash = 0;

	for (unsigned i = 0; i < 300; i++) {
		int value = (int)(next_random(&state) % 2001) - 1000;

		items[i] = (struct item){list, value};
		list = &items[i];
		nodes[i].key = value;
		insert(&root, &nodes[i]);
	}
	list = sort(list);
	for (struct item *i = list, *next; i; i = next) {
		next = i->next;
		i->next = reversed;
		reversed = i;
	}
	for (struct item *i = reversed; i; i = i->next)
		put("%d%c", i->value, i->next ? ' ' : '\n');
	walk(root, &hash, 0);
	put("%u %lx\n", height(root), hash);
}
