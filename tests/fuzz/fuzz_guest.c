/* SPDX-License-Identifier: BSD-3-Clause */
/* What Realms do: the same random things in every REC. */
#include "fuzz.h"

#include <stddef.h>
#include <string.h>

#define FIRST_PC UINT64_C(0x1000)

uint64_t fuzz_pc(unsigned index)
{
	return FIRST_PC + 0x100 * index;
}

bool fuzz_pc_known(uint64_t pc)
{
	return pc >= FIRST_PC && pc < fuzz_pc(FUZZ_NUM_PCS) && pc % 0x100 == 0;
}

static uint64_t some_ipa(struct fuzz *f)
{
	return fuzz_ipa(f, f->running, fuzz_chance(f, 80));
}

static void access_memory(struct fuzz *f, struct guest *g)
{
	uint64_t ipa = fuzz_chance(f, 97) ? some_ipa(f) : fuzz_edge(f);

	unsigned run = f->run_number;

	ipa += fuzz_below(f, RSI_GRANULE_SIZE / 8) * 8;
	switch (fuzz_below(f, 5)) {
	case 0:
		guest_store64(g, ipa, fuzz_random(f));
		break;
	case 1:
		guest_store8(g, ipa, (uint8_t)fuzz_random(f));
		break;
	case 2:
		guest_load32(g, ipa);
		break;
	case 3:
		guest_fetch(g, ipa & ~UINT64_C(3));
		break;
	default:
		guest_load64(g, ipa);
		break;
	}
	if (!guest_take_sea(g, NULL, NULL) && run == f->run_number)
		f->good_ipa = ipa & ~(RSI_GRANULE_SIZE - 1);
}

/** A page that an RSI command can use, as a rule. */
static uint64_t pointer(struct fuzz *f)
{
	return fuzz_chance(f, 60) ? f->good_ipa : some_ipa(f) & ~(RSI_GRANULE_SIZE - 1);
}

static void smc(struct fuzz *f, struct guest *g, struct smccc_regs *regs)
{
	uint32_t fid = (uint32_t)regs->x[0];

	guest_smc(g, regs);
	guest_take_sea(g, NULL, NULL);
	fuzz_count(f->rsi_counts, f->num_rsi_counts, fid, regs->x[0], true);
}

/** Where a plane may start, in the RsiPlaneRun at an IPA. */
static void prepare_plane(struct fuzz *f, struct guest *g, uint64_t run)
{
	static const uint64_t states[] = {GUEST_PSTATE_RESET, GUEST_PSTATE_EL1T, GUEST_PSTATE_EL0T};

	guest_store64(g, run + offsetof(struct rsi_plane_enter, flags), fuzz_random(f) & 0xff);
	guest_take_sea(g, NULL, NULL);
	guest_store64(g, run + offsetof(struct rsi_plane_enter, pc),
	              fuzz_pc((unsigned)fuzz_below(f, FUZZ_NUM_PCS)));
	guest_take_sea(g, NULL, NULL);
	guest_store64(g, run + offsetof(struct rsi_plane_enter, pstate), states[fuzz_below(f, 3)]);
	guest_take_sea(g, NULL, NULL);
}

/** A command about planes. */
static uint32_t plane_command(struct fuzz *f)
{
	switch (fuzz_below(f, 10)) {
	case 0:
		return SMC_RSI_PLANE_ENTER;
	case 1:
		return SMC_RSI_PLANE_SYSREG_READ;
	case 2:
		return SMC_RSI_PLANE_SYSREG_WRITE;
	case 3:
	case 4:
		return SMC_RSI_MEM_GET_PERM_VALUE + (uint32_t)fuzz_below(f, 3);
	default:
		return SMC_RSI_MEM_SET_PERM_INDEX;
	}
}

