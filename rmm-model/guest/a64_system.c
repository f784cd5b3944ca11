/* SPDX-License-Identifier: BSD-3-Clause */
/* SVC and its kin, hints, barriers, PSTATE, cache and TLB maintenance, address translation. */
#include "a64.h"

#define SCTLR_UMA       (UINT64_C(1) << 9)
#define SCTLR_ENRCTX    (UINT64_C(1) << 10)
#define SCTLR_DZE       (UINT64_C(1) << 14)
#define SCTLR_NTWI      (UINT64_C(1) << 16)
#define SCTLR_NTWE      (UINT64_C(1) << 18)
#define SCTLR_UCI       (UINT64_C(1) << 26)

#define CPACR_FPEN(reg) (((reg) >> 20) & 3)

#define CACHE_LINE      64u

/* ISS of a trapped WFI or WFE: which, whether there is a register, and its number. */
#define ISS_TI_WFE      1u
#define ISS_TI_WFXT     2u
#define ISS_RV          4u
#define ISS_RN_SHIFT    5

void a64_exception_insn(struct a64_pe *pe, uint32_t insn)
{
	uint32_t imm = a64_bits(insn, 5, 16);

	/* opc, LL */
	switch (a64_bits(insn, 21, 3) << 2 | a64_bits(insn, 0, 2)) {
	case 1: /* SVC: ELR is the next instruction. */
		pe->pc += 4;
		a64_exception(pe, a64_esr(A64_EC_SVC, imm));
		return;
	case 2:
	case 3:
		if (a64_el(pe) == 0)
			break;
		if (a64_bits(insn, 0, 2) == 2)
			a64_leave(pe, GUEST_EXIT_HVC, a64_esr(A64_EC_HVC, imm));
		else
			a64_leave(pe, GUEST_EXIT_SMC, a64_esr(A64_EC_SMC, imm));
		return;
	case 4: /* BRK */
		/* MDCR_EL2.TDE: a debug exception. */
		if (pe->entry->trap_debug)
			a64_leave(pe, GUEST_EXIT_TRAPPED, a64_esr(A64_EC_BRK, imm));
		else
			a64_exception(pe, a64_esr(A64_EC_BRK, imm));
		return;
	default:
		break;
	}
	a64_undefined(pe);
}

static bool fp_traps_to_el1(const struct a64_pe *pe)
{
	uint64_t fpen = CPACR_FPEN(a64_sysreg(pe, GUEST_CPACR_EL1));

	return !(fpen & 1) || (fpen == 1 && a64_el(pe) == 0);
}

bool a64_fp_traps(const struct a64_pe *pe)
{
	return pe->entry->trap_simd || fp_traps_to_el1(pe);
}

void a64_fp_trap(struct a64_pe *pe)
{
	uint64_t esr = a64_esr(A64_EC_FP, A64_ISS_COND);

	if (fp_traps_to_el1(pe))
		a64_exception(pe, esr);
	else
		a64_leave(pe, GUEST_EXIT_TRAPPED, esr);
}

/* WFI and WFE end at once unless somebody wants to know. */
static void wait_for(struct a64_pe *pe, bool wfe, uint64_t iss)
{
	uint64_t esr = a64_esr(A64_EC_WFX, A64_ISS_COND | (wfe ? ISS_TI_WFE : 0) | iss);

	if (pe->vcpu->virq || pe->vcpu->vfiq)
		return;
	if (wfe && pe->event_register) {
		pe->event_register = false;
		return;
	}
	if (a64_el(pe) == 0 && !(a64_sysreg(pe, GUEST_SCTLR_EL1) & (wfe ? SCTLR_NTWE : SCTLR_NTWI)))
		a64_exception(pe, esr);
	else if (wfe ? pe->entry->trap_wfe : pe->entry->trap_wfi)
		a64_leave(pe, GUEST_EXIT_WFX, esr);
}

static void hint(struct a64_pe *pe, uint32_t insn)
{
	enum { WFE = 2, WFI = 3, SEV = 4, SEVL = 5 };

	/* Those that do nothing, and pointer authentication, do not come here. */

	switch (a64_bits(insn, 5, 7)) {
	case WFE:
		wait_for(pe, true, 0);
		break;
	case WFI:
		wait_for(pe, false, 0);
		break;
	case SEV:
		pe->services->send_event(pe->vcpu);
		pe->event_register = true;
		break;
	case SEVL:
		pe->event_register = true;
		break;
	default:
		break;
	}
}

