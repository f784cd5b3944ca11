/* SPDX-License-Identifier: BSD-3-Clause */
/* A realm: its tables, its memory, its end. Everything is mapped in pages. */

#include <stdlib.h>
#include <string.h>

#include "direct.h"

/* One starting-level table at level 0 covers the IPA space. */
#define ROOT_LEVEL 0

static bool add_table(struct realm *r, uint64_t ipa, int level)
{
	struct smccc_regs regs;
	uint64_t rtt;

	ipa &= ~(rmi_rtt_level_size(GSHIFT, level - 1) - 1);
	rtt = r->num_tables < MAX_TABLES ? page_take_delegated(r->m, 1) : 0;
	if (rtt == 0 || CALL_RMM(r->m, regs, SMC_RMI_RTT_CREATE, r->rd, rtt, ipa,
	                         (uint64_t)level) != RMI_SUCCESS)
		return false;
	r->table[r->num_tables].ipa = ipa;
	r->table[r->num_tables++].level = level;
	return true;
}

/*
 * A command that needs tables for an IPA says by RMI_ERROR_RTT where its walk ended: each table
 * that is missing is made, and the command repeated. regs holds the outputs afterwards.
 */
static uint64_t call_with_tables(struct realm *r, uint64_t ipa, struct smccc_regs *regs)
{
	const struct smccc_regs in = *regs;

	for (;;) {
		uint64_t x0;

		*regs = in;
		x0 = call_rmm(r->m, regs);
		if (rmi_status(x0) != RMI_ERROR_RTT || rmi_level(x0) >= RMM_RTT_PAGE_LEVEL ||
		    !add_table(r, ipa, rmi_level(x0) + 1))
			return x0;
	}
}

bool realm_create(struct realm *r, struct machine *m, uint64_t ram, uint64_t ram_size)
{
	struct rmi_realm_params *params;
	struct smccc_regs regs;
	uint64_t page;

	*r = (struct realm){.m = m, .ram = ram, .ram_size = ram_size};
	r->shared = calloc(ram_size / PAGE, sizeof(*r->shared));
	page = page_take(m, 1);
	r->rd = page_take_delegated(m, 1);
	r->root = page_take_delegated(m, 1);
	if (r->shared == NULL || page == 0 || r->rd == 0 || r->root == 0)
		return false;
	params = page_va(m, page);
	params->s2sz = IPA_BITS;
	params->num_bps = 1;
	params->num_wps = 1;
	params->hash_algo = RMI_HASH_SHA_256;
	params->rtt_base = r->root;
	params->rtt_level_start = ROOT_LEVEL;
	params->rtt_num_start = 1;
	if (CALL_RMM(m, regs, SMC_RMI_REALM_CREATE, r->rd, page) != RMI_SUCCESS)
		return false;
	page_give(m, page, 1);
	return true;
}

bool realm_populate(struct realm *r, uint64_t ipa, const void *content)
{
	uint64_t source = page_take(r->m, 1), data = page_take_delegated(r->m, 1);
	struct smccc_regs regs = {
	        {SMC_RMI_RTT_DATA_MAP_INIT, r->rd, data, ipa, source, RMI_DATA_FLAGS_MEASURE}};
	bool good;

	if (source == 0 || data == 0)
		return false;
	memcpy(page_va(r->m, source), content, PAGE);
	good = call_with_tables(r, ipa, &regs) == RMI_SUCCESS;
	page_give(r->m, source, 1);
	return good;
}

bool realm_add_vcpu(struct realm *r, uint64_t pc)
{
	struct vcpu *cpu = &r->vcpu[r->num_vcpus];
	struct rmi_rec_params *params;
	struct smccc_regs regs;
	uint64_t page = page_take(r->m, 1);

	cpu->run_pa = page_take(r->m, 1);
	cpu->rec = page_take_delegated(r->m, 1);
	if (page == 0 || cpu->run_pa == 0 || cpu->rec == 0)
		return false;
	cpu->run = page_va(r->m, cpu->run_pa);
	cpu->on = r->num_vcpus == 0;
	params = page_va(r->m, page);
	params->flags = cpu->on ? RMI_REC_CREATE_FLAGS_RUNNABLE : 0;
	params->mpidr = rmi_rec_mpidr(r->num_vcpus);
	params->pc = pc;
	if (CALL_RMM(r->m, regs, SMC_RMI_REC_CREATE, r->rd, cpu->rec, page) != RMI_SUCCESS)
		return false;
	page_give(r->m, page, 1);
	r->num_vcpus++;
	return true;
}

bool realm_activate(struct realm *r)
{
	const uint64_t top = r->ram + r->ram_size;
	struct smccc_regs regs;

	for (uint64_t ipa = r->ram; ipa < top; ipa = regs.x[1]) {
		regs = (struct smccc_regs){{SMC_RMI_RTT_INIT_RIPAS, r->rd, ipa, top}};
		if (call_with_tables(r, ipa, &regs) != RMI_SUCCESS || regs.x[1] <= ipa)
			return false;
	}
	return CALL_RMM(r->m, regs, SMC_RMI_REALM_ACTIVATE, r->rd) == RMI_SUCCESS;
}

static uint64_t one_page(struct realm *r, uint64_t pa, enum rmi_op_mem_state state)
{
	return rmi_addr_range_desc_encode(
	        rmi_revision(r->m->rmi), GSHIFT,
	        (struct rmi_addr_range_desc){.base = pa, .count = 1, .state = state});
}

