/* SPDX-License-Identifier: BSD-3-Clause */
/* Each knob of the model's policy, alone and together. */
#include <stdio.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/model.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define PAGE   SMALL_PAGE_SIZE
#define WINDOW (UINT64_C(16) << 20)

struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm realm;
	uint64_t base;
};

static struct fixture open_active(const char *conf)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open(conf, &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	f.base = rmi_memory(f.rmi).base;
	while (rmi_rmm_activate(f.pe, NULL) == RMI_BUSY) {
	}
	small_realm_init(&f.realm, f.pe, f.base, WINDOW);
	return f;
}

static void a_range_command_moves_as_many_granules_as_allowed(void **state)
{
	struct fixture f = open_active("model:range=3");
	uint64_t top = 0;

	(void)state;
	assert_int_equal(rmi_granule_range_delegate(f.pe, f.base, f.base + 8 * PAGE, &top, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, f.base + 3 * PAGE);
	assert_int_equal(rmi_granule_range_undelegate(f.pe, f.base, f.base + PAGE, &top, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, f.base + PAGE);
	rmi_close(f.rmi);
}

static void a_stateful_command_takes_the_rounds_that_are_asked(void **state)
{
	struct fixture f = open_active("model:incomplete=1000,incomplete_rounds=2");
	struct smccc_regs regs;
	struct rmi_sro sro;
	uint64_t x0;

	(void)state;
	x0 = rmi_granule_range_delegate(f.pe, f.base, f.base + 2 * PAGE, NULL, &sro);
	assert_int_equal(x0, rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, true));
	x0 = rmi_op_continue(f.pe, sro.handle, 0, &regs);
	assert_int_equal(rmi_status(x0), RMI_INCOMPLETE);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_SUCCESS);
	/* The outputs are those of the command. */
	assert_int_equal(regs.x[1], f.base + 2 * PAGE);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	rmi_close(f.rmi);
}

/* A delegation of 5 pages that stops after 2 of them. @return the handle */
static uint64_t begin_delegation(struct fixture *f)
{
	struct rmi_sro sro;
	uint64_t x0;

	*f = open_active("model:incomplete_every=2");
	x0 = rmi_granule_range_delegate(f->pe, f->base, f->base + 5 * PAGE, NULL, &sro);
	assert_int_equal(x0, rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, true));
	return sro.handle;
}

static void a_range_goes_on_after_as_many_objects_as_asked(void **state)
{
	struct smccc_regs regs;
	struct fixture f;
	uint64_t handle = begin_delegation(&f);

	(void)state;
	assert_int_equal(rmi_status(rmi_op_continue(f.pe, handle, 0, &regs)), RMI_INCOMPLETE);
	assert_int_equal(regs.x[1], handle);
	assert_int_equal(rmi_op_continue(f.pe, handle, 0, &regs), RMI_SUCCESS);
	assert_int_equal(regs.x[1], f.base + 5 * PAGE);
	rmi_close(f.rmi);
}

static void stop_finishes_what_is_intermediate_and_no_more(void **state)
{
	struct smccc_regs regs;
	struct fixture f;
	uint64_t handle = begin_delegation(&f);

	(void)state;
	assert_int_equal(rmi_op_continue(f.pe, handle, RMI_CONTINUE_FLAGS_BEYOND, &regs),
	                 RMI_SUCCESS);
	assert_int_equal(regs.x[1], f.base + 3 * PAGE);
	rmi_close(f.rmi);
}

static void the_next_granule_of_a_range_is_blocked(void **state)
{
	struct smccc_regs regs;
	struct fixture f;
	uint64_t handle = begin_delegation(&f);
	uint64_t next = f.base + 2 * PAGE;

	(void)state;
	assert_int_equal(rmi_granule_range_delegate(f.pe, next, next + PAGE, NULL, NULL),
	                 RMI_BLOCKED);
	assert_int_equal(rmi_granule_range_undelegate(f.pe, next, next + PAGE, NULL, NULL),
	                 RMI_BLOCKED);
	assert_int_equal(rmi_realm_create(f.pe, next, f.base + 8 * PAGE, NULL), RMI_BLOCKED);
	/* Another one is not. */
	assert_int_equal(rmi_granule_range_delegate(f.pe, next + PAGE, next + 2 * PAGE, NULL, NULL),
	                 RMI_SUCCESS);
	/* And so the operation finds an obstacle, and tells how far it has got. */
	assert_int_equal(rmi_status(rmi_op_continue(f.pe, handle, 0, &regs)), RMI_INCOMPLETE);
	assert_int_equal(rmi_op_continue(f.pe, handle, 0, &regs), RMI_SUCCESS);
	assert_int_equal(regs.x[1], next + PAGE);
	rmi_close(f.rmi);
}

