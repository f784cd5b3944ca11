/* SPDX-License-Identifier: BSD-3-Clause */
/* What the claims of a token must be, and how they are shown (DEN0137 A7.2.3.1, A7.2.3.3). */
#include <inttypes.h>
#include <string.h>

#include <rmi/abi/cca_token.h>

#include "token.h"
#include "tool.h"

/* What the value of a claim is. */
enum kind {
	KIND_BYTES,  /* As many as size says; 0: any number. */
	KIND_ID,     /* An instance ID. */
	KIND_HASH,   /* 32, 48 or 64 bytes. */
	KIND_HASHES, /* An array of size hashes. */
	KIND_TEXT,   /* The text, if there is one. */
	KIND_NUMBER, /* At most size. */
	KIND_LIFECYCLE,
	KIND_COMPONENTS, /* An array of software components. */
	KIND_ANY,
};

struct claim {
	uint64_t label;
	const char *name;
	enum kind kind;
	bool must;
	size_t size;
	const char *text;
};

/* In the order in which they are shown. */
static const struct claim realm_claims[] = {
        {CCA_PROFILE, "profile", KIND_TEXT, false, 0, CCA_REALM_PROFILE},
        {CCA_CHALLENGE, "challenge", KIND_BYTES, true, CCA_REALM_CHALLENGE_SIZE, NULL},
        {CCA_INSTANCE_ID, "instance ID", KIND_ID, true, 0, NULL},
        {CCA_REALM_PERSONALIZATION_VALUE, "personalization value", KIND_BYTES, true, 64, NULL},
        {CCA_REALM_HASH_ALGO_ID, "hash algorithm", KIND_TEXT, true, 0, NULL},
        {CCA_REALM_INITIAL_MEASUREMENT, "initial measurement", KIND_HASH, true, 0, NULL},
        {CCA_REALM_EXTENSIBLE_MEASUREMENTS, "extensible measurements", KIND_HASHES, true, 4, NULL},
        {CCA_REALM_MEC_POLICY, "MEC policy", KIND_NUMBER, true, 1, NULL},
        {CCA_REALM_LFA_POLICY, "LFA policy", KIND_NUMBER, false, 1, NULL},
        {CCA_REALM_PUBLIC_KEY_HASH_ALGO_ID, "public key hash algorithm", KIND_TEXT, true, 0, NULL},
        {CCA_REALM_PUBLIC_KEY, "public key", KIND_BYTES, true, 0, NULL},
        {CCA_REALM_DEVICES_TOKEN_HASH, "devices token hash", KIND_HASH, false, 0, NULL},
};

static const struct claim platform_claims[] = {
        {CCA_PROFILE, "profile", KIND_TEXT, true, 0, CCA_PLATFORM_PROFILE},
        {CCA_CHALLENGE, "challenge", KIND_HASH, true, 0, NULL},
        {CCA_PLATFORM_IMPLEMENTATION_ID, "implementation ID", KIND_BYTES, true,
         CCA_PLATFORM_IMPLEMENTATION_ID_SIZE, NULL},
        {CCA_INSTANCE_ID, "instance ID", KIND_ID, true, 0, NULL},
        {CCA_PLATFORM_LIFECYCLE, "lifecycle", KIND_LIFECYCLE, true, 0, NULL},
        {CCA_PLATFORM_CONFIG, "configuration", KIND_BYTES, true, 0, NULL},
        {CCA_PLATFORM_HASH_ALGO_ID, "hash algorithm", KIND_TEXT, true, 0, NULL},
        {CCA_PLATFORM_CLIENT_ID, "client ID", KIND_NUMBER, true, CCA_PLATFORM_CLIENT_RMSD, NULL},
        {CCA_PLATFORM_VERIFICATION_SERVICE, "verification service", KIND_TEXT, false, 0, NULL},
        {CCA_PLATFORM_MANUFACTURING_CONFIG, "manufacturing config", KIND_BYTES, false, 0, NULL},
        {CCA_PLATFORM_EXTENSION, "extension", KIND_ANY, false, 0, NULL},
        {CCA_PLATFORM_SW_COMPONENTS, "software components", KIND_COMPONENTS, true, 0, NULL},
};

