/* SPDX-License-Identifier: BSD-3-Clause */
/* The guests of a test: their code, entering their RECs, and what they do when they are told. */
#include "suite.h"

#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include <rmi/format.h>
#include <support/sro.h>

/* How long to wait for a REC that should run. */
#define RUN_TIMEOUT_NS UINT64_C(20000000000)

/* Interrupts of others that one entry gets over. */
#define MAX_INTERRUPTS 1000

/* A64, as far as the guests need it. */
#define A64_MOV(d, m)  (UINT32_C(0xaa0003e0) | (uint32_t)(m) << 16 | (uint32_t)(d))
#define A64_SMC        UINT32_C(0xd4000003)
#define A64_HVC        UINT32_C(0xd4000002)
#define A64_WFI        UINT32_C(0xd503207f)
/* STR X0, [X1] and LDR X0, [X1] */
#define A64_STR        UINT32_C(0xf9000020)
#define A64_LDR        UINT32_C(0xf9400020)
/* STR X0, [X2] */
#define A64_STR_2      UINT32_C(0xf9000040)
#define A64_STP(t, u, n, at)                                                                       \
	(UINT32_C(0xa9000000) | (uint32_t)(at) / 8 << 15 | (uint32_t)(u) << 10 |                   \
	 (uint32_t)(n) << 5 | (uint32_t)(t))
#define A64_LDP(t, u, n, at)                                                                       \
	(UINT32_C(0xa9400000) | (uint32_t)(at) / 8 << 15 | (uint32_t)(u) << 10 |                   \
	 (uint32_t)(n) << 5 | (uint32_t)(t))
/* SUB X<d>, X<n>, #imm and CBZ X<t> */
#define A64_SUB(d, n, imm)                                                                         \
	(UINT32_C(0xd1000000) | (uint32_t)(imm) << 10 | (uint32_t)(n) << 5 | (uint32_t)(d))
#define A64_CBZ(t, by)                                                                             \
	(UINT32_C(0xb4000000) | ((uint32_t)(by)&UINT32_C(0x7ffff)) << 5 | (uint32_t)(t))
#define A64_BR(n)       (UINT32_C(0xd61f0000) | (uint32_t)(n) << 5)
#define A64_BLR(n)      (UINT32_C(0xd63f0000) | (uint32_t)(n) << 5)
#define A64_ISB         UINT32_C(0xd5033fdf)
/* MSR VBAR_EL1, MRS ESR_EL1, MRS FAR_EL1 */
#define A64_SET_VBAR(t) (UINT32_C(0xd518c000) | (uint32_t)(t))
#define A64_GET_ESR(t)  (UINT32_C(0xd5385200) | (uint32_t)(t))
#define A64_GET_FAR(t)  (UINT32_C(0xd5386000) | (uint32_t)(t))
#define A64_STR_AT(t, n, at)                                                                       \
	(UINT32_C(0xf9000000) | (uint32_t)(at) / 8 << 10 | (uint32_t)(n) << 5 | (uint32_t)(t))
#define A64_LDR_AT(t, n, at)                                                                       \
	(UINT32_C(0xf9400000) | (uint32_t)(at) / 8 << 10 | (uint32_t)(n) << 5 | (uint32_t)(t))
#define A64_MOVZ(d, imm)       (UINT32_C(0xd2800000) | (uint32_t)(imm) << 5 | (uint32_t)(d))
/* MOVK with LSL #16 */
#define A64_MOVK(d, imm)       (UINT32_C(0xf2a00000) | (uint32_t)(imm) << 5 | (uint32_t)(d))
/* MOV from X<m> to SP and from SP to X<d> */
#define A64_MOV_TO_SP(m)       (UINT32_C(0x9100001f) | (uint32_t)(m) << 5)
#define A64_MOV_FROM_SP(d)     (UINT32_C(0x910003e0) | (uint32_t)(d))
/* MRS X0, MPIDR_EL1 */
#define A64_MPIDR              UINT32_C(0xd53800a0)
/* A branch by a number of instructions. */
#define A64_B(by)              (UINT32_C(0x14000000) | ((uint32_t)(by)&UINT32_C(0x3ffffff)))

