/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file commands.h
 * The command table at run time.
 */
#ifndef RMI_COMMANDS_H
#define RMI_COMMANDS_H

#include <stddef.h>

#include <rmi/abi/commands.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * All RMI commands of all revisions, in the order of their function identifiers. A command whose
 * arguments differ between revisions has one row for each form.
 * @param[out] count number of rows
 * @return the table; static storage
 */
const struct rmi_command *rmi_commands(size_t *count);

/** All RSI commands, as rmi_commands(). */
const struct rmi_command *rsi_commands(size_t *count);

/** All PSCI functions of a Realm, as rmi_commands(), with their SMC64 identifiers. */
const struct rmi_command *psci_commands(size_t *count);

/** The RMI command with this function identifier in this revision, or NULL. */
const struct rmi_command *rmi_command_find(enum rmi_revision rev, uint32_t fid);

/** The RSI command with this function identifier in this revision, or NULL. */
const struct rmi_command *rsi_command_find(enum rmi_revision rev, uint32_t fid);

/**
 * Name of an RMI command, those of device assignment included ("RMI_RTT_CREATE"), or NULL when the
 * revision does not assign the identifier.
 */
const char *rmi_command_name(enum rmi_revision rev, uint32_t fid);

#ifdef __cplusplus
}
#endif

#endif
