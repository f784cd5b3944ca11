/* SPDX-License-Identifier: BSD-3-Clause */
/* What happened in a run, for people. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* Lists are broken into lines of this many columns. */
#define LINE_WIDTH 100

static const char *end_name(enum run_end end)
{
	switch (end) {
	case RUN_END_OFF:
		return "system off";
	case RUN_END_RESET:
		return "system reset";
	case RUN_END_CPUS_OFF:
		return "all vCPUs off";
	case RUN_END_TIMEOUT:
		return "timeout";
	case RUN_END_INTERRUPTED:
	case RUN_END_SEEN:
		return "interrupted";
	case RUN_END_FAILED:
		return "failed";
	case RUN_END_NONE:
		break;
	}
	return "not run";
}

static void print_rim(const struct run *run)
{
	uint8_t rim[RMM_REALM_MEASUREMENT_SIZE];
	size_t size = measure_rim(run->measure, rim);

	if (size == 0)
		return;
	(void)fputs("RIM ", stderr);
	for (size_t i = 0; i < size; i++)
		(void)fprintf(stderr, "%02x", rim[i]);
	(void)fputc('\n', stderr);
}

/* "3 host calls", with a comma in front unless it is the first; nothing for 0. */
static void print_count(bool *first, uint64_t count, const char *one, const char *many)
{
	if (count == 0)
		return;
	(void)fprintf(stderr, "%s%" PRIu64 " %s", *first ? "" : ", ", count,
	              count == 1 ? one : many);
	*first = false;
}

static void print_exits(const struct run *run, const struct realm_stats *stats)
{
	char text[32];
	bool first = true;

	(void)fprintf(stderr, "-- %s after %s: %" PRIu64 " %s (",
	              end_name((enum run_end)atomic_load(&run->end)), tool_duration(text, run->ns),
	              stats->entries, stats->entries == 1 ? "entry" : "entries");
	print_count(&first, stats->private_faults, "private fault", "private faults");
	print_count(&first, stats->shared_faults, "shared fault", "shared faults");
	print_count(&first, stats->mmio_reads, "MMIO read", "MMIO reads");
	print_count(&first, stats->mmio_writes, "MMIO write", "MMIO writes");
	print_count(&first, stats->wfx, "WFx", "WFx");
	print_count(&first, stats->sysregs, "system register", "system registers");
	print_count(&first, stats->other_sync, "other abort", "other aborts");
	print_count(&first, stats->exits[RMI_EXIT_HOST_CALL], "host call", "host calls");
	print_count(&first, stats->exits[RMI_EXIT_RIPAS_CHANGE], "RIPAS change", "RIPAS changes");
	print_count(&first, stats->exits[RMI_EXIT_PSCI], "PSCI", "PSCI");
	for (unsigned i = 0; i < RMI_NUM_EXIT_REASONS + 1; i++) {
		if (i == RMI_EXIT_SYNC || i == RMI_EXIT_HOST_CALL || i == RMI_EXIT_RIPAS_CHANGE ||
		    i == RMI_EXIT_PSCI)
			continue;
		print_count(&first, stats->exits[i], realm_rec_exit_name(i),
		            realm_rec_exit_name(i));
	}
	(void)fputs(first ? "none)\n" : ")\n", stderr);
}

static int more_calls_first(const void *a, const void *b)
{
	const struct host_call_stats *x = a;
	const struct host_call_stats *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->fid < y->fid ? -1 : x->fid > y->fid;
}

/* Name without "RMI_", which the line has said already. */
static const char *short_name(const char *name)
{
	return strncmp(name, "RMI_", 4) == 0 ? name + 4 : name;
}

/* Writes an item of a list behind what is on the line already, or on a line of its own. */
static void print_item(size_t *column, const char *item)
{
	size_t width = strlen(item);

	if (*column + 1 + width > LINE_WIDTH) {
		(void)fputs("\n--  ", stderr);
		*column = 4;
	}
	(void)fprintf(stderr, " %s", item);
	*column += 1 + width;
}

static void print_calls(const struct run *run)
{
	size_t count = host_call_stats(run->host, NULL, 0);
	struct host_call_stats *calls = calloc(count + 1, sizeof(*calls));
	uint64_t total = 0;
	size_t column;
	char text[32];

	if (calls == NULL)
		return;
	count = host_call_stats(run->host, calls, count);
	qsort(calls, count, sizeof(*calls), more_calls_first);
	for (size_t i = 0; i < count; i++)
		total += calls[i].count;
	column = (size_t)fprintf(stderr, "-- %" PRIu64 " RMI calls:", total);
	for (size_t i = 0; i < count; i++) {
		uint64_t overhead = measure_overhead_ns(run->measure, calls[i].fid);
		uint64_t ns = calls[i].total_ns > overhead ? calls[i].total_ns - overhead : 0;
		char item[128];

		(void)snprintf(item, sizeof(item), "%" PRIu64 " %s %s%s", calls[i].count,
		               short_name(calls[i].name), tool_duration(text, ns / calls[i].count),
		               i + 1 < count ? "," : "");
		print_item(&column, item);
	}
	(void)fputc('\n', stderr);
	free(calls);
}

/* The audit has one line for each loss, and a last one that says how many there are. */
static uint64_t print_audit(const struct run *run)
{
	char *text = NULL;
	size_t size = 0;
	FILE *lines = open_memstream(&text, &size);
	uint64_t lost = host_audit(run->host, lines);
	char *rest, *line;

	if (lines == NULL || fclose(lines) != 0) {
		(void)fprintf(stderr, "-- audit: %" PRIu64 " pages lost\n", lost);
		free(text);
		return lost;
	}
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		(void)fprintf(stderr, "-- %s\n", line);
	free(text);
	return lost;
}

uint64_t summary_print(const struct run *run, const struct realm_stats *stats)
{
	/* What the realm wrote comes first, wherever the two streams lead. */
	(void)fflush(stdout);
	print_rim(run);
	print_exits(run, stats);
	print_calls(run);
	return print_audit(run);
}
