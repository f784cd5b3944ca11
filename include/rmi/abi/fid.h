/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file fid.h
 * Function identifiers of the RMI (DEN0137 B4.5), the RSI (B5.4) and PSCI (B6.3).
 *
 * Names are those of the specification with the prefix SMC_, as host software spells them.
 */
#ifndef RMI_ABI_FID_H
#define RMI_ABI_FID_H

#include <stdint.h>

/* RMI: Realm Management Interface. */
#define SMC_RMI_VERSION                    UINT32_C(0xC4000150)
#define SMC_RMI_RTT_DATA_MAP_INIT          UINT32_C(0xC4000153)
#define SMC_RMI_REALM_ACTIVATE             UINT32_C(0xC4000157)
#define SMC_RMI_REALM_CREATE               UINT32_C(0xC4000158)
#define SMC_RMI_REALM_DESTROY              UINT32_C(0xC4000159)
#define SMC_RMI_REC_CREATE                 UINT32_C(0xC400015A)
#define SMC_RMI_REC_DESTROY                UINT32_C(0xC400015B)
#define SMC_RMI_REC_ENTER                  UINT32_C(0xC400015C)
#define SMC_RMI_RTT_CREATE                 UINT32_C(0xC400015D)
#define SMC_RMI_RTT_DESTROY                UINT32_C(0xC400015E)
#define SMC_RMI_RTT_READ_ENTRY             UINT32_C(0xC4000161)
#define SMC_RMI_PSCI_COMPLETE              UINT32_C(0xC4000164)
#define SMC_RMI_FEATURES                   UINT32_C(0xC4000165)
#define SMC_RMI_RTT_FOLD                   UINT32_C(0xC4000166)
#define SMC_RMI_RTT_INIT_RIPAS             UINT32_C(0xC4000168)
#define SMC_RMI_RTT_SET_RIPAS              UINT32_C(0xC4000169)
#define SMC_RMI_RMM_CONFIG_SET             UINT32_C(0xC400016E)
#define SMC_RMI_ATTEST_PLAT_TOKEN_REFRESH  UINT32_C(0xC4000170)
#define SMC_RMI_RTT_AUX_CREATE             UINT32_C(0xC400017D)
#define SMC_RMI_RTT_AUX_DESTROY            UINT32_C(0xC400017E)
#define SMC_RMI_RTT_AUX_FOLD               UINT32_C(0xC400017F)
#define SMC_RMI_RTT_SET_S2AP               UINT32_C(0xC400018B)
#define SMC_RMI_GRANULE_TRACKING_GET       UINT32_C(0xC40001E1)
#define SMC_RMI_GRANULE_TRACKING_SET       UINT32_C(0xC40001E3)
#define SMC_RMI_RMM_CONFIG_GET             UINT32_C(0xC40001EC)
#define SMC_RMI_RMM_STATE_GET              UINT32_C(0xC40001EE)
#define SMC_RMI_GRANULE_RANGE_DELEGATE     UINT32_C(0xC40001F1)
#define SMC_RMI_GRANULE_RANGE_UNDELEGATE   UINT32_C(0xC40001F2)
#define SMC_RMI_GPT_L1_CREATE              UINT32_C(0xC40001F3)
#define SMC_RMI_GPT_L1_DESTROY             UINT32_C(0xC40001F4)
#define SMC_RMI_RTT_DATA_MAP               UINT32_C(0xC40001F5)
#define SMC_RMI_RTT_DATA_UNMAP             UINT32_C(0xC40001F6)
#define SMC_RMI_RTT_UNPROT_MAP             UINT32_C(0xC40001FB)
#define SMC_RMI_RTT_UNPROT_UNMAP           UINT32_C(0xC40001FC)
#define SMC_RMI_RTT_AUX_PROT_MAP           UINT32_C(0xC40001FD)
#define SMC_RMI_RTT_AUX_PROT_UNMAP         UINT32_C(0xC40001FE)
#define SMC_RMI_RTT_AUX_UNPROT_MAP         UINT32_C(0xC40001FF)
#define SMC_RMI_RTT_AUX_UNPROT_UNMAP       UINT32_C(0xC4000200)
#define SMC_RMI_REALM_TERMINATE            UINT32_C(0xC4000201)
#define SMC_RMI_RMM_ACTIVATE               UINT32_C(0xC4000202)
#define SMC_RMI_OP_CONTINUE                UINT32_C(0xC4000203)
#define SMC_RMI_OP_MEM_DONATE              UINT32_C(0xC4000208)
#define SMC_RMI_OP_MEM_RECLAIM             UINT32_C(0xC4000209)
#define SMC_RMI_OP_CANCEL                  UINT32_C(0xC400020A)
#define SMC_RMI_RMM_DEACTIVATE             UINT32_C(0xC400020F)
#define SMC_RMI_GPT_INFO                   UINT32_C(0xC4000211)

/** First and last function identifier of the RMI's range. */
#define SMC_RMI_FIRST                      UINT32_C(0xC4000150)
#define SMC_RMI_LAST                       UINT32_C(0xC4000211)

/* RSI: Realm Services Interface. */
#define SMC_RSI_VERSION                    UINT32_C(0xC4000190)
#define SMC_RSI_FEATURES                   UINT32_C(0xC4000191)
#define SMC_RSI_MEASUREMENT_READ           UINT32_C(0xC4000192)
#define SMC_RSI_MEASUREMENT_EXTEND         UINT32_C(0xC4000193)
#define SMC_RSI_ATTESTATION_TOKEN_INIT     UINT32_C(0xC4000194)
#define SMC_RSI_ATTESTATION_TOKEN_CONTINUE UINT32_C(0xC4000195)
#define SMC_RSI_REALM_CONFIG               UINT32_C(0xC4000196)
#define SMC_RSI_IPA_STATE_SET              UINT32_C(0xC4000197)
#define SMC_RSI_IPA_STATE_GET              UINT32_C(0xC4000198)
#define SMC_RSI_HOST_CALL                  UINT32_C(0xC4000199)
#define SMC_RSI_VSMMU_GET_INFO             UINT32_C(0xC400019A)
#define SMC_RSI_ARCH_DEV_ACTIVATE          UINT32_C(0xC400019B)
#define SMC_RSI_VDEV_DMA_ENABLE            UINT32_C(0xC400019C)
#define SMC_RSI_VDEV_GET_INFO              UINT32_C(0xC400019D)
#define SMC_RSI_VDEV_P2P_BIND              UINT32_C(0xC400019E)
#define SMC_RSI_VDEV_VALIDATE_MAPPING      UINT32_C(0xC400019F)
#define SMC_RSI_MEM_GET_PERM_VALUE         UINT32_C(0xC40001A0)
#define SMC_RSI_MEM_SET_PERM_INDEX         UINT32_C(0xC40001A1)
#define SMC_RSI_MEM_SET_PERM_VALUE         UINT32_C(0xC40001A2)
#define SMC_RSI_PLANE_ENTER                UINT32_C(0xC40001A3)
#define SMC_RSI_VDEV_DMA_DISABLE           UINT32_C(0xC40001A4)
#define SMC_RSI_PLANE_SYSREG_READ          UINT32_C(0xC40001AE)
#define SMC_RSI_PLANE_SYSREG_WRITE         UINT32_C(0xC40001AF)

/** First and last function identifier of the RSI's range. */
#define SMC_RSI_FIRST                      UINT32_C(0xC4000190)
#define SMC_RSI_LAST                       UINT32_C(0xC40001CF)

#endif
