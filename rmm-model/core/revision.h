/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What differs between the revisions of DEN0137 2.0 that the model speaks. Each predicate below is
 * asked in one place. Two kinds of difference are data and stand elsewhere: which commands there
 * are, in the command table (rmi_commands.def, device_commands.def), and layouts, in the encoders
 * that take a revision (rmi/abi/types.h).
 */
#ifndef RMM_CORE_REVISION_H
#define RMM_CORE_REVISION_H

#include <stdbool.h>

#include <rmm/model.h>

/** Whether there is a feature register 0 field for the size of output addresses. */
static inline bool revision_has_s2oasz(const struct rmm_config *config)
{
	return config->revision != RMI_REVISION_2_0_BET1;
}

/** Whether RMI_RMM_CONFIG_GET works before activation. */
static inline bool revision_shows_config_early(const struct rmm_config *config)
{
	return config->revision != RMI_REVISION_2_0_BET1;
}

/** Whether there is a feature register 0 field for L0GPT_BLOCK_DELEGATE. */
static inline bool revision_has_l0gpt_block_delegate(const struct rmm_config *config)
{
	return config->revision != RMI_REVISION_2_0_BET1;
}

/** Whether RMI_GRANULE_TRACKING_GET has a state for a region that is changing. */
static inline bool revision_has_tracking_intermediate(const struct rmm_config *config)
{
	return config->revision != RMI_REVISION_2_0_BET1;
}

/** Whether memory may be asked for in the state that its region is left in. */
static inline bool revision_has_conditional_memory(const struct rmm_config *config)
{
	return config->revision != RMI_REVISION_2_0_BET1;
}

/** Whether memory that is none has a category of its own, RMI_MEM_CATEGORY_NONE. */
static inline bool revision_has_category_none(const struct rmm_config *config)
{
	return config->revision != RMI_REVISION_2_0_BET1;
}

/**
 * Whether undelegation passes over granules that are undelegated already, so that a range which is
 * partly delegated can be undone in one go.
 */
static inline bool revision_undelegates_twice(const struct rmm_config *config)
{
	return config->revision != RMI_REVISION_2_0_BET1;
}

/** Whether RMI_PSCI_COMPLETE is told the target; otherwise the RMM finds it by its MPIDR. */
static inline bool revision_completes_named_target(const struct rmm_config *config)
{
	return config->revision == RMI_REVISION_2_0_BET1;
}

#endif
