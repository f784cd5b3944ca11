/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file cca_token.h
 * Labels and values of CCA attestation tokens (DEN0137 A7.2.3), and what COSE (RFC 9052) adds.
 */
#ifndef RMI_ABI_CCA_TOKEN_H
#define RMI_ABI_CCA_TOKEN_H

/** The token: a collection of conceptual messages (CMW), each [content format, bytes]. */
enum cca_envelope {
	CCA_TOKEN_TAG = 907,
	CCA_PLATFORM_TOKEN = 44234,
	CCA_REALM_DELEGATED_TOKEN = 44241,
	CCA_DEVICE_TOKEN = 44258,
	CCA_CONTENT_EAT_CWT = 263,  /**< application/eat+cwt */
	CCA_CONTENT_EAT_UCCS = 601, /**< application/uccs+cbor */
};

/** Claims that both tokens have. */
enum cca_claim {
	CCA_CHALLENGE = 10,    /**< EAT nonce */
	CCA_INSTANCE_ID = 256, /**< EAT ueid */
	CCA_PROFILE = 265,     /**< EAT profile */
};

/** Claims of the Realm token (A7.2.3.1). */
enum cca_realm_claim {
	CCA_REALM_PERSONALIZATION_VALUE = 44235,
	CCA_REALM_HASH_ALGO_ID = 44236,
	CCA_REALM_PUBLIC_KEY = 44237,
	CCA_REALM_INITIAL_MEASUREMENT = 44238,
	CCA_REALM_EXTENSIBLE_MEASUREMENTS = 44239,
	CCA_REALM_PUBLIC_KEY_HASH_ALGO_ID = 44240,
	CCA_REALM_MEC_POLICY = 44243,
	CCA_REALM_LFA_POLICY = 44244,
	CCA_REALM_DEVICES_TOKEN_HASH = 44257,
};

/** Claims of the platform token (A7.2.3.3). */
enum cca_platform_claim {
	CCA_PLATFORM_CLIENT_ID = 2394,
	CCA_PLATFORM_LIFECYCLE = 2395,
	CCA_PLATFORM_IMPLEMENTATION_ID = 2396,
	CCA_PLATFORM_SW_COMPONENTS = 2399,
	CCA_PLATFORM_VERIFICATION_SERVICE = 2400,
	CCA_PLATFORM_CONFIG = 2401,
	CCA_PLATFORM_HASH_ALGO_ID = 2402,
	CCA_PLATFORM_MANUFACTURING_CONFIG = 2403,
	CCA_PLATFORM_EXTENSION = 2404,
};

/** Lifecycle of the platform: the state in bits 15:8. */
enum cca_lifecycle {
	CCA_LIFECYCLE_UNKNOWN = 0x0000,
	CCA_LIFECYCLE_ASSEMBLY_AND_TEST = 0x1000,
	CCA_LIFECYCLE_ROT_PROVISIONING = 0x2000,
	CCA_LIFECYCLE_SECURED = 0x3000,
	CCA_LIFECYCLE_NON_CCA_ROT_DEBUG = 0x4000,
	CCA_LIFECYCLE_RECOVERABLE_ROT_DEBUG = 0x5000,
	CCA_LIFECYCLE_DECOMMISSIONED = 0x6000,
};

/** Members of a software component. */
enum cca_sw_component {
	CCA_SW_COMPONENT_TYPE = 1,
	CCA_SW_COMPONENT_MEASUREMENT = 2,
	CCA_SW_COMPONENT_VERSION = 4,
	CCA_SW_COMPONENT_SIGNER_ID = 5,
	CCA_SW_COMPONENT_HASH_ALGO_ID = 6,
	CCA_SW_COMPONENT_LFA_SUPPORTED = 7,
	CCA_SW_COMPONENT_COUNTERSIGNERS = 8,
};

/* Profiles, sizes and values of claims. */
#define CCA_REALM_PROFILE                   "tag:arm.com,2024:realm#2.0.0"
#define CCA_REALM_CHALLENGE_SIZE            64
#define CCA_INSTANCE_ID_SIZE                33
#define CCA_INSTANCE_ID_TYPE                0x01 /**< First byte of an instance ID. */
#define CCA_PLATFORM_PROFILE                "tag:arm.com,2024:cca_platform#2.0.0"
#define CCA_PLATFORM_IMPLEMENTATION_ID_SIZE 32
#define CCA_PLATFORM_CLIENT_RMSD            1 /**< Who asked: the Realm management domain. */

/* COSE_Sign1 and COSE_Key (RFC 9052, RFC 9053). Negative labels are -1 - n. */
#define COSE_SIGN1_TAG                      18
#define COSE_SIGN1_CONTEXT                  "Signature1"
#define COSE_HEADER_ALG                     1
#define COSE_ALG_ES384                      (-35)
#define COSE_KEY_KTY                        1
#define COSE_KEY_KTY_EC2                    2
#define COSE_KEY_ALG                        3
#define COSE_KEY_CRV                        (-1)
#define COSE_KEY_CRV_P384                   2
#define COSE_KEY_X                          (-2)
#define COSE_KEY_Y                          (-3)

/** Bytes of a coordinate and of a private key of P-384. */
#define COSE_P384_SIZE                      48
/** Bytes of an ES384 signature: r and s. */
#define COSE_ES384_SIZE                     96

#endif
