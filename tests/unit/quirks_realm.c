/* SPDX-License-Identifier: BSD-3-Clause */
/* Quirks of measurement, of the parameters of a Realm, of RECs and PSCI. */
#include "quirks.h"

#include <string.h>

/* The first 8 bytes of measurements, which were computed apart from this project. */
#define RIM_FROM_ZERO       UINT64_C(0x2ac84b1d461d5eb0)
#define RIM_FROM_PARAMETERS UINT64_C(0xe12923877b0381bb)
#define REM_OF_128_BYTES    UINT64_C(0xe1376940b8fc90c4)
#define REM_OF_64_BYTES     UINT64_C(0x84cdc6a5b4c8f0b)

static void read_rim(struct guest *g, void *arg)
{
	uint8_t rim[64];

	rsi_measurement_read(g, 0, rim);
	memcpy(arg, rim, sizeof(uint64_t));
}

static uint64_t rim(struct fixture *f)
{
	uint64_t word = 0;

	make_realm(f);
	run_script(f, read_rim, &word);
	return word;
}
QUIRK(rim_init, rim, RIM_FROM_ZERO, RIM_FROM_PARAMETERS)

/* Extends by the bytes 1 to 32. */
static void extend_and_read(struct guest *g, void *arg)
{
	uint8_t value[32];
	uint8_t rem[64];

	for (unsigned i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(i + 1);
	rsi_measurement_extend(g, 1, value, sizeof(value));
	rsi_measurement_read(g, 1, rem);
	memcpy(arg, rem, sizeof(uint64_t));
}

static uint64_t rem(struct fixture *f)
{
	uint64_t word = 0;

	make_realm(f);
	run_script(f, extend_and_read, &word);
	return word;
}
QUIRK(rem_extend, rem, REM_OF_128_BYTES, REM_OF_64_BYTES)

static void read_over_registers(struct guest *g, void *arg)
{
	struct smccc_regs regs = {.x = {SMC_RSI_MEASUREMENT_READ, 1, [7] = 7, [8] = 8}};

	guest_smc(g, &regs);
	*(uint64_t *)arg = regs.x[8] << 8 | regs.x[7];
}

static uint64_t word_behind_sha256(struct fixture *f)
{
	uint64_t word = UINT64_MAX;

	make_realm(f);
	run_script(f, read_over_registers, &word);
	return word;
}
QUIRK(measurement_read_stale_words, word_behind_sha256, 0, 7)

static struct rmi_realm_params *fill_params(struct fixture *f)
{
	struct rmi_realm_params *params;

	activate(f);
	params = small_va(&f->realm, f->realm.run);
	memset(params, 0, sizeof(*params));
	params->s2sz = SMALL_IPA_BITS;
	params->num_bps = 1;
	params->num_wps = 1;
	params->rtt_base = small_delegated(&f->realm);
	params->rtt_level_start = 1;
	params->rtt_num_start = 1;
	return params;
}

static uint64_t create(struct fixture *f)
{
	return rmi_realm_create(f->pe, small_delegated(&f->realm), f->realm.run, NULL);
}

/* The RMM offers SHA-256 alone. */
static uint64_t create_with_sha384(struct fixture *f)
{
	fill_params(f)->hash_algo = RMI_HASH_SHA_384;
	return create(f);
}
QUIRK(sha384, create_with_sha384, RMI_ERROR_INPUT, RMI_SUCCESS)

static uint64_t create_with_sve_vl(struct fixture *f)
{
	fill_params(f)->sve_vl = 1;
	return create(f);
}
QUIRK(sve_vl_unchecked, create_with_sve_vl, RMI_ERROR_INPUT, RMI_SUCCESS)

static uint64_t create_with_pmu_counters(struct fixture *f)
{
	fill_params(f)->pmu_num_ctrs = 1;
	return create(f);
}
QUIRK(pmu_num_ctrs_unchecked, create_with_pmu_counters, RMI_ERROR_INPUT, RMI_SUCCESS)

static uint64_t create_with_ats(struct fixture *f)
{
	fill_params(f)->flags1 = RMI_REALM_FLAGS1_ATS;
	return create(f);
}
QUIRK(flags1_ats_unchecked, create_with_ats, RMI_ERROR_INPUT, RMI_SUCCESS)

static uint64_t create_with_reserved_lfa_policy(struct fixture *f)
{
	fill_params(f)->flags0 = RMI_FIELD_SET(3, RMI_REALM_FLAGS0_LFA_POLICY);
	return create(f);
}
QUIRK(lfa_policy_unchecked, create_with_reserved_lfa_policy, RMI_ERROR_INPUT, RMI_SUCCESS)

static uint64_t create_with_2_to_32_planes(struct fixture *f)
{
	fill_params(f)->num_aux_planes = UINT64_C(1) << 32;
	return create(f);
}
QUIRK(num_aux_planes_low32, create_with_2_to_32_planes, RMI_ERROR_INPUT, RMI_SUCCESS)

static void suspend(struct guest *g, void *arg)
{
	(void)arg;
	psci_cpu_suspend(g);
}

static uint64_t inject_sea_after_suspend(struct fixture *f)
{
	make_realm(f);
	run_script(f, suspend, NULL);
	small_run(&f->realm)->enter.flags = RMI_REC_ENTER_FLAGS_INJECT_SEA;
	return small_enter(&f->realm, 0);
}
QUIRK(inject_sea_rejected, inject_sea_after_suspend, RMI_SUCCESS, RMI_ERROR_REC)

static void ask_version(struct guest *g, void *arg)
{
	struct smccc_regs regs = {.x = {SMC64_PSCI_VERSION}};

	*(uint64_t *)arg = guest_smc(g, &regs);
}

static uint64_t smc64_version(struct fixture *f)
{
	uint64_t answer = 0;

	make_realm(f);
	run_script(f, ask_version, &answer);
	return answer;
}
QUIRK(psci_smc64_numbers, smc64_version, PSCI_VERSION_1_1, SMCCC_NOT_SUPPORTED)

/* REC 0 turns REC 1 on; REC 1 looks what it starts with. */
static void turn_on_or_look(struct guest *g, void *arg)
{
	uint64_t *seen = arg;

	if ((guest_regs(g)->mpidr & 0xff) == 0)
		psci_cpu_on(g, 1, GUEST_PC, 0);
	else
		*seen = guest_regs(g)->x[1];
}

/* Brings REC 0 where CPU_ON of REC 1 waits for the Host. */
static void begin_cpu_on(struct fixture *f, uint64_t flags, uint64_t *seen)
{
	static const uint64_t gprs[RMI_REC_CREATE_NR_GPRS] = {0, 0x55};

	make_realm(f);
	assert_true(rmm_script(rmi_model(f->rmi), GUEST_PC, turn_on_or_look, seen));
	assert_int_equal(small_rec(&f->realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_rec(&f->realm, GUEST_PC, flags, gprs), 0);
	assert_int_equal(small_activate(&f->realm), 0);
	assert_int_equal(small_enter(&f->realm, 0), RMI_SUCCESS);
	assert_int_equal(small_run(&f->realm)->exit.exit_reason, RMI_EXIT_PSCI);
}

static uint64_t complete(struct fixture *f, enum psci_return_code code)
{
	return rmi_psci_complete(f->pe, f->realm.recs[0], f->realm.recs[1], code);
}

static uint64_t complete_after_denied(struct fixture *f)
{
	begin_cpu_on(f, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL);
	assert_int_equal(complete(f, PSCI_DENIED), RMI_ERROR_INPUT);
	return complete(f, PSCI_SUCCESS);
}
QUIRK(psci_denied_consumes_request, complete_after_denied, RMI_SUCCESS, RMI_ERROR_INPUT)

/* The form of the other revision. */
static uint64_t complete_otherwise(struct fixture *f)
{
	struct smccc_regs regs = {.x = {SMC_RMI_PSCI_COMPLETE}};

	begin_cpu_on(f, 0, NULL);
	regs.x[1] = f->realm.recs[0];
	if (rmi_revision(f->rmi) != RMI_REVISION_2_0_BET1)
		regs.x[2] = f->realm.recs[1];
	rmi_call(f->pe, &regs);
	return regs.x[0];
}
QUIRK(psci_complete_either, complete_otherwise, RMI_ERROR_INPUT, RMI_SUCCESS)

static uint64_t registers_after_cpu_on(struct fixture *f)
{
	uint64_t seen = UINT64_MAX;

	begin_cpu_on(f, 0, &seen);
	assert_int_equal(complete(f, PSCI_SUCCESS), RMI_SUCCESS);
	assert_int_equal(small_enter(&f->realm, 1), RMI_SUCCESS);
	return seen;
}
QUIRK(cpu_on_keeps_gprs, registers_after_cpu_on, 0, 0x55)

static void write_config(struct guest *g, void *arg)
{
	guest_store64(g, 0x100, 0x55);
	rsi_realm_config(g, 0);
	if (guest_load64(g, 0) == SMALL_IPA_BITS)
		*(uint64_t *)arg = guest_load64(g, 0x100);
}

static uint64_t bytes_between_members(struct fixture *f)
{
	static const uint8_t page[PAGE];
	uint64_t word = 1;

	make_realm(f);
	assert_int_equal(small_map_init(&f->realm, 0, page, 0), 0);
	run_script(f, write_config, &word);
	return word;
}
QUIRK(realm_config_keeps_bytes, bytes_between_members, 0, 0x55)

static void call_host_from_nowhere(struct guest *g, void *arg)
{
	(void)arg;
	rsi_host_call(g, 2 * PAGE + 0x300);
}

/* The page is RAM, but not there. */
static uint64_t hpfar_of_a_host_call(struct fixture *f)
{
	make_realm(f);
	assert_int_equal(small_init_ripas(&f->realm, 2 * PAGE, 3 * PAGE), 0);
	run_script(f, call_host_from_nowhere, NULL);
	assert_int_equal(small_run(&f->realm)->exit.exit_reason, RMI_EXIT_SYNC);
	return small_run(&f->realm)->exit.hpfar;
}
QUIRK(hpfar_below_granule, hpfar_of_a_host_call, 0x20, 0x23)
