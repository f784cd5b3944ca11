/* SPDX-License-Identifier: BSD-3-Clause */
/* Realms with planes: auxiliary trees, and changes of access permissions. */
#include "fuzz_aim.h"

#include <string.h>

void fuzz_add_planes(struct fuzz *f, struct fuzz_realm *realm, struct rmi_realm_params *params)
{
	realm->num_trees = 1;
	if (!f->planes || fuzz_chance(f, 10))
		return;
	realm->num_planes = 1 + (unsigned)fuzz_below(f, f->planes);
	params->num_aux_planes = (uint8_t)realm->num_planes;
	params->flags1 = RMI_REALM_FLAGS1_RTT_S2AP_ENCODING;
	if (fuzz_chance(f, 15))
		return;
	params->flags1 = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
	realm->num_trees = realm->num_planes + 1;
	for (unsigned i = 0; i < realm->num_planes && i < 3; i++)
		params->aux_rtt_base[i] = fuzz_granules(f, FUZZ_DELEGATED, params->rtt_num_start);
}

/** A Realm with several trees, if there is one. */
static struct fuzz_realm *with_trees(struct fuzz *f, struct fuzz_call *call, bool dying)
{
	uint64_t start = fuzz_below(f, FUZZ_MAX_REALMS);

	call->realm = fuzz_realm(f, FUZZ_ANY);
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[(start + i) % FUZZ_MAX_REALMS];

		if (realm->used && realm->num_trees > 1 && realm->dying == dying)
			call->realm = realm;
	}
	call->in.x[1] = call->realm ? call->realm->rd : fuzz_granule(f, FUZZ_RD);
	return call->realm;
}

static uint64_t some_tree(struct fuzz *f, const struct fuzz_realm *realm)
{
	return realm && realm->num_trees > 1 ? 1 + fuzz_below(f, realm->num_trees - 1) : 1;
}

static bool has_table(const struct fuzz_realm *realm, uint64_t ipa, int level, uint64_t tree)
{
	for (unsigned i = 0; i < realm->num_aux; i++)
		if (realm->aux[i].ipa == ipa && realm->aux[i].level == level &&
		    realm->aux[i].tree == tree)
			return true;
	return false;
}

void fuzz_draw_aux_create(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_realm *realm = with_trees(f, call, false);
	uint64_t ipa = fuzz_ipa(f, realm, true);
	int level = realm ? realm->start_level + 1 : 2;

	call->in.x[5] = some_tree(f, realm);
	/* The first level that has no table yet, as far as the notebook knows. */
	while (realm && level < RMM_RTT_PAGE_LEVEL &&
	       has_table(realm, ipa & ~(fuzz_level_size(f, level - 1) - 1), level, call->in.x[5]))
		level++;
	call->in.x[2] = fuzz_granule(f, FUZZ_DELEGATED);
	if (realm && realm->num_aux >= 2 * FUZZ_SOME_TABLES && !f->aiming)
		call->in.x[2] = fuzz_granule(f, FUZZ_RTT);
	call->in.x[3] = ipa & ~(fuzz_level_size(f, level - 1) - 1);
	call->in.x[4] = (uint64_t)(int64_t)level;
}

void fuzz_draw_aux_table(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_realm *realm = with_trees(f, call, fuzz_chance(f, 50));
	struct fuzz_table table = {0, RMM_RTT_PAGE_LEVEL, 1};

	if (realm && realm->num_aux) {
		struct fuzz_table other = realm->aux[fuzz_below(f, realm->num_aux)];

		table = realm->aux[fuzz_below(f, realm->num_aux)];
		if (other.level > table.level)
			table = other;
	}
	/* A table that is destroyed leaves a hole for good: rarely, while it may be used. */
	if (realm && !realm->dying && !f->aiming && call->command->fid == SMC_RMI_RTT_AUX_DESTROY &&
	    fuzz_chance(f, 70))
		table.ipa += 1;
	call->in.x[2] = table.ipa;
	call->in.x[3] = (uint64_t)(int64_t)table.level;
	call->in.x[4] = table.tree;
}

