/* SPDX-License-Identifier: BSD-3-Clause */
#include "granule/granule.h"

#include <assert.h>
#include <sched.h>
#include <string.h>

#include "core/rmm.h"

/*
 * The word of a granule: state [3:0], intermediate [4], cached as Non-secure [5], exclusive lock
 * [8], a waiting writer [9], number of shared locks [31:16].
 */
#define WORD_STATE         UINT32_C(0xf)
#define WORD_INTERMEDIATE  GRANULE_INTERMEDIATE
#define WORD_NS_CACHED     (UINT32_C(1) << 5)
#define WORD_WRITER        GRANULE_WRITER
#define WORD_WAITING       (UINT32_C(1) << 9)
#define WORD_READER        GRANULE_READER
#define WORD_READERS       GRANULE_READERS

/* A lock is held for a fraction of a microsecond; beyond that its owner has lost its CPU. */
#define SPINS_BEFORE_YIELD 100

static void pause_cpu(unsigned *spins)
{
	if (++*spins < SPINS_BEFORE_YIELD) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#endif
	} else {
		sched_yield();
	}
}

const char *granule_state_name(enum granule_state state)
{
	static const char *const names[GRAN_NUM_STATES] = {
	        [GRAN_UNDELEGATED] = "GRAN_UNDELEGATED",
	        [GRAN_DELEGATED] = "GRAN_DELEGATED",
	        [GRAN_RD] = "GRAN_RD",
	        [GRAN_REC] = "GRAN_REC",
	        [GRAN_RTT] = "GRAN_RTT",
	        [GRAN_DATA] = "GRAN_DATA",
	        [GRAN_INTERNAL] = "GRAN_INTERNAL",
	};

	return names[state];
}

uint32_t granule_state_and_flags(const struct granule *g)
{
	return atomic_load_explicit(&g->word, memory_order_acquire) &
	       (WORD_STATE | WORD_INTERMEDIATE | WORD_NS_CACHED);
}

uint64_t granule_pa(const struct rmm *rmm, const struct granule *g)
{
	return rmm->config.dram_base + ((uint64_t)(g - rmm->granules) << rmm->gshift);
}

bool granule_is(struct rmm *rmm, uint64_t pa, enum granule_state state)
{
	struct granule *g = granule_at(rmm, pa);

	return g != NULL && pa_is_granule_aligned(rmm, pa) && granule_state(g) == state;
}

enum granule_state granule_settled_state(const struct granule *g)
{
	unsigned spins = 0;
	uint32_t word;

	while (word = atomic_load(&g->word),
	       (word & (WORD_STATE | WORD_WRITER)) == (GRAN_DELEGATED | WORD_WRITER))
		pause_cpu(&spins);
	return (enum granule_state)(word & WORD_STATE);
}

/* Without an object, and in an operation: see granule_claim(). */
static bool is_claimed(uint32_t word)
{
	return (word & WORD_INTERMEDIATE) != 0 && (word & WORD_STATE) <= GRAN_DELEGATED;
}

static bool move(struct granule *g, enum granule_state from, uint32_t to)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);
	unsigned spins = 0;

	for (;;) {
		if ((word & WORD_STATE) != (uint32_t)from || is_claimed(word))
			return false;
		if ((word & (WORD_WRITER | WORD_READERS)) != 0) {
			pause_cpu(&spins);
			word = atomic_load_explicit(&g->word, memory_order_relaxed);
			continue;
		}
		if (atomic_compare_exchange_weak_explicit(
		            &g->word, &word, (word & ~(WORD_STATE | WORD_INTERMEDIATE)) | to,
		            memory_order_acq_rel, memory_order_relaxed))
			return true;
	}
}

bool granule_move_slowly(struct granule *g, enum granule_state from, enum granule_state to)
{
	return move(g, from, (uint32_t)to);
}

bool granule_move_intermediate(struct granule *g, enum granule_state from, enum granule_state to)
{
	return move(g, from, (uint32_t)to | WORD_INTERMEDIATE);
}

