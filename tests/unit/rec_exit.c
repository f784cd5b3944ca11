/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * REC entry and exit to the byte (DEN0137 A4.2, A4.3), but for aborts: instructions run in a REC,
 * and all of RmiRecExit is compared with what must be there.
 */
#include <string.h>

#include "rec_show.h"

#define SYS_MDSCR_EL1 SYS(2, 0, 0, 2, 2)
#define SYS_OSLAR_EL1 SYS(2, 0, 1, 0, 4)
#define SYS_OSLSR_EL1 SYS(2, 0, 1, 1, 4)

/* Waiting, and how it is told. */
struct wait {
	uint32_t insn;
	uint64_t flags; /* That make it exit. */
	uint64_t iss;
	uint64_t timeout;
};

#define FAR_AWAY UINT64_C(0x7fffffff00000000)

static const struct wait waits[] = {
        {WFI, RMI_REC_ENTER_FLAGS_TRAP_WFI, 0, 0},
        {WFE, RMI_REC_ENTER_FLAGS_TRAP_WFE, 1, 0},
        {WFIT(0), RMI_REC_ENTER_FLAGS_TRAP_WFI, 2, FAR_AWAY},
        {WFET(0), RMI_REC_ENTER_FLAGS_TRAP_WFE, 3, FAR_AWAY},
};

static void a_trapped_wait_exits_and_is_done(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUM(waits); i++) {
		struct rmi_rec_exit expected = {
		        .exit_reason = RMI_EXIT_SYNC,
		        .esr = EC(EC_WFX) | waits[i].iss,
		        .gprs = {waits[i].timeout},
		};
		struct rec_realm r;

		OPEN(&r, FAR_AWAY, 5, waits[i].insn, SHOW(1));
		r.run->flags = waits[i].flags;
		assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
		assert_exit(&r, &expected);
		assert_int_equal(shown(&r), 5);
		rec_close(&r);
	}
}

static void a_wait_that_is_not_trapped_goes_on(void **state)
{
	const uint64_t both = RMI_REC_ENTER_FLAGS_TRAP_WFI | RMI_REC_ENTER_FLAGS_TRAP_WFE;

	(void)state;
	for (unsigned i = 0; i < NUM(waits); i++) {
		struct rec_realm r;

		OPEN(&r, FAR_AWAY, 5, waits[i].insn, SHOW(1));
		r.run->flags = both & ~waits[i].flags;
		assert_int_equal(shown(&r), 5);
		rec_close(&r);
	}
}

static void the_flags_of_a_wait_are_those_of_the_entry(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, 0, 5, WFI, WFI, SHOW(1));
	r.run->flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	r.run->flags = 0;
	assert_int_equal(shown(&r), 5);
	rec_close(&r);
}

static void an_hvc_is_an_unknown_exception(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, 0, 0, NOP, HVC(7), SHOW_EXCEPTION);
	assert_int_equal(shown(&r), IL);
	shown(&r);
	assert_int_equal(shown(&r), REC_CODE + 4);
	rec_close(&r);
}

static void an_smc_that_nobody_knows_is_not_supported(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, 0xc2000000, 0, SMC(0), SHOW(0));
	assert_int_equal(shown(&r), SMCCC_NOT_SUPPORTED);
	rec_close(&r);
}

static void a_trapped_register_is_told_completely(void **state)
{
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_SYNC,
	        .esr = EC(UINT64_C(0x18)) | IL | 3 << 20 | 5 << 17 | 12 << 10 | 1 << 5 | 11 << 1,
	        .gprs = {0x77},
	};
	struct rec_realm r;

	(void)state;
	OPEN(&r, 0, 0x77, SHOW(1), SHOW(0));
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &expected);
	assert_int_equal(shown(&r), 0);
	rec_close(&r);
}

static void a_host_call_shows_its_registers_and_its_number(void **state)
{
	struct rmi_rec_exit expected = {.exit_reason = RMI_EXIT_HOST_CALL, .imm = 0x1234};
	struct rec_realm r;

	(void)state;
	/* The second page: imm, then gprs from 8 on. */
	OPEN(&r, SMC_RSI_HOST_CALL, REC_VECTORS, MOVZ(2, 0x1234), STR(2, 1), ADD(3, 1, 8),
	     STR(1, 3), SMC(0), SHOW(0), LDR(4, 3), SHOW(4));
	expected.gprs[0] = REC_VECTORS;
	assert_int_equal(rec_run(&r), RMI_EXIT_HOST_CALL);
	assert_exit(&r, &expected);
	r.run->gprs[0] = 0xabcd;
	assert_int_equal(shown(&r), RSI_SUCCESS);
	assert_int_equal(shown(&r), 0xabcd);
	rec_close(&r);
}

