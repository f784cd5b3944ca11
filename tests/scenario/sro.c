/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The executor of stateful operations against an RMM that asks for memory in every shape
 * (DEN0137 B4.3.2). After each outcome every granule is the host's again, except what an operation
 * that succeeded keeps.
 *
 * Known trouble of hosts, which this covers: zero granules consumed taken for an error; a block
 * that is used in part leaked; sizes computed from the request instead of the descriptor; a full
 * list taken for an error; outputs lost; RMI_ERROR_* from OP_MEM_DONATE or RMI_BLOCKED within an
 * operation taken for its end, which leaves objects blocked and granules lost.
 */

#include <errno.h>
#include <string.h>

#include <sro.h>

#include "cmocka_test.h"
#include "fake_rmm.h"

#define CREATE SMC_RMI_REALM_CREATE
#define STEPS(...)                                                                                 \
	.steps = (const struct fake_step[]){__VA_ARGS__},                                          \
	.num_steps = sizeof((const struct fake_step[]){__VA_ARGS__}) / sizeof(struct fake_step)

#define DONATE(n, blocks, contiguity, of_state)                                                    \
	.mem = RMI_OP_MEM_REQ_DONATE,                                                              \
	.req = {.count = (n), .size = (blocks), .contig = (contiguity), .state = (of_state)}
#define PAGES(n)        DONATE(n, RMI_PAGE_L3, RMI_OP_MEM_NON_CONTIG, RMI_OP_MEM_DELEGATED)
#define PLAIN_PAGES(n)  DONATE(n, RMI_PAGE_L3, RMI_OP_MEM_NON_CONTIG, RMI_OP_MEM_UNDELEGATED)
#define CONTIG_PAGES(n) DONATE(n, RMI_PAGE_L3, RMI_OP_MEM_CONTIG, RMI_OP_MEM_DELEGATED)
#define BLOCKS_2M(n)    DONATE(n, RMI_BLOCK_L2, RMI_OP_MEM_NON_CONTIG, RMI_OP_MEM_DELEGATED)
#define RECLAIM         .mem = RMI_OP_MEM_REQ_RECLAIM

/* A host on a fake RMM, and a context. */
struct scene {
	struct fake_rmm *fake;
	struct rmi *rmi;
	struct host *host;
	struct host_thread *self;
	struct sro sro;
	struct smccc_regs regs;
};

static void setup(struct scene *s, enum rmi_revision revision)
{
	struct rmi_error err = {{0}};

	memset(s, 0, sizeof(*s));
	s->rmi = fake_rmm_open(revision, &s->fake);
	s->host = host_open_config(
	        &(struct host_config){.rmi = s->rmi,
	                              .limits = {.busy_attempts = 3, .blocked_attempts = 2}},
	        &err);
	if (s->host == NULL)
		fail_msg("%s", err.text);
	s->self = host_enter(s->host);
	assert_int_equal(host_sro_init(s->self, &s->sro, 0), 0);
}

static int run(struct scene *s, const struct fake_op *op)
{
	fake_rmm_script(s->fake, op);
	s->regs = (struct smccc_regs){{op->fid}};
	return host_sro_call_memory(s->self, &s->sro, &s->regs);
}

/* Gives back what a successful operation keeps. */
static void undo(struct scene *s)
{
	if (s->fake->num_held == 0)
		return;
	assert_int_equal(run(s, &(struct fake_op){.fid = CREATE, STEPS({RECLAIM})}), 0);
	assert_int_equal(s->regs.x[0], RMI_SUCCESS);
}

static void teardown(struct scene *s)
{
	assert_int_equal(s->fake->violations, 0);
	assert_false(s->fake->open);
	assert_int_equal(s->fake->num_held, 0);
	host_sro_fini(s->self, &s->sro);
	host_leave(s->self);
	assert_int_equal(host_audit(s->host, NULL), 0);
	assert_int_equal(fake_rmm_held(s->fake), 0);
	assert_int_equal(s->fake->touched, 0);
	host_close(s->host);
	rmi_close(s->rmi);
}

/* Runs one operation that must succeed and use this many granules; both revisions. */
static void expect_success(const struct fake_op *op, uint64_t granules)
{
	for (int rev = 0; rev < RMI_NUM_REVISIONS; rev++) {
		struct scene s;

		setup(&s, (enum rmi_revision)rev);
		assert_int_equal(run(&s, op), 0);
		assert_int_equal(rmi_status(s.regs.x[0]), RMI_SUCCESS);
		assert_int_equal(s.fake->donated, granules);
		assert_int_equal(s.fake->cancels, 0);
		undo(&s);
		teardown(&s);
	}
}

