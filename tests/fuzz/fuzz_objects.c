/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands that take structures in memory, and follow-up calls of stateful operations. */
#include "fuzz.h"

#include <string.h>

/** Flips bits of a structure now and then. */
static void damage(struct fuzz *f, void *structure, size_t size)
{
	unsigned char *bytes = structure;

	if (f->aiming || fuzz_chance(f, 85))
		return;
	for (uint64_t n = 1 + fuzz_below(f, 3); n--;)
		bytes[fuzz_below(f, size)] ^= (unsigned char)(1u << fuzz_below(f, 8));
	if (fuzz_chance(f, 10))
		bytes[fuzz_below(f, size)] = 0xff;
}

/** Bits that starting-level tables of a level cover when there is one of them. */
static unsigned table_bits(const struct fuzz *f, int level)
{
	return rmi_rtt_level_shift(f->gshift, level) + f->gshift - 3;
}

void fuzz_draw_realm_create(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t page = fuzz_scratch(f);
	struct rmi_realm_params *params = fuzz_va(f, page);
	struct fuzz_realm *realm = &call->params;
	unsigned start = 1;

	call->in.x[1] = fuzz_granule(f, FUZZ_DELEGATED);
	call->in.x[2] = page;
	if (!params)
		return;
	memset(params, 0, sizeof(*params));
	realm->rd = call->in.x[1];
	realm->s2sz = 32 + (unsigned)fuzz_below(f, fuzz_chance(f, 80) ? 9 : 17);
	realm->start_level = RMM_RTT_PAGE_LEVEL;
	/* Up to 16 tables side by side save a level. */
	while (realm->start_level > -1 && table_bits(f, realm->start_level) + 4 < realm->s2sz)
		realm->start_level--;
	if (table_bits(f, realm->start_level) + 2 < realm->s2sz && fuzz_chance(f, 95))
		realm->start_level--;
	if (table_bits(f, realm->start_level) < realm->s2sz)
		start = 1u << (realm->s2sz - table_bits(f, realm->start_level));
	params->s2sz = (uint8_t)realm->s2sz;
	params->num_bps = (uint8_t)(1 + fuzz_below(f, 2));
	params->num_wps = 1;
	params->hash_algo = (uint8_t)fuzz_below(f, 3);
	params->rtt_base = fuzz_granules(f, FUZZ_DELEGATED, start);
	params->rtt_level_start = realm->start_level;
	params->rtt_num_start = start;
	params->flags0 = fuzz_chance(f, 90) ? 0 : fuzz_below(f, 16);
	if (f->aiming)
		params->flags0 = 0;
	if (f->lpa2 && fuzz_chance(f, 50))
		params->flags0 |= RMI_REALM_FLAGS0_LPA2;
	realm->lpa2 = (params->flags0 & RMI_REALM_FLAGS0_LPA2) != 0;
	params->flags1 = f->aiming || fuzz_chance(f, 90) ? 0 : fuzz_below(f, 8);
	fuzz_add_planes(f, realm, params);
	for (unsigned i = 0; i < 64; i++)
		params->rpv[i] = (uint8_t)fuzz_random(f);
	damage(f, params, sizeof(*params));
	if (f->aiming)
		return;
	/* Realms that do not fit into the notebook would never be taken apart. */
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++)
		if (!f->realms[i].used)
			return;
	call->in.x[1] = fuzz_granule(f, FUZZ_RD);
}

void fuzz_draw_rec_create(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t page = fuzz_scratch(f);
	struct rmi_rec_params *params = fuzz_va(f, page);
	struct fuzz_realm *realm = fuzz_realm(f, FUZZ_NEW);

	call->realm = realm;
	call->in.x[1] = realm ? realm->rd : fuzz_granule(f, FUZZ_RD);
	call->in.x[2] = fuzz_granule(f, FUZZ_DELEGATED);
	if (realm && realm->num_recs == FUZZ_MAX_RECS && !f->aiming)
		call->in.x[2] = fuzz_granule(f, FUZZ_REC);
	call->in.x[3] = page;
	if (!params)
		return;
	memset(params, 0, sizeof(*params));
	params->flags = fuzz_chance(f, 80);
	params->mpidr =
	        rmi_rec_mpidr(realm && fuzz_chance(f, 95) ? realm->num_created : fuzz_below(f, 40));
	params->pc = fuzz_chance(f, 85) ? fuzz_pc((unsigned)fuzz_below(f, FUZZ_NUM_PCS))
	                                : fuzz_ipa(f, realm, true);
	for (unsigned i = 0; i < RMI_REC_CREATE_NR_GPRS; i++)
		params->gprs[i] = fuzz_edge(f);
	damage(f, params, sizeof(*params));
	call->rec = (struct fuzz_rec){
	        .pa = call->in.x[2],
	        .mpidr = params->mpidr,
	        .script = fuzz_pc_known(params->pc),
	        .off = (params->flags & RMI_REC_CREATE_FLAGS_RUNNABLE) == 0,
	};
}

