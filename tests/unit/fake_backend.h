/* SPDX-License-Identifier: BSD-3-Clause */
/* A backend that answers what a test tells it to. */
#ifndef TESTS_FAKE_BACKEND_H
#define TESTS_FAKE_BACKEND_H

#include <rmi/backend.h>

#define FAKE_BASE UINT64_C(0x80000000)
#define FAKE_SIZE UINT64_C(0x10000)

struct fake {
	struct rmi_backend backend;
	struct smccc_regs answer; /* Copied over the registers of a call, x[0..answer_count). */
	unsigned answer_count;
	struct smccc_regs called[2]; /* Registers of the last call on each PE. */
	unsigned kicks;
	unsigned closed;
	uint64_t held[4]; /* Granules that are not the Host's, in order; 0 ends. */
	struct rmi_ich ich;
	_Alignas(8) unsigned char memory[FAKE_SIZE];
};

/* Makes a backend with 2 PEs and FAKE_SIZE bytes of memory. The test owns it. */
void fake_init(struct fake *fake, enum rmi_revision revision);

/* A pointer into its memory. */
void *fake_at(struct fake *fake, uint64_t pa);

#endif
