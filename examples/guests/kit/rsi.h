/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file rsi.h
 * RSI commands as functions (DEN0137 B5.4). Each returns X0, an enum rsi_status.
 */
#ifndef KIT_RSI_H
#define KIT_RSI_H

#include <rmi/abi/fid.h>
#include <rmi/abi/rsi.h>

#include "smc.h"

/** RSI_VERSION (B5.4.22). @p lower and @p higher are valid on RSI_ERROR_INPUT too. */
static inline uint64_t rsi_version(uint64_t req, uint64_t *lower, uint64_t *higher)
{
	struct smccc_regs r = {.x = {SMC_RSI_VERSION, req}};

	smc(&r);
	*lower = r.x[1];
	*higher = r.x[2];
	return r.x[0];
}

/** RSI_FEATURES (B5.4.4). */
static inline uint64_t rsi_features(uint64_t index, uint64_t *value)
{
	struct smccc_regs r = {.x = {SMC_RSI_FEATURES, index}};

	smc(&r);
	*value = r.x[1];
	return r.x[0];
}

/** RSI_REALM_CONFIG (B5.4.16). @p config is page-aligned and in the Realm's own RAM. */
static inline uint64_t rsi_realm_config(struct rsi_realm_config *config)
{
	struct smccc_regs r = {.x = {SMC_RSI_REALM_CONFIG, (uintptr_t)config}};

	return smc(&r);
}

/** RSI_MEASUREMENT_READ (B5.4.9). Index 0 is the RIM, 1..4 are the REMs; value has 64 bytes. */
static inline uint64_t rsi_measurement_read(uint64_t index, uint64_t value[8])
{
	struct smccc_regs r = {.x = {SMC_RSI_MEASUREMENT_READ, index}};

	smc(&r);
	for (unsigned i = 0; i < 8; i++)
		value[i] = r.x[1 + i];
	return r.x[0];
}

/** RSI_MEASUREMENT_EXTEND (B5.4.8) of a REM, index 1..4, with the first @p size bytes of value. */
static inline uint64_t rsi_measurement_extend(uint64_t index, const uint64_t value[8],
                                              uint64_t size)
{
	struct smccc_regs r = {.x = {SMC_RSI_MEASUREMENT_EXTEND, index, size}};

	for (unsigned i = 0; i < 8; i++)
		r.x[3 + i] = value[i];
	return smc(&r);
}

/** RSI_IPA_STATE_GET (B5.4.6): [base, *out_top) has one RIPAS. */
static inline uint64_t rsi_ipa_state_get(uint64_t base, uint64_t top, uint64_t *out_top,
                                         uint64_t *ripas)
{
	struct smccc_regs r = {.x = {SMC_RSI_IPA_STATE_GET, base, top}};

	smc(&r);
	*out_top = r.x[1];
	*ripas = r.x[2] & 0xff;
	return r.x[0];
}

/** RSI_IPA_STATE_SET (B5.4.7), once: [base, *new_base) is done. */
static inline uint64_t rsi_ipa_state_set(uint64_t base, uint64_t top, enum rsi_ripas ripas,
                                         uint64_t flags, uint64_t *new_base, uint64_t *response)
{
	struct smccc_regs r = {.x = {SMC_RSI_IPA_STATE_SET, base, top, ripas, flags}};

	smc(&r);
	*new_base = r.x[1];
	*response = r.x[2] & 1;
	return r.x[0];
}

/** RSI_HOST_CALL (B5.4.5). @p call is 256-byte aligned and in the Realm's own RAM. */
static inline uint64_t rsi_host_call(struct rsi_host_call *call)
{
	struct smccc_regs r = {.x = {SMC_RSI_HOST_CALL, (uintptr_t)call}};

	return smc(&r);
}

/** RSI_ATTESTATION_TOKEN_INIT (B5.4.3) with a challenge of 64 bytes; *size bounds the token. */
static inline uint64_t rsi_attestation_token_init(const uint64_t challenge[8], uint64_t *size)
{
	struct smccc_regs r = {.x = {SMC_RSI_ATTESTATION_TOKEN_INIT}};

	for (unsigned i = 0; i < 8; i++)
		r.x[1 + i] = challenge[i];
	smc(&r);
	*size = r.x[1];
	return r.x[0];
}

/**
 * RSI_ATTESTATION_TOKEN_CONTINUE (B5.4.2): the next bytes of the token to @p addr + @p offset, all
 * within one page. RSI_INCOMPLETE: there are more.
 */
static inline uint64_t rsi_attestation_token_continue(uint64_t addr, uint64_t offset, uint64_t size,
                                                      uint64_t *len)
{
	struct smccc_regs r = {.x = {SMC_RSI_ATTESTATION_TOKEN_CONTINUE, addr, offset, size}};

	smc(&r);
	*len = r.x[1];
	return r.x[0];
}

/** RSI_MEM_GET_PERM_VALUE (B5.4.10): the label of an overlay index of a plane. */
static inline uint64_t rsi_mem_get_perm_value(uint64_t plane, uint64_t index, uint64_t *label)
{
	struct smccc_regs r = {.x = {SMC_RSI_MEM_GET_PERM_VALUE, plane, index}};

	smc(&r);
	*label = r.x[1];
	return r.x[0];
}

/** RSI_MEM_SET_PERM_INDEX (B5.4.11), once: [base, *new_base) has the index. */
static inline uint64_t rsi_mem_set_perm_index(uint64_t base, uint64_t top, uint64_t index,
                                              uint64_t handle, uint64_t *new_base,
                                              uint64_t *response, uint64_t *new_handle)
{
	struct smccc_regs r = {.x = {SMC_RSI_MEM_SET_PERM_INDEX, base, top, index, handle}};

	smc(&r);
	*new_base = r.x[1];
	*response = r.x[2] & 1;
	*new_handle = r.x[3];
	return r.x[0];
}

/** RSI_MEM_SET_PERM_VALUE (B5.4.12): an enum rsi_perm_label for an overlay index of a plane. */
static inline uint64_t rsi_mem_set_perm_value(uint64_t plane, uint64_t index, uint64_t label)
{
	struct smccc_regs r = {.x = {SMC_RSI_MEM_SET_PERM_VALUE, plane, index, label}};

	return smc(&r);
}

/** RSI_PLANE_ENTER (B5.4.13): runs an auxiliary plane; @p run is page-aligned. */
static inline uint64_t rsi_plane_enter(uint64_t plane, struct rsi_plane_run *run)
{
	struct smccc_regs r = {.x = {SMC_RSI_PLANE_ENTER, plane, (uintptr_t)run}};

	return smc(&r);
}

/** RSI_PLANE_SYSREG_READ (B5.4.14). @p reg is an RsiSysregAddress. */
static inline uint64_t rsi_plane_sysreg_read(uint64_t plane, uint64_t reg, uint64_t value[2])
{
	struct smccc_regs r = {.x = {SMC_RSI_PLANE_SYSREG_READ, plane, reg}};

	smc(&r);
	value[0] = r.x[1];
	value[1] = r.x[2];
	return r.x[0];
}

/** RSI_PLANE_SYSREG_WRITE (B5.4.15). */
static inline uint64_t rsi_plane_sysreg_write(uint64_t plane, uint64_t reg, const uint64_t value[2])
{
	struct smccc_regs r = {.x = {SMC_RSI_PLANE_SYSREG_WRITE, plane, reg, value[0], value[1]}};

	return smc(&r);
}

#endif
