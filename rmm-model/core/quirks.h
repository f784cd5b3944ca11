/* SPDX-License-Identifier: BSD-3-Clause */
/* Deviations from DEN0137 that the configuration asks for; include/rmm/quirks.h lists them. */
#ifndef RMM_CORE_QUIRKS_H
#define RMM_CORE_QUIRKS_H

#include <stdbool.h>

#include <rmm/quirks.h>

#include "core/rmm.h"

/** Whether this RMM has a quirk. */
static inline bool quirk(const struct rmm *rmm, enum rmm_quirk which)
{
	return (rmm->config.quirks & RMM_QUIRK_BIT(which)) != 0;
}

#endif
