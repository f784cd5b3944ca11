/* SPDX-License-Identifier: BSD-3-Clause */
/* Several vCPUs and Realms in several threads; PSCI between vCPUs. */

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "scene.h"

#define ENTRY(n) (RAM + (n)*UINT64_C(0x10000))

static _Atomic uint64_t values[8];

static void set_up(struct scene *s, const char *conf, guest_script *fn)
{
	for (unsigned i = 0; i < 8; i++)
		values[i] = 0;
	scene_open(s, conf);
	scene_guest(s, fn, NULL);
}

/* A vCPU of its own thread, and how it ended. */
struct runner {
	pthread_t thread;
	struct scene *s;
	struct realm_vcpu *cpu;
	enum realm_exit_reason reason;
	int error;
	unsigned again;
};

static void *run_vcpu(void *arg)
{
	struct runner *r = arg;
	struct realm_exit *e;

	for (;;) {
		e = realm_vcpu_run(r->cpu);
		if (e->error == -EAGAIN)
			r->again++;
		else if (e->reason == REALM_EXIT_MEMORY_FAULT && e->error == -EFAULT)
			realm_set_attributes(r->s->vm, e->memory_fault.gpa, e->memory_fault.size,
			                     e->memory_fault.is_private);
		else
			break;
	}
	r->reason = e->reason;
	r->error = e->error;
	return NULL;
}

/* Adds vCPUs and runs each in its thread. */
static void run_all(struct scene *s, struct runner *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		r[i] = (struct runner){.s = s,
		                       .cpu = i == 0 ? s->cpu : realm_vcpu_create(s->vm, i)};
		assert_non_null(r[i].cpu);
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_create(&r[i].thread, NULL, run_vcpu, &r[i]), 0);
}

static void join_all(struct runner *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		pthread_join(r[i].thread, NULL);
}

static void secondary(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, ENTRY(32), guest_regs(g)->x[0]);
	values[1]++;
	psci_cpu_off(g);
}

static void starts_another(struct guest *g, void *arg)
{
	(void)arg;
	values[2] = psci_affinity_info(g, 1, 0);
	values[3] = psci_cpu_on(g, 1, ENTRY(1), 0xc0de);
	while (values[1] == 0)
		guest_wfe(g);
	values[5] = guest_load64(g, ENTRY(32));
	while (psci_affinity_info(g, 1, 0) != PSCI_OFF)
		guest_wfe(g);
	values[4] = psci_cpu_on(g, 7, ENTRY(1), 0);
}

/*
 * Bug 34: the target of CPU_ON was woken before the RMM knew the outcome, so that it entered too
 * early and got RMI_ERROR_REC. It never has to try again.
 */
static void cpu_on_starts_a_vcpu_in_its_thread(void **state)
{
	static const char *const confs[] = {"spec=2.0-bet1", "spec=2.0-bet3", "pes=1", "rec_aux=2"};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct runner r[2];
		struct scene s;

		set_up(&s, confs[i], starts_another);
		rmm_script(s.rmm, ENTRY(1), secondary, NULL);
		run_all(&s, r, 2);
		join_all(r, 2);
		assert_int_equal(r[0].reason, REALM_EXIT_SYSTEM_EVENT);
		assert_int_equal(r[1].reason, REALM_EXIT_SHUTDOWN);
		assert_int_equal(values[1], 1);
		assert_int_equal(values[2], PSCI_OFF);
		assert_int_equal(values[3], PSCI_SUCCESS);
		assert_int_equal(values[5], 0xc0de);
		assert_int_equal((int64_t)values[4], PSCI_INVALID_PARAMETERS);
		assert_int_equal(r[0].again + r[1].again, 0);
		scene_close(&s);
	}
}

static void names_another_sloppily(struct guest *g, void *arg)
{
	(void)arg;
	/* Bits 7:4 of an MPIDR are reserved, and do not count. */
	values[2] = psci_affinity_info(g, 0xf1, 0);
	values[3] = psci_cpu_on(g, 0x31, ENTRY(1), 0);
	while (values[1] == 0)
		guest_wfe(g);
}

/* The RMM passes on what the Realm wrote; the host must know the vCPU by it all the same. */
static void an_mpidr_with_reserved_bits_names_the_same_vcpu(void **state)
{
	static const char *const confs[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct runner r[2];
		struct scene s;

		set_up(&s, confs[i], names_another_sloppily);
		rmm_script(s.rmm, ENTRY(1), secondary, NULL);
		run_all(&s, r, 2);
		join_all(r, 2);
		assert_int_equal(r[0].reason, REALM_EXIT_SYSTEM_EVENT);
		assert_int_equal(values[2], PSCI_OFF);
		assert_int_equal(values[3], PSCI_SUCCESS);
		scene_close(&s);
	}
}

