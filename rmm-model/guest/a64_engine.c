/* SPDX-License-Identifier: BSD-3-Clause */
/* The A64 interpreter as the model sees it: PEs, entry and exit, and where execution goes on. */
#include <stdlib.h>
#include <string.h>
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

#include "a64.h"

/* As many instructions as can be counted: more than anybody will wait for. */
#define UNBOUNDED (INT64_C(1) << 56)

/* With fewer instructions left every taken branch comes here. */
#define NEAR_END  (A64_LEFT_BIAS >> A64_OP_SHIFT)

void a64_leave(struct a64_pe *pe, enum guest_exit_kind kind, uint64_t esr)
{
	pe->exit->kind = kind;
	pe->exit->esr = esr;
	pe->event = A64_LEAVE;
}

void a64_next(struct a64_pe *pe)
{
	pe->pc += 4;
	pe->event = A64_RESUME;
}

static void set_steps(struct a64_pe *pe, int64_t left)
{
	pe->vcpu->steps = pe->last_step - (uint64_t)(left + pe->more);
}

void a64_count_steps(struct a64_pe *pe)
{
	int64_t offset = (int64_t)(pe->pc - pe->code_va) << (A64_OP_SHIFT - 2);

	set_steps(pe, (pe->left_bytes + A64_LEFT_BIAS - offset) >> A64_OP_SHIFT);
}

/*
 * Lets the model look at the timers, and allows as many instructions as may run until the next
 * time. So many of them more that branches begin to ask just then.
 */
static void tick(struct a64_pe *pe)
{
	int64_t run;

	set_steps(pe, pe->left);
	run = (int64_t)pe->services->tick(pe->vcpu) + NEAR_END - pe->left;
	if (run > pe->more)
		run = pe->more;
	pe->more -= run;
	pe->left += run;
}

/* @return whether the vCPU stays */
static bool answer_requests(struct a64_pe *pe)
{
	_Atomic uint32_t *requests = &pe->vcpu->requests;
	uint32_t set = atomic_load_explicit(requests, memory_order_acquire);

	if (A64_LIKELY(!set))
		return true;
	if (set & GUEST_REQUEST_FLUSH) {
		a64_tlb_flush(pe);
		pe->event = A64_CONTINUE;
		pe->services->flushed(pe->vcpu);
	}
	if (set & GUEST_REQUEST_EVENT) {
		atomic_fetch_and(requests, ~GUEST_REQUEST_EVENT);
		pe->event_register = true;
	}
	if (set & GUEST_REQUEST_KICK) {
		atomic_fetch_and(requests, ~GUEST_REQUEST_KICK);
		pe->exit->kind = GUEST_EXIT_KICKED;
		return false;
	}
	return true;
}

/*
 * The operation at pe->pc, in its page; or by itself, when the rest of the page is more than may be
 * run.
 */
static struct a64_op *place(struct a64_pe *pe)
{
	uint32_t index = (uint32_t)(pe->pc >> 2) & (A64_INSNS_PER_PAGE - 1);
	struct a64_decoded d;

	pe->left_bytes = (pe->left << A64_OP_SHIFT) - A64_LEFT_BIAS;
	if (A64_LIKELY(pe->left >= (int64_t)(A64_INSNS_PER_PAGE - index)) &&
	    A64_LIKELY(!pe->debug)) {
		pe->code_va = pe->pc & A64_PAGE_MASK;
		pe->base = (uintptr_t)pe->code->op;
		pe->left_bytes += (int64_t)index << A64_OP_SHIFT;
		return &pe->code->op[index];
	}
	pe->step_insn = pe->code->insn[index];
	pe->access_bytes = 16;
	a64_decode(pe->code->insn[index], A64_NO_INDEX, &d);
	pe->step[0] = a64_make_op(pe->handlers, &d);
	pe->step[1] = (struct a64_op){.handler = pe->handlers[A64_OP_REFETCH]};
	pe->code_va = pe->pc;
	pe->base = (uintptr_t)pe->step;
	return pe->step;
}

struct a64_op *a64_resume(struct a64_pe *pe)
{
	if (A64_UNLIKELY(pe->stepping))
		a64_debug_stepped(pe);
	for (;;) {
		if (A64_UNLIKELY(pe->left <= NEAR_END && pe->more > 0))
			tick(pe);
		if (!answer_requests(pe))
			return NULL;
		if (A64_UNLIKELY(pe->left <= 0)) {
			pe->exit->kind = GUEST_EXIT_BUDGET;
			return NULL;
		}
		if (A64_UNLIKELY(a64_interrupt_pending(pe)))
			a64_interrupt(pe);
		else if (A64_UNLIKELY(pe->debug) && a64_debug_step(pe))
			; /* Taken. */
		else if (A64_UNLIKELY(pe->pc & 3))
			a64_pc_alignment(pe);
		else if (a64_fetch(pe) && !(A64_UNLIKELY(pe->debug) && a64_breakpoint(pe))) {
			if (A64_LIKELY(!(pe->pstate & A64_PSTATE_IL)))
				break;
			a64_exception(pe, a64_esr(A64_EC_ILLEGAL, 0));
		}
		/* An exception counts as an instruction, lest a loop of them never ends. */
		pe->left--;
		if (pe->event == A64_LEAVE) {
			pe->event = A64_CONTINUE;
			return NULL;
		}
		pe->event = A64_CONTINUE;
	}
	pe->event = A64_CONTINUE;
	return place(pe);
}

