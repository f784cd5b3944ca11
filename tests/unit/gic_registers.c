/* SPDX-License-Identifier: BSD-3-Clause */
/* The GIC of libhost, register by register (IHI0069 12). */
#include "cmocka_test.h"
#include "gic_bench.h"

static int set_up(void **state)
{
	static struct bench bench;

	bench_init(&bench, 4);
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	bench_fini(*state);
	return 0;
}

static void the_distributor_says_what_it_is(void **state)
{
	struct bench *b = *state;

	/* 64 SPIs, INTIDs of 10 bits, no LPIs, no routing to any one. */
	assert_int_equal(dist_read(b, TYPER), 9u << 19 | 1u << 25 | BENCH_SPIS / 32);
	assert_int_equal(dist_read(b, IIDR) & 0xfff, 0x43b);
	assert_int_equal(dist_read(b, PIDR2), 0x3b);
	dist_write(b, TYPER, 0);
	dist_write(b, IIDR, 0);
	assert_int_equal(dist_read(b, TYPER), 9u << 19 | 1u << 25 | BENCH_SPIS / 32);
	assert_int_equal(dist_read(b, IIDR) & 0xfff, 0x43b);
}

static void gicd_ctlr_keeps_the_group_enables_and_nothing_else(void **state)
{
	struct bench *b = *state;

	dist_write(b, CTLR, 0);
	assert_int_equal(dist_read(b, CTLR), 1u << 4 | 1u << 6);
	dist_write(b, CTLR, 0xffffffff);
	assert_int_equal(dist_read(b, CTLR), 1u << 4 | 1u << 6 | 3);
	dist_write(b, CTLR, 2);
	assert_int_equal(dist_read(b, CTLR), 1u << 4 | 1u << 6 | 2);
}

static void interrupts_begin_in_group_1_disabled_and_idle(void **state)
{
	struct bench *b = *state;

	assert_int_equal(dist_read(b, IGROUPR + 4), 0xffffffff);
	assert_int_equal(frame_read(b, 1, IGROUPR), 0xffffffff);
	for (unsigned reg = ISENABLER; reg < IPRIORITYR; reg += 0x80) {
		assert_int_equal(dist_read(b, reg + 4), 0);
		assert_int_equal(frame_read(b, 1, reg), 0);
	}
	assert_int_equal(frame_read(b, 1, IPRIORITYR), 0);
	assert_int_equal(dist_read(b, IROUTER + 8 * 32), 0);
}

static void groups_are_written_bit_by_bit(void **state)
{
	struct bench *b = *state;

	dist_write(b, IGROUPR + 4, 0x5a5a5a5a);
	assert_int_equal(dist_read(b, IGROUPR + 4), 0x5a5a5a5a);
	assert_int_equal(dist_read(b, IGROUPR + 8), 0xffffffff);
	frame_write(b, 0, IGROUPR, 0xfffffffe);
	assert_int_equal(frame_read(b, 0, IGROUPR), 0xfffffffe);
	assert_int_equal(frame_read(b, 1, IGROUPR), 0xffffffff);
}

/* One register sets, its neighbour clears, both read the same. */
static void check_set_and_clear(struct bench *b, unsigned set, unsigned clear)
{
	dist_write(b, set + 8, 0x80000011);
	dist_write(b, set + 8, 0x00000100);
	assert_int_equal(dist_read(b, set + 8), 0x80000111);
	assert_int_equal(dist_read(b, clear + 8), 0x80000111);
	dist_write(b, clear + 8, 0x80000010);
	assert_int_equal(dist_read(b, set + 8), 0x00000101);
	assert_int_equal(dist_read(b, set + 4), 0);
	frame_write(b, 2, set, 0x00010001);
	assert_int_equal(frame_read(b, 2, clear), 0x00010001);
	assert_int_equal(frame_read(b, 1, clear), 0);
	frame_write(b, 2, clear, 1);
	assert_int_equal(frame_read(b, 2, set), 0x00010000);
}

static void enable_bits_are_set_and_cleared(void **state)
{
	check_set_and_clear(*state, ISENABLER, ICENABLER);
}

