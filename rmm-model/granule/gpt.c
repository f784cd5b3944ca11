/* SPDX-License-Identifier: BSD-3-Clause */
#include "granule/gpt.h"

#include "core/rmm.h"
#include "granule/tracking.h"

#define L0_SIZE (UINT64_C(1) << GPT_L0_SHIFT)

uint64_t gpt_l0_count(const struct rmm *rmm)
{
	uint64_t last = rmm->config.dram_base + (rmm->config.dram_size - 1);

	return (last >> GPT_L0_SHIFT) - (rmm->config.dram_base >> GPT_L0_SHIFT) + 1;
}

/* The entry that describes a PA, or NULL when there is no DRAM. */
static struct gpt_l0_entry *entry_at(const struct rmm *rmm, uint64_t pa)
{
	uint64_t index = (pa >> GPT_L0_SHIFT) - (rmm->config.dram_base >> GPT_L0_SHIFT);

	return index < gpt_l0_count(rmm) ? &rmm->gpt.l0[index] : NULL;
}

static enum gpt_l0_state entry_state(const struct rmm *rmm, const struct gpt_l0_entry *entry)
{
	uint8_t state = atomic_load(&entry->state);

	if (state != GPT_L0_AS_AT_BOOT)
		return (enum gpt_l0_state)state;
	return rmm->config.gpt == RMM_GPT_BLOCK ? GPT_L0_ENTRY_BLOCK : GPT_L0_ENTRY_TABLE;
}

enum gpt_l0_state gpt_l0_state(const struct rmm *rmm, uint64_t pa)
{
	const struct gpt_l0_entry *entry = entry_at(rmm, pa);

	return entry != NULL ? entry_state(rmm, entry) : GPT_L0_ENTRY_BLOCK;
}

void gpt_init(struct rmm *rmm)
{
	rmm->gpt.not_table = rmm->config.gpt == RMM_GPT_BLOCK ? gpt_l0_count(rmm) : 0;
}

static void set_state(struct rmm *rmm, struct gpt_l0_entry *entry, enum gpt_l0_state state)
{
	rmm->gpt.not_table -= entry_state(rmm, entry) != GPT_L0_ENTRY_TABLE;
	rmm->gpt.not_table += state != GPT_L0_ENTRY_TABLE;
	atomic_store(&entry->state, (uint8_t)state);
	tracking_look(rmm);
}

uint64_t gpt_check(const struct rmm *rmm, uint64_t base, uint64_t size)
{
	bool whole = rmm->config.l0gpt_block_delegate && ((base | size) & (L0_SIZE - 1)) == 0;

	for (uint64_t pa = base & ~(L0_SIZE - 1); pa < base + size; pa += L0_SIZE) {
		switch (gpt_l0_state(rmm, pa)) {
		case GPT_L0_ENTRY_TABLE:
			break;
		case GPT_L0_ENTRY_INTERMEDIATE:
			return rmi_result(RMI_BLOCKED);
		case GPT_L0_ENTRY_BLOCK:
		case GPT_L0_AS_AT_BOOT:
			if (!whole)
				return rmi_result(RMI_ERROR_GPT);
			break;
		}
	}
	return rmi_result(RMI_SUCCESS);
}

/* addr_bound, addr_align */
static bool addr_is_good(const struct rmm *rmm, uint64_t addr)
{
	return addr >> RMM_PA_BITS(rmm) == 0 && (addr & (L0_SIZE - 1)) == 0;
}

/* Granules of an L1 GPT: four bits for each granule that it describes. */
static unsigned l1_granules(const struct rmm *rmm)
{
	unsigned shift = 2 * rmm->gshift;

	return shift < GPT_L0_SHIFT - 1 ? 1u << (GPT_L0_SHIFT - 1 - shift) : 1;
}

/*
 * GptL1IsHomogeneous (B3.37). The L1 GPT itself does not count (A2.3.9), but it will be Non-secure.
 * Granules that the RMM has for itself have a GPI of their own.
 */
