/* SPDX-License-Identifier: BSD-3-Clause */
/* realmkit info: the RMM behind a connection, in words. */
#include <inttypes.h>
#include <string.h>

#include "tool.h"

static void print_row(const char *name, const char *value)
{
	(void)printf("  %-24s%s\n", name, value);
}

static void print_number(const char *name, uint64_t value, const char *unit)
{
	(void)printf("  %-24s%" PRIu64 "%s\n", name, value, unit);
}

static const char *yes_no(uint64_t bit)
{
	return bit ? "yes" : "no";
}

/* Joins the names whose bits are set. */
static void print_set(const char *name, uint64_t reg, const uint64_t bits[],
                      const char *const names[], size_t count)
{
	char text[128] = "";

	for (size_t i = 0; i < count; i++) {
		if (!(reg & bits[i]))
			continue;
		if (text[0] != '\0')
			(void)strncat(text, ", ", sizeof(text) - strlen(text) - 1);
		(void)strncat(text, names[i], sizeof(text) - strlen(text) - 1);
	}
	print_row(name, text[0] != '\0' ? text : "none");
}

static void print_register_0(uint64_t reg, enum rmi_revision rev)
{
	print_number("IPA space", RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_0_S2SZ), " bits at most");
	print_row("LPA2", yes_no(reg & RMI_FEATURE_REGISTER_0_LPA2));
	if (reg & RMI_FEATURE_REGISTER_0_SVE)
		print_number("SVE", (RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_0_SVE_VL) + 1) * 128,
		             " bits at most");
	else
		print_row("SVE", "no");
	print_number("breakpoints", RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_0_NUM_BPS) + 1, "");
	print_number("watchpoints", RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_0_NUM_WPS) + 1, "");
	if (reg & RMI_FEATURE_REGISTER_0_PMU)
		print_number("PMU", RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_0_PMU_NUM_CTRS),
		             " counters");
	else
		print_row("PMU", "no");
	if (rev == RMI_REVISION_2_0_BET1)
		return;
	print_row("L0GPT block delegation",
	          yes_no(reg & RMI_FEATURE_REGISTER_0_L0GPT_BLOCK_DELEGATE));
	print_number("stage 2 output", RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_0_S2OASZ), " bits");
}

static void print_register_1(uint64_t reg)
{
	static const uint64_t granule_bits[] = {
	        RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_4KB,
	        RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_16KB,
	        RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_64KB,
	};
	static const char *const granule_names[] = {"4 KiB", "16 KiB", "64 KiB"};
	static const uint64_t hash_bits[] = {
	        RMI_FEATURE_REGISTER_1_HASH_SHA_256,
	        RMI_FEATURE_REGISTER_1_HASH_SHA_384,
	        RMI_FEATURE_REGISTER_1_HASH_SHA_512,
	};
	static const char *const hash_names[] = {"SHA-256", "SHA-384", "SHA-512"};
	/* ID_AA64MMFR0_EL1.PARange has the same encoding. */
	static const uint8_t pa_bits[] = {32, 36, 40, 42, 44, 48, 52, 56};
	uint64_t order = RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_1_MAX_RECS_ORDER);

	print_set("granule sizes", reg, granule_bits, granule_names, 3);
	print_set("hash algorithms", reg, hash_bits, hash_names, 3);
	print_number("vCPUs", (UINT64_C(1) << order) - 1, " at most");
	print_number("L0 GPT entry",
	             UINT64_C(1) << RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_1_L0GPTSZ), " GiB");
	print_number("protected PA space", pa_bits[RMI_FIELD_GET(reg, RMI_FEATURE_REGISTER_1_PPS)],
	             " bits");
}

static void print_registers_2_to_4(const uint64_t reg[RMI_NUM_FEATURE_REGISTERS])
{
	uint64_t planes = RMI_FIELD_GET(reg[3], RMI_FEATURE_REGISTER_3_MAX_NUM_AUX_PLANES);
	uint64_t mecs = RMI_FIELD_GET(reg[4], RMI_FEATURE_REGISTER_4_MEC_COUNT);

	print_row("device assignment", yes_no(reg[2] & RMI_FEATURE_REGISTER_2_DA));
	print_number("auxiliary planes", planes, "");
	print_row("indirect permissions",
	          yes_no(reg[3] & RMI_FEATURE_REGISTER_3_RTT_S2AP_INDIRECT));
	print_number("private MECIDs", mecs, "");
}

