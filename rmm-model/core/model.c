/* SPDX-License-Identifier: BSD-3-Clause */
/* Making and freeing an RMM. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "attest/attest.h"
#include "core/quirks.h"
#include "core/revision.h"
#include "core/rmm.h"
#include "granule/gpt.h"
#include "granule/tracking.h"
#include "guest/stage2.h"
#include "realm/realm.h"
#include "realm/vmid.h"
#include "rec/rec.h"
#include "rec/vgic.h"

/* DRAM and its granule table come in multiples of the largest granule. */
#define DRAM_ALIGN             (UINT64_C(64) << 10)

/* The granule table has an entry for each granule of the smallest size. */
#define SMALLEST_GRANULE_SHIFT 12

void rmm_config_init(struct rmm_config *config)
{
	*config = (struct rmm_config){
	        .revision = RMI_REVISION_2_0_BET3,
	        .dram_base = UINT64_C(0x80000000),
	        .dram_size = UINT64_C(256) << 20,
	        .pes = 4,
	        .tracking = RMI_TRACKING_FINE,
	        .gpt = RMM_GPT_PLATFORM,
	        .gpt_unfold = true,
	        .pat_valid = true,
	        .granule_sizes = RMM_SET(RMI_GRANULE_SIZE_4KB),
	        .s2sz = 48,
	        .hashes = RMM_SET(RMI_HASH_SHA_256) | RMM_SET(RMI_HASH_SHA_384) |
	                  RMM_SET(RMI_HASH_SHA_512),
	        .max_recs_order = 10,
	        .num_bps = 6,
	        .num_wps = 4,
	        .num_vmids = RMM_MAX_VMIDS - 1,
	        .num_lrs = 4,
	};
	rmm_policy_calm(&config->policy);
}

static bool fail(struct rmi_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct rmi_error *err, const char *fmt, ...)
{
	va_list args;

	if (err != NULL) {
		va_start(args, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, args);
		va_end(args);
	}
	return false;
}

static bool check_number(const char *name, uint64_t value, uint64_t low, uint64_t high,
                         struct rmi_error *err)
{
	if (value >= low && value <= high)
		return true;
	return fail(err, "%s=%llu is not in %llu..%llu", name, (unsigned long long)value,
	            (unsigned long long)low, (unsigned long long)high);
}

static bool check_dram(const struct rmm_config *config, struct rmi_error *err)
{
	unsigned bits = config->lpa2 ? 52 : 48;
	uint64_t limit = UINT64_C(1) << bits;

	if (config->dram_size == 0 || config->dram_size % DRAM_ALIGN != 0)
		return fail(err, "dram=0x%llx is not a multiple of 64K above 0",
		            (unsigned long long)config->dram_size);
	if (config->dram_base % DRAM_ALIGN != 0)
		return fail(err, "dram_base=0x%llx is not a multiple of 64K",
		            (unsigned long long)config->dram_base);
	if (config->dram_base >= limit || config->dram_size > limit - config->dram_base)
		return fail(err, "dram_base=0x%llx and dram=0x%llx reach beyond %u bits of address",
		            (unsigned long long)config->dram_base,
		            (unsigned long long)config->dram_size, bits);
	return true;
}

static bool check_policy(const struct rmm_policy *policy, struct rmi_error *err)
{
	const unsigned shapes = RMM_DONATE_PAGES | RMM_DONATE_CONTIG | RMM_DONATE_BLOCK |
	                        RMM_DONATE_NS_PAGES | RMM_DONATE_NS_CONTIG | RMM_DONATE_COND_PAGES;

	if (policy->donate_shapes == 0 || (policy->donate_shapes & ~shapes) != 0)
		return fail(err, "the set of donation shapes 0x%x names none that is known",
		            policy->donate_shapes);
	return check_number("incomplete", policy->incomplete_permille, 0, 1000, err) &&
	       check_number("incomplete_rounds", policy->incomplete_rounds, 1, 1000, err) &&
	       check_number("busy", policy->busy_permille, 0, 999, err) &&
	       check_number("fiq", policy->fiq_permille, 0, 1000, err) &&
	       check_number("pat_busy", policy->pat_busy, 0, 1000, err) &&
	       check_number("token_bytes", policy->token_bytes, 0, RSI_GRANULE_SIZE, err) &&
	       check_number("token_unknown", policy->token_unknown, 0, 1000, err) &&
	       check_number("platform_config", policy->platform_config, 1, 65536, err) &&
	       check_number("rmm_aux", policy->rmm_aux, 0, SRO_MAX_GRANULES, err) &&
	       check_number("rec_aux", policy->rec_aux, 0, SRO_MAX_GRANULES, err) &&
	       check_number("realm_aux", policy->realm_aux, 0, SRO_MAX_GRANULES, err) &&
	       check_number("tracking_aux", policy->tracking_aux, 0, SRO_MAX_GRANULES, err) &&
	       check_number("donate_rounds", policy->donate_rounds, 1, 1000, err) &&
	       check_number("sro_contexts", policy->sro_contexts, 1, SRO_MAX_CONTEXTS, err);
}