#define NUM_REALM_CLAIMS    (sizeof(realm_claims) / sizeof(realm_claims[0]))
#define NUM_PLATFORM_CLAIMS (sizeof(platform_claims) / sizeof(platform_claims[0]))

static const char *lifecycle_name(uint64_t value)
{
	static const struct {
		uint64_t state;
		const char *name;
	} states[] = {
	        {CCA_LIFECYCLE_UNKNOWN, "unknown"},
	        {CCA_LIFECYCLE_ASSEMBLY_AND_TEST, "assembly and test"},
	        {CCA_LIFECYCLE_ROT_PROVISIONING, "root of trust provisioning"},
	        {CCA_LIFECYCLE_SECURED, "secured"},
	        {CCA_LIFECYCLE_NON_CCA_ROT_DEBUG, "non-CCA root of trust debug"},
	        {CCA_LIFECYCLE_RECOVERABLE_ROT_DEBUG, "recoverable root of trust debug"},
	        {CCA_LIFECYCLE_DECOMMISSIONED, "decommissioned"},
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if ((value & ~UINT64_C(0xff)) == states[i].state)
			return states[i].name;
	}
	return NULL;
}

static bool is_text(struct token_span span, const char *text)
{
	return span.bytes != NULL && span.size == strlen(text) &&
	       memcmp(span.bytes, text, span.size) == 0;
}

size_t token_hash_size(const cbor_item_t *name)
{
	struct token_span span = token_item_span(name);

	if (name == NULL || !cbor_isa_string(name))
		return 0;
	return is_text(span, "sha-256")   ? 32
	       : is_text(span, "sha-384") ? 48
	       : is_text(span, "sha-512") ? 64
	                                  : 0;
}

static bool is_hash(const cbor_item_t *item)
{
	struct token_span span = token_item_span(item);

	return cbor_isa_bytestring(item) && (span.size == 32 || span.size == 48 || span.size == 64);
}

static bool wrong(const struct token_part *part, const struct claim *claim, const char *what)
{
	tool_error("%s: the %s (claim %" PRIu64 ") %s", part->name, claim->name, claim->label,
	           what);
	return false;
}

static bool check_bytes(const struct token_part *part, const struct claim *claim,
                        const cbor_item_t *item, size_t size)
{
	struct token_span span = token_item_span(item);
	char text[64];

	if (!cbor_isa_bytestring(item) || span.bytes == NULL)
		return wrong(part, claim, "is no byte string");
	if (size == 0 || span.size == size)
		return true;
	(void)snprintf(text, sizeof(text), "has %zu bytes, not %zu", span.size, size);
	return wrong(part, claim, text);
}

static bool check_components(const struct token_part *part, const struct claim *claim,
                             const cbor_item_t *item)
{
	if (!cbor_isa_array(item) || cbor_array_size(item) == 0)
		return wrong(part, claim, "is no array of at least one");
	for (size_t i = 0; i < cbor_array_size(item); i++) {
		const cbor_item_t *component = token_array_get(item, i);

		if (!cbor_isa_map(component))
			return wrong(part, claim, "has an element that is no map");
		if (token_item_span(token_map_get(component, CCA_SW_COMPONENT_MEASUREMENT)).size <
		    32)
			return wrong(part, claim, "has one without a measurement of 256 bits");
		if (token_item_span(token_map_get(component, CCA_SW_COMPONENT_SIGNER_ID)).bytes ==
		    NULL)
			return wrong(part, claim, "has one without a signer");
	}
	return true;
}

static bool check_hashes(const struct token_part *part, const struct claim *claim,
                         const cbor_item_t *item)
{
	if (!cbor_isa_array(item) || cbor_array_size(item) != claim->size)
		return wrong(part, claim, "is no array of four");
	for (size_t i = 0; i < claim->size; i++) {
		if (!is_hash(token_array_get(item, i)))
			return wrong(part, claim, "has one that is not 32, 48 or 64 bytes");
	}
	return true;
}