static bool is_homogeneous(struct rmm *rmm, const struct gpt_l0_entry *entry, uint64_t base)
{
	uint64_t own = sro_memory_within(rmm, &entry->memory, base, L0_SIZE);
	struct granule_census census;
	uint64_t nonsecure;

	granule_census(rmm, base, L0_SIZE, &census);
	nonsecure = census.count[GRAN_UNDELEGATED] + own;
	if (nonsecure == census.total)
		return true;
	/* What is not DRAM is not in Realm PAS. */
	return nonsecure == 0 && census.count[GRAN_INTERNAL] == 0 &&
	       census.total << rmm->gshift == L0_SIZE;
}

/* Takes a context for an operation on an L0 entry, which is intermediate from now on. */
static struct sro *begin(struct rmm_call *call, struct gpt_l0_entry *entry, uint64_t *x0)
{
	struct sro *sro = sro_begin(call, x0);

	if (sro == NULL)
		return NULL;
	sro->region_base = call->in[1];
	call->rmm->open_globals++;
	set_state(call->rmm, entry, GPT_L0_ENTRY_INTERMEDIATE);
	return sro;
}

/* Ends L1_CREATE once the Host has donated the L1 GPT, or has got back what it donated. */
static uint64_t finish_create(struct rmm_call *call, struct sro *sro)
{
	struct rmm *rmm = call->rmm;
	struct gpt_l0_entry *entry = entry_at(rmm, sro->region_base);
	bool abandoned = sro->abandoned;

	pthread_mutex_lock(&rmm->global_lock);
	rmm->open_globals--;
	if (!abandoned)
		entry->memory = sro->memory;
	set_state(rmm, entry, abandoned ? GPT_L0_ENTRY_BLOCK : GPT_L0_ENTRY_TABLE);
	pthread_mutex_unlock(&rmm->global_lock);
	sro_end(call, sro);
	return rmi_result(abandoned ? RMI_ERROR_INPUT : RMI_SUCCESS);
}

static uint64_t create_locked(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct gpt_l0_entry *entry = entry_at(rmm, call->in[1]);
	struct sro *sro;
	uint64_t x0;

	/* unfold_denied: what is not DRAM is not for the Host to unfold. */
	if (entry == NULL)
		return rmi_result(RMI_ERROR_GLOBAL);
	/* entry_state */
	if (entry_state(rmm, entry) == GPT_L0_ENTRY_INTERMEDIATE)
		return rmi_result(RMI_BLOCKED);
	if (entry_state(rmm, entry) == GPT_L0_ENTRY_TABLE)
		return rmi_result(RMI_ERROR_GPT);
	/* unfold_denied */
	if (!rmm->config.gpt_unfold)
		return rmi_result(RMI_ERROR_GLOBAL);
	sro = begin(call, entry, &x0);
	if (sro == NULL)
		return x0;
	sro->finish = finish_create;
	sro_ask_for(call, sro, l1_granules(rmm), SRO_SHAPES_GPT);
	return sro_incomplete(call, sro);
}

/* B4.5.15 */
uint64_t rmm_gpt_l1_create(struct rmm_call *call)
{
	uint64_t x0;

	/* addr_bound, addr_align */
	if (!addr_is_good(call->rmm, call->in[1]))
		return rmi_result(RMI_ERROR_INPUT);
	pthread_mutex_lock(&call->rmm->global_lock);
	x0 = create_locked(call);
	pthread_mutex_unlock(&call->rmm->global_lock);
	return x0;
}

/* Ends L1_DESTROY once the Host has taken back the L1 GPT. */
static uint64_t finish_destroy(struct rmm_call *call, struct sro *sro)
{
	struct rmm *rmm = call->rmm;

	pthread_mutex_lock(&rmm->global_lock);
	rmm->open_globals--;
	set_state(rmm, entry_at(rmm, sro->region_base), GPT_L0_ENTRY_BLOCK);
	pthread_mutex_unlock(&rmm->global_lock);
	sro_end(call, sro);
	return rmi_result(RMI_SUCCESS);
}

