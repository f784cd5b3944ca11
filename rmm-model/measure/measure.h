/* SPDX-License-Identifier: BSD-3-Clause */
/* Measurement of realms (DEN0137 A7.1, B3.110 to B3.112, C2.27, C2.28). */
#ifndef RMM_MEASURE_MEASURE_H
#define RMM_MEASURE_MEASURE_H

#include <stddef.h>
#include <stdint.h>

struct rd;
struct rmi_realm_params;
struct rmm;
struct rmm_pe;

/** Bytes that the hash algorithm of a Realm fills in a measurement. */
size_t measure_size(const struct rmm *rmm, const struct rd *rd);

/**
 * The initial RIM: zero (A7.1.1), as the RD has it, or with RMM_QUIRK_RIM_INIT a hash of
 * parameters. The RD is locked exclusively.
 */
void measure_realm(struct rmm_pe *pe, struct rd *rd, const struct rmi_realm_params *params);

/** RimExtendData (B3.111): a DATA granule was mapped. The RD is locked exclusively. */
void measure_data(struct rmm_pe *pe, struct rd *rd, uint64_t ipa, uint64_t data, uint64_t flags);

/** RimExtendRec (B3.112): a runnable REC was created. The RD is locked exclusively. */
void measure_rec(struct rmm_pe *pe, struct rd *rd, uint64_t flags, uint64_t pc,
                 const uint64_t *gprs);

/**
 * RemExtend (B3.110): extends REM[index] by @p size bytes, 0..64. The RD is locked exclusively.
 */
void measure_extend(struct rmm_pe *pe, struct rd *rd, unsigned index, const void *value,
                    size_t size);

#endif
