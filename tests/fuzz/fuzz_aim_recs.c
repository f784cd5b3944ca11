/* SPDX-License-Identifier: BSD-3-Clause */
/* Conditions of RECs and of stateful operations, and what is left. */
#include "fuzz_aim.h"

#include <string.h>

/* RECs */

static bool rec_is_running(struct fuzz *f, struct fuzz_call *call)
{
	if (!f->depth || !f->running)
		return false;
	fuzz_put(fuzz_input(call, "rd"), f->running->rd);
	return call->command->fid == SMC_RMI_REALM_TERMINATE ||
	       fuzz_put(fuzz_input(call, "rec"), f->running_rec);
}

/** A REC of any Realm that is as wished. */
static struct fuzz_rec *find_rec(struct fuzz *f, bool (*wish)(const struct fuzz_rec *rec),
                                 struct fuzz_realm **realm)
{
	uint64_t start = fuzz_below(f, FUZZ_MAX_REALMS);

	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		*realm = &f->realms[(start + i) % FUZZ_MAX_REALMS];
		for (unsigned j = 0; (*realm)->used && j < (*realm)->num_recs; j++)
			if ((*realm)->active && !(*realm)->zombie && wish(&(*realm)->recs[j]))
				return &(*realm)->recs[j];
	}
	return NULL;
}

static bool is_off(const struct fuzz_rec *rec)
{
	return rec->off;
}

static bool is_psci(const struct fuzz_rec *rec)
{
	return rec->psci;
}

static bool is_idle(const struct fuzz_rec *rec)
{
	return !rec->psci && !rec->off;
}

static bool is_ripas(const struct fuzz_rec *rec)
{
	return rec->ripas_top > rec->ripas_base;
}

static bool put_rec(struct fuzz *f, struct fuzz_call *call,
                    bool (*wish)(const struct fuzz_rec *rec), const char *input)
{
	struct fuzz_realm *realm;
	const struct fuzz_rec *rec = find_rec(f, wish, &realm);

	call->realm = rec ? realm : NULL;
	return rec && fuzz_put(fuzz_input(call, input), rec->pa);
}

static bool rec_off(struct fuzz *f, struct fuzz_call *call)
{
	return put_rec(f, call, is_off, "rec");
}

static bool rec_waits(struct fuzz *f, struct fuzz_call *call)
{
	return put_rec(f, call, is_psci, "rec");
}

static bool rec_no_mmio(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_rec_run *run = fuzz_va(f, call->in.x[2]);

	if (!run || !put_rec(f, call, is_idle, "rec"))
		return false;
	run->enter.flags |= RMI_REC_ENTER_FLAGS_EMUL_MMIO;
	return true;
}

static bool rec_bad_gic(struct fuzz *f, struct fuzz_call *call)
{
	struct rmi_rec_run *run = fuzz_va(f, call->in.x[2]);

	if (!run || !put_rec(f, call, is_idle, "rec"))
		return false;
	run->enter.flags = 0;
	call->bad_gic = true;
	return true;
}

static bool other_owner(struct fuzz *f, struct fuzz_call *call)
{
	for (unsigned i = 0; i < FUZZ_MAX_REALMS; i++) {
		const struct fuzz_realm *realm = &f->realms[i];

		if (realm->used && realm != call->realm)
			return fuzz_put(fuzz_input(call, "rd"), realm->rd);
	}
	return false;
}

/** A call that would succeed, as far as the notebook knows. */
static struct fuzz_rec *put_ripas(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm;
	struct fuzz_rec *rec = find_rec(f, is_ripas, &realm);

	if (!rec)
		return NULL;
	call->realm = realm;
	fuzz_put(fuzz_input(call, "rd"), realm->rd);
	fuzz_put(fuzz_input(call, "rec"), rec->pa);
	fuzz_put(fuzz_input(call, "base"), rec->ripas_base);
	fuzz_put(fuzz_input(call, "top"), rec->ripas_top);
	return rec;
}

static bool ripas_base(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_rec *rec = put_ripas(f, call);

	if (!rec)
		return false;
	if (rec->ripas_base && fuzz_chance(f, 50))
		return fuzz_put(fuzz_input(call, "base"), rec->ripas_base - f->gsize);
	return rec->ripas_top - rec->ripas_base > f->gsize &&
	       fuzz_put(fuzz_input(call, "base"), rec->ripas_base + f->gsize);
}

