/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory runs out at every place where the model asks for some, one after the other: whoever asked
 * is told, nothing is left behind, and with memory the same works. The linker puts the functions
 * below in the place of those of the C library.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/evp.h>
#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>
#include <rmm/inspect.h>

#include "a64_insn.h"
#include "a64_machine.h"
#include "cmocka_test.h"
#include "support/realm.h"

#define GUEST_PC UINT64_C(0x100000)

/* What is asked for while a request is chosen to fail, and what is held of it. */
static struct {
	unsigned victim; /* The request that fails, from 1 on; 0: none. */
	unsigned asked;
	bool all_others; /* Those after it fail as well. */
	bool old_kernel; /* Does not know MAP_FIXED_NOREPLACE. */
	long held;
} memory;

/* The linker makes the names. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *p);
void *__real_mmap(void *where, size_t size, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *p, size_t size);
int __real_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr);
EVP_MD_CTX *__real_EVP_MD_CTX_new(void);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *p);
void *__wrap_mmap(void *where, size_t size, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *p, size_t size);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr);
EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void);

static bool refused(void)
{
	if (memory.victim == 0)
		return false;
	memory.asked++;
	return memory.asked == memory.victim || (memory.all_others && memory.asked > memory.victim);
}

static void *hold(void *p)
{
	memory.held += p != NULL;
	return p;
}

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : hold(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refused() ? NULL : hold(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
	if (refused())
		return NULL;
	memory.held -= old != NULL;
	return hold(__real_realloc(old, size));
}

void __wrap_free(void *p)
{
	memory.held -= p != NULL;
	__real_free(p);
}

void *__wrap_mmap(void *where, size_t size, int prot, int flags, int fd, off_t offset)
{
	void *p;

	if (refused())
		return MAP_FAILED;
	if (memory.old_kernel)
		flags &= ~MAP_FIXED_NOREPLACE;
	p = __real_mmap(where, size, prot, flags, fd, offset);
	memory.held += p != MAP_FAILED;
	return p;
}

int __wrap_munmap(void *p, size_t size)
{
	memory.held--;
	return __real_munmap(p, size);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
	return refused() ? ENOMEM : __real_pthread_mutex_init(mutex, attr);
}

EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void)
{
	return refused() ? NULL : __real_EVP_MD_CTX_new();
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* From now on a request fails. */
static void fail_request(unsigned number, bool all_others)
{
	memory.victim = number;
	memory.asked = 0;
	memory.all_others = all_others;
}

/* @return whether one has failed */
static bool end_shortage(void)
{
	bool failed = memory.victim != 0 && memory.asked >= memory.victim;

	memory.victim = 0;
	return failed;
}

static void small_config(struct rmm_config *config)
{
	rmm_config_init(config);
	config->dram_size = UINT64_C(16) << 20;
	config->pes = 2;
}

static void rmm_is_made_as_a_whole_or_not_at_all(void **state)
{
	struct rmm_config config;
	unsigned number = 0;
	long before = memory.held;
	bool failed;

	(void)state;
	small_config(&config);
	do {
		struct rmi_error err = {0};
		struct rmm *rmm;

		fail_request(++number, false);
		rmm = rmm_create(&config, &err);
		failed = end_shortage();
		if (failed == (rmm != NULL))
			fail_msg("request %u: %s", number, err.text);
		if (failed && !strstr(err.text, "no memory") && !strstr(err.text, "address space"))
			fail_msg("request %u: \"%s\"", number, err.text);
		rmm_destroy(rmm);
		assert_int_equal(memory.held, before);
	} while (failed);
	/* Memory, tables, PEs with a hash and an engine, locks. */
	assert_in_range(number, 15, 50);
}

static void identity_is_refused_even_if_the_kernel_maps_elsewhere(void **state)
{
	struct rmm_config config;
	struct rmi_error err = {0};
	long before = memory.held;
	void *taken;

	(void)state;
	small_config(&config);
	taken = mmap(NULL, config.dram_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	             -1, 0);
	assert_ptr_not_equal(taken, MAP_FAILED);
	config.identity = true;
	/* Aligned as DRAM is, and in the midst of what is taken. */
	config.dram_base = ((uintptr_t)taken + 0x20000) & ~UINT64_C(0xffff);
	config.dram_size /= 2;
	memory.old_kernel = true;
	assert_null(rmm_create(&config, &err));
	memory.old_kernel = false;
	assert_non_null(strstr(err.text, "not free"));
	munmap(taken, 2 * config.dram_size);
	assert_int_equal(memory.held, before);
}

/* A Realm that is about to run a script. */
static struct small_realm open_realm(struct rmi **rmi, guest_script *script, void *arg)
{
	struct small_realm realm;
	struct rmi_error err;