static void a_cancelled_range_tells_what_was_done(void **state)
{
	struct smccc_regs regs;
	struct fixture f;
	uint64_t handle = begin_delegation(&f);

	(void)state;
	assert_int_equal(rmi_status(rmi_op_cancel(f.pe, handle)), RMI_INCOMPLETE);
	assert_int_equal(rmi_op_continue(f.pe, handle, 0, &regs), RMI_SUCCESS);
	assert_int_equal(regs.x[1], f.base + 2 * PAGE);
	assert_int_equal(rmi_audit(f.rmi, NULL), 2);
	rmi_close(f.rmi);
}

static void a_list_is_read_on_where_the_operation_stopped(void **state)
{
	struct fixture f = open_active("model:incomplete_every=1");
	uint64_t list = small_page(&f.realm);
	uint64_t *word = small_va(&f.realm, list);
	uint64_t flags =
	        RMI_ADDR_TYPE_LIST | RMI_FIELD_SET(UINT64_C(2), RMI_RTT_MAP_FLAGS_LIST_COUNT);
	uint64_t pa[2], walk_level, entry, desc, ripas;
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	for (unsigned i = 0; i < 2; i++) {
		/* Not side by side. */
		pa[i] = small_delegated(&f.realm);
		small_delegated(&f.realm);
		word[i] = rmi_addr_range_desc_encode(
		        rmi_revision(f.rmi), 12,
		        (struct rmi_addr_range_desc){.base = pa[i], .count = 1});
	}
	assert_int_equal(rmi_status(rmi_rtt_data_map(f.pe, f.realm.rd, 0, 2 * PAGE, flags, list,
	                                             NULL, &sro)),
	                 RMI_INCOMPLETE);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_SUCCESS);
	assert_int_equal(regs.x[1], 2 * PAGE);
	for (uint64_t i = 0; i < 2; i++) {
		assert_int_equal(rmi_rtt_read_entry(f.pe, f.realm.rd, i * PAGE, 3, &walk_level,
		                                    &entry, &desc, &ripas),
		                 RMI_SUCCESS);
		assert_int_equal(desc & ~(PAGE - 1), pa[i]);
	}
	rmi_close(f.rmi);
}

static void an_rd_in_an_operation_is_blocked(void **state)
{
	struct fixture f = open_active("model");
	struct fixture g = open_active("model:incomplete=1000");
	struct smccc_regs regs;
	struct rmi_sro sro;
	uint64_t rtt;

	(void)state;
	assert_int_equal(small_realm_create(&g.realm, RMI_HASH_SHA_256), 0);
	rtt = small_delegated(&g.realm);
	assert_int_equal(rmi_status(rmi_rtt_create(g.pe, g.realm.rd, rtt, 0, 2, &sro)),
	                 RMI_INCOMPLETE);
	assert_int_equal(rmi_realm_activate(g.pe, g.realm.rd), RMI_BLOCKED);
	assert_int_equal(rmi_rtt_read_entry(g.pe, g.realm.rd, 0, 1, NULL, NULL, NULL, NULL),
	                 RMI_BLOCKED);
	assert_int_equal(rmi_op_continue(g.pe, sro.handle, 0, &regs), RMI_SUCCESS);
	assert_int_equal(rmi_realm_activate(g.pe, g.realm.rd), RMI_SUCCESS);
	rmi_close(f.rmi);
	rmi_close(g.rmi);
}

static void a_cancelled_command_has_done_nothing(void **state)
{
	struct fixture f = open_active("model:incomplete=1000");
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, &sro);
	assert_int_equal(rmi_op_cancel(f.pe, sro.handle),
	                 rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false));
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	assert_int_equal(rmi_audit(f.rmi, NULL), 0);
	rmi_close(f.rmi);
}

