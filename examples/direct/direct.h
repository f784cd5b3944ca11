/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host of one's own, over librmi alone: rmm.c calls the RMM and hands out pages, realm.c builds a
 * realm and its memory, main.c runs it. It takes the images of examples/guests that need no
 * interrupts.
 */
#ifndef EXAMPLES_DIRECT_H
#define EXAMPLES_DIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmi/rmi.h>

#define PAGE       UINT64_C(0x1000)
#define GSHIFT     12
#define IPA_BITS   40
#define SHARED_BIT (UINT64_C(1) << (IPA_BITS - 1))
#define MAX_VCPUS  8
#define MAX_TABLES 256

/** The machine: an RMM, one PE, and the pages behind it. */
struct machine {
	struct rmi *rmi;
	struct rmi_pe *pe;
	uint64_t base;
	size_t num_pages;
	uint8_t *taken; /**< Of each page: whether somebody has it. */
	uint64_t list;  /**< A page for lists of memory. */
};

/** Opens the machine and activates its RMM. @return whether it is there */
bool machine_open(struct machine *m, const char *conf);

/** Deactivates the RMM. @return granules that it has not given back */
uint64_t machine_close(struct machine *m);

/** Takes pages, cleared, aligned to their size. @return PA; 0: there are none */
uint64_t page_take(struct machine *m, size_t n);
void page_give(struct machine *m, uint64_t pa, size_t n);
void *page_va(struct machine *m, uint64_t pa);

/** The same for the Realm world. */
uint64_t page_take_delegated(struct machine *m, size_t n);
void page_give_delegated(struct machine *m, uint64_t pa, size_t n);

/**
 * One command, repeated while the RMM is busy, with all that it asks for in between.
 * @return X0 of its end; regs holds the outputs
 */
uint64_t call_rmm(struct machine *m, struct smccc_regs *regs);

#define CALL_RMM(m, regs, ...) call_rmm(m, ((regs) = (struct smccc_regs){{__VA_ARGS__}}, &(regs)))

/** A vCPU. */
struct vcpu {
	uint64_t rec;
	uint64_t run_pa;
	struct rmi_rec_run *run;
	bool on;
};

/** A realm with one region of RAM. */
struct realm {
	struct machine *m;
	uint64_t rd;
	uint64_t root;
	uint64_t ram;
	uint64_t ram_size;
	uint64_t *shared; /**< For each page of RAM: its page in the shared half; 0: none. */
	struct {
		uint64_t ipa;
		int level;
	} table[MAX_TABLES]; /**< RTTs in the order in which they were made. */
	unsigned num_tables;
	struct vcpu vcpu[MAX_VCPUS];
	unsigned num_vcpus;
};

/* Each returns whether it worked. */
bool realm_create(struct realm *r, struct machine *m, uint64_t ram, uint64_t ram_size);
bool realm_populate(struct realm *r, uint64_t ipa, const void *content);
bool realm_add_vcpu(struct realm *r, uint64_t pc);
bool realm_activate(struct realm *r);

/** Private memory for a page of RAM that the realm has touched. */
bool realm_map(struct realm *r, uint64_t ipa);

/** Shared memory for it. */
bool realm_share(struct realm *r, uint64_t ipa);

/** What the vCPU asks for by a RIPAS change, all of it RAM. */
bool realm_change_ripas(struct realm *r, struct vcpu *cpu, uint64_t base, uint64_t top,
                        enum rmi_ripas ripas);

/** Takes everything back. */
bool realm_destroy(struct realm *r);

/** Starts vCPU 0 and goes on until the realm is off. @return its exit status; -1: an error */
int realm_run(struct realm *r);

#endif
