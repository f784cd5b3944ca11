// SPDX-License-Identifier: GPL-2.0-only
/* What an answer of the RMM means for pages and objects. */

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "shim.h"

static void label(struct shim_file *sf, u64 base, u64 pages, u8 state)
{
	shim_pages_set(sf, base & PAGE_MASK, pages * PAGE_SIZE, state);
}

static void add_object(struct shim_file *sf, struct shim_call *call, enum shim_kind kind,
                       const struct shim_command *cmd)
{
	struct shim_object *object = call->spare;

	call->spare = NULL;
	object->kind = kind;
	object->cmd = *cmd;
	list_add_tail(&object->link, &sf->objects);
}

static void remove_object(struct shim_file *sf, enum shim_kind kind, u64 pa)
{
	struct shim_object *object = shim_find(sf, kind, pa);

	if (!object)
		return;
	list_del(&object->link);
	kfree(object);
}

static void label_tables(struct shim_file *sf, const struct shim_command *cmd, u8 state)
{
	for (unsigned int i = 0; i <= cmd->num_aux; i++)
		label(sf, cmd->rtt_base[i], max(1u, cmd->rtt_num), state);
}

static void realm_destroyed(struct shim_file *sf, u64 rd)
{
	struct shim_object *realm = shim_find(sf, SHIM_RD, rd);

	if (realm)
		label_tables(sf, &realm->cmd, RMI_SHIM_PAGE_DELEGATED);
	label(sf, rd, 1, RMI_SHIM_PAGE_DELEGATED);
	remove_object(sf, SHIM_RD, rd);
}

static u64 clamp_top(const struct shim_command *cmd, u64 top)
{
	return clamp(top & PAGE_MASK, cmd->base, cmd->top);
}

/*
 * A command has come to its end. An error leaves no trace (B1.8), unless an operation was
 * cancelled or failed half way: then nobody says how far it got, and shim_probe_range() finds out.
 */
static void finish(struct shim_file *sf, struct shim_call *call, const struct shim_command *cmd,
                   bool doubtful)
{
	const u64 *x = call->regs.x;
	bool ok = rmi_status(x[0]) == RMI_SUCCESS;
	u64 top;

	switch (cmd->fid) {
	case SMC_RMI_GRANULE_RANGE_DELEGATE:
		if (doubtful)
			break;
		top = ok ? clamp_top(cmd, x[1]) : cmd->base;
		shim_pages_set(sf, cmd->base, top - cmd->base, RMI_SHIM_PAGE_DELEGATED);
		shim_pages_restore(sf, top, cmd->top - top);
		break;
	case SMC_RMI_GRANULE_RANGE_UNDELEGATE:
		if (ok && !doubtful)
			shim_pages_set(sf, cmd->base, clamp_top(cmd, x[1]) - cmd->base,
			               RMI_SHIM_PAGE_NORMAL);
		break;
	case SMC_RMI_REALM_CREATE:
		if (!ok)
			break;
		add_object(sf, call, SHIM_RD, cmd);
		label(sf, cmd->pa, 1, RMI_SHIM_PAGE_RD);
		label_tables(sf, cmd, RMI_SHIM_PAGE_RTT);
		break;
	case SMC_RMI_REALM_DESTROY:
		if (ok)
			realm_destroyed(sf, cmd->pa);
		break;
	case SMC_RMI_REC_CREATE:
		if (!ok)
			break;
		add_object(sf, call, SHIM_REC, cmd);
		label(sf, cmd->pa, 1, RMI_SHIM_PAGE_REC);
		break;
	case SMC_RMI_REC_DESTROY:
		if (!ok)
			break;
		remove_object(sf, SHIM_REC, cmd->pa);
		label(sf, cmd->pa, 1, RMI_SHIM_PAGE_DELEGATED);
		break;
	case SMC_RMI_RTT_CREATE:
	case SMC_RMI_RTT_AUX_CREATE:
		if (!ok)
			break;
		add_object(sf, call, SHIM_RTT, cmd);
		label(sf, cmd->pa, 1, RMI_SHIM_PAGE_RTT);
		break;
	case SMC_RMI_RTT_DESTROY:
	case SMC_RMI_RTT_FOLD:
	case SMC_RMI_RTT_AUX_DESTROY:
	case SMC_RMI_RTT_AUX_FOLD:
		if (!ok || !shim_find(sf, SHIM_RTT, x[1]))
			break;
		remove_object(sf, SHIM_RTT, x[1]);
		label(sf, x[1], 1, RMI_SHIM_PAGE_DELEGATED);
		break;
	default:
		break;
	}
}

