/* SPDX-License-Identifier: BSD-3-Clause */
/* docs/decisions.md, line by line. */
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define WINDOW   (UINT64_C(16) << 20)
#define PAGE     SMALL_PAGE_SIZE
#define BLOCK_2M (UINT64_C(2) << 20)
#define GUEST_PC UINT64_C(0x1000)

/* A connection and the parts of a Realm in it. */
struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm realm;
	uint64_t base;
};

static struct fixture open_rmm(const char *conf)
{
	struct fixture f = {0};
	struct rmi_error err;

	f.rmi = rmi_open(conf, &err);
	if (f.rmi == NULL)
		fail_msg("%s", err.text);
	f.pe = rmi_pe(f.rmi, 0);
	f.base = rmi_memory(f.rmi).base;
	return f;
}

static struct fixture open_active(const char *conf)
{
	struct fixture f = open_rmm(conf);

	assert_int_equal(rmi_rmm_activate(f.pe, NULL), RMI_SUCCESS);
	small_realm_init(&f.realm, f.pe, f.base, WINDOW);
	return f;
}

/* With a Realm that has tables for the first 2 MiB of both halves. */
static struct fixture open_realm(const char *conf)
{
	struct fixture f = open_active(conf);

	assert_int_equal(small_realm_create(&f.realm, RMI_HASH_SHA_256), 0);
	assert_int_equal(small_tables(&f.realm, 0), 0);
	assert_int_equal(small_tables(&f.realm, SMALL_UNPROT), 0);
	return f;
}

static void close_rmm(struct fixture *f)
{
	rmi_close(f->rmi);
}

/* Runs a script in a REC of an active Realm until it is off. */
static void run_script(struct fixture *f, guest_script *script, void *arg)
{
	assert_true(rmm_script(rmi_model(f->rmi), GUEST_PC, script, arg));
	assert_int_equal(small_rec(&f->realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f->realm), 0);
	assert_int_equal(small_enter(&f->realm, f->realm.num_recs - 1), RMI_SUCCESS);
}

static void read_rim(struct guest *g, void *arg)
{
	rsi_measurement_read(g, 0, arg);
}

static void rim_starts_at_zero(void **state)
{
	struct fixture f = open_realm("model");
	uint8_t rim[64];
	static const uint8_t zero[64];

	(void)state;
	assert_true(rmm_script(rmi_model(f.rmi), GUEST_PC, read_rim, rim));
	assert_int_equal(small_rec(&f.realm, GUEST_PC, 0, NULL), 0);
	assert_int_equal(small_rec(&f.realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&f.realm), 0);
	memset(rim, 0xff, sizeof(rim));
	assert_int_equal(small_enter(&f.realm, 1), RMI_SUCCESS);
	/* One runnable REC: any other start would show in bytes that the digest does not fill. */
	assert_memory_equal(rim + 32, zero, 32);
	assert_memory_not_equal(rim, zero, 32);
	close_rmm(&f);
}

static void rim_after(uint8_t rim[64], bool init_ripas)
{
	struct fixture f = open_realm("model");

	if (init_ripas)
		assert_int_equal(small_init_ripas(&f.realm, 0, PAGE), 0);
	run_script(&f, read_rim, rim);
	close_rmm(&f);
}

static void init_ripas_is_not_measured(void **state)
{
	uint8_t with[64];
	uint8_t without[64];

	(void)state;
	rim_after(with, true);
	rim_after(without, false);
	assert_memory_equal(with, without, 64);
}

