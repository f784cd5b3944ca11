/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RTT_INIT_RIPAS and RMI_RTT_SET_RIPAS (DEN0137 B4.5.73, B4.5.75). Both work inside the one RTT
 * where the walk to base ends.
 */
#include "core/policy.h"
#include "core/quirks.h"
#include "core/rmm.h"
#include "granule/granule.h"
#include "guest/stage2.h"
#include "rec/rec.h"
#include "rtt/aux.h"
#include "rtt/rtt.h"

static uint64_t init_ripas(struct rmm_call *call, struct rd *rd)
{
	struct rmm *rmm = call->rmm;
	uint64_t base = call->in[2];
	uint64_t top = call->in[3];
	uint64_t objects = policy_range(call->pe);
	struct rtt_walk walk;
	uint64_t size;
	uint64_t end;
	uint64_t ipa;

	if (quirk(rmm, RMM_QUIRK_INIT_RIPAS_BASE_UNALIGNED_INPUT) &&
	    !pa_is_granule_aligned(rmm, base))
		return rmi_result(RMI_ERROR_INPUT);
	/* size_valid, top_gran_align, top_bound */
	if (top <= base || !pa_is_granule_aligned(rmm, top) ||
	    !ipa_is_protected(rd, top - rmm_granule_size(rmm)))
		return rmi_result(RMI_ERROR_INPUT);
	/* realm_state */
	if (rd->state != REALM_NEW)
		return rmi_result(RMI_ERROR_REALM);
	walk = rtt_walk(rmm, rd, base, RMM_RTT_PAGE_LEVEL);
	size = rmi_rtt_level_size(rmm->gshift, walk.level);
	/* base_align, rtte_state */
	if ((base & (size - 1)) != 0)
		return rtt_error(&walk);
	end = rtt_end(rmm, &walk, base);
	for (ipa = base; ipa < end && ipa < top && top - ipa >= size && objects-- != 0;
	     ipa += size) {
		if (rtte_state(*walk.entry) != RTTE_VOID && rtte_state(*walk.entry) != RTTE_DATA)
			break;
		if (quirk(rmm, RMM_QUIRK_INIT_RIPAS_DESTROYED) &&
		    rtte_ripas(*walk.entry) == RMI_RIPAS_DESTROYED)
			break;
		*walk.entry = rtte_with_ripas(*walk.entry, RMI_RIPAS_RAM);
		walk.entry++;
	}
	/* no_progress */
	if (ipa == base)
		return rtt_error(&walk);
	call->out[1] = ipa;
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rtt_init_ripas(struct rmm_call *call)
{
	/* rd_align, rd_bound, rd_state */
	uint64_t x0;
	struct rd *rd = rd_get(call->rmm, call->in[1], &x0);

	if (rd == NULL)
		return x0;
	x0 = init_ripas(call, rd);
	rd_unlock(call->rmm, rd);
	return x0;
}

/* Whether a request may change an entry that does not have the wanted RIPAS yet. */
static bool may_change(const struct rec *rec, uint64_t rtte)
{
	if (rtte_state(rtte) == RTTE_TABLE)
		return false;
	return rec->ripas_value != RMI_RIPAS_RAM || rec->ripas_destroyed ||
	       rtte_ripas(rtte) != RMI_RIPAS_DESTROYED;
}

/*
 * Goes from base towards top through the entries of one RTT. An entry that has the wanted RIPAS is
 * done, even if only a part of it lies in the range: a request never gets stuck on what is right
 * already (see docs/decisions.md).
 * @return the first IPA that is not done
 */
static uint64_t set_entries(struct rmm_call *call, const struct rec *rec, struct rtt_walk *walk,
                            bool *changed)
{
	struct rmm *rmm = call->rmm;
	uint64_t ipa = call->in[3];
	uint64_t top = call->in[4];
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk->level);
	uint64_t end = rtt_end(rmm, walk, ipa);
	uint64_t objects = policy_range(call->pe);

	while (ipa < top && ipa < end && objects-- != 0) {
		uint64_t rtte = *walk->entry;
		uint64_t next = (ipa | (size - 1)) + 1;

		if (!may_change(rec, rtte))
			break;
		if (quirk(rmm, RMM_QUIRK_SET_RIPAS_SAME_VALUE_NO_PROGRESS) &&
		    ((ipa & (size - 1)) != 0 || next > top))
			break;
		if (rtte_ripas(rtte) != rec->ripas_value) {
			if ((ipa & (size - 1)) != 0 || next > top)
				break;
			*walk->entry = rtte_with_ripas(rtte, rec->ripas_value);
			*changed = true;
		}
		walk->entry++;
		ipa = next < top ? next : top;
	}
	return ipa;
}

static uint64_t set_ripas(struct rmm_call *call, struct rd *rd, struct rec *rec)
{
	struct rmm *rmm = call->rmm;
	uint64_t base = call->in[3];
	uint64_t top = call->in[4];
	struct rtt_walk walk;
	bool changed = false;
	uint64_t ipa;

	/* size_valid, base_bound, top_bound, top_gran_align */
	if (top <= base || base != rec->ripas_addr || top > rec->ripas_top ||
	    !pa_is_granule_aligned(rmm, top))
		return rmi_result(RMI_ERROR_INPUT);
	walk = rtt_walk(rmm, rd, base, RMM_RTT_PAGE_LEVEL);
	/* aux_live */
	if (rtt_is_aux_live(rmm, rd, base, top, NULL))
		return rtt_error(&walk);
	ipa = set_entries(call, rec, &walk, &changed);
	/* base_align, no_progress */
	if (ipa == base)
		return rtt_error(&walk);
	/* Memory that is RAM no more must not be reached through a TLB. */
	if (changed)
		stage2_changed(rmm, rd);
	rec->ripas_addr = ipa;
	call->out[1] = ipa;
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rtt_set_ripas(struct rmm_call *call)
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
		return rmi_result(RMI_ERROR_INPUT);
	}
	/* rec_state, rec_owner */
	if (rec->state == REC_RUNNING || rec->owner != rd->pa)
		x0 = rmi_result(RMI_ERROR_REC);
	else
		x0 = set_ripas(call, rd, rec);
	rd_unlock(rmm, rd);
	rec_unlock(rmm, rec);
	return x0;
}
