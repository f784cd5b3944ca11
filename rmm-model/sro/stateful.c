/* SPDX-License-Identifier: BSD-3-Clause */
#include "sro/stateful.h"

#include <string.h>

#include "core/global.h"
#include "core/policy.h"
#include "realm/realm.h"
#include "rtt/rtt.h"

/*
 * What is intermediate while an operation is open: the RD, or for a range of granules the granule
 * that comes next.
 */
static bool has_rd(const struct rmi_command *command)
{
	return command->fid != SMC_RMI_GRANULE_RANGE_DELEGATE &&
	       command->fid != SMC_RMI_GRANULE_RANGE_UNDELEGATE;
}

/* Claims the granule at a PA. @return false if there is none, or it belongs to somebody else */
static bool take_granule(struct rmm *rmm, uint64_t pa)
{
	struct granule *g = granule_at(rmm, pa);

	if (g == NULL || !granule_claim(g))
		return false;
	atomic_fetch_add(&rmm->num_claims, 1);
	return true;
}

/* Makes the RD intermediate. @return false if there is none, or it belongs to another operation */
static bool take_rd(struct rmm_call *call, uint64_t pa)
{
	uint64_t x0;
	struct rd *rd = rd_get(call->rmm, pa, &x0);

	if (rd == NULL)
		return false;
	rd->open_sros++;
	granule_set_intermediate(granule_at(call->rmm, rd->pa), true);
	rd_unlock(call->rmm, rd);
	return true;
}

static bool take_object(struct rmm_call *call, const struct rmi_command *command, uint64_t pa)
{
	return has_rd(command) ? take_rd(call, pa) : take_granule(call->rmm, pa);
}

/* The operation is over, or goes on: others may have the object, or the command itself. */
static void release_object(struct rmm *rmm, const struct rmi_command *command, uint64_t pa)
{
	struct rd *rd;

	if (!has_rd(command)) {
		granule_unclaim(granule_at(rmm, pa));
		atomic_fetch_sub(&rmm->num_claims, 1);
		return;
	}
	rd = rd_lock(rmm, pa);
	rd->open_sros--;
	granule_set_intermediate(granule_at(rmm, pa), false);
	rd_unlock(rmm, rd);
}

/* Makes a call of RMI_OP_CONTINUE into one of the command that began the operation. */
static void resume(struct rmm_call *call, const struct sro *sro, uint64_t in[SRO_NUM_INPUTS + 1])
{
	call->command = sro->command;
	call->num_out = rmm_dispatch_outputs(call->rmm, sro->command);
	memset(call->out, 0, sizeof(call->out));
	memcpy(&in[1], sro->in, sizeof(sro->in));
	call->in = in;
}

static uint64_t run_limited(struct rmm_call *call, rmm_handler *handler, uint64_t limit)
{
	uint64_t x0;

	call->pe->limit = limit;
	x0 = handler(call);
	call->pe->limit = 0;
	return x0;
}

/* STOP: what is intermediate is finished, and no more of a range than that. */
static bool wants_to_stop(const struct rmm_call *call)
{
	return (call->in[2] & RMI_CONTINUE_FLAGS_BEYOND) != 0;
}

static uint64_t finish(struct rmm_call *call, struct sro *sro)
{
	uint64_t x0 = rmi_result(RMI_ERROR_INPUT);
	uint64_t limit = wants_to_stop(call) && sro->range != 0 ? 1 : 0;
	uint64_t in[SRO_NUM_INPUTS + 1];

	if (!sro->abandoned && --sro->rounds != 0)
		return sro_incomplete(call, sro);
	if (has_rd(sro->command))
		release_object(call->rmm, sro->command, sro->rd);
	if (!sro->abandoned) {
		resume(call, sro, in);
		x0 = run_limited(call, sro->handler, limit);
	}
	sro_end(call, sro);
	return x0;
}

static struct sro *begin(struct rmm_call *call, rmm_handler *handler, uint64_t *x0)
{
	struct sro *sro = sro_begin(call, x0);

	if (sro == NULL)
		return NULL;
	sro->can_cancel = call->rmm->config.policy.cancel;
	sro->handler = handler;
	memcpy(sro->in, &call->in[1], sizeof(sro->in));
	sro->want = RMI_OP_MEM_REQ_NONE;
	return sro;
}

/* Does nothing yet. */
static uint64_t run_later(struct rmm_call *call, rmm_handler *handler, unsigned range)
{
	struct sro *sro;
	uint64_t x0;

	/* Nothing is done, so no granule needs to be intermediate. */
	if (has_rd(call->command) && !take_rd(call, call->in[1]))
		return handler(call);
	sro = begin(call, handler, &x0);
	if (sro == NULL) {
		if (has_rd(call->command))
			release_object(call->rmm, call->command, call->in[1]);
		return x0;
	}
	sro->rd = call->in[1];
	sro->range = range;
	sro->rounds = policy_number(call->pe, 1, call->rmm->config.policy.incomplete_rounds);
	sro->finish = finish;
	return sro_incomplete(call, sro);
}

/* Objects of the next part. */
static uint64_t part_size(struct rmm_call *call)
{
	return policy_number(call->pe, 1, call->rmm->config.policy.incomplete_every);
}

