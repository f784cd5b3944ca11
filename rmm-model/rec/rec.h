/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RECs (DEN0137 A2.4): Realm Execution Contexts.
 *
 * The REC lives in the granule that the Host donated. A pointer to it exists between rec_lock() and
 * rec_unlock(); while the REC is REC_RUNNING it belongs to the PE that runs it, and others may read
 * its state and nothing else.
 */
#ifndef RMM_REC_REC_H
#define RMM_REC_REC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/layout.h>
#include <rmi/pe.h>
#include <rmm/engine.h>

#include "attest/attest.h"
#include "guest/stage2.h"
#include "sro/sro.h"

struct rd;
struct rmm;
struct rmm_call;
struct rmm_pe;

/** RmmRecState (C2). */
enum rec_state {
	REC_READY,
	REC_RUNNING,
};

/** RmmRecPending (C2). */
enum rec_pending {
	REC_PENDING_NONE,
	REC_PENDING_HOST_CALL,
	REC_PENDING_PSCI,
};

/** Why the REC left the last time, as far as the next entry cares. */
enum rec_last_exit {
	REC_LAST_OTHER,
	REC_LAST_PROTECTED_ABORT,
	REC_LAST_UNPROTECTED_ABORT,
	REC_LAST_RIPAS_CHANGE,
	REC_LAST_S2AP_CHANGE,
	REC_LAST_HOST_CALL,
	REC_LAST_SYSREG_READ,
	REC_LAST_PLANE_EXIT, /**< RsiPlaneRun could not be written. */
};

/** End of the list of RECs of a realm. */
#define REC_LIST_END       UINT64_MAX

/** Engine of a REC that has not run since it was created or turned on. */
#define REC_ENGINE_NONE    UINT32_MAX

/** Most auxiliary planes. */
#define REC_NUM_AUX_PLANES 3

/** What a plane that does not own the GIC has of a virtual CPU interface, besides list registers.
 */
struct rec_gic {
	uint64_t vmcr;
	uint64_t ap0r;
	uint64_t ap1r;
};

/** What is stored of a plane that does not run. */
struct rec_context {
	uint64_t sp_el0;
	uint64_t sp_el1;
	uint64_t sysreg[GUEST_NUM_SYSREGS];
	uint64_t pc; /**< At the last Plane exit. */
	uint32_t engine;
	void *engine_data;
	uint64_t vcpu_id;
	struct rec_gic gic; /**< Of the auxiliary plane, whoever runs. */
	bool timer_told[2]; /**< As in struct rec. */
};

/** A Plane exit on its way to plane 0. */
struct rec_plane_exit {
	uint8_t reason; /**< RsiPlaneExitReason */
	uint64_t esr;
	uint64_t far;
	uint64_t hpfar;
};

/** RmmRec (C2). */
struct rec {
	uint64_t pa;            /**< Of this REC. */
	uint64_t owner;         /**< PA of the RD. */
	uint64_t next;          /**< PA of the next REC of the realm; guarded by the RD. */
	uint64_t mpidr;         /**< RmiRecMpidr */
	_Atomic uint32_t state; /**< enum rec_state. Becomes REC_READY without the lock. */
	bool runnable;          /**< Guarded by the RD. */

	enum rec_pending pending;
	bool emulatable_abort;
	enum rec_last_exit last_exit;
	struct guest_exit last_abort; /**< Of REC_LAST_*_ABORT. */

	/* A RIPAS change that the Realm asked for. */
	uint64_t ripas_addr;
	uint64_t ripas_top;
	enum rmi_ripas ripas_value;
	bool ripas_destroyed;
	bool ripas_reject;

	/* An S2AP change that the Realm asked for; addr and top are 0 after any other exit. */
	uint64_t s2ap_addr;
	uint64_t s2ap_top;
	uint8_t s2ap_overlay_index;
	bool s2ap_reject;

	/** IPA of the RsiHostCall of REC_PENDING_HOST_CALL. */
	uint64_t host_call;

	struct rec_attest attest;

	/** CNTP, CNTV: its output was high at the last exit, and has been ever since. */
	bool timer_told[2];
	/** Of the events of the realm, those that it has heard of. */
	uint64_t events;

	/* The guest. */
	uint32_t engine; /**< enum rmm_engine or REC_ENGINE_NONE */
	void *engine_data;
	uint64_t vcpu_id;
	struct guest_regs regs;

	/* Planes, see rec/plane.h. */
	unsigned plane; /**< The one that runs. */
	unsigned gic_owner;
	/** [n - 1]: of plane n, or of plane 0 while plane n runs. */
	struct rec_context idle[REC_NUM_AUX_PLANES];
	/* Of plane 0 while another one runs. */
	uint64_t p0_x[31];
	uint64_t p0_pc;
	uint64_t p0_pstate;
	/* Of an auxiliary plane that runs. */
	uint64_t plane_run;   /**< IPA of RsiPlaneRun. */
	uint64_t plane_flags; /**< RsiPlaneEnterFlags */
	uint64_t plane_esr;   /**< ESR_EL2 of its last exception. */
	struct rec_plane_exit plane_exit;
	/* If it does not own the GIC: its ICH_HCR_EL2 and list registers while the REC is ready. */
	uint64_t plane_hcr;
	uint64_t plane_lr[RMI_ICH_MAX_LRS];
	uint64_t plane_misr; /**< ICH_MISR_EL2 of the owner at the last REC exit. */

