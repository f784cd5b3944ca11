/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Realms with much memory, many Realms, and attributes that change under the feet of vCPUs.
 *
 *     memory [full]
 *
 * Alone it is small enough for a sanitizer; "full" is 4 GB of private memory and 1,000 Realms, for
 * which it needs 5 GB.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <realm_impl.h>

#include "scenario/scene.h"

#define BLOCK    (UINT64_C(2) << 20)
#define MIB      (UINT64_C(1) << 20)
#define ENTRY    (RAM + PAGE)
#define BIG      UINT64_C(0x100000000)
#define NUM_CPUS 4u

/* How much of everything there is. */
static struct {
	uint64_t ram;
	uint64_t populated;
	const char *dram;
	unsigned flips;
	unsigned lives;
	unsigned alive;
} size = {256 * MIB, 16 * MIB, "dram=768M", 60, 60, 20};

static void use_full_size(void)
{
	size.ram = 4096 * MIB;
	size.populated = 64 * MIB;
	size.dram = "dram=6G";
	size.flips = 20000;
	size.lives = 1000;
	size.alive = 200;
}

/* A vCPU of its own thread, whose VMM grants what is asked for. */
struct runner {
	pthread_t thread;
	struct realm *vm;
	struct realm_vcpu *cpu;
	bool grants;
	enum realm_exit_reason reason;
	int error;
};

static void *run_vcpu(void *arg)
{
	struct runner *r = arg;
	struct realm_exit *e;

	for (;;) {
		e = realm_vcpu_run(r->cpu);
		if (e->error == -EAGAIN)
			continue;
		if (e->reason != REALM_EXIT_MEMORY_FAULT || e->error != -EFAULT)
			break;
		if (r->grants)
			realm_set_attributes(r->vm, e->memory_fault.gpa, e->memory_fault.size,
			                     e->memory_fault.is_private);
		else
			sched_yield();
	}
	r->reason = e->reason;
	r->error = e->error;
	return NULL;
}

static void start(struct runner *r, struct scene *s, unsigned n, bool grants)
{
	for (unsigned i = 0; i < n; i++) {
		r[i] = (struct runner){.vm = s->vm, .grants = grants};
		r[i].cpu = i == 0 ? s->cpu : realm_vcpu_create(s->vm, i);
		assert_non_null(r[i].cpu);
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_create(&r[i].thread, NULL, run_vcpu, &r[i]), 0);
}

/* What the guests have done. */
static _Atomic unsigned finished;
static _Atomic uint64_t good;
static _Atomic bool accepted;

/* Writes into every page, each vCPU at another place in it. */
static void touch_all(struct guest *g, uint64_t id)
{
	for (uint64_t ipa = BIG; ipa < BIG + size.ram; ipa += PAGE)
		guest_store64(g, ipa + 8 * (id + 1), ipa + id);
}

static void touches_all(struct guest *g, void *arg)
{
	(void)arg;
	touch_all(g, guest_regs(g)->x[0]);
	finished++;
	psci_cpu_off(g);
}

static void owns_much_memory(struct guest *g, void *arg)
{
	const uint64_t half = BIG + size.ram / 2;

	(void)arg;
	for (uint64_t i = 1; i < NUM_CPUS; i++)
		psci_cpu_on(g, i, ENTRY, i);
	touch_all(g, 0);
	while (finished < NUM_CPUS - 1)
		guest_wfe(g);
	for (uint64_t ipa = BIG; ipa < BIG + size.ram; ipa += PAGE) {
		unsigned right = 0;

		for (uint64_t id = 0; id < NUM_CPUS; id++)
			right += guest_load64(g, ipa + 8 * (id + 1)) == ipa + id;
		good += right == NUM_CPUS;
	}
	accepted = guest_set_ripas(g, half, BIG + size.ram, RSI_RIPAS_EMPTY, 0);
	accepted = accepted && guest_set_ripas(g, half, BIG + size.ram, RSI_RIPAS_RAM, 0);
	for (uint64_t ipa = half; ipa < BIG + size.ram; ipa += PAGE) {
		good += guest_load64(g, ipa + 8) == 0;
		guest_store64(g, ipa + 8, ipa);
	}
	for (uint64_t ipa = BIG; ipa < BIG + size.ram; ipa += PAGE)
		good += guest_load64(g, ipa + 8) == ipa;
}

/*
 * All of the memory is populated or touched by four vCPUs at once, half of it is given back and
 * taken again, and it is torn down. Every block that can be one is mapped as one, every byte is
 * where it was written, every page comes back.
 */
static void much_memory_is_touched_given_back_and_taken_again(void **state)
{
	struct runner r[NUM_CPUS];
	struct realm_stats stats;
	uint64_t pages, blocks;
	struct scene s;

	(void)state;
	finished = 0;
	good = 0;
	scene_open(&s, size.dram);
	scene_guest(&s, owns_much_memory, NULL);
	rmm_script(s.rmm, ENTRY, touches_all, NULL);
	assert_int_equal(realm_add_memory(s.vm, BIG, size.ram), 0);
	assert_int_equal(realm_populate(s.vm, BIG, NULL, size.populated, 0), 0);
	start(r, &s, NUM_CPUS, true);
	for (unsigned i = 0; i < NUM_CPUS; i++)
		pthread_join(r[i].thread, NULL);
	assert_int_equal(r[0].reason, REALM_EXIT_SYSTEM_EVENT);
	assert_true(accepted);
	pages = size.ram / PAGE;
	assert_int_equal(good, pages + pages / 2 + pages);
	realm_get_stats(s.vm, &stats);
	blocks = (size.ram - size.populated) / BLOCK + size.ram / 2 / BLOCK;
	assert_int_equal(stats.private_blocks, blocks);
	assert_int_equal(stats.pages_unmapped, pages / 2);
	/* Tables of level 3 for what was populated, of level 2 for each GB in either half. */
	assert_in_range(stats.tables, size.populated / BLOCK, size.populated / BLOCK + 12);
	scene_close(&s);
}

