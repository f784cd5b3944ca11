/* SPDX-License-Identifier: BSD-3-Clause */
/* Every command that has tests; they are listed in list.def. */
#ifndef CONFORMANCE_LIST_H
#define CONFORMANCE_LIST_H

#include "suite.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

#define COMMAND(name) extern const struct conformance_command conformance_##name;
#include "list.def"
#undef COMMAND

static const struct conformance_command *const all_commands[] = {
#define COMMAND(name) &conformance_##name,
#include "list.def"
#undef COMMAND
};

#endif
