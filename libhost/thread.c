/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads and PEs. An RMI call occupies a PE, and REC_ENTER does for long; so a thread holds one
 * PE from the beginning to the end of an API call. Since the PE is taken before any lock, a thread
 * that holds a lock never waits for a PE.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "internal.h"

/* How long a vCPU runs before it has to make room for a thread that waits for a PE. */
#define TIME_SLICE_NS 2000000L

static struct host_thread *new_thread(struct host *host)
{
	struct host_thread *self;

	pthread_mutex_lock(&host->list_lock);
	for (self = host->threads; self != NULL; self = self->next)
		if (self->gone)
			break;
	if (self != NULL) {
		self->gone = false;
		self->error[0] = '\0';
	} else {
		self = host_zalloc(host, sizeof(*self));
		if (self != NULL) {
			self->host = host;
			self->next = host->threads;
			host->threads = self;
		}
	}
	pthread_mutex_unlock(&host->list_lock);
	if (self != NULL)
		pthread_setspecific(host->thread_key, self);
	return self;
}

void host_thread_gone(void *thread)
{
	struct host_thread *self = thread;
	struct host *host = self->host;

	pthread_mutex_lock(&host->list_lock);
	self->gone = true;
	pthread_mutex_unlock(&host->list_lock);
}

static struct timespec slice_end(void)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += TIME_SLICE_NS;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_nsec -= 1000000000L;
		end.tv_sec++;
	}
	return end;
}

/* A PE that is not taken, the wanted one if possible. num_pes when all are. */
static unsigned free_pe(const struct host *host, unsigned wanted)
{
	unsigned i;

	if (!host->pes[wanted].taken)
		return wanted;
	for (i = 0; i < host->num_pes; i++)
		if (!host->pes[i].taken)
			break;
	return i;
}

/* Brings the REC that runs on the next PE out, so that its thread makes room. */
static void kick_one(struct host *host)
{
	for (unsigned i = 0; i < host->num_pes; i++) {
		unsigned pe = host->next_kick++ % host->num_pes;

		if (host->pes[pe].runs_rec) {
			rmi_pe_kick(rmi_pe(host->rmi, pe));
			return;
		}
	}
}

void host_pe_acquire(struct host_thread *self)
{
	struct host *host = self->host;
	unsigned pe;

	pthread_mutex_lock(&host->pe_lock);
	pe = free_pe(host, self->last_pe);
	if (host->pe_waiters > 0 || pe == host->num_pes) {
		uint64_t ticket = host->next_ticket++;

		host->pe_waiters++;
		for (;;) {
			struct timespec end;

			pe = free_pe(host, self->last_pe);
			if (ticket == host->serving && pe < host->num_pes)
				break;
			end = slice_end();
			if (pthread_cond_timedwait(&host->pe_free, &host->pe_lock, &end) != 0 &&
			    ticket == host->serving)
				kick_one(host);
		}
		host->serving++;
		host->pe_waiters--;
		/* The next in the queue may find another one. */
		pthread_cond_broadcast(&host->pe_free);
	}
	host->pes[pe].taken = true;
	pthread_mutex_unlock(&host->pe_lock);
	self->last_pe = pe;
	self->pe = rmi_pe(host->rmi, pe);
}

void host_pe_release(struct host_thread *self)
{
	struct host *host = self->host;

	pthread_mutex_lock(&host->pe_lock);
	host->pes[self->last_pe].taken = false;
	if (host->pe_waiters > 0)
		pthread_cond_broadcast(&host->pe_free);
	pthread_mutex_unlock(&host->pe_lock);
	self->pe = NULL;
}

void host_pe_runs_rec(struct host_thread *self, bool runs)
{
	struct host *host = self->host;

	pthread_mutex_lock(&host->pe_lock);
	host->pes[self->last_pe].runs_rec = runs;
	pthread_mutex_unlock(&host->pe_lock);
}

struct host_thread *host_thread_self(struct host *host)
{
	struct host_thread *self = pthread_getspecific(host->thread_key);

	if (self == NULL)
		self = new_thread(host);
	if (self == NULL)
		errno = ENOMEM;
	return self;
}

struct host_thread *host_enter(struct host *host)
{
	struct host_thread *self = host_thread_self(host);

	if (self == NULL)
		return NULL;
	if (self->depth++ == 0) {
		self->error[0] = '\0';
		host_pe_acquire(self);
	}
	return self;
}

void host_leave(struct host_thread *self)
{
	if (--self->depth == 0)
		host_pe_release(self);
}

int host_fail(struct host_thread *self, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(self->error, sizeof(self->error), fmt, args);
	va_end(args);
	return code;
}

void *host_fail_null(struct host_thread *self, int code)
{
	host_leave(self);
	errno = -code;
	return NULL;
}

const char *host_last_error(const struct host *host)
{
	const struct host_thread *self = pthread_getspecific(host->thread_key);

	return self != NULL ? self->error : "";
}

void host_log(struct host *host, enum host_log_level level, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (host->log == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	host->log(host->log_arg, level, text);
}

void host_fail_allocation(struct host *host, uint64_t k)
{
	atomic_store(&host->allocations, 0);
	atomic_store(&host->fail_at, k);
}

bool host_allocation_fails(struct host *host)
{
	return atomic_fetch_add(&host->allocations, 1) == atomic_load(&host->fail_at);
}

void *host_zalloc(struct host *host, size_t size)
{
	if (host_allocation_fails(host))
		return NULL;
	return calloc(1, size);
}
