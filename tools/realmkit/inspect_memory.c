/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The map of memory: strips of granules, coloured by state. Strips that say the same throughout
 * are joined, and so are stretches that the RMM does not hold, so that any amount of memory fits.
 */
#include <inttypes.h>
#include <string.h>

#include "svg.h"
#include "tool.h"

#define GRANULES_IN_STRIP 64
#define MAX_STRIPS        48

#define LABEL_WIDTH       130.0
#define STRIP_WIDTH       (SVG_WIDTH - 2 * SVG_MARGIN - LABEL_WIDTH)
#define STRIP_HEIGHT      16.0
#define STRIP_STEP        19.0
/* Lines between granules that are narrower than this would hide them. */
#define MIN_CELL          5.0

static const struct {
	const char *state;
	const char *fill;
} colours[] = {
        {"GRAN_UNDELEGATED", "#eef1f4"}, {"GRAN_DELEGATED", "#f6c453"}, {"GRAN_RD", "#d1495b"},
        {"GRAN_REC", "#8e5aa8"},         {"GRAN_RTT", "#2e7fb8"},       {"GRAN_DATA", "#58a96a"},
        {"GRAN_INTERNAL", "#8c6d52"},
};

#define NUM_COLOURS (sizeof(colours) / sizeof(colours[0]))

static const char *colour(const char *state)
{
	for (size_t i = 0; i < NUM_COLOURS; i++) {
		if (strcmp(colours[i].state, state) == 0)
			return colours[i].fill;
	}
	return "#000000";
}

/* A walk over strips of equal size from dram_base on. */
struct map {
	const struct view *view;
	uint64_t strip; /* Bytes of a strip. */
	size_t at;      /* First run that ends behind the current strip's base. */
	FILE *out;
};

/* The run that the strip at base lies in as a whole, or NULL. Only runs of many granules count. */
static const struct rmm_granule_info *whole(const struct map *map, uint64_t base)
{
	const struct view *view = map->view;
	const struct rmm_granule_info *g;

	if (map->at == view->num_granules)
		return NULL;
	g = &view->granules[map->at];
	return g->pa <= base && base + map->strip <= g->pa + g->size ? g : NULL;
}

/* First strip at or behind base that a run reaches into, or the end. */
static uint64_t next_held(struct map *map, uint64_t base, uint64_t end)
{
	const struct view *view = map->view;
	uint64_t dram = view->rmm.dram_base;

	while (map->at < view->num_granules &&
	       view->granules[map->at].pa + view->granules[map->at].size <= base)
		map->at++;
	if (map->at == view->num_granules)
		return end;
	if (view->granules[map->at].pa <= base)
		return base;
	return dram + (view->granules[map->at].pa - dram) / map->strip * map->strip;
}

static void draw_title(FILE *out, const struct view *view, const struct rmm_granule_info *g)
{
	char size[32], owner[16];
	const char *name = view_owner(view, g->owner, owner);

	(void)fprintf(out, "<title>0x%" PRIx64 ", %s: %s%s%s%s</title>", g->pa,
	              tool_size(size, g->size), g->state, name[0] != '\0' ? ", " : "", name,
	              g->intermediate ? ", intermediate" : "");
}

/* The part of a run that lies in the strip at base. */
static void draw_run(const struct map *map, const struct rmm_granule_info *g, uint64_t base,
                     double y)
{
	uint64_t from = g->pa > base ? g->pa - base : 0;
	uint64_t end = g->pa + g->size - base;
	double x = LABEL_WIDTH + SVG_MARGIN;
	double scale = STRIP_WIDTH / (double)map->strip;
	double width;

	if (end > map->strip)
		end = map->strip;
	width = (double)(end - from) * scale;
	/* What is there must be seen. */
	if (width < 1.2)
		width = 1.2;
	for (unsigned pass = 0; pass < (g->intermediate ? 2u : 1u); pass++) {
		(void)fprintf(map->out,
		              "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" "
		              "fill=\"%s\">",
		              x + (double)from * scale, y, width, STRIP_HEIGHT,
		              pass == 0 ? colour(g->state) : "url(#open)");
		draw_title(map->out, map->view, g);
		(void)fputs("</rect>\n", map->out);
	}
}

static void draw_background(const struct map *map, double y)
{
	(void)fprintf(map->out,
	              "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
	              SVG_MARGIN + LABEL_WIDTH, y, STRIP_WIDTH, STRIP_HEIGHT,
	              colour("GRAN_UNDELEGATED"));
}

/* Lines between granules, where there is room for them. */
static void draw_grid(const struct map *map, double y)
{
	uint64_t granule = map->view->rmm.granule_size;
	double cell = STRIP_WIDTH * (double)granule / (double)map->strip;
	uint64_t lines = map->strip / granule;

	if (cell < MIN_CELL)
		return;
	(void)fputs("<path stroke=\"#ffffff\" stroke-width=\"1\" d=\"", map->out);
	for (uint64_t i = 1; i < lines; i++)
		(void)fprintf(map->out, "M%.2f %.1fv%.1f",
		              SVG_MARGIN + LABEL_WIDTH + (double)i * cell, y, STRIP_HEIGHT);
	(void)fputs("\"/>\n", map->out);
}

