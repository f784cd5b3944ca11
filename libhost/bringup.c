/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing the RMM up, once per boot (DEN0137 A2.1), and down again. */

#include <stdarg.h>
#include <string.h>

#include <rmi/format.h>

#include "sro.h"

/* Says why the host cannot be opened. */
__attribute__((format(printf, 3, 4))) static int refuse(struct rmi_error *err, int code,
                                                        const char *fmt, ...)
{
	va_list args;

	if (err == NULL)
		return code;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return code;
}

static int refuse_result(struct host_thread *self, struct rmi_error *err, uint64_t fid, uint64_t x0)
{
	char result[64];

	rmi_format_result(result, sizeof(result), x0);
	return refuse(err, -ENXIO, "%s: %s", host_command_name(self->host, fid), result);
}

static bool is_unknown(uint64_t x0)
{
	return x0 == SMCCC_NOT_SUPPORTED || rmi_status(x0) == RMI_ERROR_NOT_SUPPORTED;
}

static int check_version(struct host_thread *self, struct rmi_error *err)
{
	struct smccc_regs regs = {{SMC_RMI_VERSION, RMI_ABI_VERSION}};
	uint64_t x0 = host_call(self, &regs);

	if (is_unknown(x0))
		return refuse(err, -ENXIO, "there is no RMM");
	if (rmi_status(x0) != RMI_SUCCESS)
		return refuse(err, -ENXIO,
		              "the RMM speaks RMI %" PRIu64 ".%" PRIu64 " to %" PRIu64 ".%" PRIu64
		              ", 2.0 is needed",
		              regs.x[1] >> 16 & 0x7fff, regs.x[1] & 0xffff,
		              regs.x[2] >> 16 & 0x7fff, regs.x[2] & 0xffff);
	return 0;
}

static void decode_features(struct host_features *features)
{
	const uint64_t *reg = features->reg;

	features->ipa_bits = (unsigned)RMI_FIELD_GET(reg[0], RMI_FEATURE_REGISTER_0_S2SZ);
	features->lpa2 = (reg[0] & RMI_FEATURE_REGISTER_0_LPA2) != 0;
	if ((reg[0] & RMI_FEATURE_REGISTER_0_SVE) != 0)
		features->sve_vl =
		        128 * ((unsigned)RMI_FIELD_GET(reg[0], RMI_FEATURE_REGISTER_0_SVE_VL) + 1);
	if ((reg[0] & RMI_FEATURE_REGISTER_0_PMU) != 0)
		features->pmu_counters =
		        (unsigned)RMI_FIELD_GET(reg[0], RMI_FEATURE_REGISTER_0_PMU_NUM_CTRS);
	features->breakpoints = (unsigned)RMI_FIELD_GET(reg[0], RMI_FEATURE_REGISTER_0_NUM_BPS) + 1;
	features->watchpoints = (unsigned)RMI_FIELD_GET(reg[0], RMI_FEATURE_REGISTER_0_NUM_WPS) + 1;
	if ((reg[1] & RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_4KB) != 0)
		features->granule_sizes += 0x1000;
	if ((reg[1] & RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_16KB) != 0)
		features->granule_sizes += 0x4000;
	if ((reg[1] & RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_64KB) != 0)
		features->granule_sizes += 0x10000;
	features->hash[RMI_HASH_SHA_256] = (reg[1] & RMI_FEATURE_REGISTER_1_HASH_SHA_256) != 0;
	features->hash[RMI_HASH_SHA_384] = (reg[1] & RMI_FEATURE_REGISTER_1_HASH_SHA_384) != 0;
	features->hash[RMI_HASH_SHA_512] = (reg[1] & RMI_FEATURE_REGISTER_1_HASH_SHA_512) != 0;
	features->max_recs =
	        (1u << RMI_FIELD_GET(reg[1], RMI_FEATURE_REGISTER_1_MAX_RECS_ORDER)) - 1;
	features->l0gpt_bits = 30 + (unsigned)RMI_FIELD_GET(reg[1], RMI_FEATURE_REGISTER_1_L0GPTSZ);
	features->devices = (reg[2] & RMI_FEATURE_REGISTER_2_DA) != 0;
	features->aux_planes =
	        (unsigned)RMI_FIELD_GET(reg[3], RMI_FEATURE_REGISTER_3_MAX_NUM_AUX_PLANES);
	features->mecids = RMI_FIELD_GET(reg[4], RMI_FEATURE_REGISTER_4_MEC_COUNT);
}

