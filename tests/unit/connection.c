/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections: how they are opened, what a PE and the memory window are. */

#include <stdlib.h>
#include <string.h>

#include <rmi/backend.h>
#include <rmi/model.h>
#include <rmi/trace.h>
#include <rmm/model.h>

#include "cmocka_test.h"
#include "fake_backend.h"

static struct fake fake;

static struct rmi *open_fake(void)
{
	struct rmi_error err;
	struct rmi *rmi;

	fake_init(&fake, RMI_REVISION_2_0_BET3);
	rmi = rmi_open_backend(&fake.backend, &err);
	assert_non_null(rmi);
	return rmi;
}

static void assert_not_opened(const char *conf, const char *text)
{
	struct rmi_error err = {""};

	assert_null(rmi_open(conf, &err));
	assert_string_equal(err.text, text);
	assert_null(rmi_open(conf, NULL));
}

/* The text goes on with more backends. */
static void assert_unknown(const char *conf, const char *text)
{
	struct rmi_error err = {""};

	assert_null(rmi_open(conf, &err));
	err.text[strlen(text)] = '\0';
	assert_string_equal(err.text, text);
}

static void an_unknown_backend_is_named_with_the_known_ones(void **state)
{
	(void)state;
	assert_unknown("modle:dram=1G",
	               "unknown backend \"modle\" (did you mean \"model\"? known: model, remote");
	assert_unknown("/dev/rmi", "unknown backend \"/dev/rmi\" (known: model, remote");
	assert_unknown(":dram=1G", "unknown backend \"\" (known: model, remote");
}

static void the_model_explains_wrong_keys(void **state)
{
	struct rmi_error err;

	(void)state;
	/* All of them are named. */
	assert_null(rmi_open("model:drams=1G", &err));
	assert_non_null(strstr(err.text, "model: unknown key \"drams\" (did you mean \"dram\"? "
	                                 "known: dram, dram_base, identity, pes, "));
	assert_non_null(strstr(err.text, ", sro_contexts, quirks)"));
	assert_not_opened("model:dram=12Q",
	                  "model: dram=12Q: \"Q\" is no size suffix (K, M, G, T)");
	assert_not_opened("model:pes=0", "model: pes=0 is not in 1..64");
	assert_not_opened("model:pes=4294967296",
	                  "model: pes=4294967296: out of range (0..4294967295)");
	assert_not_opened("model:spec=2.0-bet2",
	                  "model: spec=2.0-bet2: unknown \"2.0-bet2\" (did you mean \"2.0-bet1\"? "
	                  "known: 2.0-bet1, 2.0-bet3)");
	assert_not_opened("model:quirks=rim_init+rem_extent",
	                  "model: quirks=rim_init+rem_extent: unknown \"rem_extent\" (did you mean "
	                  "\"rem_extend\"? known: tf-rmm, rim_init, rem_extend, "
	                  "measurement_read_stale_words, sha384, sve_vl_unchecked, "
	                  "pmu_num_ctrs_unchecked, flags1_ats_unchecked, lfa_policy_unchecked, "
	                  "num_aux_planes_low32, remap_same, map_needs_new_or_active, ...)");
}

static void without_a_name_the_environment_chooses(void **state)
{
	struct rmi_error err = {""};

	(void)state;
	assert_int_equal(setenv("RMI_BACKEND", "nowhere:", 1), 0);
	assert_null(rmi_open(NULL, &err));
	assert_non_null(strstr(err.text, "unknown backend \"nowhere\" (known: model, "));
	assert_int_equal(unsetenv("RMI_BACKEND"), 0);
}

static void a_formatted_configuration_is_a_configuration(void **state)
{
	struct rmi_error err = {""};

	(void)state;
	assert_null(rmi_open_fmt(&err, "model:pes=%u", 65));
	assert_string_equal(err.text, "model: pes=65 is not in 1..64");
}

static void an_unknown_trace_closes_the_backend(void **state)
{
	struct rmi_error err = {""};

	(void)state;
	fake_init(&fake, RMI_REVISION_2_0_BET3);
	assert_int_equal(setenv("RMI_TRACE", "xml", 1), 0);
	assert_null(rmi_open_backend(&fake.backend, &err));
	assert_int_equal(unsetenv("RMI_TRACE"), 0);
	assert_string_equal(err.text, "RMI_TRACE=xml: neither text nor text:FILE");
	assert_int_equal(fake.closed, 1);
}

