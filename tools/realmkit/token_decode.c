/* SPDX-License-Identifier: BSD-3-Clause */
/* The envelope of a token: a CMW collection of two COSE_Sign1. */
#include <inttypes.h>

#include <rmi/abi/cca_token.h>

#include "token.h"
#include "tool.h"

/* COSE_SIGN1_TAG as it is encoded. */
#define SIGN1_TAG_BYTE (0xc0 | COSE_SIGN1_TAG)
/* Envelope of RMM 1.0. */
#define TAG_OF_1_0     399

/* libcbor hands out references; these functions borrow instead. */

cbor_item_t *token_array_get(const cbor_item_t *array, size_t index)
{
	return cbor_move(cbor_array_get(array, index));
}

static cbor_item_t *tag_item(const cbor_item_t *tag)
{
	return cbor_move(cbor_tag_item(tag));
}

struct token_span token_item_span(const cbor_item_t *item)
{
	if (item != NULL && cbor_isa_bytestring(item) && cbor_bytestring_is_definite(item))
		return (struct token_span){cbor_bytestring_handle(item),
		                           cbor_bytestring_length(item)};
	if (item != NULL && cbor_isa_string(item) && cbor_string_is_definite(item))
		return (struct token_span){cbor_string_handle(item), cbor_string_length(item)};
	return (struct token_span){NULL, 0};
}

cbor_item_t *token_map_get(const cbor_item_t *map, int64_t key)
{
	struct cbor_pair *pairs = cbor_map_handle(map);

	for (size_t i = 0; i < cbor_map_size(map); i++) {
		const cbor_item_t *k = pairs[i].key;

		if ((key >= 0 && cbor_isa_uint(k) && cbor_get_int(k) == (uint64_t)key) ||
		    (key < 0 && cbor_isa_negint(k) && cbor_get_int(k) == (uint64_t)(-1 - key)))
			return pairs[i].value;
	}
	return NULL;
}

cbor_item_t *token_claim(const struct token_part *part, uint64_t label)
{
	return token_map_get(part->claims, (int64_t)label);
}

/* Complains about bytes that are no CBOR, or not only. */
static cbor_item_t *load(const char *name, struct token_span span)
{
	struct cbor_load_result result;
	cbor_item_t *item = cbor_load(span.bytes, span.size, &result);

	if (item != NULL && result.read == span.size)
		return item;
	if (item != NULL) {
		tool_error("%s: %zu bytes behind its end", name, span.size - result.read);
		cbor_decref(&item);
	} else if (result.error.code == CBOR_ERR_NOTENOUGHDATA ||
	           result.error.code == CBOR_ERR_NODATA) {
		tool_error("%s: incomplete, it ends at byte %zu", name, span.size);
	} else if (result.error.code == CBOR_ERR_MEMERROR) {
		tool_error("%s: an item at byte %zu is too large", name, result.error.position);
	} else {
		tool_error("%s: no CBOR at byte %zu", name, result.error.position);
	}
	return NULL;
}

/* Every label may be there once, and is a number. */
static bool labels_are_unique(const struct token_part *part)
{
	struct cbor_pair *pairs = cbor_map_handle(part->claims);

	for (size_t i = 0; i < cbor_map_size(part->claims); i++) {
		if (!cbor_isa_uint(pairs[i].key)) {
			tool_error("%s: a label is no unsigned number", part->name);
			return false;
		}
		if (token_claim(part, cbor_get_int(pairs[i].key)) != pairs[i].value) {
			tool_error("%s: claim %" PRIu64 " is there twice", part->name,
			           cbor_get_int(pairs[i].key));
			return false;
		}
	}
	return true;
}

