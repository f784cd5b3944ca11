/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file calls.h
 * Typed calls: one function for each RMI command of the command table.
 *
 * Each makes one call on a PE and returns X0; rmi_status(), rmi_level(), rmi_memreq() and
 * rmi_can_cancel() take it apart. Inputs are values, outputs are pointers that may be NULL. Where
 * the status does not define an output, it is UNKNOWN. Besides the errors that are listed, any
 * command may answer RMI_BUSY (nothing changed, try again), RMI_BLOCKED (an object belongs to a
 * stateful operation that must be finished first) and RMI_ERROR_NOT_SUPPORTED.
 */
#ifndef RMI_CALLS_H
#define RMI_CALLS_H

#include <stdint.h>

#include <rmi/abi/psci.h>
#include <rmi/abi/smccc.h>
#include <rmi/pe.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a command leaves when it answers RMI_INCOMPLETE (B4.3.2). */
struct rmi_sro {
	uint64_t handle;     /**< X1: names the operation. */
	uint64_t donate_req; /**< X2: RmiOpMemDonateReq, when rmi_memreq() is DONATE. */
};

/**
 * Negotiates the interface version.
 *
 * @param req wanted version (RMI_VERSION_ENCODE)
 * @param[out] lower lower supported version; valid on RMI_ERROR_INPUT too
 * @param[out] higher highest supported version; valid on RMI_ERROR_INPUT too
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (incompat_lower, incompat_higher)
 * @see DEN0137 B4.5.92
 */
uint64_t rmi_version(struct rmi_pe *pe, uint64_t req, uint64_t *lower, uint64_t *higher);

/**
 * Maps one DATA granule in a Realm that is not yet active, with a copy of a Host page.
 *
 * @param rd PA of the RD
 * @param data PA of the granule that becomes DATA; GRAN_DELEGATED
 * @param ipa Protected IPA to map it at
 * @param src PA of the page to copy; Non-secure
 * @param flags RMI_DATA_FLAGS_*
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (src_align, src_pas, data_align, data_bound,
 *         data_state, data_bound2, rd_align, rd_bound, rd_state, ipa_align, ipa_bound, dpt);
 *         RMI_ERROR_REALM (realm_state); RMI_ERROR_RTT (rtt_walk, rtte_state)
 * @see DEN0137 B4.5.66
 */
uint64_t rmi_rtt_data_map_init(struct rmi_pe *pe, uint64_t rd, uint64_t data, uint64_t ipa,
                               uint64_t src, uint64_t flags, struct rmi_sro *sro);

/**
 * Makes a Realm runnable: REALM_NEW becomes REALM_ACTIVE.
 *
 * @param rd PA of the RD
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state); RMI_ERROR_REALM
 *         (realm_state)
 * @see DEN0137 B4.5.45
 */
uint64_t rmi_realm_activate(struct rmi_pe *pe, uint64_t rd);

/**
 * Creates a Realm.
 *
 * @param rd PA of the granule that becomes the RD; GRAN_DELEGATED
 * @param params_ptr PA of struct rmi_realm_params; Non-secure
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_GLOBAL (pat_valid, vmid, mec_policy); RMI_ERROR_INPUT
 *         (params_align, params_pas, params_valid, params_supp, alias, rd_align, rd_bound,
 *         rd_state, rtt_align, rtt_num_level, rtt_state, ats_plane)
 * @see DEN0137 B4.5.46
 */
uint64_t rmi_realm_create(struct rmi_pe *pe, uint64_t rd, uint64_t params_ptr, struct rmi_sro *sro);

/**
 * Destroys a Realm that is REALM_ZOMBIE and not live.
 *
 * @param rd PA of the RD
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_tracking, rd_state); RMI_ERROR_REALM
 *         (realm_state, realm_live, cmem_mec_refresh)
 * @see DEN0137 B4.5.47
 */
uint64_t rmi_realm_destroy(struct rmi_pe *pe, uint64_t rd, struct rmi_sro *sro);

