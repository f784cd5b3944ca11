/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI calls that the RMM forwards (DEN0137 B6, A4.3.7). */

#include "realm_impl.h"

static uint32_t psci_fid(const struct realm_vcpu *vcpu)
{
	return (uint32_t)vcpu->run->exit.gprs[0] & ~SMCCC_FID_SMC64;
}

static bool system_event(struct realm_vcpu *vcpu, enum realm_system_event type)
{
	/* The RMM runs no REC of the Realm any more: those that wait need not. */
	realm_stop(vcpu->realm);
	realm_exit_set(vcpu, REALM_EXIT_SYSTEM_EVENT, 0);
	vcpu->exit.system_event.type = type;
	return false;
}

bool realm_psci_handle(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t times_on)
{
	struct realm *realm = vcpu->realm;

	switch (psci_fid(vcpu)) {
	case SMC32_PSCI_CPU_ON:
	case SMC32_PSCI_AFFINITY_INFO:
		/* Before the next entry; the RMM refuses to enter the REC until then. */
		vcpu->request = VCPU_REQUEST_PSCI;
		return true;
	case SMC32_PSCI_CPU_OFF:
		vcpu->was_off = true;
		/* From the exit on another vCPU may have switched it on again. */
		pthread_mutex_lock(&realm->run_lock);
		if (vcpu->times_on == times_on)
			realm_vcpu_power_off(vcpu);
		pthread_mutex_unlock(&realm->run_lock);
		return true;
	case SMC32_PSCI_CPU_SUSPEND:
		realm_vcpu_sleep(self, vcpu, UINT64_MAX);
		return true;
	case SMC32_PSCI_SYSTEM_OFF:
		return system_event(vcpu, REALM_SYSTEM_EVENT_SHUTDOWN);
	case SMC32_PSCI_SYSTEM_RESET:
		return system_event(vcpu, REALM_SYSTEM_EVENT_RESET);
	default:
		return true;
	}
}

static struct realm_vcpu *find_target(const struct realm *realm, uint64_t mpidr)
{
	uint64_t index = rmi_rec_index(mpidr);

	/* Reserved bits do not count; the RMM has passed on what the Realm wrote. */
	return index < realm->num_vcpus ? realm->vcpus[index] : NULL;
}

/* Whether the VMM lets a vCPU be switched on. One that is on already is the RMM's to refuse. */
static bool allows(const struct realm_vcpu *vcpu, const struct realm_vcpu *target)
{
	const struct realm_config *config = &vcpu->realm->config;

	return psci_fid(vcpu) != SMC32_PSCI_CPU_ON || config->cpu_on == NULL ||
	       realm_vcpu_is_on(target) || config->cpu_on(config->cpu_on_arg, target->id);
}

static uint64_t complete(struct host_thread *self, struct realm_vcpu *vcpu,
                         struct realm_vcpu *target, enum psci_return_code status)
{
	struct host_attempts attempts = host_attempts_begin(self, SMC_RMI_PSCI_COMPLETE);
	uint64_t x0;

	do {
		x0 = rmi_psci_complete(self->pe, vcpu->rec, target->rec, status);
	} while (host_attempts_again(&attempts, x0));
	return x0;
}

/*
 * Tells the RMM the outcome. The target of CPU_ON is woken after that, so that it never enters
 * before the RMM has made its REC runnable. A target that runs already gets there as well: only the
 * RMM knows, and it answers ALREADY_ON to the Realm.
 */
bool realm_psci_complete(struct host_thread *self, struct realm_vcpu *vcpu)
{
	struct realm *realm = vcpu->realm;
	struct realm_vcpu *target = find_target(realm, vcpu->run->exit.gprs[1]);
	enum psci_return_code status = PSCI_SUCCESS;
	uint64_t x0;

	if (target == NULL) {
		host_fail(self, -ENXIO, "vCPU %u: PSCI request for MPIDR %#" PRIx64, vcpu->id,
		          vcpu->run->exit.gprs[1]);
		return realm_exit_internal(vcpu, rmi_result(RMI_SUCCESS));
	}
	if (!allows(vcpu, target))
		status = PSCI_DENIED;
	x0 = complete(self, vcpu, target, status);
	if (status == PSCI_DENIED && rmi_status(x0) == RMI_ERROR_INPUT) {
		/* Another vCPU has switched it on meanwhile, which cannot be denied any more. */
		status = PSCI_SUCCESS;
		x0 = complete(self, vcpu, target, status);
	}
	if (rmi_status(x0) != RMI_SUCCESS) {
		int err = host_rmi_fail(self, SMC_RMI_PSCI_COMPLETE, x0);

		/* The target may be on its way out of its REC. */
		if (rmi_status(x0) == RMI_BUSY || rmi_status(x0) == RMI_BLOCKED)
			err = -EAGAIN;
		return realm_exit_error(vcpu, err);
	}
	vcpu->request = VCPU_REQUEST_NONE;
	if (psci_fid(vcpu) == SMC32_PSCI_CPU_ON && status == PSCI_SUCCESS) {
		pthread_mutex_lock(&realm->run_lock);
		realm_vcpu_power_on(target);
		pthread_mutex_unlock(&realm->run_lock);
	}
	return true;
}
