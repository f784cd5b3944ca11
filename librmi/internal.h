/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of librmi share. */
#ifndef LIBRMI_INTERNAL_H
#define LIBRMI_INTERNAL_H

#include <stdio.h>

#include <rmi/backend.h>
#include <rmi/layer.h>
#include <rmi/rmi.h>

/** Fills in an error, unless err is NULL. A text that is too long is cut off. */
void rmi_error_set(struct rmi_error *err, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

struct rmi_reclaimed;

extern const struct rmi_backend_type rmi_backend_model;
extern const struct rmi_backend_type rmi_backend_plugin;
extern const struct rmi_backend_type rmi_backend_remote;

/** As rmi_granule_size() and rmi_open_operation(), of a layer and what is below it. */
uint64_t rmi_backend_granule_size(struct rmi_backend *backend);
bool rmi_backend_operation(struct rmi_backend *backend, unsigned index, uint64_t *handle);

/** As rmi_reclaim(), of what a layer shows. */
uint64_t rmi_reclaim_backend(struct rmi_backend *backend, unsigned pe, uint64_t list,
                             struct rmi_reclaimed *result);
extern const struct rmi_backend_type rmi_backend_smc;

/**
 * Makes a trace layer.
 *
 * @param own whether the layer closes @p out
 * @return the layer, or NULL with *err filled in; @p below and @p out are left alone then
 */
struct rmi_backend *rmi_trace_layer(struct rmi_backend *below, FILE *out, bool own,
                                    struct rmi_error *err);

/**
 * Puts the layer on top that a value of RMI_TRACE asks for.
 *
 * @param value the variable; NULL or "" when it is not set
 * @return the uppermost layer, or NULL with *err filled in; @p below is left alone then
 */
struct rmi_backend *rmi_trace_from_environment(struct rmi_backend *below, const char *value,
                                               struct rmi_error *err);

#endif
