/* SPDX-License-Identifier: BSD-3-Clause */
#include "served.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka_test.h>

static void name(struct served *s)
{
	*s = (struct served){.folder = "/tmp/realmkit-XXXXXX"};
	assert_non_null(mkdtemp(s->folder));
	(void)snprintf(s->path, sizeof(s->path), "%s/socket", s->folder);
}

/* Returns whether there is a server now. */
static bool make(struct served *s, const char *conf, bool reclaim, int stop_fd)
{
	struct serve_options options = {.path = s->path, .reclaim = reclaim, .stop_fd = stop_fd};
	struct rmi_error err;

	s->rmi = rmi_open(conf, &err);
	if (s->rmi != NULL)
		s->server = serve_create(s->rmi, &options, &err);
	if (s->server == NULL)
		(void)fprintf(stderr, "%s\n", err.text);
	return s->server != NULL;
}

static void *run(void *arg)
{
	serve_run(arg);
	return NULL;
}

void served_start(struct served *s, const char *conf, bool reclaim)
{
	name(s);
	assert_true(make(s, conf, reclaim, -1));
	assert_int_equal(pthread_create(&s->thread, NULL, run, s->server), 0);
}

void served_fork(struct served *s, const char *conf, bool reclaim)
{
	int ready[2], stop[2];
	char byte = 0;

	name(s);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(stop), 0);
	s->process = fork();
	assert_true(s->process >= 0);
	if (s->process == 0) {
		bool good = make(s, conf, reclaim, stop[0]);

		if (!good || write(ready[1], &byte, 1) != 1)
			_exit(1);
		(void)close(ready[0]);
		(void)close(ready[1]);
		(void)close(stop[1]);
		serve_run(s->server);
		serve_destroy(s->server);
		rmi_close(s->rmi);
		/* With what a sanitizer has to say. */
		exit(0);
	}
	(void)close(ready[1]);
	(void)close(stop[0]);
	s->stop = stop[1];
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
}

void served_stop(struct served *s)
{
	int status = 0;

	if (s->process > 0) {
		(void)close(s->stop);
		assert_int_equal(waitpid(s->process, &status, 0), s->process);
		assert_int_equal(status, 0);
	} else {
		serve_stop(s->server);
		assert_int_equal(pthread_join(s->thread, NULL), 0);
		serve_destroy(s->server);
		rmi_close(s->rmi);
	}
	assert_int_equal(access(s->path, F_OK), -1);
	assert_int_equal(rmdir(s->folder), 0);
}

struct rmi *served_open(const struct served *s, const char *keys)
{
	struct rmi_error err = {""};
	struct rmi *rmi = rmi_open_fmt(&err, "remote:%s%s", s->path, keys);

	if (rmi == NULL)
		fail_msg("%s", err.text);
	return rmi;
}

struct rmi *served_open_active(const struct served *s, const char *keys)
{
	struct rmi *rmi = served_open(s, keys);

	/* Somebody else may have activated it. */
	(void)rmi_rmm_activate(rmi_pe(rmi, 0), NULL);
	return rmi;
}
