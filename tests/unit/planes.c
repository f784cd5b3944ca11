/* SPDX-License-Identifier: BSD-3-Clause */
/* Planes (DEN0137 A10): plane 0 and plane 1 are scripts, or plane 1 is code. */
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>
#include <rmm/sysreg.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define WINDOW      (UINT64_C(16) << 20)
#define PAGE        SMALL_PAGE_SIZE
#define TREES       RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE
#define INDIRECT    RMI_REALM_FLAGS1_RTT_S2AP_ENCODING

/* IPAs. Plane 1 may use DATA and CODE once plane 0 has given them overlay index 1. */
#define P0_PC       UINT64_C(0x100000)
#define PN_PC       UINT64_C(0x101000)
#define RUN         UINT64_C(0)
#define CALL        (1 * PAGE) /* RsiHostCall of plane 1. */
#define DATA        (2 * PAGE)
#define CODE        (3 * PAGE)
#define HOLE        (4 * PAGE) /* RAM that is not mapped. */
#define EMPTY       (5 * PAGE)

#define EC_WFX      0x01
#define EC_FP       0x07
#define EC_HVC      0x16
#define EC_SMC      0x17
#define EC_IABT     0x20
#define EC_DABT     0x24
#define EC_BRK      0x3c
#define FSC_SEA     0x10
#define FSC_PERM_3  0x0f
#define FSC_TRANS_3 0x07
#define LR_PENDING  (UINT64_C(1) << 62)

#define RUN_ENTER(m)                                                                               \
	(RUN + offsetof(struct rsi_plane_run, enter) + offsetof(struct rsi_plane_enter, m))
#define RUN_EXIT(m)                                                                                \
	(RUN + offsetof(struct rsi_plane_run, exit) + offsetof(struct rsi_plane_exit, m))

/* A Realm with one auxiliary plane, and what the test has plane 0 and plane 1 do. */
struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm realm;
	void (*p0)(struct guest *g, struct fixture *f);
	void (*pn)(struct guest *g, struct fixture *f);
	uint64_t seen[16]; /**< What plane 0 has seen. */
	struct rsi_plane_exit out;
};

/* Plane 0's part. */

static void p0_main(struct guest *g, void *arg)
{
	struct fixture *f = arg;

	f->p0(g, f);
}

static void pn_main(struct guest *g, void *arg)
{
	struct fixture *f = arg;

	f->pn(g, f);
	for (;;)
		guest_hvc(g);
}

/* Enters plane 1 and reads RsiPlaneExit. @return X0 */
static uint64_t enter(struct guest *g, struct fixture *f, uint64_t pc, uint64_t flags)
{
	uint8_t *out = (uint8_t *)&f->out;
	uint64_t x0;

	guest_store64(g, RUN_ENTER(flags), flags);
	guest_store64(g, RUN_ENTER(pc), pc);
	guest_store64(g, RUN_ENTER(pstate), GUEST_PSTATE_RESET);
	x0 = rsi_plane_enter(g, 1, RUN);
	for (uint64_t at = 0; at < sizeof(f->out); at += 8) {
		uint64_t word = guest_load64(g, RUN + offsetof(struct rsi_plane_run, exit) + at);

		memcpy(out + at, &word, sizeof(word));
	}
	return x0;
}

/* Goes on where plane 1 was, behind the instruction or at it. */
static uint64_t go_on(struct guest *g, struct fixture *f, bool behind, uint64_t x0)
{
	for (unsigned i = 0; i < 31; i++)
		guest_store64(g, RUN_ENTER(gprs) + 8 * (uint64_t)i, f->out.gprs[i]);
	guest_store64(g, RUN_ENTER(gprs), x0);
	return enter(g, f, f->out.pc + (behind ? 4 : 0), guest_load64(g, RUN_ENTER(flags)));
}

/* Lets plane 1 use its pages. */
static void permit(struct guest *g, uint64_t label)
{
	uint64_t base = CALL;
	uint64_t response;
	uint64_t handle = 0;

	assert_int_equal(rsi_mem_set_perm_value(g, 1, 1, label), RSI_SUCCESS);
	while (base < HOLE + PAGE)
		assert_int_equal(rsi_mem_set_perm_index(g, base, HOLE + PAGE, 1, handle, &base,
		                                        &response, &handle),
		                 RSI_SUCCESS);
}

