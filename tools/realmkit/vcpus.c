/* SPDX-License-Identifier: BSD-3-Clause */
/* The vCPUs of a realm, each in a thread of its own, and a thread that watches the clock. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

struct vcpu_thread {
	struct run *run;
	struct realm_vcpu *vcpu;
	pthread_t thread;
	bool started;
};

bool run_end(struct run *run, enum run_end end)
{
	int none = RUN_END_NONE;

	if (!atomic_compare_exchange_strong(&run->end, &none, (int)end))
		return false;
	realm_stop(run->realm);
	return true;
}

/* Ends the realm for a reason that libhost knows. */
static void fail(struct run *run, const char *what, int error)
{
	const char *reason = host_last_error(run->host);
	char text[512];

	/* realm_stop() is a call on the host too: keep the text. */
	(void)snprintf(text, sizeof(text), "%s",
	               reason[0] != '\0' ? reason : strerror(error < 0 ? -error : EIO));
	if (run_end(run, RUN_END_FAILED))
		tool_error("%s: %s", what, text);
}

static void handle_memory_fault(struct run *run, const struct realm_exit *exit)
{
	int rc;

	if (exit->error == -EHWPOISON && platform_fault(run))
		return;
	if (exit->error != -EFAULT) {
		char size[32];

		if (run_end(run, RUN_END_FAILED))
			tool_error("the realm cannot have memory at 0x%" PRIx64
			           ": %s (the backend has %s)",
			           exit->memory_fault.gpa, strerror(-exit->error),
			           tool_size(size, rmi_memory(run->rmi).size));
		return;
	}
	rc = realm_set_attributes(run->realm, exit->memory_fault.gpa, exit->memory_fault.size,
	                          exit->memory_fault.is_private);
	/* What is no RAM, libhost refuses: the realm is told. */
	if (rc != 0 && !(rc == -EINVAL && exit->memory_fault.is_request))
		fail(run, "the realm cannot change its memory", rc);
}

/* Returns whether the vCPU goes on. */
static bool handle_exit(struct run *run, struct realm_vcpu *vcpu, struct realm_exit *exit)
{
	switch (exit->reason) {
	case REALM_EXIT_HYPERCALL:
		platform_host_call(run, exit);
		return true;
	case REALM_EXIT_MMIO:
		/* Nothing is there. */
		(void)realm_vcpu_inject_sea(vcpu);
		return true;
	case REALM_EXIT_MEMORY_FAULT:
		handle_memory_fault(run, exit);
		return true;
	case REALM_EXIT_INTR:
		return true;
	case REALM_EXIT_SYSTEM_EVENT:
		(void)run_end(run, exit->system_event.type == REALM_SYSTEM_EVENT_RESET
		                           ? RUN_END_RESET
		                           : RUN_END_OFF);
		return false;
	case REALM_EXIT_SHUTDOWN:
		/* Another vCPU may have switched the realm off, and not have come back yet. */
		return false;
	case REALM_EXIT_INTERNAL_ERROR:
		if (run_end(run, RUN_END_FAILED))
			tool_error("vCPU %u: RMI_REC_ENTER answers 0x%" PRIx64
			           ", exit reason %u, ESR 0x%" PRIx64,
			           realm_vcpu_id(vcpu), exit->internal.result,
			           exit->internal.exit_reason, exit->internal.esr);
		return false;
	case REALM_EXIT_UNKNOWN:
		break;
	}
	/* A senseless RIPAS change is the realm's own problem: it is told. */
	if (exit->error == -EAGAIN || exit->error == -EINVAL)
		return true;
	fail(run, "the realm does not run", exit->error);
	return false;
}

static void *vcpu_main(void *arg)
{
	struct vcpu_thread *self = arg;

	while (handle_exit(self->run, self->vcpu, realm_vcpu_run(self->vcpu)))
		;
	return NULL;
}

void run_enough(struct run *run)
{
	const struct timespec wait = {.tv_nsec = 1000000};

	(void)kill(getpid(), SIGUSR2);
	/* What the caller would do next is not wanted any more; but it may be what the end waits
	 * for. */
	for (unsigned i = 0; i < 500 && atomic_load(&run->end) == RUN_END_NONE; i++)
		(void)nanosleep(&wait, NULL);
}

/* Signals that end a realm in order, and SIGUSR1, which ends the watch. */
static void watched_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGUSR1);
	(void)sigaddset(set, SIGUSR2);
}

static void *watch_main(void *arg)
{
	struct run *run = arg;
	uint64_t deadline = tool_now_ns() + run->options->timeout * UINT64_C(1000000000);
	sigset_t set;

	watched_signals(&set);
	for (;;) {
		uint64_t now = tool_now_ns();
		uint64_t left = !run->options->timeout ? UINT64_C(3600000000000)
		                : deadline > now       ? deadline - now
		                                       : 0;
		struct timespec wait = {.tv_sec = (time_t)(left / 1000000000),
		                        .tv_nsec = (long)(left % 1000000000)};
		int sig = sigtimedwait(&set, NULL, &wait);

		if (sig == SIGUSR1)
			return NULL;
		if (sig > 0)
			(void)run_end(run, sig == SIGUSR2 ? RUN_END_SEEN : RUN_END_INTERRUPTED);
		else if (errno == EAGAIN && run->options->timeout)
			(void)run_end(run, RUN_END_TIMEOUT);
		/* SIGUSR1 comes in any case, when the vCPUs have stopped. */
		if (sig > 0 || (errno == EAGAIN && run->options->timeout)) {
			while (sigwaitinfo(&set, NULL) != SIGUSR1)
				;
			return NULL;
		}
	}
}

static void start_vcpus(struct run *run, struct vcpu_thread *threads, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int rc = pthread_create(&threads[i].thread, NULL, vcpu_main, &threads[i]);

		if (rc != 0) {
			if (run_end(run, RUN_END_FAILED))
				tool_error("vCPU %u: no thread: %s", i, strerror(rc));
			return;
		}
		threads[i].started = true;
	}
}

void run_vcpus(struct run *run)
{
	unsigned count = run->options->cpus;
	struct vcpu_thread *threads = calloc(count, sizeof(*threads));
	uint64_t begun = tool_now_ns();
	sigset_t set, old;
	pthread_t watch;
	int rc;

	if (threads == NULL) {
		tool_error("out of memory");
		(void)run_end(run, RUN_END_FAILED);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		threads[i] = (struct vcpu_thread){.run = run, .vcpu = run->vcpus[i]};

	/* Threads inherit the mask, so that only the watch receives these signals. */
	watched_signals(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, &old);
	rc = pthread_create(&watch, NULL, watch_main, run);
	if (rc == 0) {
		start_vcpus(run, threads, count);
		for (unsigned i = 0; i < count; i++) {
			if (threads[i].started)
				(void)pthread_join(threads[i].thread, NULL);
		}
		(void)run_end(run, RUN_END_CPUS_OFF);
		(void)pthread_kill(watch, SIGUSR1);
		(void)pthread_join(watch, NULL);
	} else {
		tool_error("no thread: %s", strerror(rc));
		(void)run_end(run, RUN_END_FAILED);
	}
	run->ns = tool_now_ns() - begun;
	/* The realm may have ended while run_enough() was on its way. */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR2);
	while (sigtimedwait(&set, NULL, &(struct timespec){0}) > 0)
		;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	free(threads);
}