static void a_call_reaches_the_backend_on_its_pe(void **state)
{
	struct rmi *rmi = open_fake();
	struct smccc_regs regs = {{SMC_RMI_FEATURES, 3}};

	(void)state;
	fake.answer = (struct smccc_regs){{RMI_SUCCESS, 77}};
	fake.answer_count = 2;
	assert_int_equal(rmi_call(rmi_pe(rmi, 1), &regs), RMI_SUCCESS);
	assert_int_equal(regs.x[1], 77);
	assert_int_equal(fake.called[0].x[0], 0);
	assert_int_equal(fake.called[1].x[0], SMC_RMI_FEATURES);
	assert_int_equal(fake.called[1].x[1], 3);
	rmi_close(rmi);
	assert_int_equal(fake.closed, 1);
}

static void pes_know_their_place(void **state)
{
	struct rmi *rmi = open_fake();

	(void)state;
	assert_int_equal(rmi_num_pes(rmi), 2);
	assert_null(rmi_pe(rmi, 2));
	assert_int_equal(rmi_pe_index(rmi_pe(rmi, 1)), 1);
	assert_ptr_equal(rmi_pe_rmi(rmi_pe(rmi, 1)), rmi);
	assert_ptr_equal(rmi_pe_ich(rmi_pe(rmi, 0)), &fake.ich);
	rmi_pe_kick(rmi_pe(rmi, 1));
	assert_int_equal(fake.kicks, 2);
	assert_string_equal(rmi_backend_name(rmi), "fake");
	assert_string_equal(rmi_revision_name(rmi_revision(rmi)), "2.0-bet3");
	assert_null(rmi_model(rmi));
	rmi_close(rmi);
}

static void addresses_translate_within_the_window_only(void **state)
{
	struct rmi *rmi = open_fake();
	unsigned char *start = fake.memory;

	(void)state;
	assert_ptr_equal(rmi_pa_to_va(rmi, FAKE_BASE, FAKE_SIZE), start);
	assert_ptr_equal(rmi_pa_to_va(rmi, FAKE_BASE + 8, 8), start + 8);
	assert_null(rmi_pa_to_va(rmi, FAKE_BASE, FAKE_SIZE + 1));
	assert_null(rmi_pa_to_va(rmi, FAKE_BASE + FAKE_SIZE - 1, 2));
	assert_null(rmi_pa_to_va(rmi, FAKE_BASE - 1, 1));
	assert_null(rmi_pa_to_va(rmi, FAKE_BASE + 8, UINT64_MAX));
	assert_null(rmi_pa_to_va(rmi, UINT64_MAX, 1));
	assert_true(rmi_va_to_pa(rmi, start + 8) == FAKE_BASE + 8);
	assert_true(rmi_va_to_pa(rmi, start + FAKE_SIZE) == UINT64_MAX);
	assert_true(rmi_va_to_pa(rmi, NULL) == UINT64_MAX);
	rmi_close(rmi);
}

static void the_audit_lists_each_held_granule(void **state)
{
	struct rmi *rmi = open_fake();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	fake.held[0] = FAKE_BASE;
	fake.held[1] = FAKE_BASE + 0x3000;
	assert_int_equal(rmi_audit(rmi, out), 2);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "granule 0x80000000 is GRAN_DELEGATED\n"
	                          "granule 0x80003000 is GRAN_DELEGATED\n");
	free(text);
	fake.held[0] = 0;
	assert_int_equal(rmi_audit(rmi, NULL), 0);
	rmi_close(rmi);
}

