/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RTT_AUX_CREATE, RMI_RTT_AUX_DESTROY and RMI_RTT_AUX_FOLD (DEN0137 B4.5.57 to B4.5.59): tables
 * of an auxiliary tree.
 */
#include "aux.h"
#include "spoil.h"

#define PAGE_LEVEL  RMM_RTT_PAGE_LEVEL
#define BLOCK_LEVEL (RMM_RTT_PAGE_LEVEL - 1)

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

/* What all three have in one place or next to it: X<ipa>, level in the register behind it. */

static void spoil_level(struct world *w, unsigned ipa)
{
	w->regs.x[ipa + 1] = (uint64_t)w->realm.start_level;
}

static void spoil_index(struct world *w, unsigned ipa)
{
	w->regs.x[ipa + 2] = RMM_RTT_TREE_PRIMARY;
}

/* The walk ends two levels above the page: there is no table of blocks. */
static void spoil_walk(struct world *w, unsigned ipa)
{
	if (w->realm.start_level == BLOCK_LEVEL)
		world_skip(w, "the tables of the Realm have two levels");
	w->regs.x[ipa] = rmi_rtt_level_size(w->gshift, BLOCK_LEVEL - 1);
	w->level = BLOCK_LEVEL - 1;
}

static void expect_rtt_is(struct world *w, const char *state)
{
	world_in_state(w, w->note[0], state);
}

/* RMI_RTT_AUX_CREATE. Notes: [0] the table, [1] the IPA. */

static void prepare_create(struct world *w, uint64_t ipa)
{
	w->note[0] = world_delegated(w);
	w->note[1] = ipa;
	WORLD_CALL(w, SMC_RMI_RTT_AUX_CREATE, w->realm.rd, w->note[0], ipa, PAGE_LEVEL, AUX_TREE);
}

static void create_base(struct world *w)
{
	aux_realm(w);
	aux_tables(w, 0, BLOCK_LEVEL);
	prepare_create(w, 0);
}

static void create_level_bound(struct world *w)
{
	spoil_level(w, 3);
}

static void create_ipa_align(struct world *w)
{
	w->regs.x[3] += w->page;
}

static void create_ipa_bound(struct world *w)
{
	w->regs.x[3] = WORLD_UNPROT(w);
}

static void create_primary(struct world *w)
{
	spoil_index(w, 3);
}

static void create_too_high(struct world *w)
{
	w->regs.x[5] = AUX_TREE + 1;
}

static void rtt_align(struct world *w)
{
	w->regs.x[2] += 8;
}

static void rtt_bound(struct world *w)
{
	w->regs.x[2] = w->nowhere;
}

static void rtt_state(struct world *w)
{
	w->regs.x[2] = world_page(w);
}

static void rtt_bound2(struct world *w)
{
	w->regs.x[2] = UINT64_C(1) << 48;
}

static void create_walk(struct world *w)
{
	spoil_walk(w, 3);
}

static void create_twice(struct world *w)
{
	aux_table(w, w->note[1], PAGE_LEVEL);
	w->level = BLOCK_LEVEL;
}

static void is_rtt(struct world *w)
{
	expect_rtt_is(w, "GRAN_RTT");
}

static void parent_is_table(struct world *w)
{
	world_expect(w, aux_entry(w, AUX_TREE, w->note[1], BLOCK_LEVEL).is_table,
	             "the parent entry is no RTTE_TABLE");
}

static void parent_leads_to_it(struct world *w)
{
	world_equal(w, aux_entry(w, AUX_TREE, w->note[1], BLOCK_LEVEL).pa, w->note[0],
	            "the address of the parent entry");
}

/* The entry that is unfolded has lost a table before. */
static void destroyed_base(struct world *w)
{
	aux_realm(w);
	aux_tables(w, 0, PAGE_LEVEL);
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_AUX_DESTROY, w->realm.rd, 0, PAGE_LEVEL, AUX_TREE),
	           "RMI_RTT_AUX_DESTROY");
	prepare_create(w, 0);
}

/* All entries of the new table, which are alike. */
static struct rmm_rtt_info children(struct world *w)
{
	struct rmm_rtt_info info = aux_entry(w, AUX_TREE, w->note[1], PAGE_LEVEL);

	world_equal(w, info.base, w->note[1], "the IPA of the first entry");
	world_equal(w, info.top, w->note[1] + w->block, "the IPA behind the last entry like it");
	return info;
}