static void extend_and_read(struct guest *g, void *arg)
{
	uint8_t value[32];

	for (unsigned i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(i + 1);
	rsi_measurement_extend(g, 1, value, sizeof(value));
	rsi_measurement_read(g, 1, arg);
}

static void rem_hashes_128_bytes(void **state)
{
	/* SHA-256 of 64 zero bytes, the bytes 1 to 32, and 32 zero bytes. */
	static const uint8_t expected[4] = {0xc4, 0x90, 0xfc, 0xb8};
	struct fixture f = open_realm("model");
	uint8_t rem[64];

	(void)state;
	run_script(&f, extend_and_read, rem);
	assert_memory_equal(rem, expected, sizeof(expected));
	close_rmm(&f);
}

static void delegation_says_input_for_untracked_memory(void **state)
{
	struct fixture f = open_active("model:tracking=none");

	(void)state;
	assert_int_equal(rmi_granule_range_delegate(f.pe, f.base, f.base + PAGE, NULL, NULL),
	                 RMI_ERROR_INPUT);
	close_rmm(&f);
}

static uint64_t undelegate_mixed(const char *conf, uint64_t *top)
{
	struct fixture f = open_active(conf);
	uint64_t x0;

	assert_int_equal(
	        rmi_granule_range_delegate(f.pe, f.base + PAGE, f.base + 2 * PAGE, NULL, NULL),
	        RMI_SUCCESS);
	x0 = rmi_granule_range_undelegate(f.pe, f.base, f.base + 3 * PAGE, top, NULL);
	*top -= f.base;
	close_rmm(&f);
	return x0;
}

static void undelegate_passes_over_undelegated_granules_from_bet3_on(void **state)
{
	uint64_t top = 0;

	(void)state;
	assert_int_equal(undelegate_mixed("model:spec=2.0-bet1", &top), RMI_ERROR_INPUT);
	assert_int_equal(undelegate_mixed("model:spec=2.0-bet3", &top), RMI_SUCCESS);
	assert_int_equal(top, 3 * PAGE);
}

static uint64_t single(const struct fixture *f, uint64_t base, uint64_t count,
                       enum rmi_addr_block_size size)
{
	return rmi_addr_range_desc_encode(
	        rmi_revision(f->rmi), 12,
	        (struct rmi_addr_range_desc){.base = base, .count = count, .size = size});
}

static void map_of_unaligned_memory_asks_for_a_table(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t pa = f.base + WINDOW + PAGE;
	uint64_t x0;

	(void)state;
	assert_int_equal(rmi_granule_range_delegate(f.pe, pa, pa + BLOCK_2M, NULL, NULL),
	                 RMI_SUCCESS);
	x0 = rmi_rtt_data_map(f.pe, f.realm.rd, BLOCK_2M, 2 * BLOCK_2M, RMI_ADDR_TYPE_SINGLE,
	                      single(&f, pa, 512, RMI_PAGE_L3), NULL, NULL);
	assert_int_equal(x0, rmi_result_level(RMI_ERROR_RTT, 2));
	close_rmm(&f);
}

static void empty_output_set_is_an_input_error(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t pa = small_delegated(&f.realm);

	(void)state;
	assert_int_equal(rmi_rtt_data_map(f.pe, f.realm.rd, 0, PAGE, RMI_ADDR_TYPE_SINGLE,
	                                  single(&f, pa, 0, RMI_PAGE_L3), NULL, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_data_map(f.pe, f.realm.rd, 0, PAGE, RMI_ADDR_TYPE_LIST,
	                                  f.realm.list, NULL, NULL),
	                 RMI_ERROR_INPUT);
	close_rmm(&f);
}

static void unprotected_range_ends_with_the_ipa_space(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t end = UINT64_C(1) << SMALL_IPA_BITS;
	uint64_t pa = small_page(&f.realm);

	(void)state;
	assert_int_equal(rmi_rtt_unprot_map(f.pe, f.realm.rd, end, end + PAGE, RMI_ADDR_TYPE_SINGLE,
	                                    single(&f, pa, 1, RMI_PAGE_L3), NULL, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(rmi_rtt_unprot_unmap(f.pe, f.realm.rd, SMALL_UNPROT, end + PAGE,
	                                      RMI_ADDR_TYPE_NONE, 0, NULL, NULL, NULL, NULL),
	                 RMI_ERROR_INPUT);
	close_rmm(&f);
}

static void unmap_of_a_hole_succeeds(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t top = 0;
	uint64_t range = 1;

	(void)state;
	/* The hole is a level 2 entry of which the range covers a part. */
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, BLOCK_2M, BLOCK_2M + PAGE,
	                                    RMI_ADDR_TYPE_SINGLE, 0, &top, &range, NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, BLOCK_2M + PAGE);
	assert_int_equal(range, 0);
	close_rmm(&f);
}

static void unmap_keeps_holes_and_memory_apart(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t top = 0;
	uint64_t range = 0;

	(void)state;
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, 0, 3 * PAGE, RMI_ADDR_TYPE_SINGLE, 0,
	                                    &top, &range, NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, PAGE);
	assert_int_equal(range, 0);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, PAGE, 3 * PAGE, RMI_ADDR_TYPE_SINGLE,
	                                    0, &top, &range, NULL, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, 2 * PAGE);
	assert_int_not_equal(range, 0);
	close_rmm(&f);
}

static void unmap_list_ends_with_its_granule(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t top = 0;
	uint64_t count = 0;

	(void)state;
	/* Two pages that are not neighbours need two descriptors, and there is room for one. */
	assert_int_equal(small_map(&f.realm, 0), 0);
	small_delegated(&f.realm);
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, 0, 2 * PAGE, RMI_ADDR_TYPE_LIST,
	                                    f.realm.list + PAGE - 8, &top, NULL, &count, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(count, 1);
	assert_int_equal(top, PAGE);
	close_rmm(&f);
}

static void init_ripas_takes_destroyed_entries(void **state)
{
	struct fixture f = open_realm("model");
	static const uint8_t page[PAGE];
	uint64_t ripas = RMI_RIPAS_EMPTY;

	(void)state;
	assert_int_equal(small_map_init(&f.realm, 0, page, 0), 0);
	assert_int_equal(rmi_rtt_data_unmap(f.pe, f.realm.rd, 0, PAGE, RMI_ADDR_TYPE_NONE, 0, NULL,
	                                    NULL, NULL, NULL),
	                 RMI_SUCCESS);
	rmi_rtt_read_entry(f.pe, f.realm.rd, 0, 3, NULL, NULL, NULL, &ripas);
	assert_int_equal(ripas, RMI_RIPAS_DESTROYED);
	assert_int_equal(small_init_ripas(&f.realm, 0, PAGE), 0);
	rmi_rtt_read_entry(f.pe, f.realm.rd, 0, 3, NULL, NULL, NULL, &ripas);
	assert_int_equal(ripas, RMI_RIPAS_RAM);
	close_rmm(&f);
}

static void ask_for_ram(struct guest *g, void *arg)
{
	(void)arg;
	rsi_ipa_state_set(g, BLOCK_2M + PAGE, BLOCK_2M + 2 * PAGE, RSI_RIPAS_RAM, 0, NULL, NULL);
}

static void set_ripas_passes_over_what_is_right(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t top = 0;

	(void)state;
	/* A level 2 entry that is RAM; the request lies inside it. */
	assert_int_equal(small_init_ripas(&f.realm, BLOCK_2M, 2 * BLOCK_2M), 0);
	run_script(&f, ask_for_ram, NULL);
	assert_int_equal(small_run(&f.realm)->exit.exit_reason, RMI_EXIT_RIPAS_CHANGE);
	assert_int_equal(rmi_rtt_set_ripas(f.pe, f.realm.rd, f.realm.recs[0], BLOCK_2M + PAGE,
	                                   BLOCK_2M + 2 * PAGE, &top, NULL),
	                 RMI_SUCCESS);
	assert_int_equal(top, BLOCK_2M + 2 * PAGE);
	close_rmm(&f);
}

/* Begins REC_CREATE, which asks for two granules. @return PA of the REC */
static uint64_t begin_rec(struct fixture *f, struct rmi_sro *sro)
{
	uint64_t params = small_page(&f->realm);
	uint64_t rec = small_delegated(&f->realm);
	struct rmi_rec_params *p = small_va(&f->realm, params);
	uint64_t x0;

	memset(p, 0, sizeof(*p));
	p->flags = RMI_REC_CREATE_FLAGS_RUNNABLE;
	x0 = rmi_rec_create(f->pe, f->realm.rd, rec, params, sro);
	assert_int_equal(rmi_status(x0), RMI_INCOMPLETE);
	assert_int_equal(rmi_memreq(x0), RMI_OP_MEM_REQ_DONATE);
	return rec;
}

/* Puts descriptors into the list. */
static void set_list(struct fixture *f, uint64_t first, uint64_t second)
{
	uint64_t *list = small_va(&f->realm, f->realm.list);

	list[0] = single(f, first, 1, RMI_PAGE_L3);
	list[1] = single(f, second, 1, RMI_PAGE_L3);
}

static void rec_under_creation_is_blocked(void **state)
{
	struct fixture f = open_realm("model:rec_aux=2");
	struct rmi_sro sro;
	uint64_t rec = begin_rec(&f, &sro);

	(void)state;
	assert_int_equal(rmi_rec_destroy(f.pe, rec, NULL), RMI_BLOCKED);
	assert_int_equal(rmi_rec_enter(f.pe, rec, f.realm.run), RMI_BLOCKED);
	assert_int_equal(small_map(&f.realm, PAGE), 0);
	close_rmm(&f);
}

static void late_change_of_the_realm_fails_the_operation(void **state)
{
	struct fixture f = open_realm("model:rec_aux=2");
	struct smccc_regs regs;
	struct rmi_sro sro;
	uint64_t rec = begin_rec(&f, &sro);
	uint64_t a = small_delegated(&f.realm);
	uint64_t count = 0;
	uint64_t x0;

	(void)state;
	set_list(&f, a, small_delegated(&f.realm));
	x0 = rmi_op_mem_donate(f.pe, sro.handle, f.realm.list, 2, &count, NULL);
	assert_int_equal(x0, rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, true));
	assert_int_equal(count, 2);
	assert_int_equal(small_activate(&f.realm), 0);
	x0 = rmi_op_continue(f.pe, sro.handle, 0, &regs);
	assert_int_equal(x0, rmi_result_incomplete(RMI_OP_MEM_REQ_RECLAIM, false));
	rmi_op_mem_reclaim(f.pe, sro.handle, f.realm.list, 2, NULL);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_REALM);
	assert_int_equal(rmi_granule_range_undelegate(f.pe, rec, rec + PAGE, NULL, NULL),
	                 RMI_SUCCESS);
	close_rmm(&f);
}

