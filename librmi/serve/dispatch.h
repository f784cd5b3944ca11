/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that come from somewhere else, on their way to the RMM of this process.
 *
 * Where they come from, and how answers go back, is the business of a transport: sockets
 * (serve/server.h), or a device that a driver hands calls through. A transport says on which PE a
 * call is made and whose it is, and makes one call at a time on each PE.
 */
#ifndef LIBRMI_SERVE_DISPATCH_H
#define LIBRMI_SERVE_DISPATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rmi/rmi.h>

#include "serve/window.h"

/* Whose calls there are: 1..SERVE_MAX_OWNERS. */
#define SERVE_MAX_OWNERS     255

/* Most stateful operations that are put down to somebody at a time. */
#define SERVE_MAX_OPERATIONS 256

/* Most PEs of an RMM that is served. */
#define SERVE_MAX_PES        64

struct serve_dispatch {
	struct rmi *rmi;
	/*
	 * NULL: the transport sees to it that nobody writes to what the RMM holds, as a driver does
	 * that takes pages away from its user.
	 */
	struct serve_window *window;
	/*
	 * One call at a time, so that the window never lags behind the RMM; but not while a Realm
	 * runs.
	 */
	pthread_mutex_t lock;
	/* RmiRecRun of the REC that runs on a PE; UINT64_MAX: none. */
	uint64_t run_pages[SERVE_MAX_PES];
	/* Who began the stateful operations that are open; owner 0: no entry. */
	struct {
		uint64_t handle;
		unsigned owner;
	} operations[SERVE_MAX_OPERATIONS];
};

/* window may be NULL, and is not owned. Returns false when memory is short. */
bool serve_dispatch_init(struct serve_dispatch *d, struct rmi *rmi, struct serve_window *window);

void serve_dispatch_destroy(struct serve_dispatch *d);

/*
 * One call on a PE.
 *
 * No content whatever of regs and ich does harm. Members of ich that are read-only to the Host are
 * ignored, and so is pmr: a PE always takes interrupts, or nobody could get it back from a Realm
 * whose Host has died.
 *
 * regs, ich: in and out
 * owner:     1..SERVE_MAX_OWNERS
 */
void serve_dispatch_call(struct serve_dispatch *d, unsigned pe, unsigned owner,
                         struct smccc_regs *regs, struct rmi_ich *ich);

/*
 * RMI_OP_MEM_RECLAIM for somebody who is gone: the list goes where nobody sees it. Only with a
 * window.
 */
void serve_dispatch_take_back(struct serve_dispatch *d, unsigned pe, unsigned owner,
                              struct smccc_regs *regs);

/* Whose a granule is that the RMM holds, and whose an operation is; 0: nobody's. */
unsigned serve_dispatch_owner(struct serve_dispatch *d, uint64_t pa);
unsigned serve_dispatch_operation_owner(struct serve_dispatch *d, uint64_t handle);

/* Makes the virtual CPU interface of a PE as it was at first. No call runs on it. */
void serve_dispatch_reset(struct serve_dispatch *d, unsigned pe);

#endif
