/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which granules the RMM holds. The granule table of a large DRAM is mostly untouched memory; a
 * byte for each chunk of granules tells where looking is worth while.
 */
#include <string.h>

#include "core/rmm.h"

static uint64_t num_granules(const struct rmm *rmm)
{
	return rmm->config.dram_size >> rmm->gshift;
}

uint64_t rmm_num_chunks(const struct rmm *rmm)
{
	return (num_granules(rmm) >> RMM_CHUNK_SHIFT) + 1;
}

bool rmm_next_held_granule(struct rmm *rmm, uint64_t from, uint64_t *pa, const char **state)
{
	uint64_t count = num_granules(rmm);
	uint64_t i = 0;

	if (from > rmm->config.dram_base)
		i = (from - rmm->config.dram_base + rmm_granule_size(rmm) - 1) >> rmm->gshift;
	while (i < count) {
		enum granule_state s;

		if (atomic_load_explicit(&rmm->touched[i >> RMM_CHUNK_SHIFT],
		                         memory_order_relaxed) == 0) {
			i = ((i >> RMM_CHUNK_SHIFT) + 1) << RMM_CHUNK_SHIFT;
			continue;
		}
		s = granule_state(&rmm->granules[i]);
		if (s != GRAN_UNDELEGATED) {
			*pa = granule_pa(rmm, &rmm->granules[i]);
			*state = granule_state_name(s);
			return true;
		}
		i++;
	}
	return false;
}

void granule_census(struct rmm *rmm, uint64_t base, uint64_t size, struct granule_census *census)
{
	uint64_t dram_top = rmm->config.dram_base + rmm->config.dram_size;
	uint64_t top = base + size < dram_top ? base + size : dram_top;
	uint64_t held = 0;
	const char *name;
	uint64_t pa;

	if (base < rmm->config.dram_base)
		base = rmm->config.dram_base;
	memset(census, 0, sizeof(*census));
	census->total = top > base ? (top - base) >> rmm->gshift : 0;
	while (rmm_next_held_granule(rmm, base, &pa, &name) && pa < top) {
		census->count[granule_settled_state(granule_at(rmm, pa))]++;
		base = pa + rmm_granule_size(rmm);
	}
	for (unsigned i = GRAN_UNDELEGATED + 1; i < GRAN_NUM_STATES; i++)
		held += census->count[i];
	census->count[GRAN_UNDELEGATED] = census->total - held;
}