/* donated_count is valid whatever the status says, and counts Granules. */
static void donated(struct shim_file *sf, struct shim_call *call)
{
	u64 left = call->regs.x[1];

	for (u32 i = 0; i < call->count; i++) {
		u64 size, taken;
		struct rmi_addr_range_desc desc = shim_desc(call->bounce.words[i], &size);

		if (!size || !shim_owns(sf, desc.base, size))
			return;
		taken = min(left, size >> SHIM_GSHIFT);
		shim_pages_set(sf, desc.base, taken << SHIM_GSHIFT, RMI_SHIM_PAGE_DONATED);
		shim_pages_restore(sf, desc.base + (taken << SHIM_GSHIFT),
		                   size - (taken << SHIM_GSHIFT));
		left -= taken;
	}
}

static void reclaimed(struct shim_file *sf, struct shim_call *call)
{
	u64 count = min_t(u64, call->regs.x[1], call->count);
	const u64 *list = call->bounce.words;

	if (rmi_status(call->regs.x[0]) != RMI_INCOMPLETE &&
	    rmi_status(call->regs.x[0]) != RMI_SUCCESS)
		count = 0;
	for (u64 i = 0; i < count; i++) {
		u64 size;
		struct rmi_addr_range_desc desc = shim_desc(list[i], &size);

		if (!size || !shim_owns(sf, desc.base, size))
			continue;
		shim_pages_set(sf, desc.base, size,
		               desc.state == RMI_OP_MEM_UNDELEGATED ? RMI_SHIM_PAGE_NORMAL
		                                                    : RMI_SHIM_PAGE_DELEGATED);
	}
	for (u64 i = 0; call->copy_back && i < count; i++) {
		u64 pa = call->copy_back + i * 8;

		*(u64 *)((u8 *)shim_page_va(pa) + offset_in_page(pa)) = list[i];
	}
}

static void settle_op(struct shim_file *sf, struct shim_call *call)
{
	u64 x0 = call->regs.x[0];
	enum rmi_status_code status = rmi_status(x0);
	struct shim_object *op = call->op;

	if (call->cmd.fid == SMC_RMI_OP_MEM_DONATE)
		donated(sf, call);
	else if (call->cmd.fid == SMC_RMI_OP_MEM_RECLAIM)
		reclaimed(sf, call);
	if (status == RMI_INCOMPLETE) {
		op->answer = x0;
		op->doubtful |= call->cmd.fid == SMC_RMI_OP_CANCEL;
		return;
	}
	/* Only OP_CONTINUE ends an operation, and not with what means: again (B4.3.2). */
	if (call->cmd.fid != SMC_RMI_OP_CONTINUE || status == RMI_BUSY || status == RMI_BLOCKED)
		return;
	op->doubtful |= status != RMI_SUCCESS;
	finish(sf, call, &op->cmd, op->doubtful);
	list_del(&op->link);
	/* To probe a range that ended in doubt, and to free the operation, is the caller's. */
	call->over = true;
}

void shim_settle(struct shim_file *sf, struct shim_call *call)
{
	if (call->op) {
		settle_op(sf, call);
		return;
	}
	if (rmi_status(call->regs.x[0]) == RMI_INCOMPLETE) {
		struct shim_object *op = call->spare_op;

		call->spare_op = NULL;
		op->kind = SHIM_OP;
		op->cmd = call->cmd;
		op->handle = call->regs.x[1];
		op->answer = call->regs.x[0];
		op->bounce = call->bounce;
		call->bounce.chunk = NULL;
		list_add_tail(&op->link, &sf->objects);
		return;
	}
	finish(sf, call, &call->cmd, false);
}
