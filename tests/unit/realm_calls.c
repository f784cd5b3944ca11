/* SPDX-License-Identifier: BSD-3-Clause */
/* What a Realm is told when it calls the RMM: choices of docs/decisions.md about the RSI and PSCI.
 */
#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define WINDOW   (UINT64_C(16) << 20)
#define GUEST_PC UINT64_C(0x1000)

/* Calls to make, and X0 of each. */
struct calls {
	struct smccc_regs regs[8];
	unsigned count;
};

static void make_calls(struct guest *g, void *arg)
{
	struct calls *calls = arg;

	for (unsigned i = 0; i < calls->count; i++)
		guest_smc(g, &calls->regs[i]);
}

/* Makes the calls in a Realm of its own, until it is off. */
static void call_from_realm(struct calls *calls)
{
	struct small_realm realm;
	struct rmi_error err;
	struct rmi *rmi = rmi_open("model", &err);

	if (rmi == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(rmi_rmm_activate(rmi_pe(rmi, 0), NULL), RMI_SUCCESS);
	small_realm_init(&realm, rmi_pe(rmi, 0), rmi_memory(rmi).base, WINDOW);
	assert_int_equal(small_realm_create(&realm, RMI_HASH_SHA_256), 0);
	assert_true(rmm_script(rmi_model(rmi), GUEST_PC, make_calls, calls));
	assert_int_equal(small_rec(&realm, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(&realm), 0);
	assert_int_equal(small_enter(&realm, 0), RMI_SUCCESS);
	assert_int_equal(small_run(&realm)->exit.exit_reason, RMI_EXIT_PSCI);
	assert_int_equal(small_run(&realm)->exit.gprs[0], SMC32_PSCI_SYSTEM_OFF);
	rmi_close(rmi);
}

static void smccc_arch_features_knows_itself_and_the_version(void **state)
{
	struct calls calls = {
	        .regs = {{{SMCCC_ARCH_FEATURES_FID, SMCCC_VERSION_FID}},
	                 {{SMCCC_ARCH_FEATURES_FID, SMCCC_ARCH_FEATURES_FID}},
	                 {{SMCCC_ARCH_FEATURES_FID, 0x80008000}}},
	        .count = 3,
	};

	(void)state;
	call_from_realm(&calls);
	assert_int_equal(calls.regs[0].x[0], 0);
	assert_int_equal(calls.regs[1].x[0], 0);
	assert_int_equal(calls.regs[2].x[0], SMCCC_NOT_SUPPORTED);
}

static void device_commands_of_the_rsi_find_no_device(void **state)
{
	struct calls calls = {
	        .regs = {{{SMC_RSI_VDEV_DMA_ENABLE}},
	                 {{SMC_RSI_VDEV_GET_INFO}},
	                 {{SMC_RSI_VDEV_P2P_BIND}},
	                 {{SMC_RSI_VDEV_VALIDATE_MAPPING}},
	                 {{SMC_RSI_VDEV_DMA_DISABLE}},
	                 {{SMC_RSI_VSMMU_GET_INFO}},
	                 {{SMC_RSI_ARCH_DEV_ACTIVATE}},
	                 {{SMC_RSI_LAST}}},
	        .count = 8,
	};

	(void)state;
	call_from_realm(&calls);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(calls.regs[i].x[0], RSI_ERROR_STATE);
	assert_int_equal(calls.regs[5].x[0], RSI_ERROR_INPUT);
	assert_int_equal(calls.regs[6].x[0], RSI_ERROR_INPUT);
	assert_int_equal(calls.regs[7].x[0], SMCCC_NOT_SUPPORTED);
}

static void arguments_of_smc32_calls_have_32_bits(void **state)
{
	const uint64_t high = UINT64_C(1) << 63;
	struct calls calls = {
	        .regs = {{{SMC32_PSCI_CPU_ON, 0, high | GUEST_PC}},
	                 {{SMC64_PSCI_CPU_ON, 0, high | GUEST_PC}}},
	        .count = 2,
	};

	(void)state;
	call_from_realm(&calls);
	assert_int_equal(calls.regs[0].x[0], psci_return(PSCI_ALREADY_ON));
	assert_int_equal(calls.regs[1].x[0], psci_return(PSCI_INVALID_ADDRESS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(smccc_arch_features_knows_itself_and_the_version),
	        cmocka_unit_test(device_commands_of_the_rsi_find_no_device),
	        cmocka_unit_test(arguments_of_smc32_calls_have_32_bits),
	};

	return cmocka_run_group_tests_name("realm_calls", tests, NULL, NULL);
}
