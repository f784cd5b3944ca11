/* SPDX-License-Identifier: BSD-3-Clause */
/* A Realm and its GIC: making one, its place in the IPA space, and lines. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <host/gic.h>
#include <rmm/sysreg.h>

#include "scene.h"

#include "internal.h"

#define GICD UINT64_C(0x08000000)
#define GICR UINT64_C(0x10000000)

static const struct realm_gic_config places = {.dist_gpa = GICD, .redist_gpa = GICR};

static uint64_t seen[4];
static atomic_uint stage;

/* Reads what the devices say, by the sizes that they have. */
static void looks_around(struct guest *g, void *arg)
{
	(void)arg;
	seen[0] = guest_load64(g, (GICR + 8) | SHARED_BIT);
	seen[1] = guest_load64(g, (GICR + REALM_GIC_REDIST_SIZE + 8) | SHARED_BIT);
	guest_store64(g, (GICD + 0x6000 + 8 * 40) | SHARED_BIT, 1);
	seen[2] = guest_load64(g, (GICD + 0x6000 + 8 * 40) | SHARED_BIT);
}

static void does_nothing(struct guest *g, void *arg)
{
	(void)g;
	(void)arg;
}

static void set_up(struct scene *s)
{
	scene_open(s, "");
	scene_guest(s, looks_around, NULL);
	assert_non_null(realm_vcpu_create(s->vm, 1));
}

static void the_realm_finds_the_gic_in_the_shared_half(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	assert_int_equal(realm_gic_create(s.vm, &places), 0);
	scene_run_to_end(&s);
	assert_int_equal(seen[0], 0);
	/* vCPU 1 is the last one. */
	assert_int_equal(seen[1], UINT64_C(1) << 32 | 1u << 8 | 1u << 4);
	assert_int_equal(seen[2], 1);
	scene_close(&s);
}

static void a_gic_that_cannot_be_made_leaves_no_trace(void **state)
{
	static const struct {
		struct realm_gic_config config;
		int error;
	} bad[] = {
	        {{.dist_gpa = GICD + 1, .redist_gpa = GICR}, -EINVAL},
	        {{.dist_gpa = SHARED_BIT, .redist_gpa = GICR}, -EINVAL},
	        {{.dist_gpa = RAM, .redist_gpa = GICR}, -EEXIST},
	        {{.dist_gpa = GICD, .redist_gpa = GICR + 0x800}, -EINVAL},
	        {{.dist_gpa = GICD, .redist_gpa = RAM}, -EEXIST},
	        {{.dist_gpa = GICD, .redist_gpa = GICD + REALM_GIC_DIST_SIZE - PAGE}, -EEXIST},
	        {{.dist_gpa = GICD, .redist_gpa = SHARED_BIT - REALM_GIC_REDIST_SIZE}, -EINVAL},
	        {{.dist_gpa = GICD, .redist_gpa = GICR, .num_spis = 33}, -EINVAL},
	        {{.dist_gpa = GICD, .redist_gpa = GICR, .num_spis = 992}, -EINVAL},
	};
	struct scene s;

	(void)state;
	set_up(&s);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(realm_gic_create(s.vm, &bad[i].config), bad[i].error);
		assert_int_equal(realm_irq_line(s.vm, 0, 40, true), -ENXIO);
	}
	assert_int_equal(realm_gic_create(s.vm, &places), 0);
	scene_run_to_end(&s);
	scene_close(&s);
}

static void a_gic_is_made_once_after_the_vcpus_and_before_the_first_run(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	assert_int_equal(realm_gic_create(s.vm, &places), -ENODEV);
	scene_end_realm(&s);
	scene_guest(&s, looks_around, NULL);
	assert_non_null(realm_vcpu_create(s.vm, 1));
	assert_int_equal(realm_gic_create(s.vm, &places), 0);
	assert_int_equal(realm_gic_create(s.vm, &places), -EEXIST);
	assert_null(realm_vcpu_create(s.vm, 2));
	assert_int_equal(errno, EBUSY);
	scene_run_to_end(&s);
	scene_end_realm(&s);

	scene_guest(&s, does_nothing, NULL);
	scene_run_to_end(&s);
	assert_int_equal(realm_gic_create(s.vm, &places), -EBUSY);
	scene_close(&s);
}