/* Instructions that a guest has at most. */
#define GUEST_WORDS            32

/* RsiHostCall of the guests that tell: in the page with the code, behind all of it. */
#define GUEST_CALL             0xf00
#define GUEST_GPRS             (GUEST_CALL + offsetof(struct rsi_host_call, gprs))

#define GUEST_VECTORS          0x800

/* RsiHostCall of the guests that serve; one more lies before it. */
#define GUEST_SERVE_CALL       0xe00
#define SERVE_AT(i)            (offsetof(struct rsi_host_call, gprs) + 8 * (size_t)(i))

/* From an instruction of one guest to the first one of another. */
#define A64_B_TO(to, from, at) A64_B(((int)(to) - (int)(from)) * (int)GUEST_WORDS - (at))

/* X0..X7 are kept in X19..X26, since an SMC changes them. */
static const uint32_t guest_code[][GUEST_WORDS] = {
        [GUEST_SMC] = {A64_MOV(19, 0), A64_MOV(20, 1), A64_MOV(21, 2), A64_MOV(22, 3),
                       A64_MOV(23, 4), A64_MOV(24, 5), A64_MOV(25, 6), A64_MOV(26, 7),
                       A64_MOV(0, 19), A64_MOV(1, 20), A64_MOV(2, 21), A64_MOV(3, 22),
                       A64_MOV(4, 23), A64_MOV(5, 24), A64_MOV(6, 25), A64_MOV(7, 26), A64_SMC,
                       A64_B(-9)},
        [GUEST_WFI] = {A64_WFI, A64_B(-1)},
        [GUEST_STORE] = {A64_STR, A64_WFI, A64_B(-1)},
        [GUEST_LOAD] = {A64_LDR, A64_WFI, A64_B(-1)},
        [GUEST_SPIN] = {A64_STR, A64_B(0)},
        [GUEST_CHANGE] = {A64_MOV(19, 5), A64_MOV(20, 6), A64_SMC, A64_MOV(0, 19), A64_MOV(1, 20),
                          A64_STR, A64_B(0)},
        [GUEST_PEEK] = {A64_LDR, A64_B_TO(GUEST_TELL, GUEST_PEEK, 1)},
        [GUEST_HVC] = {A64_HVC, A64_WFI, A64_B(-1)},
        /* SP keeps X30, which no store can do without. */
        [GUEST_TELL] = {A64_MOV_TO_SP(30),
                        A64_MOVZ(30, GUEST_GPRS),
                        A64_STP(0, 1, 30, 0),
                        A64_STP(2, 3, 30, 16),
                        A64_STP(4, 5, 30, 32),
                        A64_STP(6, 7, 30, 48),
                        A64_STP(8, 9, 30, 64),
                        A64_STP(10, 11, 30, 80),
                        A64_STP(12, 13, 30, 96),
                        A64_STP(14, 15, 30, 112),
                        A64_STP(16, 17, 30, 128),
                        A64_STP(18, 19, 30, 144),
                        A64_STP(20, 21, 30, 160),
                        A64_STP(22, 23, 30, 176),
                        A64_STP(24, 25, 30, 192),
                        A64_STP(26, 27, 30, 208),
                        A64_STP(28, 29, 30, 224),
                        A64_MOV_FROM_SP(0),
                        A64_STR_AT(0, 30, 240),
                        A64_MOVZ(0, SMC_RSI_HOST_CALL & 0xffff),
                        A64_MOVK(0, SMC_RSI_HOST_CALL >> 16),
                        A64_MOVZ(1, GUEST_CALL),
                        A64_SMC,
                        A64_B(-4)},
        [GUEST_ASK] = {A64_SMC, A64_B_TO(GUEST_TELL, GUEST_ASK, 1)},
        [GUEST_CONFIG] = {A64_MOV(19, 1), A64_SMC, A64_LDR_AT(1, 19, 0), A64_LDR_AT(2, 19, 8),
                          A64_LDR_AT(3, 19, 0x10), A64_LDR_AT(4, 19, 0x18), A64_LDR_AT(5, 19, 0x20),
                          A64_LDR_AT(8, 19, 0x200), A64_LDR_AT(9, 19, 0x208),
                          A64_LDR_AT(10, 19, 0x210), A64_LDR_AT(11, 19, 0x218),
                          A64_LDR_AT(12, 19, 0x220), A64_LDR_AT(13, 19, 0x228),
                          A64_LDR_AT(14, 19, 0x230), A64_LDR_AT(15, 19, 0x238),
                          A64_B_TO(GUEST_TELL, GUEST_CONFIG, 15)},
        [GUEST_MPIDR] = {A64_MPIDR, A64_B_TO(GUEST_TELL, GUEST_MPIDR, 1)},
        [GUEST_COPY] = {A64_LDR, A64_STR_2, A64_WFI, A64_B(-1)},
        /* X28 keeps the address of the RsiHostCall. */
        [GUEST_SERVE] = {A64_MOV(28, 0),
                         A64_MOVZ(0, SMC_RSI_HOST_CALL & 0xffff),
                         A64_MOVK(0, SMC_RSI_HOST_CALL >> 16),
                         A64_MOV(1, 28),
                         A64_SMC,
                         A64_LDP(0, 1, 28, SERVE_AT(0)),
                         A64_LDP(2, 3, 28, SERVE_AT(2)),
                         A64_LDP(4, 5, 28, SERVE_AT(4)),
                         A64_LDP(6, 7, 28, SERVE_AT(6)),
                         A64_LDP(8, 9, 28, SERVE_AT(8)),
                         A64_LDP(10, 11, 28, SERVE_AT(10)),
                         A64_LDP(12, 13, 28, SERVE_AT(12)),
                         A64_LDP(14, 15, 28, SERVE_AT(14)),
                         A64_LDP(16, 17, 28, SERVE_AT(16)),
                         A64_CBZ(0, 14),
                         A64_SUB(18, 0, 1),
                         A64_CBZ(18, 14),
                         A64_SMC,
                         A64_STP(0, 1, 28, SERVE_AT(0)),
                         A64_STP(2, 3, 28, SERVE_AT(2)),
                         A64_STP(4, 5, 28, SERVE_AT(4)),
                         A64_STP(6, 7, 28, SERVE_AT(6)),
                         A64_STP(8, 9, 28, SERVE_AT(8)),
                         A64_STP(10, 11, 28, SERVE_AT(10)),
                         A64_STP(12, 13, 28, SERVE_AT(12)),
                         A64_STP(14, 15, 28, SERVE_AT(14)),
                         A64_STP(16, 17, 28, SERVE_AT(16)),
                         A64_B(-26),
                         A64_LDR_AT(1, 1, 0),
                         A64_B(-11),
                         A64_STR_AT(2, 1, 0),
                         A64_B(-13)},
        [GUEST_TOUCH] = {A64_MOVZ(9, GUEST_VECTORS), A64_SET_VBAR(9), A64_ISB, A64_BR(3), A64_LDR,
                         A64_B_TO(GUEST_TELL, GUEST_TOUCH, 5), A64_STR,
                         A64_B_TO(GUEST_TELL, GUEST_TOUCH, 7), A64_BLR(1),
                         A64_B_TO(GUEST_TELL, GUEST_TOUCH, 9), A64_LDP(0, 2, 1, 0),
                         A64_B_TO(GUEST_TELL, GUEST_TOUCH, 11), A64_STP(0, 0, 1, 0),
                         A64_B_TO(GUEST_TELL, GUEST_TOUCH, 13)},
};