enum { ROUNDS = 200 };

static void comes_and_goes(struct guest *g, void *arg)
{
	(void)arg;
	values[1]++;
	psci_cpu_off(g);
}

static void restarts_another(struct guest *g, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS;) {
		if (psci_cpu_on(g, 1, ENTRY(1), 0) == PSCI_SUCCESS)
			i++;
	}
	while (psci_affinity_info(g, 1, 0) != PSCI_OFF)
		guest_wfe(g);
}

/* CPU_ON may come while the target's thread still handles its CPU_OFF: it must not be lost. */
static void a_vcpu_is_switched_off_and_on_many_times(void **state)
{
	struct runner r[2];
	struct scene s;

	(void)state;
	set_up(&s, "", restarts_another);
	rmm_script(s.rmm, ENTRY(1), comes_and_goes, NULL);
	run_all(&s, r, 2);
	join_all(r, 2);
	assert_int_equal(r[0].reason, REALM_EXIT_SYSTEM_EVENT);
	assert_int_equal(r[1].reason, REALM_EXIT_SHUTDOWN);
	assert_int_equal(values[1], ROUNDS);
	scene_close(&s);
}

/* Holds a CPU_OFF back on its way to the host until another vCPU has completed a CPU_ON. */
static bool hold_cpu_off_back(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	uint64_t before = hook_count(hook, SMC_RMI_PSCI_COMPLETE);
	const struct rmi_rec_run *run_page;
	uint64_t run;

	if (regs->x[0] != SMC_RMI_REC_ENTER)
		return false;
	run = regs->x[2];
	rmi_call(rmi_pe(hook->inner, pe), regs);
	run_page = rmi_pa_to_va(hook->inner, run, sizeof(*run_page));
	if (regs->x[0] != RMI_SUCCESS || run_page->exit.exit_reason != RMI_EXIT_PSCI ||
	    (run_page->exit.gprs[0] | SMCCC_FID_SMC64) != SMC64_PSCI_CPU_OFF || values[1] != 1)
		return true;
	values[2] = 1;
	while (hook_count(hook, SMC_RMI_PSCI_COMPLETE) < before + 1)
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	/* The completion has been counted; let it take effect. */
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	return true;
}

static void restarts_once(struct guest *g, void *arg)
{
	(void)arg;
	psci_cpu_on(g, 1, ENTRY(1), 0);
	while (values[2] == 0)
		guest_wfe(g);
	while (psci_cpu_on(g, 1, ENTRY(1), 0) != PSCI_SUCCESS)
		guest_wfe(g);
	for (unsigned i = 0; i < 1000 && values[1] < 2; i++)
		guest_wfi(g);
}

/* The same race, made to happen. */
static void a_cpu_on_that_overtakes_the_cpu_off_is_not_lost(void **state)
{
	struct runner r[2];
	struct scene s;

	(void)state;
	set_up(&s, "", restarts_once);
	rmm_script(s.rmm, ENTRY(1), comes_and_goes, NULL);
	s.hook->fn = hold_cpu_off_back;
	run_all(&s, r, 2);
	join_all(r, 2);
	assert_int_equal(r[0].reason, REALM_EXIT_SYSTEM_EVENT);
	assert_int_equal(values[1], 2);
	scene_close(&s);
}

static void counts_up_to(struct guest *g, uint64_t goal)
{
	while (values[6] < goal)
		guest_wfe(g);
}

static void one_of_many(struct guest *g, void *arg)
{
	(void)arg;
	/* All at the same pages. */
	for (unsigned i = 0; i < 64; i++)
		guest_store8(g, ENTRY(40) + i * PAGE + guest_regs(g)->x[0], 1);
	values[6]++;
	counts_up_to(g, 8);
	psci_cpu_off(g);
}

static void starts_many(struct guest *g, void *arg)
{
	(void)arg;
	for (uint64_t i = 1; i < 8; i++)
		psci_cpu_on(g, i, ENTRY(1), i);
	for (unsigned i = 0; i < 64; i++)
		guest_store8(g, ENTRY(40) + i * PAGE, 1);
	values[6]++;
	counts_up_to(g, 8);
	for (unsigned i = 0; i < 64; i++)
		values[7] += guest_load64(g, ENTRY(40) + i * PAGE) == UINT64_C(0x0101010101010101);
}

