/* SPDX-License-Identifier: BSD-3-Clause */
/* RSI_IPA_STATE_GET, RSI_IPA_STATE_SET and RSI_HOST_CALL (DEN0137 B5.4.5 to B5.4.7). */
#include "spoil.h"

/* Pages that the Realm asks for: EMPTY, but for IPA_STATE_GET's. */
#define ASK_BASE(w) (4 * (w)->page)
#define ASK_TOP(w)  (8 * (w)->page)

static void realm(struct world *w)
{
	world_realm(w);
	world_load(w);
	world_server(w);
	world_activate(w);
	world_ready(w, w->rec);
}

/* The Host grants what the Realm asks for. */
static void grant(struct world *w)
{
	world_must(w, small_set_ripas(&w->realm, 0), "RMI_RTT_SET_RIPAS");
}

/* X1 and X2, a range. */

static void base_align(struct world *w)
{
	w->regs.x[1] += 0x800;
}

static void top_align(struct world *w)
{
	w->regs.x[2] += 0x800;
}

static void size_valid(struct world *w)
{
	w->regs.x[2] = w->regs.x[1];
}

static void rgn_bound(struct world *w)
{
	w->regs.x[2] = WORLD_UNPROT(w) + RSI_GRANULE_SIZE;
}

/* RSI_IPA_STATE_SET */

static void set_base(struct world *w)
{
	realm(w);
	w->on_exit = grant;
	WORLD_CALL(w, SMC_RSI_IPA_STATE_SET, ASK_BASE(w), ASK_TOP(w), RSI_RIPAS_RAM);
}

/* The Host looks at what is asked for. */
static void exit_is_told(struct world *w)
{
	const struct rmi_rec_exit *exit = &small_run(&w->realm)->exit;

	world_equal(w, exit->exit_reason, RMI_EXIT_RIPAS_CHANGE, "exit_reason");
	world_equal(w, exit->ripas_base, w->in.x[1], "ripas_base");
	world_equal(w, exit->ripas_top, w->in.x[2], "ripas_top");
	world_equal(w, exit->ripas_value, RMI_RIPAS_RAM, "ripas_value");
	grant(w);
}

static void look_base(struct world *w)
{
	set_base(w);
	w->on_exit = exit_is_told;
}

/* The Host does half of it. */
static void grant_half(struct world *w)
{
	uint64_t base = small_run(&w->realm)->exit.ripas_base;

	world_must(w, WORLD_DO(w, SMC_RMI_RTT_SET_RIPAS, w->realm.rd, w->rec, base, base + w->page),
	           "RMI_RTT_SET_RIPAS");
}

static void half_base(struct world *w)
{
	set_base(w);
	w->on_exit = grant_half;
}

/* The Host refuses the rest. */
static void reject(struct world *w)
{
	small_run(&w->realm)->enter.flags |= RMI_REC_ENTER_FLAGS_RIPAS_RESPONSE;
}

static void reject_base(struct world *w)
{
	set_base(w);
	w->on_exit = reject;
}

/* It cannot refuse what is EMPTY. */
static void reject_empty_base(struct world *w)
{
	reject_base(w);
	w->regs.x[3] = RSI_RIPAS_EMPTY;
}

static void reject_done(struct world *w)
{
	grant(w);
	reject(w);
}

static void reject_done_base(struct world *w)
{
	set_base(w);
	w->on_exit = reject_done;
}

static void ripas_destroyed(struct world *w)
{
	w->regs.x[3] = RSI_RIPAS_DESTROYED;
}

static void ripas_dev(struct world *w)
{
	w->regs.x[3] = RSI_RIPAS_DEV;
}

static void ripas_unknown(struct world *w)
{
	w->regs.x[3] = 0xff;
}

static uint64_t ripas_of(struct world *w, uint64_t ipa)
{
	struct smccc_regs regs = {.x = {SMC_RSI_IPA_STATE_GET, ipa, ipa + RSI_GRANULE_SIZE}};

	world_equal(w, world_realm_call(w, w->rec, &regs), RSI_SUCCESS, "X0 of RSI_IPA_STATE_GET");
	return regs.x[2];
}