/* Vectors of GUEST_TOUCH, behind the guests; the synchronous one of EL1 with SP_EL1. */
#define GUEST_VECTOR_SYNC (GUEST_VECTORS + 0x200)

static const uint32_t vector_code[] = {
        A64_GET_ESR(0), A64_GET_FAR(1), A64_MOVZ(4, WORLD_TOUCH_EXCEPTION),
        A64_B(((int)(GUEST_TELL * WORLD_GUEST_SIZE) - GUEST_VECTOR_SYNC) / 4 - 3)};

_Static_assert(sizeof(guest_code) <= GUEST_VECTORS, "the code ends before the vectors begin");
_Static_assert(GUEST_VECTOR_SYNC + sizeof(vector_code) <= GUEST_SERVE_CALL - RSI_HOST_CALL_SIZE,
               "the vectors end before the host calls begin");
_Static_assert(sizeof(guest_code[0]) == WORLD_GUEST_SIZE, "a guest has room for its code");

void world_load(struct world *w)
{
	struct small_realm *r = &w->realm;
	uint32_t *code;

	w->code = world_page(w);
	code = world_va(w, w->code);
	memcpy(code, guest_code, sizeof(guest_code));
	memcpy(code + GUEST_VECTOR_SYNC / sizeof(*code), vector_code, sizeof(vector_code));
	world_must(w, small_init_ripas(r, 0, 2 * w->page), "RMI_RTT_INIT_RIPAS");
	world_must(w, small_map_init(r, WORLD_CODE_IPA(w), code, RMI_DATA_FLAGS_MEASURE),
	           "RMI_RTT_DATA_MAP_INIT");
	world_map(w, WORLD_RAM_IPA(w));
}

