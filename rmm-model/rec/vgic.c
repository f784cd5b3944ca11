/* SPDX-License-Identifier: BSD-3-Clause */
#include "rec/vgic.h"

#include <rmm/sysreg.h>

#include "core/rmm.h"
#include "rec/interrupt.h"

/*
 * Five bits of priority, all of them for preemption, so that there is one Active Priorities
 * register per group; 16 bits of INTID.
 */
#define PRIORITY_BITS    5u
#define PRIORITY_SHIFT   (8 - PRIORITY_BITS)
#define PRIORITY_MASK    (0xffu << PRIORITY_SHIFT & 0xffu)
#define MIN_BPR0         (7 - PRIORITY_BITS)
#define MIN_BPR1         (MIN_BPR0 + 1)
#define IDLE_PRIORITY    0xffu

#define INTID_SPECIAL    1020u
#define INTID_NONE       1023u
#define INTID_FIRST_LPI  8192u
#define INTID_MASK       UINT64_C(0xffffff)

#define VTR_PRI_BITS     ((uint64_t)(PRIORITY_BITS - 1) << 29)
#define VTR_PRE_BITS     ((uint64_t)(PRIORITY_BITS - 1) << 26)
#define VTR_A3V          (UINT64_C(1) << 21)
#define VTR_NV4          (UINT64_C(1) << 20)
#define VTR_TDS          (UINT64_C(1) << 19)

#define HCR_UIE          (UINT64_C(1) << 1)
#define HCR_LRENPIE      (UINT64_C(1) << 2)
#define HCR_NPIE         (UINT64_C(1) << 3)
#define HCR_VGRP0EIE     (UINT64_C(1) << 4)
#define HCR_VGRP0DIE     (UINT64_C(1) << 5)
#define HCR_VGRP1EIE     (UINT64_C(1) << 6)
#define HCR_VGRP1DIE     (UINT64_C(1) << 7)
/* The enables of maintenance interrupts above. */
#define HCR_ENABLES      UINT64_C(0xfe)
#define HCR_TC           (UINT64_C(1) << 10)
#define HCR_TALL0        (UINT64_C(1) << 11)
#define HCR_TALL1        (UINT64_C(1) << 12)
#define HCR_TDIR         (UINT64_C(1) << 14)
#define HCR_EOICOUNT     (UINT64_C(0x1f) << 27)
#define HCR_EOICOUNT_ONE (UINT64_C(1) << 27)
/* No bit of the register: what is trapped whatever the Host says (A6.1). */
#define TRAP_ALWAYS      (UINT64_C(1) << 63)

#define VMCR_VENG0       (UINT64_C(1) << 0)
#define VMCR_VENG1       (UINT64_C(1) << 1)
#define VMCR_VCBPR       (UINT64_C(1) << 4)
#define VMCR_VEOIM       (UINT64_C(1) << 9)
#define VMCR_VBPR1_SHIFT 18
#define VMCR_VBPR0_SHIFT 21
#define VMCR_VPMR_SHIFT  24

#define LR_PENDING       (UINT64_C(1) << 62)
#define LR_ACTIVE        (UINT64_C(1) << 63)
#define LR_STATE         (LR_PENDING | LR_ACTIVE)
#define LR_GROUP1        (UINT64_C(1) << 60)
#define LR_EOI           (UINT64_C(1) << 41)

#define MISR_EOI         (UINT64_C(1) << 0)
#define MISR_U           (UINT64_C(1) << 1)
#define MISR_LRENP       (UINT64_C(1) << 2)
#define MISR_NP          (UINT64_C(1) << 3)
#define MISR_VGRP0E      (UINT64_C(1) << 4)
#define MISR_VGRP0D      (UINT64_C(1) << 5)
#define MISR_VGRP1E      (UINT64_C(1) << 6)
#define MISR_VGRP1D      (UINT64_C(1) << 7)