static bool ripas_top(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_rec *rec = put_ripas(f, call);

	return rec && fuzz_put(fuzz_input(call, "top"), rec->ripas_top + f->gsize);
}

/** The walk ends early, at an entry that is to change. @param inside not at its beginning */
static bool ripas_early(struct fuzz *f, struct fuzz_call *call, bool inside)
{
	const struct fuzz_rec *rec = put_ripas(f, call);
	struct fuzz_entry entry;
	uint64_t size;

	if (!rec || !fuzz_peek(f, call->realm, rec->ripas_base, RMM_RTT_PAGE_LEVEL, &entry))
		return false;
	size = fuzz_level_size(f, entry.level);
	return entry.level < RMM_RTT_PAGE_LEVEL &&
	       inside == ((rec->ripas_base & (size - 1)) != 0) &&
	       rec->ripas_top - rec->ripas_base < size;
}

static bool ripas_inside(struct fuzz *f, struct fuzz_call *call)
{
	return ripas_early(f, call, true);
}

static bool ripas_part(struct fuzz *f, struct fuzz_call *call)
{
	return ripas_early(f, call, false);
}

/** A call that would succeed, as far as the notebook knows. @return the calling REC, or NULL */
static struct fuzz_rec *put_psci(struct fuzz *f, struct fuzz_call *call)
{
	struct fuzz_realm *realm;
	struct fuzz_rec *rec = find_rec(f, is_psci, &realm);

	if (!rec)
		return NULL;
	call->realm = realm;
	fuzz_put(fuzz_input(call, "calling"), rec->pa);
	fuzz_put(fuzz_input(call, "status"), psci_return(PSCI_SUCCESS));
	for (unsigned i = 0; i < realm->num_recs; i++)
		if (rmi_rec_index(realm->recs[i].mpidr) == rmi_rec_index(rec->target))
			fuzz_put(fuzz_input(call, "target"), realm->recs[i].pa);
	return rec;
}

static bool psci_alias(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_rec *rec = put_psci(f, call);

	return rec && fuzz_put(fuzz_input(call, "target"), rec->pa);
}

static bool psci_idle(struct fuzz *f, struct fuzz_call *call)
{
	return put_rec(f, call, is_idle, "calling");
}

static bool psci_target(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_rec *rec = put_psci(f, call);

	for (unsigned i = 0; rec && i < call->realm->num_recs; i++) {
		const struct fuzz_rec *other = &call->realm->recs[i];

		if (rmi_rec_index(other->mpidr) == rmi_rec_index(rec->target)) {
			/* Without a register to name it, it must be gone. */
			if (!fuzz_input(call, "target"))
				return false;
		} else if (other != rec) {
			fuzz_put(fuzz_input(call, "target"), other->pa);
		}
	}
	return rec != NULL;
}

static bool psci_owner(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_rec *rec = put_psci(f, call);

	for (unsigned i = 0; rec && i < FUZZ_MAX_REALMS; i++) {
		const struct fuzz_realm *realm = &f->realms[i];

		if (realm->used && realm != call->realm && realm->num_recs)
			return fuzz_put(fuzz_input(call, "target"), realm->recs[0].pa);
	}
	return false;
}

static bool psci_status(struct fuzz *f, struct fuzz_call *call)
{
	return put_psci(f, call) &&
	       fuzz_put(fuzz_input(call, "status"), fuzz_chance(f, 50)
	                                                    ? psci_return(PSCI_INVALID_PARAMETERS)
	                                                    : fuzz_edge(f) | 1);
}

/* Operations */

static bool no_handle(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(fuzz_input(call, "handle"),
	                fuzz_chance(f, 50) ? fuzz_edge(f) | 1 << 30 : fuzz_below(f, 256));
}

static const struct fuzz_op *put_op(struct fuzz *f, struct fuzz_call *call,
                                    bool (*wish)(const struct fuzz *f, const struct fuzz_op *op))
{
	uint64_t start = fuzz_below(f, f->num_ops);

	for (unsigned i = 0; i < f->num_ops; i++) {
		const struct fuzz_op *op = &f->ops[(start + i) % f->num_ops];

		if (wish(f, op) && fuzz_put(fuzz_input(call, "handle"), op->handle))
			return op;
	}
	return NULL;
}

