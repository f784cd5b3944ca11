/* SPDX-License-Identifier: BSD-3-Clause */
/* Tokens of the guest `attest`: what `realmkit token` says of them, and what a second reader does.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka_test.h>
#include <support/cca_token.h>

#include "spawn.h"

/* The challenge of the guest, and what it extends REM[0] with. */
#define CHALLENGE "What do you run?"

/* Files and keys of one test. */
struct fixture {
	char cpak[256];      /* PEM, private. */
	uint8_t point[97];   /* Its public key. */
	char path[256];      /* Where the token goes. */
	uint8_t token[8192]; /* The token. */
	size_t size;
	char rim[256]; /* As the run tells it. */
};

static void make_key(struct fixture *f)
{
	EVP_PKEY *key = EVP_EC_gen("P-384");
	BIO *pem = BIO_new(BIO_s_mem());
	char *text;
	long length;
	size_t size;

	assert_int_equal(PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL), 1);
	length = BIO_get_mem_data(pem, &text);
	(void)snprintf(f->cpak, sizeof(f->cpak), "%s",
	               scratch_file("cpak.pem", text, (size_t)length));
	assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, f->point,
	                                                 sizeof(f->point), &size),
	                 1);
	BIO_free(pem);
	EVP_PKEY_free(key);
}

/* Runs the guest. @param conf keys of the backend besides the CPAK, ",seed=1" */
static void run_guest(struct fixture *f, const char *conf, const char *hash)
{
	char line[1024];
	struct spawned run;
	FILE *file;

	memset(f, 0, sizeof(*f));
	make_key(f);
	(void)snprintf(f->path, sizeof(f->path), "%s", scratch_file("token", "", 0));
	(void)snprintf(line, sizeof(line),
	               "run %s --backend model:cpak_key=%s%s --hash %s --token-out %s "
	               "--timeout 100",
	               guest_path("attest"), f->cpak, conf, hash, f->path);
	run = spawn_line(line);
	if (run.status != 0)
		fail_msg("%s", run.err);
	line_after(run.err, "RIM ", f->rim, sizeof(f->rim));
	spawned_free(&run);
	file = fopen(f->path, "re");
	assert_non_null(file);
	f->size = fread(f->token, 1, sizeof(f->token), file);
	(void)fclose(file);
}

/* realmkit token verify with these options and what the test knows. */
static struct spawned verify(const char *path, const char *options)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "token verify %s %s", path, options);
	return spawn_line(line);
}

static void assert_verifies(const struct fixture *f)
{
	char options[600];
	struct spawned run;

	(void)snprintf(options, sizeof(options), "--cpak %s --rim %s", f->cpak, f->rim);
	run = verify(f->path, options);
	assert_string_equal(run.err, "");
	assert_int_equal(run.status, 0);
	spawned_free(&run);
}

static void assert_refused(const char *path, const char *options, const char *why)
{
	struct spawned run = verify(path, options);

	assert_string_equal(run.err, why);
	assert_int_equal(run.status, 1);
	spawned_free(&run);
}

static void assert_bytes(struct token_bytes got, const void *want, size_t size)
{
	assert_non_null(got.at);
	assert_int_equal(got.size, size);
	assert_memory_equal(got.at, want, size);
}

/* REM[0] of a Realm that has extended it once (B3.110). */
static void assert_rem(struct token_bytes got, const EVP_MD *md)
{
	uint8_t message[128] = {0};
	uint8_t digest[EVP_MAX_MD_SIZE];

	memcpy(message + 64, CHALLENGE, strlen(CHALLENGE));
	assert_int_equal(EVP_Digest(message, sizeof(message), digest, NULL, md, NULL), 1);
	assert_bytes(got, digest, (size_t)EVP_MD_get_size(md));
}

static void assert_hex(struct token_bytes got, const char *hex)
{
	char text[3];

	assert_int_equal(strlen(hex), 2 * got.size);
	for (size_t i = 0; i < got.size; i++) {
		(void)snprintf(text, sizeof(text), "%02x", got.at[i]);
		assert_memory_equal(text, hex + 2 * i, 2);
	}
}

/* All that the Host knows, read without the code of the RMM and of the tool. */
static void assert_second_reader_agrees(const struct fixture *f, const EVP_MD *md, const char *name)
{
	static const uint8_t zero[64];
	uint8_t challenge[64] = CHALLENGE;
	uint8_t digest[48];
	struct token token;
	struct token_bytes key;
	const uint8_t *x, *y;

	assert_null(token_open(&token, f->token, f->size));
	key = token_bytes(&token.realm, 44237);
	assert_true(token_cose_key(key, &x, &y));
	assert_true(token_is_signed(&token.realm, x, y));
	assert_true(token_is_signed(&token.platform, f->point + 1, f->point + 49));
	assert_int_equal(EVP_Digest(key.at, key.size, digest, NULL, EVP_sha384(), NULL), 1);
	assert_bytes(token_bytes(&token.platform, 10), digest, sizeof(digest));
	assert_bytes(token_bytes(&token.realm, 10), challenge, sizeof(challenge));
	assert_bytes(token_bytes(&token.realm, 44235), zero, sizeof(zero));
	assert_bytes(token_text(&token.realm, 44236), name, strlen(name));
	assert_hex(token_bytes(&token.realm, 44238), f->rim);
	assert_rem(token_decode_bytes(token_element(&token.realm, 44239, 0)), md);
	for (unsigned i = 1; i < 4; i++)
		assert_bytes(token_decode_bytes(token_element(&token.realm, 44239, i)), zero,
		             (size_t)EVP_MD_get_size(md));
}

