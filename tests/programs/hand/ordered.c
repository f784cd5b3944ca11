/* SPDX-License-Identifier: BSD-3-Clause */
/* flags: -march=armv8.4-a */
/* LDAPR, LDAPUR, STLUR, LDAR, STLR of every size; a queue with one writer and one reader. */
#include "program.h"

static uint8_t memory[64] __attribute__((aligned(16)));
static uint32_t head, tail, ring[8];

static bool put_in(uint32_t v)
{
	uint32_t t = __atomic_load_n(&tail, __ATOMIC_RELAXED);

	if (t - __atomic_load_n(&head, __ATOMIC_ACQUIRE) == 8)
		return false;
	ring[t % 8] = v;
	__atomic_store_n(&tail, t + 1, __ATOMIC_RELEASE);
	return true;
}

static bool take_out(uint32_t *v)
{
	uint32_t h = __atomic_load_n(&head, __ATOMIC_RELAXED);

	if (h == __atomic_load_n(&tail, __ATOMIC_ACQUIRE))
		return false;
	*v = ring[h % 8];
	__atomic_store_n(&head, h + 1, __ATOMIC_RELEASE);
	return true;
}

void program(void)
{
	uint64_t state = 23, x;

	for (unsigned i = 0; i < 64; i++)
		memory[i] = (uint8_t)next_random(&state);
#define LOAD(insn, reg)                                                                            \
	__asm__ volatile(insn " %" reg "0, [%1, #8]" : "=r"(x) : "r"(memory + 16) : "memory");     \
	put("%lx ", x);                                                                            \
	__asm__ volatile(insn " %" reg "0, [%1, #-16]" : "=r"(x) : "r"(memory + 16) : "memory");   \
	put("%lx ", x);
	LOAD("ldapur", "")
	LOAD("ldapur", "w")
	LOAD("ldapurb", "w")
	LOAD("ldapurh", "w")
	LOAD("ldapursb", "")
	LOAD("ldapursb", "w")
	LOAD("ldapursh", "")
	LOAD("ldapursh", "w")
	LOAD("ldapursw", "")
	put("\n");
	x = UINT64_C(0x1122334455667788);
	__asm__ volatile("stlur %0, [%1, #8]\n\tstlurb %w0, [%1, #17]\n\tstlurh %w0, [%1, #-2]\n\t"
	                 "stlur %w0, [%1, #-16]"
	                 :
	                 : "r"(x), "r"(memory + 16)
	                 : "memory");
	for (unsigned i = 0; i < 64; i++)
		put("%x ", memory[i]);
	put("\n");
	for (uint32_t i = 0; i < 100; i++) {
		uint32_t v = 0;

		if (next_random(&state) % 3)
			put("in %d ", put_in(i));
		if (next_random(&state) % 2)
			put("out %d ", take_out(&v));
		put("%u\n", v);
	}
}
