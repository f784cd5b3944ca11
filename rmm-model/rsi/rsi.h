/* SPDX-License-Identifier: BSD-3-Clause */
/* Handlers of RSI commands. */
#ifndef RMM_RSI_RSI_H
#define RMM_RSI_RSI_H

#include "rec/rec.h"

/**
 * An RSI command of the REC that runs on a PE: arguments in its X1..., PC at the SMC.
 * rec_smc_done() ends it; REC_EXIT without that makes it begin again at the next entry.
 */
typedef enum rec_action rsi_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit);

rsi_handler rsi_attestation_token_init_handler;
rsi_handler rsi_attestation_token_continue_handler;
rsi_handler rsi_ipa_state_get_handler;
rsi_handler rsi_ipa_state_set_handler;
rsi_handler rsi_host_call_handler;
rsi_handler rsi_mem_get_perm_value_handler;
rsi_handler rsi_mem_set_perm_index_handler;
rsi_handler rsi_mem_set_perm_value_handler;
rsi_handler rsi_plane_enter_handler;
rsi_handler rsi_plane_sysreg_read_handler;
rsi_handler rsi_plane_sysreg_write_handler;

/**
 * base_align, top_align, size_valid, rgn_bound: whether a range of Protected IPAs of the running
 * REC is one that the Realm may ask something for.
 */
bool rsi_range_is_good(struct rmm_pe *pe, uint64_t base, uint64_t top);

/** The handler of a command, or NULL if the RMM does not have it. */
rsi_handler *rsi_find(uint32_t fid);

#endif
