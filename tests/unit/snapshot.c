/* SPDX-License-Identifier: BSD-3-Clause */
/* Snapshots: what they contain, what they leave out, and how they tell a difference. */
#include <stdio.h>
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/inspect.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define PAGE   SMALL_PAGE_SIZE
#define WINDOW (UINT64_C(16) << 20)

struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct rmm *rmm;
	struct small_realm realm;
	uint64_t base;
	struct rmm_snapshot *before;
	char why[160];
};

/* An active RMM, with a realm when it is asked for. */
static struct fixture open_rmm(const char *conf, bool realm)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open(conf, &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	f.rmm = rmi_model(f.rmi);
	f.base = rmi_memory(f.rmi).base;
	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, f.pe, f.base, WINDOW);
	if (realm) {
		assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
		assert_int_equal(small_tables(&f.realm, 0), 0);
		assert_int_equal(small_rec(&f.realm, 0, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	}
	f.before = rmm_snapshot_take(f.rmm);
	assert_non_null(f.before);
	return f;
}

/* Whether the RMM is as it was; f->why says what is not. */
static bool unchanged(struct fixture *f)
{
	struct rmm_snapshot *now = rmm_snapshot_take(f->rmm);
	bool equal;

	assert_non_null(now);
	equal = rmm_snapshot_equal(f->before, now, f->why, sizeof(f->why));
	assert_int_equal(equal, f->why[0] == '\0');
	assert_int_equal(rmm_snapshot_equal(f->before, now, NULL, 0), equal);
	rmm_snapshot_free(now);
	return equal;
}

static void close_rmm(struct fixture *f)
{
	rmm_snapshot_free(f->before);
	rmi_close(f->rmi);
}

/* "granule", 0x80000000, " was there" */
static void expect_change(struct fixture *f, const char *what, uint64_t number, const char *change)
{
	char expected[160];

	(void)snprintf(expected, sizeof(expected), "%s 0x%llx%s", what, (unsigned long long)number,
	               change);
	assert_false(unchanged(f));
	assert_string_equal(f->why, expected);
}

static void a_command_that_fails_leaves_an_equal_snapshot(void **state)
{
	static const char *const confs[] = {"model", "model:granule=16K", "model:granule=64K"};

	(void)state;
	for (size_t i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		struct fixture f = open_rmm(confs[i], true);

		assert_int_not_equal(rmi_realm_destroy(f.pe, f.realm.rd, NULL), RMI_SUCCESS);
		assert_int_not_equal(rmi_rec_enter(f.pe, f.realm.recs[0], f.realm.run),
		                     RMI_SUCCESS);
		assert_int_not_equal(rmi_granule_range_undelegate(f.pe, f.realm.rd,
		                                                  f.realm.rd + f.realm.page, NULL,
		                                                  NULL),
		                     RMI_SUCCESS);
		assert_true(unchanged(&f));
		close_rmm(&f);
	}
}

static void a_granule_that_is_taken_or_given_back_is_named(void **state)
{
	struct fixture f = open_rmm("model", false);

	(void)state;
	rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, NULL);
	expect_change(&f, "granule", f.base, " was GRAN_UNDELEGATED, is GRAN_DELEGATED");
	rmm_snapshot_free(f.before);
	f.before = rmm_snapshot_take(f.rmm);
	rmi_granule_range_undelegate(f.pe, f.base, f.base + PAGE, NULL, NULL);
	expect_change(&f, "granule", f.base, " was GRAN_DELEGATED, is GRAN_UNDELEGATED");
	close_rmm(&f);
}

static void a_granule_with_another_object_is_named(void **state)
{
	struct fixture f = open_rmm("model", true);
	uint64_t pa = small_delegated(&f.realm);

	(void)state;
	rmm_snapshot_free(f.before);
	f.before = rmm_snapshot_take(f.rmm);
	assert_int_equal(rmi_rtt_create(f.pe, f.realm.rd, pa, UINT64_C(1) << 30, 2, NULL),
	                 RMI_SUCCESS);
	/* The entry that leads there comes earlier in memory. */
	assert_false(unchanged(&f));
	assert_non_null(strstr(f.why, "(GRAN_RTT): count was 1, is 2"));
	close_rmm(&f);
}

