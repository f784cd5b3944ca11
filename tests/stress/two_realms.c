/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two Host threads on two PEs of one RMM, straight on librmi: each with a Realm of its own, and
 * both at each other's throat. To be run under ThreadSanitizer too.
 */
#include <cmocka_test.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmi/model.h>
#include <rmm/guest.h>
#include <support/realm.h>
#include <support/sweep.h>

#define NUM_THREADS  2
#define ROUNDS       1000
/** Calls of the spoiler that must succeed before the fight is over. */
#define BLOWS        5000
#define WINDOW       UINT64_C(0x100000)
#define PAGE         SMALL_PAGE_SIZE

/* The Realm's IPA space. */
#define IPA_MEASURED UINT64_C(0x0)
#define IPA_MAPPED   UINT64_C(0x2000)
#define IPA_FAULTS   UINT64_C(0x3000)
#define IPA_EMPTIED  UINT64_C(0x4000)
#define IPA_TOP      UINT64_C(0x10000)
#define IPA_SHARED   (SMALL_UNPROT + 0x1000)

/** One thread: its Realm, and what the Realm does. */
struct side {
	struct rmi *rmi;
	unsigned index;
	uint64_t base;
	uint64_t round;
	const char *failed; /**< The step that failed, or NULL. */
	uint64_t x0;
	/* Of the two that fight. */
	atomic_bool *stop;
	atomic_uint *spoiled; /**< Calls of the spoiler that succeeded. */
	unsigned unhindered;  /**< Rounds in which nothing failed. */
};

static uint64_t pc_of(const struct side *s)
{
	return 0x1000 * (s->index + 1);
}

/** Reads measured memory, faults, shares, gives a page away and tells the Host. */
static void guest(struct guest *g, void *arg)
{
	struct side *s = arg;
	uint64_t sum = guest_load64(g, IPA_MEASURED) + s->index;
	uint64_t new_base;
	uint64_t response;

	guest_store64(g, IPA_FAULTS, sum);
	sum = guest_load64(g, IPA_FAULTS);
	guest_store64(g, IPA_SHARED, sum);
	if (rsi_ipa_state_set(g, IPA_EMPTIED, IPA_EMPTIED + PAGE, RSI_RIPAS_EMPTY, 0, &new_base,
	                      &response) ||
	    new_base != IPA_EMPTIED + PAGE)
		s->failed = "RSI_IPA_STATE_SET";
	guest_load64(g, IPA_EMPTIED);
	if (guest_take_sea(g, NULL, NULL) != 1)
		s->failed = "access to RIPAS EMPTY";
	guest_store64(g, IPA_MAPPED + offsetof(struct rsi_host_call, gprs), sum + 1);
	if (rsi_host_call(g, IPA_MAPPED))
		s->failed = "RSI_HOST_CALL";
	if (guest_load64(g, IPA_MAPPED + offsetof(struct rsi_host_call, gprs)) != sum + 2)
		s->failed = "answer to RSI_HOST_CALL";
	psci_system_off(g);
}

static bool step(struct side *s, const char *name, uint64_t x0)
{
	if (!x0 && !s->failed)
		return true;
	if (!s->failed) {
		s->failed = name;
		s->x0 = x0;
	}
	return false;
}

static bool build(struct side *s, struct small_realm *r)
{
	uint64_t content[PAGE / sizeof(uint64_t)] = {s->round};
	uint64_t shared;

	return step(s, "REALM_CREATE", small_realm_create(r, RMI_HASH_SHA_256)) &&
	       step(s, "RTT_CREATE", small_tables(r, 0)) &&
	       step(s, "RTT_CREATE", small_tables(r, IPA_SHARED)) &&
	       step(s, "RTT_INIT_RIPAS", small_init_ripas(r, 0, IPA_TOP)) &&
	       step(s, "RTT_DATA_MAP_INIT",
	            small_map_init(r, IPA_MEASURED, content, RMI_DATA_FLAGS_MEASURE)) &&
	       step(s, "RTT_DATA_MAP", small_map(r, IPA_MAPPED)) &&
	       step(s, "RTT_DATA_MAP", small_map(r, IPA_EMPTIED)) &&
	       step(s, "RTT_UNPROT_MAP", small_share(r, IPA_SHARED, &shared)) &&
	       step(s, "REC_CREATE", small_rec(r, pc_of(s), RMI_REC_CREATE_FLAGS_RUNNABLE, NULL)) &&
	       step(s, "REALM_ACTIVATE", small_activate(r));
}

