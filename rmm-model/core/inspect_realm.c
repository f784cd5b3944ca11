/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at realms: RDs, RECs, RTT trees, and what the Host donated for them. */
#include <string.h>

#include <rmm/inspect.h>

#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/rec.h"
#include "rtt/rtt.h"

static void tell_realm(struct rmm *rmm, const struct rd *rd, struct rmm_realm_info *info)
{
	static const char *const states[] = {
	        [REALM_NEW] = "REALM_NEW",
	        [REALM_ACTIVE] = "REALM_ACTIVE",
	        [REALM_SYSTEM_OFF] = "REALM_SYSTEM_OFF",
	        [REALM_ZOMBIE] = "REALM_ZOMBIE",
	};
	const struct granule *g = granule_at(rmm, rd->pa);

	*info = (struct rmm_realm_info){
	        .rd = rd->pa,
	        .state = states[rd->state],
	        .intermediate = granule_is_intermediate(g),
	        .vmid = rd->vmid,
	        .ipa_bits = rd->ipa_width,
	        .lpa2 = rd->lpa2,
	        .rtt_base = rd->rtt_base,
	        .rtt_level_start = rd->rtt_level_start,
	        .rtt_num_start = rd->rtt_num_start,
	        .num_trees = rd->num_trees,
	        .hash = (enum rmi_hash_algorithm)rd->hash_algo,
	        .hash_size = (size_t)EVP_MD_get_size(rmm->hash[rd->hash_algo]),
	        .recs = g->count,
	        .recs_running = stage2_count(rmm, rd),
	        .sros = (unsigned)rd->open_sros,
	        .donated = rd->aux.count,
	};
	memcpy(info->rim, rd->rim, sizeof(info->rim));
	memcpy(info->rem, rd->rem, sizeof(info->rem));
	memcpy(info->rpv, rd->rpv, sizeof(info->rpv));
	memcpy(info->instance_id, rd->instance_id, sizeof(info->instance_id));
}

bool rmm_inspect_realm(struct rmm *rmm, uint64_t from, struct rmm_realm_info *info)
{
	uint64_t pa = from;
	const char *state;

	while (rmm_next_held_granule(rmm, pa, &pa, &state)) {
		struct rd *rd = rd_lock_shared(rmm, pa);

		if (rd != NULL) {
			tell_realm(rmm, rd, info);
			rd_unlock_shared(rmm, rd);
			return true;
		}
		pa += rmm_granule_size(rmm);
	}
	return false;
}

/* The REC of an RD, which is locked, with the lowest index from a number on. */
static struct rec *next_rec(struct rmm *rmm, const struct rd *rd, uint64_t from)
{
	struct rec *found = NULL;

	for (uint64_t pa = rd->first_rec; pa != REC_LIST_END;) {
		struct rec *rec = granule_map(rmm, pa);
		uint64_t index = rmi_rec_index(rec->mpidr);

		if (index >= from && (found == NULL || index < rmi_rec_index(found->mpidr)))
			found = rec;
		pa = rec->next;
	}
	return found;
}

/* What is true of a REC that no PE runs; the REC and its RD are locked. */
static void tell_ready_rec(const struct rec *rec, struct rmm_rec_info *info)
{
	static const char *const pending[] = {
	        [REC_PENDING_NONE] = "REC_PENDING_NONE",
	        [REC_PENDING_HOST_CALL] = "REC_PENDING_HOST_CALL",
	        [REC_PENDING_PSCI] = "REC_PENDING_PSCI",
	};

	info->s2ap_base = rec->s2ap_addr;
	info->s2ap_top = rec->s2ap_top;
	info->s2ap_overlay = rec->s2ap_overlay_index;
	info->pending = pending[rec->pending];
	info->emulatable_abort = rec->emulatable_abort;
	info->pc = rec->regs.pc;
	if (rec->last_exit != REC_LAST_RIPAS_CHANGE)
		return;
	info->ripas_base = rec->ripas_addr;
	info->ripas_top = rec->ripas_top;
	info->ripas = rec->ripas_value;
}

