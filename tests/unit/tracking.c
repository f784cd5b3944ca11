/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_GRANULE_TRACKING_SET and what follows from the state of a region (DEN0137 A2.3.4, B4.5.20).
 */
#include <stdio.h>

#include <rmi/model.h>
#include <rmm/model.h>

#include "cmocka_test.h"
#include "regions.h"

/* Regions of 32 MiB: whole ones are delegated quickly. */
#define OPEN(conf) regions_open("model:granule=4K+16K+64K," conf, RMI_GRANULE_SIZE_16KB, 0)
#define METADATA   "tracking=none,tracking_aux=3,"

static void a_region_changes_its_state_and_no_other_does(void **state)
{
	struct regions r = OPEN("tracking=none");

	(void)state;
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(regions_track(&r, 2, RMI_TRACKING_COARSE), RMI_SUCCESS);
	assert_int_equal(regions_state(&r, 0), RMI_TRACKING_NONE);
	assert_int_equal(regions_state(&r, 1), RMI_TRACKING_FINE);
	assert_int_equal(regions_state(&r, 2), RMI_TRACKING_COARSE);
	assert_int_equal(regions_track(&r, 2, RMI_TRACKING_NONE), RMI_SUCCESS);
	assert_int_equal(regions_state(&r, 2), RMI_TRACKING_NONE);
	regions_close(&r);
}

static void delegation_follows_the_state_of_the_region(void **state)
{
	struct regions r = OPEN("tracking=none");
	uint64_t fine = r.base + r.size;
	uint64_t coarse = r.base + 2 * r.size;

	(void)state;
	regions_track(&r, 1, RMI_TRACKING_FINE);
	regions_track(&r, 2, RMI_TRACKING_COARSE);
	assert_int_equal(regions_delegate(&r, r.base, r.base + r.page), RMI_ERROR_INPUT);
	assert_int_equal(regions_delegate(&r, fine, fine + r.page), RMI_SUCCESS);
	assert_int_equal(regions_undelegate(&r, fine, fine + r.page), RMI_SUCCESS);
	assert_int_equal(regions_delegate(&r, coarse, coarse + r.page), RMI_ERROR_INPUT);
	assert_int_equal(regions_delegate(&r, coarse + r.page, coarse + r.size), RMI_ERROR_INPUT);
	assert_int_equal(regions_delegate(&r, coarse, coarse + r.size), RMI_SUCCESS);
	assert_int_equal(regions_undelegate(&r, coarse, coarse + r.page), RMI_ERROR_INPUT);
	assert_int_equal(regions_undelegate(&r, coarse, coarse + r.size), RMI_SUCCESS);
	regions_close(&r);
}

static void a_range_ends_where_tracking_does(void **state)
{
	struct regions r = OPEN("tracking=none");
	uint64_t base = r.base + r.size;
	uint64_t top = 0;

	(void)state;
	regions_track(&r, 0, RMI_TRACKING_FINE);
	assert_int_equal(rmi_granule_range_delegate(r.pe, base - r.page, base + r.page, &top, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, base);
	regions_close(&r);
}

static void the_rows_of_tracking_set(void **state)
{
	struct regions r = OPEN("tracking=none,dram_base=0x80000000");
	uint64_t set = RMI_TRACKING_FINE;

	(void)state;
	/* state_valid */
	for (unsigned bad = 4; bad < 8; bad++)
		assert_int_equal(rmi_granule_tracking_set(r.pe, r.base, 0, bad, NULL),
		                 RMI_ERROR_INPUT);
	assert_int_equal(rmi_granule_tracking_set(r.pe, r.base, 0, RMI_TRACKING_RESERVED, NULL),
	                 RMI_ERROR_INPUT);
	/* addr_align, addr_bound, category, reserved */
	assert_int_equal(rmi_granule_tracking_set(r.pe, r.base + r.page, 0, set, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(rmi_granule_tracking_set(r.pe, (UINT64_C(1) << 48) + r.size, 0, set, NULL),
	                 RMI_ERROR_INPUT);
	for (unsigned category = 1; category < 4; category++)
		assert_int_equal(rmi_granule_tracking_set(r.pe, r.base, category, set, NULL),
		                 RMI_ERROR_INPUT);
	assert_int_equal(rmi_granule_tracking_set(r.pe, r.base - r.size, 0, set, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(regions_state(&r, 0), RMI_TRACKING_NONE);
	/* rmm_state */
	assert_int_equal(rmi_rmm_deactivate(r.pe, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_granule_tracking_set(r.pe, r.base, 0, set, NULL), RMI_ERROR_GLOBAL);
	regions_close(&r);
}

static void granularity_changes_only_while_all_granules_have_one_state(void **state)
{
	struct regions r = OPEN("tracking=fine");
	uint64_t base = r.base + r.size;

	(void)state;
	regions_delegate(&r, base + r.page, base + 2 * r.page);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_COARSE), RMI_ERROR_INPUT);
	assert_int_equal(regions_state(&r, 1), RMI_TRACKING_FINE);
	regions_delegate(&r, base, base + r.page);
	regions_delegate(&r, base + 2 * r.page, base + r.size);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_COARSE), RMI_SUCCESS);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(regions_undelegate(&r, base, base + r.page), RMI_SUCCESS);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_COARSE), RMI_ERROR_INPUT);
	regions_close(&r);
}

