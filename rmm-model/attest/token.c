/* SPDX-License-Identifier: BSD-3-Clause */
/* The Realm token (DEN0137 A7.2.3.1) and the token as a whole (A7.2.3). */
#include <string.h>

#include "attest/attest.h"
#include "attest/cbor.h"
#include "core/rmm.h"
#include "measure/measure.h"
#include "realm/realm.h"

/* Of the claims, and of the Realm token around them. */
#define CLAIMS_MAX      800
#define REALM_TOKEN_MAX (CLAIMS_MAX + 128)
/* Of what stands before the platform token, and between the two. */
#define HEAD_MAX        32

_Static_assert(REALM_TOKEN_MAX + 2 * HEAD_MAX + ATTEST_TOKEN_REST / 2 <= ATTEST_TOKEN_REST,
               "a token has at most ATTEST_TOKEN_REST bytes besides the platform configuration");

size_t attest_max_size(const struct rmm *rmm)
{
	return ATTEST_TOKEN_REST + rmm->config.policy.platform_config;
}

/* IANA names (A7.2.3.1.7). */
static const char *hash_name(uint8_t hash_algo)
{
	switch (hash_algo) {
	case RMI_HASH_SHA_384:
		return "sha-384";
	case RMI_HASH_SHA_512:
		return "sha-512";
	default:
		return "sha-256";
	}
}

/* The text wants it random; here it follows from the seed, and no two Realms share it. */
void attest_name_realm(struct rmm_pe *pe, struct rd *rd)
{
	const struct {
		char purpose[16];
		uint64_t seed;
		uint64_t number;
	} name = {
	        .purpose = "realm instance",
	        .seed = pe->rmm->config.policy.seed,
	        .number = atomic_fetch_add(&pe->rmm->next_realm, 1),
	};

	rd->instance_id[0] = CCA_INSTANCE_ID_TYPE;
	EVP_DigestInit_ex2(pe->md, pe->rmm->hash[RMI_HASH_SHA_256], NULL);
	EVP_DigestUpdate(pe->md, &name, sizeof(name));
	EVP_DigestFinal_ex(pe->md, rd->instance_id + 1, NULL);
}

/* Labels ascend: the map is in the order of deterministic encoding (RFC 8949, 4.2.1). */
static void realm_claims(const struct rmm *rmm, const struct rd *rd,
                         const struct rec_attest *attest, struct attest_cbor *w)
{
	size_t size = measure_size(rmm, rd);
	uint8_t cose_key[ATTEST_COSE_KEY_MAX];
	size_t key_size = attest_cose_key(&rmm->attest.rak, cose_key);

	attest_cbor_map(w, 11);
	attest_cbor_pair_bytes(w, CCA_CHALLENGE, attest->challenge, sizeof(attest->challenge));
	attest_cbor_pair_bytes(w, CCA_INSTANCE_ID, rd->instance_id, sizeof(rd->instance_id));
	attest_cbor_pair_text(w, CCA_PROFILE, CCA_REALM_PROFILE);
	attest_cbor_pair_bytes(w, CCA_REALM_PERSONALIZATION_VALUE, rd->rpv, sizeof(rd->rpv));
	attest_cbor_pair_text(w, CCA_REALM_HASH_ALGO_ID, hash_name(rd->hash_algo));
	attest_cbor_pair_bytes(w, CCA_REALM_PUBLIC_KEY, cose_key, key_size);
	attest_cbor_pair_bytes(w, CCA_REALM_INITIAL_MEASUREMENT, rd->rim, size);
	attest_cbor_int(w, CCA_REALM_EXTENSIBLE_MEASUREMENTS);
	attest_cbor_array(w, RMM_NUM_REM);
	for (unsigned i = 0; i < RMM_NUM_REM; i++)
		attest_cbor_bytes(w, attest->rem[i], size);
	attest_cbor_pair_text(w, CCA_REALM_PUBLIC_KEY_HASH_ALGO_ID, "sha-384");
	/* Without FEAT_MEC all Realms share a MECID, whatever the parameters say. */
	attest_cbor_pair_int(w, CCA_REALM_MEC_POLICY, RMI_MEC_POLICY_SHARED);
	attest_cbor_pair_int(w, CCA_REALM_LFA_POLICY, rd->lfa_policy);
}

/* A message of the collection, up to its content. */
static void message_head(struct attest_cbor *w, int label, size_t size)
{
	attest_cbor_int(w, label);
	attest_cbor_array(w, 2);
	attest_cbor_int(w, CCA_CONTENT_EAT_CWT);
	attest_cbor_bytes_head(w, size);
}

/* The part of a token that a caller wants, while the token goes by. */
struct window {
	uint8_t *to;
	size_t from, top; /* Bytes of the token: [from, top). */
	size_t at;        /* Bytes that have gone by. */
};

static void pass(struct window *window, const uint8_t *bytes, size_t size)
{
	size_t begin = window->from > window->at ? window->from - window->at : 0;
	size_t end = window->top > window->at ? window->top - window->at : 0;

	if (end > size)
		end = size;
	if (begin < end)
		memcpy(window->to + (window->at + begin - window->from), bytes + begin,
		       end - begin);
	window->at += size;
}

bool attest_token_part(struct rmm_pe *pe, const struct rd *rd, struct rec_attest *attest,
                       size_t from, void *buffer, size_t size, size_t *total)
{
	struct rmm *rmm = pe->rmm;
	uint8_t claims[CLAIMS_MAX];
	uint8_t realm_token[REALM_TOKEN_MAX];
	uint8_t heads[2][HEAD_MAX];
	struct attest_cbor payload = {.buffer = claims, .size = sizeof(claims)};
	struct attest_cbor realm = {.buffer = realm_token, .size = sizeof(realm_token)};
	struct attest_cbor head[2] = {
	        {.buffer = heads[0], .size = HEAD_MAX},
	        {.buffer = heads[1], .size = HEAD_MAX},
	};
	struct window window = {.to = buffer, .from = from, .top = from + size};

	if (!attest_prepare(rmm))
		return false;
	realm_claims(rmm, rd, attest, &payload);
	if (!attest->is_signed)
		attest->is_signed = attest_cose_signature(pe->rmm, pe->md, &rmm->attest.rak,
		                                          &payload, attest->signature);
	attest_cose_sign1(&realm, &payload, attest->signature);
	attest_cbor_tag(&head[0], CCA_TOKEN_TAG);
	attest_cbor_map(&head[0], 2);
	message_head(&head[0], CCA_PLATFORM_TOKEN, rmm->attest.platform_size);
	message_head(&head[1], CCA_REALM_DELEGATED_TOKEN, realm.used);
	if (!attest->is_signed || realm.full || head[0].full || head[1].full)
		return false;
	pass(&window, head[0].buffer, head[0].used);
	pass(&window, rmm->attest.platform, rmm->attest.platform_size);
	pass(&window, head[1].buffer, head[1].used);
	pass(&window, realm.buffer, realm.used);
	*total = window.at;
	return true;
}
