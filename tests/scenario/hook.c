/* SPDX-License-Identifier: BSD-3-Clause */
/* A layer over a connection of its own. */

#include <stdio.h>
#include <stdlib.h>

#include "cmocka_test.h"
#include "hook.h"

static bool is_transient(uint64_t x0)
{
	return rmi_status(x0) == RMI_BUSY || rmi_status(x0) == RMI_BLOCKED;
}

static bool rule_concerns(const struct hook_rule *rule, uint64_t fid)
{
	if (rule->times == 0 || (rule->fid != 0 && fid != rule->fid))
		return false;
	/* An error of OP_CONTINUE is the end of an operation, which would go on below this layer.
	 */
	return rule->fid != 0 || fid != SMC_RMI_OP_CONTINUE || is_transient(rule->x0);
}

static bool rule_refuses(struct hook *hook, struct smccc_regs *regs)
{
	const struct hook_rule *rule = &hook->rule;
	uint64_t n = atomic_fetch_add(&hook->seen, 1);

	if (n < rule->skip || n - rule->skip >= rule->times)
		return false;
	atomic_fetch_add(&hook->refused, 1);
	/* The number of granules donated is defined whatever the status. */
	if (regs->x[0] == SMC_RMI_OP_MEM_DONATE)
		regs->x[1] = 0;
	regs->x[0] = rule->x0;
	return true;
}

static void call(struct rmi_backend *be, unsigned pe, struct smccc_regs *regs)
{
	struct hook *hook = (struct hook *)be;
	const unsigned slot = (unsigned)(regs->x[0] - SMC_RMI_VERSION) & 0xff;
	const bool concerned = rule_concerns(&hook->rule, regs->x[0]);

	atomic_fetch_add(&hook->count[slot], 1);
	if (!concerned || !rule_refuses(hook, regs)) {
		if (hook->fn == NULL || !hook->fn(hook, pe, regs))
			rmi_call(rmi_pe(hook->inner, pe), regs);
		if (concerned && is_transient(regs->x[0]))
			atomic_fetch_sub(&hook->seen, 1);
	}
	if (!is_transient(regs->x[0]))
		atomic_fetch_add(&hook->answered[slot], 1);
}

static void kick(struct rmi_backend *be, unsigned pe)
{
	rmi_pe_kick(rmi_pe(((struct hook *)be)->inner, pe));
}

static struct rmi_ich *ich(struct rmi_backend *be, unsigned pe)
{
	return rmi_pe_ich(rmi_pe(((struct hook *)be)->inner, pe));
}

static bool granule_next(struct rmi_backend *be, uint64_t from, uint64_t *pa, const char **state)
{
	return rmi_next_held_granule(((struct hook *)be)->inner, from, pa, state);
}

static void close_hook(struct rmi_backend *be)
{
	struct hook *hook = (struct hook *)be;

	rmi_close(hook->inner);
	free(hook);
}

static const struct rmi_backend_ops ops = {
        .call = call,
        .kick = kick,
        .ich = ich,
        .granule_next = granule_next,
        .close = close_hook,
};

struct rmi *hook_open(const char *conf, struct hook **hook_out)
{
	struct hook *hook = calloc(1, sizeof(*hook));
	struct rmi_error err = {{0}};
	struct rmi *rmi;

	assert_non_null(hook);
	hook->inner = rmi_open(conf, &err);
	if (hook->inner == NULL)
		fail_msg("%s: %s", conf, err.text);
	hook->backend = (struct rmi_backend){
	        .ops = &ops,
	        .name = "hook",
	        .revision = rmi_revision(hook->inner),
	        .num_pes = rmi_num_pes(hook->inner),
	        .memory = rmi_memory(hook->inner),
	};
	rmi = rmi_open_backend(&hook->backend, &err);
	if (rmi == NULL)
		fail_msg("%s", err.text);
	*hook_out = hook;
	return rmi;
}

void hook_refuse(struct hook *hook, uint32_t fid, uint64_t skip, uint64_t times, uint64_t x0)
{
	hook->rule = (struct hook_rule){.fid = fid, .skip = skip, .times = times, .x0 = x0};
	hook->seen = 0;
	hook->refused = 0;
}

uint64_t hook_count(const struct hook *hook, uint32_t fid)
{
	return hook->count[(fid - SMC_RMI_VERSION) & 0xff];
}

uint64_t hook_answered(const struct hook *hook, uint32_t fid)
{
	return hook->answered[(fid - SMC_RMI_VERSION) & 0xff];
}

uint64_t hook_total(const struct hook *hook)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < 0x100; i++)
		total += hook->count[i];
	return total - hook_count(hook, SMC_RMI_REC_ENTER);
}
