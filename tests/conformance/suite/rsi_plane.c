/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RSI_PLANE_ENTER, RSI_PLANE_SYSREG_READ and RSI_PLANE_SYSREG_WRITE (DEN0137 B5.4.13 to B5.4.15),
 * in a Realm with two auxiliary planes and one tree of RTTs.
 */
#include <rmm/sysreg.h>

#include "plane.h"
#include "spoil.h"

#define EC_WFX    0x01
#define EC_HVC    0x16
#define EC_SMC    0x17
#define EC_SYSREG 0x18
#define PLANE     UINT64_C(1)

static void enter_base(struct world *w)
{
	plane_realm(w);
	plane_begin(w, PLANE_HVC);
	WORLD_CALL(w, SMC_RSI_PLANE_ENTER, PLANE, plane_run_ipa(w));
}

/* The plane executes something else, with other flags. */
static void enter_at(struct world *w, enum plane_code code, uint64_t flags)
{
	enter_base(w);
	plane_poke_enter(w, offsetof(struct rsi_plane_enter, pc), plane_code_ipa(w, code));
	plane_poke_enter(w, offsetof(struct rsi_plane_enter, flags), flags);
}

static void smc_base(struct world *w)
{
	enter_at(w, PLANE_SMC, 0);
}

static void wfi_base(struct world *w)
{
	enter_at(w, PLANE_WFI, RSI_PLANE_ENTER_FLAGS_TRAP_WFI);
}

static void wfi_free_base(struct world *w)
{
	enter_at(w, PLANE_WFI, RSI_PLANE_ENTER_FLAGS_TRAP_WFE);
}

static void idx_zero(struct world *w)
{
	w->regs.x[1] = 0;
}

static void idx_high(struct world *w)
{
	w->regs.x[1] = PLANE_COUNT + 1;
}

static void run_align(struct world *w)
{
	w->regs.x[2] += RSI_GRANULE_SIZE / 2;
}

static void run_bound(struct world *w)
{
	w->regs.x[2] = WORLD_UNPROT(w);
}

static void run_empty(struct world *w)
{
	w->regs.x[2] = 8 * w->page;
}

/* PSTATE.M[3] */
static void el(struct world *w)
{
	plane_poke_enter(w, offsetof(struct rsi_plane_enter, pstate), 0x3c9);
}

static void expect_sync(struct world *w, unsigned ec, uint64_t pc)
{
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, reason)), RSI_EXIT_SYNC,
	            "reason");
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, esr_el2)) >> 26, ec,
	            "esr_el2.EC");
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, pc)), pc, "pc");
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, pstate)) & 0x3cf, 0x3c5,
	            "pstate");
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, far_el2)), 0, "far_el2");
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, hpfar_el2)), 0,
	            "hpfar_el2");
}

/* The registers go in and out. */
static void tells_hvc(struct world *w)
{
	expect_sync(w, EC_HVC, plane_code_ipa(w, PLANE_HVC) + 4);
	for (unsigned i = 0; i < RMI_REC_RUN_NR_GPRS; i++)
		world_equal(
		        w,
		        plane_peek_exit(w, offsetof(struct rsi_plane_exit, gprs) + 8 * (size_t)i),
		        PLANE_GPR(i), "a register of the plane");
	world_equal(w, plane_peek_exit(w, offsetof(struct rsi_plane_exit, elr_el1)), PLANE_ELR,
	            "elr_el1");
}

static void tells_smc(struct world *w)
{
	expect_sync(w, EC_SMC, plane_code_ipa(w, PLANE_SMC));
}

static void tells_wfi(struct world *w)
{
	expect_sync(w, EC_WFX, plane_code_ipa(w, PLANE_WFI));
}

/* What comes after it. */
static void tells_next(struct world *w)
{
	expect_sync(w, EC_HVC, plane_code_ipa(w, PLANE_WFI) + 8);
}

