/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the Realm Initial Measurement should be (DEN0137 A7.1.1), computed here from the text, with
 * nothing of the RMM's.
 */
#ifndef CONFORMANCE_RIM_H
#define CONFORMANCE_RIM_H

#include <rmi/abi/measurement.h>

#include "suite.h"

/** A measurement that grows; all zero to begin with, but for the algorithm. */
struct rim {
	enum rmi_hash_algorithm hash;
	uint8_t value[RMM_REALM_MEASUREMENT_SIZE];
};

/**
 * RimExtendData (B3.111): RMI_RTT_DATA_MAP_INIT.
 * @param flags   RMI_DATA_FLAGS_*
 * @param content a page; not read if it is not measured
 */
void rim_data(struct world *w, struct rim *rim, uint64_t ipa, uint64_t flags, const void *content);

/** RimExtendRec (B3.112): RMI_REC_CREATE of a runnable REC. */
void rim_rec(struct world *w, struct rim *rim, const struct rmi_rec_params *params);

/** What world_load() adds. */
void rim_load(struct world *w, struct rim *rim);

/** What world_rec() adds. */
void rim_world_rec(struct world *w, struct rim *rim, enum world_guest guest,
                   const uint64_t gprs[8]);

/** Ends the test as failed unless eight registers hold the measurement (B3.158). */
void rim_expect(struct world *w, const struct rim *rim, const uint64_t *x);

#endif