static void every_key_of_the_model_reaches_it(void **state)
{
	struct rmi_error err = {""};
	struct rmi *rmi = rmi_open("model:dram=64M,dram_base=0x100000000,identity=0,pes=2,spec=2.0-"
	                           "bet1,tracking=coarse,"
	                           "granule=4K+64K,s2sz=40,lpa2=1,hash=sha256+sha512,max_recs_"
	                           "order=3,num_bps=4,num_wps=8,"
	                           "vmids=16,lrs=8,rec_aux=2,sro_contexts=3,cancel=0",
	                           &err);
	const struct rmm_config *config;

	(void)state;
	assert_string_equal(err.text, "");
	assert_non_null(rmi);
	config = rmm_get_config(rmi_model(rmi));
	assert_int_equal(config->dram_size, 64 << 20);
	assert_true(config->dram_base == UINT64_C(0x100000000));
	assert_false(config->identity);
	assert_int_equal(config->pes, 2);
	assert_int_equal(config->revision, RMI_REVISION_2_0_BET1);
	assert_int_equal(config->tracking, RMI_TRACKING_COARSE);
	assert_int_equal(config->granule_sizes,
	                 RMM_SET(RMI_GRANULE_SIZE_4KB) | RMM_SET(RMI_GRANULE_SIZE_64KB));
	assert_int_equal(config->s2sz, 40);
	assert_true(config->lpa2);
	assert_int_equal(config->hashes, RMM_SET(RMI_HASH_SHA_256) | RMM_SET(RMI_HASH_SHA_512));
	assert_int_equal(config->max_recs_order, 3);
	assert_int_equal(config->num_bps, 4);
	assert_int_equal(config->num_wps, 8);
	assert_int_equal(config->num_vmids, 16);
	assert_int_equal(config->num_lrs, 8);
	assert_int_equal(config->policy.rec_aux, 2);
	assert_int_equal(config->policy.sro_contexts, 3);
	assert_false(config->policy.cancel);
	assert_int_equal(rmi_num_pes(rmi), 2);
	assert_int_equal(rmi_revision(rmi), RMI_REVISION_2_0_BET1);
	assert_true(rmi_memory(rmi).base == UINT64_C(0x100000000));
	assert_true(rmi_memory(rmi).size == 64 << 20);
	rmi_close(rmi);
}

static void identity_makes_pointers_equal_addresses(void **state)
{
	/* An address that sanitizers leave to programs, and programs to us. */
	struct rmi_error err = {""};
	struct rmi *rmi = rmi_open("model:dram=16M,dram_base=0x550000000000,identity=1", &err);

	(void)state;
	assert_string_equal(err.text, "");
	assert_non_null(rmi);
	assert_true((uintptr_t)rmi_pa_to_va(rmi, UINT64_C(0x550000001000), 1) ==
	            UINT64_C(0x550000001000));
	rmi_close(rmi);
}

static void the_model_is_found_below_layers(void **state)
{
	struct rmi *rmi = rmi_open("model:dram=16M", NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct rmm *rmm;

	(void)state;
	assert_non_null(rmi);
	assert_non_null(out);
	rmm = rmi_model(rmi);
	assert_non_null(rmm);
	assert_int_equal(rmi_trace_to(rmi, out, NULL), 0);
	assert_ptr_equal(rmi_model(rmi), rmm);
	assert_string_equal(rmi_backend_name(rmi), "model");
	rmi_close(rmi);
	assert_int_equal(fclose(out), 0);
	free(text);
}

static void closing_nothing_is_allowed(void **state)
{
	(void)state;
	rmi_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_unknown_backend_is_named_with_the_known_ones),
	        cmocka_unit_test(the_model_explains_wrong_keys),
	        cmocka_unit_test(without_a_name_the_environment_chooses),
	        cmocka_unit_test(a_formatted_configuration_is_a_configuration),
	        cmocka_unit_test(an_unknown_trace_closes_the_backend),
	        cmocka_unit_test(a_call_reaches_the_backend_on_its_pe),
	        cmocka_unit_test(pes_know_their_place),
	        cmocka_unit_test(addresses_translate_within_the_window_only),
	        cmocka_unit_test(the_audit_lists_each_held_granule),
	        cmocka_unit_test(every_key_of_the_model_reaches_it),
	        cmocka_unit_test(identity_makes_pointers_equal_addresses),
	        cmocka_unit_test(the_model_is_found_below_layers),
	        cmocka_unit_test(closing_nothing_is_allowed),
	};

	(void)unsetenv("RMI_TRACE");
	(void)unsetenv("RMI_BACKEND");
	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
