/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file rsi.h
 * Types and structures of the RSI (DEN0137 B5.5), without device assignment.
 */
#ifndef RMI_ABI_RSI_H
#define RMI_ABI_RSI_H

#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/layout.h>

/** Granule size of the RSI, whatever the RMI granule size (A2.3.1). */
#define RSI_GRANULE_SIZE                 UINT64_C(0x1000)

/** RsiInterfaceVersion of a revision number (B5.5.12). */
#define RSI_VERSION_ENCODE(major, minor) (((uint64_t)(major) << 16) | (uint64_t)(minor))

/** Number of permission overlay indices (C1). */
#define RMM_NUM_PERM_OVERLAY_INDICES     15

/** RsiCommandReturnCode (B5.5.3), X0 of an RSI command. */
enum rsi_status {
	RSI_SUCCESS = 0,
	RSI_ERROR_INPUT = 1,
	RSI_ERROR_STATE = 2,
	RSI_INCOMPLETE = 3,
	RSI_ERROR_UNKNOWN = 4,
	RSI_ERROR_DEVICE = 5,
};

/** RsiGicOwner (B5.5.9). */
enum rsi_gic_owner {
	RSI_GIC_OWNER_0 = 0,
	RSI_GIC_OWNER_N = 1,
};

/** RsiHashAlgorithm (B5.5.10). */
enum rsi_hash_algorithm {
	RSI_HASH_SHA_256 = 0,
	RSI_HASH_SHA_512 = 1,
	RSI_HASH_SHA_384 = 2,
};

/** RsiPlaneExitReason (B5.5.16). */
enum rsi_plane_exit_reason {
	RSI_EXIT_SYNC = 0,
	RSI_EXIT_IRQ = 1,
	RSI_EXIT_HOST = 2,
};

/** RsiResponse (B5.5.20). */
enum rsi_response {
	RSI_RESPONSE_ACCEPT = 0,
	RSI_RESPONSE_REJECT = 1,
};

/**
 * Permission labels of stage 2 overlays, in the encoding of S2POR_EL1; 1 and 5 are reserved.
 */
enum rsi_perm_label {
	RSI_PERM_LABEL_NO_ACCESS = 0,
	RSI_PERM_LABEL_MRO = 2,
	RSI_PERM_LABEL_MRO_TL1 = 3,
	RSI_PERM_LABEL_WO = 4,
	RSI_PERM_LABEL_MRO_TL0 = 6,
	RSI_PERM_LABEL_MRO_TL01 = 7,
	RSI_PERM_LABEL_RO = 8,
	RSI_PERM_LABEL_RO_UX = 9,
	RSI_PERM_LABEL_RO_PX = 10,
	RSI_PERM_LABEL_RO_PUX = 11,
	RSI_PERM_LABEL_RW = 12,
	RSI_PERM_LABEL_RW_UX = 13,
	RSI_PERM_LABEL_RW_PX = 14,
	RSI_PERM_LABEL_RW_PUX = 15,
};

/** In a label that is RSI_PERM_LABEL_RO or higher: what may be executed at EL0, and at EL1. */
#define RSI_PERM_LABEL_UX UINT8_C(1)
#define RSI_PERM_LABEL_PX UINT8_C(2)

/** RsiRipas (B5.5.21). */
enum rsi_ripas {
	RSI_RIPAS_EMPTY = 0,
	RSI_RIPAS_RAM = 1,
	RSI_RIPAS_DESTROYED = 2,
	RSI_RIPAS_DEV = 3,
};

/** RsiTrap (B5.5.25). */
enum rsi_trap {
	RSI_NO_TRAP = 0,
	RSI_TRAP = 1,
};

/** RsiFeatureRegister0 (B5.5.8). */
#define RSI_FEATURE_REGISTER_0_DA        (UINT64_C(1) << 0)
#define RSI_FEATURE_REGISTER_0_MRO       (UINT64_C(1) << 1)
#define RSI_FEATURE_REGISTER_0_ATS       (UINT64_C(1) << 2)

/** RsiRipasChangeFlags (B5.5.23): RSI_CHANGE_DESTROYED allows DESTROYED to become RAM. */
#define RSI_RIPAS_CHANGE_FLAGS_DESTROYED (UINT64_C(1) << 0)
#define RSI_NO_CHANGE_DESTROYED          UINT64_C(0)
#define RSI_CHANGE_DESTROYED             RSI_RIPAS_CHANGE_FLAGS_DESTROYED

