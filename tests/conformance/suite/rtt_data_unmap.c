/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_RTT_DATA_UNMAP (DEN0137 B4.5.67): gives Protected memory back. */
#include "range.h"

/* Maps the range and makes it RAM. */
static void map(struct world *w)
{
	world_must(w, small_init_ripas(&w->realm, 0, PAGES * w->page), "RMI_RTT_INIT_RIPAS");
	for (uint64_t i = 0; i < PAGES; i++)
		world_must(w,
		           WORLD_DO(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, i * w->page,
		                    (i + 1) * w->page, RMI_ADDR_TYPE_SINGLE,
		                    world_desc(w, w->note[i], RMM_RTT_PAGE_LEVEL, 1,
		                               RMI_OP_MEM_DELEGATED)),
		           "RMI_RTT_DATA_MAP");
}

static void base(struct world *w)
{
	world_realm(w);
	range_contiguous(w, world_delegated);
	map(w);
	WORLD_CALL(w, SMC_RMI_RTT_DATA_UNMAP, w->realm.rd, 0, PAGES * w->page,
	           RMI_ADDR_TYPE_SINGLE);
}

static void list_base(struct world *w)
{
	world_realm(w);
	range_scattered(w, world_delegated);
	map(w);
	WORLD_CALL(w, SMC_RMI_RTT_DATA_UNMAP, w->realm.rd, 0, PAGES * w->page, RMI_ADDR_TYPE_LIST,
	           world_page(w) + 8);
}

/* A block is mapped, and one page of it is to be unmapped. */
static void rtte_size(struct world *w)
{
	uint64_t block = world_delegated_block(w, w->block);

	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, w->block, 2 * w->block,
	                    RMI_ADDR_TYPE_SINGLE,
	                    world_desc(w, block, RMM_RTT_PAGE_LEVEL - 1, 1, RMI_OP_MEM_DELEGATED)),
	           "RMI_RTT_DATA_MAP");
	w->regs.x[2] = w->block;
	w->regs.x[3] = w->block + w->page;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

/* All of a region is mapped page by page, then tracked coarsely; a few pages are to be unmapped. */
static void trk_gran(struct world *w)
{
	uint64_t size;
	uint64_t pa = range_delegate_short_region(w, &size);

	world_table(w, w->block, RMM_RTT_PAGE_LEVEL);
	for (uint64_t done = 0; done < size; done += w->page)
		world_must(w,
		           WORLD_DO(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, w->block + done,
		                    w->block + done + w->page, RMI_ADDR_TYPE_SINGLE,
		                    world_desc(w, pa + done, RMM_RTT_PAGE_LEVEL, 1,
		                               RMI_OP_MEM_DELEGATED)),
		           "RMI_RTT_DATA_MAP");
	world_track(w, pa, RMI_TRACKING_COARSE);
	w->regs.x[2] = w->block;
	w->regs.x[3] = w->block + PAGES * w->page;
}

static void are_void(struct world *w)
{
	range_has_state(w, RMI_RTTE_VOID);
}

static void are_destroyed(struct world *w)
{
	uint64_t done = range_done(w);

	for (uint64_t i = 0; i < PAGES * w->page; i += w->page)
		world_equal(w, range_entry(w, i).ripas,
		            i < done ? RMI_RIPAS_DESTROYED : RMI_RIPAS_RAM, "RIPAS of an entry");
}

static void are_delegated(struct world *w)
{
	range_has_granules(w, "GRAN_DELEGATED");
}

static const struct conformance_row rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(base_align, spoil_base_align),
        FAILS(top_align, spoil_top_align),
        FAILS(size_valid, spoil_size_valid),
        FAILS(ipa_bound, range_ipa_bound),
        FAILS(oaddr_align, range_oaddr_list_align),
        FAILS(oaddr_list_pas, range_oaddr_list_pas),
        FAILS(rtte_size, rtte_size),
        FAILS(trk_gran, trk_gran, .conf = CONF_SHORT_REGION),
        NEVER_FAILS(dpt_gran, "needs device assignment"),
        HOLDS(state, are_void),
        HOLDS(ripas, are_destroyed),
        HOLDS(addr_single, range_told_single),
        HOLDS(addr_list, range_told_list, .base = list_base),
        HOLDS(gran_state_contig, are_delegated),
        HOLDS(gran_state_list, are_delegated, .base = list_base),
        HOLDS(result, range_result),
        {0},
};

const struct conformance_command conformance_rtt_data_unmap = {
        .name = "RMI_RTT_DATA_UNMAP",
        .base = base,
        .rows = rows,
};
