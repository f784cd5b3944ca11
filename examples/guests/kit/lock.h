/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file lock.h
 * Spinlocks. Atomic instructions need Normal memory: mmu_on() first, on every vCPU.
 */
#ifndef KIT_LOCK_H
#define KIT_LOCK_H

#include <stdint.h>

/**
 * A lock. Zero is free. Who asked first need not get it first: with more vCPUs than PEs, waiting
 * for one that does not run would cost more than fairness is worth.
 */
struct spinlock {
	uint32_t taken;
};

/** Takes a lock. Whoever also takes it in a handler masks interrupts before. */
static inline void spin_lock(struct spinlock *lock)
{
	while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) != 0)
		while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED) != 0)
			__asm__ volatile("wfe");
}

/** Frees a lock. */
static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
	__asm__ volatile("dsb ishst\n\tsev" : : : "memory");
}

#endif
