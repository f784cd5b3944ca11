/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RSI_MEM_GET_PERM_VALUE, RSI_MEM_SET_PERM_INDEX and RSI_MEM_SET_PERM_VALUE (DEN0137 B5.4.10 to
 * B5.4.12, A10.3.2). Plane 0 is who calls them.
 */
#include "core/rmm.h"
#include "realm/realm.h"
#include "rsi/rsi.h"

static bool has_planes(const struct rmm_pe *pe)
{
	return pe->rmm->config.planes != 0;
}

enum rec_action rsi_mem_get_perm_value_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t plane = rec->regs.x[1];
	uint64_t index = rec->regs.x[2];
	uint64_t status = RSI_ERROR_INPUT;
	struct rd *rd;

	(void)exit;
	if (!has_planes(pe))
		return rec_smc_done(rec, SMCCC_NOT_SUPPORTED);
	rd = rd_lock_shared(pe->rmm, rec->owner);
	/* plane_bound, perm_bound */
	if (plane <= rd->num_aux_planes && index < RMM_NUM_PERM_OVERLAY_INDICES) {
		rec->regs.x[1] = rd->overlay_perms[plane][index];
		status = RSI_SUCCESS;
	}
	rd_unlock_shared(pe->rmm, rd);
	return rec_smc_done(rec, status);
}

/* MemPermLabelSupported (B3.47): all of S2POR_EL1 but what is reserved there. */
static bool label_is_supported(uint64_t label)
{
	return label <= RSI_PERM_LABEL_RW_PUX && label != 1 && label != 5;
}

enum rec_action rsi_mem_set_perm_value_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t plane = rec->regs.x[1];
	uint64_t index = rec->regs.x[2];
	uint64_t label = rec->regs.x[3];
	uint64_t status = RSI_ERROR_INPUT;
	struct rd *rd;

	(void)exit;
	if (!has_planes(pe))
		return rec_smc_done(rec, SMCCC_NOT_SUPPORTED);
	rd = rd_lock(pe->rmm, rec->owner);
	/* plane_bound, perm_bound, locked, supported */
	if (plane != 0 && plane <= rd->num_aux_planes && index < RMM_NUM_PERM_OVERLAY_INDICES &&
	    (rd->overlay_locked & 1u << index) == 0 && label_is_supported(label)) {
		rd->overlay_perms[plane][index] = (uint8_t)label;
		stage2_changed(pe->rmm, rd);
		status = RSI_SUCCESS;
	}
	rd_unlock(pe->rmm, rd);
	return rec_smc_done(rec, status);
}

enum rec_action rsi_mem_set_perm_index_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t base = rec->regs.x[1];
	uint64_t top = rec->regs.x[2];
	uint64_t index = rec->regs.x[3];
	struct rd *rd;

	if (!has_planes(pe))
		return rec_smc_done(rec, SMCCC_NOT_SUPPORTED);
	/* base_align, top_align, size_valid, rgn_bound, perm_bound, and handle: all trees advance
	 * together, so there is nothing to carry in it. */
	if (!rsi_range_is_good(pe, base, top) || index >= RMM_NUM_PERM_OVERLAY_INDICES ||
	    rec->regs.x[4] != 0)
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	rd = rd_lock(pe->rmm, rec->owner);
	rd->overlay_locked |= (uint16_t)(1u << index);
	rd_unlock(pe->rmm, rd);
	rec->s2ap_addr = base;
	rec->s2ap_top = top;
	rec->s2ap_overlay_index = (uint8_t)index;
	rec->last_exit = REC_LAST_S2AP_CHANGE;
	exit->exit_reason = RMI_EXIT_S2AP_CHANGE;
	exit->s2ap_base = base;
	exit->s2ap_top = top;
	return REC_EXIT;
}

enum rec_action rsi_mem_set_perm_index_resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter)
{
	struct rec *rec = pe->rec;

	/* RecS2APResponseToRsi (B3.109): what is all done cannot be refused. */
	rec->s2ap_reject = (enter->flags & RMI_REC_ENTER_FLAGS_S2AP_RESPONSE) != 0;
	rec->regs.x[1] = rec->s2ap_addr;
	rec->regs.x[2] = rec->s2ap_addr != rec->s2ap_top && rec->s2ap_reject ? RSI_RESPONSE_REJECT
	                                                                     : RSI_RESPONSE_ACCEPT;
	rec->regs.x[3] = 0;
	return rec_smc_done(rec, RSI_SUCCESS);
}
