/* SPDX-License-Identifier: BSD-3-Clause */
/* The trace layer. */

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rmi/format.h>
#include <rmi/trace.h>

#include "internal.h"

/* Operations that are remembered. One more is traced without the outputs of its command. */
#define MAX_OPERATIONS 64

/* An operation that is not finished, and the call that began it. */
struct operation {
	bool used;
	uint64_t handle;
	struct smccc_regs origin;
};

struct trace {
	struct rmi_backend backend;
	FILE *out;
	bool own_out;
	atomic_uint gshift; /* log2 of the granule size that the RMM was last seen to have. */
	pthread_mutex_t lock;
	struct operation operations[MAX_OPERATIONS]; /* Under lock, as the writing of a line. */
};

static struct trace *to_trace(struct rmi_backend *backend)
{
	return (struct trace *)backend;
}

static struct operation *find_operation(struct trace *trace, bool used, uint64_t handle)
{
	for (unsigned i = 0; i < MAX_OPERATIONS; i++) {
		struct operation *op = &trace->operations[i];

		if (op->used == used && (!used || op->handle == handle))
			return op;
	}
	return NULL;
}

/* Remembers an operation that a call has begun. */
static void operation_begun(struct trace *trace, const struct smccc_regs *in,
                            const struct smccc_regs *out)
{
	struct operation *op;

	(void)pthread_mutex_lock(&trace->lock);
	op = find_operation(trace, true, out->x[1]);
	if (op == NULL)
		op = find_operation(trace, false, 0);
	if (op != NULL)
		*op = (struct operation){.used = true, .handle = out->x[1], .origin = *in};
	(void)pthread_mutex_unlock(&trace->lock);
}

/* Looks up the operation that RMI_OP_CONTINUE names, and forgets it when this call ends it. */
static bool operation_continued(struct trace *trace, uint64_t handle, uint64_t x0,
                                struct smccc_regs *origin)
{
	bool ended = rmi_status(x0) != RMI_INCOMPLETE && rmi_status(x0) != RMI_BUSY;
	struct operation *op;

	(void)pthread_mutex_lock(&trace->lock);
	op = find_operation(trace, true, handle);
	if (op != NULL) {
		*origin = op->origin;
		op->used = !ended;
	}
	(void)pthread_mutex_unlock(&trace->lock);
	return op != NULL;
}

/* The granule size decides how descriptors are read; the Host chooses it (B4.5.54). */
static void note_config(struct trace *trace, uint64_t cfg_ptr)
{
	static const unsigned shifts[] = {
	        [RMI_GRANULE_SIZE_4KB] = 12,
	        [RMI_GRANULE_SIZE_16KB] = 14,
	        [RMI_GRANULE_SIZE_64KB] = 16,
	};
	const struct rmi_memory *memory = &trace->backend.memory;
	uint64_t offset = cfg_ptr - memory->base;
	struct rmi_rmm_config config;

	if (cfg_ptr < memory->base || offset > memory->size ||
	    memory->size - offset < sizeof(config))
		return;
	memcpy(&config, (const unsigned char *)memory->host + offset, sizeof(config));
	if (config.rmi_granule_size < sizeof(shifts) / sizeof(shifts[0]))
		atomic_store_explicit(&trace->gshift, shifts[config.rmi_granule_size],
		                      memory_order_relaxed);
}

static void write_line(struct trace *trace, unsigned pe, const struct smccc_regs *in,
                       const struct smccc_regs *out, const struct smccc_regs *origin,
                       double microseconds)
{
	struct rmi_format how = {
	        .revision = trace->backend.revision,
	        .gshift = atomic_load_explicit(&trace->gshift, memory_order_relaxed),
	        .memory = trace->backend.memory,
	};
	char line[RMI_FORMAT_CALL_SIZE + 64], call[RMI_FORMAT_CALL_SIZE];
	int length;

	rmi_format_call(call, sizeof(call), &how, in, out, origin);
	length = snprintf(line, sizeof(line), "[pe%u] %s   %.2f us\n", pe, call, microseconds);
	if (length <= 0)
		return;
	/* The stream's lock keeps other users of it out; ThreadSanitizer does not know that one. */
	(void)pthread_mutex_lock(&trace->lock);
	flockfile(trace->out);
	(void)fwrite_unlocked(line, 1, (size_t)length, trace->out);
	(void)fflush_unlocked(trace->out);
	funlockfile(trace->out);
	(void)pthread_mutex_unlock(&trace->lock);
}

