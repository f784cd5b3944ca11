/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/cca_token.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string.h>

enum major { UNSIGNED = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6 };

static const struct token_bytes none;

/* What is still to be read; at is NULL once something was wrong. */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
};

static struct reader reader_of(struct token_bytes bytes)
{
	return (struct reader){bytes.at, bytes.at == NULL ? NULL : bytes.at + bytes.size};
}

static uint64_t wrong(struct reader *r)
{
	r->at = NULL;
	return 0;
}

/* The head of an item of a kind that is expected. */
static uint64_t head(struct reader *r, enum major major)
{
	uint64_t value = 0;
	unsigned info;
	size_t more;

	if (r->at == NULL || r->at == r->end || *r->at >> 5 != major)
		return wrong(r);
	info = *r->at++ & 31;
	if (info < 24)
		return info;
	if (info > 27)
		return wrong(r);
	more = (size_t)1 << (info - 24);
	if ((size_t)(r->end - r->at) < more)
		return wrong(r);
	for (size_t i = 0; i < more; i++)
		value = value << 8 | *r->at++;
	/* It would have fitted into less. */
	if (value < (more == 1 ? 24 : UINT64_C(1) << (4 * more)))
		return wrong(r);
	return value;
}

static struct token_bytes string(struct reader *r, enum major major)
{
	uint64_t size = head(r, major);
	struct token_bytes bytes = {r->at, (size_t)size};

	if (r->at == NULL || size > (uint64_t)(r->end - r->at)) {
		wrong(r);
		return none;
	}
	r->at += size;
	return bytes;
}

static void skip(struct reader *r, unsigned depth)
{
	uint64_t items;
	enum major major;

	if (r->at == NULL || r->at == r->end || depth == 0) {
		wrong(r);
		return;
	}
	major = (enum major)(*r->at >> 5);
	if (major == BYTES || major == TEXT) {
		string(r, major);
		return;
	}
	items = head(r, major);
	if (major == MAP)
		items *= 2;
	else if (major == TAG)
		items = 1;
	else if (major != ARRAY)
		items = 0;
	while (items-- != 0 && r->at != NULL)
		skip(r, depth - 1);
}

/* The end of what is read must be the end of the bytes. */
static bool is_done(const struct reader *r)
{
	return r->at != NULL && r->at == r->end;
}

static bool expect(struct reader *r, enum major major, uint64_t value)
{
	return head(r, major) == value && r->at != NULL;
}

static bool is_text(struct token_bytes bytes, const char *text)
{
	return bytes.at != NULL && bytes.size == strlen(text) &&
	       memcmp(bytes.at, text, bytes.size) == 0;
}

/* The encoding of the value that belongs to a label in a map of claims. */
static struct token_bytes find(struct token_bytes map, uint64_t label)
{
	struct reader r = reader_of(map);
	uint64_t pairs = head(&r, MAP);
	struct token_bytes found = none;
	uint64_t last = 0;

	for (uint64_t i = 0; i < pairs && r.at != NULL; i++) {
		uint64_t key = head(&r, UNSIGNED);
		const uint8_t *begin = r.at;

		if (i != 0 && key <= last)
			return none;
		last = key;
		skip(&r, 8);
		if (key == label && r.at != NULL)
			found = (struct token_bytes){begin, (size_t)(r.at - begin)};
	}
	return is_done(&r) ? found : none;
}

static struct token_bytes string_at(struct token_bytes encoded, enum major major)
{
	struct reader r = reader_of(encoded);
	struct token_bytes bytes = string(&r, major);

	return is_done(&r) ? bytes : none;
}

struct token_bytes token_decode_bytes(struct token_bytes encoded)
{
	return string_at(encoded, BYTES);
}

struct token_bytes token_bytes(const struct token_part *part, uint64_t label)
{
	return string_at(find(part->payload, label), BYTES);
}

struct token_bytes token_text(const struct token_part *part, uint64_t label)
{
	return string_at(find(part->payload, label), TEXT);
}

uint64_t token_number(const struct token_part *part, uint64_t label)
{
	struct reader r = reader_of(find(part->payload, label));
	uint64_t value = head(&r, UNSIGNED);

	return is_done(&r) ? value : UINT64_MAX;
}

struct token_bytes token_element(const struct token_part *part, uint64_t label, uint64_t index)
{
	struct reader r = reader_of(find(part->payload, label));
	uint64_t items = head(&r, ARRAY);
	struct token_bytes found = none;

