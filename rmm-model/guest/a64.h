/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64.h
 * Inside of the A64 interpreter.
 *
 * An instruction is decoded once per 4 KiB page of the model's memory into an operation: the
 * address of its handler, register slots and an immediate. a64_execute() jumps from handler to
 * handler. Whatever is not on the fast path is a C function that sets a64_pe.event when the next
 * operation does not simply follow.
 *
 * Translations are cached per EL in a soft TLB. A miss walks stage 1 in guest memory and asks the
 * model for stage 2.
 */
#ifndef RMM_GUEST_A64_H
#define RMM_GUEST_A64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmm/engine.h>

#include "a64_ops.h"

#define A64_LIKELY(x)      __builtin_expect(!!(x), 1)
#define A64_UNLIKELY(x)    __builtin_expect(!!(x), 0)

#define A64_PAGE_SIZE      UINT64_C(4096)
#define A64_PAGE_MASK      (~(A64_PAGE_SIZE - 1))
#define A64_INSNS_PER_PAGE 1024u

/** Register slots: X0..X30, then these. */
#define A64_ZR             31u /**< Always zero; also the encoding of XZR. */
#define A64_SP             32u /**< The current stack pointer. */
#define A64_TRASH          33u /**< Takes results that nobody reads. */
#define A64_NUM_SLOTS      34u

struct a64_pe;
union a64_v;

/** Executes an FP or SIMD instruction. */
typedef void a64_call(struct a64_pe *pe, uint32_t insn);

/**
 * Operates on SIMD registers, which may be one and the same.
 *
 * @param bytes how much of the sources counts: 4 or 8 of a scalar, 8 or 16 of a vector
 */
typedef void a64_kernel(struct guest_regs *regs, union a64_v *d, const union a64_v *n,
                        const union a64_v *m, unsigned bytes);

/** A decoded instruction. */
struct a64_op {
	const void *handler;
	union {
		struct {
			uint8_t rd;
			uint8_t rn;
			uint8_t rm;
			uint8_t ra;
			int32_t imm;
		};
		a64_call *call;     /**< Of A64_OP_FP_CALL and A64_OP_FP_MEMORY. */
		a64_kernel *kernel; /**< Of A64_OP_KERNEL and A64_OP_KERNEL_HALF. */
	};
};

/** Size of an operation as log2, and as the unit of a64_pe.left_bytes. */
#define A64_OP_SHIFT 4
#define A64_OP_BYTES (1 << A64_OP_SHIFT)
_Static_assert(sizeof(struct a64_op) == A64_OP_BYTES, "an operation is a power of two");

/** What the decoder makes of an instruction. */
struct a64_decoded {
	enum a64_opcode code;
	uint8_t rd;
	uint8_t rn;
	uint8_t rm;
	uint8_t ra;
	int32_t imm;
	a64_call *call;     /**< Instead of the registers, or NULL. */
	a64_kernel *kernel; /**< Instead of the registers, or NULL. */
};

/** The operation for an instruction. */
static inline struct a64_op a64_make_op(const void *const *handlers, const struct a64_decoded *d)
{
	struct a64_op op = {
	        .handler = handlers[d->code],
	        .rd = d->rd,
	        .rn = d->rn,
	        .rm = d->rm,
	        .ra = d->ra,
	        .imm = d->imm,
	};

	if (d->call)
		op.call = d->call;
	else if (d->kernel)
		op.kernel = d->kernel;
	return op;
}

/** Index for a64_decode() of an instruction that is decoded outside its page. */
#define A64_NO_INDEX UINT32_MAX

/**
 * Decodes an instruction.
 *
 * @param insn  the instruction
 * @param index its place in the page; branches within the page become displacements of operations.
 *              A64_NO_INDEX: every branch looks its target up.
 */
void a64_decode(uint32_t insn, uint32_t index, struct a64_decoded *d);

/* Parts of the decoder. Each leaves d alone when the instruction is UNDEFINED. */
void a64_decode_immediate(uint32_t insn, struct a64_decoded *d);
void a64_decode_register(uint32_t insn, struct a64_decoded *d);
void a64_decode_memory(uint32_t insn, struct a64_decoded *d);
void a64_decode_fp(uint32_t insn, struct a64_decoded *d);
void a64_decode_fp_memory(uint32_t insn, struct a64_decoded *d);