static void pending_bits_are_set_and_cleared(void **state)
{
	check_set_and_clear(*state, ISPENDR, ICPENDR);
}

static void active_bits_are_set_and_cleared(void **state)
{
	check_set_and_clear(*state, ISACTIVER, ICACTIVER);
}

static void a_high_line_stays_pending_whatever_is_cleared(void **state)
{
	struct bench *b = *state;

	gic_set_line(b->gic, 0, 40, true);
	dist_write(b, ICPENDR + 4, 1u << 8);
	assert_int_equal(dist_read(b, ISPENDR + 4), 1u << 8);
	gic_set_line(b->gic, 0, 40, false);
	assert_int_equal(dist_read(b, ISPENDR + 4), 0);
}

static void priorities_are_bytes_of_five_bits(void **state)
{
	struct bench *b = *state;

	gic_dist_write(b->gic, IPRIORITYR + 33, 1, 0xff);
	gic_dist_write(b->gic, IPRIORITYR + 35, 1, 0xa7);
	assert_int_equal(dist_read(b, IPRIORITYR + 32), 0xa000f800);
	assert_int_equal(gic_dist_read(b->gic, IPRIORITYR + 35, 1), 0xa0);
	frame_write(b, 1, IPRIORITYR + 28, 0x10203040);
	assert_int_equal(frame_read(b, 1, IPRIORITYR + 28), 0x10203040);
	assert_int_equal(frame_read(b, 0, IPRIORITYR + 28), 0);
	/* Neither halves nor what lies across words. */
	gic_dist_write(b->gic, IPRIORITYR + 32, 2, 0x1010);
	gic_dist_write(b->gic, IPRIORITYR + 34, 4, 0x10101010);
	assert_int_equal(dist_read(b, IPRIORITYR + 32), 0xa000f800);
}

static void configuration_is_edge_or_level_and_sgis_are_edge(void **state)
{
	struct bench *b = *state;

	assert_int_equal(frame_read(b, 0, ICFGR), 0xaaaaaaaa);
	frame_write(b, 0, ICFGR, 0);
	assert_int_equal(frame_read(b, 0, ICFGR), 0xaaaaaaaa);
	assert_int_equal(frame_read(b, 0, ICFGR + 4), 0);
	frame_write(b, 0, ICFGR + 4, 0x0000000f);
	assert_int_equal(frame_read(b, 0, ICFGR + 4), 0x0000000a);
	dist_write(b, ICFGR + 8, 0xffffffff);
	assert_int_equal(dist_read(b, ICFGR + 8), 0xaaaaaaaa);
	assert_int_equal(dist_read(b, ICFGR + 12), 0);
}

static void routes_are_64_bits_by_halves_or_at_once(void **state)
{
	struct bench *b = *state;
	const unsigned at = IROUTER + 8 * 50;

	gic_dist_write(b->gic, at, 8, UINT64_MAX);
	assert_int_equal(gic_dist_read(b->gic, at, 8), UINT64_C(0xff00ffffff));
	dist_write(b, at + 4, 0);
	dist_write(b, at, 2);
	assert_int_equal(gic_dist_read(b->gic, at, 8), 2);
	assert_int_equal(dist_read(b, at), 2);
	dist_write(b, at + 4, 7);
	assert_int_equal(dist_read(b, at + 4), 7);
	/* Private interrupts and those beyond have none. */
	gic_dist_write(b->gic, IROUTER + 8 * 31, 8, 1);
	assert_int_equal(gic_dist_read(b->gic, IROUTER + 8 * 31, 8), 0);
	gic_dist_write(b->gic, IROUTER + 8 * 96, 8, 1);
	assert_int_equal(gic_dist_read(b->gic, IROUTER + 8 * 96, 8), 0);
}

