/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation, and every RMI call, fails in turn: the first, the second, the third, until the
 * scenario gets through. Each time there is no crash, every page that is not the host's again has a
 * name and a reason, and a second attempt on the same host works.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <internal.h>

#include "scene.h"

#define BLOCK (UINT64_C(2) << 20)

static void busy_guest(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + 4 * PAGE, 1);
	guest_store64(g, RAM + 3 * BLOCK, 1);
	guest_set_ripas(g, RAM + 4 * PAGE, RAM + 6 * PAGE, RSI_RIPAS_EMPTY, 0);
	guest_store64(g, (RAM + 5 * PAGE) | SHARED_BIT, 5);
	guest_puts(g, "x");
	guest_set_ripas(g, RAM + 4 * PAGE, RAM + 6 * PAGE, RSI_RIPAS_RAM, 0);
	guest_store64(g, RAM + 4 * PAGE, 1);
	psci_affinity_info(g, 1, 0);
	rsi_host_call(g, RAM + 7 * PAGE);
}

/* Builds a Realm with two vCPUs and runs it. Returns whether it got to its end. */
static bool attempt(struct scene *s)
{
	bool done = false;
	unsigned tries = 0;

	s->vm = realm_create(s->host, NULL);
	if (s->vm == NULL)
		return false;
	if (realm_add_memory(s->vm, RAM, RAM_SIZE) != 0 ||
	    realm_add_mmio(s->vm, UART, PL011_SIZE, pl011_mmio(), s->uart) != 0 ||
	    realm_populate(s->vm, RAM, NULL, 3 * PAGE, REALM_MEASURE) != 0)
		return false;
	s->cpu = realm_vcpu_create(s->vm, 0);
	if (s->cpu == NULL || realm_vcpu_create(s->vm, 1) == NULL)
		return false;
	realm_vcpu_set_pc(s->cpu, RAM);
	while (!done && tries < 3) {
		struct realm_exit *e = scene_run(s);

		done = e->reason == REALM_EXIT_SYSTEM_EVENT;
		tries += e->error != 0;
		if (e->reason == REALM_EXIT_SHUTDOWN || e->reason == REALM_EXIT_INTERNAL_ERROR)
			return false;
	}
	return done;
}

static void set_up(struct scene *s, const char *conf)
{
	scene_open(s, conf);
	/* The console comes with the scene; the sweep makes its own Realms. */
	scene_realm(s, NULL);
	scene_end_realm(s);
	rmm_script(s->rmm, RAM, busy_guest, NULL);
}

static void every_allocation(const char *conf)
{
	bool done = false;
	unsigned k;

	for (k = 0; !done; k++) {
		struct scene s;

		set_up(&s, conf);
		host_fail_allocation(s.host, k);
		done = attempt(&s) && s.host->allocations <= k;
		host_fail_allocation(s.host, UINT64_MAX);
		/* The lack of memory loses nothing. */
		scene_end_realm(&s);
		assert_true(attempt(&s));
		scene_close(&s);
	}
	assert_true(k > 30);
}

static void each_allocation_fails_in_turn(void **state)
{
	(void)state;
	every_allocation("spec=2.0-bet1");
	every_allocation("spec=2.0-bet3,rec_aux=5");
}

/* An RMM that uses every freedom it has, besides. */
static void each_allocation_fails_in_turn_under_a_hostile_rmm(void **state)
{
	(void)state;
	every_allocation("policy=hostile,seed=1,spec=2.0-bet1");
	every_allocation("policy=hostile,seed=2");
	every_allocation("policy=hostile,seed=3,pes=1");
}

static void a_hostile_rmm_does_not_matter(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 100; seed++) {
		struct scene s;
		char conf[64];

		snprintf(conf, sizeof(conf), "policy=hostile,seed=%u,spec=2.0-bet%u", seed,
		         seed % 2 == 0 ? 1 : 3);
		set_up(&s, conf);
		if (!attempt(&s))
			fail_msg("%s: %s; log:\n%s", conf, host_last_error(s.host), s.log);
		scene_close(&s);
	}
}

