/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of stateful operations: donation, reclaim, and the list that is kept in between. */
#ifndef LIBHOST_SRO_MEMORY_H
#define LIBHOST_SRO_MEMORY_H

#include "sro.h"

/*
 * Serves a donate request (RmiOpMemDonateReq). regs receives the answer of RMI_OP_MEM_DONATE.
 * Returns 0 when the call was made; -EINVAL the request makes no sense; -ENOMEM; -ENXIO.
 */
int host_sro_donate(struct host_thread *self, struct sro *sro, uint64_t handle, uint64_t request,
                    struct smccc_regs *regs);

/* Takes memory back into the list. regs receives the answer of RMI_OP_MEM_RECLAIM. Returns 0. */
int host_sro_reclaim(struct host_thread *self, struct sro *sro, uint64_t handle,
                     struct smccc_regs *regs);

/* Frees what is in the list. */
void host_sro_free_all(struct host_thread *self, struct sro *sro);

#endif
