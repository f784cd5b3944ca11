/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmm_check() is what random tests trust in: each kind of disagreement must be noticed. The test
 * damages the RMM's own data, one thing at a time, and mends it again.
 */
#include "cmocka_test.h"

#include <string.h>

#include <rmi/model.h>

#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/rec.h"
#include "rtt/rtt.h"
#include "support/realm.h"

#define CONF "model:dram=64M,pes=1,planes=1,rec_aux=2"

/** An RMM with a Realm that has a bit of everything. */
struct world {
	struct rmi *rmi;
	struct rmm *rmm;
	struct small_realm realm;
	struct rd *rd;
	struct rec *rec;
	uint64_t *page;     /**< RTTE of the page at IPA 0. */
	struct granule *l3; /**< Of the RTT that holds it. */
};

static void find_page(struct world *w)
{
	struct rtt_walk walk = rtt_walk(w->rmm, w->rd, 0, RMM_RTT_PAGE_LEVEL);

	assert_int_equal(walk.level, RMM_RTT_PAGE_LEVEL);
	w->page = walk.entry;
	w->l3 = granule_at(w->rmm, walk.rtt);
}

static void assert_good(struct world *w)
{
	struct rmi_error err;

	if (!rmm_check(w->rmm, &err))
		fail_msg("%s", err.text);
}

