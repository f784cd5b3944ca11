/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The measurements of a Realm, computed a second time: by a few lines straight from DEN0137 B3.110
 * to B3.112, C2.27 and C2.28 that share nothing with the model but the hash library.
 *
 * A Realm cannot read its RIM before a runnable REC is part of it, so values without one are the
 * start of what the second computation goes on from.
 */
#include <cmocka_test.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmi/model.h>
#include <rmm/guest.h>
#include <support/realm.h>

#define WINDOW    UINT64_C(0x400000)
#define IPA       UINT64_C(0x80000000)
#define PC        UINT64_C(0x80000000)

/* From a RIM of zero: a page of zeros at 0x80000000. */
#define V1_SHA256 "d01994a52e2ed628d2288c36eb184d64db3630db4e71e553a55166edd39cd161"
#define V1_SHA384                                                                                  \
	"8366a2c2cd5a072a6da4d155100cf6ea885839744ebcc6b62ae7f7d876c89ac5b5964c2eb7075795444ae7ac" \
	"5644fc3d"
#define V1_SHA512                                                                                  \
	"00a2e029598b88664cac78285f8b6b1a381ad62fdde0926a2f4ca0cea422d60a6e8762fe6c9ecc31b54b49a8" \
	"48ca0d250fe8a6863b904f071ba7c76e1827afda"
/* The same page, content not measured. */
#define V2_SHA256 "40fb89b00555ce5001cf13c328c454209a225a4d2136eaf8ea494dd468173249"
/* From V1: a runnable REC that starts at 0x80000000 with registers of zero. */
#define V3_SHA256 "6617a49c89847f4c90282f64275b5b2279a993168fcf7e7c7116c37042e740f4"
/* A REM of zero extended by the bytes 0x01 to 0x20. */
#define R1_SHA256 "c490fcb8406937e154290bb8946f8dc562908c948110cc6d65055c1e26e35113"

/** A measurement: the digest, then zeros. */
struct measurement {
	uint8_t bytes[64];
};

struct algorithm {
	const char *name;
	enum rmi_hash_algorithm hash;
	const char *v1;
};

static const struct algorithm algorithms[] = {
        {"SHA256", RMI_HASH_SHA_256, V1_SHA256},
        {"SHA384", RMI_HASH_SHA_384, V1_SHA384},
        {"SHA512", RMI_HASH_SHA_512, V1_SHA512},
};

#define NUM_ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static struct measurement from_hex(const char *hex)
{
	struct measurement m = {{0}};

	for (size_t i = 0; hex[2 * i]; i++) {
		const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};

		m.bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return m;
}

static void assert_measurement(const struct measurement *got, struct measurement want)
{
	assert_memory_equal(got->bytes, want.bytes, sizeof(want.bytes));
}

/* The second computation. */

static struct measurement hash(const struct algorithm *a, const void *data, size_t size)
{
	const EVP_MD *md = EVP_get_digestbyname(a->name);
	struct measurement m = {{0}};

	assert_int_equal(EVP_Digest(data, size, m.bytes, NULL, md, NULL), 1);
	return m;
}

static struct measurement with_page(const struct algorithm *a, struct measurement rim, uint64_t ipa,
                                    uint64_t flags, const void *page, size_t size)
{
	uint8_t desc[0x100] = {[0x00] = 0x00};
	uint64_t length = sizeof(desc);
	struct measurement content;

	memcpy(desc + 0x08, &length, 8);
	memcpy(desc + 0x10, rim.bytes, 64);
	memcpy(desc + 0x50, &ipa, 8);
	memcpy(desc + 0x58, &flags, 8);
	if (flags & 1) {
		content = hash(a, page, size);
		memcpy(desc + 0x60, content.bytes, 64);
	}
	return hash(a, desc, sizeof(desc));
}

static struct measurement with_rec(const struct algorithm *a, struct measurement rim, uint64_t pc,
                                   const uint64_t gprs[8])
{
	uint8_t params[0x1000] = {[0x00] = 1};
	uint8_t desc[0x100] = {[0x00] = 0x01};
	uint64_t length = sizeof(desc);
	struct measurement content;

	memcpy(params + 0x200, &pc, 8);
	memcpy(params + 0x300, gprs, 64);
	content = hash(a, params, sizeof(params));
	memcpy(desc + 0x08, &length, 8);
	memcpy(desc + 0x10, rim.bytes, 64);
	memcpy(desc + 0x50, content.bytes, 64);
	return hash(a, desc, sizeof(desc));
}

/* The model. */

struct fixture {
	struct rmi *rmi;
	struct small_realm realm;
	struct measurement read[5]; /**< What the Realm read. */
	bool extend;                /**< Whether it extends REM 1 before. */
};

