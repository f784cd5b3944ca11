/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands on the RMM as a whole. */
#ifndef RMM_CORE_GLOBAL_H
#define RMM_CORE_GLOBAL_H

#include <stdint.h>

struct rmm_call;

uint64_t rmm_version(struct rmm_call *call);
uint64_t rmm_features(struct rmm_call *call);
uint64_t rmm_rmm_config_set(struct rmm_call *call);
uint64_t rmm_rmm_config_get(struct rmm_call *call);
uint64_t rmm_rmm_activate(struct rmm_call *call);
uint64_t rmm_rmm_deactivate(struct rmm_call *call);
uint64_t rmm_rmm_state_get(struct rmm_call *call);
uint64_t rmm_attest_plat_token_refresh(struct rmm_call *call);
uint64_t rmm_not_supported(struct rmm_call *call);

#endif
