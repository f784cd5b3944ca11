/* SPDX-License-Identifier: BSD-3-Clause */
/* Auxiliary RTT trees of a Realm with planes (DEN0137 A10.3.1), and what they mean for the Realm.
 */
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define WINDOW   (UINT64_C(16) << 20)
#define PAGE     SMALL_PAGE_SIZE
#define BLOCK_2M (UINT64_C(2) << 20)
#define BLOCK_1G (UINT64_C(1) << 30)
#define GUEST_PC UINT64_C(0x1000)
#define BLOCK    RMI_RTT_AUX_MAP_FLAGS_BLOCK
#define CONTINUE RMI_RTT_AUX_MAP_FLAGS_INVALID_PRI

/* A Realm that has tables for the first 2 MiB of both halves in its primary tree. */
struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm realm;
};

static struct fixture open_rmm(const char *conf)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open(conf, &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, f.pe, rmi_memory(f.rmi).base, WINDOW);
	return f;
}

static struct fixture open_planes(const char *conf, unsigned planes, uint64_t flags1)
{
	struct fixture f = open_rmm(conf);

	f.realm.aux_planes = planes;
	f.realm.flags1 = flags1;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(small_tables(&f.realm, SMALL_UNPROT), 0);
	return f;
}

/* Two planes, each with a tree. */
static struct fixture open_two_trees(void)
{
	return open_planes("model:planes=3", 1, RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE);
}

static void check(struct fixture *f)
{
	struct rmi_error err;

	if (!rmm_check(rmi_model(f->rmi), &err))
		fail_msg("%s", err.text);
}

static void close_rmm(struct fixture *f)
{
	check(f);
	rmi_close(f->rmi);
}

static uint64_t aux_create(struct fixture *f, uint64_t ipa, int level)
{
	return rmi_rtt_aux_create(f->pe, f->realm.rd, small_delegated(&f->realm), ipa, level, 1,
	                          NULL);
}

/* Tables of tree 1 down to level 3. */
static void aux_tables(struct fixture *f, uint64_t ipa)
{
	for (int level = f->realm.start_level + 1; level <= RMM_RTT_PAGE_LEVEL; level++) {
		uint64_t base = ipa & ~(rmi_rtt_level_size(f->realm.gshift, level - 1) - 1);

		assert_int_equal(aux_create(f, base, level), RMI_SUCCESS);
	}
}

/* Maps pages of RAM in the primary tree. */
static void map_ram(struct fixture *f, uint64_t base, uint64_t top)
{
	assert_int_equal(small_init_ripas(&f->realm, base, top), 0);
	for (uint64_t ipa = base; ipa < top; ipa += PAGE)
		assert_int_equal(small_map(&f->realm, ipa), 0);
}

static uint64_t prot_map(struct fixture *f, uint64_t base, uint64_t top, uint64_t flags,
                         uint64_t *out_top)
{
	return rmi_rtt_aux_prot_map(f->pe, f->realm.rd, base, top, 1 | flags, out_top, NULL);
}

static uint64_t prot_unmap(struct fixture *f, uint64_t base, uint64_t top, uint64_t *out_top)
{
	return rmi_rtt_aux_prot_unmap(f->pe, f->realm.rd, base, top, 1, out_top, NULL);
}

static uint64_t unprot_map(struct fixture *f, uint64_t base, uint64_t top, uint64_t *out_top)
{
	return rmi_rtt_aux_unprot_map(f->pe, f->realm.rd, base, top, 1, out_top, NULL);
}

static uint64_t unprot_unmap(struct fixture *f, uint64_t base, uint64_t top, uint64_t *out_top)
{
	return rmi_rtt_aux_unprot_unmap(f->pe, f->realm.rd, base, top, 1, out_top, NULL);
}

static uint64_t error(enum rmi_status_code status, int level)
{
	return rmi_result_level(status, level);
}

