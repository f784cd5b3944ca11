/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RTT_SET_S2AP (DEN0137 B4.5.76, A10.3.2.3): the S2AP overlay index of Protected IPAs, as the
 * Realm asked for it. Every tree has it in its entries, be they mapped or not.
 */
#include "core/policy.h"
#include "core/rmm.h"
#include "guest/stage2.h"
#include "rec/rec.h"
#include "rtt/aux.h"

/* A change on its way. */
struct change {
	struct rmm *rmm;
	struct rd *rd;
	uint64_t index; /**< The overlay index that is wanted. */
	uint64_t base;
	uint64_t top;
	bool changed;

	/* The obstacle: base_align_pri, base_align_aux. */
	unsigned tree;
	int level;
	uint64_t ipa;
};

/*
 * Looks at the entry of one tree at an IPA. One that has the wanted index already is done, even if
 * it reaches beyond the range.
 * @param[in,out] next at most the end of the entry
 * @return whether it is no obstacle
 */
static bool check_entry(struct change *c, unsigned tree, uint64_t ipa, uint64_t *next)
{
	struct rtt_walk walk = rtt_walk_tree(c->rmm, c->rd, ipa, RMM_RTT_PAGE_LEVEL, tree);
	uint64_t size = rmi_rtt_level_size(c->rmm->gshift, walk.level);
	uint64_t start = ipa & ~(size - 1);

	if (start + size < *next)
		*next = start + size;
	if (RMI_FIELD_GET(walk.rtte, RTTE_S2AP) == c->index)
		return true;
	if (start >= c->base && start + size <= c->top)
		return true;
	c->tree = tree;
	c->level = walk.level;
	c->ipa = start;
	return false;
}

static void change_entry(struct change *c, unsigned tree, uint64_t ipa)
{
	struct rtt_walk walk = rtt_walk_tree(c->rmm, c->rd, ipa, RMM_RTT_PAGE_LEVEL, tree);

	c->changed = c->changed || RMI_FIELD_GET(walk.rtte, RTTE_S2AP) != c->index;
	*walk.entry &= ~RMI_FIELD_SET(UINT64_MAX, RTTE_S2AP);
	*walk.entry |= RMI_FIELD_SET(c->index, RTTE_S2AP);
}

/* The entries of all trees at an IPA. @return the IPA to go on with, or this one at an obstacle */
static uint64_t change_trees(struct change *c, uint64_t ipa)
{
	uint64_t next = c->top;

	for (unsigned tree = 0; tree < c->rd->num_trees; tree++) {
		if (!check_entry(c, tree, ipa, &next))
			return ipa;
	}
	for (unsigned tree = 0; tree < c->rd->num_trees; tree++)
		change_entry(c, tree, ipa);
	return next;
}

static uint64_t set_s2ap(struct rmm_call *call, struct rd *rd, struct rec *rec)
{
	struct change c = {.rmm = call->rmm,
	                   .rd = rd,
	                   .index = rec->s2ap_overlay_index,
	                   .base = call->in[3],
	                   .top = call->in[4]};
	uint64_t objects = policy_range(call->pe);
	uint64_t ipa = c.base;

	/* size_valid, base_bound, top_bound, top_gran_align */
	if (c.top <= c.base || c.base != rec->s2ap_addr || c.top > rec->s2ap_top ||
	    !pa_is_granule_aligned(call->rmm, c.top))
		return rmi_result(RMI_ERROR_INPUT);
	while (ipa < c.top && objects-- != 0) {
		uint64_t next = change_trees(&c, ipa);

		if (next == ipa)
			break;
		ipa = next;
	}
	if (c.changed)
		stage2_changed(call->rmm, rd);
	if (ipa == c.base) {
		/* base_align_pri, base_align_aux */
		call->out[1] = c.ipa;
		call->out[2] = c.tree;
		return rmi_result_level(RMI_ERROR_RTT, c.level);
	}
	rec->s2ap_addr = ipa;
	call->out[1] = ipa;
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rtt_set_s2ap(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct rec *rec;
	struct rd *rd;
	uint64_t x0;

	/* rec_align, rec_bound, rec_gran_state */
	rec = rec_lock(rmm, call->in[2], &x0);
	if (rec == NULL)
		return x0;
	/* rd_align, rd_bound, rd_state */
	rd = rd_get(rmm, call->in[1], &x0);
	if (rd == NULL) {
		rec_unlock(rmm, rec);
		return x0;
	}
	/* rec_state, rec_owner */
	if (rec->state == REC_RUNNING || rec->owner != rd->pa)
		x0 = rmi_result(RMI_ERROR_REC);
	else
		x0 = set_s2ap(call, rd, rec);
	rd_unlock(rmm, rd);
	rec_unlock(rmm, rec);
	return x0;
}
