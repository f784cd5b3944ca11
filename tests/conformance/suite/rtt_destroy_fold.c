/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RTT_DESTROY (DEN0137 B4.5.68) throws an RTT away, RMI_RTT_FOLD (B4.5.72) puts what it says
 * into one entry.
 */
#include "spoil.h"

#define CONF_PLANES "planes=1"

/* Notes: [0] the table, [1] its IPA, [2] where the next table begins, [3] top after a failure. */

/* A table of level 3 for the second block of the Realm, and one for the fourth. */
static void base(struct world *w)
{
	world_realm(w);
	w->note[1] = w->block;
	w->note[2] = 3 * w->block;
	w->note[0] = world_table(w, w->note[1], RMM_RTT_PAGE_LEVEL);
	world_table(w, w->note[2], RMM_RTT_PAGE_LEVEL);
}

static void destroy_base(struct world *w)
{
	base(w);
	WORLD_CALL(w, SMC_RMI_RTT_DESTROY, w->realm.rd, w->note[1], RMM_RTT_PAGE_LEVEL);
}

static void fold_base(struct world *w)
{
	base(w);
	WORLD_CALL(w, SMC_RMI_RTT_FOLD, w->realm.rd, w->note[1], RMM_RTT_PAGE_LEVEL);
}

/* Tables down to level 2 for an IPA outside the first block. */
static void upper_tables(struct world *w, uint64_t ipa)
{
	for (int level = w->realm.start_level + 1; level < RMM_RTT_PAGE_LEVEL; level++)
		world_table(w, ipa, level);
}

#define UNPROT_FLAGS                                                                               \
	(RMI_ADDR_TYPE_SINGLE |                                                                    \
	 RMI_FIELD_SET(RMI_MEMATTR_NORMAL_NC, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |                  \
	 RMI_FIELD_SET(RMI_S2AP_DIRECT_READ, RMI_RTT_UNPROT_MAP_FLAGS_S2AP))

/* Maps Host memory, of the size of an entry. @return its PA */
static uint64_t share(struct world *w, uint64_t ipa, int level)
{
	uint64_t size = rmi_rtt_level_size(w->gshift, level);
	uint64_t pa = (w->spare + size - 1) & ~(size - 1);

	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, ipa, ipa + size, UNPROT_FLAGS,
	                    world_desc(w, pa, level, 1, RMI_OP_MEM_UNDELEGATED)),
	           "RMI_RTT_UNPROT_MAP");
	w->spare = pa + size;
	return pa;
}

/* X3, the level: there is none below the pages. */
static void level_bound(struct world *w)
{
	w->regs.x[3] = RMM_RTT_PAGE_LEVEL + 1;
}

static void level_starting(struct world *w)
{
	w->regs.x[2] = 0;
	w->regs.x[3] = (uint64_t)w->realm.start_level;
}

static void level_above(struct world *w)
{
	w->regs.x[2] = 0;
	w->regs.x[3] = (uint64_t)(int64_t)(w->realm.start_level - 1);
}

/* X2, the IPA. */
static void ipa_align(struct world *w)
{
	w->regs.x[2] += w->page;
}

static void ipa_bound(struct world *w)
{
	w->regs.x[2] = WORLD_IPA_TOP(w);
}

/* The walk to the parent ends at the starting level. */
static void rtt_walk(struct world *w)
{
	uint64_t size = rmi_rtt_level_size(w->gshift, RMM_RTT_PAGE_LEVEL - 2);

	if (w->realm.start_level == RMM_RTT_PAGE_LEVEL - 1)
		world_skip(w, "the tables of the Realm have two levels");
	world_table(w, 3 * size, RMM_RTT_PAGE_LEVEL - 1);
	w->regs.x[2] = size;
	w->level = RMM_RTT_PAGE_LEVEL - 2;
	w->note[3] = 3 * size;
}

/* There is no table for the third block. */
static void rtte_state(struct world *w)
{
	w->regs.x[2] = 2 * w->block;
	w->regs.x[3] = RMM_RTT_PAGE_LEVEL;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
	w->note[3] = w->note[2];
}

/* What would be the parent maps memory itself. */
static void rtte_state_block(struct world *w)
{
	upper_tables(w, WORLD_UNPROT(w));
	share(w, WORLD_UNPROT(w), RMM_RTT_PAGE_LEVEL - 1);
	w->regs.x[2] = WORLD_UNPROT(w);
	w->level = RMM_RTT_PAGE_LEVEL - 1;
	w->note[3] = WORLD_UNPROT(w);
}

