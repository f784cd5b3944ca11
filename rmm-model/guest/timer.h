/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers of an EL1 timer (DDI 0487, D12). A timer is a pair of words: control, which is
 * CNTx_CTL_EL0 without ISTATUS, and CNTx_CVAL_EL0.
 */
#ifndef RMM_GUEST_TIMER_H
#define RMM_GUEST_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include <rmm/sysreg.h>

_Static_assert(GUEST_CNTP_CVAL_EL0 == GUEST_CNTP_CTL_EL0 + 1, "a timer is a pair of words");
_Static_assert(GUEST_CNTV_CVAL_EL0 == GUEST_CNTV_CTL_EL0 + 1, "a timer is a pair of words");

/** Registers of a timer by op2. */
enum guest_timer_register { GUEST_TIMER_TVAL, GUEST_TIMER_CTL, GUEST_TIMER_CVAL };

/** Enabled, and not masked. */
static inline bool guest_timer_is_on(const uint64_t timer[2])
{
	return (timer[0] & (GUEST_TIMER_ENABLE | GUEST_TIMER_IMASK)) == GUEST_TIMER_ENABLE;
}

/** Level of the output. */
static inline bool guest_timer_output(const uint64_t timer[2], uint64_t now)
{
	return guest_timer_is_on(timer) && now >= timer[1];
}

static inline uint64_t guest_timer_read(const uint64_t timer[2], unsigned reg, uint64_t now)
{
	if (reg == GUEST_TIMER_CVAL)
		return timer[1];
	if (reg == GUEST_TIMER_TVAL)
		return (uint32_t)(timer[1] - now);
	if ((timer[0] & GUEST_TIMER_ENABLE) != 0 && now >= timer[1])
		return timer[0] | GUEST_TIMER_ISTATUS;
	return timer[0];
}

static inline void guest_timer_write(uint64_t timer[2], unsigned reg, uint64_t value, uint64_t now)
{
	if (reg == GUEST_TIMER_CVAL)
		timer[1] = value;
	else if (reg == GUEST_TIMER_TVAL)
		timer[1] = now + (uint64_t)(int64_t)(int32_t)value;
	else
		timer[0] = value & (GUEST_TIMER_ENABLE | GUEST_TIMER_IMASK);
}

#endif