void fuzz_draw_aux_map(struct fuzz *f, struct fuzz_call *call)
{
	uint32_t fid = call->command->fid;
	bool prot = fid == SMC_RMI_RTT_AUX_PROT_MAP || fid == SMC_RMI_RTT_AUX_PROT_UNMAP;
	bool unmap = fid == SMC_RMI_RTT_AUX_PROT_UNMAP || fid == SMC_RMI_RTT_AUX_UNPROT_UNMAP;
	const struct fuzz_realm *realm = with_trees(f, call, unmap && fuzz_chance(f, 70));
	uint64_t ipa = fuzz_ipa(f, realm, prot);
	uint64_t tree = some_tree(f, realm);
	struct fuzz_entry entry;

	/* Where the primary tree has something. */
	for (unsigned i = 0; realm && i < 6; i++) {
		if (fuzz_peek(f, realm, ipa, RMM_RTT_PAGE_LEVEL, &entry) &&
		    entry.state == RMI_RTTE_DATA)
			break;
		ipa = fuzz_ipa(f, realm, prot);
	}
	for (unsigned i = 0; realm && prot && !unmap && realm->num_aux && i < 12; i++) {
		const struct fuzz_table *t = &realm->aux[fuzz_below(f, realm->num_aux)];
		uint64_t page = t->ipa + fuzz_below(f, 8) * f->gsize;

		/* Most are wanted where the tree has a table of the page level. */
		if (t->level == RMM_RTT_PAGE_LEVEL &&
		    fuzz_peek(f, realm, page, RMM_RTT_PAGE_LEVEL, &entry) &&
		    entry.state == RMI_RTTE_DATA && entry.ripas == RMI_RIPAS_RAM) {
			ipa = page;
			tree = t->tree;
			break;
		}
	}
	if (unmap && realm && realm->aux_page && realm->aux_prot == prot && fuzz_chance(f, 40))
		ipa = realm->aux_page;
	call->in.x[2] = ipa;
	call->in.x[3] = ipa + f->gsize;
	if (realm && !prot && fuzz_chance(f, 60)) {
		uint64_t size = fuzz_level_size(f, realm->start_level);

		call->in.x[2] = ipa & ~(size - 1);
		call->in.x[3] = call->in.x[2] + size;
	}
	call->in.x[4] = RMI_FIELD_SET(tree, RMI_RTT_AUX_FLAGS_TREE_INDEX);
	if (!unmap && !f->aiming)
		call->in.x[4] |= fuzz_below(f, 4) * RMI_RTT_AUX_MAP_FLAGS_BLOCK;
}

void fuzz_draw_set_s2ap(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_rec *rec = NULL;

	call->realm = fuzz_realm(f, FUZZ_ACTIVE);
	for (unsigned i = 0; call->realm && i < call->realm->num_recs; i++)
		if (!rec || call->realm->recs[i].s2ap_top)
			rec = &call->realm->recs[i];
	call->in.x[1] = call->realm ? call->realm->rd : fuzz_granule(f, FUZZ_RD);
	call->in.x[2] = rec ? rec->pa : fuzz_granule(f, FUZZ_REC);
	call->in.x[3] = rec ? rec->s2ap_base : 0;
	call->in.x[4] = rec ? rec->s2ap_top : f->gsize;
}

static void forget(struct fuzz_realm *realm, struct fuzz_table table)
{
	for (unsigned i = 0; i < realm->num_aux; i++) {
		const struct fuzz_table *t = &realm->aux[i];

		if (t->ipa == table.ipa && t->level == table.level && t->tree == table.tree) {
			realm->aux[i] = realm->aux[--realm->num_aux];
			return;
		}
	}
}

void fuzz_learn_aux(struct fuzz_realm *realm, const struct fuzz_call *call)
{
	const uint64_t *x = call->in.x;

	switch ((uint32_t)x[0]) {
	case SMC_RMI_RTT_AUX_CREATE:
		if (realm->num_aux < FUZZ_MAX_TABLES)
			realm->aux[realm->num_aux++] =
			        (struct fuzz_table){x[3], (int)(int64_t)x[4], (unsigned)x[5]};
		break;
	case SMC_RMI_RTT_AUX_DESTROY:
		realm->gone = (struct fuzz_table){x[2], (int)(int64_t)x[3], (unsigned)x[4]};
		forget(realm, realm->gone);
		break;
	case SMC_RMI_RTT_AUX_FOLD:
		forget(realm, (struct fuzz_table){x[2], (int)(int64_t)x[3], (unsigned)x[4]});
		break;
	case SMC_RMI_RTT_AUX_PROT_MAP:
		realm->aux_page = x[2];
		realm->aux_prot = true;
		break;
	case SMC_RMI_RTT_AUX_UNPROT_MAP:
		realm->aux_page = x[2];
		realm->aux_prot = false;
		realm->aux_unprot = true;
		break;
	default:
		break;
	}
}

