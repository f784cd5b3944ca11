/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file gic.h
 * The interrupt controller of a Realm: a GICv3 without legacy, LPIs or an ITS (IHI0069, DEN0137
 * A6.1).
 *
 * The Realm finds distributor and redistributors in the shared half of the IPA space, and its CPU
 * interface in the ICC_*_EL1 registers. It has one Security state (GICD_CTLR.DS is 1), affinity
 * routing is always on, and all interrupts are in Group 1 until the Realm says otherwise.
 *
 * With the GIC come the timers: the virtual timer of a vCPU is PPI 27, its physical timer PPI 30,
 * both level-sensitive. A vCPU that waits for an interrupt is woken when its timer is due.
 */
#ifndef HOST_GIC_H
#define HOST_GIC_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct realm;

/** Bytes of address space that the distributor takes. */
#define REALM_GIC_DIST_SIZE      UINT64_C(0x10000)

/** Bytes of address space that the redistributor of one vCPU takes; they lie in order. */
#define REALM_GIC_REDIST_SIZE    UINT64_C(0x20000)

/** First INTID of an SPI, and the most SPIs that there can be. */
#define REALM_GIC_FIRST_SPI      32
#define REALM_GIC_MAX_SPIS       960

/** INTIDs of the timers of a vCPU. */
#define REALM_GIC_VIRTUAL_TIMER  27
#define REALM_GIC_PHYSICAL_TIMER 30

/** Where a GIC is, and how large. */
struct realm_gic_config {
	uint64_t dist_gpa;   /**< The distributor; page-aligned. */
	uint64_t redist_gpa; /**< The redistributor of vCPU 0; the others follow. Page-aligned. */
	unsigned num_spis;   /**< A multiple of 32, at most REALM_GIC_MAX_SPIS. 0: 64. */
};

/**
 * Gives a Realm its GIC, once all its vCPUs have been made. A Realm without one gets no interrupts.
 *
 * @return 0; -EINVAL a gpa or num_spis; -EEXIST there is one, or it overlaps RAM or a device;
 *         -EBUSY the Realm is active; -ENODEV it has no vCPU; -ENOMEM
 */
int realm_gic_create(struct realm *realm, const struct realm_gic_config *config);

/**
 * Sets the level of an interrupt line, from any thread; the vCPU is woken or interrupted. A
 * level-sensitive interrupt is pending while its line is high; an edge-triggered one becomes
 * pending when its line rises.
 *
 * @param vcpu  number of the vCPU that a PPI belongs to; ignored for an SPI
 * @param intid 16 to 31 a PPI, but those of the timers; from REALM_GIC_FIRST_SPI on an SPI
 * @return 0; -EINVAL the vCPU or the INTID; -ENXIO the Realm has no GIC
 */
int realm_irq_line(struct realm *realm, unsigned vcpu, unsigned intid, bool level);

#ifdef __cplusplus
}
#endif

#endif
