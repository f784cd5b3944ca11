/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * serve [suite]
 *
 * realmkit serve, and what clients see that are processes of their own; with the argument, the
 * conformance suite as one of them.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka_test.h>

#include "spawn.h"

#ifndef REALMKIT_TOOL
#define REALMKIT_TOOL "realmkit"
#endif

/* A server in the background. */
struct server {
	char folder[32];
	char path[64];
	pid_t pid;
	FILE *out;
};

static void assert_says(struct server *s, const char *text)
{
	char line[256] = "";

	assert_non_null(fgets(line, sizeof(line), s->out));
	if (strncmp(line, text, strlen(text)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", line, text);
}

static void server_start(struct server *s, const char *option)
{
	char listen[80];
	int out[2];

	*s = (struct server){.folder = "/tmp/realmkit-XXXXXX"};
	assert_non_null(mkdtemp(s->folder));
	(void)snprintf(s->path, sizeof(s->path), "%s/socket", s->folder);
	(void)snprintf(listen, sizeof(listen), "unix:%s", s->path);
	assert_int_equal(pipe(out), 0);
	s->pid = fork();
	if (s->pid == 0) {
		(void)dup2(out[1], STDOUT_FILENO);
		(void)close(out[0]);
		(void)close(out[1]);
		(void)execl(REALMKIT_TOOL, "realmkit", "serve", "--listen", listen, "--backend",
		            "model:dram=256M", option, (char *)NULL);
		_exit(127);
	}
	(void)close(out[1]);
	s->out = fdopen(out[0], "r");
	assert_says(s, "serving 4 PEs, 256 MiB at unix:/tmp/realmkit-");
}

static void server_stop(struct server *s)
{
	int status;

	assert_int_equal(kill(s->pid, SIGTERM), 0);
	assert_says(s, "stopped; the RMM holds 0 granules");
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_int_equal(status, 0);
	(void)fclose(s->out);
	assert_int_equal(rmdir(s->folder), 0);
}

static struct spawned tool(const struct server *s, const char *command, const char *options)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "%s --backend remote:%s%s", command, s->path, options);
	return spawn_line(line);
}

/* A guest says the same, has the same RIM, and leaves nothing, wherever the RMM is. */
static void assert_same(const struct server *s, const char *guest, const char *options)
{
	char command[256], here[128], there[128];
	struct spawned model, remote;

	(void)snprintf(command, sizeof(command), "run %s --timeout 100 %s", guest_path(guest),
	               options);
	remote = tool(s, command, "");
	model = spawn_line(command);
	assert_int_equal(remote.status, 0);
	assert_string_equal(remote.out, model.out);
	line_after(model.err, "RIM ", here, sizeof(here));
	line_after(remote.err, "RIM ", there, sizeof(there));
	assert_string_equal(there, here);
	assert_non_null(strstr(remote.err, "-- audit: 0 pages lost"));
	spawned_free(&model);
	spawned_free(&remote);
}

static void guests_run_as_they_do_without_a_server(void **state)
{
	struct spawned inspected;
	struct server s;

	(void)state;
	server_start(&s, NULL);
	assert_same(&s, "hello", "");
	assert_same(&s, "memory", "");
	assert_same(&s, "smp", "--cpus 4");
	inspected = tool(&s, "inspect", "");
	assert_string_equal(inspected.out, "RMM behind remote, 2.0-bet3\n"
	                                   "  DRAM     0x80000000, 256 MiB in granules of 4 KiB\n"
	                                   "granules: 0 held\n");
	spawned_free(&inspected);
	server_stop(&s);
}

static void assert_conforms(const char *option, const char *filter)
{
	struct spawned suite;
	struct server s;

	server_start(&s, option);
	suite = tool(&s, "conformance", filter);
	if (suite.status != 0 || strstr(suite.out, " 0 failed") == NULL)
		fail_msg("%s", suite.out);
	spawned_free(&suite);
	server_stop(&s);
}

static void the_suite_passes_where_each_client_finds_a_new_rmm(void **state)
{
	(void)state;
	assert_conforms("--fresh", " --filter RMI_GRANULE_RANGE_DELEGATE/*");
}

static void the_suite_passes_on_an_rmm_that_stays(void **state)
{
	(void)state;
	assert_conforms(NULL, "");
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *text;
	} mistakes[] = {
	        {"serve", 2, "serve: no --listen (usage: realmkit serve --listen unix:PATH"},
	        {"serve --listen /tmp/x", 2, "--listen"},
	        {"serve --listen unix:/tmp/x y", 2, "unexpected argument \"y\""},
	        {"serve --listen unix:/nowhere/x", 1, "No such file or directory"},
	        {"serve --listen unix:/tmp/x --backend modle", 1, "unknown backend \"modle\""},
	        {"run /dev/null --backend remote:/nowhere/x", 1, "there is no such socket"},
	        {"inspect --backend remote:/nowhere/x", 1, "there is no such socket"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct spawned run = spawn_line(mistakes[i].line);

		assert_int_equal(run.status, mistakes[i].status);
		if (strstr(run.err, mistakes[i].text) == NULL)
			fail_msg("\"%s\" is not in \"%s\"", mistakes[i].text, run.err);
		spawned_free(&run);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest suite[] = {
	        cmocka_unit_test(the_suite_passes_on_an_rmm_that_stays),
	};
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(guests_run_as_they_do_without_a_server),
	        cmocka_unit_test(the_suite_passes_where_each_client_finds_a_new_rmm),
	        cmocka_unit_test(mistakes_are_named),
	};

	if (argc == 2 && strcmp(argv[1], "suite") == 0)
		return cmocka_run_group_tests(suite, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
