/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file layout.h
 * Structures of the RMI in memory (DEN0137 B4.6), without device assignment.
 *
 * Little-endian. Bytes without a member are SBZ in structures that the Host writes and MBZ in
 * structures that the RMM writes. Each structure is exactly as large as the specification says,
 * whatever the RMI granule size.
 */
#ifndef RMI_ABI_LAYOUT_H
#define RMI_ABI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define RMI_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define RMI_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define RMI_LAYOUT_OFFSET(type, member, offset)                                                    \
	RMI_STATIC_ASSERT(offsetof(struct type, member) == (offset), #type "." #member)
#define RMI_LAYOUT_SIZE(type, size) RMI_STATIC_ASSERT(sizeof(struct type) == (size), #type)

/** RmiAddrRange (B4.6.2). */
struct rmi_addr_range {
	uint64_t base; /**< First address. */
	uint64_t top;  /**< First address behind the range. */
};

RMI_LAYOUT_OFFSET(rmi_addr_range, base, 0x0);
RMI_LAYOUT_OFFSET(rmi_addr_range, top, 0x8);
RMI_LAYOUT_SIZE(rmi_addr_range, 0x10);

/** RmiRmmConfig (B4.6.78). */
struct rmi_rmm_config {
	uint8_t tracking_region_size; /**< 4KB: 0 = 1GB; 16KB: 0 = 32MB, 1 = 64GB; 64KB: 0 = 512MB,
	                                 1 = 4TB. */
	uint8_t sbz_1[0x7];
	uint8_t rmi_granule_size; /**< RmiGranuleSize */
	uint8_t sbz_9[0xff7];
};

RMI_LAYOUT_OFFSET(rmi_rmm_config, tracking_region_size, 0x0);
RMI_LAYOUT_OFFSET(rmi_rmm_config, rmi_granule_size, 0x8);
RMI_LAYOUT_SIZE(rmi_rmm_config, 0x1000);

/** RmiRealmParams (B4.6.62). */
struct rmi_realm_params {
	uint64_t flags0; /**< RmiRealmFlags0 */
	uint8_t s2sz;    /**< IPA width in bits. */
	uint8_t sbz_9[0x7];
	uint8_t sve_vl; /**< Vector length is (sve_vl + 1) * 128 bits. */
	uint8_t sbz_11[0x7];
	uint8_t num_bps; /**< Number of breakpoints minus one; 0 is reserved. */
	uint8_t sbz_19[0x7];
	uint8_t num_wps; /**< Number of watchpoints minus one; 0 is reserved. */
	uint8_t sbz_21[0x7];
	uint8_t pmu_num_ctrs;
	uint8_t sbz_29[0x7];
	uint8_t hash_algo; /**< RmiHashAlgorithm */
	uint8_t sbz_31[0x7];
	uint64_t num_aux_planes;
	uint8_t sbz_40[0x3c0];
	uint8_t rpv[64]; /**< Realm Personalization Value. */
	uint64_t ats_plane;
	uint8_t sbz_448[0x3c0];
	uint64_t rtt_base;       /**< PA of the first starting-level RTT. */
	int64_t rtt_level_start; /**< Level of the starting-level RTTs. */
	uint32_t rtt_num_start;  /**< Number of starting-level RTTs. */
	uint8_t sbz_81c[0x4];
	uint64_t flags1;        /**< RmiRealmFlags1 */
	uint64_t max_num_vdevs; /**< From 2.0-bet3 on; SBZ before. */
	uint8_t sbz_830[0x750];
	uint64_t aux_rtt_base[3]; /**< PA of the starting-level RTTs of the auxiliary trees. */
	uint8_t sbz_f98[0x68];
};

RMI_LAYOUT_OFFSET(rmi_realm_params, flags0, 0x0);
RMI_LAYOUT_OFFSET(rmi_realm_params, s2sz, 0x8);
RMI_LAYOUT_OFFSET(rmi_realm_params, sve_vl, 0x10);
RMI_LAYOUT_OFFSET(rmi_realm_params, num_bps, 0x18);
RMI_LAYOUT_OFFSET(rmi_realm_params, num_wps, 0x20);
RMI_LAYOUT_OFFSET(rmi_realm_params, pmu_num_ctrs, 0x28);
RMI_LAYOUT_OFFSET(rmi_realm_params, hash_algo, 0x30);
RMI_LAYOUT_OFFSET(rmi_realm_params, num_aux_planes, 0x38);
RMI_LAYOUT_OFFSET(rmi_realm_params, rpv, 0x400);
RMI_LAYOUT_OFFSET(rmi_realm_params, ats_plane, 0x440);
RMI_LAYOUT_OFFSET(rmi_realm_params, rtt_base, 0x808);
RMI_LAYOUT_OFFSET(rmi_realm_params, rtt_level_start, 0x810);
RMI_LAYOUT_OFFSET(rmi_realm_params, rtt_num_start, 0x818);
RMI_LAYOUT_OFFSET(rmi_realm_params, flags1, 0x820);
RMI_LAYOUT_OFFSET(rmi_realm_params, max_num_vdevs, 0x828);
RMI_LAYOUT_OFFSET(rmi_realm_params, aux_rtt_base, 0xf80);
RMI_LAYOUT_SIZE(rmi_realm_params, 0x1000);

/** Number of general-purpose registers that RmiRecParams sets. */
#define RMI_REC_CREATE_NR_GPRS 8

/** RmiRecParams (B4.6.69). */
struct rmi_rec_params {
	uint64_t flags; /**< RmiRecCreateFlags */
	uint8_t sbz_8[0xf8];
	uint64_t mpidr; /**< RmiRecMpidr */
	uint8_t sbz_108[0xf8];
	uint64_t pc;
	uint8_t sbz_208[0xf8];
	uint64_t gprs[RMI_REC_CREATE_NR_GPRS];
	uint8_t sbz_340[0xcc0];
};

RMI_LAYOUT_OFFSET(rmi_rec_params, flags, 0x0);
RMI_LAYOUT_OFFSET(rmi_rec_params, mpidr, 0x100);
RMI_LAYOUT_OFFSET(rmi_rec_params, pc, 0x200);
RMI_LAYOUT_OFFSET(rmi_rec_params, gprs, 0x300);
RMI_LAYOUT_SIZE(rmi_rec_params, 0x1000);

/** Number of general-purpose registers in RmiRecEnter and RmiRecExit. */
#define RMI_REC_RUN_NR_GPRS 31

/** RmiRecEnter (B4.6.64). */
struct rmi_rec_enter {
	uint64_t flags; /**< RmiRecEnterFlags */
	uint8_t sbz_8[0x1f8];
	uint64_t gprs[RMI_REC_RUN_NR_GPRS];
	uint8_t sbz_2f8[0x508];
};

RMI_LAYOUT_OFFSET(rmi_rec_enter, flags, 0x0);
RMI_LAYOUT_OFFSET(rmi_rec_enter, gprs, 0x200);
RMI_LAYOUT_SIZE(rmi_rec_enter, 0x800);

/** RmiRecExit (B4.6.66). A member is zero unless the exit's reason defines it. */
struct rmi_rec_exit {
	uint8_t exit_reason; /**< RmiRecExitReason */
	uint8_t mbz_1[0xff];
	uint64_t esr;
	uint64_t far;
	uint64_t hpfar;
	uint64_t rtt_tree; /**< Tree whose entry caused the abort. */
	uint8_t mbz_120[0xe0];
	uint64_t gprs[RMI_REC_RUN_NR_GPRS];
	uint8_t mbz_2f8[0x108];
	uint64_t cntp_ctl;
	uint64_t cntp_cval;
	uint64_t cntv_ctl;
	uint64_t cntv_cval;
	uint8_t mbz_420[0xe0];
	uint64_t ripas_base;
	uint64_t ripas_top;
	uint8_t ripas_value; /**< RmiRipas */
	uint8_t mbz_511[0xf];
	uint64_t s2ap_base;
	uint64_t s2ap_top;
	uint64_t vdev_id_1;
	uint64_t vdev_id_2;
	uint64_t dev_mem_base;
	uint64_t dev_mem_top;
	uint64_t dev_mem_pa;
	uint8_t mbz_558[0xa8];
	uint16_t imm; /**< Immediate of a host call. */
	uint8_t mbz_602[0x6];
	uint64_t plane;
	uint8_t mbz_610[0xf0];
	uint8_t pmu_ovf_status; /**< RmiPmuOverflowStatus */
	uint8_t mbz_701[0xf];
	uint64_t vsmmu;
	uint8_t mbz_718[0xe8];
};

RMI_LAYOUT_OFFSET(rmi_rec_exit, exit_reason, 0x0);
RMI_LAYOUT_OFFSET(rmi_rec_exit, esr, 0x100);
RMI_LAYOUT_OFFSET(rmi_rec_exit, far, 0x108);
RMI_LAYOUT_OFFSET(rmi_rec_exit, hpfar, 0x110);
RMI_LAYOUT_OFFSET(rmi_rec_exit, rtt_tree, 0x118);
RMI_LAYOUT_OFFSET(rmi_rec_exit, gprs, 0x200);
RMI_LAYOUT_OFFSET(rmi_rec_exit, cntp_ctl, 0x400);
RMI_LAYOUT_OFFSET(rmi_rec_exit, cntp_cval, 0x408);
RMI_LAYOUT_OFFSET(rmi_rec_exit, cntv_ctl, 0x410);
RMI_LAYOUT_OFFSET(rmi_rec_exit, cntv_cval, 0x418);
RMI_LAYOUT_OFFSET(rmi_rec_exit, ripas_base, 0x500);
RMI_LAYOUT_OFFSET(rmi_rec_exit, ripas_top, 0x508);
RMI_LAYOUT_OFFSET(rmi_rec_exit, ripas_value, 0x510);
RMI_LAYOUT_OFFSET(rmi_rec_exit, s2ap_base, 0x520);
RMI_LAYOUT_OFFSET(rmi_rec_exit, s2ap_top, 0x528);
RMI_LAYOUT_OFFSET(rmi_rec_exit, vdev_id_1, 0x530);
RMI_LAYOUT_OFFSET(rmi_rec_exit, vdev_id_2, 0x538);
RMI_LAYOUT_OFFSET(rmi_rec_exit, dev_mem_base, 0x540);
RMI_LAYOUT_OFFSET(rmi_rec_exit, dev_mem_top, 0x548);
RMI_LAYOUT_OFFSET(rmi_rec_exit, dev_mem_pa, 0x550);
RMI_LAYOUT_OFFSET(rmi_rec_exit, imm, 0x600);
RMI_LAYOUT_OFFSET(rmi_rec_exit, plane, 0x608);
RMI_LAYOUT_OFFSET(rmi_rec_exit, pmu_ovf_status, 0x700);
RMI_LAYOUT_OFFSET(rmi_rec_exit, vsmmu, 0x710);
RMI_LAYOUT_SIZE(rmi_rec_exit, 0x800);

/** RmiRecRun (B4.6.70): what Host and RMM share about one run of a REC. */
struct rmi_rec_run {
	struct rmi_rec_enter enter;
	struct rmi_rec_exit exit;
};

RMI_LAYOUT_OFFSET(rmi_rec_run, enter, 0x0);
RMI_LAYOUT_OFFSET(rmi_rec_run, exit, 0x800);
RMI_LAYOUT_SIZE(rmi_rec_run, 0x1000);

#endif