static void is_ram(struct world *w)
{
	for (uint64_t ipa = w->in.x[1]; ipa < w->in.x[2]; ipa += RSI_GRANULE_SIZE)
		world_equal(w, ripas_of(w, ipa), RSI_RIPAS_RAM, "RIPAS");
	world_equal(w, ripas_of(w, w->in.x[2]), RSI_RIPAS_EMPTY, "RIPAS behind the range");
}

static void is_all_done(struct world *w)
{
	world_equal(w, w->regs.x[1], w->in.x[2], "new_base");
}

static void is_partly_done(struct world *w)
{
	world_equal(w, w->regs.x[1], w->in.x[1] + w->page, "new_base");
	world_equal(w, ripas_of(w, w->in.x[1]), RSI_RIPAS_RAM, "RIPAS below new_base");
	world_equal(w, ripas_of(w, w->regs.x[1]), RSI_RIPAS_EMPTY, "RIPAS at new_base");
}

static void is_accepted(struct world *w)
{
	world_equal(w, w->regs.x[2], RSI_RESPONSE_ACCEPT, "response");
}

static void is_rejected(struct world *w)
{
	world_equal(w, w->regs.x[2], RSI_RESPONSE_REJECT, "response");
	world_equal(w, w->regs.x[1], w->in.x[1], "new_base");
}

static const struct conformance_row set_rows[] = {
        FAILS(base_align, base_align),
        FAILS(top_align, top_align),
        FAILS(size_valid, size_valid),
        FAILS(rgn_bound, rgn_bound),
        FAILS(ripas_valid, ripas_destroyed),
        FAILS(ripas_valid, ripas_dev, .variant = "dev"),
        FAILS(ripas_valid, ripas_unknown, .variant = "unknown"),
        HOLDS(ripas, is_ram),
        HOLDS(ripas, is_ram, .base = look_base, .variant = "exit"),
        HOLDS(new_base, is_all_done),
        HOLDS(new_base, is_partly_done, .base = half_base, .variant = "part"),
        HOLDS(response, is_accepted),
        HOLDS(response, is_accepted, .base = half_base, .variant = "part"),
        HOLDS(response, is_rejected, .base = reject_base, .variant = "reject"),
        HOLDS(response, is_accepted, .base = reject_empty_base, .variant = "reject_empty"),
        HOLDS(response, is_accepted, .base = reject_done_base, .variant = "reject_done"),
        {0},
};

const struct conformance_command conformance_rsi_ipa_state_set = {
        .name = "RSI_IPA_STATE_SET",
        .base = set_base,
        .rows = set_rows,
};

/* RSI_IPA_STATE_GET: two pages are RAM, what follows is EMPTY, and one page is DESTROYED. */

static void get_base(struct world *w)
{
	uint64_t lost = ASK_BASE(w);

	world_realm(w);
	world_load(w);
	world_must(w, small_init_ripas(&w->realm, lost, lost + w->page), "RMI_RTT_INIT_RIPAS");
	world_map(w, lost);
	world_must(w, WORLD_DO(w, SMC_RMI_RTT_DATA_UNMAP, w->realm.rd, lost, lost + w->page),
	           "RMI_RTT_DATA_UNMAP");
	world_server(w);
	world_activate(w);
	world_ready(w, w->rec);
	WORLD_CALL(w, SMC_RSI_IPA_STATE_GET, 0, ASK_TOP(w));
}

static void get_empty_base(struct world *w)
{
	get_base(w);
	w->regs.x[1] = 2 * w->page;
}

static void get_destroyed_base(struct world *w)
{
	get_base(w);
	w->regs.x[1] = ASK_BASE(w);
}

static void get_short_base(struct world *w)
{
	get_base(w);
	w->regs.x[2] = w->page;
}

