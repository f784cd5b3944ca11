/* SPDX-License-Identifier: BSD-3-Clause */
/* Private memory in blocks: mapping, splitting, folding, and what it all costs in RMI calls. */

#include <errno.h>
#include <stdlib.h>

#include "scene.h"

#define BLOCK   (UINT64_C(2) << 20)
#define GIB     (UINT64_C(1) << 30)
#define CHUNK   (BLOCK / 4)
#define NOWHERE UINT64_MAX

/* What a guest does between two host calls: touches an IPA, or changes a RIPAS. */
struct step {
	uint64_t touch; /* NOWHERE: nothing. */
	uint64_t base;
	uint64_t top; /* 0: no change. */
	enum rsi_ripas ripas;
};

struct plan {
	const struct step *steps;
	unsigned num;
	bool refused;
};

static void follows_a_plan(struct guest *g, void *arg)
{
	struct plan *plan = arg;

	/* The page of the host call is there before anything is counted. */
	guest_store64(g, RAM + PAGE, 0);
	rsi_host_call(g, RAM + PAGE);
	for (unsigned i = 0; i < plan->num; i++) {
		const struct step *step = &plan->steps[i];

		if (step->touch != NOWHERE)
			guest_store64(g, step->touch, i + 1);
		if (step->top != 0)
			plan->refused |= !guest_set_ripas(g, step->base, step->top, step->ripas, 0);
		rsi_host_call(g, RAM + PAGE);
	}
}

static struct realm_stats stats_of(struct scene *s)
{
	struct realm_stats stats;

	realm_get_stats(s->vm, &stats);
	return stats;
}

/* Runs to the next host call. @return the RMI calls that it took, entries aside */
static uint64_t next_step(struct scene *s)
{
	uint64_t before = hook_total(s->hook);

	assert_int_equal(scene_run(s)->reason, REALM_EXIT_HYPERCALL);
	return hook_total(s->hook) - before;
}

/* A Realm that follows a plan, at its first host call. */
static void begin(struct scene *s, const char *conf, const struct realm_config *config,
                  struct plan *plan, const struct step *steps, unsigned num)
{
	*plan = (struct plan){.steps = steps, .num = num};
	scene_open(s, conf);
	scene_guest_config(s, config, follows_a_plan, plan);
	next_step(s);
}

#define BEGIN(s, conf, config, plan, steps)                                                        \
	begin(s, conf, config, plan, steps, sizeof(steps) / sizeof((steps)[0]))

static const char *const revisions[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

/* GRANULE_RANGE_DELEGATE and RTT_DATA_MAP, nothing else. */
static void a_fault_on_a_page_with_a_table_costs_two_calls(void **state)
{
	static const struct step steps[] = {{.touch = RAM + 5 * PAGE}, {.touch = RAM + 9 * PAGE}};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct plan plan;
		struct scene s;

		BEGIN(&s, revisions[i], NULL, &plan, steps);
		assert_calls(&s, next_step(&s), 2);
		assert_calls(&s, next_step(&s), 2);
		scene_close(&s);
	}
}

/* A block costs what a page costs; no table is made for it. */
static void a_block_costs_two_calls(void **state)
{
	static const struct step steps[] = {{.touch = RAM + BLOCK + 5 * PAGE},
	                                    {.touch = RAM + BLOCK + 300 * PAGE}};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct realm_stats before;
		struct plan plan;
		struct scene s;

		BEGIN(&s, revisions[i], NULL, &plan, steps);
		before = stats_of(&s);
		assert_calls(&s, next_step(&s), 2);
		assert_int_equal(stats_of(&s).private_blocks, 1);
		assert_int_equal(stats_of(&s).tables, before.tables);
		assert_int_equal(next_step(&s), 0);
		scene_close(&s);
	}
}

/* Whether the first access to 6 GB of RAM maps a block of a size. */
static void first_access(const char *conf, uint64_t block_size, uint64_t expected)
{
	static const struct step steps[] = {{.touch = 4 * GIB + 12345 * 8}};
	const struct realm_config config = {.block_size = block_size};
	struct realm_stats before;
	struct plan plan;
	struct scene s;
	uint64_t page;

	plan = (struct plan){.steps = steps, .num = 1};
	scene_open(&s, conf);
	page = host_features(s.host)->granule_size;
	s.vm = realm_create(s.host, &config);
	assert_non_null(s.vm);
	assert_int_equal(realm_add_memory(s.vm, RAM, RAM_SIZE), 0);
	assert_int_equal(realm_add_memory(s.vm, 4 * GIB, 6 * GIB), 0);
	rmm_script(s.rmm, RAM, follows_a_plan, &plan);
	assert_int_equal(realm_populate(s.vm, RAM, NULL, RAM_SIZE, 0), 0);
	s.cpu = realm_vcpu_create(s.vm, 0);
	realm_vcpu_set_pc(s.cpu, RAM);
	next_step(&s);
	before = stats_of(&s);
	next_step(&s);
	assert_int_equal(stats_of(&s).pages_mapped - before.pages_mapped, expected / page);
	assert_int_equal(stats_of(&s).private_blocks, expected > page ? 1 : 0);
	scene_close(&s);
}