static void a_byte_of_an_object_is_named(void **state)
{
	struct fixture f = open_rmm("model", true);

	(void)state;
	assert_int_equal(small_activate(&f.realm), 0);
	expect_change(&f, "granule", f.realm.rd, " (GRAN_RD): byte 0x8 was 0x00, is 0x01");
	close_rmm(&f);
}

static void a_host_that_shares_a_page_changes_a_byte_of_a_table(void **state)
{
	struct fixture f = open_rmm("model", true);
	uint64_t pa;

	(void)state;
	assert_int_equal(small_tables(&f.realm, SMALL_UNPROT + 3 * PAGE), 0);
	rmm_snapshot_free(f.before);
	f.before = rmm_snapshot_take(f.rmm);
	assert_int_equal(small_share(&f.realm, SMALL_UNPROT + 3 * PAGE, &pa), 0);
	assert_false(unchanged(&f));
	assert_non_null(strstr(f.why, "(GRAN_RTT): byte 0x18 was 0x00, is 0x"));
	close_rmm(&f);
}

static void the_state_of_the_rmm_is_compared(void **state)
{
	struct fixture f = open_rmm("model", false);

	(void)state;
	assert_int_equal(rmi_rmm_deactivate(f.pe, NULL), RMI_SUCCESS);
	assert_false(unchanged(&f));
	assert_string_equal(f.why, "the RMM was ACTIVE, is INIT");
	close_rmm(&f);
}

static void the_number_of_realms_is_compared(void **state)
{
	struct fixture f = open_rmm("model", false);

	(void)state;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_false(unchanged(&f));
	assert_string_equal(f.why, "the number of realms was 0x0, is 0x1");
	close_rmm(&f);
}

static void the_configuration_in_force_is_compared(void **state)
{
	struct fixture a = open_rmm("model", false);
	struct fixture b = open_rmm("model:granule=16K", false);

	(void)state;
	assert_false(rmm_snapshot_equal(a.before, b.before, a.why, sizeof(a.why)));
	assert_string_equal(a.why, "the RMI granule size was 0x1000, is 0x4000");
	close_rmm(&a);
	close_rmm(&b);
}

static void tracking_is_compared(void **state)
{
	struct fixture a = open_rmm("model", false);
	struct fixture b = open_rmm("model:tracking=coarse", false);

	(void)state;
	assert_false(rmm_snapshot_equal(a.before, b.before, a.why, sizeof(a.why)));
	assert_string_equal(a.why, "tracking region 0x80000000 was FINE, is COARSE");
	close_rmm(&a);
	close_rmm(&b);
}

static void an_operation_that_begins_goes_on_or_ends_is_named(void **state)
{
	struct fixture f = open_rmm("model:incomplete=1000,incomplete_rounds=2", false);
	struct rmm_snapshot *idle = f.before;
	struct smccc_regs regs;
	struct rmi_sro sro;
	char expected[160];

	(void)state;
	rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, &sro);
	expect_change(&f, "operation", sro.handle,
	              " (RMI_GRANULE_RANGE_DELEGATE) was not there, is open");
	f.before = rmm_snapshot_take(f.rmm);
	assert_int_equal(rmi_status(rmi_op_continue(f.pe, sro.handle, 0, &regs)), RMI_INCOMPLETE);
	expect_change(&f, "operation", sro.handle,
	              " (RMI_GRANULE_RANGE_DELEGATE): rounds left was 0x2, is 0x1");
	assert_false(rmm_snapshot_equal(f.before, idle, f.why, sizeof(f.why)));
	(void)snprintf(expected, sizeof(expected),
	               "operation 0x%llx (RMI_GRANULE_RANGE_DELEGATE) was open, is over",
	               (unsigned long long)sro.handle);
	assert_string_equal(f.why, expected);
	rmm_snapshot_free(idle);
	close_rmm(&f);
}

