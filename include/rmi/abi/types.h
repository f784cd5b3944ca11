/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file types.h
 * Enumerations and fieldsets of the RMI (DEN0137 B4.6), without device assignment.
 *
 * Enumerators and fields carry the specification's names. A fieldset is a uint64_t; NAME_FIELD is
 * the mask of a one-bit field, NAME_FIELD_SHIFT and NAME_FIELD_WIDTH describe a wider one, to be
 * used with rmi_field_get() and rmi_field_set(). Bits that are not named are reserved.
 */
#ifndef RMI_ABI_TYPES_H
#define RMI_ABI_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/revision.h>

/** Bits [shift + width - 1 : shift] of a fieldset. */
static inline uint64_t rmi_field_get(uint64_t set, unsigned shift, unsigned width)
{
	return (set >> shift) & ((UINT64_C(1) << width) - 1);
}

/** The value placed at bits [shift + width - 1 : shift]; bits that do not fit are cut off. */
static inline uint64_t rmi_field_set(uint64_t value, unsigned shift, unsigned width)
{
	return (value & ((UINT64_C(1) << width) - 1)) << shift;
}

/** rmi_field_get() by field name: RMI_FIELD_GET(reg0, RMI_FEATURE_REGISTER_0_S2SZ). */
#define RMI_FIELD_GET(set, field)   rmi_field_get((set), field##_SHIFT, field##_WIDTH)

/** rmi_field_set() by field name. */
#define RMI_FIELD_SET(value, field) rmi_field_set((value), field##_SHIFT, field##_WIDTH)

/* Enumerations. */

/** RmiAddrBlockSize (B4.6.1): 3 minus the RTT level. */
enum rmi_addr_block_size {
	RMI_PAGE_L3 = 0,
	RMI_BLOCK_L2 = 1,
	RMI_BLOCK_L1 = 2,
	RMI_BLOCK_L0 = 3,
};

/** RmiContinueBeyond (B4.6.13). */
enum rmi_continue_beyond {
	RMI_CONTINUE_KEEP_GOING = 0,
	RMI_CONTINUE_STOP = 1,
};

/** RmiDataMeasureContent (B4.6.16). */
enum rmi_data_measure_content {
	RMI_NO_MEASURE_CONTENT = 0,
	RMI_MEASURE_CONTENT = 1,
};

/** RmiEmulatedMmio (B4.6.24). */
enum rmi_emulated_mmio {
	RMI_NOT_EMULATED_MMIO = 0,
	RMI_EMULATED_MMIO = 1,
};

/** RmiFeature (B4.6.25). */
enum rmi_feature {
	RMI_FEATURE_FALSE = 0,
	RMI_FEATURE_TRUE = 1,
};

/** RmiForceP0 (B4.6.31). */
enum rmi_force_p0 {
	RMI_NO_FORCE_P0 = 0,
	RMI_FORCE_P0 = 1,
};

/** RmiGranuleSize (B4.6.32). */
enum rmi_granule_size {
	RMI_GRANULE_SIZE_4KB = 0,
	RMI_GRANULE_SIZE_16KB = 1,
	RMI_GRANULE_SIZE_64KB = 2,
};

/** RmiHashAlgorithm (B4.6.33). SHA-512 is 1, SHA-384 is 2. */
enum rmi_hash_algorithm {
	RMI_HASH_SHA_256 = 0,
	RMI_HASH_SHA_512 = 1,
	RMI_HASH_SHA_384 = 2,
};

/** RmiInjectSea (B4.6.34). */
enum rmi_inject_sea {
	RMI_NO_INJECT_SEA = 0,
	RMI_INJECT_SEA = 1,
};

/** RmiLfaPolicy (B4.6.36). */
enum rmi_lfa_policy {
	RMI_LFA_DISALLOW = 0,
	RMI_LFA_ALLOW = 1,
};

/** RmiMecPolicy (B4.6.37). */
enum rmi_mec_policy {
	RMI_MEC_POLICY_SHARED = 0,
	RMI_MEC_POLICY_PRIVATE = 1,
};

/** RmiMemCategory (B4.6.38). */
enum rmi_mem_category {
	RMI_MEM_CATEGORY_CONVENTIONAL = 0,
	RMI_MEM_CATEGORY_DEV_NCOH = 1,
	RMI_MEM_CATEGORY_DEV_COH = 2,
	RMI_MEM_CATEGORY_NONE = 3, /**< From 2.0-bet3 on. */
};

