/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file realm.h
 * A small Realm built with RMI calls alone, for tests and measurements of the RMM.
 *
 * Everything that it is made of comes from one window of Host memory, page after page, and is the
 * Host's again after small_realm_destroy(). Functions that return a number return 0 or the X0 of
 * the call that failed.
 */
#ifndef TESTS_SUPPORT_REALM_H
#define TESTS_SUPPORT_REALM_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/rmi.h>

/** Size of a page where the RMI granule size is 4 KiB. */
#define SMALL_PAGE_SIZE UINT64_C(0x1000)
/** IPA width: one starting-level table, whatever the RMI granule size. */
#define SMALL_IPA_BITS  39u
/** The first Unprotected IPA. */
#define SMALL_UNPROT    (UINT64_C(1) << (SMALL_IPA_BITS - 1))
/** Tables, pages and RECs that one Realm has at most. */
#define SMALL_MAX       64

/** A page that is mapped, or a table. */
struct small_entry {
	uint64_t ipa;
	int level; /**< Of a table. */
};

/** A Realm and the memory it is made of. */
struct small_realm {
	struct rmi_pe *pe;
	unsigned gshift;    /**< log2 of the RMI granule size. */
	uint64_t page;      /**< Bytes of a page: the RMI granule size. */
	unsigned ipa_bits;  /**< IPA width: SMALL_IPA_BITS, unless small_realm_widen() says more. */
	int start_level;    /**< Of the tables. */
	uint64_t base;      /**< The window: first PA. A quarter of it stays with the Host. */
	uint64_t next_host; /**< First page of the Host's part that was not used yet. */
	uint64_t middle;    /**< Where the part begins that is delegated page by page. */
	uint64_t next;      /**< First page of that part that was not used yet. */
	uint64_t top;       /**< End of the window. */
	uint64_t list;      /**< Host page for lists. */
	uint64_t rd;
	uint64_t rtt;
	/** Auxiliary planes and RmiRealmFlags1, to be set before the Realm is created; 0. */
	unsigned aux_planes;
	uint64_t flags1;
	/** RmiRealmFlags0 and the Realm Personalization Value, likewise; 0. */
	uint64_t flags0;
	uint8_t rpv[64];
	uint64_t aux_rtt[3]; /**< Roots of the auxiliary trees, if there are any. */
	uint64_t run;        /**< Host page with RmiRecRun. */
	uint64_t recs[SMALL_MAX];
	unsigned num_recs;
	struct small_entry pages[SMALL_MAX]; /**< Protected pages. */
	unsigned num_pages;
	struct small_entry shared[SMALL_MAX]; /**< Unprotected pages. */
	unsigned num_shared;
	struct small_entry tables[SMALL_MAX];
	unsigned num_tables;
};

/**
 * Takes the window for a Realm whose calls are made on a PE. The RMM is active.
 * @param base and @p size: multiples of four times the RMI granule size
 */
void small_realm_init(struct small_realm *r, struct rmi_pe *pe, uint64_t base, uint64_t size);

/**
 * Gives the Realm another IPA width, before it is created.
 * @param ipa_bits such that one starting-level table is enough
 */
void small_realm_widen(struct small_realm *r, unsigned ipa_bits);

/** Takes a Host page. @return PA, or 0 when the window is used up */
uint64_t small_page(struct small_realm *r);

/** Takes a page and delegates it. @return PA, or 0 */
uint64_t small_delegated(struct small_realm *r);

/** The Host's pointer to a page. */
void *small_va(const struct small_realm *r, uint64_t pa);

/** Creates the Realm, REALM_NEW and without any table below the starting level. */
uint64_t small_realm_create(struct small_realm *r, enum rmi_hash_algorithm hash);

/** Creates the tables down to level 3 for an IPA. */
uint64_t small_tables(struct small_realm *r, uint64_t ipa);

/** Maps a Protected page with content; the tables must be there. @param flags RMI_DATA_FLAGS_* */
uint64_t small_map_init(struct small_realm *r, uint64_t ipa, const void *content, uint64_t flags);

/** Maps a Protected page without content. */
uint64_t small_map(struct small_realm *r, uint64_t ipa);

/** Maps a Host page at an Unprotected IPA. @param[out] pa the page */
uint64_t small_share(struct small_realm *r, uint64_t ipa, uint64_t *pa);

/** Sets RIPAS RAM for a range before activation. */
uint64_t small_init_ripas(struct small_realm *r, uint64_t base, uint64_t top);

/** Creates the next REC. @param flags RMI_REC_CREATE_FLAGS_*; @param gprs 8 registers or NULL */
uint64_t small_rec(struct small_realm *r, uint64_t pc, uint64_t flags, const uint64_t *gprs);

/** RMI_REALM_ACTIVATE. */
uint64_t small_activate(struct small_realm *r);

/** Enters a REC on the Realm's PE. @return X0 */
uint64_t small_enter(struct small_realm *r, unsigned index);

/** What the Host and the RMM share about a run. */
struct rmi_rec_run *small_run(const struct small_realm *r);

/**
 * Grants what the Realm asked for at its last exit, a RIPAS change, as a whole.
 * @param index of the REC
 */
uint64_t small_set_ripas(struct small_realm *r, unsigned index);

/**
 * Takes the Realm apart, whatever state it is in, and takes all memory back.
 * @return 0, or X0 of the first call that failed; the rest is tried all the same
 */
uint64_t small_realm_destroy(struct small_realm *r);

#endif
