/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file quirks.h
 * Where the reference implementation TF-RMM (July 2026) answers otherwise than DEN0137 says.
 *
 * The model follows the text. A quirk in rmm_config.quirks makes it deviate in one place, as that
 * implementation does; the configuration key is "quirks=rim_init+rem_extend", and "quirks=tf-rmm"
 * stands for all of them. docs/quirks.md lists those that are not modelled, too.
 */
#ifndef RMM_QUIRKS_H
#define RMM_QUIRKS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The quirks: enumerator, name in configurations, what the RMM does with the quirk, and where
 * DEN0137 2.0 says otherwise ("-": it says nothing).
 */
#define RMM_QUIRKS(X)                                                                              \
	/* Measurement. */                                                                         \
	X(RIM_INIT, rim_init, "the RIM starts as a hash of the Realm parameters, not as zero",     \
	  "A7.1.1")                                                                                \
	X(REM_EXTEND, rem_extend,                                                                  \
	  "RSI_MEASUREMENT_EXTEND hashes the old value and the new bytes without padding",         \
	  "B3.110")                                                                                \
	X(MEASUREMENT_READ_STALE_WORDS, measurement_read_stale_words,                              \
	  "RSI_MEASUREMENT_READ leaves the registers up to X7 that the hash does not fill",        \
	  "B5.4.9")                                                                                \
	/* Parameters of a Realm. */                                                               \
	X(SHA384, sha384, "SHA-384 is accepted even if the feature register does not offer it",    \
	  "B3.101")                                                                                \
	X(SVE_VL_UNCHECKED, sve_vl_unchecked, "sve_vl is ignored without SVE", "B3.101")           \
	X(PMU_NUM_CTRS_UNCHECKED, pmu_num_ctrs_unchecked, "pmu_num_ctrs is ignored without a PMU", \
	  "B3.101")                                                                                \
	X(FLAGS1_ATS_UNCHECKED, flags1_ats_unchecked, "flags1.ats is ignored without ATS",         \
	  "B3.101")                                                                                \
	X(LFA_POLICY_UNCHECKED, lfa_policy_unchecked,                                              \
	  "reserved encodings of the LFA policy are accepted", "B3.137")                           \
	X(NUM_AUX_PLANES_LOW32, num_aux_planes_low32,                                              \
	  "only the low 32 bits of num_aux_planes count", "B3.101")                                \
	/* Mapping. */                                                                             \
	X(REMAP_SAME, remap_same, "mapping what is mapped identically already succeeds",           \
	  "B4.5.65, B4.5.77")                                                                      \
	X(MAP_NEEDS_NEW_OR_ACTIVE, map_needs_new_or_active,                                        \
	  "RMI_RTT_DATA_MAP and RMI_RTT_UNPROT_MAP give RMI_ERROR_REALM in SYSTEM_OFF and "        \
	  "ZOMBIE",                                                                                \
	  "B4.5.65, B4.5.77")                                                                      \
	X(MAP_LEVEL_FROM_DESCRIPTOR, map_level_from_descriptor,                                    \
	  "the level of a mapping is the block size of the first descriptor, not where the walk "  \
	  "ends",                                                                                  \
	  "A5.3.3")                                                                                \
	X(MAP_DESCRIPTOR_STATE, map_descriptor_state,                                              \
	  "RMI_RTT_DATA_MAP refuses a descriptor whose state is undelegated", "B4.5.65")           \
	X(MAP_DESCRIPTOR_ALIGNMENT, map_descriptor_alignment,                                      \
	  "a map refuses a descriptor whose address is not aligned to its block size", "B4.5.65")  \
	X(UNPROT_MEMATTR_RESERVED, unprot_memattr_reserved,                                        \
	  "RMI_RTT_UNPROT_MAP refuses the reserved MemAttr 4", "B4.5.77")                          \
	X(UNPROT_S2AP_RESERVED, unprot_s2ap_reserved,                                              \
	  "RMI_RTT_UNPROT_MAP refuses a direct S2AP above 3", "B4.5.77")                           \
	/* Unmapping. */                                                                           \
	X(UNMAP_LIST_COUNT, unmap_list_count,                                                      \
	  "flags[15:2] of the unmap commands are the capacity of the list, and not 0", "B4.5.67")  \
	X(UNMAP_OADDR_SBZ, unmap_oaddr_sbz,                                                        \
	  "the unmap commands refuse a list address when no list is asked for", "B4.5.67")         \
	X(UNMAP_VOID_ENTRY_SIZE, unmap_void_entry_size,                                            \
	  "RMI_RTT_DATA_UNMAP of a hole that is larger than the range is RMI_ERROR_RTT",           \
	  "B4.5.67")                                                                               \
	X(UNPROT_UNMAP_NONLIVE_OK, unprot_unmap_nonlive_ok,                                        \
	  "RMI_RTT_UNPROT_UNMAP passes over what is not mapped", "B4.5.78")                        \
	/* RIPAS. */                                                                               \
	X(INIT_RIPAS_DESTROYED, init_ripas_destroyed,                                              \
	  "RMI_RTT_INIT_RIPAS stops at an entry with RIPAS DESTROYED", "B4.5.73")                  \
	X(INIT_RIPAS_BASE_UNALIGNED_INPUT, init_ripas_base_unaligned_input,                        \
	  "RMI_RTT_INIT_RIPAS with an unaligned base is RMI_ERROR_INPUT", "B4.5.73")               \
	X(SET_RIPAS_SAME_VALUE_NO_PROGRESS, set_ripas_same_value_no_progress,                      \
	  "RMI_RTT_SET_RIPAS stops at an entry larger than the range even if its RIPAS is right",  \
	  "B4.5.75")                                                                               \
	/* Stateful operations. */                                                                 \
	X(REC_CREATE_LATE_ERRORS, rec_create_late_errors,                                          \
	  "RMI_REC_CREATE asks for memory first; errors but those of the REC granule come last",   \
	  "B4.5.49")                                                                               \
	X(SRO_HANDLE_INDEX, sro_handle_index,                                                      \
	  "handles are small numbers, and used again; the "                                        \
	  "first one is 0",                                                                        \
	  "-")                                                                                     \
	X(CONTINUE_DURING_DONATE, continue_during_donate,                                          \
	  "RMI_OP_CONTINUE while memory is asked for is RMI_ERROR_INPUT", "B4.3.2.2")              \
	X(WRONG_FOLLOWUP_INPUT, wrong_followup_input,                                              \
	  "RMI_OP_MEM_RECLAIM while memory is asked for, and RMI_OP_CONTINUE while some is to be " \
	  "taken back, are RMI_ERROR_INPUT",                                                       \
	  "B4.5.22, B4.5.24")                                                                      \
	X(DONATE_WRONG_STATE_RECLAIMS, donate_wrong_state_reclaims,                                \
	  "donating a granule in the wrong state ends the operation: everything is given back",    \
	  "B4.5.23")                                                                               \
	X(INTERMEDIATE_INPUT, intermediate_input,                                                  \
	  "an object that an open operation works on is RMI_ERROR_INPUT, not RMI_BLOCKED",         \
	  "B4.3.3")                                                                                \
	/* The RMM before activation. */                                                           \
	X(CONFIG_GET_IN_INIT, config_get_in_init, "RMI_RMM_CONFIG_GET works before activation",    \
	  "B4.5.53")                                                                               \
	X(UNDELEGATE_IN_INIT, undelegate_in_init,                                                  \
	  "RMI_GRANULE_RANGE_UNDELEGATE before activation is RMI_ERROR_GLOBAL", "B4.5.18")         \
	X(ANY_COMMAND_IN_INIT_GLOBAL, any_command_in_init_global,                                  \
	  "before activation every command but queries, RMI_RMM_CONFIG_SET and "                   \
	  "RMI_RMM_ACTIVATE is RMI_ERROR_GLOBAL",                                                  \
	  "-")                                                                                     \
	X(TRACKING_GET, tracking_get,                                                              \
	  "RMI_GRANULE_TRACKING_GET takes any granule of a region, not only its first one",        \
	  "B4.5.19")                                                                               \
	/* RECs and PSCI. */                                                                       \
	X(INJECT_SEA_REJECTED, inject_sea_rejected,                                                \
	  "RMI_REC_ENTER with inject_sea is RMI_ERROR_REC unless the last exit was a data abort "  \
	  "at an Unprotected IPA",                                                                 \
	  "B4.5.51")                                                                               \
	X(PSCI_SMC64_NUMBERS, psci_smc64_numbers,                                                  \
	  "PSCI VERSION, FEATURES, CPU_OFF, SYSTEM_OFF and SYSTEM_RESET have only their SMC32 "    \
	  "numbers",                                                                               \
	  "B6.3")                                                                                  \
	X(PSCI_DENIED_CONSUMES_REQUEST, psci_denied_consumes_request,                              \
	  "RMI_PSCI_COMPLETE with DENIED for a runnable target fails, but ends the request",       \
	  "B4.5.38")                                                                               \
	X(PSCI_COMPLETE_EITHER, psci_complete_either,                                              \
	  "RMI_PSCI_COMPLETE takes two or three arguments: three if X2 names a REC", "B4.5.38")    \
	X(CPU_ON_KEEPS_GPRS, cpu_on_keeps_gprs, "a REC that CPU_ON starts keeps X1..X30",          \
	  "B4.5.38")                                                                               \
	X(REALM_CONFIG_KEEPS_BYTES, realm_config_keeps_bytes,                                      \
	  "RSI_REALM_CONFIG writes the members and leaves the bytes between them", "B5.5.19")      \
	X(HPFAR_BELOW_GRANULE, hpfar_below_granule,                                                \
	  "HPFAR of an abort at the pointer of an RSI command holds IPA bits below the granule",   \
	  "A4.3.4")