/**
 * Creates a REC in a Realm that is not yet active.
 *
 * @param rd PA of the RD
 * @param rec_ptr PA of the granule that becomes the REC; GRAN_DELEGATED
 * @param params_ptr PA of struct rmi_rec_params; Non-secure
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (params_align, params_pas, rec_align, rec_bound,
 *         rec_state, rd_align, rd_bound, rd_state, mpidr_index); RMI_ERROR_REALM (realm_state,
 *         num_recs)
 * @see DEN0137 B4.5.49
 */
uint64_t rmi_rec_create(struct rmi_pe *pe, uint64_t rd, uint64_t rec_ptr, uint64_t params_ptr,
                        struct rmi_sro *sro);

/**
 * Destroys a REC that does not run.
 *
 * @param rec_ptr PA of the REC
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rec_align, rec_tracking, rec_gran_state);
 *         RMI_ERROR_REC (rec_state)
 * @see DEN0137 B4.5.50
 */
uint64_t rmi_rec_destroy(struct rmi_pe *pe, uint64_t rec_ptr, struct rmi_sro *sro);

/**
 * Runs a REC on this PE until it exits. The live ICH_* registers of the PE are shared with it.
 *
 * @param rec_ptr PA of the REC
 * @param run_ptr PA of struct rmi_rec_run; Non-secure
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (run_align, run_pas, rec_align, rec_bound,
 *         rec_gran_state); RMI_ERROR_REALM (realm_state); RMI_ERROR_REC (rec_state, rec_runnable,
 *         rec_mmio, rec_gicv3, rec_pending)
 * @see DEN0137 B4.5.51
 */
uint64_t rmi_rec_enter(struct rmi_pe *pe, uint64_t rec_ptr, uint64_t run_ptr);

/**
 * Creates an RTT below an entry, which is unfolded into it.
 *
 * @param rd PA of the RD
 * @param rtt PA of the granule that becomes the RTT; GRAN_DELEGATED
 * @param ipa base of the IPA range that the RTT describes
 * @param level level of the RTT
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, level_bound,
 *         ipa_align, ipa_bound, rtt_align, rtt_bound, rtt_state, rtt_bound2); RMI_ERROR_RTT
 *         (rtt_walk, rtte_state)
 * @see DEN0137 B4.5.64
 */
uint64_t rmi_rtt_create(struct rmi_pe *pe, uint64_t rd, uint64_t rtt, uint64_t ipa, int level,
                        struct rmi_sro *sro);

/**
 * Destroys an RTT that has no live entry.
 *
 * @param rd PA of the RD
 * @param ipa base of the IPA range that the RTT describes
 * @param level level of the RTT
 * @param[out] rtt PA of the RTT; on RMI_SUCCESS
 * @param[out] top where a walk over the Realm goes on; on RMI_SUCCESS and RMI_ERROR_RTT
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, level_bound,
 *         ipa_align, ipa_bound); RMI_ERROR_RTT (rtt_walk, rtte_state, rtt_live, aux_ref)
 * @see DEN0137 B4.5.68
 */
uint64_t rmi_rtt_destroy(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level, uint64_t *rtt,
                         uint64_t *top, struct rmi_sro *sro);

/**
 * Reads the RTT entry where the walk to an IPA ends.
 *
 * @param rd PA of the RD
 * @param ipa IPA, aligned to the level
 * @param level level to walk to
 * @param[out] walk_level level where the walk ended
 * @param[out] state RmiRttEntryState
 * @param[out] desc output address and, for a mapped Unprotected IPA, the attributes that the Host
 * chose
 * @param[out] ripas RmiRipas
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, level_bound,
 *         ipa_align, ipa_bound)
 * @see DEN0137 B4.5.74
 */
uint64_t rmi_rtt_read_entry(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level,
                            uint64_t *walk_level, uint64_t *state, uint64_t *desc, uint64_t *ripas);

/**
 * Completes a PSCI request of a REC that names another REC.
 *
 * @param calling_rec_ptr PA of the REC that made the request
 * @param target_rec_ptr PA of the REC that it names; 2.0-bet3 does not take it
 * @param status PSCI_SUCCESS or PSCI_DENIED
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (alias, calling_align, calling_bound,
 *         calling_state, target_align, target_bound, target_state, pending, owner, target,
 *         status)
 * @see DEN0137 B4.5.38
 */
