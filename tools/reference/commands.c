/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints docs/commands.md: the command table for people. */
#include <stdio.h>

#include <rmi/commands.h>
#include <rmi/format.h>

/* The specification's names of types. */
static const char *const type_names[] = {
        [RMI_ARG_ADDRESS] = "Address",
        [RMI_ARG_UINT64] = "UInt64",
        [RMI_ARG_BITS64] = "Bits64",
        [RMI_ARG_LEVEL] = "Int64",
        [RMI_ARG_HANDLE] = "Bits64, a handle",
        [RMI_ARG_VERSION] = "RmiInterfaceVersion",
        [RMI_ARG_DATA_FLAGS] = "RmiDataFlags",
        [RMI_ARG_RTT_ENTRY_STATE] = "RmiRttEntryState",
        [RMI_ARG_RIPAS] = "RmiRipas",
        [RMI_ARG_PSCI_RETURN_CODE] = "PsciReturnCode",
        [RMI_ARG_MEM_CATEGORY] = "RmiMemCategory",
        [RMI_ARG_TRACKING_REGION_STATE] = "RmiTrackingRegionState",
        [RMI_ARG_RTT_PROT_MAP_FLAGS] = "RmiRttProtMapFlags",
        [RMI_ARG_RTT_UNPROT_MAP_FLAGS] = "RmiRttUnprotMapFlags",
        [RMI_ARG_RTT_UNMAP_FLAGS] = "RmiRttUnmapFlags",
        [RMI_ARG_RTT_AUX_MAP_FLAGS] = "RmiRttAuxMapFlags",
        [RMI_ARG_RTT_AUX_UNMAP_FLAGS] = "RmiRttAuxUnmapFlags",
        [RMI_ARG_ADDR_SET_DESC] = "RmiAddrSetDesc",
        [RMI_ARG_ADDR_RANGE_DESC] = "RmiAddrRangeDesc",
        [RMI_ARG_CONTINUE_FLAGS] = "RmiOpContinueFlags",
        [RMI_ARG_OP_MEM_DONATE_REQ] = "RmiOpMemDonateReq",
        [RMI_ARG_RMM_STATE] = "RmiRmmState",
        [RMI_ARG_GPT_PARTITION_STATE] = "RmiGptPartitionState",
        [RMI_ARG_RIPAS_CHANGE_FLAGS] = "RsiRipasChangeFlags",
        [RMI_ARG_RESPONSE] = "RsiResponse",
        [RMI_ARG_SYSREG_ADDRESS] = "RsiSysregAddress",
};

static const char *const rsi_status_names[] = {
        [RSI_SUCCESS] = "RSI_SUCCESS",
        [RSI_ERROR_INPUT] = "RSI_ERROR_INPUT",
        [RSI_ERROR_STATE] = "RSI_ERROR_STATE",
        [RSI_INCOMPLETE] = "RSI_INCOMPLETE",
        [RSI_ERROR_UNKNOWN] = "RSI_ERROR_UNKNOWN",
        [RSI_ERROR_DEVICE] = "RSI_ERROR_DEVICE",
};

static const char *psci_status_name(int status)
{
	switch (status) {
	case PSCI_INVALID_PARAMETERS:
		return "INVALID_PARAMETERS";
	case PSCI_ALREADY_ON:
		return "ALREADY_ON";
	default:
		return "INVALID_ADDRESS";
	}
}

static const char *result_type(const struct rmi_command *command)
{
	if (command->name[0] == 'P')
		return command->fid == SMC64_PSCI_VERSION ? "PsciInterfaceVersion"
		                                          : "PsciReturnCode";
	return command->name[1] == 'S' ? "RsiCommandReturnCode" : "RmiResult";
}

static const char *status_text(const struct rmi_command *command, unsigned status, char buf[64])
{
	if (command->name[0] == 'P') {
		(void)snprintf(buf, 64, "PSCI_%s", psci_status_name((int8_t)status));
		return buf;
	}
	if (command->name[1] == 'S')
		return rsi_status_names[status];
	if (status == RMI_STATUS_RESUMED)
		return "what the resumed command gives";
	(void)snprintf(buf, 64, "RMI_%s%s", rmi_status_name(status),
	               rmi_status_has_level((enum rmi_status_code)status) ? ", level" : "");
	return buf;
}

static void print_args(const char *title, const char *result, const struct rmi_arg *args)
{
	(void)printf("| %s | name | type |\n|---|---|---|\n", title);
	if (result != NULL)
		(void)printf("| X0 | result | %s |\n", result);
	for (unsigned i = 0; args[i].name != NULL; i++)
		(void)printf("| X%u | %s | %s |\n", i + 1, args[i].name, type_names[args[i].type]);
	(void)printf("\n");
}

static void print_failures(const struct rmi_command *command)
{
	char buf[64];

	if (command->fail[0].condition == NULL) {
		(void)printf("Never fails.\n\n");
		return;
	}
	(void)printf("| failure condition | status |\n|---|---|\n");
	for (const struct rmi_failure *f = command->fail; f->condition != NULL; f++)
		(void)printf("| %s | %s |\n", f->condition, status_text(command, f->status, buf));
	(void)printf("\n");
	if (*command->order != '\0')
		(void)printf("Which condition wins: `%s`.\n\n", command->order);
}

static void print_successes(const struct rmi_command *command)
{
	if (command->success[0] == NULL)
		return;
	(void)printf("Success conditions: ");
	for (unsigned i = 0; command->success[i] != NULL; i++)
		(void)printf("%s%s", i ? ", " : "", command->success[i]);
	(void)printf(".\n\n");
}

static const char *revisions_text(uint8_t revisions)
{
	switch (revisions) {
	case RMI_REVISIONS_BET1:
		return "2.0-bet1 only";
	case RMI_REVISIONS_BET3:
		return "from 2.0-bet3 on";
	default:
		return "all revisions";
	}
}

static void print_command(const struct rmi_command *command)
{
	(void)printf("### %s\n\n", command->name);
	(void)printf("0x%08X, %s, %s%s%s.\n\n", command->fid,
	             command->section[0] == 'B' ? command->section : "later than the sections",
	             revisions_text(command->revisions),
	             (command->flags & RMI_CMD_SRO) != 0 ? "; may begin a stateful operation" : "",
	             (command->flags & RMI_CMD_MEM) != 0 ? ", which may transfer memory" : "");
	if (command->in[0].name != NULL)
		print_args("input", NULL, command->in);
	print_args("output", result_type(command), command->out);
	print_failures(command);
	print_successes(command);
}

static void print_table(const char *title, const struct rmi_command *commands, size_t count)
{
	(void)printf("## %s\n\n", title);
	for (size_t i = 0; i < count; i++)
		print_command(&commands[i]);
}

int main(void)
{
	const struct rmi_command *commands;
	size_t count;

	(void)printf("# Commands\n\n"
	             "Made from the command table (`include/rmi/abi/rmi_commands.def`, "
	             "`rsi_commands.def` and `psci_commands.def`) by `tools/reference`;\n"
	             "`cmake --build BUILD --target reference` writes it anew. Sections are those "
	             "of DEN0137 2.0. Device assignment\nis not modelled: its commands answer as "
	             "in an RMM without it.\n\n");
	commands = rmi_commands(&count);
	print_table("RMI, the Realm Management Interface", commands, count);
	commands = rsi_commands(&count);
	print_table("RSI, the Realm Services Interface", commands, count);
	commands = psci_commands(&count);
	print_table("PSCI, as a Realm has it", commands, count);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
