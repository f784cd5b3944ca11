/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_REC_ENTER (DEN0137 B4.5.51, A4.2). */
#include <string.h>

#include "core/quirks.h"
#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/interrupt.h"
#include "rec/plane.h"
#include "rec/rec.h"
#include "rec/vgic.h"

const struct guest_engine_ops *rec_engine(uint32_t engine)
{
	static const struct guest_engine_ops *const engines[RMM_NUM_ENGINES] = {
	        [RMM_ENGINE_A64] = &guest_engine_a64,
	        [RMM_ENGINE_SCRIPT] = &guest_engine_script,
	};

	return engines[engine];
}

/* A vCPU starts on the engine that knows its PC. */
static uint32_t choose_engine(const struct rmm *rmm, const struct rec *rec)
{
	for (unsigned i = 0; i < RMM_MAX_SCRIPTS; i++) {
		if (rmm->scripts[i].fn != NULL && rmm->scripts[i].pc == rec->regs.pc)
			return RMM_ENGINE_SCRIPT;
	}
	return RMM_ENGINE_A64;
}

/* Gicv3ConfigIsValid (B3.35). */
static bool gicv3_config_is_valid(const struct rmm_pe *pe)
{
	return (vgic_all_lrs(pe) & RMI_ICH_LR_HW) == 0;
}

/* Conditions on a REC that is locked. RECs of a realm that is no more active never run again. */
static uint64_t check(const struct rmm_pe *pe, struct rd *rd, const struct rec *rec, uint64_t flags)
{
	/* realm_state */
	if (rd->state != REALM_ACTIVE)
		return rmi_result(RMI_ERROR_REALM);
	/* rec_state, rec_runnable, rec_pending */
	if (rec->state == REC_RUNNING || !rec->runnable || rec->pending == REC_PENDING_PSCI)
		return rmi_result(RMI_ERROR_REC);
	/* rec_mmio */
	if ((flags & RMI_REC_ENTER_FLAGS_EMUL_MMIO) != 0 && !rec->emulatable_abort)
		return rmi_result(RMI_ERROR_REC);
	if (quirk(pe->rmm, RMM_QUIRK_INJECT_SEA_REJECTED) &&
	    (flags & RMI_REC_ENTER_FLAGS_INJECT_SEA) != 0 &&
	    rec->last_exit != REC_LAST_UNPROTECTED_ABORT)
		return rmi_result(RMI_ERROR_REC);
	/* rec_gicv3 */
	if (!gicv3_config_is_valid(pe))
		return rmi_result(RMI_ERROR_REC);
	return rmi_result(RMI_SUCCESS);
}

/* Makes the REC running, if it may run. @return the REC, or NULL with the reason in *x0 */
static struct rec *start(struct rmm_call *call, uint64_t flags, uint64_t *x0)
{
	struct rmm *rmm = call->rmm;
	/* rec_align, rec_bound, rec_gran_state */
	struct rec *rec = rec_lock(rmm, call->in[1], x0);
	struct rd *rd;

	if (rec == NULL)
		return NULL;
	rd = rd_lock_shared(rmm, rec->owner);
	*x0 = check(call->pe, rd, rec, flags);
	if (rmi_status(*x0) == RMI_SUCCESS) {
		rec->state = REC_RUNNING;
		stage2_begin(call->pe, rd);
	}
	rd_unlock_shared(rmm, rd);
	rec_unlock(rmm, rec);
	return rmi_status(*x0) == RMI_SUCCESS ? rec : NULL;
}

static void stop(struct rmm_pe *pe, struct rec *rec)
{
	stage2_end(pe);
	atomic_store_explicit(&rec->state, REC_READY, memory_order_release);
}

/* What makes WFI and WFE of a plane exit is up to who hears of it: the Host, or plane 0. */
static struct guest_entry entry_of(const struct rec *rec, uint64_t enter_flags)
{
	bool aux = rec->plane != 0;
	uint64_t flags = aux ? rec->plane_flags : enter_flags;

	return (struct guest_entry){
	        .trap_wfi = (flags & (aux ? RSI_PLANE_ENTER_FLAGS_TRAP_WFI
	                                  : RMI_REC_ENTER_FLAGS_TRAP_WFI)) != 0,
	        .trap_wfe = (flags & (aux ? RSI_PLANE_ENTER_FLAGS_TRAP_WFE
	                                  : RMI_REC_ENTER_FLAGS_TRAP_WFE)) != 0,
	        .trap_simd = aux && (flags & RSI_PLANE_ENTER_FLAGS_TRAP_SIMD) != 0,
	        .trap_debug = aux && (flags & RSI_PLANE_ENTER_FLAGS_TRAP_DBG) != 0,
	};
}