/** RmiOpCanCancel (B4.6.39). */
enum rmi_op_can_cancel {
	RMI_OP_CANNOT_CANCEL = 0,
	RMI_OP_CAN_CANCEL = 1,
};

/** RmiOpMemContig (B4.6.40). */
enum rmi_op_mem_contig {
	RMI_OP_MEM_NON_CONTIG = 0, /**< Each block is aligned to its own size. */
	RMI_OP_MEM_CONTIG = 1,     /**< One run of blocks, aligned to the total size. */
};

/** RmiOpMemState (B4.6.43): granule state of transferred memory. */
enum rmi_op_mem_state {
	RMI_OP_MEM_DELEGATED = 0,
	RMI_OP_MEM_UNDELEGATED = 1,
	RMI_OP_MEM_CONDITIONAL = 2, /**< From 2.0-bet3 on. */
};

/** RmiPmuOverflowStatus (B4.6.52). */
enum rmi_pmu_overflow_status {
	RMI_PMU_OVERFLOW_NOT_ACTIVE = 0,
	RMI_PMU_OVERFLOW_ACTIVE = 1,
};

/** RmiRecExitReason (B4.6.67). */
enum rmi_rec_exit_reason {
	RMI_EXIT_SYNC = 0,
	RMI_EXIT_IRQ = 1,
	RMI_EXIT_FIQ = 2,
	RMI_EXIT_PSCI = 3,
	RMI_EXIT_RIPAS_CHANGE = 4,
	RMI_EXIT_HOST_CALL = 5,
	RMI_EXIT_SERROR = 6,
	RMI_EXIT_S2AP_CHANGE = 7,
};

#define RMI_NUM_EXIT_REASONS 8

/** RmiRecRunnable (B4.6.71). */
enum rmi_rec_runnable {
	RMI_NOT_RUNNABLE = 0,
	RMI_RUNNABLE = 1,
};

/** RmiResponse (B4.6.72). */
enum rmi_response {
	RMI_RESPONSE_ACCEPT = 0,
	RMI_RESPONSE_REJECT = 1,
};

/** RmiRipas (B4.6.77). */
enum rmi_ripas {
	RMI_RIPAS_EMPTY = 0,
	RMI_RIPAS_RAM = 1,
	RMI_RIPAS_DESTROYED = 2,
	RMI_RIPAS_DEV = 3,
};

/** RmiRttAddrType (B4.6.79). */
enum rmi_rtt_addr_type {
	RMI_ADDR_TYPE_NONE = 0,
	RMI_ADDR_TYPE_SINGLE = 1,
	RMI_ADDR_TYPE_LIST = 2,
};

/** RmiRttAuxBlock (B4.6.80). */
enum rmi_rtt_aux_block {
	RMI_RTT_AUX_BLOCK_NO_CREATE = 0,
	RMI_RTT_AUX_BLOCK_CREATE = 1,
};

/** RmiRttAuxInvalidPri (B4.6.81). */
enum rmi_rtt_aux_invalid_pri {
	RMI_RTT_AUX_INVALID_PRI_STOP = 0,
	RMI_RTT_AUX_INVALID_PRI_CONTINUE = 1,
};

/**
 * RmiRttEntryState (B4.6.84), as RMI_RTT_READ_ENTRY reports it. VOID stands for an unmapped
 * Unprotected IPA too, DATA for a mapped one.
 */
enum rmi_rtt_entry_state {
	RMI_RTTE_VOID = 0,
	RMI_RTTE_DATA = 1,
	RMI_RTTE_TABLE = 2,
	RMI_RTTE_NARCH_DEV = 3,
	RMI_RTTE_AUX_DESTROYED = 4,
	RMI_RTTE_ARCH_DEV = 5,
};

/** RmiRttPlaneFeature (B4.6.85). */
enum rmi_rtt_plane_feature {
	RMI_RTT_PLANE_AUX = 0,
	RMI_RTT_PLANE_AUX_SINGLE = 1,
	RMI_RTT_PLANE_SINGLE = 2,
};

/** RmiRttS2APBase (B4.6.87). */
enum rmi_rtt_s2ap_base {
	RMI_S2AP_NO_ACCESS = 0,
	RMI_S2AP_RO = 1,
	RMI_S2AP_WO = 2,
	RMI_S2AP_RW = 3,
	RMI_S2AP_RW_PUX = 4,
};

