/* SPDX-License-Identifier: BSD-3-Clause */
/* `realmkit run --trace=guest`: a line for each time that a vCPU leaves its guest. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka_test.h>
#include <rmi/abi/fid.h>
#include <rmi/abi/psci.h>
#include <rmi/abi/smccc.h>

#include "image.h"
#include "spawn.h"

/* Time, vCPU, address. */
#define BEGIN "*[0-9].[0-9][0-9][0-9] ms vcpu[0-9]  0x4000[0-9a-f]* "
/* An instruction in words, or its number. */
#define SMC   "@(smc #0|d4000003) *"

/* Content of a file; free() it. */
static char *content(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 1 << 20);

	assert_non_null(file);
	assert_non_null(text);
	(void)fread(text, 1, (1 << 20) - 1, file);
	(void)fclose(file);
	return text;
}

/* Runs a guest with a trace in a file. @return the trace */
static char *trace_of(const char *image, const char *options)
{
	char file[512], path[512], line[1100];
	struct spawned run;

	(void)snprintf(file, sizeof(file), "%s", image);
	(void)snprintf(path, sizeof(path), "%s", scratch_file("guest.trace", "", 0));
	(void)snprintf(line, sizeof(line), "run %s --trace=guest:%s --timeout 100%s", file, path,
	               options);
	run = spawn_line(line);
	if (run.status != 0)
		fail_msg("%s", run.err);
	spawned_free(&run);
	return content(path);
}

/* Whether a line is there. */
static void assert_line(const char *text, const char *pattern)
{
	char *copy = strdup(text);
	char *rest = NULL;
	bool found = false;

	for (char *line = strtok_r(copy, "\n", &rest); line != NULL && !found;
	     line = strtok_r(NULL, "\n", &rest))
		found = fnmatch(pattern, line, FNM_EXTMATCH) == 0;
	free(copy);
	if (!found)
		fail_msg("no line is \"%s\" in:\n%s", pattern, text);
}

static void every_kind_of_exit_is_explained(void **state)
{
	char *trace = trace_of(guest_path("hello"), " --cpus 2");

	(void)state;
	assert_line(trace, BEGIN "*+0x* " SMC "RSI_VERSION req=1.0 -> SUCCESS lower=1.0 *");
	assert_line(trace, BEGIN "*+0x* " SMC "RSI_MEASUREMENT_EXTEND index=1 size=5 "
	                         "value_0=0x6f6c6c6568 -> SUCCESS");
	assert_line(trace, BEGIN "*+0x* *write of 32 bits at IPA 0x8009000000 value=0x68, "
	                         "translation fault level [0-3] => exit SYNC");
	assert_line(trace, BEGIN "*+0x* *read of 32 bits at IPA 0x8009000018, *=> exit SYNC");
	assert_line(trace, BEGIN "*+0x* *read -> 0x90");
	assert_line(trace, BEGIN "*+0x* " SMC "PSCI_CPU_ON *=> exit PSCI");
	assert_line(trace, BEGIN "*+0x* " SMC "PSCI_CPU_ON -> SUCCESS");
	assert_line(trace, BEGIN "*+0x* " SMC "RSI_HOST_CALL addr=0x* => exit HOST_CALL imm=1 *");
	assert_line(trace, "*vcpu1 *PSCI_CPU_OFF => exit PSCI");
	assert_line(trace, "*vcpu0 *PSCI_SYSTEM_OFF => exit PSCI");
	/* A file is no terminal. */
	assert_null(strchr(trace, '\033'));
	free(trace);
}

static void an_image_without_symbols_is_traced_as_well(void **state)
{
	struct image image = image_init();
	char *trace = trace_of(image_write(&image, "plain.elf"), "");

	(void)state;
	assert_line(trace, BEGIN " *" SMC "PSCI_SYSTEM_OFF => exit PSCI");
	free(trace);
}

/* A call with up to three arguments. */
#define CALL(fid, x1, x2, x3)                                                                      \
	A64_MOV(0, fid), A64_MOV(1, x1), A64_MOV(2, x2), A64_MOV(3, x3), A64_SMC
#define SYSTEM_OFF A64_MOV(0, SMC64_PSCI_SYSTEM_OFF), A64_SMC

/* The trace of an image that is made of these instructions. */
static char *trace_of_text(const uint32_t *text, size_t size)
{
	struct image image = image_init();

	image.text = text;
	image.text_size = size;
	return trace_of(image_write(&image, "calls.elf"), "");
}

static void psci_answers_with_a_code_or_a_version(void **state)
{
	static const uint32_t text[] = {
	        CALL(SMC32_PSCI_VERSION, 0, 0, 0),
	        CALL(SMC32_PSCI_FEATURES, SMC32_PSCI_CPU_ON, 0, 0),
	        CALL(SMC32_PSCI_FEATURES, 0x84000099, 0, 0),
	        SYSTEM_OFF,
	};
	char *trace = trace_of_text(text, sizeof(text));

	(void)state;
	assert_line(trace, BEGIN " *" SMC "PSCI_VERSION -> 1.1");
	assert_line(trace, BEGIN " *" SMC "PSCI_FEATURES * -> SUCCESS");
	assert_line(trace, BEGIN " *" SMC "PSCI_FEATURES * -> NOT_SUPPORTED");
	free(trace);
}

