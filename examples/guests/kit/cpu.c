/* SPDX-License-Identifier: BSD-3-Clause */
/* vCPUs other than the first. */
#include "guest.h"

#define STACK_SIZE 0x2000

static uint8_t stacks[KIT_MAX_CPUS][STACK_SIZE] __attribute__((aligned(16)));

void kit_secondary_entry(void);
void kit_cpu_off(void) __attribute__((noreturn));

void kit_cpu_off(void)
{
	psci_cpu_off();
	for (;;)
		__asm__ volatile("wfi");
}

/* MPIDR of a vCPU by index: 16 to a cluster (B3.107 RecIndex). */
uint64_t mpidr_of(unsigned index)
{
	return (index & 0xf) | (uint64_t)(index >> 4) << 8;
}

unsigned cpu_index(void)
{
	uint64_t mpidr;

	__asm__ volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
	return (unsigned)(mpidr & 0xf);
}

int64_t cpu_start(unsigned index, void (*fn)(void *arg), void *arg)
{
	uint64_t *top = (uint64_t *)(void *)(stacks[index] + STACK_SIZE);

	/* The new vCPU finds its function below the top of its stack. */
	top[-2] = (uintptr_t)fn;
	top[-1] = (uintptr_t)arg;
	/* It reads them before its caches are on. */
	__asm__ volatile("dc civac, %0\n\tdsb sy" : : "r"(&top[-2]) : "memory");
	return psci_cpu_on(mpidr_of(index), (uintptr_t)kit_secondary_entry, (uintptr_t)top);
}

unsigned cpu_count(void)
{
	unsigned count = 1;

	/* AFFINITY_INFO knows every vCPU, on or off, and refuses an MPIDR that nobody has. */
	for (; count < KIT_MAX_CPUS; count++) {
		int64_t state = psci_affinity_info(mpidr_of(count));

		if (state != PSCI_SUCCESS && state != PSCI_OFF)
			break;
	}
	return count;
}
