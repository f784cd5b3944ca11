/* SPDX-License-Identifier: BSD-3-Clause */
/* The host calls of host/platform.h. */
#include <string.h>

#include <host/gic.h>
#include <host/platform.h>

#include "run.h"

static uint64_t call_write(FILE *console, const uint64_t gprs[31])
{
	uint64_t size = gprs[0];

	if (size == 0 || size > PLATFORM_CALL_TEXT_MAX)
		return 0;
	(void)fwrite(gprs + 1, 1, size, console);
	(void)fflush(console);
	return size;
}

static uint64_t call_token(FILE *token, const uint64_t gprs[31])
{
	uint64_t size = gprs[0];

	if (token == NULL || size == 0 || size > PLATFORM_CALL_TEXT_MAX)
		return 0;
	return fwrite(gprs + 1, 1, size, token);
}

static uint64_t call_reverse(struct realm *realm, uint64_t ipa, uint64_t size)
{
	uint8_t text[4096];

	if (size == 0 || size > sizeof(text) - ipa % sizeof(text))
		return 0;
	if (realm_read_shared(realm, ipa, text, size) != 0)
		return 0;
	for (uint64_t i = 0; i < size / 2; i++) {
		uint8_t byte = text[i];

		text[i] = text[size - 1 - i];
		text[size - 1 - i] = byte;
	}
	return realm_write_shared(realm, ipa, text, size) == 0 ? size : 0;
}

static uint64_t call_irq(struct realm *realm, const uint64_t gprs[31])
{
	if (gprs[0] > UINT32_MAX || gprs[1] > UINT32_MAX || gprs[2] > 1)
		return 0;
	return realm_irq_line(realm, (unsigned)gprs[0], (unsigned)gprs[1], gprs[2] != 0) == 0;
}

static void call_counts(const struct realm *realm, uint64_t gprs[31])
{
	struct realm_stats stats;

	realm_get_stats(realm, &stats);
	gprs[0] = stats.private_faults;
	gprs[1] = stats.shared_faults;
	gprs[2] = stats.mmio_reads;
	gprs[3] = stats.mmio_writes;
	gprs[4] = stats.pages_mapped;
}

/* What is made shared is unmapped; made private again, nothing brings its content back. */
static uint64_t call_destroy(struct run *run, uint64_t ipa, uint64_t size)
{
	if (realm_set_attributes(run->realm, ipa, size, false) != 0 ||
	    realm_set_attributes(run->realm, ipa, size, true) != 0)
		return 0;
	atomic_store(&run->watch, true);
	return size;
}

bool platform_fault(struct run *run)
{
	if (!atomic_load(&run->watch))
		return false;
	(void)realm_irq_line(run->realm, 0, PLATFORM_SPI_WATCH, true);
	(void)realm_irq_line(run->realm, 0, PLATFORM_SPI_WATCH, false);
	return true;
}

void platform_host_call(struct run *run, struct realm_exit *exit)
{
	uint64_t *gprs = exit->hypercall.gprs;

	switch (exit->hypercall.imm) {
	case PLATFORM_CALL_WRITE:
		gprs[0] = call_write(run->console, gprs);
		break;
	case PLATFORM_CALL_EXIT_STATUS:
		atomic_store(&run->exit_status, (unsigned)gprs[0] & 0xff);
		break;
	case PLATFORM_CALL_REVERSE:
		gprs[0] = call_reverse(run->realm, gprs[0], gprs[1]);
		break;
	case PLATFORM_CALL_IRQ:
		gprs[0] = call_irq(run->realm, gprs);
		break;
	case PLATFORM_CALL_COUNTS:
		call_counts(run->realm, gprs);
		break;
	case PLATFORM_CALL_DESTROY:
		gprs[0] = call_destroy(run, gprs[0], gprs[1]);
		break;
	case PLATFORM_CALL_TOKEN:
		gprs[0] = call_token(run->token, gprs);
		break;
	default:
		gprs[0] = PLATFORM_CALL_UNKNOWN;
		break;
	}
}
