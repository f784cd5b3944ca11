/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every public call makes of arguments that the ioctl of KVM would refuse: the errno value of
 * the kernel and a line that says why, no RMI call, no page that changes hands.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"

#define ROM  UINT64_C(0x20000000)
#define FREE UINT64_C(0x60000000)

/* What must not change. */
struct shot {
	uint64_t calls;
	struct host_pages pages;
	enum realm_state state;
};

static struct shot take(struct scene *s)
{
	struct shot shot = {.calls = hook_total(s->hook), .state = realm_state(s->vm)};

	host_pages(s->host, &shot.pages);
	return shot;
}

static void check_unchanged(struct scene *s, const struct shot *before, const char *what)
{
	struct shot after = take(s);

	if (host_last_error(s->host)[0] == '\0')
		fail_msg("%s: no reason", what);
	if (after.calls != before->calls)
		fail_msg("%s: the RMM was called", what);
	if (after.state != before->state)
		fail_msg("%s: the state has changed", what);
	assert_memory_equal(after.pages.owner, before->pages.owner, sizeof(after.pages.owner));
}

static void check_refused(struct scene *s, const struct shot *before, const char *what, int got,
                          int error)
{
	if (got != -error)
		fail_msg("%s: %d instead of %d", what, got, -error);
	check_unchanged(s, before, what);
}

