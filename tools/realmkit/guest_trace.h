/* SPDX-License-Identifier: BSD-3-Clause */
/* --trace=guest: a line for each time that a vCPU leaves its guest. Needs the software RMM. */
#ifndef REALMKIT_GUEST_TRACE_H
#define REALMKIT_GUEST_TRACE_H

#include <stdbool.h>

#include <rmi/rmi.h>

struct guest_trace;

/*
 * Begins. Returns NULL after a complaint.
 * @param image the ELF file that the realm is made from
 * @param path  where the lines go; NULL: standard error
 */
struct guest_trace *guest_trace_begin(struct rmi *rmi, const char *image, const char *path);

/* Ends; no vCPU runs. Returns false after a complaint: the file could not be written. */
bool guest_trace_end(struct guest_trace *trace);

#endif
