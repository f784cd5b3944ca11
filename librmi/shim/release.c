// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file is closed, perhaps because its process was killed in the middle of anything: all that the
 * RMM holds is taken back, in the order in which it lets go. What it keeps is leaked.
 */

#include <linux/delay.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "shim.h"

/* Turns of one operation, and times that a busy RMM is asked again, a millisecond apart. */
#define MAX_TURNS   100000u
#define MAX_RETRIES 2000u

/* One call through all of the driver. Answers RMI_ERROR_NOT_SUPPORTED when there is no RMM. */
static unsigned int internal_call(struct shim_file *sf, struct smccc_regs *regs)
{
	struct shim_call call = {.internal = true};
	unsigned int status;

	for (unsigned int i = 0; i < MAX_RETRIES; i++) {
		call = (struct shim_call){.internal = true, .regs = *regs};
		if (shim_call(sf, &call))
			return RMI_ERROR_NOT_SUPPORTED;
		status = rmi_status(call.regs.x[0]);
		if (status != RMI_BUSY && status != RMI_BLOCKED)
			break;
		msleep(1);
	}
	*regs = call.regs;
	return rmi_status(regs->x[0]);
}

/* Drives an operation to its end. No memory is given: what asks for some is cancelled. */
static unsigned int drive(struct shim_file *sf, u64 handle, struct smccc_regs *regs)
{
	bool cancelled = false;

	for (unsigned int turn = 0; turn < MAX_TURNS; turn++) {
		u64 x0 = regs->x[0];
		unsigned int status;

		if (rmi_memreq(x0) == RMI_OP_MEM_REQ_RECLAIM) {
			*regs = (struct smccc_regs){{SMC_RMI_OP_MEM_RECLAIM, handle}};
		} else if (rmi_memreq(x0) == RMI_OP_MEM_REQ_DONATE && rmi_can_cancel(x0) &&
		           !cancelled) {
			*regs = (struct smccc_regs){{SMC_RMI_OP_CANCEL, handle}};
			cancelled = true;
		} else {
			*regs = (struct smccc_regs){{SMC_RMI_OP_CONTINUE, handle}};
		}
		status = internal_call(sf, regs);
		if (!shim_find(sf, SHIM_OP, handle) || status == RMI_ERROR_NOT_SUPPORTED)
			return status;
		if (status != RMI_INCOMPLETE)
			regs->x[0] = rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false);
		cond_resched();
	}
	return RMI_BLOCKED;
}

static unsigned int command(struct shim_file *sf, struct smccc_regs *regs)
{
	unsigned int status = internal_call(sf, regs);

	return status == RMI_INCOMPLETE ? drive(sf, regs->x[1], regs) : status;
}

/* The next object that no attempt has been made at yet; lists change with each of them. */
static struct shim_object *untried(struct shim_file *sf, enum shim_kind kind)
{
	struct shim_object *object;

	list_for_each_entry(object, &sf->objects, link) {
		if (object->kind == kind && !object->tried) {
			object->tried = true;
			return object;
		}
	}
	return NULL;
}

static void end_operations(struct shim_file *sf)
{
	struct shim_object *op;

	while ((op = untried(sf, SHIM_OP))) {
		struct smccc_regs regs = {{op->answer}};
		u64 handle = op->handle;

		if (rmi_can_cancel(op->answer)) {
			regs = (struct smccc_regs){{SMC_RMI_OP_CANCEL, handle}};
			if (internal_call(sf, &regs) != RMI_INCOMPLETE)
				regs.x[0] = rmi_result_incomplete(RMI_OP_MEM_REQ_NONE, false);
		}
		drive(sf, handle, &regs);
	}
}

/* Unmaps a range of IPAs; a part that cannot be is left, and its table with it. */
static void unmap(struct shim_file *sf, u32 fid, u64 rd, u64 base, u64 top, u64 flags)
{
	while (base < top) {
		struct smccc_regs regs = {{fid, rd, base, top, flags}};

		if (command(sf, &regs) != RMI_SUCCESS || regs.x[1] <= base)
			return;
		base = regs.x[1];
	}
}

