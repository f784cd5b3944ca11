/* SPDX-License-Identifier: BSD-3-Clause */
/* Realms with planes that share one tree of RTTs. Plane 0 makes the calls that the test wants. */
#ifndef CONFORMANCE_PLANE_H
#define CONFORMANCE_PLANE_H

#include "suite.h"

/** What these tests need of the software RMM. */
#define PLANE_CONF   "planes=3"
/** Auxiliary planes of the Realm. */
#define PLANE_COUNT  2u
/** The overlay index of what plane 1 may use. */
#define PLANE_INDEX  UINT64_C(1)

/** Registers that plane 1 is entered with. */
#define PLANE_GPR(i) (UINT64_C(0x7700) + (i))
#define PLANE_ELR    UINT64_C(0x1122334455667788)

/** What plane 1 executes: one instruction, and then HVC #0. */
enum plane_code {
	PLANE_HVC,
	PLANE_SMC,
	PLANE_WFI,
	PLANE_LOAD,       /**< LDR X0, [X1] */
	PLANE_STORE,      /**< STR X0, [X1] */
	PLANE_FETCH,      /**< BLR X1 */
	PLANE_LOAD_PAIR,  /**< LDP X0, X2, [X1] */
	PLANE_STORE_PAIR, /**< STP X0, X0, [X1] */
};

/** Creates the Realm, loads it and adds the REC that makes calls; REALM_NEW. */
void plane_realm(struct world *w);

/**
 * Activates the Realm, lets plane 1 use its code and prepares RsiPlaneRun: to run some code at EL1
 * with PLANE_GPR(), no flags.
 */
void plane_begin(struct world *w, enum plane_code code);

/** IPA of RsiPlaneRun, and of what plane 1 executes. */
uint64_t plane_run_ipa(const struct world *w);
uint64_t plane_code_ipa(const struct world *w, enum plane_code code);

/** Writes to RsiPlaneEnter, reads from RsiPlaneExit. @param offset of a member */
void plane_poke_enter(struct world *w, size_t offset, uint64_t value);
uint64_t plane_peek_exit(struct world *w, size_t offset);

/** Plane 0 gives a page the overlay index PLANE_INDEX. */
void plane_permit(struct world *w, uint64_t ipa);

/** The Host grants the S2AP change that w->rec asks for. */
void plane_grant_index(struct world *w);

#endif
