/* SPDX-License-Identifier: BSD-3-Clause */
#include "aux.h"

void aux_realm(struct world *w)
{
	w->realm.aux_planes = 1;
	w->realm.flags1 = RMI_REALM_FLAGS1_RTT_TREE_PER_PLANE;
	world_realm(w);
}

uint64_t aux_table(struct world *w, uint64_t ipa, int level)
{
	uint64_t rtt = world_delegated(w);

	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_AUX_CREATE, w->realm.rd, rtt, ipa,
	                    (uint64_t)(int64_t)level, AUX_TREE),
	           "RMI_RTT_AUX_CREATE");
	return rtt;
}

void aux_tables(struct world *w, uint64_t ipa, int last)
{
	for (int level = w->realm.start_level + 1; level <= last; level++)
		aux_table(w, ipa & ~(rmi_rtt_level_size(w->gshift, level - 1) - 1), level);
}

struct rmm_rtt_info aux_entry(struct world *w, unsigned tree, uint64_t ipa, int level)
{
	struct rmm_rtt_info info = RMM_RTT_INFO_INIT;

	while (rmm_inspect_rtt(w->model, w->realm.rd, tree, &info)) {
		if (info.base <= ipa && ipa < info.top &&
		    (level == AUX_LEAF ? !info.is_table : info.level == level))
			return info;
	}
	world_expect(w, false, "tree %u has no such entry for 0x%llx", tree,
	             (unsigned long long)ipa);
	return info;
}

uint64_t aux_ram(struct world *w, uint64_t base, uint64_t top)
{
	uint64_t first = 0;

	world_must(w, small_init_ripas(&w->realm, base, top), "RMI_RTT_INIT_RIPAS");
	for (uint64_t ipa = base; ipa < top; ipa += w->page) {
		uint64_t pa = world_map(w, ipa);

		if (ipa == base)
			first = pa;
	}
	return first;
}

uint64_t aux_ram_block(struct world *w)
{
	uint64_t pa;

	pa = world_delegated_block(w, w->block);
	world_must(w, small_init_ripas(&w->realm, w->block, 2 * w->block), "RMI_RTT_INIT_RIPAS");
	world_must(w,
	           WORLD_DO(w, SMC_RMI_RTT_DATA_MAP, w->realm.rd, w->block, 2 * w->block,
	                    RMI_ADDR_TYPE_SINGLE,
	                    world_desc(w, pa, RMM_RTT_PAGE_LEVEL - 1, 1, RMI_OP_MEM_DELEGATED)),
	           "RMI_RTT_DATA_MAP");
	return pa;
}

void aux_prot_map(struct world *w, uint64_t base, uint64_t top)
{
	while (base < top) {
		struct smccc_regs regs = {
		        .x = {SMC_RMI_RTT_AUX_PROT_MAP, w->realm.rd, base, top, AUX_TREE}};

		world_must(w, world_do(w, &regs), "RMI_RTT_AUX_PROT_MAP");
		base = regs.x[1];
	}
}

uint64_t aux_table_end(const struct world *w, uint64_t ipa, int level)
{
	uint64_t size = rmi_rtt_level_size(w->gshift, level - 1);

	return (ipa & ~(size - 1)) + size;
}
