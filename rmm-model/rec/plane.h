/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Planes of a REC (DEN0137 A10): which one runs, and going from one to the other.
 *
 * Registers of the plane that runs are rec->regs. System registers of the others are in rec->idle;
 * their general purpose registers are plane 0's business, but for its own. There is one copy of the
 * SIMD registers.
 */
#ifndef RMM_REC_PLANE_H
#define RMM_REC_PLANE_H

#include <rmi/abi/rsi.h>

#include "rec/rec.h"

/** An exception that is told to plane 0, as R-EL2 sees it. */
struct plane_exception {
	uint64_t esr;
	uint64_t far;
	uint64_t hpfar;
};

/** All planes of a REC in their reset state, plane 0 running. */
void plane_reset(struct rmm *rmm, struct rec *rec);

/** Takes the vCPUs of the planes that do not run away from their engines. */
void plane_release_engines(struct rec *rec);

/** Enters an auxiliary plane (A10.2.2); PC of plane 0 stays at the SMC. */
void plane_enter(struct rmm_pe *pe, unsigned plane, uint64_t run, const struct rsi_plane_enter *in);

/**
 * Leaves the auxiliary plane that runs (A10.2.3): RsiPlaneExit is written, and RSI_PLANE_ENTER
 * ends. If plane 0 cannot reach RsiPlaneRun any more, the REC exits and tries again later.
 */
enum rec_action plane_exit(struct rmm_pe *pe, enum rsi_plane_exit_reason reason,
                           const struct plane_exception *exception, struct rmi_rec_exit *exit);

/** A synchronous exception of an auxiliary plane at a stage 2 abort. */
enum rec_action plane_exit_abort(struct rmm_pe *pe, const struct guest_exit *abort,
                                 struct rmi_rec_exit *exit);

/** inject_sea at the entry to an auxiliary plane. */
enum rec_action plane_exit_sea(struct rmm_pe *pe, struct rmi_rec_exit *exit);

/** Goes on with what plane_exit() could not finish. */
enum rec_action plane_exit_resume(struct rmm_pe *pe, struct rmi_rec_exit *exit);

/**
 * What an exit of an auxiliary plane from its engine comes to (A10.2.3.1, A10.2.4).
 * @param[out] action what to do
 * @return false: as with plane 0
 */
bool plane_handle_exit(struct rmm_pe *pe, const struct guest_exit *from, struct rmi_rec_exit *exit,
                       enum rec_action *action);

/** REC entry: the GIC state of a plane that is not its owner takes the place of the Host's. */
void plane_gic_begin(struct rmm_pe *pe);
/** REC exit: the Host's is back. */
void plane_gic_end(struct rmm_pe *pe);

/**
 * REC entry, after what the last exit was about is done: whether control returns to plane 0
 * (A10.2.1, A10.4).
 * @param from the plane that the last REC exit was from
 */
enum rec_action plane_return_to_p0(struct rmm_pe *pe, unsigned from, uint64_t enter_flags,
                                   struct rmi_rec_exit *exit);

/** A system register of a plane as it is stored. @param plane at most REC_NUM_AUX_PLANES */
uint64_t *plane_sysreg(struct rec *rec, unsigned plane, enum guest_sysreg reg);
uint64_t *plane_sp(struct rec *rec, unsigned plane, unsigned el);

#endif
