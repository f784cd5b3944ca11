/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random instructions on the interpreter and on Unicorn: registers, flags, PC and memory agree.
 *
 * One instruction at a time, in random surroundings: registers are a mix of random and awkward
 * values; addresses point into the data area. The interpreter has stage 1 on, so that unaligned
 * accesses are to Normal memory; Unicorn has it off.
 *
 * Where the oracle is wrong: LDSMAX, LDSMIN, LDUMAX and LDUMIN of 8, 16 and 32 bits (Unicorn 2.0.1
 * and 2.1.4) compare the whole register with what was loaded, so that LDUMAXB of 0xff01 and 0x80
 * stores 0x01. The values that the Arm ARM gives are written down in a64_threads.c,
 * minimum_and_maximum_compare_by_size_and_sign; qemu-aarch64 agrees with them (tests/programs,
 * hand/atomics.c).
 *
 * Arguments: how many instructions of each class, and the seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unicorn/unicorn.h>

#include "a64_machine.h"
#include "cmocka_test.h"

#define CODE      MACHINE_BASE
#define CODE_SIZE UINT64_C(0x600000)
#define VECTORS   (MACHINE_BASE + UINT64_C(0x600000))
#define DATA      (MACHINE_BASE + UINT64_C(0x900000))
#define DATA_SIZE UINT64_C(0x40000)
#define TABLE     (MACHINE_BASE + UINT64_C(0xf00000))

#define INSN_SMC  UINT32_C(0xd4000003)

static unsigned long count = 12000;
static uint64_t seed = 1;

struct oracle {
	struct machine *machine;
	struct machine_cpu cpu;
	uc_engine *uc;
	uint8_t *memory; /* Unicorn's. */
	uint64_t pc;     /* Of the next instruction. */
	uint64_t random;
	bool no_memory; /* The instructions of this class do not write memory. */
};

