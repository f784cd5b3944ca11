/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Granules: their states, and the locks of the objects that live in them.
 *
 * One word per granule holds its state and its lock, so that a state can be tested and a lock taken
 * in one step: whoever asks for a lock names the state that the granule must be in, and gets
 * nothing when it is in another one. Locks are therefore only ever held on granules of the state
 * that the lock was asked for, whatever addresses a caller passes.
 *
 * What a lock guards:
 *  - GRAN_RD: the RD and the RTTs of the realm. Shared: walks and reads. Exclusive: changes.
 *  - GRAN_REC: the REC while it is not REC_RUNNING; a running REC belongs to its PE.
 * Granules in other states are not locked: a single transition (granule_move()) takes or releases
 * them.
 *
 * Locking order: RECs in the order of their addresses, then one RD. A transition may be made under
 * any lock.
 */
#ifndef RMM_GRANULE_GRANULE_H
#define RMM_GRANULE_GRANULE_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct rmm;

/** RmmGranuleState (C2). UNDELEGATED is 0, so a granule table of zeros is the state at boot. */
enum granule_state {
	GRAN_UNDELEGATED,
	GRAN_DELEGATED,
	GRAN_RD,
	GRAN_REC,
	GRAN_RTT,
	GRAN_DATA,
	GRAN_INTERNAL,
	GRAN_NUM_STATES
};

/** A granule of DRAM. */
struct granule {
	_Atomic uint32_t word;
	/**
	 * GRAN_RTT: number of live entries (A5.6.8). GRAN_RD: number of RECs. Guarded by the lock
	 * of the RD.
	 */
	uint32_t count;
};

/** Name of a state, as the specification spells it. */
const char *granule_state_name(enum granule_state state);

/** The part of a granule's word that is its state. */
#define GRANULE_STATE_MASK   UINT32_C(0xf)

/** The part of a granule's word that says that its object is intermediate (B4.3.3). */
#define GRANULE_INTERMEDIATE (UINT32_C(1) << 4)

/** The part of a granule's word that says that it is locked exclusively. */
#define GRANULE_WRITER       UINT32_C(0x100)

/** The part of a granule's word that counts shared locks, and one of them. */
#define GRANULE_READERS      UINT32_C(0xffff0000)
#define GRANULE_READER       (UINT32_C(1) << 16)

/** The state of a granule, as it was a moment ago. */
static inline enum granule_state granule_state(const struct granule *g)
{
	return (enum granule_state)(atomic_load_explicit(&g->word, memory_order_acquire) &
	                            GRANULE_STATE_MASK);
}

/** State and flags of a granule, as they were a moment ago, without its locks. */
uint32_t granule_state_and_flags(const struct granule *g);

/** The state of a granule that is not about to be undelegated: waits until that is over. */
enum granule_state granule_settled_state(const struct granule *g);

/** Whether the PA is granule aligned and the granule there is in this state. */
bool granule_is(struct rmm *rmm, uint64_t pa, enum granule_state state);

/** granule_move() of a granule that is locked, or has flags, or is in another state. */
bool granule_move_slowly(struct granule *g, enum granule_state from, enum granule_state to);

/**
 * Brings a granule from one state to another; its object is not intermediate afterwards.
 * @return whether it was in the first state
 */
static inline bool granule_move(struct granule *g, enum granule_state from, enum granule_state to)
{
	uint32_t word = (uint32_t)from;

	/* Most granules have neither lock nor flag. */
	return atomic_compare_exchange_strong_explicit(
	               &g->word, &word, (uint32_t)to, memory_order_acq_rel, memory_order_relaxed) ||
	       granule_move_slowly(g, from, to);
}

/** granule_move() to an object that belongs to an open stateful operation (B4.3.3). */
bool granule_move_intermediate(struct granule *g, enum granule_state from, enum granule_state to);

/** Locks of a granule that is locked by others, or has flags, or is in another state. */
bool granule_lock_slowly(struct granule *g, enum granule_state state);
bool granule_lock_shared_slowly(struct granule *g, enum granule_state state);

/** granule_unlock() of a granule that an operation may settle at the same time. */
void granule_unlock_intermediate(struct granule *g, enum granule_state state);