static void inherits_ripas(struct world *w)
{
	world_equal(w, children(w).ripas, RMI_RIPAS_DESTROYED, "RIPAS of the entries");
}

static void inherits_state(struct world *w)
{
	const char *state = children(w).state;

	world_expect(w, strcmp(state, "RTTE_AUX_DESTROYED") == 0, "the entries are %s", state);
}

/* A block of RAM in both trees is unfolded in one. Notes: [2] its PA. */
static void block_base(struct world *w)
{
	aux_realm(w);
	w->note[2] = aux_ram_block(w);
	aux_tables(w, w->block, BLOCK_LEVEL);
	aux_prot_map(w, w->block, 2 * w->block);
	prepare_create(w, w->block);
}

static void has_address(struct world *w)
{
	world_equal(w, children(w).pa, w->note[2], "the address of the first entry");
}

static const struct conformance_row create_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(level_bound, create_level_bound),
        FAILS(ipa_align, create_ipa_align),
        FAILS(ipa_bound, create_ipa_bound),
        FAILS(index_bound, create_primary),
        FAILS(index_bound, create_too_high, .variant = "too_high"),
        FAILS(rtt_align, rtt_align),
        FAILS(rtt_bound, rtt_bound),
        FAILS(rtt_state, rtt_state),
        FAILS(rtt_bound2, rtt_bound2),
        FAILS(rtt_walk, create_walk),
        FAILS(rtte_state, create_twice),
        HOLDS(rtt_state, is_rtt),
        HOLDS(rtte_addr, parent_leads_to_it),
        HOLDS(result, result),
        HOLDS(rtte_state, parent_is_table),
        HOLDS(rtte_c_ripas, inherits_ripas, .base = destroyed_base),
        HOLDS(rtte_c_state, inherits_state, .base = destroyed_base),
        HOLDS(rtte_c_addr, has_address, .base = block_base),
        {0},
};

const struct conformance_command conformance_rtt_aux_create = {
        .name = "RMI_RTT_AUX_CREATE",
        .conf = AUX_CONF,
        .base = create_base,
        .rows = create_rows,
};

/* RMI_RTT_AUX_DESTROY and RMI_RTT_AUX_FOLD. Notes: [0] the table, [1] the IPA. */

static void one_table(struct world *w, uint64_t fid)
{
	aux_realm(w);
	aux_tables(w, 0, BLOCK_LEVEL);
	w->note[0] = aux_table(w, 0, PAGE_LEVEL);
	w->note[1] = 0;
	WORLD_CALL(w, fid, w->realm.rd, 0, PAGE_LEVEL, AUX_TREE);
}

static void destroy_base(struct world *w)
{
	one_table(w, SMC_RMI_RTT_AUX_DESTROY);
}

static void fold_base(struct world *w)
{
	one_table(w, SMC_RMI_RTT_AUX_FOLD);
}

static void level_bound(struct world *w)
{
	spoil_level(w, 2);
}

static void ipa_align(struct world *w)
{
	w->regs.x[2] += w->page;
}

static void ipa_bound(struct world *w)
{
	w->regs.x[2] = WORLD_UNPROT(w);
}

static void index_bound(struct world *w)
{
	spoil_index(w, 2);
}

static void index_too_high(struct world *w)
{
	w->regs.x[4] = AUX_TREE + 1;
}

static void rtt_walk(struct world *w)
{
	spoil_walk(w, 2);
}

/* The second block has no table. */
static void rtte_state(struct world *w)
{
	w->regs.x[2] = w->block;
	w->level = BLOCK_LEVEL;
}

/* One page of the first block is mapped. */
static void live(struct world *w)
{
	aux_ram(w, 0, w->page);
	aux_prot_map(w, 0, w->page);
	w->level = PAGE_LEVEL;
}

static void top_is_table_end(struct world *w)
{
	world_equal(w, w->regs.x[2], aux_table_end(w, w->in.x[2], w->level), "top");
}

static void top_is_ipa(struct world *w)
{
	world_equal(w, w->regs.x[2], w->in.x[2], "top");
}

static void tells_rtt(struct world *w)
{
	world_equal(w, w->regs.x[1], w->note[0], "rtt");
}

static void tells_top(struct world *w)
{
	world_equal(w, w->regs.x[2], aux_table_end(w, 0, BLOCK_LEVEL), "top");
}

static void is_delegated(struct world *w)
{
	expect_rtt_is(w, "GRAN_DELEGATED");
}

