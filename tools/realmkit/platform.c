/* SPDX-License-Identifier: BSD-3-Clause */
/* The host calls of host/platform.h. */
#include <string.h>

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
	default:
		gprs[0] = PLATFORM_CALL_UNKNOWN;
		break;
	}
}
