/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens rarely: no memory, exits that nobody expects, an audit that finds something. */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host/gic.h>

#include "scene.h"

#include "internal.h"

#define BLOCK (UINT64_C(2) << 20)
#define CALL  (RAM + PAGE)

static const struct realm_mmio_ops *ops(void)
{
	return pl011_mmio();
}

static void calls_twice(struct guest *g, void *arg)
{
	(void)arg;
	rsi_host_call(g, CALL);
	rsi_host_call(g, CALL);
}

/* The calls of a thread that the host has no memory to know of. */
static void *calls_without_a_record(void *arg)
{
	static _Alignas(0x1000) char page[PAGE];
	struct realm_populate_args args = {
	        .base = RAM + PAGE, .size = PAGE, .source_uaddr = (uint64_t)(uintptr_t)page};
	const struct realm_gic_config gic = {.dist_gpa = 0x08000000, .redist_gpa = 0x10000000};
	struct scene *s = arg;
	uint64_t word = 0;

#define FAILS(call)                                                                                \
	do {                                                                                       \
		host_fail_allocation(s->host, 0);                                                  \
		assert_int_equal(call, -ENOMEM);                                                   \
	} while (0)
#define FAILS_NULL(call)                                                                           \
	do {                                                                                       \
		host_fail_allocation(s->host, 0);                                                  \
		errno = 0;                                                                         \
		assert_null(call);                                                                 \
		assert_int_equal(errno, ENOMEM);                                                   \
	} while (0)
	FAILS_NULL(realm_create(s->host, NULL));
	FAILS_NULL(realm_create_type(s->host, REALM_VM_TYPE_REALM));
	FAILS_NULL(realm_vcpu_create(s->vm, 1));
	FAILS(realm_add_memory(s->vm, 0x60000000, PAGE));
	FAILS(realm_remove_memory(s->vm, RAM));
	FAILS(realm_add_mmio(s->vm, 0x60000000, PAGE, ops(), s->uart));
	FAILS(realm_set_attributes(s->vm, RAM + PAGE, PAGE, false));
	FAILS(realm_populate(s->vm, RAM + PAGE, "x", 1, 0));
	FAILS(realm_populate_pages(s->vm, &args));
	FAILS(realm_load_elf(s->vm, "/dev/null", 0));
	FAILS(realm_read_shared(s->vm, RAM, &word, sizeof(word)));
	FAILS(realm_write_shared(s->vm, RAM, &word, sizeof(word)));
	FAILS(realm_vcpu_set_pc(s->cpu, RAM));
	FAILS(realm_vcpu_set_gpr(s->cpu, 0, 0));
	FAILS(realm_vcpu_inject_sea(s->cpu));
	FAILS(realm_gic_create(s->vm, &gic));
	FAILS(realm_irq_line(s->vm, 0, 40, true));
	FAILS(realm_vcpu_run(s->cpu)->error);
	FAILS(realm_destroy(s->vm));
	assert_string_equal(host_last_error(s->host), "");
	host_fail_allocation(s->host, UINT64_MAX);
	return NULL;
}

static void a_thread_without_a_record_can_do_nothing(void **state)
{
	struct scene s;
	pthread_t thread;

	(void)state;
	scene_open(&s, "");
	scene_guest(&s, calls_twice, NULL);
	assert_int_equal(pthread_create(&thread, NULL, calls_without_a_record, &s), 0);
	pthread_join(thread, NULL);
	assert_true(realm_is_private(s.vm, RAM + PAGE));
	assert_int_equal(scene_run(&s)->reason, REALM_EXIT_HYPERCALL);
	scene_close(&s);
}

