/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSR and MRS: ID registers, registers that are stored, registers that do something, and the GIC
 * CPU interface, which is the model's. What is not here is UNDEFINED.
 */
#include "a64_fp.h"
#include "guest/timer.h"
#include "registers.h"

#define OP0(insn)         a64_bits(insn, 19, 2)

#define SCTLR_UMA         (UINT64_C(1) << 9)
#define SCTLR_DZE         (UINT64_C(1) << 14)
#define SCTLR_UCT         (UINT64_C(1) << 15)

#define CNTKCTL_EL0PCTEN  (UINT64_C(1) << 0)
#define CNTKCTL_EL0VCTEN  (UINT64_C(1) << 1)
#define CNTKCTL_EL0VTEN   (UINT64_C(1) << 8)
#define CNTKCTL_EL0PTEN   (UINT64_C(1) << 9)

#define MDSCR_TDCC        (UINT64_C(1) << 12)

#define FPCR              A64_SYS(3, 3, 4, 4, 0)
#define FPSR              A64_SYS(3, 3, 4, 4, 1)

#define OSLSR_OSLK        UINT64_C(2)
#define OSLSR_IMPLEMENTED UINT64_C(8)

uint64_t a64_sysreg_iss(uint32_t insn)
{
	return (uint64_t)OP0(insn) << 20 | (uint64_t)a64_bits(insn, 5, 3) << 17 |
	       (uint64_t)a64_bits(insn, 16, 3) << 14 | (uint64_t)a64_bits(insn, 12, 4) << 10 |
	       (uint64_t)a64_bits(insn, 0, 5) << 5 | (uint64_t)a64_bits(insn, 8, 4) << 1 |
	       a64_bits(insn, 21, 1);
}

/* Registers of EL1 that are only stored: which bits exist, which are always one. */
struct stored {
	uint32_t key;
	enum guest_sysreg reg;
	uint64_t mask;
	uint64_t ones;
};

#define ALL_BITS UINT64_MAX