/** RmiRttS2APEncoding (B4.6.88). */
enum rmi_rtt_s2ap_encoding {
	RMI_S2AP_DIRECT = 0,
	RMI_S2AP_INDIRECT = 1,
};

/** RmiTrackingRegionState (B4.6.93). */
enum rmi_tracking_region_state {
	RMI_TRACKING_RESERVED = 0,
	RMI_TRACKING_NONE = 1,
	RMI_TRACKING_FINE = 2,
	RMI_TRACKING_COARSE = 3,
	RMI_TRACKING_INTERMEDIATE = 4, /**< From 2.0-bet3 on. */
};

/** RmiTrap (B4.6.94). */
enum rmi_trap {
	RMI_NO_TRAP = 0,
	RMI_TRAP = 1,
};

/** State of a part of the GPT, as RMI_GPT_INFO reports it (2.0-bet3). */
enum rmi_gpt_partition_state {
	RMI_GPT_RESERVED = 0,
	RMI_GPT_PLATFORM_MANAGED = 1,
	RMI_GPT_HOST_NOT_CREATED = 2,
	RMI_GPT_HOST_CREATED = 3,
};

/** State of the RMM, as RMI_RMM_STATE_GET reports it (2.0-bet3). */
enum rmi_rmm_state {
	RMI_RMM_STATE_INIT = 0,
	RMI_RMM_STATE_ACTIVE = 1,
	RMI_RMM_STATE_INTERMEDIATE = 2,
};

/* Fieldsets. */

/** RmiInterfaceVersion (B4.6.35). */
#define RMI_INTERFACE_VERSION_MINOR_SHIFT               0
#define RMI_INTERFACE_VERSION_MINOR_WIDTH               16
#define RMI_INTERFACE_VERSION_MAJOR_SHIFT               16
#define RMI_INTERFACE_VERSION_MAJOR_WIDTH               15

/** RmiInterfaceVersion of a revision number. */
#define RMI_VERSION_ENCODE(major, minor)                (((uint64_t)(major) << 16) | (uint64_t)(minor))

/** The version that both modelled revisions report. */
#define RMI_ABI_VERSION                                 RMI_VERSION_ENCODE(2, 0)

/** RmiContinueFlags (B4.6.14). */
#define RMI_CONTINUE_FLAGS_BEYOND                       UINT64_C(1)

/** RmiDataFlags (B4.6.15). */
#define RMI_DATA_FLAGS_MEASURE                          UINT64_C(1)

/** RmiFeatureRegister0 (B4.6.26). */
#define RMI_FEATURE_REGISTER_0_S2SZ_SHIFT               0
#define RMI_FEATURE_REGISTER_0_S2SZ_WIDTH               8
#define RMI_FEATURE_REGISTER_0_LPA2                     (UINT64_C(1) << 8)
#define RMI_FEATURE_REGISTER_0_SVE                      (UINT64_C(1) << 9)
#define RMI_FEATURE_REGISTER_0_SVE_VL_SHIFT             10
#define RMI_FEATURE_REGISTER_0_SVE_VL_WIDTH             4
#define RMI_FEATURE_REGISTER_0_NUM_BPS_SHIFT            14
#define RMI_FEATURE_REGISTER_0_NUM_BPS_WIDTH            6
#define RMI_FEATURE_REGISTER_0_NUM_WPS_SHIFT            20
#define RMI_FEATURE_REGISTER_0_NUM_WPS_WIDTH            6
#define RMI_FEATURE_REGISTER_0_PMU                      (UINT64_C(1) << 26)
#define RMI_FEATURE_REGISTER_0_PMU_NUM_CTRS_SHIFT       27
#define RMI_FEATURE_REGISTER_0_PMU_NUM_CTRS_WIDTH       5
/** From 2.0-bet3 on. */
#define RMI_FEATURE_REGISTER_0_L0GPT_BLOCK_DELEGATE     (UINT64_C(1) << 32)
/** From 2.0-bet3 on. */
#define RMI_FEATURE_REGISTER_0_S2OASZ_SHIFT             33
#define RMI_FEATURE_REGISTER_0_S2OASZ_WIDTH             8