/* WFET and WFIT: over when CNTVCT_EL0 gets to the value of a register. */
static void wait_until(struct a64_pe *pe, uint32_t insn)
{
	bool wfe = !a64_bits(insn, 5, 1);
	uint32_t rn = a64_bits(insn, 0, 5);

	if (wfe && pe->event_register) {
		pe->event_register = false;
		return;
	}
	a64_count_steps(pe);
	if (pe->services->counter(pe->vcpu) >= pe->r[rn])
		return;
	pe->exit->value = pe->r[rn];
	wait_for(pe, wfe, ISS_TI_WFXT | ISS_RV | (uint64_t)rn << ISS_RN_SHIFT);
}

static void tell_other_pes(struct a64_pe *pe)
{
	pe->services->tlbi_broadcast(pe->vcpu);
	/* Nothing that was looked up before may be used any more. */
	pe->event = A64_REFETCH;
}

void a64_fence(void)
{
#if defined(__SANITIZE_THREAD__)
	/* ThreadSanitizer does not know fences; to it the guest's accesses are atomic anyway. */
	_Atomic int order = 0;

	atomic_exchange(&order, 1);
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

static void barrier(struct a64_pe *pe, uint32_t insn)
{
	enum { CLREX = 2, DSB = 4, DMB = 5, ISB = 6, SB = 7 };

	switch (a64_bits(insn, 5, 3)) {
	case CLREX:
		pe->monitor.armed = false;
		break;
	case DSB:
		a64_fence();
		if (pe->ic_pending) {
			pe->ic_pending = false;
			tell_other_pes(pe);
		}
		break;
	case DMB:
		a64_fence();
		break;
	case ISB:
		a64_next(pe);
		break;
	case SB:
		/* Nothing is speculated. */
		if (a64_bits(insn, 8, 4) == 0)
			break;
		a64_undefined(pe);
		break;
	default:
		/* DSB nXS and TCOMMIT are not there. */
		a64_undefined(pe);
		break;
	}
}

static void trap_to_el1(struct a64_pe *pe, uint32_t insn)
{
	a64_exception(pe, a64_esr(A64_EC_SYSREG, a64_sysreg_iss(insn)));
}

/* CFINV, XAFLAG, AXFLAG. */
static void convert_flags(struct a64_pe *pe, uint32_t op2)
{
	enum { N = 8, Z = 4, C = 2, V = 1 };
	unsigned old = a64_nzcv(pe), nzcv = 0;

	switch (op2) {
	case 0:
		nzcv = old ^ C;
		break;
	case 1: /* To what a floating-point compare gives. */
		nzcv = (old & (C | Z) ? 0u : N) | ((old & C) && (old & Z) ? Z : 0u) |
		       (old & (C | Z) ? C : 0u) | (!(old & C) && (old & Z) ? V : 0u);
		break;
	default: /* From it. */
		nzcv = (old & (Z | V) ? Z : 0u) | ((old & C) && !(old & V) ? C : 0u);
		break;
	}
	a64_set_nzcv(pe, nzcv);
}

static uint64_t pstate_bit(uint64_t pstate, uint64_t bit, uint64_t value)
{
	return (pstate & ~bit) | (value ? bit : 0);
}

/* MSR (immediate) and what else sets PSTATE. */
static void msr_immediate(struct a64_pe *pe, uint32_t insn)
{
	enum {
		UAO = 0 << 3 | 3,
		PAN = 0 << 3 | 4,
		SPSEL = 0 << 3 | 5,
		SSBS = 3 << 3 | 1,
		DIT = 3 << 3 | 2,
		DAIFSET = 3 << 3 | 6,
		DAIFCLR = 3 << 3 | 7,
	};
	uint32_t field = a64_bits(insn, 16, 3) << 3 | a64_bits(insn, 5, 3);
	uint64_t imm = a64_bits(insn, 8, 4);
	uint64_t pstate = pe->pstate;

	if (a64_bits(insn, 0, 5) != 31) {
		a64_undefined(pe);
		return;
	}
	if (field < UAO && imm == 0) {
		convert_flags(pe, field);
		return;
	}
	/* Op1 = 3 is for EL0, too. */
	if (a64_el(pe) == 0 && a64_bits(insn, 16, 3) != 3) {
		a64_undefined(pe);
		return;
	}
	switch (field) {
	case DAIFSET:
	case DAIFCLR:
		if (a64_el(pe) == 0 && !(a64_sysreg(pe, GUEST_SCTLR_EL1) & SCTLR_UMA)) {
			trap_to_el1(pe, insn);
			return;
		}
		pstate = field == DAIFSET ? pstate | imm << 6 : pstate & ~(imm << 6);
		break;
	case UAO:
		pstate = pstate_bit(pstate, GUEST_PSTATE_UAO, imm & 1);
		break;
	case PAN:
		pstate = pstate_bit(pstate, GUEST_PSTATE_PAN, imm & 1);
		break;
	case SSBS:
		pstate = pstate_bit(pstate, GUEST_PSTATE_SSBS, imm & 1);
		break;
	case DIT:
		pstate = pstate_bit(pstate, GUEST_PSTATE_DIT, imm & 1);
		break;
	case SPSEL:
		pstate = (pstate & ~UINT64_C(1)) | (imm & 1);
		break;
	default:
		a64_undefined(pe);
		return;
	}
	a64_set_pstate(pe, pstate);
	if (a64_interrupt_pending(pe))
		a64_next(pe);
}

/* Probes an access to all of the line that an address is in. */
static void *probe_line(struct a64_pe *pe, uint64_t va, enum a64_access access)
{
	void *host;

	pe->access_bytes = CACHE_LINE;
	pe->access_before = (unsigned)(va & (CACHE_LINE - 1));
	/* DC ZVA of Device memory is an alignment fault. */
	host = a64_probe(pe, va, access, a64_el(pe) == 0, access == A64_WRITE);
	pe->access_before = 0;
	return host;
}

static void zero_block(struct a64_pe *pe, uint64_t va)
{
	uint64_t *host = probe_line(pe, va, A64_WRITE);

	if (!host)
		return;
	host = (uint64_t *)((uintptr_t)host & ~(uintptr_t)(CACHE_LINE - 1));
	for (unsigned i = 0; i < CACHE_LINE / sizeof(*host); i++)
		__atomic_store_n(&host[i], 0, __ATOMIC_RELAXED);
}

/* Data caches need nothing: memory is coherent. The address is translated all the same. */
static void clean_data(struct a64_pe *pe, uint64_t va)
{
	a64_probe(pe, va, A64_MAINTAIN, a64_el(pe) == 0, false);
}

static void invalidate_instructions(struct a64_pe *pe, uint64_t va)
{
	uintptr_t host = (uintptr_t)a64_probe(pe, va, A64_MAINTAIN, a64_el(pe) == 0, false);

	if (!host)
		return;
	a64_code_compare(pe, (const void *)(host & ~(uintptr_t)(A64_PAGE_SIZE - 1)),
	                 host & (A64_PAGE_SIZE - 1) & ~(uintptr_t)(CACHE_LINE - 1), CACHE_LINE);
	pe->ic_pending = true;
}

/* AT S1E0R and its kin. */
static void address_translate(struct a64_pe *pe, uint64_t va, bool write, bool el0, bool pan)
{
	struct a64_regime regime = {el0, pan};
	struct a64_stage1 s1;
	struct a64_fault fault;
	uint64_t par;

	if (a64_stage1(pe, va, write ? A64_WRITE : A64_READ, regime, &s1, &fault)) {
		/* Device and Normal Non-cacheable memory are Outer Shareable. */
		bool outer = a64_is_device(s1.attr) || s1.attr == 0x44;

		par = (s1.ipa & UINT64_C(0x0000fffffffff000)) | (uint64_t)s1.attr << 56 |
		      (uint64_t)(outer ? 2 : s1.sh) << 7 | UINT64_C(1) << 11;
	} else if (fault.stage2) {
		/* Stage 2 refused the walk: an abort to R-EL2. */
		a64_data_fault(pe, va, write, true, &fault);
		return;
	} else {
		par = UINT64_C(1) << 11 | (uint64_t)fault.fsc << 1 | 1;
	}
	pe->regs->sysreg[GUEST_PAR_EL1] = par;
}

static bool forbidden_at_el0(struct a64_pe *pe, uint32_t insn, uint64_t enable)
{
	if (a64_el(pe) != 0 || (a64_sysreg(pe, GUEST_SCTLR_EL1) & enable))
		return false;
	trap_to_el1(pe, insn);
	return true;
}

/* TLBI of EL1: everything goes, whatever was asked for. */
static bool tlbi(struct a64_pe *pe, uint32_t insn)
{
	/* By CRm, which values of op2 there are: VMALLE1, VAE1, ..., and the ranges of addresses.
	 */
	static const uint8_t exists[16] = {
	        [1] = 0xaf, /* Outer Shareable. */
	        [2] = 0xaa, /* Ranges, Inner Shareable. */
	        [3] = 0xaf, /* Inner Shareable. */
	        [5] = 0xaa, /* Ranges, Outer Shareable. */
	        [6] = 0xaa, /* Ranges on this PE. */
	        [7] = 0xaf, /* This PE. */
	};
	uint32_t crm = a64_bits(insn, 8, 4);

	if (a64_bits(insn, 16, 3) != 0 || a64_bits(insn, 12, 4) != 8 ||
	    !((exists[crm] >> a64_bits(insn, 5, 3)) & 1))
		return false;
	if (a64_el(pe) == 0) {
		a64_undefined(pe);
		return true;
	}
	a64_tlb_flush(pe);
	if (crm < 6)
		tell_other_pes(pe);
	return true;
}

/* Cache maintenance and address translation at EL1. @return whether there is such a thing */
static bool sys_el1(struct a64_pe *pe, uint32_t key, uint64_t value)
{
	bool pan = pe->pstate & GUEST_PSTATE_PAN;

	switch (key) {
	case A64_SYS(1, 0, 7, 1, 0): /* IC IALLUIS */
	case A64_SYS(1, 0, 7, 5, 0): /* IC IALLU */
		a64_tlb_flush(pe);
		pe->ic_pending |= key == A64_SYS(1, 0, 7, 1, 0);
		return true;
	case A64_SYS(1, 0, 7, 6, 1): /* DC IVAC */
		probe_line(pe, value, A64_INVALIDATE);
		return true;
	case A64_SYS(1, 0, 7, 6, 2):  /* DC ISW */
	case A64_SYS(1, 0, 7, 10, 2): /* DC CSW */
	case A64_SYS(1, 0, 7, 14, 2): /* DC CISW */
		return true;
	case A64_SYS(1, 0, 7, 8, 0): /* AT S1E1R */
		address_translate(pe, value, false, false, false);
		return true;
	case A64_SYS(1, 0, 7, 8, 1): /* AT S1E1W */
		address_translate(pe, value, true, false, false);
		return true;
	case A64_SYS(1, 0, 7, 8, 2): /* AT S1E0R */
		address_translate(pe, value, false, true, false);
		return true;
	case A64_SYS(1, 0, 7, 8, 3): /* AT S1E0W */
		address_translate(pe, value, true, true, false);
		return true;
	case A64_SYS(1, 0, 7, 9, 0): /* AT S1E1RP */
		address_translate(pe, value, false, false, pan);
		return true;
	case A64_SYS(1, 0, 7, 9, 1): /* AT S1E1WP */
		address_translate(pe, value, true, false, pan);
		return true;
	default:
		return false;
	}
}

static void sys(struct a64_pe *pe, uint32_t insn)
{
	uint32_t key = a64_bits(insn, 5, 16);
	uint64_t value = pe->r[a64_bits(insn, 0, 5)];

	switch (key) {
	case A64_SYS(1, 3, 7, 4, 1): /* DC ZVA */
		if (!forbidden_at_el0(pe, insn, SCTLR_DZE))
			zero_block(pe, value);
		return;
	case A64_SYS(1, 3, 7, 5, 1): /* IC IVAU */
		if (!forbidden_at_el0(pe, insn, SCTLR_UCI))
			invalidate_instructions(pe, value);
		return;
	case A64_SYS(1, 3, 7, 3, 4): /* CFP RCTX */
	case A64_SYS(1, 3, 7, 3, 5): /* DVP RCTX */
	case A64_SYS(1, 3, 7, 3, 7): /* CPP RCTX: nothing is predicted. */
		forbidden_at_el0(pe, insn, SCTLR_ENRCTX);
		return;
	case A64_SYS(1, 3, 7, 10, 1): /* DC CVAC */
	case A64_SYS(1, 3, 7, 11, 1): /* DC CVAU */
	case A64_SYS(1, 3, 7, 12, 1): /* DC CVAP */
	case A64_SYS(1, 3, 7, 13, 1): /* DC CVADP */
	case A64_SYS(1, 3, 7, 14, 1): /* DC CIVAC */
		if (!forbidden_at_el0(pe, insn, SCTLR_UCI))
			clean_data(pe, value);
		return;
	default:
		break;
	}
	if (tlbi(pe, insn))
		return;
	if (a64_el(pe) == 0 || !sys_el1(pe, key, value))
		a64_undefined(pe);
}

void a64_system(struct a64_pe *pe, uint32_t insn)
{
	bool read = a64_bits(insn, 21, 1);
	uint32_t op0 = a64_bits(insn, 19, 2);
	uint32_t op1 = a64_bits(insn, 16, 3);
	uint32_t crn = a64_bits(insn, 12, 4);

	if (op0 >= 2) {
		a64_msr_mrs(pe, insn);
	} else if (read) {
		a64_undefined(pe); /* SYSL */
	} else if (op0 == 1) {
		sys(pe, insn);
	} else if (crn == 4) {
		msr_immediate(pe, insn);
	} else if (op1 == 3 && crn == 1 && a64_bits(insn, 6, 6) == 0) {
		wait_until(pe, insn);
	} else if (op1 == 3 && crn == 2 && a64_bits(insn, 0, 5) == 31) {
		hint(pe, insn);
	} else if (op1 == 3 && crn == 3 && a64_bits(insn, 0, 5) == 31) {
		barrier(pe, insn);
	} else {
		a64_undefined(pe);
	}
}
