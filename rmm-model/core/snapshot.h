/* SPDX-License-Identifier: BSD-3-Clause */
/* What a snapshot is made of. */
#ifndef RMM_CORE_SNAPSHOT_H
#define RMM_CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmm/inspect.h>

#include "sro/sro.h"

/** Content of a granule that is all zeros. */
#define SNAPSHOT_ZERO SIZE_MAX

/** A granule that is held. */
struct snapshot_granule {
	uint64_t pa;
	uint32_t word; /**< granule_state_and_flags() */
	uint32_t count;
	size_t content; /**< Offset in the snapshot's contents, or SNAPSHOT_ZERO. */
};

/** A tracking region, or what an L0 GPT entry describes. */
struct snapshot_region {
	unsigned state; /**< enum rmi_tracking_region_state or enum gpt_l0_state */
	struct sro_memory memory;
};

struct rmm_snapshot {
	uint32_t state; /**< enum rmm_state */
	unsigned gshift;
	uint64_t tracking_region_size;
	uint64_t num_realms;
	uint64_t *vmid_map; /**< RMM_MAX_VMIDS bits. */

	uint64_t dram_base;
	/** Tracking regions with DRAM, the first of which holds dram_base. */
	struct snapshot_region *tracking;
	size_t num_tracking;
	/** Entries of the L0 GPT, likewise. */
	struct snapshot_region *gpt;
	size_t num_gpt;
	int64_t num_tracked; /**< Of struct tracking. */
	bool pat_valid;

	/** Contexts; those of operations that are not open are zero. */
	struct sro *sros;
	size_t num_sros;

	/** In the order of their addresses. */
	struct snapshot_granule *granules;
	size_t num_granules;
	size_t room_granules;

	uint8_t *contents;
	size_t size_contents;
	size_t room_contents;
};

#endif
