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

/* Maps at *ipa. 0 also when a table was missing and has been made, or *pages has become true. */
static int map_private_step(struct host_thread *self, struct realm *realm, ipa_t *ipa, pa_t pa,
                            ipa_t top, bool *pages)
{
	struct rmi_addr_range_desc desc =
	        next_desc(realm, pa, top - *ipa, RMI_OP_MEM_DELEGATED, *pages);
	struct smccc_regs regs = {{SMC_RMI_RTT_DATA_MAP, realm->rd, *ipa,
	                           *ipa + desc_bytes(realm, desc), RMI_ADDR_TYPE_SINGLE,
	                           desc_word(realm, desc)}};
	ipa_t to = regs.x[3];
	uint64_t x0 = host_sro_call(self, &regs);

	switch (rmi_status(x0)) {
	case RMI_SUCCESS:
		return advance(self, SMC_RMI_RTT_DATA_MAP, ipa, regs.x[1], to);
	case RMI_ERROR_RTT:
		if (rmi_level(x0) >= RMM_RTT_PAGE_LEVEL)
			return host_fail(self, -EEXIST, "%#" PRIx64 " is mapped already", *ipa);
		*pages |= is_no_place_for_block(desc, x0);
		return realm_rtt_create_levels(self, realm, *ipa, rmi_level(x0), rmi_level(x0) + 1);
	default:
		return host_rmi_fail(self, SMC_RMI_RTT_DATA_MAP, x0);
	}
}

int realm_map_private(struct host_thread *self, struct realm *realm, ipa_t ipa, pa_t pa,
                      uint64_t size)
{
	const ipa_t top = ipa + size;
	ipa_t done = ipa;
	bool pages = false;
	int err = 0;

	host_phys_set_owner(&self->host->phys, pa, size, HOST_PAGE_DATA);
	while (err == 0 && done < top)
		err = map_private_step(self, realm, &done, pa + (done - ipa), top, &pages);
	if (err != 0) {
		if (done > ipa)
			realm_unmap_private(self, realm, (struct ipa_range){ipa, done});
		host_undelegate_free(self, pa + (done - ipa), top - done);
	}
	return err;
}

static int map_shared_step(struct host_thread *self, struct realm *realm, ipa_t *ipa, pa_t pa,
                           ipa_t top, bool *replaced, bool *pages)
{
	const uint64_t flags =
	        RMI_ADDR_TYPE_SINGLE |
	        RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	        RMI_FIELD_SET(RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE,
	                      RMI_RTT_UNPROT_MAP_FLAGS_S2AP);
	struct rmi_addr_range_desc desc =
	        next_desc(realm, pa, top - *ipa, RMI_OP_MEM_UNDELEGATED, *pages);
	struct smccc_regs regs = {{SMC_RMI_RTT_UNPROT_MAP, realm->rd, *ipa,
	                           *ipa + desc_bytes(realm, desc), flags, desc_word(realm, desc)}};
	ipa_t to = regs.x[3];
	uint64_t x0 = host_sro_call(self, &regs);
	struct ipa_range range;

	switch (rmi_status(x0)) {
	case RMI_SUCCESS:
		return advance(self, SMC_RMI_RTT_UNPROT_MAP, ipa, regs.x[1], to);
	case RMI_ERROR_RTT:
		if (rmi_level(x0) < realm_rtt_map_level(realm, *ipa, to))
			return realm_rtt_create_levels(self, realm, *ipa, rmi_level(x0),
			                               rmi_level(x0) + 1);
		/* Something is mapped there: there is no other way to change it. */
		if (*replaced && !*pages && is_no_place_for_block(desc, x0)) {
			*pages = true;
			return 0;
		}
		if (*replaced)
			return host_rmi_fail(self, SMC_RMI_RTT_UNPROT_MAP, x0);
		*replaced = true;
		range = (struct ipa_range){*ipa - realm->shared_bit, to - realm->shared_bit};
		return realm_unmap_shared(self, realm, range);
	default:
		return host_rmi_fail(self, SMC_RMI_RTT_UNPROT_MAP, x0);
	}
}

int realm_map_shared(struct host_thread *self, struct realm *realm, ipa_t ipa, pa_t pa,
                     uint64_t size)
{
	const ipa_t top = ipa + size;
	bool replaced = false;
	bool pages = false;
	ipa_t done = ipa;
	int err = 0;

	while (err == 0 && done < top)
		err = map_shared_step(self, realm, &done, pa + (done - ipa), top, &replaced,
		                      &pages);
	return err;
}

