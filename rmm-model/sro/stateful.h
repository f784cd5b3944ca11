/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands that the policy makes stateful (B4.3.2): the command answers RMI_INCOMPLETE, its RD is
 * intermediate meanwhile, and RMI_OP_CONTINUE does the work.
 */
#ifndef RMM_SRO_STATEFUL_H
#define RMM_SRO_STATEFUL_H

#include <stdint.h>

#include "core/rmm.h"

/** Runs a command, at once or statefully. @return X0 */
uint64_t stateful_run(struct rmm_call *call, rmm_handler *handler);

#endif
