/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file format.h
 * Calls, results and arguments in words, for traces, tools and tests.
 *
 * The functions that fill a buffer write a terminated string, cut off where the buffer ends.
 */
#ifndef RMI_FORMAT_H
#define RMI_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/commands.h>
#include <rmi/rmi.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a decoder has to know about a connection. */
struct rmi_format {
	enum rmi_revision revision;
	unsigned gshift; /**< log2 of the RMI granule size: 12, 14 or 16. */
	/** Where structures that a call points to are read from; size 0 when they are not. */
	struct rmi_memory memory;
};

/** A buffer that holds the longest text of one call. */
#define RMI_FORMAT_CALL_SIZE 2048

/** Name of a status without its prefix ("ERROR_RTT"), or NULL when it is reserved. */
const char *rmi_status_name(unsigned status);

/** Name of an exit reason without its prefix ("RIPAS_CHANGE"), or NULL when it is reserved. */
const char *rmi_exit_reason_name(unsigned reason);

/** Name of a RIPAS without its prefix ("EMPTY"), or NULL when it is reserved. */
const char *rmi_ripas_name(unsigned ripas);

/** X0 of an RMI command in words: "ERROR_RTT level 1". */
void rmi_format_result(char *buf, size_t size, uint64_t x0);

/**
 * The value of one argument or output in words.
 *
 * @param type  its type; RMI_ARG_ADDR_SET_DESC is taken for a single descriptor
 */
void rmi_format_value(char *buf, size_t size, const struct rmi_format *how, enum rmi_arg_type type,
                      uint64_t value);

/**
 * A whole call in words: "RMI_RTT_CREATE rd=0x80003000 ... level=2 -> SUCCESS".
 *
 * Structures in memory (lists of address ranges, the exit of a REC) are read only when the call
 * did not fail, since the memory of a call that failed need not be the Host's.
 *
 * @param in     the registers before the call
 * @param out    the registers after it
 * @param origin for RMI_OP_CONTINUE, the registers of the call that began the operation, whose
 *               outputs it may bring; NULL when not known
 */
void rmi_format_call(char *buf, size_t size, const struct rmi_format *how,
                     const struct smccc_regs *in, const struct smccc_regs *out,
                     const struct smccc_regs *origin);

#ifdef __cplusplus
}
#endif

#endif
