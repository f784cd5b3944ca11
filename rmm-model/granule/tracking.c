/* SPDX-License-Identifier: BSD-3-Clause */
#include "granule/tracking.h"

#include "core/policy.h"
#include "core/quirks.h"
#include "core/revision.h"
#include "core/rmm.h"

/* Number of the region among those that hold DRAM; tracking.count or more if it holds none. */
static uint64_t region_number(const struct rmm *rmm, uint64_t pa)
{
	return (pa >> rmm->tracking.shift) - rmm->tracking.first;
}

enum rmi_tracking_region_state tracking_region_state_outside(const struct rmm *rmm, uint64_t pa)
{
	uint64_t region = region_number(rmm, pa);

	return region < rmm->tracking.count ? tracking_state_of(rmm, region)
	                                    : RMI_TRACKING_RESERVED;
}

uint64_t tracking_region_size(uint8_t granule_size, uint8_t region_size)
{
	static const uint64_t sizes[3][2] = {
	        [RMI_GRANULE_SIZE_4KB] = {UINT64_C(1) << 30, 0},
	        [RMI_GRANULE_SIZE_16KB] = {UINT64_C(32) << 20, UINT64_C(64) << 30},
	        [RMI_GRANULE_SIZE_64KB] = {UINT64_C(512) << 20, UINT64_C(4) << 40},
	};

	if (granule_size > RMI_GRANULE_SIZE_64KB || region_size > 1)
		return 0;
	return sizes[granule_size][region_size];
}

void tracking_look(struct rmm *rmm)
{
	atomic_store(&rmm->all_fine, atomic_load(&rmm->state) == RMM_STATE_ACTIVE &&
	                                     rmm->tracking.not_fine == 0 &&
	                                     rmm->gpt.not_table == 0);
}

void tracking_set_region_size(struct rmm *rmm, uint64_t size)
{
	struct tracking *t = &rmm->tracking;
	uint64_t last = rmm->config.dram_base + (rmm->config.dram_size - 1);

	for (uint64_t i = 0; i < t->count; i++) {
		if (atomic_load(&t->state[i]) != 0)
			atomic_store(&t->state[i], 0);
	}
	rmm->tracking_region_size = size;
	t->shift = (unsigned)__builtin_ctzll(size);
	t->first = rmm->config.dram_base >> t->shift;
	t->count = (last >> t->shift) - t->first + 1;
	t->not_fine = rmm->config.tracking == RMI_TRACKING_FINE ? 0 : t->count;
}

bool pa_is_tracked(const struct rmm *rmm, uint64_t pa)
{
	return tracking_is_tracked(tracking_region_state(rmm, pa));
}

bool pa_is_tracked_fine(const struct rmm *rmm, uint64_t pa)
{
	return tracking_region_state(rmm, pa) == RMI_TRACKING_FINE;
}

bool tracking_take(struct rmm *rmm, uint64_t pa, enum granule_state to)
{
	struct granule *g = granule_at(rmm, pa);

	if (!granule_move(g, GRAN_DELEGATED, to))
		return false;
	if (tracking_still_fine(rmm, pa))
		return true;
	granule_move(g, to, GRAN_DELEGATED);
	return false;
}

bool pa_is_delegable_conventional_fine(const struct rmm *rmm, uint64_t pa)
{
	return pa - rmm->config.dram_base < rmm->config.dram_size && pa_is_tracked_fine(rmm, pa);
}

uint64_t tracking_granularity(const struct rmm *rmm, uint64_t pa)
{
	if (tracking_region_state(rmm, pa) == RMI_TRACKING_COARSE)
		return rmm->tracking_region_size;
	return rmm_granule_size(rmm);
}

/* addr_align, addr_bound, as they are written: the last address is let through. */
static bool addr_is_good(const struct rmm *rmm, uint64_t addr, uint64_t align)
{
	return (addr & (align - 1)) == 0 && addr <= UINT64_C(1) << RMM_PA_BITS(rmm);
}

