/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file rec_show.h
 * Instructions in a REC that show their results to the Host, and exits as a whole.
 */
#ifndef TESTS_REC_SHOW_H
#define TESTS_REC_SHOW_H

#include "a64_insn.h"
#include "cmocka_test.h"
#include "rec_realm.h"

#define NUM(a)          (sizeof(a) / sizeof((a)[0]))

#define EC_WFX          UINT64_C(0x01)
#define EC_IABT         UINT64_C(0x20)
#define EC_DABT         UINT64_C(0x24)
#define EC(ec)          ((ec) << 26)
#define IL              (UINT64_C(1) << 25)
#define ISV             (UINT64_C(1) << 24)
#define SAS(log2)       ((uint64_t)(log2) << 22)
#define SF              (UINT64_C(1) << 15)
#define EA              (UINT64_C(1) << 9)
#define WNR             (UINT64_C(1) << 6)
#define FAULT_L3        UINT64_C(7)

/* An Unprotected IPA where nothing is mapped, and a Protected one. */
#define DEVICE          (SMALL_UNPROT + 0x2348)
#define FIPA(ipa)       (((ipa) >> 12) << 4)
#define UNMAPPED        UINT64_C(0x5678)
/* RIPAS is EMPTY from here on. */
#define EMPTY           (REC_RAM + 0x10)

#define STRB(rt, rn)    (UINT32_C(0x39000000) | (rn) << 5 | (rt))
#define STRH(rt, rn)    (UINT32_C(0x79000000) | (rn) << 5 | (rt))
#define LDRB(rt, rn)    (UINT32_C(0x39400000) | (rn) << 5 | (rt))
#define LDRSB_W(rt, rn) (UINT32_C(0x39c00000) | (rn) << 5 | (rt))
#define LDRSB_X(rt, rn) (UINT32_C(0x39800000) | (rn) << 5 | (rt))
#define LDRH(rt, rn)    (UINT32_C(0x79400000) | (rn) << 5 | (rt))
#define LDRSH_W(rt, rn) (UINT32_C(0x79c00000) | (rn) << 5 | (rt))
#define LDRSH_X(rt, rn) (UINT32_C(0x79800000) | (rn) << 5 | (rt))
#define LDRSW(rt, rn)   (UINT32_C(0xb9800000) | (rn) << 5 | (rt))
#define MOVK16(rd, imm) (UINT32_C(0xf2a00000) | (uint32_t)(imm) << 5 | (rd))
#define WFIT(rn)        (UINT32_C(0xd5031020) | (rn))
#define WFET(rn)        (UINT32_C(0xd5031000) | (rn))

/* Shows a register to the Host: an exit with its value in gprs[0]. */
#define SHOW(rt)        MSR(SYS_ICC_SGI1R_EL1, rt)
#define SYS_ESR_EL1     SYS(3, 0, 5, 2, 0)
#define SYS_FAR_EL1     SYS(3, 0, 6, 0, 0)
#define SYS_ELR_EL1     SYS(3, 0, 4, 0, 1)
#define SYS_SPSR_EL1    SYS(3, 0, 4, 0, 0)
#define SYS_VBAR_EL1    SYS(3, 0, 12, 0, 0)

/* A synchronous exception of EL1h comes here: shows ESR, FAR and ELR. */
#define VECTOR          (0x200 / 4)
#define SHOW_EXCEPTION                                                                             \
	[VECTOR] = MRS(9, SYS_ESR_EL1), SHOW(9), MRS(9, SYS_FAR_EL1), SHOW(9),                     \
	[VECTOR + 4] = MRS(9, SYS_ELR_EL1), SHOW(9)

#define OPEN(r, x0, x1, ...)                                                                       \
	rec_open_code(r, NULL, (const uint32_t[]){__VA_ARGS__},                                    \
	              NUM(((const uint32_t[]){__VA_ARGS__})), (const uint64_t[8]){x0, x1})

/** Runs to the next SHOW(). @return what it shows */
static inline uint64_t shown(struct rec_realm *r)
{
	assert_int_equal(rec_run(r), RMI_EXIT_SYNC);
	assert_int_equal(r->exit->esr >> 26, 0x18);
	r->run->flags = 0;
	return r->exit->gprs[0];
}

/** Compares all of the exit: everything else is zero (RPNWZV). */
static inline void assert_exit(const struct rec_realm *r, const struct rmi_rec_exit *expected)
{
	assert_memory_equal(r->exit, expected, sizeof(*expected));
}

#endif
