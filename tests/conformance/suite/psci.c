/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI of a Realm (DEN0137 B6.3), with the numbers of SMC64 and, where they matter, of SMC32. */
#include "spoil.h"

#define CONTEXT      UINT64_C(0xc0ffee)
/* What the high half of an argument of an SMC32 call may hold. */
#define HIGH         (UINT64_C(0xdead) << 32)

#define ENTRY(w)     WORLD_GUEST_IPA(w, GUEST_TELL)

/* RECs by index: the one that calls, one that is off, and one that is on. */
#define CALLER_MPIDR rmi_rec_mpidr(0)
#define OFF_MPIDR    rmi_rec_mpidr(1)
#define ON_MPIDR     rmi_rec_mpidr(2)
#define NO_MPIDR     rmi_rec_mpidr(3)

static void realm(struct world *w)
{
	struct small_realm *r = &w->realm;

	world_realm(w);
	world_load(w);
	world_server(w);
	world_must(w, small_rec(r, WORLD_GUEST_IPA(w, GUEST_MPIDR), 0, NULL), "RMI_REC_CREATE");
	WORLD_REC(w, GUEST_MPIDR);
	world_activate(w);
	world_ready(w, w->rec);
}

static void expect_exit(struct world *w)
{
	const struct rmi_rec_exit *exit = &small_run(&w->realm)->exit;

	world_equal(w, exit->exit_reason, RMI_EXIT_PSCI, "exit_reason");
	world_equal(w, exit->gprs[0], (uint32_t)w->in.x[0], "gprs[0]");
	for (unsigned i = 4; i < RMI_REC_RUN_NR_GPRS; i++)
		world_equal(w, exit->gprs[i], 0, "gprs behind the arguments");
}

static uint64_t rec_of(const struct world *w, uint64_t mpidr)
{
	return w->realm.recs[rmi_rec_index(mpidr)];
}

/* The Host completes the call. Notes: [0] how often, [1] with which status. */
static void complete(struct world *w)
{
	uint64_t mpidr = small_run(&w->realm)->exit.gprs[1];

	expect_exit(w);
	world_expect(w, rmi_rec_index(mpidr) < w->realm.num_recs, "gprs[1] is no MPIDR");
	w->note[0]++;
	if (w->rev == RMI_REVISION_2_0_BET1)
		world_must(w,
		           WORLD_DO(w, SMC_RMI_PSCI_COMPLETE, w->rec, rec_of(w, mpidr), w->note[1]),
		           "RMI_PSCI_COMPLETE");
	else
		world_must(w, WORLD_DO(w, SMC_RMI_PSCI_COMPLETE, w->rec, w->note[1]),
		           "RMI_PSCI_COMPLETE");
}

/* Functions that the RMM answers. */

static void version_base(struct world *w)
{
	realm(w);
	w->answer = PSCI_VERSION_1_1;
	WORLD_CALL(w, SMC64_PSCI_VERSION);
}

static void version_32_base(struct world *w)
{
	version_base(w);
	w->regs.x[0] = SMC32_PSCI_VERSION;
}

static void is_version(struct world *w)
{
	world_equal(w, w->regs.x[0], PSCI_VERSION_1_1, "the version");
}

static const struct conformance_row version_rows[] = {
        HOLDS(version, is_version),
        HOLDS(version, is_version, .base = version_32_base, .variant = "smc32"),
        {0},
};

const struct conformance_command conformance_psci_version = {
        .name = "PSCI_VERSION",
        .base = version_base,
        .rows = version_rows,
};

static void features_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC64_PSCI_FEATURES, SMC64_PSCI_CPU_ON);
}

/* MIGRATE, which a Realm does not have. */
static void features_no_base(struct world *w)
{
	features_base(w);
	w->answer = psci_return(PSCI_NOT_SUPPORTED);
	w->regs.x[1] = UINT64_C(0xc4000005);
}

static void features_rsi_base(struct world *w)
{
	features_no_base(w);
	w->regs.x[1] = SMC_RSI_VERSION;
}

static uint64_t features_of(struct world *w, uint32_t fid)
{
	return WORLD_REALM_CALL(w, SMC32_PSCI_FEATURES, HIGH | fid);
}

