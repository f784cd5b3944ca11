/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that are open when the call under test is made (DEN0137 B4.3.2). */
#ifndef CONFORMANCE_OP_H
#define CONFORMANCE_OP_H

#include "suite.h"

/** Keys of an RMM whose RMI_REC_CREATE wants pages, which RMI_REC_DESTROY gives back. */
#define OP_CONF        "rec_aux=8,donate=pages,donate_rounds=1"
/** The same in one run. */
#define OP_CONF_CONTIG "rec_aux=8,donate=contig,donate_rounds=1"

/**
 * Begins an RMI_REC_CREATE that waits for memory.
 * @param blocks that it must want at least
 * @param[out] req what it wants
 * @return the handle
 */
uint64_t op_wants_memory(struct world *w, uint64_t blocks, struct rmi_op_mem_donate_req *req);

/** Begins an RMI_REC_DESTROY that has memory to give back. @return the handle */
uint64_t op_gives_memory(struct world *w);

/** A handle, X1, whose operation is over. */
void op_spoil_complete(struct world *w);

/** A list, X2, that is not aligned. */
void op_spoil_list_align(struct world *w);

/** A list, X2, that is not the Host's. */
void op_spoil_list_pas(struct world *w);

/** Ends the test as failed unless a handle is good for nothing. */
void op_is_over(struct world *w, uint64_t handle);

#endif
