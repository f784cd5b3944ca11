/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What scripts do that other tests do by the way: accesses of every size and alignment, and exits
 * of every kind, made by hand so that no engine is needed that can make them.
 */
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define PAGE     SMALL_PAGE_SIZE
#define GUEST_PC UINT64_C(0x100000)
#define ESR(ec)  (UINT64_C(ec) << 26 | UINT64_C(1) << 25)

struct fixture {
	struct rmi *rmi;
	struct small_realm realm;
	struct rmi_rec_run *run;
};

/* A Realm with two pages at PAGE, about to run a script. */
static struct fixture open_guest(guest_script *script, void *arg)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open("model:dram=16M,pes=1", &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(rmi_rmm_activate(rmi_pe(f.rmi, 0), NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, rmi_pe(f.rmi, 0), rmi_memory(f.rmi).base, UINT64_C(8) << 20);
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(small_init_ripas(&f.realm, PAGE, 3 * PAGE), 0);
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	assert_int_equal(small_map(&f.realm, 2 * PAGE), 0);
	assert_true(rmm_script(rmi_model(f.rmi), GUEST_PC, script, arg));
	assert_int_equal(small_rec(&f.realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f.realm), 0);
	f.run = small_run(&f.realm);
	return f;
}

static void enter(struct fixture *f, uint64_t reason)
{
	assert_int_equal(small_enter(&f->realm, 0), RMI_SUCCESS);
	assert_int_equal(f->run->exit.exit_reason, reason);
}

/* What bytes say at an address, lowest first. */
static uint64_t by_bytes(struct guest *g, uint64_t ipa, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = size; i-- > 0;)
		value = value << 8 | guest_load8(g, ipa + i);
	return value;
}

static void store_and_load(struct guest *g, uint64_t ipa)
{
	const uint64_t value = UINT64_C(0x8877665544332211);

	guest_store64(g, ipa, value);
	assert_int_equal(by_bytes(g, ipa, 8), value);
	assert_int_equal(guest_load64(g, ipa), value);
	assert_int_equal(guest_load32(g, ipa), (uint32_t)value);
	assert_int_equal(guest_load16(g, ipa), (uint16_t)value);
	guest_store32(g, ipa, 0xaabbccdd);
	assert_int_equal(by_bytes(g, ipa, 8), (value & ~UINT64_C(0xffffffff)) | 0xaabbccdd);
	guest_store16(g, ipa, 0x1357);
	assert_int_equal(by_bytes(g, ipa, 4), 0xaabb1357);
	guest_store8(g, ipa, 0xee);
	assert_int_equal(guest_load32(g, ipa), 0xaabb13ee);
}

static void store_everywhere(struct guest *g, void *arg)
{
	for (unsigned offset = 0; offset < 8; offset++)
		store_and_load(g, PAGE + 64 + offset);
	/* The last ones reach into the next page. */
	for (unsigned offset = 8; offset > 0; offset--)
		store_and_load(g, 2 * PAGE - offset);
	*(bool *)arg = true;
}

static void accesses_have_every_size_and_alignment(void **state)
{
	bool done = false;
	struct fixture f = open_guest(store_everywhere, &done);

	(void)state;
	enter(&f, RMI_EXIT_PSCI);
	assert_true(done);
	rmi_close(f.rmi);
}

static void raise_all(struct guest *g, void *arg)
{
	(void)arg;
	guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_FIQ});
	guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_IRQ});
	guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_BUDGET});
	guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_SERROR, .esr = UINT64_MAX});
	guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_ERROR, .esr = UINT64_MAX});
}

static void interrupts_and_errors_reach_the_host(void **state)
{
	struct fixture f = open_guest(raise_all, NULL);

	(void)state;
	enter(&f, RMI_EXIT_FIQ);
	enter(&f, RMI_EXIT_IRQ);
	enter(&f, RMI_EXIT_IRQ);
	enter(&f, RMI_EXIT_SERROR);
	/* EC, IDS, AET, EA, DFSC, and no more. */
	assert_int_equal(f.run->exit.esr, UINT64_C(0xfd001e3f));
	enter(&f, RMI_EXIT_SERROR);
	assert_int_equal(f.run->exit.esr, 0);
	enter(&f, RMI_EXIT_PSCI);
	rmi_close(f.rmi);
}

static void wait_in_four_ways(struct guest *g, void *arg)
{
	(void)arg;
	for (unsigned ti = 0; ti < 4; ti++)
		guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_WFX,
		                                    .esr = ESR(0x01) | 0xe0 | ti,
		                                    .value = 1000 + ti});
}

static void wait_shows_its_kind_and_its_timeout(void **state)
{
	struct fixture f = open_guest(wait_in_four_ways, NULL);

	(void)state;
	for (unsigned ti = 0; ti < 4; ti++) {
		enter(&f, RMI_EXIT_SYNC);
		assert_int_equal(f.run->exit.esr, UINT64_C(1) << 26 | ti);
		/* WFIT and WFET. */
		assert_int_equal(f.run->exit.gprs[0], ti >= 2 ? 1000 + ti : 0);
	}
	rmi_close(f.rmi);
}

/* Traps of MSR and MRS with a register. */
static struct guest_exit trap(unsigned rt, bool read)
{
	return (struct guest_exit){
	        .kind = GUEST_EXIT_SYSREG,
	        .esr = ESR(0x18) | (uint64_t)rt << 5 | (read ? 1 : 0),
	        .value = 0x4711,
	};
}