struct a64_op *a64_detach(struct a64_pe *pe, const struct a64_op *op)
{
	struct a64_op copy = *op;

	pe->base += (uintptr_t)pe->step - (uintptr_t)op;
	pe->step[0] = copy;
	pe->step[1] = (struct a64_op){.handler = pe->handlers[A64_OP_REFETCH]};
	pe->event = A64_CONTINUE;
	return pe->step;
}

/* AVX, FEAT_LSE2. */
static bool moves_quads(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx");
#elif defined(__aarch64__)
	return getauxval(AT_HWCAP) & HWCAP_USCAT;
#else
	return false;
#endif
}

static void *pe_create(const struct guest_services *services)
{
	struct a64_pe *pe = calloc(1, sizeof(*pe));

	if (!pe)
		return NULL;
	pe->services = services;
	pe->moves_quads = moves_quads();
	for (unsigned el = 0; el < 2; el++) {
		for (unsigned i = 0; i < A64_TLB_SIZE; i++) {
			pe->tlbs[el].read[i].tag = A64_TLB_INVALID;
			pe->tlbs[el].write[i].tag = A64_TLB_INVALID;
		}
		for (unsigned i = 0; i < A64_XTLB_SIZE; i++)
			pe->xtlb[el][i].tag = A64_TLB_INVALID;
	}
	return pe;
}

static void pe_destroy(void *opaque)
{
	struct a64_pe *pe = opaque;

	if (!pe)
		return;
	a64_code_free(pe);
	free(pe);
}

/* The registers that cached translations depend on. */
static void read_regime(const struct guest_regs *regs, uint64_t regime[5])
{
	regime[0] = regs->sysreg[GUEST_SCTLR_EL1];
	regime[1] = regs->sysreg[GUEST_TCR_EL1];
	regime[2] = regs->sysreg[GUEST_TTBR0_EL1];
	regime[3] = regs->sysreg[GUEST_TTBR1_EL1];
	regime[4] = regs->sysreg[GUEST_MAIR_EL1];
}

/*
 * Makes the PE that of another vCPU, unless it still is the one that this vCPU ran on last: what
 * is cached here may have been invalidated by a TLBI elsewhere.
 */
static void adopt(struct a64_pe *pe, struct guest_vcpu *vcpu, bool flush)
{
	uint64_t regime[5];

	read_regime(vcpu->regs, regime);
	if (vcpu->id != pe->vcpu_id || *vcpu->engine_data != pe) {
		pe->monitor.armed = false;
		/* What it was when the vCPU ran elsewhere is not known. */
		pe->event_register = *vcpu->engine_data != NULL;
		flush = true;
	}
	if (flush || memcmp(regime, pe->regime, sizeof(regime)) != 0)
		a64_tlb_flush(pe);
	pe->vcpu_id = vcpu->id;
	*vcpu->engine_data = pe;
}

static void load_registers(struct a64_pe *pe)
{
	const struct guest_regs *regs = pe->regs;

	memcpy(pe->r, regs->x, sizeof(regs->x));
	pe->pc = regs->pc;
	a64_set_nzcv(pe, (unsigned)(regs->pstate >> 28) & 0xf);
	pe->pstate = regs->pstate & ~A64_PSTATE_NZCV;
	a64_refresh(pe);
	pe->stepping = false;
	pe->stepped = false;
	a64_debug_refresh(pe);
}

static void store_registers(struct a64_pe *pe)
{
	struct guest_regs *regs = pe->regs;

	memcpy(regs->x, pe->r, sizeof(regs->x));
	a64_save_sp(pe);
	regs->pc = pe->pc;
	regs->pstate = pe->pstate | (uint64_t)a64_nzcv(pe) << 28;
	read_regime(regs, pe->regime);
}

static void run(void *opaque, struct guest_vcpu *vcpu, const struct guest_entry *entry,
                struct guest_exit *exit)
{
	struct a64_pe *pe = opaque;

	*exit = (struct guest_exit){.kind = GUEST_EXIT_ERROR};
	pe->vcpu = vcpu;
	pe->regs = vcpu->regs;
	pe->entry = entry;
	pe->exit = exit;
	pe->left = 0;
	pe->more = UNBOUNDED;
	if (entry->budget && entry->budget < (uint64_t)UNBOUNDED)
		pe->more = (int64_t)entry->budget;
	pe->last_step = vcpu->steps + (uint64_t)pe->more;
	adopt(pe, vcpu, entry->flush);
	if (entry->event)
		pe->event_register = true;
	load_registers(pe);
	pe->event = A64_CONTINUE;
	a64_execute(pe);
	store_registers(pe);
	set_steps(pe, pe->left);
	/* An IC that no DSB completed: the vCPU may go on elsewhere. */
	if (pe->ic_pending) {
		pe->ic_pending = false;
		pe->services->tlbi_broadcast(vcpu);
	}
	/* An exception to R-EL2 clears the monitor; a pause that is ours does not. */
	if (exit->kind != GUEST_EXIT_BUDGET && exit->kind != GUEST_EXIT_KICKED)
		pe->monitor.armed = false;
}

const struct guest_engine_ops guest_engine_a64 = {
        .name = "a64",
        .pe_create = pe_create,
        .pe_destroy = pe_destroy,
        .run = run,
        .inject = a64_inject,
};
