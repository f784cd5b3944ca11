/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file model.h
 * rmm-model: a Realm Management Monitor in software.
 *
 * It takes SMCs and answers them as DEN0137 (RMM 2.0) says. It knows nothing of librmi; programs
 * that want an RMM through librmi open the backend "model".
 */
#ifndef RMM_MODEL_H
#define RMM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/revision.h>
#include <rmi/abi/smccc.h>
#include <rmi/abi/types.h>
#include <rmi/error.h>
#include <rmi/pe.h>
#include <rmm/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An RMM. Opaque. */
struct rmm;

/** Set of hash algorithms or granule sizes: bit n stands for the enumerator with value n. */
#define RMM_SET(n) (1u << (n))

/** Who makes L1 GPTs (DEN0137 A2.3.9), and what the L0 GPT looks like at boot. */
enum rmm_gpt {
	RMM_GPT_PLATFORM, /**< The platform has made them; the Host can neither add nor remove any.
	                   */
	RMM_GPT_TABLE,    /**< The platform has made them, the Host may destroy and create them. */
	RMM_GPT_BLOCK     /**< There are none; the Host creates them. */
};

/** What the system counter (CNTPCT_EL0, CNTVCT_EL0) counts. */
enum rmm_clock {
	RMM_CLOCK_HOST, /**< Nanoseconds of CLOCK_MONOTONIC. */
	/**
	 * Instructions that Realms have run on any PE, and what script guests do: the same run
	 * gives the same time, as long as one thread runs all vCPUs. A WFI that exits takes as long
	 * as it takes for the next timer of the vCPU to fire.
	 */
	RMM_CLOCK_STEPS
};

/** Bytes of a path in a configuration, with the null byte behind it. */
#define RMM_PATH_SIZE 512

/** What an RMM is made of. rmm_config_init() fills in the defaults that are named here. */
struct rmm_config {
	enum rmi_revision revision; /**< 2.0-bet3 */

	/* The machine. */
	uint64_t dram_base; /**< 0x80000000; a multiple of 64K. */
	uint64_t dram_size; /**< 256M; a multiple of 64K. */
	bool identity;      /**< false; true maps DRAM where the pointer equals the PA. */
	unsigned pes;       /**< 4; 1..RMM_MAX_PES */
	enum rmi_tracking_region_state tracking; /**< RMI_TRACKING_FINE: state of DRAM at boot. */

	enum rmm_clock clock; /**< RMM_CLOCK_HOST */

	enum rmm_gpt gpt; /**< RMM_GPT_PLATFORM */
	bool pat_valid;   /**< true; false: the platform token must be refreshed first. */
	/**
	 * CCA_LIFECYCLE_UNKNOWN: what the platform token says about the lifecycle of the platform.
	 * Nothing here is a root of trust.
	 */
	unsigned lifecycle;
	/** "": PEM files with the keys of P-384 that sign tokens; by default made from the seed. */
	char rak_key[RMM_PATH_SIZE];
	char cpak_key[RMM_PATH_SIZE];
	bool gpt_unfold; /**< true; false: the platform refuses RMI_GPT_L1_CREATE. */

	/* Features (RMI_FEATURES). */
	unsigned granule_sizes; /**< RMM_SET(RMI_GRANULE_SIZE_4KB): for RMM_CONFIG_SET */
	unsigned s2sz;          /**< 48; widest IPA space in bits, 32..52 */
	bool lpa2;              /**< false */
	/** false; true: blocks of the L0 GPT are delegated as a whole, from 2.0-bet3 on. */
	bool l0gpt_block_delegate;
	unsigned hashes;         /**< All three; SHA-256 is always there. */
	unsigned max_recs_order; /**< 10; a realm has at most 2^order - 1 RECs. */
	unsigned num_bps;        /**< 2..64 breakpoints; 6 */
	unsigned num_wps;        /**< 2..64 watchpoints; 4 */
	unsigned num_vmids;      /**< 65535: realms that exist at the same time */
	unsigned num_lrs;        /**< 4: GIC list registers, 1..16 */
	/**
	 * 0: auxiliary planes that a realm may have, 0..3. Above 0 a realm may have one RTT tree
	 * per plane with direct S2AP encoding, or one tree with indirect encoding; without, the
	 * commands on auxiliary trees and access permissions are not supported.
	 */
	unsigned planes;

	struct rmm_policy policy; /**< rmm_policy_calm() */

	/** Deviations of the reference implementation, a set of RMM_QUIRK_BIT(); 0. */
	uint64_t quirks;
};

#define RMM_MAX_PES 64

/** Fills in the defaults. */
void rmm_config_init(struct rmm_config *config);

/**
 * Makes an RMM in state INIT. DRAM reads as zero and costs nothing until it is used.
 *
 * @param[out] err what is wrong with the configuration, or which resource is missing
 * @return the RMM, to be freed with rmm_destroy(); NULL on failure
 */
struct rmm *rmm_create(const struct rmm_config *config, struct rmi_error *err);

/** Frees an RMM, its memory and its guests. No call may be running. NULL is ignored. */
void rmm_destroy(struct rmm *rmm);

/** The configuration that an RMM was made with. */
const struct rmm_config *rmm_get_config(const struct rmm *rmm);

/**
 * One SMC at R-EL2.
 *
 * Any thread may call; two threads that use the same PE take turns. Calling on a PE from a guest
 * that runs on the same PE answers RMI_BUSY.
 *
 * @param pe   index of the PE, below config.pes
 * @param regs in and out; never NULL. No content whatever makes the model crash.
 */
void rmm_call(struct rmm *rmm, unsigned pe, struct smccc_regs *regs);

/** Makes a physical interrupt pending on a PE, from any thread; see rmi_pe_kick(). */
void rmm_kick(struct rmm *rmm, unsigned pe);

/** The system counter; see rmi_pe_counter(). From any thread. */
uint64_t rmm_counter(struct rmm *rmm);

/** The virtual CPU interface of a PE. */
struct rmi_ich *rmm_ich(struct rmm *rmm, unsigned pe);

/** The Host's pointer to config.dram_base. */
void *rmm_dram(const struct rmm *rmm);

/** As rmi_next_held_granule(). */
bool rmm_next_held_granule(struct rmm *rmm, uint64_t from, uint64_t *pa, const char **state);

/**
 * Compares granule states and reference counts with a walk of all objects.
 *
 * No call may be running.
 * @param[out] err the first disagreement
 * @return whether everything agrees
 */
bool rmm_check(struct rmm *rmm, struct rmi_error *err);

#ifdef __cplusplus
}
#endif

#endif
