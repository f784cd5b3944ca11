/* SPDX-License-Identifier: BSD-3-Clause */
/* What `realmkit inspect` shows of a realm of one page that switches itself off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka_test.h>
#include <jansson.h>

#include "image.h"
#include "spawn.h"

/* Runs inspect on the image with more arguments. */
static struct spawned inspect(const char *args)
{
	struct image image = image_init();
	char line[512];

	(void)snprintf(line, sizeof(line), "inspect %s %s", image_write(&image, "inspect.elf"),
	               args);
	return spawn_line(line);
}

static struct spawned inspect_well(const char *args)
{
	struct spawned run = inspect(args);

	assert_string_equal(run.err, "");
	assert_int_equal(run.status, 0);
	return run;
}

/* The output as JSON; to be freed with json_decref(). */
static json_t *inspect_json(const char *args)
{
	struct spawned run = inspect_well(args);
	json_error_t error;
	json_t *root = json_loads(run.out, JSON_REJECT_DUPLICATES, &error);

	if (root == NULL)
		fail_msg("line %d: %s", error.line, error.text);
	spawned_free(&run);
	return root;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		fail_msg("\"%s\" is no string", key);
	return text;
}

static json_int_t number_of(const json_t *object, const char *key)
{
	assert_true(json_is_integer(json_object_get(object, key)));
	return json_integer_value(json_object_get(object, key));
}

static void text_shows_memory_realm_and_rtt(void **state)
{
	static const char *const expected[] = {
	        "RMM ACTIVE, after activation (0 exits)",
	        "  DRAM     0x80000000, 64 MiB in granules of 4 KiB",
	        "  realms   1; 1 of * VMIDs, 0 of * contexts in use",
	        "tracking",
	        "  0x0080000000  1 GiB      FINE",
	        "granules: 7 held",
	        "  0x008000*  4 KiB      GRAN_RD, realm 1",
	        "  0x008000*  4 KiB      GRAN_DATA, realm 1",
	        "  0x008000*  16 KiB     GRAN_RTT, realm 1",
	        "  0x008000*  4 KiB      GRAN_REC, realm 1",
	        "realm 1: RD 0x80*, REALM_ACTIVE, VMID 1, 40-bit IPA, SHA-256",
	        "  RIM *",
	        "  REC 0 at 0x80*: MPIDR 0x0, REC_READY, runnable, PC 0x40000000",
	        "RTT of realm 1",
	        "  level 1  0x0000000000  1 GiB      RTTE_VOID, EMPTY",
	        "  level 1  0x0040000000  1 GiB      RTTE_TABLE -> 0x80*",
	        "    level 2  0x0040000000  2 MiB      RTTE_TABLE -> 0x80*",
	        "      level 3  0x0040000000  4 KiB      RTTE_DATA, RAM -> 0x80*",
	        "      level 3  0x0040001000  2044 KiB   RTTE_VOID, RAM",
	        "    level 2  0x0040200000  62 MiB     RTTE_VOID, RAM",
	        "    level 2  0x0044000000  960 MiB    RTTE_VOID, EMPTY",
	        "  level 1  0x0080000000  510 GiB    RTTE_VOID, EMPTY",
	        "  level 1  0x8000000000  512 GiB    RTTE_UNMAPPED_NS",
	        NULL,
	};
	struct spawned run = inspect_well("--backend model:dram=64M");

	(void)state;
	assert_lines(run.out, expected);
	spawned_free(&run);
}

static void json_names_the_owner_of_every_granule(void **state)
{
	json_t *root = inspect_json("--format json");
	const json_t *realm = json_array_get(json_object_get(root, "realms"), 0);
	const char *rd = text_of(realm, "rd");
	unsigned rds = 0, recs = 0, rtts = 0, data = 0;
	const json_t *granule;
	size_t i;

	(void)state;
	assert_string_equal(text_of(root, "format"), "realmkit inspect");
	assert_int_equal(number_of(root, "version"), 1);
	json_array_foreach(json_object_get(root, "granules"), i, granule)
	{
		const char *name = text_of(granule, "state");

		assert_string_equal(text_of(granule, "rd"), rd);
		rds += strcmp(name, "GRAN_RD") == 0;
		recs += strcmp(name, "GRAN_REC") == 0;
		rtts += strcmp(name, "GRAN_RTT") == 0;
		data += strcmp(name, "GRAN_DATA") == 0;
	}
	assert_int_equal(rds, 1);
	assert_int_equal(recs, 1);
	assert_in_range(rtts, 1, 4);
	assert_in_range(data, 1, 4);
	json_decref(root);
}

static void json_shows_a_tree_without_holes(void **state)
{
	json_t *root = inspect_json("--format json --ipa-bits 36 --what rtt");
	const json_t *realm = json_array_get(json_object_get(root, "realms"), 0);
	const json_t *trees = json_object_get(realm, "rtts");
	uint64_t at = 0;
	const json_t *entry;
	size_t i;

	(void)state;
	assert_null(json_object_get(root, "granules"));
	assert_int_equal(json_array_size(trees), 1);
	json_array_foreach(json_array_get(trees, 0), i, entry)
	{
		assert_int_equal(strtoull(text_of(entry, "base"), NULL, 16), at);
		if (strcmp(text_of(entry, "state"), "RTTE_TABLE") != 0)
			at = strtoull(text_of(entry, "top"), NULL, 16);
	}
	assert_int_equal(at, UINT64_C(1) << 36);
	json_decref(root);
}

