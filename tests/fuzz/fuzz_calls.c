/* SPDX-License-Identifier: BSD-3-Clause */
/* Which command, and arguments that make sense for it. */
#include "fuzz.h"

typedef void draw_fn(struct fuzz *f, struct fuzz_call *call);

static uint64_t align(uint64_t value, uint64_t size)
{
	return value & ~(size - 1);
}

/** A Realm whose RD is filled in; without one, any granule. */
static struct fuzz_realm *with_rd(struct fuzz *f, struct fuzz_call *call, enum fuzz_wish wish)
{
	call->realm = fuzz_realm(f, wish);
	call->in.x[1] = call->realm ? call->realm->rd : fuzz_granule(f, FUZZ_RD);
	return call->realm;
}

static void draw_table(struct fuzz *f, struct fuzz_call *call)
{
	(void)f;
	for (unsigned i = 0; call->command && call->command->in[i].name; i++)
		call->in.x[i + 1] = fuzz_value(f, call->command->in[i].type);
}

static void draw_version(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[1] = fuzz_chance(f, 70) ? RMI_ABI_VERSION : fuzz_value(f, RMI_ARG_VERSION);
}

static void draw_features(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[1] = fuzz_below(f, 7);
}

/** How many granules a range has: one as a rule. */
static uint64_t some(struct fuzz *f)
{
	return fuzz_chance(f, 60) ? 1 : 1 + fuzz_below(f, fuzz_chance(f, 80) ? 8 : 600);
}

static void draw_delegate(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t block = rmi_rtt_level_size(f->gshift, 2);

	if (fuzz_chance(f, 5) && block <= f->num_granules * f->gsize / 2) {
		/* For mappings of whole blocks. */
		call->in.x[1] = f->base + (f->num_granules * f->gsize) -
		                block * (1 + fuzz_below(f, FUZZ_BLOCKS));
		call->in.x[2] = call->in.x[1] + block;
		return;
	}
	call->in.x[1] = fuzz_granule(f, FUZZ_NS);
	call->in.x[2] = call->in.x[1] + some(f) * f->gsize;
}

static void draw_undelegate(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[1] = fuzz_granule(f, FUZZ_DELEGATED);
	call->in.x[2] = call->in.x[1] + some(f) * f->gsize;
}

static void draw_activate(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = with_rd(f, call, FUZZ_NEW);

	/* A Realm that has nothing to run yet is better left alone. */
	if (realm && realm->num_recs < 2 && !f->aiming && fuzz_chance(f, 95))
		call->in.x[1] = fuzz_granule(f, FUZZ_REC);
}

/** Ends a Realm that is meant to go, and now and then one that is not. */
static void draw_terminate(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = with_rd(f, call, FUZZ_DYING);

	if (realm && !realm->dying && !f->aiming && fuzz_chance(f, 70))
		call->in.x[1] = fuzz_granule(f, FUZZ_RTT);
}

static void draw_rtt_create(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = with_rd(f, call, fuzz_chance(f, 60) ? FUZZ_NEW : FUZZ_ACTIVE);
	uint64_t ipa = fuzz_ipa(f, realm, fuzz_chance(f, 65));
	int level = realm ? realm->start_level + 1 : 2;

	/* Many tables make the walk after each call long. */
	if (realm && realm->num_tables >= FUZZ_SOME_TABLES && !f->aiming && fuzz_chance(f, 95)) {
		call->in.x[0] = SMC_RMI_RTT_READ_ENTRY;
		call->command = rmi_command_find(f->revision, SMC_RMI_RTT_READ_ENTRY);
		call->in.x[2] = align(ipa, rmi_rtt_level_size(f->gshift, RMM_RTT_PAGE_LEVEL));
		call->in.x[3] = RMM_RTT_PAGE_LEVEL;
		return;
	}

	/* The first level that has no table yet, as far as the notebook knows. */
	for (; realm && level < RMM_RTT_PAGE_LEVEL; level++) {
		uint64_t base = align(ipa, rmi_rtt_level_size(f->gshift, level - 1));
		bool found = false;

		for (unsigned i = 0; i < realm->num_tables; i++)
			found |= realm->tables[i].level == level && realm->tables[i].ipa == base;
		if (!found)
			break;
	}
	call->in.x[2] = fuzz_granule(f, FUZZ_DELEGATED);
	call->in.x[3] = align(ipa, rmi_rtt_level_size(f->gshift, level - 1));
	call->in.x[4] = (uint64_t)(int64_t)level;
}