static void the_largest_block_that_fits_is_used(void **state)
{
	(void)state;
	first_access("dram=256M", 0, BLOCK);
	first_access("dram=256M,granule=16K", 0, 32 << 20);
	first_access("dram=256M,granule=64K", 0, 64 << 10);
	first_access("dram=256M", PAGE, PAGE);
	first_access("dram=2G,granule=64K", 512 << 20, 512 << 20);
	/* 1 GB does not leave half of what there is; nor does 2 MB. */
	first_access("dram=1G", GIB, BLOCK);
	first_access("dram=19M", BLOCK, PAGE);
}

/* One block of 1 GB. Apart, since the RMM clears it. */
static void a_block_of_a_gigabyte_is_mapped_as_one(void **state)
{
	(void)state;
	first_access("dram=3G", GIB, GIB);
}

/* Ten pages here and there in 6 GB. */
static void touches_ten_pages(struct guest *g, void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 10; i++)
		guest_store64(g, 4 * GIB + i * UINT64_C(0x2001f000), 1);
	rsi_host_call(g, RAM + PAGE);
}

static void begin_scattered(struct scene *s, const char *conf, const struct realm_config *config,
                            guest_script *fn)
{
	scene_open(s, conf);
	scene_guest_config(s, config, fn, NULL);
	assert_int_equal(realm_add_memory(s->vm, 4 * GIB, 6 * GIB), 0);
	next_step(s);
}

/*
 * Unmapping a range costs as many calls as there is mapped in it, not as many as it has pages: the
 * holes between two pages are passed over in at most one call for each level.
 */
static void unmapping_a_range_with_holes_costs_what_is_mapped(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct realm_stats stats;
		struct scene s;
		uint64_t calls;

		begin_scattered(&s, revisions[i % 2], i < 2 ? &scene_pages : NULL,
		                touches_ten_pages);
		stats = stats_of(&s);
		calls = hook_total(s.hook);
		assert_int_equal(realm_set_attributes(s.vm, 4 * GIB, 6 * GIB, false), 0);
		calls = hook_total(s.hook) - calls;
		assert_int_equal(stats_of(&s).pages_unmapped, stats.pages_mapped - 1);
		/* Each page: unmap, undelegate, two tries to fold, and holes around it. */
		assert_in_range(calls, 2 * 10, s.calm ? 10 * 10 : UINT64_MAX);
		scene_close(&s);
	}
}

static void touches_many_blocks(struct guest *g, void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 40; i++)
		guest_store64(g, 4 * GIB + i * 3 * BLOCK, 1);
	rsi_host_call(g, RAM + PAGE);
}

/* n blocks, and the tables that lead to them: teardown is linear in both. */
static void teardown_costs_what_is_mapped(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct realm_stats stats;
		uint64_t calls, unmaps;
		struct scene s;

		begin_scattered(&s, revisions[i], NULL, touches_many_blocks);
		stats = stats_of(&s);
		assert_int_equal(stats.private_blocks, 40);
		calls = hook_total(s.hook);
		unmaps = hook_count(s.hook, SMC_RMI_RTT_DATA_UNMAP);
		scene_end_realm(&s);
		calls = hook_total(s.hook) - calls;
		unmaps = hook_count(s.hook, SMC_RMI_RTT_DATA_UNMAP) - unmaps;
		/* 40 blocks with a hole after each, 2 pages; some more where a piece ends. */
		assert_in_range(unmaps, 42, s.calm ? 2 * 42 + 160 : UINT64_MAX);
		assert_in_range(calls, 80, s.calm ? 4 * 42 + 3 * stats.tables + 160 : UINT64_MAX);
		assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_FOLD), 0);
		scene_close(&s);
	}
}

/* A block is split by one table, in one call, and what is not unmapped keeps its content. */
static void checks_the_rest(struct guest *g, void *arg)
{
	uint64_t *good = arg;

	for (uint64_t ipa = RAM + BLOCK; ipa < RAM + 2 * BLOCK; ipa += PAGE)
		guest_store64(g, ipa, ipa);
	guest_set_ripas(g, RAM + BLOCK + 7 * PAGE, RAM + BLOCK + 9 * PAGE, RSI_RIPAS_EMPTY, 0);
	for (uint64_t ipa = RAM + BLOCK; ipa < RAM + 2 * BLOCK; ipa += PAGE)
		*good += guest_load64(g, ipa) == ipa;
}

