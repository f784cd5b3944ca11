/* SPDX-License-Identifier: BSD-3-Clause */
/* RECs that run code, through all of the RMM: exits, what a vCPU costs, several at once. */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include <rmi/abi/fid.h>
#include <rmi/rmi.h>
#include <support/realm.h>

#define PAGE       SMALL_PAGE_SIZE
#define CALLS      2000
#define VCPUS      4
/** RECs that are made to find out what one costs. */
#define MANY       40
/** Times that a vCPU goes round its loop until it exits: some 100 microseconds. */
#define LOOPS      UINT64_C(20000)
/** Times that one vCPU and then four run at the same time, and how long. */
#define MIN_SLICES 10
#define MAX_SLICES 30
#define SLICE_NS   100000000

/* Where the guests are, and the page of the host call. */
#define PC_CALL    UINT64_C(0)
#define PC_COUNT   UINT64_C(0x100)
#define IPA_CALL   UINT64_C(0x1000)

/* Host calls for ever: X0 is set each time, X1 is a parameter. */
static const uint32_t calling[] = {
        0xd2803320, /* MOVZ X0, #0x199 */
        0xf2b88000, /* MOVK X0, #0xc400, LSL #16 */
        0xd4000003, /* SMC #0 */
        0x17fffffd, /* B -3 */
};

/* Counts X0 down, with a load and a store at X1, then lets the Host know, for ever. */
static const uint32_t counting[] = {
        0xaa0003e2, /* MOV X2, X0 */
        0xf9400023, /* LDR X3, [X1] */
        0x91000463, /* ADD X3, X3, #1 */
        0xf9000023, /* STR X3, [X1] */
        0xf1000442, /* SUBS X2, X2, #1 */
        0x54ffff81, /* B.NE -4 */
        0xd518cbbf, /* MSR ICC_SGI1R_EL1, XZR */
        0x17fffff9, /* B -7 */
};

_Static_assert(SMC_RSI_HOST_CALL == 0xc4000199, "the guest has it as two immediates");

/** A Realm whose RECs call, count, or are many. */
struct scene {
	struct rmi *rmi;
	struct small_realm realm;
	uint64_t runs[VCPUS];
	const char *wrong;
};

static void must(struct scene *s, uint64_t x0, const char *what)
{
	if (x0 != 0 && s->wrong == NULL)
		s->wrong = what;
}

static void add_rec(struct scene *s, uint64_t pc, uint64_t x0, uint64_t x1)
{
	must(s,
	     small_rec(&s->realm, pc, RMI_REC_CREATE_FLAGS_RUNNABLE, (const uint64_t[8]){x0, x1}),
	     "REC_CREATE");
}

static void map(struct scene *s, uint64_t ipa, const void *content)
{
	must(s, small_map_init(&s->realm, ipa, content, 0), "DATA_MAP_INIT");
}

static void set_up(struct scene *s)
{
	static uint8_t page[PAGE];

	memcpy(&page[PC_CALL], calling, sizeof(calling));
	memcpy(&page[PC_COUNT], counting, sizeof(counting));
	must(s, rmi_rmm_activate(rmi_pe(s->rmi, 0), NULL), "RMM_ACTIVATE");
	small_realm_init(&s->realm, rmi_pe(s->rmi, 0), rmi_memory(s->rmi).base, UINT64_C(8) << 20);
	must(s, small_realm_create(&s->realm, RMI_HASH_SHA_256), "REALM_CREATE");
	must(s, small_tables(&s->realm, 0), "RTT_CREATE");
	map(s, 0, page);
	memset(page, 0, sizeof(page));
	for (unsigned i = 0; i <= VCPUS; i++)
		map(s, IPA_CALL + i * PAGE, page);
	add_rec(s, PC_CALL, 0, IPA_CALL);
	for (unsigned i = 0; i < VCPUS; i++) {
		s->runs[i] = small_page(&s->realm);
		memset(small_va(&s->realm, s->runs[i]), 0, PAGE);
		add_rec(s, PC_COUNT, LOOPS, IPA_CALL + (1 + i) * PAGE);
	}
}

static uint64_t enter(struct scene *s, unsigned rec, unsigned pe, uint64_t run)
{
	return rmi_rec_enter(rmi_pe(s->rmi, pe), s->realm.recs[rec], run);
}

static double measure_calls(struct scene *s)
{
	static struct bench_rounds rounds;

	rounds.count = 0;
	for (struct bench_series series = {0}; bench_next(&series);) {
		uint64_t t = bench_now();

		for (unsigned n = 0; n < CALLS; n++)
			must(s, enter(s, 0, 0, s->runs[0]), "REC_ENTER");
		bench_add(&rounds, t, CALLS);
	}
	return bench_median(&rounds);
}

