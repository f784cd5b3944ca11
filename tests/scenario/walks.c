/* SPDX-License-Identifier: BSD-3-Clause */
/* Walks over tables: folding, teardown, holes, and which half of the IPA space is meant. */

#include <errno.h>

#include "scene.h"

#define BLOCK (UINT64_C(2) << 20)
#define GIB   (UINT64_C(1) << 30)

static const char *const revisions[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

static struct realm_stats stats_of(struct scene *s)
{
	struct realm_stats stats;

	realm_get_stats(s->vm, &stats);
	return stats;
}

/* The RTT_FOLDs that were made. */
struct folds {
	bool calm;
	unsigned num;
	struct {
		uint64_t ipa;
		uint64_t level;
	} call[32];
};

/* RMI_BUSY makes the host repeat a call. */
static bool is_repeated(const struct folds *folds, const struct smccc_regs *regs)
{
	const unsigned last = folds->num - 1;

	return !folds->calm && folds->num != 0 && folds->call[last].ipa == regs->x[2] &&
	       folds->call[last].level == regs->x[3];
}

static bool record_folds(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct folds *folds = hook->arg;

	(void)pe;
	if (regs->x[0] == SMC_RMI_RTT_FOLD && folds->num < 32 && !is_repeated(folds, regs)) {
		folds->call[folds->num].ipa = regs->x[2];
		folds->call[folds->num++].level = regs->x[3];
	}
	return false;
}

static void gives_back_from_the_middle(struct guest *g, void *arg)
{
	(void)arg;
	for (uint64_t ipa = RAM + BLOCK; ipa < RAM + 4 * BLOCK; ipa += BLOCK)
		guest_store64(g, ipa, 1);
	rsi_host_call(g, RAM + PAGE);
}

/*
 * Bug 19: folding began at the table after the one that an unaligned range starts in, and went on
 * behind the end. Tables that the range touches are tried, each once, no others; and then the one
 * above, where all of them have gone.
 */
static void folding_stays_within_the_tables_of_the_range(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct folds folds = {.num = 0};
		struct scene s;

		scene_open(&s, revisions[i]);
		scene_guest_config(&s, &scene_pages, gives_back_from_the_middle, NULL);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		s.hook->fn = record_folds;
		s.hook->arg = &folds;
		folds.calm = s.calm;
		/* The first page of blocks 1 to 3 is mapped; of block 1 it is not in the range. */
		assert_int_equal(
		        realm_set_attributes(s.vm, RAM + BLOCK + PAGE, 2 * BLOCK + PAGE, false), 0);
		assert_int_equal(folds.num, 2);
		assert_int_equal(folds.call[0].ipa, RAM + 2 * BLOCK);
		assert_int_equal(folds.call[0].level, 3);
		assert_int_equal(folds.call[1].ipa, RAM + 3 * BLOCK);
		/* Unaligned: the table around it. */
		folds.num = 0;
		assert_int_equal(realm_set_attributes(s.vm, RAM + PAGE, PAGE, false), 0);
		assert_int_equal(folds.num, 1);
		assert_int_equal(folds.call[0].ipa, RAM);
		scene_close(&s);
	}
}

static void touches_a_mixture(struct guest *g, void *arg)
{
	(void)arg;
	/* Blocks, pages, and a block that is split, each some way apart. */
	for (uint64_t i = 0; i < 6; i++)
		guest_store64(g, 4 * GIB + i * (GIB / 2 + 3 * BLOCK), 1);
	guest_set_ripas(g, 4 * GIB, 4 * GIB + 9 * PAGE, RSI_RIPAS_EMPTY, 0);
	guest_set_ripas(g, 5 * GIB, 5 * GIB + 64 * BLOCK, RSI_RIPAS_EMPTY, 0);
	for (uint64_t i = 0; i < 64; i += 5)
		guest_store64(g, (5 * GIB + i * BLOCK) | SHARED_BIT, 1);
	guest_load64(g, (4 * GIB + PAGE) | SHARED_BIT);
}

/* Bug 20: blocks at levels 1 and 2, pages and holes; the walk that destroys the tables finds all.
 */
static void a_mixture_of_blocks_pages_and_holes_is_torn_down(void **state)
{
	static const uint64_t sizes[] = {PAGE, BLOCK, GIB};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct scene s;
		char conf[64];

		snprintf(conf, sizeof(conf), "%s,dram=%s", revisions[i % 2],
		         sizes[i / 2] == GIB ? "2300M" : "256M");
		/* With blocks of 1 GB the first one takes what there is, the others get less. */
		scene_open(&s, conf);
		scene_guest_config(&s, &(struct realm_config){.block_size = sizes[i / 2]},
		                   touches_a_mixture, NULL);
		assert_int_equal(realm_add_memory(s.vm, 4 * GIB, 5 * GIB + 7 * PAGE), 0);
		scene_run_to_end(&s);
		assert_int_equal(stats_of(&s).private_blocks > 0, sizes[i / 2] != PAGE);
		assert_int_equal(stats_of(&s).shared_blocks > 0, sizes[i / 2] != PAGE);
		scene_close(&s);
	}
}

static void uses_both_halves(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + 2 * BLOCK, 1);
	guest_set_ripas(g, RAM + BLOCK, RAM + 2 * BLOCK, RSI_RIPAS_EMPTY, 0);
	guest_store64(g, (RAM + BLOCK) | SHARED_BIT, 1);
	rsi_host_call(g, RAM + PAGE);
}

