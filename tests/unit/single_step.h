/* SPDX-License-Identifier: BSD-3-Clause */
/* A function that runs in single steps, and is stopped where it matters to others. x86-64. */
#ifndef TESTS_UNIT_SINGLE_STEP_H
#define TESTS_UNIT_SINGLE_STEP_H

#include <stdint.h>

/* Places that are remembered, and steps that may lead there. */
#define STEP_MAX_PLACES 64
#ifdef __OPTIMIZE__
#define STEP_MAX_STEPS 70000
#else
#define STEP_MAX_STEPS 300000
#endif

/* Before and after each locked instruction, by the number of the step. */
struct step_places {
	uint64_t step[STEP_MAX_PLACES];
	unsigned count;
};

/* Runs a function and finds out where it can be stopped. */
uint64_t step_find_places(uint64_t (*function)(void *arg), void *arg, struct step_places *places);

/*
 * Runs a function up to a step, calls another on top of it, as a signal handler does, and goes on.
 * The other one is not called if the function comes to its end before.
 */
uint64_t step_stop_at(uint64_t (*function)(void *arg), void *arg, uint64_t step,
                      void (*meanwhile)(void *arg), void *meanwhile_arg);

#endif
