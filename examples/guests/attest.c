/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Proves what it is: extends a measurement register, asks the RMM for an attestation token, and
 * hands it to the host, or prints it where the host has no use for it. Then all vCPUs ask at the
 * same time, each with a challenge of its own: a token is made by a vCPU, not by a Realm.
 */
#include "guest.h"

#define TOKEN_MAX     (16 * PAGE_SIZE)
#define CHALLENGE_LEN 64

/* What the verifier wants to be answered, with zeros behind it. */
static const char challenge[CHALLENGE_LEN] = "What do you run?";

static uint8_t tokens[KIT_MAX_CPUS][TOKEN_MAX] __attribute__((aligned(PAGE_SIZE)));

/* What the vCPUs have found, each for itself. */
static struct {
	unsigned answered; /* The token has the challenge in it. */
	unsigned done;
} notes[KIT_MAX_CPUS];

static uint64_t token_init(const char asked[CHALLENGE_LEN], uint64_t *bound)
{
	struct smccc_regs r = {.x = {SMC_RSI_ATTESTATION_TOKEN_INIT}};

	memcpy(r.x + 1, asked, CHALLENGE_LEN);
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
static size_t get_token(const char asked[CHALLENGE_LEN], uint8_t *token)
{
	uint64_t bound, status, len;
	size_t size = 0;

	if (token_init(asked, &bound) != RSI_SUCCESS || bound > TOKEN_MAX)
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
static bool hand_over(const uint8_t *token, size_t size)
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

/* Whether the challenge is a byte string of the token (RFC 8949, 3.1: 0x58, length, bytes). */
static bool answers(const uint8_t *token, size_t size, const char asked[CHALLENGE_LEN])
{
	for (size_t at = 0; at + 2 + CHALLENGE_LEN <= size; at++)
		if (token[at] == 0x58 && token[at + 1] == CHALLENGE_LEN &&
		    memcmp(token + at + 2, asked, CHALLENGE_LEN) == 0)
			return true;
	return false;
}

/* On every vCPU: a token that answers this vCPU's challenge, not that of another one. */
static void ask(void *arg)
{
	const unsigned cpu = cpu_index();
	char asked[CHALLENGE_LEN];

	(void)arg;
	memcpy(asked, challenge, sizeof(asked));
	asked[CHALLENGE_LEN - 1] = (char)(cpu + 1);
	notes[cpu].answered = answers(tokens[cpu], get_token(asked, tokens[cpu]), asked);
	__atomic_store_n(&notes[cpu].done, 1, __ATOMIC_RELEASE);
	__asm__ volatile("dsb ishst\n\tsev" : : : "memory");
}

/* @return how many vCPUs have been answered wrongly */
static unsigned ask_on_all(unsigned cpus)
{
	unsigned wrong = 0;

	for (unsigned cpu = 1; cpu < cpus; cpu++)
		if (cpu_start(cpu, ask, NULL) != PSCI_SUCCESS)
			panic("vCPU %u does not start", cpu);
	ask(NULL);
	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		while (!__atomic_load_n(&notes[cpu].done, __ATOMIC_ACQUIRE))
			__asm__ volatile("wfe");
		wrong += !notes[cpu].answered;
	}
	return wrong;
}

int guest_main(void)
{
	const unsigned cpus = cpu_count();
	uint64_t event[8] = {0};
	unsigned wrong;
	size_t size;

	mmu_map_all();
	memcpy(event, challenge, strlen(challenge));
	if (rsi_measurement_extend(1, event, strlen(challenge)) != RSI_SUCCESS)
		panic("REM[0] cannot be extended");
	size = get_token(challenge, tokens[0]);
	printf("token of %zu bytes\n", size);
	if (!hand_over(tokens[0], size)) {
		print_hex(tokens[0], size);
		printf("\n");
	}
	if (cpus > 1) {
		wrong = ask_on_all(cpus);
		printf("%u vCPUs at the same time, each has its own answer: %s\n", cpus,
		       wrong == 0 ? "yes" : "NO");
		return (int)wrong;
	}
	return 0;
}
