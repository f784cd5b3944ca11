/* SPDX-License-Identifier: BSD-3-Clause */
#include "workload.h"

#include <stdbool.h>
#include <stddef.h>

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The round constants of SHA-256: fractions of cube roots, made by integer Newton steps. */
static uint32_t cube_root_fraction(uint32_t prime)
{
	uint64_t low = 0, high = UINT64_C(1) << 36;

	/* floor(cbrt(prime) * 2^32), by bisection in 128 bits. */
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		unsigned __int128 square = (unsigned __int128)middle * middle >> 32;

		if ((square * middle >> 32) >> 32 >= prime)
			high = middle;
		else
			low = middle;
	}
	return (uint32_t)low;
}

static void round_constants(uint32_t k[64])
{
	unsigned count = 0;

	for (uint32_t n = 2; count < 64; n++) {
		bool prime = true;

		for (uint32_t d = 2; d * d <= n && prime; d++)
			prime = n % d != 0;
		if (prime)
			k[count++] = cube_root_fraction(n);
	}
}

static void sha256_block(const uint32_t k[64], uint32_t h[8], const uint8_t *block)
{
	uint32_t w[64];
	uint32_t v[8];

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (unsigned i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
		       (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
	for (unsigned i = 0; i < 8; i++)
		v[i] = h[i];
	for (unsigned i = 0; i < 64; i++) {
		uint32_t t1 = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
		              ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
		uint32_t t2 = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
		              ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		for (unsigned j = 7; j > 0; j--)
			v[j] = v[j - 1];
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (unsigned i = 0; i < 8; i++)
		h[i] += v[i];
}

static uint32_t crc32_bytes(const uint8_t *data, size_t size)
{
	uint32_t table[256];
	uint32_t crc = ~UINT32_C(0);

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (unsigned bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? UINT32_C(0xedb88320) : 0);
	}
	for (size_t i = 0; i < size; i++)
		crc = crc >> 8 ^ table[(crc ^ data[i]) & 0xff];
	return ~crc;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort(int64_t *items, long low, long high, int (*cmp)(const void *, const void *))
{
	while (low < high) {
		int64_t pivot = items[(low + high) / 2];
		long i = low, j = high;

		while (i <= j) {
			while (cmp(&items[i], &pivot) < 0)
				i++;
			while (cmp(&pivot, &items[j]) < 0)
				j--;
			if (i <= j) {
				int64_t swap = items[i];

				items[i++] = items[j];
				items[j--] = swap;
			}
		}
		if (j - low < high - i) {
			sort(items, low, j, cmp);
			low = i;
		} else {
			sort(items, i, high, cmp);
			high = j;
		}
	}
}

static size_t format(char *out, const char *text, int64_t number)
{
	char digits[24];
	size_t length = 0, n = 0;
	bool negative = number < 0;
	uint64_t value = negative ? 0 - (uint64_t)number : (uint64_t)number;

	for (; *text; text++)
		out[length++] = *text;
	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	if (negative)
		digits[n++] = '-';
	while (n)
		out[length++] = digits[--n];
	out[length] = 0;
	return length;
}

struct node {
	struct node *left, *right;
	uint64_t key;
	uint16_t count;
	int8_t balance;
};

static uint64_t walk(const struct node *node, unsigned depth)
{
	if (!node)
		return depth;
	return walk(node->left, depth + 1) * 31 + walk(node->right, depth + 1) * 17 + node->key +
	       node->count + (uint64_t)node->balance;
}

static uint64_t tree(void *memory, size_t limit, uint64_t *seed)
{
	struct node *nodes = memory;
	struct node *root = NULL;
	size_t used = 0;

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t key = next_random(seed) % 700;
		struct node **link = &root;

		while (*link && (*link)->key != key) {
			(*link)->balance =
			        (int8_t)((*link)->balance + (key < (*link)->key ? -1 : 1));
			link = key < (*link)->key ? &(*link)->left : &(*link)->right;
		}
		if (*link) {
			(*link)->count++;
		} else if ((used + 1) * sizeof(*nodes) <= limit) {
			nodes[used] = (struct node){.key = key};
			*link = &nodes[used++];
		}
	}
	return walk(root, 0);
}

uint64_t workload(void *memory, uint64_t rounds)
{
	uint8_t *bytes = memory;
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t digest = 0;
	uint32_t k[64];
	uint32_t h[8] = {0};

	round_constants(k);
	while (rounds--) {
		int64_t *items = memory;
		char *text = (char *)memory + 0x8000;
		size_t length = 0;

		for (unsigned i = 0; i < 2000; i++)
			items[i] = (int64_t)next_random(&seed);
		sort(items, 0, 1999, compare);
		for (unsigned i = 0; i < 2000; i++)
			digest = digest * 3 + (uint64_t)items[i] * i;
		for (unsigned i = 0; i < 500; i++)
			length += format(text + length, "item=", items[i] >> (i % 60));
		digest ^= crc32_bytes((uint8_t *)text, length);
		for (size_t i = 0; i + 64 <= length; i += 64)
			sha256_block(k, h, (uint8_t *)text + i);
		digest += (uint64_t)h[0] << 32 | h[7];
		for (size_t i = 0; i < 0x4000; i++)
			bytes[0x14000 + i] = bytes[i] ^ (uint8_t)digest;
		digest += crc32_bytes(bytes + 0x14000, 0x4000);
		digest ^= tree(bytes + 0x10000, 0x8000, &seed);
	}
	return digest;
}