/* Whether a command works inside the RTT where the walk to base ends. */
static bool works_in_one_rtt(const struct rmi_command *command)
{
	return command->fid == SMC_RMI_RTT_INIT_RIPAS || command->fid == SMC_RMI_RTT_SET_RIPAS ||
	       command->fid == SMC_RMI_RTT_SET_S2AP;
}

/* Lets an operation on a range go on later. @return false if it has to end with what is done */
static bool stay_open(struct rmm_call *call, struct sro *sro)
{
	if (sro->next >= sro->in[sro->range])
		return false;
	if (sro->in_one_rtt && rtt_extent_at(call->rmm, sro->in[0], sro->next).level != sro->level)
		return false;
	sro->rd = has_rd(sro->command) ? sro->in[0] : sro->next;
	return take_object(call, sro->command, sro->rd);
}

/*
 * The next part of a range. What has been done stays done: an obstacle, or a cancelled operation,
 * ends the command with success and what it has reached.
 */
static uint64_t finish_part(struct rmm_call *call, struct sro *sro)
{
	bool stop = wants_to_stop(call);
	uint64_t in[SRO_NUM_INPUTS + 1];

	release_object(call->rmm, sro->command, sro->rd);
	resume(call, sro, in);
	if (!sro->abandoned) {
		in[sro->range] = sro->next;
		call->skip = sro->next - sro->in[sro->range - 1];
		if (run_limited(call, sro->handler, stop ? 1 : part_size(call)) ==
		    rmi_result(RMI_SUCCESS)) {
			sro->next = call->out[1];
			if (!stop && stay_open(call, sro))
				return sro_incomplete(call, sro);
		}
	}
	call->out[1] = sro->next;
	sro_end(call, sro);
	return rmi_result(RMI_SUCCESS);
}

/* Does a part of a range, and leaves the rest for later. */
static uint64_t run_part(struct rmm_call *call, rmm_handler *handler, unsigned range)
{
	struct rtt_extent extent = {.end = UINT64_MAX};
	uint64_t top = call->in[range + 1];
	uint64_t ignored;
	uint64_t x0;
	struct sro *sro;

	if (works_in_one_rtt(call->command))
		extent = rtt_extent_at(call->rmm, call->in[1], call->in[range]);
	x0 = run_limited(call, handler, part_size(call));
	if (extent.end < top)
		top = extent.end;
	if (x0 != rmi_result(RMI_SUCCESS) || call->out[1] >= top)
		return x0;
	/* Without a context it is a range command that has got this far. */
	sro = begin(call, handler, &ignored);
	if (sro == NULL)
		return x0;
	sro->range = range;
	sro->in[range] = top;
	sro->in_one_rtt = works_in_one_rtt(call->command);
	sro->level = extent.level;
	sro->next = call->out[1];
	sro->finish = finish_part;
	if (!stay_open(call, sro)) {
		sro_end(call, sro);
		return x0;
	}
	return sro_incomplete(call, sro);
}

/* Memory-transferring commands have operations of their own; what is not there does not begin. */
static bool may_be_stateful(const struct rmm_call *call, rmm_handler *handler)
{
	return call->command != NULL && handler != rmm_not_supported &&
	       (call->command->flags & (RMI_CMD_SRO | RMI_CMD_MEM)) == RMI_CMD_SRO;
}

/* The range of a command that can be divided. An output address set is told in one piece. */
static unsigned divisible_range(const struct rmm_call *call)
{
	unsigned range = call->rmm->dispatch[call->command->fid - SMC_RMI_FIRST].range;

	for (unsigned i = 0; call->command->in[i].name != NULL; i++) {
		if (call->command->in[i].type == RMI_ARG_RTT_UNMAP_FLAGS &&
		    RMI_FIELD_GET(call->in[i + 1], RMI_RTT_UNMAP_FLAGS_OADDR_TYPE) !=
		            RMI_ADDR_TYPE_NONE)
			return 0;
	}
	return range;
}

/* Whether a command names a granule that an operation has claimed. */
static bool names_claimed(const struct rmm_call *call)
{
	if (call->command == NULL || atomic_load(&call->rmm->num_claims) == 0)
		return false;
	for (unsigned i = 0; call->command->in[i].name != NULL; i++) {
		const struct granule *g;

		if (call->command->in[i].type != RMI_ARG_ADDRESS)
			continue;
		g = granule_at(call->rmm, call->in[i + 1]);
		if (g != NULL && granule_is_claimed(g))
			return true;
	}
	return false;
}

static uint64_t run(struct rmm_call *call, rmm_handler *handler)
{
	const struct rmm_policy *policy = &call->rmm->config.policy;
	unsigned range;

	if (policy_chance(call->pe, policy->busy_permille))
		return rmi_result(RMI_BUSY);
	if (!may_be_stateful(call, handler))
		return handler(call);
	range = divisible_range(call);
	if (policy->incomplete_permille == 0 && range != 0 && policy->incomplete_every != 0)
		return run_part(call, handler, range);
	if (!policy_chance(call->pe, policy->incomplete_permille) || names_claimed(call))
		return handler(call);
	if (range != 0 && policy->incomplete_every != 0 && policy_chance(call->pe, 500))
		return run_part(call, handler, range);
	return run_later(call, handler, range);
}

uint64_t stateful_run(struct rmm_call *call, rmm_handler *handler)
{
	uint64_t x0 = run(call, handler);

	if (x0 == rmi_result(RMI_ERROR_INPUT) && names_claimed(call))
		return rmi_result(RMI_BLOCKED);
	return x0;
}
