/* SPDX-License-Identifier: BSD-3-Clause */
/* What the pictures of `realmkit inspect` share. */
#ifndef REALMKIT_SVG_H
#define REALMKIT_SVG_H

#include <stdio.h>

#include "view.h"

/* Width of every picture, and the margin around what it shows. */
#define SVG_WIDTH  1200
#define SVG_MARGIN 32

/* Text in one line. @param kind class of the style sheet */
void svg_text(FILE *out, double x, double y, const char *kind, const char *fmt, ...)
        __attribute__((format(printf, 5, 6)));

/* A box in a legend with its name. Returns the x where the next one goes. */
double svg_key(FILE *out, double x, double y, const char *fill, const char *name);

/* Parts of a picture. They draw from y on and return the y below; without a file they only measure.
 */
double svg_memory(const struct view *view, double y, FILE *out);
double svg_rtt(const struct view *view, const struct view_realm *realm, unsigned tree, double y,
               FILE *out);

#endif
