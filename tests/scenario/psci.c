/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI calls that reach the host: what the Realm is told, and what the host makes of its vCPUs. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include <host/gic.h>
#include <rmm/sysreg.h>

#include "scene.h"

#define ENTRY1 (RAM + 16 * PAGE)
#define CALL   (RAM + PAGE)

static const struct realm_gic_config gic = {.dist_gpa = 0x08000000, .redist_gpa = 0x10000000};

static uint64_t values[8];

static const char *const revisions[] = {"spec=2.0-bet1", "spec=2.0-bet3"};

/* Runs a vCPU to its next host call. */
static void to_host_call(struct scene *s, struct realm_vcpu *cpu)
{
	struct realm_vcpu *first = s->cpu;

	s->cpu = cpu;
	assert_int_equal(scene_run(s)->reason, REALM_EXIT_HYPERCALL);
	s->cpu = first;
}

/* A Realm with two vCPUs and a GIC; the second one is made last. @return vCPU 1 */
static struct realm_vcpu *set_up(struct scene *s, const char *conf,
                                 const struct realm_config *config, guest_script *first,
                                 guest_script *second)
{
	struct realm_vcpu *cpu1;

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		values[i] = 0x55;
	scene_open(s, conf);
	scene_guest_config(s, config, first, NULL);
	assert_true(rmm_script(s->rmm, ENTRY1, second, NULL));
	cpu1 = realm_vcpu_create(s->vm, 1);
	assert_non_null(cpu1);
	assert_int_equal(realm_gic_create(s->vm, &gic), 0);
	return cpu1;
}

static void switches_on_twice(struct guest *g, void *arg)
{
	(void)arg;
	values[0] = psci_cpu_on(g, 1, ENTRY1, 0);
	rsi_host_call(g, CALL);
	values[1] = psci_cpu_on(g, 1, ENTRY1, 0);
	rsi_host_call(g, CALL);
}

static void is_ready_for_interrupts(struct guest *g, void *arg)
{
	(void)arg;
	guest_write_sysreg(g, GUEST_ICC_PMR_EL1, 0xf0);
	guest_write_sysreg(g, GUEST_ICC_IGRPEN1_EL1, 1);
	rsi_host_call(g, CALL);
	values[2] = guest_read_sysreg(g, GUEST_ICC_PMR_EL1);
	values[3] = guest_read_sysreg(g, GUEST_ICC_IGRPEN1_EL1);
	rsi_host_call(g, CALL);
}

/*
 * CPU_ON of a vCPU that runs: the RMM answers ALREADY_ON to the Realm, and the host, which is not
 * told, must not take it for a vCPU that comes up: its interrupts were switched off.
 */
static void cpu_on_of_a_running_vcpu_leaves_it_alone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct realm_vcpu *cpu1;
		struct scene s;

		cpu1 = set_up(&s, revisions[i], NULL, switches_on_twice, is_ready_for_interrupts);
		to_host_call(&s, s.cpu);
		to_host_call(&s, cpu1);
		to_host_call(&s, s.cpu);
		to_host_call(&s, cpu1);
		assert_int_equal(values[0], PSCI_SUCCESS);
		assert_int_equal((int32_t)values[1], PSCI_ALREADY_ON);
		assert_int_equal(values[2], 0xf0);
		assert_int_equal(values[3], 1);
		scene_close(&s);
	}
}

static void comes_and_goes(struct guest *g, void *arg)
{
	(void)arg;
	values[4] = guest_read_sysreg(g, GUEST_ICC_IGRPEN1_EL1);
	guest_write_sysreg(g, GUEST_ICC_IGRPEN1_EL1, 1);
	rsi_host_call(g, CALL);
	psci_cpu_off(g);
}

static void restarts(struct guest *g, void *arg)
{
	(void)arg;
	psci_cpu_on(g, 1, ENTRY1, 0);
	rsi_host_call(g, CALL);
	psci_cpu_on(g, 1, ENTRY1, 0);
	rsi_host_call(g, CALL);
}

static void *run_once(void *cpu)
{
	return (void *)(uintptr_t)realm_vcpu_run(cpu)->reason;
}

