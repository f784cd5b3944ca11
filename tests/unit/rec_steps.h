/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file rec_steps.h
 * A script that reads and writes registers of the GIC CPU interface, as a test says.
 */
#ifndef TESTS_REC_STEPS_H
#define TESTS_REC_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "rec_realm.h"

/** What reads when there is no interrupt. */
#define NO_INTERRUPT 1023

/** A register to read or to write. */
struct step {
	uint32_t reg;
	bool write;
	uint64_t value; /**< Written, or read. */
};

#define NUM_STEPS 16

struct steps {
	struct step step[NUM_STEPS];
	unsigned signalled[NUM_STEPS + 1]; /**< Before each step, and at the end. */
	unsigned exceptions;
};

#define READ(r)                                                                                    \
	{                                                                                          \
		.reg = GUEST_##r                                                                   \
	}
#define WRITE(r, v)                                                                                \
	{                                                                                          \
		.reg = GUEST_##r, .write = true, .value = (v)                                      \
	}
#define STEPS(...)                                                                                 \
	{                                                                                          \
		.step = { __VA_ARGS__ }                                                            \
	}

/** A Realm whose REC does the steps, and then calls PSCI CPU_SUSPEND for ever. */
void open_steps(struct rec_realm *r, struct steps *s);

/** Puts a list register. */
static inline void pending(struct rec_realm *r, unsigned i, uint64_t lr)
{
	r->ich->lr[i] = lr;
}

#endif
