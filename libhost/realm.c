/* SPDX-License-Identifier: BSD-3-Clause */
/* Life cycle of a Realm: NONE -> NEW -> ACTIVE -> DYING -> DEAD. */

#include <stdlib.h>
#include <string.h>

#include <rmi/format.h>

#include "gic.h"
#include "realm_impl.h"

/* Most starting-level RTTs that may be concatenated (DEN0137 A5.5). */
#define MAX_ROOT_TABLES   16u

/* Blocks that are used without being asked for: a Realm that touches one page gets all of it. */
#define MAX_DEFAULT_BLOCK (UINT64_C(32) << 20)

/*
 * Geometry of the root: the lowest level at which at most 16 concatenated tables cover the IPA
 * space. Fewer levels make shorter walks.
 */
static bool choose_root(struct realm *realm)
{
	const unsigned gshift = realm->host->gshift;
	const unsigned ipa_bits = realm->config.ipa_bits;

	for (int level = RMM_RTT_PAGE_LEVEL; level >= -1; level--) {
		unsigned shift = rmi_rtt_level_shift(gshift, level);
		unsigned bits;

		if (shift >= ipa_bits)
			continue;
		bits = ipa_bits - shift;
		if (bits > gshift - 3 + 4)
			continue;
		realm->start_level = level;
		realm->num_root = bits > gshift - 3 ? 1u << (bits - (gshift - 3)) : 1;
		return realm->num_root <= MAX_ROOT_TABLES;
	}
	return false;
}

static int check_config(struct host_thread *self, struct realm *realm)
{
	const struct host_features *features = &self->host->features;
	struct realm_config *config = &realm->config;

	if (config->ipa_bits == 0)
		config->ipa_bits = features->ipa_bits < 40 ? features->ipa_bits : 40;
	if (config->ipa_bits < 32 || config->ipa_bits > features->ipa_bits)
		return host_fail(self, -EINVAL, "ipa_bits is %u; 32 to %u are possible",
		                 config->ipa_bits, features->ipa_bits);
	if ((unsigned)config->hash > 2 || !features->hash[config->hash])
		return host_fail(self, -EINVAL, "hash algorithm %d is not supported",
		                 (int)config->hash);
	if (config->sve_vl > features->sve_vl || config->sve_vl % 128 != 0)
		return host_fail(self, -EINVAL,
		                 "sve_vl is %u; multiples of 128 up to %u are possible",
		                 config->sve_vl, features->sve_vl);
	if (config->pmu_counters > features->pmu_counters)
		return host_fail(self, -EINVAL, "pmu_counters is %u; at most %u are possible",
		                 config->pmu_counters, features->pmu_counters);
	if (config->breakpoints == 0)
		config->breakpoints = features->breakpoints;
	if (config->watchpoints == 0)
		config->watchpoints = features->watchpoints;
	if (config->breakpoints < 2 || config->breakpoints > features->breakpoints ||
	    config->watchpoints < 2 || config->watchpoints > features->watchpoints)
		return host_fail(self, -EINVAL,
		                 "%u breakpoints and %u watchpoints; 2 to %u and 2 to %u are "
		                 "possible",
		                 config->breakpoints, config->watchpoints, features->breakpoints,
		                 features->watchpoints);
	if ((unsigned)config->lfa_policy > RMI_LFA_ALLOW)
		return host_fail(self, -EINVAL, "there is no LFA policy %d",
		                 (int)config->lfa_policy);
	if ((unsigned)config->mec_policy > RMI_MEC_POLICY_PRIVATE ||
	    (config->mec_policy == RMI_MEC_POLICY_PRIVATE && features->mecids == 0))
		return host_fail(self, -EINVAL,
		                 "MEC policy %d; the RMM has %" PRIu64 " keys for single realms",
		                 (int)config->mec_policy, features->mecids);
	if (!choose_root(realm))
		return host_fail(self, -EINVAL, "ipa_bits %u has no stage 2 layout",
		                 config->ipa_bits);
	if (config->block_size == 0)
		config->block_size = level_size(realm, 2) <= MAX_DEFAULT_BLOCK
		                             ? level_size(realm, 2)
		                             : realm_page_size(realm);
	if (config->block_size != level_size(realm, 3) &&
	    config->block_size != level_size(realm, 2) &&
	    config->block_size != level_size(realm, 1))
		return host_fail(self, -EINVAL,
		                 "block_size is %#" PRIx64 "; %#" PRIx64 ", %#" PRIx64
		                 " and %#" PRIx64 " are possible",
		                 config->block_size, level_size(realm, 3), level_size(realm, 2),
		                 level_size(realm, 1));
	return 0;
}

