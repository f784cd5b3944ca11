/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 2 access permissions of a Realm with planes (DEN0137 A10.3.2), as plane 0 sees them. */
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define WINDOW   (UINT64_C(16) << 20)
#define PAGE     SMALL_PAGE_SIZE
#define BLOCK_2M (UINT64_C(2) << 20)
#define GUEST_PC UINT64_C(0x1000)
#define TREES    RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE
#define INDIRECT RMI_REALM_FLAGS1_RTT_S2AP_ENCODING

/* A Realm with one auxiliary plane. */
struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm realm;
};

static struct fixture open_realm(const char *conf, uint64_t flags1)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open(conf, &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, f.pe, rmi_memory(f.rmi).base, WINDOW);
	f.realm.aux_planes = 1;
	f.realm.flags1 = flags1;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	return f;
}

static void close_rmm(struct fixture *f)
{
	struct rmi_error err;

	if (!rmm_check(rmi_model(f->rmi), &err))
		fail_msg("%s", err.text);
	rmi_close(f->rmi);
}

/* Activates the Realm and runs a script until its first exit. */
static const struct rmi_rec_exit *start(struct fixture *f, guest_script *script, void *arg)
{
	assert_true(rmm_script(rmi_model(f->rmi), GUEST_PC, script, arg));
	assert_int_equal(small_rec(&f->realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f->realm), 0);
	assert_int_equal(small_enter(&f->realm, 0), RMI_SUCCESS);
	return &small_run(&f->realm)->exit;
}

static uint64_t set_s2ap(struct fixture *f, uint64_t base, uint64_t top, uint64_t *out_top,
                         uint64_t *tree)
{
	return rmi_rtt_set_s2ap(f->pe, f->realm.rd, f->realm.recs[0], base, top, out_top, tree,
	                        NULL);
}

static uint64_t error_rtt(int level)
{
	return rmi_result_level(RMI_ERROR_RTT, level);
}

/* Tables of tree 1 down to a level. */
static void aux_tables(struct fixture *f, uint64_t ipa, int last)
{
	for (int level = f->realm.start_level + 1; level <= last; level++) {
		uint64_t base = ipa & ~(rmi_rtt_level_size(f->realm.gshift, level - 1) - 1);

		assert_int_equal(rmi_rtt_aux_create(f->pe, f->realm.rd, small_delegated(&f->realm),
		                                    base, level, 1, NULL),
		                 RMI_SUCCESS);
	}
}

/* A call of RSI_MEM_SET_PERM_INDEX, and what came back. */
struct request {
	uint64_t base;
	uint64_t top;
	uint64_t index;
	uint64_t handle;
	uint64_t x0;
	uint64_t new_base;
	uint64_t response;
	uint64_t new_handle;
};

static void ask(struct guest *g, void *arg)
{
	struct request *r = arg;

	r->x0 = rsi_mem_set_perm_index(g, r->base, r->top, r->index, r->handle, &r->new_base,
	                               &r->response, &r->new_handle);
}

/* Requests. */

