/* SPDX-License-Identifier: BSD-3-Clause */
/* Signatures of the RMM's test keys, against RFC 6979 A.2.6 and against libcrypto. */
#include "attest/es384.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmocka_test.h"

#define D                                                                                          \
	"6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea" \
	"60d2edf5"
#define X                                                                                          \
	"ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a25451" \
	"5480bc13"
#define Y                                                                                          \
	"8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd25" \
	"33264720"
#define SAMPLE                                                                                     \
	"94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e" \
	"80fabe46"                                                                                 \
	"99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a" \
	"38628ac8"
#define TEST                                                                                       \
	"8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca" \
	"3cf023db"                                                                                 \
	"ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b8282" \
	"46baa5a5"

static void from_hex(uint8_t *bytes, size_t size, const char *hex)
{
	assert_int_equal(strlen(hex), 2 * size);
	for (size_t i = 0; i < size; i++) {
		const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
}

static struct es384_key rfc_key(void)
{
	struct es384_key key;

	from_hex(key.d, sizeof(key.d), D);
	assert_true(es384_public(&key));
	return key;
}

static void assert_signature(const struct es384_key *key, const char *message, const char *hex)
{
	uint8_t digest[48], signature[96], want[96];

	assert_int_equal(EVP_Digest(message, strlen(message), digest, NULL, EVP_sha384(), NULL), 1);
	assert_true(es384_sign(key, digest, signature));
	from_hex(want, sizeof(want), hex);
	assert_memory_equal(signature, want, sizeof(want));
}

static void the_public_key_is_the_one_of_rfc_6979(void **state)
{
	struct es384_key key = rfc_key();
	uint8_t want[48];

	(void)state;
	from_hex(want, sizeof(want), X);
	assert_memory_equal(key.x, want, sizeof(want));
	from_hex(want, sizeof(want), Y);
	assert_memory_equal(key.y, want, sizeof(want));
}

static void signatures_are_those_of_rfc_6979(void **state)
{
	struct es384_key key = rfc_key();

	(void)state;
	assert_signature(&key, "sample", SAMPLE);
	assert_signature(&key, "test", TEST);
}

static void zero_and_the_order_are_no_keys(void **state)
{
	struct es384_key key = {.d = {0}};

	(void)state;
	assert_false(es384_public(&key));
	memset(key.d, 0xff, sizeof(key.d));
	assert_false(es384_public(&key));
}

static void test_keys_depend_on_purpose_and_seed(void **state)
{
	struct es384_key a, b, c, d;

	(void)state;
	assert_true(es384_test_key(&a, "RAK", 1));
	assert_true(es384_test_key(&b, "RAK", 1));
	assert_true(es384_test_key(&c, "CPAK", 1));
	assert_true(es384_test_key(&d, "RAK", 2));
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(a.d, c.d, sizeof(a.d));
	assert_memory_not_equal(a.d, d.d, sizeof(a.d));
}

/* A PEM file with a new key of a curve. */
static void write_key(char path[32], const char *curve)
{
	EVP_PKEY *pkey = EVP_EC_gen(curve);
	int fd;
	FILE *file;

	strcpy(path, "/tmp/es384-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	if (pkey != NULL)
		assert_int_equal(PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL), 1);
	else
		assert_true(fputs("no key\n", file) > 0);
	assert_int_equal(fclose(file), 0);
	EVP_PKEY_free(pkey);
}

static const char *read_key(const char *curve)
{
	struct es384_key key;
	char path[32];
	const char *wrong;

	write_key(path, curve);
	wrong = es384_read(&key, path);
	unlink(path);
	if (wrong == NULL)
		assert_true(es384_public(&key));
	return wrong;
}

static void a_key_file_must_hold_a_private_key_of_p_384(void **state)
{
	struct es384_key key;

	(void)state;
	assert_null(read_key("P-384"));
	assert_string_equal(read_key("P-256"), "the key is none of P-384 (secp384r1)");
	assert_string_equal(read_key("no such curve"),
	                    "the file has no private key in PEM form without a password");
	assert_string_equal(es384_read(&key, "/nonexistent/key.pem"), "the file cannot be opened");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_public_key_is_the_one_of_rfc_6979),
	        cmocka_unit_test(signatures_are_those_of_rfc_6979),
	        cmocka_unit_test(zero_and_the_order_are_no_keys),
	        cmocka_unit_test(test_keys_depend_on_purpose_and_seed),
	        cmocka_unit_test(a_key_file_must_hold_a_private_key_of_p_384),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