/** Does what the Realm's exit asks for. @return whether it is to be entered again */
static bool serve(struct side *s, struct small_realm *r)
{
	struct rmi_rec_run *run = small_run(r);
	uint64_t ipa = (run->exit.hpfar >> 4) << 12;

	switch (run->exit.exit_reason) {
	case RMI_EXIT_SYNC:
		return step(s, "RTT_DATA_MAP of a fault", small_map(r, ipa));
	case RMI_EXIT_RIPAS_CHANGE:
		return step(s, "RTT_SET_RIPAS", small_set_ripas(r, 0));
	case RMI_EXIT_HOST_CALL:
		if (run->exit.gprs[0] != s->round + s->index + 1)
			s->failed = "value of RSI_HOST_CALL";
		run->enter.gprs[0] = run->exit.gprs[0] + 1;
		return true;
	case RMI_EXIT_PSCI:
		return false;
	default:
		s->failed = "exit reason";
		return false;
	}
}

static void live(struct side *s, struct small_realm *r)
{
	memset(small_run(r), 0, sizeof(*small_run(r)));
	while (step(s, "REC_ENTER", small_enter(r, 0)) && serve(s, r))
		;
}

static void *come_and_go(void *arg)
{
	struct side *s = arg;
	struct small_realm r;

	small_realm_init(&r, rmi_pe(s->rmi, s->index), s->base, WINDOW);
	for (s->round = 0; s->round < ROUNDS && !s->failed; s->round++) {
		if (build(s, &r))
			live(s, &r);
		step(s, "teardown", small_realm_destroy(&r));
	}
	return NULL;
}

static struct rmi *open_active(const char *conf)
{
	struct smccc_regs regs = {.x = {SMC_RMI_RMM_ACTIVATE}};
	struct rmi_error err;
	struct rmi *rmi = rmi_open(conf, &err);

	if (!rmi)
		fail_msg("%s", err.text);
	sro_call(rmi_pe(rmi, 0), &regs);
	assert_int_equal(sro_finish(rmi_pe(rmi, 0), NULL, &regs), RMI_SUCCESS);
	return rmi;
}

static void assert_all_is_back(struct rmi *rmi)
{
	struct rmi_error err;

	if (!rmm_check(rmi_model(rmi), &err))
		fail_msg("%s", err.text);
	assert_int_equal(rmi_audit(rmi, stderr), 0);
}

static void two_realms(const char *conf)
{
	struct side sides[NUM_THREADS] = {0};
	pthread_t threads[NUM_THREADS];
	struct rmi *rmi = open_active(conf);

	for (unsigned i = 0; i < NUM_THREADS; i++) {
		sides[i].rmi = rmi;
		sides[i].index = i;
		sides[i].base = rmi_memory(rmi).base + i * WINDOW;
		assert_true(rmm_script(rmi_model(rmi), pc_of(&sides[i]), guest, &sides[i]));
	}
	for (unsigned i = 0; i < NUM_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &sides[i]), 0);
	for (unsigned i = 0; i < NUM_THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < NUM_THREADS; i++) {
		if (sides[i].failed)
			fail_msg("side %u, round %llu: %s gives 0x%llx", i,
			         (unsigned long long)sides[i].round, sides[i].failed,
			         (unsigned long long)sides[i].x0);
		assert_int_equal(sides[i].round, ROUNDS);
	}
	assert_all_is_back(rmi);
	rmi_close(rmi);
}

static void two_realms_come_and_go_on_two_pes(void **state)
{
	(void)state;
	two_realms("model:dram=4M,pes=2,rec_aux=3");
}

static void two_realms_come_and_go_on_a_hostile_rmm(void **state)
{
	(void)state;
	two_realms("model:dram=4M,pes=2,policy=hostile,seed=1");
}

/** Touches nothing that another thread writes, and exits all the time. */
static void contested_guest(struct guest *g, void *arg)
{
	uint64_t x;
	uint64_t y;

	(void)arg;
	for (unsigned i = 0; i < 8; i++) {
		guest_load64(g, IPA_FAULTS + PAGE * (i % 4));
		guest_take_sea(g, NULL, NULL);
		rsi_ipa_state_set(g, IPA_EMPTIED, IPA_EMPTIED + 2 * PAGE,
		                  i % 2 ? RSI_RIPAS_RAM : RSI_RIPAS_EMPTY, RSI_CHANGE_DESTROYED, &x,
		                  &y);
		rsi_ipa_state_get(g, 0, IPA_TOP, &x, &y);
	}
	psci_system_off(g);
}

