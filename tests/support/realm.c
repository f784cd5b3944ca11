/* SPDX-License-Identifier: BSD-3-Clause */
#include <support/realm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <support/sro.h>

/** The first page serves to learn how large pages are. */
static void read_granule_size(struct small_realm *r)
{
	const struct rmi_rmm_config *config =
	        rmi_pa_to_va(rmi_pe_rmi(r->pe), r->base, sizeof(*config));
	struct smccc_regs regs = {.x = {SMC_RMI_RMM_CONFIG_GET, r->base}};

	r->gshift = 12;
	if (!sro_call(r->pe, &regs))
		r->gshift += 2 * (unsigned)config->rmi_granule_size;
	r->page = UINT64_C(1) << r->gshift;
}

void small_realm_widen(struct small_realm *r, unsigned ipa_bits)
{
	r->ipa_bits = ipa_bits;
	r->start_level = RMM_RTT_PAGE_LEVEL;
	while (rmi_rtt_level_shift(r->gshift, r->start_level - 1) < ipa_bits)
		r->start_level--;
}

void small_realm_init(struct small_realm *r, struct rmi_pe *pe, uint64_t base, uint64_t size)
{
	*r = (struct small_realm){
	        .pe = pe,
	        .base = base,
	        .next_host = base,
	        .middle = base + size / 4,
	        .next = base + size / 4,
	        .top = base + size,
	};
	read_granule_size(r);
	small_realm_widen(r, SMALL_IPA_BITS);
	r->list = small_page(r);
	r->run = small_page(r);
}

uint64_t small_page(struct small_realm *r)
{
	uint64_t pa = r->next_host;

	if (pa + r->page > r->middle)
		return 0;
	r->next_host += r->page;
	return pa;
}

void *small_va(const struct small_realm *r, uint64_t pa)
{
	return rmi_pa_to_va(rmi_pe_rmi(r->pe), pa, r->page);
}

static uint64_t take(void *arg, uint64_t size, enum rmi_op_mem_state state)
{
	struct small_realm *r = arg;
	uint64_t pa = (r->next + size - 1) & ~(size - 1);

	if (pa + size > r->top)
		return 0;
	r->next = pa + size;
	/* Conditional memory is delegated where it is tracked. */
	for (uint64_t p = pa; p < pa + size && state != RMI_OP_MEM_UNDELEGATED; p += r->page) {
		struct smccc_regs regs = {.x = {SMC_RMI_GRANULE_RANGE_DELEGATE, p, p + r->page}};

		sro_call(r->pe, &regs);
		if (sro_finish(r->pe, NULL, &regs))
			return 0;
	}
	return pa;
}

uint64_t small_delegated(struct small_realm *r)
{
	return take(r, r->page, RMI_OP_MEM_DELEGATED);
}

/** One command, driven to its end. */
static uint64_t command(struct small_realm *r, struct smccc_regs *regs)
{
	struct sro_memory memory = {.list = r->list, .gshift = r->gshift, .take = take, .arg = r};

	sro_call(r->pe, regs);
	return sro_finish(r->pe, &memory, regs);
}

#define COMMAND(r, ...) command((r), &(struct smccc_regs){.x = {__VA_ARGS__}})

static void note(struct small_entry *entries, unsigned *count, uint64_t ipa, int level)
{
	if (*count == SMALL_MAX)
		abort();
	entries[(*count)++] = (struct small_entry){.ipa = ipa, .level = level};
}

uint64_t small_realm_create(struct small_realm *r, enum rmi_hash_algorithm hash)
{
	uint64_t page = small_page(r);
	struct rmi_realm_params *params = small_va(r, page);
	uint64_t rd = small_delegated(r);
	uint64_t x0;

	r->rtt = small_delegated(r);
	/* On an RMM that stays others have used the pages before. */
	memset(small_va(r, r->run), 0, r->page);
	memset(params, 0, sizeof(*params));
	params->s2sz = (uint8_t)r->ipa_bits;
	params->num_bps = 1;
	params->num_wps = 1;
	params->hash_algo = (uint8_t)hash;
	params->rtt_base = r->rtt;
	params->rtt_level_start = r->start_level;
	params->rtt_num_start = 1;
	params->num_aux_planes = r->aux_planes;
	params->flags1 = r->flags1;
	params->flags0 = r->flags0;
	memcpy(params->rpv, r->rpv, sizeof(params->rpv));
	for (unsigned i = 0; i < r->aux_planes; i++) {
		if ((r->flags1 & RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE) != 0)
			r->aux_rtt[i] = small_delegated(r);
		params->aux_rtt_base[i] = r->aux_rtt[i];
	}
	x0 = COMMAND(r, SMC_RMI_REALM_CREATE, rd, page);
	if (!x0)
		r->rd = rd;
	return x0;
}

static bool has_table(const struct small_realm *r, uint64_t ipa, int level)
{
	for (unsigned i = 0; i < r->num_tables; i++)
		if (r->tables[i].ipa == ipa && r->tables[i].level == level)
			return true;
	return false;
}

uint64_t small_tables(struct small_realm *r, uint64_t ipa)
{
	for (int level = r->start_level + 1; level <= RMM_RTT_PAGE_LEVEL; level++) {
		uint64_t base = ipa & ~(rmi_rtt_level_size(r->gshift, level - 1) - 1);
		uint64_t x0;

		if (has_table(r, base, level))
			continue;
		x0 = COMMAND(r, SMC_RMI_RTT_CREATE, r->rd, small_delegated(r), base,
		             (uint64_t)level);
		if (x0)
			return x0;
		note(r->tables, &r->num_tables, base, level);
	}
	return 0;
}

