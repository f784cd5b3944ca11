/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file smccc.h
 * SMC Calling Convention 1.2 (DEN0028): the registers of one call.
 */
#ifndef RMI_ABI_SMCCC_H
#define RMI_ABI_SMCCC_H

#include <stdint.h>

/** Registers that an SMC carries in and out: x0..x17. */
#define SMCCC_NUM_REGS 18

/**
 * One SMC: inputs before the call, results after it.
 *
 * x[0] holds the function identifier on the way in (its low 32 bits count) and the result on the
 * way out. Registers that a command does not define as outputs come back as they went in.
 */
struct smccc_regs {
	uint64_t x[SMCCC_NUM_REGS];
};

/** Result of a call whose function identifier nobody implements. */
#define SMCCC_NOT_SUPPORTED     (~UINT64_C(0))

#define SMCCC_VERSION_FID       UINT32_C(0x80000000)
#define SMCCC_ARCH_FEATURES_FID UINT32_C(0x80000001)

/** The version that SMCCC_VERSION reports: 1.2. */
#define SMCCC_VERSION_1_2       UINT64_C(0x10002)

#endif
