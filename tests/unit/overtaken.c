/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One call is stopped between two accesses to what it shares with others, another one is made from
 * beginning to end, and the first goes on; and so at each place where it can be stopped. Each of
 * the two has happened as a whole or not at all, and the RMM agrees with itself.
 *
 * The first call runs in single steps: a place is before and after each locked instruction. Where
 * the second call waits for the first, the first goes on at once.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/inspect.h>

#include "cmocka_test.h"
#include "core/rmm.h"
#include "granule/gpt.h"
#include "granule/tracking.h"
#include "realm/realm.h"
#include "single_step.h"
#include "support/realm.h"

/* Regions 0 and 1 and a little of region 2, which is looked through quickly. */
#define CONF       "model:dram=65600K,granule=16K,pes=2"
#define GRANULES   (2 * REGION / PAGE + 4)
#define PAGE       UINT64_C(0x4000)
#define REGION     (UINT64_C(32) << 20)

/* Places to stop at, at least; steps to all of them together that are worth it. */
#define MIN_PLACES 4
#define ALL_STEPS  20000

/* What the second call may take: CPU time if it waits for the first, and time if it sleeps. */
#define WAITS_NS   INT64_C(100000)
#define SLEEPS_NS  INT64_C(20000000)

struct world {
	struct rmi *rmi;
	struct rmm *rmm;
	struct rmi_pe *pe;    /* Of the first call. */
	struct rmi_pe *other; /* Of the second. */
	uint64_t base;        /* Regions 0, 1 and 2. */
	struct small_realm realm;
	struct smccc_regs command; /* The first call, if it is command_first(). */
	struct smccc_regs other_command;
};

struct scenario {
	const char *conf;
	void (*prepare)(struct world *w);
	uint64_t (*first)(struct world *w);
	uint64_t (*second)(struct world *w);
};

/* The thread of the second call. */
struct second {
	pthread_t thread;
	clockid_t clock;
	sem_t go;
	bool begun;
	atomic_bool done;
	uint64_t (*call)(struct world *w);
	struct world *world;
	uint64_t x0;
};

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Lets the second call begin, and waits until it is over or waits for us. */
static void begin_second(void *arg)
{
	struct second *s = arg;
	int64_t cpu = now(s->clock);
	int64_t start = now(CLOCK_MONOTONIC);

	s->begun = true;
	sem_post(&s->go);
	while (!s->done && now(s->clock) - cpu < WAITS_NS &&
	       now(CLOCK_MONOTONIC) - start < SLEEPS_NS)
		sched_yield();
}

static void *make_second_call(void *arg)
{
	struct second *s = arg;

	while (sem_wait(&s->go) != 0)
		continue;
	s->x0 = s->call(s->world);
	s->done = true;
	return NULL;
}

static struct world open_world(const struct scenario *s)
{
	struct world w = {0};
	struct rmi_error err;
	char conf[160];

	(void)snprintf(conf, sizeof(conf), CONF "%s", s->conf);
	w.rmi = rmi_open(conf, &err);
	if (w.rmi == NULL)
		fail_msg("%s", err.text);
	w.rmm = rmi_model(w.rmi);
	w.pe = rmi_pe(w.rmi, 0);
	w.other = rmi_pe(w.rmi, 1);
	w.base = rmi_memory(w.rmi).base;
	assert_int_equal(rmi_rmm_activate(w.pe, NULL), RMI_SUCCESS);
	s->prepare(&w);
	return w;
}

/* What the two calls may change: where granules, regions and the RMM are. */
struct outcome {
	uint64_t state;
	uint64_t realms;
	uint64_t open;
	uint8_t regions[3];
	uint8_t gpt;
	uint8_t granules[GRANULES];
};

static void look(struct world *w, struct outcome *o)
{
	memset(o, 0, sizeof(*o));
	o->state = atomic_load(&w->rmm->state);
	for (unsigned i = 0; i < 3; i++)
		o->regions[i] = (uint8_t)tracking_region_state(w->rmm, w->base + i * REGION);
	o->gpt = (uint8_t)gpt_l0_state(w->rmm, w->base);
	o->realms = atomic_load(&w->rmm->num_realms);
	for (unsigned i = 0; i < w->rmm->sro.count; i++)
		o->open += w->rmm->sro.contexts[i].used;
	for (size_t i = 0; i < sizeof(o->granules); i++)
		o->granules[i] =
		        (uint8_t)granule_state_and_flags(granule_at(w->rmm, w->base + i * PAGE));
}

