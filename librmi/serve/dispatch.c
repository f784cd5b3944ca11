/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that come from somewhere else, on their way to the RMM of this process. */

#include "serve/dispatch.h"

#include <string.h>

#define NO_PAGE      UINT64_MAX

/* More descriptors than any operation can ask for (B4.6.41): those behind are never needed. */
#define MAX_DONATION (RMI_OP_MEM_DONATE_REQ_MAX_COUNT + 1)

/* What a command may do to the granules that the RMM holds. */
enum effect {
	EFFECT_NONE,
	EFFECT_RANGE,  /* X1 to X2 are delegated or undelegated. */
	EFFECT_DONATE, /* The list at X2 with X3 entries is donated. */
	EFFECT_ANY,
};

/* Whatever is not known here may do anything. */
static enum effect effect_of(uint64_t fid)
{
	switch ((uint32_t)fid) {
	case SMC_RMI_GRANULE_RANGE_DELEGATE:
	case SMC_RMI_GRANULE_RANGE_UNDELEGATE:
		return EFFECT_RANGE;
	case SMC_RMI_OP_MEM_DONATE:
		return EFFECT_DONATE;
	case SMC_RMI_VERSION:
	case SMC_RMI_FEATURES:
	case SMC_RMI_REALM_ACTIVATE:
	case SMC_RMI_REALM_CREATE:
	case SMC_RMI_REC_CREATE:
	case SMC_RMI_RTT_CREATE:
	case SMC_RMI_RTT_DATA_MAP:
	case SMC_RMI_RTT_DATA_MAP_INIT:
	case SMC_RMI_RTT_DATA_UNMAP:
	case SMC_RMI_RTT_DESTROY:
	case SMC_RMI_RTT_FOLD:
	case SMC_RMI_RTT_INIT_RIPAS:
	case SMC_RMI_RTT_READ_ENTRY:
	case SMC_RMI_RTT_SET_RIPAS:
	case SMC_RMI_RTT_UNPROT_MAP:
	case SMC_RMI_RTT_UNPROT_UNMAP:
	case SMC_RMI_PSCI_COMPLETE:
		return EFFECT_NONE;
	default:
		return EFFECT_ANY;
	}
}

bool serve_dispatch_init(struct serve_dispatch *d, struct rmi *rmi, struct serve_window *window)
{
	*d = (struct serve_dispatch){.rmi = rmi, .window = window};
	for (unsigned i = 0; i < SERVE_MAX_PES; i++)
		d->run_pages[i] = NO_PAGE;
	return pthread_mutex_init(&d->lock, NULL) == 0;
}

void serve_dispatch_destroy(struct serve_dispatch *d)
{
	(void)pthread_mutex_destroy(&d->lock);
}

void serve_dispatch_reset(struct serve_dispatch *d, unsigned pe)
{
	struct rmi_ich *ich = rmi_pe_ich(rmi_pe(d->rmi, pe));

	*ich = (struct rmi_ich){.vtr = ich->vtr, .pmr = 0xff};
}

static void load_ich(struct rmi_ich *to, const struct rmi_ich *from)
{
	to->hcr = from->hcr;
	to->vmcr = from->vmcr;
	memcpy(to->ap0r, from->ap0r, sizeof(to->ap0r));
	memcpy(to->ap1r, from->ap1r, sizeof(to->ap1r));
	memcpy(to->lr, from->lr, sizeof(to->lr));
}

/* Whether a REC runs that will write its exit into [base, top). */
static bool is_run_page(const struct serve_dispatch *d, uint64_t base, uint64_t top)
{
	for (unsigned i = 0; i < SERVE_MAX_PES; i++) {
		if (d->run_pages[i] >= base && d->run_pages[i] < top)
			return true;
	}
	return false;
}

static unsigned granule_shift(const struct serve_dispatch *d)
{
	return (unsigned)__builtin_ctzll(rmi_granule_size(d->rmi));
}

static bool is_open(struct serve_dispatch *d, uint64_t handle)
{
	uint64_t other;

	for (unsigned i = 0; rmi_open_operation(d->rmi, i, &other); i++) {
		if (other == handle)
			return true;
	}
	return false;
}

