/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PL011 that only sends (Arm DDI0183). Sending takes no time, so the FIFO is always empty; there
 * are no interrupts. Registers that only configure read back what was written.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <host/pl011.h>

/* Registers (DDI0183 3.2). */
#define UARTDR        0x000u
#define UARTFR        0x018u
#define UARTIBRD      0x024u
#define UARTFBRD      0x028u
#define UARTLCR_H     0x02cu
#define UARTCR        0x030u
#define UARTPERIPHID0 0xfe0u

#define UARTFR_RXFE   (1u << 4)
#define UARTFR_TXFE   (1u << 7)

/* UARTEN, TXE, RXE: what firmware would leave. */
#define UARTCR_RESET  0x301u

/* The words from UARTCR down to UARTIBRD, which is all that is stored. */
#define NUM_STORED    4u

struct pl011 {
	pl011_output_fn *output;
	void *arg;
	pthread_mutex_t lock; /* vCPUs write at the same time. */
	uint32_t stored[NUM_STORED];
};

/* UARTPeriphID0..3 and UARTPCellID0..3: part 0x011, designer Arm, revision 3. */
static const uint8_t ids[8] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static uint64_t pl011_read(void *arg, uint64_t offset, unsigned size)
{
	struct pl011 *uart = arg;
	uint64_t value = 0;

	(void)size;
	if (offset == UARTFR)
		return UARTFR_TXFE | UARTFR_RXFE;
	if (offset >= UARTPERIPHID0 && offset < PL011_SIZE)
		return offset % 4 == 0 ? ids[(offset - UARTPERIPHID0) / 4] : 0;
	if (offset >= UARTIBRD && offset <= UARTCR && offset % 4 == 0) {
		pthread_mutex_lock(&uart->lock);
		value = uart->stored[(offset - UARTIBRD) / 4];
		pthread_mutex_unlock(&uart->lock);
	}
	return value;
}

static void pl011_write(void *arg, uint64_t offset, unsigned size, uint64_t value)
{
	struct pl011 *uart = arg;

	(void)size;
	pthread_mutex_lock(&uart->lock);
	if (offset == UARTDR)
		uart->output(uart->arg, (uint8_t)value);
	else if (offset >= UARTIBRD && offset <= UARTCR && offset % 4 == 0)
		uart->stored[(offset - UARTIBRD) / 4] = (uint32_t)value;
	pthread_mutex_unlock(&uart->lock);
}

static const struct realm_mmio_ops pl011_ops = {.read = pl011_read, .write = pl011_write};

const struct realm_mmio_ops *pl011_mmio(void)
{
	return &pl011_ops;
}

void pl011_to_file(void *file, uint8_t byte)
{
	fputc(byte, file);
	if (byte == '\n')
		fflush(file);
}

struct pl011 *pl011_create(pl011_output_fn *output, void *arg)
{
	struct pl011 *uart = calloc(1, sizeof(*uart));

	if (uart == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	uart->output = output;
	uart->arg = arg;
	uart->stored[(UARTCR - UARTIBRD) / 4] = UARTCR_RESET;
	pthread_mutex_init(&uart->lock, NULL);
	return uart;
}

void pl011_destroy(struct pl011 *uart)
{
	if (uart == NULL)
		return;
	pthread_mutex_destroy(&uart->lock);
	free(uart);
}
