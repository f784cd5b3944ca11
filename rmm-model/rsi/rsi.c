/* SPDX-License-Identifier: BSD-3-Clause */
/* RSI commands that never leave the RMM (DEN0137 B5.4), and the dispatch of all of them. */
#include "rsi/rsi.h"

#include <string.h>

#include "core/quirks.h"
#include "core/rmm.h"
#include "measure/measure.h"
#include "realm/realm.h"
#include "rtt/rtt.h"

/* The versions that the RSI of this RMM has: 1.0 and 1.1. */
#define RSI_VERSION_LOWEST  RSI_VERSION_ENCODE(1, 0)
#define RSI_VERSION_HIGHEST RSI_VERSION_ENCODE(1, 1)

/* RsiInterfaceVersion has 31 bits. */
#define RSI_VERSION_MASK    UINT64_C(0x7fffffff)

static enum rec_action version(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t req = rec->regs.x[1] & RSI_VERSION_MASK;
	bool supported = req >= RSI_VERSION_LOWEST && req <= RSI_VERSION_HIGHEST;

	(void)exit;
	/* incompat_lower: the highest version below; incompat_higher: the highest one. */
	rec->regs.x[1] = supported ? req : RSI_VERSION_HIGHEST;
	rec->regs.x[2] = RSI_VERSION_HIGHEST;
	return rec_smc_done(rec, supported ? RSI_SUCCESS : RSI_ERROR_INPUT);
}

/* No device assignment, no ATS. Where there are planes there is FEAT_S2PIE. */
static enum rec_action features(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	bool mro = pe->rec->regs.x[1] == 0 && pe->rmm->config.planes != 0;

	(void)exit;
	pe->rec->regs.x[1] = mro ? RSI_FEATURE_REGISTER_0_MRO : 0;
	return rec_smc_done(pe->rec, RSI_SUCCESS);
}

static enum rec_action measurement_read(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t index = rec->regs.x[1];
	size_t size = RMM_REALM_MEASUREMENT_SIZE;
	struct rd *rd;

	(void)exit;
	/* index_bound */
	if (index > RMM_NUM_REM)
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	rd = rd_lock_shared(pe->rmm, rec->owner);
	if (quirk(pe->rmm, RMM_QUIRK_MEASUREMENT_READ_STALE_WORDS)) {
		size = measure_size(pe->rmm, rd);
		rec->regs.x[8] = 0;
	}
	memcpy(&rec->regs.x[1], index == 0 ? rd->rim : rd->rem[index - 1], size);
	rd_unlock_shared(pe->rmm, rd);
	return rec_smc_done(rec, RSI_SUCCESS);
}

static enum rec_action measurement_extend(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t index = rec->regs.x[1];
	uint64_t size = rec->regs.x[2];
	struct rd *rd;

	(void)exit;
	/* index_bound, size_bound */
	if (index < 1 || index > RMM_NUM_REM || size > RMM_REALM_MEASUREMENT_SIZE)
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	rd = rd_lock(pe->rmm, rec->owner);
	measure_extend(pe, rd, (unsigned)index - 1, &rec->regs.x[3], size);
	rd_unlock(pe->rmm, rd);
	return rec_smc_done(rec, RSI_SUCCESS);
}

/* B5.5.19: bytes that belong to no member are zero. */
static enum rec_access write_config(struct rmm_pe *pe, uint64_t addr,
                                    const struct rsi_realm_config *config,
                                    struct rmi_rec_exit *exit)
{
	static const struct {
		size_t from;
		size_t to;
	} members[] = {
	        {0, offsetof(struct rsi_realm_config, mbz_9)},
	        {offsetof(struct rsi_realm_config, num_aux_planes),
	         offsetof(struct rsi_realm_config, mbz_28)},
	        {offsetof(struct rsi_realm_config, rpv),
	         offsetof(struct rsi_realm_config, mbz_240)},
	};
	enum rec_access result = REC_ACCESS_OK;

	if (!quirk(pe->rmm, RMM_QUIRK_REALM_CONFIG_KEEPS_BYTES))
		return rec_write(pe, 0, addr, config, sizeof(*config), exit);
	for (unsigned i = 0; i < 3 && result == REC_ACCESS_OK; i++)
		result = rec_write(pe, 0, addr + members[i].from,
		                   (const char *)config + members[i].from,
		                   members[i].to - members[i].from, exit);
	return result;
}