#define CTLR_CBPR        UINT64_C(1)
#define CTLR_EOIMODE     UINT64_C(2)
#define CTLR_PRI_BITS    ((uint64_t)(PRIORITY_BITS - 1) << 8)
#define CTLR_A3V         (UINT64_C(1) << 15)

/* System registers only, no bypass. */
#define SRE_FIXED        UINT64_C(7)

#define NO_LR            (-1)

enum group { GROUP_0, GROUP_1 };

static unsigned num_lrs(const struct rmm_pe *pe)
{
	return pe->rmm->config.num_lrs;
}

static uint32_t lr_intid(uint64_t lr)
{
	return (uint32_t)lr;
}

static unsigned lr_priority(uint64_t lr)
{
	return (unsigned)(lr >> 48) & PRIORITY_MASK;
}

static enum group lr_group(uint64_t lr)
{
	return (lr & LR_GROUP1) != 0 ? GROUP_1 : GROUP_0;
}

static unsigned bpr(const struct rmi_ich *ich, enum group group)
{
	unsigned shift = group == GROUP_0 ? VMCR_VBPR0_SHIFT : VMCR_VBPR1_SHIFT;
	unsigned min = group == GROUP_0 ? MIN_BPR0 : MIN_BPR1;
	unsigned value = (unsigned)(ich->vmcr >> shift) & 7;

	return value < min ? min : value;
}

/* The bits of a priority that decide about preemption. */
static unsigned group_priority_mask(const struct rmi_ich *ich, enum group group)
{
	if (group == GROUP_0 || (ich->vmcr & VMCR_VCBPR) != 0)
		return ~0u << (bpr(ich, GROUP_0) + 1);
	return ~0u << bpr(ich, GROUP_1);
}

static unsigned running_priority(const struct rmi_ich *ich)
{
	uint32_t active = (uint32_t)(ich->ap0r[0] | ich->ap1r[0]);

	return active == 0 ? IDLE_PRIORITY : (unsigned)__builtin_ctz(active) << PRIORITY_SHIFT;
}

/* The list register with the pending interrupt of highest priority, or NO_LR. */
static int highest_pending(const struct rmm_pe *pe)
{
	const struct rmi_ich *ich = &pe->ich;
	unsigned priority = IDLE_PRIORITY;
	int best = NO_LR;

	for (unsigned i = 0; i < num_lrs(pe); i++) {
		uint64_t lr = ich->lr[i];
		uint64_t enable = lr_group(lr) == GROUP_0 ? VMCR_VENG0 : VMCR_VENG1;

		if ((lr & LR_STATE) == LR_PENDING && (ich->vmcr & enable) != 0 &&
		    lr_priority(lr) < priority) {
			priority = lr_priority(lr);
			best = (int)i;
		}
	}
	return best;
}

/* Whether a pending interrupt is signalled to the vCPU. */
static bool is_signalled(const struct rmi_ich *ich, uint64_t lr)
{
	unsigned mask = group_priority_mask(ich, lr_group(lr));
	unsigned running = running_priority(ich);

	if ((ich->hcr & RMI_ICH_HCR_EN) == 0 ||
	    lr_priority(lr) >= (unsigned)(ich->vmcr >> VMCR_VPMR_SHIFT & PRIORITY_MASK))
		return false;
	return running == IDLE_PRIORITY || (lr_priority(lr) & mask) < (running & mask);
}

uint64_t vgic_all_lrs(const struct rmm_pe *pe)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < num_lrs(pe); i++)
		all |= pe->ich.lr[i];
	return all;
}

/* What the list registers are like, all in all. */
struct summary {
	unsigned valid;
	unsigned pending;
	uint64_t ended; /* EISR */
	uint64_t empty; /* ELRSR */
};

static struct summary look(const struct rmm_pe *pe)
{
	struct summary all = {.empty = (UINT64_C(1) << num_lrs(pe)) - 1};

