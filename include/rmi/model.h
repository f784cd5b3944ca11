/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file model.h
 * The software RMM behind a connection, for programs that test with it.
 */
#ifndef RMI_MODEL_H
#define RMI_MODEL_H

#include <rmi/rmi.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rmm;

/**
 * The software RMM behind a connection, through all layers; see rmm/model.h.
 *
 * @return the RMM, which belongs to the connection; NULL when the backend is another one
 */
struct rmm *rmi_model(struct rmi *rmi);

#ifdef __cplusplus
}
#endif

#endif
