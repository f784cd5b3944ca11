/* SPDX-License-Identifier: BSD-3-Clause */
#include "rec/plane.h"

#include <string.h>

#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/interrupt.h"
#include "rec/vgic.h"

_Static_assert(REC_NUM_AUX_PLANES == REALM_MAX_AUX_PLANES, "a REC has room for all planes");

#define ESR_EC_SHIFT 26
#define ESR_EC(ec)   (UINT64_C(ec) << ESR_EC_SHIFT)
#define ESR_EC_HVC   0x16
#define ESR_EC_SMC   0x17
#define ESR_EC_IABT  0x20
#define ESR_EC_DABT  0x24
#define ESR_IL       (UINT64_C(1) << 25)
#define ESR_ISV      (UINT64_C(1) << 24)
#define ESR_EA       (UINT64_C(1) << 9)
#define ESR_WNR      (UINT64_C(1) << 6)
#define ESR_IMM16    UINT64_C(0xffff)
#define ESR_FSC_SEA  UINT64_C(0x10)

#define LR_PENDING   (UINT64_C(1) << 62)

/* Bits of PSTATE that a plane can be entered with. */
#define PSTATE_MASK                                                                                \
	(GUEST_PSTATE_N | GUEST_PSTATE_Z | GUEST_PSTATE_C | GUEST_PSTATE_V | GUEST_PSTATE_DIT |    \
	 GUEST_PSTATE_UAO | GUEST_PSTATE_PAN | GUEST_PSTATE_SS | GUEST_PSTATE_IL |                 \
	 GUEST_PSTATE_SSBS | GUEST_PSTATE_DAIF | GUEST_PSTATE_M)

