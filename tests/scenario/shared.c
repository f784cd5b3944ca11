/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared memory: blocks, read-only mappings, regions that are never private. */

#include <errno.h>
#include <string.h>

#include "scene.h"

#define BLOCK (UINT64_C(2) << 20)
#define ROM   UINT64_C(0x60000000)

static const char *const revisions[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

static struct realm_stats stats_of(struct scene *s)
{
	struct realm_stats stats;

	realm_get_stats(s->vm, &stats);
	return stats;
}

static uint64_t used_pages(struct scene *s)
{
	struct host_pages pages;

	host_pages(s->host, &pages);
	return pages.owner[HOST_PAGE_USED];
}

static uint64_t values[8];

static void set_up(struct scene *s, const char *conf, const struct realm_config *config,
                   guest_script *fn)
{
	memset(values, 0, sizeof(values));
	scene_open(s, conf);
	scene_guest_config(s, config, fn, NULL);
}

static void shares_two_blocks(struct guest *g, void *arg)
{
	(void)arg;
	guest_set_ripas(g, RAM + BLOCK, RAM + 3 * BLOCK, RSI_RIPAS_EMPTY, 0);
	for (uint64_t ipa = RAM + BLOCK; ipa < RAM + 3 * BLOCK; ipa += PAGE)
		guest_store64(g, ipa | SHARED_BIT, ipa);
	rsi_host_call(g, RAM + PAGE);
	/* A piece of the first block becomes private. */
	guest_set_ripas(g, RAM + BLOCK + 8 * PAGE, RAM + BLOCK + 9 * PAGE, RSI_RIPAS_RAM, 0);
	for (uint64_t ipa = RAM + BLOCK; ipa < RAM + 3 * BLOCK; ipa += PAGE)
		if (ipa != RAM + BLOCK + 8 * PAGE)
			values[0] += guest_load64(g, ipa | SHARED_BIT) == ipa;
	guest_store64(g, RAM + BLOCK + 8 * PAGE, 8);
	values[1] = guest_load64(g, RAM + BLOCK + 8 * PAGE);
}

/*
 * Bug 17: a part of a shared block is unmapped. The block is split, only the part goes, the rest
 * stays mapped with what is in it.
 */
static void a_piece_of_a_shared_block_becomes_private(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct scene s;
		uint64_t value = 0, maps;

		set_up(&s, revisions[i], NULL, shares_two_blocks);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		maps = hook_count(s.hook, SMC_RMI_RTT_UNPROT_MAP);
		/* Two blocks, and the tables that led to the first. */
		assert_int_equal(stats_of(&s).shared_blocks, 2);
		assert_int_equal(stats_of(&s).shared_faults, 2);
		assert_in_range(maps, 2, s.calm ? 4 : UINT64_MAX);
		assert_int_equal(realm_read_shared(s.vm, RAM + 2 * BLOCK + PAGE, &value, 8), 0);
		assert_int_equal(value, RAM + 2 * BLOCK + PAGE);
		scene_run_to_end(&s);
		assert_int_equal(values[0], 2 * 512 - 1);
		assert_int_equal(values[1], 8);
		assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_UNPROT_MAP), maps);
		scene_close(&s);
	}
}

/* All of a shared range becomes private: blocks and tables go, and a private block fits. */
static void takes_blocks_back(struct guest *g, void *arg)
{
	(void)arg;
	guest_set_ripas(g, RAM + BLOCK, RAM + 3 * BLOCK, RSI_RIPAS_EMPTY, 0);
	guest_store64(g, (RAM + BLOCK) | SHARED_BIT, 1);
	guest_store64(g, (RAM + 2 * BLOCK) | SHARED_BIT, 1);
	guest_set_ripas(g, RAM + BLOCK + PAGE, RAM + BLOCK + 2 * PAGE, RSI_RIPAS_RAM, 0);
	guest_set_ripas(g, RAM + BLOCK, RAM + 3 * BLOCK, RSI_RIPAS_RAM, 0);
	guest_store64(g, RAM + BLOCK + 5 * PAGE, 1);
	guest_store64(g, RAM + 2 * BLOCK + 5 * PAGE, 1);
}

