/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mapping and unmapping. The RMM says with RMI_ERROR_RTT and a level where its walk ended; tables
 * are added one level at a time, so that it may use a block at every level on the way down.
 */

#include "realm_impl.h"

/*
 * What one call maps of what is left: a block when the rest is exactly as large as one, else as
 * many pages as a descriptor takes.
 * @param pages no block, please
 */
static struct rmi_addr_range_desc next_desc(const struct realm *realm, pa_t pa, uint64_t left,
                                            enum rmi_op_mem_state state, bool pages)
{
	const unsigned gshift = realm->host->gshift;
	struct rmi_addr_range_desc desc = {.base = pa, .state = state};
	uint64_t max = rmi_addr_range_desc_max_count(gshift);
	uint64_t entries = (UINT64_C(1) << (gshift - 3)) - 1;

	for (int level = RMM_RTT_PAGE_LEVEL; !pages && level >= realm->start_level && level >= 0;
	     level--) {
		if (left == level_size(realm, level) && is_aligned(pa, left)) {
			desc.size = (enum rmi_addr_block_size)(RMM_RTT_PAGE_LEVEL - level);
			desc.count = 1;
			return desc;
		}
	}
	if (entries < max)
		max = entries;
	desc.size = RMI_PAGE_L3;
	desc.count = left >> gshift < max ? left >> gshift : max;
	return desc;
}

static uint64_t desc_bytes(const struct realm *realm, struct rmi_addr_range_desc desc)
{
	return desc.count * level_size(realm, RMM_RTT_PAGE_LEVEL - (int)desc.size);
}

static uint64_t desc_word(const struct realm *realm, struct rmi_addr_range_desc desc)
{
	return rmi_addr_range_desc_encode(rmi_revision(realm->host->rmi), realm->host->gshift,
	                                  desc);
}

/* Makes progress at *ipa out of an answer: out_top is defined on success only. */
static int advance(struct host_thread *self, uint64_t fid, ipa_t *ipa, ipa_t out_top, ipa_t top)
{
	if (out_top <= *ipa || out_top > top)
		return host_fail(self, -ENXIO, "%s: success without progress",
		                 host_command_name(self->host, fid));
	*ipa = out_top;
	return 0;
}

/*
 * Whether the walk has ended at the level of the block that is to be mapped, or below. There may be
 * a table in its place, and some RMMs refuse to put pages there that come as one block.
 */
static bool is_no_place_for_block(struct rmi_addr_range_desc desc, uint64_t x0)
{
	return desc.size != RMI_PAGE_L3 && rmi_level(x0) >= RMM_RTT_PAGE_LEVEL - (int)desc.size;
}

/* A mapping on its way. */
struct mapping {
	ipa_t ipa; /* How far it came. */
	ipa_t top;
	bool pages;   /* No blocks any more. */
	bool skipped; /* The last step found something mapped. */
	struct rtt_growth growth;
	bool replaced; /* Shared memory: what was mapped there is gone. */
	bool writable;
};

/*
 * The walk has ended too early for what was to be mapped, or at something that is mapped: another
 * vCPU was quicker. That stays as it is, and its block is not to be split by a table below it.
 */
static int make_room(struct host_thread *self, struct realm *realm, struct mapping *m,
                     struct rmi_addr_range_desc desc, uint64_t x0)
{
	int level = rmi_level(x0);
	struct rtt_entry entry = {.level = level, .state = RMI_RTTE_DATA};
	int err = 0;

	if (level < RMM_RTT_PAGE_LEVEL)
		err = realm_rtt_read(self, realm, m->ipa, level, &entry);
	if (err != 0)
		return err;
	if (entry.level == level && entry.state == RMI_RTTE_DATA) {
		m->ipa = (m->ipa & ~(level_size(realm, level) - 1)) + level_size(realm, level);
		if (m->ipa > m->top)
			m->ipa = m->top;
		m->skipped = true;
		return 0;
	}
	if (!m->pages && is_no_place_for_block(desc, x0)) {
		m->pages = true;
		if (entry.state == RMI_RTTE_TABLE)
			return 0;
	}
	return realm_rtt_grow(self, realm, SMC_RMI_RTT_DATA_MAP, &m->growth, m->ipa, level);
}

/* Maps at m->ipa, skips what is mapped, or makes a table that is missing. */
static int map_private_step(struct host_thread *self, struct realm *realm, struct mapping *m,
                            pa_t pa)
{
	struct rmi_addr_range_desc desc =
	        next_desc(realm, pa, m->top - m->ipa, RMI_OP_MEM_DELEGATED, m->pages);
	struct smccc_regs regs = {{SMC_RMI_RTT_DATA_MAP, realm->rd, m->ipa,
	                           m->ipa + desc_bytes(realm, desc), RMI_ADDR_TYPE_SINGLE,
	                           desc_word(realm, desc)}};
	ipa_t to = regs.x[3];
	uint64_t x0 = host_sro_call(self, &regs);
	int err;

	m->skipped = false;
	switch (rmi_status(x0)) {
	case RMI_SUCCESS:
		err = advance(self, SMC_RMI_RTT_DATA_MAP, &m->ipa, regs.x[1], to);
		if (err == 0 && desc.size != RMI_PAGE_L3 && m->ipa == to)
			count_up(&realm->counts.private_blocks, 1);
		return err;
	case RMI_ERROR_RTT:
		return make_room(self, realm, m, desc, x0);
	default:
		return host_rmi_fail(self, SMC_RMI_RTT_DATA_MAP, x0);
	}
}

