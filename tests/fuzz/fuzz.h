/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file fuzz.h
 * Random calls, most of them nearly right: a notebook of what the RMM holds, from which arguments
 * are drawn, and a hand that spoils some of them. Nothing depends on the notebook being right.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rmi/commands.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>
#include <rmm/model.h>

#define FUZZ_MAX_REALMS   3
#define FUZZ_MAX_TABLES   24
#define FUZZ_MAX_RECS     8
#define FUZZ_MAX_OPS      24
#define FUZZ_MAX_GRANULES 4096
#define FUZZ_NUM_PCS      8
#define FUZZ_HISTORY      48

/** Tables that a Realm has below the starting level as a rule. */
#define FUZZ_SOME_TABLES  7

/** Granules that are left to the Host on the whole: structures, lists, contents. */
#define FUZZ_SCRATCH      24

/** What the notebook knows of a granule. */
enum fuzz_granule {
	FUZZ_NS,
	FUZZ_DELEGATED,
	FUZZ_RD,
	FUZZ_RTT,
	FUZZ_REC,
	FUZZ_DATA,
	FUZZ_OTHER,
	FUZZ_NUM_GRANULE_STATES,
};

struct fuzz_table {
	uint64_t ipa;
	int level;
};

struct fuzz_rec {
	uint64_t pa;
	uint64_t mpidr;
	bool script;         /**< Starts at a PC that has a script. */
	bool psci;           /**< Waits for RMI_PSCI_COMPLETE. */
	uint64_t target;     /**< MPIDR that the PSCI request is about. */
	uint64_t ripas_base; /**< Of the RIPAS change that the Realm asked for. */
	uint64_t ripas_top;  /**< 0: it did not. */
};

struct fuzz_realm {
	bool used;
	bool active;
	bool dying;  /**< To be taken apart. */
	bool zombie; /**< RMI_REALM_TERMINATE has succeeded. */
	uint64_t rd;
	unsigned s2sz;
	int start_level;
	unsigned num_created; /**< RECs created so far: the next index. */
	unsigned num_recs;
	unsigned num_tables;
	struct fuzz_rec recs[FUZZ_MAX_RECS];
	struct fuzz_table tables[FUZZ_MAX_TABLES];
};

/** A call to make, and what its success would mean. */
struct fuzz_call {
	struct smccc_regs in;
	const struct rmi_command *command; /**< NULL: unknown function. */
	struct fuzz_realm *realm;          /**< The Realm that it is about, or NULL. */
	struct fuzz_realm params;          /**< RMI_REALM_CREATE: what would be created. */
	struct fuzz_rec rec;               /**< RMI_REC_CREATE: what would be created. */
};

/** A stateful operation that is open. */
struct fuzz_op {
	uint64_t handle;
	uint64_t x0;         /**< Last answer. */
	uint64_t donate_req; /**< Last request. */
	struct fuzz_call origin;
};

/** Answers of one function, by status; the last two: SMCCC_NOT_SUPPORTED, and anything else. */
#define FUZZ_NUM_ANSWERS (RMI_NUM_STATUS_CODES + 2)

struct fuzz_count {
	const char *name;
	uint32_t fid;
	uint64_t answers[FUZZ_NUM_ANSWERS];
};

struct fuzz_history {
	struct smccc_regs in;
	uint64_t x0;
	unsigned pe;
	unsigned depth;
};

struct fuzz {
	uint64_t random; /**< State of the generator. */
	uint64_t seed;
	const char *conf;
	struct rmi *rmi;
	struct rmm *rmm;
	enum rmi_revision revision;
	unsigned gshift;
	uint64_t gsize;
	uint64_t base;
	unsigned num_granules;
	unsigned depth;      /**< 1 while a Realm runs. */
	unsigned run_number; /**< Goes up with each RMI_REC_ENTER. */
	unsigned steps;      /**< What the Realm may still do in this run. */
	bool dirty;          /**< granules[] is out of date. */
	uint8_t granules[FUZZ_MAX_GRANULES];
	struct fuzz_realm realms[FUZZ_MAX_REALMS];
	struct fuzz_op ops[FUZZ_MAX_OPS];
	unsigned num_ops;
	uint64_t good_ipa;          /**< A page that a Realm could write lately. */
	struct fuzz_realm *running; /**< The Realm whose REC was entered last, or NULL. */

