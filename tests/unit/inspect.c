/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking into an RMM: what each iterator tells. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>
#include <rmm/inspect.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define PAGE   SMALL_PAGE_SIZE
#define WINDOW (UINT64_C(16) << 20)
#define PC     UINT64_C(0x10000)

struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct rmm *rmm;
	struct small_realm realm;
	uint64_t base;
};

static struct fixture open_rmm(const char *conf)
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
	return f;
}

/* A realm with tables for IPA 0, two RECs, and three pages of which two are neighbours. */
static struct fixture open_realm(const char *conf)
{
	struct fixture f = open_rmm(conf);
	uint64_t page = f.realm.page;

	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_384), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(small_init_ripas(&f.realm, 0, 8 * page), 0);
	assert_int_equal(small_map(&f.realm, 2 * page), 0);
	assert_int_equal(small_map(&f.realm, 3 * page), 0);
	assert_int_equal(small_map(&f.realm, 9 * page), 0);
	assert_int_equal(small_rec(&f.realm, PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_rec(&f.realm, PC, 0, NULL), 0);
	return f;
}

static void the_rmm_as_a_whole_is_told(void **state)
{
	struct fixture f = open_realm("model:dram=64M,granule=16K,vmids=9,sro_contexts=3");
	struct rmm_info info;

	(void)state;
	rmm_inspect(f.rmm, &info);
	assert_string_equal(info.state, "ACTIVE");
	assert_int_equal(info.dram_base, f.base);
	assert_int_equal(info.dram_size, 64 << 20);
	assert_int_equal(info.granule_size, 16 << 10);
	assert_int_equal(info.tracking_region_size, 32 << 20);
	assert_int_equal(info.realms, 1);
	assert_int_equal(info.vmids, 1);
	assert_int_equal(info.max_vmids, 9);
	assert_int_equal(info.sros, 0);
	assert_int_equal(info.max_sros, 3);
	rmi_close(f.rmi);
}

static void tracking_regions_of_one_state_are_joined(void **state)
{
	struct fixture f = open_rmm("model:dram=80M,granule=16K,tracking=coarse");
	struct rmm_tracking_info info;

	(void)state;
	assert_true(rmm_inspect_tracking(f.rmm, 0, &info));
	assert_int_equal(info.base, f.base);
	assert_int_equal(info.size, 96 << 20);
	assert_int_equal(info.state, RMI_TRACKING_COARSE);
	assert_false(rmm_inspect_tracking(f.rmm, info.base + info.size, &info));
	rmi_close(f.rmi);
}

static void granules_of_one_kind_are_joined(void **state)
{
	struct fixture f = open_rmm("model");
	struct rmm_granule_info info;

	(void)state;
	assert_false(rmm_inspect_granules(f.rmm, 0, &info));
	rmi_granule_range_delegate(f.pe, f.base + PAGE, f.base + 4 * PAGE, NULL, NULL);
	rmi_granule_range_delegate(f.pe, f.base + 9 * PAGE, f.base + 10 * PAGE, NULL, NULL);
	assert_true(rmm_inspect_granules(f.rmm, 0, &info));
	assert_int_equal(info.pa, f.base + PAGE);
	assert_int_equal(info.size, 3 * PAGE);
	assert_string_equal(info.state, "GRAN_DELEGATED");
	assert_false(info.intermediate);
	assert_int_equal(info.owner, RMM_INSPECT_NONE);
	assert_true(rmm_inspect_granules(f.rmm, info.pa + info.size, &info));
	assert_int_equal(info.pa, f.base + 9 * PAGE);
	assert_int_equal(info.size, PAGE);
	assert_false(rmm_inspect_granules(f.rmm, info.pa + info.size, &info));
	rmi_close(f.rmi);
}

static void rds_and_recs_stand_alone_and_tell_their_realm(void **state)
{
	struct fixture f = open_realm("model");
	struct rmm_granule_info info = {0};
	unsigned rds = 0, recs = 0;

	(void)state;
	while (rmm_inspect_granules(f.rmm, info.pa + info.size, &info)) {
		bool rd = strcmp(info.state, "GRAN_RD") == 0;
		bool rec = strcmp(info.state, "GRAN_REC") == 0;

		rds += rd;
		recs += rec;
		if (rd || rec)
			assert_int_equal(info.size, PAGE);
		assert_int_equal(info.owner, rd || rec ? f.realm.rd : RMM_INSPECT_NONE);
	}
	assert_int_equal(rds, 1);
	assert_int_equal(recs, 2);
	rmi_close(f.rmi);
}