/* Exits that no instruction makes: a script leaves with them. */
static void raise_exit(struct guest *g, void *arg)
{
	guest_raise(g, arg);
	for (;;)
		psci_cpu_suspend(g);
}

static void an_serror_shows_what_kind_it_is(void **state)
{
	struct guest_exit serror = {
	        .kind = GUEST_EXIT_SERROR,
	        /* All of ISS: IDS, AET, EA and DFSC remain. */
	        .esr = EC(UINT64_C(0x2f)) | IL | 0x1ffffff,
	        .far = 1,
	        .ipa = 2,
	        .value = 3,
	};
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_SERROR,
	        .esr = EC(UINT64_C(0x2f)) | 1 << 24 | 7 << 10 | 1 << 9 | 0x3f,
	};
	struct rec_realm r;

	(void)state;
	rec_open_script(&r, NULL, raise_exit, &serror);
	assert_int_equal(rec_run(&r), RMI_EXIT_SERROR);
	assert_exit(&r, &expected);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	rec_close(&r);
}

static void a_physical_interrupt_tells_nothing_else(void **state)
{
	static const struct {
		enum guest_exit_kind kind;
		uint8_t reason;
	} kinds[] = {
	        {GUEST_EXIT_IRQ, RMI_EXIT_IRQ},
	        {GUEST_EXIT_FIQ, RMI_EXIT_FIQ},
	};

	(void)state;
	for (unsigned i = 0; i < NUM(kinds); i++) {
		struct guest_exit raised = {.kind = kinds[i].kind, .esr = ~UINT64_C(0), .value = 1};
		struct rec_realm r;

		rec_open_script(&r, NULL, raise_exit, &raised);
		assert_int_equal(rec_run(&r), kinds[i].reason);
		assert_exit(&r, &(struct rmi_rec_exit){.exit_reason = kinds[i].reason});
		assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
		rec_close(&r);
	}
}

static void an_abort_shows_the_bits_of_its_list_only(void **state)
{
	/* All of ISS but ISV, at a Protected IPA: SET, FnV, EA and DFSC remain. */
	struct guest_exit raised = {
	        .kind = GUEST_EXIT_ABORT,
	        .esr = EC(EC_DABT) | IL | 0xffffff,
	        .far = UNMAPPED,
	        .ipa = UNMAPPED,
	        .value = 1,
	};
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_SYNC,
	        .esr = EC(EC_DABT) | 3 << 11 | 1 << 10 | EA | 0x3f,
	        .hpfar = FIPA(UNMAPPED),
	};
	struct rec_realm r;

	(void)state;
	rec_open_script(&r, NULL, raise_exit, &raised);
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &expected);
	rec_close(&r);
	/* At an Unprotected IPA, IL too. */
	raised.ipa = SMALL_UNPROT;
	expected.hpfar = FIPA(SMALL_UNPROT);
	expected.esr |= IL;
	rec_open_script(&r, NULL, raise_exit, &raised);
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &expected);
	rec_close(&r);
	/* With ISV: that, SAS, SF and WnR. */
	raised.esr |= ISV;
	expected.esr = (expected.esr & ~IL) | ISV | SAS(3) | SF | WNR;
	expected.far = UNMAPPED & 0xfff;
	expected.gprs[0] = 1;
	rec_open_script(&r, NULL, raise_exit, &raised);
	assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
	assert_exit(&r, &expected);
	rec_close(&r);
}

static void a_vcpu_starts_from_reset(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, 1, 2, MRS(9, SYS_SCTLR_EL1), SHOW(9), MRS(9, SYS_DAIF), SHOW(9),
	     MRS(9, SYS_CURRENT_EL), SHOW(9), MRS(9, SYS_NZCV), SHOW(9), SHOW(0), SHOW(1), SHOW(8),
	     MRS(9, SYS_OSLSR_EL1), SHOW(9));
	/* RNJHQK: the AArch64 reset state; MMU and caches off, OS Lock on. */
	assert_int_equal(shown(&r) & 0x1005, 0);
	assert_int_equal(shown(&r), 0xf << 6);
	assert_int_equal(shown(&r), 1 << 2);
	assert_int_equal(shown(&r), 0);
	assert_int_equal(shown(&r), 1);
	assert_int_equal(shown(&r), 2);
	assert_int_equal(shown(&r), 0);
	assert_int_equal(shown(&r), 0xa);
	rec_close(&r);
}

static void a_psci_exit_shows_the_function_and_no_more(void **state)
{
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_PSCI,
	        .gprs = {SMC64_PSCI_CPU_SUSPEND},
	};
	struct rec_realm r;

	(void)state;
	OPEN(&r, SMC64_PSCI_CPU_SUSPEND, 0x4000, SMC(0), SHOW(0), SHOW(1));
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	assert_exit(&r, &expected);
	assert_int_equal((int64_t)shown(&r), PSCI_SUCCESS);
	assert_int_equal(shown(&r), 0);
	rec_close(&r);
}