/*
 * Bug 21: vCPUs fault on the same page, or block, at the same time. One maps it; the others find it
 * mapped, give their own memory back and go on.
 */
static void many_vcpus_fault_on_the_same_pages(void **state)
{
	static const char *const confs[] = {"pes=8", "pes=2", "pes=1",
	                                    "pes=8,policy=hostile,seed=9"};

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct realm_stats stats;
		struct runner r[8];
		struct scene s;

		for (unsigned n = 0; n < 8; n++)
			values[n] = 0;
		scene_open(&s, confs[i / 2]);
		scene_guest_config(&s, i % 2 == 0 ? &scene_pages : NULL, starts_many, NULL);
		rmm_script(s.rmm, ENTRY(1), one_of_many, NULL);
		run_all(&s, r, 8);
		join_all(r, 8);
		assert_int_equal(r[0].reason, REALM_EXIT_SYSTEM_EVENT);
		assert_int_equal(values[7], 64);
		realm_get_stats(s.vm, &stats);
		assert_int_equal(stats.pages_mapped, i % 2 == 0 ? 64 : 512);
		scene_close(&s);
	}
}

static void spins(struct guest *g, void *arg)
{
	(void)arg;
	values[5]++;
	for (;;)
		guest_load64(g, RAM);
}

static void switches_off_while_another_spins(struct guest *g, void *arg)
{
	(void)arg;
	psci_cpu_on(g, 1, ENTRY(1), 0);
	while (values[5] == 0)
		guest_wfe(g);
}

/* Bug 35: SYSTEM_OFF while another vCPU runs: that one ends with SHUTDOWN, not with an error. */
static void system_off_stops_the_other_vcpus(void **state)
{
	struct runner r[3];
	struct scene s;

	(void)state;
	set_up(&s, "", switches_off_while_another_spins);
	rmm_script(s.rmm, ENTRY(1), spins, NULL);
	run_all(&s, r, 3);
	join_all(r, 3);
	assert_int_equal(r[0].reason, REALM_EXIT_SYSTEM_EVENT);
	assert_int_equal(r[1].reason, REALM_EXIT_SHUTDOWN);
	assert_int_equal(r[1].error, 0);
	assert_int_equal(r[2].reason, REALM_EXIT_SHUTDOWN);
	scene_close(&s);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void a_kick_brings_a_running_vcpu_out(void **state)
{
	struct runner r[2];
	struct scene s;

	(void)state;
	set_up(&s, "", spins);
	run_all(&s, r, 2);
	while (values[5] == 0)
		pause_ms(1);
	/* One runs, one waits for CPU_ON; both can be kicked. */
	realm_vcpu_kick(r[0].cpu);
	realm_vcpu_kick(r[1].cpu);
	join_all(r, 2);
	assert_int_equal(r[0].reason, REALM_EXIT_INTR);
	assert_int_equal(r[0].error, -EINTR);
	assert_int_equal(r[1].reason, REALM_EXIT_INTR);
	scene_close(&s);
}

static void a_stopped_realm_runs_no_more(void **state)
{
	struct runner r[2];
	struct scene s;

	(void)state;
	set_up(&s, "pes=1", spins);
	run_all(&s, r, 2);
	while (values[5] == 0)
		pause_ms(1);
	assert_int_equal(realm_destroy(s.vm), -EBUSY);
	realm_stop(s.vm);
	join_all(r, 2);
	assert_int_equal(r[0].reason, REALM_EXIT_SHUTDOWN);
	assert_int_equal(r[1].reason, REALM_EXIT_SHUTDOWN);
	assert_int_equal(realm_vcpu_run(s.cpu)->reason, REALM_EXIT_SHUTDOWN);
	scene_close(&s);
}

static void a_vcpu_runs_on_one_thread_at_a_time(void **state)
{
	struct runner r[1];
	struct scene s;

	(void)state;
	set_up(&s, "", spins);
	run_all(&s, r, 1);
	while (values[5] == 0)
		pause_ms(1);
	assert_int_equal(realm_vcpu_run(s.cpu)->error, -EBUSY);
	realm_stop(s.vm);
	join_all(r, 1);
	scene_close(&s);
}

static void ends_at_once(struct guest *g, void *arg)
{
	(void)arg;
	(void)g;
}

static void *populate_some(void *arg)
{
	struct scene *s = arg;

	for (unsigned i = 0; i < 64; i++) {
		int err = realm_populate(s->vm, ENTRY(50) + i * PAGE, "x", 1, 0);

		values[0] += err != 0 && err != -EBUSY;
	}
	return NULL;
}

/*
 * Bug 38: the first runs of two vCPUs and populate at the same time: one REALM_CREATE, one REC for
 * each vCPU, one ACTIVATE; populate gets through before, and -EBUSY afterwards.
 */
static void first_runs_and_populate_at_the_same_time(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		struct runner r[3];
		pthread_t populate;
		struct scene s;

		scene_open(&s, "");
		scene_realm(&s, NULL);
		values[0] = 0;
		rmm_script(s.rmm, RAM, ends_at_once, NULL);
		s.cpu = realm_vcpu_create(s.vm, 0);
		realm_vcpu_set_pc(s.cpu, RAM);
		assert_int_equal(pthread_create(&populate, NULL, populate_some, &s), 0);
		run_all(&s, r, 1);
		pthread_join(populate, NULL);
		join_all(r, 1);
		assert_int_equal(values[0], 0);
		assert_int_equal(hook_answered(s.hook, SMC_RMI_REALM_CREATE), 1);
		assert_int_equal(hook_answered(s.hook, SMC_RMI_REALM_ACTIVATE), 1);
		assert_int_equal(hook_answered(s.hook, SMC_RMI_REC_CREATE), 1);
		scene_close(&s);
	}
}

