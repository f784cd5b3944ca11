/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves what it is: extends a measurement register, asks the RMM for an attestation token, and
 * hands it to the host, or prints it where the host has no use for it.
 */
#include "guest.h"

#define TOKEN_MAX (16 * PAGE_SIZE)

/* What the verifier wants to be answered, with zeros behind it. */
static const char challenge[64] = "What do you run?";

static uint8_t token[TOKEN_MAX] __attribute__((aligned(PAGE_SIZE)));

static uint64_t token_init(uint64_t *bound)
{
	struct smccc_regs r = {.x = {SMC_RSI_ATTESTATION_TOKEN_INIT}};

	memcpy(r.x + 1, challenge, sizeof(challenge));
	smc(&r);
	*bound = r.x[1];
	return r.x[0];
}

/* Asks for the bytes from an address up to the end of its page. */
static uint64_t token_continue(uint8_t *at, uint64_t *len)
{
	uint64_t offset = (uintptr_t)at % PAGE_SIZE;
	struct smccc_regs r = {.x = {SMC_RSI_ATTESTATION_TOKEN_CONTINUE, (uintptr_t)at - offset,
	                             offset, PAGE_SIZE - offset}};

	smc(&r);
	*len = r.x[1];
	return r.x[0];
}

/* @return bytes of the token */
static size_t get_token(void)
{
	uint64_t bound, status, len;
	size_t size = 0;

	if (token_init(&bound) != RSI_SUCCESS || bound > TOKEN_MAX)
		panic("no token that fits");
	do {
		status = token_continue(token + size, &len);
		if (status != RSI_SUCCESS && status != RSI_INCOMPLETE)
			panic("the token ends at byte %zu: %lu", size, status);
		size += len;
	} while (status == RSI_INCOMPLETE);
	return size;
}

/* @return whether the host wanted it */
static bool hand_over(size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t part = size - at;
		uint64_t gprs[31];

		if (part > PLATFORM_CALL_TEXT_MAX)
			part = PLATFORM_CALL_TEXT_MAX;
		gprs[0] = part;
		memcpy(gprs + 1, token + at, part);
		if (!host_call(PLATFORM_CALL_TOKEN, gprs) || gprs[0] != part)
			return false;
		at += part;
	}
	return true;
}

int guest_main(void)
{
	uint64_t event[8] = {0};
	size_t size;

	memcpy(event, challenge, strlen(challenge));
	if (rsi_measurement_extend(1, event, strlen(challenge)) != RSI_SUCCESS)
		panic("REM[0] cannot be extended");
	size = get_token();
	printf("token of %zu bytes\n", size);
	if (!hand_over(size)) {
		print_hex(token, size);
		printf("\n");
	}
	return 0;
}
