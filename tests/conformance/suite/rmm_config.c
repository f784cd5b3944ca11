/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_RMM_CONFIG_SET and RMI_RMM_CONFIG_GET (DEN0137 B4.5.54, B4.5.53). */
#include "suite.h"

/* RmiFeatureRegister1: bit n is the granule size with value n. */
#define HAS_SIZE(features, size) (((features) >> (size)&1) != 0)

static uint8_t size_in_force(const struct world *w)
{
	return (uint8_t)((w->gshift - 12) / 2);
}

/* Tracking regions have another size than they have at boot, where there is one. */
static uint8_t region_for(uint8_t granule_size)
{
	return granule_size != RMI_GRANULE_SIZE_4KB;
}

/* Bytes of those regions. */
static uint64_t region_size(uint8_t granule_size)
{
	static const unsigned shifts[] = {30, 36, 42};

	return UINT64_C(1) << shifts[granule_size];
}

static uint64_t config(struct world *w, uint8_t granule_size, uint8_t region)
{
	uint64_t pa = world_page(w);
	struct rmi_rmm_config *c = world_va(w, pa);

	c->rmi_granule_size = granule_size;
	c->tracking_region_size = region;
	return pa;
}

/* Notes: [0] the granule size that is asked for, another one than there is if that is possible. */
static void set_base(struct world *w)
{
	uint64_t features = world_features(w, 1);

	w->note[0] = size_in_force(w);
	for (unsigned size = 0; size <= RMI_GRANULE_SIZE_64KB; size++) {
		if (size != size_in_force(w) && HAS_SIZE(features, size))
			w->note[0] = size;
	}
	WORLD_CALL(w, SMC_RMI_RMM_CONFIG_SET,
	           config(w, (uint8_t)w->note[0], region_for((uint8_t)w->note[0])));
}

static void active(struct world *w)
{
	world_activate_rmm(w);
}

static void cfg_align(struct world *w)
{
	w->regs.x[1] += w->page / 2;
}

static void cfg_pas_set(struct world *w)
{
	w->regs.x[1] = w->nowhere;
}

/* 4 KiB granules have regions of one size only. */
static void cfg_supp(struct world *w)
{
	w->regs.x[1] = config(w, RMI_GRANULE_SIZE_4KB, 1);
}

static void reserved_size(struct world *w)
{
	w->regs.x[1] = config(w, RMI_GRANULE_SIZE_64KB + 1, 0);
}

static void size_without(struct world *w)
{
	uint64_t features = world_features(w, 1);

	for (unsigned size = 0; size <= RMI_GRANULE_SIZE_64KB; size++) {
		if (!HAS_SIZE(features, size)) {
			w->regs.x[1] = config(w, (uint8_t)size, 0);
			return;
		}
	}
	world_skip(w, "the RMM has all granule sizes");
}

/* The Host tracks a region, and what it tracked outlives RMM_STATE_ACTIVE. */
static void tracked(struct world *w)
{
	active(w);
	world_track(w, w->base, RMI_TRACKING_FINE);
	world_must(w, WORLD_DO(w, SMC_RMI_RMM_DEACTIVATE), "RMI_RMM_DEACTIVATE");
}

/* Bytes of a granule that was asked for; from now on sweeping goes by them, too. */
static uint64_t use_new_size(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_RMM_ACTIVATE), "RMI_RMM_ACTIVATE");
	w->gshift = 12 + 2 * (unsigned)w->note[0];
	w->memory.gshift = w->gshift;
	w->page = UINT64_C(1) << w->gshift;
	return w->page;
}

/* What RMI_RMM_CONFIG_GET tells, in memory that was full of something else. */
static struct rmi_rmm_config in_force(struct world *w)
{
	/* Far from what the tests of this file use, and aligned to any granule. */
	uint64_t pa = w->base + (UINT64_C(1) << 20);
	struct rmi_rmm_config *c = world_va(w, pa);

	memset(c, 0xff, sizeof(*c));
	world_must(w, WORLD_DO(w, SMC_RMI_RMM_CONFIG_GET, pa), "RMI_RMM_CONFIG_GET");
	return *c;
}

/* RMI_RMM_CONFIG_GET tells the size, and memory is delegated in granules of it. */
static void granules_have_size(struct world *w)
{
	uint64_t page = use_new_size(w);
	uint64_t pa = w->base + (UINT64_C(2) << 20);

	world_equal(w, in_force(w).rmi_granule_size, w->note[0], "the granule size");
	world_equal(w, WORLD_DO(w, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + page / 2),
	            RMI_ERROR_INPUT, "X0 for half a granule");
	world_must(w, WORLD_DO(w, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + page),
	           "RMI_GRANULE_RANGE_DELEGATE");
	world_in_state(w, pa, "GRAN_DELEGATED");
}