/** Bits [lsb + width - 1 : lsb] of an instruction. */
static inline uint32_t a64_bits(uint32_t insn, unsigned lsb, unsigned width)
{
	return (insn >> lsb) & ((UINT32_C(1) << width) - 1);
}

/** The same, sign-extended. */
static inline int32_t a64_sbits(uint32_t insn, unsigned lsb, unsigned width)
{
	return (int32_t)(insn << (32 - lsb - width)) >> (32 - width);
}

/** Slot that a result goes to when register 31 means XZR. */
static inline uint8_t a64_dest(uint32_t reg)
{
	return (uint8_t)(reg == 31 ? A64_TRASH : reg);
}

/** Slot of a register when 31 means SP. */
static inline uint8_t a64_or_sp(uint32_t reg)
{
	return (uint8_t)(reg == 31 ? A64_SP : reg);
}

/** A 4 KiB page of instructions. */
struct a64_code {
	const void *host; /**< The page in the model's memory. */
	struct a64_code *next;
	uint32_t insn[A64_INSNS_PER_PAGE];        /**< As it was when it was last compared. */
	struct a64_op op[A64_INSNS_PER_PAGE + 1]; /**< The last one leads to the next page. */
};

/** Decoded pages that a PE keeps at most: 5 MiB. */
#define A64_MAX_CODE     256u
#define A64_CODE_BUCKETS 256u

#define A64_TLB_SIZE     512u
#define A64_XTLB_SIZE    64u
#define A64_TLB_FILLS    64u
/** No masked address has this tag. */
#define A64_TLB_INVALID  UINT64_C(0xfff)

/** A data translation: host address = addend + VA. */
struct a64_tlb_entry {
	uint64_t tag; /**< VA of the page. */
	uintptr_t addend;
};

/** Data translations of one EL. */
struct a64_tlb {
	struct a64_tlb_entry read[A64_TLB_SIZE];
	struct a64_tlb_entry write[A64_TLB_SIZE];
	/** Stage 1 type is Device: unaligned accesses fault. */
	bool read_device[A64_TLB_SIZE];
	bool write_device[A64_TLB_SIZE];
	/** Slots filled since the last flush, so that a flush is cheap when there are few. */
	uint16_t fills[A64_TLB_FILLS];
	unsigned num_fills;
};

/** An instruction translation. */
struct a64_xtlb_entry {
	uint64_t tag;
	struct a64_code *code;
};

/** What follows a slow path. */
enum a64_event {
	A64_CONTINUE, /**< The next instruction. */
	A64_REFETCH,  /**< The next instruction, after a fresh lookup. */
	A64_RESUME,   /**< The instruction at a64_pe.pc. */
	A64_LEAVE,    /**< Nothing: a64_pe.exit says why. */
};

/** Local exclusive monitor. A store succeeds when memory still holds the value that was loaded. */
struct a64_monitor {
	bool armed;
	uint8_t size; /**< Bytes, both registers of a pair. */
	uint64_t va;
	uint64_t value[2];
};

/** A PE. */
struct a64_pe {
	uint64_t r[A64_NUM_SLOTS];

	/* NZCV, each in the form in which it is cheapest to make. */
	int64_t n;  /**< N: negative. */
	uint64_t z; /**< Z: zero. */
	uint64_t c; /**< C: 0 or 1. */
	int64_t v;  /**< V: negative. */

	/**
	 * Instructions left to run, in bytes of operations, seen from the start of the page, less
	 * A64_LEFT_BIAS: left = (left_bytes + bias - (op - base)) / 16. As long as it is not
	 * negative the rest of a page may be run without a check.
	 */
	int64_t left_bytes;
	uintptr_t base;   /**< Address of the operation at code_va. */
	uint64_t code_va; /**< VA of the operation at base. */
	uint32_t event;   /**< enum a64_event */

	struct a64_tlb *tlb; /**< Of the current EL. */
	struct guest_vcpu *vcpu;
	struct guest_regs *regs;
	/** By slot: bits of a base address that must be zero. Not zero for SP only. */
	uint64_t base_mask[A64_NUM_SLOTS];
	uint64_t pair[2];   /**< What a slow pair load found. */
	uint8_t buffer[64]; /**< What a load of SIMD registers found, what a store stores. */

