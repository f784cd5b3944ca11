/* SPDX-License-Identifier: BSD-3-Clause */
/* A tracking region changes while another PE makes objects of its granules. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/model.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define PAGE   UINT64_C(0x4000)
#define REGION (UINT64_C(32) << 20)
#define WINDOW (UINT64_C(16) << 20)
/* Times that each of the two must have had its way. */
#define TIMES  1000

struct fixture {
	struct rmi *rmi;
	struct small_realm realm;
	uint64_t region; /* All of it is delegated. */
	_Atomic bool done;
	_Atomic unsigned coarse; /* Times that the region became coarse. */
};

static void must(uint64_t x0)
{
	assert_int_equal(x0, RMI_SUCCESS);
}

static struct fixture open_region(void)
{
	struct fixture f = {0};
	struct rmi_error err;
	struct rmi_pe *pe;

	f.rmi = rmi_open("model:granule=16K,pes=2,dram=128M", &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	pe = rmi_pe(f.rmi, 0);
	must(rmi_rmm_activate(pe, NULL));
	small_realm_init(&f.realm, pe, rmi_memory(f.rmi).base, WINDOW);
	f.region = rmi_memory(f.rmi).base + REGION;
	must(rmi_granule_range_delegate(pe, f.region, f.region + REGION, NULL, NULL));
	must(small_realm_create(&f.realm, RMI_HASH_SHA_256));
	must(small_tables(&f.realm, 0));
	return f;
}

static void *change_region(void *arg)
{
	struct fixture *f = arg;
	struct rmi_pe *pe = rmi_pe(f->rmi, 1);

	while (!atomic_load(&f->done)) {
		if (rmi_granule_tracking_set(pe, f->region, RMI_MEM_CATEGORY_CONVENTIONAL,
		                             RMI_TRACKING_COARSE, NULL) == RMI_SUCCESS)
			atomic_fetch_add(&f->coarse, 1);
		rmi_granule_tracking_set(pe, f->region, RMI_MEM_CATEGORY_CONVENTIONAL,
		                         RMI_TRACKING_FINE, NULL);
	}
	return NULL;
}

/* A coarse region has granules of one state (A2.3.4), and no table among them. */
static void assert_not_coarse(struct fixture *f)
{
	uint64_t category;
	uint64_t state;
	uint64_t x0 = rmi_granule_tracking_get(f->realm.pe, f->region, &category, &state);

	assert_int_equal(x0, RMI_SUCCESS);
	assert_int_not_equal(state, RMI_TRACKING_COARSE);
}

static void a_coarse_region_holds_no_table(void **state)
{
	struct fixture f = open_region();
	uint64_t ipa = rmi_rtt_level_size(f.realm.gshift, 2);
	struct rmi_error err;
	unsigned created = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, change_region, &f), 0);
	for (unsigned i = 0; created < TIMES || atomic_load(&f.coarse) < TIMES; i++) {
		uint64_t rtt = f.region + i % 8 * PAGE;

		if (rmi_rtt_create(f.realm.pe, f.realm.rd, rtt, ipa, 3, NULL) != RMI_SUCCESS)
			continue;
		created++;
		assert_not_coarse(&f);
		must(rmi_rtt_destroy(f.realm.pe, f.realm.rd, ipa, 3, NULL, NULL, NULL));
	}
	atomic_store(&f.done, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (!rmm_check(rmi_model(f.rmi), &err))
		fail_msg("%s", err.text);
	rmi_close(f.rmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_coarse_region_holds_no_table),
	};

	return cmocka_run_group_tests_name("regions", tests, NULL, NULL);
}
