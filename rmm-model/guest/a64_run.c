/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Execution. One function that jumps from the handler of an operation to the handler of the next;
 * the handlers themselves are in a64_run_*.inc.
 */
#include <stdatomic.h>

#include "a64.h"
#include "a64_arith.h"
#include "a64_quad.h"
#include "a64_simd.h"
#include "a64_simd_memory.h"

/* The compiler must not merge the jumps: each has its own place in the branch predictor. */

#define OP(name)   op_##name
#define DISPATCH() goto * op->handler
#define NEXT()                                                                                     \
	do {                                                                                       \
		op++;                                                                              \
		DISPATCH();                                                                        \
	} while (0)

/* Register operands. */
#define RX(field) (r[op->field])
#define RW(field) ((uint32_t)r[op->field])

/* After a slow path that takes op: the instruction may have faulted or lost its page. */
#define AFTER_SLOW_PATH()                                                                          \
	do {                                                                                       \
		if (A64_UNLIKELY(pe->event)) {                                                     \
			if (pe->event != A64_REFETCH)                                              \
				goto event;                                                        \
			op = a64_detach(pe, op);                                                   \
		}                                                                                  \
	} while (0)

/* An instruction that a C function executes. */
#define CALL(function)                                                                             \
	do {                                                                                       \
		pe->pc = a64_pc(pe, op);                                                           \
		function;                                                                          \
		if (A64_UNLIKELY(pe->event))                                                       \
			goto event;                                                                \
		NEXT();                                                                            \
	} while (0)

/* One that nothing simply follows. */
#define LEAVE(function)                                                                            \
	do {                                                                                       \
		pe->pc = a64_pc(pe, op);                                                           \
		function;                                                                          \
		goto event;                                                                        \
	} while (0)

/* The instruction that op was made from: calls and kernels take their operands from it. */
#define INSN() (pe->code->insn[(a64_pc(pe, op) >> 2) & (A64_INSNS_PER_PAGE - 1)])

void a64_execute(struct a64_pe *pe)
{
#define OP_ADDRESS(name) &&op_##name,
	static const void *const handlers[] = {A64_OPS(OP_ADDRESS)};
#undef OP_ADDRESS
	uint64_t *const r = pe->r;
	uint64_t(*const v)[2] = pe->regs->v;
	_Atomic uint32_t *const requests = &pe->vcpu->requests;
	struct a64_tlb *tlb;
	struct a64_op *op;
	uint64_t target;

	pe->handlers = handlers;

resume:
	op = a64_resume(pe);
	if (!op)
		return;
	tlb = pe->tlb;
	DISPATCH();

	/* A taken branch left op at its target; somebody asks for attention. */
poll:
	pe->pc = a64_pc(pe, op);
	pe->left = (pe->left_bytes + A64_LEFT_BIAS - (int64_t)((uintptr_t)op - pe->base)) >>
	           A64_OP_SHIFT;
	goto resume;

	/* The instruction at op did something other than go on to the next. */
event:
	pe->left = ((pe->left_bytes + A64_LEFT_BIAS - (int64_t)((uintptr_t)op - pe->base)) >>
	            A64_OP_SHIFT);
	if (pe->event == A64_LEAVE) {
		pe->event = A64_CONTINUE;
		return;
	}
	pe->left--;
	if (pe->event == A64_REFETCH)
		pe->pc += 4;
	pe->event = A64_CONTINUE;
	goto resume;

	/* A branch from op to a VA. */
jump : {
	const struct a64_xtlb_entry *entry;
	uint64_t offset;

	pe->left_bytes -= A64_OP_BYTES + (int64_t)((uintptr_t)op - pe->base);
	entry = &pe->xtlb[a64_el(pe) != 0][(target >> 12) & (A64_XTLB_SIZE - 1)];
	if (A64_UNLIKELY((target & ~UINT64_C(0xffc)) != entry->tag) ||
	    A64_UNLIKELY(pe->left_bytes < 0) ||
	    A64_UNLIKELY(atomic_load_explicit(requests, memory_order_relaxed))) {
		pe->pc = a64_branch_target(pe, target);
		pe->left = (pe->left_bytes + A64_LEFT_BIAS) >> A64_OP_SHIFT;
		goto resume;
	}
	pe->code = entry->code;
	pe->code_va = target & A64_PAGE_MASK;
	pe->base = (uintptr_t)entry->code->op;
	offset = (target & ~A64_PAGE_MASK) << (A64_OP_SHIFT - 2);
	pe->left_bytes += (int64_t)offset;
	op = (struct a64_op *)(pe->base + offset);
	DISPATCH();
}

	/* Seen for the first time. */
	OP(DECODE) :
	{
		uint32_t index = (uint32_t)(op - pe->code->op);
		struct a64_decoded d;

		a64_decode(pe->code->insn[index], index, &d);
		*op = a64_make_op(handlers, &d);
		DISPATCH();
	}

	OP(NEXT_PAGE)
	    : /* No instruction: give back the one that jump will take. */
	      pe->left_bytes += A64_OP_BYTES;
	target = a64_pc(pe, op);
	goto jump;

	OP(REFETCH) : goto poll;

	OP(UNDEF) : LEAVE(a64_undefined(pe));

	OP(NOP) : NEXT();

	OP(SYSTEM) : CALL(a64_system(pe, (uint32_t)op->imm));

	OP(EXCEPTION) : LEAVE(a64_exception_insn(pe, (uint32_t)op->imm));

	OP(ERET) : LEAVE(a64_eret(pe, A64_ZR, 0));

	OP(ERET_AUTH) : LEAVE(a64_eret(pe, op->rm, (unsigned)op->imm));

	OP(PAUTH) : CALL(a64_pauth(pe, op->rd, op->rn, (unsigned)op->imm));

#include "a64_run_arith.inc"
#include "a64_run_branch.inc"
#include "a64_run_data.inc"
#include "a64_run_memory.inc"
#include "a64_run_simd.inc"
}
