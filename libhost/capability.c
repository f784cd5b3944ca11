/* SPDX-License-Identifier: BSD-3-Clause */
/* What a VMM may ask for, by the numbers of KVM. */

#include "internal.h"

int host_capability(const struct host *host, unsigned cap)
{
	const struct host_features *features = &host->features;

	switch (cap) {
	case HOST_CAP_IRQCHIP:
	case HOST_CAP_SYNC_MMU:
	case HOST_CAP_ONE_REG:
	case HOST_CAP_ARM_PSCI:
	case HOST_CAP_ARM_PSCI_0_2:
	case HOST_CAP_IMMEDIATE_EXIT:
	case HOST_CAP_ARM_RMI:
		return 1;
	case HOST_CAP_NR_VCPUS:
		return (int)(host->num_pes < features->max_recs ? host->num_pes
		                                                : features->max_recs);
	case HOST_CAP_MAX_VCPUS:
	case HOST_CAP_MAX_VCPU_ID:
		return (int)features->max_recs;
	case HOST_CAP_ARM_PMU_V3:
		return features->pmu_counters != 0;
	case HOST_CAP_ARM_VM_IPA_SIZE:
		return (int)features->ipa_bits;
	case HOST_CAP_ARM_SVE:
		return features->sve_vl != 0;
	default:
		return 0;
	}
}
