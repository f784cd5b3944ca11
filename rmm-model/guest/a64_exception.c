/* SPDX-License-Identifier: BSD-3-Clause */
/* Exceptions: entry to EL1, return, syndromes, and the aborts that go to R-EL2. */
#include "a64.h"

#define SCTLR_SA      (UINT64_C(1) << 3)
#define SCTLR_SA0     (UINT64_C(1) << 4)
#define SCTLR_SPAN    (UINT64_C(1) << 23)
#define SCTLR_DSSBS   (UINT64_C(1) << 44)

/* Offsets from VBAR_EL1. */
#define VECTOR_SYNC   0x000u
#define VECTOR_IRQ    0x080u
#define VECTOR_FIQ    0x100u
#define VECTOR_SP0    0x000u
#define VECTOR_SPX    0x200u
#define VECTOR_LOWER  0x400u

#define PSTATE_I      (UINT64_C(1) << 7)
#define PSTATE_F      (UINT64_C(1) << 6)

#define ISS_ISV       (UINT64_C(1) << 24)
#define ISS_SAS_SHIFT 22
#define ISS_SSE       (UINT64_C(1) << 21)
#define ISS_SRT_SHIFT 16
#define ISS_SF        (UINT64_C(1) << 15)
#define ISS_AR        (UINT64_C(1) << 14)
#define ISS_EA        (UINT64_C(1) << 9)

/* Exception entry on registers that no engine holds; pstate is complete. */
static void enter_el1(struct guest_regs *regs, unsigned vector)
{
	uint64_t old = regs->pstate;
	uint64_t pstate = (old & (A64_PSTATE_NZCV | GUEST_PSTATE_PAN | GUEST_PSTATE_DIT)) |
	                  GUEST_PSTATE_DAIF | GUEST_PSTATE_EL1H;

	if (regs->sysreg[GUEST_SCTLR_EL1] & SCTLR_DSSBS)
		pstate |= GUEST_PSTATE_SSBS;
	if (!(regs->sysreg[GUEST_SCTLR_EL1] & SCTLR_SPAN))
		pstate |= GUEST_PSTATE_PAN;
	if ((old & GUEST_PSTATE_M) == GUEST_PSTATE_EL0T)
		vector += VECTOR_LOWER;
	else if ((old & GUEST_PSTATE_M) == GUEST_PSTATE_EL1H)
		vector += VECTOR_SPX;
	else
		vector += VECTOR_SP0;
	regs->sysreg[GUEST_SPSR_EL1] = old;
	regs->sysreg[GUEST_ELR_EL1] = regs->pc;
	regs->pstate = pstate;
	regs->pc = regs->sysreg[GUEST_VBAR_EL1] + vector;
}

void a64_save_sp(struct a64_pe *pe)
{
	if ((pe->pstate & GUEST_PSTATE_M) == GUEST_PSTATE_EL1H)
		pe->regs->sp_el1 = pe->r[A64_SP];
	else
		pe->regs->sp_el0 = pe->r[A64_SP];
}

void a64_refresh(struct a64_pe *pe)
{
	bool el0 = a64_el(pe) == 0;
	uint64_t sctlr = a64_sysreg(pe, GUEST_SCTLR_EL1);

	pe->r[A64_SP] = (pe->pstate & GUEST_PSTATE_M) == GUEST_PSTATE_EL1H ? pe->regs->sp_el1
	                                                                   : pe->regs->sp_el0;
	pe->tlb = &pe->tlbs[el0 ? 0 : 1];
	pe->fp_traps = a64_fp_traps(pe);
	pe->base_mask[A64_SP] = (sctlr & (el0 ? SCTLR_SA0 : SCTLR_SA)) ? 15 : 0;
}

void a64_set_pstate(struct a64_pe *pe, uint64_t pstate)
{
	bool pan = ~pe->pstate & pstate & GUEST_PSTATE_PAN;

	a64_save_sp(pe);
	pe->pstate = pstate;
	a64_refresh(pe);
	if (pan && pe->pan_sensitive)
		a64_tlb_flush_el1(pe);
}

static void take(struct a64_pe *pe, unsigned vector)
{
	struct guest_regs *regs = pe->regs;
	uint64_t pstate;

	regs->pc = pe->pc;
	regs->pstate = pe->pstate | (uint64_t)a64_nzcv(pe) << 28;
	/* An instruction that returns behind itself is a step done. */
	if (A64_UNLIKELY(pe->stepping) && pe->pc != pe->step_pc)
		regs->pstate &= ~A64_PSTATE_SS;
	pe->stepping = false;
	enter_el1(regs, vector);
	pstate = regs->pstate & ~A64_PSTATE_NZCV;
	a64_set_pstate(pe, pstate);
	pe->pc = regs->pc;
	pe->monitor.armed = false;
	pe->event = A64_RESUME;
}