bool realm_map(struct realm *r, uint64_t ipa)
{
	uint64_t pa = page_take_delegated(r->m, 1);
	struct smccc_regs regs = {{SMC_RMI_RTT_DATA_MAP, r->rd, ipa, ipa + PAGE,
	                           RMI_ADDR_TYPE_SINGLE, one_page(r, pa, RMI_OP_MEM_DELEGATED)}};

	if (pa == 0)
		return false;
	if (call_with_tables(r, ipa, &regs) == RMI_SUCCESS)
		return true;
	page_give_delegated(r->m, pa, 1);
	return false;
}

bool realm_share(struct realm *r, uint64_t ipa)
{
	const uint64_t flags =
	        RMI_ADDR_TYPE_SINGLE |
	        RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	        RMI_FIELD_SET(RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE,
	                      RMI_RTT_UNPROT_MAP_FLAGS_S2AP);
	uint64_t pa = page_take(r->m, 1);
	struct smccc_regs regs = {{SMC_RMI_RTT_UNPROT_MAP, r->rd, ipa | SHARED_BIT,
	                           (ipa | SHARED_BIT) + PAGE, flags,
	                           one_page(r, pa, RMI_OP_MEM_UNDELEGATED)}};

	if (pa == 0)
		return false;
	if (call_with_tables(r, ipa | SHARED_BIT, &regs) != RMI_SUCCESS) {
		page_give(r->m, pa, 1);
		return false;
	}
	r->shared[(ipa - r->ram) / PAGE] = pa;
	return true;
}

/* Holes are passed over by the RMM: they have no descriptor. */
static bool unmap(struct realm *r, uint64_t base, uint64_t top)
{
	struct smccc_regs regs;

	for (; base < top; base = regs.x[1]) {
		struct rmi_addr_range_desc desc;

		if (CALL_RMM(r->m, regs, SMC_RMI_RTT_DATA_UNMAP, r->rd, base, top,
		             RMI_ADDR_TYPE_SINGLE) != RMI_SUCCESS ||
		    regs.x[1] <= base)
			return false;
		desc = rmi_addr_range_desc_decode(rmi_revision(r->m->rmi), GSHIFT, regs.x[2]);
		if (desc.count != 0)
			page_give_delegated(r->m, desc.base, desc.count);
	}
	return true;
}

static bool unshare(struct realm *r, uint64_t base, uint64_t top)
{
	for (; base < top; base += PAGE) {
		uint64_t *pa = &r->shared[(base - r->ram) / PAGE];
		struct smccc_regs regs;

		if (*pa == 0)
			continue;
		if (CALL_RMM(r->m, regs, SMC_RMI_RTT_UNPROT_UNMAP, r->rd, base | SHARED_BIT,
		             (base | SHARED_BIT) + PAGE, RMI_ADDR_TYPE_NONE) != RMI_SUCCESS)
			return false;
		page_give(r->m, *pa, 1);
		*pa = 0;
	}
	return true;
}

bool realm_change_ripas(struct realm *r, struct vcpu *cpu, uint64_t base, uint64_t top,
                        enum rmi_ripas ripas)
{
	struct smccc_regs regs;

	if (ripas == RMI_RIPAS_RAM && !unshare(r, base, top))
		return false;
	for (uint64_t ipa = base; ipa < top; ipa = regs.x[1]) {
		regs = (struct smccc_regs){{SMC_RMI_RTT_SET_RIPAS, r->rd, cpu->rec, ipa, top}};
		if (call_with_tables(r, ipa, &regs) != RMI_SUCCESS || regs.x[1] <= ipa)
			return false;
		/* What is EMPTY has no use for memory. */
		if (ripas == RMI_RIPAS_EMPTY && !unmap(r, ipa, regs.x[1]))
			return false;
	}
	return true;
}

/* Tables go before the ones above them, which were made earlier. */
static bool destroy_tables(struct realm *r)
{
	while (r->num_tables > 0) {
		struct smccc_regs regs;

		r->num_tables--;
		if (CALL_RMM(r->m, regs, SMC_RMI_RTT_DESTROY, r->rd, r->table[r->num_tables].ipa,
		             (uint64_t)r->table[r->num_tables].level) != RMI_SUCCESS)
			return false;
		page_give_delegated(r->m, regs.x[1], 1);
	}
	return true;
}

bool realm_destroy(struct realm *r)
{
	const uint64_t top = r->ram + r->ram_size;
	struct smccc_regs regs;
	bool good = unmap(r, r->ram, top) && unshare(r, r->ram, top);

	for (unsigned i = 0; good && i < r->num_vcpus; i++) {
		good = CALL_RMM(r->m, regs, SMC_RMI_REC_DESTROY, r->vcpu[i].rec) == RMI_SUCCESS;
		if (!good)
			break;
		page_give_delegated(r->m, r->vcpu[i].rec, 1);
		page_give(r->m, r->vcpu[i].run_pa, 1);
	}
	good = good && CALL_RMM(r->m, regs, SMC_RMI_REALM_TERMINATE, r->rd) == RMI_SUCCESS &&
	       destroy_tables(r) &&
	       CALL_RMM(r->m, regs, SMC_RMI_REALM_DESTROY, r->rd) == RMI_SUCCESS;
	if (good) {
		page_give_delegated(r->m, r->rd, 1);
		page_give_delegated(r->m, r->root, 1);
	}
	free(r->shared);
	return good;
}
