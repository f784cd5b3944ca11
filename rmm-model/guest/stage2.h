/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What vCPUs have cached of stage 2, and how it is taken from them.
 *
 * A PE that runs guest code may use translations that it looked up before (PE_STAGE2_ACTIVE). A
 * command that takes a mapping away changes the RTT first, then calls stage2_changed(), which
 * returns when no PE can use the old translation any more: each PE that runs the realm either
 * looks nothing up from its cache at the moment or has acknowledged the flush.
 * Vcpus that do not run find out by their epoch when they are entered.
 */
#ifndef RMM_GUEST_STAGE2_H
#define RMM_GUEST_STAGE2_H

#include <stdbool.h>
#include <stdint.h>

#include <rmm/engine.h>

struct rd;
struct rec;
struct rmm;
struct rmm_pe;

/** What an engine may ask of the model. */
extern const struct guest_services stage2_services;

/** Makes translations of a realm unusable. The RD is locked exclusively. */
void stage2_changed(struct rmm *rmm, const struct rd *rd);

/** Makes every translation of every realm unusable. */
void stage2_flush_all(struct rmm *rmm);

/** A REC of a realm begins to run on a PE. The RD is locked, at least shared. */
void stage2_begin(struct rmm_pe *pe, const struct rd *rd);
void stage2_end(struct rmm_pe *pe);

/** PEs that a REC of a realm runs on: none begins while the RD is locked exclusively. */
unsigned stage2_count(struct rmm *rmm, const struct rd *rd);

/** A PE starts to run guest code of its REC. @return whether what it has cached is stale */
bool stage2_enter(struct rmm_pe *pe, uint64_t vcpu);
void stage2_leave(struct rmm_pe *pe);

/** A vCPU on the script engine has made its access and holds no translation any more. */
void stage2_pause(struct guest_vcpu *vcpu);

/** What a stage 2 walk says about an access by a realm. */
enum stage2_outcome {
	STAGE2_OK,           /**< The access works. */
	STAGE2_ABORT,        /**< The REC exits. */
	STAGE2_SEA,          /**< A Synchronous External abort is taken to the realm. */
	STAGE2_PLANE,        /**< A Plane exit: plane 0 is told of the abort (A10.2.3.1). */
	STAGE2_ADDRESS_SIZE, /**< Beyond the IPA space: an Address Size fault for the realm. */
};

/** Result of looking an IPA up. */
struct stage2_lookup {
	enum stage2_outcome outcome;
	unsigned fsc; /**< Fault status code of what is not OK. */
	void *host;   /**< The 4 KiB page. */
	bool writable;
	bool executable;
	bool unprotected; /**< The IPA is Unprotected. */
	bool empty;       /**< RIPAS is EMPTY. */
	unsigned tree;    /**< Tree whose entry made it an abort. */
};

/** Looks an IPA up for a plane, as the tables of DEN0137 A5.3.1 and A10.3 say. The RD is locked, at
 * least shared. */
struct stage2_lookup stage2_look_up(struct rmm *rmm, const struct rd *rd, unsigned plane,
                                    uint64_t ipa, enum guest_access access);

#endif
