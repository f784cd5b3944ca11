/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the commands that map and unmap ranges share (DEN0137 A5.3.3). The range is PAGES pages of
 * an IPA whose tables are there; note[i] is the PA that page i is mapped to, or was.
 */
#ifndef CONFORMANCE_RANGE_H
#define CONFORMANCE_RANGE_H

#include "spoil.h"

/** Pages of a range. A range command may stop after any of them. */
#define PAGES             3

/** Size of memory that ends in the middle of a tracking region of any size. */
#define CONF_SHORT_REGION "dram=1025M"

/** PAs that follow each other. @param take world_page() or world_delegated() */
static inline void range_contiguous(struct world *w, uint64_t (*take)(struct world *w))
{
	for (unsigned i = 0; i < PAGES; i++) {
		w->note[i] = take(w);
		world_equal(w, w->note[i], w->note[0] + i * w->page, "the next page");
	}
}

/** PAs of which the second and the third follow each other, and the first lies behind them. */
static inline void range_scattered(struct world *w, uint64_t (*take)(struct world *w))
{
	w->note[1] = take(w);
	w->note[2] = take(w);
	world_equal(w, w->note[2], w->note[1] + w->page, "the next page");
	w->note[0] = take(w);
}

/** A list of the scattered pages. @return its PA, no more aligned than it must be */
static inline uint64_t range_list(struct world *w, enum rmi_op_mem_state state)
{
	uint64_t list = world_page(w) + 8;
	uint64_t *words = world_va(w, list);

	words[0] = world_desc(w, w->note[0], RMM_RTT_PAGE_LEVEL, 1, state);
	words[1] = world_desc(w, w->note[1], RMM_RTT_PAGE_LEVEL, 2, state);
	return list;
}

/** Flags of a map whose output addresses are such a list. */
#define RANGE_LIST_FLAGS (RMI_ADDR_TYPE_LIST | RMI_FIELD_SET(2, RMI_RTT_MAP_FLAGS_LIST_COUNT))

/** Bytes that the call under test has done. */
static inline uint64_t range_done(struct world *w)
{
	uint64_t out_top = w->regs.x[1];

	world_expect(w, out_top > w->in.x[2] && out_top <= w->in.x[3] && out_top % w->page == 0,
	             "out_top is 0x%llx", (unsigned long long)out_top);
	return out_top - w->in.x[2];
}

/** Entry of a page that is done. */
static inline struct world_entry range_entry(struct world *w, uint64_t done)
{
	struct world_entry e = world_entry(w, w->in.x[2] + done, RMM_RTT_PAGE_LEVEL);

	world_equal(w, (uint64_t)e.level, RMM_RTT_PAGE_LEVEL, "the level of an entry");
	return e;
}

/** Every page that is done has an entry in this state, and no other page has. */
static inline void range_has_state(struct world *w, enum rmi_rtt_entry_state state)
{
	uint64_t done = range_done(w);

	for (uint64_t i = 0; i < PAGES * w->page; i += w->page) {
		uint64_t is = range_entry(w, i).state;

		if (i < done)
			world_equal(w, is, state, "the state of an entry");
		else
			world_expect(w, is != state, "an entry beyond out_top has changed");
	}
}

/** Every page that is done is mapped where it should be. */
static inline void range_has_addresses(struct world *w)
{
	uint64_t done = range_done(w);

	for (uint64_t i = 0; i < PAGES && i * w->page < done; i++)
		world_equal(w, range_entry(w, i * w->page).addr, w->note[i],
		            "the address of an entry");
}

/** Every granule that is done is in this state. */
static inline void range_has_granules(struct world *w, const char *state)
{
	uint64_t done = range_done(w);

	for (uint64_t i = 0; i < PAGES && i * w->page < done; i++)
		world_in_state(w, w->note[i], state);
}

