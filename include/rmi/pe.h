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
#define RMI_ICH_MAX_LRS 16

/** ICH_LR<n>_EL2.HW: RMI_REC_ENTER refuses a list register that has it set (A6.1). */
#define RMI_ICH_LR_HW   (UINT64_C(1) << 61)

/** ICH_HCR_EL2.En; the RMM leaves it clear after RMI_REC_ENTER (A6.1). */
#define RMI_ICH_HCR_EN  UINT64_C(1)

/**
 * The virtual CPU interface of a PE, shared between Host and RMM (A6.1). The Host writes it before
 * RMI_REC_ENTER and reads it after; the RMM touches it during RMI_REC_ENTER only.
 */
struct rmi_ich {
	uint64_t vtr;     /**< ICH_VTR_EL2, read-only; [4:0] is the number of list registers - 1. */
	uint64_t hcr;     /**< ICH_HCR_EL2 */
	uint64_t vmcr;    /**< ICH_VMCR_EL2 */
	uint64_t misr;    /**< ICH_MISR_EL2, read-only */
	uint64_t ap0r[4]; /**< ICH_AP0R<n>_EL2 */
	uint64_t ap1r[4]; /**< ICH_AP1R<n>_EL2 */
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
 * entered next, exits with RMI_EXIT_IRQ. Latched until it has caused one exit.
 */
void rmi_pe_kick(struct rmi_pe *pe);

#ifdef __cplusplus
}
#endif

#endif
