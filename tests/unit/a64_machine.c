/* SPDX-License-Identifier: BSD-3-Clause */
#include "a64_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static unsigned translate(struct guest_vcpu *vcpu, uint64_t ipa, enum guest_access access,
                          struct guest_page *page)
{
	struct machine_cpu *cpu = (struct machine_cpu *)vcpu;
	struct machine *machine = cpu->machine;
	uint64_t number = (ipa - MACHINE_BASE) / 4096;
	uint8_t fault;

	if (access == GUEST_FETCH_EL0)
		access = GUEST_FETCH;
	if (ipa >= MACHINE_IPA_TOP)
		return 1;
	if (ipa < MACHINE_BASE || number >= MACHINE_PAGES)
		return 0x06;
	fault = __atomic_load_n(&machine->fault[number][access], __ATOMIC_RELAXED);
	if (fault)
		return fault;
	*page = (struct guest_page){
	        .host = machine_at(machine, ipa & ~UINT64_C(4095)),
	        .writable = !machine->fault[number][GUEST_WRITE],
	        .executable = !machine->fault[number][GUEST_FETCH],
	        .flush = machine->flush_once[number],
	};
	if (page->flush)
		machine->flush_once[number] = false;
	return 0;
}

static void flushed(struct guest_vcpu *vcpu)
{
	((struct machine_cpu *)vcpu)->flushed++;
	atomic_fetch_and(&vcpu->requests, ~GUEST_REQUEST_FLUSH);
}

static void tlbi_broadcast(struct guest_vcpu *vcpu)
{
	struct machine_cpu *cpu = (struct machine_cpu *)vcpu;

	cpu->broadcasts++;
	if (!cpu->machine->cpus[0])
		return;
	/* Others may be waiting for this one in the same way. */
	atomic_store(&cpu->active, false);
	machine_flush(cpu->machine, cpu);
	atomic_store(&cpu->active, true);
	atomic_fetch_or(&vcpu->requests, GUEST_REQUEST_FLUSH);
}

void machine_flush(struct machine *machine, const struct machine_cpu *except)
{
	for (unsigned i = 0; machine->cpus[i]; i++) {
		struct machine_cpu *cpu = machine->cpus[i];

		if (cpu == except || !atomic_load(&cpu->active))
			continue;
		atomic_fetch_or(&cpu->vcpu.requests, GUEST_REQUEST_FLUSH);
		while (atomic_load(&cpu->active) &&
		       (atomic_load(&cpu->vcpu.requests) & GUEST_REQUEST_FLUSH))
			;
	}
}

static uint64_t counter(struct guest_vcpu *vcpu)
{
	struct machine *machine = ((struct machine_cpu *)vcpu)->machine;

	atomic_fetch_or(&vcpu->requests, machine->requests);
	return machine->counter++;
}

static uint64_t tick(struct guest_vcpu *vcpu)
{
	struct machine_cpu *cpu = (struct machine_cpu *)vcpu;

	cpu->ticks++;
	return cpu->machine->tick ? cpu->machine->tick : 16384;
}

/* Nothing is emulated here. */
static enum guest_gic gic(struct guest_vcpu *vcpu, uint32_t reg, bool read, uint64_t *value)
{
	(void)vcpu;
	(void)reg;
	(void)read;
	(void)value;
	return GUEST_GIC_TRAPPED;
}

static void send_event(struct guest_vcpu *vcpu)
{
	((struct machine_cpu *)vcpu)->events++;
}

static const struct guest_services services = {
        .translate = translate,
        .flushed = flushed,
        .tlbi_broadcast = tlbi_broadcast,
        .counter = counter,
        .tick = tick,
        .gic = gic,
        .send_event = send_event,
};

struct machine *machine_create(void)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		return NULL;
	machine->memory = mmap(NULL, MACHINE_SIZE, PROT_READ | PROT_WRITE,
	                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (machine->memory == MAP_FAILED) {
		free(machine);
		return NULL;
	}
	for (uint32_t i = 0; i < MACHINE_PAGES; i++)
		machine->frame[i] = i;
	return machine;
}

void machine_destroy(struct machine *machine)
{
	munmap(machine->memory, MACHINE_SIZE);
	free(machine);
}

void machine_add_cpu(struct machine *machine, struct machine_cpu *cpu, uint64_t id)
{
	*cpu = (struct machine_cpu){.machine = machine};
	cpu->vcpu.regs = &cpu->regs;
	cpu->vcpu.id = id;
	cpu->vcpu.engine_data = &cpu->engine_data;
	cpu->regs.pc = MACHINE_BASE;
	cpu->regs.pstate = GUEST_PSTATE_RESET;
	cpu->regs.sysreg[GUEST_SCTLR_EL1] = GUEST_SCTLR_EL1_RESET;
	cpu->pe = guest_engine_a64.pe_create(&services);
}

void machine_remove_cpu(struct machine_cpu *cpu)
{
	guest_engine_a64.pe_destroy(cpu->pe);
}

enum guest_exit_kind machine_run(struct machine_cpu *cpu)
{
	atomic_store(&cpu->active, true);
	/* What it missed while it did not run. */
	if (cpu->machine->cpus[0])
		atomic_fetch_or(&cpu->vcpu.requests, GUEST_REQUEST_FLUSH);
	guest_engine_a64.run(cpu->pe, &cpu->vcpu, &cpu->entry, &cpu->exit);
	atomic_store(&cpu->active, false);
	return cpu->exit.kind;
}

void *machine_at(struct machine *machine, uint64_t ipa)
{
	uint64_t offset = ipa - MACHINE_BASE;

	uint32_t frame = __atomic_load_n(&machine->frame[offset / 4096], __ATOMIC_RELAXED);

	return machine->memory + (uint64_t)frame * 4096 + offset % 4096;
}

void machine_code(struct machine *machine, uint64_t ipa, const uint32_t *insns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		memcpy(machine_at(machine, ipa + 4 * i), &insns[i], sizeof(insns[i]));
}

bool machine_load(struct machine *machine, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file)
		return false;
	size = fread(machine->memory, 1, MACHINE_SIZE, file);
	fclose(file);
	return size > 0 && size < MACHINE_SIZE;
}
