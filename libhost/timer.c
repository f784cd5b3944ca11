/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers of the vCPUs. The RMM says at each exit how they stand (DEN0137 A6.2); their interrupts
 * are lines of the GIC like any other.
 */

#include "gic.h"
#include "realm_impl.h"

/* CNTx_CTL_EL0 */
#define CTL_ENABLE  UINT64_C(1)
#define CTL_IMASK   UINT64_C(2)
#define CTL_ISTATUS UINT64_C(4)

static const unsigned intids[REALM_NUM_TIMERS] = {REALM_GIC_VIRTUAL_TIMER,
                                                  REALM_GIC_PHYSICAL_TIMER};

static void set_line(struct realm_vcpu *vcpu, unsigned n, bool level)
{
	struct vcpu_timer *timer = &vcpu->timers[n];

	/* Nobody else moves this line. */
	if (timer->line == level)
		return;
	timer->line = level;
	gic_set_line(vcpu->realm->gic, vcpu->id, intids[n], level);
}

void realm_timer_sync(struct realm_vcpu *vcpu)
{
	const struct rmi_rec_exit *rec_exit = &vcpu->run->exit;

	vcpu->timers[0].ctl = rec_exit->cntv_ctl;
	vcpu->timers[0].cval = rec_exit->cntv_cval;
	vcpu->timers[1].ctl = rec_exit->cntp_ctl;
	vcpu->timers[1].cval = rec_exit->cntp_cval;
	for (unsigned n = 0; n < REALM_NUM_TIMERS; n++) {
		const uint64_t on = CTL_ENABLE | CTL_ISTATUS;

		set_line(vcpu, n, (vcpu->timers[n].ctl & (on | CTL_IMASK)) == on);
	}
}

void realm_timer_reset(struct realm_vcpu *vcpu)
{
	for (unsigned n = 0; n < REALM_NUM_TIMERS; n++) {
		vcpu->timers[n].ctl = 0;
		set_line(vcpu, n, false);
	}
}

static bool is_armed(const struct vcpu_timer *timer)
{
	return (timer->ctl & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE;
}

uint64_t realm_timer_next(const struct realm_vcpu *vcpu)
{
	uint64_t next = UINT64_MAX;

	for (unsigned n = 0; n < REALM_NUM_TIMERS; n++)
		if (is_armed(&vcpu->timers[n]) && vcpu->timers[n].cval < next)
			next = vcpu->timers[n].cval;
	return next;
}

void realm_timer_update(struct realm_vcpu *vcpu, uint64_t now)
{
	for (unsigned n = 0; n < REALM_NUM_TIMERS; n++)
		if (is_armed(&vcpu->timers[n]) && now >= vcpu->timers[n].cval)
			set_line(vcpu, n, true);
}
