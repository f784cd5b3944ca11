/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Folding: a table whose entries are all alike is given back, and its parent entry stands for them
 * (DEN0137 A5.6.8). It is tried after what may have made a table so: an unmap, a change of RIPAS.
 * Nothing depends on whether it works.
 */

#include "realm_impl.h"

static void fold_table(struct host_thread *self, struct realm_folds *folds, int level)
{
	struct realm *realm = folds->realm;
	struct smccc_regs regs = {
	        {SMC_RMI_RTT_FOLD, realm->rd, folds->table[level], (uint64_t)level}};

	uint64_t x0;

	folds->pending[level] = false;
	x0 = host_sro_call(self, &regs);
	/* No such table: it was an entry of the one above that changed. */
	if (rmi_status(x0) == RMI_ERROR_RTT && rmi_level(x0) < level)
		realm_fold_note(self, folds, folds->table[level], rmi_level(x0));
	if (rmi_status(x0) != RMI_SUCCESS)
		return;
	realm_rtt_free_table(self, realm, regs.x[1]);
	count_up(&realm->counts.tables_folded, 1);
	/* Its parent may have become uniform by that. */
	realm_fold_note(self, folds, folds->table[level], level - 1);
}

void realm_fold_note(struct host_thread *self, struct realm_folds *folds, ipa_t ipa, int level)
{
	const struct realm *realm = folds->realm;
	ipa_t table;

	if (level <= realm->start_level || level < 1 || realm->state == REALM_STATE_DYING)
		return;
	/* Down to where the table begins: what changed lies in it, wherever it starts. */
	table = ipa & ~(level_size(realm, level - 1) - 1);
	if (folds->pending[level] && folds->table[level] != table)
		fold_table(self, folds, level);
	folds->pending[level] = true;
	folds->table[level] = table;
}

void realm_fold_note_range(struct host_thread *self, struct realm_folds *folds,
                           struct ipa_range range, int level)
{
	if (level <= folds->realm->start_level)
		return;
	for (ipa_t ipa = range.base; ipa < range.top;) {
		uint64_t size = level_size(folds->realm, level - 1);

		realm_fold_note(self, folds, ipa, level);
		ipa = (ipa & ~(size - 1)) + size;
	}
}

void realm_fold_all(struct host_thread *self, struct realm_folds *folds)
{
	for (int level = RMM_RTT_PAGE_LEVEL; level > 0; level--)
		if (folds->pending[level])
			fold_table(self, folds, level);
}
