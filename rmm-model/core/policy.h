/* SPDX-License-Identifier: BSD-3-Clause */
/* Drawing by lot, as the policy wants it. Draws belong to a PE and need no lock. */
#ifndef RMM_CORE_POLICY_H
#define RMM_CORE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <rmm/policy.h>

#include "core/rmm.h"

/** Whether something with this chance, in 1/1000, happens now. */
bool policy_chance(struct rmm_pe *pe, unsigned permille);

/** A number from low to high if the policy varies, high if not. */
unsigned policy_number(struct rmm_pe *pe, unsigned low, unsigned high);

/** One member of a set of bits: a drawn one if the policy varies, the lowest if not. */
unsigned policy_member(struct rmm_pe *pe, unsigned set);

/** Objects that a range command may do in this call. */
static inline uint64_t policy_range(struct rmm_pe *pe)
{
	unsigned most = pe->rmm->config.policy.range_granules;

	if (pe->limit != 0)
		return pe->limit;
	return most == 0 ? UINT64_MAX : policy_number(pe, 1, most);
}

#endif