static void continue_gives_up_a_donation(void **state)
{
	struct fixture f = open_realm("model:rec_aux=2");
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	begin_rec(&f, &sro);
	set_list(&f, small_delegated(&f.realm), 0);
	rmi_op_mem_donate(f.pe, sro.handle, f.realm.list, 1, NULL, NULL);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs),
	                 rmi_result_incomplete(RMI_OP_MEM_REQ_RECLAIM, false));
	rmi_op_mem_reclaim(f.pe, sro.handle, f.realm.list, 2, NULL);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	close_rmm(&f);
}

static void cancelled_operation_ends_in_input(void **state)
{
	struct fixture f = open_realm("model:rec_aux=2");
	struct smccc_regs regs;
	struct rmi_sro sro;

	(void)state;
	begin_rec(&f, &sro);
	assert_int_equal(rmi_op_cancel(f.pe, sro.handle),
	                 rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false));
	assert_int_equal(rmi_op_continue(f.pe, sro.handle, 0, &regs), RMI_ERROR_INPUT);
	close_rmm(&f);
}

static void reclaim_joins_granules(void **state)
{
	struct fixture f = open_realm("model:rec_aux=2");
	struct rmi_sro sro;
	uint64_t first = small_delegated(&f.realm);
	uint64_t count = 0;
	const uint64_t *list = small_va(&f.realm, f.realm.list);

	(void)state;
	assert_int_equal(small_delegated(&f.realm), first + PAGE);
	begin_rec(&f, &sro);
	set_list(&f, first, first + PAGE);
	rmi_op_mem_donate(f.pe, sro.handle, f.realm.list, 2, NULL, NULL);
	rmi_op_cancel(f.pe, sro.handle);
	rmi_op_mem_reclaim(f.pe, sro.handle, f.realm.list, 2, &count);
	assert_int_equal(count, 1);
	assert_int_equal(list[0], single(&f, first, 2, RMI_PAGE_L3));
	close_rmm(&f);
}

