/* SPDX-License-Identifier: BSD-3-Clause */
#include "realm/realm.h"

#include <assert.h>
#include <string.h>

#include "attest/attest.h"
#include "core/policy.h"
#include "core/quirks.h"
#include "core/rmm.h"
#include "granule/tracking.h"
#include "guest/stage2.h"
#include "measure/measure.h"
#include "realm/vmid.h"
#include "rec/rec.h"
#include "rtt/rtt.h"

_Static_assert(sizeof(struct rd) <= 4096, "an RD fits in the smallest granule");

struct rd *rd_lock(struct rmm *rmm, uint64_t pa)
{
	struct granule *g = granule_at(rmm, pa);

	if (g == NULL || !pa_is_granule_aligned(rmm, pa) || !granule_lock(g, GRAN_RD))
		return NULL;
	return granule_map(rmm, pa);
}

struct rd *rd_lock_shared(struct rmm *rmm, uint64_t pa)
{
	struct granule *g = granule_at(rmm, pa);

	if (g == NULL || !pa_is_granule_aligned(rmm, pa) || !granule_lock_shared(g, GRAN_RD))
		return NULL;
	return granule_map(rmm, pa);
}

void rd_unlock(struct rmm *rmm, struct rd *rd)
{
	granule_unlock(granule_at(rmm, rd->pa), GRAN_RD);
}

void rd_unlock_shared(struct rmm *rmm, struct rd *rd)
{
	granule_unlock_shared(granule_at(rmm, rd->pa));
}

uint64_t object_is_intermediate(const struct rmm *rmm)
{
	return rmi_result(quirk(rmm, RMM_QUIRK_INTERMEDIATE_INPUT) ? RMI_ERROR_INPUT : RMI_BLOCKED);
}

struct rd *rd_get(struct rmm *rmm, uint64_t pa, uint64_t *x0)
{
	struct rd *rd = rd_lock(rmm, pa);

	*x0 = rmi_result(RMI_ERROR_INPUT);
	if (rd == NULL || !granule_is_intermediate(granule_at(rmm, pa)))
		return rd;
	rd_unlock(rmm, rd);
	*x0 = object_is_intermediate(rmm);
	return NULL;
}

struct rd *rd_get_shared(struct rmm *rmm, uint64_t pa, uint64_t *x0)
{
	struct rd *rd = rd_lock_shared(rmm, pa);

	*x0 = rmi_result(RMI_ERROR_INPUT);
	if (rd == NULL || !granule_is_intermediate(granule_at(rmm, pa)))
		return rd;
	rd_unlock_shared(rmm, rd);
	*x0 = object_is_intermediate(rmm);
	return NULL;
}

bool ipa_range_is_protected(const struct rd *rd, uint64_t base, uint64_t top)
{
	return top > base && ipa_is_protected(rd, base) && ipa_is_protected(rd, top - 1);
}

/* Gives back starting-level RTTs. */
static void free_root(struct rmm *rmm, uint64_t base, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		granule_move(granule_at(rmm, base + ((uint64_t)i << rmm->gshift)), GRAN_RTT,
		             GRAN_DELEGATED);
}

/* RttsStateEqual (B3.200), with the transition in the same step. */
static bool take_root(struct rmm *rmm, uint64_t base, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t pa = base + ((uint64_t)i << rmm->gshift);

		/* A coarse region has one state, and can hold no table. */
		if (pa_is_delegable_conventional_fine(rmm, pa) && tracking_take(rmm, pa, GRAN_RTT))
			continue;
		free_root(rmm, base, i);
		return false;
	}
	return true;
}

/* PA of the starting-level RTTs of a tree. */
static uint64_t params_base(const struct rmi_realm_params *params, unsigned tree)
{
	return tree == REALM_TREE_PRIMARY ? params->rtt_base : params->aux_rtt_base[tree - 1];
}

/* rtt_align, which counts for every tree */
static bool roots_are_aligned(const struct rmm *rmm, const struct rmi_realm_params *params)
{
	uint64_t size = (uint64_t)params->rtt_num_start << rmm->gshift;

	for (unsigned tree = 0; tree < realm_params_num_trees(params); tree++) {
		if ((params_base(params, tree) & (size - 1)) != 0)
			return false;
	}
	return true;
}

static void free_roots(struct rmm *rmm, const struct rmi_realm_params *params, unsigned trees)
{
	while (trees-- != 0)
		free_root(rmm, params_base(params, trees), params->rtt_num_start);
}

