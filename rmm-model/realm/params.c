/* SPDX-License-Identifier: BSD-3-Clause */
/* What REALM_CREATE accepts as parameters. */
#include "core/quirks.h"
#include "core/rmm.h"
#include "realm/realm.h"

/* RmiRealmParamsIsValid (B3.137): every field holds a valid encoding. */
static bool encodings_are_valid(const struct rmm *rmm, const struct rmi_realm_params *params)
{
	return params->hash_algo <= RMI_HASH_SHA_384 &&
	       (RMI_FIELD_GET(params->flags0, RMI_REALM_FLAGS0_LFA_POLICY) <= RMI_LFA_ALLOW ||
	        quirk(rmm, RMM_QUIRK_LFA_POLICY_UNCHECKED)) &&
	       RMI_FIELD_GET(params->flags0, RMI_REALM_FLAGS0_MEC_POLICY) <= RMI_MEC_POLICY_PRIVATE;
}

/* A tree per plane needs the direct encoding of S2AP, one tree for all the indirect one. */
static bool planes_are_supported(const struct rmm_config *config, uint64_t num_aux_planes,
                                 uint64_t flags1)
{
	bool tree_per_plane = (flags1 & RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE) != 0;
	bool indirect = (flags1 & RMI_REALM_FLAGS1_RTT_S2AP_ENCODING) != 0;

	if (num_aux_planes > config->planes || (indirect && config->planes == 0))
		return false;
	return num_aux_planes == 0 || tree_per_plane != indirect;
}

/* RealmParamsSupported (B3.101): nothing is asked for that the feature registers do not offer. */
static bool features_are_supported(const struct rmm *rmm, const struct rmi_realm_params *params)
{
	const struct rmm_config *config = &rmm->config;
	unsigned hashes = config->hashes;
	uint64_t absent1 = RMI_REALM_FLAGS1_ATS;
	uint64_t absent0 = RMI_REALM_FLAGS0_SVE | RMI_REALM_FLAGS0_PMU | RMI_REALM_FLAGS0_DA;

	if (!config->lpa2)
		absent0 |= RMI_REALM_FLAGS0_LPA2;
	if (quirk(rmm, RMM_QUIRK_FLAGS1_ATS_UNCHECKED))
		absent1 = 0;
	if (quirk(rmm, RMM_QUIRK_SHA384))
		hashes |= RMM_SET(RMI_HASH_SHA_384);
	if ((params->flags0 & absent0) != 0 || (params->flags1 & absent1) != 0)
		return false;
	if (params->s2sz > config->s2sz)
		return false;
	if (params->sve_vl != 0 && !quirk(rmm, RMM_QUIRK_SVE_VL_UNCHECKED))
		return false;
	if (params->pmu_num_ctrs != 0 && !quirk(rmm, RMM_QUIRK_PMU_NUM_CTRS_UNCHECKED))
		return false;
	/* The fields hold numbers minus one, and 0 is reserved. */
	if (params->num_bps == 0 || params->num_bps + 1u > config->num_bps ||
	    params->num_wps == 0 || params->num_wps + 1u > config->num_wps)
		return false;
	if ((hashes & RMM_SET(params->hash_algo)) == 0)
		return false;
	return planes_are_supported(config, params->num_aux_planes, params->flags1);
}

unsigned realm_params_num_trees(const struct rmi_realm_params *params)
{
	/* B4.6.61: the flag is ignored when there are no auxiliary planes. */
	if ((params->flags1 & RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE) == 0)
		return 1;
	return realm_params_num_planes(params);
}

bool realm_params_are_good(const struct rmm *rmm, const struct rmi_realm_params *params)
{
	return encodings_are_valid(rmm, params) && features_are_supported(rmm, params);
}

/*
 * The starting level is one that the VMSA allows for the granule size, the IPA width needs it, and
 * there are just as many concatenated RTTs as the bits beyond one RTT ask for.
 */
bool realm_rtt_config_is_valid(const struct rmm *rmm, const struct rmi_realm_params *params)
{
	bool lpa2 = (params->flags0 & RMI_REALM_FLAGS0_LPA2) != 0;
	unsigned stride = rmm->gshift - 3;
	int lowest = rmm->gshift == 12 ? 0 : 1;
	unsigned shift;
	unsigned bits;

	if (lpa2 && rmm->gshift != 16)
		lowest--;
	if (params->s2sz > (lpa2 ? 52 : 48) || params->rtt_level_start < lowest ||
	    params->rtt_level_start >= RMM_RTT_PAGE_LEVEL)
		return false;
	shift = rmi_rtt_level_shift(rmm->gshift, (int)params->rtt_level_start);
	if (params->s2sz <= shift)
		return false;
	bits = params->s2sz - shift;
	if (bits <= stride)
		return params->rtt_num_start == 1;
	/* At most 16 starting-level RTTs. */
	return bits - stride <= 4 && params->rtt_num_start == 1u << (bits - stride);
}
