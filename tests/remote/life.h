/* SPDX-License-Identifier: BSD-3-Clause */
/* One life of a Realm, of which calls can be counted. */
#ifndef TESTS_REMOTE_LIFE_H
#define TESTS_REMOTE_LIFE_H

#include <stdbool.h>

#include <rmi/rmi.h>

/* Bytes of memory that a life takes, from the beginning on. */
#define LIFE_MEMORY (UINT64_C(8) << 20)

/*
 * Builds a Realm with two RECs, private and shared memory, runs it and takes it down.
 *
 * at:   at the call with this number, the first one being 1, moment() is called, then the call is
 *       made, and then the process waits for ever; 0: never. A RMI_REC_ENTER with that number runs
 *       until somebody ends it.
 * Returns the number of calls; fails the test when something does not work.
 */
unsigned life_run(struct rmi *rmi, unsigned at, void (*moment)(void *arg), void *arg);

#endif
