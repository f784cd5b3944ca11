/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Same configuration, seed and calls: same answers, byte for byte, and the same RMM in the end.
 * With --trace it prints the answers instead, for scripts/check-arm64.
 */
#include "cmocka_test.h"

#include <stdlib.h>
#include <string.h>

#include <rmm/inspect.h>

#include "fuzz.h"

#define NUM_CALLS 4000

/** What a run leaves behind. */
struct outcome {
	char *trace;
	size_t size;
	struct rmm_snapshot *snapshot;
	uint64_t random;
};

/** Takes the durations away: "   0.11 us" at the end of each line. */
static void strip_durations(struct outcome *o)
{
	char *to = o->trace;

	for (char *line = o->trace; *line;) {
		size_t length = strcspn(line, "\n");
		size_t kept = length;

		while (kept && strncmp(line + kept, "   ", 3))
			kept--;
		memmove(to, line, kept);
		to += kept;
		*to++ = '\n';
		line += length + 1;
	}
	*to = '\0';
	o->size = (size_t)(to - o->trace);
}

static struct outcome run(const char *conf, uint64_t seed)
{
	struct fuzz *f = fuzz_new(seed);
	struct outcome o = {0};

	f->trace = open_memstream(&o.trace, &o.size);
	assert_non_null(f->trace);
	fuzz_begin(f, conf, RMI_GRANULE_SIZE_4KB);
	while (f->calls < NUM_CALLS)
		fuzz_step(f);
	o.snapshot = rmm_snapshot_take(f->rmm);
	o.random = f->random;
	assert_non_null(o.snapshot);
	fuzz_end(f);
	fclose(f->trace);
	fuzz_free(f);
	strip_durations(&o);
	return o;
}

static void free_outcome(struct outcome *o)
{
	rmm_snapshot_free(o->snapshot);
	free(o->trace);
}

static void assert_repeats(const char *conf)
{
	struct outcome first = run(conf, 5);
	struct outcome second = run(conf, 5);
	struct outcome other = run(conf, 6);
	char why[256] = "";

	assert_true(first.size > 100000);
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.trace, second.trace, first.size);
	if (!rmm_snapshot_equal(first.snapshot, second.snapshot, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(first.random, second.random);
	/* The comparison can fail. */
	assert_false(first.size == other.size && !memcmp(first.trace, other.trace, first.size));
	assert_false(rmm_snapshot_equal(first.snapshot, other.snapshot, why, sizeof(why)));
	free_outcome(&first);
	free_outcome(&second);
	free_outcome(&other);
}

static void calm_rmm_answers_the_same_calls_the_same_way(void **state)
{
	(void)state;
	assert_repeats("model:dram=2M,pes=4");
	assert_repeats("model:dram=2M,pes=4,spec=2.0-bet1,rec_aux=3");
}

static void hostile_rmm_answers_the_same_calls_the_same_way(void **state)
{
	(void)state;
	assert_repeats("model:dram=4M,pes=4,policy=hostile,seed=7");
	assert_repeats("model:dram=4M,pes=4,policy=hostile,seed=7,spec=2.0-bet1");
}

/** Two RMMs that differ in the seed of the policy alone. */
static void seed_of_the_policy_makes_the_difference(void **state)
{
	struct outcome first = run("model:dram=4M,pes=4,policy=hostile,seed=7", 5);
	struct outcome second = run("model:dram=4M,pes=4,policy=hostile,seed=8", 5);

	(void)state;
	assert_false(first.size == second.size && !memcmp(first.trace, second.trace, first.size));
	free_outcome(&first);
	free_outcome(&second);
}

/** The answers themselves, to compare machines by: every call of four runs. */
static void print_traces(void)
{
	static const char *const confs[] = {
	        "model:dram=2M,pes=4",
	        "model:dram=2M,pes=4,spec=2.0-bet1,rec_aux=3",
	        "model:dram=4M,pes=4,policy=hostile,seed=7",
	        "model:dram=4M,pes=4,policy=hostile,seed=7,spec=2.0-bet1",
	};

	for (unsigned i = 0; i < sizeof(confs) / sizeof(confs[0]); i++) {
		struct outcome o = run(confs[i], 5);

		(void)printf("%s\n%srandom %llu\n", confs[i], o.trace,
		             (unsigned long long)o.random);
		free_outcome(&o);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(calm_rmm_answers_the_same_calls_the_same_way),
	        cmocka_unit_test(hostile_rmm_answers_the_same_calls_the_same_way),
	        cmocka_unit_test(seed_of_the_policy_makes_the_difference),
	};

	if (argc > 1 && strcmp(argv[1], "--trace") == 0) {
		print_traces();
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
