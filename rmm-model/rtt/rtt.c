/* SPDX-License-Identifier: BSD-3-Clause */
#include "rtt/rtt.h"

#include "core/rmm.h"

uint64_t rtt_num_entries(const struct rmm *rmm)
{
	return rmm_granule_size(rmm) / sizeof(uint64_t);
}

bool rtt_level_is_valid(const struct rd *rd, uint64_t level)
{
	int64_t l = (int64_t)level;

	return l >= rd->rtt_level_start && l <= RMM_RTT_PAGE_LEVEL;
}

bool ipa_is_level_aligned(const struct rmm *rmm, uint64_t ipa, int level)
{
	return (ipa & (rmi_rtt_level_size(rmm->gshift, level) - 1)) == 0;
}

uint64_t *rtt_entries(struct rmm *rmm, uint64_t pa)
{
	return granule_map(rmm, pa);
}

static inline struct rtt_walk walk_from(struct rmm *rmm, const struct rd *rd, uint64_t base,
                                        uint64_t ipa, int level)
{
	unsigned stride = rmm->gshift - 3;
	uint64_t mask = rtt_num_entries(rmm) - 1;
	int at = rd->rtt_level_start;
	unsigned shift = rmi_rtt_level_shift(rmm->gshift, at);
	uint64_t index = ipa >> shift;
	/* The starting-level RTTs are one table: the index may run beyond one granule. */
	uint64_t rtt = base + (index >> stride << rmm->gshift);

	for (;;) {
		uint64_t *entry = &rtt_entries(rmm, rtt)[index & mask];
		uint64_t rtte = *entry;

		if (at == level || rtte_state(rtte) != RTTE_TABLE)
			return (struct rtt_walk){
			        .level = at, .rtt = rtt, .entry = entry, .rtte = rtte};
		at++;
		rtt = rtte_addr(rtte);
		shift -= stride;
		index = ipa >> shift;
	}
}

struct rtt_walk rtt_walk(struct rmm *rmm, const struct rd *rd, uint64_t ipa, int level)
{
	return walk_from(rmm, rd, rd->rtt_base, ipa, level);
}

struct rtt_walk rtt_walk_tree(struct rmm *rmm, const struct rd *rd, uint64_t ipa, int level,
                              unsigned tree)
{
	return walk_from(rmm, rd, realm_tree_base(rd, tree), ipa, level);
}

uint64_t rtt_end(const struct rmm *rmm, const struct rtt_walk *walk, uint64_t ipa)
{
	/* The range of an RTT is that of one entry a level above. */
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk->level - 1);

	return (ipa & ~(size - 1)) + size;
}

struct rtt_extent rtt_extent_at(struct rmm *rmm, uint64_t rd_pa, uint64_t ipa)
{
	struct rd *rd = rd_lock_shared(rmm, rd_pa);
	struct rtt_extent extent = {0};

	if (rd == NULL)
		return extent;
	if (ipa_is_valid(rd, ipa)) {
		struct rtt_walk walk = rtt_walk(rmm, rd, ipa, RMM_RTT_PAGE_LEVEL);

		extent.level = walk.level;
		extent.end = rtt_end(rmm, &walk, ipa);
	}
	rd_unlock_shared(rmm, rd);
	return extent;
}

void rtt_write(struct rmm *rmm, uint64_t rtt, uint64_t *entry, uint64_t rtte)
{
	struct granule *g = granule_at(rmm, rtt);

	g->count += rtte_is_live_in_rtt(rtte);
	g->count -= rtte_is_live_in_rtt(*entry);
	*entry = rtte;
}