/*
 * Bug 25: what becomes shared is unmapped from the private half, what becomes private from the
 * shared one; the other half was unmapped as well, and lost what a Realm had there.
 */
static void an_attribute_change_unmaps_one_half_only(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t private, shared;
		struct scene s;

		scene_open(&s, revisions[i]);
		scene_guest(&s, uses_both_halves, NULL);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		private = hook_count(s.hook, SMC_RMI_RTT_DATA_UNMAP);
		shared = hook_count(s.hook, SMC_RMI_RTT_UNPROT_UNMAP);
		assert_int_equal(realm_set_attributes(s.vm, RAM + 2 * BLOCK, BLOCK, false), 0);
		assert_calls(&s, hook_count(s.hook, SMC_RMI_RTT_DATA_UNMAP), private + 1);
		assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_UNPROT_UNMAP), shared);
		private = hook_count(s.hook, SMC_RMI_RTT_DATA_UNMAP);
		assert_int_equal(realm_set_attributes(s.vm, RAM + BLOCK, BLOCK, true), 0);
		assert_int_equal(hook_count(s.hook, SMC_RMI_RTT_DATA_UNMAP), private);
		assert_calls(&s, hook_count(s.hook, SMC_RMI_RTT_UNPROT_UNMAP), shared + 1);
		scene_close(&s);
	}
}

static void reads_every_other_page(struct guest *g, void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 16; i += 2)
		guest_load64(g, (RAM + BLOCK + i * PAGE) | SHARED_BIT);
	rsi_host_call(g, RAM + PAGE);
}

/*
 * Bug 57: what the Host has written to but the Realm never touched is a hole in the RTTs. Some RMMs
 * answer UNPROT_UNMAP with RMI_ERROR_RTT there, others pass over it.
 */
static void a_hole_in_shared_memory_is_skipped(void **state)
{
	static const char *const confs[] = {"spec=2.0-bet1", "spec=2.0-bet3",
	                                    "quirks=unprot_unmap_nonlive_ok"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		uint8_t data[16 * PAGE] = {1};
		struct scene s;

		scene_open(&s, confs[i]);
		scene_guest_config(&s, &scene_pages, reads_every_other_page, NULL);
		assert_int_equal(realm_set_attributes(s.vm, RAM + BLOCK, BLOCK, false), 0);
		assert_int_equal(realm_write_shared(s.vm, RAM + BLOCK, data, sizeof(data)), 0);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		assert_int_equal(stats_of(&s).pages_shared, 8);
		assert_int_equal(realm_set_attributes(s.vm, RAM + BLOCK, BLOCK, true), 0);
		assert_int_equal(realm_read_shared(s.vm, RAM + BLOCK, data, 1), -EFAULT);
		scene_close(&s);
	}
}

/* An RMM that asks for a table again and again, or below a page. */
static bool wants_a_table(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	const uint64_t *args = hook->arg;

	(void)pe;
	if (regs->x[0] != args[0])
		return false;
	regs->x[0] = rmi_result_level(RMI_ERROR_RTT, (int)args[1]);
	return true;
}

static void touches_a_page_of_each_half(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + 3 * BLOCK, 1);
	rsi_host_call(g, RAM + PAGE);
	guest_store64(g, (RAM + 4 * BLOCK) | SHARED_BIT, 1);
	rsi_host_call(g, RAM + PAGE);
}

/*
 * Bugs 11 and 13: the loops that add tables come to an end, whatever the RMM answers. Afterwards it
 * answers properly, and everything works.
 */
static void tables_are_not_added_for_ever(void **state)
{
	(void)state;
	for (uint64_t level = 1; level <= 2; level++) {
		const uint64_t map[] = {SMC_RMI_RTT_DATA_MAP, level};
		const uint64_t unprot_map[] = {SMC_RMI_RTT_UNPROT_MAP, level};
		const uint64_t unmap[] = {SMC_RMI_RTT_DATA_UNMAP, level};
		const uint64_t populate[] = {SMC_RMI_RTT_DATA_MAP_INIT, level};
		struct scene s;

		scene_open(&s, "");
		scene_guest_config(&s, &scene_pages, touches_a_page_of_each_half, NULL);
		s.hook->fn = wants_a_table;
		s.hook->arg = (void *)populate;
		assert_int_equal(realm_populate(s.vm, RAM + 5 * BLOCK, "x", 1, 0), -ENXIO);
		s.hook->arg = (void *)map;
		assert_int_equal(scene_run(&s)->error, -ENXIO);
		s.hook->arg = (void *)unmap;
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		assert_int_equal(realm_set_attributes(s.vm, RAM + 3 * BLOCK, PAGE, false), -ENXIO);
		s.hook->arg = (void *)unprot_map;
		assert_int_equal(scene_run(&s)->error, -ENXIO);
		s.hook->fn = NULL;
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		scene_close(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(folding_stays_within_the_tables_of_the_range),
	        cmocka_unit_test(a_mixture_of_blocks_pages_and_holes_is_torn_down),
	        cmocka_unit_test(an_attribute_change_unmaps_one_half_only),
	        cmocka_unit_test(a_hole_in_shared_memory_is_skipped),
	        cmocka_unit_test(tables_are_not_added_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
