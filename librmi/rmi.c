/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections: opening and closing them, their PEs and their memory. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf.h"
#include "internal.h"

struct rmi_pe {
	struct rmi *rmi;
	unsigned index;
};

struct rmi {
	struct rmi_backend *backend; /* The uppermost layer. */
	struct rmi_pe pes[];
};

static const struct rmi_backend_type *const backend_types[] = {
        &rmi_backend_model,
        &rmi_backend_remote,
        &rmi_backend_plugin,
        &rmi_backend_smc,
};

#define NUM_BACKEND_TYPES (sizeof(backend_types) / sizeof(backend_types[0]))

static const struct rmi_backend_type *find_backend_type(const char *name, size_t length,
                                                        struct rmi_error *err)
{
	const char *names[NUM_BACKEND_TYPES];
	char known[256];

	for (size_t i = 0; i < NUM_BACKEND_TYPES; i++) {
		names[i] = backend_types[i]->name;
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return backend_types[i];
	}
	rmi_conf_known(known, sizeof(known), name, length, names, NUM_BACKEND_TYPES);
	rmi_error_set(err, "unknown backend \"%.*s\" (%s)", length < 64 ? (int)length : 64, name,
	              known);
	return NULL;
}

struct rmi *rmi_open_backend(struct rmi_backend *backend, struct rmi_error *err)
{
	struct rmi_backend *top = rmi_trace_from_environment(backend, getenv("RMI_TRACE"), err);
	struct rmi *rmi;

	if (top == NULL)
		goto close_backend;
	backend = top;
	rmi = malloc(sizeof(*rmi) + backend->num_pes * sizeof(rmi->pes[0]));
	if (rmi == NULL) {
		rmi_error_set(err, "%s: out of memory", backend->name);
		goto close_backend;
	}
	rmi->backend = backend;
	for (unsigned i = 0; i < backend->num_pes; i++)
		rmi->pes[i] = (struct rmi_pe){.rmi = rmi, .index = i};
	return rmi;

close_backend:
	backend->ops->close(backend);
	return NULL;
}

struct rmi *rmi_open(const char *conf, struct rmi_error *err)
{
	const struct rmi_backend_type *type;
	struct rmi_backend *backend;
	size_t name_length;

	if (conf == NULL)
		conf = getenv("RMI_BACKEND");
	if (conf == NULL || conf[0] == '\0')
		conf = "model";
	name_length = strcspn(conf, ":");
	type = find_backend_type(conf, name_length, err);
	if (type == NULL)
		return NULL;
	conf += name_length;
	if (*conf == ':')
		conf++;
	backend = type->open(conf, err);
	if (backend == NULL)
		return NULL;
	return rmi_open_backend(backend, err);
}

struct rmi *rmi_open_fmt(struct rmi_error *err, const char *fmt, ...)
{
	struct rmi *rmi = NULL;
	char *conf;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vasprintf(&conf, fmt, args);
	va_end(args);
	if (length < 0) {
		rmi_error_set(err, "out of memory");
		return NULL;
	}
	rmi = rmi_open(conf, err);
	free(conf);
	return rmi;
}

void rmi_close(struct rmi *rmi)
{
	if (rmi == NULL)
		return;
	rmi->backend->ops->close(rmi->backend);
	free(rmi);
}

struct rmi_backend *rmi_top_backend(const struct rmi *rmi)
{
	return rmi->backend;
}

void rmi_push_layer(struct rmi *rmi, struct rmi_backend *layer)
{
	rmi->backend = layer;
}

const char *rmi_backend_name(const struct rmi *rmi)
{
	return rmi->backend->name;
}

enum rmi_revision rmi_revision(const struct rmi *rmi)
{
	return rmi->backend->revision;
}

const char *rmi_revision_name(enum rmi_revision rev)
{
	switch (rev) {
	case RMI_REVISION_2_0_BET1:
		return "2.0-bet1";
	case RMI_REVISION_2_0_BET3:
		return "2.0-bet3";
	}
	return "unknown";
}

