/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_GPT_L1_CREATE, RMI_GPT_L1_DESTROY, RMI_GPT_INFO, and delegation below the L0 GPT (A2.3.9). */
#include <string.h>

#include <rmi/model.h>
#include <rmm/inspect.h>
#include <rmm/model.h>

#include "cmocka_test.h"
#include "regions.h"

#define L0SIZE     (UINT64_C(1) << 30)
/* Three L0 entries. */
#define OPEN(conf) regions_open("model:dram=3G" conf, RMI_GRANULE_SIZE_4KB, 0)

/* What RMI_GPT_INFO says of the first granule of an L0 entry. */
static enum rmi_gpt_partition_state info(struct regions *r, unsigned entry)
{
	uint64_t base = r->base + entry * L0SIZE;
	uint64_t state = RMI_GPT_RESERVED;

	assert_int_equal(rmi_gpt_info(r->pe, base, base + r->page, NULL, &state), RMI_SUCCESS);
	return (enum rmi_gpt_partition_state)state;
}

static void the_platform_manages_the_gpt_unless_told_otherwise(void **state)
{
	struct regions r = OPEN("");

	(void)state;
	assert_int_equal(info(&r, 0), RMI_GPT_PLATFORM_MANAGED);
	assert_int_equal(regions_unfold(&r, r.base), RMI_ERROR_GPT);
	assert_int_equal(regions_fold(&r, r.base), RMI_ERROR_INPUT);
	assert_int_equal(regions_delegate(&r, r.base, r.base + r.page), RMI_SUCCESS);
	regions_close(&r);
}

static void an_l1_gpt_is_made_of_nonsecure_memory(void **state)
{
	struct regions r = OPEN(",gpt=block");

	(void)state;
	assert_int_equal(info(&r, 0), RMI_GPT_HOST_NOT_CREATED);
	assert_int_equal(regions_unfold(&r, r.base), RMI_SUCCESS);
	assert_int_equal(r.asked.state, RMI_OP_MEM_UNDELEGATED);
	assert_int_equal(r.asked.contig, RMI_OP_MEM_CONTIG);
	/* Half a byte for each granule. */
	assert_int_equal(r.count << r.gshift, (L0SIZE >> r.gshift) / 2);
	assert_int_equal(info(&r, 0), RMI_GPT_HOST_CREATED);
	assert_int_equal(info(&r, 1), RMI_GPT_HOST_NOT_CREATED);
	assert_int_equal(regions_unfold(&r, r.base), RMI_ERROR_GPT);
	assert_int_equal(rmi_audit(r.rmi, NULL), 32);
	regions_close(&r);
}

static void folding_gives_the_l1_gpt_back(void **state)
{
	struct regions r = OPEN(",gpt=block");
	uint8_t *l1;

	(void)state;
	regions_unfold(&r, r.base + L0SIZE);
	assert_int_equal(regions_fold(&r, r.base), RMI_ERROR_INPUT);
	assert_int_equal(regions_fold(&r, r.base + L0SIZE), RMI_SUCCESS);
	assert_int_equal(r.back, 32);
	assert_int_equal(info(&r, 1), RMI_GPT_HOST_NOT_CREATED);
	assert_int_equal(rmi_audit(r.rmi, NULL), 0);
	/* The memory is the Host's as it was. */
	l1 = rmi_pa_to_va(r.rmi, r.spare - r.page, r.page);
	memset(l1, 1, r.page);
	regions_close(&r);
}

static void only_a_homogeneous_l1_gpt_is_folded(void **state)
{
	struct regions r = OPEN(",gpt=table");
	uint64_t base = r.base + L0SIZE;

	(void)state;
	regions_delegate(&r, base, base + r.page);
	assert_int_equal(regions_fold(&r, base), RMI_ERROR_INPUT);
	assert_int_equal(info(&r, 1), RMI_GPT_HOST_CREATED);
	regions_delegate(&r, base + r.page, base + L0SIZE);
	assert_int_equal(regions_fold(&r, base), RMI_SUCCESS);
	assert_int_equal(r.back, 0);
	/* A block that is Realm memory is not taken apart. */
	assert_int_equal(regions_undelegate(&r, base, base + r.page), RMI_ERROR_GPT);
	assert_int_equal(regions_unfold(&r, base), RMI_SUCCESS);
	assert_int_equal(regions_undelegate(&r, base, base + r.page), RMI_SUCCESS);
	regions_close(&r);
}

