/* SPDX-License-Identifier: BSD-3-Clause */
/* Configurations of backends: what is accepted, and how a mistake is explained. */

#include <string.h>

#include "cmocka_test.h"
#include "librmi/conf.h"

struct settings {
	uint64_t size;
	uint64_t base;
	unsigned count;
	bool flag;
	unsigned color;
	unsigned set;
	uint64_t wide_set;
	char text[8];
};

enum color {
	RED = 3,
	GREEN = 7,
};

static const struct rmi_conf_name colors[] = {
        {.name = "red", .value = RED},
        {.name = "green", .value = GREEN},
        {.name = "blue", .refusal = "blue is not sold here"},
        {0},
};

static const struct rmi_conf_name bits[] = {
        {.name = "one", .value = 1},
        {.name = "two", .value = 2},
        {.name = "top", .value = UINT64_C(1) << 63},
        {0},
};

static const struct rmi_conf_name nothing[] = {{0}};

static const struct rmi_conf_key keys[] = {
        {"size", RMI_CONF_SIZE, RMI_CONF_MEMBER(settings, size), .min = 0x10000,
         .max = UINT64_C(1) << 50, .multiple = 0x10000},
        {"base", RMI_CONF_PA, RMI_CONF_MEMBER(settings, base)},
        {"count", RMI_CONF_UNSIGNED, RMI_CONF_MEMBER(settings, count), .min = 1, .max = 64},
        {"flag", RMI_CONF_BOOL, RMI_CONF_MEMBER(settings, flag)},
        {"color", RMI_CONF_ENUM, RMI_CONF_MEMBER(settings, color), .names = colors},
        {"set", RMI_CONF_SET, RMI_CONF_MEMBER(settings, set), .names = bits},
        {"wide_set", RMI_CONF_SET, RMI_CONF_MEMBER(settings, wide_set), .names = bits},
        {"text", RMI_CONF_TEXT, RMI_CONF_MEMBER(settings, text)},
        {"empty", RMI_CONF_SET, RMI_CONF_MEMBER(settings, set), .names = nothing},
};

static bool parse(const char *conf, struct settings *settings, struct rmi_error *err)
{
	memset(settings, 0, sizeof(*settings));
	memset(err, 0, sizeof(*err));
	return rmi_conf_parse("thing", keys, sizeof(keys) / sizeof(keys[0]), conf, settings, err);
}

static struct settings accepted(const char *conf)
{
	struct settings settings;
	struct rmi_error err;

	if (!parse(conf, &settings, &err))
		fail_msg("refused: %s", err.text);
	return settings;
}

static void assert_refused(const char *conf, const char *text)
{
	struct settings settings;
	struct rmi_error err;

	assert_false(parse(conf, &settings, &err));
	assert_string_equal(err.text, text);
}

static void an_empty_configuration_changes_nothing(void **state)
{
	struct settings settings = accepted("");
	struct settings zero = {0};

	(void)state;
	assert_memory_equal(&settings, &zero, sizeof(zero));
}

static void sizes_take_suffixes(void **state)
{
	(void)state;
	assert_int_equal(accepted("size=65536").size, 65536);
	assert_int_equal(accepted("size=0x10000").size, 65536);
	assert_int_equal(accepted("size=128K").size, 128 << 10);
	assert_int_equal(accepted("size=3M").size, 3 << 20);
	assert_int_equal(accepted("size=5G").size, UINT64_C(5) << 30);
	assert_int_equal(accepted("size=2T").size, UINT64_C(2) << 40);
}

static void every_type_reaches_its_member(void **state)
{
	struct settings settings = accepted(
	        "base=0xffffffffffffffff,count=64,flag=1,color=green,set=one+two,wide_set=top");

	(void)state;
	assert_true(settings.base == UINT64_MAX);
	assert_int_equal(settings.count, 64);
	assert_true(settings.flag);
	assert_int_equal(settings.color, GREEN);
	assert_int_equal(settings.set, 3);
	assert_true(settings.wide_set == UINT64_C(1) << 63);
	assert_int_equal(settings.size, 0);
}

static void an_unknown_key_names_the_nearest_and_all(void **state)
{
	(void)state;
	assert_refused("sizes=1M",
	               "thing: unknown key \"sizes\" (did you mean \"size\"? known: size, "
	               "base, count, flag, color, set, wide_set, text, empty)");
	assert_refused("mystery", "thing: unknown key \"mystery\" (known: size, base, count, flag, "
	                          "color, set, wide_set, text, empty)");
	assert_refused("Size=1M",
	               "thing: unknown key \"Size\" (did you mean \"size\"? known: size, "
	               "base, count, flag, color, set, wide_set, text, empty)");
}

static void a_wrong_suffix_names_the_right_ones(void **state)
{
	(void)state;
	assert_refused("size=12Q", "thing: size=12Q: \"Q\" is no size suffix (K, M, G, T)");
	assert_refused("size=12MB", "thing: size=12MB: \"MB\" is no size suffix (K, M, G, T)");
	assert_refused("size=12m", "thing: size=12m: \"m\" is no size suffix (K, M, G, T)");
}

