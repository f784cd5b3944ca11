/* SPDX-License-Identifier: BSD-3-Clause */
/* Telling somebody whenever a vCPU leaves its engine. */
#include <string.h>

#include <rmm/watch.h>

#include "core/rmm.h"
#include "rec/rec.h"

void rmm_watch(struct rmm *rmm, rmm_watcher *watcher, void *arg)
{
	rmm->watcher = watcher;
	rmm->watcher_arg = arg;
}

enum rec_action rec_watch_exit(struct rmm_pe *pe, const struct guest_exit *from,
                               struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t x[31];
	struct rmm_watch_event event = {
	        .pe = pe->index,
	        .rd = rec->owner,
	        .index = rmi_rec_index(rec->mpidr),
	        .pc = rec->regs.pc,
	        .x = x,
	        .cause = from,
	        .x_after = rec->regs.x,
	};
	enum rec_action action;

	memcpy(x, rec->regs.x, sizeof(x));
	action = rec_handle_exit(pe, from, exit);
	if (action == REC_EXIT)
		event.exit = exit;
	pe->rmm->watcher(pe->rmm->watcher_arg, &event);
	return action;
}