/** Builds a Realm as far as the other side lets it, and takes it apart. */
static void *builder(void *arg)
{
	struct side *s = arg;
	struct small_realm r;

	small_realm_init(&r, rmi_pe(s->rmi, s->index), s->base, WINDOW);
	for (s->round = 0; s->round < ROUNDS || atomic_load(s->spoiled) < BLOWS; s->round++) {
		s->failed = NULL;
		if (build(s, &r)) {
			memset(small_run(&r), 0, sizeof(*small_run(&r)));
			for (unsigned i = 0; i < 40 && !small_enter(&r, 0); i++)
				if (small_run(&r)->exit.exit_reason == RMI_EXIT_RIPAS_CHANGE)
					small_set_ripas(&r, 0);
		}
		if (small_realm_destroy(&r)) {
			struct sro_memory memory = {.list = r.list};

			sweep(r.pe, &memory);
		} else if (!s->failed) {
			s->unhindered++;
		}
	}
	atomic_store(s->stop, true);
	return NULL;
}

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/** Makes calls about whatever the builder may have there. */
static void *spoiler(void *arg)
{
	struct side *s = arg;
	struct rmi_pe *pe = rmi_pe(s->rmi, s->index);
	uint64_t own = s->base + WINDOW;
	struct sro_memory memory = {.list = own};
	uint64_t run = own + PAGE;
	uint64_t x = 88172645463325252u;

	while (!atomic_load(s->stop)) {
		/* The RD is the first page that the builder delegates. */
		uint64_t rd = s->base + WINDOW / 4;
		uint64_t pa = rd + next(&x) % 32 * PAGE;
		uint64_t ipa = next(&x) % 16 * PAGE;
		struct rmi_addr_range_desc desc = {.base = pa, .count = 1};
		uint64_t oaddr = rmi_addr_range_desc_encode(rmi_revision(s->rmi), 12, desc);
		const struct smccc_regs calls[] = {
		        {.x = {SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + PAGE}},
		        {.x = {SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa, pa + PAGE}},
		        {.x = {SMC_RMI_RTT_DATA_MAP, rd, ipa, ipa + PAGE, RMI_ADDR_TYPE_SINGLE,
		               oaddr}},
		        {.x = {SMC_RMI_RTT_DATA_UNMAP, rd, ipa, ipa + PAGE}},
		        {.x = {SMC_RMI_RTT_UNPROT_UNMAP, rd, IPA_SHARED, IPA_SHARED + PAGE}},
		        {.x = {SMC_RMI_RTT_DESTROY, rd, 0, RMM_RTT_PAGE_LEVEL}},
		        {.x = {SMC_RMI_RTT_CREATE, rd, pa, 0, RMM_RTT_PAGE_LEVEL}},
		        {.x = {SMC_RMI_RTT_READ_ENTRY, rd, ipa, RMM_RTT_PAGE_LEVEL}},
		        {.x = {SMC_RMI_REC_ENTER, pa, run}},
		        {.x = {SMC_RMI_REC_DESTROY, pa}},
		        {.x = {SMC_RMI_RTT_SET_RIPAS, rd, pa, IPA_EMPTIED, IPA_EMPTIED + PAGE}},
		        {.x = {SMC_RMI_REALM_ACTIVATE, rd}},
		        {.x = {SMC_RMI_REALM_TERMINATE, rd}},
		        {.x = {SMC_RMI_REALM_DESTROY, rd}},
		};
		struct smccc_regs regs = calls[next(&x) % (sizeof(calls) / sizeof(calls[0]))];

		sro_call(pe, &regs);
		if (!sro_finish(pe, &memory, &regs))
			atomic_fetch_add(s->spoiled, 1);
	}
	return NULL;
}

static void two_hosts_fight_over_one_realm(void **state)
{
	struct rmi *rmi = open_active("model:dram=4M,pes=2,rec_aux=3");
	struct sro_memory memory = {.list = rmi_memory(rmi).base + 2 * WINDOW};
	atomic_bool stop = false;
	atomic_uint spoiled = 0;
	struct side sides[NUM_THREADS] = {0};
	pthread_t threads[NUM_THREADS];

	(void)state;
	for (unsigned i = 0; i < NUM_THREADS; i++) {
		sides[i].rmi = rmi;
		sides[i].index = i;
		sides[i].base = rmi_memory(rmi).base;
		sides[i].stop = &stop;
		sides[i].spoiled = &spoiled;
	}
	assert_true(rmm_script(rmi_model(rmi), pc_of(&sides[0]), contested_guest, NULL));
	assert_int_equal(pthread_create(&threads[0], NULL, builder, &sides[0]), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, spoiler, &sides[1]), 0);
	for (unsigned i = 0; i < NUM_THREADS; i++)
		pthread_join(threads[i], NULL);
	/* Otherwise nobody has fought. */
	assert_true(sides[0].unhindered < sides[0].round);
	sweep(rmi_pe(rmi, 0), &memory);
	assert_all_is_back(rmi);
	rmi_close(rmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(two_realms_come_and_go_on_two_pes),
	        cmocka_unit_test(two_realms_come_and_go_on_a_hostile_rmm),
	        cmocka_unit_test(two_hosts_fight_over_one_realm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
