/* SPDX-License-Identifier: BSD-3-Clause */
/* The pages of a host: a buddy allocator that also remembers who owns each page. */
#ifndef LIBHOST_PHYS_H
#define LIBHOST_PHYS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <host/memory.h>

/* A physical address. */
typedef uint64_t pa_t;

#define PHYS_NONE      (~UINT64_C(0))

/* Largest block: 2^PHYS_MAX_ORDER pages. */
#define PHYS_MAX_ORDER 20u

/* Why a page was leaked. */
enum phys_leak {
	PHYS_LEAK_UNDELEGATE, /* GRANULE_RANGE_UNDELEGATE failed. */
	PHYS_LEAK_REC,        /* REC_DESTROY failed; the RMM may still write. */
	PHYS_LEAK_REALM,      /* TERMINATE, an RTT or REALM_DESTROY failed. */
	PHYS_LEAK_UNMAP,      /* Shared memory that could not be unmapped. */
	PHYS_LEAK_STATE,      /* The RMM returned it in a state that does not exist. */
	PHYS_LEAK_ABANDONED,  /* Its stateful operation could not be finished. */
};

const char *host_phys_leak_text(enum phys_leak reason);

/* One page. Pages of a free block but the first are not looked at. */
struct phys_page {
	uint32_t next; /* In the free list of its order; page numbers. */
	uint32_t prev;
	uint32_t realm; /* Id of the realm that uses it; 0 is the host itself. */
	uint8_t order;  /* Of the free block that starts here. */
	uint8_t owner;  /* enum host_page_owner */
	uint8_t reason; /* enum phys_leak, when leaked */
	uint8_t head;   /* A free block starts here. */
};

struct phys {
	pthread_mutex_t lock;
	pa_t base;
	uint64_t num_pages;
	uint64_t max_pages; /* Limit of pages that are not free. */
	unsigned gshift;
	unsigned max_order;
	struct phys_page *pages; /* Mapped lazily: costs nothing until a page is used. */
	uint32_t free[PHYS_MAX_ORDER + 1];
	uint64_t owner[HOST_NUM_PAGE_OWNERS];
	uint64_t peak;
	uint64_t low; /* Pages outside [low, high) were never taken. */
	uint64_t high;
};

/* base and size must be page-aligned. Returns 0, -ENOMEM or -EINVAL. */
int host_phys_init(struct phys *phys, pa_t base, uint64_t size, unsigned gshift,
                   uint64_t max_pages);
void host_phys_fini(struct phys *phys);

/* Takes 2^order pages, aligned to their size, for a realm. PHYS_NONE when there are none. */
pa_t host_phys_alloc(struct phys *phys, unsigned order, uint32_t realm);

/* Gives pages back that are HOST_PAGE_USED. Any part of what host_phys_alloc() gave. */
void host_phys_free(struct phys *phys, pa_t pa, uint64_t size);

/* Changes the owner of pages that are not free. Those that are leaked stay so. */
void host_phys_set_owner(struct phys *phys, pa_t pa, uint64_t size, enum host_page_owner owner);

/* Marks pages as never to be used again. Those that are free or leaked are left alone. */
void host_phys_leak(struct phys *phys, pa_t pa, uint64_t size, enum phys_leak reason);

/* host_phys_leak() for all pages of a realm. Returns how many there were. */
uint64_t host_phys_leak_realm(struct phys *phys, uint32_t realm, enum phys_leak reason);

/* Whether [pa, pa + size) lies in the window and all of it has this owner. */
bool host_phys_is(struct phys *phys, pa_t pa, uint64_t size, enum host_page_owner owner);

/* Whether [pa, pa + size) lies in the window. */
bool host_phys_contains(const struct phys *phys, pa_t pa, uint64_t size);

/* Pages that could be taken at once if they were contiguous. */
uint64_t host_phys_available(struct phys *phys);

static inline uint64_t host_phys_page_size(const struct phys *phys)
{
	return UINT64_C(1) << phys->gshift;
}

#endif
