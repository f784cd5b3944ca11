/* SPDX-License-Identifier: BSD-3-Clause */
/* Start, end, console and the realm's own services. */
#include "guest.h"

uint64_t boot_args[8];

static struct rsi_realm_config config __attribute__((aligned(4096)));
static enum console where;

/* A host call needs a structure in RAM; each vCPU has its own. */
static struct rsi_host_call calls[KIT_MAX_CPUS] __attribute__((aligned(256)));

_Static_assert(sizeof(calls[0]) == RSI_HOST_CALL_SIZE, "calls[i] must be aligned too");

void kit_start(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5,
               uint64_t x6, uint64_t x7) __attribute__((noreturn));

void kit_start(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5,
               uint64_t x6, uint64_t x7)
{
	uint64_t lower, higher;

	boot_args[0] = x0;
	boot_args[1] = x1;
	boot_args[2] = x2;
	boot_args[3] = x3;
	boot_args[4] = x4;
	boot_args[5] = x5;
	boot_args[6] = x6;
	boot_args[7] = x7;
	/* Without the RSI there is no console to complain on; the exit status has to say it. */
	if (rsi_version(RSI_VERSION_ENCODE(1, 0), &lower, &higher) != RSI_SUCCESS ||
	    rsi_realm_config(&config) != RSI_SUCCESS)
		realm_exit(PANIC_STATUS);
	realm_exit(guest_main());
}

bool host_call(uint16_t imm, uint64_t gprs[31])
{
	struct rsi_host_call *call = &calls[cpu_index()];
	uint64_t status;

	call->imm = imm;
	memcpy(call->gprs, gprs, sizeof(call->gprs));
	status = rsi_host_call(call);
	memcpy(gprs, call->gprs, sizeof(call->gprs));
	return status == RSI_SUCCESS;
}

void realm_exit(int status)
{
	uint64_t gprs[31] = {(uint64_t)status};

	host_call(PLATFORM_CALL_EXIT_STATUS, gprs);
	psci_system_off();
	for (;;)
		__asm__ volatile("wfi");
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("panic: ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	realm_exit(PANIC_STATUS);
}

const struct rsi_realm_config *realm_config(void)
{
	return &config;
}

void *shared(uint64_t ipa)
{
	return (void *)platform_shared(ipa, (unsigned)config.ipa_width);
}

uint64_t ram_end(void)
{
	uint64_t half = UINT64_C(1) << (config.ipa_width - 1);
	uint64_t at = PLATFORM_RAM_BASE;
	uint64_t top, ripas;

	while (at < half && rsi_ipa_state_get(at, half, &top, &ripas) == RSI_SUCCESS &&
	       ripas == RSI_RIPAS_RAM && top > at)
		at = top;
	return at;
}

bool set_ripas(uint64_t base, uint64_t size, enum rsi_ripas ripas)
{
	uint64_t top = base + size;
	uint64_t response;

	while (base < top) {
		if (rsi_ipa_state_set(base, top, ripas, RSI_NO_CHANGE_DESTROYED, &base,
		                      &response) != RSI_SUCCESS ||
		    response == RSI_RESPONSE_REJECT)
			return false;
	}
	return true;
}

void console_select(enum console console)
{
	where = console;
}

static void write_mmio(const char *text, size_t size)
{
	char *uart = shared(PLATFORM_UART_BASE);

	for (; size; size--) {
		while (mmio_read32(uart + PLATFORM_UART_FR) & PLATFORM_UART_FR_TXFF)
			;
		mmio_write32(uart + PLATFORM_UART_DR, (uint8_t)*text++);
	}
}

static void write_host_call(const char *text, size_t size)
{
	while (size) {
		size_t part = size < PLATFORM_CALL_TEXT_MAX ? size : PLATFORM_CALL_TEXT_MAX;
		uint64_t gprs[31] = {part};

		memcpy(gprs + 1, text, part);
		if (!host_call(PLATFORM_CALL_WRITE, gprs))
			return;
		text += part;
		size -= part;
	}
}

void console_write(const char *text, size_t size)
{
	if (where == CONSOLE_MMIO)
		write_mmio(text, size);
	else
		write_host_call(text, size);
}