/* rtt_state, which counts for every tree. Roots that overlap do not pass. */
static bool take_roots(struct rmm *rmm, const struct rmi_realm_params *params)
{
	for (unsigned tree = 0; tree < realm_params_num_trees(params); tree++) {
		uint64_t base = params_base(params, tree);

		if (take_root(rmm, base, params->rtt_num_start))
			continue;
		free_roots(rmm, params, tree);
		return false;
	}
	return true;
}

/* VOID and RIPAS EMPTY, or UNMAPPED_NS. */
static void wipe_roots(struct rmm *rmm, const struct rmi_realm_params *params)
{
	for (unsigned tree = 0; tree < realm_params_num_trees(params); tree++) {
		for (uint32_t i = 0; i < params->rtt_num_start; i++) {
			uint64_t pa = params_base(params, tree) + ((uint64_t)i << rmm->gshift);

			granule_at(rmm, pa)->count = 0;
			granule_wipe(rmm, pa);
		}
	}
}

static void free_vmids(struct rmm *rmm, const uint32_t vmid[REALM_MAX_TREES])
{
	for (unsigned i = 0; i < REALM_MAX_TREES && vmid[i] != 0; i++)
		vmid_free(rmm, vmid[i]);
}

/* VmidsAvailable (B3.231), with the allocation in the same step: one for each plane. */
static bool alloc_vmids(struct rmm *rmm, unsigned planes, uint32_t vmid[REALM_MAX_TREES])
{
	for (unsigned i = 0; i < planes; i++) {
		vmid[i] = vmid_alloc(rmm);
		if (vmid[i] == 0)
			return false;
	}
	return true;
}

static void init_rd(struct rd *rd, uint64_t pa, const uint32_t vmid[REALM_MAX_TREES],
                    const struct rmi_realm_params *params)
{
	*rd = (struct rd){
	        .pa = pa,
	        .state = REALM_NEW,
	        .vmid = vmid[0],
	        .lpa2 = (params->flags0 & RMI_REALM_FLAGS0_LPA2) != 0,
	        .ipa_width = params->s2sz,
	        .hash_algo = params->hash_algo,
	        .lfa_policy = (uint8_t)RMI_FIELD_GET(params->flags0, RMI_REALM_FLAGS0_LFA_POLICY),
	        .mec_policy = (uint8_t)RMI_FIELD_GET(params->flags0, RMI_REALM_FLAGS0_MEC_POLICY),
	        .rtt_level_start = (int)params->rtt_level_start,
	        .rtt_num_start = params->rtt_num_start,
	        .rtt_base = params->rtt_base,
	        .num_trees = realm_params_num_trees(params),
	        .s2ap_indirect = (params->flags1 & RMI_REALM_FLAGS1_RTT_S2AP_ENCODING) != 0,
	        .overlay_locked = 1,
	        .flags1 = params->flags1,
	        .num_aux_planes = realm_params_num_planes(params) - 1,
	        .ats_plane = params->ats_plane,
	        .first_rec = REC_LIST_END,
	        .aux = SRO_NO_MEMORY,
	};
	memcpy(rd->rpv, params->rpv, sizeof(rd->rpv));
	memcpy(rd->aux_vmid, &vmid[1], sizeof(rd->aux_vmid));
	memcpy(rd->aux_rtt_base, params->aux_rtt_base, sizeof(rd->aux_rtt_base));
	/* A10.3.2.2: P0 may do all, the other planes nothing until P0 says so. */
	memset(rd->overlay_perms[0], RSI_PERM_LABEL_RW_PUX, sizeof(rd->overlay_perms[0]));
}

/* Takes a realm that nobody uses apart. The RD is locked; it is gone afterwards. */
static void unmake(struct rmm *rmm, struct rd *rd)
{
	stage2_changed(rmm, rd);
	vmid_free(rmm, rd->vmid);
	for (unsigned i = 0; i < REALM_MAX_AUX_PLANES && rd->aux_vmid[i] != 0; i++)
		vmid_free(rmm, rd->aux_vmid[i]);
	for (unsigned tree = 0; tree < rd->num_trees; tree++)
		free_root(rmm, realm_tree_base(rd, tree), rd->rtt_num_start);
	atomic_fetch_sub(&rmm->num_realms, 1);
	granule_set_intermediate(granule_at(rmm, rd->pa), false);
	granule_unlock(granule_at(rmm, rd->pa), GRAN_DELEGATED);
}

