/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs the tool as a user would, and reads what it says. */
#ifndef TESTS_TOOL_SPAWN_H
#define TESTS_TOOL_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

/* The build says where the tool and the test's scratch folder are. */
#ifndef REALMKIT_SCRATCH
#define REALMKIT_SCRATCH "."
#endif

/* What a process left. */
struct spawned {
	int status; /* Exit status; 128 + the signal that ended it. */
	char *out;  /* Standard output, terminated. */
	char *err;  /* Standard error, terminated. */
};

/* Runs realmkit with these arguments, of which the last is NULL. Fails the test when it cannot. */
struct spawned spawn_tool(const char *const args[]);

/* spawn_tool() with the arguments in one string, separated by single spaces. */
struct spawned spawn_line(const char *line);

void spawned_free(struct spawned *spawned);

/*
 * Compares text with patterns of fnmatch(3), one for each line; NULL ends them. Fails the test and
 * prints the line that differs.
 */
void assert_lines(const char *text, const char *const patterns[]);

/* The rest of the first line that begins with a prefix; fails the test when there is none. */
void line_after(const char *text, const char *prefix, char *buf, size_t size);

/* Writes a file below the test's scratch folder, and gives its path, which stays valid. */
const char *scratch_file(const char *name, const void *data, size_t size);

/* Path of a realm image. */
const char *guest_path(const char *name);

#endif
