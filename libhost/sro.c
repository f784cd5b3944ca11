/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stateful RMI operations: a command answers RMI_INCOMPLETE and is driven to its end through its
 * handle (DEN0137 B4.3.2). Only RMI_OP_CONTINUE ends an operation, and an operation that is not
 * ended keeps its objects blocked; so nothing short of an RMM that never finishes makes the loop
 * give up, neither an error of OP_MEM_DONATE nor the lack of memory nor RMI_BLOCKED.
 */

#include "sro.h"
#include "sro_memory.h"

/* Turns without any effect before an operation is given up. */
#define MAX_STALLS 16u

/* Turns of all kinds. */
#define MAX_TURNS  1000000u

/* One operation on its way. */
struct op {
	uint64_t handle;
	uint64_t donate_req;
	enum rmi_op_mem_req mem; /* What the RMM wants next. */
	bool can_cancel;
	bool cancelled;
	bool continued; /* The last call was OP_CONTINUE: its answer is the operation's. */
	int local_err;  /* Why the host could not do what the RMM asked, the first time. */
	unsigned stalls;
	unsigned turns;
};

int host_sro_init(struct host_thread *self, struct sro *sro, uint32_t realm)
{
	void *list;

	sro->realm = realm;
	sro->count = 0;
	sro->list = NULL;
	sro->list_pa = host_alloc_zeroed(self, realm, &list);
	if (sro->list_pa == PHYS_NONE)
		return -ENOMEM;
	sro->list = list;
	return 0;
}

void host_sro_fini(struct host_thread *self, struct sro *sro)
{
	if (sro->list == NULL)
		return;
	host_sro_free_all(self, sro);
	host_free_pages(self, sro->list_pa, host_page_size(self->host));
	sro->list = NULL;
}

/* Takes note of an answer. Returns whether the operation goes on. */
static bool op_note(struct op *op, const struct smccc_regs *regs)
{
	if (rmi_status(regs->x[0]) != RMI_INCOMPLETE)
		return false;
	op->mem = rmi_memreq(regs->x[0]);
	op->can_cancel = rmi_can_cancel(regs->x[0]);
	if (op->mem == RMI_OP_MEM_REQ_DONATE)
		op->donate_req = regs->x[2];
	return true;
}

static bool is_transient(uint64_t x0)
{
	return rmi_status(x0) == RMI_BUSY || rmi_status(x0) == RMI_BLOCKED;
}

static void op_continue(struct host_thread *self, struct op *op, struct smccc_regs *regs)
{
	op->continued = true;
	*regs = (struct smccc_regs){{SMC_RMI_OP_CONTINUE, op->handle, RMI_CONTINUE_KEEP_GOING}};
	host_call(self, regs);
}

/*
 * Asks for the operation to be undone. When that is not possible the RMM is told by OP_CONTINUE
 * that nothing comes; it then ends the operation with an error.
 */
static void op_give_up(struct host_thread *self, struct op *op, struct smccc_regs *regs)
{
	if (op->can_cancel && !op->cancelled) {
		*regs = (struct smccc_regs){{SMC_RMI_OP_CANCEL, op->handle}};
		op->cancelled = true;
		if (rmi_status(host_call(self, regs)) == RMI_INCOMPLETE)
			return;
		host_log(self->host, HOST_LOG_WARNING, "RMI_OP_CANCEL refused");
	}
	op->stalls++;
	op_continue(self, op, regs);
}

/* One turn. Returns 0, or why the host cannot do what the RMM asks. */
static int op_turn(struct host_thread *self, struct sro *sro, struct op *op,
                   struct smccc_regs *regs)
{
	switch (op->mem) {
	case RMI_OP_MEM_REQ_NONE:
		op_continue(self, op, regs);
		return 0;
	case RMI_OP_MEM_REQ_DONATE:
		if (sro == NULL || op->cancelled)
			return host_fail(self, -ENXIO, "the RMM asks for memory out of turn");
		return host_sro_donate(self, sro, op->handle, op->donate_req, regs);
	case RMI_OP_MEM_REQ_RECLAIM:
		if (sro == NULL)
			return host_fail(self, -ENXIO, "the RMM returns memory out of turn");
		return host_sro_reclaim(self, sro, op->handle, regs);
	default:
		return host_fail(self, -ENXIO, "the RMM makes a reserved memory request");
	}
}

/* Whether an answer says nothing about how the operation stands, and another turn is due. */
static bool op_stalled(struct host_thread *self, struct op *op, struct smccc_regs *regs)
{
	if (is_transient(regs->x[0])) {
		/* The retry rule has been used up: the handle is still good. */
		op->stalls++;
		return true;
	}
	if (!op->continued && rmi_status(regs->x[0]) != RMI_INCOMPLETE) {
		/*
		 * A transfer failed. That does not end the operation: the RMM expects
		 * OP_CONTINUE, returns what it has and reports the error then.
		 */
		op->stalls++;
		op_continue(self, op, regs);
		return is_transient(regs->x[0]);
	}
	return false;
}

static int op_abandon(struct host_thread *self, struct op *op)
{
	host_log(self->host, HOST_LOG_WARNING,
	         "stateful operation %#" PRIx64 " does not come to an end", op->handle);
	return host_fail(self, -EBUSY, "stateful operation %#" PRIx64 " does not come to an end",
	                 op->handle);
}

static int op_run(struct host_thread *self, struct sro *sro, struct smccc_regs *regs)
{
	struct op op = {.handle = regs->x[1]};

	while (op_note(&op, regs)) {
		do {
			int err;

			if (op.stalls > MAX_STALLS || op.turns++ > MAX_TURNS)
				return op_abandon(self, &op);
			op.continued = false;
			err = op_turn(self, sro, &op, regs);
			if (err != 0)
				op_give_up(self, &op, regs);
			if (err != 0 && op.local_err == 0)
				op.local_err = err;
		} while (op_stalled(self, &op, regs));
	}
	if (op.cancelled)
		return -ECANCELED;
	return rmi_status(regs->x[0]) == RMI_SUCCESS ? 0 : op.local_err;
}

uint64_t host_sro_call(struct host_thread *self, struct smccc_regs *regs)
{
	uint64_t x0 = host_call(self, regs);

	/* Whatever the operation says after it was cancelled, the command has not been done. */
	if (rmi_status(x0) == RMI_INCOMPLETE && op_run(self, NULL, regs) != 0)
		regs->x[0] = rmi_result(RMI_BLOCKED);
	return regs->x[0];
}

int host_sro_call_memory(struct host_thread *self, struct sro *sro, struct smccc_regs *regs)
{
	uint64_t x0 = host_call(self, regs);
	int err = 0;

	if (rmi_status(x0) == RMI_INCOMPLETE)
		err = op_run(self, sro, regs);
	host_sro_free_all(self, sro);
	return err;
}