static void guest(struct guest *g, void *arg)
{
	struct fixture *f = arg;
	uint8_t value[32];

	for (unsigned i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(i + 1);
	if (f->extend && rsi_measurement_extend(g, 1, value, sizeof(value)) != RSI_SUCCESS)
		return;
	for (unsigned i = 0; i < 5; i++)
		if (rsi_measurement_read(g, i, f->read[i].bytes) != RSI_SUCCESS)
			return;
	psci_system_off(g);
}

/** A Realm in REALM_NEW with tables for its pages. */
static void build(struct fixture *f, const struct algorithm *a, enum rmi_granule_size size)
{
	struct rmi_error err;
	struct rmi_rmm_config *config;
	struct rmi_pe *pe;
	uint64_t base;

	*f = (struct fixture){.rmi = rmi_open("model:dram=16M,granule=4K+16K+64K,rec_aux=2", &err)};
	if (!f->rmi)
		fail_msg("%s", err.text);
	pe = rmi_pe(f->rmi, 0);
	base = rmi_memory(f->rmi).base;
	config = rmi_pa_to_va(f->rmi, base, sizeof(*config));
	config->rmi_granule_size = (uint8_t)size;
	assert_int_equal(rmi_rmm_config_set(pe, base), RMI_SUCCESS);
	assert_int_equal(rmi_rmm_activate(pe, NULL), RMI_SUCCESS);
	small_realm_init(&f->realm, pe, base, WINDOW);
	assert_true(rmm_script(rmi_model(f->rmi), PC, guest, f));
	assert_int_equal(small_realm_create(&f->realm, a->hash), RMI_SUCCESS);
	assert_int_equal(small_tables(&f->realm, IPA), RMI_SUCCESS);
}

static void map_zeros(struct fixture *f, uint64_t flags)
{
	static const uint8_t zeros[0x10000];

	assert_int_equal(small_map_init(&f->realm, IPA, zeros, flags), RMI_SUCCESS);
}

/** Adds a runnable REC, lets it read, and takes the Realm apart. */
static void run(struct fixture *f)
{
	assert_int_equal(small_rec(&f->realm, PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(small_activate(&f->realm), RMI_SUCCESS);
	assert_int_equal(small_enter(&f->realm, f->realm.num_recs - 1), RMI_SUCCESS);
	assert_int_equal(small_run(&f->realm)->exit.exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(small_run(&f->realm)->exit.gprs[0], SMC32_PSCI_SYSTEM_OFF);
	assert_int_equal(small_realm_destroy(&f->realm), 0);
	assert_int_equal(rmi_audit(f->rmi, stderr), 0);
	rmi_close(f->rmi);
}

static const uint64_t no_gprs[8];

static void rim_of_a_measured_page_is_v1_and_with_a_rec_v3(void **state)
{
	struct fixture f;

	(void)state;
	build(&f, &algorithms[0], RMI_GRANULE_SIZE_4KB);
	map_zeros(&f, RMI_MEASURE_CONTENT);
	run(&f);
	assert_measurement(&f.read[0], from_hex(V3_SHA256));
}

static void rim_of_an_unmeasured_page_is_v2(void **state)
{
	struct fixture f;

	(void)state;
	build(&f, &algorithms[0], RMI_GRANULE_SIZE_4KB);
	map_zeros(&f, RMI_NO_MEASURE_CONTENT);
	run(&f);
	assert_measurement(&f.read[0], with_rec(&algorithms[0], from_hex(V2_SHA256), PC, no_gprs));
}

static void rim_of_a_measured_page_is_v1_with_every_hash(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUM_ALGORITHMS; i++) {
		const struct algorithm *a = &algorithms[i];
		struct fixture f;

		build(&f, a, RMI_GRANULE_SIZE_4KB);
		map_zeros(&f, RMI_MEASURE_CONTENT);
		run(&f);
		assert_measurement(&f.read[0], with_rec(a, from_hex(a->v1), PC, no_gprs));
	}
}

static void rem_extended_by_32_bytes_is_r1_and_the_others_stay_zero(void **state)
{
	struct measurement zero = {{0}};
	struct fixture f;

	(void)state;
	build(&f, &algorithms[0], RMI_GRANULE_SIZE_4KB);
	f.extend = true;
	run(&f);
	assert_measurement(&f.read[1], from_hex(R1_SHA256));
	for (unsigned i = 2; i < 5; i++)
		assert_measurement(&f.read[i], zero);
}

static void rim_of_a_small_realm_is_what_a_second_computation_says(void **state)
{
	static uint8_t content[3 * 0x10000];
	static const uint64_t gprs[8] = {1, 2, 3, 4, 5, 6, 7, UINT64_C(0x8899aabbccddeeff)};

	(void)state;
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	for (unsigned i = 0; i < NUM_ALGORITHMS * 3; i++) {
		const struct algorithm *a = &algorithms[i / 3];
		enum rmi_granule_size size = (enum rmi_granule_size)(i % 3);
		struct measurement rim = {{0}};
		struct fixture f;

		build(&f, a, size);
		for (unsigned p = 0; p < 3; p++) {
			uint64_t ipa = IPA + p * f.realm.page;
			const uint8_t *page = content + p * 0x10000;
			uint64_t flags = p == 1 ? RMI_NO_MEASURE_CONTENT : RMI_MEASURE_CONTENT;

			assert_int_equal(small_map_init(&f.realm, ipa, page, flags), RMI_SUCCESS);
			rim = with_page(a, rim, ipa, flags, page, f.realm.page);
		}
		/* Only runnable RECs count. */
		assert_int_equal(small_rec(&f.realm, PC, 0, gprs), RMI_SUCCESS);
		assert_int_equal(small_rec(&f.realm, PC + 4, RMI_REC_CREATE_FLAGS_RUNNABLE, gprs),
		                 RMI_SUCCESS);
		rim = with_rec(a, rim, PC + 4, gprs);
		rim = with_rec(a, rim, PC, no_gprs);
		run(&f);
		assert_measurement(&f.read[0], rim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rim_of_a_measured_page_is_v1_and_with_a_rec_v3),
	        cmocka_unit_test(rim_of_an_unmeasured_page_is_v2),
	        cmocka_unit_test(rim_of_a_measured_page_is_v1_with_every_hash),
	        cmocka_unit_test(rem_extended_by_32_bytes_is_r1_and_the_others_stay_zero),
	        cmocka_unit_test(rim_of_a_small_realm_is_what_a_second_computation_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