static void a_realm_is_told(void **state)
{
	struct fixture f = open_realm("model");
	struct rmm_realm_info info;
	uint8_t zero[64] = {0};

	(void)state;
	assert_true(rmm_inspect_realm(f.rmm, 0, &info));
	assert_int_equal(info.rd, f.realm.rd);
	assert_string_equal(info.state, "REALM_NEW");
	assert_false(info.intermediate);
	assert_int_equal(info.vmid, 1);
	assert_int_equal(info.ipa_bits, SMALL_IPA_BITS);
	assert_int_equal(info.rtt_base, f.realm.rtt);
	assert_int_equal(info.rtt_level_start, f.realm.start_level);
	assert_int_equal(info.rtt_num_start, 1);
	assert_int_equal(info.num_trees, 1);
	assert_int_equal(info.hash, RMI_HASH_SHA_384);
	assert_int_equal(info.hash_size, 48);
	assert_memory_not_equal(info.rim, zero, 48);
	assert_memory_equal(info.rem[0], zero, 64);
	assert_int_equal(info.recs, 2);
	assert_int_equal(info.recs_running, 0);
	assert_false(rmm_inspect_realm(f.rmm, info.rd + 1, &info));
	assert_int_equal(small_activate(&f.realm), 0);
	assert_true(rmm_inspect_realm(f.rmm, 0, &info));
	assert_string_equal(info.state, "REALM_ACTIVE");
	rmi_close(f.rmi);
}

static void recs_come_in_the_order_of_their_indices(void **state)
{
	struct fixture f = open_realm("model");
	struct rmm_rec_info info;

	(void)state;
	assert_true(rmm_inspect_rec(f.rmm, f.realm.rd, 0, &info));
	assert_int_equal(info.rec, f.realm.recs[0]);
	assert_int_equal(info.rd, f.realm.rd);
	assert_int_equal(info.index, 0);
	assert_int_equal(info.mpidr, 0);
	assert_string_equal(info.state, "REC_READY");
	assert_true(info.runnable);
	assert_string_equal(info.pending, "REC_PENDING_NONE");
	assert_int_equal(info.pc, PC);
	assert_true(rmm_inspect_rec(f.rmm, f.realm.rd, info.index + 1, &info));
	assert_int_equal(info.rec, f.realm.recs[1]);
	assert_int_equal(info.index, 1);
	assert_false(info.runnable);
	assert_false(rmm_inspect_rec(f.rmm, f.realm.rd, info.index + 1, &info));
	assert_false(rmm_inspect_rec(f.rmm, f.realm.recs[0], 0, &info));
	assert_false(rmm_inspect_rec(f.rmm, f.realm.rd + 8, 0, &info));
	rmi_close(f.rmi);
}

static void ask_for_ripas(struct guest *g, void *arg)
{
	(void)arg;
	(void)rsi_ipa_state_set(g, 16 * PAGE, 20 * PAGE, RSI_RIPAS_RAM, 0, NULL, NULL);
}

static void a_request_that_waits_for_the_host_is_told(void **state)
{
	struct fixture f = open_realm("model");
	struct rmm_rec_info info;

	(void)state;
	assert_true(rmm_script(f.rmm, PC, ask_for_ripas, NULL));
	assert_int_equal(small_activate(&f.realm), 0);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(small_run(&f.realm)->exit.exit_reason, RMI_EXIT_RIPAS_CHANGE);
	assert_true(rmm_inspect_rec(f.rmm, f.realm.rd, 0, &info));
	assert_int_equal(info.ripas_base, 16 * PAGE);
	assert_int_equal(info.ripas_top, 20 * PAGE);
	assert_int_equal(info.ripas, RMI_RIPAS_RAM);
	rmi_close(f.rmi);
}

struct seen {
	struct fixture *f;
	struct rmm_rec_info rec;
	struct rmm_realm_info realm;
	bool good;
};

static void look_from_inside(struct guest *g, void *arg)
{
	struct seen *seen = arg;

	seen->good = rmm_inspect_rec(seen->f->rmm, seen->f->realm.rd, 0, &seen->rec) &&
	             rmm_inspect_realm(seen->f->rmm, 0, &seen->realm);
	(void)psci_system_off(g);
}

static void a_rec_that_runs_is_told_without_what_belongs_to_its_pe(void **state)
{
	struct fixture f = open_realm("model");
	struct seen seen = {.f = &f};

	(void)state;
	assert_true(rmm_script(f.rmm, PC, look_from_inside, &seen));
	assert_int_equal(small_activate(&f.realm), 0);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_true(seen.good);
	assert_string_equal(seen.rec.state, "REC_RUNNING");
	assert_int_equal(seen.rec.pc, 0);
	assert_int_equal(seen.realm.recs_running, 1);
	assert_true(rmm_inspect_realm(f.rmm, 0, &seen.realm));
	assert_string_equal(seen.realm.state, "REALM_SYSTEM_OFF");
	rmi_close(f.rmi);
}