static bool check_claim(const struct token_part *part, const struct claim *claim)
{
	const cbor_item_t *item = token_claim(part, claim->label);

	if (item == NULL)
		return !claim->must || wrong(part, claim, "is missing");
	switch (claim->kind) {
	case KIND_BYTES:
		return check_bytes(part, claim, item, claim->size);
	case KIND_ID:
		if (!check_bytes(part, claim, item, CCA_INSTANCE_ID_SIZE))
			return false;
		return token_item_span(item).bytes[0] == CCA_INSTANCE_ID_TYPE ||
		       wrong(part, claim, "does not begin with 0x01");
	case KIND_HASH:
		return is_hash(item) || wrong(part, claim, "is not 32, 48 or 64 bytes");
	case KIND_HASHES:
		return check_hashes(part, claim, item);
	case KIND_TEXT:
		if (!cbor_isa_string(item) || token_item_span(item).bytes == NULL)
			return wrong(part, claim, "is no text");
		return claim->text == NULL || is_text(token_item_span(item), claim->text) ||
		       wrong(part, claim, "is another one than that of RMM 2.0");
	case KIND_NUMBER:
		if (!cbor_isa_uint(item))
			return wrong(part, claim, "is no unsigned number");
		return cbor_get_int(item) <= claim->size || wrong(part, claim, "is out of range");
	case KIND_LIFECYCLE:
		return (cbor_isa_uint(item) && lifecycle_name(cbor_get_int(item)) != NULL) ||
		       wrong(part, claim, "is no state of the lifecycle");
	case KIND_COMPONENTS:
		return check_components(part, claim, item);
	case KIND_ANY:
		break;
	}
	return true;
}

/* Measurements are digests of the hash algorithm that the token names. */
static bool check_sizes(const struct token_part *realm)
{
	size_t size = token_hash_size(token_claim(realm, CCA_REALM_HASH_ALGO_ID));
	const cbor_item_t *rems = token_claim(realm, CCA_REALM_EXTENSIBLE_MEASUREMENTS);
	bool ok = token_item_span(token_claim(realm, CCA_REALM_INITIAL_MEASUREMENT)).size == size;

	for (size_t i = 0; i < cbor_array_size(rems); i++)
		ok &= token_item_span(token_array_get(rems, i)).size == size;
	if (size != 0 && !ok)
		tool_error("%s: the measurements are no digests of the hash algorithm",
		           realm->name);
	if (size == 0)
		tool_error("%s: the hash algorithm (claim %d) is not known", realm->name,
		           CCA_REALM_HASH_ALGO_ID);
	return size != 0 && ok;
}

bool token_check_claims(const struct token *token)
{
	bool ok = true;

	for (size_t i = 0; i < NUM_REALM_CLAIMS; i++)
		ok &= check_claim(&token->realm, &realm_claims[i]);
	for (size_t i = 0; i < NUM_PLATFORM_CLAIMS; i++)
		ok &= check_claim(&token->platform, &platform_claims[i]);
	return ok && check_sizes(&token->realm);
}

static bool compare(const char *name, struct token_span got, struct token_span want)
{
	if (want.bytes == NULL)
		return true;
	/* A Host knows measurements as 64 bytes with zeros behind the digest. */
	for (size_t i = got.size; i < want.size; i++) {
		if (want.bytes[i] != 0)
			want.size = 0;
	}
	if (want.size >= got.size && memcmp(got.bytes, want.bytes, got.size) == 0)
		return true;
	tool_error("the %s is not the expected one", name);
	return false;
}

bool token_check_expected(const struct token *token, const struct token_expected *expected)
{
	const struct token_part *realm = &token->realm;
	const cbor_item_t *rems = token_claim(realm, CCA_REALM_EXTENSIBLE_MEASUREMENTS);
	bool ok = compare("challenge", token_item_span(token_claim(realm, CCA_CHALLENGE)),
	                  expected->challenge);

	ok &= compare("personalization value",
	              token_item_span(token_claim(realm, CCA_REALM_PERSONALIZATION_VALUE)),
	              expected->rpv);
	ok &= compare("initial measurement",
	              token_item_span(token_claim(realm, CCA_REALM_INITIAL_MEASUREMENT)),
	              expected->rim);
	for (size_t i = 0; i < 4; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "extensible measurement %zu", i);
		ok &= compare(name, token_item_span(token_array_get(rems, i)), expected->rem[i]);
	}
	return ok;
}