	uint64_t pc;     /**< Valid outside a64_execute() and while a slow path runs. */
	uint64_t pstate; /**< Without NZCV. */
	int64_t left;    /**< Instructions left until the next tick; valid where pc is. */
	int64_t more;    /**< Instructions that may be run after that. */
	/** What steps of the vCPU will be when none is left. */
	uint64_t last_step;
	struct a64_code *code;
	/** Stands in for the current operation and its successor where the page must be left. */
	struct a64_op step[2];
	const void *const *handlers;

	const struct guest_services *services;
	const struct guest_entry *entry;
	struct guest_exit *exit;
	struct a64_monitor monitor;
	bool moves_quads;       /**< The host moves 16 aligned bytes at once. */
	bool event_register;    /**< Set by SEV and SEVL. */
	bool ic_pending;        /**< Other PEs have not heard of an IC yet. */
	bool crossing;          /**< The access in progress spans two pages. */
	bool debug;             /**< A breakpoint, a watchpoint or software step is on. */
	bool stepping;          /**< The instruction under way is stepped. */
	bool stepped;           /**< The last one was, and took no exception. */
	bool stepped_exclusive; /**< It was a load-exclusive. */
	uint32_t step_insn;
	uint64_t step_pc;
	unsigned access_bytes;  /**< Size of the access in progress; kept for watchpoints only. */
	unsigned access_before; /**< Bytes of it that lie below its address: DC ZVA, DC IVAC. */
	bool fp_traps;          /**< FP and SIMD trap: CPACR_EL1.FPEN, guest_entry.trap_simd. */
	bool pan_sensitive;     /**< The TLB of EL1 has pages that PSTATE.PAN would forbid. */
	/** What the cached translations belong to. */
	uint64_t vcpu_id;
	uint64_t regime[5];

	struct a64_xtlb_entry xtlb[2][A64_XTLB_SIZE];
	struct a64_tlb tlbs[2]; /**< EL0, EL1. */

	struct a64_code *buckets[A64_CODE_BUCKETS];
	struct a64_code *pages[A64_MAX_CODE];
	unsigned num_pages;
	unsigned victim;
};

/** Two pages of instructions: one that may be under way, one that may follow without a check. */
#define A64_LEFT_BIAS (INT64_C(2048) << A64_OP_SHIFT)

static inline uint64_t a64_pc(const struct a64_pe *pe, const struct a64_op *op)
{
	return pe->code_va + (((uintptr_t)op - pe->base) >> (A64_OP_SHIFT - 2));
}

static inline unsigned a64_el(const struct a64_pe *pe)
{
	return (unsigned)(pe->pstate >> 2) & 3;
}

static inline uint64_t a64_sysreg(const struct a64_pe *pe, enum guest_sysreg reg)
{
	return pe->regs->sysreg[reg];
}

/** The instruction at pe->pc, which runs. */
static inline uint32_t a64_insn(const struct a64_pe *pe)
{
	return pe->code->insn[(pe->pc >> 2) & (A64_INSNS_PER_PAGE - 1)];
}

/** NZCV as bits 3..0. */
static inline unsigned a64_nzcv(const struct a64_pe *pe)
{
	return (unsigned)((((uint64_t)pe->n >> 63) << 3) | ((uint64_t)(pe->z == 0) << 2) |
	                  (pe->c << 1) | ((uint64_t)pe->v >> 63));
}

static inline void a64_set_nzcv(struct a64_pe *pe, unsigned nzcv)
{
	pe->n = (nzcv & 8) ? -1 : 0;
	pe->z = (nzcv & 4) ? 0 : 1;
	pe->c = (nzcv >> 1) & 1;
	pe->v = (nzcv & 1) ? -1 : 0;
}

/* a64_run.c */

/** Runs until pe->exit is filled in. */
void a64_execute(struct a64_pe *pe);

/* a64_engine.c */

/**
 * Looks up pe->pc: answers requests, takes pending interrupts and fetch faults.
 *
 * @return the operation to go on with, or NULL when pe->exit is filled in
 */
struct a64_op *a64_resume(struct a64_pe *pe);

/** Lets the operation finish outside its page and be followed by a lookup. */
struct a64_op *a64_detach(struct a64_pe *pe, const struct a64_op *op);

/** Brings steps of the vCPU up to date, while a slow path runs. */
void a64_count_steps(struct a64_pe *pe);