static int set_up(void **state)
{
	static struct world w;
	struct rmi_memory memory;
	struct rmi_error err;

	memset(&w, 0, sizeof(w));
	w.rmi = rmi_open(CONF, &err);
	assert_non_null(w.rmi);
	w.rmm = rmi_model(w.rmi);
	memory = rmi_memory(w.rmi);
	assert_int_equal(rmi_rmm_activate(rmi_pe(w.rmi, 0), NULL), RMI_SUCCESS);
	small_realm_init(&w.realm, rmi_pe(w.rmi, 0), memory.base, memory.size / 2);
	w.realm.aux_planes = 1;
	w.realm.flags1 = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
	assert_int_equal(small_realm_create(&w.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&w.realm, 0), 0);
	assert_int_equal(small_map(&w.realm, 0), 0);
	assert_int_equal(small_rec(&w.realm, 0, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	w.rd = granule_map(w.rmm, w.realm.rd);
	w.rec = granule_map(w.rmm, w.realm.recs[0]);
	find_page(&w);
	assert_good(&w);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	assert_good(w);
	rmi_close(w->rmi);
	return 0;
}

/** The check fails, and says why in these words. */
static void assert_noticed(struct world *w, const char *words)
{
	struct rmi_error err = {0};

	assert_false(rmm_check(w->rmm, NULL));
	assert_false(rmm_check(w->rmm, &err));
	if (!strstr(err.text, words))
		fail_msg("\"%s\" instead of \"%s\"", err.text, words);
}

#define ASSERT_NOTICED(w, member, value, words)                                                    \
	do {                                                                                       \
		__typeof__(member) before = (member);                                              \
                                                                                                   \
		(member) = (value);                                                                \
		assert_noticed(w, words);                                                          \
		(member) = before;                                                                 \
		assert_good(w);                                                                    \
	} while (0)

static void number_of_live_entries_of_an_rtt_is_counted(void **state)
{
	struct world *w = *state;

	ASSERT_NOTICED(w, w->l3->count, 7, "live entries");
}

static void rtt_entry_that_leads_nowhere_is_noticed(void **state)
{
	struct world *w = *state;
	uint64_t rtte = *w->page;

	ASSERT_NOTICED(w, *w->page, rtte + 0x1000, "is no GRAN_DATA");
	ASSERT_NOTICED(w, *w->page, rtte_addr(rtte) | RTTE_TABLE, "below the last level");
	ASSERT_NOTICED(w, *w->page, RTTE_AUX_DESTROYED, "in a primary tree");
	ASSERT_NOTICED(w, *w->page, 0, "live entries");
}

static void granule_in_another_state_than_its_object_is_noticed(void **state)
{
	struct world *w = *state;
	const uint64_t pas[] = {rtte_addr(*w->page), w->realm.rtt, w->realm.aux_rtt[0],
	                        w->realm.recs[0], w->rec->aux.first};

	for (unsigned i = 0; i < sizeof(pas) / sizeof(pas[0]); i++) {
		struct granule *g = granule_at(w->rmm, pas[i]);
		enum granule_state right = granule_state(g);

		assert_true(granule_move(g, right, GRAN_DELEGATED));
		assert_noticed(w, "is no GRAN_");
		assert_true(granule_move(g, GRAN_DELEGATED, right));
		assert_good(w);
	}
}

static void granule_that_nobody_accounts_for_is_noticed(void **state)
{
	struct world *w = *state;
	static const enum granule_state states[] = {GRAN_RTT, GRAN_REC, GRAN_DATA, GRAN_INTERNAL};
	uint64_t pa = small_delegated(&w->realm);
	struct granule *g = granule_at(w->rmm, pa);

	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		assert_true(granule_move(g, GRAN_DELEGATED, states[i]));
		assert_noticed(w, "account for");
		assert_true(granule_move(g, states[i], GRAN_DELEGATED));
	}
}

static void list_of_recs_is_checked(void **state)
{
	struct world *w = *state;
	struct granule *g = granule_at(w->rmm, w->realm.rd);

	ASSERT_NOTICED(w, g->count, 5, "RECs, its granule says");
	ASSERT_NOTICED(w, g->count, 0, "RECs, its granule says");
	ASSERT_NOTICED(w, w->rec->pa, 0, "does not know itself");
	ASSERT_NOTICED(w, w->rec->owner, 0, "does not know itself");
	ASSERT_NOTICED(w, w->rec->next, w->rec->pa, "RECs, its granule says");
}

static void donated_memory_is_counted(void **state)
{
	struct world *w = *state;

	ASSERT_NOTICED(w, w->rec->aux.count, 3, "donated granules");
	ASSERT_NOTICED(w, w->rec->aux.count, 0, "account for");
}

static void realm_that_is_not_where_it_thinks_is_noticed(void **state)
{
	struct world *w = *state;

	ASSERT_NOTICED(w, w->rd->pa, 0x1000, "does not know itself");
}

static void number_of_realms_is_counted(void **state)
{
	struct world *w = *state;

	atomic_fetch_add(&w->rmm->num_realms, 1);
	assert_noticed(w, "2 realms, but 1 RDs");
	atomic_fetch_sub(&w->rmm->num_realms, 1);
}

static void auxiliary_tree_maps_what_the_primary_one_does(void **state)
{
	struct world *w = *state;
	uint64_t *root = rtt_entries(w->rmm, w->realm.aux_rtt[0]);
	uint64_t pa = small_delegated(&w->realm);

	/* Any RTT of its own in the Unprotected half; memory that the primary tree does not map. */
	ASSERT_NOTICED(w, root[rtt_num_entries(w->rmm) / 2], pa | RTTE_TABLE, "of its own");
	ASSERT_NOTICED(w, root[1], pa | RTTE_DATA, "the primary tree does not");
	ASSERT_NOTICED(w, root[1], pa | RTTE_TABLE, "is no GRAN_RTT");
}

static void regions_and_counters_of_the_rmm_are_checked(void **state)
{
	struct world *w = *state;

	ASSERT_NOTICED(w, w->rmm->open_globals, 1, "operations open");
	ASSERT_NOTICED(w, w->rmm->tracking.not_fine, 1, "fine regions");
	ASSERT_NOTICED(w, w->rmm->gpt.not_table, 1, "fine regions");
	atomic_store(&w->rmm->all_fine, false);
	assert_noticed(w, "all_fine");
	atomic_store(&w->rmm->all_fine, true);
}

static void coarse_region_has_one_state(void **state)
{
	struct world *w = *state;
	uint8_t before = atomic_load(&w->rmm->tracking.state[0]);

	atomic_store(&w->rmm->tracking.state[0], RMI_TRACKING_COARSE);
	assert_noticed(w, "several states");
	atomic_store(&w->rmm->tracking.state[0], RMI_TRACKING_NONE);
	assert_noticed(w, "several states");
	atomic_store(&w->rmm->tracking.state[0], before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(number_of_live_entries_of_an_rtt_is_counted),
	        TEST(rtt_entry_that_leads_nowhere_is_noticed),
	        TEST(granule_in_another_state_than_its_object_is_noticed),
	        TEST(granule_that_nobody_accounts_for_is_noticed),
	        TEST(list_of_recs_is_checked),
	        TEST(donated_memory_is_counted),
	        TEST(realm_that_is_not_where_it_thinks_is_noticed),
	        TEST(number_of_realms_is_counted),
	        TEST(auxiliary_tree_maps_what_the_primary_one_does),
	        TEST(regions_and_counters_of_the_rmm_are_checked),
	        TEST(coarse_region_has_one_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
