/* SPDX-License-Identifier: BSD-3-Clause */
/* Pages, and RMI commands with what belongs to them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "direct.h"

/* Calls after which a busy RMM counts as broken. */
#define PATIENCE  1000000
#define LIST_ROOM (PAGE / sizeof(uint64_t))

void *page_va(struct machine *m, uint64_t pa)
{
	return rmi_pa_to_va(m->rmi, pa, PAGE);
}

uint64_t page_take(struct machine *m, size_t n)
{
	size_t align = 1;

	while (align < n)
		align *= 2;
	for (size_t i = 0; i + n <= m->num_pages; i += align) {
		if (memchr(m->taken + i, 1, n) != NULL)
			continue;
		memset(m->taken + i, 1, n);
		memset(rmi_pa_to_va(m->rmi, m->base + i * PAGE, n * PAGE), 0, n * PAGE);
		return m->base + i * PAGE;
	}
	return 0;
}

void page_give(struct machine *m, uint64_t pa, size_t n)
{
	memset(m->taken + (pa - m->base) / PAGE, 0, n);
}

/* Range commands get as far as they like. */
static bool whole_range(struct machine *m, uint64_t fid, uint64_t pa, size_t n)
{
	const uint64_t top = pa + n * PAGE;
	struct smccc_regs regs;

	for (; pa < top; pa = regs.x[1])
		if (CALL_RMM(m, regs, fid, pa, top) != RMI_SUCCESS || regs.x[1] <= pa)
			return false;
	return true;
}

uint64_t page_take_delegated(struct machine *m, size_t n)
{
	uint64_t pa = page_take(m, n);

	if (pa != 0 && !whole_range(m, SMC_RMI_GRANULE_RANGE_DELEGATE, pa, n))
		return 0;
	return pa;
}

/* A page that the RMM keeps stays taken: nobody may touch it again. */
void page_give_delegated(struct machine *m, uint64_t pa, size_t n)
{
	if (whole_range(m, SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa, n))
		page_give(m, pa, n);
}

static uint64_t call_until_free(struct machine *m, struct smccc_regs *regs)
{
	const struct smccc_regs in = *regs;
	uint64_t x0 = 0;

	for (int i = 0; i < PATIENCE; i++) {
		*regs = in;
		x0 = rmi_call(m->pe, regs);
		if (rmi_status(x0) != RMI_BUSY && rmi_status(x0) != RMI_BLOCKED)
			break;
	}
	return x0;
}

static size_t desc_pages(const struct rmi_addr_range_desc *desc)
{
	return desc->count * rmi_rtt_level_size(GSHIFT, RMM_RTT_PAGE_LEVEL - (int)desc->size) /
	       PAGE;
}

static void give_desc(struct machine *m, const struct rmi_addr_range_desc *desc, size_t kept)
{
	uint64_t pa = desc->base + kept * PAGE;
	size_t n = desc_pages(desc) - kept;

	if (n != 0 && desc->state == RMI_OP_MEM_DELEGATED)
		page_give_delegated(m, pa, n);
	else
		page_give(m, pa, n);
}

/* Donates what is asked for, as far as a list goes; what the RMM leaves comes back. */
static bool donate(struct machine *m, uint64_t handle, uint64_t word, struct smccc_regs *regs)
{
	const enum rmi_revision rev = rmi_revision(m->rmi);
	const struct rmi_op_mem_donate_req req = rmi_op_mem_donate_req_decode(rev, word);
	const bool contig = req.contig == RMI_OP_MEM_CONTIG;
	struct rmi_addr_range_desc desc[LIST_ROOM];
	uint64_t *list = page_va(m, m->list);
	size_t wanted = contig ? 1 : req.count, n;
	uint64_t consumed;

	if (wanted > LIST_ROOM)
		wanted = LIST_ROOM;
	for (n = 0; n < wanted; n++) {
		desc[n] = (struct rmi_addr_range_desc){
		        .count = contig ? req.count : 1, .size = req.size, .state = req.state};
		desc[n].base = req.state == RMI_OP_MEM_DELEGATED
		                       ? page_take_delegated(m, desc_pages(&desc[n]))
		                       : page_take(m, desc_pages(&desc[n]));
		if (desc[n].base == 0)
			break;
		list[n] = rmi_addr_range_desc_encode(rev, GSHIFT, desc[n]);
	}
	if (n == 0)
		return false;
	*regs = (struct smccc_regs){{SMC_RMI_OP_MEM_DONATE, handle, m->list, n}};
	call_until_free(m, regs);
	consumed = regs->x[1];
	for (size_t i = 0; i < n; i++) {
		size_t kept = desc_pages(&desc[i]) < consumed ? desc_pages(&desc[i]) : consumed;

		consumed -= kept;
		give_desc(m, &desc[i], kept);
	}
	return true;
}

