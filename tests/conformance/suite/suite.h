/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file suite.h
 * How a test of the conformance suite is written.
 *
 * A command has a base: a function that builds a world in which the command succeeds, and the call.
 * A failure condition is a function that spoils one thing of that; the status that must follow is
 * in the command table. A success condition is a function that looks at the world after the call.
 * Orderings need no code of their own: both conditions are made true, the one that wins first in
 * the table's list last, and the winner's status must follow.
 *
 *     static void base(struct world *w)
 *     {
 *             world_realm(w);
 *             WORLD_CALL(w, SMC_RMI_REALM_ACTIVATE, w->realm.rd);
 *     }
 *
 *     static void rd_align(struct world *w)
 *     {
 *             w->regs.x[1] += 1;
 *     }
 *
 *     static const struct conformance_row rows[] = {
 *             FAILS(rd_align, rd_align),
 *             HOLDS(realm_state, is_active),
 *             {0},
 *     };
 *
 *     const struct conformance_command conformance_realm_activate = {
 *             .name = "RMI_REALM_ACTIVATE", .base = base, .rows = rows,
 *     };
 *
 * and a line in the list of commands, list.def.
 *
 * A command of the RSI or of PSCI is a call of the Realm's: the base builds a Realm with a REC that
 * makes calls (world_server()), and w->regs are the registers of its SMC. What the REC leaves for
 * meanwhile is handled by w->on_exit.
 */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rmi/abi/psci.h>
#include <rmi/abi/rsi.h>
#include <rmi/rmi.h>

#include <support/realm.h>
#include <support/sro.h>

struct rmm;

/** A level that no test has named. */
#define WORLD_NO_LEVEL (-100)

/** A call of a Realm's that returns to it. */
#define WORLD_RETURNS  (-1)

/** One test: an RMM of its own, what was built in it, and the call under test. */
struct world {
	struct rmi *rmi;
	struct rmi_pe *pe;       /**< Where the Host makes its calls. */
	struct rmi_pe *other_pe; /**< Another one. */
	struct rmm *model;       /**< The software RMM, or NULL: another backend. */
	enum rmi_revision rev;
	unsigned gshift;          /**< log2 of the RMI granule size. */
	uint64_t page;            /**< Bytes of a page. */
	uint64_t block;           /**< Bytes of a level 2 block. */
	uint64_t base;            /**< First PA of the memory. */
	uint64_t nowhere;         /**< A PA where there is no memory, aligned to any block. */
	struct small_realm realm; /**< The Realm that a test is about. */
	struct small_realm other; /**< Another one. */
	uint64_t spare;           /**< PAs that nothing has used, aligned to 1 GiB. */
	uint64_t code;            /**< Host page with what world_load() has loaded. */
	struct sro_memory memory; /**< What operations of the call under test are given. */

	/** The call under test: arguments, and then results. regs.x[0] is the identifier, then X0.
	 */
	struct smccc_regs regs;
	/** The arguments, once the call has been made. */
	struct smccc_regs in;
	/** Level that X0 must carry if the status has one. A test of such a status must say it. */
	int level;
	/** Make the call once and leave what it began to the test. */
	bool raw;
	/** What X0 is when the command does what it is for, RMI_SUCCESS unless the base says so. */
	enum rmi_status_code success;
	/** What X0 is when RMI_OP_CONTINUE tells how the command failed that it resumed. */
	enum rmi_status_code resumed;
	/** The REC that makes the call under test, of a command of the RSI or of PSCI. */
	uint64_t rec;
	/** What the Host does about an exit during such a call. NULL: the call ends there. */
	void (*on_exit)(struct world *w);
	/** Why the REC must leave for good. WORLD_RETURNS: the call returns. */
	int leaves;
	/** X0 of such a call that succeeds: 0, unless the base says so. */
	uint64_t answer;
	/** Whatever a base wants its rows to know. */
	uint64_t note[8];

	/* For the runner and for world.c. */
	jmp_buf leave;
	enum world_end { WORLD_GOING, WORLD_FAILED, WORLD_SKIPPED } end;
	char why[400];
	pthread_t thread;
	bool running;
	_Atomic bool stopping;
	bool active;    /**< The RMM was active before the test; it is not the test's own. */
	bool activated; /**< The test wants it active. */
	uint64_t running_rec;
	uint64_t running_page;
	struct smccc_regs open; /**< The operation that world_begin() has begun. */
};

