/* SPDX-License-Identifier: BSD-3-Clause */
/* RSI_ATTESTATION_TOKEN_INIT and CONTINUE, and what tokens say, read by an independent reader. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rmi/model.h>
#include <rmm/attest.h>
#include <rmm/guest.h>
#include <rmm/inspect.h>

#include "cmocka_test.h"
#include "support/cca_token.h"
#include "support/realm.h"

#define WINDOW    (UINT64_C(16) << 20)
#define PAGE      SMALL_PAGE_SIZE
#define GUEST_PC  UINT64_C(0x1000)
/* Pages for a token. */
#define BUFFER    UINT64_C(0x10000)
#define TOKEN_MAX 8192
/* A page that is RAM, but not mapped, and one that is EMPTY. */
#define UNMAPPED  UINT64_C(0x20000)
#define EMPTY     UINT64_C(0x30000)

/* What a Realm does about tokens, and what it gets. */
struct request {
	struct rmi *rmi;
	uint8_t challenge[64];
	uint64_t portion; /* Bytes that it asks for at a time; 0: up to the end of the page. */
	uint8_t token[TOKEN_MAX];
	uint64_t size;
	uint64_t bound; /* What INIT said. */
	unsigned calls;
	uint64_t x0[8];
	uint64_t len;
};

struct fixture {
	struct rmi *rmi;
	struct small_realm realm;
	struct request request;
};