/* Maps 2 MiB of RAM as one block in the primary tree at 2 MiB, where it has no table of level 3. */
static void map_block(struct fixture *f)
{
	struct rmi_addr_range_desc desc = {.count = 1, .size = RMI_BLOCK_L2};
	uint64_t out_top;

	desc.base = (f->realm.next + BLOCK_2M - 1) & ~(BLOCK_2M - 1);
	f->realm.next = desc.base + BLOCK_2M;
	for (uint64_t pa = desc.base; pa < f->realm.next;)
		assert_int_equal(rmi_granule_range_delegate(f->pe, pa, f->realm.next, &pa, NULL),
		                 RMI_SUCCESS);
	assert_int_equal(small_init_ripas(&f->realm, BLOCK_2M, 2 * BLOCK_2M), 0);
	assert_int_equal(rmi_rtt_data_map(f->pe, f->realm.rd, BLOCK_2M, 2 * BLOCK_2M,
	                                  RMI_ADDR_TYPE_SINGLE,
	                                  rmi_addr_range_desc_encode(rmi_revision(f->rmi),
	                                                             f->realm.gshift, desc),
	                                  &out_top, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(out_top, 2 * BLOCK_2M);
}

/* The RMM and its Realms. */

static void feature_register_3_tells_of_planes(void **state)
{
	struct fixture f = open_rmm("model:planes=2");
	uint64_t value;

	(void)state;
	assert_int_equal(rmi_features(f.pe, 3, &value), RMI_SUCCESS);
	assert_int_equal(value, 2 | RMI_RTT_PLANE_AUX_SINGLE << 4 |
	                                RMI_FEATURE_REGISTER_3_RTT_S2AP_INDIRECT);
	close_rmm(&f);
}

static void without_planes_nothing_is_supported(void **state)
{
	struct fixture f = open_planes("model", 0, 0);
	uint64_t value;

	(void)state;
	assert_int_equal(rmi_features(f.pe, 3, &value), RMI_SUCCESS);
	assert_int_equal(value, 0);
	assert_int_equal(aux_create(&f, 0, 2), RMI_ERROR_NOT_SUPPORTED);
	assert_int_equal(prot_map(&f, 0, PAGE, 0, NULL), RMI_ERROR_NOT_SUPPORTED);
	assert_int_equal(rmi_rtt_set_s2ap(f.pe, f.realm.rd, 0, 0, PAGE, NULL, NULL, NULL),
	                 RMI_ERROR_NOT_SUPPORTED);
	close_rmm(&f);
}

static void refuse_realm(const char *conf, unsigned planes, uint64_t flags1, uint64_t x0)
{
	struct fixture f = open_rmm(conf);

	f.realm.aux_planes = planes;
	f.realm.flags1 = flags1;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), x0);
	close_rmm(&f);
}

static void trees_and_encoding_must_fit(void **state)
{
	const uint64_t trees = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
	const uint64_t indirect = RMI_REALM_FLAGS1_RTT_S2AP_ENCODING;

	(void)state;
	refuse_realm("model:planes=1", 2, trees, RMI_ERROR_INPUT);
	refuse_realm("model:planes=1", 1, trees | indirect, RMI_ERROR_INPUT);
	refuse_realm("model:planes=1", 1, 0, RMI_ERROR_INPUT);
	refuse_realm("model", 0, indirect, RMI_ERROR_INPUT);
	refuse_realm("model:planes=1", 1, trees, RMI_SUCCESS);
	refuse_realm("model:planes=1", 1, indirect, RMI_SUCCESS);
	refuse_realm("model:planes=1", 0, indirect | trees, RMI_SUCCESS);
}

static void each_plane_takes_a_vmid(void **state)
{
	struct fixture f =
	        open_planes("model:planes=3,vmids=4", 3, RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE);

	(void)state;
	assert_int_equal(small_realm_destroy(&f.realm), 0);
	refuse_realm("model:planes=3,vmids=3", 3, RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE,
	             RMI_ERROR_GLOBAL);
	/* All four came back. */
	f.realm.aux_planes = 3;
	f.realm.flags1 = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	close_rmm(&f);
}

static void realm_destroy_gives_auxiliary_roots_back(void **state)
{
	struct fixture f = open_planes("model:planes=3", 3, RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE);
	struct small_realm *r = &f.realm;
	uint64_t roots[3];

	(void)state;
	memcpy(roots, r->aux_rtt, sizeof(roots));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		        rmi_granule_range_undelegate(f.pe, roots[i], roots[i] + PAGE, NULL, NULL),
		        RMI_ERROR_INPUT);
	assert_int_equal(small_realm_destroy(r), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		        rmi_granule_range_delegate(f.pe, roots[i], roots[i] + PAGE, NULL, NULL),
		        RMI_SUCCESS);
	close_rmm(&f);
}

