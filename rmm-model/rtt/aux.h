/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Auxiliary RTT trees (DEN0137 A10.3.1) of a Realm that has a tree for each plane.
 *
 * In Protected IPA space they have RTTs of their own, whose entries map what the primary tree maps
 * at the same IPA, or nothing: HIPAS and RIPAS are those of the primary tree. In Unprotected IPA
 * space only their starting level is theirs: an entry there is a copy of the one in the primary
 * tree, and a table that it points to belongs to the primary tree.
 */
#ifndef RMM_RTT_AUX_H
#define RMM_RTT_AUX_H

#include <stdbool.h>
#include <stdint.h>

#include "rtt/rtt.h"

/** index_bound: whether a Realm has an auxiliary tree of this index. */
static inline bool rtt_aux_index_is_valid(const struct rd *rd, uint64_t index)
{
	return index != REALM_TREE_PRIMARY && index < rd->num_trees;
}

/** X0 = RMI_ERROR_RTT_AUX with the level where a walk ended. */
static inline uint64_t rtt_aux_error(const struct rtt_walk *walk)
{
	return rmi_result_level(RMI_ERROR_RTT_AUX, walk->level);
}

/**
 * AddrRangeIsAuxLive (B3.11): whether an auxiliary tree has a live entry in a Protected range.
 * @param[out] level of that entry; may be NULL
 */
bool rtt_is_aux_live(struct rmm *rmm, const struct rd *rd, uint64_t base, uint64_t top, int *level);

/** AddrIsAuxRef (B3.4) of the RTT for an IPA: whether an auxiliary tree points to it. */
bool rtt_is_aux_ref(struct rmm *rmm, const struct rd *rd, uint64_t ipa, uint64_t rtt);

/** A command on a range of an auxiliary tree on its way. */
struct aux_range {
	struct rmm *rmm;
	struct rd *rd;
	unsigned tree;
	uint64_t base;
	uint64_t top;
	uint64_t flags;
	bool protected;
	bool changed; /**< A translation has changed that a vCPU may have cached. */

	/**
	 * Does one entry.
	 * @param pri where the walk to ipa ends in the primary tree
	 * @return bytes done; 0 at an obstacle, which *x0 names
	 */
	uint64_t (*one)(struct aux_range *r, const struct rtt_walk *pri, uint64_t ipa,
	                uint64_t *x0);
	/** Whether there is nothing to do for an entry of the primary tree. NULL: there is. */
	bool (*skips)(const struct aux_range *r, const struct rtt_walk *pri, uint64_t ipa);
};

/** Runs such a command: one, skips and protected are set. @return X0 */
uint64_t aux_range_run(struct rmm_call *call, struct aux_range *r);

uint64_t rmm_rtt_aux_create(struct rmm_call *call);
uint64_t rmm_rtt_aux_destroy(struct rmm_call *call);
uint64_t rmm_rtt_aux_fold(struct rmm_call *call);
uint64_t rmm_rtt_aux_prot_map(struct rmm_call *call);
uint64_t rmm_rtt_aux_prot_unmap(struct rmm_call *call);
uint64_t rmm_rtt_aux_unprot_map(struct rmm_call *call);
uint64_t rmm_rtt_aux_unprot_unmap(struct rmm_call *call);
uint64_t rmm_rtt_set_s2ap(struct rmm_call *call);

#endif
