/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Realms (DEN0137 A2.2): the RD, and the commands on it.
 *
 * The RD lives in the granule that the Host donated. A pointer to it exists between rd_lock() (or
 * rd_lock_shared()) and rd_unlock(); it guards the RTTs of the realm as well.
 */
#ifndef RMM_REALM_REALM_H
#define RMM_REALM_REALM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/cca_token.h>
#include <rmi/abi/layout.h>
#include <rmi/abi/measurement.h>
#include <rmi/abi/rsi.h>
#include <rmi/abi/types.h>

#include "sro/sro.h"

struct rmm;
struct rmm_call;

/** RmmRealmState (C2). */
enum realm_state {
	REALM_NEW,
	REALM_ACTIVE,
	REALM_SYSTEM_OFF,
	REALM_ZOMBIE,
};

/** Most auxiliary planes of a realm. */
#define REALM_MAX_AUX_PLANES 3

/** Most RTT trees of a realm. */
#define REALM_MAX_TREES      (REALM_MAX_AUX_PLANES + 1)

/** RmmRealm (C2). */
struct rd {
	uint64_t pa; /**< Of this RD. */
	enum realm_state state;
	/** Of the cached translations, whatever tree they come from. */
	uint32_t vmid;
	/** Of the other planes, which do not run: taken, so that they are not free. 0: none. */
	uint32_t aux_vmid[REALM_MAX_AUX_PLANES];

	/* Parameters. */
	bool lpa2;
	uint8_t ipa_width;
	uint8_t hash_algo; /**< RmiHashAlgorithm */
	uint8_t lfa_policy;
	uint8_t mec_policy;
	int rtt_level_start;
	uint32_t rtt_num_start;
	uint64_t rtt_base;
	uint64_t aux_rtt_base[REALM_MAX_AUX_PLANES]; /**< Of the auxiliary trees, if any. */
	unsigned num_trees;                          /**< 1, or one for each plane. */
	bool s2ap_indirect;                          /**< RmmRttS2APEncoding */
	uint64_t flags1;
	uint64_t num_aux_planes;
	uint64_t ats_plane;
	uint8_t rpv[64];

	uint8_t instance_id[CCA_INSTANCE_ID_SIZE]; /**< What attestation tokens call the Realm. */

	uint8_t rim[RMM_REALM_MEASUREMENT_SIZE];
	uint8_t rem[RMM_NUM_REM][RMM_REALM_MEASUREMENT_SIZE];

	/* Access permissions of the planes (A10.3.2.2). Guarded as the RTTs are. */
	uint8_t overlay_perms[REALM_MAX_AUX_PLANES + 1][RMM_NUM_PERM_OVERLAY_INDICES];
	uint16_t overlay_locked; /**< Bit n: MEM_PERM_LOCKED for overlay index n. */

	/* RECs. The number of RECs is the count of the RD's granule. */
	uint64_t rec_index;
	uint64_t first_rec;    /**< PA of the REC created last, REC_LIST_END if there is none. */
	struct sro_memory aux; /**< What the Host donated at creation. */
	uint64_t open_sros;    /**< Stateful operations that will come back to this RD. */
	/** SEVs of its vCPUs. */
	_Atomic uint64_t events;
};

/** Locks the RD at a PA, for the RMM's own purposes. @return the RD, or NULL when there is none */
struct rd *rd_lock(struct rmm *rmm, uint64_t pa);
struct rd *rd_lock_shared(struct rmm *rmm, uint64_t pa);

/** What a command answers about an object that another operation works on: RMI_BLOCKED (B4.3.3). */
uint64_t object_is_intermediate(const struct rmm *rmm);

/**
 * Locks the RD that a command names.
 * @param[out] x0 why not: RMI_ERROR_INPUT (rd_align, rd_bound, rd_state) or RMI_BLOCKED
 * @return the RD, or NULL
 */
struct rd *rd_get(struct rmm *rmm, uint64_t pa, uint64_t *x0);
struct rd *rd_get_shared(struct rmm *rmm, uint64_t pa, uint64_t *x0);

void rd_unlock(struct rmm *rmm, struct rd *rd);
void rd_unlock_shared(struct rmm *rmm, struct rd *rd);

/** RMM_RTT_TREE_PRIMARY (C1). */
#define REALM_TREE_PRIMARY 0

/** The tree that a plane uses (A10.3.1). */
static inline unsigned realm_tree_of_plane(const struct rd *rd, unsigned plane)
{
	return (plane + 1) % rd->num_trees;
}

/** PA of the first starting-level RTT of a tree. */
static inline uint64_t realm_tree_base(const struct rd *rd, unsigned tree)
{
	return tree == REALM_TREE_PRIMARY ? rd->rtt_base : rd->aux_rtt_base[tree - 1];
}

/** AddrIsProtected (B3.5). */
static inline bool ipa_is_protected(const struct rd *rd, uint64_t ipa)
{
	return ipa >> (rd->ipa_width - 1) == 0;
}

/** Whether an IPA is within the IPA space. */
static inline bool ipa_is_valid(const struct rd *rd, uint64_t ipa)
{
	return ipa >> rd->ipa_width == 0;
}

/** AddrRangeIsProtected (B3.12). */
bool ipa_range_is_protected(const struct rd *rd, uint64_t base, uint64_t top);

/** RmiRealmParamsIsValid and RealmParamsSupported (B3.137, B3.101): params_valid, params_supp. */
bool realm_params_are_good(const struct rmm *rmm, const struct rmi_realm_params *params);

/** Planes of a realm with these parameters, which are good. */
static inline unsigned realm_params_num_planes(const struct rmi_realm_params *params)
{
	/* RMM_QUIRK_NUM_AUX_PLANES_LOW32 lets what is above through. */
	return (unsigned)params->num_aux_planes + 1;
}

/** RTT trees of a realm with these parameters, which are good. */
unsigned realm_params_num_trees(const struct rmi_realm_params *params);

/** RttConfigIsValid (B3.171): rtt_num_level. */
bool realm_rtt_config_is_valid(const struct rmm *rmm, const struct rmi_realm_params *params);

uint64_t rmm_realm_create(struct rmm_call *call);
uint64_t rmm_realm_activate(struct rmm_call *call);
uint64_t rmm_realm_terminate(struct rmm_call *call);
uint64_t rmm_realm_destroy(struct rmm_call *call);

#endif