static void a_token_says_what_the_host_knows(void **state)
{
	static const char *const confs[] = {"", ",spec=2.0-bet1", ",policy=hostile,seed=5"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct fixture f;

		run_guest(&f, confs[i], "sha256");
		assert_verifies(&f);
		assert_second_reader_agrees(&f, EVP_sha256(), "sha-256");
	}
}

static void a_token_has_digests_of_the_hash_algorithm(void **state)
{
	struct fixture f;

	(void)state;
	run_guest(&f, "", "sha384");
	assert_verifies(&f);
	assert_second_reader_agrees(&f, EVP_sha384(), "sha-384");
	run_guest(&f, "", "sha512");
	assert_verifies(&f);
	assert_second_reader_agrees(&f, EVP_sha512(), "sha-512");
}

static void a_token_without_a_file_is_printed(void **state)
{
	struct spawned run = spawn_tool((const char *[]){"run", guest_path("attest"), NULL});
	struct spawned shown;
	const char *hex = strchr(run.out, '\n') + 1;

	(void)state;
	shown = verify(scratch_file("token.hex", hex, strlen(hex)), "");
	assert_string_equal(shown.err, "");
	assert_int_equal(shown.status, 0);
	assert_non_null(
	        strstr(shown.out, "signed by the test key of seed 0, which is no root of trust\n"));
	assert_non_null(strstr(shown.out, "  lifecycle                  0x0000, unknown\n"));
	spawned_free(&shown);
	spawned_free(&run);
}

static void what_is_expected_must_be_there(void **state)
{
	struct fixture f;
	char options[600];

	(void)state;
	run_guest(&f, "", "sha256");
	assert_refused(f.path, "",
	               "realmkit: the platform token is not signed by the test key of seed 0\n");
	(void)snprintf(options, sizeof(options), "--cpak %s --challenge 00", f.cpak);
	assert_refused(f.path, options, "realmkit: the challenge is not the expected one\n");
	(void)snprintf(options, sizeof(options), "--cpak %s --rpv 01", f.cpak);
	assert_refused(f.path, options,
	               "realmkit: the personalization value is not the expected one\n");
	(void)snprintf(options, sizeof(options), "--cpak %s --rem 1=%s", f.cpak, f.rim);
	assert_refused(f.path, options,
	               "realmkit: the extensible measurement 1 is not the expected one\n");
	(void)snprintf(options, sizeof(options), "--cpak %s --rim 00", f.cpak);
	assert_refused(f.path, options,
	               "realmkit: the initial measurement is not the expected one\n");
}

/* Changes one byte of a token after the other, in steps. Nothing may go unnoticed. */
static void a_changed_byte_is_noticed(void **state)
{
	struct fixture f;
	char options[600];

	(void)state;
	run_guest(&f, "", "sha256");
	(void)snprintf(options, sizeof(options), "--cpak %s", f.cpak);
	for (size_t i = 0; i < f.size; i += 29) {
		struct spawned run;

		f.token[i] ^= 0x01;
		run = verify(scratch_file("changed", f.token, f.size), options);
		if (run.status != 1 || strncmp(run.err, "realmkit: ", 10) != 0)
			fail_msg("byte %zu: exit status %d: %s", i, run.status, run.err);
		spawned_free(&run);
		f.token[i] ^= 0x01;
	}
}

static void what_is_no_token_is_named(void **state)
{
	static const uint8_t old[] = {0xd9, 0x01, 0x8f, 0xa0};
	struct fixture f;

	(void)state;
	run_guest(&f, "", "sha256");
	assert_refused(scratch_file("cut", f.token, 100), "",
	               "realmkit: the token: incomplete, it ends at byte 100\n");
	f.token[f.size] = 0;
	assert_refused(scratch_file("long", f.token, f.size + 1), "",
	               "realmkit: the token: 1 bytes behind its end\n");
	assert_refused(scratch_file("text", "what?", 5), "",
	               "realmkit: the token: incomplete, it ends at byte 5\n");
	assert_refused(scratch_file("old", old, sizeof(old)), "",
	               "realmkit: the token is one of RMM 1.0 (tag 399), not of 2.0\n");
	assert_refused(scratch_file("map", "\xa0", 1), "",
	               "realmkit: the token is no CMW collection (tag 907)\n");
	assert_refused("/nonexistent", "", "realmkit: /nonexistent: No such file or directory\n");
}

static void assert_usage(const char *line, const char *why)
{
	struct spawned run = spawn_line(line);

	assert_string_equal(run.err, why);
	assert_int_equal(run.status, 2);
	spawned_free(&run);
}

static void a_wrong_command_line_is_explained(void **state)
{
	(void)state;
	assert_usage("token verify",
	             "realmkit: token: say what to do and with which file: realmkit token verify "
	             "FILE\n");
	assert_usage("token check file",
	             "realmkit: token: \"check\" is not known (known: verify, print)\n");
	assert_usage("token verify file --rim 0",
	             "realmkit: --rim: \"0\" is not allowed (allowed: 1 to 64 bytes in "
	             "hexadecimal)\n");
	assert_usage("token verify file --rem 4=00",
	             "realmkit: --rem: \"4=00\" is not allowed (allowed: 0=HEX to 3=HEX)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_token_says_what_the_host_knows),
	        cmocka_unit_test(a_token_has_digests_of_the_hash_algorithm),
	        cmocka_unit_test(a_token_without_a_file_is_printed),
	        cmocka_unit_test(what_is_expected_must_be_there),
	        cmocka_unit_test(a_changed_byte_is_noticed),
	        cmocka_unit_test(what_is_no_token_is_named),
	        cmocka_unit_test(a_wrong_command_line_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
