/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a REC stopped, and who takes care of it. */

#include <sched.h>
#include <string.h>

#include "realm_impl.h"

/* ESR_EL2 (DDI0487): exception class and the parts of the ISS that are looked at. */
#define ESR_EC(esr)        ((unsigned)((esr) >> 26 & 0x3f))
#define EC_WFX             0x01u
#define EC_SYSREG          0x18u
#define EC_IABT_LOW        0x20u
#define EC_DABT_LOW        0x24u
#define ISS_WFX_TI(esr)    ((unsigned)((esr)&3))
#define WFX_TI_EVENT       1u
#define WFX_TI_TIMED       2u
#define ISS_SYS_READ       UINT64_C(1)
#define ISS_SYS_RT(esr)    ((unsigned)((esr) >> 5 & 0x1f))
#define ISS_FSC(esr)       ((unsigned)((esr)&0x3f))
#define FSC_TRANSLATION    0x04u /* Levels 0 to 3 in the low bits. */
#define FSC_ACCESS         0x08u
#define FSC_PERMISSION     0x0cu
#define FSC_TRANSLATION_M1 0x2bu /* Level -1. */

const char *realm_exit_name(enum realm_exit_reason reason)
{
	switch (reason) {
	case REALM_EXIT_UNKNOWN:
		return "UNKNOWN";
	case REALM_EXIT_HYPERCALL:
		return "HYPERCALL";
	case REALM_EXIT_MMIO:
		return "MMIO";
	case REALM_EXIT_SHUTDOWN:
		return "SHUTDOWN";
	case REALM_EXIT_INTR:
		return "INTR";
	case REALM_EXIT_INTERNAL_ERROR:
		return "INTERNAL_ERROR";
	case REALM_EXIT_SYSTEM_EVENT:
		return "SYSTEM_EVENT";
	case REALM_EXIT_MEMORY_FAULT:
		return "MEMORY_FAULT";
	}
	return "?";
}

void realm_exit_set(struct realm_vcpu *vcpu, enum realm_exit_reason reason, int error)
{
	vcpu->exit = (struct realm_exit){.reason = reason, .error = error};
}

bool realm_exit_error(struct realm_vcpu *vcpu, int error)
{
	realm_exit_set(vcpu, REALM_EXIT_UNKNOWN, error);
	return false;
}

bool realm_exit_memory_fault(struct realm_vcpu *vcpu, uint64_t gpa, uint64_t size, bool is_private,
                             int error)
{
	realm_exit_set(vcpu, REALM_EXIT_MEMORY_FAULT, error);
	vcpu->exit.memory_fault.gpa = gpa;
	vcpu->exit.memory_fault.size = size;
	vcpu->exit.memory_fault.is_private = is_private;
	return false;
}

bool realm_exit_internal(struct realm_vcpu *vcpu, uint64_t x0)
{
	realm_exit_set(vcpu, REALM_EXIT_INTERNAL_ERROR, 0);
	vcpu->exit.internal.result = x0;
	vcpu->exit.internal.exit_reason = vcpu->run->exit.exit_reason;
	vcpu->exit.internal.esr = vcpu->run->exit.esr;
	vcpu->realm->broken = true;
	return false;
}

static bool handle_abort(struct host_thread *self, struct realm_vcpu *vcpu)
{
	const struct rmi_rec_exit *rec_exit = &vcpu->run->exit;
	/* HPFAR_EL2.FIPA is IPA[55:12] at [47:4]. */
	ipa_t ipa = (rec_exit->hpfar & ~UINT64_C(0xf)) << 8;
	unsigned fsc = ISS_FSC(rec_exit->esr);

	if ((fsc & 0x3c) != FSC_TRANSLATION && (fsc & 0x3c) != FSC_ACCESS &&
	    (fsc & 0x3c) != FSC_PERMISSION && fsc != FSC_TRANSLATION_M1) {
		host_fail(self, -EFAULT, "vCPU %u: abort with fault status %#x at %#" PRIx64,
		          vcpu->id, fsc, ipa);
		return realm_exit_error(vcpu, -EFAULT);
	}
	return realm_fault_handle(self, vcpu, ipa);
}

