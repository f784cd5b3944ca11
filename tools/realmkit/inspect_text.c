/* SPDX-License-Identifier: BSD-3-Clause */
/* A view as text. */
#include <inttypes.h>
#include <string.h>

#include "tool.h"
#include "view.h"

static void print_rmm(const struct view *view, FILE *out)
{
	const struct rmm_info *rmm = &view->rmm;
	char dram[32], granule[32];

	(void)fprintf(out, "RMM %s, %s (%" PRIu64 " exits)\n", rmm->state, view->moment,
	              view->exits);
	(void)fprintf(out, "  DRAM     0x%" PRIx64 ", %s in granules of %s\n", rmm->dram_base,
	              tool_size(dram, rmm->dram_size), tool_size(granule, rmm->granule_size));
	(void)fprintf(out, "  realms   %" PRIu64 "; %u of %u VMIDs, %u of %u contexts in use\n",
	              rmm->realms, rmm->vmids, rmm->max_vmids, rmm->sros, rmm->max_sros);
}

static void print_memory(const struct view *view, FILE *out)
{
	char size[32], owner[16];
	uint64_t held = 0;

	(void)fputs("tracking\n", out);
	for (size_t i = 0; i < view->num_tracking; i++) {
		const struct rmm_tracking_info *t = &view->tracking[i];

		(void)fprintf(out, "  0x%010" PRIx64 "  %-10s %s\n", t->base,
		              tool_size(size, t->size), view_tracking_name(t->state));
	}
	for (size_t i = 0; i < view->num_granules; i++)
		held += view->granules[i].size;
	(void)fprintf(out, "granules: %" PRIu64 " held\n", held / view->rmm.granule_size);
	for (size_t i = 0; i < view->num_granules; i++) {
		const struct rmm_granule_info *g = &view->granules[i];
		const char *name = view_owner(view, g->owner, owner);

		(void)fprintf(out, "  0x%010" PRIx64 "  %-10s %s%s%s%s\n", g->pa,
		              tool_size(size, g->size), g->state, name[0] != '\0' ? ", " : "", name,
		              g->intermediate ? ", intermediate" : "");
	}
}

static void print_sros(const struct view *view, FILE *out)
{
	char size[32];

	for (size_t i = 0; i < view->num_sros; i++) {
		const struct rmm_sro_info *s = &view->sros[i];

		(void)fprintf(out, "operation 0x%" PRIx64 ": %s, wants %s", s->handle, s->command,
		              view_request_name(s->request));
		if (s->request == RMI_OP_MEM_REQ_DONATE)
			(void)fprintf(out, " of %" PRIu64 " x %s%s", s->donate_count,
			              tool_size(size, s->donate_size),
			              s->donate_contig ? ", contiguous" : "");
		(void)fprintf(out, ", has %" PRIu64 " granules%s\n", s->donated,
		              s->executing ? ", executing" : "");
	}
}

static void print_hex(FILE *out, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		(void)fprintf(out, "%02x", bytes[i]);
}

static void print_recs(const struct view_realm *realm, FILE *out)
{
	for (size_t i = 0; i < realm->num_recs; i++) {
		const struct rmm_rec_info *r = &realm->recs[i];

		(void)fprintf(out,
		              "  REC %" PRIu64 " at 0x%" PRIx64 ": MPIDR 0x%" PRIx64 ", %s, %s",
		              r->index, r->rec, r->mpidr, r->state,
		              r->runnable ? "runnable" : "not runnable");
		if (strcmp(r->pending, "REC_PENDING_NONE") != 0)
			(void)fprintf(out, ", %s", r->pending);
		if (r->emulatable_abort)
			(void)fputs(", emulatable abort", out);
		if (r->ripas_base < r->ripas_top)
			(void)fprintf(out, ", wants RIPAS 0x%" PRIx64 " to 0x%" PRIx64,
			              r->ripas_base, r->ripas_top);
		if (strcmp(r->state, "REC_READY") == 0)
			(void)fprintf(out, ", PC 0x%" PRIx64, r->pc);
		(void)fputc('\n', out);
	}
}

static void print_realm(const struct view_realm *realm, size_t number, FILE *out)
{
	const struct rmm_realm_info *info = &realm->info;

	(void)fprintf(out, "realm %zu: RD 0x%" PRIx64 ", %s%s, VMID %u, %u-bit IPA, %s\n", number,
	              info->rd, info->state, info->intermediate ? ", intermediate" : "", info->vmid,
	              info->ipa_bits, tool_hash_name(info->hash));
	(void)fputs("  RIM ", out);
	print_hex(out, info->rim, info->hash_size);
	(void)fputc('\n', out);
	print_recs(realm, out);
}

static void print_entry(const struct rmm_rtt_info *e, int start, FILE *out)
{
	const char *ripas = view_ripas_name(e);
	char size[32];

	(void)fprintf(out, "  %*slevel %d  0x%010" PRIx64 "  %-10s %s", 2 * (e->level - start), "",
	              e->level, e->base, tool_size(size, e->top - e->base), e->state);
	if (ripas[0] != '\0')
		(void)fprintf(out, ", %s", ripas);
	if (e->pa != RMM_INSPECT_NONE)
		(void)fprintf(out, " -> 0x%" PRIx64, e->pa);
	(void)fputc('\n', out);
}

static void print_trees(const struct view_realm *realm, size_t number, FILE *out)
{
	for (unsigned n = 0; n < realm->info.num_trees; n++) {
		const struct view_tree *tree = &realm->trees[n];

		if (n == 0)
			(void)fprintf(out, "RTT of realm %zu\n", number);
		else
			(void)fprintf(out, "RTT of realm %zu, auxiliary tree %u\n", number, n);
		for (size_t i = 0; i < tree->count; i++)
			print_entry(&tree->entries[i], realm->info.rtt_level_start, out);
	}
}

bool view_text(const struct view *view, unsigned what, FILE *out)
{
	print_rmm(view, out);
	if ((what & VIEW_MEMORY) != 0) {
		print_memory(view, out);
		print_sros(view, out);
	}
	for (size_t i = 0; i < view->num_realms; i++) {
		print_realm(&view->realms[i], i + 1, out);
		if ((what & VIEW_RTT) != 0)
			print_trees(&view->realms[i], i + 1, out);
	}
	return true;
}
