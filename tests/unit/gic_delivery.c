/* SPDX-License-Identifier: BSD-3-Clause */
/* The GIC of libhost: which interrupts get into the list registers, and what comes back. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "cmocka_test.h"
#include "gic_bench.h"

/* ESR_EL2 of MSRs: ICC_DIR_EL1, ICC_SGI1R_EL1, ICC_ASGI1R_EL1, ICC_SGI0R_EL1; an MRS; another. */
#define ESR_DIR    UINT64_C(0x62323016)
#define ESR_SGI1R  UINT64_C(0x623a3016)
#define ESR_ASGI1R UINT64_C(0x623c3016)
#define ESR_SGI0R  UINT64_C(0x623e3016)
#define ESR_READ   UINT64_C(0x623a3017)
#define ESR_OTHER  UINT64_C(0x62300000)

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

static void a_list_register_says_all_about_an_interrupt(void **state)
{
	struct bench *b = *state;

	enable(b, 0, 3, 0x48);
	enable(b, 0, 45, 0x90);
	gic_sysreg_write(b->gic, 1, ESR_SGI1R, UINT64_C(3) << 24 | 1);
	gic_set_line(b->gic, 0, 45, true);
	dist_write(b, IGROUPR + 4, 0);
	enter(b, 0);
	/* Edge-triggered, Group 1; level-sensitive, so that its end is told, Group 0. */
	assert_int_equal(b->ich.lr[0], ICH_LR_PENDING | ICH_LR_GROUP1 | UINT64_C(0x48) << 48 | 3);
	assert_int_equal(b->ich.lr[1], ICH_LR_PENDING | ICH_LR_EOI | UINT64_C(0x90) << 48 | 45);
	assert_int_equal(b->ich.lr[2], 0);
	assert_int_equal(b->ich.hcr, RMI_ICH_HCR_EN);
	leave(b, 0);
	assert_int_equal(valid_lrs(b), 0);
	assert_int_equal(b->ich.hcr, 0);
}

static void what_is_disabled_in_any_way_is_not_delivered(void **state)
{
	struct bench *b = *state;

	gic_set_line(b->gic, 0, 45, true);
	assert_int_equal(take_all(b, 0), 0);
	enable(b, 0, 45, 0x80);
	dist_write(b, CTLR, GICD_CTLR_ENABLE_GRP0);
	assert_int_equal(take_all(b, 0), 0);
	dist_write(b, CTLR, GICD_CTLR_ENABLE_GRP1);
	assert_int_equal(take_all(b, 0), 1);
	dist_write(b, IGROUPR + 4, 0);
	assert_int_equal(take_all(b, 0), 0);
	dist_write(b, CTLR, GICD_CTLR_ENABLE_GRP0);
	assert_int_equal(take_all(b, 0), 1);
	gic_set_line(b->gic, 0, 45, false);
	assert_int_equal(take_all(b, 0), 0);
}

static void a_level_sensitive_interrupt_comes_again_while_its_line_is_high(void **state)
{
	struct bench *b = *state;

	enable(b, 0, 20, 0x80);
	gic_set_line(b->gic, 0, 20, true);
	assert_int_equal(take_all(b, 0), 1);
	assert_int_equal(take_all(b, 0), 1);
	/* Not while it is active. */
	enter(b, 0);
	assert_int_equal(ack(b), 20);
	leave(b, 0);
	enter(b, 0);
	assert_int_equal(b->ich.lr[0] >> 62, 2);
	gic_set_line(b->gic, 0, 20, false);
	eoi(b, 20);
	leave(b, 0);
	assert_int_equal(take_all(b, 0), 0);
}

static void an_edge_is_delivered_once_and_another_one_while_active_again(void **state)
{
	struct bench *b = *state;

	dist_write(b, ICFGR + 8, 0xaaaaaaaa);
	enable(b, 0, 40, 0x80);
	gic_set_line(b->gic, 0, 40, true);
	assert_int_equal(take_all(b, 0), 1);
	assert_int_equal(take_all(b, 0), 0);
	gic_set_line(b->gic, 0, 40, false);
	assert_int_equal(take_all(b, 0), 0);

	gic_set_line(b->gic, 0, 40, true);
	enter(b, 0);
	assert_int_equal(ack(b), 40);
	gic_set_line(b->gic, 0, 40, false);
	gic_set_line(b->gic, 0, 40, true);
	leave(b, 0);
	enter(b, 0);
	/* Active and pending. */
	assert_int_equal(b->ich.lr[0] >> 62, 3);
	eoi(b, 40);
	assert_int_equal(ack(b), 40);
	eoi(b, 40);
	leave(b, 0);
	assert_int_equal(take_all(b, 0), 0);
}

