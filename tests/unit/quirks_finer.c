/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where quirks end: requests that look like those of tests/unit/quirks_*.c and are answered as they
 * are without a quirk, or in part.
 */
#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define PAGE     SMALL_PAGE_SIZE
#define WINDOW   (UINT64_C(8) << 20)
#define BLOCK_2M (UINT64_C(2) << 20)
#define GUEST_PC UINT64_C(0x1000)
#define RTT(n)   rmi_result_level(RMI_ERROR_RTT, n)

struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm realm;
	uint64_t base;
	uint64_t top; /* Where a range ended. */
};

/* A Realm with tables for the first 2 MiB of both halves, in an RMM with these quirks. */
static struct fixture open_realm(const char *quirks)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open_fmt(&err, "model:dram=32M,pes=1,rec_aux=2,cancel=0,planes=1,%s%s",
	                     *quirks ? "quirks=" : "busy=0", quirks);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	f.base = rmi_memory(f.rmi).base;
	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, f.pe, f.base, WINDOW);
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(small_tables(&f.realm, SMALL_UNPROT), 0);
	return f;
}

static void close_realm(struct fixture *f)
{
	struct rmi_error err;

	if (!rmm_check(rmi_model(f->rmi), &err))
		fail_msg("%s", err.text);
	rmi_close(f->rmi);
}

static uint64_t desc_of(const struct fixture *f, uint64_t pa, uint64_t count,
                        enum rmi_addr_block_size size)
{
	struct rmi_addr_range_desc desc = {.base = pa, .count = count, .size = size};

	return rmi_addr_range_desc_encode(rmi_revision(f->rmi), 12, desc);
}

static uint64_t pages(const struct fixture *f, uint64_t pa, uint64_t count)
{
	return desc_of(f, pa, count, RMI_PAGE_L3);
}

static uint64_t map(struct fixture *f, uint64_t base, uint64_t top, uint64_t flags, uint64_t oaddr)
{
	return rmi_rtt_data_map(f->pe, f->realm.rd, base, top, flags, oaddr, &f->top, NULL);
}

static uint64_t share(struct fixture *f, uint64_t base, uint64_t top, uint64_t desc)
{
	return rmi_rtt_unprot_map(f->pe, f->realm.rd, SMALL_UNPROT + base, SMALL_UNPROT + top,
	                          RMI_ADDR_TYPE_SINGLE, desc, &f->top, NULL);
}

static uint64_t unshare(struct fixture *f, uint64_t base, uint64_t top, uint64_t type)
{
	return rmi_rtt_unprot_unmap(f->pe, f->realm.rd, SMALL_UNPROT + base, SMALL_UNPROT + top,
	                            type, type == RMI_ADDR_TYPE_LIST ? f->realm.list : 0, &f->top,
	                            NULL, NULL, NULL);
}

static uint64_t delegated_block(struct fixture *f)
{
	uint64_t pa = f->base + WINDOW;

	assert_int_equal(rmi_granule_range_delegate(f->pe, pa, pa + BLOCK_2M, NULL, NULL),
	                 RMI_SUCCESS);
	return pa;
}

static void what_is_mapped_again_needs_its_address_as_well(void **state)
{
	struct fixture f = open_realm("remap_same");
	uint64_t pa = small_delegated(&f.realm);
	uint64_t other = small_delegated(&f.realm);
	uint64_t block = delegated_block(&f);
	uint64_t single = RMI_ADDR_TYPE_SINGLE;

	(void)state;
	assert_int_equal(map(&f, 0, PAGE, single, pages(&f, pa, 1)), RMI_SUCCESS);
	assert_int_equal(map(&f, PAGE, 2 * PAGE, single, pages(&f, other, 1)), RMI_SUCCESS);
	/* One page for two entries: the second has none. */
	assert_int_equal(map(&f, 0, 2 * PAGE, single, pages(&f, pa, 1)), RMI_SUCCESS);
	assert_int_equal(f.top, PAGE);
	assert_int_equal(map(&f, 0, PAGE, single, pages(&f, other, 1)), RTT(3));
	/* A page of a block that is mapped is not the block. */
	assert_int_equal(
	        map(&f, BLOCK_2M, 2 * BLOCK_2M, single, desc_of(&f, block, 1, RMI_BLOCK_L2)),
	        RMI_SUCCESS);
	assert_int_equal(map(&f, BLOCK_2M, 2 * BLOCK_2M, single, pages(&f, block, 1)), RTT(2));
	assert_int_equal(map(&f, BLOCK_2M, 2 * BLOCK_2M, single, pages(&f, block, 512)),
	                 RMI_SUCCESS);
	close_realm(&f);
}

