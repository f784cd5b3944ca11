/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_insn.h
 * Instructions for tests of the A64 interpreter, by the names that an assembler gives them.
 */
#ifndef TESTS_A64_INSN_H
#define TESTS_A64_INSN_H

#include <stdint.h>

#define NOP      UINT32_C(0xd503201f)
#define WFE      UINT32_C(0xd503205f)
#define WFI      UINT32_C(0xd503207f)
#define SEVL     UINT32_C(0xd50320bf)
#define DSB_ISH  UINT32_C(0xd5033b9f)
#define ISB      UINT32_C(0xd5033fdf)
#define ERET     UINT32_C(0xd69f03e0)

#define SVC(imm) (UINT32_C(0xd4000001) | (uint32_t)(imm) << 5)
#define HVC(imm) (UINT32_C(0xd4000002) | (uint32_t)(imm) << 5)
#define SMC(imm) (UINT32_C(0xd4000003) | (uint32_t)(imm) << 5)
#define BRK(imm) (UINT32_C(0xd4200000) | (uint32_t)(imm) << 5)

/** A system register or instruction by op0, op1, CRn, CRm, op2. */
#define SYS(op0, op1, crn, crm, op2)                                                               \
	((uint32_t)(op0) << 19 | (uint32_t)(op1) << 16 | (uint32_t)(crn) << 12 |                   \
	 (uint32_t)(crm) << 8 | (uint32_t)(op2) << 5)
#define MSR(sys, rt)          (UINT32_C(0xd5000000) | (sys) | (uint32_t)(rt))
#define MRS(rt, sys)          (UINT32_C(0xd5200000) | (sys) | (uint32_t)(rt))

#define SYS_SCTLR_EL1         SYS(3, 0, 1, 0, 0)
#define SYS_TTBR0_EL1         SYS(3, 0, 2, 0, 0)
#define SYS_PAR_EL1           SYS(3, 0, 7, 4, 0)
#define SYS_DAIF              SYS(3, 3, 4, 2, 1)
#define SYS_NZCV              SYS(3, 3, 4, 2, 0)
#define SYS_CURRENT_EL        SYS(3, 0, 4, 2, 2)
#define SYS_SP_EL0            SYS(3, 0, 4, 1, 0)
#define SYS_CTR_EL0           SYS(3, 3, 0, 0, 1)
#define SYS_DCZID_EL0         SYS(3, 3, 0, 0, 7)
#define SYS_TPIDR_EL0         SYS(3, 3, 13, 0, 2)
#define SYS_CNTVCT_EL0        SYS(3, 3, 14, 0, 2)
#define SYS_CNTFRQ_EL0        SYS(3, 3, 14, 0, 0)
#define SYS_CNTV_TVAL_EL0     SYS(3, 3, 14, 3, 0)
#define SYS_CNTV_CTL_EL0      SYS(3, 3, 14, 3, 1)
#define SYS_CNTV_CVAL_EL0     SYS(3, 3, 14, 3, 2)
#define SYS_ICC_SGI1R_EL1     SYS(3, 0, 12, 11, 5)
#define SYS_ICC_IAR1_EL1      SYS(3, 0, 12, 12, 0)
#define SYS_DC_ZVA            SYS(1, 3, 7, 4, 1)
#define SYS_DC_IVAC           SYS(1, 0, 7, 6, 1)
#define SYS_DC_CIVAC          SYS(1, 3, 7, 14, 1)
#define SYS_DC_CVAU           SYS(1, 3, 7, 11, 1)
#define SYS_IC_IVAU           SYS(1, 3, 7, 5, 1)
#define SYS_IC_IALLU          SYS(1, 0, 7, 5, 0)
#define SYS_AT_S1E1R          SYS(1, 0, 7, 8, 0)
#define SYS_AT_S1E1W          SYS(1, 0, 7, 8, 1)
#define SYS_AT_S1E0R          SYS(1, 0, 7, 8, 2)
#define SYS_TLBI_VMALLE1      SYS(1, 0, 8, 7, 0)
#define SYS_TLBI_VMALLE1IS    SYS(1, 0, 8, 3, 0)
#define SYS_TLBI_VAE1IS       SYS(1, 0, 8, 3, 1)

#define MSR_DAIFSET(imm)      (UINT32_C(0xd50340df) | (uint32_t)(imm) << 8)
#define MSR_DAIFCLR(imm)      (UINT32_C(0xd50340ff) | (uint32_t)(imm) << 8)
#define MSR_SPSEL(imm)        (UINT32_C(0xd50040bf) | (uint32_t)(imm) << 8)
#define MSR_PAN(imm)          (UINT32_C(0xd500409f) | (uint32_t)(imm) << 8)