static void what_was_not_taken_comes_back_as_pending(void **state)
{
	struct bench *b = *state;

	enable(b, 0, 5, 0x80);
	frame_write(b, 0, ISPENDR, 1u << 5);
	enter(b, 0);
	assert_int_equal(frame_read(b, 0, ISPENDR), 1u << 5);
	leave(b, 0);
	assert_int_equal(frame_read(b, 0, ISPENDR), 1u << 5);
	assert_int_equal(take_all(b, 0), 1);
	assert_int_equal(frame_read(b, 0, ISPENDR), 0);
}

static void the_most_urgent_come_first_and_the_others_when_there_is_room(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 10; i++) {
		enable(b, 0, 32 + i, (uint8_t)(0xf0 - 8 * i));
		gic_set_line(b->gic, 0, 32 + i, true);
	}
	enter(b, 0);
	assert_int_equal(valid_lrs(b), 4);
	/* It is told when all but one are done. */
	assert_int_equal(b->ich.hcr, RMI_ICH_HCR_EN | ICH_HCR_UIE);
	for (unsigned i = 9; i > 5; i--) {
		assert_int_equal(ack(b), 32 + i);
		gic_set_line(b->gic, 0, 32 + i, false);
		eoi(b, 32 + i);
	}
	leave(b, 0);
	enter(b, 0);
	assert_int_equal(ack(b), 32 + 5);
	leave(b, 0);
}

static void an_urgent_one_takes_the_place_of_another(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 4; i++) {
		enable(b, 0, 32 + i, 0x80);
		gic_set_line(b->gic, 0, 32 + i, true);
	}
	enter(b, 0);
	assert_int_equal(b->ich.hcr, RMI_ICH_HCR_EN);
	b->kicks[0] = 0;
	enable(b, 0, 60, 0x10);
	gic_set_line(b->gic, 0, 60, true);
	assert_int_equal(b->kicks[0], 1);
	leave(b, 0);
	enter(b, 0);
	assert_int_equal(ack(b), 60);
	leave(b, 0);
}

static void one_list_register_tells_when_it_is_free(void **state)
{
	struct bench *b = *state;

	b->ich.vtr = 0;
	for (unsigned i = 0; i < 3; i++) {
		enable(b, 0, i, 0x80);
		frame_write(b, 0, ISPENDR, 1u << i);
	}
	for (unsigned i = 0; i < 3; i++) {
		enter(b, 0);
		/* Underflow would be told for ever. */
		assert_int_equal(b->ich.hcr, RMI_ICH_HCR_EN);
		assert_int_equal((b->ich.lr[0] & ICH_LR_EOI) != 0, i < 2);
		assert_int_equal(ack(b), i);
		leave(b, 0);
		/* Active, it stays until it is done. */
		enter(b, 0);
		assert_int_equal(ack(b), SPURIOUS);
		eoi(b, i);
		leave(b, 0);
	}
	assert_int_equal(take_all(b, 0), 0);
}

/* Five nested interrupts, of which four have list registers; the others are counted. */
static void completions_without_a_list_register_count(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 6; i++) {
		enable(b, 0, i, (uint8_t)(0xf0 - 0x10 * i));
		frame_write(b, 0, ISPENDR, 1u << i);
		enter(b, 0);
		assert_int_equal(ack(b), i);
		leave(b, 0);
	}
	enter(b, 0);
	assert_int_equal(b->ich.hcr, RMI_ICH_HCR_EN | ICH_HCR_LRENPIE | ICH_HCR_TDIR);
	/* In the order in which they nest, the two least urgent without a register. */
	for (unsigned i = 6; i-- > 0;)
		eoi(b, i);
	assert_int_equal(ICH_HCR_EOICOUNT(b->ich.hcr), 2);
	leave(b, 0);
	assert_int_equal(frame_read(b, 0, ISACTIVER), 0);
}

static void a_count_that_finds_nothing_is_ignored(void **state)
{
	struct bench *b = *state;

	enter(b, 0);
	eoi(b, 7);
	leave(b, 0);
	assert_int_equal(frame_read(b, 0, ISACTIVER), 0);
}