/** RmiFeatureRegister1 (B4.6.27). A realm has at most 2^MAX_RECS_ORDER - 1 RECs. */
#define RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_4KB          (UINT64_C(1) << 0)
#define RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_16KB         (UINT64_C(1) << 1)
#define RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_64KB         (UINT64_C(1) << 2)
#define RMI_FEATURE_REGISTER_1_HASH_SHA_256             (UINT64_C(1) << 3)
#define RMI_FEATURE_REGISTER_1_HASH_SHA_384             (UINT64_C(1) << 4)
#define RMI_FEATURE_REGISTER_1_HASH_SHA_512             (UINT64_C(1) << 5)
#define RMI_FEATURE_REGISTER_1_MAX_RECS_ORDER_SHIFT     6
#define RMI_FEATURE_REGISTER_1_MAX_RECS_ORDER_WIDTH     4
#define RMI_FEATURE_REGISTER_1_L0GPTSZ_SHIFT            10
#define RMI_FEATURE_REGISTER_1_L0GPTSZ_WIDTH            4
#define RMI_FEATURE_REGISTER_1_PPS_SHIFT                14
#define RMI_FEATURE_REGISTER_1_PPS_WIDTH                3

/** RmiFeatureRegister2 (B4.6.28), device assignment: only the bit that says whether there is any.
 */
#define RMI_FEATURE_REGISTER_2_DA                       (UINT64_C(1) << 0)

/** RmiFeatureRegister3 (B4.6.29). */
#define RMI_FEATURE_REGISTER_3_MAX_NUM_AUX_PLANES_SHIFT 0
#define RMI_FEATURE_REGISTER_3_MAX_NUM_AUX_PLANES_WIDTH 4
#define RMI_FEATURE_REGISTER_3_RTT_PLANE_SHIFT          4
#define RMI_FEATURE_REGISTER_3_RTT_PLANE_WIDTH          2
#define RMI_FEATURE_REGISTER_3_RTT_S2AP_INDIRECT        (UINT64_C(1) << 6)

/** RmiFeatureRegister4 (B4.6.30). */
#define RMI_FEATURE_REGISTER_4_MEC_COUNT_SHIFT          0
#define RMI_FEATURE_REGISTER_4_MEC_COUNT_WIDTH          63

/** Number of feature registers; others read as zero. */
#define RMI_NUM_FEATURE_REGISTERS                       5

/** RmiRealmFlags0 (B4.6.60). */
#define RMI_REALM_FLAGS0_LPA2                           (UINT64_C(1) << 0)
#define RMI_REALM_FLAGS0_SVE                            (UINT64_C(1) << 1)
#define RMI_REALM_FLAGS0_PMU                            (UINT64_C(1) << 2)
#define RMI_REALM_FLAGS0_DA                             (UINT64_C(1) << 3)
#define RMI_REALM_FLAGS0_LFA_POLICY_SHIFT               5
#define RMI_REALM_FLAGS0_LFA_POLICY_WIDTH               2
#define RMI_REALM_FLAGS0_MEC_POLICY_SHIFT               7
#define RMI_REALM_FLAGS0_MEC_POLICY_WIDTH               2

/** RmiRealmFlags1 (B4.6.61). */
#define RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE             (UINT64_C(1) << 0)
#define RMI_REALM_FLAGS1_RTT_S2AP_ENCODING              (UINT64_C(1) << 1)
#define RMI_REALM_FLAGS1_ATS                            (UINT64_C(1) << 2)

/** RmiRecCreateFlags (B4.6.63). */
#define RMI_REC_CREATE_FLAGS_RUNNABLE                   UINT64_C(1)

/** RmiRecEnterFlags (B4.6.65). */
#define RMI_REC_ENTER_FLAGS_EMUL_MMIO                   (UINT64_C(1) << 0)
#define RMI_REC_ENTER_FLAGS_INJECT_SEA                  (UINT64_C(1) << 1)
#define RMI_REC_ENTER_FLAGS_TRAP_WFI                    (UINT64_C(1) << 2)
#define RMI_REC_ENTER_FLAGS_TRAP_WFE                    (UINT64_C(1) << 3)
#define RMI_REC_ENTER_FLAGS_RIPAS_RESPONSE              (UINT64_C(1) << 4)
#define RMI_REC_ENTER_FLAGS_S2AP_RESPONSE               (UINT64_C(1) << 5)
#define RMI_REC_ENTER_FLAGS_DEV_MEM_RESPONSE            (UINT64_C(1) << 6)
#define RMI_REC_ENTER_FLAGS_FORCE_P0                    (UINT64_C(1) << 7)