int realm_map_private(struct host_thread *self, struct realm *realm, ipa_t ipa, pa_t pa,
                      uint64_t size)
{
	struct mapping m = {.ipa = ipa, .top = ipa + size};
	bool mapped = false;
	int err = 0;

	host_phys_set_owner(&self->host->phys, pa, size, HOST_PAGE_DATA);
	while (err == 0 && m.ipa < m.top) {
		ipa_t from = m.ipa;

		err = map_private_step(self, realm, &m, pa + (from - ipa));
		if (m.skipped)
			host_undelegate_free(self, pa + (from - ipa), m.ipa - from);
		else
			mapped |= m.ipa > from;
	}
	host_undelegate_free(self, pa + (m.ipa - ipa), m.top - m.ipa);
	if (err == 0 && !mapped)
		err = host_fail(self, -EEXIST, "%#" PRIx64 " is mapped already", ipa);
	return err;
}

/* Something is mapped where m is, or is a table: what is there goes. */
static int replace_shared(struct host_thread *self, struct realm *realm, struct mapping *m,
                          struct rmi_addr_range_desc desc, ipa_t to, uint64_t x0)
{
	if (!m->replaced) {
		m->replaced = true;
		return realm_unmap_shared(
		        self, realm,
		        (struct ipa_range){m->ipa - realm->shared_bit, to - realm->shared_bit});
	}
	if (m->pages || !is_no_place_for_block(desc, x0))
		return host_rmi_fail(self, SMC_RMI_RTT_UNPROT_MAP, x0);
	m->pages = true;
	return 0;
}

static int map_shared_step(struct host_thread *self, struct realm *realm, struct mapping *m,
                           pa_t pa)
{
	const uint64_t s2ap = RMI_S2AP_DIRECT_READ | (m->writable ? RMI_S2AP_DIRECT_WRITE : 0);
	const uint64_t flags =
	        RMI_ADDR_TYPE_SINGLE |
	        RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	        RMI_FIELD_SET(s2ap, RMI_RTT_UNPROT_MAP_FLAGS_S2AP);
	struct rmi_addr_range_desc desc =
	        next_desc(realm, pa, m->top - m->ipa, RMI_OP_MEM_UNDELEGATED, m->pages);
	struct smccc_regs regs = {{SMC_RMI_RTT_UNPROT_MAP, realm->rd, m->ipa,
	                           m->ipa + desc_bytes(realm, desc), flags,
	                           desc_word(realm, desc)}};
	ipa_t to = regs.x[3];
	uint64_t x0 = host_sro_call(self, &regs);
	int err;

	switch (rmi_status(x0)) {
	case RMI_SUCCESS:
		err = advance(self, SMC_RMI_RTT_UNPROT_MAP, &m->ipa, regs.x[1], to);
		if (err == 0 && desc.size != RMI_PAGE_L3 && m->ipa == to)
			count_up(&realm->counts.shared_blocks, 1);
		return err;
	case RMI_ERROR_RTT:
		if (rmi_level(x0) < realm_rtt_map_level(realm, m->ipa, to))
			return realm_rtt_grow(self, realm, SMC_RMI_RTT_UNPROT_MAP, &m->growth,
			                      m->ipa, rmi_level(x0));
		/* There is no other way to change a mapping. */
		return replace_shared(self, realm, m, desc, to, x0);
	default:
		return host_rmi_fail(self, SMC_RMI_RTT_UNPROT_MAP, x0);
	}
}

int realm_map_shared(struct host_thread *self, struct realm *realm, ipa_t ipa, pa_t pa,
                     uint64_t size, bool writable)
{
	struct mapping m = {.ipa = ipa, .top = ipa + size, .writable = writable};
	int err = 0;

	while (err == 0 && m.ipa < m.top)
		err = map_shared_step(self, realm, &m, pa + (m.ipa - ipa));
	return err;
}

/* Frees what an unmap returned. Returns the level of the entries that mapped it; -1: nothing. */
static int free_data(struct host_thread *self, struct realm *realm, uint64_t word)
{
	struct host *host = self->host;
	struct rmi_addr_range_desc desc =
	        rmi_addr_range_desc_decode(rmi_revision(host->rmi), host->gshift, word);
	uint64_t size = desc_bytes(realm, desc);

	if (size == 0)
		return -1;
	if (desc.state != RMI_OP_MEM_DELEGATED ||
	    !host_phys_is(&host->phys, desc.base, size, HOST_PAGE_DATA)) {
		host_log(host, HOST_LOG_WARNING,
		         "RMI_RTT_DATA_UNMAP returns what is no data of ours: %#" PRIx64, word);
		return -1;
	}
	count_up(&realm->counts.pages_unmapped, size >> host->gshift);
	host_undelegate_free(self, desc.base, size);
	return RMM_RTT_PAGE_LEVEL - (int)desc.size;
}