uint64_t rmi_psci_complete(struct rmi_pe *pe, uint64_t calling_rec_ptr, uint64_t target_rec_ptr,
                           enum psci_return_code status);

/**
 * Reads a feature register.
 *
 * @param index 0..4; others read as zero
 * @param[out] value the register
 * @return X0; RMI_SUCCESS
 * @see DEN0137 B4.5.14
 */
uint64_t rmi_features(struct rmi_pe *pe, uint64_t index, uint64_t *value);

/**
 * Destroys a homogeneous RTT and folds its entries into one.
 *
 * @param rd PA of the RD
 * @param ipa base of the IPA range that the RTT describes
 * @param level level of the RTT
 * @param[out] rtt PA of the RTT; on RMI_SUCCESS
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, level_bound,
 *         ipa_align, ipa_bound); RMI_ERROR_RTT (rtt_walk, rtte_state, rtt_homo, aux_ref)
 * @see DEN0137 B4.5.72
 */
uint64_t rmi_rtt_fold(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level, uint64_t *rtt,
                      struct rmi_sro *sro);

/**
 * Sets RIPAS to RAM in a Realm that is not yet active.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param[out] out_top first IPA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, size_valid,
 *         top_bound, top_gran_align); RMI_ERROR_REALM (realm_state); RMI_ERROR_RTT (base_align,
 *         rtte_state, no_progress, not_unassigned)
 * @see DEN0137 B4.5.73
 */
uint64_t rmi_rtt_init_ripas(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                            uint64_t *out_top, struct rmi_sro *sro);

/**
 * Does a RIPAS change that the Realm asked for.
 *
 * @param rd PA of the RD
 * @param rec_ptr PA of the REC whose exit carried the request
 * @param base first IPA; where the REC's request stands
 * @param top first IPA behind the range
 * @param[out] out_top first IPA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, rec_align,
 *         rec_bound, rec_gran_state, size_valid, base_bound, top_bound, top_gran_align);
 *         RMI_ERROR_REC (rec_state, rec_owner); RMI_ERROR_RTT (base_align, no_progress, aux_live,
 *         ram_invalid)
 * @see DEN0137 B4.5.75
 */
uint64_t rmi_rtt_set_ripas(struct rmi_pe *pe, uint64_t rd, uint64_t rec_ptr, uint64_t base,
                           uint64_t top, uint64_t *out_top, struct rmi_sro *sro);

/**
 * Chooses granule and tracking region size, before activation.
 *
 * @param cfg_ptr PA of struct rmi_rmm_config; Non-secure
 * @return X0; RMI_SUCCESS, or RMI_ERROR_GLOBAL (rmm_state); RMI_ERROR_INPUT (cfg_align, cfg_pas,
 *         cfg_supp, tracked)
 * @see DEN0137 B4.5.54
 */
uint64_t rmi_rmm_config_set(struct rmi_pe *pe, uint64_t cfg_ptr);

/**
 * Fetches a fresh platform attestation token. To be repeated while RMI_BUSY.
 *
 * @return X0; RMI_SUCCESS, or RMI_ERROR_GLOBAL (rmm_state)
 * @see DEN0137 B4.5.1
 */
uint64_t rmi_attest_plat_token_refresh(struct rmi_pe *pe);

/**
 * RMI_RTT_CREATE in an auxiliary tree.
 *
 * @param rd PA of the RD
 * @param rtt PA of the granule that becomes the RTT; GRAN_DELEGATED
 * @param ipa base of the IPA range that the RTT describes
 * @param level level of the RTT
 * @param index tree, 1..num_aux_planes
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, level_bound,
 *         ipa_align, ipa_bound, index_bound, rtt_align, rtt_bound, rtt_state, rtt_bound2);
 *         RMI_ERROR_RTT_AUX (rtt_walk, rtte_state)
 * @see DEN0137 B4.5.57
 */
