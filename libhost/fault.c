/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 2 faults: private and shared RAM; the rest is MMIO. */

#include "realm_impl.h"

/* Takes a block and maps it privately. */
static int map_new_block(struct host_thread *self, struct realm *realm, uint64_t gpa, uint64_t size)
{
	pa_t pa;
	int err = host_alloc_delegated(self, host_order(realm->host, size), HOST_PAGE_DATA,
	                               realm->id, &pa);

	if (err != 0)
		return err;
	err = realm_map_private(self, realm, gpa, pa, size);
	if (err == 0)
		count_up(&realm->counts.pages_mapped, size >> realm->host->gshift);
	return err;
}

/* Maps the largest block around a gpa that can be had, down to a page. */
static int map_around(struct host_thread *self, struct realm *realm, const struct ram *ram,
                      uint64_t gpa)
{
	for (int level = 1; level < RMM_RTT_PAGE_LEVEL; level++) {
		uint64_t size = level_size(realm, level);
		uint64_t base = gpa & ~(size - 1);

		if (size > realm->config.block_size || base < ram->gpa ||
		    base + size > ram->gpa + ram->size ||
		    !realm_ram_all(realm, (struct ipa_range){base, base + size}, true))
			continue;
		if (map_new_block(self, realm, base, size) == 0)
			return 0;
	}
	return map_new_block(self, realm, gpa & ~(realm_page_size(realm) - 1),
	                     realm_page_size(realm));
}

/*
 * Something is mapped where the Realm faulted. Another vCPU was quicker; or the page is there and
 * its RIPAS is DESTROYED, which the Host cannot mend: the Realm would fault for ever.
 */
static int check_mapped(struct host_thread *self, struct realm *realm, uint64_t gpa)
{
	struct rtt_entry entry;
	int err = realm_rtt_read(self, realm, gpa, RMM_RTT_PAGE_LEVEL, &entry);

	if (err != 0)
		return err;
	if (entry.ripas == RMI_RIPAS_DESTROYED)
		return host_fail(self, -EHWPOISON, "the content of %#" PRIx64 " has been destroyed",
		                 gpa);
	return 0;
}

/* With mmu_lock held. */
static int private_fault(struct host_thread *self, struct realm *realm, uint64_t gpa,
                         bool *mismatch)
{
	const struct ram *ram = realm_ram_find(realm, gpa);
	int err;

	*mismatch = ram == NULL || ram->is_shared[realm_ram_index(realm, ram, gpa)];
	if (*mismatch)
		return host_fail(self, -EFAULT, "the Realm uses %#" PRIx64 " as private memory",
		                 gpa);
	err = map_around(self, realm, ram, gpa);
	return err == -EEXIST ? check_mapped(self, realm, gpa) : err;
}

/* With mmu_lock held. */
static int shared_fault(struct host_thread *self, struct realm *realm, struct ram *ram,
                        uint64_t gpa, bool *mismatch)
{
	pa_t pa;
	int err;

	*mismatch = !ram->is_shared[realm_ram_index(realm, ram, gpa)];
	if (*mismatch)
		return host_fail(self, -EFAULT, "the Realm uses %#" PRIx64 " as shared memory",
		                 gpa);
	pa = realm_ram_shared_page(self, realm, ram, gpa);
	if (pa == PHYS_NONE)
		return -ENOMEM;
	err = realm_map_shared(self, realm, gpa + realm->shared_bit, pa, realm_page_size(realm));
	if (err == 0)
		count_up(&realm->counts.pages_shared, 1);
	return err;
}

bool realm_fault_handle(struct host_thread *self, struct realm_vcpu *vcpu, ipa_t ipa)
{
	struct realm *realm = vcpu->realm;
	const bool is_private = (ipa & realm->shared_bit) == 0;
	const uint64_t gpa = ipa & ~realm->shared_bit & ~(realm_page_size(realm) - 1);
	struct ram *ram = realm_ram_find(realm, gpa);
	bool mismatch = false;
	int err;

	if (!is_private && ram == NULL)
		return realm_mmio_handle(self, vcpu, ipa & ~realm->shared_bit);
	count_up(is_private ? &realm->counts.private_faults : &realm->counts.shared_faults, 1);
	pthread_mutex_lock(&realm->mmu_lock);
	if (realm->state != REALM_STATE_ACTIVE)
		err = host_fail(self, -EBUSY, "the realm is not active");
	else if (is_private)
		err = private_fault(self, realm, gpa, &mismatch);
	else
		err = shared_fault(self, realm, ram, gpa, &mismatch);
	pthread_mutex_unlock(&realm->mmu_lock);
	if (err == 0)
		return true;
	if (mismatch || err == -ENOMEM || err == -EHWPOISON)
		return realm_exit_memory_fault(vcpu, gpa, realm_page_size(realm), is_private, err);
	return realm_exit_error(vcpu, err);
}
