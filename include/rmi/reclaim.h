/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file reclaim.h
 * Taking memory back that a Host which is no more has left with the RMM.
 */
#ifndef RMI_RECLAIM_H
#define RMI_RECLAIM_H

#include <stdint.h>

#include <rmi/rmi.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What was found, and what is left, in granules. */
struct rmi_reclaimed {
	uint64_t before; /**< Not GRAN_UNDELEGATED at first. */
	uint64_t after;  /**< Still not; rmi_audit() lists them. */
};

/**
 * Takes everything down that the RMM holds, by RMI calls alone: ends open stateful operations,
 * terminates Realms, destroys RECs, unmaps, destroys RTTs and Realms, and undelegates. Which
 * granules and operations there are is asked of the backend; one that cannot tell has none.
 *
 * Nobody else makes calls meanwhile, or what is in use then stays. Realms with auxiliary RTT trees
 * stay, too.
 *
 * @param pe   where the calls are made
 * @param list PA of a granule that is the Host's and that nobody uses; lists are written there
 * @param[out] result what became of it; may be NULL
 * @return result->after
 */
uint64_t rmi_reclaim(struct rmi_pe *pe, uint64_t list, struct rmi_reclaimed *result);

#ifdef __cplusplus
}
#endif

#endif
