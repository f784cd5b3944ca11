/* SPDX-License-Identifier: BSD-3-Clause */
/* Quirks of mapping, unmapping and RIPAS. */
#include "quirks.h"

#include <string.h>

static uint64_t map_single(struct fixture *f, uint64_t base, uint64_t top, uint64_t desc)
{
	return rmi_rtt_data_map(f->pe, f->realm.rd, base, top, RMI_ADDR_TYPE_SINGLE, desc, NULL,
	                        NULL);
}

static uint64_t share_single(struct fixture *f, uint64_t flags)
{
	uint64_t pa = small_page(&f->realm);

	return rmi_rtt_unprot_map(f->pe, f->realm.rd, SMALL_UNPROT, SMALL_UNPROT + PAGE,
	                          RMI_ADDR_TYPE_SINGLE | flags, pages(f, pa, 1), NULL, NULL);
}

static uint64_t map_twice(struct fixture *f)
{
	uint64_t desc;

	make_realm(f);
	desc = pages(f, small_delegated(&f->realm), 1);
	assert_int_equal(map_single(f, 0, PAGE, desc), RMI_SUCCESS);
	return map_single(f, 0, PAGE, desc);
}
QUIRK(remap_same, map_twice, rmi_result_level(RMI_ERROR_RTT, 3), RMI_SUCCESS)

static uint64_t map_in_a_zombie(struct fixture *f)
{
	uint64_t desc;

	make_realm(f);
	desc = pages(f, small_delegated(&f->realm), 1);
	assert_int_equal(rmi_realm_terminate(f->pe, f->realm.rd, NULL), RMI_SUCCESS);
	return map_single(f, 0, PAGE, desc);
}
QUIRK(map_needs_new_or_active, map_in_a_zombie, RMI_SUCCESS, RMI_ERROR_REALM)

/* Pages that make a block, for an entry of level 2. */
static uint64_t map_pages_as_block(struct fixture *f)
{
	uint64_t pa = f->base + WINDOW;

	make_realm(f);
	assert_int_equal(rmi_granule_range_delegate(f->pe, pa, pa + BLOCK_2M, NULL, NULL),
	                 RMI_SUCCESS);
	return map_single(f, BLOCK_2M, 2 * BLOCK_2M, pages(f, pa, 512));
}
QUIRK(map_level_from_descriptor, map_pages_as_block, RMI_SUCCESS,
      rmi_result_level(RMI_ERROR_RTT, 2))

static uint64_t map_as_undelegated(struct fixture *f)
{
	struct rmi_addr_range_desc desc = {.count = 1, .state = RMI_OP_MEM_UNDELEGATED};

	make_realm(f);
	desc.base = small_delegated(&f->realm);
	return map_single(f, 0, PAGE, rmi_addr_range_desc_encode(rmi_revision(f->rmi), 12, desc));
}
QUIRK(map_descriptor_state, map_as_undelegated, RMI_SUCCESS, RMI_ERROR_INPUT)

static uint64_t map_unaligned_block(struct fixture *f)
{
	struct rmi_addr_range_desc desc = {
	        .base = f->base + WINDOW + PAGE, .count = 1, .size = RMI_BLOCK_L2};

	make_realm(f);
	assert_int_equal(
	        rmi_granule_range_delegate(f->pe, desc.base, desc.base + BLOCK_2M, NULL, NULL),
	        RMI_SUCCESS);
	return map_single(f, BLOCK_2M, 2 * BLOCK_2M,
	                  rmi_addr_range_desc_encode(rmi_revision(f->rmi), 12, desc));
}
QUIRK(map_descriptor_alignment, map_unaligned_block, rmi_result_level(RMI_ERROR_RTT, 2),
      RMI_ERROR_INPUT)

static uint64_t share_with_memattr_4(struct fixture *f)
{
	make_realm(f);
	return share_single(f, RMI_FIELD_SET(4, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR));
}
QUIRK(unprot_memattr_reserved, share_with_memattr_4, RMI_SUCCESS, RMI_ERROR_INPUT)

static uint64_t share_with_s2ap_4(struct fixture *f)
{
	make_realm(f);
	return share_single(f, RMI_FIELD_SET(4, RMI_RTT_UNPROT_MAP_FLAGS_S2AP));
}
QUIRK(unprot_s2ap_reserved, share_with_s2ap_4, RMI_SUCCESS, RMI_ERROR_INPUT)