static void rsi(struct fuzz *f, struct guest *g)
{
	/* SCTLR_EL1, TTBR0_EL1, ESR_EL1, VBAR_EL1 as RsiSysregAddress. */
	static const uint64_t sysregs[] = {0xc080, 0xc100, 0xc290, 0xc600};
	size_t count;
	const struct rmi_command *commands = rsi_commands(&count);
	static const uint32_t likely[] = {
	        SMC_RSI_VERSION,       SMC_RSI_FEATURES,      SMC_RSI_MEASUREMENT_READ,
	        SMC_RSI_REALM_CONFIG,  SMC_RSI_IPA_STATE_SET, SMC_RSI_IPA_STATE_SET,
	        SMC_RSI_IPA_STATE_SET, SMC_RSI_IPA_STATE_GET, SMC_RSI_MEASUREMENT_EXTEND,
	        SMC_RSI_HOST_CALL};
	struct smccc_regs regs;

	for (unsigned i = 0; i < SMCCC_NUM_REGS; i++)
		regs.x[i] = fuzz_edge(f);
	regs.x[0] = fuzz_chance(f, 90) ? likely[fuzz_below(f, sizeof(likely) / sizeof(likely[0]))]
	                               : commands[fuzz_below(f, count)].fid;
	if (f->planes && fuzz_chance(f, 30))
		regs.x[0] = plane_command(f);
	/* Signing takes its time. */
	if (fuzz_below(f, 40) == 0)
		regs.x[0] = fuzz_chance(f, 40) ? SMC_RSI_ATTESTATION_TOKEN_INIT
		                               : SMC_RSI_ATTESTATION_TOKEN_CONTINUE;
	if (fuzz_chance(f, 85)) {
		switch (regs.x[0]) {
		case SMC_RSI_VERSION:
			regs.x[1] = RSI_VERSION_ENCODE(1, fuzz_below(f, 3));
			break;
		case SMC_RSI_FEATURES:
		case SMC_RSI_MEASUREMENT_READ:
			regs.x[1] = fuzz_below(f, 6);
			break;
		case SMC_RSI_MEASUREMENT_EXTEND:
			regs.x[1] = fuzz_below(f, 6);
			regs.x[2] = fuzz_below(f, 66);
			break;
		case SMC_RSI_MEM_GET_PERM_VALUE:
		case SMC_RSI_MEM_SET_PERM_VALUE:
			regs.x[1] = fuzz_below(f, 4);
			regs.x[2] = fuzz_below(f, 16);
			regs.x[3] = fuzz_below(f, 16);
			break;
		case SMC_RSI_MEM_SET_PERM_INDEX:
			regs.x[1] = fuzz_ipa(f, f->running, true);
			/* A part of a large entry. */
			if (fuzz_chance(f, 30))
				regs.x[1] &= ~(rmi_rtt_level_size(f->gshift, 2) - 1);
			if (fuzz_chance(f, 20))
				regs.x[1] += 7 * rmi_rtt_level_size(f->gshift, 2);
			regs.x[2] = regs.x[1] + (1 + fuzz_below(f, 4)) * RSI_GRANULE_SIZE;
			regs.x[3] = fuzz_below(f, 16);
			regs.x[4] = 0;
			break;
		case SMC_RSI_REALM_CONFIG:
			regs.x[1] = pointer(f);
			break;
		case SMC_RSI_ATTESTATION_TOKEN_CONTINUE:
			if (fuzz_chance(f, 70)) {
				struct smccc_regs init = {.x = {SMC_RSI_ATTESTATION_TOKEN_INIT}};

				smc(f, g, &init);
			}
			regs.x[1] = pointer(f);
			regs.x[2] = fuzz_below(f, RSI_GRANULE_SIZE + 2);
			regs.x[3] = fuzz_below(f, RSI_GRANULE_SIZE + 2 - regs.x[2]);
			break;
		case SMC_RSI_PLANE_ENTER:
			regs.x[1] = fuzz_below(f, 4);
			regs.x[2] = pointer(f);
			prepare_plane(f, g, regs.x[2]);
			break;
		case SMC_RSI_PLANE_SYSREG_READ:
		case SMC_RSI_PLANE_SYSREG_WRITE:
			regs.x[1] = fuzz_below(f, 4);
			regs.x[2] = sysregs[fuzz_below(f, 4)];
			break;
		case SMC_RSI_HOST_CALL:
			regs.x[1] = pointer(f) + fuzz_below(f, 16) * RSI_HOST_CALL_SIZE;
			break;
		default:
			regs.x[1] = fuzz_ipa(f, f->running, true);
			/* What another tree maps, too. */
			if (f->running && f->running->aux_prot && fuzz_chance(f, 25))
				regs.x[1] = f->running->aux_page;
			/* A part of a large entry. */
			if (fuzz_chance(f, 15))
				regs.x[1] &= ~(rmi_rtt_level_size(f->gshift, 2) - 1);
			regs.x[2] = regs.x[1] + (1 + fuzz_below(f, 8)) * RSI_GRANULE_SIZE;
			regs.x[3] = fuzz_below(f, fuzz_chance(f, 90) ? 2 : 5);
			regs.x[4] = fuzz_below(f, 2);
			break;
		}
	}
	smc(f, g, &regs);
}

