/* SPDX-License-Identifier: BSD-3-Clause */
/* Life of a REC: RMI_REC_CREATE and RMI_REC_DESTROY (DEN0137 B4.5.49, B4.5.50). */
#include "rec/rec.h"

#include <string.h>

#include "core/policy.h"
#include "core/quirks.h"
#include "core/rmm.h"
#include "granule/tracking.h"
#include "measure/measure.h"
#include "realm/realm.h"
#include "rec/plane.h"

_Static_assert(sizeof(struct rec) <= 4096, "a REC fits in the smallest granule");

/* MPIDR_EL1.RES1 */
#define MPIDR_EL1_RES1 (UINT64_C(1) << 31)

struct rec *rec_lock(struct rmm *rmm, uint64_t pa, uint64_t *x0)
{
	struct granule *g = granule_at(rmm, pa);

	*x0 = rmi_result(RMI_ERROR_INPUT);
	if (g == NULL || !pa_is_granule_aligned(rmm, pa) || !granule_lock(g, GRAN_REC))
		return NULL;
	if (granule_is_intermediate(g)) {
		granule_unlock(g, GRAN_REC);
		*x0 = object_is_intermediate(rmm);
		return NULL;
	}
	return granule_map(rmm, pa);
}

void rec_unlock(struct rmm *rmm, struct rec *rec)
{
	granule_unlock(granule_at(rmm, rec->pa), GRAN_REC);
}

void rec_engine_release(uint32_t *engine, void **engine_data)
{
	if (*engine != REC_ENGINE_NONE && rec_engine(*engine)->vcpu_destroy != NULL)
		rec_engine(*engine)->vcpu_destroy(*engine_data);
	*engine = REC_ENGINE_NONE;
	*engine_data = NULL;
}

void rec_release_engine(struct rec *rec)
{
	rec_engine_release(&rec->engine, &rec->engine_data);
	plane_release_engines(rec);
}

void rec_no_engine(struct rec *rec)
{
	rec->engine = REC_ENGINE_NONE;
	for (unsigned i = 0; i < REC_NUM_AUX_PLANES; i++)
		rec->idle[i].engine = REC_ENGINE_NONE;
}

/* MPIDR_EL1 with the affinity fields of an RmiRecMpidr. */
static uint64_t mpidr_el1(uint64_t mpidr)
{
	return MPIDR_EL1_RES1 | (mpidr & 0xffffff) | RMI_FIELD_GET(mpidr, RMI_REC_MPIDR_AFF3) << 32;
}

void rec_reset(struct rmm *rmm, struct rec *rec, uint64_t pc)
{
	rec_release_engine(rec);
	rec->regs = (struct guest_regs){
	        .pc = pc,
	        .pstate = GUEST_PSTATE_RESET,
	        .mpidr = mpidr_el1(rec->mpidr),
	};
	rec->regs.sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET;
	rec->regs.sysreg[GUEST_OSLSR_EL1] = GUEST_OSLSR_EL1_RESET;
	rec->timer_told[0] = false;
	rec->timer_told[1] = false;
	/* A new identity, so that nothing cached for the old one is used. */
	rec->vcpu_id = atomic_fetch_add(&rmm->next_vcpu_id, 1);
	plane_reset(rmm, rec);
}

struct rec *rec_from_mpidr(struct rmm *rmm, const struct rd *rd, uint64_t mpidr)
{
	uint64_t pa = rd->first_rec;

	while (pa != REC_LIST_END) {
		struct rec *rec = granule_map(rmm, pa);

		if (rmi_rec_index(rec->mpidr) == rmi_rec_index(mpidr))
			return rec;
		pa = rec->next;
	}
	return NULL;
}

/* realm_state, num_recs, mpidr_index */
static uint64_t check_realm(struct rmm *rmm, const struct rd *rd, uint64_t mpidr)
{
	if (rd->state != REALM_NEW ||
	    granule_at(rmm, rd->pa)->count == (UINT32_C(1) << rmm->config.max_recs_order) - 1)
		return rmi_result(RMI_ERROR_REALM);
	if (rmi_rec_index(mpidr) != rd->rec_index)
		return rmi_result(RMI_ERROR_INPUT);
	return rmi_result(RMI_SUCCESS);
}