static void a_vcpu_that_was_off_begins_anew(void **state)
{
	pthread_t thread;
	void *reason;
	struct realm_vcpu *cpu1;
	struct scene s;

	(void)state;
	cpu1 = set_up(&s, "", NULL, restarts, comes_and_goes);
	to_host_call(&s, s.cpu);
	to_host_call(&s, cpu1);
	assert_int_equal(values[4], 0);
	values[4] = 0x55;
	/* It goes off, waits, and comes up again. */
	assert_int_equal(pthread_create(&thread, NULL, run_once, cpu1), 0);
	while (realm_vcpu_is_on(cpu1))
		sched_yield();
	to_host_call(&s, s.cpu);
	pthread_join(thread, &reason);
	assert_int_equal((uintptr_t)reason, REALM_EXIT_HYPERCALL);
	assert_int_equal(values[4], 0);
	scene_close(&s);
}

/* What a VMM decides about CPU_ON. */
struct decision {
	bool allow;
	unsigned asked;
	unsigned vcpu;
};

static bool decide(void *arg, unsigned vcpu)
{
	struct decision *decision = arg;

	decision->asked++;
	decision->vcpu = vcpu;
	return decision->allow;
}

static void asks_three_times(struct guest *g, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < 3; i++) {
		values[i] = psci_cpu_on(g, 1, ENTRY1, 0);
		values[3 + i] = psci_affinity_info(g, 1, 0);
		rsi_host_call(g, CALL);
	}
}

static void does_nothing(struct guest *g, void *arg)
{
	(void)arg;
	rsi_host_call(g, CALL);
}

/* Bug 34: denied, the target stays off; allowed later it comes up; on, nobody is asked. */
static void cpu_on_is_the_vmms_to_deny(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct decision decision = {.allow = false};
		const struct realm_config config = {.cpu_on = decide, .cpu_on_arg = &decision};
		struct realm_vcpu *cpu1;
		struct scene s;

		cpu1 = set_up(&s, revisions[i], &config, asks_three_times, does_nothing);
		to_host_call(&s, s.cpu);
		assert_int_equal((int32_t)values[0], PSCI_DENIED);
		assert_int_equal(values[3], PSCI_OFF);
		assert_false(realm_vcpu_is_on(cpu1));
		assert_int_equal(decision.vcpu, 1);
		decision.allow = true;
		to_host_call(&s, s.cpu);
		assert_int_equal(values[1], PSCI_SUCCESS);
		assert_int_equal(values[4], PSCI_SUCCESS);
		assert_true(realm_vcpu_is_on(cpu1));
		assert_int_equal(decision.asked, 2);
		to_host_call(&s, s.cpu);
		assert_int_equal((int32_t)values[2], PSCI_ALREADY_ON);
		assert_int_equal(decision.asked, 2);
		to_host_call(&s, cpu1);
		scene_close(&s);
	}
}

/* An RMM for which the target is on: as if another vCPU had been quicker. */
static bool refuses_denial(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	const bool bet1 = rmi_revision(hook->inner) == RMI_REVISION_2_0_BET1;

	(void)pe;
	if (regs->x[0] != SMC_RMI_PSCI_COMPLETE || regs->x[bet1 ? 3 : 2] == PSCI_SUCCESS)
		return false;
	regs->x[0] = rmi_result(RMI_ERROR_INPUT);
	return true;
}

static void a_denial_that_comes_too_late_is_no_error(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct decision decision = {.allow = false};
		const struct realm_config config = {.cpu_on = decide, .cpu_on_arg = &decision};
		struct realm_vcpu *cpu1;
		struct scene s;

		cpu1 = set_up(&s, revisions[i], &config, asks_three_times, does_nothing);
		s.hook->fn = refuses_denial;
		to_host_call(&s, s.cpu);
		assert_int_equal(values[0], PSCI_SUCCESS);
		to_host_call(&s, cpu1);
		scene_close(&s);
	}
}

/* A request that the RMM does not take is an error of this run, and is made again by the next. */
static void a_refused_completion_is_tried_again(void **state)
{
	struct realm_vcpu *cpu1;
	struct scene s;

	(void)state;
	cpu1 = set_up(&s, "", NULL, switches_on_twice, does_nothing);
	hook_refuse(s.hook, SMC_RMI_PSCI_COMPLETE, 0, 1, RMI_ERROR_INPUT);
	assert_int_equal(scene_run(&s)->error, -ENXIO);
	assert_false(realm_vcpu_is_on(cpu1));
	/* Busy for longer than the host waits: the VMM is told to try again. */
	hook_refuse(s.hook, SMC_RMI_PSCI_COMPLETE, 0, s.limits.busy_attempts, RMI_BUSY);
	assert_int_equal(realm_vcpu_run(s.cpu)->error, -EAGAIN);
	hook_refuse(s.hook, SMC_RMI_PSCI_COMPLETE, 0, s.limits.blocked_attempts, RMI_BLOCKED);
	assert_int_equal(realm_vcpu_run(s.cpu)->error, -EAGAIN);
	to_host_call(&s, s.cpu);
	assert_int_equal(values[0], PSCI_SUCCESS);
	assert_true(realm_vcpu_is_on(cpu1));
	scene_close(&s);
}