static void draw_strip(const struct map *map, uint64_t base, double y)
{
	const struct view *view = map->view;

	svg_text(map->out, SVG_MARGIN, y + 12, "address", "0x%" PRIx64, base);
	draw_background(map, y);
	for (size_t i = map->at; i < view->num_granules && view->granules[i].pa < base + map->strip;
	     i++)
		draw_run(map, &view->granules[i], base, y);
	draw_grid(map, y);
}

/* A size for people who look at a picture: "255.8 MiB". */
static const char *rough_size(char buf[32], uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double size = (double)bytes / 1024;
	unsigned unit = 0;

	for (; unit < 3 && size >= 1024; unit++)
		size /= 1024;
	(void)snprintf(buf, 32, "%.4g %s", size, units[unit]);
	return buf;
}

/* A stretch of memory that nobody holds. */
static void draw_gap(const struct map *map, uint64_t base, uint64_t size, double y)
{
	char text[32];

	svg_text(map->out, SVG_MARGIN, y + 12, "address", "0x%" PRIx64, base);
	(void)fprintf(
	        map->out,
	        "<path d=\"M%.1f %.1fh%.1f\" stroke=\"#c3ccd4\" stroke-width=\"1.5\" "
	        "stroke-dasharray=\"2 5\"/>\n"
	        "<rect x=\"%.1f\" y=\"%.1f\" width=\"240\" height=\"14\" fill=\"#ffffff\"/>\n",
	        SVG_MARGIN + LABEL_WIDTH, y + 8, STRIP_WIDTH, SVG_MARGIN + LABEL_WIDTH + 24, y + 1);
	svg_text(map->out, SVG_MARGIN + LABEL_WIDTH + 32, y + 12, "note", "%s GRAN_UNDELEGATED",
	         rough_size(text, size));
}

/* Strips that lie in one run. */
static void draw_joined(const struct map *map, const struct rmm_granule_info *g, uint64_t base,
                        uint64_t size, double y)
{
	char text[32];

	svg_text(map->out, SVG_MARGIN, y + 12, "address", "0x%" PRIx64, base);
	draw_run(map, g, base, y);
	(void)fprintf(map->out,
	              "<text x=\"%.1f\" y=\"%.1f\" class=\"note\" style=\"fill:#ffffff\">%s %s"
	              "</text>\n",
	              SVG_MARGIN + LABEL_WIDTH + 32, y + 12.5, rough_size(text, size), g->state);
}

/* Draws all strips, or only counts the lines if there is no file. Returns the lines. */
static unsigned draw_strips(const struct view *view, uint64_t strip, double y, FILE *out)
{
	struct map map = {.view = view, .strip = strip, .out = out};
	uint64_t end = view->rmm.dram_base + view->rmm.dram_size;
	unsigned lines = 0;

	for (uint64_t base = view->rmm.dram_base; base < end; lines++) {
		uint64_t held = next_held(&map, base, end);
		double line_y = y + (double)lines * STRIP_STEP;
		const struct rmm_granule_info *g;
		uint64_t size = strip;

		if (held > base) {
			if (out != NULL)
				draw_gap(&map, base, held - base, line_y);
			base = held;
			continue;
		}
		g = whole(&map, base);
		if (g != NULL)
			size = (g->pa + g->size - base) / strip * strip;
		if (out != NULL && size >= 2 * strip)
			draw_joined(&map, g, base, size, line_y);
		else if (out != NULL)
			draw_strip(&map, base, line_y);
		base += size;
	}
	return lines;
}

/* Strips are as short as fits. */
static uint64_t choose_strip(const struct view *view)
{
	uint64_t strip = GRANULES_IN_STRIP * view->rmm.granule_size;

	while (draw_strips(view, strip, 0, NULL) > MAX_STRIPS && strip < view->rmm.dram_size)
		strip *= 2;
	return strip;
}

static void draw_legend(const struct view *view, double y, FILE *out)
{
	double x = SVG_MARGIN;

	for (size_t i = 0; i < NUM_COLOURS; i++) {
		uint64_t count = 0;
		char name[64];

		for (size_t n = 0; n < view->num_granules; n++) {
			if (strcmp(view->granules[n].state, colours[i].state) == 0)
				count += view->granules[n].size / view->rmm.granule_size;
		}
		(void)snprintf(name, sizeof(name), "%s", colours[i].state + strlen("GRAN_"));
		if (i != 0)
			(void)snprintf(name, sizeof(name), "%s %" PRIu64,
			               colours[i].state + strlen("GRAN_"), count);
		x = svg_key(out, x, y, colours[i].fill, name);
	}
}

double svg_memory(const struct view *view, double y, FILE *out)
{
	uint64_t strip = choose_strip(view);
	char dram[32], granule[32], size[32];
	unsigned lines;

	svg_text(out, SVG_MARGIN, y + 18, "title", "Memory of the RMM %s", view->moment);
	svg_text(out, SVG_MARGIN, y + 42, "note",
	         "%s at 0x%" PRIx64 " in granules of %s; a strip is %s",
	         tool_size(dram, view->rmm.dram_size), view->rmm.dram_base,
	         tool_size(granule, view->rmm.granule_size), tool_size(size, strip));
	draw_legend(view, y + 58, out);
	lines = draw_strips(view, strip, y + 94, out);
	return y + 94 + lines * STRIP_STEP + SVG_MARGIN;
}
