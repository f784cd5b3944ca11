/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RSI_VERSION, RSI_FEATURES, RSI_MEASUREMENT_READ, RSI_MEASUREMENT_EXTEND and RSI_REALM_CONFIG
 * (DEN0137 B5.4): what a Realm asks the RMM about itself.
 */
#include <openssl/evp.h>

#include "rim.h"
#include "spoil.h"

/* RSI 1.1 is what DEN0137 2.0 describes. */
#define RSI_1_1 RSI_VERSION_ENCODE(1, 1)

/* A Realm with one REC that makes the call. */
static void realm_of(struct world *w, enum rmi_hash_algorithm hash)
{
	world_must(w, small_realm_create(&w->realm, hash), "RMI_REALM_CREATE");
	world_must(w, small_tables(&w->realm, 0), "RMI_RTT_CREATE");
	world_load(w);
	world_server(w);
	world_activate(w);
	world_ready(w, w->rec);
}

static void realm(struct world *w)
{
	realm_of(w, RMI_HASH_SHA_256);
}

/* RSI_VERSION */

static void version_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_VERSION, RSI_1_1);
}

static void version_2_0(struct world *w)
{
	w->regs.x[1] = RSI_VERSION_ENCODE(2, 0);
}

static void version_0_1(struct world *w)
{
	w->regs.x[1] = RSI_VERSION_ENCODE(0, 1);
}

static void is_next_lower(struct world *w)
{
	world_equal(w, w->regs.x[2], RSI_1_1, "higher");
	world_equal(w, w->regs.x[1], RSI_1_1, "lower");
}

static void is_requested(struct world *w)
{
	world_equal(w, w->regs.x[1], w->in.x[1], "lower");
}

static void is_highest(struct world *w)
{
	world_equal(w, w->regs.x[2], RSI_1_1, "higher");
}

static const struct conformance_row version_rows[] = {
        FAILS(incompat_lower, version_2_0, .after = is_next_lower),
        FAILS(incompat_higher, version_0_1, .after = is_next_lower),
        HOLDS(lower, is_requested),
        HOLDS(higher, is_highest),
        {0},
};

const struct conformance_command conformance_rsi_version = {
        .name = "RSI_VERSION",
        .base = version_base,
        .rows = version_rows,
};

/* RSI_FEATURES */

static void features_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_FEATURES, 0);
}

static void features_1_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_FEATURES, 1);
}

/* The Realm was created without device assignment and without ATS. */
static void has_no_device(struct world *w)
{
	world_equal(w, w->regs.x[1] & ~RSI_FEATURE_REGISTER_0_MRO, 0, "value without MRO");
}

static void is_zero(struct world *w)
{
	world_equal(w, w->regs.x[1], 0, "value");
}

static const struct conformance_row features_rows[] = {
        HOLDS(value, has_no_device),
        HOLDS(value, is_zero, .base = features_1_base, .variant = "other_index"),
        {0},
};

const struct conformance_command conformance_rsi_features = {
        .name = "RSI_FEATURES",
        .base = features_base,
        .rows = features_rows,
};

/* RSI_MEASUREMENT_READ */

static void read_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_MEASUREMENT_READ, 0);
}

static void read_512_base(struct world *w)
{
	if ((world_features(w, 1) & RMI_FEATURE_REGISTER_1_HASH_SHA_512) == 0)
		world_skip(w, "the RMM has no SHA-512");
	realm_of(w, RMI_HASH_SHA_512);
	WORLD_CALL(w, SMC_RSI_MEASUREMENT_READ, 0);
}

static void read_rem_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_MEASUREMENT_READ, RMM_NUM_REM);
}

static void read_index_bound(struct world *w)
{
	w->regs.x[1] = RMM_NUM_REM + 1;
}

static void expect_rim(struct world *w, enum rmi_hash_algorithm hash)
{
	const uint64_t gprs[8] = {world_server_call()};
	struct rim rim = {.hash = hash};

	rim_load(w, &rim);
	rim_world_rec(w, &rim, GUEST_SERVE, gprs);
	rim_expect(w, &rim, &w->regs.x[1]);
}

static void is_rim(struct world *w)
{
	expect_rim(w, RMI_HASH_SHA_256);
}

static void is_rim_512(struct world *w)
{
	expect_rim(w, RMI_HASH_SHA_512);
}

static void is_zero_rem(struct world *w)
{
	const struct rim rem = {.hash = RMI_HASH_SHA_256};

	rim_expect(w, &rem, &w->regs.x[1]);
}

static const struct conformance_row read_rows[] = {
        FAILS(index_bound, read_index_bound),
        HOLDS(sha_256, is_rim),
        HOLDS(sha_256, is_zero_rem, .base = read_rem_base, .variant = "rem"),
        HOLDS(sha_512, is_rim_512, .base = read_512_base),
        {0},
};

const struct conformance_command conformance_rsi_measurement_read = {
        .name = "RSI_MEASUREMENT_READ",
        .base = read_base,
        .rows = read_rows,
};

/* RSI_MEASUREMENT_EXTEND */

