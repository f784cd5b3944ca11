/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RTT_CREATE, RMI_RTT_DESTROY, RMI_RTT_FOLD and RMI_RTT_READ_ENTRY (DEN0137 B4.5.64, B4.5.68,
 * B4.5.72, B4.5.74).
 */
#include <string.h>

#include "core/rmm.h"
#include "granule/tracking.h"
#include "guest/stage2.h"
#include "rtt/aux.h"
#include "rtt/rtt.h"

/*
 * level_bound, ipa_align, ipa_bound: an RTT that may be created, destroyed or folded. Auxiliary
 * trees have RTTs of their own in Protected IPA space only.
 */
static bool table_is_valid(const struct rmm *rmm, const struct rd *rd, unsigned tree, uint64_t ipa,
                           uint64_t level)
{
	return rtt_level_is_valid(rd, level) && !rtt_level_is_starting(rd, (int)level) &&
	       (tree == REALM_TREE_PRIMARY ? ipa_is_valid(rd, ipa) : ipa_is_protected(rd, ipa)) &&
	       ipa_is_level_aligned(rmm, ipa, (int)level - 1);
}

/* Fills an RTT with the parts of an entry (A5.6.7). */
static void unfold(struct rmm *rmm, uint64_t rtt, int level, uint64_t parent)
{
	uint64_t *entries = rtt_entries(rmm, rtt);
	uint64_t count = rtt_num_entries(rmm);
	uint64_t step = rtte_is_mapping(parent) ? rmi_rtt_level_size(rmm->gshift, level) : 0;

	if (parent == 0)
		memset(entries, 0, count * sizeof(*entries));
	else
		for (uint64_t i = 0; i < count; i++)
			entries[i] = parent + i * step;
	granule_at(rmm, rtt)->count = rtte_is_live_in_rtt(parent) ? (uint32_t)count : 0;
}

uint64_t rtt_create(struct rmm_call *call, struct rd *rd, unsigned tree)
{
	struct rmm *rmm = call->rmm;
	uint64_t rtt = call->in[2];
	uint64_t ipa = call->in[3];
	int level = (int)call->in[4];
	struct rtt_walk walk;

	/* rtt_align, rtt_bound */
	if (!pa_is_granule_aligned(rmm, rtt) || !pa_is_delegable_conventional_fine(rmm, rtt))
		return rmi_result(RMI_ERROR_INPUT);
	if (!table_is_valid(rmm, rd, tree, ipa, call->in[4]))
		return rmi_result(RMI_ERROR_INPUT);
	/* rtt_bound2 */
	if (!rd->lpa2 && rtt >> 48 != 0)
		return rmi_result(RMI_ERROR_INPUT);
	walk = rtt_walk_tree(rmm, rd, ipa, level - 1, tree);
	/* rtt_walk, rtte_state */
	if (walk.level < level - 1 || rtte_state(walk.rtte) == RTTE_TABLE)
		return rtt_tree_error(tree, walk.level);
	/* rtt_state */
	if (!tracking_take(rmm, rtt, GRAN_RTT))
		return rmi_result(RMI_ERROR_INPUT);
	unfold(rmm, rtt, level, walk.rtte);
	rtt_write(rmm, walk.rtt, walk.entry, rtt | RTTE_TABLE);
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rtt_create(struct rmm_call *call)
{
	/* rd_align, rd_bound, rd_state */
	uint64_t x0;
	struct rd *rd = rd_get(call->rmm, call->in[1], &x0);

	if (rd == NULL)
		return x0;
	x0 = rtt_create(call, rd, REALM_TREE_PRIMARY);
	rd_unlock(call->rmm, rd);
	return x0;
}

/* RttSkipNonLiveEntries (B3.199): the first live entry at or after ipa in the RTT of a walk. */
static uint64_t skip_non_live(struct rmm *rmm, const struct rtt_walk *walk, uint64_t ipa)
{
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk->level);
	uint64_t end = rtt_end(rmm, walk, ipa);
	const uint64_t *entry = walk->entry;

	for (ipa &= ~(size - 1); ipa < end; ipa += size) {
		if (rtte_is_live(*entry++))
			break;
	}
	return ipa;
}

