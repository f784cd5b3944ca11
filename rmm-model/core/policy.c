/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/policy.h"

#include "core/rmm.h"

void rmm_policy_calm(struct rmm_policy *policy)
{
	*policy = (struct rmm_policy){
	        .incomplete_rounds = 1,
	        .platform_config = 32,
	        .donate_shapes = RMM_DONATE_PAGES,
	        .donate_rounds = 1,
	        .cancel = true,
	        .sro_contexts = 16,
	};
}

void rmm_policy_hostile(struct rmm_policy *policy)
{
	*policy = (struct rmm_policy){
	        .vary = true,
	        .range_granules = 4,
	        .incomplete_permille = 300,
	        .incomplete_rounds = 3,
	        .incomplete_every = 4,
	        .busy_permille = 100,
	        .rec_aux = 16,
	        .realm_aux = 8,
	        .tracking_aux = 4,
	        .pat_busy = 3,
	        .token_bytes = 512,
	        .platform_config = 4096,
	        .donate_shapes = RMM_DONATE_PAGES | RMM_DONATE_CONTIG | RMM_DONATE_NS_PAGES |
	                         RMM_DONATE_NS_CONTIG | RMM_DONATE_COND_PAGES,
	        .donate_rounds = 3,
	        .cancel = true,
	        .sro_contexts = 4,
	};
}

/* A generator whose state is a counter, so that every seed starts somewhere else. */
static uint64_t draw(struct rmm_pe *pe)
{
	uint64_t z = pe->draws += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

bool policy_chance(struct rmm_pe *pe, unsigned permille)
{
	return permille != 0 && draw(pe) % 1000 < permille;
}

unsigned policy_number(struct rmm_pe *pe, unsigned low, unsigned high)
{
	if (!pe->rmm->config.policy.vary || high <= low)
		return high;
	return low + (unsigned)(draw(pe) % (high - low + 1));
}

unsigned policy_member(struct rmm_pe *pe, unsigned set)
{
	unsigned count = (unsigned)__builtin_popcount(set);
	unsigned skip = policy_number(pe, 0, count - 1);

	if (!pe->rmm->config.policy.vary)
		skip = 0;
	while (skip-- > 0)
		set &= set - 1;
	return set & ~(set - 1);
}
