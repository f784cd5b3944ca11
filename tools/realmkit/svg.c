/* SPDX-License-Identifier: BSD-3-Clause */
/* A view as a picture. */
#include "svg.h"

#include <stdarg.h>
#include <string.h>

static const char style[] =
        "text { font-family: 'DejaVu Sans', 'Helvetica Neue', Arial, sans-serif; fill: #22303c }\n"
        ".title { font-size: 22px; font-weight: bold }\n"
        ".note { font-size: 13px; fill: #5b6b79 }\n"
        ".key { font-size: 12px }\n"
        ".address { font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 11px; "
        "fill: #5b6b79 }\n"
        ".head { font-size: 13px; font-weight: bold }\n"
        ".ipa { font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 11px }\n"
        ".entry { font-size: 11px }\n";

void svg_text(FILE *out, double x, double y, const char *kind, const char *fmt, ...)
{
	va_list args;

	(void)fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, kind);
	va_start(args, fmt);
	(void)vfprintf(out, fmt, args);
	va_end(args);
	(void)fputs("</text>\n", out);
}

double svg_key(FILE *out, double x, double y, const char *fill, const char *name)
{
	(void)fprintf(out,
	              "<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"16\" rx=\"3\" "
	              "fill=\"%s\" stroke=\"#8796a3\" stroke-width=\"0.6\"/>\n",
	              x, y, fill);
	svg_text(out, x + 22, y + 12.5, "key", "%s", name);
	return x + 22 + 7.6 * (double)strlen(name) + 18;
}

/* Everything there is to draw. */
static double draw(const struct view *view, unsigned what, FILE *out)
{
	double y = SVG_MARGIN;

	if ((what & VIEW_MEMORY) != 0)
		y = svg_memory(view, y, out);
	for (size_t i = 0; i < view->num_realms && (what & VIEW_RTT) != 0; i++) {
		const struct view_realm *realm = &view->realms[i];

		for (unsigned n = 0; n < realm->info.num_trees; n++)
			y = svg_rtt(view, realm, n, y, out);
	}
	return y;
}

bool view_svg(const struct view *view, unsigned what, FILE *out)
{
	char nothing[1];
	/* The height is known once everything has been drawn. */
	FILE *sink = fmemopen(nothing, sizeof(nothing), "w");
	double height;

	if (sink == NULL)
		return false;
	height = draw(view, what, sink);
	(void)fclose(sink);
	(void)fprintf(out,
	              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
	              "viewBox=\"0 0 %d %.0f\">\n<style>\n%s</style>\n"
	              "<defs><pattern id=\"open\" width=\"6\" height=\"6\" "
	              "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
	              "<rect width=\"2\" height=\"6\" fill=\"#ffffff\" opacity=\"0.6\"/>"
	              "</pattern></defs>\n"
	              "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
	              SVG_WIDTH, height, SVG_WIDTH, height, style);
	(void)draw(view, what, out);
	(void)fputs("</svg>\n", out);
	return true;
}