void a64_exception(struct a64_pe *pe, uint64_t esr)
{
	pe->regs->sysreg[GUEST_ESR_EL1] = esr;
	take(pe, VECTOR_SYNC);
}

void a64_undefined(struct a64_pe *pe)
{
	a64_exception(pe, a64_esr(A64_EC_UNKNOWN, 0));
}

bool a64_interrupt_pending(const struct a64_pe *pe)
{
	return (pe->vcpu->virq && !(pe->pstate & PSTATE_I)) ||
	       (pe->vcpu->vfiq && !(pe->pstate & PSTATE_F));
}

void a64_interrupt(struct a64_pe *pe)
{
	take(pe, pe->vcpu->vfiq && !(pe->pstate & PSTATE_F) ? VECTOR_FIQ : VECTOR_IRQ);
}

/* Aborts have one exception class from EL0 and the next from EL1. */
static enum a64_ec abort_class(enum a64_ec lower, uint64_t pstate)
{
	return (pstate & GUEST_PSTATE_M) == GUEST_PSTATE_EL0T ? lower : lower + 1;
}

static void set_far(struct a64_pe *pe, uint64_t va)
{
	pe->regs->sysreg[GUEST_FAR_EL1] = va;
}

void a64_alignment_fault(struct a64_pe *pe, uint64_t va, bool write)
{
	const struct a64_fault fault = {.fsc = A64_FSC_ALIGNMENT};

	a64_data_fault(pe, va, write, false, &fault);
}

void a64_pc_alignment(struct a64_pe *pe)
{
	set_far(pe, pe->pc);
	a64_exception(pe, a64_esr(A64_EC_PC_ALIGNMENT, 0));
}

void a64_sp_alignment(struct a64_pe *pe)
{
	a64_exception(pe, a64_esr(A64_EC_SP_ALIGNMENT, 0));
}

static void leave_with_abort(struct a64_pe *pe, uint64_t esr, uint64_t va,
                             const struct a64_fault *fault)
{
	pe->exit->far = va;
	pe->exit->ipa = fault->ipa;
	a64_leave(pe, GUEST_EXIT_ABORT, esr);
}

void a64_fetch_fault(struct a64_pe *pe, const struct a64_fault *fault)
{
	uint64_t iss = fault->fsc | (fault->s1ptw ? A64_ESR_S1PTW : 0);

	if (fault->stage2) {
		leave_with_abort(pe, a64_esr(A64_EC_FETCH_LOWER, iss), pe->pc, fault);
		return;
	}
	set_far(pe, pe->pc);
	a64_exception(pe, a64_esr(abort_class(A64_EC_FETCH_LOWER, pe->pstate), iss));
}

/*
 * ISV and what comes with it. Valid for a load or store of one general register that has no
 * writeback and is not exclusive; acquire and release qualify.
 */
static uint64_t access_syndrome(uint32_t insn)
{
	uint32_t size = insn >> 30;
	uint32_t opc = a64_bits(insn, 22, 2);
	bool literal = (insn & 0x3f000000) == 0x18000000;
	bool offset = (insn & 0x3f000000) == 0x39000000;
	bool indexed = (insn & 0x3f200000) == 0x38000000; /* Unscaled, or with writeback. */
	bool by_register = (insn & 0x3f200c00) == 0x38200800;
	bool ordered = (insn & 0x3fa08000) == 0x08808000; /* LDAR, STLR. */
	bool ldapr = (insn & 0x3fe0fc00) == 0x38a0c000;
	bool rcpc = (insn & 0x3f200c00) == 0x19000000; /* LDAPUR, STLUR. */
	bool sign = false, sf = size == 3;

	if (indexed && (a64_bits(insn, 10, 2) & 1))
		return 0;
	if (literal) {
		sf = size != 0;
		sign = size == 2;
		size = size == 1 ? 3 : 2;
	} else if (offset || indexed || by_register || rcpc) {
		sign = opc & 2;
		if (sign)
			sf = opc == 2;
	} else if (!ordered && !ldapr) {
		return 0;
	}
	return ISS_ISV | (uint64_t)size << ISS_SAS_SHIFT | (sign ? ISS_SSE : 0) |
	       (uint64_t)a64_bits(insn, 0, 5) << ISS_SRT_SHIFT | (sf ? ISS_SF : 0) |
	       (ordered || ldapr || rcpc ? ISS_AR : 0);
}

