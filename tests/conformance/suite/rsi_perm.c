/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RSI_MEM_GET_PERM_VALUE, RSI_MEM_SET_PERM_INDEX and RSI_MEM_SET_PERM_VALUE (DEN0137 B5.4.10 to
 * B5.4.12, A10.3.2), in a Realm with two auxiliary planes and one tree of RTTs.
 */
#include "plane.h"
#include "spoil.h"

/* The overlay index that the Realm changes. */
#define INDEX       UINT64_C(3)
#define ASK_BASE(w) (4 * (w)->page)
#define ASK_TOP(w)  (8 * (w)->page)

static void realm(struct world *w)
{
	plane_realm(w);
	world_activate(w);
	world_ready(w, w->rec);
}

static uint64_t label_of(struct world *w, uint64_t plane, uint64_t index)
{
	struct smccc_regs regs = {.x = {SMC_RSI_MEM_GET_PERM_VALUE, plane, index}};

	world_equal(w, world_realm_call(w, w->rec, &regs), RSI_SUCCESS,
	            "X0 of RSI_MEM_GET_PERM_VALUE");
	return regs.x[1];
}

static void plane_bound(struct world *w)
{
	w->regs.x[1] = PLANE_COUNT + 1;
}

static void plane_zero(struct world *w)
{
	w->regs.x[1] = 0;
}

static void perm_bound(struct world *w)
{
	w->regs.x[2] = RMM_NUM_PERM_OVERLAY_INDICES;
}

/* RSI_MEM_GET_PERM_VALUE */

static void get_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_MEM_GET_PERM_VALUE, 0, INDEX);
}

static void get_n_base(struct world *w)
{
	get_base(w);
	w->regs.x[1] = PLANE_COUNT;
}

/* A10.3.2.2: at activation. */
static void is_everything(struct world *w)
{
	world_equal(w, w->regs.x[1], RSI_PERM_LABEL_RW_PUX, "value");
	for (uint64_t i = 0; i < RMM_NUM_PERM_OVERLAY_INDICES; i++)
		world_equal(w, label_of(w, 0, i), RSI_PERM_LABEL_RW_PUX, "value");
}

static void is_nothing(struct world *w)
{
	world_equal(w, w->regs.x[1], RSI_PERM_LABEL_NO_ACCESS, "value");
	for (uint64_t i = 0; i < RMM_NUM_PERM_OVERLAY_INDICES; i++)
		world_equal(w, label_of(w, 1, i), RSI_PERM_LABEL_NO_ACCESS, "value");
}

static const struct conformance_row get_rows[] = {
        FAILS(plane_bound, plane_bound),
        FAILS(perm_bound, perm_bound),
        HOLDS(label, is_everything),
        HOLDS(label, is_nothing, .base = get_n_base, .variant = "other_plane"),
        {0},
};

const struct conformance_command conformance_rsi_mem_get_perm_value = {
        .name = "RSI_MEM_GET_PERM_VALUE",
        .conf = PLANE_CONF,
        .base = get_base,
        .rows = get_rows,
};

/* RSI_MEM_SET_PERM_VALUE */

static void set_value_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_MEM_SET_PERM_VALUE, 1, INDEX, RSI_PERM_LABEL_RO_PUX);
}

static void locked(struct world *w)
{
	w->regs.x[2] = 0;
}

static void label_reserved(struct world *w)
{
	w->regs.x[3] = 1;
}

static void label_wide(struct world *w)
{
	w->regs.x[3] = 16;
}

static void has_label(struct world *w)
{
	for (uint64_t i = 0; i < RMM_NUM_PERM_OVERLAY_INDICES; i++)
		world_equal(w, label_of(w, 1, i),
		            i == INDEX ? RSI_PERM_LABEL_RO_PUX : RSI_PERM_LABEL_NO_ACCESS, "value");
	world_equal(w, label_of(w, 0, INDEX), RSI_PERM_LABEL_RW_PUX, "value for plane 0");
	world_equal(w, label_of(w, 2, INDEX), RSI_PERM_LABEL_NO_ACCESS, "value for plane 2");
}

static const struct conformance_row set_value_rows[] = {
        FAILS(plane_bound, plane_bound),  FAILS(plane_bound, plane_zero, .variant = "zero"),
        FAILS(perm_bound, perm_bound),    FAILS(locked, locked),
        FAILS(supported, label_reserved), FAILS(supported, label_wide, .variant = "wide"),
        HOLDS(label, has_label),          {0},
};

const struct conformance_command conformance_rsi_mem_set_perm_value = {
        .name = "RSI_MEM_SET_PERM_VALUE",
        .conf = PLANE_CONF,
        .base = set_value_base,
        .rows = set_value_rows,
};

