/* SPDX-License-Identifier: BSD-3-Clause */
/* A run: an RMM from boot on, one call after the other, and what must be true after each. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <rmi/format.h>
#include <rmi/model.h>
#include <rmi/trace.h>

#include "fuzz.h"

/** One of so many calls is also checked for traces that an error leaves in memory. */
#define TRACE 1024

/** Calls of a hundred that are right but for one thing. */
#define AIMED 35

/** Calls before the RMM is active. */
#define EARLY 60

static void print_history(struct fuzz *f)
{
	struct rmi_format how = {.revision = f->revision, .gshift = f->gshift};
	uint64_t first = f->num_history > FUZZ_HISTORY ? f->num_history - FUZZ_HISTORY : 0;
	char text[RMI_FORMAT_CALL_SIZE];

	for (uint64_t i = first; i < f->num_history; i++) {
		const struct fuzz_history *h = &f->history[i % FUZZ_HISTORY];
		struct smccc_regs out = h->in;

		out.x[0] = h->x0;
		rmi_format_call(text, sizeof(text), &how, &h->in, &out, NULL);
		fprintf(stderr, "  [pe%u]%s %s\n", h->pe, h->depth > 1 ? " in a Realm:" : "", text);
	}
}

void fuzz_fail(struct fuzz *f, const char *fmt, ...)
{
	va_list ap;

	print_history(f);
	fprintf(stderr, "fuzz: %s, seed %" PRIu64 ", call %" PRIu64 ": ", f->conf, f->seed,
	        f->calls);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(1);
}

void fuzz_count(struct fuzz_count *counts, size_t count, uint32_t fid, uint64_t x0, bool rsi)
{
	unsigned answer = FUZZ_NUM_ANSWERS - 1;

	/* RSI return codes are small numbers too, and share the columns. */
	if (x0 == SMCCC_NOT_SUPPORTED)
		answer = FUZZ_NUM_ANSWERS - 2;
	else if ((rsi ? x0 : x0 & 0xff) < RMI_NUM_STATUS_CODES)
		answer = (unsigned)(x0 & 0xff);
	for (size_t i = 0; i < count; i++) {
		if (counts[i].fid == fid || i + 1 == count) {
			counts[i].answers[answer]++;
			return;
		}
	}
}

unsigned fuzz_num_outputs(const struct rmi_command *command)
{
	unsigned outputs = 0;

	if (!command)
		return 0;
	if (command->fid == SMC_RMI_OP_CONTINUE)
		return 4;
	while (command->out[outputs].name)
		outputs++;
	/* A handle, and what is to be donated. */
	return command->flags & RMI_CMD_SRO && outputs < 2 ? 2 : outputs;
}

/** Registers that a command does not define as outputs come back as they went in. */
static void check_registers(struct fuzz *f, const struct fuzz_call *call,
                            const struct smccc_regs *out)
{
	for (unsigned i = fuzz_num_outputs(call->command) + 1; i < SMCCC_NUM_REGS; i++)
		if (out->x[i] != call->in.x[i])
			fuzz_fail(f, "X%u went in as 0x%" PRIx64 " and came back as 0x%" PRIx64, i,
			          call->in.x[i], out->x[i]);
}

static struct fuzz_op *find_op(struct fuzz *f, uint64_t handle)
{
	for (unsigned i = 0; i < f->num_ops; i++)
		if (f->ops[i].handle == handle)
			return &f->ops[i];
	return NULL;
}

