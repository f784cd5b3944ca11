/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file program.h
 * What a test program has around it. The same object file is linked for Linux and for the bare
 * machine; only what is behind put_text() differs.
 */
#ifndef TESTS_PROGRAM_H
#define TESTS_PROGRAM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 u128;

/** The program itself. */
void program(void);

/** Writes bytes; everything else ends here. */
void put_bytes(const char *bytes, size_t count);

void put_text(const char *text);

/** %d %u %x %c %s %%, with l for 64 bits, a width, and - and 0 before it. */
__attribute__((format(printf, 1, 2))) void put(const char *format, ...);

/** A line with a name and 64 bits. */
void put_value(const char *name, uint64_t value);

void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

/** Pseudo-random numbers that depend on nothing but the state. */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

#endif
