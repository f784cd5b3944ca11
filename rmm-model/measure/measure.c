/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure/measure.h"

#include <string.h>

#include "core/rmm.h"
#include "realm/realm.h"

/* Hash of some bytes, extended by zeros to the size of a measurement. */
static void hash(struct rmm_pe *pe, const struct rd *rd, const void *data, size_t size,
                 uint8_t out[RMM_REALM_MEASUREMENT_SIZE])
{
	memset(out, 0, RMM_REALM_MEASUREMENT_SIZE);
	/* The context was used with every hash when the PE was made: nothing here can fail. */
	EVP_DigestInit_ex2(pe->md, pe->rmm->hash[rd->hash_algo], NULL);
	EVP_DigestUpdate(pe->md, data, size);
	EVP_DigestFinal_ex(pe->md, out, NULL);
}

void measure_data(struct rmm_pe *pe, struct rd *rd, uint64_t ipa, uint64_t data, uint64_t flags)
{
	struct rmm_measurement_descriptor_data desc = {
	        .desc_type = RMM_MEASURE_DESC_TYPE_DATA,
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
	struct rmm_measurement_descriptor_rec desc = {
	        .desc_type = RMM_MEASURE_DESC_TYPE_REC,
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
	uint8_t message[2 * RMM_REALM_MEASUREMENT_SIZE] = {0};

	memcpy(message, rd->rem[index], RMM_REALM_MEASUREMENT_SIZE);
	memcpy(message + RMM_REALM_MEASUREMENT_SIZE, value, size);
	hash(pe, rd, message, sizeof(message), rd->rem[index]);
}
