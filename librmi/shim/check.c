// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user space may call: commands of the table, on memory and operations of its own file. A raw
 * SMC with the address of somebody else's memory could kill the machine.
 */

#include <linux/kernel.h>
#include <linux/mm.h>

#include "shim.h"

/* What an input is. */
enum role {
	ROLE_END,
	ROLE_VALUE, /* The RMM says whether it is right; or this file does, below. */
	ROLE_PAGE,  /* The address of a page of this file. */
};

/* By the names of the command table: a name that is not here does not compile. */
#define ROLE_req             ROLE_VALUE
#define ROLE_rd              ROLE_PAGE
#define ROLE_data            ROLE_PAGE
#define ROLE_ipa             ROLE_VALUE
#define ROLE_src             ROLE_PAGE
#define ROLE_flags           ROLE_VALUE
#define ROLE_params_ptr      ROLE_PAGE
#define ROLE_rec_ptr         ROLE_PAGE
#define ROLE_run_ptr         ROLE_PAGE
#define ROLE_rtt             ROLE_PAGE
#define ROLE_level           ROLE_VALUE
#define ROLE_base            ROLE_VALUE
#define ROLE_top             ROLE_VALUE
#define ROLE_calling_rec_ptr ROLE_PAGE
#define ROLE_target_rec_ptr  ROLE_PAGE
#define ROLE_status          ROLE_VALUE
#define ROLE_index           ROLE_VALUE
#define ROLE_cfg_ptr         ROLE_PAGE
#define ROLE_addr            ROLE_VALUE
#define ROLE_category        ROLE_VALUE
#define ROLE_state           ROLE_VALUE
#define ROLE_oaddr           ROLE_VALUE
#define ROLE_handle          ROLE_VALUE
#define ROLE_list_addr       ROLE_VALUE
#define ROLE_list_count      ROLE_VALUE

struct row {
	u32 fid;
	u8 revisions;
	u8 in[RMI_MAX_INPUTS + 1];
};

#define RMI_COMMAND(NAME, name, revs, flags, section, ins, outs, fails, oks, orders)               \
	{.fid = SMC_RMI_##NAME, .revisions = RMI_REVISIONS_##revs, .in = {ins ROLE_END}},
#define IN(...) __VA_ARGS__
#define OUT(...)
#define FAIL(...)
#define OK(...)
#define ORDER(...)
#define A(name, type) ROLE_##name,

static const struct row rows[] = {
#include <rmi/abi/rmi_commands.def>
};

#undef RMI_COMMAND
#undef IN
#undef OUT
#undef FAIL
#undef OK
#undef ORDER
#undef A

static const struct row *find_row(u64 fid)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].fid == fid && rows[i].revisions & 1u << shim_rmm.revision)
			return &rows[i];
	}
	return NULL;
}

struct shim_object *shim_find(struct shim_file *sf, enum shim_kind kind, u64 key)
{
	struct shim_object *object;

	list_for_each_entry(object, &sf->objects, link) {
		if (object->kind == kind &&
		    (kind == SHIM_OP ? object->handle : object->cmd.pa) == key)
			return object;
	}
	return NULL;
}

/* Whether an operation that is not finished delegates or undelegates a part of a range. */
bool shim_changes(struct shim_file *sf, u64 base, u64 size)
{
	struct shim_object *op;

	list_for_each_entry(op, &sf->objects, link) {
		if (op->kind == SHIM_OP && op->cmd.base < base + size && base < op->cmd.top)
			return true;
	}
	return false;
}

static int check_range(struct shim_file *sf, struct shim_call *call, bool take)
{
	u64 base = call->regs.x[1], top = call->regs.x[2];

	if (base & ~PAGE_MASK || top & ~PAGE_MASK || base >= top)
		return -EINVAL;
	if (!shim_owns(sf, base, top - base))
		return -EPERM;
	/* Nobody could say afterwards which of both has a page. */
	if (shim_changes(sf, base, top - base))
		return -EBUSY;
	if (take)
		shim_pages_take(sf, base, top - base);
	call->cmd.base = base;
	call->cmd.top = top;
	return 0;
}

