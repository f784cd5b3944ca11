/* SPDX-License-Identifier: BSD-3-Clause */
/* Jumps out of calls, with a setjmp of our own in assembler. */
#include "program.h"

struct context {
	uint64_t saved[13];
};

__attribute__((returns_twice)) uint64_t save(struct context *context);
__attribute__((noreturn)) void restore(const struct context *context, uint64_t value);

__asm__(".text\n"
        "save:\n"
        "\tstp x19, x20, [x0]\n\tstp x21, x22, [x0, #16]\n\tstp x23, x24, [x0, #32]\n"
        "\tstp x25, x26, [x0, #48]\n\tstp x27, x28, [x0, #64]\n\tstp x29, x30, [x0, #80]\n"
        "\tmov x2, sp\n\tstr x2, [x0, #96]\n\tmov x0, #0\n\tret\n"
        "restore:\n"
        "\tldp x19, x20, [x0]\n\tldp x21, x22, [x0, #16]\n\tldp x23, x24, [x0, #32]\n"
        "\tldp x25, x26, [x0, #48]\n\tldp x27, x28, [x0, #64]\n\tldp x29, x30, [x0, #80]\n"
        "\tldr x2, [x0, #96]\n\tmov sp, x2\n\tmov x0, x1\n\tret\n");

static struct context outer, inner;

__attribute__((noinline)) static uint64_t deep(unsigned depth, uint64_t value)
{
	volatile uint64_t space[4] = {value, depth};

	if (depth == 0)
		restore(value & 1 ? &outer : &inner, value);
	return deep(depth - 1, value + space[0] % 3) + space[1];
}

void program(void)
{
	static volatile unsigned rounds;
	uint64_t got = save(&outer);

	put("outer %lu %u\n", got, rounds);
	while (rounds < 40) {
		uint64_t back = save(&inner);

		if (back)
			put("inner %lu\n", back);
		rounds++;
		if (rounds < 40)
			deep(rounds % 7, rounds + 1);
	}
}
