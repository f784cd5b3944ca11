/* SPDX-License-Identifier: BSD-3-Clause */
/* Options, numbers, and complaints that say what is allowed. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

void tool_error(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)fflush(stdout);
	(void)fprintf(stderr, "realmkit: %s\n", text);
}

/* Edit distance between two short words, with a row of the table at a time. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64];
	size_t width = strlen(b);

	if (width >= sizeof(row) / sizeof(row[0]))
		return SIZE_MAX;
	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			size_t best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = change < best ? change : best;
		}
	}
	return row[width];
}

const char *tool_nearest(const char *name, const char *(*get)(const void *context, size_t i),
                         const void *context)
{
	const char *best = NULL;
	size_t nearest = strlen(name) / 3 + 2;
	const char *candidate;

	for (size_t i = 0; (candidate = get(context, i)) != NULL; i++) {
		size_t d = distance(name, candidate);

		if (d < nearest) {
			nearest = d;
			best = candidate;
		}
	}
	return best;
}

static const char *option_name(const void *options, size_t i)
{
	return ((const struct option *)options)[i].name;
}

/* All options of a command: "--ram, --cpus". */
static void list_options(char *buf, size_t size, const struct option *options)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; options[i].name != NULL && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s--%s", i ? ", " : "",
		                         options[i].name);
}

/* The option as typed, without its value. */
static void complain_unknown(const char *command, const char *typed, const struct option *options)
{
	char known[512];
	char name[64];
	const char *nearest;

	list_options(known, sizeof(known), options);
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(typed, "="), typed);
	nearest = strncmp(name, "--", 2) == 0 ? tool_nearest(name + 2, option_name, options) : NULL;
	if (nearest != NULL)
		tool_error("%s: unknown option \"%s\" (did you mean \"--%s\"? known: %s)", command,
		           name, nearest, known);
	else
		tool_error("%s: unknown option \"%s\" (known: %s)", command, name, known);
}

/* --output is the one option with a short form, -o. */
static bool has_output(const struct option *options)
{
	for (; options->name != NULL; options++) {
		if (strcmp(options->name, "output") == 0)
			return true;
	}
	return false;
}

int tool_next_option(const char *command, int argc, char **argv, const struct option *options)
{
	/* getopt leaves optind alone while it is inside a group of short options. */
	int at = optind;
	int opt;

	opterr = 0;
	opt = getopt_long(argc, argv, has_output(options) ? ":o:" : ":", options, NULL);
	if (opt == ':') {
		tool_error("%s: option \"%s\" needs a value", command, argv[optind - 1]);
		return '?';
	}
	if (opt == '?') {
		const char *typed = argv[optind > at ? optind - 1 : at];

		if (optopt != 0 && strncmp(typed, "--", 2) == 0 && strchr(typed, '=') != NULL)
			tool_error("%s: option \"%.*s\" takes no value", command,
			           (int)strcspn(typed, "="), typed);
		else
			complain_unknown(command, typed, options);
	}
	return opt;
}

bool tool_bad_value(const char *option, const char *value, const char *allowed)
{
	tool_error("%s: \"%s\" is not allowed (allowed: %s)", option, value, allowed);
	return false;
}

/* Digits, with nothing else around them. */
static bool scan(const char *text, uint64_t *value, const char **end)
{
	char *stop;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &stop, strncmp(text, "0x", 2) == 0 ? 16 : 10);
	*end = stop;
	return errno == 0;
}

bool tool_parse_number(const char *option, const char *text, uint64_t min, uint64_t max,
                       uint64_t *value)
{
	char allowed[64];
	const char *end;

	if (scan(text, value, &end) && *end == '\0' && *value >= min && *value <= max)
		return true;
	(void)snprintf(allowed, sizeof(allowed), "%" PRIu64 " to %" PRIu64, min, max);
	return tool_bad_value(option, text, allowed);
}

bool tool_parse_size(const char *option, const char *text, uint64_t min, uint64_t max,
                     uint64_t *value)
{
	static const char suffixes[] = "KMGT";
	char least[32], most[32], allowed[128];
	const char *end;

	if (scan(text, value, &end)) {
		const char *suffix = *end != '\0' ? strchr(suffixes, *end) : NULL;
		unsigned shift = suffix != NULL ? 10 * (unsigned)(suffix - suffixes + 1) : 0;

		end += suffix != NULL;
		if (*end == '\0' && *value <= max >> shift) {
			*value <<= shift;
			if (*value >= min && *value % 4096 == 0)
				return true;
		}
	}
	(void)snprintf(allowed, sizeof(allowed), "%s to %s, a multiple of 4K, suffixes K M G T",
	               tool_size(least, min), tool_size(most, max));
	return tool_bad_value(option, text, allowed);
}

const char *tool_size(char buf[32], uint64_t bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	unsigned unit = 0;

	while (unit < 4 && bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	(void)snprintf(buf, 32, "%" PRIu64 " %s", bytes, units[unit]);
	return buf;
}

const char *tool_duration(char buf[32], uint64_t ns)
{
	if (ns < 1000)
		(void)snprintf(buf, 32, "%" PRIu64 " ns", ns);
	else if (ns < 1000000)
		(void)snprintf(buf, 32, "%.1f us", (double)ns / 1e3);
	else if (ns < 1000000000)
		(void)snprintf(buf, 32, "%.1f ms", (double)ns / 1e6);
	else
		(void)snprintf(buf, 32, "%.1f s", (double)ns / 1e9);
	return buf;
}

const char *tool_hash_name(enum rmi_hash_algorithm hash)
{
	switch (hash) {
	case RMI_HASH_SHA_256:
		return "SHA-256";
	case RMI_HASH_SHA_384:
		return "SHA-384";
	case RMI_HASH_SHA_512:
		return "SHA-512";
	}
	return "unknown";
}