	struct sro_memory aux; /**< What the Host donated at creation. */
};

/**
 * Locks the REC at a PA.
 * @param[out] x0 why not: RMI_ERROR_INPUT (rec_align, rec_bound, rec_gran_state) or RMI_BLOCKED
 * @return the REC, or NULL
 */
struct rec *rec_lock(struct rmm *rmm, uint64_t pa, uint64_t *x0);
void rec_unlock(struct rmm *rmm, struct rec *rec);

/** Takes the vCPUs of all planes away from their engines. */
void rec_release_engine(struct rec *rec);
/** The same for one that is not the REC's alone. */
void rec_engine_release(uint32_t *engine, void **engine_data);
/** Says that no vCPU of a REC has an engine, in memory that holds no REC yet. */
void rec_no_engine(struct rec *rec);

/** Brings a vCPU to its reset state, at a PC. */
void rec_reset(struct rmm *rmm, struct rec *rec, uint64_t pc);

/** RecFromMpidr (B3.106) among the RECs of an RD, which is locked. NULL: no REC has it. */
struct rec *rec_from_mpidr(struct rmm *rmm, const struct rd *rd, uint64_t mpidr);

/**
 * What a vCPU does next, after the RMM has handled what made it leave its engine.
 */
enum rec_action {
	REC_RESUME, /**< It goes on. */
	REC_EXIT,   /**< It exits to the Host. */
};

/** Handles what made a vCPU leave its engine. */
enum rec_action rec_handle_exit(struct rmm_pe *pe, const struct guest_exit *from,
                                struct rmi_rec_exit *exit);

/** Tells rmm->watcher that the REC goes on. */
void rec_watch_entry(struct rmm_pe *pe);

/** rec_handle_exit(), and telling rmm->watcher. */
enum rec_action rec_watch_exit(struct rmm_pe *pe, const struct guest_exit *from,
                               struct rmi_rec_exit *exit);

/** Takes an exception to the vCPU that runs on a PE. */
void rec_inject(struct rmm_pe *pe, enum guest_exception exception, const struct guest_exit *cause);

/** Continues what the last exit of the REC was about, as the Host wants it (A4.3). */
enum rec_action rec_resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter,
                           struct rmi_rec_exit *exit);

/** The operations of an engine. */
const struct guest_engine_ops *rec_engine(uint32_t engine);

/** RSI and PSCI commands. PC is at the SMC; the handler advances it when the command is done. */
enum rec_action rsi_handle(struct rmm_pe *pe, uint32_t fid, struct rmi_rec_exit *exit);
enum rec_action psci_handle(struct rmm_pe *pe, uint32_t fid, struct rmi_rec_exit *exit);

/** Continues RSI_HOST_CALL, RSI_IPA_STATE_SET and RSI_MEM_SET_PERM_INDEX at entry. */
enum rec_action rsi_host_call_resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter,
                                     struct rmi_rec_exit *exit);
enum rec_action rsi_ipa_state_set_resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter);
enum rec_action rsi_mem_set_perm_index_resume(struct rmm_pe *pe, const struct rmi_rec_enter *enter);

/**
 * An instruction that the RMM or the Host has carried out in the guest's stead is done: PC is
 * behind it, and who steps through the code has made a step.
 */
static inline void rec_advance(struct rec *rec)
{
	rec->regs.pc += 4;
	rec->regs.pstate &= ~GUEST_PSTATE_SS;
}

/** Ends an SMC: X0, and PC behind the instruction. */
static inline enum rec_action rec_smc_done(struct rec *rec, uint64_t x0)
{
	rec->regs.x[0] = x0;
	rec_advance(rec);
	return REC_RESUME;
}

/** Result of an access by the RMM to memory of a Realm. */
enum rec_access {
	REC_ACCESS_OK,
	REC_ACCESS_EMPTY, /**< RIPAS is EMPTY: the command fails with RSI_ERROR_INPUT. */
	/** Its plane may not do that: a Plane exit follows. rec->last_abort tells. */
	REC_ACCESS_DENIED,
	REC_ACCESS_ABORT, /**< As a data access would; *exit is filled in. */
};

/**
 * Reads or writes memory at a Protected IPA on behalf of a plane of the running REC, within one
 * 4 KiB page.
 */
enum rec_access rec_read(struct rmm_pe *pe, unsigned plane, uint64_t ipa, void *buffer,
                         uint64_t size, struct rmi_rec_exit *exit);
enum rec_access rec_write(struct rmm_pe *pe, unsigned plane, uint64_t ipa, const void *buffer,
                          uint64_t size, struct rmi_rec_exit *exit);

/** Fills in a data or instruction abort exit (A4.3.4), and what the next entry needs of it. */
void rec_exit_abort(struct rmm_pe *pe, const struct guest_exit *abort,
                    const struct stage2_lookup *found, struct rmi_rec_exit *exit);

/** The same for a Synchronous External abort of an auxiliary plane. */
void rec_exit_sea(struct rmm_pe *pe, const struct guest_exit *abort,
                  const struct stage2_lookup *found, struct rmi_rec_exit *exit);

uint64_t rmm_rec_create(struct rmm_call *call);
uint64_t rmm_rec_destroy(struct rmm_call *call);
uint64_t rmm_rec_enter(struct rmm_call *call);
uint64_t rmm_psci_complete(struct rmm_call *call);

#endif
