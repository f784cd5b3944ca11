/* SPDX-License-Identifier: BSD-3-Clause */
/* What an entry does about the last exit of a REC (DEN0137 A4.2, A4.3). */
#include "core/rmm.h"
#include "rec/plane.h"
#include "rec/rec.h"

/* ESR_EL2.ISS of a data abort with a valid syndrome. */
#define ISS_SAS(esr)       ((unsigned)((esr) >> 22 & 3))
#define ISS_SSE(esr)       (((esr) >> 21 & 1) != 0)
#define ISS_SRT(esr)       ((unsigned)((esr) >> 16 & 0x1f))
#define ISS_SF(esr)        (((esr) >> 15 & 1) != 0)
#define ISS_WNR(esr)       (((esr) >> 6 & 1) != 0)

/* ESR_EL2.ISS of a trapped MRS. */
#define ISS_SYSREG_RT(esr) ((unsigned)((esr) >> 5 & 0x1f))

#define REG_ZR             31

/* What a load of the given syndrome makes of the bytes that the Host read. */
static uint64_t extend(uint64_t esr, uint64_t value)
{
	unsigned bits = 8u << ISS_SAS(esr);

	if (bits < 64) {
		uint64_t sign = UINT64_C(1) << (bits - 1);

		value &= (sign << 1) - 1;
		if (ISS_SSE(esr))
			value = (value ^ sign) - sign;
	}
	return ISS_SF(esr) ? value : value & UINT32_MAX;
}

/* A4.4: the Host has emulated the access; the instruction is done. */
static void emulate_mmio(struct rec *rec, const struct rmi_rec_enter *enter)
{
	uint64_t esr = rec->last_abort.esr;

	if (!ISS_WNR(esr) && ISS_SRT(esr) != REG_ZR)
		rec->regs.x[ISS_SRT(esr)] = extend(esr, enter->gprs[0]);
	rec_advance(rec);
}

enum rec_action rec_resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter,
                           struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	enum rec_last_exit last = rec->last_exit;

	rec->last_exit = REC_LAST_OTHER;
	switch (last) {
	case REC_LAST_UNPROTECTED_ABORT:
		/* emul_mmio is ignored when an SEA is injected. */
		if ((enter->flags & RMI_REC_ENTER_FLAGS_INJECT_SEA) != 0 && rec->plane != 0)
			return plane_exit_sea(pe, exit);
		if ((enter->flags & RMI_REC_ENTER_FLAGS_INJECT_SEA) != 0)
			rec_inject(pe, GUEST_SEA_DATA, &rec->last_abort);
		else if ((enter->flags & RMI_REC_ENTER_FLAGS_EMUL_MMIO) != 0)
			emulate_mmio(rec, enter);
		break;
	case REC_LAST_SYSREG_READ: {
		unsigned rt = ISS_SYSREG_RT(rec->last_abort.esr);

		if (rt != REG_ZR)
			rec->regs.x[rt] = enter->gprs[0];
		break;
	}
	case REC_LAST_RIPAS_CHANGE:
		return rsi_ipa_state_set_resume(pe, enter);
	case REC_LAST_S2AP_CHANGE:
		return rsi_mem_set_perm_index_resume(pe, enter);
	case REC_LAST_HOST_CALL:
		return rsi_host_call_resume(pe, enter, exit);
	case REC_LAST_PLANE_EXIT:
		return plane_exit_resume(pe, exit);
	case REC_LAST_PROTECTED_ABORT:
	case REC_LAST_OTHER:
		break;
	}
	return REC_RESUME;
}
