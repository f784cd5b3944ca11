/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of tokens, and what they sign: COSE_Sign1 with ES384 (RFC 9052, RFC 9053). */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include <rmi/abi/cca_token.h>
#include <rmm/attest.h>

#include "token.h"
#include "tool.h"

/* An uncompressed point of P-384. */
#define POINT_SIZE (1 + 2 * COSE_P384_SIZE)

static EVP_PKEY *key_from_point(const uint8_t x[COSE_P384_SIZE], const uint8_t y[COSE_P384_SIZE])
{
	char group[] = "P-384";
	uint8_t point[POINT_SIZE] = {0x04};
	OSSL_PARAM params[] = {
	        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
	        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
	        OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	memcpy(point + 1, x, COSE_P384_SIZE);
	memcpy(point + 1 + COSE_P384_SIZE, y, COSE_P384_SIZE);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* Nobody is asked for a password. */
static int no_password(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

EVP_PKEY *token_read_key(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *key;
	char group[32] = "";

	if (file == NULL) {
		tool_error("--cpak=%s: cannot be opened", path);
		return NULL;
	}
	key = PEM_read_bio_PUBKEY(file, NULL, no_password, NULL);
	if (key == NULL && BIO_seek(file, 0) == 0)
		key = PEM_read_bio_PrivateKey(file, NULL, no_password, NULL);
	BIO_free(file);
	ERR_clear_error();
	if (key == NULL) {
		tool_error("--cpak=%s: no key in PEM form without a password", path);
		return NULL;
	}
	if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
	                                   NULL) != 1 ||
	    (strcmp(group, "secp384r1") != 0 && strcmp(group, "P-384") != 0)) {
		tool_error("--cpak=%s: the key is none of P-384 (secp384r1)", path);
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

EVP_PKEY *token_test_key(uint64_t seed)
{
	struct rmm_config config;
	struct rmi_error err;
	struct rmm *rmm;
	uint8_t x[COSE_P384_SIZE], y[COSE_P384_SIZE];
	EVP_PKEY *key = NULL;

	rmm_config_init(&config);
	config.policy.seed = seed;
	config.pes = 1;
	rmm = rmm_create(&config, &err);
	if (rmm == NULL) {
		tool_error("%s", err.text);
		return NULL;
	}
	if (rmm_attest_key(rmm, RMM_ATTEST_CPAK, x, y))
		key = key_from_point(x, y);
	if (key == NULL)
		tool_error("out of memory");
	rmm_destroy(rmm);
	return key;
}

static bool is_number(const cbor_item_t *map, int64_t label, int64_t want)
{
	const cbor_item_t *item = token_map_get(map, label);

	if (item == NULL || !cbor_is_int(item))
		return false;
	return cbor_isa_negint(item) == (want < 0) &&
	       cbor_get_int(item) == (uint64_t)(want < 0 ? -1 - want : want);
}

/* A COSE_Key for ES384. */
static EVP_PKEY *key_from_cose(const cbor_item_t *cose)
{
	struct token_span x, y;
	EVP_PKEY *key;

	if (!cbor_isa_map(cose) || !is_number(cose, COSE_KEY_KTY, COSE_KEY_KTY_EC2) ||
	    !is_number(cose, COSE_KEY_CRV, COSE_KEY_CRV_P384)) {
		tool_error("the public key in the Realm token is none of P-384");
		return NULL;
	}
	x = token_item_span(token_map_get(cose, COSE_KEY_X));
	y = token_item_span(token_map_get(cose, COSE_KEY_Y));
	if (x.size != COSE_P384_SIZE || y.size != COSE_P384_SIZE) {
		tool_error("the public key in the Realm token does not have coordinates of %d "
		           "bytes",
		           COSE_P384_SIZE);
		return NULL;
	}
	key = key_from_point(x.bytes, y.bytes);
	if (key == NULL)
		tool_error("the public key in the Realm token is no point of P-384");
	ERR_clear_error();
	return key;
}

EVP_PKEY *token_realm_key(const struct token *token)
{
	struct token_span span = token_item_span(token_claim(&token->realm, CCA_REALM_PUBLIC_KEY));
	struct cbor_load_result result;
	cbor_item_t *cose = NULL;
	EVP_PKEY *key = NULL;

	if (span.bytes != NULL)
		cose = cbor_load(span.bytes, span.size, &result);
	if (cose == NULL || result.read != span.size)
		tool_error("the public key in the Realm token is no COSE_Key");
	else
		key = key_from_cose(cose);
	if (cose != NULL)
		cbor_decref(&cose);
	return key;
}

/* {1: ES384} among the protected headers. */
static bool is_es384(const struct token_part *part)
{
	struct cbor_load_result result;
	cbor_item_t *header = cbor_load(part->header.bytes, part->header.size, &result);
	bool ok = header != NULL && cbor_isa_map(header) &&
	          is_number(header, COSE_HEADER_ALG, COSE_ALG_ES384);

	if (header != NULL)
		cbor_decref(&header);
	if (!ok)
		tool_error("%s: the algorithm of the signature is not ES384 (%d)", part->name,
		           COSE_ALG_ES384);
	return ok;
}

/* Heads of CBOR items, and the context. */
#define HEADS_SIZE 64

/* Sig_structure: ["Signature1", protected header, h'', payload]. @return bytes, 0 if no memory */
static size_t to_be_signed(const struct token_part *part, unsigned char **bytes)
{
	/* An array of four, the text "Signature1", and what follows. */
	static const unsigned char begin[] = {0x84, 0x6a, 'S', 'i', 'g', 'n',
	                                      'a',  't',  'u', 'r', 'e', '1'};
	size_t room = HEADS_SIZE + part->header.size + part->payload.size;
	unsigned char *at = malloc(room);
	size_t n = 0;

	*bytes = at;
	if (at == NULL)
		return 0;
	memcpy(at, begin, sizeof(begin));
	n = sizeof(begin);
	n += cbor_encode_bytestring_start(part->header.size, at + n, room - n);
	memcpy(at + n, part->header.bytes, part->header.size);
	n += part->header.size;
	n += cbor_encode_bytestring_start(0, at + n, room - n);
	n += cbor_encode_bytestring_start(part->payload.size, at + n, room - n);
	memcpy(at + n, part->payload.bytes, part->payload.size);
	return n + part->payload.size;
}

/* r and s as libcrypto takes them. @return bytes, negative if it cannot */
static int to_der(struct token_span signature, unsigned char **der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature.bytes, COSE_P384_SIZE, NULL);
	BIGNUM *s = BN_bin2bn(signature.bytes + COSE_P384_SIZE, COSE_P384_SIZE, NULL);
	int size = -1;

	if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
		size = i2d_ECDSA_SIG(sig, der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return size;
}

static bool verify(const struct token_part *part, EVP_PKEY *key)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	unsigned char *bytes = NULL;
	size_t size = to_be_signed(part, &bytes);
	int der_size = to_der(part->signature, &der);
	bool ok = md != NULL && size != 0 && der_size > 0 &&
	          EVP_DigestVerifyInit_ex(md, NULL, "SHA384", NULL, NULL, key, NULL) == 1 &&
	          EVP_DigestVerify(md, der, (size_t)der_size, bytes, size) == 1;

	EVP_MD_CTX_free(md);
	OPENSSL_free(der);
	free(bytes);
	ERR_clear_error();
	return ok;
}

bool token_check_signature(const struct token_part *part, EVP_PKEY *key, const char *whose)
{
	if (!is_es384(part))
		return false;
	if (part->signature.size != COSE_ES384_SIZE) {
		tool_error("%s: the signature has %zu bytes, not %d", part->name,
		           part->signature.size, COSE_ES384_SIZE);
		return false;
	}
	if (!verify(part, key)) {
		tool_error("%s is not signed by %s", part->name, whose);
		return false;
	}
	return true;
}

bool token_check_binding(const struct token *token)
{
	struct token_span challenge = token_item_span(token_claim(&token->platform, CCA_CHALLENGE));
	struct token_span key = token_item_span(token_claim(&token->realm, CCA_REALM_PUBLIC_KEY));
	const cbor_item_t *name = token_claim(&token->realm, CCA_REALM_PUBLIC_KEY_HASH_ALGO_ID);
	size_t size = token_hash_size(name);
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (size == 0) {
		tool_error("the Realm token: the hash algorithm of the public key (%d) is not "
		           "known",
		           CCA_REALM_PUBLIC_KEY_HASH_ALGO_ID);
		return false;
	}
	if (EVP_Q_digest(NULL,
	                 size == 32   ? "SHA256"
	                 : size == 48 ? "SHA384"
	                              : "SHA512",
	                 NULL, key.bytes, key.size, digest, NULL) != 1) {
		tool_error("out of memory");
		return false;
	}
	if (challenge.size != size || memcmp(challenge.bytes, digest, size) != 0) {
		tool_error("the platform token does not vouch for the key of the Realm token: its "
		           "challenge is not the hash of that key");
		return false;
	}
	return true;
}
