/* SPDX-License-Identifier: BSD-3-Clause */
#include "granule/desc.h"

#include "core/quirks.h"
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
	        .level = RMM_RTT_PAGE_LEVEL,
	};
	if (set->type == RMI_ADDR_TYPE_LIST)
		set->count = RMI_FIELD_GET(flags, RMI_RTT_MAP_FLAGS_LIST_COUNT);
}

/* The level of the blocks of a descriptor. */
static int desc_level(struct rmi_addr_range_desc desc)
{
	return RMM_RTT_PAGE_LEVEL - (int)desc.size;
}

/* The word behind descriptor i. */
static bool set_word(const struct addr_set *set, uint64_t i, uint64_t *word)
{
	if (set->type == RMI_ADDR_TYPE_LIST)
		return addr_list_read(set->rmm, set->word, i, word);
	*word = set->word;
	return true;
}

bool addr_set_fix_level(struct addr_set *set)
{
	uint64_t word;

	if (set->count == 0 || !set_word(set, 0, &word))
		return false;
	set->fixed = true;
	set->level = desc_level(addr_range_decode(set->rmm, word));
	return true;
}

/* Whether an address is aligned to the blocks that start there. */
static bool is_aligned(const struct addr_set *set, const struct rmi_addr_range_desc *desc)
{
	return (desc->base & (rmi_rtt_level_size(set->rmm->gshift, desc_level(*desc)) - 1)) == 0;
}

bool addr_set_fill(struct addr_set *set)
{
	while (set->left == 0) {
		struct rmi_addr_range_desc desc;
		uint64_t word;

		if (set->next == set->count || !set_word(set, set->next, &word))
			return false;
		set->next++;
		desc = addr_range_decode(set->rmm, word);
		if (set->fixed && desc_level(desc) != set->level)
			return false;
		if (quirk(set->rmm, RMM_QUIRK_MAP_DESCRIPTOR_ALIGNMENT) && !is_aligned(set, &desc))
			return false;
		set->base = desc.base;
		set->state = desc.state;
		set->left = addr_range_size(set->rmm, &desc);
	}
	return true;
}

void addr_set_advance(struct addr_set *set, uint64_t size)
{
	set->base += size;
	set->left -= size;
}

void addr_set_skip(struct addr_set *set, uint64_t size)
{
	while (size != 0 && addr_set_fill(set)) {
		uint64_t part = size < set->left ? size : set->left;

		addr_set_advance(set, part);
		size -= part;
	}
}