static void draw_rtt_destroy(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = with_rd(f, call, fuzz_chance(f, 60) ? FUZZ_DYING : FUZZ_ANY);
	struct fuzz_table table = {fuzz_ipa(f, realm, true), RMM_RTT_PAGE_LEVEL, 0};

	if (realm && realm->num_tables) {
		/* Of two tables the lower one: the upper one is more likely to be in use. */
		struct fuzz_table other = realm->tables[fuzz_below(f, realm->num_tables)];

		table = realm->tables[fuzz_below(f, realm->num_tables)];
		if (other.level > table.level)
			table = other;
	}
	call->in.x[2] = align(table.ipa, rmi_rtt_level_size(f->gshift, table.level - 1));
	call->in.x[3] = (uint64_t)(int64_t)table.level;
}

static void draw_read_entry(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = with_rd(f, call, FUZZ_ANY);
	int level = realm ? realm->start_level : 1;

	level += (int)fuzz_below(f, (uint64_t)(RMM_RTT_PAGE_LEVEL - level + 1));
	call->in.x[2] =
	        align(fuzz_ipa(f, realm, fuzz_chance(f, 65)), rmi_rtt_level_size(f->gshift, level));
	call->in.x[3] = (uint64_t)(int64_t)level;
}

static void draw_map_init(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = with_rd(f, call, FUZZ_NEW);

	call->in.x[2] = fuzz_granule(f, FUZZ_DELEGATED);
	call->in.x[3] = fuzz_ipa(f, realm, true);
	call->in.x[4] = fuzz_scratch(f);
	call->in.x[5] = fuzz_below(f, 2);
}

uint64_t fuzz_desc(struct fuzz *f, uint64_t pa, uint64_t count, enum rmi_addr_block_size size,
                   bool ns)
{
	struct rmi_addr_range_desc d = {
	        .base = pa,
	        .count = count,
	        .size = size,
	        .state = ns ? RMI_OP_MEM_UNDELEGATED : RMI_OP_MEM_DELEGATED,
	};

	return rmi_addr_range_desc_encode(f->revision, f->gshift, d);
}

/** Output addresses for count granules: one descriptor, or a list of one each. */
static uint64_t addresses(struct fuzz *f, struct fuzz_call *call, uint64_t count, bool ns)
{
	enum fuzz_granule state = ns ? FUZZ_NS : FUZZ_DELEGATED;
	uint64_t list = fuzz_scratch(f);
	uint64_t *entries;

	if (fuzz_chance(f, 60) || !list) {
		call->in.x[4] |= RMI_ADDR_TYPE_SINGLE;
		return fuzz_desc(f, fuzz_granule(f, state), count, RMI_PAGE_L3, ns);
	}
	entries = fuzz_va(f, list);
	for (uint64_t i = 0; i < count && i < f->gsize / 8; i++) {
		entries[i] = fuzz_desc(f, fuzz_granule(f, state), 1, RMI_PAGE_L3, ns);
		if (fuzz_chance(f, 2))
			entries[i] = fuzz_edge(f);
	}
	call->in.x[4] |= RMI_ADDR_TYPE_LIST | RMI_FIELD_SET(count, RMI_RTT_MAP_FLAGS_LIST_COUNT);
	return list;
}

