/* SPDX-License-Identifier: BSD-3-Clause */
/* Odd answers of the RMM: no progress, holes, refusals at run time and at bring-up. */

#include <errno.h>
#include <string.h>

#include <realm_impl.h>

#include "scene.h"

#define BLOCK   (UINT64_C(2) << 20)
#define FOREVER UINT64_MAX

static void simple_guest(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + 4 * PAGE, 1);
	rsi_host_call(g, RAM + 5 * PAGE);
	guest_store64(g, RAM + 3 * BLOCK, 1);
}

/* Bug 11 and its like: an answer without progress ends the loop instead of repeating it for ever.
 */
static void success_without_progress_is_an_error(void **state)
{
	static const uint32_t fids[] = {SMC_RMI_GRANULE_RANGE_DELEGATE, SMC_RMI_RTT_INIT_RIPAS,
	                                SMC_RMI_RTT_DATA_MAP};
	struct scene s;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		scene_open(&s, "");
		scene_guest(&s, simple_guest, NULL);
		hook_refuse(s.hook, fids[i], 0, FOREVER, RMI_SUCCESS);
		assert_int_equal(realm_vcpu_run(s.cpu)->error, -ENXIO);
		assert_non_null(strstr(host_last_error(s.host), "without progress"));
		hook_refuse(s.hook, 0, 0, 0, 0);
		scene_close(&s);
	}
}

static void unmapping_ends_whatever_the_rmm_answers(void **state)
{
	static const uint64_t answers[] = {RMI_SUCCESS, RMI_ERROR_INPUT, RMI_BUSY, RMI_BLOCKED};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct scene s;

		scene_open(&s, "");
		scene_guest(&s, simple_guest, NULL);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		hook_refuse(s.hook, SMC_RMI_RTT_DATA_UNMAP, 0, FOREVER, answers[i]);
		assert_int_equal(realm_set_attributes(s.vm, RAM, RAM_SIZE, false), -ENXIO);
		/* Nothing was done, and the attribute says so. */
		assert_true(realm_is_private(s.vm, RAM));
		hook_refuse(s.hook, 0, 0, 0, 0);
		assert_int_equal(realm_set_attributes(s.vm, RAM, RAM_SIZE, false), 0);
		scene_close(&s);
	}
}

/* Bug 11: RMI_ERROR_RTT for an entry that lies in the range is a hole, which is skipped. */
static void a_hole_in_private_memory_is_skipped(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, simple_guest, NULL);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	hook_refuse(s.hook, SMC_RMI_RTT_DATA_UNMAP, 0, 15, rmi_result_level(RMI_ERROR_RTT, 3));
	assert_int_equal(realm_set_attributes(s.vm, RAM + PAGE, 15 * PAGE, false), 0);
	assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_DATA_UNMAP), 15);
	scene_close(&s);
}

static void shares_and_looks(struct guest *g, void *arg)
{
	uint64_t *found = arg;

	guest_set_ripas(g, RAM + BLOCK, RAM + BLOCK + PAGE, RSI_RIPAS_EMPTY, 0);
	found[0] = guest_load64(g, (RAM + BLOCK) | SHARED_BIT);
	found[1] = 1;
}

/*
 * Bug 13: after the tables were made the second UNPROT_MAP was not looked at, or its status was
 * taken for success. An error reaches the VMM; the next run tries again and works.
 */
static void shared_memory_that_cannot_be_mapped_is_an_error(void **state)
{
	(void)state;
	for (unsigned skip = 0; skip < 3; skip++) {
		uint64_t found[2] = {0};
		struct realm_exit *e;
		struct scene s;

		scene_open(&s, "");
		scene_guest(&s, shares_and_looks, found);
		hook_refuse(s.hook, SMC_RMI_RTT_UNPROT_MAP, skip, 1, RMI_ERROR_INPUT);
		e = scene_run(&s);
		assert_int_equal(e->error, -ENXIO);
		assert_int_equal(found[1], 0);
		scene_run_to_end(&s);
		assert_int_equal(found[1], 1);
		scene_close(&s);
	}
}

