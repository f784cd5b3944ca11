/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_PSCI_COMPLETE (DEN0137 B4.5.38): answers a PSCI call of a REC. In 2.0-bet1 the Host names the
 * REC that the call is about, from 2.0-bet3 on the RMM finds it.
 */
#include "spoil.h"

/* Of the REC that CPU_ON is about. */
#define TARGET_INDEX 1
#define CONTEXT      UINT64_C(0xc0ffee)
/* IPA where it begins when it is turned on. */
#define ENTRY(w)     WORLD_GUEST_IPA(w, GUEST_TELL)

enum {
	NOTE_CALLING,
	NOTE_TARGET,
	NOTE_THIRD, /* A REC that would ask the same, and has not. */
};

static bool names_target(const struct world *w)
{
	return w->rev == RMI_REVISION_2_0_BET1;
}

static uint64_t *status_arg(struct world *w)
{
	return &w->regs.x[names_target(w) ? 3 : 2];
}

/* A REC has called PSCI about another one. */
static void pending_call(struct world *w, uint32_t fid, uint64_t flags, uint64_t x2, uint64_t x3)
{
	const uint64_t gprs[8] = {fid, rmi_rec_mpidr(TARGET_INDEX), x2, x3};
	/* All of it must be gone when the REC is turned on. */
	const uint64_t old[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct small_realm *r = &w->realm;

	world_realm(w);
	world_load(w);
	w->note[NOTE_CALLING] = world_rec(w, GUEST_ASK, gprs);
	world_must(w, small_rec(r, WORLD_GUEST_IPA(w, GUEST_MPIDR), flags, old), "RMI_REC_CREATE");
	w->note[NOTE_TARGET] = r->recs[r->num_recs - 1];
	w->note[NOTE_THIRD] = world_rec(w, GUEST_ASK, gprs);
	world_activate(w);
	world_exit(w, w->note[NOTE_CALLING], RMI_EXIT_PSCI);
	if (names_target(w))
		WORLD_CALL(w, SMC_RMI_PSCI_COMPLETE, w->note[NOTE_CALLING], w->note[NOTE_TARGET],
		           PSCI_SUCCESS);
	else
		WORLD_CALL(w, SMC_RMI_PSCI_COMPLETE, w->note[NOTE_CALLING], PSCI_SUCCESS);
}

static void base(struct world *w)
{
	pending_call(w, SMC64_PSCI_CPU_ON, 0, ENTRY(w), CONTEXT);
}

static void already_on_base(struct world *w)
{
	pending_call(w, SMC64_PSCI_CPU_ON, RMI_REC_CREATE_FLAGS_RUNNABLE, ENTRY(w), CONTEXT);
}

static void affinity_on_base(struct world *w)
{
	pending_call(w, SMC64_PSCI_AFFINITY_INFO, RMI_REC_CREATE_FLAGS_RUNNABLE, 0, 0);
}

static void affinity_off_base(struct world *w)
{
	pending_call(w, SMC64_PSCI_AFFINITY_INFO, 0, 0, 0);
}

static void denied_base(struct world *w)
{
	base(w);
	*status_arg(w) = psci_return(PSCI_DENIED);
}

static void alias(struct world *w)
{
	w->regs.x[2] = w->regs.x[1];
}

static void calling_align(struct world *w)
{
	w->regs.x[1] += 1;
}

static void target_align(struct world *w)
{
	w->regs.x[2] += 1;
}

static void target_bound(struct world *w)
{
	w->regs.x[2] = w->nowhere;
}

static void target_state(struct world *w)
{
	w->regs.x[2] = world_delegated(w);
}

static void pending(struct world *w)
{
	w->regs.x[1] = w->note[NOTE_THIRD];
}

/* A REC of another Realm that has the right MPIDR. */
static void owner(struct world *w)
{
	world_must(w, small_realm_create(&w->other, RMI_HASH_SHA_256), "RMI_REALM_CREATE");
	for (unsigned i = 0; i <= TARGET_INDEX; i++)
		world_must(w, small_rec(&w->other, 0, 0, NULL), "RMI_REC_CREATE");
	w->regs.x[2] = w->other.recs[TARGET_INDEX];
}

/* A REC with another MPIDR. */
static void other_target(struct world *w)
{
	w->regs.x[2] = w->note[NOTE_THIRD];
}

/* The REC that the call is about is there no more. */
static void no_target(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REC_DESTROY, w->note[NOTE_TARGET]), "RMI_REC_DESTROY");
}

