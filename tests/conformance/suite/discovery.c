/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_VERSION and RMI_FEATURES (DEN0137 B4.5.92, B4.5.14). */
#include "suite.h"

#include <rmm/model.h>

/* Versions that no RMM has: 0.0 and 32767.0. */
#define VERSION_LOW  UINT64_C(0)
#define VERSION_HIGH UINT64_C(0x7fff0000)

static void version_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_VERSION, RMI_ABI_VERSION);
}

static void too_high(struct world *w)
{
	w->regs.x[1] = VERSION_HIGH;
}

static void too_low(struct world *w)
{
	w->regs.x[1] = VERSION_LOW;
}

/* The highest version, asked for with one that is there. */
static uint64_t highest(struct world *w)
{
	struct smccc_regs regs = {.x = {SMC_RMI_VERSION, RMI_ABI_VERSION}};

	world_must(w, world_do(w, &regs), "RMI_VERSION");
	return regs.x[2];
}

/*
 * Asked for what is too high or too low, the RMM names the highest version twice: it is the highest
 * one below the first (incompat_lower), and lower is equal to higher for the second.
 */
static void both_highest(struct world *w)
{
	uint64_t version = highest(w);

	world_equal(w, w->regs.x[1], version, "lower");
	world_equal(w, w->regs.x[2], version, "higher");
}

static void lower_is_req(struct world *w)
{
	world_equal(w, w->regs.x[1], w->in.x[1], "lower");
}

/* The RMM has the version that it calls the highest one, and it is none below req. */
static void higher_is_highest(struct world *w)
{
	struct smccc_regs regs = {.x = {SMC_RMI_VERSION, w->regs.x[2]}};

	world_expect(w, w->regs.x[2] >= w->in.x[1], "higher is lower than req");
	world_must(w, world_do(w, &regs), "RMI_VERSION");
	world_equal(w, regs.x[1], w->regs.x[2], "lower");
	world_equal(w, regs.x[2], w->regs.x[2], "higher");
}

static const struct conformance_row version_rows[] = {
        FAILS(incompat_lower, too_high, .after = both_highest),
        FAILS(incompat_higher, too_low, .after = both_highest),
        HOLDS(lower, lower_is_req),
        HOLDS(higher, higher_is_highest),
        {0},
};

const struct conformance_command conformance_version = {
        .name = "RMI_VERSION",
        .base = version_base,
        .rows = version_rows,
};

/* What the RMM is made of, and what its feature registers must say about it (B4.6.26 on). */
#define CONF_0      "s2sz=44,num_bps=5,num_wps=3,lpa2=0"
#define CONF_0_LPA2 "s2sz=52,num_bps=64,num_wps=2,lpa2=1"
#define CONF_1      "max_recs_order=7,hash=sha256+sha512,lpa2=0"

static void register_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_FEATURES, 0);
}

static void register_1_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_FEATURES, 1);
}

/* Device assignment. */
static void register_2_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_FEATURES, 2);
}

/* MECIDs. */
static void register_4_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_FEATURES, 4);
}

static void beyond_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_FEATURES, RMI_NUM_FEATURE_REGISTERS);
}

static void far_beyond_base(struct world *w)
{
	WORLD_CALL(w, SMC_RMI_FEATURES, UINT64_C(1) << 32);
}

/* S2SZ 7:0, LPA2 8, NUM_BPS - 1 19:14, NUM_WPS - 1 25:20; S2OASZ 40:33 from 2.0-bet3 on. */
static uint64_t register_0(const struct world *w, uint64_t s2sz, uint64_t lpa2, uint64_t num_bps,
                           uint64_t num_wps)
{
	uint64_t s2oasz = lpa2 ? 52 : 48;

	if (w->rev == RMI_REVISION_2_0_BET1)
		s2oasz = 0;
	return s2sz | lpa2 << 8 | (num_bps - 1) << 14 | (num_wps - 1) << 20 | s2oasz << 33;
}

static void is_register_0(struct world *w)
{
	world_equal(w, w->regs.x[1], register_0(w, 44, 0, 5, 3), "RmiFeatureRegister0");
}

static void is_register_0_lpa2(struct world *w)
{
	world_equal(w, w->regs.x[1], register_0(w, 52, 1, 64, 2), "RmiFeatureRegister0");
}

/* Granule sizes 2:0, hashes 5:3, MAX_RECS_ORDER 9:6, L0GPTSZ 13:10 (1GB), PPS 16:14 (48 bits). */
static void is_register_1(struct world *w)
{
	uint64_t sizes = rmm_get_config(w->model)->granule_sizes;

	world_equal(w, w->regs.x[1], sizes | 5 << 3 | 7 << 6 | 0 << 10 | 5 << 14,
	            "RmiFeatureRegister1");
}

static void is_zero(struct world *w)
{
	world_equal(w, w->regs.x[1], 0, "the value");
}

static const struct conformance_row features_rows[] = {
        HOLDS(value, is_register_0, .conf = CONF_0),
        HOLDS(value, is_register_0_lpa2, .variant = "lpa2", .conf = CONF_0_LPA2),
        HOLDS(value, is_register_1, .variant = "register_1", .base = register_1_base,
              .conf = CONF_1),
        HOLDS(value, is_zero, .variant = "register_2", .base = register_2_base, .conf = CONF_0),
        HOLDS(value, is_zero, .variant = "register_4", .base = register_4_base, .conf = CONF_0),
        HOLDS(value, is_zero, .variant = "register_5", .base = beyond_base),
        HOLDS(value, is_zero, .variant = "beyond", .base = far_beyond_base),
        {0},
};

const struct conformance_command conformance_features = {
        .name = "RMI_FEATURES",
        .base = register_base,
        .rows = features_rows,
};
