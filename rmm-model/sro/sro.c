/* SPDX-License-Identifier: BSD-3-Clause */
#include "sro/sro.h"

#include <stdlib.h>

#include "core/policy.h"
#include "core/quirks.h"
#include "core/revision.h"
#include "core/rmm.h"
#include "granule/desc.h"
#include "granule/gpt.h"
#include "granule/tracking.h"

bool sro_init(struct rmm *rmm)
{
	rmm->sro.contexts = calloc(rmm->config.policy.sro_contexts, sizeof(*rmm->sro.contexts));
	rmm->sro.count = rmm->config.policy.sro_contexts;
	rmm->sro.generation = 1;
	return rmm->sro.contexts != NULL && pthread_mutex_init(&rmm->sro.lock, NULL) == 0;
}

void sro_destroy(struct rmm *rmm)
{
	if (rmm->sro.contexts == NULL)
		return;
	pthread_mutex_destroy(&rmm->sro.lock);
	free(rmm->sro.contexts);
}

struct sro *sro_begin(struct rmm_call *call, uint64_t *x0)
{
	struct sro_pool *pool = &call->rmm->sro;
	struct sro *found = NULL;
	bool executing = false;

	pthread_mutex_lock(&pool->lock);
	for (unsigned i = 0; i < pool->count && found == NULL; i++) {
		struct sro *sro = &pool->contexts[i];

		executing |= sro->used && sro->executing;
		if (!sro->used)
			found = sro;
	}
	if (found != NULL) {
		uint64_t index = (uint64_t)(found - pool->contexts);
		/* Opaque to the Host, and never the handle of an earlier operation. */
		uint64_t unique = pool->generation++ << 8 | index;

		*found = (struct sro){
		        .used = true,
		        .executing = true,
		        .handle = quirk(call->rmm, RMM_QUIRK_SRO_HANDLE_INDEX) ? index : unique,
		        .command = call->command,
		        .memory = SRO_NO_MEMORY,
		};
	}
	pthread_mutex_unlock(&pool->lock);
	if (found == NULL)
		*x0 = rmi_result(executing ? RMI_BUSY : RMI_BLOCKED);
	return found;
}

/* Takes the context with this handle; NULL with the answer in *x0. */
static struct sro *sro_get(struct rmm_call *call, uint64_t handle, uint64_t *x0)
{
	struct sro_pool *pool = &call->rmm->sro;
	uint64_t index = handle & 0xff;
	struct sro *sro = NULL;

	/* complete */
	*x0 = rmi_result(RMI_ERROR_INPUT);
	if (index >= pool->count)
		return NULL;
	pthread_mutex_lock(&pool->lock);
	if (pool->contexts[index].used && pool->contexts[index].handle == handle) {
		if (pool->contexts[index].executing) {
			*x0 = rmi_result(RMI_BUSY);
		} else {
			sro = &pool->contexts[index];
			sro->executing = true;
		}
	}
	pthread_mutex_unlock(&pool->lock);
	return sro;
}

static void sro_release(struct rmm_call *call, struct sro *sro, bool used)
{
	pthread_mutex_lock(&call->rmm->sro.lock);
	sro->executing = false;
	sro->used = used;
	pthread_mutex_unlock(&call->rmm->sro.lock);
}

void sro_end(struct rmm_call *call, struct sro *sro)
{
	sro_release(call, sro, false);
}

/* The request for a shape, for at least some granules. */
static struct rmi_op_mem_donate_req shape_request(const struct rmm *rmm, unsigned shape,
                                                  uint64_t granules)
{
	struct rmi_op_mem_donate_req req = {.size = RMI_PAGE_L3, .count = granules};

	if (shape == RMM_DONATE_NS_PAGES || shape == RMM_DONATE_NS_CONTIG)
		req.state = RMI_OP_MEM_UNDELEGATED;
	if (shape == RMM_DONATE_COND_PAGES)
		req.state = RMI_OP_MEM_CONDITIONAL;
	if (shape == RMM_DONATE_CONTIG || shape == RMM_DONATE_NS_CONTIG) {
		req.contig = RMI_OP_MEM_CONTIG;
		while ((req.count & (req.count - 1)) != 0)
			req.count++;
	}
	if (shape == RMM_DONATE_BLOCK) {
		unsigned shift = rmi_rtt_level_shift(rmm->gshift, 2) - rmm->gshift;

		req.size = RMI_BLOCK_L2;
		req.count = (granules + (UINT64_C(1) << shift) - 1) >> shift;
	}
	return req;
}

