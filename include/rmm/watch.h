/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file watch.h
 * Being told whenever a vCPU leaves its engine, and when it goes on: for traces. Nothing here is
 * part of the RMI; a Host sees only those exits that the RMM hands on to it.
 */
#ifndef RMM_WATCH_H
#define RMM_WATCH_H

#include <stdint.h>

#include <rmi/abi/layout.h>
#include <rmm/engine.h>
#include <rmm/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A vCPU has left its engine and the RMM has dealt with it; or the Host has entered it again. */
struct rmm_watch_event {
	unsigned pe;    /**< Index of the PE that it ran on. */
	uint64_t rd;    /**< PA of its realm. */
	uint64_t index; /**< RecIndex (B3.107) */
	uint64_t pc;    /**< Address of the instruction that made it leave, or of the next one. */
	const uint64_t *x; /**< X0..X30 when it left; when it is entered, as it goes on. */
	const struct guest_exit *cause; /**< Why it left; NULL: it is entered and goes on. */
	/**
	 * X0..X30 as it will go on with. Of a call that the Host has to answer: not before it is
	 * entered again.
	 */
	const uint64_t *x_after;
	/** What the Host gets to see; NULL if the vCPU goes on without the Host. */
	const struct rmi_rec_exit *exit;
};

/**
 * Called by the thread that runs the vCPU, which waits: several may call at the same time. The
 * event and what it points to are valid until it returns. It must not call the RMM.
 */
typedef void rmm_watcher(void *arg, const struct rmm_watch_event *event);

/**
 * Has every exit and entry of every vCPU told to a function. No REC may be running.
 * @param watcher NULL: nobody is told any more
 * @param arg     handed to it
 */
void rmm_watch(struct rmm *rmm, rmm_watcher *watcher, void *arg);

#ifdef __cplusplus
}
#endif

#endif
