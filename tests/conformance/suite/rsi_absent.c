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