/* Every granule that the RMM holds is leaked in the host's book, with a reason. */
static void check_explained(struct scene *s, uint64_t k)
{
	uint64_t pa = 0, leaked;
	const char *state;
	struct host_pages pages;
	struct rmi_error err = {{0}};

	host_pages(s->host, &pages);
	leaked = pages.owner[HOST_PAGE_LEAKED];
	for (; rmi_next_held_granule(s->rmi, pa, &pa, &state); pa += PAGE)
		if (!host_phys_is(&s->host->phys, pa, PAGE, HOST_PAGE_LEAKED))
			fail_msg("call %d fails: the RMM holds %#lx as %s", (int)k,
			         (unsigned long)pa, state);
	if (host_audit(s->host, NULL) != leaked ||
	    pages.owner[HOST_PAGE_FREE] + leaked != pages.total) {
		host_audit(s->host, stderr);
		fail_msg("call %d fails: pages are lost without a reason; log:\n%s", (int)k,
		         s->log);
	}
	if (!rmm_check(s->rmm, &err))
		fail_msg("call %d fails: %s", (int)k, err.text);
}

static void every_call(const char *conf, uint64_t answer, uint64_t times)
{
	uint64_t k, leaks = 0;
	bool refused = true;

	for (k = 0; refused; k++) {
		struct host_pages pages;
		struct scene s;

		set_up(&s, conf);
		hook_refuse(s.hook, 0, k, times, answer);
		attempt(&s);
		if (s.vm != NULL)
			realm_destroy(s.vm);
		refused = s.hook->refused > 0;
		hook_refuse(s.hook, 0, 0, 0, 0);
		check_explained(&s, k);
		host_pages(s.host, &pages);
		leaks += pages.owner[HOST_PAGE_LEAKED] > 0;
		assert_true(attempt(&s));
		realm_destroy(s.vm);
		check_explained(&s, k);
		host_close(s.host);
		rmi_close(s.rmi);
		pl011_destroy(s.uart);
	}
	assert_true(k > 60);
	/* Undelegations and steps of the teardown leak; most calls do not. */
	assert_true(leaks < k / 2);
}

static void each_call_is_refused_in_turn(void **state)
{
	(void)state;
	every_call("spec=2.0-bet1", RMI_ERROR_INPUT, 1);
	every_call("spec=2.0-bet3,rec_aux=5", RMI_ERROR_INPUT, 1);
}

static void each_call_is_refused_with_a_level_in_turn(void **state)
{
	(void)state;
	every_call("", rmi_result_level(RMI_ERROR_RTT, 3), 1);
	every_call("", rmi_result_level(RMI_ERROR_RTT, 1), 1);
}

static void each_call_claims_success_in_turn(void **state)
{
	uint64_t k = 0;
	bool refused = true;

	(void)state;
	/* The RMM lies: there is no crash and no hang, more cannot be asked for. */
	for (; refused; k++) {
		struct scene s;

		set_up(&s, "");
		hook_refuse(s.hook, 0, k, 1, RMI_SUCCESS);
		attempt(&s);
		if (s.vm != NULL)
			realm_destroy(s.vm);
		refused = s.hook->refused > 0;
		hook_refuse(s.hook, 0, 0, 0, 0);
		host_audit(s.host, NULL);
		host_close(s.host);
		rmi_close(s.rmi);
		pl011_destroy(s.uart);
	}
	assert_true(k > 60);
}

/* Once busy or blocked is hidden by the retry rule; entries are repeated by the VMM. */
static void each_call_is_busy_once_in_turn(void **state)
{
	(void)state;
	for (uint64_t status = RMI_BUSY; status <= RMI_BLOCKED; status += RMI_BLOCKED - RMI_BUSY) {
		bool refused = true;

		for (uint64_t k = 0; refused; k++) {
			struct scene s;

			set_up(&s, "rec_aux=2");
			hook_refuse(s.hook, 0, k, 1, status);
			if (!attempt(&s))
				fail_msg("call %d is refused once: %s", (int)k,
				         host_last_error(s.host));
			scene_end_realm(&s);
			refused = s.hook->refused > 0;
			scene_close(&s);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_allocation_fails_in_turn),
	        cmocka_unit_test(each_allocation_fails_in_turn_under_a_hostile_rmm),
	        cmocka_unit_test(a_hostile_rmm_does_not_matter),
	        cmocka_unit_test(each_call_is_refused_in_turn),
	        cmocka_unit_test(each_call_is_refused_with_a_level_in_turn),
	        cmocka_unit_test(each_call_claims_success_in_turn),
	        cmocka_unit_test(each_call_is_busy_once_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
