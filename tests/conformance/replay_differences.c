/* SPDX-License-Identifier: BSD-3-Clause */
/* The replay itself: it must find what differs, and must not find what does not. */
#include <cmocka_test.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

#define BACKEND "model:spec=2.0-bet1,dram=64M,pes=2,s2sz=48,rec_aux=16,cancel=0"

/** What a replay said and counted. */
struct outcome {
	char *text;
	struct replay_counts counts;
};

static struct outcome replay_options(const char *lines, struct replay_options *options)
{
	struct outcome o = {0};
	struct vec_file *file;
	char text[8192];
	char err[256];
	size_t size;

	snprintf(text, sizeof(text), "seq one\n%s\nend\n", lines);
	file = vec_parse("some.vec", text, err, sizeof(err));
	if (!file)
		fail_msg("%s", err);
	options->backend = BACKEND;
	options->out = open_memstream(&o.text, &size);
	replay_file(options, file, &o.counts);
	fclose(options->out);
	vec_free(file);
	return o;
}

static struct outcome replay(const char *lines)
{
	struct replay_options options = {0};

	return replay_options(lines, &options);
}

static void outcome_free(struct outcome *o)
{
	tally_free(&o->counts.reasons);
	tally_free(&o->counts.lines);
	tally_free(&o->counts.shown);
	tally_free(&o->counts.failed);
	free(o->text);
}

static void assert_equal(const char *lines)
{
	struct outcome o = replay(lines);

	assert_string_equal(o.text, "");
	assert_int_equal(o.counts.run, 1);
	assert_int_equal(o.counts.different, 0);
	outcome_free(&o);
}

static void assert_differs(const char *lines, const char *say)
{
	struct outcome o = replay(lines);

	assert_int_equal(o.counts.run, 0);
	assert_int_equal(o.counts.different, 1);
	if (!strstr(o.text, say))
		fail_msg("expected \"%s\" in \"%s\"", say, o.text);
	outcome_free(&o);
}

#define ONE_REALM                                                                                  \
	"delegate_all D+0x200000 D+0x202000 -> 0x0\n"                                              \
	"fill D+0x10000 0x1000 0x0\n"                                                              \
	"w64 D+0x10008 0x27\n"                                                                     \
	"w64 D+0x10018 0x1\n"                                                                      \
	"w64 D+0x10020 0x1\n"                                                                      \
	"w64 D+0x10808 D+0x201000\n"                                                               \
	"w64 D+0x10810 0x1\n"                                                                      \
	"w64 D+0x10818 0x1\n"                                                                      \
	"call 0xc4000158 D+0x200000 D+0x10000 -> 0x0\n"

#define ONE_PAGE                                                                                   \
	"delegate_all D+0x213000 D+0x216000 -> 0x0\n"                                              \
	"call 0xc400015d D+0x200000 D+0x213000 0x0 0x2 -> 0x0\n"                                   \
	"call 0xc400015d D+0x200000 D+0x214000 0x0 0x3 -> 0x0\n"                                   \
	"init_ripas_all D+0x200000 0x0 0x1000 -> 0x0\n"                                            \
	"data_map_all D+0x200000 0x0 0x1000 D+0x215000 0x0 -> 0x0\n"

#define ONE_REC                                                                                    \
	"delegate_all D+0x202000 D+0x213000 -> 0x0\n"                                              \
	"fill D+0x11000 0x1000 0x0\n"                                                              \
	"w64 D+0x11000 0x1\n"                                                                      \
	"w64 D+0x11200 0x1000\n"                                                                   \
	"w64 D+0x11300 0x77\n"                                                                     \
	"rec_create D+0x200000 D+0x202000 D+0x11000 D+0x13000 D+0x203000 0x10 -> 0x0\n"            \
	"call 0xc4000157 D+0x200000 -> 0x0\n"

#define FIRST_ENTRY "  g pc 0x1000\n  g entry 0x77 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0\n"
#define ENTER       "call 0xc400015c D+0x202000 D+0x12000 -> 0x0\n"

static void a_result_that_is_equal_is_no_difference(void **state)
{
	(void)state;
	assert_equal("call 0xc4000150 0x20000 -> 0x0 0x20000 0x20000");
}

static void a_wrong_status_is_a_difference(void **state)
{
	(void)state;
	assert_differs("# remark\ncall 0xc4000150 0x20000 -> 0x2",
	               "some.vec:3: RMI_VERSION req=0x20000  # remark\n"
	               "    X0: expected ERROR_REALM (0x2), got SUCCESS (0x0)");
}