static void what_was_shared_in_blocks_becomes_private_in_blocks(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct scene s;

		set_up(&s, revisions[i], NULL, takes_blocks_back);
		scene_run_to_end(&s);
		assert_int_equal(stats_of(&s).shared_blocks, 2);
		assert_int_equal(stats_of(&s).private_blocks, 2);
		/* Tables below which everything is alike again are gone, in both halves. */
		assert_true(stats_of(&s).tables_folded >= 2);
		scene_close(&s);
	}
}

static void reads_then_writes(struct guest *g, void *arg)
{
	const uint64_t a = (RAM + 8 * PAGE) | SHARED_BIT, b = (RAM + 9 * PAGE) | SHARED_BIT;

	(void)arg;
	guest_set_ripas(g, RAM + 8 * PAGE, RAM + 16 * PAGE, RSI_RIPAS_EMPTY, 0);
	values[0] = guest_load64(g, a);
	values[1] = guest_load64(g, b);
	rsi_host_call(g, RAM + PAGE);
	guest_store64(g, a, 0xa);
	values[2] = guest_load64(g, a);
	values[3] = guest_load64(g, b);
	rsi_host_call(g, RAM + PAGE);
	values[4] = guest_load64(g, b);
	guest_store64(g, b + 8, 0xb);
	values[5] = guest_load64(g, b);
	values[6] = guest_load64(g, a);
}

/*
 * Bug 16: a page that is only read is the page of zeros, mapped read-only; the first write finds
 * something mapped at the level that it needs. Mapping it writable at once made Realms write to the
 * page that everybody reads, and lose what they wrote. Unmapped, then mapped with a page of its
 * own.
 */
static void a_page_that_was_read_is_replaced_by_the_first_write(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t used, value = 0, unmaps;
		struct scene s;

		set_up(&s, revisions[i], NULL, reads_then_writes);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		used = used_pages(&s);
		unmaps = hook_count(s.hook, SMC_RMI_RTT_UNPROT_UNMAP);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		assert_int_equal(used_pages(&s), used + 1);
		assert_calls(&s, hook_count(s.hook, SMC_RMI_RTT_UNPROT_UNMAP), unmaps + 1);
		assert_int_equal(realm_read_shared(s.vm, RAM + 8 * PAGE, &value, 8), 0);
		assert_int_equal(value, 0xa);
		/* The VMM writes to the other: the Realm sees it, and not the zeros. */
		value = 0xf00d;
		assert_int_equal(realm_write_shared(s.vm, RAM + 9 * PAGE, &value, 8), 0);
		scene_run_to_end(&s);
		assert_int_equal(values[0] | values[1] | values[3], 0);
		assert_int_equal(values[2], 0xa);
		assert_int_equal(values[4], 0xf00d);
		assert_int_equal(values[5], 0xf00d);
		assert_int_equal(values[6], 0xa);
		assert_int_equal(realm_read_shared(s.vm, RAM + 9 * PAGE + 8, &value, 8), 0);
		assert_int_equal(value, 0xb);
		scene_close(&s);
	}
}

static void reads_much(struct guest *g, void *arg)
{
	(void)arg;
	guest_set_ripas(g, RAM + BLOCK, RAM + 2 * BLOCK, RSI_RIPAS_EMPTY, 0);
	for (uint64_t ipa = RAM + BLOCK; ipa < RAM + 2 * BLOCK; ipa += PAGE)
		values[0] |= guest_load64(g, ipa | SHARED_BIT);
	rsi_host_call(g, RAM + PAGE);
	guest_set_ripas(g, RAM + BLOCK, RAM + 2 * BLOCK, RSI_RIPAS_RAM, 0);
	guest_store64(g, RAM + BLOCK, 1);
}

