/* SPDX-License-Identifier: BSD-3-Clause */
/* An RMM for tests of donation and reclaim. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_rmm.h"

#define GRANULE 0x1000u
#define GSHIFT  12u
#define BASE    UINT64_C(0x80000000)
#define SIZE    (UINT64_C(64) << 20)
#define HANDLE  UINT64_C(0x5170)
#define PATTERN 0xa5

enum granule_state { UNDELEGATED, DELEGATED, INTERNAL };

static uint64_t index_of(uint64_t pa)
{
	return (pa - BASE) >> GSHIFT;
}

static bool is_memory(uint64_t pa, uint64_t size)
{
	return pa >= BASE && size <= SIZE && pa - BASE <= SIZE - size && pa % GRANULE == 0;
}

static bool all_in(const struct fake_rmm *fake, uint64_t pa, uint64_t granules,
                   enum granule_state state)
{
	for (uint64_t i = 0; i < granules; i++)
		if (fake->granule[index_of(pa) + i] != state)
			return false;
	return true;
}

static void set_all(struct fake_rmm *fake, uint64_t pa, uint64_t granules, enum granule_state state)
{
	memset(&fake->granule[index_of(pa)], (int)state, granules);
}

static void fill(struct fake_rmm *fake, uint64_t pa)
{
	memset(fake->window + (pa - BASE), PATTERN, GRANULE);
}

static void look_for_traces(struct fake_rmm *fake, uint64_t pa)
{
	const uint8_t *page = fake->window + (pa - BASE);

	if (page[0] == PATTERN && memcmp(page, page + 1, GRANULE - 1) == 0)
		return;
	fprintf(stderr, "fake RMM: the Host wrote to %#lx while it was delegated\n",
	        (unsigned long)pa);
	fake->touched++;
}

static void delegate(struct fake_rmm *fake, struct smccc_regs *regs, bool back)
{
	uint64_t pa = regs->x[1], top = regs->x[2];
	enum granule_state from = back ? DELEGATED : UNDELEGATED;

	if (top <= pa || !is_memory(pa, top - pa) || fake->granule[index_of(pa)] != from) {
		regs->x[0] = rmi_result(RMI_ERROR_INPUT);
		return;
	}
	fake->delegations += !back;
	for (; pa < top && fake->granule[index_of(pa)] == from; pa += GRANULE) {
		fake->granule[index_of(pa)] = back ? UNDELEGATED : DELEGATED;
		if (back)
			look_for_traces(fake, pa);
		else
			fill(fake, pa);
	}
	regs->x[0] = rmi_result(RMI_SUCCESS);
	regs->x[1] = pa;
}

static const struct fake_step *current(const struct fake_rmm *fake)
{
	static const struct fake_step end = {.mem = RMI_OP_MEM_REQ_NONE};

	return fake->step < fake->op.num_steps ? &fake->op.steps[fake->step] : &end;
}

static uint64_t block_granules(enum rmi_addr_block_size size)
{
	return rmi_rtt_level_size(GSHIFT, 3 - (int)size) >> GSHIFT;
}

static void begin_step(struct fake_rmm *fake)
{
	const struct fake_step *step = current(fake);

	fake->need = step->req.count * block_granules(step->req.size);
	fake->idle = step->idle;
	fake->transient = step->transient;
}

/* Answers how the operation stands. */
static void answer(struct fake_rmm *fake, struct smccc_regs *regs)
{
	const struct fake_step *step = current(fake);
	enum rmi_op_mem_req mem = step->mem;

	if (fake->failed)
		mem = fake->num_held > 0 ? RMI_OP_MEM_REQ_RECLAIM : RMI_OP_MEM_REQ_NONE;
	regs->x[0] = rmi_result_incomplete(mem, !fake->op.no_cancel && !fake->failed);
	if (mem == RMI_OP_MEM_REQ_DONATE) {
		struct rmi_op_mem_donate_req req = step->req;

		req.count = (fake->need + block_granules(req.size) - 1) / block_granules(req.size);
		if (step->req.count == 0)
			req.count = 0;
		regs->x[2] = rmi_op_mem_donate_req_encode(fake->revision, req);
	}
}

static void start(struct fake_rmm *fake, struct smccc_regs *regs)
{
	if (fake->open) {
		regs->x[0] = rmi_result(RMI_BLOCKED);
		return;
	}
	fake->open = true;
	fake->failed = false;
	fake->step = 0;
	begin_step(fake);
	answer(fake, regs);
	regs->x[1] = HANDLE;
}

