/* SPDX-License-Identifier: BSD-3-Clause */
/* The timers of a vCPU (DDI0487 D12). */
#include "guest.h"

#define CTL_ENABLE  UINT64_C(1)
#define CTL_ISTATUS UINT64_C(4)

uint64_t timer_now(void)
{
	uint64_t now;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
	return now;
}

uint64_t timer_frequency(void)
{
	uint64_t hz;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

void timer_set(enum timer timer, uint64_t when)
{
	if (timer == TIMER_VIRTUAL)
		__asm__ volatile("msr cntv_cval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\tisb"
		                 :
		                 : "r"(when), "r"(CTL_ENABLE)
		                 : "memory");
	else
		__asm__ volatile("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb"
		                 :
		                 : "r"(when), "r"(CTL_ENABLE)
		                 : "memory");
}

void timer_stop(enum timer timer)
{
	if (timer == TIMER_VIRTUAL)
		__asm__ volatile("msr cntv_ctl_el0, xzr\n\tisb" : : : "memory");
	else
		__asm__ volatile("msr cntp_ctl_el0, xzr\n\tisb" : : : "memory");
}

bool timer_is_due(enum timer timer)
{
	uint64_t ctl;

	if (timer == TIMER_VIRTUAL)
		__asm__ volatile("isb\n\tmrs %0, cntv_ctl_el0" : "=r"(ctl) : : "memory");
	else
		__asm__ volatile("isb\n\tmrs %0, cntp_ctl_el0" : "=r"(ctl) : : "memory");
	return (ctl & CTL_ISTATUS) != 0;
}

unsigned timer_intid(enum timer timer)
{
	return timer == TIMER_VIRTUAL ? PLATFORM_PPI_VTIMER : PLATFORM_PPI_PTIMER;
}
