/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of `realmkit inspect` share. */
#ifndef REALMKIT_INSPECT_H
#define REALMKIT_INSPECT_H

#include "tool.h"

/* Shows what the RMM behind a backend holds, without an image. Returns the exit status. */
int inspect_backend(const char *backend);

#endif
