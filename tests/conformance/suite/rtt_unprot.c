/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_RTT_UNPROT_MAP and RMI_RTT_UNPROT_UNMAP (DEN0137 B4.5.77, B4.5.78): memory of the Host's. */
#include "range.h"

/* Attributes that differ from what a mapping has by default: non-cacheable, read only. */
#define ATTRIBUTES                                                                                 \
	(RMI_FIELD_SET(RMI_MEMATTR_NORMAL_NC, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |                  \
	 RMI_FIELD_SET(RMI_S2AP_DIRECT_READ, RMI_RTT_UNPROT_MAP_FLAGS_S2AP))

/* MemAttr[2:0] and S2AP of a descriptor; S2AP[0] lets read. */
#define DESC_MEMATTR(desc) ((desc) >> 2 & 7)
#define DESC_S2AP(desc)    ((desc) >> 6 & 3)

#define EC(esr)            ((esr) >> 26 & 0x3f)
#define EC_WFX             UINT64_C(0x01)
#define EC_DATA_ABORT      UINT64_C(0x24)

#define ESR_WNR            (UINT64_C(1) << 6)

static void realm(struct world *w)
{
	world_realm(w);
	world_must(w, small_tables(&w->realm, WORLD_UNPROT(w)), "RMI_RTT_CREATE");
}

static uint64_t map(struct world *w, uint64_t ipa, uint64_t pa, int level)
{
	return WORLD_DO(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, ipa,
	                ipa + rmi_rtt_level_size(w->gshift, level),
	                RMI_ADDR_TYPE_SINGLE | ATTRIBUTES,
	                world_desc(w, pa, level, 1, RMI_OP_MEM_UNDELEGATED));
}

static void map_base(struct world *w)
{
	realm(w);
	range_contiguous(w, world_page);
	WORLD_CALL(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, WORLD_UNPROT(w),
	           WORLD_UNPROT(w) + PAGES * w->page, RMI_ADDR_TYPE_SINGLE | ATTRIBUTES,
	           world_desc(w, w->note[0], RMM_RTT_PAGE_LEVEL, PAGES, RMI_OP_MEM_UNDELEGATED));
}

static void map_list_base(struct world *w)
{
	realm(w);
	range_scattered(w, world_page);
	WORLD_CALL(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, WORLD_UNPROT(w),
	           WORLD_UNPROT(w) + PAGES * w->page, RANGE_LIST_FLAGS | ATTRIBUTES,
	           range_list(w, RMI_OP_MEM_UNDELEGATED));
}

/* Other memory is mapped there. */
static void is_mapped(struct world *w)
{
	world_must(w, map(w, w->regs.x[2], world_page(w), RMM_RTT_PAGE_LEVEL),
	           "RMI_RTT_UNPROT_MAP");
	w->level = RMM_RTT_PAGE_LEVEL;
}

/*
 * There is no table for the second block. B4.5.77 speaks of RTTE_VOID, which no Unprotected entry
 * is; A5.3.3.2 has the rule for any entry.
 */
static void has_no_table(struct world *w)
{
	w->regs.x[2] = WORLD_UNPROT(w) + w->block;
	w->regs.x[3] = WORLD_UNPROT(w) + w->block + w->page;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

static void are_mapped(struct world *w)
{
	range_has_state(w, RMI_RTTE_DATA);
}

static void have_memattr(struct world *w)
{
	uint64_t done = range_done(w);

	for (uint64_t i = 0; i < done; i += w->page)
		world_equal(w, DESC_MEMATTR(range_entry(w, i).desc), RMI_MEMATTR_NORMAL_NC,
		            "MemAttr of an entry");
}

/* A guest can read, and comes to the Host when it writes. */
static void have_s2ap(struct world *w)
{
	uint64_t done = range_done(w);
	uint64_t load;
	uint64_t store;
	uint64_t esr;

	for (uint64_t i = 0; i < done; i += w->page)
		world_equal(w, DESC_S2AP(range_entry(w, i).desc), 1, "S2AP of an entry");
	world_load(w);
	load = WORLD_REC(w, GUEST_LOAD, 0, WORLD_UNPROT(w));
	store = WORLD_REC(w, GUEST_STORE, 1, WORLD_UNPROT(w));
	world_activate(w);
	small_run(&w->realm)->enter.flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	world_exit(w, load, RMI_EXIT_SYNC);
	world_equal(w, EC(small_run(&w->realm)->exit.esr), EC_WFX, "ESR_EL2.EC after a load");
	world_exit(w, store, RMI_EXIT_SYNC);
	esr = small_run(&w->realm)->exit.esr;
	world_equal(w, EC(esr), EC_DATA_ABORT, "ESR_EL2.EC after a store");
	world_expect(w, (esr & ESR_WNR) != 0, "the abort of a store is none of a write");
	world_equal(w, *(uint64_t *)world_va(w, w->note[0]), 0, "the memory");
}

static const struct conformance_row map_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(base_align, spoil_base_align),
        FAILS(top_align, spoil_top_align),
        FAILS(size_valid, spoil_size_valid),
        FAILS(ipa_bound, range_ipa_bound),
        FAILS(oaddr_type, range_oaddr_type),
        FAILS(oaddr_align, range_oaddr_list_align),
        FAILS(oaddr_list_pas, range_oaddr_list_pas),
        FAILS(rtte_state, is_mapped),
        FAILS(rtte_size, has_no_table),
        HOLDS(state, are_mapped),
        HOLDS(addr_contig, range_has_addresses),
        HOLDS(addr_list, range_has_addresses, .base = map_list_base),
        HOLDS(memattr, have_memattr),
        HOLDS(s2ap, have_s2ap),
        HOLDS(result, range_result),
        {0},
};

const struct conformance_command conformance_rtt_unprot_map = {
        .name = "RMI_RTT_UNPROT_MAP",
        .base = map_base,
        .rows = map_rows,
};

static void map_all(struct world *w)
{
	for (uint64_t i = 0; i < PAGES; i++)
		world_must(w, map(w, WORLD_UNPROT(w) + i * w->page, w->note[i], RMM_RTT_PAGE_LEVEL),
		           "RMI_RTT_UNPROT_MAP");
}

static void unmap_base(struct world *w)
{
	realm(w);
	range_contiguous(w, world_page);
	map_all(w);
	WORLD_CALL(w, SMC_RMI_RTT_UNPROT_UNMAP, w->realm.rd, WORLD_UNPROT(w),
	           WORLD_UNPROT(w) + PAGES * w->page, RMI_ADDR_TYPE_SINGLE);
}

static void unmap_list_base(struct world *w)
{
	realm(w);
	range_scattered(w, world_page);
	map_all(w);
	WORLD_CALL(w, SMC_RMI_RTT_UNPROT_UNMAP, w->realm.rd, WORLD_UNPROT(w),
	           WORLD_UNPROT(w) + PAGES * w->page, RMI_ADDR_TYPE_LIST, world_page(w) + 8);
}

/* Nothing is mapped behind the range. */
static void is_unmapped(struct world *w)
{
	w->regs.x[2] += PAGES * w->page;
	w->regs.x[3] += PAGES * w->page;
	w->level = RMM_RTT_PAGE_LEVEL;
}

/* A block is mapped, and one page of it is to be unmapped. */
static void is_block(struct world *w)
{
	uint64_t pa = (w->spare + w->block - 1) & ~(w->block - 1);

	world_must(w, map(w, WORLD_UNPROT(w) + w->block, pa, RMM_RTT_PAGE_LEVEL - 1),
	           "RMI_RTT_UNPROT_MAP");
	w->regs.x[2] = WORLD_UNPROT(w) + w->block;
	w->regs.x[3] = WORLD_UNPROT(w) + w->block + w->page;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

static void are_unmapped(struct world *w)
{
	range_has_state(w, RMI_RTTE_VOID);
}

static const struct conformance_row unmap_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(base_align, spoil_base_align),
        FAILS(top_align, spoil_top_align),
        FAILS(size_valid, spoil_size_valid),
        FAILS(ipa_bound, range_ipa_bound),
        FAILS(oaddr_align, range_oaddr_list_align),
        FAILS(oaddr_list_pas, range_oaddr_list_pas),
        FAILS(rtte_state, is_unmapped),
        FAILS(rtte_size, is_block),
        HOLDS(state, are_unmapped),
        HOLDS(addr_single, range_told_single),
        HOLDS(addr_list, range_told_list, .base = unmap_list_base),
        HOLDS(result, range_result),
        {0},
};

const struct conformance_command conformance_rtt_unprot_unmap = {
        .name = "RMI_RTT_UNPROT_UNMAP",
        .base = unmap_base,
        .rows = unmap_rows,
};
