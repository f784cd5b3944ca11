/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file matrix.h
 * What every command does to an entry of an RTT, for every RIPAS and HIPAS that the entry may have
 * (DEN0137 A5.2.2, A5.3.19, A5.3.20). These are no conditions of the command table: the runner
 * counts them as rows of a command of their own, MATRIX.
 */
#ifndef CONFORMANCE_MATRIX_H
#define CONFORMANCE_MATRIX_H

#include <stddef.h>

#include "suite.h"

/** Cells of all tables. */
size_t matrix_cells(void);

/** Name of a cell: "RIPAS/RTT_DATA_MAP.new/EMPTY-VOID". */
void matrix_name(size_t cell, char *name, size_t size);

/** The test of a cell. */
void matrix_run(struct world *w, size_t cell);

#endif
