/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tool says about itself and about an RMM. */
#include <stdlib.h>
#include <string.h>

#include <cmocka_test.h>

#include "spawn.h"

static void info_shows_the_rmm_in_words(void **state)
{
	static const char *const expected[] = {
	        "backend model",
	        "  revision * 2.0-bet3",
	        "  RMI versions * 2.0 to 2.0",
	        "  state * not active",
	        "  PEs * 2",
	        "  memory * 32 MiB at 0x80000000",
	        "features 0x* 0x* 0x* 0x* 0x*",
	        "  IPA space * 44 bits at most",
	        "  LPA2 * no",
	        "  SVE * no",
	        "  breakpoints * 8",
	        "  watchpoints * 3",
	        "  PMU * no",
	        "  L0GPT block delegation * no",
	        "  stage 2 output * bits",
	        "  granule sizes * 4 KiB",
	        "  hash algorithms * SHA-256, SHA-512",
	        "  vCPUs * 15 at most",
	        "  L0 GPT entry * GiB",
	        "  protected PA space * bits",
	        "  device assignment * no",
	        "  auxiliary planes * 0",
	        "  indirect permissions * no",
	        "  private MECIDs * *",
	        NULL,
	};
	struct spawned run = spawn_line("info --backend model:dram=32M,pes=2,s2sz=44,num_bps=8,"
	                                "num_wps=3,hash=sha256+sha512,max_recs_order=4");

	(void)state;
	assert_lines(run.out, expected);
	assert_string_equal(run.err, "");
	assert_int_equal(run.status, 0);
	spawned_free(&run);
}

static void info_takes_the_backend_from_the_environment(void **state)
{
	struct spawned run;

	(void)state;
	(void)setenv("RMI_BACKEND", "model:spec=2.0-bet1", 1);
	run = spawn_line("info");
	(void)unsetenv("RMI_BACKEND");
	assert_non_null(strstr(run.out, " 2.0-bet1\n"));
	assert_int_equal(run.status, 0);
	spawned_free(&run);
}

static void help_is_printed_where_it_is_asked_for(void **state)
{
	static const struct {
		const char *line;
		const char *text;
	} rows[] = {
	        {"--help", "usage: realmkit SUBCOMMAND"},
	        {"help", "usage: realmkit SUBCOMMAND"},
	        {"help run", "usage: realmkit run IMAGE.elf"},
	        {"run --help", "usage: realmkit run IMAGE.elf"},
	        {"info --help", "usage: realmkit info"},
	        {"--version", "realmkit " REALMKIT_VERSION "\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct spawned run = spawn_line(rows[i].line);

		assert_int_equal(run.status, 0);
		assert_int_equal(strncmp(run.out, rows[i].text, strlen(rows[i].text)), 0);
		assert_string_equal(run.err, "");
		spawned_free(&run);
	}
}

static void no_subcommand_is_a_mistake_that_shows_the_help(void **state)
{
	struct spawned run = spawn_line("");

	(void)state;
	assert_int_equal(run.status, 2);
	assert_string_equal(run.out, "");
	assert_int_equal(strncmp(run.err, "usage: realmkit SUBCOMMAND", 26), 0);
	spawned_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(info_shows_the_rmm_in_words),
	        cmocka_unit_test(info_takes_the_backend_from_the_environment),
	        cmocka_unit_test(help_is_printed_where_it_is_asked_for),
	        cmocka_unit_test(no_subcommand_is_a_mistake_that_shows_the_help),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