static bool is_failing(const struct fuzz *f, const struct fuzz_op *op)
{
	(void)f;
	return rmi_memreq(op->x0) == RMI_OP_MEM_REQ_NONE && (op->failing || op->origin.aim);
}

static bool cannot_cancel(const struct fuzz *f, const struct fuzz_op *op)
{
	(void)f;
	return !rmi_can_cancel(op->x0);
}

static bool wants_memory(const struct fuzz *f, const struct fuzz_op *op)
{
	(void)f;
	return rmi_memreq(op->x0) == RMI_OP_MEM_REQ_DONATE;
}

static bool wants_contig(const struct fuzz *f, const struct fuzz_op *op)
{
	struct rmi_op_mem_donate_req req =
	        rmi_op_mem_donate_req_decode(f->revision, op->donate_req);

	return wants_memory(f, op) && req.contig == RMI_OP_MEM_CONTIG && req.count > 1;
}

static bool wants_block(const struct fuzz *f, const struct fuzz_op *op)
{
	struct rmi_op_mem_donate_req req =
	        rmi_op_mem_donate_req_decode(f->revision, op->donate_req);

	return wants_memory(f, op) && req.size != RMI_PAGE_L3;
}

static bool op_fails(struct fuzz *f, struct fuzz_call *call)
{
	return put_op(f, call, is_failing);
}

static bool op_stays(struct fuzz *f, struct fuzz_call *call)
{
	return put_op(f, call, cannot_cancel);
}

/** A list of single granules. @return false if there is no memory for it */
static bool put_list(struct fuzz *f, struct fuzz_call *call, const struct fuzz_op *op,
                     uint64_t count, enum fuzz_granule state)
{
	struct rmi_op_mem_donate_req req =
	        rmi_op_mem_donate_req_decode(f->revision, op->donate_req);
	uint64_t page = fuzz_scratch(f);
	uint64_t *list = fuzz_va(f, page);

	if (!page || count > f->gsize / sizeof(*list))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		struct rmi_addr_range_desc desc = {
		        .base = fuzz_granule(f, state), .count = 1, .state = req.state};

		list[i] = rmi_addr_range_desc_encode(f->revision, f->gshift, desc);
	}
	return fuzz_put(fuzz_input(call, "list_addr"), page) &&
	       fuzz_put(fuzz_input(call, "list_count"), count);
}

static enum fuzz_granule wanted_state(const struct fuzz *f, const struct fuzz_op *op)
{
	struct rmi_op_mem_donate_req req =
	        rmi_op_mem_donate_req_decode(f->revision, op->donate_req);

	return req.state == RMI_OP_MEM_UNDELEGATED ? FUZZ_NS : FUZZ_DELEGATED;
}

static uint64_t wanted_count(const struct fuzz *f, const struct fuzz_op *op)
{
	return rmi_op_mem_donate_req_decode(f->revision, op->donate_req).count;
}

static bool donate_too_much(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_op *op = put_op(f, call, wants_memory);

	return op && put_list(f, call, op, wanted_count(f, op) + 1, wanted_state(f, op));
}

static bool donate_apart(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_op *op = put_op(f, call, wants_contig);

	return op && put_list(f, call, op, wanted_count(f, op), wanted_state(f, op));
}

static bool donate_small(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_op *op = put_op(f, call, wants_block);

	return op && put_list(f, call, op, 1, wanted_state(f, op));
}

static bool donate_state(struct fuzz *f, struct fuzz_call *call)
{
	const struct fuzz_op *op = put_op(f, call, wants_memory);

	return op && put_list(f, call, op, 1, FUZZ_RTT);
}

/* The rest */

static bool version_higher(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[1] = RMI_VERSION_ENCODE(fuzz_chance(f, 50) ? 2 : 3, 1 + fuzz_below(f, 9));
	return true;
}

static bool version_lower(struct fuzz *f, struct fuzz_call *call)
{
	call->in.x[1] = RMI_VERSION_ENCODE(fuzz_below(f, 2), fuzz_below(f, 9));
	return true;
}

static bool something_delegated(struct fuzz *f, struct fuzz_call *call)
{
	(void)call;
	return f->active && fuzz_state(f, fuzz_granule(f, FUZZ_DELEGATED)) == FUZZ_DELEGATED;
}

static bool host_tracks(struct fuzz *f, struct fuzz_call *call)
{
	(void)call;
	return !f->active && strstr(f->conf, "tracking=none") != NULL;
}

