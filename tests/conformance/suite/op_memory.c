/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_OP_MEM_DONATE and RMI_OP_MEM_RECLAIM (DEN0137 B4.5.23, B4.5.24). */
#include "op.h"

/* Entries that a list has room for at any granule size. */
#define ROOM 512

enum {
	NOTE_LIST, /* PA of the list. */
	NOTE_COUNT,
	NOTE_INTERNAL, /* Granules that are GRAN_INTERNAL before the call. */
};

static uint64_t *list(struct world *w)
{
	return world_va(w, w->note[NOTE_LIST]);
}

/* A run of delegated pages. */
static uint64_t run_desc(struct world *w, uint64_t pa, uint64_t count)
{
	return world_desc(w, pa, RMM_RTT_PAGE_LEVEL, count, RMI_OP_MEM_DELEGATED);
}

/* Donate: X3 is what the list holds. */
static void donate_call(struct world *w, uint64_t handle, uint64_t entries)
{
	w->raw = true;
	w->success = RMI_INCOMPLETE;
	WORLD_CALL(w, SMC_RMI_OP_MEM_DONATE, handle, w->note[NOTE_LIST], entries);
}

/* Pages, as many as are wanted but for some, one in each entry. */
static void donate_pages(struct world *w, uint64_t at_least, uint64_t left_out)
{
	struct rmi_op_mem_donate_req req;
	uint64_t handle = op_wants_memory(w, at_least, &req);

	world_expect(w,
	             req.size == RMI_PAGE_L3 && req.contig == RMI_OP_MEM_NON_CONTIG &&
	                     req.state == RMI_OP_MEM_DELEGATED,
	             "the operation wants no delegated pages");
	w->note[NOTE_LIST] = world_page(w);
	w->note[NOTE_COUNT] = req.count - left_out;
	for (uint64_t i = 0; i < w->note[NOTE_COUNT]; i++)
		list(w)[i] = run_desc(w, world_delegated(w), 1);
	donate_call(w, handle, w->note[NOTE_COUNT]);
}

static void donate_base(struct world *w)
{
	donate_pages(w, 1, 0);
}

static void donate_part_base(struct world *w)
{
	donate_pages(w, 2, 1);
}

/* A run, aligned to its size, in one entry. */
static void donate_run_base(struct world *w)
{
	struct rmi_op_mem_donate_req req;
	uint64_t handle = op_wants_memory(w, 2, &req);

	world_expect(w,
	             req.size == RMI_PAGE_L3 && req.contig == RMI_OP_MEM_CONTIG &&
	                     req.state == RMI_OP_MEM_DELEGATED,
	             "the operation wants no run of delegated pages");
	w->note[NOTE_LIST] = world_page(w);
	w->note[NOTE_COUNT] = req.count;
	list(w)[0] = run_desc(w, world_delegated_block(w, req.count * w->page), req.count);
	donate_call(w, handle, 1);
}

static void mem_gt(struct world *w)
{
	list(w)[w->regs.x[3]++] = run_desc(w, world_delegated(w), 1);
}

/* All that is wanted, in two pieces with a gap between them. */
static void mem_contig(struct world *w)
{
	uint64_t count = w->note[NOTE_COUNT];
	uint64_t pa = world_delegated_block(w, 2 * count * w->page);

	list(w)[0] = run_desc(w, pa, count / 2);
	list(w)[1] = run_desc(w, pa + count * w->page, count - count / 2);
	w->regs.x[3] = 2;
}

/* One run, which begins a page too late. */
static void mem_align(struct world *w)
{
	uint64_t count = w->note[NOTE_COUNT];
	uint64_t pa = world_delegated_block(w, 2 * count * w->page);

	list(w)[0] = run_desc(w, pa + w->page, count);
}

/* The last page is the Host's. */
static void mem_state(struct world *w)
{
	list(w)[w->regs.x[3] - 1] = run_desc(w, world_page(w), 1);
}

static struct rmi_addr_range_desc entry(struct world *w, uint64_t i)
{
	return rmi_addr_range_desc_decode(w->rev, w->gshift, list(w)[i]);
}

