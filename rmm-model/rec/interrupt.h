/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical interrupts that make a REC exit, and the EL1 timers, which raise some of them
 * (DEN0137 A6.1, A6.2).
 */
#ifndef RMM_REC_INTERRUPT_H
#define RMM_REC_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/layout.h>
#include <rmm/engine.h>

struct rmm_pe;

/** Makes the vCPU that runs on a PE, the caller's, leave with an IRQ, unless those are masked. */
void interrupt_raise(struct rmm_pe *pe);

/** Before a REC runs: whether the Host's ICC_PMR_EL1 masks interrupts for the time being. */
void interrupt_enter(struct rmm_pe *pe);

/** Before each run of the engine: what has come while it was away, virtual or physical. */
void interrupt_resume(struct rmm_pe *pe);

/** A vCPU was kicked. @return whether the REC exits with an IRQ */
bool interrupt_taken(struct rmm_pe *pe);

/** What the REC exits with then: RMI_EXIT_IRQ, or RMI_EXIT_FIQ when the policy has it. */
uint8_t interrupt_reason(struct rmm_pe *pe);

/** guest_services.counter and guest_services.tick */
uint64_t timer_counter(struct guest_vcpu *vcpu);
uint64_t timer_tick(struct guest_vcpu *vcpu);

/**
 * A vCPU that waits exits: time that is counted in steps goes on to when the next timer fires.
 * @param limit when it ends waiting at the latest; UINT64_MAX: it did not say
 */
void timer_wait(struct rmm_pe *pe, uint64_t limit);

/** guest_services.send_event */
void event_send(struct guest_vcpu *vcpu);

/** Whether an event was sent since the REC of a PE, which others see by now, ran last. */
bool event_missed(struct rmm_pe *pe);

/** The timers as a vCPU reads them. */
struct timer_state {
	uint64_t cntp_ctl;
	uint64_t cntp_cval;
	uint64_t cntv_ctl;
	uint64_t cntv_cval;
};

/** The timers in a set of system registers, guest_regs.sysreg. */
struct timer_state timer_state(struct rmm_pe *pe, const uint64_t *sysreg);

/** What the Host gets to know of the timers. */
void timer_exit(struct rmm_pe *pe, struct rmi_rec_exit *exit);

#endif