uint64_t world_rec(struct world *w, enum world_guest guest, const uint64_t gprs[8])
{
	struct small_realm *r = &w->realm;

	world_must(w, small_rec(r, WORLD_GUEST_IPA(w, guest), RMI_REC_CREATE_FLAGS_RUNNABLE, gprs),
	           "RMI_REC_CREATE");
	return r->recs[r->num_recs - 1];
}

uint64_t world_try_rec(struct world *w, uint64_t index)
{
	uint64_t page = world_page(w);
	struct rmi_rec_params *params = world_va(w, page);

	params->mpidr = rmi_rec_mpidr(index);
	return WORLD_DO(w, SMC_RMI_REC_CREATE, w->realm.rd, world_delegated(w), page);
}

void world_activate(struct world *w)
{
	world_must(w, small_activate(&w->realm), "RMI_REALM_ACTIVATE");
}

/* Whether a REC has left for an interrupt that is no business of the test's, and may go on. */
static bool was_interrupted(struct world *w, uint64_t x0, struct rmi_rec_run *run)
{
	/* On the software RMM of a test there are no others. */
	if (w->model != NULL || x0 != 0 ||
	    (run->exit.exit_reason != RMI_EXIT_IRQ && run->exit.exit_reason != RMI_EXIT_FIQ))
		return false;
	/* What the Host had to say has been heard. */
	run->enter.flags &= RMI_REC_ENTER_FLAGS_TRAP_WFI | RMI_REC_ENTER_FLAGS_TRAP_WFE;
	return true;
}

uint64_t world_enter(struct world *w, uint64_t rec)
{
	unsigned left = MAX_INTERRUPTS;
	uint64_t x0;

	do
		x0 = WORLD_DO(w, SMC_RMI_REC_ENTER, rec, w->realm.run);
	while (was_interrupted(w, x0, small_run(&w->realm)) && left-- != 0);
	return x0;
}

void world_exit(struct world *w, uint64_t rec, enum rmi_rec_exit_reason reason)
{
	uint64_t is;

	world_must(w, world_enter(w, rec), "RMI_REC_ENTER");
	is = small_run(&w->realm)->exit.exit_reason;
	if (is != reason)
		world_fail(w, "the REC leaves with %s, should be %s",
		           rmi_exit_reason_name((unsigned)is), rmi_exit_reason_name(reason));
}

const uint64_t *world_tell(struct world *w, uint64_t rec)
{
	world_exit(w, rec, RMI_EXIT_HOST_CALL);
	return small_run(&w->realm)->exit.gprs;
}

