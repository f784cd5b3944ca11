/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench [--image FILE.elf] [--slack FACTOR]
 *
 * What calls cost on the software RMM, beside memset, memcpy and the hash library in the same run.
 * Bounds hold in an optimized build while the machine is quiet (bench.h). A run that breaks one is
 * repeated, and each bound has to be kept once. --slack allows that many times the bounds, for
 * machines that are never quiet; 0 allows everything.
 */
#include "bench.h"

#include <getopt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rmi/model.h>
#include <rmm/guest.h>
#include <support/realm.h>

/* A round is short, so that most of them are not interrupted, and does a bit of everything, so
 * that what the machine is busy with hits everything alike. */
#define BATCH    200
#define HASHES   8
#define PAGE     UINT64_C(0x1000)
/** Pages that a measurement goes round. */
#define PAGES    4
/** Times that they are mapped and unmapped in a round. */
#define CYCLES   10
#define TABLES   64
#define ATTEMPTS 3
#define PC       UINT64_C(0x1000)
#define PC_CALL  UINT64_C(0x2000)
#define IPA_CALL UINT64_C(0x20000)
#define MIN_MIPS 250.0
#define MIN_FP   150.0

/** What is measured. The first ones are what the others are held against. */
enum item {
	MEMSET,
	MEMCPY,
	HASH,
	VERSION,
	DELEGATE,
	RTT_CREATE,
	DATA_MAP,
	DATA_UNMAP,
	MAP_INIT,
	ENTER_KICKED,
	ENTER_SCRIPT,
	ENTER_CALL,
	NUM_ITEMS,
};

static const char *const names[NUM_ITEMS] = {
        [MEMSET] = "memset 4 KiB",
        [MEMCPY] = "memcpy 4 KiB",
        [HASH] = "SHA-256 of 4 KiB (OpenSSL)",
        [VERSION] = "RMI_VERSION",
        [DELEGATE] = "DELEGATE + UNDELEGATE, 1 granule",
        [RTT_CREATE] = "RTT_CREATE",
        [DATA_MAP] = "DATA_MAP 4K",
        [DATA_UNMAP] = "DATA_UNMAP 4K",
        [MAP_INIT] = "DATA_MAP_INIT, measured",
        [ENTER_KICKED] = "REC_ENTER, kicked",
        [ENTER_SCRIPT] = "REC_ENTER, script guest and back",
        [ENTER_CALL] = "REC_ENTER, RSI_HOST_CALL and back",
};

/** A Realm with its memory for the measurements. */
struct bench {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm fresh; /**< REALM_NEW: tables and pages. */
	struct small_realm live;  /**< REALM_ACTIVE: two RECs. */
	uint64_t host;            /**< A host page to delegate. */
	uint64_t rtt[TABLES];     /**< Delegated granules for tables. */
	uint64_t data[PAGES];     /**< Delegated granules for pages. */
	uint64_t src;             /**< Host page with content. */
	EVP_MD *md;
	EVP_MD_CTX *ctx;
	uint8_t *pages; /**< PAGES pages outside the RMM. */
	struct bench_rounds rounds[NUM_ITEMS];
	double ns[NUM_ITEMS];
	double slack;         /**< Bounds are multiplied by this. */
	bool kept[NUM_ITEMS]; /**< The bound was kept in one attempt at least. */
	bool kept_mips;
	bool kept_recs[4];
	bool kept_fp;
};

/** A call that must succeed. */
static void must(uint64_t x0, const char *what)
{
	if (!x0)
		return;
	fprintf(stderr, "bench: %s gives 0x%llx\n", what, (unsigned long long)x0);
	exit(2);
}

/** Keeps the compiler from leaving work out. */
static void use(void *memory)
{
	__asm__ volatile("" : : "r"(memory) : "memory");
}

static void hash_page(struct bench *b, const void *page)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	EVP_DigestInit_ex2(b->ctx, b->md, NULL);
	EVP_DigestUpdate(b->ctx, page, PAGE);
	EVP_DigestFinal_ex(b->ctx, digest, NULL);
	use(digest);
}

