/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file access.h
 * What an access by a Realm does, for every RIPAS and HIPAS of the IPA (DEN0137 A5.3.1, A4.3.4.3,
 * A5.2.4), and what an access by an auxiliary plane does (A10.2.3.1, A10.2.4, A10.3.2). These are
 * no conditions of the command table: the runner counts them as rows of commands of their own,
 * ACCESS and PLANE_ACCESS.
 */
#ifndef CONFORMANCE_ACCESS_H
#define CONFORMANCE_ACCESS_H

#include <stddef.h>

#include "suite.h"

/** Cells of the tables of plane 0; they need nothing of the RMM. */
size_t access_cells(void);
void access_name(size_t cell, char *name, size_t size);
void access_run(struct world *w, size_t cell);

/** Cells of the tables of an auxiliary plane: PLANE_CONF. */
size_t plane_access_cells(void);
void plane_access_name(size_t cell, char *name, size_t size);
void plane_access_run(struct world *w, size_t cell);

#endif
