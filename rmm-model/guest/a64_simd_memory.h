/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_simd_memory.h
 * Loads and stores of SIMD registers: slow paths, and structures (LD1 to LD4, ST1 to ST4).
 */
#ifndef RMM_GUEST_A64_SIMD_MEMORY_H
#define RMM_GUEST_A64_SIMD_MEMORY_H

#include "a64.h"

/**
 * Loads bytes into pe->buffer, in one or two pages.
 *
 * @param bytes at most 64
 * @param align what each part of the access is aligned to where alignment is checked
 * @return false when a fault was taken
 */
bool a64_load_bytes(struct a64_pe *pe, uint64_t va, unsigned bytes, unsigned align);
/** Stores pe->buffer; nothing is stored when a fault is taken. */
bool a64_store_bytes(struct a64_pe *pe, uint64_t va, unsigned bytes, unsigned align);

/** The same, of the instruction at op. */
void a64_load_v(struct a64_pe *pe, const struct a64_op *op, uint64_t va, unsigned bytes,
                unsigned align);
void a64_store_v(struct a64_pe *pe, const struct a64_op *op, uint64_t va, unsigned bytes,
                 unsigned align);

/** What executes a load or store of structures, or NULL. */
a64_call *a64_simd_find_structure(uint32_t insn);

#endif