	if ((vgic_all_lrs(pe) & (LR_STATE | LR_EOI)) == 0)
		return all;
	all.empty = 0;
	for (unsigned i = 0; i < num_lrs(pe); i++) {
		uint64_t lr = pe->ich.lr[i];
		uint64_t state = lr & LR_STATE;

		all.valid += state != 0;
		all.pending += state == LR_PENDING;
		if (state == 0 && (lr & (LR_EOI | RMI_ICH_LR_HW)) == LR_EOI)
			all.ended |= UINT64_C(1) << i;
		else if (state == 0)
			all.empty |= UINT64_C(1) << i;
	}
	return all;
}

/* The sources of ICH_MISR_EL2 that the Host has enabled. */
static uint64_t enabled_sources(const struct rmi_ich *ich, const struct summary *all)
{
	const struct {
		uint64_t bit;
		uint64_t enable;
		bool condition;
	} sources[] = {
	        {MISR_U, HCR_UIE, all->valid <= 1},
	        {MISR_LRENP, HCR_LRENPIE, (ich->hcr & HCR_EOICOUNT) != 0},
	        {MISR_NP, HCR_NPIE, all->pending == 0},
	        {MISR_VGRP0E, HCR_VGRP0EIE, (ich->vmcr & VMCR_VENG0) != 0},
	        {MISR_VGRP0D, HCR_VGRP0DIE, (ich->vmcr & VMCR_VENG0) == 0},
	        {MISR_VGRP1E, HCR_VGRP1EIE, (ich->vmcr & VMCR_VENG1) != 0},
	        {MISR_VGRP1D, HCR_VGRP1DIE, (ich->vmcr & VMCR_VENG1) == 0},
	};
	uint64_t value = 0;

	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if ((ich->hcr & sources[i].enable) != 0 && sources[i].condition)
			value |= sources[i].bit;
	}
	return value;
}

static inline uint64_t misr(const struct rmi_ich *ich, const struct summary *all)
{
	uint64_t value = all->ended != 0 ? MISR_EOI : 0;

	return (ich->hcr & HCR_ENABLES) == 0 ? value : value | enabled_sources(ich, all);
}

uint64_t vgic_vtr(const struct rmm *rmm)
{
	return VTR_PRI_BITS | VTR_PRE_BITS | VTR_A3V | VTR_NV4 | VTR_TDS |
	       (rmm->config.num_lrs - 1);
}

void vgic_update(struct rmm_pe *pe)
{
	struct summary all;
	int best;

	pe->vcpu.virq = false;
	pe->vcpu.vfiq = false;
	if ((pe->ich.hcr & RMI_ICH_HCR_EN) == 0)
		return;
	best = highest_pending(pe);
	if (best != NO_LR && is_signalled(&pe->ich, pe->ich.lr[best])) {
		pe->vcpu.virq = lr_group(pe->ich.lr[best]) == GROUP_1;
		pe->vcpu.vfiq = !pe->vcpu.virq;
	}
	all = look(pe);
	if (misr(&pe->ich, &all) != 0)
		interrupt_raise(pe);
}

bool vgic_any_pending(const struct rmm_pe *pe)
{
	return (vgic_all_lrs(pe) & LR_PENDING) != 0;
}

void vgic_leave(struct rmm_pe *pe)
{
	struct summary all = look(pe);

	pe->ich.misr = misr(&pe->ich, &all);
	pe->ich.eisr = all.ended;
	pe->ich.elrsr = all.empty;
	pe->ich.hcr &= ~RMI_ICH_HCR_EN;
}

