/* SPDX-License-Identifier: BSD-3-Clause */
/* The command table as data, and look-ups in it. */

#include <rmi/commands.h>

#define RMI_COMMAND  RMI_COMMAND_TABLE_ENTRY
#define RSI_COMMAND  RSI_COMMAND_TABLE_ENTRY
#define PSCI_COMMAND PSCI_COMMAND_TABLE_ENTRY
#define IN           RMI_TABLE_ARGS
#define OUT          RMI_TABLE_ARGS
#define A            RMI_TABLE_ARG
#define FAIL         RMI_TABLE_FAILS
#define OK           RMI_TABLE_SUCCESSES
#define S            RMI_TABLE_SUCCESS
#define ORDER        RMI_TABLE_ORDER

#define F            RMI_TABLE_RMI_FAIL
static const struct rmi_command rmi_table[] = {
#include <rmi/abi/rmi_commands.def>
};
#undef F

#define F RMI_TABLE_RSI_FAIL
static const struct rmi_command rsi_table[] = {
#include <rmi/abi/rsi_commands.def>
};
#undef F

#define F RMI_TABLE_PSCI_FAIL
static const struct rmi_command psci_table[] = {
#include <rmi/abi/psci_commands.def>
};
#undef F

static const struct {
	const char *name;
	uint32_t fid;
	uint8_t revisions;
} device_table[] = {
#define RMI_DEVICE_COMMAND(NAME, number, revs) {"RMI_" #NAME, number, RMI_REVISIONS_##revs},
#include <rmi/abi/device_commands.def>
#undef RMI_DEVICE_COMMAND
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct rmi_command *find(const struct rmi_command *table, size_t count,
                                      enum rmi_revision rev, uint32_t fid)
{
	for (size_t i = 0; i < count; i++) {
		if (table[i].fid == fid && (table[i].revisions & 1u << rev) != 0)
			return &table[i];
	}
	return NULL;
}

const struct rmi_command *rmi_commands(size_t *count)
{
	*count = COUNT(rmi_table);
	return rmi_table;
}

const struct rmi_command *rsi_commands(size_t *count)
{
	*count = COUNT(rsi_table);
	return rsi_table;
}

const struct rmi_command *psci_commands(size_t *count)
{
	*count = COUNT(psci_table);
	return psci_table;
}

const struct rmi_command *rmi_command_find(enum rmi_revision rev, uint32_t fid)
{
	return find(rmi_table, COUNT(rmi_table), rev, fid);
}

const struct rmi_command *rsi_command_find(enum rmi_revision rev, uint32_t fid)
{
	return find(rsi_table, COUNT(rsi_table), rev, fid);
}

const char *rmi_command_name(enum rmi_revision rev, uint32_t fid)
{
	const struct rmi_command *cmd = rmi_command_find(rev, fid);

	if (cmd != NULL)
		return cmd->name;
	for (size_t i = 0; i < COUNT(device_table); i++) {
		if (device_table[i].fid == fid && (device_table[i].revisions & 1u << rev) != 0)
			return device_table[i].name;
	}
	return NULL;
}
