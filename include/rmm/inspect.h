/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file inspect.h
 * Looking into an RMM from outside. Nothing here is part of the RMI, and nothing changes the RMM.
 */
#ifndef RMM_INSPECT_H
#define RMM_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/status.h>
#include <rmi/abi/types.h>
#include <rmm/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The RMM, and what it holds, piece after piece.
 *
 * Every function may be called at any time and from any thread, also while RMI calls are made and
 * guests run. Each looks at one piece, which is consistent in itself, under the locks that a
 * command would take to read it, and lets go of them before it returns; so what comes next may have
 * changed meanwhile. Nothing is allocated.
 *
 * States have the names of the specification, in strings that need not be freed.
 */

/** An address that is not known, or none. */
#define RMM_INSPECT_NONE UINT64_MAX

/** The RMM as a whole. */
struct rmm_info {
	const char *state; /**< "INIT", "ACTIVE", "INTERMEDIATE" */
	uint64_t dram_base;
	uint64_t dram_size;            /**< Bytes. */
	uint64_t granule_size;         /**< RMI granule size in bytes. */
	uint64_t tracking_region_size; /**< Bytes. */
	uint64_t realms;
	unsigned vmids; /**< In use. */
	unsigned max_vmids;
	unsigned sros; /**< Contexts in use by stateful operations. */
	unsigned max_sros;
};

/** Looks at the RMM as a whole. */
void rmm_inspect(struct rmm *rmm, struct rmm_info *info);

/** Tracking regions with the same state (A2.3.4). */
struct rmm_tracking_info {
	uint64_t base; /**< PA; the first region may begin before DRAM does. */
	uint64_t size; /**< Bytes; a multiple of the size of a region. */
	enum rmi_tracking_region_state state;
};

/**
 * The tracking regions with DRAM from an address on, as many as have the same state.
 * @param from PA; 0 for the first ones, info->base + info->size for the next ones
 * @return false when there is none
 */
bool rmm_inspect_tracking(struct rmm *rmm, uint64_t from, struct rmm_tracking_info *info);

/** Adjacent granules of the same kind. A granule with an RD or a REC stands alone. */
struct rmm_granule_info {
	uint64_t pa;       /**< Of the first granule. */
	uint64_t size;     /**< Bytes; a multiple of the RMI granule size. */
	const char *state; /**< "GRAN_DELEGATED", "GRAN_RD", ... */
	bool intermediate; /**< The object belongs to an open stateful operation (B4.3.3). */
	/**
	 * PA of the RD of the realm that owns the granule, where the granule itself tells: RDs, and
	 * RECs that are not intermediate. RMM_INSPECT_NONE for others; rmm_inspect_rtt() and
	 * rmm_inspect_donation() lead from a realm to the rest of its granules.
	 */
	uint64_t owner;
};

/**
 * The first granules that the RMM holds from an address on: those that are not GRAN_UNDELEGATED.
 * @param from PA; 0 for the first ones, info->pa + info->size for the next ones
 * @return false when there is none
 */
bool rmm_inspect_granules(struct rmm *rmm, uint64_t from, struct rmm_granule_info *info);

/** A realm (C2, RmmRealm). */
struct rmm_realm_info {
	uint64_t rd;       /**< PA */
	const char *state; /**< "REALM_NEW", "REALM_ACTIVE", "REALM_SYSTEM_OFF", "REALM_ZOMBIE" */
	bool intermediate; /**< The RD belongs to an open stateful operation. */
	unsigned vmid;
	unsigned ipa_bits; /**< Width of the IPA space; the upper half is Unprotected. */
	bool lpa2;
	uint64_t rtt_base;   /**< PA of the first starting-level RTT; the others follow it. */
	int rtt_level_start; /**< -1..3 */
	unsigned rtt_num_start;
	unsigned num_trees; /**< For rmm_inspect_rtt(): the primary tree and the auxiliary ones. */
	enum rmi_hash_algorithm hash;
	size_t hash_size; /**< Bytes of rim and rem that count. */
	uint8_t rim[64];
	uint8_t rem[4][64];
	uint8_t rpv[64];
	uint8_t instance_id[33]; /**< As attestation tokens tell it (A7.2.3.1.3). */
	unsigned recs;           /**< RECs that it has. */
	unsigned recs_running;   /**< RECs that are REC_RUNNING. */
	unsigned sros;           /**< Stateful operations that will come back to the RD. */
	uint64_t donated;        /**< Granules that the Host donated for the RD. */
};

