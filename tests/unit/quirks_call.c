/* SPDX-License-Identifier: BSD-3-Clause */
/* Quirks of stateful operations, and of the RMM before it is active. */
#include "quirks.h"

/* Puts a page into the list at an index. */
static void put(struct fixture *f, unsigned index, uint64_t pa)
{
	((uint64_t *)small_va(&f->realm, f->realm.list))[index] = pages(f, pa, 1);
}

/* The first answer to a REC with a wrong MPIDR, and the last one of its operation. */
static uint64_t create_wrong_rec(struct fixture *f)
{
	struct rmi_sro sro = {0};
	struct smccc_regs regs;
	uint64_t x0;
	uint64_t rec;

	make_realm(f);
	put(f, 0, small_delegated(&f->realm));
	put(f, 1, small_delegated(&f->realm));
	rec = begin_rec(f, 1, &sro);
	x0 = rmi_op_mem_donate(f->pe, sro.handle, f->realm.list, 2, NULL, NULL);
	if (rmi_status(x0) != RMI_INCOMPLETE)
		return RMI_ERROR_INPUT;
	assert_int_equal(rmi_memreq(rmi_op_continue(f->pe, sro.handle, 0, &regs)),
	                 RMI_OP_MEM_REQ_RECLAIM);
	rmi_op_mem_reclaim(f->pe, sro.handle, f->realm.list, 2, NULL);
	x0 = rmi_op_continue(f->pe, sro.handle, 0, &regs);
	/* An error leaves no trace. */
	assert_int_equal(rmi_granule_range_undelegate(f->pe, rec, rec + PAGE, NULL, NULL),
	                 RMI_SUCCESS);
	return (uint64_t)RMI_INCOMPLETE << 8 | x0;
}
QUIRK(rec_create_late_errors, create_wrong_rec, RMI_ERROR_INPUT,
      RMI_INCOMPLETE << 8 | RMI_ERROR_INPUT)

static uint64_t first_handle(struct fixture *f)
{
	struct rmi_sro sro = {.handle = UINT64_MAX};

	make_realm(f);
	begin_rec(f, 0, &sro);
	assert_int_not_equal(sro.handle, UINT64_MAX);
	return sro.handle == 0;
}
QUIRK(sro_handle_index, first_handle, 0, 1)

static uint64_t continue_early(struct fixture *f)
{
	struct rmi_sro sro;
	struct smccc_regs regs;

	make_realm(f);
	begin_rec(f, 0, &sro);
	return rmi_op_continue(f->pe, sro.handle, 0, &regs);
}
QUIRK(continue_during_donate, continue_early, rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false),
      RMI_ERROR_INPUT)

static uint64_t reclaim_early(struct fixture *f)
{
	struct rmi_sro sro;

	make_realm(f);
	begin_rec(f, 0, &sro);
	return rmi_op_mem_reclaim(f->pe, sro.handle, f->realm.list, 2, NULL);
}
QUIRK(wrong_followup_input, reclaim_early, rmi_result_incomplete(RMI_OP_MEM_REQ_DONATE, false),
      RMI_ERROR_INPUT)

static uint64_t donate_a_host_page(struct fixture *f)
{
	struct rmi_sro sro;

	make_realm(f);
	begin_rec(f, 0, &sro);
	put(f, 0, small_delegated(&f->realm));
	rmi_op_mem_donate(f->pe, sro.handle, f->realm.list, 1, NULL, NULL);
	put(f, 0, small_page(&f->realm));
	return rmi_op_mem_donate(f->pe, sro.handle, f->realm.list, 1, NULL, NULL);
}
QUIRK(donate_wrong_state_reclaims, donate_a_host_page, RMI_ERROR_INPUT,
      rmi_result_incomplete(RMI_OP_MEM_REQ_RECLAIM, false))

static uint64_t destroy_what_is_not_yet(struct fixture *f)
{
	struct rmi_sro sro;

	make_realm(f);
	return rmi_rec_destroy(f->pe, begin_rec(f, 0, &sro), NULL);
}
QUIRK(intermediate_input, destroy_what_is_not_yet, RMI_BLOCKED, RMI_ERROR_INPUT)

static uint64_t get_config(struct fixture *f)
{
	return rmi_rmm_config_get(f->pe, f->base);
}

/* From 2.0-bet3 on it always works. */
void quirk_config_get_in_init(void **state)
{
	(void)state;
	quirk_pin("config_get_in_init", "2.0-bet1", get_config, RMI_ERROR_GLOBAL, RMI_SUCCESS);
}

static uint64_t undelegate_is_global(struct fixture *f)
{
	return rmi_granule_range_undelegate(f->pe, f->base, f->base + PAGE, NULL, NULL) ==
	       RMI_ERROR_GLOBAL;
}
QUIRK(undelegate_in_init, undelegate_is_global, 0, 1)

static uint64_t terminate_nothing(struct fixture *f)
{
	return rmi_realm_terminate(f->pe, f->base, NULL);
}
QUIRK(any_command_in_init_global, terminate_nothing, RMI_ERROR_INPUT, RMI_ERROR_GLOBAL)

static uint64_t get_tracking_of_a_page(struct fixture *f)
{
	activate(f);
	return rmi_granule_tracking_get(f->pe, f->base + PAGE, NULL, NULL);
}
QUIRK(tracking_get, get_tracking_of_a_page, RMI_ERROR_INPUT, RMI_SUCCESS)
