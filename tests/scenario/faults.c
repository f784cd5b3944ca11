/* SPDX-License-Identifier: BSD-3-Clause */
/* Private and shared memory: faults, attributes, RIPAS, unmapping. */

#include <errno.h>
#include <string.h>

#include "scene.h"

#define BLOCK (UINT64_C(2) << 20)

/* What a guest found out. */
struct found {
	uint64_t value[8];
	unsigned seas;
	bool accepted[4];
};

static void touches_memory(struct guest *g, void *arg)
{
	struct found *found = arg;

	for (unsigned i = 0; i < 20; i++)
		guest_store64(g, RAM + (3 + i) * PAGE + 8, i);
	for (unsigned i = 0; i < 20; i++)
		found->value[0] += guest_load64(g, RAM + (3 + i) * PAGE + 8);
}

static void private_memory_is_mapped_on_a_fault(void **state)
{
	struct found found = {.seas = 0};
	struct realm_stats stats;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, touches_memory, &found);
	scene_run_to_end(&s);
	realm_get_stats(s.vm, &stats);
	assert_int_equal(found.value[0], 190);
	assert_int_equal(stats.private_faults, 20);
	assert_int_equal(stats.pages_mapped, 20);
	assert_int_equal(s.grants, 0);
	scene_close(&s);
}

static void shares_a_page(struct guest *g, void *arg)
{
	struct found *found = arg;
	uint64_t page = RAM + 8 * PAGE;

	guest_store64(g, page, 0x5ec7e7);
	found->accepted[0] = guest_set_ripas(g, page, page + PAGE, RSI_RIPAS_EMPTY, 0);
	guest_load64(g, page);
	found->seas = guest_take_sea(g, NULL, NULL);
	guest_store64(g, page | SHARED_BIT, 0x70b11c);
	rsi_host_call(g, RAM + 9 * PAGE);
	found->value[0] = guest_load64(g, page | SHARED_BIT);
	found->accepted[1] = guest_set_ripas(g, page, page + PAGE, RSI_RIPAS_RAM, 0);
	found->value[1] = guest_load64(g, page);
}

/* RAM to EMPTY takes the page away, the alias is shared; RAM again gives a fresh page. */
static void a_page_is_shared_and_taken_back(void **state)
{
	struct found found = {.seas = 0};
	struct realm_stats stats;
	uint64_t value = 0;
	struct scene s;

	(void)state;
	for (int rev = 0; rev < 2; rev++) {
		scene_open(&s, rev == 0 ? "spec=2.0-bet1" : "spec=2.0-bet3");
		scene_guest(&s, shares_a_page, &found);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		assert_false(realm_is_private(s.vm, RAM + 8 * PAGE));
		assert_int_equal(realm_read_shared(s.vm, RAM + 8 * PAGE, &value, 8), 0);
		assert_int_equal(value, 0x70b11c);
		value = 0x4057;
		assert_int_equal(realm_write_shared(s.vm, RAM + 8 * PAGE, &value, 8), 0);
		scene_run_to_end(&s);
		assert_true(found.accepted[0]);
		assert_true(found.accepted[1]);
		assert_int_equal(found.seas, 1);
		assert_int_equal(found.value[0], 0x4057);
		assert_int_not_equal(found.value[1], 0x5ec7e7);
		assert_int_not_equal(found.value[1], 0x4057);
		assert_int_equal(realm_read_shared(s.vm, RAM + 8 * PAGE, &value, 8), -EFAULT);
		realm_get_stats(s.vm, &stats);
		assert_int_equal(stats.exits[RMI_EXIT_RIPAS_CHANGE], 2);
		assert_int_equal(s.grants, 2);
		scene_close(&s);
	}
}

static void uses_shared_alias(struct guest *g, void *arg)
{
	struct found *found = arg;

	found->value[0] = guest_load64(g, (RAM + 8 * PAGE) | SHARED_BIT);
}

/* Bug 23: kind of access and attribute of the page are compared in both directions. */
static void a_shared_access_to_a_private_page_asks_the_vmm(void **state)
{
	struct found found = {.seas = 0};
	struct realm_exit *e;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, uses_shared_alias, &found);
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->reason, REALM_EXIT_MEMORY_FAULT);
	assert_int_equal(e->error, -EFAULT);
	assert_int_equal(e->memory_fault.gpa, RAM + 8 * PAGE);
	assert_int_equal(e->memory_fault.size, PAGE);
	assert_false(e->memory_fault.is_private);
	/* Nothing happens by itself. */
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_MEMORY_FAULT);
	scene_run_to_end(&s);
	assert_int_equal(found.value[0], 0);
	scene_close(&s);
}

static void uses_private_page(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + 8 * PAGE, 1);
}

