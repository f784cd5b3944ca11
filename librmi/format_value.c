/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of arguments in words. */

#include <inttypes.h>

#include <rmi/format.h>

#include "format.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const status_names[] = {
        [RMI_SUCCESS] = "SUCCESS",
        [RMI_ERROR_INPUT] = "ERROR_INPUT",
        [RMI_ERROR_REALM] = "ERROR_REALM",
        [RMI_ERROR_REC] = "ERROR_REC",
        [RMI_ERROR_RTT] = "ERROR_RTT",
        [RMI_ERROR_NOT_SUPPORTED] = "ERROR_NOT_SUPPORTED",
        [RMI_ERROR_DEVICE] = "ERROR_DEVICE",
        [RMI_ERROR_RTT_AUX] = "ERROR_RTT_AUX",
        [RMI_ERROR_PSMMU_ST] = "ERROR_PSMMU_ST",
        [RMI_ERROR_DPT] = "ERROR_DPT",
        [RMI_BUSY] = "BUSY",
        [RMI_ERROR_GLOBAL] = "ERROR_GLOBAL",
        [RMI_ERROR_TRACKING] = "ERROR_TRACKING",
        [RMI_INCOMPLETE] = "INCOMPLETE",
        [RMI_BLOCKED] = "BLOCKED",
        [RMI_ERROR_GPT] = "ERROR_GPT",
        [RMI_ERROR_GRANULE] = "ERROR_GRANULE",
};

static const char *const ripas_names[] = {
        [RMI_RIPAS_EMPTY] = "EMPTY",
        [RMI_RIPAS_RAM] = "RAM",
        [RMI_RIPAS_DESTROYED] = "DESTROYED",
        [RMI_RIPAS_DEV] = "DEV",
};

static const char *const exit_reason_names[] = {
        [RMI_EXIT_SYNC] = "SYNC",
        [RMI_EXIT_IRQ] = "IRQ",
        [RMI_EXIT_FIQ] = "FIQ",
        [RMI_EXIT_PSCI] = "PSCI",
        [RMI_EXIT_RIPAS_CHANGE] = "RIPAS_CHANGE",
        [RMI_EXIT_HOST_CALL] = "HOST_CALL",
        [RMI_EXIT_SERROR] = "SERROR",
        [RMI_EXIT_S2AP_CHANGE] = "S2AP_CHANGE",
};

static const char *const rtte_state_names[] = {
        [RMI_RTTE_VOID] = "VOID",
        [RMI_RTTE_DATA] = "DATA",
        [RMI_RTTE_TABLE] = "TABLE",
        [RMI_RTTE_NARCH_DEV] = "NARCH_DEV",
        [RMI_RTTE_AUX_DESTROYED] = "AUX_DESTROYED",
        [RMI_RTTE_ARCH_DEV] = "ARCH_DEV",
};

static const char *const mem_category_names[] = {
        [RMI_MEM_CATEGORY_CONVENTIONAL] = "CONVENTIONAL",
        [RMI_MEM_CATEGORY_DEV_NCOH] = "DEV_NCOH",
        [RMI_MEM_CATEGORY_DEV_COH] = "DEV_COH",
        [RMI_MEM_CATEGORY_NONE] = "NONE",
};

static const char *const tracking_names[] = {
        [RMI_TRACKING_RESERVED] = "RESERVED",
        [RMI_TRACKING_NONE] = "NONE",
        [RMI_TRACKING_FINE] = "FINE",
        [RMI_TRACKING_COARSE] = "COARSE",
        [RMI_TRACKING_INTERMEDIATE] = "INTERMEDIATE",
};

static const char *const rmm_state_names[] = {
        [RMI_RMM_STATE_INIT] = "INIT",
        [RMI_RMM_STATE_ACTIVE] = "ACTIVE",
        [RMI_RMM_STATE_INTERMEDIATE] = "INTERMEDIATE",
};

static const char *const gpt_state_names[] = {
        [RMI_GPT_RESERVED] = "RESERVED",
        [RMI_GPT_PLATFORM_MANAGED] = "PLATFORM_MANAGED",
        [RMI_GPT_HOST_NOT_CREATED] = "HOST_NOT_CREATED",
        [RMI_GPT_HOST_CREATED] = "HOST_CREATED",
};