static void reset_context(struct rmm *rmm, struct rec_context *context)
{
	*context = (struct rec_context){
	        .sysreg = {[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET,
	                   [GUEST_OSLSR_EL1] = GUEST_OSLSR_EL1_RESET},
	        .engine = REC_ENGINE_NONE,
	        .vcpu_id = atomic_fetch_add(&rmm->next_vcpu_id, 1),
	};
}

void plane_reset(struct rmm *rmm, struct rec *rec)
{
	plane_release_engines(rec);
	rec->plane = 0;
	rec->gic_owner = 0;
	for (unsigned i = 0; i < REC_NUM_AUX_PLANES; i++)
		reset_context(rmm, &rec->idle[i]);
}

void plane_release_engines(struct rec *rec)
{
	for (unsigned i = 0; i < REC_NUM_AUX_PLANES; i++)
		rec_engine_release(&rec->idle[i].engine, &rec->idle[i].engine_data);
}

/* Exchanges what is running with what is stored for a plane. */
static void exchange(struct rmm_pe *pe, struct rec_context *idle)
{
	struct rec *rec = pe->rec;
	struct rec_context running = {
	        .sp_el0 = rec->regs.sp_el0,
	        .sp_el1 = rec->regs.sp_el1,
	        .engine = rec->engine,
	        .engine_data = rec->engine_data,
	        .vcpu_id = rec->vcpu_id,
	        .gic = idle->gic,
	};

	memcpy(running.sysreg, rec->regs.sysreg, sizeof(running.sysreg));
	memcpy(running.timer_told, rec->timer_told, sizeof(running.timer_told));
	memcpy(rec->regs.sysreg, idle->sysreg, sizeof(running.sysreg));
	memcpy(rec->timer_told, idle->timer_told, sizeof(running.timer_told));
	rec->regs.sp_el0 = idle->sp_el0;
	rec->regs.sp_el1 = idle->sp_el1;
	rec->engine = idle->engine;
	rec->engine_data = idle->engine_data;
	rec->vcpu_id = idle->vcpu_id;
	running.pc = idle->pc;
	*idle = running;
	pe->vcpu.id = rec->vcpu_id;
}

static struct rec_context *idle_of(struct rec *rec, unsigned plane)
{
	return &rec->idle[plane - 1];
}

static bool owns_gic(const struct rec *rec)
{
	return rec->gic_owner == rec->plane;
}

/* A plane that does not own the GIC has a virtual CPU interface that plane 0 emulates. */
static void take_gic(struct rmm_pe *pe)
{
	const struct rec_gic *gic = &idle_of(pe->rec, pe->rec->plane)->gic;

	pe->owner_ich = pe->ich;
	pe->ich.hcr = pe->rec->plane_hcr;
	memcpy(pe->ich.lr, pe->rec->plane_lr, sizeof(pe->ich.lr));
	pe->ich.vmcr = gic->vmcr;
	memset(pe->ich.ap0r, 0, sizeof(pe->ich.ap0r));
	memset(pe->ich.ap1r, 0, sizeof(pe->ich.ap1r));
	pe->ich.ap0r[0] = gic->ap0r;
	pe->ich.ap1r[0] = gic->ap1r;
}

static void give_gic_back(struct rmm_pe *pe)
{
	struct rec_gic *gic = &idle_of(pe->rec, pe->rec->plane)->gic;

	pe->rec->plane_hcr = pe->ich.hcr;
	memcpy(pe->rec->plane_lr, pe->ich.lr, sizeof(pe->ich.lr));
	*gic = (struct rec_gic){pe->ich.vmcr, pe->ich.ap0r[0], pe->ich.ap1r[0]};
	pe->ich = pe->owner_ich;
}

void plane_gic_begin(struct rmm_pe *pe)
{
	if (!owns_gic(pe->rec))
		take_gic(pe);
}

void plane_gic_end(struct rmm_pe *pe)
{
	if (!owns_gic(pe->rec))
		give_gic_back(pe);
}

/* Script guests go on where they were if plane 0 lets them. */
static bool goes_on(const struct rec *rec, uint64_t last, uint64_t pc)
{
	return rec->engine != REC_ENGINE_NONE && (pc == last || pc == last + 4);
}

void plane_enter(struct rmm_pe *pe, unsigned plane, uint64_t run, const struct rsi_plane_enter *in)
{
	struct rec *rec = pe->rec;
	struct rec_context *idle = idle_of(rec, plane);

	memcpy(rec->p0_x, rec->regs.x, sizeof(rec->p0_x));
	rec->p0_pc = rec->regs.pc;
	rec->p0_pstate = rec->regs.pstate;
	exchange(pe, idle);
	if (!goes_on(rec, idle->pc, in->pc))
		rec_engine_release(&rec->engine, &rec->engine_data);
	rec->plane = plane;
	rec->plane_run = run;
	rec->plane_flags = in->flags;
	memcpy(rec->regs.x, in->gprs, sizeof(rec->regs.x));
	rec->regs.pc = in->pc;
	rec->regs.pstate = in->pstate & PSTATE_MASK;
	rec->regs.sysreg[GUEST_ELR_EL1] = in->elr_el1;
	if ((in->flags & RSI_PLANE_ENTER_FLAGS_GIC_OWNER) != 0) {
		rec->gic_owner = plane;
		return;
	}
	/* What plane 0 puts into a list register is virtual, and meant to be seen. */
	rec->plane_hcr = in->gicv3_hcr | RMI_ICH_HCR_EN;
	for (unsigned i = 0; i < RMI_ICH_MAX_LRS; i++)
		rec->plane_lr[i] =
		        i < pe->rmm->config.num_lrs ? in->gicv3_lrs[i] & ~RMI_ICH_LR_HW : 0;
	take_gic(pe);
}

/* Back to plane 0, which has been told what there is to tell. */
static enum rec_action end(struct rmm_pe *pe, uint64_t x0)
{
	struct rec *rec = pe->rec;
	struct rec_context *idle = idle_of(rec, rec->plane);

	plane_gic_end(pe);
	idle->pc = rec->regs.pc;
	exchange(pe, idle);
	memcpy(rec->regs.x, rec->p0_x, sizeof(rec->p0_x));
	rec->regs.pc = rec->p0_pc;
	rec->regs.pstate = rec->p0_pstate;
	rec->plane = 0;
	rec->gic_owner = 0;
	return rec_smc_done(rec, x0);
}

static void fill_gic(struct rmm_pe *pe, struct rsi_plane_exit *out)
{
	uint64_t hcr = pe->ich.hcr;

	vgic_leave(pe);
	pe->ich.hcr = hcr;
	out->gicv3_hcr = hcr;
	memcpy(out->gicv3_lrs, pe->ich.lr, sizeof(out->gicv3_lrs));
	out->gicv3_misr = pe->ich.misr;
	out->gicv3_vmcr = pe->ich.vmcr;
}

static void fill(struct rmm_pe *pe, const struct rec_plane_exit *told, struct rsi_plane_exit *out)
{
	const struct guest_regs *regs = &pe->rec->regs;
	struct timer_state timers = timer_state(pe, regs->sysreg);

	*out = (struct rsi_plane_exit){
	        .reason = told->reason,
	        .pc = regs->pc,
	        .pstate = regs->pstate,
	        .esr_el2 = told->esr,
	        .far_el2 = told->far,
	        .hpfar_el2 = told->hpfar,
	        .cntp_ctl = timers.cntp_ctl,
	        .cntp_cval = timers.cntp_cval,
	        .cntv_ctl = timers.cntv_ctl,
	        .cntv_cval = timers.cntv_cval,
	        .sctlr_el1 = regs->sysreg[GUEST_SCTLR_EL1],
	        .vbar_el1 = regs->sysreg[GUEST_VBAR_EL1],
	        .elr_el1 = regs->sysreg[GUEST_ELR_EL1],
	};
	memcpy(out->gprs, regs->x, sizeof(out->gprs));
	fill_gic(pe, out);
}

enum rec_action plane_exit_resume(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	struct rsi_plane_exit out;

	fill(pe, &rec->plane_exit, &out);
	switch (rec_write(pe, 0, rec->plane_run + offsetof(struct rsi_plane_run, exit), &out,
	                  sizeof(out), exit)) {
	case REC_ACCESS_OK:
		return end(pe, RSI_SUCCESS);
	case REC_ACCESS_EMPTY: /* run_empty: the Realm gave its own page away. */
		return end(pe, RSI_ERROR_INPUT);
	case REC_ACCESS_DENIED: /* Never: plane 0 may do everything. */
	case REC_ACCESS_ABORT:
		break;
	}
	rec->last_exit = REC_LAST_PLANE_EXIT;
	return REC_EXIT;
}

enum rec_action plane_exit(struct rmm_pe *pe, enum rsi_plane_exit_reason reason,
                           const struct plane_exception *exception, struct rmi_rec_exit *exit)
{
	pe->rec->plane_exit = (struct rec_plane_exit){
	        .reason = (uint8_t)reason,
	        .esr = exception->esr,
	        .far = exception->far,
	        .hpfar = exception->hpfar,
	};
	return plane_exit_resume(pe, exit);
}

static enum rec_action exit_sync(struct rmm_pe *pe, uint64_t esr, struct rmi_rec_exit *exit)
{
	return plane_exit(pe, RSI_EXIT_SYNC, &(struct plane_exception){.esr = esr}, exit);
}

enum rec_action plane_exit_abort(struct rmm_pe *pe, const struct guest_exit *abort,
                                 struct rmi_rec_exit *exit)
{
	bool data = abort->esr >> ESR_EC_SHIFT == ESR_EC_DABT;
	struct plane_exception exception = {
	        .esr = abort->esr,
	        .far = data && (abort->esr & ESR_ISV) != 0 ? abort->far : 0,
	        .hpfar = abort->ipa >> 12 << 4,
	};

	return plane_exit(pe, RSI_EXIT_SYNC, &exception, exit);
}

enum rec_action plane_exit_sea(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	const struct guest_exit *abort = &pe->rec->last_abort;
	struct plane_exception exception = {
	        .esr = ESR_EC(ESR_EC_DABT) | ESR_IL | ESR_EA | ESR_FSC_SEA | (abort->esr & ESR_WNR),
	        .hpfar = abort->ipa >> 12 << 4,
	};

	return plane_exit(pe, RSI_EXIT_SYNC, &exception, exit);
}

static bool is_host_call(const struct rec *rec)
{
	return (uint32_t)rec->regs.x[0] == SMC_RSI_HOST_CALL &&
	       (rec->plane_flags & RSI_PLANE_ENTER_FLAGS_TRAP_HC) == 0;
}

bool plane_handle_exit(struct rmm_pe *pe, const struct guest_exit *from, struct rmi_rec_exit *exit,
                       enum rec_action *action)
{
	struct rec *rec = pe->rec;

	if (from->esr != 0)
		rec->plane_esr = from->esr;
	switch (from->kind) {
	case GUEST_EXIT_SMC:
		if (is_host_call(rec))
			return false;
		*action =
		        exit_sync(pe, ESR_EC(ESR_EC_SMC) | ESR_IL | (from->esr & ESR_IMM16), exit);
		return true;
	case GUEST_EXIT_HVC:
		/* ELR_EL2 is behind the HVC. */
		rec_advance(rec);
		*action =
		        exit_sync(pe, ESR_EC(ESR_EC_HVC) | ESR_IL | (from->esr & ESR_IMM16), exit);
		return true;
	case GUEST_EXIT_WFX:
	case GUEST_EXIT_SYSREG:
	case GUEST_EXIT_TRAPPED:
		*action = exit_sync(pe, from->esr, exit);
		return true;
	default:
		return false;
	}
}

static bool has_pending(const struct rmm_pe *pe)
{
	for (unsigned i = 0; i < pe->rmm->config.num_lrs; i++) {
		if ((pe->owner_ich.lr[i] & LR_PENDING) != 0)
			return true;
	}
	return false;
}

enum rec_action plane_return_to_p0(struct rmm_pe *pe, unsigned from, uint64_t enter_flags,
                                   struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;

	if (rec->plane == 0 || from == 0)
		return REC_RESUME;
	if (!owns_gic(rec) && (has_pending(pe) || rec->plane_misr != 0))
		return plane_exit(pe, RSI_EXIT_IRQ, &(struct plane_exception){0}, exit);
	if ((enter_flags & RMI_REC_ENTER_FLAGS_FORCE_P0) != 0)
		return plane_exit(pe, RSI_EXIT_HOST,
		                  &(struct plane_exception){.esr = rec->plane_esr}, exit);
	return REC_RESUME;
}

/* Where the system registers of a plane are: NULL for rec->regs. */
static struct rec_context *stored(struct rec *rec, unsigned plane)
{
	if (plane == rec->plane)
		return NULL;
	return idle_of(rec, plane == 0 ? rec->plane : plane);
}

uint64_t *plane_sysreg(struct rec *rec, unsigned plane, enum guest_sysreg reg)
{
	struct rec_context *context = stored(rec, plane);

	return context == NULL ? &rec->regs.sysreg[reg] : &context->sysreg[reg];
}

uint64_t *plane_sp(struct rec *rec, unsigned plane, unsigned el)
{
	struct rec_context *context = stored(rec, plane);

	if (context == NULL)
		return el == 0 ? &rec->regs.sp_el0 : &rec->regs.sp_el1;
	return el == 0 ? &context->sp_el0 : &context->sp_el1;
}