static void a_trapped_deactivation_works_by_number(void **state)
{
	struct bench *b = *state;

	frame_write(b, 0, ISACTIVER, 3u << 4);
	dist_write(b, ISACTIVER + 4, 1);
	assert_true(gic_sysreg_write(b->gic, 0, ESR_DIR, 4));
	assert_true(gic_sysreg_write(b->gic, 0, ESR_DIR, 32));
	assert_true(gic_sysreg_write(b->gic, 0, ESR_DIR, 6));
	assert_true(gic_sysreg_write(b->gic, 0, ESR_DIR, 5000));
	assert_int_equal(frame_read(b, 0, ISACTIVER), 1u << 5);
	assert_int_equal(dist_read(b, ISACTIVER + 4), 0);
}

static void other_system_registers_are_not_the_gics(void **state)
{
	struct bench *b = *state;

	assert_false(gic_sysreg_write(b->gic, 0, ESR_READ, 0));
	assert_false(gic_sysreg_write(b->gic, 0, ESR_OTHER, 0));
}

static void sgis_go_where_they_are_sent(void **state)
{
	struct bench *b = *state;

	for (unsigned cpu = 0; cpu < BENCH_CPUS; cpu++)
		enable(b, cpu, 9, 0x80);
	/* By a list: to itself and the last one, and to one that there is not. */
	assert_true(gic_sysreg_write(b->gic, 0, ESR_SGI1R, UINT64_C(9) << 24 | 0xd));
	assert_int_equal(take_all(b, 0), 1);
	assert_int_equal(take_all(b, 1), 0);
	assert_int_equal(take_all(b, 2), 1);
	/* To all others. */
	gic_sysreg_write(b->gic, 1, ESR_SGI1R, UINT64_C(1) << 40 | UINT64_C(9) << 24);
	assert_int_equal(take_all(b, 0), 1);
	assert_int_equal(take_all(b, 1), 0);
	assert_int_equal(take_all(b, 2), 1);
	/* To another cluster, and another range of it. */
	gic_sysreg_write(b->gic, 1, ESR_SGI1R, UINT64_C(9) << 24 | 1u << 16 | 1);
	gic_sysreg_write(b->gic, 1, ESR_SGI1R, UINT64_C(1) << 44 | UINT64_C(9) << 24 | 1);
	assert_int_equal(take_all(b, 0), 0);
}

static void each_sgi_register_reaches_its_groups(void **state)
{
	struct bench *b = *state;
	const uint64_t to_1 = UINT64_C(2) << 24 | 2;

	enable(b, 1, 2, 0x80);
	gic_sysreg_write(b->gic, 0, ESR_SGI0R, to_1);
	gic_sysreg_write(b->gic, 0, ESR_ASGI1R, to_1);
	assert_int_equal(take_all(b, 1), 0);
	frame_write(b, 1, IGROUPR, 0);
	gic_sysreg_write(b->gic, 0, ESR_SGI0R, to_1);
	assert_int_equal(take_all(b, 1), 1);
	gic_sysreg_write(b->gic, 0, ESR_ASGI1R, to_1);
	assert_int_equal(take_all(b, 1), 1);
	gic_sysreg_write(b->gic, 0, ESR_SGI1R, to_1);
	assert_int_equal(take_all(b, 1), 1);
}

static void a_pending_sgi_is_told_once(void **state)
{
	struct bench *b = *state;

	enable(b, 1, 2, 0x80);
	b->kicks[1] = 0;
	for (unsigned i = 0; i < 5; i++)
		gic_sysreg_write(b->gic, 0, ESR_SGI1R, UINT64_C(2) << 24 | 2);
	assert_int_equal(b->kicks[1], 1);
	assert_int_equal(take_all(b, 1), 1);
}

static void what_is_cleared_while_a_vcpu_runs_is_gone_when_it_leaves(void **state)
{
	struct bench *b = *state;

	enable(b, 1, 2, 0x80);
	enable(b, 1, 3, 0x88);
	frame_write(b, 1, ISPENDR, 3u << 2);
	enter(b, 1);
	assert_int_equal(ack(b), 2);
	b->kicks[1] = 0;
	frame_write(b, 1, ICPENDR, 1u << 3);
	frame_write(b, 1, ICACTIVER, 1u << 2);
	assert_int_equal(b->kicks[1], 2);
	/* That the other one has been taken is not known yet. */
	assert_int_equal(frame_read(b, 1, ISPENDR), 1u << 2);
	leave(b, 1);
	assert_int_equal(frame_read(b, 1, ISPENDR), 0);
	assert_int_equal(frame_read(b, 1, ISACTIVER), 0);
	assert_int_equal(take_all(b, 1), 0);
}

