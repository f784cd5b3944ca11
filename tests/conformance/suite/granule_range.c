/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_GRANULE_RANGE_DELEGATE and RMI_GRANULE_RANGE_UNDELEGATE (DEN0137 B4.5.17, B4.5.18): X1 and X2
 * are a range of PAGES pages.
 */
#include "range.h"

/* What a Realm has written into its memory. */
#define SECRET UINT64_C(0x7e57ab1e5ec4e7)

static void call_range(struct world *w, uint64_t fid, uint64_t pa)
{
	WORLD_CALL(w, fid, pa, pa + PAGES * w->page);
}

static void delegate_base(struct world *w)
{
	world_activate_rmm(w);
	range_contiguous(w, world_page);
	call_range(w, SMC_RMI_GRANULE_RANGE_DELEGATE, w->note[0]);
}

static void inactive_base(struct world *w)
{
	range_contiguous(w, world_page);
	call_range(w, SMC_RMI_GRANULE_RANGE_DELEGATE, w->note[0]);
}

static void undelegate_base(struct world *w)
{
	range_contiguous(w, world_delegated);
	call_range(w, SMC_RMI_GRANULE_RANGE_UNDELEGATE, w->note[0]);
}

/* A page that was a Realm's, who has written into it. */
static void secret_base(struct world *w)
{
	uint64_t ipa;
	uint64_t rec;

	world_realm(w);
	world_load(w);
	ipa = WORLD_RAM_IPA(w);
	w->note[0] = world_entry(w, ipa, RMM_RTT_PAGE_LEVEL).addr;
	rec = WORLD_REC(w, GUEST_STORE, SECRET, ipa);
	world_activate(w);
	small_run(&w->realm)->enter.flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	world_exit(w, rec, RMI_EXIT_SYNC);
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_DATA_UNMAP, w->realm.rd, ipa, ipa + w->page,
	                    RMI_ADDR_TYPE_NONE),
	           "RMI_RTT_DATA_UNMAP");
	WORLD_CALL(w, SMC_RMI_GRANULE_RANGE_UNDELEGATE, w->note[0], w->note[0] + w->page);
}

static void not_active(struct world *w)
{
	(void)w;
}

static void base_align(struct world *w)
{
	w->regs.x[1] += w->page / 2;
}

static void top_align(struct world *w)
{
	w->regs.x[2] += w->page / 2;
}

static void top_bound(struct world *w)
{
	w->regs.x[2] = w->regs.x[1];
}

static void use(struct world *w, uint64_t pa)
{
	w->regs.x[1] = pa;
	w->regs.x[2] = pa + PAGES * w->page;
}

/* The memory ends in the middle of a region that is tracked. */
static void populated(struct world *w)
{
	uint64_t size;
	uint64_t pa = range_short_region(w, &size);

	use(w, pa + size);
}

static void no_region(struct world *w)
{
	use(w, w->nowhere);
}

/* A part of a region that is tracked as a whole. */
static void coarse(struct world *w)
{
	world_track(w, w->regs.x[1], RMI_TRACKING_COARSE);
}

static void untracked(struct world *w)
{
	world_track(w, w->regs.x[1], RMI_TRACKING_NONE);
}

static void delegated(struct world *w)
{
	use(w, world_delegated(w));
}

/* Nothing but tracking speaks against this: all of a coarse region is delegated. */
static void coarse_delegated(struct world *w)
{
	uint64_t size;
	uint64_t pa = range_delegate_short_region(w, &size);

	world_track(w, pa, RMI_TRACKING_COARSE);
	use(w, pa);
}

static void is_rd(struct world *w)
{
	world_realm(w);
	use(w, w->realm.rd);
}

/* Bytes that the call under test has done. */
static uint64_t done(struct world *w)
{
	uint64_t out_top = w->regs.x[1];

	world_expect(w, out_top > w->in.x[1] && out_top <= w->in.x[2] && out_top % w->page == 0,
	             "out_top is 0x%llx", (unsigned long long)out_top);
	return out_top - w->in.x[1];
}

/* What is done is in one state, the rest in the other. */
static void have_states(struct world *w, const char *state, const char *rest)
{
	uint64_t size = done(w);

	for (uint64_t i = 0; i < PAGES; i++)
		world_in_state(w, w->note[i], i * w->page < size ? state : rest);
}

static void are_delegated(struct world *w)
{
	have_states(w, "GRAN_DELEGATED", "GRAN_UNDELEGATED");
}

static void are_undelegated(struct world *w)
{
	have_states(w, "GRAN_UNDELEGATED", "GRAN_DELEGATED");
}

static void is_wiped(struct world *w)
{
	const uint64_t *words = world_va(w, w->note[0]);

	world_equal(w, done(w), w->page, "the size of what is done");
	world_expect(w, words[0] != SECRET, "the Host reads what the Realm has written");
}

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
	(void)done(w);
}

static const struct conformance_row delegate_rows[] = {
        FAILS(rmm_state, not_active, .base = inactive_base),
        FAILS(base_align, base_align),
        FAILS(top_align, top_align),
        FAILS(top_bound, top_bound),
        FAILS(populated, populated, .conf = CONF_SHORT_REGION),
        FAILS(populated, no_region, .variant = "nowhere"),
        FAILS(tracking, untracked),
        FAILS(tracking, coarse, .variant = "coarse"),
        FAILS(state, delegated),
        HOLDS(state, are_delegated),
        HOLDS(result, result),
        {0},
};

const struct conformance_command conformance_granule_range_delegate = {
        .name = "RMI_GRANULE_RANGE_DELEGATE",
        .base = delegate_base,
        .init = true,
        .rows = delegate_rows,
};

static const struct conformance_row undelegate_rows[] = {
        FAILS(base_align, base_align),
        FAILS(top_align, top_align),
        FAILS(top_bound, top_bound),
        FAILS(tracking, coarse_delegated, .conf = CONF_SHORT_REGION),
        FAILS(tracking, no_region, .variant = "nowhere"),
        FAILS(state, is_rd),
        HOLDS(state, are_undelegated),
        HOLDS(content, is_wiped, .base = secret_base),
        HOLDS(result, result),
        {0},
};

const struct conformance_command conformance_granule_range_undelegate = {
        .name = "RMI_GRANULE_RANGE_UNDELEGATE",
        .base = undelegate_base,
        .rows = undelegate_rows,
};
