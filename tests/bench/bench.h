/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file bench.h
 * Measurements: each is the median of its quiet rounds, in nanoseconds per operation.
 *
 * Neighbours on the same hardware make a machine slower for milliseconds or seconds, by half or
 * more. So a gauge that has nothing to do with what is measured, the hash of a page, is read before
 * and after every round. A round is quiet if both were close to the best that the gauge has ever
 * shown, and a series goes on until it has enough of them.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/** Most rounds of a measurement. */
#define BENCH_MAX_ROUNDS 16384

/** The rounds of one measurement. */
struct bench_rounds {
	double values[BENCH_MAX_ROUNDS];
	unsigned round[BENCH_MAX_ROUNDS]; /**< Which round of the process it was. */
	unsigned count;
};

/** A loop that measures: `for (struct bench_series s = {0}; bench_next(&s);)`. */
struct bench_series {
	uint64_t start; /**< bench_now() */
	uint64_t gauge; /**< Before the round. */
	unsigned first; /**< Its first round. */
	unsigned quiet; /**< Rounds that were. */
	bool begun;
};

/** Nanoseconds since some point. */
uint64_t bench_now(void);

/** Nanoseconds that this thread has run. */
uint64_t bench_thread_now(void);

/** Begins a round by hand, in any thread. @return what the gauge shows */
uint64_t bench_gauge(void);

/** Ends it. @param gauge from its beginning @return its number, for bench_add_round() */
unsigned bench_end_round(uint64_t gauge);

/** Ends a round of a series and begins the next. @return false when there have been enough */
bool bench_next(struct bench_series *series);

/** How many rounds there have been, and how many of them were quiet. */
void bench_count(unsigned *quiet, unsigned *all);

/** Adds what a round has shown: @p count operations since @p start, a bench_now(). */
void bench_add(struct bench_rounds *rounds, uint64_t start, uint64_t count);

/** bench_add() of a time that was measured in pieces. */
void bench_add_ns(struct bench_rounds *rounds, uint64_t ns, uint64_t count);

/** bench_add_ns() of what a certain round has shown. */
void bench_add_round(struct bench_rounds *rounds, unsigned round, uint64_t ns, uint64_t count);

/** Adds what another measurement has, as far as there is room. */
void bench_add_all(struct bench_rounds *rounds, const struct bench_rounds *others);

/** Whether enough rounds were quiet. */
bool bench_enough(const struct bench_rounds *rounds);

/** The value in the middle of those of quiet rounds, or of all if hardly any was quiet. */
double bench_median(struct bench_rounds *rounds);

/** The same of all rounds, quiet or not. */
double bench_median_of_all(struct bench_rounds *rounds);

/**
 * Runs a realm image on the a64 engine, alone.
 *
 * @param path an ELF file; its X0 is a number of rounds
 * @param[out] mips million instructions per second
 * @param[out] what why there is no number
 * @return whether there is one
 */
bool bench_a64(const char *path, double *mips, const char **what);

/** What RECs that run code cost. */
struct bench_rec {
	double call_ns;    /**< RSI_HOST_CALL: exit and re-entry. */
	double create_ns;  /**< RMI_REC_CREATE and the first entry, up to the first exit. */
	double create_kib; /**< Memory that becomes resident meanwhile. */
	double together;   /**< Time of four vCPUs on the cores that there are; 1 is ideal. */
};

/** Measures them. @return whether everything went well; *what is the call that did not */
bool bench_rec(struct bench_rec *result, const char **what);

/** Runs a loop of FP and SIMD instructions. @return whether there is a number */
bool bench_a64_fp(double *mips);

#endif
