/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that are right but for one thing. A status does not say which condition it stands for, so
 * the call is labelled with the condition that was made true on purpose; the condition counts as
 * met when the answer is the status of its row.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static size_t num_commands(void)
{
	size_t count;

	rmi_commands(&count);
	return count;
}

static size_t result_index(enum rmi_revision rev, const struct rmi_command *command)
{
	size_t count;
	const struct rmi_command *commands = rmi_commands(&count);

	return (size_t)rev * count + (size_t)(command - commands);
}

static struct fuzz_tally *tally(const struct fuzz *f, enum rmi_revision rev,
                                const struct rmi_command *command, const struct rmi_failure *fail)
{
	return &f->tallies[result_index(rev, command) * RMI_MAX_FAILURES +
	                   (size_t)(fail - command->fail)];
}

void fuzz_aim_init(struct fuzz *f)
{
	size_t count = FUZZ_NUM_REVISIONS * num_commands();

	f->results = calloc(count, sizeof(*f->results));
	f->tallies = calloc(count * RMI_MAX_FAILURES, sizeof(*f->tallies));
	if (!f->results || !f->tallies)
		abort();
}

static bool has(const struct rmi_command *command, enum rmi_revision rev)
{
	return (command->revisions & 1u << rev) != 0;
}

static unsigned num_failures(const struct rmi_command *command)
{
	unsigned count = 0;

	while (command->fail[count].condition)
		count++;
	return count;
}

/** Conditions that can be met in the state that the RMM is in. */
static bool is_in_time(const struct fuzz *f, const struct rmi_command *command,
                       const struct rmi_failure *fail)
{
	bool state = !strcmp(fail->condition, "rmm_state");

	if (command->fid == SMC_RMI_RMM_CONFIG_SET)
		return f->active == state;
	if (command->fid == SMC_RMI_RMM_CONFIG_GET || command->fid == SMC_RMI_RMM_DEACTIVATE)
		return true;
	return f->active != state;
}

/** A condition that is worth more than its share of the draws. */
struct rare {
	uint32_t fid;          /**< 0: any command */
	const char *condition; /**< NULL: any */
};

static bool needs_planes(uint32_t fid)
{
	switch (fid) {
	case SMC_RMI_RTT_AUX_CREATE:
	case SMC_RMI_RTT_AUX_DESTROY:
	case SMC_RMI_RTT_AUX_FOLD:
	case SMC_RMI_RTT_AUX_PROT_MAP:
	case SMC_RMI_RTT_AUX_PROT_UNMAP:
	case SMC_RMI_RTT_AUX_UNPROT_MAP:
	case SMC_RMI_RTT_AUX_UNPROT_UNMAP:
	case SMC_RMI_RTT_SET_S2AP:
		return true;
	default:
		return false;
	}
}

static struct rare rare_in_planes(struct fuzz *f)
{
	static const struct rare conditions[] = {
	        {SMC_RMI_RTT_DESTROY, "aux_ref"},
	        {SMC_RMI_RTT_FOLD, "aux_ref"},
	        {SMC_RMI_RTT_SET_RIPAS, "aux_live"},
	        {SMC_RMI_RTT_AUX_PROT_MAP, "aux_destroyed"},
	        {SMC_RMI_RTT_AUX_PROT_MAP, "base_aux_align"},
	        {SMC_RMI_RTT_AUX_PROT_MAP, "aux_size"},
	        {SMC_RMI_RTT_AUX_PROT_MAP, NULL},
	        {SMC_RMI_RTT_AUX_UNPROT_MAP, NULL},
	        {SMC_RMI_RTT_AUX_PROT_UNMAP, NULL},
	        {SMC_RMI_RTT_AUX_UNPROT_UNMAP, NULL},
	        {SMC_RMI_RTT_AUX_UNPROT_UNMAP, "aux_size"},
	        {SMC_RMI_RTT_AUX_CREATE, NULL},
	        {SMC_RMI_RTT_AUX_DESTROY, NULL},
	        {SMC_RMI_RTT_AUX_FOLD, NULL},
	};

	return conditions[fuzz_below(f, sizeof(conditions) / sizeof(conditions[0]))];
}

