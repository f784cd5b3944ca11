/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Address range descriptors and lists of them (DEN0137 B4.4, B4.6.1 to B4.6.8), in the layout of
 * the configured revision and granule size.
 */
#ifndef RMM_GRANULE_DESC_H
#define RMM_GRANULE_DESC_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/abi/types.h>

struct rmm;

/** Takes a descriptor apart (B3.115). */
struct rmi_addr_range_desc addr_range_decode(const struct rmm *rmm, uint64_t word);

/** Packs a descriptor. */
uint64_t addr_range_encode(const struct rmm *rmm, struct rmi_addr_range_desc desc);

/** Bytes that a descriptor covers. */
uint64_t addr_range_size(const struct rmm *rmm, const struct rmi_addr_range_desc *desc);

/** Reads or writes entry i of a list in Non-secure memory. @return false if it is not there */
bool addr_list_read(struct rmm *rmm, uint64_t list, uint64_t i, uint64_t *word);
bool addr_list_write(struct rmm *rmm, uint64_t list, uint64_t i, uint64_t word);

/** An output address set (A5.3.3.1), read from its beginning on. */
struct addr_set {
	struct rmm *rmm;
	enum rmi_rtt_addr_type type;
	uint64_t word;               /**< The descriptor, or the PA of the list. */
	uint64_t count;              /**< Descriptors in the set. */
	uint64_t next;               /**< Descriptors read so far. */
	uint64_t base;               /**< PA of what is left of the current descriptor, */
	uint64_t left;               /**< and how many bytes that is. */
	enum rmi_op_mem_state state; /**< What the current descriptor says. */
	/** Where a walk for a mapping ends at the latest. */
	int level;
	/** RMM_QUIRK_MAP_LEVEL_FROM_DESCRIPTOR: it must end there, and blocks have that size. */
	bool fixed;
};

/** Starts to read a set. @p flags are RmiRttProtMapFlags or RmiRttUnprotMapFlags. */
void addr_set_start(struct addr_set *set, struct rmm *rmm, uint64_t flags, uint64_t oaddr);

/**
 * Makes a set end before the first descriptor of another block size; mappings have that size.
 * @return false, with nothing changed, if there is no descriptor to be read
 */
bool addr_set_fix_level(struct addr_set *set);

/** Makes set->left non-zero. @return false at the end of the set, or where it cannot be read */
bool addr_set_fill(struct addr_set *set);

/** Consumes bytes of the current descriptor. */
void addr_set_advance(struct addr_set *set, uint64_t size);

/** Consumes bytes of as many descriptors as it takes, or all there are. */
void addr_set_skip(struct addr_set *set, uint64_t size);

#endif
