/* SPDX-License-Identifier: BSD-3-Clause */
#include "rtt/range.h"

#include "core/policy.h"
#include "core/quirks.h"
#include "core/rmm.h"
#include "granule/desc.h"
#include "guest/stage2.h"
#include "rtt/rtt.h"

/* base_align, top_align, size_valid */
static bool range_is_valid(const struct rmm *rmm, uint64_t base, uint64_t top)
{
	return pa_is_granule_aligned(rmm, base) && pa_is_granule_aligned(rmm, top) && top > base;
}

static bool list_is_valid(struct rmm *rmm, uint64_t list)
{
	return (list & 7) == 0 && pa_is_nonsecure(rmm, list);
}

/* oaddr_type, oaddr_list_align, oaddr_list_pas */
static bool map_set_is_valid(struct rmm *rmm, uint64_t flags, uint64_t oaddr)
{
	switch (RMI_FIELD_GET(flags, RMI_RTT_MAP_FLAGS_OADDR_TYPE)) {
	case RMI_ADDR_TYPE_SINGLE:
		return true;
	case RMI_ADDR_TYPE_LIST:
		return list_is_valid(rmm, oaddr);
	default:
		return false;
	}
}

/* ipa_bound. No entry lies beyond the IPA space, see docs/decisions.md. */
bool ipa_range_is_good(const struct rd *rd, bool protected, uint64_t base, uint64_t top)
{
	if (protected)
		return ipa_range_is_protected(rd, base, top);
	return !ipa_is_protected(rd, base) && ipa_is_valid(rd, top - 1);
}

/*
 * RMM_QUIRK_MAP_LEVEL_FROM_DESCRIPTOR: mappings are as large as the blocks of the first descriptor,
 * and base is aligned to that. The descriptor is read once more later; a Host that changes it
 * meanwhile gains nothing.
 */
static bool fix_level(const struct rmm_call *call, struct addr_set *set)
{
	uint64_t size;

	if (!addr_set_fix_level(set))
		return true;
	size = rmi_rtt_level_size(call->rmm->gshift, set->level);
	return (call->in[2] & (size - 1)) == 0;
}

bool map_entry_fits(const struct rmm *rmm, const struct rtt_walk *walk, uint64_t ipa, uint64_t left,
                    const struct addr_set *set)
{
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk->level);

	return size <= left && (ipa & (size - 1)) == 0 &&
	       (!set->fixed || walk->level == set->level);
}

bool map_is_same(const struct rmm *rmm, const struct rtt_walk *walk, struct addr_set *set,
                 uint64_t attributes)
{
	return quirk(rmm, RMM_QUIRK_REMAP_SAME) && addr_set_fill(set) &&
	       set->left >= rmi_rtt_level_size(rmm->gshift, walk->level) &&
	       walk->rtte == (set->base | attributes);
}

static uint64_t map_locked(struct rmm_call *call, struct rd *rd, bool protected, map_one_fn *one)
{
	uint64_t base = call->in[2];
	uint64_t top = call->in[3];
	uint64_t objects = policy_range(call->pe);
	uint64_t x0 = rmi_result(RMI_ERROR_INPUT);
	struct addr_set set;
	uint64_t ipa;

	if (!ipa_range_is_good(rd, protected, base, top))
		return x0;
	addr_set_start(&set, call->rmm, call->in[4], call->in[5]);
	if (quirk(call->rmm, RMM_QUIRK_MAP_LEVEL_FROM_DESCRIPTOR) && !fix_level(call, &set))
		return x0;
	addr_set_skip(&set, call->skip);
	for (ipa = base; ipa < top && objects-- != 0;) {
		uint64_t size = one(call, rd, ipa, top - ipa, &set, &x0);

		if (size == 0)
			break;
		ipa += size;
	}
	if (ipa == base)
		return x0;
	call->out[1] = ipa;
	return rmi_result(RMI_SUCCESS);
}

uint64_t map_range(struct rmm_call *call, bool protected, map_one_fn *one)
{
	struct rmm *rmm = call->rmm;
	struct rd *rd;
	uint64_t x0;

	/* rd_align, rd_bound, rd_state */
	rd = rd_get(rmm, call->in[1], &x0);
	if (rd == NULL)
		return x0;
	x0 = rmi_result(RMI_ERROR_INPUT);
	if (quirk(rmm, RMM_QUIRK_MAP_NEEDS_NEW_OR_ACTIVE) && rd->state != REALM_NEW &&
	    rd->state != REALM_ACTIVE)
		x0 = rmi_result(RMI_ERROR_REALM);
	else if (range_is_valid(rmm, call->in[2], call->in[3]) &&
	         map_set_is_valid(rmm, call->in[4], call->in[5]))
		x0 = map_locked(call, rd, protected, one);
	rd_unlock(rmm, rd);
	return x0;
}

/*
 * Takes what is unmapped away from the vCPUs, then gives it back: no vCPU may still write to a
 * granule that another realm, or the Host, can have.
 */
static void flush(struct unmap *u)
{
	struct rmm *rmm = u->call->rmm;

	if (u->pending == 0)
		return;
	stage2_changed(rmm, u->rd);
	if (u->release != NULL) {
		for (unsigned i = 0; i < u->pending; i++)
			u->release(rmm, u->batch[i].pa, u->batch[i].size);
	}
	u->pending = 0;
}

/* Where RMM_QUIRK_UNMAP_LIST_COUNT looks for the capacity of a list: as in the flags of a map. */
static uint64_t list_count(const struct unmap *u)
{
	return RMI_FIELD_GET(u->call->in[4], RMI_RTT_MAP_FLAGS_LIST_COUNT);
}