static void a_region_is_untracked_only_when_the_rmm_has_none_of_it(void **state)
{
	struct regions r = OPEN("tracking=fine");
	uint64_t base = r.base + r.size;

	(void)state;
	regions_delegate(&r, base, base + r.size);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_NONE), RMI_ERROR_INPUT);
	regions_undelegate(&r, base, base + r.size);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_NONE), RMI_SUCCESS);
	regions_close(&r);
}

static void metadata_is_donated_and_comes_back(void **state)
{
	struct regions r = OPEN("tracking=fine,tracking_aux=3");

	(void)state;
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_NONE), RMI_SUCCESS);
	assert_int_equal(r.back, 0);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(r.count, 3);
	assert_int_equal(r.asked.state, RMI_OP_MEM_DELEGATED);
	assert_int_equal(rmi_audit(r.rmi, NULL), 3);
	/* What is metadata is nobody's to take. */
	assert_int_equal(regions_undelegate(&r, r.given, r.given + r.page), RMI_ERROR_INPUT);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_COARSE), RMI_SUCCESS);
	assert_int_equal(r.back, 3);
	assert_int_equal(regions_undelegate(&r, r.given, r.given + 3 * r.page), RMI_SUCCESS);
	assert_int_equal(rmi_audit(r.rmi, NULL), 0);
	regions_close(&r);
}

/* Starts TRACKING_SET of region 1 and leaves it. */
static uint64_t begin(struct regions *r, enum rmi_tracking_region_state state)
{
	struct rmi_sro sro = {0};
	uint64_t x0 = rmi_granule_tracking_set(r->pe, r->base + r->size, 0, state, &sro);

	assert_int_equal(rmi_status(x0), RMI_INCOMPLETE);
	return sro.handle;
}

static void a_region_is_intermediate_while_its_operation_is_open(void **state)
{
	struct regions r = OPEN(METADATA "spec=2.0-bet3");
	uint64_t base = r.base + r.size;
	uint64_t handle;

	(void)state;
	handle = begin(&r, RMI_TRACKING_FINE);
	assert_int_equal(regions_state(&r, 1), RMI_TRACKING_INTERMEDIATE);
	assert_int_equal(regions_delegate(&r, base, base + r.page), RMI_BLOCKED);
	assert_int_equal(regions_undelegate(&r, base, base + r.page), RMI_BLOCKED);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_COARSE), RMI_BLOCKED);
	assert_int_equal(rmi_rmm_deactivate(r.pe, NULL), RMI_BLOCKED);
	assert_true(rmm_check(rmi_model(r.rmi), NULL));
	/* The Host has nothing to give. */
	r.refuse = true;
	assert_int_equal(regions_command(&r, &(struct smccc_regs){{SMC_RMI_OP_CONTINUE, handle}}),
	                 RMI_ERROR_INPUT);
	assert_int_equal(regions_state(&r, 1), RMI_TRACKING_NONE);
	assert_int_equal(rmi_rmm_deactivate(r.pe, NULL), RMI_SUCCESS);
	regions_close(&r);
}

static void an_intermediate_region_is_blocked_where_it_has_no_name(void **state)
{
	struct regions r = OPEN(METADATA "spec=2.0-bet1");

	(void)state;
	begin(&r, RMI_TRACKING_FINE);
	assert_int_equal(rmi_granule_tracking_get(r.pe, r.base + r.size, NULL, NULL), RMI_BLOCKED);
	regions_close(&r);
}