/* Bug 13: and if something is mapped there each time, this ends as well. */
static void shared_memory_that_is_always_mapped_is_an_error(void **state)
{
	uint64_t found[2] = {0};
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, shares_and_looks, found);
	hook_refuse(s.hook, SMC_RMI_RTT_UNPROT_MAP, 2, FOREVER, rmi_result_level(RMI_ERROR_RTT, 3));
	assert_int_equal(scene_run(&s)->error, -ENXIO);
	assert_in_range(hook_count(s.hook, SMC_RMI_RTT_UNPROT_MAP), 3, 5);
	hook_refuse(s.hook, 0, 0, 0, 0);
	scene_run_to_end(&s);
	scene_close(&s);
}

/* Bug 21: a page mapped by someone else: the page of this fault is given back, no error. */
static void private_memory_that_is_mapped_already_is_no_error(void **state)
{
	struct realm_stats stats;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, simple_guest, NULL);
	/* The walk went down to level 3 in the first call, which the populated page made. */
	hook_refuse(s.hook, SMC_RMI_RTT_DATA_MAP, 0, 2, rmi_result_level(RMI_ERROR_RTT, 3));
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	realm_get_stats(s.vm, &stats);
	assert_int_equal(stats.private_faults, 4);
	assert_int_equal(stats.pages_mapped, 2);
	scene_close(&s);
}

/* What RSI_IPA_STATE_SET is asked for and answers. Only for RAM there is RSI_RESPONSE_REJECT. */
struct ripas_answer {
	enum rsi_ripas ripas;
	uint64_t new_base;
	uint64_t response;
};

static void changes_ripas_once(struct guest *g, void *arg)
{
	struct ripas_answer *answer = arg;

	for (uint64_t ipa = RAM + BLOCK; ipa < RAM + 3 * BLOCK; ipa += 64 * PAGE)
		guest_store64(g, ipa, 1);
	rsi_ipa_state_set(g, RAM + BLOCK, RAM + 3 * BLOCK, answer->ripas, 0, &answer->new_base,
	                  &answer->response);
}

/*
 * Bug 28: a change to EMPTY stops in the middle. What has become EMPTY was not unmapped then and
 * stayed with the RMM; it is given back, and the Realm learns how far the change came.
 */
static void what_became_empty_before_an_error_is_unmapped(void **state)
{
	struct ripas_answer answer = {.ripas = RSI_RIPAS_EMPTY};
	struct realm_stats stats;
	struct ram *ram;
	struct scene s;
	uint64_t done;

	(void)state;
	scene_open(&s, "");
	scene_guest_config(&s, &scene_pages, changes_ripas_once, &answer);
	hook_refuse(s.hook, SMC_RMI_RTT_SET_RIPAS, 1, FOREVER, RMI_ERROR_INPUT);
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_MEMORY_FAULT);
	/* The attributes alone; realm_set_attributes() would unmap as well. */
	ram = realm_ram_find(s.vm, RAM);
	memset(&ram->is_shared[BLOCK / PAGE], 1, 2 * BLOCK / PAGE);
	scene_run_to_end(&s);
	realm_get_stats(s.vm, &stats);
	done = answer.new_base - (RAM + BLOCK);
	assert_in_range(done, s.calm ? BLOCK : PAGE, BLOCK);
	/* One in 64 pages was in use. */
	assert_int_equal(stats.pages_unmapped, (done / PAGE + 63) / 64);
	scene_close(&s);
}

/*
 * Bugs 26 and 27: SET_RIPAS that can never succeed, or succeeds without moving, was repeated for
 * ever under the lock. The Realm is told that nothing was done.
 */
static void a_ripas_change_without_progress_is_rejected(void **state)
{
	static const uint64_t answers[] = {RMI_SUCCESS, RMI_ERROR_RTT | 3 << 8,
	                                   RMI_ERROR_RTT | 2 << 8, RMI_BUSY, RMI_ERROR_REC};

	(void)state;
	for (unsigned i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct ripas_answer answer = {.ripas = RSI_RIPAS_RAM};
		struct scene s;

		scene_open(&s, "");
		scene_guest(&s, changes_ripas_once, &answer);
		hook_refuse(s.hook, SMC_RMI_RTT_SET_RIPAS, 0, FOREVER, answers[i]);
		scene_run_to_end(&s);
		assert_int_equal(answer.new_base, RAM + BLOCK);
		assert_int_equal(answer.response, RSI_RESPONSE_REJECT);
		assert_in_range(hook_count(s.hook, SMC_RMI_RTT_SET_RIPAS), 1,
		                s.limits.busy_attempts + 3);
		hook_refuse(s.hook, 0, 0, 0, 0);
		scene_close(&s);
	}
}