uint64_t rmi_rtt_aux_create(struct rmi_pe *pe, uint64_t rd, uint64_t rtt, uint64_t ipa, int level,
                            uint64_t index, struct rmi_sro *sro);

/**
 * RMI_RTT_DESTROY in an auxiliary tree.
 *
 * @param rd PA of the RD
 * @param ipa base of the IPA range that the RTT describes
 * @param level level of the RTT
 * @param index tree, 1..num_aux_planes
 * @param[out] rtt PA of the RTT; on RMI_SUCCESS
 * @param[out] top where a walk over the Realm goes on; on RMI_SUCCESS and RMI_ERROR_RTT_AUX
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, level_bound,
 *         ipa_align, ipa_bound, index_bound); RMI_ERROR_RTT_AUX (rtt_walk, rtte_state, rtt_live)
 * @see DEN0137 B4.5.58
 */
uint64_t rmi_rtt_aux_destroy(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level,
                             uint64_t index, uint64_t *rtt, uint64_t *top, struct rmi_sro *sro);

/**
 * RMI_RTT_FOLD in an auxiliary tree.
 *
 * @param rd PA of the RD
 * @param ipa base of the IPA range that the RTT describes
 * @param level level of the RTT
 * @param index tree, 1..num_aux_planes
 * @param[out] rtt PA of the RTT; on RMI_SUCCESS
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, level_bound,
 *         ipa_align, ipa_bound, index_bound); RMI_ERROR_RTT_AUX (rtt_walk, rtte_state, rtt_homo)
 * @see DEN0137 B4.5.59
 */
uint64_t rmi_rtt_aux_fold(struct rmi_pe *pe, uint64_t rd, uint64_t ipa, int level, uint64_t index,
                          uint64_t *rtt, struct rmi_sro *sro);

/**
 * Does a change of access permissions that the Realm asked for.
 *
 * @param rd PA of the RD
 * @param rec_ptr PA of the REC whose exit carried the request
 * @param base first IPA; where the REC's request stands
 * @param top first IPA behind the range
 * @param[out] out_top first IPA not done; on RMI_ERROR_RTT and RMI_ERROR_RTT_AUX the first IPA of
 *             the entry that stopped it
 * @param[out] rtt_tree tree of that entry; on RMI_ERROR_RTT and RMI_ERROR_RTT_AUX
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, rec_align,
 *         rec_bound, rec_gran_state, size_valid, base_bound, top_bound, top_gran_align);
 *         RMI_ERROR_REC (rec_state, rec_owner); RMI_ERROR_RTT (base_align_pri, base_align_aux)
 * @see DEN0137 B4.5.76
 */
uint64_t rmi_rtt_set_s2ap(struct rmi_pe *pe, uint64_t rd, uint64_t rec_ptr, uint64_t base,
                          uint64_t top, uint64_t *out_top, uint64_t *rtt_tree, struct rmi_sro *sro);

/**
 * Reads the state of a tracking region.
 *
 * @param addr PA, aligned to the region size
 * @param[out] category RmiMemCategory
 * @param[out] state RmiTrackingRegionState
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (addr_align, addr_bound)
 * @see DEN0137 B4.5.19
 */
uint64_t rmi_granule_tracking_get(struct rmi_pe *pe, uint64_t addr, uint64_t *category,
                                  uint64_t *state);

/**
 * Sets the state of a tracking region.
 *
 * @param addr PA, aligned to the region size
 * @param category RmiMemCategory
 * @param state RmiTrackingRegionState
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_GLOBAL (rmm_state); RMI_ERROR_INPUT (state_valid,
 *         addr_align, addr_bound, category, reserved, in_state, in_loc_dram, in_loc_cmem)
 * @see DEN0137 B4.5.20
 */
uint64_t rmi_granule_tracking_set(struct rmi_pe *pe, uint64_t addr, uint64_t category,
                                  uint64_t state, struct rmi_sro *sro);

