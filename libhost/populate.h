/* SPDX-License-Identifier: BSD-3-Clause */
/* Initial content of a Realm. */
#ifndef LIBHOST_POPULATE_H
#define LIBHOST_POPULATE_H

#include "realm_impl.h"

/*
 * Fills a page with what belongs at a gpa.
 * @param page realm_page_size() bytes, all zero
 */
typedef void populate_fill_fn(const void *arg, uint64_t gpa, void *page, uint64_t size);

/*
 * Populates whole pages, which must be RAM. progress counts from *done on, which moves along.
 * With config_lock held.
 */
int realm_populate_range(struct host_thread *self, struct realm *realm, uint64_t gpa, uint64_t size,
                         populate_fill_fn *fill, const void *arg, unsigned flags, uint64_t *done,
                         uint64_t total);

#endif
