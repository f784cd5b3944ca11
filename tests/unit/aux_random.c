/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random commands on the RTT trees of a Realm with four planes, while the Realm asks for changes of
 * RIPAS and S2AP. The walk of all objects must agree after each call, whatever it answered, and in
 * the end everything can be taken apart.
 */
#include <stdio.h>
#include <string.h>

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "support/realm.h"
#include "support/sro.h"

#define WINDOW     (UINT64_C(64) << 20)
#define GUEST_PC   UINT64_C(0x1000)
#define AUX_PLANES 3
#define TREES      (AUX_PLANES + 1)
#define EPISODES   10
#define CALLS      600
#define POOL       160
/* Entries of level 2 that are played with in either half, and pages at the start of each. */
#define REGIONS    3
#define PAGES      6

struct play {
	struct rmi *rmi;
	struct small_realm realm;
	uint64_t random;
	uint64_t region; /**< What an entry of level 2 describes. */
	uint64_t root;   /**< What an entry of the starting level describes. */
	uint64_t pool[POOL];
	uint64_t block; /**< Delegated memory for an entry of level 2, or 0. */
	struct smccc_regs last;
	unsigned successes[SMC_RMI_LAST - SMC_RMI_FIRST + 1];
	unsigned answers[RMI_NUM_STATUS_CODES];
	unsigned s2ap_changes;
};

static uint64_t draw(struct play *p, uint64_t below)
{
	/* xorshift64* */
	p->random ^= p->random >> 12;
	p->random ^= p->random << 25;
	p->random ^= p->random >> 27;
	return (p->random * UINT64_C(0x2545f4914f6cdd1d) >> 32) % below;
}

/* One command to its end. @return X0 */
static uint64_t command(struct play *p, uint64_t fid, uint64_t x1, uint64_t x2, uint64_t x3,
                        uint64_t x4, uint64_t x5)
{
	p->last = (struct smccc_regs){.x = {fid, x1, x2, x3, x4, x5}};
	sro_call(p->realm.pe, &p->last);
	return sro_finish(p->realm.pe, NULL, &p->last);
}

/* The same, with a look at all objects. */
static uint64_t call(struct play *p, uint64_t fid, uint64_t x1, uint64_t x2, uint64_t x3,
                     uint64_t x4, uint64_t x5)
{
	uint64_t x0 = command(p, fid, x1, x2, x3, x4, x5);
	struct rmi_error err;

	if (!rmm_check(rmi_model(p->rmi), &err))
		fail_msg("after 0x%llx(0x%llx, 0x%llx, 0x%llx, 0x%llx) = 0x%llx: %s",
		         (unsigned long long)fid, (unsigned long long)x2, (unsigned long long)x3,
		         (unsigned long long)x4, (unsigned long long)x5, (unsigned long long)x0,
		         err.text);
	if (x0 == RMI_SUCCESS)
		p->successes[(uint32_t)fid - SMC_RMI_FIRST]++;
	p->answers[rmi_status(x0)]++;
	return x0;
}

static uint64_t some_region(struct play *p, bool protected)
{
	return (protected ? 0 : SMALL_UNPROT) + draw(p, REGIONS) * p->region;
}

static uint64_t some_page(struct play *p, bool protected)
{
	return some_region(p, protected) + draw(p, PAGES) * p->realm.page;
}

/* A range: some pages, a region, or an entry of the starting level. */
static void some_range(struct play *p, bool protected, uint64_t *base, uint64_t *top)
{
	switch (draw(p, 6)) {
	case 0:
		*base = some_region(p, protected);
		*top = *base + p->region;
		break;
	case 1:
		*base = some_page(p, protected);
		*top = *base + p->region;
		break;
	case 2:
		*base = protected ? 0 : SMALL_UNPROT;
		*top = *base + p->root;
		break;
	default:
		*base = some_page(p, protected);
		*top = *base + (1 + draw(p, 3)) * p->realm.page;
		break;
	}
}

static int some_level(struct play *p)
{
	int first = p->realm.start_level + 1;

	return draw(p, 4) == 0 ? first : RMM_RTT_PAGE_LEVEL;
}

static uint64_t some_tree(struct play *p)
{
	return 1 + draw(p, AUX_PLANES);
}

