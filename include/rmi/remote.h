/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file remote.h
 * The server behind a connection, for programs that use the backend "remote".
 */
#ifndef RMI_REMOTE_H
#define RMI_REMOTE_H

#include <stdbool.h>

#include <rmi/rmi.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Whether the server behind a connection has gone, or stopped to speak the protocol. From then on
 * each call answers SMCCC_NOT_SUPPORTED, and rmi_next_held_granule() reports the first granule with
 * the state "unknown: the server has gone".
 *
 * @param[out] why in one line; may be NULL
 * @return false as long as it answers, and always with another backend
 */
bool rmi_remote_is_gone(struct rmi *rmi, struct rmi_error *why);

#ifdef __cplusplus
}
#endif

#endif