/* Where values begin, and how many bytes there are in a line. */
#define COLUMN     29
#define LINE_BYTES 32

static void print_name(const char *name)
{
	printf("  %-*s", COLUMN - 2, name);
}

/* The whole span is zero. */
static bool is_zero(struct token_span span)
{
	for (size_t i = 0; i < span.size; i++) {
		if (span.bytes[i] != 0)
			return false;
	}
	return true;
}

static void print_bytes(struct token_span span)
{
	if (span.size != 0 && is_zero(span)) {
		printf("%zu zero bytes\n", span.size);
		return;
	}
	for (size_t i = 0; i < span.size; i++) {
		if (i != 0 && i % LINE_BYTES == 0)
			printf("\n%*s", COLUMN, "");
		printf("%02x", span.bytes[i]);
	}
	printf("\n");
}

/* Text that can do nothing to a terminal. */
static void print_text(struct token_span span)
{
	for (size_t i = 0; i < span.size; i++)
		(void)putchar(span.bytes[i] >= ' ' && span.bytes[i] < 0x7f ? span.bytes[i] : '?');
	printf("\n");
}

static void print_item(const cbor_item_t *item);

static void print_list(const cbor_item_t *array)
{
	for (size_t i = 0; i < cbor_array_size(array); i++) {
		if (i != 0)
			printf("%*s", COLUMN, "");
		print_item(token_array_get(array, i));
	}
}

static void print_item(const cbor_item_t *item)
{
	struct token_span span = token_item_span(item);

	if (cbor_isa_uint(item))
		printf("%" PRIu64 "\n", cbor_get_int(item));
	else if (cbor_isa_string(item) && span.bytes != NULL)
		print_text(span);
	else if (cbor_isa_bytestring(item) && span.bytes != NULL)
		print_bytes(span);
	else if (cbor_isa_array(item) && cbor_array_size(item) != 0)
		print_list(item);
	else
		printf("(not shown)\n");
}

static void print_components(const cbor_item_t *array)
{
	static const struct {
		int label;
		const char *name;
	} members[] = {
	        {CCA_SW_COMPONENT_TYPE, "type"},
	        {CCA_SW_COMPONENT_VERSION, "version"},
	        {CCA_SW_COMPONENT_MEASUREMENT, "measurement"},
	        {CCA_SW_COMPONENT_HASH_ALGO_ID, "hash algorithm"},
	        {CCA_SW_COMPONENT_SIGNER_ID, "signer"},
	};
	char name[48];

	for (size_t i = 0; cbor_isa_array(array) && i < cbor_array_size(array); i++) {
		const cbor_item_t *component = token_array_get(array, i);

		for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++) {
			const cbor_item_t *item =
			        cbor_isa_map(component) ? token_map_get(component, members[k].label)
			                                : NULL;

			if (item == NULL)
				continue;
			(void)snprintf(name, sizeof(name), "component %zu %s", i, members[k].name);
			print_name(name);
			print_item(item);
		}
	}
}

static void print_claim(const struct claim *claim, const cbor_item_t *item)
{
	if (claim->kind == KIND_COMPONENTS) {
		print_components(item);
		return;
	}
	print_name(claim->name);
	if (claim->kind == KIND_LIFECYCLE && cbor_isa_uint(item)) {
		const char *state = lifecycle_name(cbor_get_int(item));

		printf("0x%04" PRIx64 ", %s\n", cbor_get_int(item),
		       state != NULL ? state : "no state");
	} else {
		print_item(item);
	}
}

static void print_part(const struct token_part *part, const struct claim *claims, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const cbor_item_t *item = token_claim(part, claims[i].label);

		if (item != NULL)
			print_claim(&claims[i], item);
	}
	print_name("signature");
	print_bytes(part->signature);
}

void token_print(const struct token *token)
{
	printf("Realm token, ES384 by the key in it\n");
	print_part(&token->realm, realm_claims, NUM_REALM_CLAIMS);
	printf("\nplatform token, ES384\n");
	print_part(&token->platform, platform_claims, NUM_PLATFORM_CLAIMS);
	if (token->has_devices)
		printf("\ndevice token: not shown\n");
}
