/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines that stand for several calls, and stateful operations driven to their end (B4.3.2).
 */
#include "replay.h"

#include <inttypes.h>
#include <string.h>

#include <support/sro.h>

/** Memory for donations: granules that were set aside, then spare ones. */
struct donor {
	struct replay *r;
	uint64_t next;  /**< PA of the next granule that was set aside. */
	uint64_t count; /**< How many there are. */
};

static uint64_t take_spare(struct replay *r, uint64_t size, bool delegated)
{
	uint64_t offset = (r->spare + size - 1) & ~(size - 1);
	uint64_t pa = r->dram + offset;

	if (offset + size > REPLAY_SPARE_LIST)
		return 0;
	r->spare = offset + size;
	for (uint64_t p = pa; delegated && p < pa + size; p += REPLAY_GRANULE_SIZE) {
		struct smccc_regs regs = {
		        .x = {SMC_RMI_GRANULE_RANGE_DELEGATE, p, p + REPLAY_GRANULE_SIZE}};

		sro_call(r->pe, &regs);
		if (sro_finish(r->pe, NULL, &regs))
			return 0;
	}
	return pa;
}

static uint64_t take(void *arg, uint64_t size, enum rmi_op_mem_state state)
{
	struct donor *donor = arg;
	bool delegated = state == RMI_OP_MEM_DELEGATED;
	uint64_t pa = donor->next;

	if (!donor->count || size != REPLAY_GRANULE_SIZE || !delegated)
		return take_spare(donor->r, size, delegated);
	donor->next += size;
	donor->count--;
	return pa;
}

void replay_finish(struct replay *r, struct rmi_pe *pe, struct smccc_regs *regs)
{
	struct donor donor = {.r = r};
	struct sro_memory memory = {
	        .list = r->dram + REPLAY_SPARE_LIST, .take = take, .arg = &donor};

	sro_finish(pe, &memory, regs);
}

/** Fills in the arguments of one call for [x, top). */
static void range_args(struct replay *r, const struct vec_line *line, const uint64_t *args,
                       uint64_t x, struct smccc_regs *regs)
{
	static const uint32_t fids[] = {
	        [VEC_DELEGATE] = SMC_RMI_GRANULE_RANGE_DELEGATE,
	        [VEC_UNDELEGATE] = SMC_RMI_GRANULE_RANGE_UNDELEGATE,
	        [VEC_DATA_MAP] = SMC_RMI_RTT_DATA_MAP,
	        [VEC_UNPROT_MAP] = SMC_RMI_RTT_UNPROT_MAP,
	        [VEC_DATA_UNMAP] = SMC_RMI_RTT_DATA_UNMAP,
	        [VEC_UNPROT_UNMAP] = SMC_RMI_RTT_UNPROT_UNMAP,
	        [VEC_INIT_RIPAS] = SMC_RMI_RTT_INIT_RIPAS,
	};
	bool pas = line->kind == VEC_DELEGATE || line->kind == VEC_UNDELEGATE;
	uint64_t block;
	struct rmi_addr_range_desc desc;

	if (pas) {
		*regs = (struct smccc_regs){.x = {fids[line->kind], x, args[1]}};
		return;
	}
	*regs = (struct smccc_regs){.x = {fids[line->kind], args[0], x, args[2]}};
	if (line->kind != VEC_DATA_MAP && line->kind != VEC_UNPROT_MAP)
		return;
	block = rmi_rtt_level_size(12, RMM_RTT_PAGE_LEVEL - (int)args[4]);
	desc = (struct rmi_addr_range_desc){
	        .base = args[3] + (x - args[1]),
	        .count = (args[2] - x) / block,
	        .size = (enum rmi_addr_block_size)args[4],
	        .state = line->kind == VEC_DATA_MAP ? RMI_OP_MEM_DELEGATED : RMI_OP_MEM_UNDELEGATED,
	};
	if (desc.count > rmi_addr_range_desc_max_count(12))
		desc.count = rmi_addr_range_desc_max_count(12);
	regs->x[4] = RMI_ADDR_TYPE_SINGLE;
	if (line->kind == VEC_UNPROT_MAP)
		regs->x[4] |= args[5];
	regs->x[5] = rmi_addr_range_desc_encode(rmi_revision(r->rmi), 12, desc);
}

