/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the commands on ranges of an auxiliary tree share (DEN0137 A5.3.13 to A5.3.16). The next
 * call must begin where an entry of the primary tree does (base_pri_align, base_align): a call that
 * the policy makes short ends there, too.
 */
#include "core/policy.h"
#include "core/rmm.h"
#include "guest/stage2.h"
#include "rtt/aux.h"
#include "rtt/range.h"

static bool starts_entry(const struct rmm *rmm, const struct rtt_walk *walk, uint64_t ipa)
{
	return (ipa & (rmi_rtt_level_size(rmm->gshift, walk->level) - 1)) == 0;
}

/* First IPA behind the entry where a walk to ipa ended, or the end of the range. */
static uint64_t entry_end(const struct aux_range *r, const struct rtt_walk *walk, uint64_t ipa)
{
	uint64_t end = (ipa | (rmi_rtt_level_size(r->rmm->gshift, walk->level) - 1)) + 1;

	return end < r->top ? end : r->top;
}

static uint64_t run_locked(struct rmm_call *call, struct aux_range *r)
{
	struct rmm *rmm = call->rmm;
	uint64_t objects = policy_range(call->pe);
	uint64_t x0 = rmi_result(RMI_ERROR_INPUT);
	struct rtt_walk pri;
	uint64_t ipa = r->base;

	/* ipa_bound, index_bound */
	if (!ipa_range_is_good(r->rd, r->protected, r->base, r->top) ||
	    !rtt_aux_index_is_valid(r->rd, r->tree))
		return x0;
	/* base_pri_align, base_align */
	pri = rtt_walk(rmm, r->rd, ipa, RMM_RTT_PAGE_LEVEL);
	if (!starts_entry(rmm, &pri, ipa))
		return x0;
	while (ipa < r->top) {
		uint64_t size;

		pri = rtt_walk(rmm, r->rd, ipa, RMM_RTT_PAGE_LEVEL);
		if (r->skips != NULL && r->skips(r, &pri, ipa)) {
			ipa = entry_end(r, &pri, ipa);
			continue;
		}
		if (starts_entry(rmm, &pri, ipa) && objects-- == 0)
			break;
		size = r->one(r, &pri, ipa, &x0);
		if (size == 0)
			break;
		ipa += size < r->top - ipa ? size : r->top - ipa;
	}
	if (r->changed)
		stage2_changed(rmm, r->rd);
	if (ipa == r->base)
		return x0;
	call->out[1] = ipa;
	return rmi_result(RMI_SUCCESS);
}

uint64_t aux_range_run(struct rmm_call *call, struct aux_range *r)
{
	uint64_t x0;

	r->rmm = call->rmm;
	r->base = call->in[2];
	r->top = call->in[3];
	r->flags = call->in[4];
	r->tree = (unsigned)RMI_FIELD_GET(r->flags, RMI_RTT_AUX_FLAGS_TREE_INDEX);
	/* top_align, size_valid */
	if (!pa_is_granule_aligned(call->rmm, r->top) || r->top <= r->base)
		return rmi_result(RMI_ERROR_INPUT);
	/* rd_align, rd_bound, rd_state */
	r->rd = rd_get(call->rmm, call->in[1], &x0);
	if (r->rd == NULL)
		return x0;
	x0 = run_locked(call, r);
	rd_unlock(call->rmm, r->rd);
	return x0;
}