static void expect_state(struct world *w, uint64_t out_top, enum rsi_ripas ripas)
{
	world_equal(w, w->regs.x[1], out_top, "out_top");
	world_equal(w, w->regs.x[2], ripas, "ripas");
}

static void tells_ram(struct world *w)
{
	expect_state(w, 2 * w->page, RSI_RIPAS_RAM);
}

static void tells_empty(struct world *w)
{
	expect_state(w, ASK_BASE(w), RSI_RIPAS_EMPTY);
}

static void tells_destroyed(struct world *w)
{
	expect_state(w, ASK_BASE(w) + w->page, RSI_RIPAS_DESTROYED);
}

static void ends_with_the_range(struct world *w)
{
	expect_state(w, w->page, RSI_RIPAS_RAM);
}

static const struct conformance_row get_rows[] = {
        FAILS(base_align, base_align),
        FAILS(end_align, top_align),
        FAILS(size_valid, size_valid),
        FAILS(rgn_bound, rgn_bound),
        HOLDS(ripas, tells_ram),
        HOLDS(ripas, tells_empty, .base = get_empty_base, .variant = "empty"),
        HOLDS(ripas, tells_destroyed, .base = get_destroyed_base, .variant = "destroyed"),
        HOLDS(ripas, ends_with_the_range, .base = get_short_base, .variant = "top"),
        {0},
};

const struct conformance_command conformance_rsi_ipa_state_get = {
        .name = "RSI_IPA_STATE_GET",
        .base = get_base,
        .rows = get_rows,
};

/* RSI_HOST_CALL */

#define IMM       UINT64_C(0x1234)
#define GPR(i)    (UINT64_C(0x5500) + (i))
#define ANSWER(i) (UINT64_C(0xaa00) + (i))

static uint64_t gpr_ipa(struct world *w, unsigned i)
{
	return WORLD_RAM_IPA(w) + offsetof(struct rsi_host_call, gprs) + 8 * (uint64_t)i;
}

/* The Host sees the structure, and answers. */
static void answer_call(struct world *w)
{
	struct rmi_rec_run *run = small_run(&w->realm);

	world_equal(w, run->exit.exit_reason, RMI_EXIT_HOST_CALL, "exit_reason");
	world_equal(w, run->exit.imm, IMM, "imm");
	world_equal(w, run->exit.plane, 0, "plane");
	for (unsigned i = 0; i < RMI_REC_RUN_NR_GPRS; i++) {
		world_equal(w, run->exit.gprs[i], GPR(i), "a register of the call");
		run->enter.gprs[i] = ANSWER(i);
	}
	w->note[0]++;
}

/* Notes: [0] how often the Host was called. */
static void host_call_base(struct world *w)
{
	realm(w);
	world_poke(w, WORLD_RAM_IPA(w), IMM);
	for (unsigned i = 0; i < RMI_REC_RUN_NR_GPRS; i++)
		world_poke(w, gpr_ipa(w, i), GPR(i));
	w->on_exit = answer_call;
	WORLD_CALL(w, SMC_RSI_HOST_CALL, WORLD_RAM_IPA(w));
}

static void call_align(struct world *w)
{
	w->regs.x[1] += RSI_HOST_CALL_SIZE / 2;
}

static void is_answered(struct world *w)
{
	world_equal(w, w->note[0], 1, "the number of exits");
	for (unsigned i = 0; i < RMI_REC_RUN_NR_GPRS; i++)
		world_equal(w, world_peek(w, gpr_ipa(w, i)), ANSWER(i), "a register of the answer");
}

static const struct conformance_row host_call_rows[] = {
        FAILS(addr_align, call_align),
        FAILS(addr_bound, spoil_rsi_bound),
        FAILS(addr_empty, spoil_rsi_empty),
        {0},
};

const struct conformance_command conformance_rsi_host_call = {
        .name = "RSI_HOST_CALL",
        .base = host_call_base,
        .ok = is_answered,
        .rows = host_call_rows,
};