static bool spoil_ripas_range(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	const uint64_t *range = hook->arg;
	struct rmi_rec_run *run;

	if (regs->x[0] != SMC_RMI_REC_ENTER)
		return false;
	run = rmi_pa_to_va(hook->inner, regs->x[2], sizeof(*run));
	rmi_call(rmi_pe(hook->inner, pe), regs);
	if (run->exit.exit_reason == RMI_EXIT_RIPAS_CHANGE) {
		run->exit.ripas_base = range[0];
		run->exit.ripas_top = range[1];
	}
	return true;
}

/* Bug 31: a senseless range is rejected at the next entry, and the VMM hears of it once. */
static void a_senseless_ripas_range_is_rejected(void **state)
{
	static uint64_t ranges[][2] = {
	        {RAM, RAM},
	        {RAM + PAGE, RAM},
	        {SHARED_BIT, SHARED_BIT + PAGE},
	        {SHARED_BIT - PAGE, SHARED_BIT + PAGE},
	        {0, UINT64_MAX},
	        {RAM + 1, RAM + PAGE},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct ripas_answer answer = {.ripas = RSI_RIPAS_RAM};
		struct realm_exit *e;
		struct scene s;

		scene_open(&s, "");
		scene_guest(&s, changes_ripas_once, &answer);
		s.hook->fn = spoil_ripas_range;
		s.hook->arg = ranges[i];
		e = scene_run(&s);
		assert_int_equal(e->reason, REALM_EXIT_UNKNOWN);
		assert_int_equal(e->error, -EINVAL);
		scene_run_to_end(&s);
		assert_int_equal(answer.new_base, RAM + BLOCK);
		assert_int_equal(answer.response, RSI_RESPONSE_REJECT);
		scene_close(&s);
	}
}

/* Bug 45: an RMM that is always busy, or always blocked, does not hang the host. */
static void patience_has_an_end(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	hook_refuse(s.hook, SMC_RMI_REALM_CREATE, 0, FOREVER, RMI_BUSY);
	assert_int_equal(realm_populate(s.vm, RAM, "x", 1, 0), -ENXIO);
	assert_int_equal(hook_count(s.hook, SMC_RMI_REALM_CREATE), s.limits.busy_attempts);
	hook_refuse(s.hook, SMC_RMI_REALM_CREATE, 0, FOREVER, RMI_BLOCKED);
	assert_int_equal(realm_populate(s.vm, RAM, "x", 1, 0), -ENXIO);
	assert_int_equal(hook_count(s.hook, SMC_RMI_REALM_CREATE),
	                 s.limits.busy_attempts + s.limits.blocked_attempts);
	hook_refuse(s.hook, SMC_RMI_REALM_CREATE, 0, 2, RMI_BLOCKED);
	assert_int_equal(realm_populate(s.vm, RAM, "x", 1, 0), 0);
	scene_close(&s);
}

/* Bug 48: no RMM, or one of another version. */
static void a_machine_without_a_fitting_rmm_is_refused(void **state)
{
	static const struct {
		uint64_t x0;
		const char *text;
	} cases[] = {{SMCCC_NOT_SUPPORTED, "no RMM"},
	             {RMI_ERROR_NOT_SUPPORTED, "no RMM"},
	             {RMI_ERROR_INPUT, "2.0 is needed"}};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rmi_error err = {{0}};
		struct hook *hook;
		struct rmi *rmi = hook_open("model:", &hook);

		hook_refuse(hook, SMC_RMI_VERSION, 0, 1, cases[i].x0);
		assert_null(host_open_config(&(struct host_config){.rmi = rmi}, &err));
		assert_int_equal(errno, ENXIO);
		assert_non_null(strstr(err.text, cases[i].text));
		rmi_close(rmi);
	}
}

