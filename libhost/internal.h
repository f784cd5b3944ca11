/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of libhost share about a host. */
#ifndef LIBHOST_INTERNAL_H
#define LIBHOST_INTERNAL_H

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <host/host.h>

#include "phys.h"

/* Every FID of the RMI lies in this range; the statistics have a slot for each. */
#define HOST_FIRST_FID (SMC_RMI_VERSION)
#define HOST_NUM_FIDS  0x100u

struct realm;

/* Calls of one command; counted without a lock. */
struct call_count {
	_Atomic uint64_t count;
	_Atomic uint64_t retries;
	_Atomic uint64_t errors;
	_Atomic uint64_t ns;
};

/* What a host knows about a PE. Guarded by host.pe_lock. */
struct host_pe {
	bool taken;
	bool runs_rec; /* In REC_ENTER: a kick brings it out. */
};

/*
 * A thread of the VMM on a host: the PE that it holds and the last error that it saw. Made on its
 * first call.
 */
struct host_thread {
	struct host *host;
	struct host_thread *next;
	struct rmi_pe *pe; /* Held while depth > 0. */
	unsigned depth;    /* Of calls within calls, as a device's callback makes them. */
	unsigned last_pe;
	bool gone; /* The thread has ended; another may take this over. */
	char error[512];
};

/*
 * Locks, in the order in which they are taken: a PE (host_enter), realm.config_lock,
 * realm.mmu_lock, realm.run_lock; the others are leaves.
 */
struct host {
	struct rmi *rmi;
	bool owns_rmi;
	bool activated; /* By this host, rather than before it. */
	struct host_limits limits;
	host_log_fn *log;
	void *log_arg;
	unsigned gshift;
	struct host_features features;
	struct phys phys;

	pthread_mutex_t pe_lock;
	pthread_cond_t pe_free;
	struct host_pe *pes;
	unsigned num_pes;
	unsigned next_kick;
	uint64_t next_ticket; /* PEs are handed out in the order in which they are asked for. */
	uint64_t serving;
	_Atomic unsigned pe_waiters;

	pthread_mutex_t list_lock; /* threads, realms */
	struct host_thread *threads;
	struct realm *realms;
	uint32_t next_realm_id;
	pthread_key_t thread_key;

	/* Fault injection: the allocation that fails, counted from 0; and those made so far. */
	_Atomic uint64_t fail_at;
	_Atomic uint64_t allocations;

	struct call_count calls[HOST_NUM_FIDS];
};

/* thread.c */

/* The calling thread. NULL with errno ENOMEM. */
struct host_thread *host_thread_self(struct host *host);

/*
 * Begins a call of the API: finds the calling thread and takes a PE for it. NULL with errno ENOMEM.
 * Calls nest; the inner ones keep the PE.
 */
struct host_thread *host_enter(struct host *host);
void host_leave(struct host_thread *self);

/* Lets go of the PE while the thread sleeps, and takes one again. Not within a nested call. */
void host_pe_release(struct host_thread *self);
void host_pe_acquire(struct host_thread *self);

/* Tells that a REC is about to run on the thread's PE, or has stopped. */
void host_pe_runs_rec(struct host_thread *self, bool runs);

/* Destructor of host.thread_key. */
void host_thread_gone(void *thread);

/* Sets the last error of a thread. Returns code. */
int host_fail(struct host_thread *self, int code, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* host_fail() for an API function that returns a pointer: sets errno and returns NULL. */
void *host_fail_null(struct host_thread *self, int code);

void host_log(struct host *host, enum host_log_level level, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* Zeroed memory of the process, which tests can make fail. free() gives it back. */
void *host_zalloc(struct host *host, size_t size);

/* Makes the k-th allocation from now on fail, and only that one; UINT64_MAX: none. */
void host_fail_allocation(struct host *host, uint64_t k);

/* Whether the allocation that is being made is the one to fail. */
bool host_allocation_fails(struct host *host);

/* call.c */

/*
 * The retry rule, for typed calls:
 *
 *     struct host_attempts attempts = host_attempts_begin(self, SMC_RMI_X);
 *     do {
 *             x0 = rmi_x(self->pe, ...);
 *     } while (host_attempts_again(&attempts, x0));
 *
 * RMI_BUSY and RMI_BLOCKED are repeated as often as the limits say, with a pause in between.
 */
struct host_attempts {
	struct host_thread *self;
	uint64_t fid;
	uint64_t start;
	unsigned busy;
	unsigned blocked;
};

struct host_attempts host_attempts_begin(struct host_thread *self, uint64_t fid);
bool host_attempts_again(struct host_attempts *attempts, uint64_t x0);

/* One RMI call with the retry rule. Returns X0; regs holds the outputs. */
uint64_t host_call(struct host_thread *self, struct smccc_regs *regs);

/* Name of a command. */
const char *host_command_name(const struct host *host, uint64_t fid);

/* Sets the last error to "COMMAND: ERROR_RTT level 2" and returns -ENXIO. */
int host_rmi_fail(struct host_thread *self, uint64_t fid, uint64_t x0);

/* memory.c: pages by purpose. */

static inline uint64_t host_page_size(const struct host *host)
{
	return UINT64_C(1) << host->gshift;
}

/* Bytes to an order of pages. */
static inline unsigned host_order(const struct host *host, uint64_t size)
{
	unsigned order = 0;

	while ((host_page_size(host) << order) < size)
		order++;
	return order;
}

/* Takes pages. PHYS_NONE, and the last error set, when there are none. */
pa_t host_alloc_pages(struct host_thread *self, unsigned order, uint32_t realm);

/* Takes one page, cleared, and says where the process sees it. */
pa_t host_alloc_zeroed(struct host_thread *self, uint32_t realm, void **va);

void host_free_pages(struct host_thread *self, pa_t pa, uint64_t size);

/*
 * Delegates [pa, pa + size). *done is where it stopped, whatever the result; what is below it is
 * HOST_PAGE_DELEGATED. Returns 0 or -ENXIO.
 */
int host_delegate(struct host_thread *self, pa_t pa, uint64_t size, pa_t *done);

/*
 * Undelegates [pa, pa + size), all of it delegated, and frees what came back. What did not is
 * leaked. Returns 0, or -EBUSY when there was a leak. Leaves the last error alone, since it is what
 * error paths end with.
 */
int host_undelegate_free(struct host_thread *self, pa_t pa, uint64_t size);

/* Takes 2^order pages and delegates them for a purpose. Returns 0, -ENOMEM or -ENXIO. */
int host_alloc_delegated(struct host_thread *self, unsigned order, enum host_page_owner owner,
                         uint32_t realm, pa_t *pa);

/* bringup.c */
int host_bringup(struct host_thread *self, struct rmi_error *err, unsigned granule_size);
void host_shutdown_rmm(struct host_thread *self);

#endif