/* The Host's part. */

static struct fixture open_realm(uint64_t flags1)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open("model:planes=1", &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, f.pe, rmi_memory(f.rmi).base, WINDOW);
	f.realm.aux_planes = 1;
	f.realm.flags1 = flags1;
	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(small_init_ripas(&f.realm, 0, HOLE + PAGE), 0);
	return f;
}

/* The pages of the planes; CODE holds what plane 1 runs if it is no script. */
static void load(struct fixture *f, const uint32_t *code, size_t size)
{
	uint8_t page[PAGE] = {0};

	if (size != 0)
		memcpy(page, code, size);
	for (uint64_t ipa = RUN; ipa < CODE; ipa += PAGE)
		assert_int_equal(small_map(&f->realm, ipa), 0);
	assert_int_equal(small_map_init(&f->realm, CODE, page, 0), 0);
}

static const struct rmi_rec_exit *exit_of(const struct fixture *f)
{
	return &small_run(&f->realm)->exit;
}

static void grant_s2ap(struct fixture *f)
{
	uint64_t base = exit_of(f)->s2ap_base;
	uint64_t tree;

	while (base < exit_of(f)->s2ap_top)
		assert_int_equal(rmi_rtt_set_s2ap(f->pe, f->realm.rd, f->realm.recs[0], base,
		                                  exit_of(f)->s2ap_top, &base, &tree, NULL),
		                 RMI_SUCCESS);
}

/* Enters the REC until it leaves for something else than a change of S2AP. */
static const struct rmi_rec_exit *run(struct fixture *f)
{
	assert_int_equal(small_enter(&f->realm, 0), RMI_SUCCESS);
	while (exit_of(f)->exit_reason == RMI_EXIT_S2AP_CHANGE) {
		grant_s2ap(f);
		assert_int_equal(small_enter(&f->realm, 0), RMI_SUCCESS);
	}
	return exit_of(f);
}

static void start(struct fixture *f)
{
	struct rmm *model = rmi_model(f->rmi);

	assert_true(rmm_script(model, P0_PC, p0_main, f));
	if (f->pn != NULL)
		assert_true(rmm_script(model, PN_PC, pn_main, f));
	assert_int_equal(small_rec(&f->realm, P0_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f->realm), 0);
}

