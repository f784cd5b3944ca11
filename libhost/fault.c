/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 2 faults: private and shared RAM; the rest is MMIO. */

#include "realm_impl.h"

/* ISS of an abort (DDI0487). */
#define ESR_EC_DABT              UINT64_C(0x24)
#define ISS_ISV                  (UINT64_C(1) << 24)
#define ISS_WNR                  (UINT64_C(1) << 6)
#define ISS_FSC(esr)             ((unsigned)((esr)&0x3f))
#define FSC_TYPE(fsc)            ((fsc)&0x3c)
#define FSC_LEVEL(fsc)           ((int)((fsc)&3))
#define FSC_PERMISSION           0x0cu
#define FSC_TRANSLATION_LEVEL_M1 0x2bu

/* What is known about a fault. */
struct fault {
	uint64_t gpa; /* Of the page, without the shared bit. */
	int level;    /* Of the entry where the walk ended. */
	bool is_private;
	bool is_write;   /* Or it is not known: a page to write to serves reads as well. */
	bool can_mmio;   /* The syndrome tells what the access was. */
	bool permission; /* The page is there. */
	bool mismatch;   /* The attribute is not what the Realm wants. */
};

static struct fault describe(const struct realm *realm, const struct rmi_rec_exit *rec_exit,
                             ipa_t ipa)
{
	const uint64_t esr = rec_exit->esr;
	const unsigned fsc = ISS_FSC(esr);
	const bool isv = esr >> 26 == ESR_EC_DABT && (esr & ISS_ISV) != 0;

	return (struct fault){
	        .gpa = ipa & ~realm->shared_bit & ~(realm_page_size(realm) - 1),
	        .level = fsc == FSC_TRANSLATION_LEVEL_M1 ? -1 : FSC_LEVEL(fsc),
	        .is_private = (ipa & realm->shared_bit) == 0,
	        .is_write = !isv || (esr & ISS_WNR) != 0 || FSC_TYPE(fsc) == FSC_PERMISSION,
	        .can_mmio = isv,
	        .permission = FSC_TYPE(fsc) == FSC_PERMISSION,
	};
}

/* Nothing that was learnt before is certain any more; the Realm accesses the page once more. */
static int retry(struct realm *realm)
{
	count_up(&realm->counts.faults_retried, 1);
	return 0;
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

/*
 * Takes a block and maps it privately. Memory is taken and delegated without the lock, so that
 * vCPUs do not wait for each other's; if attributes or RIPAS have changed meanwhile it must not be
 * mapped any more: -EAGAIN.
 */
static int map_new_block(struct host_thread *self, struct realm *realm, uint64_t gpa, uint64_t size,
                         uint64_t seq)
{
	pa_t pa;
	int err = host_alloc_delegated(self, host_order(realm->host, size), HOST_PAGE_DATA,
	                               realm->id, &pa);

	if (err != 0)
		return err;
	pthread_mutex_lock(&realm->mmu_lock);
	if (realm->mmu_seq != seq) {
		pthread_mutex_unlock(&realm->mmu_lock);
		host_undelegate_free(self, pa, size);
		return -EAGAIN;
	}
	err = realm_map_private(self, realm, gpa & ~(size - 1), pa, size);
	if (err == -EEXIST)
		err = check_mapped(self, realm, gpa);
	else if (err == 0)
		count_up(&realm->counts.pages_mapped, size >> realm->host->gshift);
	pthread_mutex_unlock(&realm->mmu_lock);
	return err;
}

static int private_fault(struct host_thread *self, struct realm *realm, struct ram *ram,
                         struct fault *fault)
{
	uint64_t seq, size = 0;
	int err;

	pthread_mutex_lock(&realm->mmu_lock);
	seq = realm->mmu_seq;
	fault->mismatch = ram == NULL || ram->is_shared[realm_ram_index(realm, ram, fault->gpa)];
	if (!fault->mismatch)
		size = realm_ram_block(realm, ram, fault->gpa, fault->level);
	pthread_mutex_unlock(&realm->mmu_lock);
	if (fault->mismatch)
		return host_fail(self, -EFAULT, "the Realm uses %#" PRIx64 " as private memory",
		                 fault->gpa);
	for (int level = 1; level < RMM_RTT_PAGE_LEVEL; level++) {
		if (level_size(realm, level) > size ||
		    !realm_ram_affords(realm, level_size(realm, level)))
			continue;
		err = map_new_block(self, realm, fault->gpa, level_size(realm, level), seq);
		if (err == -EAGAIN)
			return retry(realm);
		if (err == 0 || err == -EHWPOISON)
			return err;
	}
	err = map_new_block(self, realm, fault->gpa, realm_page_size(realm), seq);
	return err == -EAGAIN ? retry(realm) : err;
}

static int shared_fault(struct host_thread *self, struct realm *realm, struct ram *ram,
                        struct fault *fault)
{
	int err;

	pthread_mutex_lock(&realm->mmu_lock);
	fault->mismatch = !ram->is_shared[realm_ram_index(realm, ram, fault->gpa)];
	if (fault->mismatch)
		err = host_fail(self, -EFAULT, "the Realm uses %#" PRIx64 " as shared memory",
		                fault->gpa);
	else
		err = realm_shared_fault(self, realm, ram, fault->gpa, fault->level,
		                         fault->is_write);
	pthread_mutex_unlock(&realm->mmu_lock);
	/* What was learnt is not certain any more; the Realm accesses the page once more. */
	return err == -EAGAIN ? 0 : err;
}

/* Whether an access to the shared half is for a device, or for RAM that refuses it. */
static bool is_mmio(const struct ram *ram, const struct fault *fault)
{
	if (ram == NULL)
		return true;
	return (ram->flags & REALM_MEMORY_READONLY) != 0 && fault->is_write &&
	       (fault->can_mmio || fault->permission);
}

bool realm_fault_handle(struct host_thread *self, struct realm_vcpu *vcpu, ipa_t ipa)
{
	struct realm *realm = vcpu->realm;
	struct fault fault = describe(realm, &vcpu->run->exit, ipa);
	struct ram *ram = realm_ram_find(realm, fault.gpa);
	int err;

	if (!fault.is_private && is_mmio(ram, &fault))
		return realm_mmio_handle(self, vcpu, ipa & ~realm->shared_bit);
	count_up(fault.is_private ? &realm->counts.private_faults : &realm->counts.shared_faults,
	         1);
	if (realm->state != REALM_STATE_ACTIVE)
		err = host_fail(self, -EBUSY, "the realm is not active");
	else if (fault.is_private)
		err = private_fault(self, realm, ram, &fault);
	else
		err = shared_fault(self, realm, ram, &fault);
	if (err == 0)
		return true;
	if (fault.mismatch || err == -ENOMEM || err == -EHWPOISON)
		return realm_exit_memory_fault(vcpu, fault.gpa, realm_page_size(realm),
		                               fault.is_private, err);
	return realm_exit_error(vcpu, err);
}