static bool check_config(const struct rmm_config *config, struct rmi_error *err)
{
	if (config->revision != RMI_REVISION_2_0_BET1 && config->revision != RMI_REVISION_2_0_BET3)
		return fail(err, "revision %d is not known", (int)config->revision);
	if (config->tracking != RMI_TRACKING_NONE && config->tracking != RMI_TRACKING_FINE &&
	    config->tracking != RMI_TRACKING_COARSE)
		return fail(err, "tracking=%d is neither none, fine nor coarse",
		            (int)config->tracking);
	if (config->clock > RMM_CLOCK_STEPS)
		return fail(err, "clock=%d is neither host nor steps", (int)config->clock);
	if (config->gpt > RMM_GPT_BLOCK)
		return fail(err, "gpt=%d is neither platform, table nor block", (int)config->gpt);
	if (config->l0gpt_block_delegate && !revision_has_l0gpt_block_delegate(config))
		return fail(err, "l0gpt_block_delegate=1 is for 2.0-bet3");
	if ((config->granule_sizes & 7) == 0 || config->granule_sizes > 7)
		return fail(err, "the set of granule sizes 0x%x names none of 4K, 16K, 64K",
		            config->granule_sizes);
	if ((config->hashes & RMM_SET(RMI_HASH_SHA_256)) == 0 || config->hashes > 7)
		return fail(err, "the set of hashes 0x%x is without SHA-256", config->hashes);
	if ((config->quirks & ~RMM_QUIRKS_TF_RMM) != 0)
		return fail(err, "quirks 0x%llx are not known",
		            (unsigned long long)(config->quirks & ~RMM_QUIRKS_TF_RMM));
	return check_dram(config, err) && check_number("pes", config->pes, 1, RMM_MAX_PES, err) &&
	       check_number("s2sz", config->s2sz, 32, config->lpa2 ? 52 : 48, err) &&
	       check_number("max_recs_order", config->max_recs_order, 1, 15, err) &&
	       check_number("num_bps", config->num_bps, 2, 64, err) &&
	       check_number("num_wps", config->num_wps, 2, 64, err) &&
	       check_number("vmids", config->num_vmids, 1, RMM_MAX_VMIDS - 1, err) &&
	       check_number("lrs", config->num_lrs, 1, RMI_ICH_MAX_LRS, err) &&
	       check_number("planes", config->planes, 0, REALM_MAX_AUX_PLANES, err) &&
	       check_number("lifecycle", config->lifecycle, 0, UINT16_MAX, err) &&
	       check_policy(&config->policy, err);
}

/* Address space that costs nothing until it is used. @return NULL if there is none */
static void *reserve(void *where, uint64_t size)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	void *p = mmap(where, size, PROT_READ | PROT_WRITE,
	               flags | (where != NULL ? MAP_FIXED_NOREPLACE : 0), -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (where != NULL && p != where) {
		munmap(p, size);
		errno = EEXIST;
		return NULL;
	}
	return p;
}

static uint64_t table_size(const struct rmm_config *config)
{
	return (config->dram_size >> SMALLEST_GRANULE_SHIFT) * sizeof(struct granule);
}

/* Bytes of each table of tracking regions and L0 GPT entries. */
static uint64_t region_states_size(const struct rmm_config *config)
{
	return REGIONS_MAX(config->dram_size, TRACKING_MIN_SHIFT) * sizeof(uint8_t);
}

static uint64_t region_memory_size(const struct rmm_config *config)
{
	return REGIONS_MAX(config->dram_size, TRACKING_MIN_SHIFT) * sizeof(struct sro_memory);
}

