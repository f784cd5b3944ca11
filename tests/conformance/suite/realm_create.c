/* SPDX-License-Identifier: BSD-3-Clause */
/* RMI_REALM_CREATE (DEN0137 B4.5.46). */
#include "rim.h"
#include "spoil.h"

/* Starting-level RTTs of the Realm: enough for two kinds of entries and for bad alignment. */
#define ROOTS 2

enum {
	NOTE_RTT,    /* PA of the first starting-level RTT. */
	NOTE_PARAMS, /* PA of RmiRealmParams. */
	NOTE_BITS,   /* Width of the IPA space. */
	NOTE_REALMS, /* Realms before the call. */
};

static struct rmi_realm_params *params(struct world *w)
{
	return world_va(w, w->note[NOTE_PARAMS]);
}

static enum rmi_hash_algorithm best_hash(struct world *w)
{
	uint64_t reg = world_features(w, 1);

	return (reg & RMI_FEATURE_REGISTER_1_HASH_SHA_512) != 0   ? RMI_HASH_SHA_512
	       : (reg & RMI_FEATURE_REGISTER_1_HASH_SHA_384) != 0 ? RMI_HASH_SHA_384
	                                                          : RMI_HASH_SHA_256;
}

/* The lowest level where two RTTs make an IPA space of some size. */
static int root_level(struct world *w)
{
	int level = RMM_RTT_PAGE_LEVEL - 1;

	while (rmi_rtt_level_shift(w->gshift, level - 1) + 1 < 36)
		level--;
	return level;
}

static void base(struct world *w)
{
	int level = root_level(w);
	struct rmi_realm_params *p;

	w->note[NOTE_BITS] = rmi_rtt_level_shift(w->gshift, level - 1) + 1;
	if (RMI_FIELD_GET(world_features(w, 0), RMI_FEATURE_REGISTER_0_S2SZ) < w->note[NOTE_BITS])
		world_skip(w, "IPAs have less than %u bits", (unsigned)w->note[NOTE_BITS]);
	w->note[NOTE_RTT] = world_delegated_block(w, ROOTS * w->page);
	w->note[NOTE_PARAMS] = world_page(w);
	p = params(w);
	p->s2sz = (uint8_t)w->note[NOTE_BITS];
	p->num_bps = 1;
	p->num_wps = 1;
	p->hash_algo = (uint8_t)best_hash(w);
	p->rtt_base = w->note[NOTE_RTT];
	p->rtt_level_start = level;
	p->rtt_num_start = ROOTS;
	for (unsigned i = 0; i < sizeof(p->rpv); i++)
		p->rpv[i] = (uint8_t)(i + 1);
	w->realm.rd = world_delegated(w);
	w->realm.start_level = level;
	WORLD_CALL(w, SMC_RMI_REALM_CREATE, w->realm.rd, w->note[NOTE_PARAMS]);
}

/* There is another Realm. [NOTE_REALMS] */
static void counted_base(struct world *w)
{
	world_other_realm(w);
	base(w);
	w->note[NOTE_REALMS] = world_num_realms(w);
}

/* One auxiliary Plane. */
static void plane_base(struct world *w, uint64_t flags1)
{
	base(w);
	params(w)->num_aux_planes = 1;
	params(w)->flags1 = flags1;
}

static void two_trees_base(struct world *w)
{
	plane_base(w, RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE);
	params(w)->aux_rtt_base[0] = world_delegated_block(w, ROOTS * w->page);
}

static void indirect_base(struct world *w)
{
	plane_base(w, RMI_REALM_FLAGS1_RTT_S2AP_ENCODING);
}

static void ats_plane_base(struct world *w)
{
	indirect_base(w);
	params(w)->ats_plane = 1;
}

static void lpa2_base(struct world *w)
{
	base(w);
	params(w)->flags0 |= RMI_REALM_FLAGS0_LPA2;
}

static void params_align(struct world *w)
{
	w->regs.x[2] += 8;
}

