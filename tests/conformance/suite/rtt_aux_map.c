/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RTT_AUX_PROT_MAP, RMI_RTT_AUX_PROT_UNMAP, RMI_RTT_AUX_UNPROT_MAP and RMI_RTT_AUX_UNPROT_UNMAP
 * (DEN0137 B4.5.60 to B4.5.63): what an auxiliary tree maps.
 */
#include "aux.h"
#include "spoil.h"

#define PAGE_LEVEL  RMM_RTT_PAGE_LEVEL
#define BLOCK_LEVEL (RMM_RTT_PAGE_LEVEL - 1)

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

static void range(struct world *w, uint64_t base, uint64_t pages)
{
	w->regs.x[2] = base;
	w->regs.x[3] = base + pages * w->page;
}

static void top_align(struct world *w)
{
	w->regs.x[3] += w->page / 2;
}

static void size_valid(struct world *w)
{
	w->regs.x[3] = w->regs.x[2];
}

static void index_bound(struct world *w)
{
	w->regs.x[4] &= ~RMI_FIELD_SET(UINT64_MAX, RMI_RTT_AUX_FLAGS_TREE_INDEX);
}

static void index_too_high(struct world *w)
{
	w->regs.x[4] += 1;
}

/* Behind the first page of the second block, where the primary tree has no table. */
static void within_primary_entry(struct world *w, uint64_t half)
{
	range(w, half + w->block + w->page, 1);
}

static void prot_within_primary_entry(struct world *w)
{
	within_primary_entry(w, 0);
}

static void unprot_within_primary_entry(struct world *w)
{
	within_primary_entry(w, WORLD_UNPROT(w));
}

/* Two pages of RAM that tree 0 maps and tree 1 can map. */
static void ram_base(struct world *w)
{
	aux_realm(w);
	aux_ram(w, 0, 2 * w->page);
}

/* RMI_RTT_AUX_PROT_MAP */

static void prot_map_base(struct world *w)
{
	ram_base(w);
	aux_tables(w, 0, PAGE_LEVEL);
	WORLD_CALL(w, SMC_RMI_RTT_AUX_PROT_MAP, w->realm.rd, 0, 2 * w->page, AUX_TREE);
}

/* The primary tree maps a block. */
static void base_pri_align(struct world *w)
{
	aux_ram_block(w);
	within_primary_entry(w, 0);
}

/* The primary tree maps a page where the auxiliary tree has no table. */
static void base_aux_align(struct world *w)
{
	world_table(w, w->block, PAGE_LEVEL);
	aux_ram(w, w->block + w->page, w->block + 2 * w->page);
	within_primary_entry(w, 0);
}

/* Nothing is mapped behind the two pages. */
static void invalid_pri(struct world *w)
{
	range(w, 2 * w->page, 1);
}

static void prot_ipa_bound(struct world *w)
{
	range(w, WORLD_UNPROT(w), 1);
}

static void pri_state(struct world *w)
{
	range(w, 2 * w->page, 1);
	w->regs.x[4] |= RMI_RTT_AUX_MAP_FLAGS_INVALID_PRI;
	w->level = PAGE_LEVEL;
}

/* Data whose RIPAS is EMPTY. */
static void pri_ram(struct world *w)
{
	world_map(w, 2 * w->page);
	range(w, 2 * w->page, 1);
	w->level = PAGE_LEVEL;
}

static void aux_destroyed(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_AUX_DESTROY, w->realm.rd, 0, PAGE_LEVEL, AUX_TREE),
	           "RMI_RTT_AUX_DESTROY");
	w->level = BLOCK_LEVEL;
}

/* Where the auxiliary tree has no table of pages. */
static void no_table_base(struct world *w)
{
	ram_base(w);
	aux_tables(w, 0, BLOCK_LEVEL);
	WORLD_CALL(w, SMC_RMI_RTT_AUX_PROT_MAP, w->realm.rd, 0, 2 * w->page, AUX_TREE);
}

static void aux_size(struct world *w)
{
	w->level = BLOCK_LEVEL;
}

/* Each page up to out_top. */
static void expect_state(struct world *w, const char *state)
{
	for (uint64_t ipa = w->in.x[2]; ipa < w->regs.x[1]; ipa += w->page) {
		const char *is = aux_entry(w, AUX_TREE, ipa, AUX_LEAF).state;

		world_expect(w, strcmp(is, state) == 0, "the entry of 0x%llx is %s",
		             (unsigned long long)ipa, is);
	}
	world_expect(w, w->regs.x[1] > w->in.x[2], "out_top is 0x%llx",
	             (unsigned long long)w->regs.x[1]);
}