enum { LIVES = 30 };

static void short_life(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + PAGE, 1);
	guest_set_ripas(g, RAM + PAGE, RAM + 3 * PAGE, RSI_RIPAS_EMPTY, 0);
	guest_store64(g, (RAM + PAGE) | SHARED_BIT, 1);
}

/* Builds and destroys Realms, one after the other. */
static void *live_often(void *arg)
{
	struct scene s = *(struct scene *)arg;

	for (unsigned i = 0; i < LIVES; i++) {
		s.vm = realm_create(s.host, NULL);
		realm_add_memory(s.vm, RAM, RAM_SIZE);
		realm_populate(s.vm, RAM, NULL, 4 * PAGE, REALM_MEASURE);
		s.cpu = realm_vcpu_create(s.vm, 0);
		realm_vcpu_set_pc(s.cpu, RAM);
		values[0] += scene_run(&s)->reason == REALM_EXIT_SYSTEM_EVENT;
		values[1] += realm_destroy(s.vm) == 0;
	}
	return NULL;
}

static void realms_live_and_die_side_by_side(void **state)
{
	static const char *const confs[] = {"pes=4", "pes=2,policy=hostile,seed=4", "pes=1"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		pthread_t thread[3];
		struct scene s;

		values[0] = 0;
		values[1] = 0;
		scene_open(&s, confs[i]);
		rmm_script(s.rmm, RAM, short_life, NULL);
		for (unsigned n = 0; n < 3; n++)
			assert_int_equal(pthread_create(&thread[n], NULL, live_often, &s), 0);
		for (unsigned n = 0; n < 3; n++)
			pthread_join(thread[n], NULL);
		assert_int_equal(values[0], 3 * LIVES);
		assert_int_equal(values[1], 3 * LIVES);
		scene_close(&s);
	}
}

static void vcpus_are_numbered_without_gaps(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, "", ends_at_once);
	assert_null(realm_vcpu_create(s.vm, 0));
	assert_int_equal(errno, EEXIST);
	assert_null(realm_vcpu_create(s.vm, 2));
	assert_int_equal(errno, EINVAL);
	assert_null(realm_vcpu_create(s.vm, 5000));
	for (unsigned i = 1; i < 20; i++)
		assert_non_null(realm_vcpu_create(s.vm, i));
	scene_run_to_end(&s);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(cpu_on_starts_a_vcpu_in_its_thread),
	        cmocka_unit_test(an_mpidr_with_reserved_bits_names_the_same_vcpu),
	        cmocka_unit_test(a_vcpu_is_switched_off_and_on_many_times),
	        cmocka_unit_test(a_cpu_on_that_overtakes_the_cpu_off_is_not_lost),
	        cmocka_unit_test(many_vcpus_fault_on_the_same_pages),
	        cmocka_unit_test(system_off_stops_the_other_vcpus),
	        cmocka_unit_test(a_kick_brings_a_running_vcpu_out),
	        cmocka_unit_test(a_stopped_realm_runs_no_more),
	        cmocka_unit_test(a_vcpu_runs_on_one_thread_at_a_time),
	        cmocka_unit_test(first_runs_and_populate_at_the_same_time),
	        cmocka_unit_test(realms_live_and_die_side_by_side),
	        cmocka_unit_test(vcpus_are_numbered_without_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
