/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of the Realm: one script, the same for every REC, that executes what the vectors say
 * for the run that is going on. A step that exits comes back when its REC is entered again, in
 * another run.
 */
#include "replay.h"

#include <inttypes.h>
#include <string.h>

#include <rmi/model.h>
#include <rmm/guest.h>

/** Leaves the Realm for good after a difference: the Host does not go on either. */
static void give_up(struct guest *g)
{
	for (;;)
		guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_IRQ});
}

/** Comes back in a run that has steps left. */
static const struct vec_line *next_step(struct replay *r, struct guest *g)
{
	r->in_realm = true;
	if (r->state != REPLAY_GOING)
		give_up(g);
	if (r->step == r->steps_end) {
		replay_differs(r, r->line, "the Realm runs, but no REC exit comes from it");
		give_up(g);
	}
	return r->step++;
}

/** An access that aborts, as the PE reports it. */
static void raise_abort(struct guest *g, struct replay *r, const struct vec_line *step)
{
	struct guest_exit exit = {
	        .kind = GUEST_EXIT_ABORT,
	        .ipa = replay_value(r, &step->args[0]),
	        .esr = replay_value(r, &step->args[1]),
	        .far = replay_value(r, &step->args[2]),
	};
	/* ISS.WnR with a register: what the store would write. */
	unsigned srt = (unsigned)rmi_field_get(exit.esr, 16, 5);

	exit.value = srt == 31 ? 0 : guest_regs(g)->x[srt];
	guest_raise(g, &exit);
}

static void raise_plain(struct guest *g, enum guest_exit_kind kind, uint64_t esr)
{
	guest_raise(g, &(struct guest_exit){.kind = kind, .esr = esr});
}

/** Whether a step is the SMC of another step, made once more. */
static bool is_same_smc(struct replay *r, const struct vec_line *step, const struct vec_line *smc)
{
	if (step->kind != VEC_G_SMC || step->num_args != smc->num_args)
		return false;
	for (size_t i = 0; i < smc->num_args; i++)
		if (replay_value(r, &step->args[i]) != replay_value(r, &smc->args[i]))
			return false;
	return true;
}

/**
 * After an SMC that has exited and come back, done. When the vectors have it made once more in the
 * new run, from the registers of before, then the engine has done so and these are the results.
 */
static void smc_again(struct replay *r, const struct vec_line *smc, const uint64_t *results)
{
	const struct vec_line *entry = r->step;
	const struct vec_line *again = entry;

	while (again < r->steps_end && (again->kind == VEC_G_ENTRY || again->kind == VEC_G_PC))
		again++;
	if (again == entry || again >= r->steps_end || !is_same_smc(r, again, smc))
		return;
	if (entry->kind != VEC_G_ENTRY || entry->results[0].kind == VEC_ANY ||
	    replay_value(r, &entry->results[0]) != replay_value(r, &smc->args[0]))
		return;
	r->step = again + 1;
	if (again->outcome == VEC_RETURNS)
		replay_compare(r, again, results);
	else
		replay_differs(r, again, "the SMC has come back");
}

static void do_smc(struct replay *r, struct guest *g, const struct vec_line *step)
{
	struct guest_regs *state = guest_regs(g);
	unsigned run = r->run_number;
	uint64_t pc = state->pc;
	uint64_t page[RSI_GRANULE_SIZE / sizeof(uint64_t)];
	bool config = replay_config_before(r, g, step, page);
	struct smccc_regs regs;

	for (size_t i = 0; i < step->num_args; i++)
		state->x[i] = replay_value(r, &step->args[i]);
	memcpy(regs.x, state->x, sizeof(regs.x));
	guest_smc(g, &regs);
	memcpy(state->x, regs.x, sizeof(regs.x));
	r->in_realm = true;
	if (r->state != REPLAY_GOING)
		return;
	if (run != r->run_number) {
		if (step->outcome == VEC_EXITS && state->pc != pc)
			smc_again(r, step, regs.x);
		return;
	}
	if (step->outcome == VEC_EXITS) {
		replay_differs(r, step, "no exit; X0 is 0x%" PRIx64, regs.x[0]);
	} else if (regs.x[0] == SMCCC_NOT_SUPPORTED && !r->options->only.count &&
	           step->results[0].number != SMCCC_NOT_SUPPORTED) {
		char name[48];

		snprintf(name, sizeof(name), "SMC 0x%" PRIx64 " of the Realm",
		         step->args[0].number);
		replay_lacks(r, name, RMI_SUCCESS);
	} else {
		replay_compare(r, step, regs.x);
	}
	if (config && r->state == REPLAY_GOING)
		replay_config_after(r, g, step, page);
}

