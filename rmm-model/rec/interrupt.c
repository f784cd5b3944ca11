/* SPDX-License-Identifier: BSD-3-Clause */
#include "rec/interrupt.h"

#include <time.h>

#include "core/policy.h"
#include "core/rmm.h"
#include "guest/timer.h"
#include "realm/realm.h"
#include "rec/rec.h"
#include "rec/vgic.h"

/*
 * Instructions between two looks at the timers: 50 us of interpreted code. It costs a few
 * nanoseconds, or one reading of the clock when a timer is on.
 */
#define TICK     UINT64_C(16384)

#define NO_TIMER UINT64_MAX

void interrupt_raise(struct rmm_pe *pe)
{
	if (!pe->irq_masked)
		atomic_fetch_or(&pe->vcpu.requests, GUEST_REQUEST_KICK);
}

void interrupt_enter(struct rmm_pe *pe)
{
	pe->irq_masked = pe->ich.pmr <= RMI_PE_IRQ_PRIORITY;
}

void interrupt_resume(struct rmm_pe *pe)
{
	timer_tick(&pe->vcpu);
	vgic_update(pe);
	/* A pending interrupt ends the run, perhaps before it begins (IHMSQM). */
	if (atomic_load(&pe->interrupt))
		interrupt_raise(pe);
}

bool interrupt_taken(struct rmm_pe *pe)
{
	/* What is masked stays pending. */
	if (pe->irq_masked)
		return false;
	atomic_store(&pe->interrupt, false);
	return true;
}

uint8_t interrupt_reason(struct rmm_pe *pe)
{
	return policy_chance(pe, pe->rmm->config.policy.fiq_permille) ? RMI_EXIT_FIQ : RMI_EXIT_IRQ;
}

uint64_t rmm_counter(struct rmm *rmm)
{
	struct timespec now;

	if (rmm->config.clock == RMM_CLOCK_STEPS)
		return atomic_load(&rmm->steps);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * RMI_COUNTER_HZ + (uint64_t)now.tv_nsec;
}

uint64_t timer_counter(struct guest_vcpu *vcpu)
{
	struct rmm_pe *pe = rmm_pe_of(vcpu);

	/* Every PE adds what it has run. */
	if (pe->rmm->config.clock == RMM_CLOCK_STEPS && vcpu->steps != pe->counted_steps) {
		atomic_fetch_add(&pe->rmm->steps, vcpu->steps - pe->counted_steps);
		pe->counted_steps = vcpu->steps;
	}
	return rmm_counter(pe->rmm);
}

static const enum guest_sysreg timers[] = {GUEST_CNTP_CTL_EL0, GUEST_CNTV_CTL_EL0};
#define NUM_TIMERS (sizeof(timers) / sizeof(timers[0]))

/*
 * A timer as the Host gets to know it. A10.5: while an auxiliary plane runs, that of plane 0,
 * unless the plane's own is on and due first.
 * @param[out] told rec_context.timer_told of its plane
 */
static const uint64_t *reported(struct rec *rec, unsigned i, bool **told)
{
	const uint64_t *own = &rec->regs.sysreg[timers[i]];
	struct rec_context *p0;
	const uint64_t *timer;

	*told = &rec->timer_told[i];
	if (rec->plane == 0)
		return own;
	p0 = &rec->idle[rec->plane - 1];
	timer = &p0->sysreg[timers[i]];
	if (guest_timer_is_on(own) && (!guest_timer_is_on(timer) || own[1] < timer[1]))
		return own;
	*told = &p0->timer_told[i];
	return timer;
}

/* Plane 0 runs, its timers are off, and the Host has been told of none: nothing to do. */
static inline bool timers_rest(const struct rec *rec)
{
	const uint64_t *regs = rec->regs.sysreg;

	return rec->plane == 0 && !rec->timer_told[0] && !rec->timer_told[1] &&
	       ((regs[GUEST_CNTP_CTL_EL0] | regs[GUEST_CNTV_CTL_EL0]) & GUEST_TIMER_ENABLE) == 0;
}

/* When a timer that is on fires; NO_TIMER if there is none, or the Host knows. */
static uint64_t next_deadline(struct rec *rec)
{
	uint64_t next = NO_TIMER;

	for (unsigned i = 0; i < NUM_TIMERS; i++) {
		bool *told;
		const uint64_t *timer = reported(rec, i, &told);

		if (guest_timer_is_on(timer) && !*told && timer[1] < next)
			next = timer[1];
	}
	return next;
}

/*
 * A6.2: an output that the Host has been told of is masked. It is no more once it has gone down,
 * so that the Host hears of the next time. That it goes down matters if its interrupt may be
 * pending, and nobody here knows which of those that are pending it is.
 */