static void bad_status(struct world *w)
{
	*status_arg(w) = psci_return(PSCI_INVALID_PARAMETERS);
}

/* X0..X30 that the caller goes on with. */
static const uint64_t *answer(struct world *w)
{
	return world_tell(w, w->note[NOTE_CALLING]);
}

/* RMI_REC_ENTER refuses a REC whose PSCI call is pending. */
static void is_answered(struct world *w)
{
	world_must(w, world_enter(w, w->note[NOTE_CALLING]), "RMI_REC_ENTER");
}

static void says_already_on(struct world *w)
{
	world_equal(w, answer(w)[0], psci_return(PSCI_ALREADY_ON), "X0 of CPU_ON");
}

/* Only the code at its entry point tells X0. */
static void turns_on(struct world *w)
{
	const uint64_t *x = answer(w);

	world_equal(w, x[0], psci_return(PSCI_SUCCESS), "X0 of CPU_ON");
	x = world_tell(w, w->note[NOTE_TARGET]);
	world_equal(w, x[0], CONTEXT, "X0 of the REC that was turned on");
	for (unsigned i = 1; i < RMI_REC_RUN_NR_GPRS; i++)
		world_expect(w, x[i] == 0, "X%u of the REC that was turned on is 0x%llx", i,
		             (unsigned long long)x[i]);
}

static void says_on(struct world *w)
{
	world_equal(w, answer(w)[0], psci_return(PSCI_SUCCESS), "X0 of AFFINITY_INFO");
}

static void says_off(struct world *w)
{
	world_equal(w, answer(w)[0], psci_return(PSCI_OFF), "X0 of AFFINITY_INFO");
}

static void says_denied(struct world *w)
{
	world_equal(w, answer(w)[0], psci_return(PSCI_DENIED), "X0 of CPU_ON");
}

static void args_are_zero(struct world *w)
{
	const uint64_t *x = answer(w);

	for (unsigned i = 1; i <= 3; i++)
		world_expect(w, x[i] == 0, "X%u is 0x%llx", i, (unsigned long long)x[i]);
}

#define BET1 .revisions = RMI_REVISIONS_BET1
#define BET3 .revisions = RMI_REVISIONS_BET3

static const struct conformance_row rows[] = {
        FAILS(alias, alias, BET1),
        FAILS(calling_align, calling_align),
        FAILS(calling_bound, spoil_rd_bound),
        FAILS(calling_state, spoil_rd_state),
        FAILS(target_align, target_align, BET1),
        FAILS(target_bound, target_bound, BET1),
        FAILS(target_state, target_state, BET1),
        FAILS(pending, pending),
        FAILS(owner, owner, BET1),
        FAILS(target, other_target, BET1),
        FAILS(target, no_target, BET3),
        FAILS(status, bad_status),
        HOLDS(pending, is_answered),
        HOLDS(on_already, says_already_on, .base = already_on_base),
        HOLDS(on_success, turns_on),
        HOLDS(affinity_on, says_on, .base = affinity_on_base),
        HOLDS(affinity_off, says_off, .base = affinity_off_base),
        HOLDS(status, says_denied, .base = denied_base),
        HOLDS(args, args_are_zero),
        {0},
};

const struct conformance_command conformance_psci_complete = {
        .name = "RMI_PSCI_COMPLETE",
        .base = base,
        .rows = rows,
};
