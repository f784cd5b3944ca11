/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ES384: ECDSA on P-384 with SHA-384 (RFC 9053), with the deterministic nonce of RFC 6979, so that
 * equal tokens are equal byte for byte. libcrypto 3.0 has the curve, the numbers and the HMAC, but
 * no signature with such a nonce.
 */
#ifndef RMM_ATTEST_ES384_H
#define RMM_ATTEST_ES384_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/cca_token.h>

/** A key pair. */
struct es384_key {
	uint8_t d[COSE_P384_SIZE];
	uint8_t x[COSE_P384_SIZE];
	uint8_t y[COSE_P384_SIZE];
};

/**
 * Makes a test key that anyone can make who knows the seed.
 * @param purpose keys for different purposes differ
 * @return false when memory is short
 */
bool es384_test_key(struct es384_key *key, const char *purpose, uint64_t seed);

/** Fills in the public key that belongs to key->d. @return false if d is no key, or no memory */
bool es384_public(struct es384_key *key);

/**
 * Reads a private key of P-384 from a PEM file, without the public key.
 * @return NULL, or what is wrong
 */
const char *es384_read(struct es384_key *key, const char *path);

/**
 * Signs a SHA-384 digest. Needs key->d alone.
 * @param[out] signature r and s
 * @return false when memory is short
 */
bool es384_sign(const struct es384_key *key, const uint8_t digest[COSE_P384_SIZE],
                uint8_t signature[COSE_ES384_SIZE]);

#endif