	*rmi = rmi_open("model:dram=16M,pes=1", &err);
	assert_non_null(*rmi);
	assert_int_equal(rmi_rmm_activate(rmi_pe(*rmi, 0), NULL), RMI_SUCCESS);
	small_realm_init(&realm, rmi_pe(*rmi, 0), rmi_memory(*rmi).base, UINT64_C(8) << 20);
	assert_int_equal(small_realm_create(&realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&realm, 0), 0);
	assert_true(rmm_script(rmi_model(*rmi), GUEST_PC, script, arg));
	assert_int_equal(small_rec(&realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&realm), 0);
	return realm;
}

static void note_run(struct guest *g, void *arg)
{
	(void)g;
	*(bool *)arg = true;
}

static void snapshot_is_taken_as_a_whole_or_not_at_all(void **state)
{
	bool ran = false;
	struct rmi *rmi;
	struct small_realm realm = open_realm(&rmi, note_run, &ran);
	struct rmm_snapshot *first = rmm_snapshot_take(rmi_model(rmi));
	unsigned number = 0;
	long before = memory.held;
	bool failed;

	(void)state;
	(void)realm;
	assert_non_null(first);
	do {
		struct rmm_snapshot *s;

		fail_request(++number, false);
		s = rmm_snapshot_take(rmi_model(rmi));
		failed = end_shortage();
		assert_int_equal(failed, s == NULL);
		if (s != NULL)
			assert_true(rmm_snapshot_equal(first, s, NULL, 0));
		rmm_snapshot_free(s);
		assert_int_equal(memory.held, before);
	} while (failed);
	assert_in_range(number, 8, 50);
	rmm_snapshot_free(first);
	rmi_close(rmi);
}

static void script_without_a_stack_looks_like_a_pe_that_failed(void **state)
{
	bool ran = false;
	struct rmi *rmi;
	struct small_realm realm = open_realm(&rmi, note_run, &ran);
	long before = memory.held;

	(void)state;
	/* The guest, its stack. */
	for (unsigned number = 1; number <= 2; number++) {
		fail_request(number, false);
		assert_int_equal(small_enter(&realm, 0), RMI_SUCCESS);
		assert_true(end_shortage());
		assert_int_equal(small_run(&realm)->exit.exit_reason, RMI_EXIT_SERROR);
		assert_int_equal(memory.held, before);
		assert_false(ran);
	}
	assert_int_equal(small_enter(&realm, 0), RMI_SUCCESS);
	assert_int_equal(small_run(&realm)->exit.exit_reason, RMI_EXIT_PSCI);
	assert_true(ran);
	rmi_close(rmi);
}

/* Three pages of code, each of which jumps to the next. */
static void place_jumps(struct machine *machine)
{
	const uint32_t jump[] = {ADD(0, 0, 1), B(0x400 - 1)};
	const uint32_t end[] = {ADD(0, 0, 1), SMC(0)};

	machine_code(machine, MACHINE_BASE, jump, 2);
	machine_code(machine, MACHINE_BASE + 0x1000, jump, 2);
	machine_code(machine, MACHINE_BASE + 0x2000, end, 2);
}

static void interpreter_runs_on_the_pages_of_code_that_it_has(void **state)
{
	struct machine *machine = machine_create();
	struct machine_cpu cpu;

	(void)state;
	fail_request(1, true);
	machine_add_cpu(machine, &cpu, 1);
	end_shortage();
	assert_null(cpu.pe);
	machine_remove_cpu(&cpu);
	machine_add_cpu(machine, &cpu, 1);
	place_jumps(machine);

	/* None at all. */
	fail_request(1, true);
	assert_int_equal(machine_run(&cpu), GUEST_EXIT_ERROR);
	end_shortage();
	assert_non_null(strstr(cpu.exit.text, "no memory"));
	assert_int_equal(cpu.regs.pc, MACHINE_BASE);
	assert_int_equal(cpu.regs.x[0], 0);

	/* One, for all three. */
	fail_request(2, true);
	assert_int_equal(machine_run(&cpu), GUEST_EXIT_SMC);
	assert_true(end_shortage());
	assert_int_equal(cpu.regs.pc, MACHINE_BASE + 0x2004);
	assert_int_equal(cpu.regs.x[0], 3);
	machine_remove_cpu(&cpu);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rmm_is_made_as_a_whole_or_not_at_all),
	        cmocka_unit_test(identity_is_refused_even_if_the_kernel_maps_elsewhere),
	        cmocka_unit_test(snapshot_is_taken_as_a_whole_or_not_at_all),
	        cmocka_unit_test(script_without_a_stack_looks_like_a_pe_that_failed),
	        cmocka_unit_test(interpreter_runs_on_the_pages_of_code_that_it_has),
	};

	return cmocka_run_group_tests_name("memory_short", tests, NULL, NULL);
}
