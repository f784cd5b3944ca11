/* SPDX-License-Identifier: BSD-3-Clause */
/* The sequences of a file: which are replayed, each on a fresh RMM, and what came of them. */
#include "replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rmi/model.h>
#include <rmm/model.h>

#include <support/sro.h>

/** Nothing is there, whatever the size of DRAM; below 2^47. */
#define NOMEM UINT64_C(0x700000000000)

void name_set_add(struct name_set *set, const char *list)
{
	while (*list) {
		size_t length = strcspn(list, ",+");

		if (length) {
			char **names = realloc(set->names, (set->count + 1) * sizeof(*names));
			char *name = strndup(list, length);

			if (!names || !name)
				abort();
			set->names = names;
			set->names[set->count++] = name;
		}
		list += length + (list[length] != '\0');
	}
}

bool name_set_has(const struct name_set *set, const char *name)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->names[i], name))
			return true;
	return false;
}

void name_set_free(struct name_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->names[i]);
	free(set->names);
	*set = (struct name_set){0};
}

void tally_add(struct tally *tally, const char *name)
{
	struct tally_row *rows;

	for (size_t i = 0; i < tally->num_rows; i++) {
		if (!strcmp(tally->rows[i].name, name)) {
			tally->rows[i].count++;
			return;
		}
	}
	rows = realloc(tally->rows, (tally->num_rows + 1) * sizeof(*rows));
	if (!rows)
		abort();
	tally->rows = rows;
	rows[tally->num_rows] = (struct tally_row){.name = strdup(name), .count = 1};
	if (!rows[tally->num_rows++].name)
		abort();
}

void tally_free(struct tally *tally)
{
	for (size_t i = 0; i < tally->num_rows; i++)
		free(tally->rows[i].name);
	free(tally->rows);
	*tally = (struct tally){0};
}

/** Whether the RMM is as a sequence wants it. What cannot be known is not. */
static bool has(struct replay *r, const struct vec_line *needs)
{
	struct rmm *rmm = rmi_model(r->rmi);
	const struct rmm_config *config = rmm ? rmm_get_config(rmm) : NULL;
	uint64_t value = needs->num_args ? needs->args[0].number : 0;
	/* Of an RMM that varies what it asks for, only the most is known. */
	bool known = config && !config->policy.vary;

	if (!strcmp(needs->name, "init"))
		return true;
	if (!strcmp(needs->name, "nested"))
		return r->other_pe != NULL;
	if (!strcmp(needs->name, "dram_align"))
		return value && r->dram % value == 0;
	if (!strcmp(needs->name, "quirk"))
		return replay_has_quirk(r, needs->tag);
	if (!strcmp(needs->name, "rec_aux"))
		return known && config->policy.rec_aux == value;
	if (!strcmp(needs->name, "vmids"))
		return known && config->num_vmids == value;
	return false;
}

static bool needs(const struct vec_sequence *sequence, const char *what)
{
	for (size_t i = 0; i < sequence->num_lines; i++)
		if (sequence->lines[i].kind == VEC_NEEDS && !strcmp(sequence->lines[i].name, what))
			return true;
	return false;
}

static void skip(struct replay *r, const char *reason)
{
	r->state = REPLAY_SKIPPED;
	tally_add(&r->counts->reasons, reason);
}

/** Opens a fresh RMM. A sequence about running out of VMIDs gets as few as it needs. */
static bool open_rmm(struct replay *r, const struct vec_sequence *sequence)
{
	const char *vmids = needs(sequence, "vmids") ? ",vmids=256" : "";
	struct rmi_memory memory;
	struct rmi_error err;

	r->rmi = rmi_open_fmt(&err, "%s%s", r->options->backend, vmids);
	if (!r->rmi) {
		fprintf(r->options->out, "replay: %s\n", err.text);
		return false;
	}
	r->pe = rmi_pe(r->rmi, 0);
	r->other_pe = rmi_pe(r->rmi, 1);
	memory = rmi_memory(r->rmi);
	r->dram = memory.base;
	r->nomem = NOMEM;
	if (memory.size < REPLAY_DRAM_SIZE || memory.base % UINT64_C(0x200000)) {
		fprintf(r->options->out,
		        "replay: DRAM is 0x%" PRIx64 " bytes at 0x%" PRIx64
		        "; it must be 64M or more, at a multiple of 2M\n",
		        memory.size, memory.base);
		return false;
	}
	return true;
}

/** Brings the RMM where the sequence starts. */
static bool prepare(struct replay *r, const struct vec_sequence *sequence)
{
	struct smccc_regs regs = {.x = {SMC_RMI_RMM_ACTIVATE}};

	for (size_t i = 0; i < sequence->num_lines; i++) {
		const struct vec_line *line = &sequence->lines[i];

		if (line->kind == VEC_NEEDS && !has(r, line)) {
			skip(r, line->text);
			return false;
		}
	}
	if (!replay_realm_prepare(r, sequence)) {
		skip(r, "the RMM has no script guests, or no room for more");
		return false;
	}
	if (needs(sequence, "init"))
		return true;
	sro_call(r->pe, &regs);
	replay_finish(r, r->pe, &regs);
	if (regs.x[0] != RMI_SUCCESS) {
		fprintf(r->options->out, "replay: RMI_RMM_ACTIVATE gives 0x%" PRIx64 "\n",
		        regs.x[0]);
		r->state = REPLAY_DIFFERENT;
		return false;
	}
	return true;
}

static void count(struct replay *r, const struct vec_sequence *sequence)
{
	if (r->differs)
		r->state = REPLAY_DIFFERENT;
	switch (r->state) {
	case REPLAY_GOING:
		r->counts->run++;
		break;
	case REPLAY_CUT:
		r->counts->cut++;
		break;
	case REPLAY_SKIPPED:
		r->counts->skipped++;
		break;
	case REPLAY_DIFFERENT:
		r->counts->different++;
		fprintf(r->options->out, "%s:%u: sequence %s is different\n", r->file->name,
		        sequence->number, sequence->name);
		break;
	}
}

void replay_file(const struct replay_options *options, const struct vec_file *file,
                 struct replay_counts *counts)
{
	struct replay_handle *handles = calloc(file->num_handles + 1, sizeof(*handles));

	if (!handles)
		abort();
	for (size_t i = 0; i < file->num_sequences; i++) {
		const struct vec_sequence *sequence = &file->sequences[i];
		struct replay r = {
		        .options = options,
		        .counts = counts,
		        .file = file,
		        .handles = handles,
		        .spare = REPLAY_SPARE,
		};

		if (options->sequence && strcmp(options->sequence, sequence->name))
			continue;
		memset(handles, 0, file->num_handles * sizeof(*handles));
		if (!open_rmm(&r, sequence))
			r.state = REPLAY_DIFFERENT;
		else if (prepare(&r, sequence))
			replay_sequence(&r, sequence);
		count(&r, sequence);
		rmi_close(r.rmi);
	}
	free(handles);
}
