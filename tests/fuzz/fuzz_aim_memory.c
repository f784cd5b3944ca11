/* SPDX-License-Identifier: BSD-3-Clause */
/* Conditions of addresses, tables and what Realms have mapped. */
#include "fuzz_aim.h"

#include <string.h>

uint64_t *fuzz_input(struct fuzz_call *call, const char *name)
{
	size_t length = strlen(name);

	for (unsigned i = 0; call->command && call->command->in[i].name; i++) {
		const char *input = call->command->in[i].name;

		if (!strncmp(input, name, length) && (!input[length] || input[length] == '_'))
			return &call->in.x[i + 1];
	}
	return NULL;
}

/** The input that the name of the condition begins with. */
static uint64_t *aimed_input(struct fuzz_call *call)
{
	char name[32];

	snprintf(name, sizeof(name), "%s", call->aim->condition);
	name[strcspn(name, "_")] = '\0';
	return fuzz_input(call, name);
}

bool fuzz_put(uint64_t *input, uint64_t value)
{
	if (!input)
		return false;
	*input = value;
	return true;
}

static uint64_t page_of(const struct fuzz *f, uint64_t value)
{
	return value & ~(f->gsize - 1);
}

/* Addresses */

bool fuzz_misalign(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t *input = aimed_input(call);

	return input && fuzz_put(input, page_of(f, *input) + 1 + fuzz_below(f, f->gsize - 1));
}

/** A PA where there is no DRAM. */
static uint64_t outside(struct fuzz *f)
{
	uint64_t away = (1 + fuzz_below(f, 64)) * f->gsize;

	return fuzz_chance(f, 50) ? f->base - away
	                          : f->base + rmi_memory(f->rmi).size - f->gsize + away;
}

bool fuzz_no_memory(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(aimed_input(call), outside(f));
}

/** The PA of a granule that is not in a state. */
static uint64_t other_state(struct fuzz *f, enum fuzz_granule state)
{
	for (unsigned tries = 0; tries < 16; tries++) {
		uint64_t pa =
		        fuzz_granule(f, (enum fuzz_granule)fuzz_below(f, FUZZ_NUM_GRANULE_STATES));

		if (fuzz_state(f, pa) != state)
			return pa;
	}
	return f->base;
}

static bool not_rd(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(aimed_input(call), other_state(f, FUZZ_RD));
}

static bool not_rec(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(aimed_input(call), other_state(f, FUZZ_REC));
}

static bool not_delegated(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(aimed_input(call), other_state(f, FUZZ_DELEGATED));
}

bool fuzz_not_ns(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(aimed_input(call),
	                fuzz_chance(f, 50) ? outside(f) : other_state(f, FUZZ_NS));
}

static bool too_high(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(aimed_input(call), UINT64_C(1) << (53 + fuzz_below(f, 11)));
}

static bool beyond_48_bits(struct fuzz *f, struct fuzz_call *call)
{
	const char *name = call->command->fid == SMC_RMI_RTT_DATA_MAP_INIT ? "data" : "rtt";

	for (unsigned tries = 0; call->realm && !call->realm->lpa2 && tries < 16; tries++) {
		uint64_t pa = fuzz_granule(f, FUZZ_DELEGATED);

		if (pa >> 48 && fuzz_state(f, pa) == FUZZ_DELEGATED)
			return fuzz_put(fuzz_input(call, name), pa);
	}
	return false;
}

/* Lists */

static bool use_list(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[4] = (call->in.x[4] & ~UINT64_C(3)) | RMI_ADDR_TYPE_LIST;
	return fuzz_put(fuzz_input(call, "oaddr"), fuzz_scratch(f));
}

static bool list_misaligned(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t *list = fuzz_input(call, "list");

	if (!list)
		return use_list(f, call) &&
		       fuzz_put(fuzz_input(call, "oaddr"), fuzz_scratch(f) + 1 + fuzz_below(f, 7));
	return fuzz_put(list, fuzz_scratch(f) + 1 + fuzz_below(f, 7));
}