/** A descriptor of pages [@p first, ...) of the range. @return the page behind it */
static inline uint64_t range_described(struct world *w, uint64_t word, uint64_t first)
{
	struct rmi_addr_range_desc desc = rmi_addr_range_desc_decode(w->rev, w->gshift, word);
	uint64_t pages =
	        (desc.count * rmi_rtt_level_size(w->gshift, RMM_RTT_PAGE_LEVEL - (int)desc.size)) >>
	        w->gshift;

	world_expect(w, pages != 0 && first + pages <= PAGES, "a descriptor of %llu pages",
	             (unsigned long long)pages);
	for (uint64_t i = 0; i < pages; i++)
		world_equal(w, desc.base + i * w->page, w->note[first + i], "an address told");
	return first + pages;
}

/** The range of an unmap is what out_range describes. */
static inline void range_told_single(struct world *w)
{
	world_equal(w, range_described(w, w->regs.x[2], 0) * w->page, range_done(w),
	            "the size of out_range");
}

/** The range of an unmap is what the list at X5 describes. */
static inline void range_told_list(struct world *w)
{
	const uint64_t *words = world_va(w, w->in.x[5]);
	uint64_t page = 0;

	for (uint64_t i = 0; i < w->regs.x[3]; i++)
		page = range_described(w, words[i], page);
	world_equal(w, page * w->page, range_done(w), "the size of the list");
}

static inline void range_result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
	(void)range_done(w);
}

/** A range of memory that ends within a tracking region: its last megabyte. @return its PA */
static inline uint64_t range_short_region(struct world *w, uint64_t *size)
{
	struct rmi_memory memory = rmi_memory(w->rmi);

	*size = UINT64_C(1) << 20;
	return memory.base + memory.size - *size;
}

/** Delegates that megabyte. */
static inline uint64_t range_delegate_short_region(struct world *w, uint64_t *size)
{
	uint64_t pa = range_short_region(w, size);

	for (uint64_t at = pa; at < pa + *size;) {
		struct smccc_regs regs = {.x = {SMC_RMI_GRANULE_RANGE_DELEGATE, at, pa + *size}};

		world_must(w, world_do(w, &regs), "RMI_GRANULE_RANGE_DELEGATE");
		at = regs.x[1];
	}
	return pa;
}

/* Failure conditions. */

/* X4 names the type in the same place for maps and unmaps; only a map has a count. */

static inline void range_use_list(struct world *w, uint64_t list)
{
	bool map = w->regs.x[0] == SMC_RMI_RTT_DATA_MAP || w->regs.x[0] == SMC_RMI_RTT_UNPROT_MAP;

	w->regs.x[4] = (w->regs.x[4] & ~UINT64_C(3)) | RMI_ADDR_TYPE_LIST;
	if (map)
		w->regs.x[4] |= RMI_FIELD_SET(1, RMI_RTT_MAP_FLAGS_LIST_COUNT);
	w->regs.x[5] = list;
}

static inline void range_oaddr_type(struct world *w)
{
	w->regs.x[4] = (w->regs.x[4] & ~UINT64_C(3)) | RMI_ADDR_TYPE_NONE;
}

/* A list whose only fault is where it is. */
static inline void range_oaddr_list_align(struct world *w)
{
	uint64_t list = world_page(w) + 4;

	memcpy((char *)world_va(w, list - 4) + 4, &w->regs.x[5], sizeof(w->regs.x[5]));
	range_use_list(w, list);
}

static inline void range_oaddr_list_pas(struct world *w)
{
	range_use_list(w, world_delegated(w));
}

/* The range begins with a Protected page and ends with an Unprotected one. */
static inline void range_ipa_bound(struct world *w)
{
	world_must(w, small_tables(&w->realm, WORLD_UNPROT(w) - w->page), "RMI_RTT_CREATE");
	w->regs.x[2] = WORLD_UNPROT(w) - w->page;
	w->regs.x[3] = w->regs.x[2] + PAGES * w->page;
}

#endif
