/* SPDX-License-Identifier: BSD-3-Clause */
/* A script guest from the inside. */
#ifndef RMM_GUEST_SCRIPT_H
#define RMM_GUEST_SCRIPT_H

#include <stdbool.h>

#include <rmm/guest.h>

#include "guest/coroutine.h"

struct guest {
	guest_script *fn;
	void *arg;
	struct coroutine coroutine;

	/* Of the current run(). */
	struct guest_vcpu *vcpu;
	const struct guest_services *services;
	const struct guest_entry *entry;
	struct guest_exit *exit;

	unsigned exceptions; /**< Taken to the Realm since guest_take_sea(). */
	bool skip;           /**< The access that made the guest leave must not be made again. */
};

/** Between two things that a script does: time passes, and an interrupt ends the run. */
void guest_poll(struct guest *g);

/** Returns from run() with an exit; comes back with the next run(). */
void guest_leave(struct guest *g, const struct guest_exit *exit);

#endif
