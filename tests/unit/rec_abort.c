/* SPDX-License-Identifier: BSD-3-Clause */
/* Aborts of a REC to the byte: what the Host sees, and what its answers do (DEN0137 A4.3.4, A4.4).
 */
#include "rec_show.h"

/* Runs to an exit due to a data abort at DEVICE that the Host can emulate. */
static void run_to_mmio(struct rec_realm *r, uint64_t esr, uint64_t written)
{
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_SYNC,
	        .esr = EC(EC_DABT) | ISV | FAULT_L3 | esr,
	        .far = DEVICE & 0xfff,
	        .hpfar = FIPA(DEVICE),
	        .gprs = {written},
	};

	assert_int_equal(rec_run(r), RMI_EXIT_SYNC);
	assert_exit(r, &expected);
}

static void a_store_to_a_device_shows_what_is_stored(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t esr;
		uint64_t value;
	} stores[] = {
	        {STRB(1, 0), SAS(0), 0x88},       {STRH(1, 0), SAS(1), 0x7788},
	        {STRW(1, 0), SAS(2), 0x55667788}, {STR(1, 0), SAS(3) | SF, 0x1122334455667788},
	        {STR(XZR, 0), SAS(3) | SF, 0},
	};

	(void)state;
	for (unsigned i = 0; i < NUM(stores); i++) {
		struct rec_realm r;

		OPEN(&r, DEVICE, 0x1122334455667788, stores[i].insn, SHOW(0));
		run_to_mmio(&r, stores[i].esr | WNR, stores[i].value);
		r.run->flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
		assert_int_equal(shown(&r), DEVICE);
		rec_close(&r);
	}
}

static void a_load_from_a_device_is_extended_as_the_instruction_says(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t esr; /* No SSE, no SRT. */
		uint64_t value;
	} loads[] = {
	        {LDRB(1, 0), SAS(0), 0xf1},
	        {LDRSB_W(1, 0), SAS(0), 0xfffffff1},
	        {LDRSB_X(1, 0), SAS(0) | SF, 0xfffffffffffffff1},
	        {LDRH(1, 0), SAS(1), 0xe0f1},
	        {LDRSH_W(1, 0), SAS(1), 0xffffe0f1},
	        {LDRSH_X(1, 0), SAS(1) | SF, 0xffffffffffffe0f1},
	        {LDRW(1, 0), SAS(2), 0xc0d0e0f1},
	        {LDRSW(1, 0), SAS(2) | SF, 0xffffffffc0d0e0f1},
	        {LDR(1, 0), SAS(3) | SF, 0x8090a0b0c0d0e0f1},
	};

	(void)state;
	for (unsigned i = 0; i < NUM(loads); i++) {
		struct rec_realm r;

		OPEN(&r, DEVICE, 1, loads[i].insn, SHOW(1));
		run_to_mmio(&r, loads[i].esr, 0);
		r.run->flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
		r.run->gprs[0] = 0x8090a0b0c0d0e0f1;
		assert_int_equal(shown(&r), loads[i].value);
		rec_close(&r);
	}
}

static void a_load_into_no_register_changes_none(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, DEVICE, 0, LDR(XZR, 0), SHOW(XZR));
	run_to_mmio(&r, SAS(3) | SF, 0);
	r.run->flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	r.run->gprs[0] = 5;
	assert_int_equal(shown(&r), 0);
	rec_close(&r);
}

static void an_access_that_is_not_emulated_is_made_again(void **state)
{
	struct rec_realm r;
	uint64_t pa;

	(void)state;
	OPEN(&r, DEVICE & ~UINT64_C(7), 0, LDR(1, 0), SHOW(1));
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_int_equal(small_share(&r.realm, DEVICE & ~UINT64_C(0xfff), &pa), 0);
	((uint64_t *)small_va(&r.realm, pa))[(DEVICE & 0xff8) / sizeof(uint64_t)] = 0x4711;
	r.run->gprs[0] = 1;
	assert_int_equal(shown(&r), 0x4711);
	rec_close(&r);
}

static void an_access_without_syndrome_at_an_unprotected_ipa_shows_il(void **state)
{
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_SYNC,
	        .esr = EC(EC_DABT) | IL | FAULT_L3,
	        .hpfar = FIPA(SMALL_UNPROT + 0x2000),
	};
	struct rec_realm r;

	(void)state;
	OPEN(&r, SMALL_UNPROT + 0x2340, 0, LDP(1, 2, 0));
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &expected);
	/* It is not emulatable. */
	r.run->flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	assert_int_equal(small_enter(&r.realm, 0), RMI_ERROR_REC);
	rec_close(&r);
}

static void an_access_at_a_protected_ipa_shows_no_more_than_where(void **state)
{
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_SYNC,
	        .esr = EC(EC_DABT) | FAULT_L3,
	        .hpfar = FIPA(UNMAPPED),
	};
	struct rec_realm r;

	(void)state;
	OPEN(&r, UNMAPPED, 0x1234, STR(1, 0), SHOW(1));
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &expected);
	r.run->flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	assert_int_equal(small_enter(&r.realm, 0), RMI_ERROR_REC);
	/* inject_sea is about Unprotected IPAs. */
	r.run->flags = RMI_REC_ENTER_FLAGS_INJECT_SEA;
	assert_int_equal(small_map(&r.realm, UNMAPPED & ~UINT64_C(0xfff)), 0);
	assert_int_equal(shown(&r), 0x1234);
	rec_close(&r);
}