/* Conditions */

static bool put_aux(struct fuzz *f, struct fuzz_call *call, uint64_t ipa, int level, uint64_t tree)
{
	return fuzz_put(fuzz_input(call, "ipa"), ipa & ~(fuzz_level_size(f, level - 1) - 1)) &&
	       fuzz_put(fuzz_input(call, "level"), (uint64_t)(int64_t)level) &&
	       fuzz_put(fuzz_input(call, "index"), tree);
}

static bool aux_short_walk(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t ipa;

	if (!call->realm || call->realm->num_trees < 2)
		return false;
	ipa = fuzz_random(f) & ((UINT64_C(1) << (call->realm->s2sz - 1)) - 1);
	return put_aux(f, call, ipa, RMM_RTT_PAGE_LEVEL, some_tree(f, call->realm));
}

static bool aux_absent(struct fuzz *f, struct fuzz_call *call)
{
	return aux_short_walk(f, call) && call->realm->start_level < RMM_RTT_PAGE_LEVEL &&
	       put_aux(f, call, *fuzz_input(call, "ipa"), call->realm->start_level + 1,
	               some_tree(f, call->realm));
}

static bool aux_exists(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_realm *realm = call->realm;
	const struct fuzz_table *t;

	if (!realm || !realm->num_aux)
		return false;
	t = &realm->aux[fuzz_below(f, realm->num_aux)];
	return put_aux(f, call, t->ipa, t->level, t->tree);
}

/** The page is mapped, with a RIPAS that is RAM or is not. */
static bool page_in_primary(struct fuzz *f, struct fuzz_call *call, bool prot, bool ram,
                            uint64_t *ipa)
{
	struct fuzz_entry entry;

	if (!call->realm || call->realm->num_trees < 2)
		return false;
	for (unsigned tries = 0; tries < 16; tries++) {
		*ipa = fuzz_ipa(f, call->realm, prot);
		if (fuzz_peek(f, call->realm, *ipa, RMM_RTT_PAGE_LEVEL, &entry) &&
		    entry.level == RMM_RTT_PAGE_LEVEL && entry.state == RMI_RTTE_DATA &&
		    (!prot || ram == (entry.ripas == RMI_RIPAS_RAM)))
			return fuzz_put_page(f, call, *ipa);
	}
	return false;
}

/** A page that an auxiliary tree has no table for. @param first the first one of that table */
static bool page_without_aux(struct fuzz *f, struct fuzz_call *call, bool first)
{
	uint64_t size = fuzz_level_size(f, RMM_RTT_PAGE_LEVEL - 1);
	uint64_t tree = RMI_FIELD_GET(call->in.x[4], RMI_RTT_AUX_FLAGS_TREE_INDEX);
	struct fuzz_entry entry;

	for (unsigned tries = 0; call->realm && call->realm->num_trees > 1 && tries < 16; tries++) {
		uint64_t ipa = fuzz_ipa(f, call->realm, true) & ~(first ? size - 1 : 0);

		if (first == !(ipa & (size - 1)) &&
		    !has_table(call->realm, ipa & ~(size - 1), RMM_RTT_PAGE_LEVEL, tree) &&
		    fuzz_peek(f, call->realm, ipa, RMM_RTT_PAGE_LEVEL, &entry) &&
		    entry.level == RMM_RTT_PAGE_LEVEL && entry.state == RMI_RTTE_DATA &&
		    entry.ripas == RMI_RIPAS_RAM)
			return fuzz_put_page(f, call, ipa);
	}
	return false;
}

static bool aux_inside(struct fuzz *f, struct fuzz_call *call)
{
	return page_without_aux(f, call, false);
}

static bool aux_too_large(struct fuzz *f, struct fuzz_call *call)
{
	return page_without_aux(f, call, true);
}

static bool primary_not_ram(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t ipa;

	return page_in_primary(f, call, true, false, &ipa);
}

static bool unprot_too_large(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t ipa;

	return page_in_primary(f, call, false, true, &ipa);
}

static bool primary_void(struct fuzz *f, struct fuzz_call *call)
{
	bool prot = call->command->fid == SMC_RMI_RTT_AUX_PROT_MAP;
	struct fuzz_entry entry;

	if (!call->realm || call->realm->num_trees < 2)
		return false;
	for (unsigned tries = 0; tries < 16; tries++)
		if (fuzz_peek(f, call->realm, fuzz_ipa(f, call->realm, prot), RMM_RTT_PAGE_LEVEL,
		              &entry) &&
		    entry.level == RMM_RTT_PAGE_LEVEL && entry.state == RMI_RTTE_VOID)
			return fuzz_put_page(f, call, entry.ipa);
	return false;
}