/* RMI_RMM_CONFIG_GET tells the size, and regions begin at multiples of it. */
static void regions_have_size(struct world *w)
{
	uint64_t size = region_size((uint8_t)w->note[0]);

	use_new_size(w);
	world_equal(w, in_force(w).tracking_region_size, region_for((uint8_t)w->note[0]),
	            "the size of tracking regions");
	world_equal(w, WORLD_DO(w, SMC_RMI_GRANULE_TRACKING_GET, size / 2), RMI_ERROR_INPUT,
	            "X0 for half a region");
	world_must(w, WORLD_DO(w, SMC_RMI_GRANULE_TRACKING_GET, size), "RMI_GRANULE_TRACKING_GET");
}

static const struct conformance_row set_rows[] = {
        FAILS(rmm_state, active),
        FAILS(cfg_align, cfg_align),
        FAILS(cfg_pas, cfg_pas_set),
        FAILS(cfg_supp, cfg_supp),
        FAILS(cfg_supp, reserved_size, .variant = "reserved"),
        FAILS(cfg_supp, size_without, .variant = "size"),
        FAILS(tracked, tracked, .revisions = RMI_REVISIONS_BET3,
              .conf = "tracking=none,tracking_aux=0"),
        NEVER_FAILS(tracked,
                    "the Host tracks in RMM_STATE_ACTIVE, and nothing leads back to "
                    "RMM_STATE_INIT",
                    .revisions = RMI_REVISIONS_BET1),
        HOLDS(rmi_granule_size, granules_have_size),
        HOLDS(tracking_region_size, regions_have_size),
        {0},
};

const struct conformance_command conformance_rmm_config_set = {
        .name = "RMI_RMM_CONFIG_SET",
        .base = set_base,
        .init = true,
        .rows = set_rows,
};

/* The configuration has been chosen, not found. */
static void configure(struct world *w)
{
	uint8_t size = size_in_force(w);

	world_needs_init(w);
	world_must(w, WORLD_DO(w, SMC_RMI_RMM_CONFIG_SET, config(w, size, region_for(size))),
	           "RMI_RMM_CONFIG_SET");
}

static void call_get(struct world *w)
{
	uint64_t pa = world_page(w);

	memset(world_va(w, pa), 0xff, w->page);
	WORLD_CALL(w, SMC_RMI_RMM_CONFIG_GET, pa);
}

static void get_base(struct world *w)
{
	configure(w);
	world_activate_rmm(w);
	call_get(w);
}

static void get_inactive_base(struct world *w)
{
	configure(w);
	call_get(w);
}

static void not_active(struct world *w)
{
	(void)w;
}

static void cfg_pas_get(struct world *w)
{
	w->regs.x[1] = world_delegated(w);
}

static void tells_granule_size(struct world *w)
{
	const struct rmi_rmm_config *c = world_va(w, w->in.x[1]);

	world_equal(w, c->rmi_granule_size, size_in_force(w), "the granule size");
}

static void tells_region_size(struct world *w)
{
	const struct rmi_rmm_config *c = world_va(w, w->in.x[1]);

	world_equal(w, c->tracking_region_size, region_for(size_in_force(w)),
	            "the size of tracking regions");
}

/* From 2.0-bet3 on the configuration can be read before activation. */
static const struct conformance_row get_rows[] = {
        FAILS(rmm_state, not_active, .base = get_inactive_base, .revisions = RMI_REVISIONS_BET1),
        NEVER_FAILS(rmm_state, "both RMM_STATE_INIT and RMM_STATE_ACTIVE will do",
                    .revisions = RMI_REVISIONS_BET3),
        FAILS(cfg_align, cfg_align),
        FAILS(cfg_pas, cfg_pas_get),
        HOLDS(rmi_granule_size, tells_granule_size),
        HOLDS(rmi_granule_size, tells_granule_size, .base = get_inactive_base, .variant = "init",
              .revisions = RMI_REVISIONS_BET3),
        HOLDS(tracking_region_size, tells_region_size),
        {0},
};

const struct conformance_command conformance_rmm_config_get = {
        .name = "RMI_RMM_CONFIG_GET",
        .base = get_base,
        .init = true,
        .rows = get_rows,
};