static void hammers_a_page(struct guest *g, void *arg)
{
	const uint64_t id = guest_regs(g)->x[0];

	(void)arg;
	if (id == 0)
		for (uint64_t i = 1; i < NUM_CPUS; i++)
			psci_cpu_on(g, i, RAM, i);
	for (uint64_t i = 0;; i++) {
		guest_store64(g, (BIG + (i + id) % 8 * PAGE) | SHARED_BIT, i);
		guest_load64(g, (BIG + (i + id + 4) % 8 * PAGE) | SHARED_BIT);
	}
}

/* What is mapped at the shared alias of a gpa. */
static enum rmi_rtt_entry_state mapped(struct scene *s, uint64_t gpa)
{
	struct host_thread *self = host_enter(s->host);
	struct rtt_entry entry = {.state = RMI_RTTE_VOID};

	pthread_mutex_lock(&s->vm->mmu_lock);
	assert_int_equal(realm_rtt_read(self, s->vm, gpa | SHARED_BIT, 3, &entry), 0);
	pthread_mutex_unlock(&s->vm->mmu_lock);
	host_leave(self);
	return entry.state;
}

/*
 * Bug 24: attributes change while four vCPUs fault on the same pages. When a change to private has
 * returned nothing is mapped shared any more, and nothing is until the next change.
 */
static void attributes_change_while_vcpus_fault(void **state)
{
	struct runner r[NUM_CPUS];
	struct scene s;

	(void)state;
	scene_open(&s, "pes=5");
	scene_guest_config(&s, &scene_pages, hammers_a_page, NULL);
	assert_int_equal(realm_add_memory(s.vm, BIG, 8 * PAGE), 0);
	assert_int_equal(realm_set_attributes(s.vm, BIG, 8 * PAGE, false), 0);
	start(r, &s, NUM_CPUS, false);
	while (realm_state(s.vm) != REALM_STATE_ACTIVE)
		sched_yield();
	for (unsigned i = 0; i < size.flips; i++) {
		assert_int_equal(realm_set_attributes(s.vm, BIG, 8 * PAGE, true), 0);
		for (uint64_t n = 0; n < 8; n++)
			assert_int_equal(mapped(&s, BIG + n * PAGE), RMI_RTTE_VOID);
		assert_int_equal(realm_set_attributes(s.vm, BIG, 8 * PAGE, false), 0);
		for (unsigned n = 0; n < i % 16; n++)
			sched_yield();
	}
	realm_stop(s.vm);
	for (unsigned i = 0; i < NUM_CPUS; i++) {
		pthread_join(r[i].thread, NULL);
		assert_int_equal(r[i].reason, REALM_EXIT_SHUTDOWN);
	}
	scene_close(&s);
}

static void lives_shortly(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + 5 * PAGE, 1);
	guest_set_ripas(g, RAM + 5 * PAGE, RAM + 7 * PAGE, RSI_RIPAS_EMPTY, 0);
	guest_store64(g, (RAM + 5 * PAGE) | SHARED_BIT, 1);
	rsi_host_call(g, RAM + 8 * PAGE);
}

/* Memory of this process in bytes. */
static uint64_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	char line[128], *pages = NULL;

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	/* The second number. */
	strtoul(line, &pages, 10);
	return strtoul(pages, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Makes a Realm on the scene's host and runs it to its host call. */
static struct realm *give_birth(struct scene *s)
{
	struct scene one = *s;

	one.vm = realm_create(s->host, NULL);
	assert_non_null(one.vm);
	assert_int_equal(realm_add_memory(one.vm, RAM, BLOCK), 0);
	assert_int_equal(realm_populate(one.vm, RAM, NULL, 4 * PAGE, REALM_MEASURE), 0);
	one.cpu = realm_vcpu_create(one.vm, 0);
	assert_non_null(one.cpu);
	realm_vcpu_set_pc(one.cpu, RAM);
	assert_int_equal(scene_run(&one)->reason, REALM_EXIT_HYPERCALL);
	return one.vm;
}

/* Lets a number of Realms live at a time. */
static void generation(struct scene *s, struct realm **vms, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		vms[i] = give_birth(s);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(realm_destroy(vms[i * 7 % n]), 0);
}

static void realms_by_the_hundred_leave_nothing(void **state)
{
	struct realm *vms[200];
	struct scene s;
	uint64_t before;

	(void)state;
	scene_open(&s, "rec_aux=2,realm_aux=3");
	rmm_script(s.rmm, RAM, lives_shortly, NULL);
	/* 200 and 20 have no factor in common with 7: each is destroyed once. */
	generation(&s, vms, size.alive);
	before = resident();
	for (unsigned i = 0; i < size.lives; i++)
		generation(&s, vms, 1);
	generation(&s, vms, size.alive);
	/* A sanitizer keeps what was freed for a while. */
	if (resident() > before + 64 * MIB)
		fail_msg("%lu MB became %lu MB", (unsigned long)(before / MIB),
		         (unsigned long)(resident() / MIB));
	scene_close(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(much_memory_is_touched_given_back_and_taken_again),
	        cmocka_unit_test(attributes_change_while_vcpus_fault),
	        cmocka_unit_test(realms_by_the_hundred_leave_nothing),
	};

	if (argc > 1 && strcmp(argv[1], "full") == 0)
		use_full_size();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
