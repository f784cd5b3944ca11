/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_PSCI_COMPLETE (DEN0137 B4.5.38), in the forms of both revisions. */
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

	rec_reset(rmm, target, calling->regs.x[2]);
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

/* Both RECs and the RD are locked. */
static uint64_t complete(struct rmm *rmm, struct rec *calling, struct rec *target, uint64_t status)
{
	enum psci_return_code code;

	/* pending, owner, target, status */
	if (calling->pending != REC_PENDING_PSCI || target->owner != calling->owner ||
	    rmi_rec_index(target->mpidr) != rmi_rec_index(calling->regs.x[1]) ||
	    !status_is_permitted(calling, target, status))
		return rmi_result(RMI_ERROR_INPUT);
	/* A REC that has just turned itself off may not have left its PE yet. */
	if (!target->runnable && target->state == REC_RUNNING)
		return rmi_result(RMI_BUSY);
	code = effect(rmm, calling, target, status);
	calling->pending = REC_PENDING_NONE;
	for (unsigned i = 1; i <= 3; i++)
		calling->regs.x[i] = 0;
	rec_smc_done(calling, psci_return(code));
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

uint64_t rmm_psci_complete(struct rmm_call *call)
{
	uint64_t target = 0;
	uint64_t x0;

	if (call->rmm->config.revision == RMI_REVISION_2_0_BET1)
		return complete_pair(call->rmm, call->in[1], call->in[2], call->in[3]);
	x0 = find_target(call->rmm, call->in[1], &target);
	if (rmi_status(x0) != RMI_SUCCESS)
		return x0;
	return complete_pair(call->rmm, call->in[1], target, call->in[2]);
}