/* RSI_MEM_SET_PERM_INDEX */

static void set_index_base(struct world *w)
{
	realm(w);
	w->on_exit = plane_grant_index;
	WORLD_CALL(w, SMC_RSI_MEM_SET_PERM_INDEX, ASK_BASE(w), ASK_TOP(w), INDEX, 0);
}

static void exit_is_told(struct world *w)
{
	const struct rmi_rec_exit *exit = &small_run(&w->realm)->exit;

	world_equal(w, exit->exit_reason, RMI_EXIT_S2AP_CHANGE, "exit_reason");
	world_equal(w, exit->s2ap_base, w->in.x[1], "s2ap_base");
	world_equal(w, exit->s2ap_top, w->in.x[2], "s2ap_top");
	plane_grant_index(w);
}

static void look_base(struct world *w)
{
	set_index_base(w);
	w->on_exit = exit_is_told;
}

static void reject(struct world *w)
{
	small_run(&w->realm)->enter.flags |= RMI_REC_ENTER_FLAGS_S2AP_RESPONSE;
}

static void reject_base(struct world *w)
{
	set_index_base(w);
	w->on_exit = reject;
}

static void grant_and_reject(struct world *w)
{
	plane_grant_index(w);
	reject(w);
}

static void reject_done_base(struct world *w)
{
	set_index_base(w);
	w->on_exit = grant_and_reject;
}

static void base_align(struct world *w)
{
	w->regs.x[1] += RSI_GRANULE_SIZE / 2;
}

static void top_align(struct world *w)
{
	w->regs.x[2] += RSI_GRANULE_SIZE / 2;
}

static void size_valid(struct world *w)
{
	w->regs.x[2] = w->regs.x[1];
}

static void rgn_bound(struct world *w)
{
	w->regs.x[2] = WORLD_UNPROT(w) + RSI_GRANULE_SIZE;
}

static void index_bound(struct world *w)
{
	w->regs.x[3] = RMM_NUM_PERM_OVERLAY_INDICES;
}

static void bad_handle(struct world *w)
{
	w->regs.x[4] = UINT64_C(0x5a5a5a5a);
}

static void is_locked(struct world *w)
{
	world_equal(w, WORLD_REALM_CALL(w, SMC_RSI_MEM_SET_PERM_VALUE, 1, INDEX, RSI_PERM_LABEL_RO),
	            RSI_ERROR_INPUT, "X0 of RSI_MEM_SET_PERM_VALUE");
	world_equal(
	        w, WORLD_REALM_CALL(w, SMC_RSI_MEM_SET_PERM_VALUE, 1, INDEX + 1, RSI_PERM_LABEL_RO),
	        RSI_SUCCESS, "X0 of RSI_MEM_SET_PERM_VALUE of another index");
}

static void is_all_done(struct world *w)
{
	world_equal(w, w->regs.x[1], w->in.x[2], "new_base");
}

static void is_not_begun(struct world *w)
{
	world_equal(w, w->regs.x[1], w->in.x[1], "new_base");
}

static void is_accepted(struct world *w)
{
	world_equal(w, w->regs.x[2], RSI_RESPONSE_ACCEPT, "response");
}

static void is_rejected(struct world *w)
{
	world_equal(w, w->regs.x[2], RSI_RESPONSE_REJECT, "response");
}

/* A10.3.2.3: a shared tree needs none. */
static void handle_is_zero(struct world *w)
{
	world_equal(w, w->regs.x[3], 0, "new_handle");
}

static const struct conformance_row set_index_rows[] = {
        FAILS(base_align, base_align),
        FAILS(top_align, top_align),
        FAILS(size_valid, size_valid),
        FAILS(rgn_bound, rgn_bound),
        FAILS(perm_bound, index_bound),
        FAILS(handle, bad_handle),
        HOLDS(locked, is_locked),
        HOLDS(new_base, is_all_done),
        HOLDS(new_base, is_all_done, .base = look_base, .variant = "exit"),
        HOLDS(new_base, is_not_begun, .base = reject_base, .variant = "reject"),
        HOLDS(response, is_accepted),
        HOLDS(response, is_rejected, .base = reject_base, .variant = "reject"),
        HOLDS(response, is_accepted, .base = reject_done_base, .variant = "reject_done"),
        HOLDS(new_handle, handle_is_zero),
        {0},
};

const struct conformance_command conformance_rsi_mem_set_perm_index = {
        .name = "RSI_MEM_SET_PERM_INDEX",
        .conf = PLANE_CONF,
        .base = set_index_base,
        .rows = set_index_rows,
};
