/* SPDX-License-Identifier: BSD-3-Clause */
/* COSE_Sign1 and COSE_Key (RFC 9052, RFC 9053) of ES384. */
#include "attest/attest.h"
#include "attest/cbor.h"
#include "core/rmm.h"

/* The protected header: {1: ES384}. */
static const uint8_t protected_header[] = {0xa1, COSE_HEADER_ALG, 0x38, -1 - COSE_ALG_ES384};

size_t attest_cose_key(const struct es384_key *key, uint8_t out[ATTEST_COSE_KEY_MAX])
{
	struct attest_cbor w = {.buffer = out, .size = ATTEST_COSE_KEY_MAX};

	attest_cbor_map(&w, 5);
	attest_cbor_pair_int(&w, COSE_KEY_KTY, COSE_KEY_KTY_EC2);
	attest_cbor_pair_int(&w, COSE_KEY_ALG, COSE_ALG_ES384);
	attest_cbor_pair_int(&w, COSE_KEY_CRV, COSE_KEY_CRV_P384);
	attest_cbor_pair_bytes(&w, COSE_KEY_X, key->x, sizeof(key->x));
	attest_cbor_pair_bytes(&w, COSE_KEY_Y, key->y, sizeof(key->y));
	return w.used;
}

void attest_cose_sign1(struct attest_cbor *w, const struct attest_cbor *payload,
                       const uint8_t signature[COSE_ES384_SIZE])
{
	attest_cbor_tag(w, COSE_SIGN1_TAG);
	attest_cbor_array(w, 4);
	attest_cbor_bytes(w, protected_header, sizeof(protected_header));
	attest_cbor_map(w, 0);
	attest_cbor_bytes(w, payload->buffer, payload->used);
	attest_cbor_bytes(w, signature, COSE_ES384_SIZE);
	w->full |= payload->full;
}

bool attest_cose_signature(const struct rmm *rmm, EVP_MD_CTX *md, const struct es384_key *key,
                           const struct attest_cbor *payload, uint8_t signature[COSE_ES384_SIZE])
{
	uint8_t head[64];
	uint8_t digest[COSE_P384_SIZE];
	struct attest_cbor w = {.buffer = head, .size = sizeof(head)};

	/* Sig_structure, but for the payload itself. */
	attest_cbor_array(&w, 4);
	attest_cbor_text(&w, COSE_SIGN1_CONTEXT);
	attest_cbor_bytes(&w, protected_header, sizeof(protected_header));
	attest_cbor_bytes_head(&w, 0);
	attest_cbor_bytes_head(&w, payload->used);
	if (w.full || payload->full)
		return false;
	return EVP_DigestInit_ex2(md, rmm->hash[RMI_HASH_SHA_384], NULL) == 1 &&
	       EVP_DigestUpdate(md, head, w.used) == 1 &&
	       EVP_DigestUpdate(md, payload->buffer, payload->used) == 1 &&
	       EVP_DigestFinal_ex(md, digest, NULL) == 1 && es384_sign(key, digest, signature);
}
