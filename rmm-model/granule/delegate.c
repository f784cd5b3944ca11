/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_GRANULE_RANGE_DELEGATE and RMI_GRANULE_RANGE_UNDELEGATE (DEN0137 A2.3.6, B4.5.17, B4.5.18).
 */
#include "granule/delegate.h"

#include "core/policy.h"
#include "core/quirks.h"
#include "core/revision.h"
#include "core/rmm.h"
#include "granule/gpt.h"
#include "granule/tracking.h"
#include "guest/stage2.h"

/* One granule costs little more than to overwrite it: a transition costs no indirect call. */
#define INLINE __attribute__((always_inline)) static inline

/* base_align, top_align, top_bound */
static bool range_is_valid(const struct rmm *rmm, uint64_t base, uint64_t top)
{
	return pa_is_granule_aligned(rmm, base) && pa_is_granule_aligned(rmm, top) && top > base;
}

/*
 * Whether what was found about the RMM, the region and the GPT still holds. Whoever changes them
 * has looked at a granule before it moved, or is found here.
 */
INLINE bool still_holds(const struct rmm *rmm, uint64_t pa, enum rmi_tracking_region_state tracking)
{
	uint64_t size =
	        tracking == RMI_TRACKING_COARSE ? rmm->tracking_region_size : rmm_granule_size(rmm);

	return atomic_load(&rmm->all_fine) ||
	       (tracking_region_state(rmm, pa) == tracking &&
	        gpt_check(rmm, pa & ~(size - 1), size) == rmi_result(RMI_SUCCESS));
}

INLINE bool delegate(struct rmm *rmm, uint64_t pa, enum rmi_tracking_region_state tracking)
{
	struct granule *g = granule_at(rmm, pa);
	bool ns_cached;

	rmm_touch(rmm, pa);
	if (!granule_delegate(g, &ns_cached))
		return false;
	if (!still_holds(rmm, pa, tracking) || atomic_load(&rmm->state) != RMM_STATE_ACTIVE) {
		granule_move(g, GRAN_DELEGATED, GRAN_UNDELEGATED);
		return false;
	}
	/* A realm that reached the granule as shared memory must lose it now. */
	if (ns_cached)
		stage2_flush_all(rmm);
	return true;
}

/* Takes delegate() back; nothing has been written yet. */
static void undo_delegate(struct rmm *rmm, uint64_t pa)
{
	granule_move(granule_at(rmm, pa), GRAN_DELEGATED, GRAN_UNDELEGATED);
}

INLINE bool undelegate(struct rmm *rmm, uint64_t pa, enum rmi_tracking_region_state tracking)
{
	struct granule *g = granule_at(rmm, pa);

	if (!granule_lock(g, GRAN_DELEGATED))
		return false;
	if (!still_holds(rmm, pa, tracking)) {
		granule_unlock(g, GRAN_DELEGATED);
		return false;
	}
	granule_wipe(rmm, pa);
	granule_end_undelegate(g);
	return true;
}

static void undo_undelegate(struct rmm *rmm, uint64_t pa)
{
	bool ns_cached;

	if (granule_delegate(granule_at(rmm, pa), &ns_cached) && ns_cached)
		stage2_flush_all(rmm);
}

/* One transition, and how to take it back. */
struct transition {
	bool (*move)(struct rmm *, uint64_t pa, enum rmi_tracking_region_state tracking);
	void (*undo)(struct rmm *, uint64_t pa);
	enum granule_state from;
	enum granule_state to;
	/** Granules that are there already are passed over. */
	bool tolerant;
};

/* Whether a granule is where the transition leads, and no operation is about to change that. */
static inline bool is_there(const struct granule *g, const struct transition *t)
{
	return t->tolerant && granule_state(g) == t->to && !granule_is_claimed(g);
}

/* Moves a granule, or passes over it. */
INLINE bool step(struct rmm *rmm, uint64_t pa, enum rmi_tracking_region_state tracking,
                 const struct transition *t)
{
	return t->move(rmm, pa, tracking) || is_there(granule_at(rmm, pa), t);
}

/* How many granules there are to move; UINT64_MAX if one of them cannot: populated, state. */
static uint64_t count_ready(struct rmm *rmm, uint64_t pa, uint64_t size, const struct transition *t)
{
	uint64_t count = 0;

	for (uint64_t done = 0; done < size; done += rmm_granule_size(rmm)) {
		const struct granule *g = granule_at(rmm, pa + done);

		if (g == NULL)
			return UINT64_MAX;
		if (granule_state(g) == t->from)
			count++;
		else if (!is_there(g, t))
			return UINT64_MAX;
	}
	return count;
}

