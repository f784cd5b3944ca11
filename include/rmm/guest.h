/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file guest.h
 * Script guests: Realm software as a C function.
 *
 *     static void guest(struct guest *g, void *arg)
 *     {
 *             uint64_t v = guest_load64(g, 0x40000000);
 *             guest_store64(g, 0x40001000, v + 1);
 *             psci_system_off(g);
 *     }
 *     ...
 *     rmm_script(rmm, 0x40000000, guest, NULL);
 *
 * A REC whose PC is an address given to rmm_script() runs the function instead of the code at that
 * address. The function has a stack of its own: an access that exits to the Host continues, on a
 * later RMI_REC_ENTER and perhaps on another thread, where it stopped. A function that returns has
 * called psci_system_off(). Script and ELF vCPUs may be mixed in one realm.
 *
 * The functions below may be called from within a script guest only. Addresses are IPAs; there is
 * no stage 1. An abort that the RMM takes to the Realm is counted, see guest_take_sea().
 */
#ifndef RMM_GUEST_H
#define RMM_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/abi/fid.h>
#include <rmi/abi/psci.h>
#include <rmi/abi/rsi.h>
#include <rmi/abi/smccc.h>
#include <rmm/engine.h>
#include <rmm/model.h>
#include <rmm/sysreg.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A running script guest. Opaque. */
struct guest;

/** A script. */
typedef void guest_script(struct guest *g, void *arg);

/** Most scripts that an RMM knows at a time. */
#define RMM_MAX_SCRIPTS 64

/**
 * Makes vCPUs that start at an IPA run a script. Replaces the script registered for the same IPA.
 * No REC may be running.
 *
 * @param pc  the PC of the REC when it starts (RmiRecParams.pc or the entry point of CPU_ON)
 * @param fn  the script, or NULL to forget the one registered
 * @param arg handed to the script
 * @return whether there was room
 */
bool rmm_script(struct rmm *rmm, uint64_t pc, guest_script *fn, void *arg);

/** The registers of the vCPU. */
struct guest_regs *guest_regs(struct guest *g);

/** Loads and stores, of 8 to 64 bits at any alignment within a page. */
uint64_t guest_load64(struct guest *g, uint64_t ipa);
uint32_t guest_load32(struct guest *g, uint64_t ipa);
uint16_t guest_load16(struct guest *g, uint64_t ipa);
uint8_t guest_load8(struct guest *g, uint64_t ipa);
void guest_store64(struct guest *g, uint64_t ipa, uint64_t value);
void guest_store32(struct guest *g, uint64_t ipa, uint32_t value);
void guest_store16(struct guest *g, uint64_t ipa, uint16_t value);
void guest_store8(struct guest *g, uint64_t ipa, uint8_t value);

/** Fetches the instruction at an IPA, as a branch to it would. */
uint32_t guest_fetch(struct guest *g, uint64_t ipa);

/**
 * Takes note of the aborts that the RMM took to the Realm since the last call. The access that
 * caused one is skipped: a load gives zero, a store does nothing.
 *
 * @param[out] esr ESR_EL1 of the last one; may be NULL
 * @param[out] far FAR_EL1 of the last one; may be NULL
 * @return how many there were
 */
unsigned guest_take_sea(struct guest *g, uint64_t *esr, uint64_t *far);

/** SMC: x0..x17 in and out. @return X0 */
uint64_t guest_smc(struct guest *g, struct smccc_regs *regs);

/** WFI and WFE; done at once when a virtual interrupt is signalled. */
void guest_wfi(struct guest *g);
void guest_wfe(struct guest *g);

/**
 * MRS and MSR of a register of the GIC CPU interface, a timer or the counter, with what follows at
 * EL1: list registers change, and the access exits if it is trapped. A register that does not exist
 * is an Unknown exception, which is counted like an abort; it reads as zero.
 *
 * @param reg enum guest_sysreg_number, or any GUEST_SYSREG()
 */
uint64_t guest_read_sysreg(struct guest *g, uint32_t reg);
void guest_write_sysreg(struct guest *g, uint32_t reg, uint64_t value);

