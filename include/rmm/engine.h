/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file engine.h
 * What the model asks of a guest engine, and what an engine may ask of the model.
 *
 * An engine executes; every rule of the RMM is the model's own. RMI_REC_ENTER calls run(), and
 * run() returns when something happened that R-EL2 would see. The registers of a vCPU live in the
 * granule of its REC; an engine works on them in place, or takes them over during run() and writes
 * them back before it returns.
 *
 * State that a physical PE would have (TLBs, decoded code) belongs to the engine's state of that
 * PE, made once by pe_create(); nothing is allocated per REC, except by engines that must
 * (the script engine has a stack for each vCPU).
 */
#ifndef RMM_ENGINE_H
#define RMM_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/pe.h>

#ifdef __cplusplus
#include <atomic>
/** A word that several threads use. */
typedef std::atomic<uint32_t> guest_atomic_word;
extern "C" {
#else
#include <stdatomic.h>
/** A word that several threads use. */
typedef _Atomic(uint32_t) guest_atomic_word;
#endif

/** EL0 and EL1 system registers that are part of a vCPU's state. */
enum guest_sysreg {
	GUEST_SCTLR_EL1,
	GUEST_ACTLR_EL1,
	GUEST_CPACR_EL1,
	GUEST_TTBR0_EL1,
	GUEST_TTBR1_EL1,
	GUEST_TCR_EL1,
	GUEST_MAIR_EL1,
	GUEST_AMAIR_EL1,
	GUEST_VBAR_EL1,
	GUEST_ESR_EL1,
	GUEST_FAR_EL1,
	GUEST_ELR_EL1,
	GUEST_SPSR_EL1,
	GUEST_AFSR0_EL1,
	GUEST_AFSR1_EL1,
	GUEST_PAR_EL1,
	GUEST_CONTEXTIDR_EL1,
	GUEST_TPIDR_EL0,
	GUEST_TPIDRRO_EL0,
	GUEST_TPIDR_EL1,
	GUEST_CSSELR_EL1,
	GUEST_CNTKCTL_EL1,
	GUEST_CNTV_CTL_EL0,
	GUEST_CNTV_CVAL_EL0,
	GUEST_CNTP_CTL_EL0,
	GUEST_CNTP_CVAL_EL0,
	GUEST_MDSCR_EL1,
	GUEST_OSLSR_EL1,     /**< OS Lock: bit 1 is OSLK. */
	GUEST_APIAKEYLO_EL1, /**< Ten pointer authentication key halves follow each other. */
	GUEST_APIAKEYHI_EL1,
	GUEST_APIBKEYLO_EL1,
	GUEST_APIBKEYHI_EL1,
	GUEST_APDAKEYLO_EL1,
	GUEST_APDAKEYHI_EL1,
	GUEST_APDBKEYLO_EL1,
	GUEST_APDBKEYHI_EL1,
	GUEST_APGAKEYLO_EL1,
	GUEST_APGAKEYHI_EL1,
	GUEST_DBGBVR0_EL1, /**< Values and controls of breakpoints and watchpoints alternate. */
	GUEST_DBGBCR0_EL1,
	GUEST_DBGBVR1_EL1,
	GUEST_DBGBCR1_EL1,
	GUEST_DBGWVR0_EL1,
	GUEST_DBGWCR0_EL1,
	GUEST_DBGWVR1_EL1,
	GUEST_DBGWCR1_EL1,
	GUEST_DBGCLAIM_EL1, /**< Claim tags that are set. */
	GUEST_NUM_SYSREGS
};

/** PSTATE in the layout of SPSR_EL1: N Z C V [31:28], D A I F [9:6], M[3:0] (EL0t, EL1t, EL1h). */
#define GUEST_PSTATE_N        (UINT64_C(1) << 31)
#define GUEST_PSTATE_Z        (UINT64_C(1) << 30)
#define GUEST_PSTATE_C        (UINT64_C(1) << 29)
#define GUEST_PSTATE_V        (UINT64_C(1) << 28)
#define GUEST_PSTATE_DIT      (UINT64_C(1) << 24)
#define GUEST_PSTATE_UAO      (UINT64_C(1) << 23)
#define GUEST_PSTATE_PAN      (UINT64_C(1) << 22)
#define GUEST_PSTATE_SS       (UINT64_C(1) << 21)
#define GUEST_PSTATE_IL       (UINT64_C(1) << 20)
#define GUEST_PSTATE_SSBS     (UINT64_C(1) << 12)
#define GUEST_PSTATE_DAIF     (UINT64_C(0xf) << 6)
#define GUEST_PSTATE_M        UINT64_C(0xf)
#define GUEST_PSTATE_EL0T     UINT64_C(0x0)
#define GUEST_PSTATE_EL1T     UINT64_C(0x4)
#define GUEST_PSTATE_EL1H     UINT64_C(0x5)
/** At reset: EL1h, interrupts masked. */
#define GUEST_PSTATE_RESET    (GUEST_PSTATE_DAIF | GUEST_PSTATE_EL1H)

/** SCTLR_EL1 at reset: MMU and caches off, RES1 bits set. */
#define GUEST_SCTLR_EL1_RESET UINT64_C(0x30d00980)

/** OSLSR_EL1 at a Cold reset: locked, so that debug registers say nothing. */
#define GUEST_OSLSR_EL1_RESET UINT64_C(2)

/** Architectural state of a vCPU. Lives in the REC. */
struct guest_regs {
	uint64_t x[31];
	uint64_t sp_el0;
	uint64_t sp_el1;
	uint64_t pc;
	uint64_t pstate;
	uint64_t mpidr; /**< MPIDR_EL1 as the guest reads it; set by the model. */
	uint64_t sysreg[GUEST_NUM_SYSREGS];
	uint64_t fpcr;
	uint64_t fpsr;
	uint64_t v[32][2]; /**< V0..V31, low half first. */
};

/** Kind of a stage 2 access. */
enum guest_access {
	GUEST_READ,
	GUEST_WRITE,
	GUEST_FETCH,     /**< At EL1. */
	GUEST_FETCH_EL0, /**< At EL0. */
};

/** A page of guest memory that stage 2 makes accessible. */
struct guest_page {
	void *host; /**< Start of the 4 KiB page that holds the IPA, in the model's memory. */
	bool writable;
	bool executable;
	/**
	 * Stage 2 changed while the page was looked up: every translation cached so far must be
	 * dropped before this one is used.
	 */
	bool flush;
};

/** Requests to a running vCPU, polled by the engine at taken branches at the latest. */
#define GUEST_REQUEST_KICK  1u /**< Leave run() with GUEST_EXIT_KICKED. */
#define GUEST_REQUEST_FLUSH 2u /**< Drop every cached translation, then call flushed(). */
#define GUEST_REQUEST_EVENT 4u /**< Set the event register (SEV of another vCPU); clear this. */

/** A vCPU as an engine sees it. Made by the model for the time of one run(). */
struct guest_vcpu {
	struct guest_regs *regs;
	guest_atomic_word requests; /**< GUEST_REQUEST_* */
	/** Identifies the vCPU for as long as the RMM lives; never reused. */
	uint64_t id;
	/** Slot that belongs to the engine; kept in the REC, NULL at first. */
	void **engine_data;
	/**
	 * Levels of the virtual IRQ and the virtual FIQ. The model sets them before run(), and
	 * while it executes services.gic().
	 */
	bool virq;
	bool vfiq;
	/**
	 * Instructions that the engine has run here, ever: right when it calls services.counter()
	 * or services.tick(), and when run() returns. Guests without instructions count what they
	 * do.
	 */
	uint64_t steps;
};

/** What became of an access to the GIC CPU interface. */
enum guest_gic {
	GUEST_GIC_DONE,
	GUEST_GIC_UNDEFINED, /**< There is no such register, or it does not exist that way. */
	GUEST_GIC_TRAPPED,   /**< Leave with GUEST_EXIT_SYSREG. */
};

/** What the model does for an engine. */
struct guest_services {
	/**
	 * Translates an IPA through stage 2. The engine must not use cached translations while it
	 * runs. A page stays valid until the engine acknowledges GUEST_REQUEST_FLUSH or leaves
	 * run().
	 *
	 * @return 0 with page->host set; or, with page->host NULL, the fault status code (DFSC,
	 * IFSC: 6 bits) that a stage 2 abort at this IPA would carry. An Address Size fault
	 *         (0b0000LL, so 0 at level 0) means that the IPA is beyond the IPA space; it is
	 * taken to the guest as a stage 1 fault.
	 */
	unsigned (*translate)(struct guest_vcpu *vcpu, uint64_t ipa, enum guest_access access,
	                      struct guest_page *page);
	/** Acknowledges GUEST_REQUEST_FLUSH, which it clears. */
	void (*flushed)(struct guest_vcpu *vcpu);
	/**
	 * A TLBI that other vCPUs of the realm must see (Inner Shareable). Returns when none of
	 * them uses an old translation. May set GUEST_REQUEST_FLUSH of the caller.
	 */
	void (*tlbi_broadcast)(struct guest_vcpu *vcpu);
	/** CNTVCT_EL0 and CNTPCT_EL0. */
	uint64_t (*counter)(struct guest_vcpu *vcpu);
	/**
	 * Looks at the timers; may set GUEST_REQUEST_KICK. To be called when the guest has written
	 * one of their registers, and again when as many instructions have run as it returns.
	 */
	uint64_t (*tick)(struct guest_vcpu *vcpu);
	/**
	 * An access of EL1 to ICC_*_EL1. May change vcpu->virq and vcpu->vfiq, and set
	 * GUEST_REQUEST_KICK.
	 *
	 * @param reg  GUEST_SYSREG(); see rmm/sysreg.h
	 * @param read MRS
	 * @param[in,out] value
	 */
	enum guest_gic (*gic)(struct guest_vcpu *vcpu, uint32_t reg, bool read, uint64_t *value);
	/** SEV: the event register of every vCPU of the realm is set, that of the caller by the
	 * engine. */
	void (*send_event)(struct guest_vcpu *vcpu);
};

/** CNTFRQ_EL0 as a guest reads it, in Hz. */
#define GUEST_COUNTER_HZ RMI_COUNTER_HZ

/** Why run() returned. */
enum guest_exit_kind {
	GUEST_EXIT_SMC,    /**< PC is at the SMC; the model advances it. */
	GUEST_EXIT_HVC,    /**< PC is at the HVC. */
	GUEST_EXIT_ABORT,  /**< Stage 2 abort; esr, far, ipa. PC is at the instruction. */
	GUEST_EXIT_WFX,    /**< Trapped WFI, WFE, WFIT or WFET; esr, value = the timeout operand. */
	GUEST_EXIT_SYSREG, /**< Trapped MSR, MRS or system instruction; esr, value when written. */
	GUEST_EXIT_TRAPPED, /**< Any other exception that is routed to R-EL2; esr. */
	GUEST_EXIT_IRQ,     /**< Physical IRQ. */
	GUEST_EXIT_FIQ,     /**< Physical FIQ. */
	GUEST_EXIT_SERROR,  /**< Physical SError; esr. */
	GUEST_EXIT_KICKED,  /**< GUEST_REQUEST_KICK, which run() cleared. */
	GUEST_EXIT_BUDGET,  /**< The instruction budget is used up. */
	GUEST_EXIT_ERROR,   /**< The engine cannot go on; text says why. */
};

/** One exit, as R-EL2 would see it. */
struct guest_exit {
	enum guest_exit_kind kind;
	uint64_t esr;   /**< ESR_EL2, complete. */
	uint64_t far;   /**< FAR_EL2: the VA. */
	uint64_t ipa;   /**< The IPA, to the byte. */
	uint64_t value; /**< Store data, MSR value or WFxT timeout. */
	const char *text;
};

/** Conditions under which a vCPU runs. */
struct guest_entry {
	uint64_t budget; /**< Instructions to run at most; 0 = no bound. */
	bool flush;      /**< Every translation cached on this PE is stale. */
	bool trap_wfi;   /**< WFI and WFIT exit; otherwise they complete at once. */
	bool trap_wfe;   /**< WFE and WFET exit; otherwise they complete at once. */
	bool event;      /**< Another vCPU has sent an event while this one did not run. */
	bool trap_simd;  /**< Access to FP and SIMD registers is GUEST_EXIT_TRAPPED. */
	bool trap_debug; /**< Debug exceptions are GUEST_EXIT_TRAPPED. */
};

/** Exceptions that the RMM can make a vCPU take at EL1. */
enum guest_exception {
	GUEST_SEA_DATA,  /**< Synchronous External abort on a data access. */
	GUEST_SEA_FETCH, /**< Synchronous External abort on an instruction fetch. */
	GUEST_UNDEFINED, /**< Unknown reason (EC 0). */
};

/** A guest engine. */
struct guest_engine_ops {
	const char *name;
	/** State of a PE, or NULL when memory is short. */
	void *(*pe_create)(const struct guest_services *services);
	void (*pe_destroy)(void *pe);
	/** Runs a vCPU until something happens. */
	void (*run)(void *pe, struct guest_vcpu *vcpu, const struct guest_entry *entry,
	            struct guest_exit *exit);
	/**
	 * Takes an exception at EL1: sets ELR, SPSR, ESR, FAR, PSTATE and PC. For a SEA the
	 * syndrome and address of the abort that caused it are in @p cause, which may be NULL
	 * otherwise.
	 */
	void (*inject)(struct guest_vcpu *vcpu, enum guest_exception exception,
	               const struct guest_exit *cause);
	/** Lets go of a vCPU whose REC is destroyed or reset. NULL when there is nothing to do. */
	void (*vcpu_destroy)(void *engine_data);
};

/** The A64 interpreter. */
extern const struct guest_engine_ops guest_engine_a64;

/** Guests that are C functions; see guest.h. */
extern const struct guest_engine_ops guest_engine_script;

#ifdef __cplusplus
}
#endif

#endif
