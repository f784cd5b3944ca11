/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file smc.h
 * The way from a realm to its RMM: one SMC, x0..x17 in and out (SMCCC 1.2).
 */
#ifndef KIT_SMC_H
#define KIT_SMC_H

#include <rmi/abi/smccc.h>

/** Makes the call. @return X0 */
static inline uint64_t smc(struct smccc_regs *regs)
{
	/* x19 outlives the call: an SMC may change x0..x17 only. */
	register struct smccc_regs *r __asm__("x19") = regs;

	__asm__ volatile("ldp x0, x1, [%0, #0]\n\t"
	                 "ldp x2, x3, [%0, #16]\n\t"
	                 "ldp x4, x5, [%0, #32]\n\t"
	                 "ldp x6, x7, [%0, #48]\n\t"
	                 "ldp x8, x9, [%0, #64]\n\t"
	                 "ldp x10, x11, [%0, #80]\n\t"
	                 "ldp x12, x13, [%0, #96]\n\t"
	                 "ldp x14, x15, [%0, #112]\n\t"
	                 "ldp x16, x17, [%0, #128]\n\t"
	                 "smc #0\n\t"
	                 "stp x0, x1, [%0, #0]\n\t"
	                 "stp x2, x3, [%0, #16]\n\t"
	                 "stp x4, x5, [%0, #32]\n\t"
	                 "stp x6, x7, [%0, #48]\n\t"
	                 "stp x8, x9, [%0, #64]\n\t"
	                 "stp x10, x11, [%0, #80]\n\t"
	                 "stp x12, x13, [%0, #96]\n\t"
	                 "stp x14, x15, [%0, #112]\n\t"
	                 "stp x16, x17, [%0, #128]"
	                 :
	                 : "r"(r)
	                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
	                   "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	return regs->x[0];
}

#endif