static void params_pas(struct world *w)
{
	w->regs.x[2] = world_delegated(w);
}

static void params_valid(struct world *w)
{
	params(w)->hash_algo = 0xff;
}

/* One more breakpoint than there are. */
static void params_supp(struct world *w)
{
	params(w)->num_bps =
	        (uint8_t)(RMI_FIELD_GET(world_features(w, 0), RMI_FEATURE_REGISTER_0_NUM_BPS) + 1);
}

static void alias(struct world *w)
{
	w->regs.x[1] = w->note[NOTE_RTT] + w->page;
}

static void rd_state(struct world *w)
{
	w->regs.x[1] = world_page(w);
}

/* Aligned to a page, not to all of the RTTs. */
static void rtt_align(struct world *w)
{
	w->note[NOTE_RTT] = world_delegated_block(w, 4 * w->page);
	params(w)->rtt_base = w->note[NOTE_RTT] + w->page;
}

static void rtt_num_level(struct world *w)
{
	params(w)->rtt_num_start = 1;
}

/* The last of the RTTs is the Host's. */
static void rtt_state(struct world *w)
{
	uint64_t last = w->note[NOTE_RTT] + (ROOTS - 1) * w->page;

	world_must(w, WORLD_DO(w, SMC_RMI_GRANULE_RANGE_UNDELEGATE, last, last + w->page),
	           "RMI_GRANULE_RANGE_UNDELEGATE");
}

static void ats_plane(struct world *w)
{
	params(w)->ats_plane = 1;
}

/* There is one VMID, and another Realm has it. */
static void vmid(struct world *w)
{
	world_other_realm(w);
}

static void is_counted(struct world *w)
{
	world_equal(w, world_num_realms(w), w->note[NOTE_REALMS] + 1, "num_realms");
}

static void rd_is_rd(struct world *w)
{
	world_in_state(w, w->realm.rd, "GRAN_RD");
}

/* Only REALM_NEW can be activated. */
static void is_new(struct world *w)
{
	world_activate(w);
}

/* The first REC has the first index. */
static void first_index_is_zero(struct world *w)
{
	world_equal(w, world_try_rec(w, 1), rmi_result(RMI_ERROR_INPUT), "X0 for index 1");
	world_must(w, world_try_rec(w, 0), "RMI_REC_CREATE with index 0");
}

static void roots_in_state(struct world *w, const char *state)
{
	for (unsigned i = 0; i < ROOTS; i++)
		world_in_state(w, w->note[NOTE_RTT] + i * w->page, state);
}

static void roots_are_rtts(struct world *w)
{
	roots_in_state(w, "GRAN_RTT");
}

static void destroy(struct world *w)
{
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_TERMINATE, w->realm.rd), "RMI_REALM_TERMINATE");
	world_must(w, WORLD_DO(w, SMC_RMI_REALM_DESTROY, w->realm.rd), "RMI_REALM_DESTROY");
}

/* The Realm knows its RTTs: it gives them back. */
static void knows_its_roots(struct world *w)
{
	const uint64_t aux = params(w)->aux_rtt_base[0];

	roots_are_rtts(w);
	for (unsigned i = 0; i < ROOTS; i++)
		world_in_state(w, aux + i * w->page, "GRAN_RTT");
	destroy(w);
	roots_in_state(w, "GRAN_DELEGATED");
	for (unsigned i = 0; i < ROOTS; i++)
		world_in_state(w, aux + i * w->page, "GRAN_DELEGATED");
}

/* Visits all entries of the starting level that map Protected IPAs, or Unprotected ones. */
static void each_entry(struct world *w, bool is_protected,
                       void (*visit)(struct world *w, struct world_entry e))
{
	int level = w->realm.start_level;
	uint64_t size = rmi_rtt_level_size(w->gshift, level);
	uint64_t half = UINT64_C(1) << (w->note[NOTE_BITS] - 1);
	uint64_t ipa = is_protected ? 0 : half;

	for (uint64_t top = ipa + half; ipa < top; ipa += size) {
		struct world_entry e = world_entry(w, ipa, level);

		world_equal(w, (uint64_t)e.level, (uint64_t)level, "the level of an entry");
		visit(w, e);
	}
}

