/* SPDX-License-Identifier: BSD-3-Clause */
/* The command table: each row makes sense, and look-ups find it. */

#include <ctype.h>
#include <string.h>

#include <rmi/commands.h>

#include "cmocka_test.h"

/* A table and how it is looked up. */
struct table {
	const char *prefix;
	const struct rmi_command *rows;
	size_t count;
	uint32_t first, last; /* Range of function identifiers. */
	const struct rmi_command *(*find)(enum rmi_revision rev, uint32_t fid);
	unsigned num_statuses;
};

static struct table table_of(bool rsi)
{
	struct table table = {
	        .prefix = rsi ? "RSI_" : "RMI_",
	        .first = rsi ? SMC_RSI_FIRST : SMC_RMI_FIRST,
	        .last = rsi ? SMC_RSI_LAST : SMC_RMI_LAST,
	        .find = rsi ? rsi_command_find : rmi_command_find,
	        .num_statuses = rsi ? RSI_ERROR_DEVICE + 1 : RMI_NUM_STATUS_CODES,
	};

	table.rows = rsi ? rsi_commands(&table.count) : rmi_commands(&table.count);
	return table;
}

/* Runs a check on every row of both tables. */
static void for_each_row(void (*check)(const struct table *table, const struct rmi_command *cmd))
{
	for (int rsi = 0; rsi < 2; rsi++) {
		struct table table = table_of(rsi != 0);

		assert_true(table.count > 10);
		for (size_t i = 0; i < table.count; i++)
			check(&table, &table.rows[i]);
	}
}

static void check_identity(const struct table *table, const struct rmi_command *cmd)
{
	assert_int_equal(strncmp(cmd->name, table->prefix, 4), 0);
	for (const char *c = cmd->name + 4; *c != '\0'; c++)
		assert_true(isupper(*c) || isdigit(*c) || *c == '_');
	assert_in_range(cmd->fid, table->first, table->last);
	assert_true(cmd->revisions != 0 && (cmd->revisions & ~RMI_REVISIONS_ALL) == 0);
	assert_true((cmd->flags & ~(RMI_CMD_SRO | RMI_CMD_MEM)) == 0);
	assert_non_null(cmd->section);
}

static void each_row_names_a_command_of_its_interface(void **state)
{
	(void)state;
	for_each_row(check_identity);
}

static void rows_are_sorted_and_unique_in_each_revision(void **state)
{
	(void)state;
	for (int rsi = 0; rsi < 2; rsi++) {
		struct table table = table_of(rsi != 0);

		for (size_t i = 1; i < table.count; i++) {
			const struct rmi_command *a = &table.rows[i - 1], *b = &table.rows[i];

			assert_true(a->fid < b->fid ||
			            (a->fid == b->fid && (a->revisions & b->revisions) == 0));
		}
	}
}

static void check_find(const struct table *table, const struct rmi_command *cmd)
{
	for (unsigned rev = 0; rev < RMI_NUM_REVISIONS; rev++) {
		const struct rmi_command *found = table->find((enum rmi_revision)rev, cmd->fid);

		if ((cmd->revisions & 1u << rev) != 0)
			assert_ptr_equal(found, cmd);
		else
			assert_true(found != cmd);
	}
}

static void each_row_is_found_in_its_revisions_only(void **state)
{
	(void)state;
	for_each_row(check_find);
}

static void check_list(const struct rmi_arg *args, size_t room)
{
	size_t count = 0;

	while (args[count].name != NULL) {
		const char *name = args[count].name;

		assert_true(count < room);
		assert_true(args[count].type > RMI_ARG_NONE &&
		            args[count].type <= RMI_ARG_SYSREG_ADDRESS);
		assert_true(islower(name[0]));
		for (const char *c = name; *c != '\0'; c++)
			assert_true(islower(*c) || isdigit(*c) || *c == '_');
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(args[i].name, name);
		count++;
	}
	assert_int_equal(args[count].type, RMI_ARG_NONE);
}

static void check_arguments(const struct table *table, const struct rmi_command *cmd)
{
	(void)table;
	check_list(cmd->in, RMI_MAX_INPUTS);
	check_list(cmd->out, RMI_MAX_OUTPUTS);
	/* An address set is decoded with the flags in the register before it. */
	for (unsigned i = 0; cmd->in[i].name != NULL; i++) {
		if (cmd->in[i].type == RMI_ARG_ADDR_SET_DESC) {
			assert_true(i > 0);
			assert_string_equal(cmd->in[i - 1].name, "flags");
		}
	}
}

