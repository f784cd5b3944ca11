/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a realm may do with memory: use RAM that nobody has populated, give pages away and take them
 * back, and share a page with the host. The exit status is the number of surprises.
 */
#include "guest.h"

static int surprises;

static void check(bool as_expected, const char *what)
{
	printf("%s: %s\n", what, as_expected ? "yes" : "NO");
	if (!as_expected)
		surprises++;
}

static uint64_t *at(uint64_t ipa)
{
	return (uint64_t *)ipa;
}

static enum rsi_ripas ripas_of(uint64_t ipa)
{
	uint64_t top;
	uint64_t ripas;

	if (rsi_ipa_state_get(ipa, ipa + PAGE_SIZE, &top, &ripas) != RSI_SUCCESS)
		panic("the RIPAS of 0x%lx cannot be read", ipa);
	return (enum rsi_ripas)ripas;
}

/* Pages far apart, so that each needs an RTT entry and some need an RTT of their own. */
static void touch_new_memory(uint64_t base, uint64_t end)
{
	uint64_t step = (end - base) / 16 & ~(uint64_t)(PAGE_SIZE - 1);
	unsigned pages = 0;
	bool zero = true;
	bool kept = true;

	for (uint64_t ipa = base; ipa + PAGE_SIZE <= end; ipa += step, pages++) {
		for (unsigned i = 0; i < PAGE_SIZE / 8; i++)
			zero = zero && at(ipa)[i] == 0;
		*at(ipa) = ~ipa;
	}
	for (uint64_t ipa = base; ipa + PAGE_SIZE <= end; ipa += step)
		kept = kept && *at(ipa) == ~ipa;
	printf("touched %u pages that nobody had populated\n", pages);
	check(zero, "new pages are empty");
	check(kept, "they keep what is written");
}

static void give_and_take(uint64_t base)
{
	const uint64_t size = 4 * PAGE_SIZE;
	bool gone = true;

	for (uint64_t ipa = base; ipa < base + size; ipa += PAGE_SIZE)
		memset(at(ipa), 0x5e, PAGE_SIZE);

	check(set_ripas(base, size, RSI_RIPAS_EMPTY), "the host takes 4 pages");
	check(ripas_of(base) == RSI_RIPAS_EMPTY, "they are empty now");
	check(set_ripas(base, size, RSI_RIPAS_RAM), "the host gives them back");
	check(ripas_of(base) == RSI_RIPAS_RAM, "they are RAM again");
	for (uint64_t ipa = base; ipa < base + size; ipa += 8)
		gone = gone && *at(ipa) != UINT64_C(0x5e5e5e5e5e5e5e5e);
	check(gone, "their content is gone");
}

static void share(uint64_t ipa)
{
	static const char text[] = "ping";
	uint64_t gprs[31] = {ipa, sizeof(text) - 1};
	char *window = shared(ipa);
	char answer[sizeof(text)] = "";

	memset(at(ipa), 0x5e, PAGE_SIZE);
	check(set_ripas(ipa, PAGE_SIZE, RSI_RIPAS_EMPTY), "a page becomes shared");
	memcpy(window, text, sizeof(text));
	if (!host_call(PLATFORM_CALL_REVERSE, gprs))
		panic("the host call failed");
	memcpy(answer, window, sizeof(answer));
	printf("wrote \"%s\", the host answers \"%s\"\n", text, answer);
	check(gprs[0] == sizeof(text) - 1 && memcmp(answer, "gnip", sizeof(answer)) == 0,
	      "the host sees the page and writes to it");

	check(set_ripas(ipa, PAGE_SIZE, RSI_RIPAS_RAM), "it becomes private again");
	check(memcmp(at(ipa), answer, sizeof(answer)) != 0, "what the host wrote is gone");
	*at(ipa) = 1;
	gprs[0] = ipa;
	gprs[1] = 8;
	if (!host_call(PLATFORM_CALL_REVERSE, gprs))
		panic("the host call failed");
	check(gprs[0] == 0 && *at(ipa) == 1, "the host cannot touch it any more");
}

int guest_main(void)
{
	uint64_t end = ram_end();
	uint64_t middle = PLATFORM_RAM_BASE + (end - PLATFORM_RAM_BASE) / 2;

	middle &= ~(uint64_t)(PAGE_SIZE - 1);
	printf("ram 0x%lx to 0x%lx\n", PLATFORM_RAM_BASE, end);
	touch_new_memory(middle, end);
	give_and_take(middle - 8 * PAGE_SIZE);
	share(middle - 16 * PAGE_SIZE);
	printf("surprises: %d\n", surprises);
	return surprises;
}
