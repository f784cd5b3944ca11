/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole lives of Realms: every page comes back, whatever state the Realm reached. */

#include <errno.h>
#include <string.h>

#include "scene.h"

static void hello(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + 5 * PAGE, 42);
	guest_puts(g, "hello\n");
	if (guest_load64(g, RAM + 5 * PAGE) != 42)
		guest_puts(g, "memory is lost\n");
}

static void live(const char *conf, const struct realm_config *config)
{
	struct scene s;

	scene_open(&s, conf);
	scene_realm(&s, config);
	rmm_script(s.rmm, RAM, hello, NULL);
	assert_int_equal(realm_populate(s.vm, RAM, NULL, PAGE, REALM_MEASURE), 0);
	s.cpu = realm_vcpu_create(s.vm, 0);
	realm_vcpu_set_pc(s.cpu, RAM);
	scene_run_to_end(&s);
	assert_string_equal(s.console, "hello\n");
	scene_close(&s);
}

static void a_realm_lives_and_dies_in_both_revisions(void **state)
{
	(void)state;
	live("spec=2.0-bet1", NULL);
	live("spec=2.0-bet3", NULL);
}

static void a_rec_may_want_auxiliary_granules(void **state)
{
	(void)state;
	live("rec_aux=16", NULL);
	live("rec_aux=16,spec=2.0-bet1", NULL);
	live("rec_aux=1", NULL);
}

static void any_hash_and_personalization(void **state)
{
	(void)state;
	live("", &(struct realm_config){.hash = RMI_HASH_SHA_512, .rpv = {1, 2, 3}});
	live("", &(struct realm_config){.hash = RMI_HASH_SHA_384});
}

static void any_granule_size(void **state)
{
	(void)state;
	live("granule=16K", NULL);
	live("granule=64K", NULL);
}

static void any_width_of_the_ipa_space(void **state)
{
	static const unsigned widths[] = {32, 33, 36, 39, 40, 42, 43, 44, 47, 48};

	(void)state;
	for (unsigned i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		struct scene s;

		scene_open(&s, "");
		s.vm = realm_create(s.host, &(struct realm_config){.ipa_bits = widths[i]});
		assert_non_null(s.vm);
		assert_int_equal(realm_shared_bit(s.vm), UINT64_C(1) << (widths[i] - 1));
		assert_int_equal(realm_add_memory(s.vm, 0x10000000, 1 << 20), 0);
		if (realm_populate(s.vm, 0x10000000, "x", 1, 0) != 0)
			fail_msg("%u bits: %s", widths[i], host_last_error(s.host));
		scene_close(&s);
	}
}

static void one_pe_is_enough(void **state)
{
	(void)state;
	live("pes=1", NULL);
}

static void realms_follow_each_other(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "rec_aux=3");
	for (int i = 0; i < 10; i++) {
		scene_guest(&s, hello, NULL);
		scene_run_to_end(&s);
		scene_end_realm(&s);
	}
	scene_close(&s);
}

static void a_realm_that_never_came_to_be_leaves_nothing(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	assert_int_equal(realm_state(s.vm), REALM_STATE_NONE);
	assert_int_equal(hook_count(s.hook, SMC_RMI_REALM_CREATE), 0);
	scene_close(&s);
}

static void a_realm_that_never_ran_leaves_nothing(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, hello, NULL);
	assert_int_equal(realm_state(s.vm), REALM_STATE_NEW);
	scene_close(&s);
}

static void populating_nothing_creates_the_realm(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	assert_int_equal(realm_populate(s.vm, RAM, NULL, 0, 0), 0);
	assert_int_equal(realm_state(s.vm), REALM_STATE_NEW);
	scene_close(&s);
}

static void a_realm_with_nothing_populated_may_run(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	rmm_script(s.rmm, RAM, hello, NULL);
	s.cpu = realm_vcpu_create(s.vm, 0);
	realm_vcpu_set_pc(s.cpu, RAM);
	scene_run_to_end(&s);
	scene_close(&s);
}

/*
 * Teardown was once reached twice, and unmapped and walked the tables both times: each step is made
 * exactly once.
 */
static void teardown_makes_each_step_once(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, hello, NULL);
	scene_run_to_end(&s);
	scene_end_realm(&s);
	assert_int_equal(hook_answered(s.hook, SMC_RMI_REALM_TERMINATE), 1);
	assert_int_equal(hook_answered(s.hook, SMC_RMI_REALM_DESTROY), 1);
	assert_int_equal(hook_answered(s.hook, SMC_RMI_REC_DESTROY), 1);
	scene_close(&s);
}

static void closing_the_host_destroys_what_is_left(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, hello, NULL);
	scene_run_to_end(&s);
	host_close(s.host);
	assert_int_equal(rmi_audit(s.rmi, stderr), 0);
	rmi_close(s.rmi);
	pl011_destroy(s.uart);
}

static void a_second_host_uses_the_active_rmm(void **state)
{
	static const char *const confs[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rmi_error err = {{0}};
		struct scene s;

		scene_open(&s, confs[i]);
		host_close(s.host);
		s.host = host_open_config(&(struct host_config){.rmi = s.rmi}, &err);
		if (s.host == NULL)
			fail_msg("%s: %s", confs[i], err.text);
		scene_guest(&s, hello, NULL);
		scene_run_to_end(&s);
		scene_close(&s);
	}
}