static void a_cancelled_change_gives_everything_back(void **state)
{
	struct regions r = OPEN("tracking_aux=4,donate_rounds=2");
	uint64_t *list = rmi_pa_to_va(r.rmi, r.list, r.page);
	struct smccc_regs regs;
	uint64_t handle;

	(void)state;
	regions_track(&r, 1, RMI_TRACKING_COARSE);
	handle = begin(&r, RMI_TRACKING_FINE);
	regions_delegate(&r, r.spare, r.spare + 2 * r.page);
	*list = rmi_addr_range_desc_encode(
	        rmi_revision(r.rmi), r.gshift,
	        (struct rmi_addr_range_desc){.base = r.spare, .count = 2});
	assert_int_equal(rmi_status(rmi_op_mem_donate(r.pe, handle, r.list, 1, NULL, NULL)),
	                 RMI_INCOMPLETE);
	assert_int_equal(rmi_memreq(rmi_op_cancel(r.pe, handle)), RMI_OP_MEM_REQ_RECLAIM);
	rmi_op_mem_reclaim(r.pe, handle, r.list, 8, NULL);
	assert_int_equal(rmi_op_continue(r.pe, handle, 0, &regs), RMI_ERROR_INPUT);
	assert_int_equal(regions_state(&r, 1), RMI_TRACKING_COARSE);
	assert_int_equal(regions_undelegate(&r, r.spare, r.spare + 2 * r.page), RMI_SUCCESS);
	regions_close(&r);
}

static void metadata_must_be_what_was_asked_for(void **state)
{
	struct regions r = OPEN("tracking_aux=2");
	uint64_t *list = rmi_pa_to_va(r.rmi, r.list, r.page);
	struct rmi_addr_range_desc desc = {.base = r.spare, .count = 2};
	uint64_t coarse = r.base + 2 * r.size;
	uint64_t handle;

	(void)state;
	regions_track(&r, 2, RMI_TRACKING_COARSE);
	regions_delegate(&r, coarse, coarse + r.size);
	regions_track(&r, 1, RMI_TRACKING_NONE);
	handle = begin(&r, RMI_TRACKING_FINE);
	/* in_state */
	*list = rmi_addr_range_desc_encode(rmi_revision(r.rmi), r.gshift, desc);
	assert_int_equal(rmi_op_mem_donate(r.pe, handle, r.list, 1, NULL, NULL), RMI_ERROR_INPUT);
	/* in_loc_dram */
	desc.base = r.base - r.size;
	*list = rmi_addr_range_desc_encode(rmi_revision(r.rmi), r.gshift, desc);
	assert_int_equal(rmi_op_mem_donate(r.pe, handle, r.list, 1, NULL, NULL), RMI_ERROR_INPUT);
	/* A part of a coarse region. */
	desc.base = coarse;
	*list = rmi_addr_range_desc_encode(rmi_revision(r.rmi), r.gshift, desc);
	assert_int_equal(rmi_op_mem_donate(r.pe, handle, r.list, 1, NULL, NULL), RMI_ERROR_INPUT);
	regions_close(&r);
}

static void conditional_metadata_comes_from_the_region_itself(void **state)
{
	struct regions r = OPEN(METADATA "donate=cond_pages");

	(void)state;
	r.spare = r.base + r.size;
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(r.asked.state, RMI_OP_MEM_CONDITIONAL);
	assert_int_equal(r.count, 3);
	assert_int_equal(regions_delegate(&r, r.given, r.given + r.page), RMI_ERROR_INPUT);
	assert_int_equal(regions_delegate(&r, r.spare, r.spare + r.page), RMI_SUCCESS);
	/* As the metadata will be delegated then, all else must be. */
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_COARSE), RMI_ERROR_INPUT);
	assert_int_equal(regions_undelegate(&r, r.spare, r.spare + r.page), RMI_SUCCESS);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_NONE), RMI_SUCCESS);
	assert_int_equal(r.back, 3);
	assert_int_equal(rmi_audit(r.rmi, NULL), 0);
	regions_close(&r);
}

