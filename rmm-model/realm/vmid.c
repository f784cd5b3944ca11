/* SPDX-License-Identifier: BSD-3-Clause */
#include "realm/vmid.h"

#include <stdlib.h>

#include "core/rmm.h"

#define WORDS (RMM_MAX_VMIDS / 64)

bool vmid_init(struct rmm *rmm)
{
	rmm->vmid_map = calloc(WORDS, sizeof(*rmm->vmid_map));
	rmm->vmid_epoch = calloc(RMM_MAX_VMIDS, sizeof(*rmm->vmid_epoch));
	return rmm->vmid_map != NULL && rmm->vmid_epoch != NULL &&
	       pthread_mutex_init(&rmm->vmid_lock, NULL) == 0;
}

void vmid_destroy(struct rmm *rmm)
{
	if (rmm->vmid_map != NULL && rmm->vmid_epoch != NULL)
		pthread_mutex_destroy(&rmm->vmid_lock);
	free(rmm->vmid_map);
	free((void *)rmm->vmid_epoch);
}

uint32_t vmid_alloc(struct rmm *rmm)
{
	uint32_t vmid = 0;

	pthread_mutex_lock(&rmm->vmid_lock);
	for (uint32_t word = 0; word < WORDS && vmid == 0; word++) {
		/* VMID 0 stands for none. */
		uint64_t used = rmm->vmid_map[word] | (word == 0 ? 1 : 0);
		uint32_t bit;

		if (~used == 0)
			continue;
		bit = (uint32_t)__builtin_ctzll(~used);
		if (word * 64 + bit > rmm->config.num_vmids)
			break;
		vmid = word * 64 + bit;
		rmm->vmid_map[word] |= UINT64_C(1) << bit;
	}
	pthread_mutex_unlock(&rmm->vmid_lock);
	return vmid;
}

void vmid_free(struct rmm *rmm, uint32_t vmid)
{
	pthread_mutex_lock(&rmm->vmid_lock);
	rmm->vmid_map[vmid / 64] &= ~(UINT64_C(1) << vmid % 64);
	pthread_mutex_unlock(&rmm->vmid_lock);
}
