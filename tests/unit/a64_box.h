/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_box.h
 * A vCPU with stage 1 on, for tests of translation: four levels of tables, one page to play with.
 */
#ifndef TESTS_A64_BOX_H
#define TESTS_A64_BOX_H

#include <stddef.h>
#include <stdint.h>

#include "a64_machine.h"

/* Tables and vectors live here; code runs at the start of memory, mapped where it is. */
#define TABLES       (MACHINE_BASE + 0x100000)
#define VECTORS      (MACHINE_BASE + 0x1000)
#define HANDLER_SPX  (VECTORS + 0x200)
#define DATA         (MACHINE_BASE + 0x8000)

/* The page under test, at a VA that is not its IPA. */
#define VA           UINT64_C(0x12345000)

#define ESR(ec, iss) (UINT64_C(ec) << 26 | UINT64_C(1) << 25 | (iss))

#define SCTLR_M      (UINT64_C(1) << 0)
#define SCTLR_A      (UINT64_C(1) << 1)
#define SCTLR_WXN    (UINT64_C(1) << 19)

#define VALID        UINT64_C(1)
#define TABLE        UINT64_C(3)
#define PAGE         UINT64_C(3)
#define DEVICE       (UINT64_C(1) << 2) /* Attribute 1. */
#define EL0          (UINT64_C(1) << 6)
#define READ_ONLY    (UINT64_C(1) << 7)
#define AF           (UINT64_C(1) << 10)
#define PXN          (UINT64_C(1) << 53)
#define UXN          (UINT64_C(1) << 54)
#define PXN_TABLE    (UINT64_C(1) << 59)
#define UXN_TABLE    (UINT64_C(1) << 60)
#define NO_EL0       (UINT64_C(1) << 61)
#define NO_WRITE     (UINT64_C(1) << 62)

struct box {
	struct machine *machine;
	struct machine_cpu cpu;
	/* Tables of the walk to VA, levels 0 to 3, granule of 4 KiB. */
	uint64_t table[4];
};

/** Writes a 64-bit word to an IPA. */
void box_set(struct box *box, uint64_t ipa, uint64_t value);

/** Reads one. */
uint64_t box_get(struct box *box, uint64_t ipa);

/** IPA of the descriptor for a VA in the table of a level. */
uint64_t box_slot(const struct box *box, uint64_t va, unsigned level);

/** A four level walk to VA, and a block for all of memory. */
void box_map(struct box *box);

/** cmocka's: *state is a struct box. */
int box_setup(void **state);

int box_teardown(void **state);

/** Runs instructions at the start of memory without a flush; SMC #0 ends them. */
struct guest_regs *box_go_on(struct box *box, const uint32_t *insns, size_t count);

/** The same, with a flush. */
struct guest_regs *box_run(struct box *box, const uint32_t *insns, size_t count);

/** Instructions and their number. */
#define INSNS(...)                                                                                 \
	(const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)
#define RUN(box, ...) box_run(box, INSNS(__VA_ARGS__))

#endif
