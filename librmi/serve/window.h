/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory window that a server shares with its clients.
 *
 * The RMM keeps its state in the granules that the Host gives it, and a client can write to all of
 * the window at any time. So there are two files of the size of the memory: the one that clients
 * map, and one that nobody else has. The memory of the RMM leads to the first, and wherever the RMM
 * holds a granule, to the second. A client that touches such a granule reads zeroes, and what it
 * writes is lost.
 *
 * Not thread-safe: whoever calls holds the lock of the dispatcher.
 */
#ifndef LIBRMI_SERVE_WINDOW_H
#define LIBRMI_SERVE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include <rmi/rmi.h>

struct serve_window;

/* Nobody: the owner of memory that the RMM does not hold. */
#define SERVE_NOBODY 0

/*
 * Takes the memory of a connection. Nothing has been called through it yet, and nobody else uses
 * its memory.
 * Returns NULL with *err filled in when that cannot be.
 */
struct serve_window *serve_window_create(struct rmi *rmi, struct rmi_error *err);

/* Before the connection is closed. NULL is ignored. */
void serve_window_destroy(struct serve_window *window);

/* The file that clients map; it stays the window's. It can neither grow nor shrink. */
int serve_window_fd(const struct serve_window *window);

/*
 * Whether another run of memory can be taken, or given back out of the middle of one: each costs
 * the process mappings, of which there are not so many.
 */
bool serve_window_has_room(const struct serve_window *window, bool taking);

/*
 * Takes what lies in [base, top) away from the clients until serve_window_sync() is called for it,
 * for a call that reads it twice. What the client put there stays.
 * Returns false, with part of it taken, when there is no room for that.
 */
bool serve_window_hold(struct serve_window *window, uint64_t base, uint64_t top);

/*
 * Brings [base, top) in line with what the RMM holds.
 * owner: whom granules are put down to that the RMM holds now, 1..255.
 */
void serve_window_sync(struct serve_window *window, uint64_t base, uint64_t top, unsigned owner);

/* Who gave the RMM the granule at a PA, or SERVE_NOBODY. */
unsigned serve_window_owner(const struct serve_window *window, uint64_t pa);

/* What the RMM sees at a PA, for as long as nothing is called; NULL outside of the memory. */
void *serve_window_view(struct serve_window *window, uint64_t pa, uint64_t size);

#endif
