/* SPDX-License-Identifier: BSD-3-Clause */
/* Conditions of the RMM, of Realms and of the structures that describe them. */
#include "fuzz_aim.h"

#include <string.h>

/* States of the RMM and of Realms */

static bool rmm_inactive(struct fuzz *f, struct fuzz_call *call)
{
	(void)call;
	return !f->active;
}

static bool rmm_active(struct fuzz *f, struct fuzz_call *call)
{
	(void)call;
	return f->active;
}

static bool realm_state(struct fuzz *f, struct fuzz_call *call)
{
	bool zombie = call->command->fid == SMC_RMI_REALM_DESTROY;
	bool active = call->command->fid == SMC_RMI_REC_ENTER;
	uint64_t start = fuzz_below(f, FUZZ_MAX_REALMS);

	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[(start + i) % FUZZ_MAX_REALMS];

		if (!realm->used || (zombie && realm->zombie) ||
		    (!zombie && active == (realm->active && !realm->zombie)))
			continue;
		if (!zombie && !active && !realm->active && !realm->zombie)
			continue;
		call->realm = realm;
		if (!active)
			return fuzz_put(fuzz_input(call, "rd"), realm->rd) &&
			       (call->command->fid != SMC_RMI_RTT_INIT_RIPAS ||
			        fuzz_put_page(f, call, fuzz_ipa(f, realm, true)));
		if (realm->num_recs)
			return fuzz_put(fuzz_input(call, "rec"),
			                realm->recs[fuzz_below(f, realm->num_recs)].pa);
	}
	return false;
}

static bool realm_live(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[i];

		if (realm->used && realm->zombie && (realm->num_recs || realm->num_tables))
			return fuzz_put(fuzz_input(call, "rd"), realm->rd);
	}
	(void)f;
	return false;
}

/* Structures */

static bool config_unsupported(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_rmm_config *config = fuzz_va(f, call->in.x[1]);

	if (!config)
		return false;
	config->rmi_granule_size = (uint8_t)(3 + fuzz_below(f, 253));
	return true;
}

static struct rmi_realm_params *realm_params(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_va(f, call->in.x[2]);
}

static bool params_invalid(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_realm_params *params = realm_params(f, call);

	if (!params)
		return false;
	params->hash_algo = (uint8_t)(3 + fuzz_below(f, 253));
	return true;
}

static bool params_unsupported(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_realm_params *params = realm_params(f, call);

	if (!params)
		return false;
	switch (fuzz_below(f, 6)) {
	case 0:
		params->s2sz = (uint8_t)(53 + fuzz_below(f, 8));
		break;
	case 1:
		params->num_bps = fuzz_chance(f, 50) ? 0 : 200;
		break;
	case 2:
		params->num_wps = fuzz_chance(f, 50) ? 0 : 200;
		break;
	case 3:
		params->sve_vl = 1;
		break;
	case 4:
		params->flags0 |= RMI_REALM_FLAGS0_PMU;
		break;
	default:
		params->flags1 |= RMI_REALM_FLAGS1_ATS;
		break;
	}
	return true;
}

static bool rd_is_rtt(struct fuzz *f, struct fuzz_call *call)
{
	const struct rmi_realm_params *params = realm_params(f, call);

	return params && fuzz_put(fuzz_input(call, "rd"), params->rtt_base);
}

static bool root_misaligned(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_realm_params *params = realm_params(f, call);

	if (!params)
		return false;
	params->rtt_base += params->rtt_num_start > 1 ? f->gsize : 1 + fuzz_below(f, f->gsize - 1);
	return true;
}

static bool root_config(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_realm_params *params = realm_params(f, call);

	if (!params)
		return false;
	if (fuzz_chance(f, 50))
		params->rtt_num_start = fuzz_chance(f, 50) ? 0 : params->rtt_num_start * 2;
	else
		params->rtt_level_start = fuzz_chance(f, 50) ? 3 : -2;
	return true;
}

static bool root_state(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_realm_params *params = realm_params(f, call);

	if (!params)
		return false;
	params->rtt_base = fuzz_granules(f, FUZZ_NS, params->rtt_num_start);
	return params->rtt_base != 0;
}

static bool plane_absent(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_realm_params *params = realm_params(f, call);

	if (!params)
		return false;
	params->ats_plane = params->num_aux_planes + 1;
	return true;
}

static bool no_platform_token(struct fuzz *f, struct fuzz_call *call)
{
	(void)call;
	return !f->pat_valid;
}

static bool no_vmid(struct fuzz *f, struct fuzz_call *call)
{
	unsigned used = call->params.num_planes + 1;

	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++)
		used += f->realms[i].used ? f->realms[i].num_planes + 1 : 0;
	return used > f->num_vmids;
}

static struct rmi_rec_params *rec_params(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_va(f, call->in.x[3]);
}

static bool too_many_recs(struct fuzz *f, struct fuzz_call *call)
{
	return call->realm && call->realm->num_recs == f->max_recs;
}

static bool wrong_index(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_rec_params *params = rec_params(f, call);

	if (!params || !call->realm)
		return false;
	params->mpidr = rmi_rec_mpidr(call->realm->num_created + 1 + fuzz_below(f, 5));
	return true;
}

/** The rules of this file. */
const struct fuzz_rule fuzz_object_rules[] = {
        {SMC_RMI_RMM_CONFIG_SET, "rmm_state", rmm_active},
        {SMC_RMI_RMM_ACTIVATE, "state", rmm_active},
        {SMC_RMI_RMM_DEACTIVATE, "state", rmm_inactive},
        {0, "rmm_state", rmm_inactive},
        {0, "cfg_supp", config_unsupported},
        {0, "params_valid", params_invalid},
        {0, "params_supp", params_unsupported},
        {0, "alias", rd_is_rtt},
        {SMC_RMI_REALM_CREATE, "rtt_align", root_misaligned},
        {SMC_RMI_REALM_CREATE, "rtt_state", root_state},
        {0, "rtt_num_level", root_config},
        {0, "ats_plane", plane_absent},
        {0, "pat_valid", no_platform_token},
        {0, "vmid", no_vmid},
        {0, "num_recs", too_many_recs},
        {0, "mpidr_index", wrong_index},
        {0, "realm_live", realm_live},
        {0, "realm_state", realm_state},
        {0},
};