static bool list_not_ns(struct fuzz *f, struct fuzz_call *call)
{
	return use_list(f, call) && fuzz_not_ns(f, call);
}

static bool bad_type(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[4] = (call->in.x[4] & ~UINT64_C(3)) | (fuzz_chance(f, 50) ? 0 : 3);
	return true;
}

/* Ranges, and places in the IPA space */

static bool empty_range(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t *base = fuzz_input(call, "base");
	uint64_t less = fuzz_below(f, 4) * f->gsize;

	return base && fuzz_put(fuzz_input(call, "top"), *base > less ? *base - less : *base);
}

static uint64_t half(const struct fuzz_call *call)
{
	return UINT64_C(1) << (call->realm->s2sz - 1);
}

/** Moves to the wrong half of the IPA space, or out of it. */
static bool wrong_half(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t *ipa = fuzz_input(call, "ipa");
	uint64_t *base = fuzz_input(call, "base");
	uint64_t *top = fuzz_input(call, "top");

	(void)f;
	if (!call->realm)
		return false;
	if (ipa)
		*ipa += call->command->fid == SMC_RMI_RTT_DATA_MAP_INIT ? half(call)
		                                                        : 2 * half(call);
	if (base && top) {
		*base ^= half(call);
		*top = ((*top - 1) ^ half(call)) + 1;
	}
	return ipa || (base && top);
}

static bool top_unprotected(struct fuzz *f, struct fuzz_call *call)
{
	return call->realm && fuzz_put(fuzz_input(call, "top"), half(call) + f->gsize);
}

/** Within what was asked for, but for a part of a granule. */
static bool top_misaligned(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t *top = fuzz_input(call, "top");

	return top && fuzz_put(top, *top - 1 - fuzz_below(f, f->gsize - 1));
}

static bool bad_level(struct fuzz *f, struct fuzz_call *call)
{
	static const uint64_t levels[] = {4, 5, 0 - UINT64_C(2), UINT64_C(1) << 32, 0x103};
	uint64_t pick = fuzz_below(f, COUNT(levels) + 1);

	if (pick < COUNT(levels))
		return fuzz_put(fuzz_input(call, "level"), levels[pick]);
	if (call->command->fid == SMC_RMI_RTT_READ_ENTRY || !call->realm)
		return false;
	return fuzz_put(fuzz_input(call, "level"), (uint64_t)(int64_t)call->realm->start_level);
}

uint64_t fuzz_level_size(const struct fuzz *f, int level)
{
	return rmi_rtt_level_size(f->gshift, level);
}

/** The last PE is free: at most one REC runs, on one of the first. */
static struct rmi_pe *free_pe(struct fuzz *f)
{
	return rmi_pe(f->rmi, rmi_num_pes(f->rmi) - 1);
}

bool fuzz_peek(struct fuzz *f, const struct fuzz_realm *realm, uint64_t ipa, int level,
               struct fuzz_entry *entry)
{
	struct rmi_pe *pe = free_pe(f);
	uint64_t reached;
	uint64_t desc;

	entry->ipa = ipa & ~(fuzz_level_size(f, level) - 1);
	if (rmi_rtt_read_entry(pe, realm->rd, entry->ipa, level, &reached, &entry->state, &desc,
	                       &entry->ripas) != RMI_SUCCESS)
		return false;
	entry->level = (int)(int64_t)reached;
	return true;
}

/** Any IPA; granule aligned. */
static uint64_t anywhere(struct fuzz *f, const struct fuzz_realm *realm, bool prot)
{
	uint64_t size = UINT64_C(1) << (realm->s2sz - 1);
	uint64_t ipa = page_of(f, fuzz_random(f) & (size - 1));

	return prot ? ipa : ipa + size;
}

enum place {
	SHORT_WALK, /**< The walk ends before it gets there. */
	NO_TABLE,   /**< It gets there, and there is no table. */
	VOID_PAGE,
	LIVE_PAGE,
	LIVE_BLOCK, /**< It ends at a mapping above page level. */
};