static bool primary_void_skipped(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[4] |= RMI_RTT_AUX_MAP_FLAGS_INVALID_PRI | RMI_RTT_AUX_MAP_FLAGS_BLOCK;
	return primary_void(f, call);
}

static bool primary_void_stops(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[4] |= RMI_RTT_AUX_MAP_FLAGS_BLOCK;
	return primary_void(f, call);
}

static bool aux_destroyed(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[i];
		struct fuzz_entry entry;

		if (!realm->used || realm->gone.level == 0)
			continue;
		for (unsigned j = 0; j < 8; j++) {
			uint64_t ipa = realm->gone.ipa + j * f->gsize;

			if (!fuzz_peek(f, realm, ipa, RMM_RTT_PAGE_LEVEL, &entry) ||
			    entry.state != RMI_RTTE_DATA || entry.ripas != RMI_RIPAS_RAM)
				continue;
			call->realm = realm;
			call->in.x[4] =
			        RMI_FIELD_SET(realm->gone.tree, RMI_RTT_AUX_FLAGS_TREE_INDEX) |
			        RMI_RTT_AUX_MAP_FLAGS_BLOCK;
			return fuzz_put(fuzz_input(call, "rd"), realm->rd) &&
			       fuzz_put_page(f, call, ipa);
		}
	}
	return false;
}

static bool not_in_aux(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t size = fuzz_level_size(f, RMM_RTT_PAGE_LEVEL - 1);
	bool prot = call->command->fid == SMC_RMI_RTT_AUX_PROT_UNMAP;

	/* Seven blocks away from where anything is. */
	return call->realm && call->realm->num_trees > 1 &&
	       fuzz_put_page(f, call,
	                     7 * size + (prot ? 0 : UINT64_C(1) << (call->realm->s2sz - 1)));
}

static bool part_of_unprot_block(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[i];
		struct fuzz_entry entry;

		for (unsigned j = 0; realm->used && realm->aux_unprot && j < 3; j++) {
			uint64_t ipa = (UINT64_C(1) << (realm->s2sz - 1)) +
			               j * fuzz_level_size(f, RMM_RTT_PAGE_LEVEL - 1);

			if (!fuzz_peek(f, realm, ipa, RMM_RTT_PAGE_LEVEL, &entry) ||
			    entry.level == RMM_RTT_PAGE_LEVEL || entry.state != RMI_RTTE_DATA)
				continue;
			call->realm = realm;
			return fuzz_put(fuzz_input(call, "rd"), realm->rd) &&
			       fuzz_put_page(f, call, ipa);
		}
	}
	return false;
}

static bool table_is_shared(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[i];

		for (unsigned j = 0; realm->used && realm->aux_unprot && j < realm->num_tables;
		     j++) {
			const struct fuzz_table *t = &realm->tables[j];

			if (t->level != realm->start_level + 1 || !(t->ipa >> (realm->s2sz - 1)))
				continue;
			call->realm = realm;
			return fuzz_put(fuzz_input(call, "rd"), realm->rd) &&
			       fuzz_put(fuzz_input(call, "ipa"), t->ipa) &&
			       fuzz_put(fuzz_input(call, "level"), (uint64_t)(int64_t)t->level);
		}
	}
	return false;
}

static bool ripas_in_aux(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[i];

		for (unsigned j = 0; realm->used && realm->aux_prot && j < realm->num_recs; j++) {
			const struct fuzz_rec *rec = &realm->recs[j];

			if (rec->ripas_base > realm->aux_page || rec->ripas_top <= realm->aux_page)
				continue;
			call->realm = realm;
			return fuzz_put(fuzz_input(call, "rd"), realm->rd) &&
			       fuzz_put(fuzz_input(call, "rec"), rec->pa) &&
			       fuzz_put(fuzz_input(call, "base"), rec->ripas_base) &&
			       fuzz_put(fuzz_input(call, "top"), rec->ripas_top);
		}
	}
	return false;
}

