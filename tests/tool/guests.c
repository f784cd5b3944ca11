/* SPDX-License-Identifier: BSD-3-Clause */
/* Every guest of examples/guests, run by the tool, on each revision. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include <cmocka_test.h>

#include "spawn.h"

#define HEX64 "[0-9a-f][0-9a-f]*[0-9a-f][0-9a-f]"

static const char *const backends[] = {"model", "model:spec=2.0-bet1"};

/* Of the 20th round, computed by Python's hashlib and zlib from the same generator. */
#define BENCH_SHA256 "f2097ccca5599f2f0f637bb730932b3bd6b616bb85f8099f20e5a6c6b70d9770"
#define BENCH_CRC32  "7fd961ac"
#define BENCH_MEDIAN "7dd689d3"

#define NUM_BACKENDS (sizeof(backends) / sizeof(backends[0]))

/* "realmkit run GUEST --backend CONF" and more options. */
static struct spawned run_guest(const char *guest, const char *backend, const char *options)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "run %s --backend %s --timeout 250 %s",
	               guest_path(guest), backend, options);
	return spawn_line(line);
}

/* The realm ended by itself, the summary has all its parts, and every page came back. */
static void assert_clean_end(const struct spawned *run)
{
	static const char pattern[] = "RIM " HEX64 "\n"
	                              "-- system off after * entries (*)\n"
	                              "-- * RMI calls: * REC_ENTER * REALM_CREATE *\n"
	                              "-- audit: 0 pages lost (peak *)\n";

	if (fnmatch(pattern, run->err, 0) != 0)
		fail_msg("this is not the summary of a realm that ended well:\n%s", run->err);
}

static void hex(const unsigned char *bytes, size_t size, char *text)
{
	for (size_t i = 0; i < size; i++)
		(void)sprintf(text + 2 * i, "%02x", bytes[i]);
}

/* REM[0] after RSI_MEASUREMENT_EXTEND with "hello" (B3.110): 64 zeros, the text, zeros up to 128.
 */
static void rem_of_hello(char text[65])
{
	unsigned char message[128] = {0};
	unsigned char digest[EVP_MAX_MD_SIZE];

	memcpy(message + 64, "hello", 5);
	assert_int_equal(EVP_Digest(message, sizeof(message), digest, NULL, EVP_sha256(), NULL), 1);
	hex(digest, 32, text);
}

static void hello_prints_what_it_knows_about_itself(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NUM_BACKENDS; i++) {
		struct spawned run = run_guest("hello", backends[i], "");
		char rem[128] = "rem ";
		const char *const expected[] = {
		        "hello from a realm: 1 vCPU, 40-bit IPA, SHA-256",
		        "ram 0x40000000 to 0x44000000",
		        "rim " HEX64,
		        rem,
		        "hello by host call",
		        NULL,
		};

		rem_of_hello(rem + 4);
		assert_lines(run.out, expected);
		assert_clean_end(&run);
		assert_int_equal(run.status, 0);
		spawned_free(&run);
	}
}

static void hello_reads_the_rim_that_the_host_computed(void **state)
{
	static const char *const hashes[] = {"sha256", "sha384", "sha512"};

	(void)state;
	for (unsigned i = 0; i < NUM_BACKENDS; i++) {
		for (unsigned j = 0; j < 3; j++) {
			char options[64], realm[256], host[256];
			struct spawned run;

			(void)snprintf(options, sizeof(options), "--hash %s", hashes[j]);
			run = run_guest("hello", backends[i], options);
			line_after(run.out, "rim ", realm, sizeof(realm));
			line_after(run.err, "RIM ", host, sizeof(host));
			assert_string_equal(realm, host);
			spawned_free(&run);
		}
	}
}

static void hello_is_told_what_the_options_say(void **state)
{
	struct spawned run = run_guest("hello", "model", "--ram 8M --ipa-bits 36 --hash sha512");
	const char *const expected[] = {
	        "hello from a realm: 1 vCPU, 36-bit IPA, SHA-512",
	        "ram 0x40000000 to 0x40800000",
	        "rim " HEX64,
	        "rem " HEX64,
	        "hello by host call",
	        NULL,
	};

	(void)state;
	assert_lines(run.out, expected);
	assert_int_equal(run.status, 0);
	spawned_free(&run);
}