unsigned rmi_num_pes(const struct rmi *rmi)
{
	return rmi->backend->num_pes;
}

struct rmi_pe *rmi_pe(struct rmi *rmi, unsigned index)
{
	return index < rmi->backend->num_pes ? &rmi->pes[index] : NULL;
}

struct rmi *rmi_pe_rmi(const struct rmi_pe *pe)
{
	return pe->rmi;
}

unsigned rmi_pe_index(const struct rmi_pe *pe)
{
	return pe->index;
}

struct rmi_ich *rmi_pe_ich(struct rmi_pe *pe)
{
	struct rmi_backend *backend = pe->rmi->backend;

	return backend->ops->ich(backend, pe->index);
}

uint64_t rmi_pe_counter(struct rmi_pe *pe)
{
	struct timespec now;

	for (struct rmi_backend *be = pe->rmi->backend; be != NULL; be = be->below) {
		if (be->ops->counter != NULL)
			return be->ops->counter(be, pe->index);
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * RMI_COUNTER_HZ + (uint64_t)now.tv_nsec;
}

uint64_t rmi_call(struct rmi_pe *pe, struct smccc_regs *regs)
{
	struct rmi_backend *backend = pe->rmi->backend;

	backend->ops->call(backend, pe->index, regs);
	return regs->x[0];
}

void rmi_pe_kick(struct rmi_pe *pe)
{
	struct rmi_backend *backend = pe->rmi->backend;

	backend->ops->kick(backend, pe->index);
}

struct rmi_memory rmi_memory(const struct rmi *rmi)
{
	return rmi->backend->memory;
}

void *rmi_pa_to_va(const struct rmi *rmi, uint64_t pa, uint64_t size)
{
	const struct rmi_memory *memory = &rmi->backend->memory;

	if (pa < memory->base || pa - memory->base > memory->size ||
	    size > memory->size - (pa - memory->base))
		return NULL;
	return (unsigned char *)memory->host + (pa - memory->base);
}

uint64_t rmi_va_to_pa(const struct rmi *rmi, const void *va)
{
	const struct rmi_memory *memory = &rmi->backend->memory;
	uintptr_t offset = (uintptr_t)va - (uintptr_t)memory->host;

	return offset < memory->size ? memory->base + offset : UINT64_MAX;
}

bool rmi_next_held_granule(struct rmi *rmi, uint64_t from, uint64_t *pa, const char **state)
{
	struct rmi_backend *backend = rmi->backend;

	if (backend->ops->granule_next == NULL)
		return false;
	return backend->ops->granule_next(backend, from, pa, state);
}

uint64_t rmi_backend_granule_size(struct rmi_backend *backend)
{
	for (; backend != NULL; backend = backend->below) {
		if (backend->ops->granule_size != NULL)
			return backend->ops->granule_size(backend);
	}
	return 0;
}

uint64_t rmi_granule_size(struct rmi *rmi)
{
	return rmi_backend_granule_size(rmi->backend);
}

bool rmi_backend_operation(struct rmi_backend *backend, unsigned index, uint64_t *handle)
{
	for (; backend != NULL; backend = backend->below) {
		if (backend->ops->operation != NULL)
			return backend->ops->operation(backend, index, handle);
	}
	return false;
}

bool rmi_open_operation(struct rmi *rmi, unsigned index, uint64_t *handle)
{
	return rmi_backend_operation(rmi->backend, index, handle);
}

uint64_t rmi_audit(struct rmi *rmi, FILE *out)
{
	uint64_t from = 0, pa, held = 0;
	const char *state;

	while (rmi_next_held_granule(rmi, from, &pa, &state)) {
		held++;
		if (out != NULL)
			(void)fprintf(out, "granule 0x%" PRIx64 " is %s\n", pa, state);
		if (pa == UINT64_MAX)
			break;
		/* The backend rounds up to its granule size, whichever that is. */
		from = pa + 1;
	}
	return held;
}