/* The next entries of a walk are these. */
static void expect_rtt(struct fixture *f, struct rmm_rtt_info *info, int level, uint64_t base,
                       uint64_t top, const char *entry)
{
	assert_true(rmm_inspect_rtt(f->rmm, f->realm.rd, 0, info));
	assert_string_equal(info->state, entry);
	assert_int_equal(info->level, level);
	assert_int_equal(info->base, base);
	assert_int_equal(info->top, top);
}

static void a_tree_is_walked_with_equal_entries_joined(void **state)
{
	static const char *const confs[] = {"model", "model:granule=16K", "model:granule=64K"};

	(void)state;
	for (size_t i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		struct fixture f = open_realm(confs[i]);
		struct rmm_rtt_info info = RMM_RTT_INFO_INIT;
		uint64_t page = f.realm.page;
		uint64_t block = rmi_rtt_level_size(f.realm.gshift, 2);
		uint64_t first;

		for (int level = f.realm.start_level; level < 3; level++) {
			expect_rtt(&f, &info, level, 0, rmi_rtt_level_size(f.realm.gshift, level),
			           "RTTE_TABLE");
			assert_true(info.is_table);
			first = info.pa;
		}
		expect_rtt(&f, &info, 3, 0, 2 * page, "RTTE_VOID");
		assert_int_equal(info.rtt, first);
		assert_int_equal(info.entries, 2);
		assert_int_equal(info.ripas, RMI_RIPAS_RAM);
		assert_int_equal(info.pa, RMM_INSPECT_NONE);
		expect_rtt(&f, &info, 3, 2 * page, 4 * page, "RTTE_DATA");
		assert_true(info.is_mapping);
		assert_int_not_equal(info.pa, RMM_INSPECT_NONE);
		expect_rtt(&f, &info, 3, 4 * page, 8 * page, "RTTE_VOID");
		assert_int_equal(info.ripas, RMI_RIPAS_RAM);
		expect_rtt(&f, &info, 3, 8 * page, 9 * page, "RTTE_VOID");
		assert_int_equal(info.ripas, RMI_RIPAS_EMPTY);
		expect_rtt(&f, &info, 3, 9 * page, 10 * page, "RTTE_DATA");
		assert_int_equal(info.ripas, RMI_RIPAS_EMPTY);
		expect_rtt(&f, &info, 3, 10 * page, block, "RTTE_VOID");
		/* Up again, as far as there are tables. */
		for (int level = 2; level >= f.realm.start_level; level--) {
			assert_true(rmm_inspect_rtt(f.rmm, f.realm.rd, 0, &info));
			assert_int_equal(info.level, level);
			assert_true(info.is_protected);
		}
		assert_int_equal(info.top, SMALL_UNPROT);
		expect_rtt(&f, &info, f.realm.start_level, SMALL_UNPROT, 2 * SMALL_UNPROT,
		           "RTTE_UNMAPPED_NS");
		assert_false(info.is_protected);
		assert_false(rmm_inspect_rtt(f.rmm, f.realm.rd, 0, &info));
		rmi_close(f.rmi);
	}
}

static void shared_memory_shows_its_attributes(void **state)
{
	struct fixture f = open_realm("model");
	struct rmm_rtt_info info = RMM_RTT_INFO_INIT;
	uint64_t pa;

	(void)state;
	assert_int_equal(small_tables(&f.realm, SMALL_UNPROT), 0);
	assert_int_equal(small_share(&f.realm, SMALL_UNPROT + PAGE, &pa), 0);
	while (rmm_inspect_rtt(f.rmm, f.realm.rd, 0, &info)) {
		if (strcmp(info.state, "RTTE_MAPPED_NS") == 0)
			break;
	}
	assert_int_equal(info.base, SMALL_UNPROT + PAGE);
	assert_int_equal(info.entries, 1);
	assert_int_equal(info.pa, pa);
	assert_int_equal(info.s2ap, RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE);
	rmi_close(f.rmi);
}

