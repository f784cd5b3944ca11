/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A target for fuzzers that learn from coverage: bytes become raw calls, and what a Realm does.
 *
 *     input:  setup byte, then steps until the bytes are used up
 *     step:   below 0xc0 a command of the table and a selector for each input (see operand())
 *             0xc0..  write RmiRealmParams, RmiRecParams or RmiRecRun, poke a word, raise an
 *                     interrupt, or call any function
 *
 * After each call the same holds as in random_calls: granule states and reference counts agree with
 * all objects, and registers that are no outputs come back as they went in.
 */
#include "fuzz_raw.h"

#include <stdlib.h>
#include <string.h>

#include <rmi/model.h>

#include "fuzz.h"

#define PAGE          UINT64_C(0x1000)
#define S2SZ          36
#define HALF          (UINT64_C(1) << (S2SZ - 1))
#define BLOCK         (UINT64_C(2) << 20)
#define PC            UINT64_C(0x1000)

/** Granules that operands can name with one byte. */
#define NUM_PAGES     64
/** Of these, the ones that are delegated from the start, if the input wants it. */
#define NUM_DELEGATED 40

static const char *const confs[] = {
        "model:dram=512K,pes=2",
        "model:dram=512K,pes=2,spec=2.0-bet1,rec_aux=2",
        "model:dram=512K,pes=2,policy=hostile,seed=1",
        "model:dram=512K,pes=2,policy=hostile,seed=1,spec=2.0-bet1",
        "model:dram=512K,pes=2,planes=3",
        "model:dram=512K,pes=2,tracking=none,tracking_aux=2,gpt=block,l0gpt_block_delegate=1",
        "model:dram=512K,pes=2,quirks=tf-rmm,spec=2.0-bet1",
        "model:dram=512K,pes=2,rec_aux=3,realm_aux=2,donate=contig,sro_contexts=2,incomplete=500",
};

struct raw {
	const uint8_t *bytes;
	size_t left;
	struct rmi *rmi;
	struct rmm *rmm;
	uint64_t base;
	unsigned depth;   /**< 1 while a Realm runs. */
	bool foreign;     /**< A REC may run code that is not the script. */
	uint64_t handle;  /**< Of the operation that began last. */
	uint64_t last;    /**< X1 of the last answer. */
	uint64_t donated; /**< Request of that operation. */
};

static uint8_t next(struct raw *r)
{
	if (!r->left)
		return 0;
	r->left--;
	return *r->bytes++;
}

static uint64_t next_word(struct raw *r)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8; i++)
		word = word << 8 | next(r);
	return word;
}

static uint64_t page(const struct raw *r, unsigned index)
{
	return r->base + (index % NUM_PAGES) * PAGE;
}

/** A number that is likely to be at a border of something. */
static uint64_t border(unsigned which)
{
	static const uint64_t borders[] = {UINT64_MAX,
	                                   HALF,
	                                   2 * HALF,
	                                   HALF - PAGE,
	                                   BLOCK,
	                                   HALF + BLOCK,
	                                   BLOCK - PAGE,
	                                   UINT64_C(1) << 30,
	                                   UINT64_C(1) << 48,
	                                   UINT64_C(1) << 52,
	                                   UINT64_C(1) << 63,
	                                   UINT64_MAX - PAGE + 1,
	                                   UINT64_C(0x80000000),
	                                   UINT64_C(0xc0000000),
	                                   RMI_ABI_VERSION,
	                                   7};

	return borders[which % 16];
}

static uint64_t operand(struct raw *r)
{
	enum rmi_revision rev = rmi_revision(r->rmi);
	uint8_t selector = next(r);
	struct rmi_addr_range_desc desc = {.count = 1};

	switch (selector >> 4) {
	case 0x0:
	case 0x1:
	case 0x2:
	case 0x3:
		return page(r, selector);
	case 0x4:
	case 0x5:
		return (selector & 0x1f) * PAGE;
	case 0x6:
		return HALF + (selector & 0xf) * PAGE;
	case 0x7:
		return selector & 0xf;
	case 0x8:
		return (selector & 0xf) - UINT64_C(3);
	case 0x9:
		return border(selector);
	case 0xa:
		desc.state = (enum rmi_op_mem_state)(selector & 1);
		desc.count = 1 + (selector >> 1 & 7);
		desc.base = page(r, next(r));
		return rmi_addr_range_desc_encode(rev, 12, desc);
	case 0xb:
		return page(r, selector) + 1 + next(r);
	case 0xc:
		return r->handle + (selector & 0xf);
	case 0xd:
		return r->last;
	case 0xe:
		/* A list of one or two entries, and flags of a Realm's range commands. */
		return UINT64_C(1) << (selector & 0xf) | RMI_ADDR_TYPE_SINGLE;
	default:
		return next_word(r);
	}
}

