/* SPDX-License-Identifier: BSD-3-Clause */
/* What many commands can have wrong: failure conditions whose argument is always in one place. */
#ifndef CONFORMANCE_SPOIL_H
#define CONFORMANCE_SPOIL_H

#include "suite.h"

/* X1, the RD. */
static inline void spoil_rd_align(struct world *w)
{
	w->regs.x[1] += 1;
}

static inline void spoil_rd_bound(struct world *w)
{
	w->regs.x[1] = w->nowhere;
}

static inline void spoil_rd_state(struct world *w)
{
	w->regs.x[1] = world_delegated(w);
}

/* X2 and X3, a range of IPAs. */

static inline void spoil_base_align(struct world *w)
{
	w->regs.x[2] += w->page / 2;
}

static inline void spoil_top_align(struct world *w)
{
	w->regs.x[3] += w->page / 2;
}

static inline void spoil_size_valid(struct world *w)
{
	w->regs.x[3] = w->regs.x[2];
}

#endif
