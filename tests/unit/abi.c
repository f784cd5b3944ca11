/* SPDX-License-Identifier: BSD-3-Clause */
/* Encoders and decoders of the ABI headers: words written by hand against what they make. */

#include <rmi/abi/layout.h>
#include <rmi/abi/psci.h>
#include <rmi/abi/status.h>
#include <rmi/abi/types.h>

#include "cmocka_test.h"

#define BET1 RMI_REVISION_2_0_BET1
#define BET3 RMI_REVISION_2_0_BET3

static void assert_desc(enum rmi_revision rev, unsigned gshift, struct rmi_addr_range_desc desc,
                        uint64_t word)
{
	struct rmi_addr_range_desc back = rmi_addr_range_desc_decode(rev, gshift, word);

	assert_true(rmi_addr_range_desc_encode(rev, gshift, desc) == word);
	assert_true(back.base == desc.base);
	assert_true(back.count == desc.count);
	assert_int_equal(back.size, desc.size);
	assert_int_equal(back.state, desc.state);
}

static void a_descriptor_has_size_count_address_and_state(void **state)
{
	(void)state;
	assert_desc(BET1, 12,
	            (struct rmi_addr_range_desc){0x80140000, 1, RMI_PAGE_L3, RMI_OP_MEM_DELEGATED},
	            0x80140004);
	assert_desc(
	        BET1, 12,
	        (struct rmi_addr_range_desc){0x80200000, 2, RMI_BLOCK_L2, RMI_OP_MEM_UNDELEGATED},
	        UINT64_C(0x8000000080200009));
	assert_desc(
	        BET3, 12,
	        (struct rmi_addr_range_desc){0x80200000, 2, RMI_BLOCK_L2, RMI_OP_MEM_UNDELEGATED},
	        UINT64_C(0x4000000080200009));
	assert_desc(
	        BET3, 12,
	        (struct rmi_addr_range_desc){0x80200000, 2, RMI_BLOCK_L1, RMI_OP_MEM_CONDITIONAL},
	        UINT64_C(0x800000008020000a));
}

static void each_granule_size_has_its_own_count_field(void **state)
{
	static const unsigned gshifts[] = {12, 14, 16};
	static const uint64_t full[] = {
	        UINT64_C(0x000ffffffffff000) | 0xfff,
	        UINT64_C(0x000fffffffffc000) | 0x3fff,
	        UINT64_C(0x000fffffffff0000) | 0xffff,
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		unsigned g = gshifts[i];
		struct rmi_addr_range_desc desc = {
		        .base = (UINT64_C(1) << 52) - (UINT64_C(1) << g),
		        .count = rmi_addr_range_desc_max_count(g),
		        .size = RMI_BLOCK_L0,
		        .state = RMI_OP_MEM_DELEGATED,
		};

		assert_int_equal(desc.count, (1u << (g - 2)) - 1);
		assert_desc(BET1, g, desc, full[i]);
		assert_desc(BET3, g, desc, full[i]);
	}
}

static void what_does_not_fit_a_descriptor_is_cut_off(void **state)
{
	struct rmi_addr_range_desc desc = {
	        .base = UINT64_C(0xfff0000080000fff),
	        .count = 0x401,
	        .size = RMI_PAGE_L3,
	        .state = RMI_OP_MEM_DELEGATED,
	};

	(void)state;
	assert_true(rmi_addr_range_desc_encode(BET3, 12, desc) == 0x80000004);
}

static void reserved_bits_of_a_descriptor_are_ignored(void **state)
{
	struct rmi_addr_range_desc desc =
	        rmi_addr_range_desc_decode(BET1, 12, UINT64_C(0x7ff0000080000004));

	(void)state;
	assert_true(desc.base == 0x80000000);
	assert_int_equal(desc.state, RMI_OP_MEM_DELEGATED);
}

static void assert_donate_req(enum rmi_revision rev, struct rmi_op_mem_donate_req req,
                              uint64_t word)
{
	struct rmi_op_mem_donate_req back = rmi_op_mem_donate_req_decode(rev, word);

	assert_true(rmi_op_mem_donate_req_encode(rev, req) == word);
	assert_int_equal(back.count, req.count);
	assert_int_equal(back.size, req.size);
	assert_int_equal(back.contig, req.contig);
	assert_int_equal(back.state, req.state);
}

static void a_donate_request_has_size_count_shape_and_state(void **state)
{
	(void)state;
	for (unsigned rev = 0; rev < RMI_NUM_REVISIONS; rev++) {
		assert_donate_req((enum rmi_revision)rev,
		                  (struct rmi_op_mem_donate_req){2, RMI_PAGE_L3,
		                                                 RMI_OP_MEM_NON_CONTIG,
		                                                 RMI_OP_MEM_DELEGATED},
		                  0x8);
		assert_donate_req((enum rmi_revision)rev,
		                  (struct rmi_op_mem_donate_req){RMI_OP_MEM_DONATE_REQ_MAX_COUNT,
		                                                 RMI_BLOCK_L2, RMI_OP_MEM_CONTIG,
		                                                 RMI_OP_MEM_UNDELEGATED},
		                  0x3fffd);
	}
	assert_donate_req(BET3,
	                  (struct rmi_op_mem_donate_req){1, RMI_PAGE_L3, RMI_OP_MEM_NON_CONTIG,
	                                                 RMI_OP_MEM_CONDITIONAL},
	                  0x40004);
	assert_int_equal(rmi_op_mem_donate_req_decode(BET1, 0x40004).state, RMI_OP_MEM_DELEGATED);
}

