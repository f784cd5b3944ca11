/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI in a Realm (DEN0137 B6). */
#include "core/quirks.h"
#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/rec.h"

/* The SMC64 form of an identifier: both forms are accepted for every function. */
static uint32_t smc64(uint32_t fid)
{
	return fid | SMCCC_FID_SMC64;
}

/* Functions without an address or an MPIDR: PSCI itself gives them an SMC32 number only. */
static bool is_smc32_only(uint32_t fid)
{
	return fid == SMC64_PSCI_VERSION || fid == SMC64_PSCI_FEATURES ||
	       fid == SMC64_PSCI_CPU_OFF || fid == SMC64_PSCI_SYSTEM_OFF ||
	       fid == SMC64_PSCI_SYSTEM_RESET;
}

static bool is_psci(const struct rmm *rmm, uint32_t fid)
{
	if (quirk(rmm, RMM_QUIRK_PSCI_SMC64_NUMBERS) && is_smc32_only(fid))
		return false;
	switch (smc64(fid)) {
	case SMC64_PSCI_VERSION:
	case SMC64_PSCI_CPU_SUSPEND:
	case SMC64_PSCI_CPU_OFF:
	case SMC64_PSCI_CPU_ON:
	case SMC64_PSCI_AFFINITY_INFO:
	case SMC64_PSCI_SYSTEM_OFF:
	case SMC64_PSCI_SYSTEM_RESET:
	case SMC64_PSCI_FEATURES:
		return true;
	default:
		return false;
	}
}

static enum rec_action done(struct rec *rec, enum psci_return_code code)
{
	return rec_smc_done(rec, psci_return(code));
}

/* An exit whose answer is known already: X0 = SUCCESS, and X1..X3 zero. */
static enum rec_action exit_done(struct rec *rec, uint32_t fid, struct rmi_rec_exit *exit)
{
	exit->exit_reason = RMI_EXIT_PSCI;
	exit->gprs[0] = fid;
	for (unsigned i = 1; i <= 3; i++)
		rec->regs.x[i] = 0;
	done(rec, PSCI_SUCCESS);
	return REC_EXIT;
}

/* An exit that RMI_PSCI_COMPLETE answers. X0..X3 stay what the Realm passed until then. */
static enum rec_action exit_pending(struct rec *rec, uint32_t fid, struct rmi_rec_exit *exit)
{
	exit->exit_reason = RMI_EXIT_PSCI;
	exit->gprs[0] = fid;
	exit->gprs[1] = rec->regs.x[1];
	rec->pending = REC_PENDING_PSCI;
	return REC_EXIT;
}

/* DEN0028: the arguments of an SMC32 call are W1..W3. */
static void take_arguments(struct rec *rec, uint32_t fid)
{
	for (unsigned i = 1; i <= 3 && (fid & SMCCC_FID_SMC64) == 0; i++)
		rec->regs.x[i] &= UINT32_MAX;
}

static enum rec_action cpu_on(struct rmm_pe *pe, uint32_t fid, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	const struct rec *target;
	bool entry_good;
	struct rd *rd;

	take_arguments(rec, fid);
	rd = rd_lock_shared(pe->rmm, rec->owner);
	target = rec_from_mpidr(pe->rmm, rd, rec->regs.x[1]);
	entry_good = ipa_is_protected(rd, rec->regs.x[2]);
	rd_unlock_shared(pe->rmm, rd);
	/* entry, mpidr; runnable, if the caller names itself: of another REC, COMPLETE says so */
	if (!entry_good)
		return done(rec, PSCI_INVALID_ADDRESS);
	if (target == NULL)
		return done(rec, PSCI_INVALID_PARAMETERS);
	if (target == rec)
		return done(rec, PSCI_ALREADY_ON);
	return exit_pending(rec, fid, exit);
}

static enum rec_action affinity_info(struct rmm_pe *pe, uint32_t fid, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	const struct rec *target;
	struct rd *rd;

	take_arguments(rec, fid);
	rd = rd_lock_shared(pe->rmm, rec->owner);
	target = rec_from_mpidr(pe->rmm, rd, rec->regs.x[1]);
	rd_unlock_shared(pe->rmm, rd);
	/* target_bound, a UInt32, and target_match */
	if ((uint32_t)rec->regs.x[2] != 0 || target == NULL)
		return done(rec, PSCI_INVALID_PARAMETERS);
	/* RMI_PSCI_COMPLETE cannot name one REC twice: the caller itself is on, or could not ask.
	 */
	if (target == rec)
		return done(rec, PSCI_SUCCESS);
	return exit_pending(rec, fid, exit);
}

static enum rec_action cpu_off(struct rmm_pe *pe, uint32_t fid, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	struct rd *rd = rd_lock(pe->rmm, rec->owner);

	rec->runnable = false;
	rd_unlock(pe->rmm, rd);
	return exit_done(rec, fid, exit);
}

static enum rec_action system_off(struct rmm_pe *pe, uint32_t fid, struct rmi_rec_exit *exit)
{
	struct rd *rd = rd_lock(pe->rmm, pe->rec->owner);

	rd->state = REALM_SYSTEM_OFF;
	rd_unlock(pe->rmm, rd);
	return exit_done(pe->rec, fid, exit);
}

enum rec_action psci_handle(struct rmm_pe *pe, uint32_t fid, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;

	if (!is_psci(pe->rmm, fid))
		return rec_smc_done(rec, SMCCC_NOT_SUPPORTED);
	switch (smc64(fid)) {
	case SMC64_PSCI_VERSION:
		return rec_smc_done(rec, PSCI_VERSION_1_1);
	case SMC64_PSCI_FEATURES: {
		uint32_t asked = (uint32_t)rec->regs.x[1];

		return done(rec, is_psci(pe->rmm, asked) || asked == SMCCC_VERSION_FID
		                         ? PSCI_SUCCESS
		                         : PSCI_NOT_SUPPORTED);
	}
	case SMC64_PSCI_CPU_SUSPEND:
		return exit_done(rec, fid, exit);
	case SMC64_PSCI_CPU_OFF:
		return cpu_off(pe, fid, exit);
	case SMC64_PSCI_CPU_ON:
		return cpu_on(pe, fid, exit);
	case SMC64_PSCI_AFFINITY_INFO:
		return affinity_info(pe, fid, exit);
	default: /* SYSTEM_OFF, SYSTEM_RESET */
		return system_off(pe, fid, exit);
	}
}
