/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables: creating them one level at a time, and destroying them all (DEN0137 A5.5). */

#include "realm_impl.h"

int realm_rtt_map_level(const struct realm *realm, ipa_t ipa, ipa_t end)
{
	int level = realm->start_level;

	while (level < RMM_RTT_PAGE_LEVEL &&
	       (!is_aligned(ipa, level_size(realm, level)) || level_size(realm, level) > end - ipa))
		level++;
	return level;
}

void realm_rtt_free_table(struct host_thread *self, struct realm *realm, pa_t rtt)
{
	struct host *host = self->host;

	if (!host_phys_is(&host->phys, rtt, host_page_size(host), HOST_PAGE_RTT)) {
		host_log(host, HOST_LOG_WARNING, "%#" PRIx64 " is no RTT of ours", rtt);
		return;
	}
	host_undelegate_free(self, rtt, host_page_size(host));
	count_up(&realm->counts.tables, UINT64_MAX);
}

static int create_table(struct host_thread *self, struct realm *realm, ipa_t ipa, int level)
{
	struct smccc_regs regs;
	uint64_t x0;
	pa_t rtt;
	int err;

	err = host_alloc_delegated(self, 0, HOST_PAGE_RTT, realm->id, &rtt);
	if (err != 0)
		return err;
	ipa &= ~(level_size(realm, level - 1) - 1);
	regs = (struct smccc_regs){{SMC_RMI_RTT_CREATE, realm->rd, rtt, ipa, (uint64_t)level}};
	x0 = host_sro_call(self, &regs);
	if (rmi_status(x0) == RMI_SUCCESS) {
		count_up(&realm->counts.tables, 1);
		return 0;
	}
	host_undelegate_free(self, rtt, realm_page_size(realm));
	/* The walk got as far as the parent entry: there is a table already. */
	if (rmi_status(x0) == RMI_ERROR_RTT && rmi_level(x0) == level - 1)
		return 0;
	return host_rmi_fail(self, SMC_RMI_RTT_CREATE, x0);
}

int realm_rtt_grow(struct host_thread *self, struct realm *realm, uint64_t fid,
                   struct rtt_growth *growth, ipa_t ipa, int level)
{
	if (level < realm->start_level || level >= RMM_RTT_PAGE_LEVEL ||
	    (growth->begun && growth->ipa == ipa && level <= growth->level))
		return host_fail(self, -ENXIO,
		                 "%s: no table below level %d at %#" PRIx64 " is good enough",
		                 host_command_name(self->host, fid), level, ipa);
	*growth = (struct rtt_growth){.ipa = ipa, .level = level, .begun = true};
	return create_table(self, realm, ipa, level + 1);
}

int realm_rtt_read(struct host_thread *self, struct realm *realm, ipa_t ipa, int level,
                   struct rtt_entry *entry)
{
	struct smccc_regs regs = {{SMC_RMI_RTT_READ_ENTRY, realm->rd,
	                           ipa & ~(level_size(realm, level) - 1),
	                           (uint64_t)(int64_t)level}};
	uint64_t x0 = host_call(self, &regs);

	if (rmi_status(x0) != RMI_SUCCESS)
		return host_rmi_fail(self, SMC_RMI_RTT_READ_ENTRY, x0);
	*entry = (struct rtt_entry){
	        .level = (int)(int64_t)regs.x[1],
	        .state = (enum rmi_rtt_entry_state)(regs.x[2] & 0xff),
	        .ripas = (enum rmi_ripas)(regs.x[4] & 0xff),
	};
	return 0;
}

/*
 * Destroys the tables of one level, and those below, in a range that is aligned to what a table of
 * that level describes. out_top is defined for success and RMI_ERROR_RTT alike; whether a table is
 * in use or missing shows in the level where the walk ended.
 */
static int destroy_level(struct host_thread *self, struct realm *realm, struct ipa_range range,
                         int level)
{
	const uint64_t size = level_size(realm, level - 1);
	bool retried = false;

	for (ipa_t ipa = range.base; ipa < range.top;) {
		struct smccc_regs regs = {{SMC_RMI_RTT_DESTROY, realm->rd, ipa, (uint64_t)level}};
		uint64_t x0 = host_sro_call(self, &regs);
		ipa_t out_top = regs.x[2];
		int err;

		if (rmi_status(x0) == RMI_SUCCESS)
			realm_rtt_free_table(self, realm, regs.x[1]);
		else if (rmi_status(x0) != RMI_ERROR_RTT)
			return host_rmi_fail(self, SMC_RMI_RTT_DESTROY, x0);
		if (rmi_status(x0) == RMI_SUCCESS || rmi_level(x0) < level) {
			/* A block above, which nothing but an unmap removes, does not move out_top.
			 */
			if (out_top <= ipa)
				return host_fail(self, -EBUSY,
				                 "RMI_RTT_DESTROY: %#" PRIx64 " is mapped", ipa);
			/* Sub-ranges of other tables must not be skipped. */
			ipa = is_aligned(out_top, size) ? out_top : ipa + size;
			retried = false;
			continue;
		}
		if (level == RMM_RTT_PAGE_LEVEL || retried)
			return host_fail(self, -EBUSY,
			                 "RMI_RTT_DESTROY: the table of level %d at %#" PRIx64
			                 " is in use",
			                 level, ipa);
		err = destroy_level(self, realm, (struct ipa_range){ipa, ipa + size}, level + 1);
		if (err != 0)
			return err;
		retried = true;
	}
	return 0;
}

int realm_rtt_destroy_all(struct host_thread *self, struct realm *realm)
{
	struct ipa_range all = {0, realm->shared_bit << 1};

	if (realm->start_level == RMM_RTT_PAGE_LEVEL)
		return 0;
	return destroy_level(self, realm, all, realm->start_level + 1);
}