/** A condition and its test. */
struct conformance_row {
	const char *condition;
	/** A failure condition: makes it true, after the base. */
	void (*spoil)(struct world *w);
	/** A success condition: looks at the world after the call. */
	void (*check)(struct world *w);
	/** A failure condition: looks at what the call returns beside X0. Not for orderings. */
	void (*after)(struct world *w);
	/**
	 * One more test of a condition that a row without this names: another way to make it true,
	 * or another place to look at. The test is named "COMMAND/condition.variant".
	 */
	const char *variant;
	/** Instead of the base of the command. */
	void (*base)(struct world *w);
	/** Keys of the software RMM that the test needs; it runs on no other backend. */
	const char *conf;
	/** Why no caller can make the condition true. Neither spoil nor check. */
	const char *never;
	/** With @p never: it is a success condition. */
	bool holds;
	/** RMI_REVISIONS_*; 0 stands for all. */
	uint8_t revisions;
};

/** @param id identifier in the command table; @param fn spoils */
#define FAILS(id, fn, ...)                                                                         \
	{                                                                                          \
		.condition = #id, .spoil = (fn), ##__VA_ARGS__                                     \
	}
/** @param fn checks */
#define HOLDS(id, fn, ...)                                                                         \
	{                                                                                          \
		.condition = #id, .check = (fn), ##__VA_ARGS__                                     \
	}
/** @param why no caller can make a failure condition true */
#define NEVER_FAILS(id, why, ...)                                                                  \
	{                                                                                          \
		.condition = #id, .never = (why), ##__VA_ARGS__                                    \
	}
/** @param why no caller can see a success condition */
#define NEVER_HOLDS(id, why, ...)                                                                  \
	{                                                                                          \
		.condition = #id, .never = (why), .holds = true, ##__VA_ARGS__                     \
	}

/** The tests of a command. */
struct conformance_command {
	const char *name; /**< "RMI_RTT_CREATE" */
	void (*base)(struct world *w);
	const char *conf; /**< As in struct conformance_row, for all rows that have none. */
	/** The RMM stays in RMM_STATE_INIT, and there are no Realm windows. */
	bool init;
	uint8_t revisions; /**< RMI_REVISIONS_*; 0 stands for all. */
	/** Looks at the world after the call of "COMMAND/ok", or NULL. */
	void (*ok)(struct world *w);
	const struct conformance_row *rows; /**< Ended by a row without condition. */
};

/* Ends of a test. None of these returns when it ends the test. */

/** Ends the test as failed. */
_Noreturn void world_fail(struct world *w, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));
/** Ends the test as failed unless @p good. */
void world_expect(struct world *w, bool good, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));
/** Ends the test as failed unless two numbers are equal. */
void world_equal(struct world *w, uint64_t is, uint64_t should, const char *what);
/** Ends the test as failed unless X0 is RMI_SUCCESS. */
void world_must(struct world *w, uint64_t x0, const char *what);
/** Ends the test: it cannot be expressed here, and why. */
void world_skip(struct world *w, const char *fmt, ...)
        __attribute__((noreturn, format(printf, 2, 3)));

/* Calls. */

/** Names the call under test. */
#define WORLD_CALL(w, ...) ((w)->regs = (struct smccc_regs){.x = {__VA_ARGS__}})

/** Makes a call and drives what it begins to its end. @return X0; all results in @p regs */
uint64_t world_do(struct world *w, struct smccc_regs *regs);
/** The same for a call whose outputs nobody needs. */
#define WORLD_DO(w, ...) world_do((w), &(struct smccc_regs){.x = {__VA_ARGS__}})

/**
 * Makes a call that may begin an operation, once.
 * @return whether the operation is still open: RMI_INCOMPLETE. The handle is regs->x[1]
 */
bool world_try_begin(struct world *w, struct smccc_regs *regs);
/** Drives the open operation to its end. @return X0 */
uint64_t world_end(struct world *w);
/**
 * Begins an operation that is still open when this returns: RMI_REC_CREATE or another one that the
 * RMM does not finish in one call. Needs the inside of the software RMM, or luck.
 * @return the result of the call, RMI_INCOMPLETE; the handle is regs->x[1]
 */
uint64_t world_begin(struct world *w, struct smccc_regs *regs);

/* The RMM. */

/** Makes the RMM of a test that has struct conformance_command.init active, with Realm windows. */
void world_activate_rmm(struct world *w);
/** Skips such a test if the RMM has been active before, and the test has not asked for that. */
void world_needs_init(struct world *w);
/** Bytes of a tracking region, the smaller ones where there are two sizes. */
uint64_t world_region_size(const struct world *w);
/** Sets the state of the tracking region that a PA lies in. Skips the test if the RMM cannot. */
void world_track(struct world *w, uint64_t pa, enum rmi_tracking_region_state state);

