/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file layer.h
 * Layers of one's own on top of a connection, to see or change the calls that are made through it.
 *
 * A layer is a struct rmi_backend (rmi/backend.h) that starts out as a copy of the one below, has
 * its own operations, and hands on what it does not want to keep:
 *
 *     struct rmi_backend *below = rmi_top_backend(rmi);
 *
 *     layer->backend = *below;
 *     layer->backend.ops = &my_ops;
 *     layer->backend.below = below;
 *     rmi_push_layer(rmi, &layer->backend);
 */
#ifndef RMI_LAYER_H
#define RMI_LAYER_H

#include <rmi/backend.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The uppermost layer of a connection; the backend itself when there is no layer. */
struct rmi_backend *rmi_top_backend(const struct rmi *rmi);

/**
 * Puts a layer on top of a connection. No call may be running.
 *
 * @param layer leads to rmi_top_backend() by its member below. The connection owns it from now on:
 *              rmi_close() calls its close(), which closes what is below as well.
 */
void rmi_push_layer(struct rmi *rmi, struct rmi_backend *layer);

#ifdef __cplusplus
}
#endif

#endif
