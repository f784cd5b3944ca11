/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file attest.h
 * The keys that an RMM signs attestation tokens with (DEN0137 A7.2).
 *
 * They are test keys and no root of trust: unless the configuration names files
 * (rmm_config.rak_key, cpak_key), anyone who knows the seed of the RMM can make them. What a token
 * says is described in docs/attestation.md.
 */
#ifndef RMM_ATTEST_H
#define RMM_ATTEST_H

#include <stdbool.h>
#include <stdint.h>

#include <rmm/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A key of an RMM. */
enum rmm_attest_key {
	RMM_ATTEST_RAK, /**< Realm Attestation Key: signs Realm tokens. */
	RMM_ATTEST_CPAK /**< CCA Platform Attestation Key: signs the platform token. */
};

/**
 * The public part of a key, a point of P-384. May be called at any time and from any thread.
 *
 * @param[out] x, y coordinates, the most significant byte first
 * @return false when memory is short
 */
bool rmm_attest_key(struct rmm *rmm, enum rmm_attest_key which, uint8_t x[48], uint8_t y[48]);

#ifdef __cplusplus
}
#endif

#endif