static void asks_and_sleeps(struct guest *g, void *arg)
{
	(void)arg;
	values[0] = psci_affinity_info(g, 1, 0);
	values[1] = psci_affinity_info(g, 7, 0);
	values[2] = psci_cpu_on(g, 7, ENTRY1, 0);
	values[3] = psci_cpu_on(g, 1, ENTRY1 | SHARED_BIT, 0);
	values[4] = psci_cpu_on(g, 0, ENTRY1, 0);
	guest_store32(g, 0x08000000 | SHARED_BIT, 2);
	guest_write_sysreg(g, GUEST_ICC_PMR_EL1, 0xf0);
	guest_write_sysreg(g, GUEST_ICC_IGRPEN1_EL1, 1);
	/* PPI 20 of this vCPU, group 1, enabled. */
	guest_store32(g, (0x10000000 + 0x10080) | SHARED_BIT, UINT32_MAX);
	guest_store32(g, (0x10000000 + 0x10100) | SHARED_BIT, 1u << 20);
	rsi_host_call(g, CALL);
	values[5] = psci_cpu_suspend(g);
	rsi_host_call(g, CALL);
}

static void affinity_and_suspend_are_answered(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct scene s;

		set_up(&s, revisions[i], NULL, asks_and_sleeps, does_nothing);
		to_host_call(&s, s.cpu);
		assert_int_equal(values[0], PSCI_OFF);
		assert_int_equal((int32_t)values[1], PSCI_INVALID_PARAMETERS);
		assert_int_equal((int32_t)values[2], PSCI_INVALID_PARAMETERS);
		assert_int_equal((int32_t)values[3], PSCI_INVALID_ADDRESS);
		assert_int_equal((int32_t)values[4], PSCI_ALREADY_ON);
		/* An interrupt that is pending ends the suspension at once. */
		assert_int_equal(realm_irq_line(s.vm, 0, 20, true), 0);
		to_host_call(&s, s.cpu);
		assert_int_equal(values[5], PSCI_SUCCESS);
		scene_close(&s);
	}
}

static bool spoils_mpidr(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct rmi_rec_run *run;

	if (regs->x[0] != SMC_RMI_REC_ENTER)
		return false;
	run = rmi_pa_to_va(hook->inner, regs->x[2], sizeof(*run));
	rmi_call(rmi_pe(hook->inner, pe), regs);
	if (run->exit.exit_reason == RMI_EXIT_PSCI)
		run->exit.gprs[1] = 99;
	return true;
}

/* The RMM passes on MPIDRs of RECs only; one of none breaks the Realm, not the host. */
static void a_target_that_does_not_exist_breaks_the_realm(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, "", NULL, switches_on_twice, does_nothing);
	s.hook->fn = spoils_mpidr;
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_INTERNAL_ERROR);
	assert_int_equal(scene_run(&s)->error, -EIO);
	scene_close(&s);
}

static void resets(struct guest *g, void *arg)
{
	(void)arg;
	psci_system_reset(g);
}

static void system_reset_is_an_event_and_the_end(void **state)
{
	struct realm_exit *e;
	struct scene s;

	(void)state;
	set_up(&s, "", NULL, resets, does_nothing);
	e = scene_run(&s);
	assert_int_equal(e->reason, REALM_EXIT_SYSTEM_EVENT);
	assert_int_equal(e->system_event.type, REALM_SYSTEM_EVENT_RESET);
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_SHUTDOWN);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(cpu_on_of_a_running_vcpu_leaves_it_alone),
	        cmocka_unit_test(a_vcpu_that_was_off_begins_anew),
	        cmocka_unit_test(cpu_on_is_the_vmms_to_deny),
	        cmocka_unit_test(a_denial_that_comes_too_late_is_no_error),
	        cmocka_unit_test(a_refused_completion_is_tried_again),
	        cmocka_unit_test(affinity_and_suspend_are_answered),
	        cmocka_unit_test(a_target_that_does_not_exist_breaks_the_realm),
	        cmocka_unit_test(system_reset_is_an_event_and_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