static bool is_place(const struct fuzz_entry *entry, int level, enum place place)
{
	bool there = entry->level == level;

	switch (place) {
	case SHORT_WALK:
		return !there;
	case NO_TABLE:
		return there && entry->state != RMI_RTTE_TABLE;
	case VOID_PAGE:
		return there && entry->state == RMI_RTTE_VOID;
	case LIVE_PAGE:
		return there && entry->state == RMI_RTTE_DATA;
	case LIVE_BLOCK:
		return !there && entry->state == RMI_RTTE_DATA;
	}
	return false;
}

/** Looks for a place in the Realm of the call. */
static bool find(struct fuzz *f, const struct fuzz_call *call, bool prot, int level,
                 enum place place, struct fuzz_entry *entry)
{
	const struct fuzz_realm *realm = call->realm;
	uint64_t top = realm ? UINT64_C(1) << (realm->s2sz - prot) : 0;

	for (unsigned tries = 0; realm && tries < 12; tries++) {
		bool far = (place == SHORT_WALK || place == NO_TABLE) && tries % 2;
		uint64_t ipa = far ? anywhere(f, realm, prot) : fuzz_ipa(f, realm, prot);

		if (place == LIVE_BLOCK)
			ipa = (ipa + fuzz_level_size(f, 2) * fuzz_below(f, 3)) & (top - 1);
		if (level > realm->start_level - (place == NO_TABLE) &&
		    fuzz_peek(f, realm, ipa, level, entry) && is_place(entry, level, place))
			return true;
	}
	return false;
}

/* Tables */

static bool put_table(struct fuzz *f, struct fuzz_call *call, uint64_t ipa, int level)
{
	return fuzz_put(fuzz_input(call, "ipa"), ipa & ~(fuzz_level_size(f, level - 1) - 1)) &&
	       fuzz_put(fuzz_input(call, "level"), (uint64_t)(int64_t)level);
}

static bool table_short_walk(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_entry entry;
	bool prot = fuzz_chance(f, 60);

	/* A table of the page level, in a place without a table of the level before. */
	return find(f, call, prot, RMM_RTT_PAGE_LEVEL - 1, SHORT_WALK, &entry) &&
	       put_table(f, call, entry.ipa, RMM_RTT_PAGE_LEVEL);
}

static bool table_absent(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_entry entry;
	bool prot = fuzz_chance(f, 60);
	int level;

	if (!call->realm)
		return false;
	level = call->realm->start_level + (int)fuzz_below(f, 2);
	return level < RMM_RTT_PAGE_LEVEL && find(f, call, prot, level, NO_TABLE, &entry) &&
	       put_table(f, call, entry.ipa, level + 1);
}

static const struct fuzz_table *some_table(struct fuzz *f, const struct fuzz_realm *realm)
{
	if (!realm || !realm->num_tables)
		return NULL;
	return &realm->tables[fuzz_below(f, realm->num_tables)];
}

static bool table_exists(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_table *table = some_table(f, call->realm);

	return table && put_table(f, call, table->ipa, table->level);
}

/** Whether the first entries of a table are of both kinds, or one of them is live. */
static bool table_holds(struct fuzz *f, const struct fuzz_realm *realm,
                        const struct fuzz_table *table, bool mixed)
{
	struct fuzz_entry entry;
	bool live = false;
	bool idle = false;

	for (unsigned i = 0; i < 9; i++) {
		uint64_t ipa = table->ipa + i * fuzz_level_size(f, table->level);

		if (!fuzz_peek(f, realm, ipa, table->level, &entry) || entry.level != table->level)
			return false;
		live |= entry.state != RMI_RTTE_VOID;
		idle |= entry.state == RMI_RTTE_VOID;
	}
	return live && (idle || !mixed);
}

static bool table_in_use(struct fuzz *f, struct fuzz_call *call)
{
	bool mixed = call->command->fid != SMC_RMI_RTT_DESTROY;

	for (unsigned tries = 0; tries < 6; tries++) {
		const struct fuzz_table *table = some_table(f, call->realm);

		if (table && table_holds(f, call->realm, table, mixed))
			return put_table(f, call, table->ipa, table->level);
	}
	return false;
}

/* Memory of Realms */