static void a_result_carries_a_level(void **state)
{
	(void)state;
	for (int level = -1; level <= 3; level++) {
		uint64_t x0 = rmi_result_level(RMI_ERROR_RTT, level);

		assert_int_equal(rmi_status(x0), RMI_ERROR_RTT);
		assert_int_equal(rmi_level(x0), level);
		assert_int_equal(x0 >> 16, 0);
	}
	assert_int_equal(rmi_result_level(RMI_ERROR_RTT_AUX, -1), 0xff07);
	assert_true(rmi_status_has_level(RMI_ERROR_DPT));
	assert_false(rmi_status_has_level(RMI_ERROR_TRACKING));
}

static void an_incomplete_result_carries_a_request(void **state)
{
	uint64_t x0 = rmi_result_incomplete(RMI_OP_MEM_REQ_RECLAIM, true);

	(void)state;
	assert_int_equal(x0, 0x60d);
	assert_int_equal(rmi_status(x0), RMI_INCOMPLETE);
	assert_int_equal(rmi_memreq(x0), RMI_OP_MEM_REQ_RECLAIM);
	assert_true(rmi_can_cancel(x0));
	assert_false(rmi_can_cancel(rmi_result_incomplete(RMI_OP_MEM_REQ_DONATE, false)));
}

static void mpidr_and_index_of_a_rec_are_inverse(void **state)
{
	(void)state;
	assert_int_equal(rmi_rec_mpidr(15), 0xf);
	assert_int_equal(rmi_rec_mpidr(16), 0x100);
	assert_int_equal(rmi_rec_mpidr(0xabcde), 0xabcd0e);
	assert_true(rmi_rec_mpidr(0xfffffff) == 0xffffff0f);
	for (uint64_t index = 0; index < UINT64_C(1) << 28; index += 4093)
		assert_true(rmi_rec_index(rmi_rec_mpidr(index)) == index);
	assert_int_equal(rmi_rec_index(UINT64_C(0xffffffff000000f1)), 1);
}

static void level_sizes_follow_the_granule_size(void **state)
{
	(void)state;
	assert_true(rmi_rtt_level_size(12, 3) == UINT64_C(1) << 12);
	assert_true(rmi_rtt_level_size(12, 2) == UINT64_C(1) << 21);
	assert_true(rmi_rtt_level_size(12, 0) == UINT64_C(1) << 39);
	assert_true(rmi_rtt_level_size(12, -1) == UINT64_C(1) << 48);
	assert_true(rmi_rtt_level_size(14, 2) == UINT64_C(1) << 25);
	assert_true(rmi_rtt_level_size(16, 2) == UINT64_C(1) << 29);
	assert_true(rmi_rtt_level_size(16, -1) == 0);
}

static void fields_do_not_touch_their_neighbours(void **state)
{
	(void)state;
	assert_int_equal(RMI_FIELD_SET(0x1ff, RMI_FEATURE_REGISTER_0_S2SZ), 0xff);
	assert_int_equal(RMI_FIELD_SET(0x41, RMI_FEATURE_REGISTER_0_NUM_BPS), 1 << 14);
	assert_int_equal(RMI_FIELD_GET(UINT64_MAX, RMI_FEATURE_REGISTER_0_PMU_NUM_CTRS), 31);
	assert_int_equal(RMI_VERSION_ENCODE(2, 1), 0x20001);
}

static void a_psci_code_is_sign_extended(void **state)
{
	(void)state;
	assert_true(psci_return(PSCI_DENIED) == UINT64_MAX - 2);
	assert_true(psci_return(PSCI_OFF) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_descriptor_has_size_count_address_and_state),
	        cmocka_unit_test(each_granule_size_has_its_own_count_field),
	        cmocka_unit_test(what_does_not_fit_a_descriptor_is_cut_off),
	        cmocka_unit_test(reserved_bits_of_a_descriptor_are_ignored),
	        cmocka_unit_test(a_donate_request_has_size_count_shape_and_state),
	        cmocka_unit_test(a_result_carries_a_level),
	        cmocka_unit_test(an_incomplete_result_carries_a_request),
	        cmocka_unit_test(mpidr_and_index_of_a_rec_are_inverse),
	        cmocka_unit_test(level_sizes_follow_the_granule_size),
	        cmocka_unit_test(fields_do_not_touch_their_neighbours),
	        cmocka_unit_test(a_psci_code_is_sign_extended),
	};

	return cmocka_run_group_tests_name("abi", tests, NULL, NULL);
}
