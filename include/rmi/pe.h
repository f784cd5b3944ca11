/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file pe.h
 * A physical processing element (PE) as the RMI sees it.
 */
#ifndef RMI_PE_H
#define RMI_PE_H

#include <stdint.h>

#include <rmi/abi/smccc.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rmi;

/** A PE. Opaque; belongs to its connection. */
struct rmi_pe;

/** Most list registers that a GICv3 CPU interface has. */
#define RMI_ICH_MAX_LRS     16

/** ICH_LR<n>_EL2.HW: RMI_REC_ENTER refuses a list register that has it set (A6.1). */
#define RMI_ICH_LR_HW       (UINT64_C(1) << 61)

/**
 * ICH_HCR_EL2.En. The RMM leaves it clear after RMI_REC_ENTER (A6.1), so a Host that wants virtual
 * interrupts sets it before each entry.
 */
#define RMI_ICH_HCR_EN      UINT64_C(1)

/** Priority of the physical interrupts of a PE: kicks, EL1 timers, GIC maintenance. */
#define RMI_PE_IRQ_PRIORITY UINT64_C(0x80)

/** Frequency of the system counter, in Hz: CNTFRQ_EL0 of the Host and of Realms. */
#define RMI_COUNTER_HZ      UINT64_C(1000000000)

/**
 * The virtual CPU interface of a PE, shared between Host and RMM (A6.1). The Host writes it before
 * RMI_REC_ENTER and reads it after; the RMM touches it during RMI_REC_ENTER only.
 *
 * A Realm sees list registers, vmcr and active priorities through ICC_*_EL1: it acknowledges and
 * ends interrupts in the list registers. While hcr.En is clear none is signalled. An access that
 * hcr traps (TC, TALL0, TALL1, TDIR), and every write of ICC_SGI0R_EL1, ICC_SGI1R_EL1 and
 * ICC_ASGI1R_EL1, is a REC exit: exit_reason SYNC, the complete ESR_EL2 in esr, the value written
 * in gprs[0]; what is read is taken from enter.gprs[0]; the instruction is done. A maintenance
 * interrupt (misr != 0 while hcr.En is set) is a physical interrupt to the Host: RMI_EXIT_IRQ.
 *
 * An exit changes nothing but what the Realm did, status and hcr.En.
 */
struct rmi_ich {
	uint64_t vtr;   /**< ICH_VTR_EL2, read-only; [4:0] is the number of list registers - 1. */
	uint64_t hcr;   /**< ICH_HCR_EL2 */
	uint64_t vmcr;  /**< ICH_VMCR_EL2 */
	uint64_t misr;  /**< ICH_MISR_EL2, read-only: as it was when the REC exited. */
	uint64_t eisr;  /**< ICH_EISR_EL2, in the same way. */
	uint64_t elrsr; /**< ICH_ELRSR_EL2, in the same way. */
	/**
	 * ICC_PMR_EL1 of the Host, 0xff at first. While it is not above RMI_PE_IRQ_PRIORITY at
	 * RMI_REC_ENTER, interrupts of the PE do not make the REC exit, and stay pending.
	 */
	uint64_t pmr;
	uint64_t ap0r[4];             /**< ICH_AP0R<n>_EL2 */
	uint64_t ap1r[4];             /**< ICH_AP1R<n>_EL2 */
	uint64_t lr[RMI_ICH_MAX_LRS]; /**< ICH_LR<n>_EL2 */
};

/** The connection that a PE belongs to. */
struct rmi *rmi_pe_rmi(const struct rmi_pe *pe);

/** Index of a PE within its connection. */
unsigned rmi_pe_index(const struct rmi_pe *pe);

/** The virtual CPU interface of a PE. Not to be touched while a call runs on it. */
struct rmi_ich *rmi_pe_ich(struct rmi_pe *pe);

/**
 * Raw call: one SMC on a PE.
 *
 * @param regs function identifier and arguments in, results out; a register that the command does
 *             not define as an output comes back as it went in
 * @return X0. A function identifier that the RMM does not know gives SMCCC_NOT_SUPPORTED.
 */
uint64_t rmi_call(struct rmi_pe *pe, struct smccc_regs *regs);

/**
 * Makes a physical interrupt pending on a PE, from any thread: a REC that runs there, or that is
 * entered next, exits with RMI_EXIT_IRQ, or with RMI_EXIT_FIQ where the machine routes it so
 * (software RMM: key `fiq`). Latched until it has caused one exit.
 */
void rmi_pe_kick(struct rmi_pe *pe);

/**
 * The system counter as the Host reads it on a PE (CNTPCT_EL0), in units of 1 / RMI_COUNTER_HZ. A
 * Realm reads the same as CNTVCT_EL0 and CNTPCT_EL0, and cntv_cval and cntp_cval of RmiRecExit
 * are of this count (A6.2). From any thread.
 */
uint64_t rmi_pe_counter(struct rmi_pe *pe);

#ifdef __cplusplus
}
#endif

#endif
