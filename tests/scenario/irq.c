/* SPDX-License-Identifier: BSD-3-Clause */
/* A Realm and its GIC: making one, its place in the IPA space, and lines. */

#include <errno.h>
#include <string.h>

#include <host/gic.h>

#include "scene.h"

#define GICD UINT64_C(0x08000000)
#define GICR UINT64_C(0x10000000)

static const struct realm_gic_config places = {.dist_gpa = GICD, .redist_gpa = GICR};

static uint64_t seen[4];

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_realm_finds_the_gic_in_the_shared_half),
	        cmocka_unit_test(a_gic_that_cannot_be_made_leaves_no_trace),
	        cmocka_unit_test(a_gic_is_made_once_after_the_vcpus_and_before_the_first_run),
	        cmocka_unit_test(lines_are_those_of_ppis_and_spis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
