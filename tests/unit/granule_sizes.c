/* SPDX-License-Identifier: BSD-3-Clause */
/* Whole lives of Realms at each RMI granule size, finely and coarsely tracked (A2.3.1, A2.3.4). */
#include <stdio.h>
#include <string.h>

#include <rmi/model.h>
#include <rmm/guest.h>
#include <rmm/model.h>

#include "cmocka_test.h"
#include "regions.h"
#include "support/realm.h"

#define MIB      (UINT64_C(1) << 20)
#define GUEST_PC UINT64_C(0x1000)

static const uint8_t largest_region[] = {0, 1, 1};

/* An RMM that is active, with a window for a Realm in its finely tracked DRAM. */
static struct regions open_rmm(const char *conf, enum rmi_granule_size size, uint8_t region,
                               struct small_realm *realm)
{
	char text[200];
	struct regions r;

	(void)snprintf(text, sizeof(text), "model:granule=4K+16K+64K,%s", conf);
	r = regions_open(text, size, region);
	small_realm_init(realm, r.pe, rmi_memory(r.rmi).base, 32 * MIB);
	assert_int_equal(realm->page, r.page);
	return r;
}

/* What a guest sees. */
struct seen {
	uint64_t page; /* Bytes of an RMI granule. */
	uint64_t content;
	uint64_t last;
	uint64_t shared;
};

static void look_around(struct guest *g, void *arg)
{
	struct seen *seen = arg;

	seen->content = guest_load64(g, 0);
	guest_store64(g, seen->page - 8, 7);
	guest_store64(g, seen->page, 8);
	seen->last = guest_load64(g, seen->page - 8) + guest_load64(g, seen->page);
	seen->shared = guest_load64(g, SMALL_UNPROT + seen->page - 8);
}

static void live_and_die(const char *conf, enum rmi_granule_size size)
{
	struct small_realm realm;
	struct regions r = open_rmm(conf, size, 0, &realm);
	struct seen seen = {.page = r.page};
	uint64_t content[8192] = {0x1234};
	uint64_t shared = 0;

	assert_int_equal(small_realm_create(&realm, RMI_HASH_SHA_512), 0);
	assert_int_equal(small_tables(&realm, 0), 0);
	assert_int_equal(small_tables(&realm, SMALL_UNPROT), 0);
	assert_int_equal(small_map_init(&realm, 0, content, RMI_DATA_FLAGS_MEASURE), 0);
	assert_int_equal(small_init_ripas(&realm, r.page, 2 * r.page), 0);
	assert_int_equal(small_map(&realm, r.page), 0);
	assert_int_equal(small_share(&realm, SMALL_UNPROT, &shared), 0);
	*(uint64_t *)rmi_pa_to_va(r.rmi, shared + r.page - 8, 8) = 99;
	assert_true(rmm_script(rmi_model(r.rmi), GUEST_PC, look_around, &seen));
	assert_int_equal(small_rec(&realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&realm), 0);
	assert_int_equal(rmi_status(small_enter(&realm, 0)), RMI_SUCCESS);
	assert_int_equal(seen.content, 0x1234);
	assert_int_equal(seen.last, 15);
	assert_int_equal(seen.shared, 99);
	assert_true(rmm_check(rmi_model(r.rmi), NULL));
	assert_int_equal(small_realm_destroy(&realm), 0);
	assert_int_equal(rmi_audit(r.rmi, NULL), 0);
	regions_close(&r);
}

static void realms_live_and_die_at_each_granule_size(void **state)
{
	(void)state;
	for (unsigned size = 0; size < 3; size++) {
		live_and_die("spec=2.0-bet1", (enum rmi_granule_size)size);
		live_and_die("spec=2.0-bet3", (enum rmi_granule_size)size);
	}
}

static void realms_live_and_die_at_each_granule_size_under_a_hostile_policy(void **state)
{
	char conf[80];

	(void)state;
	for (unsigned seed = 0; seed < 8; seed++) {
		(void)snprintf(conf, sizeof(conf), "policy=hostile,busy=0,seed=%u", seed);
		for (unsigned size = 0; size < 3; size++)
			live_and_die(conf, (enum rmi_granule_size)size);
	}
}