/* The operation has what it was given, and wants the rest. */
static void donated_is_internal(struct world *w)
{
	struct rmi_op_mem_donate_req req = rmi_op_mem_donate_req_decode(w->rev, w->regs.x[2]);
	uint64_t donated = w->regs.x[1];

	world_expect(w, donated != 0 && donated <= w->note[NOTE_COUNT],
	             "donated_count is %llu of %llu", (unsigned long long)donated,
	             (unsigned long long)w->note[NOTE_COUNT]);
	for (uint64_t i = 0; i < w->note[NOTE_COUNT]; i++)
		world_in_state(w, entry(w, i).base,
		               i < donated ? "GRAN_INTERNAL" : "GRAN_DELEGATED");
	world_equal(w, rmi_memreq(w->regs.x[0]), RMI_OP_MEM_REQ_DONATE, "what is requested");
	world_equal(w, req.count, w->note[NOTE_COUNT] + 1 - donated, "the count of donate_req");
}

static const struct conformance_row donate_rows[] = {
        FAILS(complete, op_spoil_complete),
        FAILS(list_align, op_spoil_list_align),
        FAILS(list_pas, op_spoil_list_pas),
        FAILS(mem_gt, mem_gt),
        FAILS(mem_contig, mem_contig, .base = donate_run_base, .conf = OP_CONF_CONTIG),
        FAILS(mem_align, mem_align, .base = donate_run_base, .conf = OP_CONF_CONTIG),
        FAILS(mem_state, mem_state),
        HOLDS(gran_state, donated_is_internal, .base = donate_part_base),
        {0},
};

const struct conformance_command conformance_op_mem_donate = {
        .name = "RMI_OP_MEM_DONATE",
        .base = donate_base,
        .conf = OP_CONF,
        .rows = donate_rows,
};

/* Reclaim. */
static uint64_t count_internal(struct world *w)
{
	uint64_t count = 0;
	const char *state;
	uint64_t pa;

	for (uint64_t at = 0; rmi_next_held_granule(w->rmi, at, &pa, &state); at = pa + w->page)
		count += strcmp(state, "GRAN_INTERNAL") == 0;
	return count;
}

static void reclaim_base(struct world *w)
{
	uint64_t handle = op_gives_memory(w);

	w->note[NOTE_LIST] = world_page(w);
	w->note[NOTE_INTERNAL] = count_internal(w);
	w->raw = true;
	w->success = RMI_INCOMPLETE;
	WORLD_CALL(w, SMC_RMI_OP_MEM_RECLAIM, handle, w->note[NOTE_LIST], ROOM);
}

/* What was donated was GRAN_DELEGATED. */
static void reclaimed_is_delegated(struct world *w)
{
	uint64_t granules = 0;

	world_expect(w, w->regs.x[1] != 0 && w->regs.x[1] <= ROOM, "reclaim_count is %llu",
	             (unsigned long long)w->regs.x[1]);
	for (uint64_t i = 0; i < w->regs.x[1]; i++) {
		struct rmi_addr_range_desc desc = entry(w, i);

		world_equal(w, desc.size, RMI_PAGE_L3, "the size of an entry");
		world_equal(w, desc.state, RMI_OP_MEM_DELEGATED, "the state of an entry");
		for (uint64_t k = 0; k < desc.count; k++)
			world_in_state(w, desc.base + k * w->page, "GRAN_DELEGATED");
		granules += desc.count;
	}
	world_equal(w, granules, w->note[NOTE_INTERNAL] - count_internal(w),
	            "how many granules the list has");
}

static const struct conformance_row reclaim_rows[] = {
        FAILS(complete, op_spoil_complete),
        FAILS(list_align, op_spoil_list_align),
        FAILS(list_pas, op_spoil_list_pas),
        HOLDS(gran_state, reclaimed_is_delegated),
        {0},
};

const struct conformance_command conformance_op_mem_reclaim = {
        .name = "RMI_OP_MEM_RECLAIM",
        .base = reclaim_base,
        .conf = OP_CONF,
        .rows = reclaim_rows,
};
