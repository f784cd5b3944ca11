/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_ops.h
 * The operations that the decoder makes and a64_execute() has handlers for.
 */
#ifndef RMM_GUEST_A64_OPS_H
#define RMM_GUEST_A64_OPS_H

/* 32-bit and 64-bit. */
#define A64_OPS_WX(X, name) X(name##_W) X(name##_X)

/* Second operand: register, shifted register. */
#define A64_OPS_SHIFTED(X, name)                                                                   \
	A64_OPS_WX(X, name)                                                                        \
	A64_OPS_WX(X, name##_LSL)                                                                  \
	A64_OPS_WX(X, name##_LSR)                                                                  \
	A64_OPS_WX(X, name##_ASR)

/* The same and an immediate or an extended register (UXT, SXT: unsigned, signed). */
#define A64_OPS_ARITHMETIC(X, name)                                                                \
	A64_OPS_SHIFTED(X, name)                                                                   \
	A64_OPS_WX(X, name##_IMM)                                                                  \
	A64_OPS_WX(X, name##_UXT)                                                                  \
	A64_OPS_WX(X, name##_SXT)

#define A64_OPS_LOGICAL(X, name)                                                                   \
	A64_OPS_SHIFTED(X, name)                                                                   \
	A64_OPS_WX(X, name##_ROR)

/* Immediates: 32 bits sign-extended, a rotated run of ones, 32 bits twice. */
#define A64_OPS_LOGICAL_IMM(X, name)                                                               \
	X(name##_IMM_W) X(name##_IMM_X) X(name##_RUN_X) X(name##_TWICE_X)

/* Addresses: base + offset, pre-indexed, post-indexed, base + register. */
#define A64_OPS_ADDRESSED(X, name) X(name##_OFF) X(name##_PRE) X(name##_POST)
#define A64_OPS_SINGLE(X, name)                                                                    \
	A64_OPS_ADDRESSED(X, name) X(name##_LSL) X(name##_UXTW) X(name##_SXTW)

/* FP and SIMD: loads and stores by bits of the register, then what a C function executes. */

/* Conditional branches: within the page, or anywhere. */
#define A64_OPS_BRANCH(X, name) X(name##_NEAR) X(name##_FAR)

/* The formatter would lay the list out like nested calls. */
/* clang-format off */
#define A64_OPS(X) \
	X(DECODE) X(NEXT_PAGE) X(REFETCH) X(UNDEF) X(NOP) \
	A64_OPS_ARITHMETIC(X, ADD) A64_OPS_ARITHMETIC(X, ADDS) A64_OPS_ARITHMETIC(X, SUB) \
	A64_OPS_ARITHMETIC(X, SUBS) \
	A64_OPS_LOGICAL(X, AND) A64_OPS_LOGICAL(X, BIC) A64_OPS_LOGICAL(X, ORR) \
	A64_OPS_LOGICAL(X, ORN) A64_OPS_LOGICAL(X, EOR) A64_OPS_LOGICAL(X, EON) \
	A64_OPS_LOGICAL(X, ANDS) A64_OPS_LOGICAL(X, BICS) \
	A64_OPS_LOGICAL_IMM(X, AND) A64_OPS_LOGICAL_IMM(X, ORR) A64_OPS_LOGICAL_IMM(X, EOR) \
	A64_OPS_LOGICAL_IMM(X, ANDS) \
	A64_OPS_WX(X, MOV) \
	X(MOV_IMM) X(MOVZ_SHIFT) X(MOVN_SHIFT) \
	A64_OPS_WX(X, MOVK) \
	X(ADR) X(ADRP) X(UBFM) \
	A64_OPS_WX(X, SBFM) A64_OPS_WX(X, BFM) A64_OPS_WX(X, EXTR) \
	X(LSL_X) X(LSR_X) X(LSR_W) X(ASR_X) X(SXTW) \
	A64_OPS_WX(X, ADC) A64_OPS_WX(X, ADCS) A64_OPS_WX(X, SBC) A64_OPS_WX(X, SBCS) \
	A64_OPS_WX(X, CCMP) A64_OPS_WX(X, CCMN) A64_OPS_WX(X, CCMP_IMM) A64_OPS_WX(X, CCMN_IMM) \
	A64_OPS_WX(X, CSEL) A64_OPS_WX(X, CSINC) A64_OPS_WX(X, CSINV) A64_OPS_WX(X, CSNEG) \
	A64_OPS_WX(X, UDIV) A64_OPS_WX(X, SDIV) A64_OPS_WX(X, LSLV) A64_OPS_WX(X, LSRV) \
	A64_OPS_WX(X, ASRV) A64_OPS_WX(X, RORV) A64_OPS_WX(X, RBIT) A64_OPS_WX(X, REV16) \
	X(REV32) \
	A64_OPS_WX(X, REV) A64_OPS_WX(X, CLZ) A64_OPS_WX(X, CLS) \
	X(CRC32) X(CRC32C) \
	X(RMIF) X(SETF) X(PAUTH) X(PACGA) X(BR_AUTH) X(BLR_AUTH) X(ERET_AUTH) X(LDR_AUTH) X(RCPC) \
	A64_OPS_WX(X, MADD) A64_OPS_WX(X, MSUB) \
	X(SMADDL) X(SMSUBL) X(UMADDL) X(UMSUBL) X(SMULH) X(UMULH) \
	A64_OPS_BRANCH(X, B) A64_OPS_BRANCH(X, BL) \
	X(BR) X(BLR) \
	A64_OPS_BRANCH(X, B_EQ) A64_OPS_BRANCH(X, B_NE) A64_OPS_BRANCH(X, B_CS) \
	A64_OPS_BRANCH(X, B_CC) A64_OPS_BRANCH(X, B_MI) A64_OPS_BRANCH(X, B_PL) \
	A64_OPS_BRANCH(X, B_VS) A64_OPS_BRANCH(X, B_VC) A64_OPS_BRANCH(X, B_HI) \
	A64_OPS_BRANCH(X, B_LS) A64_OPS_BRANCH(X, B_GE) A64_OPS_BRANCH(X, B_LT) \
	A64_OPS_BRANCH(X, B_GT) A64_OPS_BRANCH(X, B_LE) A64_OPS_BRANCH(X, CBZ_W) \
	A64_OPS_BRANCH(X, CBZ_X) A64_OPS_BRANCH(X, CBNZ_W) A64_OPS_BRANCH(X, CBNZ_X) \
	A64_OPS_BRANCH(X, TBZ) A64_OPS_BRANCH(X, TBNZ) \
	A64_OPS_SINGLE(X, LDRB) A64_OPS_SINGLE(X, LDRH) A64_OPS_SINGLE(X, LDR_W) \
	A64_OPS_SINGLE(X, LDR_X) A64_OPS_SINGLE(X, LDRSB_W) A64_OPS_SINGLE(X, LDRSB_X) \
	A64_OPS_SINGLE(X, LDRSH_W) A64_OPS_SINGLE(X, LDRSH_X) A64_OPS_SINGLE(X, LDRSW) \
	A64_OPS_SINGLE(X, STRB) A64_OPS_SINGLE(X, STRH) A64_OPS_SINGLE(X, STR_W) \
	A64_OPS_SINGLE(X, STR_X) \
	X(LDR_W_LITERAL) X(LDR_X_LITERAL) X(LDRSW_LITERAL) \
	A64_OPS_ADDRESSED(X, LDP_W) A64_OPS_ADDRESSED(X, LDP_X) A64_OPS_ADDRESSED(X, LDPSW) \
	A64_OPS_ADDRESSED(X, STP_W) A64_OPS_ADDRESSED(X, STP_X) \
	A64_OPS_SINGLE(X, LDR_8) A64_OPS_SINGLE(X, LDR_16) A64_OPS_SINGLE(X, LDR_32) \
	A64_OPS_SINGLE(X, LDR_64) A64_OPS_SINGLE(X, LDR_128) A64_OPS_SINGLE(X, STR_8) \
	A64_OPS_SINGLE(X, STR_16) A64_OPS_SINGLE(X, STR_32) A64_OPS_SINGLE(X, STR_64) \
	A64_OPS_SINGLE(X, STR_128) \
	X(LDR_32_LITERAL) X(LDR_64_LITERAL) X(LDR_128_LITERAL) \
	A64_OPS_ADDRESSED(X, LDP_32) A64_OPS_ADDRESSED(X, LDP_64) A64_OPS_ADDRESSED(X, LDP_128) \
	A64_OPS_ADDRESSED(X, STP_32) A64_OPS_ADDRESSED(X, STP_64) A64_OPS_ADDRESSED(X, STP_128) \
	X(FP_CALL) X(FP_MEMORY) X(KERNEL) X(KERNEL_HALF) \
	X(UNPRIVILEGED) X(EXCLUSIVE) X(ATOMIC) X(SYSTEM) X(EXCEPTION) X(ERET)
/* clang-format on */

/** Names of the operations: A64_ADD_X, ... */
enum a64_opcode {
#define A64_OP_ENUM(name) A64_OP_##name,
	A64_OPS(A64_OP_ENUM)
#undef A64_OP_ENUM
	        A64_NUM_OPS
};

#endif