uint64_t world_other_server(struct world *w)
{
	/* The first two of a Realm have a place of their own. */
	uint64_t call = GUEST_SERVE_CALL - (w->rec != 0 ? RSI_HOST_CALL_SIZE : 0);

	return WORLD_REC(w, GUEST_SERVE, call);
}

uint64_t world_server_call(void)
{
	return GUEST_SERVE_CALL;
}

uint64_t world_server(struct world *w)
{
	return w->rec = world_other_server(w);
}

void world_ready(struct world *w, uint64_t rec)
{
	world_exit(w, rec, RMI_EXIT_HOST_CALL);
}

bool world_go_on(struct world *w, uint64_t rec, struct smccc_regs *regs)
{
	const struct rmi_rec_exit *exit = &small_run(&w->realm)->exit;

	world_must(w, world_enter(w, rec), "RMI_REC_ENTER");
	/* The RsiHostCall of a GUEST_SERVE has imm zero. */
	if (exit->exit_reason != RMI_EXIT_HOST_CALL || exit->imm != 0)
		return false;
	memcpy(regs->x, exit->gprs, sizeof(regs->x));
	return true;
}

bool world_ask(struct world *w, uint64_t rec, struct smccc_regs *regs)
{
	memcpy(small_run(&w->realm)->enter.gprs, regs->x, sizeof(regs->x));
	return world_go_on(w, rec, regs);
}

uint64_t world_realm_call(struct world *w, uint64_t rec, struct smccc_regs *regs)
{
	unsigned reason;

	if (world_ask(w, rec, regs))
		return regs->x[0];
	reason = (unsigned)small_run(&w->realm)->exit.exit_reason;
	world_fail(w, "the REC leaves with %s, should go on", rmi_exit_reason_name(reason));
}

void world_poke(struct world *w, uint64_t ipa, uint64_t value)
{
	WORLD_REALM_CALL(w, 1, ipa, value);
}

uint64_t world_peek(struct world *w, uint64_t ipa)
{
	struct smccc_regs regs = {.x = {0, ipa}};

	world_realm_call(w, w->rec, &regs);
	return regs.x[1];
}

static void *enter_elsewhere(void *arg)
{
	struct world *w = arg;
	struct rmi_rec_run *run = rmi_pa_to_va(w->rmi, w->running_page, sizeof(*run));
	uint64_t x0;

	do {
		struct smccc_regs regs = {
		        .x = {SMC_RMI_REC_ENTER, w->running_rec, w->running_page}};

		x0 = sro_call(w->other_pe, &regs);
	} while (!atomic_load(&w->stopping) && was_interrupted(w, x0, run));
	return NULL;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void world_run(struct world *w, uint64_t rec)
{
	uint64_t begun = now_ns();
	uint64_t flag;
	uint64_t *value;

	if (w->other_pe == NULL)
		world_skip(w, "the backend has one PE");
	world_must(w, small_tables(&w->realm, WORLD_UNPROT(w)), "RMI_RTT_CREATE");
	world_must(w, small_share(&w->realm, WORLD_UNPROT(w), &flag), "RMI_RTT_UNPROT_MAP");
	value = world_va(w, flag);
	__atomic_store_n(value, 0, __ATOMIC_SEQ_CST);
	w->running_rec = rec;
	w->running_page = world_page(w);
	atomic_store(&w->stopping, false);
	if (pthread_create(&w->thread, NULL, enter_elsewhere, w) != 0)
		world_fail(w, "no thread");
	w->running = true;
	while (__atomic_load_n(value, __ATOMIC_SEQ_CST) != 1) {
		if (now_ns() - begun > RUN_TIMEOUT_NS)
			world_fail(w, "the REC does not run");
		(void)sched_yield();
	}
}

void world_stop(struct world *w)
{
	if (!w->running)
		return;
	atomic_store(&w->stopping, true);
	rmi_pe_kick(w->other_pe);
	(void)pthread_join(w->thread, NULL);
	w->running = false;
}
