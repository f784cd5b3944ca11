/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_GPT_L1_CREATE and RMI_GPT_L1_DESTROY (DEN0137 B4.5.15, B4.5.16). */
#include "suite.h"

/* What an entry of the L0 GPT describes, in bytes. */
static uint64_t entry_size(struct world *w)
{
	struct smccc_regs regs = {.x = {SMC_RMI_FEATURES, 1}};

	world_must(w, world_do(w, &regs), "RMI_FEATURES");
	return UINT64_C(1) << (30 + RMI_FIELD_GET(regs.x[1], RMI_FEATURE_REGISTER_1_L0GPTSZ));
}

/* The last entry that describes memory. Notes: [0] where it begins. */
static void prepare(struct world *w, uint64_t fid)
{
	struct rmi_memory memory = rmi_memory(w->rmi);

	w->note[0] = (memory.base + memory.size - 1) & ~(entry_size(w) - 1);
	WORLD_CALL(w, fid, w->note[0]);
}

static void create_base(struct world *w)
{
	prepare(w, SMC_RMI_GPT_L1_CREATE);
}

static void destroy_base(struct world *w)
{
	prepare(w, SMC_RMI_GPT_L1_DESTROY);
}

static void nothing(struct world *w)
{
	(void)w;
}

static void addr_align(struct world *w)
{
	w->regs.x[1] += w->page;
}

static void addr_bound(struct world *w)
{
	w->regs.x[1] = UINT64_C(1) << 52;
}

/* Notes: [1] what is donated */
static uint64_t take(void *arg, uint64_t size, enum rmi_op_mem_state state)
{
	struct world *w = arg;

	(void)size;
	(void)state;
	return w->note[1];
}

static void not_dram(struct world *w)
{
	w->note[1] = w->nowhere;
	w->memory.take = take;
}

/* Only where there is an L1 GPT can memory be in another PAS. */
static void not_nonsecure(struct world *w)
{
	uint64_t first = w->base & ~(entry_size(w) - 1);

	world_must(w, WORLD_DO(w, SMC_RMI_GPT_L1_CREATE, first), "RMI_GPT_L1_CREATE");
	w->note[1] = world_delegated(w);
	w->memory.take = take;
}

static uint64_t delegate_one(struct world *w)
{
	uint64_t pa = w->note[0] + entry_size(w) - w->page;

	return WORLD_DO(w, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + w->page);
}

static void is_not_homogeneous(struct world *w)
{
	world_must(w, delegate_one(w), "RMI_GRANULE_RANGE_DELEGATE");
}

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

/* Single granules can be delegated where there is a table. */
static void is_table(struct world *w)
{
	world_must(w, delegate_one(w), "RMI_GRANULE_RANGE_DELEGATE");
}

static void is_block(struct world *w)
{
	world_expect(w, rmi_status(delegate_one(w)) != RMI_SUCCESS,
	             "a granule of an L0 block can be delegated");
}

static void told_to_be(struct world *w, uint64_t state)
{
	struct smccc_regs regs = {.x = {SMC_RMI_GPT_INFO, w->note[0], w->note[0] + entry_size(w)}};

	if (w->rev == RMI_REVISION_2_0_BET1)
		world_skip(w, "RMI_GPT_INFO comes with 2.0-bet3");
	world_must(w, world_do(w, &regs), "RMI_GPT_INFO");
	world_equal(w, regs.x[2], state, "the state of the partition");
}

static void told_to_be_created(struct world *w)
{
	told_to_be(w, RMI_GPT_HOST_CREATED);
}

static void told_not_to_be_created(struct world *w)
{
	told_to_be(w, RMI_GPT_HOST_NOT_CREATED);
}

static const struct conformance_row create_rows[] = {
        FAILS(addr_bound, addr_bound),
        FAILS(addr_align, addr_align),
        FAILS(entry_state, nothing, .conf = "gpt=table"),
        FAILS(unfold_denied, nothing, .conf = "gpt=block,gpt_unfold=0"),
        FAILS(gran, not_nonsecure),
        FAILS(gran, not_dram, .variant = "not_dram"),
        HOLDS(result, result),
        HOLDS(state, is_table),
        HOLDS(state, told_to_be_created, .variant = "info"),
        {0},
};

const struct conformance_command conformance_gpt_l1_create = {
        .name = "RMI_GPT_L1_CREATE",
        .conf = "gpt=block",
        .base = create_base,
        .rows = create_rows,
};

static const struct conformance_row destroy_rows[] = {
        FAILS(addr_bound, addr_bound),
        FAILS(addr_align, addr_align),
        FAILS(entry_state, nothing, .conf = "gpt=block"),
        FAILS(gpt_l1_homo, is_not_homogeneous),
        HOLDS(result, result),
        HOLDS(state, is_block),
        HOLDS(state, told_not_to_be_created, .variant = "info"),
        {0},
};

const struct conformance_command conformance_gpt_l1_destroy = {
        .name = "RMI_GPT_L1_DESTROY",
        .conf = "gpt=table",
        .base = destroy_base,
        .rows = destroy_rows,
};