static void map(struct fuzz *f, struct fuzz_call *call, bool ns)
{
	struct fuzz_realm *realm = with_rd(f, call, fuzz_chance(f, 40) ? FUZZ_NEW : FUZZ_ACTIVE);
	uint64_t block = rmi_rtt_level_size(f->gshift, 2);
	uint64_t count = some(f);

	call->in.x[2] = fuzz_ipa(f, realm, !ns);
	if (fuzz_chance(f, fuzz_first_block(f) < f->num_granules ? 45 : 15) &&
	    block <= f->num_granules * f->gsize / 2) {
		uint64_t pa = fuzz_granules(f, ns ? FUZZ_NS : FUZZ_DELEGATED, block >> f->gshift);

		call->in.x[2] = align(call->in.x[2], block) + block * fuzz_below(f, 3);
		call->in.x[3] = call->in.x[2] + block;
		call->in.x[4] |= RMI_ADDR_TYPE_SINGLE;
		call->in.x[5] = fuzz_desc(f, pa ? pa : f->base, 1, RMI_BLOCK_L2, ns);
		return;
	}
	call->in.x[3] = call->in.x[2] + count * f->gsize;
	call->in.x[5] = addresses(f, call, count, ns);
}

static void draw_data_map(struct fuzz *f, struct fuzz_call *call)
{
	map(f, call, false);
}

