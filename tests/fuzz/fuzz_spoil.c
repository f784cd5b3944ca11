/* SPDX-License-Identifier: BSD-3-Clause */
/* Arguments that do not make sense. */
#include "fuzz.h"

static uint64_t address(struct fuzz *f)
{
	bool prot;

	switch (fuzz_below(f, 4)) {
	case 0:
		return fuzz_edge(f);
	case 1:
		/* Compilers evaluate arguments in any order, and runs have to be the same. */
		prot = fuzz_chance(f, 50);
		return fuzz_ipa(f, fuzz_realm(f, FUZZ_ANY), prot);
	default:
		return fuzz_granule(f, (enum fuzz_granule)fuzz_below(f, FUZZ_NUM_GRANULE_STATES));
	}
}

uint64_t fuzz_value(struct fuzz *f, enum rmi_arg_type type)
{
	if (fuzz_chance(f, 10))
		return fuzz_edge(f);
	switch (type) {
	case RMI_ARG_ADDRESS:
	case RMI_ARG_ADDR_SET_DESC:
		return address(f);
	case RMI_ARG_LEVEL:
		return fuzz_below(f, 7) - 2;
	case RMI_ARG_VERSION:
		return RMI_VERSION_ENCODE(fuzz_below(f, 4), fuzz_below(f, 2));
	case RMI_ARG_HANDLE:
		return f->num_ops ? f->ops[fuzz_below(f, f->num_ops)].handle : fuzz_edge(f);
	case RMI_ARG_UINT64:
	case RMI_ARG_BITS64:
		return fuzz_edge(f);
	default:
		return fuzz_below(f, 8);
	}
}

/** A neighbour of a value. */
static uint64_t near(struct fuzz *f, uint64_t value)
{
	switch (fuzz_below(f, 5)) {
	case 0:
		return value ^ (UINT64_C(1) << fuzz_below(f, 64));
	case 1:
		return value + f->gsize * (fuzz_below(f, 9) - 4);
	case 2:
		return value + fuzz_below(f, 17) - 8;
	case 3:
		return value & ~(rmi_rtt_level_size(f->gshift, 2) - 1);
	default:
		return value | (fuzz_random(f) & fuzz_random(f) & fuzz_random(f));
	}
}

void fuzz_spoil(struct fuzz *f, struct fuzz_call *call)
{
	unsigned num_in = 0;
	unsigned spoiled;

	while (call->command && call->command->in[num_in].name)
		num_in++;
	/* What a command does not take should be zero, and must not matter if it is not. */
	for (unsigned i = num_in + 1; i < SMCCC_NUM_REGS; i++)
		call->in.x[i] = fuzz_chance(f, 80) ? 0 : fuzz_edge(f);
	/* The upper half of the function identifier does not count. */
	if (fuzz_chance(f, 1))
		call->in.x[0] |= fuzz_random(f) << 32;
	if (fuzz_chance(f, 80))
		return;
	spoiled = fuzz_chance(f, 90) ? 1 : 1 + (unsigned)fuzz_below(f, 4);
	while (num_in && spoiled--) {
		unsigned i = (unsigned)fuzz_below(f, num_in);

		call->in.x[i + 1] = fuzz_chance(f, 50) ? near(f, call->in.x[i + 1])
		                                       : fuzz_value(f, call->command->in[i].type);
	}
}