static void an_object_that_becomes_intermediate_is_named(void **state)
{
	struct fixture f = open_rmm("model:rec_aux=2", false);
	struct rmi_sro sro;
	uint64_t rec;

	(void)state;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_rec(&f.realm, 0, 0, NULL), 0);
	rec = f.realm.recs[0];
	rmm_snapshot_free(f.before);
	f.before = rmm_snapshot_take(f.rmm);
	assert_int_equal(rmi_status(rmi_rec_destroy(f.pe, rec, &sro)), RMI_INCOMPLETE);
	assert_false(unchanged(&f));
	/* The RD says first that it has an open operation. */
	assert_non_null(strstr(f.why, "(GRAN_RD): byte 0x"));
	close_rmm(&f);
}

static void a_cancelled_operation_leaves_an_equal_snapshot(void **state)
{
	struct fixture f = open_rmm("model:incomplete=1000", false);
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, &sro);
	rmi_op_cancel(f.pe, sro.handle);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	assert_true(unchanged(&f));
	close_rmm(&f);
}

static void memory_of_the_host_is_no_part_of_it(void **state)
{
	struct fixture f = open_rmm("model", true);

	(void)state;
	memset(small_va(&f.realm, small_page(&f.realm)), 0xa5, PAGE);
	assert_true(unchanged(&f));
	close_rmm(&f);
}

static void what_is_drawn_by_lot_is_no_part_of_it(void **state)
{
	struct fixture f = open_rmm("model:busy=0,policy=hostile,incomplete=0", false);

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		assert_int_not_equal(rmi_realm_activate(f.pe, f.base), RMI_SUCCESS);
	assert_true(unchanged(&f));
	close_rmm(&f);
}

static void equal_calls_make_equal_snapshots_of_two_rmms(void **state)
{
	struct fixture a = open_rmm("model", true);
	struct fixture b = open_rmm("model", true);

	(void)state;
	if (!rmm_snapshot_equal(a.before, b.before, a.why, sizeof(a.why)))
		fail_msg("%s", a.why);
	close_rmm(&a);
	close_rmm(&b);
}

static void a_text_that_is_too_long_is_cut_off(void **state)
{
	struct fixture f = open_rmm("model", false);
	struct rmm_snapshot *now;
	char why[8];

	(void)state;
	rmi_rmm_deactivate(f.pe, NULL);
	now = rmm_snapshot_take(f.rmm);
	assert_false(rmm_snapshot_equal(f.before, now, why, sizeof(why)));
	assert_string_equal(why, "the RMM");
	rmm_snapshot_free(now);
	rmm_snapshot_free(NULL);
	close_rmm(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_command_that_fails_leaves_an_equal_snapshot),
	        cmocka_unit_test(a_granule_that_is_taken_or_given_back_is_named),
	        cmocka_unit_test(a_granule_with_another_object_is_named),
	        cmocka_unit_test(a_byte_of_an_object_is_named),
	        cmocka_unit_test(a_host_that_shares_a_page_changes_a_byte_of_a_table),
	        cmocka_unit_test(the_state_of_the_rmm_is_compared),
	        cmocka_unit_test(the_number_of_realms_is_compared),
	        cmocka_unit_test(the_configuration_in_force_is_compared),
	        cmocka_unit_test(tracking_is_compared),
	        cmocka_unit_test(an_operation_that_begins_goes_on_or_ends_is_named),
	        cmocka_unit_test(an_object_that_becomes_intermediate_is_named),
	        cmocka_unit_test(a_cancelled_operation_leaves_an_equal_snapshot),
	        cmocka_unit_test(memory_of_the_host_is_no_part_of_it),
	        cmocka_unit_test(what_is_drawn_by_lot_is_no_part_of_it),
	        cmocka_unit_test(equal_calls_make_equal_snapshots_of_two_rmms),
	        cmocka_unit_test(a_text_that_is_too_long_is_cut_off),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
