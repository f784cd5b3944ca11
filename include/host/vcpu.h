/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file vcpu.h
 * A vCPU of a Realm.
 */
#ifndef HOST_VCPU_H
#define HOST_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include <host/exit.h>

#ifdef __cplusplus
extern "C" {
#endif

struct realm;

/** A vCPU. Opaque; belongs to its Realm. */
struct realm_vcpu;

/**
 * Adds a vCPU. vCPU 0 runs from the start, the others wait for PSCI CPU_ON.
 *
 * @param id the number of vCPUs that the Realm has so far; its MPIDR follows from it
 * @return the vCPU, which lives as long as the Realm; NULL with errno EEXIST, EINVAL (id; more than
 *         the RMM allows), EBUSY (the Realm is active, or has its GIC) or ENOMEM
 */
struct realm_vcpu *realm_vcpu_create(struct realm *realm, unsigned id);

/** Number that a vCPU was made with. */
unsigned realm_vcpu_id(const struct realm_vcpu *vcpu);

/** MPIDR of a vCPU in the layout of RmiRecMpidr. */
uint64_t realm_vcpu_mpidr(const struct realm_vcpu *vcpu);

/**
 * Sets where a vCPU starts and its registers x0..x7, before the Realm is activated.
 * @return 0; -EINVAL the register; -EBUSY the Realm is active
 */
int realm_vcpu_set_pc(struct realm_vcpu *vcpu, uint64_t pc);
int realm_vcpu_set_gpr(struct realm_vcpu *vcpu, unsigned n, uint64_t value);

/**
 * Runs a vCPU until there is something for the VMM to do. The first run of any vCPU activates the
 * Realm. A vCPU that is off waits for CPU_ON, without a PE. Each vCPU has a thread of its own, or
 * one thread runs those that realm_vcpu_is_on() in turns.
 *
 * @return the exit; belongs to the vCPU and is valid until its next run
 */
struct realm_exit *realm_vcpu_run(struct realm_vcpu *vcpu);

/** Whether a vCPU is on: it would run rather than wait. */
bool realm_vcpu_is_on(const struct realm_vcpu *vcpu);

/**
 * From any thread: the vCPU's realm_vcpu_run(), or the next one, returns REALM_EXIT_INTR. Once for
 * any number of kicks.
 */
void realm_vcpu_kick(struct realm_vcpu *vcpu);

/**
 * Answers an MMIO access with a Synchronous External Abort instead of data.
 * @return 0; -EINVAL the last exit of the vCPU was not REALM_EXIT_MMIO
 */
int realm_vcpu_inject_sea(struct realm_vcpu *vcpu);

#ifdef __cplusplus
}
#endif

#endif