static void what_is_set_while_a_vcpu_runs_is_there_when_it_leaves(void **state)
{
	struct bench *b = *state;

	enable(b, 1, 2, 0x80);
	enable(b, 1, 3, 0x80);
	frame_write(b, 1, ISPENDR, 3u << 2);
	enter(b, 1);
	frame_write(b, 1, ICPENDR, 1u << 2);
	frame_write(b, 1, ISPENDR, 1u << 2);
	frame_write(b, 1, ICACTIVER, 1u << 3);
	frame_write(b, 1, ISACTIVER, 1u << 3);
	assert_int_equal(frame_read(b, 1, ISACTIVER), 1u << 3);
	leave(b, 1);
	assert_int_equal(frame_read(b, 1, ISPENDR), 3u << 2);
	assert_int_equal(frame_read(b, 1, ISACTIVER), 1u << 3);
}

static void an_spi_goes_to_the_vcpu_of_its_route(void **state)
{
	struct bench *b = *state;

	enable(b, 0, 40, 0x80);
	gic_set_line(b->gic, 0, 40, true);
	enter(b, 0);
	assert_int_equal(valid_lrs(b), 1);
	/* While it is with one, it does not go to another. */
	gic_dist_write(b->gic, IROUTER + 8 * 40, 8, 2);
	b->kicks[2] = 0;
	leave(b, 0);
	assert_int_equal(b->kicks[2], 1);
	assert_int_equal(take_all(b, 0), 0);
	enter(b, 2);
	assert_int_equal(ack(b), 40);
	leave(b, 2);
	/* Active, it stays where it was taken. */
	gic_dist_write(b->gic, IROUTER + 8 * 40, 8, 0);
	gic_set_line(b->gic, 0, 40, false);
	assert_int_equal(take_all(b, 0), 0);
	enter(b, 2);
	eoi(b, 40);
	leave(b, 2);
	assert_int_equal(dist_read(b, ISACTIVER + 4), 0);
	/* To nobody. */
	gic_dist_write(b->gic, IROUTER + 8 * 40, 8, 0x300);
	gic_set_line(b->gic, 0, 40, true);
	for (unsigned cpu = 0; cpu < BENCH_CPUS; cpu++)
		assert_int_equal(take_all(b, cpu), 0);
	dist_write(b, ISACTIVER + 4, 1u << 8);
	assert_int_equal(dist_read(b, ISACTIVER + 4), 0);
}

static void a_waiting_vcpu_wakes_for_what_it_would_take(void **state)
{
	struct bench *b = *state;
	const uint64_t open = UINT64_C(0xf0) << 24 | ICH_VMCR_VENG0 | ICH_VMCR_VENG1;

	enable(b, 0, 20, 0x80);
	gic_set_line(b->gic, 0, 20, true);
	/* Out of reset its interface is closed. */
	assert_false(gic_has_interrupt(b->gic, 0));
	enter(b, 0);
	b->ich.vmcr = open;
	leave(b, 0);
	assert_true(gic_has_interrupt(b->gic, 0));
	assert_false(gic_has_interrupt(b->gic, 1));
	/* Masked by priority; by group. */
	enter(b, 0);
	b->ich.vmcr = UINT64_C(0x80) << 24 | ICH_VMCR_VENG1;
	leave(b, 0);
	assert_false(gic_has_interrupt(b->gic, 0));
	enter(b, 0);
	b->ich.vmcr = UINT64_C(0xf0) << 24 | ICH_VMCR_VENG0;
	leave(b, 0);
	assert_false(gic_has_interrupt(b->gic, 0));
	frame_write(b, 0, IGROUPR, 0);
	assert_true(gic_has_interrupt(b->gic, 0));
	/* Active is no reason. */
	enter(b, 0);
	assert_int_equal(ack(b), 20);
	leave(b, 0);
	assert_false(gic_has_interrupt(b->gic, 0));
}