/** Follows stateful operations from the call that begins one to the one that ends it. */
static void follow(struct fuzz *f, const struct fuzz_call *call, const struct smccc_regs *out)
{
	uint32_t fid = (uint32_t)call->in.x[0];
	bool incomplete = rmi_status(out->x[0]) == RMI_INCOMPLETE;
	bool follow_up = fid == SMC_RMI_OP_CONTINUE || fid == SMC_RMI_OP_MEM_DONATE ||
	                 fid == SMC_RMI_OP_MEM_RECLAIM || fid == SMC_RMI_OP_CANCEL;
	struct fuzz_op *op;

	if (follow_up)
		fuzz_aim_result(f, call, out->x[0]);
	if (!follow_up) {
		if (incomplete && f->num_ops < FUZZ_MAX_OPS)
			f->ops[f->num_ops++] =
			        (struct fuzz_op){out->x[1], out->x[0], out->x[2], false, *call};
		else
			fuzz_learn(f, call, out);
		return;
	}
	op = find_op(f, call->in.x[1]);
	if (!op)
		return;
	if (incomplete) {
		op->failing |=
		        fid == SMC_RMI_OP_CANCEL ||
		        (fid == SMC_RMI_OP_CONTINUE && rmi_memreq(op->x0) == RMI_OP_MEM_REQ_DONATE);
		op->x0 = out->x[0];
		if (rmi_memreq(op->x0) == RMI_OP_MEM_REQ_DONATE)
			op->donate_req = out->x[2];
		return;
	}
	if (fid == SMC_RMI_OP_CONTINUE && rmi_status(out->x[0]) != RMI_BUSY) {
		struct fuzz_call origin = op->origin;

		/* ERROR_INPUT may be about the flags: the operation may be open still. */
		if (rmi_status(out->x[0]) == RMI_ERROR_INPUT && fuzz_chance(f, 70))
			return;
		*op = f->ops[--f->num_ops];
		fuzz_learn(f, &origin, out);
	}
}

static struct rmi_pe *choose_pe(struct fuzz *f)
{
	unsigned half = rmi_num_pes(f->rmi) / 2;

	/* A Realm that runs keeps one PE of the lower half. */
	return rmi_pe(f->rmi, (unsigned)fuzz_below(f, half) + (f->depth ? half : 0));
}

/** A PE where no Realm ever runs. */
static struct rmi_pe *last_pe(struct fuzz *f)
{
	return rmi_pe(f->rmi, rmi_num_pes(f->rmi) - 1);
}

static void set_granule_size(struct fuzz *f, unsigned size)
{
	f->gshift = 12 + 2 * size;
	f->gsize = UINT64_C(1) << f->gshift;
	f->num_granules = (unsigned)(rmi_memory(f->rmi).size >> f->gshift);
	if (f->num_granules > FUZZ_MAX_GRANULES)
		f->num_granules = FUZZ_MAX_GRANULES;
	f->dirty = true;
}

/**
 * Reads which granule size was chosen, when nothing is delegated but what the RMM keeps for itself.
 * The page must be aligned to the size.
 */
static void read_config(struct fuzz *f)
{
	for (unsigned i = 0; i < f->num_granules; i++) {
		uint64_t page = f->base + i * f->gsize;
		const struct rmi_rmm_config *config = fuzz_va(f, page);
		uint64_t x0;

		do {
			x0 = rmi_rmm_config_get(last_pe(f), page);
		} while (rmi_status(x0) == RMI_BUSY);
		if (x0 == RMI_SUCCESS) {
			set_granule_size(f, config->rmi_granule_size);
			return;
		}
	}
	fuzz_fail(f, "no page to learn the granule size with");
}

/** A copy of DRAM, for the calls that are checked for traces; NULL for the others. */
static void *before_error(struct fuzz *f)
{
	struct rmi_memory memory = rmi_memory(f->rmi);
	void *copy;

	if (f->depth || fuzz_below(f, TRACE))
		return NULL;
	copy = malloc(memory.size);
	if (copy)
		memcpy(copy, memory.host, memory.size);
	return copy;
}

/** An error leaves no trace (B4.2), but for what a donation has consumed. */
static void check_trace(struct fuzz *f, const struct fuzz_call *call, uint64_t x0, void *copy)
{
	uint32_t fid = (uint32_t)call->in.x[0];
	struct rmi_memory memory = rmi_memory(f->rmi);
	bool error = x0 == SMCCC_NOT_SUPPORTED ||
	             (rmi_status(x0) != RMI_SUCCESS && rmi_status(x0) != RMI_INCOMPLETE);

	if (!copy)
		return;
	if (error && fid != SMC_RMI_OP_MEM_DONATE && fid != SMC_RMI_OP_CONTINUE &&
	    memcmp(copy, memory.host, memory.size))
		fuzz_fail(f, "the error left a trace in memory");
	free(copy);
}