static bool is_host(struct raw *r, uint64_t pa)
{
	const char *state;
	uint64_t held;

	return rmi_pa_to_va(r->rmi, pa & ~(PAGE - 1), PAGE) &&
	       (!rmi_next_held_granule(r->rmi, pa & ~(PAGE - 1), &held, &state) ||
	        held != (pa & ~(PAGE - 1)));
}

static void stop(struct raw *r, const struct smccc_regs *in, const char *why)
{
	(void)r;
	fprintf(stderr, "fuzz_raw: function 0x%llx (0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx): %s\n",
	        (unsigned long long)in->x[0], (unsigned long long)in->x[1],
	        (unsigned long long)in->x[2], (unsigned long long)in->x[3],
	        (unsigned long long)in->x[4], (unsigned long long)in->x[5], why);
	abort();
}

/** Whether a REC is about to be created whose code is not the script. */
static void look_at_pc(struct raw *r, const struct smccc_regs *in)
{
	const struct rmi_rec_params *params;

	if ((uint32_t)in->x[0] != SMC_RMI_REC_CREATE || !is_host(r, in->x[3]))
		return;
	params = rmi_pa_to_va(r->rmi, in->x[3] & ~(PAGE - 1), PAGE);
	r->foreign |= params->pc != PC;
}

static void call(struct raw *r, struct smccc_regs *regs)
{
	struct smccc_regs in = *regs;
	const struct rmi_command *command =
	        rmi_command_find(rmi_revision(r->rmi), (uint32_t)in.x[0]);
	struct rmi_pe *pe = rmi_pe(r->rmi, r->depth ? 1 : 0);
	struct rmi_error err;

	look_at_pc(r, &in);
	if ((uint32_t)in.x[0] == SMC_RMI_REC_ENTER && (r->foreign || r->depth))
		rmi_pe_kick(pe);
	r->depth++;
	rmi_call(pe, regs);
	r->depth--;
	for (unsigned i = fuzz_num_outputs(command) + 1; i < SMCCC_NUM_REGS; i++)
		if (regs->x[i] != in.x[i])
			stop(r, &in, "a register changed that is no output");
	if (rmi_status(regs->x[0]) == RMI_INCOMPLETE && regs->x[1] != in.x[1]) {
		r->handle = regs->x[1];
		r->donated = regs->x[2];
	}
	r->last = regs->x[1];
	if (!r->depth && !rmm_check(r->rmm, &err))
		stop(r, &in, err.text);
}

static void call_command(struct raw *r, uint8_t which)
{
	size_t count;
	const struct rmi_command *commands = rmi_commands(&count);
	const struct rmi_command *command = &commands[which % count];
	struct smccc_regs regs;

	regs = (struct smccc_regs){.x = {command->fid}};
	for (unsigned i = 0; command->in[i].name; i++)
		regs.x[i + 1] = operand(r);
	call(r, &regs);
}

static void write_realm_params(struct raw *r, void *va)
{
	struct rmi_realm_params params = {.s2sz = S2SZ, .num_bps = 1, .num_wps = 1};
	uint8_t shape = next(r);

	params.hash_algo = shape & 1;
	params.rtt_base = page(r, next(r));
	params.rtt_level_start = 1;
	params.rtt_num_start = 1;
	if (shape & 2) {
		params.num_aux_planes = 1 + (shape >> 2 & 1);
		params.flags1 = shape & 8 ? RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE
		                          : RMI_REALM_FLAGS1_RTT_S2AP_ENCODING;
		params.aux_rtt_base[0] = page(r, next(r));
		params.aux_rtt_base[1] = page(r, next(r));
	}
	memcpy(va, &params, sizeof(params));
}