static void conditional_memory_is_delegated_where_it_is_tracked(void **state)
{
	struct regions r = OPEN(METADATA "donate=cond_pages");
	uint64_t fine = r.base + r.size;

	(void)state;
	r.spare = fine;
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_FINE), RMI_SUCCESS);
	r.spare = fine + 8 * r.page;
	regions_delegate(&r, r.spare, r.spare + 3 * r.page);
	assert_int_equal(regions_track(&r, 2, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(regions_track(&r, 2, RMI_TRACKING_NONE), RMI_SUCCESS);
	assert_int_equal(regions_undelegate(&r, r.given, r.given + 3 * r.page), RMI_SUCCESS);
	regions_close(&r);
}

static void conditional_memory_is_unknown_to_bet1(void **state)
{
	struct regions r = OPEN("tracking_aux=1,donate=cond_pages,spec=2.0-bet1");

	(void)state;
	regions_track(&r, 1, RMI_TRACKING_NONE);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(r.asked.state, RMI_OP_MEM_DELEGATED);
	regions_close(&r);
}

static void regions_change_under_every_seed(void **state)
{
	static const enum rmi_tracking_region_state path[] = {
	        RMI_TRACKING_NONE,   RMI_TRACKING_FINE, RMI_TRACKING_COARSE,
	        RMI_TRACKING_COARSE, RMI_TRACKING_FINE, RMI_TRACKING_NONE,
	};
	char conf[160];

	(void)state;
	for (unsigned seed = 0; seed < 30; seed++) {
		struct regions r;

		(void)snprintf(conf, sizeof(conf),
		               "model:granule=4K+16K,policy=hostile,busy=0,range=0,incomplete=0,"
		               "incomplete_every=0,"
		               "seed=%u",
		               seed);
		r = regions_open(conf, RMI_GRANULE_SIZE_16KB, 0);
		r.delegated = true;
		for (unsigned i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
			assert_int_equal(regions_track(&r, 1, path[i]), RMI_SUCCESS);
			assert_int_equal(regions_state(&r, 1), path[i]);
			assert_true(rmm_check(rmi_model(r.rmi), NULL));
		}
		regions_close(&r);
	}
}

static void config_set_wants_nothing_tracked_by_the_host(void **state)
{
	struct regions r = OPEN("tracking=none");

	(void)state;
	regions_track(&r, 1, RMI_TRACKING_FINE);
	rmi_rmm_deactivate(r.pe, NULL);
	/* The page still holds the configuration. */
	assert_int_equal(rmi_rmm_config_set(r.pe, r.list), RMI_ERROR_INPUT);
	rmi_rmm_activate(r.pe, NULL);
	regions_track(&r, 1, RMI_TRACKING_NONE);
	rmi_rmm_deactivate(r.pe, NULL);
	assert_int_equal(rmi_rmm_config_set(r.pe, r.list), RMI_SUCCESS);
	regions_close(&r);
}

static void config_set_brings_regions_back_to_the_state_of_boot(void **state)
{
	struct regions r = OPEN("tracking=fine");

	(void)state;
	regions_track(&r, 1, RMI_TRACKING_COARSE);
	rmi_rmm_deactivate(r.pe, NULL);
	assert_int_equal(rmi_rmm_config_set(r.pe, r.list), RMI_SUCCESS);
	assert_int_equal(regions_state(&r, 1), RMI_TRACKING_FINE);
	regions_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_region_changes_its_state_and_no_other_does),
	        cmocka_unit_test(delegation_follows_the_state_of_the_region),
	        cmocka_unit_test(a_range_ends_where_tracking_does),
	        cmocka_unit_test(the_rows_of_tracking_set),
	        cmocka_unit_test(granularity_changes_only_while_all_granules_have_one_state),
	        cmocka_unit_test(a_region_is_untracked_only_when_the_rmm_has_none_of_it),
	        cmocka_unit_test(metadata_is_donated_and_comes_back),
	        cmocka_unit_test(a_region_is_intermediate_while_its_operation_is_open),
	        cmocka_unit_test(an_intermediate_region_is_blocked_where_it_has_no_name),
	        cmocka_unit_test(a_cancelled_change_gives_everything_back),
	        cmocka_unit_test(metadata_must_be_what_was_asked_for),
	        cmocka_unit_test(conditional_metadata_comes_from_the_region_itself),
	        cmocka_unit_test(conditional_memory_is_delegated_where_it_is_tracked),
	        cmocka_unit_test(conditional_memory_is_unknown_to_bet1),
	        cmocka_unit_test(regions_change_under_every_seed),
	        cmocka_unit_test(config_set_wants_nothing_tracked_by_the_host),
	        cmocka_unit_test(config_set_brings_regions_back_to_the_state_of_boot),
	};

	return cmocka_run_group_tests_name("tracking", tests, NULL, NULL);
}
