/* SPDX-License-Identifier: BSD-3-Clause */
/* The RMM refuses: what is undone, what is leaked, what the VMM hears. */

#include <errno.h>
#include <string.h>

#include <internal.h>

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

static uint64_t pages_in_use(struct scene *s)
{
	struct host_pages pages;

	host_pages(s->host, &pages);
	return pages.total - pages.owner[HOST_PAGE_FREE];
}

static uint64_t pages_leaked(struct scene *s)
{
	struct host_pages pages;

	host_pages(s->host, &pages);
	return pages.owner[HOST_PAGE_LEAKED];
}

/* Delegation of the root tables stops before the n-th of them. */
struct root_limit {
	unsigned n;
	uint64_t base; /* Of the root tables; 0 as long as it is not known. */
};

static bool limit_root(struct hook *hook, struct smccc_regs *regs)
{
	struct root_limit *limit = hook->arg;

	if (regs->x[0] != SMC_RMI_GRANULE_RANGE_DELEGATE)
		return false;
	if (limit->base == 0 && regs->x[2] - regs->x[1] == 16 * PAGE)
		limit->base = regs->x[1];
	if (limit->base == 0 || regs->x[1] < limit->base)
		return false;
	if (regs->x[1] >= limit->base + limit->n * PAGE) {
		regs->x[0] = rmi_result(RMI_ERROR_INPUT);
		return true;
	}
	regs->x[2] = limit->base + limit->n * PAGE;
	return false;
}

/*
 * Bug 1: delegation of 16 root tables fails at the k-th. The whole range was undelegated then,
 * which an RMM refuses, and all of it leaked. Exactly what was delegated goes back; a second try
 * works.
 */
static void root_tables_that_are_delegated_in_part_come_back(void **state)
{
	static const char *const confs[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

	(void)state;
	for (unsigned i = 0; i < 2 * 16; i++) {
		struct root_limit limit = {.n = i / 2};
		struct scene s;
		uint64_t before;

		scene_open(&s, confs[i % 2]);
		s.vm = realm_create(s.host, &(struct realm_config){.ipa_bits = 43});
		assert_int_equal(realm_add_memory(s.vm, RAM, RAM_SIZE), 0);
		before = pages_in_use(&s);
		s.hook->fn = limit_root;
		s.hook->arg = &limit;
		assert_int_equal(realm_populate(s.vm, RAM, "x", 1, 0), -ENXIO);
		assert_int_not_equal(limit.base, 0);
		assert_int_equal(realm_state(s.vm), REALM_STATE_NONE);
		assert_int_equal(pages_in_use(&s), before);
		s.hook->fn = NULL;
		assert_int_equal(realm_populate(s.vm, RAM, "x", 1, 0), 0);
		scene_close(&s);
	}
}

/* Undelegation of the first page of an owner fails, once. */
struct undelegate_failure {
	struct host *host;
	enum host_page_owner owner;
	bool done;
};

static bool refuse_undelegate(struct hook *hook, struct smccc_regs *regs)
{
	struct undelegate_failure *failure = hook->arg;
	struct phys *phys = &failure->host->phys;

	if (regs->x[0] != SMC_RMI_GRANULE_RANGE_UNDELEGATE || failure->done ||
	    !host_phys_is(phys, regs->x[1], PAGE, failure->owner))
		return false;
	failure->done = true;
	regs->x[0] = rmi_result(RMI_ERROR_INPUT);
	return true;
}

/*
 * Bugs 3 and 4: a page that cannot be undelegated is leaked, never handed out again, and named;
 * everything else comes back, the root tables too.
 */
static void a_page_that_is_not_given_back_is_leaked_alone(void **state)
{
	static const enum host_page_owner owners[] = {HOST_PAGE_RD, HOST_PAGE_RTT, HOST_PAGE_REC,
	                                              HOST_PAGE_DATA, HOST_PAGE_DELEGATED};

	(void)state;
	for (unsigned i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		struct undelegate_failure failure = {.owner = owners[i]};
		struct scene s;

		scene_open(&s, "rec_aux=2");
		scene_guest(&s, simple_guest, NULL);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		failure.host = s.host;
		s.hook->fn = refuse_undelegate;
		s.hook->arg = &failure;
		realm_destroy(s.vm);
		s.vm = NULL;
		assert_true(failure.done);
		if (pages_leaked(&s) != 1)
			fail_msg("%s: %s", host_page_owner_name(owners[i]), s.log);
		assert_int_equal(pages_in_use(&s), 1);
		assert_non_null(strstr(s.log, "leaked"));
		scene_close_lossy(&s, 1);
	}
}

/*
 * Bugs 6 and 37: REC_CREATE fails for the k-th vCPU. Earlier RECs are destroyed later, the failed
 * one is as if it never was; the Realm is dead and not tried again.
 */
static void a_rec_that_cannot_be_created_kills_the_realm(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		struct scene s;

		scene_open(&s, "rec_aux=2");
		scene_guest(&s, simple_guest, NULL);
		for (unsigned i = 1; i < 4; i++)
			assert_non_null(realm_vcpu_create(s.vm, i));
		hook_refuse(s.hook, SMC_RMI_REC_CREATE, k, 1, RMI_ERROR_INPUT);
		assert_int_equal(realm_vcpu_run(s.cpu)->error, -ENXIO);
		assert_int_equal(realm_state(s.vm), REALM_STATE_DEAD);
		assert_int_equal(realm_vcpu_run(s.cpu)->error, -EIO);
		assert_int_equal(realm_populate(s.vm, RAM + PAGE, "x", 1, 0), -ENXIO);
		assert_int_equal(hook_count(s.hook, SMC_RMI_REC_CREATE), k + 1);
		scene_end_realm(&s);
		assert_int_equal(hook_count(s.hook, SMC_RMI_REC_DESTROY), k);
		scene_close(&s);
	}
}

