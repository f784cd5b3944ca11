/* SPDX-License-Identifier: BSD-3-Clause */
/* VMIDs: the RMM chooses one for each realm. They tell whose a cached translation is. */
#ifndef RMM_REALM_VMID_H
#define RMM_REALM_VMID_H

#include <stdbool.h>
#include <stdint.h>

struct rmm;

bool vmid_init(struct rmm *rmm);
void vmid_destroy(struct rmm *rmm);

/** Takes the lowest free VMID, 1..config.num_vmids. @return 0 when all are in use */
uint32_t vmid_alloc(struct rmm *rmm);
void vmid_free(struct rmm *rmm, uint32_t vmid);

#endif
