/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guests that use interrupts, timers and several vCPUs, on 1, 2 and 4 of them. The argument of
 * the program is how many times each is run; 0: once, and with a few backends only.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka_test.h>

#include "spawn.h"

static unsigned repetitions = 1;

static const unsigned cpus[] = {1, 2, 4};

/*
 * Plain, and an RMM that makes use of all its freedom; then, unless time is short, the other
 * revision, other seeds, few PEs, few list registers, interrupts that are FIQs.
 */
static const char *const backends[] = {
        "model",
        "model:policy=hostile,seed=1",
        "model:spec=2.0-bet1",
        "model:spec=2.0-bet1,policy=hostile,seed=3",
        "model:policy=hostile,seed=7",
        "model:pes=1",
        "model:lrs=1",
        "model:lrs=2,pes=2",
        "model:fiq=400",
};

#define NUM_CPUS     (sizeof(cpus) / sizeof(cpus[0]))
#define NUM_BACKENDS (sizeof(backends) / sizeof(backends[0]))
#define NUM_FEW      2

static struct spawned run_guest(const char *guest, unsigned count, const char *backend)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "run %s --backend %s --cpus %u --timeout 200",
	               guest_path(guest), backend, count);
	return spawn_line(line);
}

/* The guest found nothing wrong, and every page came back. */
static void assert_passed(const struct spawned *run, unsigned count, const char *backend,
                          const char *pattern)
{
	if (run->status == 0 && fnmatch(pattern, run->out, 0) == 0 &&
	    fnmatch("*RIM *-- system off after *-- audit: 0 pages lost (peak *)\n", run->err, 0) ==
	            0)
		return;
	fail_msg("on %u vCPUs of %s: status %d, expected %s\n%s%s", count, backend, run->status,
	         pattern, run->out, run->err);
}

/* @param several what more than one vCPU print; NULL: the same */
static void run_everywhere(const char *guest, const char *pattern, const char *several)
{
	const unsigned all = repetitions == 0 ? NUM_FEW : NUM_BACKENDS;

	for (unsigned n = 0; n < repetitions || n == 0; n++) {
		/* The variations once; the plain one always. */
		for (unsigned i = 0; i < (n == 0 ? all : 1); i++) {
			for (unsigned j = 0; j < NUM_CPUS; j++) {
				struct spawned run = run_guest(guest, cpus[j], backends[i]);

				assert_passed(&run, cpus[j], backends[i],
				              several && cpus[j] > 1 ? several : pattern);
				spawned_free(&run);
			}
		}
	}
}

static void smp_counts_exactly(void **state)
{
	(void)state;
	run_everywhere("smp",
	               "[124] vCPU*no addition under the lock is lost: yes\n"
	               "no atomic addition is lost: yes\n"
	               "each vCPU has had each interrupt of the first one once: yes\n"
	               "and has answered: yes\n"
	               "what is sent to all others gets to all others: yes\n"
	               "each vCPU has had each interrupt of the host once: yes\n"
	               "vCPUs are on and off as AFFINITY_INFO says: yes\n"
	               "each CPU_ON has started its vCPU once: yes\n"
	               "surprises: 0\n",
	               NULL);
}

static void timer_loses_no_tick(void **state)
{
	(void)state;
	run_everywhere("timer",
	               "[124] vCPU*\n"
	               "the virtual timer ticks exactly, and wakes from WFI: yes\n"
	               "the physical timer ticks exactly, and wakes from WFI: yes\n"
	               "a tick interrupts who does not wait: yes\n"
	               "two timers interrupt in the order of their times: yes\n"
	               "and in the other order: yes\n"
	               "a time that has passed interrupts at once: yes\n"
	               "a timer that is stopped does not interrupt: yes\n"
	               "an interrupt that is masked waits, and ends a WFI: yes\n"
	               "surprises: 0\n",
	               NULL);
}

static void hostile_gets_what_the_tables_say(void **state)
{
	(void)state;
	run_everywhere("hostile",
	               "vCPU 0\ncell protected EMPTY VOID read: ok\n*"
	               " cells, * conditions, 0 wrong\n",
	               NULL);
}

/* Who verifies the token is tests/tool/token.c; here it is the vCPUs that count. */
static void attest_answers_each_vcpu(void **state)
{
	(void)state;
	run_everywhere("attest", "token of [0-9]* bytes\n[0-9a-f]*[0-9a-f]\n",
	               "token of [0-9]* bytes\n[0-9a-f]*[0-9a-f]\n"
	               "[24] vCPUs at the same time, each has its own answer: yes\n");
}

/* A deviation of the RMM that hostile must see, once on each vCPU. */
static void hostile_tells_what_is_wrong(void **state)
{
	struct spawned run = run_guest("hostile", 2, "model:quirks=psci_smc64_numbers");

	(void)state;
	assert_int_equal(run.status, 2);
	assert_non_null(strstr(run.out, "PSCI_VERSION by its SMC64 number: "
	                                "0xffffffffffffffff, not 0x10001: WRONG\n"));
	assert_non_null(strstr(run.out, " conditions, 2 wrong\n"));
	spawned_free(&run);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(smp_counts_exactly),
	        cmocka_unit_test(timer_loses_no_tick),
	        cmocka_unit_test(hostile_gets_what_the_tables_say),
	        cmocka_unit_test(attest_answers_each_vcpu),
	        cmocka_unit_test(hostile_tells_what_is_wrong),
	};

	if (argc > 1)
		repetitions = (unsigned)strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests_name("vcpus", tests, NULL, NULL);
}