static const struct stored stored_registers[] = {
        /* M A C SA SA0 nAA UMA EnRCTX I EnDB DZE UCT nTWI nTWE WXN SPAN UCI EnDA EnIB EnIA DSSBS */
        {A64_SYS(3, 0, 1, 0, 0), GUEST_SCTLR_EL1, UINT64_C(0x1000cc8df65f), 0x30500980},
        {A64_SYS(3, 0, 1, 0, 1), GUEST_ACTLR_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 1, 0, 2), GUEST_CPACR_EL1, UINT64_C(3) << 20, 0},
        {A64_SYS(3, 0, 2, 0, 0), GUEST_TTBR0_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 0, 1), GUEST_TTBR1_EL1, ALL_BITS, 0},
        /* Up to TBI1, HPD0, HPD1, TBID0, TBID1, E0PD0, E0PD1; no hardware update. */
        {A64_SYS(3, 0, 2, 0, 2), GUEST_TCR_EL1, UINT64_C(0x1980677ffffffbf), 0},
        {A64_SYS(3, 0, 2, 1, 0), GUEST_APIAKEYLO_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 1, 1), GUEST_APIAKEYHI_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 1, 2), GUEST_APIBKEYLO_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 1, 3), GUEST_APIBKEYHI_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 2, 0), GUEST_APDAKEYLO_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 2, 1), GUEST_APDAKEYHI_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 2, 2), GUEST_APDBKEYLO_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 2, 3), GUEST_APDBKEYHI_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 3, 0), GUEST_APGAKEYLO_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 2, 3, 1), GUEST_APGAKEYHI_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 4, 0, 0), GUEST_SPSR_EL1, 0xffffffff, 0},
        {A64_SYS(3, 0, 4, 0, 1), GUEST_ELR_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 5, 1, 0), GUEST_AFSR0_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 5, 1, 1), GUEST_AFSR1_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 5, 2, 0), GUEST_ESR_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 6, 0, 0), GUEST_FAR_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 7, 4, 0), GUEST_PAR_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 10, 2, 0), GUEST_MAIR_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 10, 3, 0), GUEST_AMAIR_EL1, ALL_BITS, 0},
        {A64_SYS(3, 0, 12, 0, 0), GUEST_VBAR_EL1, ~UINT64_C(0x7ff), 0},
        {A64_SYS(3, 0, 13, 0, 1), GUEST_CONTEXTIDR_EL1, 0xffffffff, 0},
        {A64_SYS(3, 0, 13, 0, 4), GUEST_TPIDR_EL1, ALL_BITS, 0},
        {A64_SYS(3, 2, 0, 0, 0), GUEST_CSSELR_EL1, 0xf, 0},
        {A64_SYS(3, 0, 14, 1, 0), GUEST_CNTKCTL_EL1, 0x3ff, 0},
        /* SS TDCC KDE MDE */
        {A64_SYS(2, 0, 0, 2, 2), GUEST_MDSCR_EL1, 0xb001, 0},
        {A64_SYS(2, 0, 0, 0, 4), GUEST_DBGBVR0_EL1, ALL_BITS, 0},
        {A64_SYS(2, 0, 0, 1, 4), GUEST_DBGBVR1_EL1, ALL_BITS, 0},
        {A64_SYS(2, 0, 0, 0, 5), GUEST_DBGBCR0_EL1, 0xffe007, 0x1e0},
        {A64_SYS(2, 0, 0, 1, 5), GUEST_DBGBCR1_EL1, 0xffe007, 0x1e0},
        {A64_SYS(2, 0, 0, 0, 6), GUEST_DBGWVR0_EL1, ~UINT64_C(3), 0},
        {A64_SYS(2, 0, 0, 1, 6), GUEST_DBGWVR1_EL1, ~UINT64_C(3), 0},
        {A64_SYS(2, 0, 0, 0, 7), GUEST_DBGWCR0_EL1, 0x1f1fffff, 0},
        {A64_SYS(2, 0, 0, 1, 7), GUEST_DBGWCR1_EL1, 0x1f1fffff, 0},
};

static const struct stored *find_stored(uint32_t key)
{
	for (unsigned i = 0; i < sizeof(stored_registers) / sizeof(stored_registers[0]); i++) {
		if (stored_registers[i].key == key)
			return &stored_registers[i];
	}
	return NULL;
}

/* op0 = 3, op1 = 0, CRn = 0, CRm = 1..7. What is not listed reads as zero: not there. */
static uint64_t id_register(uint32_t key)
{
	switch (key) {
	case A64_SYS(3, 0, 0, 4, 0):
		/* ID_AA64PFR0: EL0 and EL1 in AArch64, FP and Advanced SIMD without FP16, GIC
		 * interface, DIT,
		 * CSV2, CSV3. */
		return UINT64_C(0x1101000001000011);
	case A64_SYS(3, 0, 0, 4, 1):
		/* ID_AA64PFR1: SSBS with MRS and MSR. No BTI, no MTE. */
		return 0x20;
	case A64_SYS(3, 0, 0, 5, 0):
		/* ID_AA64DFR0: two breakpoints, two watchpoints, no double lock. */
		return UINT64_C(0xf000101006);
	case A64_SYS(3, 0, 0, 6, 0):
		/* ID_AA64ISAR0: TLB ranges, FlagM2, DP, RDM, Atomic, CRC32. */
		return UINT64_C(0x0220100010210000);
	case A64_SYS(3, 0, 0, 6, 1):
		/* ID_AA64ISAR1: DGH, SPECRES, SB, GPI, LRCPC2, API (FPACCOMBINE), DPB2. */
		return UINT64_C(0x0001011010200502);
	case A64_SYS(3, 0, 0, 6, 2):
		/* ID_AA64ISAR2: WFxT. */
		return 2;
	case A64_SYS(3, 0, 0, 7, 0):
		/* ID_AA64MMFR0: 48-bit PA, 16-bit ASID, all granules. */
		return 0x100025;
	case A64_SYS(3, 0, 0, 7, 1):
		/* ID_AA64MMFR1: PAN with AT S1E1RP, HPDS. */
		return 0x201000;
	case A64_SYS(3, 0, 0, 7, 2):
		/* ID_AA64MMFR2: E0PD, BBM 2, TTL, IDS, AT, TTST, UAO, CnP. */
		return UINT64_C(0x1021001110000011);
	default:
		return 0;
	}
}

