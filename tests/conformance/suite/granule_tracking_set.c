/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_GRANULE_TRACKING_SET (DEN0137 B4.5.20): how finely a region is tracked. */
#include "suite.h"

/* Size of a tracking region, of those that a granule size has the smaller one. */
static uint64_t region_size(const struct world *w)
{
	static const unsigned shifts[] = {30, 25, 29};

	return UINT64_C(1) << shifts[(w->gshift - 12) / 2];
}

/* The last region of the memory becomes coarse. Notes: [0] where it begins. */
static void inactive_base(struct world *w)
{
	struct rmi_memory memory = rmi_memory(w->rmi);

	w->note[0] = (memory.base + memory.size - 1) & ~(region_size(w) - 1);
	if (w->note[0] < memory.base)
		world_skip(w, "the memory has no whole tracking region");
	WORLD_CALL(w, SMC_RMI_GRANULE_TRACKING_SET, w->note[0], RMI_MEM_CATEGORY_CONVENTIONAL,
	           RMI_TRACKING_COARSE);
}

static void base(struct world *w)
{
	world_activate_rmm(w);
	inactive_base(w);
}

/* The same region from untracked to fine. */
static void untracked_base(struct world *w)
{
	base(w);
	world_must(w,
	           WORLD_DO(w, SMC_RMI_GRANULE_TRACKING_SET, w->note[0],
	                    RMI_MEM_CATEGORY_CONVENTIONAL, RMI_TRACKING_NONE),
	           "RMI_GRANULE_TRACKING_SET");
	w->regs.x[3] = RMI_TRACKING_FINE;
}

static void tracked_base(struct world *w)
{
	base(w);
	w->regs.x[3] = RMI_TRACKING_NONE;
}

static void nothing(struct world *w)
{
	(void)w;
}

static void state_valid(struct world *w)
{
	w->regs.x[3] = RMI_TRACKING_RESERVED;
}

static void addr_align(struct world *w)
{
	w->regs.x[1] += w->page;
}

static void addr_bound(struct world *w)
{
	w->regs.x[1] = UINT64_C(1) << 53;
}

static void category(struct world *w)
{
	w->regs.x[2] = RMI_MEM_CATEGORY_DEV_COH;
}

static void reserved(struct world *w)
{
	w->regs.x[1] = w->nowhere;
}

/* Memory that is not in the state that was asked for: the next page of the Host's, or a delegated
 * one. */
static uint64_t take_wrong_state(void *arg, uint64_t size, enum rmi_op_mem_state state)
{
	struct world *w = arg;

	(void)size;
	return w->note[state == RMI_OP_MEM_UNDELEGATED ? 2 : 1];
}

static void in_state(struct world *w)
{
	w->note[1] = world_page(w);
	w->note[2] = world_delegated(w);
	w->memory.take = take_wrong_state;
}

static uint64_t take_nowhere(void *arg, uint64_t size, enum rmi_op_mem_state state)
{
	struct world *w = arg;

	(void)size;
	(void)state;
	return w->nowhere;
}

static void in_loc_dram(struct world *w)
{
	w->memory.take = take_nowhere;
}

static uint64_t move_one(struct world *w, uint64_t fid)
{
	struct rmi_memory memory = rmi_memory(w->rmi);
	uint64_t top = w->note[0] + region_size(w);
	uint64_t pa = (top < memory.base + memory.size ? top : memory.base + memory.size) - w->page;

	return WORLD_DO(w, fid, pa, pa + w->page);
}

/* Untracks the region: what was donated for it comes back. */
static void untrack(struct world *w)
{
	world_must(w,
	           WORLD_DO(w, SMC_RMI_GRANULE_TRACKING_SET, w->note[0],
	                    RMI_MEM_CATEGORY_CONVENTIONAL, RMI_TRACKING_NONE),
	           "RMI_GRANULE_TRACKING_SET");
}

/* A region that is tracked finely gives single granules, one that is not gives none. */
static void is_tracked(struct world *w)
{
	world_must(w, move_one(w, SMC_RMI_GRANULE_RANGE_DELEGATE), "RMI_GRANULE_RANGE_DELEGATE");
	world_must(w, move_one(w, SMC_RMI_GRANULE_RANGE_UNDELEGATE),
	           "RMI_GRANULE_RANGE_UNDELEGATE");
	untrack(w);
}

static void is_not_tracked(struct world *w)
{
	world_expect(w, rmi_status(move_one(w, SMC_RMI_GRANULE_RANGE_DELEGATE)) != RMI_SUCCESS,
	             "a granule of an untracked region can be delegated");
}

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

static void state(struct world *w)
{
	struct smccc_regs regs = {.x = {SMC_RMI_GRANULE_TRACKING_GET, w->note[0]}};

	world_must(w, world_do(w, &regs), "RMI_GRANULE_TRACKING_GET");
	world_equal(w, regs.x[2], w->in.x[3], "the state of the region");
	untrack(w);
}

/* So much is asked for, and not less. */
#define DONATES "tracking_aux=2,policy=calm"

static const struct conformance_row rows[] = {
        FAILS(rmm_state, nothing, .base = inactive_base),
        FAILS(state_valid, state_valid),
        FAILS(addr_align, addr_align),
        FAILS(addr_bound, addr_bound),
        FAILS(category, category),
        FAILS(reserved, reserved),
        FAILS(in_state, in_state, .base = untracked_base, .conf = DONATES),
        FAILS(in_loc_dram, in_loc_dram, .base = untracked_base, .conf = DONATES),
        NEVER_FAILS(in_loc_cmem, "there is no CMEM without device assignment"),
        HOLDS(tracked_inc, is_tracked, .base = untracked_base),
        HOLDS(tracked_dec, is_not_tracked, .base = tracked_base),
        HOLDS(result, result),
        HOLDS(state, state),
        HOLDS(state, state, .variant = "fine", .base = untracked_base),
        HOLDS(state, state, .variant = "none", .base = tracked_base),
        {0},
};

const struct conformance_command conformance_granule_tracking_set = {
        .name = "RMI_GRANULE_TRACKING_SET",
        .init = true,
        .base = base,
        .rows = rows,
};
