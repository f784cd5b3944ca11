/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file trace.h
 * The trace layer: one line of text for each call.
 *
 *     [pe0] RMI_REALM_ACTIVATE rd=0x80003000 -> SUCCESS   0.11 us
 *
 * The environment switches it on in a program that knows nothing of it: RMI_TRACE=text writes to
 * standard error, RMI_TRACE=text:FILE appends to a file.
 */
#ifndef RMI_TRACE_H
#define RMI_TRACE_H

#include <stdio.h>

#include <rmi/rmi.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Puts a trace on top of an open connection. No call may be running.
 *
 * @param out where the lines go, each in one write; stays the caller's and open until rmi_close()
 * @param[out] err why it failed; may be NULL
 * @return 0, or -1 when memory is short
 */
int rmi_trace_to(struct rmi *rmi, FILE *out, struct rmi_error *err);

#ifdef __cplusplus
}
#endif

#endif