static void hello_starts_every_vcpu(void **state)
{
	static const char *const expected[] = {
	        "hello from a realm: 4 vCPUs, 40-bit IPA, SHA-256",
	        "ram 0x40000000 to 0x44000000",
	        "rim " HEX64,
	        "rem " HEX64,
	        "hello from vCPU 1",
	        "hello from vCPU 2",
	        "hello from vCPU 3",
	        "hello by host call",
	        NULL,
	};

	(void)state;
	for (unsigned i = 0; i < NUM_BACKENDS; i++) {
		struct spawned run = run_guest("hello", backends[i], "--cpus 4");

		assert_lines(run.out, expected);
		assert_clean_end(&run);
		assert_int_equal(run.status, 0);
		spawned_free(&run);
	}
}

static void memory_comes_and_goes_as_the_realm_asks(void **state)
{
	static const char *const expected[] = {
	        "ram 0x40000000 to 0x44000000",
	        "touched 16 pages that nobody had populated",
	        "new pages are empty: yes",
	        "they keep what is written: yes",
	        "the host takes 4 pages: yes",
	        "they are empty now: yes",
	        "the host gives them back: yes",
	        "they are RAM again: yes",
	        "their content is gone: yes",
	        "a page becomes shared: yes",
	        "wrote \"ping\", the host answers \"gnip\"",
	        "the host sees the page and writes to it: yes",
	        "it becomes private again: yes",
	        "what the host wrote is gone: yes",
	        "the host cannot touch it any more: yes",
	        "surprises: 0",
	        NULL,
	};

	(void)state;
	for (unsigned i = 0; i < NUM_BACKENDS; i++) {
		struct spawned run = run_guest("memory", backends[i], "");

		assert_lines(run.out, expected);
		assert_clean_end(&run);
		assert_int_equal(run.status, 0);
		spawned_free(&run);
	}
}

static void faulty_takes_its_aborts_and_recovers(void **state)
{
	/* ESR: EC, IL, and in the ISS EA and the fault status; WnR for the write. */
	static const char *const expected[] = {
	        "read behind RAM: data abort, ESR 0x96000210 FAR 0x44000000",
	        "read of an EMPTY page: data abort, ESR 0x96000210 FAR 0x43fff008",
	        "write to an EMPTY page: data abort, ESR 0x96000250 FAR 0x43fff010",
	        "fetch from an EMPTY page: instruction abort, ESR 0x86000210 FAR 0x43fff000",
	        "fetch from a shared page: instruction abort, ESR 0x86000210 FAR 0x8043fff000",
	        "read where no device is: data abort, ESR 0x96000210 FAR 0x8007000000",
	        "read beyond the IPA space: data abort, ESR 0x96000000 FAR 0x10000000000",
	        "hvc: unknown exception, ESR 0x2000000",
	        "recovered: the page is RAM again and reads 0",
	        "surprises: 0",
	        NULL,
	};

	(void)state;
	for (unsigned i = 0; i < NUM_BACKENDS; i++) {
		struct spawned run = run_guest("faulty", backends[i], "");

		assert_lines(run.out, expected);
		assert_clean_end(&run);
		assert_int_equal(run.status, 0);
		spawned_free(&run);
	}
}

/* The same numbers come of the data outside the realm: see bench.c for how they are made. */
static void bench_computes_what_a_library_computes(void **state)
{
	const char *const expected[] = {
	        "rounds 20", "sha256 " BENCH_SHA256, "crc32 " BENCH_CRC32, "median " BENCH_MEDIAN,
	        NULL,
	};

	(void)state;
	for (unsigned i = 0; i < NUM_BACKENDS; i++) {
		struct spawned run = run_guest("bench", backends[i], "");

		assert_lines(run.out, expected);
		assert_clean_end(&run);
		assert_int_equal(run.status, 0);
		spawned_free(&run);
	}
}

static void a_realm_runs_again_to_the_same_measurement(void **state)
{
	struct spawned first = run_guest("hello", "model", "");
	struct spawned second = run_guest("hello", "model", "");

	(void)state;
	assert_string_equal(first.out, second.out);
	spawned_free(&first);
	spawned_free(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(hello_prints_what_it_knows_about_itself),
	        cmocka_unit_test(hello_reads_the_rim_that_the_host_computed),
	        cmocka_unit_test(hello_is_told_what_the_options_say),
	        cmocka_unit_test(hello_starts_every_vcpu),
	        cmocka_unit_test(memory_comes_and_goes_as_the_realm_asks),
	        cmocka_unit_test(faulty_takes_its_aborts_and_recovers),
	        cmocka_unit_test(bench_computes_what_a_library_computes),
	        cmocka_unit_test(a_realm_runs_again_to_the_same_measurement),
	};

	return cmocka_run_group_tests_name("guests", tests, NULL, NULL);
}