/** Leaves run(). PC stays where it is. */
void a64_leave(struct a64_pe *pe, enum guest_exit_kind kind, uint64_t esr);

/* a64_code.c */

/** The decoded page at a host address, compared with memory. NULL: no memory. */
struct a64_code *a64_code_get(struct a64_pe *pe, const void *host);

/** Compares part of a page with what was decoded, if it was. */
void a64_code_compare(struct a64_pe *pe, const void *host, size_t offset, size_t size);

/** Frees every page. */
void a64_code_free(struct a64_pe *pe);

/* a64_mmu.c */

/** What an access does. */
enum a64_access {
	A64_READ,
	A64_WRITE,
	A64_FETCH,
	A64_MAINTAIN,   /**< Cache maintenance by VA. */
	A64_INVALIDATE, /**< DC IVAC: maintenance that needs leave to write. */
};

/** Why a translation failed. */
struct a64_fault {
	bool stage2; /**< To be taken to R-EL2. */
	bool s1ptw;  /**< On a stage 1 walk. */
	unsigned fsc;
	uint64_t ipa;
};

/** Result of stage 1. */
struct a64_stage1 {
	uint64_t ipa;
	unsigned level; /**< Of the leaf; 0 when the MMU is off. */
	uint8_t attr;   /**< As in MAIR_EL1. */
	uint8_t sh;
	bool pan_forbids; /**< EL1 may access it because PSTATE.PAN is clear. */
};

/** How stage 1 looks at an access. */
struct a64_regime {
	bool el0; /**< Unprivileged. */
	bool pan;
};

static inline bool a64_is_device(uint8_t attr)
{
	return (attr & 0xf0) == 0;
}

/** Bits of an address in one half of the VA space, TCR_EL1.TxSZ at its limits if it is beyond. */
static inline unsigned a64_va_bits(uint64_t tcr, bool upper)
{
	/* TG0 is 1 and TG1 is 3 for 64 KiB. */
	bool big = upper ? ((tcr >> 30) & 3) == 3 : ((tcr >> 14) & 3) == 1;
	unsigned most = big ? 47 : 48;
	unsigned size = (unsigned)(tcr >> (upper ? 16 : 0)) & 0x3f;

	if (size < 16)
		return 48;
	return 64 - (size > most ? most : size);
}

/** Whether the top byte of an address is a tag (TBI0, TBI1), for instructions, too (not TBIDx). */
static inline bool a64_top_byte_ignored(uint64_t tcr, bool upper, bool instruction)
{
	return ((tcr >> (upper ? 38 : 37)) & 1) &&
	       !(instruction && ((tcr >> (upper ? 52 : 51)) & 1));
}

/** Stage 1. @return whether *out is valid; otherwise *fault is */
bool a64_stage1(struct a64_pe *pe, uint64_t va, enum a64_access access, struct a64_regime regime,
                struct a64_stage1 *out, struct a64_fault *fault);

/** Stage 2. @return the host address of the byte at out->ipa, or NULL and *fault */
void *a64_stage2(struct a64_pe *pe, const struct a64_stage1 *s1, enum guest_access access,
                 struct guest_page *page, struct a64_fault *fault);

/** Forgets every translation; the current page is looked up again after the instruction. */
void a64_tlb_flush(struct a64_pe *pe);

/** Forgets the data translations of EL1. */
void a64_tlb_flush_el1(struct a64_pe *pe);

/**
 * Host address for a data access within a page, or NULL and an event: the fault is taken.
 *
 * @param unaligned the access is not aligned to its size, which Device memory does not allow
 */
void *a64_probe(struct a64_pe *pe, uint64_t va, enum a64_access access, bool el0, bool unaligned);

/** Translation of pe->pc into pe->code. @return false and an event when a fault is taken */
bool a64_fetch(struct a64_pe *pe);

/* a64_access.c: slow paths of loads and stores. size is log2 of bytes. */

uint64_t a64_load(struct a64_pe *pe, const struct a64_op *op, uint64_t va, unsigned size);
void a64_store(struct a64_pe *pe, const struct a64_op *op, uint64_t va, uint64_t value,
               unsigned size);
/** Result in pe->pair. */
void a64_load_pair(struct a64_pe *pe, const struct a64_op *op, uint64_t va, unsigned size);
void a64_store_pair(struct a64_pe *pe, const struct a64_op *op, uint64_t va, uint64_t a, uint64_t b,
                    unsigned size);
