/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RMM_ACTIVATE (DEN0137 B4.5.52), RMI_RMM_DEACTIVATE and RMI_RMM_STATE_GET of 2.0-bet3, and
 * RMI_ATTEST_PLAT_TOKEN_REFRESH (B4.5.1).
 */
#include "suite.h"

/* X0 of a command that needs RMM_STATE_ACTIVE. */
static uint64_t try_delegate(struct world *w)
{
	uint64_t pa = world_page(w);

	return WORLD_DO(w, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + w->page);
}

static void expect_state(struct world *w, enum rmi_rmm_state state)
{
	struct smccc_regs regs = {.x = {SMC_RMI_RMM_STATE_GET}};

	world_must(w, world_do(w, &regs), "RMI_RMM_STATE_GET");
	world_equal(w, regs.x[1], state, "the state of the RMM");
}

/* Delegation tells in every revision, RMI_RMM_STATE_GET where it is there. */
static void expect_active(struct world *w)
{
	if (w->rev != RMI_REVISION_2_0_BET1)
		expect_state(w, RMI_RMM_STATE_ACTIVE);
	world_must(w, try_delegate(w), "RMI_GRANULE_RANGE_DELEGATE");
}

static void activate_base(struct world *w)
{
	world_needs_init(w);
	world_equal(w, try_delegate(w), RMI_ERROR_GLOBAL, "X0 of a delegation");
	WORLD_CALL(w, SMC_RMI_RMM_ACTIVATE);
}

static void already_active(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_RMM_ACTIVATE), "RMI_RMM_ACTIVATE");
}

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

static const struct conformance_row activate_rows[] = {
        FAILS(state, already_active),
        HOLDS(result, result),
        HOLDS(state, expect_active),
        {0},
};

const struct conformance_command conformance_rmm_activate = {
        .name = "RMI_RMM_ACTIVATE",
        .base = activate_base,
        .init = true,
        .rows = activate_rows,
};

static void deactivate_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_RMM_DEACTIVATE);
}

static void already_inactive(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_RMM_DEACTIVATE), "RMI_RMM_DEACTIVATE");
}

static void one_delegated(struct world *w)
{
	(void)world_delegated(w);
}

/* And it can be activated again. */
static void expect_init(struct world *w)
{
	expect_state(w, RMI_RMM_STATE_INIT);
	world_equal(w, try_delegate(w), RMI_ERROR_GLOBAL, "X0 of a delegation");
	already_active(w);
	expect_active(w);
}

static const struct conformance_row deactivate_rows[] = {
        FAILS(state, already_inactive),
        FAILS(granules, one_delegated),
        HOLDS(state, expect_init),
        {0},
};

const struct conformance_command conformance_rmm_deactivate = {
        .name = "RMI_RMM_DEACTIVATE",
        .base = deactivate_base,
        .revisions = RMI_REVISIONS_BET3,
        .rows = deactivate_rows,
};

static void get_base(struct world *w)
{
	world_activate_rmm(w);
	WORLD_CALL(w, SMC_RMI_RMM_STATE_GET);
}

static void get_init_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_RMM_STATE_GET);
}

static void tells_active(struct world *w)
{
	world_equal(w, w->regs.x[1], RMI_RMM_STATE_ACTIVE, "the state of the RMM");
}

static void tells_init(struct world *w)
{
	world_equal(w, w->regs.x[1], RMI_RMM_STATE_INIT, "the state of the RMM");
}

static const struct conformance_row get_rows[] = {
        HOLDS(state, tells_active),
        HOLDS(state, tells_init, .base = get_init_base, .variant = "init"),
        {0},
};

const struct conformance_command conformance_rmm_state_get = {
        .name = "RMI_RMM_STATE_GET",
        .base = get_base,
        .init = true,
        .revisions = RMI_REVISIONS_BET3,
        .rows = get_rows,
};

static void refresh_base(struct world *w)
{
	world_activate_rmm(w);
	WORLD_CALL(w, SMC_RMI_ATTEST_PLAT_TOKEN_REFRESH);
}

static void refresh_inactive_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_ATTEST_PLAT_TOKEN_REFRESH);
}

static void not_active(struct world *w)
{
	(void)w;
}

/* RMI_REALM_CREATE wants a valid token (B4.5.46). */
static void realm_can_be_created(struct world *w)
{
	world_realm(w);
	world_in_state(w, w->realm.rd, "GRAN_RD");
}

static const struct conformance_row refresh_rows[] = {
        FAILS(rmm_state, not_active, .base = refresh_inactive_base),
        HOLDS(pat_valid, realm_can_be_created),
        {0},
};

const struct conformance_command conformance_attest_plat_token_refresh = {
        .name = "RMI_ATTEST_PLAT_TOKEN_REFRESH",
        .base = refresh_base,
        .init = true,
        .rows = refresh_rows,
};