/** A call that would succeed, as far as the notebook knows. */
static const struct fuzz_rec *put_s2ap(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[i];

		for (unsigned j = 0; realm->used && j < realm->num_recs; j++) {
			const struct fuzz_rec *rec = &realm->recs[j];

			if (rec->s2ap_top <= rec->s2ap_base)
				continue;
			call->realm = realm;
			fuzz_put(fuzz_input(call, "rd"), realm->rd);
			fuzz_put(fuzz_input(call, "rec"), rec->pa);
			fuzz_put(fuzz_input(call, "base"), rec->s2ap_base);
			fuzz_put(fuzz_input(call, "top"), rec->s2ap_top);
			return rec;
		}
	}
	return NULL;
}

bool fuzz_aim_waits_s2ap(struct fuzz *f)
{
	struct fuzz_call call = {0};

	return put_s2ap(f, &call) != NULL;
}

static bool s2ap_base(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_rec *rec = put_s2ap(f, call);

	if (rec && rec->s2ap_base && fuzz_chance(f, 50))
		return fuzz_put(fuzz_input(call, "base"), rec->s2ap_base - f->gsize);
	return rec && rec->s2ap_top - rec->s2ap_base > f->gsize &&
	       fuzz_put(fuzz_input(call, "base"), rec->s2ap_base + f->gsize);
}

static bool s2ap_top(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_rec *rec = put_s2ap(f, call);

	return rec && fuzz_put(fuzz_input(call, "top"), rec->s2ap_top + f->gsize);
}

/** The walk in the primary tree, or else in another one, ends at an entry beyond the range. */
static bool s2ap_early(struct fuzz *f, struct fuzz_call *call, bool primary)
{
	const struct fuzz_rec *rec = put_s2ap(f, call);
	uint64_t table;
	struct fuzz_entry entry;

	if (!rec || !fuzz_peek(f, call->realm, rec->s2ap_base, RMM_RTT_PAGE_LEVEL, &entry))
		return false;
	if (primary)
		return entry.level < RMM_RTT_PAGE_LEVEL;
	table = rec->s2ap_base & ~(fuzz_level_size(f, RMM_RTT_PAGE_LEVEL - 1) - 1);
	return entry.level == RMM_RTT_PAGE_LEVEL && call->realm->num_trees > 1 &&
	       !has_table(call->realm, table, RMM_RTT_PAGE_LEVEL, 1);
}

static bool s2ap_early_primary(struct fuzz *f, struct fuzz_call *call)
{
	return s2ap_early(f, call, true);
}

static bool s2ap_early_aux(struct fuzz *f, struct fuzz_call *call)
{
	return s2ap_early(f, call, false);
}

/** The rules of this file. */
const struct fuzz_rule fuzz_plane_rules[] = {
        {SMC_RMI_RTT_AUX_CREATE, "rtt_walk", aux_short_walk},
        {SMC_RMI_RTT_AUX_DESTROY, "rtt_walk", aux_short_walk},
        {SMC_RMI_RTT_AUX_FOLD, "rtt_walk", aux_short_walk},
        {SMC_RMI_RTT_AUX_CREATE, "rtte_state", aux_exists},
        {SMC_RMI_RTT_AUX_DESTROY, "rtte_state", aux_absent},
        {SMC_RMI_RTT_AUX_FOLD, "rtte_state", aux_absent},
        {SMC_RMI_RTT_AUX_DESTROY, "rtt_live", aux_exists},
        {SMC_RMI_RTT_AUX_FOLD, "rtt_homo", aux_exists},
        {0, "base_aux_align", aux_inside},
        {0, "invalid_pri", primary_void_stops},
        {0, "pri_ram", primary_not_ram},
        {SMC_RMI_RTT_AUX_PROT_MAP, "pri_state", primary_void_skipped},
        {SMC_RMI_RTT_AUX_UNPROT_MAP, "pri_state", primary_void},
        {0, "aux_destroyed", aux_destroyed},
        {SMC_RMI_RTT_AUX_PROT_MAP, "aux_size", aux_too_large},
        {SMC_RMI_RTT_AUX_UNPROT_MAP, "aux_size", unprot_too_large},
        {SMC_RMI_RTT_AUX_UNPROT_UNMAP, "aux_size", part_of_unprot_block},
        {SMC_RMI_RTT_AUX_PROT_UNMAP, "aux_size", not_in_aux},
        {0, "aux_state", not_in_aux},
        {0, "aux_ref", table_is_shared},
        {0, "aux_live", ripas_in_aux},
        {SMC_RMI_RTT_SET_S2AP, "base_bound", s2ap_base},
        {SMC_RMI_RTT_SET_S2AP, "top_bound", s2ap_top},
        {0, "base_align_pri", s2ap_early_primary},
        {0, "base_align_aux", s2ap_early_aux},
        {0},
};
