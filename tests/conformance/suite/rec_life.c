/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_REC_CREATE and RMI_REC_DESTROY (DEN0137 B4.5.49, B4.5.50). */
#include "rim.h"
#include "spoil.h"

enum {
	NOTE_REC,    /* PA of the REC. */
	NOTE_PARAMS, /* PA of RmiRecParams. */
};

/* An MPIDR with two fields that are not zero. */
#define FAR_INDEX 17

static struct rmi_rec_params *params(struct world *w)
{
	return world_va(w, w->note[NOTE_PARAMS]);
}

static void bare_realm(struct world *w)
{
	world_must(w, small_realm_create(&w->realm, RMI_HASH_SHA_256), "RMI_REALM_CREATE");
}

static void terminate(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_TERMINATE, w->realm.rd), "RMI_REALM_TERMINATE");
}

/* Create: a REC that tells its registers. */
static void create_call(struct world *w)
{
	struct rmi_rec_params *p;

	w->note[NOTE_REC] = world_delegated(w);
	w->note[NOTE_PARAMS] = world_page(w);
	p = params(w);
	p->flags = RMI_REC_CREATE_FLAGS_RUNNABLE;
	p->mpidr = rmi_rec_mpidr(0);
	p->pc = WORLD_GUEST_IPA(w, GUEST_TELL);
	for (unsigned i = 0; i < RMI_REC_CREATE_NR_GPRS; i++)
		p->gprs[i] = UINT64_C(0x1111111111111111) * (i + 1);
	WORLD_CALL(w, SMC_RMI_REC_CREATE, w->realm.rd, w->note[NOTE_REC], w->note[NOTE_PARAMS]);
}

static void create_base(struct world *w)
{
	world_realm(w);
	world_load(w);
	create_call(w);
}

/* Nothing keeps this Realm from being destroyed but RECs. */
static void create_bare_base(struct world *w)
{
	bare_realm(w);
	create_call(w);
}

static void create_off_base(struct world *w)
{
	create_base(w);
	params(w)->flags = 0;
}

/* There are others before. */
static void create_far_base(struct world *w)
{
	if (RMI_FIELD_GET(world_features(w, 1), RMI_FEATURE_REGISTER_1_MAX_RECS_ORDER) < 5)
		world_skip(w, "a Realm has less than %u RECs", FAR_INDEX + 1);
	world_realm(w);
	world_load(w);
	for (uint64_t i = 0; i < FAR_INDEX; i++)
		world_must(w, world_try_rec(w, i), "RMI_REC_CREATE");
	create_call(w);
	params(w)->mpidr = rmi_rec_mpidr(FAR_INDEX);
	params(w)->pc = WORLD_GUEST_IPA(w, GUEST_MPIDR);
}

/* A guest that makes an RSI call, and tells what it gave. */
static void create_asking(struct world *w, uint32_t fid)
{
	create_base(w);
	params(w)->pc = WORLD_GUEST_IPA(w, GUEST_ASK);
	memset(params(w)->gprs, 0, sizeof(params(w)->gprs));
	params(w)->gprs[0] = fid;
}

static void create_measured_base(struct world *w)
{
	create_asking(w, SMC_RSI_MEASUREMENT_READ);
}

static void create_attesting_base(struct world *w)
{
	create_asking(w, SMC_RSI_ATTESTATION_TOKEN_CONTINUE);
	params(w)->gprs[1] = WORLD_RAM_IPA(w);
	params(w)->gprs[3] = RSI_GRANULE_SIZE;
}

static void params_align(struct world *w)
{
	w->regs.x[3] += 8;
}

static void params_pas(struct world *w)
{
	w->regs.x[3] = world_delegated(w);
}

static void rec_align(struct world *w)
{
	w->regs.x[2] += 1;
}

static void rec_bound(struct world *w)
{
	w->regs.x[2] = w->nowhere;
}

static void rec_state(struct world *w)
{
	w->regs.x[2] = world_page(w);
}

static void realm_not_new(struct world *w)
{
	world_activate(w);
}

/* The Realm may have one REC, and has it. */
static void num_recs(struct world *w)
{
	world_must(w, world_try_rec(w, 0), "RMI_REC_CREATE");
	params(w)->mpidr = rmi_rec_mpidr(1);
}

static void mpidr_index(struct world *w)
{
	params(w)->mpidr = rmi_rec_mpidr(1);
}