/* Bug 23, the other direction. */
static void a_private_access_to_a_shared_page_asks_the_vmm(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, uses_private_page, NULL);
	assert_int_equal(realm_set_attributes(s.vm, RAM + 8 * PAGE, PAGE, false), 0);
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->reason, REALM_EXIT_MEMORY_FAULT);
	assert_true(e->memory_fault.is_private);
	assert_int_equal(e->memory_fault.gpa, RAM + 8 * PAGE);
	scene_run_to_end(&s);
	scene_close(&s);
}

static void comes_back_to_a_page(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + 8 * PAGE, 7);
	rsi_host_call(g, RAM + 9 * PAGE);
	guest_load64(g, RAM + 8 * PAGE);
}

/*
 * A page that the Host took away is DESTROYED. Mapping a new one does not help the Realm, which
 * would fault on it for ever: the VMM is told that the content is gone.
 */
static void destroyed_content_is_reported_not_retried_for_ever(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, comes_back_to_a_page, NULL);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	assert_int_equal(realm_set_attributes(s.vm, RAM + 8 * PAGE, PAGE, false), 0);
	assert_int_equal(realm_set_attributes(s.vm, RAM + 8 * PAGE, PAGE, true), 0);
	e = scene_run(&s);
	assert_int_equal(e->reason, REALM_EXIT_MEMORY_FAULT);
	assert_int_equal(e->error, -EHWPOISON);
	assert_int_equal(e->memory_fault.gpa, RAM + 8 * PAGE);
	scene_close(&s);
}

static void asks_for_odd_ranges(struct guest *g, void *arg)
{
	struct found *found = arg;

	/* RAM where there is none, then a range that is partly RAM, then all that is not RAM. */
	found->accepted[0] = guest_set_ripas(g, 0x1000000, 0x1001000, RSI_RIPAS_RAM, 0);
	found->accepted[1] =
	        guest_set_ripas(g, RAM + RAM_SIZE - PAGE, RAM + RAM_SIZE + PAGE, RSI_RIPAS_RAM, 0);
	found->accepted[2] = guest_set_ripas(g, 0x1000000, 0x1400000, RSI_RIPAS_EMPTY, 0);
}

static void ram_where_there_is_none_is_rejected(void **state)
{
	struct found found = {.seas = 0};
	struct realm_exit *e;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, asks_for_odd_ranges, &found);
	/* The VMM cannot give it attributes, and goes on. */
	do {
		e = realm_vcpu_run(s.cpu);
	} while (e->reason == REALM_EXIT_MEMORY_FAULT);
	assert_int_equal(e->reason, REALM_EXIT_SYSTEM_EVENT);
	assert_false(found.accepted[0]);
	assert_false(found.accepted[1]);
	assert_true(found.accepted[2]);
	scene_close(&s);
}

static void gives_much_away(struct guest *g, void *arg)
{
	struct found *found = arg;

	for (uint64_t ipa = RAM + PAGE; ipa < RAM + 5 * BLOCK; ipa += BLOCK / 4)
		guest_store64(g, ipa, ipa);
	found->accepted[0] =
	        guest_set_ripas(g, RAM + BLOCK + PAGE, RAM + 5 * BLOCK, RSI_RIPAS_EMPTY, 0);
	found->value[0] = guest_load64(g, RAM + PAGE);
	found->accepted[1] =
	        guest_set_ripas(g, RAM + BLOCK + PAGE, RAM + 5 * BLOCK, RSI_RIPAS_RAM, 0);
	guest_store64(g, RAM + 3 * BLOCK, 3);
	found->value[1] = guest_load64(g, RAM + 3 * BLOCK);
}

static void a_large_range_changes_as_a_whole(void **state)
{
	struct found found = {.seas = 0};
	struct realm_stats stats;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest_config(&s, &scene_pages, gives_much_away, &found);
	scene_run_to_end(&s);
	realm_get_stats(s.vm, &stats);
	assert_true(found.accepted[0] && found.accepted[1]);
	assert_int_equal(found.value[0], RAM + PAGE);
	assert_int_equal(found.value[1], 3);
	/* 20 pages were touched; those in the range came back. */
	assert_int_equal(stats.pages_unmapped, 16);
	scene_close(&s);
}