static void reclaim(struct machine *m, uint64_t handle, struct smccc_regs *regs)
{
	const uint64_t *list = page_va(m, m->list);

	*regs = (struct smccc_regs){{SMC_RMI_OP_MEM_RECLAIM, handle, m->list, LIST_ROOM}};
	if (rmi_status(call_until_free(m, regs)) != RMI_INCOMPLETE)
		return;
	for (uint64_t i = 0; i < regs->x[1]; i++) {
		struct rmi_addr_range_desc desc =
		        rmi_addr_range_desc_decode(rmi_revision(m->rmi), GSHIFT, list[i]);

		give_desc(m, &desc, 0);
	}
}

/* A stateful operation is driven to its end, whatever happens on the way (B4.3.2). */
uint64_t call_rmm(struct machine *m, struct smccc_regs *regs)
{
	uint64_t x0 = call_until_free(m, regs);
	const uint64_t handle = regs->x[1];
	uint64_t word = regs->x[2];

	while (rmi_status(x0) == RMI_INCOMPLETE) {
		const bool can_cancel = rmi_can_cancel(x0);

		switch (rmi_memreq(x0)) {
		case RMI_OP_MEM_REQ_DONATE:
			if (donate(m, handle, word, regs)) {
				/* After an error the operation wants to be continued, too. */
				if (rmi_status(regs->x[0]) == RMI_INCOMPLETE)
					break;
				*regs = (struct smccc_regs){{SMC_RMI_OP_CONTINUE, handle}};
			} else if (can_cancel) {
				*regs = (struct smccc_regs){{SMC_RMI_OP_CANCEL, handle}};
			} else {
				return x0;
			}
			call_until_free(m, regs);
			break;
		case RMI_OP_MEM_REQ_RECLAIM:
			reclaim(m, handle, regs);
			break;
		default:
			*regs = (struct smccc_regs){{SMC_RMI_OP_CONTINUE, handle}};
			call_until_free(m, regs);
		}
		x0 = regs->x[0];
		word = regs->x[2];
	}
	return x0;
}

bool machine_open(struct machine *m, const char *conf)
{
	struct rmi_error err;
	struct rmi_memory memory;
	struct smccc_regs regs;
	uint64_t config;

	*m = (struct machine){.rmi = rmi_open(conf, &err)};
	if (m->rmi == NULL) {
		(void)fprintf(stderr, "%s\n", err.text);
		return false;
	}
	memory = rmi_memory(m->rmi);
	m->pe = rmi_pe(m->rmi, 0);
	m->base = memory.base;
	m->num_pages = memory.size / PAGE;
	m->taken = calloc(m->num_pages, 1);
	if (m->taken == NULL)
		return false;
	m->list = page_take(m, 1);
	/* All zero: granules of 4 KB. The RMM has read it when the call returns. */
	config = page_take(m, 1);
	if (CALL_RMM(m, regs, SMC_RMI_VERSION, RMI_ABI_VERSION) != RMI_SUCCESS ||
	    CALL_RMM(m, regs, SMC_RMI_RMM_CONFIG_SET, config) != RMI_SUCCESS ||
	    CALL_RMM(m, regs, SMC_RMI_RMM_ACTIVATE) != RMI_SUCCESS) {
		(void)fprintf(stderr, "no RMM 2.0 with granules of 4 KB\n");
		return false;
	}
	page_give(m, config, 1);
	return true;
}

uint64_t machine_close(struct machine *m)
{
	struct smccc_regs regs;
	uint64_t held;

	if (m->rmi == NULL)
		return 0;
	/* Older revisions have no such command. */
	(void)CALL_RMM(m, regs, SMC_RMI_RMM_DEACTIVATE);
	held = rmi_audit(m->rmi, stderr);
	rmi_close(m->rmi);
	free(m->taken);
	return held;
}
