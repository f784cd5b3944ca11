/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the command line tool share. */
#ifndef REALMKIT_TOOL_H
#define REALMKIT_TOOL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rmi/rmi.h>

/* The build says which. */
#ifndef REALMKIT_VERSION
#define REALMKIT_VERSION "unknown"
#endif

/* Exit statuses of the tool itself; `realmkit run` otherwise exits as the realm did. */
enum tool_status {
	TOOL_SUCCESS = 0,
	TOOL_FAILURE = 1,
	TOOL_USAGE = 2,
};

/* A subcommand. */
struct tool_command {
	const char *name;
	const char *summary; /* One line, without a full stop. */
	const char *usage;   /* Text of `realmkit help NAME`. */
	/* argv[0] is the subcommand's name. Returns the exit status of the process. */
	int (*main)(int argc, char **argv);
};

extern const struct tool_command tool_run;
extern const struct tool_command tool_inspect;
extern const struct tool_command tool_info;
extern const struct tool_command tool_conformance;
extern const struct tool_command tool_serve;
extern const struct tool_command tool_token;

/* args.c: options and complaints. */

/* Writes "realmkit: ..." to standard error, as one line. */
void tool_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * The next option, as getopt_long() gives it, or -1 behind the last one. '?' after a complaint that
 * says what is wrong and what is allowed.
 */
int tool_next_option(const char *command, int argc, char **argv, const struct option *options);

/* Complains that the value of an option is wrong, and says what is allowed. Returns false. */
bool tool_bad_value(const char *option, const char *value, const char *allowed);

/* An unsigned number between min and max, decimal or 0x hexadecimal. Complains when it is not. */
bool tool_parse_number(const char *option, const char *text, uint64_t min, uint64_t max,
                       uint64_t *value);

/* A size with an optional suffix K, M, G or T, a multiple of 4K. Complains when it is not. */
bool tool_parse_size(const char *option, const char *text, uint64_t min, uint64_t max,
                     uint64_t *value);

/*
 * The name nearest to a mistyped one, or NULL when none is near. Names are get(context, i) for
 * i = 0.. until that is NULL.
 */
const char *tool_nearest(const char *name, const char *(*get)(const void *context, size_t i),
                         const void *context);

/* progress.c: what long work shows on a terminal. */

struct progress {
	const char *what;
	uint64_t total;
	uint64_t shown_ns; /* When the line was drawn, CLOCK_MONOTONIC. */
	uint64_t begun_ns;
	bool drawn;
	bool terminal;
};

/* Begins; total is the value of progress_update() when the work is done. */
void progress_begin(struct progress *progress, const char *what, uint64_t total);

/* Draws the line if standard error is a terminal, the work is long and the line is old. */
void progress_update(struct progress *progress, uint64_t done);

/* Wipes the line. */
void progress_end(struct progress *progress);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t tool_now_ns(void);

/* Formats a duration: "3.1 ms". */
const char *tool_duration(char buf[32], uint64_t ns);

/* Formats a size: "64 MiB". */
const char *tool_size(char buf[32], uint64_t bytes);

/* Name of a hash algorithm as people write it, "SHA-256". */
const char *tool_hash_name(enum rmi_hash_algorithm hash);

#endif
