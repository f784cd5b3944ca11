/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of a Realm, as its REC and the RMM on behalf of it reach it. */
#include <string.h>

#include "core/quirks.h"
#include "core/rmm.h"
#include "realm/realm.h"
#include "rec/rec.h"

/* ESR_EL2 fields. */
#define ESR_EC_SHIFT          26
#define ESR_EC_IABT_LOWER     UINT64_C(0x20)
#define ESR_EC_DABT_LOWER     UINT64_C(0x24)
#define ESR_EC_MASK           (UINT64_C(0x3f) << ESR_EC_SHIFT)
#define ESR_IL                (UINT64_C(1) << 25)
#define ESR_ISV               (UINT64_C(1) << 24)
#define ESR_SAS_SHIFT         22
#define ESR_SAS               (UINT64_C(3) << ESR_SAS_SHIFT)
#define ESR_SF                (UINT64_C(1) << 15)
#define ESR_SET               (UINT64_C(3) << 11)
#define ESR_FNV               (UINT64_C(1) << 10)
#define ESR_EA                (UINT64_C(1) << 9)
#define ESR_WNR               (UINT64_C(1) << 6)
#define ESR_FSC               UINT64_C(0x3f)
#define ESR_FSC_SEA           UINT64_C(0x10)

/* Bits that every data abort exit shows, those of an emulatable one, and of an instruction abort.
 */
#define ESR_DATA_ABORT        (ESR_EC_MASK | ESR_SET | ESR_FNV | ESR_EA | ESR_FSC)
#define ESR_EMULATABLE        (ESR_DATA_ABORT | ESR_ISV | ESR_SAS | ESR_SF | ESR_WNR)
#define ESR_NOT_EMUL_UNPROT   (ESR_DATA_ABORT | ESR_IL)
#define ESR_INSTRUCTION_ABORT (ESR_EC_MASK | ESR_SET | ESR_EA | ESR_FSC)

/* The bits that an access of this syndrome moves. */
static uint64_t access_mask(uint64_t esr)
{
	unsigned bits = 8u << (esr >> ESR_SAS_SHIFT & 3);

	return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

void rec_exit_abort(struct rmm_pe *pe, const struct guest_exit *abort,
                    const struct stage2_lookup *found, struct rmi_rec_exit *exit)
{
	struct rec *rec = pe->rec;
	uint64_t offset = rmm_granule_size(pe->rmm) - 1;
	bool fetch = (abort->esr >> ESR_EC_SHIFT) == ESR_EC_IABT_LOWER;
	/* A4.3.4.3: only an abort at an Unprotected IPA can be emulated by the Host. */
	bool emulatable = !fetch && found->unprotected && (abort->esr & ESR_ISV) != 0;

	exit->exit_reason = RMI_EXIT_SYNC;
	/* HPFAR_EL2.FIPA holds the IPA from bit 12 on. */
	exit->hpfar = ((abort->ipa & ~offset) >> 12) << 4;
	exit->rtt_tree = found->tree;
	if (fetch) {
		exit->esr = abort->esr & ESR_INSTRUCTION_ABORT;
		return;
	}
	rec->last_exit = found->unprotected ? REC_LAST_UNPROTECTED_ABORT : REC_LAST_PROTECTED_ABORT;
	rec->last_abort = *abort;
	rec->emulatable_abort = emulatable;
	if (emulatable) {
		exit->esr = abort->esr & ESR_EMULATABLE;
		exit->far = abort->far & offset;
		if ((abort->esr & ESR_WNR) != 0)
			exit->gprs[0] = abort->value & access_mask(abort->esr);
	} else {
		exit->esr =
		        abort->esr & (found->unprotected ? ESR_NOT_EMUL_UNPROT : ESR_DATA_ABORT);
	}
}

/* A10.2.4: a Synchronous External abort that is not the Realm's to take. */
void rec_exit_sea(struct rmm_pe *pe, const struct guest_exit *abort,
                  const struct stage2_lookup *found, struct rmi_rec_exit *exit)
{
	struct guest_exit sea = *abort;

	sea.esr = (abort->esr & (ESR_EC_MASK | ESR_WNR)) | ESR_IL | ESR_EA | ESR_FSC_SEA;
	rec_exit_abort(pe, &sea, found, exit);
}

static void *host_of(const struct stage2_lookup *found, uint64_t ipa)
{
	return (uint8_t *)found->host + (ipa & (RSI_GRANULE_SIZE - 1));
}

/* What an access has come to that was not OK. */
static enum rec_access refuse(struct rmm_pe *pe, uint64_t ipa, const struct stage2_lookup *found,
                              bool write, struct rmi_rec_exit *exit)
{
	struct guest_exit abort;

	if (found->empty)
		return REC_ACCESS_EMPTY;
	abort = (struct guest_exit){
	        .esr = ESR_EC_DABT_LOWER << ESR_EC_SHIFT | ESR_IL | found->fsc |
	               (write ? ESR_WNR : 0),
	        .ipa = ipa,
	};
	if (found->outcome == STAGE2_PLANE) {
		pe->rec->last_abort = abort;
		return REC_ACCESS_DENIED;
	}
	rec_exit_abort(pe, &abort, found, exit);
	if (quirk(pe->rmm, RMM_QUIRK_HPFAR_BELOW_GRANULE))
		exit->hpfar = ipa >> 8;
	return REC_ACCESS_ABORT;
}

enum rec_access rec_read(struct rmm_pe *pe, unsigned plane, uint64_t ipa, void *buffer,
                         uint64_t size, struct rmi_rec_exit *exit)
{
	struct rd *rd = rd_lock_shared(pe->rmm, pe->rec->owner);
	struct stage2_lookup found = stage2_look_up(pe->rmm, rd, plane, ipa, GUEST_READ);

	/* Under the lock: the page cannot be taken away before the copy is done. */
	if (found.outcome == STAGE2_OK)
		memcpy(buffer, host_of(&found, ipa), size);
	rd_unlock_shared(pe->rmm, rd);
	return found.outcome == STAGE2_OK ? REC_ACCESS_OK : refuse(pe, ipa, &found, false, exit);
}

enum rec_access rec_write(struct rmm_pe *pe, unsigned plane, uint64_t ipa, const void *buffer,
                          uint64_t size, struct rmi_rec_exit *exit)
{
	struct rd *rd = rd_lock_shared(pe->rmm, pe->rec->owner);
	struct stage2_lookup found = stage2_look_up(pe->rmm, rd, plane, ipa, GUEST_WRITE);

	if (found.outcome == STAGE2_OK)
		memcpy(host_of(&found, ipa), buffer, size);
	rd_unlock_shared(pe->rmm, rd);
	return found.outcome == STAGE2_OK ? REC_ACCESS_OK : refuse(pe, ipa, &found, true, exit);
}