static void write_structure(struct raw *r, uint8_t which)
{
	uint64_t pa = page(r, next(r));
	void *va = rmi_pa_to_va(r->rmi, pa, PAGE);
	struct rmi_rec_params *rec = va;
	struct rmi_rec_run *run = va;
	uint8_t value;

	if (!is_host(r, pa))
		return;
	value = next(r);
	switch (which & 3) {
	case 0:
		write_realm_params(r, va);
		break;
	case 1:
		memset(rec, 0, sizeof(*rec));
		rec->flags = !(value & 0x80);
		rec->mpidr = rmi_rec_mpidr(value & 0x7);
		rec->pc = PC;
		break;
	case 2:
		memset(&run->enter, 0, sizeof(run->enter));
		run->enter.flags = value;
		run->enter.gprs[0] = operand(r);
		break;
	default:
		/* A word anywhere in the page. */
		((uint64_t *)va)[(value * 8u + next(r)) % (PAGE / 8)] = operand(r);
		break;
	}
}

static void step(struct raw *r)
{
	uint8_t what = next(r);
	struct smccc_regs regs;

	if (what < 0xc0) {
		call_command(r, what);
	} else if (what < 0xf0) {
		write_structure(r, what);
	} else if (what < 0xf8) {
		rmi_pe_kick(rmi_pe(r->rmi, 0));
	} else {
		regs = (struct smccc_regs){.x = {next_word(r)}};
		for (unsigned i = 1; i < 6; i++)
			regs.x[i] = operand(r);
		call(r, &regs);
	}
}

static void act_smc(struct raw *r, struct guest *g, uint8_t what)
{
	size_t count;
	const struct rmi_command *commands = rsi_commands(&count);
	struct smccc_regs regs = {.x = {commands[what % count].fid}};

	if (what >= 0x60)
		regs.x[0] = (what & 0x10 ? 0xc4000000u : 0x84000000u) | (what & 0xf);
	for (unsigned i = 1; i < 6; i++)
		regs.x[i] = operand(r);
	/* An entry point that is not the script's is refused. */
	if (what >= 0x60 && (what & 0xf) == 3)
		regs.x[2] = what & 0x20 ? PC : UINT64_MAX;
	guest_smc(g, &regs);
}

static void script(struct guest *g, void *arg)
{
	struct raw *r = arg;

	for (;;) {
		uint8_t what = next(r);
		uint64_t ipa;

		if (!r->left || what >= 0xf0) {
			guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_IRQ});
		} else if (what < 0x80) {
			act_smc(r, g, what);
		} else if (what < 0xa0) {
			ipa = operand(r);
			guest_store64(g, ipa & ~UINT64_C(7), what);
		} else if (what < 0xc0) {
			ipa = operand(r);
			guest_load32(g, ipa & ~UINT64_C(3));
		} else if (what < 0xd0) {
			guest_wfi(g);
		} else if (what < 0xe0) {
			guest_hvc(g);
		} else if (r->depth == 1) {
			step(r);
		}
		guest_take_sea(g, NULL, NULL);
	}
}

/** The RMM is active, and some granules are delegated. */
static void set_up(struct raw *r)
{
	struct rmi_pe *pe = rmi_pe(r->rmi, 0);
	uint64_t x0;

	for (unsigned i = 0; i < 64; i++) {
		x0 = rmi_rmm_activate(pe, NULL);
		if (rmi_status(x0) != RMI_BUSY)
			break;
	}
	for (unsigned i = 0; i < NUM_DELEGATED; i++) {
		struct smccc_regs regs = {
		        .x = {SMC_RMI_GRANULE_RANGE_DELEGATE, page(r, i), page(r, i) + PAGE}};

		call(r, &regs);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct raw r = {.bytes = data, .left = size};
	struct rmi_error err = {0};
	uint8_t setup = next(&r);

	r.rmi = rmi_open(confs[setup % (sizeof(confs) / sizeof(confs[0]))], &err);
	if (!r.rmi) {
		fprintf(stderr, "fuzz_raw: %s\n", err.text);
		abort();
	}
	r.rmm = rmi_model(r.rmi);
	r.base = rmi_memory(r.rmi).base;
	rmm_script(r.rmm, PC, script, &r);
	if (!(setup & 0x80))
		set_up(&r);
	while (r.left)
		step(&r);
	rmi_close(r.rmi);
	return 0;
}