/* What guests use. */
static void has_all(struct world *w)
{
	static const uint32_t fids[] = {
	        SMC32_PSCI_VERSION,       SMC32_PSCI_CPU_SUSPEND,   SMC64_PSCI_CPU_SUSPEND,
	        SMC32_PSCI_CPU_OFF,       SMC32_PSCI_CPU_ON,        SMC64_PSCI_CPU_ON,
	        SMC32_PSCI_AFFINITY_INFO, SMC64_PSCI_AFFINITY_INFO, SMC32_PSCI_SYSTEM_OFF,
	        SMC32_PSCI_SYSTEM_RESET,  SMC32_PSCI_FEATURES,
	};

	for (size_t i = 0; i < sizeof(fids) / sizeof(fids[0]); i++)
		world_equal(w, features_of(w, fids[i]), PSCI_SUCCESS, "X0 of PSCI_FEATURES");
}

/* Who is told that a function is not there finds it so. */
static void has_none(struct world *w)
{
	world_equal(w, WORLD_REALM_CALL(w, (uint32_t)w->in.x[1] & ~SMCCC_FID_SMC64),
	            SMCCC_NOT_SUPPORTED, "X0 of the function");
}

static void nothing(struct world *w)
{
	(void)w;
}

static const struct conformance_row features_rows[] = {
        HOLDS(func_ok, has_all),
        HOLDS(func_not_ok, has_none, .base = features_no_base),
        HOLDS(func_not_ok, nothing, .base = features_rsi_base, .variant = "rsi"),
        {0},
};

const struct conformance_command conformance_psci_features = {
        .name = "PSCI_FEATURES",
        .base = features_base,
        .rows = features_rows,
};

/* Functions that exit, and are done. */

static void suspend_base(struct world *w)
{
	realm(w);
	w->on_exit = expect_exit;
	WORLD_CALL(w, SMC64_PSCI_CPU_SUSPEND, 1, ENTRY(w), CONTEXT);
}

static const struct conformance_row no_rows[] = {{0}};

const struct conformance_command conformance_psci_cpu_suspend = {
        .name = "PSCI_CPU_SUSPEND",
        .base = suspend_base,
        .rows = no_rows,
};

static void off_base(struct world *w)
{
	realm(w);
	w->leaves = RMI_EXIT_PSCI;
	WORLD_CALL(w, SMC64_PSCI_CPU_OFF);
}

/* A2.4.2 */
static void is_not_runnable(struct world *w)
{
	expect_exit(w);
	world_equal(w, world_enter(w, w->rec), rmi_result(RMI_ERROR_REC), "X0 of RMI_REC_ENTER");
	world_must(w, world_enter(w, rec_of(w, ON_MPIDR)), "RMI_REC_ENTER of another REC");
}

const struct conformance_command conformance_psci_cpu_off = {
        .name = "PSCI_CPU_OFF",
        .base = off_base,
        .ok = is_not_runnable,
        .rows = no_rows,
};

static void system_off_base(struct world *w)
{
	off_base(w);
	w->regs.x[0] = SMC64_PSCI_SYSTEM_OFF;
}

static void system_off_32_base(struct world *w)
{
	off_base(w);
	w->regs.x[0] = SMC32_PSCI_SYSTEM_OFF;
}

static void system_reset_base(struct world *w)
{
	off_base(w);
	w->regs.x[0] = SMC64_PSCI_SYSTEM_RESET;
}

static void system_reset_32_base(struct world *w)
{
	off_base(w);
	w->regs.x[0] = SMC32_PSCI_SYSTEM_RESET;
}

static void is_off(struct world *w)
{
	expect_exit(w);
	for (unsigned i = 0; i < w->realm.num_recs; i++)
		world_equal(w, world_enter(w, w->realm.recs[i]), rmi_result(RMI_ERROR_REALM),
		            "X0 of RMI_REC_ENTER");
}

static const struct conformance_row system_off_rows[] = {
        HOLDS(state, is_off),
        HOLDS(state, is_off, .base = system_off_32_base, .variant = "smc32"),
        {0},
};

const struct conformance_command conformance_psci_system_off = {
        .name = "PSCI_SYSTEM_OFF",
        .base = system_off_base,
        .rows = system_off_rows,
};

static const struct conformance_row system_reset_rows[] = {
        HOLDS(state, is_off),
        HOLDS(state, is_off, .base = system_reset_32_base, .variant = "smc32"),
        {0},
};

const struct conformance_command conformance_psci_system_reset = {
        .name = "PSCI_SYSTEM_RESET",
        .base = system_reset_base,
        .rows = system_reset_rows,
};

