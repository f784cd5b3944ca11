/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_REALM_ACTIVATE, _TERMINATE and _DESTROY (DEN0137 B4.5.45, B4.5.48, B4.5.47). */
#include "spoil.h"

static void result(struct world *w)
{
	world_equal(w, w->regs.x[0], RMI_SUCCESS, "X0");
}

/* A Realm without any table or REC. */
static void bare_realm(struct world *w, struct small_realm *r)
{
	world_must(w, small_realm_create(r, RMI_HASH_SHA_256), "RMI_REALM_CREATE");
}

static void terminate(struct world *w, const struct small_realm *r)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_TERMINATE, r->rd), "RMI_REALM_TERMINATE");
}

/* Activate. Notes: [0] a REC. */
static void activate_base(struct world *w)
{
	world_realm(w);
	world_load(w);
	w->note[0] = WORLD_REC(w, GUEST_TELL);
	WORLD_CALL(w, SMC_RMI_REALM_ACTIVATE, w->realm.rd);
}

static void realm_not_new(struct world *w)
{
	world_activate(w);
}

/* A Realm that is not active runs nothing. */
static void is_active(struct world *w)
{
	world_tell(w, w->note[0]);
}

static const struct conformance_row activate_rows[] = {
        FAILS(rd_align, spoil_rd_align), FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state), FAILS(realm_state, realm_not_new),
        HOLDS(realm_state, is_active),   {0},
};

const struct conformance_command conformance_realm_activate = {
        .name = "RMI_REALM_ACTIVATE",
        .base = activate_base,
        .rows = activate_rows,
};

/* Terminate. Notes: [0] a REC that can run for long. */
static void terminate_base(struct world *w)
{
	world_realm(w);
	world_load(w);
	w->note[0] = WORLD_REC(w, GUEST_SPIN, 1, WORLD_UNPROT(w));
	world_activate(w);
	WORLD_CALL(w, SMC_RMI_REALM_TERMINATE, w->realm.rd);
}

static void terminate_bare_base(struct world *w)
{
	bare_realm(w, &w->realm);
	WORLD_CALL(w, SMC_RMI_REALM_TERMINATE, w->realm.rd);
}

static void rec_running(struct world *w)
{
	world_run(w, w->note[0]);
}

/* Only REALM_NEW can be activated, and only REALM_ZOMBIE can be destroyed. */
static void is_zombie(struct world *w)
{
	world_equal(w, WORLD_DO(w, SMC_RMI_REALM_ACTIVATE, w->realm.rd),
	            rmi_result(RMI_ERROR_REALM), "X0 of RMI_REALM_ACTIVATE");
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_DESTROY, w->realm.rd), "RMI_REALM_DESTROY");
}

static const struct conformance_row terminate_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_tracking, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(rec_running, rec_running),
        HOLDS(realm_state, is_zombie, .base = terminate_bare_base),
        HOLDS(result, result),
        {0},
};

const struct conformance_command conformance_realm_terminate = {
        .name = "RMI_REALM_TERMINATE",
        .base = terminate_base,
        .rows = terminate_rows,
};

/* Destroy. */
static void destroy_base(struct world *w)
{
	bare_realm(w, &w->realm);
	terminate(w, &w->realm);
	WORLD_CALL(w, SMC_RMI_REALM_DESTROY, w->realm.rd);
}

/* There is another Realm. Notes: [0] Realms before the call. */
static void destroy_counted_base(struct world *w)
{
	world_other_realm(w);
	destroy_base(w);
	w->note[0] = world_num_realms(w);
}

/* Another Realm, which nobody has terminated. */
static void realm_no_zombie(struct world *w)
{
	bare_realm(w, &w->other);
	w->regs.x[1] = w->other.rd;
}

/* Another Realm, whose starting-level RTT leads to another RTT. */
static void realm_live(struct world *w)
{
	world_other_realm(w);
	terminate(w, &w->other);
	w->regs.x[1] = w->other.rd;
}

static void is_not_counted(struct world *w)
{
	world_equal(w, world_num_realms(w), w->note[0] - 1, "num_realms");
}

static void root_is_delegated(struct world *w)
{
	world_in_state(w, w->realm.rtt, "GRAN_DELEGATED");
}

static void rd_is_delegated(struct world *w)
{
	world_in_state(w, w->realm.rd, "GRAN_DELEGATED");
}

static const struct conformance_row destroy_rows[] = {
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_tracking, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(realm_state, realm_no_zombie),
        FAILS(realm_live, realm_live),
        NEVER_FAILS(cmem_mec_refresh, "it needs CMEM, which is device assignment"),
        HOLDS(result, result),
        HOLDS(num_realms, is_not_counted, .base = destroy_counted_base, .conf = WORLD_INSIDE),
        HOLDS(rtt_state, root_is_delegated),
        HOLDS(rd_state, rd_is_delegated),
        {0},
};

const struct conformance_command conformance_realm_destroy = {
        .name = "RMI_REALM_DESTROY",
        .base = destroy_base,
        .rows = destroy_rows,
};