static void next_step(struct fake_rmm *fake)
{
	fake->step++;
	begin_step(fake);
}

static void op_continue(struct fake_rmm *fake, struct smccc_regs *regs)
{
	fake->continues++;
	if (!fake->failed && current(fake)->mem != RMI_OP_MEM_REQ_NONE) {
		/* The Host cannot do what was asked. */
		fake->failed = true;
		answer(fake, regs);
		return;
	}
	if (!fake->failed && fake->step < fake->op.num_steps) {
		next_step(fake);
		answer(fake, regs);
		return;
	}
	if (fake->failed && fake->num_held > 0) {
		answer(fake, regs);
		return;
	}
	fake->open = false;
	regs->x[0] = fake->failed ? rmi_result(RMI_ERROR_INPUT) : fake->op.result;
	regs->x[1] = 0x1111;
}

static void violation(struct fake_rmm *fake, const char *what, uint64_t word)
{
	fprintf(stderr, "fake RMM: donated descriptor %#lx: %s\n", (unsigned long)word, what);
	fake->violations++;
}

static bool check_desc(struct fake_rmm *fake, const struct fake_step *step, uint64_t word,
                       uint64_t count)
{
	struct rmi_addr_range_desc desc = rmi_addr_range_desc_decode(fake->revision, GSHIFT, word);
	uint64_t granules = desc.count * block_granules(desc.size);
	bool contig = step->req.contig == RMI_OP_MEM_CONTIG;
	uint64_t align = contig ? granules : block_granules(desc.size);

	if (granules == 0 || !is_memory(desc.base, granules << GSHIFT))
		violation(fake, "no memory", word);
	else if (desc.state != step->req.state)
		violation(fake, "wrong state field", word);
	else if (!all_in(fake, desc.base, granules,
	                 desc.state == RMI_OP_MEM_DELEGATED ? DELEGATED : UNDELEGATED))
		violation(fake, "wrong granule state", word);
	else if (desc.base % (align << GSHIFT) != 0)
		violation(fake, "not aligned", word);
	else if (desc.size != step->req.size)
		violation(fake, "wrong block size", word);
	else if (contig && (count != 1 || granules < fake->need))
		violation(fake, "not contiguous", word);
	else
		return true;
	return false;
}

static void consume(struct fake_rmm *fake, uint64_t pa, uint64_t granules,
                    enum rmi_op_mem_state state)
{
	set_all(fake, pa, granules, INTERNAL);
	if (fake->num_held == FAKE_MAX_HELD)
		abort();
	fake->held[fake->num_held++] = (struct fake_held){pa, granules, state};
	fake->donated += granules;
	fake->need -= granules < fake->need ? granules : fake->need;
}

static void op_donate(struct fake_rmm *fake, struct smccc_regs *regs)
{
	const struct fake_step *step = current(fake);
	uint64_t limit = step->take != 0 ? step->take : UINT64_MAX;
	uint64_t list = regs->x[2], count = regs->x[3], done = 0;

	fake->donations++;
	regs->x[1] = 0;
	if (fake->failed || step->mem != RMI_OP_MEM_REQ_DONATE || count == 0 ||
	    !is_memory(list & ~UINT64_C(0xfff), GRANULE) || list % 8 != 0 ||
	    (list & 0xfff) + count * 8 > GRANULE || fake->granule[index_of(list)] != UNDELEGATED) {
		violation(fake, "bad call", list);
		regs->x[0] = rmi_result(RMI_ERROR_INPUT);
		return;
	}
	if (fake->idle > 0) {
		fake->idle--;
		answer(fake, regs);
		regs->x[1] = 0;
		return;
	}
	if (limit > fake->need)
		limit = fake->need;
	for (uint64_t i = 0; i < count && done < limit; i++) {
		uint64_t word, granules;
		struct rmi_addr_range_desc desc;

		memcpy(&word, fake->window + (list - BASE) + 8 * i, sizeof(word));
		if (!check_desc(fake, step, word, count)) {
			regs->x[0] = rmi_result(RMI_ERROR_INPUT);
			regs->x[1] = done;
			return;
		}
		desc = rmi_addr_range_desc_decode(fake->revision, GSHIFT, word);
		granules = desc.count * block_granules(desc.size);
		if (granules > limit - done)
			granules = limit - done;
		consume(fake, desc.base, granules, desc.state);
		done += granules;
	}
	if (step->error != 0) {
		regs->x[0] = step->error;
	} else {
		if (fake->need == 0 || step->short_request)
			next_step(fake);
		answer(fake, regs);
	}
	regs->x[1] = done;
}