static void measure_memory(struct bench *b)
{
	/* The page that is delegated later: what a page costs depends on where it lies. */
	void *page = rmi_pa_to_va(b->rmi, b->host, PAGE);
	uint64_t t = bench_now();

	for (unsigned i = 0; i < BATCH; i++) {
		memset(page, 0, PAGE);
		use(page);
	}
	bench_add(&b->rounds[MEMSET], t, BATCH);
	t = bench_now();
	for (unsigned i = 0; i < BATCH; i++) {
		memcpy(b->pages + i % PAGES * PAGE, b->pages + (i + 1) % PAGES * PAGE, PAGE);
		use(b->pages);
	}
	bench_add(&b->rounds[MEMCPY], t, BATCH);
	t = bench_now();
	for (unsigned i = 0; i < HASHES; i++)
		hash_page(b, b->pages + i % PAGES * PAGE);
	bench_add(&b->rounds[HASH], t, HASHES);
}

static void measure_plain(struct bench *b)
{
	uint64_t p = b->host;
	uint64_t t = bench_now();

	for (unsigned i = 0; i < BATCH; i++)
		rmi_version(b->pe, RMI_ABI_VERSION, NULL, NULL);
	bench_add(&b->rounds[VERSION], t, BATCH);
	t = bench_now();
	for (unsigned i = 0; i < BATCH; i++) {
		must(rmi_granule_range_delegate(b->pe, p, p + PAGE, NULL, NULL), "DELEGATE");
		must(rmi_granule_range_undelegate(b->pe, p, p + PAGE, NULL, NULL), "UNDELEGATE");
	}
	bench_add(&b->rounds[DELEGATE], t, BATCH);
}

static void measure_tables(struct bench *b)
{
	uint64_t step = rmi_rtt_level_size(12, 2);
	uint64_t base = step * 8;
	uint64_t rd = b->fresh.rd;
	uint64_t t = bench_now();

	for (unsigned i = 0; i < TABLES; i++)
		must(rmi_rtt_create(b->pe, rd, b->rtt[i], base + i * step, 3, NULL), "RTT_CREATE");
	bench_add(&b->rounds[RTT_CREATE], t, TABLES);
	for (unsigned i = 0; i < TABLES; i++)
		must(rmi_rtt_destroy(b->pe, rd, base + i * step, 3, NULL, NULL, NULL),
		     "RTT_DESTROY");
}

static void unmap_pages(struct bench *b)
{
	for (uint64_t i = 0; i < PAGES; i++)
		must(rmi_rtt_data_unmap(b->pe, b->fresh.rd, i * PAGE, (i + 1) * PAGE, 0, 0, NULL,
		                        NULL, NULL, NULL),
		     "DATA_UNMAP");
}

static void map_pages(struct bench *b)
{
	for (uint64_t i = 0; i < PAGES; i++) {
		struct rmi_addr_range_desc desc = {.base = b->data[i], .count = 1};

		must(rmi_rtt_data_map(b->pe, b->fresh.rd, i * PAGE, (i + 1) * PAGE,
		                      RMI_ADDR_TYPE_SINGLE,
		                      rmi_addr_range_desc_encode(rmi_revision(b->rmi), 12, desc),
		                      NULL, NULL),
		     "DATA_MAP");
	}
}

static void measure_maps(struct bench *b)
{
	uint64_t mapped = 0;
	uint64_t unmapped = 0;
	uint64_t t;

	for (unsigned i = 0; i < CYCLES; i++) {
		uint64_t begin = bench_now();
		uint64_t middle;

		map_pages(b);
		middle = bench_now();
		unmap_pages(b);
		mapped += middle - begin;
		unmapped += bench_now() - middle;
	}
	bench_add_ns(&b->rounds[DATA_MAP], mapped, CYCLES * PAGES);
	bench_add_ns(&b->rounds[DATA_UNMAP], unmapped, CYCLES * PAGES);
	t = bench_now();
	for (uint64_t i = 0; i < PAGES; i++)
		must(rmi_rtt_data_map_init(b->pe, b->fresh.rd, b->data[i], i * PAGE, b->src,
		                           RMI_DATA_FLAGS_MEASURE, NULL),
		     "DATA_MAP_INIT");
	bench_add(&b->rounds[MAP_INIT], t, PAGES);
	unmap_pages(b);
}

static void waiting_guest(struct guest *g, void *arg)
{
	(void)arg;
	for (;;)
		guest_wfi(g);
}

static void calling_guest(struct guest *g, void *arg)
{
	(void)arg;
	for (;;)
		rsi_host_call(g, IPA_CALL);
}

static void measure_entries(struct bench *b, enum item item, unsigned rec, uint64_t flags,
                            enum rmi_rec_exit_reason reason)
{
	struct rmi_rec_run *run = small_run(&b->live);
	uint64_t t;

