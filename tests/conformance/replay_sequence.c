/* SPDX-License-Identifier: BSD-3-Clause */
/* The lines of the Host. */
#include "replay.h"

#include <inttypes.h>
#include <string.h>

#include <support/sro.h>

uint64_t replay_value(struct replay *r, const struct vec_value *value)
{
	switch (value->kind) {
	case VEC_DRAM:
		return r->dram + value->number;
	case VEC_NOMEM:
		return r->nomem + value->number;
	case VEC_HANDLE:
		if (!r->handles[value->number].known)
			replay_differs(r, r->line, "no call gave a handle @%s",
			               r->file->handles[value->number]);
		return r->handles[value->number].value;
	case VEC_NUMBER:
	case VEC_ANY:
		break;
	}
	return value->number;
}

/** The name of a tag as options have it. */
static const char *quirk_name(const char *tag)
{
	return strncmp(tag, "new:", 4) ? tag : tag + 4;
}

bool replay_has_quirk(const struct replay *r, const char *tag)
{
	return name_set_has(&r->options->quirks, quirk_name(tag));
}

bool replay_left_out(struct replay *r, const struct vec_line *line)
{
	if (line->kind == VEC_NEEDS || !line->tag)
		return false;
	if (replay_has_quirk(r, line->tag)) {
		tally_add(&r->counts->shown, line->tag);
		return false;
	}
	if (line->tag_values)
		return false;
	tally_add(&r->counts->lines, line->tag);
	return true;
}

void replay_lacks(struct replay *r, const char *command, uint64_t expected)
{
	char text[128];

	snprintf(text, sizeof(text), "%s is not implemented", command);
	if (rmi_status(expected) == RMI_SUCCESS) {
		r->state = REPLAY_CUT;
		tally_add(&r->counts->reasons, text);
	} else {
		tally_add(&r->counts->lines, text);
	}
}

/** Whether a value is the one that came. A handle seen first is remembered. */
static bool matches(struct replay *r, const struct vec_value *value, uint64_t got)
{
	for (; value; value = value->or) {
		if (value->kind == VEC_ANY)
			return true;
		if (value->kind == VEC_HANDLE && !r->handles[value->number].known) {
			r->handles[value->number] =
			        (struct replay_handle){.known = true, .value = got};
			return true;
		}
		if (replay_value(r, value) == got)
			return true;
	}
	return false;
}

/** Writes what X<index> should be. */
static const char *expected_text(struct replay *r, const struct vec_line *line, size_t index,
                                 char *buf, size_t size)
{
	const struct vec_value *v = &line->results[index];
	bool status = index == 0 && line->kind != VEC_G_SMC && line->kind != VEC_G_ENTRY;
	size_t n = 0;

	for (; v && n + 1 < size; v = v->or) {
		char one[96];
		int len;

		if (status)
			replay_result_text(one, sizeof(one), replay_value(r, v));
		else
			snprintf(one, sizeof(one), "0x%" PRIx64, replay_value(r, v));
		len = snprintf(buf + n, size - n, "%s%s", n ? " or " : "", one);
		n += len > 0 ? (size_t)len : 0;
	}
	return buf;
}

void replay_compare(struct replay *r, const struct vec_line *line, const uint64_t *got)
{
	bool status = line->kind != VEC_G_SMC && line->kind != VEC_G_ENTRY;
	char want_text[256];
	char got_text[96];
	size_t count = line->num_results;

	r->counts->calls += line->kind != VEC_G_ENTRY;
	if (line->tag && line->tag_values && !replay_has_quirk(r, line->tag)) {
		tally_add(&r->counts->lines, line->tag);
		count = count ? 1 : 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (matches(r, &line->results[i], got[i]))
			continue;
		if (i == 0 && status)
			replay_result_text(got_text, sizeof(got_text), got[i]);
		else
			snprintf(got_text, sizeof(got_text), "0x%" PRIx64, got[i]);
		replay_differs(r, line, "X%zu: expected %s, got %s", i,
		               expected_text(r, line, i, want_text, sizeof(want_text)), got_text);
		return;
	}
}

