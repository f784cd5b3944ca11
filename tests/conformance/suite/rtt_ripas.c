/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RTT_INIT_RIPAS (DEN0137 B4.5.73) says what is RAM before the Realm runs, RMI_RTT_SET_RIPAS
 * (B4.5.75) does what the Realm asked for.
 */
#include "spoil.h"

#define WALKS_END_AT_LEAVES                                                                        \
	"a walk ends at an entry that is neither RTTE_VOID nor RTTE_DATA with device assignment "  \
	"alone; a table behind the first entry ends the range with RMI_SUCCESS (B4.3.5)"

#define CONF_PLANES "planes=1"

/* A range command is the call under test, with base in X[at] and top in X[at + 1]. */
#define AT_INIT     2
#define AT_SET      3

/* Notes: [0] the REC, [1] what the RIPAS was, [2] what it should become, [3] where the call must
 * get to when it is repeated, [4] the PA of a page, or the IPA of one to lose. */

static struct world_entry page_entry(struct world *w, uint64_t ipa)
{
	struct world_entry e = world_entry(w, ipa, RMM_RTT_PAGE_LEVEL);

	world_equal(w, (uint64_t)e.level, RMM_RTT_PAGE_LEVEL, "the level of an entry");
	return e;
}

/* The pages up to out_top have the RIPAS, and those next to them do not. */
static void pages_have_ripas(struct world *w, unsigned at)
{
	uint64_t base = w->in.x[at];
	uint64_t out_top = w->regs.x[1];

	world_expect(w, out_top > base && out_top <= w->note[3], "out_top is 0x%llx",
	             (unsigned long long)out_top);
	world_equal(w, page_entry(w, base - w->page).ripas, w->note[1], "RIPAS before base");
	for (uint64_t ipa = base; ipa < w->note[3]; ipa += w->page)
		world_equal(w, page_entry(w, ipa).ripas, w->note[ipa < out_top ? 2 : 1],
		            ipa < out_top ? "RIPAS before out_top" : "RIPAS behind out_top");
}

/* Repeats the call from where it ended, until it has done all that one table allows. */
static void gets_to_the_end(struct world *w, unsigned at)
{
	struct smccc_regs call = w->in;
	uint64_t out_top = w->regs.x[1];

	while (out_top != w->note[3]) {
		struct smccc_regs regs = call;

		world_expect(w, out_top > call.x[at] && out_top < w->note[3],
		             "out_top is 0x%llx, should get to 0x%llx", (unsigned long long)out_top,
		             (unsigned long long)w->note[3]);
		call.x[at] = out_top;
		regs.x[at] = out_top;
		world_must(w, world_do(w, &regs), "the command");
		out_top = regs.x[1];
	}
}

/* RMI_RTT_INIT_RIPAS */

/* The last two pages of the first block, whose table there is, and more behind them. */
static void init_base(struct world *w)
{
	world_realm(w);
	w->note[1] = RMI_RIPAS_EMPTY;
	w->note[2] = RMI_RIPAS_RAM;
	w->note[3] = w->block;
	WORLD_CALL(w, SMC_RMI_RTT_INIT_RIPAS, w->realm.rd, w->block - 2 * w->page,
	           w->block + 2 * w->page);
}

/* Two pages of a table. */
static void init_within_base(struct world *w)
{
	init_base(w);
	w->regs.x[AT_INIT] = 2 * w->page;
	w->regs.x[AT_INIT + 1] = 4 * w->page;
	w->note[3] = 4 * w->page;
}

/* A page that is mapped. */
static void init_data_base(struct world *w)
{
	init_base(w);
	w->note[4] = world_map(w, w->regs.x[AT_INIT]);
}

/* A whole block, behind a table that does not exist. */
static void init_block_base(struct world *w)
{
	init_base(w);
	w->regs.x[AT_INIT] = 2 * w->block;
	w->regs.x[AT_INIT + 1] = 3 * w->block;
}

/* The same, and then a table, where pages would have to be changed one by one. */
static void init_table_base(struct world *w)
{
	init_block_base(w);
	world_table(w, 3 * w->block, RMM_RTT_PAGE_LEVEL);
	w->regs.x[AT_INIT + 1] = 4 * w->block;
}

static void init_size_valid(struct world *w)
{
	w->regs.x[AT_INIT + 1] = w->regs.x[AT_INIT];
}

static void init_top_bound(struct world *w)
{
	w->regs.x[AT_INIT + 1] = WORLD_UNPROT(w) + w->page;
}

static void init_top_beyond(struct world *w)
{
	w->regs.x[AT_INIT + 1] = WORLD_IPA_TOP(w) + w->page;
}