/* A part of the machine that more than one file can have memory in: one's own must be there. */
static int check_region(struct shim_file *sf, u64 addr, u64 size)
{
	if (addr & (size - 1))
		return -EINVAL;
	return shim_owns_some(sf, addr, size) ? 0 : -EPERM;
}

static int check_op(struct shim_file *sf, struct shim_call *call)
{
	const u64 *x = call->regs.x;

	call->op = shim_find(sf, SHIM_OP, x[1]);
	if (!call->op)
		return -EPERM;
	if (call->cmd.fid == SMC_RMI_OP_MEM_DONATE)
		return shim_check_list(sf, call, x[2], x[3], true);
	if (call->cmd.fid == SMC_RMI_OP_MEM_RECLAIM)
		return shim_check_list(sf, call, x[2], x[3], false);
	return 0;
}

static void note_table(struct shim_call *call, bool create, bool aux)
{
	const u64 *x = call->regs.x + (create ? 1 : 0);
	struct shim_command *cmd = &call->cmd;

	cmd->rd = call->regs.x[1];
	cmd->pa = create ? call->regs.x[2] : 0;
	cmd->ipa = x[2];
	cmd->level = (s64)x[3];
	cmd->aux = aux;
	cmd->index = aux ? x[4] : 0;
}

/* What is peculiar to a command. */
static int check_command(struct shim_file *sf, struct shim_call *call)
{
	struct shim_command *cmd = &call->cmd;
	const u64 *x = call->regs.x;

	switch (cmd->fid) {
	case SMC_RMI_GRANULE_RANGE_DELEGATE:
		return check_range(sf, call, true);
	case SMC_RMI_GRANULE_RANGE_UNDELEGATE:
		return check_range(sf, call, false);
	case SMC_RMI_GRANULE_TRACKING_SET:
		return check_region(sf, x[1], 1ULL << 30);
	case SMC_RMI_GPT_L1_CREATE:
	case SMC_RMI_GPT_L1_DESTROY:
		return check_region(sf, x[1], shim_rmm.l0gpt_size);
	case SMC_RMI_RMM_CONFIG_SET:
		return shim_check_config(sf, call);
	case SMC_RMI_REALM_CREATE:
		cmd->rd = x[1];
		cmd->pa = x[1];
		return shim_check_realm(sf, call);
	case SMC_RMI_REALM_DESTROY:
	case SMC_RMI_REC_DESTROY:
		cmd->pa = x[1];
		return 0;
	case SMC_RMI_REC_CREATE:
		cmd->rd = x[1];
		cmd->pa = x[2];
		return 0;
	case SMC_RMI_RTT_CREATE:
	case SMC_RMI_RTT_AUX_CREATE:
		note_table(call, true, cmd->fid == SMC_RMI_RTT_AUX_CREATE);
		return 0;
	case SMC_RMI_RTT_DESTROY:
	case SMC_RMI_RTT_FOLD:
		note_table(call, false, false);
		return 0;
	case SMC_RMI_RTT_AUX_DESTROY:
	case SMC_RMI_RTT_AUX_FOLD:
		note_table(call, false, true);
		return 0;
	case SMC_RMI_RTT_DATA_MAP:
	case SMC_RMI_RTT_UNPROT_MAP:
		return shim_check_oaddr(sf, call, true);
	case SMC_RMI_RTT_DATA_UNMAP:
	case SMC_RMI_RTT_UNPROT_UNMAP:
		return shim_check_oaddr(sf, call, false);
	case SMC_RMI_OP_CONTINUE:
	case SMC_RMI_OP_CANCEL:
	case SMC_RMI_OP_MEM_DONATE:
	case SMC_RMI_OP_MEM_RECLAIM:
		return check_op(sf, call);
	default:
		return 0;
	}
}

int shim_check(struct shim_file *sf, struct shim_call *call)
{
	const struct row *row = find_row(call->regs.x[0]);

	if (!row)
		return -EOPNOTSUPP;
	call->cmd.fid = row->fid;
	for (unsigned int i = 0; row->in[i] != ROLE_END; i++) {
		if (row->in[i] == ROLE_PAGE && !shim_chunk_of(sf, call->regs.x[i + 1]))
			return -EPERM;
	}
	return check_command(sf, call);
}