static void unmap_all(struct shim_file *sf, const struct shim_command *realm)
{
	unsigned int bits = clamp_t(unsigned int, realm->s2sz, 13, 52);
	u64 half = 1ULL << (bits - 1), rd = realm->pa;

	for (u64 tree = 1; tree <= realm->num_aux; tree++) {
		unmap(sf, SMC_RMI_RTT_AUX_PROT_UNMAP, rd, 0, half, tree);
		unmap(sf, SMC_RMI_RTT_AUX_UNPROT_UNMAP, rd, half, half << 1, tree);
	}
	unmap(sf, SMC_RMI_RTT_DATA_UNMAP, rd, 0, half, RMI_ADDR_TYPE_NONE);
	unmap(sf, SMC_RMI_RTT_UNPROT_UNMAP, rd, half, half << 1, RMI_ADDR_TYPE_NONE);
}

/* Tables of one level of one Realm, those of the auxiliary trees or the primary one. */
static void destroy_tables(struct shim_file *sf, u64 rd, s64 level, bool aux)
{
	struct shim_object *table;
	bool found;

	do {
		found = false;
		list_for_each_entry(table, &sf->objects, link) {
			struct smccc_regs regs;

			if (table->kind != SHIM_RTT || table->tried || table->cmd.rd != rd ||
			    table->cmd.level != level || table->cmd.aux != aux)
				continue;
			table->tried = true;
			found = true;
			regs = (struct smccc_regs){
			        {aux ? SMC_RMI_RTT_AUX_DESTROY : SMC_RMI_RTT_DESTROY, rd,
			         table->cmd.ipa, (u64)level, table->cmd.index}};
			command(sf, &regs);
			break;
		}
	} while (found);
}

static void destroy_recs(struct shim_file *sf)
{
	struct shim_object *rec;

	while ((rec = untried(sf, SHIM_REC))) {
		struct smccc_regs regs = {{SMC_RMI_REC_DESTROY, rec->cmd.pa}};

		command(sf, &regs);
	}
}

/* Whether there still is an RMM: that of a loopback may go at any time. */
static bool is_there(void)
{
	return !shim_rmm.loopback || shim_loopback_attached();
}

/* Returns whether the Realm can do no harm any more: then what it could reach may be freed. */
static bool destroy_realm(struct shim_file *sf, const struct shim_command *realm)
{
	struct smccc_regs regs;

	unmap_all(sf, realm);
	for (s64 level = RMM_RTT_PAGE_LEVEL; level >= -1; level--)
		destroy_tables(sf, realm->pa, level, true);
	for (s64 level = RMM_RTT_PAGE_LEVEL; level >= -1; level--)
		destroy_tables(sf, realm->pa, level, false);
	regs = (struct smccc_regs){{SMC_RMI_REALM_DESTROY, realm->pa}};
	if (command(sf, &regs) == RMI_SUCCESS)
		return true;
	if (!is_there())
		return false;
	pr_err("rmi-shim: the Realm at %#llx does not go away: X0 %#llx\n", realm->pa, regs.x[0]);
	regs = (struct smccc_regs){{SMC_RMI_REALM_TERMINATE, realm->pa}};
	return command(sf, &regs) == RMI_SUCCESS;
}

static void terminate_realms(struct shim_file *sf)
{
	struct shim_object *realm;

	while ((realm = untried(sf, SHIM_RD))) {
		struct smccc_regs regs = {{SMC_RMI_REALM_TERMINATE, realm->cmd.pa}};

		command(sf, &regs);
	}
	list_for_each_entry(realm, &sf->objects, link)
		realm->tried = realm->tried && realm->kind != SHIM_RD;
}

static bool destroy_realms(struct shim_file *sf)
{
	struct shim_object *realm;
	bool safe = true;

	while ((realm = untried(sf, SHIM_RD))) {
		struct shim_command cmd = realm->cmd;

		safe &= destroy_realm(sf, &cmd);
	}
	return safe;
}

