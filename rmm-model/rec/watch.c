/* SPDX-License-Identifier: BSD-3-Clause */
/* Telling somebody whenever a vCPU leaves its engine, and when it goes on. */
#include <string.h>

#include <rmm/watch.h>

#include "core/rmm.h"
#include "rec/rec.h"

void rmm_watch(struct rmm *rmm, rmm_watcher *watcher, void *arg)
{
	rmm->watcher = watcher;
	rmm->watcher_arg = arg;
}

static struct rmm_watch_event event_of(struct rmm_pe *pe, const uint64_t *x,
                                       const struct guest_exit *cause)
{
	const struct rec *rec = pe->rec;

	return (struct rmm_watch_event){
	        .pe = pe->index,
	        .rd = rec->owner,
	        .index = rmi_rec_index(rec->mpidr),
	        .pc = rec->regs.pc,
	        .x = x,
	        .cause = cause,
	        .x_after = rec->regs.x,
	};
}

void rec_watch_entry(struct rmm_pe *pe)
{
	struct rmm_watch_event event = event_of(pe, pe->rec->regs.x, NULL);

	pe->rmm->watcher(pe->rmm->watcher_arg, &event);
}

enum rec_action rec_watch_exit(struct rmm_pe *pe, const struct guest_exit *from,
                               struct rmi_rec_exit *exit)
{
	struct rmm_watch_event event;
	enum rec_action action;
	uint64_t x[31];

	memcpy(x, pe->rec->regs.x, sizeof(x));
	event = event_of(pe, x, from);
	action = rec_handle_exit(pe, from, exit);
	if (action == REC_EXIT)
		event.exit = exit;
	pe->rmm->watcher(pe->rmm->watcher_arg, &event);
	return action;
}
