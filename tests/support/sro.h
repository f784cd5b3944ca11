/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file sro.h
 * Drives stateful operations to their end (DEN0137 B4.3.2), for tests that use librmi alone.
 */
#ifndef TESTS_SUPPORT_SRO_H
#define TESTS_SUPPORT_SRO_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/rmi.h>

/** Where memory for donations comes from. */
struct sro_memory {
	/** PA of a page for lists; GRAN_UNDELEGATED. */
	uint64_t list;
	/** log2 of the RMI granule size; 0 stands for 12. */
	unsigned gshift;
	/**
	 * Gives memory to donate.
	 * @param size  bytes, a power of two; also the alignment
	 * @param state what state its granules must be in
	 * @return PA, or 0 when there is none
	 */
	uint64_t (*take)(void *arg, uint64_t size, enum rmi_op_mem_state state);
	void *arg;
};

/**
 * One call; RMI_BUSY is tried again.
 * @param regs function identifier and arguments in, results out
 * @return X0
 */
uint64_t sro_call(struct rmi_pe *pe, struct smccc_regs *regs);

/**
 * Drives an operation to its end if the call before left one.
 * @param memory may be NULL when the operation asks for none
 * @param regs results of the call in, results of the operation out
 * @return X0
 */
uint64_t sro_finish(struct rmi_pe *pe, const struct sro_memory *memory, struct smccc_regs *regs);

#endif
