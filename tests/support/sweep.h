/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file sweep.h
 * Takes whatever Realms there are apart, without knowing how they were built.
 */
#ifndef TESTS_SUPPORT_SWEEP_H
#define TESTS_SUPPORT_SWEEP_H

#include <support/sro.h>

/**
 * Destroys all RECs, mappings, tables and Realms, and undelegates all granules. No operation may
 * be open.
 * @param memory where lists go; donations are not expected
 * @return granules that the RMM still holds
 */
uint64_t sweep(struct rmi_pe *pe, const struct sro_memory *memory);

#endif
