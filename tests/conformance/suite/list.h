/* SPDX-License-Identifier: BSD-3-Clause */
/* Every command that has tests. */
#ifndef CONFORMANCE_LIST_H
#define CONFORMANCE_LIST_H

#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

extern const struct conformance_command conformance_psci_complete;
extern const struct conformance_command conformance_realm_activate;
extern const struct conformance_command conformance_realm_destroy;
extern const struct conformance_command conformance_realm_terminate;
extern const struct conformance_command conformance_rec_enter;
extern const struct conformance_command conformance_rtt_create;
extern const struct conformance_command conformance_rtt_destroy;
extern const struct conformance_command conformance_rtt_fold;
extern const struct conformance_command conformance_rtt_read_entry;

static const struct conformance_command *const all_commands[] = {
        &conformance_psci_complete,   &conformance_realm_activate, &conformance_realm_destroy,
        &conformance_realm_terminate, &conformance_rec_enter,      &conformance_rtt_create,
        &conformance_rtt_destroy,     &conformance_rtt_fold,       &conformance_rtt_read_entry,
};

#endif