/**
 * Reads granule and tracking region size.
 *
 * @param cfg_ptr PA where struct rmi_rmm_config is written; Non-secure
 * @return X0; RMI_SUCCESS, or RMI_ERROR_GLOBAL (rmm_state); RMI_ERROR_INPUT (cfg_align, cfg_pas)
 * @see DEN0137 B4.5.53
 */
uint64_t rmi_rmm_config_get(struct rmi_pe *pe, uint64_t cfg_ptr);

/**
 * Reads the state of the RMM. From 2.0-bet3 on.
 *
 * @param[out] state enum rmi_rmm_state
 * @return X0; RMI_SUCCESS
 * @see DEN0137 2.0-bet3
 */
uint64_t rmi_rmm_state_get(struct rmi_pe *pe, uint64_t *state);

/**
 * Delegates granules to the Realm world.
 *
 * @param base first PA
 * @param top first PA behind the range
 * @param[out] out_top first PA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_GLOBAL (rmm_state); RMI_ERROR_INPUT (base_align,
 *         top_align, top_bound, populated, tracking, state)
 * @see DEN0137 B4.5.17
 */
uint64_t rmi_granule_range_delegate(struct rmi_pe *pe, uint64_t base, uint64_t top,
                                    uint64_t *out_top, struct rmi_sro *sro);

/**
 * Takes granules back from the Realm world; their contents are wiped.
 *
 * @param base first PA
 * @param top first PA behind the range
 * @param[out] out_top first PA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (base_align, top_align, top_bound, tracking, state)
 * @see DEN0137 B4.5.18
 */
uint64_t rmi_granule_range_undelegate(struct rmi_pe *pe, uint64_t base, uint64_t top,
                                      uint64_t *out_top, struct rmi_sro *sro);

/**
 * Creates an L1 GPT.
 *
 * @param addr PA, aligned to the size of an L0 GPT entry
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (addr_bound, addr_align, gran); RMI_ERROR_GPT
 *         (entry_state); RMI_ERROR_GLOBAL (unfold_denied)
 * @see DEN0137 B4.5.15
 */
uint64_t rmi_gpt_l1_create(struct rmi_pe *pe, uint64_t addr, struct rmi_sro *sro);

/**
 * Destroys a homogeneous L1 GPT.
 *
 * @param addr PA, aligned to the size of an L0 GPT entry
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (addr_bound, addr_align, entry_state, gpt_l1_homo)
 * @see DEN0137 B4.5.16
 */
uint64_t rmi_gpt_l1_destroy(struct rmi_pe *pe, uint64_t addr, struct rmi_sro *sro);

/**
 * Maps DATA granules at Protected IPAs.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param flags RMI_RTT_MAP_FLAGS_*
 * @param oaddr descriptor of the granules (GRAN_DELEGATED), or PA of a list of descriptors
 * @param[out] out_top first IPA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, base_align,
 *         top_align, size_valid, ipa_bound, oaddr_single_align, oaddr_list_align, oaddr_type,
 *         oaddr_list_pas, gran_state); RMI_ERROR_RTT (rtte_state, rtte_size); RMI_ERROR_TRACKING
 *         (trk_untracked, trk_gran); RMI_ERROR_DPT (dpt_gran)
 * @see DEN0137 B4.5.65
 */
uint64_t rmi_rtt_data_map(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                          uint64_t flags, uint64_t oaddr, uint64_t *out_top, struct rmi_sro *sro);

/**
 * Unmaps DATA granules.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param flags RMI_RTT_UNMAP_FLAGS_*
 * @param oaddr PA where a list of the granules is written; for RMI_ADDR_TYPE_LIST
 * @param[out] out_top first IPA not done
 * @param[out] out_range descriptor of the granules; for RMI_ADDR_TYPE_SINGLE, else zero
 * @param[out] out_count entries of the list; for RMI_ADDR_TYPE_LIST, else zero
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, base_align,
 *         top_align, size_valid, ipa_bound, oaddr_align, oaddr_list_pas); RMI_ERROR_RTT
 *         (rtte_size); RMI_ERROR_RTT_AUX (an auxiliary tree maps base, A10.3.1);
 *         RMI_ERROR_TRACKING (trk_gran); RMI_ERROR_DPT (dpt_gran)
 * @see DEN0137 B4.5.67
 */