/* One page is mapped; it is no matter which. */
static void one_page(struct world *w)
{
	world_map(w, w->note[1] + w->block - w->page);
	w->level = RMM_RTT_PAGE_LEVEL;
	w->note[3] = w->note[1];
}

/* A table refers to another table. */
static void one_table(struct world *w)
{
	if (w->realm.start_level == RMM_RTT_PAGE_LEVEL - 1)
		world_skip(w, "the tables of the Realm have two levels");
	w->regs.x[2] = 0;
	w->regs.x[3] = RMM_RTT_PAGE_LEVEL - 1;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
	w->note[3] = 0;
}

/* One page has another RIPAS than the rest. */
static void one_ripas(struct world *w)
{
	uint64_t ipa = w->note[1] + w->block - w->page;

	world_must(w, small_init_ripas(&w->realm, ipa, ipa + w->page), "RMI_RTT_INIT_RIPAS");
	w->level = RMM_RTT_PAGE_LEVEL;
}

/* Maps Host memory to all pages of an Unprotected table that X2 then names. */
static void share_pages(struct world *w, uint64_t pa)
{
	uint64_t top = WORLD_UNPROT(w) + w->block;

	upper_tables(w, WORLD_UNPROT(w));
	world_table(w, WORLD_UNPROT(w), RMM_RTT_PAGE_LEVEL);
	for (uint64_t ipa = WORLD_UNPROT(w); ipa < top;) {
		uint64_t at = pa + ipa - WORLD_UNPROT(w);
		uint64_t count = (top - ipa) / w->page;
		struct smccc_regs regs = {.x = {SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, ipa, top,
		                                UNPROT_FLAGS,
		                                world_desc(w, at, RMM_RTT_PAGE_LEVEL, count,
		                                           RMI_OP_MEM_UNDELEGATED)}};

		world_must(w, world_do(w, &regs), "RMI_RTT_UNPROT_MAP");
		ipa = regs.x[1];
	}
	w->regs.x[2] = WORLD_UNPROT(w);
	w->level = RMM_RTT_PAGE_LEVEL;
}

/* Contiguous memory, but a block cannot begin there. */
static void unaligned_memory(struct world *w)
{
	share_pages(w, ((w->spare + w->block - 1) & ~(w->block - 1)) + w->page);
}

/* Memory for a block, but one page of it is somewhere else, or is mapped otherwise. */
static void exchange_page(struct world *w, uint64_t by, uint64_t flags)
{
	uint64_t pa = (w->spare + w->block - 1) & ~(w->block - 1);
	uint64_t offset = w->block - w->page;
	uint64_t ipa = WORLD_UNPROT(w) + offset;

	share_pages(w, pa);
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_UNPROT_UNMAP, w->realm.rd, ipa, ipa + w->page),
	           "RMI_RTT_UNPROT_UNMAP");
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, ipa, ipa + w->page,
	                    UNPROT_FLAGS | flags,
	                    world_desc(w, pa + offset + by, RMM_RTT_PAGE_LEVEL, 1,
	                               RMI_OP_MEM_UNDELEGATED)),
	           "RMI_RTT_UNPROT_MAP");
}

static void one_address(struct world *w)
{
	exchange_page(w, w->page, 0);
}

static void one_permission(struct world *w)
{
	exchange_page(w, 0, RMI_FIELD_SET(RMI_S2AP_DIRECT_WRITE, RMI_RTT_UNPROT_MAP_FLAGS_S2AP));
}

static void one_attribute(struct world *w)
{
	exchange_page(w, 0,
	              RMI_FIELD_SET(RMI_MEMATTR_PASSTHROUGH, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR));
}

/* A Realm with a tree for each plane. */
static void with_planes(struct world *w)
{
	w->realm.aux_planes = 1;
	w->realm.flags1 = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
}

static void destroy_planes_base(struct world *w)
{
	with_planes(w);
	destroy_base(w);
}

static void fold_planes_base(struct world *w)
{
	with_planes(w);
	fold_base(w);
}

/*
 * A table for Unprotected memory, below the starting level, is in the tree of the plane, too. It
 * got there with memory that is no longer mapped.
 */
