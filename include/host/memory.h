/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file memory.h
 * Who owns the pages of a host.
 */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct host;

/** Owner of a page. A page is as large as an RMI granule. */
enum host_page_owner {
	HOST_PAGE_FREE, /**< In the page allocator. */
	HOST_PAGE_USED, /**< The host's own use: run pages, lists, memory shared with a Realm. */
	HOST_PAGE_DELEGATED, /**< Delegated, and in no use. */
	HOST_PAGE_RD,
	HOST_PAGE_RTT,
	HOST_PAGE_REC,
	HOST_PAGE_DATA,    /**< Private memory of a Realm. */
	HOST_PAGE_DONATED, /**< Donated to a stateful operation or kept by the RMM's object. */
	HOST_PAGE_LEAKED,  /**< Never used again, since the RMM may hold it. */
};

#define HOST_NUM_PAGE_OWNERS 9

/** Name of an owner: "data". Static storage. */
const char *host_page_owner_name(enum host_page_owner owner);

/** How many pages there are, and whose. */
struct host_pages {
	uint64_t page_size; /**< Bytes. */
	uint64_t total;
	uint64_t peak; /**< Most pages that were not free at a time. */
	uint64_t owner[HOST_NUM_PAGE_OWNERS];
};

/** Counts the pages by owner. */
void host_pages(const struct host *host, struct host_pages *pages);

/**
 * Checks that every page has the owner that the host thinks it has, by asking the RMM where the
 * connection can tell.
 *
 * A page is lost when it was leaked, when the RMM holds it although the host does not know, or when
 * it belongs to a Realm that is gone. Pages that living Realms use, and pages that the RMM was
 * given for its own use at activation, are not lost.
 *
 * @param out receives one line for each lost range, with the reason, and a last line
 *            "audit: N pages lost (peak M)"; may be NULL
 * @return number of lost pages
 */
uint64_t host_audit(struct host *host, FILE *out);

#ifdef __cplusplus
}
#endif

#endif