static bool is_id_register(uint32_t key)
{
	return key >= A64_SYS(3, 0, 0, 1, 0) && key <= A64_SYS(3, 0, 0, 7, 7);
}

/* The feature ID space: op0 = 3, op1 = 0, 1, 3, CRn = 0, CRm = 0..7. */
static bool is_id_space(uint32_t key)
{
	return (key & ~UINT32_C(0x183f)) == A64_SYS(3, 0, 0, 0, 0) &&
	       (key & 0x1800) != A64_SYS(0, 2, 0, 0, 0);
}

/* Where ICC_*_EL1 are: ICC_PMR_EL1, and CRn 12, CRm 8, 9, 11, 12. The model knows which exist. */
static bool is_icc(uint32_t key)
{
	uint32_t crm = (key >> 3) & 0xf;

	if (key == GUEST_ICC_PMR_EL1)
		return true;
	return (key & ~UINT32_C(0x7f)) == A64_SYS(3, 0, 12, 0, 0) &&
	       (crm == 8 || crm == 9 || crm == 11 || crm == 12);
}

static uint64_t counter(struct a64_pe *pe)
{
	a64_count_steps(pe);
	return pe->services->counter(pe->vcpu);
}

static uint64_t read_timer(struct a64_pe *pe, enum guest_sysreg ctl, uint32_t reg)
{
	uint64_t now = reg == GUEST_TIMER_CVAL ? 0 : counter(pe);

	return guest_timer_read(&pe->regs->sysreg[ctl], reg, now);
}

static void write_timer(struct a64_pe *pe, enum guest_sysreg ctl, uint32_t reg, uint64_t value)
{
	uint64_t now = reg == GUEST_TIMER_TVAL ? counter(pe) : 0;

	guest_timer_write(&pe->regs->sysreg[ctl], reg, value, now);
	a64_count_steps(pe);
	pe->services->tick(pe->vcpu);
	/* It may have fired. */
	a64_next(pe);
}

/* Which timer a register belongs to: CNTP_*_EL0 or CNTV_*_EL0. */
static bool is_timer(uint32_t key, enum guest_sysreg *ctl)
{
	uint32_t group = key & ~UINT32_C(7);

	if ((key & 7) > 2)
		return false;
	*ctl = group == A64_SYS(3, 3, 14, 2, 0) ? GUEST_CNTP_CTL_EL0 : GUEST_CNTV_CTL_EL0;
	return group == A64_SYS(3, 3, 14, 2, 0) || group == A64_SYS(3, 3, 14, 3, 0);
}

/* SP_EL0 is out of reach while it is the current stack pointer. */
static bool sp_el0_in_use(const struct a64_pe *pe)
{
	return !(pe->pstate & 1);
}

/*
 * The Debug Communications Channel and what an external debugger would use, of which there is none:
 * they read as zero and take everything.
 */
static bool is_debugger(uint32_t key, bool read, bool *el0)
{
	*el0 = true;
	switch (key) {
	case A64_SYS(2, 3, 0, 1, 0): /* MDCCSR_EL0 */
		return read;
	case A64_SYS(2, 3, 0, 4, 0): /* DBGDTR_EL0 */
	case A64_SYS(2, 3, 0, 5, 0): /* DBGDTRRX_EL0, DBGDTRTX_EL0 */
		return true;
	case A64_SYS(2, 0, 0, 0, 2): /* OSDTRRX_EL1 */
	case A64_SYS(2, 0, 0, 2, 0): /* MDCCINT_EL1 */
	case A64_SYS(2, 0, 0, 3, 2): /* OSDTRTX_EL1 */
	case A64_SYS(2, 0, 0, 6, 2): /* OSECCR_EL1 */
	case A64_SYS(2, 0, 1, 4, 4): /* DBGPRCR_EL1 */
		*el0 = false;
		return true;
	default:
		return false;
	}
}

