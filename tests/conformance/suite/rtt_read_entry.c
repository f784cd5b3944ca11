/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_RTT_READ_ENTRY (DEN0137 B4.5.74): what the Host may know of an entry. */
#include "spoil.h"

/* Fields of a stage 2 descriptor: what RttDescriptorDecode (B3.172) takes out of desc. */
#define DESC_MEMATTR_SHIFT   2
#define DESC_MEMATTR_WIDTH   3
#define DESC_READ            (UINT64_C(1) << 6)
#define DESC_WRITE           (UINT64_C(1) << 7)

#define NO_DEVICE_ASSIGNMENT "an entry of a device exists with device assignment alone"

/* A mapped page. Notes: [0] what it maps, [1] the level where the walk ends */
static void base(struct world *w)
{
	world_realm(w);
	w->note[0] = world_map(w, w->page);
	w->note[1] = RMM_RTT_PAGE_LEVEL;
	WORLD_CALL(w, SMC_RMI_RTT_READ_ENTRY, w->realm.rd, w->page, RMM_RTT_PAGE_LEVEL);
}

static void level_bound(struct world *w)
{
	w->regs.x[3] = RMM_RTT_PAGE_LEVEL + 1;
}

static void level_above(struct world *w)
{
	w->regs.x[2] = 0;
	w->regs.x[3] = (uint64_t)(int64_t)(w->realm.start_level - 1);
}

static void ipa_align(struct world *w)
{
	w->regs.x[2] += 8;
}

/* Aligned to a page, but the level is that of blocks. */
static void ipa_align_block(struct world *w)
{
	w->regs.x[3] = RMM_RTT_PAGE_LEVEL - 1;
}

static void ipa_bound(struct world *w)
{
	w->regs.x[2] = WORLD_IPA_TOP(w);
}

/* Entries of all kinds. */

static void hole_base(struct world *w)
{
	base(w);
	w->regs.x[2] = 2 * w->page;
}

/* There is no table for the third block, so the walk ends there. */
static void short_base(struct world *w)
{
	base(w);
	w->regs.x[2] = 2 * w->block + w->page;
	w->note[1] = RMM_RTT_PAGE_LEVEL - 1;
}

static void table_base(struct world *w)
{
	base(w);
	w->note[0] = world_table(w, w->block, RMM_RTT_PAGE_LEVEL);
	w->regs.x[2] = w->block;
	w->regs.x[3] = RMM_RTT_PAGE_LEVEL - 1;
	w->note[1] = RMM_RTT_PAGE_LEVEL - 1;
}

/* Attributes that are none of them zero, nor what a Realm's own memory has. */
static void shared_base(struct world *w)
{
	uint64_t flags = RMI_ADDR_TYPE_SINGLE |
	                 RMI_FIELD_SET(RMI_MEMATTR_NORMAL_NC, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	                 RMI_FIELD_SET(RMI_S2AP_DIRECT_READ, RMI_RTT_UNPROT_MAP_FLAGS_S2AP);

	base(w);
	w->note[0] = world_page(w);
	world_must(w, small_tables(&w->realm, WORLD_UNPROT(w)), "RMI_RTT_CREATE");
	world_must(
	        w,
	        WORLD_DO(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, WORLD_UNPROT(w),
	                 WORLD_UNPROT(w) + w->page, flags,
	                 world_desc(w, w->note[0], RMM_RTT_PAGE_LEVEL, 1, RMI_OP_MEM_UNDELEGATED)),
	        "RMI_RTT_UNPROT_MAP");
	w->regs.x[2] = WORLD_UNPROT(w);
}

static void unmapped_base(struct world *w)
{
	shared_base(w);
	w->regs.x[2] = WORLD_UNPROT(w) + w->page;
}

static void ram_base(struct world *w)
{
	base(w);
	world_must(w, small_init_ripas(&w->realm, w->page, 2 * w->page), "RMI_RTT_INIT_RIPAS");
}

static void destroyed_base(struct world *w)
{
	base(w);
	world_table(w, w->block, RMM_RTT_PAGE_LEVEL);
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_DESTROY, w->realm.rd, w->block, RMM_RTT_PAGE_LEVEL),
	           "RMI_RTT_DESTROY");
	w->regs.x[2] = w->block;
}