static const char *const response_names[] = {
        [RSI_RESPONSE_ACCEPT] = "ACCEPT",
        [RSI_RESPONSE_REJECT] = "REJECT",
};

static const char *const addr_type_names[] = {
        [RMI_ADDR_TYPE_NONE] = "none",
        [RMI_ADDR_TYPE_SINGLE] = "single",
        [RMI_ADDR_TYPE_LIST] = "list",
        [3] = "oaddr_type=3",
};

static const char *const mem_state_names[] = {
        [RMI_OP_MEM_DELEGATED] = "delegated",
        [RMI_OP_MEM_UNDELEGATED] = "undelegated",
        [RMI_OP_MEM_CONDITIONAL] = "conditional",
        [3] = "state=3",
};

/* Names of PsciReturnCode by 1 - code. */
static const char *const psci_names[] = {
        [1 - PSCI_OFF] = "OFF",
        [1 - PSCI_SUCCESS] = "SUCCESS",
        [1 - PSCI_NOT_SUPPORTED] = "NOT_SUPPORTED",
        [1 - PSCI_INVALID_PARAMETERS] = "INVALID_PARAMETERS",
        [1 - PSCI_DENIED] = "DENIED",
        [1 - PSCI_ALREADY_ON] = "ALREADY_ON",
        [1 - PSCI_ON_PENDING] = "ON_PENDING",
        [1 - PSCI_INTERNAL_FAILURE] = "INTERNAL_FAILURE",
        [1 - PSCI_NOT_PRESENT] = "NOT_PRESENT",
        [1 - PSCI_DISABLED] = "DISABLED",
        [1 - PSCI_INVALID_ADDRESS] = "INVALID_ADDRESS",
};

static const char *name_of(const char *const names[], size_t count, uint64_t value)
{
	return value < count ? names[value] : NULL;
}

const char *rmi_status_name(unsigned status)
{
	return name_of(status_names, COUNT(status_names), status);
}

const char *rmi_exit_reason_name(unsigned reason)
{
	return name_of(exit_reason_names, COUNT(exit_reason_names), reason);
}

const char *rmi_ripas_name(unsigned ripas)
{
	return name_of(ripas_names, COUNT(ripas_names), ripas);
}

static void add_hex(struct rmi_text *text, uint64_t value)
{
	rmi_text_add(text, "0x%" PRIx64, value);
}

/* A counter: decimal while people would read it so. */
static void add_number(struct rmi_text *text, uint64_t value)
{
	if (value <= UINT32_MAX)
		rmi_text_add(text, "%" PRIu64, value);
	else
		add_hex(text, value);
}

static void add_name(struct rmi_text *text, const char *const names[], size_t count, uint64_t value)
{
	const char *name = name_of(names, count, value);

	if (name != NULL)
		rmi_text_add(text, "%s", name);
	else
		add_hex(text, value);
}

#define ADD_NAME(text, names, value) add_name(text, names, COUNT(names), value)

static void add_psci_code(struct rmi_text *text, uint64_t value)
{
	const char *name = name_of(psci_names, COUNT(psci_names), 1 - value);

	if (name != NULL)
		rmi_text_add(text, "%s", name);
	else
		add_hex(text, value);
}

/* Bits of a fieldset that have no meaning. */
static void add_rest(struct rmi_text *text, uint64_t bits)
{
	if (bits != 0)
		rmi_text_add(text, "+0x%" PRIx64, bits);
}

static void add_size(struct rmi_text *text, uint64_t bytes)
{
	static const char suffixes[] = " KMGTPE";
	unsigned suffix = 0;

	while (bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		suffix++;
	}
	rmi_text_add(text, "%" PRIu64 "%c", bytes, suffixes[suffix]);
}

static void add_block_size(struct rmi_text *text, const struct rmi_format *how,
                           enum rmi_addr_block_size size)
{
	add_size(text, rmi_rtt_level_size(how->gshift, RMM_RTT_PAGE_LEVEL - (int)size));
}