/* What a descriptor covers, cut off where the memory ends. */
static struct rmi_addr_range desc_range(const struct serve_dispatch *d, uint64_t word)
{
	struct rmi_memory memory = rmi_memory(d->rmi);
	unsigned shift = granule_shift(d);
	struct rmi_addr_range_desc desc =
	        rmi_addr_range_desc_decode(rmi_revision(d->rmi), shift, word);
	uint64_t block = rmi_rtt_level_size(shift, RMM_RTT_PAGE_LEVEL - (int)desc.size);
	uint64_t end = memory.base + memory.size;

	if (desc.base >= end || desc.count == 0)
		return (struct rmi_addr_range){0};
	if (desc.count < (end - desc.base) / block)
		end = desc.base + desc.count * block;
	return (struct rmi_addr_range){.base = desc.base, .top = end};
}

/*
 * The RMM reads the list and writes to the memory that it names, in one call. So the Host loses
 * its hold of both before; then the list says the same to the RMM as it says here.
 */
static bool hold_donation(struct serve_dispatch *d, uint64_t list, uint64_t count)
{
	struct rmi_memory memory = rmi_memory(d->rmi);
	uint64_t offset = list - memory.base;

	if (offset >= memory.size || list % sizeof(uint64_t) != 0)
		return true;
	if (count > (memory.size - offset) / sizeof(uint64_t))
		count = (memory.size - offset) / sizeof(uint64_t);
	if (!serve_window_hold(d->window, list, list + count * sizeof(uint64_t)))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t word;
		struct rmi_addr_range range;

		memcpy(&word, rmi_pa_to_va(d->rmi, list + i * sizeof(word), sizeof(word)),
		       sizeof(word));
		range = desc_range(d, word);
		if (range.base < range.top &&
		    (is_run_page(d, range.base, range.top) ||
		     !serve_window_hold(d->window, range.base, range.top)))
			return false;
	}
	return true;
}

/* A call that donates, with a list that is no longer than what prepare() has looked at. */
static void donate(struct rmi_pe *pe, struct smccc_regs *regs)
{
	uint64_t count = regs->x[3];

	if (count > MAX_DONATION)
		regs->x[3] = MAX_DONATION;
	rmi_call(pe, regs);
	regs->x[3] = count;
}

/* Whether the window can follow a call. What has been done for that, a sync takes back. */
static bool prepare(struct serve_dispatch *d, enum effect effect, const struct smccc_regs *regs)
{
	switch (effect) {
	case EFFECT_NONE:
	case EFFECT_ANY:
		return true;
	case EFFECT_RANGE:
		return !is_run_page(d, regs->x[1], regs->x[2]) &&
		       serve_window_has_room(d->window, (uint32_t)regs->x[0] ==
		                                                SMC_RMI_GRANULE_RANGE_DELEGATE);
	case EFFECT_DONATE:
		/* Without an operation the RMM looks at nothing. */
		if (!is_open(d, regs->x[1]))
			return true;
		return hold_donation(d, regs->x[2],
		                     regs->x[3] < MAX_DONATION ? regs->x[3] : MAX_DONATION);
	}
	return true;
}

static void note_operation(struct serve_dispatch *d, uint64_t handle, unsigned owner)
{
	for (unsigned i = 0; i < SERVE_MAX_OPERATIONS; i++) {
		if (d->operations[i].owner == 0) {
			d->operations[i].handle = handle;
			d->operations[i].owner = owner;
			return;
		}
	}
}

/* What a call has begun or ended. */
static void note_operations(struct serve_dispatch *d, unsigned owner, uint64_t fid,
                            const struct smccc_regs *regs)
{
	bool open = rmi_status(regs->x[0]) == RMI_INCOMPLETE;

	switch ((uint32_t)fid) {
	case SMC_RMI_OP_CONTINUE:
		for (unsigned i = 0; !open && i < SERVE_MAX_OPERATIONS; i++) {
			if (d->operations[i].owner != 0 && !is_open(d, d->operations[i].handle))
				d->operations[i].owner = 0;
		}
		break;
	case SMC_RMI_OP_CANCEL:
	case SMC_RMI_OP_MEM_DONATE:
	case SMC_RMI_OP_MEM_RECLAIM:
		break;
	default:
		if (open && is_open(d, regs->x[1]))
			note_operation(d, regs->x[1], owner);
	}
}

