/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The script engine: a vCPU is a C function on a stack of its own. Leaving the guest means to
 * switch to the stack of the thread that called run(); the next run() switches back, wherever it
 * is called from.
 */
#include "guest/script.h"

#include <stdlib.h>

#include "core/rmm.h"
#include "guest/coroutine.h"
#include "guest/stage2.h"

/* Stack of a script; untouched pages cost nothing. */
#define STACK_SIZE   (UINT64_C(256) << 10)

/* ESR_EL1 of an SEA: EC, IL, EA, FSC 0x10. */
#define ESR_SEA(ec)  (UINT64_C(ec) << 26 | UINT64_C(1) << 25 | UINT64_C(1) << 9 | UINT64_C(0x10))
#define ESR_UNKNOWN  (UINT64_C(1) << 25)
#define EC_IABT_SAME 0x21
#define EC_DABT_SAME 0x25

static void guest_main(void *arg)
{
	struct guest *g = arg;

	g->fn(g, g->arg);
	/* Nothing is left to do; nobody enters a realm that is off. */
	for (;;)
		psci_system_off(g);
}

static struct guest *guest_create(struct rmm *rmm, const struct guest_regs *regs)
{
	struct guest *g;

	for (unsigned i = 0; i < RMM_MAX_SCRIPTS; i++) {
		const struct rmm_script_entry *script = &rmm->scripts[i];

		if (script->fn == NULL || script->pc != regs->pc)
			continue;
		g = calloc(1, sizeof(*g));
		if (g == NULL)
			return NULL;
		g->fn = script->fn;
		g->arg = script->arg;
		if (!coroutine_init(&g->coroutine, STACK_SIZE, guest_main, g)) {
			free(g);
			return NULL;
		}
		return g;
	}
	return NULL;
}

static void vcpu_destroy(void *engine_data)
{
	struct guest *g = engine_data;

	if (g == NULL)
		return;
	coroutine_fini(&g->coroutine);
	free(g);
}

static void *pe_create(const struct guest_services *services)
{
	/* Nothing belongs to a PE; the services are what an engine needs. */
	return (void *)(uintptr_t)services;
}

static void pe_destroy(void *pe)
{
	(void)pe;
}

static void run(void *pe, struct guest_vcpu *vcpu, const struct guest_entry *entry,
                struct guest_exit *exit)
{
	struct guest *g = *vcpu->engine_data;

	if (g == NULL) {
		g = guest_create(rmm_pe_of(vcpu)->rmm, vcpu->regs);
		*vcpu->engine_data = g;
	}
	if (g == NULL) {
		*exit = (struct guest_exit){
		        .kind = GUEST_EXIT_ERROR,
		        .text = "no memory for the stack of a script guest",
		};
		return;
	}
	if ((atomic_load(&vcpu->requests) & GUEST_REQUEST_KICK) != 0) {
		atomic_fetch_and(&vcpu->requests, ~GUEST_REQUEST_KICK);
		*exit = (struct guest_exit){.kind = GUEST_EXIT_KICKED};
		return;
	}
	g->vcpu = vcpu;
	g->services = pe;
	g->entry = entry;
	g->exit = exit;
	stage2_pause(vcpu);
	coroutine_enter(&g->coroutine);
}

void guest_leave(struct guest *g, const struct guest_exit *exit)
{
	*g->exit = *exit;
	coroutine_leave(&g->coroutine);
}

static void inject(struct guest_vcpu *vcpu, enum guest_exception exception,
                   const struct guest_exit *cause)
{
	struct guest *g = *vcpu->engine_data;
	struct guest_regs *regs = vcpu->regs;

	if (g == NULL)
		return;
	g->exceptions++;
	g->skip = true;
	regs->sysreg[GUEST_FAR_EL1] = cause->far;
	switch (exception) {
	case GUEST_SEA_DATA:
		regs->sysreg[GUEST_ESR_EL1] = ESR_SEA(EC_DABT_SAME);
		break;
	case GUEST_SEA_FETCH:
		regs->sysreg[GUEST_ESR_EL1] = ESR_SEA(EC_IABT_SAME);
		break;
	case GUEST_UNDEFINED:
		regs->sysreg[GUEST_ESR_EL1] = ESR_UNKNOWN;
		break;
	}
}

const struct guest_engine_ops guest_engine_script = {
        .name = "script",
        .pe_create = pe_create,
        .pe_destroy = pe_destroy,
        .run = run,
        .inject = inject,
        .vcpu_destroy = vcpu_destroy,
};

bool rmm_script(struct rmm *rmm, uint64_t pc, guest_script *fn, void *arg)
{
	struct rmm_script_entry *free_entry = NULL;

	for (unsigned i = 0; i < RMM_MAX_SCRIPTS; i++) {
		struct rmm_script_entry *entry = &rmm->scripts[i];

		if (entry->fn != NULL && entry->pc == pc) {
			free_entry = entry;
			break;
		}
		if (entry->fn == NULL && free_entry == NULL)
			free_entry = entry;
	}
	if (free_entry == NULL)
		return fn == NULL;
	*free_entry = (struct rmm_script_entry){.pc = pc, .fn = fn, .arg = arg};
	return true;
}
