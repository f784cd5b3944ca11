/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RMM_GRANULE_DELEGATE_H
#define RMM_GRANULE_DELEGATE_H

#include <stdint.h>

struct rmm_call;

uint64_t rmm_granule_range_delegate(struct rmm_call *call);
uint64_t rmm_granule_range_undelegate(struct rmm_call *call);

#endif