	uint64_t calls; /**< Made so far, in all. */
	struct fuzz_count *rmi_counts;
	size_t num_rmi_counts;
	struct fuzz_count *rsi_counts;
	size_t num_rsi_counts;
	struct fuzz_history history[FUZZ_HISTORY];
	uint64_t num_history;
};

/* fuzz_world.c: the generator and the notebook. */

uint64_t fuzz_random(struct fuzz *f);
/** A number below n. */
uint64_t fuzz_below(struct fuzz *f, uint64_t n);
/** True in that many cases of a hundred. */
bool fuzz_chance(struct fuzz *f, unsigned percent);
/** A number that is likely to be at a border of something. */
uint64_t fuzz_edge(struct fuzz *f);
/** PA of a granule in a state; any PA when there is none. */
uint64_t fuzz_granule(struct fuzz *f, enum fuzz_granule state);
/** PA of count granules in a row in a state, aligned to their size; 0 when there are none. */
uint64_t fuzz_granules(struct fuzz *f, enum fuzz_granule state, uint64_t count);
/** PA of a granule that is the Host's and may be written; 0 when all of them are gone. */
uint64_t fuzz_scratch(struct fuzz *f);
/** Pointer to a scratch granule. */
void *fuzz_va(struct fuzz *f, uint64_t pa);
/** Whether the Host may write a granule. */
bool fuzz_is_ns(struct fuzz *f, uint64_t pa);
/** What a Realm should be like. */
enum fuzz_wish {
	FUZZ_ANY,
	FUZZ_NEW,
	FUZZ_ACTIVE,
	FUZZ_DYING,
};

/** A Realm of the notebook, as a rule one that is as wished; NULL when there is none. */
struct fuzz_realm *fuzz_realm(struct fuzz *f, enum fuzz_wish wish);
/** The REC of the notebook at a PA, or NULL. */
struct fuzz_rec *fuzz_rec(struct fuzz *f, uint64_t pa);
/** An IPA where something is likely to be; granule aligned. @param prot Protected */
uint64_t fuzz_ipa(struct fuzz *f, const struct fuzz_realm *realm, bool prot);
/** Writes down what a finished call has changed. */
void fuzz_learn(struct fuzz *f, const struct fuzz_call *call, const struct smccc_regs *out);

/* fuzz_calls.c: arguments that make sense. */

/** Draws a command with its arguments. */
void fuzz_draw(struct fuzz *f, struct fuzz_call *call);

/* fuzz_objects.c: the commands that take structures. */

void fuzz_draw_realm_create(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_rec_create(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_rec_enter(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_config(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_op(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_psci_complete(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_set_ripas(struct fuzz *f, struct fuzz_call *call);

/* fuzz_spoil.c */

/** Spoils some arguments, and fills the registers that the command does not take. */
void fuzz_spoil(struct fuzz *f, struct fuzz_call *call);
/** A value for an argument of a type. */
uint64_t fuzz_value(struct fuzz *f, enum rmi_arg_type type);

/* fuzz_guest.c */

/** PC of script @p index. */
uint64_t fuzz_pc(unsigned index);
/** Whether a PC has a script. */
bool fuzz_pc_known(uint64_t pc);
/** Registers the scripts. */
void fuzz_guest_register(struct fuzz *f);

/* random_calls.c */

/** Draws, makes and checks one call. */
void fuzz_step(struct fuzz *f);
/** Counts an answer. @param x0 X0 of the call */
void fuzz_count(struct fuzz_count *counts, size_t count, uint32_t fid, uint64_t x0, bool rsi);
/** Says what is wrong and what led to it, and ends the program. */
void fuzz_fail(struct fuzz *f, const char *fmt, ...)
        __attribute__((format(printf, 2, 3), noreturn));

#endif