/** Whether a call says that the RMM does not have the command, and may say so. */
static bool lacks(struct replay *r, const struct vec_line *line, const uint64_t *got)
{
	const char *name = replay_command_name(r, line->args[0].number);
	uint64_t expected = line->results[0].number;

	if (!name || expected == RMI_ERROR_NOT_SUPPORTED || expected == SMCCC_NOT_SUPPORTED)
		return false;
	if (got[0] != RMI_ERROR_NOT_SUPPORTED && got[0] != SMCCC_NOT_SUPPORTED)
		return false;
	return !r->options->only.count;
}

/**
 * RMI_OP_MEM_RECLAIM gives back as much at a time as the RMM likes (B4.3.2.3), so only what a
 * series of calls comes to can be compared.
 * @param regs results of the call in; out, results of the last call of the series
 * @return whether the line has nothing to compare: this RMM is ahead of it or behind it
 */
static bool reclaim_out_of_step(struct replay *r, struct rmi_pe *pe, const struct vec_line *line,
                                const struct smccc_regs *in, struct smccc_regs *regs)
{
	struct replay_handle *handle = &r->handles[line->args[1].number];
	uint64_t want = line->results[0].number;

	if (rmi_status(want) != RMI_INCOMPLETE || rmi_status(regs->x[0]) != RMI_INCOMPLETE ||
	    want == regs->x[0])
		return false;
	if (rmi_memreq(want) == RMI_OP_MEM_REQ_RECLAIM) {
		handle->reclaimed = true;
		return true;
	}
	while (rmi_status(regs->x[0]) == RMI_INCOMPLETE &&
	       rmi_memreq(regs->x[0]) == RMI_OP_MEM_REQ_RECLAIM && in->x[3]) {
		*regs = *in;
		sro_call(pe, regs);
	}
	return false;
}

/**
 * The RIPAS commands of the vectors cover several entries. An RMM may stop after each of them
 * (B4.3.5); the others cover one, so that they have nowhere to stop.
 * @param in the call; @param regs its results in, out those of the call that came far enough
 */
static void come_as_far(struct replay *r, struct rmi_pe *pe, const struct vec_line *line,
                        const struct smccc_regs *in, struct smccc_regs *regs)
{
	unsigned base = in->x[0] == SMC_RMI_RTT_SET_RIPAS ? 3 : 2;

	if ((in->x[0] != SMC_RMI_RTT_SET_RIPAS && in->x[0] != SMC_RMI_RTT_INIT_RIPAS) ||
	    line->num_results < 2)
		return;
	for (uint64_t from = in->x[base]; regs->x[0] == RMI_SUCCESS && regs->x[1] > from &&
	                                  regs->x[1] < replay_value(r, &line->results[1]);) {
		from = regs->x[1];
		*regs = *in;
		regs->x[base] = from;
		sro_call(pe, regs);
		replay_finish(r, pe, regs);
	}
}

/** Whether a line takes back memory of an operation that has none left. */
static bool is_reclaimed(const struct replay *r, const struct vec_line *line)
{
	return line->args[0].number == SMC_RMI_OP_MEM_RECLAIM && line->args[1].kind == VEC_HANDLE &&
	       r->handles[line->args[1].number].reclaimed &&
	       rmi_status(line->results[0].number) == RMI_INCOMPLETE;
}

void replay_call(struct replay *r, struct rmi_pe *pe, const struct vec_line *line)
{
	const char *name = replay_command_name(r, line->args[0].number);
	struct smccc_regs regs = {.x = {0}};
	struct smccc_regs in;

	if (is_reclaimed(r, line))
		return;
	if (r->options->only.count && name && !name_set_has(&r->options->only, name)) {
		replay_lacks(r, name, line->results[0].number);
		return;
	}
	for (size_t i = 0; i < line->num_args; i++)
		regs.x[i] = replay_value(r, &line->args[i]);
	if (r->state != REPLAY_GOING)
		return;
	in = regs;
	sro_call(pe, &regs);
	if (rmi_status(line->results[0].number) != RMI_INCOMPLETE)
		replay_finish(r, pe, &regs);
	else if (in.x[0] == SMC_RMI_OP_MEM_RECLAIM && line->args[1].kind == VEC_HANDLE &&
	         reclaim_out_of_step(r, pe, line, &in, &regs))
		return;
	come_as_far(r, pe, line, &in, &regs);
	if (r->state != REPLAY_GOING)
		return;
	if (lacks(r, line, regs.x))
		replay_lacks(r, name, line->results[0].number);
	else
		replay_compare(r, line, regs.x);
}

