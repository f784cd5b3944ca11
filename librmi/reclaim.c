/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking memory back that a Host which is no more has left with the RMM. */

#include <rmi/reclaim.h>

#include <string.h>

#include "internal.h"

/* Calls after which an operation, or a command that is always busy, is given up. */
#define MAX_CALLS    100000

/* Rounds of taking down: one may make possible what the one before could not do. */
#define MAX_ROUNDS   3

/* Widest IPA space, and the narrowest. */
#define MAX_IPA_BITS 52
#define MIN_IPA_BITS 32

struct reclaim {
	struct rmi_backend *backend;
	unsigned pe;
	uint64_t list;
	uint64_t granule;
	unsigned gshift;
};

static uint64_t call(const struct reclaim *r, struct smccc_regs *regs)
{
	struct smccc_regs in = *regs;

	for (unsigned i = 0; i < MAX_CALLS; i++) {
		*regs = in;
		r->backend->ops->call(r->backend, r->pe, regs);
		if (rmi_status(regs->x[0]) != RMI_BUSY)
			break;
	}
	return regs->x[0];
}

/* Drives an operation to its end. What it gives back shows in the granule table. */
static uint64_t finish(const struct reclaim *r, uint64_t handle, struct smccc_regs *regs)
{
	for (unsigned i = 0; i < MAX_CALLS && rmi_status(regs->x[0]) == RMI_INCOMPLETE; i++) {
		if (rmi_memreq(regs->x[0]) == RMI_OP_MEM_REQ_RECLAIM)
			*regs = (struct smccc_regs){{SMC_RMI_OP_MEM_RECLAIM, handle, r->list,
			                             r->granule / sizeof(uint64_t)}};
		else
			*regs = (struct smccc_regs){{SMC_RMI_OP_CONTINUE, handle}};
		call(r, regs);
	}
	return regs->x[0];
}

static uint64_t command(const struct reclaim *r, struct smccc_regs *regs)
{
	call(r, regs);
	return finish(r, regs->x[1], regs);
}

#define COMMAND(r, ...) command((r), &(struct smccc_regs){.x = {__VA_ARGS__}})

/*
 * Ends an operation that was left open, undone if it can be. Which step it waits for is not known:
 * the first one that is accepted tells.
 */
static void end_operation(const struct reclaim *r, uint64_t handle)
{
	struct smccc_regs tries[] = {
	        {{SMC_RMI_OP_CANCEL, handle}},
	        {{SMC_RMI_OP_MEM_RECLAIM, handle, r->list, r->granule / sizeof(uint64_t)}},
	        {{SMC_RMI_OP_CONTINUE, handle}},
	};

	for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		if (rmi_status(call(r, &tries[i])) == RMI_INCOMPLETE) {
			finish(r, handle, &tries[i]);
			return;
		}
	}
}

static void end_operations(const struct reclaim *r)
{
	uint64_t handle;

	/* Ended ones are not found again; one that does not end is passed over. */
	for (unsigned n = 0, i = 0; i < MAX_CALLS && rmi_backend_operation(r->backend, n, &handle);
	     i++) {
		uint64_t again;

		end_operation(r, handle);
		if (rmi_backend_operation(r->backend, n, &again) && again == handle)
			n++;
	}
}

/* The next granule in a state at or after a PA. */
static bool next_in_state(const struct reclaim *r, uint64_t from, const char *wanted, uint64_t *pa)
{
	const char *state;

	while (r->backend->ops->granule_next(r->backend, from, pa, &state)) {
		if (strcmp(state, wanted) == 0)
			return true;
		from = *pa + 1;
	}
	return false;
}

static void destroy_recs(const struct reclaim *r)
{
	uint64_t pa;

	for (uint64_t from = 0; next_in_state(r, from, "GRAN_REC", &pa); from = pa + 1)
		COMMAND(r, SMC_RMI_REC_DESTROY, pa);
}

/* Width of the IPA space of a Realm; 0 when it cannot be found out. */
static unsigned ipa_bits(const struct reclaim *r, uint64_t rd)
{
	for (unsigned bits = MAX_IPA_BITS; bits >= MIN_IPA_BITS; bits--) {
		struct smccc_regs regs = {{SMC_RMI_RTT_READ_ENTRY, rd, UINT64_C(1) << (bits - 1),
		                           RMM_RTT_PAGE_LEVEL}};

		if (rmi_status(call(r, &regs)) == RMI_SUCCESS)
			return bits;
	}
	return 0;
}

static uint64_t level_size(const struct reclaim *r, int level)
{
	return rmi_rtt_level_size(r->gshift, level);
}

