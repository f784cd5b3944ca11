/* SPDX-License-Identifier: BSD-3-Clause */
/* Typed calls: arguments into registers, registers into outputs. */

#include <rmi/rmi.h>

static void store(uint64_t *out, uint64_t value)
{
	if (out != NULL)
		*out = value;
}

static void store_sro(struct rmi_sro *sro, const struct smccc_regs *regs)
{
	if (sro != NULL) {
		sro->handle = regs->x[1];
		sro->donate_req = regs->x[2];
	}
}

uint64_t rmi_version(struct rmi_pe *pe, uint64_t req, uint64_t *lower, uint64_t *higher)
{
	struct smccc_regs regs = {{SMC_RMI_VERSION, req}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(lower, regs.x[1]);
	store(higher, regs.x[2]);
	return x0;
}

uint64_t rmi_rtt_data_map_init(struct rmi_pe *pe, uint64_t rd, uint64_t data, uint64_t ipa,
                               uint64_t src, uint64_t flags, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_DATA_MAP_INIT, rd, data, ipa, src, flags}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_realm_activate(struct rmi_pe *pe, uint64_t rd)
{
	struct smccc_regs regs = {{SMC_RMI_REALM_ACTIVATE, rd}};

	return rmi_call(pe, &regs);
}

uint64_t rmi_realm_create(struct rmi_pe *pe, uint64_t rd, uint64_t params_ptr, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_REALM_CREATE, rd, params_ptr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_realm_destroy(struct rmi_pe *pe, uint64_t rd, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_REALM_DESTROY, rd}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rec_create(struct rmi_pe *pe, uint64_t rd, uint64_t rec_ptr, uint64_t params_ptr,
                        struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_REC_CREATE, rd, rec_ptr, params_ptr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rec_destroy(struct rmi_pe *pe, uint64_t rec_ptr, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_REC_DESTROY, rec_ptr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rec_enter(struct rmi_pe *pe, uint64_t rec_ptr, uint64_t run_ptr)
{
	struct smccc_regs regs = {{SMC_RMI_REC_ENTER, rec_ptr, run_ptr}};

	return rmi_call(pe, &regs);
}

uint64_t rmi_rtt_create(struct rmi_pe *pe, uint64_t rd, uint64_t rtt, uint64_t ipa, int level,
                        struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_CREATE, rd, rtt, ipa, (uint64_t)(int64_t)level}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_destroy(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level, uint64_t *rtt,
                         uint64_t *top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_DESTROY, rd, ipa, (uint64_t)(int64_t)level}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(rtt, regs.x[1]);
	store(top, regs.x[2]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_read_entry(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level,
                            uint64_t *walk_level, uint64_t *state, uint64_t *desc, uint64_t *ripas)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_READ_ENTRY, rd, ipa, (uint64_t)(int64_t)level}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(walk_level, regs.x[1]);
	store(state, regs.x[2]);
	store(desc, regs.x[3]);
	store(ripas, regs.x[4]);
	return x0;
}

uint64_t rmi_psci_complete(struct rmi_pe *pe, uint64_t calling_rec_ptr, uint64_t target_rec_ptr,
                           enum psci_return_code status)
{
	struct smccc_regs regs = {{SMC_RMI_PSCI_COMPLETE, calling_rec_ptr, psci_return(status)}};

	/* From 2.0-bet3 on the RMM finds the target by the MPIDR of the request. */
	if (rmi_revision(rmi_pe_rmi(pe)) == RMI_REVISION_2_0_BET1) {
		regs.x[2] = target_rec_ptr;
		regs.x[3] = psci_return(status);
	}
	return rmi_call(pe, &regs);
}

uint64_t rmi_features(struct rmi_pe *pe, uint64_t index, uint64_t *value)
{
	struct smccc_regs regs = {{SMC_RMI_FEATURES, index}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(value, regs.x[1]);
	return x0;
}

uint64_t rmi_rtt_fold(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level, uint64_t *rtt,
                      struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_FOLD, rd, ipa, (uint64_t)(int64_t)level}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(rtt, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_init_ripas(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                            uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_INIT_RIPAS, rd, base, top}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_set_ripas(struct rmi_pe *pe, uint64_t rd, uint64_t rec_ptr, uint64_t base,
                           uint64_t top, uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_SET_RIPAS, rd, rec_ptr, base, top}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rmm_config_set(struct rmi_pe *pe, uint64_t cfg_ptr)
{
	struct smccc_regs regs = {{SMC_RMI_RMM_CONFIG_SET, cfg_ptr}};

	return rmi_call(pe, &regs);
}

uint64_t rmi_attest_plat_token_refresh(struct rmi_pe *pe)
{
	struct smccc_regs regs = {{SMC_RMI_ATTEST_PLAT_TOKEN_REFRESH}};

	return rmi_call(pe, &regs);
}

uint64_t rmi_rtt_aux_create(struct rmi_pe *pe, uint64_t rd, uint64_t rtt, uint64_t ipa, int level,
                            uint64_t index, struct rmi_sro *sro)
{
	struct smccc_regs regs = {
	        {SMC_RMI_RTT_AUX_CREATE, rd, rtt, ipa, (uint64_t)(int64_t)level, index}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_aux_destroy(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level,
                             uint64_t index, uint64_t *rtt, uint64_t *top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {
	        {SMC_RMI_RTT_AUX_DESTROY, rd, ipa, (uint64_t)(int64_t)level, index}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(rtt, regs.x[1]);
	store(top, regs.x[2]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_aux_fold(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level, uint64_t index,
                          uint64_t *rtt, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_AUX_FOLD, rd, ipa, (uint64_t)(int64_t)level, index}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(rtt, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_set_s2ap(struct rmi_pe *pe, uint64_t rd, uint64_t rec_ptr, uint64_t base,
                          uint64_t top, uint64_t *out_top, uint64_t *rtt_tree, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_SET_S2AP, rd, rec_ptr, base, top}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store(rtt_tree, regs.x[2]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_granule_tracking_get(struct rmi_pe *pe, uint64_t addr, uint64_t *category,
                                  uint64_t *state)
{
	struct smccc_regs regs = {{SMC_RMI_GRANULE_TRACKING_GET, addr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(category, regs.x[1]);
	store(state, regs.x[2]);
	return x0;
}

uint64_t rmi_granule_tracking_set(struct rmi_pe *pe, uint64_t addr, uint64_t category,
                                  uint64_t state, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_GRANULE_TRACKING_SET, addr, category, state}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rmm_config_get(struct rmi_pe *pe, uint64_t cfg_ptr)
{
	struct smccc_regs regs = {{SMC_RMI_RMM_CONFIG_GET, cfg_ptr}};

	return rmi_call(pe, &regs);
}

uint64_t rmi_rmm_state_get(struct rmi_pe *pe, uint64_t *state)
{
	struct smccc_regs regs = {{SMC_RMI_RMM_STATE_GET}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(state, regs.x[1]);
	return x0;
}

uint64_t rmi_granule_range_delegate(struct rmi_pe *pe, uint64_t base, uint64_t top,
                                    uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_GRANULE_RANGE_DELEGATE, base, top}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_granule_range_undelegate(struct rmi_pe *pe, uint64_t base, uint64_t top,
                                      uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_GRANULE_RANGE_UNDELEGATE, base, top}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_gpt_l1_create(struct rmi_pe *pe, uint64_t addr, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_GPT_L1_CREATE, addr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_gpt_l1_destroy(struct rmi_pe *pe, uint64_t addr, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_GPT_L1_DESTROY, addr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_data_map(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                          uint64_t flags, uint64_t oaddr, uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_DATA_MAP, rd, base, top, flags, oaddr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_data_unmap(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                            uint64_t flags, uint64_t oaddr, uint64_t *out_top, uint64_t *out_range,
                            uint64_t *out_count, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_DATA_UNMAP, rd, base, top, flags, oaddr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store(out_range, regs.x[2]);
	store(out_count, regs.x[3]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_unprot_map(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                            uint64_t flags, uint64_t oaddr, uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_UNPROT_MAP, rd, base, top, flags, oaddr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_unprot_unmap(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                              uint64_t flags, uint64_t oaddr, uint64_t *out_top,
                              uint64_t *out_range, uint64_t *out_count, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_UNPROT_UNMAP, rd, base, top, flags, oaddr}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store(out_range, regs.x[2]);
	store(out_count, regs.x[3]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_aux_prot_map(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                              uint64_t flags, uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_AUX_PROT_MAP, rd, base, top, flags}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_aux_prot_unmap(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                                uint64_t flags, uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_AUX_PROT_UNMAP, rd, base, top, flags}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_aux_unprot_map(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                                uint64_t flags, uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_AUX_UNPROT_MAP, rd, base, top, flags}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rtt_aux_unprot_unmap(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                                  uint64_t flags, uint64_t *out_top, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_AUX_UNPROT_UNMAP, rd, base, top, flags}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_realm_terminate(struct rmi_pe *pe, uint64_t rd, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_REALM_TERMINATE, rd}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_rmm_activate(struct rmi_pe *pe, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RMM_ACTIVATE}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_op_continue(struct rmi_pe *pe, uint64_t handle, uint64_t flags,
                         struct smccc_regs *regs)
{
	*regs = (struct smccc_regs){{SMC_RMI_OP_CONTINUE, handle, flags}};
	return rmi_call(pe, regs);
}

uint64_t rmi_op_mem_donate(struct rmi_pe *pe, uint64_t handle, uint64_t list_addr,
                           uint64_t list_count, uint64_t *donated_count, uint64_t *donate_req)
{
	struct smccc_regs regs = {{SMC_RMI_OP_MEM_DONATE, handle, list_addr, list_count}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(donated_count, regs.x[1]);
	store(donate_req, regs.x[2]);
	return x0;
}

uint64_t rmi_op_mem_reclaim(struct rmi_pe *pe, uint64_t handle, uint64_t list_addr,
                            uint64_t list_count, uint64_t *reclaim_count)
{
	struct smccc_regs regs = {{SMC_RMI_OP_MEM_RECLAIM, handle, list_addr, list_count}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(reclaim_count, regs.x[1]);
	return x0;
}

uint64_t rmi_op_cancel(struct rmi_pe *pe, uint64_t handle)
{
	struct smccc_regs regs = {{SMC_RMI_OP_CANCEL, handle}};

	return rmi_call(pe, &regs);
}

uint64_t rmi_rmm_deactivate(struct rmi_pe *pe, struct rmi_sro *sro)
{
	struct smccc_regs regs = {{SMC_RMI_RMM_DEACTIVATE}};
	uint64_t x0 = rmi_call(pe, &regs);

	store_sro(sro, &regs);
	return x0;
}

uint64_t rmi_gpt_info(struct rmi_pe *pe, uint64_t base, uint64_t top, uint64_t *out_top,
                      uint64_t *state)
{
	struct smccc_regs regs = {{SMC_RMI_GPT_INFO, base, top}};
	uint64_t x0 = rmi_call(pe, &regs);

	store(out_top, regs.x[1]);
	store(state, regs.x[2]);
	return x0;
}