static uint64_t unmap(struct fixture *f, uint64_t base, uint64_t type, uint64_t oaddr)
{
	return rmi_rtt_data_unmap(f->pe, f->realm.rd, base, base + PAGE, type, oaddr, NULL, NULL,
	                          NULL, NULL);
}

static uint64_t unmap_to_a_list_without_count(struct fixture *f)
{
	make_realm(f);
	assert_int_equal(small_map(&f->realm, 0), 0);
	return unmap(f, 0, RMI_ADDR_TYPE_LIST, f->realm.list);
}
QUIRK(unmap_list_count, unmap_to_a_list_without_count, RMI_SUCCESS, RMI_ERROR_INPUT)

static uint64_t unmap_with_an_address_for_nothing(struct fixture *f)
{
	make_realm(f);
	assert_int_equal(small_map(&f->realm, 0), 0);
	return unmap(f, 0, RMI_ADDR_TYPE_NONE, f->realm.list);
}
QUIRK(unmap_oaddr_sbz, unmap_with_an_address_for_nothing, RMI_SUCCESS, RMI_ERROR_INPUT)

static uint64_t unmap_part_of_a_hole(struct fixture *f)
{
	make_realm(f);
	return unmap(f, BLOCK_2M, RMI_ADDR_TYPE_NONE, 0);
}
QUIRK(unmap_void_entry_size, unmap_part_of_a_hole, RMI_SUCCESS, rmi_result_level(RMI_ERROR_RTT, 2))

static uint64_t unshare_nothing(struct fixture *f)
{
	make_realm(f);
	return rmi_rtt_unprot_unmap(f->pe, f->realm.rd, SMALL_UNPROT, SMALL_UNPROT + PAGE,
	                            RMI_ADDR_TYPE_NONE, 0, NULL, NULL, NULL, NULL);
}
QUIRK(unprot_unmap_nonlive_ok, unshare_nothing, rmi_result_level(RMI_ERROR_RTT, 3), RMI_SUCCESS)

static uint64_t init_ripas_of_destroyed(struct fixture *f)
{
	static const uint8_t page[PAGE];

	make_realm(f);
	assert_int_equal(small_map_init(&f->realm, 0, page, 0), 0);
	assert_int_equal(unmap(f, 0, RMI_ADDR_TYPE_NONE, 0), RMI_SUCCESS);
	return small_init_ripas(&f->realm, 0, PAGE);
}
QUIRK(init_ripas_destroyed, init_ripas_of_destroyed, RMI_SUCCESS,
      rmi_result_level(RMI_ERROR_RTT, 3))

static uint64_t init_ripas_unaligned(struct fixture *f)
{
	make_realm(f);
	return rmi_rtt_init_ripas(f->pe, f->realm.rd, 8, PAGE, NULL, NULL);
}
QUIRK(init_ripas_base_unaligned_input, init_ripas_unaligned, rmi_result_level(RMI_ERROR_RTT, 3),
      RMI_ERROR_INPUT)

static void ask_for_ram(struct guest *g, void *arg)
{
	(void)arg;
	rsi_ipa_state_set(g, BLOCK_2M + PAGE, BLOCK_2M + 2 * PAGE, RSI_RIPAS_RAM, 0, NULL, NULL);
}

/* The request lies inside of a level 2 entry that is RAM already. */
static uint64_t set_ripas_that_is_right(struct fixture *f)
{
	make_realm(f);
	assert_int_equal(small_init_ripas(&f->realm, BLOCK_2M, 2 * BLOCK_2M), 0);
	run_script(f, ask_for_ram, NULL);
	assert_int_equal(small_run(&f->realm)->exit.exit_reason, RMI_EXIT_RIPAS_CHANGE);
	return rmi_rtt_set_ripas(f->pe, f->realm.rd, f->realm.recs[0], BLOCK_2M + PAGE,
	                         BLOCK_2M + 2 * PAGE, NULL, NULL);
}
QUIRK(set_ripas_same_value_no_progress, set_ripas_that_is_right, RMI_SUCCESS,
      rmi_result_level(RMI_ERROR_RTT, 2))
