/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file hook.h
 * A connection that a test stands in the middle of: it counts calls, and answers some itself.
 */
#ifndef TESTS_SCENARIO_HOOK_H
#define TESTS_SCENARIO_HOOK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rmi/backend.h>
#include <rmi/rmi.h>

struct hook;

/**
 * Looks at a call before the RMM does.
 * @return whether regs is the answer already; the RMM does not see the call then
 */
typedef bool hook_fn(struct hook *hook, unsigned pe, struct smccc_regs *regs);

/** A command that is refused for a while. */
struct hook_rule {
	uint32_t fid;   /**< 0: every command. */
	uint64_t skip;  /**< Calls that the RMM answers first; RMI_BUSY and RMI_BLOCKED are none. */
	uint64_t times; /**< Calls that are refused then. */
	uint64_t x0;    /**< The answer. */
};

/** The layer. */
struct hook {
	struct rmi_backend backend;
	struct rmi *inner;
	hook_fn *fn; /**< NULL: every call gets through. */
	void *arg;
	struct hook_rule rule;
	_Atomic uint64_t seen;            /**< Calls that the rule is about. */
	_Atomic uint64_t refused;         /**< Of these, the refused ones. */
	_Atomic uint64_t count[0x100];    /**< Calls by the low byte of fid - RMI_VERSION. */
	_Atomic uint64_t answered[0x100]; /**< Of these, what was not answered with "later". */
};

/** Opens a connection through a hook. @return NULL never: the test fails instead */
struct rmi *hook_open(const char *conf, struct hook **hook);

/** Refuses a command from now on; times 0 forgets the rule. */
void hook_refuse(struct hook *hook, uint32_t fid, uint64_t skip, uint64_t times, uint64_t x0);

/** Calls of a command so far, refused ones included. */
uint64_t hook_count(const struct hook *hook, uint32_t fid);

/**
 * Calls of a command so far that were answered other than by RMI_BUSY or RMI_BLOCKED: what the host
 * has done, however often it had to ask.
 */
uint64_t hook_answered(const struct hook *hook, uint32_t fid);

/** Calls of all commands but RMI_REC_ENTER so far. */
uint64_t hook_total(const struct hook *hook);

#endif
