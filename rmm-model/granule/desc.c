/* SPDX-License-Identifier: BSD-3-Clause */
#include "granule/desc.h"

#include "core/rmm.h"

struct rmi_addr_range_desc addr_range_decode(const struct rmm *rmm, uint64_t word)
{
	return rmi_addr_range_desc_decode(rmm->config.revision, rmm->gshift, word);
}

uint64_t addr_range_encode(const struct rmm *rmm, struct rmi_addr_range_desc desc)
{
	return rmi_addr_range_desc_encode(rmm->config.revision, rmm->gshift, desc);
}

uint64_t addr_range_size(const struct rmm *rmm, const struct rmi_addr_range_desc *desc)
{
	unsigned shift = rmi_rtt_level_shift(rmm->gshift, RMM_RTT_PAGE_LEVEL - (int)desc->size);

	/* 64KB granules have no block at level 0. */
	return shift < 52 ? desc->count << shift : 0;
}

bool addr_list_read(struct rmm *rmm, uint64_t list, uint64_t i, uint64_t *word)
{
	uint64_t pa = list + i * sizeof(*word);

	if (!pa_is_nonsecure(rmm, pa))
		return false;
	/* The Host may write while the RMM reads. */
	*word = __atomic_load_n((uint64_t *)rmm_pa_ptr(rmm, pa), __ATOMIC_RELAXED);
	return true;
}

bool addr_list_write(struct rmm *rmm, uint64_t list, uint64_t i, uint64_t word)
{
	uint64_t pa = list + i * sizeof(word);

	if (!pa_is_nonsecure(rmm, pa))
		return false;
	__atomic_store_n((uint64_t *)rmm_pa_ptr(rmm, pa), word, __ATOMIC_RELAXED);
	return true;
}

void addr_set_start(struct addr_set *set, struct rmm *rmm, uint64_t flags, uint64_t oaddr)
{
	*set = (struct addr_set){
	        .rmm = rmm,
	        .type = (enum rmi_rtt_addr_type)RMI_FIELD_GET(flags, RMI_RTT_MAP_FLAGS_OADDR_TYPE),
	        .word = oaddr,
	        .count = 1,
	};
	if (set->type == RMI_ADDR_TYPE_LIST)
		set->count = RMI_FIELD_GET(flags, RMI_RTT_MAP_FLAGS_LIST_COUNT);
}

bool addr_set_fill(struct addr_set *set)
{
	while (set->left == 0) {
		struct rmi_addr_range_desc desc;
		uint64_t word = set->word;

		if (set->next == set->count)
			return false;
		if (set->type == RMI_ADDR_TYPE_LIST &&
		    !addr_list_read(set->rmm, set->word, set->next, &word))
			return false;
		set->next++;
		desc = addr_range_decode(set->rmm, word);
		set->base = desc.base;
		set->left = addr_range_size(set->rmm, &desc);
	}
	return true;
}

void addr_set_advance(struct addr_set *set, uint64_t size)
{
	set->base += size;
	set->left -= size;
}