/* Ends REALM_CREATE once the Host has donated what it must, or has got back what it donated. */
static uint64_t finish_create(struct rmm_call *call, struct sro *sro)
{
	struct rd *rd = rd_lock(call->rmm, sro->rd);
	uint64_t x0 = rmi_result(RMI_ERROR_INPUT);

	if (sro->abandoned) {
		unmake(call->rmm, rd);
	} else {
		rd->aux = sro->memory;
		granule_set_intermediate(granule_at(call->rmm, rd->pa), false);
		rd_unlock(call->rmm, rd);
		x0 = rmi_result(RMI_SUCCESS);
	}
	sro_end(call, sro);
	return x0;
}

/* Locks the granule that an RD will live in. @return false if it cannot */
static bool lock_delegated(struct rmm *rmm, uint64_t pa)
{
	if (!granule_lock(granule_at(rmm, pa), GRAN_DELEGATED))
		return false;
	if (tracking_still_fine(rmm, pa))
		return true;
	granule_unlock(granule_at(rmm, pa), GRAN_DELEGATED);
	return false;
}

/* B4.5.46 */
uint64_t rmm_realm_create(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	uint64_t rd_pa = call->in[1];
	uint64_t params_pa = call->in[2];
	struct rmi_realm_params params;
	struct sro *sro = NULL;
	uint64_t root_size;
	struct granule *g;
	uint32_t vmid[REALM_MAX_TREES] = {0};
	unsigned aux;
	uint64_t x0;

	/* params_align, params_pas */
	if (!pa_is_granule_aligned(rmm, params_pa) || !pa_is_nonsecure(rmm, params_pa))
		return rmi_result(RMI_ERROR_INPUT);
	memcpy(&params, granule_map(rmm, params_pa), sizeof(params));
	if (quirk(rmm, RMM_QUIRK_NUM_AUX_PLANES_LOW32))
		params.num_aux_planes = (uint32_t)params.num_aux_planes;
	/* params_valid, params_supp, rtt_num_level */
	if (!realm_params_are_good(rmm, &params) || !realm_rtt_config_is_valid(rmm, &params))
		return rmi_result(RMI_ERROR_INPUT);
	root_size = (uint64_t)params.rtt_num_start << rmm->gshift;
	/* A3.3: no table beyond 48 bits without LPA2 */
	if ((params.flags0 & RMI_REALM_FLAGS0_LPA2) == 0 && params.rtt_base >> 48 != 0)
		return rmi_result(RMI_ERROR_INPUT);
	/* rtt_align, ats_plane */
	if (!roots_are_aligned(rmm, &params) || params.ats_plane > params.num_aux_planes)
		return rmi_result(RMI_ERROR_INPUT);
	/* rd_align, rd_bound, alias */
	if (!pa_is_granule_aligned(rmm, rd_pa) || !pa_is_delegable_conventional_fine(rmm, rd_pa) ||
	    rd_pa - params.rtt_base < root_size)
		return rmi_result(RMI_ERROR_INPUT);
	/* pat_valid */
	if (!atomic_load(&rmm->pat_valid))
		return rmi_result(RMI_ERROR_GLOBAL);
	/* rtt_state */
	if (!take_roots(rmm, &params))
		return rmi_result(RMI_ERROR_INPUT);
	/* rd_state; the RD is locked until it is complete. It is no auxiliary root either. */
	g = granule_at(rmm, rd_pa);
	if (!lock_delegated(rmm, rd_pa)) {
		free_roots(rmm, &params, realm_params_num_trees(&params));
		return rmi_result(RMI_ERROR_INPUT);
	}
	/* vmid */
	x0 = rmi_result(RMI_ERROR_GLOBAL);
	if (!alloc_vmids(rmm, realm_params_num_planes(&params), vmid))
		goto undo;
	aux = policy_number(call->pe, 0, rmm->config.policy.realm_aux);
	if (aux != 0) {
		sro = sro_begin(call, &x0);
		if (sro == NULL)
			goto undo;
	}
	wipe_roots(rmm, &params);
	granule_wipe(rmm, rd_pa);
	init_rd(granule_map(rmm, rd_pa), rd_pa, vmid, &params);
	attest_name_realm(call->pe, granule_map(rmm, rd_pa));
	measure_realm(call->pe, granule_map(rmm, rd_pa), &params);
	g->count = 0;
	atomic_fetch_add(&rmm->num_realms, 1);
	granule_set_intermediate(g, sro != NULL);
	granule_unlock(g, GRAN_RD);
	if (sro == NULL)
		return rmi_result(RMI_SUCCESS);
	sro->rd = rd_pa;
	sro->finish = finish_create;
	sro_ask(call, sro, aux);
	return sro_incomplete(call, sro);
undo:
	free_vmids(rmm, vmid);
	granule_unlock(g, GRAN_DELEGATED);
	free_roots(rmm, &params, realm_params_num_trees(&params));
	return x0;
}