/* Bug 18: the rest of a split block stays mapped where it was. */
static void the_rest_of_a_split_block_keeps_its_content(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t good = 0;
		struct scene s;

		scene_open(&s, revisions[i]);
		scene_guest(&s, checks_the_rest, &good);
		scene_run_to_end(&s);
		assert_int_equal(good, 512 - 2);
		assert_int_equal(stats_of(&s).private_blocks, 1);
		assert_int_equal(stats_of(&s).pages_unmapped, 2);
		scene_close(&s);
	}
}

/*
 * Bug 18: there is no memory for the table that splits a block. The change is refused with nothing
 * changed, and works later.
 */
static void a_block_that_cannot_be_split_stays_as_it_is(void **state)
{
	static const struct step steps[] = {{.touch = RAM + BLOCK}, {.touch = RAM + BLOCK + PAGE}};
	struct host_pages pages;
	struct realm *other;
	struct plan plan;
	struct scene s;
	uint64_t size;
	void *hog;

	(void)state;
	BEGIN(&s, "", NULL, &plan, steps);
	next_step(&s);
	/* The shared memory of another realm takes all that is left. */
	other = realm_create(s.host, NULL);
	host_pages(s.host, &pages);
	size = pages.owner[HOST_PAGE_FREE] * PAGE;
	hog = calloc(1, size);
	assert_non_null(hog);
	assert_int_equal(realm_add_memory_flags(other, RAM, size, REALM_MEMORY_SHARED), 0);
	assert_int_equal(realm_write_shared(other, RAM, hog, size), 0);
	assert_int_equal(realm_set_attributes(s.vm, RAM + BLOCK + PAGE, PAGE, false), -ENOMEM);
	assert_true(realm_is_private(s.vm, RAM + BLOCK + PAGE));
	assert_int_equal(stats_of(&s).pages_unmapped, 0);
	/* The Realm does not notice. */
	assert_int_equal(next_step(&s), 0);
	assert_int_equal(realm_destroy(other), 0);
	free(hog);
	assert_int_equal(realm_set_attributes(s.vm, RAM + BLOCK + PAGE, PAGE, false), 0);
	assert_int_equal(stats_of(&s).pages_unmapped, 1);
	scene_close(&s);
}

/*
 * Bug 19: tables were folded only where a range begins with one, and never the table that an
 * unaligned range begins in. Memory that is given back in pieces comes back in blocks.
 */
static void memory_given_back_in_pieces_is_folded_and_comes_back_as_a_block(void **state)
{
	static const struct step steps[] = {
	        {.touch = RAM + BLOCK},
	        {NOWHERE, RAM + BLOCK + PAGE, RAM + BLOCK + CHUNK, RSI_RIPAS_EMPTY},
	        {NOWHERE, RAM + BLOCK + CHUNK, RAM + 2 * BLOCK, RSI_RIPAS_EMPTY},
	        {NOWHERE, RAM + BLOCK, RAM + BLOCK + PAGE, RSI_RIPAS_EMPTY},
	        {NOWHERE, RAM + BLOCK, RAM + 2 * BLOCK, RSI_RIPAS_RAM},
	        {.touch = RAM + BLOCK + 77 * PAGE},
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct plan plan;
		uint64_t tables;
		struct scene s;

		BEGIN(&s, revisions[i], NULL, &plan, steps);
		next_step(&s);
		tables = stats_of(&s).tables;
		next_step(&s);
		assert_int_equal(stats_of(&s).tables, tables + 1);
		next_step(&s);
		next_step(&s);
		assert_int_equal(stats_of(&s).tables, tables);
		assert_int_equal(stats_of(&s).tables_folded, 1);
		next_step(&s);
		next_step(&s);
		assert_int_equal(stats_of(&s).private_blocks, 2);
		assert_int_equal(stats_of(&s).tables, tables);
		assert_false(plan.refused);
		scene_close(&s);
	}
}

/* RIPAS of what was never touched changes in blocks: no table is made for it. */
static void ripas_of_untouched_memory_changes_in_blocks(void **state)
{
	static const struct step steps[] = {
	        {NOWHERE, RAM + BLOCK, RAM + 8 * BLOCK, RSI_RIPAS_EMPTY},
	        {NOWHERE, RAM + BLOCK, RAM + 8 * BLOCK, RSI_RIPAS_RAM},
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct plan plan;
		uint64_t tables, ripas;
		struct scene s;

		BEGIN(&s, revisions[i], NULL, &plan, steps);
		tables = stats_of(&s).tables;
		next_step(&s);
		next_step(&s);
		ripas = hook_count(s.hook, SMC_RMI_RTT_SET_RIPAS);
		assert_calls(&s, ripas, 2);
		assert_int_equal(stats_of(&s).tables, tables);
		scene_close(&s);
	}
}

