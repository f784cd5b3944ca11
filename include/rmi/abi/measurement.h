/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file measurement.h
 * What a Realm's measurements are hashes of (DEN0137 A7.1, C2.27, C2.28). The RMM computes them,
 * and so does whoever wants to know which measurement to expect.
 */
#ifndef RMI_ABI_MEASUREMENT_H
#define RMI_ABI_MEASUREMENT_H

#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/layout.h>

/** Bytes of RmmRealmMeasurement (C2.50); a shorter digest is followed by zeros. */
#define RMM_REALM_MEASUREMENT_SIZE 64

/** Number of Realm Extensible Measurements. */
#define RMM_NUM_REM                4

/** RmmMeasurementDescriptor*.desc_type */
enum rmm_measurement_type {
	RMM_MEASURE_DESC_TYPE_DATA = 0,
	RMM_MEASURE_DESC_TYPE_REC = 1,
};

/** RmmMeasurementDescriptorData (C2.27): a DATA granule was mapped. */
struct rmm_measurement_descriptor_data {
	uint8_t desc_type; /**< RMM_MEASURE_DESC_TYPE_DATA */
	uint8_t zero_1[0x7];
	uint64_t len; /**< Size of this structure. */
	uint8_t rim[RMM_REALM_MEASUREMENT_SIZE];
	uint64_t ipa;
	uint64_t flags;                              /**< RMI_DATA_FLAGS_* */
	uint8_t content[RMM_REALM_MEASUREMENT_SIZE]; /**< Hash of the granule, or zeros. */
	uint8_t zero_a0[0x60];
};

RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_data, desc_type, 0x0);
RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_data, len, 0x8);
RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_data, rim, 0x10);
RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_data, ipa, 0x50);
RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_data, flags, 0x58);
RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_data, content, 0x60);
RMI_LAYOUT_SIZE(rmm_measurement_descriptor_data, 0x100);

/** RmmMeasurementDescriptorRec (C2.28): a runnable REC was created. */
struct rmm_measurement_descriptor_rec {
	uint8_t desc_type; /**< RMM_MEASURE_DESC_TYPE_REC */
	uint8_t zero_1[0x7];
	uint64_t len; /**< Size of this structure. */
	uint8_t rim[RMM_REALM_MEASUREMENT_SIZE];
	/** Hash of an RmiRecParams that is zero but for flags, pc and gprs. */
	uint8_t content[RMM_REALM_MEASUREMENT_SIZE];
	uint8_t zero_90[0x70];
};

RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_rec, desc_type, 0x0);
RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_rec, len, 0x8);
RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_rec, rim, 0x10);
RMI_LAYOUT_OFFSET(rmm_measurement_descriptor_rec, content, 0x50);
RMI_LAYOUT_SIZE(rmm_measurement_descriptor_rec, 0x100);

#endif