uint64_t timer_tick(struct guest_vcpu *vcpu)
{
	struct rmm_pe *pe = rmm_pe_of(vcpu);
	struct rec *rec = pe->rec;
	const uint64_t *shown[NUM_TIMERS];
	bool *told[NUM_TIMERS];
	uint64_t next;
	uint64_t now;

	if (timers_rest(rec))
		return TICK;
	for (unsigned i = 0; i < NUM_TIMERS; i++)
		shown[i] = reported(rec, i, &told[i]);
	if (!guest_timer_is_on(shown[0]) && !guest_timer_is_on(shown[1]) && !*told[0] && !*told[1])
		return TICK;
	now = timer_counter(vcpu);
	for (unsigned i = 0; i < NUM_TIMERS; i++) {
		bool output = guest_timer_output(shown[i], now);

		if (output ? !*told[i] : *told[i] && vgic_any_pending(pe))
			interrupt_raise(pe);
		*told[i] = output && *told[i];
	}
	if (pe->rmm->config.clock != RMM_CLOCK_STEPS)
		return TICK;
	next = next_deadline(rec);
	return next > now && next - now < TICK ? next - now : TICK;
}

void timer_wait(struct rmm_pe *pe, uint64_t limit)
{
	uint64_t now;
	uint64_t next;

	if (pe->rmm->config.clock != RMM_CLOCK_STEPS)
		return;
	now = timer_counter(&pe->vcpu);
	next = next_deadline(pe->rec);
	if (next > limit)
		next = limit;
	if (next == NO_TIMER)
		return;
	/* Others may run, and time with them; it never goes back. */
	while (now < next && !atomic_compare_exchange_weak(&pe->rmm->steps, &now, next))
		;
}

/* What is read of a pair of timers. */
static struct timer_state read_timers(struct rmm_pe *pe, const uint64_t *cntp, const uint64_t *cntv,
                                      uint64_t *now)
{
	*now = 0;
	/* A clock that nobody asks for is not read. */
	if (((cntp[0] | cntv[0]) & GUEST_TIMER_ENABLE) != 0)
		*now = timer_counter(&pe->vcpu);
	return (struct timer_state){
	        .cntp_ctl = guest_timer_read(cntp, GUEST_TIMER_CTL, *now),
	        .cntp_cval = cntp[1],
	        .cntv_ctl = guest_timer_read(cntv, GUEST_TIMER_CTL, *now),
	        .cntv_cval = cntv[1],
	};
}

struct timer_state timer_state(struct rmm_pe *pe, const uint64_t *sysreg)
{
	uint64_t now;

	return read_timers(pe, &sysreg[GUEST_CNTP_CTL_EL0], &sysreg[GUEST_CNTV_CTL_EL0], &now);
}

static void tell(const struct timer_state *state, struct rmi_rec_exit *exit)
{
	exit->cntp_ctl = state->cntp_ctl;
	exit->cntp_cval = state->cntp_cval;
	exit->cntv_ctl = state->cntv_ctl;
	exit->cntv_cval = state->cntv_cval;
}

void timer_exit(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	bool *told[NUM_TIMERS];
	struct timer_state state;
	const uint64_t *cntp;
	const uint64_t *cntv;
	uint64_t now;

	if (timers_rest(pe->rec)) {
		state = timer_state(pe, pe->rec->regs.sysreg);
		tell(&state, exit);
		return;
	}
	cntp = reported(pe->rec, 0, &told[0]);
	cntv = reported(pe->rec, 1, &told[1]);
	state = read_timers(pe, cntp, cntv, &now);
	tell(&state, exit);
	*told[0] = guest_timer_output(cntp, now);
	*told[1] = guest_timer_output(cntv, now);
}

void event_send(struct guest_vcpu *vcpu)
{
	struct rmm_pe *pe = rmm_pe_of(vcpu);
	struct rec *rec = pe->rec;
	struct rd *rd = granule_map(pe->rmm, rec->owner);
	uint32_t vmid = atomic_load(&pe->stage2) >> PE_STAGE2_VMID_SHIFT;
	uint64_t before = atomic_fetch_add(&rd->events, 1);

	/* Who does not run now finds out by the number of events. */
	for (unsigned i = 0; i < pe->rmm->config.pes; i++) {
		struct rmm_pe *other = &pe->rmm->pes[i];

		if (other != pe && atomic_load(&other->stage2) >> PE_STAGE2_VMID_SHIFT == vmid)
			atomic_fetch_or(&other->vcpu.requests, GUEST_REQUEST_EVENT);
	}
	if (rec->events == before)
		rec->events = before + 1;
}

bool event_missed(struct rmm_pe *pe)
{
	struct rd *rd = granule_map(pe->rmm, pe->rec->owner);
	uint64_t now = atomic_load(&rd->events);
	bool missed = now != pe->rec->events;

	pe->rec->events = now;
	return missed;
}