static void each_vcpu_has_its_own_interface_wherever_it_runs(void **state)
{
	struct bench *b = *state;

	enter(b, 0);
	assert_int_equal(b->ich.vmcr, ICH_VMCR_VFIQEN);
	b->ich.vmcr = 0x11;
	b->ich.ap0r[1] = 0x22;
	b->ich.ap1r[3] = 0x33;
	leave(b, 0);
	assert_int_equal(b->ich.vmcr, 0);
	assert_int_equal(b->ich.ap0r[1] | b->ich.ap1r[3], 0);
	enter(b, 1);
	assert_int_equal(b->ich.vmcr, ICH_VMCR_VFIQEN);
	assert_int_equal(b->ich.ap0r[1] | b->ich.ap1r[3], 0);
	leave(b, 1);
	enter(b, 0);
	assert_int_equal(b->ich.vmcr, 0x11);
	assert_int_equal(b->ich.ap0r[1], 0x22);
	assert_int_equal(b->ich.ap1r[3], 0x33);
	leave(b, 0);
	gic_reset_cpu(b->gic, 0);
	enter(b, 0);
	assert_int_equal(b->ich.vmcr, ICH_VMCR_VFIQEN);
	assert_int_equal(b->ich.ap0r[1] | b->ich.ap1r[3], 0);
	leave(b, 0);
}

enum { ROUNDS = 2000 };

static struct gic *shared_gic;
static _Atomic unsigned taken[2];

static void ignore_kick(void *arg, unsigned cpu)
{
	(void)arg;
	(void)cpu;
}

/* A vCPU that enters, takes what there is, and leaves, until it has had all. */
static void *run_cpu(void *arg)
{
	const unsigned cpu = *(const unsigned *)arg;
	struct bench b = {.gic = shared_gic, .ich.vtr = 3};

	while (taken[cpu] < ROUNDS) {
		unsigned intid;

		enter(&b, cpu);
		while ((intid = ack(&b)) != SPURIOUS) {
			eoi(&b, intid);
			taken[cpu]++;
		}
		leave(&b, cpu);
		sched_yield();
	}
	return NULL;
}

/* An edge each time the one before has been taken. */
static void *inject(void *arg)
{
	const unsigned cpu = *(const unsigned *)arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		gic_set_line(shared_gic, cpu, 20, true);
		gic_set_line(shared_gic, cpu, 20, false);
		while (taken[cpu] == i)
			sched_yield();
	}
	return NULL;
}

static void no_edge_is_lost_between_threads(void **state)
{
	unsigned cpus[2] = {0, 1};
	pthread_t threads[4];
	struct bench b;

	(void)state;
	shared_gic = gic_new(2, 32, ignore_kick, NULL);
	assert_non_null(shared_gic);
	b = (struct bench){.gic = shared_gic};
	dist_write(&b, CTLR, 2);
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		taken[cpu] = 0;
		frame_write(&b, cpu, ICFGR + 4, 0xaaaaaaaa);
		enable(&b, cpu, 20, 0x80);
	}
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		assert_int_equal(pthread_create(&threads[2 * cpu], NULL, run_cpu, &cpus[cpu]), 0);
		assert_int_equal(pthread_create(&threads[2 * cpu + 1], NULL, inject, &cpus[cpu]),
		                 0);
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(taken[0], ROUNDS);
	assert_int_equal(taken[1], ROUNDS);
	gic_free(shared_gic);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        TEST(a_list_register_says_all_about_an_interrupt),
	        TEST(what_is_disabled_in_any_way_is_not_delivered),
	        TEST(a_level_sensitive_interrupt_comes_again_while_its_line_is_high),
	        TEST(an_edge_is_delivered_once_and_another_one_while_active_again),
	        TEST(what_was_not_taken_comes_back_as_pending),
	        TEST(the_most_urgent_come_first_and_the_others_when_there_is_room),
	        TEST(an_urgent_one_takes_the_place_of_another),
	        TEST(one_list_register_tells_when_it_is_free),
	        TEST(completions_without_a_list_register_count),
	        TEST(a_count_that_finds_nothing_is_ignored),
	        TEST(a_trapped_deactivation_works_by_number),
	        TEST(other_system_registers_are_not_the_gics),
	        TEST(sgis_go_where_they_are_sent),
	        TEST(each_sgi_register_reaches_its_groups),
	        TEST(a_pending_sgi_is_told_once),
	        TEST(what_is_cleared_while_a_vcpu_runs_is_gone_when_it_leaves),
	        TEST(what_is_set_while_a_vcpu_runs_is_there_when_it_leaves),
	        TEST(an_spi_goes_to_the_vcpu_of_its_route),
	        TEST(a_waiting_vcpu_wakes_for_what_it_would_take),
	        TEST(each_vcpu_has_its_own_interface_wherever_it_runs),
	        cmocka_unit_test(no_edge_is_lost_between_threads),
	};

	return cmocka_run_group_tests_name("gic_delivery", tests, NULL, NULL);
}