static void is_data(struct world *w)
{
	expect_state(w, "RTTE_DATA");
}

/* Where an IPA leads in a tree. */
static uint64_t leads_to(struct world *w, unsigned tree, uint64_t ipa)
{
	struct rmm_rtt_info info = aux_entry(w, tree, ipa, AUX_LEAF);

	world_expect(w, info.is_mapping, "tree %u does not map 0x%llx", tree,
	             (unsigned long long)ipa);
	return info.pa + (ipa - info.base);
}

static void same_address(struct world *w)
{
	for (uint64_t ipa = w->in.x[2]; ipa < w->regs.x[1]; ipa += w->page)
		world_equal(w, leads_to(w, AUX_TREE, ipa), leads_to(w, 0, ipa), "the address");
}

static const struct conformance_row prot_map_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(base_pri_align, base_pri_align),
        FAILS(base_aux_align, base_aux_align),
        FAILS(invalid_pri, invalid_pri),
        FAILS(top_align, top_align),
        FAILS(size_valid, size_valid),
        FAILS(ipa_bound, prot_ipa_bound),
        FAILS(index_bound, index_bound),
        FAILS(index_bound, index_too_high, .variant = "too_high"),
        FAILS(pri_state, pri_state),
        FAILS(pri_ram, pri_ram),
        NEVER_FAILS(pri_dev, "there is no device memory without device assignment"),
        FAILS(aux_destroyed, aux_destroyed),
        FAILS(aux_size, aux_size, .base = no_table_base),
        HOLDS(state, is_data),
        HOLDS(addr, same_address),
        NEVER_HOLDS(memattr, "Protected memory has one memory attribute"),
        NEVER_HOLDS(shareability, "Protected memory has one shareability"),
        HOLDS(result, result),
        {0},
};

const struct conformance_command conformance_rtt_aux_prot_map = {
        .name = "RMI_RTT_AUX_PROT_MAP",
        .conf = AUX_CONF,
        .base = prot_map_base,
        .rows = prot_map_rows,
};

/* RMI_RTT_AUX_PROT_UNMAP */

static void prot_unmap_base(struct world *w)
{
	ram_base(w);
	aux_tables(w, 0, PAGE_LEVEL);
	aux_prot_map(w, 0, 2 * w->page);
	WORLD_CALL(w, SMC_RMI_RTT_AUX_PROT_UNMAP, w->realm.rd, 0, 2 * w->page, AUX_TREE);
}

static void nothing_mapped(struct world *w)
{
	range(w, 2 * w->page, 1);
	w->level = PAGE_LEVEL;
}

static void is_void(struct world *w)
{
	expect_state(w, "RTTE_VOID");
}

/* RIPAS belongs to the primary tree, which still maps the memory: see docs/decisions.md. */
static void ripas_stays(struct world *w)
{
	for (uint64_t ipa = w->in.x[2]; ipa < w->regs.x[1]; ipa += w->page)
		world_equal(w, world_entry(w, ipa, PAGE_LEVEL).ripas, RMI_RIPAS_RAM, "RIPAS");
}

static const struct conformance_row prot_unmap_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(base_align, prot_within_primary_entry),
        FAILS(top_align, top_align),
        FAILS(size_valid, size_valid),
        FAILS(ipa_bound, prot_ipa_bound),
        FAILS(index_bound, index_bound),
        FAILS(index_bound, index_too_high, .variant = "too_high"),
        FAILS(aux_state, nothing_mapped),
        NEVER_FAILS(aux_size, "aux_state lets RTTE_DATA through only, aux_size is about RTTE_VOID"),
        HOLDS(state, is_void),
        HOLDS(ripas, ripas_stays),
        HOLDS(result, result),
        {0},
};

const struct conformance_command conformance_rtt_aux_prot_unmap = {
        .name = "RMI_RTT_AUX_PROT_UNMAP",
        .conf = AUX_CONF,
        .base = prot_unmap_base,
        .rows = prot_unmap_rows,
};

/* RMI_RTT_AUX_UNPROT_MAP */

/* A shared page at the beginning of the Unprotected half. */
static void shared_base(struct world *w)
{
	uint64_t pa;

	aux_realm(w);
	world_must(w, small_tables(&w->realm, WORLD_UNPROT(w)), "RMI_RTT_CREATE");
	world_must(w, small_share(&w->realm, WORLD_UNPROT(w), &pa), "RMI_RTT_UNPROT_MAP");
}