static bool change_granule(unsigned int pe, u32 fid, u64 pa)
{
	for (unsigned int i = 0; i < MAX_RETRIES; i++) {
		struct smccc_regs regs = {{fid, pa, pa + SHIM_GRANULE}};
		unsigned int status = shim_status(pe, &regs);
		u64 handle = regs.x[1];

		for (unsigned int turn = 0; status == RMI_INCOMPLETE && turn < MAX_TURNS; turn++) {
			do {
				regs = (struct smccc_regs){{SMC_RMI_OP_CONTINUE, handle}};
				status = shim_status(pe, &regs);
			} while ((status == RMI_BUSY || status == RMI_BLOCKED) &&
			         turn++ < MAX_TURNS);
		}
		if (status != RMI_BUSY && status != RMI_BLOCKED)
			return status == RMI_SUCCESS;
		msleep(1);
	}
	return false;
}

/*
 * No command says whose a granule is. One that can be delegated was the Host's, and is again when
 * it has been undelegated; of others nothing is changed.
 */
void shim_probe_range(struct shim_file *sf, unsigned int pe, u64 base, u64 top)
{
	for (u64 pa = base; pa < top; pa += PAGE_SIZE) {
		u8 state = RMI_SHIM_PAGE_DELEGATED;

		if (change_granule(pe, SMC_RMI_GRANULE_RANGE_DELEGATE, pa) &&
		    change_granule(pe, SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa))
			state = RMI_SHIM_PAGE_NORMAL;
		mutex_lock(&sf->lock);
		shim_pages_set(sf, pa, PAGE_SIZE, state);
		mutex_unlock(&sf->lock);
		cond_resched();
	}
}

static void undelegate_chunk(struct shim_file *sf, struct shim_chunk *chunk)
{
	for (u64 i = 0; i < chunk->pages;) {
		u64 pa = chunk->base + i * PAGE_SIZE;
		struct smccc_regs regs;
		u64 end = i;

		while (end < chunk->pages && chunk->state[end] != RMI_SHIM_PAGE_NORMAL)
			end++;
		if (end == i) {
			i++;
			continue;
		}
		regs = (struct smccc_regs){
		        {SMC_RMI_GRANULE_RANGE_UNDELEGATE, pa, chunk->base + end * PAGE_SIZE}};
		if (command(sf, &regs) != RMI_SUCCESS || chunk->state[i] != RMI_SHIM_PAGE_NORMAL) {
			shim_probe_range(sf, 0, pa, pa + PAGE_SIZE);
			i++;
		}
		cond_resched();
	}
}

/* The RMM of a loopback has gone, and what it held is but memory. */
static bool rmm_has_gone(struct shim_file *sf)
{
	struct shim_chunk *chunk;

	if (is_there())
		return false;
	list_for_each_entry(chunk, &sf->chunks, link) {
		memset(chunk->state, RMI_SHIM_PAGE_NORMAL, chunk->pages);
		chunk->busy = 0;
	}
	return true;
}

static void take_back(struct shim_file *sf)
{
	struct shim_chunk *chunk;
	bool safe;

	end_operations(sf);
	terminate_realms(sf);
	destroy_recs(sf);
	safe = destroy_realms(sf);
	list_for_each_entry(chunk, &sf->chunks, link) {
		if (safe)
			undelegate_chunk(sf, chunk);
		else /* A Realm may still run, with any of it in its tables. */
			memset(chunk->state, RMI_SHIM_PAGE_UNKNOWN, chunk->pages);
	}
}

void shim_release_all(struct shim_file *sf)
{
	struct shim_object *object, *next_object;
	struct shim_chunk *chunk, *next_chunk;
	LIST_HEAD(objects);
	LIST_HEAD(chunks);

	if (!rmm_has_gone(sf)) {
		take_back(sf);
		/* It may have gone meanwhile. */
		rmm_has_gone(sf);
	}
	/* Others may look at what the file holds, see held_by(). */
	mutex_lock(&sf->lock);
	list_splice_init(&sf->objects, &objects);
	list_splice_init(&sf->chunks, &chunks);
	mutex_unlock(&sf->lock);
	list_for_each_entry_safe(object, next_object, &objects, link)
		kfree(object);
	list_for_each_entry_safe(chunk, next_chunk, &chunks, link)
		shim_chunk_drop(chunk);
}
