/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protected memory: RMI_RTT_DATA_MAP_INIT, RMI_RTT_DATA_MAP and RMI_RTT_DATA_UNMAP (DEN0137 B4.5.65
 * to B4.5.67, A5.3.3).
 */
#include <string.h>

#include "core/quirks.h"
#include "core/rmm.h"
#include "granule/desc.h"
#include "granule/tracking.h"
#include "measure/measure.h"
#include "rtt/aux.h"
#include "rtt/range.h"
#include "rtt/rtt.h"

static uint64_t map_init(struct rmm_call *call, struct rd *rd)
{
	struct rmm *rmm = call->rmm;
	uint64_t data = call->in[2];
	uint64_t ipa = call->in[3];
	uint64_t flags = call->in[5] & RMI_DATA_FLAGS_MEASURE;
	struct rtt_walk walk;

	/* ipa_bound, data_bound2, realm_state */
	if (!ipa_is_protected(rd, ipa) || (!rd->lpa2 && data >> 48 != 0))
		return rmi_result(RMI_ERROR_INPUT);
	if (rd->state != REALM_NEW)
		return rmi_result(RMI_ERROR_REALM);
	walk = rtt_walk(rmm, rd, ipa, RMM_RTT_PAGE_LEVEL);
	/* rtt_walk, rtte_state */
	if (walk.level < RMM_RTT_PAGE_LEVEL || rtte_state(walk.rtte) != RTTE_VOID)
		return rtt_error(&walk);
	/* data_state */
	if (!tracking_take(rmm, data, GRAN_DATA))
		return rmi_result(RMI_ERROR_INPUT);
	memcpy(granule_map(rmm, data), granule_map(rmm, call->in[4]), rmm_granule_size(rmm));
	measure_data(call->pe, rd, ipa, data, flags);
	rtt_write(rmm, walk.rtt, walk.entry, rtte_with_ripas(data | RTTE_DATA, RMI_RIPAS_RAM));
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rtt_data_map_init(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct rd *rd;
	uint64_t x0;

	/* src_align, src_pas, data_align, data_bound, ipa_align */
	if (!pa_is_granule_aligned(rmm, call->in[4]) || !pa_is_nonsecure(rmm, call->in[4]) ||
	    !pa_is_granule_aligned(rmm, call->in[2]) ||
	    !pa_is_delegable_conventional_fine(rmm, call->in[2]) ||
	    !pa_is_granule_aligned(rmm, call->in[3]))
		return rmi_result(RMI_ERROR_INPUT);
	/* rd_align, rd_bound, rd_state */
	rd = rd_get(rmm, call->in[1], &x0);
	if (rd == NULL)
		return x0;
	x0 = map_init(call, rd);
	rd_unlock(rmm, rd);
	return x0;
}

static void release_data(struct rmm *rmm, uint64_t pa, uint64_t size)
{
	for (uint64_t done = 0; done < size; done += rmm_granule_size(rmm))
		granule_move(granule_at(rmm, pa + done), GRAN_DATA, GRAN_DELEGATED);
}

/* Takes the granules of a block for a realm, and wipes them. @return false with nothing changed */
static bool take_data(struct rmm *rmm, uint64_t pa, uint64_t size)
{
	for (uint64_t done = 0; done < size; done += rmm_granule_size(rmm)) {
		struct granule *g = granule_at(rmm, pa + done);

		if (g != NULL && granule_move(g, GRAN_DELEGATED, GRAN_DATA))
			continue;
		release_data(rmm, pa, done);
		return false;
	}
	/* The region may have changed since it was looked at, see tracking_still_fine(). */
	if (!atomic_load(&rmm->all_fine) &&
	    (!pa_is_tracked(rmm, pa) || tracking_granularity(rmm, pa) > size)) {
		release_data(rmm, pa, size);
		return false;
	}
	memset(rmm_pa_ptr(rmm, pa), 0, size);
	return true;
}

/* What tracking has against a mapping. */
static uint64_t tracking_error(const struct rmm *rmm, uint64_t pa)
{
	bool open = tracking_region_state(rmm, pa) == RMI_TRACKING_INTERMEDIATE;

	return rmi_result(open ? RMI_BLOCKED : RMI_ERROR_TRACKING);
}

/* Maps one entry at ipa. @return bytes mapped; 0 with the reason in *x0 */
static uint64_t map_one(struct rmm_call *call, struct rd *rd, uint64_t ipa, uint64_t left,
                        struct addr_set *set, uint64_t *x0)
{
	struct rmm *rmm = call->rmm;
	struct rtt_walk walk = rtt_walk(rmm, rd, ipa, set->level);
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk.level);

	/* rtte_state, rtte_size, and A5.3.3.2: base is aligned to the entry */
	*x0 = rtt_error(&walk);
	if (!map_entry_fits(rmm, &walk, ipa, left, set))
		return 0;
	if (map_is_same(rmm, &walk, set, rtte_with_ripas(RTTE_DATA, rtte_ripas(walk.rtte)))) {
		addr_set_advance(set, size);
		return size;
	}
	if (rtte_state(walk.rtte) != RTTE_VOID)
		return 0;
	/* There are no blocks of level -1. */
	if (walk.level < 0)
		return 0;
	/* A set that ends before it begins has nothing to map. */
	*x0 = rmi_result(RMI_ERROR_INPUT);
	if (!addr_set_fill(set))
		return 0;
	if (quirk(rmm, RMM_QUIRK_MAP_DESCRIPTOR_STATE) && set->state != RMI_OP_MEM_DELEGATED)
		return 0;
	/* trk_untracked, trk_gran; a coarse region has one state, and is mapped as a whole */
	*x0 = tracking_error(rmm, set->base);
	if (!pa_is_tracked(rmm, set->base) || tracking_granularity(rmm, set->base) > size)
		return 0;
	/* gran_state; A3.3: no output address beyond 48 bits without LPA2 */
	*x0 = rmi_result(RMI_ERROR_INPUT);
	if ((!rd->lpa2 && set->base >> 48 != 0) || !granule_is(rmm, set->base, GRAN_DELEGATED))
		return 0;
	/* The output must be one aligned piece as large as the entry; a table makes it smaller. */
	*x0 = rtt_error(&walk);
	if (set->left < size || (set->base & (size - 1)) != 0)
		return 0;
	/* gran_state, for the other granules of a block */
	*x0 = rmi_result(RMI_ERROR_INPUT);
	if (!take_data(rmm, set->base, size))
		return 0;
	rtt_write(rmm, walk.rtt, walk.entry,
	          set->base | RTTE_DATA | rtte_void(walk.rtte, rtte_ripas(walk.rtte)));
	addr_set_advance(set, size);
	return size;
}

