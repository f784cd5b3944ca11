/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file backend.h
 * What librmi asks of a backend, and of a layer on top of one.
 *
 * A backend is where calls go. A layer is a backend that hands calls on to the backend below it.
 */
#ifndef RMI_BACKEND_H
#define RMI_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/revision.h>
#include <rmi/abi/smccc.h>
#include <rmi/error.h>
#include <rmi/pe.h>
#include <rmi/rmi.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rmi_backend;

/**
 * Operations of an open backend. Required are call, kick, ich and close. A layer that leaves
 * counter, granule_size or operation NULL has those of the backend below.
 */
struct rmi_backend_ops {
	/**
	 * One SMC on a PE, from any thread. Threads that use the same PE take turns, which is the
	 * bottom-most backend's business; a call made from within a call on the same PE answers
	 * RMI_BUSY.
	 */
	void (*call)(struct rmi_backend *be, unsigned pe, struct smccc_regs *regs);
	/** Makes an interrupt pending on a PE; from any thread. */
	void (*kick)(struct rmi_backend *be, unsigned pe);
	/** The live virtual CPU interface of a PE. */
	struct rmi_ich *(*ich)(struct rmi_backend *be, unsigned pe);
	/** As rmi_next_held_granule(). NULL when the backend cannot know. */
	bool (*granule_next)(struct rmi_backend *be, uint64_t from, uint64_t *pa,
	                     const char **state);
	/**
	 * The system counter of a PE, see rmi_pe_counter(); from any thread. NULL: that of the
	 * backend below; without one, CLOCK_MONOTONIC.
	 */
	uint64_t (*counter)(struct rmi_backend *be, unsigned pe);
	/** As rmi_granule_size(); from any thread. NULL: the backend cannot tell. */
	uint64_t (*granule_size)(struct rmi_backend *be);
	/** As rmi_open_operation(); from any thread. NULL: the backend cannot tell. */
	bool (*operation)(struct rmi_backend *be, unsigned index, uint64_t *handle);
	/** Frees the backend, and what is below it. */
	void (*close)(struct rmi_backend *be);
};

/** An open backend. The implementation embeds it in its own structure. */
struct rmi_backend {
	const struct rmi_backend_ops *ops;
	const char *name; /**< Name of the bottom-most backend. */
	enum rmi_revision revision;
	unsigned num_pes; /**< At least 1. */
	struct rmi_memory memory;
	/** What a layer hands calls on to, and closes with itself; NULL in a backend proper. */
	struct rmi_backend *below;
};

/** A kind of backend that rmi_open() knows by name. */
struct rmi_backend_type {
	const char *name;
	/**
	 * Opens one.
	 * @param conf what follows the colon; "" when there is nothing
	 * @return the backend, or NULL with *err filled in
	 */
	struct rmi_backend *(*open)(const char *conf, struct rmi_error *err);
};

/**
 * Opens a connection over a backend that the caller brings along. Layers that the environment asks
 * for (RMI_TRACE) are put on top.
 *
 * @param backend an open backend. The connection owns it from now on; on failure it is closed.
 * @param[out] err why it failed; may be NULL
 * @return the connection, to be closed with rmi_close(); NULL on failure
 */
struct rmi *rmi_open_backend(struct rmi_backend *backend, struct rmi_error *err);

#ifdef __cplusplus
}
#endif

#endif