	run->enter.flags = flags;
	t = bench_now();
	for (unsigned i = 0; i < BATCH; i++) {
		if (item == ENTER_KICKED)
			rmi_pe_kick(b->pe);
		must(rmi_rec_enter(b->pe, b->live.recs[rec], b->live.run), "REC_ENTER");
		if (run->exit.exit_reason != reason)
			must(1, "exit reason");
	}
	bench_add(&b->rounds[item], t, BATCH);
}

static void prepare(struct bench *b)
{
	struct rmi_error err;
	uint64_t half;

	b->rmi = rmi_open("model:dram=16M", &err);
	if (!b->rmi) {
		fprintf(stderr, "bench: %s\n", err.text);
		exit(2);
	}
	b->pe = rmi_pe(b->rmi, 0);
	must(rmi_rmm_activate(b->pe, NULL), "RMM_ACTIVATE");
	half = rmi_memory(b->rmi).size / 2;
	small_realm_init(&b->fresh, b->pe, rmi_memory(b->rmi).base, half);
	small_realm_init(&b->live, b->pe, rmi_memory(b->rmi).base + half, half);
	must(small_realm_create(&b->fresh, RMI_HASH_SHA_256), "REALM_CREATE");
	must(small_tables(&b->fresh, 0), "RTT_CREATE");
	b->src = small_page(&b->fresh);
	b->host = small_page(&b->fresh);
	for (unsigned i = 0; i < PAGES; i++)
		b->data[i] = small_delegated(&b->fresh);
	for (unsigned i = 0; i < TABLES; i++)
		b->rtt[i] = small_delegated(&b->fresh);

	rmm_script(rmi_model(b->rmi), PC, waiting_guest, NULL);
	rmm_script(rmi_model(b->rmi), PC_CALL, calling_guest, NULL);
	must(small_realm_create(&b->live, RMI_HASH_SHA_256), "REALM_CREATE");
	must(small_tables(&b->live, 0), "RTT_CREATE");
	must(small_init_ripas(&b->live, IPA_CALL, IPA_CALL + PAGE), "INIT_RIPAS");
	must(small_map(&b->live, IPA_CALL), "DATA_MAP");
	must(small_rec(&b->live, PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), "REC_CREATE");
	must(small_rec(&b->live, PC_CALL, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), "REC_CREATE");
	must(small_activate(&b->live), "REALM_ACTIVATE");
	memset(small_run(&b->live), 0, sizeof(*small_run(&b->live)));
}

static void measure(struct bench *b)
{
	memset(b->rounds, 0, sizeof(b->rounds));
	prepare(b);
	for (struct bench_series s = {0}; bench_next(&s);) {
		measure_memory(b);
		measure_plain(b);
		measure_tables(b);
		measure_maps(b);
		measure_entries(b, ENTER_KICKED, 0, 0, RMI_EXIT_IRQ);
		measure_entries(b, ENTER_SCRIPT, 0, RMI_REC_ENTER_FLAGS_TRAP_WFI, RMI_EXIT_SYNC);
		measure_entries(b, ENTER_CALL, 1, 0, RMI_EXIT_HOST_CALL);
	}
	for (unsigned i = 0; i < NUM_ITEMS; i++)
		b->ns[i] = bench_median(&b->rounds[i]);
	must(small_realm_destroy(&b->fresh), "teardown");
	must(small_realm_destroy(&b->live), "teardown");
	must(rmi_audit(b->rmi, stderr), "audit");
	rmi_close(b->rmi);
}

/** What an item may cost, or 0 for no bound. */
static double bound(const struct bench *b, enum item item)
{
	switch (item) {
	case DELEGATE:
		return b->ns[MEMSET] + 60;
	case DATA_MAP:
		return b->ns[MEMSET] + 150;
	case MAP_INIT:
		return 1.2 * b->ns[HASH] + b->ns[MEMCPY];
	case ENTER_SCRIPT:
		return 300;
	default:
		return 0;
	}
}

