/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The picture of an RTT tree: a column for each level, a box for each range of equal entries. The
 * box of an entry that leads to an RTT is as high as the entries of that RTT beside it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "svg.h"
#include "tool.h"

/* Boxes of one RTT; what comes after is told in one box. */
#define MAX_BOXES  24
/* Boxes of a picture; an RTT that begins later is not opened. */
#define MAX_ROWS   200

#define BOX_HEIGHT 36.0
#define BOX_STEP   40.0
#define COLUMN_GAP 10.0

struct look {
	const char *name;
	const char *fill;
	const char *mapped; /* Fill of what is mapped. */
	const char *edge;
};

static const struct look table_look = {"TABLE", "#d5e6f3", "#d5e6f3", "#2e7fb8"};
static const struct look unmapped_ns_look = {"UNMAPPED_NS", "#f4f0fa", "#f4f0fa", "#c9b8e6"};
static const struct look mapped_ns_look = {"MAPPED_NS", "#cdbbec", "#cdbbec", "#7d5bb5"};
/* By RIPAS. */
static const struct look ripas_looks[] = {
        [RMI_RIPAS_EMPTY] = {"RIPAS EMPTY", "#eef1f4", "#cdd5db", "#8796a3"},
        [RMI_RIPAS_RAM] = {"RIPAS RAM", "#def2e2", "#a3d8af", "#3c8f50"},
        [RMI_RIPAS_DESTROYED] = {"RIPAS DESTROYED", "#f8d6d3", "#eeaaa4", "#c2473f"},
        [RMI_RIPAS_DEV] = {"RIPAS DEV", "#fdeac4", "#f7cf7e", "#c98a1b"},
};

static const struct look *look_of(const struct rmm_rtt_info *e)
{
	if (e->is_table)
		return &table_look;
	if (!e->is_protected)
		return e->is_mapping ? &mapped_ns_look : &unmapped_ns_look;
	return &ripas_looks[e->ripas];
}

struct tree_picture {
	const struct view_tree *tree;
	int start; /* Starting level. */
	double column;
	unsigned rows;
	FILE *out;
};

/* What a box stands for. */
struct box {
	const struct rmm_rtt_info *first;
	uint64_t top;
	unsigned entries;
	bool scattered; /* What it maps is not in one piece. */
};

static double column_x(const struct tree_picture *p, int level)
{
	return SVG_MARGIN + (level - p->start) * (p->column + COLUMN_GAP);
}

/* The entries of one RTT that say the same, wherever in memory what they map lies. */
static struct box take_box(const struct tree_picture *p, size_t *at)
{
	const struct rmm_rtt_info *e = &p->tree->entries[*at];
	struct box box = {.first = e, .top = e->top, .entries = e->entries};

	for ((*at)++; *at < p->tree->count && !e->is_table; (*at)++) {
		const struct rmm_rtt_info *next = &p->tree->entries[*at];

		if (next->rtt != e->rtt || next->base != box.top || next->state != e->state ||
		    next->ripas != e->ripas || next->is_protected != e->is_protected)
			break;
		box.top = next->top;
		box.entries += next->entries;
		box.scattered = e->is_mapping;
	}
	return box;
}

static void draw_box(const struct tree_picture *p, const struct box *box, double y, double height)
{
	const struct rmm_rtt_info *e = box->first;
	const struct look *look = look_of(e);
	const char *ripas = view_ripas_name(e);
	double x = column_x(p, e->level);
	char size[32];

	(void)fprintf(p->out,
	              "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\" "
	              "fill=\"%s\" stroke=\"%s\" stroke-width=\"0.8\">"
	              "<title>%u entries of the RTT at 0x%" PRIx64 "</title></rect>\n",
	              x, y, p->column, height, e->is_mapping ? look->mapped : look->fill,
	              look->edge, box->entries, e->rtt);
	if (e->is_mapping || e->is_table)
		(void)fprintf(p->out,
		              "<rect x=\"%.1f\" y=\"%.1f\" width=\"5\" height=\"%.1f\" "
		              "fill=\"%s\"/>\n",
		              x, y, height, look->edge);
	svg_text(p->out, x + 12, y + 14.5, "ipa", "0x%" PRIx64 " \xe2\x80\x93 0x%" PRIx64, e->base,
	         box->top);
	(void)fprintf(p->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"entry\">", x + 12, y + 29.5);
	(void)fprintf(p->out, "%s", e->state + strlen("RTTE_"));
	if (ripas[0] != '\0')
		(void)fprintf(p->out, ", %s", ripas);
	(void)fprintf(p->out, ", %s", tool_size(size, box->top - e->base));
	if (box->scattered)
		(void)fputs(" in several pieces", p->out);
	else if (e->pa != RMM_INSPECT_NONE)
		(void)fprintf(p->out, " \xe2\x86\x92 0x%" PRIx64, e->pa);
	(void)fputs("</text>\n", p->out);
}