/* Bug 30: the VMM grants half of a range; nothing changes until it has granted all of it. */
static void half_a_grant_changes_nothing(void **state)
{
	struct found found = {.seas = 0};
	struct realm_exit *e;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, gives_much_away, &found);
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->reason, REALM_EXIT_MEMORY_FAULT);
	assert_int_equal(e->memory_fault.gpa, RAM + BLOCK + PAGE);
	assert_int_equal(realm_set_attributes(s.vm, e->memory_fault.gpa, BLOCK, false), 0);
	e = realm_vcpu_run(s.cpu);
	assert_int_equal(e->reason, REALM_EXIT_MEMORY_FAULT);
	assert_int_equal(e->memory_fault.gpa, RAM + BLOCK + PAGE);
	assert_int_equal(e->memory_fault.size, 4 * BLOCK - PAGE);
	assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_SET_RIPAS), 0);
	scene_run_to_end(&s);
	scene_close(&s);
}

/*
 * Bug 22: populating a page twice. The second attempt is refused, the page of the first stays, the
 * second page comes back, the Realm lives on.
 */
static void populating_a_page_twice_is_refused(void **state)
{
	struct found found = {.seas = 0};
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, touches_memory, &found);
	assert_int_equal(realm_populate(s.vm, RAM, "again", 5, 0), -EIO);
	assert_non_null(strstr(host_last_error(s.host), "0x40000000"));
	scene_run_to_end(&s);
	assert_int_equal(found.value[0], 190);
	scene_close(&s);
}

static void reads_content(struct guest *g, void *arg)
{
	struct found *found = arg;

	found->value[0] = guest_load64(g, RAM + 3 * BLOCK);
	found->value[1] = guest_load64(g, RAM + 3 * BLOCK + PAGE + 8);
	found->value[2] = guest_load64(g, RAM + 3 * BLOCK + 2 * PAGE - 8);
}

static void content_arrives_and_is_filled_up_with_zeros(void **state)
{
	uint64_t data[(PAGE + 16) / 8];
	struct found found = {.seas = 0};
	struct scene s;

	(void)state;
	memset(data, 0, sizeof(data));
	data[0] = 11;
	data[(PAGE + 8) / 8] = 22;
	scene_open(&s, "");
	scene_guest(&s, reads_content, &found);
	assert_int_equal(realm_populate(s.vm, RAM + 3 * BLOCK, data, sizeof(data), REALM_MEASURE),
	                 0);
	scene_run_to_end(&s);
	assert_int_equal(found.value[0], 11);
	assert_int_equal(found.value[1], 22);
	assert_int_equal(found.value[2], 0);
	scene_close(&s);
}

/*
 * Bug 14: tables were always created down to level 3, so that no block could ever be mapped. One
 * DATA_MAP maps 2 MB at level 2.
 */
static void a_block_is_mapped_as_one(void **state)
{
	struct found found = {.seas = 0};
	struct realm_stats stats;
	struct scene s;
	uint64_t maps;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, &(struct realm_config){.block_size = BLOCK});
	rmm_script(s.rmm, RAM, touches_memory, &found);
	s.cpu = realm_vcpu_create(s.vm, 0);
	realm_vcpu_set_pc(s.cpu, RAM);
	scene_run_to_end(&s);
	realm_get_stats(s.vm, &stats);
	maps = hook_count(s.hook, SMC_RMI_RTT_DATA_MAP);
	assert_int_equal(found.value[0], 190);
	assert_int_equal(stats.private_faults, 1);
	assert_int_equal(stats.pages_mapped, 512);
	assert_in_range(maps, 1, 2);
	scene_close(&s);
}

/* Bug 18: a piece of a private block is unmapped; the block is split, the rest stays. */
static void a_piece_of_a_block_is_unmapped(void **state)
{
	struct found found = {.seas = 0};
	struct realm_stats stats;
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, &(struct realm_config){.block_size = BLOCK});
	rmm_script(s.rmm, RAM, gives_much_away, &found);
	s.cpu = realm_vcpu_create(s.vm, 0);
	realm_vcpu_set_pc(s.cpu, RAM);
	scene_run_to_end(&s);
	realm_get_stats(s.vm, &stats);
	assert_true(found.accepted[0] && found.accepted[1]);
	assert_int_equal(found.value[0], RAM + PAGE);
	assert_int_equal(stats.pages_unmapped, 4 * 512 - 1);
	scene_close(&s);
}

/* A block that was populated in part can only be mapped page by page. */
static void fill_a_hole(const char *conf)
{
	struct found found = {.seas = 0};
	struct realm_stats stats;
	struct scene s;

	scene_open(&s, conf);
	scene_realm(&s, &(struct realm_config){.block_size = BLOCK});
	rmm_script(s.rmm, RAM, touches_memory, &found);
	assert_int_equal(realm_populate(s.vm, RAM, "guest", 5, 0), 0);
	s.cpu = realm_vcpu_create(s.vm, 0);
	realm_vcpu_set_pc(s.cpu, RAM);
	scene_run_to_end(&s);
	realm_get_stats(s.vm, &stats);
	assert_int_equal(found.value[0], 190);
	assert_int_equal(stats.pages_mapped, 20);
	scene_close(&s);
}

