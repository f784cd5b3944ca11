/* SPDX-License-Identifier: BSD-3-Clause */
#include "sro/stateful.h"

#include <string.h>

#include "core/global.h"
#include "core/policy.h"
#include "realm/realm.h"

/* The RD that a command works on. Commands on ranges of granules have none. */
static bool has_rd(const struct rmi_command *command)
{
	return command->fid != SMC_RMI_GRANULE_RANGE_DELEGATE &&
	       command->fid != SMC_RMI_GRANULE_RANGE_UNDELEGATE;
}

/* The operation is over: others may have the RD again. */
static void release_rd(struct rmm *rmm, const struct sro *sro)
{
	struct rd *rd;

	if (!has_rd(sro->command))
		return;
	rd = rd_lock(rmm, sro->rd);
	rd->open_sros--;
	granule_set_intermediate(granule_at(rmm, sro->rd), false);
	rd_unlock(rmm, rd);
}

static uint64_t finish(struct rmm_call *call, struct sro *sro)
{
	uint64_t x0 = rmi_result(RMI_ERROR_INPUT);
	uint64_t in[SRO_NUM_INPUTS + 1];

	if (!sro->abandoned && --sro->rounds != 0)
		return sro_incomplete(call, sro);
	release_rd(call->rmm, sro);
	if (!sro->abandoned) {
		call->command = sro->command;
		call->num_out = rmm_dispatch_outputs(call->rmm, sro->command);
		memset(call->out, 0, sizeof(call->out));
		memcpy(&in[1], sro->in, sizeof(sro->in));
		call->in = in;
		x0 = sro->handler(call);
	}
	sro_end(call, sro);
	return x0;
}

/* Makes the RD intermediate. @return false if there is none, or it belongs to another operation */
static bool take_rd(struct rmm_call *call)
{
	uint64_t x0;
	struct rd *rd;

	if (!has_rd(call->command))
		return true;
	rd = rd_get(call->rmm, call->in[1], &x0);
	if (rd == NULL)
		return false;
	rd->open_sros++;
	granule_set_intermediate(granule_at(call->rmm, rd->pa), true);
	rd_unlock(call->rmm, rd);
	return true;
}

/* Memory-transferring commands have operations of their own; what is not there does not begin. */
static bool may_be_stateful(const struct rmm_call *call, rmm_handler *handler)
{
	return call->command != NULL && handler != rmm_not_supported &&
	       (call->command->flags & (RMI_CMD_SRO | RMI_CMD_MEM)) == RMI_CMD_SRO;
}

uint64_t stateful_run(struct rmm_call *call, rmm_handler *handler)
{
	const struct rmm_policy *policy = &call->rmm->config.policy;
	struct sro *sro;
	uint64_t x0;

	if (policy_chance(call->pe, policy->busy_permille))
		return rmi_result(RMI_BUSY);
	if (!may_be_stateful(call, handler) ||
	    !policy_chance(call->pe, policy->incomplete_permille) || !take_rd(call))
		return handler(call);
	sro = sro_begin(call, &x0);
	if (sro == NULL) {
		release_rd(call->rmm, &(struct sro){.command = call->command, .rd = call->in[1]});
		return x0;
	}
	sro->rd = call->in[1];
	sro->rounds = policy_number(call->pe, 1, policy->incomplete_rounds);
	sro->can_cancel = policy->cancel;
	sro->handler = handler;
	memcpy(sro->in, &call->in[1], sizeof(sro->in));
	sro->finish = finish;
	sro->want = RMI_OP_MEM_REQ_NONE;
	return sro_incomplete(call, sro);
}