/* Creates a Realm of two trees with chosen roots. */
static uint64_t create_with_roots(struct fixture *f, uint64_t rd, uint64_t root, uint64_t aux)
{
	uint64_t page = small_page(&f->realm);
	struct rmi_realm_params *params = small_va(&f->realm, page);

	memset(params, 0, sizeof(*params));
	params->s2sz = SMALL_IPA_BITS;
	params->num_bps = 1;
	params->num_wps = 1;
	params->rtt_base = root;
	params->rtt_level_start = f->realm.start_level;
	params->rtt_num_start = 1;
	params->num_aux_planes = 1;
	params->flags1 = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
	params->aux_rtt_base[0] = aux;
	return rmi_realm_create(f->pe, rd, page, NULL);
}

static void auxiliary_roots_are_checked_like_the_primary_one(void **state)
{
	struct fixture f = open_rmm("model:planes=1");
	uint64_t rd = small_delegated(&f.realm);
	uint64_t root = small_delegated(&f.realm);
	uint64_t aux = small_delegated(&f.realm);

	(void)state;
	assert_int_equal(create_with_roots(&f, rd, root, small_page(&f.realm)), RMI_ERROR_INPUT);
	assert_int_equal(create_with_roots(&f, rd, root, aux + 8), RMI_ERROR_INPUT);
	assert_int_equal(create_with_roots(&f, rd, root, 0), RMI_ERROR_INPUT);
	assert_int_equal(create_with_roots(&f, rd, root, root), RMI_ERROR_INPUT);
	assert_int_equal(create_with_roots(&f, rd, root, rd), RMI_ERROR_INPUT);
	check(&f);
	assert_int_equal(create_with_roots(&f, rd, root, aux), RMI_SUCCESS);
	close_rmm(&f);
}

/* Tables. */