static void init_realm_state(struct world *w)
{
	world_activate(w);
}

static void init_realm_terminated(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_TERMINATE, w->realm.rd), "RMI_REALM_TERMINATE");
}

static void init_base_align(struct world *w)
{
	w->regs.x[AT_INIT] = 2 * w->block + w->page;
	w->regs.x[AT_INIT + 1] = 4 * w->block;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

/* There is a table, but base is not even a page. */
static void init_base_align_page(struct world *w)
{
	w->regs.x[AT_INIT] += 8;
	w->level = RMM_RTT_PAGE_LEVEL;
}

static void init_top_gran_align(struct world *w)
{
	w->regs.x[AT_INIT + 1] += 8;
}

/* The range ends inside the entry where it begins. */
static void init_no_progress(struct world *w)
{
	w->regs.x[AT_INIT] = 2 * w->block;
	w->regs.x[AT_INIT + 1] = 2 * w->block + w->page;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

static void init_pages_are_ram(struct world *w)
{
	pages_have_ripas(w, AT_INIT);
	/* The walk of this call did not come to the next block. */
	world_equal(w, world_entry(w, w->block, RMM_RTT_PAGE_LEVEL).ripas, RMI_RIPAS_EMPTY,
	            "RIPAS of the next block");
}

static void init_data_is_ram(struct world *w)
{
	struct world_entry e = page_entry(w, w->in.x[AT_INIT]);

	world_equal(w, e.ripas, RMI_RIPAS_RAM, "RIPAS of the page");
	world_equal(w, e.state, RMI_RTTE_DATA, "the state of the page");
	world_equal(w, e.addr, w->note[4], "the address of the page");
}

static void init_block_is_ram(struct world *w)
{
	struct world_entry e = world_entry(w, 2 * w->block, RMM_RTT_PAGE_LEVEL);

	world_equal(w, (uint64_t)e.level, RMM_RTT_PAGE_LEVEL - 1, "the level of the block");
	world_equal(w, e.ripas, RMI_RIPAS_RAM, "RIPAS of the block");
	world_equal(w, w->regs.x[1], 3 * w->block, "out_top");
}

static void init_gets_to_the_end(struct world *w)
{
	gets_to_the_end(w, AT_INIT);
}

static const struct conformance_row init_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(size_valid, init_size_valid),
        FAILS(top_bound, init_top_bound),
        FAILS(top_bound, init_top_beyond, .variant = "beyond"),
        FAILS(realm_state, init_realm_state),
        FAILS(realm_state, init_realm_terminated, .variant = "terminated"),
        FAILS(base_align, init_base_align),
        FAILS(base_align, init_base_align_page, .variant = "page"),
        NEVER_FAILS(rtte_state, WALKS_END_AT_LEAVES),
        FAILS(top_gran_align, init_top_gran_align),
        FAILS(no_progress, init_no_progress),
        NEVER_FAILS(not_unassigned, WALKS_END_AT_LEAVES),
        HOLDS(rtte_ripas, init_pages_are_ram),
        HOLDS(rtte_ripas, init_data_is_ram, .variant = "data", .base = init_data_base),
        HOLDS(rtte_ripas, init_block_is_ram, .variant = "block", .base = init_block_base),
        HOLDS(rtte_ripas, init_block_is_ram, .variant = "table", .base = init_table_base),
        HOLDS(out_top, init_gets_to_the_end),
        HOLDS(out_top, init_gets_to_the_end, .variant = "within", .base = init_within_base),
        {0},
};

const struct conformance_command conformance_rtt_init_ripas = {
        .name = "RMI_RTT_INIT_RIPAS",
        .base = init_base,
        .rows = init_rows,
};

/* RMI_RTT_SET_RIPAS */

/* A page was RAM, and its memory is gone. */
static void lose_page(struct world *w, uint64_t ipa)
{
	world_must(w, small_init_ripas(&w->realm, ipa, ipa + w->page), "RMI_RTT_INIT_RIPAS");
	world_map(w, ipa);
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_DATA_UNMAP, w->realm.rd, ipa, ipa + w->page),
	           "RMI_RTT_DATA_UNMAP");
}

/* A table of the tree of the first plane, and a page that it maps as the primary tree does. */
static void aux_table(struct world *w, uint64_t ipa, int level)
{
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_AUX_CREATE, w->realm.rd, world_delegated(w), ipa,
	                    (uint64_t)level, 1),
	           "RMI_RTT_AUX_CREATE");
}

static void aux_map(struct world *w, uint64_t ipa)
{
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_AUX_PROT_MAP, w->realm.rd, ipa, ipa + w->page, 1),
	           "RMI_RTT_AUX_PROT_MAP");
}