/* Registers that EL0 may have, with the control that keeps it out. */
static bool trapped_at_el0(const struct a64_pe *pe, uint32_t key, bool read)
{
	uint64_t sctlr = a64_sysreg(pe, GUEST_SCTLR_EL1);
	uint64_t cntkctl = a64_sysreg(pe, GUEST_CNTKCTL_EL1);
	enum guest_sysreg ctl;
	bool el0;

	if (is_timer(key, &ctl))
		return !(cntkctl & (ctl == GUEST_CNTP_CTL_EL0 ? CNTKCTL_EL0PTEN : CNTKCTL_EL0VTEN));
	if (key == A64_SYS(3, 3, 4, 2, 1)) /* DAIF */
		return !(sctlr & SCTLR_UMA);
	if (is_debugger(key, read, &el0) && el0)
		return a64_sysreg(pe, GUEST_MDSCR_EL1) & MDSCR_TDCC;
	if (!read)
		return false;
	switch (key) {
	case A64_SYS(3, 3, 0, 0, 1): /* CTR_EL0 */
		return !(sctlr & SCTLR_UCT);
	case A64_SYS(3, 3, 14, 0, 0): /* CNTFRQ_EL0 */
		return !(cntkctl & (CNTKCTL_EL0PCTEN | CNTKCTL_EL0VCTEN));
	case A64_SYS(3, 3, 14, 0, 1): /* CNTPCT_EL0 */
		return !(cntkctl & CNTKCTL_EL0PCTEN);
	case A64_SYS(3, 3, 14, 0, 2): /* CNTVCT_EL0 */
		return !(cntkctl & CNTKCTL_EL0VCTEN);
	default:
		return false;
	}
}

/* Registers with op1 = 3, for EL0 and EL1. */
static bool read_el0(struct a64_pe *pe, uint32_t key, uint64_t *value)
{
	enum guest_sysreg ctl;

	if (is_timer(key, &ctl)) {
		*value = read_timer(pe, ctl, key & 7);
		return true;
	}
	switch (key) {
	case A64_SYS(3, 3, 0, 0, 1):
		/* CTR_EL0: lines of 64 bytes, PIPT; data needs no clean, instructions an IC. */
		*value = UINT64_C(0x9444c004);
		return true;
	case A64_SYS(3, 3, 0, 0, 7): /* DCZID_EL0: 64 bytes; prohibited at EL0 by DZE. */
		*value = 4;
		if (a64_el(pe) == 0 && !(a64_sysreg(pe, GUEST_SCTLR_EL1) & SCTLR_DZE))
			*value |= 0x10;
		return true;
	case A64_SYS(3, 3, 4, 2, 0):
		*value = (uint64_t)a64_nzcv(pe) << 28;
		return true;
	case A64_SYS(3, 3, 4, 2, 1):
		*value = pe->pstate & GUEST_PSTATE_DAIF;
		return true;
	case A64_SYS(3, 3, 4, 2, 5):
		*value = pe->pstate & GUEST_PSTATE_DIT;
		return true;
	case A64_SYS(3, 3, 4, 2, 6):
		*value = pe->pstate & GUEST_PSTATE_SSBS;
		return true;
	case FPCR:
		*value = pe->regs->fpcr;
		return true;
	case FPSR:
		*value = pe->regs->fpsr;
		return true;
	case A64_SYS(3, 3, 13, 0, 2):
		*value = a64_sysreg(pe, GUEST_TPIDR_EL0);
		return true;
	case A64_SYS(3, 3, 13, 0, 3):
		*value = a64_sysreg(pe, GUEST_TPIDRRO_EL0);
		return true;
	case A64_SYS(3, 3, 14, 0, 0):
		*value = GUEST_COUNTER_HZ;
		return true;
	case A64_SYS(3, 3, 14, 0, 1):
	case A64_SYS(3, 3, 14, 0, 2):
		*value = counter(pe);
		return true;
	default:
		return false;
	}
}