unsigned serve_dispatch_operation_owner(struct serve_dispatch *d, uint64_t handle)
{
	unsigned owner = 0;

	(void)pthread_mutex_lock(&d->lock);
	for (unsigned i = 0; i < SERVE_MAX_OPERATIONS; i++) {
		if (d->operations[i].owner != 0 && d->operations[i].handle == handle)
			owner = d->operations[i].owner;
	}
	(void)pthread_mutex_unlock(&d->lock);
	return owner;
}

unsigned serve_dispatch_owner(struct serve_dispatch *d, uint64_t pa)
{
	unsigned owner;

	(void)pthread_mutex_lock(&d->lock);
	owner = serve_window_owner(d->window, pa);
	(void)pthread_mutex_unlock(&d->lock);
	return owner;
}

/* A granule that the RMM does not hold; UINT64_MAX when there is none. */
static uint64_t find_free(struct serve_dispatch *d)
{
	struct rmi_memory memory = rmi_memory(d->rmi);
	uint64_t pa, granule = memory.base;
	const char *state;

	while (rmi_next_held_granule(d->rmi, granule, &pa, &state) && pa == granule)
		granule += rmi_granule_size(d->rmi);
	return granule - memory.base < memory.size ? granule : UINT64_MAX;
}

void serve_dispatch_take_back(struct serve_dispatch *d, unsigned pe, unsigned owner,
                              struct smccc_regs *regs)
{
	uint64_t list;

	(void)pthread_mutex_lock(&d->lock);
	list = find_free(d);
	if (list != UINT64_MAX && !is_run_page(d, list, list + 1) &&
	    serve_window_hold(d->window, list, list + rmi_granule_size(d->rmi))) {
		regs->x[2] = list;
		rmi_call(rmi_pe(d->rmi, pe), regs);
	} else {
		regs->x[0] = RMI_BUSY;
	}
	serve_window_sync(d->window, 0, UINT64_MAX, owner);
	(void)pthread_mutex_unlock(&d->lock);
}

/* A command that does not run a Realm. */
static void command(struct serve_dispatch *d, struct rmi_pe *pe, unsigned owner,
                    struct smccc_regs *regs)
{
	enum effect effect = effect_of(regs->x[0]);
	uint64_t base = 0, top = UINT64_MAX, fid = regs->x[0];

	if (effect == EFFECT_RANGE) {
		base = regs->x[1];
		top = regs->x[2];
	}
	(void)pthread_mutex_lock(&d->lock);
	if (d->window == NULL) {
		rmi_call(pe, regs);
	} else {
		if (!prepare(d, effect, regs))
			regs->x[0] = RMI_BUSY;
		else if (effect == EFFECT_DONATE)
			donate(pe, regs);
		else
			rmi_call(pe, regs);
		if (effect != EFFECT_NONE)
			serve_window_sync(d->window, base, top, owner);
	}
	note_operations(d, owner, fid, regs);
	(void)pthread_mutex_unlock(&d->lock);
}

static void set_run_page(struct serve_dispatch *d, unsigned pe, uint64_t pa)
{
	(void)pthread_mutex_lock(&d->lock);
	d->run_pages[pe] = pa;
	(void)pthread_mutex_unlock(&d->lock);
}

void serve_dispatch_call(struct serve_dispatch *d, unsigned pe, unsigned owner,
                         struct smccc_regs *regs, struct rmi_ich *ich)
{
	struct rmi_pe *on = rmi_pe(d->rmi, pe);
	struct rmi_ich *live = rmi_pe_ich(on);

	load_ich(live, ich);
	if ((uint32_t)regs->x[0] == SMC_RMI_REC_ENTER) {
		set_run_page(d, pe, regs->x[2]);
		rmi_call(on, regs);
		set_run_page(d, pe, NO_PAGE);
	} else {
		command(d, on, owner, regs);
	}
	ich->vtr = live->vtr;
	ich->misr = live->misr;
	ich->eisr = live->eisr;
	ich->elrsr = live->elrsr;
	load_ich(ich, live);
}
