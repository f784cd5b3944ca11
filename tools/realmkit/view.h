/* SPDX-License-Identifier: BSD-3-Clause */
/* What an RMM holds at a moment, as `realmkit inspect` shows it. */
#ifndef REALMKIT_VIEW_H
#define REALMKIT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <rmm/inspect.h>

/* What to show. */
enum view_what {
	VIEW_MEMORY = 1,
	VIEW_RTT = 2,
};

/* A walk of one RTT tree. */
struct view_tree {
	struct rmm_rtt_info *entries;
	size_t count, room;
};

struct view_realm {
	struct rmm_realm_info info;
	struct rmm_rec_info *recs;
	size_t num_recs, room_recs;
	struct view_tree *trees; /* info.num_trees of them. */
};

struct view {
	char moment[48]; /* "after activation" */
	uint64_t exits;  /* Times that a REC has exited so far. */
	struct rmm_info rmm;
	struct rmm_tracking_info *tracking;
	size_t num_tracking, room_tracking;
	/* Runs of granules that are held, with the owner filled in wherever a realm names them. */
	struct rmm_granule_info *granules;
	size_t num_granules, room_granules;
	struct view_realm *realms;
	size_t num_realms, room_realms;
	struct rmm_sro_info *sros;
	size_t num_sros, room_sros;
};

/* Looks at an RMM, from any thread. Returns false when memory is short. */
bool view_take(struct view *view, struct rmm *rmm);

void view_free(struct view *view);

/* Name of an RD's realm for people: "realm 1"; "" when there is none. */
const char *view_owner(const struct view *view, uint64_t rd, char buf[16]);

/* Name of the state of a tracking region, "FINE". */
const char *view_tracking_name(enum rmi_tracking_region_state state);

/* Name of what an operation wants, "DONATE". */
const char *view_request_name(enum rmi_op_mem_req request);

/* What an entry says about its IPAs besides its state: "RAM", "EMPTY", ...; "" if nothing. */
const char *view_ripas_name(const struct rmm_rtt_info *entry);

/* How to show a view; what is enum view_what. Return false when memory is short. */
bool view_text(const struct view *view, unsigned what, FILE *out);
bool view_json(const struct view *view, unsigned what, FILE *out);
bool view_svg(const struct view *view, unsigned what, FILE *out);

#endif
