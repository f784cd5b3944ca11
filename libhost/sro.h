/* SPDX-License-Identifier: BSD-3-Clause */
/* Stateful RMI operations (DEN0137 B4.3.2). */
#ifndef LIBHOST_SRO_H
#define LIBHOST_SRO_H

#include "internal.h"

/* Descriptors that a context holds. */
#define SRO_MAX_DESCS 256u

/*
 * Context of the operations on one object that transfer memory. Made together with the object, so
 * that nothing has to be allocated to destroy it. One operation at a time.
 */
struct sro {
	pa_t list_pa;   /* The list, in ordinary memory: the RMM reads and writes it. */
	uint64_t *list; /* Descriptors of memory that the host may hand over. */
	unsigned count;
	uint32_t realm; /* Whom memory is taken for. */
};

/* Returns 0 or -ENOMEM. */
int host_sro_init(struct host_thread *self, struct sro *sro, uint32_t realm);
void host_sro_fini(struct host_thread *self, struct sro *sro);

/*
 * Calls a command and drives its operation to the end; for commands that transfer no memory.
 * Returns X0; regs holds the outputs of the command. An operation that cannot be finished leaves
 * RMI_BLOCKED.
 */
uint64_t host_sro_call(struct host_thread *self, struct smccc_regs *regs);

/*
 * host_sro_call() for a command that may ask for memory or return some. Returns 0 with the final
 * status in X0, or a negative errno value: -ECANCELED the operation was cancelled, since there was
 * no memory or the RMM asked for nonsense; -EBUSY it could not be finished.
 */
int host_sro_call_memory(struct host_thread *self, struct sro *sro, struct smccc_regs *regs);

#endif
