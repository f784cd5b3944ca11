/* SPDX-License-Identifier: BSD-3-Clause */
/* RSI_IPA_STATE_GET and RSI_IPA_STATE_SET (DEN0137 B5.4.6, B5.4.7, A5.4). */
#include "core/rmm.h"
#include "realm/realm.h"
#include "rsi/rsi.h"
#include "rtt/rtt.h"

bool rsi_range_is_good(struct rmm_pe *pe, uint64_t base, uint64_t top)
{
	struct rd *rd;
	bool good;

	if ((base & (RSI_GRANULE_SIZE - 1)) != 0 || (top & (RSI_GRANULE_SIZE - 1)) != 0 ||
	    top <= base)
		return false;
	rd = rd_lock_shared(pe->rmm, pe->rec->owner);
	good = ipa_range_is_protected(rd, base, top);
	rd_unlock_shared(pe->rmm, rd);
	return good;
}

/* First IPA whose RIPAS differs from that at base, within the RTT where the walk to base ends. */
static uint64_t same_ripas(struct rmm *rmm, const struct rd *rd, uint64_t base,
                           enum rmi_ripas *ripas)
{
	struct rtt_walk walk = rtt_walk(rmm, rd, base, RMM_RTT_PAGE_LEVEL);
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk.level);
	uint64_t end = rtt_end(rmm, &walk, base);
	uint64_t ipa = base & ~(size - 1);

	*ripas = rtte_ripas(walk.rtte);
	do {
		walk.entry++;
		ipa += size;
	} while (ipa < end && rtte_state(*walk.entry) != RTTE_TABLE &&
	         rtte_ripas(*walk.entry) == *ripas);
	return ipa;
}

enum rec_action rsi_ipa_state_get_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t base = rec->regs.x[1];
	uint64_t top = rec->regs.x[2];
	enum rmi_ripas ripas;
	struct rd *rd;
	uint64_t ipa;

	(void)exit;
	if (!rsi_range_is_good(pe, base, top))
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	rd = rd_lock_shared(pe->rmm, rec->owner);
	ipa = same_ripas(pe->rmm, rd, base, &ripas);
	rd_unlock_shared(pe->rmm, rd);
	rec->regs.x[1] = ipa < top ? ipa : top;
	rec->regs.x[2] = ripas;
	return rec_smc_done(rec, RSI_SUCCESS);
}

enum rec_action rsi_ipa_state_set_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t base = rec->regs.x[1];
	uint64_t top = rec->regs.x[2];
	uint64_t ripas = rec->regs.x[3] & 0xff;

	/* ripas_valid */
	if (!rsi_range_is_good(pe, base, top) || ripas > RSI_RIPAS_RAM)
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	rec->ripas_addr = base;
	rec->ripas_top = top;
	rec->ripas_value = (enum rmi_ripas)ripas;
	rec->ripas_destroyed = (rec->regs.x[4] & RSI_RIPAS_CHANGE_FLAGS_DESTROYED) != 0;
	rec->last_exit = REC_LAST_RIPAS_CHANGE;
	exit->exit_reason = RMI_EXIT_RIPAS_CHANGE;
	exit->ripas_base = base;
	exit->ripas_top = top;
	exit->ripas_value = (uint8_t)ripas;
	return REC_EXIT;
}

enum rec_action rsi_ipa_state_set_resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter)
{
	struct rec *rec = pe->rec;

	/* RecRipasResponseToRsi (B3.108): only RAM that is not all done can be refused. */
	rec->ripas_reject = (enter->flags & RMI_REC_ENTER_FLAGS_RIPAS_RESPONSE) != 0;
	rec->regs.x[1] = rec->ripas_addr;
	rec->regs.x[2] = rec->ripas_value == RMI_RIPAS_RAM && rec->ripas_addr != rec->ripas_top &&
	                                 rec->ripas_reject
	                         ? RSI_RESPONSE_REJECT
	                         : RSI_RESPONSE_ACCEPT;
	return rec_smc_done(rec, RSI_SUCCESS);
}