/* Unmaps a half of the IPA space. An entry that cannot be unmapped is passed over. */
static void unmap(const struct reclaim *r, uint64_t rd, uint64_t fid, uint64_t ipa, uint64_t top)
{
	uint64_t how = fid == SMC_RMI_RTT_DATA_UNMAP ? RMI_ADDR_TYPE_SINGLE : RMI_ADDR_TYPE_NONE;

	while (ipa < top) {
		struct smccc_regs regs = {{fid, rd, ipa, top, how}};
		uint64_t x0 = command(r, &regs);

		if (rmi_status(x0) == RMI_SUCCESS && regs.x[1] > ipa) {
			ipa = regs.x[1];
			continue;
		}
		if (rmi_status(x0) != RMI_ERROR_RTT || rmi_level(x0) > RMM_RTT_PAGE_LEVEL)
			return;
		ipa = (ipa & ~(level_size(r, rmi_level(x0)) - 1)) + level_size(r, rmi_level(x0));
	}
}

/* Destroys the tables of a level that are not in use. Returns false when there can be none. */
static bool destroy_tables(const struct reclaim *r, uint64_t rd, int level, uint64_t top)
{
	const uint64_t size = level_size(r, level - 1);
	uint64_t ipa = 0;

	while (ipa < top) {
		struct smccc_regs regs = {{SMC_RMI_RTT_DESTROY, rd, ipa, (uint64_t)level}};
		uint64_t x0 = command(r, &regs);
		bool missing = rmi_status(x0) == RMI_ERROR_RTT && rmi_level(x0) < level;

		if (rmi_status(x0) != RMI_SUCCESS && rmi_status(x0) != RMI_ERROR_RTT)
			return false;
		/* Where a table is not there, neither are those beside it up to out_top. */
		if (missing && regs.x[2] > ipa && (regs.x[2] & (size - 1)) == 0)
			ipa = regs.x[2];
		else
			ipa += size;
	}
	return true;
}

static void destroy_realm(const struct reclaim *r, uint64_t rd)
{
	unsigned bits = ipa_bits(r, rd);
	uint64_t half;

	if (bits != 0) {
		half = UINT64_C(1) << (bits - 1);
		unmap(r, rd, SMC_RMI_RTT_DATA_UNMAP, 0, half);
		unmap(r, rd, SMC_RMI_RTT_UNPROT_UNMAP, half, 2 * half);
		for (int level = RMM_RTT_PAGE_LEVEL;
		     level >= 0 && destroy_tables(r, rd, level, 2 * half); level--)
			;
	}
	COMMAND(r, SMC_RMI_REALM_DESTROY, rd);
}

static void destroy_realms(const struct reclaim *r)
{
	uint64_t pa;

	for (uint64_t from = 0; next_in_state(r, from, "GRAN_RD", &pa); from = pa + 1)
		COMMAND(r, SMC_RMI_REALM_TERMINATE, pa);
	destroy_recs(r);
	for (uint64_t from = 0; next_in_state(r, from, "GRAN_RD", &pa); from = pa + 1)
		destroy_realm(r, pa);
}

static void undelegate(const struct reclaim *r)
{
	uint64_t base, pa;

	for (uint64_t from = 0; next_in_state(r, from, "GRAN_DELEGATED", &base);) {
		uint64_t top = base + r->granule;

		while (next_in_state(r, top, "GRAN_DELEGATED", &pa) && pa == top)
			top += r->granule;
		from = top;
		while (base < top) {
			struct smccc_regs regs = {{SMC_RMI_GRANULE_RANGE_UNDELEGATE, base, top}};

			if (rmi_status(command(r, &regs)) == RMI_SUCCESS && regs.x[1] > base)
				base = regs.x[1];
			else
				base += r->granule;
		}
	}
}

static uint64_t count_held(const struct reclaim *r)
{
	uint64_t from = 0, pa, count = 0;
	const char *state;

	for (; r->backend->ops->granule_next(r->backend, from, &pa, &state); from = pa + 1)
		count++;
	return count;
}

uint64_t rmi_reclaim_backend(struct rmi_backend *backend, unsigned pe, uint64_t list,
                             struct rmi_reclaimed *result)
{
	struct reclaim r = {.backend = backend, .pe = pe, .list = list};
	struct rmi_reclaimed counted = {0};
	uint64_t last;

	r.granule = rmi_backend_granule_size(backend);
	if (r.granule == 0)
		r.granule = UINT64_C(0x1000);
	r.gshift = (unsigned)__builtin_ctzll(r.granule);
	if (backend->ops->granule_next != NULL)
		counted.before = counted.after = count_held(&r);
	/* Memory of an operation may be all that is left, and not be seen as such. */
	end_operations(&r);
	last = UINT64_MAX;
	for (unsigned i = 0; i < MAX_ROUNDS && counted.after != 0 && counted.after < last; i++) {
		last = counted.after;
		destroy_realms(&r);
		undelegate(&r);
		counted.after = count_held(&r);
	}
	if (result != NULL)
		*result = counted;
	return counted.after;
}

uint64_t rmi_reclaim(struct rmi_pe *pe, uint64_t list, struct rmi_reclaimed *result)
{
	return rmi_reclaim_backend(rmi_top_backend(rmi_pe_rmi(pe)), rmi_pe_index(pe), list, result);
}
