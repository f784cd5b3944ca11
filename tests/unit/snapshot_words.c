/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What rmm_snapshot_equal() says about differences that no command of an RMM makes by itself, or
 * that another one always comes before: the test changes one of two equal snapshots.
 */
#include <stdio.h>
#include <string.h>

#include <rmi/commands.h>
#include <rmi/model.h>
#include <rmi/rmi.h>

#include "cmocka_test.h"
#include "core/snapshot.h"
#include "granule/granule.h"

#define DRAM  UINT64_C(0x80000000)
#define PAGE  UINT64_C(0x1000)
/* Granules that are held, and how many. */
#define FIRST DRAM
#define COUNT 3

struct fixture {
	struct rmi *rmi;
	struct rmm_snapshot *before;
	struct rmm_snapshot *after;
	char why[160];
};

static int setup(void **state)
{
	static struct fixture f;
	struct rmi_error err;
	struct rmi_pe *pe;

	f = (struct fixture){.rmi = rmi_open("model:dram=16M,pes=1", &err)};
	assert_non_null(f.rmi);
	pe = rmi_pe(f.rmi, 0);
	assert_int_equal(rmi_rmm_activate(pe, NULL), RMI_SUCCESS);
	assert_int_equal(rmi_granule_range_delegate(pe, FIRST, FIRST + COUNT * PAGE, NULL, NULL),
	                 RMI_SUCCESS);
	f.before = rmm_snapshot_take(rmi_model(f.rmi));
	f.after = rmm_snapshot_take(rmi_model(f.rmi));
	assert_int_equal(f.before->num_granules, COUNT);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	rmm_snapshot_free(f->before);
	rmm_snapshot_free(f->after);
	rmi_close(f->rmi);
	return 0;
}

static void expect(struct fixture *f, const char *why)
{
	assert_false(rmm_snapshot_equal(f->before, f->after, f->why, sizeof(f->why)));
	assert_string_equal(f->why, why);
}

/* The same the other way round. */
static void expect_reverse(struct fixture *f, const char *why)
{
	assert_false(rmm_snapshot_equal(f->after, f->before, f->why, sizeof(f->why)));
	assert_string_equal(f->why, why);
}

static void numbers_of_the_rmm_are_compared_one_by_one(void **state)
{
	struct fixture *f = *state;
	struct rmm_snapshot *s = f->after;
	const struct rmm_snapshot equal = *s;

	s->num_tracked++;
	expect(f, "the number of regions that the Host tracked was 0x0, is 0x1");
	*s = equal;
	s->tracking_region_size = 1;
	expect(f, "the tracking region size was 0x40000000, is 0x1");
	*s = equal;
	s->pat_valid = !s->pat_valid;
	expect(f, "the validity of the platform token was 0x1, is 0x0");
	*s = equal;
	s->dram_base = 0;
	expect(f, "the base of DRAM was 0x80000000, is 0x0");
	*s = equal;
	s->num_tracking++;
	expect(f, "the number of tracking regions was 0x1, is 0x2");
	*s = equal;
	s->num_gpt++;
	expect(f, "the number of L0 GPT entries was 0x1, is 0x2");
	*s = equal;
	s->num_sros++;
	assert_false(rmm_snapshot_equal(f->before, s, f->why, sizeof(f->why)));
	assert_non_null(strstr(f->why, "the number of contexts was"));
	*s = equal;
	assert_true(rmm_snapshot_equal(f->before, s, f->why, sizeof(f->why)));
}

static void vmid_is_named_whichever_way_it_changes(void **state)
{
	struct fixture *f = *state;

	f->after->vmid_map[2] |= UINT64_C(1) << 5;
	expect(f, "VMID 133 was free, is in use");
	expect_reverse(f, "VMID 133 was in use, is free");
}

static void region_and_its_memory_are_named(void **state)
{
	struct fixture *f = *state;
	struct snapshot_region *before = &f->before->tracking[0];
	struct snapshot_region *after = &f->after->tracking[0];

	after->memory.count = 2;
	expect(f, "tracking region 0x80000000 had 0 granules donated, has 2");
	before->memory.count = 2;
	after->memory.first = DRAM;
	expect(f, "tracking region 0x80000000 had 2 granules donated, has 2 others");
	before->memory.first = DRAM;
	after->memory.state++;
	expect(f, "tracking region 0x80000000 had 2 granules donated, has 2 others");
	/* Without memory nobody asks where it is. */
	before->memory.count = after->memory.count = 0;
	assert_true(rmm_snapshot_equal(f->before, f->after, f->why, sizeof(f->why)));
	f->after->gpt[0].memory.count = 1;
	expect(f, "L0 GPT entry 0x80000000 had 0 granules donated, has 1");
}

