/* SPDX-License-Identifier: BSD-3-Clause */
/* Coroutines: a function on a stack of its own that can be left and entered again. */
#ifndef RMM_GUEST_COROUTINE_H
#define RMM_GUEST_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coroutine {
	void *stack;
	size_t stack_size;
	void *sp;        /**< Of the coroutine, while it is left. */
	void *caller_sp; /**< Of whoever entered it, while it runs. */
	void (*fn)(void *arg);
	void *arg;
	/* For the sanitizers, which must know about stacks. */
	void *fiber;
	void *caller_fiber;
	const void *caller_stack;
	size_t caller_stack_size;
	void *fake_stack;
	void *caller_fake_stack;
};

/** Prepares a coroutine; fn must never return. @return false when memory is short */
bool coroutine_init(struct coroutine *co, size_t stack_size, void (*fn)(void *arg), void *arg);

/** Frees a coroutine that is left or was never entered. */
void coroutine_fini(struct coroutine *co);

/** Runs the coroutine until it leaves. */
void coroutine_enter(struct coroutine *co);

/** From within the coroutine: goes back to whoever entered it. */
void coroutine_leave(struct coroutine *co);

#endif
