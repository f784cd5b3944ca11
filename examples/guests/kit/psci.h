/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file psci.h
 * PSCI calls as functions (DEN0137 B6.3). Each returns X0, an enum psci_return_code.
 *
 * Functions without an address or an MPIDR go by their SMC32 numbers, which PSCI has for them
 * alone.
 */
#ifndef KIT_PSCI_H
#define KIT_PSCI_H

#include <rmi/abi/psci.h>

#include "smc.h"

static inline int64_t psci_call(uint32_t fid, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct smccc_regs r = {.x = {fid, x1, x2, x3}};

	return (int64_t)smc(&r);
}

/** Version in [30:16], [15:0]. */
static inline uint64_t psci_version(void)
{
	return (uint64_t)psci_call(SMC32_PSCI_VERSION, 0, 0, 0);
}

/** PSCI_SUCCESS when the function exists. */
static inline int64_t psci_features(uint32_t fid)
{
	return psci_call(SMC32_PSCI_FEATURES, fid, 0, 0);
}

/** Starts the vCPU with this MPIDR at @p entry with X0 = @p context, of which 32 bits count. */
static inline int64_t psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	return psci_call(SMC64_PSCI_CPU_ON, mpidr, entry, context);
}

/** PSCI_SUCCESS when the vCPU is on, PSCI_OFF when it is off. */
static inline int64_t psci_affinity_info(uint64_t mpidr)
{
	return psci_call(SMC64_PSCI_AFFINITY_INFO, mpidr, 0, 0);
}

/** PSCI_SUCCESS when the vCPU is on, PSCI_OFF when it is off; of a level, which must be 0. */
static inline int64_t psci_affinity_info_level(uint64_t mpidr, uint64_t level)
{
	return psci_call(SMC64_PSCI_AFFINITY_INFO, mpidr, level, 0);
}

/** Waits for an interrupt, as WFI does; a Realm keeps its registers in any state. */
static inline int64_t psci_cpu_suspend(uint64_t state, uint64_t entry, uint64_t context)
{
	return psci_call(SMC64_PSCI_CPU_SUSPEND, state, entry, context);
}

/** Switches the calling vCPU off. Returns only when that is refused. */
static inline int64_t psci_cpu_off(void)
{
	return psci_call(SMC32_PSCI_CPU_OFF, 0, 0, 0);
}

/** Ends the Realm. */
static inline int64_t psci_system_off(void)
{
	return psci_call(SMC32_PSCI_SYSTEM_OFF, 0, 0, 0);
}

/** Ends the Realm too; a Realm cannot be started again. */
static inline int64_t psci_system_reset(void)
{
	return psci_call(SMC32_PSCI_SYSTEM_RESET, 0, 0, 0);
}

#endif
