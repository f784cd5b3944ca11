/* SPDX-License-Identifier: BSD-3-Clause */
/* vCPUs and the RECs behind them. */

#include <stdlib.h>
#include <string.h>

#include "realm_impl.h"

/* With config_lock held. */
static int add_vcpu(struct host_thread *self, struct realm *realm, unsigned id)
{
	const unsigned max = self->host->features.max_recs;
	struct realm_vcpu **vcpus, *vcpu;

	if (realm->state > REALM_STATE_NEW)
		return host_fail(self, -EBUSY, "vCPU %u cannot be added: the realm is active", id);
	if (realm->gic != NULL)
		return host_fail(self, -EBUSY, "vCPU %u cannot be added: the GIC is there", id);
	if (id < realm->num_vcpus)
		return host_fail(self, -EEXIST, "there is a vCPU %u already", id);
	if (id >= max)
		return host_fail(self, -EINVAL, "vCPU %u: the RMM allows %u", id, max);
	if (id > realm->num_vcpus)
		return host_fail(self, -EINVAL, "vCPU %u: the next one is %u", id,
		                 realm->num_vcpus);
	vcpu = host_zalloc(realm->host, sizeof(*vcpu));
	if (vcpu == NULL)
		return host_fail(self, -ENOMEM, "out of memory");
	vcpus = realloc(realm->vcpus, (realm->num_vcpus + 1) * sizeof(realm->vcpus[0]));
	if (vcpus == NULL) {
		free(vcpu);
		return host_fail(self, -ENOMEM, "out of memory");
	}
	vcpu->realm = realm;
	vcpu->id = id;
	vcpu->mpidr = rmi_rec_mpidr(id);
	vcpu->rec = PHYS_NONE;
	vcpu->run_pa = PHYS_NONE;
	vcpu->on = id == 0;
	vcpu->was_off = true;
	vcpu->busy_exit.error = -EBUSY;
	vcpu->no_memory_exit.error = -ENOMEM;
	pthread_cond_init(&vcpu->wake, NULL);
	realm->vcpus = vcpus;
	realm->vcpus[realm->num_vcpus++] = vcpu;
	return 0;
}

struct realm_vcpu *realm_vcpu_create(struct realm *realm, unsigned id)
{
	struct host_thread *self = host_enter(realm->host);
	struct realm_vcpu *vcpu;
	int err;

	if (self == NULL)
		return NULL;
	pthread_mutex_lock(&realm->config_lock);
	err = add_vcpu(self, realm, id);
	vcpu = err == 0 ? realm->vcpus[id] : NULL;
	pthread_mutex_unlock(&realm->config_lock);
	if (err != 0)
		return host_fail_null(self, err);
	host_leave(self);
	return vcpu;
}

void realm_vcpu_free(struct realm_vcpu *vcpu)
{
	pthread_cond_destroy(&vcpu->wake);
	free(vcpu);
}

unsigned realm_vcpu_id(const struct realm_vcpu *vcpu)
{
	return vcpu->id;
}

uint64_t realm_vcpu_mpidr(const struct realm_vcpu *vcpu)
{
	return vcpu->mpidr;
}

/* Begins a change of a vCPU's registers. NULL with *err set when it is too late. */
static struct host_thread *begin_set(struct realm_vcpu *vcpu, int *err)
{
	struct host_thread *self = host_enter(vcpu->realm->host);

	*err = -ENOMEM;
	if (self == NULL)
		return NULL;
	pthread_mutex_lock(&vcpu->realm->config_lock);
	*err = 0;
	if (vcpu->realm->state <= REALM_STATE_NEW)
		return self;
	pthread_mutex_unlock(&vcpu->realm->config_lock);
	*err = host_fail(self, -EBUSY, "vCPU %u: the realm is active", vcpu->id);
	host_leave(self);
	return NULL;
}

static void end_set(struct host_thread *self, struct realm_vcpu *vcpu)
{
	pthread_mutex_unlock(&vcpu->realm->config_lock);
	host_leave(self);
}

int realm_vcpu_set_pc(struct realm_vcpu *vcpu, uint64_t pc)
{
	struct host_thread *self;
	int err;

	self = begin_set(vcpu, &err);
	if (self == NULL)
		return err;
	vcpu->pc = pc;
	vcpu->pc_set = true;
	end_set(self, vcpu);
	return 0;
}

