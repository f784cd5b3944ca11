/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking down what an RMM holds, and whose it is. */
#include "view.h"

#include <stdlib.h>

/* Granules that a realm names as its own. */
struct claim {
	uint64_t pa, top;
	uint64_t owner; /* PA of the RD. */
};

struct claims {
	struct claim *claims;
	size_t count, room;
};

/* The array with room for an element more; NULL, with the old one as it was, if memory is short. */
static void *grow(void *array, size_t *room, size_t count, size_t element)
{
	size_t larger = *room < 16 ? 16 : 2 * *room;
	void *grown;

	if (count < *room)
		return array;
	grown = reallocarray(array, larger, element);
	if (grown != NULL)
		*room = larger;
	return grown;
}

/* Appends a value to an array with count and room; false when memory is short. */
#define APPEND(array, count, room, value)                                                          \
	__extension__({                                                                            \
		__typeof__(array) grown_ = grow((array), &(room), (count), sizeof(*(array)));      \
                                                                                                   \
		if (grown_ != NULL) {                                                              \
			(array) = grown_;                                                          \
			(array)[(count)++] = (value);                                              \
		}                                                                                  \
		grown_ != NULL;                                                                    \
	})

static bool claim(struct claims *c, uint64_t pa, uint64_t size, uint64_t owner)
{
	struct claim value = {.pa = pa, .top = pa + size, .owner = owner};

	return APPEND(c->claims, c->count, c->room, value);
}

static bool claim_donations(struct claims *c, struct rmm *rmm, uint64_t object, uint64_t owner)
{
	struct rmm_donation_info info;

	for (uint64_t n = 0; rmm_inspect_donation(rmm, object, n, &info); n++) {
		if (!claim(c, info.pa, info.size, owner))
			return false;
	}
	return true;
}

static bool take_tree(struct view *view, struct rmm *rmm, struct view_realm *realm, unsigned index,
                      struct claims *c)
{
	struct view_tree *tree = &realm->trees[index];
	struct rmm_rtt_info info = RMM_RTT_INFO_INIT;
	uint64_t page = view->rmm.granule_size;
	uint64_t rd = realm->info.rd;

	while (rmm_inspect_rtt(rmm, rd, index, &info)) {
		bool root = info.level == realm->info.rtt_level_start;
		bool data = info.is_mapping && info.is_protected;

		if (!APPEND(tree->entries, tree->count, tree->room, info) ||
		    (root && !claim(c, info.rtt, page, rd)) ||
		    (info.is_table && !claim(c, info.pa, page, rd)) ||
		    (data && !claim(c, info.pa, info.top - info.base, rd)))
			return false;
	}
	return true;
}

static bool take_realm(struct view *view, struct rmm *rmm, struct view_realm *realm,
                       struct claims *c)
{
	struct rmm_rec_info rec;
	uint64_t rd = realm->info.rd;

	realm->trees = calloc(realm->info.num_trees, sizeof(*realm->trees));
	if (realm->trees == NULL || !claim_donations(c, rmm, rd, rd))
		return false;
	for (uint64_t i = 0; rmm_inspect_rec(rmm, rd, i, &rec); i = rec.index + 1) {
		if (!APPEND(realm->recs, realm->num_recs, realm->room_recs, rec) ||
		    !claim_donations(c, rmm, rec.rec, rd))
			return false;
	}
	for (unsigned i = 0; i < realm->info.num_trees; i++) {
		if (!take_tree(view, rmm, realm, i, c))
			return false;
	}
	return true;
}

static bool take_realms(struct view *view, struct rmm *rmm, struct claims *c)
{
	struct view_realm realm = {0};
	uint64_t from = 0;

	for (; rmm_inspect_realm(rmm, from, &realm.info); from = realm.info.rd + 1) {
		if (!APPEND(view->realms, view->num_realms, view->room_realms, realm) ||
		    !take_realm(view, rmm, &view->realms[view->num_realms - 1], c))
			return false;
	}
	return true;
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return (x->pa > y->pa) - (x->pa < y->pa);
}

/* Whether a run goes on where the last one ends, and says the same. */
static bool joins(const struct view *view, const struct rmm_granule_info *run)
{
	const struct rmm_granule_info *last;

	if (view->num_granules == 0)
		return false;
	last = &view->granules[view->num_granules - 1];
	return last->pa + last->size == run->pa && last->state == run->state &&
	       last->intermediate == run->intermediate && last->owner == run->owner;
}