/*
 * One call. A hole is passed over in one step, by the RMM or here: the number of calls depends on
 * what is mapped, not on the size of the range.
 */
static int unmap_private_step(struct host_thread *self, struct realm_folds *folds,
                              struct rtt_growth *growth, ipa_t *ipa, ipa_t top)
{
	struct realm *realm = folds->realm;
	struct smccc_regs regs = {
	        {SMC_RMI_RTT_DATA_UNMAP, realm->rd, *ipa, top, RMI_ADDR_TYPE_SINGLE, 0}};
	uint64_t x0 = host_sro_call(self, &regs);
	struct ipa_range done = {.base = *ipa};
	int level = rmi_level(x0);
	int err;

	if (rmi_status(x0) == RMI_SUCCESS) {
		level = free_data(self, realm, regs.x[2]);
		err = advance(self, SMC_RMI_RTT_DATA_UNMAP, ipa, regs.x[1], top);
		done.top = *ipa;
		if (level > 0)
			realm_fold_note_range(self, folds, done, level);
		return err;
	}
	if (rmi_status(x0) != RMI_ERROR_RTT || level > RMM_RTT_PAGE_LEVEL)
		return host_rmi_fail(self, SMC_RMI_RTT_DATA_UNMAP, x0);
	/* A block sticks out of the range: it has to be split. out_top is not defined here. */
	if (level < realm_rtt_map_level(realm, *ipa, top))
		return realm_rtt_grow(self, realm, SMC_RMI_RTT_DATA_UNMAP, growth, *ipa, level);
	/* The entry is all in the range and cannot be unmapped: it is no data. */
	*ipa = (*ipa & ~(level_size(realm, level) - 1)) + level_size(realm, level);
	return 0;
}

int realm_unmap_private(struct host_thread *self, struct realm *realm, struct ipa_range range)
{
	struct realm_folds folds = {.realm = realm};
	struct rtt_growth growth = {.begun = false};
	ipa_t ipa = range.base;
	int err = 0;

	while (err == 0 && ipa < range.top)
		err = unmap_private_step(self, &folds, &growth, &ipa, range.top);
	realm_fold_all(self, &folds);
	return err;
}

/*
 * RMI_ERROR_RTT from UNPROT_UNMAP is a hole or a block that sticks out of the range. A hole is
 * skipped, however large its entry is; later revisions of the RMM skip it themselves.
 */
static int unmap_shared_step(struct host_thread *self, struct realm_folds *folds,
                             struct rtt_growth *growth, ipa_t *ipa, ipa_t top)
{
	struct realm *realm = folds->realm;
	struct smccc_regs regs = {
	        {SMC_RMI_RTT_UNPROT_UNMAP, realm->rd, *ipa, top, RMI_ADDR_TYPE_NONE, 0}};
	uint64_t x0 = host_sro_call(self, &regs);
	struct ipa_range done = {.base = *ipa};
	int level = rmi_level(x0);
	struct rtt_entry entry;
	int err;

	if (rmi_status(x0) == RMI_SUCCESS) {
		err = advance(self, SMC_RMI_RTT_UNPROT_UNMAP, ipa, regs.x[1], top);
		done.top = *ipa;
		/* Whether these were pages or blocks is not told; a try costs little. */
		if (err == 0)
			realm_fold_note_range(self, folds, done, RMM_RTT_PAGE_LEVEL);
		return err;
	}
	if (rmi_status(x0) != RMI_ERROR_RTT || level > RMM_RTT_PAGE_LEVEL ||
	    level < realm->start_level)
		return host_rmi_fail(self, SMC_RMI_RTT_UNPROT_UNMAP, x0);
	if (level < realm_rtt_map_level(realm, *ipa, top)) {
		err = realm_rtt_read(self, realm, *ipa, level, &entry);
		if (err != 0)
			return err;
		if (entry.state != RMI_RTTE_VOID)
			return realm_rtt_grow(self, realm, SMC_RMI_RTT_UNPROT_UNMAP, growth, *ipa,
			                      level);
	}
	*ipa = (*ipa & ~(level_size(realm, level) - 1)) + level_size(realm, level);
	return 0;
}

int realm_unmap_shared(struct host_thread *self, struct realm *realm, struct ipa_range range)
{
	struct realm_folds folds = {.realm = realm};
	struct rtt_growth growth = {.begun = false};
	/* Added, not or-ed: the end of the private half becomes the end of the IPA space. */
	ipa_t ipa = range.base + realm->shared_bit;
	const ipa_t top = range.top + realm->shared_bit;
	int err = 0;

	while (err == 0 && ipa < top)
		err = unmap_shared_step(self, &folds, &growth, &ipa, top);
	realm_fold_all(self, &folds);
	return err;
}