void a64_data_fault(struct a64_pe *pe, uint64_t va, bool write, bool maintenance,
                    const struct a64_fault *fault)
{
	uint64_t iss = fault->fsc;

	if (fault->s1ptw) {
		/* The walk reads. */
		iss |= A64_ESR_S1PTW;
		if (maintenance)
			iss |= A64_ESR_CM | A64_ESR_WNR;
	} else if (maintenance) {
		iss |= A64_ESR_CM | A64_ESR_WNR;
	} else if (write) {
		iss |= A64_ESR_WNR;
	}
	if (!fault->stage2) {
		set_far(pe, va);
		a64_exception(pe, a64_esr(abort_class(A64_EC_DATA_LOWER, pe->pstate), iss));
		return;
	}
	if (!fault->s1ptw && !maintenance) {
		uint32_t insn = a64_insn(pe);
		uint64_t access = access_syndrome(insn);

		/* Nobody could emulate an access that the page boundary cuts in two. */
		if (pe->crossing)
			access = 0;
		iss |= access;
		if (access && write) {
			unsigned bits = 8u << (insn >> 30);

			pe->exit->value = pe->r[a64_bits(insn, 0, 5)];
			if (bits < 64)
				pe->exit->value &= (UINT64_C(1) << bits) - 1;
		}
	}
	leave_with_abort(pe, a64_esr(A64_EC_DATA_LOWER, iss), va, fault);
}

uint64_t a64_branch_target(const struct a64_pe *pe, uint64_t target)
{
	uint64_t tcr = a64_sysreg(pe, GUEST_TCR_EL1);
	bool upper = (target >> 55) & 1;

	if (!a64_top_byte_ignored(tcr, upper, true))
		return target;
	return (uint64_t)((int64_t)(target << 8) >> 8);
}

/* Whether EL1 may return to this PSTATE: EL0t, EL1t, EL1h, all in AArch64. */
static bool legal_return(uint64_t spsr)
{
	switch (spsr & 0x1f) {
	case GUEST_PSTATE_EL0T:
	case GUEST_PSTATE_EL1T:
	case GUEST_PSTATE_EL1H:
		return true;
	default:
		return false;
	}
}

void a64_eret(struct a64_pe *pe, unsigned modifier, unsigned kind)
{
	uint64_t spsr = a64_sysreg(pe, GUEST_SPSR_EL1);
	uint64_t pstate = spsr & (GUEST_PSTATE_PAN | GUEST_PSTATE_UAO | GUEST_PSTATE_DIT |
	                          GUEST_PSTATE_SSBS | GUEST_PSTATE_DAIF | A64_PSTATE_IL);
	uint64_t target = a64_sysreg(pe, GUEST_ELR_EL1);

	if (a64_el(pe) == 0) {
		a64_undefined(pe);
		return;
	}
	if (kind && !a64_pauth_check(pe, target, pe->r[modifier], kind, &target))
		return;
	pe->stepping = false;
	pstate |= a64_debug_return(pe, spsr);
	if (legal_return(spsr))
		pstate |= spsr & GUEST_PSTATE_M;
	else
		pstate |= A64_PSTATE_IL | (pe->pstate & GUEST_PSTATE_M);
	a64_set_nzcv(pe, (unsigned)(spsr >> 28) & 0xf);
	a64_set_pstate(pe, pstate);
	pe->pc = a64_branch_target(pe, target);
	pe->monitor.armed = false;
	pe->event = A64_RESUME;
}

void a64_inject(struct guest_vcpu *vcpu, enum guest_exception exception,
                const struct guest_exit *cause)
{
	struct guest_regs *regs = vcpu->regs;
	uint64_t iss = A64_FSC_EXTERNAL | ISS_EA;
	uint64_t esr;

	switch (exception) {
	case GUEST_SEA_DATA:
		iss |= cause->esr & (A64_ESR_CM | A64_ESR_WNR);
		esr = a64_esr(abort_class(A64_EC_DATA_LOWER, regs->pstate), iss);
		break;
	case GUEST_SEA_FETCH:
		esr = a64_esr(abort_class(A64_EC_FETCH_LOWER, regs->pstate), iss);
		break;
	default:
		esr = a64_esr(A64_EC_UNKNOWN, 0);
		break;
	}
	if (exception != GUEST_UNDEFINED)
		regs->sysreg[GUEST_FAR_EL1] = cause->far;
	regs->sysreg[GUEST_ESR_EL1] = esr;
	enter_el1(regs, VECTOR_SYNC);
}
