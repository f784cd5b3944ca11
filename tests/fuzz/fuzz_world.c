/* SPDX-License-Identifier: BSD-3-Clause */
/* The generator, and the notebook of what the RMM holds. */
#include "fuzz.h"

#include <string.h>

/* SplitMix64: every state is good, so a seed needs no care. */
uint64_t fuzz_random(struct fuzz *f)
{
	uint64_t z = f->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t fuzz_below(struct fuzz *f, uint64_t n)
{
	return n ? fuzz_random(f) % n : 0;
}

bool fuzz_chance(struct fuzz *f, unsigned percent)
{
	return fuzz_below(f, 100) < percent;
}

uint64_t fuzz_edge(struct fuzz *f)
{
	uint64_t bit = UINT64_C(1) << fuzz_below(f, 64);

	switch (fuzz_below(f, 8)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return bit;
	case 3:
		return bit - 1;
	case 4:
		return 0 - bit;
	case 5:
		return f->base + fuzz_below(f, f->num_granules + 2) * f->gsize;
	case 6:
		return fuzz_below(f, 64);
	default:
		return fuzz_random(f);
	}
}

static enum fuzz_granule to_state(const char *name)
{
	static const char *const names[FUZZ_NUM_GRANULE_STATES] = {
	        [FUZZ_DELEGATED] = "GRAN_DELEGATED",
	        [FUZZ_RD] = "GRAN_RD",
	        [FUZZ_RTT] = "GRAN_RTT",
	        [FUZZ_REC] = "GRAN_REC",
	        [FUZZ_DATA] = "GRAN_DATA",
	};

	for (unsigned i = 0; i < FUZZ_NUM_GRANULE_STATES; i++)
		if (names[i] && !strcmp(names[i], name))
			return (enum fuzz_granule)i;
	return FUZZ_OTHER;
}

/** to_state() of neighbours, which are in the same state more often than not. */
static enum fuzz_granule same_state(const char **last, enum fuzz_granule *state, const char *name)
{
	if (name != *last) {
		*last = name;
		*state = to_state(name);
	}
	return *state;
}

static void refresh(struct fuzz *f)
{
	const char *name;
	const char *last = NULL;
	enum fuzz_granule state = FUZZ_OTHER;
	uint64_t from = f->base;
	uint64_t pa;

	if (!f->dirty)
		return;
	memset(f->granules, FUZZ_NS, sizeof(f->granules));
	while (rmi_next_held_granule(f->rmi, from, &pa, &name)) {
		uint64_t index = (pa - f->base) >> f->gshift;

		if (index >= f->num_granules)
			break;
		f->granules[index] = (uint8_t)same_state(&last, &state, name);
		from = pa + f->gsize;
	}
	f->dirty = false;
}

enum fuzz_granule fuzz_state(struct fuzz *f, uint64_t pa)
{
	uint64_t index = (pa - f->base) >> f->gshift;

	refresh(f);
	return pa >= f->base && index < f->num_granules ? (enum fuzz_granule)f->granules[index]
	                                                : FUZZ_OTHER;
}

uint64_t fuzz_region(const struct fuzz *f, uint64_t index)
{
	unsigned shift = f->gshift == 12 ? 30 : f->gshift == 14 ? 25 : 29;

	return ((f->base >> shift) + index) << shift;
}

unsigned fuzz_first_block(const struct fuzz *f)
{
	unsigned block = 1u << (f->gshift - 3);

	return f->num_granules >= 8 * block ? f->num_granules - FUZZ_BLOCKS * block
	                                    : f->num_granules;
}

uint64_t fuzz_granule(struct fuzz *f, enum fuzz_granule state)
{
	unsigned start = (unsigned)fuzz_below(f, f->num_granules);

	refresh(f);
	for (unsigned i = 0; i < f->num_granules; i++) {
		unsigned index = (start + i) % f->num_granules;

		if ((state == FUZZ_NS || state == FUZZ_DELEGATED) && index >= fuzz_first_block(f))
			continue;
		if (f->granules[index] == state && (state != FUZZ_NS || index >= FUZZ_SCRATCH))
			return f->base + index * f->gsize;
	}
	return f->base + start * f->gsize;
}

uint64_t fuzz_granules(struct fuzz *f, enum fuzz_granule state, uint64_t count)
{
	uint64_t first = (0 - (f->base >> f->gshift)) & (count - 1);
	uint64_t slots = f->num_granules > first ? (f->num_granules - first) / count : 0;
	uint64_t start = fuzz_below(f, slots);

	refresh(f);
	for (uint64_t i = 0; i < slots; i++) {
		uint64_t index = first + (start + i) % slots * count;
		uint64_t n = 0;

		while (n < count && f->granules[index + n] == state)
			n++;
		if (n == count)
			return f->base + index * f->gsize;
	}
	return 0;
}

uint64_t fuzz_scratch(struct fuzz *f)
{
	uint64_t start = fuzz_below(f, FUZZ_SCRATCH);

	refresh(f);
	for (unsigned i = 0; i < FUZZ_SCRATCH; i++) {
		uint64_t index = (start + i) % FUZZ_SCRATCH;

		if (f->granules[index] == FUZZ_NS)
			return f->base + index * f->gsize;
	}
	return 0;
}

void *fuzz_va(struct fuzz *f, uint64_t pa)
{
	return rmi_pa_to_va(f->rmi, pa, f->gsize);
}

static bool is_as_wished(const struct fuzz_realm *realm, enum fuzz_wish wish)
{
	switch (wish) {
	case FUZZ_NEW:
		return !realm->active && !realm->dying;
	case FUZZ_ACTIVE:
		return realm->active && !realm->dying;
	case FUZZ_DYING:
		return realm->dying;
	case FUZZ_ANY:
		break;
	}
	return true;
}

struct fuzz_realm *fuzz_realm(struct fuzz *f, enum fuzz_wish wish)
{
	uint64_t start = fuzz_below(f, FUZZ_MAX_REALMS);
	struct fuzz_realm *any = NULL;

	if (fuzz_chance(f, 8))
		wish = FUZZ_ANY;
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[(start + i) % FUZZ_MAX_REALMS];

		if (!realm->used)
			continue;
		any = realm;
		if (is_as_wished(realm, wish))
			return realm;
	}
	return any;
}

