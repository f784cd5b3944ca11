/* SPDX-License-Identifier: BSD-3-Clause */
/* rmm_snapshot_take() */
#include "core/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "core/rmm.h"
#include "granule/gpt.h"
#include "granule/tracking.h"
#include "rec/rec.h"

#define VMID_MAP_SIZE (RMM_MAX_VMIDS / 8)

/* An array with room for some elements more; NULL, with the old one as it was, if memory is short.
 */
static void *make_room(void *array, size_t *room, size_t wanted, size_t element)
{
	size_t larger = *room;
	void *grown;

	if (wanted <= *room)
		return array;
	while (larger < wanted)
		larger = larger < 64 ? 64 : 2 * larger;
	grown = realloc(array, larger * element);
	if (grown != NULL)
		*room = larger;
	return grown;
}

static struct snapshot_granule *add_granule(struct rmm_snapshot *s)
{
	struct snapshot_granule *granules = make_room(s->granules, &s->room_granules,
	                                              s->num_granules + 1, sizeof(*s->granules));

	if (granules == NULL)
		return NULL;
	s->granules = granules;
	return &granules[s->num_granules++];
}

static uint8_t *add_content(struct rmm_snapshot *s, size_t size)
{
	uint8_t *contents = make_room(s->contents, &s->room_contents, s->size_contents + size, 1);

	if (contents == NULL)
		return NULL;
	s->contents = contents;
	s->size_contents += size;
	return &contents[s->size_contents - size];
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0;
}

/* Identities of vCPUs only ever grow, and what an engine keeps is no business of the RMI. */
static void hide_identities(uint8_t *content)
{
	struct rec rec;

	memcpy(&rec, content, sizeof(rec));
	rec.vcpu_id = 0;
	rec.engine_data = NULL;
	memcpy(content, &rec, sizeof(rec));
}

static bool take_granule(struct rmm_snapshot *s, struct rmm *rmm, uint64_t pa)
{
	const struct granule *g = granule_at(rmm, pa);
	const uint8_t *memory = granule_map(rmm, pa);
	size_t size = rmm_granule_size(rmm);
	struct snapshot_granule *entry = add_granule(s);
	uint8_t *content;

	if (entry == NULL)
		return false;
	*entry = (struct snapshot_granule){
	        .pa = pa,
	        .word = granule_state_and_flags(g),
	        .count = g->count,
	        .content = SNAPSHOT_ZERO,
	};
	if (is_zero(memory, size))
		return true;
	content = add_content(s, size);
	if (content == NULL)
		return false;
	entry->content = (size_t)(content - s->contents);
	memcpy(content, memory, size);
	if ((entry->word & GRANULE_STATE_MASK) == GRAN_REC)
		hide_identities(content);
	return true;
}

static bool take_granules(struct rmm_snapshot *s, struct rmm *rmm)
{
	uint64_t pa = rmm->config.dram_base;
	const char *state;

	while (rmm_next_held_granule(rmm, pa, &pa, &state)) {
		if (!take_granule(s, rmm, pa))
			return false;
		pa += rmm_granule_size(rmm);
	}
	return true;
}

static bool take_sros(struct rmm_snapshot *s, struct rmm *rmm)
{
	struct sro_pool *pool = &rmm->sro;

	s->num_sros = pool->count;
	s->sros = calloc(pool->count, sizeof(*s->sros));
	if (s->sros == NULL)
		return false;
	pthread_mutex_lock(&pool->lock);
	for (size_t i = 0; i < s->num_sros; i++) {
		if (pool->contexts[i].used)
			memcpy(&s->sros[i], &pool->contexts[i], sizeof(s->sros[i]));
		/* A lock of a kind. */
		s->sros[i].executing = false;
	}
	pthread_mutex_unlock(&pool->lock);
	return true;
}

static bool take_vmids(struct rmm_snapshot *s, struct rmm *rmm)
{
	s->vmid_map = malloc(VMID_MAP_SIZE);
	if (s->vmid_map == NULL)
		return false;
	pthread_mutex_lock(&rmm->vmid_lock);
	memcpy(s->vmid_map, rmm->vmid_map, VMID_MAP_SIZE);
	pthread_mutex_unlock(&rmm->vmid_lock);
	return true;
}

static bool take_regions(struct rmm_snapshot *s, const struct rmm *rmm)
{
	s->num_tracking = rmm->tracking.count;
	s->tracking = calloc(s->num_tracking, sizeof(*s->tracking));
	s->num_gpt = gpt_l0_count(rmm);
	s->gpt = calloc(s->num_gpt, sizeof(*s->gpt));
	if (s->tracking == NULL || s->gpt == NULL)
		return false;
	for (size_t i = 0; i < s->num_tracking; i++) {
		s->tracking[i].state = tracking_state_of(rmm, i);
		s->tracking[i].memory = rmm->tracking.memory[i];
	}
	for (size_t i = 0; i < s->num_gpt; i++) {
		s->gpt[i].state =
		        gpt_l0_state(rmm, rmm->config.dram_base + ((uint64_t)i << GPT_L0_SHIFT));
		s->gpt[i].memory = rmm->gpt.l0[i].memory;
	}
	return true;
}

struct rmm_snapshot *rmm_snapshot_take(struct rmm *rmm)
{
	struct rmm_snapshot *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->state = atomic_load(&rmm->state);
	s->gshift = rmm->gshift;
	s->tracking_region_size = rmm->tracking_region_size;
	s->num_realms = atomic_load(&rmm->num_realms);
	s->dram_base = rmm->config.dram_base;
	s->pat_valid = atomic_load(&rmm->pat_valid);
	s->num_tracked = rmm->tracking.num_tracked;
	if (take_vmids(s, rmm) && take_regions(s, rmm) && take_sros(s, rmm) &&
	    take_granules(s, rmm))
		return s;
	rmm_snapshot_free(s);
	return NULL;
}

void rmm_snapshot_free(struct rmm_snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	free(snapshot->vmid_map);
	free(snapshot->tracking);
	free(snapshot->gpt);
	free(snapshot->sros);
	free(snapshot->granules);
	free(snapshot->contents);
	free(snapshot);
}
