/* SPDX-License-Identifier: BSD-3-Clause */
/* The backend "plugin": somebody else's RMM, and files that are none. */

#include <stdio.h>
#include <string.h>

#include <cmocka_test.h>
#include <rmi/rmi.h>
#include <support/realm.h>

/* The build says where they are. */
#ifndef EXAMPLE_PLUGINS
#define EXAMPLE_PLUGINS "."
#define BAD_PLUGINS     "."
#endif

#define PLUGIN_MODEL EXAMPLE_PLUGINS "/model.so"
#define PLUGIN_COUNT EXAMPLE_PLUGINS "/count.so"
#define PLUGIN_BAD_1 BAD_PLUGINS "/bad_1.so"
#define PLUGIN_BAD_2 BAD_PLUGINS "/bad_2.so"
#define PLUGIN_BAD_3 BAD_PLUGINS "/bad_3.so"
#define PLUGIN_BAD_4 BAD_PLUGINS "/bad_4.so"

#define WINDOW       (UINT64_C(4) << 20)
#define B_SELF       UINT32_C(0x14000000)

static void assert_refused(const char *conf, const char *text)
{
	struct rmi_error err = {""};

	assert_null(rmi_open(conf, &err));
	if (strstr(err.text, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, err.text);
}

static struct rmi *open_plugin(const char *conf)
{
	struct rmi_error err = {""};
	struct rmi *rmi = rmi_open(conf, &err);

	if (rmi == NULL)
		fail_msg("%s", err.text);
	assert_string_equal(rmi_backend_name(rmi), "plugin");
	return rmi;
}

/* Builds a Realm, runs it until it is kicked, and takes it down. */
static void live(struct rmi *rmi)
{
	static _Alignas(16) uint32_t code[1024] = {B_SELF};
	struct small_realm r;

	assert_int_equal(rmi_rmm_activate(rmi_pe(rmi, 0), NULL), RMI_SUCCESS);
	small_realm_init(&r, rmi_pe(rmi, 0), rmi_memory(rmi).base, WINDOW);
	assert_int_equal(small_realm_create(&r, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&r, 0), 0);
	assert_int_equal(small_init_ripas(&r, 0, r.page), 0);
	assert_int_equal(small_map_init(&r, 0, code, 0), 0);
	assert_int_equal(small_rec(&r, 0, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&r), 0);
	rmi_pe_ich(r.pe)->hcr = RMI_ICH_HCR_EN;
	rmi_pe_kick(r.pe);
	assert_int_equal(small_enter(&r, 0), RMI_SUCCESS);
	assert_int_equal(small_run(&r)->exit.exit_reason, RMI_EXIT_IRQ);
	assert_int_equal(rmi_pe_ich(r.pe)->hcr, 0);
	assert_int_not_equal(rmi_audit(rmi, NULL), 0);
	assert_int_equal(small_realm_destroy(&r), 0);
	assert_int_equal(rmi_audit(rmi, NULL), 0);
}

static void a_realm_lives_on_an_rmm_in_a_plugin(void **state)
{
	struct rmi *rmi = open_plugin("plugin:" PLUGIN_MODEL ",dram=64,pes=2,spec=2.0-bet1");

	(void)state;
	assert_int_equal(rmi_num_pes(rmi), 2);
	assert_int_equal(rmi_revision(rmi), RMI_REVISION_2_0_BET1);
	assert_int_equal(rmi_memory(rmi).size, 64 << 20);
	assert_int_equal(rmi_granule_size(rmi), 0x1000);
	assert_int_not_equal(rmi_pe_counter(rmi_pe(rmi, 1)), 0);
	live(rmi);
	rmi_close(rmi);
}

static void a_plugin_may_hand_calls_on_to_another_backend(void **state)
{
	struct rmi *rmi = open_plugin("plugin:" PLUGIN_COUNT ",model:dram=64M,pes=3");
	uint64_t handle;

	(void)state;
	assert_int_equal(rmi_num_pes(rmi), 3);
	live(rmi);
	assert_int_equal(rmi_granule_size(rmi), 0x1000);
	assert_false(rmi_open_operation(rmi, 0, &handle));
	rmi_close(rmi);
	/* Plugins stack. */
	rmi = open_plugin("plugin:" PLUGIN_COUNT ",plugin:" PLUGIN_MODEL ",dram=64");
	live(rmi);
	rmi_close(rmi);
}

static void files_that_are_no_plugins_are_refused(void **state)
{
	(void)state;
	assert_refused("plugin", "plugin: no file (plugin:FILE.so[,CONF])");
	assert_refused("plugin:,x", "plugin: no file");
	assert_refused("plugin:nowhere.so",
	               "plugin: cannot be loaded: ./nowhere.so: cannot open shared object file");
	assert_refused("plugin:/dev/null", "plugin: cannot be loaded: /dev/null: ");
	assert_refused("plugin:" PLUGIN_BAD_1, "no function rmi_plugin: this is not a plugin");
}

static void a_plugin_of_another_version_is_refused(void **state)
{
	(void)state;
	/* Another version may have its name elsewhere. */
	assert_refused("plugin:" PLUGIN_BAD_2,
	               ".so: made for version 99 of rmi/plugin.h, this librmi has version 1");
}

static void a_plugin_without_an_operation_is_refused(void **state)
{
	(void)state;
	assert_refused("plugin:" PLUGIN_BAD_3, ".so (bad): the operation kick is missing");
}

static void an_rmm_that_says_impossible_things_is_refused(void **state)
{
	(void)state;
	assert_refused("plugin:" PLUGIN_BAD_4 ",?", ".so (bad): no idea what \"?\" is");
	assert_refused("plugin:" PLUGIN_BAD_4 ",revision", "the revision is not known");
	assert_refused("plugin:" PLUGIN_BAD_4 ",pes", "the number of PEs is not in 1..1024");
	assert_refused("plugin:" PLUGIN_BAD_4 ",memory", "the memory is not of whole granules");
	assert_refused("plugin:" PLUGIN_MODEL ",dram=64,foo",
	               "(software RMM): \"foo\" is none of dram=MIB, pes=N");
	assert_refused("plugin:" PLUGIN_MODEL ",pes=0", "pes=0 is not in 1..64");
	assert_refused("plugin:" PLUGIN_COUNT ",modle", "unknown backend \"modle\"");
}

static void what_a_plugin_does_not_know_is_left_out(void **state)
{
	struct rmi *rmi = open_plugin("plugin:" PLUGIN_BAD_4);
	uint64_t number;

	(void)state;
	assert_int_equal(rmi_version(rmi_pe(rmi, 0), RMI_ABI_VERSION, NULL, NULL),
	                 SMCCC_NOT_SUPPORTED);
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	assert_int_equal(rmi_granule_size(rmi), 0);
	assert_false(rmi_open_operation(rmi, 0, &number));
	assert_int_not_equal(rmi_pe_counter(rmi_pe(rmi, 0)), 0);
	rmi_pe_kick(rmi_pe(rmi, 0));
	rmi_close(rmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_realm_lives_on_an_rmm_in_a_plugin),
	        cmocka_unit_test(a_plugin_may_hand_calls_on_to_another_backend),
	        cmocka_unit_test(files_that_are_no_plugins_are_refused),
	        cmocka_unit_test(a_plugin_of_another_version_is_refused),
	        cmocka_unit_test(a_plugin_without_an_operation_is_refused),
	        cmocka_unit_test(an_rmm_that_says_impossible_things_is_refused),
	        cmocka_unit_test(what_a_plugin_does_not_know_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