/* Stands for what is left out of an RTT, or of a tree. */
static void draw_rest(const struct tree_picture *p, int level, size_t ranges, double y)
{
	double x = column_x(p, level);

	(void)fprintf(p->out,
	              "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\" "
	              "fill=\"none\" stroke=\"#8796a3\" stroke-dasharray=\"4 3\"/>\n",
	              x, y, p->column, BOX_HEIGHT);
	svg_text(p->out, x + 12, y + 22, "entry", "%zu ranges more", ranges);
}

/* First entry behind an RTT of a level and all below it. */
static size_t skip_table(const struct tree_picture *p, size_t at, int level)
{
	while (at < p->tree->count && p->tree->entries[at].level >= level)
		at++;
	return at;
}

/* Draws the RTT whose entries begin at *at, and what is below it. Returns the y below. */
static double draw_table(struct tree_picture *p, size_t *at, double y)
{
	int level = p->tree->entries[*at].level;
	unsigned boxes = 0;

	while (*at < p->tree->count && p->tree->entries[*at].level == level) {
		size_t end = skip_table(p, *at, level);
		double below = y + BOX_STEP;
		struct box box;

		if (boxes++ == MAX_BOXES || p->rows >= MAX_ROWS) {
			draw_rest(p, level, end - *at, y);
			*at = end;
			return below;
		}
		box = take_box(p, at);
		p->rows++;
		if (box.first->is_table && *at < p->tree->count &&
		    p->tree->entries[*at].level > level)
			below = draw_table(p, at, y);
		draw_box(p, &box, y, below - y - (BOX_STEP - BOX_HEIGHT));
		y = below;
	}
	return y;
}

static void draw_legend(double y, FILE *out)
{
	const struct look *const looks[] = {
	        &table_look,
	        &ripas_looks[RMI_RIPAS_RAM],
	        &ripas_looks[RMI_RIPAS_EMPTY],
	        &ripas_looks[RMI_RIPAS_DESTROYED],
	        &ripas_looks[RMI_RIPAS_DEV],
	        &mapped_ns_look,
	        &unmapped_ns_look,
	};
	double x = SVG_MARGIN;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		x = svg_key(out, x, y, looks[i]->fill, looks[i]->name);
	svg_text(out, x, y + 12.5, "key", "darker: mapped");
}

static void draw_heads(const struct view *view, const struct tree_picture *p, double y)
{
	unsigned gshift = (unsigned)__builtin_ctzll(view->rmm.granule_size);
	char size[32];

	for (int level = p->start; level <= RMM_RTT_PAGE_LEVEL; level++)
		svg_text(p->out, column_x(p, level), y, "head", "Level %d: %s per entry", level,
		         tool_size(size, rmi_rtt_level_size(gshift, level)));
}

double svg_rtt(const struct view *view, const struct view_realm *realm, unsigned tree, double y,
               FILE *out)
{
	const struct rmm_realm_info *info = &realm->info;
	int columns = RMM_RTT_PAGE_LEVEL - info->rtt_level_start + 1;
	struct tree_picture p = {
	        .tree = &realm->trees[tree],
	        .start = info->rtt_level_start,
	        .column = (SVG_WIDTH - 2 * SVG_MARGIN - (columns - 1) * COLUMN_GAP) / columns,
	        .out = out,
	};
	char owner[16], name[32] = "";
	size_t at = 0;

	if (tree != 0)
		(void)snprintf(name, sizeof(name), ", auxiliary tree %u", tree);
	svg_text(out, SVG_MARGIN, y + 18, "title", "RTT of %s%s %s",
	         view_owner(view, info->rd, owner), name, view->moment);
	svg_text(out, SVG_MARGIN, y + 42, "note",
	         "RD 0x%" PRIx64 ", %s, VMID %u, %u-bit IPA; IPAs from 0x%" PRIx64
	         " on are Unprotected",
	         info->rd, info->state, info->vmid, info->ipa_bits,
	         UINT64_C(1) << (info->ipa_bits - 1));
	draw_legend(y + 58, out);
	draw_heads(view, &p, y + 104);
	y += 118;
	while (at < p.tree->count)
		y = draw_table(&p, &at, y);
	return y + SVG_MARGIN;
}