static void table_command(struct play *p, uint64_t primary, uint64_t aux, bool with_rtt)
{
	bool protected = draw(p, 3) != 0;
	int level = some_level(p);
	uint64_t ipa = some_region(p, protected);
	uint64_t rtt = p->pool[draw(p, POOL)];
	uint64_t tree = draw(p, TREES);

	ipa &= ~(rmi_rtt_level_size(p->realm.gshift, level - 1) - 1);
	if (with_rtt)
		call(p, tree != 0 && protected ? aux : primary, p->realm.rd, rtt, ipa,
		     (uint64_t)level, tree);
	else
		call(p, tree != 0 && protected ? aux : primary, p->realm.rd, ipa, (uint64_t)level,
		     tree, 0);
}

static void map(struct play *p, bool protected)
{
	struct rmi_addr_range_desc desc = {
	        .base = p->pool[draw(p, POOL)],
	        .count = 1,
	        .state = protected ? RMI_OP_MEM_DELEGATED : RMI_OP_MEM_UNDELEGATED,
	};
	uint64_t base = some_page(p, protected);
	uint64_t top = base + p->realm.page;

	if (protected && p->block != 0 && draw(p, 4) == 0) {
		desc.base = p->block;
		desc.size = RMI_BLOCK_L2;
		base = some_region(p, true);
		top = base + p->region;
	}
	call(p, protected ? SMC_RMI_RTT_DATA_MAP : SMC_RMI_RTT_UNPROT_MAP, p->realm.rd, base, top,
	     RMI_ADDR_TYPE_SINGLE | RMI_FIELD_SET(3, RMI_RTT_UNPROT_MAP_FLAGS_S2AP) * !protected,
	     rmi_addr_range_desc_encode(rmi_revision(p->rmi), p->realm.gshift, desc));
}

static void unmap(struct play *p, bool protected)
{
	uint64_t base;
	uint64_t top;

	some_range(p, protected, &base, &top);
	call(p, protected ? SMC_RMI_RTT_DATA_UNMAP : SMC_RMI_RTT_UNPROT_UNMAP, p->realm.rd, base,
	     top, RMI_ADDR_TYPE_NONE, 0);
}

static void aux_range(struct play *p, uint64_t fid, bool protected)
{
	uint64_t base;
	uint64_t top;

	some_range(p, protected, &base, &top);
	call(p, fid, p->realm.rd, base, top, some_tree(p) | draw(p, 4) << 2, 0);
}

/* The Host grants what the Realm asked for, or a part of it, or nothing. */
static void answer(struct play *p)
{
	const struct rmi_rec_exit *exit = &small_run(&p->realm)->exit;
	bool s2ap = exit->exit_reason == RMI_EXIT_S2AP_CHANGE;
	uint64_t base = s2ap ? exit->s2ap_base : exit->ripas_base;
	uint64_t top = s2ap ? exit->s2ap_top : exit->ripas_top;

	if (!s2ap && exit->exit_reason != RMI_EXIT_RIPAS_CHANGE)
		return;
	for (unsigned i = 0; i < 4 && base < top; i++) {
		uint64_t x0 = call(p, s2ap ? SMC_RMI_RTT_SET_S2AP : SMC_RMI_RTT_SET_RIPAS,
		                   p->realm.rd, p->realm.recs[0], base, top, 0);

		if (x0 != RMI_SUCCESS)
			break;
		base = p->last.x[1];
	}
	p->s2ap_changes += s2ap && base == top;
}

static void enter(struct play *p)
{
	answer(p);
	small_run(&p->realm)->enter.flags = draw(p, 4) == 0 ? RMI_REC_ENTER_FLAGS_S2AP_RESPONSE : 0;
	call(p, SMC_RMI_REC_ENTER, p->realm.recs[0], p->realm.run, 0, 0, 0);
	answer(p);
}

/* An access that fails is made again at the next entry, until the Host has mapped the page. */
static void guest(struct guest *g, void *arg)
{
	struct play *p = arg;
	uint64_t base;
	uint64_t top;

	for (;;) {
		some_range(p, true, &base, &top);
		switch (draw(p, 5)) {
		case 0:
			rsi_ipa_state_set(g, base, top,
			                  draw(p, 4) != 0 ? RSI_RIPAS_RAM : RSI_RIPAS_EMPTY,
			                  RSI_RIPAS_CHANGE_FLAGS_DESTROYED, NULL, NULL);
			break;
		case 1:
		case 2:
			rsi_mem_set_perm_index(g, base, top, draw(p, 3), 0, NULL, NULL, NULL);
			break;
		case 3:
			guest_load64(g, some_page(p, draw(p, 2) != 0));
			break;
		default:
			guest_raise(g, &(struct guest_exit){.kind = GUEST_EXIT_IRQ});
			break;
		}
		guest_take_sea(g, NULL, NULL);
	}
}

