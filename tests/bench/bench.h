/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file bench.h
 * Measurements: each is the median of several rounds, in nanoseconds per operation.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/** Most rounds of a measurement. */
#define BENCH_MAX_ROUNDS 512

/** The rounds of one measurement. */
struct bench_rounds {
	double values[BENCH_MAX_ROUNDS];
	unsigned count;
};

/** Nanoseconds since some point. */
uint64_t bench_now(void);

/** Adds a round: @p count operations since @p start, a bench_now(). */
void bench_add(struct bench_rounds *rounds, uint64_t start, uint64_t count);

/** bench_add() of a time that was measured in pieces. */
void bench_add_ns(struct bench_rounds *rounds, uint64_t ns, uint64_t count);

/** The value in the middle. */
double bench_median(struct bench_rounds *rounds);

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