static void close_world(struct world *w)
{
	struct rmi_error err;

	if (!rmm_check(w->rmm, &err))
		fail_msg("%s", err.text);
	rmi_close(w->rmi);
}

/* What comes out when calls are made one after the other: none, one, both, both. */
static void look_at_order(const struct scenario *s, const char *order, struct outcome *o)
{
	struct world w = open_world(s);

	for (; *order != '\0'; order++)
		(void)(*order == '1' ? s->first(&w) : s->second(&w));
	look(&w, o);
	close_world(&w);
}

static bool has_happened(uint64_t x0)
{
	return rmi_status(x0) == RMI_SUCCESS || rmi_status(x0) == RMI_INCOMPLETE;
}

/* The first call, for single steps. */
struct first {
	const struct scenario *scenario;
	struct world *world;
};

static uint64_t make_first_call(void *arg)
{
	const struct first *f = arg;

	return f->scenario->first(f->world);
}

static void stop_at(const struct scenario *s, uint64_t place, const struct outcome expected[5])
{
	static struct outcome now_is;
	struct world w = open_world(s);
	struct first first = {s, &w};
	struct second second = {.call = s->second, .world = &w};
	unsigned happened;
	uint64_t x0;

	sem_init(&second.go, 0, 0);
	assert_int_equal(pthread_create(&second.thread, NULL, make_second_call, &second), 0);
	assert_int_equal(pthread_getcpuclockid(second.thread, &second.clock), 0);
	x0 = step_stop_at(make_first_call, &first, place, begin_second, &second);
	/* The way there was shorter this time. */
	if (!second.begun)
		sem_post(&second.go);
	pthread_join(second.thread, NULL);
	sem_destroy(&second.go);
	look(&w, &now_is);
	happened = (has_happened(x0) ? 1u : 0) | (has_happened(second.x0) ? 2u : 0);
	if (memcmp(&now_is, &expected[happened], sizeof(now_is)) != 0 &&
	    (happened != 3 || memcmp(&now_is, &expected[4], sizeof(now_is)) != 0))
		fail_msg("stopped at %llu: the calls gave 0x%llx and 0x%llx, the RMM another",
		         (unsigned long long)place, (unsigned long long)x0,
		         (unsigned long long)second.x0);
	close_world(&w);
}

static void overtake(const struct scenario *s)
{
	static const char *const orders[5] = {"", "1", "2", "12", "21"};
	static struct outcome expected[5];
	struct world w = open_world(s);
	struct first first = {s, &w};
	struct step_places places;
	uint64_t steps = 0;

	step_find_places(make_first_call, &first, &places);
	close_world(&w);
	assert_in_range(places.count, 2, STEP_MAX_PLACES);
	for (unsigned i = 0; i < 5; i++)
		look_at_order(s, orders[i], &expected[i]);
	/* What a long call does it does over and over. */
	for (unsigned i = 0; i < places.count && (i < MIN_PLACES || steps < ALL_STEPS);
	     i += 1 + i / 16) {
		stop_at(s, places.step[i], expected);
		steps += places.step[i];
	}
}

/* Calls. What they are about is in region 2, but for those about a region as a whole. */

#define PART(w)  ((w)->base + 2 * REGION)
#define WHOLE(w) ((w)->base + REGION)

static uint64_t delegate_first(struct world *w)
{
	return rmi_granule_range_delegate(w->pe, PART(w), PART(w) + PAGE, NULL, NULL);
}

static uint64_t delegate_second(struct world *w)
{
	return rmi_granule_range_delegate(w->other, PART(w), PART(w) + PAGE, NULL, NULL);
}

static uint64_t undelegate_first(struct world *w)
{
	return rmi_granule_range_undelegate(w->pe, PART(w), PART(w) + PAGE, NULL, NULL);
}