/* The REC and its RD are locked, shared at least. */
static void tell_rec(struct rmm *rmm, const struct rec *rec, struct rmm_rec_info *info)
{
	bool running = atomic_load_explicit(&rec->state, memory_order_acquire) == REC_RUNNING;

	*info = (struct rmm_rec_info){
	        .rec = rec->pa,
	        .rd = rec->owner,
	        .index = rmi_rec_index(rec->mpidr),
	        .mpidr = rec->mpidr,
	        .state = running ? "REC_RUNNING" : "REC_READY",
	        .runnable = rec->runnable,
	        .intermediate = granule_is_intermediate(granule_at(rmm, rec->pa)),
	        .donated = rec->aux.count,
	        .pending = "REC_PENDING_NONE",
	};
	/* The lock keeps a REC that is ready from being entered. */
	if (!running)
		tell_ready_rec(rec, info);
}

/* PA of the REC to tell next; the REC may be gone when the caller comes to it. */
static bool find_rec(struct rmm *rmm, uint64_t rd_pa, uint64_t from, uint64_t *pa)
{
	struct rd *rd = rd_lock_shared(rmm, rd_pa);
	const struct rec *rec;

	if (rd == NULL)
		return false;
	rec = next_rec(rmm, rd, from);
	if (rec != NULL)
		*pa = rec->pa;
	rd_unlock_shared(rmm, rd);
	return rec != NULL;
}

bool rmm_inspect_rec(struct rmm *rmm, uint64_t rd_pa, uint64_t from, struct rmm_rec_info *info)
{
	uint64_t pa = 0;

	/* A REC is locked before its RD, and is looked up again under both locks. */
	while (find_rec(rmm, rd_pa, from, &pa)) {
		struct granule *g = granule_at(rmm, pa);
		bool found = false;
		struct rd *rd;

		if (!granule_lock_shared(g, GRAN_REC))
			continue;
		rd = rd_lock_shared(rmm, rd_pa);
		if (rd != NULL) {
			const struct rec *rec = next_rec(rmm, rd, from);

			found = rec != NULL && rec->pa == pa;
			if (found)
				tell_rec(rmm, rec, info);
			rd_unlock_shared(rmm, rd);
		}
		granule_unlock_shared(g);
		if (found)
			return true;
	}
	return false;
}

/* The n-th piece of a chain that is locked. */
static bool donation(struct rmm *rmm, const struct sro_memory *memory, uint64_t n,
                     struct rmm_donation_info *info)
{
	uint64_t piece = 0;
	bool found = false;

	for (uint64_t pa = memory->first, left = memory->count; left != 0;) {
		const struct sro_run *run = granule_map(rmm, pa);
		uint64_t size = run->count << rmm->gshift;

		left -= run->count;
		if (found && pa == info->pa + info->size) {
			info->size += size;
		} else {
			if (found && piece++ == n)
				return true;
			*info = (struct rmm_donation_info){.pa = pa, .size = size};
			found = true;
		}
		pa = run->next;
	}
	return found && piece == n;
}

bool rmm_inspect_donation(struct rmm *rmm, uint64_t object, uint64_t n,
                          struct rmm_donation_info *info)
{
	struct granule *g = granule_at(rmm, object);
	struct rd *rd = rd_lock_shared(rmm, object);
	bool found = false;

	if (rd != NULL) {
		found = donation(rmm, &rd->aux, n, info);
		rd_unlock_shared(rmm, rd);
	} else if (g != NULL && pa_is_granule_aligned(rmm, object) &&
	           granule_lock_shared(g, GRAN_REC)) {
		if (!granule_is_intermediate(g))
			found = donation(rmm, &((const struct rec *)granule_map(rmm, object))->aux,
			                 n, info);
		granule_unlock_shared(g);
	}
	return found;
}