/* Each allocation of a call fails in turn; nothing stays, and then it works. */
static void a_call_without_memory_leaves_nothing(void **state)
{
	struct scene s;
	uint64_t k;

	(void)state;
	scene_open(&s, "");
	scene_realm(&s, NULL);
	for (k = 0; k < 3; k++) {
		host_fail_allocation(s.host, k);
		assert_int_equal(realm_add_memory(s.vm, 0x60000000, 4 * PAGE), -ENOMEM);
		assert_string_not_equal(host_last_error(s.host), "");
	}
	assert_int_equal(realm_add_memory(s.vm, 0x60000000, 4 * PAGE), 0);
	host_fail_allocation(s.host, 0);
	assert_int_equal(realm_add_mmio(s.vm, 0x70000000, 8, ops(), s.uart), -ENOMEM);
	assert_int_equal(realm_add_mmio(s.vm, 0x70000000, 8, ops(), s.uart), 0);
	host_fail_allocation(s.host, 0);
	assert_null(realm_vcpu_create(s.vm, 0));
	assert_int_equal(errno, ENOMEM);
	assert_non_null(realm_vcpu_create(s.vm, 0));
	for (k = 0; k < 2; k++) {
		host_fail_allocation(s.host, k);
		assert_null(realm_create(s.host, NULL));
		assert_int_equal(errno, ENOMEM);
	}
	host_fail_allocation(s.host, UINT64_MAX);
	scene_close(&s);
}

static void uses_memory(struct guest *g, void *arg)
{
	(void)arg;
	guest_store64(g, RAM + BLOCK, 1);
	guest_set_ripas(g, RAM + BLOCK, RAM + BLOCK + 4 * PAGE, RSI_RIPAS_EMPTY, 0);
	guest_load64(g, (RAM + BLOCK) | SHARED_BIT);
	guest_store64(g, (RAM + BLOCK) | SHARED_BIT, 1);
	guest_store64(g, (RAM + BLOCK + PAGE) | SHARED_BIT, 1);
	guest_set_ripas(g, RAM + BLOCK, RAM + BLOCK + 4 * PAGE, RSI_RIPAS_RAM, 0);
	guest_store64(g, RAM + BLOCK, 1);
	psci_system_off(g);
}

/* A whole life, as far as it gets. @return whether it came to its end */
static bool live(struct scene *s)
{
	bool done = false;

	s->vm = realm_create(s->host, NULL);
	if (s->vm == NULL)
		return false;
	if (realm_add_memory(s->vm, RAM, RAM_SIZE) == 0 &&
	    realm_populate(s->vm, RAM, NULL, 2 * PAGE, 0) == 0) {
		s->cpu = realm_vcpu_create(s->vm, 0);
		assert_int_equal(realm_vcpu_set_pc(s->cpu, RAM), 0);
		for (unsigned tries = 0; tries < 3 && !done; tries++)
			done = scene_run(s)->reason == REALM_EXIT_SYSTEM_EVENT;
	}
	realm_destroy(s->vm);
	s->vm = NULL;
	return done;
}

/* The host has n pages: too few for a Realm, then for its vCPU, its memory, and at last enough. */
static void little_memory_loses_nothing(void **state)
{
	static const char *const confs[] = {"spec=2.0-bet1,rec_aux=3", "spec=2.0-bet3"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		unsigned lives = 0;

		for (uint64_t n = 1; n < 60; n++) {
			struct rmi_error err = {{0}};
			struct host_pages pages;
			struct scene s;

			scene_open(&s, confs[i]);
			host_close(s.host);
			s.host = host_open_config(
			        &(struct host_config){.rmi = s.rmi, .limits.max_pages = n}, &err);
			if (s.host == NULL) {
				rmi_close(s.rmi);
				continue;
			}
			rmm_script(s.rmm, RAM, uses_memory, NULL);
			lives += live(&s);
			assert_int_equal(host_audit(s.host, NULL), 0);
			host_pages(s.host, &pages);
			assert_int_equal(pages.owner[HOST_PAGE_FREE], pages.total);
			assert_true(pages.peak <= n);
			scene_close(&s);
		}
		assert_in_range(lives, 10, 58);
	}
}