static void an_index_names_an_auxiliary_tree(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t rtt = small_delegated(&f.realm);

	(void)state;
	assert_int_equal(rmi_rtt_aux_create(f.pe, f.realm.rd, rtt, 0, 2, 0, NULL), RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_aux_create(f.pe, f.realm.rd, rtt, 0, 2, 2, NULL), RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_aux_create(f.pe, f.realm.rd, rtt, SMALL_UNPROT, 2, 1, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_aux_create(f.pe, f.realm.rd, rtt, 0, 2, 1, NULL), RMI_SUCCESS);
	close_rmm(&f);
}

static void a_table_that_is_missing_is_an_auxiliary_error(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t top;

	(void)state;
	assert_int_equal(aux_create(&f, 0, 3), error(RMI_ERROR_RTT_AUX, 1));
	assert_int_equal(aux_create(&f, 0, 2), RMI_SUCCESS);
	assert_int_equal(aux_create(&f, 0, 2), error(RMI_ERROR_RTT_AUX, 1));
	assert_int_equal(rmi_rtt_aux_destroy(f.pe, f.realm.rd, BLOCK_2M, 3, 1, NULL, &top, NULL),
	                 error(RMI_ERROR_RTT_AUX, 2));
	assert_int_equal(top, BLOCK_1G);
	close_rmm(&f);
}

static void a_live_auxiliary_table_stays(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t rtt;
	uint64_t top;

	(void)state;
	aux_tables(&f, 0);
	map_ram(&f, 0, PAGE);
	assert_int_equal(prot_map(&f, 0, PAGE, 0, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_aux_destroy(f.pe, f.realm.rd, 0, 3, 1, NULL, &top, NULL),
	                 error(RMI_ERROR_RTT_AUX, 3));
	assert_int_equal(top, 0);
	assert_int_equal(rmi_rtt_aux_fold(f.pe, f.realm.rd, 0, 3, 1, &rtt, NULL),
	                 error(RMI_ERROR_RTT_AUX, 3));
	assert_int_equal(prot_unmap(&f, 0, PAGE, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_aux_destroy(f.pe, f.realm.rd, 0, 3, 1, &rtt, &top, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, BLOCK_1G);
	assert_int_equal(rmi_granule_range_undelegate(f.pe, rtt, rtt + PAGE, NULL, NULL),
	                 RMI_SUCCESS);
	close_rmm(&f);
}

static void a_destroyed_table_leaves_aux_destroyed_for_good(void **state)
{
	struct fixture f = open_two_trees();

	(void)state;
	aux_tables(&f, 0);
	map_ram(&f, 0, PAGE);
	assert_int_equal(rmi_rtt_aux_destroy(f.pe, f.realm.rd, 0, 3, 1, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(prot_map(&f, 0, BLOCK_2M, 0, NULL), error(RMI_ERROR_RTT_AUX, 2));
	/* A new table inherits it. */
	assert_int_equal(aux_create(&f, 0, 3), RMI_SUCCESS);
	assert_int_equal(prot_map(&f, 0, PAGE, 0, NULL), error(RMI_ERROR_RTT_AUX, 3));
	assert_int_equal(rmi_rtt_aux_fold(f.pe, f.realm.rd, 0, 3, 1, NULL, NULL), RMI_SUCCESS);
	assert_int_equal(prot_map(&f, 0, BLOCK_2M, 0, NULL), error(RMI_ERROR_RTT_AUX, 2));
	close_rmm(&f);
}

static void auxiliary_blocks_unfold_and_fold(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t out_top;

	(void)state;
	map_block(&f);
	assert_int_equal(aux_create(&f, 0, 2), RMI_SUCCESS);
	assert_int_equal(prot_map(&f, BLOCK_2M, 2 * BLOCK_2M, 0, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, 2 * BLOCK_2M);
	assert_int_equal(aux_create(&f, BLOCK_2M, 3), RMI_SUCCESS);
	check(&f);
	assert_int_equal(rmi_rtt_aux_fold(f.pe, f.realm.rd, BLOCK_2M, 3, 1, NULL, NULL),
	                 RMI_SUCCESS);
	check(&f);
	assert_int_equal(prot_unmap(&f, BLOCK_2M, 2 * BLOCK_2M, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, 2 * BLOCK_2M);
	close_rmm(&f);
}

/* Protected memory. */

static void map_needs_ram_in_the_primary_tree(void **state)
{
	struct fixture f = open_two_trees();

	(void)state;
	aux_tables(&f, 0);
	assert_int_equal(prot_map(&f, 0, PAGE, 0, NULL), RMI_ERROR_INPUT);
	assert_int_equal(prot_map(&f, 0, PAGE, CONTINUE, NULL), error(RMI_ERROR_RTT, 3));
	/* DATA, but RIPAS is EMPTY */
	assert_int_equal(small_map(&f.realm, 0), 0);
	assert_int_equal(prot_map(&f, 0, PAGE, 0, NULL), error(RMI_ERROR_RTT, 3));
	close_rmm(&f);
}

static void aux_prot_map_skips_void_entries_behind_the_first(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t out_top;

	(void)state;
	aux_tables(&f, 0);
	map_ram(&f, 0, PAGE);
	map_ram(&f, 4 * PAGE, 5 * PAGE);
	assert_int_equal(prot_map(&f, 0, 8 * PAGE, 0, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, PAGE);
	assert_int_equal(prot_map(&f, 0, 8 * PAGE, CONTINUE, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, 8 * PAGE);
	assert_int_equal(prot_unmap(&f, 4 * PAGE, 5 * PAGE, NULL), RMI_SUCCESS);
	assert_int_equal(prot_unmap(&f, PAGE, 2 * PAGE, NULL), error(RMI_ERROR_RTT_AUX, 3));
	close_rmm(&f);
}

static void a_short_call_ends_where_the_next_can_begin(void **state)
{
	struct fixture f =
	        open_planes("model:planes=1,range=1", 1, RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE);
	uint64_t out_top;

	(void)state;
	aux_tables(&f, 0);
	map_ram(&f, 0, PAGE);
	map_ram(&f, 2 * PAGE, 3 * PAGE);
	assert_int_equal(prot_map(&f, 0, 4 * PAGE, CONTINUE, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, 2 * PAGE);
	assert_int_equal(prot_map(&f, out_top, 4 * PAGE, CONTINUE, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, 4 * PAGE);
	/* A block of the primary tree goes in one piece. */
	map_block(&f);
	assert_int_equal(aux_create(&f, BLOCK_2M, 3), RMI_SUCCESS);
	assert_int_equal(prot_map(&f, BLOCK_2M, 2 * BLOCK_2M, 0, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, 2 * BLOCK_2M);
	close_rmm(&f);
}

static void pages_of_a_primary_block_are_mapped_from_its_start(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t out_top;

	(void)state;
	map_block(&f);
	aux_tables(&f, BLOCK_2M);
	assert_int_equal(prot_map(&f, BLOCK_2M + PAGE, BLOCK_2M + 2 * PAGE, 0, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(prot_map(&f, BLOCK_2M, BLOCK_2M + 2 * PAGE, 0, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, BLOCK_2M + 2 * PAGE);
	check(&f);
	assert_int_equal(prot_unmap(&f, BLOCK_2M, 2 * BLOCK_2M, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, BLOCK_2M + 2 * PAGE);
	close_rmm(&f);
}

static void aux_block_needs_memory_in_one_piece(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t out_top;

	(void)state;
	map_ram(&f, 0, PAGE);
	assert_int_equal(aux_create(&f, 0, 2), RMI_SUCCESS);
	/* aux_size */
	assert_int_equal(prot_map(&f, 0, PAGE, BLOCK, NULL), error(RMI_ERROR_RTT_AUX, 2));
	assert_int_equal(prot_map(&f, 0, BLOCK_2M, 0, NULL), error(RMI_ERROR_RTT_AUX, 2));
	/* With a block in the primary tree, unfolded there: base need not begin the entry. */
	map_block(&f);
	assert_int_equal(small_tables(&f.realm, BLOCK_2M), 0);
	assert_int_equal(prot_map(&f, BLOCK_2M + PAGE, 2 * BLOCK_2M + PAGE, 0, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(prot_map(&f, BLOCK_2M + PAGE, 2 * BLOCK_2M + PAGE, BLOCK, &out_top),
	                 RMI_SUCCESS);
	assert_int_equal(out_top, 2 * BLOCK_2M);
	check(&f);
	assert_int_equal(prot_unmap(&f, BLOCK_2M + PAGE, 2 * BLOCK_2M, NULL),
	                 error(RMI_ERROR_RTT_AUX, 2));
	assert_int_equal(prot_unmap(&f, BLOCK_2M, BLOCK_2M + PAGE, NULL),
	                 error(RMI_ERROR_RTT_AUX, 2));
	assert_int_equal(prot_unmap(&f, BLOCK_2M, 2 * BLOCK_2M, NULL), RMI_SUCCESS);
	close_rmm(&f);
}

static void aux_unmap_leaves_ripas_alone(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t ripas;

	(void)state;
	aux_tables(&f, 0);
	map_ram(&f, 0, PAGE);
	assert_int_equal(prot_map(&f, 0, PAGE, 0, NULL), RMI_SUCCESS);
	assert_int_equal(prot_unmap(&f, 0, PAGE, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_read_entry(f.pe, f.realm.rd, 0, 3, NULL, NULL, NULL, &ripas),
	                 RMI_SUCCESS);
	assert_int_equal(ripas, RMI_RIPAS_RAM);
	assert_int_equal(prot_map(&f, 0, PAGE, 0, NULL), RMI_SUCCESS);
	close_rmm(&f);
}

static void unmap_of_an_auxiliary_live_ipa_is_an_auxiliary_error(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t out_top;

	(void)state;
	aux_tables(&f, 0);
	map_ram(&f, 0, 2 * PAGE);
	assert_int_equal(prot_map(&f, PAGE, 2 * PAGE, 0, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, 0, 2 * PAGE, RMI_ADDR_TYPE_NONE, 0,
	                                    &out_top, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(out_top, PAGE);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, PAGE, 2 * PAGE, RMI_ADDR_TYPE_NONE, 0,
	                                    NULL, NULL, NULL, NULL),
	                 error(RMI_ERROR_RTT_AUX, 3));
	assert_int_equal(prot_unmap(&f, PAGE, 2 * PAGE, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, PAGE, 2 * PAGE, RMI_ADDR_TYPE_NONE, 0,
	                                    NULL, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	close_rmm(&f);
}

/* Unprotected memory: an entry of the starting level is 1 GiB. */

static void aux_unprot_commands_work_on_entries_of_the_starting_level(void **state)
{
	struct fixture f = open_two_trees();
	const uint64_t base = SMALL_UNPROT;
	uint64_t out_top;
	uint64_t pa;

	(void)state;
	assert_int_equal(unprot_map(&f, base, base + BLOCK_1G, NULL), error(RMI_ERROR_RTT, 3));
	assert_int_equal(small_share(&f.realm, base, &pa), 0);
	assert_int_equal(small_share(&f.realm, base + PAGE, &pa), 0);
	/* aux_size */
	assert_int_equal(unprot_map(&f, base, base + PAGE, NULL), error(RMI_ERROR_RTT_AUX, 1));
	assert_int_equal(unprot_map(&f, base, base + BLOCK_1G, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, base + 2 * PAGE);
	check(&f);
	/* Now that it is there. */
	assert_int_equal(unprot_map(&f, base, base + PAGE, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, base + PAGE);
	assert_int_equal(unprot_unmap(&f, base + 2 * PAGE, base + 3 * PAGE, NULL),
	                 error(RMI_ERROR_RTT_AUX, 3));
	assert_int_equal(unprot_unmap(&f, base, base + 2 * PAGE, &out_top), RMI_SUCCESS);
	assert_int_equal(out_top, base + 2 * PAGE);
	assert_int_equal(unprot_unmap(&f, base, base + PAGE, NULL), error(RMI_ERROR_RTT_AUX, 1));
	close_rmm(&f);
}

static void an_auxiliary_referenced_table_stays(void **state)
{
	struct fixture f = open_two_trees();
	const uint64_t base = SMALL_UNPROT;
	uint64_t pa;

	(void)state;
	assert_int_equal(small_share(&f.realm, base, &pa), 0);
	assert_int_equal(unprot_map(&f, base, base + BLOCK_1G, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_unprot_unmap(f.pe, f.realm.rd, base, base + PAGE,
	                                      RMI_ADDR_TYPE_NONE, 0, NULL, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	/* The table of level 3 is not referenced, that of level 2 is. */
	assert_int_equal(rmi_rtt_destroy(f.pe, f.realm.rd, base, 3, NULL, NULL, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_rtt_destroy(f.pe, f.realm.rd, base, 2, NULL, NULL, NULL),
	                 error(RMI_ERROR_RTT, 1));
	assert_int_equal(rmi_rtt_fold(f.pe, f.realm.rd, base, 2, NULL, NULL),
	                 error(RMI_ERROR_RTT, 1));
	close_rmm(&f);
}

/* The Realm: plane 0 uses tree 1. */

static void load_two(struct guest *g, void *arg)
{
	uint64_t *values = arg;

	values[0] = guest_load64(g, PAGE);
	values[1] = guest_load64(g, SMALL_UNPROT);
}

static const struct rmi_rec_exit *start(struct fixture *f, guest_script *script, void *arg)
{
	assert_true(rmm_script(rmi_model(f->rmi), GUEST_PC, script, arg));
	assert_int_equal(small_rec(&f->realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f->realm), 0);
	assert_int_equal(small_enter(&f->realm, 0), RMI_SUCCESS);
	return &small_run(&f->realm)->exit;
}

static void an_abort_names_the_tree_that_lacks_the_entry(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t values[2] = {1, 1};
	const struct rmi_rec_exit *exit;
	uint64_t pa;

	(void)state;
	assert_int_equal(small_init_ripas(&f.realm, PAGE, 2 * PAGE), 0);
	exit = start(&f, load_two, values);
	assert_int_equal(exit->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit->rtt_tree, 0);
	assert_int_equal(exit->esr & 0x3f, 7);
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(exit->rtt_tree, 1);
	/* Translation fault, level 1 */
	assert_int_equal(exit->esr & 0x3f, 5);
	aux_tables(&f, PAGE);
	assert_int_equal(prot_map(&f, PAGE, 2 * PAGE, 0, NULL), RMI_SUCCESS);
	/* The same for the shared page. */
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(values[0], 0);
	assert_int_equal(exit->rtt_tree, 0);
	assert_int_equal(small_share(&f.realm, SMALL_UNPROT, &pa), 0);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(exit->rtt_tree, 1);
	assert_int_equal(unprot_map(&f, SMALL_UNPROT, SMALL_UNPROT + BLOCK_1G, NULL), RMI_SUCCESS);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(exit->exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(values[1], 0);
	close_rmm(&f);
}

static void load_twice(struct guest *g, void *arg)
{
	(void)arg;
	guest_load64(g, PAGE);
	guest_wfi(g);
	guest_load64(g, PAGE);
}

static void an_unmapped_auxiliary_entry_is_gone_at_once(void **state)
{
	struct fixture f = open_two_trees();
	const struct rmi_rec_exit *exit;

	(void)state;
	aux_tables(&f, PAGE);
	map_ram(&f, PAGE, 2 * PAGE);
	assert_int_equal(prot_map(&f, PAGE, 2 * PAGE, 0, NULL), RMI_SUCCESS);
	small_run(&f.realm)->enter.flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	exit = start(&f, load_twice, NULL);
	assert_int_equal(exit->esr >> 26, 1);
	assert_int_equal(prot_unmap(&f, PAGE, 2 * PAGE, NULL), RMI_SUCCESS);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(exit->esr >> 26, 0x24);
	assert_int_equal(exit->rtt_tree, 1);
	assert_int_equal(exit->hpfar, (PAGE >> 12) << 4);
	close_rmm(&f);
}

static void empty_page(struct guest *g, void *arg)
{
	uint64_t new_base;
	uint64_t response;

	(void)arg;
	rsi_ipa_state_set(g, PAGE, 2 * PAGE, RSI_RIPAS_EMPTY, 0, &new_base, &response);
}

static void ripas_of_an_auxiliary_live_ipa_stays(void **state)
{
	struct fixture f = open_two_trees();
	uint64_t out_top;

	(void)state;
	aux_tables(&f, PAGE);
	map_ram(&f, PAGE, 2 * PAGE);
	assert_int_equal(prot_map(&f, PAGE, 2 * PAGE, 0, NULL), RMI_SUCCESS);
	assert_int_equal(start(&f, empty_page, NULL)->exit_reason, RMI_EXIT_RIPAS_CHANGE);
	assert_int_equal(rmi_rtt_set_ripas(f.pe, f.realm.rd, f.realm.recs[0], PAGE, 2 * PAGE,
	                                   &out_top, NULL),
	                 error(RMI_ERROR_RTT, 3));
	assert_int_equal(prot_unmap(&f, PAGE, 2 * PAGE, NULL), RMI_SUCCESS);
	assert_int_equal(small_set_ripas(&f.realm, 0), 0);
	close_rmm(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(feature_register_3_tells_of_planes),
	        cmocka_unit_test(without_planes_nothing_is_supported),
	        cmocka_unit_test(trees_and_encoding_must_fit),
	        cmocka_unit_test(each_plane_takes_a_vmid),
	        cmocka_unit_test(realm_destroy_gives_auxiliary_roots_back),
	        cmocka_unit_test(auxiliary_roots_are_checked_like_the_primary_one),
	        cmocka_unit_test(an_index_names_an_auxiliary_tree),
	        cmocka_unit_test(a_table_that_is_missing_is_an_auxiliary_error),
	        cmocka_unit_test(a_live_auxiliary_table_stays),
	        cmocka_unit_test(a_destroyed_table_leaves_aux_destroyed_for_good),
	        cmocka_unit_test(auxiliary_blocks_unfold_and_fold),
	        cmocka_unit_test(map_needs_ram_in_the_primary_tree),
	        cmocka_unit_test(aux_prot_map_skips_void_entries_behind_the_first),
	        cmocka_unit_test(a_short_call_ends_where_the_next_can_begin),
	        cmocka_unit_test(pages_of_a_primary_block_are_mapped_from_its_start),
	        cmocka_unit_test(aux_block_needs_memory_in_one_piece),
	        cmocka_unit_test(aux_unmap_leaves_ripas_alone),
	        cmocka_unit_test(unmap_of_an_auxiliary_live_ipa_is_an_auxiliary_error),
	        cmocka_unit_test(aux_unprot_commands_work_on_entries_of_the_starting_level),
	        cmocka_unit_test(an_auxiliary_referenced_table_stays),
	        cmocka_unit_test(an_abort_names_the_tree_that_lacks_the_entry),
	        cmocka_unit_test(an_unmapped_auxiliary_entry_is_gone_at_once),
	        cmocka_unit_test(ripas_of_an_auxiliary_live_ipa_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