static void open_rmm(struct fixture *f, const char *conf)
{
	struct rmi_error err;

	memset(f, 0, sizeof(*f));
	f->rmi = rmi_open(conf, &err);
	if (f->rmi == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(rmi_rmm_activate(rmi_pe(f->rmi, 0), NULL), RMI_SUCCESS);
	f->request.rmi = f->rmi;
	memset(f->request.challenge, 0x5a, 32);
}

/* A Realm whose first REC runs a script, at a place in memory. */
static void make_realm(struct fixture *f, uint64_t base, enum rmi_hash_algorithm hash,
                       guest_script *script)
{
	uint8_t page[SMALL_PAGE_SIZE];

	small_realm_init(&f->realm, rmi_pe(f->rmi, 0), base, WINDOW);
	memset(f->realm.rpv, 0x77, sizeof(f->realm.rpv));
	f->realm.flags0 = RMI_FIELD_SET(RMI_LFA_ALLOW, RMI_REALM_FLAGS0_LFA_POLICY);
	assert_int_equal(small_realm_create(&f->realm, hash), 0);
	assert_int_equal(small_tables(&f->realm, 0), 0);
	memset(page, 0x11, sizeof(page));
	assert_int_equal(small_map_init(&f->realm, GUEST_PC, page, RMI_DATA_FLAGS_MEASURE), 0);
	assert_int_equal(small_init_ripas(&f->realm, BUFFER, UNMAPPED + PAGE), 0);
	for (unsigned i = 0; i < TOKEN_MAX / PAGE; i++)
		assert_int_equal(small_map(&f->realm, BUFFER + i * PAGE), 0);
	assert_true(rmm_script(rmi_model(f->rmi), GUEST_PC, script, &f->request));
	assert_int_equal(small_rec(&f->realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_rec(&f->realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f->realm), 0);
}

static void open_realm(struct fixture *f, const char *conf, guest_script *script)
{
	open_rmm(f, conf);
	make_realm(f, rmi_memory(f->rmi).base, RMI_HASH_SHA_256, script);
}

static const struct rmi_rec_exit *enter(struct fixture *f, unsigned rec)
{
	assert_int_equal(small_enter(&f->realm, rec), RMI_SUCCESS);
	return &small_run(&f->realm)->exit;
}

/* Runs a Realm to its end in one entry. */
static void run(struct fixture *f)
{
	assert_int_equal(enter(f, 0)->exit_reason, RMI_EXIT_PSCI);
}

static void close_realm(struct fixture *f)
{
	rmi_close(f->rmi);
}

/* Reads the bytes that CONTINUE has written. */
static void take(struct guest *g, struct request *r, uint64_t len)
{
	assert_true(r->size + len <= TOKEN_MAX);
	for (; len != 0; len--, r->size++)
		r->token[r->size] = guest_load8(g, BUFFER + r->size);
}

/* Goes on until the token is complete. */
static void finish_token(struct guest *g, struct request *r)
{
	uint64_t x0;

	do {
		uint64_t offset = r->size % PAGE;
		uint64_t room = PAGE - offset;
		uint64_t len;

		if (r->portion != 0 && r->portion < room)
			room = r->portion;
		x0 = rsi_attestation_token_continue(g, BUFFER + r->size - offset, offset, room,
		                                    &len);
		assert_true(x0 == RSI_SUCCESS || x0 == RSI_INCOMPLETE);
		assert_true(len <= room);
		take(g, r, len);
		r->calls++;
	} while (x0 == RSI_INCOMPLETE);
}

static void get_token(struct guest *g, struct request *r)
{
	assert_int_equal(rsi_attestation_token_init(g, r->challenge, &r->bound), RSI_SUCCESS);
	r->size = 0;
	r->calls = 0;
	finish_token(g, r);
	assert_true(r->size <= r->bound);
}

static void extend_and_get_token(struct guest *g, void *arg)
{
	static const char event[] = "an event";

	assert_int_equal(rsi_measurement_extend(g, 2, event, sizeof(event)), RSI_SUCCESS);
	get_token(g, arg);
}

static void assert_bytes(struct token_bytes got, const void *want, size_t size)
{
	assert_non_null(got.at);
	assert_int_equal(got.size, size);
	assert_memory_equal(got.at, want, size);
}

static void assert_text(struct token_bytes got, const char *want)
{
	assert_bytes(got, want, strlen(want));
}

static struct token open_token(const struct request *r)
{
	struct token token;
	const char *wrong = token_open(&token, r->token, r->size);

	if (wrong != NULL)
		fail_msg("%s", wrong);
	return token;
}

/* Signatures, and that the platform vouches for the key of the Realm token. */
static void assert_signed(struct rmi *rmi, const struct token *token)
{
	struct token_bytes cose_key = token_bytes(&token->realm, 44237);
	const uint8_t *x, *y;
	uint8_t hash[48], kx[48], ky[48];

	assert_true(token_cose_key(cose_key, &x, &y));
	assert_true(token_is_signed(&token->realm, x, y));
	assert_text(token_text(&token->realm, 44240), "sha-384");
	assert_int_equal(EVP_Digest(cose_key.at, cose_key.size, hash, NULL, EVP_sha384(), NULL), 1);
	assert_bytes(token_bytes(&token->platform, 10), hash, sizeof(hash));
	assert_true(rmm_attest_key(rmi_model(rmi), RMM_ATTEST_RAK, kx, ky));
	assert_memory_equal(x, kx, 48);
	assert_memory_equal(y, ky, 48);
	assert_true(rmm_attest_key(rmi_model(rmi), RMM_ATTEST_CPAK, kx, ky));
	assert_true(token_is_signed(&token->platform, kx, ky));
	assert_false(token_is_signed(&token->platform, x, y));
}

static void assert_realm_claims(struct fixture *f, const struct token_part *realm, const char *hash)
{
	struct rmm_realm_info info;

	assert_true(rmm_inspect_realm(rmi_model(f->rmi), 0, &info));
	assert_int_equal(token_claims(realm), 11);
	assert_bytes(token_bytes(realm, 10), f->request.challenge, 64);
	assert_text(token_text(realm, 265), "tag:arm.com,2024:realm#2.0.0");
	assert_bytes(token_bytes(realm, 256), info.instance_id, 33);
	assert_int_equal(info.instance_id[0], 0x01);
	assert_bytes(token_bytes(realm, 44235), f->realm.rpv, 64);
	assert_text(token_text(realm, 44236), hash);
	assert_bytes(token_bytes(realm, 44238), info.rim, info.hash_size);
	for (unsigned i = 0; i < 4; i++)
		assert_bytes(token_decode_bytes(token_element(realm, 44239, i)), info.rem[i],
		             info.hash_size);
	assert_null(token_element(realm, 44239, 4).at);
	assert_int_equal(token_number(realm, 44243), 0);
	assert_int_equal(token_number(realm, 44244), 1);
	assert_null(token_bytes(realm, 44257).at);
}

static void check_token_of(enum rmi_hash_algorithm hash, const char *name)
{
	struct fixture f;
	struct token token;

	open_rmm(&f, "model");
	make_realm(&f, rmi_memory(f.rmi).base, hash, extend_and_get_token);
	run(&f);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	assert_realm_claims(&f, &token.realm, name);
	close_realm(&f);
}

static void a_token_says_what_the_host_knows(void **state)
{
	(void)state;
	check_token_of(RMI_HASH_SHA_256, "sha-256");
	check_token_of(RMI_HASH_SHA_384, "sha-384");
	check_token_of(RMI_HASH_SHA_512, "sha-512");
}

static void plain_get_token(struct guest *g, void *arg)
{
	get_token(g, arg);
}

static void the_platform_token_has_all_claims_that_it_must(void **state)
{
	struct fixture f;
	struct token token;
	const struct token_part *platform;
	struct token_bytes component;

	(void)state;
	open_realm(&f, "model:platform_config=40", plain_get_token);
	run(&f);
	token = open_token(&f.request);
	platform = &token.platform;
	assert_int_equal(token_claims(platform), 9);
	assert_text(token_text(platform, 265), "tag:arm.com,2024:cca_platform#2.0.0");
	assert_int_equal(token_bytes(platform, 2396).size, 32);
	assert_int_equal(token_bytes(platform, 256).size, 33);
	assert_int_equal(token_bytes(platform, 256).at[0], 0x01);
	assert_int_equal(token_bytes(platform, 2401).size, 40);
	component = token_element(platform, 2399, 0);
	assert_non_null(component.at);
	/* A map with at least the measurement and the signer. */
	assert_int_equal(component.at[0] >> 5, 5);
	assert_text(token_text(platform, 2402), "sha-384");
	assert_int_equal(token_number(platform, 2394), 1);
	close_realm(&f);
}

static void the_platform_is_not_secured_unless_configured(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model", plain_get_token);
	run(&f);
	token = open_token(&f.request);
	assert_int_equal(token_number(&token.platform, 2395), 0x0000);
	close_realm(&f);
	open_realm(&f, "model:lifecycle=secured", plain_get_token);
	run(&f);
	token = open_token(&f.request);
	assert_int_equal(token_number(&token.platform, 2395), 0x3000);
	close_realm(&f);
}

static void a_large_token_comes_granule_by_granule(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model:platform_config=5000", plain_get_token);
	run(&f);
	assert_true(f.request.size > PAGE);
	assert_int_equal(f.request.calls, 2);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	close_realm(&f);
}

static void the_policy_makes_portions_small(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model:token_bytes=100", plain_get_token);
	run(&f);
	assert_int_equal(f.request.calls, (f.request.size + 99) / 100);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	close_realm(&f);
}

static void a_realm_may_ask_for_single_bytes(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_rmm(&f, "model");
	f.request.portion = 1;
	make_realm(&f, rmi_memory(f.rmi).base, RMI_HASH_SHA_256, plain_get_token);
	run(&f);
	assert_int_equal(f.request.calls, f.request.size);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	close_realm(&f);
}

static void no_room_is_no_error(struct guest *g, void *arg)
{
	struct request *r = arg;

	rsi_attestation_token_init(g, r->challenge, NULL);
	r->x0[0] = rsi_attestation_token_continue(g, BUFFER, 0, 0, &r->len);
	finish_token(g, r);
}

static void a_portion_of_nothing_is_incomplete(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model", no_room_is_no_error);
	run(&f);
	assert_int_equal(f.request.x0[0], RSI_INCOMPLETE);
	assert_int_equal(f.request.len, 0);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	close_realm(&f);
}

static void continue_too_early_and_too_late(struct guest *g, void *arg)
{
	struct request *r = arg;

	r->x0[0] = rsi_attestation_token_continue(g, BUFFER, 0, PAGE, &r->len);
	get_token(g, r);
	r->x0[1] = rsi_attestation_token_continue(g, BUFFER, 0, PAGE, &r->len);
}

static void a_token_must_be_in_progress(void **state)
{
	struct fixture f;

	(void)state;
	open_realm(&f, "model", continue_too_early_and_too_late);
	run(&f);
	assert_int_equal(f.request.x0[0], RSI_ERROR_STATE);
	assert_int_equal(f.request.x0[1], RSI_ERROR_STATE);
	close_realm(&f);
}

static void begin_again(struct guest *g, void *arg)
{
	struct request *r = arg;
	uint8_t other[64] = {1};

	rsi_attestation_token_init(g, other, NULL);
	rsi_attestation_token_continue(g, BUFFER, 0, 100, &r->len);
	get_token(g, r);
}

static void init_drops_what_was_in_progress(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model", begin_again);
	run(&f);
	assert_int_equal(f.request.len, 100);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	assert_bytes(token_bytes(&token.realm, 10), f.request.challenge, 64);
	close_realm(&f);
}

static void wrong_buffers(struct guest *g, void *arg)
{
	struct request *r = arg;
	unsigned i = 0;

	rsi_attestation_token_init(g, r->challenge, NULL);
	r->x0[i++] = rsi_attestation_token_continue(g, BUFFER + 8, 0, 8, &r->len);
	r->x0[i++] = rsi_attestation_token_continue(g, SMALL_UNPROT, 0, 8, &r->len);
	r->x0[i++] = rsi_attestation_token_continue(g, EMPTY, 0, 8, &r->len);
	r->x0[i++] = rsi_attestation_token_continue(g, BUFFER, PAGE, 0, &r->len);
	r->x0[i++] = rsi_attestation_token_continue(g, BUFFER, 8, UINT64_MAX, &r->len);
	r->x0[i++] = rsi_attestation_token_continue(g, BUFFER, 8, PAGE - 7, &r->len);
	finish_token(g, r);
}

static void a_buffer_must_be_in_one_protected_granule(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model", wrong_buffers);
	run(&f);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(f.request.x0[i], RSI_ERROR_INPUT);
	/* None of that has lost a byte. */
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	close_realm(&f);
}

static void write_to_unmapped(struct guest *g, void *arg)
{
	struct request *r = arg;

	rsi_attestation_token_init(g, r->challenge, NULL);
	r->x0[0] = rsi_attestation_token_continue(g, UNMAPPED, 0, 100, &r->len);
	r->size = r->len;
	for (unsigned i = 0; i < r->len; i++)
		r->token[i] = guest_load8(g, UNMAPPED + i);
	finish_token(g, r);
}

static void a_page_that_is_missing_makes_the_rec_exit(void **state)
{
	struct fixture f;
	const struct rmi_rec_exit *exit;
	struct token token;

	(void)state;
	open_realm(&f, "model", write_to_unmapped);
	exit = enter(&f, 0);
	assert_int_equal(exit->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit->esr >> 26, 0x24);
	assert_int_equal(exit->hpfar, (UNMAPPED >> 12) << 4);
	assert_int_equal(small_map(&f.realm, UNMAPPED), 0);
	run(&f);
	assert_int_equal(f.request.x0[0], RSI_INCOMPLETE);
	assert_int_equal(f.request.len, 100);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	close_realm(&f);
}

static void interrupted(struct guest *g, void *arg)
{
	struct request *r = arg;

	rsi_attestation_token_init(g, r->challenge, NULL);
	rsi_attestation_token_continue(g, BUFFER, 0, 100, &r->len);
	take(g, r, r->len);
	rmi_pe_kick(rmi_pe(r->rmi, 0));
	r->x0[0] = rsi_attestation_token_continue(g, BUFFER, 100, 100, &r->len);
	finish_token(g, r);
}

static void an_interrupt_makes_continue_incomplete(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model", interrupted);
	assert_int_equal(enter(&f, 0)->exit_reason, RMI_EXIT_IRQ);
	/* One interrupt is one exit. */
	run(&f);
	assert_int_equal(f.request.x0[0], RSI_INCOMPLETE);
	assert_int_equal(f.request.len, 0);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	close_realm(&f);
}

static void extend_meanwhile(struct guest *g, void *arg)
{
	struct request *r = arg;

	rsi_measurement_extend(g, 1, "a", 1);
	rsi_attestation_token_init(g, r->challenge, NULL);
	rsi_measurement_read(g, 1, r->token + TOKEN_MAX - 64);
	rsi_measurement_extend(g, 1, "b", 1);
	rsi_attestation_token_continue(g, BUFFER, 0, 100, &r->len);
	take(g, r, r->len);
	rsi_measurement_extend(g, 1, "c", 1);
	finish_token(g, r);
}

static void a_token_tells_the_moment_of_init(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model", extend_meanwhile);
	run(&f);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	assert_bytes(token_decode_bytes(token_element(&token.realm, 44239, 0)),
	             f.request.token + TOKEN_MAX - 64, 32);
	close_realm(&f);
}

static void generation_fails(struct guest *g, void *arg)
{
	struct request *r = arg;

	rsi_attestation_token_init(g, r->challenge, NULL);
	r->x0[0] = rsi_attestation_token_continue(g, BUFFER, 0, PAGE, &r->len);
	r->x0[1] = rsi_attestation_token_continue(g, BUFFER, 0, PAGE, &r->len);
}

static void a_failed_generation_changes_nothing(void **state)
{
	struct fixture f;

	(void)state;
	open_realm(&f, "model:token_unknown=1000", generation_fails);
	run(&f);
	assert_int_equal(f.request.x0[0], RSI_ERROR_UNKNOWN);
	assert_int_equal(f.request.x0[1], RSI_ERROR_UNKNOWN);
	close_realm(&f);
}

/* The first REC begins a token and waits, the second one has one of its own. */
static void two_at_a_time(struct guest *g, void *arg)
{
	struct request *r = arg;

	if ((guest_regs(g)->mpidr & 0xff) == 0) {
		rsi_attestation_token_init(g, r->challenge, NULL);
		rsi_attestation_token_continue(g, BUFFER, 0, 100, &r->len);
		take(g, r, r->len);
		rmi_pe_kick(rmi_pe(r->rmi, 0));
		guest_load8(g, BUFFER);
		finish_token(g, r);
	} else {
		uint8_t other[64] = {2};

		r->x0[0] = rsi_attestation_token_continue(g, BUFFER + PAGE, 0, 8, &r->len);
		rsi_attestation_token_init(g, other, NULL);
		r->x0[1] = rsi_attestation_token_continue(g, BUFFER + PAGE, 0, PAGE, &r->len);
		psci_cpu_off(g);
	}
}

static void every_rec_has_a_token_of_its_own(void **state)
{
	struct fixture f;
	struct token token;

	(void)state;
	open_realm(&f, "model", two_at_a_time);
	assert_int_equal(enter(&f, 0)->exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(enter(&f, 1)->exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(f.request.x0[0], RSI_ERROR_STATE);
	assert_int_equal(f.request.x0[1], RSI_SUCCESS);
	run(&f);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	assert_bytes(token_bytes(&token.realm, 10), f.request.challenge, 64);
	close_realm(&f);
}

static void make_token(struct fixture *f, const char *conf)
{
	open_realm(f, conf, extend_and_get_token);
	run(f);
	close_realm(f);
}

static void equal_calls_make_equal_tokens(void **state)
{
	struct fixture a, b, c;

	(void)state;
	make_token(&a, "model:seed=7");
	make_token(&b, "model:seed=7,token_bytes=77");
	make_token(&c, "model:seed=8");
	assert_int_equal(a.request.size, b.request.size);
	assert_memory_equal(a.request.token, b.request.token, a.request.size);
	assert_memory_not_equal(a.request.token, c.request.token, a.request.size);
}

/* A PEM file with a new key, and its public key as the RMM tells it. */
static void write_key(char path[32], uint8_t point[97])
{
	EVP_PKEY *pkey = EVP_EC_gen("P-384");
	size_t size;
	int fd;
	FILE *file;

	strcpy(path, "/tmp/attest-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	file = fdopen(fd, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(
	        EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, 97, &size),
	        1);
	assert_int_equal(size, 97);
	EVP_PKEY_free(pkey);
}

static void configured_keys_sign(void **state)
{
	struct fixture f;
	struct token token;
	char rak[32], cpak[32], conf[128];
	uint8_t rak_point[97], cpak_point[97];
	const uint8_t *x, *y;

	(void)state;
	write_key(rak, rak_point);
	write_key(cpak, cpak_point);
	(void)snprintf(conf, sizeof(conf), "model:rak_key=%s,cpak_key=%s", rak, cpak);
	open_realm(&f, conf, plain_get_token);
	unlink(rak);
	unlink(cpak);
	run(&f);
	token = open_token(&f.request);
	assert_signed(f.rmi, &token);
	assert_true(token_cose_key(token_bytes(&token.realm, 44237), &x, &y));
	assert_memory_equal(x, rak_point + 1, 48);
	assert_true(token_is_signed(&token.platform, cpak_point + 1, cpak_point + 49));
	close_realm(&f);
}

static void a_key_that_is_none_is_refused_by_name(void **state)
{
	struct rmi_error err;

	(void)state;
	assert_null(rmi_open("model:cpak_key=/nonexistent/key.pem", &err));
	assert_string_equal(err.text,
	                    "model: cpak_key=/nonexistent/key.pem: the file cannot be opened");
}

static void no_two_realms_have_the_same_instance_id(void **state)
{
	struct fixture f;
	struct token token;
	uint8_t first[33];

	(void)state;
	open_realm(&f, "model", plain_get_token);
	run(&f);
	token = open_token(&f.request);
	memcpy(first, token_bytes(&token.realm, 256).at, sizeof(first));
	assert_int_equal(small_realm_destroy(&f.realm), 0);
	make_realm(&f, rmi_memory(f.rmi).base, RMI_HASH_SHA_256, plain_get_token);
	run(&f);
	token = open_token(&f.request);
	assert_memory_not_equal(token_bytes(&token.realm, 256).at, first, sizeof(first));
	close_realm(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_token_says_what_the_host_knows),
	        cmocka_unit_test(the_platform_token_has_all_claims_that_it_must),
	        cmocka_unit_test(the_platform_is_not_secured_unless_configured),
	        cmocka_unit_test(a_large_token_comes_granule_by_granule),
	        cmocka_unit_test(the_policy_makes_portions_small),
	        cmocka_unit_test(a_realm_may_ask_for_single_bytes),
	        cmocka_unit_test(a_portion_of_nothing_is_incomplete),
	        cmocka_unit_test(a_token_must_be_in_progress),
	        cmocka_unit_test(init_drops_what_was_in_progress),
	        cmocka_unit_test(a_buffer_must_be_in_one_protected_granule),
	        cmocka_unit_test(a_page_that_is_missing_makes_the_rec_exit),
	        cmocka_unit_test(an_interrupt_makes_continue_incomplete),
	        cmocka_unit_test(a_token_tells_the_moment_of_init),
	        cmocka_unit_test(a_failed_generation_changes_nothing),
	        cmocka_unit_test(every_rec_has_a_token_of_its_own),
	        cmocka_unit_test(equal_calls_make_equal_tokens),
	        cmocka_unit_test(configured_keys_sign),
	        cmocka_unit_test(a_key_that_is_none_is_refused_by_name),
	        cmocka_unit_test(no_two_realms_have_the_same_instance_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