static uint64_t resident(void)
{
	char line[128] = "";
	FILE *statm = fopen("/proc/self/statm", "r");
	char *second;

	if (statm == NULL)
		return 0;
	if (fgets(line, sizeof(line), statm) == NULL)
		line[0] = 0;
	fclose(statm);
	/* Pages: of the address space, and resident. */
	second = strchr(line, ' ');
	return second != NULL ? strtoul(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/** Makes RECs, and lets each run once when the Realm is active. */
static void measure_creation(struct scene *s, struct bench_rec *result)
{
	unsigned first = s->realm.num_recs;
	static struct bench_rounds rounds;
	uint64_t created[MANY];
	uint64_t before = resident();

	rounds.count = 0;
	for (unsigned i = 0; i < MANY; i++) {
		uint64_t t = bench_now();

		add_rec(s, PC_CALL, 0, IPA_CALL);
		created[i] = bench_now() - t;
	}
	must(s, small_activate(&s->realm), "REALM_ACTIVATE");
	for (unsigned i = 0; i < MANY; i++) {
		uint64_t t = bench_now();

		must(s, enter(s, first + i, 0, s->runs[0]), "REC_ENTER");
		bench_add_ns(&rounds, bench_now() - t + created[i], 1);
	}
	result->create_ns = bench_median(&rounds);
	result->create_kib = (double)(resident() - before) / MANY / 1024;
}

/** A vCPU in a thread, which counts for as long as it may. */
struct runner {
	struct scene *scene;
	const _Atomic bool *stop;
	/** Of the times that it went round its loop: those of this thread, not of the clock. */
	struct bench_rounds *rounds;
	uint64_t cpu; /**< Time of the thread. */
	unsigned index;
	bool good;
};

static void *count(void *arg)
{
	struct runner *r = arg;
	uint64_t begin = bench_thread_now();

	r->good = true;
	while (r->good && !atomic_load(r->stop)) {
		uint64_t gauge = bench_gauge();
		uint64_t t = bench_thread_now();

		r->good = enter(r->scene, 1 + r->index, r->index, r->scene->runs[r->index]) ==
		          RMI_SUCCESS;
		t = bench_thread_now() - t;
		bench_add_round(r->rounds, bench_end_round(gauge), t, 1);
	}
	r->cpu = bench_thread_now() - begin;
	return NULL;
}

/** What vCPUs that run at the same time do with their cores. */
struct crowd {
	struct bench_rounds rounds; /**< Of all of them. */
	double busy;                /**< Nanoseconds that cores were used, */
	double had;                 /**< of those that there were. */
};

static void count_together(struct scene *s, struct crowd *crowd, unsigned vcpus, unsigned cores)
{
	const struct timespec slice = {.tv_nsec = SLICE_NS};
	static struct bench_rounds rounds[VCPUS];
	struct runner runners[VCPUS];
	pthread_t threads[VCPUS];
	_Atomic bool stop = false;
	uint64_t t = bench_now();

	for (unsigned i = 0; i < vcpus; i++) {
		rounds[i].count = 0;
		runners[i] = (struct runner){s, &stop, &rounds[i], 0, i, false};
		if (pthread_create(&threads[i], NULL, count, &runners[i])) {
			perror("bench: a thread");
			exit(2);
		}
	}
	nanosleep(&slice, NULL);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < vcpus; i++) {
		pthread_join(threads[i], NULL);
		must(s, !runners[i].good, "REC_ENTER");
		crowd->busy += (double)runners[i].cpu;
		bench_add_all(&crowd->rounds, &rounds[i]);
	}
	crowd->had += (double)(bench_now() - t) * cores;
}

/** Nanoseconds of a core that a loop of a vCPU costs, with those that were not used. */
static double cost(struct crowd *crowd, bool quiet)
{
	double loop = quiet ? bench_median(&crowd->rounds) : bench_median_of_all(&crowd->rounds);

	return loop * crowd->had / crowd->busy;
}

/** What four vCPUs need of the cores that there are, as a multiple of what one needs of one. */
static double measure_together(struct scene *s)
{
	static struct crowd one;
	static struct crowd four;
	unsigned cores = (unsigned)get_nprocs();
	bool quiet = false;

	if (cores > VCPUS)
		cores = VCPUS;
	memset(&one, 0, sizeof(one));
	memset(&four, 0, sizeof(four));
	for (unsigned i = 0; i < MAX_SLICES && (i < MIN_SLICES || !quiet); i++) {
		count_together(s, &one, 1, 1);
		count_together(s, &four, VCPUS, cores);
		/* Quiet rounds of one side and all of the other would compare moments, not vCPUs.
		 */
		quiet = bench_enough(&one.rounds) && bench_enough(&four.rounds);
	}
	return cost(&four, quiet) / cost(&one, quiet);
}

bool bench_rec(struct bench_rec *result, const char **what)
{
	struct scene s = {0};
	struct rmi_error err;

	*what = "no RMM";
	s.rmi = rmi_open("model:dram=16M", &err);
	if (s.rmi == NULL)
		return false;
	set_up(&s);
	if (s.wrong == NULL)
		measure_creation(&s, result);
	if (s.wrong == NULL)
		result->call_ns = measure_calls(&s);
	if (s.wrong == NULL)
		result->together = measure_together(&s);
	*what = s.wrong;
	rmi_close(s.rmi);
	return s.wrong == NULL;
}