static void extend_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_MEASUREMENT_EXTEND, 2, 20, 0x0706050403020100, 0x0f0e0d0c0b0a0908,
	           0x1716151413121110, 0x1f1e1d1c1b1a1918);
}

static void extend_full_base(struct world *w)
{
	extend_base(w);
	w->regs.x[2] = 64;
	for (unsigned i = 0; i < 8; i++)
		w->regs.x[3 + i] = UINT64_C(0x1122334455667788) * (i + 1);
}

static void index_zero(struct world *w)
{
	w->regs.x[1] = 0;
}

static void size_bound(struct world *w)
{
	w->regs.x[2] = 65;
}

/* B3.110: the old value, and behind it the bytes given, both padded to 64. Twice, for good. */
static void is_extended(struct world *w)
{
	struct smccc_regs again = w->in;
	struct rim rem = {.hash = RMI_HASH_SHA_256};

	world_equal(w, world_realm_call(w, w->rec, &again), RSI_SUCCESS,
	            "X0 of RSI_MEASUREMENT_EXTEND");
	for (unsigned i = 0; i < 2; i++) {
		uint8_t text[2 * RMM_REALM_MEASUREMENT_SIZE] = {0};

		memcpy(text, rem.value, sizeof(rem.value));
		memcpy(text + sizeof(rem.value), &w->in.x[3], w->in.x[2]);
		world_expect(
		        w, EVP_Digest(text, sizeof(text), rem.value, NULL, EVP_sha256(), NULL) == 1,
		        "no hash");
	}
	for (uint64_t index = 1; index <= RMM_NUM_REM; index++) {
		const struct rim zero = {.hash = RMI_HASH_SHA_256};
		struct smccc_regs read = {.x = {SMC_RSI_MEASUREMENT_READ, index}};

		world_equal(w, world_realm_call(w, w->rec, &read), RSI_SUCCESS,
		            "X0 of RSI_MEASUREMENT_READ");
		rim_expect(w, index == w->in.x[1] ? &rem : &zero, &read.x[1]);
	}
}

static const struct conformance_row extend_rows[] = {
        FAILS(index_bound, index_zero),
        FAILS(index_bound, read_index_bound, .variant = "high"),
        FAILS(size_bound, size_bound),
        HOLDS(realm_meas, is_extended),
        HOLDS(realm_meas, is_extended, .base = extend_full_base, .variant = "all_bytes"),
        {0},
};

const struct conformance_command conformance_rsi_measurement_extend = {
        .name = "RSI_MEASUREMENT_EXTEND",
        .base = extend_base,
        .rows = extend_rows,
};

/* RSI_REALM_CONFIG */

static void config_base(struct world *w)
{
	realm(w);
	WORLD_CALL(w, SMC_RSI_REALM_CONFIG, WORLD_RAM_IPA(w));
}

static uint64_t member(struct world *w, size_t offset)
{
	return world_peek(w, WORLD_RAM_IPA(w) + offset);
}

static void has_ipa_width(struct world *w)
{
	world_equal(w, member(w, offsetof(struct rsi_realm_config, ipa_width)), w->realm.ipa_bits,
	            "ipa_width");
}

static void has_hash_algo(struct world *w)
{
	world_equal(w, member(w, offsetof(struct rsi_realm_config, hash_algo)), RSI_HASH_SHA_256,
	            "hash_algo and the bytes behind it");
}

static void has_num_aux_planes(struct world *w)
{
	world_equal(w, member(w, offsetof(struct rsi_realm_config, num_aux_planes)), 0,
	            "num_aux_planes");
}

static void has_ats_plane(struct world *w)
{
	world_equal(w, member(w, offsetof(struct rsi_realm_config, ats_plane)), 0, "ats_plane");
}

/* B5.5.19: what is not used is zero. */
static void has_zero_elsewhere(struct world *w)
{
	for (uint64_t at = sizeof(struct rsi_realm_config); at > 0x240; at -= 8)
		world_equal(w, member(w, at - 8), 0, "an unused word");
}

static void fill_base(struct world *w)
{
	config_base(w);
	for (uint64_t at = 0; at < sizeof(struct rsi_realm_config); at += 8)
		world_poke(w, WORLD_RAM_IPA(w) + at, UINT64_MAX);
}

static const struct conformance_row config_rows[] = {
        FAILS(addr_align, spoil_rsi_align),
        FAILS(addr_bound, spoil_rsi_bound),
        FAILS(addr_empty, spoil_rsi_empty),
        HOLDS(ipa_width, has_ipa_width),
        HOLDS(ipa_width, has_zero_elsewhere, .base = fill_base, .variant = "unused"),
        HOLDS(hash_algo, has_hash_algo, .base = fill_base),
        HOLDS(num_aux_planes, has_num_aux_planes),
        HOLDS(ats_plane, has_ats_plane),
        {0},
};

const struct conformance_command conformance_rsi_realm_config = {
        .name = "RSI_REALM_CONFIG",
        .base = config_base,
        .rows = config_rows,
};