bool granule_lock_slowly(struct granule *g, enum granule_state state)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);
	unsigned spins = 0;

	for (;;) {
		if ((word & WORD_STATE) != (uint32_t)state || is_claimed(word))
			return false;
		if ((word & (WORD_WRITER | WORD_READERS)) != 0) {
			/* Readers that come later let this writer go first. */
			if ((word & WORD_WAITING) == 0)
				atomic_fetch_or_explicit(&g->word, WORD_WAITING,
				                         memory_order_relaxed);
			pause_cpu(&spins);
			word = atomic_load_explicit(&g->word, memory_order_relaxed);
			continue;
		}
		if (atomic_compare_exchange_weak_explicit(
		            &g->word, &word, (word & ~WORD_WAITING) | WORD_WRITER,
		            memory_order_acquire, memory_order_relaxed))
			return true;
	}
}

bool granule_lock_shared_slowly(struct granule *g, enum granule_state state)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);
	unsigned spins = 0;

	for (;;) {
		if ((word & WORD_STATE) != (uint32_t)state)
			return false;
		/* A waiting writer goes first, while there is a lock for it to wait for. */
		if ((word & WORD_WRITER) != 0 ||
		    ((word & WORD_WAITING) != 0 && (word & WORD_READERS) != 0)) {
			pause_cpu(&spins);
			word = atomic_load_explicit(&g->word, memory_order_relaxed);
			continue;
		}
		if (atomic_compare_exchange_weak_explicit(&g->word, &word, word + WORD_READER,
		                                          memory_order_acquire,
		                                          memory_order_relaxed))
			return true;
	}
}

void granule_unlock_intermediate(struct granule *g, enum granule_state state)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);

	assert((word & WORD_WRITER) != 0);
	while (!atomic_compare_exchange_weak_explicit(
	        &g->word, &word, (word & ~(WORD_STATE | WORD_WRITER)) | (uint32_t)state,
	        memory_order_release, memory_order_relaxed)) {
	}
}

bool granule_delegate_slowly(struct granule *g, bool *ns_cached)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);

	do {
		if ((word & WORD_STATE) != GRAN_UNDELEGATED || is_claimed(word))
			return false;
		/* Memory of the Host is locked by nobody. */
		assert((word & (WORD_WRITER | WORD_READERS)) == 0);
		*ns_cached = (word & WORD_NS_CACHED) != 0;
	} while (!atomic_compare_exchange_weak_explicit(
	        &g->word, &word, GRAN_DELEGATED, memory_order_acq_rel, memory_order_relaxed));
	return true;
}

static void set_flag(struct granule *g, uint32_t flag, bool on)
{
	if (on)
		atomic_fetch_or_explicit(&g->word, flag, memory_order_acq_rel);
	else
		atomic_fetch_and_explicit(&g->word, ~flag, memory_order_acq_rel);
}

void granule_set_intermediate(struct granule *g, bool intermediate)
{
	set_flag(g, WORD_INTERMEDIATE, intermediate);
}

bool granule_is_intermediate(const struct granule *g)
{
	return (atomic_load_explicit(&g->word, memory_order_acquire) & WORD_INTERMEDIATE) != 0;
}

bool granule_claim(struct granule *g)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);

	do {
		if ((word & WORD_STATE) > GRAN_DELEGATED ||
		    (word & (WORD_INTERMEDIATE | WORD_WRITER | WORD_READERS)) != 0)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&g->word, &word, word | WORD_INTERMEDIATE,
	                                                memory_order_acquire,
	                                                memory_order_relaxed));
	return true;
}

void granule_unclaim(struct granule *g)
{
	atomic_fetch_and_explicit(&g->word, ~WORD_INTERMEDIATE, memory_order_release);
}

bool granule_is_claimed(const struct granule *g)
{
	return is_claimed(atomic_load_explicit(&g->word, memory_order_acquire));
}

bool granule_set_ns_cached(struct granule *g)
{
	uint32_t word = atomic_load_explicit(&g->word, memory_order_relaxed);

	/* In one step with the look at the state: whoever delegates the granule finds the note. */
	do {
		if ((word & WORD_STATE) != GRAN_UNDELEGATED)
			return false;
	} while ((word & WORD_NS_CACHED) == 0 &&
	         !atomic_compare_exchange_weak(&g->word, &word, word | WORD_NS_CACHED));
	return true;
}

bool pa_is_nonsecure(struct rmm *rmm, uint64_t pa)
{
	struct granule *g = granule_at(rmm, pa);

	return g != NULL && granule_state(g) == GRAN_UNDELEGATED;
}

void granule_wipe(struct rmm *rmm, uint64_t pa)
{
	memset(granule_map(rmm, pa), 0, rmm_granule_size(rmm));
}
