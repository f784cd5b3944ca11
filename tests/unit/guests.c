/* SPDX-License-Identifier: BSD-3-Clause */
/* What a Realm sees of the RMM, and how the Host and a running Realm meet. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define WINDOW   (UINT64_C(16) << 20)
#define PAGE     SMALL_PAGE_SIZE
#define GUEST_PC UINT64_C(0x100000)

/* A Realm with RAM at 0..0x10000 of which nothing is mapped, about to run a script. */
struct fixture {
	struct rmi *rmi;
	struct small_realm realm;
};

static struct fixture open_guest(guest_script *script, void *arg)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open("model", &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(rmi_rmm_activate(rmi_pe(f.rmi, 0), NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, rmi_pe(f.rmi, 0), rmi_memory(f.rmi).base, WINDOW);
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(small_tables(&f.realm, SMALL_UNPROT), 0);
	assert_int_equal(small_init_ripas(&f.realm, 0, 16 * PAGE), 0);
	assert_true(rmm_script(rmi_model(f.rmi), GUEST_PC, script, arg));
	assert_int_equal(small_rec(&f.realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	return f;
}

static void start(struct fixture *f)
{
	assert_int_equal(small_activate(&f->realm), 0);
	assert_int_equal(small_enter(&f->realm, 0), RMI_SUCCESS);
}

static struct rmi_rec_exit *last_exit(struct fixture *f)
{
	return &small_run(&f->realm)->exit;
}

static void close_guest(struct fixture *f)
{
	rmi_close(f->rmi);
}

static void load_and_store(struct guest *g, void *arg)
{
	guest_store64(g, PAGE + 8, 0x1122334455667788);
	*(uint64_t *)arg = guest_load64(g, PAGE + 8);
}

static void a_fault_continues_where_it_stopped(void **state)
{
	uint64_t value = 0;
	struct fixture f = open_guest(load_and_store, &value);

	(void)state;
	start(&f);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(last_exit(&f)->hpfar, (PAGE >> 12) << 4);
	assert_int_equal(last_exit(&f)->far, 0);
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(value, 0x1122334455667788);
	close_guest(&f);
}

static void read_device(struct guest *g, void *arg)
{
	struct guest_exit load = {
	        /* LDRSB W5: a byte, sign-extended to 32 bits */
	        .kind = GUEST_EXIT_ABORT,
	        .esr = UINT64_C(0x24) << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 5 << 16 | 7,
	        .far = UINT64_C(0xffff000000000123),
	        .ipa = SMALL_UNPROT + 0x123,
	};

	guest_raise(g, &load);
	*(uint64_t *)arg = guest_regs(g)->x[5];
}

static void emulated_load_is_extended_by_the_rmm(void **state)
{
	uint64_t value = 0;
	struct fixture f = open_guest(read_device, &value);

	(void)state;
	start(&f);
	/* A4.3.4: no SSE, no SRT for the Host; the offset in far, the page in hpfar. */
	assert_int_equal(last_exit(&f)->esr, UINT64_C(0x24) << 26 | 1 << 24 | 7);
	assert_int_equal(last_exit(&f)->far, 0x123);
	assert_int_equal(last_exit(&f)->hpfar, (SMALL_UNPROT >> 12) << 4);
	small_run(&f.realm)->enter.flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	small_run(&f.realm)->enter.gprs[0] = 0x1f80;
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(value, 0xffffff80);
	close_guest(&f);
}

static void read_empty(struct guest *g, void *arg)
{
	struct {
		unsigned count;
		uint64_t esr;
		uint64_t far;
	} *seen = arg;

	guest_load64(g, 64 * PAGE);
	seen->count = guest_take_sea(g, &seen->esr, &seen->far);
}

static void empty_memory_is_an_external_abort(void **state)
{
	struct {
		unsigned count;
		uint64_t esr;
		uint64_t far;
	} seen = {0};
	struct fixture f = open_guest(read_empty, &seen);

	(void)state;
	start(&f);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(seen.count, 1);
	/* RVKNJW: ESR_EL1.EA is set. */
	assert_int_equal(seen.esr & (1 << 9), 1 << 9);
	assert_int_equal(seen.far, 64 * PAGE);
	close_guest(&f);
}

static void call_own_pe(struct guest *g, void *arg)
{
	struct rmi_pe **pes = arg;

	(void)g;
	assert_int_equal(rmi_version(pes[0], RMI_ABI_VERSION, NULL, NULL), RMI_BUSY);
	assert_int_equal(rmi_version(pes[1], RMI_ABI_VERSION, NULL, NULL), RMI_SUCCESS);
	pes[2] = pes[1];
}

static void a_call_on_the_own_pe_is_busy(void **state)
{
	struct rmi_pe *pes[3] = {0};
	struct fixture f = open_guest(call_own_pe, pes);

	(void)state;
	pes[0] = rmi_pe(f.rmi, 0);
	pes[1] = rmi_pe(f.rmi, 1);
	start(&f);
	assert_non_null(pes[2]);
	close_guest(&f);
}

static void turn_on_second(struct guest *g, void *arg)
{
	(void)arg;
	psci_cpu_on(g, 1, GUEST_PC + PAGE, 0x5555);
}

static void note_registers(struct guest *g, void *arg)
{
	memcpy(arg, guest_regs(g), sizeof(struct guest_regs));
}

static void a_rec_that_is_turned_on_starts_from_reset(void **state)
{
	static const uint64_t gprs[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct guest_regs regs = {0};
	struct fixture f = open_guest(turn_on_second, NULL);

	(void)state;
	assert_true(rmm_script(rmi_model(f.rmi), GUEST_PC + PAGE, note_registers, &regs));
	assert_int_equal(small_rec(&f.realm, 0, 0, gprs), 0);
	start(&f);
	assert_int_equal(
	        rmi_psci_complete(f.realm.pe, f.realm.recs[0], f.realm.recs[1], PSCI_SUCCESS),
	        RMI_SUCCESS);
	assert_int_equal(small_enter(&f.realm, 1), RMI_SUCCESS);
	assert_int_equal(regs.x[0], 0x5555);
	for (unsigned i = 1; i <= 30; i++)
		assert_int_equal(regs.x[i], 0);
	assert_int_equal(regs.pc, GUEST_PC + PAGE);
	assert_int_equal(regs.pstate, GUEST_PSTATE_RESET);
	close_guest(&f);
}

static void read_config(struct guest *g, void *arg)
{
	struct rsi_realm_config *config = arg;
	uint64_t *words = arg;

	for (unsigned i = 0; i < sizeof(*config) / 8; i++)
		guest_store64(g, 8 * i, UINT64_MAX);
	assert_int_equal(rsi_realm_config(g, 0), RSI_SUCCESS);
	for (unsigned i = 0; i < sizeof(*config) / 8; i++)
		words[i] = guest_load64(g, 8 * i);
}

static void realm_config_has_zeros_where_nothing_is(void **state)
{
	struct rsi_realm_config config;
	struct rsi_realm_config expected = {
	        .ipa_width = SMALL_IPA_BITS,
	        .hash_algo = RSI_HASH_SHA_256,
	        /* Four list registers, five bits of priority, affinity 3, no direct injection. */
	        .gicv3_vtr = 0x90380003,
	};
	struct fixture f = open_guest(read_config, &config);

	(void)state;
	assert_int_equal(small_map(&f.realm, 0), 0);
	start(&f);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_PSCI);
	assert_memory_equal(&config, &expected, sizeof(config));
	close_guest(&f);
}

static void host_call(struct guest *g, void *arg)
{
	guest_store16(g, PAGE, 7);
	guest_store64(g, PAGE + 8, 0x1234);
	assert_int_equal(rsi_host_call(g, PAGE), RSI_SUCCESS);
	*(uint64_t *)arg = guest_load64(g, PAGE + 8);
}

static void a_host_call_whose_page_is_gone_is_completed_later(void **state)
{
	uint64_t answer = 0;
	struct fixture f = open_guest(host_call, &answer);

	(void)state;
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	start(&f);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_HOST_CALL);
	assert_int_equal(last_exit(&f)->imm, 7);
	assert_int_equal(last_exit(&f)->gprs[0], 0x1234);
	assert_int_equal(rmi_rtt_data_unmap(f.realm.pe, f.realm.rd, PAGE, 2 * PAGE,
	                                    RMI_ADDR_TYPE_NONE, 0, NULL, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	small_run(&f.realm)->enter.gprs[0] = 0x4321;
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(last_exit(&f)->hpfar, (PAGE >> 12) << 4);
	/* DESTROYED: nobody can bring the content back, and the Realm has to find out. */
	assert_int_equal(answer, 0);
	close_guest(&f);
}

/* A vCPU that reads one page as fast as it can, and counts. */
struct reader {
	_Atomic uint64_t reads;
	_Atomic bool stop;
};

static void read_for_ever(struct guest *g, void *arg)
{
	struct reader *reader = arg;

	while (!atomic_load(&reader->stop)) {
		guest_load64(g, PAGE);
		atomic_fetch_add(&reader->reads, 1);
	}
}

static void *run_vcpu(void *arg)
{
	struct fixture *f = arg;

	return (void *)(uintptr_t)rmi_rec_enter(rmi_pe(f->rmi, 1), f->realm.recs[0], f->realm.run);
}

static void unmapping_stops_a_running_vcpu(void **state)
{
	struct reader reader = {0};
	struct fixture f = open_guest(read_for_ever, &reader);
	uint64_t reads;
	pthread_t thread;
	void *x0;

	(void)state;
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	assert_int_equal(small_activate(&f.realm), 0);
	pthread_create(&thread, NULL, run_vcpu, &f);
	while (atomic_load(&reader.reads) < 1000)
		sched_yield();
	assert_int_equal(rmi_rtt_data_unmap(f.realm.pe, f.realm.rd, PAGE, 2 * PAGE,
	                                    RMI_ADDR_TYPE_NONE, 0, NULL, NULL, NULL, NULL),
	                 RMI_SUCCESS);
	pthread_join(thread, &x0);
	reads = atomic_load(&reader.reads);
	assert_int_equal((uintptr_t)x0, RMI_SUCCESS);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_true(reads >= 1000);
	close_guest(&f);
}

static void a_kick_ends_a_run(void **state)
{
	struct reader reader = {0};
	struct fixture f = open_guest(read_for_ever, &reader);

	(void)state;
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	assert_int_equal(small_activate(&f.realm), 0);
	rmi_pe_kick(f.realm.pe);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(atomic_load(&reader.reads), 0);
	close_guest(&f);
}

static void a_kick_reaches_a_running_script(void **state)
{
	struct reader reader = {0};
	struct fixture f = open_guest(read_for_ever, &reader);
	pthread_t thread;
	void *x0;

	(void)state;
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	assert_int_equal(small_activate(&f.realm), 0);
	pthread_create(&thread, NULL, run_vcpu, &f);
	while (atomic_load(&reader.reads) < 1000)
		sched_yield();
	rmi_pe_kick(rmi_pe(f.rmi, 1));
	pthread_join(thread, &x0);
	assert_int_equal((uintptr_t)x0, RMI_SUCCESS);
	assert_int_equal(last_exit(&f)->exit_reason, RMI_EXIT_IRQ);
	close_guest(&f);
}

static void suspend(struct guest *g, void *arg)
{
	(void)arg;
	for (;;)
		psci_cpu_suspend(g);
}

static void hardware_interrupts_in_list_registers_are_refused(void **state)
{
	struct fixture f = open_guest(suspend, NULL);
	struct rmi_ich *ich = rmi_pe_ich(f.realm.pe);

	(void)state;
	start(&f);
	ich->lr[0] = RMI_ICH_LR_HW;
	ich->hcr = RMI_ICH_HCR_EN;
	assert_int_equal(small_enter(&f.realm, 0), RMI_ERROR_REC);
	ich->lr[0] = 0;
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(ich->hcr, 0);
	close_guest(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_fault_continues_where_it_stopped),
	        cmocka_unit_test(emulated_load_is_extended_by_the_rmm),
	        cmocka_unit_test(empty_memory_is_an_external_abort),
	        cmocka_unit_test(a_call_on_the_own_pe_is_busy),
	        cmocka_unit_test(a_rec_that_is_turned_on_starts_from_reset),
	        cmocka_unit_test(realm_config_has_zeros_where_nothing_is),
	        cmocka_unit_test(a_host_call_whose_page_is_gone_is_completed_later),
	        cmocka_unit_test(unmapping_stops_a_running_vcpu),
	        cmocka_unit_test(a_kick_ends_a_run),
	        cmocka_unit_test(a_kick_reaches_a_running_script),
	        cmocka_unit_test(hardware_interrupts_in_list_registers_are_refused),
	};

	return cmocka_run_group_tests_name("guests", tests, NULL, NULL);
}