/* Asks for the next portion of what is to be asked for. */
static void ask_portion(struct rmm_call *call, struct sro *sro)
{
	uint64_t portion = (sro->to_ask + sro->requests - 1) / sro->requests;

	sro->request = shape_request(call->rmm, sro->shape, portion);
	sro->to_ask -= portion;
	sro->requests--;
	sro->want = RMI_OP_MEM_REQ_DONATE;
}

void sro_ask_for(struct rmm_call *call, struct sro *sro, unsigned granules, unsigned shapes)
{
	const struct rmm_policy *policy = &call->rmm->config.policy;

	if (!revision_has_conditional_memory(&call->rmm->config))
		shapes &= ~(unsigned)RMM_DONATE_COND_PAGES;
	if ((shapes & policy->donate_shapes) != 0)
		shapes &= policy->donate_shapes;
	sro->can_cancel = policy->cancel;
	sro->shape = policy_member(call->pe, shapes);
	sro->requests = policy_number(call->pe, 1, policy->donate_rounds);
	/* A run that spans requests could not be contiguous. */
	if (shapes == SRO_SHAPES_GPT)
		sro->requests = 1;
	if (granules != 0 && sro->requests > granules)
		sro->requests = granules;
	sro->to_ask = granules;
	ask_portion(call, sro);
}

void sro_ask(struct rmm_call *call, struct sro *sro, unsigned granules)
{
	sro_ask_for(call, sro, granules, SRO_SHAPES);
}

/* RMI_INCOMPLETE as this operation stands. */
static uint64_t incomplete(const struct sro *sro)
{
	return rmi_result_incomplete(sro->want, sro->can_cancel && !sro->abandoned);
}

static uint64_t donate_req(struct rmm_call *call, const struct sro *sro)
{
	if (sro->want != RMI_OP_MEM_REQ_DONATE)
		return 0;
	return rmi_op_mem_donate_req_encode(call->rmm->config.revision, sro->request);
}

uint64_t sro_incomplete(struct rmm_call *call, struct sro *sro)
{
	uint64_t x0 = incomplete(sro);

	call->out[1] = sro->handle;
	call->out[2] = donate_req(call, sro);
	call->num_out = sro->want == RMI_OP_MEM_REQ_DONATE ? 2 : 1;
	sro_release(call, sro, true);
	return x0;
}

/* The Host will donate no more: what it gave goes back, then the operation fails. */
static void abandon(struct sro *sro)
{
	sro->abandoned = true;
	sro->want = sro->memory.count != 0 ? RMI_OP_MEM_REQ_RECLAIM : RMI_OP_MEM_REQ_NONE;
}

/* The operation stays as it is. */
static uint64_t refuse_followup(struct rmm_call *call, struct sro *sro)
{
	sro_release(call, sro, true);
	return rmi_result(RMI_ERROR_INPUT);
}

uint64_t rmm_op_continue(struct rmm_call *call)
{
	uint64_t x0;
	struct sro *sro = sro_get(call, call->in[1], &x0);

	if (sro == NULL)
		return x0;
	switch (sro->want) {
	case RMI_OP_MEM_REQ_DONATE:
		if (quirk(call->rmm, RMM_QUIRK_CONTINUE_DURING_DONATE))
			return refuse_followup(call, sro);
		abandon(sro);
		return sro_incomplete(call, sro);
	case RMI_OP_MEM_REQ_RECLAIM:
		if (quirk(call->rmm, RMM_QUIRK_WRONG_FOLLOWUP_INPUT))
			return refuse_followup(call, sro);
		return sro_incomplete(call, sro);
	case RMI_OP_MEM_REQ_NONE:
		break;
	}
	call->num_out = 0;
	return sro->finish(call, sro);
}

/* Bytes of one block of the request, as a power of two. */
static unsigned request_block_shift(const struct rmm *rmm, const struct sro *sro)
{
	return rmi_rtt_level_shift(rmm->gshift, RMM_RTT_PAGE_LEVEL - (int)sro->request.size);
}

