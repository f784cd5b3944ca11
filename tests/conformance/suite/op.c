/* SPDX-License-Identifier: BSD-3-Clause */
#include "op.h"

/* RECs to try with: how much memory the RMM wants for one may be a matter of luck. */
#define MAX_TRIES 60

static struct rmi_op_mem_donate_req request(struct world *w)
{
	if (rmi_memreq(w->open.x[0]) != RMI_OP_MEM_REQ_DONATE)
		return (struct rmi_op_mem_donate_req){0};
	return rmi_op_mem_donate_req_decode(w->rev, w->open.x[2]);
}

uint64_t op_wants_memory(struct world *w, uint64_t blocks, struct rmi_op_mem_donate_req *req)
{
	world_realm(w);
	for (uint64_t i = 0; i < MAX_TRIES; i++) {
		uint64_t page = world_page(w);
		struct rmi_rec_params *params = world_va(w, page);
		struct smccc_regs regs = {
		        .x = {SMC_RMI_REC_CREATE, w->realm.rd, world_delegated(w), page}};

		params->mpidr = rmi_rec_mpidr(i);
		if (!world_try_begin(w, &regs)) {
			world_must(w, regs.x[0], "RMI_REC_CREATE");
			continue;
		}
		*req = request(w);
		if (req->count >= blocks)
			return regs.x[1];
		world_must(w, world_end(w), "RMI_REC_CREATE");
	}
	world_skip(w, "no RMI_REC_CREATE wants %u blocks", (unsigned)blocks);
}

uint64_t op_gives_memory(struct world *w)
{
	world_realm(w);
	for (unsigned i = 0; i < MAX_TRIES; i++) {
		struct smccc_regs regs = {.x = {SMC_RMI_REC_DESTROY}};

		world_must(w, small_rec(&w->realm, 0, 0, NULL), "RMI_REC_CREATE");
		regs.x[1] = w->realm.recs[i];
		if (!world_try_begin(w, &regs)) {
			world_must(w, regs.x[0], "RMI_REC_DESTROY");
			continue;
		}
		if (rmi_memreq(regs.x[0]) == RMI_OP_MEM_REQ_RECLAIM)
			return regs.x[1];
		world_must(w, world_end(w), "RMI_REC_DESTROY");
	}
	world_skip(w, "no RMI_REC_DESTROY gives memory back");
}

void op_spoil_complete(struct world *w)
{
	world_must(w, world_end(w), "the operation");
}

void op_spoil_list_align(struct world *w)
{
	w->regs.x[2] += 4;
}

void op_spoil_list_pas(struct world *w)
{
	w->regs.x[2] = world_delegated(w);
}

void op_is_over(struct world *w, uint64_t handle)
{
	world_equal(w, WORLD_DO(w, SMC_RMI_OP_CONTINUE, handle), rmi_result(RMI_ERROR_INPUT),
	            "X0 of RMI_OP_CONTINUE with the handle of a complete operation");
}
