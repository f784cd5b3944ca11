/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at the RMM as a whole, at the granule table and at stateful operations. */
#include <rmm/inspect.h>

#include "core/rmm.h"
#include "granule/tracking.h"
#include "rec/rec.h"

static unsigned count_vmids(struct rmm *rmm)
{
	unsigned count = 0;

	pthread_mutex_lock(&rmm->vmid_lock);
	for (unsigned i = 0; i < RMM_MAX_VMIDS / 64; i++)
		count += (unsigned)__builtin_popcountll(rmm->vmid_map[i]);
	pthread_mutex_unlock(&rmm->vmid_lock);
	return count;
}

static unsigned count_sros(struct rmm *rmm)
{
	struct sro_pool *pool = &rmm->sro;
	unsigned count = 0;

	pthread_mutex_lock(&pool->lock);
	for (unsigned i = 0; i < pool->count; i++)
		count += pool->contexts[i].used;
	pthread_mutex_unlock(&pool->lock);
	return count;
}

void rmm_inspect(struct rmm *rmm, struct rmm_info *info)
{
	static const char *const states[] = {
	        [RMM_STATE_INIT] = "INIT",
	        [RMM_STATE_ACTIVE] = "ACTIVE",
	        [RMM_STATE_INTERMEDIATE] = "INTERMEDIATE",
	};

	pthread_mutex_lock(&rmm->global_lock);
	*info = (struct rmm_info){
	        .state = states[atomic_load(&rmm->state)],
	        .dram_base = rmm->config.dram_base,
	        .dram_size = rmm->config.dram_size,
	        .granule_size = rmm_granule_size(rmm),
	        .tracking_region_size = rmm->tracking_region_size,
	        .realms = atomic_load(&rmm->num_realms),
	        .max_vmids = rmm->config.num_vmids,
	        .max_sros = rmm->sro.count,
	};
	pthread_mutex_unlock(&rmm->global_lock);
	info->vmids = count_vmids(rmm);
	info->sros = count_sros(rmm);
}

bool rmm_inspect_tracking(struct rmm *rmm, uint64_t from, struct rmm_tracking_info *info)
{
	uint64_t size = rmm->tracking_region_size;
	uint64_t dram = rmm->config.dram_base;
	uint64_t last = dram + (rmm->config.dram_size - 1);
	uint64_t pa = from < dram ? dram : from;

	if (pa > last)
		return false;
	info->base = pa & ~(size - 1);
	info->size = size;
	info->state = tracking_region_state(rmm, pa);
	for (pa = info->base + size; pa <= last && tracking_region_state(rmm, pa) == info->state;
	     pa += size)
		info->size += size;
	return true;
}

/* The realm that the granule itself names. */
static uint64_t owner_of(struct rmm *rmm, struct granule *g, uint64_t pa)
{
	uint64_t owner = RMM_INSPECT_NONE;

	if (granule_state(g) == GRAN_RD)
		return pa;
	if (!granule_lock_shared(g, GRAN_REC))
		return owner;
	if (!granule_is_intermediate(g))
		owner = ((const struct rec *)granule_map(rmm, pa))->owner;
	granule_unlock_shared(g);
	return owner;
}

bool rmm_inspect_granules(struct rmm *rmm, uint64_t from, struct rmm_granule_info *info)
{
	const uint32_t kind = GRANULE_STATE_MASK | GRANULE_INTERMEDIATE;
	uint64_t step = rmm_granule_size(rmm);
	struct granule *g;
	uint32_t word;

	if (!rmm_next_held_granule(rmm, from, &info->pa, &info->state))
		return false;
	g = granule_at(rmm, info->pa);
	/* It may have been given back since. */
	word = granule_state_and_flags(g) & kind;
	info->state = granule_state_name((enum granule_state)(word & GRANULE_STATE_MASK));
	info->intermediate = (word & GRANULE_INTERMEDIATE) != 0;
	info->size = step;
	info->owner = owner_of(rmm, g, info->pa);
	if ((word & GRANULE_STATE_MASK) == GRAN_RD || (word & GRANULE_STATE_MASK) == GRAN_REC)
		return true;
	for (;;) {
		const struct granule *next = granule_at(rmm, info->pa + info->size);

		if (next == NULL || (granule_state_and_flags(next) & kind) != word)
			return true;
		info->size += step;
	}
}

/* Whether an operation works on the RMM, and not on a realm. */
static bool is_global(const struct sro *sro)
{
	switch (sro->command->fid) {
	case SMC_RMI_GRANULE_RANGE_DELEGATE:
	case SMC_RMI_GRANULE_RANGE_UNDELEGATE:
	case SMC_RMI_GRANULE_TRACKING_SET:
	case SMC_RMI_GPT_L1_CREATE:
	case SMC_RMI_GPT_L1_DESTROY:
		return true;
	default:
		return false;
	}
}

/* What an operation wants, of one that nobody works on. */
static void tell_request(struct rmm *rmm, const struct sro *sro, struct rmm_sro_info *info)
{
	const struct rmi_op_mem_donate_req *request = &sro->request;
	bool has_rec =
	        sro->command->fid == SMC_RMI_REC_CREATE || sro->command->fid == SMC_RMI_REC_DESTROY;

	info->request = sro->want;
	info->can_cancel = sro->can_cancel && !sro->abandoned;
	info->abandoned = sro->abandoned;
	info->donated = sro->memory.count;
	if (!is_global(sro) && granule_is(rmm, sro->rd, GRAN_RD))
		info->rd = sro->rd;
	if (has_rec && granule_is(rmm, sro->rec, GRAN_REC))
		info->rec = sro->rec;
	if (sro->want != RMI_OP_MEM_REQ_DONATE)
		return;
	info->donate_size =
	        rmi_rtt_level_size(rmm->gshift, RMM_RTT_PAGE_LEVEL - (int)request->size);
	info->donate_count = request->count;
	info->donate_contig = request->contig == RMI_OP_MEM_CONTIG;
	info->donate_state = request->state;
}

bool rmm_inspect_sro(struct rmm *rmm, unsigned from, struct rmm_sro_info *info)
{
	struct sro_pool *pool = &rmm->sro;
	bool found = false;

	pthread_mutex_lock(&pool->lock);
	for (unsigned i = from; i < pool->count && !found; i++) {
		const struct sro *sro = &pool->contexts[i];

		found = sro->used;
		if (!found)
			continue;
		*info = (struct rmm_sro_info){
		        .context = i,
		        .handle = sro->handle,
		        .command = sro->command->name,
		        .executing = sro->executing,
		        .rd = RMM_INSPECT_NONE,
		        .rec = RMM_INSPECT_NONE,
		};
		/* A context that a thread works on is that thread's alone. */
		if (!sro->executing)
			tell_request(rmm, sro, info);
	}
	pthread_mutex_unlock(&pool->lock);
	return found;
}
