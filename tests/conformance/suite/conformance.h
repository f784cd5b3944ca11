/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file conformance.h
 * The conformance suite: one test for every failure and success condition of the command table
 * (DEN0137 B4.5, B5.4, B6.3), and for the orderings between them.
 *
 * It makes RMI calls alone, those of Realms by way of guests of its own, and so runs on any
 * backend. What a test can see beyond that depends on the backend: with the software RMM, a call
 * that fails is shown to have changed nothing at all.
 */
#ifndef CONFORMANCE_CONFORMANCE_H
#define CONFORMANCE_CONFORMANCE_H

#include <stdbool.h>
#include <stdio.h>

#include <rmi/rmi.h>

/** What to run, and on what. */
struct conformance_options {
	/** As rmi_open() takes it. Each test opens it anew. */
	const char *backend;
	/** Keys for the software RMM that come after those of @p backend, or NULL. */
	const char *keys;
	/** Pattern for test names "COMMAND/condition" as of fnmatch(), or NULL. */
	const char *filter;
	/** RMI granule size that the tests choose before activation. */
	enum rmi_granule_size granule;
	/** Where each test is told about, or NULL: only those that fail, on @p out. */
	bool verbose;
	/** Where what is worth telling goes. */
	FILE *out;
	/** Called after each test, or NULL. */
	void (*progress)(void *arg, unsigned done, unsigned total);
	void *arg;
};

/** How the tests of one command came out. */
struct conformance_count {
	const char *command;
	unsigned rows;    /**< Failure and success conditions of the command. */
	unsigned covered; /**< Conditions that have a test, or a reason why there is none. */
	unsigned passed;
	unsigned failed;
	unsigned skipped; /**< Cannot be expressed here; the reasons have been told. */
	unsigned never; /**< No caller can make the condition true; the reasons are in the suite. */
	unsigned inside; /**< Of those that ran: needed the inside of the software RMM. */
	unsigned pairs;  /**< Of those that ran: an ordering of two conditions. */
};

/** Most rows of conformance_run()'s result. */
#define CONFORMANCE_MAX_COMMANDS 96

/** How a run came out. */
struct conformance_result {
	struct conformance_count commands[CONFORMANCE_MAX_COMMANDS];
	unsigned num_commands;
	struct conformance_count total; /**< command is NULL. */
	/** Tests of conditions that the command table does not have. */
	unsigned strangers;
	enum rmi_revision revision;
};

/**
 * Runs the suite.
 * @return false when the backend cannot be used at all; @p err says why
 */
bool conformance_run(const struct conformance_options *options, struct conformance_result *result,
                     struct rmi_error *err);

/** Whether every row is covered and nothing has failed. */
bool conformance_is_good(const struct conformance_result *result);

#endif
