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

/* X1, the address of a structure for an RSI command. */

static inline void spoil_rsi_align(struct world *w)
{
	w->regs.x[1] += RSI_GRANULE_SIZE / 2;
}

static inline void spoil_rsi_bound(struct world *w)
{
	w->regs.x[1] = WORLD_UNPROT(w);
}

/* Nothing is there but what world_load() brings. */
static inline void spoil_rsi_empty(struct world *w)
{
	w->regs.x[1] = 4 * w->page;
}

/* The end of the PAs that a Realm without LPA2 can map, and memory on both sides of it. */
#define SPOIL_BORDER      (UINT64_C(1) << 48)
#define SPOIL_CONF_BORDER "lpa2=1,dram=4G,dram_base=0xffff80000000"

/* A delegated page that only a Realm with LPA2 could map. */
static inline uint64_t spoil_beyond_border(struct world *w)
{
	uint64_t pa;

	w->spare = SPOIL_BORDER;
	pa = world_delegated_block(w, 2 * w->page);
	world_equal(w, pa, SPOIL_BORDER, "the PA of the block");
	return pa;
}

#endif