static void a_host_that_cannot_be_opened_leaves_nothing(void **state)
{
	static const uint32_t fids[] = {SMC_RMI_FEATURES, SMC_RMI_RMM_CONFIG_SET,
	                                SMC_RMI_RMM_ACTIVATE, SMC_RMI_GRANULE_TRACKING_GET};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct rmi_error err = {{0}};
		struct hook *hook;
		struct rmi *rmi = hook_open("model:", &hook);

		hook_refuse(hook, fids[i], 0, 1, RMI_ERROR_INPUT);
		assert_null(host_open_config(&(struct host_config){.rmi = rmi}, &err));
		assert_non_null(strstr(err.text, "RMI_"));
		assert_int_equal(rmi_audit(rmi, NULL), 0);
		rmi_close(rmi);
	}
}

/* Bugs 35 and 59: the Realm is not active for the RMM: SHUTDOWN, not an error. */
static void error_realm_at_entry_is_a_shutdown(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, simple_guest, NULL);
	hook_refuse(s.hook, SMC_RMI_REC_ENTER, 0, 1, RMI_ERROR_REALM);
	e = scene_run(&s);
	assert_int_equal(e->reason, REALM_EXIT_SHUTDOWN);
	assert_int_equal(e->error, 0);
	scene_close(&s);
}

/* A status that must not come breaks the Realm, and only the Realm. */
static void an_impossible_answer_at_entry_breaks_the_realm(void **state)
{
	static const uint64_t answers[] = {RMI_ERROR_INPUT, RMI_ERROR_RTT, 0xee,
	                                   SMCCC_NOT_SUPPORTED};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct realm_exit *e;
		struct scene s;

		scene_open(&s, "");
		scene_guest(&s, simple_guest, NULL);
		hook_refuse(s.hook, SMC_RMI_REC_ENTER, 0, 1, answers[i]);
		e = scene_run(&s);
		assert_int_equal(e->reason, REALM_EXIT_INTERNAL_ERROR);
		assert_int_equal(e->internal.result, answers[i]);
		assert_int_equal(scene_run(&s)->error, -EIO);
		scene_close(&s);
	}
}

static void reads_a_device(struct guest *g, void *arg)
{
	(void)arg;
	guest_load32(g, SHARED_BIT | 0x1000);
}

/* Bug 52: RMI_ERROR_REC has several causes; a wrong flag would be repeated for ever. */
static void error_rec_with_a_wrong_flag_is_no_reason_to_repeat(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, reads_a_device, NULL);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_MMIO);
	hook_refuse(s.hook, SMC_RMI_REC_ENTER, 0, 1, RMI_ERROR_REC);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_INTERNAL_ERROR);
	scene_close(&s);
}

/* Bug 52: otherwise the REC is not runnable, as one that is off; nobody is left to switch it on. */
static void error_rec_of_the_only_vcpu_is_a_shutdown(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, simple_guest, NULL);
	hook_refuse(s.hook, SMC_RMI_REC_ENTER, 0, 1, RMI_ERROR_REC);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_SHUTDOWN);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(success_without_progress_is_an_error),
	        cmocka_unit_test(unmapping_ends_whatever_the_rmm_answers),
	        cmocka_unit_test(a_hole_in_private_memory_is_skipped),
	        cmocka_unit_test(shared_memory_that_cannot_be_mapped_is_an_error),
	        cmocka_unit_test(shared_memory_that_is_always_mapped_is_an_error),
	        cmocka_unit_test(private_memory_that_is_mapped_already_is_no_error),
	        cmocka_unit_test(what_became_empty_before_an_error_is_unmapped),
	        cmocka_unit_test(a_ripas_change_without_progress_is_rejected),
	        cmocka_unit_test(a_senseless_ripas_range_is_rejected),
	        cmocka_unit_test(patience_has_an_end),
	        cmocka_unit_test(a_machine_without_a_fitting_rmm_is_refused),
	        cmocka_unit_test(a_host_that_cannot_be_opened_leaves_nothing),
	        cmocka_unit_test(error_realm_at_entry_is_a_shutdown),
	        cmocka_unit_test(an_impossible_answer_at_entry_breaks_the_realm),
	        cmocka_unit_test(error_rec_with_a_wrong_flag_is_no_reason_to_repeat),
	        cmocka_unit_test(error_rec_of_the_only_vcpu_is_a_shutdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