/* COSE_Sign1_Tagged. */
static bool decode_sign1(struct token_part *part, struct token_span span)
{
	const cbor_item_t *sign1;

	/* libcbor 0.8 refuses tags below 21 for which it has no name: this one is taken off. */
	if (span.size == 0 || span.bytes[0] != SIGN1_TAG_BYTE) {
		tool_error("%s: no COSE_Sign1 (tag %d)", part->name, COSE_SIGN1_TAG);
		return false;
	}
	part->envelope = load(part->name, (struct token_span){span.bytes + 1, span.size - 1});
	if (part->envelope == NULL)
		return false;
	sign1 = part->envelope;
	if (!cbor_isa_array(sign1) || cbor_array_size(sign1) != 4 ||
	    !cbor_isa_map(token_array_get(sign1, 1))) {
		tool_error("%s: no COSE_Sign1: not an array of headers, payload and signature",
		           part->name);
		return false;
	}
	part->header = token_item_span(token_array_get(sign1, 0));
	part->payload = token_item_span(token_array_get(sign1, 2));
	part->signature = token_item_span(token_array_get(sign1, 3));
	if (part->header.bytes == NULL || part->payload.bytes == NULL ||
	    part->signature.bytes == NULL) {
		tool_error("%s: the protected header, the payload or the signature is no byte "
		           "string",
		           part->name);
		return false;
	}
	part->claims = load(part->name, part->payload);
	if (part->claims == NULL)
		return false;
	if (!cbor_isa_map(part->claims)) {
		tool_error("%s: the payload is no map of claims", part->name);
		return false;
	}
	return labels_are_unique(part);
}

/* label => [content format, bytes] */
static bool decode_message(struct token_part *part, const cbor_item_t *map, int label)
{
	const cbor_item_t *message = token_map_get(map, label);
	const cbor_item_t *format;
	struct token_span span;

	if (message == NULL) {
		tool_error("%s (label %d) is missing", part->name, label);
		return false;
	}
	if (!cbor_isa_array(message) || cbor_array_size(message) != 2) {
		tool_error("%s: not a content format and a byte string", part->name);
		return false;
	}
	format = token_array_get(message, 0);
	span = token_item_span(token_array_get(message, 1));
	if (!cbor_isa_uint(format) || cbor_get_int(format) != CCA_CONTENT_EAT_CWT) {
		tool_error("%s: the content format is not %d (application/eat+cwt)", part->name,
		           CCA_CONTENT_EAT_CWT);
		return false;
	}
	if (span.bytes == NULL) {
		tool_error("%s: not a byte string", part->name);
		return false;
	}
	return decode_sign1(part, span);
}

bool token_decode(struct token *token, const uint8_t *bytes, size_t size)
{
	const cbor_item_t *map;

	*token = (struct token){
	        .platform.name = "the platform token",
	        .realm.name = "the Realm token",
	};
	token->root = load("the token", (struct token_span){bytes, size});
	if (token->root == NULL)
		return false;
	if (cbor_isa_tag(token->root) && cbor_tag_value(token->root) == TAG_OF_1_0) {
		tool_error("the token is one of RMM 1.0 (tag %d), not of 2.0", TAG_OF_1_0);
		return false;
	}
	if (!cbor_isa_tag(token->root) || cbor_tag_value(token->root) != CCA_TOKEN_TAG ||
	    !cbor_isa_map(tag_item(token->root))) {
		tool_error("the token is no CMW collection (tag %d)", CCA_TOKEN_TAG);
		return false;
	}
	map = tag_item(token->root);
	token->has_devices = token_map_get(map, CCA_DEVICE_TOKEN) != NULL;
	return decode_message(&token->platform, map, CCA_PLATFORM_TOKEN) &&
	       decode_message(&token->realm, map, CCA_REALM_DELEGATED_TOKEN);
}

static void free_part(struct token_part *part)
{
	if (part->claims != NULL)
		cbor_decref(&part->claims);
	if (part->envelope != NULL)
		cbor_decref(&part->envelope);
}

void token_free(struct token *token)
{
	free_part(&token->platform);
	free_part(&token->realm);
	if (token->root != NULL)
		cbor_decref(&token->root);
}
