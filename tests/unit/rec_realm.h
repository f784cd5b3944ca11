/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file rec_realm.h
 * A Realm with one REC that runs a script or a few instructions, for tests of what enters and
 * leaves a REC.
 */
#ifndef TESTS_REC_REALM_H
#define TESTS_REC_REALM_H

#include <stddef.h>
#include <stdint.h>

#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "support/realm.h"

/** RAM of 64 pages of 4 KiB from IPA 0 on. The first two are mapped. */
#define REC_RAM     UINT64_C(0x40000)
/** Where instructions lie, and the exception vectors behind them. */
#define REC_CODE    UINT64_C(0)
#define REC_VECTORS UINT64_C(0x1000)
/** Where scripts start; there is no code. */
#define REC_SCRIPT  UINT64_C(0x30000)

struct rec_realm {
	struct rmi *rmi;
	struct small_realm realm;
	struct rmi_ich *ich;       /**< Of PE 0. */
	struct rmi_rec_enter *run; /**< For the next entry. */
	struct rmi_rec_exit *exit; /**< Of the last one. */
	uint64_t runs[2];          /**< Of a pair: pages with RmiRecRun. */
};

/** A Realm, active, whose REC runs a script. @param conf backend; NULL: "model" */
void rec_open_script(struct rec_realm *r, const char *conf, guest_script *script, void *arg);

/**
 * The same with instructions at EL1h, MMU off, interrupts masked, VBAR_EL1 0.
 * @param gprs X0..X7; NULL: zeros
 */
void rec_open_code(struct rec_realm *r, const char *conf, const uint32_t *insns, size_t count,
                   const uint64_t *gprs);

/** The same with a second REC on the second page. Each REC has a page to be run with. */
void rec_open_pair(struct rec_realm *r, const uint32_t *first, size_t count_first,
                   const uint32_t *second, size_t count_second);

/** Enters a REC of a pair on a PE, from any thread. @return exit_reason */
uint64_t rec_run_one(struct rec_realm *r, unsigned rec, unsigned pe);

/** What is shared about a REC of a pair. */
struct rmi_rec_run *rec_shared(struct rec_realm *r, unsigned rec);

void rec_close(struct rec_realm *r);

/** Enters the REC with ICH_HCR_EL2 as it is; it must succeed. @return exit_reason */
uint64_t rec_run(struct rec_realm *r);

/** The same with the virtual CPU interface on. */
uint64_t rec_run_gic(struct rec_realm *r);

/** A list register with a pending interrupt of Group 1. */
#define LR_PENDING(intid, priority)                                                                \
	((uint64_t)(intid) | (uint64_t)(priority) << 48 | UINT64_C(1) << 60 | UINT64_C(1) << 62)
/** To be removed for Group 0; to be added for a maintenance interrupt at its end. */
#define LR_GROUP1        (UINT64_C(1) << 60)
#define LR_EOI           (UINT64_C(1) << 41)
#define LR_ACTIVE        (UINT64_C(1) << 63)
#define LR_STATE_PENDING (UINT64_C(1) << 62)

/** ICH_VMCR_EL2 with both groups on, lowest priority mask. */
#define VMCR_OPEN        (UINT64_C(0xf8) << 24 | 3)
#define VMCR_VEOIM       (UINT64_C(1) << 9)

#endif
