/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_GRANULE_RANGE_DELEGATE and RMI_GRANULE_RANGE_UNDELEGATE (DEN0137 A2.3.6, B4.5.17, B4.5.18).
 */
#include "granule/delegate.h"

#include "core/policy.h"
#include "core/rmm.h"
#include "granule/tracking.h"
#include "guest/stage2.h"

/* base_align, top_align, top_bound */
static bool range_is_valid(const struct rmm *rmm, uint64_t base, uint64_t top)
{
	return pa_is_granule_aligned(rmm, base) && pa_is_granule_aligned(rmm, top) && top > base;
}

static inline bool delegate(struct rmm *rmm, uint64_t pa)
{
	struct granule *g = granule_at(rmm, pa);
	bool ns_cached;

	if (!granule_delegate(g, &ns_cached))
		return false;
	rmm_touch(rmm, pa);
	/* RMI_RMM_DEACTIVATE has looked at this granule before, or finds it now. */
	if (atomic_load(&rmm->state) != RMM_STATE_ACTIVE) {
		granule_move(g, GRAN_DELEGATED, GRAN_UNDELEGATED);
		return false;
	}
	/* A realm that reached the granule as shared memory must lose it now. */
	if (ns_cached)
		stage2_flush_all(rmm);
	return true;
}

/* Takes delegate() back; nothing has been written yet. */
static bool release(struct rmm *rmm, uint64_t pa)
{
	return granule_move(granule_at(rmm, pa), GRAN_DELEGATED, GRAN_UNDELEGATED);
}

static bool is_undelegated(const struct granule *g)
{
	return granule_state(g) == GRAN_UNDELEGATED;
}

static bool is_delegated(const struct granule *g)
{
	return granule_state(g) == GRAN_DELEGATED;
}

static inline bool undelegate(struct rmm *rmm, uint64_t pa)
{
	struct granule *g = granule_at(rmm, pa);

	if (!granule_begin_undelegate(g))
		return false;
	granule_wipe(rmm, pa);
	granule_end_undelegate(g);
	return true;
}

/* One transition, and how to take it back. */
struct transition {
	bool (*move)(struct rmm *, uint64_t pa);
	bool (*undo)(struct rmm *, uint64_t pa);
	/** Whether the granule is in the state to start from. */
	bool (*ready)(const struct granule *g);
};

/* Moves a coarsely tracked region, all of it or nothing. @return bytes moved */
static uint64_t move_region(struct rmm *rmm, uint64_t pa, uint64_t left, const struct transition *t)
{
	uint64_t step = rmm_granule_size(rmm);
	uint64_t size = rmm->tracking_region_size;

	if ((pa & (size - 1)) != 0 || size > left)
		return 0;
	for (uint64_t done = 0; done < size; done += step) {
		const struct granule *g = granule_at(rmm, pa + done);

		/* populated, state */
		if (g == NULL || !t->ready(g))
			return 0;
	}
	for (uint64_t done = 0; done < size; done += step) {
		if (t->move(rmm, pa + done))
			continue;
		while (done != 0) {
			done -= step;
			t->undo(rmm, pa + done);
		}
		return 0;
	}
	return size;
}

/*
 * Moves what starts at pa: a granule, or a coarsely tracked region. B4.5.17 and B4.5.18 give
 * RMI_ERROR_INPUT for every obstacle of tracking.
 * @return bytes moved
 */
__attribute__((always_inline)) static inline uint64_t move_one(struct rmm *rmm, uint64_t pa,
                                                               uint64_t left,
                                                               const struct transition *t)
{
	switch (tracking_region_state(rmm, pa)) {
	case RMI_TRACKING_FINE:
		/* populated, state */
		return granule_at(rmm, pa) != NULL && t->move(rmm, pa) ? rmm_granule_size(rmm) : 0;
	case RMI_TRACKING_COARSE:
		return move_region(rmm, pa, left, t);
	case RMI_TRACKING_RESERVED:
	case RMI_TRACKING_NONE:
	case RMI_TRACKING_INTERMEDIATE:
		break;
	}
	return 0;
}

/* Inlined, so that a transition costs no indirect call. */
__attribute__((always_inline)) static inline uint64_t move_range(struct rmm_call *call,
                                                                 const struct transition *t)
{
	uint64_t pa = call->in[1];
	uint64_t top = call->in[2];
	uint64_t objects = policy_range(call->pe);

	while (pa < top && objects-- != 0) {
		uint64_t size = move_one(call->rmm, pa, top - pa, t);

		if (size == 0)
			break;
		pa += size;
	}
	if (pa == call->in[1])
		return rmi_result(RMI_ERROR_INPUT);
	call->out[1] = pa;
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_granule_range_delegate(struct rmm_call *call)
{
	static const struct transition t = {delegate, release, is_undelegated};

	/* rmm_state */
	if (atomic_load(&call->rmm->state) != RMM_STATE_ACTIVE)
		return rmi_result(RMI_ERROR_GLOBAL);
	if (!range_is_valid(call->rmm, call->in[1], call->in[2]))
		return rmi_result(RMI_ERROR_INPUT);
	return move_range(call, &t);
}

static bool is_idle(const struct granule *g)
{
	return is_delegated(g) || is_undelegated(g);
}

static inline bool undelegate_or_skip(struct rmm *rmm, uint64_t pa)
{
	return undelegate(rmm, pa) || is_undelegated(granule_at(rmm, pa));
}

uint64_t rmm_granule_range_undelegate(struct rmm_call *call)
{
	static const struct transition strict = {undelegate, delegate, is_delegated};
	/*
	 * From 2.0-bet3 on granules that are undelegated already are passed over, so a range that
	 * is partly delegated can be undone in one go.
	 */
	static const struct transition tolerant = {undelegate_or_skip, delegate, is_idle};

	if (!range_is_valid(call->rmm, call->in[1], call->in[2]))
		return rmi_result(RMI_ERROR_INPUT);
	if (call->rmm->config.revision == RMI_REVISION_2_0_BET1)
		return move_range(call, &strict);
	return move_range(call, &tolerant);
}