static void free_realm(struct realm *realm)
{
	pthread_mutex_destroy(&realm->config_lock);
	pthread_mutex_destroy(&realm->mmu_lock);
	pthread_mutex_destroy(&realm->run_lock);
	free(realm->vcpus);
	free(realm);
}

struct realm *realm_create(struct host *host, const struct realm_config *config)
{
	struct host_thread *self = host_enter(host);
	struct realm *realm;
	int err;

	if (self == NULL)
		return NULL;
	realm = host_zalloc(host, sizeof(*realm));
	if (realm == NULL) {
		host_fail(self, -ENOMEM, "out of memory");
		return host_fail_null(self, -ENOMEM);
	}
	realm->host = host;
	if (config != NULL)
		realm->config = *config;
	realm->rd = PHYS_NONE;
	realm->root = PHYS_NONE;
	realm->zero_page = PHYS_NONE;
	pthread_mutex_init(&realm->config_lock, NULL);
	pthread_mutex_init(&realm->mmu_lock, NULL);
	pthread_mutex_init(&realm->run_lock, NULL);
	err = check_config(self, realm);
	if (err != 0)
		goto free_realm;
	realm->shared_bit = UINT64_C(1) << (realm->config.ipa_bits - 1);
	pthread_mutex_lock(&host->list_lock);
	realm->id = ++host->next_realm_id;
	pthread_mutex_unlock(&host->list_lock);
	err = host_sro_init(self, &realm->sro, realm->id);
	if (err != 0)
		goto free_realm;
	pthread_mutex_lock(&host->list_lock);
	realm->next = host->realms;
	host->realms = realm;
	pthread_mutex_unlock(&host->list_lock);
	host_leave(self);
	return realm;

free_realm:
	free_realm(realm);
	return host_fail_null(self, err);
}

struct realm *realm_create_type(struct host *host, uint64_t type)
{
	const uint64_t known = REALM_VM_TYPE_IPA_BITS | REALM_VM_TYPE_REALM;
	struct realm_config config = {.ipa_bits = (unsigned)(type & REALM_VM_TYPE_IPA_BITS)};
	struct host_thread *self;
	struct realm *realm = NULL;

	if (config.ipa_bits == 0)
		config.ipa_bits = 40;
	self = host_enter(host);
	if (self == NULL)
		return NULL;
	if ((type & ~known) != 0 || (type & REALM_VM_TYPE_REALM) == 0) {
		host_fail(self, -EINVAL, "%#" PRIx64 " is not the type of a realm", type);
		return host_fail_null(self, -EINVAL);
	}
	realm = realm_create(host, &config);
	host_leave(self);
	return realm;
}

static void fill_params(const struct realm *realm, pa_t root, struct rmi_realm_params *params)
{
	const struct realm_config *config = &realm->config;

	params->s2sz = (uint8_t)config->ipa_bits;
	params->rtt_level_start = realm->start_level;
	params->rtt_num_start = realm->num_root;
	params->rtt_base = root;
	params->num_bps = (uint8_t)(config->breakpoints - 1);
	params->num_wps = (uint8_t)(config->watchpoints - 1);
	params->hash_algo = (uint8_t)config->hash;
	memcpy(params->rpv, config->rpv, sizeof(params->rpv));
	if (config->sve_vl != 0) {
		params->flags0 |= RMI_REALM_FLAGS0_SVE;
		params->sve_vl = (uint8_t)(config->sve_vl / 128 - 1);
	}
	if (config->pmu_counters != 0) {
		params->flags0 |= RMI_REALM_FLAGS0_PMU;
		params->pmu_num_ctrs = (uint8_t)config->pmu_counters;
	}
	params->flags0 |= (uint64_t)config->lfa_policy << RMI_REALM_FLAGS0_LFA_POLICY_SHIFT |
	                  (uint64_t)config->mec_policy << RMI_REALM_FLAGS0_MEC_POLICY_SHIFT;
	if (config->ipa_bits > 48)
		params->flags0 |= RMI_REALM_FLAGS0_LPA2;
}

