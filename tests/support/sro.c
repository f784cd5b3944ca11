/* SPDX-License-Identifier: BSD-3-Clause */
#include <support/sro.h>

#define LIST_SIZE UINT64_C(0x1000)
#define LIST_ROOM (LIST_SIZE / sizeof(uint64_t))
/** Calls after which an operation is taken to be stuck. */
#define MAX_CALLS 100000
#define MAX_BUSY  1000000

uint64_t sro_call(struct rmi_pe *pe, struct smccc_regs *regs)
{
	struct smccc_regs in = *regs;

	for (unsigned i = 0; i < MAX_BUSY; i++) {
		*regs = in;
		if (rmi_status(rmi_call(pe, regs)) != RMI_BUSY)
			break;
	}
	return regs->x[0];
}

/** Fills the list with what is asked for, as far as it fits. @return entries; 0 without memory */
static uint64_t fill_list(struct rmi_pe *pe, const struct sro_memory *memory, uint64_t word)
{
	struct rmi *rmi = rmi_pe_rmi(pe);
	enum rmi_revision rev = rmi_revision(rmi);
	struct rmi_op_mem_donate_req req = rmi_op_mem_donate_req_decode(rev, word);
	unsigned gshift = memory->gshift ? memory->gshift : 12;
	uint64_t block = rmi_rtt_level_size(gshift, RMM_RTT_PAGE_LEVEL - (int)req.size);
	bool contig = req.contig == RMI_OP_MEM_CONTIG;
	uint64_t entries = contig ? 1 : req.count;
	uint64_t *list = rmi_pa_to_va(rmi, memory->list, LIST_SIZE);
	uint64_t bytes = block;

	if (entries > LIST_ROOM)
		entries = LIST_ROOM;
	/* One run is aligned to its size, rounded up to a power of two to be on the safe side. */
	while (contig && bytes < block * req.count)
		bytes *= 2;
	for (uint64_t i = 0; i < entries; i++) {
		struct rmi_addr_range_desc desc = {
		        .base = memory->take(memory->arg, bytes, req.state),
		        .count = contig ? req.count : 1,
		        .size = req.size,
		        .state = req.state,
		};

		if (!desc.base)
			return 0;
		list[i] = rmi_addr_range_desc_encode(rev, gshift, desc);
	}
	return entries;
}

uint64_t sro_finish(struct rmi_pe *pe, const struct sro_memory *memory, struct smccc_regs *regs)
{
	uint64_t handle = regs->x[1];
	uint64_t word = regs->x[2];

	for (unsigned i = 0; i < MAX_CALLS && rmi_status(regs->x[0]) == RMI_INCOMPLETE; i++) {
		enum rmi_op_mem_req mem = memory ? rmi_memreq(regs->x[0]) : RMI_OP_MEM_REQ_NONE;
		uint64_t entries;

		if (mem == RMI_OP_MEM_REQ_DONATE && (entries = fill_list(pe, memory, word))) {
			*regs = (struct smccc_regs){
			        .x = {SMC_RMI_OP_MEM_DONATE, handle, memory->list, entries}};
			sro_call(pe, regs);
			word = regs->x[2];
			if (rmi_status(regs->x[0]) == RMI_INCOMPLETE)
				continue;
		} else if (mem == RMI_OP_MEM_REQ_RECLAIM) {
			*regs = (struct smccc_regs){
			        .x = {SMC_RMI_OP_MEM_RECLAIM, handle, memory->list, LIST_ROOM}};
			if (rmi_status(sro_call(pe, regs)) == RMI_INCOMPLETE)
				continue;
		}
		/* Also after a donation that went wrong: the operation must learn of it. */
		*regs = (struct smccc_regs){.x = {SMC_RMI_OP_CONTINUE, handle}};
		sro_call(pe, regs);
		word = regs->x[2];
	}
	return regs->x[0];
}
