/* SPDX-License-Identifier: BSD-3-Clause */
#include "plane.h"

void plane_realm(struct world *w)
{
	w->realm.aux_planes = PLANE_COUNT;
	w->realm.flags1 = RMI_REALM_FLAGS1_RTT_S2AP_ENCODING;
	world_realm(w);
	world_load(w);
	world_server(w);
}

void plane_grant_index(struct world *w)
{
	const struct rmi_rec_exit *exit = &small_run(&w->realm)->exit;
	uint64_t base = exit->s2ap_base;
	uint64_t top = exit->s2ap_top;

	world_equal(w, exit->exit_reason, RMI_EXIT_S2AP_CHANGE, "exit_reason");
	while (base < top) {
		struct smccc_regs regs = {
		        .x = {SMC_RMI_RTT_SET_S2AP, w->realm.rd, w->rec, base, top}};

		world_must(w, world_do(w, &regs), "RMI_RTT_SET_S2AP");
		base = regs.x[1];
	}
}