/** @return whether all bounds have been kept */
static bool report(struct bench *b)
{
	bool good = true;
	unsigned quiet;
	unsigned all;

	bench_count(&quiet, &all);
	printf("quiet rounds: %u of %u\n", quiet, all);
	printf("%-36s %9s %9s %9s %9s\n", "", "ns", "x memset", "x hash", "bound");
	for (unsigned i = 0; i < NUM_ITEMS; i++) {
		double limit = b->slack * bound(b, (enum item)i);

		printf("%-36s %9.1f %9.2f %9.3f", names[i], b->ns[i], b->ns[i] / b->ns[MEMSET],
		       b->ns[i] / b->ns[HASH]);
		if (limit > 0)
			printf(" %9.1f %s", limit, b->ns[i] <= limit ? "ok" : "TOO SLOW");
		printf("\n");
		b->kept[i] = b->kept[i] || limit <= 0 || b->ns[i] <= limit;
		good = good && b->kept[i];
	}
	return good;
}

/** @return whether the bound has been kept, or there is nothing to run */
static bool measure_image(struct bench *b, const char *image)
{
	const char *what;
	double least;
	double mips;

	if (!image) {
		printf("a64 engine: skipped, no image (--image FILE.elf)\n");
		return true;
	}
	if (!bench_a64(image, &mips, &what)) {
		printf("a64 engine: %s: %s\n", image, what);
		return false;
	}
	least = b->slack > 0 ? MIN_MIPS / b->slack : 0;
	printf("a64 engine: %.0f MIPS, bound %.0f %s\n", mips, least,
	       mips >= least ? "ok" : "TOO SLOW");
	b->kept_mips = b->kept_mips || mips >= least;
	return b->kept_mips;
}

/** @return whether all bounds have been kept */
static bool measure_recs(struct bench *b)
{
	struct bench_rec r;
	const char *what;
	bool good = true;

	if (!bench_rec(&r, &what)) {
		printf("RECs: %s failed\n", what);
		return false;
	}

	const struct {
		const char *name;
		const char *unit;
		double value;
		double bound;
	} lines[] = {
	        {"A64 guest, RSI_HOST_CALL and back", "ns", r.call_ns, 400},
	        {"vCPU, created and entered", "us", r.create_ns / 1000, 200},
	        {"vCPU, memory", "KiB", r.create_kib, 200},
	        {"four vCPUs, against the cores' best", "x", r.together, 1.15},
	};

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		bool kept = b->slack <= 0 || lines[i].value <= b->slack * lines[i].bound;

		printf("%-36s %9.2f %-3s bound %g %s\n", lines[i].name, lines[i].value,
		       lines[i].unit, b->slack * lines[i].bound, kept ? "ok" : "TOO SLOW");
		b->kept_recs[i] = b->kept_recs[i] || kept;
		good = good && b->kept_recs[i];
	}
	return good;
}

/** @return whether the bound has been kept */
static bool measure_fp(struct bench *b)
{
	double least = b->slack > 0 ? MIN_FP / b->slack : 0;
	double mips;

	if (!bench_a64_fp(&mips)) {
		printf("a64 engine, FP and SIMD: no memory\n");
		return false;
	}
	printf("a64 engine, FP and SIMD: %.0f MIPS, bound %.0f %s\n", mips, least,
	       mips >= least ? "ok" : "TOO SLOW");
	b->kept_fp = b->kept_fp || mips >= least;
	return b->kept_fp;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	        {"image", required_argument, NULL, 'i'},
	        {"slack", required_argument, NULL, 's'},
	        {0},
	};
	static struct bench b;
	const char *image = NULL;
	bool good = false;
	char *end = NULL;
	int c;

	b.slack = 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'i':
			image = *optarg ? optarg : NULL;
			break;
		case 's':
			b.slack = strtod(optarg, &end);
			if (end != optarg && !*end && b.slack >= 0)
				break;
			fprintf(stderr, "bench: --slack=%s: not a number from 0 on\n", optarg);
			return 2;
		default:
			fprintf(stderr, "usage: bench [--image FILE.elf] [--slack FACTOR]\n");
			return 2;
		}
	}
	b.md = EVP_MD_fetch(NULL, "SHA256", NULL);
	b.ctx = EVP_MD_CTX_new();
	b.pages = aligned_alloc(PAGE, PAGES * PAGE);
	if (!b.md || !b.ctx || !b.pages)
		return 2;
	memset(b.pages, 0, PAGES * PAGE);
	for (unsigned i = 0; i < ATTEMPTS && !good; i++) {
		if (i)
			printf("again: the machine may have been busy\n");
		measure(&b);
		good = report(&b);
		good = measure_recs(&b) && good;
		good = measure_image(&b, image) && good;
		good = measure_fp(&b) && good;
	}
	free(b.pages);
	EVP_MD_CTX_free(b.ctx);
	EVP_MD_free(b.md);
	return good ? 0 : 1;
}