static void a_kick_is_one_exit(void **state)
{
	struct rec_realm r;

	(void)state;
	OPEN(&r, 0, 9, SHOW(1), B(-1));
	rmi_pe_kick(r.realm.pe);
	rmi_pe_kick(r.realm.pe);
	assert_int_equal(rec_run(&r), RMI_EXIT_IRQ);
	assert_exit(&r, &(struct rmi_rec_exit){.exit_reason = RMI_EXIT_IRQ});
	assert_int_equal(shown(&r), 9);
	assert_int_equal(shown(&r), 9);
	rec_close(&r);
}

/* Which of the two an interrupt is depends on the machine: hosts must expect both. */
static void a_kick_may_be_an_fiq(void **state)
{
	static const uint32_t insns[] = {B(0)};
	unsigned fiqs = 0;
	struct rec_realm r;

	(void)state;
	rec_open_code(&r, "model:fiq=1000", insns, NUM(insns), NULL);
	rmi_pe_kick(r.realm.pe);
	assert_int_equal(rec_run(&r), RMI_EXIT_FIQ);
	assert_exit(&r, &(struct rmi_rec_exit){.exit_reason = RMI_EXIT_FIQ});
	rec_close(&r);
	rec_open_code(&r, "model:fiq=500", insns, NUM(insns), NULL);
	for (unsigned i = 0; i < 64; i++) {
		uint64_t reason;

		rmi_pe_kick(r.realm.pe);
		reason = rec_run(&r);
		assert_true(reason == RMI_EXIT_IRQ || reason == RMI_EXIT_FIQ);
		fiqs += reason == RMI_EXIT_FIQ;
	}
	assert_in_range(fiqs, 8, 56);
	rec_close(&r);
}

static void a_cpu_on_exit_shows_who_is_meant_and_no_more(void **state)
{
	static const uint64_t gprs[8] = {SMC64_PSCI_CPU_ON, 0, 0x4000, 0x1234};
	static const uint32_t insns[] = {SMC(0), SHOW(0)};
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_PSCI,
	        .gprs = {SMC64_PSCI_CPU_ON, 1},
	};
	uint64_t second[8];
	struct rec_realm r;

	(void)state;
	memcpy(second, gprs, sizeof(gprs));
	second[1] = 1;
	rec_open_code(&r, NULL, insns, NUM(insns), second);
	/* There is no such vCPU: answered without an exit. */
	assert_int_equal((int64_t)shown(&r), PSCI_INVALID_PARAMETERS);
	rec_close(&r);
	rec_open_pair(&r, (const uint32_t[]){MOVZ(0, 3), MOVK16(0, 0xc400), MOVZ(1, 0), SMC(0)}, 4,
	              insns, NUM(insns));
	/* REC 0 is the second of the pair, so the first asks for the REC with index 0. */
	expected.gprs[1] = 0;
	assert_int_equal(rec_run_one(&r, 0, 0), RMI_EXIT_PSCI);
	assert_memory_equal(&rec_shared(&r, 0)->exit, &expected, sizeof(expected));
	rec_close(&r);
}

static void a_ripas_change_shows_the_range_and_no_more(void **state)
{
	static const uint32_t insns[] = {SMC(0), SHOW(0), SHOW(1), SHOW(2)};
	struct rmi_rec_exit expected = {
	        .exit_reason = RMI_EXIT_RIPAS_CHANGE,
	        .ripas_base = 0x8000,
	        .ripas_top = 0xa000,
	        .ripas_value = RMI_RIPAS_RAM,
	};
	struct rec_realm r;

	(void)state;
	rec_open_code(&r, NULL, insns, NUM(insns),
	              (const uint64_t[8]){SMC_RSI_IPA_STATE_SET, 0x8000, 0xa000, RSI_RIPAS_RAM});
	assert_int_equal(rec_run(&r), RMI_EXIT_RIPAS_CHANGE);
	assert_exit(&r, &expected);
	/* A4.2: the response is that of the entry. Nothing has been done. */
	r.run->flags = RMI_REC_ENTER_FLAGS_RIPAS_RESPONSE;
	assert_int_equal(shown(&r), RSI_SUCCESS);
	assert_int_equal(shown(&r), 0x8000);
	assert_int_equal(shown(&r), RSI_RESPONSE_REJECT);
	rec_close(&r);
}