static void what_cannot_be_cancelled_says_so(void **state)
{
	struct fixture f = open_active("model:incomplete=1000,cancel=0");
	struct rmi_sro sro;

	(void)state;
	assert_int_equal(rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, &sro),
	                 rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false));
	assert_int_equal(rmi_op_cancel(f.pe, sro.handle), RMI_ERROR_INPUT);
	rmi_close(f.rmi);
}

static void operations_run_out_of_contexts(void **state)
{
	struct fixture f = open_active("model:incomplete=1000,sro_contexts=2");
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, &sro);
	rmi_granule_range_delegate(f.pe, f.base + PAGE, f.base + 2 * PAGE, NULL, NULL);
	assert_int_equal(
	        rmi_granule_range_delegate(f.pe, f.base + 2 * PAGE, f.base + 3 * PAGE, NULL, NULL),
	        RMI_BLOCKED);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_SUCCESS);
	assert_int_equal(rmi_status(rmi_granule_range_delegate(f.pe, f.base + 2 * PAGE,
	                                                       f.base + 3 * PAGE, NULL, NULL)),
	                 RMI_INCOMPLETE);
	rmi_close(f.rmi);
}

static void busy_comes_as_often_as_asked(void **state)
{
	struct fixture f = open_active("model:busy=500");
	unsigned busy = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		busy += rmi_version(f.pe, RMI_ABI_VERSION, NULL, NULL) == RMI_BUSY;
	assert_in_range(busy, 400, 600);
	rmi_close(f.rmi);
}

/* What REC_CREATE asks for first under a configuration. */
static struct rmi_op_mem_donate_req first_request(const char *conf)
{
	struct fixture f = open_active(conf);
	struct rmi_op_mem_donate_req req;
	struct rmi_sro sro;
	uint64_t params;
	uint64_t x0;

	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	params = small_page(&f.realm);
	x0 = rmi_rec_create(f.pe, f.realm.rd, small_delegated(&f.realm), params, &sro);
	assert_int_equal(rmi_memreq(x0), RMI_OP_MEM_REQ_DONATE);
	req = rmi_op_mem_donate_req_decode(rmi_revision(f.rmi), sro.donate_req);
	rmi_close(f.rmi);
	return req;
}

static void memory_is_asked_for_in_the_shape_that_is_asked(void **state)
{
	struct rmi_op_mem_donate_req req;

	(void)state;
	req = first_request("model:rec_aux=6,donate=pages");
	assert_int_equal(req.count, 6);
	assert_int_equal(req.contig, RMI_OP_MEM_NON_CONTIG);
	assert_int_equal(req.state, RMI_OP_MEM_DELEGATED);
	req = first_request("model:rec_aux=6,donate=contig");
	assert_int_equal(req.count, 8);
	assert_int_equal(req.contig, RMI_OP_MEM_CONTIG);
	req = first_request("model:rec_aux=6,donate=block");
	assert_int_equal(req.count, 1);
	assert_int_equal(req.size, RMI_BLOCK_L2);
	req = first_request("model:rec_aux=6,donate=ns_pages");
	assert_int_equal(req.state, RMI_OP_MEM_UNDELEGATED);
	req = first_request("model:rec_aux=6,donate=ns_contig");
	assert_int_equal(req.state, RMI_OP_MEM_UNDELEGATED);
	assert_int_equal(req.contig, RMI_OP_MEM_CONTIG);
	req = first_request("model:rec_aux=6,donate_rounds=4");
	assert_int_equal(req.count, 2);
}

static void a_realm_keeps_what_was_donated_until_it_is_destroyed(void **state)
{
	static const char *const confs[] = {
	        "model:realm_aux=5",
	        "model:realm_aux=5,donate=contig,spec=2.0-bet1",
	        "model:realm_aux=5,donate=ns_pages,donate_rounds=2",
	        "model:realm_aux=5,rec_aux=7,donate=ns_contig",
	        "model:realm_aux=1,donate=block",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		struct fixture f = open_active(confs[i]);
		struct rmi_error err = {""};

		assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
		assert_int_equal(small_rec(&f.realm, 0, 0, NULL), 0);
		assert_true(rmm_check(rmi_model(f.rmi), &err));
		assert_int_equal(small_realm_destroy(&f.realm), 0);
		assert_true(rmm_check(rmi_model(f.rmi), &err));
		assert_int_equal(rmi_audit(f.rmi, NULL), 0);
		rmi_close(f.rmi);
	}
}