/** Branch to itself plus a number of words. */
#define B(words)              (UINT32_C(0x14000000) | ((uint32_t)(words)&0x3ffffff))
#define CBNZ(rt, words)       (UINT32_C(0xb5000000) | ((uint32_t)(words)&0x7ffff) << 5 | (rt))
#define BR(rn)                (UINT32_C(0xd61f0000) | (uint32_t)(rn) << 5)
#define RET                   UINT32_C(0xd65f03c0)

#define MOVZ(rd, imm)         (UINT32_C(0xd2800000) | (uint32_t)(imm) << 5 | (rd))
#define ADD(rd, rn, imm)      (UINT32_C(0x91000000) | (uint32_t)(imm) << 10 | (rn) << 5 | (rd))
#define SUB(rd, rn, imm)      (UINT32_C(0xd1000000) | (uint32_t)(imm) << 10 | (rn) << 5 | (rd))
#define SUBS(rd, rn, imm)     (UINT32_C(0xf1000000) | (uint32_t)(imm) << 10 | (rn) << 5 | (rd))

/** Unsigned offset 0. */
#define LDR(rt, rn)           (UINT32_C(0xf9400000) | (rn) << 5 | (rt))
#define STR(rt, rn)           (UINT32_C(0xf9000000) | (rn) << 5 | (rt))
#define LDRW(rt, rn)          (UINT32_C(0xb9400000) | (rn) << 5 | (rt))
#define STRW(rt, rn)          (UINT32_C(0xb9000000) | (rn) << 5 | (rt))
#define LDTR(rt, rn)          (UINT32_C(0xf8400800) | (rn) << 5 | (rt))
#define STTR(rt, rn)          (UINT32_C(0xf8000800) | (rn) << 5 | (rt))
/** LDR Xt, [Xn], #8 and STR Xt, [Xn, #8]! */
#define LDR_POST(rt, rn)      (UINT32_C(0xf8408400) | (rn) << 5 | (rt))
#define STR_PRE(rt, rn)       (UINT32_C(0xf8008c00) | (rn) << 5 | (rt))
/** LDP Xt, Xt2, [Xn], #16 and STP Xt, Xt2, [Xn] */
#define LDP_POST(rt, rt2, rn) (UINT32_C(0xa8c10000) | (rt2) << 10 | (rn) << 5 | (rt))
#define LDP(rt, rt2, rn)      (UINT32_C(0xa9400000) | (rt2) << 10 | (rn) << 5 | (rt))
#define STP(rt, rt2, rn)      (UINT32_C(0xa9000000) | (rt2) << 10 | (rn) << 5 | (rt))

#define LDAR(rt, rn)          (UINT32_C(0xc8dffc00) | (rn) << 5 | (rt))
#define STLR(rt, rn)          (UINT32_C(0xc89ffc00) | (rn) << 5 | (rt))
#define LDXR(rt, rn)          (UINT32_C(0xc85f7c00) | (rn) << 5 | (rt))
#define STXR(rs, rt, rn)      (UINT32_C(0xc8007c00) | (rs) << 16 | (rn) << 5 | (rt))
#define LDXP(rt, rt2, rn)     (UINT32_C(0xc87f0000) | (rt2) << 10 | (rn) << 5 | (rt))
#define STXP(rs, rt, rt2, rn) (UINT32_C(0xc8200000) | (rs) << 16 | (rt2) << 10 | (rn) << 5 | (rt))
#define CAS(rs, rt, rn)       (UINT32_C(0xc8e0fc00) | (rs) << 16 | (rn) << 5 | (rt))
#define CASP(rs, rt, rn)      (UINT32_C(0x4860fc00) | (rs) << 16 | (rn) << 5 | (rt))
/** LDADDAL of 64 bits. */
#define LDADD(rs, rt, rn)     (UINT32_C(0xf8e00000) | (rs) << 16 | (rn) << 5 | (rt))
/** LDADD..LDUMIN by opc, relaxed, of 8 << size bits. */
#define ATOMIC(opc, size, rs, rt, rn)                                                              \
	(UINT32_C(0x38200000) | (uint32_t)(size) << 30 | (uint32_t)(opc) << 12 | (rs) << 16 |      \
	 (rn) << 5 | (rt))

/** Register number of SP in an address. */
#define SP  31
#define XZR 31

#endif
