/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/global.h"

#include <string.h>

#include "core/policy.h"
#include "core/quirks.h"
#include "core/revision.h"
#include "core/rmm.h"
#include "granule/tracking.h"

/* RmiInterfaceVersion has 31 bits. */
#define VERSION_MASK UINT64_C(0x7fffffff)

uint64_t rmm_version(struct rmm_call *call)
{
	bool supported = (call->in[1] & VERSION_MASK) == RMI_ABI_VERSION;

	/* There is one version: it is the highest one, and the one below or above any other. */
	call->out[1] = RMI_ABI_VERSION;
	call->out[2] = RMI_ABI_VERSION;
	/* incompat_lower, incompat_higher */
	return rmi_result(supported ? RMI_SUCCESS : RMI_ERROR_INPUT);
}

static uint64_t feature_register_0(const struct rmm_config *config)
{
	uint64_t reg = RMI_FIELD_SET(config->s2sz, RMI_FEATURE_REGISTER_0_S2SZ) |
	               RMI_FIELD_SET(config->num_bps - 1, RMI_FEATURE_REGISTER_0_NUM_BPS) |
	               RMI_FIELD_SET(config->num_wps - 1, RMI_FEATURE_REGISTER_0_NUM_WPS);

	if (config->lpa2)
		reg |= RMI_FEATURE_REGISTER_0_LPA2;
	if (config->l0gpt_block_delegate)
		reg |= RMI_FEATURE_REGISTER_0_L0GPT_BLOCK_DELEGATE;
	if (revision_has_s2oasz(config))
		reg |= RMI_FIELD_SET(config->lpa2 ? 52 : 48, RMI_FEATURE_REGISTER_0_S2OASZ);
	return reg;
}

/* L0GPTSZ and PPS in the encodings of GPCCR_EL3: 1GB; 48 or 52 bits. */
static uint64_t feature_register_1(const struct rmm_config *config)
{
	uint64_t reg =
	        RMI_FIELD_SET(config->max_recs_order, RMI_FEATURE_REGISTER_1_MAX_RECS_ORDER) |
	        RMI_FIELD_SET(config->lpa2 ? 6 : 5, RMI_FEATURE_REGISTER_1_PPS);

	if (config->granule_sizes & RMM_SET(RMI_GRANULE_SIZE_4KB))
		reg |= RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_4KB;
	if (config->granule_sizes & RMM_SET(RMI_GRANULE_SIZE_16KB))
		reg |= RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_16KB;
	if (config->granule_sizes & RMM_SET(RMI_GRANULE_SIZE_64KB))
		reg |= RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_64KB;
	if (config->hashes & RMM_SET(RMI_HASH_SHA_256))
		reg |= RMI_FEATURE_REGISTER_1_HASH_SHA_256;
	if (config->hashes & RMM_SET(RMI_HASH_SHA_384))
		reg |= RMI_FEATURE_REGISTER_1_HASH_SHA_384;
	if (config->hashes & RMM_SET(RMI_HASH_SHA_512))
		reg |= RMI_FEATURE_REGISTER_1_HASH_SHA_512;
	return reg;
}

/* Realms with planes may have either kind of RTT trees. */
static uint64_t feature_register_3(const struct rmm_config *config)
{
	if (config->planes == 0)
		return 0;
	return RMI_FIELD_SET(config->planes, RMI_FEATURE_REGISTER_3_MAX_NUM_AUX_PLANES) |
	       RMI_FIELD_SET(RMI_RTT_PLANE_AUX_SINGLE, RMI_FEATURE_REGISTER_3_RTT_PLANE) |
	       RMI_FEATURE_REGISTER_3_RTT_S2AP_INDIRECT;
}

/* Neither device assignment nor MECIDs: registers 2 and 4 are zero, as those beyond. */
uint64_t rmm_features(struct rmm_call *call)
{
	if (call->in[1] == 0)
		call->out[1] = feature_register_0(&call->rmm->config);
	else if (call->in[1] == 1)
		call->out[1] = feature_register_1(&call->rmm->config);
	else if (call->in[1] == 3)
		call->out[1] = feature_register_3(&call->rmm->config);
	return rmi_result(RMI_SUCCESS);
}

