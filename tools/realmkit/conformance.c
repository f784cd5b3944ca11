/* SPDX-License-Identifier: BSD-3-Clause */
/* realmkit conformance: one test for every condition of every RMI command. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <conformance/suite/conformance.h>

#include "tool.h"

/* What the command line asks for. */
struct conformance_args {
	const char *backend;
	const char *filter;
	bool verbose;
	uint64_t first_seed; /* Hostile runs, one for each seed. */
	uint64_t last_seed;
	bool hostile;
	bool help;
};

/* One run's place in the whole. */
struct stage {
	struct progress *progress;
	unsigned index;
};

/* Progress goes from 0 to this for each run. */
#define STEPS_PER_RUN 1000

static void update(void *arg, unsigned done, unsigned total)
{
	const struct stage *stage = arg;

	progress_update(stage->progress,
	                (uint64_t)stage->index * STEPS_PER_RUN +
	                        (uint64_t)done * STEPS_PER_RUN / (total > done ? total : done));
}

static const char *granule_name(enum rmi_granule_size granule)
{
	static const char *const names[] = {"4 KiB", "16 KiB", "64 KiB"};

	return names[granule];
}

static void print_count(const char *name, const struct conformance_count *count)
{
	(void)printf("%-32s %5u %7u %7u %7u %7u %7u\n", name, count->rows, count->covered,
	             count->passed, count->failed, count->skipped, count->never);
}

static void print_table(const struct conformance_result *result)
{
	(void)printf("%-32s %5s %7s %7s %7s %7s %7s\n", "command", "rows", "covered", "passed",
	             "failed", "skipped", "never");
	for (unsigned i = 0; i < result->num_commands; i++)
		print_count(result->commands[i].command, &result->commands[i]);
	print_count("all", &result->total);
}

static void print_summary(const struct conformance_result *result, const char *granule,
                          const char *keys)
{
	const struct conformance_count *total = &result->total;

	(void)printf("conformance %s, %s%s%s: %u of %u rows covered, %u tests passed (%u of them "
	             "orderings, %u look inside the model), %u failed, %u skipped, %u rows never "
	             "true\n",
	             rmi_revision_name(result->revision), granule, *keys ? ", " : "", keys,
	             total->covered, total->rows, total->passed, total->pairs, total->inside,
	             total->failed, total->skipped, total->never);
}

/* Whether the backend is the software RMM, and a key is not given. */
static bool may_choose(const char *backend, const char *key)
{
	if (strncmp(backend, "model", 5) != 0 || (backend[5] != '\0' && backend[5] != ':'))
		return false;
	return strstr(backend, key) == NULL;
}

/* One run of the suite. Returns false when something is not as it should be. */
static bool run_once(const struct conformance_args *args, const char *keys, const char *shown,
                     enum rmi_granule_size granule, struct stage *stage, bool table)
{
	struct conformance_result *result = calloc(1, sizeof(*result));
	struct conformance_options options = {
	        .backend = args->backend,
	        .keys = keys,
	        .filter = args->filter,
	        .granule = granule,
	        .verbose = args->verbose,
	        .out = stdout,
	        .progress = update,
	        .arg = stage,
	};
	struct rmi_error err;
	bool good = false;

	if (result == NULL) {
		tool_error("conformance: no memory");
	} else if (!conformance_run(&options, result, &err)) {
		tool_error("conformance: %s", err.text);
	} else {
		progress_end(stage->progress);
		if (table)
			print_table(result);
		print_summary(result, granule_name(granule), shown);
		good = conformance_is_good(result);
	}
	free(result);
	return good;
}

/* All revisions and granule sizes that the backend lets us choose, with one policy. */
static bool run_all(const struct conformance_args *args, const char *policy, bool table,
                    struct stage *stage)
{
	static const char *const specs[] = {"spec=2.0-bet3", "spec=2.0-bet1"};
	unsigned num_specs = may_choose(args->backend, "spec=") ? 2 : 1;
	unsigned num_granules = may_choose(args->backend, "granule=") ? 3 : 1;
	bool good = true;

	for (unsigned spec = 0; spec < num_specs; spec++) {
		for (unsigned g = 0; g < num_granules; g++) {
			char keys[128];

			(void)snprintf(keys, sizeof(keys), "%s%s%s",
			               num_specs > 1 ? specs[spec] : "",
			               num_specs > 1 && *policy ? "," : "", policy);
			good = run_once(args, keys, policy, (enum rmi_granule_size)g, stage,
			                table) &&
			       good;
			stage->index++;
		}
	}
	return good;
}