/** RmiRecMpidr (B4.6.68). aff3 sits at [31:24], unlike in MPIDR_EL1. */
#define RMI_REC_MPIDR_AFF0_SHIFT                        0
#define RMI_REC_MPIDR_AFF0_WIDTH                        4
#define RMI_REC_MPIDR_AFF1_SHIFT                        8
#define RMI_REC_MPIDR_AFF1_WIDTH                        8
#define RMI_REC_MPIDR_AFF2_SHIFT                        16
#define RMI_REC_MPIDR_AFF2_WIDTH                        8
#define RMI_REC_MPIDR_AFF3_SHIFT                        24
#define RMI_REC_MPIDR_AFF3_WIDTH                        8

/** RmiRecMpidr of the REC with this index (B3.107 RecIndex, inverted). */
static inline uint64_t rmi_rec_mpidr(uint64_t index)
{
	return (index & 0xf) | ((index >> 4 & 0xff) << 8) | ((index >> 12 & 0xff) << 16) |
	       ((index >> 20 & 0xff) << 24);
}

/** RecIndex (B3.107): the index that an RmiRecMpidr names. Reserved bits do not count. */
static inline uint64_t rmi_rec_index(uint64_t mpidr)
{
	return (mpidr & 0xf) | ((mpidr >> 8 & 0xff) << 4) | ((mpidr >> 16 & 0xff) << 12) |
	       ((mpidr >> 24 & 0xff) << 20);
}

/** RmiRttProtMapFlags (B4.6.86) and the first fields of RmiRttUnprotMapFlags (B4.6.90). */
#define RMI_RTT_MAP_FLAGS_OADDR_TYPE_SHIFT     0
#define RMI_RTT_MAP_FLAGS_OADDR_TYPE_WIDTH     2
#define RMI_RTT_MAP_FLAGS_LIST_COUNT_SHIFT     2
#define RMI_RTT_MAP_FLAGS_LIST_COUNT_WIDTH     14

/** RmiRttUnprotMapFlags (B4.6.90). */
#define RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR_SHIFT 16
#define RMI_RTT_UNPROT_MAP_FLAGS_MEMATTR_WIDTH 3
#define RMI_RTT_UNPROT_MAP_FLAGS_S2AP_SHIFT    19
#define RMI_RTT_UNPROT_MAP_FLAGS_S2AP_WIDTH    4

/** Direct stage 2 access permissions in RmiRttUnprotMapFlags.s2ap. S2AP of the VMSA has read first.
 */
#define RMI_S2AP_DIRECT_WRITE                  UINT64_C(1)
#define RMI_S2AP_DIRECT_READ                   UINT64_C(2)

/** MemAttr[2:0] of an Unprotected mapping with FEAT_S2FWB: what stage 1 says. */
#define RMI_MEMATTR_PASSTHROUGH                UINT64_C(7)
/** MemAttr[2:0]: Normal write-back. */
#define RMI_MEMATTR_NORMAL_WB                  UINT64_C(6)
/** MemAttr[2:0]: Normal non-cacheable. */
#define RMI_MEMATTR_NORMAL_NC                  UINT64_C(5)
/** MemAttr[2:0]: Device-nGnRE. */
#define RMI_MEMATTR_DEVICE_nGnRE               UINT64_C(1)

/** RmiRttUnmapFlags (B4.6.89). */
#define RMI_RTT_UNMAP_FLAGS_OADDR_TYPE_SHIFT   0
#define RMI_RTT_UNMAP_FLAGS_OADDR_TYPE_WIDTH   2

/** RmiRttAuxMapFlags (B4.6.82) and RmiRttAuxUnmapFlags (B4.6.83). */
#define RMI_RTT_AUX_FLAGS_TREE_INDEX_SHIFT     0
#define RMI_RTT_AUX_FLAGS_TREE_INDEX_WIDTH     2
#define RMI_RTT_AUX_MAP_FLAGS_BLOCK            (UINT64_C(1) << 2)
#define RMI_RTT_AUX_MAP_FLAGS_INVALID_PRI      (UINT64_C(1) << 3)

/* Address range descriptors and donate requests differ between revisions. */

/**
 * RmiAddrRangeDesc (B4.6.3 to B4.6.6) in parts: count blocks of one size from base on.
 */
struct rmi_addr_range_desc {
	uint64_t base;                 /**< PA of the first block. */
	uint64_t count;                /**< Number of blocks. */
	enum rmi_addr_block_size size; /**< Size of each block. */
	enum rmi_op_mem_state state;   /**< Granule state of the memory. */
};

/** Largest count that a descriptor holds; @p gshift is log2 of the RMI granule size (12, 14, 16).
 */