static bool write_el0(struct a64_pe *pe, uint32_t key, uint64_t value)
{
	enum guest_sysreg ctl;

	if (is_timer(key, &ctl)) {
		write_timer(pe, ctl, key & 7, value);
		return true;
	}
	switch (key) {
	case A64_SYS(3, 3, 4, 2, 0):
		a64_set_nzcv(pe, (unsigned)(value >> 28) & 0xf);
		return true;
	case A64_SYS(3, 3, 4, 2, 1):
		a64_set_pstate(pe, (pe->pstate & ~GUEST_PSTATE_DAIF) | (value & GUEST_PSTATE_DAIF));
		if (a64_interrupt_pending(pe))
			a64_next(pe);
		return true;
	case A64_SYS(3, 3, 4, 2, 5):
		pe->pstate = (pe->pstate & ~GUEST_PSTATE_DIT) | (value & GUEST_PSTATE_DIT);
		return true;
	case A64_SYS(3, 3, 4, 2, 6):
		pe->pstate = (pe->pstate & ~GUEST_PSTATE_SSBS) | (value & GUEST_PSTATE_SSBS);
		return true;
	case FPCR:
		pe->regs->fpcr = value & A64_FPCR_MASK;
		return true;
	case FPSR:
		pe->regs->fpsr = value & A64_FPSR_MASK;
		return true;
	case A64_SYS(3, 3, 13, 0, 2):
		pe->regs->sysreg[GUEST_TPIDR_EL0] = value;
		return true;
	case A64_SYS(3, 3, 13, 0, 3): /* Read-only for EL0. */
		if (a64_el(pe) == 0)
			return false;
		pe->regs->sysreg[GUEST_TPIDRRO_EL0] = value;
		return true;
	default:
		return false;
	}
}

static bool read_el1(struct a64_pe *pe, uint32_t key, uint64_t *value)
{
	const struct stored *stored = find_stored(key);

	if (stored) {
		*value = a64_sysreg(pe, stored->reg);
		return true;
	}
	if (is_id_register(key)) {
		*value = id_register(key);
		return true;
	}
	switch (key) {
	case A64_SYS(3, 0, 0, 0, 0): /* MIDR_EL1: no implementer, features by ID registers. */
		*value = 0xf0000;
		return true;
	case A64_SYS(3, 0, 0, 0, 5):
		*value = pe->regs->mpidr;
		return true;
	case A64_SYS(3, 0, 0, 0, 6): /* REVIDR_EL1 */
	case A64_SYS(3, 1, 0, 0, 0): /* CCSIDR_EL1 */
	case A64_SYS(3, 1, 0, 0, 1): /* CLIDR_EL1: no cache to look after. */
	case A64_SYS(3, 1, 0, 0, 7): /* AIDR_EL1 */
	case A64_SYS(2, 0, 1, 3, 4): /* OSDLR_EL1: there is no double lock. */
		*value = 0;
		return true;
	case A64_SYS(3, 0, 4, 1, 0):
		*value = pe->regs->sp_el0;
		return !sp_el0_in_use(pe);
	case A64_SYS(3, 0, 4, 2, 0):
		*value = pe->pstate & 1;
		return true;
	case A64_SYS(3, 0, 4, 2, 2): /* CurrentEL */
		*value = a64_el(pe) << 2;
		return true;
	case A64_SYS(3, 0, 4, 2, 3):
		*value = pe->pstate & GUEST_PSTATE_PAN;
		return true;
	case A64_SYS(3, 0, 4, 2, 4):
		*value = pe->pstate & GUEST_PSTATE_UAO;
		return true;
	case A64_SYS(3, 0, 12, 1, 0): /* ISR_EL1 */
		*value = (pe->vcpu->virq ? 0x80u : 0u) | (pe->vcpu->vfiq ? 0x40u : 0u);
		return true;
	case A64_SYS(2, 0, 1, 0, 0):  /* MDRAR_EL1 */
	case A64_SYS(2, 0, 7, 14, 6): /* DBGAUTHSTATUS_EL1: there is no external debugger. */
		*value = 0;
		return true;
	case A64_SYS(2, 0, 7, 8, 6): /* DBGCLAIMSET_EL1: eight tags. */
		*value = 0xff;
		return true;
	case A64_SYS(2, 0, 7, 9, 6): /* DBGCLAIMCLR_EL1 */
		*value = a64_sysreg(pe, GUEST_DBGCLAIM_EL1);
		return true;
	case A64_SYS(2, 0, 1, 1, 4):
		*value = (a64_sysreg(pe, GUEST_OSLSR_EL1) & OSLSR_OSLK) | OSLSR_IMPLEMENTED;
		return true;
	default:
		return false;
	}
}

