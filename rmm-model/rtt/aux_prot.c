/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protected memory in auxiliary trees: RMI_RTT_AUX_PROT_MAP and RMI_RTT_AUX_PROT_UNMAP (DEN0137
 * B4.5.60, B4.5.61, A5.3.13, A5.3.14).
 */
#include "core/rmm.h"
#include "rtt/aux.h"

/*
 * The entry that maps what the primary tree maps at [base, base + size), be it in larger or smaller
 * entries. @return false if the memory there is not one aligned piece of RAM
 */
static bool propagate(struct rmm *rmm, const struct rd *rd, uint64_t base, uint64_t size,
                      uint64_t *rtte)
{
	uint64_t first = 0;

	for (uint64_t done = 0; done < size;) {
		struct rtt_walk pri = rtt_walk(rmm, rd, base + done, RMM_RTT_PAGE_LEVEL);
		uint64_t entry = rmi_rtt_level_size(rmm->gshift, pri.level);
		uint64_t offset = (base + done) & (entry - 1);
		uint64_t pa = rtte_addr(pri.rtte) + offset;

		if (rtte_state(pri.rtte) != RTTE_DATA || rtte_ripas(pri.rtte) != RMI_RIPAS_RAM)
			return false;
		if (done == 0)
			first = pa;
		if (pa != first + done)
			return false;
		done += entry - offset;
	}
	*rtte = first | RTTE_DATA;
	return (first & (size - 1)) == 0;
}

/* invalid_pri: void entries are passed over, but for the first one (see docs/decisions.md). */
static bool map_skips(const struct aux_range *r, const struct rtt_walk *pri, uint64_t ipa)
{
	return (r->flags & RMI_RTT_AUX_MAP_FLAGS_INVALID_PRI) != 0 && ipa != r->base &&
	       rtte_state(pri->rtte) == RTTE_VOID;
}

static uint64_t map_one(struct aux_range *r, const struct rtt_walk *pri, uint64_t ipa, uint64_t *x0)
{
	struct rmm *rmm = r->rmm;
	struct rtt_walk aux = rtt_walk_tree(rmm, r->rd, ipa, RMM_RTT_PAGE_LEVEL, r->tree);
	uint64_t size = rmi_rtt_level_size(rmm->gshift, aux.level);
	uint64_t offset = ipa & (size - 1);
	uint64_t rtte;

	/* base_aux_align */
	*x0 = rmi_result(RMI_ERROR_INPUT);
	if ((r->flags & RMI_RTT_AUX_MAP_FLAGS_BLOCK) == 0 && offset != 0)
		return 0;
	/* invalid_pri */
	if ((r->flags & RMI_RTT_AUX_MAP_FLAGS_INVALID_PRI) == 0 &&
	    rtte_state(pri->rtte) == RTTE_VOID)
		return 0;
	/* pri_state, pri_ram */
	*x0 = rtt_error(pri);
	if (rtte_state(pri->rtte) != RTTE_DATA || rtte_ripas(pri->rtte) != RMI_RIPAS_RAM)
		return 0;
	/* What is mapped is what the primary tree maps. */
	if (rtte_state(aux.rtte) == RTTE_DATA)
		return size - offset;
	/* aux_destroyed, aux_size */
	*x0 = rtt_aux_error(&aux);
	if (rtte_state(aux.rtte) == RTTE_AUX_DESTROYED || size > r->top - ipa)
		return 0;
	/* A block needs memory in one piece; a table makes it smaller. */
	if (!propagate(rmm, r->rd, ipa - offset, size, &rtte))
		return 0;
	rtt_write(rmm, aux.rtt, aux.entry, rtte | rtte_void(aux.rtte, RMI_RIPAS_RAM));
	return size - offset;
}

uint64_t rmm_rtt_aux_prot_map(struct rmm_call *call)
{
	struct aux_range r = {.one = map_one, .skips = map_skips, .protected = true};

	return aux_range_run(call, &r);
}

static uint64_t unmap_one(struct aux_range *r, const struct rtt_walk *pri, uint64_t ipa,
                          uint64_t *x0)
{
	struct rmm *rmm = r->rmm;
	struct rtt_walk aux = rtt_walk_tree(rmm, r->rd, ipa, RMM_RTT_PAGE_LEVEL, r->tree);
	uint64_t size = rmi_rtt_level_size(rmm->gshift, aux.level);

	(void)pri;
	/* aux_state, aux_size, and A5.3.3.3: base is aligned to the entry */
	*x0 = rtt_aux_error(&aux);
	if (rtte_state(aux.rtte) != RTTE_DATA || size > r->top - ipa || (ipa & (size - 1)) != 0)
		return 0;
	/* RIPAS is that of the primary tree: nothing happens to it. */
	rtt_write(rmm, aux.rtt, aux.entry, rtte_void(aux.rtte, RMI_RIPAS_EMPTY));
	r->changed = true;
	return size;
}

uint64_t rmm_rtt_aux_prot_unmap(struct rmm_call *call)
{
	struct aux_range r = {.one = unmap_one, .protected = true};

	return aux_range_run(call, &r);
}
