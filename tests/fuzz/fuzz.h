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

#define FUZZ_MAX_REALMS    3
#define FUZZ_MAX_TABLES    24
#define FUZZ_MAX_RECS      8
#define FUZZ_MAX_OPS       24
#define FUZZ_MAX_GRANULES  4096
#define FUZZ_NUM_PCS       8
#define FUZZ_NUM_REVISIONS 2
#define FUZZ_HISTORY       48

/** Tables that a Realm has below the starting level as a rule. */
#define FUZZ_SOME_TABLES   7

/** Granules that are left to the Host on the whole: structures, lists, contents. */
#define FUZZ_SCRATCH       24

/** Blocks of level 2 that are only used as a whole, where DRAM is large enough. */
#define FUZZ_BLOCKS        4

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
	unsigned tree; /**< 0 is the primary one. */
};

struct fuzz_rec {
	uint64_t pa;
	uint64_t mpidr;
	bool script;         /**< Starts at a PC that has a script. */
	bool off;            /**< Was created so that it cannot run. */
	bool psci;           /**< Waits for RMI_PSCI_COMPLETE. */
	uint64_t target;     /**< MPIDR that the PSCI request is about. */
	uint64_t ripas_base; /**< Of the RIPAS change that the Realm asked for. */
	uint64_t ripas_top;  /**< 0: it did not. */
	uint64_t s2ap_base;  /**< Of the change of permissions that it asked for. */
	uint64_t s2ap_top;   /**< 0: it did not. */
};

struct fuzz_realm {
	bool used;
	bool active;
	bool dying;  /**< To be taken apart. */
	bool zombie; /**< RMI_REALM_TERMINATE has succeeded. */
	bool lpa2;
	uint64_t rd;
	unsigned s2sz;
	int start_level;
	unsigned num_created; /**< RECs created so far: the next index. */
	unsigned num_recs;
	unsigned num_tables;
	struct fuzz_rec recs[FUZZ_MAX_RECS];
	struct fuzz_table tables[FUZZ_MAX_TABLES];
	unsigned num_planes; /**< Auxiliary ones. */
	unsigned num_trees;
	unsigned num_aux; /**< Auxiliary tables. */
	struct fuzz_table aux[FUZZ_MAX_TABLES];
	struct fuzz_table gone; /**< The auxiliary table that was destroyed last; level 0: none. */
	uint64_t aux_page;      /**< Where an auxiliary tree has mapped memory lately. */
	bool aux_prot;          /**< That is Protected. */
	bool aux_unprot;        /**< An auxiliary tree refers to Unprotected tables. */
};

/** A call to make, and what its success would mean. */
struct fuzz_call {
	struct smccc_regs in;
	const struct rmi_command *command; /**< NULL: unknown function. */
	struct fuzz_realm *realm;          /**< The Realm that it is about, or NULL. */
	struct fuzz_realm params;          /**< RMI_REALM_CREATE: what would be created. */
	struct fuzz_rec rec;               /**< RMI_REC_CREATE: what would be created. */
	const struct rmi_failure *aim;     /**< The condition that was made true, or NULL. */
	bool bad_gic; /**< RMI_REC_ENTER: with a list register that is refused. */
};

/** A stateful operation that is open. */
struct fuzz_op {
	uint64_t handle;
	uint64_t x0;         /**< Last answer. */
	uint64_t donate_req; /**< Last request. */
	bool failing;        /**< The Host gave it up: it will end in an error. */
	struct fuzz_call origin;
};

/** Answers of one function, by status; the last two: SMCCC_NOT_SUPPORTED, and anything else. */
#define FUZZ_NUM_ANSWERS (RMI_NUM_STATUS_CODES + 2)

struct fuzz_count {
	const char *name;
	uint32_t fid;
	uint64_t answers[FUZZ_NUM_ANSWERS];
};

