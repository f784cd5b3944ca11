/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file fuzz_raw.h
 * The entry point that libFuzzer calls, and that fuzz_raw_replay calls without it.
 */
#ifndef TESTS_FUZZ_FUZZ_RAW_H
#define TESTS_FUZZ_FUZZ_RAW_H

#include <stddef.h>
#include <stdint.h>

/** Runs one input against a new RMM; aborts when something is wrong. @return 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