	for (uint64_t i = 0; i < items && r.at != NULL; i++) {
		const uint8_t *begin = r.at;

		skip(&r, 8);
		if (i == index && r.at != NULL)
			found = (struct token_bytes){begin, (size_t)(r.at - begin)};
	}
	return is_done(&r) ? found : none;
}

uint64_t token_claims(const struct token_part *part)
{
	struct reader r = reader_of(part->payload);

	return head(&r, MAP);
}

static bool open_sign1(struct token_part *part, struct token_bytes bytes)
{
	struct reader r = reader_of(bytes);

	if (!expect(&r, TAG, 18) || !expect(&r, ARRAY, 4))
		return false;
	part->protected_header = string(&r, BYTES);
	if (!expect(&r, MAP, 0))
		return false;
	part->payload = string(&r, BYTES);
	part->signature = string(&r, BYTES);
	return is_done(&r);
}

/* label => [263, bytes] */
static bool open_message(struct reader *r, uint64_t label, struct token_part *part)
{
	return expect(r, UNSIGNED, label) && expect(r, ARRAY, 2) && expect(r, UNSIGNED, 263) &&
	       open_sign1(part, string(r, BYTES));
}

const char *token_open(struct token *token, const void *bytes, size_t size)
{
	struct reader r = {bytes, (const uint8_t *)bytes + size};

	*token = (struct token){0};
	if (!expect(&r, TAG, 907) || !expect(&r, MAP, 2))
		return "no CMW collection of two messages with tag 907";
	if (!open_message(&r, 44234, &token->platform))
		return "no platform token";
	if (!open_message(&r, 44241, &token->realm))
		return "no Realm token";
	return is_done(&r) ? NULL : "something behind the end";
}

bool token_cose_key(struct token_bytes key, const uint8_t **x, const uint8_t **y)
{
	struct reader r = reader_of(key);
	struct token_bytes px, py;

	if (!expect(&r, MAP, 5) || !expect(&r, UNSIGNED, 1) || !expect(&r, UNSIGNED, 2) ||
	    !expect(&r, UNSIGNED, 3) || !expect(&r, NEGATIVE, 34) || !expect(&r, NEGATIVE, 0) ||
	    !expect(&r, UNSIGNED, 2) || !expect(&r, NEGATIVE, 1))
		return false;
	px = string(&r, BYTES);
	if (!expect(&r, NEGATIVE, 2))
		return false;
	py = string(&r, BYTES);
	*x = px.at;
	*y = py.at;
	return is_done(&r) && px.size == 48 && py.size == 48;
}

static EVP_PKEY *public_key(const uint8_t x[48], const uint8_t y[48])
{
	char group[] = "P-384";
	uint8_t point[97] = {0x04};
	OSSL_PARAM params[] = {
	        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
	        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
	        OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	memcpy(point + 1, x, 48);
	memcpy(point + 49, y, 48);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* r and s as libcrypto wants them. @return bytes */
static int der_signature(struct token_bytes signature, uint8_t **der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int size = -1;

	if (sig != NULL && ECDSA_SIG_set0(sig, BN_bin2bn(signature.at, 48, NULL),
	                                  BN_bin2bn(signature.at + 48, 48, NULL)) == 1)
		size = i2d_ECDSA_SIG(sig, der);
	ECDSA_SIG_free(sig);
	return size;
}

bool token_is_signed(const struct token_part *part, const uint8_t x[48], const uint8_t y[48])
{
	/* ["Signature1", {1: -35}, h'', payload] */
	uint8_t structure[8192] = {0x84, 0x6a, 'S',  'i',  'g',  'n',  'a',  't',  'u', 'r',
	                           'e',  '1',  0x44, 0xa1, 0x01, 0x38, 0x22, 0x40, 0x59};
	size_t used = 19;
	EVP_PKEY *key = public_key(x, y);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	int der_size;
	bool ok = false;

	/* The length of the payload has two bytes. */
	if (key != NULL && md != NULL && part->signature.size == 96 && part->payload.size >= 256 &&
	    part->payload.size < sizeof(structure) - 32 &&
	    is_text(part->protected_header, "\xa1\x01\x38\x22")) {
		structure[used++] = (uint8_t)(part->payload.size >> 8);
		structure[used++] = (uint8_t)part->payload.size;
		memcpy(structure + used, part->payload.at, part->payload.size);
		used += part->payload.size;
		der_size = der_signature(part->signature, &der);
		ok = der_size > 0 &&
		     EVP_DigestVerifyInit_ex(md, NULL, "SHA384", NULL, NULL, key, NULL) == 1 &&
		     EVP_DigestVerify(md, der, (size_t)der_size, structure, used) == 1;
	}
	OPENSSL_free(der);
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return ok;
}
