/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_quad.h
 * Sixteen aligned bytes of guest memory, read and written at once: what FEAT_LSE2 promises.
 *
 * Hosts move them by one instruction (x86-64 with AVX, AArch64 with FEAT_LSE2), or by a
 * compare-and-swap.
 */
#ifndef RMM_GUEST_A64_QUAD_H
#define RMM_GUEST_A64_QUAD_H

#include "a64.h"

/** A vector that may be any memory: the compiler must see what the instructions touch. */
typedef uint64_t a64_quad __attribute__((vector_size(16), may_alias));

/** Whether 16 aligned bytes hold an access. */
static inline bool a64_in_quad(uint64_t address, unsigned bytes)
{
	return (address & 15) + bytes <= 16;
}

/* a64_atomic.c: by compare-and-swap. */

void a64_quad_load_slowly(void *host, uint64_t *low, uint64_t *high);
void a64_quad_store_slowly(void *host, uint64_t low, uint64_t high);

/** Up to 8 bytes, aligned or not, that 16 aligned ones hold. */
uint64_t a64_load_part(const struct a64_pe *pe, void *host, unsigned bytes);
void a64_store_part(void *host, uint64_t value, unsigned bytes);

static inline void a64_quad_load(const struct a64_pe *pe, void *host, uint64_t *low, uint64_t *high)
{
	if (A64_UNLIKELY(!pe->moves_quads)) {
		a64_quad_load_slowly(host, low, high);
		return;
	}
#if defined(__x86_64__)
	a64_quad value;

	__asm__ volatile("movdqa %1, %0" : "=x"(value) : "m"(*(const a64_quad *)host));
	*low = value[0];
	*high = value[1];
#elif defined(__aarch64__)
	__asm__ volatile("ldp %0, %1, %2"
	                 : "=&r"(*low), "=r"(*high)
	                 : "Q"(*(const a64_quad *)host));
#endif
}

static inline void a64_quad_store(const struct a64_pe *pe, void *host, uint64_t low, uint64_t high)
{
	if (A64_UNLIKELY(!pe->moves_quads)) {
		a64_quad_store_slowly(host, low, high);
		return;
	}
#if defined(__x86_64__)
	a64_quad value = {low, high};

	__asm__ volatile("movdqa %1, %0" : "=m"(*(a64_quad *)host) : "x"(value));
#elif defined(__aarch64__)
	__asm__ volatile("stp %1, %2, %0" : "=Q"(*(a64_quad *)host) : "r"(low), "r"(high));
#endif
}

/*
 * Pairs of registers of 4 and 8 bytes, each aligned to its size. What 16 aligned bytes do not hold
 * is two accesses.
 */

static inline void a64_load_pair_4(const struct a64_pe *pe, void *host, uint64_t *a, uint64_t *b)
{
	uintptr_t at = (uintptr_t)host & 15;

	if (A64_LIKELY(!(at & 7))) {
		uint64_t both = __atomic_load_n((const uint64_t *)host, __ATOMIC_RELAXED);

		*a = (uint32_t)both;
		*b = both >> 32;
	} else if (at == 4) {
		uint64_t low, high;

		a64_quad_load(pe, (char *)host - 4, &low, &high);
		*a = low >> 32;
		*b = (uint32_t)high;
	} else {
		*a = __atomic_load_n((const uint32_t *)host, __ATOMIC_RELAXED);
		*b = __atomic_load_n((const uint32_t *)host + 1, __ATOMIC_RELAXED);
	}
}

static inline void a64_load_pair_8(const struct a64_pe *pe, void *host, uint64_t *a, uint64_t *b)
{
	if (!((uintptr_t)host & 15)) {
		a64_quad_load(pe, host, a, b);
	} else {
		*a = __atomic_load_n((const uint64_t *)host, __ATOMIC_RELAXED);
		*b = __atomic_load_n((const uint64_t *)host + 1, __ATOMIC_RELAXED);
	}
}

static inline void a64_store_pair_4(const struct a64_pe *pe, void *host, uint64_t a, uint64_t b)
{
	uint64_t both = (uint32_t)a | b << 32;
	uintptr_t at = (uintptr_t)host & 15;

	(void)pe;
	if (A64_LIKELY(!(at & 7))) {
		__atomic_store_n((uint64_t *)host, both, __ATOMIC_RELAXED);
	} else if (at == 4) {
		a64_store_part(host, both, 8);
	} else {
		__atomic_store_n((uint32_t *)host, (uint32_t)a, __ATOMIC_RELAXED);
		__atomic_store_n((uint32_t *)host + 1, (uint32_t)b, __ATOMIC_RELAXED);
	}
}

static inline void a64_store_pair_8(const struct a64_pe *pe, void *host, uint64_t a, uint64_t b)
{
	if (!((uintptr_t)host & 15)) {
		a64_quad_store(pe, host, a, b);
	} else {
		__atomic_store_n((uint64_t *)host, a, __ATOMIC_RELAXED);
		__atomic_store_n((uint64_t *)host + 1, b, __ATOMIC_RELAXED);
	}
}

#endif
