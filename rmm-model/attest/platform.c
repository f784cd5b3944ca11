/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of an RMM, and the platform token (DEN0137 A7.2.3.3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmm/attest.h>

#include "attest/attest.h"
#include "attest/cbor.h"
#include "core/rmm.h"

/* Hash of everything in the platform token, and of the RAK; as long as the keys. */
#define HASH_NAME "sha-384"
#define HASH_SIZE COSE_P384_SIZE

static bool read_key(const char *name, const char *path, struct es384_key *key, bool *configured,
                     struct rmi_error *err)
{
	const char *wrong;

	*configured = path[0] != '\0';
	if (!*configured)
		return true;
	wrong = es384_read(key, path);
	if (wrong != NULL)
		snprintf(err->text, sizeof(err->text), "%s=%.360s: %s", name, path, wrong);
	return wrong == NULL;
}

bool attest_init(struct rmm *rmm, struct rmi_error *err)
{
	struct attest *attest = &rmm->attest;
	const struct rmm_config *config = &rmm->config;
	struct rmi_error ignored;

	if (err == NULL)
		err = &ignored;
	attest->platform_room = ATTEST_TOKEN_REST / 2 + config->policy.platform_config;
	attest->platform = malloc(attest->platform_room);
	attest->md = EVP_MD_CTX_new();
	if (attest->platform == NULL || attest->md == NULL ||
	    EVP_DigestInit_ex2(attest->md, rmm->hash[RMI_HASH_SHA_384], NULL) != 1) {
		snprintf(err->text, sizeof(err->text), "no memory for the platform token");
		return false;
	}
	return read_key("rak_key", config->rak_key, &attest->rak, &attest->rak_configured, err) &&
	       read_key("cpak_key", config->cpak_key, &attest->cpak, &attest->cpak_configured, err);
}

void attest_destroy(struct rmm *rmm)
{
	EVP_MD_CTX_free(rmm->attest.md);
	free(rmm->attest.platform);
}

/* Hash of one or two parts, under the lock. The context was used with this hash before. */
static void hash(struct rmm *rmm, const void *a, size_t a_size, const void *b, size_t b_size,
                 uint8_t out[HASH_SIZE])
{
	EVP_DigestInit_ex2(rmm->attest.md, rmm->hash[RMI_HASH_SHA_384], NULL);
	EVP_DigestUpdate(rmm->attest.md, a, a_size);
	EVP_DigestUpdate(rmm->attest.md, b, b_size);
	EVP_DigestFinal_ex(rmm->attest.md, out, NULL);
}

/*
 * The one component that there is: the RMM. It is measured by its name and version, as nobody has
 * loaded it, and nobody has signed it: the signer is zero.
 */
static void sw_components(struct rmm *rmm, struct attest_cbor *w)
{
	static const char component[] = "realmkit " REALMKIT_VERSION;
	static const uint8_t zero[HASH_SIZE];
	uint8_t digest[HASH_SIZE];

	hash(rmm, component, strlen(component), NULL, 0, digest);
	hash(rmm, zero, sizeof(zero), digest, sizeof(digest), digest);
	attest_cbor_int(w, CCA_PLATFORM_SW_COMPONENTS);
	attest_cbor_array(w, 1);
	attest_cbor_map(w, 5);
	attest_cbor_pair_text(w, CCA_SW_COMPONENT_TYPE, "RMM");
	attest_cbor_pair_bytes(w, CCA_SW_COMPONENT_MEASUREMENT, digest, sizeof(digest));
	attest_cbor_pair_text(w, CCA_SW_COMPONENT_VERSION, REALMKIT_VERSION);
	attest_cbor_pair_bytes(w, CCA_SW_COMPONENT_SIGNER_ID, zero, sizeof(zero));
	attest_cbor_pair_text(w, CCA_SW_COMPONENT_HASH_ALGO_ID, HASH_NAME);
}

/* A type byte, and the start of the hash of the key that the platform signs with. */
static void platform_instance(struct rmm *rmm, uint8_t id[CCA_INSTANCE_ID_SIZE])
{
	uint8_t cose_key[ATTEST_COSE_KEY_MAX];
	size_t size = attest_cose_key(&rmm->attest.cpak, cose_key);
	uint8_t digest[HASH_SIZE];

	hash(rmm, cose_key, size, NULL, 0, digest);
	id[0] = CCA_INSTANCE_ID_TYPE;
	memcpy(id + 1, digest, CCA_INSTANCE_ID_SIZE - 1);
}

/* Labels ascend: the map is in the order of deterministic encoding (RFC 8949, 4.2.1). */
static void platform_claims(struct rmm *rmm, struct attest_cbor *w)
{
	static const uint8_t implementation[CCA_PLATFORM_IMPLEMENTATION_ID_SIZE] =
	        "realmkit: an RMM in software";
	const struct rmm_config *config = &rmm->config;
	unsigned config_size = config->policy.platform_config;
	uint8_t cose_key[ATTEST_COSE_KEY_MAX];
	size_t size = attest_cose_key(&rmm->attest.rak, cose_key);
	uint8_t instance[CCA_INSTANCE_ID_SIZE];
	uint8_t challenge[HASH_SIZE];

	hash(rmm, cose_key, size, NULL, 0, challenge);
	platform_instance(rmm, instance);
	attest_cbor_map(w, 9);
	attest_cbor_pair_bytes(w, CCA_CHALLENGE, challenge, sizeof(challenge));
	attest_cbor_pair_bytes(w, CCA_INSTANCE_ID, instance, sizeof(instance));
	attest_cbor_pair_text(w, CCA_PROFILE, CCA_PLATFORM_PROFILE);
	attest_cbor_pair_int(w, CCA_PLATFORM_CLIENT_ID, CCA_PLATFORM_CLIENT_RMSD);
	attest_cbor_pair_int(w, CCA_PLATFORM_LIFECYCLE, config->lifecycle);
	attest_cbor_pair_bytes(w, CCA_PLATFORM_IMPLEMENTATION_ID, implementation,
	                       sizeof(implementation));
	sw_components(rmm, w);
	attest_cbor_int(w, CCA_PLATFORM_CONFIG);
	attest_cbor_bytes_head(w, config_size);
	/* The configuration is zero: there is nothing to be told. */
	if (config_size > w->size - w->used) {
		w->full = true;
		return;
	}
	memset(w->buffer + w->used, 0, config_size);
	w->used += config_size;
	attest_cbor_pair_text(w, CCA_PLATFORM_HASH_ALGO_ID, HASH_NAME);
}

/* The claims are written where the token will be, behind its head. */
#define HEAD_ROOM 64

static bool make_platform_token(struct rmm *rmm)
{
	struct attest *attest = &rmm->attest;
	uint8_t signature[COSE_ES384_SIZE];
	struct attest_cbor payload = {
	        .buffer = attest->platform + HEAD_ROOM,
	        .size = attest->platform_room - HEAD_ROOM - sizeof(signature),
	};
	struct attest_cbor w = {.buffer = attest->platform, .size = attest->platform_room};

	platform_claims(rmm, &payload);
	if (!attest_cose_signature(rmm, attest->md, &attest->cpak, &payload, signature))
		return false;
	attest_cose_sign1(&w, &payload, signature);
	attest->platform_size = w.used;
	return !w.full;
}

static bool prepare_locked(struct rmm *rmm)
{
	struct attest *attest = &rmm->attest;
	uint64_t seed = rmm->config.policy.seed;

	if (attest->rak_configured ? !es384_public(&attest->rak)
	                           : !es384_test_key(&attest->rak, "RAK", seed))
		return false;
	if (attest->cpak_configured ? !es384_public(&attest->cpak)
	                            : !es384_test_key(&attest->cpak, "CPAK", seed))
		return false;
	return make_platform_token(rmm);
}

bool attest_prepare(struct rmm *rmm)
{
	struct attest *attest = &rmm->attest;
	bool ready;

	pthread_mutex_lock(&attest->lock);
	if (!attest->ready)
		attest->ready = prepare_locked(rmm);
	ready = attest->ready;
	pthread_mutex_unlock(&attest->lock);
	return ready;
}

bool rmm_attest_key(struct rmm *rmm, enum rmm_attest_key which, uint8_t x[48], uint8_t y[48])
{
	const struct es384_key *key =
	        which == RMM_ATTEST_CPAK ? &rmm->attest.cpak : &rmm->attest.rak;

	if (!attest_prepare(rmm))
		return false;
	memcpy(x, key->x, sizeof(key->x));
	memcpy(y, key->y, sizeof(key->y));
	return true;
}
