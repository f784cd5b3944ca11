/* SPDX-License-Identifier: BSD-3-Clause */
#include "rim.h"

#include <openssl/evp.h>

static void hash(struct world *w, const struct rim *rim, const void *data, size_t size,
                 uint8_t value[RMM_REALM_MEASUREMENT_SIZE])
{
	const EVP_MD *md = rim->hash == RMI_HASH_SHA_512   ? EVP_sha512()
	                   : rim->hash == RMI_HASH_SHA_384 ? EVP_sha384()
	                                                   : EVP_sha256();

	memset(value, 0, RMM_REALM_MEASUREMENT_SIZE);
	world_expect(w, EVP_Digest(data, size, value, NULL, md, NULL) == 1, "no hash");
}

void rim_data(struct world *w, struct rim *rim, uint64_t ipa, uint64_t flags, const void *content)
{
	struct rmm_measurement_descriptor_data desc = {
	        .desc_type = RMM_MEASURE_DESC_TYPE_DATA,
	        .len = sizeof(desc),
	        .ipa = ipa,
	        .flags = flags,
	};

	memcpy(desc.rim, rim->value, sizeof(desc.rim));
	if ((flags & RMI_DATA_FLAGS_MEASURE) != 0)
		hash(w, rim, content, w->page, desc.content);
	hash(w, rim, &desc, sizeof(desc), rim->value);
}

void rim_rec(struct world *w, struct rim *rim, const struct rmi_rec_params *params)
{
	struct rmm_measurement_descriptor_rec desc = {
	        .desc_type = RMM_MEASURE_DESC_TYPE_REC,
	        .len = sizeof(desc),
	};
	/* B4.5.49.4: gprs, pc and flags count, and nothing else. */
	struct rmi_rec_params counts = {
	        .flags = params->flags,
	        .pc = params->pc,
	};

	memcpy(counts.gprs, params->gprs, sizeof(counts.gprs));
	memcpy(desc.rim, rim->value, sizeof(desc.rim));
	hash(w, rim, &counts, sizeof(counts), desc.content);
	hash(w, rim, &desc, sizeof(desc), rim->value);
}

void rim_load(struct world *w, struct rim *rim)
{
	rim_data(w, rim, WORLD_CODE_IPA(w), RMI_DATA_FLAGS_MEASURE, world_va(w, w->code));
}

void rim_world_rec(struct world *w, struct rim *rim, enum world_guest guest, const uint64_t gprs[8])
{
	struct rmi_rec_params params = {
	        .flags = RMI_REC_CREATE_FLAGS_RUNNABLE,
	        .pc = WORLD_GUEST_IPA(w, guest),
	};

	memcpy(params.gprs, gprs, sizeof(params.gprs));
	rim_rec(w, rim, &params);
}

void rim_expect(struct world *w, const struct rim *rim, const uint64_t *x)
{
	for (unsigned i = 0; i < RMM_REALM_MEASUREMENT_SIZE / 8; i++) {
		uint64_t should;

		memcpy(&should, &rim->value[i * 8], sizeof(should));
		world_expect(w, x[i] == should,
		             "bytes %u.. of the RIM are 0x%llx, should be 0x%llx", i * 8,
		             (unsigned long long)x[i], (unsigned long long)should);
	}
}