static void lines_are_those_of_ppis_and_spis(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	assert_int_equal(realm_gic_create(s.vm, &places), 0);
	assert_int_equal(realm_irq_line(s.vm, 0, 15, true), -EINVAL);
	assert_int_equal(realm_irq_line(s.vm, 1, 16, true), 0);
	assert_int_equal(realm_irq_line(s.vm, 2, 16, true), -EINVAL);
	assert_int_equal(realm_irq_line(s.vm, 0, REALM_GIC_VIRTUAL_TIMER, true), -EINVAL);
	assert_int_equal(realm_irq_line(s.vm, 0, REALM_GIC_PHYSICAL_TIMER, true), -EINVAL);
	assert_int_equal(realm_irq_line(s.vm, 77, 95, true), 0);
	assert_int_equal(realm_irq_line(s.vm, 0, 96, true), -EINVAL);
	assert_non_null(strstr(host_last_error(s.host), "INTID 96"));
	scene_close(&s);
}

/* What a guest does to be interrupted at all. */
static void switch_on(struct guest *g)
{
	guest_store32(g, (GICD + 0x0) | SHARED_BIT, 2);
	guest_write_sysreg(g, GUEST_ICC_PMR_EL1, 0xf0);
	guest_write_sysreg(g, GUEST_ICC_IGRPEN1_EL1, 1);
}

static void enable_private(struct guest *g, uint64_t cpu, unsigned intid)
{
	guest_store32(g, (GICR + cpu * REALM_GIC_REDIST_SIZE + 0x10100) | SHARED_BIT, 1u << intid);
}

static void enable_spi(struct guest *g, unsigned intid)
{
	guest_store32(g, (GICD + 0x100 + intid / 32 * 4) | SHARED_BIT, 1u << intid % 32);
}

/* Waits for an interrupt, takes it and completes it. */
static uint64_t take_one(struct guest *g)
{
	uint64_t intid;

	while ((guest_interrupts(g) & GUEST_IRQ) == 0)
		guest_wfi(g);
	intid = guest_read_sysreg(g, GUEST_ICC_IAR1_EL1);
	guest_write_sysreg(g, GUEST_ICC_EOIR1_EL1, intid);
	return intid;
}

static void set_up_script(struct scene *s, const char *conf, guest_script *fn)
{
	for (unsigned i = 0; i < 4; i++)
		seen[i] = 0;
	atomic_store(&stage, 0);
	scene_open(s, conf);
	scene_guest(s, fn, NULL);
	assert_non_null(realm_vcpu_create(s->vm, 1));
	assert_int_equal(realm_gic_create(s->vm, &places), 0);
}

static void waits_for_a_line(struct guest *g, void *arg)
{
	(void)arg;
	switch_on(g);
	enable_spi(g, 40);
	guest_store32(g, (GICD + 0xc08) | SHARED_BIT, 2u << 16);
	for (unsigned i = 0; i < 3; i++) {
		atomic_store(&stage, i + 1);
		seen[i] = take_one(g);
	}
}

/* Pulses a line each time the guest waits for it. */
static void *pulse(void *arg)
{
	struct scene *s = arg;

	for (unsigned i = 0; i < 3; i++) {
		while (atomic_load(&stage) != i + 1)
			nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
		realm_irq_line(s->vm, 0, 40, true);
		realm_irq_line(s->vm, 0, 40, false);
	}
	return NULL;
}

static void a_line_wakes_a_vcpu_that_waits(void **state)
{
	struct realm_stats stats;
	pthread_t thread;
	struct scene s;

	(void)state;
	set_up_script(&s, "", waits_for_a_line);
	assert_int_equal(pthread_create(&thread, NULL, pulse, &s), 0);
	scene_run_to_end(&s);
	pthread_join(thread, NULL);
	assert_int_equal(seen[0] + seen[1] + seen[2], 3 * 40);
	/* It has slept, rather than looked over and over. */
	realm_get_stats(s.vm, &stats);
	assert_true(stats.wfx >= 3 && stats.wfx < 10);
	scene_close(&s);
}

static void sleeps_until_a_timer(struct guest *g, void *arg)
{
	uint64_t when = guest_read_sysreg(g, GUEST_NR_CNTVCT_EL0) + 20000000;

	(void)arg;
	switch_on(g);
	enable_private(g, 0, REALM_GIC_PHYSICAL_TIMER);
	guest_write_sysreg(g, GUEST_NR_CNTP_CVAL_EL0, when);
	guest_write_sysreg(g, GUEST_NR_CNTP_CTL_EL0, GUEST_TIMER_ENABLE);
	seen[0] = take_one(g);
	seen[1] = guest_read_sysreg(g, GUEST_NR_CNTVCT_EL0) >= when;
}