/** What would be created comes from where the registers point, which may have been spoiled. */
static void look_at_rec(struct fuzz *f, struct fuzz_call *call)
{
	const struct rmi_rec_params *params = fuzz_va(f, call->in.x[3] & ~(f->gsize - 1));

	if ((uint32_t)call->in.x[0] != SMC_RMI_REC_CREATE)
		return;
	call->rec.pa = call->in.x[2];
	call->rec.script = false;
	if (!params)
		return;
	call->rec.mpidr = params->mpidr;
	call->rec.script = fuzz_pc_known(params->pc);
	call->rec.off = (params->flags & RMI_REC_CREATE_FLAGS_RUNNABLE) == 0;
}

void fuzz_step(struct fuzz *f)
{
	struct fuzz_call call;
	struct fuzz_history *h;
	struct smccc_regs regs;
	struct rmi_error err;
	const struct fuzz_rec *rec;
	struct rmi_pe *pe;
	bool active;
	void *copy;

	if (!fuzz_chance(f, f->depth ? 2 * AIMED : AIMED) || !fuzz_aim(f, &call)) {
		fuzz_draw(f, &call);
		fuzz_spoil(f, &call);
	}
	look_at_rec(f, &call);
	pe = choose_pe(f);
	if (call.bad_gic)
		rmi_pe_ich(pe)->lr[0] |= RMI_ICH_LR_HW;
	regs = call.in;
	if ((uint32_t)regs.x[0] == SMC_RMI_REC_ENTER && !f->depth) {
		f->running = call.realm;
		f->running_rec = regs.x[1];
		f->steps = 1 + (unsigned)fuzz_below(f, 12);
		/* Nobody knows what code does that is not a script. */
		rec = fuzz_rec(f, regs.x[1]);
		if (!rec || !rec->script || fuzz_chance(f, 10))
			rmi_pe_kick(pe);
	} else if ((uint32_t)regs.x[0] == SMC_RMI_REC_ENTER) {
		rmi_pe_kick(pe);
	}
	f->run_number += (uint32_t)regs.x[0] == SMC_RMI_REC_ENTER;
	copy = before_error(f);
	f->calls++;
	f->depth++;
	h = &f->history[f->num_history++ % FUZZ_HISTORY];
	*h = (struct fuzz_history){call.in, UINT64_MAX, rmi_pe_index(pe), f->depth};
	rmi_call(pe, &regs);
	h->x0 = regs.x[0];
	f->depth--;
	f->dirty = true;
	if (call.bad_gic)
		rmi_pe_ich(pe)->lr[0] &= ~RMI_ICH_LR_HW;
	fuzz_count(f->rmi_counts, f->num_rmi_counts, (uint32_t)call.in.x[0], regs.x[0], false);
	check_registers(f, &call, &regs);
	check_trace(f, &call, regs.x[0], copy);
	active = f->active;
	follow(f, &call, &regs);
	/* No call may be running while the RMM is walked. */
	if (!f->depth && !rmm_check(f->rmm, &err))
		fuzz_fail(f, "%s", err.text);
	if (f->active && !active)
		read_config(f);
}

static void open_rmm(struct fuzz *f, const char *conf)
{
	struct rmi_error err = {0};

	snprintf(f->conf, sizeof(f->conf), "%s", conf);
	f->rmi = rmi_open(conf, &err);
	if (!f->rmi)
		fuzz_fail(f, "%s", err.text);
	f->rmm = rmi_model(f->rmi);
	if (!f->rmm)
		fuzz_fail(f, "the backend is not the model");
	if (f->trace && rmi_trace_to(f->rmi, f->trace, &err))
		fuzz_fail(f, "%s", err.text);
	f->revision = rmi_revision(f->rmi);
	f->lpa2 = rmm_get_config(f->rmm)->lpa2;
	f->pat_valid = rmm_get_config(f->rmm)->pat_valid;
	f->planes = rmm_get_config(f->rmm)->planes;
	f->num_vmids = rmm_get_config(f->rmm)->num_vmids;
	f->max_recs = (1u << rmm_get_config(f->rmm)->max_recs_order) - 1;
	f->active = false;
	f->base = rmi_memory(f->rmi).base;
	set_granule_size(f, RMI_GRANULE_SIZE_4KB);
	f->num_history = 0;
	f->num_ops = 0;
	memset(f->realms, 0, sizeof(f->realms));
	fuzz_guest_register(f);
}

