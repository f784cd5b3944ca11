/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_RTT_DATA_MAP (DEN0137 B4.5.65): maps Protected memory. */
#include "range.h"

/* What the Host has written into memory before the Realm gets it. */
#define PATTERN UINT64_C(0x5a5a1234deadbeef)

static void call_single(struct world *w, uint64_t ipa)
{
	WORLD_CALL(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, ipa, ipa + PAGES * w->page,
	           RMI_ADDR_TYPE_SINGLE,
	           world_desc(w, w->note[0], RMM_RTT_PAGE_LEVEL, PAGES, RMI_OP_MEM_DELEGATED));
}

static void base(struct world *w)
{
	world_realm(w);
	range_contiguous(w, world_delegated);
	call_single(w, 0);
}

static void list_base(struct world *w)
{
	world_realm(w);
	range_scattered(w, world_delegated);
	WORLD_CALL(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, 0, PAGES * w->page, RANGE_LIST_FLAGS,
	           range_list(w, RMI_OP_MEM_DELEGATED));
}

/* Memory with something in it. */
static uint64_t written(struct world *w)
{
	uint64_t pa = world_page(w);
	uint64_t *words = world_va(w, pa);

	for (uint64_t i = 0; i < w->page / sizeof(*words); i++)
		words[i] = PATTERN;
	world_must(w, WORLD_DO(w, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, pa + w->page),
	           "RMI_GRANULE_RANGE_DELEGATE");
	return pa;
}

/* A Realm that can look at what it is given, behind its code and its page of RAM. */
static void guest_base(struct world *w)
{
	uint64_t ipa = 2 * w->page;

	world_realm(w);
	world_load(w);
	world_must(w, small_init_ripas(&w->realm, ipa, ipa + PAGES * w->page),
	           "RMI_RTT_INIT_RIPAS");
	range_contiguous(w, written);
	call_single(w, ipa);
}

/* Other memory is mapped there. */
static void rtte_state(struct world *w)
{
	world_map(w, w->regs.x[2]);
	w->level = RMM_RTT_PAGE_LEVEL;
}

/* There is no table for the second block. */
static void rtte_size(struct world *w)
{
	w->regs.x[2] = w->block;
	w->regs.x[3] = w->block + w->page;
	w->level = RMM_RTT_PAGE_LEVEL - 1;
}

static void use(struct world *w, uint64_t pa)
{
	w->regs.x[5] = world_desc(w, pa, RMM_RTT_PAGE_LEVEL, PAGES, RMI_OP_MEM_DELEGATED);
}

static void trk_untracked(struct world *w)
{
	if (strcmp(rmi_backend_name(w->rmi), "smc") == 0)
		world_skip(w, "the driver lets no address through that is not the program's");
	use(w, w->nowhere);
}

/* All of a coarse region is delegated, and part of it is to be mapped. */
static void trk_gran(struct world *w)
{
	uint64_t size;
	uint64_t pa = range_delegate_short_region(w, &size);

	world_track(w, pa, RMI_TRACKING_COARSE);
	use(w, pa);
}

static void gran_state(struct world *w)
{
	use(w, world_page(w));
}

/* Ends the test as failed if a guest can read what the Host has written. */
static void no_pattern(struct world *w)
{
	uint64_t ipa = w->in.x[2];
	uint64_t shared;
	uint64_t rec;

	(void)range_done(w);
	world_must(w, small_tables(&w->realm, WORLD_UNPROT(w)), "RMI_RTT_CREATE");
	world_must(w, small_share(&w->realm, WORLD_UNPROT(w), &shared), "RMI_RTT_UNPROT_MAP");
	memset(world_va(w, shared), 0xff, w->page);
	rec = WORLD_REC(w, GUEST_COPY, 0, ipa + w->page / 2, WORLD_UNPROT(w));
	world_activate(w);
	small_run(&w->realm)->enter.flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	world_exit(w, rec, RMI_EXIT_SYNC);
	world_expect(w, *(uint64_t *)world_va(w, shared) != UINT64_MAX, "the guest reads nothing");
	world_expect(w, *(uint64_t *)world_va(w, shared) != PATTERN,
	             "the guest reads what the Host has written");
}

static void are_data(struct world *w)
{
	range_has_granules(w, "GRAN_DATA");
}

static void are_mapped(struct world *w)
{
	range_has_state(w, RMI_RTTE_DATA);
}

static const char no_attributes[] =
        "RMI_RTT_READ_ENTRY does not tell the attributes of a Protected entry";
static const char no_ats[] = "needs device assignment";

static const struct conformance_row rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(base_align, spoil_base_align),
        FAILS(top_align, spoil_top_align),
        FAILS(size_valid, spoil_size_valid),
        FAILS(ipa_bound, range_ipa_bound),
        NEVER_FAILS(oaddr_single_align, "the address of a descriptor has no bits for it"),
        FAILS(oaddr_list_align, range_oaddr_list_align),
        FAILS(oaddr_type, range_oaddr_type),
        FAILS(oaddr_list_pas, range_oaddr_list_pas),
        FAILS(rtte_state, rtte_state),
        FAILS(rtte_size, rtte_size),
        FAILS(trk_untracked, trk_untracked),
        FAILS(trk_gran, trk_gran, .conf = CONF_SHORT_REGION),
        FAILS(gran_state, gran_state),
        NEVER_FAILS(dpt_gran, no_ats),
        HOLDS(gran_contents, no_pattern, .base = guest_base),
        HOLDS(gran_state_contig, are_data),
        HOLDS(gran_state_list, are_data, .base = list_base),
        HOLDS(result, range_result),
        HOLDS(state, are_mapped),
        HOLDS(addr_contig, range_has_addresses),
        HOLDS(addr_list, range_has_addresses, .base = list_base),
        NEVER_HOLDS(memattr, no_attributes),
        NEVER_HOLDS(shareability, no_attributes),
        {0},
};

const struct conformance_command conformance_rtt_data_map = {
        .name = "RMI_RTT_DATA_MAP",
        .base = base,
        .rows = rows,
};