static void is_aux_destroyed(struct world *w)
{
	const char *state = aux_entry(w, AUX_TREE, 0, BLOCK_LEVEL).state;

	world_expect(w, strcmp(state, "RTTE_AUX_DESTROYED") == 0, "the entry is %s", state);
}

static void ripas_is_destroyed(struct world *w)
{
	world_equal(w, aux_entry(w, AUX_TREE, 0, BLOCK_LEVEL).ripas, RMI_RIPAS_DESTROYED, "RIPAS");
}

static const struct conformance_row destroy_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(level_bound, level_bound),
        FAILS(ipa_align, ipa_align),
        FAILS(ipa_bound, ipa_bound),
        FAILS(index_bound, index_bound),
        FAILS(index_bound, index_too_high, .variant = "too_high"),
        FAILS(rtt_walk, rtt_walk, .after = top_is_table_end),
        FAILS(rtte_state, rtte_state, .after = top_is_table_end),
        FAILS(rtt_live, live, .after = top_is_ipa),
        HOLDS(ripas, ripas_is_destroyed),
        HOLDS(top, tells_top),
        HOLDS(rtt, tells_rtt),
        HOLDS(result, result),
        HOLDS(rtte_state, is_aux_destroyed),
        HOLDS(rtt_state, is_delegated),
        {0},
};

const struct conformance_command conformance_rtt_aux_destroy = {
        .name = "RMI_RTT_AUX_DESTROY",
        .conf = AUX_CONF,
        .base = destroy_base,
        .rows = destroy_rows,
};

static void parent_is_void(struct world *w)
{
	const char *state = aux_entry(w, AUX_TREE, 0, BLOCK_LEVEL).state;

	world_expect(w, strcmp(state, "RTTE_VOID") == 0, "the entry is %s", state);
}

/* The pages of a block of RAM, folded to one entry. Notes: [2] PA, [3] overlay index */
static void mapped_base(struct world *w)
{
	aux_realm(w);
	w->note[2] = aux_ram_block(w);
	aux_tables(w, w->block, PAGE_LEVEL);
	aux_prot_map(w, w->block, 2 * w->block);
	w->note[3] = aux_entry(w, AUX_TREE, w->block, PAGE_LEVEL).s2ap;
	WORLD_CALL(w, SMC_RMI_RTT_AUX_FOLD, w->realm.rd, w->block, PAGE_LEVEL, AUX_TREE);
}

/* The entry that the pages have become. */
static struct rmm_rtt_info folded(struct world *w)
{
	struct rmm_rtt_info info = aux_entry(w, AUX_TREE, w->block, BLOCK_LEVEL);

	world_expect(w, strcmp(info.state, "RTTE_DATA") == 0, "the entry is %s", info.state);
	return info;
}

static void keeps_address(struct world *w)
{
	world_equal(w, folded(w).pa, w->note[2], "the address of the entry");
}

static void keeps_attributes(struct world *w)
{
	world_equal(w, folded(w).s2ap, w->note[3], "the S2AP overlay index");
}

static void keeps_ripas(struct world *w)
{
	world_equal(w, folded(w).ripas, RMI_RIPAS_RAM, "RIPAS");
}

static const struct conformance_row fold_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(level_bound, level_bound),
        FAILS(ipa_align, ipa_align),
        FAILS(ipa_bound, ipa_bound),
        FAILS(index_bound, index_bound),
        FAILS(index_bound, index_too_high, .variant = "too_high"),
        FAILS(rtt_walk, rtt_walk),
        FAILS(rtte_state, rtte_state),
        FAILS(rtt_homo, live),
        HOLDS(rtt, tells_rtt),
        HOLDS(result, result),
        HOLDS(rtte_state, parent_is_void),
        HOLDS(rtte_addr, keeps_address, .base = mapped_base),
        HOLDS(rtte_attr_prot, keeps_attributes, .base = mapped_base),
        NEVER_HOLDS(rtte_attr_unprot, "ipa_bound lets Protected IPAs through only"),
        HOLDS(rtte_ripas, keeps_ripas, .base = mapped_base),
        HOLDS(rtt_state, is_delegated),
        {0},
};

const struct conformance_command conformance_rtt_aux_fold = {
        .name = "RMI_RTT_AUX_FOLD",
        .conf = AUX_CONF,
        .base = fold_base,
        .rows = fold_rows,
};
