/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Self-hosted debug: two breakpoints, the second of which knows contexts, two watchpoints, software
 * step. While any of them is on, nothing is cached and every instruction is looked up by itself.
 */
#include "a64.h"

#define MDSCR_SS      (UINT64_C(1) << 0)
#define MDSCR_KDE     (UINT64_C(1) << 13)
#define MDSCR_MDE     (UINT64_C(1) << 15)

#define OSLSR_OSLK    UINT64_C(2)

#define PSTATE_D      (UINT64_C(1) << 9)

/* DBGBCR<n>_EL1 and DBGWCR<n>_EL1. */
#define CR_E          UINT64_C(1)
#define CR_EL(reg)    (((reg) >> 1) & 3) /* PMC, PAC: EL1, EL0. */
#define CR_SSC        (UINT64_C(3) << 14)
#define CR_LBN(reg)   (((reg) >> 16) & 0xf)
#define BCR_BT(reg)   (((reg) >> 20) & 0xf)
#define WCR_LSC(reg)  (((reg) >> 3) & 3)
#define WCR_BAS(reg)  (((reg) >> 5) & 0xff)
#define WCR_WT        (UINT64_C(1) << 20)
#define WCR_MASK(reg) (((reg) >> 24) & 0x1f)

enum { BT_ADDRESS, BT_ADDRESS_LINKED, BT_CONTEXT, BT_CONTEXT_LINKED };

#define FSC_DEBUG     0x22u

/* ISS of a Software Step exception. */
#define ISS_STEP_ISV  (UINT64_C(1) << 24)
#define ISS_STEP_EX   (UINT64_C(1) << 6)

/* Breakpoints and watchpoints that there are; the last breakpoint knows contexts. */
#define NUM_POINTS    2u
#define CONTEXT_POINT 1u

static uint64_t point(const struct a64_pe *pe, enum guest_sysreg first, unsigned n)
{
	return a64_sysreg(pe, first + 2 * n);
}

/* Whether debug exceptions are taken at a PSTATE; not that anything would cause one. */
static bool taken_at(const struct a64_pe *pe, uint64_t pstate)
{
	if ((pstate & GUEST_PSTATE_M) == GUEST_PSTATE_EL0T)
		return true;
	return (a64_sysreg(pe, GUEST_MDSCR_EL1) & MDSCR_KDE) && !(pstate & PSTATE_D);
}

void a64_debug_refresh(struct a64_pe *pe)
{
	uint64_t mdscr = a64_sysreg(pe, GUEST_MDSCR_EL1);
	bool was = pe->debug;
	uint64_t enabled = 0;

	for (unsigned n = 0; n < NUM_POINTS; n++)
		enabled |= point(pe, GUEST_DBGBCR0_EL1, n) | point(pe, GUEST_DBGWCR0_EL1, n);
	pe->debug = !(a64_sysreg(pe, GUEST_OSLSR_EL1) & OSLSR_OSLK) &&
	            ((mdscr & MDSCR_SS) || ((mdscr & MDSCR_MDE) && (enabled & CR_E)));
	if (pe->debug && !was)
		a64_tlb_flush(pe);
}

static void take(struct a64_pe *pe, enum a64_ec lower, uint64_t iss)
{
	a64_exception(pe, a64_esr(a64_el(pe) == 0 ? lower : lower + 1, iss | FSC_DEBUG));
}

/* Whether a register that is enabled is for an EL. */
static bool for_el(uint64_t control, bool el0)
{
	return (control & CR_E) && !(control & CR_SSC) && ((CR_EL(control) >> (el0 ? 1 : 0)) & 1);
}

/* What a breakpoint or watchpoint is linked to: the breakpoint that knows contexts. */
static bool link_matches(const struct a64_pe *pe, uint64_t number)
{
	uint64_t control = point(pe, GUEST_DBGBCR0_EL1, CONTEXT_POINT);

	return number == CONTEXT_POINT && (control & CR_E) &&
	       BCR_BT(control) == BT_CONTEXT_LINKED &&
	       (uint32_t)point(pe, GUEST_DBGBVR0_EL1, CONTEXT_POINT) ==
	               a64_sysreg(pe, GUEST_CONTEXTIDR_EL1);
}