static void every_region_size_is_configured_and_read_back(void **state)
{
	(void)state;
	for (unsigned size = 0; size < 3; size++) {
		for (uint8_t region = 0; region <= largest_region[size]; region++) {
			struct small_realm realm;
			struct regions r =
			        open_rmm("dram=64M", (enum rmi_granule_size)size, region, &realm);
			const struct rmi_rmm_config *config =
			        rmi_pa_to_va(r.rmi, realm.base, sizeof(*config));

			assert_int_equal(rmi_rmm_config_get(r.pe, realm.base), RMI_SUCCESS);
			assert_int_equal(config->rmi_granule_size, size);
			assert_int_equal(config->tracking_region_size, region);
			assert_int_equal(regions_state(&r, 0), RMI_TRACKING_FINE);
			assert_int_equal(
			        rmi_granule_tracking_get(r.pe, r.base + r.size / 2, NULL, NULL),
			        RMI_ERROR_INPUT);
			assert_int_equal(small_realm_create(&realm, RMI_HASH_SHA_256), 0);
			assert_int_equal(small_realm_destroy(&realm), 0);
			regions_close(&r);
		}
	}
}

static void no_other_configuration_is_supported(void **state)
{
	struct regions r = regions_open("model:granule=4K+64K", RMI_GRANULE_SIZE_4KB, 0);
	static const uint8_t bad[][2] = {{0, 1}, {1, 0}, {2, 2}, {3, 0}, {255, 0}, {0, 255}};
	struct rmi_rmm_config *config = rmi_pa_to_va(r.rmi, r.list, sizeof(*config));

	(void)state;
	assert_int_equal(rmi_rmm_deactivate(r.pe, NULL), RMI_SUCCESS);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		config->rmi_granule_size = bad[i][0];
		config->tracking_region_size = bad[i][1];
		assert_int_equal(rmi_rmm_config_set(r.pe, r.list), RMI_ERROR_INPUT);
	}
	regions_close(&r);
}

/* A descriptor of one block as large as a tracking region. */
static uint64_t block(const struct regions *r, uint64_t pa)
{
	struct rmi_addr_range_desc desc = {.base = pa, .count = 1, .size = RMI_BLOCK_L2};

	return rmi_addr_range_desc_encode(rmi_revision(r->rmi), r->gshift, desc);
}

/* A Realm in region 0, which is fine, of an RMM whose memory was tracked coarsely at boot. */
static struct regions open_coarse(enum rmi_granule_size size, struct small_realm *realm)
{
	struct regions r = open_rmm("tracking=coarse,dram=2G", size, 0, realm);

