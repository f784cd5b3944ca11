/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unprotected memory: RMI_RTT_UNPROT_MAP and RMI_RTT_UNPROT_UNMAP (DEN0137 B4.5.77, B4.5.78). The
 * Host owns what is mapped; the RMM does not look at the granules.
 */
#include "core/quirks.h"
#include "core/rmm.h"
#include "granule/desc.h"
#include "rtt/range.h"
#include "rtt/rtt.h"

/* The one value of MemAttr[2:0] that FEAT_S2FWB reserves. */
#define MEMATTR_RESERVED 4

/* The text refuses no attributes, but a base index that RmiRttS2APBase does not have (B4.2). */
static bool attributes_are_good(const struct rmm *rmm, const struct rd *rd, uint64_t flags)
{
	uint64_t memattr = RMI_FIELD_GET(flags, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR);
	uint64_t s2ap = RMI_FIELD_GET(flags, RMI_RTT_UNPROT_MAP_FLAGS_S2AP);

	if (quirk(rmm, RMM_QUIRK_UNPROT_MEMATTR_RESERVED) && memattr == MEMATTR_RESERVED)
		return false;
	if (rd->s2ap_indirect)
		return s2ap <= RMI_S2AP_RW_PUX;
	return !quirk(rmm, RMM_QUIRK_UNPROT_S2AP_RESERVED) ||
	       s2ap <= (RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE);
}

/* Maps one entry at ipa. @return bytes mapped; 0 with the reason in *x0 */
static uint64_t map_one(struct rmm_call *call, struct rd *rd, uint64_t ipa, uint64_t left,
                        struct addr_set *set, uint64_t *x0)
{
	struct rmm *rmm = call->rmm;
	struct rtt_walk walk = rtt_walk(rmm, rd, ipa, set->level);
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk.level);
	uint64_t attributes = RTTE_MAPPED_NS;

	attributes |= RMI_FIELD_SET(RMI_FIELD_GET(call->in[4], RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR),
	                            RTTE_MEMATTR);
	attributes |=
	        RMI_FIELD_SET(RMI_FIELD_GET(call->in[4], RMI_RTT_UNPROT_MAP_FLAGS_S2AP), RTTE_S2AP);
	/* rtte_size, and A5.3.3.2: base is aligned to the entry */
	*x0 = rtt_error(&walk);
	if (!map_entry_fits(rmm, &walk, ipa, left, set))
		return 0;
	*x0 = rmi_result(RMI_ERROR_INPUT);
	if (!attributes_are_good(rmm, rd, call->in[4]))
		return 0;
	if (map_is_same(rmm, &walk, set, attributes)) {
		addr_set_advance(set, size);
		return size;
	}
	/* rtte_state */
	*x0 = rtt_error(&walk);
	if (rtte_state(walk.rtte) != RTTE_VOID)
		return 0;
	/* There are no blocks of level -1. */
	if (walk.level < 0)
		return 0;
	/* A set that ends before it begins has nothing to map. */
	*x0 = rmi_result(RMI_ERROR_INPUT);
	if (!addr_set_fill(set) || (!rd->lpa2 && set->base >> 48 != 0))
		return 0;
	/* The output must be one aligned piece as large as the entry; a table would make it
	 * smaller. */
	*x0 = rtt_error(&walk);
	if (set->left < size || (set->base & (size - 1)) != 0)
		return 0;
	rtt_write(rmm, walk.rtt, walk.entry, set->base | attributes);
	addr_set_advance(set, size);
	return size;
}

uint64_t rmm_rtt_unprot_map(struct rmm_call *call)
{
	return map_range(call, false, map_one);
}

static bool unmap_one(struct unmap *u, uint64_t ipa, uint64_t *size, uint64_t *x0)
{
	struct rmm *rmm = u->call->rmm;
	struct rtt_walk walk = rtt_walk(rmm, u->rd, ipa, RMM_RTT_PAGE_LEVEL);

	*size = rmi_rtt_level_size(rmm->gshift, walk.level);
	*x0 = rtt_error(&walk);
	if (quirk(rmm, RMM_QUIRK_UNPROT_UNMAP_NONLIVE_OK) && rtte_state(walk.rtte) == RTTE_VOID &&
	    *size <= u->top - ipa && (ipa & (*size - 1)) == 0)
		return unmap_hole(u);
	/* rtte_state, rtte_size, and A5.3.3.3: base is aligned to the entry */
	if (rtte_state(walk.rtte) != RTTE_MAPPED_NS || *size > u->top - ipa ||
	    (ipa & (*size - 1)) != 0)
		return false;
	if (!unmap_record(u, rtte_addr(walk.rtte), walk.level))
		return false;
	rtt_write(rmm, walk.rtt, walk.entry, 0);
	return true;
}

uint64_t rmm_rtt_unprot_unmap(struct rmm_call *call)
{
	struct unmap u = {.call = call, .one = unmap_one};

	return unmap_range(&u);
}