static void a_block_with_a_hole_is_mapped_in_pages(void **state)
{
	(void)state;
	fill_a_hole("");
}

/*
 * The RMM answers RMI_ERROR_RTT with the level of the block for as long as it is offered a block:
 * making the table that is there already, and trying again, never ends.
 */
static void a_table_in_the_place_of_a_block_makes_pages_of_it(void **state)
{
	(void)state;
	fill_a_hole("quirks=map_level_from_descriptor");
	fill_a_hole("spec=2.0-bet1,quirks=tf-rmm");
}

static void uses_the_last_page(struct guest *g, void *arg)
{
	struct found *found = arg;

	found->value[0] = guest_load64(g, (UINT64_C(1) << 40) - PAGE);
}

/*
 * Bug 12: the end of the private half was or-ed with the shared bit, which made the range to unmap
 * empty. RAM that ends there is unmapped from the shared half.
 */
static void shared_ram_at_the_end_of_the_ipa_space_is_unmapped(void **state)
{
	struct found found = {.seas = 0};
	struct scene s;
	uint64_t one = 1;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, uses_the_last_page, &found);
	assert_int_equal(realm_add_memory(s.vm, SHARED_BIT - PAGE, PAGE), 0);
	assert_int_equal(realm_set_attributes(s.vm, SHARED_BIT - PAGE, PAGE, false), 0);
	assert_int_equal(realm_write_shared(s.vm, SHARED_BIT - PAGE, &one, sizeof(one)), 0);
	scene_run_to_end(&s);
	assert_int_equal(found.value[0], 1);
	assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_UNPROT_UNMAP), 0);
	assert_int_equal(realm_set_attributes(s.vm, SHARED_BIT - PAGE, PAGE, true), 0);
	assert_calls(&s, hook_count(s.hook, SMC_RMI_RTT_UNPROT_UNMAP), 1);
	scene_close(&s);
}

static void shared_memory_reads_and_writes_across_pages(void **state)
{
	char out[3 * PAGE], in[3 * PAGE];
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7);
	assert_int_equal(realm_set_attributes(s.vm, RAM + PAGE, 4 * PAGE, false), 0);
	assert_int_equal(realm_write_shared(s.vm, RAM + PAGE + 100, out, sizeof(out)), 0);
	assert_int_equal(realm_read_shared(s.vm, RAM + PAGE + 100, in, sizeof(in)), 0);
	assert_memory_equal(in, out, sizeof(in));
	assert_int_equal(realm_read_shared(s.vm, RAM + 4 * PAGE + 8, in, PAGE), -EFAULT);
	assert_int_equal(realm_read_shared(s.vm, 0x1000, in, 1), -EFAULT);
	scene_close(&s);
}

static void behind_ram(struct guest *g, void *arg)
{
	struct found *found = arg;

	guest_load64(g, RAM + RAM_SIZE);
	guest_store64(g, 0x1000, 1);
	found->seas = guest_take_sea(g, NULL, NULL);
}

static void what_is_not_ram_is_an_abort_in_the_realm(void **state)
{
	struct found found = {.seas = 0};
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, behind_ram, &found);
	scene_run_to_end(&s);
	assert_int_equal(found.seas, 2);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(private_memory_is_mapped_on_a_fault),
	        cmocka_unit_test(a_page_is_shared_and_taken_back),
	        cmocka_unit_test(a_shared_access_to_a_private_page_asks_the_vmm),
	        cmocka_unit_test(a_private_access_to_a_shared_page_asks_the_vmm),
	        cmocka_unit_test(destroyed_content_is_reported_not_retried_for_ever),
	        cmocka_unit_test(ram_where_there_is_none_is_rejected),
	        cmocka_unit_test(a_large_range_changes_as_a_whole),
	        cmocka_unit_test(half_a_grant_changes_nothing),
	        cmocka_unit_test(populating_a_page_twice_is_refused),
	        cmocka_unit_test(content_arrives_and_is_filled_up_with_zeros),
	        cmocka_unit_test(a_block_is_mapped_as_one),
	        cmocka_unit_test(a_piece_of_a_block_is_unmapped),
	        cmocka_unit_test(a_block_with_a_hole_is_mapped_in_pages),
	        cmocka_unit_test(a_table_in_the_place_of_a_block_makes_pages_of_it),
	        cmocka_unit_test(shared_ram_at_the_end_of_the_ipa_space_is_unmapped),
	        cmocka_unit_test(shared_memory_reads_and_writes_across_pages),
	        cmocka_unit_test(what_is_not_ram_is_an_abort_in_the_realm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