/** How often a condition was aimed at, and answered with its status. */
struct fuzz_tally {
	uint64_t aimed;
	uint64_t hit;
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
	char conf[192];
	FILE *trace; /**< Where the calls are written down, or NULL. */
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
	bool pat_valid;      /**< The RMM has a platform token. */
	bool active;         /**< The RMM is in RMM_STATE_ACTIVE. */
	bool aiming;         /**< A call is drawn that is meant to fail. */
	bool lpa2;
	unsigned planes;
	unsigned num_vmids;
	unsigned max_recs; /**< That a Realm can have. */
	uint8_t granules[FUZZ_MAX_GRANULES];
	struct fuzz_realm realms[FUZZ_MAX_REALMS];
	struct fuzz_op ops[FUZZ_MAX_OPS];
	unsigned num_ops;
	uint64_t good_ipa;          /**< A page that a Realm could write lately. */
	struct fuzz_realm *running; /**< The Realm whose REC was entered last, or NULL. */
	uint64_t running_rec;       /**< PA of that REC. */

	uint64_t calls; /**< Made so far, in all. */
	struct fuzz_count *rmi_counts;
	size_t num_rmi_counts;
	struct fuzz_count *rsi_counts;
	size_t num_rsi_counts;
	struct fuzz_tally *tallies; /**< By revision, command and condition. */
	struct fuzz_tally *results; /**< By revision and command: calls, successes. */
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
/** First PA of a tracking region; 0 is the one where DRAM begins. */
uint64_t fuzz_region(const struct fuzz *f, uint64_t index);
/** Index of the first granule of the blocks that are only used as a whole. */
unsigned fuzz_first_block(const struct fuzz *f);
/** PA of a granule in a state; any PA when there is none. */
uint64_t fuzz_granule(struct fuzz *f, enum fuzz_granule state);
/** PA of count granules in a row in a state, aligned to their size; 0 when there are none. */
uint64_t fuzz_granules(struct fuzz *f, enum fuzz_granule state, uint64_t count);
/** What the notebook knows of the granule at a PA; FUZZ_OTHER where there is none. */
enum fuzz_granule fuzz_state(struct fuzz *f, uint64_t pa);
/** PA of a granule that is the Host's and may be written; 0 when all of them are gone. */
uint64_t fuzz_scratch(struct fuzz *f);
/** Pointer to a scratch granule. */
void *fuzz_va(struct fuzz *f, uint64_t pa);
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
/** PA of a REC that another one of its Realm wants to be turned on; 0 when there is none. */
uint64_t fuzz_psci_target(struct fuzz *f);
/** An IPA where something is likely to be; granule aligned. @param prot Protected */
uint64_t fuzz_ipa(struct fuzz *f, const struct fuzz_realm *realm, bool prot);
/** Writes down what a finished call has changed. */
void fuzz_learn(struct fuzz *f, const struct fuzz_call *call, const struct smccc_regs *out);

/* fuzz_calls.c: arguments that make sense. */

/** Draws a command with its arguments. */
void fuzz_draw(struct fuzz *f, struct fuzz_call *call);
/** Draws arguments for a command, which may turn out to be another one. */
void fuzz_draw_command(struct fuzz *f, struct fuzz_call *call, const struct rmi_command *command);
/** A descriptor of memory that a Realm can be given. */
uint64_t fuzz_desc(struct fuzz *f, uint64_t pa, uint64_t count, enum rmi_addr_block_size size,
                   bool ns);

/* fuzz_objects.c: the commands that take structures. */

void fuzz_draw_realm_create(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_rec_create(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_rec_enter(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_config(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_op(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_psci_complete(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_set_ripas(struct fuzz *f, struct fuzz_call *call);

/* fuzz_planes.c: what Realms with several planes need. */

/** Adds planes to what would be created. */
void fuzz_add_planes(struct fuzz *f, struct fuzz_realm *realm, struct rmi_realm_params *params);
void fuzz_draw_aux_create(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_aux_table(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_aux_map(struct fuzz *f, struct fuzz_call *call);
void fuzz_draw_set_s2ap(struct fuzz *f, struct fuzz_call *call);
/** Writes down what a successful call on an auxiliary tree has changed. */
void fuzz_learn_aux(struct fuzz_realm *realm, const struct fuzz_call *call);

/* fuzz_spoil.c */

/** Spoils some arguments, and fills the registers that the command does not take. */
void fuzz_spoil(struct fuzz *f, struct fuzz_call *call);
/** A value for an argument of a type. */
uint64_t fuzz_value(struct fuzz *f, enum rmi_arg_type type);

/* fuzz_aim.c: calls that are right but for one thing. */

/** Makes room for the tallies. */
void fuzz_aim_init(struct fuzz *f);
/** Draws a call with one failure condition made true. @return false if there is none to be had */
bool fuzz_aim(struct fuzz *f, struct fuzz_call *call);
/** Counts the final answer to a call. @param x0 X0 */
void fuzz_aim_result(struct fuzz *f, const struct fuzz_call *call, uint64_t x0);
/**
 * Says which conditions were met and which commands succeeded.
 *
 * @param table print all of them, else only what is missing
 * @return whether nothing is missing
 */
bool fuzz_aim_report(const struct fuzz *f, bool table);

/* fuzz_aim_rules.c */

/** Makes a condition true. @return false if that cannot be done at the moment */
typedef bool fuzz_aim_fn(struct fuzz *f, struct fuzz_call *call);

/** How a condition of a command is made true; NULL when nobody knows. */
fuzz_aim_fn *fuzz_aim_rule(const struct rmi_command *command, const struct rmi_failure *condition);
/** Whether a rule makes a condition of a REC that runs true. */
bool fuzz_aim_is_running(fuzz_aim_fn *rule);
/** Whether a REC waits for RMI_PSCI_COMPLETE or, else, for RMI_RTT_SET_RIPAS. */
bool fuzz_aim_waits(struct fuzz *f, bool psci);
/** Whether a REC waits for RMI_RTT_SET_S2AP. */
bool fuzz_aim_waits_s2ap(struct fuzz *f);
/** Why the model never meets a condition; NULL when it does. */
const char *fuzz_aim_unreachable(const struct rmi_command *command,
                                 const struct rmi_failure *condition, enum rmi_revision rev);
/** The register that holds an input of the command, or NULL; the name may lack its "_ptr". */
uint64_t *fuzz_input(struct fuzz_call *call, const char *name);

/* fuzz_guest.c */

/** PC of script @p index. */
uint64_t fuzz_pc(unsigned index);
/** Whether a PC has a script. */
bool fuzz_pc_known(uint64_t pc);
/** Registers the scripts. */
void fuzz_guest_register(struct fuzz *f);

/* fuzz_run.c */

/** A generator; ends the program when memory is short. To be freed with fuzz_free(). */
struct fuzz *fuzz_new(uint64_t seed);
void fuzz_free(struct fuzz *f);
/** Opens an RMM, and brings it to RMM_STATE_ACTIVE after some calls. @param size as configured */
void fuzz_begin(struct fuzz *f, const char *conf, enum rmi_granule_size size);
/** Closes it. */
void fuzz_end(struct fuzz *f);

/** Draws, makes and checks one call. */
void fuzz_step(struct fuzz *f);
/** Registers from X1 on that a command may change; NULL is an unknown function. */
unsigned fuzz_num_outputs(const struct rmi_command *command);
/** Counts an answer. @param x0 X0 of the call */
void fuzz_count(struct fuzz_count *counts, size_t count, uint32_t fid, uint64_t x0, bool rsi);
/** Says what is wrong and what led to it, and ends the program. */
void fuzz_fail(struct fuzz *f, const char *fmt, ...)
        __attribute__((format(printf, 2, 3), noreturn));

#endif