/* Runs the Realm until it is off. */
static void run_to_end(struct fixture *f)
{
	assert_int_equal(run(f)->exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(exit_of(f)->gprs[0], SMC32_PSCI_SYSTEM_OFF);
}

static void close_rmm(struct fixture *f)
{
	struct rmi_error err;

	if (!rmm_check(rmi_model(f->rmi), &err))
		fail_msg("%s", err.text);
	rmi_close(f->rmi);
}

static unsigned ec(const struct fixture *f)
{
	return (unsigned)(f->out.esr_el2 >> 26);
}

/* Tests. */

static void pn_calls(struct guest *g, struct fixture *f)
{
	struct smccc_regs regs = {{SMC_RSI_VERSION, 0x1111}};

	f->seen[0] = guest_smc(g, &regs);
	guest_hvc(g);
}

static void p0_answers(struct guest *g, struct fixture *f)
{
	assert_int_equal(enter(g, f, PN_PC, 0), RSI_SUCCESS);
	assert_int_equal(f->out.reason, RSI_EXIT_SYNC);
	assert_int_equal(ec(f), EC_SMC);
	assert_int_equal(f->out.gprs[0], SMC_RSI_VERSION);
	assert_int_equal(f->out.gprs[1], 0x1111);
	assert_int_equal(f->out.pc, PN_PC);
	assert_int_equal(f->out.pstate, GUEST_PSTATE_RESET);
	assert_int_equal(go_on(g, f, true, 0x2222), RSI_SUCCESS);
	f->seen[1] = ec(f);
	f->seen[2] = f->out.pc;
}

static void smc_and_hvc_of_a_plane_are_told_to_plane_0(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_answers;
	f.pn = pn_calls;
	load(&f, NULL, 0);
	start(&f);
	run_to_end(&f);
	assert_int_equal(f.seen[0], 0x2222);
	assert_int_equal(f.seen[1], EC_HVC);
	/* ELR_EL2 is behind an HVC. */
	assert_int_equal(f.seen[2], PN_PC + 8);
	close_rmm(&f);
}

static void pn_accesses(struct guest *g, struct fixture *f)
{
	f->seen[0] = guest_load64(g, DATA + 8);
	guest_store64(g, DATA + 8, 5);
	f->seen[1] = guest_load64(g, EMPTY);
	f->seen[2] = guest_load64(g, DATA + 8);
}

static void expect_abort(struct fixture *f, unsigned fsc, uint64_t ipa)
{
	assert_int_equal(f->out.reason, RSI_EXIT_SYNC);
	assert_int_equal(ec(f), EC_DABT);
	assert_int_equal(f->out.esr_el2 & 0x3f, fsc);
	assert_int_equal(f->out.far_el2, ipa);
	assert_int_equal(f->out.hpfar_el2, ipa >> 12 << 4);
}

static void p0_permits(struct guest *g, struct fixture *f)
{
	guest_store64(g, DATA + 8, 3);
	assert_int_equal(enter(g, f, PN_PC, 0), RSI_SUCCESS);
	expect_abort(f, FSC_PERM_3, DATA + 8);
	permit(g, RSI_PERM_LABEL_RO);
	/* The load is made again; the store is not permitted, and plane 0 makes it instead. */
	assert_int_equal(go_on(g, f, false, 0), RSI_SUCCESS);
	expect_abort(f, FSC_PERM_3, DATA + 8);
	guest_store64(g, DATA + 8, 4);
	assert_int_equal(go_on(g, f, true, 0), RSI_SUCCESS);
	expect_abort(f, FSC_TRANS_3, EMPTY);
	/* Plane 0 answers the load. */
	assert_int_equal(go_on(g, f, true, 0x77), RSI_SUCCESS);
	assert_int_equal(ec(f), EC_HVC);
}

static void planes_access_what_plane_0_permits(uint64_t flags1)
{
	struct fixture f = open_realm(flags1);

	f.p0 = p0_permits;
	f.pn = pn_accesses;
	load(&f, NULL, 0);
	start(&f);
	run_to_end(&f);
	assert_int_equal(f.seen[0], 3);
	assert_int_equal(f.seen[1], 0x77);
	assert_int_equal(f.seen[2], 4);
	close_rmm(&f);
}

static void a_plane_accesses_what_plane_0_permits(void **state)
{
	(void)state;
	planes_access_what_plane_0_permits(INDIRECT);
}

static void pn_calls_host(struct guest *g, struct fixture *f)
{
	f->seen[0] = rsi_host_call(g, CALL);
	f->seen[1] = guest_load64(g, CALL + offsetof(struct rsi_host_call, gprs));
	f->seen[2] = rsi_host_call(g, CALL);
}

static void p0_lets_call(struct guest *g, struct fixture *f)
{
	guest_store64(g, CALL, 0x42);
	permit(g, RSI_PERM_LABEL_RW);
	assert_int_equal(enter(g, f, PN_PC, 0), RSI_SUCCESS);
}

static void a_host_call_of_a_plane_goes_to_the_host_or_to_plane_0(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_lets_call;
	f.pn = pn_calls_host;
	load(&f, NULL, 0);
	start(&f);
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_HOST_CALL);
	assert_int_equal(exit_of(&f)->imm, 0x42);
	assert_int_equal(exit_of(&f)->plane, 1);
	small_run(&f.realm)->enter.gprs[0] = 0x99;
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_HOST_CALL);
	assert_int_equal(f.seen[0], RSI_SUCCESS);
	assert_int_equal(f.seen[1], 0x99);
	/* force_p0: the call is done, and plane 0 goes on. */
	small_run(&f.realm)->enter.flags = RMI_REC_ENTER_FLAGS_FORCE_P0;
	run_to_end(&f);
	assert_int_equal(f.out.reason, RSI_EXIT_HOST);
	assert_int_equal(f.out.gprs[0], RSI_SUCCESS);
	close_rmm(&f);
}