static void a_cancelled_realm_leaves_nothing(void **state)
{
	struct fixture f = open_active("model:realm_aux=4");
	struct rmi_realm_params *params;
	struct smccc_regs regs;
	struct rmi_sro sro;
	uint64_t page = small_page(&f.realm);
	uint64_t rd = small_delegated(&f.realm);

	(void)state;
	params = small_va(&f.realm, page);
	params->s2sz = SMALL_IPA_BITS;
	params->num_bps = 1;
	params->num_wps = 1;
	params->rtt_level_start = 1;
	params->rtt_num_start = 1;
	params->rtt_base = small_delegated(&f.realm);
	assert_int_equal(rmi_memreq(rmi_realm_create(f.pe, rd, page, &sro)), RMI_OP_MEM_REQ_DONATE);
	assert_int_equal(rmi_realm_activate(f.pe, rd), RMI_BLOCKED);
	rmi_op_cancel(f.pe, sro.handle);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	assert_int_equal(rmi_realm_activate(f.pe, rd), RMI_ERROR_INPUT);
	assert_true(rmm_check(rmi_model(f.rmi), NULL));
	rmi_close(f.rmi);
}

static uint64_t hostile_trace(const char *conf)
{
	struct fixture f = open_active(conf);
	uint64_t hash = 0;

	for (unsigned i = 0; i < 200; i++) {
		struct smccc_regs regs = {{SMC_RMI_GRANULE_RANGE_DELEGATE, f.base + i * PAGE,
		                           f.base + (i + 8) * PAGE}};

		hash = hash * 31 + rmi_call(f.pe, &regs);
	}
	rmi_close(f.rmi);
	return hash;
}

static void a_refresh_of_the_platform_token_is_busy_as_often_as_asked(void **state)
{
	struct fixture f = open_active("model:pat_busy=2,pat_valid=0");

	(void)state;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), RMI_ERROR_GLOBAL);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(rmi_attest_plat_token_refresh(f.pe), RMI_BUSY);
		assert_int_equal(rmi_attest_plat_token_refresh(f.pe), RMI_BUSY);
		assert_int_equal(rmi_attest_plat_token_refresh(f.pe), RMI_SUCCESS);
	}
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), RMI_SUCCESS);
	rmi_close(f.rmi);
}

static void activation_is_intermediate_until_it_has_its_memory(void **state)
{
	struct fixture f = {0};
	uint64_t *list;
	uint64_t rmm = 0;
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	f.rmi = rmi_open("model:rmm_aux=2", NULL);
	f.pe = rmi_pe(f.rmi, 0);
	f.base = rmi_memory(f.rmi).base;
	list = rmi_pa_to_va(f.rmi, f.base, PAGE);
	assert_int_equal(rmi_rmm_activate(f.pe, &sro),
	                 rmi_result_incomplete(RMI_OP_MEM_REQ_DONATE, true));
	rmi_rmm_state_get(f.pe, &rmm);
	assert_int_equal(rmm, RMI_RMM_STATE_INTERMEDIATE);
	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_ERROR_GLOBAL);
	assert_int_equal(rmi_rmm_config_set(f.pe, f.base), RMI_ERROR_GLOBAL);
	assert_int_equal(rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, NULL),
	                 RMI_ERROR_GLOBAL);
	/* A Host that changes its mind is where it was. */
	rmi_op_cancel(f.pe, sro.handle);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	rmi_rmm_activate(f.pe, &sro);
	list[0] = rmi_addr_range_desc_encode(
	        rmi_revision(f.rmi), 12,
	        (struct rmi_addr_range_desc){
	                .base = f.base + PAGE, .count = 2, .state = RMI_OP_MEM_UNDELEGATED});
	assert_int_equal(rmi_status(rmi_op_mem_donate(f.pe, sro.handle, f.base, 1, NULL, NULL)),
	                 RMI_INCOMPLETE);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_SUCCESS);
	assert_int_equal(rmi_audit(f.rmi, NULL), 2);
	/* One granule more than its own, and it cannot go back. */
	rmi_granule_range_delegate(f.pe, f.base + 4 * PAGE, f.base + 5 * PAGE, NULL, NULL);
	assert_int_equal(rmi_rmm_deactivate(f.pe, NULL), RMI_ERROR_GLOBAL);
	rmi_granule_range_undelegate(f.pe, f.base + 4 * PAGE, f.base + 5 * PAGE, NULL, NULL);
	assert_int_equal(rmi_rmm_deactivate(f.pe, &sro),
	                 rmi_result_incomplete(RMI_OP_MEM_REQ_RECLAIM, false));
	assert_true(rmm_check(rmi_model(f.rmi), NULL));
	rmi_op_mem_reclaim(f.pe, sro.handle, f.base, 2, NULL);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_SUCCESS);
	rmi_rmm_state_get(f.pe, &rmm);
	assert_int_equal(rmm, RMI_RMM_STATE_INIT);
	assert_int_equal(rmi_audit(f.rmi, NULL), 0);
	rmi_close(f.rmi);
}

