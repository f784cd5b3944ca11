/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Granule Protection Table (DEN0137 A2.3.9), as far as a Host sees it: the states of the L0
 * entries, and the L1 GPTs that it donates memory for. A granule is in Realm PAS unless it is
 * GRAN_UNDELEGATED, so there are no GPIs to store.
 */
#ifndef RMM_GRANULE_GPT_H
#define RMM_GRANULE_GPT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/rmm.h"

/** State of the L0 entry that describes a PA (B3.36). What is not DRAM is in a block. */
enum gpt_l0_state gpt_l0_state(const struct rmm *rmm, uint64_t pa);

/** Entries that describe DRAM. */
uint64_t gpt_l0_count(const struct rmm *rmm);

/** Notes the state at boot. */
void gpt_init(struct rmm *rmm);

/**
 * Whether granules may enter or leave Realm PAS: an L1 GPT describes them, or they are whole blocks
 * and the platform has L0GPT_BLOCK_DELEGATE.
 * @return RMI_SUCCESS, RMI_BLOCKED or RMI_ERROR_GPT
 */
uint64_t gpt_check(const struct rmm *rmm, uint64_t base, uint64_t size);

uint64_t rmm_gpt_l1_create(struct rmm_call *call);
uint64_t rmm_gpt_l1_destroy(struct rmm_call *call);
uint64_t rmm_gpt_info(struct rmm_call *call);

#endif