/* Runs one operation that fails in the host with err and must leave nothing behind. */
static void expect_cancelled(const struct fake_op *op, unsigned cancels)
{
	for (int rev = 0; rev < RMI_NUM_REVISIONS; rev++) {
		struct scene s;

		setup(&s, (enum rmi_revision)rev);
		assert_int_equal(run(&s, op), -ECANCELED);
		assert_int_equal(s.fake->cancels, cancels);
		teardown(&s);
	}
}

static void pages_are_donated(void **state)
{
	(void)state;
	expect_success(&(struct fake_op){.fid = CREATE, STEPS({PAGES(5)})}, 5);
}

static void plain_pages_are_donated_without_delegation(void **state)
{
	(void)state;
	expect_success(&(struct fake_op){.fid = CREATE, STEPS({PLAIN_PAGES(5)})}, 5);
}

static void a_contiguous_run_is_donated_as_one_entry(void **state)
{
	(void)state;
	expect_success(&(struct fake_op){.fid = CREATE, STEPS({CONTIG_PAGES(16)})}, 16);
}

static void blocks_of_2m_are_donated(void **state)
{
	(void)state;
	expect_success(&(struct fake_op){.fid = CREATE, STEPS({BLOCKS_2M(3)})}, 3 * 512);
}

static void several_requests_follow_each_other(void **state)
{
	(void)state;
	expect_success(
	        &(struct fake_op){.fid = CREATE,
	                          STEPS({PAGES(3)}, {.mem = RMI_OP_MEM_REQ_NONE}, {CONTIG_PAGES(4)},
	                                {PLAIN_PAGES(1)}, {BLOCKS_2M(1)})},
	        3 + 4 + 1 + 512);
}

static void more_than_a_list_holds_takes_several_calls(void **state)
{
	(void)state;
	expect_success(&(struct fake_op){.fid = CREATE, STEPS({PAGES(700)})}, 700);
}

static void pages_that_are_not_consumed_are_offered_again(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	assert_int_equal(run(&s, &(struct fake_op){.fid = CREATE, STEPS({PAGES(10), .take = 3})}),
	                 0);
	assert_int_equal(s.fake->donations, 4);
	/* Ten pages were delegated, not ten for each call. */
	assert_int_equal(s.fake->delegations, 10);
	undo(&s);
	teardown(&s);
}

static void consuming_nothing_is_no_error(void **state)
{
	(void)state;
	expect_success(&(struct fake_op){.fid = CREATE, STEPS({PAGES(2), .idle = 3})}, 2);
	expect_success(&(struct fake_op){.fid = CREATE, STEPS({CONTIG_PAGES(8), .idle = 3})}, 8);
}

static void the_tail_of_a_run_used_in_part_is_freed(void **state)
{
	(void)state;
	expect_success(
	        &(struct fake_op){.fid = CREATE,
	                          STEPS({CONTIG_PAGES(16), .take = 5, .short_request = true})},
	        5);
}

static void the_rest_of_a_block_used_in_part_is_freed(void **state)
{
	(void)state;
	expect_success(&(struct fake_op){.fid = CREATE,
	                                 STEPS({BLOCKS_2M(2), .take = 700, .short_request = true})},
	               700);
}

static void reclaimed_memory_is_donated_again(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	assert_int_equal(
	        run(&s, &(struct fake_op){.fid = CREATE, STEPS({PAGES(4)}, {RECLAIM}, {PAGES(4)})}),
	        0);
	assert_int_equal(s.fake->delegations, 4);
	undo(&s);
	teardown(&s);
}

static void memory_comes_back_in_rounds_and_joined(void **state)
{
	struct scene s;

	(void)state;
	for (unsigned per_call = 0; per_call < 3; per_call++) {
		setup(&s, RMI_REVISION_2_0_BET3);
		assert_int_equal(
		        run(&s, &(struct fake_op){.fid = CREATE,
		                                  STEPS({PAGES(300)}, {CONTIG_PAGES(64)},
		                                        {BLOCKS_2M(1)}, {PLAIN_PAGES(2)})}),
		        0);
		assert_int_equal(run(&s, &(struct fake_op){.fid = CREATE,
		                                           STEPS({RECLAIM, .per_call = per_call,
		                                                  .join = per_call != 1})}),
		                 0);
		teardown(&s);
	}
}