static void arguments_that_are_zero_are_shown(void **state)
{
	static const uint32_t text[] = {
	        CALL(SMC64_PSCI_CPU_ON, 0, IMAGE_BASE, 0x5555aaaa),
	        CALL(SMC64_PSCI_AFFINITY_INFO, 0, 0, 0),
	        CALL(SMC_RSI_FEATURES, 9, 0, 0),
	        SYSTEM_OFF,
	};
	char *trace = trace_of_text(text, sizeof(text));

	(void)state;
	assert_line(trace, "*PSCI_CPU_ON target_cpu=0x0 entry_point_address=0x40000000 "
	                   "context_id=0x5555aaaa -> ALREADY_ON");
	assert_line(trace, "*PSCI_AFFINITY_INFO target_affinity=0x0 lowest_affinity_level=0 "
	                   "-> SUCCESS");
	assert_line(trace, "*RSI_FEATURES index=9 -> SUCCESS value=0x0");
	free(trace);
}

static void registers_of_a_long_value_that_are_zero_are_left_out(void **state)
{
	static const uint32_t text[] = {
	        CALL(SMC_RSI_MEASUREMENT_EXTEND, 1, 64, 0),
	        CALL(SMC_RSI_MEASUREMENT_EXTEND, 1, 64, 0x77),
	        SYSTEM_OFF,
	};
	char *trace = trace_of_text(text, sizeof(text));

	(void)state;
	assert_line(trace, "*RSI_MEASUREMENT_EXTEND index=1 size=64 -> SUCCESS");
	assert_line(trace, "*RSI_MEASUREMENT_EXTEND index=1 size=64 value_0=0x77 -> SUCCESS");
	free(trace);
}

static void functions_have_their_names(void **state)
{
	static const uint32_t text[] = {
	        CALL(SMCCC_VERSION_FID, 0, 0, 0),
	        CALL(SMCCC_ARCH_FEATURES_FID, SMCCC_ARCH_FEATURES_FID, 0, 0),
	        CALL(SMCCC_ARCH_FEATURES_FID, 0x80008000, 0, 0),
	        CALL(SMC32_PSCI_FEATURES, SMC32_PSCI_CPU_ON, 0, 0),
	        CALL(SMC32_PSCI_FEATURES, SMCCC_VERSION_FID, 0, 0),
	        CALL(SMC32_PSCI_FEATURES, 0x84000099, 0, 0),
	        CALL(0x84000099, 0, 0, 0),
	        SYSTEM_OFF,
	};
	char *trace = trace_of_text(text, sizeof(text));

	(void)state;
	assert_line(trace, "*SMCCC_VERSION -> 1.2");
	assert_line(trace, "*SMCCC_ARCH_FEATURES arch_func_id=SMCCC_ARCH_FEATURES -> SUCCESS");
	assert_line(trace, "*SMCCC_ARCH_FEATURES arch_func_id=0x80008000 -> NOT_SUPPORTED");
	assert_line(trace, "*PSCI_FEATURES psci_func_id=PSCI_CPU_ON -> SUCCESS");
	assert_line(trace, "*PSCI_FEATURES psci_func_id=SMCCC_VERSION -> SUCCESS");
	assert_line(trace, "*PSCI_FEATURES psci_func_id=0x84000099 -> NOT_SUPPORTED");
	assert_line(trace, "*SMC 0x84000099 x1=0x0 x2=0x0 -> 0xffffffffffffffff");
	free(trace);
}

static void versions_are_told_on_failure_as_well(void **state)
{
	static const uint32_t text[] = {
	        CALL(SMC_RSI_VERSION, 0x30000, 0, 0),
	        CALL(SMC_RSI_IPA_STATE_GET, 1, 2, 0),
	        SYSTEM_OFF,
	};
	char *trace = trace_of_text(text, sizeof(text));

	(void)state;
	assert_line(trace, "*RSI_VERSION req=3.0 -> ERROR_INPUT lower=1.1 higher=1.1");
	/* No other failure has outputs. */
	assert_line(trace, "*RSI_IPA_STATE_GET base=0x1 top=0x2 -> ERROR_INPUT");
	free(trace);
}

static void a_file_that_cannot_be_written_is_named(void **state)
{
	struct image image = image_init();
	struct spawned run;
	char line[1024];

	(void)state;
	(void)snprintf(line, sizeof(line), "run %s --trace=guest:/nonexistent/file",
	               image_write(&image, "plain.elf"));
	run = spawn_line(line);
	assert_string_equal(
	        run.err, "realmkit: --trace=guest:/nonexistent/file: No such file or directory\n");
	assert_int_equal(run.status, 1);
	spawned_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_kind_of_exit_is_explained),
	        cmocka_unit_test(an_image_without_symbols_is_traced_as_well),
	        cmocka_unit_test(psci_answers_with_a_code_or_a_version),
	        cmocka_unit_test(arguments_that_are_zero_are_shown),
	        cmocka_unit_test(registers_of_a_long_value_that_are_zero_are_left_out),
	        cmocka_unit_test(functions_have_their_names),
	        cmocka_unit_test(versions_are_told_on_failure_as_well),
	        cmocka_unit_test(a_file_that_cannot_be_written_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