bool fuzz_put_page(struct fuzz *f, struct fuzz_call *call, uint64_t ipa)
{
	uint64_t *oaddr = fuzz_input(call, "oaddr");
	bool ns = call->command->fid == SMC_RMI_RTT_UNPROT_MAP;

	if (fuzz_put(fuzz_input(call, "ipa"), ipa))
		return true;
	fuzz_put(fuzz_input(call, "base"), ipa);
	fuzz_put(fuzz_input(call, "top"), ipa + f->gsize);
	if (call->command->fid == SMC_RMI_RTT_DATA_MAP || ns) {
		call->in.x[4] = (call->in.x[4] & ~UINT64_C(3)) | RMI_ADDR_TYPE_SINGLE;
		fuzz_put(oaddr, fuzz_desc(f, fuzz_granule(f, ns ? FUZZ_NS : FUZZ_DELEGATED), 1,
		                          RMI_PAGE_L3, ns));
	}
	return true;
}

static bool is_prot(const struct fuzz_call *call)
{
	return call->command->fid != SMC_RMI_RTT_AUX_UNPROT_MAP &&
	       call->command->fid != SMC_RMI_RTT_AUX_UNPROT_UNMAP &&
	       call->command->fid != SMC_RMI_RTT_UNPROT_MAP &&
	       call->command->fid != SMC_RMI_RTT_UNPROT_UNMAP;
}

static bool page_at(struct fuzz *f, struct fuzz_call *call, enum place place)
{
	struct fuzz_entry entry;

	if (!find(f, call, is_prot(call), RMM_RTT_PAGE_LEVEL, place, &entry))
		return false;
	/* Where the walk ends early, at the beginning of what it ends at. */
	if (entry.level < RMM_RTT_PAGE_LEVEL)
		entry.ipa &= ~(fuzz_level_size(f, entry.level) - 1);
	return fuzz_put_page(f, call, entry.ipa);
}

static bool page_short_walk(struct fuzz *f, struct fuzz_call *call)
{
	return page_at(f, call, SHORT_WALK);
}

static bool page_mapped(struct fuzz *f, struct fuzz_call *call)
{
	return page_at(f, call, LIVE_PAGE);
}

static bool page_unmapped(struct fuzz *f, struct fuzz_call *call)
{
	return page_at(f, call, VOID_PAGE);
}

/** Blocks are as a rule next to where tables are. */
static bool page_of_block(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		call->realm = &f->realms[i];
		if (call->realm->used && page_at(f, call, LIVE_BLOCK))
			return fuzz_put(fuzz_input(call, "rd"), call->realm->rd);
	}
	call->realm = NULL;
	return false;
}

/** A page in a place without a table, not at the beginning of what the walk ends at. */
static bool page_inside(struct fuzz *f, struct fuzz_call *call)
{
	return page_short_walk(f, call) && fuzz_put_page(f, call, call->in.x[2] + f->gsize);
}

static bool output(struct fuzz *f, struct fuzz_call *call, uint64_t pa)
{
	return page_at(f, call, VOID_PAGE) &&
	       fuzz_put(fuzz_input(call, "oaddr"), fuzz_desc(f, pa, 1, RMI_PAGE_L3, false));
}

static bool output_state(struct fuzz *f, struct fuzz_call *call)
{
	return output(f, call, other_state(f, FUZZ_DELEGATED));
}

static bool output_untracked(struct fuzz *f, struct fuzz_call *call)
{
	/* Regions are up to 4T large. */
	return output(f, call, f->base + (UINT64_C(1) << (f->base >> 48 ? 44 : 46)));
}

/** Memory of a region that is tracked as a whole. */
static bool output_coarse(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t pa = fuzz_region(f, i);
		uint64_t category;
		uint64_t state;

		if (rmi_granule_tracking_get(free_pe(f), pa, &category, &state) == RMI_SUCCESS &&
		    state == RMI_TRACKING_COARSE)
			return output(f, call, pa < f->base ? f->base : pa);
	}
	return false;
}

static bool state_of_list(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(fuzz_input(call, "base"), other_state(f, FUZZ_NS));
}