/** What does not last, or is rare, comes first. */
static struct rare hurry(struct fuzz *f)
{
	if (fuzz_chance(f, 15) && fuzz_aim_waits(f, true)) {
		if (fuzz_chance(f, 15))
			return (struct rare){SMC_RMI_REC_ENTER, "rec_pending"};
		return (struct rare){SMC_RMI_PSCI_COMPLETE, NULL};
	}
	if (fuzz_chance(f, 15) && fuzz_aim_waits(f, false))
		return (struct rare){SMC_RMI_RTT_SET_RIPAS, NULL};
	if (fuzz_chance(f, 15) && fuzz_aim_waits_s2ap(f))
		return (struct rare){SMC_RMI_RTT_SET_S2AP,
		                     fuzz_chance(f, 30) ? "base_align_aux" : NULL};
	if (f->planes && fuzz_chance(f, 40))
		return rare_in_planes(f);
	/* What only one of the RMMs can run into. */
	if (!f->pat_valid && fuzz_chance(f, 5))
		return (struct rare){SMC_RMI_REALM_CREATE, "pat_valid"};
	if (f->max_recs <= FUZZ_MAX_RECS && fuzz_chance(f, 5))
		return (struct rare){SMC_RMI_REC_CREATE, "num_recs"};
	if (f->num_vmids <= 2 * FUZZ_MAX_REALMS && fuzz_chance(f, 3))
		return (struct rare){SMC_RMI_REALM_CREATE, "vmid"};
	if ((f->base + rmi_memory(f->rmi).size) >> 48 && fuzz_chance(f, 3))
		return (struct rare){SMC_RMI_RTT_CREATE, "rtt_bound2"};
	if ((f->base + rmi_memory(f->rmi).size) >> 48 && fuzz_chance(f, 3))
		return (struct rare){SMC_RMI_RTT_DATA_MAP_INIT, "data_bound2"};
	if (fuzz_first_block(f) < f->num_granules && fuzz_chance(f, 8))
		return (struct rare){SMC_RMI_RTT_DATA_UNMAP, "rtte_size"};
	if (strstr(f->conf, "tracking=coarse") && fuzz_chance(f, 5))
		return (struct rare){SMC_RMI_RTT_DATA_MAP, "trk_gran"};
	return (struct rare){0, NULL};
}

/** Draws a condition of any command. @return NULL if this draw was none */
static const struct rmi_failure *draw_condition(struct fuzz *f, const struct rmi_command **command)
{
	size_t count;
	const struct rmi_command *commands = rmi_commands(&count);
	struct rare rare = hurry(f);
	const struct rmi_failure *fail;
	unsigned failures;

	*command = rare.fid ? rmi_command_find(f->revision, rare.fid)
	                    : &commands[fuzz_below(f, count)];
	failures = num_failures(*command);
	if (!failures || !has(*command, f->revision) ||
	    (needs_planes((*command)->fid) && !f->planes))
		return NULL;
	fail = &(*command)->fail[fuzz_below(f, failures)];
	for (unsigned i = 0; rare.condition && i < failures; i++)
		if (!strcmp((*command)->fail[i].condition, rare.condition))
			fail = &(*command)->fail[i];
	if (fuzz_aim_unreachable(*command, fail, f->revision) || !is_in_time(f, *command, fail))
		return NULL;
	return fail;
}

static bool draw_aimed(struct fuzz *f, struct fuzz_call *call)
{
	const struct rmi_command *command = NULL;
	const struct rmi_failure *fail = NULL;
	bool running = f->depth && fuzz_chance(f, 60);
	fuzz_aim_fn *rule = NULL;

	for (unsigned tries = 0; !rule; tries++) {
		if (tries == (f->active ? 200 : 40))
			return false;
		fail = draw_condition(f, &command);
		rule = fail ? fuzz_aim_rule(command, fail) : NULL;
		if (running && !fuzz_aim_is_running(rule))
			rule = NULL;
	}
	fuzz_draw_command(f, call, command);
	if (call->command != command)
		return false;
	call->aim = fail;
	return rule(f, call);
}

