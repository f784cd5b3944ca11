/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of `realmkit token` share: CCA attestation tokens (DEN0137 A7.2.3). */
#ifndef REALMKIT_TOKEN_H
#define REALMKIT_TOKEN_H

#include <cbor.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a token. */
struct token_span {
	const uint8_t *bytes; /* NULL: there are none. */
	size_t size;
};

/* One of the two signed parts. */
struct token_part {
	const char *name; /* "the Realm token" */
	struct token_span header;
	struct token_span payload;
	struct token_span signature;
	cbor_item_t *envelope; /* Holds what the spans point to. */
	cbor_item_t *claims;
};

struct token {
	cbor_item_t *root;
	struct token_part platform;
	struct token_part realm;
	bool has_devices; /* A device token comes with it. */
};

/* Values that somebody who verifies a token may know. Spans without bytes are not compared. */
struct token_expected {
	struct token_span challenge;
	struct token_span rpv;
	struct token_span rim;
	struct token_span rem[4];
};

/* token_decode.c: the envelope. Complain about what is wrong and return false. */

bool token_decode(struct token *token, const uint8_t *bytes, size_t size);
void token_free(struct token *token);

/* The value of a claim, or NULL. */
cbor_item_t *token_claim(const struct token_part *part, uint64_t label);

/* The value of a pair in a map with small keys, which may be negative; or NULL. */
cbor_item_t *token_map_get(const cbor_item_t *map, int64_t key);

/* A definite byte string or text as it is; a span without bytes if it is neither. */
struct token_span token_item_span(const cbor_item_t *item);

/* An item of an array. */
cbor_item_t *token_array_get(const cbor_item_t *array, size_t index);

/* token_claims.c */

/* Whether the claims are those that A7.2.3 asks for. Complains about each that is not. */
bool token_check_claims(const struct token *token);

/* Whether claims have the values that are expected. Complains about each that has not. */
bool token_check_expected(const struct token *token, const struct token_expected *expected);

/* Shows everything. */
void token_print(const struct token *token);

/* Bytes of the digests of a hash algorithm by its IANA name; 0: it is not known. */
size_t token_hash_size(const cbor_item_t *name);

/* token_sign.c: keys and signatures. Complain about what is wrong and return NULL or false. */

/* The public key in a PEM file, which may hold a private one. */
EVP_PKEY *token_read_key(const char *path);

/* The key that a software RMM with a seed signs platform tokens with. */
EVP_PKEY *token_test_key(uint64_t seed);

/* The key in the Realm token. */
EVP_PKEY *token_realm_key(const struct token *token);

/* Whether a part is signed by a key, with ES384. */
bool token_check_signature(const struct token_part *part, EVP_PKEY *key, const char *whose);

/* Whether the challenge of the platform token is the hash of the key in the Realm token. */
bool token_check_binding(const struct token *token);

#endif