static void level_is_that_of_the_first_descriptor_alone(void **state)
{
	struct fixture f = open_realm("map_level_from_descriptor");
	uint64_t *list = small_va(&f.realm, f.realm.list);
	uint64_t count = UINT64_C(1) << RMI_RTT_MAP_FLAGS_LIST_COUNT_SHIFT;
	uint64_t pa = small_delegated(&f.realm);
	uint64_t block = delegated_block(&f);

	(void)state;
	/* A list without an entry. */
	assert_int_equal(map(&f, 0, PAGE, RMI_ADDR_TYPE_LIST, f.realm.list), RMI_ERROR_INPUT);
	/* The range does not begin where a block could. */
	assert_int_equal(map(&f, PAGE, PAGE + BLOCK_2M, RMI_ADDR_TYPE_SINGLE,
	                     desc_of(&f, block, 1, RMI_BLOCK_L2)),
	                 RMI_ERROR_INPUT);
	/* A page, and then a block that is not looked at. */
	list[0] = pages(&f, pa, 1);
	list[1] = desc_of(&f, block, 1, RMI_BLOCK_L2);
	assert_int_equal(map(&f, 0, 2 * PAGE, RMI_ADDR_TYPE_LIST | 2 * count, f.realm.list),
	                 RMI_SUCCESS);
	assert_int_equal(f.top, PAGE);
	close_realm(&f);
}

static void list_ends_where_memory_of_the_host_does(void **state)
{
	static const char *const quirks[] = {"", "map_level_from_descriptor"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct fixture f = open_realm(quirks[i]);
		uint64_t count = UINT64_C(2) << RMI_RTT_MAP_FLAGS_LIST_COUNT_SHIFT;
		uint64_t list = f.base + WINDOW;
		uint64_t *last = (uint64_t *)small_va(&f.realm, list) + 511;
		uint64_t pa = small_delegated(&f.realm);

		/* The second descriptor would be in a page that is delegated. */
		last[0] = pages(&f, pa, 1);
		assert_int_equal(
		        rmi_granule_range_delegate(f.pe, list + PAGE, list + 2 * PAGE, NULL, NULL),
		        RMI_SUCCESS);
		assert_int_equal(map(&f, 0, 2 * PAGE, RMI_ADDR_TYPE_LIST | count, list + 511 * 8),
		                 RMI_SUCCESS);
		assert_int_equal(f.top, PAGE);
		close_realm(&f);
	}
}

static void list_takes_as_many_descriptors_as_it_says(void **state)
{
	struct fixture f = open_realm("unmap_list_count");
	uint64_t one = UINT64_C(1) << RMI_RTT_MAP_FLAGS_LIST_COUNT_SHIFT;
	uint64_t count = 0;

	(void)state;
	/* Pages that do not follow each other. */
	for (uint64_t ipa = 0; ipa < 3 * PAGE; ipa += PAGE) {
		assert_int_equal(small_map(&f.realm, ipa), 0);
		small_delegated(&f.realm);
	}
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, 0, 3 * PAGE,
	                                    RMI_ADDR_TYPE_LIST | 2 * one, f.realm.list, &f.top,
	                                    NULL, &count, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(f.top, 2 * PAGE);
	assert_int_equal(count, 2);
	/* Where there is no list its length does not matter. */
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, 2 * PAGE, 3 * PAGE,
	                                    RMI_ADDR_TYPE_SINGLE, 0, &f.top, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	close_realm(&f);
}

static void address_for_nothing_is_refused_unless_it_is_a_list(void **state)
{
	struct fixture f = open_realm("unmap_oaddr_sbz");
	uint64_t list = f.realm.list;
	uint64_t rd = f.realm.rd;

	(void)state;
	assert_int_equal(small_map(&f.realm, 0), 0);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, rd, 0, PAGE, RMI_ADDR_TYPE_SINGLE, list, NULL,
	                                    NULL, NULL, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, rd, 0, PAGE, RMI_ADDR_TYPE_LIST, list, NULL, NULL,
	                                    NULL, NULL),
	                 RMI_SUCCESS);
	close_realm(&f);
}

static void shared_pages_have_attributes_that_are_not_reserved(void **state)
{
	struct fixture f = open_realm("unprot_s2ap_reserved+unprot_memattr_reserved+remap_same");
	uint64_t block = f.base + WINDOW;

	(void)state;
	assert_int_equal(share(&f, 0, PAGE, pages(&f, block, 1)), RMI_SUCCESS);
	/* The same once more, and another. */
	assert_int_equal(share(&f, 0, PAGE, pages(&f, block, 1)), RMI_SUCCESS);
	assert_int_equal(share(&f, 0, PAGE, pages(&f, block + PAGE, 1)), RTT(3));
	/* An entry of level 2 wants 2 MiB, aligned. */
	assert_int_equal(share(&f, BLOCK_2M, 2 * BLOCK_2M, pages(&f, block, 511)), RTT(2));
	assert_int_equal(share(&f, BLOCK_2M, 2 * BLOCK_2M, pages(&f, block + PAGE, 1023)), RTT(2));
	assert_int_equal(share(&f, BLOCK_2M, 2 * BLOCK_2M, pages(&f, block, 512)), RMI_SUCCESS);
	close_realm(&f);
}