static int create(struct host_thread *self, struct realm *realm)
{
	const uint64_t page = realm_page_size(realm);
	const uint64_t root_size = page * realm->num_root;
	struct smccc_regs regs;
	pa_t params, rd, root, done;
	void *va;
	int err;

	params = host_alloc_zeroed(self, realm->id, &va);
	if (params == PHYS_NONE)
		return -ENOMEM;
	err = host_alloc_delegated(self, 0, HOST_PAGE_RD, realm->id, &rd);
	if (err != 0)
		goto free_params;
	root = host_alloc_pages(self, host_order(self->host, root_size), realm->id);
	if (root == PHYS_NONE) {
		err = -ENOMEM;
		goto free_rd;
	}
	err = host_delegate(self, root, root_size, &done);
	if (err != 0)
		goto free_root;
	host_phys_set_owner(&self->host->phys, root, root_size, HOST_PAGE_RTT);
	fill_params(realm, root, va);
	regs = (struct smccc_regs){{SMC_RMI_REALM_CREATE, rd, params}};
	err = host_sro_call_memory(self, &realm->sro, &regs);
	if (err == 0 && rmi_status(regs.x[0]) != RMI_SUCCESS)
		err = host_rmi_fail(self, SMC_RMI_REALM_CREATE, regs.x[0]);
	if (err != 0)
		goto free_root;
	realm->rd = rd;
	realm->root = root;
	host_free_pages(self, params, page);
	return 0;

free_root:
	/* Exactly [root, done): the RMM may refuse granules that are not delegated. */
	host_undelegate_free(self, root, done - root);
	host_free_pages(self, done, root + root_size - done);
free_rd:
	host_undelegate_free(self, rd, page);
free_params:
	host_free_pages(self, params, page);
	return err;
}

int realm_ensure_created(struct host_thread *self, struct realm *realm)
{
	int err;

	switch (realm_state(realm)) {
	case REALM_STATE_NONE:
		err = create(self, realm);
		if (err == 0)
			realm->state = REALM_STATE_NEW;
		return err;
	case REALM_STATE_NEW:
		return 0;
	case REALM_STATE_DEAD:
		return host_fail(self, -ENXIO, "the realm is dead");
	default:
		return host_fail(self, -EBUSY, "the realm is active");
	}
}

/*
 * Ends the RMM's side. *gone: the RMM has forgotten the Realm, so that a failure is about single
 * pages, which are leaked; otherwise it may still use all of them.
 */
static int destroy_rd(struct host_thread *self, struct realm *realm, bool *gone)
{
	const uint64_t page = realm_page_size(realm);
	struct smccc_regs regs = {{SMC_RMI_REALM_TERMINATE, realm->rd}};
	int err = host_sro_call_memory(self, &realm->sro, &regs);

	*gone = false;
	if (err == 0 && rmi_status(regs.x[0]) != RMI_SUCCESS)
		err = host_rmi_fail(self, SMC_RMI_REALM_TERMINATE, regs.x[0]);
	if (err == 0)
		err = realm_rtt_destroy_all(self, realm);
	if (err != 0)
		return err;
	regs = (struct smccc_regs){{SMC_RMI_REALM_DESTROY, realm->rd}};
	err = host_sro_call_memory(self, &realm->sro, &regs);
	if (err == 0 && rmi_status(regs.x[0]) != RMI_SUCCESS)
		err = host_rmi_fail(self, SMC_RMI_REALM_DESTROY, regs.x[0]);
	if (err != 0)
		return err;
	*gone = true;
	err = host_undelegate_free(self, realm->rd, page);
	/* The tables hold what the RMM left in them: nobody looks into them. */
	if (host_undelegate_free(self, realm->root, page * realm->num_root) != 0)
		err = -EBUSY;
	return err;
}

static void tell(const struct realm *realm, uint64_t done, uint64_t total)
{
	if (realm->config.progress != NULL)
		realm->config.progress(realm->config.progress_arg, "teardown", done, total);
}

/* Unmaps all RAM, a piece at a time. */
static int unmap_all(struct host_thread *self, struct realm *realm)
{
	uint64_t piece = level_size(realm, 2);
	uint64_t done = 0, total = 0;
	int err = 0;

	for (const struct ram *ram = realm->ram; ram != NULL; ram = ram->next)
		total += ram->size;
	/* Few enough pieces to be quick, and enough to see that it goes on. */
	while (piece < total / 128)
		piece *= 2;
	for (const struct ram *ram = realm->ram; ram != NULL; ram = ram->next) {
		for (uint64_t gpa = ram->gpa; gpa < ram->gpa + ram->size && err == 0;) {
			uint64_t top = (gpa & ~(piece - 1)) + piece;

			if (top > ram->gpa + ram->size)
				top = ram->gpa + ram->size;
			if ((ram->flags & REALM_MEMORY_SHARED) == 0)
				err = realm_unmap_private(self, realm,
				                          (struct ipa_range){gpa, top});
			if (err == 0)
				err = realm_ram_unmap_shared(self, realm, ram,
				                             (struct ipa_range){gpa, top});
			done += top - gpa;
			gpa = top;
			tell(realm, done, total);
		}
	}
	return err;
}

