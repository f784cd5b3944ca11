/* SPDX-License-Identifier: BSD-3-Clause */
/* A Host that is killed in the middle, and what others find then. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka_test.h>
#include <rmi/reclaim.h>

#include "life.h"
#include "served.h"

#define PHASES  20

#define CALM    "model:dram=64M,pes=2,rec_aux=2,realm_aux=1"
#define HOSTILE "model:dram=64M,pes=2,policy=hostile,seed=7,spec="

/* Of all phases, how many left something behind. */
struct tally {
	unsigned killed;
	unsigned left;
	unsigned operations;
	uint64_t most;
};

static void tell(void *arg)
{
	char byte = 0;

	if (write(*(int *)arg, &byte, 1) != 1)
		_exit(1);
}

/*
 * A Host in another process, killed while it makes the call with a number. Returns false when it
 * has done with fewer calls.
 */
static bool kill_at(const struct served *s, unsigned number)
{
	int moment[2];
	int status;
	bool killed;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(moment), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)life_run(served_open_active(s, ""), number, tell, &moment[1]);
		_exit(0);
	}
	(void)close(moment[1]);
	killed = read(moment[0], &byte, 1) == 1;
	(void)close(moment[0]);
	/* The call is on its way, made or answered. */
	(void)usleep(number % 4 * 500);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (killed)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return killed;
}

static unsigned count_operations(struct rmi *rmi)
{
	unsigned count = 0;
	uint64_t handle;

	while (rmi_open_operation(rmi, count, &handle))
		count++;
	return count;
}

/* Another process takes everything down by RMI calls. */
static void recover(const struct served *s, struct tally *tally)
{
	struct rmi *rmi = served_open(s, "");
	struct rmi_memory memory = rmi_memory(rmi);
	struct rmi_reclaimed result;

	/* All PEs are free again, also the one on which a Realm ran. */
	assert_int_equal(rmi_num_pes(rmi), 2);
	tally->operations += count_operations(rmi);
	/* The end of memory is nobody's: lists can go there. */
	(void)rmi_reclaim(rmi_pe(rmi, 0), memory.base + memory.size - 0x10000, &result);
	tally->left += result.before > 0;
	if (result.before > tally->most)
		tally->most = result.before;
	if (result.after != 0) {
		(void)rmi_audit(rmi, stderr);
		fail_msg("%u granules are left", (unsigned)result.after);
	}
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	assert_int_equal(count_operations(rmi), 0);
	rmi_close(rmi);
}

/* The server has done it by the time that the PEs are free. */
static void find_nothing(const struct served *s)
{
	struct rmi *rmi = served_open(s, "");

	assert_int_equal(rmi_num_pes(rmi), 2);
	if (rmi_audit(rmi, stderr) != 0)
		fail_msg("granules are left");
	assert_int_equal(count_operations(rmi), 0);
	rmi_close(rmi);
}

static unsigned live(const struct served *s)
{
	struct rmi *rmi = served_open_active(s, "");
	unsigned calls = life_run(rmi, 0, NULL, NULL);

	assert_int_equal(rmi_audit(rmi, NULL), 0);
	rmi_close(rmi);
	return calls;
}

static void kill_in_each_phase(const char *conf, bool reclaim, struct tally *tally)
{
	struct served s;
	unsigned calls;

	*tally = (struct tally){0};
	served_fork(&s, conf, reclaim);
	calls = live(&s);
	assert_true(calls > PHASES);
	for (unsigned i = 0; i < PHASES; i++) {
		/* A hostile RMM takes another number of calls each time. */
		tally->killed += kill_at(&s, 1 + i * (calls - 1) / (PHASES - 1));
		if (reclaim)
			find_nothing(&s);
		else
			recover(&s, tally);
	}
	assert_true(tally->killed >= PHASES * 3 / 4);
	/* And the RMM is as good as ever. */
	(void)live(&s);
	served_stop(&s);
}

static void another_process_takes_down_what_a_killed_host_left(void **state)
{
	struct tally tally;

	(void)state;
	kill_in_each_phase(CALM, false, &tally);
	assert_int_equal(tally.killed, PHASES);
	assert_true(tally.left >= PHASES / 2);
	assert_true(tally.most >= 10);
}

static void open_operations_of_a_killed_host_are_ended(void **state)
{
	struct tally tally;

	(void)state;
	kill_in_each_phase(HOSTILE "2.0-bet3", false, &tally);
	assert_true(tally.operations > 0);
	kill_in_each_phase(HOSTILE "2.0-bet1", false, &tally);
	assert_true(tally.operations > 0);
}

static void a_server_reclaims_what_a_killed_host_left(void **state)
{
	struct tally tally;

	(void)state;
	kill_in_each_phase(CALM, true, &tally);
	kill_in_each_phase(HOSTILE "2.0-bet3", true, &tally);
}

static void a_server_leaves_alone_what_others_have(void **state)
{
	uint64_t base, held;
	struct served s;
	struct rmi *rmi;

	(void)state;
	served_fork(&s, CALM, true);
	/* Not activated by the one that dies: that would end with it. */
	rmi = served_open_active(&s, ",pes=1");
	base = rmi_memory(rmi).base + 2 * LIFE_MEMORY;
	assert_int_equal(
	        rmi_granule_range_delegate(rmi_pe(rmi, 0), base, base + 0x3000, NULL, NULL),
	        RMI_SUCCESS);
	for (unsigned at = 5; at < 30; at += 8) {
		assert_true(kill_at(&s, at));
		/* Waits until the PE of the dead one is free. */
		rmi_close(served_open(&s, ",pes=1"));
		held = rmi_audit(rmi, NULL);
		assert_int_equal(held, 3);
	}
	rmi_close(rmi);
	rmi = served_open(&s, "");
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	rmi_close(rmi);
	served_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(another_process_takes_down_what_a_killed_host_left),
	        cmocka_unit_test(open_operations_of_a_killed_host_are_ended),
	        cmocka_unit_test(a_server_reclaims_what_a_killed_host_left),
	        cmocka_unit_test(a_server_leaves_alone_what_others_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
