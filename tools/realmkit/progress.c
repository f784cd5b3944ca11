/* SPDX-License-Identifier: BSD-3-Clause */
/* One line on a terminal that says how far long work has come. */
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

/* Work that is done before this long shows nothing. */
#define PATIENCE_NS UINT64_C(300000000)
#define REDRAW_NS   UINT64_C(100000000)

uint64_t tool_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
	*progress = (struct progress){
	        .what = what,
	        .total = total,
	        .begun_ns = tool_now_ns(),
	        .terminal = isatty(STDERR_FILENO) == 1,
	};
}

void progress_update(struct progress *progress, uint64_t done)
{
	uint64_t now;

	if (!progress->terminal)
		return;
	now = tool_now_ns();
	if (now - progress->begun_ns < PATIENCE_NS || now - progress->shown_ns < REDRAW_NS)
		return;
	(void)fprintf(stderr, "\r%s: %" PRIu64 "%%\033[K", progress->what,
	              progress->total ? done * 100 / progress->total : 100);
	progress->shown_ns = now;
	progress->drawn = true;
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		(void)fputs("\r\033[K", stderr);
	progress->drawn = false;
}