static inline uint64_t rmi_addr_range_desc_max_count(unsigned gshift)
{
	return (UINT64_C(1) << (gshift - 2)) - 1;
}

/** Position of the memory state field of a descriptor. */
static inline unsigned rmi_addr_range_desc_state_shift(enum rmi_revision rev)
{
	return rev == RMI_REVISION_2_0_BET1 ? 63 : 62;
}

/** Packs a descriptor. A count or an address that does not fit its field is cut off. */
static inline uint64_t rmi_addr_range_desc_encode(enum rmi_revision rev, unsigned gshift,
                                                  struct rmi_addr_range_desc desc)
{
	uint64_t word = (uint64_t)desc.size;

	word |= rmi_field_set(desc.count, 2, gshift - 2);
	word |= desc.base & ((UINT64_C(1) << 52) - (UINT64_C(1) << gshift));
	word |= (uint64_t)desc.state << rmi_addr_range_desc_state_shift(rev);
	return word;
}

/** Takes a descriptor apart. Reserved bits are ignored. */
static inline struct rmi_addr_range_desc rmi_addr_range_desc_decode(enum rmi_revision rev,
                                                                    unsigned gshift, uint64_t word)
{
	struct rmi_addr_range_desc desc;

	desc.base = word & ((UINT64_C(1) << 52) - (UINT64_C(1) << gshift));
	desc.count = rmi_field_get(word, 2, gshift - 2);
	desc.size = (enum rmi_addr_block_size)(word & 3);
	desc.state = (enum rmi_op_mem_state)(word >> rmi_addr_range_desc_state_shift(rev));
	return desc;
}

/** RmiOpMemDonateReq (B4.6.41) in parts: what an operation asks the Host to donate. */
struct rmi_op_mem_donate_req {
	uint64_t count;                /**< Number of blocks. */
	enum rmi_addr_block_size size; /**< Size of each block. */
	enum rmi_op_mem_contig contig; /**< Whether the blocks must be one run. */
	enum rmi_op_mem_state state;   /**< Granule state that the memory must be in. */
};

/** Largest count that a donate request holds. */
#define RMI_OP_MEM_DONATE_REQ_MAX_COUNT ((UINT64_C(1) << 14) - 1)

/** Packs a donate request. A count that does not fit its field is cut off. */
static inline uint64_t rmi_op_mem_donate_req_encode(enum rmi_revision rev,
                                                    struct rmi_op_mem_donate_req req)
{
	unsigned state_width = rev == RMI_REVISION_2_0_BET1 ? 1 : 2;

	return (uint64_t)req.size | rmi_field_set(req.count, 2, 14) | ((uint64_t)req.contig << 16) |
	       rmi_field_set((uint64_t)req.state, 17, state_width);
}

/** Takes a donate request apart. Reserved bits are ignored. */
static inline struct rmi_op_mem_donate_req rmi_op_mem_donate_req_decode(enum rmi_revision rev,
                                                                        uint64_t word)
{
	unsigned state_width = rev == RMI_REVISION_2_0_BET1 ? 1 : 2;
	struct rmi_op_mem_donate_req req;

	req.count = rmi_field_get(word, 2, 14);
	req.size = (enum rmi_addr_block_size)(word & 3);
	req.contig = (enum rmi_op_mem_contig)(word >> 16 & 1);
	req.state = (enum rmi_op_mem_state)rmi_field_get(word, 17, state_width);
	return req;
}

/* RTT geometry. */

/** The level of pages (C1). */
#define RMM_RTT_PAGE_LEVEL   3

/** Index of the primary RTT tree (C1). */
#define RMM_RTT_TREE_PRIMARY 0

/**
 * log2 of the bytes that one RTT entry maps (B3.187 RttLevelSize).
 * @param gshift log2 of the RMI granule size: 12, 14 or 16.
 * @param level  -1..3
 */
static inline unsigned rmi_rtt_level_shift(unsigned gshift, int level)
{
	return gshift + (gshift - 3) * (unsigned)(RMM_RTT_PAGE_LEVEL - level);
}

/**
 * Bytes that one RTT entry maps (B3.187 RttLevelSize).
 * @return 0 for level -1 with 64 KiB granules, which there is not: 2^68 bytes.
 */
static inline uint64_t rmi_rtt_level_size(unsigned gshift, int level)
{
	unsigned shift = rmi_rtt_level_shift(gshift, level);

	return shift < 64 ? UINT64_C(1) << shift : 0;
}

#endif