/** Random contents, so that code that is not a script does something. */
static void fill_scratch(struct fuzz *f)
{
	for (unsigned i = 0; i < FUZZ_SCRATCH / 2; i++) {
		uint64_t *words = fuzz_va(f, f->base + i * f->gsize);

		for (unsigned j = 0; j < f->gsize / sizeof(*words); j++)
			words[j] = fuzz_random(f);
	}
}

/** A call that is not drawn; repeated while the RMM is busy, or until its operation ends. */
static void call_plainly(struct fuzz *f, uint32_t fid, uint64_t x1)
{
	/* X3 is for RMI_GRANULE_TRACKING_SET. */
	struct fuzz_call call = {.in = {.x = {fid, x1, 0, RMI_TRACKING_FINE}}};
	bool active = f->active;
	struct smccc_regs regs;

	call.command = rmi_command_find(f->revision, fid);
	do {
		regs = call.in;
		rmi_call(last_pe(f), &regs);
	} while (rmi_status(regs.x[0]) == RMI_BUSY);
	fuzz_count(f->rmi_counts, f->num_rmi_counts, fid, regs.x[0], false);
	f->dirty = true;
	follow(f, &call, &regs);
	if (f->active && !active)
		read_config(f);
}

/** Chooses a granule size, and brings the RMM to RMM_STATE_ACTIVE. */
static void activate(struct fuzz *f, enum rmi_granule_size size)
{
	uint64_t page = fuzz_scratch(f);
	struct rmi_rmm_config *config = fuzz_va(f, page);

	/* The early calls may have activated the RMM, and delegated every page. */
	if (page) {
		memset(config, 0, sizeof(*config));
		config->rmi_granule_size = (uint8_t)size;
		call_plainly(f, SMC_RMI_RMM_CONFIG_SET, page);
	}
	call_plainly(f, SMC_RMI_RMM_ACTIVATE, 0);
}

void fuzz_begin(struct fuzz *f, const char *conf, enum rmi_granule_size size)
{
	open_rmm(f, conf);
	fill_scratch(f);
	for (unsigned i = 0; i < EARLY; i++)
		fuzz_step(f);
	if (f->revision != RMI_REVISION_2_0_BET1) {
		activate(f, size);
		if (strstr(conf, "tracking=none"))
			call_plainly(f, SMC_RMI_GRANULE_TRACKING_SET, fuzz_region(f, 0));
		call_plainly(f, SMC_RMI_RMM_DEACTIVATE, 0);
		for (unsigned i = 0; i < EARLY; i++)
			fuzz_step(f);
	}
	activate(f, size);
	/* Nothing is delegated yet. */
	if (strstr(conf, "gpt=table"))
		call_plainly(f, SMC_RMI_GPT_L1_DESTROY, f->base >> 30 << 30);
}

void fuzz_end(struct fuzz *f)
{
	rmi_close(f->rmi);
}

static struct fuzz_count *make_counts(const struct rmi_command *commands, size_t count, size_t *num)
{
	struct fuzz_count *counts = calloc(count + 1, sizeof(*counts));

	if (!counts)
		abort();
	*num = 0;
	for (size_t i = 0; i < count; i++) {
		/* A command with two forms has one row. */
		if (i && commands[i].fid == commands[i - 1].fid)
			continue;
		counts[*num].name = commands[i].name;
		counts[(*num)++].fid = commands[i].fid;
	}
	counts[(*num)++].name = "(other functions)";
	return counts;
}

struct fuzz *fuzz_new(uint64_t seed)
{
	struct fuzz *f = calloc(1, sizeof(*f));
	const struct rmi_command *commands;
	size_t count;

	if (!f)
		abort();
	f->seed = seed;
	f->random = seed;
	commands = rmi_commands(&count);
	f->rmi_counts = make_counts(commands, count, &f->num_rmi_counts);
	commands = rsi_commands(&count);
	f->rsi_counts = make_counts(commands, count, &f->num_rsi_counts);
	fuzz_aim_init(f);
	return f;
}

void fuzz_free(struct fuzz *f)
{
	free(f->rmi_counts);
	free(f->rsi_counts);
	free(f->tallies);
	free(f->results);
	free(f);
}