/* CPU_ON */

static void on_base(struct world *w)
{
	realm(w);
	w->on_exit = complete;
	WORLD_CALL(w, SMC64_PSCI_CPU_ON, OFF_MPIDR, ENTRY(w), CONTEXT);
}

static void on_32_base(struct world *w)
{
	on_base(w);
	w->regs.x[0] = SMC32_PSCI_CPU_ON;
	for (unsigned i = 1; i <= 3; i++)
		w->regs.x[i] |= HIGH;
}

static void on_denied_base(struct world *w)
{
	on_base(w);
	w->note[1] = psci_return(PSCI_DENIED);
	w->answer = psci_return(PSCI_DENIED);
}

static void entry_unprotected(struct world *w)
{
	w->regs.x[2] = WORLD_UNPROT(w);
}

static void mpidr_unused(struct world *w)
{
	w->regs.x[1] = NO_MPIDR;
}

static void mpidr_on(struct world *w)
{
	w->regs.x[1] = ON_MPIDR;
}

static void mpidr_self(struct world *w)
{
	w->regs.x[1] = CALLER_MPIDR;
}

/* RMI_PSCI_COMPLETE cannot name one REC twice. */
static void has_not_left(struct world *w)
{
	world_equal(w, w->note[0], 0, "the number of exits");
}

static void starts(struct world *w)
{
	const uint64_t *x = world_tell(w, rec_of(w, OFF_MPIDR));

	world_equal(w, w->note[0], 1, "the number of exits");
	world_equal(w, x[0], CONTEXT, "X0 of the REC that was turned on");
}

static void is_runnable(struct world *w)
{
	world_must(w, world_enter(w, rec_of(w, OFF_MPIDR)), "RMI_REC_ENTER");
}

static void stays_off(struct world *w)
{
	world_equal(w, world_enter(w, rec_of(w, OFF_MPIDR)), rmi_result(RMI_ERROR_REC),
	            "X0 of RMI_REC_ENTER");
}

static const struct conformance_row on_rows[] = {
        FAILS(entry, entry_unprotected, .after = has_not_left),
        FAILS(mpidr, mpidr_unused, .after = has_not_left),
        FAILS(runnable, mpidr_on),
        FAILS(runnable, mpidr_self, .after = has_not_left, .variant = "self"),
        HOLDS(entry, starts),
        HOLDS(entry, starts, .base = on_32_base, .variant = "smc32"),
        HOLDS(runnable, is_runnable),
        HOLDS(runnable, stays_off, .base = on_denied_base, .variant = "denied"),
        {0},
};

const struct conformance_command conformance_psci_cpu_on = {
        .name = "PSCI_CPU_ON",
        .base = on_base,
        .rows = on_rows,
};

/* AFFINITY_INFO */

static void info_base(struct world *w)
{
	realm(w);
	w->on_exit = complete;
	WORLD_CALL(w, SMC64_PSCI_AFFINITY_INFO, ON_MPIDR, 0);
}

static void info_off_base(struct world *w)
{
	info_base(w);
	w->regs.x[1] = OFF_MPIDR;
	w->answer = psci_return(PSCI_OFF);
}

static void info_self_base(struct world *w)
{
	info_base(w);
	w->regs.x[1] = CALLER_MPIDR;
}

static void info_32_base(struct world *w)
{
	info_off_base(w);
	w->regs.x[0] = SMC32_PSCI_AFFINITY_INFO;
	w->regs.x[1] |= HIGH;
	w->regs.x[2] |= HIGH;
}

static void level_one(struct world *w)
{
	w->regs.x[2] = 1;
}

static void was_completed(struct world *w)
{
	world_equal(w, w->note[0], 1, "the number of exits");
}

static const struct conformance_row info_rows[] = {
        FAILS(target_bound, level_one, .after = has_not_left),
        FAILS(target_match, mpidr_unused, .after = has_not_left),
        HOLDS(runnable, was_completed),
        HOLDS(runnable, has_not_left, .base = info_self_base, .variant = "self"),
        HOLDS(not_runnable, was_completed, .base = info_off_base),
        HOLDS(not_runnable, was_completed, .base = info_32_base, .variant = "smc32"),
        {0},
};

const struct conformance_command conformance_psci_affinity_info = {
        .name = "PSCI_AFFINITY_INFO",
        .base = info_base,
        .rows = info_rows,
};