static bool add_run(struct view *view, const struct rmm_granule_info *run, bool may_join)
{
	if (may_join && joins(view, run)) {
		view->granules[view->num_granules - 1].size += run->size;
		return true;
	}
	return APPEND(view->granules, view->num_granules, view->room_granules, *run);
}

/* Cuts runs where claims begin and end. */
static bool take_granules(struct view *view, struct rmm *rmm, const struct claims *c)
{
	struct rmm_granule_info run = {0};
	size_t at = 0;

	while (rmm_inspect_granules(rmm, run.pa + run.size, &run)) {
		uint64_t top = run.pa + run.size;
		struct rmm_granule_info piece = run;
		bool alone = run.owner != RMM_INSPECT_NONE;

		while (piece.pa < top) {
			uint64_t end;

			while (at < c->count && c->claims[at].top <= piece.pa)
				at++;
			if (at < c->count && c->claims[at].pa <= piece.pa) {
				piece.owner = c->claims[at].owner;
				end = c->claims[at].top;
			} else {
				piece.owner = run.owner;
				end = at < c->count ? c->claims[at].pa : top;
			}
			piece.size = (end < top ? end : top) - piece.pa;
			if (!add_run(view, &piece, !alone))
				return false;
			piece.pa += piece.size;
		}
	}
	return true;
}

static bool take_rest(struct view *view, struct rmm *rmm)
{
	struct rmm_tracking_info tracking = {0};
	struct rmm_sro_info sro;

	while (rmm_inspect_tracking(rmm, tracking.base + tracking.size, &tracking)) {
		if (!APPEND(view->tracking, view->num_tracking, view->room_tracking, tracking))
			return false;
	}
	for (unsigned i = 0; rmm_inspect_sro(rmm, i, &sro); i = sro.context + 1) {
		if (!APPEND(view->sros, view->num_sros, view->room_sros, sro))
			return false;
	}
	return true;
}

bool view_take(struct view *view, struct rmm *rmm)
{
	struct claims c = {0};
	bool good;

	rmm_inspect(rmm, &view->rmm);
	good = take_rest(view, rmm) && take_realms(view, rmm, &c);
	if (c.count != 0)
		qsort(c.claims, c.count, sizeof(*c.claims), compare_claims);
	good = good && take_granules(view, rmm, &c);
	free(c.claims);
	return good;
}

void view_free(struct view *view)
{
	for (size_t i = 0; i < view->num_realms; i++) {
		struct view_realm *realm = &view->realms[i];

		for (unsigned n = 0; realm->trees != NULL && n < realm->info.num_trees; n++)
			free(realm->trees[n].entries);
		free(realm->trees);
		free(realm->recs);
	}
	free(view->realms);
	free(view->tracking);
	free(view->granules);
	free(view->sros);
}

const char *view_owner(const struct view *view, uint64_t rd, char buf[16])
{
	buf[0] = '\0';
	for (size_t i = 0; i < view->num_realms; i++) {
		if (view->realms[i].info.rd == rd)
			(void)snprintf(buf, 16, "realm %u", (unsigned)i + 1);
	}
	return buf;
}

const char *view_tracking_name(enum rmi_tracking_region_state state)
{
	switch (state) {
	case RMI_TRACKING_RESERVED:
		return "RESERVED";
	case RMI_TRACKING_NONE:
		return "NONE";
	case RMI_TRACKING_FINE:
		return "FINE";
	case RMI_TRACKING_COARSE:
		return "COARSE";
	case RMI_TRACKING_INTERMEDIATE:
		return "INTERMEDIATE";
	}
	return "unknown";
}

const char *view_request_name(enum rmi_op_mem_req request)
{
	switch (request) {
	case RMI_OP_MEM_REQ_NONE:
		return "NONE";
	case RMI_OP_MEM_REQ_DONATE:
		return "DONATE";
	case RMI_OP_MEM_REQ_RECLAIM:
		return "RECLAIM";
	}
	return "unknown";
}

const char *view_ripas_name(const struct rmm_rtt_info *entry)
{
	if (!entry->is_protected || entry->is_table)
		return "";
	switch (entry->ripas) {
	case RMI_RIPAS_EMPTY:
		return "EMPTY";
	case RMI_RIPAS_RAM:
		return "RAM";
	case RMI_RIPAS_DESTROYED:
		return "DESTROYED";
	case RMI_RIPAS_DEV:
		return "DEV";
	}
	return "unknown";
}
