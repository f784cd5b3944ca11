/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Page allocator. Blocks of 2^order pages, aligned to their size within the physical address space,
 * so that a block of the right order can be mapped as one block by an RTT.
 *
 * Nothing is known about allocated blocks, only about their pages: a block may be given back in
 * pieces, as it comes back from the RMM.
 */

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

#include "phys.h"

#define NIL UINT32_MAX

const char *host_phys_leak_text(enum phys_leak reason)
{
	switch (reason) {
	case PHYS_LEAK_UNDELEGATE:
		return "undelegation failed";
	case PHYS_LEAK_REC:
		return "REC_DESTROY failed";
	case PHYS_LEAK_REALM:
		return "teardown of the realm failed";
	case PHYS_LEAK_UNMAP:
		return "shared memory could not be unmapped";
	case PHYS_LEAK_STATE:
		return "reclaimed in an unknown state";
	case PHYS_LEAK_ABANDONED:
		return "stateful operation could not be finished";
	}
	return "?";
}

static uint32_t page_number(const struct phys *phys, pa_t pa)
{
	assert(host_phys_contains(phys, pa, host_phys_page_size(phys)));
	return (uint32_t)((pa - phys->base) >> phys->gshift);
}

static pa_t page_pa(const struct phys *phys, uint32_t n)
{
	return phys->base + ((uint64_t)n << phys->gshift);
}

bool host_phys_contains(const struct phys *phys, pa_t pa, uint64_t size)
{
	uint64_t end = phys->num_pages << phys->gshift;

	return pa >= phys->base && pa - phys->base <= end && size <= end - (pa - phys->base);
}

static void list_add(struct phys *phys, uint32_t n, unsigned order)
{
	struct phys_page *page = &phys->pages[n];

	page->order = (uint8_t)order;
	page->owner = HOST_PAGE_FREE;
	page->realm = 0;
	page->head = 1;
	page->prev = NIL;
	page->next = phys->free[order];
	if (page->next != NIL)
		phys->pages[page->next].prev = n;
	phys->free[order] = n;
}

static void list_del(struct phys *phys, uint32_t n)
{
	struct phys_page *page = &phys->pages[n];

	if (page->prev != NIL)
		phys->pages[page->prev].next = page->next;
	else
		phys->free[page->order] = page->next;
	if (page->next != NIL)
		phys->pages[page->next].prev = page->prev;
	page->head = 0;
}

/* Largest order of a block that starts at page n and has at most count pages. */
static unsigned block_order(const struct phys *phys, uint32_t n, uint64_t count)
{
	uint64_t frame = page_pa(phys, n) >> phys->gshift;
	unsigned order = 0;

	while (order < phys->max_order && (frame & ((UINT64_C(2) << order) - 1)) == 0 &&
	       (UINT64_C(2) << order) <= count)
		order++;
	return order;
}

/* The other half of the block that a block is half of, or NIL when it is not in the window. */
static uint32_t buddy_of(const struct phys *phys, uint32_t n, unsigned order)
{
	pa_t pa = page_pa(phys, n) ^ (UINT64_C(1) << (order + phys->gshift));

	if (!host_phys_contains(phys, pa, UINT64_C(1) << (order + phys->gshift)))
		return NIL;
	return page_number(phys, pa);
}

static void free_block(struct phys *phys, uint32_t n, unsigned order)
{
	while (order < phys->max_order) {
		uint32_t buddy = buddy_of(phys, n, order);

		if (buddy == NIL || !phys->pages[buddy].head || phys->pages[buddy].order != order)
			break;
		list_del(phys, buddy);
		if (buddy < n)
			n = buddy;
		order++;
	}
	list_add(phys, n, order);
}