uint64_t rmm_realm_activate(struct rmm_call *call)
{
	/* rd_align, rd_bound, rd_state */
	uint64_t x0;
	struct rd *rd = rd_get(call->rmm, call->in[1], &x0);

	if (rd == NULL)
		return x0;
	x0 = rmi_result(RMI_ERROR_REALM);
	/* realm_state */
	if (rd->state == REALM_NEW) {
		rd->state = REALM_ACTIVE;
		x0 = rmi_result(RMI_SUCCESS);
	}
	rd_unlock(call->rmm, rd);
	return x0;
}

uint64_t rmm_realm_terminate(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct rd *rd;
	uint64_t x0;

	/* rd_align, rd_tracking, rd_state */
	if (!pa_is_tracked_fine(rmm, call->in[1]))
		return rmi_result(RMI_ERROR_INPUT);
	rd = rd_get(rmm, call->in[1], &x0);
	if (rd == NULL)
		return x0;
	x0 = rmi_result(RMI_ERROR_REALM);
	/* rec_running */
	if (stage2_count(rmm, rd) == 0) {
		rd->state = REALM_ZOMBIE;
		x0 = rmi_result(RMI_SUCCESS);
	}
	rd_unlock(rmm, rd);
	return x0;
}

/* RealmIsLive (B3.99). */
static bool realm_is_live(struct rmm *rmm, const struct rd *rd)
{
	if (granule_at(rmm, rd->pa)->count != 0)
		return true;
	for (unsigned tree = 0; tree < rd->num_trees; tree++) {
		uint64_t base = realm_tree_base(rd, tree);

		for (uint32_t i = 0; i < rd->rtt_num_start; i++) {
			if (granule_at(rmm, base + ((uint64_t)i << rmm->gshift))->count != 0)
				return true;
		}
	}
	return false;
}

/* Ends REALM_DESTROY once the Host has taken back what it donated. */
static uint64_t finish_destroy(struct rmm_call *call, struct sro *sro)
{
	unmake(call->rmm, rd_lock(call->rmm, sro->rd));
	sro_end(call, sro);
	return rmi_result(RMI_SUCCESS);
}

/* The Host has memory to take back first. Releases the RD. */
static uint64_t begin_destroy(struct rmm_call *call, struct rd *rd)
{
	uint64_t x0;
	struct sro *sro = sro_begin(call, &x0);

	if (sro == NULL) {
		rd_unlock(call->rmm, rd);
		return x0;
	}
	sro->rd = rd->pa;
	sro->memory = rd->aux;
	rd->aux = SRO_NO_MEMORY;
	sro->finish = finish_destroy;
	sro->want = RMI_OP_MEM_REQ_RECLAIM;
	granule_set_intermediate(granule_at(call->rmm, rd->pa), true);
	rd_unlock(call->rmm, rd);
	return sro_incomplete(call, sro);
}

uint64_t rmm_realm_destroy(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	uint64_t x0;
	struct rd *rd;

	/* rd_align, rd_tracking, rd_state */
	if (!pa_is_tracked_fine(rmm, call->in[1]))
		return rmi_result(RMI_ERROR_INPUT);
	rd = rd_get(rmm, call->in[1], &x0);
	if (rd == NULL)
		return x0;
	x0 = rmi_result(RMI_ERROR_REALM);
	/* realm_state, realm_live */
	if (rd->state != REALM_ZOMBIE || realm_is_live(rmm, rd))
		goto refuse;
	/* B4.3.3: an operation that is not finished will come back to this RD. */
	x0 = rmi_result(RMI_BLOCKED);
	if (rd->open_sros != 0)
		goto refuse;
	if (rd->aux.count != 0)
		return begin_destroy(call, rd);
	unmake(rmm, rd);
	return rmi_result(RMI_SUCCESS);
refuse:
	rd_unlock(rmm, rd);
	return x0;
}