static void a_fetch_where_nothing_is_mapped_is_an_instruction_abort(void **state)
{
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_SYNC,
	        .esr = EC(EC_IABT) | FAULT_L3,
	        .hpfar = FIPA(UNMAPPED),
	};
	struct rec_realm r;

	(void)state;
	OPEN(&r, UNMAPPED & ~UINT64_C(3), 0, BR(0));
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &expected);
	rec_close(&r);
}

static void a_fetch_from_an_unprotected_ipa_is_an_external_abort(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, DEVICE & ~UINT64_C(3), 0, BR(0), SHOW_EXCEPTION);
	/* From EL1; RVKNJW: EA. */
	assert_int_equal(shown(&r), EC(UINT64_C(0x21)) | IL | EA | 0x10);
	assert_int_equal(shown(&r), DEVICE & ~UINT64_C(3));
	rec_close(&r);
}

static void an_access_to_empty_memory_is_an_external_abort(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, EMPTY, 0, NOP, LDR(1, 0), SHOW_EXCEPTION);
	assert_int_equal(shown(&r), EC(UINT64_C(0x25)) | IL | EA | 0x10);
	assert_int_equal(shown(&r), EMPTY);
	assert_int_equal(shown(&r), REC_CODE + 4);
	rec_close(&r);
}

static void the_host_answers_an_access_with_an_external_abort(void **state)
{
	static const uint64_t flags[] = {
	        RMI_REC_ENTER_FLAGS_INJECT_SEA,
	        /* emul_mmio is ignored. */
	        RMI_REC_ENTER_FLAGS_INJECT_SEA | RMI_REC_ENTER_FLAGS_EMUL_MMIO,
	};

	(void)state;
	for (unsigned i = 0; i < NUM(flags); i++) {
		struct rec_realm r;

		OPEN(&r, DEVICE, 0, STR(1, 0), SHOW_EXCEPTION);
		run_to_mmio(&r, SAS(3) | SF | WNR, 0);
		r.run->flags = flags[i];
		assert_int_equal(shown(&r), EC(UINT64_C(0x25)) | IL | EA | WNR | 0x10);
		assert_int_equal(shown(&r), DEVICE);
		assert_int_equal(shown(&r), REC_CODE);
		rec_close(&r);
	}
}

static void an_abort_without_syndrome_can_be_answered_with_an_external_abort(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, SMALL_UNPROT, 0, LDP(1, 2, 0), SHOW_EXCEPTION);
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	r.run->flags = RMI_REC_ENTER_FLAGS_INJECT_SEA;
	assert_int_equal(shown(&r), EC(UINT64_C(0x25)) | IL | EA | 0x10);
	rec_close(&r);
}

static void an_interrupt_after_the_answer_forgets_the_abort(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, DEVICE, 0, LDR(1, 0), SHOW(1));
	run_to_mmio(&r, SAS(3) | SF, 0);
	/* The answer is taken, but nothing runs (IHMSQM). */
	rmi_pe_kick(r.realm.pe);
	r.run->flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	r.run->gprs[0] = 0x99;
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	assert_exit(&r, &(struct rmi_rec_exit){.exit_reason = RMI_EXIT_IRQ});
	assert_int_equal(small_enter(&r.realm, 0), RMI_ERROR_REC);
	r.run->flags = 0;
	r.run->gprs[0] = 0;
	assert_int_equal(shown(&r), 0x99);
	rec_close(&r);
}

static void the_host_learns_addresses_by_granule(void **state)
{
	/* A granule, and an offset beyond 4 KiB in it. */
	const uint64_t granule = SMALL_UNPROT + 0x10000;
	static const uint32_t insns[] = {STR(1, 0)};
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_SYNC,
	        .esr = EC(EC_DABT) | ISV | SAS(3) | SF | WNR | FAULT_L3,
	        .far = 0x2348,
	        .hpfar = FIPA(granule),
	        .gprs = {7},
	};
	struct rec_realm r;

	(void)state;
	rec_open_code(&r, "model:granule=64K", insns, NUM(insns),
	              (const uint64_t[8]){granule + 0x2348, 7});
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &expected);
	rec_close(&r);
	/* In a Protected one, where there is no offset. */
	rec_open_code(&r, "model:granule=64K", insns, NUM(insns), (const uint64_t[8]){0x12348, 7});
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &(struct rmi_rec_exit){
	                        .exit_reason = RMI_EXIT_SYNC,
	                        .esr = EC(EC_DABT) | FAULT_L3,
	                        .hpfar = FIPA(UINT64_C(0x10000)),
	                });
	rec_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_store_to_a_device_shows_what_is_stored),
	        cmocka_unit_test(a_load_from_a_device_is_extended_as_the_instruction_says),
	        cmocka_unit_test(a_load_into_no_register_changes_none),
	        cmocka_unit_test(an_access_that_is_not_emulated_is_made_again),
	        cmocka_unit_test(an_access_without_syndrome_at_an_unprotected_ipa_shows_il),
	        cmocka_unit_test(an_access_at_a_protected_ipa_shows_no_more_than_where),
	        cmocka_unit_test(a_fetch_where_nothing_is_mapped_is_an_instruction_abort),
	        cmocka_unit_test(a_fetch_from_an_unprotected_ipa_is_an_external_abort),
	        cmocka_unit_test(an_access_to_empty_memory_is_an_external_abort),
	        cmocka_unit_test(the_host_answers_an_access_with_an_external_abort),
	        cmocka_unit_test(an_abort_without_syndrome_can_be_answered_with_an_external_abort),
	        cmocka_unit_test(an_interrupt_after_the_answer_forgets_the_abort),
	        cmocka_unit_test(the_host_learns_addresses_by_granule),
	};

	return cmocka_run_group_tests_name("rec_abort", tests, NULL, NULL);
}