uint64_t rmi_rtt_data_unmap(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                            uint64_t flags, uint64_t oaddr, uint64_t *out_top, uint64_t *out_range,
                            uint64_t *out_count, struct rmi_sro *sro);

/**
 * Maps Host memory at Unprotected IPAs.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param flags RMI_RTT_MAP_FLAGS_*, RMI_RTT_UNPROT_MAP_FLAGS_*
 * @param oaddr descriptor of the memory, or PA of a list of descriptors
 * @param[out] out_top first IPA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, base_align,
 *         top_align, size_valid, ipa_bound, oaddr_type, oaddr_align, oaddr_list_pas);
 *         RMI_ERROR_RTT (rtte_state, rtte_size)
 * @see DEN0137 B4.5.77
 */
uint64_t rmi_rtt_unprot_map(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                            uint64_t flags, uint64_t oaddr, uint64_t *out_top, struct rmi_sro *sro);

/**
 * Unmaps Host memory from Unprotected IPAs.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param flags RMI_RTT_UNMAP_FLAGS_*
 * @param oaddr PA where a list of the memory is written; for RMI_ADDR_TYPE_LIST
 * @param[out] out_top first IPA not done
 * @param[out] out_range descriptor of the memory; for RMI_ADDR_TYPE_SINGLE, else zero
 * @param[out] out_count entries of the list; for RMI_ADDR_TYPE_LIST, else zero
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, base_align,
 *         top_align, size_valid, ipa_bound, oaddr_align, oaddr_list_pas); RMI_ERROR_RTT
 *         (rtte_state, rtte_size)
 * @see DEN0137 B4.5.78
 */
uint64_t rmi_rtt_unprot_unmap(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                              uint64_t flags, uint64_t oaddr, uint64_t *out_top,
                              uint64_t *out_range, uint64_t *out_count, struct rmi_sro *sro);

/**
 * Maps in an auxiliary tree what the primary tree maps at Protected IPAs.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param flags RMI_RTT_AUX_*
 * @param[out] out_top first IPA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, base_pri_align,
 *         base_aux_align, invalid_pri, top_align, size_valid, ipa_bound, index_bound);
 *         RMI_ERROR_RTT (pri_state, pri_ram, pri_dev); RMI_ERROR_RTT_AUX (aux_destroyed,
 *         aux_size)
 * @see DEN0137 B4.5.60
 */
uint64_t rmi_rtt_aux_prot_map(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                              uint64_t flags, uint64_t *out_top, struct rmi_sro *sro);

/**
 * Unmaps Protected IPAs in an auxiliary tree.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param flags RMI_RTT_AUX_*
 * @param[out] out_top first IPA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, base_align,
 *         top_align, size_valid, ipa_bound, index_bound); RMI_ERROR_RTT_AUX (aux_state, aux_size)
 * @see DEN0137 B4.5.61
 */
uint64_t rmi_rtt_aux_prot_unmap(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                                uint64_t flags, uint64_t *out_top, struct rmi_sro *sro);

/**
 * Maps in an auxiliary tree what the primary tree maps at Unprotected IPAs.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param flags RMI_RTT_AUX_*
 * @param[out] out_top first IPA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, base_align,
 *         top_align, size_valid, ipa_bound, index_bound); RMI_ERROR_RTT (pri_state);
 *         RMI_ERROR_RTT_AUX (aux_size)
 * @see DEN0137 B4.5.62
 */
uint64_t rmi_rtt_aux_unprot_map(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                                uint64_t flags, uint64_t *out_top, struct rmi_sro *sro);

/**
 * Unmaps Unprotected IPAs in an auxiliary tree.
 *
 * @param rd PA of the RD
 * @param base first IPA
 * @param top first IPA behind the range
 * @param flags RMI_RTT_AUX_*
 * @param[out] out_top first IPA not done
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_bound, rd_state, base_align,
 *         top_align, size_valid, ipa_bound, index_bound); RMI_ERROR_RTT_AUX (aux_state, aux_size)
 * @see DEN0137 B4.5.63
 */