static uint64_t request_block(const struct rmm *rmm, const struct sro *sro)
{
	return UINT64_C(1) << request_block_shift(rmm, sro);
}

/* Whether a PA is in the tracking region that the operation works on. */
static bool in_own_region(const struct rmm *rmm, const struct sro *sro, uint64_t pa)
{
	return sro->command->fid == SMC_RMI_GRANULE_TRACKING_SET &&
	       pa - sro->region_base < rmm->tracking_region_size;
}

/*
 * The state that donated memory comes from and goes back to. Conditional memory is delegated where
 * granules are tracked, and undelegated where they are not.
 */
static enum granule_state outer_state(const struct rmm *rmm, const struct sro *sro, uint64_t pa,
                                      enum rmi_op_mem_state state)
{
	bool tracked = in_own_region(rmm, sro, pa) ? sro->region_tracked : pa_is_tracked(rmm, pa);

	if (state == RMI_OP_MEM_CONDITIONAL)
		return tracked ? GRAN_DELEGATED : GRAN_UNDELEGATED;
	return state == RMI_OP_MEM_DELEGATED ? GRAN_DELEGATED : GRAN_UNDELEGATED;
}

/* Whether the RMM can keep account of a granule that it takes from this state by itself. */
static bool can_take(const struct rmm *rmm, const struct sro *sro, uint64_t pa,
                     enum granule_state from)
{
	/*
	 * A2.3.9: an L1 GPT may lie anywhere in DRAM; nothing need be tracked before there is one,
	 * nor before activation.
	 */
	if (sro->command->fid == SMC_RMI_GPT_L1_CREATE || sro->command->fid == SMC_RMI_RMM_ACTIVATE)
		return true;
	if (from == GRAN_UNDELEGATED &&
	    gpt_check(rmm, pa, rmm_granule_size(rmm)) != rmi_result(RMI_SUCCESS))
		return false;
	if (in_own_region(rmm, sro, pa) || pa_is_tracked_fine(rmm, pa))
		return true;
	return sro->request.state == RMI_OP_MEM_CONDITIONAL &&
	       tracking_region_state(rmm, pa) == RMI_TRACKING_NONE;
}

/* Returns the first granules of a donation that turned out to be unusable. */
static void undo_take(struct rmm *rmm, const struct sro *sro,
                      const struct rmi_addr_range_desc *desc, uint64_t granules)
{
	for (uint64_t i = 0; i < granules; i++) {
		uint64_t pa = desc->base + (i << rmm->gshift);

		granule_move(granule_at(rmm, pa), GRAN_INTERNAL,
		             outer_state(rmm, sro, pa, desc->state));
	}
}

/* Takes the granules of one descriptor. @return false, with nothing changed, if one is unusable */
static bool take(struct rmm *rmm, const struct sro *sro, const struct rmi_addr_range_desc *desc)
{
	uint64_t granules = addr_range_size(rmm, desc) >> rmm->gshift;

	for (uint64_t i = 0; i < granules; i++) {
		uint64_t pa = desc->base + (i << rmm->gshift);
		enum granule_state from = outer_state(rmm, sro, pa, desc->state);
		struct granule *g = granule_at(rmm, pa);

		if (g == NULL || !granule_move(g, from, GRAN_INTERNAL)) {
			undo_take(rmm, sro, desc, i);
			return false;
		}
		/* Its region may have changed since it was looked at. */
		if (!can_take(rmm, sro, pa, from)) {
			granule_move(g, GRAN_INTERNAL, from);
			undo_take(rmm, sro, desc, i);
			return false;
		}
	}
	return true;
}

static struct sro_run *run_at(struct rmm *rmm, uint64_t pa)
{
	return granule_map(rmm, pa);
}

uint64_t sro_memory_within(struct rmm *rmm, const struct sro_memory *memory, uint64_t base,
                           uint64_t size)
{
	uint64_t pa = memory->first;
	uint64_t left = memory->count;
	uint64_t within = 0;

	while (left != 0) {
		const struct sro_run *run = run_at(rmm, pa);

		for (uint64_t i = 0; i < run->count; i++)
			within += pa + (i << rmm->gshift) - base < size;
		left -= run->count;
		pa = run->next;
	}
	return within;
}