static void entry_is_void(struct world *w, struct world_entry e)
{
	world_equal(w, e.state, RMI_RTTE_VOID, "the state of an entry");
}

static void entry_is_empty(struct world *w, struct world_entry e)
{
	world_equal(w, e.ripas, RMI_RIPAS_EMPTY, "RIPAS of an entry");
}

static void protected_is_void(struct world *w)
{
	each_entry(w, true, entry_is_void);
}

static void unprotected_is_unmapped(struct world *w)
{
	each_entry(w, false, entry_is_void);
}

static void protected_is_empty(struct world *w)
{
	each_entry(w, true, entry_is_empty);
}

/* Maps something at the first Unprotected IPA. @return X0 */
static uint64_t share(struct world *w, uint64_t pa, uint64_t s2ap)
{
	uint64_t ipa = UINT64_C(1) << (w->note[NOTE_BITS] - 1);
	uint64_t flags = RMI_ADDR_TYPE_SINGLE |
	                 RMI_FIELD_SET(RMI_MEMATTR_NORMAL_WB, RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR) |
	                 RMI_FIELD_SET(s2ap, RMI_RTT_UNPROT_MAP_FLAGS_S2AP);

	world_must(w, small_tables(&w->realm, ipa), "RMI_RTT_CREATE");
	return WORLD_DO(w, SMC_RMI_RTT_UNPROT_MAP, w->realm.rd, ipa, ipa + w->page, flags,
	                world_desc(w, pa, RMM_RTT_PAGE_LEVEL, 1, RMI_OP_MEM_UNDELEGATED));
}

/* A3.3: only with LPA2 a Realm can reach a PA of more than 48 bits. */
static void maps_wide_pas(struct world *w)
{
	world_must(w, share(w, UINT64_C(1) << 48, RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE),
	           "RMI_RTT_UNPROT_MAP of a PA of 49 bits");
}

/* What RSI_REALM_CONFIG tells; see GUEST_CONFIG. */
static const uint64_t *config(struct world *w)
{
	const uint64_t *x;
	uint64_t rec;

	world_must(w, small_tables(&w->realm, 0), "RMI_RTT_CREATE");
	world_load(w);
	rec = WORLD_REC(w, GUEST_CONFIG, SMC_RSI_REALM_CONFIG, WORLD_RAM_IPA(w));
	world_activate(w);
	x = world_tell(w, rec);
	world_equal(w, x[0], RSI_SUCCESS, "X0 of RSI_REALM_CONFIG");
	return x;
}

static void config_has_ipa_width(struct world *w)
{
	world_equal(w, config(w)[1], w->note[NOTE_BITS], "ipa_width");
}

static void config_has_hash(struct world *w)
{
	world_equal(w, config(w)[2] & 0xff, params(w)->hash_algo, "hash_algo");
}

static void config_has_planes(struct world *w)
{
	world_equal(w, config(w)[3], 1, "num_aux_planes");
}

static void config_has_ats_plane(struct world *w)
{
	world_equal(w, config(w)[5], 1, "ats_plane");
}

static void config_has_rpv(struct world *w)
{
	const uint64_t *x = config(w);
	uint64_t rpv[8];

	memcpy(rpv, params(w)->rpv, sizeof(rpv));
	for (unsigned i = 0; i < 8; i++)
		world_equal(w, x[8 + i], rpv[i], "eight bytes of rpv");
}

/* Asks with an SMC of one argument. @return X0..X30 */
static const uint64_t *ask(struct world *w, uint64_t rec)
{
	const uint64_t *x = world_tell(w, rec);

	world_equal(w, x[0], RSI_SUCCESS, "X0 of the RSI command");
	return x;
}