static void a_request_exits_and_returns_what_the_host_did(void **state)
{
	struct request r = {.base = PAGE, .top = 4 * PAGE, .index = 3};
	struct fixture f = open_realm("model:planes=1", INDIRECT);
	const struct rmi_rec_exit *exit;
	uint64_t out_top;

	(void)state;
	assert_int_equal(small_tables(&f.realm, 0), 0);
	exit = start(&f, ask, &r);
	assert_int_equal(exit->exit_reason, RMI_EXIT_S2AP_CHANGE);
	assert_int_equal(exit->s2ap_base, PAGE);
	assert_int_equal(exit->s2ap_top, 4 * PAGE);
	assert_int_equal(set_s2ap(&f, PAGE, 3 * PAGE, &out_top, NULL), RMI_SUCCESS);
	assert_int_equal(out_top, 3 * PAGE);
	/* base_bound, top_bound, size_valid, top_gran_align */
	assert_int_equal(set_s2ap(&f, PAGE, 3 * PAGE, NULL, NULL), RMI_ERROR_INPUT);
	assert_int_equal(set_s2ap(&f, 3 * PAGE, 5 * PAGE, NULL, NULL), RMI_ERROR_INPUT);
	assert_int_equal(set_s2ap(&f, 3 * PAGE, 3 * PAGE, NULL, NULL), RMI_ERROR_INPUT);
	assert_int_equal(set_s2ap(&f, 3 * PAGE, 4 * PAGE - 1, NULL, NULL), RMI_ERROR_INPUT);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(r.x0, RSI_SUCCESS);
	assert_int_equal(r.new_base, 3 * PAGE);
	assert_int_equal(r.response, RSI_RESPONSE_ACCEPT);
	assert_int_equal(r.new_handle, 0);
	/* Any other exit ends the request. */
	assert_int_equal(set_s2ap(&f, 3 * PAGE, 4 * PAGE, NULL, NULL), RMI_ERROR_INPUT);
	assert_int_equal(set_s2ap(&f, 0, PAGE, NULL, NULL), RMI_ERROR_INPUT);
	close_rmm(&f);
}

static void reject(struct request *r, bool do_it)
{
	struct fixture f = open_realm("model:planes=1", INDIRECT);

	assert_int_equal(small_tables(&f.realm, 0), 0);
	start(&f, ask, r);
	if (do_it)
		assert_int_equal(set_s2ap(&f, r->base, r->top, NULL, NULL), RMI_SUCCESS);
	small_run(&f.realm)->enter.flags = RMI_REC_ENTER_FLAGS_S2AP_RESPONSE;
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(r->x0, RSI_SUCCESS);
	close_rmm(&f);
}

static void the_host_can_refuse_what_is_not_done(void **state)
{
	struct request r = {.base = PAGE, .top = 2 * PAGE, .index = 1};

	(void)state;
	reject(&r, false);
	assert_int_equal(r.response, RSI_RESPONSE_REJECT);
	assert_int_equal(r.new_base, PAGE);
	reject(&r, true);
	assert_int_equal(r.response, RSI_RESPONSE_ACCEPT);
	assert_int_equal(r.new_base, 2 * PAGE);
}

static void ask_wrongly(struct guest *g, void *arg)
{
	struct request wrong[] = {
	        {.base = 1, .top = PAGE},
	        {.base = 0, .top = PAGE + 1},
	        {.base = PAGE, .top = PAGE},
	        {.base = 0, .top = SMALL_UNPROT + PAGE},
	        {.base = 0, .top = PAGE, .index = 15},
	        {.base = 0, .top = PAGE, .handle = 1},
	};
	unsigned *count = arg;

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ask(g, &wrong[i]);
		assert_int_equal(wrong[i].x0, RSI_ERROR_INPUT);
		(*count)++;
	}
}

