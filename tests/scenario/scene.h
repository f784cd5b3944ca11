/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file scene.h
 * What most scenarios begin and end with: a host on the model, a Realm with a script guest.
 */
#ifndef TESTS_SCENARIO_SCENE_H
#define TESTS_SCENARIO_SCENE_H

#include <host/host.h>
#include <host/pl011.h>
#include <host/realm.h>
#include <host/vcpu.h>
#include <rmi/model.h>
#include <rmm/guest.h>

#include "cmocka_test.h"
#include "hook.h"

#define RAM        UINT64_C(0x40000000)
#define RAM_SIZE   (UINT64_C(16) << 20)
#define UART       UINT64_C(0x09000000)
/** The bit of a 40-bit IPA space that tells shared from private. */
#define SHARED_BIT (UINT64_C(1) << 39)
#define PAGE       UINT64_C(0x1000)

/** A host, and perhaps a Realm. */
struct scene {
	struct hook *hook;
	struct rmi *rmi;
	struct rmm *rmm;
	struct host *host;
	struct realm *vm;
	struct realm_vcpu *cpu; /**< vCPU 0. */
	struct pl011 *uart;
	char console[256]; /**< What the guest has sent. */
	size_t console_length;
	bool calm; /**< The RMM does the same each time, in as few calls as it can. */
	struct host_limits limits; /**< The host's patience. */
	unsigned grants;           /**< Memory faults that scene_run() has granted. */
	char log[4096];            /**< Warnings of the host. */
};

/**
 * Opens a host. $SCENE_CONF is added to what does not choose a policy itself: all scenarios can be
 * held against another RMM.
 * @param conf of the model: "spec=2.0-bet1"
 */
void scene_open(struct scene *s, const char *conf);

/**
 * Checks what something cost in RMI calls. It is exact with a calm RMM; one that is not may take
 * more for it, and never less.
 */
#define assert_calls(s, calls, expected)                                                           \
	assert_in_range(calls, expected, (s)->calm ? (uint64_t)(expected) : UINT64_MAX / 2)

/** Makes a Realm with RAM and a console; no vCPU yet. */
void scene_realm(struct scene *s, const struct realm_config *config);

/** Makes a Realm whose vCPU 0 runs a script from RAM on, one page populated. */
void scene_guest(struct scene *s, guest_script *fn, void *arg);

/** scene_guest() with a configuration. */
void scene_guest_config(struct scene *s, const struct realm_config *config, guest_script *fn,
                        void *arg);

/** A Realm whose memory is mapped in pages, even where a block would fit. */
extern const struct realm_config scene_pages;

/** Runs vCPU 0, grants what memory faults ask for, until another exit. */
struct realm_exit *scene_run(struct scene *s);

/** scene_run() until the guest has switched the system off; fails on anything else. */
void scene_run_to_end(struct scene *s);

/** Destroys the Realm, if there is one, and checks that every page is the host's again. */
void scene_end_realm(struct scene *s);

/** scene_end_realm(), then closes the host. */
void scene_close(struct scene *s);

/** Closes a host where something was leaked on purpose. @param lost pages that must be */
void scene_close_lossy(struct scene *s, uint64_t lost);

/** Guest: sends a text to the console. */
void guest_puts(struct guest *g, const char *text);

/** Guest: asks for a RIPAS of a whole range. @return whether the host accepted */
bool guest_set_ripas(struct guest *g, uint64_t base, uint64_t top, enum rsi_ripas ripas,
                     uint64_t flags);

#endif