static void flags_and_count_of_a_granule_are_named(void **state)
{
	struct fixture *f = *state;
	struct snapshot_granule *g = &f->after->granules[1];
	uint32_t word = g->word;

	g->word = word | GRANULE_INTERMEDIATE;
	expect(f, "granule 0x80001000 (GRAN_DELEGATED) was not intermediate, is intermediate");
	expect_reverse(f, "granule 0x80001000 (GRAN_DELEGATED) was intermediate, is not");
	g->word = word | UINT32_C(1) << 5;
	expect(f, "granule 0x80001000 (GRAN_DELEGATED): flags were 0x1, are 0x21");
	g->word = (word & ~GRANULE_STATE_MASK) | GRAN_DATA;
	expect(f, "granule 0x80001000 was GRAN_DELEGATED, is GRAN_DATA");
	g->word = word;
	g->count = 7;
	expect(f, "granule 0x80001000 (GRAN_DELEGATED): count was 0, is 7");
}

static void granule_in_the_midst_appears_and_disappears(void **state)
{
	struct fixture *f = *state;
	struct rmm_snapshot *s = f->after;

	/* The second one is gone. */
	s->granules[1] = s->granules[2];
	s->num_granules--;
	expect(f, "granule 0x80001000 was GRAN_DELEGATED, is GRAN_UNDELEGATED");
	expect_reverse(f, "granule 0x80001000 was GRAN_UNDELEGATED, is GRAN_DELEGATED");
}

static void first_byte_that_differs_is_named(void **state)
{
	static uint8_t zeros[4096], changed[4096];
	struct fixture *f = *state;
	struct rmm_snapshot parts[2] = {*f->before, *f->after};
	struct snapshot_granule granules[2] = {f->before->granules[0], f->after->granules[0]};

	changed[0xabc] = 0x5a;
	changed[0xabd] = 0x11;
	parts[0].contents = zeros;
	parts[1].contents = changed;
	for (unsigned i = 0; i < 2; i++) {
		granules[i].content = 0;
		parts[i].granules = &granules[i];
		parts[i].num_granules = 1;
	}
	assert_false(rmm_snapshot_equal(&parts[0], &parts[1], f->why, sizeof(f->why)));
	assert_string_equal(f->why, "granule 0x80000000 (GRAN_DELEGATED): byte 0xabc was 0x00, is "
	                            "0x5a");
	/* Zeros that are kept and zeros that are not are the same. */
	granules[1].content = SNAPSHOT_ZERO;
	assert_true(rmm_snapshot_equal(&parts[0], &parts[1], f->why, sizeof(f->why)));
	assert_true(rmm_snapshot_equal(&parts[1], &parts[0], f->why, sizeof(f->why)));
	parts[0].contents = changed;
	assert_false(rmm_snapshot_equal(&parts[0], &parts[1], f->why, sizeof(f->why)));
	assert_string_equal(f->why, "granule 0x80000000 (GRAN_DELEGATED): byte 0xabc was 0x5a, is "
	                            "0x00");
}

static void open_operation_changes_into_another(void **state)
{
	struct fixture *f = *state;
	struct sro open = {.used = true, .handle = 0x100};
	struct sro *before = &f->before->sros[0];
	struct sro *after = &f->after->sros[0];

	open.command = rmi_command_find(RMI_REVISION_2_0_BET3, SMC_RMI_REALM_CREATE);
	*before = *after = open;
	after->handle++;
	expect(f, "operation 0x100 (RMI_REALM_CREATE) was open, is over");
	*after = open;
	after->rec_pc = 1;
	expect(f, "operation 0x100 (RMI_REALM_CREATE) changed");
	*after = open;
	after->memory.last = 1;
	expect(f, "operation 0x100 (RMI_REALM_CREATE): last granules donated was 0x0, is 0x1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(numbers_of_the_rmm_are_compared_one_by_one),
	        TEST(vmid_is_named_whichever_way_it_changes),
	        TEST(region_and_its_memory_are_named),
	        TEST(flags_and_count_of_a_granule_are_named),
	        TEST(granule_in_the_midst_appears_and_disappears),
	        TEST(first_byte_that_differs_is_named),
	        TEST(open_operation_changes_into_another),
	};

	return cmocka_run_group_tests_name("snapshot_words", tests, NULL, NULL);
}