#define REFUSED(s, call, error)                                                                    \
	do {                                                                                       \
		const struct shot before_ = take(s);                                               \
		check_refused(s, &before_, #call, call, error);                                    \
	} while (0)

#define REFUSED_NULL(s, call, error)                                                               \
	do {                                                                                       \
		const struct shot before_ = take(s);                                               \
		errno = 0;                                                                         \
		assert_null(call);                                                                 \
		check_refused(s, &before_, #call, -errno, error);                                  \
	} while (0)

static void calls_the_host(struct guest *g, void *arg)
{
	(void)arg;
	rsi_host_call(g, RAM + PAGE);
	guest_load32(g, SHARED_BIT | 0x1000);
}

static const char *const revisions[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

/* A Realm that is NEW, with private RAM, a ROM and a page that is populated. */
static void set_up(struct scene *s, unsigned revision)
{
	scene_open(s, revisions[revision]);
	scene_guest(s, calls_the_host, NULL);
	assert_int_equal(realm_add_memory_flags(s->vm, ROM, 2 * PAGE,
	                                        REALM_MEMORY_SHARED | REALM_MEMORY_READONLY),
	                 0);
}

static void machines_that_cannot_be_are_refused(void **state)
{
	static const struct realm_config configs[] = {
	        {.ipa_bits = 31},
	        {.ipa_bits = 49},
	        {.ipa_bits = 300},
	        {.hash = (enum rmi_hash_algorithm)3},
	        {.sve_vl = 128},
	        {.pmu_counters = 1},
	        {.breakpoints = 1},
	        {.breakpoints = 7},
	        {.watchpoints = 1},
	        {.watchpoints = 5},
	        {.lfa_policy = (enum rmi_lfa_policy)2},
	        {.mec_policy = RMI_MEC_POLICY_PRIVATE},
	        {.mec_policy = (enum rmi_mec_policy)2},
	        {.block_size = 0x3000},
	};
	static const uint64_t types[] = {
	        0,
	        40,
	        REALM_VM_TYPE_PROTECTED,
	        REALM_VM_TYPE_PROTECTED | REALM_VM_TYPE_REALM,
	        REALM_VM_TYPE_REALM | 0x100,
	        REALM_VM_TYPE_REALM | UINT64_C(1) << 40,
	        REALM_VM_TYPE_REALM | 31,
	        REALM_VM_TYPE_REALM | 49,
	        REALM_VM_TYPE_REALM | 255,
	};

	(void)state;
	for (unsigned r = 0; r < 2; r++) {
		struct scene s;

		set_up(&s, r);
		for (unsigned i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
			REFUSED_NULL(&s, realm_create(s.host, &configs[i]), EINVAL);
		for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			REFUSED_NULL(&s, realm_create_type(s.host, types[i]), EINVAL);
		scene_close(&s);
	}
}

static void a_type_makes_the_machine_that_it_says(void **state)
{
	static const struct {
		uint64_t type;
		unsigned bits;
	} good[] = {{REALM_VM_TYPE_REALM, 40},
	            {REALM_VM_TYPE_REALM | 32, 32},
	            {REALM_VM_TYPE_REALM | 48, 48}};
	struct scene s;

	(void)state;
	scene_open(&s, "");
	for (unsigned i = 0; i < 3; i++) {
		s.vm = realm_create_type(s.host, good[i].type);
		assert_non_null(s.vm);
		assert_int_equal(realm_ipa_bits(s.vm), good[i].bits);
		scene_end_realm(&s);
	}
	scene_close(&s);
	/* The default is not adapted to an RMM that has less: so does the ioctl. */
	scene_open(&s, "s2sz=36");
	assert_null(realm_create_type(s.host, REALM_VM_TYPE_REALM));
	assert_int_equal(errno, EINVAL);
	s.vm = realm_create(s.host, NULL);
	assert_int_equal(realm_ipa_bits(s.vm), 36);
	scene_close(&s);
}

static void memory_that_cannot_be_is_refused(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 2; r++) {
		struct scene s;

		set_up(&s, r);
		REFUSED(&s, realm_add_memory(s.vm, FREE, 0), EINVAL);
		REFUSED(&s, realm_add_memory(s.vm, FREE + 8, PAGE), EINVAL);
		REFUSED(&s, realm_add_memory(s.vm, FREE, PAGE + 8), EINVAL);
		REFUSED(&s, realm_add_memory(s.vm, SHARED_BIT - PAGE, 2 * PAGE), EINVAL);
		REFUSED(&s, realm_add_memory(s.vm, SHARED_BIT | FREE, PAGE), EINVAL);
		REFUSED(&s, realm_add_memory(s.vm, -(2 * PAGE), 4 * PAGE), EINVAL);
		REFUSED(&s, realm_add_memory(s.vm, PAGE, -PAGE), EINVAL);
		REFUSED(&s, realm_add_memory(s.vm, RAM - PAGE, 2 * PAGE), EEXIST);
		REFUSED(&s, realm_add_memory(s.vm, RAM + PAGE, PAGE), EEXIST);
		REFUSED(&s, realm_add_memory(s.vm, UART, PAGE), EEXIST);
		REFUSED(&s, realm_add_memory_flags(s.vm, FREE, PAGE, 4), EINVAL);
		REFUSED(&s, realm_add_memory_flags(s.vm, FREE, PAGE, REALM_MEMORY_READONLY),
		        EINVAL);
		REFUSED(&s, realm_remove_memory(s.vm, FREE), ENOENT);
		REFUSED(&s, realm_remove_memory(s.vm, RAM + PAGE), ENOENT);
		scene_close(&s);
	}
}

static uint64_t reads(void *arg, uint64_t offset, unsigned size)
{
	(void)arg;
	(void)offset;
	return size;
}

static void writes(void *arg, uint64_t offset, unsigned size, uint64_t value)
{
	(void)arg;
	(void)offset;
	(void)size;
	(void)value;
}

static void devices_that_cannot_be_are_refused(void **state)
{
	static const struct realm_mmio_ops ops = {reads, writes};
	static const struct realm_mmio_ops no_read = {NULL, writes}, no_write = {reads, NULL};
	struct scene s;

	(void)state;
	set_up(&s, 1);
	REFUSED(&s, realm_add_mmio(s.vm, FREE, 0, &ops, NULL), EINVAL);
	REFUSED(&s, realm_add_mmio(s.vm, FREE, PAGE, NULL, NULL), EINVAL);
	REFUSED(&s, realm_add_mmio(s.vm, FREE, PAGE, &no_read, NULL), EINVAL);
	REFUSED(&s, realm_add_mmio(s.vm, FREE, PAGE, &no_write, NULL), EINVAL);
	REFUSED(&s, realm_add_mmio(s.vm, SHARED_BIT - 8, 16, &ops, NULL), EINVAL);
	REFUSED(&s, realm_add_mmio(s.vm, RAM + RAM_SIZE - 8, 16, &ops, NULL), EEXIST);
	REFUSED(&s, realm_add_mmio(s.vm, UART + 8, 8, &ops, NULL), EEXIST);
	assert_int_equal(realm_add_mmio(s.vm, RAM + RAM_SIZE, 8, &ops, NULL), 0);
	scene_close(&s);
}

static _Alignas(0x1000) char content[4 * PAGE];

static void populate_checks_as_the_ioctl_does(void **state)
{
	const uint64_t source = (uint64_t)(uintptr_t)content;
	const struct realm_populate_args good = {
	        .base = RAM + PAGE, .size = PAGE, .source_uaddr = source};
	const struct realm_populate_args bad[] = {
	        {RAM + PAGE, PAGE, source, 2, 0},
	        {RAM + PAGE, PAGE, source, REALM_MEASURE, 1},
	        {RAM + PAGE + 8, PAGE, source, 0, 0},
	        {RAM + PAGE, PAGE + 8, source, 0, 0},
	        {RAM + PAGE, PAGE, source + 8, 0, 0},
	        {RAM + PAGE, PAGE, 0, 0, 0},
	        {RAM + PAGE, PAGE, -PAGE, 0, 0},
	        {-PAGE, 2 * PAGE, source, 0, 0},
	        {SHARED_BIT - PAGE, 2 * PAGE, source, 0, 0},
	        {SHARED_BIT | RAM, PAGE, source, 0, 0},
	        {FREE, PAGE, source, 0, 0},
	        {RAM + RAM_SIZE - PAGE, 2 * PAGE, source, 0, 0},
	};

	(void)state;
	for (unsigned r = 0; r < 2; r++) {
		struct realm_populate_args args;
		struct scene s;

		set_up(&s, r);
		for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			args = bad[i];
			REFUSED(&s, realm_populate_pages(s.vm, &args), EINVAL);
			assert_memory_equal(&args, &bad[i], sizeof(args));
		}
		args = good;
		assert_int_equal(realm_populate_pages(s.vm, &args), 0);
		REFUSED(&s, realm_populate(s.vm, RAM + 8, "x", 1, 0), EINVAL);
		REFUSED(&s, realm_populate(s.vm, RAM, "x", 1, 2), EINVAL);
		REFUSED(&s, realm_populate(s.vm, FREE, "x", 1, 0), EINVAL);
		REFUSED(&s, realm_populate(s.vm, RAM, NULL, SIZE_MAX, 0), EINVAL);
		REFUSED(&s, realm_load_elf(s.vm, "/no/such/file", 0), ENOENT);
		REFUSED(&s, realm_load_elf(s.vm, "/", 0), EISDIR);
		scene_close(&s);
	}
}

/*
 * The third of four pages cannot be populated: it has been before. The first two count, then the
 * failure is that of the first page, and nothing moves.
 */
static void populate_tells_how_far_it_came(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 2; r++) {
		struct realm_populate_args args = {.base = RAM + PAGE,
		                                   .size = sizeof(content),
		                                   .source_uaddr = (uint64_t)(uintptr_t)content};
		struct scene s;

		set_up(&s, r);
		assert_int_equal(realm_populate(s.vm, RAM + 3 * PAGE, "x", 1, 0), 0);
		assert_int_equal(realm_populate_pages(s.vm, &args), 0);
		assert_int_equal(args.base, RAM + 3 * PAGE);
		assert_int_equal(args.size, 2 * PAGE);
		assert_int_equal(args.source_uaddr, (uint64_t)(uintptr_t)&content[2 * PAGE]);
		assert_int_equal(realm_populate_pages(s.vm, &args), -EIO);
		assert_int_equal(args.base, RAM + 3 * PAGE);
		/* The page that is in the way may be passed over; what is shared may not. */
		args.base += PAGE;
		args.size -= PAGE;
		assert_int_equal(realm_set_attributes(s.vm, args.base, PAGE, false), 0);
		assert_int_equal(realm_populate_pages(s.vm, &args), -EINVAL);
		assert_int_equal(realm_set_attributes(s.vm, args.base, PAGE, true), 0);
		assert_int_equal(realm_populate_pages(s.vm, &args), 0);
		assert_int_equal(args.size, 0);
		/* Nothing left to do is no error. */
		assert_int_equal(realm_populate_pages(s.vm, &args), 0);
		scene_close(&s);
	}
}

static void attributes_and_copies_are_checked(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 2; r++) {
		char data[2 * PAGE], zeros[2 * PAGE] = {0};
		struct scene s;

		set_up(&s, r);
		REFUSED(&s, realm_set_attributes(s.vm, RAM, 0, false), EINVAL);
		REFUSED(&s, realm_set_attributes(s.vm, RAM + 8, PAGE, false), EINVAL);
		REFUSED(&s, realm_set_attributes(s.vm, RAM, 8, false), EINVAL);
		REFUSED(&s, realm_set_attributes(s.vm, RAM, -PAGE, false), EINVAL);
		REFUSED(&s, realm_set_attributes(s.vm, RAM - PAGE, 2 * PAGE, false), EINVAL);
		REFUSED(&s, realm_set_attributes(s.vm, RAM | SHARED_BIT, PAGE, false), EINVAL);
		REFUSED(&s, realm_set_attributes(s.vm, ROM, PAGE, true), EINVAL);
		assert_true(realm_is_private(s.vm, RAM));
		assert_false(realm_is_private(s.vm, FREE));
		REFUSED(&s, realm_read_shared(s.vm, RAM, data, 8), EFAULT);
		REFUSED(&s, realm_read_shared(s.vm, FREE, data, 8), EFAULT);
		REFUSED(&s, realm_read_shared(s.vm, SHARED_BIT - 8, data, 16), EFAULT);
		/* The first page could be written to, the second one could not: neither is. */
		memset(data, 0x5a, sizeof(data));
		REFUSED(&s, realm_write_shared(s.vm, ROM + PAGE, data, sizeof(data)), EFAULT);
		assert_int_equal(realm_read_shared(s.vm, ROM, data, sizeof(data)), 0);
		assert_memory_equal(data, zeros, sizeof(data));
		scene_close(&s);
	}
}