/* The level of an abort that the RMM reports, made wrong. */
static bool says_level_1(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct rmi_rec_run *run;

	if (regs->x[0] != SMC_RMI_REC_ENTER)
		return false;
	run = rmi_pa_to_va(hook->inner, regs->x[2], sizeof(*run));
	rmi_call(rmi_pe(hook->inner, pe), regs);
	if (run->exit.exit_reason == RMI_EXIT_SYNC)
		run->exit.esr = (run->exit.esr & ~UINT64_C(3)) | 1;
	return true;
}

static void fills_in_from_the_middle(struct guest *g, void *arg)
{
	uint64_t *good = arg;

	for (uint64_t i = 0; i < 512; i += 16)
		guest_store64(g, RAM + (256 + i) % 512 * PAGE + 8, i + 1);
	for (uint64_t i = 0; i < 512; i += 16)
		*good += guest_load64(g, RAM + (256 + i) % 512 * PAGE + 8) == i + 1;
}

/*
 * A block is offered where pages are mapped already, as happens when another vCPU was quicker.
 * Unmapping what had been mapped before the obstacle would leave it DESTROYED: the Realm would
 * never have that memory again.
 */
static void a_block_that_meets_mapped_pages_destroys_nothing(void **state)
{
	static const char *const confs[] = {"spec=2.0-bet1", "spec=2.0-bet3",
	                                    "quirks=map_level_from_descriptor",
	                                    "policy=hostile,seed=3"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t good = 0;
		struct scene s;

		scene_open(&s, confs[i]);
		scene_guest(&s, fills_in_from_the_middle, &good);
		assert_int_equal(realm_populate(s.vm, RAM + 300 * PAGE, "x", 1, 0), 0);
		s.hook->fn = says_level_1;
		scene_run_to_end(&s);
		assert_int_equal(good, 32);
		scene_close(&s);
	}
}

/* Changes an attribute as soon as a fault has taken its memory. */
static bool changes_attribute(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct realm *vm = hook->arg;

	(void)pe;
	if (regs->x[0] != SMC_RMI_GRANULE_RANGE_DELEGATE || vm == NULL)
		return false;
	hook->arg = NULL;
	assert_int_equal(realm_set_attributes(vm, RAM + 5 * PAGE, PAGE, false), 0);
	return false;
}

/*
 * Bug 24: the attribute of a page changes between the moment when a fault looks at it and the
 * moment when it maps. The page must not be mapped; the Realm faults again, and the VMM is asked.
 */
static void an_attribute_that_changes_during_a_fault_is_respected(void **state)
{
	static const struct step steps[] = {{.touch = RAM + 5 * PAGE}};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct realm_exit *e;
		struct plan plan;
		uint64_t maps;
		struct scene s;

		BEGIN(&s, revisions[i], NULL, &plan, steps);
		maps = hook_count(s.hook, SMC_RMI_RTT_DATA_MAP);
		s.hook->arg = s.vm;
		s.hook->fn = changes_attribute;
		e = realm_vcpu_run(s.cpu);
		assert_int_equal(e->reason, REALM_EXIT_MEMORY_FAULT);
		assert_true(e->memory_fault.is_private);
		assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_DATA_MAP), maps);
		assert_int_equal(stats_of(&s).faults_retried, 1);
		next_step(&s);
		scene_close(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_fault_on_a_page_with_a_table_costs_two_calls),
	        cmocka_unit_test(a_block_costs_two_calls),
	        cmocka_unit_test(the_largest_block_that_fits_is_used),
	        cmocka_unit_test(a_block_of_a_gigabyte_is_mapped_as_one),
	        cmocka_unit_test(unmapping_a_range_with_holes_costs_what_is_mapped),
	        cmocka_unit_test(teardown_costs_what_is_mapped),
	        cmocka_unit_test(the_rest_of_a_split_block_keeps_its_content),
	        cmocka_unit_test(a_block_that_cannot_be_split_stays_as_it_is),
	        cmocka_unit_test(memory_given_back_in_pieces_is_folded_and_comes_back_as_a_block),
	        cmocka_unit_test(ripas_of_untouched_memory_changes_in_blocks),
	        cmocka_unit_test(a_block_that_meets_mapped_pages_destroys_nothing),
	        cmocka_unit_test(an_attribute_that_changes_during_a_fault_is_respected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
