/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file workload.h
 * Ordinary C that runs natively and as a guest; both must find the same.
 */
#ifndef TESTS_A64_WORKLOAD_H
#define TESTS_A64_WORKLOAD_H

#include <stdint.h>

/** Bytes of memory that workload() needs. */
#define WORKLOAD_MEMORY 0x20000u

/**
 * Hashes, sorts, formats, copies, divides.
 *
 * @param memory WORKLOAD_MEMORY bytes, aligned to 16
 * @param rounds how often
 * @return a digest of all results
 */
uint64_t workload(void *memory, uint64_t rounds);

/** The same for floating point, and for loops that a compiler makes SIMD instructions of. */
uint64_t fp_workload(void *memory, uint64_t rounds);

#endif