static void wrong_requests_do_not_exit(void **state)
{
	struct fixture f = open_realm("model:planes=1", INDIRECT);
	unsigned count = 0;

	(void)state;
	assert_int_equal(start(&f, ask_wrongly, &count)->exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(count, 6);
	close_rmm(&f);
}

/* RMI_RTT_SET_S2AP. */

static void set_s2ap_changes_whole_entries(void **state)
{
	struct request r = {.base = PAGE, .top = 4 * BLOCK_2M, .index = 1};
	struct fixture f = open_realm("model:planes=1", INDIRECT);
	uint64_t out_top;
	uint64_t tree = 7;

	(void)state;
	start(&f, ask, &r);
	/* An entry that reaches beyond the range, at its begin and at its end. */
	assert_int_equal(set_s2ap(&f, PAGE, 4 * BLOCK_2M, &out_top, &tree), error_rtt(1));
	assert_int_equal(out_top, 0);
	assert_int_equal(tree, 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(set_s2ap(&f, PAGE, BLOCK_2M + PAGE, &out_top, NULL), RMI_SUCCESS);
	assert_int_equal(out_top, BLOCK_2M);
	assert_int_equal(set_s2ap(&f, BLOCK_2M, BLOCK_2M + PAGE, &out_top, NULL), error_rtt(2));
	assert_int_equal(out_top, BLOCK_2M);
	/* Entries within the range need no tables. */
	assert_int_equal(set_s2ap(&f, BLOCK_2M, 4 * BLOCK_2M, &out_top, NULL), RMI_SUCCESS);
	assert_int_equal(out_top, 4 * BLOCK_2M);
	close_rmm(&f);
}

static void ask_twice(struct guest *g, void *arg)
{
	struct request *r = arg;

	ask(g, r);
	r->base += PAGE;
	ask(g, r);
}

static void what_has_the_index_is_done(void **state)
{
	struct request r = {.base = BLOCK_2M, .top = 2 * BLOCK_2M, .index = 2};
	struct fixture f = open_realm("model:planes=1", INDIRECT);
	uint64_t out_top;

	(void)state;
	assert_int_equal(small_tables(&f.realm, 0), 0);
	start(&f, ask_twice, &r);
	assert_int_equal(set_s2ap(&f, BLOCK_2M, 2 * BLOCK_2M, NULL, NULL), RMI_SUCCESS);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(set_s2ap(&f, BLOCK_2M + PAGE, BLOCK_2M + 2 * PAGE, &out_top, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(out_top, BLOCK_2M + 2 * PAGE);
	close_rmm(&f);
}

static void every_tree_must_have_entries_that_fit(void **state)
{
	struct request r = {.base = PAGE, .top = 3 * PAGE, .index = 5};
	struct fixture f = open_realm("model:planes=1", TREES);
	uint64_t out_top;
	uint64_t tree;

	(void)state;
	start(&f, ask, &r);
	assert_int_equal(set_s2ap(&f, PAGE, 3 * PAGE, &out_top, &tree), error_rtt(1));
	assert_int_equal(tree, 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	aux_tables(&f, 0, 2);
	/* base_align_aux, with the status that B4.5.76 prints */
	assert_int_equal(set_s2ap(&f, PAGE, 3 * PAGE, &out_top, &tree), error_rtt(2));
	assert_int_equal(out_top, 0);
	assert_int_equal(tree, 1);
	/* The primary tree was left alone: the table there is still homogeneous. */
	assert_int_equal(rmi_rtt_fold(f.pe, f.realm.rd, 0, 3, NULL, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_create(f.pe, f.realm.rd, small_delegated(&f.realm), 0, 3, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(
	        rmi_rtt_aux_create(f.pe, f.realm.rd, small_delegated(&f.realm), 0, 3, 1, NULL),
	        RMI_SUCCESS);
	assert_int_equal(set_s2ap(&f, PAGE, 3 * PAGE, &out_top, &tree), RMI_SUCCESS);
	assert_int_equal(out_top, 3 * PAGE);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(r.new_base, 3 * PAGE);
	/* Now that indices differ, neither table folds. */
	assert_int_equal(rmi_rtt_fold(f.pe, f.realm.rd, 0, 3, NULL, NULL), error_rtt(3));
	assert_int_equal(rmi_rtt_aux_fold(f.pe, f.realm.rd, 0, 3, 1, NULL, NULL),
	                 rmi_result_level(RMI_ERROR_RTT_AUX, 3));
	close_rmm(&f);
}

static void the_index_outlives_a_mapping_but_not_its_table(void **state)
{
	struct request r = {.base = 0, .top = PAGE, .index = 4};
	struct fixture f = open_realm("model:planes=1", INDIRECT);

	(void)state;
	assert_int_equal(small_tables(&f.realm, 0), 0);
	start(&f, ask, &r);
	assert_int_equal(set_s2ap(&f, 0, PAGE, NULL, NULL), RMI_SUCCESS);
	assert_int_equal(small_map(&f.realm, 0), 0);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, 0, PAGE, RMI_ADDR_TYPE_NONE, 0, NULL,
	                                    NULL, NULL, NULL),
	                 RMI_SUCCESS);
	/* Nothing but the index makes this entry differ from the others. */
	assert_int_equal(rmi_rtt_fold(f.pe, f.realm.rd, 0, 3, NULL, NULL), error_rtt(3));
	assert_int_equal(rmi_rtt_destroy(f.pe, f.realm.rd, 0, 3, NULL, NULL, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_create(f.pe, f.realm.rd, small_delegated(&f.realm), 0, 3, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(rmi_rtt_fold(f.pe, f.realm.rd, 0, 3, NULL, NULL), RMI_SUCCESS);
	close_rmm(&f);
}

static void a_rec_serves_its_own_realm(void **state)
{
	struct request r = {.base = 0, .top = PAGE, .index = 4};
	struct fixture f = open_realm("model:planes=1", INDIRECT);
	struct small_realm other;

	(void)state;
	small_realm_init(&other, f.pe, rmi_memory(f.rmi).base + WINDOW, WINDOW);
	assert_int_equal(small_realm_create(&other, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	start(&f, ask, &r);
	assert_int_equal(
	        rmi_rtt_set_s2ap(f.pe, other.rd, f.realm.recs[0], 0, PAGE, NULL, NULL, NULL),
	        RMI_ERROR_REC);
	assert_int_equal(rmi_rtt_set_s2ap(f.pe, f.realm.rd, f.realm.rd, 0, PAGE, NULL, NULL, NULL),
	                 RMI_ERROR_INPUT);
	close_rmm(&f);
}

/* Overlay values. */

struct values {
	uint64_t own;
	uint64_t before;
	uint64_t after;
	uint64_t set;
	uint64_t locked;
	uint64_t reserved;
	uint64_t bound[6];
};

static void change_values(struct guest *g, void *arg)
{
	struct values *v = arg;
	struct request r = {.base = 0, .top = PAGE, .index = 14};

	rsi_mem_get_perm_value(g, 0, 14, &v->own);
	rsi_mem_get_perm_value(g, 1, 14, &v->before);
	v->set = rsi_mem_set_perm_value(g, 1, 14, RSI_PERM_LABEL_RO_UX);
	rsi_mem_get_perm_value(g, 1, 14, &v->after);
	v->reserved = rsi_mem_set_perm_value(g, 1, 14, 5);
	v->bound[0] = rsi_mem_get_perm_value(g, 2, 0, NULL);
	v->bound[1] = rsi_mem_get_perm_value(g, 0, 15, NULL);
	v->bound[2] = rsi_mem_set_perm_value(g, 0, 1, RSI_PERM_LABEL_RO);
	v->bound[3] = rsi_mem_set_perm_value(g, 2, 1, RSI_PERM_LABEL_RO);
	v->bound[4] = rsi_mem_set_perm_value(g, 1, 15, RSI_PERM_LABEL_RO);
	/* Index 0 is locked from the beginning. */
	v->bound[5] = rsi_mem_set_perm_value(g, 1, 0, RSI_PERM_LABEL_RO);
	ask(g, &r);
	v->locked = rsi_mem_set_perm_value(g, 1, 14, RSI_PERM_LABEL_RW);
}

static void values_can_be_set_until_their_index_is_used(void **state)
{
	struct fixture f = open_realm("model:planes=1", INDIRECT);
	struct values v = {0};

	(void)state;
	assert_int_equal(start(&f, change_values, &v)->exit_reason, RMI_EXIT_S2AP_CHANGE);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(v.own, RSI_PERM_LABEL_RW_PUX);
	assert_int_equal(v.before, RSI_PERM_LABEL_NO_ACCESS);
	assert_int_equal(v.set, RSI_SUCCESS);
	assert_int_equal(v.after, RSI_PERM_LABEL_RO_UX);
	assert_int_equal(v.reserved, RSI_ERROR_INPUT);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(v.bound[i], RSI_ERROR_INPUT);
	assert_int_equal(v.locked, RSI_ERROR_INPUT);
	close_rmm(&f);
}

static void without_planes(struct guest *g, void *arg)
{
	uint64_t *x0 = arg;

	x0[0] = rsi_mem_get_perm_value(g, 0, 0, NULL);
	x0[1] = rsi_mem_set_perm_value(g, 1, 1, 0);
	x0[2] = rsi_mem_set_perm_index(g, 0, PAGE, 1, 0, NULL, NULL, NULL);
	rsi_features(g, 0, &x0[3]);
}

static void an_rmm_without_planes_knows_no_permissions(void **state)
{
	struct fixture f = {0};
	uint64_t x0[4] = {0};

	(void)state;
	f.rmi = rmi_open("model", NULL);
	f.pe = rmi_pe(f.rmi, 0);
	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, f.pe, rmi_memory(f.rmi).base, WINDOW);
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	start(&f, without_planes, x0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(x0[i], SMCCC_NOT_SUPPORTED);
	assert_int_equal(x0[3], 0);
	close_rmm(&f);
}

/* Unprotected memory with the indirect encoding. */

static uint64_t share(struct fixture *f, uint64_t ipa, uint64_t s2ap)
{
	struct rmi_addr_range_desc desc = {
	        .base = small_page(&f->realm), .count = 1, .state = RMI_OP_MEM_UNDELEGATED};
	uint64_t flags = RMI_ADDR_TYPE_SINGLE | RMI_FIELD_SET(s2ap, RMI_RTT_UNPROT_MAP_FLAGS_S2AP);

	return rmi_rtt_unprot_map(
	        f->pe, f->realm.rd, ipa, ipa + PAGE, flags,
	        rmi_addr_range_desc_encode(rmi_revision(f->rmi), f->realm.gshift, desc), NULL,
	        NULL);
}

static void write_and_read(struct guest *g, void *arg)
{
	*(uint64_t *)arg = guest_load64(g, SMALL_UNPROT);
	guest_store64(g, SMALL_UNPROT, 1);
}

static void an_unprotected_page_has_a_base_index(void **state)
{
	struct fixture f = open_realm("model:planes=1", INDIRECT);
	uint64_t value = 1;
	uint64_t desc;
	const struct rmi_rec_exit *exit;

	(void)state;
	assert_int_equal(small_tables(&f.realm, SMALL_UNPROT), 0);
	assert_int_equal(share(&f, SMALL_UNPROT, RMI_S2AP_RW_PUX + 1), RMI_ERROR_INPUT);
	assert_int_equal(share(&f, SMALL_UNPROT, RMI_S2AP_RO), RMI_SUCCESS);
	assert_int_equal(
	        rmi_rtt_read_entry(f.pe, f.realm.rd, SMALL_UNPROT, 3, NULL, NULL, &desc, NULL),
	        RMI_SUCCESS);
	/* PIIndex[0] */
	assert_int_equal(desc & ((UINT64_C(3) << 53) | (UINT64_C(1) << 51) | (UINT64_C(3) << 6)),
	                 1 << 6);
	exit = start(&f, write_and_read, &value);
	assert_int_equal(value, 0);
	/* The store: a permission fault at level 3, WnR */
	assert_int_equal(exit->esr & 0x3f, 0xf);
	assert_int_equal(exit->esr & (1 << 6), 1 << 6);
	close_rmm(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_request_exits_and_returns_what_the_host_did),
	        cmocka_unit_test(the_host_can_refuse_what_is_not_done),
	        cmocka_unit_test(wrong_requests_do_not_exit),
	        cmocka_unit_test(set_s2ap_changes_whole_entries),
	        cmocka_unit_test(what_has_the_index_is_done),
	        cmocka_unit_test(every_tree_must_have_entries_that_fit),
	        cmocka_unit_test(the_index_outlives_a_mapping_but_not_its_table),
	        cmocka_unit_test(a_rec_serves_its_own_realm),
	        cmocka_unit_test(values_can_be_set_until_their_index_is_used),
	        cmocka_unit_test(an_rmm_without_planes_knows_no_permissions),
	        cmocka_unit_test(an_unprotected_page_has_a_base_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
