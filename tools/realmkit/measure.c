/* SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <rmi/abi/measurement.h>
#include <rmi/layer.h>

#include "measure.h"
#include "tool.h"

/*
 * A command that changes the measurement when it succeeds, which may be later: then its handle
 * names it. The Host may use the memory that it points to again as soon as the call returns, so
 * everything is read before.
 */
struct step {
	uint32_t fid; /* 0: nothing to do. */
	bool pending;
	uint64_t handle;
	uint64_t rd;
	uint64_t ipa;
	uint64_t flags;
	enum rmi_hash_algorithm hash; /* REALM_CREATE */
	bool runnable;                /* REC_CREATE */
	uint8_t content[RMM_REALM_MEASUREMENT_SIZE];
};

/* Operations that are remembered while they are incomplete. */
#define MAX_STEPS 16

struct measure {
	struct rmi_backend backend;
	pthread_mutex_t lock;
	/* Under lock. */
	bool known;
	uint64_t rd;
	enum rmi_hash_algorithm hash;
	size_t granule_size;
	uint8_t rim[RMM_REALM_MEASUREMENT_SIZE];
	struct step pending[MAX_STEPS];
	uint64_t data_ns; /* Spent here in calls of RTT_DATA_MAP_INIT, most of it on hashes. */
	uint64_t rec_ns;  /* The same for REC_CREATE. */
};

static const EVP_MD *algorithm(enum rmi_hash_algorithm hash)
{
	switch (hash) {
	case RMI_HASH_SHA_256:
		return EVP_sha256();
	case RMI_HASH_SHA_384:
		return EVP_sha384();
	case RMI_HASH_SHA_512:
		return EVP_sha512();
	}
	return NULL;
}

/* H(data), followed by zeros up to the size of a measurement. */
static bool digest(enum rmi_hash_algorithm hash, const void *data, size_t size,
                   uint8_t out[RMM_REALM_MEASUREMENT_SIZE])
{
	const EVP_MD *md = algorithm(hash);

	memset(out, 0, RMM_REALM_MEASUREMENT_SIZE);
	return md != NULL && EVP_Digest(data, size, out, NULL, md, NULL) == 1;
}

static const void *memory_at(const struct measure *measure, uint64_t pa, size_t size)
{
	const struct rmi_memory *memory = &measure->backend.memory;
	uint64_t offset = pa - memory->base;

	if (pa < memory->base || offset > memory->size || memory->size - offset < size)
		return NULL;
	return (const unsigned char *)memory->host + offset;
}

/* Reads what a call will measure if it succeeds. Leaves step->fid 0 when that is nothing. */
static void read_create(const struct measure *measure, const struct smccc_regs *in,
                        struct step *step)
{
	const struct rmi_realm_params *params = memory_at(measure, in->x[2], sizeof(*params));

	if (params == NULL)
		return;
	step->fid = SMC_RMI_REALM_CREATE;
	step->hash = (enum rmi_hash_algorithm)params->hash_algo;
}

static void read_data(const struct measure *measure, const struct smccc_regs *in, struct step *step)
{
	const void *page = memory_at(measure, in->x[4], measure->granule_size);

	step->ipa = in->x[3];
	step->flags = in->x[5];
	if ((step->flags & RMI_DATA_FLAGS_MEASURE) &&
	    (page == NULL || !digest(measure->hash, page, measure->granule_size, step->content)))
		return;
	step->fid = SMC_RMI_RTT_DATA_MAP_INIT;
}

static void read_rec(const struct measure *measure, const struct smccc_regs *in, struct step *step)
{
	const struct rmi_rec_params *params = memory_at(measure, in->x[3], sizeof(*params));
	struct rmi_rec_params measured;

	if (params == NULL)
		return;
	/* B3.112: flags, pc and gprs only. */
	memset(&measured, 0, sizeof(measured));
	measured.flags = params->flags;
	measured.pc = params->pc;
	memcpy(measured.gprs, params->gprs, sizeof(measured.gprs));
	step->runnable = params->flags & RMI_REC_CREATE_FLAGS_RUNNABLE;
	if (digest(measure->hash, &measured, sizeof(measured), step->content))
		step->fid = SMC_RMI_REC_CREATE;
}

