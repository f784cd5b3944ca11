/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file vector.h
 * Reference vectors: sequences of RMI calls, and of what a Realm does, with the expected answers.
 *
 * A file is text, one item per line. What a line means is told at enum vec_kind; values are
 * described at struct vec_value.
 */
#ifndef TESTS_CONFORMANCE_VECTOR_H
#define TESTS_CONFORMANCE_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a value is relative to. */
enum vec_value_kind {
	VEC_NUMBER, /**< 0x1000 */
	VEC_DRAM,   /**< D+0x1000: the base of DRAM plus the number, modulo 2^64 */
	VEC_NOMEM,  /**< N+0x1000: the same from an address where there is no memory */
	VEC_ANY,    /**< -: not compared */
	VEC_HANDLE, /**< @h1: the handle of that name; number is its index in the file */
};

/** One value of a line. */
struct vec_value {
	enum vec_value_kind kind;
	uint64_t number;
	/** Another value that is as right ("0x1|0x204"), or NULL. */
	const struct vec_value * or ;
};

/** Meaning of a line: the operation, then what args and results hold. */
enum vec_kind {
	VEC_NEEDS,        /**< needs WHAT [value]: name, args[0] */
	VEC_W64,          /**< PA, value */
	VEC_FILL,         /**< PA, length, byte */
	VEC_R64,          /**< PA, value */
	VEC_NE64,         /**< PA, value */
	VEC_CALL,         /**< FID, X1.. -> X0, X1.. */
	VEC_EXIT,         /**< PA of RmiRecRun, then pairs of offset and value */
	VEC_DELEGATE,     /**< base, top -> status */
	VEC_UNDELEGATE,   /**< base, top -> status */
	VEC_DATA_MAP,     /**< rd, base, top, PA, block size -> status */
	VEC_UNPROT_MAP,   /**< rd, base, top, PA, block size, attributes -> status */
	VEC_DATA_UNMAP,   /**< rd, base, top -> status */
	VEC_UNPROT_UNMAP, /**< rd, base, top -> status */
	VEC_INIT_RIPAS,   /**< rd, base, top -> status */
	VEC_REC_CREATE,   /**< rd, rec, params, list, aux, number of aux granules -> status */
	VEC_REC_DESTROY,  /**< rec, list -> status */
	/* What the Realm does during the next RMI_REC_ENTER. */
	VEC_G_ENTRY,  /**< results: X0..X8 */
	VEC_G_PC,     /**< results: PC */
	VEC_G_SMC,    /**< X0.. -> X0.. */
	VEC_G_REG,    /**< number of the register, value */
	VEC_G_W64,    /**< IPA, value */
	VEC_G_R64,    /**< IPA, value */
	VEC_G_DABORT, /**< IPA, ESR, FAR */
	VEC_G_IABORT, /**< IPA, ESR, FAR */
	VEC_G_IRQ,
	VEC_G_FIQ,
	VEC_G_WFI,
	VEC_G_WFE,
	VEC_G_HVC,
	VEC_G_SERROR, /**< ESR */
	VEC_G_HOST,   /**< as VEC_CALL, made by the Host on another PE */
	VEC_NUM_KINDS,
};

/** Where a step of the Realm leads. */
enum vec_outcome {
	VEC_RETURNS, /**< The Realm goes on, with results. */
	VEC_EXITS,   /**< -> exit: REC exit. */
	VEC_REALM,   /**< -> realm: an exception taken to the Realm. */
};

/** One line. */
struct vec_line {
	enum vec_kind kind;
	enum vec_outcome outcome;
	unsigned number;     /**< Line number, from 1. */
	const char *text;    /**< As it stands in the file, without indentation. */
	const char *comment; /**< The comment above it, or NULL. */
	const char *name;    /**< VEC_NEEDS: what; with "quirk" the name of the quirk. */
	const char *tag;     /**< Deviation of the recorded RMM that the line shows, or NULL. */
	bool tag_values;     /**< Without the deviation X0 is comparable; otherwise nothing is. */
	struct vec_value *args;
	size_t num_args;
	struct vec_value *results;
	size_t num_results;
};

/** One sequence: it starts from a fresh RMM. */
struct vec_sequence {
	const char *name;
	unsigned number; /**< Line number of "seq". */
	struct vec_line *lines;
	size_t num_lines;
};

/** A parsed file. Owns everything that it leads to. */
struct vec_file {
	char *name; /**< Without folders. */
	struct vec_sequence *sequences;
	size_t num_sequences;
	const char **handles; /**< Names of handles. */
	size_t num_handles;
	void *blocks; /**< Memory behind the strings and values. */
};

/** Whether a line is a step of the Realm. */
static inline bool vec_is_guest(enum vec_kind kind)
{
	return kind >= VEC_G_ENTRY;
}

/**
 * Parses text.
 *
 * @param name  name of the file, for messages
 * @param text  any text; copied
 * @param[out] err one line about the first error, with its line number
 * @return the file, to be freed with vec_free(); NULL on error
 */
struct vec_file *vec_parse(const char *name, const char *text, char *err, size_t err_size);

/** vec_parse() of a file on disk. */
struct vec_file *vec_load(const char *path, char *err, size_t err_size);

/** Frees a file. NULL is ignored. */
void vec_free(struct vec_file *file);

#endif