/**
 * Deviations that the model has without being asked, because the text leaves the choice open
 * (docs/decisions.md): name in configurations, what the RMM does. The names are accepted and change
 * nothing.
 */
#define RMM_QUIRKS_ALWAYS(X)                                                                       \
	X(map_descriptor_count0,                                                                   \
	  "a map refuses a single descriptor with count 0: RMI_ERROR_INPUT")                       \
	X(map_list_count0, "a map refuses a list with no descriptor: RMI_ERROR_INPUT")             \
	X(unprot_beyond_ipa_width, "an Unprotected range beyond the IPA space is RMI_ERROR_INPUT")

/** A quirk. */
enum rmm_quirk {
#define RMM_QUIRK_ENUM(NAME, name, what, where) RMM_QUIRK_##NAME,
	RMM_QUIRKS(RMM_QUIRK_ENUM)
#undef RMM_QUIRK_ENUM
	        RMM_NUM_QUIRKS
};

/** A quirk as a member of rmm_config.quirks. */
#define RMM_QUIRK_BIT(quirk) (UINT64_C(1) << (quirk))

/** All that are modelled. */
#define RMM_QUIRKS_TF_RMM    (RMM_QUIRK_BIT(RMM_NUM_QUIRKS) - 1)

#ifdef __cplusplus
}
#endif

#endif