/* What the destruction of an RTT leaves in its parent (A5.6.9). S2AP overlay index 0 (A10.3.2.4).
 */
static uint64_t destroyed(const struct rd *rd, unsigned tree, uint64_t ipa)
{
	if (!ipa_is_protected(rd, ipa))
		return 0;
	return rtte_with_ripas(tree == REALM_TREE_PRIMARY ? RTTE_VOID : RTTE_AUX_DESTROYED,
	                       RMI_RIPAS_DESTROYED);
}

uint64_t rtt_destroy(struct rmm_call *call, struct rd *rd, unsigned tree)
{
	struct rmm *rmm = call->rmm;
	uint64_t ipa = call->in[2];
	int level = (int)call->in[3];
	struct rtt_walk walk;
	uint64_t rtt;

	if (!table_is_valid(rmm, rd, tree, ipa, call->in[3]))
		return rmi_result(RMI_ERROR_INPUT);
	walk = rtt_walk_tree(rmm, rd, ipa, level - 1, tree);
	call->out[2] = skip_non_live(rmm, &walk, ipa);
	/* rtt_walk, rtte_state */
	if (walk.level < level - 1 || rtte_state(walk.rtte) != RTTE_TABLE)
		return rtt_tree_error(tree, walk.level);
	rtt = rtte_addr(walk.rtte);
	/* rtt_live */
	if (granule_at(rmm, rtt)->count != 0) {
		call->out[2] = ipa;
		return rtt_tree_error(tree, level);
	}
	/* aux_ref */
	if (rtt_is_aux_ref(rmm, rd, ipa, rtt))
		return rtt_tree_error(tree, walk.level);
	rtt_write(rmm, walk.rtt, walk.entry, destroyed(rd, tree, ipa));
	stage2_changed(rmm, rd);
	granule_move(granule_at(rmm, rtt), GRAN_RTT, GRAN_DELEGATED);
	call->out[1] = rtt;
	call->out[2] = skip_non_live(rmm, &walk, ipa);
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rtt_destroy(struct rmm_call *call)
{
	/* rd_align, rd_bound, rd_state */
	uint64_t x0;
	struct rd *rd = rd_get(call->rmm, call->in[1], &x0);

	if (rd == NULL)
		return x0;
	x0 = rtt_destroy(call, rd, REALM_TREE_PRIMARY);
	rd_unlock(call->rmm, rd);
	return x0;
}

/* RttIsHomogeneous (B3.183) and RttFold (B3.182). */
static bool fold_entries(struct rmm *rmm, uint64_t rtt, int level, uint64_t *parent)
{
	const uint64_t *entries = rtt_entries(rmm, rtt);
	uint64_t size = rmi_rtt_level_size(rmm->gshift, level);
	uint64_t step = 0;

	if (rtte_state(entries[0]) == RTTE_TABLE)
		return false;
	if (rtte_is_mapping(entries[0])) {
		uint64_t parent_size = rmi_rtt_level_size(rmm->gshift, level - 1);

		if (level < 2 || (rtte_addr(entries[0]) & (parent_size - 1)) != 0)
			return false;
		step = size;
	}
	for (uint64_t i = 1; i < rtt_num_entries(rmm); i++) {
		if (entries[i] != entries[0] + i * step)
			return false;
	}
	*parent = entries[0];
	return true;
}

uint64_t rtt_fold(struct rmm_call *call, struct rd *rd, unsigned tree)
{
	struct rmm *rmm = call->rmm;
	uint64_t ipa = call->in[2];
	int level = (int)call->in[3];
	struct rtt_walk walk;
	uint64_t parent;
	uint64_t rtt;

	if (!table_is_valid(rmm, rd, tree, ipa, call->in[3]))
		return rmi_result(RMI_ERROR_INPUT);
	walk = rtt_walk_tree(rmm, rd, ipa, level - 1, tree);
	/* rtt_walk, rtte_state */
	if (walk.level < level - 1 || rtte_state(walk.rtte) != RTTE_TABLE)
		return rtt_tree_error(tree, walk.level);
	rtt = rtte_addr(walk.rtte);
	/* rtt_homo */
	if (!fold_entries(rmm, rtt, level, &parent))
		return rtt_tree_error(tree, level);
	/* aux_ref */
	if (rtt_is_aux_ref(rmm, rd, ipa, rtt))
		return rtt_tree_error(tree, walk.level);
	rtt_write(rmm, walk.rtt, walk.entry, parent);
	stage2_changed(rmm, rd);
	granule_at(rmm, rtt)->count = 0;
	granule_move(granule_at(rmm, rtt), GRAN_RTT, GRAN_DELEGATED);
	call->out[1] = rtt;
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rtt_fold(struct rmm_call *call)
{
	/* rd_align, rd_bound, rd_state */
	uint64_t x0;
	struct rd *rd = rd_get(call->rmm, call->in[1], &x0);

	if (rd == NULL)
		return x0;
	x0 = rtt_fold(call, rd, REALM_TREE_PRIMARY);
	rd_unlock(call->rmm, rd);
	return x0;
}

/* RttEntryStateToRmi (B3.181). */
static enum rmi_rtt_entry_state state_to_rmi(uint64_t rtte)
{
	switch (rtte_state(rtte)) {
	case RTTE_DATA:
	case RTTE_MAPPED_NS:
		return RMI_RTTE_DATA;
	case RTTE_TABLE:
		return RMI_RTTE_TABLE;
	case RTTE_AUX_DESTROYED:
		return RMI_RTTE_AUX_DESTROYED;
	case RTTE_VOID:
		break;
	}
	return RMI_RTTE_VOID;
}

/* S2AP in the layout of a stage 2 descriptor: [7:6], or PIIndex at 54, 53, 51 and 6. */
static uint64_t descriptor_s2ap(const struct rd *rd, uint64_t s2ap)
{
	if (rd->s2ap_indirect)
		return (s2ap & 1) << 6 | (s2ap >> 1 & 1) << 51 | (s2ap >> 2) << 53;
	return ((s2ap & RMI_S2AP_DIRECT_READ) != 0 ? UINT64_C(1) << 6 : 0) |
	       ((s2ap & RMI_S2AP_DIRECT_WRITE) != 0 ? UINT64_C(1) << 7 : 0);
}

/* The entry in the layout of a stage 2 descriptor: address, MemAttr[2:0] at [4:2], S2AP. */
static uint64_t descriptor(const struct rd *rd, uint64_t rtte)
{
	uint64_t desc = rtte_addr(rtte);

	if (rtte_state(rtte) == RTTE_MAPPED_NS) {
		desc |= RMI_FIELD_GET(rtte, RTTE_MEMATTR) << 2;
		desc |= descriptor_s2ap(rd, RMI_FIELD_GET(rtte, RTTE_S2AP));
	}
	return desc;
}

uint64_t rmm_rtt_read_entry(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	uint64_t ipa = call->in[2];
	/* rd_align, rd_bound, rd_state */
	uint64_t x0;
	struct rd *rd = rd_get_shared(rmm, call->in[1], &x0);

	if (rd == NULL)
		return x0;
	/* level_bound, ipa_align, ipa_bound */
	if (rtt_level_is_valid(rd, call->in[3]) && ipa_is_valid(rd, ipa) &&
	    ipa_is_level_aligned(rmm, ipa, (int)call->in[3])) {
		struct rtt_walk walk = rtt_walk(rmm, rd, ipa, (int)call->in[3]);

		call->out[1] = (uint64_t)(int64_t)walk.level;
		call->out[2] = state_to_rmi(walk.rtte);
		call->out[3] = descriptor(rd, walk.rtte);
		if (ipa_is_protected(rd, ipa) && rtte_state(walk.rtte) != RTTE_TABLE)
			call->out[4] = rtte_ripas(walk.rtte);
		x0 = rmi_result(RMI_SUCCESS);
	}
	rd_unlock_shared(rmm, rd);
	return x0;
}