static uint64_t acknowledge(struct rmm_pe *pe, enum group group)
{
	struct rmi_ich *ich = &pe->ich;
	int best = highest_pending(pe);
	uint64_t *active = group == GROUP_0 ? &ich->ap0r[0] : &ich->ap1r[0];
	uint64_t *lr;

	if (best == NO_LR || lr_group(ich->lr[best]) != group || !is_signalled(ich, ich->lr[best]))
		return INTID_NONE;
	lr = &ich->lr[best];
	*lr &= ~LR_PENDING;
	/* A special INTID is told, and gone. */
	if (lr_intid(*lr) < INTID_SPECIAL || lr_intid(*lr) > INTID_NONE) {
		/* An LPI has no active state. */
		if (lr_intid(*lr) < INTID_FIRST_LPI)
			*lr |= LR_ACTIVE;
		*active |= UINT64_C(1) << ((lr_priority(*lr) & group_priority_mask(ich, group)) >>
		                           PRIORITY_SHIFT);
	}
	return lr_intid(*lr) & INTID_MASK;
}

static uint64_t highest(const struct rmm_pe *pe, enum group group)
{
	int best = highest_pending(pe);

	if (best == NO_LR || lr_group(pe->ich.lr[best]) != group)
		return INTID_NONE;
	return lr_intid(pe->ich.lr[best]) & INTID_MASK;
}

/* Clears the highest active priority. @return it, or IDLE_PRIORITY */
static unsigned drop_priority(struct rmi_ich *ich)
{
	unsigned priority = running_priority(ich);
	uint64_t bit = UINT64_C(1) << (priority >> PRIORITY_SHIFT);

	if (priority == IDLE_PRIORITY)
		return priority;
	if ((ich->ap0r[0] & bit) != 0)
		ich->ap0r[0] &= ~bit;
	else
		ich->ap1r[0] &= ~bit;
	return priority;
}

/* The list register in which an interrupt is active, or NO_LR. */
static int find_active(const struct rmm_pe *pe, uint64_t intid)
{
	for (unsigned i = 0; i < num_lrs(pe); i++) {
		if ((pe->ich.lr[i] & LR_ACTIVE) != 0 && lr_intid(pe->ich.lr[i]) == intid)
			return (int)i;
	}
	return NO_LR;
}

/* An interrupt that the Host has to deactivate, as it is in no list register. */
static void count_eoi(struct rmi_ich *ich)
{
	ich->hcr = (ich->hcr & ~HCR_EOICOUNT) | ((ich->hcr + HCR_EOICOUNT_ONE) & HCR_EOICOUNT);
}

static bool can_be_active(uint64_t intid)
{
	return intid < INTID_SPECIAL || (intid > INTID_NONE && intid < INTID_FIRST_LPI);
}

static void end(struct rmm_pe *pe, uint64_t value, enum group group)
{
	struct rmi_ich *ich = &pe->ich;
	uint64_t intid = value & INTID_MASK;
	unsigned dropped;
	int i;

	if (intid >= INTID_SPECIAL && intid <= INTID_NONE)
		return;
	dropped = drop_priority(ich);
	if (dropped == IDLE_PRIORITY || (ich->vmcr & VMCR_VEOIM) != 0 || !can_be_active(intid))
		return;
	i = find_active(pe, intid);
	if (i == NO_LR)
		count_eoi(ich);
	else if (lr_group(ich->lr[i]) == group &&
	         (lr_priority(ich->lr[i]) & group_priority_mask(ich, group)) == dropped)
		ich->lr[i] &= ~LR_ACTIVE;
}

static void deactivate(struct rmm_pe *pe, uint64_t value)
{
	struct rmi_ich *ich = &pe->ich;
	uint64_t intid = value & INTID_MASK;
	int i;

	if ((ich->vmcr & VMCR_VEOIM) == 0 || !can_be_active(intid))
		return;
	i = find_active(pe, intid);
	if (i == NO_LR)
		count_eoi(ich);
	else
		ich->lr[i] &= ~LR_ACTIVE;
}

static uint64_t read_bpr1(const struct rmi_ich *ich)
{
	unsigned shared = bpr(ich, GROUP_0) + 1;

	if ((ich->vmcr & VMCR_VCBPR) == 0)
		return bpr(ich, GROUP_1);
	return shared > 7 ? 7 : shared;
}