static void an_l1_gpt_may_describe_itself(void **state)
{
	struct regions r = OPEN(",gpt=block");

	(void)state;
	r.spare = r.base + L0SIZE;
	assert_int_equal(regions_unfold(&r, r.base + L0SIZE), RMI_SUCCESS);
	r.spare = r.base + L0SIZE + (UINT64_C(1) << 20);
	assert_int_equal(regions_unfold(&r, r.base), RMI_SUCCESS);
	/* It holds another L1 GPT now. */
	assert_int_equal(regions_fold(&r, r.base + L0SIZE), RMI_ERROR_INPUT);
	assert_int_equal(regions_fold(&r, r.base), RMI_SUCCESS);
	assert_int_equal(regions_fold(&r, r.base + L0SIZE), RMI_SUCCESS);
	regions_close(&r);
}

static void delegation_below_a_block_is_a_gpt_error(void **state)
{
	struct regions r = OPEN(",gpt=block");
	uint64_t top = 0;

	(void)state;
	assert_int_equal(regions_delegate(&r, r.base, r.base + r.page), RMI_ERROR_GPT);
	regions_unfold(&r, r.base);
	assert_int_equal(regions_delegate(&r, r.base, r.base + r.page), RMI_SUCCESS);
	/* A range ends where the next block begins. */
	assert_int_equal(rmi_granule_range_delegate(r.pe, r.base + L0SIZE - r.page,
	                                            r.base + L0SIZE + r.page, &top, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, r.base + L0SIZE);
	regions_close(&r);
}

static void a_block_is_delegated_as_a_whole_where_that_is_a_feature(void **state)
{
	struct regions r = OPEN(",gpt=block,tracking=coarse,l0gpt_block_delegate=1");
	uint64_t reg = 0;

	(void)state;
	rmi_features(r.pe, 0, &reg);
	assert_true((reg & RMI_FEATURE_REGISTER_0_L0GPT_BLOCK_DELEGATE) != 0);
	assert_int_equal(regions_delegate(&r, r.base + L0SIZE, r.base + 2 * L0SIZE), RMI_SUCCESS);
	assert_int_equal(regions_track(&r, 1, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(regions_undelegate(&r, r.base + L0SIZE, r.base + L0SIZE + r.page),
	                 RMI_ERROR_GPT);
	regions_close(&r);
}

static void a_coarse_block_needs_the_feature(void **state)
{
	struct regions r = OPEN(",gpt=block,tracking=coarse");

	(void)state;
	assert_int_equal(regions_delegate(&r, r.base + L0SIZE, r.base + 2 * L0SIZE), RMI_ERROR_GPT);
	regions_close(&r);
}

static void the_platform_may_refuse_to_unfold(void **state)
{
	struct regions r = OPEN(",gpt=block,gpt_unfold=0");

	(void)state;
	assert_int_equal(regions_unfold(&r, r.base), RMI_ERROR_GLOBAL);
	/* What is not DRAM is never the Host's. */
	assert_int_equal(regions_unfold(&r, 0), RMI_ERROR_GLOBAL);
	assert_int_equal(regions_fold(&r, 0), RMI_ERROR_INPUT);
	regions_close(&r);
}

static void the_address_is_that_of_an_l0_entry(void **state)
{
	struct regions r = OPEN(",gpt=block");

	(void)state;
	/* addr_bound, addr_align */
	assert_int_equal(regions_unfold(&r, UINT64_C(1) << 48), RMI_ERROR_INPUT);
	assert_int_equal(regions_fold(&r, UINT64_C(1) << 48), RMI_ERROR_INPUT);
	assert_int_equal(regions_unfold(&r, r.base + r.page), RMI_ERROR_INPUT);
	assert_int_equal(regions_fold(&r, r.base + r.page), RMI_ERROR_INPUT);
	regions_close(&r);
}

static void an_l0_entry_is_blocked_while_its_operation_is_open(void **state)
{
	struct regions r = OPEN(",gpt=block");
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	assert_int_equal(rmi_gpt_l1_create(r.pe, r.base, &sro),
	                 rmi_result_incomplete(RMI_OP_MEM_REQ_DONATE, true));
	assert_int_equal(regions_unfold(&r, r.base), RMI_BLOCKED);
	assert_int_equal(regions_fold(&r, r.base), RMI_BLOCKED);
	assert_int_equal(regions_delegate(&r, r.base, r.base + r.page), RMI_BLOCKED);
	assert_int_equal(rmi_gpt_info(r.pe, r.base, r.base + r.page, NULL, NULL), RMI_BLOCKED);
	assert_true(rmm_check(rmi_model(r.rmi), NULL));
	/* Others are not. */
	assert_int_equal(regions_unfold(&r, r.base + L0SIZE), RMI_SUCCESS);
	rmi_op_cancel(r.pe, sro.handle);
	assert_int_equal(rmi_op_continue(r.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	assert_int_equal(info(&r, 0), RMI_GPT_HOST_NOT_CREATED);
	regions_close(&r);
}

static void deactivation_waits_for_open_regions(void **state)
{
	struct regions r = OPEN(",gpt=block");
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	rmi_gpt_l1_create(r.pe, r.base, &sro);
	assert_int_equal(rmi_rmm_deactivate(r.pe, NULL), RMI_BLOCKED);
	rmi_op_cancel(r.pe, sro.handle);
	rmi_op_continue(r.pe, sro.handle, 0, &regs);
	assert_int_equal(rmi_rmm_deactivate(r.pe, NULL), RMI_SUCCESS);
	regions_close(&r);
}

static void a_snapshot_tells_l0_entries_apart(void **state)
{
	struct regions r = OPEN(",gpt=table");
	struct rmm_snapshot *before = rmm_snapshot_take(rmi_model(r.rmi));
	struct rmm_snapshot *after;
	char why[200] = "";

	(void)state;
	regions_fold(&r, r.base + L0SIZE);
	after = rmm_snapshot_take(rmi_model(r.rmi));
	assert_false(rmm_snapshot_equal(before, after, why, sizeof(why)));
	assert_string_equal(why, "L0 GPT entry 0xc0000000 was TABLE, is BLOCK");
	rmm_snapshot_free(before);
	rmm_snapshot_free(after);
	regions_close(&r);
}

static void an_l1_gpt_is_nonsecure_dram_before(void **state)
{
	struct regions r = OPEN(",gpt=table");
	uint64_t *list = rmi_pa_to_va(r.rmi, r.list, r.page);
	struct rmi_addr_range_desc desc = {
	        .base = r.spare, .count = 32, .state = RMI_OP_MEM_UNDELEGATED};
	struct rmi_sro sro;

	(void)state;
	regions_fold(&r, r.base + L0SIZE);
	rmi_gpt_l1_create(r.pe, r.base + L0SIZE, &sro);
	/* gran */
	regions_delegate(&r, r.spare + r.page, r.spare + 2 * r.page);
	*list = rmi_addr_range_desc_encode(rmi_revision(r.rmi), r.gshift, desc);
	assert_int_equal(rmi_op_mem_donate(r.pe, sro.handle, r.list, 1, NULL, NULL),
	                 RMI_ERROR_INPUT);
	desc.base = r.base - L0SIZE;
	*list = rmi_addr_range_desc_encode(rmi_revision(r.rmi), r.gshift, desc);
	assert_int_equal(rmi_op_mem_donate(r.pe, sro.handle, r.list, 1, NULL, NULL),
	                 RMI_ERROR_INPUT);
	regions_close(&r);
}

static void gpt_info_tells_how_far_its_answer_holds(void **state)
{
	struct regions r = OPEN(",gpt=block");
	uint64_t partition = 0;
	uint64_t top = 0;

	(void)state;
	regions_unfold(&r, r.base + L0SIZE);
	rmi_gpt_info(r.pe, r.base + r.page, r.base + 4 * L0SIZE, &top, &partition);
	assert_int_equal(top, r.base + L0SIZE);
	assert_int_equal(partition, RMI_GPT_HOST_NOT_CREATED);
	rmi_gpt_info(r.pe, top, r.base + 4 * L0SIZE, &top, &partition);
	assert_int_equal(top, r.base + 2 * L0SIZE);
	assert_int_equal(partition, RMI_GPT_HOST_CREATED);
	rmi_gpt_info(r.pe, top, r.base + 4 * L0SIZE, &top, &partition);
	assert_int_equal(top, r.base + 3 * L0SIZE);
	rmi_gpt_info(r.pe, top, r.base + 4 * L0SIZE, &top, &partition);
	assert_int_equal(top, r.base + 4 * L0SIZE);
	assert_int_equal(partition, RMI_GPT_RESERVED);
	regions_close(&r);
}

static void config_set_refuses_while_an_l1_gpt_is_held(void **state)
{
	struct regions r = OPEN(",gpt=table");

	(void)state;
	regions_fold(&r, r.base);
	rmi_rmm_deactivate(r.pe, NULL);
	assert_int_equal(regions_unfold(&r, r.base), RMI_SUCCESS);
	memset(rmi_pa_to_va(r.rmi, r.list, r.page), 0, r.page);
	assert_int_equal(rmi_rmm_config_set(r.pe, r.list), RMI_ERROR_INPUT);
	assert_int_equal(regions_fold(&r, r.base), RMI_SUCCESS);
	memset(rmi_pa_to_va(r.rmi, r.list, r.page), 0, r.page);
	assert_int_equal(rmi_rmm_config_set(r.pe, r.list), RMI_SUCCESS);
	regions_close(&r);
}

static void an_l1_gpt_is_as_large_as_the_granule_size_wants(void **state)
{
	struct regions r = regions_open("model:granule=4K+16K,gpt=block", RMI_GRANULE_SIZE_16KB, 0);
	struct regions s = regions_open("model:granule=4K+64K,gpt=block", RMI_GRANULE_SIZE_64KB, 0);

	(void)state;
	assert_int_equal(regions_unfold(&r, r.base & ~(L0SIZE - 1)), RMI_SUCCESS);
	assert_int_equal(r.count, 2);
	assert_int_equal(regions_unfold(&s, s.base & ~(L0SIZE - 1)), RMI_SUCCESS);
	assert_int_equal(s.count, 1);
	regions_close(&r);
	regions_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_platform_manages_the_gpt_unless_told_otherwise),
	        cmocka_unit_test(an_l1_gpt_is_made_of_nonsecure_memory),
	        cmocka_unit_test(folding_gives_the_l1_gpt_back),
	        cmocka_unit_test(only_a_homogeneous_l1_gpt_is_folded),
	        cmocka_unit_test(an_l1_gpt_may_describe_itself),
	        cmocka_unit_test(delegation_below_a_block_is_a_gpt_error),
	        cmocka_unit_test(a_block_is_delegated_as_a_whole_where_that_is_a_feature),
	        cmocka_unit_test(a_coarse_block_needs_the_feature),
	        cmocka_unit_test(the_platform_may_refuse_to_unfold),
	        cmocka_unit_test(the_address_is_that_of_an_l0_entry),
	        cmocka_unit_test(an_l0_entry_is_blocked_while_its_operation_is_open),
	        cmocka_unit_test(deactivation_waits_for_open_regions),
	        cmocka_unit_test(a_snapshot_tells_l0_entries_apart),
	        cmocka_unit_test(an_l1_gpt_is_nonsecure_dram_before),
	        cmocka_unit_test(gpt_info_tells_how_far_its_answer_holds),
	        cmocka_unit_test(config_set_refuses_while_an_l1_gpt_is_held),
	        cmocka_unit_test(an_l1_gpt_is_as_large_as_the_granule_size_wants),
	};

	return cmocka_run_group_tests_name("gpt", tests, NULL, NULL);
}
