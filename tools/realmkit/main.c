/* SPDX-License-Identifier: BSD-3-Clause */
/* realmkit: one binary, one subcommand per file. */
#include <string.h>

#include "tool.h"

static const struct tool_command *const commands[] = {
        &tool_run, &tool_inspect, &tool_info, &tool_conformance, &tool_token, &tool_serve};

#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char *command_name(const void *context, size_t i)
{
	(void)context;
	return i < NUM_COMMANDS ? commands[i]->name : NULL;
}

static const struct tool_command *find_command(const char *name)
{
	char known[128] = "";
	const char *nearest;

	for (size_t i = 0; i < NUM_COMMANDS; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
		(void)strncat(known, i ? ", " : "", sizeof(known) - strlen(known) - 1);
		(void)strncat(known, commands[i]->name, sizeof(known) - strlen(known) - 1);
	}
	nearest = tool_nearest(name, command_name, NULL);
	if (nearest != NULL)
		tool_error("unknown subcommand \"%.64s\" (did you mean \"%s\"? known: %s, help)",
		           name, nearest, known);
	else
		tool_error("unknown subcommand \"%.64s\" (known: %s, help)", name, known);
	return NULL;
}

static void print_help(FILE *out)
{
	(void)fputs("usage: realmkit SUBCOMMAND [OPTIONS]\n\n", out);
	for (size_t i = 0; i < NUM_COMMANDS; i++)
		(void)fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
	(void)fputs("  help         show how to use a subcommand: realmkit help run\n"
	            "\n"
	            "Exit status: 0 success, 1 failure, 2 usage; of a run, the realm's.\n",
	            out);
}

static int help_main(int argc, char **argv)
{
	const struct tool_command *command;

	if (argc < 2) {
		print_help(stdout);
		return TOOL_SUCCESS;
	}
	command = find_command(argv[1]);
	if (command == NULL)
		return TOOL_USAGE;
	(void)fputs(command->usage, stdout);
	return TOOL_SUCCESS;
}

/* What was written to standard output must have arrived; a full disk is a failure. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	tool_error("standard output: cannot be written");
	return status != TOOL_SUCCESS ? status : TOOL_FAILURE;
}

int main(int argc, char **argv)
{
	const struct tool_command *command;

	if (argc < 2) {
		print_help(stderr);
		return TOOL_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(stdout);
		return finish(TOOL_SUCCESS);
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)puts("realmkit " REALMKIT_VERSION);
		return finish(TOOL_SUCCESS);
	}
	if (strcmp(argv[1], "help") == 0)
		return finish(help_main(argc - 1, argv + 1));
	command = find_command(argv[1]);
	if (command == NULL)
		return TOOL_USAGE;
	return finish(command->main(argc - 1, argv + 1));
}