static void a_full_list_is_emptied_for_more(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	/* 600 single pages come back while the list holds 256. */
	assert_int_equal(run(&s, &(struct fake_op){.fid = CREATE,
	                                           STEPS({PAGES(600)}, {RECLAIM}, {CONTIG_PAGES(2)},
	                                                 {PAGES(500)})}),
	                 0);
	undo(&s);
	teardown(&s);
}

static void an_error_after_a_donation_is_driven_to_the_end(void **state)
{
	static const uint64_t takes[] = {0, 1, 3};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct scene s;

		setup(&s, RMI_REVISION_2_0_BET3);
		assert_int_equal(run(&s, &(struct fake_op){.fid = CREATE,
		                                           STEPS({PAGES(4), .take = takes[i],
		                                                  .error = RMI_ERROR_INPUT}),
		                                           .per_call = 1}),
		                 0);
		assert_int_equal(rmi_status(s.regs.x[0]), RMI_ERROR_INPUT);
		assert_true(s.fake->continues >= 2);
		teardown(&s);
	}
}

static void an_error_of_the_command_reaches_the_caller(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	assert_int_equal(run(&s, &(struct fake_op){.fid = CREATE,
	                                           STEPS({PAGES(4)}, {RECLAIM}),
	                                           .result = RMI_ERROR_REALM}),
	                 0);
	assert_int_equal(rmi_status(s.regs.x[0]), RMI_ERROR_REALM);
	teardown(&s);
}

static void outputs_of_the_command_reach_the_caller(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	assert_int_equal(run(&s, &(struct fake_op){.fid = CREATE, STEPS({PAGES(1)}, {RECLAIM})}),
	                 0);
	assert_int_equal(s.regs.x[1], 0x1111);
	teardown(&s);
}

static void a_request_without_sense_is_cancelled(void **state)
{
	(void)state;
	expect_cancelled(&(struct fake_op){.fid = CREATE, STEPS({PAGES(0)})}, 1);
	expect_cancelled(&(struct fake_op){.fid = CREATE, STEPS({PAGES(2)}, {CONTIG_PAGES(12)})},
	                 1);
	expect_cancelled(&(struct fake_op){.fid = CREATE, STEPS({CONTIG_PAGES(2048)})}, 1);
	/* More than the window. */
	expect_cancelled(
	        &(struct fake_op){.fid = CREATE,
	                          STEPS({PAGES(2)}, {DONATE(1, RMI_BLOCK_L1, RMI_OP_MEM_NON_CONTIG,
	                                                    RMI_OP_MEM_DELEGATED)})},
	        1);
	expect_cancelled(&(struct fake_op){.fid = CREATE,
	                                   STEPS({DONATE(1, RMI_BLOCK_L0, RMI_OP_MEM_CONTIG,
	                                                 RMI_OP_MEM_UNDELEGATED)})},
	                 1);
}

static void conditional_memory_is_not_for_objects(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	assert_int_equal(
	        run(&s, &(struct fake_op){.fid = CREATE,
	                                  STEPS({DONATE(1, RMI_PAGE_L3, RMI_OP_MEM_NON_CONTIG,
	                                                RMI_OP_MEM_CONDITIONAL)})}),
	        -ECANCELED);
	teardown(&s);
}

/* Each allocation fails in turn, until the operation gets through. */
static void lack_of_memory_at_any_point_loses_nothing(void **state)
{
	const struct fake_op op = {.fid = CREATE,
	                           STEPS({PAGES(3)}, {PLAIN_PAGES(2)}, {CONTIG_PAGES(4)}, {RECLAIM},
	                                 {BLOCKS_2M(1)}, {PAGES(5), .take = 2})};
	struct scene s;
	unsigned k;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	for (k = 0;; k++) {
		int err;

		host_fail_allocation(s.host, k);
		err = run(&s, &op);
		host_fail_allocation(s.host, UINT64_MAX);
		if (err == 0)
			break;
		assert_int_equal(err, -ECANCELED);
		assert_int_equal(fake_rmm_held(s.fake), 0);
		assert_int_equal(host_audit(s.host, NULL), 0);
		/* The second attempt works. */
		assert_int_equal(run(&s, &op), 0);
		undo(&s);
	}
	assert_true(k >= 8);
	undo(&s);
	teardown(&s);
}

static void without_cancel_the_rmm_is_told_by_op_continue(void **state)
{
	const struct fake_op op = {
	        .fid = CREATE, STEPS({PAGES(3)}, {CONTIG_PAGES(4)}), .no_cancel = true};
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	host_fail_allocation(s.host, 2);
	assert_int_equal(run(&s, &op), -ENOMEM);
	assert_int_equal(s.fake->cancels, 0);
	teardown(&s);
}

