/* SPDX-License-Identifier: BSD-3-Clause */
/* What one run of a realm is made of. */
#ifndef REALMKIT_RUN_H
#define REALMKIT_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <host/host.h>
#include <host/pl011.h>
#include <host/realm.h>
#include <host/vcpu.h>
#include <rmi/trace.h>

#include "guest_trace.h"
#include "measure.h"
#include "tool.h"

/* What the command line asks for. */
struct run_options {
	const char *image;
	const char *backend;
	unsigned cpus;
	uint64_t ram;
	unsigned ipa_bits; /* 0: libhost's choice. */
	enum rmi_hash_algorithm hash;
	bool measure;
	bool trace;
	const char *trace_path; /* NULL: standard error. */
	bool trace_guest;
	const char *trace_guest_path; /* NULL: standard error. */
	unsigned timeout;             /* Seconds; 0: no bound. */
	const char *token_path;       /* Where an attestation token goes; NULL: nowhere. */
};

/* How a realm ended. */
enum run_end {
	RUN_END_NONE,        /* It has not. */
	RUN_END_OFF,         /* PSCI SYSTEM_OFF */
	RUN_END_RESET,       /* PSCI SYSTEM_RESET */
	RUN_END_CPUS_OFF,    /* Every vCPU called PSCI CPU_OFF. */
	RUN_END_TIMEOUT,     /* --timeout */
	RUN_END_INTERRUPTED, /* SIGINT or SIGTERM */
	RUN_END_SEEN,        /* run_enough() */
	RUN_END_FAILED,      /* The reason has been printed. */
};

/* A run. */
struct run {
	const struct run_options *options;
	struct rmi *rmi;
	struct measure *measure;
	FILE *trace;
	FILE *token;                     /* NULL: nobody wants one. */
	struct guest_trace *guest_trace; /* NULL: guests are not traced. */
	FILE *console;                   /* Where what the realm writes goes. */
	struct host *host;
	struct realm *realm;
	struct realm_vcpu **vcpus; /* options->cpus of them. */
	struct pl011 *uart;
	struct progress progress;
	/* Written by the vCPU threads. */
	atomic_int end;          /* enum run_end; who ends the realm first decides. */
	atomic_uint exit_status; /* PLATFORM_CALL_EXIT_STATUS */
	atomic_bool watch;       /* PLATFORM_CALL_DESTROY was called. */
	uint64_t ns;             /* How long the realm ran. */
};

/* build.c: what the subcommands that run an image share. */

/* One option of a run, by its letter. Returns false after a complaint. */
bool run_take_option(int opt, const char *value, struct run_options *options);

/* Connects to the RMM. Returns false after a complaint. */
bool run_connect(struct run *run);

/* Builds the realm as far as it goes before its first vCPU runs. Returns false after a complaint.
 */
bool run_build(struct run *run);

/* Takes everything down. Returns false after a complaint. */
bool run_close(struct run *run);

/* platform.c: the machine around the realm (host/platform.h). */

/* Answers a host call. */
void platform_host_call(struct run *run, struct realm_exit *exit);

/* Tells the realm of a fault that cannot be mended, if it wants to know. */
bool platform_fault(struct run *run);

/* vcpus.c: runs the vCPUs, each in a thread of its own, until the realm has ended. */
void run_vcpus(struct run *run);

/* Has the realm ended by RUN_END_SEEN, from within an RMI call of a vCPU: libhost may hold locks.
 */
void run_enough(struct run *run);

/* Ends the realm, from any thread. Returns whether it was this call that did. */
bool run_end(struct run *run, enum run_end end);

/*
 * summary.c: says on standard error what happened, once the realm is destroyed. Returns the number
 * of pages that were lost.
 */
uint64_t summary_print(const struct run *run, const struct realm_stats *stats);

#endif
