/* SPDX-License-Identifier: BSD-3-Clause */
/* When it was quiet, and what was measured then. */
#include "bench.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/** A round is quiet if the gauge was within this many percent of the best. */
#define QUIET   104
/** Quiet rounds that are enough for a median. */
#define ENOUGH  100
/** So few quiet rounds say less than all the others. */
#define TOO_FEW 5
/** A series takes its time to find out what quiet is, and gives up some time. */
#define MIN_NS  UINT64_C(1000000000)
#define MAX_NS  UINT64_C(6000000000)

#define MAX_ALL (UINT32_C(1) << 20)
#define PAGE    4096

/** What the gauge has shown, the worse of before and after, of every round of the process. */
static uint64_t gauges[MAX_ALL];
static _Atomic unsigned num_gauges;
static _Atomic uint64_t best = UINT64_MAX;

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t bench_now(void)
{
	return now(CLOCK_MONOTONIC);
}

uint64_t bench_thread_now(void)
{
	return now(CLOCK_THREAD_CPUTIME_ID);
}

static void hash_page(void)
{
	static uint8_t page[PAGE];
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!EVP_Digest(page, PAGE, digest, NULL, EVP_sha256(), NULL))
		abort();
}

uint64_t bench_gauge(void)
{
	uint64_t t;

	/* Vector units that nobody has used for a while take their time to wake up. */
	hash_page();
	t = bench_now();
	hash_page();
	return bench_now() - t;
}

unsigned bench_end_round(uint64_t gauge)
{
	uint64_t after = bench_gauge();
	uint64_t worse = after > gauge ? after : gauge;
	uint64_t before = atomic_load(&best);
	unsigned round = atomic_fetch_add(&num_gauges, 1);

	while (worse < before && !atomic_compare_exchange_weak(&best, &before, worse))
		;
	if (round < MAX_ALL)
		gauges[round] = worse;
	return round;
}

static bool is_quiet(unsigned round)
{
	return round < MAX_ALL && gauges[round] <= atomic_load(&best) * QUIET / 100;
}

static unsigned count_rounds(void)
{
	unsigned count = atomic_load(&num_gauges);

	return count < MAX_ALL ? count : MAX_ALL;
}

static unsigned count_quiet(unsigned first)
{
	unsigned count = 0;

	for (unsigned i = first; i < count_rounds(); i++)
		count += is_quiet(i);
	return count;
}

void bench_count(unsigned *quiet, unsigned *all)
{
	*quiet = count_quiet(0);
	*all = count_rounds();
}

/* Counts again only when it may be the end: what was quiet so far may not be any more. */
static bool is_enough(struct bench_series *series)
{
	uint64_t took = bench_now() - series->start;

	if (took > MAX_NS || count_rounds() - series->first >= BENCH_MAX_ROUNDS)
		return true;
	if (took < MIN_NS || series->quiet < ENOUGH)
		return false;
	series->quiet = count_quiet(series->first);
	return series->quiet >= ENOUGH;
}

bool bench_next(struct bench_series *series)
{
	if (!series->begun) {
		series->begun = true;
		series->first = count_rounds();
		series->start = bench_now();
	} else {
		series->quiet += is_quiet(bench_end_round(series->gauge));
	}
	if (is_enough(series))
		return false;
	series->gauge = bench_gauge();
	return true;
}

void bench_add_round(struct bench_rounds *rounds, unsigned round, uint64_t ns, uint64_t count)
{
	if (rounds->count == BENCH_MAX_ROUNDS)
		return;
	rounds->round[rounds->count] = round;
	rounds->values[rounds->count++] = (double)ns / (double)count;
}

void bench_add_ns(struct bench_rounds *rounds, uint64_t ns, uint64_t count)
{
	bench_add_round(rounds, atomic_load(&num_gauges), ns, count);
}

void bench_add(struct bench_rounds *rounds, uint64_t start, uint64_t count)
{
	bench_add_ns(rounds, bench_now() - start, count);
}

void bench_add_all(struct bench_rounds *rounds, const struct bench_rounds *others)
{
	for (unsigned i = 0; i < others->count && rounds->count < BENCH_MAX_ROUNDS; i++) {
		rounds->round[rounds->count] = others->round[i];
		rounds->values[rounds->count++] = others->values[i];
	}
}

bool bench_enough(const struct bench_rounds *rounds)
{
	unsigned quiet = 0;

	for (unsigned i = 0; i < rounds->count; i++)
		quiet += is_quiet(rounds->round[i]);
	return quiet >= ENOUGH;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/** The value in the middle of the first ones. */
static double middle(struct bench_rounds *rounds, unsigned count)
{
	qsort(rounds->values, count, sizeof(rounds->values[0]), compare);
	return count ? rounds->values[count / 2] : 0;
}

double bench_median(struct bench_rounds *rounds)
{
	unsigned quiet = 0;

	/* The quiet ones to the front. */
	for (unsigned i = 0; i < rounds->count; i++) {
		double value = rounds->values[i];

		if (!is_quiet(rounds->round[i]))
			continue;
		rounds->values[i] = rounds->values[quiet];
		rounds->values[quiet++] = value;
	}
	return middle(rounds, quiet < TOO_FEW ? rounds->count : quiet);
}

double bench_median_of_all(struct bench_rounds *rounds)
{
	return middle(rounds, rounds->count);
}
