/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka_test.h>

#include "spawn.h"

#define MAX_ARGS 32

/* Reads both pipes until both are closed, so that neither can fill up. */
static void drain(int fds[2], char *text[2])
{
	struct pollfd polls[2] = {{.fd = fds[0], .events = POLLIN},
	                          {.fd = fds[1], .events = POLLIN}};
	size_t used[2] = {0, 0};
	int open = 2;

	text[0] = calloc(1, 1);
	text[1] = calloc(1, 1);
	while (open > 0 && poll(polls, 2, -1) > 0) {
		for (int i = 0; i < 2; i++) {
			char part[4096];
			ssize_t size;

			if (polls[i].fd < 0 || !polls[i].revents)
				continue;
			size = read(polls[i].fd, part, sizeof(part));
			if (size <= 0) {
				(void)close(polls[i].fd);
				polls[i].fd = -1;
				open--;
				continue;
			}
			text[i] = realloc(text[i], used[i] + (size_t)size + 1);
			assert_non_null(text[i]);
			memcpy(text[i] + used[i], part, (size_t)size);
			used[i] += (size_t)size;
			text[i][used[i]] = '\0';
		}
	}
}

struct spawned spawn_tool(const char *const args[])
{
	const char *argv[MAX_ARGS + 2] = {REALMKIT_TOOL};
	int out[2], err[2], status;
	struct spawned spawned;
	char *text[2];
	pid_t pid;

	for (unsigned i = 0; args[i] != NULL; i++) {
		assert_true(i < MAX_ARGS);
		argv[i + 1] = args[i];
	}
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(out[1], STDOUT_FILENO);
		(void)dup2(err[1], STDERR_FILENO);
		(void)execv(REALMKIT_TOOL, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(out[1]);
	(void)close(err[1]);
	drain((int[2]){out[0], err[0]}, text);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	spawned.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	spawned.out = text[0];
	spawned.err = text[1];
	return spawned;
}

struct spawned spawn_line(const char *line)
{
	const char *args[MAX_ARGS + 1] = {NULL};
	char *copy = strdup(line);
	struct spawned spawned;
	unsigned count = 0;
	char *rest;

	assert_non_null(copy);
	for (char *arg = strtok_r(copy, " ", &rest); arg != NULL;
	     arg = strtok_r(NULL, " ", &rest)) {
		assert_true(count < MAX_ARGS);
		args[count++] = arg;
	}
	spawned = spawn_tool(args);
	free(copy);
	return spawned;
}

void spawned_free(struct spawned *spawned)
{
	free(spawned->out);
	free(spawned->err);
}

void assert_lines(const char *text, const char *const patterns[])
{
	char *copy = strdup(text);
	char *line = copy;

	assert_non_null(copy);
	for (unsigned i = 0;; i++) {
		char *end = strchr(line, '\n');

		if (patterns[i] == NULL) {
			if (*line != '\0')
				fail_msg("unexpected text behind line %u: %s", i, line);
			break;
		}
		if (end == NULL)
			fail_msg("line %u is missing: %s\nthe text is:\n%s", i + 1, patterns[i],
			         text);
		*end = '\0';
		if (fnmatch(patterns[i], line, 0) != 0)
			fail_msg("line %u: expected \"%s\", got \"%s\"", i + 1, patterns[i], line);
		line = end + 1;
	}
	free(copy);
}

void line_after(const char *text, const char *prefix, char *buf, size_t size)
{
	size_t length = strlen(prefix);

	for (const char *line = text; line != NULL;) {
		if (strncmp(line, prefix, length) == 0) {
			(void)snprintf(buf, size, "%.*s", (int)strcspn(line + length, "\n"),
			               line + length);
			return;
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	fail_msg("no line begins with \"%s\":\n%s", prefix, text);
}

const char *scratch_file(const char *name, const void *data, size_t size)
{
	static char path[512];
	FILE *file;

	(void)mkdir(REALMKIT_SCRATCH, 0777);
	(void)snprintf(path, sizeof(path), "%s/%s", REALMKIT_SCRATCH, name);
	(void)unlink(path);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}

const char *guest_path(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s.elf", REALMKIT_GUESTS_DIR, name);
	return path;
}