static void private_interrupts_are_not_in_the_distributor(void **state)
{
	struct bench *b = *state;

	for (unsigned reg = IGROUPR; reg < IPRIORITYR; reg += 0x80) {
		dist_write(b, reg, 0xffffffff);
		assert_int_equal(dist_read(b, reg), 0);
	}
	dist_write(b, IPRIORITYR, 0x10101010);
	dist_write(b, ICFGR, 0xffffffff);
	assert_int_equal(dist_read(b, IPRIORITYR), 0);
	assert_int_equal(dist_read(b, ICFGR), 0);
	assert_int_equal(frame_read(b, 0, ISENABLER), 0);
	assert_int_equal(frame_read(b, 0, IPRIORITYR), 0);
}

static void spis_are_not_in_a_redistributor(void **state)
{
	struct bench *b = *state;

	frame_write(b, 0, ISENABLER + 4, 0xffffffff);
	frame_write(b, 0, IPRIORITYR + 32, 0x10101010);
	assert_int_equal(frame_read(b, 0, ISENABLER + 4), 0);
	assert_int_equal(dist_read(b, ISENABLER + 4), 0);
	assert_int_equal(dist_read(b, IPRIORITYR + 32), 0);
}

static void what_there_is_not_reads_as_zero_and_ignores_writes(void **state)
{
	struct bench *b = *state;
	static const unsigned offsets[] = {0x00c, 0x010, 0x040, 0x800, 0xd04, 0xe08, 0xf00, 0x5ffc};

	/* SPIs beyond the last one, in every kind of register. */
	for (unsigned reg = IGROUPR; reg < IPRIORITYR; reg += 0x80) {
		dist_write(b, reg + 12, 0xffffffff);
		dist_write(b, reg + 0x7c, 0xffffffff);
		assert_int_equal(dist_read(b, reg + 12), 0);
		assert_int_equal(dist_read(b, reg + 0x7c), 0);
	}
	for (unsigned i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		dist_write(b, offsets[i], 0xffffffff);
		assert_int_equal(dist_read(b, offsets[i]), 0);
	}
	/* Other sizes than the register's. */
	assert_int_equal(gic_dist_read(b->gic, TYPER, 1), 0);
	assert_int_equal(gic_dist_read(b->gic, PIDR2, 2), 0);
	assert_int_equal(gic_dist_read(b->gic, CTLR, 8), 0);
	gic_dist_write(b->gic, CTLR, 1, 0);
	assert_int_equal(dist_read(b, CTLR) & 3, 3);
	gic_dist_write(b->gic, ISENABLER + 4, 1, 0xff);
	gic_dist_write(b->gic, ISENABLER + 5, 4, 0xff);
	assert_int_equal(dist_read(b, ISENABLER + 4), 0);
	assert_int_equal(gic_dist_read(b->gic, ICFGR + 8, 1), 0);
	assert_int_equal(gic_dist_read(b->gic, IROUTER + 8 * 50 + 4, 8), 0);
}

static void a_redistributor_says_whose_it_is(void **state)
{
	struct bench *b = *state;

	for (unsigned cpu = 0; cpu < BENCH_CPUS; cpu++) {
		uint64_t typer = gic_redist_read(b->gic, cpu, 0x8, 8);

		assert_int_equal(typer >> 32, cpu);
		assert_int_equal(typer >> 8 & 0xffff, cpu);
		assert_int_equal(typer >> 4 & 1, cpu == BENCH_CPUS - 1);
		assert_int_equal(gic_redist_read(b->gic, cpu, 0x8, 4), (uint32_t)typer);
		assert_int_equal(gic_redist_read(b->gic, cpu, 0xc, 4), typer >> 32);
		assert_int_equal(gic_redist_read(b->gic, cpu, 0xffe8, 4), 0x3b);
		assert_int_equal(gic_redist_read(b->gic, cpu, 0x4, 4) & 0xfff, 0x43b);
		assert_int_equal(gic_redist_read(b->gic, cpu, 0x0, 4), 0);
		assert_int_equal(gic_redist_read(b->gic, cpu, 0x70, 4), 0);
		assert_int_equal(gic_redist_read(b->gic, cpu, 0x14, 8), 0);
	}
}

