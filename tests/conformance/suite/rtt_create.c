/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_RTT_CREATE (DEN0137 B4.5.64): unfolds an entry into a table. */
#include "spoil.h"

/* A table of level 3 for the second block of the Realm. Notes: [0] the table, [1] the IPA. */
static void base(struct world *w)
{
	world_realm(w);
	w->note[0] = world_delegated(w);
	w->note[1] = w->block;
	WORLD_CALL(w, SMC_RMI_RTT_CREATE, w->realm.rd, w->note[0], w->note[1], RMM_RTT_PAGE_LEVEL);
}

/* What the entry maps is passed on: an Unprotected block, unfolded. [2] what it maps */
static void shared_base(struct world *w)
{
	uint64_t flags = RMI_ADDR_TYPE_SINGLE |
	                 RMI_FIELD_SET(RMI_MEMATTR_NORMAL_NC, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	                 RMI_FIELD_SET(RMI_S2AP_DIRECT_READ, RMI_RTT_UNPROT_MAP_FLAGS_S2AP);

	base(w);
	for (int level = w->realm.start_level + 1; level < RMM_RTT_PAGE_LEVEL; level++)
		world_table(w, WORLD_UNPROT(w), level);
	w->note[1] = WORLD_UNPROT(w);
	w->note[2] = (w->spare + w->block - 1) & ~(w->block - 1);
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, WORLD_UNPROT(w),
	                    WORLD_UNPROT(w) + w->block, flags,
	                    world_desc(w, w->note[2], 2, 1, RMI_OP_MEM_UNDELEGATED)),
	           "RMI_RTT_UNPROT_MAP");
	w->note[3] = world_entry(w, WORLD_UNPROT(w), 2).desc;
	w->regs.x[3] = WORLD_UNPROT(w);
}

static void level_bound(struct world *w)
{
	w->regs.x[4] = (uint64_t)w->realm.start_level;
}

static void ipa_align(struct world *w)
{
	w->regs.x[3] += w->page;
}

static void ipa_bound(struct world *w)
{
	w->regs.x[3] = WORLD_IPA_TOP(w);
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
	w->regs.x[2] = SPOIL_BORDER;
}

static void rtt_beyond_border(struct world *w)
{
	w->regs.x[2] = spoil_beyond_border(w);
}

/* The walk to the parent ends at the starting level. */
static void rtt_walk(struct world *w)
{
	if (w->realm.start_level == RMM_RTT_PAGE_LEVEL - 1)
		world_skip(w, "the tables of the Realm have two levels");
	w->regs.x[3] = rmi_rtt_level_size(w->gshift, RMM_RTT_PAGE_LEVEL - 2);
	w->level = RMM_RTT_PAGE_LEVEL - 2;
}

/* There is a table for the first block. */
static void rtte_state(struct world *w)
{
	w->regs.x[3] = 0;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

static void is_rtt(struct world *w)
{
	world_in_state(w, w->note[0], "GRAN_RTT");
}

static void parent_is_table(struct world *w)
{
	struct world_entry e = world_entry(w, w->note[1], RMM_RTT_PAGE_LEVEL - 1);

	world_equal(w, e.state, RMI_RTTE_TABLE, "the state of the parent entry");
}

static void parent_has_address(struct world *w)
{
	struct world_entry e = world_entry(w, w->note[1], RMM_RTT_PAGE_LEVEL - 1);

	world_equal(w, e.addr, w->note[0], "the address of the parent entry");
}

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

/* The first entry and the last one. */
static struct world_entry child(struct world *w, unsigned i)
{
	uint64_t ipa = w->note[1] + (i == 0 ? 0 : w->block - w->page);
	struct world_entry e = world_entry(w, ipa, RMM_RTT_PAGE_LEVEL);

	world_equal(w, (uint64_t)e.level, RMM_RTT_PAGE_LEVEL, "the level of an entry");
	return e;
}

static void inherits_ripas(struct world *w)
{
	for (unsigned i = 0; i < 2; i++)
		world_equal(w, child(w, i).ripas, RMI_RIPAS_DESTROYED, "RIPAS of an entry");
}

/* The parent becomes RIPAS_DESTROYED when a table of its is taken away. */
static void destroyed_base(struct world *w)
{
	base(w);
	world_table(w, w->note[1], RMM_RTT_PAGE_LEVEL);
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_DESTROY, w->realm.rd, w->note[1], RMM_RTT_PAGE_LEVEL),
	           "RMI_RTT_DESTROY");
}

static void inherits_state(struct world *w)
{
	for (unsigned i = 0; i < 2; i++)
		world_equal(w, child(w, i).state, RMI_RTTE_DATA, "the state of an entry");
}

static void has_address(struct world *w)
{
	world_equal(w, child(w, 0).addr, w->note[2], "the address of the first entry");
	world_equal(w, child(w, 1).addr, w->note[2] + w->block - w->page,
	            "the address of the last entry");
}

/* All of the descriptor but the address. */
static uint64_t attributes(struct world_entry e)
{
	return e.desc & ~e.addr;
}

static void inherits_attributes(struct world *w)
{
	uint64_t should = w->note[3] & ~w->note[2];

	for (unsigned i = 0; i < 2; i++)
		world_equal(w, attributes(child(w, i)), should, "the attributes of an entry");
}

static const struct conformance_row rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(level_bound, level_bound),
        FAILS(ipa_align, ipa_align),
        FAILS(ipa_bound, ipa_bound),
        FAILS(rtt_align, rtt_align),
        FAILS(rtt_bound, rtt_bound),
        FAILS(rtt_state, rtt_state),
        FAILS(rtt_bound2, rtt_bound2),
        FAILS(rtt_bound2, rtt_beyond_border, .variant = "memory", .conf = SPOIL_CONF_BORDER),
        FAILS(rtt_walk, rtt_walk),
        FAILS(rtte_state, rtte_state),
        HOLDS(rtt_state, is_rtt),
        HOLDS(rtte_addr, parent_has_address),
        HOLDS(result, result),
        HOLDS(rtte_state, parent_is_table),
        HOLDS(rtte_c_ripas, inherits_ripas, .base = destroyed_base),
        HOLDS(rtte_c_state, inherits_state, .base = shared_base),
        HOLDS(rtte_c_addr, has_address, .base = shared_base),
        HOLDS(rtte_c_mem_attr, inherits_attributes, .base = shared_base),
        HOLDS(rtte_c_s2ap, inherits_attributes, .base = shared_base),
        {0},
};

const struct conformance_command conformance_rtt_create = {
        .name = "RMI_RTT_CREATE",
        .base = base,
        .rows = rows,
};