/** RsiPlaneEnterFlags (B5.5.14). */
#define RSI_PLANE_ENTER_FLAGS_TRAP_WFI   (UINT64_C(1) << 0)
#define RSI_PLANE_ENTER_FLAGS_TRAP_WFE   (UINT64_C(1) << 1)
#define RSI_PLANE_ENTER_FLAGS_TRAP_HC    (UINT64_C(1) << 2)
#define RSI_PLANE_ENTER_FLAGS_GIC_OWNER  (UINT64_C(1) << 3)
#define RSI_PLANE_ENTER_FLAGS_TRAP_SIMD  (UINT64_C(1) << 4)
#define RSI_PLANE_ENTER_FLAGS_TRAP_DBG   (UINT64_C(1) << 5)

/** RsiSysregAddress (B5.5.24). */
#define RSI_SYSREG_ADDRESS_OP2_SHIFT     0
#define RSI_SYSREG_ADDRESS_OP2_WIDTH     3
#define RSI_SYSREG_ADDRESS_CRM_SHIFT     3
#define RSI_SYSREG_ADDRESS_CRM_WIDTH     4
#define RSI_SYSREG_ADDRESS_CRN_SHIFT     7
#define RSI_SYSREG_ADDRESS_CRN_WIDTH     4
#define RSI_SYSREG_ADDRESS_OP1_SHIFT     11
#define RSI_SYSREG_ADDRESS_OP1_WIDTH     3
#define RSI_SYSREG_ADDRESS_OP0_SHIFT     14
#define RSI_SYSREG_ADDRESS_OP0_WIDTH     2
#define RSI_SYSREG_ADDRESS_D128          (UINT64_C(1) << 16)

/** Alignment and size of RsiHostCall. */
#define RSI_HOST_CALL_SIZE               UINT64_C(0x100)

/** RsiHostCall (B5.5.11), 256-byte aligned. */
struct rsi_host_call {
	uint16_t imm;
	uint8_t sbz_2[0x6];
	uint64_t gprs[31];
};

RMI_LAYOUT_OFFSET(rsi_host_call, imm, 0x0);
RMI_LAYOUT_OFFSET(rsi_host_call, gprs, 0x8);
RMI_LAYOUT_SIZE(rsi_host_call, 0x100);

/** RsiRealmConfig (B5.5.19). */
struct rsi_realm_config {
	uint64_t ipa_width;
	uint8_t hash_algo; /**< RsiHashAlgorithm */
	uint8_t mbz_9[0x7];
	uint64_t num_aux_planes;
	uint64_t gicv3_vtr; /**< ICH_VTR_EL2 */
	uint64_t ats_plane;
	uint8_t mbz_28[0x1d8];
	uint8_t rpv[64]; /**< Realm Personalization Value. */
	uint8_t mbz_240[0xdc0];
};

RMI_LAYOUT_OFFSET(rsi_realm_config, ipa_width, 0x0);
RMI_LAYOUT_OFFSET(rsi_realm_config, hash_algo, 0x8);
RMI_LAYOUT_OFFSET(rsi_realm_config, num_aux_planes, 0x10);
RMI_LAYOUT_OFFSET(rsi_realm_config, gicv3_vtr, 0x18);
RMI_LAYOUT_OFFSET(rsi_realm_config, ats_plane, 0x20);
RMI_LAYOUT_OFFSET(rsi_realm_config, rpv, 0x200);
RMI_LAYOUT_SIZE(rsi_realm_config, 0x1000);

/** RsiPlaneEnter (B5.5.13). */
struct rsi_plane_enter {
	uint64_t flags; /**< RsiPlaneEnterFlags */
	uint64_t pc;
	uint64_t pstate;
	uint8_t sbz_18[0xe8];
	uint64_t gprs[31];
	uint8_t sbz_1f8[0x8];
	uint64_t gicv3_hcr;
	uint64_t gicv3_lrs[16];
	uint8_t sbz_288[0x178];
	uint64_t elr_el1;
	uint8_t sbz_408[0x3f8];
};