/** Whether the L0 GPT can be changed; which state it is in, nobody knows. */
static bool gpt_is_open(struct fuzz *f, struct fuzz_call *call)
{
	(void)call;
	return strstr(f->conf, "gpt=") && !strstr(f->conf, "gpt_unfold=0");
}

static bool gpt_is_closed(struct fuzz *f, struct fuzz_call *call)
{
	(void)call;
	return strstr(f->conf, "gpt_unfold=0") != NULL;
}

static bool gpt_in_use(struct fuzz *f, struct fuzz_call *call)
{
	uint64_t pa = fuzz_granule(f, FUZZ_DELEGATED);

	return gpt_is_open(f, call) && fuzz_state(f, pa) == FUZZ_DELEGATED &&
	       fuzz_put(fuzz_input(call, "addr"), pa >> 30 << 30);
}

static bool index_absent(struct fuzz *f, struct fuzz_call *call)
{
	if (!fuzz_input(call, "index")) {
		/* The lowest two bits of the flags. */
		call->in.x[4] &= ~UINT64_C(3);
		return call->realm != NULL;
	}
	return fuzz_put(fuzz_input(call, "index"), fuzz_chance(f, 50) ? 0 : 4 + fuzz_below(f, 9));
}

static bool region_state(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(fuzz_input(call, "state"), fuzz_chance(f, 50) ? 0 : 5 + fuzz_below(f, 9));
}

static bool region_category(struct fuzz *f, struct fuzz_call *call)
{
	return fuzz_put(fuzz_input(call, "category"), RMI_MEM_CATEGORY_DEV_NCOH + fuzz_below(f, 2));
}

static bool region_reserved(struct fuzz *f, struct fuzz_call *call)
{
	(void)f;
	return fuzz_put(fuzz_input(call, "addr"), 0);
}

/** The rules of this file. */
const struct fuzz_rule fuzz_rec_rules[] = {
        {SMC_RMI_VERSION, "incompat_lower", version_higher},
        {SMC_RMI_VERSION, "incompat_higher", version_lower},
        {SMC_RMI_RMM_DEACTIVATE, "granules", something_delegated},
        {SMC_RMI_PSCI_COMPLETE, "alias", psci_alias},
        {0, "rec_running", rec_is_running},
        {0, "rec_runnable", rec_off},
        {0, "rec_pending", rec_waits},
        {0, "rec_mmio", rec_no_mmio},
        {0, "rec_gicv3", rec_bad_gic},
        {0, "rec_owner", other_owner},
        {0, "rec_state", rec_is_running},
        {0, "pending", psci_idle},
        {0, "owner", psci_owner},
        {0, "target", psci_target},
        {0, "status", psci_status},
        {0, "tracked", host_tracks},
        {SMC_RMI_GPT_L1_CREATE, "entry_state", gpt_is_open},
        {SMC_RMI_GPT_L1_DESTROY, "entry_state", gpt_is_closed},
        {0, "unfold_denied", gpt_is_closed},
        {0, "gpt_l1_homo", gpt_in_use},
        {SMC_RMI_RTT_SET_RIPAS, "base_bound", ripas_base},
        {SMC_RMI_RTT_SET_RIPAS, "top_bound", ripas_top},
        {SMC_RMI_RTT_SET_RIPAS, "base_align", ripas_inside},
        {SMC_RMI_RTT_SET_RIPAS, "no_progress", ripas_part},
        {0, "index_bound", index_absent},
        {SMC_RMI_GRANULE_TRACKING_SET, "state_valid", region_state},
        {0, "category", region_category},
        {0, "reserved", region_reserved},
        {0, "complete", no_handle},
        {SMC_RMI_OP_CONTINUE, "fail", op_fails},
        {0, "can_cancel", op_stays},
        {0, "mem_gt", donate_too_much},
        {0, "mem_contig", donate_apart},
        {0, "mem_align", donate_small},
        {0, "mem_state", donate_state},
        {0},
};

bool fuzz_aim_is_running(fuzz_aim_fn *rule)
{
	return rule == rec_is_running;
}

bool fuzz_aim_waits(struct fuzz *f, bool psci)
{
	struct fuzz_realm *realm;

	return find_rec(f, psci ? is_psci : is_ripas, &realm) != NULL;
}
