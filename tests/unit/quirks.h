/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * include/rmm/quirks.h, line by line. A test is a small story that ends in a number, and what the
 * number is without the quirk and with it.
 */
#ifndef TESTS_UNIT_QUIRKS_H
#define TESTS_UNIT_QUIRKS_H

#include <rmi/model.h>
#include <rmi/rmi.h>
#include <rmm/guest.h>
#include <rmm/quirks.h>

#include "cmocka_test.h"
#include "support/realm.h"

#define WINDOW   (UINT64_C(16) << 20)
#define PAGE     SMALL_PAGE_SIZE
#define BLOCK_2M (UINT64_C(2) << 20)
#define GUEST_PC UINT64_C(0x1000)

/** A connection to an RMM, and a Realm in it. */
struct fixture {
	struct rmi *rmi;
	struct rmi_pe *pe;
	struct small_realm realm;
	uint64_t base;
};

/** What happens on a fresh RMM, which is not active. Tells how it ends. */
typedef uint64_t story(struct fixture *f);

/**
 * Tells a story without a quirk, with it alone, and with all quirks.
 * @param spec the revision, or NULL for both
 */
void quirk_pin(const char *name, const char *spec, story *s, uint64_t without, uint64_t with);

/** Defines the test of a quirk. */
#define QUIRK(name, story, without, with)                                                          \
	void quirk_##name(void **state)                                                            \
	{                                                                                          \
		(void)state;                                                                       \
		quirk_pin(#name, NULL, story, without, with);                                      \
	}

/* Every quirk has one. */
#define QUIRK_TEST(NAME, name, what, where) void quirk_##name(void **state);
RMM_QUIRKS(QUIRK_TEST)
#undef QUIRK_TEST

/** Activates the RMM. */
void activate(struct fixture *f);

/** Activates the RMM and makes a Realm with tables for the first 2 MiB of both halves. */
void make_realm(struct fixture *f);

/** A descriptor of pages in the state DELEGATED. */
uint64_t pages(const struct fixture *f, uint64_t pa, uint64_t count);

/** Adds a REC that runs a script, and activates the Realm. */
void make_runner(struct fixture *f, guest_script *script, void *arg);

/** make_runner(), and enters the REC. */
void run_script(struct fixture *f, guest_script *script, void *arg);

/** Begins RMI_REC_CREATE, which asks for two pages. @return PA of the REC */
uint64_t begin_rec(struct fixture *f, uint64_t mpidr, struct rmi_sro *sro);

#endif