static void the_seed_decides_what_is_drawn(void **state)
{
	(void)state;
	assert_int_equal(hostile_trace("model:policy=hostile,seed=7"),
	                 hostile_trace("model:policy=hostile,seed=7"));
	assert_int_not_equal(hostile_trace("model:policy=hostile,seed=7"),
	                     hostile_trace("model:policy=hostile,seed=8"));
}

static void a_knob_changes_a_ready_made_policy(void **state)
{
	struct fixture f = open_active("model:busy=0,policy=hostile");

	(void)state;
	assert_int_equal(rmm_get_config(rmi_model(f.rmi))->policy.busy_permille, 0);
	assert_int_equal(rmm_get_config(rmi_model(f.rmi))->policy.range_granules, 4);
	rmi_close(f.rmi);
}

static void realms_live_and_die_under_every_seed(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 50; seed++) {
		struct rmi_error err = {""};
		char conf[64];
		struct fixture f;

		snprintf(conf, sizeof(conf), "model:policy=hostile,seed=%u", seed);
		f = open_active(conf);
		assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
		assert_int_equal(small_tables(&f.realm, 0), 0);
		for (unsigned i = 0; i < 8; i++)
			assert_int_equal(small_map(&f.realm, i * PAGE), 0);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(small_rec(&f.realm, 0, 0, NULL), 0);
		assert_int_equal(small_activate(&f.realm), 0);
		assert_int_equal(small_realm_destroy(&f.realm), 0);
		if (!rmm_check(rmi_model(f.rmi), &err))
			fail_msg("seed %u: %s", seed, err.text);
		rmi_close(f.rmi);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_range_command_moves_as_many_granules_as_allowed),
	        cmocka_unit_test(a_stateful_command_takes_the_rounds_that_are_asked),
	        cmocka_unit_test(a_range_goes_on_after_as_many_objects_as_asked),
	        cmocka_unit_test(stop_finishes_what_is_intermediate_and_no_more),
	        cmocka_unit_test(the_next_granule_of_a_range_is_blocked),
	        cmocka_unit_test(a_cancelled_range_tells_what_was_done),
	        cmocka_unit_test(a_list_is_read_on_where_the_operation_stopped),
	        cmocka_unit_test(an_rd_in_an_operation_is_blocked),
	        cmocka_unit_test(a_cancelled_command_has_done_nothing),
	        cmocka_unit_test(what_cannot_be_cancelled_says_so),
	        cmocka_unit_test(operations_run_out_of_contexts),
	        cmocka_unit_test(busy_comes_as_often_as_asked),
	        cmocka_unit_test(memory_is_asked_for_in_the_shape_that_is_asked),
	        cmocka_unit_test(a_realm_keeps_what_was_donated_until_it_is_destroyed),
	        cmocka_unit_test(a_cancelled_realm_leaves_nothing),
	        cmocka_unit_test(a_refresh_of_the_platform_token_is_busy_as_often_as_asked),
	        cmocka_unit_test(activation_is_intermediate_until_it_has_its_memory),
	        cmocka_unit_test(the_seed_decides_what_is_drawn),
	        cmocka_unit_test(a_knob_changes_a_ready_made_policy),
	        cmocka_unit_test(realms_live_and_die_under_every_seed),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