static void a_walk_that_lost_its_table_goes_on(void **state)
{
	struct fixture f = open_realm("model");
	struct rmm_rtt_info info = RMM_RTT_INFO_INIT;
	uint64_t size = rmi_rtt_level_size(12, 2);

	(void)state;
	assert_int_equal(small_tables(&f.realm, 4 * size), 0);
	while (rmm_inspect_rtt(f.rmm, f.realm.rd, 0, &info)) {
		if (info.level == 2 && info.base == 4 * size)
			break;
	}
	assert_true(info.is_table);
	assert_int_equal(rmi_rtt_destroy(f.pe, f.realm.rd, 4 * size, 3, NULL, NULL, NULL), 0);
	expect_rtt(&f, &info, 2, 4 * size, 5 * size, "RTTE_VOID");
	assert_int_equal(info.ripas, RMI_RIPAS_DESTROYED);
	rmi_close(f.rmi);
}

static void what_does_not_exist_is_not_walked(void **state)
{
	struct fixture f = open_realm("model");
	struct rmm_rtt_info info = RMM_RTT_INFO_INIT;
	struct rmm_rtt_info odd = {.entries = 1, .is_table = true, .level = 77, .base = 3};
	struct rmm_donation_info donation;

	(void)state;
	assert_false(rmm_inspect_rtt(f.rmm, f.realm.rd, 1, &info));
	assert_false(rmm_inspect_rtt(f.rmm, f.realm.rd + 1, 0, &info));
	assert_false(rmm_inspect_rtt(f.rmm, UINT64_MAX, 0, &info));
	assert_true(rmm_inspect_rtt(f.rmm, f.realm.rd, 0, &odd));
	assert_int_equal(odd.level, 3);
	assert_false(rmm_inspect_donation(f.rmm, f.realm.rd, 0, &donation));
	assert_false(rmm_inspect_donation(f.rmm, UINT64_MAX - 7, 0, &donation));
	rmi_close(f.rmi);
}

static void donated_memory_is_told_piece_by_piece(void **state)
{
	struct fixture f = open_rmm("model:realm_aux=4,rec_aux=2,donate=contig");
	struct rmm_donation_info info;
	struct rmm_realm_info realm;
	struct rmm_rec_info rec;

	(void)state;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_rec(&f.realm, PC, 0, NULL), 0);
	assert_true(rmm_inspect_realm(f.rmm, 0, &realm));
	assert_int_equal(realm.donated, 4);
	assert_true(rmm_inspect_donation(f.rmm, realm.rd, 0, &info));
	assert_int_equal(info.size, 4 * PAGE);
	assert_false(rmm_inspect_donation(f.rmm, realm.rd, 1, &info));
	assert_true(rmm_inspect_rec(f.rmm, realm.rd, 0, &rec));
	assert_int_equal(rec.donated, 2);
	assert_true(rmm_inspect_donation(f.rmm, rec.rec, 0, &info));
	assert_int_equal(info.size, 2 * PAGE);
	assert_false(rmm_inspect_donation(f.rmm, rec.rec, 1, &info));
	rmi_close(f.rmi);
}

static void an_open_operation_is_told(void **state)
{
	struct fixture f = open_rmm("model:rec_aux=3,donate=contig");
	struct rmm_granule_info granule = {0};
	struct rmm_sro_info info;
	struct rmi_sro sro;
	uint64_t rec;

	(void)state;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_false(rmm_inspect_sro(f.rmm, 0, &info));
	rec = small_delegated(&f.realm);
	assert_int_equal(
	        rmi_memreq(rmi_rec_create(f.pe, f.realm.rd, rec, small_page(&f.realm), &sro)),
	        RMI_OP_MEM_REQ_DONATE);
	assert_true(rmm_inspect_sro(f.rmm, 0, &info));
	assert_int_equal(info.handle, sro.handle);
	assert_string_equal(info.command, "RMI_REC_CREATE");
	assert_false(info.executing);
	assert_int_equal(info.request, RMI_OP_MEM_REQ_DONATE);
	assert_true(info.can_cancel);
	assert_false(info.abandoned);
	assert_int_equal(info.donate_size, PAGE);
	assert_int_equal(info.donate_count, 4);
	assert_true(info.donate_contig);
	assert_int_equal(info.donate_state, RMI_OP_MEM_DELEGATED);
	assert_int_equal(info.donated, 0);
	assert_int_equal(info.rd, f.realm.rd);
	assert_int_equal(info.rec, rec);
	assert_false(rmm_inspect_sro(f.rmm, info.context + 1, &info));
	/* Nobody knows yet whose the REC is. */
	assert_true(rmm_inspect_granules(f.rmm, rec, &granule));
	assert_true(granule.intermediate);
	assert_int_equal(granule.owner, RMM_INSPECT_NONE);
	rmi_op_cancel(f.pe, sro.handle);
	assert_true(rmm_inspect_sro(f.rmm, 0, &info));
	assert_true(info.abandoned);
	assert_int_equal(info.request, RMI_OP_MEM_REQ_NONE);
	rmi_close(f.rmi);
}