static void what_is_no_number_is_refused(void **state)
{
	(void)state;
	assert_refused("count=four", "thing: count=four: not a number");
	assert_refused("count=4K", "thing: count=4K: not a number");
	assert_refused("count=-1", "thing: count=-1: not a number");
	assert_refused("count= 1", "thing: count= 1: not a number");
	assert_refused("base=0x", "thing: base=0x: not a number");
	assert_refused("base=0xg", "thing: base=0xg: not a number");
	assert_refused("size=M", "thing: size=M: not a number");
}

static void a_number_out_of_range_names_the_range(void **state)
{
	(void)state;
	assert_refused("count=0", "thing: count=0: out of range (1..64)");
	assert_refused("count=65", "thing: count=65: out of range (1..64)");
	assert_refused("count=4294967297", "thing: count=4294967297: out of range (1..64)");
	assert_refused("size=4K", "thing: size=4K: out of range (64K..1024T)");
	assert_refused("size=65537", "thing: size=65537: not a multiple of 64K");
}

static void an_overflow_is_refused(void **state)
{
	(void)state;
	assert_refused("base=18446744073709551616",
	               "thing: base=18446744073709551616: does not fit in 64 bits");
	assert_refused("base=0x10000000000000000",
	               "thing: base=0x10000000000000000: does not fit in 64 bits");
	assert_refused("size=16777216T", "thing: size=16777216T: does not fit in 64 bits");
}

static void a_flag_is_0_or_1(void **state)
{
	(void)state;
	assert_false(accepted("flag=0").flag);
	assert_refused("flag=yes", "thing: flag=yes: neither 0 nor 1");
	assert_refused("flag=11", "thing: flag=11: neither 0 nor 1");
}

static void an_unknown_name_names_the_known_ones(void **state)
{
	(void)state;
	assert_refused("color=gren", "thing: color=gren: unknown \"gren\" (did you mean \"green\"? "
	                             "known: red, green)");
	assert_refused("color=blue", "thing: color=blue: blue is not sold here");
	assert_refused("color=red+green",
	               "thing: color=red+green: unknown \"red+green\" (known: red, "
	               "green)");
	assert_refused("empty=a", "thing: empty=a: unknown \"a\" (none is known)");
}

static void a_set_is_checked_name_by_name(void **state)
{
	(void)state;
	assert_refused("set=one+tw", "thing: set=one+tw: unknown \"tw\" (did you mean \"two\"? "
	                             "known: one, two, top)");
	assert_refused("set=one+", "thing: set=one+: ends with \"+\"");
	assert_refused("set=+one", "thing: set=+one: unknown \"\" (known: one, two, top)");
}

static void a_key_must_have_a_value_once(void **state)
{
	(void)state;
	assert_refused("size", "thing: key \"size\" has no value (size=...)");
	assert_refused("size=", "thing: key \"size\" has no value (size=...)");
	assert_refused("size,count=1", "thing: key \"size\" has no value (size=...)");
	assert_refused("count=1,flag=1,count=1", "thing: key \"count\" is given twice");
}

static void text_is_taken_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(accepted("text=a=b/c+1").text, "a=b/c+1");
	assert_refused("text=12345678", "thing: text=12345678: longer than 7 bytes");
}

static void stray_commas_are_refused(void **state)
{
	(void)state;
	assert_refused(",", "thing: stray \",\" in \",\"");
	assert_refused("count=1,", "thing: stray \",\" in \"count=1,\"");
	assert_refused(",count=1", "thing: stray \",\" in \",count=1\"");
	assert_refused("count=1,,flag=1", "thing: stray \",\" in \"count=1,,flag=1\"");
}

static void a_long_mistake_keeps_the_rule_visible(void **state)
{
	struct settings settings;
	struct rmi_error err;
	char conf[4096] = "count=";

	(void)state;
	memset(conf + 6, '9', sizeof(conf) - 7);
	conf[sizeof(conf) - 1] = '\0';
	assert_false(parse(conf, &settings, &err));
	assert_non_null(strstr(err.text, ": does not fit in 64 bits"));
	memset(conf, 'k', sizeof(conf) - 1);
	assert_false(parse(conf, &settings, &err));
	assert_non_null(strstr(err.text, "known: size, base"));
}

static void no_error_structure_is_needed(void **state)
{
	struct settings settings = {0};

	(void)state;
	assert_false(rmi_conf_parse("thing", keys, 1, "size=1", &settings, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_empty_configuration_changes_nothing),
	        cmocka_unit_test(sizes_take_suffixes),
	        cmocka_unit_test(every_type_reaches_its_member),
	        cmocka_unit_test(an_unknown_key_names_the_nearest_and_all),
	        cmocka_unit_test(a_wrong_suffix_names_the_right_ones),
	        cmocka_unit_test(what_is_no_number_is_refused),
	        cmocka_unit_test(a_number_out_of_range_names_the_range),
	        cmocka_unit_test(an_overflow_is_refused),
	        cmocka_unit_test(a_flag_is_0_or_1),
	        cmocka_unit_test(an_unknown_name_names_the_known_ones),
	        cmocka_unit_test(a_set_is_checked_name_by_name),
	        cmocka_unit_test(a_key_must_have_a_value_once),
	        cmocka_unit_test(text_is_taken_as_it_is),
	        cmocka_unit_test(stray_commas_are_refused),
	        cmocka_unit_test(a_long_mistake_keeps_the_rule_visible),
	        cmocka_unit_test(no_error_structure_is_needed),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
