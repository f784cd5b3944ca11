/* SPDX-License-Identifier: BSD-3-Clause */
/* Emulated MMIO in the shared half of the IPA space (DEN0137 A4.4). */

#include "realm_impl.h"

/* ISS of a data abort with a valid syndrome (DDI0487). */
#define ISS_ISV      (UINT64_C(1) << 24)
#define ISS_SAS(esr) ((unsigned)((esr) >> 22 & 3))
#define ISS_WNR      (UINT64_C(1) << 6)
#define ESR_EC_DABT  UINT64_C(0x24)

static const struct device *find_device(const struct realm *realm, uint64_t gpa)
{
	const struct device *dev;

	for (dev = realm->devices; dev != NULL; dev = dev->next)
		if (gpa >= dev->gpa && gpa - dev->gpa < dev->size)
			break;
	return dev;
}

static uint64_t truncate_to(uint64_t value, unsigned size)
{
	return size == 8 ? value : value & ((UINT64_C(1) << (8 * size)) - 1);
}

/*
 * Answers a read, or acknowledges a write, at the next entry: the RMM moves on to the next
 * instruction, and fills in the register, if the flag says so. Rt is always x0 for the Host.
 */
static void answer(struct realm_vcpu *vcpu, bool is_write, unsigned size, uint64_t data)
{
	if (!is_write)
		vcpu->run->enter.gprs[0] = truncate_to(data, size);
	vcpu->flags |= RMI_REC_ENTER_FLAGS_EMUL_MMIO;
}

void realm_mmio_complete(struct realm_vcpu *vcpu)
{
	answer(vcpu, vcpu->exit.mmio.is_write, vcpu->exit.mmio.size, vcpu->exit.mmio.data);
}

bool realm_mmio_handle(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t gpa)
{
	const struct rmi_rec_exit *rec_exit = &vcpu->run->exit;
	const uint64_t esr = rec_exit->esr;
	const bool is_write = (esr & ISS_WNR) != 0;
	const unsigned size = 1u << ISS_SAS(esr);
	struct realm *realm = vcpu->realm;
	const struct device *dev;

	(void)self;
	if (esr >> 26 != ESR_EC_DABT || (esr & ISS_ISV) == 0) {
		/* Not emulatable: nobody could say what the access was. */
		vcpu->flags |= RMI_REC_ENTER_FLAGS_INJECT_SEA;
		return true;
	}
	gpa |= rec_exit->far & (realm_page_size(realm) - 1);
	count_up(is_write ? &realm->counts.mmio_writes : &realm->counts.mmio_reads, 1);
	dev = find_device(realm, gpa);
	if (dev != NULL) {
		uint64_t data = 0;

		if (is_write)
			dev->ops->write(dev->arg, gpa - dev->gpa, size,
			                truncate_to(rec_exit->gprs[0], size));
		else
			data = dev->ops->read(dev->arg, gpa - dev->gpa, size);
		answer(vcpu, is_write, size, data);
		return true;
	}
	realm_exit_set(vcpu, REALM_EXIT_MMIO, 0);
	vcpu->exit.mmio.gpa = gpa;
	vcpu->exit.mmio.size = size;
	vcpu->exit.mmio.is_write = is_write;
	vcpu->exit.mmio.data = is_write ? truncate_to(rec_exit->gprs[0], size) : 0;
	vcpu->mmio = true;
	return false;
}

int realm_vcpu_inject_sea(struct realm_vcpu *vcpu)
{
	struct host_thread *self = host_enter(vcpu->realm->host);
	int err = 0;

	if (self == NULL)
		return -ENOMEM;
	if (vcpu->mmio) {
		/* Instead of data: the two exclude each other. */
		vcpu->mmio = false;
		vcpu->flags |= RMI_REC_ENTER_FLAGS_INJECT_SEA;
	} else {
		err = host_fail(self, -EINVAL, "vCPU %u: the last exit was not MMIO", vcpu->id);
	}
	host_leave(self);
	return err;
}
