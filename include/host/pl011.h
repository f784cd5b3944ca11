/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file pl011.h
 * A console: the transmitting half of a PL011 UART (Arm DDI0183).
 *
 *     struct pl011 *uart = pl011_create(pl011_to_file, stdout);
 *     realm_add_mmio(vm, 0x09000000, PL011_SIZE, pl011_mmio(), uart);
 */
#ifndef HOST_PL011_H
#define HOST_PL011_H

#include <stdint.h>

#include <host/realm.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of address space that it takes. */
#define PL011_SIZE UINT64_C(0x1000)

/** A console. Opaque. */
struct pl011;

/** Receives a byte that the Realm sent; one at a time. */
typedef void pl011_output_fn(void *arg, uint8_t byte);

/** A pl011_output_fn that writes to the FILE that is its argument, and flushes at line ends. */
void pl011_to_file(void *file, uint8_t byte);

/** Makes a console. @return NULL with errno ENOMEM */
struct pl011 *pl011_create(pl011_output_fn *output, void *arg);

/** Frees a console; the Realm must be gone. NULL is ignored. */
void pl011_destroy(struct pl011 *uart);

/** What realm_add_mmio() takes as ops; the console is its arg. */
const struct realm_mmio_ops *pl011_mmio(void);

#ifdef __cplusplus
}
#endif

#endif