/** Levels of the virtual interrupts; a script is not interrupted, but looks. */
#define GUEST_IRQ 1u
#define GUEST_FIQ 2u

/** Which virtual interrupts are signalled. @return set of GUEST_IRQ and GUEST_FIQ */
unsigned guest_interrupts(const struct guest *g);

/** HVC; answered with an Unknown exception, which is counted like an abort. */
void guest_hvc(struct guest *g);

/**
 * Leaves the Realm with an exit made by hand: an interrupt, an SError, or an abort with a chosen
 * syndrome. Returns when the Realm runs again.
 */
void guest_raise(struct guest *g, const struct guest_exit *exit);

/* RSI commands. Each returns X0 (enum rsi_status, or what the RMM says). */

uint64_t rsi_version(struct guest *g, uint64_t req, uint64_t *lower, uint64_t *higher);
uint64_t rsi_features(struct guest *g, uint64_t index, uint64_t *value);
uint64_t rsi_measurement_read(struct guest *g, uint64_t index, uint8_t value[64]);
uint64_t rsi_measurement_extend(struct guest *g, uint64_t index, const void *value, size_t size);
uint64_t rsi_realm_config(struct guest *g, uint64_t ipa);
/** @param[out] size upper bound of the bytes of the token; may be NULL */
uint64_t rsi_attestation_token_init(struct guest *g, const uint8_t challenge[64], uint64_t *size);
/** One call; the caller repeats it behind the bytes it got while it gives RSI_INCOMPLETE. */
uint64_t rsi_attestation_token_continue(struct guest *g, uint64_t ipa, uint64_t offset,
                                        uint64_t size, uint64_t *len);
uint64_t rsi_ipa_state_get(struct guest *g, uint64_t base, uint64_t top, uint64_t *out_top,
                           uint64_t *ripas);
/** One call; the caller repeats it with base = *new_base until that is top. */
uint64_t rsi_ipa_state_set(struct guest *g, uint64_t base, uint64_t top, enum rsi_ripas ripas,
                           uint64_t flags, uint64_t *new_base, uint64_t *response);
/** RSI_HOST_CALL with an RsiHostCall that the script has built at @p ipa. */
uint64_t rsi_host_call(struct guest *g, uint64_t ipa);

/*
 * Access permissions of planes (A10.3.2), for an RMM with planes. The last one is one call; the
 * caller repeats it with base = *new_base and handle = *new_handle, 0 at first, until that is top.
 */
uint64_t rsi_mem_get_perm_value(struct guest *g, uint64_t plane_index, uint64_t perm_index,
                                uint64_t *value);
uint64_t rsi_mem_set_perm_value(struct guest *g, uint64_t plane_index, uint64_t perm_index,
                                uint64_t value);
uint64_t rsi_mem_set_perm_index(struct guest *g, uint64_t base, uint64_t top, uint64_t perm_index,
                                uint64_t handle, uint64_t *new_base, uint64_t *response,
                                uint64_t *new_handle);

/** RSI_PLANE_ENTER with an RsiPlaneRun that the script has built at @p run; returns at its exit. */
uint64_t rsi_plane_enter(struct guest *g, uint64_t plane_index, uint64_t run);
/** @param addr RsiSysregAddress */
uint64_t rsi_plane_sysreg_read(struct guest *g, uint64_t plane_index, uint64_t addr,
                               uint64_t *value);
uint64_t rsi_plane_sysreg_write(struct guest *g, uint64_t plane_index, uint64_t addr,
                                uint64_t value);

/* PSCI. Each returns X0 (enum psci_return_code as a 64-bit value). */

uint64_t psci_version(struct guest *g);
uint64_t psci_features(struct guest *g, uint32_t fid);
uint64_t psci_cpu_on(struct guest *g, uint64_t mpidr, uint64_t entry, uint64_t context_id);
uint64_t psci_affinity_info(struct guest *g, uint64_t mpidr, uint64_t level);
uint64_t psci_cpu_suspend(struct guest *g);
uint64_t psci_cpu_off(struct guest *g);
uint64_t psci_system_off(struct guest *g);
uint64_t psci_system_reset(struct guest *g);

#ifdef __cplusplus
}
#endif

#endif