static void draw_unprot_map(struct fuzz *f, struct fuzz_call *call)
{
	static const uint64_t attributes[] = {RMI_MEMATTR_NORMAL_WB, RMI_MEMATTR_NORMAL_NC,
	                                      RMI_MEMATTR_DEVICE_nGnRE, 0, 4};

	call->in.x[4] =
	        RMI_FIELD_SET(attributes[fuzz_below(f, 5)], RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	        RMI_FIELD_SET(fuzz_chance(f, 80) ? 3 : fuzz_below(f, 16),
	                      RMI_RTT_UNPROT_MAP_FLAGS_S2AP);
	map(f, call, true);
}

static void unmap(struct fuzz *f, struct fuzz_call *call, bool prot)
{
	struct fuzz_realm *realm = with_rd(f, call, fuzz_chance(f, 50) ? FUZZ_DYING : FUZZ_ANY);
	uint64_t list = fuzz_scratch(f);

	call->in.x[2] = fuzz_ipa(f, realm, prot);
	if (realm && realm->dying && (!realm->num_tables || fuzz_chance(f, 20))) {
		uint64_t half = UINT64_C(1) << (realm->s2sz - 1);

		call->in.x[2] = prot ? 0 : half;
		call->in.x[3] = call->in.x[2] + half;
		return;
	}
	if (realm && realm->dying) {
		/* All that a table maps. */
		const struct fuzz_table *t = &realm->tables[fuzz_below(f, realm->num_tables)];

		call->in.x[2] = t->ipa;
		call->in.x[3] = t->ipa + rmi_rtt_level_size(f->gshift, t->level - 1);
		return;
	}
	if (fuzz_chance(f, 10))
		call->in.x[2] = align(call->in.x[2], rmi_rtt_level_size(f->gshift, 2));
	call->in.x[3] = call->in.x[2] + some(f) * f->gsize;
	call->in.x[4] = fuzz_below(f, 3);
	if (call->in.x[4] == RMI_ADDR_TYPE_LIST && list)
		call->in.x[5] = list;
}

static void draw_data_unmap(struct fuzz *f, struct fuzz_call *call)
{
	unmap(f, call, true);
}

static void draw_unprot_unmap(struct fuzz *f, struct fuzz_call *call)
{
	unmap(f, call, false);
}

static void draw_init_ripas(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = with_rd(f, call, FUZZ_NEW);

	call->in.x[2] = fuzz_ipa(f, realm, true);
	if (fuzz_chance(f, 20))
		call->in.x[2] = align(call->in.x[2], rmi_rtt_level_size(f->gshift, 2));
	call->in.x[3] = call->in.x[2] + some(f) * f->gsize;
}

/** A REC of the Realm; any granule when there is none. */
static uint64_t some_rec(struct fuzz *f, const struct fuzz_realm *realm)
{
	if (realm && realm->num_recs)
		return realm->recs[fuzz_below(f, realm->num_recs)].pa;
	return fuzz_granule(f, FUZZ_REC);
}

static void draw_rec_destroy(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = fuzz_realm(f, FUZZ_DYING);

	call->in.x[1] = some_rec(f, realm);
	/* What a REC waits for may go away. */
	if (!f->aiming && fuzz_chance(f, 10)) {
		uint64_t target = fuzz_psci_target(f);

		if (target) {
			call->in.x[1] = target;
			return;
		}
	}
	if (realm && !realm->dying && !f->aiming && fuzz_chance(f, 85))
		call->in.x[1] = fuzz_granule(f, FUZZ_DATA);
}

/** Turns a call into another one, as if that had been drawn. */
static void instead(struct fuzz *f, struct fuzz_call *call, uint32_t fid, draw_fn *draw)
{
	call->in = (struct smccc_regs){.x = {fid}};
	call->command = rmi_command_find(f->revision, fid);
	draw(f, call);
}

/** As a rule first what has to go before the Realm can. */
static void draw_realm_destroy(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_realm *realm = with_rd(f, call, FUZZ_DYING);

	if (!realm || !realm->dying || f->aiming || fuzz_chance(f, 15))
		return;
	if (!realm->zombie)
		instead(f, call, SMC_RMI_REALM_TERMINATE, draw_terminate);
	else if (realm->num_recs)
		instead(f, call, SMC_RMI_REC_DESTROY, draw_rec_destroy);
	else if (realm->num_trees > 1 && fuzz_chance(f, 30))
		instead(f, call, SMC_RMI_RTT_AUX_DESTROY, fuzz_draw_aux_table);
	else if (realm->num_trees > 1 && fuzz_chance(f, 30))
		instead(f, call, SMC_RMI_RTT_AUX_PROT_UNMAP, fuzz_draw_aux_map);
	else if (realm->aux_unprot && fuzz_chance(f, 30))
		instead(f, call, SMC_RMI_RTT_AUX_UNPROT_UNMAP, fuzz_draw_aux_map);
	else if (realm->num_tables && fuzz_chance(f, 50))
		instead(f, call, SMC_RMI_RTT_DESTROY, draw_rtt_destroy);
	else if (realm->num_tables)
		instead(f, call, SMC_RMI_RTT_DATA_UNMAP, draw_data_unmap);
}

static void draw_nothing(struct fuzz *f, struct fuzz_call *call)
{
	(void)f;
	(void)call;
}

static void draw_tracking_get(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[1] = fuzz_region(f, fuzz_below(f, 3));
}

static void draw_tracking_set(struct fuzz *f, struct fuzz_call *call)
{
	/* A region that is not finely tracked is of little use. */
	call->in.x[1] = fuzz_region(f, fuzz_below(f, 2));
	call->in.x[2] = RMI_MEM_CATEGORY_CONVENTIONAL;
	call->in.x[3] = fuzz_chance(f, 80) ? RMI_TRACKING_FINE : 1 + fuzz_below(f, 3);
	if (call->in.x[1] > f->base && fuzz_chance(f, 90))
		call->in.x[3] = RMI_TRACKING_COARSE;
}

static void draw_gpt_l1(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[1] = align(f->base + (fuzz_below(f, 2) << 30), UINT64_C(1) << 30);
	if (call->command->fid == SMC_RMI_GPT_L1_DESTROY && !f->aiming && fuzz_chance(f, 70))
		call->in.x[1] = f->base + (UINT64_C(1) << 40);
}

static void draw_gpt_info(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[1] = fuzz_granule(f, (enum fuzz_granule)fuzz_below(f, FUZZ_OTHER));
	call->in.x[2] = call->in.x[1] + some(f) * f->gsize;
}

/** How often a command is drawn, and how. Those that are not listed: weight 1, by type. */
static const struct {
	uint32_t fid;
	unsigned weight;
	draw_fn *draw;
} draws[] = {
        {SMC_RMI_VERSION, 1, draw_version},
        {SMC_RMI_FEATURES, 1, draw_features},
        {SMC_RMI_RMM_CONFIG_SET, 2, fuzz_draw_config},
        {SMC_RMI_RMM_CONFIG_GET, 1, fuzz_draw_config},
        {SMC_RMI_RMM_ACTIVATE, 2, draw_nothing},
        {SMC_RMI_RMM_DEACTIVATE, 1, draw_nothing},
        {SMC_RMI_RMM_STATE_GET, 1, draw_nothing},
        {SMC_RMI_GRANULE_RANGE_DELEGATE, 22, draw_delegate},
        {SMC_RMI_GRANULE_RANGE_UNDELEGATE, 8, draw_undelegate},
        {SMC_RMI_GRANULE_TRACKING_GET, 1, draw_tracking_get},
        {SMC_RMI_RTT_AUX_CREATE, 3, fuzz_draw_aux_create},
        {SMC_RMI_RTT_AUX_DESTROY, 2, fuzz_draw_aux_table},
        {SMC_RMI_RTT_AUX_FOLD, 1, fuzz_draw_aux_table},
        {SMC_RMI_RTT_AUX_PROT_MAP, 3, fuzz_draw_aux_map},
        {SMC_RMI_RTT_AUX_PROT_UNMAP, 2, fuzz_draw_aux_map},
        {SMC_RMI_RTT_AUX_UNPROT_MAP, 2, fuzz_draw_aux_map},
        {SMC_RMI_RTT_AUX_UNPROT_UNMAP, 1, fuzz_draw_aux_map},
        {SMC_RMI_RTT_SET_S2AP, 1, fuzz_draw_set_s2ap},
        {SMC_RMI_GRANULE_TRACKING_SET, 2, draw_tracking_set},
        {SMC_RMI_GPT_L1_CREATE, 2, draw_gpt_l1},
        {SMC_RMI_GPT_L1_DESTROY, 1, draw_gpt_l1},
        {SMC_RMI_GPT_INFO, 1, draw_gpt_info},
        {SMC_RMI_REALM_CREATE, 10, fuzz_draw_realm_create},
        {SMC_RMI_REALM_ACTIVATE, 4, draw_activate},
        {SMC_RMI_REALM_TERMINATE, 1, draw_terminate},
        {SMC_RMI_REALM_DESTROY, 14, draw_realm_destroy},
        {SMC_RMI_REC_CREATE, 14, fuzz_draw_rec_create},
        {SMC_RMI_REC_DESTROY, 8, draw_rec_destroy},
        {SMC_RMI_REC_ENTER, 60, fuzz_draw_rec_enter},
        {SMC_RMI_PSCI_COMPLETE, 6, fuzz_draw_psci_complete},
        {SMC_RMI_RTT_CREATE, 22, draw_rtt_create},
        {SMC_RMI_RTT_DESTROY, 8, draw_rtt_destroy},
        {SMC_RMI_RTT_FOLD, 8, draw_rtt_destroy},
        {SMC_RMI_RTT_READ_ENTRY, 10, draw_read_entry},
        {SMC_RMI_RTT_DATA_MAP_INIT, 12, draw_map_init},
        {SMC_RMI_RTT_DATA_MAP, 26, draw_data_map},
        {SMC_RMI_RTT_DATA_UNMAP, 20, draw_data_unmap},
        {SMC_RMI_RTT_UNPROT_MAP, 14, draw_unprot_map},
        {SMC_RMI_RTT_UNPROT_UNMAP, 10, draw_unprot_unmap},
        {SMC_RMI_RTT_INIT_RIPAS, 12, draw_init_ripas},
        {SMC_RMI_RTT_SET_RIPAS, 16, fuzz_draw_set_ripas},
        {SMC_RMI_OP_CONTINUE, 14, fuzz_draw_op},
        {SMC_RMI_OP_MEM_DONATE, 16, fuzz_draw_op},
        {SMC_RMI_OP_MEM_RECLAIM, 10, fuzz_draw_op},
        {SMC_RMI_OP_CANCEL, 2, fuzz_draw_op},
};

#define NUM_DRAWS (sizeof(draws) / sizeof(draws[0]))

/** Function identifiers that no command of the table has. */
static uint64_t unknown_fid(struct fuzz *f)
{
	switch (fuzz_below(f, 4)) {
	case 0:
		return SMC_RMI_FIRST + fuzz_below(f, SMC_RMI_LAST - SMC_RMI_FIRST + 8);
	case 1:
		return SMC_RSI_FIRST + fuzz_below(f, 64);
	case 2:
		return 0x80000000u | (fuzz_random(f) & 0x4f00001f);
	default:
		return fuzz_edge(f);
	}
}

void fuzz_draw_command(struct fuzz *f, struct fuzz_call *call, const struct rmi_command *command)
{
	*call = (struct fuzz_call){.in.x[0] = command->fid, .command = command};
	for (size_t i = 0; i < NUM_DRAWS; i++) {
		if (draws[i].fid == command->fid) {
			draws[i].draw(f, call);
			return;
		}
	}
	draw_table(f, call);
}

/** What only Realms with planes need. */
static void draw_aux(struct fuzz *f, struct fuzz_call *call)
{
	switch (fuzz_below(f, 8)) {
	case 0:
	case 1:
		instead(f, call, SMC_RMI_RTT_AUX_CREATE, fuzz_draw_aux_create);
		break;
	case 2:
	case 3:
	case 4:
		instead(f, call, SMC_RMI_RTT_AUX_PROT_MAP, fuzz_draw_aux_map);
		break;
	case 5:
		instead(f, call, SMC_RMI_RTT_AUX_UNPROT_MAP, fuzz_draw_aux_map);
		break;
	case 6:
		instead(f, call, SMC_RMI_RTT_AUX_PROT_UNMAP, fuzz_draw_aux_map);
		break;
	default:
		instead(f, call, SMC_RMI_RTT_SET_S2AP, fuzz_draw_set_s2ap);
		break;
	}
}

void fuzz_draw(struct fuzz *f, struct fuzz_call *call)
{
	size_t count;
	const struct rmi_command *commands = rmi_commands(&count);
	unsigned total = 0;
	uint64_t pick;

	*call = (struct fuzz_call){0};
	/* What an operation has taken hold of is blocked until it goes on. */
	if (f->num_ops && fuzz_chance(f, 20)) {
		instead(f, call, SMC_RMI_OP_CONTINUE, fuzz_draw_op);
		return;
	}
	if (f->planes && fuzz_chance(f, 15)) {
		draw_aux(f, call);
		return;
	}
	for (size_t i = 0; i < NUM_DRAWS; i++)
		total += draws[i].weight;
	pick = fuzz_below(f, total + 8);
	for (size_t i = 0; i < NUM_DRAWS; i++) {
		if (pick >= draws[i].weight) {
			pick -= draws[i].weight;
			continue;
		}
		call->in.x[0] = draws[i].fid;
		call->command = rmi_command_find(f->revision, draws[i].fid);
		draws[i].draw(f, call);
		return;
	}
	if (pick < 5) {
		call->in.x[0] = commands[fuzz_below(f, count)].fid;
		call->command = rmi_command_find(f->revision, (uint32_t)call->in.x[0]);
		draw_table(f, call);
		return;
	}
	call->in.x[0] = unknown_fid(f);
	call->command = rmi_command_find(f->revision, (uint32_t)call->in.x[0]);
	draw_table(f, call);
}