static void print_state(struct rmi *rmi)
{
	static const char *const names[] = {
	        [RMI_RMM_STATE_INIT] = "not active",
	        [RMI_RMM_STATE_ACTIVE] = "active",
	        [RMI_RMM_STATE_INTERMEDIATE] = "between states",
	};
	uint64_t state;

	if (rmi_revision(rmi) == RMI_REVISION_2_0_BET1)
		return;
	if (rmi_status(rmi_rmm_state_get(rmi_pe(rmi, 0), &state)) == RMI_SUCCESS &&
	    state < sizeof(names) / sizeof(names[0]))
		print_row("state", names[state]);
}

static int print_info(struct rmi *rmi)
{
	struct rmi_memory memory = rmi_memory(rmi);
	struct rmi_pe *pe = rmi_pe(rmi, 0);
	uint64_t reg[RMI_NUM_FEATURE_REGISTERS];
	uint64_t lower, higher, x0;
	char text[32];

	x0 = rmi_version(pe, RMI_ABI_VERSION, &lower, &higher);
	if (rmi_status(x0) != RMI_SUCCESS) {
		tool_error("RMI_VERSION answers 0x%" PRIx64, x0);
		return TOOL_FAILURE;
	}
	for (unsigned i = 0; i < RMI_NUM_FEATURE_REGISTERS; i++) {
		x0 = rmi_features(pe, i, &reg[i]);
		if (rmi_status(x0) != RMI_SUCCESS) {
			tool_error("RMI_FEATURES of register %u answers 0x%" PRIx64, i, x0);
			return TOOL_FAILURE;
		}
	}

	(void)printf("backend %s\n", rmi_backend_name(rmi));
	print_row("revision", rmi_revision_name(rmi_revision(rmi)));
	(void)printf("  %-24s%" PRIu64 ".%" PRIu64 " to %" PRIu64 ".%" PRIu64 "\n", "RMI versions",
	             RMI_FIELD_GET(lower, RMI_INTERFACE_VERSION_MAJOR),
	             RMI_FIELD_GET(lower, RMI_INTERFACE_VERSION_MINOR),
	             RMI_FIELD_GET(higher, RMI_INTERFACE_VERSION_MAJOR),
	             RMI_FIELD_GET(higher, RMI_INTERFACE_VERSION_MINOR));
	print_state(rmi);
	print_number("PEs", rmi_num_pes(rmi), "");
	(void)printf("  %-24s%s at 0x%" PRIx64 "\n", "memory", tool_size(text, memory.size),
	             memory.base);
	(void)printf("features");
	for (unsigned i = 0; i < RMI_NUM_FEATURE_REGISTERS; i++)
		(void)printf(" 0x%" PRIx64, reg[i]);
	(void)printf("\n");
	print_register_0(reg[0], rmi_revision(rmi));
	print_register_1(reg[1]);
	print_registers_2_to_4(reg);
	return TOOL_SUCCESS;
}

static int info_main(int argc, char **argv)
{
	static const struct option options[] = {
	        {"backend", required_argument, NULL, 'b'},
	        {"help", no_argument, NULL, 'h'},
	        {NULL, 0, NULL, 0},
	};
	const char *backend = NULL;
	struct rmi_error err;
	struct rmi *rmi;
	int opt, status;

	while ((opt = tool_next_option("info", argc, argv, options)) != -1) {
		switch (opt) {
		case 'b':
			backend = optarg;
			break;
		case 'h':
			(void)fputs(tool_info.usage, stdout);
			return TOOL_SUCCESS;
		default:
			return TOOL_USAGE;
		}
	}
	if (optind < argc) {
		tool_error("info: unexpected argument \"%s\" (info takes options only)",
		           argv[optind]);
		return TOOL_USAGE;
	}
	rmi = rmi_open(backend, &err);
	if (rmi == NULL) {
		tool_error("%s", err.text);
		return TOOL_FAILURE;
	}
	status = print_info(rmi);
	rmi_close(rmi);
	return status;
}

const struct tool_command tool_info = {
        .name = "info",
        .summary = "show the RMM behind a backend and its features",
        .usage = "usage: realmkit info [--backend CONF]\n"
                 "\n"
                 "Shows backend, revision, memory and feature registers in words.\n"
                 "\n"
                 "  --backend CONF   RMM to talk to, as name:key=value,...; without it\n"
                 "                   $RMI_BACKEND, and without that the software RMM\n",
        .main = info_main,
};