/* Delegates the page of RmiRecRun from another PE. */
static void take_run_page(struct guest *g, void *arg)
{
	struct rec_realm *r = arg;
	uint64_t run = r->realm.run;

	assert_int_equal(rmi_granule_range_delegate(rmi_pe(r->rmi, 1), run, run + SMALL_PAGE_SIZE,
	                                            NULL, NULL),
	                 RMI_SUCCESS);
	for (;;)
		psci_cpu_suspend(g);
}

#define MDSCR_STEP (UINT64_C(1) | UINT64_C(1) << 13)

/* Who steps through code that the RMM or the Host carries out stops behind each instruction. */
static void an_instruction_that_is_carried_out_elsewhere_is_a_step(void **state)
{
	static const struct {
		uint32_t insn;
		bool exits;
		uint64_t flags;
	} cases[] = {
	        {NOP, false, 0},
	        {SMC(0), false, 0},
	        {LDR(5, 4), true, RMI_REC_ENTER_FLAGS_EMUL_MMIO},
	        {SHOW(0), true, 0},
	        {WFI, true, RMI_REC_ENTER_FLAGS_TRAP_WFI},
	};
	const uint64_t stepped = 6 * 4;
	const uint64_t gprs[8] = {
	        MDSCR_STEP,
	        stepped,
	        GUEST_PSTATE_EL1H | UINT64_C(0x1c0) | GUEST_PSTATE_SS,
	        SMC_RSI_VERSION,
	        DEVICE & ~UINT64_C(7),
	};

	(void)state;
	for (unsigned i = 0; i < NUM(cases); i++) {
		const uint32_t insns[] = {MSR(SYS_OSLAR_EL1, XZR),
		                          MSR(SYS_MDSCR_EL1, 0),
		                          MSR(SYS_ELR_EL1, 1),
		                          MSR(SYS_SPSR_EL1, 2),
		                          ADD(0, 3, 0),
		                          ERET,
		                          cases[i].insn,
		                          NOP,
		                          NOP,
		                          SHOW_EXCEPTION};
		struct rec_realm r;

		rec_open_code(&r, NULL, insns, NUM(insns), gprs);
		r.run->flags = cases[i].flags & RMI_REC_ENTER_FLAGS_TRAP_WFI;
		if (cases[i].exits) {
			assert_int_equal(rec_run(&r), RMI_EXIT_SYNC);
			r.run->flags = cases[i].flags & RMI_REC_ENTER_FLAGS_EMUL_MMIO;
		}
		assert_int_equal(shown(&r) >> 26, 0x33);
		(void)shown(&r);
		assert_int_equal(shown(&r), stepped + 4);
		rec_close(&r);
	}
}

static void an_exit_into_a_page_that_was_delegated_is_an_input_error(void **state)
{
	struct rec_realm r;
	uint64_t run;

	(void)state;
	rec_open_script(&r, NULL, take_run_page, &r);
	run = r.realm.run;
	/* RFRGVT */
	assert_int_equal(small_enter(&r.realm, 0), RMI_ERROR_INPUT);
	/* The REC is not lost. */
	assert_int_equal(rmi_granule_range_undelegate(rmi_pe(r.rmi, 1), run, run + SMALL_PAGE_SIZE,
	                                              NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(rec_run(&r), RMI_EXIT_PSCI);
	rec_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_trapped_wait_exits_and_is_done),
	        cmocka_unit_test(a_wait_that_is_not_trapped_goes_on),
	        cmocka_unit_test(the_flags_of_a_wait_are_those_of_the_entry),
	        cmocka_unit_test(an_hvc_is_an_unknown_exception),
	        cmocka_unit_test(an_smc_that_nobody_knows_is_not_supported),
	        cmocka_unit_test(a_trapped_register_is_told_completely),
	        cmocka_unit_test(a_host_call_shows_its_registers_and_its_number),
	        cmocka_unit_test(an_serror_shows_what_kind_it_is),
	        cmocka_unit_test(a_physical_interrupt_tells_nothing_else),
	        cmocka_unit_test(an_abort_shows_the_bits_of_its_list_only),
	        cmocka_unit_test(a_vcpu_starts_from_reset),
	        cmocka_unit_test(a_psci_exit_shows_the_function_and_no_more),
	        cmocka_unit_test(a_kick_is_one_exit),
	        cmocka_unit_test(a_kick_may_be_an_fiq),
	        cmocka_unit_test(a_cpu_on_exit_shows_who_is_meant_and_no_more),
	        cmocka_unit_test(a_ripas_change_shows_the_range_and_no_more),
	        cmocka_unit_test(an_instruction_that_is_carried_out_elsewhere_is_a_step),
	        cmocka_unit_test(an_exit_into_a_page_that_was_delegated_is_an_input_error),
	};

	return cmocka_run_group_tests_name("rec_exit", tests, NULL, NULL);
}