static double microseconds_between(struct timespec from, struct timespec to)
{
	return (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
}

static void trace_call(struct rmi_backend *backend, unsigned pe, struct smccc_regs *regs)
{
	struct trace *trace = to_trace(backend);
	struct smccc_regs in = *regs, origin;
	uint32_t fid = (uint32_t)in.x[0];
	bool continued = false;
	struct timespec from, to;

	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	backend->below->ops->call(backend->below, pe, regs);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);

	if (fid == SMC_RMI_OP_CONTINUE)
		continued = operation_continued(trace, in.x[1], regs->x[0], &origin);
	else if (rmi_status(regs->x[0]) == RMI_INCOMPLETE && fid != SMC_RMI_OP_MEM_DONATE &&
	         fid != SMC_RMI_OP_MEM_RECLAIM && fid != SMC_RMI_OP_CANCEL)
		operation_begun(trace, &in, regs);
	if ((fid == SMC_RMI_RMM_CONFIG_SET || fid == SMC_RMI_RMM_CONFIG_GET) &&
	    regs->x[0] == RMI_SUCCESS)
		note_config(trace, in.x[1]);
	write_line(trace, pe, &in, regs, continued ? &origin : NULL,
	           microseconds_between(from, to));
}

static void trace_kick(struct rmi_backend *backend, unsigned pe)
{
	backend->below->ops->kick(backend->below, pe);
}

static struct rmi_ich *trace_ich(struct rmi_backend *backend, unsigned pe)
{
	return backend->below->ops->ich(backend->below, pe);
}

static bool trace_granule_next(struct rmi_backend *backend, uint64_t from, uint64_t *pa,
                               const char **state)
{
	struct rmi_backend *below = backend->below;

	return below->ops->granule_next != NULL && below->ops->granule_next(below, from, pa, state);
}

static void trace_close(struct rmi_backend *backend)
{
	struct trace *trace = to_trace(backend);

	backend->below->ops->close(backend->below);
	if (trace->own_out)
		(void)fclose(trace->out);
	(void)pthread_mutex_destroy(&trace->lock);
	free(trace);
}

static const struct rmi_backend_ops trace_ops = {
        .call = trace_call,
        .kick = trace_kick,
        .ich = trace_ich,
        .granule_next = trace_granule_next,
        .close = trace_close,
};

struct rmi_backend *rmi_trace_layer(struct rmi_backend *below, FILE *out, bool own,
                                    struct rmi_error *err)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (trace == NULL) {
		rmi_error_set(err, "trace: out of memory");
		return NULL;
	}
	trace->backend = *below;
	trace->backend.ops = &trace_ops;
	trace->backend.below = below;
	trace->out = out;
	trace->own_out = own;
	atomic_init(&trace->gshift, 12);
	(void)pthread_mutex_init(&trace->lock, NULL);
	return &trace->backend;
}

struct rmi_backend *rmi_trace_from_environment(struct rmi_backend *below, const char *value,
                                               struct rmi_error *err)
{
	static const char file_prefix[] = "text:";
	struct rmi_backend *layer;
	const char *path;
	FILE *out;

	if (value == NULL || value[0] == '\0')
		return below;
	if (strcmp(value, "text") == 0)
		return rmi_trace_layer(below, stderr, false, err);
	path = value + sizeof(file_prefix) - 1;
	if (strncmp(value, file_prefix, sizeof(file_prefix) - 1) != 0 || *path == '\0') {
		rmi_error_set(err, "RMI_TRACE=%.64s: neither text nor text:FILE", value);
		return NULL;
	}
	out = fopen(path, "ae");
	if (out == NULL) {
		rmi_error_set(err, "RMI_TRACE=text:%.200s: %m", path);
		return NULL;
	}
	layer = rmi_trace_layer(below, out, true, err);
	if (layer == NULL)
		(void)fclose(out);
	return layer;
}

int rmi_trace_to(struct rmi *rmi, FILE *out, struct rmi_error *err)
{
	struct rmi_backend *layer = rmi_trace_layer(rmi_top_backend(rmi), out, false, err);

	if (layer == NULL)
		return -1;
	rmi_push_layer(rmi, layer);
	return 0;
}
