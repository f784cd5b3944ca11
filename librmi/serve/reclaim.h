/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking back what a client has left behind. */
#ifndef LIBRMI_SERVE_RECLAIM_H
#define LIBRMI_SERVE_RECLAIM_H

#include <rmi/reclaim.h>

#include "serve/dispatch.h"

/*
 * Takes everything down that was built from granules of an owner, and undelegates them; as
 * rmi_reclaim() does. What others use stays, and is nobody's from then on.
 * pe: one that nobody makes calls on
 */
void serve_reclaim(struct serve_dispatch *d, unsigned pe, unsigned owner,
                   struct rmi_reclaimed *result);

#endif
