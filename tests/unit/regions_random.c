/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random calls around tracking regions and the L0 GPT: the invariants hold after each, and in the
 * end the Host can have everything back.
 */
#include <rmi/model.h>
#include <rmm/model.h>

#include "cmocka_test.h"
#include "regions.h"

#define STEPS   2500
#define REGIONS 4
/* Four regions of 32 MiB, half of them below the first L0 entry's end. */
#define CONF                                                                                       \
	"model:granule=4K+16K,dram_base=0x3c000000,dram=128M,gpt=table,tracking_aux=3,"            \
	"donate_rounds=2,sro_contexts=3,donate="

struct walk {
	struct regions r;
	uint64_t random;
	uint64_t base;
	uint64_t handles[64];
	unsigned num_handles;
	unsigned done; /* Operations that ended in success. */
};

static uint64_t below(struct walk *w, uint64_t limit)
{
	w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (w->random >> 33) % limit;
}

/* A granule of one of the first in a region, so that calls meet. */
static uint64_t some_granule(struct walk *w)
{
	return w->base + below(w, REGIONS) * w->r.size + below(w, 6) * w->r.page;
}

static void move(struct walk *w)
{
	uint64_t base = some_granule(w);
	uint64_t size = w->r.page << below(w, 3);

	if (below(w, 8) == 0) {
		base &= ~(w->r.size - 1);
		size = w->r.size;
	}
	if (below(w, 2) == 0)
		regions_delegate(&w->r, base, base + size);
	else
		regions_undelegate(&w->r, base, base + size);
}

static void begin(struct walk *w)
{
	uint64_t region = w->base + below(w, REGIONS) * w->r.size;
	struct smccc_regs regs = {{SMC_RMI_GRANULE_TRACKING_SET, region,
	                           RMI_MEM_CATEGORY_CONVENTIONAL, 1 + below(w, 3)}};

	if (below(w, 4) == 0)
		regs = (struct smccc_regs){
		        {below(w, 2) ? SMC_RMI_GPT_L1_CREATE : SMC_RMI_GPT_L1_DESTROY,
		         region & ~((UINT64_C(1) << 30) - 1)}};
	rmi_call(w->r.pe, &regs);
	w->done += regs.x[0] == RMI_SUCCESS;
	if (rmi_status(regs.x[0]) == RMI_INCOMPLETE && w->num_handles < 64)
		w->handles[w->num_handles++] = regs.x[1];
}

static void go_on(struct walk *w)
{
	static const enum rmi_op_mem_state states[] = {RMI_OP_MEM_DELEGATED, RMI_OP_MEM_UNDELEGATED,
	                                               RMI_OP_MEM_CONDITIONAL};
	uint64_t *list = rmi_pa_to_va(w->r.rmi, w->r.list, w->r.page);
	unsigned which = (unsigned)below(w, w->num_handles);
	uint64_t handle = w->handles[which];
	struct smccc_regs regs;

	switch (below(w, 8)) {
	case 0:
		rmi_op_cancel(w->r.pe, handle);
		break;
	case 1:
	case 2:
		rmi_op_mem_reclaim(w->r.pe, handle, w->r.list, 1 + below(w, 3), NULL);
		break;
	case 3:
		rmi_op_continue(w->r.pe, handle, 0, &regs);
		w->done += regs.x[0] == RMI_SUCCESS;
		if (rmi_status(regs.x[0]) != RMI_INCOMPLETE)
			w->handles[which] = w->handles[--w->num_handles];
		break;
	default:
		*list = rmi_addr_range_desc_encode(
		        rmi_revision(w->r.rmi), w->r.gshift,
		        (struct rmi_addr_range_desc){.base = some_granule(w),
		                                     .count = 1 + below(w, 2),
		                                     .state = states[below(w, 3)]});
		rmi_op_mem_donate(w->r.pe, handle, w->r.list, 1, NULL, NULL);
		break;
	}
}

static void check(struct walk *w, unsigned step)
{
	struct rmi_error err;

	if (!rmm_check(rmi_model(w->r.rmi), &err))
		fail_msg("step %u: %s", step, err.text);
}

/* Ends every operation, whatever it takes. */
static void finish(struct walk *w)
{
	while (w->num_handles != 0) {
		uint64_t handle = w->handles[--w->num_handles];
		struct smccc_regs regs;

		do {
			rmi_op_mem_reclaim(w->r.pe, handle, w->r.list, 8, NULL);
			rmi_op_continue(w->r.pe, handle, 0, &regs);
		} while (rmi_status(regs.x[0]) == RMI_INCOMPLETE);
	}
}

/* Undelegates whatever can be, piece by piece. */
static void undelegate_all(struct walk *w)
{
	regions_unfold(&w->r, 0);
	regions_unfold(&w->r, UINT64_C(1) << 30);
	for (unsigned i = 0; i < REGIONS; i++) {
		uint64_t region = w->base + i * w->r.size;

		regions_undelegate(&w->r, region, region + w->r.size);
		for (uint64_t pa = region; pa < region + w->r.size; pa += w->r.page)
			regions_undelegate(&w->r, pa, pa + w->r.page);
	}
}

static void take_back(struct walk *w)
{
	w->r.refuse = true;
	undelegate_all(w);
	/* Metadata of one region may lie in another. */
	for (unsigned round = 0; round < 2 * REGIONS; round++) {
		for (unsigned i = 0; i < REGIONS; i++)
			regions_track(&w->r, i, RMI_TRACKING_NONE);
		regions_fold(&w->r, 0);
		regions_fold(&w->r, UINT64_C(1) << 30);
	}
}

static void walk(const char *conf, uint64_t seed)
{
	struct walk w = {.random = seed};

	w.r = regions_open(conf, RMI_GRANULE_SIZE_16KB, 0);
	w.base = w.r.base;
	w.r.list = w.base + w.r.size - w.r.page;
	for (unsigned step = 0; step < STEPS; step++) {
		if (below(&w, 3) == 0)
			move(&w);
		else if (w.num_handles == 0 || below(&w, 4) == 0)
			begin(&w);
		else
			go_on(&w);
		check(&w, step);
	}
	assert_true(w.done > 20);
	finish(&w);
	check(&w, STEPS);
	take_back(&w);
	check(&w, STEPS + 1);
	regions_close(&w.r);
}

static void invariants_hold_after_each_call(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		walk(CONF "pages,l0gpt_block_delegate=1", seed);
		walk(CONF "cond_pages", seed);
		walk(CONF "cond_pages,tracking=none", seed);
		walk(CONF "pages,spec=2.0-bet1", seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(invariants_hold_after_each_call),
	};

	return cmocka_run_group_tests_name("regions_random", tests, NULL, NULL);
}
