/* SPDX-License-Identifier: BSD-3-Clause */
/* realmkit serve: an RMM in a process of its own, for the backend "remote" of others. */
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include <serve/loopback.h>
#include <serve/server.h>

#include "tool.h"

/* A descriptor that is readable when somebody wants the process to end. */
static int catch_signals(void)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static bool serve_until_stopped(struct rmi *rmi, struct serve_options *options)
{
	struct rmi_error err;
	struct serve *server;

	options->stop_fd = catch_signals();
	server = serve_create(rmi, options, &err);
	if (server == NULL) {
		tool_error("%s", err.text);
		return false;
	}
	(void)printf("serving %u PEs, %llu MiB at unix:%s\n", rmi_num_pes(rmi),
	             (unsigned long long)(rmi_memory(rmi).size >> 20), options->path);
	(void)fflush(stdout);
	serve_run(server);
	serve_destroy(server);
	return true;
}

/* The RMM, and how to make another one. */
struct source {
	const char *backend;
	struct rmi *rmi;
};

static struct rmi *open_anew(void *arg, struct rmi_error *err)
{
	struct source *source = arg;

	rmi_close(source->rmi);
	source->rmi = rmi_open(source->backend, err);
	return source->rmi;
}

static int serve(const char *backend, bool fresh, struct serve_options *options)
{
	struct source source = {.backend = backend};
	struct rmi_error err;
	uint64_t held;
	bool good;

	if (open_anew(&source, &err) == NULL) {
		tool_error("%s", err.text);
		return TOOL_FAILURE;
	}
	if (fresh) {
		options->renew = open_anew;
		options->arg = &source;
	}
	good = serve_until_stopped(source.rmi, options);
	held = source.rmi != NULL ? rmi_audit(source.rmi, NULL) : 0;
	if (good)
		(void)printf("stopped; the RMM holds %llu granules\n", (unsigned long long)held);
	rmi_close(source.rmi);
	return good ? TOOL_SUCCESS : TOOL_FAILURE;
}

static void loopback_is_ready(unsigned num_pes, unsigned long long bytes)
{
	(void)printf("serving %u PEs, %llu MiB to the driver\n", num_pes, bytes >> 20);
	(void)fflush(stdout);
}

static int serve_driver(const char *device, const char *backend)
{
	struct serve_loopback_options options = {.device = device,
	                                         .backend = backend,
	                                         .stop_fd = catch_signals(),
	                                         .ready = loopback_is_ready};
	struct rmi_error err;

	if (serve_loopback(&options, &err))
		return TOOL_SUCCESS;
	tool_error("%s", err.text);
	return TOOL_FAILURE;
}

static bool parse_listen(const char *text, struct serve_options *options)
{
	if (strncmp(text, "unix:", 5) != 0 || text[5] == '\0')
		return tool_bad_value("--listen", text, "unix:PATH");
	options->path = text + 5;
	return true;
}

static int serve_main(int argc, char **argv)
{
	static const struct option known[] = {
	        {"backend", required_argument, NULL, 'b'},
	        {"fresh", no_argument, NULL, 'f'},
	        {"help", no_argument, NULL, 'h'},
	        {"listen", required_argument, NULL, 'l'},
	        {"loopback", required_argument, NULL, 'd'},
	        {"reclaim", no_argument, NULL, 'r'},
	        {"verbose", no_argument, NULL, 'v'},
	        {NULL, 0, NULL, 0},
	};
	struct serve_options options = {.path = NULL};
	const char *backend = NULL, *device = NULL;
	bool fresh = false;
	int opt;

	while ((opt = tool_next_option("serve", argc, argv, known)) != -1) {
		switch (opt) {
		case 'b':
			backend = optarg;
			break;
		case 'd':
			device = optarg;
			break;
		case 'f':
			fresh = true;
			break;
		case 'h':
			(void)fputs(tool_serve.usage, stdout);
			return TOOL_SUCCESS;
		case 'l':
			if (!parse_listen(optarg, &options))
				return TOOL_USAGE;
			break;
		case 'r':
			options.reclaim = true;
			break;
		case 'v':
			options.log = stderr;
			break;
		default:
			return TOOL_USAGE;
		}
	}
	if (optind < argc) {
		tool_error("serve: unexpected argument \"%.64s\"", argv[optind]);
		return TOOL_USAGE;
	}
	if (device != NULL && (options.path != NULL || fresh || options.reclaim)) {
		tool_error("serve: --loopback goes with --backend alone");
		return TOOL_USAGE;
	}
	if (device != NULL)
		return serve_driver(device, backend != NULL ? backend : "model");
	if (options.path == NULL) {
		tool_error("serve: no --listen (usage: realmkit serve --listen unix:PATH "
		           "[OPTIONS])");
		return TOOL_USAGE;
	}
	/* Not $RMI_BACKEND, which says where this process' clients shall go. */
	return serve(backend != NULL ? backend : "model", fresh, &options);
}

const struct tool_command tool_serve = {
        .name = "serve",
        .summary = "keep an RMM that other processes use",
        .usage = "usage: realmkit serve --listen unix:PATH [OPTIONS]\n"
                 "\n"
                 "Holds a software RMM and answers the RMI calls of other processes, which open\n"
                 "the backend remote:PATH. A client may die at any moment: its PEs are free\n"
                 "again, and what it has built stays for another client to look at or to take\n"
                 "down. SIGINT or SIGTERM ends it.\n"
                 "\n"
                 "  --listen unix:PATH   where clients connect; only this user can\n"
                 "  --backend CONF       the RMM: model:key=value,... (model)\n"
                 "  --fresh              a new RMM for whoever finds no other client there\n"
                 "  --reclaim            take down what a client leaves behind\n"
                 "  --loopback DEVICE    clients of the Linux driver instead: /dev/rmi-loopback\n"
                 "  --verbose            say on standard error who comes and goes\n"
                 "\n"
                 "Exit status: 0; 1 when it cannot serve; 2 for a mistake on the command line.\n",
        .main = serve_main,
};