static void psci(struct fuzz *f, struct guest *g)
{
	struct smccc_regs regs = {.x = {0x84000000 | fuzz_below(f, 0x10)}};

	if (fuzz_chance(f, 50))
		regs.x[0] |= SMCCC_FID_SMC64;
	/* These end something: rarely. */
	if (fuzz_chance(f, 90) && ((regs.x[0] & 0x1f) == 2 || (regs.x[0] & 0x1f) >= 8))
		regs.x[0] = SMC64_PSCI_CPU_ON;
	regs.x[1] = rmi_rec_mpidr(fuzz_below(f, 6));
	if (fuzz_chance(f, 10))
		regs.x[1] = fuzz_edge(f);
	regs.x[2] = fuzz_chance(f, 95) ? fuzz_pc((unsigned)fuzz_below(f, FUZZ_NUM_PCS)) : 0;
	regs.x[3] = fuzz_random(f);
	if ((regs.x[0] & 0x1f) == 4 && fuzz_chance(f, 90))
		regs.x[2] = 0;
	/* An entry point without a script would run whatever is there, perhaps for ever. */
	if ((regs.x[0] & 0x1f) == 3 && !fuzz_pc_known(regs.x[2]))
		regs.x[2] = UINT64_MAX;
	smc(f, g, &regs);
}

static void raise(struct fuzz *f, struct guest *g)
{
	static const enum guest_exit_kind kinds[] = {GUEST_EXIT_IRQ, GUEST_EXIT_FIQ,
	                                             GUEST_EXIT_SERROR, GUEST_EXIT_ABORT};
	struct guest_exit exit = {.kind = kinds[fuzz_below(f, 4)]};

	if (exit.kind == GUEST_EXIT_SERROR) {
		exit.esr = UINT64_C(0xbe000000) | (fuzz_random(f) & 0x1ffffff);
	} else if (exit.kind == GUEST_EXIT_ABORT) {
		/* EC: a data abort or an instruction abort from a lower EL, DFSC: translation. */
		exit.esr = (fuzz_chance(f, 80) ? UINT64_C(0x93000004) : UINT64_C(0x82000004)) |
		           fuzz_below(f, 4);
		if (exit.esr >> 26 == 0x24)
			exit.esr |= fuzz_random(f) & UINT64_C(0xffffc0);
		exit.ipa = some_ipa(f) + fuzz_below(f, RSI_GRANULE_SIZE);
		exit.far = fuzz_random(f);
		exit.value = fuzz_random(f);
	}
	guest_raise(g, &exit);
	guest_take_sea(g, NULL, NULL);
}

/** The Host goes on meanwhile, on another PE. */
static void host(struct fuzz *f)
{
	if (f->depth == 1)
		fuzz_step(f);
}

static void act(struct fuzz *f, struct guest *g)
{
	switch (fuzz_below(f, 16)) {
	case 0:
	case 1:
	case 2:
		access_memory(f, g);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
	case 13:
	case 14:
	case 15:
		rsi(f, g);
		break;
	case 7:
		psci(f, g);
		break;
	case 8:
		if (fuzz_chance(f, 50))
			guest_wfi(g);
		else
			guest_wfe(g);
		break;
	case 9:
		if (fuzz_chance(f, 20))
			guest_hvc(g);
		guest_take_sea(g, NULL, NULL);
		break;
	case 10:
	case 12:
		host(f);
		break;
	default:
		raise(f, g);
		break;
	}
}

static void script(struct guest *g, void *arg)
{
	struct fuzz *f = arg;

	for (;;) {
		if (!f->steps) {
			guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_IRQ});
			continue;
		}
		f->steps--;
		act(f, g);
	}
}

void fuzz_guest_register(struct fuzz *f)
{
	for (unsigned i = 0; i < FUZZ_NUM_PCS; i++)
		if (!rmm_script(f->rmm, fuzz_pc(i), script, f))
			fuzz_fail(f, "no room for a script");
}