static unsigned runs_per_policy(const struct conformance_args *args)
{
	return (may_choose(args->backend, "spec=") ? 2u : 1u) *
	       (may_choose(args->backend, "granule=") ? 3u : 1u);
}

static bool parse_seeds(struct conformance_args *args, const char *text)
{
	const char *dash = strchr(text, '-');
	char first[32];

	args->hostile = true;
	(void)snprintf(first, sizeof(first), "%.*s", dash != NULL ? (int)(dash - text) : 31, text);
	if (!tool_parse_number("--hostile", first, 0, UINT32_MAX, &args->first_seed))
		return false;
	args->last_seed = args->first_seed;
	return dash == NULL || tool_parse_number("--hostile", dash + 1, args->first_seed,
	                                         UINT32_MAX, &args->last_seed);
}

static bool parse(int argc, char **argv, struct conformance_args *args)
{
	static const struct option options[] = {
	        {"backend", required_argument, NULL, 'b'}, {"filter", required_argument, NULL, 'f'},
	        {"hostile", required_argument, NULL, 's'}, {"verbose", no_argument, NULL, 'v'},
	        {"help", no_argument, NULL, 'h'},          {0},
	};
	int c;

	while ((c = tool_next_option("conformance", argc, argv, options)) != -1) {
		switch (c) {
		case 'b':
			args->backend = optarg;
			break;
		case 'f':
			args->filter = optarg;
			break;
		case 's':
			if (!parse_seeds(args, optarg))
				return false;
			break;
		case 'v':
			args->verbose = true;
			break;
		case 'h':
			args->help = true;
			return true;
		default:
			return false;
		}
	}
	if (optind < argc) {
		tool_error("conformance: unexpected argument \"%.64s\"", argv[optind]);
		return false;
	}
	return true;
}

static int conformance_main(int argc, char **argv)
{
	struct conformance_args args = {.backend = getenv("RMI_BACKEND")};
	struct progress progress;
	struct stage stage = {.progress = &progress};
	uint64_t policies = 1;
	bool good = true;

	if (args.backend == NULL || *args.backend == '\0')
		args.backend = "model";
	if (!parse(argc, argv, &args))
		return TOOL_USAGE;
	if (args.help) {
		(void)fputs(tool_conformance.usage, stdout);
		return TOOL_SUCCESS;
	}
	if (args.hostile)
		policies = args.last_seed - args.first_seed + 1;
	progress_begin(&progress, "conformance", policies * runs_per_policy(&args) * STEPS_PER_RUN);
	for (uint64_t i = 0; i < policies; i++) {
		char policy[64] = "";

		if (args.hostile)
			(void)snprintf(policy, sizeof(policy), "policy=hostile,seed=%" PRIu64,
			               args.first_seed + i);
		good = run_all(&args, policy, !args.hostile, &stage) && good;
	}
	progress_end(&progress);
	return good ? TOOL_SUCCESS : TOOL_FAILURE;
}

const struct tool_command tool_conformance = {
        .name = "conformance",
        .summary = "test an RMM against every condition of the specification",
        .usage =
                "usage: realmkit conformance [OPTIONS]\n"
                "\n"
                "Makes every failure condition of every RMI command true, one at a time, and\n"
                "looks for the status that the specification gives it; looks for every success\n"
                "condition after a success; makes two conditions true where the specification\n"
                "says which of them wins. A condition without a test is a failure.\n"
                "\n"
                "  --backend NAME:CONF  what to test (default: $RMI_BACKEND, else model). The\n"
                "                       software RMM is tested in both revisions and with all\n"
                "                       granule sizes, unless CONF has spec= or granule=\n"
                "  --filter PATTERN     only tests whose name COMMAND/condition matches, such as\n"
                "                       'RMI_RTT_*'; success conditions are COMMAND/ok.condition,\n"
                "                       orderings COMMAND/winner<loser\n"
                "  --hostile A[-B]      with policy=hostile, once for each seed from A to B\n"
                "  --verbose            tell about tests that pass, too\n"
                "\n"
                "Columns: rows, conditions of the command; covered, with a test or a reason why\n"
                "there can be none; skipped, cannot be expressed with this backend or granule\n"
                "size; never, no caller can make the condition true.\n",
        .main = conformance_main,
};
