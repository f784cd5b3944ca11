/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of the RSI that the software RMM does not have. */
#include "suite.h"

#define WHY "the software RMM does not have this command"

static void base(struct world *w)
{
	world_realm(w);
	world_load(w);
	world_server(w);
	world_activate(w);
	world_ready(w, w->rec);
	w->answer = SMCCC_NOT_SUPPORTED;
}

static void rsi_attestation_token_init_base(struct world *w)
{
	base(w);
	WORLD_CALL(w, SMC_RSI_ATTESTATION_TOKEN_INIT);
}

static const struct conformance_row rsi_attestation_token_init_rows[] = {
        NEVER_HOLDS(state, WHY),
        NEVER_HOLDS(challenge, WHY),
        NEVER_HOLDS(size, WHY),
        {0},
};

const struct conformance_command conformance_rsi_attestation_token_init = {
        .name = "RSI_ATTESTATION_TOKEN_INIT",
        .base = rsi_attestation_token_init_base,
        .rows = rsi_attestation_token_init_rows,
};

static void rsi_attestation_token_continue_base(struct world *w)
{
	base(w);
	WORLD_CALL(w, SMC_RSI_ATTESTATION_TOKEN_CONTINUE);
}

static const struct conformance_row rsi_attestation_token_continue_rows[] = {
        NEVER_FAILS(addr_align, WHY),    NEVER_FAILS(addr_bound, WHY),
        NEVER_FAILS(addr_empty, WHY),    NEVER_FAILS(offset_bound, WHY),
        NEVER_FAILS(size_overflow, WHY), NEVER_FAILS(size_bound, WHY),
        NEVER_FAILS(state, WHY),         NEVER_FAILS(unknown, WHY),
        NEVER_HOLDS(len, WHY),           NEVER_HOLDS(incomplete, WHY),
        NEVER_HOLDS(complete, WHY),      {0},
};

const struct conformance_command conformance_rsi_attestation_token_continue = {
        .name = "RSI_ATTESTATION_TOKEN_CONTINUE",
        .base = rsi_attestation_token_continue_base,
        .rows = rsi_attestation_token_continue_rows,
};

static void rsi_plane_enter_base(struct world *w)
{
	base(w);
	WORLD_CALL(w, SMC_RSI_PLANE_ENTER);
}

static const struct conformance_row rsi_plane_enter_rows[] = {
        NEVER_FAILS(idx_bound, WHY),
        NEVER_FAILS(run_align, WHY),
        NEVER_FAILS(run_bound, WHY),
        NEVER_FAILS(run_empty, WHY),
        NEVER_FAILS(el, WHY),
        NEVER_HOLDS(plane_exit, WHY),
        {0},
};

const struct conformance_command conformance_rsi_plane_enter = {
        .name = "RSI_PLANE_ENTER",
        .base = rsi_plane_enter_base,
        .rows = rsi_plane_enter_rows,
};

static void rsi_plane_sysreg_read_base(struct world *w)
{
	base(w);
	WORLD_CALL(w, SMC_RSI_PLANE_SYSREG_READ);
}

static const struct conformance_row rsi_plane_sysreg_read_rows[] = {
        NEVER_FAILS(idx_bound, WHY),
        NEVER_FAILS(sysreg_valid, WHY),
        NEVER_HOLDS(value_64, WHY),
        NEVER_HOLDS(value_128, WHY),
        {0},
};

const struct conformance_command conformance_rsi_plane_sysreg_read = {
        .name = "RSI_PLANE_SYSREG_READ",
        .base = rsi_plane_sysreg_read_base,
        .rows = rsi_plane_sysreg_read_rows,
};

static void rsi_plane_sysreg_write_base(struct world *w)
{
	base(w);
	WORLD_CALL(w, SMC_RSI_PLANE_SYSREG_WRITE);
}

static const struct conformance_row rsi_plane_sysreg_write_rows[] = {
        NEVER_FAILS(idx_bound, WHY),
        NEVER_FAILS(sysreg_valid, WHY),
        NEVER_HOLDS(value_low, WHY),
        NEVER_HOLDS(value_high, WHY),
        {0},
};

const struct conformance_command conformance_rsi_plane_sysreg_write = {
        .name = "RSI_PLANE_SYSREG_WRITE",
        .base = rsi_plane_sysreg_write_base,
        .rows = rsi_plane_sysreg_write_rows,
};
