/* SPDX-License-Identifier: BSD-3-Clause */
/* realmkit inspect: runs an image up to a moment, and shows what the RMM holds then. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <host/platform.h>
#include <rmi/layer.h>
#include <rmi/model.h>

#include "inspect.h"
#include "run.h"
#include "view.h"

/* When to look. */
enum moment {
	MOMENT_POPULATED,
	MOMENT_ACTIVATED,
	MOMENT_EXIT,
	MOMENT_END,
};

struct inspect_options {
	struct run_options run;
	enum moment at;
	uint64_t exit; /* Of MOMENT_EXIT, from 1. */
	unsigned what; /* enum view_what */
	bool (*show)(const struct view *view, unsigned what, FILE *out);
	const char *path; /* NULL: standard output. */
};

/* A layer that waits for the moment. The connection owns it. */
struct watcher {
	struct rmi_backend backend;
	struct run *run;
	const struct inspect_options *options;
	struct rmm *rmm;
	pthread_mutex_t lock; /* Guards what follows. */
	struct view *view;
	uint64_t exits;
	struct progress progress;
	bool seen;
	bool good; /* There was memory for what was seen. */
};

static void look(struct watcher *w, const char *moment)
{
	w->seen = true;
	(void)snprintf(w->view->moment, sizeof(w->view->moment), "%s", moment);
	w->view->exits = w->exits;
	w->good = view_take(w->view, w->rmm);
}

/* Whether the first realm there is has been activated. */
static bool is_activated(struct rmm *rmm)
{
	struct rmm_realm_info realm;

	return rmm_inspect_realm(rmm, 0, &realm) && strcmp(realm.state, "REALM_ACTIVE") == 0;
}

static void after_call(struct watcher *w, uint32_t fid, uint64_t x0)
{
	bool now = false;

	(void)pthread_mutex_lock(&w->lock);
	if (fid == SMC_RMI_REC_ENTER && rmi_status(x0) == RMI_SUCCESS) {
		w->exits++;
		progress_update(&w->progress, w->exits);
		now = w->options->at == MOMENT_EXIT && w->exits == w->options->exit;
	} else if (w->options->at == MOMENT_ACTIVATED && !w->seen) {
		/* The command, or the operation that it began, is over. */
		now = (fid == SMC_RMI_REALM_ACTIVATE || fid == SMC_RMI_OP_CONTINUE) &&
		      is_activated(w->rmm);
	}
	if (now) {
		char moment[32] = "after activation";

		if (w->options->at == MOMENT_EXIT)
			(void)snprintf(moment, sizeof(moment), "after exit %" PRIu64, w->exits);
		look(w, moment);
	}
	(void)pthread_mutex_unlock(&w->lock);
	if (now)
		run_enough(w->run);
}

static void watcher_call(struct rmi_backend *backend, unsigned pe, struct smccc_regs *regs)
{
	uint32_t fid = (uint32_t)regs->x[0];

	backend->below->ops->call(backend->below, pe, regs);
	if (fid == SMC_RMI_REC_ENTER || fid == SMC_RMI_REALM_ACTIVATE || fid == SMC_RMI_OP_CONTINUE)
		after_call((struct watcher *)backend, fid, regs->x[0]);
}

static void watcher_kick(struct rmi_backend *backend, unsigned pe)
{
	backend->below->ops->kick(backend->below, pe);
}

static struct rmi_ich *watcher_ich(struct rmi_backend *backend, unsigned pe)
{
	return backend->below->ops->ich(backend->below, pe);
}

static bool watcher_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                                 const char **state)
{
	struct rmi_backend *below = backend->below;

	return below->ops->granule_next != NULL && below->ops->granule_next(below, from, pa, state);
}

