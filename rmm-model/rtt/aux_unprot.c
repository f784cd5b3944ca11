/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unprotected memory in auxiliary trees: RMI_RTT_AUX_UNPROT_MAP and RMI_RTT_AUX_UNPROT_UNMAP
 * (DEN0137 B4.5.62, B4.5.63). They work on entries of the starting level as a whole, whatever the
 * range (see docs/decisions.md): below, all trees are one.
 */
#include "core/rmm.h"
#include "rtt/aux.h"

static uint64_t map_one(struct aux_range *r, const struct rtt_walk *pri, uint64_t ipa, uint64_t *x0)
{
	struct rmm *rmm = r->rmm;
	int start = r->rd->rtt_level_start;
	struct rtt_walk aux = rtt_walk_tree(rmm, r->rd, ipa, start, r->tree);
	struct rtt_walk from = rtt_walk(rmm, r->rd, ipa, start);

	/* pri_state */
	*x0 = rtt_error(pri);
	if (rtte_state(pri->rtte) != RTTE_MAPPED_NS)
		return 0;
	/* aux_size */
	*x0 = rtt_aux_error(&aux);
	if (rtte_state(aux.rtte) == RTTE_VOID &&
	    rmi_rtt_level_size(rmm->gshift, start) > r->top - ipa)
		return 0;
	if (aux.rtte != from.rtte) {
		r->changed = r->changed || rtte_is_live(aux.rtte);
		rtt_write(rmm, aux.rtt, aux.entry, from.rtte);
	}
	return rmi_rtt_level_size(rmm->gshift, pri->level);
}

uint64_t rmm_rtt_aux_unprot_map(struct rmm_call *call)
{
	struct aux_range r = {.one = map_one};

	return aux_range_run(call, &r);
}

static uint64_t unmap_one(struct aux_range *r, const struct rtt_walk *pri, uint64_t ipa,
                          uint64_t *x0)
{
	struct rmm *rmm = r->rmm;
	struct rtt_walk aux = rtt_walk_tree(rmm, r->rd, ipa, RMM_RTT_PAGE_LEVEL, r->tree);
	uint64_t size = rmi_rtt_level_size(rmm->gshift, aux.level);
	struct rtt_walk root;

	(void)pri;
	/* aux_state, aux_size, and A5.3.3.3: base is aligned to the entry */
	*x0 = rtt_aux_error(&aux);
	if (rtte_state(aux.rtte) != RTTE_MAPPED_NS || size > r->top - ipa ||
	    (ipa & (size - 1)) != 0)
		return 0;
	root = rtt_walk_tree(rmm, r->rd, ipa, r->rd->rtt_level_start, r->tree);
	rtt_write(rmm, root.rtt, root.entry, RTTE_VOID);
	r->changed = true;
	size = rmi_rtt_level_size(rmm->gshift, root.level);
	return size - (ipa & (size - 1));
}

uint64_t rmm_rtt_aux_unprot_unmap(struct rmm_call *call)
{
	struct aux_range r = {.one = unmap_one};

	return aux_range_run(call, &r);
}
