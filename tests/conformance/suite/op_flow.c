/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_OP_CONTINUE and RMI_OP_CANCEL (DEN0137 B4.5.22, B4.5.21). */
#include "op.h"

/* Keys of an RMM that never finishes in one call what it need not finish in one. */
#define SLOW_CONF "incomplete=1000,incomplete_rounds=1,incomplete_every=0,range=0"

/* Continue: there is memory to be taken back, which RMI_OP_CONTINUE cannot do. */
static void continue_base(struct world *w)
{
	uint64_t handle = op_gives_memory(w);

	w->raw = true;
	w->success = RMI_INCOMPLETE;
	WORLD_CALL(w, SMC_RMI_OP_CONTINUE, handle, RMI_CONTINUE_KEEP_GOING);
}

/* Pages of the range that is delegated. */
#define PAGES 4

/* The RMM has yet to delegate a range. Notes: [0] where it begins. */
static void delegate_base(struct world *w)
{
	struct smccc_regs regs;

	w->note[0] = w->spare;
	w->spare += PAGES * w->page;
	regs = (struct smccc_regs){
	        .x = {SMC_RMI_GRANULE_RANGE_DELEGATE, w->note[0], w->note[0] + PAGES * w->page}};
	world_begin(w, &regs);
	w->raw = true;
	WORLD_CALL(w, SMC_RMI_OP_CONTINUE, regs.x[1], RMI_CONTINUE_KEEP_GOING);
}

/* The RMM has yet to see that the Realm is active, and no place for measured content any more. */
static void active_base(struct world *w)
{
	struct smccc_regs regs;

	world_realm(w);
	world_activate(w);
	regs = (struct smccc_regs){.x = {SMC_RMI_RTT_DATA_MAP_INIT, w->realm.rd, world_delegated(w),
	                                 0, world_page(w)}};
	world_begin(w, &regs);
	w->raw = true;
	WORLD_CALL(w, SMC_RMI_OP_CONTINUE, regs.x[1], RMI_CONTINUE_KEEP_GOING);
}

static void fail(struct world *w)
{
	w->resumed = RMI_ERROR_REALM;
}

/* RMI_GRANULE_RANGE_DELEGATE ends here: X1 is out_top. */
static void ends_as_the_command(struct world *w)
{
	uint64_t base = w->note[0];
	uint64_t out_top = w->regs.x[1];

	world_expect(w, out_top > base && out_top <= base + PAGES * w->page,
	             "out_top is 0x%llx, the range begins at 0x%llx", (unsigned long long)out_top,
	             (unsigned long long)base);
	for (uint64_t pa = base; pa < base + PAGES * w->page; pa += w->page)
		world_in_state(w, pa, pa < out_top ? "GRAN_DELEGATED" : "GRAN_UNDELEGATED");
	op_is_over(w, w->in.x[1]);
}

/* The operation still waits, and the handle is still good. */
static void is_still_open(struct world *w)
{
	world_equal(w, rmi_memreq(w->regs.x[0]), RMI_OP_MEM_REQ_RECLAIM, "what is requested");
	world_must(w, world_end(w), "RMI_REC_DESTROY");
	op_is_over(w, w->in.x[1]);
}

static const struct conformance_row continue_rows[] = {
        FAILS(complete, op_spoil_complete),
        FAILS(fail, fail, .base = active_base, .conf = SLOW_CONF),
        HOLDS(output_complete, ends_as_the_command, .base = delegate_base, .conf = SLOW_CONF),
        HOLDS(status_incomplete, is_still_open),
        NEVER_HOLDS(donate_req, "the RMM asks for memory when an operation begins and in answer "
                                "to RMI_OP_MEM_DONATE"),
        {0},
};

const struct conformance_command conformance_op_continue = {
        .name = "RMI_OP_CONTINUE",
        .base = continue_base,
        .conf = OP_CONF,
        .rows = continue_rows,
};

/* Cancel. */
static void cancel_base(struct world *w)
{
	struct rmi_op_mem_donate_req req;
	uint64_t handle = op_wants_memory(w, 1, &req);

	w->raw = true;
	w->success = RMI_INCOMPLETE;
	WORLD_CALL(w, SMC_RMI_OP_CANCEL, handle);
}

/* The RMM says so. */
static void cannot_cancel(struct world *w)
{
	world_expect(w, !rmi_can_cancel(w->open.x[0]), "the operation can be cancelled");
}

static const struct conformance_row cancel_rows[] = {
        FAILS(complete, op_spoil_complete),
        FAILS(can_cancel, cannot_cancel, .conf = OP_CONF ",cancel=0"),
        {0},
};

const struct conformance_command conformance_op_cancel = {
        .name = "RMI_OP_CANCEL",
        .base = cancel_base,
        .conf = OP_CONF,
        .rows = cancel_rows,
};
