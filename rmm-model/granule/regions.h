/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables of what is larger than a granule: tracking regions (DEN0137 A2.3.4) and entries of the L0
 * GPT (A2.3.9). Both are address space that costs nothing until something differs from what it was
 * at boot.
 */
#ifndef RMM_GRANULE_REGIONS_H
#define RMM_GRANULE_REGIONS_H

#include <stdatomic.h>
#include <stdint.h>

#include "sro/sro.h"

/** log2 of the smallest tracking region. */
#define TRACKING_MIN_SHIFT            25

/** log2 of what an entry of the L0 GPT describes: L0GPTSZ is 1GB. */
#define GPT_L0_SHIFT                  30

/** Regions that DRAM may lie in. */
#define REGIONS_MAX(dram_size, shift) (((dram_size) >> (shift)) + 2)

/** The tracking regions that hold DRAM, in the order of their addresses. */
struct tracking {
	unsigned shift; /**< log2 of tracking_region_size. */
	uint64_t first; /**< Number of the region where DRAM begins. */
	uint64_t count;
	/** enum rmi_tracking_region_state; 0: as at boot. Written under rmm->global_lock. */
	_Atomic uint8_t *state;
	/** Metadata that the Host donated. A region that is intermediate belongs to its operation.
	 */
	struct sro_memory *memory;
	/** Regions that are not RMI_TRACKING_FINE. */
	uint64_t not_fine;
	/** Regions that went from untracked to tracked, less those that went the other way. */
	int64_t num_tracked;
};

/** RmmGptL0Entry (C2.21). */
enum gpt_l0_state {
	GPT_L0_AS_AT_BOOT,
	GPT_L0_ENTRY_BLOCK,
	GPT_L0_ENTRY_TABLE,
	GPT_L0_ENTRY_INTERMEDIATE,
};

/** An entry of the L0 GPT. */
struct gpt_l0_entry {
	_Atomic uint8_t state;    /**< enum gpt_l0_state; written under rmm->global_lock. */
	struct sro_memory memory; /**< The L1 GPT, if the Host donated it. */
};

/** The entries of the L0 GPT that describe DRAM. */
struct gpt {
	struct gpt_l0_entry *l0;
	/** Entries that are not GPT_L0_ENTRY_TABLE. */
	uint64_t not_table;
};

#endif