static struct step read_step(const struct measure *measure, const struct smccc_regs *in)
{
	struct step step = {.fid = 0, .rd = in->x[1]};

	switch ((uint32_t)in->x[0]) {
	case SMC_RMI_REALM_CREATE:
		read_create(measure, in, &step);
		break;
	case SMC_RMI_RTT_DATA_MAP_INIT:
		read_data(measure, in, &step);
		break;
	case SMC_RMI_REC_CREATE:
		read_rec(measure, in, &step);
		break;
	default:
		break;
	}
	return step;
}

/* Does to the measurement what the command did. */
static void apply(struct measure *measure, const struct step *step)
{
	if (step->fid == SMC_RMI_REALM_CREATE) {
		memset(measure->rim, 0, sizeof(measure->rim));
		measure->rd = step->rd;
		measure->hash = step->hash;
		measure->known = true;
	}
	if (!measure->known || step->rd != measure->rd)
		return;
	if (step->fid == SMC_RMI_RTT_DATA_MAP_INIT) {
		struct rmm_measurement_descriptor_data desc = {
		        .len = sizeof(desc), .ipa = step->ipa, .flags = step->flags};

		memcpy(desc.rim, measure->rim, sizeof(desc.rim));
		memcpy(desc.content, step->content, sizeof(desc.content));
		measure->known = digest(measure->hash, &desc, sizeof(desc), measure->rim);
	} else if (step->fid == SMC_RMI_REC_CREATE && step->runnable) {
		struct rmm_measurement_descriptor_rec desc = {
		        .desc_type = RMM_MEASURE_DESC_TYPE_REC, .len = sizeof(desc)};

		memcpy(desc.rim, measure->rim, sizeof(desc.rim));
		memcpy(desc.content, step->content, sizeof(desc.content));
		measure->known = digest(measure->hash, &desc, sizeof(desc), measure->rim);
	}
}

static void keep_pending(struct measure *measure, const struct step *step, uint64_t handle)
{
	for (unsigned i = 0; i < MAX_STEPS; i++) {
		if (measure->pending[i].pending)
			continue;
		measure->pending[i] = *step;
		measure->pending[i].pending = true;
		measure->pending[i].handle = handle;
		return;
	}
	/* A step that cannot be followed makes the result wrong; better none. */
	measure->known = false;
}

static void finish_pending(struct measure *measure, uint64_t handle, uint64_t x0)
{
	for (unsigned i = 0; i < MAX_STEPS; i++) {
		struct step *step = &measure->pending[i];

		if (!step->pending || step->handle != handle)
			continue;
		step->pending = false;
		if (rmi_status(x0) == RMI_SUCCESS)
			apply(measure, step);
		return;
	}
}

static void note_granule_size(struct measure *measure, const struct smccc_regs *in)
{
	const struct rmi_rmm_config *config = memory_at(measure, in->x[1], sizeof(*config));

	if (config != NULL && config->rmi_granule_size <= RMI_GRANULE_SIZE_64KB)
		measure->granule_size = (size_t)4096 << (2 * config->rmi_granule_size);
}

static bool is_watched(uint32_t fid)
{
	switch (fid) {
	case SMC_RMI_REALM_CREATE:
	case SMC_RMI_RTT_DATA_MAP_INIT:
	case SMC_RMI_REC_CREATE:
	case SMC_RMI_OP_CONTINUE:
	case SMC_RMI_OP_CANCEL:
	case SMC_RMI_RMM_CONFIG_SET:
	case SMC_RMI_RMM_CONFIG_GET:
		return true;
	default:
		return false;
	}
}

static void after_call(struct measure *measure, const struct step *step,
                       const struct smccc_regs *in, const struct smccc_regs *out)
{
	enum rmi_status_code status = rmi_status(out->x[0]);
	uint32_t fid = (uint32_t)in->x[0];

	if (fid == SMC_RMI_RMM_CONFIG_SET || fid == SMC_RMI_RMM_CONFIG_GET) {
		if (status == RMI_SUCCESS)
			note_granule_size(measure, in);
	} else if (fid == SMC_RMI_OP_CONTINUE || fid == SMC_RMI_OP_CANCEL) {
		if (status != RMI_INCOMPLETE && status != RMI_BUSY)
			finish_pending(measure, in->x[1],
			               fid == SMC_RMI_OP_CONTINUE ? out->x[0] : RMI_ERROR_INPUT);
	} else if (step->fid != 0 && status == RMI_SUCCESS) {
		apply(measure, step);
	} else if (step->fid != 0 && status == RMI_INCOMPLETE) {
		keep_pending(measure, step, out->x[1]);
	}
}