/* Bug 37 again, for the other steps of activation. */
static void a_realm_whose_activation_fails_is_dead(void **state)
{
	static const uint32_t fids[] = {SMC_RMI_REALM_ACTIVATE, SMC_RMI_RTT_INIT_RIPAS};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct scene s;

		scene_open(&s, "");
		scene_guest(&s, simple_guest, NULL);
		hook_refuse(s.hook, fids[i], 0, 1, RMI_ERROR_REALM);
		assert_int_equal(realm_vcpu_run(s.cpu)->error, -ENXIO);
		assert_int_equal(realm_vcpu_run(s.cpu)->error, -EIO);
		assert_int_equal(hook_count(s.hook, fids[i]), 1);
		scene_close(&s);
	}
}

/*
 * Bug 7: REC_DESTROY fails. The run page was freed before; the RMM may still write to it, to the
 * REC and to the list. They stay allocated, and the Realm with them, since it has a REC.
 */
static void a_rec_that_is_not_destroyed_keeps_its_pages(void **state)
{
	struct scene s;
	uint64_t leaked;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, simple_guest, NULL);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	hook_refuse(s.hook, SMC_RMI_REC_DESTROY, 0, 1, RMI_ERROR_REC);
	assert_int_not_equal(realm_destroy(s.vm), 0);
	s.vm = NULL;
	leaked = pages_leaked(&s);
	/* RD, two root tables, REC, run page, two lists. */
	assert_int_equal(leaked, 7);
	assert_int_equal(pages_in_use(&s), leaked);
	assert_non_null(strstr(s.log, "vCPU 0 is leaked"));
	/* The host goes on without them. */
	scene_guest(&s, simple_guest, NULL);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	scene_close_lossy(&s, leaked);
}

static void what_cannot_be_torn_down_is_leaked_as_a_whole(void **state)
{
	static const uint32_t fids[] = {SMC_RMI_REALM_TERMINATE, SMC_RMI_RTT_DESTROY,
	                                SMC_RMI_REALM_DESTROY};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct scene s;
		uint64_t leaked;

		scene_open(&s, "");
		scene_guest(&s, simple_guest, NULL);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		hook_refuse(s.hook, fids[i], 0, 1, RMI_ERROR_INPUT);
		assert_int_equal(realm_destroy(s.vm), -ENXIO);
		s.vm = NULL;
		leaked = pages_leaked(&s);
		assert_true(leaked > 0);
		assert_int_equal(pages_in_use(&s), leaked);
		scene_guest(&s, simple_guest, NULL);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		scene_close_lossy(&s, leaked);
	}
}

