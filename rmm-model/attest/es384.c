/* SPDX-License-Identifier: BSD-3-Clause */
#include "attest/es384.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <string.h>

#define SIZE COSE_P384_SIZE

/* The curve, and room for numbers. */
struct curve {
	EC_GROUP *group;
	const BIGNUM *order;
	EC_POINT *point;
	BN_CTX *ctx;
};

static void curve_close(struct curve *curve)
{
	EC_POINT_free(curve->point);
	EC_GROUP_free(curve->group);
	BN_CTX_free(curve->ctx);
}

static bool curve_open(struct curve *curve)
{
	*curve = (struct curve){.group = EC_GROUP_new_by_curve_name(NID_secp384r1)};
	if (curve->group == NULL)
		return false;
	curve->order = EC_GROUP_get0_order(curve->group);
	curve->point = EC_POINT_new(curve->group);
	curve->ctx = BN_CTX_new();
	if (curve->point != NULL && curve->ctx != NULL)
		return true;
	curve_close(curve);
	return false;
}

/* Whether a number is a private key or a nonce: 1..order - 1. */
static bool is_scalar(const struct curve *curve, const BIGNUM *n)
{
	return !BN_is_zero(n) && BN_cmp(n, curve->order) < 0;
}

/* HMAC-SHA-384 of a message, into the key or another place. */
static bool hmac(const uint8_t key[SIZE], const void *message, size_t size, uint8_t out[SIZE])
{
	uint8_t mac[SIZE];
	unsigned length = 0;

	if (HMAC(EVP_sha384(), key, SIZE, message, size, mac, &length) == NULL)
		return false;
	memcpy(out, mac, SIZE);
	return true;
}

bool es384_test_key(struct es384_key *key, const char *purpose, uint64_t seed)
{
	static const uint8_t name[SIZE] = "realmkit test key";
	struct {
		char purpose[16];
		uint64_t seed;
		uint64_t attempt;
	} message = {.seed = seed};

	strncpy(message.purpose, purpose, sizeof(message.purpose) - 1);
	/* What is not below the order is no key; that is all but impossible. */
	for (; message.attempt < 8; message.attempt++) {
		if (!hmac(name, &message, sizeof(message), key->d))
			return false;
		if (es384_public(key))
			return true;
	}
	return false;
}

/* point = n * G */
static bool multiply(const struct curve *curve, const BIGNUM *n, BIGNUM *x, BIGNUM *y)
{
	return EC_POINT_mul(curve->group, curve->point, n, NULL, NULL, curve->ctx) == 1 &&
	       EC_POINT_get_affine_coordinates(curve->group, curve->point, x, y, curve->ctx) == 1;
}

bool es384_public(struct es384_key *key)
{
	BIGNUM *d = BN_bin2bn(key->d, SIZE, NULL);
	BIGNUM *x = BN_new();
	BIGNUM *y = BN_new();
	struct curve curve;
	bool ok = false;

	if (d != NULL && x != NULL && y != NULL && curve_open(&curve)) {
		ok = is_scalar(&curve, d) && multiply(&curve, d, x, y) &&
		     BN_bn2binpad(x, key->x, SIZE) == SIZE && BN_bn2binpad(y, key->y, SIZE) == SIZE;
		curve_close(&curve);
	}
	BN_clear_free(d);
	BN_free(x);
	BN_free(y);
	return ok;
}

/* Nobody is there who could be asked for a password. */
static int no_password(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

const char *es384_read(struct es384_key *key, const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *pkey;
	BIGNUM *d = NULL;
	char group[32] = "";
	const char *wrong = NULL;

	if (file == NULL)
		return "the file cannot be opened";
	pkey = PEM_read_bio_PrivateKey(file, NULL, no_password, NULL);
	BIO_free(file);
	if (pkey == NULL)
		return "the file has no private key in PEM form without a password";
	if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
	                                   NULL) != 1 ||
	    (strcmp(group, "secp384r1") != 0 && strcmp(group, "P-384") != 0))
		wrong = "the key is none of P-384 (secp384r1)";
	else if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) != 1 ||
	         BN_bn2binpad(d, key->d, SIZE) != SIZE)
		wrong = "the key cannot be used";
	BN_clear_free(d);
	EVP_PKEY_free(pkey);
	return wrong;
}