static void p0_traps_call(struct guest *g, struct fixture *f)
{
	permit(g, RSI_PERM_LABEL_RW);
	assert_int_equal(enter(g, f, PN_PC, RSI_PLANE_ENTER_FLAGS_TRAP_HC), RSI_SUCCESS);
	f->seen[3] = ec(f);
}

static void a_host_call_is_trapped_if_plane_0_says_so(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_traps_call;
	f.pn = pn_calls_host;
	load(&f, NULL, 0);
	start(&f);
	run_to_end(&f);
	assert_int_equal(f.seen[3], EC_SMC);
	close_rmm(&f);
}

static void pn_loads_hole(struct guest *g, struct fixture *f)
{
	f->seen[0] = guest_load64(g, HOLE);
	f->seen[1] = guest_load64(g, SMALL_UNPROT);
}

static void p0_enters(struct guest *g, struct fixture *f)
{
	permit(g, RSI_PERM_LABEL_RW_PUX);
	f->seen[8] = enter(g, f, PN_PC, 0);
}

static void missing_memory_of_a_plane_is_told_to_the_host(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_enters;
	f.pn = pn_loads_hole;
	load(&f, NULL, 0);
	start(&f);
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit_of(&f)->hpfar, HOLE >> 12 << 4);
	assert_int_equal(small_map(&f.realm, HOLE), 0);
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit_of(&f)->hpfar, SMALL_UNPROT >> 12 << 4);
	/* inject_sea: plane 0 hears of it. */
	small_run(&f.realm)->enter.flags = RMI_REC_ENTER_FLAGS_INJECT_SEA;
	run_to_end(&f);
	assert_int_equal(f.out.reason, RSI_EXIT_SYNC);
	assert_int_equal(ec(&f), EC_DABT);
	assert_int_equal(f.out.esr_el2 & 0x3f, FSC_SEA);
	assert_int_equal(f.out.far_el2, 0);
	assert_int_equal(f.out.hpfar_el2, SMALL_UNPROT >> 12 << 4);
	close_rmm(&f);
}

static void p0_owns_gic(struct guest *g, struct fixture *f)
{
	permit(g, RSI_PERM_LABEL_RW_PUX);
	guest_store64(g, RUN_ENTER(gicv3_lrs), LR_PENDING | 0x30);
	f->seen[8] = enter(g, f, PN_PC, 0);
	f->seen[9] = f->out.gicv3_lrs[0];
}

static void p0_gives_gic(struct guest *g, struct fixture *f)
{
	permit(g, RSI_PERM_LABEL_RW_PUX);
	f->seen[8] = enter(g, f, PN_PC, RSI_PLANE_ENTER_FLAGS_GIC_OWNER);
}

static void a_pending_interrupt_returns_to_the_plane_that_owns_the_gic(void **state)
{
	(void)state;
	for (unsigned owner = 0; owner < 2; owner++) {
		struct fixture f = open_realm(INDIRECT);

		f.p0 = owner == 0 ? p0_owns_gic : p0_gives_gic;
		f.pn = pn_loads_hole;
		load(&f, NULL, 0);
		start(&f);
		assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
		/* The Host sees what is the owner's, and gives it an interrupt. */
		assert_int_equal(rmi_pe_ich(f.pe)->lr[0], 0);
		rmi_pe_ich(f.pe)->lr[0] = LR_PENDING | 0x20;
		if (owner == 0) {
			run_to_end(&f);
			assert_int_equal(f.out.reason, RSI_EXIT_IRQ);
			assert_int_equal(f.seen[9], LR_PENDING | 0x30);
		} else {
			assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
		}
		assert_int_equal(rmi_pe_ich(f.pe)->lr[0], LR_PENDING | 0x20);
		close_rmm(&f);
	}
}

static void p0_loses_run(struct guest *g, struct fixture *f)
{
	permit(g, RSI_PERM_LABEL_RW_PUX);
	f->seen[8] = rsi_plane_enter(g, 1, RUN);
}