static void aux_ref(struct world *w)
{
	int level = w->realm.start_level + 1;
	uint64_t top = WORLD_UNPROT(w) + rmi_rtt_level_size(w->gshift, level);
	uint64_t aux_top = WORLD_UNPROT(w) + rmi_rtt_level_size(w->gshift, level - 1);

	world_table(w, WORLD_UNPROT(w), level);
	share(w, WORLD_UNPROT(w), level);
	world_must(
	        w,
	        WORLD_DO(w, SMC_RMI_RTT_AUX_UNPROT_MAP, w->realm.rd, WORLD_UNPROT(w), aux_top, 1),
	        "RMI_RTT_AUX_UNPROT_MAP");
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_UNPROT_UNMAP, w->realm.rd, WORLD_UNPROT(w), top),
	           "RMI_RTT_UNPROT_UNMAP");
	w->regs.x[2] = WORLD_UNPROT(w);
	w->regs.x[3] = (uint64_t)level;
	w->level = level - 1;
}

static void top_is_told(struct world *w)
{
	world_equal(w, w->regs.x[2], w->note[3], "top");
}

/* What the command did. */

static struct world_entry parent(struct world *w)
{
	struct world_entry e = world_entry(w, w->note[1], RMM_RTT_PAGE_LEVEL);

	/* The walk does not get beyond it any more. */
	world_equal(w, (uint64_t)e.level, RMM_RTT_PAGE_LEVEL - 1, "the level of the walk");
	return e;
}

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

static void rtt_is_told(struct world *w)
{
	world_equal(w, w->regs.x[1], w->note[0], "rtt");
}

static void next_is_told(struct world *w)
{
	world_equal(w, w->regs.x[2], w->note[2], "top");
}

static void is_delegated(struct world *w)
{
	world_in_state(w, w->note[0], "GRAN_DELEGATED");
}

static void is_void(struct world *w)
{
	world_equal(w, parent(w).state, RMI_RTTE_VOID, "the state of the parent entry");
}

static void is_destroyed(struct world *w)
{
	world_equal(w, parent(w).ripas, RMI_RIPAS_DESTROYED, "RIPAS of the parent entry");
}

/* Host memory in an RTT does not keep it from being destroyed. */
static void destroy_shared_base(struct world *w)
{
	destroy_base(w);
	upper_tables(w, WORLD_UNPROT(w));
	w->note[1] = WORLD_UNPROT(w);
	w->note[0] = world_table(w, w->note[1], RMM_RTT_PAGE_LEVEL);
	share(w, w->note[1], RMM_RTT_PAGE_LEVEL);
	w->regs.x[2] = w->note[1];
}

static void is_unmapped(struct world *w)
{
	struct world_entry e = parent(w);

	world_equal(w, e.state, RMI_RTTE_VOID, "the state of the parent entry");
	world_equal(w, e.desc, 0, "the descriptor of the parent entry");
	world_equal(w, e.ripas, RMI_RIPAS_EMPTY, "RIPAS of the parent entry");
}

/* All pages of the RTT are RAM. */
static void fold_ram_base(struct world *w)
{
	fold_base(w);
	world_must(w, small_init_ripas(&w->realm, w->note[1], w->note[1] + w->block),
	           "RMI_RTT_INIT_RIPAS");
}

static void is_ram(struct world *w)
{
	world_equal(w, parent(w).ripas, RMI_RIPAS_RAM, "RIPAS of the parent entry");
}

/* The parts of an Unprotected block. Notes: [4] what it maps, [5] its descriptor */
static void fold_shared_base(struct world *w)
{
	fold_base(w);
	upper_tables(w, WORLD_UNPROT(w));
	w->note[1] = WORLD_UNPROT(w);
	w->note[4] = share(w, w->note[1], RMM_RTT_PAGE_LEVEL - 1);
	w->note[5] = world_entry(w, w->note[1], RMM_RTT_PAGE_LEVEL - 1).desc;
	w->note[0] = world_table(w, w->note[1], RMM_RTT_PAGE_LEVEL);
	w->regs.x[2] = w->note[1];
}

static void is_mapped(struct world *w)
{
	world_equal(w, parent(w).state, RMI_RTTE_DATA, "the state of the parent entry");
}

static void has_address(struct world *w)
{
	world_equal(w, parent(w).addr, w->note[4], "the address of the parent entry");
}

static void has_attributes(struct world *w)
{
	struct world_entry e = parent(w);

	world_equal(w, e.desc & ~e.addr, w->note[5] & ~w->note[4],
	            "the attributes of the parent entry");
}

