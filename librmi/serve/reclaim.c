/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking back what a client has left behind. */

#include "serve/reclaim.h"

#include <string.h>

#include "../internal.h"

/* The RMM as if there were nothing but what one owner has. */
struct estate {
	struct rmi_backend backend;
	struct serve_dispatch *dispatch;
	unsigned owner;
};

static void estate_call(struct rmi_backend *backend, unsigned pe, struct smccc_regs *regs)
{
	struct estate *estate = (struct estate *)backend;
	struct rmi_ich ich = {.pmr = 0xff};

	if ((uint32_t)regs->x[0] == SMC_RMI_OP_MEM_RECLAIM)
		serve_dispatch_take_back(estate->dispatch, pe, estate->owner, regs);
	else
		serve_dispatch_call(estate->dispatch, pe, estate->owner, regs, &ich);
}

static bool estate_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                                const char **state)
{
	struct estate *estate = (struct estate *)backend;

	while (rmi_next_held_granule(estate->dispatch->rmi, from, pa, state)) {
		if (serve_dispatch_owner(estate->dispatch, *pa) == estate->owner)
			return true;
		from = *pa + 1;
	}
	return false;
}

static bool estate_operation(struct rmi_backend *backend, unsigned index, uint64_t *handle)
{
	struct estate *estate = (struct estate *)backend;

	for (unsigned i = 0; rmi_open_operation(estate->dispatch->rmi, i, handle); i++) {
		if (serve_dispatch_operation_owner(estate->dispatch, *handle) == estate->owner &&
		    index-- == 0)
			return true;
	}
	return false;
}

static const struct rmi_backend_ops estate_ops = {
        .call = estate_call,
        .granule_next = estate_granule_next,
        .operation = estate_operation,
};

void serve_reclaim(struct serve_dispatch *d, unsigned pe, unsigned owner,
                   struct rmi_reclaimed *result)
{
	struct estate estate = {
	        .backend = *rmi_top_backend(d->rmi),
	        .dispatch = d,
	        .owner = owner,
	};

	estate.backend.ops = &estate_ops;
	estate.backend.below = rmi_top_backend(d->rmi);
	/* Where lists go is serve_dispatch_take_back()'s business. */
	rmi_reclaim_backend(&estate.backend, pe, 0, result);
}
