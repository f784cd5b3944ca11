/* SPDX-License-Identifier: BSD-3-Clause */
/* rmm_create() takes no configuration that the model cannot be, and says which value is wrong. */
#include "cmocka_test.h"

#include <stddef.h>
#include <string.h>

#include <rmm/model.h>

/** Where every sanitizer, too, lets a program map something, and where nothing is by itself. */
#define FREE_ADDRESS UINT64_C(0x550000000000)

/** A member of struct rmm_config, a value that it cannot have, and a word of the message. */
struct bad {
	size_t offset;
	size_t width;
	uint64_t value;
	const char *word;
};

#define BAD(member, value, word)                                                                   \
	{                                                                                          \
		offsetof(struct rmm_config, member), sizeof(((struct rmm_config *)NULL)->member),  \
		        value, word                                                                \
	}

static const struct bad bad[] = {
        BAD(revision, 9, "revision"),
        BAD(tracking, 0, "tracking"),
        BAD(tracking, 9, "tracking"),
        BAD(gpt, 9, "gpt"),
        BAD(granule_sizes, 0, "granule sizes"),
        BAD(granule_sizes, 8, "granule sizes"),
        BAD(granule_sizes, 9, "granule sizes"),
        BAD(hashes, 0, "hashes"),
        BAD(hashes, 2, "hashes"),
        BAD(hashes, 9, "hashes"),
        BAD(quirks, UINT64_C(1) << 63, "quirks"),
        BAD(dram_size, 0, "dram="),
        BAD(dram_size, 4096, "dram="),
        BAD(dram_size, UINT64_C(1) << 48, "reach beyond"),
        BAD(dram_base, 4096, "dram_base="),
        BAD(dram_base, UINT64_C(1) << 48, "reach beyond"),
        BAD(pes, 0, "pes"),
        BAD(pes, RMM_MAX_PES + 1, "pes"),
        BAD(s2sz, 31, "s2sz"),
        BAD(s2sz, 49, "s2sz"),
        BAD(max_recs_order, 0, "max_recs_order"),
        BAD(max_recs_order, 16, "max_recs_order"),
        BAD(num_bps, 1, "num_bps"),
        BAD(num_bps, 65, "num_bps"),
        BAD(num_wps, 1, "num_wps"),
        BAD(num_wps, 65, "num_wps"),
        BAD(num_vmids, 0, "vmids"),
        BAD(num_vmids, 65536, "vmids"),
        BAD(num_lrs, 0, "lrs"),
        BAD(num_lrs, 17, "lrs"),
        BAD(planes, 4, "planes"),
        BAD(policy.donate_shapes, 0, "donation shapes"),
        BAD(policy.donate_shapes, 64, "donation shapes"),
        BAD(policy.incomplete_permille, 1001, "incomplete"),
        BAD(policy.incomplete_rounds, 0, "incomplete_rounds"),
        BAD(policy.incomplete_rounds, 1001, "incomplete_rounds"),
        BAD(policy.busy_permille, 1000, "busy"),
        BAD(policy.fiq_permille, 1001, "fiq"),
        BAD(policy.rec_aux, 100000, "rec_aux"),
        BAD(policy.realm_aux, 100000, "realm_aux"),
        BAD(policy.tracking_aux, 100000, "tracking_aux"),
        BAD(policy.donate_rounds, 0, "donate_rounds"),
        BAD(policy.sro_contexts, 0, "sro_contexts"),
        BAD(policy.sro_contexts, 100000, "sro_contexts"),
};

static void write_member(struct rmm_config *config, const struct bad *b)
{
	char *member = (char *)config + b->offset;
	uint32_t word = (uint32_t)b->value;

	if (b->width == sizeof(b->value))
		memcpy(member, &b->value, sizeof(b->value));
	else
		memcpy(member, &word, sizeof(word));
}

static void value_out_of_range_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rmm_config config;
		struct rmi_error err = {0};

		rmm_config_init(&config);
		write_member(&config, &bad[i]);
		assert_null(rmm_create(&config, NULL));
		assert_null(rmm_create(&config, &err));
		if (!strstr(err.text, bad[i].word))
			fail_msg("row %zu: \"%s\"", i, err.text);
	}
}

static void feature_of_a_later_revision_is_refused(void **state)
{
	struct rmm_config config;
	struct rmi_error err = {0};

	(void)state;
	rmm_config_init(&config);
	config.l0gpt_block_delegate = true;
	config.revision = RMI_REVISION_2_0_BET1;
	assert_null(rmm_create(&config, &err));
	assert_non_null(strstr(err.text, "l0gpt_block_delegate"));
}

static void identity_needs_addresses_that_are_free(void **state)
{
	struct rmm_config config;
	struct rmi_error err = {0};
	struct rmm *first;

	(void)state;
	rmm_config_init(&config);
	config.identity = true;
	config.dram_base = FREE_ADDRESS;
	config.dram_size = UINT64_C(1) << 20;
	first = rmm_create(&config, &err);
	assert_non_null(first);
	assert_int_equal((uintptr_t)rmm_dram(first), config.dram_base);
	assert_null(rmm_create(&config, &err));
	assert_non_null(strstr(err.text, "not free"));
	rmm_destroy(first);
}

static void more_dram_than_address_space_is_refused(void **state)
{
	struct rmm_config config;
	struct rmi_error err = {0};

	(void)state;
	rmm_config_init(&config);
	config.dram_base = 0;
	config.dram_size = UINT64_C(1) << 48;
	assert_null(rmm_create(&config, &err));
	assert_non_null(strstr(err.text, "no address space"));
}

static void nothing_to_destroy_is_fine(void **state)
{
	(void)state;
	rmm_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(value_out_of_range_is_refused_by_name),
	        cmocka_unit_test(feature_of_a_later_revision_is_refused),
	        cmocka_unit_test(identity_needs_addresses_that_are_free),
	        cmocka_unit_test(more_dram_than_address_space_is_refused),
	        cmocka_unit_test(nothing_to_destroy_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