/* Appends the granules of a descriptor, each a run of its own. */
static void chain(struct rmm *rmm, struct sro *sro, const struct rmi_addr_range_desc *desc)
{
	struct sro_memory *memory = &sro->memory;
	uint64_t size = addr_range_size(rmm, desc);

	for (uint64_t pa = desc->base; pa < desc->base + size; pa += rmm_granule_size(rmm)) {
		*run_at(rmm, pa) = (struct sro_run){.next = SRO_CHAIN_END, .count = 1};
		if (memory->first == SRO_CHAIN_END)
			memory->first = pa;
		else
			run_at(rmm, memory->last)->next = pa;
		memory->last = pa;
		memory->count++;
		rmm_touch(rmm, pa);
	}
	memory->state = desc->state;
}

/* Joins adjacent runs among the first granules, as far as a descriptor can tell them in one. */
static void join_runs(struct rmm *rmm, struct sro_memory *memory, uint64_t granules)
{
	uint64_t max = rmi_addr_range_desc_max_count(rmm->gshift);
	struct sro_run *run;
	uint64_t seen;

	if (memory->first == SRO_CHAIN_END)
		return;
	run = run_at(rmm, memory->first);
	seen = run->count;
	for (uint64_t pa = memory->first; run->next != SRO_CHAIN_END && seen < granules;) {
		struct sro_run *next = run_at(rmm, run->next);

		seen += next->count;
		if (run->next == pa + (run->count << rmm->gshift) &&
		    run->count + next->count <= max) {
			if (memory->last == run->next)
				memory->last = pa;
			run->count += next->count;
			run->next = next->next;
		} else {
			pa = run->next;
			run = next;
		}
	}
}

/* Whether a descriptor is what is asked for, given the bytes that are still wanted. */
static bool fits(const struct rmm *rmm, const struct sro *sro,
                 const struct rmi_addr_range_desc *desc, uint64_t wanted)
{
	uint64_t block = request_block(rmm, sro);
	uint64_t size = addr_range_size(rmm, desc);

	/* mem_align */
	if ((desc->base & (block - 1)) != 0 || (size & (block - 1)) != 0)
		return false;
	/* mem_gt */
	if (size > wanted)
		return false;
	/* mem_contig: one run in one descriptor, aligned to all of it */
	return sro->request.contig == RMI_OP_MEM_NON_CONTIG ||
	       (size == wanted && (desc->base & (wanted - 1)) == 0);
}

/* Whether every granule of a descriptor is in the state that is asked for: mem_state. */
static bool in_state(struct rmm *rmm, const struct sro *sro, const struct rmi_addr_range_desc *desc)
{
	uint64_t size = addr_range_size(rmm, desc);

	if (desc->state != sro->request.state)
		return false;
	for (uint64_t pa = desc->base; pa < desc->base + size; pa += rmm_granule_size(rmm)) {
		enum granule_state state = outer_state(rmm, sro, pa, desc->state);

		if (!granule_is(rmm, pa, state) || !can_take(rmm, sro, pa, state))
			return false;
	}
	return true;
}

/*
 * Goes through a list of descriptors, and takes what they describe if asked to. A Host that
 * rewrites the list in between finds each entry checked again.
 * @param[out] wrong_state whether mem_state is what is wrong
 */
static bool walk_donation(struct rmm_call *call, struct sro *sro, bool take_it, bool *wrong_state)
{
	struct rmm *rmm = call->rmm;
	uint64_t wanted = sro->request.count << request_block_shift(rmm, sro);

	for (uint64_t i = 0; i < call->in[3]; i++) {
		struct rmi_addr_range_desc desc;
		uint64_t word;
		uint64_t size;

		/* list_pas, for the granules after the first */
		if (!addr_list_read(rmm, call->in[2], i, &word))
			return false;
		desc = addr_range_decode(rmm, word);
		size = addr_range_size(rmm, &desc);
		if (!fits(rmm, sro, &desc, wanted))
			return false;
		*wrong_state = !in_state(rmm, sro, &desc);
		if (*wrong_state)
			return false;
		wanted -= size;
		if (!take_it)
			continue;
		if (!take(rmm, sro, &desc))
			return false;
		chain(rmm, sro, &desc);
		sro->request.count -= size >> request_block_shift(rmm, sro);
		call->out[1] += size >> rmm->gshift;
	}
	return true;
}