/* Whether the registers that cached translations were made from change. */
static bool changes_regime(enum guest_sysreg reg)
{
	return reg == GUEST_SCTLR_EL1 || reg == GUEST_TCR_EL1 || reg == GUEST_TTBR0_EL1 ||
	       reg == GUEST_TTBR1_EL1 || reg == GUEST_MAIR_EL1;
}

static void write_stored(struct a64_pe *pe, const struct stored *stored, uint64_t value)
{
	uint64_t *reg = &pe->regs->sysreg[stored->reg];

	value = (value & stored->mask) | stored->ones;
	if (*reg == value)
		return;
	*reg = value;
	if (A64_UNLIKELY(stored->key >> 14 == 2))
		a64_debug_refresh(pe);
	if (!changes_regime(stored->reg) && stored->reg != GUEST_CPACR_EL1)
		return;
	a64_save_sp(pe);
	a64_refresh(pe);
	if (changes_regime(stored->reg))
		a64_tlb_flush(pe);
}

static bool write_el1(struct a64_pe *pe, uint32_t key, uint64_t value)
{
	const struct stored *stored = find_stored(key);

	if (stored) {
		write_stored(pe, stored, value);
		return true;
	}
	switch (key) {
	case A64_SYS(3, 0, 4, 1, 0):
		if (sp_el0_in_use(pe))
			return false;
		pe->regs->sp_el0 = value;
		return true;
	case A64_SYS(3, 0, 4, 2, 0):
		a64_set_pstate(pe, (pe->pstate & ~UINT64_C(1)) | (value & 1));
		return true;
	case A64_SYS(3, 0, 4, 2, 3):
		a64_set_pstate(pe, (pe->pstate & ~GUEST_PSTATE_PAN) | (value & GUEST_PSTATE_PAN));
		return true;
	case A64_SYS(3, 0, 4, 2, 4):
		pe->pstate = (pe->pstate & ~GUEST_PSTATE_UAO) | (value & GUEST_PSTATE_UAO);
		return true;
	case A64_SYS(2, 0, 1, 0, 4): /* OSLAR_EL1 */
		pe->regs->sysreg[GUEST_OSLSR_EL1] = (value & 1) ? OSLSR_OSLK : 0;
		a64_debug_refresh(pe);
		return true;
	case A64_SYS(2, 0, 7, 8, 6): /* DBGCLAIMSET_EL1 */
		pe->regs->sysreg[GUEST_DBGCLAIM_EL1] |= value & 0xff;
		return true;
	case A64_SYS(2, 0, 7, 9, 6): /* DBGCLAIMCLR_EL1 */
		pe->regs->sysreg[GUEST_DBGCLAIM_EL1] &= ~value;
		return true;
	case A64_SYS(2, 0, 1, 3, 4): /* OSDLR_EL1 */
		return true;
	default:
		return false;
	}
}

