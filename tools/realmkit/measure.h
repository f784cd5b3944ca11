/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Realm Initial Measurement as a Host can know it: computed from the calls that build the realm
 * (DEN0137 A7.1), without asking the RMM, which tells it to the realm only.
 */
#ifndef REALMKIT_MEASURE_H
#define REALMKIT_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/measurement.h>
#include <rmi/rmi.h>

struct measure;

/*
 * Watches the calls of a connection from now on. The connection owns what is returned; NULL with
 * *err filled in when memory is short.
 */
struct measure *measure_attach(struct rmi *rmi, struct rmi_error *err);

/*
 * The measurement of the realm that was created last. Returns the bytes that count, 0 when no realm
 * was created or its hash could not be computed.
 */
size_t measure_rim(struct measure *measure, uint8_t rim[RMM_REALM_MEASUREMENT_SIZE]);

/*
 * Nanoseconds that watching has added to the calls of a command, which whoever times the calls from
 * above has counted as the RMM's.
 */
uint64_t measure_overhead_ns(struct measure *measure, uint32_t fid);

#endif