static void add_range_desc(struct rmi_text *text, const struct rmi_format *how, uint64_t value)
{
	struct rmi_addr_range_desc desc =
	        rmi_addr_range_desc_decode(how->revision, how->gshift, value);

	rmi_text_add(text, "{");
	add_block_size(text, how, desc.size);
	rmi_text_add(text, " x%" PRIu64 " @0x%" PRIx64 " %s}", desc.count, desc.base,
	             mem_state_names[desc.state]);
}

static void add_donate_req(struct rmi_text *text, const struct rmi_format *how, uint64_t value)
{
	struct rmi_op_mem_donate_req req = rmi_op_mem_donate_req_decode(how->revision, value);

	rmi_text_add(text, "{");
	add_block_size(text, how, req.size);
	rmi_text_add(text, " x%" PRIu64 " %s%s}", req.count, mem_state_names[req.state],
	             req.contig == RMI_OP_MEM_CONTIG ? " contiguous" : "");
}

static void add_one_flag(struct rmi_text *text, uint64_t value, const char *set, const char *clear)
{
	rmi_text_add(text, "%s", (value & 1) != 0 ? set : clear);
	add_rest(text, value & ~UINT64_C(1));
}

static void add_map_flags(struct rmi_text *text, uint64_t value, bool unprot)
{
	uint64_t type = RMI_FIELD_GET(value, RMI_RTT_MAP_FLAGS_OADDR_TYPE);
	uint64_t count = RMI_FIELD_GET(value, RMI_RTT_MAP_FLAGS_LIST_COUNT);

	rmi_text_add(text, "%s", addr_type_names[type]);
	if (type == RMI_ADDR_TYPE_LIST || count != 0)
		rmi_text_add(text, " x%" PRIu64, count);
	value >>= RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR_SHIFT;
	if (unprot) {
		static const char *const permissions[] = {
		        [0] = "no-access",
		        [RMI_S2AP_DIRECT_READ] = "ro",
		        [RMI_S2AP_DIRECT_WRITE] = "wo",
		        [RMI_S2AP_DIRECT_READ | RMI_S2AP_DIRECT_WRITE] = "rw",
		};
		uint64_t memattr = value & 7, s2ap = value >> 3 & 0xf;

		if (memattr == RMI_MEMATTR_PASSTHROUGH)
			rmi_text_add(text, ",passthrough");
		else if (memattr == RMI_MEMATTR_NORMAL_WB)
			rmi_text_add(text, ",normal-wb");
		else if (memattr == RMI_MEMATTR_NORMAL_NC)
			rmi_text_add(text, ",normal-nc");
		else if (memattr == RMI_MEMATTR_DEVICE_nGnRE)
			rmi_text_add(text, ",device-nGnRE");
		else
			rmi_text_add(text, ",memattr=%" PRIu64, memattr);
		if (s2ap < COUNT(permissions))
			rmi_text_add(text, ",%s", permissions[s2ap]);
		else
			rmi_text_add(text, ",s2ap=%" PRIu64, s2ap);
		value = value >> 7 << 7;
	}
	add_rest(text, value << RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR_SHIFT);
}

static void add_aux_flags(struct rmi_text *text, uint64_t value, bool map)
{
	uint64_t rest = value & ~UINT64_C(3);

	rmi_text_add(text, "tree %" PRIu64, value & 3);
	if (map) {
		if ((value & RMI_RTT_AUX_MAP_FLAGS_BLOCK) != 0)
			rmi_text_add(text, ",block");
		if ((value & RMI_RTT_AUX_MAP_FLAGS_INVALID_PRI) != 0)
			rmi_text_add(text, ",invalid-pri");
		rest &= ~(RMI_RTT_AUX_MAP_FLAGS_BLOCK | RMI_RTT_AUX_MAP_FLAGS_INVALID_PRI);
	}
	add_rest(text, rest);
}

static void add_version(struct rmi_text *text, uint64_t value)
{
	if (value >> 31 != 0)
		add_hex(text, value);
	else
		rmi_text_add(text, "%" PRIu64 ".%" PRIu64, value >> 16, value & 0xffff);
}

