/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stateful RMI operations (DEN0137 B4.3.2).
 *
 * A command that cannot finish at once takes a context, leaves there what it needs to go on, marks
 * its object as intermediate and answers RMI_INCOMPLETE. The Host follows up with RMI_OP_*; the
 * operation ends in RMI_OP_CONTINUE and nowhere else.
 *
 * A context belongs to the thread that works on it (executing) or to nobody. Memory that the Host
 * donated is GRAN_INTERNAL and chained through its own first bytes.
 */
#ifndef RMM_SRO_SRO_H
#define RMM_SRO_SRO_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/layout.h>
#include <rmi/abi/status.h>
#include <rmi/abi/types.h>
#include <rmm/policy.h>

struct rmm;
struct rmm_call;
struct rmi_command;

/** Most contexts that a configuration may ask for. */
#define SRO_MAX_CONTEXTS 256

/** Inputs of a command that may be stateful. */
#define SRO_NUM_INPUTS   6

/** Most granules that an operation asks for. */
#define SRO_MAX_GRANULES 4096

/** End of a chain of granules. */
#define SRO_CHAIN_END    UINT64_MAX

/** A run of donated granules, described in its first one. */
struct sro_run {
	uint64_t next;  /**< PA of the next run, or SRO_CHAIN_END. */
	uint64_t count; /**< Granules in this run. */
};

/** Granules that the Host donated, in the order in which it did. */
struct sro_memory {
	uint64_t first;              /**< PA of the first run, or SRO_CHAIN_END. */
	uint64_t last;               /**< PA of the last run. */
	uint64_t count;              /**< Granules in all. */
	enum rmi_op_mem_state state; /**< State that they come from and go back to. */
};

/** Nothing donated. */
#define SRO_NO_MEMORY ((struct sro_memory){.first = SRO_CHAIN_END})

/** One operation. */
struct sro {
	bool used;
	bool executing;
	uint64_t handle;
	const struct rmi_command *command;
	enum rmi_op_mem_req want;
	bool can_cancel;
	bool abandoned; /**< Cancelled, or the Host gave up donating. */

	/** Runs when nothing is wanted any more: ends the operation, or wants something again. */
	uint64_t (*finish)(struct rmm_call *call, struct sro *sro);
	struct rmi_op_mem_donate_req request; /**< What is still to be donated. */
	struct sro_memory memory;
	uint64_t result; /**< X0 to end with, once everything is reclaimed. */

	/* A command that is stateful because the policy wants it. */
	uint64_t (*handler)(struct rmm_call *call);
	uint64_t in[SRO_NUM_INPUTS]; /**< X1... */
	unsigned rounds;             /**< RMI_OP_CONTINUEs that it still takes. */
	/* Of a range: where it begins in in[], and what has been done of it. */
	unsigned range;
	uint64_t next;   /**< First address that is not done. */
	bool in_one_rtt; /**< It ends with the RTT that it began in, */
	int level;       /**< which has this level. */

	/* Memory that is still to be asked for, after the current request. */
	uint64_t to_ask;
	unsigned shape;    /**< enum rmm_donate_shape */
	unsigned requests; /**< In how many requests. */

	/* What the command left. */
	uint64_t rd; /**< Or the granule that the operation has claimed. */
	uint64_t rec;
	uint64_t rec_flags;
	uint64_t rec_mpidr;
	uint64_t rec_pc;
	uint64_t rec_gprs[RMI_REC_CREATE_NR_GPRS];

	/* A tracking region, or what an L0 GPT entry describes. */
	uint64_t region_base;
	uint64_t region; /**< Number of the tracking region. */
	enum rmi_tracking_region_state region_from;
	enum rmi_tracking_region_state region_to;
	bool region_tracked; /**< Whether memory in the region moves as tracked memory does. */
};

struct sro_pool {
	pthread_mutex_t lock;
	struct sro *contexts;
	unsigned count;
	uint64_t generation;
};

/** Makes the pool of config.sro_contexts contexts. @return whether there was memory */
bool sro_init(struct rmm *rmm);
void sro_destroy(struct rmm *rmm);

/**
 * Takes a context for the command of a call.
 * @param[out] x0 RMI_BUSY or RMI_BLOCKED when there is none (B4.3.2)
 * @return the context, or NULL
 */
struct sro *sro_begin(struct rmm_call *call, uint64_t *x0);

/**
 * Makes an operation ask for memory, in the shapes and portions that the policy likes.
 * @param granules at least this many; not 0
 */
void sro_ask(struct rmm_call *call, struct sro *sro, unsigned granules);

/** Shapes (enum rmm_donate_shape) that a command can do with, among those that the policy likes. */
#define SRO_SHAPES                                                                                 \
	(RMM_DONATE_PAGES | RMM_DONATE_CONTIG | RMM_DONATE_BLOCK | RMM_DONATE_NS_PAGES |           \
	 RMM_DONATE_NS_CONTIG)
/** A2.3.4: metadata is delegated memory, or conditional from 2.0-bet3 on. */
#define SRO_SHAPES_TRACKING                                                                        \
	(RMM_DONATE_PAGES | RMM_DONATE_CONTIG | RMM_DONATE_BLOCK | RMM_DONATE_COND_PAGES)
/** A2.3.9: an L1 GPT is one aligned piece of Non-secure memory, whatever the policy likes. */
#define SRO_SHAPES_GPT RMM_DONATE_NS_CONTIG

/** sro_ask() for memory in one of these shapes. */
void sro_ask_for(struct rmm_call *call, struct sro *sro, unsigned granules, unsigned shapes);

/** Granules of donated memory that lie in [base, base + size). */
uint64_t sro_memory_within(struct rmm *rmm, const struct sro_memory *memory, uint64_t base,
                           uint64_t size);

/** Gives up a context whose operation has ended. */
void sro_end(struct rmm_call *call, struct sro *sro);

/** Lets go of a context whose operation goes on, and answers the call: RMI_INCOMPLETE. */
uint64_t sro_incomplete(struct rmm_call *call, struct sro *sro);

uint64_t rmm_op_continue(struct rmm_call *call);
uint64_t rmm_op_mem_donate(struct rmm_call *call);
uint64_t rmm_op_mem_reclaim(struct rmm_call *call);
uint64_t rmm_op_cancel(struct rmm_call *call);

#endif
