/* SPDX-License-Identifier: BSD-3-Clause */
#include <support/sweep.h>

#include <string.h>

/** What a sweep works with. */
struct broom {
	struct rmi_pe *pe;
	const struct sro_memory *memory;
	unsigned gshift;
};

static uint64_t command(struct broom *b, struct smccc_regs *regs)
{
	sro_call(b->pe, regs);
	return sro_finish(b->pe, b->memory, regs);
}

#define COMMAND(b, ...) command((b), &(struct smccc_regs){.x = {__VA_ARGS__}})

/** Unmaps one entry: what is right for one half of the IPA space is refused for the other. */
static void unmap(struct broom *b, uint64_t rd, uint64_t ipa, uint64_t size)
{
	if (COMMAND(b, SMC_RMI_RTT_DATA_UNMAP, rd, ipa, ipa + size))
		COMMAND(b, SMC_RMI_RTT_UNPROT_UNMAP, rd, ipa, ipa + size);
}

/** Empties the entries of one table. @return whether the first one could be read */
static bool table(struct broom *b, uint64_t rd, uint64_t ipa, int level, uint64_t entries)
{
	uint64_t size = rmi_rtt_level_size(b->gshift, level);

	for (uint64_t i = 0; i < entries; i++, ipa += size) {
		struct smccc_regs regs = {
		        .x = {SMC_RMI_RTT_READ_ENTRY, rd, ipa, (uint64_t)(int64_t)level}};

		/* Beyond the IPA space. */
		if (command(b, &regs))
			return i != 0;
		if (regs.x[2] == RMI_RTTE_DATA) {
			unmap(b, rd, ipa, size);
		} else if (regs.x[2] == RMI_RTTE_TABLE) {
			table(b, rd, ipa, level + 1, UINT64_C(1) << (b->gshift - 3));
			COMMAND(b, SMC_RMI_RTT_DESTROY, rd, ipa, (uint64_t)(int64_t)(level + 1));
		}
	}
	return true;
}

static void realm(struct broom *b, uint64_t rd)
{
	/* Up to 16 starting-level tables side by side. */
	uint64_t entries = UINT64_C(16) << (b->gshift - 3);

	for (int level = -1; level <= RMM_RTT_PAGE_LEVEL; level++)
		if (rmi_rtt_level_size(b->gshift, level) && table(b, rd, 0, level, entries))
			break;
	COMMAND(b, SMC_RMI_REALM_TERMINATE, rd);
	COMMAND(b, SMC_RMI_REALM_DESTROY, rd);
}

/** Does something to each granule in a state. */
static void each(struct broom *b, const char *wanted, void (*act)(struct broom *b, uint64_t pa))
{
	struct rmi *rmi = rmi_pe_rmi(b->pe);
	const char *state;
	uint64_t from = 0;
	uint64_t pa;

	while (rmi_next_held_granule(rmi, from, &pa, &state)) {
		if (!strcmp(state, wanted))
			act(b, pa);
		from = pa + 1;
	}
}

static void rec(struct broom *b, uint64_t pa)
{
	COMMAND(b, SMC_RMI_REC_DESTROY, pa);
}

static void delegated(struct broom *b, uint64_t pa)
{
	COMMAND(b, SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa, pa + (UINT64_C(1) << b->gshift));
}

uint64_t sweep(struct rmi_pe *pe, const struct sro_memory *memory)
{
	struct broom b = {
	        .pe = pe, .memory = memory, .gshift = memory->gshift ? memory->gshift : 12};

	each(&b, "GRAN_REC", rec);
	each(&b, "GRAN_RD", realm);
	each(&b, "GRAN_DELEGATED", delegated);
	return rmi_audit(rmi_pe_rmi(pe), NULL);
}