uint64_t rmm_op_mem_donate(struct rmm_call *call)
{
	uint64_t list = call->in[2];
	bool wrong_state = false;
	uint64_t x0;
	struct sro *sro = sro_get(call, call->in[1], &x0);

	if (sro == NULL)
		return x0;
	x0 = rmi_result(RMI_ERROR_INPUT);
	/* list_align, list_pas; a donation that nobody asked for is more than is needed: mem_gt */
	if ((list & 7) != 0 || !pa_is_nonsecure(call->rmm, list) ||
	    (sro->want != RMI_OP_MEM_REQ_DONATE && call->in[3] != 0))
		goto out;
	if (sro->want == RMI_OP_MEM_REQ_DONATE) {
		if (!walk_donation(call, sro, false, &wrong_state) ||
		    !walk_donation(call, sro, true, &wrong_state)) {
			if (!wrong_state ||
			    !quirk(call->rmm, RMM_QUIRK_DONATE_WRONG_STATE_RECLAIMS))
				goto out;
			abandon(sro);
			x0 = incomplete(sro);
			goto out;
		}
		if (sro->request.count == 0 && sro->to_ask != 0)
			ask_portion(call, sro);
		else if (sro->request.count == 0)
			sro->want = RMI_OP_MEM_REQ_NONE;
	}
	x0 = incomplete(sro);
out:
	call->out[2] = donate_req(call, sro);
	sro_release(call, sro, true);
	return x0;
}

/* Takes the first run off the chain and brings it back to where it came from. */
static void unchain(struct rmm *rmm, struct sro *sro)
{
	uint64_t pa = sro->memory.first;
	struct sro_run run = *run_at(rmm, pa);

	sro->memory.first = run.next;
	sro->memory.count -= run.count;
	for (uint64_t i = 0; i < run.count; i++) {
		enum granule_state state = outer_state(rmm, sro, pa, sro->memory.state);

		if (state == GRAN_UNDELEGATED)
			granule_wipe(rmm, pa);
		granule_move(granule_at(rmm, pa), GRAN_INTERNAL, state);
		pa += rmm_granule_size(rmm);
	}
}

/* Gives as many runs as the list has room for. @return how many */
static uint64_t reclaim(struct rmm *rmm, struct sro *sro, uint64_t list, uint64_t room)
{
	uint64_t count = 0;

	while (sro->memory.count != 0 && count < room) {
		struct rmi_addr_range_desc desc = {
		        .base = sro->memory.first,
		        .count = run_at(rmm, sro->memory.first)->count,
		        .state = sro->memory.state,
		};

		/* list_pas, for the granules of the list after the first */
		if (!addr_list_write(rmm, list, count, addr_range_encode(rmm, desc)))
			break;
		unchain(rmm, sro);
		count++;
	}
	return count;
}

uint64_t rmm_op_mem_reclaim(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	uint64_t list = call->in[2];
	uint64_t x0;
	struct sro *sro = sro_get(call, call->in[1], &x0);

	if (sro == NULL)
		return x0;
	x0 = rmi_result(RMI_ERROR_INPUT);
	/* list_align, list_pas */
	if ((list & 7) != 0 || !pa_is_nonsecure(rmm, list))
		goto out;
	if (quirk(rmm, RMM_QUIRK_WRONG_FOLLOWUP_INPUT) && sro->want == RMI_OP_MEM_REQ_DONATE)
		goto out;
	if (sro->want == RMI_OP_MEM_REQ_RECLAIM) {
		join_runs(rmm, &sro->memory, call->in[3]);
		call->out[1] = reclaim(rmm, sro, list, call->in[3]);
		if (sro->memory.count == 0)
			sro->want = RMI_OP_MEM_REQ_NONE;
	}
	x0 = incomplete(sro);
out:
	sro_release(call, sro, true);
	return x0;
}

uint64_t rmm_op_cancel(struct rmm_call *call)
{
	uint64_t x0;
	struct sro *sro = sro_get(call, call->in[1], &x0);

	if (sro == NULL)
		return x0;
	/* can_cancel */
	if (!sro->can_cancel || sro->abandoned) {
		sro_release(call, sro, true);
		return rmi_result(RMI_ERROR_INPUT);
	}
	abandon(sro);
	x0 = incomplete(sro);
	sro_release(call, sro, true);
	return x0;
}
