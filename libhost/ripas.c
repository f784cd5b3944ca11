/* SPDX-License-Identifier: BSD-3-Clause */
/* RIPAS: RAM before activation, and what the Realm asks for afterwards (DEN0137 A5.4). */

#include "realm_impl.h"

/* Level of the table in which one call changed [base, top): it stays within a table. */
static int changed_level(const struct realm *realm, ipa_t base, ipa_t top)
{
	int level = RMM_RTT_PAGE_LEVEL;

	while (level > 0 && top - base > level_size(realm, level - 1))
		level--;
	return level;
}

/*
 * Drives RTT_INIT_RIPAS or RTT_SET_RIPAS, whose registers are call with base and top at x[at] and
 * x[at + 1]. Whole blocks change at once where nothing smaller has been needed so far. An entry
 * that is not small enough gets a table below it. One that is small enough and still cannot be
 * changed would be refused for ever.
 */
static int set_range(struct host_thread *self, struct realm *realm, const struct smccc_regs *call,
                     unsigned at, ipa_t *done)
{
	const ipa_t top = call->x[at + 1];
	struct realm_folds folds = {.realm = realm};
	struct rtt_growth growth = {.begun = false};
	int err = 0;

	while (err == 0 && *done < top) {
		struct smccc_regs regs = *call;
		int needed = realm_rtt_map_level(realm, *done, top);
		uint64_t x0;

		regs.x[at] = *done;
		x0 = host_sro_call(self, &regs);
		if (rmi_status(x0) != RMI_SUCCESS) {
			if (rmi_status(x0) != RMI_ERROR_RTT || rmi_level(x0) >= needed)
				err = host_rmi_fail(self, call->x[0], x0);
			else
				err = realm_rtt_grow(self, realm, call->x[0], &growth, *done,
				                     rmi_level(x0));
		} else if (regs.x[1] <= *done || regs.x[1] > top) {
			err = host_fail(self, -ENXIO, "%s: success without progress",
			                host_command_name(self->host, call->x[0]));
		} else {
			if (call->x[0] == SMC_RMI_RTT_SET_RIPAS)
				realm_fold_note(self, &folds, *done,
				                changed_level(realm, *done, regs.x[1]));
			*done = regs.x[1];
		}
	}
	realm_fold_all(self, &folds);
	return err;
}

int realm_ripas_init(struct host_thread *self, struct realm *realm, struct ipa_range range)
{
	const struct smccc_regs call = {{SMC_RMI_RTT_INIT_RIPAS, realm->rd, range.base, range.top}};
	ipa_t done = range.base;

	return set_range(self, realm, &call, 2, &done);
}

int realm_ripas_set(struct host_thread *self, struct realm_vcpu *vcpu, struct ipa_range range,
                    ipa_t *done)
{
	const struct smccc_regs call = {
	        {SMC_RMI_RTT_SET_RIPAS, vcpu->realm->rd, vcpu->rec, range.base, range.top}};

	*done = range.base;
	return set_range(self, vcpu->realm, &call, 3, done);
}

/* Asks the VMM for what is left of the request; every request is announced at least once. */
static bool ask_vmm(struct realm_vcpu *vcpu)
{
	vcpu->request = VCPU_REQUEST_RIPAS;
	realm_exit_memory_fault(vcpu, vcpu->ripas.base, vcpu->ripas.top - vcpu->ripas.base,
	                        vcpu->ripas_value == RMI_RIPAS_RAM, -EFAULT);
	vcpu->exit.memory_fault.is_request = true;
	return false;
}

bool realm_ripas_handle(struct host_thread *self, struct realm_vcpu *vcpu)
{
	const struct rmi_rec_exit *rec_exit = &vcpu->run->exit;
	const struct realm *realm = vcpu->realm;
	struct ipa_range range = {rec_exit->ripas_base, rec_exit->ripas_top};

	vcpu->ripas = range;
	vcpu->ripas_value = (enum rmi_ripas)rec_exit->ripas_value;
	if (range.top <= range.base || range.top > realm->shared_bit ||
	    !is_aligned(range.base | range.top, realm_page_size(realm)) ||
	    (vcpu->ripas_value != RMI_RIPAS_RAM && vcpu->ripas_value != RMI_RIPAS_EMPTY)) {
		vcpu->flags |= RMI_REC_ENTER_FLAGS_RIPAS_RESPONSE;
		host_fail(self, -EINVAL,
		          "vCPU %u asks for RIPAS %d of [%#" PRIx64 ", %#" PRIx64 ")", vcpu->id,
		          (int)vcpu->ripas_value, range.base, range.top);
		return realm_exit_error(vcpu, -EINVAL);
	}
	return ask_vmm(vcpu);
}

/*
 * Does the request as far as possible. The base moves along, so that a second completion before
 * the entry does not repeat anything: the RMM would refuse the old base.
 */
static bool do_change(struct host_thread *self, struct realm_vcpu *vcpu)
{
	const bool to_ram = vcpu->ripas_value == RMI_RIPAS_RAM;
	struct realm *realm = vcpu->realm;
	const ipa_t base = vcpu->ripas.base;
	int err;

	realm->mmu_seq++;
	err = realm_ripas_set(self, vcpu, vcpu->ripas, &vcpu->ripas.base);

	/* What became EMPTY is unmapped even if the rest failed. */
	if (!to_ram && vcpu->ripas.base > base)
		realm_unmap_private(self, realm, (struct ipa_range){base, vcpu->ripas.base});
	if (err == 0)
		return true;
	host_log(realm->host, HOST_LOG_WARNING, "RIPAS change stopped at %#" PRIx64 ": %s",
	         vcpu->ripas.base, self->error);
	return false;
}

bool realm_ripas_complete(struct host_thread *self, struct realm_vcpu *vcpu)
{
	const bool to_ram = vcpu->ripas_value == RMI_RIPAS_RAM;
	struct realm *realm = vcpu->realm;
	bool done, match;

	if (to_ram && !realm_ram_may_be_private(realm, vcpu->ripas)) {
		/* No attribute can ever match. */
		vcpu->flags |= RMI_REC_ENTER_FLAGS_RIPAS_RESPONSE;
		vcpu->request = VCPU_REQUEST_NONE;
		return true;
	}
	/* Attributes change under the same lock: they cannot flip between check and call. */
	pthread_mutex_lock(&realm->mmu_lock);
	match = realm_ram_all(realm, vcpu->ripas, to_ram);
	done = match && do_change(self, vcpu);
	pthread_mutex_unlock(&realm->mmu_lock);
	if (!match)
		return ask_vmm(vcpu);
	/* The RMM tells the Realm how far it came; the rest is refused rather than asked for ever.
	 */
	if (!done)
		vcpu->flags |= RMI_REC_ENTER_FLAGS_RIPAS_RESPONSE;
	vcpu->request = VCPU_REQUEST_NONE;
	return true;
}