/** A call of the Host, after the steps of the Realm that belong to it. */
static void host_call(struct replay *r, const struct vec_line *steps, size_t num_steps,
                      const struct vec_line *line)
{
	r->step = steps;
	r->steps_end = steps + num_steps;
	r->run_number++;
	r->in_realm = false;
	replay_call(r, r->pe, line);
	if (r->state == REPLAY_GOING && r->step != r->steps_end)
		replay_differs(r, r->step, "%s",
		               r->in_realm ? "the REC has exited before this"
		                           : "the Realm has not run");
	r->step = r->steps_end;
}

static void compare_exit(struct replay *r, const struct vec_line *line)
{
	uint64_t pa = replay_value(r, &line->args[0]) + offsetof(struct rmi_rec_run, exit);
	const uint64_t *words = rmi_pa_to_va(r->rmi, pa, sizeof(struct rmi_rec_exit));
	static const struct vec_value zero = {.kind = VEC_NUMBER};
	static const struct vec_value any = {.kind = VEC_ANY};

	if (!words) {
		replay_differs(r, line, "RmiRecRun is not in DRAM");
		return;
	}
	for (uint64_t off = 0; off < sizeof(struct rmi_rec_exit); off += 8) {
		const struct vec_value *v = &zero;

		if ((off >= 0x400 && off <= 0x418) || off == 0x700)
			v = &any;
		for (size_t i = 1; i + 1 < line->num_args; i += 2)
			if (line->args[i].number == off)
				v = &line->args[i + 1];
		if (matches(r, v, words[off / 8]))
			continue;
		if (off != offsetof(struct rmi_rec_exit, hpfar) ||
		    !replay_hpfar_matches(r, replay_value(r, v), words[off / 8])) {
			replay_differs(r, line,
			               "RmiRecExit at 0x%" PRIx64 ": expected 0x%" PRIx64
			               ", got 0x%" PRIx64,
			               off, replay_value(r, v), words[off / 8]);
			return;
		}
	}
}

static void memory(struct replay *r, const struct vec_line *line)
{
	uint64_t pa = replay_value(r, &line->args[0]);
	uint64_t length = line->kind == VEC_FILL ? line->args[1].number : sizeof(uint64_t);
	uint64_t value = replay_value(r, &line->args[line->kind == VEC_FILL ? 2 : 1]);
	void *va = rmi_pa_to_va(r->rmi, pa, length);
	uint64_t got;

	if (!va) {
		replay_differs(r, line, "there is no memory at 0x%" PRIx64, pa);
		return;
	}
	switch (line->kind) {
	case VEC_W64:
		memcpy(va, &value, sizeof(value));
		break;
	case VEC_FILL:
		memset(va, (int)value, length);
		break;
	default:
		memcpy(&got, va, sizeof(got));
		if ((got == value) != (line->kind == VEC_R64))
			replay_differs(r, line, "the Host reads 0x%" PRIx64, got);
		break;
	}
}

static void host_line(struct replay *r, const struct vec_line *line)
{
	switch (line->kind) {
	case VEC_W64:
	case VEC_FILL:
	case VEC_R64:
	case VEC_NE64:
		memory(r, line);
		break;
	case VEC_EXIT:
		compare_exit(r, line);
		break;
	case VEC_NEEDS:
		break;
	default:
		replay_macro(r, line);
		break;
	}
}

void replay_sequence(struct replay *r, const struct vec_sequence *sequence)
{
	const struct vec_line *end = sequence->lines + sequence->num_lines;
	const struct vec_line *steps = NULL;

	for (const struct vec_line *line = sequence->lines; line < end; line++) {
		if (r->options->verbose)
			fprintf(r->options->out, "%s:%u: %s\n", r->file->name, line->number,
			        line->text);
		r->line = line;
		if (vec_is_guest(line->kind)) {
			if (!steps)
				steps = line;
			continue;
		}
		if (replay_left_out(r, line)) {
			steps = NULL;
			continue;
		}
		if (line->kind == VEC_CALL)
			host_call(r, steps, steps ? (size_t)(line - steps) : 0, line);
		else
			host_line(r, line);
		steps = NULL;
		if (r->state != REPLAY_GOING)
			return;
	}
}