/* The generator of nonces (RFC 6979, 3.2). */
struct nonces {
	uint8_t k[SIZE];
	uint8_t v[SIZE];
};

/* K = HMAC(K, V || separator || more), V = HMAC(K, V) */
static bool nonces_mix(struct nonces *n, uint8_t separator, const uint8_t *more, size_t size)
{
	uint8_t message[SIZE + 1 + 2 * SIZE];

	memcpy(message, n->v, SIZE);
	message[SIZE] = separator;
	if (size != 0)
		memcpy(message + SIZE + 1, more, size);
	return hmac(n->k, message, SIZE + 1 + size, n->k) && hmac(n->k, n->v, SIZE, n->v);
}

static bool nonces_begin(struct nonces *n, const struct es384_key *key, const uint8_t h[SIZE])
{
	uint8_t secret[2 * SIZE];

	memset(n->v, 0x01, SIZE);
	memset(n->k, 0x00, SIZE);
	memcpy(secret, key->d, SIZE);
	memcpy(secret + SIZE, h, SIZE);
	return nonces_mix(n, 0x00, secret, sizeof(secret)) &&
	       nonces_mix(n, 0x01, secret, sizeof(secret));
}

/* A digest is as long as the order: one block is one candidate. */
static bool nonces_next(struct nonces *n, BIGNUM *nonce)
{
	return hmac(n->k, n->v, SIZE, n->v) && BN_bin2bn(n->v, SIZE, nonce) != NULL;
}

/* Numbers of one signature. */
struct signing {
	BIGNUM *d, *h, *k, *r, *s, *y;
};

static bool signing_open(struct signing *n, BN_CTX *ctx)
{
	n->d = BN_CTX_get(ctx);
	n->h = BN_CTX_get(ctx);
	n->k = BN_CTX_get(ctx);
	n->r = BN_CTX_get(ctx);
	n->s = BN_CTX_get(ctx);
	n->y = BN_CTX_get(ctx);
	return n->y != NULL;
}

/* r = (k * G).x, s = (h + r * d) / k, all modulo the order. */
static bool sign_with(const struct curve *curve, struct signing *n)
{
	return multiply(curve, n->k, n->r, n->y) &&
	       BN_nnmod(n->r, n->r, curve->order, curve->ctx) == 1 &&
	       BN_mod_mul(n->s, n->r, n->d, curve->order, curve->ctx) == 1 &&
	       BN_mod_add(n->s, n->s, n->h, curve->order, curve->ctx) == 1 &&
	       BN_mod_inverse(n->k, n->k, curve->order, curve->ctx) != NULL &&
	       BN_mod_mul(n->s, n->s, n->k, curve->order, curve->ctx) == 1;
}

static bool sign(const struct curve *curve, const struct es384_key *key, const uint8_t digest[SIZE],
                 uint8_t signature[COSE_ES384_SIZE])
{
	struct signing n;
	struct nonces nonces;
	uint8_t h[SIZE];

	if (!signing_open(&n, curve->ctx) || BN_bin2bn(key->d, SIZE, n.d) == NULL ||
	    BN_bin2bn(digest, SIZE, n.h) == NULL ||
	    BN_nnmod(n.h, n.h, curve->order, curve->ctx) != 1 ||
	    BN_bn2binpad(n.h, h, SIZE) != SIZE || !nonces_begin(&nonces, key, h))
		return false;
	for (;;) {
		if (!nonces_next(&nonces, n.k))
			return false;
		if (is_scalar(curve, n.k)) {
			if (!sign_with(curve, &n))
				return false;
			if (!BN_is_zero(n.r) && !BN_is_zero(n.s))
				break;
		}
		if (!nonces_mix(&nonces, 0x00, NULL, 0))
			return false;
	}
	return BN_bn2binpad(n.r, signature, SIZE) == SIZE &&
	       BN_bn2binpad(n.s, signature + SIZE, SIZE) == SIZE;
}

bool es384_sign(const struct es384_key *key, const uint8_t digest[COSE_P384_SIZE],
                uint8_t signature[COSE_ES384_SIZE])
{
	struct curve curve;
	bool ok;

	if (!curve_open(&curve))
		return false;
	BN_CTX_start(curve.ctx);
	ok = sign(&curve, key, digest, signature);
	BN_CTX_end(curve.ctx);
	curve_close(&curve);
	return ok;
}