static uint64_t undelegate_second(struct world *w)
{
	return rmi_granule_range_undelegate(w->other, PART(w), PART(w) + PAGE, NULL, NULL);
}

static uint64_t track(struct rmi_pe *pe, uint64_t region, enum rmi_tracking_region_state to)
{
	return rmi_granule_tracking_set(pe, region, RMI_MEM_CATEGORY_CONVENTIONAL, to, NULL);
}

static uint64_t untrack_first(struct world *w)
{
	return track(w->pe, PART(w), RMI_TRACKING_NONE);
}

static uint64_t untrack_second(struct world *w)
{
	return track(w->other, PART(w), RMI_TRACKING_NONE);
}

static uint64_t coarsen_first(struct world *w)
{
	return track(w->pe, PART(w), RMI_TRACKING_COARSE);
}

static uint64_t coarsen_second(struct world *w)
{
	return track(w->other, PART(w), RMI_TRACKING_COARSE);
}

static uint64_t refine_second(struct world *w)
{
	return track(w->other, WHOLE(w), RMI_TRACKING_FINE);
}

static uint64_t deactivate_first(struct world *w)
{
	return rmi_rmm_deactivate(w->pe, NULL);
}

static uint64_t deactivate_second(struct world *w)
{
	return rmi_rmm_deactivate(w->other, NULL);
}

static uint64_t fold_gpt_first(struct world *w)
{
	return rmi_gpt_l1_destroy(w->pe, w->base & ~((UINT64_C(1) << 30) - 1), NULL);
}

static uint64_t fold_gpt_second(struct world *w)
{
	return rmi_gpt_l1_destroy(w->other, w->base & ~((UINT64_C(1) << 30) - 1), NULL);
}

static uint64_t delegate_region_first(struct world *w)
{
	return rmi_granule_range_delegate(w->pe, WHOLE(w), WHOLE(w) + REGION, NULL, NULL);
}

static uint64_t undelegate_region_first(struct world *w)
{
	return rmi_granule_range_undelegate(w->pe, WHOLE(w), WHOLE(w) + REGION, NULL, NULL);
}

static uint64_t command_first(struct world *w)
{
	struct smccc_regs regs = w->command;

	rmi_call(w->pe, &regs);
	return regs.x[0];
}

static uint64_t command_second(struct world *w)
{
	struct smccc_regs regs = w->other_command;

	rmi_call(w->other, &regs);
	return regs.x[0];
}

/* Not calls, but they take locks as those do. */

static uint64_t inspect_rec_first(struct world *w)
{
	struct rmm_rec_info info;

	if (rmm_inspect_rec(w->rmm, w->realm.rd, 0, &info))
		assert_int_equal(info.rec, w->realm.recs[0]);
	return RMI_SUCCESS;
}

static uint64_t inspect_realm_second(struct world *w)
{
	struct rmm_realm_info info;

	assert_true(rmm_inspect_realm(w->rmm, 0, &info));
	return RMI_SUCCESS;
}

/* Preparations. */

static void leave(struct world *w)
{
	(void)w;
}

static void delegate_one(struct world *w)
{
	assert_int_equal(delegate_first(w), RMI_SUCCESS);
}

static void delegate_all(struct world *w)
{
	assert_int_equal(rmi_granule_range_delegate(w->pe, PART(w), PART(w) + 4 * PAGE, NULL, NULL),
	                 RMI_SUCCESS);
}

static void track_as_a_whole(struct world *w)
{
	assert_int_equal(track(w->pe, WHOLE(w), RMI_TRACKING_COARSE), RMI_SUCCESS);
}

static void delegate_as_a_whole(struct world *w)
{
	track_as_a_whole(w);
	assert_int_equal(delegate_region_first(w), RMI_SUCCESS);
}

/* A Realm in region 0, and granules for it to take in region 2, which are delegated. */
static uint64_t make_realm(struct world *w)
{
	small_realm_init(&w->realm, w->pe, w->base, REGION);
	assert_int_equal(small_realm_create(&w->realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&w->realm, 0), 0);
	delegate_all(w);
	return PART(w);
}