static void a_wrong_output_is_a_difference(void **state)
{
	(void)state;
	assert_differs("call 0xc4000150 0x20000 -> 0x0 0x20000 0x20001",
	               "X2: expected 0x20001, got 0x20000");
}

static void any_of_several_statuses_is_right(void **state)
{
	(void)state;
	assert_equal("call 0xc4000150 0x30000 -> 0x204|0x1");
	assert_differs("call 0xc4000150 0x30000 -> 0x204|0x2",
	               "expected ERROR_RTT level 2 (0x204) or ERROR_REALM (0x2)");
}

static void memory_is_compared(void **state)
{
	(void)state;
	assert_equal("w64 D+0x1000 0x5\nr64 D+0x1000 0x5\nne64 D+0x1000 0x6\nr64 D+0x1008 0x0");
	assert_differs("fill D+0x1000 0x8 0x11\nr64 D+0x1000 0x0",
	               "the Host reads 0x1111111111111111");
	assert_differs("ne64 D+0x1000 0x0", "the Host reads 0x0");
}

static void a_tagged_line_is_left_out_unless_the_rmm_has_the_deviation(void **state)
{
	struct replay_options options = {0};
	struct outcome o;

	(void)state;
	assert_equal("quirk new:odd\ncall 0xc4000150 0x20000 -> 0x2");
	o = replay("needs quirk odd");
	assert_int_equal(o.counts.skipped, 1);
	outcome_free(&o);
	name_set_add(&options.quirks, "odd");
	o = replay_options("quirk new:odd\ncall 0xc4000150 0x20000 -> 0x2", &options);
	assert_int_equal(o.counts.different, 1);
	outcome_free(&o);
	name_set_free(&options.quirks);
}

static void lines_of_a_deviation_that_the_rmm_has_are_counted(void **state)
{
	struct replay_options options = {.keep_going = true};
	struct outcome o;

	(void)state;
	name_set_add(&options.quirks, "odd");
	o = replay_options("quirk new:odd\ncall 0xc4000150 0x20000 -> 0x0\n"
	                   "quirk new:odd\ncall 0xc4000150 0x20000 -> 0x2\n"
	                   "quirk even\ncall 0xc4000150 0x20000 -> 0x2",
	                   &options);
	assert_int_equal(o.counts.shown.num_rows, 1);
	assert_string_equal(o.counts.shown.rows[0].name, "new:odd");
	assert_int_equal(o.counts.shown.rows[0].count, 2);
	assert_int_equal(o.counts.failed.rows[0].count, 1);
	assert_string_equal(o.counts.lines.rows[0].name, "even");
	outcome_free(&o);
	name_set_free(&options.quirks);
}

static void only_x0_counts_where_values_deviate(void **state)
{
	(void)state;
	assert_equal("quirk odd values\ncall 0xc4000150 0x20000 -> 0x0 0x1 0x2");
	assert_differs("quirk odd values\ncall 0xc4000150 0x20000 -> 0x1 0x1 0x2", "X0");
}

static void a_sequence_is_left_at_a_success_of_a_command_that_is_not_wanted(void **state)
{
	struct replay_options options = {0};
	struct outcome o;

	(void)state;
	name_set_add(&options.only, "RMI_FEATURES");
	o = replay_options("call 0xc4000150 -> 0x1\ncall 0xc4000165 -> 0x0\n"
	                   "call 0xc4000150 0x20000 -> 0x0\ncall 0xc4000165 -> 0x9",
	                   &options);
	assert_int_equal(o.counts.cut, 1);
	assert_int_equal(o.counts.different, 0);
	assert_int_equal(o.counts.calls, 1);
	assert_int_equal(o.counts.lines.num_rows, 1);
	outcome_free(&o);
	name_set_free(&options.only);
}

static void the_steps_of_the_realm_are_executed(void **state)
{
	(void)state;
	assert_equal(ONE_REALM ONE_REC FIRST_ENTRY
	             "  g smc 0xc4000190 0x10000 -> 0x0 0x10000\n  g reg 5 0x99\n"
	             "  g irq -> exit\n" ENTER "exit D+0x12000 0x0=0x1\n"
	             "  g entry 0x0 0x10000 - - - 0x99 - - -\n  g fiq -> exit\n" ENTER
	             "exit D+0x12000 0x0=0x2\n");
}