static void memory_and_vcpus_come_before_activation(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, hello, NULL);
	scene_run_to_end(&s);
	assert_int_equal(realm_add_memory(s.vm, RAM + RAM_SIZE, PAGE), -EBUSY);
	assert_int_equal(realm_populate(s.vm, RAM + 9 * PAGE, "x", 1, 0), -EBUSY);
	assert_null(realm_vcpu_create(s.vm, 1));
	assert_int_equal(errno, EBUSY);
	assert_int_equal(realm_vcpu_set_gpr(s.cpu, 0, 1), -EBUSY);
	scene_close(&s);
}

static void senseless_configurations_are_refused_with_a_reason(void **state)
{
	static const struct realm_config bad[] = {
	        {.ipa_bits = 20},    {.ipa_bits = 53},    {.hash = (enum rmi_hash_algorithm)9},
	        {.sve_vl = 128},     {.pmu_counters = 1}, {.breakpoints = 1},
	        {.breakpoints = 99}, {.watchpoints = 99}, {.block_size = 12345},
	};
	struct scene s;

	(void)state;
	scene_open(&s, "");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(realm_create(s.host, &bad[i]));
		assert_int_equal(errno, EINVAL);
		assert_string_not_equal(host_last_error(s.host), "");
	}
	scene_close(&s);
}

static void senseless_memory_is_refused_with_a_reason(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	assert_int_equal(realm_add_memory(s.vm, 0x1000, 0), -EINVAL);
	assert_int_equal(realm_add_memory(s.vm, 0x1001, PAGE), -EINVAL);
	assert_int_equal(realm_add_memory(s.vm, SHARED_BIT - PAGE, 2 * PAGE), -EINVAL);
	assert_int_equal(realm_add_memory(s.vm, SHARED_BIT, PAGE), -EINVAL);
	assert_int_equal(realm_add_memory(s.vm, RAM + RAM_SIZE - PAGE, 2 * PAGE), -EEXIST);
	assert_int_equal(realm_add_memory(s.vm, UART, PAGE), -EEXIST);
	assert_non_null(strstr(host_last_error(s.host), "overlaps a device at 0x9000000"));
	assert_int_equal(realm_add_memory(s.vm, RAM - PAGE, PAGE), 0);
	assert_int_equal(realm_populate(s.vm, RAM + 1, "x", 1, 0), -EINVAL);
	assert_int_equal(realm_populate(s.vm, RAM, "x", 1, 8), -EINVAL);
	assert_int_equal(realm_populate(s.vm, RAM + RAM_SIZE, "x", 1, 0), -EINVAL);
	assert_int_equal(realm_populate(s.vm, RAM, "x", SIZE_MAX, 0), -EINVAL);
	assert_int_equal(realm_set_attributes(s.vm, RAM + RAM_SIZE, PAGE, false), -EINVAL);
	assert_int_equal(realm_state(s.vm), REALM_STATE_NONE);
	scene_close(&s);
}

static void a_host_without_an_rmm_says_so(void **state)
{
	struct rmi_error err = {{0}};

	(void)state;
	assert_null(host_open("model:drams=1G", &err));
	assert_non_null(strstr(err.text, "drams"));
	assert_null(host_open("model:tracking=none", &err));
	assert_int_equal(errno, ENODEV);
	assert_non_null(strstr(err.text, "track"));
	assert_null(host_open_config(
	        &(struct host_config){.conf = "model:granule=4K", .granule_size = 65536}, &err));
	assert_int_equal(errno, ENXIO);
	assert_non_null(strstr(err.text, "4096"));
}

static void long_work_is_reported(void *arg, const char *what, uint64_t done, uint64_t total)
{
	uint64_t *seen = arg;

	if (strcmp(what, "populate") == 0)
		seen[0] = done == total;
	if (strcmp(what, "teardown") == 0)
		seen[1] = done == total;
}

static void progress_ends_at_the_total(void **state)
{
	uint64_t seen[2] = {0};
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, &(struct realm_config){.progress = long_work_is_reported,
	                                       .progress_arg = seen});
	assert_int_equal(realm_populate(s.vm, RAM, NULL, 3 << 20, 0), 0);
	assert_int_equal(seen[0], 1);
	scene_close(&s);
	assert_int_equal(seen[1], 1);
}

static void memory_may_lie_anywhere(void **state)
{
	(void)state;
	/* Neither aligned to a tracking region nor within one. */
	live("dram_base=0x10043000000,dram=1G", NULL);
	live("dram_base=0x0,dram=64M", NULL);
	live("dram=1T", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_realm_lives_and_dies_in_both_revisions),
	        cmocka_unit_test(a_rec_may_want_auxiliary_granules),
	        cmocka_unit_test(any_hash_and_personalization),
	        cmocka_unit_test(any_granule_size),
	        cmocka_unit_test(any_width_of_the_ipa_space),
	        cmocka_unit_test(one_pe_is_enough),
	        cmocka_unit_test(realms_follow_each_other),
	        cmocka_unit_test(a_realm_that_never_came_to_be_leaves_nothing),
	        cmocka_unit_test(a_realm_that_never_ran_leaves_nothing),
	        cmocka_unit_test(populating_nothing_creates_the_realm),
	        cmocka_unit_test(a_realm_with_nothing_populated_may_run),
	        cmocka_unit_test(teardown_makes_each_step_once),
	        cmocka_unit_test(closing_the_host_destroys_what_is_left),
	        cmocka_unit_test(a_second_host_uses_the_active_rmm),
	        cmocka_unit_test(memory_and_vcpus_come_before_activation),
	        cmocka_unit_test(senseless_configurations_are_refused_with_a_reason),
	        cmocka_unit_test(senseless_memory_is_refused_with_a_reason),
	        cmocka_unit_test(a_host_without_an_rmm_says_so),
	        cmocka_unit_test(progress_ends_at_the_total),
	        cmocka_unit_test(memory_may_lie_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
