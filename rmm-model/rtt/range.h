/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the commands on IPA ranges share (DEN0137 B4.3.5, A5.3.3): the object at base decides about
 * errors, a later obstacle ends the call with what has been done.
 */
#ifndef RMM_RTT_RANGE_H
#define RMM_RTT_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "realm/realm.h"

struct addr_set;
struct rmm;
struct rtt_walk;
struct rmm_call;

/** Entries that are gone from the RTTs but not from the TLBs. */
#define UNMAP_BATCH 256

/**
 * Maps one entry at an IPA.
 * @param left bytes from the IPA to the end of the range
 * @return bytes mapped; 0 at an obstacle, which *x0 names
 */
typedef uint64_t map_one_fn(struct rmm_call *call, struct rd *rd, uint64_t ipa, uint64_t left,
                            struct addr_set *set, uint64_t *x0);

/**
 * Whether the entry where a walk ended is not larger than the range (rtte_size), base is aligned to
 * it (A5.3.3.2), and it is of the level that the output addresses have to have.
 * @param left bytes from the IPA to the end of the range
 */
bool map_entry_fits(const struct rmm *rmm, const struct rtt_walk *walk, uint64_t ipa, uint64_t left,
                    const struct addr_set *set);

/**
 * RMM_QUIRK_REMAP_SAME: whether the next output addresses are mapped there already, just so.
 * @param attributes the entry that would be written, without its address
 */
bool map_is_same(const struct rmm *rmm, const struct rtt_walk *walk, struct addr_set *set,
                 uint64_t attributes);

/** Runs a map command. @return X0 */
uint64_t map_range(struct rmm_call *call, bool protected, map_one_fn *one);

/** ipa_bound of a range that is Protected, or is not. */
bool ipa_range_is_good(const struct rd *rd, bool protected, uint64_t base, uint64_t top);

/** What one entry mapped. */
struct unmap_entry {
	uint64_t pa;
	uint64_t size;
};

/** An unmap command on its way. */
struct unmap {
	struct rmm_call *call;
	struct rd *rd;
	uint64_t top;
	bool protected;
	enum rmi_rtt_addr_type type;

	/**
	 * Unmaps one entry at ipa. @return false at an obstacle, which *x0 names; a call that has
	 * made progress is content with that
	 */
	bool (*one)(struct unmap *u, uint64_t ipa, uint64_t *size, uint64_t *x0);
	/** Gives back what an entry mapped, when no vCPU can reach it any more. NULL: nothing to
	 * do. */
	void (*release)(struct rmm *rmm, uint64_t pa, uint64_t size);

	/* Output addresses: the descriptor that grows, and finished ones in the list. */
	struct rmi_addr_range_desc desc;
	uint64_t list_used;
	bool hole; /**< The call goes through a hole. */

	unsigned pending;
	struct unmap_entry *batch;
};

/** Runs an unmap command: call, one, release and protected are set. @return X0 */
uint64_t unmap_range(struct unmap *u);

/** Notes that the next entry is a hole. @return false if the call has to end before it */
bool unmap_hole(struct unmap *u);

/**
 * Notes the output address of the next entry.
 * @return false if it does not fit the output address set that the Host wants
 */
bool unmap_record(struct unmap *u, uint64_t pa, int level);

#endif