/* One command is refused, the k-th time that it is made. What is lost is named. */
static void a_refused_command_is_accounted_for(void **state)
{
	static const uint32_t fids[] = {
	        SMC_RMI_GRANULE_RANGE_DELEGATE,
	        SMC_RMI_GRANULE_RANGE_UNDELEGATE,
	        SMC_RMI_RTT_READ_ENTRY,
	        SMC_RMI_RTT_UNPROT_MAP,
	        SMC_RMI_RTT_UNPROT_UNMAP,
	        SMC_RMI_RTT_DATA_MAP,
	        SMC_RMI_RTT_DATA_UNMAP,
	        SMC_RMI_RTT_CREATE,
	        SMC_RMI_RTT_DESTROY,
	        SMC_RMI_RTT_FOLD,
	        SMC_RMI_REALM_CREATE,
	};
	static const uint64_t answers[] = {RMI_ERROR_INPUT, RMI_ERROR_RTT | 3 << 8,
	                                   RMI_ERROR_RTT | 1 << 8};

	(void)state;
	for (unsigned i = 0; i < sizeof(fids) / sizeof(fids[0]) * 3; i++) {
		for (uint64_t k = 0; k < 10; k++) {
			struct host_pages pages;
			struct scene s;
			uint64_t leaked;

			scene_open(&s, "");
			rmm_script(s.rmm, RAM, uses_memory, NULL);
			hook_refuse(s.hook, fids[i / 3], k, 1, answers[i % 3]);
			live(&s);
			host_pages(s.host, &pages);
			leaked = pages.owner[HOST_PAGE_LEAKED];
			assert_int_equal(host_audit(s.host, NULL), leaked);
			assert_int_equal(pages.owner[HOST_PAGE_FREE] + leaked, pages.total);
			if (leaked != 0)
				assert_string_not_equal(s.log, "");
			hook_refuse(s.hook, 0, 0, 0, 0);
			assert_true(live(&s));
			host_close(s.host);
			rmi_close(s.rmi);
		}
	}
}

/* What an exit is made into. */
struct spoilt {
	uint8_t reason;
	uint64_t esr;
	bool done;
};

static bool spoil_exit(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct spoilt *spoilt = hook->arg;
	struct rmi_rec_run *run;

	if (regs->x[0] != SMC_RMI_REC_ENTER || spoilt->done)
		return false;
	run = rmi_pa_to_va(hook->inner, regs->x[2], sizeof(*run));
	rmi_call(rmi_pe(hook->inner, pe), regs);
	if (regs->x[0] != RMI_SUCCESS)
		return true;
	spoilt->done = true;
	run->exit.exit_reason = spoilt->reason;
	run->exit.esr = spoilt->esr;
	return true;
}

static void exits_that_nobody_expects_are_told_apart(void **state)
{
	static const struct {
		struct spoilt spoilt;
		enum realm_exit_reason reason;
		int error;
		const char *text;
	} cases[] = {
	        /* An exception class that the RMM keeps to itself; reasons that do not exist. */
	        {{RMI_EXIT_SYNC, UINT64_C(0x3f) << 26, false},
	         REALM_EXIT_INTERNAL_ERROR,
	         0,
	         "exception with ESR 0xfc000000"},
	        {{99, 0, false}, REALM_EXIT_INTERNAL_ERROR, 0, "exit reason 99"},
	        {{RMI_EXIT_S2AP_CHANGE, 0, false}, REALM_EXIT_INTERNAL_ERROR, 0, "exit reason 7"},
	        /* A data abort that is none of the host's: fault status 0x10. */
	        {{RMI_EXIT_SYNC, UINT64_C(0x24) << 26 | 0x10, false},
	         REALM_EXIT_UNKNOWN,
	         -EFAULT,
	         "fault status 0x10"},
	        /* These go on: SError, a system register, WFE, WFI, an interrupt. */
	        {{RMI_EXIT_SERROR, 0, false}, REALM_EXIT_HYPERCALL, 0, ""},
	        {{RMI_EXIT_SYNC, UINT64_C(0x18) << 26 | 1, false}, REALM_EXIT_HYPERCALL, 0, ""},
	        {{RMI_EXIT_SYNC, UINT64_C(0x18) << 26, false}, REALM_EXIT_HYPERCALL, 0, ""},
	        {{RMI_EXIT_SYNC, UINT64_C(0x18) << 26 | 31 << 5 | 1, false},
	         REALM_EXIT_HYPERCALL,
	         0,
	         ""},
	        {{RMI_EXIT_SYNC, UINT64_C(0x01) << 26 | 1, false}, REALM_EXIT_HYPERCALL, 0, ""},
	        {{RMI_EXIT_SYNC, UINT64_C(0x01) << 26, false}, REALM_EXIT_HYPERCALL, 0, ""},
	        {{RMI_EXIT_SYNC, UINT64_C(0x01) << 26 | 2, false}, REALM_EXIT_HYPERCALL, 0, ""},
	        {{RMI_EXIT_FIQ, 0, false}, REALM_EXIT_HYPERCALL, 0, ""},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spoilt spoilt = cases[i].spoilt;
		struct realm_exit *e;
		struct scene s;

		scene_open(&s, "");
		scene_guest(&s, calls_twice, NULL);
		s.hook->fn = spoil_exit;
		s.hook->arg = &spoilt;
		e = scene_run(&s);
		assert_int_equal(e->reason, cases[i].reason);
		assert_int_equal(e->error, cases[i].error);
		if (strstr(host_last_error(s.host), cases[i].text) == NULL)
			fail_msg("%u: %s", i, host_last_error(s.host));
		if (cases[i].reason == REALM_EXIT_INTERNAL_ERROR)
			assert_int_equal(scene_run(&s)->error, -EIO);
		if (cases[i].spoilt.reason == RMI_EXIT_SERROR)
			assert_non_null(strstr(s.log, "SError"));
		scene_close(&s);
	}
}