/* Frees what an unmap returned. */
static void free_data(struct host_thread *self, struct realm *realm, uint64_t word)
{
	struct host *host = self->host;
	struct rmi_addr_range_desc desc =
	        rmi_addr_range_desc_decode(rmi_revision(host->rmi), host->gshift, word);
	uint64_t size = desc_bytes(realm, desc);

	if (size == 0)
		return;
	if (desc.state != RMI_OP_MEM_DELEGATED ||
	    !host_phys_is(&host->phys, desc.base, size, HOST_PAGE_DATA)) {
		host_log(host, HOST_LOG_WARNING,
		         "RMI_RTT_DATA_UNMAP returns what is no data of ours: %#" PRIx64, word);
		return;
	}
	count_up(&realm->counts.pages_unmapped, size >> host->gshift);
	host_undelegate_free(self, desc.base, size);
}

int realm_unmap_private(struct host_thread *self, struct realm *realm, struct ipa_range range)
{
	ipa_t ipa = range.base;

	while (ipa < range.top) {
		struct smccc_regs regs = {{SMC_RMI_RTT_DATA_UNMAP, realm->rd, ipa, range.top,
		                           RMI_ADDR_TYPE_SINGLE, 0}};
		uint64_t x0 = host_sro_call(self, &regs);
		int level = rmi_level(x0);
		int err = 0;

		if (rmi_status(x0) == RMI_SUCCESS) {
			free_data(self, realm, regs.x[2]);
			err = advance(self, SMC_RMI_RTT_DATA_UNMAP, &ipa, regs.x[1], range.top);
		} else if (rmi_status(x0) != RMI_ERROR_RTT) {
			err = host_rmi_fail(self, SMC_RMI_RTT_DATA_UNMAP, x0);
		} else if (level < realm_rtt_map_level(realm, ipa, range.top)) {
			/* A block sticks out of the range: it has to be split. */
			err = realm_rtt_create_levels(self, realm, ipa, level, level + 1);
		} else {
			/* The entry is all in the range and cannot be unmapped: it is no data. */
			ipa = (ipa & ~(level_size(realm, level) - 1)) + level_size(realm, level);
		}
		if (err != 0)
			return err;
	}
	return 0;
}

/*
 * RMI_ERROR_RTT from UNPROT_UNMAP is a hole or a block that sticks out of the range. A hole is
 * skipped, however large its entry is; later revisions of the RMM skip it themselves.
 */
static int unmap_shared_step(struct host_thread *self, struct realm *realm, ipa_t *ipa, ipa_t top)
{
	struct smccc_regs regs = {
	        {SMC_RMI_RTT_UNPROT_UNMAP, realm->rd, *ipa, top, RMI_ADDR_TYPE_NONE, 0}};
	uint64_t x0 = host_sro_call(self, &regs);
	int level = rmi_level(x0);
	struct rtt_entry entry;
	int err;

	if (rmi_status(x0) == RMI_SUCCESS)
		return advance(self, SMC_RMI_RTT_UNPROT_UNMAP, ipa, regs.x[1], top);
	if (rmi_status(x0) != RMI_ERROR_RTT || level > RMM_RTT_PAGE_LEVEL ||
	    level < realm->start_level)
		return host_rmi_fail(self, SMC_RMI_RTT_UNPROT_UNMAP, x0);
	if (level < realm_rtt_map_level(realm, *ipa, top)) {
		err = realm_rtt_read(self, realm, *ipa, level, &entry);
		if (err != 0)
			return err;
		if (entry.state != RMI_RTTE_VOID)
			return realm_rtt_create_levels(self, realm, *ipa, level, level + 1);
	}
	*ipa = (*ipa & ~(level_size(realm, level) - 1)) + level_size(realm, level);
	return 0;
}

int realm_unmap_shared(struct host_thread *self, struct realm *realm, struct ipa_range range)
{
	/* Added, not or-ed: the end of the private half becomes the end of the IPA space. */
	ipa_t ipa = range.base + realm->shared_bit;
	const ipa_t top = range.top + realm->shared_bit;
	int err = 0;

	while (err == 0 && ipa < top)
		err = unmap_shared_step(self, realm, &ipa, top);
	return err;
}