/* What is not the GIC's reads as zero, and writes are lost. */
static bool handle_sysreg(struct realm_vcpu *vcpu)
{
	uint64_t esr = vcpu->run->exit.esr;

	if (realm_irq_sysreg(vcpu))
		return true;
	if ((esr & ISS_SYS_READ) != 0 && ISS_SYS_RT(esr) < RMI_REC_RUN_NR_GPRS)
		vcpu->run->enter.gprs[ISS_SYS_RT(esr)] = 0;
	host_log(vcpu->realm->host, HOST_LOG_INFO, "vCPU %u: system register access, ESR %#" PRIx64,
	         vcpu->id, esr);
	return true;
}

static bool handle_sync(struct host_thread *self, struct realm_vcpu *vcpu)
{
	struct realm_counts *counts = &vcpu->realm->counts;
	uint64_t esr = vcpu->run->exit.esr;

	switch (ESR_EC(esr)) {
	case EC_DABT_LOW:
	case EC_IABT_LOW:
		return handle_abort(self, vcpu);
	case EC_WFX:
		count_up(&counts->wfx, 1);
		/* WFI and WFIT wait; WFE and WFET give way to whom they wait for. */
		if ((ISS_WFX_TI(esr) & WFX_TI_EVENT) == 0)
			realm_vcpu_sleep(self, vcpu,
			                 (ISS_WFX_TI(esr) & WFX_TI_TIMED) != 0
			                         ? vcpu->run->exit.gprs[0]
			                         : UINT64_MAX);
		else
			(void)sched_yield();
		return true;
	case EC_SYSREG:
		count_up(&counts->sysregs, 1);
		return handle_sysreg(vcpu);
	default:
		count_up(&counts->other_sync, 1);
		host_fail(self, -ENXIO, "vCPU %u: exception with ESR %#" PRIx64, vcpu->id, esr);
		return realm_exit_internal(vcpu, rmi_result(RMI_SUCCESS));
	}
}

static bool handle_host_call(struct realm_vcpu *vcpu)
{
	const struct rmi_rec_exit *rec_exit = &vcpu->run->exit;

	realm_exit_set(vcpu, REALM_EXIT_HYPERCALL, 0);
	vcpu->exit.hypercall.imm = rec_exit->imm;
	memcpy(vcpu->exit.hypercall.gprs, rec_exit->gprs, sizeof(rec_exit->gprs));
	vcpu->hypercall = true;
	return false;
}

bool realm_exit_handle(struct host_thread *self, struct realm_vcpu *vcpu, uint64_t times_on)
{
	unsigned reason = vcpu->run->exit.exit_reason;

	count_up(&vcpu->realm->counts
	                  .exits[reason < RMI_NUM_EXIT_REASONS ? reason : RMI_NUM_EXIT_REASONS],
	         1);
	switch (reason) {
	case RMI_EXIT_SYNC:
		return handle_sync(self, vcpu);
	case RMI_EXIT_IRQ:
	case RMI_EXIT_FIQ:
		/* The machine has taken it; or somebody kicked. */
		return true;
	case RMI_EXIT_SERROR:
		host_log(vcpu->realm->host, HOST_LOG_WARNING, "vCPU %u: SError, ESR %#" PRIx64,
		         vcpu->id, vcpu->run->exit.esr);
		return true;
	case RMI_EXIT_PSCI:
		return realm_psci_handle(self, vcpu, times_on);
	case RMI_EXIT_RIPAS_CHANGE:
		return realm_ripas_handle(self, vcpu);
	case RMI_EXIT_HOST_CALL:
		return handle_host_call(vcpu);
	default:
		host_fail(self, -ENXIO, "vCPU %u: exit reason %u is not known", vcpu->id, reason);
		return realm_exit_internal(vcpu, rmi_result(RMI_SUCCESS));
	}
}