static void pn_leaves_twice(struct guest *g, struct fixture *f)
{
	(void)f;
	guest_load64(g, HOLE);
	guest_hvc(g);
}

static void p0_prepares_and_loses_run(struct guest *g, struct fixture *f)
{
	guest_store64(g, RUN_ENTER(pc), PN_PC);
	guest_store64(g, RUN_ENTER(pstate), GUEST_PSTATE_RESET);
	p0_loses_run(g, f);
}

static void a_plane_exit_waits_for_its_page(void **state)
{
	struct fixture f = open_realm(INDIRECT);
	uint64_t out_top;

	(void)state;
	f.p0 = p0_prepares_and_loses_run;
	f.pn = pn_leaves_twice;
	load(&f, NULL, 0);
	start(&f);
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit_of(&f)->hpfar, HOLE >> 12 << 4);
	/* Page 0 of the list is RsiPlaneRun; what was there is lost, the Realm hears nothing. */
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, RUN, RUN + PAGE, 0, 0, &out_top, NULL,
	                                    NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(small_map(&f.realm, HOLE), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
		assert_int_equal(exit_of(&f)->esr >> 26, EC_DABT);
		assert_int_equal(exit_of(&f)->hpfar, RUN >> 12 << 4);
	}
	rmi_close(f.rmi);
}

#define VBAR_EL1 GUEST_SYSREG(3, 0, 12, 0, 0)
#define SP_EL0   GUEST_SYSREG(3, 0, 4, 1, 0)

static void p0_reads_registers(struct guest *g, struct fixture *f)
{
	uint64_t value = 1;

	assert_int_equal(rsi_plane_sysreg_read(g, 1, VBAR_EL1, &value), RSI_SUCCESS);
	assert_int_equal(value, 0);
	assert_int_equal(rsi_plane_sysreg_write(g, 1, VBAR_EL1, 0x12345fff), RSI_SUCCESS);
	assert_int_equal(rsi_plane_sysreg_read(g, 1, VBAR_EL1, &value), RSI_SUCCESS);
	assert_int_equal(value, 0x12345800);
	assert_int_equal(rsi_plane_sysreg_read(g, 0, VBAR_EL1, &value), RSI_SUCCESS);
	assert_int_equal(value, 0);
	assert_int_equal(rsi_plane_sysreg_write(g, 0, SP_EL0, 0x77), RSI_SUCCESS);
	assert_int_equal(guest_regs(g)->sp_el0, 0x77);
	assert_int_equal(enter(g, f, PN_PC, 0), RSI_SUCCESS);
	assert_int_equal(f->out.vbar_el1, 0x12345800);
	assert_int_equal(f->seen[0], 0x12345800);
	assert_int_equal(guest_regs(g)->sp_el0, 0x77);
	/* It has no ESR_EL2, and nothing is 128 bits wide. */
	assert_int_equal(rsi_plane_sysreg_read(g, 1, GUEST_SYSREG(3, 4, 5, 2, 0), &value),
	                 RSI_ERROR_INPUT);
	assert_int_equal(rsi_plane_sysreg_read(g, 1, VBAR_EL1 | RSI_SYSREG_ADDRESS_D128, &value),
	                 RSI_ERROR_INPUT);
	assert_int_equal(rsi_plane_sysreg_read(g, 2, VBAR_EL1, &value), RSI_ERROR_INPUT);
}

static void pn_looks(struct guest *g, struct fixture *f)
{
	f->seen[0] = guest_regs(g)->sysreg[GUEST_VBAR_EL1];
	guest_regs(g)->sp_el0 = 0x88;
}

static void each_plane_has_its_system_registers(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_reads_registers;
	f.pn = pn_looks;
	load(&f, NULL, 0);
	start(&f);
	run_to_end(&f);
	close_rmm(&f);
}

static void p0_enters_with_bad_pstate(struct guest *g, struct fixture *f)
{
	static const uint64_t bad[] = {0x8, 0x9, 0xd, 0x1, 0x10, 0x13};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		guest_store64(g, RUN_ENTER(pstate), bad[i]);
		assert_int_equal(rsi_plane_enter(g, 1, RUN), RSI_ERROR_INPUT);
	}
	f->seen[0] = 1;
}

