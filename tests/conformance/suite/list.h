/* SPDX-License-Identifier: BSD-3-Clause */
/* Every command that has tests. */
#ifndef CONFORMANCE_LIST_H
#define CONFORMANCE_LIST_H

#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

extern const struct conformance_command conformance_rtt_create;

static const struct conformance_command *const all_commands[] = {
        &conformance_rtt_create,
};

#endif