static uint64_t destroy_locked(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct gpt_l0_entry *entry = entry_at(rmm, call->in[1]);
	struct sro *sro;
	uint64_t x0;

	if (entry != NULL && entry_state(rmm, entry) == GPT_L0_ENTRY_INTERMEDIATE)
		return rmi_result(RMI_BLOCKED);
	/* entry_state; an L1 GPT of the platform's own is not the Host's to destroy either */
	if (entry == NULL || entry_state(rmm, entry) == GPT_L0_ENTRY_BLOCK ||
	    rmm->config.gpt == RMM_GPT_PLATFORM)
		return rmi_result(RMI_ERROR_INPUT);
	/* gpt_l1_homo; without a trace, should granules be in use */
	x0 = rmi_result(RMI_ERROR_INPUT);
	if (!is_homogeneous(rmm, entry, call->in[1]))
		return x0;
	/* From here on no granule enters or leaves Realm PAS, but some may have until now. */
	set_state(rmm, entry, GPT_L0_ENTRY_INTERMEDIATE);
	if (!is_homogeneous(rmm, entry, call->in[1]))
		goto refuse;
	if (entry->memory.count == 0) {
		set_state(rmm, entry, GPT_L0_ENTRY_BLOCK);
		return rmi_result(RMI_SUCCESS);
	}
	sro = begin(call, entry, &x0);
	if (sro == NULL)
		goto refuse;
	sro->finish = finish_destroy;
	sro->memory = entry->memory;
	entry->memory = SRO_NO_MEMORY;
	sro->want = RMI_OP_MEM_REQ_RECLAIM;
	return sro_incomplete(call, sro);
refuse:
	set_state(rmm, entry, GPT_L0_ENTRY_TABLE);
	return x0;
}

/* B4.5.16 */
uint64_t rmm_gpt_l1_destroy(struct rmm_call *call)
{
	uint64_t x0;

	/* addr_bound, addr_align */
	if (!addr_is_good(call->rmm, call->in[1]))
		return rmi_result(RMI_ERROR_INPUT);
	pthread_mutex_lock(&call->rmm->global_lock);
	x0 = destroy_locked(call);
	pthread_mutex_unlock(&call->rmm->global_lock);
	return x0;
}

/* What RMI_GPT_INFO calls the state of an entry that is not intermediate. */
static enum rmi_gpt_partition_state partition_state(const struct rmm *rmm, enum gpt_l0_state state)
{
	if (state == GPT_L0_ENTRY_BLOCK)
		return RMI_GPT_HOST_NOT_CREATED;
	return rmm->config.gpt == RMM_GPT_PLATFORM ? RMI_GPT_PLATFORM_MANAGED
	                                           : RMI_GPT_HOST_CREATED;
}

/* Where the answer for a PA ends at the latest. */
static uint64_t partition_top(const struct rmm *rmm, uint64_t pa)
{
	uint64_t dram_top = rmm->config.dram_base + rmm->config.dram_size;
	enum gpt_l0_state state = gpt_l0_state(rmm, pa);
	uint64_t top = pa;

	if (rmm->config.gpt == RMM_GPT_PLATFORM)
		return dram_top;
	do {
		top = (top & ~(L0_SIZE - 1)) + L0_SIZE;
	} while (top < dram_top && gpt_l0_state(rmm, top) == state);
	return top < dram_top ? top : dram_top;
}

/*
 * From 2.0-bet3 on. What is not DRAM belongs to nobody. The answer holds up to where it changes.
 */
uint64_t rmm_gpt_info(struct rmm_call *call)
{
	const struct rmm *rmm = call->rmm;
	uint64_t base = call->in[1];
	uint64_t top = call->in[2];
	uint64_t dram = rmm->config.dram_base;
	uint64_t change = UINT64_MAX;

	/* base_align, top_align, size_valid, base_bound */
	if (!pa_is_granule_aligned(rmm, base) || !pa_is_granule_aligned(rmm, top) || top <= base ||
	    base >> RMM_PA_BITS(rmm) != 0)
		return rmi_result(RMI_ERROR_INPUT);
	call->out[2] = RMI_GPT_RESERVED;
	if (base < dram) {
		change = dram;
	} else if (base - dram < rmm->config.dram_size) {
		enum gpt_l0_state state = gpt_l0_state(rmm, base);

		if (state == GPT_L0_ENTRY_INTERMEDIATE)
			return rmi_result(RMI_BLOCKED);
		call->out[2] = partition_state(rmm, state);
		change = partition_top(rmm, base);
	}
	call->out[1] = change < top ? change : top;
	return rmi_result(RMI_SUCCESS);
}
