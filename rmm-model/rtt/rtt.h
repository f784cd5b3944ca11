/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Realm Translation Tables (DEN0137 A5.6): entries, geometry, walks.
 *
 * An RTT is a granule of 64-bit entries. A word of zeros is an entry with nothing mapped: RTTE_VOID
 * with RIPAS EMPTY for a Protected IPA, RTTE_UNMAPPED_NS for an Unprotected one. Everything here
 * needs the lock of the RD, shared to read and exclusive to write.
 */
#ifndef RMM_RTT_RTT_H
#define RMM_RTT_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/status.h>
#include <rmi/abi/types.h>

#include "realm/realm.h"

struct rmm;
struct rmm_call;

/** RmmRttEntryState (C2), as stored. RTTE_VOID stands for RTTE_UNMAPPED_NS, too. */
enum rtte_state {
	RTTE_VOID = 0,
	RTTE_DATA = 1,
	RTTE_TABLE = 2,
	RTTE_MAPPED_NS = 3,
	RTTE_AUX_DESTROYED = 4,
};

#define RTTE_STATE         UINT64_C(0x7)
#define RTTE_ADDR          UINT64_C(0x000ffffffffff000)
#define RTTE_RIPAS_SHIFT   3
#define RTTE_RIPAS_WIDTH   2
#define RTTE_MEMATTR_SHIFT 5
#define RTTE_MEMATTR_WIDTH 3
/** Unprotected: what the Host said. Protected: the S2AP overlay index, mapped or not. */
#define RTTE_S2AP_SHIFT    8
#define RTTE_S2AP_WIDTH    4
/** What a block passes on to its parts, besides the address. */
#define RTTE_ATTRIBUTES    UINT64_C(0xfff)

static inline enum rtte_state rtte_state(uint64_t rtte)
{
	return (enum rtte_state)(rtte & RTTE_STATE);
}

static inline uint64_t rtte_addr(uint64_t rtte)
{
	return rtte & RTTE_ADDR;
}

static inline enum rmi_ripas rtte_ripas(uint64_t rtte)
{
	return (enum rmi_ripas)RMI_FIELD_GET(rtte, RTTE_RIPAS);
}

static inline uint64_t rtte_with_ripas(uint64_t rtte, enum rmi_ripas ripas)
{
	return (rtte & ~RMI_FIELD_SET(3, RTTE_RIPAS)) | RMI_FIELD_SET((uint64_t)ripas, RTTE_RIPAS);
}

/** An entry that maps nothing, with the S2AP overlay index of what was there. */
static inline uint64_t rtte_void(uint64_t rtte, enum rmi_ripas ripas)
{
	return rtte_with_ripas(rtte & RMI_FIELD_SET(UINT64_MAX, RTTE_S2AP), ripas);
}

/** Whether an entry makes its RTT live (A5.6.8). */
static inline bool rtte_is_live_in_rtt(uint64_t rtte)
{
	return rtte_state(rtte) == RTTE_DATA || rtte_state(rtte) == RTTE_TABLE;
}

/** Whether an entry maps memory, so that it holds an output address and attributes. */
static inline bool rtte_is_mapping(uint64_t rtte)
{
	return rtte_state(rtte) == RTTE_DATA || rtte_state(rtte) == RTTE_MAPPED_NS;
}

/** RmmRttWalkResult (C2). */
struct rtt_walk {
	int level;
	uint64_t rtt; /**< PA of the RTT where the walk ended. */
	uint64_t *entry;
	uint64_t rtte;
};

/** Entries in one RTT. */
uint64_t rtt_num_entries(const struct rmm *rmm);

/** RttLevelIsValid (B3.186) for any 64-bit value. */
bool rtt_level_is_valid(const struct rd *rd, uint64_t level);

/** RttLevelIsStarting (B3.185). */
static inline bool rtt_level_is_starting(const struct rd *rd, int level)
{
	return level == rd->rtt_level_start;
}

/** AddrIsRttLevelAligned (B3.8). */
bool ipa_is_level_aligned(const struct rmm *rmm, uint64_t ipa, int level);

/** Whether an entry holds an address (A5.6.8). */
static inline bool rtte_is_live(uint64_t rtte)
{
	return rtte_is_mapping(rtte) || rtte_state(rtte) == RTTE_TABLE;
}

/** RttWalk (B3.211) in the primary tree. The IPA is within the IPA space. */
struct rtt_walk rtt_walk(struct rmm *rmm, const struct rd *rd, uint64_t ipa, int level);

/** RttWalk (B3.211) in any tree that the realm has. */
struct rtt_walk rtt_walk_tree(struct rmm *rmm, const struct rd *rd, uint64_t ipa, int level,
                              unsigned tree);

/** First IPA behind the entries of the RTT where a walk to @p ipa ended. */
uint64_t rtt_end(const struct rmm *rmm, const struct rtt_walk *walk, uint64_t ipa);

/** The RTT where a walk ends: its level, and the first IPA behind it; 0 without a Realm. */
struct rtt_extent {
	int level;
	uint64_t end;
};

/** Finds it in the Realm with this RD, for who has no lock. */
struct rtt_extent rtt_extent_at(struct rmm *rmm, uint64_t rd_pa, uint64_t ipa);

/** Entries of an RTT. */
uint64_t *rtt_entries(struct rmm *rmm, uint64_t pa);

/** Writes an entry of an RTT, and keeps the number of live entries of its granule. */
void rtt_write(struct rmm *rmm, uint64_t rtt, uint64_t *entry, uint64_t rtte);

/** X0 = RMI_ERROR_RTT with the level where a walk ended. */
static inline uint64_t rtt_error(const struct rtt_walk *walk)
{
	return rmi_result_level(RMI_ERROR_RTT, walk->level);
}

/** X0 = RMI_ERROR_RTT or RMI_ERROR_RTT_AUX, with a level. */
static inline uint64_t rtt_tree_error(unsigned tree, int level)
{
	return rmi_result_level(tree == REALM_TREE_PRIMARY ? RMI_ERROR_RTT : RMI_ERROR_RTT_AUX,
	                        level);
}

/*
 * What RMI_RTT_CREATE, RMI_RTT_DESTROY and RMI_RTT_FOLD share with their likes for auxiliary trees.
 * Arguments stand in the same registers. The RD is locked, the tree is there.
 */
uint64_t rtt_create(struct rmm_call *call, struct rd *rd, unsigned tree);
uint64_t rtt_destroy(struct rmm_call *call, struct rd *rd, unsigned tree);
uint64_t rtt_fold(struct rmm_call *call, struct rd *rd, unsigned tree);

uint64_t rmm_rtt_create(struct rmm_call *call);
uint64_t rmm_rtt_destroy(struct rmm_call *call);
uint64_t rmm_rtt_fold(struct rmm_call *call);
uint64_t rmm_rtt_read_entry(struct rmm_call *call);
uint64_t rmm_rtt_data_map_init(struct rmm_call *call);
uint64_t rmm_rtt_data_map(struct rmm_call *call);
uint64_t rmm_rtt_data_unmap(struct rmm_call *call);
uint64_t rmm_rtt_unprot_map(struct rmm_call *call);
uint64_t rmm_rtt_unprot_unmap(struct rmm_call *call);
uint64_t rmm_rtt_init_ripas(struct rmm_call *call);
uint64_t rmm_rtt_set_ripas(struct rmm_call *call);

#endif