static int destroy(struct host_thread *self, struct realm *realm)
{
	struct host *host = realm->host;
	int err, unmap_err;
	uint64_t leaked;
	bool gone;

	realm->state = REALM_STATE_DYING;
	pthread_mutex_lock(&realm->mmu_lock);
	unmap_err = unmap_all(self, realm);
	pthread_mutex_unlock(&realm->mmu_lock);
	if (unmap_err != 0)
		host_log(host, HOST_LOG_WARNING, "unmapping: %s", self->error);
	/* A REC that stays keeps the RMM from destroying the Realm: that is reported there. */
	for (unsigned i = 0; i < realm->num_vcpus; i++)
		realm_rec_destroy(self, realm->vcpus[i]);
	err = destroy_rd(self, realm, &gone);
	realm_ram_free(self, realm, !gone && unmap_err != 0);
	realm->state = REALM_STATE_DEAD;
	if (gone)
		return err;
	leaked = host_phys_leak_realm(&host->phys, realm->id, PHYS_LEAK_REALM);
	host_log(host, HOST_LOG_WARNING, "realm %u leaks %" PRIu64 " pages: %s", realm->id, leaked,
	         self->error);
	realm->sro.list = NULL;
	return err;
}

static void unlink_realm(struct realm *realm)
{
	struct realm **link = &realm->host->realms;

	pthread_mutex_lock(&realm->host->list_lock);
	while (*link != realm)
		link = &(*link)->next;
	*link = realm->next;
	pthread_mutex_unlock(&realm->host->list_lock);
}

static bool any_running(struct realm *realm)
{
	bool running = false;

	pthread_mutex_lock(&realm->run_lock);
	for (unsigned i = 0; i < realm->num_vcpus; i++)
		running |= realm->vcpus[i]->running;
	pthread_mutex_unlock(&realm->run_lock);
	return running;
}

int realm_destroy(struct realm *realm)
{
	struct host_thread *self;
	int err = 0;

	if (realm == NULL)
		return 0;
	self = host_enter(realm->host);
	if (self == NULL)
		return -ENOMEM;
	if (any_running(realm)) {
		err = host_fail(self, -EBUSY, "a vCPU is running");
		host_leave(self);
		return err;
	}
	pthread_mutex_lock(&realm->config_lock);
	if (realm->rd != PHYS_NONE)
		err = destroy(self, realm);
	else
		realm_ram_free(self, realm, false);
	pthread_mutex_unlock(&realm->config_lock);
	gic_free(realm->gic);
	for (unsigned i = 0; i < realm->num_vcpus; i++)
		realm_vcpu_free(realm->vcpus[i]);
	host_sro_fini(self, &realm->sro);
	unlink_realm(realm);
	free_realm(realm);
	host_leave(self);
	return err;
}

struct host *realm_host(const struct realm *realm)
{
	return realm->host;
}

enum realm_state realm_state(const struct realm *realm)
{
	return realm->state;
}

unsigned realm_ipa_bits(const struct realm *realm)
{
	return realm->config.ipa_bits;
}

uint64_t realm_shared_bit(const struct realm *realm)
{
	return realm->shared_bit;
}

uint64_t realm_entry(const struct realm *realm)
{
	return realm->entry;
}

void realm_over(struct realm *realm)
{
	realm->over = true;
	for (unsigned i = 0; i < realm->num_vcpus; i++) {
		struct realm_vcpu *vcpu = realm->vcpus[i];

		if (vcpu->pe != NULL)
			rmi_pe_kick(vcpu->pe);
		pthread_cond_broadcast(&vcpu->wake);
	}
}

void realm_stop(struct realm *realm)
{
	pthread_mutex_lock(&realm->run_lock);
	realm_over(realm);
	pthread_mutex_unlock(&realm->run_lock);
}

void realm_get_stats(const struct realm *realm, struct realm_stats *stats)
{
	const struct realm_counts *counts = &realm->counts;

	*stats = (struct realm_stats){
	        .entries = counts->entries,
	        .private_faults = counts->private_faults,
	        .shared_faults = counts->shared_faults,
	        .mmio_reads = counts->mmio_reads,
	        .mmio_writes = counts->mmio_writes,
	        .wfx = counts->wfx,
	        .sysregs = counts->sysregs,
	        .other_sync = counts->other_sync,
	        .pages_populated = counts->pages_populated,
	        .pages_mapped = counts->pages_mapped,
	        .pages_shared = counts->pages_shared,
	        .pages_unmapped = counts->pages_unmapped,
	        .tables = counts->tables,
	        .tables_folded = counts->tables_folded,
	        .private_blocks = counts->private_blocks,
	        .shared_blocks = counts->shared_blocks,
	        .faults_retried = counts->faults_retried,
	};
	for (unsigned i = 0; i <= RMI_NUM_EXIT_REASONS; i++)
		stats->exits[i] = counts->exits[i];
}

const char *realm_rec_exit_name(unsigned n)
{
	const char *name = n < RMI_NUM_EXIT_REASONS ? rmi_exit_reason_name(n) : NULL;

	return name != NULL ? name : "other";
}
