/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file lock.h
 * Spinlocks. Atomic instructions need Normal memory: mmu_on() first, on every vCPU.
 */
#ifndef KIT_LOCK_H
#define KIT_LOCK_H

#include <stdint.h>

/** A lock that is taken in the order in which it was asked for. Zero is free. */
struct spinlock {
	uint32_t next;
	uint32_t serving;
};

/** Takes a lock. Whoever also takes it in a handler masks interrupts before. */
static inline void spin_lock(struct spinlock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
		__asm__ volatile("wfe");
}

/** Frees a lock. */
static inline void spin_unlock(struct spinlock *lock)
{
	uint32_t next = lock->serving + 1;

	__atomic_store_n(&lock->serving, next, __ATOMIC_RELEASE);
	__asm__ volatile("dsb ishst\n\tsev" : : : "memory");
}

#endif
