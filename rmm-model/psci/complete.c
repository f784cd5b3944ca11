/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_PSCI_COMPLETE (DEN0137 B4.5.38), in the forms of both revisions. */
#include <string.h>

#include "core/quirks.h"
#include "core/revision.h"
#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/rec.h"

static bool is_function(uint64_t x0, uint32_t smc64_fid)
{
	return ((uint32_t)x0 | SMCCC_FID_SMC64) == smc64_fid;
}

/* PsciReturnCodePermitted (B3.87). */
static bool status_is_permitted(const struct rec *calling, const struct rec *target,
                                uint64_t status)
{
	if (status == psci_return(PSCI_SUCCESS))
		return true;
	return is_function(calling->regs.x[0], SMC64_PSCI_CPU_ON) && !target->runnable &&
	       status == psci_return(PSCI_DENIED);
}

/* Turns a REC on, as the caller of CPU_ON wants it. */
static void turn_on(struct rmm *rmm, const struct rec *calling, struct rec *target)
{
	bool big_endian = (calling->regs.sysreg[GUEST_SCTLR_EL1] & UINT64_C(1) << 25) != 0;

	uint64_t gprs[31];

	memcpy(gprs, target->regs.x, sizeof(gprs));
	rec_reset(rmm, target, calling->regs.x[2]);
	if (quirk(rmm, RMM_QUIRK_CPU_ON_KEEPS_GPRS))
		memcpy(target->regs.x, gprs, sizeof(gprs));
	if (big_endian)
		target->regs.sysreg[GUEST_SCTLR_EL1] |= UINT64_C(1) << 25;
	target->regs.x[0] = calling->regs.x[3];
	target->runnable = true;
}

/* What the Realm gets to know. The arguments are read before they are overwritten. */
static enum psci_return_code effect(struct rmm *rmm, struct rec *calling, struct rec *target,
                                    uint64_t status)
{
	if (status != psci_return(PSCI_SUCCESS))
		return PSCI_DENIED;
	if (is_function(calling->regs.x[0], SMC64_PSCI_AFFINITY_INFO))
		return target->runnable ? PSCI_SUCCESS : PSCI_OFF;
	if (target->runnable)
		return PSCI_ALREADY_ON;
	turn_on(rmm, calling, target);
	return PSCI_SUCCESS;
}

/* Ends the request of a REC. */
static void answer(struct rec *calling, enum psci_return_code code)
{
	calling->pending = REC_PENDING_NONE;
	for (unsigned i = 1; i <= 3; i++)
		calling->regs.x[i] = 0;
	rec_smc_done(calling, psci_return(code));
}

/* Both RECs and the RD are locked. */
static uint64_t complete(struct rmm *rmm, struct rec *calling, struct rec *target, uint64_t status)
{
	/* pending, owner, target, status */
	if (calling->pending != REC_PENDING_PSCI || target->owner != calling->owner ||
	    rmi_rec_index(target->mpidr) != rmi_rec_index(calling->regs.x[1]))
		return rmi_result(RMI_ERROR_INPUT);
	if (!status_is_permitted(calling, target, status)) {
		if (quirk(rmm, RMM_QUIRK_PSCI_DENIED_CONSUMES_REQUEST) &&
		    is_function(calling->regs.x[0], SMC64_PSCI_CPU_ON) &&
		    status == psci_return(PSCI_DENIED))
			answer(calling, PSCI_DENIED);
		return rmi_result(RMI_ERROR_INPUT);
	}
	/* A REC that has just turned itself off may not have left its PE yet. */
	if (!target->runnable && target->state == REC_RUNNING)
		return rmi_result(RMI_BUSY);
	answer(calling, effect(rmm, calling, target, status));
	return rmi_result(RMI_SUCCESS);
}

/* Locks two RECs in the order of their addresses. */
static bool lock_both(struct rmm *rmm, uint64_t first, uint64_t second, struct rec **a,
                      struct rec **b, uint64_t *x0)
{
	bool swap = first > second;

	*a = rec_lock(rmm, swap ? second : first, x0);
	if (*a == NULL)
		return false;
	*b = rec_lock(rmm, swap ? first : second, x0);
	if (*b == NULL) {
		rec_unlock(rmm, *a);
		return false;
	}
	if (swap) {
		struct rec *held = *a;

		*a = *b;
		*b = held;
	}
	return true;
}

static uint64_t complete_pair(struct rmm *rmm, uint64_t calling_pa, uint64_t target_pa,
                              uint64_t status)
{
	struct rec *calling;
	struct rec *target;
	struct rd *rd;
	uint64_t x0;

	/* alias, then calling_align, calling_bound, calling_state, target_* */
	if (calling_pa == target_pa)
		return rmi_result(RMI_ERROR_INPUT);
	if (!lock_both(rmm, calling_pa, target_pa, &calling, &target, &x0))
		return x0;
	rd = rd_lock(rmm, calling->owner);
	x0 = complete(rmm, calling, target, status);
	rd_unlock(rmm, rd);
	rec_unlock(rmm, target);
	rec_unlock(rmm, calling);
	return x0;
}

/* The REC that a pending request names; it is looked up again under its lock. */
static uint64_t find_target(struct rmm *rmm, uint64_t calling_pa, uint64_t *target_pa)
{
	struct rec *calling;
	struct rec *target = NULL;
	uint64_t x0;

	calling = rec_lock(rmm, calling_pa, &x0);
	if (calling == NULL)
		return x0;
	x0 = rmi_result(RMI_ERROR_INPUT);
	/* pending, target */
	if (calling->pending == REC_PENDING_PSCI) {
		struct rd *rd = rd_lock_shared(rmm, calling->owner);

		target = rec_from_mpidr(rmm, rd, calling->regs.x[1]);
		if (target != NULL)
			*target_pa = target->pa;
		rd_unlock_shared(rmm, rd);
	}
	rec_unlock(rmm, calling);
	return target != NULL ? rmi_result(RMI_SUCCESS) : x0;
}

/* Whether X2 is the target, and X3 the status. */
static bool names_target(const struct rmm_call *call)
{
	if (quirk(call->rmm, RMM_QUIRK_PSCI_COMPLETE_EITHER))
		return granule_is(call->rmm, call->in[2], GRAN_REC);
	return revision_completes_named_target(&call->rmm->config);
}

uint64_t rmm_psci_complete(struct rmm_call *call)
{
	uint64_t target = 0;
	uint64_t x0;

	if (names_target(call))
		return complete_pair(call->rmm, call->in[1], call->in[2], call->in[3]);
	x0 = find_target(call->rmm, call->in[1], &target);
	if (rmi_status(x0) != RMI_SUCCESS)
		return x0;
	return complete_pair(call->rmm, call->in[1], target, call->in[2]);
}
