/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file fake_rmm.h
 * An RMM that does nothing but ask for memory, return it and find fault with how it gets it.
 *
 * It comes up like a real one and delegates granules. The command that a test chooses starts a
 * stateful operation that follows a script, in any shape that DEN0137 B4.3.2 allows. Delegated
 * granules are filled with a pattern: a Host that touches them is caught when it undelegates.
 */
#ifndef TESTS_SCENARIO_FAKE_RMM_H
#define TESTS_SCENARIO_FAKE_RMM_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/backend.h>
#include <rmi/rmi.h>

/** Most runs of granules that operations hold at a time. */
#define FAKE_MAX_HELD 8192

/** One thing that an operation wants. */
struct fake_step {
	enum rmi_op_mem_req mem;          /**< NONE: one more OP_CONTINUE. */
	struct rmi_op_mem_donate_req req; /**< For DONATE. */
	uint64_t take;      /**< Granules consumed by an OP_MEM_DONATE at most; 0: all it wants. */
	unsigned idle;      /**< Answers that consume nothing first. */
	bool short_request; /**< Goes on with the next step after one OP_MEM_DONATE. */
	uint64_t error;     /**< OP_MEM_DONATE answers this status after consuming. */
	uint64_t per_call;  /**< Entries of an OP_MEM_RECLAIM at most; 0: what fits. */
	bool join;          /**< RECLAIM joins what adjoins into one entry. */
	unsigned transient; /**< Answers of transient_status before anything happens. */
	uint64_t transient_status; /**< RMI_BUSY or RMI_BLOCKED. */
};

/** What an operation does. */
struct fake_op {
	uint32_t fid; /**< The command that starts it. */
	const struct fake_step *steps;
	unsigned num_steps;
	uint64_t result;   /**< X0 at the end, when nothing went wrong. */
	bool no_cancel;    /**< Cannot be cancelled. */
	uint64_t per_call; /**< As in a step, for the reclaim after a failure. */
	bool join;
};

/** Granules that the RMM has been given. */
struct fake_held {
	uint64_t pa;
	uint64_t granules;
	enum rmi_op_mem_state state;
};

/** The RMM. */
struct fake_rmm {
	struct rmi_backend backend;
	struct rmi_ich ich;
	enum rmi_revision revision;
	uint8_t *window;  /**< The memory; its first granule is at a multiple of 1 GB. */
	uint8_t *granule; /**< State of each granule. */
	uint64_t num_granules;
	bool active;

	struct fake_op op; /**< What the chosen command starts. */
	bool open;         /**< An operation is open. */
	bool failed;       /**< It is on its way out: RECLAIM, then the end. */
	unsigned step;
	uint64_t need; /**< Granules that the step still wants. */
	unsigned idle;
	unsigned transient;
	struct fake_held held[FAKE_MAX_HELD];
	unsigned num_held;

	/* What a test looks at. */
	unsigned violations; /**< Donations that break a rule. */
	unsigned touched;    /**< Granules that the Host wrote to while they were delegated. */
	uint64_t donated;    /**< Granules consumed. */
	unsigned donations;  /**< OP_MEM_DONATE calls. */
	unsigned continues;
	unsigned cancels;
	unsigned delegations;
};

/**
 * Opens a connection to a fake RMM with a window of 64 MB.
 * @param[out] fake the RMM, which lives as long as the connection
 */
struct rmi *fake_rmm_open(enum rmi_revision revision, struct fake_rmm **fake);

/** Chooses what op.fid starts from now on. @p op is copied, its steps are not. */
void fake_rmm_script(struct fake_rmm *fake, const struct fake_op *op);

/** Number of granules that are not the Host's. */
uint64_t fake_rmm_held(const struct fake_rmm *fake);

#endif