uint64_t small_map_init(struct small_realm *r, uint64_t ipa, const void *content, uint64_t flags)
{
	uint64_t src = small_page(r);
	uint64_t data = small_delegated(r);
	uint64_t x0;

	memcpy(small_va(r, src), content, r->page);
	x0 = COMMAND(r, SMC_RMI_RTT_DATA_MAP_INIT, r->rd, data, ipa, src, flags);
	if (!x0)
		note(r->pages, &r->num_pages, ipa, RMM_RTT_PAGE_LEVEL);
	return x0;
}

/** A descriptor of one page. */
static uint64_t page_desc(struct small_realm *r, uint64_t pa, enum rmi_op_mem_state state)
{
	struct rmi_addr_range_desc desc = {.base = pa, .count = 1, .state = state};

	return rmi_addr_range_desc_encode(rmi_revision(rmi_pe_rmi(r->pe)), r->gshift, desc);
}

uint64_t small_map(struct small_realm *r, uint64_t ipa)
{
	uint64_t desc = page_desc(r, small_delegated(r), RMI_OP_MEM_DELEGATED);
	uint64_t x0 = COMMAND(r, SMC_RMI_RTT_DATA_MAP, r->rd, ipa, ipa + r->page,
	                      RMI_ADDR_TYPE_SINGLE, desc);

	if (!x0)
		note(r->pages, &r->num_pages, ipa, RMM_RTT_PAGE_LEVEL);
	return x0;
}

uint64_t small_share(struct small_realm *r, uint64_t ipa, uint64_t *pa)
{
	uint64_t flags = RMI_ADDR_TYPE_SINGLE |
	                 RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	                 RMI_FIELD_SET(RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE,
	                               RMI_RTT_UNPROT_MAP_FLAGS_S2AP);
	uint64_t x0;

	*pa = small_page(r);
	x0 = COMMAND(r, SMC_RMI_RTT_UNPROT_MAP, r->rd, ipa, ipa + r->page, flags,
	             page_desc(r, *pa, RMI_OP_MEM_UNDELEGATED));
	if (!x0)
		note(r->shared, &r->num_shared, ipa, RMM_RTT_PAGE_LEVEL);
	return x0;
}

uint64_t small_init_ripas(struct small_realm *r, uint64_t base, uint64_t top)
{
	while (base < top) {
		struct smccc_regs regs = {.x = {SMC_RMI_RTT_INIT_RIPAS, r->rd, base, top}};
		uint64_t x0 = command(r, &regs);

		if (x0)
			return x0;
		base = regs.x[1];
	}
	return 0;
}

uint64_t small_rec(struct small_realm *r, uint64_t pc, uint64_t flags, const uint64_t *gprs)
{
	uint64_t page = small_page(r);
	struct rmi_rec_params *params = small_va(r, page);
	uint64_t rec = small_delegated(r);
	uint64_t x0;

	memset(params, 0, sizeof(*params));
	params->flags = flags;
	params->mpidr = rmi_rec_mpidr(r->num_recs);
	params->pc = pc;
	if (gprs)
		memcpy(params->gprs, gprs, sizeof(params->gprs));
	x0 = COMMAND(r, SMC_RMI_REC_CREATE, r->rd, rec, page);
	if (!x0)
		r->recs[r->num_recs++] = rec;
	return x0;
}

uint64_t small_activate(struct small_realm *r)
{
	return COMMAND(r, SMC_RMI_REALM_ACTIVATE, r->rd);
}

uint64_t small_enter(struct small_realm *r, unsigned index)
{
	return COMMAND(r, SMC_RMI_REC_ENTER, r->recs[index], r->run);
}

struct rmi_rec_run *small_run(const struct small_realm *r)
{
	return small_va(r, r->run);
}

uint64_t small_set_ripas(struct small_realm *r, unsigned index)
{
	const struct rmi_rec_exit *exit = &small_run(r)->exit;
	uint64_t base = exit->ripas_base;
	uint64_t top = exit->ripas_top;

	while (base < top) {
		struct smccc_regs regs = {
		        .x = {SMC_RMI_RTT_SET_RIPAS, r->rd, r->recs[index], base, top}};
		uint64_t x0 = command(r, &regs);

		if (x0)
			return x0;
		base = regs.x[1];
	}
	return 0;
}

static void first_error(uint64_t *first, uint64_t x0)
{
	if (!*first)
		*first = x0;
}

uint64_t small_realm_destroy(struct small_realm *r)
{
	uint64_t first = 0;

	for (unsigned i = 0; i < r->num_recs; i++)
		first_error(&first, COMMAND(r, SMC_RMI_REC_DESTROY, r->recs[i]));
	for (unsigned i = 0; i < r->num_pages; i++)
		first_error(&first, COMMAND(r, SMC_RMI_RTT_DATA_UNMAP, r->rd, r->pages[i].ipa,
		                            r->pages[i].ipa + r->page));
	for (unsigned i = 0; i < r->num_shared; i++)
		first_error(&first, COMMAND(r, SMC_RMI_RTT_UNPROT_UNMAP, r->rd, r->shared[i].ipa,
		                            r->shared[i].ipa + r->page));
	for (unsigned i = r->num_tables; i--;)
		first_error(&first, COMMAND(r, SMC_RMI_RTT_DESTROY, r->rd, r->tables[i].ipa,
		                            (uint64_t)r->tables[i].level));
	if (r->rd) {
		first_error(&first, COMMAND(r, SMC_RMI_REALM_TERMINATE, r->rd));
		first_error(&first, COMMAND(r, SMC_RMI_REALM_DESTROY, r->rd));
	}
	/* Pages that were left out for alignment refuse; that is fine. */
	for (uint64_t pa = r->middle; pa < r->next; pa += r->page)
		COMMAND(r, SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa, pa + r->page);
	small_realm_init(r, r->pe, r->base, r->top - r->base);
	return first;
}
