/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file fuzz_aim.h
 * How failure conditions are made true: rules, by what they are about.
 */
#ifndef TESTS_FUZZ_FUZZ_AIM_H
#define TESTS_FUZZ_FUZZ_AIM_H

#include "fuzz.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** Makes a condition of a command true. */
struct fuzz_rule {
	uint32_t fid;          /**< 0: of any command that has no rule of its own. */
	const char *condition; /**< NULL: end of a list. */
	fuzz_aim_fn *rule;
};

extern const struct fuzz_rule fuzz_memory_rules[];
extern const struct fuzz_rule fuzz_object_rules[];
extern const struct fuzz_rule fuzz_rec_rules[];
extern const struct fuzz_rule fuzz_plane_rules[];

/** An entry of an RTT, as RMI_RTT_READ_ENTRY shows it. */
struct fuzz_entry {
	uint64_t ipa;
	int level;
	uint64_t state;
	uint64_t ripas;
};

/** Writes an input. @return false if there is none */
bool fuzz_put(uint64_t *input, uint64_t value);
/** Bytes that an entry of a level maps. */
uint64_t fuzz_level_size(const struct fuzz *f, int level);
/** Reads an entry of the primary tree. @return false if the RMM does not say */
bool fuzz_peek(struct fuzz *f, const struct fuzz_realm *realm, uint64_t ipa, int level,
               struct fuzz_entry *entry);
/** One page at a place, for the commands that map and unmap. */
bool fuzz_put_page(struct fuzz *f, struct fuzz_call *call, uint64_t ipa);

/* The input that the name of the condition begins with is: */
/** not aligned to a granule, */
bool fuzz_misalign(struct fuzz *f, struct fuzz_call *call);
/** where there is no DRAM, */
bool fuzz_no_memory(struct fuzz *f, struct fuzz_call *call);
/** not the Host's. */
bool fuzz_not_ns(struct fuzz *f, struct fuzz_call *call);

#endif
