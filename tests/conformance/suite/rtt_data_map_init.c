/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_RTT_DATA_MAP_INIT (DEN0137 B4.5.66): a page of a new Realm, with content. */
#include "rim.h"
#include "spoil.h"

#define ATTRIBUTES_ARE_HIDDEN                                                                      \
	"neither RMI_RTT_READ_ENTRY nor the Realm is told the attributes of Protected memory"

/* A page behind the code. Notes: [0] the granule, [1] IPA */
static void base(struct world *w)
{
	uint64_t src;
	uint64_t *words;

	world_realm(w);
	world_load(w);
	src = world_page(w);
	words = world_va(w, src);
	for (uint64_t i = 0; i < w->page / 8; i++)
		words[i] = UINT64_C(0x1234567800000000) + i;
	w->note[0] = world_delegated(w);
	w->note[1] = 4 * w->page;
	WORLD_CALL(w, SMC_RMI_RTT_DATA_MAP_INIT, w->realm.rd, w->note[0], w->note[1], src,
	           RMI_DATA_FLAGS_MEASURE);
}

/* X4, the source. */
static void src_align(struct world *w)
{
	w->regs.x[4] += 8;
}

static void src_pas(struct world *w)
{
	w->regs.x[4] = world_delegated(w);
}

static void src_nowhere(struct world *w)
{
	w->regs.x[4] = w->nowhere;
}

/* X2, the target. */
static void data_align(struct world *w)
{
	w->regs.x[2] += 8;
}

static void data_bound(struct world *w)
{
	w->regs.x[2] = w->nowhere;
}

static void data_state(struct world *w)
{
	w->regs.x[2] = world_page(w);
}

static void data_is_mapped(struct world *w)
{
	w->regs.x[2] = world_map(w, w->note[1] + w->page);
}

static void data_bound2(struct world *w)
{
	w->regs.x[2] = SPOIL_BORDER;
}

static void data_beyond_border(struct world *w)
{
	w->regs.x[2] = spoil_beyond_border(w);
}

/* X3, the IPA. */
static void ipa_align(struct world *w)
{
	w->regs.x[3] += 8;
}

static void ipa_bound(struct world *w)
{
	w->regs.x[3] = WORLD_UNPROT(w);
}

static void ipa_beyond(struct world *w)
{
	w->regs.x[3] = WORLD_IPA_TOP(w);
}

static void realm_state(struct world *w)
{
	world_activate(w);
}

static void realm_terminated(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_TERMINATE, w->realm.rd), "RMI_REALM_TERMINATE");
}

/* There is no table for the third block. */
static void rtt_walk(struct world *w)
{
	w->regs.x[3] = 2 * w->block;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

static void rtte_state(struct world *w)
{
	world_map(w, w->regs.x[3]);
	w->level = RMM_RTT_PAGE_LEVEL;
}

/* What the command did. */

static struct world_entry entry(struct world *w)
{
	struct world_entry e = world_entry(w, w->note[1], RMM_RTT_PAGE_LEVEL);

	world_equal(w, (uint64_t)e.level, RMM_RTT_PAGE_LEVEL, "the level of the entry");
	return e;
}

static void is_data(struct world *w)
{
	world_in_state(w, w->note[0], "GRAN_DATA");
}

/* The Realm reads the first word and the last one. */
static void has_content(struct world *w)
{
	uint64_t last = w->page / 8 - 1;
	uint64_t first_rec = WORLD_REC(w, GUEST_PEEK, 0, w->note[1]);
	uint64_t last_rec = WORLD_REC(w, GUEST_PEEK, 0, w->note[1] + 8 * last);

	world_activate(w);
	world_equal(w, world_tell(w, first_rec)[0], UINT64_C(0x1234567800000000), "the first word");
	world_equal(w, world_tell(w, last_rec)[0], UINT64_C(0x1234567800000000) + last,
	            "the last word");
}

static void is_mapped(struct world *w)
{
	world_equal(w, entry(w).state, RMI_RTTE_DATA, "the state of the entry");
}

static void is_ram(struct world *w)
{
	world_equal(w, entry(w).ripas, RMI_RIPAS_RAM, "RIPAS of the entry");
}

static void has_address(struct world *w)
{
	world_equal(w, entry(w).addr, w->note[0], "the address of the entry");
}

/* The Realm reads its RIM, which needs a REC that is measured, too. */
static void expect_rim(struct world *w, uint64_t flags)
{
	const uint64_t gprs[8] = {SMC_RSI_MEASUREMENT_READ, 0};
	struct rim rim = {.hash = RMI_HASH_SHA_256};
	uint64_t rec = world_rec(w, GUEST_ASK, gprs);
	const uint64_t *x;

	rim_load(w, &rim);
	rim_data(w, &rim, w->note[1], flags, world_va(w, w->in.x[4]));
	rim_world_rec(w, &rim, GUEST_ASK, gprs);
	world_activate(w);
	x = world_tell(w, rec);
	world_equal(w, x[0], RSI_SUCCESS, "X0 of RSI_MEASUREMENT_READ");
	rim_expect(w, &rim, x + 1);
}

static void is_measured(struct world *w)
{
	expect_rim(w, RMI_DATA_FLAGS_MEASURE);
}

static void unmeasured_base(struct world *w)
{
	base(w);
	w->regs.x[5] = 0;
}

/* That there is a page is measured all the same. */
static void is_known(struct world *w)
{
	expect_rim(w, 0);
}

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

static const struct conformance_row rows[] = {
        FAILS(src_align, src_align),
        FAILS(src_pas, src_pas),
        FAILS(src_pas, src_nowhere, .variant = "nowhere"),
        FAILS(data_align, data_align),
        FAILS(data_bound, data_bound),
        FAILS(data_state, data_state),
        FAILS(data_state, data_is_mapped, .variant = "data"),
        FAILS(data_bound2, data_bound2),
        FAILS(data_bound2, data_beyond_border, .variant = "memory", .conf = SPOIL_CONF_BORDER),
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(ipa_align, ipa_align),
        FAILS(ipa_bound, ipa_bound),
        FAILS(ipa_bound, ipa_beyond, .variant = "beyond"),
        FAILS(realm_state, realm_state),
        FAILS(realm_state, realm_terminated, .variant = "terminated"),
        FAILS(rtt_walk, rtt_walk),
        FAILS(rtte_state, rtte_state),
        NEVER_FAILS(dpt, "there are DPTs with device assignment alone"),
        HOLDS(data_state, is_data),
        HOLDS(data_content, has_content),
        HOLDS(rtte_state, is_mapped),
        HOLDS(rtte_ripas, is_ram),
        HOLDS(rtte_addr, has_address),
        NEVER_HOLDS(rtte_memattr, ATTRIBUTES_ARE_HIDDEN),
        NEVER_HOLDS(rtte_sh, ATTRIBUTES_ARE_HIDDEN),
        HOLDS(rim, is_measured),
        HOLDS(rim, is_known, .variant = "no_content", .base = unmeasured_base),
        HOLDS(result, result),
        {0},
};

const struct conformance_command conformance_rtt_data_map_init = {
        .name = "RMI_RTT_DATA_MAP_INIT",
        .base = base,
        .rows = rows,
};