static uint64_t any(struct oracle *o)
{
	o->random ^= o->random << 13;
	o->random ^= o->random >> 7;
	o->random ^= o->random << 17;
	return o->random * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t below(struct oracle *o, uint32_t n)
{
	return (uint32_t)(any(o) >> 33) % n;
}

/* A value that arithmetic may trip over. */
static uint64_t awkward(struct oracle *o)
{
	static const uint64_t edges[] = {
	        0,          1,          2,           UINT64_MAX,  INT64_MAX, UINT64_C(1) << 63,
	        0x7fffffff, 0x80000000, 0xffffffff,  0x100000000, 0x7fff,    0x8000,
	        0xff,       0x80,       ~UINT64_C(1)};

	switch (below(o, 4)) {
	case 0:
		return edges[below(o, sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return (uint64_t)(int64_t)(int32_t)any(o);
	case 2:
		return any(o) >> below(o, 64);
	default:
		return any(o);
	}
}

/* Blocks of 2 MiB: code for EL1, data that EL0 may access, too. */
static void map_identity(struct oracle *o)
{
	struct guest_regs *regs = &o->cpu.regs;
	uint64_t table = (TABLE + 4096) | 3;

	memcpy(machine_at(o->machine, TABLE + 8), &table, sizeof(table));
	for (uint64_t i = 0; i < 8; i++) {
		/* Block, Inner Shareable, AF, attribute 0. */
		uint64_t block = (MACHINE_BASE + i * 0x200000) | (i < 4 ? 0x701 : 0x741);

		memcpy(machine_at(o->machine, TABLE + 4096 + 8 * i), &block, sizeof(block));
	}
	regs->sysreg[GUEST_TTBR0_EL1] = TABLE;
	regs->sysreg[GUEST_TCR_EL1] = UINT64_C(2) << 32 | UINT64_C(1) << 23 | 25;
	regs->sysreg[GUEST_MAIR_EL1] = 0xff;
	regs->sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET | 1;
	regs->sysreg[GUEST_VBAR_EL1] = VECTORS;
}

static int setup(void **state)
{
	struct oracle *o = calloc(1, sizeof(*o));

	assert_non_null(o);
	o->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	o->pc = CODE + 4096;
	o->machine = machine_create();
	assert_non_null(o->machine);
	machine_add_cpu(o->machine, &o->cpu, 1);
	assert_non_null(o->cpu.pe);
	map_identity(o);
	for (uint64_t pc = CODE; pc < VECTORS + 4096; pc += 4)
		machine_code(o->machine, pc, (uint32_t[]){INSN_SMC}, 1);
	for (uint64_t i = 0; i < DATA_SIZE; i += 8) {
		uint64_t value = any(o);

		memcpy(machine_at(o->machine, DATA + i), &value, sizeof(value));
	}
	o->memory = malloc(MACHINE_SIZE);
	assert_non_null(o->memory);
	memcpy(o->memory, o->machine->memory, MACHINE_SIZE);
	assert_int_equal(uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &o->uc), UC_ERR_OK);
	assert_int_equal(uc_ctl_set_cpu_model(o->uc, UC_CPU_ARM64_MAX), UC_ERR_OK);
	assert_int_equal(uc_mem_map_ptr(o->uc, MACHINE_BASE, MACHINE_SIZE, UC_PROT_ALL, o->memory),
	                 UC_ERR_OK);
	*state = o;
	return 0;
}

static int teardown(void **state)
{
	struct oracle *o = *state;

	uc_close(o->uc);
	free(o->memory);
	machine_remove_cpu(&o->cpu);
	machine_destroy(o->machine);
	free(o);
	return 0;
}

/* Registers of both: X0..X30, SP, PC, NZCV. */
#define NUM_REGS 34
#define REG_SP   31
#define REG_PC   32
#define REG_NZCV 33

static void unicorn_ids(int ids[NUM_REGS])
{
	for (int i = 0; i < 29; i++)
		ids[i] = UC_ARM64_REG_X0 + i;
	ids[29] = UC_ARM64_REG_X29;
	ids[30] = UC_ARM64_REG_X30;
	ids[REG_SP] = UC_ARM64_REG_SP;
	ids[REG_PC] = UC_ARM64_REG_PC;
	ids[REG_NZCV] = UC_ARM64_REG_NZCV;
}

static void write_unicorn(struct oracle *o, const uint64_t regs[NUM_REGS])
{
	int ids[NUM_REGS];
	void *values[NUM_REGS];
	uint64_t copy[NUM_REGS];

	unicorn_ids(ids);
	memcpy(copy, regs, sizeof(copy));
	for (int i = 0; i < NUM_REGS; i++)
		values[i] = &copy[i];
	uc_reg_write_batch(o->uc, ids, values, NUM_REGS);
}

static void read_unicorn(struct oracle *o, uint64_t regs[NUM_REGS])
{
	int ids[NUM_REGS];
	void *values[NUM_REGS];

	memset(regs, 0, NUM_REGS * sizeof(regs[0]));
	unicorn_ids(ids);
	for (int i = 0; i < NUM_REGS; i++)
		values[i] = &regs[i];
	uc_reg_read_batch(o->uc, ids, values, NUM_REGS);
	regs[REG_NZCV] &= UINT64_C(0xf) << 28;
}

static void write_own(struct oracle *o, const uint64_t regs[NUM_REGS])
{
	struct guest_regs *own = &o->cpu.regs;

	memcpy(own->x, regs, sizeof(own->x));
	own->sp_el1 = regs[REG_SP];
	own->pc = regs[REG_PC];
	own->pstate = GUEST_PSTATE_RESET | regs[REG_NZCV];
}

static void read_own(struct oracle *o, uint64_t regs[NUM_REGS])
{
	const struct guest_regs *own = &o->cpu.regs;

	memcpy(regs, own->x, sizeof(own->x));
	regs[REG_SP] = own->sp_el1;
	regs[REG_PC] = own->pc;
	regs[REG_NZCV] = own->pstate & UINT64_C(0xf) << 28;
}

static void random_registers(struct oracle *o, uint64_t regs[NUM_REGS])
{
	for (int i = 0; i < 31; i++)
		regs[i] = awkward(o);
	regs[REG_SP] = DATA + DATA_SIZE / 2 + 16 * below(o, 64);
	regs[REG_PC] = o->pc;
	regs[REG_NZCV] = (uint64_t)below(o, 16) << 28;
}

static void fail_with(struct oracle *o, const char *what, const uint32_t *insns, unsigned n,
                      const uint64_t before[NUM_REGS], const uint64_t own[NUM_REGS],
                      const uint64_t theirs[NUM_REGS])
{
	(void)o;
	fprintf(stderr, "%s:", what);
	for (unsigned i = 0; i < n; i++)
		fprintf(stderr, " %08x", insns[i]);
	fprintf(stderr, "\n");
	for (int i = 0; i < NUM_REGS; i++) {
		fprintf(stderr, "%c r%-2d before %016llx interpreter %016llx oracle %016llx\n",
		        own[i] == theirs[i] ? ' ' : '*', i, (unsigned long long)before[i],
		        (unsigned long long)own[i], (unsigned long long)theirs[i]);
	}
	fail();
}

/* Whether the interpreter took an Unknown exception. */
static bool undefined(const struct oracle *o)
{
	return o->cpu.regs.pc == VECTORS + 0x200 &&
	       o->cpu.regs.sysreg[GUEST_ESR_EL1] == UINT64_C(1) << 25;
}

/* Runs n instructions on both. @return false when both refuse */
static bool compare(struct oracle *o, const uint32_t *insns, unsigned n,
                    const uint64_t before[NUM_REGS])
{
	uint64_t pc = before[REG_PC];
	uint64_t own[NUM_REGS], theirs[NUM_REGS];
	uint64_t data = DATA - MACHINE_BASE;
	uc_err err;

	machine_code(o->machine, pc, insns, n);
	memcpy(o->memory + (pc - MACHINE_BASE), insns, n * sizeof(insns[0]));
	o->pc += 4 * (n + 1);
	assert_true(o->pc < CODE + CODE_SIZE - 4096);

	write_own(o, before);
	o->cpu.entry.flush = true;
	assert_int_equal(machine_run(&o->cpu), GUEST_EXIT_SMC);
	read_own(o, own);

	write_unicorn(o, before);
	/* Unicorn has translated these words if a branch led here. */
	uc_ctl_remove_cache(o->uc, pc, pc + 4 * n);
	err = uc_emu_start(o->uc, pc, 0, 0, n);
	read_unicorn(o, theirs);
	if (undefined(o)) {
		if (err == UC_ERR_OK)
			fail_with(o, "UNDEFINED here alone", insns, n, before, own, theirs);
		return false;
	}
	if (err != UC_ERR_OK)
		fail_with(o, "refused by the oracle alone", insns, n, before, own, theirs);
	if (memcmp(own, theirs, sizeof(own)) != 0)
		fail_with(o, "registers", insns, n, before, own, theirs);
	if (o->no_memory)
		return true;
	if (memcmp(o->machine->memory + data, o->memory + data, DATA_SIZE) != 0) {
		for (uint64_t i = 0; i < DATA_SIZE; i++) {
			if (o->machine->memory[data + i] != o->memory[data + i])
				fprintf(stderr, "%llx: interpreter %02x oracle %02x\n",
				        (unsigned long long)(DATA + i),
				        o->machine->memory[data + i], o->memory[data + i]);
		}
		fail_with(o, "memory", insns, n, before, own, theirs);
	}
	return true;
}

/* Data processing with an immediate: any bits at all. */
static uint32_t immediate_insn(struct oracle *o)
{
	uint32_t insn;

	do
		insn = ((uint32_t)any(o) & ~(UINT32_C(7) << 26)) | UINT32_C(4) << 26;
	while ((insn & 0x1f800000) == 0x11800000); /* Memory tagging. */
	return insn;
}

/*
 * Instructions on registers whose results differ by right: codes of pointer authentication, which
 * the oracle computes by another algorithm, where the codes begin (the oracle has no TCR_EL1), and
 * memory tagging, which the oracle has and the interpreter has not. Signing without a key enabled
 * does nothing on both.
 */
static bool foreign_register_insn(uint32_t insn)
{
	if ((insn & 0xffffc000) == 0xdac14000) /* XPACI, XPACD. */
		return true;
	/* Memory tagging, PACGA. */
	return (insn & 0x5fe00000) == 0x1ac00000 &&
	       ((insn & 0xf800) == 0x1000 || (insn & 0xfc00) == 0x3000 || (insn & 0xfc00) == 0);
}

static uint32_t register_insn(struct oracle *o)
{
	uint32_t insn;

	do
		insn = ((uint32_t)any(o) & ~(UINT32_C(7) << 25)) | UINT32_C(5) << 25;
	while (foreign_register_insn(insn));
	return insn;
}

static void run_data_processing(struct oracle *o, uint32_t (*insn)(struct oracle *o))
{
	unsigned long executed = 0;

	o->no_memory = true;

	for (unsigned long i = 0; i < count; i++) {
		uint64_t regs[NUM_REGS];
		uint32_t word = insn(o);

		random_registers(o, regs);
		executed += compare(o, &word, 1, regs);
	}
	assert_true(executed > count / 8);
}

static void immediates_agree(void **state)
{
	run_data_processing(*state, immediate_insn);
}

static void registers_agree(void **state)
{
	run_data_processing(*state, register_insn);
}

/* Allocated encodings only, so that all of them are executed. */
static uint32_t useful_register_insn(struct oracle *o)
{
	static const struct {
		uint32_t bits, random;
	} forms[] = {
	        {0x0a000000, 0xe0ff7fff}, /* Logical, shifted; amount below 32. */
	        {0x0b000000, 0xe09f7fff}, /* ADD, SUB, shifted. */
	        {0x0b200000, 0xe01fefff}, /* Extended. */
	        {0x1a000000, 0xe01f03ff}, /* ADC, SBC. */
	        {0x3a400000, 0xc01ffbef}, /* CCMN, CCMP. */
	        {0x1a800000, 0xc01ff7ff}, /* CSEL. */
	        {0x1ac00800, 0x801f07ff}, /* UDIV, SDIV. */
	        {0x1ac02000, 0x801f0fff}, /* Shifts. */
	        {0x1ac04000, 0x001f17ff}, /* CRC32 of 8 and 16 bits. */
	        {0x1ac04800, 0x001f13ff}, /* CRC32 of 32 bits. */
	        {0x9ac04c00, 0x001f13ff}, /* CRC32 of 64 bits. */
	        {0x5ac00000, 0x800007ff}, /* RBIT, REV16. */
	        {0x5ac01000, 0x800007ff}, /* CLZ, CLS. */
	        {0xdac00800, 0x000007ff}, /* REV. */
	        {0x1b000000, 0x801fffff}, /* MADD, MSUB. */
	        {0x9b200000, 0x009fffff}, /* SMADDL, UMADDL, ... */
	        {0x9b400000, 0x009f7fff}, /* SMULH, UMULH. */
	        {0x2a0003e0, 0x801f001f}, /* MOV. */
	        {0xba000400, 0x001f83ef}, /* RMIF. */
	        {0x3a00080d, 0x000043e0}, /* SETF8, SETF16. */
	        {0xdac10000, 0x00001fff}, /* PACIA, AUTIA, ... */
	};
	unsigned form = below(o, sizeof(forms) / sizeof(forms[0]));

	return forms[form].bits | ((uint32_t)any(o) & forms[form].random);
}

static void allocated_register_instructions_agree(void **state)
{
	run_data_processing(*state, useful_register_insn);
}

/* An address in the data area, far enough from its ends for any offset. */
static uint64_t data_address(struct oracle *o, uint64_t align)
{
	return (DATA + DATA_SIZE / 4 + below(o, DATA_SIZE / 2)) & ~(align - 1);
}

static void set_base(uint64_t regs[NUM_REGS], uint32_t rn, uint64_t va)
{
	regs[rn == 31 ? REG_SP : rn] = rn == 31 ? va & ~UINT64_C(15) : va;
}

/* Loads and stores of one register. @return 0 for the ones that are not wanted */
static uint32_t single_insn(struct oracle *o, uint64_t regs[NUM_REGS])
{
	uint32_t size = below(o, 4), opc = below(o, 4);
	uint32_t rt = below(o, 32), rn = below(o, 32), rm = below(o, 32);
	uint32_t insn = size << 30 | opc << 22 | rn << 5 | rt;
	static const uint32_t options[] = {2, 3, 6, 7};
	uint32_t option;

	if (opc == 3 && size >= 2)
		return 0;
	set_base(regs, rn, data_address(o, below(o, 2) ? 8 : 1));
	switch (below(o, 6)) {
	case 0:
		return insn | 0x39000000 | below(o, 4096) << 10;
	case 1:
		if (size == 3 && opc == 2)
			return 0;
		/* Unscaled or unprivileged. */
		return insn | 0x38000000 | below(o, 512) << 12 | below(o, 2) << 11;
	case 2:
	case 3:
		if (rt == rn || (size == 3 && opc == 2))
			return 0;
		return insn | 0x38000400 | below(o, 512) << 12 | below(o, 2) << 11;
	default:
		if (rm == rn || rm == 31)
			return 0;
		option = options[below(o, 4)];
		regs[rm] = below(o, 4096) - UINT64_C(2048) * (option & 1 || option == 6);
		if (!(option & 1))
			regs[rm] = (uint32_t)regs[rm] | any(o) << 32;
		return insn | 0x38200800 | rm << 16 | option << 13 | below(o, 2) << 12;
	}
}

static uint32_t pair_insn(struct oracle *o, uint64_t regs[NUM_REGS])
{
	uint32_t opc = below(o, 3), mode = below(o, 4), load = below(o, 2);
	uint32_t rt = below(o, 32), rt2 = below(o, 32), rn = below(o, 32);

	if (opc == 1 && (!load || mode == 0))
		return 0;
	if ((load && rt == rt2) || ((mode & 1) && (rt == rn || rt2 == rn)))
		return 0;
	set_base(regs, rn, data_address(o, below(o, 2) ? 8 : 1));
	return opc << 30 | 0x28000000 | mode << 23 | load << 22 | below(o, 128) << 15 | rt2 << 10 |
	       rn << 5 | rt;
}

static uint32_t ordered_insn(struct oracle *o, uint64_t regs[NUM_REGS])
{
	uint32_t size = below(o, 4), rt = below(o, 32), rn = below(o, 32);

	set_base(regs, rn, data_address(o, 8));
	if (below(o, 3) == 0) /* LDAPR */
		return size << 30 | 0x38bfc000 | rn << 5 | rt;
	return size << 30 | 0x089ffc00 | below(o, 2) << 22 | rn << 5 | rt;
}

static uint32_t atomic_insn(struct oracle *o, uint64_t regs[NUM_REGS])
{
	uint32_t size = below(o, 4), opc = below(o, 9);
	uint32_t rs = below(o, 32), rt = below(o, 32), rn = below(o, 32);

	/* Unicorn 2.0.1 compares more than it should for minimum and maximum below 64 bits. */
	if (opc >= 4 && opc < 8 && size < 3)
		return 0;
	set_base(regs, rn, data_address(o, 8));
	return size << 30 | 0x38200000 | below(o, 4) << 22 | rs << 16 | opc << 12 | rn << 5 | rt;
}

/* Half of them find what they compare with. */
static uint32_t cas_insn(struct oracle *o, uint64_t regs[NUM_REGS])
{
	uint32_t size = below(o, 4), rs = below(o, 32), rt = below(o, 32), rn = below(o, 32);
	uint64_t va = data_address(o, 16);
	bool pair = below(o, 2);

	if (rs == rn || rs + 1 == rn || rs == 31 || (pair && ((rs & 1) || (rt & 1) || rs == 30)))
		return 0;
	set_base(regs, rn, va);
	if (below(o, 2)) {
		memcpy(&regs[rs], machine_at(o->machine, va), 8);
		if (pair && size < 2)
			memcpy(&regs[rs + 1], machine_at(o->machine, va + (4u << (size & 1))), 8);
	}
	if (pair)
		return (size & 1) << 30 | 0x08207c00 | below(o, 2) << 22 | rs << 16 |
		       below(o, 2) << 15 | rn << 5 | rt;
	return size << 30 | 0x08a07c00 | below(o, 2) << 22 | rs << 16 | below(o, 2) << 15 |
	       rn << 5 | rt;
}

/* LDAPUR and STLUR; the offset keeps the address aligned. */
static uint32_t ordered_unscaled_insn(struct oracle *o, uint64_t regs[NUM_REGS])
{
	uint32_t size = below(o, 4), opc = below(o, 4), rt = below(o, 32), rn = below(o, 32);
	uint32_t offset = (below(o, 512) >> size << size) & 0x1ff;

	if (opc >= 2 && size + opc > 4)
		return 0;
	set_base(regs, rn, data_address(o, 8));
	return size << 30 | 0x19000000 | opc << 22 | offset << 12 | rn << 5 | rt;
}

static void run_memory(struct oracle *o, uint32_t (*make)(struct oracle *o, uint64_t *regs))
{
	for (unsigned long i = 0; i < count; i++) {
		uint64_t regs[NUM_REGS];
		uint32_t insn;

		do {
			random_registers(o, regs);
			insn = make(o, regs);
		} while (insn == 0);
		assert_true(compare(o, &insn, 1, regs));
	}
}

static void single_loads_and_stores_agree(void **state)
{
	run_memory(*state, single_insn);
}

static void pair_loads_and_stores_agree(void **state)
{
	run_memory(*state, pair_insn);
}

static void acquire_and_release_agree(void **state)
{
	run_memory(*state, ordered_insn);
}

static void unscaled_acquire_and_release_agree(void **state)
{
	run_memory(*state, ordered_unscaled_insn);
}

static void atomics_agree(void **state)
{
	run_memory(*state, atomic_insn);
}

static void compare_and_swap_agrees(void **state)
{
	run_memory(*state, cas_insn);
}

static void literal_loads_agree(void **state)
{
	struct oracle *o = *state;

	for (unsigned long i = 0; i < count / 4; i++) {
		uint64_t regs[NUM_REGS];
		uint32_t offset = (uint32_t)-below(o, 1000);
		uint32_t insn =
		        below(o, 4) << 30 | 0x18000000 | (offset & 0x7ffff) << 5 | below(o, 32);

		random_registers(o, regs);
		assert_true(compare(o, &insn, 1, regs));
	}
}

/* Load-exclusive and store-exclusive to the same place; the data may differ in size. */
static void exclusives_agree(void **state)
{
	struct oracle *o = *state;

	for (unsigned long i = 0; i < count; i++) {
		uint64_t regs[NUM_REGS];
		bool pair = below(o, 2);
		uint32_t size = pair ? 2 + below(o, 2) : below(o, 4);
		uint32_t rn = below(o, 31), rs = below(o, 31);
		uint32_t a = below(o, 31), b = below(o, 31), c = below(o, 31), d = below(o, 31);
		uint32_t common = size << 30 | 0x08000000 | (pair ? 1u << 21 : 0) | rn << 5;
		uint32_t insns[2];

		if (a == b || a == rn || b == rn || rs == c || rs == d || rs == rn)
			continue;
		insns[0] = common | 0x5f0000 | below(o, 2) << 15 | (pair ? b : 31) << 10 | a;
		insns[1] = common | rs << 16 | below(o, 2) << 15 | (pair ? d : 31) << 10 | c;
		random_registers(o, regs);
		set_base(regs, rn, data_address(o, 16));
		assert_true(compare(o, insns, 2, regs));
	}
}

static uint32_t branch_insn(struct oracle *o, uint64_t regs[NUM_REGS])
{
	uint32_t rt = below(o, 32);
	uint32_t near = (uint32_t)(below(o, 2000) - 1000u);
	uint64_t target = CODE + 4096 + 4 * below(o, 1000);

	if (below(o, 3) == 0)
		regs[rt == 31 ? 0 : rt] = 0;
	switch (below(o, 6)) {
	case 0:
		return 0x54000000 | (near & 0x7ffff) << 5 | below(o, 16);
	case 1:
		return 0x34000000 | below(o, 2) << 31 | below(o, 2) << 24 | (near & 0x7ffff) << 5 |
		       rt;
	case 2:
		return 0x36000000 | below(o, 2) << 31 | below(o, 2) << 24 | below(o, 32) << 19 |
		       (near & 0x3fff) << 5 | rt;
	case 3:
		return 0x14000000 | below(o, 2) << 31 | (near & 0x3ffffff);
	default:
		if (rt == 31)
			return 0;
		regs[rt] = target;
		return 0xd61f0000 | below(o, 3) << 21 | rt << 5;
	}
}

/* Around the code everything is an SMC, so that the interpreter stops wherever it lands. */
static void branches_agree(void **state)
{
	struct oracle *o = *state;
	uint32_t smc = INSN_SMC;

	o->no_memory = true;
	for (unsigned long i = 0; i < count; i++) {
		uint64_t regs[NUM_REGS];
		uint32_t insn;

		do {
			random_registers(o, regs);
			insn = branch_insn(o, regs);
		} while (insn == 0 || insn == 0x14000000 || insn == 0x94000000);
		/* A loop to itself would never end here. */
		if ((insn & 0x7c000000) != 0x14000000 && (insn & 0xfe000000) != 0xd6000000 &&
		    ((insn & 0x7e000000) == 0x36000000 ? (insn & 0x7ffe0) == 0
		                                       : (insn & 0xffffe0) == 0))
			continue;
		assert_true(compare(o, &insn, 1, regs));
		machine_code(o->machine, regs[REG_PC], &smc, 1);
	}
}

/* CFINV, XAFLAG, AXFLAG, from any flags. */
static void flag_conversions_agree(void **state)
{
	struct oracle *o = *state;

	o->no_memory = true;
	for (unsigned long i = 0; i < count; i++) {
		uint64_t regs[NUM_REGS];
		uint32_t insn = 0xd500401f | below(o, 3) << 5;

		random_registers(o, regs);
		assert_true(compare(o, &insn, 1, regs));
	}
}

/* Hints, among them those of pointer authentication, and barriers: nothing happens. */
static void hints_and_barriers_agree(void **state)
{
	struct oracle *o = *state;

	o->no_memory = true;
	for (unsigned long i = 0; i < count; i++) {
		uint64_t regs[NUM_REGS];
		uint32_t number = below(o, 40);
		uint32_t insn = 0xd503201f | number << 5;

		/* YIELD, WFE and WFI stop the oracle; XPACLRI differs by right. */
		if ((number >= 1 && number <= 3) || number == 7)
			insn = 0xd503309f | below(o, 16) << 8 | (4 + below(o, 3)) << 5;
		random_registers(o, regs);
		assert_true(compare(o, &insn, 1, regs));
	}
}

static void flags_move_both_ways(void **state)
{
	struct oracle *o = *state;

	for (unsigned i = 0; i < 64; i++) {
		uint64_t regs[NUM_REGS];
		/* MSR NZCV, X0; MRS X1, NZCV */
		uint32_t insns[2] = {0xd51b4200, 0xd53b4201};

		random_registers(o, regs);
		assert_true(compare(o, insns, 2, regs));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(immediates_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(registers_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(allocated_register_instructions_agree, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(single_loads_and_stores_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(pair_loads_and_stores_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(acquire_and_release_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(unscaled_acquire_and_release_agree, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(atomics_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(compare_and_swap_agrees, setup, teardown),
	        cmocka_unit_test_setup_teardown(literal_loads_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(exclusives_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(branches_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(flag_conversions_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(hints_and_barriers_agree, setup, teardown),
	        cmocka_unit_test_setup_teardown(flags_move_both_ways, setup, teardown),
	};

	if (argc > 1)
		count = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests_name("a64_oracle", tests, NULL, NULL);
}