/* Memory. */

/** RmiFeatureRegister<index>. */
uint64_t world_features(struct world *w, uint64_t index);

/** A page of the Host's. */
uint64_t world_page(struct world *w);
/** The Host's pointer to a PA. */
void *world_va(struct world *w, uint64_t pa);
/** A delegated page. */
uint64_t world_delegated(struct world *w);
/** A delegated, contiguous and aligned block of @p size bytes, a power of two. */
uint64_t world_delegated_block(struct world *w, uint64_t size);
/**
 * State of a granule as the specification spells it, "GRAN_RTT". Skips the test on a backend that
 * does not tell.
 */
const char *world_state(struct world *w, uint64_t pa);
/** Ends the test as failed unless a granule is in this state. */
void world_in_state(struct world *w, uint64_t pa, const char *state);
/** A descriptor of @p count entries of a level at a PA. */
uint64_t world_desc(struct world *w, uint64_t pa, int level, uint64_t count,
                    enum rmi_op_mem_state state);

/* Realms. */

/** The keys of a test that looks inside the software RMM and needs no keys. */
#define WORLD_INSIDE ""

/** rmm.dynamic.num_realms. For a test that needs the software RMM. */
uint64_t world_num_realms(struct world *w);

/** Creates the Realm, REALM_NEW, with the tables for its first page and no mapping. */
void world_realm(struct world *w);
/** The same for w->other. */
void world_other_realm(struct world *w);
/** What RMI_RTT_READ_ENTRY tells. */
struct world_entry {
	int level;
	uint64_t state; /**< RmiRttEntryState */
	uint64_t addr;
	uint64_t desc;
	uint64_t ripas;
};
/** Reads the entry of the Realm where the walk to a level ends. */
struct world_entry world_entry(struct world *w, uint64_t ipa, int level);
/** Creates one table of the Realm. @param level of the table; @return its PA */
uint64_t world_table(struct world *w, uint64_t ipa, int level);
/** Maps a Protected page; the tables must be there. @return PA of the page */
uint64_t world_map(struct world *w, uint64_t ipa);
/** The highest valid IPA plus one. */
#define WORLD_IPA_TOP(w) (UINT64_C(1) << (w)->realm.ipa_bits)
/** The first Unprotected IPA. */
#define WORLD_UNPROT(w)  (WORLD_IPA_TOP(w) / 2)

/* Guests. */

/** What a REC does. All of it is A64 code at the Realm's first page, loaded before activation. */
enum world_guest {
	GUEST_SMC,   /**< SMC #0 with X0..X7 from the REC's parameters, again and again. */
	GUEST_WFI,   /**< WFI for ever. */
	GUEST_STORE, /**< Stores X0 to the address in X1, then WFI for ever. */
	GUEST_LOAD,  /**< Loads X0 from the address in X1, then WFI for ever. */
	GUEST_SPIN,  /**< Stores X0 to the address in X1, then runs in a circle. */
	GUEST_HVC,   /**< HVC #0, then WFI for ever. */
	/** SMC #0, then as GUEST_SPIN with X0 and X1 from the parameters X5 and X6. */
	GUEST_CHANGE,
	GUEST_PEEK, /**< Loads X0 from the address in X1, then tells X0..X30. */
	GUEST_TELL, /**< Tells X0..X30 as they are at its start; see world_tell(). */
	GUEST_ASK,  /**< SMC #0 with X0..X7 from the REC's parameters, then tells X0..X30. */
	/**
	 * SMC #0, then tells in X1..X5 the first five words of the RSI page at its X1, and in
	 * X8..X15 the eight words from 0x200 on: RSI_REALM_CONFIG.
	 */
	GUEST_CONFIG,
	GUEST_MPIDR, /**< Tells MPIDR_EL1 in X0. */
	GUEST_COPY,  /**< Loads from the address in X1, stores to the address in X2, then WFI. */
	/**
	 * Makes the calls that the Host asks for: RSI_HOST_CALL with X0..X17 of the last call, and
	 * then an SMC with X0..X17 as the Host answers. X0 = 0 stands for a load of X1 from the
	 * address in X1, X0 = 1 for a store of X2 there. The parameter X0 is the IPA of its
	 * RsiHostCall.
	 */
	GUEST_SERVE,
	/**
	 * Makes an access to the address in X1 with X0, which one WORLD_TOUCH_IPA() in X3 says, and
	 * then tells X0..X30. If it takes an exception it tells ESR_EL1 in X0, FAR_EL1 in X1 and
	 * WORLD_TOUCH_EXCEPTION in X4.
	 */
	GUEST_TOUCH,
};

