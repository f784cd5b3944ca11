/* SPDX-License-Identifier: BSD-3-Clause */
/* Realms with planes that share one tree of RTTs. */
#ifndef CONFORMANCE_PLANE_H
#define CONFORMANCE_PLANE_H

#include "suite.h"

/** What these tests need of the software RMM. */
#define PLANE_CONF  "planes=3"
/** Auxiliary planes of the Realm. */
#define PLANE_COUNT 2u

/** Creates the Realm, loads it and adds the REC that makes calls; REALM_NEW. */
void plane_realm(struct world *w);

/** The Host grants the S2AP change that w->rec asks for. */
void plane_grant_index(struct world *w);

#endif
