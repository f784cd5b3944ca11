/* SPDX-License-Identifier: BSD-3-Clause */
/* From an SMC to the handler of its command, and back. */
#include <string.h>
#include <time.h>

#include "core/global.h"
#include "core/quirks.h"
#include "core/rmm.h"
#include "granule/delegate.h"
#include "granule/gpt.h"
#include "granule/tracking.h"
#include "realm/realm.h"
#include "rec/rec.h"
#include "rtt/aux.h"
#include "rtt/rtt.h"
#include "sro/sro.h"
#include "sro/stateful.h"

#define IN    RMI_TABLE_ARGS
#define OUT   RMI_TABLE_ARGS
#define A     RMI_TABLE_ARG
#define FAIL  RMI_TABLE_FAILS
#define OK    RMI_TABLE_SUCCESSES
#define S     RMI_TABLE_SUCCESS
#define ORDER RMI_TABLE_ORDER
#define F     RMI_TABLE_RMI_FAIL

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

static unsigned count_args(const struct rmi_arg *args)
{
	unsigned count = 0;

	while (args[count].name != NULL)
		count++;
	return count;
}

/* Commands that run on the PE or use what belongs to it, such as its hash context. */
static bool uses_pe(uint32_t fid)
{
	switch (fid) {
	case SMC_RMI_RTT_DATA_MAP_INIT:
	case SMC_RMI_REALM_CREATE:
	case SMC_RMI_REC_CREATE:
	case SMC_RMI_REC_ENTER:
	case SMC_RMI_OP_CONTINUE:
		return true;
	default:
		return false;
	}
}

/* Commands that RMM_QUIRK_ANY_COMMAND_IN_INIT_GLOBAL leaves alone. */
static bool works_before_activation(uint32_t fid)
{
	switch (fid) {
	case SMC_RMI_VERSION:
	case SMC_RMI_FEATURES:
	case SMC_RMI_RMM_CONFIG_SET:
	case SMC_RMI_RMM_CONFIG_GET:
	case SMC_RMI_RMM_ACTIVATE:
	case SMC_RMI_RMM_STATE_GET:
	case SMC_RMI_GRANULE_TRACKING_GET:
	case SMC_RMI_GPT_INFO:
		return true;
	default:
		return false;
	}
}

/* Commands that only Realms with planes have a use for. */
static bool is_for_planes(uint32_t fid)
{
	switch (fid) {
	case SMC_RMI_RTT_AUX_CREATE:
	case SMC_RMI_RTT_AUX_DESTROY:
	case SMC_RMI_RTT_AUX_FOLD:
	case SMC_RMI_RTT_AUX_PROT_MAP:
	case SMC_RMI_RTT_AUX_PROT_UNMAP:
	case SMC_RMI_RTT_AUX_UNPROT_MAP:
	case SMC_RMI_RTT_AUX_UNPROT_UNMAP:
	case SMC_RMI_RTT_SET_S2AP:
		return true;
	default:
		return false;
	}
}

/* The handler of every other command, with that quirk. */
static uint64_t when_active(struct rmm_call *call)
{
	if (atomic_load(&call->rmm->state) != RMM_STATE_ACTIVE)
		return rmi_result(RMI_ERROR_GLOBAL);
	return handlers[call->command - commands](call);
}

/* Where the range of a command on a range is (B4.3.5). */
static uint8_t find_range(const struct rmi_command *command)
{
	if (command->out[0].name == NULL || strcmp(command->out[0].name, "out_top") != 0)
		return 0;
	for (uint8_t i = 0; command->in[i].name != NULL; i++) {
		if (strcmp(command->in[i].name, "base") == 0)
			return i + 1;
	}
	return 0;
}