/* A list ends with the granule that it lies in: its capacity is not an input. */
static bool list_has_room(const struct unmap *u)
{
	uint64_t list = u->call->in[5];
	uint64_t end = (list | (rmm_granule_size(u->call->rmm) - 1)) + 1;

	if (quirk(u->call->rmm, RMM_QUIRK_UNMAP_LIST_COUNT))
		return u->list_used < list_count(u);
	return list + (u->list_used + 1) * sizeof(uint64_t) <= end;
}

/* Appends the finished descriptor to the list. */
static void finish_desc(struct unmap *u)
{
	struct rmm *rmm = u->call->rmm;

	if (u->desc.count == 0)
		return;
	/* Memory that comes back from an Unprotected IPA was never delegated. */
	u->desc.state = u->protected ? RMI_OP_MEM_DELEGATED : RMI_OP_MEM_UNDELEGATED;
	addr_list_write(rmm, u->call->in[5], u->list_used++, addr_range_encode(rmm, u->desc));
	u->desc.count = 0;
}

static bool desc_continues(const struct unmap *u, uint64_t pa, enum rmi_addr_block_size size)
{
	const struct rmm *rmm = u->call->rmm;

	return u->desc.count != 0 && u->desc.size == size &&
	       u->desc.count < rmi_addr_range_desc_max_count(rmm->gshift) &&
	       u->desc.base + addr_range_size(rmm, &u->desc) == pa;
}

bool unmap_hole(struct unmap *u)
{
	/* A set has no room for holes; without one they do not matter. */
	if (u->type != RMI_ADDR_TYPE_NONE && (u->desc.count != 0 || u->list_used != 0))
		return false;
	u->hole = true;
	return true;
}

bool unmap_record(struct unmap *u, uint64_t pa, int level)
{
	struct rmm *rmm = u->call->rmm;
	enum rmi_addr_block_size size = (enum rmi_addr_block_size)(RMM_RTT_PAGE_LEVEL - level);

	if (u->type != RMI_ADDR_TYPE_NONE) {
		if (u->hole)
			return false;
		if (desc_continues(u, pa, size)) {
			u->desc.count++;
		} else {
			if (u->desc.count != 0 && u->type == RMI_ADDR_TYPE_SINGLE)
				return false;
			finish_desc(u);
			if (u->type == RMI_ADDR_TYPE_LIST && !list_has_room(u))
				return false;
			u->desc.base = pa;
			u->desc.size = size;
			u->desc.count = 1;
		}
	}
	if (u->pending == UNMAP_BATCH)
		flush(u);
	u->batch[u->pending].pa = pa;
	u->batch[u->pending].size = rmi_rtt_level_size(rmm->gshift, level);
	u->pending++;
	return true;
}

/* What the Host gets to know about the output addresses. */
static void report(struct unmap *u)
{
	switch (u->type) {
	case RMI_ADDR_TYPE_SINGLE:
		if (u->desc.count != 0)
			u->call->out[2] = addr_range_encode(u->call->rmm, u->desc);
		break;
	case RMI_ADDR_TYPE_LIST:
		finish_desc(u);
		u->call->out[3] = u->list_used;
		break;
	case RMI_ADDR_TYPE_NONE:
		break;
	}
}

static uint64_t unmap_locked(struct unmap *u)
{
	struct rmm_call *call = u->call;
	uint64_t base = call->in[2];
	uint64_t objects = policy_range(call->pe);
	uint64_t ipa = base;
	uint64_t x0 = rmi_result(RMI_ERROR_INPUT);

	if (!ipa_range_is_good(u->rd, u->protected, base, u->top))
		return x0;
	while (ipa < u->top && objects-- != 0) {
		uint64_t size;

		if (!u->one(u, ipa, &size, &x0))
			break;
		ipa += size;
	}
	flush(u);
	if (ipa == base)
		return x0;
	report(u);
	call->out[1] = ipa;
	return rmi_result(RMI_SUCCESS);
}

uint64_t unmap_range(struct unmap *u)
{
	struct rmm_call *call = u->call;
	struct rmm *rmm = call->rmm;
	struct unmap_entry batch[UNMAP_BATCH];
	uint64_t x0;

	u->batch = batch;
	u->pending = 0;
	u->top = call->in[3];
	u->type =
	        (enum rmi_rtt_addr_type)RMI_FIELD_GET(call->in[4], RMI_RTT_UNMAP_FLAGS_OADDR_TYPE);
	if (!range_is_valid(rmm, call->in[2], u->top))
		return rmi_result(RMI_ERROR_INPUT);
	/* B4.2: a reserved encoding; then oaddr_align, oaddr_list_pas */
	if (u->type > RMI_ADDR_TYPE_LIST ||
	    (u->type == RMI_ADDR_TYPE_LIST && !list_is_valid(rmm, call->in[5])))
		return rmi_result(RMI_ERROR_INPUT);
	if (quirk(rmm, RMM_QUIRK_UNMAP_LIST_COUNT) && u->type == RMI_ADDR_TYPE_LIST &&
	    list_count(u) == 0)
		return rmi_result(RMI_ERROR_INPUT);
	if (quirk(rmm, RMM_QUIRK_UNMAP_OADDR_SBZ) && u->type != RMI_ADDR_TYPE_LIST &&
	    call->in[5] != 0)
		return rmi_result(RMI_ERROR_INPUT);
	/* rd_align, rd_bound, rd_state */
	u->rd = rd_get(rmm, call->in[1], &x0);
	if (u->rd == NULL)
		return x0;
	x0 = unmap_locked(u);
	rd_unlock(rmm, u->rd);
	return x0;
}
