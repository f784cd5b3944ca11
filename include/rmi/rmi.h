/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file rmi.h
 * librmi: the Realm Management Interface as a Host calls it, over a swappable RMM.
 *
 * A connection (struct rmi) leads to one RMM through a backend, chosen by name:
 *
 *     struct rmi_error err;
 *     struct rmi *rmi = rmi_open("model:dram=256M,pes=4", &err);
 *     struct rmi_pe *pe = rmi_pe(rmi, 0);
 *     uint64_t x0 = rmi_version(pe, RMI_ABI_VERSION, NULL, NULL);
 *     rmi_close(rmi);
 *
 * Any thread may call. Calls on different PEs run in parallel; a PE runs one call at a time, and a
 * call on a PE that another thread keeps busy waits for it.
 *
 * No function of this header retries: RMI_BUSY, RMI_BLOCKED and RMI_INCOMPLETE reach the caller.
 */
#ifndef RMI_RMI_H
#define RMI_RMI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rmi/abi/fid.h>
#include <rmi/abi/layout.h>
#include <rmi/abi/psci.h>
#include <rmi/abi/revision.h>
#include <rmi/abi/smccc.h>
#include <rmi/abi/status.h>
#include <rmi/abi/types.h>

#include <rmi/calls.h>
#include <rmi/error.h>
#include <rmi/pe.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A connection to one RMM. Opaque. */
struct rmi;

/** Physical memory that the Host may use and hand to the RMM. */
struct rmi_memory {
	uint64_t base; /**< First PA. */
	uint64_t size; /**< Bytes. */
	void *host;    /**< Where the Host's address space shows it. */
};

/**
 * Opens a connection.
 *
 * @param conf "name" or "name:key=value,key=value...". NULL stands for $RMI_BACKEND, and that
 *             stands for "model" when it is not set. Sizes take the suffixes K, M, G and T. Layers
 *             that the environment asks for (RMI_TRACE) are put on top.
 * @param[out] err why it failed: the value and the rule that it breaks, in one line; may be NULL
 * @return the connection, to be closed with rmi_close(); NULL on failure
 */
struct rmi *rmi_open(const char *conf, struct rmi_error *err);

/** rmi_open() with a printf-style configuration. */
struct rmi *rmi_open_fmt(struct rmi_error *err, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/** Closes a connection and everything behind it. No call may be running. NULL is ignored. */
void rmi_close(struct rmi *rmi);

/** Name of the backend: "model", "remote", "plugin". Lives as long as the connection. */
const char *rmi_backend_name(const struct rmi *rmi);

/** Revision of the specification that the connection speaks (key spec=). */
enum rmi_revision rmi_revision(const struct rmi *rmi);

/** Name of a revision: "2.0-bet3". Static storage. */
const char *rmi_revision_name(enum rmi_revision rev);

/** Number of PEs. */
unsigned rmi_num_pes(const struct rmi *rmi);

/** The PE with this index, or NULL when there is no such PE. Lives as long as the connection. */
struct rmi_pe *rmi_pe(struct rmi *rmi, unsigned index);

/** The memory behind the connection. */
struct rmi_memory rmi_memory(const struct rmi *rmi);

/** The Host's pointer to a PA, or NULL when [pa, pa + size) is not all in rmi_memory(). */
void *rmi_pa_to_va(const struct rmi *rmi, uint64_t pa, uint64_t size);

/** The PA of a pointer into rmi_memory(), or UINT64_MAX when it points elsewhere. */
uint64_t rmi_va_to_pa(const struct rmi *rmi, const void *va);

/**
 * Looks for granules that the RMM holds, that is, granules that are not GRAN_UNDELEGATED.
 *
 * @param from   PA to start from
 * @param[out] pa    the first such granule at or after @p from
 * @param[out] state name of its state in the specification ("GRAN_RTT"), static storage
 * @return whether there is one. A backend that cannot know answers false.
 */
bool rmi_next_held_granule(struct rmi *rmi, uint64_t from, uint64_t *pa, const char **state);

/** RMI granule size in force, in bytes; 0 when the backend cannot tell. */
uint64_t rmi_granule_size(struct rmi *rmi);

/**
 * Looks for stateful operations that have not ended (B4.3.2), whoever began them.
 *
 * @param index 0 for the first one, 1 for the second one, ...
 * @param[out] handle its handle
 * @return whether there is one. A backend that cannot know answers false.
 */
bool rmi_open_operation(struct rmi *rmi, unsigned index, uint64_t *handle);

/**
 * Counts the granules that are not the Host's, and lists them.
 *
 * @param out where each of them is reported in one line; may be NULL
 * @return number of granules that are not GRAN_UNDELEGATED; 0 after a clean teardown
 */
uint64_t rmi_audit(struct rmi *rmi, FILE *out);

#ifdef __cplusplus
}
#endif

#endif
