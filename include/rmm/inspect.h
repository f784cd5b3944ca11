/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file inspect.h
 * Looking into an RMM from outside.
 *
 * Nothing here is part of the RMI, and nothing here changes the RMM.
 */
#ifndef RMM_INSPECT_H
#define RMM_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rmm/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What an RMM held at a moment. Opaque. */
struct rmm_snapshot;

/**
 * Takes down all that the RMI can change: the state of the RMM, its configuration in force,
 * tracking, the number of realms, the VMIDs in use, the open stateful operations, and every granule
 * that the RMM holds, with its state, flags, count and content.
 *
 * Not contained are memory that is the Host's, locks, what the policy draws by lot, and numbers
 * that only ever grow: so a command that fails leaves an RMM whose snapshot is equal to the one
 * before.
 *
 * No call may be running. The snapshot costs about as much memory as the granules that are held
 * and not zero.
 * @return the snapshot, to be freed with rmm_snapshot_free(); NULL when memory is short
 */
struct rmm_snapshot *rmm_snapshot_take(struct rmm *rmm);

/**
 * Compares two snapshots, of one RMM or of two.
 *
 * @param a    the earlier one
 * @param b    the later one
 * @param why  room for the first difference in words, such as "granule 0x80005000 (GRAN_RTT): byte
 *             0x18 was 0x00, is 0x04"; empty when there is none. May be NULL when @p size is 0.
 * @param size of @p why in bytes; a text that is longer is cut off
 * @return whether they are equal
 */
bool rmm_snapshot_equal(const struct rmm_snapshot *a, const struct rmm_snapshot *b, char *why,
                        size_t size);

/** Frees a snapshot. NULL is ignored. */
void rmm_snapshot_free(struct rmm_snapshot *snapshot);

#ifdef __cplusplus
}
#endif

#endif