static void a_timer_wakes_a_vcpu_when_it_is_due(void **state)
{
	struct realm_stats stats;
	struct scene s;

	(void)state;
	set_up_script(&s, "", sleeps_until_a_timer);
	scene_run_to_end(&s);
	assert_int_equal(seen[0], REALM_GIC_PHYSICAL_TIMER);
	assert_int_equal(seen[1], 1);
	realm_get_stats(s.vm, &stats);
	assert_true(stats.wfx < 5);
	scene_close(&s);
}

static void suspends_itself(struct guest *g, void *arg)
{
	(void)arg;
	switch_on(g);
	enable_private(g, 0, REALM_GIC_VIRTUAL_TIMER);
	guest_write_sysreg(g, GUEST_NR_CNTV_CVAL_EL0,
	                   guest_read_sysreg(g, GUEST_NR_CNTVCT_EL0) + 5000000);
	guest_write_sysreg(g, GUEST_NR_CNTV_CTL_EL0, GUEST_TIMER_ENABLE);
	seen[0] = psci_cpu_suspend(g);
	seen[1] = take_one(g);
}

static void a_timer_ends_cpu_suspend(void **state)
{
	struct scene s;

	(void)state;
	set_up_script(&s, "", suspends_itself);
	scene_run_to_end(&s);
	assert_int_equal(seen[0], PSCI_SUCCESS);
	assert_int_equal(seen[1], REALM_GIC_VIRTUAL_TIMER);
	scene_close(&s);
}

enum { MANY = 20 };

static void takes_many(struct guest *g, void *arg)
{
	(void)arg;
	switch_on(g);
	for (unsigned i = 0; i < MANY; i++)
		enable_spi(g, 40 + i);
	/* Edge-triggered, all made pending at once. */
	for (unsigned i = 0; i < 4; i++)
		guest_store32(g, (GICD + 0xc08 + 4 * i) | SHARED_BIT, 0xaaaaaaaa);
	guest_store32(g, (GICD + 0x204) | SHARED_BIT, 0xffffff00);
	guest_store32(g, (GICD + 0x208) | SHARED_BIT, 0xffffffff);
	for (unsigned i = 0; i < MANY; i++)
		seen[0] |= UINT64_C(1) << (take_one(g) - 40);
	seen[1] = guest_interrupts(g);
}

static void more_interrupts_than_list_registers_all_arrive(void **state)
{
	static const char *const confs[] = {"lrs=1", "lrs=2", "lrs=4", "lrs=16"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct scene s;

		set_up_script(&s, confs[i], takes_many);
		scene_run_to_end(&s);
		assert_int_equal(seen[0], (UINT64_C(1) << MANY) - 1);
		assert_int_equal(seen[1], 0);
		scene_close(&s);
	}
}

enum { DEEP = 5 };

/* Takes interrupts each more urgent than the one before, and deactivates them by number. */
static void nests(struct guest *g, void *arg)
{
	const bool separate = arg != NULL;

	switch_on(g);
	guest_write_sysreg(g, GUEST_ICC_CTLR_EL1, separate ? 2 : 0);
	for (unsigned i = 0; i < DEEP; i++) {
		guest_store8(g, (GICR + 0x10400 + i) | SHARED_BIT, (uint8_t)(0xa0 - 0x10 * i));
		enable_private(g, 0, i);
		guest_store32(g, (GICR + 0x10200) | SHARED_BIT, 1u << i);
		while ((guest_interrupts(g) & GUEST_IRQ) == 0)
			guest_wfi(g);
		seen[0] += guest_read_sysreg(g, GUEST_ICC_IAR1_EL1) == i;
	}
	seen[1] = guest_load32(g, (GICR + 0x10300) | SHARED_BIT);
	for (unsigned i = DEEP; i-- > 0;)
		guest_write_sysreg(g, GUEST_ICC_EOIR1_EL1, i);
	if (separate) {
		/* In an order of its own. */
		for (unsigned i = 0; i < DEEP; i++)
			guest_write_sysreg(g, GUEST_ICC_DIR_EL1, i);
	}
	seen[2] = guest_load32(g, (GICR + 0x10300) | SHARED_BIT);
}