static void add_level(struct rmi_text *text, uint64_t value)
{
	int64_t level = (int64_t)value;

	if (level >= -8 && level < 8)
		rmi_text_add(text, "%" PRId64, level);
	else
		add_hex(text, value);
}

static void add_sysreg(struct rmi_text *text, uint64_t value)
{
	rmi_text_add(text, "S%" PRIu64 "_%" PRIu64 "_C%" PRIu64 "_C%" PRIu64 "_%" PRIu64,
	             RMI_FIELD_GET(value, RSI_SYSREG_ADDRESS_OP0),
	             RMI_FIELD_GET(value, RSI_SYSREG_ADDRESS_OP1),
	             RMI_FIELD_GET(value, RSI_SYSREG_ADDRESS_CRN),
	             RMI_FIELD_GET(value, RSI_SYSREG_ADDRESS_CRM),
	             RMI_FIELD_GET(value, RSI_SYSREG_ADDRESS_OP2));
	if ((value & RSI_SYSREG_ADDRESS_D128) != 0)
		rmi_text_add(text, ",d128");
	add_rest(text, value >> 17 << 17);
}

void rmi_text_value(struct rmi_text *text, const struct rmi_format *how, enum rmi_arg_type type,
                    uint64_t value)
{
	switch (type) {
	case RMI_ARG_NONE:
	case RMI_ARG_ADDRESS:
	case RMI_ARG_BITS64:
	case RMI_ARG_HANDLE:
		add_hex(text, value);
		return;
	case RMI_ARG_UINT64:
		add_number(text, value);
		return;
	case RMI_ARG_LEVEL:
		add_level(text, value);
		return;
	case RMI_ARG_VERSION:
		add_version(text, value);
		return;
	case RMI_ARG_DATA_FLAGS:
		add_one_flag(text, value, "measure", "no-measure");
		return;
	case RMI_ARG_RTT_ENTRY_STATE:
		ADD_NAME(text, rtte_state_names, value);
		return;
	case RMI_ARG_RIPAS:
		ADD_NAME(text, ripas_names, value);
		return;
	case RMI_ARG_PSCI_RETURN_CODE:
		add_psci_code(text, value);
		return;
	case RMI_ARG_MEM_CATEGORY:
		ADD_NAME(text, mem_category_names, value);
		return;
	case RMI_ARG_TRACKING_REGION_STATE:
		ADD_NAME(text, tracking_names, value);
		return;
	case RMI_ARG_RTT_PROT_MAP_FLAGS:
		add_map_flags(text, value, false);
		return;
	case RMI_ARG_RTT_UNPROT_MAP_FLAGS:
		add_map_flags(text, value, true);
		return;
	case RMI_ARG_RTT_UNMAP_FLAGS:
		rmi_text_add(text, "%s", addr_type_names[value & 3]);
		add_rest(text, value & ~UINT64_C(3));
		return;
	case RMI_ARG_RTT_AUX_MAP_FLAGS:
		add_aux_flags(text, value, true);
		return;
	case RMI_ARG_RTT_AUX_UNMAP_FLAGS:
		add_aux_flags(text, value, false);
		return;
	case RMI_ARG_ADDR_SET_DESC:
	case RMI_ARG_ADDR_RANGE_DESC:
		add_range_desc(text, how, value);
		return;
	case RMI_ARG_CONTINUE_FLAGS:
		add_one_flag(text, value, "stop", "keep-going");
		return;
	case RMI_ARG_OP_MEM_DONATE_REQ:
		add_donate_req(text, how, value);
		return;
	case RMI_ARG_RMM_STATE:
		ADD_NAME(text, rmm_state_names, value);
		return;
	case RMI_ARG_GPT_PARTITION_STATE:
		ADD_NAME(text, gpt_state_names, value);
		return;
	case RMI_ARG_RIPAS_CHANGE_FLAGS:
		add_one_flag(text, value, "change-destroyed", "no-change-destroyed");
		return;
	case RMI_ARG_RESPONSE:
		ADD_NAME(text, response_names, value);
		return;
	case RMI_ARG_SYSREG_ADDRESS:
		add_sysreg(text, value);
		return;
	}
	add_hex(text, value);
}