/* A Realm that can read its RIM has code and a REC, which are measured. */
static void rim_begins_at_zero(struct world *w)
{
	const uint64_t gprs[8] = {SMC_RSI_MEASUREMENT_READ, 0};
	struct rim rim = {.hash = best_hash(w)};
	uint64_t rec;

	world_must(w, small_tables(&w->realm, 0), "RMI_RTT_CREATE");
	world_load(w);
	rim_load(w, &rim);
	rec = world_rec(w, GUEST_ASK, gprs);
	rim_world_rec(w, &rim, GUEST_ASK, gprs);
	world_activate(w);
	rim_expect(w, &rim, &ask(w, rec)[1]);
}

static void rems_are_zero(struct world *w)
{
	uint64_t recs[RMM_NUM_REM];

	world_must(w, small_tables(&w->realm, 0), "RMI_RTT_CREATE");
	world_load(w);
	for (unsigned i = 0; i < RMM_NUM_REM; i++)
		recs[i] = WORLD_REC(w, GUEST_ASK, SMC_RSI_MEASUREMENT_READ, i + 1);
	world_activate(w);
	for (unsigned i = 0; i < RMM_NUM_REM; i++) {
		const uint64_t *x = ask(w, recs[i]);

		for (unsigned k = 1; k <= RMM_REALM_MEASUREMENT_SIZE / 8; k++)
			world_expect(w, x[k] == 0, "X%u of REM %u is 0x%llx", k, i,
			             (unsigned long long)x[k]);
	}
}

/* No level above the starting level has entries, and the next level can have tables. */
static void starts_at_level(struct world *w)
{
	int level = w->realm.start_level;

	world_equal(
	        w,
	        WORLD_DO(w, SMC_RMI_RTT_READ_ENTRY, w->realm.rd, 0, (uint64_t)(int64_t)(level - 1)),
	        rmi_result(RMI_ERROR_INPUT), "X0 of RMI_RTT_READ_ENTRY above");
	world_equal(w, (uint64_t)world_entry(w, 0, level).level, (uint64_t)level,
	            "the level of the first entry");
	world_table(w, 0, level + 1);
}

/* The last entry of the last RTT leads to another one. */
static void uses_all_roots(struct world *w)
{
	int level = w->realm.start_level;
	uint64_t size = rmi_rtt_level_size(w->gshift, level);
	uint64_t last = (UINT64_C(1) << w->note[NOTE_BITS]) - size;
	uint64_t rtt = world_table(w, last, level + 1);

	world_equal(w, world_entry(w, last, level).state, RMI_RTTE_TABLE, "the last entry");
	world_equal(w, world_entry(w, last, level).addr, rtt, "the address of the last entry");
	world_equal(w, world_entry(w, 0, level).state, RMI_RTTE_VOID, "the first entry");
	world_equal(w, world_entry(w, last - ROOTS / 2 * (w->page / 8) * size, level).state,
	            RMI_RTTE_VOID, "the last entry of the RTT before");
}

/* RSI_FEATURES tells what the Realm has. */
static uint64_t realm_features(struct world *w)
{
	uint64_t rec;

	world_must(w, small_tables(&w->realm, 0), "RMI_RTT_CREATE");
	world_load(w);
	rec = WORLD_REC(w, GUEST_ASK, SMC_RSI_FEATURES, 0);
	world_activate(w);
	return ask(w, rec)[1];
}

static void has_no_da(struct world *w)
{
	world_equal(w, realm_features(w) & RSI_FEATURE_REGISTER_0_DA, 0, "RSI feature DA");
}

static void has_no_ats(struct world *w)
{
	world_equal(w, realm_features(w) & RSI_FEATURE_REGISTER_0_ATS, 0, "RSI feature ATS");
}

/* There is an auxiliary tree to add a table to. */
static void has_two_trees(struct world *w)
{
	int level = w->realm.start_level + 1;

	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_AUX_CREATE, w->realm.rd, world_delegated(w), 0,
	                    (uint64_t)(int64_t)level, 1),
	           "RMI_RTT_AUX_CREATE");
}