static void donation_is_all_or_nothing(void **state)
{
	struct fixture f = open_realm("model:rec_aux=2");
	struct rmi_sro sro;
	uint64_t good = small_delegated(&f.realm);
	uint64_t bad = small_page(&f.realm);
	uint64_t count = 1;

	(void)state;
	begin_rec(&f, &sro);
	set_list(&f, good, bad);
	assert_int_equal(rmi_op_mem_donate(f.pe, sro.handle, f.realm.list, 2, &count, NULL),
	                 RMI_ERROR_INPUT);
	assert_int_equal(count, 0);
	assert_int_equal(rmi_granule_range_undelegate(f.pe, good, good + PAGE, NULL, NULL),
	                 RMI_SUCCESS);
	close_rmm(&f);
}

static void ask_versions(struct guest *g, void *arg)
{
	struct smccc_regs regs = {{SMC64_PSCI_VERSION}};
	uint64_t *answers = arg;

	answers[0] = guest_smc(g, &regs);
	regs.x[0] = SMC32_PSCI_VERSION;
	answers[1] = guest_smc(g, &regs);
}

static void psci_has_smc32_and_smc64_numbers(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t answers[2] = {0};

	(void)state;
	run_script(&f, ask_versions, answers);
	assert_int_equal(answers[0], PSCI_VERSION_1_1);
	assert_int_equal(answers[1], PSCI_VERSION_1_1);
	close_rmm(&f);
}