void rmm_dispatch_init(struct rmm *rmm)
{
	uint32_t revision = 1u << rmm->config.revision;

	for (size_t i = 0; i < COUNT(device_commands); i++) {
		if ((device_commands[i].revisions & revision) != 0)
			rmm->dispatch[device_commands[i].fid - SMC_RMI_FIRST].handler =
			        rmm_not_supported;
	}
	for (size_t i = 0; i < COUNT(commands); i++) {
		struct rmm_dispatch *entry = &rmm->dispatch[commands[i].fid - SMC_RMI_FIRST];

		if ((commands[i].revisions & revision) == 0)
			continue;
		entry->handler = handlers[i];
		if (rmm->config.planes == 0 && is_for_planes(commands[i].fid))
			entry->handler = rmm_not_supported;
		if (quirk(rmm, RMM_QUIRK_ANY_COMMAND_IN_INIT_GLOBAL) &&
		    entry->handler != rmm_not_supported &&
		    !works_before_activation(commands[i].fid))
			entry->handler = when_active;
		entry->command = &commands[i];
		entry->num_out = count_args(commands[i].out);
		entry->range = find_range(&commands[i]);
		entry->uses_pe = uses_pe(commands[i].fid);
	}
}

unsigned rmm_dispatch_outputs(const struct rmm *rmm, const struct rmi_command *command)
{
	return rmm->dispatch[command->fid - SMC_RMI_FIRST].num_out;
}

/* Anything that differs from thread to thread and is never 0. */
static uintptr_t thread_identity(void)
{
	static _Thread_local char here;

	return (uintptr_t)&here;
}

/* How long to wait for a PE before looking again: another thread's REC may run there for long. */
#define PE_WAIT_NS_MIN 1000
#define PE_WAIT_NS_MAX 1000000

/* Takes the PE, or waits for the thread that has it. */
static void pe_acquire(struct rmm_pe *pe)
{
	struct timespec wait = {.tv_nsec = PE_WAIT_NS_MIN};
	uintptr_t owner = 0;

	while (!atomic_compare_exchange_strong_explicit(&pe->owner, &owner, thread_identity(),
	                                                memory_order_acquire,
	                                                memory_order_relaxed)) {
		nanosleep(&wait, NULL);
		if (wait.tv_nsec < PE_WAIT_NS_MAX)
			wait.tv_nsec *= 2;
		owner = 0;
	}
}

static void pe_release(struct rmm_pe *pe)
{
	atomic_store_explicit(&pe->owner, 0, memory_order_release);
}

/* Registers that are no outputs of the command stay as they are. */
static inline void put_outputs(const struct rmm_call *call, struct smccc_regs *regs)
{
	if (call->num_out >= 1)
		regs->x[1] = call->out[1];
	if (call->num_out >= 2)
		regs->x[2] = call->out[2];
	if (call->num_out >= 3)
		regs->x[3] = call->out[3];
	if (call->num_out >= 4)
		regs->x[4] = call->out[4];
}

static inline void carry_out(struct rmm_pe *pe, const struct rmm_dispatch *entry,
                             struct smccc_regs *regs)
{
	struct rmm_call call = {
	        .rmm = pe->rmm,
	        .pe = pe,
	        .command = entry->command,
	        .num_out = entry->num_out,
	        .in = regs->x,
	};

	regs->x[0] = pe->rmm->plain ? entry->handler(&call) : stateful_run(&call, entry->handler);
	put_outputs(&call, regs);
}

/* A command that has the PE for itself, or whose PE is not free. */
__attribute__((noinline)) static void take_turn(struct rmm_pe *pe, const struct rmm_dispatch *entry,
                                                struct smccc_regs *regs)
{
	if (atomic_load_explicit(&pe->owner, memory_order_relaxed) == thread_identity()) {
		regs->x[0] = rmi_result(RMI_BUSY);
		return;
	}
	pe_acquire(pe);
	carry_out(pe, entry, regs);
	pe_release(pe);
}

void rmm_call(struct rmm *rmm, unsigned pe, struct smccc_regs *regs)
{
	uint32_t fid = (uint32_t)regs->x[0];
	const struct rmm_dispatch *entry = NULL;
	struct rmm_pe *on = &rmm->pes[pe];

	if (fid >= SMC_RMI_FIRST && fid <= SMC_RMI_LAST)
		entry = &rmm->dispatch[fid - SMC_RMI_FIRST];
	if (entry == NULL || entry->handler == NULL)
		regs->x[0] = fid == SMCCC_VERSION_FID ? SMCCC_VERSION_1_2 : SMCCC_NOT_SUPPORTED;
	else if (entry->uses_pe || !rmm->plain ||
	         atomic_load_explicit(&on->owner, memory_order_relaxed) != 0)
		take_turn(on, entry, regs);
	else
		carry_out(on, entry, regs);
}