static void step(struct play *p)
{
	switch (draw(p, 22)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		table_command(p, SMC_RMI_RTT_CREATE, SMC_RMI_RTT_AUX_CREATE, true);
		break;
	case 5:
		/* What a destroyed auxiliary table leaves stays: rarely. */
		if (draw(p, 4) == 0)
			table_command(p, SMC_RMI_RTT_DESTROY, SMC_RMI_RTT_AUX_DESTROY, false);
		break;
	case 6:
		table_command(p, SMC_RMI_RTT_FOLD, SMC_RMI_RTT_AUX_FOLD, false);
		break;
	case 7:
	case 8:
	case 9:
		map(p, true);
		break;
	case 10:
	case 11:
		map(p, false);
		break;
	case 12:
		unmap(p, true);
		break;
	case 13:
		unmap(p, false);
		break;
	case 14:
	case 15:
	case 16:
		aux_range(p, SMC_RMI_RTT_AUX_PROT_MAP, true);
		break;
	case 17:
		aux_range(p, SMC_RMI_RTT_AUX_PROT_UNMAP, true);
		break;
	case 18:
		aux_range(p, SMC_RMI_RTT_AUX_UNPROT_MAP, false);
		break;
	case 19:
		aux_range(p, SMC_RMI_RTT_AUX_UNPROT_UNMAP, false);
		break;
	default:
		enter(p);
		break;
	}
}

/* The Realm, with RAM wherever it is played with, and tables to begin with in the primary tree. */
static void begin(struct play *p, const char *conf)
{
	struct small_realm *r = &p->realm;
	struct rmi_error err;

	p->rmi = rmi_open(conf, &err);
	if (p->rmi == NULL)
		fail_msg("%s", err.text);
	small_realm_init(r, rmi_pe(p->rmi, 0), rmi_memory(p->rmi).base, WINDOW);
	assert_int_equal(call(p, SMC_RMI_RMM_ACTIVATE, 0, 0, 0, 0, 0), RMI_SUCCESS);
	r->aux_planes = AUX_PLANES;
	r->flags1 = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
	assert_int_equal(small_realm_create(r, RMI_HASH_SHA_256), 0);
	p->region = rmi_rtt_level_size(r->gshift, 2);
	p->root = rmi_rtt_level_size(r->gshift, r->start_level);
	for (unsigned i = 0; i < POOL; i++)
		p->pool[i] = small_delegated(r);
	p->block = 0;
	if (p->region < WINDOW / 8) {
		p->block = (r->next + p->region - 1) & ~(p->region - 1);
		while (r->next < p->block + p->region)
			assert_true(small_delegated(r) != 0);
	}
	assert_int_equal(small_tables(r, 0), 0);
	assert_int_equal(small_tables(r, SMALL_UNPROT), 0);
	assert_int_equal(small_init_ripas(r, 0, PAGES * r->page), 0);
	if (p->region < p->root)
		assert_int_equal(small_init_ripas(r, p->region, REGIONS * p->region), 0);
	assert_true(rmm_script(rmi_model(p->rmi), GUEST_PC, guest, p));
	assert_int_equal(small_rec(r, GUEST_PC, RMI_REC_CREATE_FLAGS_RUNNABLE, NULL), 0);
	assert_int_equal(small_activate(r), 0);
}

/* All tables of a tree that there may be, lowest first. */
static void destroy_tables(struct play *p, uint64_t tree)
{
	struct small_realm *r = &p->realm;

	for (int level = RMM_RTT_PAGE_LEVEL; level > r->start_level; level--) {
		uint64_t size = rmi_rtt_level_size(r->gshift, level - 1);

		for (unsigned half = 0; half < (tree == 0 ? 2 : 1); half++) {
			uint64_t base = half * SMALL_UNPROT;

			for (uint64_t ipa = base; ipa < base + REGIONS * p->region; ipa += size)
				call(p, tree == 0 ? SMC_RMI_RTT_DESTROY : SMC_RMI_RTT_AUX_DESTROY,
				     r->rd, ipa, (uint64_t)level, tree, 0);
		}
	}
}

