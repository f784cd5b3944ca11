/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RMM itself: what is not an object in a granule.
 */
#ifndef RMM_CORE_RMM_H
#define RMM_CORE_RMM_H

#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/commands.h>
#include <rmi/abi/layout.h>
#include <rmi/abi/types.h>
#include <rmm/engine.h>
#include <rmm/guest.h>
#include <rmm/model.h>
#include <rmm/watch.h>

#include "attest/attest.h"
#include "granule/granule.h"
#include "granule/regions.h"
#include "sro/sro.h"

struct rec;

/** RmmState (C2). */
enum rmm_state {
	RMM_STATE_INIT,
	RMM_STATE_ACTIVE,
	RMM_STATE_INTERMEDIATE,
};

/** Most outputs of an RMI command. */
#define RMM_NUM_OUTPUTS 4

/** One command on its way: the arguments, and what the handler makes of them. */
struct rmm_call {
	struct rmm *rmm;
	struct rmm_pe *pe;
	const struct rmi_command *command;
	const uint64_t *in;                /**< in[n] = Xn, the caller's registers. */
	uint64_t out[RMM_NUM_OUTPUTS + 1]; /**< out[n] = Xn, zero unless the handler sets it. */
	unsigned num_out;                  /**< Outputs that the command defines. */
	/** Bytes of the output address set that earlier parts of the operation have used. */
	uint64_t skip;
};

/** A handler returns X0. */
typedef uint64_t rmm_handler(struct rmm_call *call);

/** What a function identifier leads to. */
struct rmm_dispatch {
	rmm_handler *handler; /**< NULL: nobody has this identifier. */
	const struct rmi_command *command;
	unsigned num_out;
	bool uses_pe; /**< The command must have the PE for itself. */
	/** n: Xn and Xn+1 are the range of a command that reports its progress in X1. 0: none. */
	uint8_t range;
};

/** A guest engine that a REC can run on. */
enum rmm_engine { RMM_ENGINE_A64, RMM_ENGINE_SCRIPT, RMM_NUM_ENGINES };

/**
 * What a PE does with stage 2: the VMID of the realm whose REC runs there, 0 for none, and whether
 * it may use cached translations at the moment.
 */
#define PE_STAGE2_ACTIVE     UINT32_C(1)
#define PE_STAGE2_VMID_SHIFT 1

/** A PE. */
struct rmm_pe {
	struct rmm *rmm;
	unsigned index;
	/** Identity of the thread whose call the PE makes, or 0. */
	_Atomic uintptr_t owner;
	EVP_MD_CTX *md;
	uint64_t draws; /**< State of what is drawn by lot, see core/policy.h. */
	/** Objects that the range command in progress may do; 0: as the policy says. */
	uint64_t limit;
	struct rmi_ich ich;
	/** That of the GIC owner, while a plane runs that is not the owner. */
	struct rmi_ich owner_ich;
	/** A physical interrupt is pending. */
	_Atomic bool interrupt;
	/** The Host has masked physical interrupts for the time of this entry. */
	bool irq_masked;
	/** Of vcpu.steps, those that are in rmm.steps. */
	uint64_t counted_steps;

	/* The REC that runs here. */
	struct guest_vcpu vcpu;
	struct rec *rec;
	/** What the Host will be told. Between two entries all of it is zero. */
	struct rmi_rec_exit exit;
	void *engine_state[RMM_NUM_ENGINES];
	/** PE_STAGE2_*; others look at it to find who has to be flushed. */
	_Atomic uint32_t stage2;
	/** What the cached translations of the a64 engine belong to. */
	uint64_t cached_vcpu;
	uint64_t cached_epoch;
};

/** A script that rmm_script() registered. */
struct rmm_script_entry {
	uint64_t pc;
	guest_script *fn;
	void *arg;
};

/** VMIDs start at 1. */
#define RMM_MAX_VMIDS 65536

struct rmm {
	struct rmm_config config;
	unsigned gshift; /**< log2 of the RMI granule size. */
	uint64_t tracking_region_size;
	_Atomic uint32_t state; /**< enum rmm_state */
	/**
	 * Delegation is a matter of granules alone: the RMM is active, all DRAM is finely tracked
	 * and described by L1 GPTs. See tracking_look().
	 */
	_Atomic bool all_fine;

	/**
	 * Guards what belongs to no granule: changes of state, gshift and tracking_region_size, the
	 * tracking regions and the L0 GPT. Taken last, and held while no operation is called.
	 */
	pthread_mutex_t global_lock;
	struct tracking tracking;
	struct gpt gpt;
	/** What the Host donated for activation. */
	struct sro_memory aux;
	/** The platform attestation token is current. */
	_Atomic bool pat_valid;
	/** How often a refresh of it that is under way is still busy, plus one; 0: none is. */
	unsigned pat_refresh;
	/** Operations on a tracking region or an L0 GPT entry that are not finished. */
	unsigned open_globals;

