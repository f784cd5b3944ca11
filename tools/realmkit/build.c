/* SPDX-License-Identifier: BSD-3-Clause */
/* What the subcommands that run an image share: its options, its realm, and the end of both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <host/gic.h>
#include <host/platform.h>

#include "run.h"

/* Most vCPUs that --cpus takes; the RMM may allow fewer. */
#define MAX_CPUS 512

/* Hash algorithms by the names that --hash takes. */
static const struct {
	const char *name;
	enum rmi_hash_algorithm hash;
} hashes[] = {
        {"sha256", RMI_HASH_SHA_256},
        {"sha384", RMI_HASH_SHA_384},
        {"sha512", RMI_HASH_SHA_512},
};

#define NUM_HASHES (sizeof(hashes) / sizeof(hashes[0]))

static void show_progress(void *arg, const char *what, uint64_t done, uint64_t total)
{
	struct run *run = arg;

	if (run->progress.what != what) {
		progress_end(&run->progress);
		progress_begin(&run->progress, what, total);
	}
	progress_update(&run->progress, done);
}

static void show_log(void *arg, enum host_log_level level, const char *text)
{
	(void)arg;
	if (level == HOST_LOG_WARNING)
		tool_error("warning: %s", text);
}

/* Complains with the reason that libhost gives. Returns false. */
static bool host_failure(const struct run *run)
{
	const char *reason = host_last_error(run->host);

	tool_error("%s", reason[0] != '\0' ? reason : strerror(errno));
	return false;
}

bool run_connect(struct run *run)
{
	struct host_config config = {.log = show_log};
	struct rmi_error err;

	run->rmi = rmi_open(run->options->backend, &err);
	if (run->rmi == NULL)
		goto complain;
	if (run->options->trace) {
		run->trace = stderr;
		if (run->options->trace_path != NULL)
			run->trace = fopen(run->options->trace_path, "we");
		if (run->trace == NULL) {
			tool_error("--trace=%s: %s", run->options->trace_path, strerror(errno));
			return false;
		}
		if (rmi_trace_to(run->rmi, run->trace, &err) != 0)
			goto complain;
	}
	if (run->options->trace_guest) {
		run->guest_trace = guest_trace_begin(run->rmi, run->options->image,
		                                     run->options->trace_guest_path);
		if (run->guest_trace == NULL)
			return false;
	}
	if (run->options->token_path != NULL) {
		run->token = fopen(run->options->token_path, "we");
		if (run->token == NULL) {
			tool_error("--token-out=%s: %s", run->options->token_path, strerror(errno));
			return false;
		}
	}
	run->measure = measure_attach(run->rmi, &err);
	if (run->measure == NULL)
		goto complain;
	config.rmi = run->rmi;
	run->host = host_open_config(&config, &err);
	if (run->host != NULL)
		return true;

complain:
	tool_error("%s", err.text);
	return false;
}

/* Which hash algorithms there are is the RMM's to say. */
static bool check_hash(const struct run *run)
{
	const struct host_features *features = host_features(run->host);
	const char *wanted = "";
	char allowed[64] = "";

	for (size_t i = 0; i < NUM_HASHES; i++) {
		if (hashes[i].hash == run->options->hash)
			wanted = hashes[i].name;
		if (!features->hash[hashes[i].hash])
			continue;
		(void)strncat(allowed, allowed[0] != '\0' ? ", " : "", 3);
		(void)strncat(allowed, hashes[i].name, 8);
	}
	return features->hash[run->options->hash] || tool_bad_value("--hash", wanted, allowed);
}