static void end(struct play *p)
{
	struct small_realm *r = &p->realm;

	/* Small entries in the primary tree: a range may begin anywhere. Some of the pool is free.
	 */
	for (unsigned i = 0; i < REGIONS;)
		i += call(p, SMC_RMI_RTT_CREATE, r->rd, p->pool[draw(p, POOL)], i * p->region,
		          RMM_RTT_PAGE_LEVEL, 0) != RMI_ERROR_INPUT;
	for (uint64_t tree = 1; tree < TREES; tree++) {
		for (unsigned i = 0; i < REGIONS; i++) {
			uint64_t base = i * p->region;

			call(p, SMC_RMI_RTT_AUX_PROT_UNMAP, r->rd, base, base + p->region, tree, 0);
			for (uint64_t ipa = base;
			     ipa < base + p->region && ipa < base + 1024 * r->page; ipa += r->page)
				command(p, SMC_RMI_RTT_AUX_PROT_UNMAP, r->rd, ipa, ipa + r->page,
				        tree, 0);
		}
		for (unsigned i = 0; i < REGIONS * PAGES; i++) {
			uint64_t ipa = SMALL_UNPROT + i / PAGES * p->region + i % PAGES * r->page;

			call(p, SMC_RMI_RTT_AUX_UNPROT_UNMAP, r->rd, ipa, ipa + r->page, tree, 0);
		}
		destroy_tables(p, tree);
	}
	call(p, SMC_RMI_REC_DESTROY, r->recs[0], 0, 0, 0, 0);
	for (uint64_t ipa = 0; ipa < REGIONS * p->region;) {
		assert_int_equal(call(p, SMC_RMI_RTT_DATA_UNMAP, r->rd, ipa, REGIONS * p->region,
		                      RMI_ADDR_TYPE_NONE, 0),
		                 RMI_SUCCESS);
		ipa = p->last.x[1];
	}
	destroy_tables(p, 0);
	assert_int_equal(call(p, SMC_RMI_REALM_TERMINATE, r->rd, 0, 0, 0, 0), RMI_SUCCESS);
	assert_int_equal(call(p, SMC_RMI_REALM_DESTROY, r->rd, 0, 0, 0, 0), RMI_SUCCESS);
	rmi_close(p->rmi);
}

static void play(const char *conf, uint64_t seed)
{
	static const uint32_t reached[] = {
	        SMC_RMI_RTT_AUX_CREATE,       SMC_RMI_RTT_AUX_DESTROY,
	        SMC_RMI_RTT_AUX_FOLD,         SMC_RMI_RTT_AUX_PROT_MAP,
	        SMC_RMI_RTT_AUX_PROT_UNMAP,   SMC_RMI_RTT_AUX_UNPROT_MAP,
	        SMC_RMI_RTT_AUX_UNPROT_UNMAP, SMC_RMI_RTT_SET_S2AP,
	        SMC_RMI_RTT_SET_RIPAS,
	};
	struct play p = {.random = seed};

	for (unsigned episode = 0; episode < EPISODES; episode++) {
		begin(&p, conf);
		for (unsigned i = 0; i < CALLS; i++)
			step(&p);
		end(&p);
	}
	for (unsigned i = 0; i < sizeof(reached) / sizeof(reached[0]); i++)
		if (p.successes[reached[i] - SMC_RMI_FIRST] < 3)
			fail_msg("%s: 0x%x succeeded %u times only", conf, reached[i],
			         p.successes[reached[i] - SMC_RMI_FIRST]);
	assert_true(p.s2ap_changes != 0);
	assert_true(p.answers[RMI_ERROR_RTT_AUX] > 100);
}

static void trees_agree_in_calm(void **state)
{
	(void)state;
	play("model:planes=3", 1);
}

static void trees_agree_under_a_hostile_policy(void **state)
{
	(void)state;
	play("model:planes=3,policy=hostile,seed=5,realm_aux=0,rec_aux=0", 2);
}

static void trees_agree_with_larger_granules(void **state)
{
	(void)state;
	play("model:planes=3,granule=16K", 3);
	play("model:planes=3,granule=64K", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(trees_agree_in_calm),
	        cmocka_unit_test(trees_agree_under_a_hostile_policy),
	        cmocka_unit_test(trees_agree_with_larger_granules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