/** Takes the lock of a granule in this state. @return whether it was in this state */
static inline bool granule_lock(struct granule *g, enum granule_state state)
{
	uint32_t word = (uint32_t)state;

	return atomic_compare_exchange_strong_explicit(
	               &g->word, &word, (uint32_t)state | GRANULE_WRITER, memory_order_acquire,
	               memory_order_relaxed) ||
	       granule_lock_slowly(g, state);
}

static inline bool granule_lock_shared(struct granule *g, enum granule_state state)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);

	return ((word & ~GRANULE_READERS) == (uint32_t)state &&
	        atomic_compare_exchange_strong_explicit(&g->word, &word, word + GRANULE_READER,
	                                                memory_order_acquire,
	                                                memory_order_relaxed)) ||
	       granule_lock_shared_slowly(g, state);
}

static inline void granule_unlock_shared(struct granule *g)
{
	uint32_t before = atomic_fetch_sub_explicit(&g->word, GRANULE_READER, memory_order_release);

	assert((before & GRANULE_READERS) != 0);
	(void)before;
}

/** Releases an exclusive lock; the granule is in this state from now on. */
static inline void granule_unlock(struct granule *g, enum granule_state state)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);

	assert((word & GRANULE_WRITER) != 0);
	/*
	 * Others change the word of a granule that is locked only to say that they wait, and say it
	 * again if it is lost here. An operation may settle what is intermediate without the lock.
	 */
	if ((word & GRANULE_INTERMEDIATE) != 0)
		granule_unlock_intermediate(g, state);
	else
		atomic_store_explicit(
		        &g->word, (word & ~(GRANULE_STATE_MASK | GRANULE_WRITER)) | (uint32_t)state,
		        memory_order_release);
}

/** Ends granule_lock() of a delegated granule: it is the Host's again. */
static inline void granule_end_undelegate(struct granule *g)
{
	/* A delegated granule has no flag that somebody else might set; waiters look again. */
	atomic_store_explicit(&g->word, GRAN_UNDELEGATED, memory_order_release);
}

/** Marks the object of a locked granule as intermediate, or clears that. */
void granule_set_intermediate(struct granule *g, bool intermediate);

/** Whether the object in a granule belongs to an open stateful operation. */
bool granule_is_intermediate(const struct granule *g);

/**
 * Makes a granule without an object intermediate: it belongs to an open operation, and nobody can
 * move or lock it until granule_unclaim().
 * @return whether it was GRAN_UNDELEGATED or GRAN_DELEGATED, and nobody's
 */
bool granule_claim(struct granule *g);
void granule_unclaim(struct granule *g);

/** Whether a granule without an object belongs to an open operation. */
bool granule_is_claimed(const struct granule *g);

/**
 * Notes that a vCPU may hold a translation to this granule as Non-secure memory.
 * @return whether it is GRAN_UNDELEGATED, which it must be for that
 */
bool granule_set_ns_cached(struct granule *g);

/** granule_delegate() of a granule that has flags, or is in another state. */
bool granule_delegate_slowly(struct granule *g, bool *ns_cached);

/**
 * Brings a granule from GRAN_UNDELEGATED to GRAN_DELEGATED.
 * @param[out] ns_cached whether a vCPU may hold a translation to it as Non-secure memory
 * @return whether it was in the first state
 */
static inline bool granule_delegate(struct granule *g, bool *ns_cached)
{
	uint32_t word = GRAN_UNDELEGATED;

	*ns_cached = false;
	return atomic_compare_exchange_strong_explicit(&g->word, &word, GRAN_DELEGATED,
	                                               memory_order_acq_rel,
	                                               memory_order_relaxed) ||
	       granule_delegate_slowly(g, ns_cached);
}

/** NonSecureAccessPermitted (B3.52): DRAM that is GRAN_UNDELEGATED. */
bool pa_is_nonsecure(struct rmm *rmm, uint64_t pa);

/** PA of a granule. */
uint64_t granule_pa(const struct rmm *rmm, const struct granule *g);

/** Overwrites a granule with zeros. */
void granule_wipe(struct rmm *rmm, uint64_t pa);

#endif
