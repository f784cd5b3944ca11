/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file commands.h
 * The command table: every RMI and RSI command that is not device assignment, and the PSCI
 * functions of a Realm.
 *
 * This is the only list of commands. It drives dispatch in the model, decoding in the tracer, the
 * conformance matrix and the generated reference. The rows live in rmi_commands.def,
 * rsi_commands.def and psci_commands.def as
 *
 *     RMI_COMMAND(NAME, name, revisions, flags, section, IN(...), OUT(...), FAIL(...), OK(...),
 *                 ORDER(...))
 *
 *  - NAME, name: the command without its prefix, in both cases; the function identifier is
 *    SMC_RMI_NAME, SMC_RSI_NAME or SMC64_PSCI_NAME;
 *  - revisions: ALL, BET1 or BET3;
 *  - flags: RMI_CMD_*;
 *  - section: where the specification describes it, or the revision that added it;
 *  - IN(A(name, TYPE) ...): inputs in X1, X2, ...;
 *  - OUT(A(name, TYPE) ...): outputs besides X0, in X1, X2, ...;
 *  - FAIL(F(condition, STATUS) ...): the failure conditions and the status that each gives;
 *  - OK(S(condition) ...): the success conditions;
 *  - ORDER("a, b < c; ..."): which failure conditions win over which (B1.8). What is not ordered
 *    may be reported in any order.
 *
 * RMI_COMMAND_TABLE_ENTRY, RSI_COMMAND_TABLE_ENTRY and PSCI_COMMAND_TABLE_ENTRY turn a row into a
 * struct rmi_command.
 */
#ifndef RMI_ABI_COMMANDS_H
#define RMI_ABI_COMMANDS_H

#include <stdint.h>

#include <rmi/abi/fid.h>
#include <rmi/abi/psci.h>
#include <rmi/abi/revision.h>
#include <rmi/abi/rsi.h>
#include <rmi/abi/status.h>

/** Type of an argument or an output: how to decode it for people. */
enum rmi_arg_type {
	RMI_ARG_NONE, /**< End of a list. */
	RMI_ARG_ADDRESS,
	RMI_ARG_UINT64,
	RMI_ARG_BITS64,
	RMI_ARG_LEVEL, /**< Signed RTT level. */
	RMI_ARG_HANDLE,
	RMI_ARG_VERSION,
	RMI_ARG_DATA_FLAGS,
	RMI_ARG_RTT_ENTRY_STATE,
	RMI_ARG_RIPAS,
	RMI_ARG_PSCI_RETURN_CODE,
	RMI_ARG_MEM_CATEGORY,
	RMI_ARG_TRACKING_REGION_STATE,
	RMI_ARG_RTT_PROT_MAP_FLAGS,
	RMI_ARG_RTT_UNPROT_MAP_FLAGS,
	RMI_ARG_RTT_UNMAP_FLAGS,
	RMI_ARG_RTT_AUX_MAP_FLAGS,
	RMI_ARG_RTT_AUX_UNMAP_FLAGS,
	RMI_ARG_ADDR_SET_DESC,   /**< Descriptor or list address, as the flags before it say. */
	RMI_ARG_ADDR_RANGE_DESC, /**< RmiAddrRangeDesc */
	RMI_ARG_CONTINUE_FLAGS,
	RMI_ARG_OP_MEM_DONATE_REQ,
	RMI_ARG_RMM_STATE,
	RMI_ARG_GPT_PARTITION_STATE,
	RMI_ARG_RIPAS_CHANGE_FLAGS,
	RMI_ARG_RESPONSE,
	RMI_ARG_SYSREG_ADDRESS,
};

/** The command may initiate a stateful operation (B4.3.2). */
#define RMI_CMD_SRO        1u
/** The operation may transfer memory between Host and RMM. */
#define RMI_CMD_MEM        2u

/** Status of OP_CONTINUE/fail: whatever the resumed command says. */
#define RMI_STATUS_RESUMED 0xff

/** Most inputs, outputs and failure conditions that a command has. */
#define RMI_MAX_INPUTS     10
#define RMI_MAX_OUTPUTS    8
#define RMI_MAX_FAILURES   20
/** Most success conditions that a command has. */
#define RMI_MAX_SUCCESSES  28

/** One input or output. */
struct rmi_arg {
	const char *name;
	enum rmi_arg_type type;
};

/** One failure condition. */
struct rmi_failure {
	const char *condition; /**< The specification's identifier. */
	/** RmiStatusCode, RsiCommandReturnCode, PsciReturnCode as int8_t, or RMI_STATUS_RESUMED. */
	uint8_t status;
};

/** One command. Lists end with an element whose name is NULL. */
struct rmi_command {
	const char *name; /**< With prefix: "RMI_RTT_CREATE". */
	uint32_t fid;
	uint8_t revisions; /**< enum rmi_revision_set */
	uint8_t flags;     /**< RMI_CMD_* */
	const char *section;
	struct rmi_arg in[RMI_MAX_INPUTS + 1];
	struct rmi_arg out[RMI_MAX_OUTPUTS + 1];
	struct rmi_failure fail[RMI_MAX_FAILURES + 1];
	const char *success[RMI_MAX_SUCCESSES + 1]; /**< Identifiers; NULL ends them. */
	const char *order;                          /**< "a, b < c; d < e", or "". */
};