static uint64_t read_ctlr(const struct rmi_ich *ich)
{
	return CTLR_A3V | CTLR_PRI_BITS | ((ich->vmcr & VMCR_VEOIM) != 0 ? CTLR_EOIMODE : 0) |
	       ((ich->vmcr & VMCR_VCBPR) != 0 ? CTLR_CBPR : 0);
}

static uint64_t read(struct rmm_pe *pe, uint32_t reg)
{
	const struct rmi_ich *ich = &pe->ich;

	switch (reg) {
	case GUEST_ICC_IAR0_EL1:
		return acknowledge(pe, GROUP_0);
	case GUEST_ICC_IAR1_EL1:
		return acknowledge(pe, GROUP_1);
	case GUEST_ICC_HPPIR0_EL1:
		return highest(pe, GROUP_0);
	case GUEST_ICC_HPPIR1_EL1:
		return highest(pe, GROUP_1);
	case GUEST_ICC_BPR0_EL1:
		return bpr(ich, GROUP_0);
	case GUEST_ICC_BPR1_EL1:
		return read_bpr1(ich);
	case GUEST_ICC_AP0R0_EL1:
		return (uint32_t)ich->ap0r[0];
	case GUEST_ICC_AP1R0_EL1:
		return (uint32_t)ich->ap1r[0];
	case GUEST_ICC_RPR_EL1:
		return running_priority(ich);
	case GUEST_ICC_PMR_EL1:
		return ich->vmcr >> VMCR_VPMR_SHIFT & PRIORITY_MASK;
	case GUEST_ICC_CTLR_EL1:
		return read_ctlr(ich);
	case GUEST_ICC_IGRPEN0_EL1:
		return (ich->vmcr & VMCR_VENG0) != 0;
	case GUEST_ICC_IGRPEN1_EL1:
		return (ich->vmcr & VMCR_VENG1) != 0;
	default: /* ICC_SRE_EL1 */
		return SRE_FIXED;
	}
}

static void set_vmcr(struct rmi_ich *ich, uint64_t bits, uint64_t value)
{
	ich->vmcr = (ich->vmcr & ~bits) | (value & bits);
}

static void set_bpr(struct rmi_ich *ich, enum group group, uint64_t value)
{
	unsigned shift = group == GROUP_0 ? VMCR_VBPR0_SHIFT : VMCR_VBPR1_SHIFT;
	uint64_t min = group == GROUP_0 ? MIN_BPR0 : MIN_BPR1;

	/* While they share one, only Group 0 can change it. */
	if (group == GROUP_1 && (ich->vmcr & VMCR_VCBPR) != 0)
		return;
	value &= 7;
	set_vmcr(ich, UINT64_C(7) << shift, (value < min ? min : value) << shift);
}