static void a_plane_is_entered_at_el0_and_el1_only(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_enters_with_bad_pstate;
	load(&f, NULL, 0);
	start(&f);
	run_to_end(&f);
	assert_int_equal(f.seen[0], 1);
	close_rmm(&f);
}

/* A plane that is stepped, or was left in an illegal state, is as it was when it goes on. */
static void p0_enters_with_all_of_pstate(struct guest *g, struct fixture *f)
{
	const uint64_t pstate = GUEST_PSTATE_RESET | GUEST_PSTATE_N | GUEST_PSTATE_Z |
	                        GUEST_PSTATE_C | GUEST_PSTATE_V | GUEST_PSTATE_DIT |
	                        GUEST_PSTATE_UAO | GUEST_PSTATE_PAN | GUEST_PSTATE_SS |
	                        GUEST_PSTATE_IL | GUEST_PSTATE_SSBS;

	guest_store64(g, RUN_ENTER(pc), PN_PC);
	guest_store64(g, RUN_ENTER(pstate), pstate);
	assert_int_equal(rsi_plane_enter(g, 1, RUN), RSI_SUCCESS);
	assert_int_equal(guest_load64(g, RUN_EXIT(esr_el2)) >> 26, EC_SMC);
	assert_int_equal(guest_load64(g, RUN_EXIT(pstate)), pstate);
	f->seen[1] = 1;
}

static void a_plane_is_entered_with_all_of_pstate(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_enters_with_all_of_pstate;
	f.pn = pn_calls;
	load(&f, NULL, 0);
	start(&f);
	run_to_end(&f);
	assert_int_equal(f.seen[1], 1);
	close_rmm(&f);
}

/* LDR X2, [X1]; ADD X2, X2, #1; STR X2, [X1]; BRK #5; HVC #7 */
static const uint32_t code[] = {0xf9400022, 0x91000442, 0xf9000022, 0xd42000a0, 0xd40000e2};

static void p0_runs_code(struct guest *g, struct fixture *f)
{
	guest_store64(g, DATA, 41);
	guest_store64(g, RUN_ENTER(gprs) + 8, DATA);
	/* Data may be used, but nothing may be executed. */
	permit(g, RSI_PERM_LABEL_RW);
	assert_int_equal(enter(g, f, CODE, RSI_PLANE_ENTER_FLAGS_TRAP_DBG), RSI_SUCCESS);
	assert_int_equal(ec(f), EC_IABT);
	assert_int_equal(f->out.esr_el2 & 0x3f, FSC_PERM_3);
	assert_int_equal(f->out.hpfar_el2, CODE >> 12 << 4);
	assert_int_equal(f->out.far_el2, 0);
	f->seen[0] = 1;
}

static void a_plane_executes_what_plane_0_permits(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_runs_code;
	load(&f, code, sizeof(code));
	start(&f);
	run_to_end(&f);
	assert_int_equal(f.seen[0], 1);
	close_rmm(&f);
}

static void p0_runs_code_at_el1(struct guest *g, struct fixture *f)
{
	guest_store64(g, DATA, 41);
	guest_store64(g, RUN_ENTER(gprs) + 8, DATA);
	permit(g, RSI_PERM_LABEL_RW_PX);
	assert_int_equal(enter(g, f, CODE, RSI_PLANE_ENTER_FLAGS_TRAP_DBG), RSI_SUCCESS);
	assert_int_equal(ec(f), EC_BRK);
	assert_int_equal(f->out.esr_el2 & 0xffff, 5);
	assert_int_equal(f->out.pc, CODE + 12);
	assert_int_equal(f->out.gprs[2], 42);
	assert_int_equal(guest_load64(g, DATA), 42);
	assert_int_equal(go_on(g, f, true, 0), RSI_SUCCESS);
	assert_int_equal(ec(f), EC_HVC);
	assert_int_equal(f->out.esr_el2 & 0xffff, 7);
	/* At EL0 it is not permitted. */
	guest_store64(g, RUN_ENTER(pc), CODE);
	guest_store64(g, RUN_ENTER(pstate), GUEST_PSTATE_EL0T);
	assert_int_equal(rsi_plane_enter(g, 1, RUN), RSI_SUCCESS);
	assert_int_equal(guest_load64(g, RUN_EXIT(esr_el2)) >> 26, EC_IABT);
	f->seen[0] = 1;
}