static int compare_held(const void *left, const void *right)
{
	const struct fake_held *a = left, *b = right;

	return a->pa < b->pa ? -1 : a->pa > b->pa;
}

static void join_held(struct fake_rmm *fake)
{
	unsigned n = 0;

	qsort(fake->held, fake->num_held, sizeof(fake->held[0]), compare_held);
	for (unsigned i = 0; i < fake->num_held; i++) {
		struct fake_held *last = n > 0 ? &fake->held[n - 1] : NULL;

		if (last != NULL && last->pa + (last->granules << GSHIFT) == fake->held[i].pa &&
		    last->state == fake->held[i].state)
			last->granules += fake->held[i].granules;
		else
			fake->held[n++] = fake->held[i];
	}
	fake->num_held = n;
}

/* The largest descriptor that a run of granules begins with. */
static struct rmi_addr_range_desc first_desc(const struct fake_held *held)
{
	struct rmi_addr_range_desc desc = {.base = held->pa, .state = held->state};

	if (held->granules >= 512 && held->pa % (512 * GRANULE) == 0) {
		desc.size = RMI_BLOCK_L2;
		desc.count = held->granules / 512;
	} else {
		desc.size = RMI_PAGE_L3;
		desc.count = held->granules < 1023 ? held->granules : 1023;
	}
	return desc;
}

static void op_reclaim(struct fake_rmm *fake, struct smccc_regs *regs)
{
	const struct fake_step *step = current(fake);
	uint64_t per_call = fake->failed ? fake->op.per_call : step->per_call;
	uint64_t list = regs->x[2], room = regs->x[3], n = 0;

	if (room == 0 || (list & 0xfff) + room * 8 > GRANULE) {
		violation(fake, "bad list", list);
		regs->x[0] = rmi_result(RMI_ERROR_INPUT);
		return;
	}
	if (per_call == 0 || per_call > room)
		per_call = room;
	if (fake->failed ? fake->op.join : step->join)
		join_held(fake);
	while (n < per_call && fake->num_held > 0) {
		struct fake_held *held = &fake->held[fake->num_held - 1];
		struct rmi_addr_range_desc desc = first_desc(held);
		uint64_t granules = desc.count * block_granules(desc.size);
		uint64_t word = rmi_addr_range_desc_encode(fake->revision, GSHIFT, desc);

		memcpy(fake->window + (list - BASE) + 8 * n++, &word, sizeof(word));
		set_all(fake, desc.base, granules,
		        desc.state == RMI_OP_MEM_DELEGATED ? DELEGATED : UNDELEGATED);
		held->pa += granules << GSHIFT;
		held->granules -= granules;
		fake->num_held -= held->granules == 0;
	}
	if (!fake->failed && fake->num_held == 0)
		next_step(fake);
	answer(fake, regs);
	regs->x[1] = n;
}

static void op_cancel(struct fake_rmm *fake, struct smccc_regs *regs)
{
	fake->cancels++;
	if (fake->op.no_cancel || fake->failed) {
		regs->x[0] = rmi_result(RMI_ERROR_INPUT);
		return;
	}
	fake->failed = true;
	answer(fake, regs);
}

static void op_call(struct fake_rmm *fake, struct smccc_regs *regs)
{
	if (!fake->open || regs->x[1] != HANDLE) {
		regs->x[0] = rmi_result(RMI_ERROR_INPUT);
		return;
	}
	if (fake->transient > 0) {
		fake->transient--;
		regs->x[0] = current(fake)->transient_status;
		/* An answer without meaning leaves what it likes in the other registers. */
		regs->x[1] = 77;
		return;
	}
	switch (regs->x[0]) {
	case SMC_RMI_OP_CONTINUE:
		op_continue(fake, regs);
		break;
	case SMC_RMI_OP_MEM_DONATE:
		op_donate(fake, regs);
		break;
	case SMC_RMI_OP_MEM_RECLAIM:
		op_reclaim(fake, regs);
		break;
	default:
		op_cancel(fake, regs);
	}
}

