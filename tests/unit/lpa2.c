/* SPDX-License-Identifier: BSD-3-Clause */
/* Physical and intermediate addresses beyond 48 bits, and starting level -1 (DEN0137 A3.3). */
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>
#include <rmm/model.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define MIB      (UINT64_C(1) << 20)
#define LIMIT    (UINT64_C(1) << 48)
#define WINDOW   (16 * MIB)
#define PAGE     SMALL_PAGE_SIZE
/* DRAM on both sides of the limit. */
#define SPLIT    "model:lpa2=1,dram=32M,dram_base=0xffffff000000,s2sz=52"

#define GUEST_PC UINT64_C(0x1000)

struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm realm; /* Its window ends at the limit. */
	struct rmi_realm_params params;
	uint64_t above; /* The next granule beyond the limit, delegated. */
};

static struct fixture open_split(void)
{
	struct fixture f = {.above = LIMIT};
	struct rmi_error err;

	f.rmi = rmi_open(SPLIT, &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, f.pe, LIMIT - WINDOW, WINDOW);
	rmi_granule_range_delegate(f.pe, LIMIT, LIMIT + MIB, NULL, NULL);
	f.params = (struct rmi_realm_params){
	        .s2sz = SMALL_IPA_BITS,
	        .num_bps = 1,
	        .num_wps = 1,
	        .rtt_level_start = 1,
	        .rtt_num_start = 1,
	};
	return f;
}

static uint64_t create(struct fixture *f)
{
	uint64_t page = small_page(&f->realm);
	uint64_t rd = small_delegated(&f->realm);
	uint64_t x0;

	memcpy(small_va(&f->realm, page), &f->params, sizeof(f->params));
	x0 = rmi_realm_create(f->pe, rd, page, NULL);
	if (x0 == RMI_SUCCESS)
		f->realm.rd = rd;
	return x0;
}

/* A Realm with or without LPA2, and tables down to level 3 at IPA 0. */
static struct fixture open_realm(bool lpa2)
{
	struct fixture f = open_split();

	f.params.flags0 = lpa2 ? RMI_REALM_FLAGS0_LPA2 : 0;
	f.params.rtt_base = small_delegated(&f.realm);
	assert_int_equal(create(&f), RMI_SUCCESS);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(small_tables(&f.realm, SMALL_UNPROT), 0);
	return f;
}

static void close_rmm(struct fixture *f)
{
	struct rmi_error err;

	if (!rmm_check(rmi_model(f->rmi), &err))
		fail_msg("%s", err.text);
	rmi_close(f->rmi);
}

static void dram_beyond_48_bits_needs_lpa2(void **state)
{
	struct rmi_error err;

	(void)state;
	assert_null(rmi_open("model:dram=32M,dram_base=0xffffff000000", &err));
	assert_non_null(strstr(err.text, "beyond 48 bits"));
}

static void features_tell_52_bits(void **state)
{
	struct fixture f = open_split();
	uint64_t reg = 0;

	(void)state;
	rmi_features(f.pe, 0, &reg);
	assert_int_equal(RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_0_S2SZ), 52);
	assert_int_equal(RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_0_S2OASZ), 52);
	assert_true((reg & RMI_FEATURE_REGISTER_0_LPA2) != 0);
	rmi_features(f.pe, 1, &reg);
	assert_int_equal(RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_1_PPS), 6);
	close_rmm(&f);
}

static uint64_t map_init(struct fixture *f, uint64_t data)
{
	return rmi_rtt_data_map_init(f->pe, f->realm.rd, data, 0, small_page(&f->realm), 0, NULL);
}

static uint64_t map(struct fixture *f, uint64_t ipa, uint64_t pa, bool unprot)
{
	struct rmi_addr_range_desc desc = {.base = pa, .count = 1};
	uint64_t word = rmi_addr_range_desc_encode(rmi_revision(f->rmi), 12, desc);

	if (unprot)
		return rmi_rtt_unprot_map(f->pe, f->realm.rd, ipa, ipa + PAGE, RMI_ADDR_TYPE_SINGLE,
		                          word, NULL, NULL);
	return rmi_rtt_data_map(f->pe, f->realm.rd, ipa, ipa + PAGE, RMI_ADDR_TYPE_SINGLE, word,
	                        NULL, NULL);
}

