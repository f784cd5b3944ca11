/* SPDX-License-Identifier: BSD-3-Clause */
/* Page tables of stage 1: 4 KiB granule, 48-bit addresses, one tree for all vCPUs. */
#include "guest.h"

#define ENTRIES      512
#define NUM_TABLES   32

/* Descriptors. */
#define DESC_VALID   UINT64_C(1)
#define DESC_TABLE   UINT64_C(2) /* Or a page, at level 3. */
#define DESC_DEVICE  (UINT64_C(1) << 2)
#define DESC_RO      (UINT64_C(2) << 6)
#define DESC_INNER   (UINT64_C(3) << 8)
#define DESC_AF      (UINT64_C(1) << 10)
#define DESC_XN      (UINT64_C(3) << 53)
#define DESC_ADDRESS UINT64_C(0x0000fffffffff000)

/* MAIR_EL1: attribute 0 is Normal write-back memory, 1 Device-nGnRnE. */
#define MAIR         UINT64_C(0xff)

/* TCR_EL1: T0SZ 16, write-back, Inner Shareable, no TTBR1_EL1; IPS is PARange. */
#define TCR                                                                                        \
	(UINT64_C(16) | UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12 |                 \
	 UINT64_C(1) << 23)
#define TCR_IPS(mmfr0) (((mmfr0)&7) << 32)

/* SCTLR_EL1.M, C, I. */
#define SCTLR_ON       (UINT64_C(1) | UINT64_C(1) << 2 | UINT64_C(1) << 12)

static uint64_t tables[NUM_TABLES][ENTRIES] __attribute__((aligned(4096)));
static unsigned used;

static uint64_t *new_table(void)
{
	if (used == NUM_TABLES)
		panic("no page for another page table");
	return tables[used++];
}

static uint64_t *next_table(uint64_t *entry)
{
	if (!(*entry & DESC_VALID))
		*entry = (uintptr_t)new_table() | DESC_TABLE | DESC_VALID;
	else if (!(*entry & DESC_TABLE))
		panic("there is a block where a table is wanted");
	return (uint64_t *)(uintptr_t)(*entry & DESC_ADDRESS);
}

void mmu_map(uint64_t va, uint64_t ipa, uint64_t size, unsigned flags)
{
	uint64_t attributes = DESC_AF | DESC_INNER | DESC_VALID;

	if (used == 0)
		(void)new_table();
	if (flags & MMU_DEVICE)
		attributes |= DESC_DEVICE | DESC_XN;
	if (flags & MMU_READ_ONLY)
		attributes |= DESC_RO;
	if (flags & MMU_NO_EXEC)
		attributes |= DESC_XN;
	for (uint64_t done = 0; done < size;) {
		uint64_t *table = tables[0];
		unsigned shift = 39;

		/* The largest block, of level 1 or below, that begins here and does not end later.
		 */
		for (;; shift -= 9) {
			uint64_t block = UINT64_C(1) << shift;
			uint64_t *entry = &table[(va + done) >> shift & (ENTRIES - 1)];

			if (shift <= 30 && ((va + done) | (ipa + done)) % block == 0 &&
			    size - done >= block) {
				*entry = (ipa + done) | attributes | (shift == 12 ? DESC_TABLE : 0);
				done += block;
				break;
			}
			if (shift == 12)
				panic("what is mapped must be pages");
			table = next_table(entry);
		}
	}
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" : : : "memory");
}

void mmu_on(void)
{
	uint64_t mmfr0, sctlr;

	__asm__ volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(mmfr0));
	__asm__ volatile("dsb sy\n\t"
	                 "msr mair_el1, %0\n\t"
	                 "msr tcr_el1, %1\n\t"
	                 "msr ttbr0_el1, %2\n\t"
	                 "isb\n\t"
	                 "tlbi vmalle1\n\t"
	                 "dsb nsh\n\t"
	                 "isb"
	                 :
	                 : "r"(MAIR), "r"(TCR | TCR_IPS(mmfr0)), "r"(tables[0])
	                 : "memory");
	__asm__ volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
	__asm__ volatile("msr sctlr_el1, %0\n\tisb" : : "r"(sctlr | SCTLR_ON) : "memory");
}

void mmu_map_all(void)
{
	const uint64_t gib = UINT64_C(1) << 30;
	uint64_t devices = (uintptr_t)shared(0);
	uint64_t ram = PLATFORM_RAM_BASE;
	uint64_t size = ram_end() - ram;

	/* What is below RAM are devices, which the host answers for; RAM begins at 1 GiB. */
	mmu_map(devices, devices, ram, MMU_DEVICE);
	size = (size + gib - 1) & ~(gib - 1);
	mmu_map(ram, ram, size, 0);
	mmu_map((uintptr_t)shared(ram), (uintptr_t)shared(ram), size, MMU_NO_EXEC);
}
