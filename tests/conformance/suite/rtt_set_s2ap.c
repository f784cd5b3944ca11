/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_RTT_SET_S2AP (DEN0137 B4.5.76): grants the permissions that a Realm with planes asks for. */
#include "aux.h"
#include "spoil.h"

#define PAGE_LEVEL  RMM_RTT_PAGE_LEVEL
#define BLOCK_LEVEL (RMM_RTT_PAGE_LEVEL - 1)
/* The overlay index that the Realm asks for. */
#define OVERLAY     UINT64_C(3)

/* Code and RAM, which the Realm reaches through the tree of its plane. */
static void load(struct world *w)
{
	world_load(w);
	aux_prot_map(w, 0, 2 * w->page);
}

/*
 * A REC of a Realm with a tree for each plane has asked for a range. Notes: [0] the REC, [1] base,
 * [2] top.
 */
static void request(struct world *w, uint64_t base, uint64_t top)
{
	load(w);
	w->note[0] = WORLD_REC(w, GUEST_SMC, SMC_RSI_MEM_SET_PERM_INDEX, base, top, OVERLAY, 0);
	w->note[1] = base;
	w->note[2] = top;
	world_activate(w);
	world_exit(w, w->note[0], RMI_EXIT_S2AP_CHANGE);
	WORLD_CALL(w, SMC_RMI_RTT_SET_S2AP, w->realm.rd, w->note[0], base, top);
}

static void base(struct world *w)
{
	aux_realm(w);
	aux_tables(w, 0, PAGE_LEVEL);
	request(w, 4 * w->page, 8 * w->page);
}

static void rec_align(struct world *w)
{
	w->regs.x[2] += 1;
}

static void rec_bound(struct world *w)
{
	w->regs.x[2] = w->nowhere;
}

static void rec_gran_state(struct world *w)
{
	w->regs.x[2] = world_delegated(w);
}

/* Lets the tree of the plane have the Unprotected half of the primary tree. */
static void reach_unprotected(struct world *w)
{
	uint64_t top = WORLD_UNPROT(w) + rmi_rtt_level_size(w->gshift, w->realm.start_level);
	uint64_t pa;

	world_must(w, small_tables(&w->realm, WORLD_UNPROT(w)), "RMI_RTT_CREATE");
	world_must(w, small_share(&w->realm, WORLD_UNPROT(w), &pa), "RMI_RTT_UNPROT_MAP");
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_AUX_UNPROT_MAP, w->realm.rd, WORLD_UNPROT(w), top,
	                    AUX_TREE),
	           "RMI_RTT_AUX_UNPROT_MAP");
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_UNPROT_UNMAP, w->realm.rd, WORLD_UNPROT(w),
	                    WORLD_UNPROT(w) + w->page),
	           "RMI_RTT_UNPROT_UNMAP");
}

/* Another REC runs; it has asked for nothing, but that is not looked at. */
static void running_base(struct world *w)
{
	uint64_t rec;

	aux_realm(w);
	aux_tables(w, 0, PAGE_LEVEL);
	load(w);
	rec = WORLD_REC(w, GUEST_SPIN, 1, WORLD_UNPROT(w));
	w->note[0] = WORLD_REC(w, GUEST_SMC, SMC_RSI_MEM_SET_PERM_INDEX, 4 * w->page, 8 * w->page,
	                       OVERLAY, 0);
	world_activate(w);
	world_exit(w, w->note[0], RMI_EXIT_S2AP_CHANGE);
	reach_unprotected(w);
	world_run(w, rec);
	WORLD_CALL(w, SMC_RMI_RTT_SET_S2AP, w->realm.rd, rec, 4 * w->page, 8 * w->page);
}

static void nothing(struct world *w)
{
	(void)w;
}

static void rec_owner(struct world *w)
{
	world_other_realm(w);
	w->regs.x[1] = w->other.rd;
}

static void size_valid(struct world *w)
{
	w->regs.x[4] = w->regs.x[3];
}

static void base_bound(struct world *w)
{
	w->regs.x[3] += w->page;
}

static void top_bound(struct world *w)
{
	w->regs.x[4] += w->page;
}

static void top_gran_align(struct world *w)
{
	w->regs.x[4] -= w->page / 2;
}

/* Pages of the second block, where the primary tree has no table of pages, and the other has. */
static void primary_block_base(struct world *w)
{
	aux_realm(w);
	aux_tables(w, 0, PAGE_LEVEL);
	aux_table(w, w->block, PAGE_LEVEL);
	request(w, w->block, w->block + 2 * w->page);
}

static void base_align(struct world *w)
{
	w->level = BLOCK_LEVEL;
}

static void tells_primary(struct world *w)
{
	world_equal(w, w->regs.x[1], w->block, "out_top");
	world_equal(w, w->regs.x[2], RMM_RTT_TREE_PRIMARY, "rtt_tree");
}

/* The other way round. */
static void aux_block_base(struct world *w)
{
	aux_realm(w);
	aux_tables(w, 0, PAGE_LEVEL);
	world_table(w, w->block, PAGE_LEVEL);
	request(w, w->block, w->block + 2 * w->page);
}

static void tells_auxiliary(struct world *w)
{
	world_equal(w, w->regs.x[1], w->block, "out_top");
	world_equal(w, w->regs.x[2], AUX_TREE, "rtt_tree");
}

static void advances(struct world *w)
{
	struct rmm_rec_info info;
	bool found = rmm_inspect_rec(w->model, w->realm.rd, 0, &info);

	world_expect(w, found, "the Realm has no REC");
	world_equal(w, info.s2ap_base, w->regs.x[1], "what the REC still asks for begins");
	world_expect(w, w->regs.x[1] > w->note[1] && w->regs.x[1] <= w->note[2],
	             "out_top is 0x%llx", (unsigned long long)w->regs.x[1]);
}

/* Both trees have it, and nothing else. */
static void has_overlay(struct world *w)
{
	for (unsigned tree = 0; tree < 2; tree++) {
		for (uint64_t ipa = w->note[1]; ipa < w->regs.x[1]; ipa += w->page)
			world_equal(w, aux_entry(w, tree, ipa, AUX_LEAF).s2ap, OVERLAY,
			            "the overlay index");
		world_equal(w, aux_entry(w, tree, w->regs.x[1], AUX_LEAF).s2ap, 0,
		            "the overlay index behind out_top");
	}
}

static const struct conformance_row rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(rec_align, rec_align),
        FAILS(rec_bound, rec_bound),
        FAILS(rec_gran_state, rec_gran_state),
        FAILS(rec_state, nothing, .base = running_base),
        FAILS(rec_owner, rec_owner),
        FAILS(size_valid, size_valid),
        FAILS(base_bound, base_bound),
        FAILS(top_bound, top_bound),
        FAILS(top_gran_align, top_gran_align),
        FAILS(base_align_pri, base_align, .base = primary_block_base, .after = tells_primary),
        FAILS(base_align_aux, base_align, .base = aux_block_base, .after = tells_auxiliary),
        HOLDS(s2ap_addr, advances),
        HOLDS(s2ap_addr, has_overlay, .variant = "entries"),
        {0},
};

const struct conformance_command conformance_rtt_set_s2ap = {
        .name = "RMI_RTT_SET_S2AP",
        .conf = AUX_CONF,
        .base = base,
        .rows = rows,
};