uint64_t rmm_rtt_data_map(struct rmm_call *call)
{
	return map_range(call, true, map_one);
}

/* What unmapping leaves behind (A5.3.19). */
static uint64_t unmapped(uint64_t rtte)
{
	enum rmi_ripas ripas = rtte_ripas(rtte);

	return rtte_void(rtte, ripas == RMI_RIPAS_RAM ? RMI_RIPAS_DESTROYED : ripas);
}

static bool unmap_one(struct unmap *u, uint64_t ipa, uint64_t *size, uint64_t *x0)
{
	struct rmm *rmm = u->call->rmm;
	struct rtt_walk walk = rtt_walk(rmm, u->rd, ipa, RMM_RTT_PAGE_LEVEL);
	uint64_t entry = rmi_rtt_level_size(rmm->gshift, walk.level);
	int aux_level;

	if (rtte_state(walk.rtte) != RTTE_DATA) {
		*x0 = rtt_error(&walk);
		if (quirk(rmm, RMM_QUIRK_UNMAP_VOID_ENTRY_SIZE) &&
		    (entry > u->top - ipa || (ipa & (entry - 1)) != 0))
			return false;
		/* A hole: there is nothing to do up to its end. */
		*size = (ipa | (entry - 1)) + 1 - ipa;
		if (*size > u->top - ipa)
			*size = u->top - ipa;
		return unmap_hole(u);
	}
	/* rtte_size, and A5.3.3.3: base is aligned to the entry */
	*x0 = rtt_error(&walk);
	if (entry > u->top - ipa || (ipa & (entry - 1)) != 0)
		return false;
	/* A10.3.1: what an auxiliary tree maps stays live. The level is that of its entry. */
	if (rtt_is_aux_live(rmm, u->rd, ipa, ipa + entry, &aux_level)) {
		*x0 = rmi_result_level(RMI_ERROR_RTT_AUX, aux_level);
		return false;
	}
	/* trk_gran; a coarse region has one state, and is unmapped as a whole */
	*x0 = tracking_error(rmm, rtte_addr(walk.rtte));
	if (!pa_is_tracked(rmm, rtte_addr(walk.rtte)) ||
	    tracking_granularity(rmm, rtte_addr(walk.rtte)) > entry)
		return false;
	if (!unmap_record(u, rtte_addr(walk.rtte), walk.level))
		return false;
	rtt_write(rmm, walk.rtt, walk.entry, unmapped(walk.rtte));
	*size = entry;
	return true;
}

uint64_t rmm_rtt_data_unmap(struct rmm_call *call)
{
	struct unmap u = {
	        .call = call, .one = unmap_one, .release = release_data, .protected = true};

	return unmap_range(&u);
}