/* Bugs 8 and 39: the page comes back, and the answer is a negative errno whatever the RMM says. */
static void a_page_that_cannot_be_populated_comes_back(void **state)
{
	(void)state;
	for (unsigned status = RMI_ERROR_INPUT; status <= RMI_ERROR_GRANULE; status++) {
		struct scene s;
		uint64_t before;

		if (status == RMI_ERROR_RTT || status == RMI_INCOMPLETE)
			continue;
		scene_open(&s, "");
		scene_guest(&s, simple_guest, NULL);
		before = pages_in_use(&s);
		hook_refuse(s.hook, SMC_RMI_RTT_DATA_MAP_INIT, 0, FOREVER, status);
		assert_int_equal(realm_populate(s.vm, RAM + PAGE, "x", 1, 0), -ENXIO);
		assert_int_equal(pages_in_use(&s), before);
		hook_refuse(s.hook, 0, 0, 0, 0);
		assert_int_equal(realm_populate(s.vm, RAM + PAGE, "x", 1, 0), 0);
		scene_close(&s);
	}
}

static void touches_far_places(struct guest *g, void *arg)
{
	(void)arg;
	for (uint64_t ipa = RAM; ipa < RAM + (UINT64_C(6) << 30); ipa += UINT64_C(0x2f1f1000))
		guest_store64(g, ipa, 1);
	for (uint64_t ipa = RAM; ipa < RAM + (UINT64_C(6) << 30); ipa += UINT64_C(0x51a5d000))
		guest_load64(g, ipa | SHARED_BIT);
}

/*
 * Bug 10: the walk over tables took live ones for missing ones, skipped them, and REALM_DESTROY
 * failed. Tables far apart, with live children, in both halves.
 */
static void scattered_tables_are_all_found(void **state)
{
	static const char *const confs[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct realm_stats stats;
		struct scene s;

		scene_open(&s, confs[i]);
		scene_guest(&s, touches_far_places, NULL);
		assert_int_equal(
		        realm_add_memory(s.vm, RAM + RAM_SIZE, (UINT64_C(6) << 30) - RAM_SIZE), 0);
		scene_run_to_end(&s);
		realm_get_stats(s.vm, &stats);
		assert_true(stats.tables > 10);
		scene_close(&s);
	}
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
	hook_refuse(s.hook, SMC_RMI_RTT_DATA_UNMAP, 0, 3, rmi_result_level(RMI_ERROR_RTT, 3));
	assert_int_equal(realm_set_attributes(s.vm, RAM + PAGE, 15 * PAGE, false), 0);
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
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, changes_ripas_once, &answer);
	hook_refuse(s.hook, SMC_RMI_RTT_SET_RIPAS, 1, FOREVER, RMI_ERROR_INPUT);
	scene_run_to_end(&s);
	realm_get_stats(s.vm, &stats);
	assert_int_equal(answer.new_base, RAM + 2 * BLOCK);
	assert_true(stats.pages_unmapped >= 8);
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
		assert_in_range(hook_count(s.hook, SMC_RMI_RTT_SET_RIPAS), 1, 8);
		hook_refuse(s.hook, 0, 0, 0, 0);
		scene_close(&s);
	}
}

static bool spoil_ripas_range(struct hook *hook, struct smccc_regs *regs)
{
	const uint64_t *range = hook->arg;
	struct rmi_rec_run *run;

	if (regs->x[0] != SMC_RMI_REC_ENTER)
		return false;
	run = rmi_pa_to_va(hook->inner, regs->x[2], sizeof(*run));
	rmi_call(rmi_pe(hook->inner, 0), regs);
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
	assert_int_equal(hook_count(s.hook, SMC_RMI_REALM_CREATE), 5);
	hook_refuse(s.hook, SMC_RMI_REALM_CREATE, 0, FOREVER, RMI_BLOCKED);
	assert_int_equal(realm_populate(s.vm, RAM, "x", 1, 0), -ENXIO);
	assert_int_equal(hook_count(s.hook, SMC_RMI_REALM_CREATE), 5 + 3);
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
	        cmocka_unit_test(root_tables_that_are_delegated_in_part_come_back),
	        cmocka_unit_test(a_page_that_is_not_given_back_is_leaked_alone),
	        cmocka_unit_test(a_rec_that_cannot_be_created_kills_the_realm),
	        cmocka_unit_test(a_realm_whose_activation_fails_is_dead),
	        cmocka_unit_test(a_rec_that_is_not_destroyed_keeps_its_pages),
	        cmocka_unit_test(what_cannot_be_torn_down_is_leaked_as_a_whole),
	        cmocka_unit_test(a_page_that_cannot_be_populated_comes_back),
	        cmocka_unit_test(scattered_tables_are_all_found),
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