void fuzz_draw_rec_enter(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t page = fuzz_scratch(f);
	struct rmi_rec_run *run = fuzz_va(f, page);
	struct fuzz_realm *realm = fuzz_realm(f, FUZZ_ACTIVE);
	const struct fuzz_rec *rec = NULL;

	call->realm = realm;
	call->in.x[1] = fuzz_granule(f, FUZZ_REC);
	if (realm && realm->num_recs) {
		rec = &realm->recs[fuzz_below(f, realm->num_recs)];
		call->in.x[1] = rec->pa;
	}
	/* Nobody to enter: that can be helped. */
	if (!rec && realm && !f->aiming && fuzz_chance(f, 60)) {
		call->in.x[0] = SMC_RMI_REC_CREATE;
		fuzz_draw_rec_create(f, call);
	}
	/* What the Realm asked for comes first, as a rule. */
	if (rec && rec->psci && !f->aiming && fuzz_chance(f, 60)) {
		call->in.x[0] = SMC_RMI_PSCI_COMPLETE;
		fuzz_draw_psci_complete(f, call);
	} else if (rec && rec->s2ap_top && !f->aiming && fuzz_chance(f, 50)) {
		call->in.x[0] = SMC_RMI_RTT_SET_S2AP;
		fuzz_draw_set_s2ap(f, call);
	} else if (rec && rec->ripas_top && !f->aiming && fuzz_chance(f, 70)) {
		call->in.x[0] = SMC_RMI_RTT_SET_RIPAS;
		fuzz_draw_set_ripas(f, call);
	}
	if (call->in.x[0] != SMC_RMI_REC_ENTER) {
		call->command = rmi_command_find(f->revision, (uint32_t)call->in.x[0]);
		return;
	}
	call->in.x[2] = page;
	if (!run)
		return;
	if (fuzz_chance(f, 50))
		memset(&run->enter, 0, sizeof(run->enter));
	else
		for (unsigned i = 0; i < RMI_REC_RUN_NR_GPRS; i++)
			run->enter.gprs[i] = fuzz_edge(f);
	run->enter.flags = fuzz_random(f) & fuzz_random(f) & 0xff;
	/* Both are refused unless the last exit was an abort of the right kind. */
	if (f->aiming || fuzz_chance(f, 90))
		run->enter.flags &=
		        ~(RMI_REC_ENTER_FLAGS_EMUL_MMIO | RMI_REC_ENTER_FLAGS_INJECT_SEA);
	damage(f, &run->enter, sizeof(run->enter));
}

/** A REC that waits for something, or any other. */
static const struct fuzz_rec *waiting_rec(const struct fuzz_realm *realm, bool psci)
{
	const struct fuzz_rec *rec = NULL;

	for (unsigned i = 0; realm && i < realm->num_recs; i++) {
		rec = &realm->recs[i];
		if (psci ? rec->psci : rec->ripas_top != 0)
			return rec;
	}
	return rec;
}

void fuzz_draw_psci_complete(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = fuzz_realm(f, FUZZ_ACTIVE);
	uint64_t status = psci_return(fuzz_chance(f, 80) ? PSCI_SUCCESS : PSCI_DENIED);
	const struct fuzz_rec *rec = waiting_rec(realm, true);

	call->realm = realm;
	call->in.x[1] = rec ? rec->pa : fuzz_granule(f, FUZZ_REC);
	if (f->revision != RMI_REVISION_2_0_BET1) {
		call->in.x[2] = status;
		return;
	}
	call->in.x[2] = fuzz_granule(f, FUZZ_REC);
	call->in.x[3] = status;
	for (unsigned i = 0; rec && i < realm->num_recs; i++)
		if (realm->recs[i].mpidr == rec->target && fuzz_chance(f, 90))
			call->in.x[2] = realm->recs[i].pa;
}