/** Accesses of GUEST_TOUCH: LDR, STR, BLR, LDP of X0 and X2, STP of X0 twice. */
#define WORLD_TOUCH_IPA(w, n)                                                                      \
	(WORLD_GUEST_IPA(w, GUEST_TOUCH) + 4 * (WORLD_TOUCH_FIRST + 2 * (uint64_t)(n)))
#define WORLD_TOUCH_FIRST         4
#define WORLD_TOUCH_EXCEPTION     UINT64_C(0x5ea)

/** IPA of the page with the code, and of a page of RAM behind it for what an SMC refers to. */
#define WORLD_CODE_IPA(w)         UINT64_C(0)
#define WORLD_RAM_IPA(w)          ((w)->page)

/** IPA where the code of a guest begins. */
#define WORLD_GUEST_IPA(w, guest) (WORLD_CODE_IPA(w) + (uint64_t)(guest)*WORLD_GUEST_SIZE)
/** Bytes of the code of a guest. */
#define WORLD_GUEST_SIZE          UINT64_C(128)

/**
 * Gives the Realm code and a page of RAM; it is REALM_NEW and has no mapping yet.
 * @return PA of the RAM page
 */
void world_load(struct world *w);
/** Adds a runnable REC that does something. @param gprs X0..X7; @return its PA */
uint64_t world_rec(struct world *w, enum world_guest guest, const uint64_t gprs[8]);
#define WORLD_REC(w, guest, ...) world_rec((w), (guest), (const uint64_t[8]){__VA_ARGS__})
/** Tries to add a REC that cannot run. @return X0 */
uint64_t world_try_rec(struct world *w, uint64_t index);
/** Makes the Realm active. */
void world_activate(struct world *w);
/** Enters a REC once; RmiRecRun is small_run(&w->realm). @return X0 */
uint64_t world_enter(struct world *w, uint64_t rec);
/** Enters a REC that must leave for this reason. */
void world_exit(struct world *w, uint64_t rec, enum rmi_rec_exit_reason reason);
/**
 * Lets a GUEST_TELL or one of its kin tell, with RSI_HOST_CALL.
 * @return X0..X30 of the REC, until it is entered again
 */
const uint64_t *world_tell(struct world *w, uint64_t rec);
/**
 * Adds a REC that makes calls for the test, GUEST_SERVE, and makes it w->rec.
 * @return its PA
 */
uint64_t world_server(struct world *w);
/** The parameter X0 of that REC; the others are zero. */
uint64_t world_server_call(void);
/** Another one; w->rec stays. Their calls are made one after the other. */
uint64_t world_other_server(struct world *w);
/** Lets a REC of these begin, once the Realm is active. */
void world_ready(struct world *w, uint64_t rec);
/**
 * Lets it make a call.
 * @param regs X0..X17 of its SMC, and then of what it is told
 * @return whether it is back; if not, it has left for something else, see small_run()
 */
bool world_ask(struct world *w, uint64_t rec, struct smccc_regs *regs);
/** Lets it go on after it has left for something else. @return whether it is back */
bool world_go_on(struct world *w, uint64_t rec, struct smccc_regs *regs);
/** Makes a call that must be back at once. @return X0 */
uint64_t world_realm_call(struct world *w, uint64_t rec, struct smccc_regs *regs);
#define WORLD_REALM_CALL(w, ...)                                                                   \
	world_realm_call((w), (w)->rec, &(struct smccc_regs){.x = {__VA_ARGS__}})
/** Lets w->rec store to, or load from its memory. */
void world_poke(struct world *w, uint64_t ipa, uint64_t value);
uint64_t world_peek(struct world *w, uint64_t ipa);

/**
 * Lets a GUEST_SPIN run on another PE: a REC with X1 = WORLD_UNPROT(w) and X0 = 1. Until
 * world_stop().
 */
void world_run(struct world *w, uint64_t rec);
void world_stop(struct world *w);

/* For the runner. */

/** Opens the backend and prepares a world. @return false: w->why says why not */
bool world_open(struct world *w, const char *conf, enum rmi_granule_size granule, bool init);
/** Takes everything apart. @return granules that the RMM still holds */
uint64_t world_close(struct world *w);

#endif
