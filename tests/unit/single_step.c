/* SPDX-License-Identifier: BSD-3-Clause */
#include "single_step.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

#define TRAP_FLAG UINT64_C(0x100)

/* The trap handler has no argument of ours. */
static struct {
	bool stepping;
	uint64_t count; /* Steps so far. */
	struct step_places *places;
	bool was_locked;
	uint64_t stop;
	void (*meanwhile)(void *arg);
	void *meanwhile_arg;
} stepper;

/*
 * LOCK, or XCHG with memory, which locks by itself. Not what is counted at a fixed address: the
 * RMM has no data there, but a measurement of coverage has.
 */
static bool is_locked(const uint8_t *insn)
{
	bool locked = false;
	uint8_t modrm;

	for (;; insn++) {
		if (*insn == 0xf0)
			locked = true;
		else if ((*insn & 0xf0) != 0x40 && *insn != 0x66 && *insn != 0xf2 && *insn != 0xf3)
			break;
	}
	if (*insn == 0x0f)
		insn++;
	else if (*insn == 0x86 || *insn == 0x87)
		locked = insn[1] >> 6 != 3;
	modrm = insn[1];
	return locked && (modrm & 0xc7) != 5;
}

static void note_place(const uint8_t *next)
{
	struct step_places *p = stepper.places;
	bool locked = is_locked(next);

	if (locked || stepper.was_locked)
		p->step[p->count++] = stepper.count;
	stepper.was_locked = locked;
	if (p->count == STEP_MAX_PLACES || stepper.count == STEP_MAX_STEPS)
		stepper.stepping = false;
}

static void on_trap(int number, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *regs = uc->uc_mcontext.gregs;
	int saved = errno;

	(void)number;
	(void)info;
	stepper.count++;
	if (!stepper.stepping) {
		/* The function is over. */
	} else if (stepper.places != NULL) {
		/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		note_place((const uint8_t *)(uintptr_t)regs[REG_RIP]);
	} else if (stepper.count == stepper.stop) {
		stepper.stepping = false;
		stepper.meanwhile(stepper.meanwhile_arg);
	}
	if (!stepper.stepping)
		regs[REG_EFL] &= ~(greg_t)TRAP_FLAG;
	errno = saved;
}

__attribute__((noinline)) static uint64_t run(uint64_t (*function)(void *arg), void *arg)
{
	const struct sigaction trap = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
	struct sigaction old;
	uint64_t result;

	sigaction(SIGTRAP, &trap, &old);
	stepper.count = 0;
	stepper.was_locked = false;
	stepper.stepping = true;
	/* Below the red zone. */
	__asm__ volatile("leaq -128(%%rsp), %%rsp\n"
	                 "pushfq\n"
	                 "orq %0, (%%rsp)\n"
	                 "popfq\n"
	                 "leaq 128(%%rsp), %%rsp"
	                 :
	                 : "i"(TRAP_FLAG)
	                 : "memory", "cc");
	result = function(arg);
	stepper.stepping = false;
	sigaction(SIGTRAP, &old, NULL);
	return result;
}

uint64_t step_find_places(uint64_t (*function)(void *arg), void *arg, struct step_places *places)
{
	places->count = 0;
	stepper.places = places;
	return run(function, arg);
}

uint64_t step_stop_at(uint64_t (*function)(void *arg), void *arg, uint64_t step,
                      void (*meanwhile)(void *arg), void *meanwhile_arg)
{
	stepper.places = NULL;
	stepper.stop = step;
	stepper.meanwhile = meanwhile;
	stepper.meanwhile_arg = meanwhile_arg;
	return run(function, arg);
}