/**
 * The first realm whose RD is at or above an address.
 * @param from PA; 0 for the first one, info->rd + 1 for the next one
 * @return false when there is none
 */
bool rmm_inspect_realm(struct rmm *rmm, uint64_t from, struct rmm_realm_info *info);

/** A REC (C2, RmmRec). */
struct rmm_rec_info {
	uint64_t rec; /**< PA */
	uint64_t rd;
	uint64_t index;    /**< RecIndex (B3.107) */
	uint64_t mpidr;    /**< RmiRecMpidr */
	const char *state; /**< "REC_READY", "REC_RUNNING" */
	bool runnable;
	bool intermediate; /**< It is being destroyed. */
	uint64_t donated;  /**< Granules that the Host donated for it. */
	/*
	 * A running REC belongs to its PE: what follows is then "REC_PENDING_NONE" and zero.
	 */
	const char *pending;   /**< "REC_PENDING_NONE", "..._HOST_CALL", "..._PSCI" */
	bool emulatable_abort; /**< The last exit was an emulatable data abort (A4.3.4). */
	uint64_t pc;
	/** RIPAS change that the Realm asked for; ripas_base < ripas_top when there is one. */
	uint64_t ripas_base;
	uint64_t ripas_top;
	enum rmi_ripas ripas;
	/** S2AP change that the Realm asked for, likewise. */
	uint64_t s2ap_base;
	uint64_t s2ap_top;
	unsigned s2ap_overlay; /**< Overlay index. */
};

/**
 * The REC of a realm with the lowest index from a number on. RECs that are still being created do
 * not belong to the realm; rmm_inspect_sro() tells them.
 *
 * @param rd   PA
 * @param from index; 0 for the first REC, info->index + 1 for the next one
 * @return false when there is none, or no realm
 */
bool rmm_inspect_rec(struct rmm *rmm, uint64_t rd, uint64_t from, struct rmm_rec_info *info);

/** Adjacent granules that the Host donated. */
struct rmm_donation_info {
	uint64_t pa;
	uint64_t size; /**< Bytes. */
};

/**
 * The memory that the Host donated when a realm or a REC was created, in the order in which it did.
 *
 * @param object PA of an RD or of a REC that belongs to its realm
 * @param n      0 for the first piece, 1 for the next one, ...
 * @return false when there is none, or no such object
 */
bool rmm_inspect_donation(struct rmm *rmm, uint64_t object, uint64_t n,
                          struct rmm_donation_info *info);

/**
 * Adjacent entries of one RTT with the same state, RIPAS and attributes and, if they map memory,
 * adjacent output addresses; or a single entry that leads to another RTT.
 */
struct rmm_rtt_info {
	uint64_t base;     /**< First IPA. */
	uint64_t top;      /**< IPA behind the last one. */
	int level;         /**< Of the RTT: -1..3 */
	uint64_t rtt;      /**< PA of the RTT. */
	unsigned entries;  /**< How many entries these are. */
	bool is_protected; /**< The IPAs are Protected. */
	/** "RTTE_VOID", "RTTE_DATA", "RTTE_TABLE", "RTTE_UNMAPPED_NS", "RTTE_MAPPED_NS",
	 * "RTTE_AUX_DESTROYED" */
	const char *state;
	bool is_table;        /**< RTTE_TABLE: pa is that of an RTT. */
	bool is_mapping;      /**< RTTE_DATA or RTTE_MAPPED_NS: pa is that of memory. */
	uint64_t pa;          /**< Where the first entry leads, or RMM_INSPECT_NONE. */
	enum rmi_ripas ripas; /**< Of Protected IPAs that are not RTTE_TABLE. */
	unsigned memattr;     /**< MemAttr[2:0] of RTTE_MAPPED_NS. */
	/** Of RTTE_MAPPED_NS: what the Host said. Of Protected IPAs: the S2AP overlay index. */
	unsigned s2ap;
};