static void a_realm_without_lpa2_has_nothing_beyond_48_bits(void **state)
{
	struct fixture f = open_realm(false);

	(void)state;
	/* data_bound2, rtt_bound2 */
	assert_int_equal(map_init(&f, LIMIT), RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_create(f.pe, f.realm.rd, LIMIT, 2 * MIB, 3, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(map(&f, 0, LIMIT, false), RMI_ERROR_INPUT);
	assert_int_equal(map(&f, SMALL_UNPROT, LIMIT, true), RMI_ERROR_INPUT);
	/* The last granules below. */
	assert_int_equal(map(&f, SMALL_UNPROT, LIMIT - PAGE, true), RMI_SUCCESS);
	rmi_granule_range_delegate(f.pe, LIMIT - 2 * PAGE, LIMIT, NULL, NULL);
	assert_int_equal(map_init(&f, LIMIT - PAGE), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_create(f.pe, f.realm.rd, LIMIT - 2 * PAGE, 2 * MIB, 3, NULL),
	                 RMI_SUCCESS);
	close_rmm(&f);
}

static void a_realm_with_lpa2_has_memory_beyond_48_bits(void **state)
{
	struct fixture f = open_realm(true);
	struct rmi_addr_range_desc desc;
	uint64_t word = 0;

	(void)state;
	assert_int_equal(map_init(&f, LIMIT), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_create(f.pe, f.realm.rd, LIMIT + PAGE, 2 * MIB, 3, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(map(&f, 2 * MIB, LIMIT + 2 * PAGE, false), RMI_SUCCESS);
	assert_int_equal(map(&f, SMALL_UNPROT, LIMIT + MIB, true), RMI_SUCCESS);
	/* The descriptor that comes back is that of the granule. */
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, 2 * MIB, 2 * MIB + PAGE,
	                                    RMI_ADDR_TYPE_SINGLE, 0, NULL, &word, NULL, NULL),
	                 RMI_SUCCESS);
	desc = rmi_addr_range_desc_decode(rmi_revision(f.rmi), 12, word);
	assert_int_equal(desc.base, LIMIT + 2 * PAGE);
	close_rmm(&f);
}

static void tables_of_the_starting_level_lie_below_48_bits_without_lpa2(void **state)
{
	struct fixture f = open_split();

	(void)state;
	f.params.rtt_base = LIMIT;
	assert_int_equal(create(&f), RMI_ERROR_INPUT);
	f.params.flags0 = RMI_REALM_FLAGS0_LPA2;
	assert_int_equal(create(&f), RMI_SUCCESS);
	close_rmm(&f);
}

static void starting_levels_are_those_of_the_architecture(void **state)
{
	struct fixture f = open_split();

	(void)state;
	f.params.rtt_base = small_delegated(&f.realm);
	/* Without LPA2: 48 bits, no level -1. */
	f.params.s2sz = 49;
	f.params.rtt_level_start = 0;
	f.params.rtt_num_start = 2;
	assert_int_equal(create(&f), RMI_ERROR_INPUT);
	f.params.flags0 = RMI_REALM_FLAGS0_LPA2;
	f.params.rtt_level_start = -2;
	f.params.rtt_num_start = 1;
	assert_int_equal(create(&f), RMI_ERROR_INPUT);
	/* Level -1 is for what level 0 does not reach in one table. */
	f.params.s2sz = 48;
	f.params.rtt_level_start = -1;
	assert_int_equal(create(&f), RMI_ERROR_INPUT);
	f.params.s2sz = 52;
	assert_int_equal(create(&f), RMI_SUCCESS);
	close_rmm(&f);
}

/* A Realm of 52 bits whose tables begin at level -1. */
static struct fixture open_wide(void)
{
	struct fixture f = open_split();

	f.params.flags0 = RMI_REALM_FLAGS0_LPA2;
	f.params.s2sz = 52;
	f.params.rtt_level_start = -1;
	f.params.rtt_base = small_delegated(&f.realm);
	assert_int_equal(create(&f), RMI_SUCCESS);
	f.realm.start_level = -1;
	return f;
}

#define UNPROT (UINT64_C(1) << 51)

static void level_minus_one_is_told_and_taken(void **state)
{
	struct fixture f = open_wide();
	uint64_t level = 0;
	uint64_t rtte = 0;

	(void)state;
	assert_int_equal(map(&f, 0, f.above, false), rmi_result_level(RMI_ERROR_RTT, -1));
	assert_int_equal(rmi_rtt_read_entry(f.pe, f.realm.rd, 0, -1, &level, &rtte, NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal((int64_t)level, -1);
	assert_int_equal(small_tables(&f.realm, UNPROT - PAGE), 0);
	assert_int_equal(map(&f, UNPROT - PAGE, f.above, false), RMI_SUCCESS);
	assert_int_equal(
	        rmi_rtt_read_entry(f.pe, f.realm.rd, UNPROT - PAGE, 3, &level, &rtte, NULL, NULL),
	        RMI_SUCCESS);
	assert_int_equal(level, 3);
	assert_int_equal(rtte, RMI_RTTE_DATA);
	assert_int_equal(rmi_rtt_read_entry(f.pe, f.realm.rd, 0, -2, NULL, NULL, NULL, NULL),
	                 RMI_ERROR_INPUT);
	close_rmm(&f);
}

static void there_are_no_blocks_of_level_minus_one(void **state)
{
	struct fixture f = open_wide();
	struct rmi_addr_range_desc desc = {.base = 0, .count = 512, .size = RMI_BLOCK_L0};
	uint64_t word = rmi_addr_range_desc_encode(rmi_revision(f.rmi), 12, desc);

	(void)state;
	assert_int_equal(rmi_rtt_unprot_map(f.pe, f.realm.rd, UNPROT, UNPROT + LIMIT,
	                                    RMI_ADDR_TYPE_SINGLE, word, NULL, NULL),
	                 rmi_result_level(RMI_ERROR_RTT, -1));
	close_rmm(&f);
}

static void touch(struct guest *g, void *arg)
{
	guest_store64(g, UNPROT - PAGE, 42);
	*(uint64_t *)arg = guest_load64(g, UNPROT - PAGE);
	/* Nothing is there, and no table either. */
	guest_load64(g, UNPROT);
}

static void a_guest_uses_all_52_bits(void **state)
{
	struct fixture f = open_wide();
	const struct rmi_rec_exit *exit;
	uint64_t seen = 0;

	(void)state;
	assert_int_equal(small_tables(&f.realm, UNPROT - PAGE), 0);
	assert_int_equal(small_init_ripas(&f.realm, UNPROT - PAGE, UNPROT), 0);
	assert_int_equal(map(&f, UNPROT - PAGE, f.above, false), RMI_SUCCESS);
	assert_true(rmm_script(rmi_model(f.rmi), GUEST_PC, touch, &seen));
	assert_int_equal(small_rec(&f.realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f.realm), 0);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	exit = &small_run(&f.realm)->exit;
	assert_int_equal(seen, 42);
	assert_int_equal(exit->exit_reason, RMI_EXIT_SYNC);
	/* A translation fault of level -1, and bits 51:12 of the IPA. */
	assert_int_equal(exit->esr & 0x3f, 0x2b);
	assert_int_equal(exit->hpfar, UNPROT >> 8);
	close_rmm(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dram_beyond_48_bits_needs_lpa2),
	        cmocka_unit_test(features_tell_52_bits),
	        cmocka_unit_test(a_realm_without_lpa2_has_nothing_beyond_48_bits),
	        cmocka_unit_test(a_realm_with_lpa2_has_memory_beyond_48_bits),
	        cmocka_unit_test(tables_of_the_starting_level_lie_below_48_bits_without_lpa2),
	        cmocka_unit_test(starting_levels_are_those_of_the_architecture),
	        cmocka_unit_test(level_minus_one_is_told_and_taken),
	        cmocka_unit_test(there_are_no_blocks_of_level_minus_one),
	        cmocka_unit_test(a_guest_uses_all_52_bits),
	};

	return cmocka_run_group_tests_name("lpa2", tests, NULL, NULL);
}
