/* SPDX-License-Identifier: BSD-3-Clause */
/* Which rule makes a condition true, and why some are never met. */
#include "fuzz_aim.h"

#include <string.h>

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && !strcmp(text + length - strlen(end), end);
}

static fuzz_aim_fn *find_rule(const struct fuzz_rule *rules, uint32_t fid, const char *condition)
{
	for (; rules->condition; rules++)
		if (rules->fid == fid && !strcmp(rules->condition, condition))
			return rules->rule;
	return NULL;
}

fuzz_aim_fn *fuzz_aim_rule(const struct rmi_command *command, const struct rmi_failure *condition)
{
	static const struct fuzz_rule *const lists[] = {fuzz_plane_rules, fuzz_memory_rules,
	                                                fuzz_object_rules, fuzz_rec_rules};
	const char *name = condition->condition;

	/* Rules of the command first. */
	for (size_t i = 0; i < 2 * COUNT(lists); i++) {
		uint32_t fid = i < COUNT(lists) ? command->fid : 0;
		fuzz_aim_fn *rule = find_rule(lists[i % COUNT(lists)], fid, name);

		if (rule)
			return rule;
	}
	if (ends_with(name, "_align"))
		return fuzz_misalign;
	if (ends_with(name, "_bound") || ends_with(name, "_tracking"))
		return fuzz_no_memory;
	return ends_with(name, "_pas") ? fuzz_not_ns : NULL;
}

#define ANY_REVISION (1u << RMI_REVISION_2_0_BET1 | 1u << RMI_REVISION_2_0_BET3)

/** Conditions that no call to this RMM makes true. */
static const struct {
	uint32_t fid;
	unsigned revisions;
	const char *condition;
	const char *why;
} unreachable[] = {
        {0, ANY_REVISION, "dpt", "no device assignment: there is no DPT"},
        {0, ANY_REVISION, "dpt_gran", "no device assignment: there is no DPT"},
        {0, ANY_REVISION, "cmem_mec_refresh", "no device assignment: there is no CMEM"},
        {0, ANY_REVISION, "mec_policy", "MECIDs never run out"},
        {0, ANY_REVISION, "oaddr_single_align", "a descriptor counts in granules"},
        {0, ANY_REVISION, "not_unassigned", "the command ends with success before a table"},
        {0, ANY_REVISION, "ram_invalid", "no device assignment: entries are VOID or DATA"},
        {SMC_RMI_RTT_INIT_RIPAS, ANY_REVISION, "rtte_state",
         "no device assignment: entries are VOID or DATA"},
        {0, ANY_REVISION, "pri_dev", "no device assignment: entries are VOID or DATA"},
        {SMC_RMI_RTT_DATA_UNMAP, ANY_REVISION, "trk_gran",
         "not aimed at: takes a region of DATA that was mapped, then tracked as a whole"},
        {SMC_RMI_GRANULE_TRACKING_SET, ANY_REVISION, "in_state",
         "RMI_OP_MEM_DONATE answers (mem_state)"},
        {SMC_RMI_GRANULE_TRACKING_SET, ANY_REVISION, "in_loc_dram",
         "RMI_OP_MEM_DONATE answers (mem_state)"},
        {SMC_RMI_GRANULE_TRACKING_SET, ANY_REVISION, "in_loc_cmem", "there is no CMEM"},
        {SMC_RMI_GPT_L1_CREATE, ANY_REVISION, "gran", "RMI_OP_MEM_DONATE answers (mem_state)"},
        {SMC_RMI_RMM_CONFIG_GET, 1u << RMI_REVISION_2_0_BET3, "rmm_state",
         "the configuration shows before activation"},
        {SMC_RMI_RMM_CONFIG_SET, 1u << RMI_REVISION_2_0_BET1, "tracked",
         "nothing leads back from RMM_STATE_ACTIVE"},
};

const char *fuzz_aim_unreachable(const struct rmi_command *command,
                                 const struct rmi_failure *condition, enum rmi_revision rev)
{
	for (size_t i = 0; i < COUNT(unreachable); i++)
		if ((!unreachable[i].fid || unreachable[i].fid == command->fid) &&
		    (unreachable[i].revisions & 1u << rev) != 0 &&
		    !strcmp(unreachable[i].condition, condition->condition))
			return unreachable[i].why;
	return NULL;
}