static uint64_t page_at(const struct world *w, uint64_t pa)
{
	struct rmi_addr_range_desc desc = {
	        .base = pa,
	        .count = 1,
	        .state = RMI_OP_MEM_DELEGATED,
	};

	return rmi_addr_range_desc_encode(rmi_revision(w->rmi), w->realm.gshift, desc);
}

static void before_a_table(struct world *w)
{
	uint64_t pa = make_realm(w);

	w->command =
	        (struct smccc_regs){{SMC_RMI_RTT_CREATE, w->realm.rd, pa, UINT64_C(1) << 36, 2}};
}

/* Another table for the same Realm; the same granule for the Host. */
static void before_two_tables(struct world *w)
{
	before_a_table(w);
	w->other_command = w->command;
	w->other_command.x[2] += PAGE;
	w->other_command.x[3] += UINT64_C(1) << 36;
}

static void before_a_table_and_undelegation(struct world *w)
{
	before_a_table(w);
	w->other_command = (struct smccc_regs){
	        {SMC_RMI_GRANULE_RANGE_UNDELEGATE, w->command.x[2], w->command.x[2] + PAGE}};
}

static void before_undelegation_and_a_table(struct world *w)
{
	struct smccc_regs table;

	before_a_table_and_undelegation(w);
	table = w->command;
	w->command = w->other_command;
	w->other_command = table;
}