static void more_active_interrupts_than_list_registers_are_all_completed(void **state)
{
	static const char *const confs[] = {"lrs=1", "lrs=2", "lrs=16"};

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct scene s;

		for (unsigned n = 0; n < 4; n++)
			seen[n] = 0;
		scene_open(&s, confs[i / 2]);
		scene_guest(&s, nests, i % 2 ? &seen : NULL);
		assert_int_equal(realm_gic_create(s.vm, &places), 0);
		scene_run_to_end(&s);
		assert_int_equal(seen[0], DEEP);
		assert_int_equal(seen[1], (1u << DEEP) - 1);
		assert_int_equal(seen[2], 0);
		scene_close(&s);
	}
}

#define ENTRY_1 (RAM + UINT64_C(0x10000))

/* Leaves its interface open and its timer fired, and tells what it finds. */
static void lives_twice(struct guest *g, void *arg)
{
	unsigned life = atomic_fetch_add(&stage, 1);

	(void)arg;
	seen[life] = guest_read_sysreg(g, GUEST_ICC_PMR_EL1) |
	             guest_read_sysreg(g, GUEST_ICC_IGRPEN1_EL1) |
	             guest_read_sysreg(g, GUEST_NR_CNTV_CTL_EL0);
	seen[2 + life] = guest_load32(g, (GICR + REALM_GIC_REDIST_SIZE + 0x10200) | SHARED_BIT);
	switch_on(g);
	guest_write_sysreg(g, GUEST_NR_CNTV_CVAL_EL0, 1);
	guest_write_sysreg(g, GUEST_NR_CNTV_CTL_EL0, GUEST_TIMER_ENABLE);
	psci_cpu_off(g);
}

static void starts_it_twice(struct guest *g, void *arg)
{
	(void)arg;
	for (unsigned life = 0; life < 2; life++) {
		psci_cpu_on(g, 1, ENTRY_1, 0);
		while (psci_affinity_info(g, 1, 0) != PSCI_OFF || atomic_load(&stage) != life + 1)
			guest_wfe(g);
	}
}

static void *run_second(void *arg)
{
	while (realm_vcpu_run(arg)->reason != REALM_EXIT_SHUTDOWN)
		;
	return NULL;
}

static void a_vcpu_that_is_switched_on_again_finds_its_interface_reset(void **state)
{
	struct realm_vcpu *second;
	pthread_t thread;
	struct scene s;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		seen[i] = 1;
	atomic_store(&stage, 0);
	scene_open(&s, "");
	scene_guest(&s, starts_it_twice, NULL);
	rmm_script(s.rmm, ENTRY_1, lives_twice, NULL);
	second = realm_vcpu_create(s.vm, 1);
	assert_int_equal(realm_gic_create(s.vm, &places), 0);
	assert_int_equal(pthread_create(&thread, NULL, run_second, second), 0);
	scene_run_to_end(&s);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&stage), 2);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(seen[i], 0);
	scene_close(&s);
}

static void out_of_memory_makes_no_gic(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s);
	for (uint64_t k = 0; k < 3; k++) {
		host_fail_allocation(s.host, k);
		assert_int_equal(realm_gic_create(s.vm, &places), -ENOMEM);
	}
	host_fail_allocation(s.host, UINT64_MAX);
	assert_int_equal(realm_gic_create(s.vm, &places), 0);
	scene_run_to_end(&s);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_realm_finds_the_gic_in_the_shared_half),
	        cmocka_unit_test(a_gic_that_cannot_be_made_leaves_no_trace),
	        cmocka_unit_test(a_gic_is_made_once_after_the_vcpus_and_before_the_first_run),
	        cmocka_unit_test(lines_are_those_of_ppis_and_spis),
	        cmocka_unit_test(a_line_wakes_a_vcpu_that_waits),
	        cmocka_unit_test(a_timer_wakes_a_vcpu_when_it_is_due),
	        cmocka_unit_test(a_timer_ends_cpu_suspend),
	        cmocka_unit_test(more_interrupts_than_list_registers_all_arrive),
	        cmocka_unit_test(more_active_interrupts_than_list_registers_are_all_completed),
	        cmocka_unit_test(a_vcpu_that_is_switched_on_again_finds_its_interface_reset),
	        cmocka_unit_test(out_of_memory_makes_no_gic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