static void a_blocked_operation_keeps_its_handle(void **state)
{
	(void)state;
	/* More answers than one call is repeated for. */
	for (unsigned status = RMI_BUSY; status <= RMI_BLOCKED; status += RMI_BLOCKED - RMI_BUSY) {
		expect_success(&(struct fake_op){.fid = CREATE,
		                                 STEPS({PAGES(3), .transient = 7,
		                                        .transient_status = status})},
		               3);
		expect_success(&(struct fake_op){.fid = CREATE,
		                                 STEPS({CONTIG_PAGES(4), .transient = 7,
		                                        .transient_status = status})},
		               4);
		expect_success(&(struct fake_op){.fid = CREATE,
		                                 STEPS({PAGES(3)}, {.mem = RMI_OP_MEM_REQ_NONE,
		                                                    .transient = 7,
		                                                    .transient_status = status})},
		               3);
	}
}

static void an_rmm_that_is_busy_for_ever_does_not_hang_the_host(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	assert_int_equal(run(&s, &(struct fake_op){.fid = CREATE,
	                                           STEPS({.mem = RMI_OP_MEM_REQ_NONE,
	                                                  .transient = 1000000,
	                                                  .transient_status = RMI_BUSY})}),
	                 -EBUSY);
	s.fake->open = false;
	teardown(&s);
}

static void a_command_that_transfers_no_memory_refuses_a_request(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	fake_rmm_script(s.fake, &(struct fake_op){.fid = SMC_RMI_RTT_CREATE, STEPS({PAGES(1)})});
	s.regs = (struct smccc_regs){{SMC_RMI_RTT_CREATE}};
	assert_int_equal(rmi_status(host_sro_call(s.self, &s.regs)), RMI_BLOCKED);
	assert_int_equal(s.fake->cancels, 1);
	teardown(&s);
}

static void a_command_without_memory_is_driven_to_the_end(void **state)
{
	struct scene s;

	(void)state;
	setup(&s, RMI_REVISION_2_0_BET3);
	fake_rmm_script(s.fake, &(struct fake_op){.fid = SMC_RMI_RTT_CREATE,
	                                          STEPS({.mem = RMI_OP_MEM_REQ_NONE},
	                                                {.mem = RMI_OP_MEM_REQ_NONE}),
	                                          .result = RMI_ERROR_RTT | 2 << 8});
	s.regs = (struct smccc_regs){{SMC_RMI_RTT_CREATE}};
	assert_int_equal(host_sro_call(s.self, &s.regs), RMI_ERROR_RTT | 2 << 8);
	assert_int_equal(s.regs.x[1], 0x1111);
	assert_int_equal(s.fake->continues, 3);
	teardown(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pages_are_donated),
	        cmocka_unit_test(plain_pages_are_donated_without_delegation),
	        cmocka_unit_test(a_contiguous_run_is_donated_as_one_entry),
	        cmocka_unit_test(blocks_of_2m_are_donated),
	        cmocka_unit_test(several_requests_follow_each_other),
	        cmocka_unit_test(more_than_a_list_holds_takes_several_calls),
	        cmocka_unit_test(pages_that_are_not_consumed_are_offered_again),
	        cmocka_unit_test(consuming_nothing_is_no_error),
	        cmocka_unit_test(the_tail_of_a_run_used_in_part_is_freed),
	        cmocka_unit_test(the_rest_of_a_block_used_in_part_is_freed),
	        cmocka_unit_test(reclaimed_memory_is_donated_again),
	        cmocka_unit_test(memory_comes_back_in_rounds_and_joined),
	        cmocka_unit_test(a_full_list_is_emptied_for_more),
	        cmocka_unit_test(an_error_after_a_donation_is_driven_to_the_end),
	        cmocka_unit_test(an_error_of_the_command_reaches_the_caller),
	        cmocka_unit_test(outputs_of_the_command_reach_the_caller),
	        cmocka_unit_test(a_request_without_sense_is_cancelled),
	        cmocka_unit_test(conditional_memory_is_not_for_objects),
	        cmocka_unit_test(lack_of_memory_at_any_point_loses_nothing),
	        cmocka_unit_test(without_cancel_the_rmm_is_told_by_op_continue),
	        cmocka_unit_test(a_blocked_operation_keeps_its_handle),
	        cmocka_unit_test(an_rmm_that_is_busy_for_ever_does_not_hang_the_host),
	        cmocka_unit_test(a_command_that_transfers_no_memory_refuses_a_request),
	        cmocka_unit_test(a_command_without_memory_is_driven_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