/** LDTR and STTR. */
void a64_unprivileged(struct a64_pe *pe, uint32_t insn);
/** LDRAA and LDRAB. */
void a64_load_authenticated(struct a64_pe *pe, uint32_t insn);
/** A load or store of the instruction at pe->pc. @return false when a fault was taken */
bool a64_load_any(struct a64_pe *pe, uint64_t va, unsigned size, bool el0, uint64_t *value);
bool a64_store_any(struct a64_pe *pe, uint64_t va, uint64_t value, unsigned size, bool el0);

/* a64_atomic.c */

/** Exclusives, acquire and release, CAS and CASP. */
void a64_exclusive(struct a64_pe *pe, uint32_t insn);
/** LDADD and its family, SWP, LDAPR. */
void a64_atomic(struct a64_pe *pe, uint32_t insn);
/** LDAPUR and STLUR. */
void a64_ordered_unscaled(struct a64_pe *pe, uint32_t insn);

/* a64_pauth.c */

/** What is done with a pointer, and the key: flags. The lower two are the syndrome, too. */
#define A64_PAUTH_B     1u /**< Key B. */
#define A64_PAUTH_DATA  2u /**< The pointer is to data. */
#define A64_PAUTH_AUTH  4u /**< Authenticated, otherwise signed. */
#define A64_PAUTH_STRIP 8u /**< The code goes, right or wrong. */

/** Signs a pointer. */
uint64_t a64_pauth_add(const struct a64_pe *pe, uint64_t pointer, uint64_t modifier, unsigned kind);
/** Authenticates a pointer. @return false when it is wrong: the exception is taken */
bool a64_pauth_check(struct a64_pe *pe, uint64_t pointer, uint64_t modifier, unsigned kind,
                     uint64_t *out);
/** PAC*, AUT*, XPAC* of the register rd with the modifier in slot rn. */
void a64_pauth(struct a64_pe *pe, unsigned rd, unsigned rn, unsigned kind);
/** PACGA. */
uint64_t a64_pauth_generic(const struct a64_pe *pe, uint64_t value, uint64_t modifier);

/* a64_debug.c */

/** Recomputes pe->debug; the TLB is flushed when it becomes true. */
void a64_debug_refresh(struct a64_pe *pe);
/** Takes a Breakpoint exception if there is one at pe->pc. */
bool a64_breakpoint(struct a64_pe *pe);
/** Takes a Watchpoint exception if an access is watched. */
bool a64_watchpoint(struct a64_pe *pe, uint64_t va, enum a64_access access, bool el0);
/** Takes a Software Step exception, or notes that the instruction at pe->pc is stepped. */
bool a64_debug_step(struct a64_pe *pe);
/** The stepped instruction is done. */
void a64_debug_stepped(struct a64_pe *pe);
/** PSTATE.SS after an ERET. */
uint64_t a64_debug_return(const struct a64_pe *pe, uint64_t spsr);

/* a64_exception.c */

/** Exception classes. */
enum a64_ec {
	A64_EC_UNKNOWN = 0x00,
	A64_EC_WFX = 0x01,
	A64_EC_FP = 0x07,
	A64_EC_ILLEGAL = 0x0e,
	A64_EC_SVC = 0x15,
	A64_EC_HVC = 0x16,
	A64_EC_SMC = 0x17,
	A64_EC_SYSREG = 0x18,
	A64_EC_PAUTH = 0x1c,
	A64_EC_FETCH_LOWER = 0x20,
	A64_EC_PC_ALIGNMENT = 0x22,
	A64_EC_DATA_LOWER = 0x24,
	A64_EC_SP_ALIGNMENT = 0x26,
	A64_EC_BREAKPOINT_LOWER = 0x30,
	A64_EC_STEP_LOWER = 0x32,
	A64_EC_WATCHPOINT_LOWER = 0x34,
	A64_EC_BRK = 0x3c,
};

