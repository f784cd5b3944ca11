/* SPDX-License-Identifier: BSD-3-Clause */
/* From an SMC to the handler of its command, and back. */
#include <pthread.h>

#include "core/global.h"
#include "core/rmm.h"
#include "granule/delegate.h"
#include "granule/tracking.h"
#include "realm/realm.h"
#include "rec/rec.h"
#include "rtt/rtt.h"
#include "sro/sro.h"

/* Commands that this RMM answers as one that does not have the feature behind them. */
#define rmm_rtt_aux_create       rmm_not_supported
#define rmm_rtt_aux_destroy      rmm_not_supported
#define rmm_rtt_aux_fold         rmm_not_supported
#define rmm_rtt_aux_prot_map     rmm_not_supported
#define rmm_rtt_aux_prot_unmap   rmm_not_supported
#define rmm_rtt_aux_unprot_map   rmm_not_supported
#define rmm_rtt_aux_unprot_unmap rmm_not_supported
#define rmm_rtt_set_s2ap         rmm_not_supported
#define rmm_granule_tracking_set rmm_not_supported
#define rmm_gpt_l1_create        rmm_not_supported
#define rmm_gpt_l1_destroy       rmm_not_supported
#define rmm_gpt_info             rmm_not_supported
#define rmm_rmm_deactivate       rmm_not_supported

#define IN                       RMI_TABLE_ARGS
#define OUT                      RMI_TABLE_ARGS
#define A                        RMI_TABLE_ARG
#define FAIL                     RMI_TABLE_FAILS
#define F                        RMI_TABLE_RMI_FAIL

static const struct rmi_command commands[] = {
#define RMI_COMMAND RMI_COMMAND_TABLE_ENTRY
#include <rmi/abi/rmi_commands.def>
#undef RMI_COMMAND
};

static rmm_handler *const handlers[] = {
#define RMI_COMMAND(NAME, lower, ...) rmm_##lower,
#include <rmi/abi/rmi_commands.def>
#undef RMI_COMMAND
};

static const struct {
	uint32_t fid;
	uint32_t revisions;
} device_commands[] = {
#define RMI_DEVICE_COMMAND(NAME, number, revs) {number, RMI_REVISIONS_##revs},
#include <rmi/abi/device_commands.def>
#undef RMI_DEVICE_COMMAND
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void rmm_dispatch_init(struct rmm *rmm)
{
	uint32_t revision = 1u << rmm->config.revision;

	for (size_t i = 0; i < COUNT(device_commands); i++) {
		if ((device_commands[i].revisions & revision) != 0)
			rmm->dispatch[device_commands[i].fid - SMC_RMI_FIRST].handler =
			        rmm_not_supported;
	}
	for (size_t i = 0; i < COUNT(commands); i++) {
		unsigned num_out = 0;

		if ((commands[i].revisions & revision) == 0)
			continue;
		while (commands[i].out[num_out].name != NULL)
			num_out++;
		rmm->dispatch[commands[i].fid - SMC_RMI_FIRST].handler = handlers[i];
		rmm->dispatch[commands[i].fid - SMC_RMI_FIRST].command = &commands[i];
		rmm->dispatch[commands[i].fid - SMC_RMI_FIRST].num_out = num_out;
	}
}

/* Anything that differs from thread to thread and is never 0. */
static uintptr_t thread_identity(void)
{
	static _Thread_local char here;

	return (uintptr_t)&here;
}

/* Takes the PE. @return false if this thread is in a call on it already */
static bool pe_acquire(struct rmm_pe *pe)
{
	if (atomic_load_explicit(&pe->owner, memory_order_relaxed) == thread_identity())
		return false;
	pthread_mutex_lock(&pe->lock);
	atomic_store_explicit(&pe->owner, thread_identity(), memory_order_relaxed);
	return true;
}

static void pe_release(struct rmm_pe *pe)
{
	atomic_store_explicit(&pe->owner, 0, memory_order_relaxed);
	pthread_mutex_unlock(&pe->lock);
}

void rmm_call(struct rmm *rmm, unsigned pe, struct smccc_regs *regs)
{
	uint32_t fid = (uint32_t)regs->x[0];
	struct rmm_call call = {.rmm = rmm, .pe = &rmm->pes[pe]};
	rmm_handler *handler = NULL;

	if (fid >= SMC_RMI_FIRST && fid <= SMC_RMI_LAST) {
		handler = rmm->dispatch[fid - SMC_RMI_FIRST].handler;
		call.command = rmm->dispatch[fid - SMC_RMI_FIRST].command;
		call.num_out = rmm->dispatch[fid - SMC_RMI_FIRST].num_out;
	}
	if (handler == NULL) {
		regs->x[0] = fid == SMCCC_VERSION_FID ? SMCCC_VERSION_1_2 : SMCCC_NOT_SUPPORTED;
		return;
	}
	if (!pe_acquire(call.pe)) {
		regs->x[0] = rmi_result(RMI_BUSY);
		return;
	}
	for (unsigned i = 1; i <= RMI_MAX_INPUTS; i++)
		call.in[i] = regs->x[i];
	regs->x[0] = handler(&call);
	for (unsigned i = 1; i <= call.num_out; i++)
		regs->x[i] = call.out[i];
	pe_release(call.pe);
}
