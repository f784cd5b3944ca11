/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file psci.h
 * PSCI as a Realm sees it (DEN0137 B6, DEN0022).
 */
#ifndef RMI_ABI_PSCI_H
#define RMI_ABI_PSCI_H

#include <stdint.h>

/* SMC64 identifiers, the ones that DEN0137 B6.3 lists. */
#define SMC64_PSCI_VERSION       UINT32_C(0xC4000000)
#define SMC64_PSCI_CPU_SUSPEND   UINT32_C(0xC4000001)
#define SMC64_PSCI_CPU_OFF       UINT32_C(0xC4000002)
#define SMC64_PSCI_CPU_ON        UINT32_C(0xC4000003)
#define SMC64_PSCI_AFFINITY_INFO UINT32_C(0xC4000004)
#define SMC64_PSCI_SYSTEM_OFF    UINT32_C(0xC4000008)
#define SMC64_PSCI_SYSTEM_RESET  UINT32_C(0xC4000009)
#define SMC64_PSCI_FEATURES      UINT32_C(0xC400000A)

/* SMC32 identifiers, the ones that DEN0022 assigns and guests use. */
#define SMC32_PSCI_VERSION       UINT32_C(0x84000000)
#define SMC32_PSCI_CPU_SUSPEND   UINT32_C(0x84000001)
#define SMC32_PSCI_CPU_OFF       UINT32_C(0x84000002)
#define SMC32_PSCI_CPU_ON        UINT32_C(0x84000003)
#define SMC32_PSCI_AFFINITY_INFO UINT32_C(0x84000004)
#define SMC32_PSCI_SYSTEM_OFF    UINT32_C(0x84000008)
#define SMC32_PSCI_SYSTEM_RESET  UINT32_C(0x84000009)
#define SMC32_PSCI_FEATURES      UINT32_C(0x8400000A)

/** The bit that tells an SMC64 identifier from its SMC32 twin. */
#define SMCCC_FID_SMC64          UINT32_C(0x40000000)

/** PsciInterfaceVersion 1.1. */
#define PSCI_VERSION_1_1         UINT64_C(0x10001)

/** PsciReturnCode (B6.4). */
enum psci_return_code {
	PSCI_SUCCESS = 0,
	PSCI_OFF = 1,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INTERNAL_FAILURE = -6,
	PSCI_NOT_PRESENT = -7,
	PSCI_DISABLED = -8,
	PSCI_INVALID_ADDRESS = -9,
};

/** PsciReturnCodeEncode (B3.86): the value of X0. */
static inline uint64_t psci_return(enum psci_return_code code)
{
	return (uint64_t)(int64_t)code;
}

#endif
