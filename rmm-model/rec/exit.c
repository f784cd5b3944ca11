/* SPDX-License-Identifier: BSD-3-Clause */
/* What leaves a vCPU's engine, and what the RMM makes of it (DEN0137 A4.3). */
#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/interrupt.h"
#include "rec/plane.h"
#include "rec/rec.h"

/* ESR_EL2 fields. */
#define ESR_EC_SHIFT 26
#define ESR_EC_MASK  (UINT64_C(0x3f) << ESR_EC_SHIFT)
#define ESR_EC_IABT  UINT64_C(0x20)
#define ESR_WFX_TI   UINT64_C(3)
#define ESR_WFX_WFE  UINT64_C(1)
#define ESR_WNR      (UINT64_C(1) << 6)
/* SError: IDS, AET, EA, DFSC. */
#define ESR_SERROR                                                                                 \
	(ESR_EC_MASK | UINT64_C(1) << 24 | UINT64_C(7) << 10 | UINT64_C(1) << 9 | UINT64_C(0x3f))
/* MSR and MRS: the direction, 1 for a read. */
#define ESR_SYSREG_READ UINT64_C(1)
/* WFx: TI[1] is set for WFIT and WFET. */
#define ESR_WFX_TIMEOUT UINT64_C(2)

static bool is_fetch(const struct guest_exit *from)
{
	return from->esr >> ESR_EC_SHIFT == ESR_EC_IABT;
}

static enum guest_access access_of(const struct rec *rec, const struct guest_exit *from)
{
	if (is_fetch(from))
		return (rec->regs.pstate & GUEST_PSTATE_M) == GUEST_PSTATE_EL0T ? GUEST_FETCH_EL0
		                                                                : GUEST_FETCH;
	return (from->esr & ESR_WNR) != 0 ? GUEST_WRITE : GUEST_READ;
}

void rec_inject(struct rmm_pe *pe, enum guest_exception exception, const struct guest_exit *cause)
{
	rec_engine(pe->rec->engine)->inject(&pe->vcpu, exception, cause);
}

/* A4.3.4.2, A4.3.4.3, and the tables of A5.3.1 */
static enum rec_action handle_abort(struct rmm_pe *pe, const struct guest_exit *from,
                                    struct rmi_rec_exit *exit)
{
	struct rd *rd = rd_lock_shared(pe->rmm, pe->rec->owner);
	struct stage2_lookup found =
	        stage2_look_up(pe->rmm, rd, pe->rec->plane, from->ipa, access_of(pe->rec, from));

	rd_unlock_shared(pe->rmm, rd);
	switch (found.outcome) {
	case STAGE2_OK:
		/* Mapped in the meantime: the access is made again. */
		return REC_RESUME;
	case STAGE2_SEA:
		/* A10.2.4: of an auxiliary plane the Host hears. */
		if (pe->rec->plane != 0) {
			rec_exit_sea(pe, from, &found, exit);
			return REC_EXIT;
		}
		rec_inject(pe, is_fetch(from) ? GUEST_SEA_FETCH : GUEST_SEA_DATA, from);
		return REC_RESUME;
	case STAGE2_ADDRESS_SIZE:
		rec_inject(pe, is_fetch(from) ? GUEST_SEA_FETCH : GUEST_SEA_DATA, from);
		return REC_RESUME;
	case STAGE2_PLANE:
		return plane_exit_abort(pe, from, exit);
	case STAGE2_ABORT:
		break;
	}
	rec_exit_abort(pe, from, &found, exit);
	return REC_EXIT;
}

/* DEN0028: whoever has SMCCC_VERSION 1.1 or later has this as well. */
static uint64_t arch_features(const struct rec *rec)
{
	uint32_t asked = (uint32_t)rec->regs.x[1];

	return asked == SMCCC_VERSION_FID || asked == SMCCC_ARCH_FEATURES_FID ? 0
	                                                                      : SMCCC_NOT_SUPPORTED;
}

static enum rec_action handle_smc(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	/* SMCCC: the function identifier is W0. */
	uint32_t fid = (uint32_t)rec->regs.x[0];

	if (fid == SMCCC_VERSION_FID)
		return rec_smc_done(rec, SMCCC_VERSION_1_2);
	if (fid == SMCCC_ARCH_FEATURES_FID)
		return rec_smc_done(rec, arch_features(rec));
	if (fid >= SMC_RSI_FIRST && fid <= SMC_RSI_LAST)
		return rsi_handle(pe, fid, exit);
	return psci_handle(pe, fid, exit);
}

static enum rec_action handle_sysreg(struct rec *rec, const struct guest_exit *from,
                                     struct rmi_rec_exit *exit)
{
	exit->exit_reason = RMI_EXIT_SYNC;
	exit->esr = from->esr;
	rec->last_abort = *from;
	if ((from->esr & ESR_SYSREG_READ) != 0)
		rec->last_exit = REC_LAST_SYSREG_READ;
	else
		exit->gprs[0] = from->value;
	rec_advance(rec);
	return REC_EXIT;
}

enum rec_action rec_handle_exit(struct rmm_pe *pe, const struct guest_exit *from,
                                struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	enum rec_action action;

	if (rec->plane != 0 && plane_handle_exit(pe, from, exit, &action))
		return action;
	switch (from->kind) {
	case GUEST_EXIT_SMC:
		return handle_smc(pe, exit);
	case GUEST_EXIT_HVC:
		rec_inject(pe, GUEST_UNDEFINED, from);
		return REC_RESUME;
	case GUEST_EXIT_ABORT:
		return handle_abort(pe, from, exit);
	case GUEST_EXIT_WFX:
		if ((from->esr & ESR_WFX_TI) != ESR_WFX_WFE)
			timer_wait(pe,
			           (from->esr & ESR_WFX_TIMEOUT) != 0 ? from->value : UINT64_MAX);
		exit->exit_reason = RMI_EXIT_SYNC;
		exit->esr = from->esr & (ESR_EC_MASK | ESR_WFX_TI);
		if ((from->esr & ESR_WFX_TIMEOUT) != 0)
			exit->gprs[0] = from->value;
		rec_advance(rec);
		return REC_EXIT;
	case GUEST_EXIT_SYSREG:
		return handle_sysreg(rec, from, exit);
	case GUEST_EXIT_FIQ:
		exit->exit_reason = RMI_EXIT_FIQ;
		return REC_EXIT;
	case GUEST_EXIT_SERROR:
		exit->exit_reason = RMI_EXIT_SERROR;
		exit->esr = from->esr & ESR_SERROR;
		return REC_EXIT;
	case GUEST_EXIT_KICKED:
		if (!interrupt_taken(pe))
			return REC_RESUME;
		exit->exit_reason = interrupt_reason(pe);
		return REC_EXIT;
	case GUEST_EXIT_IRQ:
	case GUEST_EXIT_BUDGET:
		exit->exit_reason = RMI_EXIT_IRQ;
		return REC_EXIT;
	case GUEST_EXIT_TRAPPED:
	case GUEST_EXIT_ERROR:
		break;
	}
	/* The engine has given up: to the Host it looks as if the PE had failed. */
	exit->exit_reason = RMI_EXIT_SERROR;
	return REC_EXIT;
}
