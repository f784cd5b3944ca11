/* SPDX-License-Identifier: BSD-3-Clause */
/* System registers of a script guest: the GIC CPU interface and the generic timer. */
#include "guest/script.h"
#include "guest/timer.h"

/* ESR_EL2 of a trapped MSR or MRS. */
#define ESR_EC_SYSREG (UINT64_C(0x18) << 26)
#define ESR_IL        (UINT64_C(1) << 25)
#define ESR_READ      UINT64_C(1)

/* The register that scripts use. */
#define RT            0

/* ISS: op0, op2, op1, CRn, Rt, CRm, direction. */
static uint64_t iss(uint32_t reg, bool read)
{
	return (uint64_t)(reg >> 14 & 3) << 20 | (uint64_t)(reg & 7) << 17 |
	       (uint64_t)(reg >> 11 & 7) << 14 | (uint64_t)(reg >> 7 & 0xf) << 10 |
	       (uint64_t)RT << 5 | (uint64_t)(reg >> 3 & 0xf) << 1 | (read ? ESR_READ : 0);
}

/* The exception of a register that is not there. */
static void undefined(struct guest *g)
{
	g->exceptions++;
	g->vcpu->regs->sysreg[GUEST_ESR_EL1] = ESR_IL;
}

/* Leaves with a trap; the Host gives what is read. */
static uint64_t trapped(struct guest *g, uint32_t reg, bool read, uint64_t value)
{
	struct guest_exit exit = {
	        .kind = GUEST_EXIT_SYSREG,
	        .esr = ESR_EC_SYSREG | ESR_IL | iss(reg, read),
	        .value = value,
	};
	uint64_t pc = g->vcpu->regs->pc;
	uint64_t x0 = g->vcpu->regs->x[RT];

	guest_leave(g, &exit);
	value = g->vcpu->regs->x[RT];
	g->vcpu->regs->pc = pc;
	g->vcpu->regs->x[RT] = x0;
	return value;
}

/* CNTx_TVAL, CTL and CVAL of a timer, or NULL. */
static uint64_t *timer_of(struct guest *g, uint32_t reg)
{
	uint64_t *sysreg = g->vcpu->regs->sysreg;

	if ((reg & 7) > GUEST_TIMER_CVAL)
		return NULL;
	if ((reg & ~7u) == GUEST_NR_CNTP_TVAL_EL0)
		return &sysreg[GUEST_CNTP_CTL_EL0];
	return (reg & ~7u) == GUEST_NR_CNTV_TVAL_EL0 ? &sysreg[GUEST_CNTV_CTL_EL0] : NULL;
}

static uint64_t read_register(struct guest *g, uint32_t reg)
{
	const uint64_t *timer = timer_of(g, reg);
	uint64_t value = 0;

	if (timer != NULL)
		return guest_timer_read(timer, reg & 7, g->services->counter(g->vcpu));
	if (reg == GUEST_NR_CNTFRQ_EL0)
		return GUEST_COUNTER_HZ;
	if (reg == GUEST_NR_CNTPCT_EL0 || reg == GUEST_NR_CNTVCT_EL0)
		return g->services->counter(g->vcpu);
	switch (g->services->gic(g->vcpu, reg, true, &value)) {
	case GUEST_GIC_DONE:
		break;
	case GUEST_GIC_UNDEFINED:
		undefined(g);
		break;
	case GUEST_GIC_TRAPPED:
		return trapped(g, reg, true, 0);
	}
	return value;
}

static void write_register(struct guest *g, uint32_t reg, uint64_t value)
{
	uint64_t *timer = timer_of(g, reg);

	if (timer != NULL) {
		guest_timer_write(timer, reg & 7, value, g->services->counter(g->vcpu));
		return;
	}
	switch (g->services->gic(g->vcpu, reg, false, &value)) {
	case GUEST_GIC_DONE:
		break;
	case GUEST_GIC_UNDEFINED:
		undefined(g);
		break;
	case GUEST_GIC_TRAPPED:
		trapped(g, reg, false, value);
		break;
	}
}

uint64_t guest_read_sysreg(struct guest *g, uint32_t reg)
{
	uint64_t value;

	guest_poll(g);
	value = read_register(g, reg);
	guest_poll(g);
	return value;
}

void guest_write_sysreg(struct guest *g, uint32_t reg, uint64_t value)
{
	guest_poll(g);
	write_register(g, reg, value);
	/* The timer that was set may have fired, and the interrupt that was ended be the last. */
	guest_poll(g);
}

unsigned guest_interrupts(const struct guest *g)
{
	return (g->vcpu->virq ? GUEST_IRQ : 0) | (g->vcpu->vfiq ? GUEST_FIQ : 0);
}
