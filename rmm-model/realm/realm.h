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

#include <rmi/abi/layout.h>
#include <rmi/abi/measurement.h>
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

/** RmmRealm (C2). */
struct rd {
	uint64_t pa; /**< Of this RD. */
	enum realm_state state;
	uint32_t vmid;

	/* Parameters. */
	bool lpa2;
	uint8_t ipa_width;
	uint8_t hash_algo; /**< RmiHashAlgorithm */
	uint8_t lfa_policy;
	uint8_t mec_policy;
	int rtt_level_start;
	uint32_t rtt_num_start;
	uint64_t rtt_base;
	uint64_t flags1;
	uint64_t num_aux_planes;
	uint64_t ats_plane;
	uint8_t rpv[64];

	uint8_t rim[RMM_REALM_MEASUREMENT_SIZE];
	uint8_t rem[RMM_NUM_REM][RMM_REALM_MEASUREMENT_SIZE];

	/* RECs. The number of RECs is the count of the RD's granule. */
	uint64_t rec_index;
	uint64_t first_rec;    /**< PA of the REC created last, REC_LIST_END if there is none. */
	struct sro_memory aux; /**< What the Host donated at creation. */
	uint64_t open_sros;    /**< Stateful operations that will come back to this RD. */
	/** RECs that are REC_RUNNING. Rises under a shared lock. */
	_Atomic uint64_t num_running;
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

/** RttConfigIsValid (B3.171): rtt_num_level. */
bool realm_rtt_config_is_valid(const struct rmm *rmm, const struct rmi_realm_params *params);

uint64_t rmm_realm_create(struct rmm_call *call);
uint64_t rmm_realm_activate(struct rmm_call *call);
uint64_t rmm_realm_terminate(struct rmm_call *call);
uint64_t rmm_realm_destroy(struct rmm_call *call);

#endif