/* Where planes have trees of their own, the first one does not use the primary tree. */
static void aux_load(struct world *w)
{
	for (int level = w->realm.start_level + 1; level <= RMM_RTT_PAGE_LEVEL; level++)
		aux_table(w, WORLD_CODE_IPA(w), level);
	aux_map(w, WORLD_CODE_IPA(w));
}

/*
 * The Realm has asked for a RIPAS, from somewhere in the second block to the end of the third one.
 * There is a table for the second block; the call grants two pages of it.
 */
static void set_base_at(struct world *w, uint64_t base, enum world_guest guest, enum rsi_ripas from,
                        enum rsi_ripas to, uint64_t flags)
{
	world_realm(w);
	world_load(w);
	world_table(w, w->block, RMM_RTT_PAGE_LEVEL);
	if (from == RSI_RIPAS_RAM)
		world_must(w, small_init_ripas(&w->realm, w->block, w->block + 8 * w->page),
		           "RMI_RTT_INIT_RIPAS");
	if (w->note[4] != 0)
		lose_page(w, w->note[4]);
	w->note[0] = WORLD_REC(w, guest, SMC_RSI_IPA_STATE_SET, base, 3 * w->block, to, flags, 1,
	                       WORLD_UNPROT(w));
	w->note[1] = from;
	w->note[2] = to;
	w->note[3] = base + 2 * w->page;
	if (w->realm.aux_planes != 0)
		aux_load(w);
	world_activate(w);
	world_exit(w, w->note[0], RMI_EXIT_RIPAS_CHANGE);
	WORLD_CALL(w, SMC_RMI_RTT_SET_RIPAS, w->realm.rd, w->note[0], base, w->note[3]);
}

static void set_base_with(struct world *w, enum world_guest guest, enum rsi_ripas from,
                          enum rsi_ripas to, uint64_t flags)
{
	set_base_at(w, w->block + 2 * w->page, guest, from, to, flags);
}

static void set_base(struct world *w)
{
	set_base_with(w, GUEST_ASK, RSI_RIPAS_EMPTY, RSI_RIPAS_RAM, RSI_NO_CHANGE_DESTROYED);
}

static void set_empty_base(struct world *w)
{
	set_base_with(w, GUEST_ASK, RSI_RIPAS_RAM, RSI_RIPAS_EMPTY, RSI_NO_CHANGE_DESTROYED);
}

/* The REC goes on running when it is entered again. */
static void set_running_base(struct world *w)
{
	set_base_with(w, GUEST_CHANGE, RSI_RIPAS_EMPTY, RSI_RIPAS_RAM, RSI_NO_CHANGE_DESTROYED);
}

/* All pages of the second block lose their RIPAS. */
static void destroy_pages(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_DESTROY, w->realm.rd, w->block, RMM_RTT_PAGE_LEVEL),
	           "RMI_RTT_DESTROY");
	world_table(w, w->block, RMM_RTT_PAGE_LEVEL);
}

/* The Realm has allowed that what was lost becomes RAM. */
static void set_destroyed_base(struct world *w)
{
	set_base_with(w, GUEST_ASK, RSI_RIPAS_EMPTY, RSI_RIPAS_RAM,
	              RSI_RIPAS_CHANGE_FLAGS_DESTROYED);
	destroy_pages(w);
	w->note[1] = RMI_RIPAS_DESTROYED;
}

/* EMPTY needs nobody's leave. */
static void set_destroyed_empty_base(struct world *w)
{
	set_empty_base(w);
	destroy_pages(w);
	w->note[1] = RMI_RIPAS_DESTROYED;
}

/* Only the first page may change: the second one was RAM, and its memory is gone. */
static void set_stop_base(struct world *w)
{
	uint64_t lost = w->block + 3 * w->page;

	w->note[4] = lost;
	set_base(w);
	w->note[3] = lost;
}

/* X2, the REC. */
static void rec_align(struct world *w)
{
	w->regs.x[2] += 8;
}

static void rec_bound(struct world *w)
{
	w->regs.x[2] = w->nowhere;
}

static void rec_gran_state(struct world *w)
{
	w->regs.x[2] = world_delegated(w);
}

static void rec_state(struct world *w)
{
	world_run(w, w->note[0]);
}

static void rec_owner(struct world *w)
{
	world_other_realm(w);
	w->regs.x[1] = w->other.rd;
}

/* X3 and X4, the range. */
static void set_size_valid(struct world *w)
{
	w->regs.x[AT_SET + 1] = w->regs.x[AT_SET];
}

