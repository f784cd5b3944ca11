/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_GRANULE_TRACKING_GET (DEN0137 B4.5.19) and RMI_GPT_INFO of 2.0-bet3: what memory is like. */
#include "suite.h"

/* Aligned to anything, and beyond any PA. */
#define BEYOND (UINT64_C(1) << 56)

static void call_get(struct world *w, uint64_t pa)
{
	WORLD_CALL(w, SMC_RMI_GRANULE_TRACKING_GET, pa & ~(world_region_size(w) - 1));
}

/* A page by itself can be delegated, so the region must be tracked finely. */
static void get_base(struct world *w)
{
	call_get(w, world_delegated(w));
}

static void coarse_base(struct world *w)
{
	world_track(w, w->base, RMI_TRACKING_COARSE);
	call_get(w, w->base);
}

static void none_base(struct world *w)
{
	world_track(w, w->base, RMI_TRACKING_NONE);
	call_get(w, w->base);
}

static void nowhere_base(struct world *w)
{
	call_get(w, w->nowhere);
}

static void addr_align(struct world *w)
{
	w->regs.x[1] += world_region_size(w) / 2;
}

static void addr_bound(struct world *w)
{
	w->regs.x[1] = BEYOND;
}

static void is_fine(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_TRACKING_FINE, "the state");
}

static void is_coarse(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_TRACKING_COARSE, "the state");
}

static void is_none(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_TRACKING_NONE, "the state");
}

static void is_reserved(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_TRACKING_RESERVED, "the state");
}

static void is_conventional(struct world *w)
{
	world_equal(w, w->regs.x[1], RMI_MEM_CATEGORY_CONVENTIONAL, "the category");
}

static void has_no_category(struct world *w)
{
	world_equal(w, w->regs.x[1], RMI_MEM_CATEGORY_NONE, "the category");
}

static const struct conformance_row get_rows[] = {
        FAILS(addr_align, addr_align),
        FAILS(addr_bound, addr_bound),
        HOLDS(state, is_fine),
        HOLDS(state, is_coarse, .base = coarse_base, .variant = "coarse"),
        HOLDS(state, is_none, .base = none_base, .variant = "none"),
        HOLDS(state, is_reserved, .base = nowhere_base, .variant = "nowhere"),
        HOLDS(category, is_conventional),
        HOLDS(category, has_no_category, .base = nowhere_base, .variant = "nowhere",
              .revisions = RMI_REVISIONS_BET3),
        {0},
};

const struct conformance_command conformance_granule_tracking_get = {
        .name = "RMI_GRANULE_TRACKING_GET",
        .base = get_base,
        .rows = get_rows,
};

/* All memory, and a page behind it. */
static void info_base(struct world *w)
{
	struct rmi_memory memory = rmi_memory(w->rmi);

	WORLD_CALL(w, SMC_RMI_GPT_INFO, w->base, memory.base + memory.size + w->page);
}

/* A page by itself can be delegated, so there must be an L1 GPT. */
static void page_base(struct world *w)
{
	uint64_t pa = world_delegated(w);

	WORLD_CALL(w, SMC_RMI_GPT_INFO, pa, pa + w->page);
}

static void nothing_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_GPT_INFO, w->nowhere, w->nowhere + w->page);
}

static void base_align(struct world *w)
{
	w->regs.x[1] += w->page / 2;
}

static void top_align(struct world *w)
{
	w->regs.x[2] -= w->page / 2;
}

static void size_valid(struct world *w)
{
	w->regs.x[2] = w->regs.x[1];
}

static void base_bound(struct world *w)
{
	w->regs.x[1] = BEYOND;
	w->regs.x[2] = BEYOND + w->page;
}

static uint64_t state_at(struct world *w, uint64_t pa)
{
	struct smccc_regs regs = {.x = {SMC_RMI_GPT_INFO, pa, pa + w->page}};

	world_must(w, world_do(w, &regs), "RMI_GPT_INFO");
	world_equal(w, regs.x[1], pa + w->page, "out_top for a page");
	return regs.x[2];
}

/* The answer holds up to out_top, and not for what lies beyond the memory. */
static void ends_with_state(struct world *w)
{
	uint64_t out_top = w->regs.x[1];

	if (w->model == NULL && out_top == w->in.x[2])
		world_skip(w, "the RMM has more memory than the backend");
	world_expect(w, out_top > w->in.x[1] && out_top < w->in.x[2] && out_top % w->page == 0,
	             "out_top is 0x%llx", (unsigned long long)out_top);
	world_equal(w, state_at(w, w->in.x[1]), w->regs.x[2], "the state of the first page");
	world_equal(w, state_at(w, out_top - w->page), w->regs.x[2], "the state of the last page");
	world_expect(w, state_at(w, out_top) != w->regs.x[2], "the state goes on at out_top");
}

static void has_l1(struct world *w)
{
	world_expect(
	        w, w->regs.x[2] == RMI_GPT_PLATFORM_MANAGED || w->regs.x[2] == RMI_GPT_HOST_CREATED,
	        "the state is %llu", (unsigned long long)w->regs.x[2]);
}

static void is_platform(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_GPT_PLATFORM_MANAGED, "the state");
}

static void is_host_created(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_GPT_HOST_CREATED, "the state");
}

static void is_not_created(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_GPT_HOST_NOT_CREATED, "the state");
}

static void is_nothing(struct world *w)
{
	world_equal(w, w->regs.x[2], RMI_GPT_RESERVED, "the state");
}

static const struct conformance_row info_rows[] = {
        FAILS(base_align, base_align),
        FAILS(top_align, top_align),
        FAILS(size_valid, size_valid),
        FAILS(base_bound, base_bound),
        HOLDS(out_top, ends_with_state),
        HOLDS(state, has_l1, .base = page_base),
        HOLDS(state, is_nothing, .base = nothing_base, .variant = "nowhere"),
        HOLDS(state, is_platform, .variant = "platform", .conf = "gpt=platform"),
        HOLDS(state, is_host_created, .variant = "created", .conf = "gpt=table"),
        HOLDS(state, is_not_created, .variant = "not_created", .conf = "gpt=block"),
        {0},
};

const struct conformance_command conformance_gpt_info = {
        .name = "RMI_GPT_INFO",
        .base = info_base,
        .revisions = RMI_REVISIONS_BET3,
        .rows = info_rows,
};
