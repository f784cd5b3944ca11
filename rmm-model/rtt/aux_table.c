/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RMI_RTT_AUX_CREATE, RMI_RTT_AUX_DESTROY and RMI_RTT_AUX_FOLD (DEN0137 B4.5.57 to B4.5.59): as in
 * the primary tree, but for the errors, and for the entry that a destroyed RTT leaves.
 */
#include "core/rmm.h"
#include "rtt/aux.h"

typedef uint64_t table_fn(struct rmm_call *call, struct rd *rd, unsigned tree);

static uint64_t in_tree(struct rmm_call *call, uint64_t index, table_fn *command)
{
	/* rd_align, rd_bound, rd_state */
	uint64_t x0;
	struct rd *rd = rd_get(call->rmm, call->in[1], &x0);

	if (rd == NULL)
		return x0;
	x0 = rmi_result(RMI_ERROR_INPUT);
	/* index_bound */
	if (rtt_aux_index_is_valid(rd, index))
		x0 = command(call, rd, (unsigned)index);
	rd_unlock(call->rmm, rd);
	return x0;
}

uint64_t rmm_rtt_aux_create(struct rmm_call *call)
{
	return in_tree(call, call->in[5], rtt_create);
}

uint64_t rmm_rtt_aux_destroy(struct rmm_call *call)
{
	return in_tree(call, call->in[4], rtt_destroy);
}

uint64_t rmm_rtt_aux_fold(struct rmm_call *call)
{
	return in_tree(call, call->in[4], rtt_fold);
}