static void a_register_that_differs_in_the_realm_is_a_difference(void **state)
{
	(void)state;
	assert_differs(ONE_REALM ONE_REC "  g pc 0x1000\n  g entry 0x78 0x0 0x0 0x0 0x0 0x0 0x0 "
	                                 "0x0 0x0\n  g irq -> exit\n" ENTER,
	               "X0: expected 0x78, got 0x77");
	assert_differs(ONE_REALM ONE_REC FIRST_ENTRY "  g irq -> exit\n" ENTER
	                                             "  g pc 0x2000\n  g irq -> exit\n" ENTER,
	               "PC is 0x1000");
	assert_differs(ONE_REALM ONE_REC FIRST_ENTRY
	               "  g smc 0xc4000190 0x10000 -> 0x1\n  g irq -> exit\n" ENTER,
	               "X0: expected 0x1, got 0x0");
}

static void an_exit_that_differs_is_a_difference(void **state)
{
	(void)state;
	assert_differs(ONE_REALM ONE_REC FIRST_ENTRY "  g irq -> exit\n" ENTER
	                                             "exit D+0x12000 0x0=0x2\n",
	               "RmiRecExit at 0x0: expected 0x2, got 0x1");
	assert_differs(ONE_REALM ONE_REC FIRST_ENTRY "  g smc 0xc4000190 0x10000 -> exit\n" ENTER,
	               "no exit; X0 is 0x0");
	assert_differs(ONE_REALM ONE_REC FIRST_ENTRY "  g irq -> exit\n  g fiq -> exit\n" ENTER,
	               "the REC has exited before this");
	assert_differs(ONE_REALM ONE_REC FIRST_ENTRY ENTER, "no REC exit comes from it");
}

static void steps_of_a_realm_that_does_not_run_are_a_difference(void **state)
{
	(void)state;
	assert_differs(ONE_REALM ONE_REC FIRST_ENTRY
	               "  g irq -> exit\ncall 0xc400015c D+0x203000 D+0x12000 -> 0x1\n",
	               "the Realm has not run");
}

static void what_the_text_has_written_may_be_zero_where_it_was_kept(void **state)
{
	(void)state;
	assert_equal(ONE_REALM ONE_PAGE ONE_REC FIRST_ENTRY
	             "  g w64 0x8 0x1111111111111111\n  g w64 0x800 0x2222\n"
	             "  g smc 0xc4000196 0x0 -> 0x0\n  g r64 0x0 0x27\n"
	             "  g r64 0x8 0x1111111111111100\n  g r64 0x800 0x2222\n"
	             "  g irq -> exit\n" ENTER);
	assert_differs(ONE_REALM ONE_PAGE ONE_REC FIRST_ENTRY
	               "  g w64 0x800 0x2222\n  g smc 0xc4000196 0x0 -> 0x0\n"
	               "  g r64 0x800 0x0\n  g irq -> exit\n" ENTER,
	               "the Realm reads 0x2222");
	assert_differs(ONE_REALM ONE_PAGE ONE_REC FIRST_ENTRY
	               "  g smc 0xc4000196 0x0 -> 0x0\n  g r64 0x0 0x28\n  g irq -> exit\n" ENTER,
	               "the Realm reads 0x27");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_result_that_is_equal_is_no_difference),
	        cmocka_unit_test(a_wrong_status_is_a_difference),
	        cmocka_unit_test(a_wrong_output_is_a_difference),
	        cmocka_unit_test(any_of_several_statuses_is_right),
	        cmocka_unit_test(memory_is_compared),
	        cmocka_unit_test(a_tagged_line_is_left_out_unless_the_rmm_has_the_deviation),
	        cmocka_unit_test(lines_of_a_deviation_that_the_rmm_has_are_counted),
	        cmocka_unit_test(only_x0_counts_where_values_deviate),
	        cmocka_unit_test(a_sequence_is_left_at_a_success_of_a_command_that_is_not_wanted),
	        cmocka_unit_test(the_steps_of_the_realm_are_executed),
	        cmocka_unit_test(a_register_that_differs_in_the_realm_is_a_difference),
	        cmocka_unit_test(an_exit_that_differs_is_a_difference),
	        cmocka_unit_test(steps_of_a_realm_that_does_not_run_are_a_difference),
	        cmocka_unit_test(what_the_text_has_written_may_be_zero_where_it_was_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
