/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The virtual CPU interface of a GICv3 (IHI 0069), on the live ICH_*_EL2 registers of a PE
 * (DEN0137 A6.1): what a vCPU sees as ICC_*_EL1, and when it is interrupted.
 */
#ifndef RMM_REC_VGIC_H
#define RMM_REC_VGIC_H

#include <stdbool.h>
#include <stdint.h>

#include <rmm/engine.h>

struct rmm;
struct rmm_pe;

/** ICH_VTR_EL2 of an RMM. */
uint64_t vgic_vtr(const struct rmm *rmm);

/**
 * Before a vCPU runs, and whenever the ICH_* registers have changed: sets the levels of its virtual
 * interrupts. A maintenance interrupt makes it leave its engine.
 */
void vgic_update(struct rmm_pe *pe);

/** All list registers in one: the bits that any of them has set. */
uint64_t vgic_all_lrs(const struct rmm_pe *pe);

/** Whether a list register holds a pending interrupt. */
bool vgic_any_pending(const struct rmm_pe *pe);

/** After a run: what the Host reads, and ICH_HCR_EL2.En = 0. */
void vgic_leave(struct rmm_pe *pe);

/** guest_services.gic */
enum guest_gic vgic_access(struct guest_vcpu *vcpu, uint32_t reg, bool read, uint64_t *value);

#endif
