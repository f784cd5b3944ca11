/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RSI_PLANE_ENTER, RSI_PLANE_SYSREG_READ and RSI_PLANE_SYSREG_WRITE (DEN0137 B5.4.13 to B5.4.15).
 * Plane 0 is who calls them.
 */
#include "rec/plane.h"
#include "core/rmm.h"
#include "guest/registers.h"
#include "guest/timer.h"
#include "realm/realm.h"
#include "rec/interrupt.h"
#include "rsi/rsi.h"

/* PSTATE.M of AArch64: EL0t, EL1t, EL1h. Bit 4 is AArch32. */
#define PSTATE_M4 (UINT64_C(1) << 4)

/* Whether a plane can be entered with this PSTATE: EL2 and above is `el`; more does not exist. */
static bool pstate_is_good(uint64_t pstate)
{
	uint64_t mode = pstate & (GUEST_PSTATE_M | PSTATE_M4);

	return mode == GUEST_PSTATE_EL0T || mode == GUEST_PSTATE_EL1T || mode == GUEST_PSTATE_EL1H;
}

enum rec_action rsi_plane_enter_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t plane = rec->regs.x[1];
	uint64_t run = rec->regs.x[2];
	struct rsi_plane_enter in;
	struct rd *rd;
	bool good;

	if (pe->rmm->config.planes == 0)
		return rec_smc_done(rec, SMCCC_NOT_SUPPORTED);
	rd = rd_lock_shared(pe->rmm, rec->owner);
	/* idx_bound, run_align, run_bound */
	good = plane != 0 && plane <= rd->num_aux_planes && (run & (RSI_GRANULE_SIZE - 1)) == 0 &&
	       ipa_is_protected(rd, run);
	rd_unlock_shared(pe->rmm, rd);
	if (!good)
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	switch (rec_read(pe, 0, run, &in, sizeof(in), exit)) {
	case REC_ACCESS_OK:
		break;
	case REC_ACCESS_EMPTY: /* run_empty */
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	case REC_ACCESS_DENIED:
	case REC_ACCESS_ABORT:
		return REC_EXIT;
	}
	/* el */
	if (!pstate_is_good(in.pstate))
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	plane_enter(pe, (unsigned)plane, run, &in);
	return REC_RESUME;
}

/* A register of a plane, and what may be written to it. */
struct place {
	uint64_t *value;
	uint64_t mask;
	uint64_t ones;
	bool timer;
};

static uint32_t field(uint64_t addr, unsigned shift, unsigned width)
{
	return (uint32_t)(addr >> shift) & ((1u << width) - 1);
}

/*
 * PlaneSysregValid (B3.84): registers of EL0 and EL1 that a REC keeps for each plane. None of them
 * has 128 bits.
 */
static bool find(struct rec *rec, unsigned plane, uint64_t addr, struct place *place)
{
	uint32_t number = field(addr, 0, 16);
	enum guest_sysreg reg;

	if ((addr & RSI_SYSREG_ADDRESS_D128) != 0)
		return false;
	*place = (struct place){.mask = UINT64_MAX};
	if (number == GUEST_SYSREG(3, 0, 4, 1, 0) || number == GUEST_SYSREG(3, 4, 4, 1, 0)) {
		place->value = plane_sp(rec, plane, field(addr, 11, 3) == 4);
		return true;
	}
	if (!guest_register_find(number, &reg, &place->mask, &place->ones))
		return false;
	place->value = plane_sysreg(rec, plane, reg);
	place->timer = reg == GUEST_CNTP_CTL_EL0 || reg == GUEST_CNTV_CTL_EL0;
	return true;
}

static bool names_plane(struct rmm_pe *pe, uint64_t plane)
{
	struct rd *rd = rd_lock_shared(pe->rmm, pe->rec->owner);
	bool named = plane <= rd->num_aux_planes;

	rd_unlock_shared(pe->rmm, rd);
	return named;
}

enum rec_action rsi_plane_sysreg_read_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t plane = rec->regs.x[1];
	struct place place;

	(void)exit;
	if (pe->rmm->config.planes == 0)
		return rec_smc_done(rec, SMCCC_NOT_SUPPORTED);
	/* idx_bound, sysreg_valid */
	if (!names_plane(pe, plane) || !find(rec, (unsigned)plane, rec->regs.x[2], &place))
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	rec->regs.x[1] = place.timer ? guest_timer_read(place.value, GUEST_TIMER_CTL,
	                                                timer_counter(&pe->vcpu))
	                             : *place.value;
	rec->regs.x[2] = 0;
	return rec_smc_done(rec, RSI_SUCCESS);
}

enum rec_action rsi_plane_sysreg_write_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t plane = rec->regs.x[1];
	struct place place;

	(void)exit;
	if (pe->rmm->config.planes == 0)
		return rec_smc_done(rec, SMCCC_NOT_SUPPORTED);
	/* idx_bound, sysreg_valid */
	if (!names_plane(pe, plane) || !find(rec, (unsigned)plane, rec->regs.x[2], &place))
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	*place.value = (rec->regs.x[3] & place.mask) | place.ones;
	return rec_smc_done(rec, RSI_SUCCESS);
}
