/* SPDX-License-Identifier: BSD-3-Clause */
/* Around a program: the bare machine. SMC #1 writes bytes, SMC #0 is the end; see run.c. */
#include "program.h"

void put_bytes(const char *bytes, size_t count)
{
	register const char *x0 __asm__("x0") = bytes;
	register size_t x1 __asm__("x1") = count;

	__asm__ volatile("smc #1" : : "r"(x0), "r"(x1) : "memory");
}

__attribute__((noreturn)) void start(void);

void start(void)
{
	program();
	for (;;)
		__asm__ volatile("smc #0");
}

/* The image starts here; run.c sets SP up. */
__asm__(".section .start, \"ax\"\n.global _start\n_start:\n\tb start\n");