static uint64_t config_set_locked(struct rmm_call *call)
{
	static const unsigned gshifts[] = {
	        [RMI_GRANULE_SIZE_4KB] = 12,
	        [RMI_GRANULE_SIZE_16KB] = 14,
	        [RMI_GRANULE_SIZE_64KB] = 16,
	};
	struct rmm *rmm = call->rmm;
	struct rmi_rmm_config config;
	uint64_t region;
	const char *held;
	uint64_t pa;

	/* rmm_state */
	if (atomic_load(&rmm->state) != RMM_STATE_INIT)
		return rmi_result(RMI_ERROR_GLOBAL);
	/* cfg_align, cfg_pas */
	if (!pa_is_granule_aligned(rmm, call->in[1]) || !pa_is_nonsecure(rmm, call->in[1]))
		return rmi_result(RMI_ERROR_INPUT);
	memcpy(&config, granule_map(rmm, call->in[1]), sizeof(config));
	/* cfg_supp */
	region = tracking_region_size(config.rmi_granule_size, config.tracking_region_size);
	if (region == 0 || (rmm->config.granule_sizes & RMM_SET(config.rmi_granule_size)) == 0)
		return rmi_result(RMI_ERROR_INPUT);
	/* B4.3.3: an L1 GPT may be on its way */
	if (rmm->open_globals != 0)
		return rmi_result(RMI_BLOCKED);
	/* tracked; and an L1 GPT that was donated is made of granules */
	if (rmm->tracking.num_tracked != 0 || rmm_next_held_granule(rmm, 0, &pa, &held))
		return rmi_result(RMI_ERROR_INPUT);
	/* Nothing is delegated: every entry of the granule table says so at any size. */
	rmm->gshift = gshifts[config.rmi_granule_size];
	tracking_set_region_size(rmm, region);
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rmm_config_set(struct rmm_call *call)
{
	uint64_t x0;

	pthread_mutex_lock(&call->rmm->global_lock);
	x0 = config_set_locked(call);
	pthread_mutex_unlock(&call->rmm->global_lock);
	return x0;
}

static bool config_is_visible(const struct rmm *rmm)
{
	uint32_t state = atomic_load(&rmm->state);

	if (state == RMM_STATE_INIT)
		return revision_shows_config_early(&rmm->config) ||
		       quirk(rmm, RMM_QUIRK_CONFIG_GET_IN_INIT);
	return state == RMM_STATE_ACTIVE;
}

uint64_t rmm_rmm_config_get(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct rmi_rmm_config config = {
	        .rmi_granule_size = (uint8_t)((rmm->gshift - 12) / 2),
	};

	/* rmm_state */
	if (!config_is_visible(rmm))
		return rmi_result(RMI_ERROR_GLOBAL);
	/* cfg_align, cfg_pas */
	if (!pa_is_granule_aligned(rmm, call->in[1]) || !pa_is_nonsecure(rmm, call->in[1]))
		return rmi_result(RMI_ERROR_INPUT);
	if (tracking_region_size(config.rmi_granule_size, 0) != rmm->tracking_region_size)
		config.tracking_region_size = 1;
	memcpy(granule_map(rmm, call->in[1]), &config, sizeof(config));
	return rmi_result(RMI_SUCCESS);
}

/* A9.11.7: busy until the platform has answered. Under rmm->global_lock. */
static uint64_t refresh_locked(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;

	/* rmm_state */
	if (atomic_load(&rmm->state) != RMM_STATE_ACTIVE)
		return rmi_result(RMI_ERROR_GLOBAL);
	if (rmm->pat_refresh == 0)
		rmm->pat_refresh = policy_number(call->pe, 0, rmm->config.policy.pat_busy) + 1;
	if (--rmm->pat_refresh != 0)
		return rmi_result(RMI_BUSY);
	atomic_store(&rmm->pat_valid, true);
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_attest_plat_token_refresh(struct rmm_call *call)
{
	uint64_t x0;

	pthread_mutex_lock(&call->rmm->global_lock);
	x0 = refresh_locked(call);
	pthread_mutex_unlock(&call->rmm->global_lock);
	return x0;
}

uint64_t rmm_not_supported(struct rmm_call *call)
{
	(void)call;
	return rmi_result(RMI_ERROR_NOT_SUPPORTED);
}