static void a_range_operation_has_no_objects(void **state)
{
	struct fixture f = open_rmm("model:incomplete=1000");
	struct rmm_sro_info info;

	(void)state;
	rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, NULL);
	assert_true(rmm_inspect_sro(f.rmm, 0, &info));
	assert_string_equal(info.command, "RMI_GRANULE_RANGE_DELEGATE");
	assert_int_equal(info.rd, RMM_INSPECT_NONE);
	assert_int_equal(info.rec, RMM_INSPECT_NONE);
	rmi_close(f.rmi);
}

struct watch {
	struct rmm *rmm;
	atomic_bool stop;
	unsigned long rounds;
};

/* Looks at everything, again and again. */
static void *watch_main(void *arg)
{
	struct watch *w = arg;

	do {
		struct rmm_granule_info granule = {0};
		struct rmm_realm_info realm;
		struct rmm_donation_info donation;
		struct rmm_sro_info sro = {0};
		struct rmm_info info;
		uint64_t from = 0;

		rmm_inspect(w->rmm, &info);
		while (rmm_inspect_granules(w->rmm, granule.pa + granule.size, &granule))
			;
		for (unsigned i = 0; rmm_inspect_sro(w->rmm, i, &sro); i = sro.context + 1)
			;
		for (; rmm_inspect_realm(w->rmm, from, &realm); from = realm.rd + 1) {
			struct rmm_rtt_info rtt = RMM_RTT_INFO_INIT;
			struct rmm_rec_info rec;

			while (rmm_inspect_rtt(w->rmm, realm.rd, 0, &rtt))
				;
			for (uint64_t i = 0; rmm_inspect_rec(w->rmm, realm.rd, i, &rec);
			     i = rec.index + 1)
				(void)rmm_inspect_donation(w->rmm, rec.rec, 0, &donation);
		}
		w->rounds++;
	} while (!atomic_load(&w->stop));
	return NULL;
}

static void looking_disturbs_nobody(void **state)
{
	struct fixture f = open_rmm("model:policy=hostile,seed=3,busy=0");
	struct watch watch = {.rmm = f.rmm};
	pthread_t thread;

	(void)state;
	assert_true(rmm_script(f.rmm, PC, ask_for_ripas, NULL));
	assert_int_equal(pthread_create(&thread, NULL, watch_main, &watch), 0);
	for (unsigned i = 0; i < 40; i++) {
		struct rmi_error err = {""};

		small_realm_init(&f.realm, f.pe, f.base, WINDOW);
		assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
		assert_int_equal(small_tables(&f.realm, 0), 0);
		for (unsigned n = 0; n < 8; n++)
			assert_int_equal(small_map(&f.realm, n * PAGE), 0);
		assert_int_equal(small_rec(&f.realm, PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
		assert_int_equal(small_activate(&f.realm), 0);
		assert_int_equal(small_enter(&f.realm, 0), 0);
		assert_int_equal(small_realm_destroy(&f.realm), 0);
		if (!rmm_check(f.rmm, &err))
			fail_msg("%s", err.text);
	}
	atomic_store(&watch.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_not_equal(watch.rounds, 0);
	rmi_close(f.rmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_rmm_as_a_whole_is_told),
	        cmocka_unit_test(tracking_regions_of_one_state_are_joined),
	        cmocka_unit_test(granules_of_one_kind_are_joined),
	        cmocka_unit_test(rds_and_recs_stand_alone_and_tell_their_realm),
	        cmocka_unit_test(a_realm_is_told),
	        cmocka_unit_test(recs_come_in_the_order_of_their_indices),
	        cmocka_unit_test(a_request_that_waits_for_the_host_is_told),
	        cmocka_unit_test(a_rec_that_runs_is_told_without_what_belongs_to_its_pe),
	        cmocka_unit_test(a_tree_is_walked_with_equal_entries_joined),
	        cmocka_unit_test(shared_memory_shows_its_attributes),
	        cmocka_unit_test(a_walk_that_lost_its_table_goes_on),
	        cmocka_unit_test(what_does_not_exist_is_not_walked),
	        cmocka_unit_test(donated_memory_is_told_piece_by_piece),
	        cmocka_unit_test(an_open_operation_is_told),
	        cmocka_unit_test(a_range_operation_has_no_objects),
	        cmocka_unit_test(looking_disturbs_nobody),
	};

	return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