static void vcpus_are_checked(void **state)
{
	struct scene s;
	unsigned max;

	(void)state;
	set_up(&s, 1);
	max = host_features(s.host)->max_recs;
	REFUSED_NULL(&s, realm_vcpu_create(s.vm, 0), EEXIST);
	REFUSED_NULL(&s, realm_vcpu_create(s.vm, 2), EINVAL);
	REFUSED_NULL(&s, realm_vcpu_create(s.vm, max), EINVAL);
	REFUSED_NULL(&s, realm_vcpu_create(s.vm, UINT32_MAX), EINVAL);
	REFUSED(&s, realm_vcpu_set_gpr(s.cpu, 8, 0), EINVAL);
	REFUSED(&s, realm_vcpu_set_gpr(s.cpu, UINT32_MAX, 0), EINVAL);
	REFUSED(&s, realm_vcpu_inject_sea(s.cpu), EINVAL);
	assert_int_equal(realm_vcpu_set_gpr(s.cpu, 7, 7), 0);
	scene_close(&s);
}

/* What cannot be changed any more once the Realm is active. */
static void an_active_realm_is_finished(void **state)
{
	static const struct realm_mmio_ops ops = {reads, writes};

	(void)state;
	for (unsigned r = 0; r < 2; r++) {
		struct realm_populate_args args = {.base = RAM + PAGE,
		                                   .size = PAGE,
		                                   .source_uaddr = (uint64_t)(uintptr_t)content};
		struct scene s;

		set_up(&s, r);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		REFUSED(&s, realm_add_memory(s.vm, FREE, PAGE), EBUSY);
		REFUSED(&s, realm_remove_memory(s.vm, RAM), EBUSY);
		REFUSED(&s, realm_add_mmio(s.vm, FREE, PAGE, &ops, NULL), EBUSY);
		REFUSED(&s, realm_populate(s.vm, RAM + PAGE, "x", 1, 0), EBUSY);
		REFUSED(&s, realm_populate_pages(s.vm, &args), EBUSY);
		REFUSED_NULL(&s, realm_vcpu_create(s.vm, 1), EBUSY);
		REFUSED(&s, realm_vcpu_set_pc(s.cpu, RAM), EBUSY);
		REFUSED(&s, realm_vcpu_set_gpr(s.cpu, 0, 0), EBUSY);
		REFUSED(&s, realm_vcpu_inject_sea(s.cpu), EINVAL);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_MMIO);
		assert_int_equal(realm_vcpu_inject_sea(s.cpu), 0);
		REFUSED(&s, realm_vcpu_inject_sea(s.cpu), EINVAL);
		scene_close(&s);
	}
}