static void set_base_bound(struct world *w)
{
	w->regs.x[AT_SET] += w->page;
}

static void set_base_before(struct world *w)
{
	w->regs.x[AT_SET] -= w->page;
}

static void set_top_bound(struct world *w)
{
	w->regs.x[AT_SET + 1] = 3 * w->block + w->page;
}

static void set_top_gran_align(struct world *w)
{
	w->regs.x[AT_SET + 1] -= 8;
}

/* The table is gone; what is there now is one entry, and still EMPTY. */
static void fold_pages(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_FOLD, w->realm.rd, w->block, RMM_RTT_PAGE_LEVEL),
	           "RMI_RTT_FOLD");
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

/* The entry begins before the range, and ends with it. */
static void set_base_align(struct world *w)
{
	fold_pages(w);
	w->regs.x[AT_SET + 1] = 2 * w->block;
}

/* The request begins with the entry. */
static void set_aligned_base(struct world *w)
{
	set_base_at(w, w->block, GUEST_ASK, RSI_RIPAS_EMPTY, RSI_RIPAS_RAM,
	            RSI_NO_CHANGE_DESTROYED);
}

/* The Realm has not allowed that what was lost becomes RAM. */
static void set_no_progress(struct world *w)
{
	destroy_pages(w);
	w->level = RMM_RTT_PAGE_LEVEL;
}

/* A Realm with a tree for each plane wants to give up RAM. */
static void set_planes_base(struct world *w)
{
	w->realm.aux_planes = 1;
	w->realm.flags1 = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
	set_empty_base(w);
}

/* The tree of the plane maps the last page of the range. */
static void set_aux_live(struct world *w)
{
	uint64_t ipa = w->regs.x[AT_SET + 1] - w->page;

	world_map(w, ipa);
	aux_table(w, w->block, RMM_RTT_PAGE_LEVEL);
	aux_map(w, ipa);
	w->level = RMM_RTT_PAGE_LEVEL;
}

static void set_pages_have_ripas(struct world *w)
{
	pages_have_ripas(w, AT_SET);
}

/* The REC knows how far the Host got, and so does the Realm. */
static void rec_knows(struct world *w)
{
	uint64_t out_top = w->regs.x[1];
	struct smccc_regs again = w->in;
	const uint64_t *x;

	world_do(w, &again);
	world_equal(w, again.x[0], rmi_result(RMI_ERROR_INPUT), "X0 of the same call again");
	x = world_tell(w, w->note[0]);
	world_equal(w, x[0], RSI_SUCCESS, "X0 of RSI_IPA_STATE_SET");
	world_equal(w, x[1], out_top, "new_base");
}

static void set_gets_to_the_end(struct world *w)
{
	gets_to_the_end(w, AT_SET);
}

static const struct conformance_row set_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(rec_align, rec_align),
        FAILS(rec_bound, rec_bound),
        FAILS(rec_gran_state, rec_gran_state),
        FAILS(rec_state, rec_state, .base = set_running_base),
        FAILS(rec_owner, rec_owner),
        FAILS(size_valid, set_size_valid),
        FAILS(base_bound, set_base_bound),
        FAILS(base_bound, set_base_before, .variant = "before"),
        FAILS(top_bound, set_top_bound),
        FAILS(base_align, set_base_align),
        FAILS(top_gran_align, set_top_gran_align),
        FAILS(no_progress, set_no_progress),
        FAILS(no_progress, fold_pages, .variant = "short", .base = set_aligned_base),
        FAILS(aux_live, set_aux_live, .base = set_planes_base, .conf = CONF_PLANES),
        NEVER_FAILS(ram_invalid, WALKS_END_AT_LEAVES),
        HOLDS(rtte_ripas, set_pages_have_ripas),
        HOLDS(rtte_ripas, set_pages_have_ripas, .variant = "empty", .base = set_empty_base),
        HOLDS(rtte_ripas, set_pages_have_ripas, .variant = "destroyed", .base = set_destroyed_base),
        HOLDS(rtte_ripas, set_pages_have_ripas, .variant = "destroyed_empty",
              .base = set_destroyed_empty_base),
        HOLDS(ripas_addr, rec_knows),
        HOLDS(ripas_addr, rec_knows, .variant = "stop", .base = set_stop_base),
        HOLDS(out_top, set_gets_to_the_end),
        HOLDS(out_top, set_gets_to_the_end, .variant = "stop", .base = set_stop_base),
        {0},
};

const struct conformance_command conformance_rtt_set_ripas = {
        .name = "RMI_RTT_SET_RIPAS",
        .base = set_base,
        .rows = set_rows,
};