static enum rec_action realm_config(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t addr = rec->regs.x[1];
	struct rsi_realm_config config = {.gicv3_vtr = pe->ich.vtr};
	struct rd *rd;
	bool bound;

	rd = rd_lock_shared(pe->rmm, rec->owner);
	bound = ipa_is_protected(rd, addr);
	config.ipa_width = rd->ipa_width;
	config.hash_algo = rd->hash_algo;
	config.num_aux_planes = rd->num_aux_planes;
	config.ats_plane = rd->ats_plane;
	memcpy(config.rpv, rd->rpv, sizeof(config.rpv));
	rd_unlock_shared(pe->rmm, rd);
	/* addr_align, addr_bound */
	if ((addr & (RSI_GRANULE_SIZE - 1)) != 0 || !bound)
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	switch (write_config(pe, addr, &config, exit)) {
	case REC_ACCESS_OK:
		return rec_smc_done(rec, RSI_SUCCESS);
	case REC_ACCESS_EMPTY: /* addr_empty */
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	case REC_ACCESS_DENIED:
	case REC_ACCESS_ABORT:
		break;
	}
	return REC_EXIT;
}

/* da_en: no realm has device assignment. */
static enum rec_action no_device(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	(void)exit;
	return rec_smc_done(pe->rec, RSI_ERROR_STATE);
}

/* These know no da_en, but rtte_state: no entry is RTTE_ARCH_DEV. */
static enum rec_action no_arch_dev(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	(void)exit;
	return rec_smc_done(pe->rec, RSI_ERROR_INPUT);
}

rsi_handler *rsi_find(uint32_t fid)
{
	switch (fid) {
	case SMC_RSI_VERSION:
		return version;
	case SMC_RSI_FEATURES:
		return features;
	case SMC_RSI_MEASUREMENT_READ:
		return measurement_read;
	case SMC_RSI_MEASUREMENT_EXTEND:
		return measurement_extend;
	case SMC_RSI_ATTESTATION_TOKEN_INIT:
		return rsi_attestation_token_init_handler;
	case SMC_RSI_ATTESTATION_TOKEN_CONTINUE:
		return rsi_attestation_token_continue_handler;
	case SMC_RSI_REALM_CONFIG:
		return realm_config;
	case SMC_RSI_IPA_STATE_GET:
		return rsi_ipa_state_get_handler;
	case SMC_RSI_IPA_STATE_SET:
		return rsi_ipa_state_set_handler;
	case SMC_RSI_HOST_CALL:
		return rsi_host_call_handler;
	case SMC_RSI_MEM_GET_PERM_VALUE:
		return rsi_mem_get_perm_value_handler;
	case SMC_RSI_MEM_SET_PERM_INDEX:
		return rsi_mem_set_perm_index_handler;
	case SMC_RSI_MEM_SET_PERM_VALUE:
		return rsi_mem_set_perm_value_handler;
	case SMC_RSI_PLANE_ENTER:
		return rsi_plane_enter_handler;
	case SMC_RSI_PLANE_SYSREG_READ:
		return rsi_plane_sysreg_read_handler;
	case SMC_RSI_PLANE_SYSREG_WRITE:
		return rsi_plane_sysreg_write_handler;
	case SMC_RSI_VSMMU_GET_INFO:
	case SMC_RSI_ARCH_DEV_ACTIVATE:
		return no_arch_dev;
	case SMC_RSI_VDEV_DMA_ENABLE:
	case SMC_RSI_VDEV_GET_INFO:
	case SMC_RSI_VDEV_P2P_BIND:
	case SMC_RSI_VDEV_VALIDATE_MAPPING:
	case SMC_RSI_VDEV_DMA_DISABLE:
		return no_device;
	default:
		return NULL;
	}
}

enum rec_action rsi_handle(struct rmm_pe *pe, uint32_t fid, struct rmi_rec_exit *exit)
{
	rsi_handler *handler = rsi_find(fid);

	if (handler == NULL)
		return rec_smc_done(pe->rec, SMCCC_NOT_SUPPORTED);
	return handler(pe, exit);
}