static void unprot_map_base(struct world *w)
{
	uint64_t root_entry;

	shared_base(w);
	root_entry = rmi_rtt_level_size(w->gshift, w->realm.start_level);
	WORLD_CALL(w, SMC_RMI_RTT_AUX_UNPROT_MAP, w->realm.rd, WORLD_UNPROT(w),
	           WORLD_UNPROT(w) + root_entry, AUX_TREE);
}

static void unprot_ipa_bound(struct world *w)
{
	range(w, 0, 1);
}

static void nothing_shared(struct world *w)
{
	w->regs.x[2] = WORLD_UNPROT(w) + w->page;
	w->level = PAGE_LEVEL;
}

/* The range is smaller than an entry of the root. */
static void unprot_aux_size(struct world *w)
{
	range(w, WORLD_UNPROT(w), 1);
	w->level = w->realm.start_level;
}

static void is_mapped_ns(struct world *w)
{
	expect_state(w, "RTTE_MAPPED_NS");
}

static void same_memattr(struct world *w)
{
	world_equal(w, aux_entry(w, AUX_TREE, WORLD_UNPROT(w), AUX_LEAF).memattr,
	            RMI_MEMATTR_NORMAL_WB, "MemAttr of tree 1");
	world_equal(w, aux_entry(w, 0, WORLD_UNPROT(w), AUX_LEAF).memattr, RMI_MEMATTR_NORMAL_WB,
	            "MemAttr of tree 0");
}

static const struct conformance_row unprot_map_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(base_align, unprot_within_primary_entry),
        FAILS(top_align, top_align),
        FAILS(size_valid, size_valid),
        FAILS(ipa_bound, unprot_ipa_bound),
        FAILS(index_bound, index_bound),
        FAILS(index_bound, index_too_high, .variant = "too_high"),
        FAILS(pri_state, nothing_shared),
        FAILS(aux_size, unprot_aux_size),
        HOLDS(result, result),
        HOLDS(state, is_mapped_ns),
        HOLDS(addr, same_address),
        HOLDS(memattr, same_memattr),
        NEVER_HOLDS(shareability, "it follows from the memory attribute"),
        {0},
};

const struct conformance_command conformance_rtt_aux_unprot_map = {
        .name = "RMI_RTT_AUX_UNPROT_MAP",
        .conf = AUX_CONF,
        .base = unprot_map_base,
        .rows = unprot_map_rows,
};

/* RMI_RTT_AUX_UNPROT_UNMAP */

static void unprot_unmap_base(struct world *w)
{
	unprot_map_base(w);
	world_must(w, world_do(w, &w->regs), "RMI_RTT_AUX_UNPROT_MAP");
	WORLD_CALL(w, SMC_RMI_RTT_AUX_UNPROT_UNMAP, w->realm.rd, WORLD_UNPROT(w),
	           WORLD_UNPROT(w) + w->page, AUX_TREE);
}

static void nothing_shared_to_unmap(struct world *w)
{
	range(w, WORLD_UNPROT(w) + w->page, 1);
	w->level = PAGE_LEVEL;
}

static void is_unmapped_ns(struct world *w)
{
	struct rmm_rtt_info info = aux_entry(w, AUX_TREE, WORLD_UNPROT(w), w->realm.start_level);

	world_expect(w, strcmp(info.state, "RTTE_UNMAPPED_NS") == 0, "the entry is %s", info.state);
	/* The primary tree keeps what it has. */
	leads_to(w, 0, WORLD_UNPROT(w));
}

static const struct conformance_row unprot_unmap_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(base_align, unprot_within_primary_entry),
        FAILS(top_align, top_align),
        FAILS(size_valid, size_valid),
        FAILS(ipa_bound, unprot_ipa_bound),
        FAILS(index_bound, index_bound),
        FAILS(index_bound, index_too_high, .variant = "too_high"),
        FAILS(aux_state, nothing_shared_to_unmap),
        NEVER_FAILS(aux_size, "aux_state lets RTTE_MAPPED_NS through only, aux_size is about "
                              "RTTE_UNMAPPED_NS"),
        HOLDS(state, is_unmapped_ns),
        HOLDS(result, result),
        {0},
};

const struct conformance_command conformance_rtt_aux_unprot_unmap = {
        .name = "RMI_RTT_AUX_UNPROT_UNMAP",
        .conf = AUX_CONF,
        .base = unprot_unmap_base,
        .rows = unprot_unmap_rows,
};
