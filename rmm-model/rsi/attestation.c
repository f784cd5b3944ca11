/* SPDX-License-Identifier: BSD-3-Clause */
/* RSI_ATTESTATION_TOKEN_INIT and RSI_ATTESTATION_TOKEN_CONTINUE (DEN0137 B5.4.2, B5.4.3, A7.2.2).
 */
#include <string.h>

#include "attest/attest.h"
#include "core/policy.h"
#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/interrupt.h"
#include "rsi/rsi.h"

enum rec_action rsi_attestation_token_init_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	struct rd *rd;

	(void)exit;
	/* An operation that is in progress is dropped. */
	rec->attest = (struct rec_attest){.state = ATTEST_IN_PROGRESS};
	memcpy(rec->attest.challenge, &rec->regs.x[1], sizeof(rec->attest.challenge));
	/* The token tells one moment, however long it takes to be read. */
	rd = rd_lock_shared(pe->rmm, rec->owner);
	memcpy(rec->attest.rem, rd->rem, sizeof(rec->attest.rem));
	rd_unlock_shared(pe->rmm, rd);
	rec->regs.x[1] = attest_max_size(pe->rmm);
	return rec_smc_done(rec, RSI_SUCCESS);
}

/* Bytes that one call delivers at most: none is no error, the Realm asks again. */
static size_t portion(struct rmm_pe *pe, uint64_t size)
{
	unsigned most = pe->rmm->config.policy.token_bytes;
	unsigned drawn = most != 0 ? policy_number(pe, 0, most) : 0;

	return most != 0 && drawn < size ? drawn : (size_t)size;
}

/* Puts the next bytes of the token into memory at an IPA. */
static enum rec_action deliver(struct rmm_pe *pe, uint64_t ipa, uint64_t size,
                               struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint8_t bytes[RSI_GRANULE_SIZE];
	size_t wanted = portion(pe, size);
	size_t total = 0;
	/* A Realm that runs stays, and what a token says of it was settled at its activation. */
	const struct rd *rd = granule_map(pe->rmm, rec->owner);
	bool unlucky =
	        !rec->attest.is_signed && policy_chance(pe, pe->rmm->config.policy.token_unknown);

	/* unknown */
	if (unlucky ||
	    !attest_token_part(pe, rd, &rec->attest, rec->attest.sent, bytes, wanted, &total))
		return rec_smc_done(rec, RSI_ERROR_UNKNOWN);
	if (wanted > total - rec->attest.sent)
		wanted = total - rec->attest.sent;
	/* The Host may have taken the page away since it was looked at. */
	switch (rec_write(pe, 0, ipa, bytes, wanted, exit)) {
	case REC_ACCESS_OK:
		break;
	case REC_ACCESS_EMPTY: /* addr_empty */
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	case REC_ACCESS_DENIED:
	case REC_ACCESS_ABORT:
		return REC_EXIT;
	}
	rec->attest.sent += wanted;
	rec->regs.x[1] = wanted;
	if (rec->attest.sent < total)
		return rec_smc_done(rec, RSI_INCOMPLETE);
	rec->attest.state = NO_ATTEST_IN_PROGRESS;
	return rec_smc_done(rec, RSI_SUCCESS);
}

/* Whether a physical interrupt is pending, which the REC now exits with. */
static bool is_interrupted(struct rmm_pe *pe)
{
	if (!atomic_load(&pe->interrupt) &&
	    (atomic_load(&pe->vcpu.requests) & GUEST_REQUEST_KICK) == 0)
		return false;
	if (!interrupt_taken(pe))
		return false;
	atomic_fetch_and(&pe->vcpu.requests, ~GUEST_REQUEST_KICK);
	return true;
}

enum rec_action rsi_attestation_token_continue_handler(struct rmm_pe *pe, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t addr = rec->regs.x[1];
	uint64_t offset = rec->regs.x[2];
	uint64_t size = rec->regs.x[3];
	struct rd *rd = rd_lock_shared(pe->rmm, rec->owner);
	bool bound = ipa_is_protected(rd, addr);
	uint8_t nothing = 0;

	rd_unlock_shared(pe->rmm, rd);
	/* addr_align, addr_bound, offset_bound, size_overflow, size_bound */
	if ((addr & (RSI_GRANULE_SIZE - 1)) != 0 || !bound || offset >= RSI_GRANULE_SIZE ||
	    size > RSI_GRANULE_SIZE - offset)
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	switch (rec_write(pe, 0, addr, &nothing, 0, exit)) {
	case REC_ACCESS_OK:
		break;
	case REC_ACCESS_EMPTY: /* addr_empty */
		return rec_smc_done(rec, RSI_ERROR_INPUT);
	case REC_ACCESS_DENIED:
	case REC_ACCESS_ABORT:
		return REC_EXIT;
	}
	/* state */
	if (rec->attest.state != ATTEST_IN_PROGRESS)
		return rec_smc_done(rec, RSI_ERROR_STATE);
	/* A7.2.2: generation gives way to an interrupt, and the Realm asks again. */
	if (is_interrupted(pe)) {
		exit->exit_reason = interrupt_reason(pe);
		rec->regs.x[1] = 0;
		rec_smc_done(rec, RSI_INCOMPLETE);
		return REC_EXIT;
	}
	return deliver(pe, addr + offset, size, exit);
}