static const struct conformance_row enter_rows[] = {
        FAILS(idx_bound, idx_zero),
        FAILS(idx_bound, idx_high, .variant = "high"),
        FAILS(run_align, run_align),
        FAILS(run_bound, run_bound),
        FAILS(run_empty, run_empty),
        FAILS(el, el),
        HOLDS(plane_exit, tells_hvc),
        HOLDS(plane_exit, tells_smc, .base = smc_base, .variant = "smc"),
        HOLDS(plane_exit, tells_wfi, .base = wfi_base, .variant = "wfi"),
        HOLDS(plane_exit, tells_next, .base = wfi_free_base, .variant = "wfi_free"),
        {0},
};

const struct conformance_command conformance_rsi_plane_enter = {
        .name = "RSI_PLANE_ENTER",
        .conf = PLANE_CONF,
        .base = enter_base,
        .rows = enter_rows,
};

/* Registers. */

#define VBAR_EL1  GUEST_SYSREG(3, 0, 12, 0, 0)
#define TPIDR_EL1 GUEST_SYSREG(3, 0, 13, 0, 4)
#define ESR_EL2   GUEST_SYSREG(3, 4, 5, 2, 0)
#define VALUE     UINT64_C(0x123456789abcd)

static void registers(struct world *w)
{
	plane_realm(w);
	world_activate(w);
	world_ready(w, w->rec);
}

static void read_base(struct world *w)
{
	registers(w);
	world_equal(w,
	            WORLD_REALM_CALL(w, SMC_RSI_PLANE_SYSREG_WRITE, PLANE_COUNT, TPIDR_EL1, VALUE),
	            RSI_SUCCESS, "X0 of RSI_PLANE_SYSREG_WRITE");
	WORLD_CALL(w, SMC_RSI_PLANE_SYSREG_READ, PLANE_COUNT, TPIDR_EL1);
}

static void sysreg_el2(struct world *w)
{
	w->regs.x[2] = ESR_EL2;
}

static void sysreg_128(struct world *w)
{
	w->regs.x[2] |= RSI_SYSREG_ADDRESS_D128;
}

static void has_value(struct world *w)
{
	world_equal(w, w->regs.x[1], VALUE, "value_low");
	world_equal(w, w->regs.x[2], 0, "value_high");
}

#define NO_128 "no System register has 128 bits here: FEAT_SYSREG128"

static const struct conformance_row read_rows[] = {
        FAILS(idx_bound, idx_high),
        FAILS(sysreg_valid, sysreg_el2),
        FAILS(sysreg_valid, sysreg_128, .variant = "d128"),
        HOLDS(value_64, has_value),
        NEVER_HOLDS(value_128, NO_128),
        {0},
};

const struct conformance_command conformance_rsi_plane_sysreg_read = {
        .name = "RSI_PLANE_SYSREG_READ",
        .conf = PLANE_CONF,
        .base = read_base,
        .rows = read_rows,
};

static void write_base(struct world *w)
{
	registers(w);
	WORLD_CALL(w, SMC_RSI_PLANE_SYSREG_WRITE, PLANE, VBAR_EL1, UINT64_C(0x4000800));
}

static uint64_t vbar_of(struct world *w, uint64_t plane)
{
	struct smccc_regs regs = {.x = {SMC_RSI_PLANE_SYSREG_READ, plane, VBAR_EL1}};

	world_equal(w, world_realm_call(w, w->rec, &regs), RSI_SUCCESS,
	            "X0 of RSI_PLANE_SYSREG_READ");
	return regs.x[1];
}

static void is_written(struct world *w)
{
	world_equal(w, vbar_of(w, PLANE), w->in.x[3], "VBAR_EL1 of the plane");
	world_equal(w, vbar_of(w, 0), 0, "VBAR_EL1 of plane 0");
	world_equal(w, vbar_of(w, PLANE_COUNT), 0, "VBAR_EL1 of the other plane");
}

static const struct conformance_row write_rows[] = {
        FAILS(idx_bound, idx_high),
        FAILS(sysreg_valid, sysreg_el2),
        FAILS(sysreg_valid, sysreg_128, .variant = "d128"),
        HOLDS(value_low, is_written),
        NEVER_HOLDS(value_high, NO_128),
        {0},
};

const struct conformance_command conformance_rsi_plane_sysreg_write = {
        .name = "RSI_PLANE_SYSREG_WRITE",
        .conf = PLANE_CONF,
        .base = write_base,
        .rows = write_rows,
};