static void do_memory(struct replay *r, struct guest *g, const struct vec_line *step)
{
	uint64_t ipa = replay_value(r, &step->args[0]);
	uint64_t value = replay_value(r, &step->args[1]);
	uint64_t got = value;

	if (step->kind == VEC_G_W64)
		guest_store64(g, ipa, value);
	else
		got = guest_load64(g, ipa);
	if (guest_take_sea(g, NULL, NULL))
		replay_differs(r, step, "the access gave an External abort");
	else if (got != value)
		replay_differs(r, step, "the Realm reads 0x%" PRIx64, got);
}

/** Steps whose effect is an exception: taken to the Host, or to the Realm. */
static void do_exception(struct replay *r, struct guest *g, const struct vec_line *step)
{
	unsigned run = r->run_number;
	unsigned taken;

	switch (step->kind) {
	case VEC_G_DABORT:
	case VEC_G_IABORT:
		raise_abort(g, r, step);
		break;
	case VEC_G_IRQ:
		raise_plain(g, GUEST_EXIT_IRQ, 0);
		break;
	case VEC_G_FIQ:
		raise_plain(g, GUEST_EXIT_FIQ, 0);
		break;
	case VEC_G_SERROR:
		raise_plain(g, GUEST_EXIT_SERROR, replay_value(r, &step->args[0]));
		break;
	case VEC_G_WFI:
		guest_wfi(g);
		break;
	case VEC_G_WFE:
		guest_wfe(g);
		break;
	default:
		guest_hvc(g);
		break;
	}
	/* An SEA that the Host injects on the next entry shows here too; it is not ours. */
	taken = guest_take_sea(g, NULL, NULL);
	if (r->state != REPLAY_GOING)
		return;
	if (step->outcome == VEC_EXITS && run == r->run_number)
		replay_differs(r, step, "no exit");
	else if (step->outcome == VEC_REALM && (run != r->run_number || taken != 1))
		replay_differs(r, step, "%u exceptions taken to the Realm", taken);
}

static void do_entry(struct replay *r, struct guest *g, const struct vec_line *step, bool first)
{
	uint64_t regs[9];

	if (first)
		replay_turned_on(r, g, step);
	memcpy(regs, guest_regs(g)->x, sizeof(regs));
	replay_compare(r, step, regs);
}

static void do_step(struct replay *r, struct guest *g, const struct vec_line *step, bool first)
{
	switch (step->kind) {
	case VEC_G_ENTRY:
		do_entry(r, g, step, first);
		break;
	case VEC_G_PC:
		if (guest_regs(g)->pc != replay_value(r, &step->results[0]))
			replay_differs(r, step, "PC is 0x%" PRIx64, guest_regs(g)->pc);
		break;
	case VEC_G_SMC:
		do_smc(r, g, step);
		break;
	case VEC_G_REG:
		guest_regs(g)->x[step->args[0].number] = replay_value(r, &step->args[1]);
		break;
	case VEC_G_W64:
	case VEC_G_R64:
		do_memory(r, g, step);
		break;
	case VEC_G_HOST:
		replay_call(r, r->other_pe, step);
		break;
	default:
		do_exception(r, g, step);
		break;
	}
}

static void realm(struct guest *g, void *arg)
{
	struct replay *r = arg;

	for (bool first = true;; first = false) {
		const struct vec_line *step = next_step(r, g);

		if (!replay_left_out(r, step))
			do_step(r, g, step, first);
	}
}

bool replay_realm_prepare(struct replay *r, const struct vec_sequence *sequence)
{
	struct rmm *rmm = rmi_model(r->rmi);

	for (size_t i = 0; i < sequence->num_lines; i++) {
		const struct vec_line *line = &sequence->lines[i];

		if (!vec_is_guest(line->kind))
			continue;
		if (!rmm)
			return false;
		if (line->kind == VEC_G_PC &&
		    !rmm_script(rmm, replay_value(r, &line->results[0]), realm, r))
			return false;
	}
	return true;
}
