/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest/coroutine.h"

#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif

#ifdef ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef TSAN
#include <sanitizer/tsan_interface.h>
#endif

/*
 * Saves the callee-saved registers on the current stack and its pointer in *from, then goes on with
 * the stack that `to` points into. A library call that switches signal masks as well would cost
 * more than a whole RMI_REC_ENTER may.
 */
void rmm_coroutine_switch(void **from, void *to);

#if defined(__x86_64__)
__asm__(".text\n"
        ".hidden rmm_coroutine_switch\n"
        ".globl rmm_coroutine_switch\n"
        ".type rmm_coroutine_switch, @function\n"
        "rmm_coroutine_switch:\n"
        "	pushq %rbp\n"
        "	pushq %rbx\n"
        "	pushq %r12\n"
        "	pushq %r13\n"
        "	pushq %r14\n"
        "	pushq %r15\n"
        "	movq %rsp, (%rdi)\n"
        "	movq %rsi, %rsp\n"
        "	popq %r15\n"
        "	popq %r14\n"
        "	popq %r13\n"
        "	popq %r12\n"
        "	popq %rbx\n"
        "	popq %rbp\n"
        "	ret\n"
        ".size rmm_coroutine_switch, . - rmm_coroutine_switch\n");

/* Six registers, the address to go to, and a return address that nobody returns to. */
#define FRAME_WORDS 8
#define FRAME_PC    6
#elif defined(__aarch64__)
__asm__(".text\n"
        ".hidden rmm_coroutine_switch\n"
        ".globl rmm_coroutine_switch\n"
        ".type rmm_coroutine_switch, %function\n"
        "rmm_coroutine_switch:\n"
        "	stp x19, x20, [sp, #-160]!\n"
        "	stp x21, x22, [sp, #16]\n"
        "	stp x23, x24, [sp, #32]\n"
        "	stp x25, x26, [sp, #48]\n"
        "	stp x27, x28, [sp, #64]\n"
        "	stp x29, x30, [sp, #80]\n"
        "	stp d8, d9, [sp, #96]\n"
        "	stp d10, d11, [sp, #112]\n"
        "	stp d12, d13, [sp, #128]\n"
        "	stp d14, d15, [sp, #144]\n"
        "	mov x9, sp\n"
        "	str x9, [x0]\n"
        "	mov sp, x1\n"
        "	ldp x21, x22, [sp, #16]\n"
        "	ldp x23, x24, [sp, #32]\n"
        "	ldp x25, x26, [sp, #48]\n"
        "	ldp x27, x28, [sp, #64]\n"
        "	ldp x29, x30, [sp, #80]\n"
        "	ldp d8, d9, [sp, #96]\n"
        "	ldp d10, d11, [sp, #112]\n"
        "	ldp d12, d13, [sp, #128]\n"
        "	ldp d14, d15, [sp, #144]\n"
        "	ldp x19, x20, [sp], #160\n"
        "	ret\n"
        ".size rmm_coroutine_switch, . - rmm_coroutine_switch\n");

#define FRAME_WORDS 20
#define FRAME_PC    11
#else
#error "no coroutine switch for this architecture"
#endif

/* The coroutine that is entered for the first time; a new stack has no arguments. */
static _Thread_local struct coroutine *starting;

static void start(void)
{
	struct coroutine *co = starting;

#ifdef ASAN
	__sanitizer_finish_switch_fiber(NULL, &co->caller_stack, &co->caller_stack_size);
#endif
	co->fn(co->arg);
	__builtin_trap();
}

bool coroutine_init(struct coroutine *co, size_t stack_size, void (*fn)(void *arg), void *arg)
{
	uintptr_t *frame;

	*co = (struct coroutine){.stack_size = stack_size, .fn = fn, .arg = arg};
	co->stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE,
	                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (co->stack == MAP_FAILED)
		return false;
	/* A script that runs off its stack must not run into anything else. */
	mprotect(co->stack, 4096, PROT_NONE);
	frame = (uintptr_t *)(void *)((char *)co->stack + stack_size) - FRAME_WORDS;
	memset(frame, 0, FRAME_WORDS * sizeof(*frame));
	frame[FRAME_PC] = (uintptr_t)start;
	co->sp = frame;
#ifdef TSAN
	co->fiber = __tsan_create_fiber(0);
#endif
	return true;
}

void coroutine_fini(struct coroutine *co)
{
#ifdef TSAN
	__tsan_destroy_fiber(co->fiber);
#endif
#ifdef ASAN
	/* The frames that were never left must not haunt whatever is mapped here next. */
	ASAN_UNPOISON_MEMORY_REGION(co->stack, co->stack_size);
#endif
	munmap(co->stack, co->stack_size);
}

void coroutine_enter(struct coroutine *co)
{
	starting = co;
#ifdef ASAN
	__sanitizer_start_switch_fiber(&co->caller_fake_stack, co->stack, co->stack_size);
#endif
#ifdef TSAN
	co->caller_fiber = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(co->fiber, 0);
#endif
	rmm_coroutine_switch(&co->caller_sp, co->sp);
#ifdef ASAN
	__sanitizer_finish_switch_fiber(co->caller_fake_stack, NULL, NULL);
#endif
}

void coroutine_leave(struct coroutine *co)
{
#ifdef ASAN
	__sanitizer_start_switch_fiber(&co->fake_stack, co->caller_stack, co->caller_stack_size);
#endif
#ifdef TSAN
	__tsan_switch_to_fiber(co->caller_fiber, 0);
#endif
	rmm_coroutine_switch(&co->sp, co->caller_sp);
#ifdef ASAN
	__sanitizer_finish_switch_fiber(co->fake_stack, &co->caller_stack, &co->caller_stack_size);
#endif
}