RMI_LAYOUT_OFFSET(rsi_plane_enter, flags, 0x0);
RMI_LAYOUT_OFFSET(rsi_plane_enter, pc, 0x8);
RMI_LAYOUT_OFFSET(rsi_plane_enter, pstate, 0x10);
RMI_LAYOUT_OFFSET(rsi_plane_enter, gprs, 0x100);
RMI_LAYOUT_OFFSET(rsi_plane_enter, gicv3_hcr, 0x200);
RMI_LAYOUT_OFFSET(rsi_plane_enter, gicv3_lrs, 0x208);
RMI_LAYOUT_OFFSET(rsi_plane_enter, elr_el1, 0x400);
RMI_LAYOUT_SIZE(rsi_plane_enter, 0x800);

/** RsiPlaneExit (B5.5.15). */
struct rsi_plane_exit {
	uint8_t reason; /**< RsiPlaneExitReason */
	uint8_t mbz_1[0x7];
	uint64_t pc;
	uint64_t pstate;
	uint8_t mbz_18[0xe8];
	uint64_t gprs[31];
	uint8_t mbz_1f8[0x8];
	uint64_t esr_el2;
	uint64_t far_el2;
	uint64_t hpfar_el2;
	uint8_t mbz_218[0xe8];
	uint64_t gicv3_hcr;
	uint64_t gicv3_lrs[16];
	uint64_t gicv3_misr;
	uint64_t gicv3_vmcr;
	uint8_t mbz_398[0x68];
	uint64_t cntp_ctl;
	uint64_t cntp_cval;
	uint64_t cntv_ctl;
	uint64_t cntv_cval;
	uint8_t mbz_420[0xe0];
	uint64_t sctlr_el1;
	uint64_t vbar_el1;
	uint64_t elr_el1;
	uint8_t mbz_518[0xe8];
	uint8_t pmu_ovf_status; /**< RsiPmuOverflowStatus */
	uint8_t mbz_601[0x1ff];
};

RMI_LAYOUT_OFFSET(rsi_plane_exit, reason, 0x0);
RMI_LAYOUT_OFFSET(rsi_plane_exit, pc, 0x8);
RMI_LAYOUT_OFFSET(rsi_plane_exit, pstate, 0x10);
RMI_LAYOUT_OFFSET(rsi_plane_exit, gprs, 0x100);
RMI_LAYOUT_OFFSET(rsi_plane_exit, esr_el2, 0x200);
RMI_LAYOUT_OFFSET(rsi_plane_exit, far_el2, 0x208);
RMI_LAYOUT_OFFSET(rsi_plane_exit, hpfar_el2, 0x210);
RMI_LAYOUT_OFFSET(rsi_plane_exit, gicv3_hcr, 0x300);
RMI_LAYOUT_OFFSET(rsi_plane_exit, gicv3_lrs, 0x308);
RMI_LAYOUT_OFFSET(rsi_plane_exit, gicv3_misr, 0x388);
RMI_LAYOUT_OFFSET(rsi_plane_exit, gicv3_vmcr, 0x390);
RMI_LAYOUT_OFFSET(rsi_plane_exit, cntp_ctl, 0x400);
RMI_LAYOUT_OFFSET(rsi_plane_exit, cntp_cval, 0x408);
RMI_LAYOUT_OFFSET(rsi_plane_exit, cntv_ctl, 0x410);
RMI_LAYOUT_OFFSET(rsi_plane_exit, cntv_cval, 0x418);
RMI_LAYOUT_OFFSET(rsi_plane_exit, sctlr_el1, 0x500);
RMI_LAYOUT_OFFSET(rsi_plane_exit, vbar_el1, 0x508);
RMI_LAYOUT_OFFSET(rsi_plane_exit, elr_el1, 0x510);
RMI_LAYOUT_OFFSET(rsi_plane_exit, pmu_ovf_status, 0x600);
RMI_LAYOUT_SIZE(rsi_plane_exit, 0x800);

/** RsiPlaneRun (B5.5.17). */
struct rsi_plane_run {
	struct rsi_plane_enter enter;
	struct rsi_plane_exit exit;
};

RMI_LAYOUT_OFFSET(rsi_plane_run, enter, 0x0);
RMI_LAYOUT_OFFSET(rsi_plane_run, exit, 0x800);
RMI_LAYOUT_SIZE(rsi_plane_run, 0x1000);

#endif
