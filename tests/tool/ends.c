/* SPDX-License-Identifier: BSD-3-Clause */
/* How a realm may end, and what the process makes of it. */
#include <stdio.h>
#include <string.h>

#include <host/platform.h>
#include <rmi/abi/fid.h>
#include <rmi/abi/psci.h>
#include <rmi/abi/rsi.h>

#include <cmocka_test.h>

#include "image.h"
#include "spawn.h"

#define MAX_CODE 32

/* Runs a realm of one page: code, and an RsiHostCall at offset 0x100. */
static struct spawned run_code(const char *name, const uint32_t *code, size_t size, uint16_t imm,
                               uint64_t gpr0, const char *options)
{
	struct rsi_host_call call = {.imm = imm, .gprs = {gpr0}};
	uint8_t page[0x200] = {0};
	struct image image = image_init();
	char line[1024];

	assert_true(size <= 0x100);
	memcpy(page, code, size);
	memcpy(page + 0x100, &call, sizeof(call));
	image.text = page;
	image.text_size = sizeof(page);
	(void)snprintf(line, sizeof(line), "run %s %s", image_write(&image, name), options);
	return spawn_line(line);
}

#define HOST_CALL A64_MOV(0, SMC_RSI_HOST_CALL), A64_MOV(1, IMAGE_BASE + 0x100), A64_SMC
#define PSCI(fid) A64_MOV(0, fid), A64_SMC, A64_B_SELF

static void assert_audit_is_zero(const struct spawned *run)
{
	if (strstr(run->err, "-- audit: 0 pages lost") == NULL)
		fail_msg("no clean audit in:\n%s", run->err);
}

static void the_exit_status_is_the_realms(void **state)
{
	static const uint32_t code[] = {HOST_CALL, PSCI(SMC64_PSCI_SYSTEM_OFF)};
	static const unsigned statuses[] = {0, 1, 42, 255};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct spawned run = run_code("status.elf", code, sizeof(code),
		                              PLATFORM_CALL_EXIT_STATUS, statuses[i], "");

		assert_int_equal(run.status, statuses[i]);
		assert_audit_is_zero(&run);
		spawned_free(&run);
	}
}

static void a_host_call_that_nobody_knows_does_not_end_the_realm(void **state)
{
	static const uint32_t code[] = {HOST_CALL, PSCI(SMC64_PSCI_SYSTEM_OFF)};
	struct spawned run = run_code("unknown_call.elf", code, sizeof(code), 0xffff, 1, "");

	(void)state;
	assert_int_equal(run.status, 0);
	assert_audit_is_zero(&run);
	spawned_free(&run);
}

static void a_reset_ends_the_realm_and_is_named(void **state)
{
	static const uint32_t code[] = {PSCI(SMC64_PSCI_SYSTEM_RESET)};
	struct spawned run = run_code("reset.elf", code, sizeof(code), 0, 0, "");

	(void)state;
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.err, "-- system reset after "));
	assert_audit_is_zero(&run);
	spawned_free(&run);
}

static void a_realm_whose_vcpus_are_all_off_has_ended(void **state)
{
	static const uint32_t code[] = {PSCI(SMC64_PSCI_CPU_OFF)};
	struct spawned run =
	        run_code("cpu_off.elf", code, sizeof(code), 0, 0, "--cpus 2 --timeout 60");

	(void)state;
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.err, "-- all vCPUs off after "));
	assert_audit_is_zero(&run);
	spawned_free(&run);
}

static void a_realm_that_does_not_end_is_stopped_by_the_timeout(void **state)
{
	static const uint32_t code[] = {A64_B_SELF};
	struct spawned run = run_code("endless.elf", code, sizeof(code), 0, 0, "--timeout 1");

	(void)state;
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.err, "realmkit: the realm did not end within 1 s\n"));
	assert_non_null(strstr(run.err, "-- timeout after 1."));
	assert_audit_is_zero(&run);
	spawned_free(&run);
}

static void a_realm_that_waits_for_ever_is_stopped_by_the_timeout(void **state)
{
	static const uint32_t code[] = {A64_WFI, A64_B_BACK};
	struct spawned run =
	        run_code("waiting.elf", code, sizeof(code), 0, 0, "--timeout 1 --cpus 2");

	(void)state;
	assert_int_equal(run.status, 1);
	assert_audit_is_zero(&run);
	spawned_free(&run);
}

static void a_realm_that_uses_up_all_memory_ends_with_a_reason(void **state)
{
	static const uint32_t code[] = {A64_MOV(1, IMAGE_BASE + 0x1000), A64_STR_X0_X1,
	                                A64_ADD_X1_ONE_PAGE, A64_B_BACK_2};
	struct spawned run = run_code("greedy.elf", code, sizeof(code), 0, 0,
	                              "--backend model:dram=1M --timeout 60");

	(void)state;
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.err, "realmkit: the realm cannot have memory at 0x40"));
	assert_non_null(strstr(run.err, "Cannot allocate memory (the backend has 1 MiB)\n"));
	assert_audit_is_zero(&run);
	spawned_free(&run);
}

static void the_trace_shows_the_whole_life(void **state)
{
	static const uint32_t code[] = {PSCI(SMC64_PSCI_SYSTEM_OFF)};
	static const char *const calls[] = {
	        "RMI_VERSION ",           "RMI_RMM_ACTIVATE", "RMI_REALM_CREATE ",
	        "RMI_RTT_DATA_MAP_INIT ", "RMI_REC_CREATE ",  "RMI_REALM_ACTIVATE ",
	        "RMI_REC_ENTER ",         "RMI_REC_DESTROY ", "RMI_REALM_DESTROY ",
	};
	struct spawned run = run_code("traced.elf", code, sizeof(code), 0, 0, "--trace");
	const char *at = run.err;

	(void)state;
	assert_int_equal(run.status, 0);
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		at = strstr(at, calls[i]);
		if (at == NULL)
			fail_msg("%s is missing, or not in order, in:\n%s", calls[i], run.err);
	}
	spawned_free(&run);
}

static void the_trace_may_go_to_a_file(void **state)
{
	static const uint32_t code[] = {PSCI(SMC64_PSCI_SYSTEM_OFF)};
	const char *path = REALMKIT_SCRATCH "/trace.txt";
	char line[256] = "";
	struct spawned run = run_code("traced.elf", code, sizeof(code), 0, 0,
	                              "--trace=" REALMKIT_SCRATCH "/trace.txt");
	FILE *file = fopen(path, "r");

	(void)state;
	assert_int_equal(run.status, 0);
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_memory_equal(line, "[pe0] RMI_VERSION ", 18);
	assert_null(strstr(run.err, "RMI_VERSION"));
	(void)fclose(file);
	spawned_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_exit_status_is_the_realms),
	        cmocka_unit_test(a_host_call_that_nobody_knows_does_not_end_the_realm),
	        cmocka_unit_test(a_reset_ends_the_realm_and_is_named),
	        cmocka_unit_test(a_realm_whose_vcpus_are_all_off_has_ended),
	        cmocka_unit_test(a_realm_that_does_not_end_is_stopped_by_the_timeout),
	        cmocka_unit_test(a_realm_that_waits_for_ever_is_stopped_by_the_timeout),
	        cmocka_unit_test(a_realm_that_uses_up_all_memory_ends_with_a_reason),
	        cmocka_unit_test(the_trace_shows_the_whole_life),
	        cmocka_unit_test(the_trace_may_go_to_a_file),
	};

	return cmocka_run_group_tests_name("ends", tests, NULL, NULL);
}