/* Read and write access is base index 3, which is bits 6 and 51 of a descriptor. */
static void s2ap_is_indirect(struct world *w)
{
	uint64_t ipa = UINT64_C(1) << (w->note[NOTE_BITS] - 1);
	uint64_t mask = UINT64_C(1) << 51 | UINT64_C(3) << 6;

	world_must(w, share(w, world_page(w), RMI_S2AP_RW), "RMI_RTT_UNPROT_MAP");
	world_equal(w, world_entry(w, ipa, RMM_RTT_PAGE_LEVEL).desc & mask,
	            UINT64_C(1) << 51 | UINT64_C(1) << 6, "PIIndex of an entry");
}

/* A Realm with a REC, a VDEV or a VSMMU is live. */
static void is_not_live(struct world *w)
{
	destroy(w);
}

/* The platform token has not been refreshed. */
static void nothing(struct world *w)
{
	(void)w;
}

static const struct conformance_row rows[] = {
        FAILS(pat_valid, nothing, .conf = "pat_valid=0"),
        FAILS(params_align, params_align),
        FAILS(params_pas, params_pas),
        FAILS(params_valid, params_valid),
        FAILS(params_supp, params_supp),
        FAILS(alias, alias),
        FAILS(rd_align, spoil_rd_align),
        FAILS(rd_bound, spoil_rd_bound),
        FAILS(rd_state, rd_state),
        FAILS(rtt_align, rtt_align),
        FAILS(rtt_num_level, rtt_num_level),
        FAILS(rtt_state, rtt_state),
        FAILS(ats_plane, ats_plane),
        FAILS(vmid, vmid, .conf = "vmids=1"),
        NEVER_FAILS(mec_policy, "MECIDs are not modelled: every policy has one"),
        HOLDS(num_realms, is_counted, .base = counted_base, .conf = WORLD_INSIDE),
        HOLDS(rd_state, rd_is_rd),
        HOLDS(realm_state, is_new),
        HOLDS(rec_index, first_index_is_zero),
        HOLDS(rtt_base, knows_its_roots, .base = two_trees_base, .conf = "planes=1"),
        HOLDS(rtt_state, roots_are_rtts),
        HOLDS(rtte_p_states, protected_is_void),
        HOLDS(rtte_up_states, unprotected_is_unmapped),
        HOLDS(rtte_ripas, protected_is_empty),
        HOLDS(lpa2, maps_wide_pas, .base = lpa2_base, .conf = "lpa2=1"),
        HOLDS(ipa_width, config_has_ipa_width),
        HOLDS(hash_algo, config_has_hash),
        HOLDS(rim, rim_begins_at_zero),
        HOLDS(rem, rems_are_zero),
        HOLDS(rtt_level, starts_at_level),
        HOLDS(rtt_num, uses_all_roots),
        HOLDS(rpv, config_has_rpv),
        HOLDS(da, has_no_da),
        HOLDS(ats, has_no_ats),
        HOLDS(ats_plane, config_has_ats_plane, .base = ats_plane_base, .conf = "planes=1"),
        HOLDS(rtt_tree_per_plane, has_two_trees, .base = two_trees_base, .conf = "planes=1"),
        HOLDS(num_aux_planes, config_has_planes, .base = indirect_base, .conf = "planes=1"),
        HOLDS(rtt_s2ap_encoding, s2ap_is_indirect, .base = indirect_base, .conf = "planes=1"),
        NEVER_HOLDS(lfa_policy, "no command and no RSI call shows it"),
        NEVER_HOLDS(mec_policy, "no command and no RSI call shows it"),
        HOLDS(num_recs, is_not_live),
        HOLDS(num_vdevs, is_not_live),
        HOLDS(num_vsmmus, is_not_live),
        {0},
};

const struct conformance_command conformance_realm_create = {
        .name = "RMI_REALM_CREATE",
        .base = base,
        .rows = rows,
};