/* The effect of REC_CREATE. The granule is GRAN_REC and intermediate, the RD is locked. */
static void make_rec(struct rmm_call *call, const struct sro *sro, struct rd *rd)
{
	struct rmm *rmm = call->rmm;
	struct rec *rec = granule_map(rmm, sro->rec);
	bool runnable = (sro->rec_flags & RMI_REC_CREATE_FLAGS_RUNNABLE) != 0;

	*rec = (struct rec){
	        .pa = sro->rec,
	        .owner = rd->pa,
	        .next = rd->first_rec,
	        .mpidr = sro->rec_mpidr,
	        .state = REC_READY,
	        .runnable = runnable,
	        .pending = REC_PENDING_NONE,
	        .aux = sro->memory,
	};
	rec_no_engine(rec);
	rec_reset(rmm, rec, sro->rec_pc);
	memcpy(rec->regs.x, sro->rec_gprs, sizeof(sro->rec_gprs));
	if (runnable)
		measure_rec(call->pe, rd, sro->rec_flags, sro->rec_pc, sro->rec_gprs);
	rd->first_rec = sro->rec;
	rd->rec_index++;
	granule_at(rmm, rd->pa)->count++;
	granule_set_intermediate(granule_at(rmm, sro->rec), false);
}

/* Ends REC_CREATE once the Host has donated what it must, or has got back what it donated. */
static uint64_t finish_create(struct rmm_call *call, struct sro *sro)
{
	struct rmm *rmm = call->rmm;
	struct granule *g = granule_at(rmm, sro->rec);
	/* The realm cannot go away while an operation is open. */
	struct rd *rd = rd_lock(rmm, sro->rd);
	uint64_t x0 = sro->result;

	/* What was right when the operation began may be wrong now. */
	if (!sro->abandoned)
		x0 = check_realm(rmm, rd, sro->rec_mpidr);
	if (rmi_status(x0) != RMI_SUCCESS && sro->memory.count != 0) {
		rd_unlock(rmm, rd);
		sro->abandoned = true;
		sro->result = x0;
		sro->want = RMI_OP_MEM_REQ_RECLAIM;
		return sro_incomplete(call, sro);
	}
	rd->open_sros--;
	if (rmi_status(x0) == RMI_SUCCESS) {
		make_rec(call, sro, rd);
	} else {
		granule_move(g, GRAN_REC, GRAN_DELEGATED);
	}
	rd_unlock(rmm, rd);
	sro_end(call, sro);
	return x0;
}

/* Takes the granule for the REC: rec_state. @return the operation, or NULL with the reason in *x0
 */
static struct sro *take_granule(struct rmm_call *call, uint64_t *x0)
{
	struct rmm *rmm = call->rmm;
	struct sro *sro = sro_begin(call, x0);
	struct granule *g;
	bool taken;

	if (sro == NULL)
		return NULL;
	g = granule_at(rmm, call->in[2]);
	taken = granule_move_intermediate(g, GRAN_DELEGATED, GRAN_REC);
	if (!taken || !tracking_still_fine(rmm, call->in[2])) {
		if (taken)
			granule_move(g, GRAN_REC, GRAN_DELEGATED);
		sro_end(call, sro);
		*x0 = rmi_result(RMI_ERROR_INPUT);
		return NULL;
	}
	/* No guest yet, should the RMM go away before there is one. */
	rec_no_engine(granule_map(rmm, call->in[2]));
	sro->rec = call->in[2];
	return sro;
}

/* Notes what the REC will be made of. The RD is locked. */
static void note_params(struct sro *sro, struct rd *rd, const struct rmi_rec_params *params)
{
	sro->rd = rd->pa;
	sro->rec_flags = params->flags;
	sro->rec_mpidr = params->mpidr;
	sro->rec_pc = params->pc;
	memcpy(sro->rec_gprs, params->gprs, sizeof(params->gprs));
	sro->finish = finish_create;
	sro->result = rmi_result(RMI_ERROR_INPUT);
	rd->open_sros++;
}

/* params_align, params_pas. @return whether there are parameters to read */
static bool read_params(struct rmm *rmm, uint64_t pa, struct rmi_rec_params *params)
{
	if (!pa_is_granule_aligned(rmm, pa) || !pa_is_nonsecure(rmm, pa))
		return false;
	memcpy(params, granule_map(rmm, pa), sizeof(*params));
	return true;
}

/* Asks for the memory of the REC, or ends the operation if there is nothing to ask for. */
static uint64_t ask(struct rmm_call *call, struct sro *sro)
{
	unsigned aux = policy_number(call->pe, 0, call->rmm->config.policy.rec_aux);

	if (aux == 0)
		return sro->finish(call, sro);
	sro_ask(call, sro, aux);
	return sro_incomplete(call, sro);
}

/* RMM_QUIRK_REC_CREATE_LATE_ERRORS: all conditions but those of the REC granule. */
static uint64_t check_late(struct rmm_call *call, struct sro *sro)
{
	struct rmm *rmm = call->rmm;
	struct rmi_rec_params params;
	struct rd *rd;
	uint64_t x0;

	if (!read_params(rmm, sro->in[2], &params))
		return rmi_result(RMI_ERROR_INPUT);
	rd = rd_get(rmm, sro->in[0], &x0);
	if (rd == NULL)
		return x0;
	x0 = check_realm(rmm, rd, params.mpidr);
	if (rmi_status(x0) == RMI_SUCCESS)
		note_params(sro, rd, &params);
	rd_unlock(rmm, rd);
	return x0;
}