static bool breakpoint_matches(const struct a64_pe *pe, unsigned n)
{
	uint64_t control = point(pe, GUEST_DBGBCR0_EL1, n);
	uint64_t value = point(pe, GUEST_DBGBVR0_EL1, n);

	if (!for_el(control, a64_el(pe) == 0))
		return false;
	switch (BCR_BT(control)) {
	case BT_ADDRESS:
		return (value & ~UINT64_C(3)) == pe->pc;
	case BT_ADDRESS_LINKED:
		return (value & ~UINT64_C(3)) == pe->pc && link_matches(pe, CR_LBN(control));
	case BT_CONTEXT:
		return n == CONTEXT_POINT &&
		       (uint32_t)value == a64_sysreg(pe, GUEST_CONTEXTIDR_EL1);
	default:
		return false;
	}
}

static bool points_on(const struct a64_pe *pe)
{
	return (a64_sysreg(pe, GUEST_MDSCR_EL1) & MDSCR_MDE) && taken_at(pe, pe->pstate);
}

bool a64_breakpoint(struct a64_pe *pe)
{
	if (!points_on(pe))
		return false;
	for (unsigned n = 0; n < NUM_POINTS; n++) {
		if (breakpoint_matches(pe, n)) {
			take(pe, A64_EC_BREAKPOINT_LOWER, 0);
			return true;
		}
	}
	return false;
}

static bool watchpoint_matches(const struct a64_pe *pe, unsigned n, uint64_t first, bool write,
                               bool el0)
{
	uint64_t control = point(pe, GUEST_DBGWCR0_EL1, n);
	uint64_t value = point(pe, GUEST_DBGWVR0_EL1, n);
	uint64_t mask = (UINT64_C(1) << WCR_MASK(control)) - 1;
	uint64_t bytes = WCR_BAS(control);

	if (!for_el(control, el0) || !((WCR_LSC(control) >> (write ? 1 : 0)) & 1))
		return false;
	if ((control & WCR_WT) && !link_matches(pe, CR_LBN(control)))
		return false;
	if (mask)
		return first <= (value | mask) && first + pe->access_bytes > (value & ~mask);
	/* Bytes of a doubleword, or of a word in its upper half. */
	if (value & 4)
		bytes &= 0xf;
	else
		value &= ~UINT64_C(7);
	for (unsigned i = 0; i < 8; i++) {
		if (((bytes >> i) & 1) && value + i - first < pe->access_bytes)
			return true;
	}
	return false;
}

bool a64_watchpoint(struct a64_pe *pe, uint64_t va, enum a64_access access, bool el0)
{
	bool write = access != A64_READ;

	if (!points_on(pe))
		return false;
	for (unsigned n = 0; n < NUM_POINTS; n++) {
		if (watchpoint_matches(pe, n, va - pe->access_before, write, el0)) {
			pe->regs->sysreg[GUEST_FAR_EL1] = va;
			take(pe, A64_EC_WATCHPOINT_LOWER,
			     (write ? A64_ESR_WNR : 0) |
			             (access == A64_INVALIDATE ? A64_ESR_CM : 0));
			return true;
		}
	}
	return false;
}

bool a64_debug_step(struct a64_pe *pe)
{
	bool stepped = pe->stepped;

	pe->stepped = false;
	if (!(a64_sysreg(pe, GUEST_MDSCR_EL1) & MDSCR_SS) || !taken_at(pe, pe->pstate))
		return false;
	if (pe->pstate & A64_PSTATE_SS) {
		pe->stepping = true;
		pe->step_pc = pe->pc;
		return false;
	}
	take(pe, A64_EC_STEP_LOWER,
	     stepped ? ISS_STEP_ISV | (pe->stepped_exclusive ? ISS_STEP_EX : 0) : 0);
	return true;
}

void a64_debug_stepped(struct a64_pe *pe)
{
	/* LDXR and its kin. */
	uint32_t insn = pe->step_insn;

	pe->stepping = false;
	/* The instruction was not executed if it took an exception: PSTATE is a new one then. */
	if (!(pe->pstate & A64_PSTATE_SS))
		return;
	pe->pstate &= ~A64_PSTATE_SS;
	pe->stepped = true;
	pe->stepped_exclusive = (insn & 0x3fc00000) == 0x08400000;
}

uint64_t a64_debug_return(const struct a64_pe *pe, uint64_t spsr)
{
	if (!(a64_sysreg(pe, GUEST_MDSCR_EL1) & MDSCR_SS) || !pe->debug ||
	    taken_at(pe, pe->pstate) || !taken_at(pe, spsr))
		return 0;
	return spsr & A64_PSTATE_SS;
}
