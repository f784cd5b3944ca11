/* SPDX-License-Identifier: BSD-3-Clause */
/* The first run of any vCPU: RECs, RIPAS of RAM, activation. */

#include "realm_impl.h"

static int activate(struct host_thread *self, struct realm *realm)
{
	struct smccc_regs regs = {{SMC_RMI_REALM_ACTIVATE}};
	uint64_t x0;
	int err;

	/* The RMM wants RECs in the order of their index, before activation. */
	for (unsigned i = 0; i < realm->num_vcpus; i++) {
		err = realm_rec_create(self, realm->vcpus[i]);
		if (err != 0)
			return err;
	}
	for (const struct ram *ram = realm->ram; ram != NULL; ram = ram->next) {
		if ((ram->flags & REALM_MEMORY_SHARED) != 0)
			continue;
		err = realm_ripas_init(self, realm,
		                       (struct ipa_range){ram->gpa, ram->gpa + ram->size});
		if (err != 0)
			return err;
	}
	regs.x[1] = realm->rd;
	x0 = host_call(self, &regs);
	if (rmi_status(x0) != RMI_SUCCESS)
		return host_rmi_fail(self, SMC_RMI_REALM_ACTIVATE, x0);
	return 0;
}

int realm_activate(struct host_thread *self, struct realm *realm)
{
	int err = 0;

	/* States only grow from here on: DYING and DEAD are not revived either. */
	if (realm->state >= REALM_STATE_ACTIVE)
		return 0;
	pthread_mutex_lock(&realm->config_lock);
	if (realm->state < REALM_STATE_ACTIVE)
		err = realm_ensure_created(self, realm);
	if (err == 0 && realm->state == REALM_STATE_NEW) {
		/* Pessimistic: a half-built Realm is never tried again. Nobody else looks before
		 * config_lock is free. */
		pthread_mutex_lock(&realm->mmu_lock);
		err = activate(self, realm);
		pthread_mutex_unlock(&realm->mmu_lock);
		if (err != 0)
			realm->broken = true;
		realm->state = err == 0 ? REALM_STATE_ACTIVE : REALM_STATE_DEAD;
	}
	pthread_mutex_unlock(&realm->config_lock);
	return err;
}
