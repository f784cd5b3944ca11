/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure/measure.h"

#include <string.h>

#include "core/rmm.h"
#include "realm/realm.h"

/* RmmMeasurementDescriptorData and RmmMeasurementDescriptorRec (C2.27, C2.28). */
#define DESC_TYPE_DATA 0
#define DESC_TYPE_REC  1

struct measurement_data {
	uint8_t desc_type;
	uint8_t zero_1[7];
	uint64_t len;
	uint8_t rim[REALM_MEASUREMENT_SIZE];
	uint64_t ipa;
	uint64_t flags;
	uint8_t content[REALM_MEASUREMENT_SIZE];
	uint8_t zero_a0[0x60];
};

RMI_LAYOUT_OFFSET(measurement_data, len, 0x8);
RMI_LAYOUT_OFFSET(measurement_data, rim, 0x10);
RMI_LAYOUT_OFFSET(measurement_data, ipa, 0x50);
RMI_LAYOUT_OFFSET(measurement_data, flags, 0x58);
RMI_LAYOUT_OFFSET(measurement_data, content, 0x60);
RMI_LAYOUT_SIZE(measurement_data, 0x100);

struct measurement_rec {
	uint8_t desc_type;
	uint8_t zero_1[7];
	uint64_t len;
	uint8_t rim[REALM_MEASUREMENT_SIZE];
	uint8_t content[REALM_MEASUREMENT_SIZE];
	uint8_t zero_90[0x70];
};

RMI_LAYOUT_OFFSET(measurement_rec, len, 0x8);
RMI_LAYOUT_OFFSET(measurement_rec, rim, 0x10);
RMI_LAYOUT_OFFSET(measurement_rec, content, 0x50);
RMI_LAYOUT_SIZE(measurement_rec, 0x100);

/* Hash of some bytes, extended by zeros to the size of a measurement. */
static void hash(struct rmm_pe *pe, const struct rd *rd, const void *data, size_t size,
                 uint8_t out[REALM_MEASUREMENT_SIZE])
{
	memset(out, 0, REALM_MEASUREMENT_SIZE);
	/* The context was used with every hash when the PE was made: nothing here can fail. */
	EVP_DigestInit_ex2(pe->md, pe->rmm->hash[rd->hash_algo], NULL);
	EVP_DigestUpdate(pe->md, data, size);
	EVP_DigestFinal_ex(pe->md, out, NULL);
}

void measure_data(struct rmm_pe *pe, struct rd *rd, uint64_t ipa, uint64_t data, uint64_t flags)
{
	struct measurement_data desc = {
	        .desc_type = DESC_TYPE_DATA,
	        .len = sizeof(desc),
	        .ipa = ipa,
	        .flags = flags,
	};

	memcpy(desc.rim, rd->rim, sizeof(desc.rim));
	if ((flags & RMI_DATA_FLAGS_MEASURE) != 0)
		hash(pe, rd, granule_map(pe->rmm, data), rmm_granule_size(pe->rmm), desc.content);
	hash(pe, rd, &desc, sizeof(desc), rd->rim);
}

/* The parameters are hashed as the 4096-byte structure, whatever the granule size. */
void measure_rec(struct rmm_pe *pe, struct rd *rd, uint64_t flags, uint64_t pc,
                 const uint64_t *gprs)
{
	struct measurement_rec desc = {
	        .desc_type = DESC_TYPE_REC,
	        .len = sizeof(desc),
	};
	struct rmi_rec_params params = {
	        .flags = flags,
	        .pc = pc,
	};

	memcpy(params.gprs, gprs, sizeof(params.gprs));
	memcpy(desc.rim, rd->rim, sizeof(desc.rim));
	hash(pe, rd, &params, sizeof(params), desc.content);
	hash(pe, rd, &desc, sizeof(desc), rd->rim);
}

void measure_extend(struct rmm_pe *pe, struct rd *rd, unsigned index, const void *value,
                    size_t size)
{
	uint8_t message[2 * REALM_MEASUREMENT_SIZE] = {0};

	memcpy(message, rd->rem[index], REALM_MEASUREMENT_SIZE);
	memcpy(message + REALM_MEASUREMENT_SIZE, value, size);
	hash(pe, rd, message, sizeof(message), rd->rem[index]);
}
