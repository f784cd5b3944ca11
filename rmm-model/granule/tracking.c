/* SPDX-License-Identifier: BSD-3-Clause */
#include "granule/tracking.h"

#include "core/rmm.h"

enum rmi_tracking_region_state tracking_region_state_outside(const struct rmm *rmm, uint64_t pa)
{
	uint64_t region = pa & ~(rmm->tracking_region_size - 1);
	uint64_t last = region + (rmm->tracking_region_size - 1);
	uint64_t dram_last = rmm->config.dram_base + (rmm->config.dram_size - 1);

	if (last < rmm->config.dram_base || region > dram_last)
		return RMI_TRACKING_RESERVED;
	return rmm->config.tracking;
}

uint64_t tracking_region_size(uint8_t granule_size, uint8_t region_size)
{
	static const uint64_t sizes[3][2] = {
	        [RMI_GRANULE_SIZE_4KB] = {UINT64_C(1) << 30, 0},
	        [RMI_GRANULE_SIZE_16KB] = {UINT64_C(32) << 20, UINT64_C(64) << 30},
	        [RMI_GRANULE_SIZE_64KB] = {UINT64_C(512) << 20, UINT64_C(4) << 40},
	};

	if (granule_size > RMI_GRANULE_SIZE_64KB || region_size > 1)
		return 0;
	return sizes[granule_size][region_size];
}

bool pa_is_tracked(const struct rmm *rmm, uint64_t pa)
{
	enum rmi_tracking_region_state state = tracking_region_state(rmm, pa);

	return state == RMI_TRACKING_FINE || state == RMI_TRACKING_COARSE;
}

bool pa_is_tracked_fine(const struct rmm *rmm, uint64_t pa)
{
	return tracking_region_state(rmm, pa) == RMI_TRACKING_FINE;
}

bool pa_is_delegable_conventional_fine(const struct rmm *rmm, uint64_t pa)
{
	return pa - rmm->config.dram_base < rmm->config.dram_size && pa_is_tracked_fine(rmm, pa);
}

uint64_t tracking_granularity(const struct rmm *rmm, uint64_t pa)
{
	if (tracking_region_state(rmm, pa) == RMI_TRACKING_COARSE)
		return rmm->tracking_region_size;
	return rmm_granule_size(rmm);
}

/* B4.5.19. A2.1.2.1 wants RMM_STATE_ACTIVE, the command's own table does not. */
uint64_t rmm_granule_tracking_get(struct rmm_call *call)
{
	const struct rmm *rmm = call->rmm;
	uint64_t addr = call->in[1];
	enum rmi_tracking_region_state state;

	/* addr_align, addr_bound */
	if ((addr & (rmm->tracking_region_size - 1)) != 0 || addr > UINT64_C(1) << RMM_PA_BITS(rmm))
		return rmi_result(RMI_ERROR_INPUT);
	state = tracking_region_state(rmm, addr);
	call->out[1] = RMI_MEM_CATEGORY_CONVENTIONAL;
	if (state == RMI_TRACKING_RESERVED && rmm->config.revision != RMI_REVISION_2_0_BET1)
		call->out[1] = RMI_MEM_CATEGORY_NONE;
	call->out[2] = state;
	return rmi_result(RMI_SUCCESS);
}

/*
 * From 2.0-bet3 on. The GPT of DRAM is the platform's own; what is not DRAM belongs to nobody. The
 * answer holds up to where it changes.
 */
uint64_t rmm_gpt_info(struct rmm_call *call)
{
	const struct rmm *rmm = call->rmm;
	uint64_t base = call->in[1];
	uint64_t top = call->in[2];
	uint64_t dram = rmm->config.dram_base;
	uint64_t dram_top = dram + rmm->config.dram_size;
	uint64_t change = UINT64_MAX;

	/* base_align, top_align, size_valid, base_bound */
	if (!pa_is_granule_aligned(rmm, base) || !pa_is_granule_aligned(rmm, top) || top <= base ||
	    base >> RMM_PA_BITS(rmm) != 0)
		return rmi_result(RMI_ERROR_INPUT);
	call->out[2] = RMI_GPT_RESERVED;
	if (base < dram) {
		change = dram;
	} else if (base < dram_top) {
		change = dram_top;
		call->out[2] = RMI_GPT_PLATFORM_MANAGED;
	}
	call->out[1] = change < top ? change : top;
	return rmi_result(RMI_SUCCESS);
}