/* The next REC has the next index. */
static void next_index_is_one(struct world *w)
{
	world_equal(w, world_try_rec(w, 0), rmi_result(RMI_ERROR_INPUT), "X0 for index 0");
	world_equal(w, world_try_rec(w, 2), rmi_result(RMI_ERROR_INPUT), "X0 for index 2");
	world_must(w, world_try_rec(w, 1), "RMI_REC_CREATE with index 1");
}

static void is_rec(struct world *w)
{
	world_in_state(w, w->note[NOTE_REC], "GRAN_REC");
}

/* It runs if its Realm is active, whatever another one is. */
static void belongs_to_realm(struct world *w)
{
	world_other_realm(w);
	world_must(w, small_activate(&w->other), "RMI_REALM_ACTIVATE");
	world_equal(w, world_enter(w, w->note[NOTE_REC]), rmi_result(RMI_ERROR_REALM),
	            "X0 of RMI_REC_ENTER before RMI_REALM_ACTIVATE");
	world_activate(w);
	world_tell(w, w->note[NOTE_REC]);
}

/* Nobody may continue what nobody has begun. */
static void attests_nothing(struct world *w)
{
	const uint64_t *x;

	world_activate(w);
	x = world_tell(w, w->note[NOTE_REC]);
	if (x[0] == SMCCC_NOT_SUPPORTED)
		world_skip(w, "the RMM has no attestation tokens");
	world_equal(w, x[0], RSI_ERROR_STATE, "X0 of RSI_ATTESTATION_TOKEN_CONTINUE");
}

/* MPIDR_EL1 has Aff3 in [39:32], and bits that do not matter. */
static void has_mpidr(struct world *w)
{
	uint64_t mpidr;

	world_activate(w);
	mpidr = world_tell(w, w->note[NOTE_REC])[0];
	world_equal(w, (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24, params(w)->mpidr,
	            "the affinity in MPIDR_EL1");
}

/* RMI_REC_DESTROY refuses a REC that is running. */
static void is_ready(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REC_DESTROY, w->note[NOTE_REC]), "RMI_REC_DESTROY");
}

static void is_runnable(struct world *w)
{
	world_activate(w);
	world_must(w, world_enter(w, w->note[NOTE_REC]), "RMI_REC_ENTER");
}

static void is_not_runnable(struct world *w)
{
	world_activate(w);
	world_equal(w, world_enter(w, w->note[NOTE_REC]), rmi_result(RMI_ERROR_REC),
	            "X0 of RMI_REC_ENTER");
}

static void has_gprs(struct world *w)
{
	const uint64_t *x;

	world_activate(w);
	x = world_tell(w, w->note[NOTE_REC]);
	for (unsigned i = 0; i < RMI_REC_RUN_NR_GPRS; i++) {
		uint64_t should = i < RMI_REC_CREATE_NR_GPRS ? params(w)->gprs[i] : 0;

		world_expect(w, x[i] == should, "X%u is 0x%llx, should be 0x%llx", i,
		             (unsigned long long)x[i], (unsigned long long)should);
	}
}

/* At any other PC it would do something else. */
static void has_pc(struct world *w)
{
	world_activate(w);
	world_tell(w, w->note[NOTE_REC]);
}

static void rim_is_extended(struct world *w)
{
	struct rim rim = {.hash = RMI_HASH_SHA_256};
	const uint64_t *x;

	rim_load(w, &rim);
	rim_rec(w, &rim, params(w));
	world_activate(w);
	x = world_tell(w, w->note[NOTE_REC]);
	world_equal(w, x[0], RSI_SUCCESS, "X0 of RSI_MEASUREMENT_READ");
	rim_expect(w, &rim, &x[1]);
}

/* X0 of RMI_RTT_SET_RIPAS for some pages. */
static uint64_t set_ripas(struct world *w, uint64_t base, uint64_t top)
{
	return WORLD_DO(w, SMC_RMI_RTT_SET_RIPAS, w->realm.rd, w->note[NOTE_REC], base * w->page,
	                top * w->page);
}

/* ripas_addr is where a RIPAS change begins. */
static void ripas_change_begins_nowhere(struct world *w)
{
	for (uint64_t i = 0; i < 4; i++)
		world_equal(w, set_ripas(w, i, i + 1), rmi_result(RMI_ERROR_INPUT),
		            "X0 of RMI_RTT_SET_RIPAS");
}

/* ripas_top is where it ends. */
static void ripas_change_ends_nowhere(struct world *w)
{
	for (uint64_t i = 1; i < 4; i++)
		world_equal(w, set_ripas(w, 0, i), rmi_result(RMI_ERROR_INPUT),
		            "X0 of RMI_RTT_SET_RIPAS");
}