/* The parts of a Protected block that is RAM, and code that can write to it. */
static void fold_data_base(struct world *w)
{
	fold_base(w);
	world_load(w);
	w->note[1] = 2 * w->block;
	world_must(w, small_init_ripas(&w->realm, w->note[1], w->note[1] + w->block),
	           "RMI_RTT_INIT_RIPAS");
	w->note[4] = world_delegated_block(w, w->block);
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, w->note[1], w->note[1] + w->block,
	                    RMI_ADDR_TYPE_SINGLE,
	                    world_desc(w, w->note[4], RMM_RTT_PAGE_LEVEL - 1, 1,
	                               RMI_OP_MEM_DELEGATED)),
	           "RMI_RTT_DATA_MAP");
	w->note[0] = world_table(w, w->note[1], RMM_RTT_PAGE_LEVEL);
	w->regs.x[2] = w->note[1];
}

/* A Host sees no attributes of Protected memory, but the Realm can write to its last page. */
static void is_writable(struct world *w)
{
	uint64_t ipa = w->note[1] + w->block - w->page;
	uint64_t rec = WORLD_REC(w, GUEST_STORE, 1, ipa);

	has_address(w);
	world_activate(w);
	small_run(&w->realm)->enter.flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	world_exit(w, rec, RMI_EXIT_SYNC);
	/* ESR_EL2.EC of a trapped WFI; a Data Abort has 0x24. */
	world_equal(w, small_run(&w->realm)->exit.esr >> 26, 0x01, "the class of the exit");
}

static const struct conformance_row destroy_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(level_bound, level_bound),
        FAILS(level_bound, level_starting, .variant = "starting"),
        FAILS(level_bound, level_above, .variant = "above"),
        FAILS(ipa_align, ipa_align),
        FAILS(ipa_bound, ipa_bound),
        FAILS(rtt_walk, rtt_walk, .after = top_is_told),
        FAILS(rtte_state, rtte_state, .after = top_is_told),
        FAILS(rtte_state, rtte_state_block, .variant = "block", .after = top_is_told),
        FAILS(rtt_live, one_page, .after = top_is_told),
        FAILS(rtt_live, one_table, .variant = "table", .after = top_is_told),
        FAILS(aux_ref, aux_ref, .base = destroy_planes_base, .conf = CONF_PLANES),
        HOLDS(rtt, rtt_is_told),
        HOLDS(top, next_is_told),
        HOLDS(result, result),
        HOLDS(state_prot, is_void),
        HOLDS(ripas, is_destroyed),
        HOLDS(state_unprot, is_unmapped, .base = destroy_shared_base),
        HOLDS(rtt_state, is_delegated),
        {0},
};

const struct conformance_command conformance_rtt_destroy = {
        .name = "RMI_RTT_DESTROY",
        .base = destroy_base,
        .rows = destroy_rows,
};

static const struct conformance_row fold_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(level_bound, level_bound),
        FAILS(level_bound, level_starting, .variant = "starting"),
        FAILS(level_bound, level_above, .variant = "above"),
        FAILS(ipa_align, ipa_align),
        FAILS(ipa_bound, ipa_bound),
        FAILS(rtt_walk, rtt_walk),
        FAILS(rtte_state, rtte_state),
        FAILS(rtte_state, rtte_state_block, .variant = "block"),
        FAILS(rtt_homo, one_page),
        FAILS(rtt_homo, one_table, .variant = "table"),
        FAILS(rtt_homo, one_ripas, .variant = "ripas"),
        FAILS(rtt_homo, unaligned_memory, .variant = "unaligned"),
        FAILS(rtt_homo, one_address, .variant = "address"),
        FAILS(rtt_homo, one_permission, .variant = "permission"),
        FAILS(rtt_homo, one_attribute, .variant = "attribute"),
        FAILS(aux_ref, aux_ref, .base = fold_planes_base, .conf = CONF_PLANES),
        HOLDS(rtt, rtt_is_told),
        HOLDS(result, result),
        HOLDS(rtte_state, is_void),
        HOLDS(rtte_state, is_mapped, .variant = "mapped", .base = fold_shared_base),
        HOLDS(rtte_addr, has_address, .base = fold_shared_base),
        HOLDS(rtte_attr_prot, is_writable, .base = fold_data_base),
        HOLDS(rtte_attr_unprot, has_attributes, .base = fold_shared_base),
        HOLDS(rtte_ripas, is_ram, .base = fold_ram_base),
        HOLDS(rtt_state, is_delegated),
        {0},
};

const struct conformance_command conformance_rtt_fold = {
        .name = "RMI_RTT_FOLD",
        .base = fold_base,
        .rows = fold_rows,
};