#define A64_ESR_IL           (UINT64_C(1) << 25)
#define A64_ESR_CM           (UINT64_C(1) << 8)
#define A64_ESR_S1PTW        (UINT64_C(1) << 7)
#define A64_ESR_WNR          (UINT64_C(1) << 6)
/** CV = 1, COND = always: what AArch64 reports where AArch32 has a condition. */
#define A64_ISS_COND         UINT64_C(0x1e00000)
#define A64_PSTATE_IL        (UINT64_C(1) << 20)
#define A64_PSTATE_SS        (UINT64_C(1) << 21)
#define A64_PSTATE_NZCV      (UINT64_C(0xf) << 28)

#define A64_FSC_ADDRESS_SIZE 0x00u /**< Plus the level; so are the next three. */
#define A64_FSC_TRANSLATION  0x04u
#define A64_FSC_ACCESS_FLAG  0x08u
#define A64_FSC_PERMISSION   0x0cu
#define A64_FSC_EXTERNAL     0x10u
#define A64_FSC_ALIGNMENT    0x21u

static inline uint64_t a64_esr(enum a64_ec ec, uint64_t iss)
{
	return (uint64_t)ec << 26 | A64_ESR_IL | iss;
}

/** Changes PSTATE (without NZCV): banks SP, chooses the TLB. */
void a64_set_pstate(struct a64_pe *pe, uint64_t pstate);

/** Recomputes what follows from SCTLR_EL1, CPACR_EL1 and PSTATE. */
void a64_refresh(struct a64_pe *pe);

/** SP of the current PSTATE back to where it is banked. */
void a64_save_sp(struct a64_pe *pe);

/** Takes a synchronous exception to EL1; ELR is pe->pc. */
void a64_exception(struct a64_pe *pe, uint64_t esr);
/** The instruction at pe->pc is UNDEFINED. */
void a64_undefined(struct a64_pe *pe);
/** Takes the virtual interrupt that is pending and not masked; there is one. */
void a64_interrupt(struct a64_pe *pe);
/** Whether one is pending and not masked. */
bool a64_interrupt_pending(const struct a64_pe *pe);

/** Takes a fault on a data access. */
void a64_data_fault(struct a64_pe *pe, uint64_t va, bool write, bool maintenance,
                    const struct a64_fault *fault);
/** Takes an alignment fault on a data access. */
void a64_alignment_fault(struct a64_pe *pe, uint64_t va, bool write);
/** Takes a fault on the fetch at pe->pc. */
void a64_fetch_fault(struct a64_pe *pe, const struct a64_fault *fault);
/** Takes a PC or SP alignment fault. */
void a64_pc_alignment(struct a64_pe *pe);
void a64_sp_alignment(struct a64_pe *pe);

/** ERET; ERETAA and ERETAB with a modifier in a slot and a kind (A64_PAUTH_*) that is not 0. */
void a64_eret(struct a64_pe *pe, unsigned modifier, unsigned kind);

/** Where a branch really goes: the tag byte does not reach the PC. */
uint64_t a64_branch_target(const struct a64_pe *pe, uint64_t target);

/** guest_engine_ops.inject */
void a64_inject(struct guest_vcpu *vcpu, enum guest_exception exception,
                const struct guest_exit *cause);

/* a64_system.c and a64_sysreg.c */

/** SVC, HVC, SMC, BRK, HLT. */
void a64_exception_insn(struct a64_pe *pe, uint32_t insn);
/** Everything in the System encoding space, hints and barriers among it. */
void a64_system(struct a64_pe *pe, uint32_t insn);
/** MSR and MRS of a register. */
void a64_msr_mrs(struct a64_pe *pe, uint32_t insn);
/** Whether FP and SIMD instructions are trapped now, to EL1 or R-EL2. */
bool a64_fp_traps(const struct a64_pe *pe);
/** An FP or SIMD instruction that is trapped. */
void a64_fp_trap(struct a64_pe *pe);

/** A System register or instruction: op0, op1, CRn, CRm, op2. */
#define A64_SYS(op0, op1, crn, crm, op2)                                                           \
	((uint32_t)(op0) << 14 | (uint32_t)(op1) << 11 | (uint32_t)(crn) << 7 |                    \
	 (uint32_t)(crm) << 3 | (uint32_t)(op2))

/** ISS of a trapped MSR, MRS or system instruction. */
uint64_t a64_sysreg_iss(uint32_t insn);

/** Orders earlier accesses of the guest before later ones. */
void a64_fence(void);

/** Finishes the instruction and looks the next one up. */
void a64_next(struct a64_pe *pe);

#endif