static bool not_to_undelegate(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t pa = other_state(f, FUZZ_DELEGATED);

	/* From 2.0-bet3 on granules of the Host are passed over. */
	return (f->revision == RMI_REVISION_2_0_BET1 || fuzz_state(f, pa) != FUZZ_NS) &&
	       fuzz_put(fuzz_input(call, "base"), pa) &&
	       fuzz_put(fuzz_input(call, "top"), pa + f->gsize);
}

static bool range_outside(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t pa = f->base + rmi_memory(f->rmi).size;

	return fuzz_put(fuzz_input(call, "base"), pa) &&
	       fuzz_put(fuzz_input(call, "top"), pa + f->gsize);
}

static bool range_untracked(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t pa = f->base + (UINT64_C(1) << 43);

	return fuzz_put(fuzz_input(call, "base"), pa) &&
	       fuzz_put(fuzz_input(call, "top"), pa + f->gsize);
}

/** The rules of this file. */
const struct fuzz_rule fuzz_memory_rules[] = {
        {SMC_RMI_REALM_CREATE, "rd_state", not_delegated},
        {SMC_RMI_REC_CREATE, "rec_state", not_delegated},
        {0, "calling_state", not_rec},
        {0, "target_state", not_rec},
        {0, "rec_gran_state", not_rec},
        {0, "rd_state", not_rd},
        {0, "rtt_state", not_delegated},
        {0, "data_state", not_delegated},
        {0, "rtt_bound2", beyond_48_bits},
        {0, "data_bound2", beyond_48_bits},
        {SMC_RMI_RTT_DATA_MAP_INIT, "rtt_walk", page_short_walk},
        {SMC_RMI_RTT_DATA_MAP_INIT, "rtte_state", page_mapped},
        {SMC_RMI_RTT_DATA_MAP, "rtte_state", page_mapped},
        {SMC_RMI_RTT_UNPROT_MAP, "rtte_state", page_mapped},
        {SMC_RMI_RTT_UNPROT_UNMAP, "rtte_state", page_unmapped},
        {SMC_RMI_RTT_DATA_UNMAP, "rtte_size", page_of_block},
        {SMC_RMI_RTT_UNPROT_UNMAP, "rtte_size", page_of_block},
        {0, "rtte_size", page_short_walk},
        {SMC_RMI_RTT_DATA_MAP, "trk_gran", output_coarse},
        {SMC_RMI_GPT_L1_CREATE, "addr_bound", too_high},
        {0, "trk_untracked", output_untracked},
        {0, "gran_state", output_state},
        {SMC_RMI_RTT_CREATE, "rtte_state", table_exists},
        {SMC_RMI_RTT_DESTROY, "rtte_state", table_absent},
        {SMC_RMI_RTT_FOLD, "rtte_state", table_absent},
        {0, "rtt_walk", table_short_walk},
        {0, "rtt_live", table_in_use},
        {0, "rtt_homo", table_in_use},
        {0, "level_bound", bad_level},
        {SMC_RMI_RTT_INIT_RIPAS, "base_align", page_inside},
        {SMC_RMI_RTT_INIT_RIPAS, "no_progress", page_short_walk},
        {SMC_RMI_RTT_INIT_RIPAS, "top_bound", top_unprotected},
        {0, "top_gran_align", top_misaligned},
        {0, "top_bound", empty_range},
        {0, "size_valid", empty_range},
        {0, "ipa_bound", wrong_half},
        {0, "populated", range_outside},
        {0, "tracking", range_untracked},
        {SMC_RMI_GRANULE_RANGE_DELEGATE, "state", state_of_list},
        {SMC_RMI_GRANULE_RANGE_UNDELEGATE, "state", not_to_undelegate},
        {0, "addr_bound", too_high},
        {SMC_RMI_GPT_INFO, "base_bound", too_high},
        {0, "oaddr_type", bad_type},
        {0, "oaddr_list_pas", list_not_ns},
        {0, "oaddr_list_align", list_misaligned},
        {0, "oaddr_align", list_misaligned},
        {0, "list_align", list_misaligned},
        {0},
};