	uint8_t *dram; /**< The RMM's view of config.dram_base. */
	struct granule *granules;
	/** One byte for each chunk of granules that was ever delegated, see core/held.c. */
	_Atomic uint8_t *touched;

	/** VMIDs in use, guarded by vmid_lock. */
	pthread_mutex_t vmid_lock;
	uint64_t *vmid_map;
	/** Bumped whenever translations of a VMID become stale. */
	_Atomic uint64_t *vmid_epoch;

	_Atomic uint64_t num_realms;
	/** Realms that were ever created. */
	_Atomic uint64_t next_realm;
	/** Granules that granule_claim() has claimed. */
	_Atomic uint64_t num_claims;
	/** RMM_CLOCK_STEPS: the time. */
	_Atomic uint64_t steps;
	/** Never reused identifiers of RECs. */
	_Atomic uint64_t next_vcpu_id;

	struct sro_pool sro;

	EVP_MD *hash[3]; /**< By RmiHashAlgorithm. */

	struct attest attest;

	/** Told of exits; NULL: nobody. */
	rmm_watcher *watcher;
	void *watcher_arg;

	struct rmm_script_entry scripts[RMM_MAX_SCRIPTS];

	struct rmm_dispatch dispatch[SMC_RMI_LAST - SMC_RMI_FIRST + 1];

	/** The policy leaves every command as it is: nobody draws by lot. */
	bool plain;

	struct rmm_pe *pes;
};

/** The PE that a vCPU runs on. */
static inline struct rmm_pe *rmm_pe_of(struct guest_vcpu *vcpu)
{
	return (struct rmm_pe *)(void *)((char *)vcpu - offsetof(struct rmm_pe, vcpu));
}

/** The RMI granule size in bytes. */
static inline uint64_t rmm_granule_size(const struct rmm *rmm)
{
	return UINT64_C(1) << rmm->gshift;
}

/** The granule that holds a PA, or NULL when there is no DRAM. */
static inline struct granule *granule_at(struct rmm *rmm, uint64_t pa)
{
	uint64_t offset = pa - rmm->config.dram_base;

	return offset < rmm->config.dram_size ? &rmm->granules[offset >> rmm->gshift] : NULL;
}

/** AddrIsRmiGranuleAligned (B3.6). */
static inline bool pa_is_granule_aligned(const struct rmm *rmm, uint64_t addr)
{
	return (addr & (rmm_granule_size(rmm) - 1)) == 0;
}

/** The memory of the granule that holds a PA in DRAM. */
static inline void *granule_map(struct rmm *rmm, uint64_t pa)
{
	uint64_t offset = pa - rmm->config.dram_base;

	return rmm->dram + (offset & ~(rmm_granule_size(rmm) - 1));
}

/** Pointer to a PA in DRAM; the caller knows that [pa, pa + size) is there. */
static inline void *rmm_pa_ptr(struct rmm *rmm, uint64_t pa)
{
	return rmm->dram + (pa - rmm->config.dram_base);
}

/** Size of the physical address space in bits: what RMI addresses are checked against. */
#define RMM_PA_BITS(rmm) ((rmm)->config.lpa2 ? 52u : 48u)

/** Granules in a chunk of the granule table, as a shift: 16 MiB of 4 KiB granules. */
#define RMM_CHUNK_SHIFT  12

/** Chunks of the granule table, see core/held.c. */
uint64_t rmm_num_chunks(const struct rmm *rmm);

/** How many granules of DRAM in a range are in which state. */
struct granule_census {
	uint64_t total;
	uint64_t count[GRAN_NUM_STATES];
};

/** Counts granules in [base, base + size). */
void granule_census(struct rmm *rmm, uint64_t base, uint64_t size, struct granule_census *census);

/** Notes that a granule leaves GRAN_UNDELEGATED, before it does. */
static inline void rmm_touch(struct rmm *rmm, uint64_t pa)
{
	uint64_t chunk = (pa - rmm->config.dram_base) >> rmm->gshift >> RMM_CHUNK_SHIFT;

	if (atomic_load_explicit(&rmm->touched[chunk], memory_order_relaxed) == 0)
		atomic_store_explicit(&rmm->touched[chunk], 1, memory_order_relaxed);
}

/** Outputs that a command defines besides X0. */
unsigned rmm_dispatch_outputs(const struct rmm *rmm, const struct rmi_command *command);

/** Fills rmm->dispatch for the configured revision. */
void rmm_dispatch_init(struct rmm *rmm);

#endif
