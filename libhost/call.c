/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI calls: the retry rule and the statistics. */

#include <sched.h>
#include <time.h>

#include <rmi/commands.h>
#include <rmi/format.h>

#include "internal.h"

/*
 * Repetitions that keep the processor, since the RMM is busy for some calls of another PE; then
 * ones that give way, which costs a time slice on a loaded machine; later ones sleep.
 */
#define SPINS  8u
#define YIELDS 32u

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void wait_a_little(unsigned attempt)
{
	struct timespec pause = {.tv_nsec = 20000};

	if (attempt <= SPINS)
		for (unsigned i = 0; i < 16 * attempt; i++)
			atomic_signal_fence(memory_order_seq_cst);
	else if (attempt <= SPINS + YIELDS)
		sched_yield();
	else
		nanosleep(&pause, NULL);
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static struct call_count *count_of(struct host *host, uint64_t fid)
{
	return &host->calls[(fid - HOST_FIRST_FID) % HOST_NUM_FIDS];
}

/* Counts one call and the time that it took. */
static void account(struct host_attempts *attempts, uint64_t x0)
{
	struct call_count *count = count_of(attempts->self->host, attempts->fid);

	add(&count->ns, now_ns() - attempts->start);
	add(&count->count, 1);
	switch (rmi_status(x0)) {
	case RMI_SUCCESS:
	case RMI_INCOMPLETE:
	case RMI_BUSY:
	case RMI_BLOCKED:
		break;
	default:
		add(&count->errors, 1);
	}
}

struct host_attempts host_attempts_begin(struct host_thread *self, uint64_t fid)
{
	return (struct host_attempts){.self = self, .fid = fid, .start = now_ns()};
}

bool host_attempts_again(struct host_attempts *attempts, uint64_t x0)
{
	const struct host_limits *limits = &attempts->self->host->limits;

	account(attempts, x0);
	if (rmi_status(x0) == RMI_BUSY) {
		if (++attempts->busy >= limits->busy_attempts)
			return false;
	} else if (rmi_status(x0) == RMI_BLOCKED) {
		if (++attempts->blocked >= limits->blocked_attempts)
			return false;
	} else {
		return false;
	}
	add(&count_of(attempts->self->host, attempts->fid)->retries, 1);
	wait_a_little(attempts->busy + attempts->blocked);
	attempts->start = now_ns();
	return true;
}

uint64_t host_call(struct host_thread *self, struct smccc_regs *regs)
{
	struct host_attempts attempts = host_attempts_begin(self, regs->x[0]);
	const struct smccc_regs in = *regs;
	uint64_t x0;

	do {
		/* An answer overwrites the inputs. */
		*regs = in;
		x0 = rmi_call(self->pe, regs);
	} while (host_attempts_again(&attempts, x0));
	return x0;
}

const char *host_command_name(const struct host *host, uint64_t fid)
{
	const char *name = rmi_command_name(rmi_revision(host->rmi), (uint32_t)fid);

	return name != NULL ? name : "an unknown command";
}

int host_rmi_fail(struct host_thread *self, uint64_t fid, uint64_t x0)
{
	char result[64];

	rmi_format_result(result, sizeof(result), x0);
	return host_fail(self, -ENXIO, "%s: %s", host_command_name(self->host, fid), result);
}

size_t host_call_stats(const struct host *host, struct host_call_stats *stats, size_t max)
{
	size_t found = 0;

	for (uint32_t i = 0; i < HOST_NUM_FIDS; i++) {
		const struct call_count *count = &host->calls[i];

		if (count->count == 0)
			continue;
		if (found < max)
			stats[found] = (struct host_call_stats){
			        .fid = HOST_FIRST_FID + i,
			        .name = host_command_name(host, HOST_FIRST_FID + i),
			        .count = count->count,
			        .retries = count->retries,
			        .errors = count->errors,
			        .total_ns = count->ns,
			};
		found++;
	}
	return found;
}