int host_phys_init(struct phys *phys, pa_t base, uint64_t size, unsigned gshift, uint64_t max_pages)
{
	*phys = (struct phys){.base = base, .gshift = gshift, .num_pages = size >> gshift};
	if (phys->num_pages == 0 || phys->num_pages >= NIL)
		return -EINVAL;
	phys->max_order = PHYS_MAX_ORDER;
	phys->max_pages = max_pages != 0 ? max_pages : phys->num_pages;
	phys->low = phys->num_pages;
	phys->owner[HOST_PAGE_FREE] = phys->num_pages;
	for (unsigned order = 0; order <= PHYS_MAX_ORDER; order++)
		phys->free[order] = NIL;
	phys->pages = mmap(NULL, phys->num_pages * sizeof(struct phys_page), PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (phys->pages == MAP_FAILED)
		return -ENOMEM;
	/* From the top down, so that the lowest block of each order is taken first. */
	for (uint64_t end = phys->num_pages; end > 0;) {
		unsigned order = 0;
		uint64_t frame = (base >> gshift) + end;

		while (order < phys->max_order && (frame & ((UINT64_C(2) << order) - 1)) == 0 &&
		       (UINT64_C(2) << order) <= end)
			order++;
		end -= UINT64_C(1) << order;
		list_add(phys, (uint32_t)end, order);
	}
	pthread_mutex_init(&phys->lock, NULL);
	return 0;
}

void host_phys_fini(struct phys *phys)
{
	pthread_mutex_destroy(&phys->lock);
	munmap(phys->pages, phys->num_pages * sizeof(struct phys_page));
}

static void count(struct phys *phys, struct phys_page *page, enum host_page_owner owner)
{
	phys->owner[page->owner]--;
	phys->owner[owner]++;
	page->owner = (uint8_t)owner;
}

pa_t host_phys_alloc(struct phys *phys, unsigned order, uint32_t realm)
{
	uint64_t in_use, num = UINT64_C(1) << order;
	unsigned from = order;
	uint32_t n;

	if (order > phys->max_order)
		return PHYS_NONE;
	pthread_mutex_lock(&phys->lock);
	in_use = phys->num_pages - phys->owner[HOST_PAGE_FREE];
	while (from <= phys->max_order && phys->free[from] == NIL)
		from++;
	if (from > phys->max_order || in_use + num > phys->max_pages) {
		pthread_mutex_unlock(&phys->lock);
		return PHYS_NONE;
	}
	n = phys->free[from];
	list_del(phys, n);
	while (from > order) {
		from--;
		list_add(phys, n + (UINT32_C(1) << from), from);
	}
	for (uint32_t i = n; i < n + num; i++) {
		phys->pages[i].head = 0;
		phys->pages[i].owner = HOST_PAGE_FREE;
		phys->pages[i].realm = realm;
		count(phys, &phys->pages[i], HOST_PAGE_USED);
	}
	if (in_use + num > phys->peak)
		phys->peak = in_use + num;
	if (n < phys->low)
		phys->low = n;
	if (n + num > phys->high)
		phys->high = n + num;
	pthread_mutex_unlock(&phys->lock);
	return page_pa(phys, n);
}

void host_phys_free(struct phys *phys, pa_t pa, uint64_t size)
{
	uint64_t num = size >> phys->gshift;
	uint32_t n;

	if (num == 0)
		return;
	n = page_number(phys, pa);
	pthread_mutex_lock(&phys->lock);
	for (uint32_t i = n; i < n + num; i++) {
		assert(phys->pages[i].owner == HOST_PAGE_USED);
		count(phys, &phys->pages[i], HOST_PAGE_FREE);
		phys->pages[i].realm = 0;
	}
	while (num > 0) {
		unsigned order = block_order(phys, n, num);

		free_block(phys, n, order);
		n += UINT32_C(1) << order;
		num -= UINT64_C(1) << order;
	}
	pthread_mutex_unlock(&phys->lock);
}

void host_phys_set_owner(struct phys *phys, pa_t pa, uint64_t size, enum host_page_owner owner)
{
	uint64_t num = size >> phys->gshift;

	assert(owner != HOST_PAGE_FREE && owner != HOST_PAGE_LEAKED);
	pthread_mutex_lock(&phys->lock);
	for (uint64_t i = 0; i < num; i++) {
		struct phys_page *page = &phys->pages[page_number(phys, pa) + i];

		assert(page->owner != HOST_PAGE_FREE);
		if (page->owner != HOST_PAGE_LEAKED)
			count(phys, page, owner);
	}
	pthread_mutex_unlock(&phys->lock);
}

static bool leak_page(struct phys *phys, struct phys_page *page, enum phys_leak reason)
{
	if (page->owner == HOST_PAGE_FREE || page->owner == HOST_PAGE_LEAKED)
		return false;
	count(phys, page, HOST_PAGE_LEAKED);
	page->reason = (uint8_t)reason;
	return true;
}

void host_phys_leak(struct phys *phys, pa_t pa, uint64_t size, enum phys_leak reason)
{
	pthread_mutex_lock(&phys->lock);
	for (uint64_t i = 0; i < size >> phys->gshift; i++)
		leak_page(phys, &phys->pages[page_number(phys, pa) + i], reason);
	pthread_mutex_unlock(&phys->lock);
}

uint64_t host_phys_leak_realm(struct phys *phys, uint32_t realm, enum phys_leak reason)
{
	uint64_t leaked = 0;

	pthread_mutex_lock(&phys->lock);
	for (uint64_t i = phys->low; i < phys->high; i++)
		if (phys->pages[i].realm == realm)
			leaked += leak_page(phys, &phys->pages[i], reason);
	pthread_mutex_unlock(&phys->lock);
	return leaked;
}

bool host_phys_is(struct phys *phys, pa_t pa, uint64_t size, enum host_page_owner owner)
{
	bool is = true;

	if (!host_phys_contains(phys, pa, size))
		return false;
	pthread_mutex_lock(&phys->lock);
	for (uint64_t i = 0; i < size >> phys->gshift && is; i++)
		is = phys->pages[page_number(phys, pa) + i].owner == owner;
	pthread_mutex_unlock(&phys->lock);
	return is;
}

uint64_t host_phys_available(struct phys *phys)
{
	uint64_t in_use, available;

	pthread_mutex_lock(&phys->lock);
	in_use = phys->num_pages - phys->owner[HOST_PAGE_FREE];
	available = in_use < phys->max_pages ? phys->max_pages - in_use : 0;
	pthread_mutex_unlock(&phys->lock);
	return available;
}