bool run_build(struct run *run)
{
	const struct run_options *options = run->options;
	struct realm_config config = {
	        .ipa_bits = options->ipa_bits,
	        .hash = options->hash,
	        .progress = show_progress,
	        .progress_arg = run,
	};

	if (!check_hash(run))
		return false;
	run->realm = realm_create(run->host, &config);
	if (run->realm == NULL)
		return host_failure(run);
	run->uart = pl011_create(pl011_to_file, run->console);
	if (run->uart == NULL) {
		tool_error("out of memory");
		return false;
	}
	if (realm_add_memory(run->realm, PLATFORM_RAM_BASE, options->ram) != 0 ||
	    realm_add_mmio(run->realm, PLATFORM_UART_BASE, PL011_SIZE, pl011_mmio(), run->uart) !=
	            0)
		return host_failure(run);
	run->vcpus = calloc(options->cpus, sizeof(*run->vcpus));
	if (run->vcpus == NULL) {
		tool_error("out of memory");
		return false;
	}
	for (unsigned i = 0; i < options->cpus; i++) {
		run->vcpus[i] = realm_vcpu_create(run->realm, i);
		if (run->vcpus[i] == NULL)
			return host_failure(run);
	}
	if (realm_gic_create(run->realm, &(struct realm_gic_config){
	                                         .dist_gpa = PLATFORM_GICD_BASE,
	                                         .redist_gpa = PLATFORM_GICR_BASE,
	                                         .num_spis = PLATFORM_NUM_SPIS,
	                                 }) != 0)
		return host_failure(run);
	if (realm_load_elf(run->realm, options->image, options->measure ? REALM_MEASURE : 0) != 0)
		return host_failure(run);
	progress_end(&run->progress);
	return true;
}

static bool parse_hash(const char *text, enum rmi_hash_algorithm *hash)
{
	for (size_t i = 0; i < NUM_HASHES; i++) {
		if (strcmp(text, hashes[i].name) == 0) {
			*hash = hashes[i].hash;
			return true;
		}
	}
	return tool_bad_value("--hash", text, "sha256, sha384, sha512");
}

/* Of calls, to a file or not; or of guests, "guest" or "guest:FILE". */
static void take_trace(const char *value, struct run_options *options)
{
	if (value == NULL || (strcmp(value, "guest") != 0 && strncmp(value, "guest:", 6) != 0)) {
		options->trace = true;
		options->trace_path = value;
		return;
	}
	options->trace_guest = true;
	options->trace_guest_path = value[5] == ':' ? value + 6 : NULL;
}

bool run_take_option(int opt, const char *value, struct run_options *options)
{
	uint64_t number = 0;

	switch (opt) {
	case 'b':
		options->backend = value;
		return true;
	case 'c':
		if (!tool_parse_number("--cpus", value, 1, MAX_CPUS, &number))
			return false;
		options->cpus = (unsigned)number;
		return true;
	case 'r':
		return tool_parse_size("--ram", value, 4096, UINT64_C(1) << 47, &options->ram);
	case 'i':
		if (!tool_parse_number("--ipa-bits", value, 32, 52, &number))
			return false;
		options->ipa_bits = (unsigned)number;
		return true;
	case 'H':
		return parse_hash(value, &options->hash);
	case 't':
		take_trace(value, options);
		return true;
	case 'O':
		options->token_path = value;
		return true;
	case 'm':
		options->measure = true;
		return true;
	case 'M':
		options->measure = false;
		return true;
	case 'T':
		if (!tool_parse_number("--timeout", value, 1, 86400, &number))
			return false;
		options->timeout = (unsigned)number;
		return true;
	default:
		return false;
	}
}

bool run_close(struct run *run)
{
	bool written = true;

	progress_end(&run->progress);
	(void)realm_destroy(run->realm);
	free(run->vcpus);
	pl011_destroy(run->uart);
	written = guest_trace_end(run->guest_trace);
	host_close(run->host);
	rmi_close(run->rmi);
	if (run->trace != NULL && run->trace != stderr && fclose(run->trace) != 0) {
		tool_error("--trace=%s: cannot be written", run->options->trace_path);
		written = false;
	}
	if (run->token != NULL && fclose(run->token) != 0) {
		tool_error("--token-out=%s: cannot be written", run->options->token_path);
		written = false;
	}
	return written;
}