static uint64_t gpt_size(const struct rmm_config *config)
{
	return REGIONS_MAX(config->dram_size, GPT_L0_SHIFT) * sizeof(struct gpt_l0_entry);
}

static bool make_regions(struct rmm *rmm)
{
	rmm->tracking.state = reserve(NULL, region_states_size(&rmm->config));
	rmm->tracking.memory = reserve(NULL, region_memory_size(&rmm->config));
	rmm->gpt.l0 = reserve(NULL, gpt_size(&rmm->config));
	return rmm->tracking.state != NULL && rmm->tracking.memory != NULL && rmm->gpt.l0 != NULL;
}

static void free_regions(struct rmm *rmm)
{
	if (rmm->tracking.state != NULL)
		munmap((void *)rmm->tracking.state, region_states_size(&rmm->config));
	if (rmm->tracking.memory != NULL)
		munmap(rmm->tracking.memory, region_memory_size(&rmm->config));
	if (rmm->gpt.l0 != NULL)
		munmap(rmm->gpt.l0, gpt_size(&rmm->config));
}

static bool make_memory(struct rmm *rmm, struct rmi_error *err)
{
	const struct rmm_config *config = &rmm->config;
	void *where = config->identity ? (void *)(uintptr_t)config->dram_base : NULL;

	rmm->dram = reserve(where, config->dram_size);
	if (rmm->dram == NULL && config->identity)
		return fail(err, "identity=1: 0x%llx bytes at address 0x%llx are not free: %s",
		            (unsigned long long)config->dram_size,
		            (unsigned long long)config->dram_base, strerror(errno));
	if (rmm->dram == NULL)
		return fail(err, "no address space for dram=0x%llx: %s",
		            (unsigned long long)config->dram_size, strerror(errno));
	rmm->granules = reserve(NULL, table_size(config));
	rmm->touched = calloc(rmm_num_chunks(rmm), sizeof(*rmm->touched));
	if (rmm->granules == NULL || rmm->touched == NULL || !make_regions(rmm))
		return fail(err, "no memory for the granule table of dram=0x%llx",
		            (unsigned long long)config->dram_size);
	return true;
}

/* A hash context that has been used with every hash needs no memory when it is used again. */
static EVP_MD_CTX *make_hash_context(const struct rmm *rmm)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];

	for (unsigned i = 0; md != NULL && i < 3; i++) {
		if (EVP_DigestInit_ex2(md, rmm->hash[i], NULL) != 1 ||
		    EVP_DigestFinal_ex(md, digest, NULL) != 1) {
			EVP_MD_CTX_free(md);
			md = NULL;
		}
	}
	return md;
}

static bool make_pe(struct rmm *rmm, unsigned index, struct rmi_error *err)
{
	struct rmm_pe *pe = &rmm->pes[index];

	pe->rmm = rmm;
	pe->index = index;
	/* PEs draw from different streams, so that what one does changes nothing for another. */
	pe->draws = rmm->config.policy.seed + ((uint64_t)index << 32);
	pe->ich.vtr = vgic_vtr(rmm);
	pe->ich.pmr = 0xff;
	pe->md = make_hash_context(rmm);
	pe->engine_state[RMM_ENGINE_A64] = guest_engine_a64.pe_create(&stage2_services);
	pe->engine_state[RMM_ENGINE_SCRIPT] = guest_engine_script.pe_create(&stage2_services);
	if (pe->md == NULL || pe->engine_state[RMM_ENGINE_A64] == NULL)
		return fail(err, "no memory for PE %u", index);
	return true;
}

static bool make_pes(struct rmm *rmm, struct rmi_error *err)
{
	/* Fetched once: a hash that is named anew is looked up each time it is used. */
	rmm->hash[RMI_HASH_SHA_256] = EVP_MD_fetch(NULL, "SHA256", NULL);
	rmm->hash[RMI_HASH_SHA_384] = EVP_MD_fetch(NULL, "SHA384", NULL);
	rmm->hash[RMI_HASH_SHA_512] = EVP_MD_fetch(NULL, "SHA512", NULL);
	rmm->pes = calloc(rmm->config.pes, sizeof(*rmm->pes));
	if (rmm->pes == NULL)
		return fail(err, "no memory for %u PEs", rmm->config.pes);
	for (unsigned i = 0; i < rmm->config.pes; i++) {
		if (!make_pe(rmm, i, err))
			return false;
	}
	return true;
}