	assert_int_equal(regions_track(&r, 0, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(small_realm_create(realm, RMI_HASH_SHA_256), 0);
	return r;
}

static void look_at_both_ends(struct guest *g, void *arg)
{
	uint64_t size = *(uint64_t *)arg;

	guest_store64(g, size, 1);
	guest_store64(g, 2 * size - 8, 2);
	*(uint64_t *)arg = guest_load64(g, size) + guest_load64(g, 2 * size - 8);
}

static void a_coarse_region_lives_in_a_realm_as_a_whole(void **state)
{
	struct small_realm realm;
	struct regions r = open_coarse(RMI_GRANULE_SIZE_16KB, &realm);
	uint64_t coarse = r.base + 2 * r.size;
	uint64_t sum = r.size;

	(void)state;
	/* Tables down to level 2, whose entries are as large as the region. */
	assert_int_equal(small_tables(&realm, 0), 0);
	assert_int_equal(small_init_ripas(&realm, r.size, 2 * r.size), 0);
	assert_int_equal(regions_delegate(&r, coarse, coarse + r.size), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_data_map(r.pe, realm.rd, r.size, 2 * r.size, RMI_ADDR_TYPE_SINGLE,
	                                  block(&r, coarse), NULL, NULL),
	                 RMI_SUCCESS);
	assert_true(rmm_script(rmi_model(r.rmi), GUEST_PC, look_at_both_ends, &sum));
	assert_int_equal(small_rec(&realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&realm), 0);
	assert_int_equal(small_enter(&realm, 0), RMI_SUCCESS);
	assert_int_equal(sum, 3);
	assert_int_equal(regions_undelegate(&r, coarse, coarse + r.size), RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_data_unmap(r.pe, realm.rd, r.size, 2 * r.size, RMI_ADDR_TYPE_NONE,
	                                    0, NULL, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(regions_undelegate(&r, coarse, coarse + r.size), RMI_SUCCESS);
	assert_int_equal(small_realm_destroy(&realm), 0);
	regions_close(&r);
}

static void a_coarse_region_is_mapped_by_one_entry(void **state)
{
	struct small_realm realm;
	struct regions r = open_coarse(RMI_GRANULE_SIZE_16KB, &realm);
	uint64_t coarse = r.base + 2 * r.size;
	uint64_t rtt = small_delegated(&realm);
	uint64_t top = 0;

	(void)state;
	assert_int_equal(small_tables(&realm, 0), 0);
	assert_int_equal(regions_delegate(&r, coarse, coarse + r.size), RMI_SUCCESS);
	/* trk_gran, for less than a region, and for pages even in a range that is large enough. */
	assert_int_equal(rmi_rtt_data_map(r.pe, realm.rd, 0, r.page, RMI_ADDR_TYPE_SINGLE,
	                                  block(&r, coarse), NULL, NULL),
	                 RMI_ERROR_TRACKING);
	assert_int_equal(rmi_rtt_data_map(r.pe, realm.rd, 0, r.size, RMI_ADDR_TYPE_SINGLE,
	                                  block(&r, coarse), NULL, NULL),
	                 RMI_ERROR_TRACKING);
	assert_int_equal(rmi_rtt_data_map(r.pe, realm.rd, r.size, 2 * r.size, RMI_ADDR_TYPE_SINGLE,
	                                  block(&r, coarse), NULL, NULL),
	                 RMI_SUCCESS);
	/* A block that was taken apart leaves by pages once the region is fine. */
	assert_int_equal(rmi_rtt_create(r.pe, realm.rd, rtt, r.size, 3, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_data_unmap(r.pe, realm.rd, r.size, 2 * r.size, RMI_ADDR_TYPE_NONE,
	                                    0, NULL, NULL, NULL, NULL),
	                 RMI_ERROR_TRACKING);
	assert_int_equal(regions_track(&r, 2, RMI_TRACKING_FINE), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_data_unmap(r.pe, realm.rd, r.size, r.size + r.page,
	                                    RMI_ADDR_TYPE_NONE, 0, &top, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, r.size + r.page);
	assert_int_equal(regions_track(&r, 2, RMI_TRACKING_COARSE), RMI_ERROR_INPUT);
	regions_close(&r);
}

static void objects_need_fine_tracking(void **state)
{
	struct small_realm realm;
	struct regions r = open_rmm("tracking=fine", RMI_GRANULE_SIZE_16KB, 0, &realm);
	uint64_t coarse = r.base + 2 * r.size;
	uint64_t page = small_page(&realm);
	struct rmi_realm_params *params = small_va(&realm, page);
	uint64_t rd = small_delegated(&realm);
	struct rmi_rec_params *rec = small_va(&realm, small_page(&realm));

	(void)state;
	assert_int_equal(small_realm_create(&realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(regions_delegate(&r, coarse, coarse + r.size), RMI_SUCCESS);
	assert_int_equal(regions_track(&r, 2, RMI_TRACKING_COARSE), RMI_SUCCESS);
	*params = (struct rmi_realm_params){
	        .s2sz = SMALL_IPA_BITS,
	        .num_bps = 1,
	        .num_wps = 1,
	        .rtt_base = coarse,
	        .rtt_level_start = realm.start_level,
	        .rtt_num_start = 1,
	};
	assert_int_equal(rmi_realm_create(r.pe, rd, page, NULL), RMI_ERROR_INPUT);
	params->rtt_base = small_delegated(&realm);
	assert_int_equal(rmi_realm_create(r.pe, coarse, page, NULL), RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_create(r.pe, realm.rd, coarse, 0, 2, NULL), RMI_ERROR_INPUT);
	memset(rec, 0, sizeof(*rec));
	assert_int_equal(rmi_rec_create(r.pe, realm.rd, coarse, page + r.page, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(regions_undelegate(&r, coarse, coarse + r.size), RMI_SUCCESS);
	regions_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(realms_live_and_die_at_each_granule_size),
	        cmocka_unit_test(realms_live_and_die_at_each_granule_size_under_a_hostile_policy),
	        cmocka_unit_test(every_region_size_is_configured_and_read_back),
	        cmocka_unit_test(no_other_configuration_is_supported),
	        cmocka_unit_test(a_coarse_region_lives_in_a_realm_as_a_whole),
	        cmocka_unit_test(a_coarse_region_is_mapped_by_one_entry),
	        cmocka_unit_test(objects_need_fine_tracking),
	};

	return cmocka_run_group_tests_name("granule_sizes", tests, NULL, NULL);
}