/* RAM goes away with what was populated in it, and may come back. */
static void memory_is_removed_before_activation(void **state)
{
	(void)state;
	for (unsigned r = 0; r < 2; r++) {
		struct host_pages before, after;
		struct scene s;
		uint64_t value = 7;

		set_up(&s, r);
		host_pages(s.host, &before);
		assert_int_equal(realm_add_memory(s.vm, FREE, 8 * PAGE), 0);
		assert_int_equal(realm_populate(s.vm, FREE, content, 3 * PAGE, REALM_MEASURE), 0);
		assert_int_equal(realm_set_attributes(s.vm, FREE + 4 * PAGE, PAGE, false), 0);
		assert_int_equal(realm_write_shared(s.vm, FREE + 4 * PAGE, &value, 8), 0);
		assert_int_equal(realm_remove_memory(s.vm, FREE), 0);
		host_pages(s.host, &after);
		assert_int_equal(after.owner[HOST_PAGE_DATA], before.owner[HOST_PAGE_DATA]);
		assert_int_equal(after.owner[HOST_PAGE_USED], before.owner[HOST_PAGE_USED]);
		assert_int_equal(realm_remove_memory(s.vm, FREE), -ENOENT);
		assert_int_equal(realm_add_memory(s.vm, FREE, 8 * PAGE), 0);
		assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
		scene_close(&s);
	}
}

