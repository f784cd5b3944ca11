/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * REC entry and exit to the byte (DEN0137 A4.2, A4.3): instructions run in a REC, and all of
 * RmiRecExit is compared with what must be there.
 */
#include <string.h>

#include "a64_insn.h"
#include "cmocka_test.h"
#include "rec_realm.h"

#define NUM(a)          (sizeof(a) / sizeof((a)[0]))

#define EC_WFX          UINT64_C(0x01)
#define EC_IABT         UINT64_C(0x20)
#define EC_DABT         UINT64_C(0x24)
#define EC(ec)          ((ec) << 26)
#define IL              (UINT64_C(1) << 25)
#define ISV             (UINT64_C(1) << 24)
#define SAS(log2)       ((uint64_t)(log2) << 22)
#define SF              (UINT64_C(1) << 15)
#define EA              (UINT64_C(1) << 9)
#define WNR             (UINT64_C(1) << 6)
#define FAULT_L3        UINT64_C(7)

/* An Unprotected IPA where nothing is mapped, and a Protected one. */
#define DEVICE          (SMALL_UNPROT + 0x2348)
#define FIPA(ipa)       (((ipa) >> 12) << 4)
#define UNMAPPED        UINT64_C(0x5678)
/* RIPAS is EMPTY from here on. */
#define EMPTY           (REC_RAM + 0x10)

#define STRB(rt, rn)    (UINT32_C(0x39000000) | (rn) << 5 | (rt))
#define STRH(rt, rn)    (UINT32_C(0x79000000) | (rn) << 5 | (rt))
#define LDRB(rt, rn)    (UINT32_C(0x39400000) | (rn) << 5 | (rt))
#define LDRSB_W(rt, rn) (UINT32_C(0x39c00000) | (rn) << 5 | (rt))
#define LDRSB_X(rt, rn) (UINT32_C(0x39800000) | (rn) << 5 | (rt))
#define LDRH(rt, rn)    (UINT32_C(0x79400000) | (rn) << 5 | (rt))
#define LDRSH_W(rt, rn) (UINT32_C(0x79c00000) | (rn) << 5 | (rt))
#define LDRSH_X(rt, rn) (UINT32_C(0x79800000) | (rn) << 5 | (rt))
#define LDRSW(rt, rn)   (UINT32_C(0xb9800000) | (rn) << 5 | (rt))
#define WFIT(rn)        (UINT32_C(0xd5031020) | (rn))
#define WFET(rn)        (UINT32_C(0xd5031000) | (rn))

/* Shows a register to the Host: an exit with its value in gprs[0]. */
#define SHOW(rt)        MSR(SYS_ICC_SGI1R_EL1, rt)
#define SYS_ESR_EL1     SYS(3, 0, 5, 2, 0)
#define SYS_FAR_EL1     SYS(3, 0, 6, 0, 0)
#define SYS_ELR_EL1     SYS(3, 0, 4, 0, 1)
#define SYS_SPSR_EL1    SYS(3, 0, 4, 0, 0)
#define SYS_VBAR_EL1    SYS(3, 0, 12, 0, 0)

/* A synchronous exception of EL1h comes here: shows ESR, FAR and ELR. */
#define VECTOR          (0x200 / 4)
#define SHOW_EXCEPTION                                                                             \
	[VECTOR] = MRS(9, SYS_ESR_EL1), SHOW(9), MRS(9, SYS_FAR_EL1), SHOW(9),                     \
	[VECTOR + 4] = MRS(9, SYS_ELR_EL1), SHOW(9)

#define OPEN(r, x0, x1, ...)                                                                       \
	rec_open_code(r, NULL, (const uint32_t[]){__VA_ARGS__},                                    \
	              NUM(((const uint32_t[]){__VA_ARGS__})), (const uint64_t[8]){x0, x1})

static uint64_t shown(struct rec_realm *r)
{
	assert_int_equal(rec_run(r), RMI_EXIT_SYNC);
	assert_int_equal(r->exit->esr >> 26, 0x18);
	r->run->flags = 0;
	return r->exit->gprs[0];
}

/* Everything else is zero (RPNWZV). */
static void assert_exit(const struct rec_realm *r, const struct rmi_rec_exit *expected)
{
	assert_memory_equal(r->exit, expected, sizeof(*expected));
}

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
	*(uint64_t *)((uint8_t *)small_va(&r.realm, pa) + (DEVICE & 0xff8)) = 0x4711;
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
	     MRS(9, SYS_CURRENT_EL), SHOW(9), MRS(9, SYS_NZCV), SHOW(9), SHOW(0), SHOW(1), SHOW(8));
	/* RNJHQK: the AArch64 reset state; MMU and caches off. */
	assert_int_equal(shown(&r) & 0x1005, 0);
	assert_int_equal(shown(&r), 0xf << 6);
	assert_int_equal(shown(&r), 1 << 2);
	assert_int_equal(shown(&r), 0);
	assert_int_equal(shown(&r), 1);
	assert_int_equal(shown(&r), 2);
	assert_int_equal(shown(&r), 0);
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
	};

	return cmocka_run_group_tests_name("rec_exit", tests, NULL, NULL);
}
