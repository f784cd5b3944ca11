/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure/measure.h"

#include <string.h>

#include "core/quirks.h"
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

size_t measure_size(const struct rmm *rmm, const struct rd *rd)
{
	return (size_t)EVP_MD_get_size(rmm->hash[rd->hash_algo]);
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

/* The fields that Realm software can rely on; the others are the Host's own affair. */
void measure_realm(struct rmm_pe *pe, struct rd *rd, const struct rmi_realm_params *params)
{
	struct rmi_realm_params measured = {
	        .flags0 = params->flags0,
	        .s2sz = params->s2sz,
	        .sve_vl = params->sve_vl,
	        .num_bps = params->num_bps,
	        .num_wps = params->num_wps,
	        .pmu_num_ctrs = params->pmu_num_ctrs,
	        .hash_algo = params->hash_algo,
	};

	if (quirk(pe->rmm, RMM_QUIRK_RIM_INIT))
		hash(pe, rd, &measured, sizeof(measured), rd->rim);
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
	size_t old = RMM_REALM_MEASUREMENT_SIZE;
	size_t length = sizeof(message);

	if (quirk(pe->rmm, RMM_QUIRK_REM_EXTEND)) {
		old = measure_size(pe->rmm, rd);
		length = old + size;
	}
	memcpy(message, rd->rem[index], old);
	memcpy(message + old, value, size);
	hash(pe, rd, message, length, rd->rem[index]);
}
