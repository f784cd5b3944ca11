/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Places where the recorded RMM keeps what was there although the text has it written, and where
 * the vectors have no tag. An RMM that follows the text is as right; docs/decisions.md lists them.
 * Each has a name here, which --quirks takes like that of a tag.
 */
#include "replay.h"

#include <string.h>

#include <rmm/guest.h>

/** RMI_PSCI_COMPLETE of CPU_ON leaves X1..X30 of the target; B4.5.38: they are zero. */
#define CPU_ON_KEEPS_GPRS        "cpu_on_keeps_gprs"
/** RSI_REALM_CONFIG leaves the bytes that no member has; B5.5.19: they are zero. */
#define REALM_CONFIG_KEEPS_BYTES "realm_config_keeps_bytes"
/** HPFAR of an abort at the pointer of an RSI command has IPA[11:8]; A4.3.4: granule aligned. */
#define HPFAR_BELOW_GRANULE      "hpfar_below_granule"

#define WORDS                    (RSI_GRANULE_SIZE / sizeof(uint64_t))

static bool applies(struct replay *r, const char *name)
{
	return !name_set_has(&r->options->quirks, name);
}

static void take_note(struct replay *r, const char *name)
{
	tally_add(&r->counts->lines, name);
}

void replay_turned_on(struct replay *r, struct guest *g, const struct vec_line *entry)
{
	struct guest_regs *regs = guest_regs(g);

	if (!applies(r, CPU_ON_KEEPS_GPRS) || regs->x[0] != replay_value(r, &entry->results[0]))
		return;
	for (unsigned i = 1; i < 31; i++)
		if (regs->x[i])
			return;
	for (size_t i = 1; i < entry->num_results; i++) {
		uint64_t kept = replay_value(r, &entry->results[i]);

		if (entry->results[i].kind == VEC_ANY || !kept)
			continue;
		/* The recorded Realm goes on with these. */
		regs->x[i] = kept;
		take_note(r, CPU_ON_KEEPS_GPRS);
	}
}

/** Whether a word of RsiRealmConfig has a member, and which of its bits. */
static uint64_t member_mask(size_t word)
{
	uint64_t offset = word * sizeof(uint64_t);

	if (offset == offsetof(struct rsi_realm_config, hash_algo))
		return 0xff;
	if (offset <= offsetof(struct rsi_realm_config, ats_plane) ||
	    (offset >= offsetof(struct rsi_realm_config, rpv) &&
	     offset < offsetof(struct rsi_realm_config, mbz_240)))
		return UINT64_MAX;
	return 0;
}

bool replay_config_before(struct replay *r, struct guest *g, const struct vec_line *smc,
                          uint64_t *before)
{
	if (!applies(r, REALM_CONFIG_KEEPS_BYTES) || smc->outcome != VEC_RETURNS ||
	    smc->args[0].number != SMC_RSI_REALM_CONFIG || smc->results[0].number != RSI_SUCCESS)
		return false;
	for (size_t i = 0; i < WORDS; i++)
		before[i] = guest_load64(g, smc->args[1].number + i * sizeof(uint64_t));
	return true;
}

void replay_config_after(struct replay *r, struct guest *g, const struct vec_line *smc,
                         const uint64_t *before)
{
	bool kept = true;

	for (size_t i = 0; i < WORDS; i++) {
		uint64_t ipa = smc->args[1].number + i * sizeof(uint64_t);
		uint64_t mask = member_mask(i);
		uint64_t got = guest_load64(g, ipa);

		if (got & ~mask)
			replay_differs(r, smc, "RsiRealmConfig at 0x%zx is not zero: 0x%llx",
			               i * sizeof(uint64_t), (unsigned long long)got);
		kept = kept && !(before[i] & ~mask);
		guest_store64(g, ipa, (got & mask) | (before[i] & ~mask));
	}
	if (!kept)
		take_note(r, REALM_CONFIG_KEEPS_BYTES);
}

bool replay_hpfar_matches(struct replay *r, uint64_t expected, uint64_t got)
{
	if (!applies(r, HPFAR_BELOW_GRANULE) || !(expected & 0xf) ||
	    got != (expected & ~UINT64_C(0xf)))
		return false;
	take_note(r, HPFAR_BELOW_GRANULE);
	return true;
}
