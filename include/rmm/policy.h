/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file policy.h
 * What the model does with the freedom that the specification gives an RMM.
 *
 * Two policies are ready made. Calm finishes everything in one call and asks for nothing. Hostile
 * uses every freedom there is, differently each time: a host that copes with it copes with any
 * conforming RMM. Each knob can also be turned alone.
 *
 * Same policy, same seed and same calls on each PE give the same answers.
 */
#ifndef RMM_POLICY_H
#define RMM_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Shapes in which memory may be asked for (B4.6.41), as bits of a set. */
enum rmm_donate_shape {
	RMM_DONATE_PAGES = 1,      /**< Single granules, GRAN_DELEGATED. */
	RMM_DONATE_CONTIG = 2,     /**< One contiguous run, a power of two, GRAN_DELEGATED. */
	RMM_DONATE_BLOCK = 4,      /**< One block of level 2, GRAN_DELEGATED. */
	RMM_DONATE_NS_PAGES = 8,   /**< Single granules, GRAN_UNDELEGATED. */
	RMM_DONATE_NS_CONTIG = 16, /**< One contiguous run, GRAN_UNDELEGATED. */
	/** Single granules, conditional: RMI_GRANULE_TRACKING_SET of 2.0-bet3 alone. */
	RMM_DONATE_COND_PAGES = 32
};

/** The knobs. Numbers are what is done each time, or with vary the most that is done. */
struct rmm_policy {
	uint64_t seed; /**< Of what is drawn by lot. */
	bool vary;     /**< Draw each number anew, from its least legal value to the one given. */

	/** Entries or granules that a range command does per call (B4.3.5); 0 = all of them. */
	unsigned range_granules;
	/** Chance, in 1/1000, that a command which may be stateful answers RMI_INCOMPLETE first. */
	unsigned incomplete_permille;
	/** RMI_OP_CONTINUEs that such an operation takes, at least 1. */
	unsigned incomplete_rounds;
	/**
	 * Entries or granules after which a range command answers RMI_INCOMPLETE, with the next one
	 * intermediate; 0 = never. RMI_OP_CONTINUE does as many again, or with the flag STOP that
	 * one alone. With incomplete_permille it is one of two ways to be stateful.
	 */
	unsigned incomplete_every;
	/** Chance, in 1/1000, of RMI_BUSY. */
	unsigned busy_permille;

	/**
	 * Chance, in 1/1000, that a physical interrupt which makes a REC exit is an FIQ. Which one
	 * it is depends on the machine, not on the RMM.
	 */
	unsigned fiq_permille;

	/** RMI_BUSYs before RMI_ATTEST_PLAT_TOKEN_REFRESH has a token. */
	unsigned pat_busy;
	/** Bytes that RSI_ATTESTATION_TOKEN_CONTINUE delivers per call, 0..4096; 0 = all. */
	unsigned token_bytes;
	/** Chance, in 1/1000, that the generation of a token ends in RSI_ERROR_UNKNOWN. */
	unsigned token_unknown;
	/** Bytes of the platform configuration in a token, 1..65536: tokens may exceed a granule.
	 */
	unsigned platform_config;

	unsigned rmm_aux;       /**< Granules that RMI_RMM_ACTIVATE asks to be donated. */
	unsigned rec_aux;       /**< Granules that RMI_REC_CREATE asks to be donated. */
	unsigned realm_aux;     /**< Granules that RMI_REALM_CREATE asks to be donated. */
	unsigned tracking_aux;  /**< Granules that tracking a region finely takes. */
	unsigned donate_shapes; /**< Set of enum rmm_donate_shape; the lowest one without vary. */
	unsigned donate_rounds; /**< Requests that the memory is asked for in, at least 1. */
	bool cancel; /**< Whether an operation that waits for a donation can be cancelled. */
	unsigned sro_contexts; /**< Stateful operations that may be open at the same time. */
};

/** Everything in one call. */
void rmm_policy_calm(struct rmm_policy *policy);

/** Everything that is legal. Sets all knobs but the seed, which is 0. */
void rmm_policy_hostile(struct rmm_policy *policy);

#ifdef __cplusplus
}
#endif

#endif