static void turn_everybody_on(struct guest *g, void *arg)
{
	uint64_t *answers = arg;

	answers[0] = psci_cpu_on(g, 0, GUEST_PC, 0);
	answers[1] = psci_affinity_info(g, 0, 0);
	answers[2] = psci_cpu_on(g, 1, GUEST_PC, 0);
}

static void cpu_on_of_a_rec_that_is_on_exits(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t answers[3] = {0};

	(void)state;
	assert_true(rmm_script(rmi_model(f.rmi), GUEST_PC, turn_everybody_on, answers));
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(small_rec(&f.realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL),
		                 0);
	assert_int_equal(small_activate(&f.realm), 0);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(small_run(&f.realm)->exit.exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(answers[0], psci_return(PSCI_ALREADY_ON));
	assert_int_equal(rmi_psci_complete(f.pe, f.realm.recs[0], f.realm.recs[1], PSCI_SUCCESS),
	                 RMI_SUCCESS);
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(answers[2], psci_return(PSCI_ALREADY_ON));
	close_rmm(&f);
}

static void affinity_info_of_oneself_is_answered(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t answers[3] = {UINT64_MAX, UINT64_MAX, 0};

	(void)state;
	run_script(&f, turn_everybody_on, answers);
	assert_int_equal(answers[1], psci_return(PSCI_SUCCESS));
	close_rmm(&f);
}

static void suspend_twice(struct guest *g, void *arg)
{
	unsigned *seas = arg;

	psci_cpu_suspend(g);
	*seas = guest_take_sea(g, NULL, NULL);
}

static void inject_sea_without_an_abort_is_ignored(void **state)
{
	struct fixture f = open_realm("model");
	unsigned seas = 1;

	(void)state;
	run_script(&f, suspend_twice, &seas);
	small_run(&f.realm)->enter.flags = RMI_REC_ENTER_FLAGS_INJECT_SEA;
	assert_int_equal(small_enter(&f.realm, 0), RMI_SUCCESS);
	assert_int_equal(seas, 0);
	close_rmm(&f);
}

static void mpidr_reserved_bits_do_not_count(void **state)
{
	struct fixture f = open_realm("model");
	uint64_t params = small_page(&f.realm);
	uint64_t rec = small_delegated(&f.realm);
	struct rmi_rec_params *p = small_va(&f.realm, params);

	(void)state;
	memset(p, 0, sizeof(*p));
	p->mpidr = UINT64_C(0xff000000f0) & ~UINT64_C(0xff000000);
	assert_int_equal(rmi_rec_create(f.pe, f.realm.rd, rec, params, NULL), RMI_SUCCESS);
	close_rmm(&f);
}

static void tracking_get_works_before_activation(void **state)
{
	struct fixture f = open_rmm("model");
	uint64_t tracking = 0;

	(void)state;
	assert_int_equal(rmi_granule_tracking_get(f.pe, f.base, NULL, &tracking), RMI_SUCCESS);
	assert_int_equal(tracking, RMI_TRACKING_FINE);
	close_rmm(&f);
}

static void config_get_works_before_activation_from_bet3_on(void **state)
{
	struct fixture bet1 = open_rmm("model:spec=2.0-bet1");
	struct fixture bet3 = open_rmm("model:spec=2.0-bet3");

	(void)state;
	assert_int_equal(rmi_rmm_config_get(bet1.pe, bet1.base), RMI_ERROR_GLOBAL);
	assert_int_equal(rmi_rmm_config_get(bet3.pe, bet3.base), RMI_SUCCESS);
	close_rmm(&bet1);
	close_rmm(&bet3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rim_starts_at_zero),
	        cmocka_unit_test(init_ripas_is_not_measured),
	        cmocka_unit_test(rem_hashes_128_bytes),
	        cmocka_unit_test(delegation_says_input_for_untracked_memory),
	        cmocka_unit_test(undelegate_passes_over_undelegated_granules_from_bet3_on),
	        cmocka_unit_test(map_of_unaligned_memory_asks_for_a_table),
	        cmocka_unit_test(empty_output_set_is_an_input_error),
	        cmocka_unit_test(unprotected_range_ends_with_the_ipa_space),
	        cmocka_unit_test(unmap_of_a_hole_succeeds),
	        cmocka_unit_test(unmap_keeps_holes_and_memory_apart),
	        cmocka_unit_test(unmap_list_ends_with_its_granule),
	        cmocka_unit_test(init_ripas_takes_destroyed_entries),
	        cmocka_unit_test(set_ripas_passes_over_what_is_right),
	        cmocka_unit_test(rec_under_creation_is_blocked),
	        cmocka_unit_test(late_change_of_the_realm_fails_the_operation),
	        cmocka_unit_test(continue_gives_up_a_donation),
	        cmocka_unit_test(cancelled_operation_ends_in_input),
	        cmocka_unit_test(reclaim_joins_granules),
	        cmocka_unit_test(donation_is_all_or_nothing),
	        cmocka_unit_test(psci_has_smc32_and_smc64_numbers),
	        cmocka_unit_test(cpu_on_of_a_rec_that_is_on_exits),
	        cmocka_unit_test(affinity_info_of_oneself_is_answered),
	        cmocka_unit_test(inject_sea_without_an_abort_is_ignored),
	        cmocka_unit_test(mpidr_reserved_bits_do_not_count),
	        cmocka_unit_test(tracking_get_works_before_activation),
	        cmocka_unit_test(config_get_works_before_activation_from_bet3_on),
	};

	return cmocka_run_group_tests_name("decisions", tests, NULL, NULL);
}
