/* SPDX-License-Identifier: BSD-3-Clause */
#include "regions.h"

#include <rmi/model.h>
#include <rmm/model.h>

#include "cmocka_test.h"

static uint64_t region_size(enum rmi_granule_size granule, uint8_t region)
{
	static const uint64_t sizes[3][2] = {
	        {UINT64_C(1) << 30, 0},
	        {UINT64_C(1) << 25, UINT64_C(1) << 36},
	        {UINT64_C(1) << 29, UINT64_C(1) << 42},
	};

	return sizes[granule][region];
}

struct regions regions_open(const char *conf, enum rmi_granule_size granule, uint8_t region)
{
	struct regions r = {.gshift = 12 + 2 * (unsigned)granule};
	struct rmi_rmm_config *config;
	struct rmi_error err;

	r.rmi = rmi_open(conf, &err);
	if (r.rmi == NULL)
		fail_msg("%s", err.text);
	r.pe = rmi_pe(r.rmi, 0);
	r.page = UINT64_C(1) << r.gshift;
	r.size = region_size(granule, region);
	r.base = rmi_memory(r.rmi).base & ~(r.size - 1);
	r.list = rmi_memory(r.rmi).base;
	r.spare = r.list + (UINT64_C(2) << 20);
	config = rmi_pa_to_va(r.rmi, r.list, sizeof(*config));
	*config = (struct rmi_rmm_config){
	        .rmi_granule_size = (uint8_t)granule,
	        .tracking_region_size = region,
	};
	assert_int_equal(rmi_rmm_config_set(r.pe, r.list), RMI_SUCCESS);
	assert_int_equal(rmi_rmm_activate(r.pe, NULL), RMI_SUCCESS);
	return r;
}

void regions_close(struct regions *r)
{
	struct rmi_error err;

	if (!rmm_check(rmi_model(r->rmi), &err))
		fail_msg("%s", err.text);
	rmi_close(r->rmi);
}

/* Gives what is asked for, from one place. */
static uint64_t donate(struct regions *r, struct smccc_regs *regs, uint64_t handle)
{
	uint64_t *list = rmi_pa_to_va(r->rmi, r->list, r->page);
	struct rmi_addr_range_desc desc;

	uint64_t size;

	r->asked = rmi_op_mem_donate_req_decode(rmi_revision(r->rmi), regs->x[2]);
	size = r->asked.count * rmi_rtt_level_size(r->gshift, 3 - (int)r->asked.size);
	if (r->asked.contig == RMI_OP_MEM_CONTIG)
		r->spare = (r->spare + size - 1) & ~(size - 1);
	desc = (struct rmi_addr_range_desc){r->spare, r->asked.count, r->asked.size,
	                                    r->asked.state};
	if (r->count == 0)
		r->given = r->spare;
	r->spare += size;
	r->count += size >> r->gshift;
	if (r->asked.state == RMI_OP_MEM_DELEGATED || r->delegated)
		regions_delegate(r, desc.base, r->spare);
	*list = rmi_addr_range_desc_encode(rmi_revision(r->rmi), r->gshift, desc);
	*regs = (struct smccc_regs){{SMC_RMI_OP_MEM_DONATE, handle, r->list, 1}};
	return rmi_call(r->pe, regs);
}

static uint64_t reclaim(struct regions *r, struct smccc_regs *regs, uint64_t handle)
{
	uint64_t *list = rmi_pa_to_va(r->rmi, r->list, r->page);

	*regs = (struct smccc_regs){{SMC_RMI_OP_MEM_RECLAIM, handle, r->list, 8}};
	rmi_call(r->pe, regs);
	for (uint64_t i = 0; i < regs->x[1]; i++)
		r->back +=
		        rmi_addr_range_desc_decode(rmi_revision(r->rmi), r->gshift, list[i]).count;
	return regs->x[0];
}

uint64_t regions_command(struct regions *r, struct smccc_regs *regs)
{
	uint64_t x0 = rmi_call(r->pe, regs);
	uint64_t handle = regs->x[1];

	r->count = 0;
	r->back = 0;
	while (rmi_status(x0) == RMI_INCOMPLETE) {
		if (rmi_memreq(x0) == RMI_OP_MEM_REQ_DONATE && !r->refuse) {
			x0 = donate(r, regs, handle);
			if (rmi_status(x0) == RMI_INCOMPLETE)
				continue;
		} else if (rmi_memreq(x0) == RMI_OP_MEM_REQ_RECLAIM) {
			x0 = reclaim(r, regs, handle);
			continue;
		}
		*regs = (struct smccc_regs){{SMC_RMI_OP_CONTINUE, handle}};
		x0 = rmi_call(r->pe, regs);
	}
	return x0;
}

#define COMMAND(r, ...) regions_command((r), &(struct smccc_regs){.x = {__VA_ARGS__}})

uint64_t regions_track(struct regions *r, unsigned region, enum rmi_tracking_region_state state)
{
	return COMMAND(r, SMC_RMI_GRANULE_TRACKING_SET, r->base + region * r->size,
	               RMI_MEM_CATEGORY_CONVENTIONAL, state);
}

uint64_t regions_unfold(struct regions *r, uint64_t addr)
{
	return COMMAND(r, SMC_RMI_GPT_L1_CREATE, addr);
}

uint64_t regions_fold(struct regions *r, uint64_t addr)
{
	return COMMAND(r, SMC_RMI_GPT_L1_DESTROY, addr);
}

enum rmi_tracking_region_state regions_state(struct regions *r, unsigned region)
{
	uint64_t state = RMI_TRACKING_RESERVED;

	assert_int_equal(rmi_granule_tracking_get(r->pe, r->base + region * r->size, NULL, &state),
	                 RMI_SUCCESS);
	return (enum rmi_tracking_region_state)state;
}

uint64_t regions_delegate(struct regions *r, uint64_t base, uint64_t top)
{
	uint64_t out = 0;
	uint64_t x0 = rmi_granule_range_delegate(r->pe, base, top, &out, NULL);

	return x0 == RMI_SUCCESS && out != top ? RMI_INCOMPLETE : x0;
}

uint64_t regions_undelegate(struct regions *r, uint64_t base, uint64_t top)
{
	uint64_t out = 0;
	uint64_t x0 = rmi_granule_range_undelegate(r->pe, base, top, &out, NULL);

	return x0 == RMI_SUCCESS && out != top ? RMI_INCOMPLETE : x0;
}