static void affinities_have_sixteen_vcpus_to_a_cluster(void **state)
{
	struct gic *gic = gic_new(40, 32, NULL, NULL);

	(void)state;
	assert_int_equal(gic_redist_read(gic, 39, 0xc, 4), 0x207);
	assert_int_equal(gic_cpu_of_affinity(gic, 0x207), 39);
	assert_int_equal(gic_cpu_of_affinity(gic, 0x208), GIC_NO_CPU);
	assert_int_equal(gic_cpu_of_affinity(gic, 0x010), GIC_NO_CPU);
	assert_int_equal(gic_cpu_of_affinity(gic, UINT64_C(1) << 32), GIC_NO_CPU);
	gic_free(gic);
}

static void gicr_waker_puts_a_vcpu_to_sleep(void **state)
{
	struct bench *b = *state;

	enable(b, 1, 16, 0x80);
	frame_write(b, 1, ISPENDR, 1u << 16);
	gic_redist_write(b->gic, 1, 0x14, 4, 2);
	assert_int_equal(gic_redist_read(b->gic, 1, 0x14, 4), 6);
	assert_int_equal(gic_redist_read(b->gic, 0, 0x14, 4), 0);
	assert_int_equal(take_all(b, 1), 0);
	assert_false(gic_has_interrupt(b->gic, 1));
	b->kicks[1] = 0;
	gic_redist_write(b->gic, 1, 0x14, 4, 0);
	assert_int_equal(gic_redist_read(b->gic, 1, 0x14, 4), 0);
	assert_int_equal(b->kicks[1], 1);
	assert_int_equal(take_all(b, 1), 1);
}

/* GICD_CTLR.RWP and GICR_CTLR.RWP: the vCPU is in the Realm with the old state. */
static void changes_are_pending_until_the_vcpu_has_left_the_realm(void **state)
{
	struct bench *b = *state;

	enable(b, 1, 20, 0x80);
	enable(b, 0, 40, 0x80);
	gic_dist_write(b->gic, IROUTER + 8 * 40, 8, 1);
	gic_set_line(b->gic, 1, 20, true);
	gic_set_line(b->gic, 1, 40, true);
	enter(b, 1);
	b->kicks[1] = 0;
	dist_write(b, ICENABLER + 4, 1u << 8);
	assert_int_equal(dist_read(b, CTLR) >> 31, 1);
	assert_int_equal(gic_redist_read(b->gic, 1, 0, 4), 8);
	assert_int_equal(b->kicks[1], 1);
	leave(b, 1);
	assert_int_equal(dist_read(b, CTLR) >> 31, 0);
	assert_int_equal(gic_redist_read(b->gic, 1, 0, 4), 0);
	assert_int_equal(take_all(b, 1), 1);
	enter(b, 1);
	dist_write(b, CTLR, 0);
	assert_int_equal(dist_read(b, CTLR) >> 31, 1);
	leave(b, 1);
	assert_int_equal(dist_read(b, CTLR) >> 31, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        TEST(the_distributor_says_what_it_is),
	        TEST(gicd_ctlr_keeps_the_group_enables_and_nothing_else),
	        TEST(interrupts_begin_in_group_1_disabled_and_idle),
	        TEST(groups_are_written_bit_by_bit),
	        TEST(enable_bits_are_set_and_cleared),
	        TEST(pending_bits_are_set_and_cleared),
	        TEST(active_bits_are_set_and_cleared),
	        TEST(a_high_line_stays_pending_whatever_is_cleared),
	        TEST(priorities_are_bytes_of_five_bits),
	        TEST(configuration_is_edge_or_level_and_sgis_are_edge),
	        TEST(routes_are_64_bits_by_halves_or_at_once),
	        TEST(private_interrupts_are_not_in_the_distributor),
	        TEST(spis_are_not_in_a_redistributor),
	        TEST(what_there_is_not_reads_as_zero_and_ignores_writes),
	        TEST(a_redistributor_says_whose_it_is),
	        TEST(affinities_have_sixteen_vcpus_to_a_cluster),
	        TEST(gicr_waker_puts_a_vcpu_to_sleep),
	        TEST(changes_are_pending_until_the_vcpu_has_left_the_realm),
	};

	return cmocka_run_group_tests_name("gic_registers", tests, NULL, NULL);
}
