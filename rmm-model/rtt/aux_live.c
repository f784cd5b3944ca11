/* SPDX-License-Identifier: BSD-3-Clause */
/* What auxiliary trees keep from changing in the primary one (DEN0137 A10.3.1). */
#include "core/rmm.h"
#include "rtt/aux.h"

static bool tree_is_live(struct rmm *rmm, const struct rd *rd, unsigned tree, uint64_t base,
                         uint64_t top, int *level)
{
	for (uint64_t ipa = base; ipa < top;) {
		struct rtt_walk walk = rtt_walk_tree(rmm, rd, ipa, RMM_RTT_PAGE_LEVEL, tree);

		if (rtte_is_live(walk.rtte)) {
			if (level != NULL)
				*level = walk.level;
			return true;
		}
		ipa = (ipa | (rmi_rtt_level_size(rmm->gshift, walk.level) - 1)) + 1;
	}
	return false;
}

bool rtt_is_aux_live(struct rmm *rmm, const struct rd *rd, uint64_t base, uint64_t top, int *level)
{
	for (unsigned tree = 1; tree < rd->num_trees; tree++) {
		if (tree_is_live(rmm, rd, tree, base, top, level))
			return true;
	}
	return false;
}

bool rtt_is_aux_ref(struct rmm *rmm, const struct rd *rd, uint64_t ipa, uint64_t rtt)
{
	if (ipa_is_protected(rd, ipa))
		return false;
	for (unsigned tree = 1; tree < rd->num_trees; tree++) {
		struct rtt_walk walk = rtt_walk_tree(rmm, rd, ipa, rd->rtt_level_start, tree);

		if (rtte_state(walk.rtte) == RTTE_TABLE && rtte_addr(walk.rtte) == rtt)
			return true;
	}
	return false;
}