/* What the last exit was about, and whether its plane goes on. */
static enum rec_action resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter,
                              struct rmi_rec_exit *exit)
{
	unsigned from = pe->rec->plane;
	enum rec_action action = rec_resume(pe, enter, exit);

	return action == REC_RESUME ? plane_return_to_p0(pe, from, enter->flags, exit) : action;
}

/* Runs the vCPU until the Host has to see something. */
static void run(struct rmm_pe *pe, const struct rmi_rec_enter *enter, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	enum rec_action action = resume(pe, enter, exit);
	struct guest_exit from;

	if (pe->rmm->watcher != NULL && action == REC_RESUME)
		rec_watch_entry(pe);
	while (action == REC_RESUME) {
		struct guest_entry entry = entry_of(rec, enter->flags);

		if (rec->engine == REC_ENGINE_NONE)
			rec->engine = choose_engine(pe->rmm, rec);
		interrupt_resume(pe);
		from = (struct guest_exit){.kind = GUEST_EXIT_KICKED};
		entry.flush = stage2_enter(pe, rec->vcpu_id);
		entry.event = event_missed(pe);
		rec_engine(rec->engine)
		        ->run(pe->engine_state[rec->engine], &pe->vcpu, &entry, &from);
		stage2_leave(pe);
		/* CPU_OFF and SYSTEM_OFF end a run for good; everything else may go on. */
		action = pe->rmm->watcher == NULL ? rec_handle_exit(pe, &from, exit)
		                                  : rec_watch_exit(pe, &from, exit);
	}
}

/*
 * Writes RmiRecExit for the Host and clears what it was made of. The members come in a few blocks
 * with nothing between them.
 */
static void tell(struct rmi_rec_exit *exit, struct rmi_rec_exit *shared)
{
	memset(shared, 0, sizeof(*shared));
#define TELL(first, last)                                                                          \
	do {                                                                                       \
		size_t size = offsetof(struct rmi_rec_exit, last) + sizeof(exit->last) -           \
		              offsetof(struct rmi_rec_exit, first);                                \
                                                                                                   \
		memcpy(&shared->first, &exit->first, size);                                        \
		memset(&exit->first, 0, size);                                                     \
	} while (0)
	TELL(exit_reason, exit_reason);
	TELL(esr, rtt_tree);
	TELL(gprs, gprs);
	TELL(cntp_ctl, cntv_cval);
	TELL(ripas_base, dev_mem_pa);
	TELL(imm, plane);
	TELL(pmu_ovf_status, vsmmu);
#undef TELL
}

uint64_t rmm_rec_enter(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct rmm_pe *pe = call->pe;
	struct rmi_rec_run *shared;
	struct rmi_rec_enter enter;
	struct rmi_rec_exit *exit = &pe->exit;
	struct rec *rec;
	uint64_t x0;

	/* run_align, run_pas */
	if (!pa_is_granule_aligned(rmm, call->in[2]) || !pa_is_nonsecure(rmm, call->in[2]))
		return rmi_result(RMI_ERROR_INPUT);
	shared = granule_map(rmm, call->in[2]);
	enter.flags = shared->enter.flags;
	rec = start(call, enter.flags, &x0);
	if (rec == NULL)
		return x0;
	/* Read once: the Host may write to the page at any time. */
	if (rec->last_exit != REC_LAST_OTHER)
		memcpy(enter.gprs, shared->enter.gprs, sizeof(enter.gprs));
	pe->rec = rec;
	pe->vcpu.regs = &rec->regs;
	pe->vcpu.id = rec->vcpu_id;
	pe->vcpu.engine_data = &rec->engine_data;
	interrupt_enter(pe);
	plane_gic_begin(pe);
	run(pe, &enter, exit);
	/* A4.3: an exit that is no emulatable abort forgets the one before. */
	if (rec->last_exit != REC_LAST_UNPROTECTED_ABORT)
		rec->emulatable_abort = false;
	if (exit->exit_reason != RMI_EXIT_S2AP_CHANGE) {
		rec->s2ap_addr = 0;
		rec->s2ap_top = 0;
	}
	timer_exit(pe, exit);
	plane_gic_end(pe);
	vgic_leave(pe);
	rec->plane_misr = pe->ich.misr;
	pe->rec = NULL;
	stop(pe, rec);
	/* run_pas, again: the Host may have delegated the page meanwhile. */
	if (!pa_is_nonsecure(rmm, call->in[2])) {
		*exit = (struct rmi_rec_exit){0};
		return rmi_result(RMI_ERROR_INPUT);
	}
	tell(exit, &shared->exit);
	return rmi_result(RMI_SUCCESS);
}