/* What is told about them. */

static void walk_level(struct world *w)
{
	world_equal(w, w->regs.x[1], w->note[1], "walk_level");
}

static void is_data(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_RTTE_DATA, "state");
}

static void is_void(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_RTTE_VOID, "state");
}

static void is_table(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_RTTE_TABLE, "state");
}

static uint64_t address(struct world *w)
{
	return w->regs.x[3] & ((UINT64_C(1) << 52) - 1) & ~(w->page - 1);
}

static void expect_attributes(struct world *w, uint64_t memattr, uint64_t s2ap)
{
	uint64_t desc = w->regs.x[3];

	world_equal(w, RMI_FIELD_GET(desc, DESC_MEMATTR), memattr, "the memory attributes");
	world_equal(w, desc & (DESC_READ | DESC_WRITE), s2ap, "S2AP");
	/* Neither a base nor an overlay: the Realm has direct permissions. */
	world_equal(w, desc >> 52, 0, "the upper attributes");
}

static void shows_nothing(struct world *w)
{
	expect_attributes(w, 0, 0);
	world_equal(w, address(w), 0, "the address");
}

static void shows_address(struct world *w)
{
	expect_attributes(w, 0, 0);
	world_equal(w, address(w), w->note[0], "the address");
}

static void shows_all(struct world *w)
{
	expect_attributes(w, RMI_MEMATTR_NORMAL_NC, DESC_READ);
	world_equal(w, address(w), w->note[0], "the address");
}

static void is_empty(struct world *w)
{
	world_equal(w, w->regs.x[4], RMI_RIPAS_EMPTY, "ripas");
}

static void is_ram(struct world *w)
{
	world_equal(w, w->regs.x[4], RMI_RIPAS_RAM, "ripas");
}

static void is_destroyed(struct world *w)
{
	world_equal(w, w->regs.x[4], RMI_RIPAS_DESTROYED, "ripas");
}

static const struct conformance_row rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(level_bound, level_bound),
        FAILS(level_bound, level_above, .variant = "above"),
        FAILS(ipa_align, ipa_align),
        FAILS(ipa_align, ipa_align_block, .variant = "block"),
        FAILS(ipa_bound, ipa_bound),
        HOLDS(walk_level, walk_level),
        HOLDS(walk_level, walk_level, .variant = "short", .base = short_base),
        HOLDS(walk_level, walk_level, .variant = "table", .base = table_base),
        HOLDS(state, is_data),
        HOLDS(state, is_void, .variant = "void", .base = hole_base),
        HOLDS(state, is_table, .variant = "table", .base = table_base),
        HOLDS(state, is_data, .variant = "mapped_ns", .base = shared_base),
        HOLDS(state, is_void, .variant = "unmapped_ns", .base = unmapped_base),
        HOLDS(state_invalid, shows_nothing, .base = hole_base),
        HOLDS(state_invalid, shows_nothing, .variant = "unprotected", .base = unmapped_base),
        HOLDS(state_prot, shows_address),
        HOLDS(state_prot, shows_address, .variant = "table", .base = table_base),
        HOLDS(state_unprot, shows_all, .base = shared_base),
        NEVER_HOLDS(state_io, NO_DEVICE_ASSIGNMENT),
        NEVER_HOLDS(state_vsmmu, NO_DEVICE_ASSIGNMENT),
        HOLDS(ripas_prot, is_ram, .base = ram_base),
        HOLDS(ripas_prot, is_empty, .variant = "empty", .base = hole_base),
        HOLDS(ripas_prot, is_destroyed, .variant = "destroyed", .base = destroyed_base),
        HOLDS(ripas_unprot, is_empty, .base = shared_base),
        HOLDS(ripas_unprot, is_empty, .variant = "unmapped", .base = unmapped_base),
        {0},
};

const struct conformance_command conformance_rtt_read_entry = {
        .name = "RMI_RTT_READ_ENTRY",
        .base = base,
        .rows = rows,
};