static void permission_to_execute_depends_on_the_exception_level(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_runs_code_at_el1;
	load(&f, code, sizeof(code));
	start(&f);
	run_to_end(&f);
	assert_int_equal(f.seen[0], 1);
	close_rmm(&f);
}

/* MSR CPACR_EL1, X0; FMOV D0, XZR; HVC #7 */
static const uint32_t fp_code[] = {0xd5181040, 0x9e6703e0, 0xd40000e2};

static void p0_traps_simd(struct guest *g, struct fixture *f)
{
	permit(g, RSI_PERM_LABEL_RW_PX);
	guest_store64(g, RUN_ENTER(gprs), UINT64_C(3) << 20);
	assert_int_equal(enter(g, f, CODE, RSI_PLANE_ENTER_FLAGS_TRAP_SIMD), RSI_SUCCESS);
	assert_int_equal(ec(f), EC_FP);
	assert_int_equal(f->out.pc, CODE + 4);
	assert_int_equal(enter(g, f, f->out.pc, 0), RSI_SUCCESS);
	assert_int_equal(ec(f), EC_HVC);
	f->seen[0] = 1;
}

static void a_plane_uses_simd_as_plane_0_says(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_traps_simd;
	load(&f, fp_code, sizeof(fp_code));
	start(&f);
	run_to_end(&f);
	assert_int_equal(f.seen[0], 1);
	close_rmm(&f);
}

static void pn_sleeps(struct guest *g, struct fixture *f)
{
	guest_wfi(g);
	f->seen[0]++;
	guest_wfe(g);
	f->seen[0]++;
}

static void p0_traps_wfe(struct guest *g, struct fixture *f)
{
	assert_int_equal(enter(g, f, PN_PC, RSI_PLANE_ENTER_FLAGS_TRAP_WFE), RSI_SUCCESS);
	assert_int_equal(ec(f), EC_WFX);
	f->seen[1] = f->seen[0];
}

static void a_plane_sleeps_as_plane_0_says(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_traps_wfe;
	f.pn = pn_sleeps;
	load(&f, NULL, 0);
	start(&f);
	small_run(&f.realm)->enter.flags = RMI_REC_ENTER_FLAGS_TRAP_WFI;
	run_to_end(&f);
	assert_int_equal(f.seen[1], 1);
	close_rmm(&f);
}

/* The timers of plane 1: the physical one is due before that of plane 0, the virtual one is off. */
static void pn_sets_timer(struct guest *g, struct fixture *f)
{
	(void)f;
	guest_regs(g)->sysreg[GUEST_CNTP_CTL_EL0] = GUEST_TIMER_ENABLE;
	guest_regs(g)->sysreg[GUEST_CNTP_CVAL_EL0] = UINT64_MAX - 2;
	guest_regs(g)->sysreg[GUEST_CNTV_CTL_EL0] = GUEST_TIMER_ENABLE | GUEST_TIMER_IMASK;
	guest_regs(g)->sysreg[GUEST_CNTV_CVAL_EL0] = UINT64_MAX - 3;
	guest_load64(g, SMALL_UNPROT);
	guest_regs(g)->sysreg[GUEST_CNTP_CVAL_EL0] = UINT64_MAX;
	guest_load64(g, SMALL_UNPROT);
}

static void p0_sets_timer(struct guest *g, struct fixture *f)
{
	guest_regs(g)->sysreg[GUEST_CNTP_CTL_EL0] = GUEST_TIMER_ENABLE;
	guest_regs(g)->sysreg[GUEST_CNTP_CVAL_EL0] = UINT64_MAX - 1;
	guest_regs(g)->sysreg[GUEST_CNTV_CVAL_EL0] = 7;
	assert_int_equal(enter(g, f, PN_PC, 0), RSI_SUCCESS);
	assert_int_equal(f->out.cntp_cval, UINT64_MAX);
	assert_int_equal(f->out.cntv_ctl, GUEST_TIMER_ENABLE | GUEST_TIMER_IMASK);
	f->seen[0] = guest_regs(g)->sysreg[GUEST_CNTP_CVAL_EL0];
}

