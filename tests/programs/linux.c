/* SPDX-License-Identifier: BSD-3-Clause */
/* Around a program: Linux. */
#include "program.h"

enum { SYS_WRITE = 64, SYS_EXIT_GROUP = 94 };

static long call(long number, long a, const void *b, size_t c)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register const void *x1 __asm__("x1") = b;
	register size_t x2 __asm__("x2") = c;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}

static char buffer[65536];
static size_t used;

static void flush(void)
{
	for (size_t done = 0; done < used;) {
		long written = call(SYS_WRITE, 1, buffer + done, used - done);

		if (written <= 0)
			call(SYS_EXIT_GROUP, 1, NULL, 0);
		done += (size_t)written;
	}
	used = 0;
}

void put_bytes(const char *bytes, size_t count)
{
	while (count--) {
		if (used == sizeof(buffer))
			flush();
		buffer[used++] = *bytes++;
	}
}

__attribute__((noreturn)) void start(void);

void start(void)
{
	program();
	flush();
	for (;;)
		call(SYS_EXIT_GROUP, 0, NULL, 0);
}

__asm__(".text\n.global _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tb start\n");