static void hole_is_passed_over_as_a_whole(void **state)
{
	struct fixture f = open_realm("unprot_unmap_nonlive_ok");
	uint64_t pa;

	(void)state;
	/* Parts of an entry of level 2. */
	assert_int_equal(unshare(&f, BLOCK_2M, BLOCK_2M + PAGE, RMI_ADDR_TYPE_NONE), RTT(2));
	assert_int_equal(unshare(&f, BLOCK_2M + PAGE, 2 * BLOCK_2M, RMI_ADDR_TYPE_NONE), RTT(2));
	assert_int_equal(unshare(&f, BLOCK_2M + PAGE, 3 * BLOCK_2M, RMI_ADDR_TYPE_NONE), RTT(2));
	assert_int_equal(unshare(&f, BLOCK_2M, 2 * BLOCK_2M, RMI_ADDR_TYPE_NONE), RMI_SUCCESS);
	/* A list says nothing of holes: it ends before the hole. */
	assert_int_equal(small_share(&f.realm, SMALL_UNPROT, &pa), 0);
	assert_int_equal(unshare(&f, 0, 2 * PAGE, RMI_ADDR_TYPE_LIST), RMI_SUCCESS);
	assert_int_equal(f.top, SMALL_UNPROT + PAGE);
	/* And a hole ends before the page. */
	assert_int_equal(small_share(&f.realm, SMALL_UNPROT + PAGE, &pa), 0);
	assert_int_equal(unshare(&f, 0, 2 * PAGE, RMI_ADDR_TYPE_LIST), RMI_SUCCESS);
	assert_int_equal(f.top, SMALL_UNPROT + PAGE);
	assert_int_equal(unshare(&f, 0, 2 * PAGE, RMI_ADDR_TYPE_NONE), RMI_SUCCESS);
	assert_int_equal(f.top, SMALL_UNPROT + 2 * PAGE);
	close_realm(&f);
}

static void ask_for_ram(struct guest *g, void *arg)
{
	(void)arg;
	rsi_ipa_state_set(g, BLOCK_2M, BLOCK_2M + 2 * PAGE, RSI_RIPAS_RAM, 0, NULL, NULL);
}

/* The entry is RAM already; the request ends within it. */
static void ripas_that_is_right_takes_a_whole_entry(void **state)
{
	static const char *const quirks[] = {"", "set_ripas_same_value_no_progress"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct fixture f = open_realm(quirks[i]);

		assert_int_equal(small_init_ripas(&f.realm, BLOCK_2M, 2 * BLOCK_2M), 0);
		assert_true(rmm_script(rmi_model(f.rmi), GUEST_PC, ask_for_ram, NULL));
		assert_int_equal(small_rec(&f.realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL),
		                 0);
		assert_int_equal(small_activate(&f.realm), 0);
		assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
		assert_int_equal(small_run(&f.realm)->exit.exit_reason, RMI_EXIT_RIPAS_CHANGE);
		assert_int_equal(rmi_rtt_set_ripas(f.pe, f.realm.rd, f.realm.recs[0], BLOCK_2M,
		                                   BLOCK_2M + 2 * PAGE, NULL, NULL),
		                 i == 0 ? RMI_SUCCESS : RTT(2));
		close_realm(&f);
	}
}

/* A REC gives back its memory: what belongs to another step of the operation. */
static void followup_of_the_wrong_kind_is_refused_or_goes_on(void **state)
{
	static const char *const quirks[] = {"", "wrong_followup_input"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct fixture f = open_realm(quirks[i]);
		struct smccc_regs regs;
		struct rmi_sro sro;

		assert_int_equal(small_rec(&f.realm, 0, 0, NULL), 0);
		assert_int_equal(rmi_status(rmi_rec_destroy(f.pe, f.realm.recs[0], &sro)),
		                 RMI_INCOMPLETE);
		assert_int_equal(rmi_status(rmi_op_continue(f.pe, sro.handle, 0, &regs)),
		                 i == 0 ? RMI_INCOMPLETE : RMI_ERROR_INPUT);
		regs = (struct smccc_regs){{SMC_RMI_OP_MEM_RECLAIM, sro.handle, f.realm.list, 4}};
		assert_int_equal(rmi_status(rmi_call(f.pe, &regs)), RMI_INCOMPLETE);
		assert_int_equal(regs.x[1], 1);
		assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_SUCCESS);
		close_realm(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_is_mapped_again_needs_its_address_as_well),
	        cmocka_unit_test(level_is_that_of_the_first_descriptor_alone),
	        cmocka_unit_test(list_ends_where_memory_of_the_host_does),
	        cmocka_unit_test(list_takes_as_many_descriptors_as_it_says),
	        cmocka_unit_test(address_for_nothing_is_refused_unless_it_is_a_list),
	        cmocka_unit_test(shared_pages_have_attributes_that_are_not_reserved),
	        cmocka_unit_test(hole_is_passed_over_as_a_whole),
	        cmocka_unit_test(ripas_that_is_right_takes_a_whole_entry),
	        cmocka_unit_test(followup_of_the_wrong_kind_is_refused_or_goes_on),
	};

	return cmocka_run_group_tests_name("quirks_finer", tests, NULL, NULL);
}