struct rmm *rmm_create(const struct rmm_config *config, struct rmi_error *err)
{
	struct rmm *rmm;

	if (!check_config(config, err))
		return NULL;
	rmm = calloc(1, sizeof(*rmm));
	if (rmm == NULL) {
		fail(err, "no memory");
		return NULL;
	}
	rmm->config = *config;
	if (pthread_mutex_init(&rmm->global_lock, NULL) != 0) {
		fail(err, "no memory");
		free(rmm);
		return NULL;
	}
	if (pthread_mutex_init(&rmm->attest.lock, NULL) != 0) {
		fail(err, "no memory");
		pthread_mutex_destroy(&rmm->global_lock);
		free(rmm);
		return NULL;
	}
	rmm->gshift = 12 + 2 * (unsigned)__builtin_ctz(config->granule_sizes);
	tracking_set_region_size(rmm, tracking_region_size((uint8_t)((rmm->gshift - 12) / 2), 0));
	gpt_init(rmm);
	atomic_store(&rmm->pat_valid, config->pat_valid);
	atomic_store(&rmm->state, RMM_STATE_INIT);
	atomic_store(&rmm->next_vcpu_id, 1);
	if (!make_memory(rmm, err) || !make_pes(rmm, err) || !attest_init(rmm, err)) {
		rmm_destroy(rmm);
		return NULL;
	}
	if (!sro_init(rmm) || !vmid_init(rmm)) {
		fail(err, "no memory");
		rmm_destroy(rmm);
		return NULL;
	}
	rmm_dispatch_init(rmm);
	rmm->plain = config->policy.busy_permille == 0 && config->policy.incomplete_permille == 0 &&
	             config->policy.incomplete_every == 0 && !config->policy.vary;
	return rmm;
}

/* Frees the vCPUs that script guests have outside their RECs. */
static void destroy_guests(struct rmm *rmm)
{
	uint64_t pa = rmm->config.dram_base;
	const char *state;

	while (rmm_next_held_granule(rmm, pa, &pa, &state)) {
		if (granule_is(rmm, pa, GRAN_REC))
			rec_release_engine(granule_map(rmm, pa));
		pa += rmm_granule_size(rmm);
	}
}

void rmm_destroy(struct rmm *rmm)
{
	if (rmm == NULL)
		return;
	if (rmm->dram != NULL && rmm->granules != NULL && rmm->touched != NULL)
		destroy_guests(rmm);
	for (unsigned i = 0; rmm->pes != NULL && i < rmm->config.pes; i++) {
		struct rmm_pe *pe = &rmm->pes[i];

		EVP_MD_CTX_free(pe->md);
		if (pe->engine_state[RMM_ENGINE_A64] != NULL)
			guest_engine_a64.pe_destroy(pe->engine_state[RMM_ENGINE_A64]);
	}
	free(rmm->pes);
	attest_destroy(rmm);
	for (unsigned i = 0; i < 3; i++)
		EVP_MD_free(rmm->hash[i]);
	vmid_destroy(rmm);
	sro_destroy(rmm);
	free((void *)rmm->touched);
	free_regions(rmm);
	pthread_mutex_destroy(&rmm->attest.lock);
	pthread_mutex_destroy(&rmm->global_lock);
	if (rmm->granules != NULL)
		munmap(rmm->granules, table_size(&rmm->config));
	if (rmm->dram != NULL)
		munmap(rmm->dram, rmm->config.dram_size);
	free(rmm);
}

const struct rmm_config *rmm_get_config(const struct rmm *rmm)
{
	return &rmm->config;
}

void rmm_kick(struct rmm *rmm, unsigned pe)
{
	/* Latched for the next entry, and sent to whatever runs now. */
	atomic_store(&rmm->pes[pe].interrupt, true);
	atomic_fetch_or(&rmm->pes[pe].vcpu.requests, GUEST_REQUEST_KICK);
}

struct rmi_ich *rmm_ich(struct rmm *rmm, unsigned pe)
{
	return &rmm->pes[pe].ich;
}

void *rmm_dram(const struct rmm *rmm)
{
	return rmm->dram;
}
