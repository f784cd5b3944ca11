/* SPDX-License-Identifier: BSD-3-Clause */
/* The page allocator: alignment, merging, pieces, limits, owners. */

#include <stdlib.h>

#include <phys.h>

#include "cmocka_test.h"

#define PAGE UINT64_C(0x1000)

static struct phys the_phys;

static struct phys *make(uint64_t base, uint64_t pages, uint64_t max_pages)
{
	assert_int_equal(host_phys_init(&the_phys, base, pages * PAGE, 12, max_pages), 0);
	return &the_phys;
}

static void unmake(struct phys *phys)
{
	assert_int_equal(phys->owner[HOST_PAGE_FREE], phys->num_pages);
	host_phys_fini(phys);
}

static void blocks_are_aligned_to_their_size(void **state)
{
	/* A window that begins and ends at odd pages. */
	struct phys *phys = make(0x80003000, 5000, 0);

	(void)state;
	for (unsigned order = 0; order <= 11; order++) {
		pa_t pa = host_phys_alloc(phys, order, 0);

		assert_int_not_equal(pa, PHYS_NONE);
		assert_int_equal(pa % (PAGE << order), 0);
		assert_true(host_phys_contains(phys, pa, PAGE << order));
		host_phys_free(phys, pa, PAGE << order);
	}
	unmake(phys);
}

static void every_page_can_be_taken_once(void **state)
{
	struct phys *phys = make(0x80003000, 777, 0);
	pa_t pa[777];

	(void)state;
	for (unsigned i = 0; i < 777; i++) {
		pa[i] = host_phys_alloc(phys, 0, 0);
		assert_int_not_equal(pa[i], PHYS_NONE);
		assert_false(host_phys_is(phys, pa[i], PAGE, HOST_PAGE_FREE));
	}
	assert_int_equal(host_phys_alloc(phys, 0, 0), PHYS_NONE);
	for (unsigned i = 0; i < 777; i++)
		host_phys_free(phys, pa[i], PAGE);
	unmake(phys);
}

static void pages_given_back_one_by_one_become_a_block_again(void **state)
{
	struct phys *phys = make(0x80000000, 1024, 0);
	pa_t pa = host_phys_alloc(phys, 10, 0);

	(void)state;
	assert_int_equal(pa, 0x80000000);
	assert_int_equal(host_phys_alloc(phys, 0, 0), PHYS_NONE);
	/* Odd pages first. */
	for (unsigned i = 1; i < 1024; i += 2)
		host_phys_free(phys, pa + i * PAGE, PAGE);
	for (unsigned i = 0; i < 1024; i += 2)
		host_phys_free(phys, pa + i * PAGE, PAGE);
	assert_int_equal(host_phys_alloc(phys, 10, 0), pa);
	host_phys_free(phys, pa, 1024 * PAGE);
	unmake(phys);
}

static void a_piece_out_of_the_middle_can_be_given_back(void **state)
{
	struct phys *phys = make(0x80000000, 16, 0);
	pa_t pa = host_phys_alloc(phys, 4, 0);

	(void)state;
	host_phys_free(phys, pa + 3 * PAGE, 7 * PAGE);
	assert_int_equal(phys->owner[HOST_PAGE_FREE], 7);
	assert_int_equal(host_phys_alloc(phys, 2, 0), pa + 4 * PAGE);
	host_phys_free(phys, pa + 4 * PAGE, 4 * PAGE);
	host_phys_free(phys, pa, 3 * PAGE);
	host_phys_free(phys, pa + 10 * PAGE, 6 * PAGE);
	unmake(phys);
}

static void a_limit_holds_and_the_peak_is_kept(void **state)
{
	struct phys *phys = make(0x80000000, 64, 10);
	pa_t pa = host_phys_alloc(phys, 3, 0);

	(void)state;
	assert_int_equal(host_phys_available(phys), 2);
	assert_int_equal(host_phys_alloc(phys, 2, 0), PHYS_NONE);
	host_phys_free(phys, pa, 8 * PAGE);
	assert_int_equal(phys->peak, 8);
	unmake(phys);
}

static void leaked_pages_are_never_handed_out_again(void **state)
{
	struct phys *phys = make(0x80000000, 8, 0);
	pa_t first = host_phys_alloc(phys, 1, 7), second = host_phys_alloc(phys, 1, 8);

	(void)state;
	host_phys_set_owner(phys, second, PAGE, HOST_PAGE_DATA);
	host_phys_leak(phys, first, PAGE, PHYS_LEAK_UNDELEGATE);
	assert_int_equal(host_phys_leak_realm(phys, 8, PHYS_LEAK_REALM), 2);
	host_phys_set_owner(phys, second, PAGE, HOST_PAGE_USED);
	assert_true(host_phys_is(phys, second, 2 * PAGE, HOST_PAGE_LEAKED));
	assert_int_equal(phys->owner[HOST_PAGE_LEAKED], 3);
	host_phys_free(phys, first + PAGE, PAGE);
	for (unsigned i = 0; i < 5; i++)
		assert_int_not_equal(host_phys_alloc(phys, 0, 0), PHYS_NONE);
	assert_int_equal(host_phys_alloc(phys, 0, 0), PHYS_NONE);
	host_phys_fini(phys);
}

static void a_random_history_never_hands_out_a_page_twice(void **state)
{
	enum { PAGES = 4096, SLOTS = 256 };
	struct phys *phys = make(0x80007000, PAGES, 0);
	struct {
		pa_t pa;
		uint64_t pages;
	} slot[SLOTS] = {{0}};
	static uint8_t taken[PAGES];

	(void)state;
	srand(1);
	for (unsigned n = 0; n < 20000; n++) {
		unsigned i = (unsigned)rand() % SLOTS;

		if (slot[i].pages > 0) {
			for (uint64_t p = 0; p < slot[i].pages; p++)
				taken[(slot[i].pa - phys->base) / PAGE + p] = 0;
			host_phys_free(phys, slot[i].pa, slot[i].pages * PAGE);
			slot[i].pages = 0;
		} else {
			unsigned order = (unsigned)rand() % 7;

			slot[i].pa = host_phys_alloc(phys, order, 0);
			if (slot[i].pa == PHYS_NONE)
				continue;
			slot[i].pages = UINT64_C(1) << order;
			for (uint64_t p = 0; p < slot[i].pages; p++)
				assert_int_equal(taken[(slot[i].pa - phys->base) / PAGE + p]++, 0);
		}
	}
	for (unsigned i = 0; i < SLOTS; i++)
		host_phys_free(phys, slot[i].pa, slot[i].pages * PAGE);
	unmake(phys);
}

static void a_terabyte_costs_nothing_until_it_is_used(void **state)
{
	struct phys *phys = make(UINT64_C(1) << 40, (UINT64_C(1) << 40) / PAGE, 0);

	(void)state;
	assert_int_equal(host_phys_alloc(phys, 0, 0), UINT64_C(1) << 40);
	host_phys_free(phys, UINT64_C(1) << 40, PAGE);
	unmake(phys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(blocks_are_aligned_to_their_size),
	        cmocka_unit_test(every_page_can_be_taken_once),
	        cmocka_unit_test(pages_given_back_one_by_one_become_a_block_again),
	        cmocka_unit_test(a_piece_out_of_the_middle_can_be_given_back),
	        cmocka_unit_test(a_limit_holds_and_the_peak_is_kept),
	        cmocka_unit_test(leaked_pages_are_never_handed_out_again),
	        cmocka_unit_test(a_random_history_never_hands_out_a_page_twice),
	        cmocka_unit_test(a_terabyte_costs_nothing_until_it_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