static void measure_call(struct rmi_backend *backend, unsigned pe, struct smccc_regs *regs)
{
	struct measure *measure = (struct measure *)backend;
	struct smccc_regs in = *regs;
	uint64_t begun, called, returned;
	struct step step;

	if (!is_watched((uint32_t)in.x[0])) {
		backend->below->ops->call(backend->below, pe, regs);
		return;
	}
	/* Building a realm is serial work; the lock keeps the order of two calls and their results.
	 */
	(void)pthread_mutex_lock(&measure->lock);
	begun = tool_now_ns();
	step = read_step(measure, &in);
	called = tool_now_ns();
	backend->below->ops->call(backend->below, pe, regs);
	returned = tool_now_ns();
	after_call(measure, &step, &in, regs);
	if ((uint32_t)in.x[0] == SMC_RMI_RTT_DATA_MAP_INIT)
		measure->data_ns += called - begun + tool_now_ns() - returned;
	else if ((uint32_t)in.x[0] == SMC_RMI_REC_CREATE)
		measure->rec_ns += called - begun + tool_now_ns() - returned;
	(void)pthread_mutex_unlock(&measure->lock);
}

static void measure_kick(struct rmi_backend *backend, unsigned pe)
{
	backend->below->ops->kick(backend->below, pe);
}

static struct rmi_ich *measure_ich(struct rmi_backend *backend, unsigned pe)
{
	return backend->below->ops->ich(backend->below, pe);
}

static bool measure_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                                 const char **state)
{
	struct rmi_backend *below = backend->below;

	return below->ops->granule_next != NULL && below->ops->granule_next(below, from, pa, state);
}

static void measure_close(struct rmi_backend *backend)
{
	struct measure *measure = (struct measure *)backend;

	backend->below->ops->close(backend->below);
	(void)pthread_mutex_destroy(&measure->lock);
	free(measure);
}

struct measure *measure_attach(struct rmi *rmi, struct rmi_error *err)
{
	static const struct rmi_backend_ops ops = {
	        .call = measure_call,
	        .kick = measure_kick,
	        .ich = measure_ich,
	        .granule_next = measure_granule_next,
	        .close = measure_close,
	};
	struct measure *measure = calloc(1, sizeof(*measure));
	struct rmi_backend *below = rmi_top_backend(rmi);

	if (measure == NULL) {
		(void)snprintf(err->text, sizeof(err->text), "out of memory");
		return NULL;
	}
	measure->backend = *below;
	measure->backend.ops = &ops;
	measure->backend.below = below;
	measure->granule_size = 4096;
	(void)pthread_mutex_init(&measure->lock, NULL);
	rmi_push_layer(rmi, &measure->backend);
	return measure;
}

size_t measure_rim(struct measure *measure, uint8_t rim[RMM_REALM_MEASUREMENT_SIZE])
{
	size_t size = 0;

	(void)pthread_mutex_lock(&measure->lock);
	if (measure->known)
		size = (size_t)EVP_MD_get_size(algorithm(measure->hash));
	memcpy(rim, measure->rim, RMM_REALM_MEASUREMENT_SIZE);
	(void)pthread_mutex_unlock(&measure->lock);
	return size;
}

uint64_t measure_overhead_ns(struct measure *measure, uint32_t fid)
{
	uint64_t ns = 0;

	(void)pthread_mutex_lock(&measure->lock);
	if (fid == SMC_RMI_RTT_DATA_MAP_INIT)
		ns = measure->data_ns;
	else if (fid == SMC_RMI_REC_CREATE)
		ns = measure->rec_ns;
	(void)pthread_mutex_unlock(&measure->lock);
	return ns;
}