static void features(struct smccc_regs *regs)
{
	static const uint64_t reg[] = {
	        48 | 5 << RMI_FEATURE_REGISTER_0_NUM_BPS_SHIFT |
	                3 << RMI_FEATURE_REGISTER_0_NUM_WPS_SHIFT,
	        RMI_FEATURE_REGISTER_1_RMI_GRAN_SZ_4KB | RMI_FEATURE_REGISTER_1_HASH_SHA_256 |
	                4 << RMI_FEATURE_REGISTER_1_MAX_RECS_ORDER_SHIFT,
	};
	uint64_t index = regs->x[1];

	regs->x[0] = rmi_result(RMI_SUCCESS);
	regs->x[1] = index < sizeof(reg) / sizeof(reg[0]) ? reg[index] : 0;
}

static void call(struct rmi_backend *be, unsigned pe, struct smccc_regs *regs)
{
	struct fake_rmm *fake = (struct fake_rmm *)be;

	(void)pe;
	if (fake->op.fid != 0 && regs->x[0] == fake->op.fid) {
		start(fake, regs);
		return;
	}
	switch (regs->x[0]) {
	case SMC_RMI_VERSION:
		regs->x[0] = rmi_result(RMI_SUCCESS);
		regs->x[1] = regs->x[2] = RMI_ABI_VERSION;
		break;
	case SMC_RMI_FEATURES:
		features(regs);
		break;
	case SMC_RMI_RMM_CONFIG_SET:
		regs->x[0] = rmi_result(fake->active ? RMI_ERROR_GLOBAL : RMI_SUCCESS);
		break;
	case SMC_RMI_RMM_ACTIVATE:
		fake->active = true;
		regs->x[0] = rmi_result(RMI_SUCCESS);
		break;
	case SMC_RMI_GRANULE_TRACKING_GET:
		regs->x[0] = rmi_result(RMI_SUCCESS);
		regs->x[1] = RMI_MEM_CATEGORY_CONVENTIONAL;
		regs->x[2] = RMI_TRACKING_FINE;
		break;
	case SMC_RMI_GRANULE_RANGE_DELEGATE:
		delegate(fake, regs, false);
		break;
	case SMC_RMI_GRANULE_RANGE_UNDELEGATE:
		delegate(fake, regs, true);
		break;
	case SMC_RMI_OP_CONTINUE:
	case SMC_RMI_OP_MEM_DONATE:
	case SMC_RMI_OP_MEM_RECLAIM:
	case SMC_RMI_OP_CANCEL:
		op_call(fake, regs);
		break;
	default:
		regs->x[0] = SMCCC_NOT_SUPPORTED;
	}
}

static void kick(struct rmi_backend *be, unsigned pe)
{
	(void)be;
	(void)pe;
}

static struct rmi_ich *ich(struct rmi_backend *be, unsigned pe)
{
	(void)pe;
	return &((struct fake_rmm *)be)->ich;
}

static void close_fake(struct rmi_backend *be)
{
	struct fake_rmm *fake = (struct fake_rmm *)be;

	munmap(fake->window, SIZE);
	free(fake->granule);
	free(fake);
}

static const struct rmi_backend_ops ops = {
        .call = call, .kick = kick, .ich = ich, .close = close_fake};

struct rmi *fake_rmm_open(enum rmi_revision revision, struct fake_rmm **fake_out)
{
	struct fake_rmm *fake = calloc(1, sizeof(*fake));
	struct rmi_error err;
	struct rmi *rmi;

	if (fake == NULL)
		abort();
	fake->revision = revision;
	fake->num_granules = SIZE >> GSHIFT;
	fake->granule = calloc(1, fake->num_granules);
	fake->window = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fake->granule == NULL || fake->window == MAP_FAILED)
		abort();
	fake->backend = (struct rmi_backend){
	        .ops = &ops,
	        .name = "fake",
	        .revision = revision,
	        .num_pes = 1,
	        .memory = {.base = BASE, .size = SIZE, .host = fake->window},
	};
	rmi = rmi_open_backend(&fake->backend, &err);
	if (rmi == NULL)
		abort();
	*fake_out = fake;
	return rmi;
}

void fake_rmm_script(struct fake_rmm *fake, const struct fake_op *op)
{
	fake->op = *op;
	fake->donated = 0;
	fake->donations = 0;
	fake->continues = 0;
	fake->cancels = 0;
	fake->delegations = 0;
}

uint64_t fake_rmm_held(const struct fake_rmm *fake)
{
	uint64_t held = 0;

	for (uint64_t i = 0; i < fake->num_granules; i++)
		held += fake->granule[i] != UNDELEGATED;
	return held;
}