#define RMI_TABLE_ARG(arg_name, arg_type) {#arg_name, RMI_ARG_##arg_type},
#define RMI_TABLE_ARGS(...)                                                                        \
	{                                                                                          \
		__VA_ARGS__                                                                        \
		{                                                                                  \
			0, RMI_ARG_NONE                                                            \
		}                                                                                  \
	}
#define RMI_TABLE_RMI_FAIL(id, code)  {#id, RMI_TABLE_STATUS_##code},
#define RMI_TABLE_RSI_FAIL(id, code)  {#id, RSI_##code},
#define RMI_TABLE_PSCI_FAIL(id, code) {#id, (uint8_t)(PSCI_##code & 0xff)},
#define RMI_TABLE_FAILS(...)                                                                       \
	{                                                                                          \
		__VA_ARGS__                                                                        \
		{                                                                                  \
			0, 0                                                                       \
		}                                                                                  \
	}

#define RMI_TABLE_SUCCESS(id) #id,
#define RMI_TABLE_SUCCESSES(...)                                                                   \
	{                                                                                          \
		__VA_ARGS__ 0                                                                      \
	}
#define RMI_TABLE_ORDER(text)           text

#define RMI_TABLE_STATUS_ERROR_INPUT    RMI_ERROR_INPUT
#define RMI_TABLE_STATUS_ERROR_REALM    RMI_ERROR_REALM
#define RMI_TABLE_STATUS_ERROR_REC      RMI_ERROR_REC
#define RMI_TABLE_STATUS_ERROR_RTT      RMI_ERROR_RTT
#define RMI_TABLE_STATUS_ERROR_RTT_AUX  RMI_ERROR_RTT_AUX
#define RMI_TABLE_STATUS_ERROR_DPT      RMI_ERROR_DPT
#define RMI_TABLE_STATUS_ERROR_GLOBAL   RMI_ERROR_GLOBAL
#define RMI_TABLE_STATUS_ERROR_TRACKING RMI_ERROR_TRACKING
#define RMI_TABLE_STATUS_ERROR_GPT      RMI_ERROR_GPT
#define RMI_TABLE_STATUS_RESUMED        RMI_STATUS_RESUMED

/**
 * Row of a table of struct rmi_command. To be used as
 *
 *     #define RMI_COMMAND RMI_COMMAND_TABLE_ENTRY
 *     #define IN RMI_TABLE_ARGS
 *     #define OUT RMI_TABLE_ARGS
 *     #define A RMI_TABLE_ARG
 *     #define FAIL RMI_TABLE_FAILS
 *     #define F RMI_TABLE_RMI_FAIL
 *     #define OK RMI_TABLE_SUCCESSES
 *     #define S RMI_TABLE_SUCCESS
 *     #define ORDER RMI_TABLE_ORDER
 *     #include <rmi/abi/rmi_commands.def>
 */
#define RMI_COMMAND_TABLE_ENTRY(NAME, lower, revs, flag_set, where, ins, outs, fails, oks, orders) \
	{.name = "RMI_" #NAME,                                                                     \
	 .fid = SMC_RMI_##NAME,                                                                    \
	 .revisions = RMI_REVISIONS_##revs,                                                        \
	 .flags = flag_set,                                                                        \
	 .section = where,                                                                         \
	 .in = ins,                                                                                \
	 .out = outs,                                                                              \
	 .fail = fails,                                                                            \
	 .success = oks,                                                                           \
	 .order = orders},

/** The same for rsi_commands.def, with F defined as RMI_TABLE_RSI_FAIL. */
#define RSI_COMMAND_TABLE_ENTRY(NAME, lower, revs, flag_set, where, ins, outs, fails, oks, orders) \
	{.name = "RSI_" #NAME,                                                                     \
	 .fid = SMC_RSI_##NAME,                                                                    \
	 .revisions = RMI_REVISIONS_##revs,                                                        \
	 .flags = flag_set,                                                                        \
	 .section = where,                                                                         \
	 .in = ins,                                                                                \
	 .out = outs,                                                                              \
	 .fail = fails,                                                                            \
	 .success = oks,                                                                           \
	 .order = orders},

/** The same for psci_commands.def, with F defined as RMI_TABLE_PSCI_FAIL. */
#define PSCI_COMMAND_TABLE_ENTRY(NAME, lower, revs, flag_set, where, ins, outs, fails, oks,        \
                                 orders)                                                           \
	{.name = "PSCI_" #NAME,                                                                    \
	 .fid = SMC64_PSCI_##NAME,                                                                 \
	 .revisions = RMI_REVISIONS_##revs,                                                        \
	 .flags = flag_set,                                                                        \
	 .section = where,                                                                         \
	 .in = ins,                                                                                \
	 .out = outs,                                                                              \
	 .fail = fails,                                                                            \
	 .success = oks,                                                                           \
	 .order = orders},

#endif