static void touch_registers(struct guest *g, void *arg)
{
	const struct guest_exit exits[] = {trap(5, false), trap(5, true), trap(31, true)};
	struct guest_regs *regs = guest_regs(g);
	uint64_t *seen = arg;

	for (unsigned i = 0; i < 3; i++) {
		uint64_t pc = regs->pc;

		guest_raise(g, &exits[i]);
		assert_int_equal(guest_regs(g)->pc, pc + 4);
		seen[i] = guest_regs(g)->x[5];
	}
}

static void trapped_registers_are_the_hosts(void **state)
{
	uint64_t seen[3] = {0};
	struct fixture f = open_guest(touch_registers, seen);

	(void)state;
	enter(&f, RMI_EXIT_SYNC);
	assert_int_equal(f.run->exit.gprs[0], 0x4711);
	f.run->enter.gprs[0] = 0x1111;
	enter(&f, RMI_EXIT_SYNC);
	assert_int_equal(f.run->exit.gprs[0], 0);
	f.run->enter.gprs[0] = 0x2222;
	enter(&f, RMI_EXIT_SYNC);
	f.run->enter.gprs[0] = 0x3333;
	enter(&f, RMI_EXIT_PSCI);
	/* Of a write nothing comes back; what is read into XZR is lost. */
	assert_int_equal(seen[0], 0);
	assert_int_equal(seen[1], 0x2222);
	assert_int_equal(seen[2], 0x2222);
	rmi_close(f.rmi);
}

static void load_into_nothing(struct guest *g, void *arg)
{
	struct guest_exit load = {
	        /* LDR XZR */
	        .kind = GUEST_EXIT_ABORT,
	        .esr = ESR(0x24) | 1 << 24 | 3 << 22 | 31 << 16 | 1 << 15 | 7,
	        .ipa = SMALL_UNPROT,
	};
	uint64_t pc = guest_regs(g)->pc;

	guest_regs(g)->sp_el0 = 0x77;
	guest_raise(g, &load);
	*(bool *)arg = guest_regs(g)->pc == pc + 4 && guest_regs(g)->sp_el0 == 0x77;
}

static void emulated_load_into_xzr_is_done_and_lost(void **state)
{
	bool good = false;
	struct fixture f = open_guest(load_into_nothing, &good);

	(void)state;
	enter(&f, RMI_EXIT_SYNC);
	f.run->enter.flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	f.run->enter.gprs[0] = 0x5555;
	enter(&f, RMI_EXIT_PSCI);
	assert_true(good);
	rmi_close(f.rmi);
}

struct calls {
	uint64_t version, unknown, beyond;
	unsigned undefined;
};

static void call_this_and_that(struct guest *g, void *arg)
{
	struct smccc_regs version = {{SMCCC_VERSION_FID}};
	struct smccc_regs unknown = {{0x8400001f}};
	struct smccc_regs beyond = {{0xc4001000}};
	struct calls *calls = arg;

	calls->version = guest_smc(g, &version);
	calls->unknown = guest_smc(g, &unknown);
	calls->beyond = guest_smc(g, &beyond);
	guest_hvc(g);
	calls->undefined = guest_take_sea(g, NULL, NULL);
}

static void calls_that_nobody_knows_are_refused(void **state)
{
	struct calls calls = {0};
	struct fixture f = open_guest(call_this_and_that, &calls);

	(void)state;
	enter(&f, RMI_EXIT_PSCI);
	assert_int_equal(calls.version, 0x10002);
	assert_int_equal((int64_t)calls.unknown, -1);
	assert_int_equal((int64_t)calls.beyond, -1);
	assert_int_equal(calls.undefined, 1);
	rmi_close(f.rmi);
}

static void scripts_have_room_for_so_many(void **state)
{
	struct rmi_error err;
	struct rmi *rmi = rmi_open("model:dram=16M,pes=1", &err);
	struct rmm *rmm = rmi_model(rmi);

	(void)state;
	assert_true(rmm_script(rmm, 0x1000, NULL, NULL));
	for (unsigned i = 0; i < RMM_MAX_SCRIPTS; i++)
		assert_true(rmm_script(rmm, i * PAGE, load_into_nothing, NULL));
	assert_false(rmm_script(rmm, RMM_MAX_SCRIPTS * PAGE, load_into_nothing, NULL));
	/* One that is replaced, one that nobody knows, one that is forgotten. */
	assert_true(rmm_script(rmm, 5 * PAGE, raise_all, NULL));
	assert_true(rmm_script(rmm, RMM_MAX_SCRIPTS * PAGE, NULL, NULL));
	assert_true(rmm_script(rmm, 5 * PAGE, NULL, NULL));
	assert_true(rmm_script(rmm, RMM_MAX_SCRIPTS * PAGE, load_into_nothing, NULL));
	rmi_close(rmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(accesses_have_every_size_and_alignment),
	        cmocka_unit_test(interrupts_and_errors_reach_the_host),
	        cmocka_unit_test(wait_shows_its_kind_and_its_timeout),
	        cmocka_unit_test(trapped_registers_are_the_hosts),
	        cmocka_unit_test(emulated_load_into_xzr_is_done_and_lost),
	        cmocka_unit_test(calls_that_nobody_knows_are_refused),
	        cmocka_unit_test(scripts_have_room_for_so_many),
	};

	return cmocka_run_group_tests_name("guest_exits", tests, NULL, NULL);
}