bool fuzz_aim(struct fuzz *f, struct fuzz_call *call)
{
	bool done = false;

	f->aiming = true;
	for (unsigned tries = 0; tries < 3 && !done; tries++)
		done = draw_aimed(f, call);
	f->aiming = false;
	if (!done)
		call->aim = NULL;
	return done;
}

static bool is_follow_up(uint32_t fid)
{
	return fid == SMC_RMI_OP_CONTINUE || fid == SMC_RMI_OP_MEM_DONATE ||
	       fid == SMC_RMI_OP_MEM_RECLAIM || fid == SMC_RMI_OP_CANCEL;
}

void fuzz_aim_result(struct fuzz *f, const struct fuzz_call *call, uint64_t x0)
{
	uint64_t status = rmi_status(x0);
	struct fuzz_tally *result;
	struct fuzz_tally *t;

	if (!call->command || x0 == SMCCC_NOT_SUPPORTED || status == RMI_ERROR_NOT_SUPPORTED ||
	    status == RMI_BUSY || status == RMI_BLOCKED)
		return;
	/* A stateful operation has its answer at its end; its other calls answer like this. */
	if (status == RMI_INCOMPLETE && !is_follow_up(call->command->fid))
		return;
	result = &f->results[result_index(f->revision, call->command)];
	result->aimed++;
	result->hit += status == RMI_SUCCESS || status == RMI_INCOMPLETE;
	if (!call->aim)
		return;
	t = tally(f, f->revision, call->command, call->aim);
	t->aimed++;
	if (call->aim->status == RMI_STATUS_RESUMED)
		t->hit += status != RMI_SUCCESS && status != RMI_INCOMPLETE;
	else
		t->hit += status == call->aim->status;
}

/** Whether a revision was tried at all. */
static bool was_tried(const struct fuzz *f, enum rmi_revision rev)
{
	for (size_t i = 0; i < num_commands(); i++)
		if (f->results[(size_t)rev * num_commands() + i].aimed)
			return true;
	return false;
}

static void print_row(const struct fuzz *f, enum rmi_revision rev,
                      const struct rmi_command *command, const struct rmi_failure *fail)
{
	const struct fuzz_tally *t = tally(f, rev, command, fail);
	const char *why = fuzz_aim_unreachable(command, fail, rev);
	char name[64];

	snprintf(name, sizeof(name), "%s/%s", command->name + strlen("RMI_"), fail->condition);
	if (why)
		printf("  %-44s -        %s\n", name, why);
	else
		printf("  %-44s aimed %8" PRIu64 "  hit %8" PRIu64 "\n", name, t->aimed, t->hit);
}

static bool report_command(const struct fuzz *f, enum rmi_revision rev,
                           const struct rmi_command *command, bool table)
{
	const struct fuzz_tally *result = &f->results[result_index(rev, command)];
	bool ok = result->hit != 0;

	if (!result->aimed) {
		if (table)
			printf("%s %-46s not supported\n", rmi_revision_name(rev), command->name);
		return true;
	}
	if (table || !ok)
		printf("%s %-46s SUCCESS %8" PRIu64 "\n", rmi_revision_name(rev), command->name,
		       result->hit);
	for (unsigned i = 0; i < num_failures(command); i++) {
		const struct rmi_failure *fail = &command->fail[i];
		bool met = tally(f, rev, command, fail)->hit != 0 ||
		           fuzz_aim_unreachable(command, fail, rev);

		if (table || !met)
			print_row(f, rev, command, fail);
		if (!met)
			printf("  ^ never met\n");
		ok &= met;
	}
	return ok;
}

bool fuzz_aim_report(const struct fuzz *f, bool table)
{
	size_t count;
	const struct rmi_command *commands = rmi_commands(&count);
	bool ok = true;

	for (enum rmi_revision rev = 0; rev < FUZZ_NUM_REVISIONS; rev++) {
		if (!was_tried(f, rev))
			continue;
		for (size_t i = 0; i < count; i++)
			if (has(&commands[i], rev))
				ok = report_command(f, rev, &commands[i], table) && ok;
	}
	return ok;
}
