/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compiled with -fno-tree-loop-distribute-patterns, which keeps the compiler from turning these
 * loops into calls of themselves.
 */
#include "guest.h"

void *memset(void *dst, int c, size_t size)
{
	uint8_t *d = dst;
	uint64_t word = (uint8_t)c * UINT64_C(0x0101010101010101);

	for (; size && (uintptr_t)d % 8; size--)
		*d++ = (uint8_t)c;
	for (; size >= 8; size -= 8, d += 8)
		*(uint64_t *)(void *)d = word;
	for (; size; size--)
		*d++ = (uint8_t)c;
	return dst;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t size)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if (((uintptr_t)d | (uintptr_t)s) % 8 == 0) {
		for (; size >= 8; size -= 8, d += 8, s += 8)
			*(uint64_t *)(void *)d = *(const uint64_t *)(const void *)s;
	}
	for (; size; size--)
		*d++ = *s++;
	return dst;
}

void *memmove(void *dst, const void *src, size_t size)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= size)
		return memcpy(dst, src, size);
	while (size--)
		d[size] = s[size];
	return dst;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a;
	const uint8_t *y = b;

	for (; size; size--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}