static void write(struct rmm_pe *pe, uint32_t reg, uint64_t value)
{
	struct rmi_ich *ich = &pe->ich;

	switch (reg) {
	case GUEST_ICC_EOIR0_EL1:
		end(pe, value, GROUP_0);
		break;
	case GUEST_ICC_EOIR1_EL1:
		end(pe, value, GROUP_1);
		break;
	case GUEST_ICC_DIR_EL1:
		deactivate(pe, value);
		break;
	case GUEST_ICC_BPR0_EL1:
		set_bpr(ich, GROUP_0, value);
		break;
	case GUEST_ICC_BPR1_EL1:
		set_bpr(ich, GROUP_1, value);
		break;
	case GUEST_ICC_AP0R0_EL1:
		ich->ap0r[0] = (uint32_t)value;
		break;
	case GUEST_ICC_AP1R0_EL1:
		ich->ap1r[0] = (uint32_t)value;
		break;
	case GUEST_ICC_PMR_EL1:
		set_vmcr(ich, UINT64_C(0xff) << VMCR_VPMR_SHIFT,
		         (value & PRIORITY_MASK) << VMCR_VPMR_SHIFT);
		break;
	case GUEST_ICC_CTLR_EL1:
		set_vmcr(ich, VMCR_VEOIM, (value & CTLR_EOIMODE) != 0 ? VMCR_VEOIM : 0);
		set_vmcr(ich, VMCR_VCBPR, (value & CTLR_CBPR) != 0 ? VMCR_VCBPR : 0);
		break;
	case GUEST_ICC_IGRPEN0_EL1:
		set_vmcr(ich, VMCR_VENG0, (value & 1) != 0 ? VMCR_VENG0 : 0);
		break;
	case GUEST_ICC_IGRPEN1_EL1:
		set_vmcr(ich, VMCR_VENG1, (value & 1) != 0 ? VMCR_VENG1 : 0);
		break;
	default: /* ICC_SRE_EL1 */
		break;
	}
}

/* A register, who may be kept from it, and in which direction it exists. */
struct icc_register {
	uint32_t reg;
	bool readable;
	bool writable;
	uint64_t traps; /* ICH_HCR_EL2.T* and TRAP_ALWAYS */
};

static const struct icc_register registers[] = {
        {GUEST_ICC_PMR_EL1, true, true, HCR_TC},
        {GUEST_ICC_IAR0_EL1, true, false, HCR_TALL0},
        {GUEST_ICC_EOIR0_EL1, false, true, HCR_TALL0},
        {GUEST_ICC_HPPIR0_EL1, true, false, HCR_TALL0},
        {GUEST_ICC_BPR0_EL1, true, true, HCR_TALL0},
        {GUEST_ICC_AP0R0_EL1, true, true, HCR_TALL0},
        {GUEST_ICC_AP1R0_EL1, true, true, HCR_TALL1},
        {GUEST_ICC_DIR_EL1, false, true, HCR_TC | HCR_TDIR},
        {GUEST_ICC_RPR_EL1, true, false, HCR_TC},
        {GUEST_ICC_SGI1R_EL1, false, true, TRAP_ALWAYS},
        {GUEST_ICC_ASGI1R_EL1, false, true, TRAP_ALWAYS},
        {GUEST_ICC_SGI0R_EL1, false, true, TRAP_ALWAYS},
        {GUEST_ICC_IAR1_EL1, true, false, HCR_TALL1},
        {GUEST_ICC_EOIR1_EL1, false, true, HCR_TALL1},
        {GUEST_ICC_HPPIR1_EL1, true, false, HCR_TALL1},
        {GUEST_ICC_BPR1_EL1, true, true, HCR_TALL1},
        {GUEST_ICC_CTLR_EL1, true, true, HCR_TC},
        {GUEST_ICC_SRE_EL1, true, true, 0},
        {GUEST_ICC_IGRPEN0_EL1, true, true, HCR_TALL0},
        {GUEST_ICC_IGRPEN1_EL1, true, true, HCR_TALL1},
};

static const struct icc_register *find_register(uint32_t reg)
{
	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (registers[i].reg == reg)
			return &registers[i];
	}
	return NULL;
}

enum guest_gic vgic_access(struct guest_vcpu *vcpu, uint32_t reg, bool is_read, uint64_t *value)
{
	struct rmm_pe *pe = rmm_pe_of(vcpu);
	const struct icc_register *r = find_register(reg);

	if (r == NULL || !(is_read ? r->readable : r->writable))
		return GUEST_GIC_UNDEFINED;
	if (((pe->ich.hcr | TRAP_ALWAYS) & r->traps) != 0)
		return GUEST_GIC_TRAPPED;
	if (is_read)
		*value = read(pe, reg);
	else
		write(pe, reg, *value);
	vgic_update(pe);
	return GUEST_GIC_DONE;
}
