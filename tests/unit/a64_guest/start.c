/* SPDX-License-Identifier: BSD-3-Clause */
/* Bare metal: x0 = rounds in, SMC with x0 = digest out. The stack ends below 0x40200000. */
#include "workload.h"

/* GCC may call it for structure copies. */
void *memcpy(void *to, const void *from, __SIZE_TYPE__ size);
void *memset(void *to, int value, __SIZE_TYPE__ size);

void *memcpy(void *to, const void *from, __SIZE_TYPE__ size)
{
	volatile unsigned char *t = to;
	const unsigned char *f = from;

	while (size--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int value, __SIZE_TYPE__ size)
{
	volatile unsigned char *t = to;

	while (size--)
		*t++ = (unsigned char)value;
	return to;
}

__asm__(".section .text.start, \"ax\"\n"
        ".global _start\n"
        "_start:\n"
        "	mov x1, #0x300000\n" /* CPACR_EL1.FPEN */
        "	msr cpacr_el1, x1\n"
        "	isb\n"
        "	mov x1, x0\n"
        "	mov x0, #0x40200000\n"
        "	mov sp, x0\n"
        "	bl workload\n"
        "1:	smc #0\n"
        "	b 1b\n");