static int read_features(struct host_thread *self, struct rmi_error *err, unsigned granule_size)
{
	struct host_features *features = &self->host->features;

	for (unsigned i = 0; i < RMI_NUM_FEATURE_REGISTERS; i++) {
		struct smccc_regs regs = {{SMC_RMI_FEATURES, i}};
		uint64_t x0 = host_call(self, &regs);

		if (rmi_status(x0) != RMI_SUCCESS) {
			refuse_result(self, err, SMC_RMI_FEATURES, x0);
			return -EINVAL;
		}
		features->reg[i] = regs.x[1];
	}
	decode_features(features);
	if (features->granule_sizes == 0)
		return refuse(err, -ENXIO, "the RMM supports no granule size");
	if (granule_size == 0)
		granule_size = features->granule_sizes & -features->granule_sizes;
	if ((granule_size & (granule_size - 1)) != 0 ||
	    (features->granule_sizes & granule_size) == 0)
		return refuse(err, -ENXIO,
		              "granules of %u bytes are not supported (supported:%s%s%s)",
		              granule_size, features->granule_sizes & 0x1000 ? " 4096" : "",
		              features->granule_sizes & 0x4000 ? " 16384" : "",
		              features->granule_sizes & 0x10000 ? " 65536" : "");
	features->granule_size = granule_size;
	self->host->gshift = (unsigned)__builtin_ctz(granule_size);
	return 0;
}

/* The window behind the connection becomes the host's pages. */
static int take_memory(struct host_thread *self, struct rmi_error *err)
{
	struct host *host = self->host;
	struct rmi_memory memory = rmi_memory(host->rmi);
	const uint64_t page = host_page_size(host);
	uint64_t skip = -memory.base & (page - 1);
	uint64_t pages = memory.size > skip ? (memory.size - skip) >> host->gshift : 0;
	int ret;

	/* Page numbers have 32 bits: more than 16 TB are not needed. */
	if (pages > UINT32_MAX - 1)
		pages = UINT32_MAX - 1;
	ret = host_phys_init(&host->phys, memory.base + skip, pages << host->gshift, host->gshift,
	                     host->limits.max_pages);
	if (ret != 0)
		return refuse(err, ret, "memory of %" PRIu64 " pages cannot be managed: %s", pages,
		              strerror(-ret));
	return 0;
}

static enum rmi_granule_size granule_encoding(const struct host *host)
{
	switch (host->gshift) {
	case 12:
		return RMI_GRANULE_SIZE_4KB;
	case 14:
		return RMI_GRANULE_SIZE_16KB;
	default:
		return RMI_GRANULE_SIZE_64KB;
	}
}

/* An RMM that is active already cannot be configured: it must have the granule size we want. */
static int check_config(struct host_thread *self, struct rmi_error *err, pa_t pa,
                        const struct rmi_rmm_config *config)
{
	struct smccc_regs regs = {{SMC_RMI_RMM_CONFIG_GET, pa}};
	uint64_t x0 = host_call(self, &regs);

	if (rmi_status(x0) != RMI_SUCCESS)
		return refuse_result(self, err, SMC_RMI_RMM_CONFIG_GET, x0);
	if (config->rmi_granule_size != granule_encoding(self->host))
		return refuse(err, -ENXIO, "the RMM is active with granule size %d, %d is wanted",
		              config->rmi_granule_size, (int)granule_encoding(self->host));
	return 0;
}

static int activate(struct host_thread *self, struct rmi_error *err)
{
	struct smccc_regs regs = {{SMC_RMI_RMM_ACTIVATE}};
	struct sro sro;
	int ret = host_sro_init(self, &sro, 0);

	if (ret != 0)
		return refuse(err, ret, "%s", self->error);
	ret = host_sro_call_memory(self, &sro, &regs);
	host_sro_fini(self, &sro);
	if (ret != 0)
		return refuse(err, ret, "RMI_RMM_ACTIVATE: %s", self->error);
	if (rmi_status(regs.x[0]) != RMI_SUCCESS)
		return refuse_result(self, err, SMC_RMI_RMM_ACTIVATE, regs.x[0]);
	self->host->activated = true;
	return 0;
}

static int configure(struct host_thread *self, struct rmi_error *err)
{
	struct rmi_rmm_config *config;
	struct smccc_regs regs;
	void *va;
	pa_t pa = host_alloc_zeroed(self, 0, &va);
	uint64_t x0;
	int ret = 0;

	if (pa == PHYS_NONE)
		return refuse(err, -ENOMEM, "%s", self->error);
	config = va;
	config->rmi_granule_size = (uint8_t)granule_encoding(self->host);
	regs = (struct smccc_regs){{SMC_RMI_RMM_CONFIG_SET, pa}};
	x0 = host_call(self, &regs);
	if (rmi_status(x0) == RMI_ERROR_GLOBAL) {
		ret = check_config(self, err, pa, config);
	} else if (rmi_status(x0) != RMI_SUCCESS) {
		refuse_result(self, err, SMC_RMI_RMM_CONFIG_SET, x0);
		ret = -EINVAL;
	}
	host_free_pages(self, pa, host_page_size(self->host));
	if (ret == 0 && rmi_status(x0) == RMI_SUCCESS)
		ret = activate(self, err);
	return ret;
}