/* B4.5.19. A2.1.2.1 wants RMM_STATE_ACTIVE, the command's own table does not. */
uint64_t rmm_granule_tracking_get(struct rmm_call *call)
{
	const struct rmm *rmm = call->rmm;
	uint64_t align = rmm->tracking_region_size;
	enum rmi_tracking_region_state state;

	if (quirk(rmm, RMM_QUIRK_TRACKING_GET))
		align = rmm_granule_size(rmm);
	/* addr_align, addr_bound */
	if (!addr_is_good(rmm, call->in[1], align))
		return rmi_result(RMI_ERROR_INPUT);
	state = tracking_region_state(rmm, call->in[1]);
	/* B4.3.3 */
	if (state == RMI_TRACKING_INTERMEDIATE && !revision_has_tracking_intermediate(&rmm->config))
		return rmi_result(RMI_BLOCKED);
	call->out[1] = RMI_MEM_CATEGORY_CONVENTIONAL;
	if (state == RMI_TRACKING_RESERVED && revision_has_category_none(&rmm->config))
		call->out[1] = RMI_MEM_CATEGORY_NONE;
	call->out[2] = state;
	return rmi_result(RMI_SUCCESS);
}

/* A change of a region: what TRACKING_SET was asked, and what it finds. */
struct change {
	uint64_t region; /* Its number. */
	enum rmi_tracking_region_state from;
	enum rmi_tracking_region_state to;
};

static void set_state(struct rmm *rmm, uint64_t region, enum rmi_tracking_region_state state)
{
	struct tracking *t = &rmm->tracking;

	t->not_fine -= tracking_state_of(rmm, region) != RMI_TRACKING_FINE;
	t->not_fine += state != RMI_TRACKING_FINE;
	atomic_store(&t->state[region], (uint8_t)state);
	tracking_look(rmm);
}

/* State that donated memory within its own region returns to. */
static enum granule_state state_after(const struct sro_memory *memory, const struct change *c)
{
	if (memory->state == RMI_OP_MEM_CONDITIONAL && !tracking_is_tracked(c->to))
		return GRAN_UNDELEGATED;
	return GRAN_DELEGATED;
}

/*
 * A region can become coarse if all its granules have one state (A2.3.4), and untracked if the RMM
 * has none of them. The region's own metadata counts as what it will be when the Host has it again.
 */
static bool may_change(struct rmm *rmm, const struct change *c)
{
	static const enum granule_state states[] = {GRAN_UNDELEGATED, GRAN_DELEGATED, GRAN_DATA};
	const struct sro_memory *memory = &rmm->tracking.memory[c->region];
	uint64_t base = (rmm->tracking.first + c->region) << rmm->tracking.shift;
	uint64_t own = sro_memory_within(rmm, memory, base, rmm->tracking_region_size);
	struct granule_census census;

	if (c->to == RMI_TRACKING_FINE)
		return true;
	granule_census(rmm, base, rmm->tracking_region_size, &census);
	census.count[GRAN_INTERNAL] -= own;
	if (own != 0)
		census.count[state_after(memory, c)] += own;
	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (census.count[states[i]] == census.total)
			return c->to == RMI_TRACKING_COARSE || states[i] == GRAN_UNDELEGATED;
	}
	return false;
}

static void commit(struct rmm *rmm, const struct change *c)
{
	rmm->tracking.num_tracked += tracking_is_tracked(c->to);
	rmm->tracking.num_tracked -= tracking_is_tracked(c->from);
	set_state(rmm, c->region, c->to);
}

/* Ends TRACKING_SET once the Host has donated what it must, or has got back what it donated. */
static uint64_t finish_set(struct rmm_call *call, struct sro *sro)
{
	struct rmm *rmm = call->rmm;
	struct change c = {sro->region, sro->region_from, sro->region_to};
	uint64_t x0 = rmi_result(RMI_ERROR_INPUT);

	pthread_mutex_lock(&rmm->global_lock);
	rmm->open_globals--;
	if (sro->abandoned) {
		set_state(rmm, c.region, c.from);
	} else {
		rmm->tracking.memory[c.region] = sro->memory;
		commit(rmm, &c);
		x0 = rmi_result(RMI_SUCCESS);
	}
	pthread_mutex_unlock(&rmm->global_lock);
	sro_end(call, sro);
	return x0;
}