static void the_host_sees_the_timer_that_is_due_first(void **state)
{
	struct fixture f = open_realm(INDIRECT);

	(void)state;
	f.p0 = p0_sets_timer;
	f.pn = pn_sets_timer;
	load(&f, NULL, 0);
	start(&f);
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit_of(&f)->cntp_cval, UINT64_MAX - 2);
	assert_int_equal(exit_of(&f)->cntv_cval, 7);
	small_run(&f.realm)->enter.flags = RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit_of(&f)->cntp_cval, UINT64_MAX - 1);
	run_to_end(&f);
	assert_int_equal(f.seen[0], UINT64_MAX - 1);
	close_rmm(&f);
}

/* A tree for each plane: plane 1, the last one, uses tree 0, and plane 0 tree 1. */
static void pn_loads_data(struct guest *g, struct fixture *f)
{
	f->seen[0] = guest_load64(g, DATA);
	f->seen[1] = guest_load64(g, HOLE);
}

static void each_plane_walks_its_tree(void **state)
{
	struct fixture f = open_realm(TREES);
	uint64_t ipa = 0;

	(void)state;
	f.p0 = p0_enters;
	f.pn = pn_loads_data;
	load(&f, NULL, 0);
	for (int level = f.realm.start_level + 1; level <= RMM_RTT_PAGE_LEVEL; level++)
		assert_int_equal(rmi_rtt_aux_create(f.pe, f.realm.rd, small_delegated(&f.realm), 0,
		                                    level, 1, NULL),
		                 RMI_SUCCESS);
	start(&f);
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit_of(&f)->hpfar, RUN >> 12 << 4);
	assert_int_equal(exit_of(&f)->rtt_tree, 1);
	while (ipa < RUN + PAGE)
		assert_int_equal(
		        rmi_rtt_aux_prot_map(f.pe, f.realm.rd, ipa, RUN + PAGE, 1, &ipa, NULL),
		        RMI_SUCCESS);
	/* DATA is not mapped in the tree of plane 0; plane 1 does not care. */
	assert_int_equal(run(&f)->exit_reason, RMI_EXIT_SYNC);
	assert_int_equal(exit_of(&f)->hpfar, HOLE >> 12 << 4);
	assert_int_equal(exit_of(&f)->rtt_tree, 0);
	rmi_close(f.rmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(smc_and_hvc_of_a_plane_are_told_to_plane_0),
	        cmocka_unit_test(a_plane_accesses_what_plane_0_permits),
	        cmocka_unit_test(a_host_call_of_a_plane_goes_to_the_host_or_to_plane_0),
	        cmocka_unit_test(a_host_call_is_trapped_if_plane_0_says_so),
	        cmocka_unit_test(missing_memory_of_a_plane_is_told_to_the_host),
	        cmocka_unit_test(a_pending_interrupt_returns_to_the_plane_that_owns_the_gic),
	        cmocka_unit_test(a_plane_exit_waits_for_its_page),
	        cmocka_unit_test(each_plane_has_its_system_registers),
	        cmocka_unit_test(a_plane_is_entered_at_el0_and_el1_only),
	        cmocka_unit_test(a_plane_is_entered_with_all_of_pstate),
	        cmocka_unit_test(a_plane_executes_what_plane_0_permits),
	        cmocka_unit_test(a_plane_sleeps_as_plane_0_says),
	        cmocka_unit_test(the_host_sees_the_timer_that_is_due_first),
	        cmocka_unit_test(each_plane_walks_its_tree),
	        cmocka_unit_test(permission_to_execute_depends_on_the_exception_level),
	        cmocka_unit_test(a_plane_uses_simd_as_plane_0_says),
	};

	return cmocka_run_group_tests_name("planes", tests, NULL, NULL);
}