struct fuzz_rec *fuzz_rec(struct fuzz *f, uint64_t pa)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++)
		for (unsigned j = 0; f->realms[i].used && j < f->realms[i].num_recs; j++)
			if (f->realms[i].recs[j].pa == pa)
				return &f->realms[i].recs[j];
	return NULL;
}

static uint64_t psci_target(const struct fuzz_realm *realm)
{
	for (unsigned i = 0; realm->used && i < realm->num_recs; i++)
		for (unsigned j = 0; realm->recs[i].psci && j < realm->num_recs; j++)
			if (j != i && rmi_rec_index(realm->recs[j].mpidr) ==
			                      rmi_rec_index(realm->recs[i].target))
				return realm->recs[j].pa;
	return 0;
}

uint64_t fuzz_psci_target(struct fuzz *f)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++)
		if (psci_target(&f->realms[i]))
			return psci_target(&f->realms[i]);
	return 0;
}

uint64_t fuzz_ipa(struct fuzz *f, const struct fuzz_realm *realm, bool prot)
{
	unsigned bits = realm ? realm->s2sz : 40;
	uint64_t half = UINT64_C(1) << (bits - 1);
	uint64_t big = rmi_rtt_level_size(f->gshift, 2);
	/* Few places, so that tables and pages meet there. */
	uint64_t places[] = {0, big, half - big, half - 2 * big};
	uint64_t ipa = places[fuzz_chance(f, 70) ? 0 : fuzz_below(f, 4)];

	ipa += fuzz_below(f, fuzz_chance(f, 92) ? 8 : big >> f->gshift) << f->gshift;
	return prot ? ipa : ipa + half;
}

static struct fuzz_realm *find_realm(struct fuzz *f, uint64_t rd)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++)
		if (f->realms[i].used && f->realms[i].rd == rd)
			return &f->realms[i];
	return NULL;
}

static void learn_realm(struct fuzz *f, const struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		if (f->realms[i].used)
			continue;
		f->realms[i] = call->params;
		f->realms[i].used = true;
		return;
	}
}

static void forget_table(struct fuzz_realm *realm, uint64_t ipa, int level)
{
	for (unsigned i = 0; i < realm->num_tables; i++) {
		if (realm->tables[i].ipa != ipa || realm->tables[i].level != level)
			continue;
		realm->tables[i] = realm->tables[--realm->num_tables];
		return;
	}
}