static void before_a_rec_goes(struct world *w)
{
	make_realm(w);
	assert_int_equal(small_rec(&w->realm, 0, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	w->other_command = (struct smccc_regs){{SMC_RMI_REC_DESTROY, w->realm.recs[0]}};
}

static void before_a_page(struct world *w)
{
	uint64_t pa = make_realm(w);

	w->command = (struct smccc_regs){
	        {SMC_RMI_RTT_DATA_MAP, w->realm.rd, 0, PAGE, RMI_ADDR_TYPE_SINGLE, page_at(w, pa)}};
}

/* Parameters of a Realm or a REC. */
static uint64_t params(struct world *w, const void *content, size_t size)
{
	uint64_t pa = small_page(&w->realm);

	memcpy(small_va(&w->realm, pa), content, size);
	return pa;
}

static void before_a_rec(struct world *w)
{
	const struct rmi_rec_params rec = {.flags = RMI_REC_CREATE_FLAGS_RUNNABLE};
	uint64_t pa = make_realm(w);

	w->command = (struct smccc_regs){
	        {SMC_RMI_REC_CREATE, w->realm.rd, pa, params(w, &rec, sizeof(rec))}};
}

/* The RD of a second Realm; its table is elsewhere. */
static void before_a_realm(struct world *w)
{
	struct rmi_realm_params realm = {
	        .s2sz = SMALL_IPA_BITS,
	        .num_bps = 1,
	        .num_wps = 1,
	        .hash_algo = RMI_HASH_SHA_256,
	        .rtt_num_start = 1,
	};
	uint64_t pa = make_realm(w);

	realm.rtt_level_start = w->realm.start_level;
	realm.rtt_base = small_delegated(&w->realm);
	w->command =
	        (struct smccc_regs){{SMC_RMI_REALM_CREATE, pa, params(w, &realm, sizeof(realm))}};
}

/* A REC that wants two granules more. */
static void before_a_donation(struct world *w)
{
	const struct rmi_rec_params rec = {.flags = RMI_REC_CREATE_FLAGS_RUNNABLE};
	uint64_t pa = make_realm(w);
	uint64_t *list = small_va(&w->realm, w->realm.list);
	struct smccc_regs regs = {{SMC_RMI_REC_CREATE, w->realm.rd, small_delegated(&w->realm),
	                           params(w, &rec, sizeof(rec))}};

	rmi_call(w->pe, &regs);
	assert_int_equal(rmi_status(regs.x[0]), RMI_INCOMPLETE);
	list[0] = page_at(w, pa);
	list[1] = page_at(w, pa + PAGE);
	w->command = (struct smccc_regs){{SMC_RMI_OP_MEM_DONATE, regs.x[1], w->realm.list, 2}};
}

/* Tests. */

#define CALM ""
#define PAIR(name, ...)                                                                            \
	static void name(void **state)                                                             \
	{                                                                                          \
		static const struct scenario s = {__VA_ARGS__};                                    \
                                                                                                   \
		(void)state;                                                                       \
		overtake(&s);                                                                      \
	}

PAIR(delegate_and_untrack, CALM, leave, delegate_first, untrack_second)
PAIR(untrack_and_delegate, CALM, leave, untrack_first, delegate_second)
PAIR(undelegate_and_coarsen, CALM, delegate_all, undelegate_first, coarsen_second)
PAIR(coarsen_and_undelegate, CALM, delegate_all, coarsen_first, undelegate_second)
PAIR(delegate_and_deactivate, CALM, leave, delegate_first, deactivate_second)
PAIR(deactivate_and_delegate, CALM, leave, deactivate_first, delegate_second)
PAIR(delegate_and_fold_the_gpt, ",gpt=table", leave, delegate_first, fold_gpt_second)
PAIR(fold_the_gpt_and_delegate, ",gpt=table", leave, fold_gpt_first, delegate_second)
PAIR(delegate_twice, CALM, leave, delegate_first, delegate_second)
PAIR(undelegate_twice, CALM, delegate_one, undelegate_first, undelegate_second)
PAIR(delegate_a_region_and_refine, CALM, track_as_a_whole, delegate_region_first, refine_second)
PAIR(undelegate_a_region_and_refine, CALM, delegate_as_a_whole, undelegate_region_first,
     refine_second)
PAIR(create_a_table_and_coarsen, CALM, before_a_table, command_first, coarsen_second)
PAIR(map_a_page_and_coarsen, CALM, before_a_page, command_first, coarsen_second)
PAIR(create_a_rec_and_coarsen, CALM, before_a_rec, command_first, coarsen_second)
PAIR(create_a_realm_and_coarsen, CALM, before_a_realm, command_first, coarsen_second)
PAIR(donate_and_coarsen, ",rec_aux=2", before_a_donation, command_first, coarsen_second)
PAIR(create_two_tables, CALM, before_two_tables, command_first, command_second)
PAIR(create_a_table_and_inspect, CALM, before_a_table, command_first, inspect_realm_second)
PAIR(create_a_table_and_undelegate_it, CALM, before_a_table_and_undelegation, command_first,
     command_second)
PAIR(undelegate_and_make_a_table_of_it, CALM, before_undelegation_and_a_table, command_first,
     command_second)
PAIR(inspect_and_destroy_a_rec, CALM, before_a_rec_goes, inspect_rec_first, command_second)

/* With an argument: regions as a whole, where it is far from one place to the next. */
int main(int argc, char **argv)
{
	const struct CMUnitTest regions[] = {
	        cmocka_unit_test(delegate_a_region_and_refine),
	        cmocka_unit_test(undelegate_a_region_and_refine),
	};
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(delegate_and_untrack),
	        cmocka_unit_test(untrack_and_delegate),
	        cmocka_unit_test(undelegate_and_coarsen),
	        cmocka_unit_test(coarsen_and_undelegate),
	        cmocka_unit_test(delegate_and_deactivate),
	        cmocka_unit_test(deactivate_and_delegate),
	        cmocka_unit_test(delegate_and_fold_the_gpt),
	        cmocka_unit_test(fold_the_gpt_and_delegate),
	        cmocka_unit_test(delegate_twice),
	        cmocka_unit_test(undelegate_twice),
	        cmocka_unit_test(create_a_table_and_coarsen),
	        cmocka_unit_test(map_a_page_and_coarsen),
	        cmocka_unit_test(create_a_rec_and_coarsen),
	        cmocka_unit_test(create_a_realm_and_coarsen),
	        cmocka_unit_test(donate_and_coarsen),
	        cmocka_unit_test(create_two_tables),
	        cmocka_unit_test(create_a_table_and_inspect),
	        cmocka_unit_test(create_a_table_and_undelegate_it),
	        cmocka_unit_test(undelegate_and_make_a_table_of_it),
	        cmocka_unit_test(inspect_and_destroy_a_rec),
	};

	(void)argv;
	if (argc > 1)
		return cmocka_run_group_tests_name("overtaken, regions", regions, NULL, NULL);
	return cmocka_run_group_tests_name("overtaken", tests, NULL, NULL);
}