/* Tracking each granule takes metadata, and tracking a region as a whole none. */
static uint64_t change_region(struct rmm_call *call, const struct change *c)
{
	struct rmm *rmm = call->rmm;
	struct sro_memory *memory = &rmm->tracking.memory[c->region];
	bool fine = c->to == RMI_TRACKING_FINE;
	unsigned metadata = 0;
	struct sro *sro;
	uint64_t x0;

	if (!may_change(rmm, c))
		return rmi_result(RMI_ERROR_INPUT);
	if (fine)
		metadata = policy_number(call->pe, 0, rmm->config.policy.tracking_aux);
	if (metadata == 0 && memory->count == 0) {
		commit(rmm, c);
		return rmi_result(RMI_SUCCESS);
	}
	sro = sro_begin(call, &x0);
	if (sro == NULL)
		return x0;
	sro->region = c->region;
	sro->region_base = (rmm->tracking.first + c->region) << rmm->tracking.shift;
	sro->region_from = c->from;
	sro->region_to = c->to;
	sro->region_tracked = tracking_is_tracked(fine ? c->from : c->to);
	sro->finish = finish_set;
	rmm->open_globals++;
	if (fine) {
		sro_ask_for(call, sro, metadata, SRO_SHAPES_TRACKING);
	} else {
		sro->memory = *memory;
		*memory = SRO_NO_MEMORY;
		sro->want = RMI_OP_MEM_REQ_RECLAIM;
	}
	return sro_incomplete(call, sro);
}

static uint64_t set_locked(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct change c = {
	        .region = region_number(rmm, call->in[1]),
	        .to = (enum rmi_tracking_region_state)(call->in[3] & 7),
	};
	uint64_t x0;

	/* rmm_state */
	if (atomic_load(&rmm->state) != RMM_STATE_ACTIVE)
		return rmi_result(RMI_ERROR_GLOBAL);
	/* state_valid */
	if (c.to != RMI_TRACKING_NONE && c.to != RMI_TRACKING_FINE && c.to != RMI_TRACKING_COARSE)
		return rmi_result(RMI_ERROR_INPUT);
	/* addr_align, addr_bound, reserved, category */
	if (!addr_is_good(rmm, call->in[1], rmm->tracking_region_size) ||
	    c.region >= rmm->tracking.count || (call->in[2] & 3) != RMI_MEM_CATEGORY_CONVENTIONAL)
		return rmi_result(RMI_ERROR_INPUT);
	c.from = tracking_state_of(rmm, c.region);
	if (c.from == RMI_TRACKING_INTERMEDIATE)
		return rmi_result(RMI_BLOCKED);
	if (c.from == c.to)
		return rmi_result(RMI_SUCCESS);
	/* A2.3.4; without a trace, should the region be in use */
	if (!may_change(rmm, &c))
		return rmi_result(RMI_ERROR_INPUT);
	/* From here on nothing moves in the region, but something may have until now. */
	set_state(rmm, c.region, RMI_TRACKING_INTERMEDIATE);
	x0 = change_region(call, &c);
	if (rmi_status(x0) != RMI_SUCCESS && rmi_status(x0) != RMI_INCOMPLETE)
		set_state(rmm, c.region, c.from);
	return x0;
}

/* B4.5.20 */
uint64_t rmm_granule_tracking_set(struct rmm_call *call)
{
	uint64_t x0;

	pthread_mutex_lock(&call->rmm->global_lock);
	x0 = set_locked(call);
	pthread_mutex_unlock(&call->rmm->global_lock);
	return x0;
}