static void watcher_close(struct rmi_backend *backend)
{
	struct watcher *w = (struct watcher *)backend;

	backend->below->ops->close(backend->below);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

/* Watches the calls of a connection from now on. NULL after a complaint. */
static struct watcher *watch(struct run *run, const struct inspect_options *options,
                             struct view *view)
{
	static const struct rmi_backend_ops ops = {
	        .call = watcher_call,
	        .kick = watcher_kick,
	        .ich = watcher_ich,
	        .granule_next = watcher_granule_next,
	        .close = watcher_close,
	};
	struct rmi *rmi = run->rmi;
	struct rmi_backend *below = rmi_top_backend(rmi);
	struct rmm *rmm = rmi_model(rmi);
	struct watcher *w;

	if (rmm == NULL) {
		tool_error("inspect: backend \"%s\" cannot be looked into (only the software RMM "
		           "can: model)",
		           rmi_backend_name(rmi));
		return NULL;
	}
	w = calloc(1, sizeof(*w));
	if (w == NULL) {
		tool_error("out of memory");
		return NULL;
	}
	w->backend = *below;
	w->backend.ops = &ops;
	w->backend.below = below;
	w->run = run;
	w->options = options;
	w->rmm = rmm;
	w->view = view;
	(void)pthread_mutex_init(&w->lock, NULL);
	rmi_push_layer(rmi, &w->backend);
	return w;
}

/* Brings the realm to the moment. Returns false after a complaint. */
static bool reach(struct run *run, struct watcher *w)
{
	const struct inspect_options *options = w->options;
	enum run_end end;

	if (options->at == MOMENT_POPULATED) {
		look(w, "after the image was loaded");
	} else {
		progress_begin(&w->progress, "exits",
		               options->at == MOMENT_EXIT ? options->exit : UINT64_MAX);
		run_vcpus(run);
		progress_end(&w->progress);
		end = (enum run_end)atomic_load(&run->end);
		if (end == RUN_END_TIMEOUT)
			tool_error("the realm did not come that far within %u s",
			           options->run.timeout);
		if (end == RUN_END_TIMEOUT || end == RUN_END_FAILED || end == RUN_END_INTERRUPTED)
			return false;
		if (options->at == MOMENT_END)
			look(w, "after the realm ended");
	}
	if (!w->seen) {
		tool_error("--at: the realm ended after %" PRIu64 " exits", w->exits);
		return false;
	}
	if (!w->good)
		tool_error("out of memory");
	return w->good;
}

/* Writes the view to where it is wanted. Returns false after a complaint. */
static bool show(const struct inspect_options *options, const struct view *view)
{
	FILE *out = options->path != NULL ? fopen(options->path, "we") : stdout;
	bool good;

	if (out == NULL) {
		tool_error("--output=%s: %s", options->path, strerror(errno));
		return false;
	}
	good = options->show(view, options->what, out);
	if (!good)
		tool_error("out of memory");
	if (out != stdout && fclose(out) != 0) {
		tool_error("--output=%s: cannot be written", options->path);
		return false;
	}
	return good;
}

static int inspect_image(const struct inspect_options *options)
{
	struct run run = {.options = &options->run, .console = stderr};
	struct view view = {0};
	struct watcher *w;
	bool good = false;

	if (run_connect(&run)) {
		w = watch(&run, options, &view);
		good = w != NULL && run_build(&run) && reach(&run, w) && show(options, &view);
	}
	view_free(&view);
	return run_close(&run) && good ? TOOL_SUCCESS : TOOL_FAILURE;
}

static bool parse_at(const char *text, struct inspect_options *options)
{
	static const char *const names[] = {
	        [MOMENT_POPULATED] = "populated",
	        [MOMENT_ACTIVATED] = "activated",
	        [MOMENT_END] = "end",
	};

	for (unsigned i = 0; i <= MOMENT_END; i++) {
		if (names[i] != NULL && strcmp(text, names[i]) == 0) {
			options->at = (enum moment)i;
			return true;
		}
	}
	options->at = MOMENT_EXIT;
	if (strncmp(text, "exit:", 5) == 0)
		return tool_parse_number("--at=exit", text + 5, 1, UINT32_MAX, &options->exit);
	return tool_bad_value("--at", text, "populated, activated, exit:N, end");
}

static bool parse_format(const char *text, struct inspect_options *options)
{
	if (strcmp(text, "text") == 0)
		options->show = view_text;
	else if (strcmp(text, "json") == 0)
		options->show = view_json;
	else if (strcmp(text, "svg") == 0)
		options->show = view_svg;
	else
		return tool_bad_value("--format", text, "text, json, svg");
	return true;
}

static bool parse_what(const char *text, struct inspect_options *options)
{
	if (strcmp(text, "memory") == 0)
		options->what = VIEW_MEMORY;
	else if (strcmp(text, "rtt") == 0)
		options->what = VIEW_RTT;
	else if (strcmp(text, "all") == 0)
		options->what = VIEW_MEMORY | VIEW_RTT;
	else
		return tool_bad_value("--what", text, "memory, rtt, all");
	return true;
}

static bool take_option(int opt, const char *value, struct inspect_options *options)
{
	switch (opt) {
	case 'a':
		return parse_at(value, options);
	case 'f':
		return parse_format(value, options);
	case 'w':
		return parse_what(value, options);
	case 'o':
		options->path = value;
		return true;
	default:
		return run_take_option(opt, value, &options->run);
	}
}

static int inspect_main(int argc, char **argv)
{
	static const struct option known[] = {
	        {"at", required_argument, NULL, 'a'},
	        {"backend", required_argument, NULL, 'b'},
	        {"cpus", required_argument, NULL, 'c'},
	        {"format", required_argument, NULL, 'f'},
	        {"hash", required_argument, NULL, 'H'},
	        {"help", no_argument, NULL, 'h'},
	        {"ipa-bits", required_argument, NULL, 'i'},
	        {"output", required_argument, NULL, 'o'},
	        {"ram", required_argument, NULL, 'r'},
	        {"timeout", required_argument, NULL, 'T'},
	        {"what", required_argument, NULL, 'w'},
	        {NULL, 0, NULL, 0},
	};
	struct inspect_options options = {
	        .run = {.cpus = 1, .ram = PLATFORM_RAM_SIZE, .measure = true},
	        .at = MOMENT_ACTIVATED,
	        .what = VIEW_MEMORY | VIEW_RTT,
	        .show = view_text,
	};
	int opt;

	while ((opt = tool_next_option("inspect", argc, argv, known)) != -1) {
		if (opt == 'h') {
			(void)fputs(tool_inspect.usage, stdout);
			return TOOL_SUCCESS;
		}
		if (!take_option(opt, optarg, &options))
			return TOOL_USAGE;
	}
	if (argc == optind && options.run.backend != NULL)
		return inspect_backend(options.run.backend);
	if (argc - optind != 1) {
		tool_error("inspect: %s (usage: realmkit inspect IMAGE.elf [OPTIONS])",
		           argc == optind ? "no image" : "more than one image");
		return TOOL_USAGE;
	}
	options.run.image = argv[optind];
	return inspect_image(&options);
}

const struct tool_command tool_inspect = {
        .name = "inspect",
        .summary = "run an image up to a moment and show what the RMM holds",
        .usage =
                "usage: realmkit inspect IMAGE.elf [OPTIONS]\n"
                "       realmkit inspect --backend CONF\n"
                "\n"
                "Builds a realm from an image as `realmkit run` does, runs it up to a moment, and\n"
                "shows the memory of the RMM, the realm, its RECs and its RTTs. What the realm\n"
                "writes goes to standard error. Without an image: the granules that an RMM\n"
                "holds that is there already, such as remote:PATH, and its open operations.\n"
                "\n"
                "  --at MOMENT      when: populated (before the first vCPU runs), activated,\n"
                "                   exit:N (after the Nth exit of a REC), end (activated)\n"
                "  --what WHAT      memory, rtt or all (all)\n"
                "  --format FORMAT  text, json or svg (text)\n"
                "  -o, --output FILE\n"
                "                   where to; without it standard output\n"
                "\n"
                "  --backend CONF, --cpus N, --hash ALG, --ipa-bits N, --ram SIZE, --timeout S\n"
                "                   as for run; the backend must be the software RMM\n"
                "\n"
                "Exit status: 0; 1 when the moment did not come; 2 for a mistake on the command\n"
                "line.\n",
        .main = inspect_main,
};