static void a_moment_can_be_chosen(void **state)
{
	static const struct {
		const char *args;
		const char *realm;
		int exits;
		size_t recs;
	} rows[] = {
	        {"--at populated", "REALM_NEW", 0, 0},
	        {"--at activated", "REALM_ACTIVE", 0, 2},
	        {"--at exit:1", "REALM_SYSTEM_OFF", 1, 2},
	        {"--at end", "REALM_SYSTEM_OFF", 1, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char args[128];
		const json_t *realm;
		json_t *root;

		(void)snprintf(args, sizeof(args), "--cpus 2 --format json %s", rows[i].args);
		root = inspect_json(args);
		realm = json_array_get(json_object_get(root, "realms"), 0);
		assert_string_equal(text_of(realm, "state"), rows[i].realm);
		assert_int_equal(number_of(root, "exits"), rows[i].exits);
		assert_int_equal(json_array_size(json_object_get(realm, "recs")), rows[i].recs);
		json_decref(root);
	}
}

static void a_moment_that_does_not_come_is_a_failure(void **state)
{
	struct spawned run = inspect("--at exit:77");

	(void)state;
	assert_string_equal(run.err, "realmkit: --at: the realm ended after 1 exits\n");
	assert_string_equal(run.out, "");
	assert_int_equal(run.status, 1);
	spawned_free(&run);
}

static void an_rmm_that_asks_for_memory_shows_it(void **state)
{
	json_t *root = inspect_json("--format json --what memory --backend "
	                            "model:rec_aux=4,realm_aux=2");
	json_int_t internal = 0;
	const json_t *granule;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(root, "granules"), i, granule)
	{
		if (strcmp(text_of(granule, "state"), "GRAN_INTERNAL") != 0)
			continue;
		internal += number_of(granule, "size");
		assert_true(json_is_string(json_object_get(granule, "rd")));
	}
	assert_int_equal(internal, 6 * 4096);
	json_decref(root);
}

static void a_picture_shows_memory_and_tree(void **state)
{
	struct spawned run = inspect_well("--format svg");

	(void)state;
	assert_int_equal(strncmp(run.out, "<svg xmlns=\"http://www.w3.org/2000/svg\"", 39), 0);
	assert_string_equal(run.out + strlen(run.out) - 7, "</svg>\n");
	assert_non_null(strstr(run.out, "Memory of the RMM after activation"));
	assert_non_null(strstr(run.out, ": GRAN_RTT, realm 1</title>"));
	assert_non_null(strstr(run.out, "RTT of realm 1 after activation"));
	assert_non_null(strstr(run.out, ">Level 3: 4 KiB per entry<"));
	assert_non_null(strstr(run.out, ">DATA, RAM, 4 KiB \xe2\x86\x92 0x80"));
	spawned_free(&run);
}

static void what_is_wanted_is_shown_and_nothing_else(void **state)
{
	struct spawned memory = inspect_well("--format svg --what memory");
	struct spawned rtt = inspect_well("--format svg --what rtt");

	(void)state;
	assert_null(strstr(memory.out, "RTT of realm"));
	assert_null(strstr(rtt.out, "Memory of the RMM"));
	spawned_free(&memory);
	spawned_free(&rtt);
}

static void much_memory_makes_no_large_picture(void **state)
{
	struct spawned run = inspect_well("--format svg --backend model:dram=1T --ram 256G");

	(void)state;
	assert_in_range(strlen(run.out), 1000, 100000);
	spawned_free(&run);
}

static void output_goes_to_the_file_that_is_named(void **state)
{
	char args[512], path[256];
	struct spawned run;
	json_t *root;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s", scratch_file("inspect.json", "", 0));
	(void)snprintf(args, sizeof(args), "--format json -o %s", path);
	run = inspect_well(args);
	assert_string_equal(run.out, "");
	root = json_load_file(path, 0, NULL);
	assert_non_null(root);
	json_decref(root);
	spawned_free(&run);
}

static void a_file_that_cannot_be_written_is_named(void **state)
{
	struct spawned run = inspect("-o /nonexistent/picture.svg");

	(void)state;
	assert_string_equal(run.err, "realmkit: --output=/nonexistent/picture.svg: No such file or "
	                             "directory\n");
	assert_int_equal(run.status, 1);
	spawned_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(text_shows_memory_realm_and_rtt),
	        cmocka_unit_test(json_names_the_owner_of_every_granule),
	        cmocka_unit_test(json_shows_a_tree_without_holes),
	        cmocka_unit_test(a_moment_can_be_chosen),
	        cmocka_unit_test(a_moment_that_does_not_come_is_a_failure),
	        cmocka_unit_test(an_rmm_that_asks_for_memory_shows_it),
	        cmocka_unit_test(a_picture_shows_memory_and_tree),
	        cmocka_unit_test(what_is_wanted_is_shown_and_nothing_else),
	        cmocka_unit_test(much_memory_makes_no_large_picture),
	        cmocka_unit_test(output_goes_to_the_file_that_is_named),
	        cmocka_unit_test(a_file_that_cannot_be_written_is_named),
	};

	return cmocka_run_group_tests_name("inspect", tests, NULL, NULL);
}