/* Moves all of a piece or nothing. */
static bool move_piece(struct rmm *rmm, uint64_t pa, uint64_t size,
                       enum rmi_tracking_region_state tracking, const struct transition *t)
{
	for (uint64_t done = 0; done < size; done += rmm_granule_size(rmm)) {
		if (step(rmm, pa + done, tracking, t))
			continue;
		while (done != 0) {
			done -= rmm_granule_size(rmm);
			t->undo(rmm, pa + done);
		}
		return false;
	}
	return true;
}

/*
 * Moves what starts at pa: a granule, or a coarsely tracked region. B4.5.17 and B4.5.18 give
 * RMI_ERROR_INPUT for every obstacle of tracking.
 * @return bytes moved; 0 with the reason in *x0
 */
static uint64_t move_slowly(struct rmm *rmm, uint64_t pa, uint64_t left, const struct transition *t,
                            uint64_t *x0)
{
	enum rmi_tracking_region_state tracking = tracking_region_state(rmm, pa);
	uint64_t size =
	        tracking == RMI_TRACKING_COARSE ? rmm->tracking_region_size : rmm_granule_size(rmm);
	uint64_t count;

	*x0 = rmi_result(tracking == RMI_TRACKING_INTERMEDIATE ? RMI_BLOCKED : RMI_ERROR_INPUT);
	if (!tracking_is_tracked(tracking) || (pa & (size - 1)) != 0 || size > left)
		return 0;
	/* populated, state */
	count = count_ready(rmm, pa, size, t);
	if (count == UINT64_MAX)
		return 0;
	if (count == 0)
		return size;
	*x0 = gpt_check(rmm, pa, size);
	if (rmi_status(*x0) != RMI_SUCCESS)
		return 0;
	*x0 = rmi_result(RMI_ERROR_INPUT);
	return move_piece(rmm, pa, size, tracking, t) ? size : 0;
}

INLINE uint64_t move_one(struct rmm *rmm, uint64_t pa, uint64_t left, const struct transition *t,
                         uint64_t *x0)
{
	if (!atomic_load(&rmm->all_fine))
		return move_slowly(rmm, pa, left, t, x0);
	/* populated, state */
	if (granule_at(rmm, pa) != NULL && step(rmm, pa, RMI_TRACKING_FINE, t))
		return rmm_granule_size(rmm);
	*x0 = rmi_result(RMI_ERROR_INPUT);
	return 0;
}

INLINE uint64_t move_range(struct rmm_call *call, const struct transition *t)
{
	uint64_t pa = call->in[1];
	uint64_t top = call->in[2];
	uint64_t objects = policy_range(call->pe);
	uint64_t x0 = rmi_result(RMI_ERROR_INPUT);

	while (pa < top && objects-- != 0) {
		uint64_t size = move_one(call->rmm, pa, top - pa, t, &x0);

		if (size == 0)
			break;
		pa += size;
	}
	if (pa == call->in[1])
		return x0;
	call->out[1] = pa;
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_granule_range_delegate(struct rmm_call *call)
{
	static const struct transition t = {
	        .move = delegate,
	        .undo = undo_delegate,
	        .from = GRAN_UNDELEGATED,
	        .to = GRAN_DELEGATED,
	};

	/* rmm_state */
	if (atomic_load(&call->rmm->state) != RMM_STATE_ACTIVE)
		return rmi_result(RMI_ERROR_GLOBAL);
	if (!range_is_valid(call->rmm, call->in[1], call->in[2]))
		return rmi_result(RMI_ERROR_INPUT);
	return move_range(call, &t);
}

uint64_t rmm_granule_range_undelegate(struct rmm_call *call)
{
	static const struct transition strict = {
	        .move = undelegate,
	        .undo = undo_undelegate,
	        .from = GRAN_DELEGATED,
	        .to = GRAN_UNDELEGATED,
	};
	static const struct transition tolerant = {
	        .move = undelegate,
	        .undo = undo_undelegate,
	        .from = GRAN_DELEGATED,
	        .to = GRAN_UNDELEGATED,
	        .tolerant = true,
	};

	if (quirk(call->rmm, RMM_QUIRK_UNDELEGATE_IN_INIT) &&
	    atomic_load(&call->rmm->state) != RMM_STATE_ACTIVE)
		return rmi_result(RMI_ERROR_GLOBAL);
	if (!range_is_valid(call->rmm, call->in[1], call->in[2]))
		return rmi_result(RMI_ERROR_INPUT);
	if (revision_undelegates_twice(&call->rmm->config))
		return move_range(call, &tolerant);
	return move_range(call, &strict);
}
