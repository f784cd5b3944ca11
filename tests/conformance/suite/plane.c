/* SPDX-License-Identifier: BSD-3-Clause */
#include "plane.h"

/* Words of one piece of code. */
#define CODE_WORDS 4
#define HVC        UINT32_C(0xd4000002)

static const uint32_t programs[][CODE_WORDS] = {
        [PLANE_HVC] = {HVC},
        [PLANE_SMC] = {UINT32_C(0xd4000003), HVC},
        [PLANE_WFI] = {UINT32_C(0xd503207f), HVC},
        [PLANE_LOAD] = {UINT32_C(0xf9400020), HVC},
        [PLANE_STORE] = {UINT32_C(0xf9000020), HVC},
        [PLANE_FETCH] = {UINT32_C(0xd63f0020), HVC},
        [PLANE_LOAD_PAIR] = {UINT32_C(0xa9400820), HVC},
        [PLANE_STORE_PAIR] = {UINT32_C(0xa9000020), HVC},
};

static uint64_t code_page(const struct world *w)
{
	return 2 * w->page;
}

uint64_t plane_run_ipa(const struct world *w)
{
	return WORLD_RAM_IPA(w);
}

uint64_t plane_code_ipa(const struct world *w, enum plane_code code)
{
	return code_page(w) + sizeof(programs[0]) * (uint64_t)code;
}

void plane_realm(struct world *w)
{
	uint32_t *content;

	w->realm.aux_planes = PLANE_COUNT;
	w->realm.flags1 = RMI_REALM_FLAGS1_RTT_S2AP_ENCODING;
	world_realm(w);
	world_load(w);
	content = world_va(w, world_page(w));
	memcpy(content, programs, sizeof(programs));
	world_must(w, small_map_init(&w->realm, code_page(w), content, 0), "RMI_RTT_DATA_MAP_INIT");
	world_server(w);
}

void plane_poke_enter(struct world *w, size_t offset, uint64_t value)
{
	world_poke(w, plane_run_ipa(w) + offsetof(struct rsi_plane_run, enter) + offset, value);
}

uint64_t plane_peek_exit(struct world *w, size_t offset)
{
	return world_peek(w, plane_run_ipa(w) + offsetof(struct rsi_plane_run, exit) + offset);
}

void plane_permit(struct world *w, uint64_t ipa)
{
	uint64_t top = ipa + w->page;

	while (ipa < top) {
		struct smccc_regs regs = {
		        .x = {SMC_RSI_MEM_SET_PERM_INDEX, ipa, top, PLANE_INDEX, 0}};

		world_expect(w, !world_ask(w, w->rec, &regs), "RSI_MEM_SET_PERM_INDEX fails");
		plane_grant_index(w);
		world_expect(w, world_go_on(w, w->rec, &regs), "the REC leaves again");
		world_equal(w, regs.x[0], RSI_SUCCESS, "X0 of RSI_MEM_SET_PERM_INDEX");
		ipa = regs.x[1];
	}
}

void plane_begin(struct world *w, enum plane_code code)
{
	world_activate(w);
	world_ready(w, w->rec);
	world_equal(w,
	            WORLD_REALM_CALL(w, SMC_RSI_MEM_SET_PERM_VALUE, 1, PLANE_INDEX,
	                             RSI_PERM_LABEL_RW_PUX),
	            RSI_SUCCESS, "X0 of RSI_MEM_SET_PERM_VALUE");
	plane_permit(w, code_page(w));
	plane_poke_enter(w, offsetof(struct rsi_plane_enter, pc), plane_code_ipa(w, code));
	/* EL1h, interrupts masked. */
	plane_poke_enter(w, offsetof(struct rsi_plane_enter, pstate), 0x3c5);
	plane_poke_enter(w, offsetof(struct rsi_plane_enter, elr_el1), PLANE_ELR);
	for (unsigned i = 0; i < RMI_REC_RUN_NR_GPRS; i++)
		plane_poke_enter(w, offsetof(struct rsi_plane_enter, gprs) + 8 * (size_t)i,
		                 PLANE_GPR(i));
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