static void range(struct replay *r, const struct vec_line *line, const uint64_t *args)
{
	bool pas = line->kind == VEC_DELEGATE || line->kind == VEC_UNDELEGATE;
	uint64_t top = args[pas ? 1 : 2];
	uint64_t x = args[pas ? 0 : 1];
	struct smccc_regs regs;

	do {
		range_args(r, line, args, x, &regs);
		sro_call(r->pe, &regs);
		replay_finish(r, r->pe, &regs);
		if (rmi_status(regs.x[0]) != RMI_SUCCESS)
			break;
		if (regs.x[1] <= x || regs.x[1] > top) {
			replay_differs(r, line,
			               "out_top is 0x%" PRIx64 " after [0x%" PRIx64 ", 0x%" PRIx64
			               ")",
			               regs.x[1], x, top);
			return;
		}
		x = regs.x[1];
	} while (x != top);
	replay_compare(r, line, regs.x);
}

/* Where a REC is remembered; 0: a free place. NULL: there is none. */
static struct replay_unasked *find_unasked(struct replay *r, uint64_t rec)
{
	for (size_t i = 0; i < REPLAY_MAX_UNASKED; i++) {
		if (r->unasked[i].rec == rec)
			return &r->unasked[i];
	}
	return NULL;
}

static void remember_unasked(struct replay *r, uint64_t rec, const struct donor *donor)
{
	struct replay_unasked *place = find_unasked(r, 0);

	if (place && donor->count)
		*place = (struct replay_unasked){rec, donor->next, donor->count};
}

static void forget_unasked(struct replay *r, uint64_t rec)
{
	struct replay_unasked *place = find_unasked(r, rec);

	if (place)
		place->rec = 0;
}

/* The recorded RMM had taken the granule, this one did not need it. */
static bool is_unasked(const struct replay *r, uint64_t pa)
{
	for (size_t i = 0; i < REPLAY_MAX_UNASKED; i++) {
		const struct replay_unasked *u = &r->unasked[i];

		if (u->rec && pa - u->base < u->count * REPLAY_GRANULE_SIZE)
			return true;
	}
	return false;
}

static void rec(struct replay *r, const struct vec_line *line, const uint64_t *args)
{
	bool create = line->kind == VEC_REC_CREATE;
	struct donor donor = {.r = r};
	struct sro_memory memory = {.list = args[create ? 3 : 1], .take = take, .arg = &donor};
	struct smccc_regs regs;
	void *list;

	if (create && is_unasked(r, args[1])) {
		tally_add(&r->counts->lines, "a granule that this RMM did not ask for");
		return;
	}
	if (create) {
		donor.next = args[4];
		donor.count = args[5];
		regs = (struct smccc_regs){.x = {SMC_RMI_REC_CREATE, args[0], args[1], args[2]}};
	} else {
		regs = (struct smccc_regs){.x = {SMC_RMI_REC_DESTROY, args[0]}};
	}
	list = rmi_pa_to_va(r->rmi, memory.list, REPLAY_GRANULE_SIZE);
	if (!list) {
		replay_differs(r, line, "the list is not in DRAM");
		return;
	}
	sro_call(r->pe, &regs);
	sro_finish(r->pe, &memory, &regs);
	memset(list, 0, REPLAY_GRANULE_SIZE);
	if (rmi_status(regs.x[0]) == RMI_SUCCESS && create)
		remember_unasked(r, args[1], &donor);
	else if (rmi_status(regs.x[0]) == RMI_SUCCESS)
		forget_unasked(r, args[0]);
	replay_compare(r, line, regs.x);
}

void replay_macro(struct replay *r, const struct vec_line *line)
{
	uint64_t args[6] = {0};

	for (size_t i = 0; i < line->num_args; i++)
		args[i] = replay_value(r, &line->args[i]);
	if (line->kind == VEC_REC_CREATE || line->kind == VEC_REC_DESTROY)
		rec(r, line, args);
	else
		range(r, line, args);
}