/** Begins a walk with rmm_inspect_rtt(). */
#define RMM_RTT_INFO_INIT ((struct rmm_rtt_info){.entries = 0})

/**
 * Walks an RTT tree: each call tells the entries that come after those of the call before. An entry
 * that leads to another RTT comes before the entries of that RTT, and IPAs ascend otherwise.
 *
 * @param rd   PA
 * @param tree 0: the primary tree; 1..info->num_trees - 1: auxiliary trees
 * @param info where the walk has come to; RMM_RTT_INFO_INIT begins it. In a tree that changes
 *             meanwhile the walk goes on with what is there then, and always comes to an end.
 * @return false when the walk is at its end, or there is no such tree
 */
bool rmm_inspect_rtt(struct rmm *rmm, uint64_t rd, unsigned tree, struct rmm_rtt_info *info);

/** A stateful operation (B4.3.2). */
struct rmm_sro_info {
	unsigned context; /**< Its number, 0.. */
	uint64_t handle;
	const char *command; /**< "RMI_REC_CREATE" */
	bool executing;      /**< A thread works on it right now; what follows is then zero. */
	enum rmi_op_mem_req request;
	bool can_cancel;
	bool abandoned; /**< It was cancelled, or the Host gave up donating: it will fail. */
	/* What is still to be donated, if that is requested. */
	uint64_t donate_size;  /**< Bytes of a block. */
	uint64_t donate_count; /**< Blocks. */
	bool donate_contig;
	enum rmi_op_mem_state donate_state; /**< State that granules must be in. */
	uint64_t donated;                   /**< Granules that the operation has. */
	uint64_t rd;  /**< PA of the RD it works on; RMM_INSPECT_NONE if on none. */
	uint64_t rec; /**< PA of the REC it works on; RMM_INSPECT_NONE if on none. */
};

/**
 * The first open operation from a context on.
 * @param from 0 for the first one, info->context + 1 for the next one
 * @return false when there is none
 */
bool rmm_inspect_sro(struct rmm *rmm, unsigned from, struct rmm_sro_info *info);

/** What an RMM held at a moment. Opaque. */
struct rmm_snapshot;

/**
 * Takes down all that the RMI can change: the state of the RMM, its configuration in force,
 * tracking, the number of realms, the VMIDs in use, the open stateful operations, and every granule
 * that the RMM holds, with its state, flags, count and content.
 *
 * Not contained are memory that is the Host's, locks, what the policy draws by lot, and numbers
 * that only ever grow: so a command that fails leaves an RMM whose snapshot is equal to the one
 * before.
 *
 * No call may be running. The snapshot costs about as much memory as the granules that are held
 * and not zero.
 * @return the snapshot, to be freed with rmm_snapshot_free(); NULL when memory is short
 */
struct rmm_snapshot *rmm_snapshot_take(struct rmm *rmm);

/**
 * Compares two snapshots, of one RMM or of two.
 *
 * @param a    the earlier one
 * @param b    the later one
 * @param why  room for the first difference in words, such as "granule 0x80005000 (GRAN_RTT): byte
 *             0x18 was 0x00, is 0x04"; empty when there is none. May be NULL when @p size is 0.
 * @param size of @p why in bytes; a text that is longer is cut off
 * @return whether they are equal
 */
bool rmm_snapshot_equal(const struct rmm_snapshot *a, const struct rmm_snapshot *b, char *why,
                        size_t size);

/** Frees a snapshot. NULL is ignored. */
void rmm_snapshot_free(struct rmm_snapshot *snapshot);

#ifdef __cplusplus
}
#endif

#endif
