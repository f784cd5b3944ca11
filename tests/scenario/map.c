/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bug 15: how a range of memory is described to the RMM. The size field was computed wrongly once,
 * and the state was missing. The RMM is replaced by a recorder here.
 */

#include <realm_impl.h>

#include "scene.h"

#define MAX_DESCS 16

/* Descriptors that DATA_MAP or UNPROT_MAP received. */
struct recorder {
	struct rmi_addr_range_desc desc[MAX_DESCS];
	uint64_t base[MAX_DESCS];
	uint64_t top[MAX_DESCS];
	unsigned num;
	unsigned gshift;
};

static bool record(struct hook *hook, unsigned pe, struct smccc_regs *regs)
{
	struct recorder *r = hook->arg;

	(void)pe;
	if (regs->x[0] != SMC_RMI_RTT_DATA_MAP && regs->x[0] != SMC_RMI_RTT_UNPROT_MAP)
		return false;
	assert_true(r->num < MAX_DESCS);
	r->base[r->num] = regs->x[2];
	r->top[r->num] = regs->x[3];
	r->desc[r->num++] =
	        rmi_addr_range_desc_decode(hook->backend.revision, r->gshift, regs->x[5]);
	regs->x[0] = rmi_result(RMI_SUCCESS);
	regs->x[1] = regs->x[3];
	return true;
}

/* Maps a range, privately or shared, and checks that it was described as expected. */
static void expect(const char *conf, uint64_t pages, bool shared,
                   const struct rmi_addr_range_desc *want, unsigned num)
{
	struct recorder r = {.num = 0};
	struct host_thread *self;
	struct scene s;
	uint64_t page, at = 0;
	pa_t pa;
	ipa_t ipa;

	scene_open(&s, conf);
	page = host_features(s.host)->granule_size;
	r.gshift = (unsigned)__builtin_ctzll(page);
	s.vm = realm_create(s.host, NULL);
	s.hook->fn = record;
	s.hook->arg = &r;
	self = host_enter(s.host);
	pa = host_alloc_pages(self, host_order(s.host, pages * page), 0);
	assert_int_not_equal(pa, PHYS_NONE);
	ipa = RAM + (shared ? realm_shared_bit(s.vm) : 0);
	if (shared)
		assert_int_equal(realm_map_shared(self, s.vm, ipa, pa, pages * page, true), 0);
	else
		assert_int_equal(realm_map_private(self, s.vm, ipa, pa, pages * page), 0);
	assert_int_equal(r.num, num);
	for (unsigned i = 0; i < num; i++) {
		uint64_t size = want[i].count * rmi_rtt_level_size(r.gshift, 3 - (int)want[i].size);

		assert_int_equal(r.desc[i].base, pa + at);
		assert_int_equal(r.base[i], ipa + at);
		assert_int_equal(r.top[i], ipa + at + size);
		assert_int_equal(r.desc[i].size, want[i].size);
		assert_int_equal(r.desc[i].count, want[i].count);
		assert_int_equal(r.desc[i].state,
		                 shared ? RMI_OP_MEM_UNDELEGATED : RMI_OP_MEM_DELEGATED);
		at += size;
	}
	assert_int_equal(at, pages * page);
	host_phys_set_owner(&s.host->phys, pa, pages * page, HOST_PAGE_USED);
	host_free_pages(self, pa, page << host_order(s.host, pages * page));
	host_leave(self);
	scene_close(&s);
}

#define DESC(n, blocks)                                                                            \
	(struct rmi_addr_range_desc)                                                               \
	{                                                                                          \
		.count = (n), .size = (blocks)                                                     \
	}
#define EXPECT(conf, pages, ...)                                                                   \
	do {                                                                                       \
		const struct rmi_addr_range_desc want[] = {__VA_ARGS__};                           \
		expect(conf, pages, false, want, sizeof(want) / sizeof(want[0]));                  \
		expect(conf, pages, true, want, sizeof(want) / sizeof(want[0]));                   \
	} while (0)

static void a_block_size_is_described_as_one_block(void **state)
{
	(void)state;
	EXPECT("spec=2.0-bet1", 1, DESC(1, RMI_PAGE_L3));
	EXPECT("spec=2.0-bet3", 1, DESC(1, RMI_PAGE_L3));
	EXPECT("spec=2.0-bet1", 512, DESC(1, RMI_BLOCK_L2));
	EXPECT("spec=2.0-bet3", 512, DESC(1, RMI_BLOCK_L2));
	EXPECT("dram=4G", 512 * 512, DESC(1, RMI_BLOCK_L1));
	EXPECT("dram=1G,granule=16K", 2048, DESC(1, RMI_BLOCK_L2));
	EXPECT("dram=2G,granule=64K", 8192, DESC(1, RMI_BLOCK_L2));
}

static void an_odd_size_is_described_in_pages(void **state)
{
	(void)state;
	EXPECT("", 3, DESC(3, RMI_PAGE_L3));
	EXPECT("", 511, DESC(511, RMI_PAGE_L3));
	EXPECT("", 513, DESC(511, RMI_PAGE_L3), DESC(2, RMI_PAGE_L3));
	EXPECT("dram=1G,granule=16K", 2050, DESC(2047, RMI_PAGE_L3), DESC(3, RMI_PAGE_L3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_block_size_is_described_as_one_block),
	        cmocka_unit_test(an_odd_size_is_described_in_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
