/* SPDX-License-Identifier: BSD-3-Clause */
#include "replay.h"

#include <inttypes.h>
#include <stdarg.h>

#include <rmi/commands.h>
#include <rmi/format.h>

const char *replay_command_name(struct replay *r, uint64_t fid)
{
	return rmi_command_name(rmi_revision(r->rmi), (uint32_t)fid);
}

const char *replay_result_text(char *buf, size_t size, uint64_t x0)
{
	char words[96];

	rmi_format_result(words, sizeof(words), x0);
	snprintf(buf, size, "%s (0x%" PRIx64 ")", words, x0);
	return buf;
}

static void print_value(struct replay *r, const struct vec_value *v, FILE *out)
{
	switch (v->kind) {
	case VEC_NUMBER:
		fprintf(out, "0x%" PRIx64, v->number);
		break;
	case VEC_DRAM:
		fprintf(out, "D+0x%" PRIx64, v->number);
		break;
	case VEC_NOMEM:
		fprintf(out, "N+0x%" PRIx64, v->number);
		break;
	case VEC_ANY:
		fprintf(out, "-");
		break;
	case VEC_HANDLE:
		fprintf(out, "@%s", r->file->handles[v->number]);
		break;
	}
}

void replay_print_call(struct replay *r, const struct vec_line *line, FILE *out)
{
	const struct rmi_command *command = NULL;
	const char *name = NULL;

	if (line->kind != VEC_CALL && line->kind != VEC_G_HOST) {
		fprintf(out, "%s", line->text);
		return;
	}
	if (r->rmi) {
		command = rmi_command_find(rmi_revision(r->rmi), (uint32_t)line->args[0].number);
		name = replay_command_name(r, line->args[0].number);
	}
	if (line->kind == VEC_G_HOST)
		fprintf(out, "while the Realm runs: ");
	if (name)
		fprintf(out, "%s", name);
	else
		fprintf(out, "function 0x%" PRIx64, line->args[0].number);
	for (size_t i = 1; i < line->num_args; i++) {
		const struct rmi_arg *arg = command ? command->in : NULL;

		for (size_t j = 1; arg && arg->name && j < i; j++)
			arg++;
		if (arg && arg->name)
			fprintf(out, " %s=", arg->name);
		else
			fprintf(out, " X%zu=", i);
		print_value(r, &line->args[i], out);
	}
}

void replay_differs(struct replay *r, const struct vec_line *line, const char *fmt, ...)
{
	FILE *out = r->options->out;
	va_list ap;

	if (r->state != REPLAY_GOING)
		return;
	r->differs = true;
	if (line->tag && line != r->last_different)
		tally_add(&r->counts->failed, line->tag);
	r->last_different = line;
	if (!r->options->keep_going)
		r->state = REPLAY_DIFFERENT;
	fprintf(out, "%s:%u: ", r->file->name, line->number);
	replay_print_call(r, line, out);
	if (line->comment)
		fprintf(out, "  # %s", line->comment);
	fprintf(out, "\n    ");
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	fprintf(out, "\n    D = 0x%" PRIx64 "\n", r->dram);
}