static void arguments_have_names_and_types(void **state)
{
	(void)state;
	for_each_row(check_arguments);
}

static void check_failures(const struct table *table, const struct rmi_command *cmd)
{
	size_t count = 0;

	for (; cmd->fail[count].condition != NULL; count++) {
		assert_true(count < RMI_MAX_FAILURES);
		assert_true(islower(cmd->fail[count].condition[0]));
		if (cmd->fail[count].status == RMI_STATUS_RESUMED) {
			assert_int_equal(cmd->fid, SMC_RMI_OP_CONTINUE);
			continue;
		}
		assert_in_range(cmd->fail[count].status, 1, table->num_statuses - 1);
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(cmd->fail[i].condition, cmd->fail[count].condition);
	}
}

static void failures_are_unique_and_have_a_status(void **state)
{
	(void)state;
	for_each_row(check_failures);
}

static void check_memory_flag(const struct table *table, const struct rmi_command *cmd)
{
	(void)table;
	/* Only a stateful operation can transfer memory (B4.3.2). */
	if ((cmd->flags & RMI_CMD_MEM) != 0)
		assert_true((cmd->flags & RMI_CMD_SRO) != 0);
}

static void memory_is_transferred_by_stateful_operations_only(void **state)
{
	(void)state;
	for_each_row(check_memory_flag);
}

static void commands_of_one_revision_are_unknown_in_the_other(void **state)
{
	static const uint32_t bet3_only[] = {
	        SMC_RMI_RMM_STATE_GET,
	        SMC_RMI_RMM_DEACTIVATE,
	        SMC_RMI_GPT_INFO,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bet3_only) / sizeof(bet3_only[0]); i++) {
		assert_null(rmi_command_find(RMI_REVISION_2_0_BET1, bet3_only[i]));
		assert_non_null(rmi_command_find(RMI_REVISION_2_0_BET3, bet3_only[i]));
	}
	assert_string_equal(
	        rmi_command_find(RMI_REVISION_2_0_BET1, SMC_RMI_PSCI_COMPLETE)->in[1].name,
	        "target_rec_ptr");
	assert_string_equal(
	        rmi_command_find(RMI_REVISION_2_0_BET3, SMC_RMI_PSCI_COMPLETE)->in[1].name,
	        "status");
}

static void names_include_device_commands(void **state)
{
	(void)state;
	assert_string_equal(rmi_command_name(RMI_REVISION_2_0_BET3, SMC_RMI_RTT_CREATE),
	                    "RMI_RTT_CREATE");
	assert_string_equal(rmi_command_name(RMI_REVISION_2_0_BET1, 0xC40001EE),
	                    "RMI_VSMMU_EVENT_COMPLETE");
	assert_string_equal(rmi_command_name(RMI_REVISION_2_0_BET3, 0xC40001EE),
	                    "RMI_RMM_STATE_GET");
	assert_string_equal(rmi_command_name(RMI_REVISION_2_0_BET1, 0xC40001F0),
	                    "RMI_PSMMU_EVENT_DISCARD");
	assert_string_equal(rmi_command_name(RMI_REVISION_2_0_BET3, 0xC40001F0),
	                    "RMI_PSMMU_EVENT_CONSUME");
	assert_null(rmi_command_find(RMI_REVISION_2_0_BET3, 0xC4000176));
	assert_null(rmi_command_name(RMI_REVISION_2_0_BET3, 0xC4000151));
	assert_null(rmi_command_name(RMI_REVISION_2_0_BET3, SMC_RSI_VERSION));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_row_names_a_command_of_its_interface),
	        cmocka_unit_test(rows_are_sorted_and_unique_in_each_revision),
	        cmocka_unit_test(each_row_is_found_in_its_revisions_only),
	        cmocka_unit_test(arguments_have_names_and_types),
	        cmocka_unit_test(failures_are_unique_and_have_a_status),
	        cmocka_unit_test(memory_is_transferred_by_stateful_operations_only),
	        cmocka_unit_test(commands_of_one_revision_are_unknown_in_the_other),
	        cmocka_unit_test(names_include_device_commands),
	};

	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
