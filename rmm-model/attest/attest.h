/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attestation (DEN0137 A7.2): the keys of an RMM and the tokens that they sign.
 *
 * A token has two parts. The platform token says what the RMM runs on and which Realm Attestation
 * Key (RAK) it has, signed by the CCA Platform Attestation Key (CPAK); it is the same for every
 * Realm. The Realm token says what a Realm is, signed by the RAK. Both keys are test keys.
 */
#ifndef RMM_ATTEST_ATTEST_H
#define RMM_ATTEST_ATTEST_H

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/measurement.h>
#include <rmi/error.h>

#include "attest/es384.h"

struct rd;
struct rmm;
struct rmm_pe;

/** Most bytes of a token besides the platform configuration. */
#define ATTEST_TOKEN_REST 2048

/** What an RMM has for attestation. */
struct attest {
	pthread_mutex_t lock; /**< Taken last. Guards all below until ready is set. */
	bool ready;           /**< The keys and the platform token are there, for good. */
	bool rak_configured;
	bool cpak_configured;
	struct es384_key rak;
	struct es384_key cpak;
	EVP_MD_CTX *md;
	uint8_t *platform; /**< The platform token. */
	size_t platform_room;
	size_t platform_size;
};

/** RmmRecAttestState (C2). */
enum rec_attest_state {
	NO_ATTEST_IN_PROGRESS,
	ATTEST_IN_PROGRESS,
};

/** What a Realm token says of a moment, and how much of the token the REC has had. */
struct rec_attest {
	enum rec_attest_state state;
	bool is_signed;
	uint8_t challenge[CCA_REALM_CHALLENGE_SIZE];
	uint8_t rem[RMM_NUM_REM][RMM_REALM_MEASUREMENT_SIZE];
	uint8_t signature[COSE_ES384_SIZE];
	uint64_t sent;
};

/**
 * Prepares what commands must not do: reads configured keys, takes memory. Other keys are made when
 * they are needed first.
 */
bool attest_init(struct rmm *rmm, struct rmi_error *err);
void attest_destroy(struct rmm *rmm);

/** Has the keys and the platform token ready. @return false when memory is short */
bool attest_prepare(struct rmm *rmm);

/** AttestationTokenMaxSize: no token of this RMM has more bytes. */
size_t attest_max_size(const struct rmm *rmm);

/** Gives a new Realm its instance ID. The RD is locked exclusively. */
void attest_name_realm(struct rmm_pe *pe, struct rd *rd);

/** Bytes of an encoded COSE_Key at most. */
#define ATTEST_COSE_KEY_MAX 128

/** Encodes a public key as COSE_Key. @return bytes */
size_t attest_cose_key(const struct es384_key *key, uint8_t out[ATTEST_COSE_KEY_MAX]);

struct attest_cbor;

/**
 * Writes a tagged COSE_Sign1 with ES384 around a payload.
 * @param signature r and s
 */
void attest_cose_sign1(struct attest_cbor *w, const struct attest_cbor *payload,
                       const uint8_t signature[COSE_ES384_SIZE]);

/**
 * Signs a payload as COSE_Sign1 does (RFC 9052, 4.4).
 * @param md a context that the caller has for itself
 * @return false when memory is short
 */
bool attest_cose_signature(const struct rmm *rmm, EVP_MD_CTX *md, const struct es384_key *key,
                           const struct attest_cbor *payload, uint8_t signature[COSE_ES384_SIZE]);

/**
 * The token of a REC in progress, which is signed with the first call.
 *
 * @param from   first byte wanted
 * @param buffer room for @p size bytes of the token from there on
 * @param[out] total bytes that the token has
 * @return false if it cannot be made
 */
bool attest_token_part(struct rmm_pe *pe, const struct rd *rd, struct rec_attest *attest,
                       size_t from, void *buffer, size_t size, size_t *total);

#endif
