/* SPDX-License-Identifier: BSD-3-Clause */
#include "a64_box.h"

#include <stdlib.h>
#include <string.h>

#include "a64_insn.h"
#include "cmocka_test.h"

void box_set(struct box *box, uint64_t ipa, uint64_t value)
{
	memcpy(machine_at(box->machine, ipa), &value, sizeof(value));
}

uint64_t box_get(struct box *box, uint64_t ipa)
{
	uint64_t value;

	memcpy(&value, machine_at(box->machine, ipa), sizeof(value));
	return value;
}

uint64_t box_slot(const struct box *box, uint64_t va, unsigned level)
{
	return box->table[level] + 8 * (va >> (39 - 9 * level) & 511);
}

void box_map(struct box *box)
{
	struct guest_regs *regs = &box->cpu.regs;

	for (unsigned level = 0; level < 4; level++)
		box->table[level] = TABLES + 0x1000 * level;
	for (unsigned level = 0; level < 3; level++)
		box_set(box, box_slot(box, VA, level), box->table[level + 1] | TABLE);
	box_set(box, box_slot(box, VA, 3), DATA | AF | PAGE);
	box_set(box, box_slot(box, MACHINE_BASE, 1), MACHINE_BASE | AF | VALID);
	regs->sysreg[GUEST_TTBR0_EL1] = box->table[0];
	regs->sysreg[GUEST_TCR_EL1] = UINT64_C(5) << 32 | UINT64_C(1) << 23 | 16;
	regs->sysreg[GUEST_MAIR_EL1] = 0x00ff;
	regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | SCTLR_M;
}

int box_setup(void **state)
{
	struct box *box = calloc(1, sizeof(*box));

	assert_non_null(box);
	box->machine = machine_create();
	assert_non_null(box->machine);
	machine_add_cpu(box->machine, &box->cpu, 1);
	assert_non_null(box->cpu.pe);
	box->cpu.regs.sysreg[GUEST_VBAR_EL1] = VECTORS;
	for (uint64_t offset = 0; offset < 0x800; offset += 4)
		machine_code(box->machine, VECTORS + offset, (uint32_t[]){SMC(0x100)}, 1);
	box_map(box);
	*state = box;
	return 0;
}

int box_teardown(void **state)
{
	struct box *box = *state;

	machine_remove_cpu(&box->cpu);
	machine_destroy(box->machine);
	free(box);
	return 0;
}

struct guest_regs *box_go_on(struct box *box, const uint32_t *insns, size_t count)
{
	uint32_t end = SMC(0);

	machine_code(box->machine, MACHINE_BASE, insns, count);
	machine_code(box->machine, MACHINE_BASE + 4 * count, &end, 1);
	box->cpu.regs.pc = MACHINE_BASE;
	machine_run(&box->cpu);
	return &box->cpu.regs;
}

struct guest_regs *box_run(struct box *box, const uint32_t *insns, size_t count)
{
	box->cpu.entry.flush = true;
	box_go_on(box, insns, count);
	box->cpu.entry.flush = false;
	return &box->cpu.regs;
}