/* Where a walk of a tree goes on. @return false at its end */
static bool next_entry(const struct rmm *rmm, const struct rd *rd, const struct rmm_rtt_info *info,
                       uint64_t *ipa, int *level)
{
	int start = rd->rtt_level_start;

	*ipa = 0;
	*level = start;
	if (info->entries == 0)
		return true;
	*ipa = info->is_table ? info->base : info->top;
	*level = info->is_table ? info->level + 1 : info->level;
	/* Another realm may have this RD now. */
	if (*level < start)
		*level = start;
	if (*level > RMM_RTT_PAGE_LEVEL)
		*level = RMM_RTT_PAGE_LEVEL;
	/* Behind the last entry of an RTT the one above goes on. */
	while (!info->is_table && *level > start && ipa_is_level_aligned(rmm, *ipa, *level - 1))
		(*level)--;
	return ipa_is_valid(rd, *ipa);
}

/* Number of entries from the one of a walk on that say the same. */
static unsigned count_equal(struct rmm *rmm, const struct rd *rd, const struct rtt_walk *walk,
                            uint64_t base)
{
	const uint64_t *end = rtt_entries(rmm, walk->rtt) + rtt_num_entries(rmm);
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk->level);
	uint64_t step = rtte_is_mapping(walk->rtte) ? size : 0;
	bool is_protected = ipa_is_protected(rd, base);
	unsigned n = 1;

	if (rtte_state(walk->rtte) == RTTE_TABLE)
		return 1;
	while (walk->entry + n < end && walk->entry[n] == walk->rtte + n * step &&
	       ipa_is_valid(rd, base + n * size) &&
	       ipa_is_protected(rd, base + n * size) == is_protected)
		n++;
	return n;
}

static const char *entry_name(uint64_t rtte, bool is_protected)
{
	switch (rtte_state(rtte)) {
	case RTTE_DATA:
		return "RTTE_DATA";
	case RTTE_TABLE:
		return "RTTE_TABLE";
	case RTTE_MAPPED_NS:
		return "RTTE_MAPPED_NS";
	case RTTE_AUX_DESTROYED:
		return "RTTE_AUX_DESTROYED";
	case RTTE_VOID:
		break;
	}
	return is_protected ? "RTTE_VOID" : "RTTE_UNMAPPED_NS";
}

static void tell_entries(struct rmm *rmm, const struct rd *rd, const struct rtt_walk *walk,
                         uint64_t ipa, struct rmm_rtt_info *info)
{
	uint64_t size = rmi_rtt_level_size(rmm->gshift, walk->level);
	uint64_t base = ipa & ~(size - 1);
	uint64_t rtte = walk->rtte;
	unsigned entries = count_equal(rmm, rd, walk, base);
	bool is_protected = ipa_is_protected(rd, base);
	bool is_table = rtte_state(rtte) == RTTE_TABLE;

	*info = (struct rmm_rtt_info){
	        .base = base,
	        .top = base + entries * size,
	        .level = walk->level,
	        .rtt = walk->rtt,
	        .entries = entries,
	        .is_protected = is_protected,
	        .state = entry_name(rtte, is_protected),
	        .is_table = is_table,
	        .is_mapping = rtte_is_mapping(rtte),
	        .pa = is_table || rtte_is_mapping(rtte) ? rtte_addr(rtte) : RMM_INSPECT_NONE,
	        .ripas = is_protected && !is_table ? rtte_ripas(rtte) : RMI_RIPAS_EMPTY,
	};
	if (rtte_state(rtte) == RTTE_MAPPED_NS)
		info->memattr = (unsigned)RMI_FIELD_GET(rtte, RTTE_MEMATTR);
	if (!is_table)
		info->s2ap = (unsigned)RMI_FIELD_GET(rtte, RTTE_S2AP);
}

bool rmm_inspect_rtt(struct rmm *rmm, uint64_t rd_pa, unsigned tree, struct rmm_rtt_info *info)
{
	struct rd *rd = rd_lock_shared(rmm, rd_pa);
	uint64_t ipa;
	bool found;
	int level;

	if (rd == NULL)
		return false;
	found = tree < rd->num_trees && next_entry(rmm, rd, info, &ipa, &level);
	if (found) {
		struct rtt_walk walk = rtt_walk_tree(rmm, rd, ipa, level, tree);

		tell_entries(rmm, rd, &walk, ipa, info);
	}
	rd_unlock_shared(rmm, rd);
	return found;
}