int realm_vcpu_set_gpr(struct realm_vcpu *vcpu, unsigned n, uint64_t value)
{
	struct host_thread *self;
	int err;

	self = begin_set(vcpu, &err);
	if (self == NULL)
		return err;
	if (n < RMI_REC_CREATE_NR_GPRS)
		vcpu->gprs[n] = value;
	else
		err = host_fail(self, -EINVAL, "x%u: only x0 to x%d can be set", n,
		                RMI_REC_CREATE_NR_GPRS - 1);
	end_set(self, vcpu);
	return err;
}

static void fill_params(const struct realm_vcpu *vcpu, struct rmi_rec_params *params)
{
	params->flags = vcpu->id == 0 ? RMI_REC_CREATE_FLAGS_RUNNABLE : 0;
	params->mpidr = vcpu->mpidr;
	params->pc = vcpu->pc;
	if (!vcpu->pc_set && vcpu->id == 0)
		params->pc = vcpu->realm->entry;
	memcpy(params->gprs, vcpu->gprs, sizeof(params->gprs));
}

/* A failure leaves the vCPU as if this had not been called, so that destruction does nothing. */
int realm_rec_create(struct host_thread *self, struct realm_vcpu *vcpu)
{
	struct realm *realm = vcpu->realm;
	const uint64_t page = realm_page_size(realm);
	struct smccc_regs regs;
	void *params, *run;
	pa_t params_pa, run_pa, rec;
	int err;

	params_pa = host_alloc_zeroed(self, realm->id, &params);
	if (params_pa == PHYS_NONE)
		return -ENOMEM;
	run_pa = host_alloc_zeroed(self, realm->id, &run);
	if (run_pa == PHYS_NONE) {
		err = -ENOMEM;
		goto free_params;
	}
	err = host_sro_init(self, &vcpu->sro, realm->id);
	if (err != 0)
		goto free_run;
	err = host_alloc_delegated(self, 0, HOST_PAGE_REC, realm->id, &rec);
	if (err != 0)
		goto free_sro;
	fill_params(vcpu, params);
	regs = (struct smccc_regs){{SMC_RMI_REC_CREATE, realm->rd, rec, params_pa}};
	err = host_sro_call_memory(self, &vcpu->sro, &regs);
	if (err == 0 && rmi_status(regs.x[0]) != RMI_SUCCESS)
		err = host_rmi_fail(self, SMC_RMI_REC_CREATE, regs.x[0]);
	if (err != 0)
		goto free_rec;
	vcpu->rec = rec;
	vcpu->run_pa = run_pa;
	vcpu->run = run;
	host_free_pages(self, params_pa, page);
	return 0;

free_rec:
	host_undelegate_free(self, rec, page);
free_sro:
	host_sro_fini(self, &vcpu->sro);
free_run:
	host_free_pages(self, run_pa, page);
free_params:
	host_free_pages(self, params_pa, page);
	return err;
}

int realm_rec_destroy(struct host_thread *self, struct realm_vcpu *vcpu)
{
	struct phys *phys = &self->host->phys;
	const uint64_t page = realm_page_size(vcpu->realm);
	struct smccc_regs regs = {{SMC_RMI_REC_DESTROY, vcpu->rec}};
	int err;

	if (vcpu->rec == PHYS_NONE)
		return 0;
	err = host_sro_call_memory(self, &vcpu->sro, &regs);
	if (err == 0 && rmi_status(regs.x[0]) != RMI_SUCCESS)
		err = host_rmi_fail(self, SMC_RMI_REC_DESTROY, regs.x[0]);
	if (err != 0) {
		/* The RMM may still write to all of it. */
		host_log(self->host, HOST_LOG_WARNING, "vCPU %u is leaked: %s", vcpu->id,
		         self->error);
		host_phys_leak(phys, vcpu->rec, page, PHYS_LEAK_REC);
		host_phys_leak(phys, vcpu->run_pa, page, PHYS_LEAK_REC);
		host_phys_leak(phys, vcpu->sro.list_pa, page, PHYS_LEAK_REC);
	} else {
		host_free_pages(self, vcpu->run_pa, page);
		host_sro_fini(self, &vcpu->sro);
		host_undelegate_free(self, vcpu->rec, page);
	}
	vcpu->sro.list = NULL;
	vcpu->run = NULL;
	vcpu->run_pa = PHYS_NONE;
	vcpu->rec = PHYS_NONE;
	return err;
}