/* Looks at the Realm when the donation is complete. */
static uint64_t finish_late(struct rmm_call *call, struct sro *sro)
{
	uint64_t x0;

	if (!sro->abandoned) {
		sro->result = check_late(call, sro);
		if (sro->finish == finish_create)
			return finish_create(call, sro);
		sro->abandoned = true;
		if (sro->memory.count != 0) {
			sro->want = RMI_OP_MEM_REQ_RECLAIM;
			return sro_incomplete(call, sro);
		}
	}
	x0 = sro->result;
	granule_move(granule_at(call->rmm, sro->rec), GRAN_REC, GRAN_DELEGATED);
	sro_end(call, sro);
	return x0;
}

static uint64_t create_late(struct rmm_call *call)
{
	uint64_t x0;
	struct sro *sro = take_granule(call, &x0);

	if (sro == NULL)
		return x0;
	memcpy(sro->in, &call->in[1], 3 * sizeof(sro->in[0]));
	sro->result = rmi_result(RMI_ERROR_INPUT);
	sro->finish = finish_late;
	return ask(call, sro);
}

uint64_t rmm_rec_create(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct rmi_rec_params params;
	struct sro *sro = NULL;
	struct rd *rd;
	uint64_t x0;

	/* rec_align, rec_bound */
	if (!pa_is_granule_aligned(rmm, call->in[2]) ||
	    !pa_is_delegable_conventional_fine(rmm, call->in[2]))
		return rmi_result(RMI_ERROR_INPUT);
	if (quirk(rmm, RMM_QUIRK_REC_CREATE_LATE_ERRORS))
		return create_late(call);
	if (!read_params(rmm, call->in[3], &params))
		return rmi_result(RMI_ERROR_INPUT);
	/* rd_align, rd_bound, rd_state */
	rd = rd_get(rmm, call->in[1], &x0);
	if (rd == NULL)
		return x0;
	x0 = check_realm(rmm, rd, params.mpidr);
	if (rmi_status(x0) == RMI_SUCCESS)
		sro = take_granule(call, &x0);
	if (sro != NULL)
		note_params(sro, rd, &params);
	rd_unlock(rmm, rd);
	return sro != NULL ? ask(call, sro) : x0;
}

/* Takes a REC out of the list of its realm. */
static void unlink_rec(struct rmm *rmm, struct rd *rd, const struct rec *rec)
{
	uint64_t *link = &rd->first_rec;

	while (*link != rec->pa)
		link = &((struct rec *)granule_map(rmm, *link))->next;
	*link = rec->next;
}

/* Ends REC_DESTROY once the Host has taken back what it donated. */
static uint64_t finish_destroy(struct rmm_call *call, struct sro *sro)
{
	struct rmm *rmm = call->rmm;
	struct granule *g = granule_at(rmm, sro->rec);
	struct rd *rd = rd_lock(rmm, sro->rd);
	struct rec *rec = granule_map(rmm, sro->rec);

	unlink_rec(rmm, rd, rec);
	rec_release_engine(rec);
	rd->open_sros--;
	granule_at(rmm, rd->pa)->count--;
	rd_unlock(rmm, rd);
	granule_move(g, GRAN_REC, GRAN_DELEGATED);
	sro_end(call, sro);
	return rmi_result(RMI_SUCCESS);
}

uint64_t rmm_rec_destroy(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct sro *sro;
	struct rec *rec;
	struct rd *rd;
	uint64_t x0;

	/* rec_tracking, rec_align, rec_gran_state */
	if (!pa_is_tracked_fine(rmm, call->in[1]))
		return rmi_result(RMI_ERROR_INPUT);
	rec = rec_lock(rmm, call->in[1], &x0);
	if (rec == NULL)
		return x0;
	/* rec_state */
	if (rec->state == REC_RUNNING) {
		rec_unlock(rmm, rec);
		return rmi_result(RMI_ERROR_REC);
	}
	sro = sro_begin(call, &x0);
	if (sro == NULL) {
		rec_unlock(rmm, rec);
		return x0;
	}
	sro->rd = rec->owner;
	sro->rec = rec->pa;
	sro->memory = rec->aux;
	rec->aux = SRO_NO_MEMORY;
	sro->finish = finish_destroy;
	rd = rd_lock(rmm, rec->owner);
	rd->open_sros++;
	rd_unlock(rmm, rd);
	granule_set_intermediate(granule_at(rmm, rec->pa), true);
	rec_unlock(rmm, rec);
	if (sro->memory.count == 0)
		return finish_destroy(call, sro);
	sro->want = RMI_OP_MEM_REQ_RECLAIM;
	return sro_incomplete(call, sro);
}
