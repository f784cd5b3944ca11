/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of the RMM: RMI_RMM_ACTIVATE, RMI_RMM_DEACTIVATE, RMI_RMM_STATE_GET (DEN0137 A2.1). */
#include "core/global.h"
#include "core/policy.h"
#include "core/rmm.h"
#include "granule/tracking.h"

/* Under rmm->global_lock. */
static void set_state(struct rmm *rmm, enum rmm_state state)
{
	atomic_store(&rmm->state, state);
	tracking_look(rmm);
}

/* Ends ACTIVATE once the Host has donated what it must, or has got back what it donated. */
static uint64_t finish_activate(struct rmm_call *call, struct sro *sro)
{
	struct rmm *rmm = call->rmm;
	bool abandoned = sro->abandoned;

	pthread_mutex_lock(&rmm->global_lock);
	rmm->aux = sro->memory;
	set_state(rmm, abandoned ? RMM_STATE_INIT : RMM_STATE_ACTIVE);
	pthread_mutex_unlock(&rmm->global_lock);
	sro_end(call, sro);
	return rmi_result(abandoned ? RMI_ERROR_INPUT : RMI_SUCCESS);
}

static uint64_t activate_locked(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	unsigned aux;
	struct sro *sro;
	uint64_t x0;

	/* state */
	if (atomic_load(&rmm->state) != RMM_STATE_INIT)
		return rmi_result(RMI_ERROR_GLOBAL);
	aux = policy_number(call->pe, 0, rmm->config.policy.rmm_aux);
	if (aux == 0) {
		set_state(rmm, RMM_STATE_ACTIVE);
		return rmi_result(RMI_SUCCESS);
	}
	sro = sro_begin(call, &x0);
	if (sro == NULL)
		return x0;
	sro->finish = finish_activate;
	set_state(rmm, RMM_STATE_INTERMEDIATE);
	/* Nothing can be delegated yet. */
	sro_ask_for(call, sro, aux, RMM_DONATE_NS_PAGES | RMM_DONATE_NS_CONTIG);
	return sro_incomplete(call, sro);
}

/* B4.5.52 */
uint64_t rmm_rmm_activate(struct rmm_call *call)
{
	uint64_t x0;

	pthread_mutex_lock(&call->rmm->global_lock);
	x0 = activate_locked(call);
	pthread_mutex_unlock(&call->rmm->global_lock);
	return x0;
}

/* Ends DEACTIVATE once the Host has taken back what it donated for activation. */
static uint64_t finish_deactivate(struct rmm_call *call, struct sro *sro)
{
	struct rmm *rmm = call->rmm;

	pthread_mutex_lock(&rmm->global_lock);
	set_state(rmm, RMM_STATE_INIT);
	pthread_mutex_unlock(&rmm->global_lock);
	sro_end(call, sro);
	return rmi_result(RMI_SUCCESS);
}

/* Whether the RMM has nothing but what it was given for itself: granules. */
static bool is_empty(struct rmm *rmm)
{
	uint64_t own = rmm->aux.count;
	uint64_t from = 0;
	const char *held;
	uint64_t pa;

	while (rmm_next_held_granule(rmm, from, &pa, &held)) {
		if (own-- == 0)
			return false;
		from = pa + rmm_granule_size(rmm);
	}
	return true;
}

static uint64_t deactivate_locked(struct rmm_call *call)
{
	struct rmm *rmm = call->rmm;
	struct sro *sro;
	uint64_t x0;

	/* state */
	if (atomic_load(&rmm->state) != RMM_STATE_ACTIVE)
		return rmi_result(RMI_ERROR_GLOBAL);
	/* B4.3.3: an operation that is not finished will come back to its region. */
	if (rmm->open_globals != 0)
		return rmi_result(RMI_BLOCKED);
	/* granules; without a trace, should some be in use */
	x0 = rmi_result(RMI_ERROR_GLOBAL);
	if (!is_empty(rmm))
		return x0;
	/* From here on nothing is delegated any more, but something may have been until now. */
	set_state(rmm, RMM_STATE_INTERMEDIATE);
	if (!is_empty(rmm))
		goto refuse;
	if (rmm->aux.count == 0) {
		set_state(rmm, RMM_STATE_INIT);
		return rmi_result(RMI_SUCCESS);
	}
	sro = sro_begin(call, &x0);
	if (sro == NULL)
		goto refuse;
	sro->finish = finish_deactivate;
	sro->memory = rmm->aux;
	rmm->aux = SRO_NO_MEMORY;
	sro->want = RMI_OP_MEM_REQ_RECLAIM;
	return sro_incomplete(call, sro);
refuse:
	set_state(rmm, RMM_STATE_ACTIVE);
	return x0;
}

/* From 2.0-bet3 on. */
uint64_t rmm_rmm_deactivate(struct rmm_call *call)
{
	uint64_t x0;

	pthread_mutex_lock(&call->rmm->global_lock);
	x0 = deactivate_locked(call);
	pthread_mutex_unlock(&call->rmm->global_lock);
	return x0;
}

uint64_t rmm_rmm_state_get(struct rmm_call *call)
{
	static const enum rmi_rmm_state states[] = {
	        [RMM_STATE_INIT] = RMI_RMM_STATE_INIT,
	        [RMM_STATE_ACTIVE] = RMI_RMM_STATE_ACTIVE,
	        [RMM_STATE_INTERMEDIATE] = RMI_RMM_STATE_INTERMEDIATE,
	};

	call->out[1] = states[atomic_load(&call->rmm->state)];
	return rmi_result(RMI_SUCCESS);
}