static void hosts_that_cannot_be_are_refused(void **state)
{
	static const struct {
		struct host_config config;
		int error;
		const char *text;
	} bad[] = {
	        {{.conf = "nothing:"}, EINVAL, "nothing"},
	        {{.conf = "model:policy=wild"}, EINVAL, "wild"},
	        {{.conf = "model:", .granule_size = 0x2000}, ENXIO, "8192"},
	        {{.conf = "model:granule=16K", .granule_size = 0x1000}, ENXIO, "16384"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rmi_error err = {{0}};

		assert_null(host_open_config(&bad[i].config, &err));
		assert_int_equal(errno, bad[i].error);
		if (strstr(err.text, bad[i].text) == NULL)
			fail_msg("%s", err.text);
	}
}

static void capabilities_are_those_of_the_rmm(void **state)
{
	static const struct {
		unsigned cap;
		int value;
	} expected[] = {
	        {HOST_CAP_IRQCHIP, 1},
	        {HOST_CAP_NR_VCPUS, 3},
	        {HOST_CAP_SYNC_MMU, 1},
	        {HOST_CAP_ONE_REG, 1},
	        {HOST_CAP_ARM_PSCI, 1},
	        {HOST_CAP_ARM_PSCI_0_2, 1},
	        {HOST_CAP_ARM_PMU_V3, 0},
	        {HOST_CAP_IMMEDIATE_EXIT, 1},
	        {HOST_CAP_ARM_VM_IPA_SIZE, 44},
	        {HOST_CAP_ARM_SVE, 0},
	        {HOST_CAP_ARM_RMI, 1},
	        {10, 0},
	        {131, 0},
	        {UINT32_MAX, 0},
	};
	struct scene s;

	(void)state;
	scene_open(&s, "pes=3,s2sz=44");
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(host_capability(s.host, expected[i].cap), expected[i].value);
	assert_int_equal(host_capability(s.host, HOST_CAP_MAX_VCPUS),
	                 host_features(s.host)->max_recs);
	assert_int_equal(host_capability(s.host, HOST_CAP_MAX_VCPU_ID),
	                 host_capability(s.host, HOST_CAP_MAX_VCPUS));
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(machines_that_cannot_be_are_refused),
	        cmocka_unit_test(a_type_makes_the_machine_that_it_says),
	        cmocka_unit_test(memory_that_cannot_be_is_refused),
	        cmocka_unit_test(devices_that_cannot_be_are_refused),
	        cmocka_unit_test(populate_checks_as_the_ioctl_does),
	        cmocka_unit_test(populate_tells_how_far_it_came),
	        cmocka_unit_test(attributes_and_copies_are_checked),
	        cmocka_unit_test(vcpus_are_checked),
	        cmocka_unit_test(an_active_realm_is_finished),
	        cmocka_unit_test(memory_is_removed_before_activation),
	        cmocka_unit_test(hosts_that_cannot_be_are_refused),
	        cmocka_unit_test(capabilities_are_those_of_the_rmm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
