/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers that a vCPU keeps, by the numbers of rmm/sysreg.h. */
#ifndef RMM_GUEST_REGISTERS_H
#define RMM_GUEST_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#include <rmm/engine.h>

/**
 * The register with a number, if it is one that is stored in guest_regs.sysreg.
 * @param[out] mask bits that can be written
 * @param[out] ones bits that are always one
 */
bool guest_register_find(uint32_t number, enum guest_sysreg *reg, uint64_t *mask, uint64_t *ones);

#endif