/* The first entry answers nothing: what the Host offers as an answer is not taken. */
static void is_asking_nothing(struct world *w)
{
	memset(small_run(&w->realm)->enter.gprs, 0x5a, sizeof(uint64_t) * RMI_REC_RUN_NR_GPRS);
	has_gprs(w);
}

/* The Realm has one REC: it is live until that is destroyed. */
static void realm_has_one_rec(struct world *w)
{
	terminate(w);
	world_equal(w, WORLD_DO(w, SMC_RMI_REALM_DESTROY, w->realm.rd), rmi_result(RMI_ERROR_REALM),
	            "X0 of RMI_REALM_DESTROY");
	is_ready(w);
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_DESTROY, w->realm.rd), "RMI_REALM_DESTROY");
}

static const struct conformance_row create_rows[] = {
        FAILS(params_align, params_align),
        FAILS(params_pas, params_pas),
        FAILS(rec_align, rec_align),
        FAILS(rec_bound, rec_bound),
        FAILS(rec_state, rec_state),
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, spoil_rd_state),
        FAILS(realm_state, realm_not_new),
        FAILS(num_recs, num_recs, .conf = "max_recs_order=1"),
        FAILS(mpidr_index, mpidr_index),
        HOLDS(rec_index, next_index_is_one),
        HOLDS(rec_gran_state, is_rec),
        HOLDS(rec_owner, belongs_to_realm),
        HOLDS(rec_attest, attests_nothing, .base = create_attesting_base),
        HOLDS(rec_mpidr, has_mpidr, .base = create_far_base),
        HOLDS(rec_state, is_ready),
        HOLDS(runnable, is_runnable),
        HOLDS(not_runnable, is_not_runnable, .base = create_off_base),
        HOLDS(rec_gprs, has_gprs),
        HOLDS(rec_pc, has_pc),
        HOLDS(rim, rim_is_extended, .base = create_measured_base),
        HOLDS(ripas_addr, ripas_change_begins_nowhere),
        HOLDS(ripas_top, ripas_change_ends_nowhere),
        HOLDS(pending, is_asking_nothing),
        HOLDS(num_recs, realm_has_one_rec, .base = create_bare_base),
        NEVER_HOLDS(gic_owner, "it shows only once Plane 0 has given the GIC to another Plane"),
        {0},
};

const struct conformance_command conformance_rec_create = {
        .name = "RMI_REC_CREATE",
        .base = create_base,
        .rows = create_rows,
};

/* Destroy. */
static void destroy_base(struct world *w)
{
	world_realm(w);
	world_load(w);
	w->note[NOTE_REC] = WORLD_REC(w, GUEST_SPIN, 1, WORLD_UNPROT(w));
	world_activate(w);
	WORLD_CALL(w, SMC_RMI_REC_DESTROY, w->note[NOTE_REC]);
}

/* The REC is all that keeps the Realm. */
static void destroy_last_base(struct world *w)
{
	bare_realm(w);
	world_must(w, small_rec(&w->realm, 0, 0, NULL), "RMI_REC_CREATE");
	terminate(w);
	world_equal(w, WORLD_DO(w, SMC_RMI_REALM_DESTROY, w->realm.rd), rmi_result(RMI_ERROR_REALM),
	            "X0 of RMI_REALM_DESTROY");
	WORLD_CALL(w, SMC_RMI_REC_DESTROY, w->realm.recs[0]);
}

static void rec_running(struct world *w)
{
	world_run(w, w->note[NOTE_REC]);
}

static void rec_is_delegated(struct world *w)
{
	world_in_state(w, w->note[NOTE_REC], "GRAN_DELEGATED");
}

static void realm_has_no_rec(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_DESTROY, w->realm.rd), "RMI_REALM_DESTROY");
}

static const struct conformance_row destroy_rows[] = {
        FAILS(rec_align, spoil_rd_align),
        FAILS(rec_tracking, spoil_rd_bound),
        FAILS(rec_gran_state, spoil_rd_state),
        FAILS(rec_state, rec_running),
        HOLDS(rec_gran_state, rec_is_delegated),
        HOLDS(num_recs, realm_has_no_rec, .base = destroy_last_base),
        {0},
};

const struct conformance_command conformance_rec_destroy = {
        .name = "RMI_REC_DESTROY",
        .base = destroy_base,
        .rows = destroy_rows,
};
