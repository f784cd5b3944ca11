/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tracking regions (DEN0137 A2.3.4) and the predicates on PAs that follow from them (B3, physical
 * memory).
 */
#ifndef RMM_GRANULE_TRACKING_H
#define RMM_GRANULE_TRACKING_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/types.h>

#include "core/rmm.h"

/** tracking_region_state() of a PA outside DRAM. */
enum rmi_tracking_region_state tracking_region_state_outside(const struct rmm *rmm, uint64_t pa);

/** State of one of the regions that hold DRAM. */
static inline enum rmi_tracking_region_state tracking_state_of(const struct rmm *rmm,
                                                               uint64_t region)
{
	uint8_t state = atomic_load(&rmm->tracking.state[region]);

	return state != 0 ? (enum rmi_tracking_region_state)state : rmm->config.tracking;
}

/** State of the tracking region that holds a PA (B3.216). Regions without DRAM are RESERVED. */
static inline enum rmi_tracking_region_state tracking_region_state(const struct rmm *rmm,
                                                                   uint64_t pa)
{
	if (pa - rmm->config.dram_base < rmm->config.dram_size)
		return tracking_state_of(rmm, (pa >> rmm->tracking.shift) - rmm->tracking.first);
	return tracking_region_state_outside(rmm, pa);
}

/** TrackingRegionIsTracked (B3.218). */
static inline bool tracking_is_tracked(enum rmi_tracking_region_state state)
{
	return state == RMI_TRACKING_FINE || state == RMI_TRACKING_COARSE;
}

/** TrackingRegionSizeFromRmi (B3.219): bytes, or 0 when there is no such size. */
uint64_t tracking_region_size(uint8_t granule_size, uint8_t region_size);

/** Divides DRAM into regions of another size, which are in the state of boot. None has memory. */
void tracking_set_region_size(struct rmm *rmm, uint64_t size);

/** Brings rmm->all_fine up to date. Under rmm->global_lock. */
void tracking_look(struct rmm *rmm);

/** PaIsTracked (B3.67). */
bool pa_is_tracked(const struct rmm *rmm, uint64_t pa);

/** PaIsTrackedFine (B3.68). */
bool pa_is_tracked_fine(const struct rmm *rmm, uint64_t pa);

/**
 * Whether a PA still lies where it can become an object, to be asked again after its granule has
 * left GRAN_DELEGATED: RMI_GRANULE_TRACKING_SET makes its region intermediate first and looks at
 * the granules then, so one of the two sees the other.
 */
static inline bool tracking_still_fine(const struct rmm *rmm, uint64_t pa)
{
	return atomic_load(&rmm->all_fine) || tracking_region_state(rmm, pa) == RMI_TRACKING_FINE;
}

/** Makes a delegated granule an object. @return false if it is none, or not tracked finely */
bool tracking_take(struct rmm *rmm, uint64_t pa, enum granule_state to);

/** PaIsDelegableConventionalFine (B3.61): DRAM, finely tracked. */
bool pa_is_delegable_conventional_fine(const struct rmm *rmm, uint64_t pa);

/** TrackingRegionGranularity (B3.217) of a tracked region, in bytes. */
uint64_t tracking_granularity(const struct rmm *rmm, uint64_t pa);

uint64_t rmm_granule_tracking_get(struct rmm_call *call);
uint64_t rmm_granule_tracking_set(struct rmm_call *call);

#endif
