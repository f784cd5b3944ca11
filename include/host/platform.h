/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file platform.h
 * The machine that `realmkit run` gives to a realm: memory map and host calls.
 *
 * Freestanding: realm images include it too. Nothing in the libraries depends on it; a VMM that
 * wants to run the images of examples/guests answers the same calls.
 */
#ifndef HOST_PLATFORM_H
#define HOST_PLATFORM_H

#include <stdint.h>

/** First IPA of RAM; images are linked to run from here. RIPAS is RAM from here to the end. */
#define PLATFORM_RAM_BASE         UINT64_C(0x40000000)

/** Size of RAM unless --ram says otherwise. */
#define PLATFORM_RAM_SIZE         (UINT64_C(64) << 20)

/** Width of the IPA space in bits unless --ipa-bits says otherwise. */
#define PLATFORM_IPA_BITS         40

/**
 * Console, a PL011. It is behind the Unprotected half of the IPA space: the Realm finds it at
 * platform_shared(PLATFORM_UART_BASE, ipa_width).
 */
#define PLATFORM_UART_BASE        UINT64_C(0x09000000)

/** Bytes that the console decodes. */
#define PLATFORM_UART_SIZE        UINT64_C(0x1000)

/** Data register of the console; a write sends the low byte. */
#define PLATFORM_UART_DR          UINT64_C(0x000)

/** Flag register of the console. */
#define PLATFORM_UART_FR          UINT64_C(0x018)

/** PLATFORM_UART_FR: the transmit FIFO is full. */
#define PLATFORM_UART_FR_TXFF     (UINT32_C(1) << 5)

/**
 * Distributor of the interrupt controller, a GICv3, behind the Unprotected half like the console.
 */
#define PLATFORM_GICD_BASE        UINT64_C(0x08000000)

/** Redistributor of the first vCPU; the others follow. */
#define PLATFORM_GICR_BASE        UINT64_C(0x10000000)

/** Bytes of a redistributor. */
#define PLATFORM_GICR_SIZE        UINT64_C(0x20000)

/** SPIs that there are: INTIDs from 32 on. */
#define PLATFORM_NUM_SPIS         64

/** The SPI that PLATFORM_CALL_IRQ is free to use, and the one of PLATFORM_CALL_WATCH. */
#define PLATFORM_SPI_TEST         40
#define PLATFORM_SPI_WATCH        41

/** PPIs of the timers. */
#define PLATFORM_PPI_VTIMER       27
#define PLATFORM_PPI_PTIMER       30

/* Host calls, by immediate. gprs[] are arguments, and results where it says so. */

/**
 * Writes text to the console: gprs[0] = bytes, 1..PLATFORM_CALL_TEXT_MAX; gprs[1..] = the text,
 * first byte in the low byte of gprs[1]. Result: gprs[0] = bytes written, 0 when the count is bad.
 */
#define PLATFORM_CALL_WRITE       1

/** Most bytes of one PLATFORM_CALL_WRITE. */
#define PLATFORM_CALL_TEXT_MAX    240

/**
 * Sets the exit status of the realm: gprs[0] = status, of which the low 8 bits count. The last call
 * before PSCI_SYSTEM_OFF decides; a realm that makes none exits with 0.
 */
#define PLATFORM_CALL_EXIT_STATUS 2

/**
 * Has the host answer through shared memory: gprs[0] = IPA of the text, of either half; gprs[1] =
 * bytes, within one page. The host reverses the order of the bytes in place. Result: gprs[0] =
 * bytes reversed, 0 when the host cannot see the memory.
 */
#define PLATFORM_CALL_REVERSE     3

/**
 * Sets the level of an interrupt line: gprs[0] = vCPU that a PPI belongs to, gprs[1] = INTID,
 * gprs[2] = level, 0 or 1. Result: gprs[0] = 1, 0 when there is no such line.
 */
#define PLATFORM_CALL_IRQ         4

/**
 * Counts what happened to the realm so far. Result: gprs[0] = faults at private IPAs, gprs[1] =
 * faults at shared RAM, gprs[2] = MMIO reads, gprs[3] = MMIO writes, gprs[4] = private pages mapped
 * on a fault.
 */
#define PLATFORM_CALL_COUNTS      5

/**
 * Has the host take the content of private pages away: gprs[0] = IPA, gprs[1] = bytes, of whole
 * pages. They stay private, and their RIPAS is DESTROYED. From then on a fault that the host cannot
 * mend makes the line of PLATFORM_SPI_WATCH rise and fall, instead of ending the realm. Result:
 * gprs[0] = bytes, 0 when the host cannot.
 */
#define PLATFORM_CALL_DESTROY     6

/**
 * Hands over the next bytes of an attestation token: gprs[0] = bytes, 1..PLATFORM_CALL_TEXT_MAX;
 * gprs[1..] = the bytes, as for PLATFORM_CALL_WRITE. Result: gprs[0] = bytes taken, 0 when the
 * count is bad or the host has no use for a token.
 */
#define PLATFORM_CALL_TOKEN       16

/** Result gprs[0] of a host call that the host does not know. */
#define PLATFORM_CALL_UNKNOWN     (~UINT64_C(0))

/**
 * The Unprotected alias of an IPA (DEN0137 A5.1): the same address with the top bit set.
 * @param ipa_bits width of the IPA space (RSI_REALM_CONFIG)
 */
static inline uint64_t platform_shared(uint64_t ipa, unsigned ipa_bits)
{
	return ipa | UINT64_C(1) << (ipa_bits - 1);
}

#endif
