/* SPDX-License-Identifier: BSD-3-Clause */
/* realmkit run: builds a realm from an image, runs it and takes it down. */
#include <host/platform.h>

#include "run.h"

/* Exit status of the process after a realm that was built. */
static int run_status(struct run *run, uint64_t lost, int destroyed)
{
	switch ((enum run_end)atomic_load(&run->end)) {
	case RUN_END_OFF:
	case RUN_END_RESET:
	case RUN_END_CPUS_OFF:
		break;
	case RUN_END_TIMEOUT:
		tool_error("the realm did not end within %u s", run->options->timeout);
		return TOOL_FAILURE;
	case RUN_END_INTERRUPTED:
	case RUN_END_SEEN:
	case RUN_END_FAILED:
	case RUN_END_NONE:
		return TOOL_FAILURE;
	}
	if (lost != 0 || destroyed != 0)
		return TOOL_FAILURE;
	return (int)atomic_load(&run->exit_status);
}

static int run_image(const struct run_options *options)
{
	struct run run = {.options = options, .console = stdout};
	int status = TOOL_FAILURE;

	if (run_connect(&run) && run_build(&run)) {
		struct realm_stats stats;
		int destroyed;

		run_vcpus(&run);
		realm_get_stats(run.realm, &stats);
		destroyed = realm_destroy(run.realm);
		run.realm = NULL;
		progress_end(&run.progress);
		status = run_status(&run, summary_print(&run, &stats), destroyed);
	}
	return run_close(&run) ? status : TOOL_FAILURE;
}

static int run_main(int argc, char **argv)
{
	static const struct option known[] = {
	        {"backend", required_argument, NULL, 'b'},
	        {"cpus", required_argument, NULL, 'c'},
	        {"hash", required_argument, NULL, 'H'},
	        {"help", no_argument, NULL, 'h'},
	        {"ipa-bits", required_argument, NULL, 'i'},
	        {"measure", no_argument, NULL, 'm'},
	        {"no-measure", no_argument, NULL, 'M'},
	        {"ram", required_argument, NULL, 'r'},
	        {"timeout", required_argument, NULL, 'T'},
	        {"token-out", required_argument, NULL, 'O'},
	        {"trace", optional_argument, NULL, 't'},
	        {NULL, 0, NULL, 0},
	};
	struct run_options options = {.cpus = 1, .ram = PLATFORM_RAM_SIZE, .measure = true};
	int opt;

	while ((opt = tool_next_option("run", argc, argv, known)) != -1) {
		if (opt == 'h') {
			(void)fputs(tool_run.usage, stdout);
			return TOOL_SUCCESS;
		}
		if (!run_take_option(opt, optarg, &options))
			return TOOL_USAGE;
	}
	if (argc - optind != 1) {
		tool_error("run: %s (usage: realmkit run IMAGE.elf [OPTIONS])",
		           argc == optind ? "no image" : "more than one image");
		return TOOL_USAGE;
	}
	options.image = argv[optind];
	return run_image(&options);
}

const struct tool_command tool_run = {
        .name = "run",
        .summary = "run an image in a realm and say what happened",
        .usage = "usage: realmkit run IMAGE.elf [OPTIONS]\n"
                 "\n"
                 "Builds a realm from a static AArch64 ELF file, runs it until it switches itself\n"
                 "off, and takes it down. What the realm writes goes to standard output, the\n"
                 "summary to standard error.\n"
                 "\n"
                 "  --backend CONF   RMM to talk to, as name:key=value,...; without it\n"
                 "                   $RMI_BACKEND, and without that the software RMM\n"
                 "  --cpus N         vCPUs; the first one starts, the others wait for\n"
                 "                   PSCI CPU_ON (1)\n"
                 "  --ram SIZE       RAM, with suffix K, M, G or T (64M)\n"
                 "  --ipa-bits N     width of the IPA space (40, or what the RMM has if less)\n"
                 "  --hash ALG       hash of the measurements: sha256, sha384, sha512 (sha256)\n"
                 "  --measure        the content of the image is part of the RIM; the default\n"
                 "  --no-measure     it is not, only where it lies\n"
                 "  --trace[=FILE]   write each RMI call to FILE or standard error\n"
                 "  --trace=guest[:FILE]  write what makes vCPUs leave their guest, with the\n"
                 "                   instruction; software RMM only\n"
                 "  --timeout S      stop the realm after S seconds\n"
                 "  --token-out FILE write the attestation token that the realm hands over\n"
                 "\n"
                 "Exit status: the realm's; 1 when it could not be built or run, did not end in\n"
                 "time or pages were lost; 2 for a mistake on the command line.\n",
        .main = run_main,
};
