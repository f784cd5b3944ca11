/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file replay.h
 * Replays sequences of reference vectors through librmi.
 */
#ifndef TESTS_CONFORMANCE_REPLAY_H
#define TESTS_CONFORMANCE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rmi/rmi.h>

#include "vector.h"

struct guest;

/** A set of names. */
struct name_set {
	char **names;
	size_t count;
};

/** Adds the names of a list "a,b" or "a+b". */
void name_set_add(struct name_set *set, const char *list);

/** Whether a name is in a set. */
bool name_set_has(const struct name_set *set, const char *name);

/** Empties a set. */
void name_set_free(struct name_set *set);

/** How often something with a name happened. */
struct tally {
	struct tally_row {
		char *name;
		unsigned count;
	} * rows;
	size_t num_rows;
};

/** Counts one more of a name. */
void tally_add(struct tally *tally, const char *name);

/** Empties a tally. */
void tally_free(struct tally *tally);

/** What to replay, and how. */
struct replay_options {
	const char *backend;    /**< Configuration for rmi_open(). */
	struct name_set quirks; /**< Deviations that the RMM has; without the prefix "new:". */
	struct name_set only;   /**< Commands that the RMM must have; empty: those it has. */
	const char *sequence;   /**< Only this sequence; NULL for all. */
	bool verbose;           /**< Print each line before it is executed. */
	bool keep_going;        /**< Go on with a sequence after a difference. */
	FILE *out;
};

/** What came of the sequences of a file. */
struct replay_counts {
	unsigned run;         /**< To the end, without a difference. */
	unsigned cut;         /**< Up to the successful use of a command that the RMM lacks. */
	unsigned skipped;     /**< Not at all. */
	unsigned different;   /**< Up to the first difference. */
	unsigned calls;       /**< Calls compared: RMI calls, macros and SMCs of the Realm. */
	struct tally reasons; /**< Why sequences were skipped or cut. */
	struct tally lines;   /**< Lines that were left out, by tag or missing command. */
	struct tally shown;   /**< Lines that show a deviation the RMM has, by tag, */
	struct tally failed;  /**< and those of them that were different. */
};

/** Where the replay of a sequence stands. */
enum replay_state {
	REPLAY_GOING,
	REPLAY_CUT,
	REPLAY_SKIPPED,
	REPLAY_DIFFERENT,
};

/** A value that stands behind @name. */
struct replay_handle {
	bool known;
	bool reclaimed; /**< All memory is back, earlier than the vectors have it. */
	uint64_t value;
};

/** Granules that were set aside for a REC and that the RMM did not ask for: they are still free. */
struct replay_unasked {
	uint64_t rec; /**< PA of the REC; 0: free. */
	uint64_t base;
	uint64_t count;
};

/** RECs of a sequence that are remembered in this way. */
#define REPLAY_MAX_UNASKED 64

/** The replay of one sequence. */
struct replay {
	const struct replay_options *options;
	struct replay_counts *counts;
	const struct vec_file *file;
	const struct vec_line *line; /**< The line of the Host that is being executed. */
	enum replay_state state;
	bool differs; /**< There was a difference, whatever state says. */
	const struct vec_line *last_different;

	struct rmi *rmi;
	struct rmi_pe *pe;       /**< The Host's calls. */
	struct rmi_pe *other_pe; /**< Calls while a Realm runs on pe. */
	uint64_t dram;           /**< What D stands for. */
	uint64_t nomem;          /**< What N stands for. */
	struct replay_handle *handles;
	uint64_t spare; /**< Offset of the next granule for donations that were not recorded. */
	struct replay_unasked unasked[REPLAY_MAX_UNASKED];

	/* The run of a REC: what the Realm does until it exits. */
	const struct vec_line *step; /**< The next step. */
	const struct vec_line *steps_end;
	unsigned run_number;
	bool in_realm; /**< The Realm runs, or ran during the call that has just returned. */
};

/** Size of the DRAM that sequences use. */
#define REPLAY_DRAM_SIZE    UINT64_C(0x4000000)
/** Offset of memory that no sequence uses: donations, then one page for lists. */
#define REPLAY_SPARE        UINT64_C(0x100000)
#define REPLAY_SPARE_LIST   UINT64_C(0x1ff000)
#define REPLAY_GRANULE_SIZE UINT64_C(0x1000)

/* replay_file.c */

/** Replays the sequences of a file. */
void replay_file(const struct replay_options *options, const struct vec_file *file,
                 struct replay_counts *counts);

/* replay_sequence.c */

/** Executes the lines of a sequence until something stops it. */
void replay_sequence(struct replay *r, const struct vec_sequence *sequence);

/** The number that a value stands for. An unknown handle is a difference. */
uint64_t replay_value(struct replay *r, const struct vec_value *value);

/**
 * Makes the call of a VEC_CALL or VEC_G_HOST line and compares the results.
 * @param pe where
 */
void replay_call(struct replay *r, struct rmi_pe *pe, const struct vec_line *line);

/** Compares X0.. of a line with what came; the first word decides what is said. */
void replay_compare(struct replay *r, const struct vec_line *line, const uint64_t *got);

/** Whether the RMM has the deviation that a tag names. */
bool replay_has_quirk(const struct replay *r, const char *tag);

/** Whether a line is to be left out: it shows a deviation that the RMM does not have. */
bool replay_left_out(struct replay *r, const struct vec_line *line);

/**
 * Takes note that the RMM lacks a command. A line that changes nothing is left out; otherwise the
 * rest of the sequence is.
 * @param expected X0 that was recorded
 */
void replay_lacks(struct replay *r, const char *command, uint64_t expected);

/* replay_macro.c */

/** Executes one of the lines VEC_DELEGATE to VEC_REC_DESTROY. */
void replay_macro(struct replay *r, const struct vec_line *line);

/**
 * Drives an operation that a call left incomplete to its end, with spare memory.
 * @param regs the results of the call in, those of the operation out
 */
void replay_finish(struct replay *r, struct rmi_pe *pe, struct smccc_regs *regs);

/* replay_realm.c */

/** Makes every Realm start with the steps of struct replay, wherever its REC starts. */
bool replay_realm_prepare(struct replay *r, const struct vec_sequence *sequence);

/* replay_decisions.c: where the text and the recorded RMM differ without a tag. */

/** Gives a REC that CPU_ON has started, with registers of zero, those of the recorded one. */
void replay_turned_on(struct replay *r, struct guest *g, const struct vec_line *entry);

/**
 * Reads the page of an RSI_REALM_CONFIG that will succeed.
 * @param[out] before the page
 * @return whether replay_config_after() is wanted
 */
bool replay_config_before(struct replay *r, struct guest *g, const struct vec_line *smc,
                          uint64_t *before);

/** Checks that what is no member is zero, and puts back what the recorded RMM left there. */
void replay_config_after(struct replay *r, struct guest *g, const struct vec_line *smc,
                         const uint64_t *before);

/** Whether HPFAR is the expected one, but for bits below the granule. */
bool replay_hpfar_matches(struct replay *r, uint64_t expected, uint64_t got);

/* replay_report.c */

/** Reports the first difference of the sequence: where, the call, and what. */
void replay_differs(struct replay *r, const struct vec_line *line, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/** Writes a call with the names of the command table. */
void replay_print_call(struct replay *r, const struct vec_line *line, FILE *out);

/** Name of an RMI command, or NULL. */
const char *replay_command_name(struct replay *r, uint64_t fid);

/** Writes X0 as a status with its data. @return buf */
const char *replay_result_text(char *buf, size_t size, uint64_t x0);

#endif
