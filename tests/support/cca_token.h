/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file cca_token.h
 * A second reader of CCA attestation tokens, for tests.
 *
 * It shares nothing with the RMM and the tool: it decodes CBOR (RFC 8949) by itself, takes labels
 * straight from DEN0137 A7.2.3, and verifies signatures with EVP. It is strict: definite lengths,
 * shortest encodings, keys of maps ascending, nothing behind the end.
 */
#ifndef TESTS_SUPPORT_CCA_TOKEN_H
#define TESTS_SUPPORT_CCA_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes somewhere in a token. NULL: there are none. */
struct token_bytes {
	const uint8_t *at;
	size_t size;
};

/** A COSE_Sign1. */
struct token_part {
	struct token_bytes protected_header;
	struct token_bytes payload;
	struct token_bytes signature;
};

/** A token. */
struct token {
	struct token_part platform;
	struct token_part realm;
};

/** Takes a token apart. @return NULL, or what is wrong with it */
const char *token_open(struct token *token, const void *bytes, size_t size);

/** A claim of a part: a byte string or text; a NULL one if there is no such claim. */
struct token_bytes token_bytes(const struct token_part *part, uint64_t label);
struct token_bytes token_text(const struct token_part *part, uint64_t label);

/** A claim that is a number; UINT64_MAX if there is no such claim. */
uint64_t token_number(const struct token_part *part, uint64_t label);

/** The claim that is an array: the encoding of one of its items, or a NULL one. */
struct token_bytes token_element(const struct token_part *part, uint64_t label, uint64_t index);

/** An encoded byte string, as token_element() gives it. */
struct token_bytes token_decode_bytes(struct token_bytes encoded);

/** Number of claims of a part. */
uint64_t token_claims(const struct token_part *part);

/** The coordinates in an encoded COSE_Key, 48 bytes each. @return whether it is one for ES384 */
bool token_cose_key(struct token_bytes key, const uint8_t **x, const uint8_t **y);

/** Whether a part is signed by the key with these coordinates, with ES384. */
bool token_is_signed(const struct token_part *part, const uint8_t x[48], const uint8_t y[48]);

#endif
