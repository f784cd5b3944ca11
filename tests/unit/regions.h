/* SPDX-License-Identifier: BSD-3-Clause */
/* A Host that works on tracking regions and L1 GPTs, for tests. */
#ifndef TESTS_UNIT_REGIONS_H
#define TESTS_UNIT_REGIONS_H

#include <rmi/rmi.h>

/* An RMM, and what the Host has given it. */
struct regions {
	struct rmi *rmi;
	struct rmi_pe *pe;
	unsigned gshift;
	uint64_t page;  /* Bytes of a granule. */
	uint64_t size;  /* Bytes of a tracking region. */
	uint64_t base;  /* The first one with DRAM. */
	uint64_t list;  /* A page for lists, the first of DRAM. */
	uint64_t spare; /* Where donations are taken from. */
	bool delegated; /* Conditional memory is delegated: it is tracked. */
	bool refuse;    /* Nothing is donated. */

	/* What was asked for, the last time. */
	struct rmi_op_mem_donate_req asked;
	uint64_t given; /* PA of the first granule, */
	uint64_t count; /* and granules in all. */
	uint64_t back;  /* Granules that came back. */
};

/* Opens an active RMM with this RMI granule size and the tracking region size of this encoding. */
struct regions regions_open(const char *conf, enum rmi_granule_size granule, uint8_t region);

/* Checks the model's invariants, and closes it. */
void regions_close(struct regions *r);

/* RMI_GRANULE_TRACKING_SET of the region with this number, driven to its end. @return X0 */
uint64_t regions_track(struct regions *r, unsigned region, enum rmi_tracking_region_state state);

/* RMI_GPT_L1_CREATE and RMI_GPT_L1_DESTROY, driven to their end. @return X0 */
uint64_t regions_unfold(struct regions *r, uint64_t addr);
uint64_t regions_fold(struct regions *r, uint64_t addr);

/* A command that may be stateful, driven to its end. @return X0 */
uint64_t regions_command(struct regions *r, struct smccc_regs *regs);

/* What RMI_GRANULE_TRACKING_GET says about a region. */
enum rmi_tracking_region_state regions_state(struct regions *r, unsigned region);

/* Moves [base, top) in one call. @return X0; RMI_INCOMPLETE if only a part of it was moved */
uint64_t regions_delegate(struct regions *r, uint64_t base, uint64_t top);
uint64_t regions_undelegate(struct regions *r, uint64_t base, uint64_t top);

#endif
