/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmm_check(): walks all objects, and holds what it meets against the granule table. Every granule
 * must be what the objects say, and no granule may be claimed that nobody knows.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/rmm.h"
#include "granule/gpt.h"
#include "granule/tracking.h"
#include "realm/realm.h"
#include "rec/rec.h"
#include "rtt/rtt.h"

/* What the objects account for, by state. */
struct census {
	struct rmm *rmm;
	struct rmi_error *err;
	uint64_t met[GRAN_NUM_STATES];
	bool good;
};

static void complain(struct census *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void complain(struct census *c, const char *fmt, ...)
{
	va_list args;

	if (c->good && c->err != NULL) {
		va_start(args, fmt);
		vsnprintf(c->err->text, sizeof(c->err->text), fmt, args);
		va_end(args);
	}
	c->good = false;
}

/* An object says that this granule is in this state. */
static bool expect(struct census *c, uint64_t pa, enum granule_state state, const char *who)
{
	if (granule_is(c->rmm, pa, state)) {
		c->met[state]++;
		return true;
	}
	complain(c, "%s at 0x%llx is no %s", who, (unsigned long long)pa,
	         granule_state_name(state));
	return false;
}

static void check_chain(struct census *c, const struct sro_memory *memory)
{
	uint64_t pa = memory->count != 0 ? memory->first : SRO_CHAIN_END;
	uint64_t count = 0;

	while (pa != SRO_CHAIN_END && count < memory->count) {
		const struct sro_run *run = granule_map(c->rmm, pa);

		for (uint64_t i = 0; i < run->count; i++)
			expect(c, pa + (i << c->rmm->gshift), GRAN_INTERNAL, "donated granule");
		count += run->count;
		pa = run->next;
	}
	if (count != memory->count)
		complain(c, "%llu donated granules instead of %llu", (unsigned long long)count,
		         (unsigned long long)memory->count);
}

static void check_rtt(struct census *c, uint64_t rtt, int level);

static void check_entry(struct census *c, uint64_t rtte, int level)
{
	struct rmm *rmm = c->rmm;
	uint64_t size = rmi_rtt_level_size(rmm->gshift, level);

	switch (rtte_state(rtte)) {
	case RTTE_TABLE:
		if (level == RMM_RTT_PAGE_LEVEL)
			complain(c, "a table below the last level");
		else if (expect(c, rtte_addr(rtte), GRAN_RTT, "RTT"))
			check_rtt(c, rtte_addr(rtte), level + 1);
		break;
	case RTTE_DATA:
		for (uint64_t at = 0; at < size; at += rmm_granule_size(rmm))
			expect(c, rtte_addr(rtte) + at, GRAN_DATA, "DATA");
		break;
	case RTTE_AUX_DESTROYED:
		complain(c, "AUX_DESTROYED in a primary tree");
		break;
	case RTTE_MAPPED_NS:
	case RTTE_VOID:
		break;
	}
}

static void check_rtt(struct census *c, uint64_t rtt, int level)
{
	const uint64_t *entries = rtt_entries(c->rmm, rtt);
	uint64_t count = rtt_num_entries(c->rmm);
	uint32_t live = 0;

	for (uint64_t i = 0; i < count; i++) {
		if (rtte_state(entries[i]) == RTTE_VOID)
			continue;
		live += rtte_is_live_in_rtt(entries[i]);
		check_entry(c, entries[i], level);
	}
	if (live != granule_at(c->rmm, rtt)->count)
		complain(c, "RTT 0x%llx has %u live entries, its granule says %u",
		         (unsigned long long)rtt, live, granule_at(c->rmm, rtt)->count);
}

/* What an auxiliary tree maps is what the primary tree maps, as RAM. */
static void check_aux_data(struct census *c, const struct rd *rd, uint64_t rtte, int level,
                           uint64_t ipa)
{
	struct rmm *rmm = c->rmm;
	uint64_t size = rmi_rtt_level_size(rmm->gshift, level);

	for (uint64_t at = 0; at < size; at += rmm_granule_size(rmm)) {
		struct rtt_walk pri = rtt_walk(rmm, rd, ipa + at, RMM_RTT_PAGE_LEVEL);
		uint64_t offset = (ipa + at) & (rmi_rtt_level_size(rmm->gshift, pri.level) - 1);

		if (rtte_state(pri.rtte) == RTTE_DATA && rtte_ripas(pri.rtte) == RMI_RIPAS_RAM &&
		    rtte_addr(pri.rtte) + offset == rtte_addr(rtte) + at)
			continue;
		complain(c, "an auxiliary tree maps IPA 0x%" PRIx64 ", the primary tree does not",
		         ipa + at);
		break;
	}
}

static void check_aux_rtt(struct census *c, const struct rd *rd, uint64_t rtt, int level,
                          uint64_t ipa);

static void check_aux_entry(struct census *c, const struct rd *rd, uint64_t rtte, int level,
                            uint64_t ipa)
{
	bool table = rtte_state(rtte) == RTTE_TABLE;
	bool protected = ipa_is_protected(rd, ipa);

	if (table && !protected) {
		if (rtt_walk(c->rmm, rd, ipa, level).rtte != rtte)
			complain(c, "an auxiliary tree has an Unprotected RTT of its own");
	} else if (table && expect(c, rtte_addr(rtte), GRAN_RTT, "auxiliary RTT")) {
		check_aux_rtt(c, rd, rtte_addr(rtte), level + 1, ipa);
	} else if (rtte_state(rtte) == RTTE_DATA) {
		check_aux_data(c, rd, rtte, level, ipa);
	}
}

static void check_aux_rtt(struct census *c, const struct rd *rd, uint64_t rtt, int level,
                          uint64_t ipa)
{
	const uint64_t *entries = rtt_entries(c->rmm, rtt);
	uint64_t size = rmi_rtt_level_size(c->rmm->gshift, level);
	uint32_t live = 0;

	for (uint64_t i = 0; i < rtt_num_entries(c->rmm); i++) {
		if (entries[i] == 0)
			continue;
		live += rtte_is_live_in_rtt(entries[i]);
		check_aux_entry(c, rd, entries[i], level, ipa + i * size);
	}
	if (live != granule_at(c->rmm, rtt)->count)
		complain(c, "auxiliary RTT 0x%llx has %u live entries, its granule says %u",
		         (unsigned long long)rtt, live, granule_at(c->rmm, rtt)->count);
}

static void check_aux_trees(struct census *c, const struct rd *rd)
{
	struct rmm *rmm = c->rmm;
	uint64_t size = rmi_rtt_level_size(rmm->gshift, rd->rtt_level_start - 1);

	for (unsigned tree = 1; tree < rd->num_trees; tree++) {
		for (uint64_t i = 0; i < rd->rtt_num_start; i++) {
			uint64_t rtt = realm_tree_base(rd, tree) + (i << rmm->gshift);

			if (expect(c, rtt, GRAN_RTT, "auxiliary starting-level RTT"))
				check_aux_rtt(c, rd, rtt, rd->rtt_level_start, i * size);
		}
	}
}

static void check_recs(struct census *c, const struct rd *rd)
{
	uint64_t pa = rd->first_rec;
	uint32_t count = 0;

	while (pa != REC_LIST_END && expect(c, pa, GRAN_REC, "REC")) {
		const struct rec *rec = granule_map(c->rmm, pa);

		if (rec->pa != pa || rec->owner != rd->pa)
			complain(c, "REC 0x%llx does not know itself", (unsigned long long)pa);
		check_chain(c, &rec->aux);
		pa = rec->next;
		if (++count > granule_at(c->rmm, rd->pa)->count)
			break;
	}
	if (count != granule_at(c->rmm, rd->pa)->count)
		complain(c, "RD 0x%llx has %u RECs, its granule says %u",
		         (unsigned long long)rd->pa, count, granule_at(c->rmm, rd->pa)->count);
}

static void check_rd(struct census *c, uint64_t pa)
{
	const struct rd *rd = granule_map(c->rmm, pa);

	c->met[GRAN_RD]++;
	if (rd->pa != pa) {
		complain(c, "RD 0x%llx does not know itself", (unsigned long long)pa);
		return;
	}
	for (uint32_t i = 0; i < rd->rtt_num_start; i++) {
		uint64_t rtt = rd->rtt_base + ((uint64_t)i << c->rmm->gshift);

		if (expect(c, rtt, GRAN_RTT, "starting-level RTT"))
			check_rtt(c, rtt, rd->rtt_level_start);
	}
	check_aux_trees(c, rd);
	check_recs(c, rd);
	check_chain(c, &rd->aux);
}

/*
 * Regions and L0 entries that are open belong to an operation; the granules of a coarse region have
 * one state, but for L1 GPTs, and an untracked one has nothing that was delegated.
 */
static void check_region(struct census *c, uint64_t region)
{
	struct rmm *rmm = c->rmm;
	uint64_t base = (rmm->tracking.first + region) << rmm->tracking.shift;
	enum rmi_tracking_region_state state = tracking_state_of(rmm, region);
	struct granule_census count;
	uint64_t most = 0;

	check_chain(c, &rmm->tracking.memory[region]);
	if (state == RMI_TRACKING_FINE || state == RMI_TRACKING_INTERMEDIATE)
		return;
	granule_census(rmm, base, rmm->tracking_region_size, &count);
	for (unsigned i = 0; i < GRAN_NUM_STATES; i++) {
		bool allowed = state == RMI_TRACKING_COARSE || i == GRAN_UNDELEGATED;

		if (allowed && count.count[i] > most && i != GRAN_INTERNAL)
			most = count.count[i];
	}
	if (most + count.count[GRAN_INTERNAL] != count.total)
		complain(c, "the region at 0x%llx has granules in several states",
		         (unsigned long long)base);
}

static void check_regions(struct census *c)
{
	struct rmm *rmm = c->rmm;
	uint64_t not_fine = 0;
	uint64_t not_table = 0;
	unsigned open = 0;

	for (uint64_t i = 0; i < rmm->tracking.count; i++) {
		enum rmi_tracking_region_state state = tracking_state_of(rmm, i);

		check_region(c, i);
		not_fine += state != RMI_TRACKING_FINE;
		open += state == RMI_TRACKING_INTERMEDIATE;
	}
	for (uint64_t i = 0; i < gpt_l0_count(rmm); i++) {
		enum gpt_l0_state state =
		        gpt_l0_state(rmm, rmm->config.dram_base + (i << GPT_L0_SHIFT));

		check_chain(c, &rmm->gpt.l0[i].memory);
		not_table += state != GPT_L0_ENTRY_TABLE;
		open += state == GPT_L0_ENTRY_INTERMEDIATE;
	}
	if (open != rmm->open_globals)
		complain(c, "%u regions are intermediate, %u operations open", open,
		         rmm->open_globals);
	if (not_fine != rmm->tracking.not_fine || not_table != rmm->gpt.not_table)
		complain(c, "the number of fine regions or of L1 GPTs is not right");
	if (atomic_load(&rmm->all_fine) !=
	    (atomic_load(&rmm->state) == RMM_STATE_ACTIVE && not_fine == 0 && not_table == 0))
		complain(c, "all_fine is not right");
}

/* RECs that are being created belong to no list yet. */
static void check_sro(struct census *c, const struct sro *sro)
{
	uint64_t pa = REC_LIST_END;
	bool listed = false;

	check_chain(c, &sro->memory);
	if (sro->command->fid != SMC_RMI_REC_CREATE)
		return;
	/* RMM_QUIRK_REC_CREATE_LATE_ERRORS: there may be no such Realm. */
	if (granule_is(c->rmm, sro->rd, GRAN_RD))
		pa = ((const struct rd *)granule_map(c->rmm, sro->rd))->first_rec;
	for (; pa != REC_LIST_END && !listed;
	     pa = ((const struct rec *)granule_map(c->rmm, pa))->next)
		listed = pa == sro->rec;
	if (!listed)
		expect(c, sro->rec, GRAN_REC, "REC under creation");
}

bool rmm_check(struct rmm *rmm, struct rmi_error *err)
{
	struct census c = {.rmm = rmm, .err = err, .good = true};
	uint64_t held[GRAN_NUM_STATES] = {0};
	uint64_t pa = 0;
	const char *name;

	while (rmm_next_held_granule(rmm, pa, &pa, &name)) {
		enum granule_state state = granule_state(granule_at(rmm, pa));

		held[state]++;
		if (state == GRAN_RD)
			check_rd(&c, pa);
		pa += rmm_granule_size(rmm);
	}
	for (unsigned i = 0; i < rmm->sro.count; i++) {
		if (rmm->sro.contexts[i].used)
			check_sro(&c, &rmm->sro.contexts[i]);
	}
	check_regions(&c);
	check_chain(&c, &rmm->aux);
	c.met[GRAN_DELEGATED] = held[GRAN_DELEGATED];
	for (unsigned i = 0; i < GRAN_NUM_STATES; i++) {
		if (held[i] != c.met[i])
			complain(&c, "%llu granules are %s, objects account for %llu",
			         (unsigned long long)held[i],
			         granule_state_name((enum granule_state)i),
			         (unsigned long long)c.met[i]);
	}
	if (atomic_load(&rmm->num_realms) != held[GRAN_RD])
		complain(&c, "%llu realms, but %llu RDs",
		         (unsigned long long)atomic_load(&rmm->num_realms),
		         (unsigned long long)held[GRAN_RD]);
	return c.good;
}
