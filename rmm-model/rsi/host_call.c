/* SPDX-License-Identifier: BSD-3-Clause */
/* RSI_HOST_CALL (DEN0137 B5.4.5, A4.5). */
#include <string.h>

#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/plane.h"
#include "rsi/rsi.h"

enum rec_action rsi_host_call_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t addr = rec->regs.x[1];
	struct rsi_host_call data;
	/* The size of the IPA space is fixed, and the RD stays while it has this REC. */
	bool bound = ipa_is_protected(granule_map(pe->rmm, rec->owner), addr);

	/* addr_align, addr_bound */
	if ((addr & (RSI_HOST_CALL_SIZE - 1)) != 0 || !bound)
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	switch (rec_read(pe, rec->plane, addr, &data, sizeof(data), exit)) {
	case REC_ACCESS_OK:
		break;
	case REC_ACCESS_EMPTY: /* addr_empty */
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	case REC_ACCESS_DENIED:
		return plane_exit_abort(pe, &rec->last_abort, exit);
	case REC_ACCESS_ABORT:
		return REC_EXIT;
	}
	rec->pending = REC_PENDING_HOST_CALL;
	rec->host_call = addr;
	rec->last_exit = REC_LAST_HOST_CALL;
	exit->exit_reason = RMI_EXIT_HOST_CALL;
	exit->imm = data.imm;
	exit->plane = rec->plane;
	memcpy(exit->gprs, data.gprs, sizeof(exit->gprs));
	return REC_EXIT;
}

enum rec_action rsi_host_call_resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter,
                                     struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;

	switch (rec_write(pe, rec->plane, rec->host_call + offsetof(struct rsi_host_call, gprs),
	                  enter->gprs, sizeof(enter->gprs), exit)) {
	case REC_ACCESS_ABORT:
		/*
		 * The page is gone: the Host has to bring it back, and its answer is asked for
		 * again at the next entry.
		 */
		rec->last_exit = REC_LAST_HOST_CALL;
		return REC_EXIT;
	case REC_ACCESS_DENIED: /* Plane 0 has to know; the call is made again. */
		rec->pending = REC_PENDING_NONE;
		return plane_exit_abort(pe, &rec->last_abort, exit);
	case REC_ACCESS_EMPTY: /* The Realm gave its own page away: nobody is left to tell. */
	case REC_ACCESS_OK:
		break;
	}
	rec->pending = REC_PENDING_NONE;
	return rec_smc_done(rec, RSI_SUCCESS);
}
