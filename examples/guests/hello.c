/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first guest: says hello on both consoles, and what it learns about itself from the RMM.
 */
#include "guest.h"

static const struct {
	const char *name;
	size_t bytes;
} hashes[] = {
        [RSI_HASH_SHA_256] = {"SHA-256", 32},
        [RSI_HASH_SHA_512] = {"SHA-512", 64},
        [RSI_HASH_SHA_384] = {"SHA-384", 48},
};

static void print_measurement(const char *name, unsigned index, size_t bytes)
{
	uint64_t value[8];

	if (rsi_measurement_read(index, value) != RSI_SUCCESS)
		panic("measurement %u cannot be read", index);
	printf("%s ", name);
	print_hex(value, bytes);
	printf("\n");
}

static void say_hello(void *arg)
{
	unsigned *done = arg;

	printf("hello from vCPU %u\n", cpu_index());
	__atomic_store_n(done, 1, __ATOMIC_RELEASE);
}

static void start_others(unsigned count)
{
	static unsigned done[KIT_MAX_CPUS];

	for (unsigned i = 1; i < count; i++) {
		int64_t result = cpu_start(i, say_hello, &done[i]);

		if (result != PSCI_SUCCESS)
			panic("vCPU %u does not start: %ld", i, result);
		while (!__atomic_load_n(&done[i], __ATOMIC_ACQUIRE))
			__asm__ volatile("yield");
	}
}

int guest_main(void)
{
	const struct rsi_realm_config *config = realm_config();
	unsigned cpus = cpu_count();
	size_t bytes;

	if (config->hash_algo >= sizeof(hashes) / sizeof(hashes[0]))
		panic("unknown hash algorithm %u", config->hash_algo);
	bytes = hashes[config->hash_algo].bytes;

	printf("hello from a realm: %u vCPU%s, %lu-bit IPA, %s\n", cpus, cpus == 1 ? "" : "s",
	       config->ipa_width, hashes[config->hash_algo].name);
	printf("ram 0x%lx to 0x%lx\n", PLATFORM_RAM_BASE, ram_end());
	print_measurement("rim", 0, bytes);

	/* A measurement register of its own that a realm extends with what it finds. */
	rsi_measurement_extend(1, (const uint64_t[8]){UINT64_C(0x6f6c6c6568)}, 5);
	print_measurement("rem", 1, bytes);

	start_others(cpus);

	console_select(CONSOLE_HOST_CALL);
	printf("hello by host call\n");
	return 0;
}