static void everything_has_a_name(void **state)
{
	static const struct {
		enum realm_exit_reason reason;
		const char *name;
	} exits[] = {
	        {REALM_EXIT_UNKNOWN, "UNKNOWN"},
	        {REALM_EXIT_HYPERCALL, "HYPERCALL"},
	        {REALM_EXIT_MMIO, "MMIO"},
	        {REALM_EXIT_SHUTDOWN, "SHUTDOWN"},
	        {REALM_EXIT_INTR, "INTR"},
	        {REALM_EXIT_INTERNAL_ERROR, "INTERNAL_ERROR"},
	        {REALM_EXIT_SYSTEM_EVENT, "SYSTEM_EVENT"},
	        {REALM_EXIT_MEMORY_FAULT, "MEMORY_FAULT"},
	        {(enum realm_exit_reason)99, "?"},
	};
	struct scene s;

	(void)state;
	for (unsigned i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		assert_string_equal(realm_exit_name(exits[i].reason), exits[i].name);
	assert_string_equal(host_page_owner_name(HOST_PAGE_DATA), "data");
	assert_string_equal(host_page_owner_name((enum host_page_owner)99), "?");
	assert_string_equal(realm_rec_exit_name(RMI_EXIT_PSCI), "PSCI");
	assert_string_equal(realm_rec_exit_name(99), "other");
	for (int i = 0; i <= PHYS_LEAK_ABANDONED + 1; i++)
		assert_string_not_equal(host_phys_leak_text((enum phys_leak)i), "");
	scene_open(&s, "");
	scene_guest(&s, calls_twice, NULL);
	assert_ptr_equal(realm_host(s.vm), s.host);
	assert_ptr_equal(host_rmi(s.host), s.rmi);
	assert_non_null(realm_vcpu_create(s.vm, 1));
	assert_int_equal(realm_vcpu_id(s.cpu), 0);
	assert_int_equal(realm_vcpu_mpidr(s.cpu), rmi_rec_mpidr(0));
	scene_close(&s);
}

/* Runs fn with a stream, and gives what it wrote. */
static char *written(struct host *host, void (*fn)(struct host *host, FILE *out))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fn(host, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void audit(struct host *host, FILE *out)
{
	host_audit(host, out);
}

/* The host's book is made wrong on purpose: the audit says where it differs from the RMM's. */
static void the_audit_finds_what_the_host_does_not_know(void **state)
{
	struct phys *phys;
	struct scene s;
	char *text;
	uint64_t pa = 0;
	const char *granule;
	uint32_t realm;

	(void)state;
	scene_open(&s, "");
	phys = &s.host->phys;
	scene_guest(&s, calls_twice, NULL);
	assert_int_equal(host_audit(s.host, NULL), 0);
	while (rmi_next_held_granule(s.rmi, pa, &pa, &granule) && strcmp(granule, "GRAN_RD") != 0)
		pa += PAGE;
	assert_string_equal(granule, "GRAN_RD");
	host_phys_set_owner(phys, pa, PAGE, HOST_PAGE_DATA);
	text = written(s.host, audit);
	assert_non_null(strstr(text, "data in the host: the RMM has it as GRAN_RD"));
	assert_non_null(strstr(text, "audit: 1 page lost"));
	free(text);
	assert_int_equal(host_audit(s.host, NULL), 1);
	/* Of a Realm that nobody knows. */
	host_phys_set_owner(phys, pa, PAGE, HOST_PAGE_RD);
	realm = phys->pages[(pa - phys->base) >> phys->gshift].realm;
	phys->pages[(pa - phys->base) >> phys->gshift].realm = 999;
	text = written(s.host, audit);
	assert_non_null(strstr(text, "1 page of realm 999, RD: its realm is gone"));
	free(text);
	phys->pages[(pa - phys->base) >> phys->gshift].realm = realm;
	assert_int_equal(host_audit(s.host, NULL), 0);
	/* Never delegated, in the host's book. */
	host_phys_set_owner(phys, pa, PAGE, HOST_PAGE_USED);
	assert_int_equal(host_audit(s.host, NULL), 1);
	host_phys_set_owner(phys, pa, PAGE, HOST_PAGE_RD);
	scene_close(&s);
}

/* The features that an RMM claims to have. */
struct claim {
	uint64_t set[5];
	uint64_t clear[5];
	struct rmi_realm_params params; /* Of REALM_CREATE. */
};

static bool claims(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct claim *claim = hook->arg;
	uint64_t index = regs->x[1];

	if (regs->x[0] == SMC_RMI_REALM_CREATE)
		memcpy(&claim->params, rmi_pa_to_va(hook->inner, regs->x[2], PAGE), PAGE);
	if (regs->x[0] != SMC_RMI_FEATURES || index > 4)
		return false;
	rmi_call(rmi_pe(hook->inner, pe), regs);
	regs->x[1] = (regs->x[1] & ~claim->clear[index]) | claim->set[index];
	return true;
}

static struct host *open_with(struct claim *claim, struct rmi **rmi, struct rmi_error *err)
{
	struct hook *hook;

	*rmi = hook_open("model:lpa2=1,s2sz=52", &hook);
	hook->fn = claims;
	hook->arg = claim;
	return host_open_config(&(struct host_config){.rmi = *rmi}, err);
}

/* The configuration of a Realm reaches the RMM, and is described. */
static void what_a_realm_is_made_of_reaches_the_rmm(void **state)
{
	const struct realm_config config = {
	        .ipa_bits = 50,
	        .sve_vl = 384,
	        .pmu_counters = 5,
	        .breakpoints = 3,
	        .watchpoints = 2,
	        .lfa_policy = RMI_LFA_ALLOW,
	        .mec_policy = RMI_MEC_POLICY_PRIVATE,
	        .hash = RMI_HASH_SHA_512,
	        .rpv = {1, 2, 3},
	};
	static struct claim claim;
	struct rmi_error err = {{0}};
	struct realm *vm;
	struct host *host;
	struct rmi *rmi;
	char *text;

	(void)state;
	claim = (struct claim){.set = {RMI_FEATURE_REGISTER_0_SVE | RMI_FEATURE_REGISTER_0_PMU |
	                               RMI_FIELD_SET(3, RMI_FEATURE_REGISTER_0_SVE_VL) |
	                               RMI_FIELD_SET(7, RMI_FEATURE_REGISTER_0_PMU_NUM_CTRS)}};
	claim.set[4] = RMI_FIELD_SET(2, RMI_FEATURE_REGISTER_4_MEC_COUNT);
	host = open_with(&claim, &rmi, &err);
	assert_non_null(host);
	assert_int_equal(host_capability(host, HOST_CAP_ARM_SVE), 1);
	assert_int_equal(host_capability(host, HOST_CAP_ARM_PMU_V3), 1);
	text = written(host, host_describe);
	assert_non_null(strstr(text, "SVE:          vectors up to 512 bits\n"));
	assert_non_null(strstr(text, "PMU:          7 counters\n"));
	assert_non_null(strstr(text, "LPA2\n"));
	free(text);
	vm = realm_create(host, &config);
	if (vm == NULL)
		fail_msg("%s", host_last_error(host));
	/* The model has no SVE: it refuses, and all comes back. */
	assert_int_equal(realm_add_memory(vm, RAM, RAM_SIZE), 0);
	assert_int_equal(realm_populate(vm, RAM, "x", 1, 0), -ENXIO);
	assert_int_equal(
	        claim.params.flags0,
	        RMI_REALM_FLAGS0_SVE | RMI_REALM_FLAGS0_PMU | RMI_REALM_FLAGS0_LPA2 |
	                RMI_FIELD_SET(RMI_LFA_ALLOW, RMI_REALM_FLAGS0_LFA_POLICY) |
	                RMI_FIELD_SET(RMI_MEC_POLICY_PRIVATE, RMI_REALM_FLAGS0_MEC_POLICY));
	assert_int_equal(claim.params.s2sz, 50);
	assert_int_equal(claim.params.sve_vl, 2);
	assert_int_equal(claim.params.pmu_num_ctrs, 5);
	assert_int_equal(claim.params.num_bps, 2);
	assert_int_equal(claim.params.num_wps, 1);
	assert_int_equal(claim.params.hash_algo, RMI_HASH_SHA_512);
	assert_memory_equal(claim.params.rpv, config.rpv, 64);
	assert_int_equal(realm_destroy(vm), 0);
	assert_int_equal(host_audit(host, NULL), 0);
	host_close(host);
	rmi_close(rmi);
}

static void an_rmm_without_what_is_needed_is_refused(void **state)
{
	static const struct {
		uint64_t clear1;
		const char *text;
	} cases[] = {
	        {RMI_FEATURE_REGISTER_1_HASH_SHA_256, "SHA-256"},
	        {RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_4KB, "granule size"},
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct claim claim = {.clear = {0, cases[i].clear1}};
		struct rmi_error err = {{0}};
		struct rmi *rmi;

		assert_null(open_with(&claim, &rmi, &err));
		assert_int_equal(errno, ENXIO);
		if (strstr(err.text, cases[i].text) == NULL)
			fail_msg("%s", err.text);
		assert_int_equal(rmi_audit(rmi, NULL), 0);
		rmi_close(rmi);
	}
}

/* The rest of bring-up, refused. */
static void a_bring_up_that_fails_late_leaves_nothing(void **state)
{
	struct rmi_error err = {{0}};
	struct hook *hook;
	struct host *host;
	struct rmi *rmi;

	(void)state;
	rmi = hook_open("model:", &hook);
	hook_refuse(hook, SMC_RMI_GPT_INFO, 0, 1, RMI_ERROR_INPUT);
	assert_null(host_open_config(&(struct host_config){.rmi = rmi}, &err));
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	/* A second host on an RMM that is active looks at its configuration, and may not get it. */
	host = host_open_config(&(struct host_config){.rmi = rmi}, &err);
	assert_non_null(host);
	hook_refuse(hook, SMC_RMI_RMM_CONFIG_GET, 0, 1, RMI_ERROR_INPUT);
	assert_null(host_open_config(&(struct host_config){.rmi = rmi}, &err));
	assert_non_null(strstr(err.text, "RMI_RMM_CONFIG_GET"));
	/* Nor does an RMM that cannot be deactivated matter to who closes. */
	hook_refuse(hook, SMC_RMI_RMM_DEACTIVATE, 0, 1, RMI_ERROR_GLOBAL);
	host_close(host);
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	rmi_close(rmi);
	/* Nobody wants to know why. */
	assert_null(host_open("model:drams=1", NULL));
	assert_null(host_open("model:tracking=none", NULL));
	host_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_thread_without_a_record_can_do_nothing),
	        cmocka_unit_test(a_call_without_memory_leaves_nothing),
	        cmocka_unit_test(little_memory_loses_nothing),
	        cmocka_unit_test(a_refused_command_is_accounted_for),
	        cmocka_unit_test(exits_that_nobody_expects_are_told_apart),
	        cmocka_unit_test(everything_has_a_name),
	        cmocka_unit_test(the_audit_finds_what_the_host_does_not_know),
	        cmocka_unit_test(what_a_realm_is_made_of_reaches_the_rmm),
	        cmocka_unit_test(an_rmm_without_what_is_needed_is_refused),
	        cmocka_unit_test(a_bring_up_that_fails_late_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