static void forget_rec(struct fuzz *f, uint64_t pa)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		struct fuzz_realm *realm = &f->realms[i];

		for (unsigned j = 0; j < realm->num_recs; j++) {
			if (realm->recs[j].pa != pa)
				continue;
			realm->recs[j] = realm->recs[--realm->num_recs];
			return;
		}
	}
}

/** What a REC wants of the Host after its exit. */
static void learn_exit(struct fuzz *f, const struct fuzz_call *call, uint64_t x0)
{
	struct fuzz_rec *rec = fuzz_rec(f, call->in.x[1]);
	const struct rmi_rec_run *run = fuzz_va(f, call->in.x[2]);

	if (call->realm && call->realm->active && rmi_status(x0) == RMI_ERROR_REALM)
		call->realm->dying = true;
	if (!rec || !run || rmi_status(x0) != RMI_SUCCESS)
		return;
	rec->ripas_top = 0;
	rec->s2ap_top = 0;
	rec->psci = false;
	if (run->exit.exit_reason == RMI_EXIT_RIPAS_CHANGE) {
		rec->ripas_base = run->exit.ripas_base;
		rec->ripas_top = run->exit.ripas_top;
	} else if (run->exit.exit_reason == RMI_EXIT_S2AP_CHANGE) {
		rec->s2ap_base = run->exit.s2ap_base;
		rec->s2ap_top = run->exit.s2ap_top;
	} else if (run->exit.exit_reason == RMI_EXIT_PSCI) {
		rec->psci = true;
		rec->target = run->exit.gprs[1];
	}
}

void fuzz_learn(struct fuzz *f, const struct fuzz_call *call, const struct smccc_regs *out)
{
	uint32_t fid = (uint32_t)call->in.x[0];
	struct fuzz_realm *realm = find_realm(f, call->in.x[1]);
	struct fuzz_rec *rec;

	fuzz_aim_result(f, call, out->x[0]);
	if (fid == SMC_RMI_REC_ENTER)
		learn_exit(f, call, out->x[0]);
	if (rmi_status(out->x[0]) != RMI_SUCCESS || !call->command)
		return;
	if (fid == SMC_RMI_ATTEST_PLAT_TOKEN_REFRESH)
		f->pat_valid = true;
	if (fid == SMC_RMI_RMM_ACTIVATE || fid == SMC_RMI_RMM_DEACTIVATE)
		f->active = fid == SMC_RMI_RMM_ACTIVATE;
	else if (fid == SMC_RMI_REALM_CREATE)
		learn_realm(f, call);
	else if (fid == SMC_RMI_REC_DESTROY)
		forget_rec(f, call->in.x[1]);
	else if (fid == SMC_RMI_PSCI_COMPLETE && (rec = fuzz_rec(f, call->in.x[1])))
		rec->psci = false;
	else if (fid == SMC_RMI_RTT_SET_RIPAS && (rec = fuzz_rec(f, call->in.x[2])))
		rec->ripas_base = out->x[1];
	else if (fid == SMC_RMI_RTT_SET_S2AP && (rec = fuzz_rec(f, call->in.x[2])))
		rec->s2ap_base = out->x[1];
	if (!realm)
		return;
	switch (fid) {
	case SMC_RMI_REALM_DESTROY:
		realm->used = false;
		break;
	case SMC_RMI_REALM_ACTIVATE:
		realm->active = true;
		break;
	case SMC_RMI_REALM_TERMINATE:
		realm->dying = true;
		realm->zombie = true;
		break;
	case SMC_RMI_REC_CREATE:
		realm->num_created++;
		if (realm->num_recs < FUZZ_MAX_RECS)
			realm->recs[realm->num_recs++] = call->rec;
		break;
	case SMC_RMI_RTT_CREATE:
		if (realm->num_tables < FUZZ_MAX_TABLES)
			realm->tables[realm->num_tables++] =
			        (struct fuzz_table){call->in.x[3], (int)(int64_t)call->in.x[4], 0};
		break;
	case SMC_RMI_RTT_DESTROY:
	case SMC_RMI_RTT_FOLD:
		forget_table(realm, call->in.x[2], (int)(int64_t)call->in.x[3]);
		break;
	default:
		fuzz_learn_aux(realm, call);
		break;
	}
}
