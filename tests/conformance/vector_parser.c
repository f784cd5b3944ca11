/* SPDX-License-Identifier: BSD-3-Clause */
#include <cmocka_test.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vector.h"

/** The lines of a sequence. To be freed with vec_free(). */
static struct vec_file *parse(const char *lines)
{
	char text[2048];
	char err[256] = "";
	struct vec_file *file;

	snprintf(text, sizeof(text), "seq one\n%s\nend\n", lines);
	file = vec_parse("dir/some.vec", text, err, sizeof(err));
	if (!file)
		fail_msg("%s", err);
	return file;
}

static void assert_refused(const char *text, const char *reason)
{
	char err[256] = "";

	assert_null(vec_parse("dir/some.vec", text, err, sizeof(err)));
	assert_string_equal(err, reason);
}

static void a_call_has_arguments_results_and_the_comment_above(void **state)
{
	struct vec_file *f = parse("# RMI_RTT_CREATE ok\n"
	                           "call 0xc400015d D+0x1000 N+0x2000 @h1 -> 0x1|0x204 - D+0x1");
	const struct vec_line *line = &f->sequences[0].lines[0];

	(void)state;
	assert_string_equal(f->name, "some.vec");
	assert_int_equal(line->kind, VEC_CALL);
	assert_int_equal(line->number, 3);
	assert_string_equal(line->comment, "RMI_RTT_CREATE ok");
	assert_int_equal(line->num_args, 4);
	assert_int_equal(line->args[0].number, 0xc400015d);
	assert_int_equal(line->args[1].kind, VEC_DRAM);
	assert_int_equal(line->args[1].number, 0x1000);
	assert_int_equal(line->args[2].kind, VEC_NOMEM);
	assert_int_equal(line->args[3].kind, VEC_HANDLE);
	assert_string_equal(f->handles[line->args[3].number], "h1");
	assert_int_equal(line->num_results, 3);
	assert_int_equal(line->results[0].number, 1);
	assert_int_equal(line->results[0].or->number, 0x204);
	assert_null(line->results[0].or->or);
	assert_int_equal(line->results[1].kind, VEC_ANY);
	assert_int_equal(line->results[2].number, 1);
	vec_free(f);
}

static void a_tag_belongs_to_the_next_line_that_is_no_comment(void **state)
{
	struct vec_file *f = parse("quirk some_name\n# remark\nw64 D+0x0 0x1\nw64 D+0x0 0x2\n"
	                           "  g quirk other values\n  g smc 0x1 -> 0x2\ncall 0x1 -> 0x0");
	const struct vec_line *lines = f->sequences[0].lines;

	(void)state;
	assert_int_equal(f->sequences[0].num_lines, 4);
	assert_string_equal(lines[0].tag, "some_name");
	assert_false(lines[0].tag_values);
	assert_null(lines[1].tag);
	assert_string_equal(lines[2].tag, "other");
	assert_true(lines[2].tag_values);
	assert_null(lines[3].tag);
	vec_free(f);
}

static void steps_of_the_realm_return_exit_or_are_taken_to_the_realm(void **state)
{
	struct vec_file *f = parse("  g entry 0x1 - - - - - - - 0x9\n  g reg 30 0x7\n"
	                           "  g dabort 0x1000 0x93c38007 0xffff000000001000 -> realm\n"
	                           "  g irq -> exit\ncall 0xc400015c D+0x0 D+0x1000 -> 0x0\n"
	                           "exit D+0x1000 0x0=0x1 0x200=-");
	const struct vec_line *lines = f->sequences[0].lines;

	(void)state;
	assert_int_equal(lines[0].kind, VEC_G_ENTRY);
	assert_int_equal(lines[0].num_results, 9);
	assert_int_equal(lines[0].results[8].number, 9);
	assert_int_equal(lines[1].args[0].number, 30);
	assert_int_equal(lines[2].outcome, VEC_REALM);
	assert_int_equal(lines[2].num_results, 0);
	assert_int_equal(lines[3].outcome, VEC_EXITS);
	assert_int_equal(lines[5].kind, VEC_EXIT);
	assert_int_equal(lines[5].num_args, 5);
	assert_int_equal(lines[5].args[3].number, 0x200);
	assert_int_equal(lines[5].args[4].kind, VEC_ANY);
	vec_free(f);
}

static void what_a_sequence_needs_is_kept(void **state)
{
	struct vec_file *f = parse("needs rec_aux 16\nneeds quirk name\nneeds init");
	const struct vec_line *lines = f->sequences[0].lines;

	(void)state;
	assert_string_equal(lines[0].name, "rec_aux");
	assert_int_equal(lines[0].args[0].number, 16);
	assert_string_equal(lines[1].name, "quirk");
	assert_string_equal(lines[1].tag, "name");
	assert_string_equal(lines[2].name, "init");
	assert_int_equal(lines[2].num_args, 0);
	vec_free(f);
}

static void a_wrong_line_is_refused_with_its_number(void **state)
{
	(void)state;
	assert_refused("call 0x1 -> 0x0\n", "some.vec:1: \"call\" outside of a sequence");
	assert_refused("seq a\ncall 0x1\nend\n", "some.vec:2: wrong number of fields for \"call\"");
	assert_refused("seq a\nw64 D+0x0 zero\nend\n", "some.vec:2: \"zero\" is not a number");
	assert_refused("seq a\nw64 D+0x0 0x1x\nend\n", "some.vec:2: \"0x1x\" is not a number");
	assert_refused("seq a\njump 0x1\nend\n", "some.vec:2: unknown line \"jump\"");
	assert_refused("seq a\n  g jump\nend\n", "some.vec:2: unknown step of the Realm \"jump\"");
	assert_refused("seq a\nexit D+0x0 0x1\nend\n", "some.vec:2: \"0x1\" is not offset=value");
	assert_refused("seq a\nseq b\n", "some.vec:2: the sequence before has no end");
	assert_refused("seq a\nquirk x\nend\n",
	               "some.vec:3: the last quirk of the sequence has no line");
	assert_refused("seq a\n  g irq -> exit\nend\n",
	               "some.vec:3: the last steps of the Realm have no call");
	assert_refused("seq a\n", "some.vec:2: the last sequence has no end");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	char err[256] = "";

	(void)state;
	assert_null(vec_load("/nonexistent/a.vec", err, sizeof(err)));
	assert_string_equal(err, "/nonexistent/a.vec: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_call_has_arguments_results_and_the_comment_above),
	        cmocka_unit_test(a_tag_belongs_to_the_next_line_that_is_no_comment),
	        cmocka_unit_test(steps_of_the_realm_return_exit_or_are_taken_to_the_realm),
	        cmocka_unit_test(what_a_sequence_needs_is_kept),
	        cmocka_unit_test(a_wrong_line_is_refused_with_its_number),
	        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