/* Reading costs no memory but one page; and the zeros are unmapped like any other page. */
static void memory_that_is_only_read_costs_one_page(void **state)
{
	struct scene s;
	uint64_t used;

	(void)state;
	set_up(&s, "", &scene_pages, reads_much);
	/* Up to the grant. */
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_MEMORY_FAULT);
	used = used_pages(&s);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	assert_int_equal(used_pages(&s), used + 1);
	assert_int_equal(stats_of(&s).pages_shared, 512);
	assert_int_equal(values[0], 0);
	scene_run_to_end(&s);
	assert_calls(&s, hook_count(s.hook, SMC_RMI_RTT_UNPROT_UNMAP), 1);
	scene_close(&s);
}

static void uses_a_rom(struct guest *g, void *arg)
{
	(void)arg;
	values[0] = guest_load64(g, ROM | SHARED_BIT);
	guest_store32(g, (ROM + 12) | SHARED_BIT, 0x77);
	values[1] = guest_load64(g, (ROM + 8) | SHARED_BIT);
	/* Nothing private is there. */
	guest_load64(g, ROM);
	values[2] = guest_take_sea(g, NULL, NULL);
	values[3] = guest_set_ripas(g, ROM, ROM + PAGE, RSI_RIPAS_RAM, 0);
	/* Before it was read for the first time. */
	guest_store32(g, (ROM + PAGE) | SHARED_BIT, 0x78);
}

/* A memslot that is read-only: reads are RAM, writes are for the VMM. */
static void a_write_to_read_only_memory_is_mmio(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const uint64_t content = 0x1122334455667788;
		struct realm_exit *e;
		struct scene s;

		set_up(&s, revisions[i % 2], i < 2 ? NULL : &scene_pages, uses_a_rom);
		assert_int_equal(
		        realm_add_memory_flags(s.vm, ROM, 2 * BLOCK,
		                               REALM_MEMORY_SHARED | REALM_MEMORY_READONLY),
		        0);
		assert_int_equal(realm_write_shared(s.vm, ROM, &content, 8), 0);
		e = scene_run(&s);
		assert_int_equal(e->reason, REALM_EXIT_MMIO);
		assert_int_equal(e->mmio.gpa, ROM + 12);
		assert_true(e->mmio.is_write);
		assert_int_equal(e->mmio.data, 0x77);
		/* A RIPAS change is announced, and then refused. */
		do {
			e = realm_vcpu_run(s.cpu);
		} while (e->reason == REALM_EXIT_MEMORY_FAULT);
		assert_int_equal(e->reason, REALM_EXIT_MMIO);
		assert_int_equal(e->mmio.gpa, ROM + PAGE);
		scene_run_to_end(&s);
		assert_int_equal(values[0], content);
		assert_int_equal(values[1], 0);
		assert_int_equal(values[2], 1);
		assert_int_equal(values[3], false);
		scene_close(&s);
	}
}

static void memory_that_is_only_shared_is_never_private(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	assert_int_equal(realm_add_memory_flags(s.vm, ROM, BLOCK, REALM_MEMORY_READONLY), -EINVAL);
	assert_int_equal(realm_add_memory_flags(s.vm, ROM, BLOCK, 4), -EINVAL);
	assert_int_equal(realm_add_memory_flags(s.vm, ROM, BLOCK, REALM_MEMORY_SHARED), 0);
	assert_false(realm_is_private(s.vm, ROM));
	assert_int_equal(realm_set_attributes(s.vm, ROM, BLOCK, false), 0);
	assert_int_equal(realm_set_attributes(s.vm, ROM, PAGE, true), -EINVAL);
	assert_int_equal(realm_populate(s.vm, ROM, "x", 1, 0), -EINVAL);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_piece_of_a_shared_block_becomes_private),
	        cmocka_unit_test(what_was_shared_in_blocks_becomes_private_in_blocks),
	        cmocka_unit_test(a_page_that_was_read_is_replaced_by_the_first_write),
	        cmocka_unit_test(memory_that_is_only_read_costs_one_page),
	        cmocka_unit_test(a_write_to_read_only_memory_is_mmio),
	        cmocka_unit_test(memory_that_is_only_shared_is_never_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
