/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file a64_machine.h
 * A machine for tests of the A64 interpreter: flat memory behind a stage 2 of one entry per page.
 */
#ifndef TESTS_A64_MACHINE_H
#define TESTS_A64_MACHINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmm/engine.h>

/** IPA of the first byte of memory. */
#define MACHINE_BASE    UINT64_C(0x40000000)
#define MACHINE_SIZE    UINT64_C(0x1000000)
#define MACHINE_PAGES   (MACHINE_SIZE / 4096)
#define MACHINE_CPUS    4

/** IPAs from here on are beyond the IPA space: an Address Size fault of level 1. */
#define MACHINE_IPA_TOP (UINT64_C(1) << 40)

/** A vCPU with a PE of its own. */
struct machine_cpu {
	struct guest_vcpu vcpu; /**< First: the services get at the rest from here. */
	struct guest_regs regs;
	struct guest_entry entry;
	struct guest_exit exit;
	struct machine *machine;
	void *engine_data;
	void *pe;
	atomic_bool active;  /**< It runs, and may use translations. */
	unsigned flushed;    /**< Calls of services.flushed(). */
	unsigned broadcasts; /**< Calls of services.tlbi_broadcast(). */
	unsigned events;     /**< Calls of services.send_event(). */
	unsigned ticks;      /**< Calls of services.tick(). */
};

/** Memory that vCPUs share. */
struct machine {
	uint8_t *memory;
	/** Requests that a vCPU gets while it reads the counter, as if another thread sent them. */
	uint32_t requests;
	/** Where a page really is: a page number of memory. */
	uint32_t frame[MACHINE_PAGES];
	/** Fault status code of a page by kind of access (enum guest_access), or 0. */
	uint8_t fault[MACHINE_PAGES][3];
	/** The next lookup of the page says that stage 2 changed meanwhile. */
	bool flush_once[MACHINE_PAGES];
	/** A broadcast reaches these; NULL ends them. */
	struct machine_cpu *cpus[MACHINE_CPUS + 1];
	uint64_t counter; /**< What CNTVCT_EL0 reads; goes up by one with each read. */
	uint64_t tick;    /**< What services.tick() returns; 0: 16384. */
};

/** Memory of zeros; NULL when there is none. */
struct machine *machine_create(void);
void machine_destroy(struct machine *machine);

/** A vCPU at reset with PC = MACHINE_BASE. */
void machine_add_cpu(struct machine *machine, struct machine_cpu *cpu, uint64_t id);
void machine_remove_cpu(struct machine_cpu *cpu);

/** Runs until the engine leaves. */
enum guest_exit_kind machine_run(struct machine_cpu *cpu);

/**
 * Makes the vCPUs of machine.cpus drop their translations; returns when none of them uses an old
 * one.
 */
void machine_flush(struct machine *machine, const struct machine_cpu *except);

/** Host address of an IPA, through the frames. */
void *machine_at(struct machine *machine, uint64_t ipa);

/** Writes instructions to an IPA. */
void machine_code(struct machine *machine, uint64_t ipa, const uint32_t *insns, size_t count);

/** Loads a file at MACHINE_BASE. @return whether it was there and fits */
bool machine_load(struct machine *machine, const char *path);

#endif