void fuzz_draw_set_ripas(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm = fuzz_realm(f, FUZZ_ACTIVE);
	const struct fuzz_rec *rec = waiting_rec(realm, false);

	call->realm = realm;
	call->in.x[1] = realm ? realm->rd : fuzz_granule(f, FUZZ_RD);
	call->in.x[2] = rec ? rec->pa : fuzz_granule(f, FUZZ_REC);
	call->in.x[3] = rec ? rec->ripas_base : 0;
	call->in.x[4] = rec ? rec->ripas_top : f->gsize;
	/* The Host may grant less than was asked for. */
	if (rec && fuzz_chance(f, 20) && rec->ripas_top > rec->ripas_base + f->gsize)
		call->in.x[4] -= f->gsize;
}

void fuzz_draw_config(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t page = fuzz_scratch(f);
	struct rmi_rmm_config *config = fuzz_va(f, page);

	call->in.x[1] = page;
	if (!config)
		return;
	memset(config, 0, sizeof(*config));
	config->rmi_granule_size = (uint8_t)fuzz_below(f, 3);
	config->tracking_region_size = (uint8_t)fuzz_below(f, 2);
	damage(f, config, sizeof(*config));
}

/** A list of granules to donate, as they were asked for. @return entries */
static uint64_t donation(struct fuzz *f, uint64_t word, uint64_t *list)
{
	struct rmi_op_mem_donate_req req = rmi_op_mem_donate_req_decode(f->revision, word);
	enum fuzz_granule state = req.state == RMI_OP_MEM_UNDELEGATED ? FUZZ_NS : FUZZ_DELEGATED;
	uint64_t block = rmi_rtt_level_size(f->gshift, 2) >> f->gshift;
	uint64_t count = req.count < 64 ? req.count : 64;

	if (req.contig == RMI_OP_MEM_CONTIG && fuzz_chance(f, 80)) {
		struct rmi_addr_range_desc desc = {
		        .base = fuzz_granules(f, state, req.count),
		        .count = req.count,
		        .state = req.state,
		};

		list[0] = rmi_addr_range_desc_encode(f->revision, f->gshift, desc);
		return 1;
	}
	if (fuzz_chance(f, 20))
		count = fuzz_below(f, count + 3);
	for (uint64_t i = 0; i < count; i++) {
		struct rmi_addr_range_desc desc = {
		        .base = req.size == RMI_PAGE_L3 ? fuzz_granule(f, state)
		                                        : fuzz_granules(f, state, block),
		        .count = 1,
		        .size = req.size,
		        .state = req.state,
		};

		list[i] = rmi_addr_range_desc_encode(f->revision, f->gshift, desc);
		if (fuzz_chance(f, 1))
			list[i] = fuzz_edge(f);
	}
	return count;
}

void fuzz_draw_op(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_op *op = NULL;
	uint64_t page = fuzz_scratch(f);

	if (!f->num_ops) {
		call->in.x[1] = fuzz_edge(f);
		return;
	}
	op = &f->ops[fuzz_below(f, f->num_ops)];
	call->in.x[1] = op->handle;
	/* The one that the operation waits for, as a rule. */
	if (call->in.x[0] != SMC_RMI_OP_CANCEL && !f->aiming && fuzz_chance(f, 85)) {
		switch (rmi_memreq(op->x0)) {
		case RMI_OP_MEM_REQ_DONATE:
			call->in.x[0] = SMC_RMI_OP_MEM_DONATE;
			break;
		case RMI_OP_MEM_REQ_RECLAIM:
			call->in.x[0] = SMC_RMI_OP_MEM_RECLAIM;
			break;
		default:
			call->in.x[0] = SMC_RMI_OP_CONTINUE;
			break;
		}
		call->command = rmi_command_find(f->revision, (uint32_t)call->in.x[0]);
	}
	switch (call->in.x[0]) {
	case SMC_RMI_OP_CONTINUE:
		call->in.x[2] = fuzz_below(f, 2);
		break;
	case SMC_RMI_OP_MEM_DONATE:
		call->in.x[2] = page;
		call->in.x[3] = page ? donation(f, op->donate_req, fuzz_va(f, page)) : 1;
		break;
	case SMC_RMI_OP_MEM_RECLAIM:
		call->in.x[2] = page;
		call->in.x[3] = fuzz_below(f, 20);
		break;
	default:
		break;
	}
}