uint64_t rmi_rtt_aux_unprot_unmap(struct rmi_pe *pe, uint64_t rd, uint64_t base, uint64_t top,
                                  uint64_t flags, uint64_t *out_top, struct rmi_sro *sro);

/**
 * Makes a Realm REALM_ZOMBIE.
 *
 * @param rd PA of the RD
 * @param[out] sro handle when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (rd_align, rd_tracking, rd_state); RMI_ERROR_REALM
 *         (rec_running)
 * @see DEN0137 B4.5.48
 */
uint64_t rmi_realm_terminate(struct rmi_pe *pe, uint64_t rd, struct rmi_sro *sro);

/**
 * Activates the RMM.
 *
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_GLOBAL (state)
 * @see DEN0137 B4.5.52
 */
uint64_t rmi_rmm_activate(struct rmi_pe *pe, struct rmi_sro *sro);

/**
 * Continues a stateful operation. When it ends, X0 and the outputs are those of its command.
 *
 * @param handle of the operation
 * @param flags RMI_CONTINUE_FLAGS_*
 * @param[in,out] regs receives X0 and the outputs of the command in X1...; never NULL
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (complete); any status of the command (fail)
 * @see DEN0137 B4.5.22
 */
uint64_t rmi_op_continue(struct rmi_pe *pe, uint64_t handle, uint64_t flags,
                         struct smccc_regs *regs);

/**
 * Donates memory to a stateful operation.
 *
 * @param handle of the operation
 * @param list_addr PA of descriptors, 8-byte aligned; Non-secure
 * @param list_count number of descriptors
 * @param[out] donated_count granules consumed; valid whatever the status
 * @param[out] donate_req RmiOpMemDonateReq of what is still wanted
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (complete, list_align, list_pas, mem_gt,
 *         mem_contig, mem_align, mem_state)
 * @see DEN0137 B4.5.23
 */
uint64_t rmi_op_mem_donate(struct rmi_pe *pe, uint64_t handle, uint64_t list_addr,
                           uint64_t list_count, uint64_t *donated_count, uint64_t *donate_req);

/**
 * Takes memory back from a stateful operation.
 *
 * @param handle of the operation
 * @param list_addr PA where descriptors are written, 8-byte aligned; Non-secure
 * @param list_count room for descriptors
 * @param[out] reclaim_count descriptors written
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (complete, list_align, list_pas)
 * @see DEN0137 B4.5.24
 */
uint64_t rmi_op_mem_reclaim(struct rmi_pe *pe, uint64_t handle, uint64_t list_addr,
                            uint64_t list_count, uint64_t *reclaim_count);

/**
 * Cancels a stateful operation. It must still be driven to its end.
 *
 * @param handle of the operation
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (complete, can_cancel)
 * @see DEN0137 B4.5.21
 */
uint64_t rmi_op_cancel(struct rmi_pe *pe, uint64_t handle);

/**
 * Brings an RMM without delegated granules back to RMM_STATE_INIT. From 2.0-bet3 on.
 *
 * @param[out] sro handle and donate request when the result is RMI_INCOMPLETE
 * @return X0; RMI_SUCCESS, or RMI_ERROR_GLOBAL (state, granules)
 * @see DEN0137 2.0-bet3
 */
uint64_t rmi_rmm_deactivate(struct rmi_pe *pe, struct rmi_sro *sro);

/**
 * Reads who manages the GPT of a range. From 2.0-bet3 on.
 *
 * @param base first PA
 * @param top first PA behind the range
 * @param[out] out_top first PA with another answer
 * @param[out] state enum rmi_gpt_partition_state
 * @return X0; RMI_SUCCESS, or RMI_ERROR_INPUT (base_align, top_align, size_valid, base_bound)
 * @see DEN0137 2.0-bet3
 */
uint64_t rmi_gpt_info(struct rmi_pe *pe, uint64_t base, uint64_t top, uint64_t *out_top,
                      uint64_t *state);

#ifdef __cplusplus
}
#endif

#endif