static void access_gic(struct a64_pe *pe, uint32_t insn)
{
	bool read = a64_bits(insn, 21, 1);
	uint32_t rt = a64_bits(insn, 0, 5);
	uint64_t value = read ? 0 : pe->r[rt];

	switch (pe->services->gic(pe->vcpu, a64_bits(insn, 5, 16), read, &value)) {
	case GUEST_GIC_DONE:
		if (read)
			pe->r[a64_dest(rt)] = value;
		/* It may have changed what is pending. */
		a64_next(pe);
		return;
	case GUEST_GIC_UNDEFINED:
		a64_undefined(pe);
		return;
	case GUEST_GIC_TRAPPED:
		break;
	}
	pe->exit->value = value;
	a64_leave(pe, GUEST_EXIT_SYSREG, a64_esr(A64_EC_SYSREG, a64_sysreg_iss(insn)));
}

void a64_msr_mrs(struct a64_pe *pe, uint32_t insn)
{
	bool read = a64_bits(insn, 21, 1);
	uint32_t key = a64_bits(insn, 5, 16);
	uint32_t rt = a64_bits(insn, 0, 5);
	bool el0 = a64_el(pe) == 0;
	uint64_t value = pe->r[rt];
	bool exists, for_el0;

	if ((key == FPCR || key == FPSR) && pe->fp_traps) {
		a64_fp_trap(pe);
		return;
	}
	if (el0 && trapped_at_el0(pe, key, read)) {
		a64_exception(pe, a64_esr(A64_EC_SYSREG, a64_sysreg_iss(insn)));
		return;
	}
	if (!el0 && is_icc(key)) {
		access_gic(pe, insn);
		return;
	}
	if (is_debugger(key, read, &for_el0) && (for_el0 || !el0)) {
		if (read)
			pe->r[a64_dest(rt)] = 0;
		return;
	}
	if (read)
		exists = read_el0(pe, key, &value) || (!el0 && read_el1(pe, key, &value));
	else
		exists = write_el0(pe, key, value) || (!el0 && write_el1(pe, key, value));
	/* FEAT_IDST: whoever takes it may answer. EL1 may want to show EL0 the ID registers. */
	if (!exists && read && is_id_space(key))
		a64_exception(pe, a64_esr(A64_EC_SYSREG, a64_sysreg_iss(insn)));
	else if (!exists)
		a64_undefined(pe);
	else if (read)
		pe->r[a64_dest(rt)] = value;
}

bool guest_register_find(uint32_t number, enum guest_sysreg *reg, uint64_t *mask, uint64_t *ones)
{
	const struct stored *stored = find_stored(number);

	*mask = ALL_BITS;
	*ones = 0;
	if (stored) {
		*reg = stored->reg;
		*mask = stored->mask;
		*ones = stored->ones;
		return true;
	}
	if (is_timer(number, reg) && (number & 7) != GUEST_TIMER_TVAL) {
		if ((number & 7) == GUEST_TIMER_CVAL)
			(*reg)++;
		else
			*mask = GUEST_TIMER_ENABLE | GUEST_TIMER_IMASK;
		return true;
	}
	switch (number) {
	case A64_SYS(3, 3, 13, 0, 2):
		*reg = GUEST_TPIDR_EL0;
		return true;
	case A64_SYS(3, 3, 13, 0, 3):
		*reg = GUEST_TPIDRRO_EL0;
		return true;
	default:
		break;
	}
	/* The keys of pointer authentication follow each other: CRm 1 to 3. */
	if (number >= A64_SYS(3, 0, 2, 1, 0) && number <= A64_SYS(3, 0, 2, 3, 1) &&
	    (number & 4) == 0) {
		*reg = (enum guest_sysreg)(GUEST_APIAKEYLO_EL1 + ((number >> 3 & 0xf) - 1) * 4 +
		                           (number & 3));
		return true;
	}
	return false;
}
