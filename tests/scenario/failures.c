/* SPDX-License-Identifier: BSD-3-Clause */
/* The RMM refuses: what is undone, what is leaked, what the VMM hears. */

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

static bool limit_root(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct root_limit *limit = hook->arg;

	(void)pe;
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

static bool refuse_undelegate(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct undelegate_failure *failure = hook->arg;
	struct phys *phys = &failure->host->phys;

	(void)pe;
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
		/* Whether there is donated memory, which was only delegated, is up to the RMM. */
		if (!s.calm && owners[i] == HOST_PAGE_DELEGATED && !failure.done) {
			scene_close_lossy(&s, 0);
			continue;
		}
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
		assert_int_equal(hook_answered(s.hook, SMC_RMI_REC_CREATE), k + 1);
		scene_end_realm(&s);
		assert_int_equal(hook_answered(s.hook, SMC_RMI_REC_DESTROY), k);
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
		assert_int_equal(hook_answered(s.hook, fids[i]), 1);
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
	/* RD, two root tables, REC, run page, two lists; and what an RMM may have been donated. */
	assert_in_range(leaked, 7, s.calm ? 7 : 7 + 100);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