/* Bytes of a tracking region of the size that is configured (B4.6.78, encoding 0). */
static uint64_t region_size(const struct host *host)
{
	switch (host->gshift) {
	case 12:
		return UINT64_C(1) << 30;
	case 14:
		return UINT64_C(1) << 25;
	default:
		return UINT64_C(1) << 29;
	}
}

/* Memory may begin and end anywhere in a region; it is the region that has a state. */
static int check_tracking(struct host_thread *self, struct rmi_error *err)
{
	const struct phys *phys = &self->host->phys;
	const uint64_t size = region_size(self->host);
	const pa_t top = phys->base + (phys->num_pages << phys->gshift);

	for (pa_t pa = phys->base & ~(size - 1); pa < top; pa += size) {
		struct smccc_regs regs = {{SMC_RMI_GRANULE_TRACKING_GET, pa}};
		uint64_t x0 = host_call(self, &regs);

		if (rmi_status(x0) != RMI_SUCCESS) {
			refuse_result(self, err, SMC_RMI_GRANULE_TRACKING_GET, x0);
			return -ENOMEM;
		}
		if (regs.x[1] != RMI_MEM_CATEGORY_CONVENTIONAL || regs.x[2] != RMI_TRACKING_FINE)
			return refuse(err, -ENODEV,
			              "memory at %#" PRIx64 " has category %" PRIu64
			              " and tracking state %" PRIu64
			              "; it must be conventional and tracked finely",
			              pa, regs.x[1], regs.x[2]);
	}
	return 0;
}

/* From 2.0-bet3 on the RMM says who manages the GPT; an RMM that does not say is trusted. */
static int check_gpt(struct host_thread *self, struct rmi_error *err)
{
	const struct phys *phys = &self->host->phys;
	const pa_t top = phys->base + (phys->num_pages << phys->gshift);
	pa_t pa = phys->base;

	if (rmi_revision(self->host->rmi) == RMI_REVISION_2_0_BET1)
		return 0;
	while (pa < top) {
		struct smccc_regs regs = {{SMC_RMI_GPT_INFO, pa, top}};
		uint64_t x0 = host_call(self, &regs);

		if (is_unknown(x0))
			return 0;
		if (rmi_status(x0) != RMI_SUCCESS || regs.x[1] <= pa) {
			refuse_result(self, err, SMC_RMI_GPT_INFO, x0);
			return -ENOMEM;
		}
		if (regs.x[2] != RMI_GPT_PLATFORM_MANAGED)
			return refuse(err, -ENODEV,
			              "the GPT at %#" PRIx64 " is in state %" PRIu64
			              ", not managed by the platform",
			              pa, regs.x[2]);
		pa = regs.x[1];
	}
	return 0;
}

int host_bringup(struct host_thread *self, struct rmi_error *err, unsigned granule_size)
{
	int ret = check_version(self, err);

	if (ret == 0)
		ret = read_features(self, err, granule_size);
	if (ret == 0)
		ret = take_memory(self, err);
	if (ret != 0)
		return ret;
	ret = configure(self, err);
	if (ret == 0)
		ret = check_tracking(self, err);
	if (ret == 0)
		ret = check_gpt(self, err);
	if (ret == 0 && !self->host->features.hash[RMI_HASH_SHA_256])
		ret = refuse(err, -ENXIO, "the RMM does not support SHA-256");
	if (ret != 0) {
		host_shutdown_rmm(self);
		host_phys_fini(&self->host->phys);
	}
	return ret;
}

void host_shutdown_rmm(struct host_thread *self)
{
	struct smccc_regs regs = {{SMC_RMI_RMM_DEACTIVATE}};
	struct sro sro;

	if (!self->host->activated || rmi_revision(self->host->rmi) == RMI_REVISION_2_0_BET1)
		return;
	if (host_sro_init(self, &sro, 0) != 0)
		return;
	if (host_sro_call_memory(self, &sro, &regs) == 0 && rmi_status(regs.x[0]) == RMI_SUCCESS)
		self->host->activated = false;
	host_sro_fini(self, &sro);
}
